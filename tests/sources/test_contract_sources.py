"""What every Source promises, over all of them but VK (test_contract.py), each against its own double."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, RelayError, SourceError, TryLater
from relay.ports import Page, Place, SourceAdapter
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import SOURCES, open_sources
from relay.sources.feed.source import FeedSource
from relay.sources.folder import FolderSource
from relay.sources.links import LinksSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.youtube.source import YoutubeSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.lister import FakeLister
from tests.sources.sandboxed import read_all, source_over

ADDRESSES = {
    "vk": ("vk:club1", "https://vk.com/gorod"),
    "tg": ("tg:gorod", "https://t.me/s/gorod"),
    "rutube": ("rutube:tag/1800", "https://rutube.ru/channel/639184/"),
    "ok": ("ok:group/57024524746860", "https://ok.ru/group/57024524746860"),
    "yt": ("yt:#proryv80", "https://www.youtube.com/@gorod"),
    "rss": ("rss:https://vk.com/feed.xml", "feed:https://t.me/feed"),
    "folder": ("folder:/home/school",),
    "links": ("links:/home/list.txt", "links:https://vk.com/list"),
}


class World(Protocol):
    """`nobody`: an address in the right form that leads nowhere. `looks`: whether links lead to posts."""

    source: SourceAdapter
    address: str
    nobody: str
    looks: bool

    def post(self, text: str, at: datetime) -> str:
        """Returns a link to it."""
        ...

    def down(self) -> None: ...

    def close(self) -> None: ...


class Sandboxed:
    looks = True

    def __init__(self, network: Network, make: Callable[..., SourceAdapter]) -> None:
        self.network = network
        self.down = network.is_down


class TelegramWorld(Sandboxed):
    address, nobody = "tg:Gorod", "tg:nikogo"

    def __init__(self, network: Network, make: Callable[..., SourceAdapter]) -> None:
        super().__init__(network, make)
        self.source = make(TelegramSource)
        network.telegram.has_channel("Gorod", "Город")

    def post(self, text: str, at: datetime) -> str:
        return f"https://t.me/Gorod/{self.network.telegram.posts('gorod', text, at=at)}"

    def close(self) -> None:
        self.network.telegram.hides_preview("gorod")


class RutubeWorld(Sandboxed):
    address, nobody = "rutube:channel/639184", "rutube:channel/5"

    def __init__(self, network: Network, make: Callable[..., SourceAdapter]) -> None:
        super().__init__(network, make)
        self.source = make(RutubeSource)
        network.rutube.has_channel(639184, "Школа 47")

    def post(self, text: str, at: datetime) -> str:
        return f"https://rutube.ru/video/{self.network.rutube.uploads(639184, Path('x'), text, at=at)}/"

    def close(self) -> None:
        self.network.rutube.leaves(639184)


class OkWorld(Sandboxed):
    address, nobody = "ok:group/57024524746860", "ok:group/12345"

    def __init__(self, network: Network, make: Callable[..., SourceAdapter]) -> None:
        super().__init__(network, make)
        self.source = make(OkSource)
        network.ok.has_group(57024524746860, "Город")

    def post(self, text: str, at: datetime) -> str:
        return f"https://ok.ru/video/{self.network.ok.uploads(57024524746860, Path('x'), text, at=at)}"

    def close(self) -> None:
        self.network.ok.closes(57024524746860)


class FeedWorld(Sandboxed):
    address, nobody, looks = "rss:https://school47.example/feed.xml", "rss:https://school47.example/none.xml", False

    def __init__(self, network: Network, make: Callable[..., SourceAdapter]) -> None:
        super().__init__(network, make)
        self.source = make(FeedSource)
        self._items: list[str] = []
        self._show()

    def post(self, text: str, at: datetime) -> str:
        link = f"https://school47.example/{len(self._items)}"
        self._items.insert(
            0, f"<item><title>{text}</title><link>{link}</link><pubDate>{format_datetime(at)}</pubDate></item>"
        )
        self._show()
        return link

    def close(self) -> None:
        self.network.sites.takes_down("/feed.xml")

    def _show(self) -> None:
        body = f'<rss version="2.0"><channel><title>Школа</title>{"".join(self._items)}</channel></rss>'
        self.network.sites.shows("/feed.xml", body, media_type="application/rss+xml")


class LinksWorld(Sandboxed):
    """The links lead to messages of a channel."""

    nobody, looks = "links:/nowhere/list.txt", False

    def __init__(self, network: Network, make: Callable[..., SourceAdapter], folder: Path) -> None:
        super().__init__(network, make)
        self.source = make(LinksSource, {"tg": make(TelegramSource)})
        self._path = folder / "list.txt"
        self._path.write_text("https://example.org/\n", "utf-8")
        self.address = f"links:{self._path}"
        network.telegram.has_channel("gorod")

    def post(self, text: str, at: datetime) -> str:
        link = f"https://t.me/gorod/{self.network.telegram.posts('gorod', text, at=at)}"
        self._path.write_text(f"{link}\n{self._path.read_text('utf-8')}", "utf-8")
        return link

    def close(self) -> None:
        self._path.unlink()


class FolderWorld:
    nobody, looks = "folder:/nowhere/at/all", False

    def __init__(self, settings: Settings, store: Store, clock: FakeClock, folder: Path) -> None:
        self.source: SourceAdapter = FolderSource(settings, store, clock)
        self._folder = folder / "school"
        self._folder.mkdir()
        self.address = f"folder:{self._folder}"

    def post(self, text: str, at: datetime) -> str:
        path = self._folder / f"{text}.mp4"
        path.write_bytes(b"film")
        os.utime(path, (at.timestamp(), at.timestamp()))
        return f"folder:{path}"

    def down(self) -> None:
        pytest.skip("a folder is there, or it is gone")

    def close(self) -> None:
        for path in self._folder.iterdir():
            path.unlink()
        self._folder.rmdir()


class YoutubeWorld:
    address, nobody, looks = "yt:@gorod", "yt:@nikogo", True
    _list = "https://www.youtube.com/@gorod/videos"

    def __init__(self, settings: Settings, store: Store, clock: FakeClock) -> None:
        self._lists = FakeLister()
        self._lists.has(self._list, "Город - Videos")
        self._lists.has("https://www.youtube.com/@gorod/shorts")
        self.source: SourceAdapter = YoutubeSource(settings, store, clock, self._lists)
        self._count = 0
        self.down = self._lists.is_down

    def post(self, text: str, at: datetime) -> str:
        self._count += 1
        self._lists.lists(self._list, f"video{self._count:06d}", text, at)
        return f"https://www.youtube.com/watch?v=video{self._count:06d}"

    def close(self) -> None:
        self._lists.loses(self._list)


@pytest.fixture(params=["tg", "rutube", "ok", "rss", "links", "folder", "yt"])
def world(
    request: pytest.FixtureRequest, settings: Settings, store: Store, clock: FakeClock, tmp_path: Path
) -> Iterator[World]:
    if request.param == "folder":
        yield FolderWorld(settings, store, clock, tmp_path)
        return
    if request.param == "yt":
        yield YoutubeWorld(settings, store, clock)
        return
    sandbox: Sandbox = request.getfixturevalue("sandbox")
    network: Network = request.getfixturevalue("network")

    def make(kind: Callable[..., SourceAdapter], *more: object) -> SourceAdapter:
        return source_over(sandbox, store, clock, kind, *more)

    if request.param == "links":
        yield LinksWorld(network, make, tmp_path)
        return
    yield {"tg": TelegramWorld, "rutube": RutubeWorld, "ok": OkWorld, "rss": FeedWorld}[request.param](network, make)


def _read(world: World, place: Place, clock: FakeClock) -> list[Page]:
    return read_all(world.source, place, clock, hours=24 * 30)


def test_every_address_belongs_to_one_network(settings: Settings, store: Store, clock: FakeClock) -> None:
    sources = open_sources(settings, store, clock, FakeLister())
    assert set(sources) == set(ADDRESSES)
    assert [kind.description.name for kind in SOURCES] == list(sources)
    for name, addresses in ADDRESSES.items():
        for address in addresses:
            assert [one for one, source in sources.items() if source.claims(address)] == [name]
    for nonsense in ("", "gorod", "https://example.org/", "https://[broken", "xx:gorod", "\x00"):
        assert not any(source.claims(nonsense) for source in sources.values())
    assert all(source.description.name == name for name, source in sources.items())


@pytest.mark.slow
def test_an_address_leads_to_a_place_that_leads_to_itself(world: World, clock: FakeClock) -> None:
    world.post("#proryv80", clock() - timedelta(hours=1))
    place = world.source.resolve(world.address)
    assert (place.network, place.address) == (world.source.description.name, world.address)
    assert place.owner_id and place.title
    assert world.source.resolve(place.address) == place


@pytest.mark.slow
def test_an_address_of_nobody_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        world.source.resolve(world.nobody)


@pytest.mark.slow
def test_all_of_an_interval_comes_once_and_the_last_page_says_so(world: World, clock: FakeClock) -> None:
    for hours in range(7, 0, -1):
        world.post(f"Письмо {hours} #proryv80", clock() - timedelta(hours=hours))
    pages = _read(world, world.source.resolve(world.address), clock)
    posts = [post for page in pages for post in page.posts]
    assert sorted(text for post in posts for _, text in post.texts if "Письмо" in text) == [
        f"Письмо {hours} #proryv80" for hours in range(1, 8)
    ]
    assert len({(post.network, post.owner_id, post.post_id) for post in posts}) == len(posts) == 7
    assert [page.reached is not None for page in pages] == [False] * (len(pages) - 1) + [True]
    assert all(post.published_at.tzinfo is not None for post in posts)
    if world.source.description.name not in ("links", "folder"):
        assert [post.published_at for post in posts] == sorted((post.published_at for post in posts), reverse=True)


@pytest.mark.slow
def test_an_empty_place_is_complete(world: World, clock: FakeClock) -> None:
    pages = _read(world, world.source.resolve(world.address), clock)
    assert [post for page in pages for post in page.posts] == []
    assert pages[-1].reached is not None


@pytest.mark.slow
def test_a_link_leads_to_its_post_and_a_wrong_one_to_nothing(world: World, clock: FakeClock) -> None:
    at = clock() - timedelta(hours=1)
    link = world.post("Письмо", at)
    assert world.source.posts_behind(["https://example.org/1", "vk.com/wall-1_2", ""]) == []
    if world.looks:
        (post,) = world.source.posts_behind([link, link])
        assert (post.url, post.text, post.published_at) == (link, "Письмо", at)


@pytest.mark.slow
def test_trouble_has_a_name(world: World, clock: FakeClock) -> None:
    world.post("Письмо", clock() - timedelta(hours=1))
    place = world.source.resolve(world.address)
    world.close()
    with pytest.raises(Closed) as caught:
        _read(world, place, clock)
    assert "{" not in caught.value.line


@pytest.mark.slow
def test_what_is_down_is_tried_later(world: World, clock: FakeClock) -> None:
    world.post("Письмо", clock() - timedelta(hours=1))
    place = world.source.resolve(world.address)
    world.down()
    with pytest.raises(TryLater) as caught:
        _read(world, place, clock)
    assert isinstance(caught.value, SourceError) and caught.value.requests >= 1
    assert "{" not in caught.value.line


@pytest.mark.slow
@pytest.mark.parametrize(
    "tail", ["", " ", "\x00", "../../etc", "%00", "[", "//", "a" * 5000, "😀", "-1", "{x}", "http://["]
)
def test_nonsense_is_refused_and_never_a_bug(world: World, tail: str) -> None:
    with pytest.raises(RelayError):
        world.source.resolve(f"{world.source.description.name}:{tail}")


@pytest.mark.slow
def test_every_network_has_a_quota_or_manners(settings: Settings, store: Store, clock: FakeClock) -> None:
    for name, source in open_sources(settings, store, clock, FakeLister()).items():
        assert hasattr(source, "quota") != hasattr(source, "polling"), name
