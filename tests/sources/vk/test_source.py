from __future__ import annotations

import logging
import sqlite3
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlmodel import select

from relay.errors import Closed, ConfigError, Parked, Refused, SourceError, TryLater
from relay.models import Parking, Spending
from relay.ports import Page, Place, SeenPost
from relay.sandbox.network import Network
from relay.sources.vk.calls import ATTEMPTS
from relay.sources.vk.errors import KINDS, RESTS, Remedy, kind_of
from relay.sources.vk.source import OLD_IN_A_ROW, VkSource
from relay.store import Store
from tests.fakes.clock import FakeClock

CANARY = "vk1.a.CANARY-b7d1f0"


@pytest.fixture
def gorod(network: Network) -> int:
    return network.vk.has_group("gorod", "Город")


def _fill(network: Network, owner: int, count: int, clock: FakeClock, text: str = "#proryv80") -> list[str]:
    """Posts an hour apart, the newest an hour ago. Returns their numbers, newest first."""
    keys = [network.vk.posts(owner, text, at=clock() - timedelta(hours=hours)) for hours in range(count, 0, -1)]
    return [str(key.id) for key in reversed(keys)]


def _read(vk: VkSource, owner: int, clock: FakeClock, *, hours: float = 10_000) -> list[Page]:
    place = Place("vk", "vk:x", str(owner))
    return list(vk.read(place, since=clock() - timedelta(hours=hours), until=clock(), tags=["proryv80"]))


def _search(vk: VkSource, clock: FakeClock, *tags: str, hours: float = 10_000) -> list[Page]:
    place = Place("vk", "vk:tag")
    return list(vk.read(place, since=clock() - timedelta(hours=hours), until=clock(), tags=tags or ("proryv80",)))


def _ids(pages: list[Page]) -> list[str]:
    return list(dict.fromkeys(post.post_id for page in pages for post in page.posts))


# Addresses


GOROD = """vk:gorod
vk:@gorod
vk:club210000001
vk:public210000001
vk:event210000001
vk:-210000001
vk:Gorod
vk:https://vk.com/gorod
https://vk.com/gorod
http://vk.com/gorod
vk.com/gorod
https://vk.ru/gorod
https://m.vk.com/gorod
https://www.vk.com/gorod
https://vk.com/gorod/
https://vk.com/gorod?w=wall-210000001_5
https://vk.com/gorod?from=search#top
https://vk.com/wall-210000001
https://vk.com/wall-210000001?own=1
https://vk.com/club210000001?z=video-1_2%2Fclub1
https://vk.com/public210000001""".splitlines()
GOROD += [" vk:gorod "]
ANNA = ["vk:anna", "vk:id700000001", "vk:700000001", "https://vk.com/id700000001", "https://vk.com/anna"]


@pytest.mark.slow
def test_every_way_to_write_a_public_leads_to_it(vk: VkSource, gorod: int) -> None:
    for address in GOROD:
        assert vk.claims(address), address
        assert vk.resolve(address) == Place("vk", "vk:club210000001", "-210000001", "Город"), address


@pytest.mark.slow
def test_every_way_to_write_a_person_leads_to_them(vk: VkSource, network: Network) -> None:
    network.vk.has_resident("Анна", "Иванова", screen_name="anna")
    for address in ANNA:
        assert vk.resolve(address) == Place("vk", "vk:id700000001", "700000001", "Анна Иванова"), address


def test_many_are_asked_about_together(vk: VkSource, network: Network) -> None:
    groups = [network.vk.has_group(f"gorod{number}", f"Город {number}") for number in range(4)]
    anna = network.vk.has_resident("Анна", "Иванова")
    network.vk.closes(groups[1])
    network.vk.leaves(groups[2])
    asked = [*(f"vk:club{-group}" for group in groups), f"vk:id{anna}", "vk:tag", "vk:club999"]
    found: list[str] = []
    for resolve in vk.resolve_many(asked):
        try:
            found.append(resolve().title)
        except (Closed, Refused) as error:
            found.append(type(error).__name__)
    assert found == ["Город 0", "Closed", "Closed", "Город 3", "Анна Иванова", "VK: hashtag search", "Refused"]
    assert network.vk.api.calls == {"groups.getById": 1, "users.get": 1}


@pytest.mark.slow
def test_the_search_needs_no_call(vk: VkSource, network: Network) -> None:
    assert vk.resolve("vk:tag") == Place("vk", "vk:tag", "", "VK: hashtag search")
    assert network.vk.api.requests == 0


