from __future__ import annotations

import html
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.models import Doubt
from relay.ports import (
    Author,
    Page,
    Place,
    PollingPolicy,
    PostRef,
    RecheckResult,
    SeenPost,
    SeenVideo,
)
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import ok
from relay.sources.ok import OkSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import ids_of, read_all, source_over
from tests.sources.test_gone_or_away import Answers, over

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
    (post,) = source.posts_behind([f"https://m.ok.ru/video/{number}", "https://ok.ru/video/99999999"])
    (video,) = post.videos
    assert (post.text, post.published_at) == ("Письмо <деда> #proryv80", NOON)
    assert (video.duration, video.author) == (81.0, Author(str(group), "Анна Иванова"))


@pytest.mark.slow
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


# Page by page, without a server

LIST = "https://ok.ru/group/57024524746860/video"
MORE = f"{LIST}?cmd=GroupVideoList"


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def groups(answers: Answers, settings: Settings, clock: FakeClock) -> OkSource:
    return over(OkSource, answers, settings, clock)  # type: ignore[no-any-return]


def _cards(*numbers: int) -> str:
    return "".join(f'<a href="/video/{number}?st._aid=x" class="video-card_lk"></a>' for number in numbers)


def _listing(*numbers: int, last: str | None = "", title: str = "Наш &amp; город", script: str = "") -> str:
    inner = _cards(*numbers)
    if last is not None:
        inner = f'<div id="hook_Block_GroupVideoList"><p><i data-last-element="{last}">{inner}</i></p></div>'
    return f'<html><head><meta property="og:title" content="{title}">{script}</head><body>{inner}</body></html>'


def _film(
    number: int, hours: float = 1, *, more: str = "", provider: str | None = "UPLOADED_ODKL", **movie: Any
) -> str:
    """A video's page; uploaded so many hours after noon."""
    at = (NOON + timedelta(hours=hours)).isoformat()
    metadata = {
        "movie": {"title": f"Письмо {number}", "duration": "31"} | movie,
        "author": {"id": 5, "name": "Анна"},
    } | ({"provider": provider} if provider else {})
    options = html.escape(json.dumps({"movieId": str(number), "flashvars": {"metadata": json.dumps(metadata)}}))
    day = f'<meta property="ya:ovs:upload_date" content="{at}">'
    return f'<html><head>{day}{more}</head><body><div data-options="{options}"></div></body></html>'


def _stub(words: str) -> str:
    return f'<html><div class="vp_video_stub_txt">{words}</div></html>'


def _address(number: int) -> str:
    return f"https://ok.ru/video/{number}"


def _reads(source: OkSource, since: datetime = NOON) -> list[Page]:
    return list(source.read(GROUP, since=since, until=since, tags=[]))


def _told(pages: list[Page]) -> list[tuple[list[str], int, int | None, datetime | None, tuple[str, ...]]]:
    return [(ids_of([page]), page.requests, page.total, page.reached, page.faults) for page in pages]


def test_its_manners(groups: OkSource) -> None:
    assert groups.polling == PollingPolicy(timedelta(minutes=30), 20_000)
    assert (groups.description.name, ok.PER_SECOND, ok.MOST_PAGES) == ("ok", 1.0, 50)


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("ok:x", True),
        (" ok.ru/x ", True),
        ("http://mobile.odnoklassniki.ru/x", True),
        ("https://ok.ru.evil.example/", False),
        ("ftp://ok.ru/", False),
        ("https://[x", False),
        ("okx:1", False),
    ],
)
def test_which_addresses_are_oks(groups: OkSource, address: str, *, ours: bool) -> None:
    assert groups.claims(address) is ours


@pytest.mark.parametrize(
    ("link", "number"),
    [
        ("https://ok.ru/video/12345/", "12345"),
        ("https://ok.ru/video/1234", None),
        ("https://ok.ru/web-api/video/moviePlayer/12345", "12345"),
        ("https://ok.ru/dk?st.cmd=movieLayer&st.discId=12345&st.mvId=99999", "12345"),
        ("https://ok.ru/dk?st.cmd=other&st.discId=12345&st.mvId=99999", "99999"),
        ("https://ok.ru/dk?st.discId=12345", None),
        ("https://ok.ru/dk?st.mvId=12345x", None),
        ("https://ok.ru/x/video/12345", None),
    ],
)
def test_numbers_of_videos_have_five_figures_at_least(link: str, number: str | None) -> None:
    expected = SeenVideo("ok", "", number, f"https://ok.ru/video/{number}") if number else None
    assert ok.video_of(link) == expected


