"""Posts are drawn once, as long as nothing about them changes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.sandbox.vk import shapes
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Attached, Key, Owner, OwnerState, VkComment, VkVideoState
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2023, 1, 12, 9, 0, tzinfo=UTC))


@pytest.fixture
def vk(clock: FakeClock) -> Vk:
    return Vk(clock)


class Wall:
    """A public with a plain post, one with a video, and a repost of that."""

    def __init__(self, vk: Vk, clock: FakeClock) -> None:
        at = clock() - timedelta(hours=1)
        self.vk = vk
        self.anna = vk.has_resident("Анна", "Ильина")
        self.public = vk.has_group("tosno", "Тосно")
        self.video = vk.uploads(self.anna, Path("film.mp4"), title="Читаю", at=at)
        self.plain = vk.posts(self.public, "Слово «ёж» & <b>", at=at)
        self.own = vk.posts(self.anna, "Моё видео", videos=[self.video], at=at)
        self.repost = vk.posts(self.public, "", repost_of=self.own, at=at)
        self.carried = vk.posts(self.public, "Смотрите", videos=[self.video], at=at)

    def drawn(self, key: Key) -> Mapping[str, Any]:
        post = self.vk.post(key)
        assert post is not None
        return shapes.drawn(self.vk, post)

    def afresh(self, key: Key) -> shapes.Json:
        post = self.vk.post(key)
        assert post is not None
        return shapes.post(self.vk, post)

    @property
    def keys(self) -> tuple[Key, ...]:
        return (self.plain, self.own, self.repost, self.carried)


@pytest.fixture
def wall(vk: Vk, clock: FakeClock) -> Wall:
    return Wall(vk, clock)


def test_what_does_not_change_is_drawn_once(wall: Wall) -> None:
    first = [wall.drawn(key) for key in wall.keys]
    assert all(wall.drawn(key) is before for key, before in zip(wall.keys, first, strict=True))
    assert first == [wall.afresh(key) for key in wall.keys]


@pytest.mark.parametrize(
    "changes",
    [
        lambda wall: wall.vk.edits(wall.plain, "иначе"),
        lambda wall: wall.vk.pins(wall.plain),
        lambda wall: wall.vk.edits(wall.own, "Моё видео, ещё раз"),
        lambda wall: wall.vk.deletes(wall.own),
        lambda wall: wall.vk.hides_video(wall.video),
        lambda wall: wall.vk.deletes_video(wall.video),
        lambda wall: wall.vk.comments(wall.plain, "Спасибо!", by=wall.anna),
    ],
)
def test_whatever_changes_is_drawn_again(wall: Wall, changes: Callable[[Wall], None]) -> None:
    before = [dict(wall.drawn(key)) for key in wall.keys]
    changes(wall)
    after = [wall.drawn(key) for key in wall.keys]
    assert after != before
    assert after == [wall.afresh(key) for key in wall.keys]


def test_an_answer_is_put_together_as_json_has_it(wall: Wall) -> None:
    items = [wall.drawn(key) for key in wall.keys]
    page = {"count": 4, "items": items, **shapes.extended(wall.vk, items, ())}
    error = shapes.error(15, "", {"owner_id": "1"}, {})
    for answer in ({"response": page}, {"response": shapes.Measured([page, False, {"count": 0, "items": []}])}, error):
        assert json.loads(shapes.encoded(answer)) == answer
        written = json.dumps(answer, ensure_ascii=False, separators=(",", ":"), default=dict)
        assert shapes.encoded(answer) == written.encode()


def test_the_people_of_a_drawn_post_are_those_of_its_json(wall: Wall) -> None:
    for key in wall.keys:
        assert shapes.people_in([wall.drawn(key)]) == shapes.people_in([wall.afresh(key)])


# What VK's JSON says, whole

AT = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
SECONDS = 1673514000


def test_a_post_is_told_whole(vk: Vk) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    key = vk.posts(anna, "Слово <b>")
    plain = {
        "inner_type": "wall_wallpost",
        "donut": {"is_donut": False},
        "comments": {"count": 0},
        "marked_as_ads": 0,
        "short_text_rate": 0.8,
        "type": "post",
        "attachments": [],
        "date": SECONDS,
        "from_id": anna,
        "id": key.id,
        "is_favorite": False,
        "likes": {"can_like": 0, "count": 3, "user_likes": 0},
        "owner_id": anna,
        "post_source": {"type": "vk"},
        "post_type": "post",
        "reposts": {"count": 0},
        "text": "Слово &lt;b&gt;",
        "views": {"count": 41},
    }
    assert told(vk, key) == plain
    gone = vk.comments(key, "раз", by=anna)
    vk.comments(key, "два", by=anna, answers=gone)
    vk.deletes_comment(key, gone)
    vk.edits(key, at=AT + timedelta(seconds=60))
    vk.pins(key)
    edited = {**plain, "comments": {"count": 1}, "edited": SECONDS + 60, "is_pinned": 1}
    assert told(vk, key) == edited
    public = vk.has_group("tosno", "Тосно")
    signed = told(vk, vk.posts(public, "x", signer_id=anna, from_id=7))
    assert (signed["signer_id"], signed["from_id"], signed["owner_id"]) == (anna, 7, public)
    assert "is_pinned" not in signed
    paid = told(vk, vk.posts(public, "x", donut=True, videos=[vk.uploads(anna, Path("a"))]))
    assert (paid["text"], paid["attachments"], paid["donut"]["is_donut"]) == ("", [], True)
    assert set(paid["donut"]) == {"is_donut", "placeholder"}


def told(vk: Vk, key: Key, **words: int) -> shapes.Json:
    found = vk.post(key)
    assert found is not None
    return shapes.post(vk, found, **words)


def test_a_video_is_told_whole_without_a_way_to_its_bytes(vk: Vk) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    key = vk.uploads(anna, Path("a"), title='"Ёж"', description="<i>", width=1280, height=720, duration=8)
    upload = vk.upload(key)
    assert upload is not None
    picture = f"https://sun9-1.userapi.com/video{key}"
    plain = {
        "response_type": "full",
        "access_key": upload.access_key,
        **dict.fromkeys(("can_comment", "can_like", "can_repost", "can_subscribe", "can_add_to_faves", "can_add"), 1),
        "comments": 0,
        "date": SECONDS,
        "description": "&lt;i&gt;",
        "duration": 8,
        "image": [
            {"url": f"{picture}_130.jpg", "width": 130, "height": 96, "with_padding": 1},
            {"url": f"{picture}_720.jpg", "width": 720, "height": 405},
        ],
        "first_frame": [{"url": f"{picture}_first.jpg", "width": 720, "height": 405}],
        "width": 1280,
        "height": 720,
        "id": key.id,
        "owner_id": anna,
        "title": "&quot;Ёж&quot;",
        "is_favorite": False,
        "track_code": f"video_{upload.number:x}",
        "type": "video",
        "views": 12,
        "local_views": 12,
        "can_dislike": 1,
    }
    assert shapes.video(upload) == plain
    for changed, more in (
        ({"kind": "live"}, {"type": "live", "live": 1}),
        ({"kind": "short_video"}, {"type": "short_video"}),
        ({"user_id": 7, "platform": "YouTube"}, {"user_id": 7, "platform": "YouTube"}),
        ({"state": VkVideoState.private}, {"is_private": 1}),
        (
            {"state": VkVideoState.restricted},
            {"content_restricted": 1, "content_restricted_message": "Видео недоступно"},
        ),
    ):
        assert shapes.video(replace(upload, **changed)) == {**plain, **more}
    assert shapes.video(replace(upload, state=VkVideoState.processing, kind="short_video")) == {
        "owner_id": anna,
        "id": key.id,
        "type": "short_video",
        "processing": 1,
        "converting": 0,
        "title": "&quot;Ёж&quot;",
        "description": "&lt;i&gt;",
        "duration": 8,
        "can_watch": 0,
    }


def test_people_and_publics_are_told_whole() -> None:
    anna = Owner(5, "anna", "Анна", "Ильина", "Мга", 1)
    person = {
        "id": 5, "first_name": "Анна", "last_name": "Ильина", "sex": 1, "screen_name": "anna", "online": 0,
        "photo_50": "https://sun9-1.userapi.com/id5_50.jpg", "photo_100": "https://sun9-1.userapi.com/id5_100.jpg",
        "is_closed": False, "can_access_closed": True,
    }  # fmt: skip
    assert shapes.profile(anna) == shapes.profile(anna, ["bdate"]) == person
    assert shapes.profile(anna, ["city"])["city"]["title"] == "Мга"
    assert shapes.profile(replace(anna, town=""), ["city"]) == person
    assert shapes.profile(replace(anna, state=OwnerState.closed)) == {
        **person,
        "is_closed": True,
        "can_access_closed": False,
    }
    assert shapes.profile(replace(anna, state=OwnerState.blocked)) == {**person, "deactivated": "banned"}
    assert shapes.profile(replace(anna, state=OwnerState.deleted)) == {**person, "deactivated": "deleted"}
    tosno = Owner(-5, "tosno", "Тосно")
    public = {
        "id": 5, "name": "Тосно", "screen_name": "tosno", "is_closed": 0, "type": "page",
        "photo_50": "https://sun9-1.userapi.com/group5_50.jpg",
        "photo_100": "https://sun9-1.userapi.com/group5_100.jpg",
        "photo_200": "https://sun9-1.userapi.com/group5_200.jpg",
    }  # fmt: skip
    assert shapes.group(tosno) == public
    assert shapes.group(replace(tosno, state=OwnerState.closed)) == {**public, "is_closed": 1}
    assert shapes.group(replace(tosno, state=OwnerState.blocked)) == {**public, "deactivated": "banned"}
    assert shapes.group(replace(tosno, state=OwnerState.deleted)) == {**public, "deactivated": "deleted"}


def test_an_error_echoes_what_was_asked_but_for_the_token() -> None:
    asked = {"method": "wall.get", "access_token": "secret", "v": "5.199"}
    echoed = [{"key": "method", "value": "wall.get"}, {"key": "v", "value": "5.199"}]
    assert shapes.error(15, "Just so", asked, {"more": 1}) == {
        "error": {"error_code": 15, "error_msg": "Just so", "request_params": echoed, "more": 1}
    }
    assert shapes.error(4242, "", {}, {})["error"]["error_msg"] == "Unknown error occurred"
    captcha = shapes.error(14, "", {}, {"captcha_sid": "7"})["error"]
    assert (captcha["captcha_sid"], captcha["captcha_ts"], captcha["captcha_attempt"]) == ("7", 0.0, 1)
    assert shapes.error(17, "", {}, {})["error"]["redirect_uri"].startswith("https://m.vk.com/activation")


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        (1, "Unknown error"), (3, "Unknown method"), (5, "User authorization failed"), (6, "Too many requests"),
        (7, "Permission"), (8, "Invalid request"), (9, "Flood"), (10, "Internal server"), (12, "Unable to compile"),
        (13, "Runtime error"), (14, "Captcha"), (15, "Access denied"), (17, "Validation"), (18, "User was deleted"),
        (19, "Content blocked"), (27, "Group authorization"), (28, "Application authorization"), (29, "Rate limit"),
        (30, "This profile is private"), (36, "Method execution"), (100, "One of the parameters"), (104, "Not found"),
        (212, "Access to post comments"), (2, "Unknown error"), (11, "Unknown error"), (16, "Unknown error"),
    ],
)  # fmt: skip
def test_errors_have_the_words_of_vk_s_list(code: int, begins: str) -> None:
    assert shapes.error(code, "", {}, {})["error"]["error_msg"].startswith(begins)


def test_what_is_attached_beside_videos(vk: Vk, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"12345")
    anna = vk.has_resident("Анна", "Ильина")
    video, gone = vk.uploads(anna, Path("a")), vk.uploads(anna, Path("b"))
    vk.deletes_video(gone)
    others = [
        Attached("link", link="https://x.example/a"), Attached("link", link="no address"), Attached("photo"),
        Attached("doc", path=tmp_path / "a.pdf"), Attached("doc"),
    ]  # fmt: skip
    key = vk.posts(anna, "x", videos=[video, gone, Key(anna, 1)], attached=others)
    first, *rest = told(vk, key)["attachments"]
    assert (first["type"], first["video"]["id"]) == ("video", video.id)
    number, address = 100 * key.id, f"https://vk.com/doc{key}?hash=126f761781ce2ebfc5"
    assert rest == [
        {"type": "link", "link": {"url": "https://x.example/a", "title": "Видео", "description": "",
                                  "caption": "x.example"}},
        {"type": "link", "link": {"url": "no address", "title": "Видео", "description": "", "caption": ""}},
        {"type": "photo", "photo": {"id": number + 2, "owner_id": anna}},
        {"type": "doc", "doc": {"id": number + 3, "owner_id": anna, "title": "a.pdf", "size": 5, "ext": "pdf",
                                "url": f"{address}&dl=3&api=1"}},
        {"type": "doc", "doc": {"id": number + 4, "owner_id": anna, "title": "file.bin", "size": 0, "ext": "bin",
                                "url": f"{address}&dl=4&api=1"}},
    ]  # fmt: skip


def test_a_repost_shows_so_many_originals_as_are_asked_for(vk: Vk) -> None:
    anna, public = vk.has_resident("Анна", "Ильина"), vk.has_group("tosno", "Тосно")
    first = vk.posts(anna, "раз")
    second = vk.posts(public, "два", repost_of=first, signer_id=anna)
    third = vk.posts(public, "три", repost_of=second)
    key = vk.posts(anna, "", repost_of=third)

    def chain(depth: int) -> list[int]:
        return [one["id"] for one in told(vk, key, depth=depth)["copy_history"]]

    assert (chain(1), chain(2), chain(3), chain(9)) == (
        [third.id], [third.id, second.id], [third.id, second.id, first.id], [third.id, second.id, first.id],
    )  # fmt: skip
    assert "copy_history" not in told(vk, key, depth=0)
    assert [one["id"] for one in told(vk, key)["copy_history"]] == [third.id, second.id]
    whole = told(vk, key, depth=9)["copy_history"]
    assert whole[1] == {
        "inner_type": "wall_wallpost", "type": "post", "attachments": [], "date": SECONDS, "from_id": public,
        "id": second.id, "owner_id": public, "post_source": {"type": "vk"}, "post_type": "post", "text": "два",
        "signer_id": anna,
    }  # fmt: skip
    assert "signer_id" not in whole[0]
    vk.deletes(second)
    shell = {"id": second.id, "owner_id": public, "from_id": 0, "date": 0, "post_type": "post"}
    assert told(vk, key, depth=9)["copy_history"][1:] == [shell]
    assert shapes.deleted(second) == {"owner_id": public, "id": second.id, "date": 0, "is_deleted": True}


def test_a_comment_is_told_with_its_answers() -> None:
    key, one = Key(-5, 7), VkComment(8, 3, AT, "Спасибо & <b>")
    shown = {
        "id": 8, "from_id": 3, "date": SECONDS, "text": "Спасибо &amp; &lt;b&gt;", "post_id": 7, "owner_id": -5,
        "parents_stack": [],
    }  # fmt: skip
    assert shapes.comment(key, one) == shown
    answers = [VkComment(number, 4, AT, "а" * 12, 8) for number in (9, 10, 11)]
    thread = shapes.comment(key, one, answers, most=2, length=10)["thread"]
    answer = {**shown, "id": 9, "from_id": 4, "text": "а" * 10 + "...", "parents_stack": [8], "reply_to_comment": 8}
    assert thread == {
        "count": 3, "items": [answer, {**answer, "id": 10}], "can_post": False, "show_reply_button": False,
        "groups_can_post": True,
    }  # fmt: skip
    assert shapes.comment(key, one, answers)["thread"]["items"] == []
    gone = shapes.comment(key, replace(one, deleted=True), [])
    assert (gone["from_id"], gone["text"], gone["deleted"], gone["thread"]["count"]) == (0, "", True, 0)


def test_a_long_text_is_cut_where_it_was_ordered() -> None:
    assert [shapes.cut("<12345", length) for length in (0, 5, 6, 7)] == ["&lt;12345", "&lt;1234...", "&lt;12345",
                                                                         "&lt;12345"]  # fmt: skip


def test_the_people_of_posts_are_all_whom_they_name(vk: Vk) -> None:
    anna, boris = vk.has_resident("Анна", "Ильина"), vk.has_resident("Борис", "Орлов")
    vera, public = vk.has_resident("Вера", "Белова"), vk.has_group("tosno", "Тосно")
    luga = vk.has_group("luga", "Луга")
    own = vk.posts(vera, "x")
    video = vk.uploads(luga, Path("a"), by=boris)
    key = vk.posts(public, "x", videos=[video], signer_id=anna, from_id=999, repost_of=own)
    items = [told(vk, key)]
    assert shapes.people_in(items) == {anna, boris, vera, public, luga, 999}
    assert shapes.people_in([{"attachments": [{"type": "link"}]}]) == set()
    people = shapes.extended(vk, items, [])
    assert [one["id"] for one in people["profiles"]] == [anna, boris, vera]
    assert [one["id"] for one in people["groups"]] == [-luga, -public]


def test_only_so_many_posts_are_kept_drawn(vk: Vk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shapes, "MOST_DRAWN", 6)
    anna = vk.has_resident("Анна", "Ильина")
    keys = [vk.posts(anna, str(number)) for number in range(7)]
    for key in keys[:6]:
        shapes.drawn(vk, vk.post(key))  # type: ignore[arg-type]
    assert list(vk.drawn) == keys[:6]
    shapes.drawn(vk, vk.post(keys[6]))  # type: ignore[arg-type]
    assert list(vk.drawn) == keys[2:]


def test_a_post_that_is_talked_about_is_drawn_each_time(vk: Vk, clock: FakeClock) -> None:
    anna = vk.has_resident("Анна", "Ильина")
    key = vk.posts(anna, "x")
    vk.comments(key, "y", by=anna, at=clock() + timedelta(hours=1))

    def count() -> int:
        found = vk.post(key)
        assert found is not None
        return int(shapes.drawn(vk, found)["comments"]["count"])

    assert (count(), list(vk.drawn)) == (0, [])
    clock.moves(hours=1)
    assert count() == 1


def test_a_drawn_post_reads_like_its_dictionary(wall: Wall) -> None:
    drawn, plain = wall.drawn(wall.repost), wall.afresh(wall.repost)
    assert (len(drawn), list(drawn), dict(drawn)) == (len(plain), list(plain), plain)
    assert shapes.encoded(drawn) == json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