NOWHERE = """vk:
vk:club0
vk:with space
vk:a
https://vk.com/
https://vk.com/feed?section=search&q=%23proryv80
https://vk.com/video-1_2
https://vk.com/wall-1_2
vk:привет
vk:../x
vk:nobody
vk:club999
vk:id999
vk:id999999999999999999""".splitlines()


@pytest.mark.slow
def test_what_is_no_place_is_refused_in_one_line(vk: VkSource) -> None:
    for address in NOWHERE:
        with pytest.raises(Refused) as refused:
            vk.resolve(address)
        assert refused.value.hint, address
        assert "\n" not in refused.value.line


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["tg:gorod", "https://t.me/x", "https://evilvk.com/x", "https://vk.com.evil.ru/x", ""]
)
def test_foreign_addresses_are_not_claimed(vk: VkSource, address: str) -> None:
    assert not vk.claims(address)


@pytest.mark.slow
def test_closed_and_deleted_pages_are_told_apart(vk: VkSource, network: Network, gorod: int) -> None:
    anna = network.vk.has_resident("Анна", "Иванова")
    network.vk.closes(gorod)
    network.vk.closes(anna)
    for address, told in (("vk:gorod", "“Город” is closed"), (f"vk:id{anna}", "Анна Иванова is private")):
        with pytest.raises(Closed, match=told) as closed:
            vk.resolve(address)
        assert not closed.value.gone
    network.vk.leaves(anna)
    network.vk.blocks(gorod)
    for address in (f"vk:id{anna}", "vk:gorod"):
        with pytest.raises(Closed, match="deleted or blocked") as closed:
            vk.resolve(address)
        assert closed.value.gone


# Walls


@pytest.mark.slow
def test_a_wall_is_read_to_its_end(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    numbers = _fill(network, gorod, 230, clock)
    since = clock() - timedelta(days=900)
    pages = list(vk.read(Place("vk", "vk:x", str(gorod)), since=since, until=clock(), tags=[]))
    assert _ids(pages) == numbers
    assert [page.requests for page in pages] == [1, 1, 0], "what follows the first page comes together"
    assert [page.reached for page in pages] == [None, None, since]
    assert {page.total for page in pages} == {230}


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 100, 101, 105, 196])
def test_ends_of_pages_lose_nothing(vk: VkSource, network: Network, gorod: int, clock: FakeClock, count: int) -> None:
    numbers = _fill(network, gorod, count, clock)
    pages = _read(vk, gorod, clock)
    assert _ids(pages) == numbers
    assert pages[-1].reached is not None


