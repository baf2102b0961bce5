from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.api import api_app
from relay.sandbox.network import Network
from tests.fakes.clock import FakeClock
from tests.sandbox.conftest import Ask
from tests.sandbox.visitor import Visitor


@pytest.fixture
def public(network: Network) -> int:
    return network.has_group("tosno", "Подслушано в Тосно")


@pytest.fixture
def client(network: Network) -> Visitor:
    return Visitor(api_app(network), "http://sandbox")


def code_of(answered: Any) -> int:
    return int(answered["error"]["error_code"])


def script(*calls: tuple[str, dict[str, Any]]) -> str:
    return "return [" + ",".join(f"API.{method}({json.dumps(params)})" for method, params in calls) + "];"


def test_only_the_right_token_gets_in(ask: Ask, network: Network) -> None:
    assert code_of(ask("users.get", access_token="wrong")) == 5
    assert code_of(ask("users.get", access_token="")) == 5
    assert code_of(ask("users.get", v="")) == 8
    assert ask("users.get") == {"response": []}
    assert network.calls == {"users.get": 1}


def test_each_token_has_its_own_quota_and_rate(ask: Ask, network: Network, public: int) -> None:
    network.also_takes("second")
    network.quota("wall.get", 1)
    network.rate(2)
    network.steady = lambda: 50.0

    def codes(token: str) -> list[int]:
        answers = [ask("wall.get", owner_id=public, access_token=token) for _ in range(3)]
        return [code_of(answered) if "error" in answered else 0 for answered in answers]

    assert codes(network.token) == codes("second") == [0, 29, 6]
    network.revokes("second")
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
    posts = [network.posts(public, str(number), at=clock() - timedelta(hours=number)) for number in range(5)]
    network.pins(posts[3])
    first = ask("wall.get", domain="tosno", count=2)["response"]
    second = ask("wall.get", owner_id=public, count=2, offset=2)["response"]

    assert first["count"] == second["count"] == 5
    assert [item["id"] for item in first["items"]] == [posts[3].id, posts[0].id]
    assert [item["id"] for item in second["items"]] == [posts[1].id, posts[2].id]
    assert first["items"][0]["is_pinned"] == 1
    assert "is_pinned" not in first["items"][1]


def test_a_wall_can_be_asked_for_the_visitors_alone(ask: Ask, network: Network, public: int) -> None:
    vera = network.has_resident("Вера", "Белова")
    network.posts(public, "сами")
    visit = network.posts(public, "гость", from_id=vera)

    assert [item["id"] for item in ask("wall.get", owner_id=public, filter="others")["response"]["items"]] == [visit.id]
    assert ask("wall.get", owner_id=public, filter="owner")["response"]["count"] == 1
    assert code_of(ask("wall.get", owner_id=public, filter="suggests")) == 15


def test_walls_that_are_not_open_say_why(ask: Ask, network: Network, public: int) -> None:
    vera = network.has_resident("Вера", "Белова", closed=True)

    assert code_of(ask("wall.get", owner_id=vera)) == 30
    for verb, code in ((network.closes, 15), (network.blocks, 19), (network.leaves, 18)):
        verb(public)
        assert code_of(ask("wall.get", owner_id=public)) == code
    network.leaves(vera)
    assert code_of(ask("wall.get", owner_id=vera)) == 18
    assert ask("utils.resolveScreenName", screen_name="tosno") == {"response": []}


def test_a_repost_brings_the_original_and_its_people(ask: Ask, network: Network, film: Path, public: int) -> None:
    vera = network.has_resident("Вера", "Белова")
    video = network.uploads(vera, film)
    own = network.posts(vera, "Читаю #proryv80", videos=[video])
    middle = network.posts(network.has_group("luga", "Луга"), "смотрите", repost_of=own)
    network.posts(public, "", repost_of=middle)
    response = ask("wall.get", owner_id=public, extended=1)["response"]

    chain = response["items"][0]["copy_history"]
    assert [old["id"] for old in chain] == [middle.id, own.id]
    assert chain[1]["attachments"][0]["video"]["owner_id"] == vera
    assert [person["id"] for person in response["profiles"]] == [vera]
    assert {entry["screen_name"] for entry in response["groups"]} == {"tosno", "luga"}


def test_texts_come_escaped(ask: Ask, network: Network, public: int) -> None:
    network.posts(public, 'Маша & Ко <"ёлка"> #proryv80')

    text = ask("wall.get", owner_id=public)["response"]["items"][0]["text"]
    assert text == "Маша &amp; Ко &lt;&quot;ёлка&quot;&gt; #proryv80"


def test_a_video_that_was_deleted_leaves_its_posts(ask: Ask, network: Network, film: Path, public: int) -> None:
    kept, lost = network.uploads(public, film), network.uploads(public, film)
    network.posts(public, "два", videos=[kept, lost])
    network.deletes_video(lost)

    shown = ask("wall.get", owner_id=public)["response"]["items"][0]["attachments"]
    assert [entry["video"]["id"] for entry in shown] == [kept.id]


def test_posts_by_id_leave_out_what_never_was(ask: Ask, network: Network, public: int) -> None:
    post = network.posts(public, "слово")
    missing = f"{public}_{post.id + 1000}"

    assert [i["id"] for i in ask("wall.getById", posts=f"{missing},{post}")["response"]["items"]] == [post.id]
    network.closes(public)
    assert ask("wall.getById", posts=str(post))["response"] == {"items": []}


