"""Second opinions: a moderator asks colleagues about a clip; one of them answers by a sentence or by a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, case, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.text import one_line
from relay.models import (
    Account,
    Campaign,
    Clip,
    ClipState,
    Decision,
    EventKind,
    EventSubject,
    Question,
    Verdict,
    need_id,
)
from relay.moderation.rules import LONGEST_REASON, Right, may
from relay.records import add_event, find_campaign, local
from relay.store import run


@dataclass(frozen=True, slots=True)
class QuestionView:
    """A question about a clip. `verdict` and `answer`: by what it was answered; `is_open`: by nothing yet.

    `closed`: the asker has read the answer, or needs none any more. `name`: the participant's.
    """

    id: int
    clip_id: int
    sha256: str
    name: str
    clip_state: ClipState
    asked_by: str
    asked_of: str
    text: str
    at: str
    answered_by: str
    answer: str
    verdict: Verdict | None
    answered_at: str
    closed: bool
    is_open: bool


def ask(relay: Relay, clip_id: int, *, person: str, text: str = "", of: str = "") -> int:
    """Asks colleagues (or the one named `of`) about a clip; returns the question's number.

    Raises NotFound; Refused for a withdrawn clip, for somebody who can't judge, and while another question is open.
    """
    text = one_line(text, LONGEST_REASON)
    with relay.transaction() as session:
        clip = _asked_about(session, clip_id)
        if of:
            _colleague(session, of, person)
        open_one = session.exec(select(Question).where(Question.clip_id == clip_id, *_IS_OPEN)).first()
        if open_one is not None:
            raise Refused("{person} has asked about this clip already.", hint="Answer that first.",
                          person=open_one.asked_by)  # fmt: skip
        question = Question(clip_id=need_id(clip), asked_by=person, asked_of=of, text=text, at=relay.now())
        session.add(question)
        add_event(session, relay.now(), clip, EventKind.opinion_asked, person, of=of, question=text)
        session.flush()
        return need_id(question)


def answer(relay: Relay, question_id: int, *, person: str, words: str) -> Question:
    """Answers by a sentence. Raises NotFound, Refused without words and for the asker, Stale when it is not open."""
    words = one_line(words, LONGEST_REASON)
    if not words:
        raise Refused("Write an answer, or judge the clip.")
    with relay.transaction() as session:
        question = _question(session, question_id)
        if question.asked_by == person:
            raise Refused("This is your own question.", hint="A colleague answers it.")
        if question.asked_of not in ("", person):
            raise Refused("This question is for {person}.", person=question.asked_of)
        _close(session, question, answered_by=person, answer=words, answered_at=relay.now())
        about = EventSubject.clip, question.clip_id
        add_event(session, relay.now(), about, EventKind.opinion_given, person, answer=words)
        return question


def close(relay: Relay, question_id: int, *, person: str) -> Question:
    """The asker has read the answer, or needs none any more. Raises NotFound, Refused for anybody else."""
    with relay.transaction() as session:
        question = _question(session, question_id)
        if question.asked_by != person:
            raise Refused("Only {person}, who asked, can close the question.", person=question.asked_by)
        is_open = question.answered_at is None and question.closed_at is None
        question.closed_at = question.closed_at or relay.now()
        session.add(question)
        if is_open:
            about = EventSubject.clip, question.clip_id
            add_event(session, relay.now(), about, EventKind.question_closed, person)
        return question


def of_clip(relay: Relay, clip_id: int) -> list[QuestionView]:
    """The clip's questions, oldest first."""
    with relay.reading() as session:
        return [_view(*row) for row in session.exec(_OF_CLIP, params={"clip": clip_id})]


def listing(relay: Relay, slug: str) -> list[QuestionView]:
    """The campaign's questions: open ones first, and the newest first among them."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = [_view(*row) for row in session.exec(_WHOLE.where(Clip.campaign_id == campaign.id))]
    return sorted(found, key=lambda view: (view.is_open, view.id), reverse=True)


def campaign_of(relay: Relay, question_id: int) -> str:
    """The short name of a question's campaign. Raises NotFound."""
    with relay.reading() as session:
        clip = session.get_one(Clip, _question(session, question_id).clip_id)
        return session.get_one(Campaign, clip.campaign_id).slug


