"""Posts that need not be made: none that the judge of hashtags would find, none that carries a video."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Raw

from relay.collect import hashtags
from relay.models import NoVideo
from relay.sources.vk.pages import ItemPage
from relay.sources.vk.parse import Names, Standing, UnreadableItem, listing, parse_post

WANTED = hashtags.wanted(["#proryv80"], ["#голосапобеды"])
FINDS = hashtags.finder(WANTED)
PLAIN = {"id": 5, "owner_id": -1, "from_id": -1, "date": 1673514000, "text": "Ярмарка #город", "attachments": []}
PHOTO = {"type": "photo", "photo": {"text": "#proryv80"}}
VIDEO = {"type": "video", "video": {"id": 456239017, "owner_id": 7, "title": "Письмо #proryv80"}}

TAGS = ["#proryv80", "#ProRyv80@club1", "#прорыв80", "# proryv 80", "＃proryv80", "&#35;proryv80", "№proryv80"]
TAGS += ["#pro\u200dryv80", "#голосапо\u0301беды", "proryv80", "#город"]
OTHERS = ["https://vk.com/video-1_2", "\0", "мы&#1088;", "é", " "]
words = st.lists(st.sampled_from(TAGS + OTHERS) | st.text(max_size=6), max_size=5).map("".join)
numbers = st.sampled_from([5, 0, -1, 10**18, 1673514000, 10639516.0, "17", True, None, "", "x"])
values = {
    **dict.fromkeys(("id", "owner_id", "date", "from_id", "edited", "signer_id"), numbers),
    "text": words | st.none() | numbers,
    "attachments": st.lists(st.sampled_from([PHOTO, VIDEO, {"type": "doc"}, {}, None, "photo"]), max_size=3)
    | st.none(),
    "attachment": st.sampled_from([PHOTO, VIDEO, None]),
    "copy_history": st.lists(st.builds(lambda text: PLAIN | {"text": text}, words), max_size=2),
    "copyright": st.just({"link": "https://vk.com/video-1_2"}) | st.none(),
    "donut": st.sampled_from([{"is_donut": True}, {"is_donut": False}, None]),
    **dict.fromkeys(
        ("is_deleted", "deleted_reason", "is_pinned", "friends_only"), st.sampled_from([1, 0, True, False])
    ),
    "comments": st.just({"count": 4}),
}
some = st.fixed_dictionaries({}, optional=values)
items = st.one_of(st.builds(lambda text: PLAIN | {"text": text}, words), some.map(lambda more: PLAIN | more), some)


def written(*items: Any) -> ItemPage:
    """A page as it comes over the wire."""
    return ItemPage.of(Raw(json.dumps({"items": items, "count": 9}).encode()))


def unwanted(item: Any, wanted: Callable[[str], bool]) -> Standing | None:
    """Where an item stands that is left out."""
    found = listing(written(item), wanted)
    return found.order[0] if found.others else None


def _agree(item: Any, wanted: Callable[[str], bool]) -> None:
    """What is said of an item that is left out is what reading it would have said."""
    left_out = unwanted(item, wanted)
    if left_out is None:
        return
    post = parse_post(item, Names())
    assert post is not None
    assert hashtags.match(post.texts, WANTED) is None
    assert post.videos == ()
    assert post.no_video is not NoVideo.hidden
    assert left_out == (f"{post.owner_id}_{post.post_id}", post.published_at.timestamp(), post.pinned)


@given(items)
@example(PLAIN)
@example(PLAIN | {"attachments": [PHOTO]})
@example(PLAIN | {"attachments": [VIDEO]})
@example(PLAIN | {"text": "vk.com/video-1_2"})
@example(PLAIN | {"copy_history": [PLAIN | {"text": "#proryv80"}]})
def test_nothing_that_would_be_found_is_left_out(item: dict[str, Any]) -> None:
    _agree(item, FINDS)


@given(st.lists(items, max_size=6))
def test_a_page_says_the_same_of_what_it_leaves_out(page: list[dict[str, Any]]) -> None:
    whole, sieved = listing({"items": page, "count": 9}), listing(written(*page), FINDS)
    assert (sieved.ids, sieved.order, sieved.faults, sieved.total) == (
        whole.ids,
        whole.order,
        whole.faults,
        whole.total,
    )
    made = {(post.owner_id, post.post_id, post.text) for post in sieved.posts}
    for post in whole.posts:
        if hashtags.match(post.texts, WANTED) is not None or post.videos:
            assert (post.owner_id, post.post_id, post.text) in made


def test_most_posts_are_left_out() -> None:
    page = [PLAIN | {"id": number, "attachments": [PHOTO]} for number in range(1, 9)]
    found = listing(written(*page, PLAIN | {"id": 9, "text": "#proryv80"}), FINDS)
    assert [post.post_id for post in found.posts] == ["9"]
    assert found.others == {f"-1_{number}": 1673514000 for number in range(1, 9)}
    assert listing(written(*page)).others == {}


@pytest.mark.parametrize("tag", ["#proryv80", "# proryv 80", "#прорыв80", "&#35;proryv80"])
def test_a_sieve_that_looks_for_less_than_the_judge_is_noticed(tag: str) -> None:
    """The twin: with it, the promise above is broken."""
    with pytest.raises(AssertionError):
        _agree(PLAIN | {"text": f"Читаю {tag}"}, lambda text: "proryv_80" in text)


def test_what_lacks_something_is_read_and_told() -> None:
    for lacking in ({"text": "a", "id": 1}, PLAIN | {"date": 0}, [], "x", None, PLAIN | {"owner_id": 0, "from_id": 0}):
        assert unwanted(lacking, FINDS) is None
    with pytest.raises(UnreadableItem):
        parse_post(PLAIN | {"date": 0}, Names())
