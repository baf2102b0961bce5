"""VkSource and the real vk_api, with VK's answers given by hand: what is asked, and what is made of each answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from pydantic import SecretStr
from urllib3.exceptions import MaxRetryError, NewConnectionError

from relay.config import Settings
from relay.errors import Closed, ConfigError, Parked, Refused, SourceError, TryLater
from relay.models import Doubt
from relay.ports import (
    Author,
    Comment,
    CommentPage,
    CommentThread,
    Page,
    Place,
    PostRef,
    Quota,
    ReadRequest,
    RecheckResult,
    SeenPost,
    SeenVideo,
    TokenUsage,
)
from relay.sources.vk.addresses import EXAMPLES
from relay.sources.vk.calls import ATTEMPTS, ApiFault
from relay.sources.vk.errors import Remedy
from relay.sources.vk.http import NoAnswer, read_answer
from relay.sources.vk.source import VkSource
from relay.store import Store
from tests.fakes.clock import FakeClock

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
Values = dict[str, Any]


def fails(code: int, **more: Any) -> Values:
    return {"error": {"error_code": code, "error_msg": f"Error {code}", **more}}


class Vk(requests.Session):
    """Answers each method with what was laid there: values, a function of what was asked, or errors in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, Values]] = []
        self.tokens: list[str] = []
        self.laid: dict[str, Any] = {"execute": self._together}
        self.first: dict[str, list[Any]] = {}
        self.size = 0

    def says(self, method: str, answer: Any, *first: Any) -> None:
        """`first`: what is answered once each, before `answer`."""
        self.laid[method], self.first[method] = answer, list(first)

    def post(self, url: str, values: Values, **_more: Any) -> Any:  # type: ignore[override]
        method, asked = url.rpartition("/")[2], dict(values)
        assert asked.pop("v") == "5.199"
        self.tokens.append(asked.pop("access_token"))
        self.asked.append((method, asked))
        answer = self._answer(method, asked)
        if isinstance(answer, Exception):
            raise answer
        whole = answer if isinstance(answer, dict) and {"error", "response"} & set(answer) else {"response": answer}
        told = read_answer(json.dumps(whole).encode(), together=method == "execute")
        told.size = self.size
        return SimpleNamespace(ok=True, json=lambda: told)

    def _answer(self, method: str, asked: Values) -> Any:
        if self.first.get(method):
            return self.first[method].pop(0)
        answer = self.laid[method]
        return answer(asked) if callable(answer) else answer

    def _together(self, asked: Values) -> Values:
        """`execute`: each call by itself; failures are told beside the answers."""
        calls = re.findall(r"API\.([\w.]+)\((\{.*?\})\)", asked["code"])
        told = [self._answer(method, json.loads(values)) for method, values in calls]
        failed = [isinstance(each, dict) and "error" in each for each in told]
        errors = [each["error"] for each, bad in zip(told, failed, strict=True) if bad]
        results = [False if bad else each for each, bad in zip(told, failed, strict=True)]
        return {"response": results, "execute_errors": errors}

    @property
    def methods(self) -> list[str]:
        return [method for method, _ in self.asked]


@pytest.fixture
def network() -> Vk:
    return Vk()


Make = Callable[..., VkSource]


@pytest.fixture
def make(network: Vk, store: Store, clock: FakeClock) -> Make:
    def made(**settings: object) -> VkSource:
        settings.setdefault("vk_token", SecretStr("secret"))
        own = Settings(_env_file=None, **settings)  # type: ignore[call-arg, arg-type]
        return VkSource(own, store, clock, lambda seconds: clock.moves(seconds=seconds), session=lambda _own: network)

    return made


@pytest.fixture
def vk(make: Make) -> VkSource:
    return make()


def key(token: str = "secret") -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:16]


def post(number: int, hours: float = 1, **more: Any) -> Values:
    """A post of so many hours before noon."""
    at = int((NOON - timedelta(hours=hours)).timestamp())
    return {"owner_id": -1, "id": number, "from_id": -1, "date": at, "text": f"{number}", **more}


class Wall:
    """Posts with the numbers `newest` to 1, one an hour."""

    def __init__(self, newest: int, *before: Values) -> None:
        self.items = [*before, *(post(newest - at, at + 1) for at in range(newest))]

    def __call__(self, asked: Values) -> Values:
        at = asked["offset"]
        return {"count": len(self.items), "items": self.items[at : at + asked["count"]]}


GOROD = Place("vk", "vk:club1", "-1", "Город")


def reads(vk: VkSource, hours: float = 10_000, place: Place = GOROD, *tags: str) -> list[Page]:
    return list(vk.read(place, since=NOON - timedelta(hours=hours), until=NOON, tags=tags))


def numbers(page: Page) -> list[int]:
    return [int(seen.post_id) for seen in page.posts]


# Addresses

GROUP = {"id": 1, "name": "Город"}
ANNA = {"id": 7, "first_name": "Анна", "last_name": "Иванова"}


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("vk:x", True),
        (" vk.com/x ", True),
        ("https://m.vk.ru/x", True),
        ("tg:vk.com", False),
        ("https://t.me/x", False),
    ],
)
def test_which_addresses_are_vks(vk: VkSource, address: str, *, ours: bool) -> None:
    assert vk.claims(address) is ours
    assert vk.description.name == "vk"


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        *("vk:club1", "vk:public1", "vk:event1", "vk:-1", "vk:Club1", "vk:@club1", "vk:/club1", " vk: club1 "),
        *(
            "vk:wall-1",
            "https://vk.com/club1",
            "vk.com/club1/",
            "http://m.vk.com/wall-1?own=1",
            "vk:https://vk.com/club1",
        ),
        *("https://vk.com/@club1", "vk.com/public1/x", "vk:vk.com/event1"),
    ],
)
def test_a_community_by_its_number(vk: VkSource, network: Vk, address: str) -> None:
    network.says("groups.getById", {"groups": [GROUP]})
    assert vk.resolve(address) == GOROD
    assert network.asked == [("groups.getById", {"group_ids": "1"})]


