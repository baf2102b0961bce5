from __future__ import annotations

from collections.abc import Callable

import pytest

from relay.sandbox.faults import Faults, SpoiledAnswer
from relay.sandbox.vk.gateway import ApiGateway, Call, InjectedFault
from tests.fakes.clock import FakeClock


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def api(clock: FakeClock, faults: Faults) -> ApiGateway:
    return ApiGateway(clock, faults)


def test_an_ordered_error_comes_as_often_as_it_was_ordered(api: ApiGateway) -> None:
    api.fails("wall.get", 10, times=2)
    api.fails("*", 9)

    assert [fault.code for _ in range(3) if (fault := api.fault_of("wall.get"))] == [10, 10, 9]
    assert api.fault_of("wall.get") is None
    api.fails_always("wall.get", 29)
    assert {fault.code for _ in range(5) if (fault := api.fault_of("wall.get"))} == {29}
    api.heals("wall.get")
    assert api.fault_of("wall.get") is None


def test_the_quota_rolls_with_the_clock(api: ApiGateway, clock: FakeClock) -> None:
    api.quota("wall.get", 2)

    assert [api.over_quota("wall.get", "mine") for _ in range(3)] == [False, False, True]
    clock.moves(hours=23)
    assert api.over_quota("wall.get", "mine")
    clock.moves(hours=1)
    assert not api.over_quota("wall.get", "mine")
    api.quota("wall.get", 0)
    assert not any(api.over_quota("wall.get", "mine") for _ in range(9))


def test_the_rate_counts_over_one_second(api: ApiGateway) -> None:
    moment = [100.0]
    api.steady = lambda: moment[0]
    api.rate(3)

    assert [api.too_fast("mine") for _ in range(4)] == [False, False, False, True]
    moment[0] += 0.99
    assert api.too_fast("mine")
    moment[0] += 0.02
    assert not api.too_fast("mine")


def test_broken_connections_come_in_the_share_that_was_ordered(api: ApiGateway) -> None:
    api.breaks_connections(0.3, seed=7)
    broken = [api.resets() for _ in range(1000)]
    api.breaks_connections(0.3, seed=7)

    assert 250 < sum(broken) < 350
    assert [api.resets() for _ in range(1000)] == broken
    api.heals()
    assert not any(api.resets() for _ in range(100))


def test_an_ordered_error_is_told_with_all_that_comes_with_it(api: ApiGateway) -> None:
    api.fails("wall.get", 14, message="Just so", captcha_sid="7")
    api.fails("users.get", 5)
    api.fails_always("groups.getById", 29, message="Enough", more=1)
    fault = api.fault_of("wall.get")
    assert fault is not None
    assert (fault.code, fault.message, fault.extra) == (14, "Just so", {"captcha_sid": "7"})
    assert api.fault_of("groups.getById") == InjectedFault(29, "Enough", {"more": 1}, None)
    api.heals("groups.getById")
    assert api.fault_of("groups.getById") is None
    assert getattr(api.fault_of("users.get"), "code", 0) == 5
    api.fails("users.get", 5, times=3)
    api.fails("*", 9, times=2)
    api.heals()
    assert api.fault_of("users.get") is None
    assert not api.resets()


def test_errors_of_a_method_come_before_those_of_any(api: ApiGateway) -> None:
    api.fails("*", 9)
    api.fails("wall.get", 10)
    assert [getattr(api.fault_of("wall.get"), "code", 0) for _ in range(3)] == [10, 9, 0]


@pytest.mark.parametrize(("method", "limit"), [("wall.get", 5000), ("newsfeed.search", 1000)])
def test_a_token_has_so_many_calls_a_day(api: ApiGateway, method: str, limit: int) -> None:
    assert not any(api.over_quota(method, "mine") for _ in range(limit))
    assert api.over_quota(method, "mine")
    assert not api.over_quota(method, "yours")
    assert not any(api.over_quota("users.get", "mine") for _ in range(9))


def test_the_quota_counts_each_call_for_a_day_of_its_own(api: ApiGateway, clock: FakeClock) -> None:
    api.quota("wall.get", 2)
    assert not api.over_quota("wall.get", "mine")
    clock.moves(hours=12)
    assert not api.over_quota("wall.get", "mine")
    clock.moves(hours=12, seconds=-1)
    assert api.over_quota("wall.get", "mine")
    clock.moves(seconds=1)
    assert [api.over_quota("wall.get", "mine") for _ in range(2)] == [False, True]


def test_the_rate_is_that_of_the_last_second(api: ApiGateway) -> None:
    moment = [100.0]
    api.steady = lambda: moment[0]
    assert not any(api.too_fast("mine") for _ in range(9))
    api.rate(2)
    assert not api.too_fast("yours")
    moment[0] = 100.5
    assert [api.too_fast("yours") for _ in range(2)] == [False, True]
    moment[0] = 101.0
    assert [api.too_fast("yours") for _ in range(2)] == [False, True], "the one of 100.0 is over, that of 100.5 not"
    assert [api.too_fast("mine") for _ in range(3)] == [False, False, True]


def test_tokens_are_let_in_by_their_kind(api: ApiGateway) -> None:
    api.also_takes("second")
    api.also_takes("third", kind="group")
    tokens = (api.token, "second", "third", "fourth")
    assert [api.kind_of(token) is not None for token in tokens] == [True, True, True, False]
    assert [api.kind_of(token) or "" for token in tokens] == ["service", "service", "group", ""]
    api.revokes("second")
    api.revokes("fourth")
    assert [api.kind_of(token) is not None for token in tokens] == [True, False, True, False]


@pytest.mark.parametrize(
    ("verb", "what"),
    [(ApiGateway.answers_html, SpoiledAnswer.apology), (ApiGateway.truncates_json, SpoiledAnswer.half)],
)
def test_trouble_comes_as_often_as_it_was_ordered(
    api: ApiGateway, verb: Callable[..., None], what: SpoiledAnswer
) -> None:
    verb(api)
    verb(api, 2)
    assert [api.meets(what) for _ in range(5)] == [True, True, True, False, False]
    verb(api)
    api.heals()
    assert not api.meets(what)


def test_statuses_are_used_up_one_by_one(api: ApiGateway) -> None:
    api.answers_status(502)
    api.answers_status(503, 2)
    assert [api.status_instead() for _ in range(4)] == [502, 503, 503, 0]


def test_lines_that_are_down_are_so_for_the_api_too(api: ApiGateway, faults: Faults) -> None:
    assert not api.resets()
    faults.is_down()
    assert api.resets()
    faults.heals()
    api.breaks_connections(1.0)
    assert all(api.resets() for _ in range(9))
    api.heals()
    assert not api.resets()


def test_all_calls_are_counted(api: ApiGateway) -> None:
    api.steady = lambda: 7.5
    api.arrives("wall.get", {"count": "1"})
    api.arrives("wall.get", {}, inner=True)
    assert api.calls == {"wall.get": 2}
    assert list(api.history) == [
        Call("wall.get", {"count": "1"}, 7.5, inner=False),
        Call("wall.get", {}, 7.5, inner=True),
    ]
    assert api.history.maxlen == 100_000


def test_a_method_shows_nothing_until_it_is_healed(api: ApiGateway) -> None:
    for heals in (lambda: api.heals("wall.get"), api.heals):
        api.shows_nothing("wall.get")
        assert (api.is_empty("wall.get"), api.is_empty("newsfeed.search")) == (True, False)
        heals()
        assert not api.is_empty("wall.get")
