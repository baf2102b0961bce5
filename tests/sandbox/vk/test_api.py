from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.vk.api import api_app
from tests.fakes.clock import FakeClock
from tests.sandbox.conftest import Ask
from tests.sandbox.visitor import Visitor, waits_of


@pytest.fixture
def public(network: Network) -> int:
    return network.vk.has_group("tosno", "Подслушано в Тосно")


@pytest.fixture
def client(network: Network) -> Visitor:
    return Visitor(api_app(network.vk), "http://sandbox")


def code_of(answered: Any) -> int:
    return int(answered["error"]["error_code"])


def script(*calls: tuple[str, dict[str, Any]]) -> str:
    return "return [" + ",".join(f"API.{method}({json.dumps(params)})" for method, params in calls) + "];"


def test_only_the_right_token_gets_in(ask: Ask, network: Network) -> None:
    assert code_of(ask("users.get", access_token="wrong")) == 5
    assert code_of(ask("users.get", access_token="")) == 5
    assert code_of(ask("users.get", v="")) == 8
    assert ask("users.get") == {"response": []}
    assert network.vk.api.calls == {"users.get": 1}


def test_each_token_has_its_own_quota_and_rate(ask: Ask, network: Network, public: int) -> None:
    network.vk.api.also_takes("second")
    network.vk.api.quota("wall.get", 1)
    network.vk.api.rate(2)
    network.vk.api.steady = lambda: 50.0

    def codes(token: str) -> list[int]:
        answers = [ask("wall.get", owner_id=public, access_token=token) for _ in range(3)]
        return [code_of(answered) if "error" in answered else 0 for answered in answers]

    assert codes(network.vk.api.token) == codes("second") == [0, 29, 6]
    network.vk.api.revokes("second")
    assert codes("second") == [5, 5, 5]


def test_what_a_service_token_may_not_call_and_what_nobody_can(ask: Ask) -> None:
    assert code_of(ask("video.get", videos="1_1")) == 28
    assert code_of(ask("wall.invented")) == 3


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("wall.get", {}),
        ("wall.get", {"owner_id": "x"}),
        ("wall.get", {"domain": "nobody"}),
        ("wall.get", {"domain": "tosno", "count": 101}),
        ("wall.get", {"domain": "tosno", "offset": -1}),
        ("wall.getById", {}),
        ("wall.getById", {"posts": "no_post"}),
        ("newsfeed.search", {"q": "#a", "count": 201}),
        ("newsfeed.search", {"q": "#a", "start_from": "x/1_1"}),
        ("groups.getById", {"group_ids": "nobody"}),
        ("utils.resolveScreenName", {}),
    ],
)
def test_wrong_parameters_are_error_100(ask: Ask, public: int, method: str, params: dict[str, Any]) -> None:
    assert code_of(ask(method, **params)) == 100


def test_pages_of_a_wall_count_the_pinned_post(ask: Ask, network: Network, clock: FakeClock, public: int) -> None:
    posts = [network.vk.posts(public, str(number), at=clock() - timedelta(hours=number)) for number in range(5)]
    network.vk.pins(posts[3])
    first = ask("wall.get", domain="tosno", count=2)["response"]
    second = ask("wall.get", owner_id=public, count=2, offset=2)["response"]

    assert first["count"] == second["count"] == 5
    assert [item["id"] for item in first["items"]] == [posts[3].id, posts[0].id]
    assert [item["id"] for item in second["items"]] == [posts[1].id, posts[2].id]
    assert first["items"][0]["is_pinned"] == 1
    assert "is_pinned" not in first["items"][1]


