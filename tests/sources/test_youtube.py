from __future__ import annotations

from datetime import timedelta

import pytest

from relay.config import Settings
from relay.errors import Refused
from relay.ports import Author, Place
from relay.sources.youtube import MOST_DATED, YoutubeSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.lister import FakeLister
from tests.sources.sandboxed import ids_of, read_all

VIDEOS, SHORTS = "https://www.youtube.com/@gorod/videos", "https://www.youtube.com/@gorod/shorts"
TAG = "https://www.youtube.com/hashtag/proryv80"


@pytest.fixture
def lists() -> FakeLister:
    made = FakeLister()
    made.has(VIDEOS, "Город - Videos")
    made.has(SHORTS)
    made.has(TAG)
    made.has(f"{TAG}/shorts")
    return made


@pytest.fixture
def source(settings: Settings, store: Store, clock: FakeClock, lists: FakeLister) -> YoutubeSource:
    return YoutubeSource(settings, store, clock, lists)


def test_every_way_to_write_a_place_leads_to_it(source: YoutubeSource, lists: FakeLister) -> None:
    channel = "UC" + "x" * 22
    lists.has(f"https://www.youtube.com/channel/{channel}/videos", "Канал")
    for address in (
        "yt:@gorod",
        "https://www.youtube.com/@gorod",
        "m.youtube.com/@gorod/shorts",
        "yt:https://youtube.com/@gorod",
    ):
        assert source.claims(address)
        assert source.resolve(address) == Place("yt", "yt:@gorod", "@gorod", "Город")
    for address in (f"yt:channel/{channel}", f"https://www.youtube.com/channel/{channel}/videos"):
        assert source.resolve(address).owner_id == f"channel/{channel}"
    for address in ("yt:#Proryv80", "https://www.youtube.com/hashtag/proryv80"):
        assert source.resolve(address) == Place("yt", "yt:#proryv80", "", "YouTube: #proryv80")


@pytest.mark.parametrize(
    "address", ["yt:", "yt:gorod", "yt:#a b", "https://youtu.be/abcdefghijk", "https://www.youtube.com/"]
)
def test_an_address_of_no_place_costs_no_request(source: YoutubeSource, lists: FakeLister, address: str) -> None:
    with pytest.raises(Refused, match="no hashtag or channel"):
        source.resolve(address)
    assert lists.asked == []


def test_videos_and_shorts_are_both_read(source: YoutubeSource, lists: FakeLister, clock: FakeClock) -> None:
    lists.lists(VIDEOS, "aaaaaaaaaaa", "Письмо #proryv80", clock() - timedelta(hours=2))
    lists.lists(SHORTS, "bbbbbbbbbbb", "Коротко #proryv80", clock() - timedelta(hours=1), rough=True)
    pages = read_all(source, source.resolve("yt:@gorod"), clock)
    assert ids_of(pages) == ["aaaaaaaaaaa", "bbbbbbbbbbb"]
    assert [page.requests for page in pages] == [1, 2]
    short = pages[1].posts[0]
    assert (short.published_at, short.author) == (clock() - timedelta(hours=1), Author("UC1", "Анна"))
    assert short.texts == (("video title", "Коротко #proryv80"),)
    assert short.videos[0].url == "https://www.youtube.com/watch?v=bbbbbbbbbbb"


def test_videos_without_a_date_are_asked_about_a_few_at_a_time(
    source: YoutubeSource, lists: FakeLister, clock: FakeClock
) -> None:
    for number in range(MOST_DATED + 3):
        lists.lists(f"{TAG}/shorts", f"short{number:06d}", "#proryv80", clock(), rough=True)
    pages = read_all(source, source.resolve("yt:#proryv80"), clock)
    assert len(ids_of(pages)) == MOST_DATED
    assert sum(len(page.faults) for page in pages) == 3


def test_a_video_whose_page_is_not_for_us_is_told(source: YoutubeSource, lists: FakeLister, clock: FakeClock) -> None:
    lists.lists(SHORTS, "bbbbbbbbbbb", "#proryv80", clock(), rough=True)
    lists.loses("https://www.youtube.com/watch?v=bbbbbbbbbbb")
    pages = read_all(source, source.resolve("yt:@gorod"), clock)
    assert ids_of(pages) == []
    assert "does not tell when" in pages[1].faults[0]
    assert source.look(["https://youtu.be/bbbbbbbbbbb"]) == []