@pytest.mark.parametrize(
    "address",
    [
        "ok:group/57024524746860",
        " ok: group57024524746860 ",
        "ok:https://m.ok.ru/group/57024524746860/video",
        "ok.ru/group/57024524746860",
    ],
)
def test_a_group_is_asked_for_its_name(groups: OkSource, answers: Answers, address: str) -> None:
    answers.says(LIST, 200, _listing(12345))
    assert groups.resolve(address) == Place("ok", "ok:group/57024524746860", "57024524746860", "Наш & город")
    assert answers.how == [{"hosts": ok.HOSTS}]


@pytest.mark.parametrize("address", ["ok:", "ok:group/1234", "https://ok.ru/profile/12345", "ok:xgroup/12345"])
def test_what_is_no_group_costs_no_request(groups: OkSource, answers: Answers, address: str) -> None:
    with pytest.raises(Refused) as told:
        groups.resolve(address)
    assert told.value.line == f"{address} is no group on OK. {ok.EXAMPLES}"
    assert answers.asked == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_group_that_nobody_knows(groups: OkSource, answers: Answers, status: int) -> None:
    answers.says(LIST, status, "", requests=2)
    with pytest.raises(Refused) as refused:
        groups.resolve("ok:group/57024524746860")
    assert refused.value.line == f"OK knows no group number 57024524746860. {ok.EXAMPLES}"
    with pytest.raises(Closed) as closed:
        _reads(groups)
    assert (closed.value.line, closed.value.gone, closed.value.requests) == (
        "OK has no group 57024524746860 any more.",
        True,
        2,
    )


@pytest.mark.parametrize(
    ("status", "page", "kind", "line"),
    [
        *[(status, _listing(), Closed, "OK shows this group to its members only.") for status in (302, 307, 401, 403)],
        *[
            (status, page, TryLater, f"{ok.NOT_UNDERSTOOD} Relay tries again by itself; nothing was lost.")
            for status, page in ((400, _listing()), (200, "<html></html>"), (200, _listing().replace("</html>", "")))
        ],
    ],
)
def test_a_group_that_can_not_be_read(
    groups: OkSource, answers: Answers, status: int, page: str, kind: type[Closed | TryLater], line: str
) -> None:
    answers.says(LIST, status, page, requests=2)
    with pytest.raises(kind) as told:
        _reads(groups)
    assert (told.value.line, told.value.requests, getattr(told.value, "gone", False)) == (line, 2, False)


def test_videos_are_asked_for_one_by_one_until_one_is_too_old(groups: OkSource, answers: Answers) -> None:
    answers.says(LIST, 200, _listing(11111, 22222, 22222, 33333, 44444, 55555), requests=2)
    answers.says(_address(11111), 200, _film(11111, 1), requests=3)
    answers.says(_address(22222), 200, _stub("Видео не найдено"))
    answers.says(_address(33333), 200, _film(33333, 0))
    answers.says(_address(44444), 200, _film(44444, -0.1))
    assert _told(_reads(groups)) == [
        (["11111"], 5, None, None, ()),
        ([], 1, None, None, ("22222: its page is not understood, or it is not for us",)),
        (["33333"], 1, None, None, ()),
        (["44444"], 1, None, NOON, ()),
    ]
    assert answers.how == [{"hosts": ok.HOSTS}] * 5


SHORT = "OK shows the newest {} videos of this group only, and all of them are newer than asked for"


