"""Whose turn it is: which clips a person's queue leaves out, which it begins with, and how many wait beside it.

A clip that was returned to its participant is in nobody's queue; one about which a colleague was asked is not in the
asker's, and where one colleague was meant in theirs only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlmodel import Session, col

from relay import clocks
from relay.context import Relay
from relay.models import (
    Account,
    Clip,
    ClipState,
    LookState,
    Mending,
    MendingState,
    Question,
    Role,
    SecondLook,
)
from relay.models.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Turns:
    """Numbers beside a campaign's queue, for one person.

    `held`: clips that await a decision, but not this person's. `asked`: questions that the person may answer;
    `answers`: to their own ones, not read yet. `returned`: clips that wait for their participants, `overdue` of them
    for too long; `mended`: what participants have answered. `looks`: second looks that the person may take.
    """

    held: int
    asked: int
    answers: int
    returned: int
    overdue: int
    mended: int
    looks: int


def first_of(
    session: Session,
    campaign_id: int,
    person: str,
    state: ClipState,
    after: int | None,
    *,
    is_asked_first: Callable[[], bool] = lambda: True,
) -> list[int]:
    """What comes before the queue's own order: questions to the person, what participants have mended, second looks.

    `is_asked_first`: whether second looks come before the person's own clips; asked where there are any. `after`: the
    clip that the person comes from. One of these leads to the rest of them; a clip that is still waiting in the queue
    to none, so that whoever leafs through it goes on from there.
    """
    found = _front(session, campaign_id, person, state, is_asked_first)
    if after in found:
        return found[found.index(after) + 1 :]
    left = session.get(Clip, after) if found and after is not None else None
    is_passed_over = left is not None and left.campaign_id == campaign_id and left.state is state
    return [] if is_passed_over else found


@dataclass(frozen=True, slots=True)
class Apart:
    """A clip that is in the queue of few or of nobody. `asked_by` is empty for one that was returned."""

    clip_id: int
    state: ClipState
    asked_by: str = ""
    asked_of: str = ""

    def is_open_to(self, person: str) -> bool:
        return self.asked_by not in ("", person) and self.asked_of in ("", person)


def apart(session: Session, campaign_id: int) -> list[Apart]:
    """All clips of a campaign that are not in everybody's queue."""
    of_campaign = col(Clip.campaign_id) == campaign_id
    returned = (
        select(col(Clip.id), col(Clip.state))
        .join(Mending, col(Mending.clip_id) == col(Clip.id))
        .where(of_campaign, col(Mending.state) == MendingState.open)
    )
    asked = (
        select(col(Clip.id), col(Clip.state), col(Question.asked_by), col(Question.asked_of))
        .join(Question, col(Question.clip_id) == col(Clip.id))
        .where(of_campaign, _is_open())
    )
    rows: list[Any] = [*session.execute(returned), *session.execute(asked)]
    return [Apart(row[0], ClipState(row[1]), *row[2:]) for row in rows]


def turns(relay: Relay, campaign: Campaign, person: str) -> Turns:
    """See Turns."""
    late = relay.now() - timedelta(days=relay.settings.mending_days)
    of_campaign = col(Clip.campaign_id) == campaign.id
    opened = and_(of_campaign, col(Mending.state) == MendingState.open)
    counted: tuple[Select[Any], ...] = (
        _count(Question).join(Clip, col(Clip.id) == col(Question.clip_id)).where(of_campaign, _to(person)),
        _count(Question).join(Clip, col(Clip.id) == col(Question.clip_id)).where(of_campaign, _answered_to(person)),
        _count(Mending).join(Clip, col(Clip.id) == col(Mending.clip_id)).where(opened),
        _count(Mending).join(Clip, col(Clip.id) == col(Mending.clip_id)).where(opened, col(Mending.at) <= late),
        _count(Mending).join(Clip, col(Clip.id) == col(Mending.clip_id)).where(of_campaign, _mended()),
        _count(SecondLook).join(Clip, col(Clip.id) == col(SecondLook.clip_id)).where(of_campaign, looks_of(person)),
    )
    with relay.reading() as session:
        others = held(session, person)
        awaiting = of_campaign, col(Clip.state) == ClipState.awaiting, col(Clip.id).in_(others)
        in_queue = session.execute(_count(Clip).where(*awaiting)).scalar_one() if others else 0
        row = session.execute(select(*(each.scalar_subquery() for each in counted))).one()
    return Turns(in_queue, *row)