def test_a_wall_can_be_asked_for_the_visitors_alone(ask: Ask, network: Network, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова")
    network.vk.posts(public, "сами")
    visit = network.vk.posts(public, "гость", from_id=vera)

    assert [item["id"] for item in ask("wall.get", owner_id=public, filter="others")["response"]["items"]] == [visit.id]
    assert ask("wall.get", owner_id=public, filter="owner")["response"]["count"] == 1
    assert code_of(ask("wall.get", owner_id=public, filter="suggests")) == 15


def test_walls_that_are_not_open_say_why(ask: Ask, network: Network, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова", closed=True)

    assert code_of(ask("wall.get", owner_id=vera)) == 30
    for verb, code in ((network.vk.closes, 15), (network.vk.blocks, 19), (network.vk.leaves, 18)):
        verb(public)
        assert code_of(ask("wall.get", owner_id=public)) == code
    network.vk.leaves(vera)
    assert code_of(ask("wall.get", owner_id=vera)) == 18
    assert ask("utils.resolveScreenName", screen_name="tosno") == {"response": []}


def test_a_repost_brings_the_original_and_its_people(ask: Ask, network: Network, film: Path, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова")
    video = network.vk.uploads(vera, film)
    own = network.vk.posts(vera, "Читаю #proryv80", videos=[video])
    middle = network.vk.posts(network.vk.has_group("luga", "Луга"), "смотрите", repost_of=own)
    network.vk.posts(public, "", repost_of=middle)
    response = ask("wall.get", owner_id=public, extended=1)["response"]

    chain = response["items"][0]["copy_history"]
    assert [old["id"] for old in chain] == [middle.id, own.id]
    assert chain[1]["attachments"][0]["video"]["owner_id"] == vera
    assert [person["id"] for person in response["profiles"]] == [vera]
    assert {entry["screen_name"] for entry in response["groups"]} == {"tosno", "luga"}


def test_texts_come_escaped(ask: Ask, network: Network, public: int) -> None:
    network.vk.posts(public, 'Маша & Ко <"ёлка"> #proryv80')

    text = ask("wall.get", owner_id=public)["response"]["items"][0]["text"]
    assert text == "Маша &amp; Ко &lt;&quot;ёлка&quot;&gt; #proryv80"


def test_a_video_that_was_deleted_leaves_its_posts(ask: Ask, network: Network, film: Path, public: int) -> None:
    kept, lost = network.vk.uploads(public, film), network.vk.uploads(public, film)
    network.vk.posts(public, "два", videos=[kept, lost])
    network.vk.deletes_video(lost)

    shown = ask("wall.get", owner_id=public)["response"]["items"][0]["attachments"]
    assert [entry["video"]["id"] for entry in shown] == [kept.id]


def test_posts_by_id_leave_out_what_never_was(ask: Ask, network: Network, public: int) -> None:
    post = network.vk.posts(public, "слово")
    missing = f"{public}_{post.id + 1000}"

    assert [i["id"] for i in ask("wall.getById", posts=f"{missing},{post}")["response"]["items"]] == [post.id]
    network.vk.closes(public)
    assert ask("wall.getById", posts=str(post))["response"] == {"items": []}


def test_search_looks_back_one_day_unless_told(ask: Ask, network: Network, clock: FakeClock, public: int) -> None:
    fresh = network.vk.posts(public, "#proryv80", at=clock() - timedelta(hours=23))
    old = network.vk.posts(public, "#proryv80", at=clock() - timedelta(hours=25))
    since = int((clock() - timedelta(days=3)).timestamp())
    until = int((clock() - timedelta(days=1)).timestamp())

    def found(**params: Any) -> list[int]:
        items = ask("newsfeed.search", q="#proryv80", **params)["response"]["items"]
        return [item["id"] for item in items]

    assert found() == [fresh.id]
    assert found(start_time=since) == [fresh.id, old.id]
    assert found(start_time=since, end_time=until) == [old.id]


def test_search_is_fuzzy(ask: Ask, network: Network, public: int) -> None:
    for text in ("#proryv80", "proryv80 без решётки", "#PRORYV80лет", "другое #proryv 80", "#прорыв80"):
        network.vk.posts(public, text)

    texts = [item["text"] for item in ask("newsfeed.search", q="#proryv80")["response"]["items"]]
    assert texts == ["#PRORYV80лет", "proryv80 без решётки", "#proryv80"]
    assert ask("newsfeed.search", q="")["response"]["items"] == []


@pytest.mark.slow
def test_search_goes_on_from_page_to_page_and_ends_at_a_thousand(ask: Ask, network: Network, public: int) -> None:
    for _ in range(1003):
        network.vk.posts(public, "#proryv80")
    seen: list[int] = []
    start_from = ""
    for _page in range(20):
        response = ask("newsfeed.search", q="#proryv80", count=200, start_from=start_from)["response"]
        assert response["total_count"] == 1003
        seen += [item["id"] for item in response["items"]]
        if not (start_from := response.get("next_from", "")):
            break

    assert len(seen) == len(set(seen)) == 1000
    assert seen == sorted(seen, reverse=True)


def test_execute_makes_many_calls_in_one_request(ask: Ask, network: Network, public: int) -> None:
    network.vk.posts(public, "слово")
    answered = ask(
        "execute",
        code=script(
            ("wall.get", {"owner_id": public, "count": 1, "extended": True}),
            ("wall.get", {"owner_id": -5}),
            ("video.get", {}),
            ("users.get", {"user_ids": [1, 2]}),
        ),
    )

    assert answered["response"][0]["count"] == 1
    assert answered["response"][1:] == [False, False, []]
    assert [(error["method"], error["error_code"]) for error in answered["execute_errors"]] == [
        ("wall.get", 100),
        ("video.get", 28),
    ]
    assert network.vk.api.calls == {"execute": 1, "wall.get": 2, "users.get": 1}
    assert [call.inner for call in network.vk.api.history] == [False, True, True, True]


def test_execute_spends_the_quota_of_what_it_calls(ask: Ask, network: Network, public: int) -> None:
    network.vk.api.quota("wall.get", 3)
    answered = ask("execute", code=script(*[("wall.get", {"owner_id": public})] * 5))

    assert [bool(result) for result in answered["response"]] == [True, True, True, False, False]
    assert {error["error_code"] for error in answered["execute_errors"]} == {29}
    assert code_of(ask("wall.get", owner_id=public)) == 29


@pytest.mark.slow
def test_execute_has_its_limits(ask: Ask, network: Network, public: int) -> None:
    one = ("wall.get", {"owner_id": public})

    assert len(ask("execute", code=script(*[one] * 25))["response"]) == 25
    assert code_of(ask("execute", code=script(*[one] * 26))) == 13
    for wrong in ("", "1+1", "return [API.wall.get({bad})];", "return [API.wall.get({}];", "return [];", "return 1;"):
        assert code_of(ask("execute", code=wrong)) == 12, wrong
    network.vk.posts(public, "ё" * 150_000)  # two bytes each: 20 such answers are more than 5 MB, 10 are not
    assert code_of(ask("execute", code=script(*[one] * 20))) == 13
    assert len(ask("execute", code=script(*[one] * 10))["response"]) == 10


def test_execute_gives_a_single_answer_without_brackets(ask: Ask, public: int) -> None:
    assert ask("execute", code='return API.wall.get({"domain": "tosno"});')["response"]["count"] == 0


def test_an_ordered_error_answers_with_its_extras(ask: Ask, network: Network, public: int) -> None:
    network.vk.api.fails("wall.get", 14, captcha_sid="7")
    network.vk.api.fails("wall.get", 15, message="Access denied: just so")

    captcha = ask("wall.get", owner_id=public)["error"]
    assert (captcha["error_code"], captcha["captcha_sid"]) == (14, "7")
    assert captcha["redirect_uri"].startswith("https://id.vk.com/")
    assert ask("wall.get", owner_id=public)["error"]["error_msg"] == "Access denied: just so"
    assert "response" in ask("wall.get", owner_id=public)


def test_too_many_requests_in_a_second_are_error_6(ask: Ask, network: Network, public: int) -> None:
    network.vk.api.steady = lambda: 50.0
    network.vk.api.rate(2)

    codes = ["error" in ask("wall.get", owner_id=public) for _ in range(3)]
    assert codes == [False, False, True]
    assert network.vk.api.calls["wall.get"] == 2


# HTTP


def test_get_post_and_bearer_are_the_same(client: Visitor, network: Network, public: int) -> None:
    params = {"domain": "tosno", "v": "5.199"}
    bearer = {"Authorization": f"Bearer {network.vk.api.token}"}

    asked = [
        client.get("/method/wall.get", params={**params, "access_token": network.vk.api.token}),
        client.post("/method/wall.get", data={**params, "access_token": network.vk.api.token}),
        client.post("/method/wall.get", data=params, headers=bearer),
    ]
    assert [answered.status_code for answered in asked] == [200] * 3
    assert [answered.json()["response"]["count"] for answered in asked] == [0] * 3
    assert network.vk.api.requests == 3


def test_a_hash_sign_must_be_encoded(client: Visitor, network: Network, public: int) -> None:
    network.vk.posts(public, "#proryv80")
    head = f"/method/newsfeed.search?v=5.199&access_token={network.vk.api.token}&q="

    assert client.get(f"{head}%23proryv80").json()["response"]["count"] == 1
    assert client.get(f"{head}#proryv80").json()["response"]["count"] == 0


def test_errors_come_with_status_200(client: Visitor) -> None:
    answered = client.get("/method/wall.get")

    assert (answered.status_code, code_of(answered.json())) == (200, 5)


def test_the_lines_can_be_bad(client: Visitor, network: Network) -> None:
    params = {"access_token": network.vk.api.token, "v": "5.199"}
    network.vk.api.answers_status(502)
    assert client.get("/method/users.get", params=params).status_code == 502
    network.vk.api.answers_html()
    page = client.get("/method/users.get", params=params)
    assert (page.status_code, page.text[:9]) == (200, "<!DOCTYPE")
    network.vk.api.truncates_json()
    with pytest.raises(json.JSONDecodeError):
        client.get("/method/users.get", params=params).json()
    assert client.get("/method/users.get", params=params).json() == {"response": []}


# Every call with its limits


def error(answered: Any) -> tuple[int, str]:
    return answered["error"]["error_code"], answered["error"]["error_msg"]


def test_an_error_says_what_is_wrong_and_echoes_the_request(ask: Ask, network: Network, public: int) -> None:
    answered = ask("wall.get", domain="tosno", count="many")["error"]
    wrong = "One of the parameters specified was missing or invalid"
    assert (answered["error_code"], answered["error_msg"]) == (100, f"{wrong}: count not integer")
    echoed = {entry["key"]: entry["value"] for entry in answered["request_params"]}
    assert echoed == {"oauth": "1", "method": "wall.get", "v": "5.199", "domain": "tosno", "count": "many"}
    assert error(ask("wall.get", domain="tosno", count=-1)) == (100, f"{wrong}: count should be greater or equal to 0")
    assert error(ask("wall.get", domain="tosno", count=101)) == (100, f"{wrong}: count should be less or equal to 100")
    assert error(ask("wall.get")) == (100, f"{wrong}: domain is undefined")
    assert error(ask("wall.get", v="")) == (8, "Invalid request: v (version) is required")
    assert error(ask("wall.get", access_token="")) == (5, "User authorization failed: no access_token passed.")
    network.vk.api.fails("wall.get", 4242)
    assert error(ask("wall.get", domain="tosno")) == (4242, "Unknown error occurred")


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("service", {"video.get": 28, "wall.get": 0, "users.get": 0, "groups.get": 28, "nothing": 3}),
        ("user", {"video.get": 15, "wall.get": 0, "users.get": 0, "groups.get": 15, "nothing": 3}),
        ("group", {"video.get": 27, "wall.get": 27, "users.get": 0, "groups.getById": 0, "nothing": 27}),
    ],
)
def test_each_kind_of_token_may_call_what_is_for_it(
    ask: Ask, network: Network, public: int, kind: str, codes: dict[str, int]
) -> None:
    network.vk.api.also_takes("another", kind=kind)
    for method, code in codes.items():
        answered = ask(method, access_token="another", domain="tosno", group_ids="tosno")
        assert (code_of(answered) if "error" in answered else 0) == code, method
    refused = {method for method, code in codes.items() if code not in (0, 3)}
    assert refused <= set(network.vk.api.calls), "those that are refused for their kind are counted too"


def test_who_is_not_let_in_is_not_counted(ask: Ask, network: Network) -> None:
    for words in ({"access_token": "wrong"}, {"v": ""}):
        ask("users.get", **words)
    ask("nothing")
    assert network.vk.api.calls == {}


def many(network: Network, owner: int, count: int) -> list[int]:
    """Numbers of posts, newest first."""
    return [network.vk.posts(owner, "#тег", at=network.now() - timedelta(minutes=at)).id for at in range(count)]


def ids(answered: Any) -> list[int]:
    return [item["id"] for item in answered["response"]["items"]]


def test_a_page_of_a_wall_has_20_posts_unless_told_and_100_at_most(ask: Ask, network: Network, public: int) -> None:
    posts = many(network, public, 102)
    assert ids(ask("wall.get", owner_id=public)) == posts[:20]
    assert ids(ask("wall.get", owner_id=public, count=100, offset=1)) == posts[1:101]
    assert ids(ask("wall.get", owner_id=public, count=0)) == []
    shown = ask("wall.get", owner_id=public, count=1, extended=0)["response"]
    assert (list(shown), shown["count"]) == (["count", "items"], 102)
    extended = ask("wall.get", owner_id=public, count=1, extended="true")["response"]
    assert list(extended) == ["count", "items", "profiles", "groups", "reaction_sets"]
    assert extended["reaction_sets"] == [{"id": "reactions", "items": []}]
    assert "groups" not in ask("wall.get", owner_id=public, extended="yes")["response"]


def test_a_filtered_wall_has_pages_too(ask: Ask, network: Network, public: int) -> None:
    mine = many(network, public, 3)
    guests = [network.vk.posts(public, "x", from_id=7, at=network.now() - timedelta(days=at)).id for at in range(3)]
    shown = ask("wall.get", owner_id=public, filter="others", offset=1, count=1)
    assert (ids(shown), shown["response"]["count"]) == (guests[1:2], 3)
    assert ids(ask("wall.get", owner_id=public, filter="owner", offset=1)) == mine[1:]
    assert len(ids(ask("wall.get", owner_id=public, filter="all"))) == 6


def test_nobody_s_wall_is_told_by_the_number_asked_for(ask: Ask, network: Network) -> None:
    assert code_of(ask("wall.get", owner_id=5)) == 18
    assert error(ask("wall.get", owner_id=-5))[1].endswith(": owner_id is invalid")
    assert code_of(ask("wall.get", domain="nobody")) == 100
    assert error(ask("wall.get", owner_id=-(10**12) - 1))[1].endswith("greater or equal to -1000000000000")
    assert error(ask("wall.get", owner_id=-(10**12)))[1].endswith(": owner_id is invalid")


def test_why_a_wall_is_shut_is_told_by_whose_it_is(ask: Ask, network: Network, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова")
    for verb, codes in ((network.vk.closes, (15, 30)), (network.vk.blocks, (19, 18)), (network.vk.leaves, (18, 18))):
        for owner, code in zip((public, vera), codes, strict=True):
            verb(owner)
            assert code_of(ask("wall.get", owner_id=owner)) == code
    network.vk.opens(public)
    network.vk.closes(public)
    assert error(ask("wall.get", owner_id=public))[1] == (
        "Access denied: this wall available only for community members"
    )


def test_posts_by_id_show_two_originals_unless_told(ask: Ask, network: Network, public: int) -> None:
    post = network.vk.posts(public, "раз")
    for _ in range(3):
        post = network.vk.posts(public, "", repost_of=post)

    def depth(**words: Any) -> int:
        (item,) = ask("wall.getById", posts=str(post), **words)["response"]["items"]
        return len(item.get("copy_history", []))

    assert (depth(), depth(copy_history_depth=0), depth(copy_history_depth=3)) == (2, 0, 3)
    shown = ask("wall.getById", posts=f" {post} ,", extended=1)["response"]
    assert ([group["id"] for group in shown["groups"]], shown["profiles"]) == ([-public], [])
    assert "groups" not in ask("wall.getById", posts=str(post))["response"]
    network.vk.deletes(post)
    gone = {"owner_id": public, "id": post.id, "date": 0, "is_deleted": True}
    assert ask("wall.getById", posts=f"{post}_abc")["response"]["items"] == [gone]
    for odd in ("1", "a_1", "1_b"):
        assert error(ask("wall.getById", posts=odd))[1].endswith(": posts is invalid")


def test_comments_have_pages_an_order_and_answers(ask: Ask, network: Network, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова", town="Мга")
    post = network.vk.posts(public, "x")
    asked = {"owner_id": public, "post_id": post.id}
    below = [network.vk.comments(post, "о" * 95, by=vera) for _ in range(12)]
    answers = [network.vk.comments(post, "да", by=public, answers=below[0]) for _ in range(11)]
    shown = ask("wall.getComments", **asked)
    assert ids(shown) == below[:10]
    assert {key: value for key, value in shown["response"].items() if key != "items"} == {
        "count": 23, "current_level_count": 12, "can_post": False, "show_reply_button": False,
        "groups_can_post": True,
    }  # fmt: skip
    first = shown["response"]["items"][0]
    assert (first["text"], first["thread"]["count"], first["thread"]["items"]) == ("о" * 90 + "...", 11, [])
    assert ids(ask("wall.getComments", **asked, offset=10, count=1)) == below[10:11]
    assert ids(ask("wall.getComments", **asked, count=100, sort="desc")) == below[::-1]
    whole = ask("wall.getComments", **asked, preview_length=0, thread_items_count=10)["response"]["items"][0]
    assert (len(whole["text"]), [one["id"] for one in whole["thread"]["items"]]) == (95, answers[:10])
    network.vk.deletes_comment(post, below[0])
    extended = ask("wall.getComments", **asked, extended=1, fields="city", thread_items_count=1)["response"]
    assert extended["count"] == 22
    assert [one["city"]["title"] for one in extended["profiles"]] == ["Мга"]
    assert [one["id"] for one in extended["groups"]] == [-public]


def test_comments_that_are_not_to_be_had_say_why(ask: Ask, network: Network, public: int) -> None:
    post, other = network.vk.posts(public, "x"), network.vk.posts(public, "y")
    asked = {"owner_id": public, "post_id": post.id}
    for words in ({"count": 101}, {"thread_items_count": 11}, {"offset": -1}, {"post_id": "x"}):
        assert code_of(ask("wall.getComments", **{**asked, **words})) == 100
    assert ids(ask("wall.getComments", **asked)) == []
    network.vk.closes_comments(post)
    assert code_of(ask("wall.getComments", **asked)) == 212
    network.vk.deletes(other)
    for number in (other.id, 0, 1_000_000):
        assert error(ask("wall.getComments", **{**asked, "post_id": number})) == (15, "Access denied: post not found")
    network.vk.closes(public)
    assert error(ask("wall.getComments", **asked))[1] != "Access denied: post not found"


def test_a_page_of_a_search_has_30_posts_unless_told(ask: Ask, network: Network, public: int) -> None:
    posts = many(network, public, 202)
    shown = ask("newsfeed.search", q="#тег")["response"]
    assert [item["id"] for item in shown["items"]] == posts[:30]
    assert (shown["count"], shown["total_count"], shown["next_from"]) == (202, 202, f"30/{public}_{posts[29]}")
    assert "groups" not in shown
    largest = ask("newsfeed.search", q="#тег", count=200, extended=1)["response"]
    assert (len(largest["items"]), largest["next_from"][:4]) == (200, "200/")
    assert [group["id"] for group in largest["groups"]] == [-public]
    rest = ask("newsfeed.search", q="#тег", count=200, start_from=largest["next_from"])["response"]
    assert ([item["id"] for item in rest["items"]], "next_from" in rest) == (posts[200:], False)
    exact = ask("newsfeed.search", q="#тег", count=2, start_from="200")["response"]
    assert (len(exact["items"]), "next_from" in exact) == (2, False)
    beyond = ask("newsfeed.search", q="#тег", start_from="500/x")["response"]
    assert (beyond["items"], beyond["count"], "next_from" in beyond) == ([], 202, False)


def test_a_search_takes_both_seconds_whole(ask: Ask, network: Network, clock: FakeClock, public: int) -> None:
    hour = clock() - timedelta(hours=1)
    moments = [hour - timedelta(microseconds=1), hour, hour + timedelta(seconds=0.999999), hour + timedelta(seconds=1)]
    posts = [network.vk.posts(public, "#тег", at=at).id for at in moments]
    at = int(hour.timestamp())
    assert ids(ask("newsfeed.search", q="тег", start_time=at, end_time=at)) == [posts[2], posts[1]]
    assert ids(ask("newsfeed.search", q="тег", start_time=at)) == posts[:0:-1]


def test_words_of_a_search_begin_words_of_a_post(ask: Ask, network: Network, public: int) -> None:
    wanted = network.vk.posts(public, "Ёлка, зелёная-презелёная").id
    for words, found in (("ЕЛК зел", True), ("елка", True), ("лка", False), ("елка синяя", False), ("#", False)):
        assert (ids(ask("newsfeed.search", q=words)) == [wanted]) is found, words


def test_publics_and_people_are_looked_up_by_many(ask: Ask, network: Network, public: int) -> None:
    vera = network.vk.has_resident("Вера", "Белова", town="Мга", screen_name="vera")
    luga = network.vk.has_group("luga", "Луга")
    publics = ask("groups.getById", group_ids=f"luga,{-public},vera,nobody,{vera}")["response"]
    assert ([one["id"] for one in publics["groups"]], publics["profiles"]) == ([-luga, -public], [])
    assert ask("groups.getById", group_id="luga")["response"]["groups"][0]["id"] == -luga
    full, many_ = ",".join(["luga"] * 500), ",".join(["luga"] * 501)
    assert len(ask("groups.getById", group_ids=full)["response"]["groups"]) == 500
    assert error(ask("groups.getById", group_ids=many_))[1].endswith("no more than 500 values")
    people = ask("users.get", user_ids=f"vera,{vera},{-public},luga,5", fields="city")["response"]
    assert [(one["id"], one["city"]["title"]) for one in people] == [(vera, "Мга")] * 2
    assert "city" not in ask("users.get", user_ids="vera")["response"][0]
    full, many_ = ",".join(["5"] * 1000), ",".join(["5"] * 1001)
    assert ask("users.get", user_ids=full)["response"] == []
    assert error(ask("users.get", user_ids=many_))[1].endswith("no more than 1000 values")
    assert ask("utils.resolveScreenName", screen_name=" vera ")["response"] == {"type": "user", "object_id": vera}
    assert ask("utils.resolveScreenName", screen_name="luga")["response"] == {"type": "group", "object_id": -luga}
    network.vk.leaves(vera)
    assert ask("utils.resolveScreenName", screen_name=f"id{vera}")["response"] == []


def test_execute_reads_what_it_is_given_as_vk_does(ask: Ask, network: Network, public: int) -> None:
    assert ask("execute", code="return API.users.get();")["response"] == []
    assert ask("execute", code=" return  [ API.users.get( ) , API.users.get({}) ] ; ")["response"] == [[], []]
    ask("execute", code=script(("users.get", {"user_ids": [1, "a", True], "flag": False, "count": 2})))
    inner = {"user_ids": "1,a,1", "flag": "0", "count": "2"}
    assert (network.vk.api.history[-1].params, network.vk.api.history[-1].inner) == (inner, True)
    for odd in ("return API.users.get({}", "return API.users.get([1]);", "return API.users.get({}); 1",
                "API.users.get({});"):  # fmt: skip
        assert code_of(ask("execute", code=odd)) == 12, odd
    network.vk.api.fails("execute", 10)
    assert code_of(ask("execute", code="return API.users.get();")) == 10
    clean = ask("execute", code=script(("users.get", {})))
    assert clean == {"response": [[]]}
    network.vk.api.fails("users.get", 9, message="Slowly")
    assert ask("execute", code=script(("users.get", {}))) == {
        "response": [False],
        "execute_errors": [{"method": "users.get", "error_code": 9, "error_msg": "Slowly"}],
    }


def test_a_token_given_by_name_wins_over_the_bearer_s(client: Visitor, network: Network) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    given = client.get(f"/method/users.get?v=5.199&access_token={network.vk.api.token}", headers=wrong)
    assert given.json() == {"response": []}
    assert given.headers["content-type"] == "application/json; charset=utf-8"
    assert code_of(client.get("/method/users.get?v=5.199", headers=wrong).json()) == 5


def test_bad_lines_come_in_their_order(client: Visitor, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    waited = waits_of(monkeypatch)
    url = f"/method/users.get?v=5.199&access_token={network.vk.api.token}"
    assert (client.get(url).status_code, waited) == (200, [])
    network.is_slow(7.5)
    network.vk.api.truncates_json()
    broken = client.get(url)
    assert (broken.text, waited) == ('{"respo', [7.5])
    network.vk.api.answers_status(502)
    network.vk.api.answers_html()
    refused, page = client.get(url), client.get(url)
    assert (refused.status_code, refused.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    network.is_down()
    assert client.get(url).status_code == 503
    assert network.vk.api.requests == 5


def test_a_method_may_show_nothing_and_say_nothing_of_it(network: Network, ask: Ask) -> None:
    vk = network.vk
    wall = vk.has_group("gorod", "Город")
    vk.posts(wall, "#proryv80")
    vk.api.shows_nothing("newsfeed.search")
    found, shown = ask("newsfeed.search", q="#proryv80")["response"], ask("wall.get", owner_id=wall)["response"]
    assert (found["count"], found["items"]) == (0, [])
    assert (shown["count"], len(shown["items"])) == (1, 1)
