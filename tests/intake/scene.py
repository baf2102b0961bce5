"""What the tests of this folder need to stand on: campaigns, posts with videos, and files that were looked at."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import numpy as np
from sqlmodel import Session, select

from relay.context import Relay
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    Video,
    VideoState,
)


class Scene:
    def __init__(self, relay: Relay, folder: Path) -> None:
        self.relay, self.folder = relay, folder
        self._count = 0

    def campaign(self, slug: str = "proryv80", state: CampaignState = CampaignState.running) -> int:
        now = self.relay.now()
        with self.relay.transaction() as session:
            campaign = Campaign(
                slug=slug, title="Прорыв", hashtags=["#proryv80"], opens_at=now - timedelta(days=1),
                closes_at=now + timedelta(days=6), tz="Europe/Moscow", state=state, created_at=now,
            )  # fmt: skip
            return _added(session, campaign)

    def film(self, content: str = "a film", *, finding: Finding = Finding.accepted, **more: object) -> Path:
        """A file whose look has been done already, so that no ffmpeg is needed; `prints=` may come along."""
        path = self.folder / f"{hashlib.md5(content.encode()).hexdigest()}.mp4"
        path.write_bytes(content.encode())
        sha256 = hashlib.sha256(content.encode()).hexdigest()
        with self.relay.transaction() as session:
            row = Inspection(sha256=sha256, bytes=path.stat().st_size, finding=finding, at=self.relay.now(), **more)
            session.merge(row)
        return path

    def video(self, *, author: str = "Анна Иванова", author_id: str = "7") -> int:
        self._count += 1
        number = str(self._count)
        with self.relay.transaction() as session:
            return _added(
                session,
                Video(
                    network="vk", owner_id="7", video_id=number, url=f"https://vk.com/video7_{number}",
                    author=author, author_id=author_id, created_at=self.relay.now(),
                ),
            )  # fmt: skip

    def post(
        self, campaign_id: int, *video_ids: int, kind: MatchKind = MatchKind.exact, hours: float = 0, author: str = "",
        author_id: str = "",
    ) -> int:  # fmt: skip
        """Carries the videos, published `hours` from now, and matches the campaign."""
        self._count += 1
        now = self.relay.now()
        with self.relay.transaction() as session:
            post = Post(
                network="vk", owner_id="-1", post_id=str(self._count), url=f"https://vk.com/wall-1_{self._count}",
                text="#proryv80", author=author, author_id=author_id, published_at=now + timedelta(hours=hours),
                first_seen_at=now, last_seen_at=now,
            )  # fmt: skip
            post_id = _added(session, post)
            session.add(Match(campaign_id=campaign_id, post_id=post_id, kind=kind, matched_in="text", at=now))
            for video_id in video_ids:
                session.add(Sighting(post_id=post_id, video_id=video_id))
        return post_id

    def state(self, video_id: int) -> Video:
        with self.relay.reading() as session:
            return session.get_one(Video, video_id)

    def clips(self) -> list[Clip]:
        with self.relay.reading() as session:
            return list(session.exec(select(Clip).order_by(Clip.id)))  # type: ignore[arg-type]

    def holds(self, video_id: int, holder: str, minutes: float, attempts: int = 1) -> None:
        """Somebody fetches the video, with a lease for so many minutes from now."""
        with self.relay.transaction() as session:
            video = session.get_one(Video, video_id)
            video.state, video.lease_holder, video.attempts = VideoState.fetching, holder, attempts
            video.lease_until = self.relay.now() + timedelta(minutes=minutes)
            session.add(video)


def some_prints(seed: int, frames: int = 8) -> bytes:
    return np.random.default_rng(seed).bytes(32 * frames)


def _added(session: Session, row: object) -> int:
    session.add(row)
    session.flush()
    number: int = row.id  # type: ignore[attr-defined]
    return number
