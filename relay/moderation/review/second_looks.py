"""Second looks (looks.py says when): a decision counts at once, and somebody else is asked to look at the clip too.

Who looks second is not told what the first one said. When both agree, that is final; when they differ, a third person
(an organizer) decides. Off unless RELAY_SECOND_LOOKS is set.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, case, func, or_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import (
    Clip,
    Decision,
    EventKind,
    EventSubject,
    Finding,
    Inspection,
    LookState,
    SecondLook,
    Verdict,
    need_id,
)
from relay.moderation import rules
from relay.moderation.review import looks, turns
from relay.moderation.review.looks import FirstLook, LookPolicy
from relay.permissions import overrides
from relay.records import add_event

SITTING = timedelta(minutes=10)
"""A longer pause between two decisions was no look at a clip."""
JUDGED = (Verdict.approve, Verdict.reject)


@dataclass(frozen=True, slots=True)
class LookView:
    """A look that a person may take now; `third`: two have differed."""

    id: int
    reasons: list[str]
    third: bool


def wanted(session: Session, relay: Relay, clip: Clip, decision: Decision) -> None:
    """Asks for a second look at a decision that was made just now, where the policy wants one."""
    if not relay.settings.second_looks or decision.verdict not in JUDGED:
        return
    policy = LookPolicy(share=relay.settings.second_look_share)
    why = looks.reasons(_first_look(session, clip, decision), policy)
    if why:
        session.add(
            SecondLook(
                clip_id=decision.clip_id,
                decision_id=need_id(decision),
                first_by=decision.person,
                first=decision.verdict,
                reasons=[reason.value for reason in why],
                at=decision.at,
            )
        )


def open_for(relay: Relay, clip_id: int, person: str) -> LookView | None:
    """The look at a clip that this person may take."""
    with relay.reading() as session:
        look = _waiting(session, clip_id, person)
        if look is None:
            return None
        return LookView(need_id(look), list(look.reasons), look.state is LookState.differs)


def give(relay: Relay, clip_id: int, verdict: Verdict, *, person: str, reason: str = "") -> LookState:
    """The second or third person's verdict. A third one's that overrules the first is a decision on the clip.

    The same verdict of the same person once more (its answer was lost) counts once. Raises NotFound, Refused for
    whoever has looked already, Stale when nobody is asked (any more).
    """
    with relay.transaction() as session:
        return give_in(relay, session, clip_id, verdict, person=person, reason=reason)


def give_in(
    relay: Relay, session: Session, clip_id: int, verdict: Verdict, *, person: str, reason: str = ""
) -> LookState:
    """As `give`, inside a unit of work."""
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    if verdict not in JUDGED:
        raise Refused("A second look ends with approval or rejection.")
    look = _waiting(session, clip_id, person)
    if look is None:
        return _counted(session, clip, verdict, person)
    second = look.state is LookState.waiting
    state = looks.after_second(look.first, verdict) if second else LookState.settled
    values: dict[str, Any] = (
        {"second_by": person, "second": verdict, "second_at": relay.now()}
        if second
        else {"third_by": person, "third": verdict, "third_at": relay.now()}
    )
    _move(session, clip, look, state, values)
    if state is LookState.settled and verdict is not look.first:
        _overrule(session, relay, clip, verdict, person=person, reason=reason)
    about = EventSubject.clip, clip_id
    add_event(session, relay.now(), about, EventKind.looked_again, person, verdict=verdict.value, reason=reason)
    return state


def overtaken(session: Session, decision: Decision) -> None:
    """Another decision on the clip counts now: looks at the one before it are not wanted any more."""
    waits = col(SecondLook.state).in_([LookState.waiting, LookState.differs])
    of_others = col(SecondLook.clip_id) == decision.clip_id, col(SecondLook.decision_id) != decision.id
    session.exec(update(SecondLook).where(*of_others, waits).values(state=LookState.void))


def undone(session: Session, decision_id: int) -> None:
    session.exec(update(SecondLook).where(col(SecondLook.decision_id) == decision_id).values(state=LookState.void))


def _first_look(session: Session, clip: Clip, decision: Decision) -> FirstLook:
    look = session.get_one(Inspection, clip.sha256)
    by_person = col(Decision.person) == decision.person, col(Decision.id) != decision.id
    until_now = case((col(Decision.at) <= decision.at, col(Decision.at)))  # not what a clock that was ahead has dated
    judged = select(func.count(), func.max(until_now)).where(*by_person, col(Decision.verdict).in_(JUDGED))
    before, last = session.exec(judged).one()
    ends = [at for at in (last, *_looked(session, decision)) if at is not None]
    pause = decision.at - max(ends) if ends else None
    relatives = select(Clip).where(col(Clip.family) == clip.family, col(Clip.id) != clip.id)
    return FirstLook(
        clip_id=need_id(clip),
        verdict=decision.verdict,
        seconds=pause.total_seconds() if pause is not None and pause <= SITTING else None,
        duration=look.duration,
        in_own_words=not rules.dissect(decision.reason)[0],
        needs_review=look.finding is Finding.review,
        flags=look.flags,
        decided_before=before,
        family=[each.state for each in session.exec(relatives)] if clip.family is not None else [],
    )


def _looked(session: Session, decision: Decision) -> tuple[datetime | None, datetime | None]:
    """When the person last looked second, and third: what came after that is no part of the look before."""
    second = select(func.max(SecondLook.second_at)).where(SecondLook.second_by == decision.person)
    third = select(func.max(SecondLook.third_at)).where(SecondLook.third_by == decision.person)
    return (
        session.exec(second.where(col(SecondLook.second_at) <= decision.at)).one(),
        session.exec(third.where(col(SecondLook.third_at) <= decision.at)).one(),
    )


def _waiting(session: Session, clip_id: int, person: str) -> SecondLook | None:
    return session.exec(_WAITING, params={"clip": clip_id, "me": person}).first()


_WAITING = (
    select(SecondLook)
    .where(col(SecondLook.clip_id) == bindparam("clip"), turns.looks_of(bindparam("me")))
    .order_by(col(SecondLook.id).desc())
    .limit(1)
)


def _counted(session: Session, clip: Clip, verdict: Verdict, person: str) -> LookState:
    """What the person's look came to that was taken before. Raises Stale where they took none, or another one."""
    look = _taken(session, need_id(clip), verdict, person)
    if look is None:
        raise Stale("Nobody is asked to look at this clip again.", state=clip.state.value)
    return look.state


