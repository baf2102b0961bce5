"""Pages as they come over the wire: what is read of them at once, what only when it is wanted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw

from relay.sources.vk.http import NoAnswer, read_answer
from relay.sources.vk.pages import ItemPage, PlainPost, read_whole

PLAIN = {"id": 5, "owner_id": -1, "date": 1673514000, "text": "Ярмарка", "likes": {"count": 3}}
PHOTO, VIDEO = {"type": "photo", "photo": {"id": 1}}, {"type": "video", "video": {"id": 1}}


def page(*items: Any, **more: Any) -> ItemPage:
    return ItemPage.of(Raw(json.dumps({"items": items, **more}).encode()))


@pytest.mark.parametrize(
    ("more", "plain"),
    [
        ({}, True),
        ({"attachments": [PHOTO, PHOTO]}, True),
        ({"attachments": []}, True),
        ({"is_pinned": 1}, True),
        ({"attachments": [PHOTO, VIDEO]}, False),
        ({"attachments": ["photo"]}, False),
        ({"attachments": [{}]}, False),
        ({"attachments": [{"video": {"id": 1}}]}, False),
        ({"attachment": PHOTO}, False),
        ({"copy_history": [PLAIN]}, False),
        ({"copyright": {"link": "x"}}, False),
        ({"is_deleted": False}, False),
        ({"deleted_reason": ""}, False),
        ({"text": ""}, False),
        ({"text": None}, False),
        ({"id": 5.0}, False),
        ({"id": "5"}, False),
        ({"id": 10**18}, False),
        ({"date": 0}, False),
    ],
)
def test_a_plain_post_is_a_text_with_pictures(more: dict[str, Any], *, plain: bool) -> None:
    shown = page(PLAIN | more)
    assert isinstance(shown.items[0], PlainPost) is plain
    assert shown.whole(0) == PLAIN | more
    assert shown.wholes() == [PLAIN | more]


def test_dates_are_those_of_posts_in_their_order() -> None:
    items = [PLAIN | {"is_pinned": 1}, PLAIN, PLAIN | {"date": 7.0, "text": ""}, {"date": "x"}, "?", None]
    assert page(*items).dates() == [1673514000, 7.0]
    assert page({"date": 3, "is_pinned": True}, {"date": 4}).dates() == [4]


def test_what_stands_beside_the_items_is_read_when_it_is_wanted() -> None:
    shown = page(PLAIN, count=9, next_from="5/-1_5", profiles=[{"id": 7}])
    assert (shown.told["count"], shown.told["next_from"], len(shown)) == (9, "5/-1_5", 1)
    assert (shown.named("profiles"), shown.named("groups")) == ([{"id": 7}], None)


@pytest.mark.parametrize("answer", [None, 5, "x", {}, {"items": None}, {"items": 7}, {"items": {"0": PLAIN}}])
def test_an_answer_of_another_shape_lists_nothing(answer: object) -> None:
    written = ItemPage.of(Raw(json.dumps(answer).encode()))
    assert (len(written), written.items, written.wholes()) == (0, [], [])


def test_a_bare_list_is_a_page() -> None:
    assert ItemPage.of(Raw(json.dumps([PLAIN]).encode())).wholes() == [PLAIN]


@pytest.mark.parametrize("spoilt", [b'{"text": "\xff"}', b'{"views": 1e999}'])
def test_an_item_that_nobody_can_read_spoils_no_other(spoilt: bytes) -> None:
    body = b'{"response": [{"items": [' + spoilt + b"," + json.dumps(PLAIN).encode() + b"]}]}"
    shown = ItemPage.of(read_answer(body, together=True)["response"][0])
    assert shown.wholes() == [None, PLAIN]


def test_half_an_emoji_in_one_post_is_mended_where_many_come_together() -> None:
    items = json.dumps([PLAIN | {"text": "\ud83c"}, PLAIN])
    body = f'{{"response": [{{"items": {items}}}, false], "execute_errors": [{{"error_code": 15}}]}}'.encode()
    told = read_answer(body, together=True)
    assert [item["text"] for item in ItemPage.of(told["response"][0]).wholes()] == ["\ufffd", "Ярмарка"]  # type: ignore[index]
    assert (bytes(told["response"][1]), told["execute_errors"], told.size) == (
        b"false",
        [{"error_code": 15}],
        len(body),
    )


@pytest.mark.parametrize("body", [b'{"response": [NaN', b'{"response": [1e999, "\\ud83c"]}'])
def test_what_cannot_be_mended_is_no_answer(body: bytes) -> None:
    with pytest.raises(NoAnswer, match="no JSON"):
        read_answer(body)


def test_a_word_that_json_does_not_know_is_nothing() -> None:
    assert read_whole(read_answer(b'{"response": [NaN]}')["response"]) == [None]