def test_further_pages_are_asked_for_as_a_browser_does(groups: OkSource, answers: Answers) -> None:
    script = '<script>gwtHash:"c1f2"</script>'
    for number in (11111, 22222, 33333):
        answers.says(_address(number), 200, _film(number))
    answers.says(LIST, 200, _listing(11111, last="11111", script=script))
    answers.says(MORE, 200, _cards(11111, 22222, 22222, 33333), requests=2, lastelem="")
    assert _told(_reads(groups)) == [
        (["11111"], 2, None, None, ()),
        (["22222"], 3, None, None, ()),
        (["33333"], 1, None, None, ()),
        ([], 0, None, NOON, ()),
    ]
    form = {"fetch": "false", "st.page": "2", "st.lastelem": "11111", "gwt.requested": "c1f2"}
    assert answers.how[2] == {"hosts": ok.HOSTS, "form": form}


def test_the_next_page_goes_on_from_where_the_last_one_ended(groups: OkSource, answers: Answers) -> None:
    for number in (11111, 22222):
        answers.says(_address(number), 200, _film(number))
    answers.says(LIST, 200, _listing(11111, last="11111"))
    answers.says(MORE, 200, _cards(22222), requests=2, lastelem="22222")
    pages = _reads(groups)
    assert [how["form"]["st.page"] for how in answers.how if "form" in how] == ["2", "3"]
    assert [how["form"]["st.lastelem"] for how in answers.how if "form" in how] == ["11111", "22222"]
    assert [how["form"]["gwt.requested"] for how in answers.how if "form" in how] == ["", ""]
    assert _told(pages)[-1] == ([], 2, None, NOON, (SHORT.format(2),)), "the same again leads no further"


@pytest.mark.parametrize(
    ("page", "faults"),
    [
        (_listing(), ()),
        (_listing(last=None), ()),
        (_listing(11111), ()),
        (_listing(11111, last=None), (SHORT.format(1),)),
        (_listing(11111, last="11111").replace("hook_Block_GroupVideoList", "other"), (SHORT.format(1),)),
    ],
)
def test_a_list_without_a_next_page_is_whole_where_it_says_so(
    groups: OkSource, answers: Answers, page: str, faults: tuple[str, ...]
) -> None:
    answers.says(LIST, 200, page)
    answers.says(_address(11111), 200, _film(11111))
    pages = _reads(groups)
    assert (pages[-1].reached, pages[-1].faults) == (NOON, faults)
    assert pages[-1].requests == (0 if len(pages) > 1 else 1)


@pytest.mark.parametrize("status", [200, 302])
def test_a_further_page_that_does_not_come_ends_the_reading(groups: OkSource, answers: Answers, status: int) -> None:
    answers.says(LIST, 200, _listing(11111, last="11111"))
    answers.says(_address(11111), 200, _film(11111))
    answers.says(MORE, status, "" if status == 200 else _cards(22222), requests=2)
    assert _told(_reads(groups))[-1] == ([], 2, None, NOON, (SHORT.format(1),))


def test_a_list_is_followed_for_so_many_pages(
    groups: OkSource, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ok, "MOST_PAGES", 1)
    answers.says(LIST, 200, _listing(11111, last="11111"))
    answers.says(_address(11111), 200, _film(11111))
    answers.says(MORE, 200, _cards(22222))
    assert ids_of(_reads(groups)) == ["11111"]


def test_a_post_is_whole(groups: OkSource, answers: Answers) -> None:
    more = '<meta name="og:description" content="Читает&#0; Анна">'
    page = _film(11111, 1, more=more, duration="81.5", id=11111, views=7)
    answers.says(_address(11111), 200, page)
    (post,) = groups.posts_behind([_address(11111), "m.ok.ru/video/11111", "https://vk.com/video1_2"])
    author, title, about = Author("5", "Анна"), "Письмо 11111", post.videos[0].description
    assert about.endswith(" Анна")
    assert "\0" not in about
    assert post == SeenPost(
        "ok",
        "",
        "11111",
        _address(11111),
        NOON + timedelta(hours=1),
        text=f"{title}\n{about}",
        author=author,
        texts=(("video title", title), ("video description", about)),
        videos=(
            SeenVideo("ok", "", "11111", _address(11111), title=title, description=about, duration=81.5, author=author),
        ),
    )
    assert post.raw == {"movie": {"title": title, "duration": "81.5", "id": 11111}}
    assert answers.asked == [_address(11111)]
    answers.says(_address(11111), 404, page)
    assert groups.posts_behind([_address(11111)]) == []


