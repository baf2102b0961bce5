"""The real yt-dlp, in its child, against the sandbox's lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, RelayError, SourceError, ToolFailed, TryLater
from relay.media import lister as module
from relay.media.lister import YtDlpLister
from relay.media.toolbox import Done, Limits, Toolbox
from relay.ports import Author, Listed
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sources import networks
from tests.sources.sandboxed import settings_for

pytestmark = pytest.mark.media


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """yt-dlp turns "3 days ago" into a time by the machine's clock, so the network has that clock."""
    network = Network()
    now = datetime.now(UTC)
    network.youtube.has_channel("@gorod", "Город")
    for days in (9, 3):
        network.youtube.uploads("@gorod", f"Письмо {days} #proryv80", seconds=75, at=now - timedelta(days=days))
    network.youtube.uploads("@gorod", "Коротко #proryv80", short=True, at=now - timedelta(days=1))
    with Sandbox(network) as sandbox:
        yield sandbox


@pytest.fixture
def lister(sandbox: Sandbox) -> YtDlpLister:
    return YtDlpLister(settings_for(sandbox), Toolbox(), networks.list_extractors())


def test_a_channels_videos(lister: YtDlpLister) -> None:
    title, entries = lister.entries("https://www.youtube.com/@gorod/videos", most=10)
    assert title.startswith("Город")
    assert [(one.id, one.title, one.duration) for one in entries] == [
        ("sandbox0001", "Письмо 3 #proryv80", 75.0),
        ("sandbox0000", "Письмо 9 #proryv80", 75.0),
    ]
    ages = [(datetime.now(UTC) - one.at).days for one in entries if one.at]
    assert ages[0] in (2, 3) and ages[1] in (6, 7, 8, 9), "the list tells weeks only"
    assert len(lister.entries("https://www.youtube.com/@gorod/videos", most=1)[1]) == 1


def test_shorts_have_no_date(lister: YtDlpLister) -> None:
    _, (short,) = lister.entries("https://www.youtube.com/@gorod/shorts", most=10)
    assert (short.id, short.title, short.at) == ("sandbox0002", "Коротко #proryv80", None)


def test_a_hashtags_videos(lister: YtDlpLister) -> None:
    _, entries = lister.entries("https://www.youtube.com/hashtag/proryv80", most=10)
    assert [one.id for one in entries] == ["sandbox0001", "sandbox0000"]


def test_what_is_not_there_and_what_is_no_list(lister: YtDlpLister) -> None:
    with pytest.raises(Closed):
        lister.entries("https://www.youtube.com/@nikogo/videos", most=10)
    for url in ("https://vk.com/gorod", "file:///etc/passwd", "http://127.0.0.1/"):
        with pytest.raises(Refused):
            lister.entries(url, most=10)


def test_a_network_that_is_down_is_tried_later(sandbox: Sandbox, lister: YtDlpLister) -> None:
    sandbox.network.is_down()
    try:
        with pytest.raises(TryLater) as caught:
            lister.entries("https://www.youtube.com/@gorod/videos", most=10)
    finally:
        sandbox.network.heals()
    assert "{" not in caught.value.line


class Tool:
    """In the place of a toolbox: says this line."""

    def __init__(self, said: object) -> None:
        self.said, self.asked = said, [{}]

    def python(self, module: str) -> list[str]:
        return [module]

    def run(self, argv: list[str], **more: Any) -> Done:
        self.asked = [json.loads(line) for line in more["feed"]]
        assert argv == ["relay.media.children.listing"]
        assert more["network"] is True
        assert more["limits"] == Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=180, file_mb=16)
        assert more["folder"].name.startswith("relay-list-")
        self.folder = more["folder"]
        assert Path(more["env"]["SSL_CERT_FILE"]).parent == more["folder"]
        if isinstance(self.said, Exception):
            raise self.said
        return Done(self.said if isinstance(self.said, str) else json.dumps(self.said), "", 0, 0.0)


