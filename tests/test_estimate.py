from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.estimate import chapman, shares


def test_the_textbook_case() -> None:
    """10 marked turtles, 15 caught later, 5 of them marked: Chapman's 28."""
    found = chapman(10, 15, 5)
    assert found is not None
    assert int(found.total) == 28
    assert found.found == 20
    assert found.missed_low < found.missed < found.missed_high


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(0, 10, 0.0, 0.3085), (10, 10, 0.6915, 1.0), (5, 10, 0.1871, 0.8129), (81, 263, 0.2527, 0.3676)],
)
def test_the_interval_of_a_share_is_the_one_in_the_tables(hits: int, tries: int, low: float, high: float) -> None:
    assert shares(hits, tries) == pytest.approx((low, high), abs=0.0001)


@pytest.mark.parametrize(("walls", "search", "both"), [(0, 0, 0), (5, 0, 0), (5, 5, 0)])
def test_two_readers_that_share_nothing_say_nothing(walls: int, search: int, both: int) -> None:
    assert chapman(walls, search, both) is None


def test_more_shared_than_found_is_a_bug() -> None:
    with pytest.raises(ValueError, match="shared"):
        chapman(3, 2, 3)


def test_full_agreement_is_certain_only_with_many_posts() -> None:
    few, many = chapman(10, 1, 1), chapman(1000, 300, 300)
    assert few is not None
    assert many is not None
    assert few.missed == many.missed == 0
    assert few.missed_high > 100, "one shared post proves nothing"
    assert many.missed_high < 15


@pytest.mark.slow
@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_bounds_enclose_the_estimate(both: int, only_walls: int, only_search: int) -> None:
    found = chapman(both + only_walls, both + only_search, both)
    assert found is not None
    assert 0 <= found.missed_low <= found.missed_high
    assert found.missed_low <= found.missed + 1
    assert found.missed <= found.missed_high


@pytest.mark.slow
def test_the_interval_holds_the_truth_in_19_of_20_towns() -> None:
    dice, posts, towns, right = random.Random(80), 200, 400, 0
    for _ in range(towns):
        walls = {post for post in range(posts) if dice.random() < 0.85}
        search = {post for post in range(posts) if dice.random() < 0.5}
        found = chapman(len(walls), len(search), len(walls & search))
        assert found is not None
        truth = posts - len(walls | search)
        right += found.missed_low <= truth <= found.missed_high
    assert right >= 0.92 * towns


@pytest.mark.slow
def test_twin_readers_that_copy_each_other_hide_what_both_miss() -> None:
    """The assumption matters: where the search shows only what the walls show, the estimate is far too small."""
    dice = random.Random(80)
    walls = {post for post in range(400) if dice.random() < 0.5}
    search = {post for post in walls if dice.random() < 0.7}
    found = chapman(len(walls), len(search), len(walls & search))
    assert found is not None
    assert found.missed_high < 400 - len(walls | search)


def test_an_estimate_is_told_with_its_bounds() -> None:
    found = chapman(10, 15, 5)
    assert found is not None
    assert (found.walls, found.search, found.both, found.found) == (10, 15, 5, 20)
    assert found.total == pytest.approx(11 * 16 / 6 - 1)
    assert found.missed == pytest.approx(11 * 16 / 6 - 21)
    low, high = shares(5, 15)
    assert (found.missed_low, found.missed_high) == pytest.approx((max(0, 10 / high - 20), 10 / low - 20))


@pytest.mark.parametrize("seen", [(0, 0, 0), (3, 3, 0), (2, 3, 2), (3, 2, 2), (3, 3, 3)])
def test_what_both_have_found_is_no_more_than_either(seen: tuple[int, int, int]) -> None:
    assert (chapman(*seen) is None) is (seen[2] == 0)
    for wrong in ((2, 3, 3), (3, 2, 3), (3, 3, -1)):
        with pytest.raises(ValueError, match=f"{wrong[2]} shared posts out of {wrong[0]} and {wrong[1]}"):
            chapman(*wrong)


def test_nothing_is_missed_less_than_nothing() -> None:
    found = chapman(2, 2, 2)
    assert found is not None
    assert (found.missed, found.missed_low) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("hits", "tries", "low", "high"),
    [(1, 1, 0.025, 1.0), (0, 1, 0.0, 0.975), (1, 2, 0.012579, 0.987421), (9, 10, 0.554984, 0.997471)],
)
def test_shares_of_few_tries(hits: int, tries: int, low: float, high: float) -> None:
    assert shares(hits, tries) == pytest.approx((low, high), abs=1e-6)
