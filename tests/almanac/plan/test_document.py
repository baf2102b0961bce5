from __future__ import annotations

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.almanac.plan import document
from relay.almanac.plan.document import ClipRow, PlanDocument
from relay.errors import Refused
from relay.models import ByHand


def film(*clips: int, **known: object) -> PlanDocument:
    return PlanDocument(tuple(ClipRow(clip) for clip in clips), **known)  # type: ignore[arg-type]


def sheet_of(seed: int) -> PlanDocument:
    """Made from one number, because drawing each field by itself takes hypothesis fifty times as long."""
    chance = Random(seed)

    def row(clip: int) -> ClipRow:
        hand = frozenset(chance.sample(("place", "in", "name"), chance.randint(0, 2)))
        last, name = chance.choice((None, 60)), chance.choice((None, "Анна", ""))
        return ClipRow(clip, chance.randint(0, 50), last, name, None, hand, chance.choice(("", "", "opening")))

    clips = chance.sample(range(1, 10), chance.randint(0, 6))
    out = {clip: chance.choice(("", "тихо")) for clip in chance.sample(range(10, 14), chance.randint(0, 2))}
    return PlanDocument(tuple(map(row, clips)), out, chance.choice(({}, {"order": "best"})))


seeds = st.integers(0, 2**32)


@pytest.mark.slow
@settings(max_examples=40)
@given(seeds)
def test_from_a_difference_the_old_plan_comes_back(seed: int) -> None:
    old, new = sheet_of(seed), sheet_of(seed + 1)
    kept = json.loads(json.dumps(document.difference(old, new)))
    again = document.restore(new, kept)
    assert (again, again.token) == (old, old.token)
    assert document.difference(old, old) == {}


@pytest.mark.slow
@settings(max_examples=40)
@given(seeds, seeds)
def test_a_token_names_one_state(first: int, second: int) -> None:
    one, other = sheet_of(first), sheet_of(second)
    assert sheet_of(first).token == one.token
    assert (one.token == other.token) == (one == other)


def test_a_clip_is_put_before_another_or_last() -> None:
    assert document.place(film(1, 2, 3), 3, before=1).order == [3, 1, 2]
    assert document.place(film(1, 2, 3), 1, before=None).order == [2, 3, 1]
    moved = document.place(film(1, 2, left_out={7: "тихо"}), 7, before=2)
    assert (moved.order, moved.placed, moved.left_out) == ([1, 7, 2], {7}, {})


def test_the_opening_stays_first_and_the_closing_last() -> None:
    pinned = document.pin(document.pin(film(1, 2, 3, 4), 3, "opening"), 1, "closing")
    assert pinned.order == [3, 2, 4, 1]
    assert document.place(pinned, 4, before=3).order == [3, 4, 2, 1]
    assert document.place(pinned, 4, before=None).order == [3, 2, 4, 1]
    other = document.pin(pinned, 4, "opening")
    assert (other.order, other.pinned("opening")) == ([4, 3, 2, 1], 4)


def test_points_are_kept_within_the_clip() -> None:
    trimmed = document.trim(film(1), 1, first=10, last=60, available=100)
    assert trimmed.row(1).kept() == [10, 60, None, None, ["in", "out"], ""]
    assert document.trim(trimmed, 1, first=None, last=100, available=100).row(1).last is None
    assert document.untrim(trimmed, 1) == film(1)


@pytest.mark.parametrize(("first", "last"), [(60, 60), (-1, 5), (100, None), (None, 0)])
def test_nothing_is_no_clip(first: int | None, last: int | None) -> None:
    with pytest.raises(Refused, match="Nothing would be left"):
        document.trim(film(1), 1, first=first, last=last, available=100)


def test_a_text_is_this_films_or_the_clips_own() -> None:
    named = document.retitle(film(1), 1, name=" Анна\u202e  Щ. ", town=None)
    assert (named.row(1).name, named.row(1).town, named.row(1).by_hand) == ("Анна Щ.", None, {"name"})
    assert document.retitle(named, 1, name=None, town=None) == film(1)


