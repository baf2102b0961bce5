from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.collect import planner
from relay.collect.planner import Bounds, Budget, PastSweep, Plan, PostRate, Wall

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
MIDNIGHT = datetime(2023, 1, 12, 22, 0, tzinfo=UTC)
RULES = Bounds(timedelta(minutes=10), timedelta(hours=24))
MOSCOW = "Europe/Moscow"
HOUR = timedelta(hours=1)

paces = st.builds(PostRate, st.none() | st.floats(0, 20), st.floats(0, 2))
closings = st.none() | st.integers(-48, 24 * 40).map(lambda hours: NOON + hours * HOUR)
zones = st.sampled_from([MOSCOW, "UTC", "Asia/Vladivostok"])
walls = st.lists(st.builds(Wall, st.just(0), paces, zones, closings), min_size=1, max_size=20).map(
    lambda found: [replace(wall, key=number) for number, wall in enumerate(found)]
)
budgets = st.builds(Budget, st.integers(1500, 6000), st.integers(1, 4))


def _plan(paces: list[float | None], per_token: int | None = 5000, **more: int) -> Plan:
    found = [Wall(number, PostRate(pace), MOSCOW) for number, pace in enumerate(paces)]
    return planner.plan(found, Budget(per_token, **more), RULES, NOON)


def _minutes(plan: Plan, key: int = 0, now: datetime = NOON) -> int:
    return round(plan.interval(key, now) / timedelta(minutes=1))


