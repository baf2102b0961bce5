from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.models import Doubt
from relay.ports import Page, Place, PollingPolicy, PostRef, RecheckResult
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.feed import source as feed
from relay.sources.feed.source import FeedSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import read_all, source_over
from tests.sources.test_gone_or_away import FEED as OF_SCHOOL
from tests.sources.test_gone_or_away import FILE, PAGE, Answers, over
from tests.sources.test_gone_or_away import RSS as EMPTY

URL = "https://school47.example/feed.xml"
FEED = Place("rss", f"rss:{URL}", URL, "Школа 47")
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Школа 47</title>
<item><title>Читает Анна</title><link>https://school47.example/anna</link><guid>n1</guid>
 <pubDate>Thu, 12 Jan 2023 11:00:00 +0300</pubDate><category>proryv80</category><category>Наши дети</category>
 <description>&lt;p&gt;Письмо &amp;amp; дневник &lt;a href="https://m.vk.com/video-1_2"&gt;здесь&lt;/a&gt;
 &lt;iframe src="//rutube.ru/embed/3eac3b4561676c17df9132a9a1e62e3e"&gt;
 &lt;/iframe&gt;&lt;/p&gt;</description></item>
<item><title>Борис #proryv80</title><link>/boris</link><guid isPermaLink="false">n2</guid>
 <pubDate>Thu, 12 Jan 2023 07:00:00 GMT</pubDate>
 <enclosure url="/files/boris.mp4" type="video/mp4" length="5"/>
 <media:content url="https://school47.example/files/boris.mp4" type="video/mp4"/></item>
<item><title>Без даты</title><guid>n3</guid></item>
</channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Лента</title><id>u</id>
<entry><id>e1</id><title>Вера</title><published>2023-01-12T08:00:00Z</published><updated>2023-01-12T08:30:00Z</updated>
<author><name>Вера Ильина</name></author><link href="https://t.me/gorod/5"/>
<content type="html">#proryv80 https://youtu.be/abcdefghijk.</content></entry></feed>"""


@pytest.fixture
def source(sandbox: Sandbox, store: Store, clock: FakeClock) -> FeedSource:
    return source_over(sandbox, store, clock, FeedSource)


def _shows(network: Network, text: str = RSS) -> None:
    network.sites.shows("/feed.xml", text, media_type="application/rss+xml")


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        f"rss:{URL}",
        f"feed:{URL}",
        "feed://school47.example/feed.xml",
        "rss:https://SCHOOL47.example:443/feed.xml",
        f" rss:{URL}#top",
    ],
)
def test_every_way_to_write_a_feed_leads_to_it(source: FeedSource, network: Network, address: str) -> None:
    _shows(network)
    assert source.claims(address)
    assert source.resolve(address) == FEED


@pytest.mark.parametrize(
    "address", ["rss:", "rss:ftp://x.example/f", "rss:https://user:pw@x.example/", "rss:https://[x"]
)
def test_an_address_of_nothing_costs_no_request(source: FeedSource, network: Network, address: str) -> None:
    with pytest.raises(Refused, match="no address of a feed"):
        source.resolve(address)
    assert not network.visits


@pytest.mark.slow
def test_what_is_no_feed_is_refused(source: FeedSource, network: Network) -> None:
    network.sites.shows("/feed.xml", "<html><body>Новости</body></html>", media_type="text/html")
    with pytest.raises(Refused, match="no RSS or Atom feed"):
        source.resolve(f"rss:{URL}")
    network.sites.takes_down("/feed.xml")
    with pytest.raises(Refused, match="HTTP 404"):
        source.resolve(f"rss:{URL}")