@pytest.mark.slow
@pytest.mark.parametrize("address", ["vk:id7", "vk:7", "https://vk.com/id7", "vk:wall7", "vk.com/ID7"])
def test_a_person_by_their_number(vk: VkSource, network: Vk, address: str) -> None:
    network.says("users.get", [ANNA])
    assert vk.resolve(address) == Place("vk", "vk:id7", "7", "Анна Иванова")
    assert network.asked == [("users.get", {"user_ids": "7"})]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "method", "owner"),
    [
        ("user", "users.get", "7"),
        ("group", "groups.getById", "-1"),
        ("page", "groups.getById", "-1"),
        ("event", "groups.getById", "-1"),
    ],
)
def test_a_name_is_asked_about(vk: VkSource, network: Vk, kind: str, method: str, owner: str) -> None:
    network.says("utils.resolveScreenName", {"type": kind, "object_id": abs(int(owner))})
    network.says("users.get", [ANNA])
    network.says("groups.getById", [GROUP])
    assert vk.resolve("vk.com/gorod").owner_id == owner
    assert network.asked[0] == ("utils.resolveScreenName", {"screen_name": "gorod"})
    assert network.methods[1:] == [method]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "line"),
    [
        ([], "VK knows nobody by the name gorod. Check the spelling."),
        ({"type": "user"}, "VK knows nobody by the name gorod. Check the spelling."),
        ({"object_id": 1}, "VK knows nobody by the name gorod. Check the spelling."),
        (
            {"type": "application", "object_id": 1},
            f"gorod is no page with a wall, it is: application. {EXAMPLES}",
        ),
    ],
)
def test_a_name_of_no_wall(vk: VkSource, network: Vk, answer: Any, line: str) -> None:
    network.says("utils.resolveScreenName", answer)
    with pytest.raises(Refused) as told:
        vk.resolve("vk:gorod")
    assert told.value.line == line


@pytest.mark.parametrize(
    "address",
    [
        *(
            "vk:",
            "vk:a",
            "vk:a b",
            "vk:привет",
            "vk:../x",
            "vk:Feed",
            "https://vk.com/video",
            "vk.com/",
            "vk:" + "a" * 65,
        ),
        *("https://vk.com/wall-1_2", "vk:wall-1_2", "vk:-" + "1" * 19),
    ],
)
def test_what_is_no_place_costs_no_call(vk: VkSource, network: Vk, address: str) -> None:
    with pytest.raises(Refused) as told:
        vk.resolve(address)
    assert told.value.line.endswith(f"is no place where posts are. {EXAMPLES}")
    assert network.asked == []


@pytest.mark.parametrize("address", ["vk:club0", "vk:0", "vk:wall-0", "vk:-0"])
def test_nobody_has_the_number_zero(vk: VkSource, network: Vk, address: str) -> None:
    with pytest.raises(Refused) as told:
        vk.resolve(address)
    assert told.value.line == f"VK numbers its pages from 1. {EXAMPLES}"


ASK_OWNER = "Ask its owner to open it, or hand in links with: relay post add"
LOOK = "Remove the source, or look for its new address."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "answer", "kind", "line", "gone"),
    [
        ("vk:club1", [], Refused, "VK knows no community number 1. Check the spelling.", False),
        (
            "vk:club1",
            [{**GROUP, "name": "DELETED"}],
            Refused,
            "VK knows no community number 1. Check the spelling.",
            False,
        ),
        (
            "vk:club1",
            [{**GROUP, "name": "DELETED", "deactivated": "deleted"}],
            Closed,
            f"The page “DELETED” was deleted or blocked. {LOOK}",
            True,
        ),
        ("vk:club1", [{**GROUP, "is_closed": 1}], Closed, f"The wall of “Город” is closed. {ASK_OWNER}", False),
        ("vk:club1", fails(100), Refused, "VK knows no community number 1. Check the spelling.", False),
        ("vk:id7", [], Refused, "VK knows no person number 7. Check the spelling.", False),
        ("vk:id7", fails(113), Refused, "VK knows no person number 7. Check the spelling.", False),
        (
            "vk:id7",
            [{**ANNA, "is_closed": True}],
            Closed,
            f"The profile of Анна Иванова is private. {ASK_OWNER}",
            False,
        ),
        (
            "vk:id7",
            [{**ANNA, "deactivated": "banned", "is_closed": True}],
            Closed,
            f"The page “Анна Иванова” was deleted or blocked. {LOOK}",
            True,
        ),
        ("vk:id7", fails(15), Closed, f"VK shows this only to members. {ASK_OWNER}", False),
        ("vk:id7", fails(18), Closed, f"The page was deleted or blocked. {LOOK}", True),
    ],
)
def test_who_can_not_be_read(
    vk: VkSource, network: Vk, address: str, answer: Any, kind: type[Refused | Closed], line: str, *, gone: bool
) -> None:
    for method in ("groups.getById", "users.get"):
        network.says(method, answer)
    with pytest.raises(kind) as told:
        vk.resolve(address)
    assert (told.value.line, getattr(told.value, "gone", False)) == (line, gone)