def is_over(relay: Relay, clip_id: int, verdict: Verdict, *, person: str) -> bool:
    """Whether the person can't give this look any more, and has not given it either."""
    with relay.reading() as session:
        return _waiting(session, clip_id, person) is None and _taken(session, clip_id, verdict, person) is None


def _taken(session: Session, clip_id: int, verdict: Verdict, person: str) -> SecondLook | None:
    second = and_(col(SecondLook.second_by) == person, col(SecondLook.second) == verdict)
    third = and_(col(SecondLook.third_by) == person, col(SecondLook.third) == verdict)
    of_clip = select(SecondLook).where(SecondLook.clip_id == clip_id, col(SecondLook.state) != LookState.void)
    return session.exec(of_clip.where(or_(second, third)).order_by(col(SecondLook.id).desc())).first()


def _move(session: Session, clip: Clip, look: SecondLook, state: LookState, values: dict[str, Any]) -> None:
    moved = session.exec(
        update(SecondLook)
        .where(col(SecondLook.id) == look.id, col(SecondLook.state) == look.state)
        .values(state=state, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise Stale("Nobody is asked to look at this clip again.", state=clip.state.value)


def _overrule(session: Session, relay: Relay, clip: Clip, verdict: Verdict, *, person: str, reason: str) -> None:
    reason = reason or (looks.OVERRULED if verdict is Verdict.reject else "")
    target = rules.move(clip.state, verdict, reason)
    if isinstance(target, rules.Refusal):
        raise Refused(target.line, hint=target.hint, **target.words)
    if verdict is Verdict.approve:
        overrides.approving(session, need_id(clip), person=person, override="", now=relay.now())
    session.add(
        Decision(
            clip_id=need_id(clip),
            verdict=verdict,
            from_state=clip.state,
            to_state=target,
            person=person,
            reason=reason,
            previous_reason=clip.reason,
            at=relay.now(),
        )
    )
    clip.state, clip.reason = target, reason
    session.add(clip)
