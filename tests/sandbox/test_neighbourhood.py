from __future__ import annotations

import html
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.collect.hashtags import match, wanted
from relay.errors import Refused
from relay.models import MatchKind
from relay.sandbox.measure import Size
from relay.sandbox.neighbourhood import populate, videos_in
from relay.sandbox.network import Network
from relay.sandbox.vk.records import Key
from tests.fakes.clock import FakeClock
from tests.sandbox.conftest import Ask

OPENS, CLOSES = datetime(2023, 1, 10, 21, tzinfo=UTC), datetime(2023, 1, 18, 20, 59, tzinfo=UTC)
TAG = wanted(["#proryv80"])


def size_of(path: Path) -> Size:
    return Size(1080, 1920, 12.0) if path.name.startswith("upright") else Size(1280, 720, 8.4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    (folder / "more").mkdir(parents=True)
    for name in ("a.mp4", "b.mkv", "c.MOV", "d.gif", "e'f.avi", "upright.mp4", "more/g.webm", "more/noending"):
        (folder / name).write_bytes(name.encode())
    for name in ("notes.txt", "list.csv", "README.md", ".hidden.mp4"):
        (folder / name).write_bytes(b"no video")
    return folder


def fill(network: Network, folder: Path, **words: Any) -> list[str]:
    return populate(network, folder, **{"opens": OPENS, "closes": CLOSES, "measure": size_of, **words})


def posts_of(ask: Ask, sources: list[str]) -> Iterator[dict[str, Any]]:
    """What reading the listed walls to their ends gives."""
    for source in sources:
        if source != "vk:tag":
            yield from ask("wall.get", domain=source.removeprefix("vk:"), count=100)["response"]["items"]


def judged(post: dict[str, Any]) -> MatchKind | None:
    """What Relay's own matcher makes of a post as the API shows it, the window aside."""
    chain = [post, *post.get("copy_history", [])]
    texts = [("text", item.get("text", "")) for item in chain]
    texts += [("video description", video["description"]) for video in videos_of(post)]
    hit = match(texts, TAG)
    return hit.kind if hit else None


def videos_of(post: dict[str, Any]) -> list[dict[str, Any]]:
    chain = [post, *post.get("copy_history", [])]
    return [attached["video"] for item in chain for attached in item.get("attachments", [])]


def files_in(network: Network, posts: list[dict[str, Any]]) -> set[str]:
    keys = [Key(video["owner_id"], video["id"]) for post in posts for video in videos_of(post)]
    return {upload.path.name for key in keys if (upload := network.vk.upload(key)) is not None}


def inside(post: dict[str, Any]) -> bool:
    return bool(OPENS.timestamp() <= post["date"] <= CLOSES.timestamp())


@pytest.mark.slow
def test_every_file_is_on_a_listed_wall_in_a_post_that_counts(ask: Ask, network: Network, folder: Path) -> None:
    network.clock = FakeClock(CLOSES + timedelta(days=30))
    sources = fill(network, folder)
    counted = [post for post in posts_of(ask, sources) if inside(post) and judged(post) is MatchKind.exact]

    assert sources[-1] == "vk:tag"
    assert len(sources) == 6
    assert files_in(network, counted) == {path.name for path in videos_in(folder)}
    assert len(videos_in(folder)) == 8


@pytest.mark.slow
def test_every_file_is_there_while_the_window_is_still_open(
    ask: Ask, network: Network, clock: FakeClock, folder: Path
) -> None:
    sources = fill(network, folder)
    posts = [post for post in posts_of(ask, sources) if inside(post) and judged(post) is MatchKind.exact]

    assert OPENS < clock() < CLOSES
    assert files_in(network, posts) == {path.name for path in videos_in(folder)}
    assert all(post["date"] <= clock().timestamp() for post in posts)


@pytest.mark.slow
def test_walls_hold_what_makes_collecting_hard(ask: Ask, network: Network, folder: Path) -> None:
    network.clock = FakeClock(CLOSES + timedelta(days=30))
    posts = list(posts_of(ask, fill(network, folder)))
    exact = [post for post in posts if judged(post) is MatchKind.exact]
    near = {html.unescape(post["text"]) for post in posts if judged(post) is MatchKind.near}

    assert any(post.get("is_pinned") and not inside(post) for post in exact)
    assert any(post["date"] < OPENS.timestamp() and videos_of(post) for post in exact)
    assert any(post["date"] > CLOSES.timestamp() and videos_of(post) for post in exact)
    assert any("edited" in post for post in exact)
    assert any("signer_id" in post for post in exact)
    assert any(post["from_id"] > 0 for post in exact)
    assert any("copy_history" in post and post["text"] == "" for post in exact)
    assert any(len(videos_of(post)) == 2 for post in exact)
    clips = [video for post in exact for video in videos_of(post) if video["type"] == "short_video"]
    assert {(video["title"], video["height"]) for video in clips} == {("", 1920)}
    for look_alike in ("#прорыв80", "#рroryv80", "#proryv 80", "#proryv80лет"):
        assert any(text.endswith(look_alike) for text in near), look_alike
    assert any(judged(post) is None for post in posts)


def test_search_finds_some_but_not_all(ask: Ask, network: Network, folder: Path) -> None:
    network.clock = FakeClock(CLOSES + timedelta(days=30))
    fill(network, folder)
    since = int((OPENS - timedelta(days=1)).timestamp())
    found = ask("newsfeed.search", q="#proryv80", start_time=since, count=200)["response"]["items"]
    by_residents = files_in(network, [post for post in found if post["owner_id"] > 0])

    assert by_residents
    assert by_residents < {path.name for path in videos_in(folder)}


def test_a_deleted_post_is_known_only_by_its_number(ask: Ask, network: Network, folder: Path) -> None:
    fill(network, folder)
    deleted = [post.key for post in network.vk.all_posts() if post.deleted]
    shown = ask("wall.getById", posts=",".join(map(str, deleted)))["response"]["items"]

    assert [item["is_deleted"] for item in shown] == [True]


def test_captions_name_the_people(network: Network, folder: Path) -> None:
    told = {
        "a.mp4": {"name": "Нина Петровна Соколова", "town": "Луга", "text": "Мой рассказ", "title": "Рассказ"},
        "b.mkv": {"name": "Дарья", "as": "clip", "text": "Стих #proryv80"},
    }
    (folder / "captions.json").write_text(json.dumps(told, ensure_ascii=False), "utf-8")
    fill(network, folder)
    nina = next(owner for owner in network.vk.owners() if owner.last_name == "Соколова" and " " in owner.name)
    post = network.vk.wall(nina.id)[0]
    upload = network.vk.upload(post.videos[0])

    assert (nina.full_name, nina.town) == ("Нина Петровна Соколова", "Луга")
    assert post.text == "Мой рассказ #proryv80"
    assert upload is not None
    assert upload.title == "Рассказ"
    clips = [video for video in network.vk.videos() if video.kind == "short_video"]
    assert [(clip.path.name, clip.description) for clip in clips] == [("b.mkv", "Стих #proryv80")]


@pytest.mark.slow
def test_the_same_seed_makes_the_same_neighbourhood(clock: FakeClock, folder: Path) -> None:
    def told(seed: int) -> list[tuple[Key, str]]:
        network = Network(clock)
        fill(network, folder, seed=seed)
        return [(post.key, post.text) for post in network.vk.everything()]

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_one_file_is_enough(ask: Ask, network: Network, tmp_path: Path) -> None:
    (tmp_path / "only").mkdir()
    (tmp_path / "only" / "one.mp4").write_bytes(b"1")
    sources = fill(network, tmp_path / "only")

    assert files_in(network, list(posts_of(ask, sources))) == {"one.mp4"}


def test_another_tag_may_be_used(ask: Ask, network: Network, folder: Path) -> None:
    network.clock = FakeClock(CLOSES + timedelta(days=30))
    sources = fill(network, folder, tag="#ЯЧитаю")
    mine = wanted(["#ЯЧитаю"])
    posts = list(posts_of(ask, sources))
    hits = {post["text"]: hit.kind for post in posts if (hit := match([("text", post["text"])], mine))}

    assert hits["Читаем с внуком #ЯЧита ю"] is MatchKind.near
    assert hits["Тоже прочитала! #ЯЧитаю_"] is MatchKind.near
    assert MatchKind.exact in hits.values()
    assert not any("proryv" in post["text"] for post in posts)


def test_a_folder_without_videos_is_refused(network: Network, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")

    with pytest.raises(Refused, match="no videos"):
        fill(network, tmp_path)
    with pytest.raises(Refused, match="no folder"):
        fill(network, tmp_path / "missing")
    (tmp_path / "a.mp4").write_bytes(b"1")
    (tmp_path / "captions.json").write_text("[1]")
    with pytest.raises(Refused, match="JSON"):
        fill(network, tmp_path)
