"""What the fetcher asks of its child and makes of what that says; test_fetcher.py lets it go out into the sandbox."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay.config import Settings
from relay.errors import DiskFull, ExtractorBroken, Gone, NotYet, Refused, RelayError, ToolFailed
from relay.media.fetcher import PLAIN_FILE, YtDlpFetcher
from relay.media.toolbox import Done, Limits
from relay.ports import Fetched
from relay.sources.networks import extractors
from tests.fakes.toolbox import RecordingToolbox

URL = "https://vk.com/video1_2"
MOV, WEBM = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"\x1a\x45\xdf\xa3\x01"


class Child(RecordingToolbox):
    """Says these lines, or fails so."""

    def __init__(self, *said: dict[str, Any], failing: Exception | None = None) -> None:
        super().__init__()
        self.said, self.failing = said, failing
        self.fed: list[bytes] = []
        self.env: dict[str, str] = {}

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:  # type: ignore[override]
        tell = more.pop("on_line", None)
        super().run(argv, folder=folder, **more)
        self.fed += more.get("feed", ())
        self.env |= more.get("env", {})
        if self.failing is not None:
            raise self.failing
        for line in self.said if tell is not None else ():
            tell(json.dumps(line))
        return Done("", "", 0, 0.0)


def result(*files: str, **more: Any) -> dict[str, Any]:
    return {"result": {"files": files, "title": "", "uploader": "", "duration": None} | more}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir()
    return path


def test_a_video_is_fetched_within_bounds(settings: Settings, folder: Path) -> None:
    (folder / "video.mp4").write_bytes(MOV)
    told: list[float] = []
    child = Child(
        {"progress": 0.25}, {"progress": 1}, result("video.mp4", title=" Письмо\0", uploader="Анна\n", duration=12)
    )
    settings = settings.model_copy(update={"max_video_mb": 100, "proxy": "proxy.example:3128"})
    fetched = YtDlpFetcher(settings, child, extractors()).fetch(URL, folder, progress=told.append)
    assert fetched == Fetched(folder / "video.mp4", len(MOV), title="Письмо", author="Анна", duration=12.0)
    assert told == [0.25, 1.0]
    (call,) = child.calls
    assert call.argv == child.python("relay.media.children.fetch")
    assert json.loads(b"".join(child.fed)) == {
        "url": URL,
        "folder": str(folder),
        "max_bytes": 104_857_600,
        "proxy": "proxy.example:3128",
        "allowed": [["proxy.example", 3128]],
        "extractors": [name for name in extractors() if name != PLAIN_FILE],
    }
    assert child.fed[0].endswith(b"}\n")
    assert child.env == {"SSL_CERT_FILE": str(folder / "trusted.pem")}
    assert (call.order["network"], call.folder, call.reads) == (True, folder, ())
    assert call.limits == Limits(
        memory_mb=2048, cpu_seconds=900, wall_seconds=300 + 104_857_600 / 250_000, file_mb=100, open_files=256
    )


@pytest.mark.parametrize(
    ("url", "child"),
    [
        ("https://files.example/Письмо.mp4?key=1#file", "plain"),
        ("http://files.example/a b#file", "plain"),
        ("https://files.example/a.mp4", "fetch"),
        ("https://files.example/a.mp4#file2", "fetch"),
        ("https://files.example/a#x#file", "fetch"),
        ("ftp://files.example/a#file", "fetch"),
        ("file:///a#file", "fetch"),
    ],
)
def test_only_addresses_that_say_so_are_plain_files(settings: Settings, folder: Path, url: str, child: str) -> None:
    (folder / "video.mp4").write_bytes(MOV)
    told = Child(result("video.mp4", measured=False))
    fetched = YtDlpFetcher(settings, told, extractors()).fetch(url, folder)
    assert (told.calls[0].argv, fetched.measured) == (told.python(f"relay.media.children.{child}"), False)
    without = Child(result("video.mp4"))
    assert YtDlpFetcher(settings, without, ("vk",)).fetch(url, folder).measured is True
    assert without.calls[0].argv == without.python("relay.media.children.fetch")


def test_a_folder_may_be_named_from_here(settings: Settings, folder: Path) -> None:
    (folder / "video.mp4").write_bytes(MOV)
    child = Child(result("video.mp4"))
    fetched = YtDlpFetcher(settings, child, extractors=("vk",)).fetch(URL, Path("private"))
    assert fetched.path == folder / "video.mp4"
    job = json.loads(child.fed[0])
    assert (job["folder"], job["extractors"]) == (str(folder), ["vk"])


def test_picture_and_sound_are_joined_as_they_are(settings: Settings, folder: Path) -> None:
    for name, head in (("picture.webm", WEBM), ("sound.m4a", MOV), ("joined.mkv", WEBM)):
        (folder / name).write_bytes(head)
    child = Child({"progress": 0.5}, result("picture.webm", "sound.m4a"))
    settings = settings.model_copy(update={"max_video_mb": 100})
    assert YtDlpFetcher(settings, child, extractors()).fetch(URL, folder).path == folder / "joined.mkv"
    joining = child.calls[1]
    assert " ".join(joining.argv) == (
        "/usr/bin/ffmpeg -nostdin -y -v error "
        f"-f matroska -format_whitelist matroska -protocol_whitelist file -i file:{folder}/picture.webm "
        f"-f mov -format_whitelist mov -protocol_whitelist file -i file:{folder}/sound.m4a "
        f"-map 0:v:0 -map 1:a:0 -c copy -f matroska {folder}/joined.mkv"
    )
    assert (joining.order["network"], joining.folder) == (False, folder)
    assert joining.limits == Limits(memory_mb=2048, cpu_seconds=300, wall_seconds=600, file_mb=100)


SAID = "It said: [vk] 1_2: no"


ERRORS: dict[str, tuple[type[RelayError], str]] = {
    "gone": (Gone, f"The video was deleted or is private. {SAID}"),
    "for_some": (
        Gone,
        f"Not everybody may see the video: its author shows it to friends, members or subscribers only. {SAID}",
    ),
    "signed_in": (Gone, f"The network shows the video only to those who have signed in. {SAID}"),
    "age": (Gone, f"The network shows the video only to adults who have signed in. {SAID}"),
    "country": (Gone, f"The network does not show the video in this country. {SAID}"),
    "rights": (Gone, f"The video was taken down at the request of a rights holder. {SAID}"),
    "locked": (Refused, f"The video is locked against copying. {SAID}"),
    "not_yet": (NotYet, f"The network did not give the video; it will be tried again. {SAID}"),
    "broken": (ExtractorBroken, f"The downloader no longer understands the network. Update yt-dlp. {SAID}"),
    "refused": (Refused, f"The link leads to an address that must not be reached. {SAID}"),
    "elsewhere": (Refused, "The video lies on a site that Relay does not fetch from."),
    "too_large": (Refused, "The video is larger than allowed."),
    "disk_full": (DiskFull, "The disk is full. Free some space; nothing was lost."),
}


@pytest.mark.slow
def test_what_went_wrong_is_told_in_plain_words(settings: Settings, folder: Path) -> None:
    told = {}
    for kind in ERRORS:
        child = Child({"progress": 0.5}, {"error": kind, "text": " [vk]\n 1_2:\0 no "})
        with pytest.raises(RelayError) as caught:
            YtDlpFetcher(settings, child, extractors()).fetch(URL, folder)
        told[kind] = (type(caught.value), caught.value.line)
    assert told == ERRORS


def test_what_was_said_is_cut_short_and_nothing_is_said_of_nothing(settings: Settings, folder: Path) -> None:
    for said, hint in (("x" * 300, f"It said: {'x' * 200}"), (None, ""), ("", "")):
        with pytest.raises(NotYet) as caught:
            YtDlpFetcher(settings, Child({"error": "not_yet", "text": said}), extractors()).fetch(URL, folder)
        assert caught.value.hint == hint
    with pytest.raises(ExtractorBroken) as broken:
        YtDlpFetcher(settings, Child({"error": "broken"}), extractors()).fetch(URL, folder)
    assert broken.value.hint == "Update yt-dlp."


@pytest.mark.parametrize(
    ("child", "line"),
    [
        (Child(), "The downloader ended without a word; it will be tried again."),
        (Child({"progress": 0.9}), "The downloader ended without a word; it will be tried again."),
        (
            Child(failing=ToolFailed("killed")),
            "The download took too long or too much; it will be tried again.",
        ),
    ],
)
def test_a_child_that_does_not_come_back_is_tried_again(
    settings: Settings, folder: Path, child: Child, line: str
) -> None:
    with pytest.raises(NotYet) as caught:
        YtDlpFetcher(settings, child, extractors()).fetch(URL, folder)
    assert caught.value.line == line


def test_nothing_is_fetched_into_the_last_free_gigabytes(
    settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "video.mp4").write_bytes(MOV)
    free = [2 << 30]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free[0] * (path == folder)))
    settings = settings.model_copy(update={"min_free_gb": 2.0})
    YtDlpFetcher(settings, Child(result("video.mp4")), extractors()).fetch(URL, folder)
    free[0] = 1610612736
    child = Child(result("video.mp4"))
    with pytest.raises(DiskFull) as caught:
        YtDlpFetcher(settings, child, extractors()).fetch(URL, folder)
    assert caught.value.line == ("Only 1.5 GB are free, Relay keeps 2. Free some space, or lower RELAY_MIN_FREE_GB.")
    assert child.calls == []
