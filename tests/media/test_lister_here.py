"""What the answers of yt-dlp's child mean, without the child; with it: test_lister.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import Closed, Refused, RelayError, SourceError, ToolFailed, TryLater
from relay.media import lister as module
from relay.media.lister import YtDlpLister
from relay.media.toolbox import Done, Limits
from relay.ports import Author, Listed
from relay.sources import networks


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
