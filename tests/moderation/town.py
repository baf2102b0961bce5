"""A town whose residents have posted clips, written straight into the tables."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import select

from relay.context import Relay
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Decision,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    Video,
    VideoState,
)

HASHER = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=64, parallelism=1),))
OPENS = datetime(2023, 1, 10, 21, 0, tzinfo=UTC)


def cheap_hasher() -> PasswordHash:
    return HASHER


class Town:
    """`town.has_clip(name="Ольга")` posts, fetches and inspects a clip and gives its id."""

    def __init__(self, relay: Relay, slug: str = "proryv80") -> None:
        self.relay = relay
        self.slug = slug
        self.number = 0
        with relay.transaction() as session:
            campaign = Campaign(
                slug=slug,
                title="Прорыв. Голоса памяти",
                hashtags=["#proryv80"],
                opens_at=OPENS,
                closes_at=OPENS + timedelta(days=8),
                tz="Europe/Moscow",
                state=CampaignState.running,
                created_at=OPENS,
            )
            session.add(campaign)
        assert campaign.id is not None
        self.campaign_id = campaign.id

    def has_clip(
        self,
        *,
        name: str = "",
        town: str = "",
        text: str = "Читаю письмо прадеда. #proryv80",
        author: str = "Ольга Смирнова",
        title: str = "",
        url: str = "",
        flags: tuple[str, ...] = (),
        finding: Finding = Finding.accepted,
        reason: str = "",
        state: ClipState = ClipState.awaiting,
        family: int | None = None,
        poster: Path | None = None,
        proxy: Path | None = None,
        duration: float = 42.5,
        size: tuple[int, int] = (1280, 720),
        posts: int = 1,
        match: MatchKind = MatchKind.exact,
    ) -> int:
        self.number += 1
        number, published = self.number, OPENS + timedelta(hours=self.number)
        sha256 = hashlib.sha256(f"{self.slug} {number}".encode()).hexdigest()
        with self.relay.transaction() as session:
            video = Video(
                network="vk",
                owner_id=str(100 + number),
                video_id=str(456000 + number),
                url=f"https://vk.com/video{100 + number}_{456000 + number}",
                title=title,
                author=author,
                state=VideoState.fetched,
                sha256=sha256,
                created_at=published,
                fetched_at=published,
            )
            look = Inspection(
                sha256=sha256,
                bytes=1_000_000,
                finding=finding,
                reason=reason,
                duration=duration,
                width=size[0],
                height=size[1],
                fps=25,
                has_audio="no_sound" not in flags,
                flags=list(flags),
                prints=b"\0" * 64,
                poster=f"posters/{sha256}.jpg" if poster else "",
                proxy=f"proxies/{sha256}.mp4" if proxy else "",
                at=published,
            )
            session.add_all([video, look])
            session.flush()
            clip = Clip(
                campaign_id=self.campaign_id,
                sha256=sha256,
                video_id=video.id or 0,
                state=state,
                family=family,
                name=name,
                town=town,
                created_at=published,
                published_at=published,
            )
            session.add(clip)
            session.flush()
            session.add(ClipVideo(clip_id=clip.id or 0, video_id=video.id or 0))
            for copy in range(posts):
                self._post(session, video, text, author, url, published + timedelta(hours=10 * copy), match, copy)
        for kind, file in (("posters/{}.jpg", poster), ("proxies/{}.mp4", proxy)):
            if file is not None:
                self.relay.media.put(kind.format(sha256), file)
        assert clip.id is not None
        return clip.id

    def _post(self, session, video, text, author, url, at, match, copy) -> None:  # type: ignore[no-untyped-def]
        owner, item = (str(100 + self.number), str(self.number)) if copy == 0 else (f"-{copy}", str(9000 + self.number))
        post = Post(
            network="vk",
            owner_id=owner,
            post_id=item,
            url=url or f"https://vk.com/wall{owner}_{item}",
            text=text,
            author=author if copy == 0 else f"Публика {copy}",
            published_at=at,
            first_seen_at=at,
            last_seen_at=at,
        )
        session.add(post)
        session.flush()
        session.add(Sighting(post_id=post.id, video_id=video.id))
        session.add(
            Match(campaign_id=self.campaign_id, post_id=post.id, kind=match, matched_in="text", tag="#proryv80", at=at)
        )

    def clip(self, clip_id: int) -> Clip:
        with self.relay.reading() as session:
            clip = session.get(Clip, clip_id)
        assert clip is not None
        return clip

    def sha256(self, clip_id: int) -> str:
        return self.clip(clip_id).sha256

    def decisions(self, clip_id: int) -> list[Decision]:
        with self.relay.reading() as session:
            return list(session.exec(select(Decision).where(Decision.clip_id == clip_id).order_by(Decision.id)))
