"""Whose turn it is, by the rows alone; how they come about: test_opinions.py, test_mending.py, test_second_looks.py."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from relay.context import Relay
from relay.models import (
    Clip,
    ClipState,
    Decision,
    LookState,
    Mending,
    MendingState,
    Question,
    Role,
    SecondLook,
    Verdict,
    need_id,
)
from relay.moderation import desk
from relay.moderation.people import accounts
from relay.moderation.review import turns
from relay.moderation.review.turns import Apart, QueueOrder, Turns
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

pytestmark = pytest.mark.slow
DAYS = 10


class Desk:
    """Анна asks, Кира was asked; Ольга organizes. Clips are made by what is the matter with them."""

    def __init__(self, relay: Relay) -> None:
        settings = relay.settings.model_copy(update={"mending_days": DAYS})
        self.relay, self.town = dataclasses.replace(relay, settings=settings), Town(relay)
        for name, role in (("Анна", Role.moderator), ("Кира", Role.moderator), ("Ольга", Role.organizer)):
            accounts.invite(relay, f"login{len(name)}{name[0] == 'К'}".lower(), name, role)
        self.first = self.town.has_clip()
        with relay.transaction() as session:
            words = {"from_state": ClipState.awaiting, "to_state": ClipState.approved, "at": relay.now()}
            row = Decision(clip_id=self.first, verdict=Verdict.approve, person="Анна", **words)
            session.add(row)
            session.flush()
            self.decision = need_id(row)

    def has(self, table: Any, **words: Any) -> int:
        clip = self.town.has_clip()
        needed = {Question: {"asked_by": "Анна"}, SecondLook: {"first_by": "Анна", "first": Verdict.approve}}
        needed[Mending] = {"asked_by": "Анна", "nonce": str(clip), "link_hash": str(clip)}
        if table is not Question:
            needed[table]["decision_id"] = self.decision
        with self.relay.transaction() as session:
            session.add(table(**{"clip_id": clip, "at": self.relay.now(), **needed[table], **words}))
        return clip

    def order(self, person: str) -> QueueOrder:
        with self.relay.reading() as session:
            return turns.order(session, person)

    def turns(self, person: str) -> Turns:
        return turns.turns(self.relay, desk.campaign(self.relay, self.town.slug), person)


@pytest.fixture
def room(relay: Relay) -> Desk:
    return Desk(relay)


def of(*clips: int) -> frozenset[int]:
    return frozenset(clips)


def test_a_question_is_for_others_or_for_the_one_who_is_meant_until_it_is_answered(room: Desk) -> None:
    anybody, hers = room.has(Question), room.has(Question, asked_of="Кира")
    room.has(Question, answered_at=room.relay.now())
    room.has(Question, closed_at=room.relay.now())
    assert [(room.order(one).held, room.order(one).asked) for one in ("Анна", "Кира", "Ольга")] == [
        (of(anybody, hers), of()), (of(), of(anybody, hers)), (of(hers), of(anybody)),
    ]  # fmt: skip
    assert room.turns("Анна") == Turns(held=2, asked=0, answers=1, returned=0, overdue=0, mended=0, looks=0)
    assert room.turns("Кира") == Turns(held=0, asked=2, answers=0, returned=0, overdue=0, mended=0, looks=0)
    with room.relay.reading() as session:
        found = turns.apart(session, room.town.campaign_id)
    assert found == [
        Apart(anybody, ClipState.awaiting, "Анна", ""), Apart(hers, ClipState.awaiting, "Анна", "Кира"),
    ]  # fmt: skip
    open_to = [[each.is_open_to(one) for each in found] for one in ("Анна", "Кира", "Ольга")]
    assert open_to == [[False, False], [True, True], [True, False]]
    assert not Apart(1, ClipState.awaiting).is_open_to("Анна"), "it was returned to its participant"


def test_a_returned_clip_is_nobodys_and_what_came_of_it_everybodys(room: Desk, clock: FakeClock) -> None:
    open_ = room.has(Mending)
    mended = room.has(Mending, state=MendingState.answered)
    room.has(Mending, state=MendingState.answered, settled_by=room.decision)
    room.has(Mending, state=MendingState.called_off)
    instead = room.has(Mending, state=MendingState.answered, new_clip_id=room.first)
    assert instead
    for person in ("Анна", "Ольга"):
        assert (room.order(person).held, room.order(person).asked) == (of(open_), of(mended, room.first))
        assert room.turns(person) == Turns(held=1, asked=0, answers=0, returned=1, overdue=0, mended=2, looks=0)
    since = clock()
    with room.relay.reading() as session:
        assert turns.returned_since(session, [open_, mended]) == {open_: since}
        assert [each.clip_id for each in turns.apart(session, room.town.campaign_id)] == [open_]
        row = session.get_one(Mending, 1)
    clock.moves(days=DAYS, seconds=-1)
    assert (room.turns("Анна").overdue, turns.is_overdue(room.relay, row)) == (0, False)
    clock.moves(seconds=1)
    assert (room.turns("Анна").overdue, turns.is_overdue(room.relay, row)) == (1, True)


def test_a_second_look_is_anothers_and_a_third_an_organizers(room: Desk) -> None:
    waiting = room.has(SecondLook, second_by="")
    differs = room.has(SecondLook, second_by="Кира", second=Verdict.reject, state=LookState.differs)
    by_olga = room.has(SecondLook, first_by="Ольга", second_by="Анна", state=LookState.differs)
    room.has(SecondLook, second_by="Кира", state=LookState.agreed)
    told = {one: (room.order(one).looks, room.order(one).settling) for one in ("Анна", "Кира", "Ольга", "Вера")}
    assert told == {
        "Анна": (of(), of()), "Кира": (of(waiting), of(by_olga)), "Ольга": (of(waiting), of(differs)),
        "Вера": (of(waiting), of(by_olga)),
    }  # fmt: skip
    assert [room.turns(one).looks for one in ("Анна", "Кира", "Ольга")] == [0, 2, 2]


def test_what_comes_before_the_queue_leads_to_the_rest_of_it(room: Desk) -> None:
    relay, campaign = room.relay, room.town.campaign_id
    clips = [room.has(Question), room.has(SecondLook), room.has(SecondLook), room.has(Question)]
    elsewhere = Town(relay, "other")
    elsewhere.number = 50
    foreign = elsewhere.has_clip()
    known = QueueOrder(of(), of(clips[0], clips[3], foreign), of(clips[1]), of(clips[2]))
    with relay.transaction() as session:
        session.get_one(Clip, clips[0]).published_at += timedelta(days=1)

    def first(after: int | None = None, state: ClipState = ClipState.awaiting, *, asked: bool = True) -> list[int]:
        with relay.reading() as session:
            return turns.first_of(session, campaign, known, state, after, is_asked_first=lambda: asked)

    assert first() == [clips[1], clips[2], clips[3], clips[0]], "the oldest first"
    assert first(asked=False) == [clips[2], clips[3], clips[0]], "what two differ about comes first anyway"
    assert first(clips[2]) == [clips[3], clips[0]]
    assert first(clips[0]) == []
    assert first(room.first) == [], "whoever leafs through the queue goes on from there"
    assert first(foreign) == first(99) == first()
    assert first(state=ClipState.later) == []
    with relay.transaction() as session:
        session.get_one(Clip, clips[0]).state = ClipState.later
    assert first(state=ClipState.later) == [clips[0]]
