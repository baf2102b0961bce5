from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, TryLater
from relay.models import Doubt
from relay.ports import Author, Page, Place, PollingPolicy, PostRef, RecheckResult, SeenPost, SeenVideo
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import rutube
from relay.sources.rutube import RutubeSource
from relay.store import Store
from tests.fakes.clock import FakeClock
from tests.sources.sandboxed import ids_of, read_all, source_over
from tests.sources.test_gone_or_away import Answers, over

CHANNEL = Place("rutube", "rutube:channel/639184", "channel/639184", "Школа 47")
NOON = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
NUMBER = "3eac3b4561676c17df9132a9a1e62e3e"


@pytest.fixture
def source(sandbox: Sandbox, store: Store, clock: FakeClock) -> RutubeSource:
    return source_over(sandbox, store, clock, RutubeSource)


@pytest.fixture
def school(network: Network) -> int:
    return network.rutube.has_channel(639184, "Школа 47")


def _fill(network: Network, clock: FakeClock, count: int, **more: object) -> list[str]:
    """Videos an hour apart, the newest an hour ago. Returns their ids, newest first."""
    ids = [
        network.rutube.uploads(639184, Path("film.mp4"), f"#proryv80 {n}", at=clock() - timedelta(hours=n), **more)  # type: ignore[arg-type]
        for n in range(count, 0, -1)
    ]
    return ids[::-1]


@pytest.mark.parametrize(
    "link",
    [
        f"https://rutube.ru/video/{NUMBER}/",
        f"rutube.ru/video/{NUMBER}",
        f"http://www.rutube.ru/video/{NUMBER}/?pl_id=4252",
        f"https://rutube.ru/play/embed/{NUMBER}",
        f"https://rutube.ru/video/embed/{NUMBER}",
        f"https://rutube.ru/embed/{NUMBER}",
        f"https://rutube.ru/shorts/{NUMBER}/",
        f"https://rutube.ru/live/video/{NUMBER}/",
        f"https://rutube.ru/video/private/{NUMBER}/?p=x2QojCumHTS3rsKHWXN8Lg",
    ],
)
def test_every_way_to_write_a_video_leads_to_it(link: str) -> None:
    video = rutube.video_of(link)
    assert video is not None
    assert (video.network, video.owner_id, video.video_id) == ("rutube", "", NUMBER)
    assert ("p=x2QojCumHTS3rsKHWXN8Lg" in video.url) == ("p=" in link)


@pytest.mark.parametrize(
    "link",
    [
        "https://rutube.ru/",
        f"https://rutube.ru/video/{NUMBER[:-1]}/",
        f"https://example.org/video/{NUMBER}/",
        "https://[x",
    ],
)
def test_what_is_no_video_is_none(link: str) -> None:
    assert rutube.video_of(link) is None