@pytest.mark.slow
def test_it_goes_on_until_enough_is_old(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    _fill(network, gorod, 500, clock)
    assert len(_read(vk, gorod, clock, hours=100 - OLD_IN_A_ROW)) == 1
    assert len(_read(vk, gorod, clock, hours=101 - OLD_IN_A_ROW)) == 2
    assert len(_read(vk, gorod, clock, hours=24)) == 1, "an everyday sweep costs one call"


@pytest.mark.slow
def test_an_old_pinned_post_ends_nothing(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    """A wall whose first post is years old still has all of today's behind it."""
    network.vk.posts(gorod, "Правила", at=clock() - timedelta(days=900), pinned=True)
    numbers = _fill(network, gorod, 150, clock)
    pages = _read(vk, gorod, clock, hours=150)
    assert pages[0].posts[0].pinned
    assert set(numbers) <= set(_ids(pages))


@pytest.mark.slow
def test_posts_deleted_while_we_read_hide_no_other(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    assert _lost_by_deletion(vk, network, gorod, clock) == []


@pytest.mark.slow
def test_without_the_overlap_check_posts_are_lost(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    """The twin: a reader that trusts its offsets."""

    class Trusting(VkSource):
        @staticmethod
        def _adjoins(ids: set[str], before: set[str]) -> bool:
            return True

    assert len(_lost_by_deletion(make_vk(Trusting), network, gorod, clock)) > 0


def _lost_by_deletion(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> list[str]:
    numbers = _fill(network, gorod, 250, clock)
    place = Place("vk", "vk:x", str(gorod))
    pages = vk.read(place, since=clock() - timedelta(days=900), until=clock(), tags=[])
    read = [next(pages)]
    for post in read[0].posts[:40]:
        network.vk.deletes(_key(post))
    read += pages
    return [number for number in numbers if number not in _ids(read)]


def _key(post: SeenPost) -> tuple[int, int]:
    from relay.sandbox.vk.records import Key

    return Key(int(post.owner_id), int(post.post_id))


@pytest.mark.slow
def test_everything_read_is_deleted_and_the_rest_is_found(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    numbers = _fill(network, gorod, 130, clock)
    pages = vk.read(Place("vk", "vk:x", str(gorod)), since=clock() - timedelta(days=900), until=clock(), tags=[])
    read = [next(pages)]
    for post in read[0].posts:
        network.vk.deletes(_key(post))
    read += pages
    assert _ids(read) == numbers
    assert read[-1].reached is not None


@pytest.mark.slow
def test_posts_that_come_while_we_read_shift_nothing_out(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    numbers = _fill(network, gorod, 250, clock)
    pages = vk.read(Place("vk", "vk:x", str(gorod)), since=clock() - timedelta(days=900), until=clock(), tags=[])
    read = [next(pages)]
    for _ in range(150):
        network.vk.posts(gorod, "новость", at=clock())
    read += pages
    assert set(numbers) <= set(_ids(read))


@pytest.mark.slow
def test_an_answer_too_big_is_asked_for_in_halves(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    numbers = _fill(network, gorod, 120, clock)
    network.vk.api.fails(
        "wall.get", 13, 2, message="Runtime error occurred during code invocation: response size is too big"
    )
    assert _ids(_read(vk, gorod, clock)) == numbers
    assert [call.params["count"] for call in network.vk.api.history][:4] == ["100", "50", "25", "100"]


# Search


@pytest.mark.slow
def test_search_reads_every_tag(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    _fill(network, gorod, 3, clock)
    _fill(network, gorod, 250, clock, "#прорыв80")
    pages = _search(vk, clock, "proryv80", "прорыв80")
    assert len(_ids(pages)) == 253
    assert [page.reached is None for page in pages] == [True, True, False]


@pytest.mark.slow
def test_search_asks_for_the_interval_and_not_for_a_day(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    _fill(network, gorod, 100, clock)
    assert len(_ids(_search(vk, clock, hours=50))) == 50


@pytest.mark.slow
def test_more_than_search_shows_is_read_in_parts(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    numbers = _fill(network, gorod, 2300, clock)
    pages = _search(vk, clock)
    assert sorted(_ids(pages)) == sorted(numbers)
    assert [page.reached for page in pages].count(None) == len(pages) - 1


@pytest.mark.slow
def test_without_the_parts_search_loses_posts(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    """The twin: a reader that believes that search shows everything."""

    class Believing(VkSource):
        most_found = 1_000_000

    _fill(network, gorod, 1100, clock)
    assert len(_ids(_search(make_vk(Believing), clock))) == 1000


# Links


@pytest.mark.slow
def test_posts_and_videos_behind_links(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    numbers = _fill(network, gorod, 150, clock)
    links = [f"https://vk.com/gorod?w=wall{gorod}_{number}" for number in numbers]
    posts = vk.posts_behind(
        [*links, "https://vkvideo.ru/video7_9", "https://vk.com/wall-1_404", "https://vk.com/gorod"]
    )
    assert {post.post_id for post in posts if post.network == "vk"} == set(numbers)
    assert network.vk.api.calls["wall.getById"] == 2
    (handed_in,) = [post for post in posts if post.network == "hand-in"]
    assert (handed_in.videos[0].network, handed_in.videos[0].url) == ("vk", "https://vk.com/video7_9")


@pytest.mark.slow
def test_a_deleted_post_is_left_out(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    post = network.vk.posts(gorod, "#proryv80")
    network.vk.deletes(post)
    assert vk.posts_behind([f"https://vk.com/wall{post}"]) == []


# Errors

PASSING: list[tuple[str, Callable[[Network, int], None]]] = [
    ("unknown fault", lambda network, times: network.vk.api.fails("wall.get", 1, times)),
    ("internal", lambda network, times: network.vk.api.fails("wall.get", 10, times)),
    ("timeout", lambda network, times: network.vk.api.fails("wall.get", 36, times)),
    ("too fast", lambda network, times: network.vk.api.fails("wall.get", 6, times)),
    ("HTML", lambda network, times: network.vk.api.answers_html(times)),
    ("half a JSON", lambda network, times: network.vk.api.truncates_json(times)),
    ("HTTP 500", lambda network, times: network.vk.api.answers_status(500, times)),
    ("HTTP 502", lambda network, times: network.vk.api.answers_status(502, times)),
    ("HTTP 429", lambda network, times: network.vk.api.answers_status(429, times)),
]


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [spoil for _, spoil in PASSING], ids=[name for name, _ in PASSING])
def test_passing_faults_pass(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock, trouble: Callable[[Network, int], None]
) -> None:
    numbers = _fill(network, gorod, 3, clock)
    trouble(network, ATTEMPTS - 1)
    started = clock()
    pages = _read(vk, gorod, clock)
    assert _ids(pages) == numbers
    assert pages[0].requests == ATTEMPTS
    assert timedelta(seconds=5) < clock() - started < timedelta(seconds=60)


@pytest.mark.slow
@pytest.mark.parametrize("trouble", [spoil for _, spoil in PASSING], ids=[name for name, _ in PASSING])
def test_faults_that_stay_end_the_sweep_after_a_few_tries(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock, trouble: Callable[[Network, int], None]
) -> None:
    trouble(network, 1000)
    with pytest.raises(TryLater) as later:
        _read(vk, gorod, clock)
    assert later.value.requests == network.vk.api.requests == ATTEMPTS
    assert "\n" not in later.value.line


@pytest.mark.slow
def test_a_network_that_is_down_says_so(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    network.is_down()
    with pytest.raises(TryLater, match=r"can't be reached|breaks off"):
        _read(vk, gorod, clock)


@pytest.mark.slow
def test_one_in_ten_calls_fails_and_nothing_is_missing(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    numbers = _fill(network, gorod, 1000, clock)
    network.vk.api.breaks_connections(0.1, seed=5)
    pages = _read(vk, gorod, clock)
    assert _ids(pages) == numbers


@pytest.mark.slow
@pytest.mark.parametrize("part", range(2))
def test_every_code_of_vk_does_what_the_table_says(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock, store: Store, part: int
) -> None:
    for code in [*sorted(KINDS), 77777, 31, -5][part::2]:
        kind = kind_of(code)
        network.heals()
        network.vk.api.fails_always("wall.get", code)
        before = network.vk.api.requests
        with pytest.raises(SourceError) as raised:
            _read(vk, gorod, clock)
        error = raised.value
        tries = ATTEMPTS if kind in (Remedy.retry, Remedy.rate, Remedy.shrink) else 1
        assert (error.code, error.requests) == (code, tries), code
        assert network.vk.api.requests - before == tries, code
        assert isinstance(error, Parked) == (kind in RESTS), code
        assert isinstance(error, TryLater) == (tries > 1), code
        assert isinstance(error, Closed) == (kind in (Remedy.request, Remedy.closed, Remedy.gone)), code
        with store.transaction() as session:
            session.exec(delete(Parking))


@pytest.mark.slow
def test_a_captcha_parks_the_token_and_names_the_page(
    vk: VkSource, make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    network.vk.api.fails_always("wall.get", 14)
    with pytest.raises(Parked, match="captcha") as parked:
        _read(vk, gorod, clock)
    assert parked.value.action_url.startswith("https://id.vk.com/not_robot_captcha")
    assert parked.value.key.startswith("vk:")
    network.heals()
    before = network.vk.api.requests
    for process in (vk, make_vk()):
        with pytest.raises(Parked, match="captcha"):
            _search(process, clock)
    assert network.vk.api.requests == before, "a parked token was used"
    clock.is_at(parked.value.until)
    _search(vk, clock)


def test_a_captcha_without_its_picture_is_a_captcha_too(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock
) -> None:
    """vk_api itself breaks with a KeyError there."""
    network.vk.api.fails("wall.get", 14, captcha_img=None, captcha_sid=None)
    with pytest.raises(Parked, match="captcha"):
        _read(vk, gorod, clock)


@pytest.mark.slow
@pytest.mark.parametrize("url", ["https://evil.ru/captcha", "javascript:alert(1)", "http://id.vk.com/x", "", 5, None])
def test_only_pages_of_vk_are_shown_to_people(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock, url: object
) -> None:
    network.vk.api.fails("wall.get", 17, redirect_uri=url)
    with pytest.raises(Parked) as parked:
        _read(vk, gorod, clock)
    assert parked.value.action_url == ""


@pytest.mark.slow
def test_a_used_up_quota_stops_one_method_only(vk: VkSource, network: Network, gorod: int, clock: FakeClock) -> None:
    network.vk.api.fails_always("wall.get", 29)
    _fill(network, gorod, 2, clock)
    with pytest.raises(Parked) as parked:
        _read(vk, gorod, clock)
    assert parked.value.key.endswith(":wall.get")
    assert len(_ids(_search(vk, clock))) == 2


@pytest.mark.slow
def test_our_own_quota_stops_before_the_network_has_to(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    network.vk.api.quota("wall.get", 5)
    _fill(network, gorod, 10, clock)
    vk = make_vk(vk_wall_quota=5)
    for _ in range(5):
        _read(vk, gorod, clock)
    with pytest.raises(Parked, match="used up"):
        _read(vk, gorod, clock)
    assert network.vk.api.calls["wall.get"] == 5


@pytest.mark.slow
def test_a_new_token_is_not_parked(
    vk: VkSource, make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    network.vk.api.revokes(network.vk.api.token)
    network.vk.api.also_takes("new")
    with pytest.raises(Parked, match="refuses the access token"):
        _read(vk, gorod, clock)
    assert _read(make_vk(vk_token=SecretStr("new")), gorod, clock)


@pytest.mark.slow
def test_a_bad_token_leaves_the_work_to_a_good_one(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    vk = make_vk(vk_token=SecretStr(f"bad, {network.vk.api.token},"))
    for _ in range(3):
        assert _read(vk, gorod, clock)
    assert network.vk.api.requests == 4, "the bad token was asked more than once"


@pytest.mark.slow
def test_the_token_with_most_left_is_taken(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock, store: Store
) -> None:
    network.vk.api.also_takes("other")
    vk = make_vk(vk_token=SecretStr(f"{network.vk.api.token},other"), vk_wall_quota=3)
    for _ in range(6):
        _read(vk, gorod, clock)
    with store.reading() as session:
        assert list(session.exec(select(Spending.calls))) == [3, 3]
    with pytest.raises(Parked, match="used up"):
        _read(vk, gorod, clock)
    assert network.vk.api.calls["wall.get"] == 6


@pytest.mark.slow
def test_without_a_token_it_says_which_setting(make_vk: Callable[..., VkSource], network: Network) -> None:
    with pytest.raises(ConfigError, match="no access token") as told:
        make_vk(vk_token=SecretStr(" , ")).resolve("vk:gorod")
    assert "RELAY_VK_TOKEN" in told.value.line
    assert network.vk.api.requests == 0


# The token


@pytest.mark.slow
def test_the_token_is_written_nowhere(
    make_vk: Callable[..., VkSource],
    network: Network,
    gorod: int,
    clock: FakeClock,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    network.vk.api.also_takes(CANARY)
    vk, told = make_vk(vk_token=SecretStr(CANARY)), []
    for spoil in (
        lambda: network.vk.api.fails("wall.get", 77777, message=f"oops {CANARY}"),
        lambda: network.vk.api.fails("wall.get", 100, message=f"access_token={CANARY} is wrong"),
        lambda: network.vk.api.fails("wall.get", 14),
        lambda: network.vk.api.fails("wall.get", 1, ATTEMPTS),
        lambda: network.vk.api.answers_status(500, ATTEMPTS),
        lambda: network.vk.api.answers_html(ATTEMPTS),
        network.is_down,
    ):
        spoil()
        try:
            _read(vk, gorod, clock)
        except SourceError as error:
            told += ["".join(traceback.format_exception(error)), repr(error.__dict__)]
            chain: BaseException | None = error
            while chain is not None:
                told.append(repr(vars(chain)))
                chain = chain.__cause__ or chain.__context__
        network.heals()
        clock.moves(days=1)
    assert len(told) >= 14
    captured = capfd.readouterr()
    rows = "\n".join(sqlite3.connect(tmp_path / "relay.db").iterdump())
    assert "spending" in rows.lower()
    for place in (
        *told,
        caplog.text,
        captured.out,
        captured.err,
        rows,
        repr(vk.__dict__),
        repr(vk.calls.__dict__),
        repr(vk.calls.tokens.__dict__),
    ):
        assert CANARY not in place
    assert not list(Path().glob("vk_config*"))


@pytest.mark.slow
def test_no_proxy_of_the_environment_gets_the_calls(
    vk: VkSource, network: Network, gorod: int, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert _read(vk, gorod, clock)


@pytest.mark.slow
def test_calls_keep_to_the_rate(
    make_vk: Callable[..., VkSource], network: Network, gorod: int, clock: FakeClock
) -> None:
    """In the time of the clock: four calls from two processes take three gaps."""
    started: datetime = clock()
    for process in (make_vk(), make_vk(), make_vk(), make_vk()):
        _read(process, gorod, clock)
    assert clock() - started >= timedelta(seconds=1)
