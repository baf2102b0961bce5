from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import Author, Place
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import rutube
from relay.sources.rutube import RutubeSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import ids_of, read_all, source_over

CHANNEL = Place("rutube", "rutube:channel/639184", "channel/639184", "Школа 47")
NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
NUMBER = "3eac3b4561676c17df9132a9a1e62e3e"


@pytest.fixture
def source(sandbox: Sandbox, store: Store, clock: FakeClock) -> RutubeSource:
    return source_over(sandbox, store, clock, RutubeSource)


@pytest.fixture
def school(network: Network) -> int:
    return network.rutube.has_channel(639184, "Школа 47")


def _fill(network: Network, clock: FakeClock, count: int, **more: object) -> list[str]:
    """Videos an hour apart, the newest an hour ago. Returns their ids, newest first."""
    ids = [
        network.rutube.uploads(639184, Path("film.mp4"), f"#proryv80 {n}", at=clock() - timedelta(hours=n), **more)  # type: ignore[arg-type]
        for n in range(count, 0, -1)
    ]
    return ids[::-1]


@pytest.mark.parametrize(
    "link",
    [
        f"https://rutube.ru/video/{NUMBER}/",
        f"rutube.ru/video/{NUMBER}",
        f"http://www.rutube.ru/video/{NUMBER}/?pl_id=4252",
        f"https://rutube.ru/play/embed/{NUMBER}",
        f"https://rutube.ru/video/embed/{NUMBER}",
        f"https://rutube.ru/embed/{NUMBER}",
        f"https://rutube.ru/shorts/{NUMBER}/",
        f"https://rutube.ru/live/video/{NUMBER}/",
        f"https://rutube.ru/video/private/{NUMBER}/?p=x2QojCumHTS3rsKHWXN8Lg",
    ],
)
def test_every_way_to_write_a_video_leads_to_it(link: str) -> None:
    video = rutube.video_of(link)
    assert video is not None
    assert (video.network, video.owner_id, video.video_id) == ("rutube", "", NUMBER)
    assert ("p=x2QojCumHTS3rsKHWXN8Lg" in video.url) == ("p=" in link)


@pytest.mark.parametrize(
    "link",
    [
        "https://rutube.ru/",
        f"https://rutube.ru/video/{NUMBER[:-1]}/",
        f"https://example.org/video/{NUMBER}/",
        "https://[x",
    ],
)
def test_what_is_no_video_is_none(link: str) -> None:
    assert rutube.video_of(link) is None


@pytest.mark.slow
def test_every_way_to_write_a_list_leads_to_it(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    _fill(network, clock, 1)
    for address in (
        "rutube:channel/639184",
        "https://rutube.ru/channel/639184/videos/",
        "rutube.ru/video/person/639184",
    ):
        assert source.claims(address)
        assert source.resolve(address) == CHANNEL
    network.rutube.has_tag(1800, "блокада")
    for address in ("rutube:tag/1800", "https://rutube.ru/tags/video/1800/"):
        assert source.resolve(address) == Place("rutube", "rutube:tag/1800", "tag/1800", "RuTube: tag 1800")


@pytest.mark.parametrize("address", ["rutube:", "rutube:gorod", "rutube:channel/x", "https://rutube.ru/feeds/"])
def test_an_address_that_is_no_list_costs_no_request(source: RutubeSource, network: Network, address: str) -> None:
    with pytest.raises(Refused, match="no list of videos"):
        source.resolve(address)
    assert not network.visits


@pytest.mark.slow
def test_a_list_that_nobody_knows_is_refused(source: RutubeSource) -> None:
    with pytest.raises(Refused, match="no channel number 5"):
        source.resolve("rutube:channel/5")


@pytest.mark.slow
def test_a_channel_is_read_page_by_page(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    ids = _fill(network, clock, 45)
    pages = read_all(source, CHANNEL, clock)
    assert ids_of(pages) == ids
    assert [page.reached is not None for page in pages] == [False, False, True]
    assert pages[0].total == 45


@pytest.mark.slow
def test_reading_stops_where_enough_in_a_row_is_old(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    _fill(network, clock, 110)
    assert len(read_all(source, CHANNEL, clock, hours=30.5)) == 4


@pytest.mark.slow
def test_a_tag_shows_only_its_videos_and_a_post_is_whole(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    network.rutube.has_tag(1800, "блокада")
    name = network.rutube.uploads(
        639184, Path("x"), "Читает Анна", description="Письмо #proryv80", tags=[1800], seconds=81, at=NOON
    )
    _fill(network, clock, 2)
    (page,) = read_all(source, source.resolve("rutube:tag/1800"), clock)
    (post,) = page.posts
    (video,) = post.videos
    assert (post.post_id, post.published_at, post.author) == (name, NOON, Author("639184", "Школа 47"))
    assert post.texts == (("video title", "Читает Анна"), ("video description", "Письмо #proryv80"))
    assert (video.url, video.duration, video.blocked) == (f"https://rutube.ru/video/{name}/", 81.0, "")


@pytest.mark.slow
def test_links_lead_to_their_videos(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    (name,) = _fill(network, clock, 1)
    found = source.look(
        [f"https://rutube.ru/play/embed/{name}", f"https://rutube.ru/video/{NUMBER}/", "https://vk.com/x"]
    )
    assert [post.post_id for post in found] == [name]


def test_hidden_videos_say_why(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    (name,) = _fill(network, clock, 1)
    network.rutube.hides(name)
    (page,) = read_all(source, CHANNEL, clock)
    assert "hidden" in page.posts[0].videos[0].blocked


def test_items_that_cannot_be_read_stop_no_other() -> None:
    good = {"id": NUMBER, "created_ts": "2013-10-16T15:26:42", "title": None}
    posts, faults = rutube._posts([None, {}, {"id": NUMBER}, {"id": "../x", "created_ts": "2013-10-16"}, good])
    assert [post.post_id for post in posts] == [NUMBER]
    assert len(faults) == 4


@pytest.mark.slow
def test_trouble_has_a_name(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    _fill(network, clock, 1)
    for trouble in (network.pages_answer_html, network.pages_break_off):
        trouble()
        with pytest.raises(TryLater, match="no list"):
            read_all(source, CHANNEL, clock)
    network.pages_answer(403)
    with pytest.raises(Closed) as caught:
        read_all(source, CHANNEL, clock)
    assert not caught.value.gone
    network.rutube.leaves(639184)
    with pytest.raises(Closed) as caught:
        read_all(source, CHANNEL, clock)
    assert caught.value.gone
