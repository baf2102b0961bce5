"""What a VK post carries besides VK's own videos: links, files, stories, and why there is nothing to fetch."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from relay.models import NoVideo
from relay.ports import Author, SeenPost
from relay.sources.vk.parse import Names, parse_post

HEX = "3eac3b4561676c17df9132a9a1e62e3e"
RUTUBE = f"https://rutube.ru/video/{HEX}/"
YOUTUBE = "https://www.youtube.com/watch?v=abcdefghijk"
OK = "https://ok.ru/video/20079905452"
NAMES = Names({7: "Анна Иванова", 8: "Борис Петров", -1: "Город"})
STORY = {"id": 456, "owner_id": 7, "type": "video", "date": 1673514000, "can_see": 1}


def _parsed(*attachments: dict[str, Any], **more: Any) -> SeenPost:
    post = {"id": 5, "owner_id": 7, "from_id": 7, "date": 1673514000, "text": "#proryv80", "attachments": attachments}
    found = parse_post(post | {"attachments": list(attachments)} | more, NAMES)
    assert found is not None
    return found


def _link(url: str, title: str = "") -> dict[str, Any]:
    return {"type": "link", "link": {"url": url, "title": title}}


def _doc(**more: Any) -> dict[str, Any]:
    doc = {"id": 3, "owner_id": 7, "title": "IMG_0001", "ext": "mp4", "type": 6, "access_key": "5bf7103aa95aacb8ad"}
    return {"type": "doc", "doc": doc | {"url": "https://vk.com/doc7_3?hash=12&dl=34&api=1"} | more}


@pytest.mark.parametrize(
    ("link", "key"),
    [
        (RUTUBE, ("rutube", "", HEX)),
        (YOUTUBE, ("yt", "", "abcdefghijk")),
        ("https://youtu.be/abcdefghijk?si=x", ("yt", "", "abcdefghijk")),
        ("https://youtube.com/shorts/abcdefghijk", ("yt", "", "abcdefghijk")),
        (OK, ("ok", "", "20079905452")),
        ("https://vkvideo.ru/video9_10", ("vk", "9", "10")),
        ("https://vk.ru/clip-9_10", ("vk", "-9", "10")),
        ("https://t.me/gorod/15", ("tg", "gorod", "15")),
    ],
)
def test_a_link_to_another_network_is_a_video_of_that_network_wherever_it_stands(
    link: str, key: tuple[str, str, str]
) -> None:
    away = f"https://vk.com/away.php?to={quote(link, safe='')}"
    for post in (
        _parsed(_link(link)),
        _parsed(_link(away)),
        _parsed(text=f"#proryv80 смотрите: {link}."),
        _parsed(text=f"#proryv80 {link.removeprefix('https://')}"),
        _parsed(text=f"#proryv80 [{link}|здесь]"),
        _parsed(text="Делимся #proryv80", copy_history=[_post_of(8, text=link)]),
        _parsed(copyright={"link": link, "name": "Видео", "type": "link"}),
        _parsed(attachment=_link(link), attachments=[]),
    ):
        (video,) = post.videos
        assert (video.network, video.owner_id, video.video_id) == key
        assert not video.blocked
        assert post.no_video is None


def _post_of(owner: int, **more: Any) -> dict[str, Any]:
    return {"id": 9, "owner_id": owner, "from_id": owner, "date": 1673514000, "text": ""} | more


@pytest.mark.parametrize(
    ("more", "author"),
    [
        ({}, Author("7", "Анна Иванова")),
        ({"owner_id": -1, "from_id": -1, "signer_id": 8}, Author("8", "Борис Петров")),
        ({"owner_id": -1, "from_id": -1}, Author("-1", "Город")),
    ],
)
def test_the_author_of_the_post_is_credited_for_a_video_elsewhere(more: dict[str, Any], author: Author) -> None:
    (video,) = _parsed(text=f"#proryv80 {RUTUBE}", **more).videos
    assert (video.author, video.linked) == (author, True)


def test_the_original_author_is_credited_for_a_link_that_a_public_reposts() -> None:
    post = _parsed(owner_id=-1, from_id=-1, copy_history=[_post_of(7, text=f"#proryv80 {YOUTUBE}")])
    assert post.author == Author("7", "Анна Иванова")
    assert [video.author.id for video in post.videos] == ["7"]


def test_entities_in_a_text_do_not_break_its_links() -> None:
    (video,) = _parsed(text="#proryv80 https://www.youtube.com/watch?feature=x&amp;v=abcdefghijk&quot;").videos
    assert video.video_id == "abcdefghijk"


def test_a_video_that_is_attached_and_linked_is_one() -> None:
    own = {"type": "video", "video": {"id": 4, "owner_id": 7, "title": "Письмо"}}
    post = _parsed(own, _link("https://vk.com/video7_4"), _link(RUTUBE), text=f"#proryv80 {RUTUBE} vk.com/video7_4")
    assert [(video.network, video.title) for video in post.videos] == [("vk", "Письмо"), ("rutube", "")]


def test_a_message_of_telegram_counts_only_where_nothing_else_is_named() -> None:
    post = _parsed(text=f"#proryv80 {RUTUBE} наш канал: https://t.me/gorod/1")
    assert [video.network for video in post.videos] == ["rutube"]


def test_a_file_on_the_web_is_fetched_as_it_is() -> None:
    (video,) = _parsed(text="#proryv80 https://school.example/film/1.MP4?x=2").videos
    assert (video.network, video.owner_id, video.url) == (
        "web",
        "school.example",
        "https://school.example/film/1.MP4?x=2#file",
    )


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"ext": "mov", "type": 8},
        {"ext": "MKV", "type": 8},
        {"ext": "", "type": 8, "title": "film.avi"},
        {"ext": "x"},
    ],
)
def test_a_video_attached_as_a_document_is_fetched(more: dict[str, Any]) -> None:
    (video,) = _parsed(_doc(**more)).videos
    assert (video.network, video.owner_id, video.video_id, video.kind) == ("vk", "7", "doc3", "file")
    assert video.url == "https://vk.com/doc7_3?hash=12&dl=34&api=1#file"
    assert (video.author.name, video.access_key, video.blocked) == ("Анна Иванова", "5bf7103aa95aacb8ad", "")


def test_a_document_without_an_address_is_told_and_not_lost() -> None:
    (video,) = _parsed(_doc(url="")).videos
    assert video.blocked_for_good
    assert "no address" in video.blocked


def test_the_keys_of_a_document_change_and_it_stays_the_same_video() -> None:
    first, later = (_parsed(_doc(url=f"https://vk.com/doc7_3?hash={key}")).videos[0] for key in ("a", "b"))
    assert (first.network, first.owner_id, first.video_id) == (later.network, later.owner_id, later.video_id)


def test_the_video_of_a_story_is_one_while_the_story_lasts() -> None:
    inner = {"id": 10, "owner_id": 7, "type": "story", "duration": 15}
    (video,) = _parsed({"type": "story", "story": STORY | {"video": inner}}).videos
    assert (video.owner_id, video.video_id, video.blocked) == ("7", "10", "")
    for over in ({"is_expired": True}, {"is_deleted": 1}, {"can_see": 0}, {"is_restricted": True}):
        (video,) = _parsed({"type": "story", "story": STORY | {"video": inner} | over}).videos
        assert "story is over" in video.blocked
        assert video.blocked_for_good


@pytest.mark.parametrize(
    "where", [{"files": {"external": YOUTUBE}}, {"player": "https://www.youtube.com/embed/abcdefghijk"}]
)
def test_a_video_that_vk_only_embeds_is_fetched_from_where_it_is(where: dict[str, Any]) -> None:
    inner = {"id": 4, "owner_id": 7, "platform": "YouTube", "title": "Письмо", "description": "о деде #proryv80"}
    post = _parsed({"type": "video", "video": inner | where}, text="")
    (video,) = post.videos
    assert (video.network, video.video_id, video.title, video.author.id) == ("yt", "abcdefghijk", "Письмо", "7")
    assert ("video description", "о деде #proryv80") in post.texts
    (kept,) = _parsed({"type": "video", "video": inner}).videos
    assert kept.blocked_for_good, "without an address its author is asked"
    own = inner | {"player": "https://vk.com/video_ext.php?oid=7&id=4"}
    (kept,) = _parsed({"type": "video", "video": own}).videos
    assert (kept.network, kept.blocked_for_good) == ("vk", True), "VK's own player leads nowhere else"


@pytest.mark.parametrize("kind", ["market", "clip_feed", "situational_theme"])
def test_a_video_inside_any_other_attachment_is_found(kind: str) -> None:
    inner = {"id": 4, "owner_id": 7}
    assert [video.video_id for video in _parsed({"type": kind, kind: {"id": 1, "video": inner}}).videos] == ["4"]
    assert [video.video_id for video in _parsed({"type": kind, kind: {"id": 1, "videos": [inner]}}).videos] == ["4"]


@pytest.mark.parametrize(
    ("attachments", "more", "why"),
    [
        ([], {}, "text"),
        ([{"type": "photo", "photo": {"id": 1, "owner_id": 7}}], {}, "pictures"),
        ([{"type": "story", "story": STORY}], {}, "story"),
        ([{"type": "video_playlist", "video_playlist": {"id": 9, "owner_id": 7}}], {}, "playlist"),
        ([_doc(ext="", type=1, title="видео.rar")], {}, "document"),
        ([_doc(ext="zip", type=2, title="видео")], {}, "document"),
        ([_doc(ext="gif", type=3, title="a.gif")], {}, "pictures"),
        ([_doc(ext="mp3", type=5, title="a")], {}, "sound"),
        ([_doc(ext="pdf", type=1, title="a")], {}, "other"),
        ([{"type": "podcast", "podcast": {"id": 1, "owner_id": -1}}], {}, "sound"),
        ([{"type": "audio_playlist", "audio_playlist": {"id": 1}}], {}, "sound"),
        ([{"type": "article", "article": {"id": 1}}], {}, "article"),
        ([{"type": "poll", "poll": {"id": 1}}], {}, "other"),
        ([{"type": "never_seen_before", "never_seen_before": {"id": 1}}], {}, "other"),
        ([{"type": "video", "video": {"title": "без номера"}}], {}, "hidden"),
        ([_link("https://dzen.ru/video/watch/63bd1c")], {}, "elsewhere"),
        ([_link("https://disk.yandex.ru/i/abc")], {}, "elsewhere"),
        ([_link("https://vk.cc/abc")], {}, "elsewhere"),
        ([_link("https://vk.com/wall-1_2")], {}, "elsewhere"),
        ([_link("https://vk.com/story7_2")], {}, "story"),
        ([_link("https://t.me/gorod/s/5")], {}, "story"),
        ([_link("https://vk.com/video/playlist/-1_3")], {}, "playlist"),
        ([_link("https://rutube.ru/plst/12345/")], {}, "playlist"),
        ([_link("https://www.youtube.com/playlist?list=PLabcdef")], {}, "playlist"),
        ([_link("https://ok.ru/group/57024524746860/topic/15")], {}, "elsewhere"),
        ([_link("https://vk.com/doc7_3?hash=1")], {}, "document"),
        ([_link("https://vk.com/@gorod-pismo")], {}, "article"),
        ([_link("https://www.youtube.com/@gorod")], {}, "text"),
        ([_link("https://vkvideo.ru/@gorod")], {}, "text"),
        ([_link("https://www.youtube.com/@gorod/videos")], {}, "elsewhere"),
        ([_link("https://museum.example/news/5")], {}, "link"),
        ([_link("https://museum.example/" + "x" * 3000)], {}, "link"),
        ([_link("https://vk.com/gorod")], {}, "text"),
        ([], {"text": "#proryv80 https://dzen.ru/video/watch/63bd1c"}, "elsewhere"),
        ([], {"text": "#proryv80 видео на drive.google.com/file/d/1"}, "elsewhere"),
        ([], {"text": "", "donut": {"is_donut": True, "placeholder": {"text": "Только подписчикам"}}}, "hidden"),
        ([], {"copy_history": [_post_of(8, attachments=[{"type": "story", "story": STORY}])]}, "story"),
        ([{"type": "photo", "photo": {"id": 1}}, _link("https://yadi.sk/i/x")], {}, "elsewhere"),
    ],
)  # fmt: skip
def test_a_post_without_a_video_says_why(attachments: list[dict[str, Any]], more: dict[str, Any], why: str) -> None:
    post = _parsed(*attachments, **more)
    assert post.videos == ()
    assert post.no_video is NoVideo(why)


def test_what_only_subscribers_see_is_not_fetched_by_way_of_a_link_either() -> None:
    (video,) = _parsed(_link(RUTUBE), donut={"is_donut": True}).videos
    assert video.blocked == "The post is for paying subscribers only."