@pytest.mark.parametrize(
    "wish",
    [
        lambda: document.place(film(1), 1, before=1),
        lambda: document.place(film(1), 1, before=9),
        lambda: document.trim(film(1), 9, first=1, last=2, available=3),
        lambda: document.pin(film(1), 1, "middle"),
        lambda: document.leave_out(film(1), 9, ""),
        lambda: document.bring_back(film(1), 1),
    ],
)
def test_what_makes_no_sense_is_refused(wish) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused):
        wish()


def test_letting_one_clip_go_lets_no_other_go() -> None:
    pinned = document.pin(document.pin(film(1, 2, 3), 3, "opening"), 1, "closing")
    free = document.pin(pinned, 3, "")
    assert (free.pinned("opening"), free.pinned("closing")) == (None, 1)
    assert free.order == [3, 2, 1]


def test_a_clip_that_is_placed_comes_back_alone() -> None:
    out = film(1, 2, left_out={7: "тихо", 8: "темно"})
    assert document.place(out, 7, before=1).left_out == {8: "темно"}
    assert document.bring_back(out, 8).left_out == {7: "тихо"}
    assert document.bring_back(out, 8).order == [1, 2]


def test_one_point_is_set_and_the_other_stays() -> None:
    both = document.trim(film(1), 1, first=10, last=60, available=100)
    assert document.trim(film(1), 1, first=10, last=None, available=100).row(1).kept()[:2] == [10, None]
    assert document.trim(both, 1, first=20, last=None, available=100).row(1).kept()[:2] == [20, 60]
    assert document.trim(both, 1, first=None, last=70, available=100).row(1).kept()[:2] == [10, 70]
    assert document.trim(film(1), 1, first=None, last=70, available=100).row(1).by_hand == {"out"}


@pytest.mark.parametrize(("first", "last"), [(0, 1), (99, 100), (99, None)])
def test_one_frame_is_a_clip(first: int, last: int | None) -> None:
    row = document.trim(film(1), 1, first=first, last=last, available=100).row(1)
    assert (row.first, row.last) == (first, None if last == 100 else last)


def test_release_gives_back_the_place_and_keeps_points_and_texts() -> None:
    row = document.retitle(document.place(film(1, 2), 2, before=1), 2, name="Анна", town="Тосно")
    released = document.release(document.trim(row, 2, first=5, last=None, available=100), 2)
    assert released.row(2).by_hand == {"name", "town", "in"}
    assert (released.row(2).name, released.row(2).town, released.row(2).first) == ("Анна", "Тосно", 5)
    assert document.untrim(released, 2).row(2).by_hand == {"name", "town"}


@pytest.mark.parametrize(("signs", "kept"), [(199, 199), (200, 200), (201, 200)])
def test_a_card_has_two_hundred_signs_at_most(signs: int, kept: int) -> None:
    assert len(document.retitle(film(1), 1, name="а" * signs, town=None).row(1).name or "") == kept


@pytest.mark.parametrize(("signs", "kept"), [(499, 499), (500, 500), (501, 500)])
def test_a_reason_for_leaving_out_has_five_hundred(signs: int, kept: int) -> None:
    assert len(document.leave_out(film(1), 1, "а" * signs).left_out[1]) == kept


def test_what_is_touched_and_what_is_placed() -> None:
    moved = document.place(film(1, 2, 3), 3, before=1)
    pinned = document.pin(moved, 3, "closing")
    assert (moved.touched, moved.placed) == ({3}, {3})
    assert (pinned.touched, pinned.placed) == ({3}, set()), "a pin says more than a place"
    assert document.pin(film(1), 1, "opening").touched == {1}


