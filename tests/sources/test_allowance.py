from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from relay.errors import Parked
from relay.models import Parking, Spending
from relay.sources.allowance import Allowance
from relay.store import Store
from tests.fakes.clock import FakeClock


@pytest.fixture
def allowance(store: Store, clock: FakeClock) -> Allowance:
    return Allowance(store, clock, "vk", rate=3)


def test_calls_are_spaced_by_the_rate(allowance: Allowance) -> None:
    waits = [allowance.take("t", "wall.get") for _ in range(4)]
    assert waits == pytest.approx([0, 0.34, 0.68, 1.02])


def test_all_methods_of_a_token_share_the_rate_and_tokens_do_not(allowance: Allowance) -> None:
    assert allowance.take("t", "wall.get") == 0
    assert allowance.take("t", "users.get") > 0
    assert allowance.take("other", "wall.get") == 0


def test_processes_share_the_rate(store: Store, clock: FakeClock) -> None:
    waits: list[float] = []

    def run() -> None:
        process = Allowance(Store(str(store.url)), clock, "vk", rate=3)
        waits.extend(process.take("t", "wall.get") for _ in range(5))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gaps = [later - sooner for sooner, later in zip(sorted(waits), sorted(waits)[1:], strict=False)]
    assert len(waits) == 20
    assert min(gaps) > 1 / 3


def test_without_the_shared_row_the_rate_is_broken(store: Store, clock: FakeClock) -> None:
    """The twin: what would happen if each process paced itself."""

    class Alone(Allowance):
        def _next_start(self, session: Any, token: str, now: datetime) -> datetime:
            super()._next_start(session, token, now)
            return now

    first, second = Alone(store, clock, "vk", 3), Alone(store, clock, "vk", 3)
    assert [first.take("t", "m"), second.take("t", "m")] == [0, 0]


def test_a_clock_that_was_put_back_stops_nobody(allowance: Allowance, clock: FakeClock) -> None:
    allowance.take("t", "wall.get")
    clock.moves(hours=-2)
    assert allowance.take("t", "wall.get") == 0


def test_the_quota_is_refused_before_the_call(allowance: Allowance, clock: FakeClock) -> None:
    for _ in range(3):
        allowance.take("t", "wall.get", 3)
    with pytest.raises(Parked, match=r"The 3 calls of wall\.get for today are used up") as parked:
        allowance.take("t", "wall.get", 3)
    assert parked.value.key == "vk:t:wall.get"
    assert parked.value.until == datetime(2023, 1, 13, 10, 0, tzinfo=UTC)
    assert allowance.take("t", "newsfeed.search", 3) >= 0
    assert allowance.take("other", "wall.get", 3) == 0


def test_the_quota_rolls_with_the_hours(allowance: Allowance, clock: FakeClock) -> None:
    for _ in range(3):
        allowance.take("t", "wall.get", 4)
    clock.moves(hours=10)
    allowance.take("t", "wall.get", 4)
    with pytest.raises(Parked) as parked:
        allowance.take("t", "wall.get", 4)
    clock.is_at(parked.value.until)
    assert allowance.left("t", "wall.get", 4) == 3
    allowance.take("t", "wall.get", 4)


def test_never_more_than_the_quota_in_any_24_hours(allowance: Allowance, clock: FakeClock, store: Store) -> None:
    made: list[datetime] = []
    for _ in range(200):
        try:
            allowance.take("t", "wall.get", 20)
            made.append(clock())
        except Parked as parked:
            clock.is_at(max(clock(), parked.until - timedelta(minutes=11)))
        clock.moves(minutes=11)
    assert len(made) > 50
    assert all(sum(1 for other in made if at <= other < at + timedelta(hours=24)) <= 20 for at in made)


def test_a_rest_lasts_until_its_time_and_then_one_call_probes(allowance: Allowance, clock: FakeClock) -> None:
    allowance.rest(allowance.token_key("t"), "captcha", clock() + timedelta(hours=1))
    for method in ("wall.get", "users.get"):
        with pytest.raises(Parked, match="captcha"):
            allowance.take("t", method)
    assert allowance.left("t", "wall.get", 10) == 0
    assert allowance.take("other", "wall.get") == 0
    clock.moves(hours=1)
    allowance.take("t", "wall.get")


def test_a_method_rests_alone(allowance: Allowance, clock: FakeClock) -> None:
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=1))
    with pytest.raises(Parked):
        allowance.take("t", "wall.get")
    allowance.take("t", "newsfeed.search")


def test_a_call_that_goes_well_ends_the_rest(allowance: Allowance, clock: FakeClock, store: Store) -> None:
    allowance.rest(allowance.token_key("t"), "captcha", clock())
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock())
    allowance.rest(allowance.method_key("t", "newsfeed.search"), "quota", clock())
    allowance.take("t", "wall.get")
    allowance.went_well("t", "wall.get")
    assert _parked(store) == ["vk:t:newsfeed.search"]


def test_a_rest_that_another_process_orders_meanwhile_stays(
    allowance: Allowance, clock: FakeClock, store: Store
) -> None:
    allowance.take("t", "wall.get")
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=1))
    allowance.went_well("t", "wall.get")
    assert _parked(store) == ["vk:t:wall.get"]


def test_rests_of_tokens_that_are_not_used_any_more_are_dropped(
    allowance: Allowance, clock: FakeClock, store: Store
) -> None:
    for key in ("vk:old", "vk:old:wall.get", "vk:new:wall.get", "tg:old"):
        allowance.rest(key, "x", clock())
    allowance.forget_others(["new"])
    assert _parked(store) == ["tg:old", "vk:new:wall.get"]


def test_too_fast_slows_everybody_down(allowance: Allowance) -> None:
    allowance.take("t", "wall.get")
    allowance.slow_down("t", 5)
    assert allowance.take("t", "wall.get") == 5


def test_refused_calls_are_not_counted(allowance: Allowance, clock: FakeClock, store: Store) -> None:
    allowance.take("t", "wall.get", 1)
    for _ in range(3):
        with pytest.raises(Parked):
            allowance.take("t", "wall.get", 1)
    with store.reading() as session:
        assert session.exec(select(Spending.calls)).one() == 1


def _parked(store: Store) -> list[str]:
    with store.reading() as session:
        return sorted(session.exec(select(Parking.key)))