def test_whoever_is_closed_to_others_and_open_to_us_is_read(vk: VkSource, network: Vk) -> None:
    network.says("groups.getById", [{**GROUP, "is_closed": 1, "is_member": 1}])
    network.says("users.get", [{**ANNA, "is_closed": True, "can_access_closed": True, "last_name": ""}])
    assert vk.resolve("vk:club1").title == "Город"
    assert vk.resolve("vk:id7").title == "Анна"


@pytest.mark.slow
def test_many_addresses_cost_a_call_for_each_five_hundred(vk: VkSource, network: Vk) -> None:
    def known(asked: Values) -> list[Values]:
        (words,) = asked.values()
        return [{"id": int(number), "name": f"g{number}", "first_name": f"p{number}"} for number in words.split(",")]

    network.says("groups.getById", known)
    network.says("users.get", known)
    groups = [f"vk:club{number}" for number in range(501, 0, -1)]
    people = [f"vk:id{number}" for number in range(1, 502)]
    found = [resolve() for resolve in vk.resolve_many([*groups, "vk:club5", *people, "vk:tag"])]
    assert [place.title for place in found] == [
        *(f"g{number}" for number in range(501, 0, -1)),
        "g5",
        *(f"p{number}" for number in range(1, 502)),
        "VK: hashtag search",
    ]
    counts = [(method, len(next(iter(asked.values())).split(","))) for method, asked in network.asked]
    assert counts == [("groups.getById", 500), ("groups.getById", 1), ("users.get", 500), ("users.get", 1)]
    assert found[-1] == Place("vk", "vk:tag", "", "VK: hashtag search")


@pytest.mark.slow
def test_trouble_with_many_is_everybodys(vk: VkSource, network: Vk) -> None:
    network.says("groups.getById", fails(14))
    with pytest.raises(Parked):
        vk.resolve_many(["vk:club1", "vk:club2"])
    with pytest.raises(Refused):
        vk.resolve_many(["vk:club1", "vk:club0"])


# Walls