@pytest.mark.parametrize(
    ("page", "what"),
    [
        (_film(11111).replace("11111", "22222"), "another video's"),
        (_film(11111).replace("ya:ovs:upload_date", "x"), "no date"),
        ('<html><meta property="ya:ovs:upload_date" content="2023-01-12"></html>', "no player"),
        (_film(11111, more='<p class="vp_video_stub_txt"></p>'), "a stub"),
    ],
    ids=lambda each: each if len(each) < 20 else "",
)
def test_a_page_without_the_video_is_no_post(page: str, what: str) -> None:
    assert ok._post("11111", page) is None, what


@pytest.mark.parametrize(
    ("day", "at"),
    [
        ("2023-01-12", datetime(2023, 1, 12, tzinfo=UTC)),
        ("2023-01-12T12:00:00+03:00", NOON),
        ("2023-01-12T09:00:00", NOON),
    ],
)
def test_an_upload_is_dated_to_the_day_or_to_the_second(day: str, at: datetime) -> None:
    post = ok._post("11111", _film(11111, 0).replace("2023-01-12T09:00:00+00:00", day))
    assert post is not None
    assert (post.published_at, post.published_at.utcoffset()) == (at, timedelta())


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("81.5", 81.5),
        (0, None),
        ("0.5", 0.5),
        ("-1", None),
        (999_999, 999_999.0),
        (10**6, None),
        ("x", None),
        (None, None),
    ],
)
def test_a_length_is_one_that_a_video_may_have(told: Any, seconds: float | None) -> None:
    post = ok._post("11111", _film(11111, duration=told))
    assert post is not None
    assert post.videos[0].duration == seconds


def test_a_video_without_a_provider_is_oks_own_and_a_foreign_one_is_blocked_for_good() -> None:
    own, foreign = ok._post("11111", _film(11111, provider=None)), ok._post("11111", _film(11111, provider="OTHER"))
    assert own is not None
    assert foreign is not None
    assert [
        (post.videos[0].blocked, post.videos[0].blocked_for_good, post.videos[0].linked) for post in (own, foreign)
    ] == [
        ("", False, False),
        (ok.ELSEWHERE, True, False),
    ]


def _looks(source: OkSource, url: str = "https://m.ok.ru/video/11111") -> RecheckResult:
    (found,) = source.recheck([PostRef("", "11111", url)])
    return found


def test_what_oks_page_of_a_video_says_when_it_is_looked_at_again(groups: OkSource, answers: Answers) -> None:
    address = _address(11111)
    answers.says(address, 200, _film(11111, provider="OTHER"), requests=2)
    found = _looks(groups)
    assert found.post is not None
    assert (found.lost, found.unclear, found.requests) == ("", "", 2)
    assert [(video.blocked, video.blocked_for_good) for video in found.post.videos] == [("", False)]
    for words, lost in (("Видео  не\nнайдено", Doubt.post), ("Доступ ограничен", Doubt.private), ("Войдите", "")):
        answers.says(address, 200, _stub(words), requests=3)
        found = _looks(groups)
        assert (found.lost, found.unclear, found.post, found.requests) == (
            lost,
            "" if lost else ok.NOT_UNDERSTOOD,
            None,
            3,
        )
    answers.says(address, 404, _stub("Видео не найдено"), requests=4)
    found = _looks(groups)
    assert (found.lost, found.unclear, found.requests) == ("", ok.NOT_UNDERSTOOD, 4)
    assert answers.how == [{"hosts": ok.HOSTS}] * 5
    found = _looks(groups, "https://ok.ru/group/1")
    assert (found.unclear, found.requests, len(answers.asked)) == (ok.NOT_UNDERSTOOD, 0, 5)


def test_the_player_of_the_very_video_is_read() -> None:
    """A page may hold players of other videos, and options that are no JSON."""
    other = _film(22222, 1, title="другое").partition("<body>")[2].partition("</body>")[0]
    page = _film(11111).replace("<body>", f'<body><i data-options="nonsense"></i><i data-options="[1]"></i>{other}')
    post = ok._post("11111", page)
    assert post is not None
    assert post.text == "Письмо 11111"
