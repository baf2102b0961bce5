"""The participant's side of a returned clip: what they read on their private page, and what they write there.

What they write goes onto the clip at once, as a correction on record under the name of the page's reader; the clip is
back at the top of the queue when something has come that a moderator has to look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import Refused, Stale
from relay.language.catalogue import N_
from relay.language.text import one_line
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ConsentScope,
    ConsentWay,
    EventKind,
    HandIn,
    Mending,
    MendingState,
    need_id,
)
from relay.moderation.review import asks, mending
from relay.moderation.rules import LONGEST_REASON
from relay.permissions import notes
from relay.permissions.notes import ConsentTerms, ShownWords
from relay.records import add_event

PARTICIPANT = N_("the participant")
"""Who answers by the private page, as the record names them."""


@dataclass(frozen=True, slots=True)
class AskedView:
    """A participant's page. `sentences`: what is asked, one thing each; `needs`: what of it the page has fields for.

    `hand_in`: the one that a mended video comes by, when one was begun. `clip_state`: of the clip, or of the one that
    took its place.
    """

    id: int
    clip_id: int
    secret: str
    state: MendingState
    settled: bool
    asks: list[str]
    sentences: list[str]
    needs: set[str]
    brought: list[str]
    name: str
    town: str
    clip_state: ClipState
    campaign: Campaign
    hand_in: HandIn | None


@dataclass(frozen=True, slots=True)
class Written:
    """What the participant wrote. `guardian`: who agrees for a child, with the sentences `agreed` as they read them."""

    name: str = ""
    town: str = ""
    guardian: str = ""
    agreed: str = ""
    words: str = ""


def page(relay: Relay, secret: str) -> AskedView:
    """Raises NotFound."""
    with relay.reading() as session:
        return _view(session, mending.by_secret(session, secret), secret)


def open_for(relay: Relay, clip_ids: Sequence[int]) -> AskedView | None:
    """What the participant of these clips (those of a receipt) is asked for now."""
    with relay.reading() as session:
        found = session.exec(
            select(Mending)
            .where(col(Mending.clip_id).in_(list(clip_ids)), Mending.state == MendingState.open)
            .order_by(col(Mending.id).desc())
        ).first()
        return _view(session, found, mending.secret_of(relay, found)) if found is not None else None


def answer(relay: Relay, secret: str, written: Written) -> None:
    """Takes what the participant wrote. Raises NotFound, Refused when nothing is written, Stale when nothing is asked
    any more.
    """
    neat = Written(
        one_line(written.name),
        one_line(written.town),
        one_line(written.guardian),
        written.agreed,
        one_line(written.words, LONGEST_REASON),
    )
    brought = _brought(neat)
    if not brought:
        raise Refused("Nothing is written yet.", hint="Write what is asked for, or send a new video.")
    with relay.transaction() as session:
        row = mending.by_secret(session, secret)
        clip = session.get_one(Clip, row.clip_id)
        _note(session, relay, row, neat, sorted({*row.brought, *brought}))
        _correct(session, relay, clip, {"name": neat.name, "town": neat.town})
        if "guardian" in brought:
            _agree(session, relay, clip, neat)


def _brought(written: Written) -> set[str]:
    if written.guardian and not written.agreed:
        raise Refused("For a participant under 18 a parent or guardian has to agree.")
    given = {"name": written.name, "guardian": written.guardian, "words": written.words}
    return {what for what, text in given.items() if text}


def _note(session: Session, relay: Relay, row: Mending, written: Written, brought: list[str]) -> None:
    met = asks.is_met(row.asks, brought)
    moved = session.exec(
        update(Mending)
        .where(col(Mending.id) == row.id, col(Mending.state) == MendingState.open)
        .values(
            brought=brought,
            words=written.words or row.words,
            state=MendingState.answered if met else MendingState.open,
            answered_at=relay.now() if met else None,
        )
        .execution_options(synchronize_session=False)
    )
    clip = session.get_one(Clip, row.clip_id)
    if moved.rowcount != 1:
        raise Stale("The organizers don't wait for an answer any more.", state=clip.state.value)
    details = {"answer": written.words} if written.words else {}
    add_event(session, relay.now(), clip, EventKind.participant_answered, PARTICIPANT, **details)


def _correct(session: Session, relay: Relay, clip: Clip, given: dict[str, str]) -> None:
    changes = {field: text for field, text in given.items() if text and text != getattr(clip, field)}
    if not changes:
        return
    before = {field: [getattr(clip, field), text] for field, text in changes.items()}
    clip.corrected = sorted({*clip.corrected, *changes})
    for field, text in changes.items():
        setattr(clip, field, text)
    session.add(clip)
    add_event(session, relay.now(), clip, EventKind.edited, PARTICIPANT, **before)


def _agree(session: Session, relay: Relay, clip: Clip, written: Written) -> None:
    evidence = f"{written.agreed} — {written.guardian}"
    row = notes.append(
        session,
        need_id(clip),
        ConsentScope.public,
        evidence,
        person=PARTICIPANT,
        now=relay.now(),
        terms=ConsentTerms(guardian=written.guardian),
        shown=ShownWords(words=written.agreed, name=written.guardian, way=ConsentWay.form),
    )
    details = {"scope": row.scope, "evidence": row.evidence}
    add_event(session, relay.now(), clip, EventKind.consent, PARTICIPANT, **details)


def _view(session: Session, row: Mending, secret: str) -> AskedView:
    clip = session.get_one(Clip, row.clip_id)
    newer = session.get_one(Clip, row.new_clip_id) if row.new_clip_id is not None else clip
    return AskedView(
        id=need_id(row),
        clip_id=row.clip_id,
        secret=secret,
        state=row.state,
        settled=row.settled_by is not None,
        asks=list(row.asks),
        sentences=asks.sentences(row.asks, row.note),
        needs=asks.needs(row.asks),
        brought=list(row.brought),
        name=clip.name,
        town=clip.town,
        clip_state=newer.state,
        campaign=session.get_one(Campaign, clip.campaign_id),
        hand_in=session.get(HandIn, row.hand_in_id) if row.hand_in_id is not None else None,
    )