@pytest.mark.slow
def test_a_short_wall_costs_one_call(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", Wall(100))
    (page,) = reads(vk)
    assert numbers(page) == list(range(100, 0, -1))
    assert (page.requests, page.total, page.reached, page.faults, page.more) == (
        1,
        100,
        NOON - timedelta(hours=10_000),
        (),
        False,
    )
    assert network.asked == [("wall.get", {"owner_id": -1, "count": 100, "offset": 0, "extended": 1})]
    assert network.tokens == ["secret"]


@pytest.mark.slow
def test_an_empty_wall_is_read_to_its_end(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", Wall(0))
    (page,) = reads(vk)
    assert (page.posts, page.total, page.reached is not None) == ((), 0, True)


@pytest.mark.slow
def test_a_long_wall_overlaps_and_what_follows_comes_together(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", Wall(230))
    pages = reads(vk)
    assert [numbers(page)[0] for page in pages] == [230, 135, 40]
    assert [(page.requests, page.total, page.reached is not None, page.more) for page in pages] == [
        (1, 230, False, False),
        (1, 230, False, True),
        (0, 230, True, False),
    ]
    assert network.methods == ["wall.get", "execute"]


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "pages"), [(75, 1), (75.5, 1), (76, 2)])
def test_twenty_five_old_ones_in_a_row_end_a_wall(vk: VkSource, network: Vk, hours: float, pages: int) -> None:
    """The page holds posts of the last hundred hours, and the pinned one does not count."""
    network.says("wall.get", Wall(150, post(999, 5_000, is_pinned=1)))
    hours -= 1  # the pinned post takes a place of the page
    found = reads(vk, hours)
    assert len(found) == pages
    assert found[-1].reached == NOON - timedelta(hours=hours)


@pytest.mark.slow
def test_old_ones_are_counted_over_pages_and_newer_ones_begin_anew(vk: VkSource, network: Vk) -> None:
    items = [post(1000 - at, at) for at in range(90)]
    items += [post(900 - at, 500) for at in range(24)] + [post(800, 1)] + [post(700 - at, 500) for at in range(100)]
    wall = Wall(0, *items)
    network.says("wall.get", wall)
    pages = reads(vk, 100)
    assert len(pages) == 2
    assert pages[-1].reached is not None


@pytest.mark.slow
def test_a_page_that_does_not_adjoin_is_read_from_further_back(vk: VkSource, network: Vk) -> None:
    wall = Wall(230)
    network.says("wall.get", wall)
    reading = vk.read(GOROD, since=NOON - timedelta(hours=10_000), until=NOON, tags=[])
    seen = numbers(next(reading))
    del wall.items[:40]
    network.laid["execute"] = fails(28)
    for page in reading:
        seen += numbers(page)
    assert sorted(set(seen), reverse=True) == list(range(230, 0, -1))
    offsets = [asked["offset"] for method, asked in network.asked if method == "wall.get"]
    assert offsets == [0, 95, 45, 140]


@pytest.mark.slow
def test_what_can_not_be_read_is_told_and_stops_nothing(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", {"count": 2, "items": [post(2, date=None), post(1)]})
    (page,) = reads(vk)
    assert (numbers(page), page.faults) == ([1], ("wall-1_2: it has no date",))


@pytest.mark.slow
@pytest.mark.parametrize("said", [5, None])
def test_a_wall_that_lies_about_its_length_ends_where_nothing_new_comes(
    vk: VkSource, network: Vk, said: int | None
) -> None:
    def wall(asked: Values) -> Values:
        return {"count": said and 500, "items": [post(3), post(2)] if asked["offset"] < 2 else []}

    network.says("wall.get", wall)
    pages = reads(vk)
    assert [numbers(page) for page in pages] == [[3, 2], [3, 2]]
    assert [page.reached is not None for page in pages] == [False, True]


@pytest.mark.slow
def test_several_walls_share_a_request(vk: VkSource, network: Vk) -> None:
    walls = {-1: Wall(3), -2: Wall(2)}
    network.says("wall.get", lambda asked: walls[asked["owner_id"]](asked) if asked["owner_id"] > -3 else fails(15))
    since = NOON - timedelta(hours=10_000)
    wishes = [ReadRequest(Place("vk", f"vk:club{n}", f"-{n}"), since, 50) for n in (1, 2, 3)]
    first, second, third = vk.read_many(wishes)
    assert network.asked == [], "nothing is asked before somebody reads"
    (one,), (two,) = list(first), list(second)
    assert (numbers(one), numbers(two)) == ([3, 2, 1], [2, 1])
    assert (one.requests, two.requests) == (1, 1)
    with pytest.raises(Closed) as told:
        list(third)
    assert (told.value.line, told.value.code, told.value.requests) == (
        f"VK shows this only to members. {ASK_OWNER}",
        15,
        1,
    )
    assert network.methods == ["execute"]
    assert json.loads(re.findall(r"\((\{.*?\})\)", network.asked[0][1]["code"])[0]) == {
        "owner_id": -1,
        "count": 50,
        "offset": 0,
        "extended": 1,
    }
    assert vk.quota(search=False) == Quota(5000, 1, 3, 3)


def _two(vk: VkSource) -> list[list[Page]]:
    since = NOON - timedelta(hours=10_000)
    return [
        list(pages)
        for pages in vk.read_many([ReadRequest(Place("vk", f"vk:club{n}", f"-{n}"), since, 50) for n in (1, 2)])
    ]


@pytest.mark.slow
@pytest.mark.parametrize("code", [3, 7, 12, 15, 20, 21, 23, 27, 28])
def test_a_token_that_may_not_ask_together_asks_one_by_one_and_tries_again_soon(
    vk: VkSource, network: Vk, clock: FakeClock, code: int
) -> None:
    network.says("wall.get", Wall(2))
    network.says("execute", fails(code))
    assert [[numbers(page) for page in pages] for pages in _two(vk)] == [[[2, 1]], [[2, 1]]]
    assert network.methods == ["execute", "wall.get", "wall.get"]
    _two(vk)
    assert network.methods[3:] == ["wall.get", "wall.get"], "it rests"
    clock.moves(minutes=19, seconds=58)
    _two(vk)
    assert network.methods[5:] == ["wall.get", "wall.get"]
    clock.moves(seconds=10)
    _two(vk)
    assert network.methods[7] == "execute"


@pytest.mark.slow
def test_an_error_that_is_no_ban_of_asking_together_is_one_items(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", Wall(2))
    network.says("execute", None, fails(100))
    network.laid["execute"] = network._together
    assert len(_two(vk)) == 2
    assert network.methods == ["execute", "wall.get", "wall.get"]
    _two(vk)
    assert network.methods[3:] == ["execute"], "nothing rests"


@pytest.mark.slow
def test_passing_faults_of_a_request_of_several_pass(vk: VkSource, network: Vk, clock: FakeClock) -> None:
    network.says("wall.get", Wall(2))
    network.says("execute", network._together, *[fails(10)] * (ATTEMPTS - 1))
    began = clock()
    (one,), (two,) = _two(vk)
    assert (one.requests, two.requests) == (ATTEMPTS, ATTEMPTS)
    assert network.methods == ["execute"] * ATTEMPTS
    assert 7.5 <= (clock() - began).total_seconds() <= 25


@pytest.mark.slow
def test_those_that_stay_are_the_trouble_of_all_and_are_counted(vk: VkSource, network: Vk) -> None:
    network.says("execute", fails(10))
    with pytest.raises(TryLater) as told:
        _two(vk)
    assert (told.value.line, told.value.requests, told.value.code) == (
        "VK has an internal fault. Relay tries again by itself; nothing was lost.",
        ATTEMPTS,
        10,
    )


@pytest.mark.slow
def test_a_captcha_for_several_is_the_tokens(vk: VkSource, network: Vk) -> None:
    network.says("execute", fails(14))
    with pytest.raises(Parked, match="captcha") as told:
        _two(vk)
    assert (told.value.key, told.value.until) == (f"vk:{key()}", NOON + timedelta(hours=1))
    assert len(network.asked) == 1


@pytest.mark.slow
def test_an_answer_too_big_is_asked_for_in_halves(vk: VkSource, network: Vk) -> None:
    walls = Wall(2)
    network.says("wall.get", walls)
    network.says("execute", network._together, fails(13))
    since = NOON - timedelta(hours=10_000)
    wishes = [ReadRequest(Place("vk", f"vk:club{n}", f"-{n}"), since, 90) for n in range(1, 6)]
    assert [len(list(pages)) for pages in vk.read_many(wishes)] == [1] * 5
    asked = [len(re.findall("API", values["code"])) for method, values in network.asked if method == "execute"]
    assert asked == [5, 2, 3]


@pytest.mark.slow
def test_what_fails_inside_a_request_is_tried_alone_where_it_may_pass(vk: VkSource, network: Vk) -> None:
    for code in (10, 6, 13):
        network.asked.clear()
        network.says("wall.get", Wall(2), fails(code))
        (one,), (two,) = _two(vk)
        assert (numbers(one), numbers(two)) == ([2, 1], [2, 1])
        assert network.methods == ["execute", "wall.get"]
        assert (one.requests, two.requests) == (2, 1)


def test_a_quota_that_is_used_up_inside_rests_the_method(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", fails(29))
    with pytest.raises(Parked) as told:
        _two(vk)
    assert (told.value.key, told.value.until) == (f"vk:{key()}:wall.get", NOON + timedelta(minutes=30))
    assert told.value.line == (
        "The daily number of calls that VK allows is used up. "
        "Relay tries again by itself in half an hour; fewer or rarer sources keep within it."
    )
    with pytest.raises(Parked):
        reads(vk)
    assert network.methods == ["execute"]


@pytest.mark.slow
def test_another_token_makes_the_calls_that_one_may_not(make: Make, network: Vk) -> None:
    vk = make(vk_token=SecretStr(" a , b,a,"))
    network.says("wall.get", Wall(2), fails(29), fails(29))
    (one,), (two,) = _two(vk)
    assert (numbers(one), numbers(two)) == ([2, 1], [2, 1])
    assert network.methods == ["execute", "wall.get", "wall.get"]
    assert network.tokens == ["a", "b", "b"]


# Search


@pytest.mark.slow
def test_a_search_asks_for_each_tag_and_interval(vk: VkSource, network: Vk) -> None:
    answers = {
        "#a": [({"items": [post(3)], "next_from": "x", "total_count": 2}), {"items": [post(2)]}],
        "#b": [{"items": []}],
    }
    network.says("newsfeed.search", lambda asked: answers[asked["q"]].pop(0))
    since = NOON - timedelta(hours=10)
    pages = list(vk.read(Place("vk", "vk:tag"), since=since, until=NOON, tags=["#a", "b"]))
    assert [numbers(page) for page in pages] == [[3], [2], []]
    assert [(page.requests, page.total, page.reached) for page in pages] == [
        (1, 2, None),
        (1, None, None),
        (1, None, since),
    ]
    first = {
        "q": "#a",
        "count": 200,
        "start_time": int(since.timestamp()),
        "end_time": int(NOON.timestamp()) + 1,
        "extended": 1,
    }
    assert [asked for _, asked in network.asked] == [first, {**first, "start_from": "x"}, {**first, "q": "#b"}]


@pytest.mark.slow
def test_a_search_for_nothing_is_complete_at_once(vk: VkSource, network: Vk) -> None:
    (page,) = vk.read(Place("vk", "vk:tag"), since=NOON, until=NOON, tags=[])
    assert (page.posts, page.requests, page.reached, network.asked) == ((), 0, NOON, [])


def _intervals(network: Vk) -> list[tuple[int, int]]:
    begin = int(NOON.timestamp())
    return [(asked["start_time"] - begin, asked["end_time"] - begin) for _, asked in network.asked]


@pytest.mark.slow
@pytest.mark.parametrize(("total", "parts"), [(1000, 1), (1001, 3)])
def test_an_interval_with_more_than_vk_shows_is_halved(vk: VkSource, network: Vk, total: int, parts: int) -> None:
    network.says(
        "newsfeed.search",
        lambda asked: {
            "items": [post(asked["start_time"])],
            "total_count": total if asked["end_time"] - asked["start_time"] > 5 else 1,
        },
    )
    pages = list(vk.read(Place("vk", "vk:tag"), since=NOON, until=NOON + timedelta(seconds=8), tags=["a"]))
    assert len(pages) == parts
    assert [page.reached for page in pages] == [None] * (parts - 1) + [NOON]
    assert _intervals(network) == [(0, 9), (5, 9), (0, 4)][:parts]


def test_a_moment_with_more_than_vk_shows_is_read_as_far_as_it_goes(vk: VkSource, network: Vk) -> None:
    network.says("newsfeed.search", {"items": [post(1)], "total_count": 2000})
    pages = list(vk.read(Place("vk", "vk:tag"), since=NOON, until=NOON, tags=["a"]))
    assert _intervals(network) == [(0, 1), (1, 1), (0, 0)]
    assert [page.reached for page in pages] == [None, None, NOON]


def test_results_without_a_total_are_counted(vk: VkSource, network: Vk) -> None:
    """A thousand seen, and more to come."""
    vk.most_found = 4
    pages = iter([("x", 2), ("y", 2)])

    def found(asked: Values) -> Values:
        if asked["end_time"] - asked["start_time"] < 9:
            return {"items": []}
        name, count = next(pages)
        return {"items": [post(number) for number in range(1, 1 + count)], "next_from": name}

    network.says("newsfeed.search", found)
    list(vk.read(Place("vk", "vk:tag"), since=NOON, until=NOON + timedelta(seconds=8), tags=["a"]))
    assert _intervals(network) == [(0, 9), (0, 9), (5, 9), (0, 4)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([{"items": [post(1)], "next_from": "x"}, {"items": [post(2)], "next_from": "x"}], 2),
        ([{"items": [], "next_from": "x"}], 1),
    ],
)
def test_a_search_that_goes_round_or_shows_nothing_ends(
    vk: VkSource, network: Vk, answers: list[Values], calls: int
) -> None:
    network.says("newsfeed.search", None, *answers)
    pages = list(vk.read(Place("vk", "vk:tag"), since=NOON, until=NOON, tags=["a"]))
    assert (len(network.asked), pages[-1].reached) == (calls, NOON)


# Links


@pytest.mark.slow
def test_posts_behind_links_are_asked_for_a_hundred_at_a_time(vk: VkSource, network: Vk) -> None:
    network.says(
        "wall.getById", lambda asked: [post(int(each.partition("_")[2])) for each in asked["posts"].split(",")]
    )
    links = [f"https://vk.com/wall-1_{number}" for number in range(101, 0, -1)]
    found = vk.posts_behind([*links, links[0], "vk.com/gorod?w=wall-1_5"])
    assert [int(seen.post_id) for seen in found] == list(range(1, 102))
    assert network.asked == [
        ("wall.getById", {"posts": ",".join(f"-1_{number}" for number in range(1, 101)), "extended": 1}),
        ("wall.getById", {"posts": "-1_101", "extended": 1}),
    ]


def test_a_video_by_its_link_is_a_hand_in_of_now(vk: VkSource, network: Vk) -> None:
    links = [
        "https://vk.com/video7_9?list=abcdef12",
        "https://vk.com/clip-1_2",
        "https://vk.com/video7_9?list=abcdef12",
    ]
    anna = Author("7")
    url = "https://vk.com/video7_9?list=abcdef12"
    assert vk.posts_behind([*links, "https://vk.com/gorod"]) == [
        SeenPost(
            "hand-in",
            "7",
            "9",
            url,
            NOON,
            author=anna,
            videos=(SeenVideo("vk", "7", "9", url, access_key="abcdef12", author=anna),),
        ),
        SeenPost(
            "hand-in",
            "-1",
            "2",
            "https://vk.com/clip-1_2",
            NOON,
            videos=(SeenVideo("vk", "-1", "2", "https://vk.com/clip-1_2", kind="clip"),),
        ),
    ]
    assert network.asked == []


@pytest.mark.slow
def test_what_vk_leaves_out_when_it_is_asked_again_is_gone(vk: VkSource, network: Vk) -> None:
    network.says(
        "wall.getById",
        lambda asked: [post(number) for number in (1, 101) if f"-1_{number}" in asked["posts"].split(",")],
    )
    known = [PostRef("-1", f"{number}", f"https://vk.com/wall-1_{number}") for number in range(1, 102)]
    found = list(vk.recheck(known))
    assert [again.ref for again in found] == known
    assert [(again.lost, again.requests) for again in found] == [
        ("", 1),
        *[(Doubt.post, 0)] * 99,
        ("", 1),
    ]
    assert [again.post is not None for again in found] == [not again.lost for again in found]
    assert found[1] == RecheckResult(known[1], None, Doubt.post, requests=0)


# Comments


def _comments(*texts: str) -> Values:
    at = int(NOON.timestamp())
    return {
        "count": len(texts),
        "items": [{"id": n, "from_id": 7, "date": at, "text": text} for n, text in enumerate(texts, 1)],
    }


@pytest.mark.slow
def test_comments_of_one_post_cost_one_call(vk: VkSource, network: Vk) -> None:
    network.says("wall.getComments", _comments("Спасибо"))
    thread = CommentThread("-1", "5", newest=True, count=30)
    assert list(vk.comments([thread])) == [
        CommentPage(
            thread, (Comment("1", "https://vk.com/wall-1_5?reply=1", Author("7"), "Спасибо", NOON),), requests=1
        )
    ]
    assert network.asked == [
        (
            "wall.getComments",
            {
                "owner_id": -1,
                "post_id": 5,
                "count": 30,
                "sort": "desc",
                "preview_length": 0,
                "thread_items_count": 10,
                "extended": 1,
            },
        )
    ]


@pytest.mark.slow
def test_comments_of_several_posts_come_twenty_five_in_a_request(vk: VkSource, network: Vk) -> None:
    network.says("wall.getComments", lambda asked: _comments(f"{asked['post_id']} {asked['sort']}"))
    threads = [CommentThread("-1", f"{number}") for number in range(26)]
    talks = list(vk.comments(threads))
    assert [talk.thread for talk in talks] == threads
    assert [talk.comments[0].text for talk in talks] == [f"{number} asc" for number in range(26)]
    assert network.methods == ["execute", "wall.getComments"]
    assert vk.comments_quota() == Quota(500, 1, 26, 26)


def test_closed_comments_are_told_and_stop_nothing(vk: VkSource, network: Vk) -> None:
    network.says("wall.getComments", lambda asked: fails(212) if asked["post_id"] == 5 else _comments("a"))
    for threads in ([CommentThread("-1", "5"), CommentThread("-1", "6")], [CommentThread("-1", "5")]):
        talk = next(iter(vk.comments(threads)))
        assert (talk.thread, talk.comments) == (threads[0], ())
        assert talk.closed == f"VK answers with error 212. {ASK_OWNER}"
    assert talk.requests == 1


# Trouble


def _gets(vk: VkSource) -> Page:
    return reads(vk)[0]


@pytest.mark.slow
@pytest.mark.parametrize(("code", "count"), [(1, 100), (10, 100), (6, 100), (36, 50), (13, 50), (103, 50)])
def test_passing_faults_are_tried_again_and_long_answers_with_less(
    vk: VkSource, network: Vk, code: int, count: int
) -> None:
    network.says("wall.get", Wall(2), fails(code))
    assert _gets(vk).requests == 2
    assert [asked["count"] for _, asked in network.asked] == [100, count]


@pytest.mark.slow
def test_no_page_gets_shorter_than_ten(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", fails(13))
    with pytest.raises(TryLater) as told:
        reads(vk)
    assert [asked["count"] for _, asked in network.asked] == [100, 50, 25, 12, 10]
    assert told.value.requests == ATTEMPTS == 5


@pytest.mark.slow
def test_an_answer_without_pages_is_asked_for_as_it_is(vk: VkSource, network: Vk) -> None:
    network.says("users.get", [ANNA], fails(36))
    vk.resolve("vk:id7")
    assert [asked for _, asked in network.asked] == [{"user_ids": "7"}] * 2


@pytest.mark.slow
def test_pauses_double_and_are_spread_and_too_fast_slows_all_down(vk: VkSource, network: Vk, clock: FakeClock) -> None:
    network.says("wall.get", Wall(2), *[fails(10)] * 4)
    began = clock()
    _gets(vk)
    assert 7.5 <= (clock() - began).total_seconds() <= 24
    network.says("wall.get", Wall(2), fails(6))
    began = clock()
    _gets(vk)
    assert 1.0 <= (clock() - began).total_seconds() <= 2.6


@pytest.mark.slow
def test_a_server_may_say_when_to_come_back(vk: VkSource, network: Vk, clock: FakeClock) -> None:
    network.says("wall.get", Wall(2), NoAnswer("VK answers with HTTP 503.", retry_after=50.0))
    began = clock()
    _gets(vk)
    assert (clock() - began).total_seconds() == pytest.approx(50, abs=0.01)


def _unreached() -> Exception:
    return requests.ConnectionError(MaxRetryError(None, "x", NewConnectionError(None, "refused")))  # type: ignore[arg-type]


AGAIN = "Relay tries again by itself; nothing was lost."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "line", "counted"),
    [
        (NoAnswer("VK sends too slowly."), "VK sends too slowly.", True),
        (requests.ReadTimeout(), "VK does not answer in time.", True),
        (requests.ConnectTimeout(), "VK does not answer in time.", False),
        (
            requests.exceptions.SSLError(),
            "VK's certificate is not trusted here (behind a TLS inspection, set RELAY_CA_BUNDLE).",
            False,
        ),
        (_unreached(), "VK can't be reached. Is this machine on the internet?", False),
        (requests.ConnectionError("broken"), "VK can't be reached. Is this machine on the internet?", True),
        (requests.ConnectionError(), "VK can't be reached. Is this machine on the internet?", True),
        (
            requests.ConnectionError(MaxRetryError(None, "x", OSError())),  # type: ignore[arg-type]
            "VK can't be reached. Is this machine on the internet?",
            True,
        ),
    ],
)
def test_a_call_that_reached_nobody_is_not_counted(
    vk: VkSource, network: Vk, error: Exception, line: str, *, counted: bool
) -> None:
    network.says("wall.get", error)
    with pytest.raises(TryLater) as told:
        reads(vk)
    assert (told.value.line, told.value.requests, told.value.code) == (f"{line} {AGAIN}", ATTEMPTS, None)
    assert vk.quota(search=False).spent == (ATTEMPTS if counted else 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "rest", "until", "line"),
    [
        (14, "", timedelta(hours=1), "VK asks for a captcha. Open the page that VK names, confirm there"),
        (5, "", timedelta(hours=1), "VK refuses the access token. Put a valid service token into RELAY_VK_TOKEN."),
        (9, ":wall.get", timedelta(minutes=5), "VK wants a pause: too many calls of the same sort."),
        (29, ":wall.get", timedelta(minutes=30), "The daily number of calls that VK allows is used up."),
        (
            7,
            ":wall.get",
            timedelta(hours=6),
            "The token has no right to do this. It says to wall.get (error 7): Error 7.",
        ),
        (
            900,
            ":wall.get",
            timedelta(hours=1),
            "VK answers with error 900. It says to wall.get (error 900): Error 900.",
        ),
        (77777, ":wall.get", timedelta(hours=1), "VK answers with error 77777. It says to wall.get (error 77777)"),
    ],
)
def test_what_waits_for_a_person_rests(
    vk: VkSource, network: Vk, clock: FakeClock, code: int, rest: str, until: timedelta, line: str
) -> None:
    network.says("wall.get", fails(code))
    with pytest.raises(Parked) as told:
        reads(vk)
    assert (told.value.key, told.value.until, told.value.code) == (f"vk:{key()}{rest}", NOON + until, code)
    assert told.value.line.startswith(line)
    assert told.value.requests == 1
    with pytest.raises(Parked) as told:
        reads(vk)
    assert (told.value.requests, told.value.key, told.value.until) == (0, f"vk:{key()}{rest}", NOON + until)
    assert len(network.asked) == 1
    clock.moves(seconds=until.total_seconds())
    network.says("wall.get", Wall(2))
    _gets(vk)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "line", "gone"),
    [
        (15, f"VK shows this only to members. {ASK_OWNER}", False),
        (
            100,
            "VK does not accept this address. It says to wall.get (error 100): Error 100. "
            "Check the spelling of the source.",
            False,
        ),
        (18, f"The page was deleted or blocked. {LOOK}", True),
    ],
)
def test_errors_about_one_item_are_final_for_it(vk: VkSource, network: Vk, code: int, line: str, *, gone: bool) -> None:
    network.says("wall.get", fails(code))
    with pytest.raises(Closed) as told:
        reads(vk)
    assert (told.value.line, told.value.gone, told.value.code, told.value.requests) == (line, gone, code, 1)
    network.says("wall.get", Wall(2))
    assert _gets(vk).posts, "nothing rests"