def told_by(settings: Settings, said: object) -> Any:
    tool = Tool(said)
    try:
        return YtDlpLister(settings, tool, networks.list_extractors()).entries("https://x", most=5)  # type: ignore[arg-type]
    finally:
        assert tool.asked == [
            {"url": "https://x", "most": 5, "extractors": ["youtube", "youtube:tab"], "proxy": "", "allowed": []}
        ]
        assert not tool.folder.exists()


BY_ITSELF = "Relay tries again by itself; nothing was lost."
ENTRY = {
    "id": "1",
    "title": "Письмо\x00",
    "timestamp": 1673514000,
    "duration": 75,
    "author": "Город",
    "author_id": "@g",
}


NOT_OVER, NOT_FOR_ALL = "The broadcast is not over yet.", "The video is not for everybody."


@pytest.mark.parametrize(
    ("change", "blocked", "at"),
    [
        ({}, "", datetime(2023, 1, 12, 9, 0, tzinfo=UTC)),
        ({"timestamp": None}, "", None),
        ({"timestamp": 0}, "", None),
        ({"timestamp": -5}, "", None),
        ({"timestamp": 1}, "", datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)),
        ({"timestamp": 2**33 - 1}, "", datetime(2242, 3, 16, 12, 56, 31, tzinfo=UTC)),
        ({"timestamp": 2**33}, "", None),
        ({"timestamp": "soon"}, "", None),
        *(
            ({"live_status": word, "timestamp": None}, NOT_OVER, None)
            for word in ("is_live", "is_upcoming", "post_live")
        ),
        ({"live_status": "was_live", "timestamp": None}, "", None),
        ({"live_status": "is_live", "availability": "private", "timestamp": None}, NOT_OVER, None),
        *(
            ({"availability": word, "timestamp": None}, NOT_FOR_ALL, None)
            for word in ("private", "premium_only", "subscriber_only", "needs_auth")
        ),
        ({"availability": "public", "timestamp": None}, "", None),
    ],
)
def test_a_listed_video(change: dict[str, Any], at: datetime | None, blocked: str) -> None:
    entry = {**ENTRY, "description": "  о деде\n", **change}
    assert module._parsed(json.dumps({"title": " Город ", "entries": [entry, {"id": ""}, {"id": "2"}]})) == (
        "Город",
        [Listed("1", "Письмо", "о деде", at, 75.0, Author("@g", "Город"), blocked), Listed("2", author=Author("", ""))],
    )


def test_a_list_is_asked_for_in_a_folder_that_goes(settings: Settings) -> None:
    assert told_by(settings, {"title": " Город ", "entries": []}) == ("Город", [])


SAID = "a " * 50 + "b" * 100


@pytest.mark.parametrize(
    ("said", "kind", "line"),
    [
        ({"error": "gone", "text": " 404\n x"}, Closed, "The list is not there, or not for us. It said: 404 x"),
        ({"error": "for_some", "text": SAID * 2}, Closed, f"The list is not there, or not for us. It said: {SAID}"),
        ({"error": "elsewhere", "text": ""}, Refused, "The link leads to no list that can be read."),
        (
            {"error": "broken", "text": "x"},
            TryLater,
            "yt-dlp no longer understands the network. Update yt-dlp. It said: x",
        ),
        ({"error": "not_yet", "text": "x"}, TryLater, f"The network did not give the list. It said: x {BY_ITSELF}"),
        ("", TryLater, f"The lister ended without a word. {BY_ITSELF}"),
        ("{", TryLater, f"The lister ended without a word. {BY_ITSELF}"),
        (ToolFailed("too long"), TryLater, f"The list took too long. {BY_ITSELF}"),
    ],
)
def test_what_a_list_that_is_none_means(settings: Settings, said: object, kind: type[Exception], line: str) -> None:
    with pytest.raises(kind) as raised:
        told_by(settings, said)
    assert isinstance(raised.value, RelayError)
    assert raised.value.line == line
    if isinstance(raised.value, SourceError):
        assert raised.value.requests == 1
    if isinstance(raised.value, Closed):
        assert raised.value.gone


def test_what_was_said_before_the_answer_does_not_count(settings: Settings) -> None:
    assert told_by(settings, '{"progress": 1}\n{"title": "x", "entries": []}\n') == ("x", [])
