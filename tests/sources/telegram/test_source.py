from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.models import Doubt
from relay.ports import Page, Place, PollingPolicy, PostRef, RecheckResult
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources.telegram import parse
from relay.sources.telegram.source import PER_SECOND, TelegramSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, ids_of, read_all, source_over
from tests.sources.telegram.test_parse import a_block, a_page
from tests.sources.test_gone_or_away import EMBEDDED, MESSAGE, TEXT, VIDEO, Answers, about, failing, listing, over

GOROD = Place("tg", "tg:Gorod", "gorod", "Город")


@pytest.fixture
def telegram(sandbox: Sandbox, store: Store, clock: FakeClock) -> TelegramSource:
    return source_over(sandbox, store, clock, TelegramSource)


@pytest.fixture
def gorod(network: Network) -> str:
    return network.telegram.has_channel("Gorod", "Город")


def _fill(network: Network, clock: FakeClock, count: int) -> list[str]:
    """Messages an hour apart, the newest an hour ago. Returns their numbers, newest first."""
    numbers = [
        network.telegram.posts("gorod", f"#proryv80 {hours}", at=clock() - timedelta(hours=hours))
        for hours in range(count, 0, -1)
    ]
    return [str(number) for number in reversed(numbers)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "address",
    [
        "tg:gorod",
        "tg:@gorod",
        " tg:Gorod ",
        "https://t.me/gorod",
        "t.me/s/gorod",
        "tg:https://t.me/gorod",
        "https://t.me/gorod/5",
    ],
)
def test_every_way_to_write_a_channel_leads_to_it(telegram: TelegramSource, gorod: str, address: str) -> None:
    assert telegram.claims(address.strip())
    assert telegram.resolve(address) == GOROD


@pytest.mark.parametrize("address", ["tg:", "tg:a", "tg:привет", "tg:../x", "https://t.me/+AbCd", "https://t.me/c/1/2"])
def test_an_address_that_is_no_channel_costs_no_request(
    telegram: TelegramSource, network: Network, address: str
) -> None:
    with pytest.raises(Refused, match="no public channel"):
        telegram.resolve(address)
    assert not network.visits


@pytest.mark.slow
def test_whoever_has_no_readable_page_is_told_apart(telegram: TelegramSource, network: Network) -> None:
    network.telegram.has_channel("tikho", "Тихий", preview=False)
    network.telegram.has_group("sosedi", "Соседи")
    network.telegram.has_person("anna_i", "Анна")
    with pytest.raises(Closed, match="“Тихий” shows no preview"):
        telegram.resolve("tg:tikho")
    with pytest.raises(Refused, match="is a group"):
        telegram.resolve("tg:sosedi")
    with pytest.raises(Refused, match="person or a bot"):
        telegram.resolve("tg:anna_i")
    with pytest.raises(Refused, match="knows no channel nikogo"):
        telegram.resolve("tg:nikogo")


