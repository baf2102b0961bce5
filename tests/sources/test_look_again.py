"""What every Source that looks again promises: a loss is what the network says itself, and trouble is never a loss."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol, cast

import pytest

from relay.config import Settings
from relay.errors import SourceError
from relay.models import Doubt
from relay.ports import PostRef, RecheckResult, SeenPost
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import networks, ok, open_sources
from relay.sources.feed.source import FeedSource
from relay.sources.ok import OkSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram.source import TelegramSource
from relay.sources.vk.source import VkSource
from relay.sources.youtube import source as youtube
from relay.sources.youtube.source import YoutubeSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.lister import FakeLister
from tests.fakes.source import FakeSource, a_post
from tests.sources.sandboxed import a_film, read_all, source_over

GROUP, CHANNEL = 57024524746860, 639184
FEED = "https://school47.example/feed.xml"


class World(Protocol):
    """Two posts with a video each. `hides` is None where a network has no such thing."""

    source: Any
    posts: list[SeenPost]
    deletes: Callable[[], None]
    hides: Callable[[], None] | None


class TelegramWorld:
    def __init__(self, network: Network, make: Callable[..., Any], film: Path, clock: FakeClock) -> None:
        self.source, telegram = make(TelegramSource), network.telegram
        telegram.has_channel("Gorod", "Город")
        numbers = [telegram.posts("gorod", f"Письмо {n}", videos=[film], at=clock() - _ago(n)) for n in (3, 2, 1)]
        self.posts = self.source.posts_behind([f"https://t.me/Gorod/{number}" for number in numbers[:2]])
        self.deletes = lambda: telegram.deletes("gorod", numbers[0])
        self.hides = lambda: telegram.leaves("gorod")


class RutubeWorld:
    def __init__(self, network: Network, make: Callable[..., Any], film: Path, clock: FakeClock) -> None:
        self.source, rutube = make(RutubeSource), network.rutube
        rutube.has_channel(CHANNEL, "Школа 47")
        names = [rutube.uploads(CHANNEL, film, f"Письмо {n}", at=clock() - _ago(n)) for n in (2, 1)]
        self.posts = self.source.posts_behind([f"https://rutube.ru/video/{name}/" for name in names])
        self.deletes = lambda: rutube.deletes(names[0])
        self.hides = lambda: rutube.hides(names[0])


class OkWorld:
    def __init__(self, network: Network, make: Callable[..., Any], film: Path, clock: FakeClock) -> None:
        self.source, groups = make(OkSource), network.ok
        groups.has_group(GROUP, "Город")
        numbers = [groups.uploads(GROUP, film, f"Письмо {n}", at=clock() - _ago(n)) for n in (2, 1)]
        self.posts = self.source.posts_behind([f"https://ok.ru/video/{number}" for number in numbers])
        self.deletes = lambda: groups.deletes(numbers[0])
        self.hides = lambda: groups.hides(numbers[0])


class FeedWorld:
    hides = None

    def __init__(self, network: Network, make: Callable[..., Any], film: Path, clock: FakeClock) -> None:
        self.source, self.sites = make(FeedSource), network.sites
        for number in (1, 2):
            self.sites.shows(f"/{number}", "<html>Письмо</html>", media_type="text/html")
            self.sites.serves(f"/{number}.mp4", film)
        self.lists(1, 2)
        place = self.source.resolve(f"rss:{FEED}")
        (page,) = read_all(self.source, place, clock)
        self.posts = sorted(page.posts, key=lambda post: post.url)
        self.deletes = lambda: self.sites.takes_down("/1")

    def lists(self, *numbers: int) -> None:
        items = "".join(
            f"<item><title>Письмо</title><link>https://school47.example/{n}</link>"
            "<pubDate>Thu, 12 Jan 2023 08:00:00 GMT</pubDate>"
            f'<enclosure url="https://school47.example/{n}.mp4" type="video/mp4"/></item>'
            for n in numbers
        )
        body = f'<rss version="2.0"><channel><title>Школа</title>{items}</channel></rss>'
        self.sites.shows("/feed.xml", body, media_type="application/rss+xml")


class VkWorld:
    hides = None

    def __init__(self, network: Network, source: VkSource, film: Path, clock: FakeClock) -> None:
        self.source = source
        anna = network.vk.has_resident("Анна", "Иванова")
        keys = [
            network.vk.posts(anna, "Письмо", videos=[network.vk.uploads(anna, film)], at=clock() - _ago(n))
            for n in (2, 1)
        ]
        self.posts = sorted(
            source.posts_behind([f"https://vk.com/wall{key}" for key in keys]), key=lambda p: p.published_at
        )
        self.deletes = lambda: network.vk.deletes(keys[0])
        self.closes = lambda: network.vk.closes(anna)


class YoutubeWorld:
    def __init__(self, settings: Settings, store: Store, clock: FakeClock) -> None:
        self.lists = FakeLister()
        for name in ("aaaaaaaaaaa", "bbbbbbbbbbb"):
            self.lists.lists("https://www.youtube.com/@gorod/videos", name, "Письмо", clock())
        self.source = YoutubeSource(settings, store, clock, self.lists)
        self.posts = self.source.posts_behind([f"https://youtu.be/{name}" for name in ("aaaaaaaaaaa", "bbbbbbbbbbb")])
        gone = "[youtube] aaaaaaaaaaa: Video unavailable. This video has been removed by the uploader"
        self.deletes = lambda: self.lists.tells("aaaaaaaaaaa", gone)
        self.hides = lambda: self.lists.tells("aaaaaaaaaaa", "[youtube] aaaaaaaaaaa: Private video. Sign in if")


class FakeWorld:
    hides = None

    def __init__(self) -> None:
        self.source = FakeSource()
        self.posts = [a_post("Письмо", "1"), a_post("Письмо", "2")]
        self.source.has(*self.posts)
        self.deletes = lambda: self.source.loses(self.posts[0])


def _ago(hours: int) -> timedelta:
    return timedelta(hours=hours)


def _known(*posts: SeenPost) -> list[PostRef]:
    return [PostRef(post.owner_id, post.post_id, post.url, tuple(video.url for video in post.videos)) for post in posts]


PAGES = {"tg": TelegramWorld, "rutube": RutubeWorld, "ok": OkWorld, "rss": FeedWorld}


def _world(name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    clock = request.getfixturevalue("clock")
    if name == "fake":
        return FakeWorld()
    if name == "yt":
        return YoutubeWorld(request.getfixturevalue("settings"), request.getfixturevalue("store"), clock)
    network: Network = request.getfixturevalue("network")
    film = a_film(tmp_path, 2560)
    if name == "vk":
        return VkWorld(network, request.getfixturevalue("vk"), film, clock)
    sandbox: Sandbox = request.getfixturevalue("sandbox")
    store: Store = request.getfixturevalue("store")
    return PAGES[name](network, lambda kind, *more: source_over(sandbox, store, clock, kind, *more), film, clock)


@pytest.fixture(params=[*PAGES, "vk", "yt", "fake"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    return cast(World, _world(request.param, request, tmp_path))


@pytest.fixture(params=list(PAGES))
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Those that are read from pages."""
    return cast(World, _world(request.param, request, tmp_path))