@pytest.mark.slow
def test_vks_own_words_are_cut_and_hold_no_token(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", fails(100, error_msg=f"wrong secret... {'x' * 300}\nmore"))
    with pytest.raises(Closed) as told:
        reads(vk)
    assert f"(error 100): wrong …... {'x' * 189}. Check" in told.value.line
    network.says("wall.get", fails(100, error_msg=""))
    with pytest.raises(Closed) as told:
        reads(vk)
    assert told.value.line == "VK does not accept this address. Check the spelling of the source."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://id.vk.com/captcha", True),
        ("http://id.vk.com/captcha", False),
        ("https://evil.example/vk.com", False),
        (5, False),
    ],
)
def test_a_person_is_shown_a_page_of_vk_only(vk: VkSource, network: Vk, url: Any, *, shown: bool) -> None:
    network.says("wall.get", fails(14, redirect_uri=url))
    with pytest.raises(Parked) as told:
        reads(vk)
    assert told.value.action_url == (url if shown else "")


# Tokens


@pytest.mark.slow
def test_the_days_quotas_and_what_was_used(make: Make, network: Vk, clock: FakeClock) -> None:
    vk = make(vk_token=SecretStr("a,b"), vk_wall_quota=50, vk_search_quota=40, vk_comments_quota=30)
    network.says("wall.get", Wall(2))
    network.says("newsfeed.search", {"items": []})
    for _ in range(3):
        reads(vk)
    reads(vk, 10, Place("vk", "vk:tag"), "a")
    assert vk.quota(search=False) == Quota(50, 2, 3, 3)
    assert vk.quota(search=True) == Quota(40, 2, 1, 1)
    assert vk.comments_quota() == Quota(30, 2, 0, 0)
    clock.moves(hours=1)
    assert vk.quota(search=False) == Quota(50, 2, 3, 0)
    used = vk.tokens()
    assert [each.token for each in used] == [key("a"), key("b")]
    assert used == [
        TokenUsage(key("a"), {"wall.get": (2, 50), "newsfeed.search": (1, 40), "wall.getComments": (0, 30)}),
        TokenUsage(key("b"), {"wall.get": (1, 50), "newsfeed.search": (0, 40), "wall.getComments": (0, 30)}),
    ]


