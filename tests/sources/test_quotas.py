from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from relay.errors import Parked
from relay.models import Parking, Spending
from relay.sources.quotas import TokenQuotas, TokenSpending
from relay.store import Store
from tests.fakes.clock import FakeClock


@pytest.fixture
def allowance(store: Store, clock: FakeClock) -> TokenQuotas:
    return TokenQuotas(store, clock, "vk", rate=3)


def test_calls_are_spaced_by_the_rate(allowance: TokenQuotas) -> None:
    waits = [allowance.take("t", "wall.get") for _ in range(4)]
    assert waits == pytest.approx([0, 0.34, 0.68, 1.02])


def test_all_methods_of_a_token_share_the_rate_and_tokens_do_not(allowance: TokenQuotas) -> None:
    assert allowance.take("t", "wall.get") == 0
    assert allowance.take("t", "users.get") > 0
    assert allowance.take("other", "wall.get") == 0


@pytest.mark.slow
def test_processes_share_the_rate(store: Store, clock: FakeClock) -> None:
    waits: list[float] = []

    def run() -> None:
        process = TokenQuotas(Store(str(store.url)), clock, "vk", rate=3)
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

    class Alone(TokenQuotas):
        def _next_start(self, session: Any, token: str, now: datetime) -> datetime:
            super()._next_start(session, token, now)
            return now

    first, second = Alone(store, clock, "vk", 3), Alone(store, clock, "vk", 3)
    assert [first.take("t", "m"), second.take("t", "m")] == [0, 0]


@pytest.mark.slow
def test_a_clock_that_was_put_back_stops_nobody(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.take("t", "wall.get")
    clock.moves(hours=-2)
    assert allowance.take("t", "wall.get") == 0


@pytest.mark.slow
def test_the_quota_is_refused_before_the_call(allowance: TokenQuotas, clock: FakeClock) -> None:
    for _ in range(3):
        allowance.take("t", "wall.get", 3)
    with pytest.raises(Parked, match=r"The 3 calls of wall\.get for today are used up") as parked:
        allowance.take("t", "wall.get", 3)
    assert parked.value.key == "vk:t:wall.get"
    assert parked.value.until == datetime(2023, 1, 13, 10, 0, tzinfo=UTC)
    assert allowance.take("t", "newsfeed.search", 3) >= 0
    assert allowance.take("other", "wall.get", 3) == 0


@pytest.mark.slow
def test_the_quota_rolls_with_the_hours(allowance: TokenQuotas, clock: FakeClock) -> None:
    for _ in range(3):
        allowance.take("t", "wall.get", 4)
    clock.moves(hours=10)
    allowance.take("t", "wall.get", 4)
    with pytest.raises(Parked) as parked:
        allowance.take("t", "wall.get", 4)
    clock.is_at(parked.value.until)
    assert allowance.left("t", "wall.get", 4) == 3
    allowance.take("t", "wall.get", 4)


@pytest.mark.slow
def test_never_more_than_the_quota_in_any_24_hours(allowance: TokenQuotas, clock: FakeClock, store: Store) -> None:
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


@pytest.mark.slow
def test_a_rest_lasts_until_its_time_and_then_one_call_probes(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.rest(allowance.token_key("t"), "captcha", clock() + timedelta(hours=1))
    for method in ("wall.get", "users.get"):
        with pytest.raises(Parked, match="captcha"):
            allowance.take("t", method)
    assert allowance.left("t", "wall.get", 10) == 0
    assert allowance.take("other", "wall.get") == 0
    clock.moves(hours=1)
    allowance.take("t", "wall.get")


def test_a_method_rests_alone(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=1))
    with pytest.raises(Parked):
        allowance.take("t", "wall.get")
    allowance.take("t", "newsfeed.search")


def test_a_call_that_goes_well_ends_the_rest(allowance: TokenQuotas, clock: FakeClock, store: Store) -> None:
    allowance.rest(allowance.token_key("t"), "captcha", clock())
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock())
    allowance.rest(allowance.method_key("t", "newsfeed.search"), "quota", clock())
    allowance.take("t", "wall.get")
    allowance.went_well("t", "wall.get")
    assert _parked(store) == ["vk:t:newsfeed.search"]


