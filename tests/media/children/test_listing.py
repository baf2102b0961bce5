"""The child that lists a page's videos."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from relay.media.children import listing
from relay.media.children.fetch import Teller
from tests.media.children.test_fetch import error, http


@dataclass
class Downloader:
    """In the place of yt_dlp.YoutubeDL."""

    info: Any = None

    def __call__(self, _words: dict[str, Any]) -> Downloader:
        return self

    def __enter__(self) -> Downloader:
        return self

    def __exit__(self, *_: object) -> None: ...

    def extract_info(self, _url: str, *, download: bool, process: bool) -> Any:
        assert not download
        assert not process
        if isinstance(self.info, Exception):
            raise self.info
        return self.info


JOB = {"url": "https://www.youtube.com/@gorod/videos", "most": 2, "proxy": "", "extractors": ["youtube"]}


def listed(monkeypatch: pytest.MonkeyPatch, info: Any) -> dict[str, Any]:
    import yt_dlp

    monkeypatch.setattr(yt_dlp, "YoutubeDL", Downloader(info))
    return listing.listing(JOB, Teller())


def test_no_more_is_listed_than_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"title": "а" * 600, "entries": iter([{"id": str(number)} for number in range(5)])}
    told = listed(monkeypatch, info)
    assert [one["id"] for one in told["entries"]] == ["0", "1"]
    assert len(told["title"]) == 500
    assert listed(monkeypatch, {"entries": None}) == {"title": "", "entries": []}


def test_a_page_with_one_video_is_a_list_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (one,) = listed(monkeypatch, {"id": "1", "title": "Письмо", "uploader": "Город", "uploader_id": "@g"})["entries"]
    assert (one["id"], one["title"], one["author"], one["author_id"]) == ("1", "Письмо", "Город", "@g")
    assert listing.entry({"channel": "", "uploader": "Город", "channel_id": "UC1", "uploader_id": "@g"}) == {
        **dict.fromkeys(listing.FIELDS), "author_id": "UC1", "author": "Город",
    }  # fmt: skip


def test_an_error_is_told_by_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(monkeypatch, error(http(404), "ERROR: gone" + "x" * 400)) == {
        "error": "gone", "text": "gone" + "x" * 296,
    }  # fmt: skip


def test_a_list_is_made_without_other_programs_secrets_or_a_word_too_many() -> None:
    assert listing.options({**JOB, "proxy": None}) == {
        "extract_flat": "in_playlist",
        "allowed_extractors": ["youtube"],
        "extractor_args": {"youtubetab": {"approximate_date": [""]}},
        "proxy": "",
        "socket_timeout": 20,
        "extractor_retries": 1,
        "js_runtimes": {},
        "cachedir": False,
        "quiet": True,
        "no_warnings": True,
        "noprogress": True,
        "usenetrc": False,
        "ignoreerrors": False,
        "compat_opts": {"no-certifi"},
    }
    assert listing.options({**JOB, "proxy": "socks5://10.0.0.1"})["proxy"] == "socks5://10.0.0.1"


def test_the_child_for_lists_guards_itself_before_it_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded: list[tuple[list[tuple[str, int]], str]] = []

    def install(allowed: list[tuple[str, int]], refused: Callable[[str], None]) -> None:
        refused("10.0.0.1 is not a public address")
        guarded.append((allowed, capsys.readouterr().out))

    def list_after(job: dict[str, Any], tell: Teller) -> dict[str, Any]:
        return {"title": job["url"], "entries": [], "refused": tell.refusals, "guarded": len(guarded)}

    monkeypatch.setattr(listing.connect_guard, "install", install)
    monkeypatch.setattr(listing, "listing", list_after)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(JOB | {"allowed": [["127.0.0.1", 80]]}) + "\n"))
    listing.main()
    assert guarded == [([("127.0.0.1", 80)], "")]
    assert json.loads(capsys.readouterr().out) == {
        "title": JOB["url"], "entries": [], "refused": ["10.0.0.1 is not a public address"], "guarded": 1,
    }  # fmt: skip