def test_clips_are_named_in_an_order_and_what_was_known_of_them_stays() -> None:
    known = document.pin(
        document.retitle(document.place(film(1, 2, 3), 2, before=1), 2, name="Анна", town=None), 3, "closing"
    )
    other = document.in_order(known, [3, 7, 2])
    assert other.rows == (ClipRow(7), known.row(2), known.row(3)), "one is new, one goes, and the closing stays last"
    assert document.in_order(known, []).rows == ()
    assert (other.rules, other.left_out) == (known.rules, known.left_out)


def test_a_token_is_short_and_does_not_change_with_the_program() -> None:
    """It stands in forms and in the record: an old one still names its state."""
    row = ClipRow(7, 5, 60, "Анна", None, frozenset({"place", "in"}), "opening")
    token = PlanDocument((row, ClipRow(2)), {9: "тихо", 3: ""}, {"order": "best", "clips": "approved"}).token
    again = PlanDocument((row, ClipRow(2)), {3: "", 9: "тихо"}, {"clips": "approved", "order": "best"}).token
    assert token == again == "981d1628a3e49b9ca1cb"
    assert len(token) == 20


def test_a_pin_is_let_go_by_itself_and_by_another() -> None:
    pinned = document.pin(film(1, 2, 3), 2, "opening")
    assert document.pin(pinned, 3, "opening").rows == (ClipRow(3, pinned="opening"), ClipRow(2), ClipRow(1))
    assert document.pin(pinned, 3, "closing").pinned("opening") == 2
    with pytest.raises(Refused) as refused:
        document.pin(film(1), 1, "middle")
    assert refused.value.line == "A clip is pinned as opening or closing, not as middle."
    with pytest.raises(Refused) as refused:
        film(1).row(2)
    assert refused.value.line == "Clip 2 is not in this almanac."


def test_what_of_a_plan_is_kept_to_get_it_back() -> None:
    old = PlanDocument(
        (ClipRow(1), ClipRow(2, 5, 9, "А", "Б", frozenset({"in", "out"}), "closing")), {7: "x"}, {"order": "best"}
    )
    assert document.difference(old, old) == {}
    assert document.difference(old, PlanDocument((*old.rows[::-1],), old.left_out, old.rules)) == {"order": [1, 2]}
    assert document.difference(old, PlanDocument((ClipRow(1), ClipRow(2)), {}, {})) == {
        "rows": {"2": [5, 9, "А", "Б", ["in", "out"], "closing"]},
        "left_out": {"7": "x"},
        "rules": {"order": "best"},
    }
    assert document.restore(film(1, 2, left_out={3: "y"}, rules={"a": "b"}), {}) == film(
        1, 2, left_out={3: "y"}, rules={"a": "b"}
    )


@pytest.mark.parametrize(
    ("row", "bounds"),
    [
        (ClipRow(1), (25, 200)),
        (ClipRow(1, first=50, by_hand=frozenset({ByHand.first})), (50, 200)),
        (ClipRow(1, last=100, by_hand=frozenset({ByHand.last})), (25, 100)),
        (ClipRow(1, by_hand=frozenset({ByHand.first, ByHand.last})), (0, 250)),
        (ClipRow(1, last=20, by_hand=frozenset({ByHand.last})), (0, 20)),
        (ClipRow(1, last=400, by_hand=frozenset({ByHand.last})), (25, 250)),
    ],
)
def test_what_was_set_by_hand_goes_before_what_was_proposed(row, bounds):
    assert row.bounds(25, 200, 250) == bounds


def test_a_trim_of_one_end_leaves_the_other_as_it_was_proposed():
    sheet = PlanDocument((ClipRow(1),))
    trimmed = document.trim(sheet, 1, first=None, last=100, available=250, proposed=(25, 200)).row(1)
    assert (trimmed.first, trimmed.last, trimmed.bounds(25, 200, 250)) == (0, 100, (25, 100))
    with pytest.raises(Refused):
        document.trim(sheet, 1, first=None, last=20, available=250, proposed=(25, 200))
    whole = document.whole(sheet, 1).row(1)
    assert whole.bounds(25, 200, 250) == (0, 250)
    assert document.untrim(PlanDocument((whole,)), 1) == sheet