def test_a_rest_that_another_process_orders_meanwhile_stays(
    allowance: TokenQuotas, clock: FakeClock, store: Store
) -> None:
    allowance.take("t", "wall.get")
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=1))
    allowance.went_well("t", "wall.get")
    assert _parked(store) == ["vk:t:wall.get"]


def test_rests_of_tokens_that_are_not_used_any_more_are_dropped(
    allowance: TokenQuotas, clock: FakeClock, store: Store
) -> None:
    for key in ("vk:old", "vk:old:wall.get", "vk:new:wall.get", "tg:old"):
        allowance.rest(key, "x", clock())
    allowance.forget_others(["new"])
    assert _parked(store) == ["tg:old", "vk:new:wall.get"]


def test_too_fast_slows_everybody_down(allowance: TokenQuotas) -> None:
    allowance.take("t", "wall.get")
    allowance.slow_down("t", 5)
    assert allowance.take("t", "wall.get") == 5


def test_refused_calls_are_not_counted(allowance: TokenQuotas, clock: FakeClock, store: Store) -> None:
    allowance.take("t", "wall.get", 1)
    for _ in range(3):
        with pytest.raises(Parked):
            allowance.take("t", "wall.get", 1)
    with store.reading() as session:
        assert session.exec(select(Spending.calls)).one() == 1


@pytest.mark.slow
def test_several_calls_in_one_request_cost_as_many_calls_and_one_place_in_the_queue(allowance: TokenQuotas) -> None:
    assert allowance.take("t", "wall.get", 10, calls=4) == 0
    assert allowance.take("t", "wall.get", 10, calls=4) == pytest.approx(0.34)
    assert (allowance.spent("t", "wall.get"), allowance.left("t", "wall.get", 10)) == (8, 2)


def test_more_calls_than_are_left_are_refused_and_fewer_are_not(allowance: TokenQuotas, store: Store) -> None:
    allowance.take("t", "wall.get", 10, calls=7)
    with pytest.raises(Parked, match=r"Fewer than 4 calls of wall\.get are left for today"):
        allowance.take("t", "wall.get", 10, calls=4)
    assert _parked(store) == [], "nothing rests"
    allowance.take("t", "wall.get", 10, calls=3)
    assert allowance.left("t", "wall.get", 10) == 0


def test_a_call_within_another_rests_with_it(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.rest(allowance.method_key("t", "execute"), "flood", clock() + timedelta(hours=1))
    with pytest.raises(Parked, match="flood") as parked:
        allowance.take("t", "wall.get", within="execute")
    assert parked.value.key == "vk:t:execute"
    allowance.take("t", "wall.get")


@pytest.mark.slow
def test_of_several_rests_the_longest_is_told(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.rest(allowance.token_key("t"), "captcha", clock() + timedelta(hours=1))
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=2))
    with pytest.raises(Parked, match="quota"):
        allowance.take("t", "wall.get")


@pytest.mark.slow
def test_calls_that_reached_nobody_are_given_back_and_never_more_than_there_were(allowance: TokenQuotas) -> None:
    allowance.take("t", "wall.get", calls=5)
    allowance.take("t", "users.get")
    allowance.give_back("t", "wall.get", 2)
    assert (allowance.spent("t", "wall.get"), allowance.spent("t", "users.get")) == (3, 1)
    allowance.give_back("t", "wall.get")
    allowance.give_back("t", "wall.get", 9)
    allowance.give_back("other", "users.get")
    assert (allowance.spent("t", "wall.get"), allowance.spent("t", "users.get")) == (2, 1)


