"""What people decided and what happened, held against itself: each decision begins where the one before it ended, a
clip is where its last one left it, and nothing is missing in the row of what was written.

Somebody who rewrites rows and knows these rules is found by what is chained and keyed, not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlmodel import Session, SQLModel, col, select

from relay.context import Relay
from relay.models import Clip, ClipState, Decision, Event, EventKind, EventSubject, Render, Verdict
from relay.upkeep.damages.check import Check, named

LEADS_TO = {
    Verdict.approve: ClipState.approved,
    Verdict.reject: ClipState.rejected,
    Verdict.later: ClipState.later,
    Verdict.withdraw: ClipState.withdrawn,
    Verdict.send_back: ClipState.awaiting,
}


@dataclass(frozen=True, slots=True)
class Move:
    """What a decision did."""

    verdict: Verdict
    before: ClipState
    after: ClipState


def fits(moves: Sequence[Move]) -> tuple[bool, ClipState]:
    """Whether these decisions on one clip, in their order, can all be what they were; and where they led."""
    state, all_fit = ClipState.awaiting, True
    for move in moves:
        leads = move.after is LEADS_TO.get(move.verdict, move.after)
        stays = move.verdict is not Verdict.keep or move.before is move.after
        all_fit = all_fit and move.before is state and leads and stays
        state = move.after
    return all_fit, state


def decisions(relay: Relay, fix: bool, _deep: bool) -> Iterator[Check]:
    """A state that no decision led to goes back to what was decided; a lost or changed decision only a backup has."""
    with relay.reading() as session:
        moves = _moves(session)
        states: dict[int, ClipState] = {
            clip: ClipState(state)
            for clip, state in session.exec(select(Clip.id, Clip.state).order_by(col(Clip.id)))
            if clip is not None
        }
        gaps = _gaps(relay, session, Decision)
    judged = {clip: fits(moves[clip]) for clip in states}
    broken = [clip for clip, (fit, _) in judged.items() if not fit]
    moved = {clip: judged[clip][1] for clip in states if clip not in broken and states[clip] is not judged[clip][1]}
    if gaps:  # one may be missing that led there
        broken, moved = sorted({*broken, *moved}), {}
    if broken or gaps:
        yield Check(
            "decisions",
            "changed or deleted: missing {gaps}, on clips that don't add up: {clips}. Compare with a backup",
            wrong=True,
            words={"gaps": gaps, "clips": named(broken) or "0"},
        )
    if moved and fix:
        for clip, state in moved.items():
            _set_back(relay, clip, states[clip], state)
        yield Check(
            "decisions", "clips back in the state that was decided: {clips}", fixed=True, words={"clips": named(moved)}
        )
    elif moved:
        yield Check(
            "decisions",
            "clips in a state that nobody decided: {clips}",
            wrong=True,
            words={"clips": named(moved)},
        )
    elif not broken and not gaps:
        yield Check("decisions", "add up")


def events(relay: Relay, _fix: bool, _deep: bool) -> Iterator[Check]:
    """None is ever deleted, and each film and each clip has one that says when it was made."""
    with relay.reading() as session:
        gaps = _gaps(relay, session, Event)
        films = select(Render.almanac_id, func.count()).group_by(col(Render.almanac_id))
        told = _told(session, EventSubject.almanac, EventKind.rendered)
        untold = sum(max(0, count - told.get(almanac, 0)) for almanac, count in session.exec(films))
        made = _told(session, EventSubject.clip, EventKind.made)
        untold += sum(1 for clip in session.exec(select(Clip.id)) if clip not in made) if made else 0
    if gaps or untold:
        words = {"gaps": gaps, "untold": untold}
        yield Check(
            "events",
            "deleted: missing in the row {gaps}, films and clips that nothing tells of {untold}. Compare with a backup",
            wrong=True,
            words=words,
        )
    else:
        yield Check("events", "none is missing")


def _moves(session: Session) -> dict[int, list[Move]]:
    moves: dict[int, list[Move]] = defaultdict(list)
    rows = select(Decision.clip_id, Decision.verdict, Decision.from_state, Decision.to_state).order_by(col(Decision.id))
    for clip, verdict, before, after in session.exec(rows):
        moves[clip].append(Move(Verdict(verdict), ClipState(before), ClipState(after)))
    return moves


def _gaps(relay: Relay, session: Session, table: type[SQLModel]) -> int:
    """Numbers that are missing. Only SQLite gives them in a row: a server's sequence leaves some out by itself."""
    if relay.store.path is None:
        return 0
    number = table.__table__.c.id  # type: ignore[attr-defined]
    last, count = session.connection().execute(select(func.max(number), func.count(number))).one()
    return int(last or 0) - int(count)


def _told(session: Session, subject: EventSubject, kind: EventKind) -> dict[int, int]:
    counted = select(Event.subject_id, func.count()).where(Event.subject == subject, Event.what == kind)
    return dict(session.exec(counted.group_by(col(Event.subject_id))).all())


def _set_back(relay: Relay, clip: int, seen: ClipState, decided: ClipState) -> None:
    with relay.transaction() as session:
        session.exec(update(Clip).where(col(Clip.id) == clip, col(Clip.state) == seen).values(state=decided))