def _again(world: Any) -> list[RecheckResult]:
    answers = list(world.source.recheck(_known(*world.posts)))
    return sorted(answers, key=lambda again: [post.url for post in world.posts].index(again.ref.url))


slow = pytest.mark.slow


@pytest.mark.slow
@slow
def test_what_is_there_is_there(world: World) -> None:
    answers = _again(world)
    assert len(answers) == 2
    assert [(again.lost, again.unclear) for again in answers] == [("", "")] * 2
    for again, post in zip(answers, world.posts, strict=True):
        if again.post is not None:
            seen = again.post
            assert (seen.owner_id, seen.post_id, seen.text) == (post.owner_id, post.post_id, post.text)
            assert [(v.owner_id, v.video_id, v.blocked) for v in seen.videos] == [
                (v.owner_id, v.video_id, "") for v in post.videos
            ]


@pytest.mark.slow
@slow
def test_what_was_deleted_is_gone_and_its_neighbour_is_not(world: World) -> None:
    world.deletes()
    assert [(again.lost, again.unclear) for again in _again(world)] == [("post", ""), ("", "")]


@pytest.mark.slow
@slow
def test_what_was_hidden_is_private(world: World) -> None:
    if world.hides is None:
        pytest.skip("this network knows no such thing, or a post says it of its videos")
    world.hides()
    again = _again(world)[0]
    assert (again.lost, again.unclear) == (Doubt.private, "")