def colleagues(relay: Relay, person: str) -> list[str]:
    """The names of all others who may judge."""
    with relay.reading() as session:
        accounts = run(session, _ACCOUNTS).all()
    return [name for name, role in accounts if name != person and may(role, Right.decide)]


def settled(session: Session, decision: Decision) -> None:
    """A decision answers a colleague's open question; one's own question needs no answer any more."""
    mine = col(Question.asked_by) == decision.person
    session.exec(
        update(Question)
        .where(col(Question.clip_id) == decision.clip_id, *_IS_OPEN, ~mine)
        .values(
            answered_by=decision.person,
            verdict=decision.verdict,
            decision_id=decision.id,
            answered_at=decision.at,
        )
    )
    kept = case((col(Question.verdict).is_(None), decision.id), else_=col(Question.decision_id))
    session.exec(
        update(Question)
        .where(col(Question.clip_id) == decision.clip_id, col(Question.closed_at).is_(None), mine)
        .values(closed_at=decision.at, decision_id=kept)
    )


def undone(session: Session, decision_id: int) -> None:
    """Questions that a decision settled are as they were before it."""
    of_decision = col(Question.decision_id) == decision_id
    answered = of_decision, col(Question.verdict).is_not(None)
    nothing: dict[str, Any] = {"answered_by": "", "verdict": None, "decision_id": None, "answered_at": None}
    session.exec(update(Question).where(*answered).values(**nothing))
    session.exec(update(Question).where(of_decision).values(closed_at=None, decision_id=None))


_IS_OPEN = (col(Question.answered_at).is_(None), col(Question.closed_at).is_(None))


def _asked_about(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    if clip.state is ClipState.withdrawn:
        raise Refused("The clip has been withdrawn by its participant.", hint="Nothing can be decided about it.")
    return clip


def _colleague(session: Session, name: str, person: str) -> None:
    account = session.exec(select(Account).where(Account.name == name, col(Account.active))).first()
    if name == person or account is None or not may(account.role, Right.decide):
        raise Refused("Nobody with the name {name} can answer.", hint="Choose a colleague who judges clips.", name=name)


def _question(session: Session, question_id: int) -> Question:
    question = session.get(Question, question_id)
    if question is None:
        raise NotFound("There is no such question.")
    return question


def _close(session: Session, question: Question, **values: object) -> None:
    moved = session.exec(
        update(Question)
        .where(col(Question.id) == question.id, *_IS_OPEN)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        clip = session.get_one(Clip, question.clip_id)
        raise Stale("This question has been answered already.", state=clip.state.value)
    session.refresh(question)


# Statements that stand ready: building them takes longer than running them

_ACCOUNTS = select(Account.name, Account.role).where(col(Account.active)).order_by(col(Account.name))
_WHOLE = (
    select(Question, Clip, Campaign)
    .join(Clip, col(Clip.id) == col(Question.clip_id))
    .join(Campaign, col(Campaign.id) == col(Clip.campaign_id))
    .order_by(col(Question.id))
)
_OF_CLIP = _WHOLE.where(col(Question.clip_id) == bindparam("clip"))


def _view(question: Question, clip: Clip, campaign: Campaign) -> QuestionView:
    answered_at = local(campaign, question.answered_at) if question.answered_at is not None else ""
    return QuestionView(
        id=need_id(question),
        clip_id=question.clip_id,
        sha256=clip.sha256,
        name=clip.name,
        clip_state=clip.state,
        asked_by=question.asked_by,
        asked_of=question.asked_of,
        text=question.text,
        at=local(campaign, question.at),
        answered_by=question.answered_by,
        answer=question.answer,
        verdict=question.verdict,
        answered_at=answered_at,
        closed=question.closed_at is not None,
        is_open=question.answered_at is None and question.closed_at is None,
    )
