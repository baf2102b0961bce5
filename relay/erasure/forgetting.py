"""What people at the desk have written of a person, beside what is credited: it goes when the person is erased."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import String, cast, delete, or_, update
from sqlmodel import Session, col, select

from relay.chain import links
from relay.context import Relay
from relay.erasure.rows import FORGOTTEN
from relay.models import BulkStep, ClipTag, Decision, Mending, PlanChange, Question, Verdict, need_id
from relay.moderation import rules


def forget(relay: Relay, session: Session, clips: Sequence[int]) -> None:
    """Notes, questions, answers, tags, corrections and what undoing would put back. Of a decision the standard reason
    stays; why a clip was withdrawn stays whole, for it is the record of who asked.
    """
    session.exec(delete(ClipTag).where(col(ClipTag.clip_id).in_(clips)))
    session.exec(update(Question).where(col(Question.clip_id).in_(clips)).values(text="", answer=""))
    session.exec(update(Mending).where(col(Mending.clip_id).in_(clips)).values(note="", words=""))
    session.exec(update(BulkStep).where(col(BulkStep.clip_id).in_(clips)).values(before={}, after={}, undone=True))
    told = cast(PlanChange.before, String)
    with_one = or_(*(told.contains(f'"{clip}"') for clip in clips), col(PlanChange.clip_id).in_(clips))
    session.exec(update(PlanChange).where(with_one).values(before={}, undone=True))
    _forget_reasons(relay, session, clips)


def _forget_reasons(relay: Relay, session: Session, clips: Sequence[int]) -> None:
    ours = select(Decision).where(col(Decision.clip_id).in_(clips), Decision.verdict != Verdict.withdraw)
    found = [row for row in session.exec(ours).all() if (_standard(row.reason), _standard(row.previous_reason)) != (
        row.reason, row.previous_reason)]  # fmt: skip
    with links.rewriting(session, Decision, [need_id(row) for row in found], why=FORGOTTEN, at=relay.now()):
        for row in found:
            row.reason, row.previous_reason = _standard(row.reason), _standard(row.previous_reason)
            session.add(row)


def _standard(reason: str) -> str:
    code, _, _note = reason.partition(":")
    return code if code in rules.REASONS else ""
