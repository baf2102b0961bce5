from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import Raw
from pydantic import SecretStr
from sqlmodel import select

from relay.errors import Closed, Parked, SourceError, TryLater
from relay.models import Parking, Spending
from relay.ports import Page, Place, ReadRequest
from relay.sandbox.network import Network
from relay.sources.vk import batch as vk_batch
from relay.sources.vk.calls import ATTEMPTS
from relay.sources.vk.http import read_answer
from relay.sources.vk.pages import read_whole
from relay.sources.vk.source import VkSource
from relay.store import Store
from tests.fakes.clock import FakeClock

SINCE = datetime(2023, 1, 12, tzinfo=UTC)


def _wish(owner: int, expected: int = 30) -> ReadRequest:
    return ReadRequest(Place("vk", f"vk:club{-owner}", str(owner)), SINCE, expected)


def _town(network: Network, clock: FakeClock, walls: int, posts: int = 3) -> list[int]:
    """Walls with posts of the last minutes."""
    owners = [network.vk.has_group(f"wall{number}", f"Стена {number}") for number in range(walls)]
    for owner in owners:
        for minute in range(posts):
            network.vk.posts(owner, "#proryv80", at=clock() - timedelta(minutes=posts - minute))
    return owners


def _read(vk: VkSource, owners: list[int], expected: int = 30) -> list[list[Page] | SourceError]:
    read: list[list[Page] | SourceError] = []
    for pages in vk.read_many([_wish(owner, expected) for owner in owners]):
        try:
            read.append(list(pages))
        except SourceError as error:
            read.append(error)
    return read


def _counts(read: list[Any]) -> list[int]:
    return [sum(len(page.posts) for page in pages) for pages in read]


# Pure


@pytest.mark.parametrize(
    ("walls", "expected", "batches"),
    [
        (0, 30, []),
        (1, 30, [1]),
        (25, 20, [25]),
        (26, 20, [25, 1]),
        (25, 30, [20, 5]),
        (10, 100, [6, 4]),
        (4, 280, [2, 2]),
    ],
)
def test_as_many_walls_as_the_answer_holds(walls: int, expected: int, batches: list[int]) -> None:
    wishes = [_wish(-number, expected) for number in range(1, walls + 1)]
    packed = []
    while (together := sum(packed)) < walls:
        packed.append(vk_batch.fitting(wishes[together:], 0, 0))
    assert packed == batches
    assert vk_batch.fitting(wishes, vk_batch.MOST_CALLS, 0) == vk_batch.fitting(wishes, 0, vk_batch.MOST_POSTS) == 0


A, B = {"count": 0, "items": []}, {"count": 1, "items": []}
ONE, TWO = {"error_code": 15, "error_msg": "no"}, {"error_code": 18, "error_msg": "gone"}


@pytest.mark.parametrize(
    ("answer", "count", "told"),
    [
        ({"response": [A, B]}, 2, [A, B]),
        ({"response": [False, A, False], "execute_errors": [ONE, TWO]}, 3, [ONE, A, TWO]),
        ({"response": [False, A], "execute_errors": []}, 2, [None, A]),
        ({"response": [False, False], "execute_errors": [ONE]}, 2, [None, None]),
        ({"response": [False, A]}, 2, [None, A]),
        ({"response": [A]}, 2, [None, None]),
        ({"response": None, "execute_errors": [ONE]}, 2, [None, None]),
        ({"response": [None, A]}, 2, [None, A]),
        ({"response": "?"}, 1, [None]),
    ],
)
def test_failures_are_told_in_their_order(answer: dict[str, Any], count: int, told: list[Any]) -> None:
    heard = read_answer(json.dumps(answer).encode(), together=True)
    outcomes = [read_whole(each) if isinstance(each, Raw) else each for each in vk_batch.outcomes(heard, count)]
    assert outcomes == told


def test_the_script_is_unrolled() -> None:
    script = vk_batch.script("wall.get", [{"owner_id": -1, "count": 20}, {"owner_id": -2, "count": 20}])
    assert script == (
        'return [API.wall.get({"owner_id": -1, "count": 20}),API.wall.get({"owner_id": -2, "count": 20})];'
    )


# Against the sandbox


@pytest.mark.slow
def test_25_walls_cost_one_request_and_25_calls(vk: VkSource, network: Network, store: Store, clock: FakeClock) -> None:
    owners = _town(network, clock, 25)
    read = _read(vk, owners, expected=20)
    assert _counts(read) == [3] * 25
    assert all(pages[-1].reached == SINCE and pages[0].requests == 1 for pages in read)  # type: ignore[index, union-attr]
    assert (network.vk.api.requests, network.vk.api.calls["execute"], network.vk.api.calls["wall.get"]) == (1, 1, 25)
    with store.reading() as session:
        assert [(row.method, row.calls) for row in session.exec(select(Spending))] == [("wall.get", 25)]


