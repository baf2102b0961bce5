"""The whole way with the real vk_api, against the sandbox network: what the organizer's commands do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import select

from relay.collect import campaigns, comments, crawl, sources, without_video
from relay.collect.found import near_misses, posts
from relay.context import Relay
from relay.models import Campaign, Video
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.records import Attached
from relay.sources.vk.source import VkSource
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.slow


@pytest.fixture
def town(clock: FakeClock) -> Network:
    return Network(clock)


@pytest.fixture
def real(relay: Relay, town: Network, clock: FakeClock, campaign: Campaign) -> Iterator[Relay]:
    """The relay of the other tests, with VK itself instead of the fake."""
    with Sandbox(town) as sandbox:
        settings = relay.settings.model_copy(
            update={"vk_token": SecretStr(sandbox.token), "vk_api_url": sandbox.api_url}
        )
        vk = VkSource(settings, relay.store, clock, lambda seconds: clock.moves(seconds=seconds))
        yield replace(relay, settings=settings, sources={"vk": vk})


def _matches(relay: Relay) -> dict[str, str]:
    return {post.text: post.match for post in posts.listing(relay, SLUG)}


def test_a_town_reads_letters(real: Relay, town: Network, clock: FakeClock, tmp_path: Path) -> None:
    gorod, anna = town.vk.has_group("gorod", "Город"), town.vk.has_resident("Анна", "Иванова")
    boris = town.vk.has_resident("Борис", "Петров")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    hour = timedelta(hours=1)
    letter = town.vk.uploads(anna, file, title="Письмо деда", duration=31)
    original = town.vk.posts(anna, 'Письмо "деда" #proryv80', videos=[letter], at=clock() - 5 * hour)
    town.vk.posts(gorod, "Правила", at=clock() - timedelta(days=400), pinned=True)
    town.vk.posts(gorod, "Делимся", repost_of=original, at=clock() - 4 * hour)
    fresh = town.vk.uploads(boris, file, kind="short_video", description="клип #Proryv80", processing=True)
    clip = town.vk.posts(boris, "", videos=[fresh], at=clock() - 3 * hour)
    town.vk.posts(gorod, "Читаем #прорыв80", at=clock() - 2 * hour)
    later = town.vk.posts(gorod, "Тег забыли", at=clock() - 1 * hour)
    for address in ("https://vk.com/gorod?w=wall1_2", f"vk:id{boris}", "vk:tag"):
        sources.add(real, SLUG, address)

    sweeps = crawl.crawl(real, SLUG)
    assert [sweep.fault for sweep in sweeps] == ["", "", ""]
    assert _matches(real) == {
        'Письмо "деда" #proryv80': "exact",
        "Делимся": "exact",
        "": "exact",
        "Читаем #прорыв80": "near",
    }
    shown = {post.text: post for post in posts.listing(real, SLUG)}
    assert (shown["Делимся"].author, shown["Делимся"].matched_in) == ("Анна Иванова", "original")
    assert (shown[""].author, shown[""].matched_in) == ("Борис Петров", "video description")
    assert posts.show(real, shown[""].id).videos[0].reason == "VK is still processing the video."
    assert campaigns.status(real, SLUG).videos == {"found": 1, "unavailable": 1}

    clock.moves(minutes=30)
    town.vk.edits(later, "Тег вспомнили #proryv80")
    town.vk.finishes_video(fresh)
    calls = town.vk.api.requests
    crawl.crawl(real, SLUG)
    assert town.vk.api.requests - calls == 3, "one call for both walls, and one for each tag and alias"
    assert _matches(real)["Тег вспомнили #proryv80"] == "exact"
    assert campaigns.status(real, SLUG).videos == {"found": 2}

    town.vk.deletes(clip)
    before = posts.listing(real, SLUG)
    crawl.crawl(real, SLUG)
    assert posts.listing(real, SLUG) == before


def test_a_token_that_is_revoked_parks_and_loses_nothing(real: Relay, town: Network, clock: FakeClock) -> None:
    gorod = town.vk.has_group("gorod", "Город")
    for hours in range(1, 150):
        town.vk.posts(gorod, f"#proryv80 {hours}", at=clock() - timedelta(minutes=5 * hours))
    sources.add(real, SLUG, "vk:gorod")
    sources.add(real, SLUG, "vk:tag")
    town.vk.api.fails("wall.get", 5, 1)
    calls = town.vk.api.requests
    assert [sweep.complete for sweep in crawl.crawl(real, SLUG)] == [False, False]
    assert town.vk.api.requests - calls == 1, "a refused token was used again"
    (alert,) = campaigns.status(real, SLUG).alerts
    assert "RELAY_VK_TOKEN" in alert.text

    sources.check(real, SLUG)
    assert all(sweep.complete for sweep in crawl.crawl(real, SLUG))
    assert len(_matches(real)) == 149
    assert campaigns.status(real, SLUG).alerts == []


def test_a_tag_that_was_forgotten_and_written_below_is_a_near_miss(
    real: Relay, town: Network, clock: FakeClock, tmp_path: Path
) -> None:
    gorod, anna = town.vk.has_group("gorod", "Город"), town.vk.has_resident("Анна", "Иванова")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    hour = timedelta(hours=1)
    silent = town.vk.posts(anna, "Письмо деда", videos=[town.vk.uploads(anna, file)], at=clock() - 5 * hour)
    shared = town.vk.posts(gorod, "Наша Анна", repost_of=silent, at=clock() - 4 * hour)
    town.vk.posts(gorod, "Ярмарка", videos=[town.vk.uploads(gorod, file)], at=clock() - 3 * hour)
    town.vk.comments(silent, "Забыла тег: #proryv80", by=anna)
    town.vk.comments(shared, "Красота!", by=anna)
    comments.set_for(real, SLUG, on=True, person="olga")
    for address in ("vk:gorod", f"vk:id{anna}"):
        sources.add(real, SLUG, address)

    assert all(sweep.complete for sweep in crawl.crawl(real, SLUG))
    assert town.vk.api.calls["wall.getComments"] == 2, "posts without a comment are not asked about"
    (waiting,) = near_misses.listing(real, SLUG)
    assert (waiting.text, waiting.matched_in, waiting.comment.own) == ("Письмо деда", "comment", True)
    clock.moves(minutes=30)
    crawl.crawl(real, SLUG)
    assert town.vk.api.calls["wall.getComments"] == 2, "nothing has grown"
    near_misses.accept(real, waiting.id, person="Анна")
    assert campaigns.status(real, SLUG).videos == {"found": 1}


def test_links_are_handed_in(real: Relay, town: Network, clock: FakeClock, tmp_path: Path) -> None:
    anna = town.vk.has_resident("Анна", "Иванова")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    video = town.vk.uploads(anna, file)
    post = town.vk.posts(anna, "Без тега", videos=[video], indexed=False)
    town.vk.closes(town.vk.has_group("closed", "Закрытые"))
    first = posts.add(real, SLUG, f"https://m.vk.com/wall{post}?reply=1", person="olga")
    second = posts.add(real, SLUG, f"https://vkvideo.ru/video{video}", person="olga")
    shown = [posts.show(real, number) for number in (first, second)]
    assert [one.match for one in shown] == ["exact", "exact"]
    assert [one.network for one in shown] == ["vk", "hand-in"]
    assert shown[0].videos[0].id == shown[1].videos[0].id, "the same video has two rows"


def test_an_hour_of_bad_weather_loses_nothing(real: Relay, town: Network, clock: FakeClock) -> None:
    """Connections break, VK stumbles, the quota of an hour is short: in the end everything is there, once."""
    gorod = town.vk.has_group("gorod", "Город")
    expected = set()
    for number in range(400):
        town.vk.posts(gorod, f"#proryv80 {number}", at=clock() - timedelta(minutes=number))
        expected.add(f"#proryv80 {number}")
    sources.add(real, SLUG, "vk:gorod")
    town.vk.api.breaks_connections(0.1, seed=3)
    for trouble in (
        lambda: town.vk.api.fails("wall.get", 1, 7),
        lambda: town.vk.api.fails("wall.get", 6, 2),
        lambda: town.vk.api.fails("wall.get", 14, 1),
        lambda: town.vk.api.answers_html(6),
        lambda: town.vk.api.truncates_json(3),
        lambda: town.vk.api.fails("wall.get", 29, 1),
        lambda: town.vk.api.fails("wall.get", 77777, 1),
    ):
        trouble()
        crawl.crawl(real, SLUG)
        clock.moves(hours=2)
    crawl.crawl(real, SLUG)
    listed = [post.text for post in posts.listing(real, SLUG)]
    assert len(listed) == len(set(listed))
    assert set(listed) == expected


def test_a_video_is_one_however_it_is_spelled(real: Relay, town: Network, clock: FakeClock, tmp_path: Path) -> None:
    """Swept from a wall, found by the search, and handed in by links that look different."""
    gorod, anna = town.vk.has_group("gorod", "Город"), town.vk.has_resident("Анна", "Иванова")
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"x")
    video = town.vk.uploads(anna, file, title="Письмо #proryv80")
    town.vk.posts(anna, "#proryv80", videos=[video], at=clock() - timedelta(hours=2))
    town.vk.posts(gorod, "И мы #proryv80", videos=[video], at=clock() - timedelta(hours=1))
    for address in ("vk:gorod", "vk:tag"):
        sources.add(real, SLUG, address)
    crawl.crawl(real, SLUG)
    oid, number = video.owner_id, video.id
    for link in (
        f"https://vk.ru/video{video}",
        f"https://m.vk.com/feed?z=video{video}%2Fabc",
        f"vkvideo.ru/video{video}",
        f"https://vk.com/video_ext.php?oid={oid}&amp;id={number}&amp;hash=ab",
        f"https://vk.com/away.php?to=https%3A%2F%2Fm.vkvideo.ru%2Fclip{video}",
    ):
        posts.add(real, SLUG, link, person="olga")
    with real.reading() as session:
        assert [(row.owner_id, row.video_id) for row in session.exec(select(Video))] == [(str(oid), str(number))]


def test_posts_whose_video_is_no_video_of_vk_are_fetched_or_listed(
    real: Relay, town: Network, clock: FakeClock, tmp_path: Path
) -> None:
    gorod, anna, file = town.vk.has_group("gorod", "Город"), town.vk.has_resident("Анна", "Иванова"), tmp_path / "a.mp4"
    file.write_bytes(b"film")
    rutube = "https://rutube.ru/video/3eac3b4561676c17df9132a9a1e62e3e/"
    shapes = {
        "link": [Attached("link", link=rutube)],
        "doc": [Attached("doc", path=file)],
        "story": [Attached("story")],
        "playlist": [Attached("video_playlist")],
        "picture": [Attached("photo")],
        "poll": [Attached("poll")],
    }
    for number, (name, attached) in enumerate(shapes.items(), start=2):
        text = f"#proryv80 {name}"
        town.vk.posts(gorod, text, signer_id=anna, attached=attached, at=clock() - timedelta(hours=number))
    town.vk.posts(gorod, "скрыто", donut=True, at=clock() - timedelta(hours=1))
    source = sources.add(real, SLUG, "vk:gorod")
    row = crawl.sweep(real, source.id or 0)
    assert "does not show: 1; the first: https://vk.com/wall" in row.fault
    assert {post.text.split()[1]: post.unfetchable for post in posts.listing(real, SLUG)} == {
        "link": "",
        "doc": "",
        "story": "story",
        "playlist": "playlist",
        "picture": "pictures",
        "poll": "other",
    }
    with real.reading() as session:
        videos = {video.network: video for video in session.exec(select(Video))}
    assert set(videos) == {"rutube", "vk"}
    assert {video.author for video in videos.values()} == {"Анна Иванова"}
    assert videos["vk"].url.endswith("#file")
    assert without_video.counts(real, SLUG) == {"waiting": 3, "unlikely": 1, "put_aside": 0}
