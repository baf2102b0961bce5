from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from relay.errors import Closed, Refused, TryLater
from relay.ports import Place
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import telegram_parse as parse
from relay.sources.telegram import PER_SECOND, TelegramSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import a_film, ids_of, read_all, source_over

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
    found = telegram.look(links)
    assert [(post.post_id, post.text) for post in found] == [("2", "первое"), ("3", "альбом")]
    assert telegram.look(["https://vk.com/wall-1_2"]) == []


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
