from __future__ import annotations

from datetime import timedelta

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused
from relay.models import Doubt
from relay.ports import (
    Author,
    Listed,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
    SeenVideo,
)
from relay.sources.youtube import links as youtube_links
from relay.sources.youtube import source as youtube
from relay.sources.youtube.source import MOST_DATED, YoutubeSource
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
    assert source.posts_behind(["https://youtu.be/bbbbbbbbbbb"]) == []


# Word for word, with a list that answers from a table

NUMBER = "abcdefghijk"
CHANNEL = f"channel/UC{'x' * 22}"
QUOTED = "@%D0%B3%D0%BE%D1%80%D0%BE%D0%B4"
WATCH = f"https://www.youtube.com/watch?v={NUMBER}"


class Lists:
    """A lister that has whatever was laid at an address, and keeps what it was asked for."""

    def __init__(self) -> None:
        self.laid: dict[str, tuple[str, list[Listed]] | Exception] = {}
        self.asked: list[tuple[str, int]] = []

    def entries(self, url: str, *, most: int) -> tuple[str, list[Listed]]:
        self.asked.append((url, most))
        found = self.laid.get(url, ("", []))
        if isinstance(found, Exception):
            raise found
        return found


@pytest.fixture
def table() -> Lists:
    return Lists()


@pytest.fixture
def over(settings: Settings, clock: FakeClock, table: Lists) -> YoutubeSource:
    return YoutubeSource(settings, None, clock, table)  # type: ignore[arg-type]  # it keeps no books


def test_its_manners(over: YoutubeSource) -> None:
    assert over.polling == PollingPolicy(timedelta(minutes=60), 2_000)
    assert (over.description.name, youtube.MOST_LISTED, MOST_DATED) == ("yt", 200, 20)
    claimed = [
        over.claims(address) for address in (" yt:x", " youtu.be/x ", "tg:youtu.be", "https://x.example/youtu.be")
    ]
    assert claimed == [True, True, False, False]


@pytest.mark.parametrize(
    ("address", "name", "url"),
    [
        ("yt:@Gorod", "@Gorod", "https://www.youtube.com/@Gorod/videos"),
        ("yt: @gorod ", "@gorod", "https://www.youtube.com/@gorod/videos"),
        ("yt:youtube.com/@gorod/shorts/x", "@gorod", "https://www.youtube.com/@gorod/videos"),
        ("yt:@город", "@город", f"https://www.youtube.com/{QUOTED}/videos"),
        (
            f"https://youtube.com/{QUOTED}",
            "@город",
            f"https://www.youtube.com/{QUOTED}/videos",
        ),
        (
            f"youtube.com/channel/UC{'x' * 22}/about",
            f"channel/UC{'x' * 22}",
            f"https://www.youtube.com/channel/UC{'x' * 22}/videos",
        ),
    ],
)
def test_a_channel_is_asked_for_its_newest_video(
    over: YoutubeSource, table: Lists, address: str, name: str, url: str
) -> None:
    table.laid[url] = ("Город - Videos", [])
    assert over.resolve(address) == Place("yt", f"yt:{name}", name, "Город")
    assert table.asked == [(url, 1)]
    table.laid[url] = ("", [])
    assert over.resolve(address).title == name
    table.laid[url] = Closed("There is no such list.")
    with pytest.raises(Refused) as told:
        over.resolve(address)
    assert told.value.line == f"YouTube knows no channel {name}. Known are yt:#tag, yt:@channel and the links to both."


