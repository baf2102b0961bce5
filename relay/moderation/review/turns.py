"""Whose turn it is: which clips a person's queue leaves out, which it begins with, and how many wait beside it.

A clip that was returned to its participant is in nobody's queue; one about which a colleague was asked is not in the
asker's, and where one colleague was meant in theirs only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
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
from relay.records import leads_to
from relay.store import run

Person = BindParameter[str]


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


@dataclass(frozen=True, slots=True)
class QueueOrder:
    """Numbers of clips of all campaigns, for one person, few beside all. `held`: they are somebody else's turn, the
    participant's or a colleague's. `asked`: questions to the person, and what participants have mended; `looks`: second
    looks, `settling`: third ones, where two differ. These come before the queue's own order.
    """

    held: frozenset[int]
    asked: frozenset[int]
    looks: frozenset[int]
    settling: frozenset[int]


def order(session: Session, person: str) -> QueueOrder:
    """See QueueOrder. Inside a unit of work."""
    found: dict[str, set[int]] = {"held": set(), "asked": set(), "looks": set(), "settling": set()}
    for kind, clip_id in run(session, _ORDER, me=person):
        found[kind].add(clip_id)
    found["asked"] -= found["held"]
    return QueueOrder(**{kind: frozenset(clips) for kind, clips in found.items()})


def first_of(
    session: Session,
    campaign_id: int,
    known: QueueOrder,
    state: ClipState,
    after: int | None,
    *,
    is_asked_first: Callable[[], bool] = lambda: True,
) -> list[int]:
    """What comes before the queue's own order.

    `is_asked_first`: whether second looks come before the person's own clips; asked where there are any. `after`: the
    clip that the person comes from. One of these leads to the rest of them; a clip that is still waiting in the queue
    to none, so that whoever leafs through it goes on from there.
    """
    found = _front(session, campaign_id, known, state, is_asked_first)
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
    rows = [row for each in (_RETURNED, _ASKED) for row in run(session, each, campaign=campaign_id)]
    return [Apart(row[0], ClipState(row[1]), *row[2:]) for row in rows]


def turns(relay: Relay, campaign: Campaign, person: str) -> Turns:
    """See Turns."""
    late = relay.now() - timedelta(days=relay.settings.mending_days)
    with relay.reading() as session:
        others = order(session, person).held
        awaiting = col(Clip.campaign_id) == campaign.id, col(Clip.state) == ClipState.awaiting, col(Clip.id).in_(others)
        in_queue = session.execute(_count(Clip).where(*awaiting)).scalar_one() if others else 0
        row = run(session, _TURNS, campaign=campaign.id, me=person, late=late).one()
    return Turns(in_queue, *row)


def returned_since(session: Session, clip_ids: list[int]) -> dict[int, datetime]:
    """Since when clips among these wait for their participants; those that don't are not in it."""
    return {row[0]: row[1] for row in run(session, _SINCE, clips=clip_ids)}


def is_overdue(relay: Relay, mending: Mending) -> bool:
    return clocks.has_passed(timedelta(days=relay.settings.mending_days), mending.at, relay.now())


def _front(
    session: Session, campaign_id: int, known: QueueOrder, state: ClipState, is_asked_first: Callable[[], bool]
) -> list[int]:
    looks = frozenset[int]()
    if state is ClipState.awaiting:
        looks = known.settling | (known.looks if known.looks and is_asked_first() else looks)
    if not known.asked and not looks:
        return []
    here = or_(and_(col(Clip.id).in_(known.asked), col(Clip.state) == state), col(Clip.id).in_(looks))
    wanted = select(col(Clip.id)).where(col(Clip.campaign_id) == campaign_id, here)
    return list(session.scalars(wanted.order_by(col(Clip.published_at), col(Clip.id))))


def _count(table: Any) -> Select[Any]:
    return select(func.count(table.id)).select_from(table)


def _is_of_others(person: Person) -> ColumnElement[bool]:
    """This person asked, or another one was meant."""
    meant = and_(col(Question.asked_of) != "", col(Question.asked_of) != person)
    return and_(_is_open(), or_(col(Question.asked_by) == person, meant))


def _is_open() -> ColumnElement[bool]:
    return and_(col(Question.answered_at).is_(None), col(Question.closed_at).is_(None))


def _to(person: Person) -> ColumnElement[bool]:
    return and_(_is_open(), col(Question.asked_by) != person, col(Question.asked_of).in_(["", person]))


def _answered_to(person: Person) -> ColumnElement[bool]:
    answered = and_(col(Question.answered_at).is_not(None), col(Question.closed_at).is_(None))
    return and_(answered, col(Question.asked_by) == person)


def _mended() -> ColumnElement[bool]:
    return and_(col(Mending.state) == MendingState.answered, col(Mending.settled_by).is_(None))


def looks_of(person: Person) -> ColumnElement[bool]:
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


# Statements that stand ready: they are run for every page, and building them takes longer than running them

_ME: BindParameter[str] = bindparam("me")
_IN_CAMPAIGN = leads_to(bindparam("campaign"))


def _clips_that_are(kind: str, clip_id: Any, condition: ColumnElement[bool]) -> Select[Any]:
    return select(literal_column(f"'{kind}'"), clip_id).where(condition)


_ORDER = union_all(
    _clips_that_are("held", col(Mending.clip_id), col(Mending.state) == MendingState.open),
    _clips_that_are("held", col(Question.clip_id), _is_of_others(_ME)),
    _clips_that_are("asked", col(Question.clip_id), _to(_ME)),
    _clips_that_are("asked", func.coalesce(col(Mending.new_clip_id), col(Mending.clip_id)), _mended()),
    _clips_that_are("looks", col(SecondLook.clip_id), and_(looks_of(_ME), _state(LookState.waiting))),
    _clips_that_are("settling", col(SecondLook.clip_id), and_(looks_of(_ME), _state(LookState.differs))),
)
_RETURNED = (
    select(col(Clip.id), col(Clip.state))
    .join(Mending, col(Mending.clip_id) == col(Clip.id))
    .where(_IN_CAMPAIGN, col(Mending.state) == MendingState.open)
)
_SINCE = select(col(Mending.clip_id), col(Mending.at)).where(
    col(Mending.clip_id).in_(bindparam("clips", expanding=True)), col(Mending.state) == MendingState.open
)
_ASKED = (
    select(col(Clip.id), col(Clip.state), col(Question.asked_by), col(Question.asked_of))
    .join(Question, col(Question.clip_id) == col(Clip.id))
    .where(_IN_CAMPAIGN, _is_open())
)


def _counted(table: Any, *conditions: ColumnElement[bool]) -> Any:
    return _count(table).join(Clip, col(Clip.id) == table.clip_id).where(_IN_CAMPAIGN, *conditions).scalar_subquery()


_TURNS = select(
    _counted(Question, _to(_ME)),
    _counted(Question, _answered_to(_ME)),
    _counted(Mending, col(Mending.state) == MendingState.open),
    _counted(Mending, col(Mending.state) == MendingState.open, col(Mending.at) <= bindparam("late")),
    _counted(Mending, _mended()),
    _counted(SecondLook, looks_of(_ME)),
)