@pytest.mark.slow
def test_every_way_to_write_a_list_leads_to_it(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    _fill(network, clock, 1)
    for address in (
        "rutube:channel/639184",
        "https://rutube.ru/channel/639184/videos/",
        "rutube.ru/video/person/639184",
    ):
        assert source.claims(address)
        assert source.resolve(address) == CHANNEL
    network.rutube.has_tag(1800, "блокада")
    for address in ("rutube:tag/1800", "https://rutube.ru/tags/video/1800/"):
        assert source.resolve(address) == Place("rutube", "rutube:tag/1800", "tag/1800", "RuTube: tag 1800")


@pytest.mark.parametrize("address", ["rutube:", "rutube:gorod", "rutube:channel/x", "https://rutube.ru/feeds/"])
def test_an_address_that_is_no_list_costs_no_request(source: RutubeSource, network: Network, address: str) -> None:
    with pytest.raises(Refused, match="no list of videos"):
        source.resolve(address)
    assert not network.visits


@pytest.mark.slow
def test_a_list_that_nobody_knows_is_refused(source: RutubeSource) -> None:
    with pytest.raises(Refused, match="no channel number 5"):
        source.resolve("rutube:channel/5")


@pytest.mark.slow
def test_a_channel_is_read_page_by_page(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    ids = _fill(network, clock, 45)
    pages = read_all(source, CHANNEL, clock)
    assert ids_of(pages) == ids
    assert [page.reached is not None for page in pages] == [False, False, True]
    assert pages[0].total == 45


@pytest.mark.slow
def test_reading_stops_where_enough_in_a_row_is_old(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    _fill(network, clock, 110)
    assert len(read_all(source, CHANNEL, clock, hours=30.5)) == 4


@pytest.mark.slow
def test_a_tag_shows_only_its_videos_and_a_post_is_whole(
    source: RutubeSource, network: Network, school: int, clock: FakeClock
) -> None:
    network.rutube.has_tag(1800, "блокада")
    name = network.rutube.uploads(
        639184, Path("x"), "Читает Анна", description="Письмо #proryv80", tags=[1800], seconds=81, at=NOON
    )
    _fill(network, clock, 2)
    (page,) = read_all(source, source.resolve("rutube:tag/1800"), clock)
    (post,) = page.posts
    (video,) = post.videos
    assert (post.post_id, post.published_at, post.author) == (name, NOON, Author("639184", "Школа 47"))
    assert post.texts == (("video title", "Читает Анна"), ("video description", "Письмо #proryv80"))
    assert (video.url, video.duration, video.blocked) == (f"https://rutube.ru/video/{name}/", 81.0, "")


@pytest.mark.slow
def test_links_lead_to_their_videos(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    (name,) = _fill(network, clock, 1)
    found = source.posts_behind(
        [f"https://rutube.ru/play/embed/{name}", f"https://rutube.ru/video/{NUMBER}/", "https://vk.com/x"]
    )
    assert [post.post_id for post in found] == [name]


@pytest.mark.slow
def test_hidden_videos_say_why(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    (name,) = _fill(network, clock, 1)
    network.rutube.hides(name)
    (page,) = read_all(source, CHANNEL, clock)
    assert "hidden" in page.posts[0].videos[0].blocked


def test_items_that_cannot_be_read_stop_no_other() -> None:
    good = {"id": NUMBER, "created_ts": "2013-10-16T15:26:42", "title": None}
    posts, faults = rutube._posts([None, {}, {"id": NUMBER}, {"id": "../x", "created_ts": "2013-10-16"}, good])
    assert [post.post_id for post in posts] == [NUMBER]
    assert len(faults) == 4


@pytest.mark.slow
def test_trouble_has_a_name(source: RutubeSource, network: Network, school: int, clock: FakeClock) -> None:
    _fill(network, clock, 1)
    for trouble in (network.pages_answer_html, network.pages_break_off):
        trouble()
        with pytest.raises(TryLater, match="no list"):
            read_all(source, CHANNEL, clock)
    network.pages_answer(403)
    with pytest.raises(Closed) as caught:
        read_all(source, CHANNEL, clock)
    assert not caught.value.gone
    network.rutube.leaves(639184)
    with pytest.raises(Closed) as caught:
        read_all(source, CHANNEL, clock)
    assert caught.value.gone


# Answer by answer, without a server


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def channel(answers: Answers, settings: Settings, clock: FakeClock) -> RutubeSource:
    return over(RutubeSource, answers, settings, clock)  # type: ignore[no-any-return]


SINCE = NOON
OWNER = Place("rutube", "rutube:channel/639184", "channel/639184", "Школа 47")


def _list(page: int = 1, kind: str = "video/person/639184") -> str:
    return f"https://rutube.ru/api/{kind}/?page={page}&format=json"


def _item(number: int, hours: float = 1, **more: Any) -> dict[str, Any]:
    """A video of so many hours after noon."""
    at = (NOON + timedelta(hours=hours)).replace(tzinfo=None)
    return {"id": f"{number:032d}", "title": f"{number}", "publication_ts": at.isoformat(), **more}


def _page(*items: Any, more: bool = False, **words: Any) -> str:
    return json.dumps({"results": list(items), "has_next": more, **words})


def _reads(source: RutubeSource) -> list[Page]:
    return list(source.read(OWNER, since=SINCE, until=SINCE, tags=[]))


def _numbers(pages: list[Page]) -> list[list[int]]:
    return [[int(post.post_id) for post in page.posts] for page in pages]


def test_its_manners(channel: RutubeSource) -> None:
    assert channel.polling == PollingPolicy(timedelta(minutes=15), 20_000)
    assert (channel.description.name, rutube.PER_SECOND, rutube.OLD_IN_A_ROW, rutube.MOST_PAGES) == (
        "rutube",
        1.0,
        40,
        500,
    )


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("rutube:x", True),
        (" rutube.ru/x ", True),
        ("http://m.rutube.ru/x", True),
        ("https://www.rutube.ru/", True),
        ("ftp://rutube.ru/x", False),
        ("https://rutube.ru.evil.example/", False),
        ("tg:rutube.ru", False),
        ("https://[x", False),
    ],
)
def test_which_addresses_are_rutubes(channel: RutubeSource, address: str, *, ours: bool) -> None:
    assert channel.claims(address) is ours


@pytest.mark.parametrize(
    ("address", "kind", "place"),
    [
        ("rutube:channel/639184", "video/person/639184", ("channel/639184", "Школа 47")),
        (" rutube: channel/639184 ", "video/person/639184", ("channel/639184", "Школа 47")),
        ("https://rutube.ru/channel/639184/videos/", "video/person/639184", ("channel/639184", "Школа 47")),
        ("rutube:rutube.ru/video/person/639184/", "video/person/639184", ("channel/639184", "Школа 47")),
        ("rutube:tag/1800", "tags/video/1800", ("tag/1800", "RuTube: tag 1800")),
        ("http://rutube.ru/tags/video/1800/", "tags/video/1800", ("tag/1800", "RuTube: tag 1800")),
    ],
)
def test_a_list_is_asked_for_once_and_a_channel_has_its_authors_name(
    channel: RutubeSource, answers: Answers, address: str, kind: str, place: tuple[str, str]
) -> None:
    nameless = _item(1, author={"id": 639184})
    answers.says(_list(kind=kind), 200, _page(nameless, _item(2, author={"id": 1, "name": "Школа 47"})))
    assert channel.resolve(address) == Place("rutube", f"rutube:{place[0]}", *place)
    assert answers.how == [{"hosts": frozenset({"rutube.ru", "www.rutube.ru", "m.rutube.ru"})}]


def test_a_channel_without_videos_is_called_by_its_number(channel: RutubeSource, answers: Answers) -> None:
    answers.says(_list(), 200, _page())
    assert channel.resolve("rutube:channel/639184").title == "RuTube: channel 639184"


@pytest.mark.parametrize("status", [404, 410])
def test_a_list_of_nobody(channel: RutubeSource, answers: Answers, status: int) -> None:
    answers.says(_list(), status, "{}", requests=2)
    with pytest.raises(Refused) as refused:
        channel.resolve("rutube:channel/639184")
    assert refused.value.line == (
        "RuTube knows no channel number 639184. "
        "Known are rutube:tag/1800, rutube:channel/639184, and the links to both."
    )
    with pytest.raises(Closed) as closed:
        _reads(channel)
    assert (closed.value.line, closed.value.gone, closed.value.requests) == (
        "RuTube has no channel 639184 any more.",
        True,
        2,
    )


@pytest.mark.parametrize(
    ("status", "body", "kind", "line"),
    [
        (401, "{}", Closed, "RuTube does not show this list to us."),
        (403, _page(), Closed, "RuTube does not show this list to us."),
        (400, _page(), TryLater, "RuTube answers with something that is no list (HTTP 400)."),
        (200, "[]", TryLater, "RuTube answers with something that is no list (HTTP 200)."),
        (200, '{"results": {}}', TryLater, "RuTube answers with something that is no list (HTTP 200)."),
        (200, "", TryLater, "RuTube answers with something that is no list (HTTP 200)."),
    ],
)
def test_a_list_that_can_not_be_had(
    channel: RutubeSource, answers: Answers, status: int, body: str, kind: type[Closed | TryLater], line: str
) -> None:
    answers.says(_list(), status, body, requests=2)
    with pytest.raises(kind) as told:
        _reads(channel)
    assert (told.value.line.startswith(line), told.value.requests) == (True, 2)
    assert not getattr(told.value, "gone", False)


def test_pages_are_read_to_the_end_of_the_list(channel: RutubeSource, answers: Answers) -> None:
    answers.says(_list(1), 200, _page(_item(3), _item(2), more=True, count=4), requests=2)
    answers.says(_list(2), 200, _page(_item(2), _item(1), None, more=True, count=4.0))
    answers.says(_list(3), 200, _page(_item(0), count=True))
    pages = _reads(channel)
    assert _numbers(pages) == [[3, 2], [2, 1], [0]]
    assert [(page.requests, page.total, page.reached) for page in pages] == [
        (2, 4, None),
        (1, 4, None),
        (1, None, SINCE),
    ]
    assert [page.faults for page in pages] == [(), ("?: it has no number or no date",), ()]


@pytest.mark.parametrize(
    "last", [_page(more=True), _page(_item(3), more=True), _page(_item(5), more=False)], ids=["empty", "seen", "end"]
)
def test_a_list_ends_where_it_shows_nothing_new(channel: RutubeSource, answers: Answers, last: str) -> None:
    answers.says(_list(1), 200, _page(_item(3), more=True))
    answers.says(_list(2), 200, last)
    assert [page.reached for page in _reads(channel)] == [None, SINCE]


def test_a_page_of_faults_alone_is_no_end(channel: RutubeSource, answers: Answers) -> None:
    answers.says(_list(1), 200, _page({}, more=True))
    answers.says(_list(2), 200, _page(_item(1)))
    assert _numbers(_reads(channel)) == [[], [1]]


@pytest.mark.parametrize(("old", "pages"), [(39, 2), (40, 1), (41, 1)])
def test_forty_old_ones_in_a_row_end_the_reading(channel: RutubeSource, answers: Answers, old: int, pages: int) -> None:
    """Not those before a newer one, nor those that are as old as what is asked for."""
    before = [_item(number, -1) for number in range(100, 120)]
    row = [_item(200, 0), *(_item(number, -0.1) for number in range(old))]
    answers.says(_list(1), 200, _page(*before, *row, more=True))
    answers.says(_list(2), 200, _page())
    found = _reads(channel)
    assert len(found) == pages
    assert found[-1].reached == SINCE


def test_old_ones_are_counted_over_pages_and_each_once(channel: RutubeSource, answers: Answers) -> None:
    old = [_item(number, -1) for number in range(39)]
    answers.says(_list(1), 200, _page(*old, more=True))
    answers.says(_list(2), 200, _page(*old[:20], _item(100, -1), more=True))
    assert len(_reads(channel)) == 2


def test_a_list_without_end_is_told(channel: RutubeSource, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rutube, "MOST_PAGES", 2)
    for page in (1, 2):
        answers.says(_list(page), 200, _page(_item(page), more=True))
    with pytest.raises(TryLater) as told:
        _reads(channel)
    assert told.value.line == "RuTube's list of rutube:channel/639184 does not end. Is it the right one?"


def test_gone_is_only_what_is_gone_at_the_first_page(channel: RutubeSource, answers: Answers) -> None:
    answers.says(_list(1), 200, _page(_item(1), more=True))
    answers.says(_list(2), 404, "{}")
    with pytest.raises(TryLater, match="no list"):
        _reads(channel)


API = f"https://rutube.ru/api/video/{NUMBER}/?format=json"
KEY = "x2QojCumHTS3rsKHWXN8Lg"


def test_links_are_looked_up_each_once_with_the_key_that_they_carry(channel: RutubeSource, answers: Answers) -> None:
    private = f"https://rutube.ru/video/private/{NUMBER}/?p={KEY}"
    answers.says(f"{API}&p={KEY}", 200, json.dumps({**_item(1), "id": "another"}))
    (post,) = channel.posts_behind([private, private, "https://rutube.ru/feeds/"])
    (video,) = post.videos
    assert (post.post_id, video.url, video.access_key) == (NUMBER, private, KEY)
    assert answers.asked == [f"{API}&p={KEY}"]
    assert answers.how == [{"hosts": rutube.HOSTS}]
    for status, body in ((404, json.dumps(_item(1))), (200, "[]"), (200, "")):
        answers.says(API, status, body)
        assert channel.posts_behind([f"rutube.ru/video/{NUMBER}"]) == []


@pytest.mark.parametrize("key", ["x" * 7, "x" * 65, "a b c d e f"])
def test_what_is_no_key_of_a_private_video_is_left_out(key: str) -> None:
    assert rutube.video_of(f"https://rutube.ru/video/private/{NUMBER}/?p={key}") == SeenVideo(
        "rutube", "", NUMBER, f"https://rutube.ru/video/{NUMBER}/"
    )


@pytest.mark.parametrize("key", ["x" * 8, "x-_" * 21 + "x"])
def test_a_key_has_eight_to_sixty_four_signs(key: str) -> None:
    assert rutube.video_of(f"rutube.ru/video/private/{NUMBER}/?p={key}") == SeenVideo(
        "rutube", "", NUMBER, f"https://rutube.ru/video/private/{NUMBER}/?p={key}", access_key=key
    )


def test_a_post_is_whole() -> None:
    item = {
        **_item(7, author={"id": 639184.0, "name": " Школа 47 "}, duration=81, description="Письмо\0", is_paid=False),
        "title": " Читает Анна ",
        "created_ts": "2020-01-01T00:00:00",
        "hashtags": ["proryv80", "#письмо", 5],
    }
    ((post,), faults) = rutube._posts([item])
    number, at = f"{7:032d}", NOON + timedelta(hours=1)
    author = Author("639184", "Школа 47")
    assert faults == ()
    assert post == SeenPost(
        "rutube",
        "",
        number,
        f"https://rutube.ru/video/{number}/",
        at,
        text="Читает Анна\nПисьмо",
        author=author,
        texts=(("video title", "Читает Анна"), ("video description", "Письмо"), ("tags", "#proryv80 #письмо")),
        videos=(
            SeenVideo(
                "rutube",
                "",
                number,
                f"https://rutube.ru/video/{number}/",
                title="Читает Анна",
                description="Письмо",
                duration=81.0,
                author=author,
            ),
        ),
    )
    assert post.raw == item


def test_a_bare_post_has_nothing_but_its_number_and_date() -> None:
    ((post,), _) = rutube._posts([_item(7, title="", duration=0, author={"id": -1}, hashtags=None)])
    (video,) = post.videos
    assert (post.text, post.texts, post.author, video.duration) == ("", (), Author(), None)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"is_livestream": True, "is_hidden": True}, "The broadcast is not over yet."),
        ({"is_hidden": True, "is_paid": True}, "The video is hidden on RuTube."),
        ({"is_private": True}, "The video is hidden on RuTube."),
        ({"is_paid": True}, "The video has to be paid for on RuTube."),
        ({"is_paid": False}, ""),
    ],
)
def test_why_a_video_can_not_be_fetched_and_never_for_good(item: dict[str, bool], words: str) -> None:
    ((post,), _) = rutube._posts([_item(7, **item)])
    assert (post.videos[0].blocked, post.videos[0].blocked_for_good) == (words, False)