def test_a_token_that_rests_counts_for_nothing_unless_all_do(make: Make, network: Vk) -> None:
    vk = make(vk_token=SecretStr("a,b"))
    network.says("wall.get", Wall(2), fails(5))
    assert _gets(vk).requests == 2
    assert network.tokens == ["a", "b"]
    assert vk.quota(search=False) == Quota(5000, 1, 1, 1)
    network.says("wall.get", fails(14))
    with pytest.raises(Parked, match="captcha"):
        reads(vk)
    assert vk.quota(search=False) == Quota(5000, 2, 3, 3)


@pytest.mark.slow
def test_the_first_rest_that_ends_is_told(make: Make, network: Vk) -> None:
    vk = make(vk_token=SecretStr("a,b"))
    network.says("wall.get", None, fails(7), fails(9))
    with pytest.raises(Parked):
        reads(vk)
    with pytest.raises(Parked) as told:
        reads(vk)
    assert (told.value.key, told.value.until) == (f"vk:{key('b')}:wall.get", NOON + timedelta(minutes=5, seconds=0))
    assert told.value.hint == ""


@pytest.mark.slow
def test_our_own_quota_stops_before_vk_has_to(make: Make, network: Vk) -> None:
    vk = make(vk_wall_quota=2)
    network.says("wall.get", Wall(2))
    _gets(vk)
    _gets(vk)
    with pytest.raises(Parked, match=r"The 2 calls of wall\.get for today are used up") as told:
        reads(vk)
    assert told.value.requests == 0
    assert len(network.asked) == 2


