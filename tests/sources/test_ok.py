from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import Author, Place
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import ok
from relay.sources.ok import OkSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import ids_of, read_all, source_over

NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
GROUP = Place("ok", "ok:group/57024524746860", "57024524746860", "Наш город")


@pytest.fixture
def source(sandbox: Sandbox, store: Store, clock: FakeClock) -> OkSource:
    return source_over(sandbox, store, clock, OkSource)


@pytest.fixture
def group(network: Network) -> int:
    return network.ok.has_group(57024524746860, "Наш город")


def _fill(network: Network, clock: FakeClock, count: int) -> list[str]:
    """Videos an hour apart, the newest an hour ago. Returns their numbers, newest first."""
    numbers = [
        network.ok.uploads(57024524746860, Path("x"), f"#proryv80 {n}", at=clock() - timedelta(hours=n))
        for n in range(count, 0, -1)
    ]
    return [str(number) for number in reversed(numbers)]


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("https://ok.ru/video/20079905452", "20079905452"),
        ("ok.ru/video/20079905452?fromTime=5", "20079905452"),
        ("https://m.ok.ru/video/20079905452", "20079905452"),
        ("https://www.odnoklassniki.ru/video/20079905452", "20079905452"),
        ("https://ok.ru/videoembed/20079905452", "20079905452"),
        ("https://ok.ru/live/20079905452", "20079905452"),
        ("https://ok.ru/dk?cmd=x&st.mvId=20079905452", "20079905452"),
        ("https://ok.ru/video/63567059965189-0", "63567059965189-0"),
    ],
)
def test_every_way_to_write_a_video_leads_to_it(link: str, number: str) -> None:
    video = ok.video_of(link)
    assert video is not None
    assert (video.owner_id, video.video_id, video.url) == ("", number, f"https://ok.ru/video/{number}")


@pytest.mark.parametrize(
    "link", ["https://ok.ru/group/1", "https://ok.ru/video/c12345", "https://example.org/video/20079905452"]
)
def test_what_is_no_video_is_none(link: str) -> None:
    assert ok.video_of(link) is None


@pytest.mark.slow
def test_addresses_of_groups(source: OkSource, network: Network, group: int) -> None:
    for address in ("ok:group/57024524746860", "https://ok.ru/group/57024524746860", "ok.ru/group57024524746860/video"):
        assert source.claims(address)
        assert source.resolve(address) == GROUP
    for address in ("ok:", "ok:gorod", "https://ok.ru/profile/1"):
        with pytest.raises(Refused, match="no group on OK"):
            source.resolve(address)
    with pytest.raises(Refused, match="no group number 12345"):
        source.resolve("ok:group/12345")


@pytest.mark.slow
def test_videos_are_read_until_one_is_too_old(source: OkSource, network: Network, group: int, clock: FakeClock) -> None:
    numbers = _fill(network, clock, 9)
    pages = read_all(source, GROUP, clock, hours=3.5)
    assert ids_of(pages) == numbers[:4]
    assert pages[-1].reached is not None
    assert not any(page.faults for page in pages)
    assert sum(page.requests for page in pages) == 5


@pytest.mark.slow
def test_a_list_is_scrolled_back_in_time(source: OkSource, network: Network, group: int, clock: FakeClock) -> None:
    numbers, began = _fill(network, clock, 65), clock()
    pages = read_all(source, GROUP, clock, hours=50.5)
    assert ids_of(pages) == numbers[:51]
    assert pages[-1].reached == began - timedelta(hours=50.5)
    assert not any(page.faults for page in pages)
    assert sum(page.requests for page in pages) == 3 + 51
    whole = read_all(source, GROUP, clock)
    assert ids_of(whole) == numbers
    assert whole[-1].faults == ()


@pytest.mark.slow
def test_a_list_that_grows_while_it_is_read_shows_nothing_twice(
    source: OkSource, network: Network, group: int, clock: FakeClock
) -> None:
    numbers = _fill(network, clock, 30)
    reading = source.read(GROUP, since=clock() - timedelta(days=9), until=clock(), tags=[])
    pages = [next(reading)]
    network.ok.uploads(group, Path("x"), "#proryv80 new")
    network.ok.deletes(int(numbers[19]))
    pages += list(reading)
    assert [number for number in numbers if number not in ids_of(pages)] == [numbers[19], *numbers[20:]]
    assert "newest 20 videos" in pages[-1].faults[0], "the place to go on from is gone, and that is told"


@pytest.mark.slow
def test_a_list_that_cannot_be_scrolled_says_so(
    source: OkSource, network: Network, group: int, clock: FakeClock
) -> None:
    numbers = _fill(network, clock, 25)
    network.ok.scrolls = False
    pages = read_all(source, GROUP, clock)
    assert ids_of(pages) == numbers[:20]
    assert "newest 20 videos" in pages[-1].faults[0]


@pytest.mark.slow
def test_a_video_is_whole(source: OkSource, network: Network, group: int, clock: FakeClock) -> None:
    number = network.ok.uploads(group, Path("x"), "Письмо <деда> #proryv80", author="Анна Иванова", seconds=81, at=NOON)
    (post,) = source.look([f"https://m.ok.ru/video/{number}", "https://ok.ru/video/99999999"])
    (video,) = post.videos
    assert (post.text, post.published_at) == ("Письмо <деда> #proryv80", NOON)
    assert (video.duration, video.author) == (81.0, Author(str(group), "Анна Иванова"))


def test_one_hidden_video_stops_no_other(source: OkSource, network: Network, group: int, clock: FakeClock) -> None:
    numbers = _fill(network, clock, 3)
    network.ok.hides(int(numbers[1]))
    pages = read_all(source, GROUP, clock)
    assert ids_of(pages) == [numbers[0], numbers[2]]
    assert sum(len(page.faults) for page in pages) == 1


@pytest.mark.slow
def test_trouble_has_a_name(source: OkSource, network: Network, group: int, clock: FakeClock) -> None:
    for trouble in (network.pages_answer_html, network.pages_break_off):
        trouble()
        with pytest.raises(TryLater, match="not understood"):
            read_all(source, GROUP, clock)
    network.ok.closes(group)
    with pytest.raises(Closed, match="members only"):
        read_all(source, GROUP, clock)
    network.ok.leaves(group)
    with pytest.raises(Closed) as caught:
        read_all(source, GROUP, clock)
    assert caught.value.gone
