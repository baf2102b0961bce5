from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.ports import Author, SeenPost
from relay.sources.vk.parse import (
    Names,
    UnreadableItem,
    comments,
    listing,
    parse_post,
    parse_video,
    why_blocked,
)

NAMES = Names({7: "Анна Иванова", 8: "Борис Петров", -1: "Город"})
VIDEO = {"id": 456239017, "owner_id": 7, "title": "Письмо", "duration": 31, "type": "video", "access_key": "28c5d2d4ea"}


def _video(**more: Any) -> dict[str, Any]:
    return {"type": "video", "video": VIDEO | more}


def _post(**more: Any) -> dict[str, Any]:
    return {"id": 5, "owner_id": -1, "from_id": -1, "date": 1673514000, "text": "#proryv80"} | more


def _parsed(**more: Any) -> SeenPost:
    post = parse_post(_post(**more), NAMES)
    assert post is not None
    return post


def test_a_post_of_a_public() -> None:
    post = _parsed(attachments=[_video(owner_id=-1)], edited=1673517600, is_pinned=1)
    assert (post.network, post.owner_id, post.post_id) == ("vk", "-1", "5")
    assert post.url == "https://vk.com/wall-1_5"
    assert post.published_at == datetime(2023, 1, 12, 9, tzinfo=UTC)
    assert post.edited_at == datetime(2023, 1, 12, 10, tzinfo=UTC)
    assert post.author == Author("-1", "Город")
    assert post.pinned
    (video,) = post.videos
    assert (video.owner_id, video.video_id, video.duration, video.kind) == ("-1", "456239017", 31.0, "video")
    assert video.url == "https://vk.com/video-1_456239017?list=28c5d2d4ea"


@pytest.mark.parametrize(
    ("more", "author"),
    [
        ({}, "-1"),
        ({"signer_id": 8}, "8"),
        ({"from_id": 8}, "8"),
        ({"from_id": 8, "signer_id": -1}, "8"),
        ({"from_id": 8, "signer_id": -1, "attachments": [_video()]}, "8"),
        ({"attachments": [_video()]}, "7"),
        ({"attachments": [_video(owner_id=-1, user_id=8)]}, "8"),
        ({"attachments": [_video(owner_id=-1)]}, "-1"),
        ({"signer_id": 8, "attachments": [_video()]}, "8"),
        ({"copy_history": [_post(owner_id=7, from_id=7)]}, "7"),
        ({"copy_history": [_post(owner_id=-2, from_id=-2), _post(owner_id=7, from_id=7)]}, "7"),
        ({"copy_history": [_post(owner_id=-2, from_id=-2, signer_id=8)]}, "8"),
        ({"copy_history": [_post(owner_id=-2, from_id=-2, attachments=[_video()])]}, "7"),
        ({"copy_history": [_post(owner_id=-2, from_id=-2)]}, "-2"),
        ({"from_id": 8, "owner_id": 8, "copy_history": [_post(owner_id=7, from_id=7)]}, "7"),
        ({"copy_history": [{"id": 3, "owner_id": 7, "from_id": 0, "date": 0, "post_type": "post"}]}, "7"),
    ],
)
def test_the_credit_belongs_to_the_resident(more: dict[str, Any], author: str) -> None:
    assert _parsed(**more).author.id == author


def test_the_authors_of_videos() -> None:
    post = _parsed(signer_id=8, attachments=[_video(), _video(id=2, owner_id=-1), _video(id=3, owner_id=-1, user_id=7)])
    assert [video.author.name for video in post.videos] == ["Анна Иванова", "Борис Петров", "Анна Иванова"]


def test_a_tag_may_stand_anywhere() -> None:
    post = _parsed(
        text="Делимся",
        copy_history=[_post(text="второй"), _post(text="первый", attachments=[_video(description="о деде")])],
    )
    assert post.texts == (
        ("text", "Делимся"),
        ("original", "второй"),
        ("original", "первый"),
        ("video title", "Письмо"),
        ("video description", "о деде"),
    )


