from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vk_api import tools

from relay.sandbox.network import Network
from relay.sandbox.vk import get_all
from relay.sandbox.vk.api import answer

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)


def _script(**more: Any) -> str:
    words = {"method": "wall.get", "key": "items", "values": {"owner_id": -1, "count": 100}, "count": None}
    return str(tools.vk_get_all_items.compile(words | {"offset": 0, "offset_mul": 1} | more))


def test_the_loop_of_vk_api_is_understood() -> None:
    found = get_all.understood(_script(count=7, offset=100))
    assert found == get_all.GetAll("wall.get", "items", {"owner_id": -1, "count": 100}, 7, 100, 1)


@pytest.mark.parametrize("script", ["", "return [API.wall.get({})];", "var params = {", "var params = {};return 1;"])
def test_no_other_loop_is(script: str) -> None:
    assert get_all.understood(script) is None


@pytest.mark.slow
@pytest.mark.parametrize(("posts", "calls", "more"), [(0, 1, False), (99, 1, False), (250, 3, False), (2600, 25, True)])
def test_it_brings_25_pages_at_most(posts: int, calls: int, more: bool) -> None:
    network = Network(lambda: NOON)
    wall = network.vk.has_group("gorod", "Город")
    for number in range(posts):
        network.vk.posts(wall, "x", at=NOON - timedelta(minutes=number))
    values = {
        "access_token": network.vk.api.token,
        "v": "5.199",
        "code": _script(values={"owner_id": wall, "count": 100}),
    }
    shown = answer(network.vk, "execute", values)["response"]
    assert (len(shown["items"]), shown["count"], shown["more"]) == (min(posts, 2500), posts, more)
    assert network.vk.api.calls["wall.get"] == calls


def test_what_fails_inside_is_told() -> None:
    network = Network(lambda: NOON)
    network.vk.api.fails("wall.get", 29)
    values = {"access_token": network.vk.api.token, "v": "5.199", "code": _script()}
    shown = answer(network.vk, "execute", values)
    assert shown["response"] == {"_error": 1}
    assert [error["error_code"] for error in shown["execute_errors"]] == [29]


class Pages:
    """A wall of so many posts, which may grow or shrink between two calls."""

    def __init__(self, total: int, *changes: int) -> None:
        self.posts, self.changes, self.asked = list(range(total)), list(changes), list[tuple[str, dict[str, Any]]]()

    def __call__(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked.append((method, params))
        if len(self.asked) > 1 and self.changes:
            change = self.changes.pop(0)
            self.posts = list(range(-change, 0)) + self.posts if change > 0 else self.posts[-change:]
        first = abs(params["offset"])
        return {"count": len(self.posts), "items": self.posts[first : first + params["count"]]}


def loop(**more: Any) -> get_all.GetAll:
    words: dict[str, Any] = {"method": "wall.get", "key": "items", "params": {"count": 10, "owner_id": -1}}
    return get_all.GetAll(**(words | {"count": None, "offset": 0, "sign": 1} | more))


def test_each_call_asks_for_what_follows() -> None:
    pages = Pages(25)
    assert loop().run(pages) == {"count": 25, "items": list(range(25)), "offset": 30, "more": False}
    assert pages.asked == [("wall.get", {"count": 10, "owner_id": -1, "offset": at}) for at in (0, 10, 20)]


def test_an_offset_may_be_counted_backwards_and_begin_anywhere() -> None:
    pages = Pages(12)
    assert loop(offset=5, sign=-1).run(pages)["items"] == [5, 6, 7, 8, 9, 10, 11]
    assert [params["offset"] for _, params in pages.asked] == [-5]


def test_a_last_page_that_is_full_needs_no_other() -> None:
    assert loop().run(Pages(20)) == {"count": 20, "items": list(range(20)), "offset": 20, "more": False}
    assert loop().run(Pages(21))["offset"] == 30


def test_what_comes_in_between_is_not_told_twice() -> None:
    """Nor is as much of what follows: vk_api's loop moves on by the difference once more."""
    pages = Pages(25, 3)
    shown = loop().run(pages)
    assert (shown["items"], shown["count"], shown["more"]) == ([*range(17), *range(20, 25)], 28, False)
    assert [params["offset"] for _, params in pages.asked] == [0, 10, 23]


def test_what_goes_in_between_moves_the_place() -> None:
    pages = Pages(25, -2)
    shown = loop().run(pages)
    assert (shown["items"], shown["count"]) == (list(range(25)), 23)
    assert [params["offset"] for _, params in pages.asked] == [0, 10, 8, 18]


def test_a_count_that_is_known_from_before_counts() -> None:
    assert loop(count=22, offset=10).run(Pages(25))["items"] == [*range(13, 20), 23, 24]
    assert loop().run(lambda *_words: {}) == {"_error": 1}


def test_25_calls_are_the_most() -> None:
    pages = Pages(1000)
    shown = loop().run(pages)
    assert (len(pages.asked), len(shown["items"]), shown["offset"], shown["more"]) == (25, 250, 250, True)


def test_a_loop_is_told_by_all_of_its_shape() -> None:
    assert get_all.understood(_script(offset=-7, offset_mul=-1)) == get_all.GetAll(
        "wall.get", "items", {"owner_id": -1, "count": 100}, None, -7, -1
    )
    assert get_all.understood(_script(values={"owner_id": -1})) is None
    assert get_all.understood(_script(values={"count": "100"})) is None
    assert get_all.understood(_script().replace("calls < 25", "calls < 26")) is None
    assert get_all.understood(_script().replace("{", "{{", 1)) is None
