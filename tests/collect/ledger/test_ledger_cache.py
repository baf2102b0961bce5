from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import delete

from relay.collect import planner, sources
from relay.collect.ledger import ledger_cache
from relay.collect.ledger.intervals import Interval
from relay.collect.planner import Bounds, Budget, Plan, PostRate, Wall
from relay.context import Relay
from relay.models import Campaign, Sweep
from relay.store import Store
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource

HOUR = timedelta(hours=1)
RULES = Bounds(timedelta(minutes=10), timedelta(hours=24))


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return sources.add(relay, SLUG, "vk:club1").id or 0


def _sweeps(relay: Relay, wall: int, *hours: float, complete: bool = True, total: int = 100) -> None:
    """Readings that many hours after noon, each of the hour before, with ten posts more each time."""
    with relay.transaction() as session:
        for number, hour in enumerate(hours):
            at = NOON + hour * HOUR
            row = Sweep(
                source_id=wall,
                started_at=at,
                finished_at=at,
                covers_from=at - HOUR,
                covers_to=at,
                complete=complete,
                posts_total=total + 10 * number,
            )
            session.add(row)


@pytest.mark.slow
def test_each_row_is_read_once_and_new_ones_are_read_on(relay: Relay, wall: int) -> None:
    kept = ledger_cache.of(relay.store)
    _sweeps(relay, wall, 0, 1)
    with relay.reading() as session:
        assert kept.paces(session, NOON + HOUR)[wall].posts == pytest.approx(10)
        assert kept.covered(session) == {wall: [Interval(NOON - HOUR, NOON + HOUR)]}
    _sweeps(relay, wall, 2, 3, total=140)
    _sweeps(relay, wall, 9, complete=False)
    with relay.reading() as session:
        assert kept.paces(session, NOON + 3 * HOUR)[wall].posts == pytest.approx(16.7, abs=0.1)
        assert kept.covered(session) == {wall: [Interval(NOON - HOUR, NOON + 3 * HOUR)]}
        assert ledger_cache.of(relay.store) is kept


@pytest.mark.slow
def test_who_remembers_and_who_reads_all_say_the_same(relay: Relay, wall: int) -> None:
    old = ledger_cache.LedgerCache()
    for hours in ((0.0, 0.5, 1.7), (3.0,), (3.5, 8.0)):
        _sweeps(relay, wall, *hours, total=round(100 + 7 * hours[0]))
        with relay.reading() as session:
            now, fresh = NOON + hours[-1] * HOUR, ledger_cache.LedgerCache()
            assert old.covered(session) == fresh.covered(session)
            assert old.paces(session, now)[wall].posts == pytest.approx(fresh.paces(session, now)[wall].posts)


@pytest.mark.slow
def test_a_hole_stays_to_be_seen_until_it_is_read(relay: Relay, wall: int) -> None:
    kept = ledger_cache.of(relay.store)
    _sweeps(relay, wall, 0, 5)
    with relay.reading() as session:
        assert len(kept.covered(session)[wall]) == 2
    _sweeps(relay, wall, 1, 2, 3, 4)
    with relay.reading() as session:
        assert kept.covered(session)[wall] == [Interval(NOON - HOUR, NOON + 5 * HOUR)]


@pytest.mark.slow
def test_rows_that_are_committed_late_are_not_overlooked(relay: Relay, wall: int) -> None:
    """Elsewhere than in SQLite, a row may show up after one with a bigger number."""
    kept = ledger_cache.LedgerCache()
    _sweeps(relay, wall, 0, 1, 2)
    with relay.transaction() as session:
        late = session.get_one(Sweep, 2)
        values = late.model_dump()
        session.delete(late)
    with relay.reading() as session:
        assert len(kept.covered(session)[wall]) == 2
    with relay.transaction() as session:
        session.add(Sweep(**values))
    with relay.reading() as session:
        assert len(kept.covered(session)[wall]) == 1


@pytest.mark.slow
def test_another_database_in_the_same_place_is_read_from_the_beginning(relay: Relay, wall: int) -> None:
    kept = ledger_cache.of(relay.store)
    _sweeps(relay, wall, 0, 5)
    with relay.reading() as session:
        kept.covered(session)
        kept.paces(session, NOON + 5 * HOUR)
    with relay.transaction() as session:
        session.exec(delete(Sweep))
    with relay.reading() as session:
        assert (kept.covered(session), kept.paces(session, NOON + 5 * HOUR)) == ({}, {})


def test_a_plan_is_good_for_a_while_and_for_its_facts(clock: FakeClock) -> None:
    kept, made = ledger_cache.LedgerCache(), list[int]()

    def plan(facts: str, after: float) -> Plan:
        def make() -> Plan:
            made.append(len(made))
            return planner.plan([Wall(1)], Budget(100), RULES, clock())

        return kept.plan("walls", facts, NOON + timedelta(minutes=after), RULES, make)

    first = plan("one wall", 0)
    assert plan("one wall", 4.9) is first
    assert plan("two walls", 4.9) is not first
    assert len(made) == 2
    plan("two walls", 4.9 + 10)
    assert len(made) == 3, "after the shortest interval"
    plan("two walls", 0)
    assert len(made) == 4, "the clock was put back"


def test_a_plan_is_made_anew_when_the_shortest_interval_has_passed(clock: FakeClock) -> None:
    kept, made = ledger_cache.LedgerCache(), list[int]()

    def make() -> Plan:
        made.append(len(made))
        return planner.plan([Wall(1)], Budget(100), RULES, clock())

    shortest = RULES.shortest
    for after, times in ((timedelta(), 1), (shortest - timedelta(seconds=1), 1), (shortest, 2), (-shortest, 3)):
        kept.plan("walls", "facts", NOON + after, RULES, make)
        assert len(made) == times