@pytest.mark.parametrize(
    ("address", "tag"),
    [
        ("yt:#Proryv80", "#proryv80"),
        ("youtube.com/hashtag/Proryv80/shorts", "#proryv80"),
        ("https://www.youtube.com/hashtag/%D0%9F%D1%80", "#пр"),
        ("yt:#" + "a" * 100, "#" + "a" * 100),
    ],
)
def test_a_hashtag_costs_no_request(over: YoutubeSource, table: Lists, address: str, tag: str) -> None:
    assert over.resolve(address) == Place("yt", f"yt:{tag}", "", f"YouTube: {tag}")
    assert table.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "yt:#" + "a" * 101,
        "yt:#",
        "yt:@ab",
        "yt:@" + "a" * 61,
        f"yt:channel/UC{'x' * 21}",
        "youtube.com/hashtag/",
        "yt:gorod",
    ],
)
def test_what_is_no_place_on_youtube(over: YoutubeSource, address: str) -> None:
    with pytest.raises(Refused) as told:
        over.resolve(address)
    assert told.value.line == f"{address} is no hashtag or channel on YouTube. {youtube.EXAMPLES}"


def test_names_of_channels_have_three_signs_at_least(over: YoutubeSource) -> None:
    assert [over.resolve(f"yt:@{'a' * count}").owner_id for count in (3, 60)] == ["@aaa", "@" + "a" * 60]


def test_a_reading_of_both_lists(over: YoutubeSource, table: Lists, clock: FakeClock) -> None:
    at, anna = clock() - timedelta(hours=1), Author("UC1", "Анна")
    dated = Listed("a" * 11, "Письмо", "деда", at, 30.0, anna)
    blocked = Listed("b" * 11, "Письмо", blocked="It is not there yet.")
    rough, lost = Listed("c" * 11, "Коротко"), Listed("d" * 11, "Коротко")
    table.laid[VIDEOS] = ("Город", [dated, blocked])
    table.laid[SHORTS] = ("", [rough, lost])
    table.laid[youtube._watch(rough.id)] = ("", [Listed(rough.id, "Коротко", at=at)])
    table.laid[youtube._watch(lost.id)] = Closed("It is not for us.")
    first, second = over.read(Place("yt", "yt:@gorod", "@gorod"), since=at, until=at, tags=[])
    (post,) = first.posts
    url = f"https://www.youtube.com/watch?v={'a' * 11}"
    assert post == SeenPost(
        "yt",
        "",
        "a" * 11,
        url,
        at,
        text="Письмо\nдеда",
        author=anna,
        texts=(("video title", "Письмо"), ("video description", "деда")),
        videos=(SeenVideo("yt", "", "a" * 11, url, "Письмо", "деда", 30.0, author=anna),),
    )
    assert (first.requests, first.total, first.reached) == (1, None, None)
    assert first.faults == (f"{'b' * 11}: YouTube does not tell when it was published",)
    assert [(seen.post_id, seen.text, seen.published_at) for seen in second.posts] == [("c" * 11, "Коротко", at)]
    assert (second.requests, second.reached) == (3, at)
    assert second.faults == (f"{'d' * 11}: YouTube does not tell when it was published",)
    assert table.asked == [
        (VIDEOS, 200),
        (SHORTS, 200),
        (youtube._watch("c" * 11), 1),
        (youtube._watch("d" * 11), 1),
    ]


def test_the_lists_of_a_hashtag_are_asked_for_by_its_quoted_name(
    over: YoutubeSource, table: Lists, clock: FakeClock
) -> None:
    pages = list(over.read(Place("yt", "yt:#пр"), since=clock(), until=clock(), tags=[]))
    assert [url for url, _ in table.asked] == [
        "https://www.youtube.com/hashtag/%D0%BF%D1%80",
        "https://www.youtube.com/hashtag/%D0%BF%D1%80/shorts",
    ]
    assert [page.reached for page in pages] == [None, clock()]


