from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from vk_api import tools

from relay.sandbox import get_all
from relay.sandbox.api import answer
from relay.sandbox.network import Network

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


@pytest.mark.parametrize(("posts", "calls", "more"), [(0, 1, False), (99, 1, False), (250, 3, False), (2600, 25, True)])
def test_it_brings_25_pages_at_most(posts: int, calls: int, more: bool) -> None:
    network = Network(lambda: NOON)
    wall = network.has_group("gorod", "Город")
    for number in range(posts):
        network.posts(wall, "x", at=NOON - timedelta(minutes=number))
    values = {"access_token": network.token, "v": "5.199", "code": _script(values={"owner_id": wall, "count": 100})}
    shown = answer(network, "execute", values)["response"]
    assert (len(shown["items"]), shown["count"], shown["more"]) == (min(posts, 2500), posts, more)
    assert network.calls["wall.get"] == calls


def test_what_fails_inside_is_told() -> None:
    network = Network(lambda: NOON)
    network.fails("wall.get", 29)
    values = {"access_token": network.token, "v": "5.199", "code": _script()}
    shown = answer(network, "execute", values)
    assert shown["response"] == {"_error": 1}
    assert [error["error_code"] for error in shown["execute_errors"]] == [29]
