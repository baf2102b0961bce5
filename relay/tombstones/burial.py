"""A clip is taken back for good: in one unit of work it gets an Erasure and tombstones; nothing fetches it again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.models import (
    Clip,
    ClipState,
    ClipVideo,
    Erasure,
    ErasureCause,
    RecordingPrint,
    Video,
    VideoState,
    need_id,
)
from relay.tombstones import revival, stones
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import KEPT_OUT, Name, Recording


def bury(
    session: Session, key: TombstoneKey, clip: Clip, *, cause: ErasureCause, person: str, now: datetime
) -> Erasure:
    """Of a clip that is withdrawn in the same unit of work. The erasure that it has already is given back as it is."""
    known = of_clip(session, need_id(clip))
    if known is not None:
        return known
    number = revival.new_number(session)
    prints = session.get(RecordingPrint, clip.sha256)
    looks = [Recording(prints.pictures, prints.sounds, prints.border)] if prints is not None else []
    stones.put(session, key, revival.names_of(session, clip), looks, erasure=number, at=now)
    erasure = Erasure(
        number=number,
        clip_id=need_id(clip),
        cause=cause,
        person=person,
        sha256=clip.sha256,
        digest=Name.of_bytes(clip.sha256).digest(key),
        asked_at=now,
    )
    session.add(erasure)
    _let_go(session, need_id(clip))
    session.flush()
    return erasure


def of_clip(session: Session, clip_id: int) -> Erasure | None:
    return session.exec(select(Erasure).where(Erasure.clip_id == clip_id)).first()


def unburied(session: Session) -> list[Clip]:
    """Clips that were withdrawn before there were erasures."""
    buried = select(Erasure.clip_id)
    wanted = select(Clip).where(Clip.state == ClipState.withdrawn, col(Clip.id).not_in(buried))
    return sorted(session.exec(wanted), key=need_id)  # by SQLite it means to go through all clips


def same_bytes(session: Session, clip: Clip) -> list[Clip]:
    """The clips of all campaigns that stand on the same file."""
    return list(session.exec(select(Clip).where(Clip.sha256 == clip.sha256).order_by(col(Clip.id))))


def _let_go(session: Session, clip_id: int) -> None:
    """Its videos are not fetched any more, and whoever is fetching one just now has lost it. Those that are here stay
    fetched: what was counted stays true.
    """
    videos = select(ClipVideo.video_id).where(ClipVideo.clip_id == clip_id)
    session.exec(
        update(Video)
        .where(col(Video.id).in_(videos), col(Video.state) != VideoState.fetched)
        .values(state=VideoState.refused, reason=KEPT_OUT, next_try_at=None, lease_holder="", lease_until=None)
        .execution_options(synchronize_session=False)
    )