def test_what_was_deleted_is_no_post_and_no_fault() -> None:
    assert rutube._posts([_item(7, is_deleted=True)]) == ([], ())


@pytest.mark.parametrize(
    ("dates", "at"),
    [
        ({"publication_ts": "2023-01-12T12:00:00+03:00", "created_ts": "2020-01-01T00:00:00"}, NOON),
        ({"publication_ts": None, "created_ts": "2023-01-12T09:00:00"}, NOON),
        ({"publication_ts": "soon", "created_ts": "2023-01-12T09:00:00"}, NOON),
    ],
)
def test_it_is_dated_by_when_it_became_public_or_was_uploaded(dates: dict[str, Any], at: datetime) -> None:
    ((post,), _) = rutube._posts([{"id": NUMBER, **dates}])
    assert (post.published_at, post.published_at.utcoffset()) == (at, timedelta())


def test_what_has_no_number_or_date_is_told_by_what_it_says_it_is() -> None:
    items = [{"id": "x" * 50, "created_ts": "2023-01-12T09:00:00"}, {"id": NUMBER}, "nonsense", {"id": NUMBER.upper()}]
    posts, faults = rutube._posts(items)
    assert posts == []
    assert faults == (
        f"{'x' * 40}: it has no number or no date",
        f"{NUMBER}: it has no number or no date",
        "?: it has no number or no date",
        f"{NUMBER.upper()}: it has no number or no date",
    )


