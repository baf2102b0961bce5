from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.collect.ledger.intervals import Interval, holes, interval, share, union

DAY = datetime(2023, 1, 12, tzinfo=UTC)


def at(*hours: int) -> Interval:
    start, end = hours
    return Interval(DAY + timedelta(hours=start), DAY + timedelta(hours=end))


WINDOW = at(0, 24)


@pytest.mark.parametrize(
    ("given_", "joined"),
    [
        ([], []),
        ([at(1, 2)], [at(1, 2)]),
        ([at(3, 4), at(1, 2)], [at(1, 2), at(3, 4)]),
        ([at(1, 3), at(2, 4)], [at(1, 4)]),
        ([at(1, 2), at(2, 3)], [at(1, 3)]),
        ([at(1, 9), at(2, 3)], [at(1, 9)]),
    ],
)
def test_union(given_: list[Interval], joined: list[Interval]) -> None:
    assert union(given_) == joined


@pytest.mark.parametrize(
    ("covered", "left"),
    [
        ([], [WINDOW]),
        ([at(0, 24)], []),
        ([at(-5, 30)], []),
        ([at(0, 6), at(10, 24)], [at(6, 10)]),
        ([at(2, 6), at(5, 10)], [at(0, 2), at(10, 24)]),
        ([at(-9, -3), at(30, 40)], [WINDOW]),
        ([at(0, 6), at(6, 24)], []),
    ],
)
def test_holes(covered: list[Interval], left: list[Interval]) -> None:
    assert holes(WINDOW, covered) == left


def test_what_runs_backwards_is_nothing() -> None:
    assert interval(DAY, DAY) is None
    assert interval(DAY + timedelta(1), DAY) is None
    assert at(30, 40).within(WINDOW) is None


def test_share() -> None:
    assert share(WINDOW, [at(0, 6), at(3, 12)]) == 0.5


hours = st.integers(-10, 40)
stretches = st.lists(st.tuples(hours, hours).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: at(*pair)))


@pytest.mark.slow
@given(stretches)
def test_every_hour_is_either_covered_or_in_a_hole(covered: list[Interval]) -> None:
    left = holes(WINDOW, covered)
    for hour in range(24):
        middle = DAY + timedelta(hours=hour, minutes=30)
        inside = any(each.start <= middle < each.end for each in covered)
        missing = [each for each in left if each.start <= middle < each.end]
        assert len(missing) == (0 if inside else 1)
    assert union(left) == left
    assert holes(WINDOW, [*covered, *left]) == []


@pytest.mark.slow
@given(stretches)
def test_the_order_of_the_readings_does_not_matter(covered: list[Interval]) -> None:
    assert union(covered) == union(reversed(covered)) == union(union(covered))


@pytest.mark.parametrize(
    ("part", "inside"),
    [
        (at(0, 24), at(0, 24)),
        (at(-1, 1), at(0, 1)),
        (at(23, 25), at(23, 24)),
        (at(-1, 25), at(0, 24)),
        (at(-1, 0), None),
        (at(24, 25), None),
    ],
)
def test_what_of_a_stretch_lies_in_the_window(part: Interval, inside: Interval | None) -> None:
    assert part.within(WINDOW) == inside
    assert at(3, 5).length == timedelta(hours=2)
    assert interval(DAY, DAY + timedelta(seconds=1)) == Interval(DAY, DAY + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("covered", "part"), [([], 0.0), ([at(0, 24)], 1.0), ([at(-9, 6)], 0.25), ([at(0, 6), at(18, 30)], 0.5)]
)
def test_how_much_of_the_window_is_covered(covered: list[Interval], part: float) -> None:
    assert share(WINDOW, covered) == pytest.approx(part)
