"""A loss is only what a network says itself; whatever else it answers is trouble. What the sandbox can't answer is
answered here, page by page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import SourceError
from relay.models import Doubt
from relay.ports import PostRef, RecheckResult
from relay.sources import rutube
from relay.sources.feed.source import NO_ADDRESS, NO_WITNESS, FeedSource
from relay.sources.rutube import RutubeSource
from relay.sources.telegram import source as telegram
from relay.sources.telegram.source import TelegramSource
from relay.sources.video_links import FILE_MARK
from relay.sources.web import Reply
from tests.fakes.clock import FakeClock
from tests.sources.telegram.test_parse import a_block, a_page

FEED, PAGE, FILE = "https://school.example/feed.xml", "https://school.example/1", "https://school.example/1.mp4"
RSS = b"<rss version='2.0'><channel><title>School</title></channel></rss>"
NUMBER = "3eac3b4561676c17df9132a9a1e62e3e"


class Answers:
    """In the place of web.Web: answers each address with what was laid there; all else is an error of the test."""

    def __init__(self) -> None:
        self.laid: dict[str, Reply] = {}
        self.asked: list[str] = []
        self.how: list[dict[str, Any]] = []

    def says(self, url: str, status: int = 200, body: bytes | str = b"", *, requests: int = 1, **headers: str) -> None:
        self.laid[url] = Reply(status, url, body.encode() if isinstance(body, str) else body, headers, requests)

    def get(self, url: str, **how: Any) -> Reply:
        self.asked.append(url)
        self.how.append(how)
        return self.laid[url]

    def json(self, url: str, **how: Any) -> tuple[Any, Reply]:
        reply = self.get(url, **how)
        return (json.loads(reply.body) if reply.body else None), reply


@pytest.fixture
def answers() -> Answers:
    return Answers()


def over(kind: Any, answers: Answers, settings: Settings, clock: FakeClock) -> Any:
    """Without a store: only what was put aside here keeps the pace."""
    source = kind(settings, None, clock)
    source._web = answers
    return source


def again(source: Any, known: PostRef) -> RecheckResult:
    (found,) = source.recheck([known])
    return found  # type: ignore[no-any-return]


# --- feeds ---


@pytest.fixture
def of_feed(answers: Answers, settings: Settings, clock: FakeClock) -> FeedSource:
    return over(FeedSource, answers, settings, clock)  # type: ignore[no-any-return]


def entry(*videos: str, url: str = PAGE) -> PostRef:
    return PostRef(FEED, "1", url, videos)


@pytest.mark.parametrize(
    ("page", "feed_status", "lost", "unclear", "requests"),
    [
        (200, 200, "", "", 1),
        (404, 200, Doubt.post, "", 2),
        (410, 200, Doubt.post, "", 2),
        (404, 404, "", NO_WITNESS, 2),
        (404, 500, "", NO_WITNESS, 2),
        (403, 200, "", "The site answers with HTTP 403.", 1),
        (451, 200, "", "The site answers with HTTP 451.", 1),
    ],
)
def test_an_entry_is_gone_when_its_page_is_and_the_feed_is_not(
    of_feed: FeedSource, answers: Answers, page: int, feed_status: int, lost: str, unclear: str, requests: int
) -> None:
    answers.says(PAGE, page)
    answers.says(FEED, feed_status, RSS)
    found = again(of_feed, entry())
    assert (found.lost, found.unclear, found.requests) == (lost, unclear, requests)


@pytest.mark.parametrize(
    ("statuses", "lost", "unclear"),
    [
        ((200, 200), "", ""),
        ((404, 200), "", ""),
        ((404, 410), Doubt.video, ""),
        ((404, 403), "", "The site answers with HTTP 403."),
        ((500, 503), "", "The site answers with HTTP 500."),
    ],
)
def test_a_video_is_gone_when_none_of_its_files_is_there(
    of_feed: FeedSource, answers: Answers, statuses: tuple[int, int], lost: str, unclear: str
) -> None:
    files = [f"{FILE}?{number}" for number in range(2)]
    for file, status in zip(files, statuses, strict=True):
        answers.says(file, status)
    answers.says(PAGE)
    answers.says(FEED, 200, RSS)
    found = again(of_feed, entry(*(file + FILE_MARK for file in files)))
    assert (found.lost, found.unclear) == (lost, unclear)


def test_videos_of_other_sites_are_not_the_feeds_to_judge(of_feed: FeedSource, answers: Answers) -> None:
    answers.says(PAGE)
    assert again(of_feed, entry("https://vk.com/video1_2")) == RecheckResult(
        entry("https://vk.com/video1_2"), requests=1
    )
    assert answers.asked == [PAGE]


def test_an_entry_without_a_page_of_its_own_can_not_be_looked_at(of_feed: FeedSource, answers: Answers) -> None:
    found = again(of_feed, entry(url=FEED))
    assert (found.unclear, found.requests, answers.asked) == (NO_ADDRESS, 0, [])


def test_a_site_whose_feed_is_a_page_for_people_is_no_witness(of_feed: FeedSource, answers: Answers) -> None:
    answers.says(PAGE, 404)
    answers.says(FEED, 200, b"<html>Work in progress</html>")
    assert again(of_feed, entry()).unclear == NO_WITNESS


# --- Telegram ---

MESSAGE = "https://t.me/gorod/7"
EMBEDDED, LISTED, CONTACT = f"{MESSAGE}?embed=1&mode=tme", "https://t.me/s/gorod?before=8", "https://t.me/gorod"
TEXT = '<div class="js-message_text">Привет</div>'
VIDEO = '<a class="tgme_widget_message_video_player" href="https://t.me/gorod/7"><video src="https://cdn/v.mp4"></video></a>'


@pytest.fixture
def of_telegram(answers: Answers, settings: Settings, clock: FakeClock) -> TelegramSource:
    return over(TelegramSource, answers, settings, clock)  # type: ignore[no-any-return]


def message(*videos: str) -> PostRef:
    return PostRef("gorod", "7", MESSAGE, videos)


def failing(words: str) -> str:
    return f'<div class="tgme_widget_message_error">{words}</div>'


def about(extra: str, title: str = "Город") -> str:
    name = f'<div class="tgme_page_title">{title}</div>' if title else ""
    return f'<html><div class="tgme_page">{name}<div class="tgme_page_extra">{extra}</div></div></html>'


def listing(*numbers: int, channel: str = "gorod") -> str:
    head = f'<div class="tgme_channel_info_header_username">@{channel}</div>'
    return a_page(*(a_block(TEXT, named=f"{channel}/{number}") for number in numbers), head=head)


def test_a_message_that_shows_its_video_is_there(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, a_block(VIDEO))
    found = again(of_telegram, message(MESSAGE))
    assert (found.lost, found.unclear, found.requests) == ("", "", 1)
    assert found.post is not None
    assert (found.post.owner_id, found.post.post_id) == ("gorod", "7")
    assert [video.blocked for video in found.post.videos] == [""]


def test_a_message_of_another_channel_is_not_ours(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, a_block(VIDEO, named="other/7"))
    assert again(of_telegram, message(MESSAGE)).unclear == telegram.NOT_UNDERSTOOD


@pytest.mark.parametrize("status", [403, 404, 302])
def test_another_answer_is_trouble(of_telegram: TelegramSource, answers: Answers, status: int) -> None:
    answers.says(EMBEDDED, status)
    found = again(of_telegram, message())
    assert (found.lost, found.unclear) == ("", f"Telegram answers with HTTP {status}.")


def test_a_link_that_is_no_message_is_not_asked_for(of_telegram: TelegramSource, answers: Answers) -> None:
    found = again(of_telegram, PostRef("gorod", "7", "https://t.me/gorod"))
    assert (found.unclear, found.requests, answers.asked) == (telegram.NOT_UNDERSTOOD, 0, [])


def test_an_empty_page_is_trouble(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, "<html></html>")
    assert again(of_telegram, message()).unclear == telegram.NOT_UNDERSTOOD


@pytest.mark.parametrize(
    ("shown", "lost", "unclear"),
    [
        (listing(5, 6), Doubt.post, ""),
        (listing(), "", telegram.NOT_UNDERSTOOD),
        (listing(5, 6, channel="other"), "", telegram.NOT_UNDERSTOOD),
    ],
)
def test_a_message_is_gone_when_its_neighbours_are_there_without_it(
    of_telegram: TelegramSource, answers: Answers, shown: str, lost: str, unclear: str
) -> None:
    answers.says(EMBEDDED, 200, failing("Post not found"))
    answers.says(LISTED, 200, shown)
    try:
        found = again(of_telegram, message())
    except SourceError:
        assert not lost
        return
    assert (found.lost, found.unclear, found.requests) == (lost, unclear, 2)


@pytest.mark.parametrize(
    ("extra", "lost", "unclear"), [("120 subscribers", Doubt.post, ""), ("12 members", "", telegram.NOT_UNDERSTOOD)]
)
def test_without_a_preview_the_messages_own_page_has_to_do(
    of_telegram: TelegramSource, answers: Answers, extra: str, lost: str, unclear: str
) -> None:
    answers.says(EMBEDDED, 200, failing("Post not found"))
    answers.says(LISTED, 302)
    answers.says(CONTACT, 200, about(extra))
    found = again(of_telegram, message())
    assert (found.lost, found.unclear, found.requests) == (lost, unclear, 3)


@pytest.mark.parametrize(
    ("page", "lost", "unclear"),
    [
        (about("120 subscribers"), "", telegram.NOT_UNDERSTOOD),
        (about("12 members"), Doubt.private, ""),
        (about("", title=""), Doubt.private, ""),
    ],
)
def test_a_channel_that_is_not_found_is_private_unless_it_is_there(
    of_telegram: TelegramSource, answers: Answers, page: str, lost: str, unclear: str
) -> None:
    answers.says(EMBEDDED, 200, failing("Channel with username gorod not found"))
    answers.says(CONTACT, 200, page)
    found = again(of_telegram, message())
    assert (found.lost, found.unclear, found.requests) == (lost, unclear, 2)


def test_half_a_page_about_a_channel_is_trouble(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, failing("Channel with username gorod not found"))
    for status, page in ((200, "<html>"), (500, about("12 members"))):
        answers.says(CONTACT, status, page)
        try:
            assert not again(of_telegram, message()).lost
        except SourceError:
            continue


def test_a_message_whose_video_became_a_photo_has_lost_it(of_telegram: TelegramSource, answers: Answers) -> None:
    photo = '<a class="tgme_widget_message_photo_wrap" href="https://t.me/gorod/7"></a>'
    answers.says(EMBEDDED, 200, a_block(photo))
    assert again(of_telegram, message(MESSAGE)).lost == Doubt.video


def test_a_message_without_any_medium_is_half_a_page(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, a_block(TEXT))
    found = again(of_telegram, message(MESSAGE))
    assert (found.lost, found.unclear) == ("", "The message is there, but its page shows no video.")


def test_a_link_can_be_taken_out_of_a_message(of_telegram: TelegramSource, answers: Answers) -> None:
    answers.says(EMBEDDED, 200, a_block(TEXT))
    found = again(of_telegram, message("https://vk.com/video1_2"))
    assert (found.lost, found.unclear) == ("", "")
    assert found.post is not None
    assert found.post.videos == ()


# --- RuTube ---

VIDEO_PAGE = f"https://rutube.ru/video/{NUMBER}/"
API = f"{rutube.API}/video/{NUMBER}/?format=json"
SHOWN: Mapping[str, Any] = {
    "id": NUMBER, "title": "Письмо", "description": "#proryv80", "created_ts": "2023-01-12T09:00:00",
    "publication_ts": "2023-01-12T09:00:00", "author": {"id": 7, "name": "Школа"}, "duration": 12,
}  # fmt: skip


@pytest.fixture
def of_rutube(answers: Answers, settings: Settings, clock: FakeClock) -> RutubeSource:
    return over(RutubeSource, answers, settings, clock)  # type: ignore[no-any-return]


def upload(url: str = VIDEO_PAGE, *videos: str) -> PostRef:
    return PostRef("7", NUMBER, url, videos)


@pytest.mark.parametrize(
    ("status", "body", "lost", "there"),
    [
        (200, SHOWN, "", True),
        (200, {**SHOWN, "is_deleted": True}, Doubt.post, False),
        (200, {**SHOWN, "is_hidden": True}, Doubt.private, False),
        (200, {**SHOWN, "is_private": True}, Doubt.private, False),
        (404, {"detail": "Not found"}, Doubt.post, False),
        (410, {"detail": "Gone"}, Doubt.post, False),
        (404, None, "", False),
        (404, {"error": "x"}, "", False),
        (403, {"detail": "This is private"}, Doubt.private, False),
        (401, {"detail": "private video"}, Doubt.private, False),
        (403, {"detail": "Forbidden"}, "", False),
        (500, {"detail": "private"}, "", False),
        (500, {**SHOWN, "is_deleted": True}, "", False),
        (200, {**SHOWN, "id": "0" * 32}, "", False),
        (200, {**SHOWN, "id": "3eac3b45-6167-6c17-df91-32a9a1e62e3e"}, "", True),
        (200, [], "", False),
        (200, {}, "", False),
    ],
)
def test_what_rutube_says_of_a_video(
    of_rutube: RutubeSource, answers: Answers, status: int, body: Any, lost: str, *, there: bool
) -> None:
    answers.says(API, status, b"" if body is None else json.dumps(body))
    found = again(of_rutube, upload())
    assert (found.lost, found.post is not None, found.requests) == (lost, there, 1)
    assert bool(found.unclear) == (not lost and not there)
    if found.post is not None:
        assert found.post.videos[0].blocked == ""


def test_a_private_video_is_asked_for_with_its_key(of_rutube: RutubeSource, answers: Answers) -> None:
    link = f"https://rutube.ru/video/private/{NUMBER}/?p=x2QojCumHTS3rsKHWXN8Lg"
    answers.says(f"{API}&p=x2QojCumHTS3rsKHWXN8Lg", 200, json.dumps(SHOWN))
    assert again(of_rutube, upload(VIDEO_PAGE, "https://vk.com/video1_2", link)).post is not None


def test_what_is_no_video_of_rutube_is_not_asked_for(of_rutube: RutubeSource, answers: Answers) -> None:
    found = again(of_rutube, upload("https://rutube.ru/channel/7/"))
    assert (found.unclear, found.requests, answers.asked) == (rutube.NOT_UNDERSTOOD, 0, [])