@pytest.mark.slow
def test_entries_carry_the_videos_that_they_link_to(source: FeedSource, network: Network, clock: FakeClock) -> None:
    _shows(network)
    (page,) = read_all(source, FEED, clock)
    first, second = page.posts
    assert (first.post_id, first.published_at) == ("n1", datetime(2023, 1, 12, 8, 0, tzinfo=UTC))
    assert "Письмо & дневник" in first.text
    assert dict(first.texts)["tags"] == "#proryv80 #Нашидети"
    assert [(v.network, v.owner_id, v.video_id) for v in first.videos] == [
        ("vk", "-1", "2"),
        ("rutube", "", "3eac3b4561676c17df9132a9a1e62e3e"),
    ]
    (file,) = second.videos
    assert (file.network, file.owner_id, file.kind) == ("web", "school47.example", "file")
    assert file.url == "https://school47.example/files/boris.mp4#file"
    assert second.url == "https://school47.example/boris"
    assert page.faults == (
        "Без даты: it has no date",
        "the feed holds 2 entries only, and all of them are newer than asked for",
    )
    assert page.reached is not None


@pytest.mark.slow
def test_atom_is_read_too(source: FeedSource, network: Network, clock: FakeClock) -> None:
    _shows(network, ATOM)
    (page,) = read_all(source, FEED, clock)
    (post,) = page.posts
    assert (post.author.name, post.edited_at) == ("Вера Ильина", datetime(2023, 1, 12, 8, 30, tzinfo=UTC))
    assert [(v.network, v.video_id) for v in post.videos] == [("tg", "5"), ("yt", "abcdefghijk")]


@pytest.mark.slow
def test_a_feed_opens_no_other_file_of_this_machine(
    source: FeedSource, network: Network, clock: FakeClock, tmp_path: Path
) -> None:
    beside = tmp_path / "beside.txt"
    beside.write_text("stands beside", "utf-8")
    own = f'<!ENTITY a "Анна"><!ENTITY b SYSTEM "{beside.as_uri()}">'
    head = f'<?xml version="1.0"?><!DOCTYPE x [{own}]>'
    _shows(network, RSS.replace('<?xml version="1.0" encoding="utf-8"?>', head).replace("Читает Анна", "&a;&b;"))
    (page,) = read_all(source, FEED, clock)
    assert "stands beside" not in str(page.posts)


@pytest.mark.slow
def test_a_redirect_is_followed_to_public_addresses_only(
    source: FeedSource, network: Network, clock: FakeClock
) -> None:
    _shows(network)
    network.sites.moves("/old.xml", "https://library.example/feed.xml")
    assert source.resolve("rss:https://school47.example/old.xml").title == "Школа 47"
    for target in (
        "http://127.0.0.1/feed.xml",
        "http://localhost/x",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
    ):
        network.sites.moves("/bad.xml", target)
        with pytest.raises(Refused, match="must not be reached"):
            source.resolve("rss:https://school47.example/bad.xml")
    assert network.refused == []


@pytest.mark.slow
def test_a_redirect_without_end_ends(source: FeedSource, network: Network) -> None:
    network.sites.moves("/round.xml", "https://school47.example/round.xml")
    with pytest.raises(Refused, match="no RSS or Atom feed"):
        source.resolve("rss:https://school47.example/round.xml")
    assert network.visits["site"] == 4


@pytest.mark.slow
def test_trouble_has_a_name(source: FeedSource, network: Network, clock: FakeClock) -> None:
    _shows(network)
    for trouble in (network.pages_answer_html, network.pages_break_off):
        trouble()
        with pytest.raises(TryLater, match="no feed"):
            read_all(source, FEED, clock)
    network.pages_answer(403)
    with pytest.raises(Closed, match="does not show"):
        read_all(source, FEED, clock)
    network.sites.takes_down("/feed.xml")
    with pytest.raises(Closed) as caught:
        read_all(source, FEED, clock)
    assert caught.value.gone
    assert source.posts_behind(["https://school47.example/anna"]) == []


# Answer by answer, without a server


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def site(answers: Answers, settings: Settings, clock: FakeClock) -> FeedSource:
    return over(FeedSource, answers, settings, clock)  # type: ignore[no-any-return]


HOW = {"redirects": 3, "accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"}


def test_its_manners(site: FeedSource) -> None:
    assert site.polling == PollingPolicy(timedelta(minutes=30), 5_000)
    assert (site.description.name, feed.PER_SECOND) == ("rss", 1.0)