@pytest.mark.slow
def test_calls_keep_to_the_rate(make: Make, network: Vk, clock: FakeClock) -> None:
    network.says("wall.get", Wall(2))
    vk = make(vk_rate=2.0)
    for _ in range(3):
        _gets(vk)
    assert (clock() - NOON).total_seconds() == pytest.approx(1.02)


@pytest.mark.parametrize("token", ["", " , "])
def test_without_a_token_nothing_can_be_asked(make: Make, network: Vk, token: str) -> None:
    vk = make(vk_token=SecretStr(token))
    with pytest.raises(ConfigError, match="There is no access token for VK"):
        reads(vk)
    assert vk.tokens() == []
    assert network.asked == []


@pytest.mark.slow
def test_rests_of_tokens_that_were_taken_out_are_dropped(make: Make, network: Vk, store: Store) -> None:
    network.says("wall.get", Wall(2), fails(5))
    with pytest.raises(Parked):
        reads(make(vk_token=SecretStr("a")))
    _gets(make(vk_token=SecretStr("b")))
    assert _gets(make(vk_token=SecretStr("a"))).posts, "it may come back"


@pytest.mark.slow
def test_what_vk_says_against_a_call_is_told_and_nothing_rests(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", {"count": 0}, fails(14))
    assert vk.calls.fault_of("wall.get", {"count": 1}) == ApiFault(
        Remedy.person,
        "VK asks for a captcha.",
        14,
        said="Error 14",
        hint="Open the page that VK names, confirm there, then run: relay source check CAMPAIGN",
    )
    assert vk.calls.fault_of("wall.get", {"count": 1}) is None
    assert vk.quota(search=False).spent == 0
    network.says("wall.get", fails(6))
    assert vk.calls.fault_of("wall.get", {}) == ApiFault(
        Remedy.rate, "VK was asked too often in one second.", 6, said="Error 6", pause=1.0
    )


@pytest.mark.slow
def test_every_trouble_is_one_of_the_sources_own(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", fails(2))
    with pytest.raises(SourceError) as told:
        reads(vk)
    assert told.value.__cause__ is None
    assert "secret" not in repr(told.value.__dict__)


@pytest.mark.slow
def test_answers_grow_to_what_they_weigh(vk: VkSource, network: Vk) -> None:
    """After an answer of small posts the next one may hold more of them."""
    network.says("wall.get", Wall(100))
    network.size = 100_000
    since = NOON - timedelta(hours=10_000)
    wishes = [ReadRequest(Place("vk", f"vk:club{n}", f"-{n}"), since, 100) for n in range(1, 14)]
    assert len([list(pages) for pages in vk.read_many(wishes)]) == 13
    together = [len(re.findall("API", values["code"])) for _, values in network.asked]
    assert together == [6, 7]


@pytest.mark.slow
def test_no_file_of_the_vendor_is_left_behind(vk: VkSource, network: Vk) -> None:
    network.says("wall.get", Wall(2))
    _gets(vk)
    assert not list(Path().glob("vk_config*"))
