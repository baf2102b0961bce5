"""What every Source promises, over the real one (against the sandbox network) and over the fake."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import Page, Place, SourceAdapter
from relay.sandbox.network import Network
from relay.sources.vk.source import VkSource
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post


class World(Protocol):
    source: SourceAdapter
    address: str

    def post(self, text: str, at: datetime, *, pinned: bool = False) -> str: ...

    def down(self) -> None: ...

    def close(self) -> None: ...


class FakeWorld:
    def __init__(self) -> None:
        self.source: SourceAdapter = FakeSource()
        self.address = "vk:club1"
        self._fake = self.source
        self._numbers = 0

    def post(self, text: str, at: datetime, *, pinned: bool = False) -> str:
        assert isinstance(self._fake, FakeSource)
        self._numbers += 1
        post = a_post(text, str(self._numbers), published_at=at, pinned=pinned)
        self._fake.has(post)
        return post.url

    def down(self) -> None:
        assert isinstance(self._fake, FakeSource)
        self._fake.is_down()

    def close(self) -> None:
        assert isinstance(self._fake, FakeSource)
        self._fake.closes(self.address)


class SandboxWorld:
    def __init__(self, network: Network, vk: VkSource) -> None:
        self.source: SourceAdapter = vk
        self._network = network
        self._owner = network.vk.has_group("gorod", "Город")
        self.address = f"vk:club{-self._owner}"

    def post(self, text: str, at: datetime, *, pinned: bool = False) -> str:
        return f"https://vk.com/wall{self._network.vk.posts(self._owner, text, at=at, pinned=pinned)}"

    def down(self) -> None:
        self._network.is_down()

    def close(self) -> None:
        self._network.vk.closes(self._owner)


@pytest.fixture(params=["fake", "vk"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    yield SandboxWorld(request.getfixturevalue("network"), request.getfixturevalue("vk"))


@pytest.fixture
def wall(world: World) -> Place:
    return world.source.resolve(world.address)


Read = Callable[..., list[Page]]


@pytest.fixture
def read(world: World, clock: FakeClock) -> Read:
    def pages(place: Place, days: float = 30) -> list[Page]:
        since = clock() - timedelta(days=days)
        return list(world.source.read(place, since=since, until=clock(), tags=["proryv80"]))

    return pages


def test_it_claims_its_own_addresses(world: World) -> None:
    assert world.source.description.name == "vk"
    assert world.source.claims("vk:club1")
    assert not world.source.claims("tg:channel")


@pytest.mark.slow
def test_an_address_leads_to_a_place(world: World, wall: Place) -> None:
    assert (wall.network, wall.address, wall.owner_id) == ("vk", world.address, world.address.replace("vk:club", "-"))
    assert world.source.resolve(wall.address) == wall
    assert world.source.resolve("vk:tag").owner_id == ""


@pytest.mark.slow
def test_an_address_of_nobody_is_refused(world: World) -> None:
    with pytest.raises(Refused):
        world.source.resolve("vk:nobody.of.this.name")


@pytest.mark.slow
def test_all_of_an_interval_comes_newest_first(world: World, wall: Place, read: Read, clock: FakeClock) -> None:
    links = [world.post("#proryv80", clock() - timedelta(hours=hours)) for hours in range(1, 8)]
    pages = read(wall)
    assert [post.url for page in pages for post in page.posts] == links
    assert sum(page.requests for page in pages) == len(pages)
    assert pages[-1].total == 7


@pytest.mark.slow
def test_only_the_last_page_says_that_it_is_complete(world: World, wall: Place, read: Read, clock: FakeClock) -> None:
    for hours in range(1, 130):
        world.post("#proryv80", clock() - timedelta(hours=hours))
    for place in (wall, world.source.resolve("vk:tag")):
        pages = read(place)
        assert [page.reached is not None for page in pages] == [False] * (len(pages) - 1) + [True]
        assert len({post.url for page in pages for post in page.posts}) == 129


@pytest.mark.slow
def test_an_empty_place_is_complete(wall: Place, read: Read, world: World) -> None:
    for place in (wall, world.source.resolve("vk:tag")):
        pages = read(place)
        assert [len(page.posts) for page in pages] == [0]
        assert pages[0].reached is not None


def test_a_pinned_post_hides_none(world: World, wall: Place, read: Read, clock: FakeClock) -> None:
    world.post("Правила", clock() - timedelta(days=300), pinned=True)
    link = world.post("#proryv80", clock() - timedelta(hours=1))
    assert link in [post.url for page in read(wall, days=1) for post in page.posts]


def test_search_shows_posts_with_the_tag(world: World, read: Read, clock: FakeClock) -> None:
    link = world.post("Письмо #proryv80", clock() - timedelta(hours=1))
    world.post("Ярмарка", clock() - timedelta(hours=2))
    assert [post.url for page in read(world.source.resolve("vk:tag")) for post in page.posts] == [link]


@pytest.mark.slow
def test_a_link_leads_to_its_post_and_a_wrong_one_to_nothing(world: World, wall: Place) -> None:
    at = datetime(2023, 1, 12, 8, 0, tzinfo=UTC)
    link = world.post("Письмо", at)
    (post,) = world.source.posts_behind([link, "https://vk.com/wall-1_99999"])
    assert (post.url, post.text, post.published_at) == (link, "Письмо", at)


@pytest.mark.slow
def test_trouble_has_a_name(world: World, wall: Place, read: Read) -> None:
    world.close()
    with pytest.raises(Closed):
        read(wall)
    world.down()
    with pytest.raises(TryLater):
        read(wall)