@pytest.mark.parametrize(
    ("seconds", "duration"),
    [(1, 1.0), (0.5, None), (10**12 - 1, 1e12 - 1), (10**12, None), (True, None), ("5", None), (-1, None)],
)
def test_a_length_is_a_number_that_a_video_may_have(seconds: Any, duration: float | None) -> None:
    ((post,), _) = rutube._posts([_item(7, duration=seconds)])
    assert post.videos[0].duration == duration


def _looks(source: RutubeSource, *videos: str) -> RecheckResult:
    (found,) = source.recheck([PostRef("7", NUMBER, f"https://rutube.ru/video/{NUMBER}/", videos)])
    return found


def test_a_hidden_one_among_what_is_looked_at_again_costs_what_it_cost(channel: RutubeSource, answers: Answers) -> None:
    answers.says(API, 404, json.dumps({"detail": "Not found"}), requests=2)
    found = _looks(channel)
    assert (found.lost, found.unclear, found.post, found.requests) == (Doubt.post, "", None, 2)
    assert answers.how == [{"hosts": rutube.HOSTS}]
    answers.says(API, 200, json.dumps({**_item(1, is_paid=True), "id": None}), requests=3)
    found = _looks(channel)
    assert found.post is not None
    assert (found.post.post_id, found.post.videos[0].blocked, found.requests) == (NUMBER, "", 3)
    answers.says(API, 200, json.dumps({"id": NUMBER}), requests=4)
    found = _looks(channel)
    assert (found.unclear, found.requests) == ("RuTube answers with something that is not understood.", 4)