@pytest.mark.slow
def test_a_long_channel_is_read_page_by_page(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    numbers = _fill(network, clock, 130)
    pages = read_all(telegram, GOROD, clock)
    assert ids_of(pages) == numbers
    assert len(pages) == 7
    assert [page.reached is not None for page in pages] == [False] * 6 + [True]
    assert all(page.requests == 1 for page in pages)


@pytest.mark.slow
def test_reading_stops_at_the_time_that_was_asked_for(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    numbers = _fill(network, clock, 130)
    pages = read_all(telegram, GOROD, clock, hours=30.5)
    assert len(pages) == 2
    assert set(numbers[:30]) <= set(ids_of(pages))


@pytest.mark.slow
def test_gaps_and_albums_lose_nothing(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock, tmp_path: Path
) -> None:
    film = a_film(tmp_path)
    expected = []
    for hours in range(90, 0, -1):
        at = clock() - timedelta(hours=hours)
        number = network.telegram.posts("gorod", "#proryv80", videos=[film] * (hours % 4), at=at)
        if hours % 5:
            expected.append(str(number))
        else:
            network.telegram.deletes("gorod", number)
    network.telegram.deletes("gorod", 1)
    pages = read_all(telegram, GOROD, clock)
    assert sorted(ids_of(pages), key=int) == expected
    assert pages[-1].reached is not None


@pytest.mark.slow
def test_a_channel_without_its_first_message_ends_too(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    (number,) = _fill(network, clock, 1)
    network.telegram.deletes("gorod", 1)
    pages = read_all(telegram, GOROD, clock)
    assert ids_of(pages) == [number]
    assert len(pages) == 2, "only an empty page proves that nothing is left"


@pytest.mark.slow
def test_what_telegram_itself_says_is_no_post(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    network.telegram.says("gorod", "Channel photo updated #proryv80")
    assert ids_of(read_all(telegram, GOROD, clock)) == []


@pytest.mark.slow
def test_videos_come_as_they_can_be_fetched(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock, tmp_path: Path
) -> None:
    film = a_film(tmp_path)
    network.telegram.posts("gorod", "одно", videos=[film], seconds=72, signed="Анна Иванова")
    network.telegram.posts("gorod", "альбом", videos=[film, film], photos=[film])
    network.telegram.posts("gorod", "большое", videos=[film], big=True)
    network.telegram.posts("gorod", "кружок", videos=[film], kind="round")
    network.telegram.posts("gorod", "файлом", videos=[film], kind="file")
    posts = [post for page in read_all(telegram, GOROD, clock) for post in page.posts]
    shown = {post.text: [(v.url, v.duration, v.blocked) for v in post.videos] for post in posts}
    assert shown == {
        "одно": [("https://t.me/Gorod/2", 72.0, "")],
        "альбом": [("https://t.me/Gorod/4?single", 5.0, ""), ("https://t.me/Gorod/5?single", 5.0, "")],
        "большое": [("https://t.me/Gorod/6", 5.0, parse.TOO_BIG)],
        "кружок": [("https://t.me/Gorod/7", 5.0, parse.ROUND)],
        "файлом": [("https://t.me/Gorod/8", None, parse.AS_A_FILE)],
    }
    assert next(post for post in posts if post.text == "одно").author.name == "Анна Иванова"


@pytest.mark.slow
def test_links_lead_to_their_messages(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock, tmp_path: Path
) -> None:
    film = a_film(tmp_path)
    network.telegram.posts("gorod", "первое", videos=[film])
    network.telegram.posts("gorod", "альбом", videos=[film, film])
    links = [
        "https://t.me/gorod/2",
        "t.me/s/gorod/2",
        "https://t.me/gorod/4",
        "https://t.me/gorod/99",
        "https://t.me/nikogo/1",
    ]
    found = telegram.posts_behind(links)
    assert [(post.post_id, post.text) for post in found] == [("2", "первое"), ("3", "альбом")]
    assert telegram.posts_behind(["https://vk.com/wall-1_2"]) == []


@pytest.mark.slow
def test_a_channel_that_closes_or_leaves_says_so(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    network.telegram.hides_preview("gorod")
    with pytest.raises(Closed, match="no preview") as caught:
        read_all(telegram, GOROD, clock)
    assert (caught.value.gone, caught.value.requests) == (False, 2)
    network.telegram.leaves("gorod")
    with pytest.raises(Closed) as caught:
        read_all(telegram, GOROD, clock)
    assert caught.value.gone


@pytest.mark.slow
def test_passing_faults_are_tried_again(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    numbers = _fill(network, clock, 3)
    for fault in (500, 429):
        network.pages_answer(fault, 2)
        (page,) = read_all(telegram, GOROD, clock)
        assert ids_of([page]) == numbers
        assert page.requests == 3


@pytest.mark.slow
@pytest.mark.parametrize("trouble", ["pages_answer_html", "pages_break_off"])
def test_a_page_that_is_none_is_no_empty_channel(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock, trouble: str
) -> None:
    _fill(network, clock, 3)
    getattr(network, trouble)()
    with pytest.raises(TryLater, match="not understood"):
        read_all(telegram, GOROD, clock)


@pytest.mark.slow
def test_what_is_down_is_tried_later(telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock) -> None:
    network.is_down()
    with pytest.raises(TryLater) as caught:
        read_all(telegram, GOROD, clock)
    assert caught.value.requests == 3
    network.heals()
    network.pages_answer(429, 9)
    with pytest.raises(TryLater, match="less often"):
        read_all(telegram, GOROD, clock)


@pytest.mark.slow
def test_the_search_of_telegram_is_never_used_and_the_pace_is_kept(
    telegram: TelegramSource, network: Network, gorod: str, clock: FakeClock
) -> None:
    _fill(network, clock, 100)
    started = clock()
    pages = read_all(telegram, GOROD, clock)
    assert (clock() - started).total_seconds() >= (len(pages) - 1) / PER_SECOND


# Page by page, without a server

SINCE = datetime(2023, 1, 12, 8, 0, tzinfo=UTC)
LIST, CONTACT = "https://t.me/s/gorod", "https://t.me/gorod"
PLACE = Place("tg", "tg:gorod", "gorod", "Город")


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def channel(answers: Answers, settings: Settings, clock: FakeClock) -> TelegramSource:
    return over(TelegramSource, answers, settings, clock)  # type: ignore[no-any-return]


def _reads(source: TelegramSource, since: datetime = SINCE) -> list[Page]:
    return list(source.read(PLACE, since=since, until=since, tags=[]))


def _named(*blocks: str, title: str = "Город", name: str = "Gorod") -> str:
    head = (
        f'<div class="tgme_channel_info_header_title">{title}</div>'
        f'<div class="tgme_channel_info_header_username">@{name}</div>'
    )
    return a_page(*blocks, head=head)


def _block(number: int, hour: int, inner: str = TEXT) -> str:
    return a_block(inner, named=f"gorod/{number}", at=f"2023-01-12T{hour:02d}:00:00+00:00")


def test_its_manners(channel: TelegramSource) -> None:
    assert channel.polling == PollingPolicy(timedelta(minutes=10), 10_000)
    assert (channel.description.name, PER_SECOND) == ("tg", 0.5)


def test_a_channel_is_known_by_the_name_that_its_own_page_gives(channel: TelegramSource, answers: Answers) -> None:
    answers.says("https://t.me/s/GOROD", 200, _named())
    assert channel.resolve(" tg:GOROD ") == Place("tg", "tg:Gorod", "gorod", "Город")
    answers.says("https://t.me/s/GOROD", 200, a_page())
    assert channel.resolve("tg: @GOROD") == Place("tg", "tg:GOROD", "gorod", "")
    assert answers.how == [{"hosts": ("t.me",)}] * 2


@pytest.mark.parametrize(("address", "ours"), [
    ("tg:x", True), (" t.me/x ", True), ("https://gorod.t.me/5", True), ("tg://resolve?domain=gorod", True),
    ("tgx:x", False), ("https://vk.com/t.me", False),
])  # fmt: skip
def test_which_addresses_are_telegrams(channel: TelegramSource, address: str, *, ours: bool) -> None:
    assert channel.claims(address) is ours


@pytest.mark.parametrize(
    ("page", "line", "gone"),
    [
        (
            about("120 subscribers"),
            "The channel “Город” shows no preview on the web. Its owner can switch the web preview on; "
            "or ask for the files.",
            False,
        ),
        (about("12 members"), "“Город” is a group, and groups have no public page. Pause the source.", False),
        (about("@gorod"), "“Город” is no channel but a person or a bot. Pause the source.", False),
        (about("", title=""), "Telegram knows no channel gorod. Pause the source.", True),
    ],
)
def test_what_a_channel_without_a_list_is_when_it_was_read_before(
    channel: TelegramSource, answers: Answers, page: str, line: str, gone: bool
) -> None:
    answers.says(LIST, 302)
    answers.says(CONTACT, 200, page, requests=3)
    with pytest.raises(Closed) as told:
        _reads(channel)
    assert (told.value.line, told.value.gone, told.value.requests) == (line, gone, 4)
    assert answers.how == [{"hosts": ("t.me",)}] * 2


@pytest.mark.parametrize(
    ("page", "kind", "line"),
    [
        (about("1 subscriber"), Closed, "The channel “Город” shows no preview on the web."),
        (about("12 members"), Refused, "“Город” is a group, and groups have no public page. Known are tg:channel"),
        (about("@gorod"), Refused, "“Город” is no channel but a person or a bot. Known are tg:channel"),
        (about("", title=""), Refused, "Telegram knows no channel gorod. Known are tg:channel"),
    ],
)
def test_what_a_name_without_a_list_is_when_somebody_types_it(
    channel: TelegramSource, answers: Answers, page: str, kind: type[Exception], line: str
) -> None:
    answers.says(LIST, 303)
    answers.says(CONTACT, 200, page)
    with pytest.raises(kind) as told:
        channel.resolve("tg:gorod")
    assert told.value.line.startswith(line)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "address", ["tg:joinchat", "tg:Share", "tg:abc", "tg://gorod", "vk:gorod", "tg:a b c d", "tg:", "tg:" + "a" * 33]
)
def test_what_is_no_name_of_a_channel_is_refused(channel: TelegramSource, answers: Answers, address: str) -> None:
    with pytest.raises(Refused) as told:
        channel.resolve(address)
    assert told.value.line == (
        f"{address} is no public channel. Known are tg:channel, https://t.me/channel and https://t.me/s/channel."
    )
    assert answers.asked == []


@pytest.mark.parametrize("name", ["abcd", "a" * 32, "a_1b"])
def test_names_may_be_as_short_and_as_long_as_telegrams(channel: TelegramSource, answers: Answers, name: str) -> None:
    answers.says(f"https://t.me/s/{name}", 200, a_page())
    assert channel.resolve(f"tg:{name}").owner_id == name


@pytest.mark.slow
def test_pages_are_read_backwards_until_one_begins_before_what_is_asked_for(
    channel: TelegramSource, answers: Answers
) -> None:
    answers.says(LIST, 200, _named(_block(8, 10), _block(9, 9), a_block(named="gorod/10", at="never")), requests=2)
    answers.says(f"{LIST}?before=8", 200, _named(_block(6, 8), _block(7, 9)))
    answers.says(f"{LIST}?before=6", 200, _named(_block(4, 9), _block(5, 9), _block(3, 7)))
    pages = _reads(channel)
    assert [ids_of([page]) for page in pages] == [["9", "8"], ["7", "6"], ["3", "5", "4"]]
    assert [page.requests for page in pages] == [2, 1, 1]
    assert [page.reached for page in pages] == [None, None, SINCE]
    assert pages[0].faults == ("gorod/10: it has no date",)
    assert [page.total for page in pages] == [None] * len(pages)


def test_the_lowest_number_tells_how_far_back_a_page_goes(channel: TelegramSource, answers: Answers) -> None:
    """Not the first block, nor the oldest time: numbers grow with time."""
    answers.says(LIST, 200, _named(_block(9, 7), _block(8, 9)))
    answers.says(f"{LIST}?before=8", 200, _named(_block(7, 7)))
    pages = _reads(channel)
    assert [page.reached for page in pages] == [None, SINCE]


@pytest.mark.parametrize(("number", "ends"), [(7, False), (8, True), (9, True)])
def test_a_page_that_does_not_lead_further_back_ends_the_reading(
    channel: TelegramSource, answers: Answers, number: int, *, ends: bool
) -> None:
    answers.says(LIST, 200, _named(_block(8, 9)))
    answers.says(f"{LIST}?before=8", 200, _named(_block(number, 9)))
    answers.says(f"{LIST}?before=7", 200, _named(_block(1, 9)))
    assert len(_reads(channel)) == (2 if ends else 3)


def test_what_telegram_says_itself_is_left_out_of_a_list(channel: TelegramSource, answers: Answers) -> None:
    own = a_block(TEXT, named="gorod/2", classes="service_message")
    answers.says(LIST, 200, _named(_block(1, 9), own))
    (page,) = _reads(channel)
    assert (ids_of([page]), page.reached) == (["1"], SINCE)


@pytest.mark.parametrize(
    ("status", "page", "line"),
    [
        (404, "", "Telegram answers with HTTP 404."),
        (200, "<html>", "Telegram answers with a page that is not understood: the page breaks off."),
        (200, "<html></html>", "Telegram answers with a page that is not understood: the page shows no channel."),
    ],
)
def test_a_list_that_can_not_be_read_is_asked_for_later(
    channel: TelegramSource, answers: Answers, status: int, page: str, line: str
) -> None:
    answers.says(LIST, status, page, requests=2)
    with pytest.raises(TryLater) as told:
        _reads(channel)
    assert told.value.line == f"{line} Relay tries again by itself; nothing was lost."
    assert (told.value.requests, told.value.code) == (2, None)


@pytest.mark.slow
def test_links_lead_to_the_messages_of_the_right_channel_each_once(channel: TelegramSource, answers: Answers) -> None:
    album = VIDEO.replace("gorod/7", "gorod/8") + '<a class="grouped_media_wrap" href="https://t.me/gorod/8"></a>'
    answers.says(EMBEDDED, 200, a_block(album))
    answers.says("https://t.me/Gorod/8?embed=1&mode=tme", 200, a_block(album))
    answers.says("https://t.me/gorod/9?embed=1&mode=tme", 200, a_block(TEXT, named="gorod/10"))
    answers.says("https://t.me/other/7?embed=1&mode=tme", 200, a_block(TEXT))
    answers.says(
        "https://t.me/gorod/11?embed=1&mode=tme", 200, a_block(TEXT, named="gorod/11", classes="service_message")
    )
    links = [MESSAGE, "t.me/Gorod/8", "t.me/gorod/9", "t.me/other/7", "t.me/gorod/11", "t.me/gorod", MESSAGE]
    (post,) = channel.posts_behind(links)
    assert (post.owner_id, post.post_id) == ("gorod", "7")
    assert len(answers.asked) == 5
    assert answers.how == [{"hosts": ("t.me",)}] * 5


KNOWN = PostRef("gorod", "7", MESSAGE, (MESSAGE,))


def _looks(source: TelegramSource, known: PostRef = KNOWN) -> RecheckResult:
    (found,) = source.recheck([known])
    return found


def test_a_video_that_is_not_handed_out_is_there_all_the_same(channel: TelegramSource, answers: Answers) -> None:
    big = VIDEO.replace("<video", '<i class="message_media_not_supported_label">too big</i><i').replace(
        "</video>", "</i>"
    )
    answers.says(EMBEDDED, 200, a_block(big, named="Gorod/7"), requests=2)
    found = _looks(channel)
    assert (found.lost, found.unclear, found.requests) == ("", "", 2)
    assert found.post is not None
    (video,) = found.post.videos
    assert (video.blocked, video.blocked_for_good) == ("", False)
    assert (found.post.owner_id, found.post.post_id) == ("gorod", "7")


def test_a_message_of_an_album_keeps_the_number_that_we_know(channel: TelegramSource, answers: Answers) -> None:
    album = VIDEO + '<a class="grouped_media_wrap" href="https://t.me/gorod/7"></a>'
    answers.says(EMBEDDED, 200, a_block(album, named="gorod/6"))
    found = _looks(channel)
    assert found.post is not None
    assert found.post.post_id == "7"


def test_a_neighbour_on_the_page_is_not_the_message(channel: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, a_block(VIDEO, named="gorod/6") + a_block(VIDEO, named="other/7"))
    assert _looks(channel).unclear == "Telegram answers with a page that is not understood."


LISTED = f"{LIST}?before=8"


@pytest.mark.parametrize(
    ("page", "lost", "there"),
    [
        (listing(5, 6, 7), "", True),
        (_named(a_block(VIDEO)), "", True),
        (_named(_block(6, 9), a_block(named="gorod/5", at="never")), "", False),
        (_named(_block(6, 9)), Doubt.post, False),
    ],
)
def test_the_list_has_the_last_word_about_a_message_that_is_said_to_be_gone(
    channel: TelegramSource, answers: Answers, page: str, lost: str, *, there: bool
) -> None:
    answers.says(EMBEDDED, 200, failing("Post not found"), requests=2)
    answers.says(LISTED, 200, page, requests=3)
    found = _looks(channel, replace(KNOWN, videos=()))
    assert (found.lost, found.requests) == (lost, 5)
    assert bool(found.unclear) == (not lost and VIDEO not in page)


@pytest.mark.parametrize(
    ("said", "contact", "lost"),
    [
        ("Channel with username <b>gorod</b> not found", about("12 members"), Doubt.private),
        ("Channel is away", about("12 members"), ""),
        ("The page was not found", about("12 members"), ""),
    ],
)
def test_only_a_channel_that_is_not_found_is_closed_to_us(
    channel: TelegramSource, answers: Answers, said: str, contact: str, lost: str
) -> None:
    answers.says(EMBEDDED, 200, failing(said), requests=4)
    answers.says(CONTACT, 200, contact)
    found = _looks(channel)
    assert (found.lost, found.requests) == (lost, 5 if lost else 4)


@pytest.mark.parametrize(("status", "page"), [(404, about("1 member")), (200, "<html></html>"), (200, "<html>")])
def test_a_page_about_a_name_that_is_not_understood_is_trouble(
    channel: TelegramSource, answers: Answers, status: int, page: str
) -> None:
    answers.says(EMBEDDED, 200, failing("Channel with username gorod not found"))
    answers.says(CONTACT, status, page, requests=2)
    with pytest.raises(TryLater) as told:
        _looks(channel)
    assert told.value.line == (
        "Telegram answers with a page that is not understood. Relay tries again by itself; nothing was lost."
    )
    assert told.value.requests == 2


@pytest.mark.parametrize(
    ("inside", "videos", "lost", "unclear"),
    [
        (TEXT, ("https://vk.com/video1_2", MESSAGE), "", "The message is there, but its page shows no video."),
        (TEXT, (), "", "The message is there, but its page shows no video."),
        (TEXT, ("https://vk.com/video1_2",), "", ""),
        ("", ("https://vk.com/video1_2",), "", "The message is there, but its page shows no video."),
        ('<a class="tgme_widget_message_voice_player"></a>', (MESSAGE,), "video", ""),
        (
            '<a class="tgme_widget_message_poll"></a>',
            (MESSAGE,),
            "",
            "The message is there, but its page shows no video.",
        ),
    ],
)
def test_what_a_message_without_its_video_says(
    channel: TelegramSource, answers: Answers, inside: str, videos: tuple[str, ...], lost: str, unclear: str
) -> None:
    answers.says(EMBEDDED, 200, a_block(inside), requests=2)
    found = _looks(channel, replace(KNOWN, videos=videos))
    assert (found.lost, found.unclear, found.requests) == (lost, unclear, 2)
    assert (found.post is not None) == (not lost and not unclear)
