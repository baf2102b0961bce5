"""The sandbox's answers against captured answers of the real VK and VK's own schema 5.199.

The facts are in vk_shapes.json; where the captures are at hand, the file is checked against them first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.network import Network
from relay.sandbox.vk.records import Attached, Key
from tests.sandbox.conftest import Ask
from tests.sandbox.evidence import SUMMARY, gather, paths_of

DOCUMENTED = {
    "comment": {
        "thread.count": "integer",
        "thread.items": "array",
        "thread.can_post": "boolean",
        "thread.show_reply_button": "boolean",
        "thread.groups_can_post": "boolean",
    },
    "group": {"deactivated": "string"},
    "profile": {"deactivated": "string", "city": "object", "city.id": "integer", "city.title": "string"},
    "wall.get": {"reaction_sets": "array"},
    "original": {"inner_type": "string", "type": "string"},
}
"""What VK's documentation names, or captures that could not be kept show, and these captures lack.

`deactivated`, `city`: dev.vk.com/ru/reference/objects/user and …/group. `reaction_sets` of wall.get:
docs/vk.md. The `thread` of a comment: dev.vk.com/ru/reference/objects/comment.
An original is a wall_wallpost_full like any post (schema).
"""

FACTS: dict[str, Any] = json.loads(SUMMARY.read_text("utf-8"))


@pytest.mark.slow
def test_the_summary_says_what_the_captures_say(shared: Path) -> None:
    assert gather(shared / "corpus" / "vk_json") == FACTS


def faults(kind: str, value: dict[str, Any], *, whole: bool = True) -> list[str]:
    """What in `value` VK would not send, and what is missing that VK always sends."""
    known = FACTS[kind]["types"] | {path: [name] for path, name in DOCUMENTED.get(kind, {}).items()}
    wrong = []
    for path, name in paths_of(value):
        if path not in known:
            wrong.append(f"{kind}: {path} is nowhere in VK")
        elif name not in known[path] and not (name == "integer" and "number" in known[path]):
            wrong.append(f"{kind}: {path} is {known[path]} in VK, not {name}")
    missing = set(FACTS[kind]["always"]) - set(value) if whole else set()
    return wrong + [f"{kind}: {key} is missing" for key in sorted(missing)]


def faults_of_post(post: dict[str, Any]) -> list[str]:
    """A post with all that is in it."""
    wrong = faults("post", {key: value for key, value in post.items() if key != "copy_history"})
    for attachment in post["attachments"]:
        if "video" in attachment:
            wrong += faults_of_video(attachment["video"])
        elif (kind := attachment["type"]) in FACTS:
            wrong += faults(kind, attachment[kind], whole=False)
    for old in post.get("copy_history", []):
        wrong += faults("original", old)
        for attachment in old["attachments"]:
            wrong += faults_of_video(attachment["video"])
    return wrong


def faults_of_video(video: dict[str, Any]) -> list[str]:
    return faults("processing video" if "processing" in video else "video", video)


def faults_of_people(response: dict[str, Any]) -> list[str]:
    wrong = [fault for person in response["profiles"] for fault in faults("profile", person)]
    return wrong + [fault for public in response["groups"] for fault in faults("group", public)]


def bare(response: dict[str, Any]) -> dict[str, Any]:
    return {key: [] if isinstance(value, list) else value for key, value in response.items()}


@pytest.fixture
def public(network: Network, film: Path) -> int:
    """A public with one of everything."""
    public = network.vk.has_group("tosno", "Подслушано в Тосно")
    vera = network.vk.has_resident("Вера", "Белова", town="Тосно", sex=1)
    ready = network.vk.uploads(vera, film, title="Читаю")
    clip = network.vk.uploads(vera, film, kind="short_video", description="#proryv80", width=1080, height=1920)
    fresh = network.vk.uploads(vera, film, kind="short_video", processing=True)
    private, restricted = network.vk.uploads(vera, film), network.vk.uploads(public, film, by=vera)
    network.vk.hides_video(private)
    network.vk.restricts_video(restricted)
    foreign = network.vk.uploads(public, film, platform="YouTube")
    live = network.vk.uploads(public, film, kind="live", duration=0)
    own = network.vk.posts(vera, "Читаю #proryv80", videos=[ready, clip])
    network.vk.posts(public, "", repost_of=own)
    edited = network.vk.posts(public, "без тега", videos=[fresh, private], from_id=vera)
    network.vk.edits(edited, "#proryv80")
    network.vk.posts(public, "#proryv80 от жителя", videos=[restricted, foreign, live], signer_id=vera)
    network.vk.posts(public, "Правила #proryv80", pinned=True)
    network.vk.posts(public, "за деньги", donut=True)
    elsewhere = [Attached("link", link="https://rutube.ru/video/3eac3b4561676c17df9132a9a1e62e3e/")]
    elsewhere += [Attached("doc", path=film), *map(Attached, ("story", "video_playlist", "photo", "poll"))]
    network.vk.posts(public, "не здесь #proryv80", attached=elsewhere)
    return public


def test_a_wall_looks_like_a_wall_of_vk(ask: Ask, public: int) -> None:
    response = ask("wall.get", owner_id=public, extended=1, fields="city")["response"]

    assert len(response["items"]) == 6
    assert faults("wall.get", bare(response)) == []
    assert [fault for post in response["items"] for fault in faults_of_post(post)] == []
    assert faults_of_people(response) == []
    assert {person.get("city", {}).get("title") for person in response["profiles"]} == {"Тосно"}


def test_what_is_attached_beside_videos_is_of_the_kinds_that_vk_knows(ask: Ask, public: int) -> None:
    kinds = [
        one["type"] for item in ask("wall.get", owner_id=public)["response"]["items"] for one in item["attachments"]
    ]
    assert kinds[:6] == ["link", "doc", "story", "video_playlist", "photo", "poll"]
    assert {"link", "doc"} <= set(FACTS), "captured ones are at hand"


def test_posts_by_id_look_like_vk(ask: Ask, network: Network, public: int) -> None:
    keys = [post.key for post in network.vk.wall(public)]
    network.vk.deletes(keys[0])
    response = ask("wall.getById", posts=",".join(map(str, keys)), extended=1)["response"]

    assert faults("wall.getById", bare(response)) == []
    assert faults("deleted post", response["items"][0]) == []
    assert [fault for post in response["items"][1:] for fault in faults_of_post(post)] == []


def test_a_search_looks_like_vk(ask: Ask, public: int) -> None:
    response = ask("newsfeed.search", q="#proryv80", count=1, extended=1)["response"]

    assert faults("newsfeed.search", bare(response)) == []
    assert [fault for post in response["items"] for fault in faults_of_post(post)] == []
    assert faults_of_people(response) == []


def test_a_repost_of_what_is_gone_is_an_empty_shell(ask: Ask, network: Network, public: int) -> None:
    """VK keeps the place of a removed original: no attachments, nobody's, from no time (Fenrir's source says so)."""
    before = network.vk.wall(public)
    lost = network.vk.posts(public, "скоро исчезнет")
    network.vk.posts(public, "", repost_of=lost)
    network.vk.deletes(lost)
    items = ask("wall.get", owner_id=public)["response"]["items"]

    shell = next(post["copy_history"][0] for post in items if post.get("copy_history", [{}])[0].get("date") == 0)
    assert shell == {"id": lost.id, "owner_id": public, "from_id": 0, "date": 0, "post_type": "post"}
    assert len(items) == len(before) + 1


def test_comments_look_like_vk(ask: Ask, network: Network, public: int) -> None:
    post, vera = network.vk.wall(public)[0].key, 700000001
    first = network.vk.comments(post, "забыла тег: #proryv80", by=vera)
    network.vk.comments(post, "спасибо!", by=public, answers=first)
    gone = network.vk.comments(post, "лишнее", by=vera)
    network.vk.comments(post, "ответ", by=vera, answers=gone)
    network.vk.deletes_comment(post, gone)
    asked = {"owner_id": post.owner_id, "post_id": post.id, "thread_items_count": 10, "extended": 1}
    response = ask("wall.getComments", **asked)["response"]

    assert [fault for item in response["items"] for fault in faults("comment", {**item, "thread": {
        **item["thread"], "items": []}})] == []  # fmt: skip
    answers = [answer for item in response["items"] for answer in item["thread"]["items"]]
    assert [fault for answer in answers for fault in faults("comment", answer)] == []
    assert [item["text"] for item in response["items"]] == ["забыла тег: #proryv80", ""]
    assert [answer["text"] for answer in answers] == ["спасибо!", "ответ"]
    assert response["items"][1]["deleted"] is True
    assert (response["count"], response["current_level_count"]) == (3, 2)
    assert faults_of_people(response) == []
    (shown,) = ask("wall.getById", posts=str(post))["response"]["items"]
    assert shown["comments"] == {"count": 3}


def test_people_and_publics_look_like_vk(ask: Ask, network: Network, public: int) -> None:
    gone = network.vk.has_resident("Пётр", "Ильин")
    network.vk.leaves(gone)
    closed = network.vk.has_group("closed", "Закрытая", closed=True)
    people = ask("users.get", user_ids=f"{gone},{700000001}", fields="city")["response"]
    publics = ask("groups.getById", group_ids=f"tosno,{-closed}")["response"]

    assert [fault for person in people for fault in faults("profile", person)] == []
    assert people[0]["deactivated"] == "deleted"
    assert [fault for entry in publics["groups"] for fault in faults("group", entry)] == []
    assert [entry["is_closed"] for entry in publics["groups"]] == [0, 1]


def test_short_names_resolve_as_in_vk(ask: Ask, public: int) -> None:
    known = ask("utils.resolveScreenName", screen_name="TOSNO")["response"]

    assert faults("utils.resolveScreenName", known) == []
    assert known == {"type": "group", "object_id": -public}
    assert ask("utils.resolveScreenName", screen_name="nobody")["response"] == []


@pytest.mark.parametrize("code", [1, 5, 6, 9, 10, 14, 15, 17, 18, 29, 100])
def test_errors_look_like_vk(ask: Ask, network: Network, public: int, code: int) -> None:
    network.vk.api.fails("wall.get", code)
    error = ask("wall.get", owner_id=public)["error"]

    assert faults("error", error) == []
    assert error["error_code"] == code
    assert "access_token" not in {entry["key"] for entry in error["request_params"]}


def test_execute_tells_failures_as_vk_does(ask: Ask, public: int) -> None:
    answered = ask("execute", code="return [API.wall.get({}), API.users.get({})];")

    assert answered["response"][0] is False
    assert [fault for error in answered["execute_errors"] for fault in faults("execute error", error)] == []


def test_the_contract_notices_what_is_wrong() -> None:
    """The twin: an invented key, a wrong type and a missing key are all found."""
    deleted = {"owner_id": -1, "id": "7", "is_deleted": True, "surprise": 1}

    assert faults("deleted post", deleted) == [
        "deleted post: id is ['integer'] in VK, not string",
        "deleted post: surprise is nowhere in VK",
        "deleted post: date is missing",
    ]


def test_keys_of_posts_and_videos_read_like_vk() -> None:
    assert str(Key(-131011375, 688)) == "-131011375_688"