def test_texts_to_show_have_no_entities_and_texts_to_judge_keep_theirs() -> None:
    post = _parsed(text="&quot;Письмо&quot; &amp;#35;proryv80")
    assert post.text == '"Письмо" &#35;proryv80'
    assert post.texts == (("text", "&quot;Письмо&quot; &amp;#35;proryv80"),)


def test_videos_of_all_kinds_each_once() -> None:
    clip = {"id": 2, "owner_id": 7, "type": "short_video"}
    post = _parsed(
        attachments=[
            {"type": "photo", "photo": {"id": 1, "owner_id": 7}},
            _video(),
            {"type": "video", "video": clip},
            {"type": "clip", "clip": {"id": 3, "owner_id": 7}},
            {"type": "video_playlist", "video_playlist": {"id": 9, "owner_id": 7}},
            {"type": "link", "link": {"url": "https://vk.com/video7_4?list=abcdef", "title": "Письмо &quot;2&quot;"}},
            {"type": "link", "link": {"url": "https://vkvideo.ru/video-9_5"}},
            {"type": "link", "link": {"url": "https://example.org/video7_6"}},
        ],
        copy_history=[_post(attachments=[_video(), _video(id=8)])],
    )
    assert [video.url for video in post.videos] == [
        "https://vk.com/video7_456239017?list=28c5d2d4ea",
        "https://vk.com/clip7_2",
        "https://vk.com/clip7_3",
        "https://vk.com/video7_4?list=abcdef",
        "https://vk.com/video-9_5",
        "https://vk.com/video7_8?list=28c5d2d4ea",
    ]
    assert post.videos[3].title == 'Письмо "2"'


@pytest.mark.parametrize(
    ("more", "words", "for_good"),
    [
        ({}, "", False),
        ({"processing": 1}, "still processing", False),
        ({"processing": 1, "can_watch": 0}, "still processing", False),
        ({"converting": 1}, "still processing", False),
        ({"processing": 0, "converting": 0}, "", False),
        ({"is_private": 1}, "private", False),
        ({"is_private": True}, "private", False),
        ({"content_restricted": 1}, "restricted the video.", True),
        ({"content_restricted": 1, "content_restricted_message": "Недоступно в&nbsp;стране\nx"}, "Недоступно", True),
        ({"platform": "YouTube"}, "hosted on YouTube", True),
        ({"live": 1}, "not over", False),
        ({"upcoming": 1}, "not over", False),
        ({"type": "live", "duration": 0}, "not over", False),
        ({"type": "live", "duration": 600}, "", False),
        ({"live": 1, "live_status": "finished"}, "", False),
        ({"can_watch": 0}, "doesn't show", False),
        ({"can_watch": 1}, "", False),
    ],
)
def test_why_a_video_can_not_be_fetched(more: dict[str, Any], words: str, for_good: bool) -> None:
    told, final = why_blocked(VIDEO | more)
    assert words in told
    assert bool(told) == bool(words)
    assert final is for_good
    assert "\n" not in told


@pytest.mark.parametrize(
    ("more", "words", "for_good"),
    [
        ({"donut": {"is_donut": True}}, "paying subscribers", True),
        ({"donut": {"is_donut": False}}, "", False),
        ({"friends_only": 1}, "friends only", False),
    ],
)
def test_posts_that_are_not_for_all(more: dict[str, Any], words: str, for_good: bool) -> None:
    (video,) = _parsed(attachments=[_video()], **more).videos
    assert words in video.blocked
    assert bool(words) == bool(video.blocked)
    assert video.blocked_for_good is for_good


@pytest.mark.parametrize("more", [{"is_deleted": True}, {"deleted_reason": "author"}])
def test_a_deleted_post_is_none(more: dict[str, Any]) -> None:
    assert parse_post(_post(**more), NAMES) is None


@pytest.mark.parametrize(
    "item",
    [None, 5, [], {}, {"id": 1}, {"owner_id": 1}, _post(date=None), _post(date="x"), _post(date=0), _post(id=None)],
)
def test_what_is_no_post_is_unreadable(item: object) -> None:
    with pytest.raises(UnreadableItem):
        parse_post(item, NAMES)


