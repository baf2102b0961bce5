"""A participant brings back what was erased: its tombstones keep it out no more, and it may be handed in again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.erasure import certificate
from relay.erasure.certificate import ErasureCertificate
from relay.models import ClipVideo, Erasure, EventKind, EventSubject, Sighting, Video, VideoState
from relay.records import add_event, is_forgotten
from relay.sources.networks import HAND_IN
from relay.tombstones import file, stones
from relay.tombstones.entrance import key_of


def readmit(relay: Relay, number: str, *, person: str) -> ErasureCertificate:
    """`number`: of the certificate, or of the clip. The erased clip stays withdrawn; what comes is a new one.

    Raises NotFound.
    """
    shown = certificate.named(relay, number)
    with relay.transaction() as session:
        row = session.exec(select(Erasure).where(Erasure.number == shown.number)).one()
        _find_again(session, row)
        _write_again(session, row, person, relay.now())
        if stones.lift(session, row.number, person=person, at=relay.now()):
            add_event(session, relay.now(), (EventSubject.clip, row.clip_id), EventKind.let_in_again, person)
    file.keep_up(relay, key_of(relay))
    return certificate.of_number(relay, shown.number)


def _find_again(session: Session, erasure: Erasure) -> None:
    """What networks show is fetched once more; a file has to be handed in again."""
    mine = select(ClipVideo.video_id).where(ClipVideo.clip_id == erasure.clip_id)
    session.exec(
        update(Video)
        .where(col(Video.id).in_(mine), col(Video.network) != HAND_IN)
        .values(state=VideoState.found, reason="", sha256=None, next_try_at=None, attempts=0)
        .execution_options(synchronize_session=False)
    )


def _write_again(session: Session, erasure: Erasure, person: str, now: datetime) -> None:
    """What networks say of its videos and posts may be written down again, where it was erased."""
    videos = set(session.exec(select(ClipVideo.video_id).where(ClipVideo.clip_id == erasure.clip_id)))
    posts = set(session.exec(select(Sighting.post_id).where(col(Sighting.video_id).in_(videos))))
    for subject, numbers in ((EventSubject.video, videos), (EventSubject.post, posts)):
        for number in sorted(one for one in numbers if is_forgotten(session, subject, one)):
            add_event(session, now, (subject, number), EventKind.let_in_again, person)
