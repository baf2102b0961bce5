from __future__ import annotations

from relay.board import towns
from relay.board.grid import AgeGroup, Participants
from relay.models import ClipState


def some(town: str, *, minor: bool = False, state: ClipState = ClipState.approved, clips: int = 1) -> Participants:
    return Participants("", town, "", AgeGroup.unknown, minor, state, clips)


def test_children_are_in_no_town():
    found = towns.town_map([some("Кипуя", minor=True, clips=3), some("Луга"), some("")])
    assert [town.name for town in found.towns] == ["Луга"]
    assert (found.children, found.nowhere) == (3, 1)


def test_twin_a_grown_up_of_the_same_village_is():
    assert [town.name for town in towns.town_map([some("Кипуя")]).towns] == ["Кипуя"]


def test_a_town_is_one_however_it_is_written_and_the_most_clips_come_first():
    found = towns.town_map(
        [some("Шлиссельбург"), some("пикалево", clips=2), some("Пикалёво", state=ClipState.awaiting)]
    )
    assert [(town.name, town.approved, town.waiting) for town in found.towns] == [
        ("пикалево", 2, 1),
        ("Шлиссельбург", 1, 0),
    ]


def test_a_town_that_nobody_knows_is_told_without_a_place():
    (town,) = towns.town_map([some("Нетакогогорода")]).towns
    assert town.east is None
    assert town.north is None


def test_towns_of_as_many_clips_stand_by_the_alphabet_and_what_waits_is_in_no_sum():
    found = towns.town_map(
        [some("Луга"), some("бокситогорск"), some("ёлкино"), some("", state=ClipState.awaiting), some("", clips=2)]
    )
    assert [town.name for town in found.towns] == ["бокситогорск", "Луга", "ёлкино"]
    assert found.nowhere == 2
    assert towns.town_map([some("Луга", minor=True, state=ClipState.awaiting)]).children == 0