def test_one_bad_item_hides_no_other() -> None:
    found = listing({"count": 3.0, "items": [_post(id=1), _post(id=2, date=None), None, _post(id=3)], "next_from": "x"})
    assert [post.post_id for post in found.posts] == ["1", "3"]
    assert found.faults == ("wall-1_2: it has no date", "wall?: it is no object")
    assert found.ids == ("-1_1", "-1_2", "", "-1_3")
    assert (found.total, found.next_from) == (3, "x")


@pytest.mark.parametrize("answer", [None, [], {}, {"items": None}, {"items": {}}, 5, "x", {"count": "x"}])
def test_an_empty_answer_has_no_posts(answer: object) -> None:
    assert listing(answer).posts == ()


NAMES_OF_FIELDS = """id owner_id from_id date text edited attachments copy_history video clip link url type donut
is_donut signer_id title description duration access_key processing platform live is_pinned items count profiles groups
content_restricted content_restricted_message next_from total_count post_id user_id is_deleted"""
FIELDS = st.sampled_from(NAMES_OF_FIELDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS | st.text(max_size=4), inner, max_size=6),
    max_leaves=25,
)


@pytest.mark.slow
@given(JSON)
def test_no_json_breaks_the_parser(answer: object) -> None:
    found = listing(answer)
    assert all(isinstance(fault, str) for fault in found.faults)


@pytest.mark.slow
@given(st.dictionaries(FIELDS, JSON, max_size=12))
def test_a_post_is_read_or_unreadable(more: dict[str, Any]) -> None:
    try:
        post = parse_post(_post(**more), NAMES)
    except UnreadableItem:
        return
    assert post is None or post.published_at.tzinfo is UTC


# Captured answers


def _captured(shared: Path) -> Iterator[tuple[str, Any]]:
    for folder in ("vknet", "other"):
        for path in sorted((shared / "corpus/vk_json" / folder).rglob("*.json")):
            yield path.name, json.loads(path.read_text(encoding="utf-8-sig"))


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _dicts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _dicts(inner)


def test_every_captured_answer_is_read_and_no_video_is_lost(shared: Path) -> None:
    read = 0
    for name, answer in _captured(shared):
        response = answer.get("response", answer) if isinstance(answer, dict) else answer
        found = listing(response)
        read += len(found.posts)
        attached = {
            (str(int(inner["owner_id"])), str(int(inner["id"])))
            for item in (response.get("items", []) if isinstance(response, dict) else [])
            for entry in _dicts(item)
            if entry.get("type") in ("video", "clip")
            for inner in [entry.get("video") or entry.get("clip")]
            if isinstance(inner, dict)
        }
        seen = {(video.owner_id, video.video_id) for post in found.posts for video in post.videos}
        assert attached <= seen, name
        if name.startswith(("Categories_Wall", "Categories_NewsFeed")):
            assert found.posts, name
            assert found.faults == (), name
    assert read >= 15


def test_every_captured_video_is_read(shared: Path) -> None:
    read = [
        video
        for name, answer in _captured(shared)
        if "ideo" in name or "clip" in name
        for entry in _dicts(answer)
        if "duration" in entry or "duration_seconds" in entry
        if (video := parse_video(entry)) is not None
    ]
    assert len(read) >= 10
    assert {video.kind for video in read} == {"video", "clip"}
    assert sum(1 for video in read if "processing" in video.blocked) == 1


def test_a_captured_search_answer_in_full(shared: Path) -> None:
    path = shared / "corpus/vk_json/other/newsfeed.search__vkvyshegor_2024_service_token.json"
    found = listing(json.loads(path.read_text())["response"])
    (post,) = found.posts
    assert (found.total, found.next_from) == (204, "1/-131011375_688")
    assert post.edited_at is not None
    assert post.author.name == "33WAYS.ru - БЛОГ О ПУТЕШЕСТВИЯХ"
    assert [(video.duration, video.blocked) for video in post.videos] == [(126.0, "")]


