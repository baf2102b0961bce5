"""What a restored database must not revive.

Both functions work on a session over the restored database before anybody sees it, so a restore calls them on its copy:
with tombstones nobody comes back whom they know; without any, everything waits for a person.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from relay.language.sentence import filled
from relay.models import (
    Clip,
    ClipState,
    ClipVideo,
    Decision,
    Doubt,
    Erasure,
    ErasureCause,
    EventKind,
    EventSubject,
    HandIn,
    HandInState,
    Post,
    Sighting,
    Verdict,
    Video,
    need_id,
)
from relay.records import add_event
from relay.tombstones import stones
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import Name

PERSON = "Relay"
FROM_BACKUP = "Erased as {number}; an older backup had brought it back."


def hold_back(session: Session, key: TombstoneKey, now: datetime) -> list[int]:
    """Withdraws every clip that a tombstone of this database knows and that was not erased here, and writes its
    Erasure down, which the worker then carries out. Returns the ids of the clips. Repeating it changes nothing.
    """
    session.flush()
    names = _names(session)
    known = {clip_id for clip_id in stones.kept_out(session, key, names) if not _is_erased(session, clip_id)}
    for clip_id in sorted(known):
        standing = stones.keeps_out(session, key, names[clip_id])
        assert standing is not None
        _take_back(session, key, session.get_one(Clip, clip_id), standing.erasure, now)
    session.flush()
    return sorted(known)


def hold_receipts(session: Session, key: TombstoneKey) -> list[int]:
    """Hand-ins that wait here and were taken back since are taken back here, too; the worker settles what came of them.

    Returns their ids. Repeating it changes nothing.
    """
    waiting = col(HandIn.state).in_([HandInState.begun, HandInState.waiting])
    names = {need_id(row): [Name.of_receipt(row.link_hash)] for row in session.exec(select(HandIn).where(waiting))}
    known = sorted(stones.kept_out(session, key, names))
    gone = {"state": HandInState.withdrawn, "reason": stones.KEPT_OUT, "finished_at": None}
    session.exec(update(HandIn).where(col(HandIn.id).in_(known)).values(**gone))
    return known


def hold_all(session: Session, now: datetime) -> int:
    """Puts every clip in doubt that a film or a page might show: nothing says who took what back since the backup.

    Such a clip is in no film until a person keeps it. Returns how many.
    """
    shown = col(Clip.state).in_([ClipState.awaiting, ClipState.approved, ClipState.later])
    concerned = list(session.exec(select(Clip.id).where(shown, Clip.doubt == Doubt.none)))
    for clip_id in concerned:
        assert clip_id is not None
        add_event(session, now, (EventSubject.clip, clip_id), EventKind.in_doubt, PERSON, why=Doubt.restored)
    session.exec(update(Clip).where(shown, col(Clip.doubt) == Doubt.none).values(doubt=Doubt.restored))
    return len(concerned)


def new_number(session: Session) -> str:
    """Of an erasure, as it stands on the certificate: easy to read out, hard to guess."""
    while True:
        number = secrets.randbelow(1_000_000_000)
        made = f"E-{number // 1_000_000:03d}-{number // 1000 % 1000:03d}-{number % 1000:03d}"
        if session.exec(select(Erasure.id).where(Erasure.number == made)).first() is None:
            return made


def names_of(session: Session, clip: Clip) -> list[Name]:
    """All that the clip's bytes, videos and posts are known by."""
    return _names(session, need_id(clip))[need_id(clip)]


def _names(session: Session, clip_id: int | None = None) -> dict[int, list[Name]]:
    """Of every clip, or of one: three questions for all of them. A post with other videos is not known by this one."""
    named: dict[int, list[Name]] = defaultdict(list)
    one = [] if clip_id is None else [ClipVideo.clip_id == clip_id]
    own = [] if clip_id is None else [Clip.id == clip_id]
    for number, sha256 in session.exec(select(Clip.id, Clip.sha256).where(*own)).all():
        if number is not None:
            named[number].append(Name.of_bytes(sha256))
    videos = select(ClipVideo.clip_id, Video.network, Video.owner_id, Video.video_id).where(*one)
    for number, *video in session.exec(videos.join(Video, col(Video.id) == col(ClipVideo.video_id))).all():
        named[number].append(Name.of_video(*video))
    other = aliased(Sighting)
    alone = ~select(other.id).where(other.post_id == Sighting.post_id, other.video_id != Sighting.video_id).exists()
    posts = (
        select(ClipVideo.clip_id, Post.network, Post.owner_id, Post.post_id)
        .join(Sighting, col(Sighting.video_id) == col(ClipVideo.video_id))
        .join(Post, col(Post.id) == col(Sighting.post_id))
        .where(*one, alone)
    )
    for number, *post in session.exec(posts).all():
        named[number].append(Name.of_post(*post))
    return named


def _is_erased(session: Session, clip_id: int) -> bool:
    return session.exec(select(Erasure.id).where(Erasure.clip_id == clip_id)).first() is not None


def _take_back(session: Session, key: TombstoneKey, clip: Clip, number: str, now: datetime) -> None:
    reason, before = filled(FROM_BACKUP, number=number), clip.state
    if before is not ClipState.withdrawn:
        session.add(
            Decision(
                clip_id=need_id(clip),
                verdict=Verdict.withdraw,
                from_state=before,
                to_state=ClipState.withdrawn,
                person=PERSON,
                reason=reason,
                previous_reason=clip.reason,
                doubt=clip.doubt,
                at=now,
            )
        )
        clip.state, clip.reason, clip.doubt = ClipState.withdrawn, reason, Doubt.none
        session.add(clip)
    taken = session.exec(select(Erasure.id).where(Erasure.number == number)).first() is not None
    session.add(
        Erasure(
            number=new_number(session) if taken or not number else number,
            clip_id=need_id(clip),
            cause=ErasureCause.restored,
            person=PERSON,
            sha256=clip.sha256,
            digest=Name.of_bytes(clip.sha256).digest(key),
            asked_at=now,
        )
    )
    session.flush()