def test_search_looks_back_one_day_unless_told(ask: Ask, network: Network, clock: FakeClock, public: int) -> None:
    fresh = network.posts(public, "#proryv80", at=clock() - timedelta(hours=23))
    old = network.posts(public, "#proryv80", at=clock() - timedelta(hours=25))
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
        network.posts(public, text)

    texts = [item["text"] for item in ask("newsfeed.search", q="#proryv80")["response"]["items"]]
    assert texts == ["#PRORYV80лет", "proryv80 без решётки", "#proryv80"]
    assert ask("newsfeed.search", q="")["response"]["items"] == []


def test_search_goes_on_from_page_to_page_and_ends_at_a_thousand(ask: Ask, network: Network, public: int) -> None:
    for _ in range(1003):
        network.posts(public, "#proryv80")
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
    network.posts(public, "слово")
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
    assert network.calls == {"execute": 1, "wall.get": 2, "users.get": 1}
    assert [call.inner for call in network.history] == [False, True, True, True]


def test_execute_spends_the_quota_of_what_it_calls(ask: Ask, network: Network, public: int) -> None:
    network.quota("wall.get", 3)
    answered = ask("execute", code=script(*[("wall.get", {"owner_id": public})] * 5))

    assert [bool(result) for result in answered["response"]] == [True, True, True, False, False]
    assert {error["error_code"] for error in answered["execute_errors"]} == {29}
    assert code_of(ask("wall.get", owner_id=public)) == 29


def test_execute_has_its_limits(ask: Ask, network: Network, public: int) -> None:
    one = ("wall.get", {"owner_id": public})

    assert len(ask("execute", code=script(*[one] * 25))["response"]) == 25
    assert code_of(ask("execute", code=script(*[one] * 26))) == 13
    for wrong in ("", "1+1", "return [API.wall.get({bad})];", "return [API.wall.get({}];", "return [];", "return 1;"):
        assert code_of(ask("execute", code=wrong)) == 12, wrong
    network.posts(public, "ё" * 150_000)  # two bytes each: 20 such answers are more than 5 MB, 10 are not
    assert code_of(ask("execute", code=script(*[one] * 20))) == 13
    assert len(ask("execute", code=script(*[one] * 10))["response"]) == 10


def test_execute_gives_a_single_answer_without_brackets(ask: Ask, public: int) -> None:
    assert ask("execute", code='return API.wall.get({"domain": "tosno"});')["response"]["count"] == 0


def test_an_ordered_error_answers_with_its_extras(ask: Ask, network: Network, public: int) -> None:
    network.fails("wall.get", 14, captcha_sid="7")
    network.fails("wall.get", 15, message="Access denied: just so")

    captcha = ask("wall.get", owner_id=public)["error"]
    assert (captcha["error_code"], captcha["captcha_sid"]) == (14, "7")
    assert captcha["redirect_uri"].startswith("https://id.vk.com/")
    assert ask("wall.get", owner_id=public)["error"]["error_msg"] == "Access denied: just so"
    assert "response" in ask("wall.get", owner_id=public)


def test_too_many_requests_in_a_second_are_error_6(ask: Ask, network: Network, public: int) -> None:
    network.steady = lambda: 50.0
    network.rate(2)

    codes = ["error" in ask("wall.get", owner_id=public) for _ in range(3)]
    assert codes == [False, False, True]
    assert network.calls["wall.get"] == 2


# HTTP


def test_get_post_and_bearer_are_the_same(client: Visitor, network: Network, public: int) -> None:
    params = {"domain": "tosno", "v": "5.199"}
    bearer = {"Authorization": f"Bearer {network.token}"}

    asked = [
        client.get("/method/wall.get", params={**params, "access_token": network.token}),
        client.post("/method/wall.get", data={**params, "access_token": network.token}),
        client.post("/method/wall.get", data=params, headers=bearer),
    ]
    assert [answered.status_code for answered in asked] == [200] * 3
    assert [answered.json()["response"]["count"] for answered in asked] == [0] * 3
    assert network.requests == 3


def test_a_hash_sign_must_be_encoded(client: Visitor, network: Network, public: int) -> None:
    network.posts(public, "#proryv80")
    head = f"/method/newsfeed.search?v=5.199&access_token={network.token}&q="

    assert client.get(f"{head}%23proryv80").json()["response"]["count"] == 1
    assert client.get(f"{head}#proryv80").json()["response"]["count"] == 0


def test_errors_come_with_status_200(client: Visitor) -> None:
    answered = client.get("/method/wall.get")

    assert (answered.status_code, code_of(answered.json())) == (200, 5)


def test_the_lines_can_be_bad(client: Visitor, network: Network) -> None:
    params = {"access_token": network.token, "v": "5.199"}
    network.answers_status(502)
    assert client.get("/method/users.get", params=params).status_code == 502
    network.answers_html()
    page = client.get("/method/users.get", params=params)
    assert (page.status_code, page.text[:9]) == (200, "<!DOCTYPE")
    network.truncates_json()
    with pytest.raises(json.JSONDecodeError):
        client.get("/method/users.get", params=params).json()
    assert client.get("/method/users.get", params=params).json() == {"response": []}