def _calls_of_a_day(plan: Plan) -> float:
    """Hour by hour: what a day of these intervals costs, further pages included."""
    calls = 0.0
    for hour in range(24):
        now = NOON + hour * HOUR
        for key, wall in plan.walls.items():
            sweeps = HOUR / plan.interval(key, now)
            pages = -(-((wall.pace.posts or 0) * 24 + planner.TAIL) // planner.PAGE)
            calls += sweeps * (wall.calls or pages) + (0 if wall.calls else (wall.pace.posts or 0) / planner.PAGE)
    return calls


@pytest.mark.parametrize(
    ("posts_an_hour", "day", "night"),
    [
        (None, 10, 25),  # unknown: watched closely
        (0.0, 360, 360),  # nothing for days
        (0.5, 360, 360),
        (2.0, 96, 300),  # four posts, and a little more often by day
        (8.0, 24, 75),
        (100.0, 10, 25),  # nobody is read more often
    ],
)
def test_a_walls_pace_sets_its_interval(posts_an_hour: float | None, day: int, night: int) -> None:
    plan = _plan([posts_an_hour])
    assert (_minutes(plan), _minutes(plan, now=MIDNIGHT)) == (day, night)


@pytest.mark.parametrize(
    ("walls", "tokens", "minutes"),
    [(1, 1, 10), (25, 1, 10), (100, 1, 29), (300, 1, 87), (300, 2, 43), (1000, 1, 360), (1000, 2, 149)],
)
def test_unwatched_walls_share_the_quota(walls: int, tokens: int, minutes: int) -> None:
    """4000 calls a day of each token; docs/vk.md has 29 minutes for 100 walls and all 5000."""
    assert _minutes(_plan([None] * walls, tokens=tokens)) == pytest.approx(minutes, abs=1)


def test_tagged_posts_draw_attention() -> None:
    calm, busy = (planner.urgency(Wall(1, PostRate(0.2, matched)), RULES, NOON) for matched in (0.0, 0.5))
    assert (round(calm, 2), busy) == (7.48, 1.0)


@pytest.mark.parametrize(("hours_left", "factor"), [(None, 1), (-1, 1), (100, 1), (71, 2), (23, 3), (0, 3)])
def test_the_last_days_are_watched_more_closely(hours_left: int | None, factor: float) -> None:
    assert planner.rush(None if hours_left is None else NOON + hours_left * HOUR, NOON) == factor


@pytest.mark.slow
def test_a_network_that_counts_nothing_stretches_nothing() -> None:
    assert _plan([None] * 1000, None).stretch == 1.0


@pytest.mark.slow
def test_more_walls_than_the_quota_holds_wait_longer_than_the_longest() -> None:
    plan = _plan([None] * 3000)
    assert plan.daily <= 4000
    assert _minutes(plan) > 6 * 60


def test_searches_cost_a_call_for_each_tag() -> None:
    plan = planner.plan([Wall(1, calls=40, tz=MOSCOW)], Budget(1000), RULES, NOON)
    assert plan.daily == pytest.approx(800)
    assert _minutes(plan, 1) == 58


@pytest.mark.parametrize(
    ("spent", "factor"), [(0, 1), (3999, 1), (4500, 2), (4750, 4), (4999, planner.HARDEST_BRAKE), (6000, 8)]
)
def test_beyond_its_share_everything_waits_longer(spent: int, factor: float) -> None:
    assert planner.slowdown(Budget(5000, 1, spent)) == pytest.approx(factor, rel=0.01)


@pytest.mark.slow
@given(walls, budgets)
def test_a_day_never_costs_more_than_the_share(walls: list[Wall], budget: Budget) -> None:
    plan = planner.plan(walls, budget, RULES, NOON)
    assert plan.daily <= budget.share * 1.0001
    assert _calls_of_a_day(plan) <= budget.share * 1.0001


def test_without_the_stretch_the_quota_breaks() -> None:
    """The twin: what the paces alone ask for."""
    plan = _plan([8.0] * 100)
    assert planner.plan(plan.walls.values(), Budget(None), RULES, NOON).daily > 5000
    assert plan.daily <= 4000


@pytest.mark.slow
@given(walls, budgets)
def test_a_further_token_makes_no_interval_longer(walls: list[Wall], budget: Budget) -> None:
    now, then = (planner.plan(walls, replace(budget, tokens=budget.tokens + more), RULES, NOON).base for more in (0, 1))
    assert all(then[key] <= now[key] + timedelta(seconds=1) for key in now)


@pytest.mark.slow
@given(walls, budgets, paces)
def test_a_further_wall_makes_no_interval_shorter(walls: list[Wall], budget: Budget, pace: PostRate) -> None:
    before = planner.plan(walls, budget, RULES, NOON).base
    after = planner.plan([*walls, Wall(999, pace)], budget, RULES, NOON).base
    assert all(after[key] >= before[key] - timedelta(seconds=1) for key in before)


@pytest.mark.slow
@given(walls, budgets, st.integers(0, 23))
def test_no_wall_starves_while_the_quota_reaches(walls: list[Wall], budget: Budget, hour: int) -> None:
    plan = planner.plan(walls, budget, RULES, NOON)
    longest = max(plan.interval(key, NOON + hour * HOUR) for key in plan.base)
    assert longest <= RULES.longest + timedelta(seconds=1)


def test_the_pace_is_learned_from_the_ledger() -> None:
    looks = [PastSweep(NOON - hours * HOUR, 1000 - 3 * hours) for hours in range(10, -1, -1)]
    assert planner.post_rate(looks, NOON).posts == pytest.approx(3.0)
    assert planner.post_rate(looks[:1], NOON) == PostRate()


def test_newer_sweeps_count_more_and_deletions_are_no_pace() -> None:
    calm = [PastSweep(NOON - hours * HOUR, 1000) for hours in range(48, 23, -1)]
    busy = [PastSweep(NOON - hours * HOUR, 1000 + 10 * (24 - hours)) for hours in range(23, -1, -1)]
    assert 5.5 < (planner.post_rate(calm + busy, NOON).posts or 0) < 9
    falling = [PastSweep(NOON - hours * HOUR, 500 + hours) for hours in range(9, -1, -1)]
    assert planner.post_rate(falling, NOON).posts == 0.0


def test_the_first_page_asks_for_as_much_as_is_expected() -> None:
    assert planner.expected(PostRate(2.0), NOON - 24 * HOUR, NOON) == 90
    assert planner.expected(PostRate(0.0), NOON - 24 * HOUR, NOON) == planner.TAIL
    assert planner.expected(PostRate(4.0), NOON - 240 * HOUR, NOON) == 1230
    assert planner.expected(PostRate(4.0), NOON - 240 * HOUR, NOON, holds=600) == 630, (
        "no wall shows more than it holds"
    )
    assert planner.expected(PostRate(), NOON - 240 * HOUR, NOON) == 100, "nobody has watched it yet"


def test_sweeps_begin_together() -> None:
    at = {
        planner.aligned(NOON + timedelta(seconds=seconds), timedelta(minutes=37), timedelta(hours=6))
        for seconds in range(0, 170, 10)
    }
    assert at == {NOON + timedelta(minutes=40)}
    assert planner.aligned(NOON, timedelta(minutes=83), timedelta(hours=6)) == NOON + timedelta(minutes=90)
    longest = planner.aligned(NOON + timedelta(seconds=1), timedelta(hours=6), timedelta(hours=6))
    assert longest == NOON + timedelta(hours=6), "no wall waits longer than the longest interval"
    assert planner.aligned(NOON, timedelta(minutes=9), timedelta(hours=6)) == NOON + timedelta(minutes=10)
    assert planner.aligned(NOON, timedelta(minutes=7), timedelta(hours=6)) == NOON + timedelta(minutes=7)


# Every bound, one by one


MINUTE = timedelta(minutes=1)


def test_posts_with_the_tag_are_weighted_by_their_age_as_all_posts_are() -> None:
    """A wall that was tagged two days ago and is silent now keeps no quota busy; and the other way round."""
    old = [PastSweep(NOON - hours * HOUR, 1000, new=1) for hours in range(60, 48, -1)]
    quiet = [PastSweep(NOON - hours * HOUR, 1000) for hours in range(48, -1, -1)]
    assert planner.post_rate(old + quiet, NOON).matched < 0.12
    silent = [PastSweep(NOON - hours * HOUR, 1000) for hours in range(60, 12, -1)]
    new = [PastSweep(NOON - hours * HOUR, 1000, new=1) for hours in range(12, -1, -1)]
    assert planner.post_rate(silent + new, NOON).matched > 0.35
    steady = [PastSweep(NOON - hours * HOUR, 1000, new=1) for hours in range(60, -1, -1)]
    assert planner.post_rate(steady, NOON).matched == pytest.approx(1.0)


@pytest.mark.parametrize(("minutes", "known"), [(5, False), (10, False), (29, False), (30, True), (60, True)])
def test_some_minutes_are_no_pace(minutes: int, known: bool) -> None:
    """One post in five minutes is not twelve an hour."""
    looks = [PastSweep(NOON - minutes * MINUTE, 100), PastSweep(NOON, 101, new=1)]
    found = planner.post_rate(looks, NOON)
    assert (found != PostRate()) is known
    if known:
        assert found.posts == found.matched == pytest.approx(60 / minutes)


def test_between_looks_that_tell_no_number_nothing_is_known() -> None:
    looks = [
        PastSweep(NOON - 3 * HOUR, 100),
        PastSweep(NOON - 2 * HOUR, None, new=5),
        PastSweep(NOON - HOUR, 200),
        PastSweep(NOON, 203),
    ]
    assert planner.post_rate(looks, NOON) == PostRate(pytest.approx(3.0), 0.0)


def test_deletions_take_no_posts_away_from_the_hours_in_which_they_were_not() -> None:
    looks = [PastSweep(NOON - 2 * HOUR, 100), PastSweep(NOON - HOUR, 110), PastSweep(NOON, 60)]
    assert 4.5 < (planner.post_rate(looks, NOON).posts or 0) < 5.5


def test_a_look_counts_half_after_a_day() -> None:
    looks = [
        PastSweep(NOON - 25 * HOUR, 0),
        PastSweep(NOON - 24 * HOUR, 30),
        PastSweep(NOON - HOUR, None),
        PastSweep(NOON - HOUR, 0),
    ]
    now = [PastSweep(NOON - HOUR, 0), PastSweep(NOON, 0)]
    assert planner.post_rate([*looks[:2], looks[2], *now], NOON).posts == pytest.approx(30 * 0.5 / 1.5)


@pytest.mark.parametrize("interval", [8 * HOUR, 13 * HOUR + 7 * MINUTE, 48 * HOUR])
@pytest.mark.parametrize("late", range(0, 60, 7))
def test_what_has_to_wait_beyond_the_longest_interval_is_not_read_sooner(interval: timedelta, late: int) -> None:
    """Only with more walls than the quota holds: it would be overspent."""
    now = NOON + late * MINUTE
    at = planner.aligned(now, interval, 6 * HOUR)
    assert now + interval <= at < now + interval + HOUR


@pytest.mark.parametrize("late", range(0, 60, 7))
def test_no_whole_slot_puts_a_sweep_beyond_the_longest_interval(late: int) -> None:
    now = NOON + late * MINUTE
    assert planner.aligned(now, 6 * HOUR, 6 * HOUR) <= now + 6 * HOUR


@pytest.mark.parametrize(
    ("minutes", "slot"),
    [(7, 0), (8, 2), (19, 2), (20, 5), (59, 5), (60, 15), (119, 15), (120, 30), (239, 30), (240, 60)],
)
def test_the_slot_is_a_quarter_of_the_interval_at_most(minutes: int, slot: int) -> None:
    now = NOON + 61 * timedelta(seconds=1)
    at = planner.aligned(now, minutes * MINUTE, 24 * HOUR)
    assert at - now >= minutes * MINUTE
    if slot:
        assert (at - NOON) % (slot * MINUTE) == timedelta()
        assert at - now < (minutes + slot) * MINUTE
    else:
        assert at == now + minutes * MINUTE


@pytest.mark.parametrize(
    ("left", "factor"),
    [
        (timedelta(seconds=-1), 1.0),
        (timedelta(), 3.0),
        (timedelta(days=1), 3.0),
        (timedelta(days=1, seconds=1), 2.0),
        (timedelta(days=3), 2.0),
        (timedelta(days=3, seconds=1), 1.0),
        (None, 1.0),
    ],
)
def test_how_people_hurry_before_the_close(left: timedelta | None, factor: float) -> None:
    assert planner.rush(None if left is None else NOON + left, NOON) == factor


@pytest.mark.parametrize(
    ("shortest", "overlap", "longest"), [(10, 24, 360), (10, 4, 120), (10, 12, 360), (180, 4, 180), (480, 24, 480)]
)
def test_no_wall_waits_longer_than_half_the_overlap(shortest: int, overlap: int, longest: int) -> None:
    assert Bounds(shortest * MINUTE, overlap * HOUR).longest == longest * MINUTE


@pytest.mark.parametrize(("hour", "night"), [(0, True), (3, True), (6, True), (7, False), (12, False), (23, False)])
def test_the_night_lasts_until_seven_in_the_campaigns_zone(hour: int, night: bool) -> None:
    at = datetime(2023, 1, 12, hour, 59, tzinfo=UTC)
    plan = planner.plan([Wall(0, PostRate(2.0), "UTC")], Budget(5000), RULES, NOON)
    by_day, by_night = plan.day_and_night(0)
    assert plan.interval(0, at) == (by_night if night else by_day)
    assert by_night > 2 * by_day


def test_what_was_spent_counts_against_the_share_and_the_hour() -> None:
    budget = Budget(2400, 1, spent=0)
    assert planner.comment_calls(budget, 0) == planner.MOST_COMMENT_CALLS
    assert planner.comment_calls(replace(budget, spent=1919), 0) == 1
    assert planner.comment_calls(replace(budget, spent=1920), 0) == 0
    assert planner.comment_calls(replace(budget, spent=2400), 0) == 0
    assert planner.comment_calls(budget, 319) == 1, "four times an hour's part of 1920"
    assert planner.comment_calls(budget, 320) == 0


def test_a_wall_that_holds_few_posts_is_asked_for_those_and_some_room() -> None:
    assert planner.expected(PostRate(4.0), NOON - 240 * HOUR, NOON, holds=0) == planner.TAIL
    assert planner.expected(PostRate(4.0), NOON - 240 * HOUR, NOON, holds=10_000) == 1230
    assert planner.expected(PostRate(4.0), NOON + HOUR, NOON) == planner.TAIL, (
        "a clock that was put back asks for no less"
    )
    assert planner.expected(PostRate(), NOON - 4 * HOUR, NOON) == 40