def test_only_calls_of_this_hour_can_be_given_back(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.take("t", "wall.get", calls=5)
    clock.moves(hours=1)
    allowance.give_back("t", "wall.get", 2)
    assert allowance.spent("t", "wall.get") == 5


@pytest.mark.slow
def test_what_is_left_is_told_for_each_token_and_method(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.take("t", "wall.get", calls=3)
    assert [allowance.left("t", "wall.get", quota) for quota in (5, 3, 2, None)] == [2, 0, 0, 1]
    assert [allowance.left(*which, 5) for which in (("t", "users.get"), ("other", "wall.get"))] == [5, 5]
    allowance.rest(allowance.token_key("t"), "captcha", clock() + timedelta(seconds=1))
    assert [allowance.left("t", "wall.get", quota) for quota in (5, None)] == [0, 0]


def test_a_token_rests_until_its_time_and_no_other_does(allowance: TokenQuotas, clock: FakeClock) -> None:
    assert not allowance.rests("t")
    allowance.rest(allowance.method_key("t", "wall.get"), "quota", clock() + timedelta(hours=1))
    assert not allowance.rests("t"), "a method is not the token"
    allowance.rest(allowance.token_key("t"), "captcha", clock() + timedelta(hours=1))
    assert (allowance.rests("t"), allowance.rests("other")) == (True, False)
    clock.moves(hours=1)
    assert not allowance.rests("t")


def test_a_rest_that_is_ordered_again_has_the_newer_reason_and_time(allowance: TokenQuotas, clock: FakeClock) -> None:
    for reason, hours in (("captcha", 5), ("flood", 1)):
        allowance.rest(allowance.token_key("t"), reason, clock() + timedelta(hours=hours))
    with pytest.raises(Parked, match="flood") as parked:
        allowance.take("t", "wall.get")
    assert parked.value.until == clock() + timedelta(hours=1)


@pytest.mark.slow
def test_the_books_of_all_tokens_in_one_look(allowance: TokenQuotas, clock: FakeClock) -> None:
    allowance.take("a", "wall.get", calls=3)
    allowance.take("a", "users.get", calls=9)
    clock.moves(hours=1)
    allowance.take("a", "wall.get", calls=2)
    allowance.rest(allowance.token_key("b"), "captcha", clock() + timedelta(hours=1))
    assert allowance.books(["b", "a", "c"], "wall.get") == [
        TokenSpending("b", True, 0, 0),
        TokenSpending("a", False, 5, 2),
        TokenSpending("c", False, 0, 0),
    ]
    clock.moves(hours=24)
    assert allowance.books(["a"], "wall.get") == [TokenSpending("a", False, 2, 0)]


def test_the_row_of_an_hour_that_another_process_began_is_counted_on(allowance: TokenQuotas, store: Store) -> None:
    allowance.take("t", "wall.get", calls=2)
    TokenQuotas(store, allowance._clock, "vk", 3).take("t", "wall.get", calls=3)
    with store.reading() as session:
        assert session.exec(select(Spending.calls)).all() == [5]


@pytest.mark.slow
@pytest.mark.parametrize(("ahead", "wait"), [(59, 59), (60, 60), (61, 0)])
def test_a_queue_longer_than_a_minute_is_of_a_clock_that_was_put_back(
    allowance: TokenQuotas, ahead: int, wait: int
) -> None:
    allowance.take("t", "wall.get")
    allowance.slow_down("t", ahead)
    assert allowance.take("t", "wall.get") == wait


def test_slowing_down_never_hurries(allowance: TokenQuotas) -> None:
    allowance.take("t", "wall.get")
    allowance.slow_down("t", 5)
    allowance.slow_down("t", 1)
    assert allowance.take("t", "wall.get") == 5


def _parked(store: Store) -> list[str]:
    with store.reading() as session:
        return sorted(session.exec(select(Parking.key)))
