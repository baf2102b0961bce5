from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.estimate import (
    LEAST_SHARED,
    WITH_WALLS,
    WITHOUT_WALLS,
    Dependence,
    Overlap,
    Untold,
    estimate,
    judge,
)
from tests.collect.ledger.invented import (
    TownKind,
    Verdict,
    invented,
    off_walls,
    on_walls,
    towns,
)

IGNORED = Dependence(0.0, 0.0)
SEEN = Overlap(80, 60, 50)


def test_without_dependence_it_is_the_textbook_case() -> None:
    """10 marked turtles, 15 caught later, 5 of them marked: Chapman's 28, of which 20 were seen."""
    found = estimate([Overlap(10, 15, 5)], IGNORED)
    assert found.seen.found == 20
    assert int(found.seen.found + found.missed) == 28
    assert found.low < found.missed < found.high


def test_the_same_posts_make_the_same_estimate() -> None:
    assert estimate([SEEN], WITH_WALLS) == estimate([SEEN], WITH_WALLS)


def test_readers_that_prefer_the_same_posts_have_missed_more() -> None:
    alike, strange = (estimate([SEEN], Dependence(math.log(ratio), 0.1)) for ratio in (2.0, 0.5))
    assert alike.missed == pytest.approx(4 * strange.missed)
    assert alike.high > strange.high
    assert alike.low > strange.low


def test_who_knows_less_of_the_dependence_says_less() -> None:
    sure, unsure = (estimate([SEEN], Dependence(0.0, deviation)) for deviation in (0.0, 0.5))
    assert unsure.low < sure.low < sure.high < unsure.high


def test_full_agreement_is_certain_only_with_many_posts() -> None:
    few, many = (estimate([Overlap(both + 20, both, both)], WITH_WALLS) for both in (10, 1000))
    assert few.missed == many.missed == few.low == many.low == 0
    assert few.high > 5 > many.high


def test_strata_are_summed() -> None:
    """Where one reader finds all of one part and half of the other, together they would seem to have missed less."""
    parts = Overlap(200, 100, 100), Overlap(100, 100, 50)
    apart, together = estimate(parts, IGNORED), estimate([parts[0] + parts[1]], IGNORED)
    assert apart.seen == together.seen == Overlap(300, 200, 150)
    assert apart.missed == pytest.approx(50 * 50 / 51)
    assert together.missed == pytest.approx(150 * 50 / 151)


@pytest.mark.slow
@given(st.integers(1, 300), st.integers(0, 300), st.integers(0, 300))
def test_bounds_enclose_the_estimate(both: int, only_first: int, only_second: int) -> None:
    found = estimate([Overlap(both + only_first, both + only_second, both)], WITHOUT_WALLS)
    assert 0 <= found.low <= found.missed <= found.high


@pytest.mark.slow
def test_more_shared_posts_narrow_the_bounds() -> None:
    widths = [(told.high - told.low) / told.seen.found for told in (
        estimate([Overlap(8 * times, 6 * times, 5 * times)], WITH_WALLS) for times in (2, 8, 32, 128)
    )]  # fmt: skip
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("seen", [(2, 3, 3), (3, 2, 3), (3, 3, -1)])
def test_more_shared_than_found_is_a_bug(seen: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=f"{seen[2]} shared posts out of {seen[0]} and {seen[1]}"):
        Overlap(*seen)


def test_nothing_is_said_where_nothing_can_be() -> None:
    one, few = Overlap(9, 0, 0), Overlap(9, 8, LEAST_SHARED - 1)
    judged = judge({"vk": [SEEN], "telegram": [one], "ok": [few], "rutube": [Overlap()]}, WITH_WALLS)
    assert judged.untold == {"telegram": (Untold.one_reader, one), "ok": (Untold.few_shared, few)}
    assert judged.estimate == estimate([SEEN], WITH_WALLS)
    assert judge({"telegram": [one]}, WITH_WALLS).estimate is None
    assert judge({"vk": [Overlap(0, 9, 0)]}, WITH_WALLS).untold == {"vk": (Untold.one_reader, Overlap(0, 9, 0))}
    assert judge({}, WITH_WALLS) == judge({"vk": [Overlap()]}, WITH_WALLS)


def test_seven_shared_posts_are_enough() -> None:
    least = Overlap(LEAST_SHARED, LEAST_SHARED, LEAST_SHARED)
    assert judge({"vk": [least]}, WITH_WALLS).estimate == estimate([least], WITH_WALLS)


def test_strata_that_share_too_little_are_one() -> None:
    small = Overlap(6, 6, 6)
    assert judge({"vk": [SEEN, small]}, WITH_WALLS).estimate == estimate([SEEN + small], WITH_WALLS)
    large = Overlap(7, 7, 7)
    assert judge({"vk": [SEEN, large]}, WITH_WALLS).estimate == estimate([SEEN, large], WITH_WALLS)


@pytest.mark.slow
def test_the_bounds_hold_the_truth_in_9_of_10_invented_networks_and_are_narrow() -> None:
    """Three towns of each kind; `scripts/bench coverage` has two hundred."""
    told = [verdict for town in towns(range(126, 168)) if (verdict := on_walls(town, WITH_WALLS))]
    assert len(told) >= 38
    assert _holds(told) >= 0.9
    widths = sorted(verdict.width for verdict in told if verdict.found >= 300)
    assert widths[len(widths) // 2] <= 0.1


@pytest.mark.slow
def test_so_they_do_where_walls_and_search_prefer_the_same_posts() -> None:
    told = [verdict for seed in range(40) if (verdict := on_walls(invented(seed, TownKind.dependent), WITH_WALLS))]
    assert _holds(told) >= 0.9


@pytest.mark.slow
def test_twin_who_ignores_that_is_wrong_in_every_third_of_them() -> None:
    told = [verdict for seed in range(40) if (verdict := on_walls(invented(seed, TownKind.dependent), IGNORED))]
    assert _holds(told) < 0.75


def test_twin_all_walls_as_one_tell_of_a_network_without_a_search_what_nobody_knows() -> None:
    """Relay did so before: its walls would seem to have missed as large a part as those of the other network."""
    silent = Overlap(400, 0, 0)
    apart = judge({"vk": [SEEN], "telegram": [silent]}, WITH_WALLS).estimate
    assert apart is not None
    together = judge({"": [SEEN + silent]}, WITH_WALLS).estimate
    assert together is not None
    assert together.missed > 10 * apart.missed


@pytest.mark.slow
def test_elsewhere_the_bounds_are_wide_and_hold_too() -> None:
    told = [verdict for town in towns(range(120)) if (verdict := off_walls(town, WITHOUT_WALLS))]
    assert len(told) >= 20
    assert _holds(told) >= 0.9


@pytest.mark.slow
def test_twin_readers_that_copy_each_other_hide_what_both_miss() -> None:
    """The assumption matters: where the search shows only what the walls show, nobody can tell."""
    dice = random.Random(80)
    walls = {post for post in range(400) if dice.random() < 0.5}
    search = {post for post in walls if dice.random() < 0.7}
    found = estimate([Overlap(len(walls), len(search), len(walls & search))], WITH_WALLS)
    assert found.high < 400 - len(walls | search)


def _holds(verdicts: list[Verdict]) -> float:
    return sum(verdict.holds for verdict in verdicts) / len(verdicts)