def returned_since(session: Session, clip_ids: list[int]) -> dict[int, datetime]:
    """Since when clips among these wait for their participants; those that don't are not in it."""
    waiting = col(Mending.clip_id).in_(clip_ids), col(Mending.state) == MendingState.open
    return {row[0]: row[1] for row in session.execute(select(col(Mending.clip_id), col(Mending.at)).where(*waiting))}


def is_overdue(relay: Relay, mending: Mending) -> bool:
    return clocks.has_passed(timedelta(days=relay.settings.mending_days), mending.at, relay.now())


def _front(
    session: Session, campaign_id: int, person: str, state: ClipState, is_asked_first: Callable[[], bool]
) -> list[int]:
    first = select(col(Question.clip_id)).where(_to(person))
    mended = select(func.coalesce(col(Mending.new_clip_id), col(Mending.clip_id))).where(_mended())
    asked, looks = set(session.scalars(first.union(mended))), set[int]()
    if state is ClipState.awaiting:
        rows = session.execute(select(col(SecondLook.clip_id), col(SecondLook.state)).where(looks_of(person))).all()
        is_first = any(look == LookState.waiting for _, look in rows) and is_asked_first()
        looks = {clip_id for clip_id, look in rows if is_first or look != LookState.waiting}
    asked -= held(session, person) if asked else set()
    if not asked and not looks:
        return []
    here = or_(and_(col(Clip.id).in_(asked), col(Clip.state) == state), col(Clip.id).in_(looks))
    wanted = select(col(Clip.id)).where(col(Clip.campaign_id) == campaign_id, here)
    return list(session.scalars(wanted.order_by(col(Clip.published_at), col(Clip.id))))


def held(session: Session, person: str) -> set[int]:
    """Clips that are somebody else's turn, little beside all: the participant's, or a colleague's."""
    returned = select(col(Mending.clip_id)).where(col(Mending.state) == MendingState.open)
    asked = select(col(Question.clip_id)).where(_is_of_others(person))
    return set(session.scalars(returned.union(asked)))


def _count(table: Any) -> Select[Any]:
    return select(func.count(table.id)).select_from(table)


def _is_of_others(person: str) -> ColumnElement[bool]:
    """This person asked, or another one was meant."""
    meant = and_(col(Question.asked_of) != "", col(Question.asked_of) != person)
    return and_(_is_open(), or_(col(Question.asked_by) == person, meant))


def _is_open() -> ColumnElement[bool]:
    return and_(col(Question.answered_at).is_(None), col(Question.closed_at).is_(None))


def _to(person: str) -> ColumnElement[bool]:
    return and_(_is_open(), col(Question.asked_by) != person, col(Question.asked_of).in_(["", person]))


def _answered_to(person: str) -> ColumnElement[bool]:
    answered = and_(col(Question.answered_at).is_not(None), col(Question.closed_at).is_(None))
    return and_(answered, col(Question.asked_by) == person)


def _mended() -> ColumnElement[bool]:
    return and_(col(Mending.state) == MendingState.answered, col(Mending.settled_by).is_(None))


def looks_of(person: str) -> ColumnElement[bool]:
    """A second look is not taken by whoever took the first. Where two differ an organizer looks; another moderator only
    where an organizer was one of the two.
    """
    others = and_(col(SecondLook.first_by) != person, col(SecondLook.second_by) != person)
    organizes = and_(col(Account.role) == Role.organizer, col(Account.active))
    third = or_(
        exists().where(organizes, col(Account.name) == person),
        exists().where(organizes, col(Account.name).in_([col(SecondLook.first_by), col(SecondLook.second_by)])),
    )
    return and_(others, or_(_state(LookState.waiting), and_(_state(LookState.differs), third)))


def _state(state: LookState) -> ColumnElement[bool]:
    return col(SecondLook.state) == state