def test_links_lead_to_what_their_pages_tell(over: YoutubeSource, table: Lists, clock: FakeClock) -> None:
    at = clock() - timedelta(days=9)
    table.laid[WATCH] = ("", [Listed(NUMBER, "Письмо", at=at), Listed("x" * 11, "Другое", at=at)])
    table.laid[youtube._watch("b" * 11)] = ("", [Listed("b" * 11, "Письмо")])
    table.laid[youtube._watch("c" * 11)] = ("", [Listed("c" * 11, at=at)])
    table.laid[youtube._watch("d" * 11)] = ("", [])
    table.laid[youtube._watch("e" * 11)] = Refused("It is no list.")
    links = [
        WATCH,
        f"youtu.be/{NUMBER}",
        *(f"https://youtu.be/{sign * 11}" for sign in "bcde"),
        "https://vk.com/video1_2",
    ]
    found = over.posts_behind(links)
    assert [(post.post_id, post.text, post.published_at) for post in found] == [
        (NUMBER, "Письмо", at),
        ("b" * 11, "Письмо", clock()),
        ("c" * 11, "", at),
    ]
    assert len(table.asked) == 5


@pytest.mark.parametrize(
    ("answer", "lost", "unclear", "requests"),
    [
        (("", [Listed(NUMBER, "Письмо")]), "", "", 1),
        (("", [Listed(NUMBER)]), "", youtube.NOT_UNDERSTOOD, 1),
        (("", [Listed("x" * 11, "Письмо")]), "", youtube.NOT_UNDERSTOOD, 1),
        (("", []), "", youtube.NOT_UNDERSTOOD, 1),
        (Closed("It said: {words}", requests=3, words="Private video"), Doubt.private, "", 3),
        (Closed("It said: {words}", requests=3, words="It has been deleted"), Doubt.post, "", 3),
        (Closed("It said: {words}", requests=3, words="Sign in"), "", "It said: Sign in", 3),
        (Closed("It has been deleted", requests=2), "", "It has been deleted", 2),
    ],
)
def test_what_a_videos_own_page_says_when_it_is_looked_at_again(
    over: YoutubeSource,
    table: Lists,
    answer: tuple[str, list[Listed]] | Exception,
    lost: str,
    unclear: str,
    requests: int,
) -> None:
    table.laid[WATCH] = answer
    known = PostRef("", NUMBER, WATCH)
    assert list(over.recheck([known])) == [RecheckResult(known, lost=lost, unclear=unclear, requests=requests)]
    assert table.asked == [(WATCH, 1)]


@pytest.mark.parametrize("words", ["This Doubt.private VIDEO is", "the video is private"])
def test_private_is_said_in_two_ways(words: str) -> None:
    assert youtube.loss_told(words) == Doubt.private


# Addresses


@pytest.mark.parametrize(
    "link",
    [
        *(
            f"https://{host}/watch?v={NUMBER}&t=5"
            for host in ("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com")
        ),
        *(f"youtube.com/{kind}/{NUMBER}" for kind in ("shorts", "embed", "live", "watch", "v", "e")),
        f"https://youtube-nocookie.com/embed/{NUMBER}/",
        f"https://www.youtube-nocookie.com/embed/{NUMBER}?x=1",
        f"http://youtu.be/{NUMBER}?si=x",
        f"www.youtu.be/{NUMBER}/x",
        f"https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3D{NUMBER}",
        f"https://www.youtube.com/attribution_link?u=https%3A%2F%2Fyoutu.be%2F{NUMBER}",
    ],
)
def test_every_way_to_write_a_video_leads_to_it(link: str) -> None:
    assert youtube_links.video_of(link) == SeenVideo("yt", "", NUMBER, WATCH)


@pytest.mark.parametrize(
    "link",
    [
        "https://youtu.be/",
        "https://youtu.be/abcdefghij",
        f"https://youtu.be/{NUMBER}l",
        f"https://www.youtube.com/shorts/{NUMBER}l",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/attribution_link?u=/attribution_link",
        "https://www.youtube.com/attribution_link",
        f"https://youtube.com.evil.example/watch?v={NUMBER}",
        f"ftp://youtube.com/watch?v={NUMBER}",
        "https://[x",
    ],
)
def test_what_is_no_video_is_none(link: str) -> None:
    assert youtube_links.video_of(link) is None