@pytest.mark.slow
@slow
@pytest.mark.parametrize(
    "trouble",
    [
        lambda network: network.is_down(),
        lambda network: network.pages_answer(500, 99),
        lambda network: network.pages_answer(403, 99),
        lambda network: network.pages_answer(404, 99),
        lambda network: network.pages_answer(302, 99),
        lambda network: network.pages_answer(429, 99),
        lambda network: network.pages_answer_html(99),
        lambda network: network.pages_break_off(99),
    ],
    ids=["down", "500", "403", "404 of somebody else", "redirect", "429", "apology", "half a page"],
)
@pytest.mark.parametrize("deleted", [False, True])
def test_trouble_is_never_a_loss(
    pages: World, network: Network, trouble: Callable[[Network], None], deleted: bool
) -> None:
    """Nor is it a loss of what was really deleted: the next look will tell."""
    if deleted:
        pages.deletes()
    trouble(network)
    answers: list[RecheckResult] = []
    try:
        answers += pages.source.recheck(_known(*pages.posts))
    except SourceError as error:
        assert error.requests
    told = {again.ref.url: again for again in answers}
    assert not told.get(pages.posts[1].url, RecheckResult(_known(pages.posts[1])[0])).lost
    if not deleted:
        assert [again.lost for again in answers] == [""] * len(answers)


@pytest.mark.slow
@slow
def test_trouble_with_one_page_is_that_pages(pages: World, network: Network) -> None:
    network.pages_answer(500, 3)
    answers = list(pages.source.recheck(_known(*pages.posts)))
    assert [bool(again.unclear) for again in answers] == [True, False]


