from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from relay.errors import TryLater
from relay.ports import Place, ReadRequest
from relay.sources.vk import batch as vk_batch
from relay.sources.vk.pages import ItemPage
from relay.sources.vk.prefetch import Call, First, PagePrefetch, further

NOW = datetime(2023, 1, 12, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _wall(posts: int, offset: int = 0, count: int = 100) -> ItemPage:
    return ItemPage.of(_told(posts, offset, count))


def _told(posts: int, offset: int = 0, count: int = 100) -> dict[str, Any]:
    """A page of a wall with a post a minute, as VK answers."""
    dates = [int((NOW - number * MINUTE).timestamp()) for number in range(posts)][offset : offset + count]
    return {"count": posts, "items": [{"date": date} for date in dates]}


class Vk:
    """Walls by their owner, and the requests that were made for them."""

    def __init__(self, **posts: int) -> None:
        self.posts = {int(name.removeprefix("wall")): number for name, number in posts.items()}
        self.requests: list[list[tuple[int, int, int]]] = []

    def asks(self, calls: list[Call]) -> list[First]:
        self.requests.append([(call["owner_id"], call["offset"], call["count"]) for call in calls])
        return [First(_wall(self.posts[call["owner_id"]], call["offset"], call["count"]), requests=1) for call in calls]

    def shelf(self, since: datetime, *, expected: int = 100, room: int = 2500) -> PagePrefetch:
        wishes = [ReadRequest(Place("vk", f"vk:{owner}", str(owner)), since, expected) for owner in self.posts]
        return PagePrefetch(wishes, self.asks, lambda: room)


def _reads(vk: Vk, shelf: PagePrefetch, number: int) -> tuple[int, int, int]:
    """Reads a wall to its end: posts seen, requests that it is charged for, pages that it had to ask for alone."""
    seen = requests = alone = offset = 0
    while True:
        offset, first = shelf.take(number, offset)
        alone += first.answer is None
        requests += first.requests
        answer = first.answer or _wall(vk.posts[number + 1], offset)
        seen = max(seen, offset + len(answer))
        shelf.saw(number, offset, answer)
        if seen >= answer.told["count"]:
            return seen, requests, alone
        offset += len(answer) - vk_batch.OVERLAP


def test_the_first_pages_come_together_and_the_further_ones_too() -> None:
    vk = Vk(wall1=250, wall2=30, wall3=400)
    shelf = vk.shelf(NOW - 1000 * MINUTE)
    assert vk.requests == [], "nothing is asked before somebody reads"
    assert [_reads(vk, shelf, number) for number in range(3)] == [(250, 2, 0), (30, 1, 0), (400, 1, 0)]
    first, second = vk.requests
    assert first == [(1, 0, 100), (2, 0, 100), (3, 0, 100)]
    assert second == [(1, 95, 100), (1, 190, 100), (3, 95, 100), (3, 190, 100), (3, 285, 100), (3, 380, 100)]


def test_room_that_is_left_is_for_the_first_pages_of_further_walls() -> None:
    """So that there is always enough to ask for: 25 walls of 800 posts are 225 pages, and 9 requests are the fewest."""
    vk = Vk(**{f"wall{number}": 800 for number in range(1, 26)})
    shelf = vk.shelf(NOW - 1000 * MINUTE, room=600)
    shelf.take(0, 0)
    shelf._most_posts = lambda: 2500
    shelf.saw(0, 0, _wall(800))
    assert shelf.take(0, 95)[1].answer is not None
    assert [call[:2] for call in vk.requests[1]][:20] == [(1, 95), *((number, 0) for number in range(7, 26))]
    assert [_reads(vk, shelf, number)[0] for number in range(1, 25)] == [800] * 24
    assert len(vk.requests) == 10


def test_walls_far_behind_wait_for_their_turn() -> None:
    vk = Vk(**{f"wall{number}": 300 for number in range(1, 80)})
    shelf = vk.shelf(NOW - 1000 * MINUTE)
    assert _reads(vk, shelf, 0)[0] == 300
    assert max(owner for request in vk.requests for owner, _, _ in request) <= vk_batch.MOST_CALLS


def test_a_wall_that_is_expected_to_hold_much_is_asked_for_it_at_once() -> None:
    vk = Vk(wall1=230)
    shelf = vk.shelf(NOW - 1000 * MINUTE, expected=270)
    assert _reads(vk, shelf, 0) == (230, 1, 0)
    assert vk.requests == [[(1, 0, 100), (1, 95, 100), (1, 190, 80)]]


def test_no_request_holds_more_than_it_may() -> None:
    vk = Vk(**{f"wall{number}": 300 for number in range(1, 13)})
    shelf = vk.shelf(NOW - 1000 * MINUTE, room=500)
    assert all(_reads(vk, shelf, number)[0] == 300 for number in range(12))
    assert all(sum(count for _, _, count in request) <= 500 for request in vk.requests)


def test_a_single_page_is_left_to_the_wall() -> None:
    vk = Vk(wall1=130)
    shelf = vk.shelf(NOW - 1000 * MINUTE)
    assert shelf.take(0, 0) == (0, First())
    shelf.saw(0, 0, _wall(130))
    assert shelf.take(0, 95) == (95, First())
    assert vk.requests == []


def test_a_page_that_lies_elsewhere_is_not_given_out() -> None:
    """The wall went back, because its pages did not adjoin: what was fetched for later is of no use any more."""
    vk = Vk(wall1=400, wall2=10)
    shelf = vk.shelf(NOW - 1000 * MINUTE)
    _, first = shelf.take(0, 0)
    shelf.saw(0, 0, first.answer)
    assert shelf.take(0, 95)[1].answer is not None
    assert shelf.take(0, 40) == (40, First())
    assert shelf.take(0, 135) == (135, First())


def test_short_pages_are_passed_over_as_far_as_they_must_adjoin() -> None:
    vk = Vk(wall1=400, wall2=10)
    shelf = vk.shelf(NOW - 1000 * MINUTE)
    _, first = shelf.take(0, 0)
    shelf.saw(0, 0, first.answer)
    assert shelf.take(0, 92)[0] == 95, "the page behind a page of 97 posts"


def test_trouble_of_one_call_is_the_trouble_of_its_wall() -> None:
    trouble = First(error=TryLater("VK took too long."), requests=1)
    vk = Vk(wall1=10, wall2=10)
    shelf = PagePrefetch(
        [ReadRequest(Place("vk", "vk:1", "1"), NOW), ReadRequest(Place("vk", "vk:2", "2"), NOW)],
        lambda calls: [trouble, vk.asks(calls)[1]],
        lambda: 2500,
    )
    assert shelf.take(0, 0) == (0, trouble)
    shown = shelf.take(1, 0)[1].answer
    assert shown is not None
    assert shown.items == _wall(10).items


@pytest.mark.parametrize(
    ("answer", "hours", "offsets"),
    [
        (_told(100), 100, []),
        (_told(400), 1, []),
        (_told(400), 100, [95, 190, 285, 380]),
        (_told(4000), 4, [95]),
        (_told(4000), 8, [95, 190, 285, 380]),
        ({"count": 400, "items": [*_told(400)["items"][:20]]}, 100, [15, 110, 205, 300]),
        ({"count": 400, "items": [{"date": 1, "is_pinned": 1}, *_told(400)["items"]]}, 1, []),
        ({"count": 400, "items": [{"date": 1_673_000_000}] * 100}, 10**6, [95, 190, 285, 380]),
        ({"count": 3, "items": [{}, "?", {"date": "x"}]}, 100, []),
        ({"items": []}, 100, []),
        (None, 100, []),
    ],
)
def test_what_a_wall_needs_besides(answer: Any, hours: int, offsets: list[int]) -> None:
    assert list(further(ItemPage.of(answer), 0, NOW - hours * 60 * MINUTE)) == offsets


@pytest.mark.parametrize(
    ("posts", "size", "before", "room"),
    [
        (10, 10_000_000, 600, 600),
        (600, 600_000, 600, 2400),
        (600, 3_600_000, 600, 500),
        (2500, 100_000, 2500, 2500),
        (100, 30_000_000, 600, 50),
    ],
)
def test_answers_grow_to_what_they_weigh(posts: int, size: int, before: int, room: int) -> None:
    assert vk_batch.room(posts, size, before) == room


def test_without_the_weight_an_answer_gets_too_big(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: posts of 6 KB, and nobody weighs them."""

    def most(room: Callable[[int, int, int], int]) -> int:
        posts = vk_batch.MOST_POSTS
        for _ in range(5):
            posts = room(posts, posts * 6000, posts)
        return posts * 6000

    assert most(vk_batch.room) < 5_000_000
    assert most(lambda posts, _size, before: min(2500, vk_batch.GROWTH * before)) > 5_000_000


def test_further_pages_begin_behind_the_one_that_was_read() -> None:
    """Whatever its offset; each overlaps with the one before, so that a post that comes meanwhile moves none out."""
    assert list(further(_wall(700, 300), 300, NOW - 6000 * MINUTE)) == [395, 490, 585, 680]