@pytest.mark.slow
def test_sweeps_that_lie_ahead_are_no_pace(relay: Relay, wall: int) -> None:
    """The clock was put back since: how long they were apart from those that come nobody knows."""
    with relay.transaction() as session:
        for hours, total in ((-3, 100), (-2, 110), (5, 900), (-1, 120)):
            at = NOON + hours * HOUR
            session.add(
                Sweep(source_id=wall, started_at=at, finished_at=at, covers_from=at, covers_to=at, complete=True,
                      posts_total=total)
            )  # fmt: skip
    with relay.reading() as session:
        assert ledger_cache.LedgerCache().paces(session, NOON)[wall].posts == pytest.approx(10.0)


def _ledger(relay: Relay, **more: Any) -> None:
    """A line of the ledger as it was written."""
    words = {"started_at": NOON, "finished_at": NOON, "covers_from": NOON - HOUR, "covers_to": NOON, "complete": True}
    with relay.transaction() as session:
        session.add(Sweep(**{**words, "posts_total": 100} | more))


@pytest.mark.slow
def test_each_wall_has_a_pace_and_a_past_of_its_own(relay: Relay, wall: int) -> None:
    other = sources.add(relay, SLUG, "vk:anna").id or 0
    for source_id, hours, total, new in ((wall, 0, 100, 0), (other, 0, 50, 0), (wall, 1, 110, 2), (other, 2, 90, 1)):
        at = NOON + hours * HOUR
        _ledger(relay, source_id=source_id, started_at=at, covers_from=at - HOUR, covers_to=at, posts_total=total,
                posts_new=new)  # fmt: skip
    kept = ledger_cache.LedgerCache()
    with relay.reading() as session:
        paces = kept.paces(session, NOON + 2 * HOUR)
        assert paces == {
            wall: PostRate(pytest.approx(10.0), pytest.approx(2.0)),
            other: PostRate(pytest.approx(20.0), 0.5),
        }
        covered = {
            wall: [Interval(NOON - HOUR, NOON + HOUR)],
            other: [Interval(NOON - HOUR, NOON), Interval(NOON + HOUR, NOON + 2 * HOUR)],
        }
        assert kept.covered(session) == covered
        assert (kept.paces(session, NOON + 2 * HOUR), kept.covered(session)) == (paces, covered), "nothing is new"


@pytest.mark.slow
def test_what_counts_for_a_pace_and_for_what_is_covered(relay: Relay, wall: int) -> None:
    now = NOON + 24 * HOUR
    for at, more in (
        (NOON - timedelta(seconds=1), {"posts_total": 1}),  # longer ago than a day
        (NOON, {"posts_total": 100}),
        (NOON + HOUR, {"posts_total": 900, "complete": False}),
        (NOON + 2 * HOUR, {"posts_total": None}),
        (NOON + 24 * HOUR, {"posts_total": 124, "covers_from": now, "covers_to": now}),
    ):
        _ledger(relay, source_id=wall, **{"started_at": at, "covers_from": at, "covers_to": at + HOUR} | more)
    kept = ledger_cache.LedgerCache()
    with relay.reading() as session:
        assert kept.paces(session, now) == {wall: PostRate(pytest.approx(1.0), 0.0)}
        assert kept.covered(session) == {
            wall: [Interval(NOON - timedelta(seconds=1), NOON + HOUR), Interval(NOON + 2 * HOUR, NOON + 3 * HOUR)]
        }


@pytest.mark.slow
def test_looks_of_the_day_before_count_no_more(relay: Relay, wall: int) -> None:
    kept = ledger_cache.LedgerCache()
    _sweeps(relay, wall, 0, 1)
    with relay.reading() as session:
        assert kept.paces(session, NOON + HOUR)[wall].posts == pytest.approx(10)
    _ledger(relay, source_id=wall, started_at=NOON + 30 * HOUR, posts_total=500)
    _ledger(relay, source_id=wall, started_at=NOON + 31 * HOUR, posts_total=503)
    with relay.reading() as session:
        assert kept.paces(session, NOON + 31 * HOUR)[wall].posts == pytest.approx(3)


@pytest.mark.slow
def test_where_rows_are_committed_in_order_each_is_read_once(relay: Relay, wall: int) -> None:
    """As on SQLite: what shows up behind the last row is not looked for."""
    kept = ledger_cache.LedgerCache(0)
    _sweeps(relay, wall, 0, 1, 2)
    with relay.transaction() as session:
        values = session.get_one(Sweep, 1).model_dump()
        session.delete(session.get_one(Sweep, 1))
    with relay.reading() as session:
        assert kept.covered(session) == {wall: [Interval(NOON, NOON + 2 * HOUR)]}
    with relay.transaction() as session:
        session.add(Sweep(**values))
    with relay.reading() as session:
        assert kept.covered(session) == {wall: [Interval(NOON, NOON + 2 * HOUR)]}
    assert ledger_cache.READ_TWICE == 100


def test_each_database_has_a_memory_of_its_own_that_lasts(relay: Relay) -> None:
    other = Store("sqlite://")
    assert ledger_cache.of(relay.store) is ledger_cache.of(relay.store)
    assert ledger_cache.of(relay.store) is not ledger_cache.of(other)
    other.close()


def test_plans_of_several_networks_do_not_mix(clock: FakeClock) -> None:
    kept = ledger_cache.LedgerCache()

    def plan(key: str, number: int) -> Plan:
        return kept.plan(key, "facts", NOON, RULES, lambda: planner.plan([Wall(number)], Budget(100), RULES, clock()))

    assert [list(plan(key, number).base) for key, number in (("a", 1), ("b", 2), ("a", 3), ("b", 4))] == [
        [1], [2], [1], [2],
    ]  # fmt: skip