def test_nothing_is_asked_before_somebody_reads(vk: VkSource, network: Network, clock: FakeClock) -> None:
    vk.read_many([_wish(owner) for owner in _town(network, clock, 3)])
    assert network.vk.api.requests == 0


@pytest.mark.slow
def test_what_comes_together_is_what_comes_alone(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 4, posts=150)
    together = [[post.url for page in pages for post in page.posts] for pages in _read(vk, owners)]  # type: ignore[union-attr]
    alone = [
        [post.url for page in vk.read(_wish(owner).place, since=SINCE, until=clock(), tags=[]) for post in page.posts]
        for owner in owners
    ]
    assert [set(urls) for urls in together] == [set(urls) for urls in alone]
    assert all(len(set(urls)) == 150 for urls in together)


@pytest.mark.slow
def test_a_wall_that_holds_more_goes_on_alone(vk: VkSource, network: Network, clock: FakeClock) -> None:
    quiet, busy = _town(network, clock, 2)
    for _ in range(60):
        network.vk.posts(busy, "#proryv80", at=clock())
    read = _read(vk, [quiet, busy])
    assert (network.vk.api.calls["execute"], network.vk.api.calls["wall.get"]) == (1, 3)
    assert len({post.url for page in read[1] for post in page.posts}) == 63  # type: ignore[union-attr]


def test_each_wall_has_its_own_error(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 5)
    network.vk.closes(owners[1])
    network.vk.leaves(owners[3])
    read = _read(vk, owners)
    assert network.vk.api.requests == 1
    first, second = read[1], read[3]
    assert isinstance(first, Closed)
    assert isinstance(second, Closed)
    assert (first.code, first.gone, second.code, second.gone) == (15, False, 18, True)
    assert _counts([read[0], read[2], read[4]]) == [3, 3, 3]


def test_without_the_order_of_failures_the_wrong_wall_is_closed() -> None:
    """The twin: errors given to the walls from the first on, as if they had places."""
    told = {"response": [A, False, A, False], "execute_errors": [ONE, TWO]}
    answer = read_answer(json.dumps(told).encode(), together=True)
    in_place = [*answer["execute_errors"], None, None]
    assert [each for each in vk_batch.outcomes(answer, 4) if each in (ONE, TWO)] == [ONE, TWO]
    assert [number for number, each in enumerate(vk_batch.outcomes(answer, 4)) if each in (ONE, TWO)] == [1, 3]
    assert [number for number, each in enumerate(in_place) if each is not None] == [0, 1]


@pytest.mark.slow
def test_a_passing_fault_of_one_wall_is_asked_again_alone(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 3)
    network.vk.api.fails("wall.get", 10, 1)
    assert _counts(_read(vk, owners)) == [3, 3, 3]
    assert (network.vk.api.requests, network.vk.api.calls["wall.get"]) == (2, 4)


@pytest.mark.slow
@pytest.mark.parametrize("code", [15, *(pytest.param(code, marks=pytest.mark.slow) for code in (20, 27, 28))])
def test_a_token_that_may_not_asks_wall_by_wall_and_remembers_it(
    make_vk: Callable[..., VkSource], vk: VkSource, network: Network, clock: FakeClock, code: int
) -> None:
    owners = _town(network, clock, 3)
    network.vk.api.fails_always("execute", code)
    assert _counts(_read(vk, owners)) == [3, 3, 3]
    assert (network.vk.api.requests, network.vk.api.calls["execute"]) == (4, 1)
    assert _counts(_read(make_vk(), owners)) == [3, 3, 3]
    assert network.vk.api.calls["execute"] == 1, "another process asked again"
    network.vk.api.heals("execute")
    clock.moves(minutes=21)
    _read(vk, owners)
    assert network.vk.api.calls["execute"] == 2, "nobody looked whether it is allowed by now"


@pytest.mark.slow
@pytest.mark.parametrize("code", [18, *(pytest.param(code, marks=pytest.mark.slow) for code in (100, 203))])
def test_what_is_said_of_one_item_is_not_believed_of_a_whole_batch(
    vk: VkSource, network: Network, store: Store, clock: FakeClock, code: int
) -> None:
    owners = _town(network, clock, 3)
    network.vk.api.fails("execute", code, 1)
    assert _counts(_read(vk, owners)) == [3, 3, 3]
    assert (network.vk.api.requests, network.vk.api.calls["execute"]) == (4, 1)
    with store.reading() as session:
        assert not session.exec(select(Parking)).all()
    _read(vk, owners)
    assert network.vk.api.calls["execute"] == 2