@pytest.mark.parametrize(
    ("address", "ours"),
    [("rss:x", True), (" feed:x", True), ("atom:x", True), ("https://x.example/rss:", False), ("xrss:", False)],
)
def test_which_addresses_are_feeds(site: FeedSource, address: str, *, ours: bool) -> None:
    assert site.claims(address) is ours


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("rss:https://S47.example/Feed.xml?A=b#top", "https://s47.example/Feed.xml?A=b"),
        (" atom: s47.example ", "https://s47.example/"),
        ("feed://s47.example/f", "https://s47.example/f"),
        ("rss:http://s47.example:80/f", "http://s47.example/f"),
        ("rss:http://s47.example:443/f", "http://s47.example:443/f"),
        ("rss:https://s47.example:443/f", "https://s47.example/f"),
        ("rss:https://s47.example:80/f", "https://s47.example:80/f"),
        ("rss:https://[2A00:1450::1]/f", "https://[2a00:1450::1]/f"),
        ("rss:https://[2a00:1450::1]:8443/f", "https://[2a00:1450::1]:8443/f"),
    ],
)
def test_an_address_of_a_feed_has_one_spelling(site: FeedSource, answers: Answers, address: str, url: str) -> None:
    answers.says(url, 200, EMPTY)
    assert site.resolve(address) == Place("rss", f"rss:{url}", url, "School")
    assert answers.how == [HOW]


def test_a_feed_without_a_title_is_called_by_its_address(site: FeedSource, answers: Answers) -> None:
    answers.says(OF_SCHOOL, 200, EMPTY.replace(b"School", b""))
    assert site.resolve(f"rss:{OF_SCHOOL}").title == OF_SCHOOL


@pytest.mark.parametrize(
    "address",
    [
        "rss:ftp://x.example/f",
        "rss:https://user@x.example/",
        "rss:https://:pw@x.example/",
        "rss:https:///f",
        "rss:https://x.example:port/",
    ],
)
def test_what_is_no_address_of_a_feed_is_refused(site: FeedSource, answers: Answers, address: str) -> None:
    with pytest.raises(Refused) as told:
        site.resolve(address)
    assert told.value.line == f"{address} is no address of a feed. Known is rss:https://example.org/feed.xml."
    assert answers.asked == []


@pytest.mark.parametrize(
    ("status", "line"),
    [
        *[(status, f"There is no feed at {OF_SCHOOL} (HTTP {status}).") for status in (404, 410, 401, 403, 451)],
        *[(status, f"What lies at {OF_SCHOOL} is no RSS or Atom feed.") for status in (201, 302, 400, 405)],
    ],
)
def test_where_no_feed_lies(site: FeedSource, answers: Answers, status: int, line: str) -> None:
    answers.says(OF_SCHOOL, status, EMPTY)
    with pytest.raises(Refused) as told:
        site.resolve(f"rss:{OF_SCHOOL}")
    assert told.value.line == f"{line} Known is rss:https://example.org/feed.xml."


@pytest.mark.parametrize(
    ("status", "kind", "line", "gone"),
    [
        *[(status, Closed, "The site does not show the feed to us.", False) for status in (401, 403, 451)],
        *[(status, Closed, "The feed is not there any more.", True) for status in (404, 410)],
        (
            302,
            TryLater,
            "The site answers with no feed. Relay tries again by itself; nothing was lost.",
            False,
        ),
    ],
)
def test_a_feed_that_was_there_and_is_not(
    site: FeedSource, answers: Answers, status: int, kind: type[Closed | TryLater], line: str, *, gone: bool
) -> None:
    answers.says(URL, status, RSS, requests=2)
    with pytest.raises(kind) as told:
        _reads(site)
    assert (told.value.line, told.value.requests, getattr(told.value, "gone", False)) == (line, 2, gone)


def _reads(source: FeedSource, place: Place = FEED, since: datetime = datetime(2023, 1, 1, tzinfo=UTC)) -> list[Page]:
    return list(source.read(place, since=since, until=since, tags=[]))


