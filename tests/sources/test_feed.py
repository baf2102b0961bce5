from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import Place
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.feed import FeedSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import read_all, source_over

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
    assert source.look(["https://school47.example/anna"]) == []