def _said(**more: Any) -> dict[str, Any]:
    return {"id": 11, "from_id": 7, "date": 1673514000, "text": "Это #proryv80 &amp; ещё"} | more


def _below(*items: dict[str, Any]) -> list[tuple[str, str]]:
    answer = {"items": list(items), "profiles": [{"id": 7, "first_name": "Анна", "last_name": "Иванова"}]}
    return [(comment.id, comment.text) for comment in comments(answer, "-1", "5")]


def test_comments_are_read_with_their_answers_authors_and_links() -> None:
    answer = {
        "items": [_said(thread={"items": [_said(id=12, text="Да")]}), _said(id=13, from_id=-1, text="Нет")],
        "profiles": [{"id": 7, "first_name": "Анна", "last_name": "Иванова"}],
    }
    first, answered, last = comments(answer, "-1", "5")
    assert (first.id, first.text, first.author) == ("11", "Это #proryv80 & ещё", Author("7", "Анна Иванова"))
    assert first.url == "https://vk.com/wall-1_5?reply=11"
    assert first.at == datetime(2023, 1, 12, 9, tzinfo=UTC)
    assert (answered.id, answered.text, last.id, last.author.id) == ("12", "Да", "13", "-1")


@pytest.mark.parametrize("deleted", [True, 1, "1"])
def test_comments_that_people_deleted_are_not_kept(deleted: Any) -> None:
    assert _below(_said(deleted=deleted), _said(id=12)) == [("12", "Это #proryv80 & ещё")]
    assert _below(_said(thread={"items": [_said(id=12, deleted=deleted)]})) == [("11", "Это #proryv80 & ещё")]
    assert _below(_said(deleted=deleted, thread={"items": [_said(id=12)]})) == [("12", "Это #proryv80 & ещё")]
    assert [number for number, _ in _below(_said(deleted=False), _said(id=12, deleted=0))] == ["11", "12"]


@pytest.mark.parametrize("odd", [{"id": None}, {"id": "x"}, {"date": 0}, {"date": None}, {"date": -5}])
def test_a_comment_without_number_or_date_is_left_out_and_the_others_stay(odd: dict[str, Any]) -> None:
    assert [number for number, _ in _below(_said(**odd), _said(id=12))] == ["12"]


@pytest.mark.parametrize("answer", [None, [], {"items": None}, {"items": [None, 5, "x"]}, {"items": [_said(thread=5)]}])
def test_odd_answers_hold_no_comments_that_are_not_there(answer: object) -> None:
    assert len(comments(answer, "-1", "5")) == (
        1 if isinstance(answer, dict) and answer["items"] == [_said(thread=5)] else 0
    )


def test_the_one_attachment_of_an_old_post_counts() -> None:
    (video,) = _parsed(attachment=_video()).videos
    assert video.video_id == "456239017"
    assert [video.video_id for video in _parsed(attachment=_video(), attachments=[_video(id=2)]).videos] == [
        "2",
        "456239017",
    ]
    assert _parsed(attachment=None).videos == _parsed(attachment="video").videos == ()


def test_the_one_attachment_of_an_original_counts_too() -> None:
    assert [video.video_id for video in _parsed(copy_history=[_post(attachment=_video(id=3))]).videos] == ["3"]


@pytest.mark.parametrize(
    ("field", "value", "number"),
    [("owner_id", -1, "-1"), ("source_id", -3, "-3"), ("to_id", -4, "-4"), ("from_id", 9, "9")],
)
def test_whose_wall_it_is_stands_in_one_of_four_fields(field: str, value: int, number: str) -> None:
    post = parse_post({"id": 5, "date": 1673514000, "text": "", field: value}, NAMES)
    assert post is not None
    assert (post.owner_id, post.url) == (number, f"https://vk.com/wall{number}_5")


def test_the_fields_that_say_whose_wall_it_is_go_in_this_order() -> None:
    fields = {"owner_id": -1, "source_id": -3, "to_id": -4, "from_id": 9}
    for field in ("owner_id", "source_id", "to_id", "from_id"):
        post = parse_post({"id": 5, "date": 1673514000} | fields, NAMES)
        assert post is not None
        assert post.owner_id == str(fields.pop(field))


