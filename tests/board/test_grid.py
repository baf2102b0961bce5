from __future__ import annotations

import pytest

from relay.board import grid
from relay.board.grid import AgeGroup, CampaignText, Gap, GapKind, Participants
from relay.models import ClipState

APPROVED, AWAITING = ClipState.approved, ClipState.awaiting
TEXTS = [CampaignText("1", "Письмо"), CampaignText("2", "Дневник")]


def some(
    district: str = "", town: str = "", text: str = "", age: str = "", state: ClipState = APPROVED, clips: int = 1
) -> Participants:
    group = grid.age_group(age)
    return Participants(district, town, text, group, grid.is_minor(group, "", has_guardian=False), state, clips)


@pytest.mark.parametrize(
    ("written", "group"),
    [
        ("7", "0–13"), ("13", "0–13"), ("14", "14–17"), ("14–17", "14–17"), ("18", "18–35"), ("35 лет", "18–35"),
        ("36–59", "36–59"), ("60+", "60+"), ("104", "60+"), ("", "unknown"), ("2010 г. р.", "unknown"),
        ("сорок", "unknown"), ("121", "unknown"), ("9" * 400, "unknown"), ("5 класс", "0–13"),
    ],
)  # fmt: skip
def test_ages_as_people_write_them(written, group):
    assert grid.age_group(written) is AgeGroup(group)


@pytest.mark.parametrize(
    ("age", "relation", "guardian", "minor"),
    [
        ("12", "", False, True),
        ("17", "", False, True),
        ("18", "", False, False),
        ("", "", True, True),
        ("", "ученица 5 класса", False, True),
        ("", "детский сад «Ромашка»", False, True),
        ("", "élève de 5e", False, True),
        ("", "правнук", False, False),
        ("44", "учитель, школа № 5", False, False),
    ],
)
def test_who_may_be_a_child_counts_as_one(age, relation, guardian, minor):
    assert grid.is_minor(grid.age_group(age), relation, has_guardian=guardian) is minor


def test_a_district_with_and_without_the_word_is_one():
    found = grid.grid([some("Тосненский район", clips=2), some("тосненский")], [], ["Тосненский", "Лужский р-н"])
    assert [(row.name, row.total) for row in found.districts] == [("Лужский р-н", 0), ("Тосненский район", 3)]


def test_the_grid_counts_approved_ones_by_age_and_tells_the_rest_as_waiting():
    found = grid.grid([some("А", age="12"), some("А", age="70", clips=2), some("А", state=AWAITING), some()], [], [])
    first, unsaid = found.districts
    assert list(first.ages.values()) == [1, 0, 0, 0, 2, 0]
    assert (first.total, first.waiting) == (3, 1)
    assert (unsaid.name, list(unsaid.ages.values())) == ("", [0, 0, 0, 0, 0, 1])
    assert list(found.ages.values()) == [1, 0, 0, 0, 2, 1]


def test_whom_nobody_heard_yet():
    found = grid.grid(
        [
            some("А", "Луга", "1", "70"),
            some("Б", "Мга", "1", state=AWAITING, clips=2),
            some("А", "Тосно", state=AWAITING),
        ],
        TEXTS,
        ["А", "В район"],
    )
    assert found.gaps == [
        Gap(GapKind.district, "Б", 2),
        Gap(GapKind.district, "В район", 0),
        Gap(GapKind.town, "Тосно", 1),
        Gap(GapKind.text, "2", 0),
        *(Gap(GapKind.age, group, 0) for group in list(AgeGroup)[:4]),
    ]


def test_no_town_is_told_for_a_child():
    found = grid.grid([some("А", "Кипуя", age="9", state=AWAITING), some("А")], [], [])
    assert GapKind.town not in {gap.kind for gap in found.gaps}


def test_without_one_approved_clip_no_age_is_missed():
    assert grid.grid([], [], []).gaps == []
    assert grid.grid([], [], []).ages == dict.fromkeys(AgeGroup, 0)


def test_one_text_and_one_district_at_a_time():
    rows = [some("А", text="1"), some("А", text="2", clips=2), some("Б", text="1", clips=4)]
    assert [row.total for row in grid.grid(rows, TEXTS, [], text="2").districts] == [2, 0]
    assert [(row.name, row.title, row.total) for row in grid.grid(rows, TEXTS, [], district="Б").texts] == [
        ("1", "Письмо", 4),
        ("2", "Дневник", 0),
    ]
    assert grid.grid(rows, TEXTS, [], text="2", district="Б").gaps == grid.grid(rows, TEXTS, []).gaps


def test_texts_stand_as_the_selection_counts_them():
    texts = [CampaignText(number, "") for number in ("10", "2", "а")]
    assert [row.name for row in grid.grid([some(text="")], texts, []).texts] == ["2", "10", "а", ""]
