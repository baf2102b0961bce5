"""Feeds as Russian sites, blogs and video networks of their own write them, entry by entry."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from relay.collect.hashtags import match, wanted
from relay.models import MatchKind
from relay.ports import SeenPost
from relay.sources.feed import parse as feed_parse

NOW = datetime(2023, 1, 30, 12, 0, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
SPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "yandex": "http://news.yandex.ru",
    "turbo": "http://turbo.yandex.ru",
    "rambler": "http://news.rambler.ru",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
DATED = "<pubDate>Thu, 12 Jan 2023 10:00:00 +0300</pubDate>"


def rss(*items: str) -> bytes:
    spaces = " ".join(f'xmlns:{name}="{address}"' for name, address in SPACES.items())
    entries = "".join(f"<item><guid>n{number}</guid>{item}</item>" for number, item in enumerate(items))
    head = '<?xml version="1.0" encoding="utf-8"?>'
    return f'{head}<rss version="2.0" {spaces}><channel><title>Школа</title>{entries}</channel></rss>'.encode()


def atom(entry: str) -> bytes:
    spaces = f'xmlns="http://www.w3.org/2005/Atom" xmlns:media="{SPACES["media"]}"'
    return f"<feed {spaces}><title>Лента</title><id>u</id><entry><id>e</id>{entry}</entry></feed>".encode()


def read(body: bytes, zone: str = "Europe/Moscow") -> tuple[list[SeenPost], tuple[str, ...]]:
    feed = feed_parse.parsed(body)
    assert feed is not None
    return feed_parse.posts(
        feed, "https://s47.example/feed.xml", "https://s47.example/feed.xml", zone=ZoneInfo(zone), now=NOW
    )


def one(item: str) -> SeenPost:
    (post,), faults = read(rss(DATED + item))
    assert not faults
    return post


def videos(item: str) -> list[str]:
    """Network and address of each video; files without the mark that makes them some."""
    return [f"{video.network} {video.url.removesuffix('#file')}" for video in one(item).videos]


def kind(post: SeenPost, *tags: str) -> MatchKind | None:
    hit = match(post.texts, wanted(tags or ["#proryv80"]))
    return hit.kind if hit else None


# Dates


@pytest.mark.parametrize(
    "date",
    [
        "<pubDate>2023/1/12 10:00:00</pubDate>",
        "<pubDate>12-01-2023 10:00:00</pubDate>",
        "<pubDate>1673506800</pubDate>",
        "<pubDate>1673506800000</pubDate>",
        "<pubDate>20230112T100000+0300</pubDate>",
        "<pubDate>Thu, 12 Jan 2023 10:00:00 MSK</pubDate>",
        "<pubDate>Thu, 12 Jan 2023 10:00:00 UTC+3</pubDate>",
        "<pubDate>Thu, 12 Jan 2023 10:00:00 GMT+3</pubDate>",
        "<pubDate>Thu, 12 Jan 2023 10:00:00</pubDate>",
        "<pubDate>Thu,12 Jan 2023 10:00:00 +0300</pubDate>",
        "<pubDate>Чт, 12 янв 2023 10:00:00 +0300</pubDate>",
        "<pubDate>12 января 2023, 10:00</pubDate>",
        "<pubDate>12.01.2023 10:00</pubDate>",
        "<pubDate>2023-01-12 10:00:00</pubDate>",
        "<pubDate>\n Thu, 12 Jan 2023 10:00:00 +0300\n</pubDate>",
        "<dc:date>2023-01-12T10:00:00+03:00</dc:date>",
        "<dcterms:created>2023-01-12T10:00:00+03:00</dcterms:created>",
        "<dcterms:issued>2023-01-12T10:00:00+03:00</dcterms:issued>",
        "<dcterms:modified>2023-01-12T10:00:00+03:00</dcterms:modified>",
        "<pubDate>вчера</pubDate><dc:date>2023-01-12T07:00:00Z</dc:date>",
    ],
)
def test_an_entry_stands_at_the_moment_that_its_date_says(date: str) -> None:
    (post,), faults = read(rss(date))
    assert post.published_at == datetime(2023, 1, 12, 7, 0, tzinfo=UTC)
    assert not faults


def test_a_date_without_a_zone_is_the_campaigns() -> None:
    for zone, hour in (("Europe/Moscow", 20), ("Asia/Yekaterinburg", 18), ("UTC", 23)):
        (post,), _ = read(rss("<pubDate>18.01.2023 23:30</pubDate>"), zone)
        assert post.published_at == datetime(2023, 1, 18, hour, 30, tzinfo=UTC)


@pytest.mark.slow
def test_dates_that_cannot_be_read_are_told_one_by_one() -> None:
    feed = rss(
        "<title>Анна</title><pubDate>2023/13/45</pubDate>",
        f"<title>Борис</title>{DATED}",
        "<title>Вера</title><pubDate>Thu, 12 Jan 2023 10:00:00 XYZ</pubDate>",
        "<title>Глеб</title>",
        "<title>Даша</title><pubDate>Fri, 12 Jan 2123 10:00:00 +0300</pubDate>",
        "<title>Егор</title><pubDate>Thu, 01 Jan 1970 00:00:00 GMT</pubDate>",
    )
    posts, faults = read(feed)
    assert [post.text for post in posts] == ["Борис"]
    assert faults == (
        "Анна: its date can't be read (2023/13/45)",
        "Вера: its date can't be read (Thu, 12 Jan 2023 10:00:00 XYZ)",
        "Глеб: it has no date",
        "Даша: its date can't be read (Fri, 12 Jan 2123 10:00:00 +0300)",
        "Егор: its date can't be read (Thu, 01 Jan 1970 00:00:00 GMT)",
    )


def test_an_edit_is_read_like_the_date() -> None:
    (post,), _ = read(atom("<published>12.01.2023 10:00</published><updated>12.01.2023 11:00</updated>"))
    assert post.edited_at == datetime(2023, 1, 12, 8, 0, tzinfo=UTC)
    (post,), _ = read(atom("<published>12.01.2023 10:00</published><updated>когда-то</updated>"))
    assert post.edited_at is None


def test_an_entry_is_known_by_its_number_its_page_or_what_it_says() -> None:
    dated = DATED + "<title>Анна</title>"
    (numbered,), _ = read(rss(dated + "<link>/anna</link>"))
    (paged,), _ = read(rss(dated + "<link>/anna</link>").replace(b"<guid>n0</guid>", b""))
    assert (numbered.post_id, numbered.url) == ("n0", "https://s47.example/anna")
    assert (paged.post_id, paged.url) == ("https://s47.example/anna", "https://s47.example/anna")


@pytest.mark.slow
def test_entries_without_a_number_and_a_page_are_still_told_apart() -> None:
    feed = rss(DATED + "<title>Анна</title>", DATED + "<title>Вера</title>")
    posts, _ = read(feed.replace(b"<guid>n0</guid>", b"").replace(b"<guid>n1</guid>", b""))
    assert len({post.post_id for post in posts}) == 2
    assert {post.url for post in posts} == {"https://s47.example/feed.xml"}


def test_a_number_that_is_no_address_is_no_page() -> None:
    assert one("").url == "https://s47.example/feed.xml"
    (post,), _ = read(rss(DATED).replace(b"n0", b"https://s47.example/anna"))
    assert post.url == "https://s47.example/anna"


# Texts


@pytest.mark.parametrize(
    "item",
    [
        "<description>#proryv80</description>",
        "<description>коротко</description><yandex:full-text>Весь текст #proryv80</yandex:full-text>",
        "<description>коротко</description><yandex:full-text>&lt;p&gt;Весь&lt;/p&gt;#proryv80</yandex:full-text>",
        "<turbo:content><![CDATA[<p>Весь текст</p><p>#proryv80</p>]]></turbo:content>",
        "<rambler:fulltext>#proryv80</rambler:fulltext>",
        "<description>#proryv80</description><content:encoded>весь текст без тега</content:encoded>",
        "<content:encoded>весь текст без тега</content:encoded><description>#proryv80</description>",
        "<content:encoded>весь #proryv80</content:encoded><description>коротко</description>",
        "<description>#proryv80</description><content:encoded>а</content:encoded><itunes:summary>б</itunes:summary>",
        "<description>#proryv80</description><content:encoded>а</content:encoded>"
        "<media:description>б</media:description>",
        "<description>а</description><content:encoded>б</content:encoded><media:description>#proryv80</media:description>",
        "<media:group><media:description>#proryv80</media:description></media:group>",
        "<itunes:subtitle>#proryv80</itunes:subtitle>",
        "<title>#proryv80</title>",
        "<title>Письмо &lt;b&gt;#proryv80&lt;/b&gt;</title>",
        "<description>&lt;a class='mention'&gt;#&lt;span&gt;proryv80&lt;/span&gt;&lt;/a&gt;</description>",
        "<description>#proryv&lt;wbr&gt;80</description>",
        "<description>&lt;p&gt;#proryv80&lt;/p&gt;&lt;p&gt;Письмо&lt;/p&gt;</description>",
        "<description><![CDATA[<blockquote>Письмо</blockquote>#proryv80<br>]]></description>",
        "<category>proryv80</category>",
        "<category>тосно, proryv80</category>",
        "<category>тосно;proryv80;память</category>",
        "<category>Новости/proryv80</category>",
        "<category>#тосно #proryv80</category>",
        "<itunes:keywords>тосно, proryv80</itunes:keywords>",
        "<media:keywords>тосно, proryv80</media:keywords>",
        "<dc:subject>тосно | proryv80</dc:subject>",
    ],
)
def test_the_tag_is_found_wherever_an_entry_may_carry_it(item: str) -> None:
    assert kind(one(item)) is MatchKind.exact


def test_a_category_of_atom_may_carry_the_tag_in_its_label() -> None:
    (post,), _ = read(atom('<published>2023-01-12T07:00:00Z</published><category term="17" label="proryv80"/>'))
    assert kind(post) is MatchKind.exact


@pytest.mark.slow
def test_plain_text_of_atom_is_no_html() -> None:
    entry = '<published>2023-01-12T07:00:00Z</published><content type="text">3 &lt; 5 и 1 &lt;b #proryv80</content>'
    (post,), _ = read(atom(entry))
    assert post.text == "3 < 5 и 1 <b #proryv80"


def test_an_excerpt_that_stands_in_the_whole_text_is_not_said_twice() -> None:
    post = one("<title>Анна</title><description>Письмо</description><content:encoded>Письмо деда</content:encoded>")
    assert post.text == "Анна\nПисьмо деда"


def test_categories_of_several_words_are_one_tag() -> None:
    assert dict(one("<category>Голоса памяти</category><category>Наши дети, школа</category>").texts)["tags"] == (
        "#Голосапамяти #Нашидети #школа"
    )


# Authors


@pytest.mark.parametrize(
    ("item", "name"),
    [
        ("<author>info@x.ru (Анна Петрова)</author>", "Анна Петрова"),
        ("<author>Анна Петрова &lt;info@x.ru&gt;</author>", "Анна Петрова"),
        ("<author>info@x.ru</author>", ""),
        ("<author>mailto:info@x.ru</author>", ""),
        ("<dc:creator>info@x.ru</dc:creator>", ""),
        ("<dc:creator>Анна Петрова, info@x.ru</dc:creator>", "Анна Петрова"),
        ("<dc:creator>Анна</dc:creator><dc:creator>Иван</dc:creator>", "Анна, Иван"),
        ("<dc:creator>Анна</dc:creator><dc:creator>Анна</dc:creator>", "Анна"),
        ("<author>info@x.ru (Анна)</author><dc:creator>Иван</dc:creator>", "Анна, Иван"),
        ("<itunes:author>Анна</itunes:author>", "Анна"),
        ("<media:credit role='author'>Анна</media:credit>", "Анна"),
        ("<media:credit>Анна</media:credit><media:credit role='distribution company'>ТВ</media:credit>", "Анна"),
        ("<dc:creator>Анна</dc:creator><media:credit>Иван</media:credit>", "Анна"),
        ("<dc:creator><![CDATA[Анна &amp; Иван]]></dc:creator>", "Анна & Иван"),
        ("", ""),
    ],
)
def test_all_who_are_named_are_credited_and_no_address_is(item: str, name: str) -> None:
    assert one(item).author.name == name


def test_authors_of_atom_are_all_named() -> None:
    people = "<author><name>Анна</name><email>a@x.ru</email></author><author><name>Иван</name></author>"
    (post,), _ = read(atom(f"<published>2023-01-12T07:00:00Z</published>{people}"))
    assert post.author.name == "Анна, Иван"


# Videos


def _group(*files: str) -> str:
    return f"<media:group>{''.join(f'<media:content {file}/>' for file in files)}</media:group>"


@pytest.mark.parametrize(
    ("sizes", "best"),
    [
        (('url="/a-480.mp4" height="480"', 'url="/a-720.mp4" height="720"'), "a-720"),
        (
            ('url="/a-2160.mp4" height="2160"', 'url="/a-1080.mp4" height="1080"', 'url="/a-480.mp4" height="480"'),
            "a-1080",
        ),
        (('url="/a-2160.mp4" height="2160"', 'url="/a-1440.mp4" height="1440"'), "a-1440"),
        (('url="/a-1.mp4" height="1920" width="1080"', 'url="/a-2.mp4" height="1280" width="720"'), "a-1"),
        (('url="/a-1.mp4"', 'url="/a-2.mp4" isDefault="true"'), "a-2"),
        (('url="/a-1.mp4" bitrate="500"', 'url="/a-2.mp4" bitrate="900"'), "a-2"),
        (('url="/a-1.mp4"', 'url="/a-2.mp4"'), "a-1"),
        (('url="/a.jpg" type="image/jpeg" height="1080"', 'url="/a-2.mp4" height="240"'), "a-2"),
        (('url="/a.m3u8" type="application/x-mpegURL" height="1080"', 'url="/a-2.mp4" height="240"'), "a-2"),
        (('url="/a.mp3" type="audio/mpeg"', 'url="/a-2.mp4" medium="video" type="video/mp4"'), "a-2"),
    ],
)
def test_a_group_is_one_video_in_its_best_size(sizes: tuple[str, ...], best: str) -> None:
    assert videos(_group(*sizes)) == [f"web https://s47.example/{best}.mp4"]
    assert videos(_group(*reversed(sizes[1:]), sizes[0])) == [f"web https://s47.example/{best}.mp4"] or best == "a-1"


def test_files_outside_of_a_group_are_videos_of_their_own() -> None:
    two = '<media:content url="/a.mp4" height="480"/><media:content url="/b.mp4" height="720"/>'
    assert videos(two) == ["web https://s47.example/a.mp4", "web https://s47.example/b.mp4"]
    assert videos(_group('url="/c.mp4"', 'url="/d.mp4" height="720"') + two) == [
        "web https://s47.example/d.mp4",
        "web https://s47.example/a.mp4",
        "web https://s47.example/b.mp4",
    ]


def test_groups_of_two_entries_are_two_videos() -> None:
    items = (DATED + _group(f'url="/{name}-1.mp4?x=1&amp;y=2"', f'url="/{name}-2.mp4"') for name in "ab")
    posts, _ = read(rss(*items))
    assert sorted(video.url for post in posts for video in post.videos) == [
        "https://s47.example/a-1.mp4?x=1&y=2#file",
        "https://s47.example/b-1.mp4?x=1&y=2#file",
    ]


def test_an_enclosure_that_stands_in_a_group_too_is_the_same_video() -> None:
    enclosure = '<enclosure url="/a-480.mp4" type="video/mp4" length="5"/>'
    group = _group('url="/a-480.mp4" height="480"', 'url="/a-720.mp4" height="720"')
    torrent = '<enclosure url="/a.torrent" type="application/x-bittorrent" length="5"/>'
    assert videos(enclosure + torrent + group) == ["web https://s47.example/a-720.mp4"]


@pytest.mark.parametrize(
    ("item", "found"),
    [
        # files without a type or without an ending
        ('<media:content url="/get/1" medium="video"/>', "web https://s47.example/get/1"),
        (
            '<media:content url="/get/1" type="application/octet-stream" medium="video"/>',
            "web https://s47.example/get/1",
        ),
        ('<media:content url="/get/1" type="video/quicktime"/>', "web https://s47.example/get/1"),
        ('<enclosure url="/a.MP4" length="5"/>', "web https://s47.example/a.MP4"),
        ('<enclosure url="/a.mov" type="application/octet-stream" length="5"/>', "web https://s47.example/a.mov"),
        ('<media:content medium="image" url="/a.jpg"/>', ""),
        ('<media:content url="/a.m3u8" medium="video"/>', ""),
        ('<enclosure url="/a.mp3" type="audio/mpeg" length="5"/>', ""),
        # players
        ('<media:player url="https://vk.com/video_ext.php?oid=-1&amp;id=2"/>', "vk https://vk.com/video-1_2"),
        ('<media:player url="https://rutube.ru/play/embed/3eac3b4561676c17df9132a9a1e62e3e"/>', "rutube"),
        (
            '<media:content type="text/html" medium="video" url="https://vk.com/video-1_2"/>',
            "vk https://vk.com/video-1_2",
        ),
        (
            '<media:content><media:player url="https://vk.com/video_ext.php?oid=-1&amp;id=2"/></media:content>',
            "vk https://vk.com/video-1_2",
        ),
        ('<media:player url="/player/17"/>', ""),
        # in the text
        ('<video><source src="/v/d.mp4"></video>', "web https://s47.example/v/d.mp4"),
        ('<video src="/v/get?id=5"></video>', "web https://s47.example/v/get?id=5"),
        ('<video data-src="/v/d.mp4"></video>', "web https://s47.example/v/d.mp4"),
        ('<video><source src="/d.webm"><source src="/d-hd.mp4"></video>', "web https://s47.example/d-hd.mp4"),
        ('<video><source src="/d.m3u8"><source src="/d.mp4"></video>', "web https://s47.example/d.mp4"),
        ('<video src="blob:https://x/1"></video>', ""),
        ('<p><a href="/files/d.mp4">Смотреть</a></p>', "web https://s47.example/files/d.mp4"),
        ("Видео: https://s47.example/d.mp4.", "web https://s47.example/d.mp4"),
        ('<iframe src="https://vk.com/video_ext.php?oid=-1&id=2"></iframe>', "vk https://vk.com/video-1_2"),
        ('<iframe data-src="//vk.com/video_ext.php?oid=-1&id=2"></iframe>', "vk https://vk.com/video-1_2"),
        ('<noscript><iframe src="https://vk.com/video-1_2"></iframe></noscript>', "vk https://vk.com/video-1_2"),
        ('<object data="https://vk.com/video-1_2"></object>', "vk https://vk.com/video-1_2"),
        ('<object><param name="movie" value="https://vk.com/video-1_2"></object>', "vk https://vk.com/video-1_2"),
        ('<embed src="https://vk.com/video-1_2">', "vk https://vk.com/video-1_2"),
        ('<script async src="https://telegram.org/js/telegram-widget.js" data-telegram-post="gorod/5"></script>', "tg"),
        ("<script>var player = 'https://vk.com/video-1_2'</script>", ""),
        ('<audio><source src="/d.mp3"></audio><picture><source srcset="/d.jpg"></picture>', ""),
    ],
)
def test_a_video_is_found_however_an_entry_shows_it(item: str, found: str) -> None:
    shown = item if item.startswith(("<media", "<enclosure")) else f"<description><![CDATA[{item}]]></description>"
    assert " ".join(videos(shown)).startswith(found)
    assert len(videos(shown)) == bool(found)


def test_content_of_atom_that_lies_elsewhere_is_a_file() -> None:
    dated = "<published>2023-01-12T07:00:00Z</published>"
    (post,), _ = read(atom(f'{dated}<content type="video/mp4" src="https://s47.example/get/1"/>'))
    assert [video.url for video in post.videos] == ["https://s47.example/get/1#file"]
    (post,), _ = read(atom(f'{dated}<link rel="enclosure" type="video/mp4" href="/a"/>'))
    assert [video.url for video in post.videos] == ["https://s47.example/a#file"]
    (post,), _ = read(atom(f'{dated}<content type="text/html" src="https://s47.example/page"/>'))
    assert not post.videos


def test_own_files_count_beside_a_video_of_a_network() -> None:
    text = (
        '<description><![CDATA[<a href="https://vk.com/video-1_2">ВК</a><video src="/d.mp4"></video>]]></description>'
    )
    assert videos(text + '<enclosure url="/e.mp4" type="video/mp4" length="5"/>') == [
        "vk https://vk.com/video-1_2",
        "web https://s47.example/d.mp4",
        "web https://s47.example/e.mp4",
    ]


def test_one_file_in_two_containers_or_places_is_one_video() -> None:
    text = (
        '<description><![CDATA[<a href="/d.webm">webm</a> <a href="http://s47.example/d.mp4">mp4</a>]]></description>'
    )
    assert videos(text + '<enclosure url="/d.mp4" type="video/mp4" length="5"/>') == ["web http://s47.example/d.mp4"]


def test_a_file_carries_title_and_author() -> None:
    (video,) = one(
        '<title>Анна &lt;i&gt;читает&lt;/i&gt;</title><dc:creator>Анна</dc:creator><enclosure url="/a.mp4"/>'
    ).videos
    assert (video.title, video.author.name, video.kind) == ("Анна читает", "Анна", "file")


@pytest.mark.parametrize(
    "address",
    ["http://[x", "//[", "https://vk.com:999999/video-1_2", "http://a:b@x.example/d.mp4", "https://rutube.ru]/"],
)
def test_an_address_that_is_none_stops_no_entry(address: str) -> None:
    inside = f'<a href="{address}">a</a><video src="{address}"></video><iframe src="{address}"></iframe> {address}'
    beside = f'<media:content url="{address}" medium="video"/><media:player url="{address}"/>'
    item = f"<link>{address}</link>{beside}<description><![CDATA[{inside}]]></description>"
    posts, faults = read(rss(DATED + item, DATED + "<title>Анна</title>"))
    assert (len(posts), faults) == (2, ())
    assert all(post.url.startswith("http") for post in posts)


@pytest.mark.slow
def test_half_a_group_and_many_of_them_are_read_quickly() -> None:
    import time

    started = time.process_time()
    text = "<media:group><media:content url='/a.mp4' " * 40_000
    assert len(list(feed_parse._groups(text))) == 40_000
    assert time.process_time() - started < 2


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"{}", b"<rss version='2.0'><channel><item>"])
def test_what_is_no_feed_is_none(body: bytes) -> None:
    assert feed_parse.parsed(body) is None


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Анна (Тосно)", "Анна (Тосно)"),
        ("Анна (Тосно) a@s47.test", "Анна (Тосно)"),
        ("info [at] s47.example (Анна)", "Анна"),
        ("info(at)s47.example", ""),
        ("info@localhost (Анна)", "Анна"),
        ("(Анна)", "Анна"),
        ("anna[at]s47[dot]example (Анна, Борис)", "Анна, Борис"),
    ],
)
def test_brackets_of_a_name_stay_and_an_address_in_any_disguise_goes(told: str, name: str) -> None:
    assert one(f"<author>{told}</author>").author.name == name


@pytest.mark.parametrize("source", ["https://s47.example/v.mp4?_=1", "https://s47.example/v.mp4?_=12"])
def test_a_film_in_wordpress_own_player_is_one_video(source: str) -> None:
    player = f'<video><source type="video/mp4" src="{source}"><a href="https://s47.example/v.mp4">v</a></video>'
    assert len(videos(f"<content:encoded><![CDATA[{player}]]></content:encoded>")) == 1


@pytest.mark.parametrize("attributes", ['type="html"', "type='plain'", 'type="html" xml:lang="ru"'])
def test_the_tag_in_a_description_that_says_its_type_is_read(attributes: str) -> None:
    said = f"<media:description {attributes}>&lt;p&gt;читаем #proryv80&lt;/p&gt;</media:description>"
    assert kind(one(f"<description>Коротко</description>{said}")) is MatchKind.exact


@pytest.mark.parametrize(
    "markup",
    [
        '<figure class="media"><oembed url="https://youtu.be/abcdefghijk"></oembed></figure>',
        '<lite-youtube videoid="abcdefghijk"></lite-youtube>',
        '<amp-youtube data-videoid="abcdefghijk"></amp-youtube>',
        '<div class="youtube-player" data-id="abcdefghijk"></div>',
        '<div class="js-player" data-url="https://www.youtube.com/watch?v=abcdefghijk"></div>',
        "Смотрите: youtu.be/abcdefghijk.",
    ],
)
def test_a_player_that_a_script_makes_and_a_bare_link_are_videos(markup: str) -> None:
    found = videos(f"<description><![CDATA[{markup}]]></description>")
    assert found == ["yt https://www.youtube.com/watch?v=abcdefghijk"]


@pytest.mark.parametrize("prefix", ["m", "mrss", "media"])
def test_a_group_is_one_video_whatever_its_name_space_is_called(prefix: str) -> None:
    files = "".join(f'<{prefix}:content url="https://s47.example/{side}.mp4" type="video/mp4"/>' for side in "ab")
    space = f'<rss version="2.0" xmlns:{prefix}="{SPACES["media"]}">'
    body = (
        f"{space}<channel><title>T</title><item>{DATED}<{prefix}:group>{files}</{prefix}:group></item></channel></rss>"
    )
    (post,), _ = read(body.encode())
    assert len(post.videos) == 1


def test_a_file_that_only_says_that_it_is_video_is_one() -> None:
    assert videos('<media:content url="https://s47.example/get/1" type="video"/>') == ["web https://s47.example/get/1"]
