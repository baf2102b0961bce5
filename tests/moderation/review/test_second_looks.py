from __future__ import annotations

import dataclasses

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused, Stale
from relay.models import ClipState, LookState, PermissionGate, SecondLook, Verdict
from relay.moderation import desk
from relay.moderation.review import second_looks
from relay.permissions.gate import NotPermitted
from tests.moderation.review.conftest import Room
from tests.permissions.premiere import strictly


@pytest.fixture
def careful(relay, town):
    """The same desk with second looks switched on; a newcomer's decisions are looked at again."""
    settings = relay.settings.model_copy(update={"second_looks": True, "second_look_share": 0.0})
    return dataclasses.replace(relay, settings=settings)


@pytest.fixture
def team(careful):
    room = Room(careful)
    room.come()
    return room


def row(relay):
    with relay.reading() as session:
        return session.exec(select(SecondLook).order_by(SecondLook.id.desc())).first()


@pytest.mark.slow
def test_nobody_is_asked_to_look_again_unless_it_is_switched_on(relay, town, room):
    room.decides("Анна", town.has_clip())
    assert row(relay) is None


@pytest.mark.slow
def test_a_newcomers_decision_comes_first_in_others_queues(careful, town, team):
    clip, next_one = town.has_clip(), town.has_clip()
    team.decides("Анна", clip)
    assert row(careful).reasons == ["new moderator"]
    assert [team.next(person) for person in ("Анна", "Кира")] == [next_one, clip]
    assert second_looks.open_for(careful, clip, "Анна") is None
    assert second_looks.give(careful, clip, Verdict.approve, person="Кира") is LookState.agreed
    assert (town.clip(clip).state, team.next("Ольга")) == (ClipState.approved, next_one)
    assert desk.history(careful, clip)[-1].verdict == "looked again"


def test_where_two_differ_the_organizer_decides(careful, town, team):
    clip = town.has_clip()
    team.decides("Анна", clip)
    assert second_looks.give(careful, clip, Verdict.reject, person="Кира") is LookState.differs
    assert town.clip(clip).state is ClipState.approved, "until a third has looked the first one counts"
    assert [team.next(person) for person in ("Анна", "Кира", "Борис", "Ольга")] == [None, None, None, clip]
    with pytest.raises(Stale):
        second_looks.give(careful, clip, Verdict.approve, person="Кира")
    assert second_looks.give(careful, clip, Verdict.reject, person="Кира") is LookState.differs, "the same one again"
    assert second_looks.give(careful, clip, Verdict.reject, person="Ольга") is LookState.settled
    assert town.clip(clip).state is ClipState.rejected
    assert [(decision.person, decision.verdict) for decision in town.decisions(clip)][-1] == ("Ольга", Verdict.reject)
    assert (row(careful).state, row(careful).third) == (LookState.settled, Verdict.reject)


@pytest.mark.slow
def test_a_third_that_agrees_with_the_first_changes_nothing(careful, town, team):
    clip = town.has_clip()
    team.decides("Анна", clip)
    second_looks.give(careful, clip, Verdict.reject, person="Кира")
    second_looks.give(careful, clip, Verdict.approve, person="Ольга")
    assert len(town.decisions(clip)) == 1
    assert town.clip(clip).state is ClipState.approved


@pytest.mark.slow
def test_where_the_organizer_was_one_of_the_two_another_moderator_is_the_third(careful, town, team):
    clip = town.has_clip()
    team.decides("Ольга", clip)
    second_looks.give(careful, clip, Verdict.reject, person="Анна")
    assert second_looks.open_for(careful, clip, "Кира").third


@pytest.mark.slow
def test_an_undone_or_overtaken_decision_needs_no_second_look(careful, town, team):
    clip = town.has_clip()
    team.decides("Анна", clip)
    desk.undo(careful, clip, person="Анна")
    assert row(careful).state is LookState.void
    team.decides("Анна", clip)
    team.decides("Анна", clip, Verdict.later)
    assert row(careful).state is LookState.void
    with pytest.raises(Stale):
        second_looks.give(careful, clip, Verdict.approve, person="Кира")


@pytest.mark.slow
def test_what_is_measured_of_a_look(careful, town, team, clock):
    first, second, third = town.has_clip(), town.has_clip(flags=("silent",)), town.has_clip()
    team.decides("Анна", first)
    clock.moves(seconds=5)
    team.decides("Анна", second)
    assert row(careful).reasons == ["quick", "flagged", "new moderator"]
    clock.moves(minutes=30)
    team.decides("Анна", third, Verdict.reject, "It is another's")
    assert row(careful).reasons == ["own words", "new moderator"]


@pytest.mark.slow
def test_a_second_look_in_between_is_no_part_of_the_look_before(careful, town, team, clock):
    first, second = town.has_clip(), town.has_clip()
    looked = town.has_clip()
    team.decides("Кира", looked)
    team.decides("Анна", first)
    clock.moves(seconds=60)
    second_looks.give(careful, looked, Verdict.approve, person="Анна")
    clock.moves(seconds=5)
    team.decides("Анна", second)
    assert "quick" in row(careful).reasons


@pytest.mark.slow
def test_a_clock_that_was_ahead_makes_no_look_hasty(careful, town, team, clock):
    for moved in ({"hours": 4}, {"hours": -4}, {"seconds": 60}, {"seconds": 60}, {"seconds": 5}):
        clock.moves(**moved)
        team.decides("Анна", town.has_clip())
    with careful.reading() as session:
        looked = session.exec(select(SecondLook).order_by(SecondLook.id)).all()
    assert ["quick" in each.reasons for each in looked] == [False, False, False, False, True]


@pytest.mark.slow
def test_what_is_no_second_look(careful, town, team):
    clip = town.has_clip()
    with pytest.raises(NotFound):
        second_looks.give(careful, 77, Verdict.approve, person="Кира")
    with pytest.raises(Refused, match="approval or rejection"):
        second_looks.give(careful, clip, Verdict.later, person="Кира")
    with pytest.raises(Stale):
        second_looks.give(careful, clip, Verdict.approve, person="Кира")


def test_a_third_who_overrules_a_rejection_is_asked_for_the_permission_too(careful, town, team):
    clip = town.has_clip()
    desk.edit(careful, clip, person="Анна", age="9")
    team.decides("Анна", clip, Verdict.reject, "off_topic")
    second_looks.give(careful, clip, Verdict.approve, person="Кира")
    strictly(careful)
    with pytest.raises(NotPermitted, match="under 18"):
        second_looks.give(careful, clip, Verdict.approve, person="Ольга")
    strictly(careful, PermissionGate.tell)
    second_looks.give(careful, clip, Verdict.approve, person="Ольга")
    assert town.clip(clip).state is ClipState.approved