@pytest.mark.slow
@slow
def test_telegram_is_not_believed_while_its_own_page_shows_the_message(
    network: Network, sandbox: Sandbox, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    """The embedded page says "Post not found" for a moment, the channel's page shows it."""
    world = TelegramWorld(network, lambda kind: source_over(sandbox, store, clock, kind), a_film(tmp_path, 2560), clock)
    kept = network.telegram.message
    network.telegram.message = lambda channel, number: None  # type: ignore[method-assign]
    assert [(again.lost, again.unclear) for again in _again(world)] == [("", "")] * 2

    world.source._missed_among_neighbours = lambda known, key, requests: RecheckResult(known, lost="post")
    assert [again.lost for again in _again(world)] == ["post", "post"], "the twin: without the second page it is lost"
    network.telegram.message = kept  # type: ignore[method-assign]


@pytest.mark.slow
@slow
def test_telegram_without_a_preview_has_only_the_messages_own_page(
    network: Network, sandbox: Sandbox, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    world = TelegramWorld(network, lambda kind: source_over(sandbox, store, clock, kind), a_film(tmp_path, 2560), clock)
    world.deletes()
    network.telegram.hides_preview("gorod")
    assert [again.lost for again in _again(world)] == ["post", ""]


@pytest.mark.slow
@slow
def test_a_feed_that_lists_an_entry_no_longer_says_nothing(
    network: Network, sandbox: Sandbox, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    world = FeedWorld(network, lambda kind: source_over(sandbox, store, clock, kind), a_film(tmp_path, 2560), clock)
    world.lists(2)
    assert [(again.lost, again.unclear) for again in _again(world)] == [("", "")] * 2
    network.sites.takes_down("/1.mp4")
    assert [again.lost for again in _again(world)] == ["video", ""]
    network.sites.forbids("/2")
    assert [again.lost for again in _again(world)] == ["video", ""]
    assert "403" in _again(world)[1].unclear


@pytest.mark.slow
@slow
def test_a_page_that_is_gone_with_its_feed_is_not_believed(
    network: Network, sandbox: Sandbox, store: Store, clock: FakeClock, tmp_path: Path
) -> None:
    world = FeedWorld(network, lambda kind: source_over(sandbox, store, clock, kind), a_film(tmp_path, 2560), clock)
    network.sites.takes_down("/1")
    network.sites.takes_down("/feed.xml")
    assert [(again.lost, bool(again.unclear)) for again in _again(world)] == [("", True), ("", False)]
    without_a_page = PostRef(FEED, "7", FEED)
    (again,) = world.source.recheck([without_a_page])
    assert (again.lost, bool(again.unclear)) == ("", True)


@pytest.mark.slow
@slow
def test_a_closed_profile_takes_its_posts_along(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    world = _world("vk", request, tmp_path)
    world.closes()
    assert [again.lost for again in _again(world)] == ["post", "post"]


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("Видео не найдено", "post"),
        ("Видео было удалено", "post"),
        ("Доступ к видео ограничен автором", "private"),
        ("The video is private", "private"),
        ("Видео временно недоступно", ""),
        ("Видео удалено временно, зайдите позже", ""),
        ("Видео обрабатывается", ""),
        ("Войдите в Одноклассники", ""),
        ("", ""),
    ],
)
def test_oks_words(said: str, lost: str) -> None:
    assert ok.loss_told(said) == lost


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        ("Video unavailable. This video has been removed by the uploader", "post"),
        (
            "Video unavailable. This video is no longer available because the YouTube account associated with this "
            "video has been terminated.",
            "post",
        ),
        ("Private video. Sign in if you've been granted access to this video", "private"),
        ("Video unavailable", ""),
        ("Video unavailable. This content isn't available, try again later", ""),
        ("The uploader has not made this video available in your country", ""),
        ("Sign in to confirm you're not a bot", ""),
        ("Sign in to confirm your age", ""),
        ("Unable to download API page: HTTP Error 404: Not Found", ""),
    ],
)
def test_youtubes_words(said: str, lost: str) -> None:
    assert youtube.loss_told(said) == lost


def test_who_looks_again(settings: Settings, store: Store, clock: FakeClock) -> None:
    """A file that leaves a school's folder says nothing, and a list's links belong to their own networks."""
    sources = open_sources(settings, store, clock, FakeLister())
    looking = {name for name, source in sources.items() if hasattr(source, "recheck")}
    assert looking == {"vk", "tg", "rutube", "ok", "yt", "rss"}
    assert set(sources) - looking == {"folder", "links"}


@pytest.mark.media
@pytest.mark.slow
def test_youtubes_words_come_through_the_real_yt_dlp(
    network: Network, sandbox: Sandbox, store: Store, clock: FakeClock
) -> None:
    from relay.media.lister import YtDlpLister
    from relay.media.toolbox import Toolbox
    from tests.sources.sandboxed import settings_for

    network.youtube.has_channel("@gorod", "Город")
    names = [network.youtube.uploads("@gorod", f"Письмо {n}") for n in range(4)]
    network.youtube.deletes(names[1])
    network.youtube.hides(names[2])
    network.youtube.withholds(names[3])
    settings = settings_for(sandbox)
    source = YoutubeSource(settings, store, clock, YtDlpLister(settings, Toolbox(), networks.list_extractors()))
    posts = [PostRef("", name, f"https://www.youtube.com/watch?v={name}") for name in names]
    answers = list(source.recheck(posts))
    assert [again.lost for again in answers] == ["", "post", "private", ""]
    assert [bool(again.unclear) for again in answers] == [False, False, False, True]
