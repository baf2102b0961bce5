"""A mended video: it comes as a hand-in of its own, and its clip takes the place of the one that was returned.

The new clip has another file; what was known of the participant goes on with it, both are linked, and the old one is
put out of the queue and of films. Decisions and corrections stay where they were made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Stale
from relay.language.sentence import filled
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    Consent,
    Decision,
    EventKind,
    HandIn,
    HandInState,
    Mending,
    MendingState,
    Verdict,
    need_id,
)
from relay.records import add_event
from relay.store import add_new

REPLACED = "The participant has sent a mended video: clip {clip}."
CARRIED = ("name", "town", "district", "age", "quote", "origin", "text_author")
EXPECTING = (HandInState.begun, HandInState.waiting)


def begin(relay: Relay, secret: str, *, consent: str, language: str, visitor: str) -> str:
    """The secret of the receipt by which the mended video comes: of one that is on its way, else of a new one.

    `secret`: of the answer page. `consent`: the sentences as they stood on it. Raises NotFound, Stale when nothing is
    asked for any more.
    """
    with relay.transaction() as session:
        mending = _asked(session, secret)
        clip = session.get_one(Clip, mending.clip_id)
        known = session.get(HandIn, mending.hand_in_id) if mending.hand_in_id is not None else None
        if known is not None and known.state in EXPECTING:
            return receipt_secret(secret, known)
        hand_in = HandIn(
            campaign_id=clip.campaign_id,
            number="",
            link_hash="",
            **{name: getattr(clip, name) for name in CARRIED},
            consent=consent,
            language=language,
            visitor=visitor,
            created_at=relay.now(),
        )
        _numbered(session, hand_in, secret)
        row = session.exec(select(HandIn).where(HandIn.number == hand_in.number)).one()
        session.exec(update(Mending).where(col(Mending.id) == mending.id).values(hand_in_id=row.id))
        return receipt_secret(secret, row)


def receipt_secret(secret: str, hand_in: HandIn) -> str:
    """Whoever has the answer page's secret finds the receipt again, and nobody else."""
    made = hmac.new(secret.encode(), f"mended:{hand_in.number}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made[:24]).decode()


def in_place_of(session: Session, clips: Sequence[Clip]) -> list[Clip]:
    """The same clips, each that was replaced by a mended one as that."""
    found: dict[int | None, Clip] = {}
    for clip in clips:
        newest = clip
        while (newer := _newer(session, newest)) is not None:
            newest = newer
        found[newest.id] = newest
    return list(found.values())


def take_over(session: Session, hand_in: HandIn, clip: Clip, now: datetime, *, is_new: bool) -> None:
    """Called in the transaction that makes a hand-in's clip: links it with the clip that was returned.

    What was withdrawn before it came is withdrawn with it. A file that was here before (the same one sent again, or
    another participant's) takes nobody's place: a moderator is told that something came.
    """
    mending = session.exec(select(Mending).where(Mending.hand_in_id == hand_in.id)).first()
    if mending is None:
        return
    old, person = session.get_one(Clip, mending.clip_id), f"№ {hand_in.number}"
    if old.state is ClipState.withdrawn and is_new:
        _move(session, clip, Verdict.withdraw, ClipState.withdrawn, old.reason, person, now)
    if mending.state is not MendingState.open:
        return
    session.exec(
        update(Mending)
        .where(col(Mending.id) == mending.id, col(Mending.state) == MendingState.open)
        .values(
            state=MendingState.answered,
            brought=sorted({*mending.brought, "video"}),
            answered_at=now,
            new_clip_id=clip.id if is_new else None,
        )
        .execution_options(synchronize_session=False)
    )
    if is_new:
        _carry(session, old, clip)
        reason = filled(REPLACED, clip=clip.id)
        _move(session, old, Verdict.reject, ClipState.rejected, reason, person, now)
        add_event(session, now, clip, EventKind.mended, person, clip=old.id)
    else:
        add_event(session, now, old, EventKind.participant_answered, person, clip=clip.id)


def _asked(session: Session, secret: str) -> Mending:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    mending = session.exec(select(Mending).where(Mending.link_hash == digest)).first()
    if mending is None:
        raise NotFound("There is no page at this link.", hint="Look whether the link is whole.")
    clip = session.get_one(Clip, mending.clip_id)
    campaign = session.get_one(Campaign, clip.campaign_id)
    if mending.state is not MendingState.open or campaign.state is CampaignState.archived:
        raise Stale("The organizers don't wait for an answer any more.", state=clip.state.value)
    return mending


def _numbered(session: Session, hand_in: HandIn, secret: str) -> None:
    """As other hand-ins are (hand_ins.begin), but its link follows from the answer page's."""
    while True:
        number = secrets.randbelow(1_000_000)
        hand_in.number = f"{number // 1000:03d}-{number % 1000:03d}"
        hand_in.link_hash = hashlib.sha256(receipt_secret(secret, hand_in).encode()).hexdigest()
        if add_new(session, hand_in):
            return


def _newer(session: Session, clip: Clip) -> Clip | None:
    replaced = select(Clip).join(Mending, col(Mending.new_clip_id) == col(Clip.id)).where(Mending.clip_id == clip.id)
    return session.exec(replaced.order_by(col(Mending.id).desc())).first()


def _carry(session: Session, old: Clip, new: Clip) -> None:
    """The participant, the consent, and the place in the order of time."""
    for name in (*CARRIED, "corrected", "published_at"):
        setattr(new, name, getattr(old, name))
    new.corrected = list(old.corrected)
    session.add(new)
    rows = session.exec(select(Consent).where(Consent.clip_id == old.id).order_by(col(Consent.id))).all()
    for row in rows:
        session.add(Consent(**{**row.model_dump(exclude={"id"}), "clip_id": need_id(new)}))


def _move(
    session: Session, clip: Clip, verdict: Verdict, to: ClipState, reason: str, person: str, now: datetime
) -> None:
    session.add(
        Decision(
            clip_id=need_id(clip),
            verdict=verdict,
            from_state=clip.state,
            to_state=to,
            person=person,
            reason=reason,
            previous_reason=clip.reason,
            at=now,
        )
    )
    clip.state, clip.reason = to, reason
    session.add(clip)