@pytest.mark.slow
def test_a_token_that_may_not_execute_is_not_taken_for_a_bad_token(
    vk: VkSource, network: Network, store: Store, clock: FakeClock
) -> None:
    network.vk.api.fails_always("execute", 28)
    _read(vk, _town(network, clock, 2))
    with store.reading() as session:
        (parked,) = session.exec(select(Parking)).all()
    assert parked.key.endswith(":execute")


@pytest.mark.slow
def test_an_answer_that_is_too_big_is_halved(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 8)
    network.vk.api.fails("execute", 13, 2)
    assert _counts(_read(vk, owners)) == [3] * 8
    assert (network.vk.api.calls["execute"], network.vk.api.calls["wall.get"]) == (5, 8)


@pytest.mark.slow
def test_big_answers_make_the_next_batches_smaller(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 20)
    network.vk.api.fails("execute", 13, 1)
    _read(vk, owners)
    network.vk.api.calls.clear()
    _read(vk, owners)
    assert network.vk.api.calls["execute"] == 2


def test_a_broken_line_is_tried_again(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 5)
    network.vk.api.truncates_json(1)
    network.vk.api.answers_html(1)
    read = _read(vk, owners)
    assert _counts(read) == [3] * 5
    assert network.vk.api.requests == 3


@pytest.mark.slow
def test_an_outage_costs_the_tries_of_one_request(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 20)
    network.is_down()
    read = _read(vk, owners)
    assert all(isinstance(error, TryLater) for error in read)
    with_batches = vk.calls.tokens.allowance.spent(next(iter(vk.calls.tokens.all())), "wall.get")
    assert with_batches == ATTEMPTS * 20


@pytest.mark.slow
def test_calls_that_never_reached_the_network_cost_nothing(
    make_vk: Callable[..., VkSource], network: Network, clock: FakeClock
) -> None:
    """Hours without a line would use up the day's quota otherwise."""
    vk = make_vk(vk_api_url="http://127.0.0.1:9")
    owners = _town(network, clock, 5)
    assert all(isinstance(error, TryLater) for error in _read(vk, owners))
    assert all(isinstance(error, TryLater) for error in _read(vk, owners[:1]))
    assert vk.quota(search=False).spent == 0


@pytest.mark.slow
def test_a_refused_token_parks_all_walls_after_one_request(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 5)
    network.vk.api.fails("execute", 14, 1)
    read = _read(vk, owners)
    assert all(isinstance(error, Parked) for error in read)
    assert (network.vk.api.requests, network.vk.api.calls["wall.get"]) == (1, 0)


@pytest.mark.slow
def test_the_daily_quota_counts_what_is_inside(
    make_vk: Callable[..., VkSource], network: Network, clock: FakeClock
) -> None:
    vk = make_vk(vk_wall_quota=7)
    network.vk.api.quota("wall.get", 7)
    owners = _town(network, clock, 10)
    read = _read(vk, owners)
    assert [isinstance(each, Parked) for each in read] == [False] * 7 + [True] * 3
    assert network.vk.api.calls["wall.get"] == 7


@pytest.mark.slow
def test_an_uncounted_batch_runs_into_the_networks_own_limit(
    make_vk: Callable[..., VkSource], network: Network, clock: FakeClock
) -> None:
    """The twin: one request taken for one call."""
    vk = make_vk(vk_wall_quota=7)
    allowance = vk.calls.tokens.allowance
    take = allowance.take
    allowance.take = lambda *words, calls, **more: take(*words, calls=1, **more)  # type: ignore[method-assign]
    network.vk.api.quota("wall.get", 7)
    _read(vk, _town(network, clock, 10))
    assert network.vk.api.calls["wall.get"] > 7


@pytest.mark.slow
def test_the_rate_counts_requests(vk: VkSource, network: Network, clock: FakeClock) -> None:
    owners = _town(network, clock, 10)
    before = clock()
    for _ in range(4):
        _read(vk, owners)
    assert clock() - before == pytest.approx(3 * timedelta(seconds=0.34), abs=timedelta(seconds=0.01))


@pytest.mark.slow
def test_the_token_with_more_left_is_used(make_vk: Callable[..., VkSource], network: Network, clock: FakeClock) -> None:
    network.vk.api.also_takes("second")
    vk = make_vk(vk_token=SecretStr(f"{network.vk.api.token},second"), vk_wall_quota=12)
    network.vk.api.quota("wall.get", 12)
    owners = _town(network, clock, 10)
    assert _counts(_read(vk, owners)) == [3] * 10
    assert _counts(_read(vk, owners)) == [3] * 10
    assert network.vk.api.requests == 2
    quota = vk.quota(search=False)
    assert (quota.per_token, quota.tokens, quota.spent) == (12, 2, 20)