def test_the_news_name_a_post_by_another_field() -> None:
    post = parse_post({"post_id": 6, "source_id": -3, "date": 1673514000, "text": ""}, NAMES)
    assert post is not None
    assert post.post_id == "6"
    assert _parsed(post_id=6).post_id == "5"


@pytest.mark.parametrize("gone", [{"is_deleted": True}, {"deleted_reason": "removed"}])
def test_a_deleted_post_is_no_post_and_no_fault(gone: dict[str, Any]) -> None:
    found = listing({"items": [_post(**gone), _post(id=6)], "count": 2})
    assert [post.post_id for post in found.posts] == ["6"]
    assert (found.faults, found.ids) == ((), ("-1_5", "-1_6"))


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        ({"date": None}, "wall-1_5: it has no date"),
        ({"date": 0}, "wall-1_5: it has no date"),
        ({"owner_id": 0, "from_id": 0}, "wallNone_5: it has no owner or no number"),
        ({"id": None}, "wall?: it has no owner or no number"),
    ],
)
def test_a_post_that_lacks_what_every_one_has_is_a_fault_with_its_number(odd: dict[str, Any], fault: str) -> None:
    found = listing([_post(**odd), _post(id=6)])
    assert (found.faults, [post.post_id for post in found.posts]) == ((fault,), ["6"])


@pytest.mark.parametrize(
    ("answer", "total"),
    [({"count": 3}, 3), ({"count": 3, "total_count": 7}, 7), ({"total_count": 0, "count": 5}, 0), ({}, None)],
)
def test_how_many_there_are(answer: dict[str, Any], total: int | None) -> None:
    assert listing(answer | {"items": []}).total == total


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"duration": 0}, None),
        ({"duration": -5}, None),
        ({"duration": 1}, 1.0),
        ({"duration": None, "duration_seconds": 9}, 9.0),
    ],
)
def test_how_long_a_video_is(more: dict[str, Any], seconds: float | None) -> None:
    video = parse_video(VIDEO | more)
    assert video is not None
    assert video.duration == seconds


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"id": 0}, True),
        ({"id": -1}, False),
        ({"id": None, "video_id": 4}, True),
        ({"owner_id": 0}, False),
        ({"id": None}, False),
    ],
)
def test_what_names_a_video(more: dict[str, Any], found: bool) -> None:
    assert (parse_video(VIDEO | more) is not None) is found


@pytest.mark.parametrize(
    ("more", "blocked"),
    [
        ({"type": "live", "duration": 0}, True),
        ({"type": "live", "duration": 5}, False),
        ({"type": "live", "live_status": "finished", "duration": 0}, False),
        ({"upcoming": 1}, True),
        ({"live": 1, "live_status": "finished"}, False),
        ({"live": 0, "upcoming": 0}, False),
    ],
)
def test_a_broadcast_is_waited_for_until_it_is_over(more: dict[str, Any], blocked: bool) -> None:
    assert why_blocked(VIDEO | more) == (("The broadcast is not over yet.", False) if blocked else ("", False))


@pytest.mark.parametrize("count", [{"count": 3}, {"count": 3.0}, {"count": "3"}])
def test_how_many_comments_there_are(count: dict[str, Any]) -> None:
    assert _parsed(comments=count).comments == 3
    assert _parsed(comments={"count": -1}).comments == _parsed(comments=5).comments == _parsed().comments == 0


def test_a_reason_for_good_is_not_hidden_by_one_that_may_pass() -> None:
    (video,) = _parsed(friends_only=1, attachments=[_video(platform="YouTube")]).videos
    assert (video.blocked_for_good, "hosted on YouTube" in video.blocked) == (True, True)
    (video,) = _parsed(friends_only=1, attachments=[_video(processing=1)]).videos
    assert (video.blocked_for_good, video.blocked) == (False, "The post is for friends only.")
