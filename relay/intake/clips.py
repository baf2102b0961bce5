"""Clips: what a fetched video becomes in each campaign that it belongs to.

The same bytes in the same campaign are one clip, however often they were posted. Clips that show the same recording
are a family; those that certainly do share a card (relay/recordings/cards.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_
from sqlmodel import Session, col, func, select

from relay import clocks
from relay.context import Relay
from relay.intake import kin
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipVideo,
    Doubt,
    EventKind,
    Match,
    MatchKind,
    Post,
    Restoration,
    Sighting,
    Video,
    VideoState,
    need_id,
)
from relay.recordings import cards
from relay.records import add_event
from relay.tombstones import entrance
from relay.tombstones.stones import Name

ALL_AGAIN = timedelta(minutes=1)
MEANWHILE = timedelta(minutes=1)
"""Clips made since then may have been missed by a comparison that was made before the transaction."""


@dataclass(frozen=True, slots=True)
class SeenRows:
    """Up to where the rows were gone through: the numbers of sightings and matches, and when that was."""

    sighting: int
    match: int
    at: datetime


class Adoption:
    """`adopt`, every few seconds: of what is new only, and once in ALL_AGAIN of everything.

    New are rows with larger numbers, and videos that came in since. A campaign that starts, or a near miss that is
    accepted, makes posts ours without either, and waits for the next time that everything is gone through.
    """

    def __init__(self) -> None:
        self._seen: SeenRows | None = None
        self._all_at: datetime | None = None

    def tick(self, relay: Relay) -> list[int]:
        seen = _seen_rows(relay)
        if self._all_at is None or clocks.has_passed(ALL_AGAIN, self._all_at, seen.at):
            self._all_at, self._seen = seen.at, None
        made = adopt(relay, since=self._seen)
        self._seen = seen
        return made


def adopt(relay: Relay, *, since: SeenRows | None = None) -> list[int]:
    """Makes the clips that fetched videos lack because a campaign matched them later; returns their ids.

    `since`: only those that this may be true of since then.
    """
    with relay.reading() as session:
        lacking = _lacking(session) if since is None else _lacking_of(session, _new_videos(session, since))
        videos = {video_id: session.get_one(Video, video_id) for video_id, _ in lacking}
    made = []
    for video_id, campaign_id in lacking:
        video = videos[video_id]
        assert video.sha256 is not None
        names = Name.of_bytes(video.sha256), Name.of_video(video.network, video.owner_id, video.video_id)
        if entrance.is_kept_out(relay, *names):
            continue
        found = family_of(relay, video.sha256, [campaign_id])
        with relay.transaction() as session:
            made.append(make(session, relay.now(), campaign_id, session.get_one(Video, video_id), found))
    return made


def _seen_rows(relay: Relay) -> SeenRows:
    with relay.reading() as session:
        sighting = session.exec(select(func.max(Sighting.id))).one()
        match = session.exec(select(func.max(Match.id))).one()
        return SeenRows(sighting or 0, match or 0, relay.now())


def _new_videos(session: Session, since: SeenRows) -> list[int]:
    """Videos that are newly in a post, in a post that is newly ours, or newly here: each by an index of its own."""
    posts = select(Match.post_id).where(col(Match.id) > since.match)
    found = (
        select(Sighting.video_id).where(col(Sighting.id) > since.sighting),
        select(Sighting.video_id).where(col(Sighting.post_id).in_(posts)),
        select(Video.id).where(col(Video.fetched_at) >= since.at - MEANWHILE),
    )
    return sorted({number for wanted in found for number in session.exec(wanted) if number is not None})


def _lacking_of(session: Session, videos: Sequence[int]) -> list[tuple[int, int]]:
    parts = (videos[start : start + 500] for start in range(0, len(videos), 500))
    return [pair for part in parts for pair in _lacking(session, col(Video.id).in_(part))]


def _lacking(session: Session, *of: ColumnElement[bool]) -> list[tuple[int, int]]:
    """Videos and campaigns. `+ 0` keeps SQLite from starting with all clips of the campaign, for each video anew."""
    same = col(Clip.campaign_id) + 0 == col(Match.campaign_id)
    here = select(ClipVideo.id).join(Clip, col(Clip.id) == col(ClipVideo.clip_id))
    rows = session.exec(
        select(Video.id, Match.campaign_id).distinct()
        .join(Sighting, col(Sighting.video_id) == col(Video.id))
        .join(Match, col(Match.post_id) == col(Sighting.post_id))
        .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
        .where(col(Video.state) == VideoState.fetched, ours(), *of)
        .where(~here.where(col(ClipVideo.video_id) == col(Video.id), same).exists())
    )  # fmt: skip
    return sorted((video_id, campaign_id) for video_id, campaign_id in rows if video_id is not None)


def campaigns_of(relay: Relay, video_id: int) -> list[int]:
    """Ids of the campaigns, drafts excepted, that one of the video's posts matches exactly."""
    with relay.reading() as session:
        return list(
            session.exec(
                select(Match.campaign_id).distinct()
                .join(Sighting, col(Sighting.post_id) == col(Match.post_id))
                .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
                .where(Sighting.video_id == video_id, ours())
            )
        )  # fmt: skip


