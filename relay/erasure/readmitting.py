"""A participant brings back what was erased: its tombstones keep it out no more, and it may be handed in again."""

from __future__ import annotations

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.erasure import certificate
from relay.erasure.certificate import ErasureCertificate
from relay.models import ClipVideo, Erasure, EventKind, EventSubject, Video, VideoState
from relay.records import add_event
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
