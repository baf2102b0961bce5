"""The networks beside VK, collected the whole way: place, sweep, judge, store; real httpx against their doubles."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from relay.collect import crawl, sources
from relay.collect.found import posts
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.language.catalogue import translator
from relay.models import Campaign
from relay.ports import PostRef
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.feed.source import FeedSource
from relay.sources.folder import FolderSource
from relay.sources.links import LinksSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, source_over

pytestmark = pytest.mark.slow


@pytest.fixture
def town(clock: FakeClock) -> Network:
    return Network(clock)


@pytest.fixture
def real(relay: Relay, town: Network, clock: FakeClock, campaign: Campaign) -> Iterator[Relay]:
    with Sandbox(town) as sandbox:
        kinds = {"tg": TelegramSource, "rutube": RutubeSource, "ok": OkSource, "rss": FeedSource}
        sources = {name: source_over(sandbox, relay.store, clock, kind) for name, kind in kinds.items()}
        sources["folder"] = FolderSource(relay.settings, relay.store, clock)
        sources["links"] = source_over(sandbox, relay.store, clock, LinksSource, dict(sources))
        yield replace(relay, sources=sources)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return a_film(tmp_path)


@pytest.fixture
def school(tmp_path: Path, clock: FakeClock) -> Path:
    folder = tmp_path / "school"
    folder.mkdir()
    path = folder / "Глеб Орлов, Луга.mp4"
    path.write_bytes(b"film")
    os.utime(path, (clock().timestamp() - 3600,) * 2)
    return folder


def test_every_network_lands_in_the_same_queue(
    real: Relay, town: Network, clock: FakeClock, film: Path, school: Path, tmp_path: Path
) -> None:
    hour = timedelta(hours=1)
    town.telegram.has_channel("gorod", "Город")
    town.telegram.posts("gorod", "Ярмарка", at=clock() - 6 * hour)
    town.telegram.posts("gorod", "Читает Анна #proryv80", videos=[film], at=clock() - 5 * hour)
    town.telegram.posts("gorod", "Читает Вера #прорыв80", videos=[film], big=True, at=clock() - 4 * hour)
    town.rutube.has_channel(639184, "Школа 47")
    number = town.rutube.uploads(639184, film, "Читает Борис", description="#proryv80", at=clock() - 3 * hour)
    group = town.ok.has_group(57024524746860, "Наш город")
    town.ok.uploads(group, film, "Читает Егор #proryv80", at=clock() - 3 * hour)
    link = f"https://rutube.ru/play/embed/{number}"
    item = f"<title>Борис #proryv80</title><link>{link}</link><pubDate>Thu, 12 Jan 2023 08:00:00 GMT</pubDate>"
    town.sites.shows("/feed.xml", f'<rss version="2.0"><channel><title>x</title><item>{item}</item></channel></rss>')
    (tmp_path / "list.txt").write_text(f"{link}\nhttps://t.me/gorod/2\n", "utf-8")
    for address in (
        "https://t.me/s/gorod",
        "rutube:channel/639184",
        "ok:group/57024524746860",
        "rss:https://school47.example/feed.xml",
        f"folder:{school}",
        f"links:{tmp_path / 'list.txt'}",
    ):
        sources.add(real, SLUG, address)

    sweeps = crawl.crawl(real, SLUG)

    assert [sweep.complete for sweep in sweeps] == [True] * 6
    listed = {post.url: post for post in posts.listing(real, SLUG)}
    assert {(post.network, post.match, post.matched_in) for post in listed.values()} == {
        ("tg", "exact", "text"),
        ("tg", "near", "text"),
        ("tg", "exact", "handed in"),
        ("rutube", "exact", "video description"),
        ("ok", "exact", "video title"),
        ("rss", "exact", "text"),
        ("folder", "exact", "handed in"),
    }
    rutube, feed = listed[f"https://rutube.ru/video/{number}/"], listed[link]
    assert rutube.sources == ["rutube:channel/639184", f"links:{tmp_path / 'list.txt'}"]
    shown = [posts.show(real, post.id).videos[0] for post in (rutube, feed)]
    assert shown[0].id == shown[1].id, "one video in two spellings has two rows"
    (big,) = posts.show(real, listed["https://t.me/gorod/4"].id).videos
    assert (big.state, "ask the author" in big.reason) == ("refused", True)
    (handed,) = posts.show(real, next(post.id for post in listed.values() if post.network == "folder")).videos
    assert (handed.author, handed.state) == ("Глеб Орлов", "found")

    before = len(listed)
    clock.moves(minutes=30)
    assert [sweep.posts_new for sweep in crawl.crawl(real, SLUG)] == [0] * 6
    assert len(posts.listing(real, SLUG)) == before


def test_links_of_every_network_are_handed_in(real: Relay, town: Network, film: Path) -> None:
    town.telegram.has_channel("gorod", "Город")
    number = town.telegram.posts("gorod", "Без тега", videos=[film])
    town.rutube.has_channel(639184, "Школа 47")
    video = town.rutube.uploads(639184, film, "Без тега")
    first = posts.add(real, SLUG, f"https://t.me/gorod/{number}?single", person="olga")
    second = posts.add(real, SLUG, f"https://rutube.ru/shorts/{video}/", person="olga")
    assert [posts.show(real, one).match for one in (first, second)] == ["exact", "exact"]


def test_a_network_in_trouble_stops_no_other_and_misses_nothing(
    real: Relay, town: Network, clock: FakeClock, film: Path
) -> None:
    town.telegram.has_channel("gorod", "Город")
    for minutes in range(50, 0, -1):
        town.telegram.posts("gorod", f"#proryv80 {minutes}", at=clock() - timedelta(minutes=minutes))
    town.rutube.has_channel(639184, "Школа 47")
    town.rutube.uploads(639184, film, "#proryv80", at=clock() - timedelta(minutes=5))
    for address in ("tg:gorod", "rutube:channel/639184"):
        sources.add(real, SLUG, address)
    town.telegram.faults.pages_answer_html(1)
    assert [sweep.complete for sweep in crawl.crawl(real, SLUG)] == [False, True]
    for trouble in (
        lambda: town.telegram.faults.pages_break_off(1),
        lambda: town.telegram.faults.pages_answer(502, 3),
        lambda: town.telegram.faults.pages_answer(429, 2),
    ):
        trouble()
        crawl.crawl(real, SLUG)
    crawl.crawl(real, SLUG)
    assert len(posts.listing(real, SLUG)) == 51


def test_the_last_evening_of_a_feed_without_zones_is_in_the_window_and_no_date_is_lost_in_silence(
    real: Relay, town: Network, clock: FakeClock
) -> None:
    dates = {
        "late": "18.01.2023 23:30",
        "named": "Wed, 18 Jan 2023 23:30:00 MSK",
        "counted": "Wed, 18 Jan 2023 23:30:00 GMT+3",
        "russian": "Ср, 18 янв 2023 23:30:00 +0300",
        "after": "19.01.2023 00:30",
        "unread": "восемнадцатого",
    }
    items = (
        f"<item><guid>{name}</guid><title>{name} #proryv80</title><pubDate>{date}</pubDate></item>"
        for name, date in dates.items()
    )
    town.sites.shows("/feed.xml", f'<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>')
    clock.moves(days=6.6)
    sources.add(real, SLUG, "rss:https://school47.example/feed.xml")

    (sweep,) = crawl.crawl(real, SLUG)

    found = {post.text.partition(" ")[0]: post.match for post in posts.listing(real, SLUG)}
    assert found == {
        "late": "exact",
        "named": "exact",
        "counted": "exact",
        "russian": "exact",
        "after": "outside",
    }
    assert "the first: unread #proryv80: its date can't be read (восемнадцатого)" in (sweep.fault or "")
    assert "не удалось прочитать (восемнадцатого)" in translator("ru").tell(sweep.fault or "")


def test_telegrams_links_are_fetched_and_what_its_page_hides_is_told(
    real: Relay, town: Network, clock: FakeClock
) -> None:
    hour, said = timedelta(hours=1), town.telegram.posts
    town.telegram.has_channel("gorod", "Город")
    said("gorod", "#proryv80 https://vk.com/video7_4", at=clock() - 5 * hour)
    said("gorod", "#proryv80 смотрите", preview="https://youtu.be/abcdefghijk", at=clock() - 4 * hour)
    said("gorod", "#proryv80 https://dzen.ru/video/watch/5", at=clock() - 3 * hour)
    town.telegram.hides("gorod", said("gorod", "#proryv80 не покажем", at=clock() - 2 * hour))
    source = sources.add(real, SLUG, "tg:gorod").id or 0
    row = crawl.sweep(real, source)
    assert row.fault == "Posts that the public page does not show: 1; the first: https://t.me/gorod/5."
    assert [(post.videos, post.unfetchable) for post in posts.listing(real, SLUG)] == [
        (1, ""),
        (1, ""),
        (0, "elsewhere"),
    ]
    assert coverage.report(real, SLUG).sources[0].not_shown == ["https://t.me/gorod/5"]
    clock.moves(hours=1)
    assert crawl.sweep(real, source).fault == ""


def test_a_link_that_its_author_takes_out_of_a_message_is_a_video_that_is_gone(
    real: Relay, town: Network, clock: FakeClock
) -> None:
    town.telegram.has_channel("gorod", "Город")
    number = town.telegram.posts("gorod", "#proryv80 https://vk.com/video7_4", at=clock() - timedelta(hours=1))
    telegram = real.sources["tg"]
    asked = [PostRef("gorod", str(number), f"https://t.me/gorod/{number}", ("https://vk.com/video7_4",))]
    (again,) = telegram.recheck(asked)
    assert again.post is not None
    assert [video.network for video in again.post.videos] == ["vk"]
    town.telegram.edits("gorod", number, "#proryv80 раздумали")
    (again,) = telegram.recheck(asked)
    assert (again.lost, again.unclear) == ("", "")
    assert again.post is not None
    assert again.post.videos == ()
    town.telegram.hides("gorod", number)
    (again,) = telegram.recheck(asked)
    assert again.unclear, "what is not shown may still be there"