def ours() -> ColumnElement[bool]:
    """The condition, over Match and Campaign, that makes a post one of ours."""
    return and_(col(Match.kind) == MatchKind.exact, col(Campaign.state) != CampaignState.draft)


def make(
    session: Session, now: datetime, campaign_id: int, video: Video, found: kin.Kin, *, since: datetime | None = None
) -> int:
    """The clip with these bytes in this campaign, made if it isn't there, with this video on its list.

    `since`: when it was handed in; what networks show counts from when the video was found.
    """
    assert video.id is not None and video.sha256 is not None
    posts = _posts(session, campaign_id, video.id)
    published = min((post.published_at for post in posts), default=now)
    clip = session.exec(select(Clip).where(Clip.campaign_id == campaign_id, Clip.sha256 == video.sha256)).first()
    if clip is None:
        authors = [(video.author_id, video.author), *((post.author_id, post.author) for post in posts)]
        clip = Clip(
            campaign_id=campaign_id,
            sha256=video.sha256,
            video_id=video.id,
            name=credit(authors),
            town=next((str(post.raw["town"]) for post in posts if post.raw.get("town")), ""),
            created_at=now,
            published_at=published,
            doubt=Doubt.restored if _is_of_a_backup(session, since or video.created_at) else Doubt.none,
        )
        session.add(clip)
        session.flush()
        add_event(session, now, clip, EventKind.made, video=video.id)
        _join_family(session, clip, found)
    elif published < clip.published_at:
        clip.published_at = published
    assert clip.id is not None
    pair = ClipVideo.clip_id == clip.id, ClipVideo.video_id == video.id
    if session.exec(select(ClipVideo).where(*pair)).first() is None:
        session.add(ClipVideo(clip_id=clip.id, video_id=video.id))
    session.add(clip)
    return clip.id


def _is_of_a_backup(session: Session, since: datetime) -> bool:
    """What was known since then waited in a backup that was restored without tombstones: nothing says whether it was
    taken back since.
    """
    waits = select(Restoration.id).where(col(Restoration.released_at).is_(None), Restoration.at >= since)
    return session.exec(waits.limit(1)).first() is not None


def uses(relay: Relay, sha256: str) -> bool:
    """Whether some clip stands on these bytes."""
    with relay.reading() as session:
        return session.exec(select(Clip.id).where(Clip.sha256 == sha256)).first() is not None


def family_of(relay: Relay, sha256: str, campaign_ids: Sequence[int]) -> kin.Kin:
    """Clips of these campaigns that may show the same recording. Outside any transaction: comparing takes its time."""
    return kin.find(relay, sha256, campaign_ids)


def _join_family(session: Session, clip: Clip, found: kin.Kin) -> None:
    """Writes down whom the clip is like; families and cards that it connects become one.

    A clip that was made while we compared is compared here; there is rarely one.
    """
    meanwhile = session.exec(
        select(Clip)
        .where(col(Clip.campaign_id) == clip.campaign_id, col(Clip.id) != clip.id, col(Clip.id).not_in(list(found)))
        .where(col(Clip.created_at) >= clip.created_at - MEANWHILE)
    ).all()
    here = set(session.exec(select(Clip.id).where(col(Clip.id).in_(list(found)), Clip.campaign_id == clip.campaign_id)))
    likes = {one: like for one, like in found.items() if one in here} | kin.of_these(session, clip, meanwhile)
    if likes:
        kin.link(session, clip, likes, clip.created_at)
        cards.regroup(session, [need_id(clip)], clip.created_at)
        session.refresh(clip)


def _posts(session: Session, campaign_id: int, video_id: int) -> list[Post]:
    """The campaign's own posts that carry the video, earliest first."""
    return list(
        session.exec(
            select(Post)
            .join(Match, col(Match.post_id) == col(Post.id))
            .join(Sighting, col(Sighting.post_id) == col(Post.id))
            .where(Match.campaign_id == campaign_id, Match.kind == MatchKind.exact, Sighting.video_id == video_id)
            .order_by(col(Post.published_at), col(Post.id))
        )
    )


def credit(authors: Iterable[tuple[str, str]]) -> str:
    """The name of the first author who is a person; a public's (its id is negative) only where nobody else is named.

    `authors`: (id, name), the likeliest first.
    """
    named = [(number, name.strip()) for number, name in authors if name.strip()]
    people = [name for number, name in named if not number.startswith("-")]
    return next(iter(people or [name for _, name in named]), "")