ALL_NEWER = "the feed holds 2 entries only, and all of them are newer than asked for"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("since", "faults"),
    [
        (datetime(2023, 1, 12, 6, 59, 59, tzinfo=UTC), ("Без даты: it has no date", ALL_NEWER)),
        (datetime(2023, 1, 12, 7, 0, tzinfo=UTC), ("Без даты: it has no date",)),
    ],
)
def test_a_feed_comes_whole_and_says_when_it_may_not_go_back_far_enough(
    site: FeedSource, answers: Answers, since: datetime, faults: tuple[str, ...]
) -> None:
    answers.says(URL, 200, RSS, requests=2)
    (page,) = _reads(site, since=since)
    assert [post.post_id for post in page.posts] == ["n1", "n2"]
    assert (page.requests, page.total, page.reached, page.faults) == (2, 3, since, faults)
    assert answers.how == [HOW]
    assert {post.owner_id for post in page.posts} == {URL}


@pytest.mark.slow
def test_links_of_a_feed_lead_on_from_where_it_lay_in_the_end(site: FeedSource, answers: Answers) -> None:
    answers.says(URL, 200, RSS)
    answers.laid[URL] = replace(answers.laid[URL], url="https://moved.example/feed.xml")
    (page,) = _reads(site)
    assert page.posts[1].url == "https://moved.example/boris"


def test_one_entry_alone_is_a_feed_that_begins(site: FeedSource, answers: Answers) -> None:
    answers.says(URL, 200, ATOM)
    (page,) = _reads(site)
    assert (len(page.posts), page.faults) == (1, ())


def test_times_without_a_zone_are_meant_in_the_campaigns(site: FeedSource, answers: Answers) -> None:
    answers.says(URL, 200, ATOM.replace("08:00:00Z", "08:00:00"))
    (page,) = _reads(site, replace(FEED, zone="Europe/Moscow"))
    assert page.posts[0].published_at == datetime(2023, 1, 12, 5, 0, tzinfo=UTC)


def test_links_lead_to_no_entries(site: FeedSource, answers: Answers) -> None:
    assert site.posts_behind([URL, "https://school47.example/anna"]) == []
    assert answers.asked == []


@pytest.mark.parametrize(
    ("page", "files", "feed_says", "expected", "asked"),
    [
        (200, (200, 404), 200, {"requests": 6}, 3),
        (410, (), 200, {"lost": Doubt.post, "requests": 7}, 2),
        (410, (), 403, {"unclear": feed.NO_WITNESS, "requests": 7}, 2),
        (503, (404,), 200, {"unclear": "The site answers with HTTP 503.", "requests": 2}, 1),
        (200, (404, 410), 200, {"lost": Doubt.video, "requests": 11}, 4),
        (200, (404, 302, 301), 200, {"unclear": "The site answers with HTTP 301.", "requests": 8}, 4),
    ],
)
def test_an_entry_is_looked_at_again_by_its_page_and_then_its_files(
    site: FeedSource,
    answers: Answers,
    page: int,
    files: tuple[int, ...],
    feed_says: int,
    expected: dict[str, Any],
    asked: int,
) -> None:
    answers.says(PAGE, page, requests=2)
    for number, status in enumerate(files):
        answers.says(f"{FILE}?{number}", status, requests=2)
    answers.says(OF_SCHOOL, feed_says, EMPTY, requests=5)
    known = PostRef(OF_SCHOOL, "1", PAGE, ("https://vk.com/video1_2", *(f"{FILE}?{n}#file" for n in range(len(files)))))
    (found,) = site.recheck([known])
    assert found == RecheckResult(known, **expected)
    assert len(answers.asked) == asked
    heads = [how for how in answers.how if how != HOW]
    assert heads == [{"redirects": 3, "headers_only": True}] * len(heads)
    assert len(answers.how) - len(heads) == (1 if OF_SCHOOL in answers.asked else 0)


def test_an_entry_without_a_page_has_its_files_to_be_asked(site: FeedSource, answers: Answers) -> None:
    answers.says(FILE, 200, requests=2)
    known = PostRef(OF_SCHOOL, "1", OF_SCHOOL, (f"{FILE}#file",))
    assert list(site.recheck([known])) == [RecheckResult(known, requests=2)]
    assert answers.asked == [FILE]
