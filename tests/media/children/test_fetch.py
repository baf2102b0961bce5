"""What the downloading child makes of yt-dlp's errors, without a download and without a network."""

from __future__ import annotations

import errno
import io
import json
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from relay.media.children import connect_guard, fetch
from relay.media.children.fetch import (
    APART,
    BETTER_APART,
    NO_SUCH_FORMAT,
    WHOLE,
    Teller,
    bring,
    kind,
    options,
)

PAGE = "https://vk.com/video1_2"


def error(cause: BaseException | None = None, text: str = "ERROR: it failed") -> DownloadError:
    return DownloadError(text, (type(cause), cause, None) if cause is not None else None)


def http(status: int) -> HTTPError:
    return HTTPError(Response(io.BytesIO(b""), PAGE, {}, status))


def told(*, downloading: bool = False, refusals: tuple[str, ...] = ()) -> Teller:
    tell = Teller()
    tell.downloading = downloading
    tell.refusals += refusals
    return tell


@pytest.mark.parametrize(
    ("cause", "downloading", "found"),
    [
        (http(404), False, "gone"),
        (http(410), False, "gone"),
        (http(451), False, "gone"),
        (http(403), False, "not_yet"),
        (http(500), False, "not_yet"),
        (http(404), True, "not_yet"),
        (TransportError("reset"), False, "not_yet"),
        (TransportError("reset"), True, "not_yet"),
        (OSError(errno.ENOSPC, "full"), True, "disk_full"),
        (OSError(errno.EDQUOT, "quota"), True, "disk_full"),
        (OSError(errno.EFBIG, "large"), True, "too_large"),
        (UnsupportedError(PAGE), False, "elsewhere"),
        (GeoRestrictedError("not here"), False, "country"),
        (ExtractorError("no idea"), False, "broken"),
        (ValueError("no idea"), False, "broken"),
        (ValueError("no idea"), True, "not_yet"),
        (None, False, "broken"),
        (None, True, "not_yet"),
    ],
)
def test_only_the_network_itself_can_say_that_a_video_is_gone(
    cause: BaseException | None, found: str, *, downloading: bool
) -> None:
    assert kind(error(cause), told(downloading=downloading)) == found


@pytest.mark.parametrize(("downloading", "found"), [(True, "refused"), (False, "not_yet")])
def test_an_address_that_is_not_allowed_comes_first(found: str, *, downloading: bool) -> None:
    tell = told(downloading=downloading, refusals=("127.0.0.1 is no public address",))
    assert kind(error(http(404)), tell) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[Errno 28] No space left on device", "disk_full"),
        ("No space left", "disk_full"),
        ("[Errno 27] File too large", "too_large"),
        ("Unsupported URL: https://x", "elsewhere"),
        ("No suitable extractor (Generic) found", "elsewhere"),
    ],
)
def test_some_errors_are_known_by_their_words(text: str, found: str) -> None:
    assert kind(error(None, text), told()) == found


@pytest.mark.parametrize(
    ("cause", "text", "found"),
    [
        (ExtractorError("x", expected=True), "[vk] 1_2: This video is private", "for_some"),
        (ExtractorError("x", expected=True), "[vk] 1_2: something", "not_yet"),
        (ExtractorError("x", expected=False), "[vk] 1_2: This video is private", "broken"),
        (ExtractorError("x", expected=True, cause=ExtractorError("y")), "removed", "gone"),
    ],
)
def test_what_the_network_said_itself_is_understood(cause: BaseException, text: str, found: str) -> None:
    assert kind(error(cause, text), told()) == found


def test_a_cause_is_found_however_deep_it_lies() -> None:
    inner = ExtractorError("page", cause=http(404))
    outer = RuntimeError("outer")
    outer.__cause__ = inner
    assert kind(error(outer), told()) == "gone"
    context = RuntimeError("outer")
    context.__context__ = http(410)
    assert kind(error(context), told()) == "gone"


def test_errors_that_lead_in_a_circle_are_looked_at_once() -> None:
    one, two = RuntimeError("1"), RuntimeError("2")
    one.__cause__, two.__context__ = two, one
    assert fetch._causes(one) == [one, two]


def test_what_is_said_is_short_and_without_yt_dlps_own_advice() -> None:
    said = error(None, "ERROR: [vk] 1_2: no video; please report this issue on …")
    assert fetch._words(said, []) == "[vk] 1_2: no video"
    assert fetch._words(said, ["a", "b", "c", "d"]) == "a; b; c; [vk] 1_2: no video"
    assert len(fetch._words(error(None, "x" * 900), [])) == 300


# --- once more ---


class Downloads:
    """In the place of download: each call ends as the next of `ends` says."""

    def __init__(self, *ends: Any, downloading: bool = True) -> None:
        self.ends, self.downloading = list(ends), downloading
        self.asked: list[tuple[tuple[str, str], ...]] = []

    def __call__(self, _job: object, tell: Teller, pieces: tuple[tuple[str, str], ...]) -> dict[str, Any]:
        self.asked.append(pieces)
        tell.downloading = self.downloading
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return dict(end)


def brought(monkeypatch: pytest.MonkeyPatch, downloads: Downloads, url: str = PAGE) -> dict[str, Any]:
    monkeypatch.setattr(fetch, "download", downloads)
    return bring({"url": url}, Teller())


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_link_that_ran_out_is_asked_for_anew_once(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    assert brought(monkeypatch, Downloads(error(http(status)), {"result": 1})) == {"result": 1}
    again = Downloads(error(http(status)), error(http(status)))
    assert brought(monkeypatch, again)["error"] == "not_yet"
    assert len(again.asked) == 2


def test_what_went_wrong_is_told_with_what_was_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "download", Downloads(error(None, "ERROR: no video")))
    tell = told(refusals=("10.0.0.1 is not a public address",))
    assert bring({"url": PAGE}, tell) == {
        "error": "refused", "text": "10.0.0.1 is not a public address; no video",
    }  # fmt: skip


def test_a_page_that_is_forbidden_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = Downloads(error(http(403)), downloading=False)
    assert brought(monkeypatch, once)["error"] == "not_yet"
    assert len(once.asked) == 1


def test_another_status_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    once = Downloads(error(http(500)))
    assert brought(monkeypatch, once)["error"] == "not_yet"
    assert len(once.asked) == 1


@pytest.mark.parametrize(
    ("number", "found"), [(errno.ENOSPC, "disk_full"), (errno.EFBIG, "too_large"), (errno.EIO, "not_yet")]
)
def test_trouble_of_the_disk_is_this_machines(monkeypatch: pytest.MonkeyPatch, number: int, found: str) -> None:
    said = brought(monkeypatch, Downloads(OSError(number, "x" * 400)))
    assert said == {"error": found, "text": f"[Errno {number}] {'x' * 400}"[:300]}


@pytest.mark.parametrize(
    ("url", "first", "second"),
    [
        (PAGE, WHOLE, APART),
        ("https://www.youtube.com/watch?v=x", BETTER_APART, WHOLE),
        ("https://youtu.be/x", BETTER_APART, WHOLE),
        ("https://notyoutube.example/x", WHOLE, APART),
    ],
)
def test_where_there_is_no_whole_file_two_are_taken(
    monkeypatch: pytest.MonkeyPatch, url: str, first: object, second: object
) -> None:
    downloads = Downloads(error(None, f"ERROR: {NO_SUCH_FORMAT}"), {"result": 1})
    assert brought(monkeypatch, downloads, url) == {"result": 1}
    assert downloads.asked == [first, second]


def test_another_error_is_no_reason_to_take_two(monkeypatch: pytest.MonkeyPatch) -> None:
    downloads = Downloads(error(http(404)), downloading=False)
    assert brought(monkeypatch, downloads)["error"] == "gone"
    assert downloads.asked == [WHOLE]


# --- the guards of a download ---

JOB = {"url": PAGE, "folder": "/private", "max_bytes": 7, "proxy": "", "allowed": [], "extractors": ["vk"]}


def test_a_download_starts_no_program_writes_nowhere_else_and_keeps_no_secret() -> None:
    tell = Teller()
    words = options(JOB, "video", "b", tell)
    wait = words.pop("retry_sleep_functions")["http"]
    assert [wait(count) for count in (0, 1, 2, 3, 9)] == [0.5, 1.0, 2.0, 4.0, 4.0]
    silent = words.pop("logger")
    for level in ("debug", "info", "warning", "error"):
        getattr(silent, level)("[vk] 1_2: no")
    assert words == {
        "format": "b",
        "format_sort": ["res:1080", "proto"],
        "outtmpl": {"default": "video.%(ext)s"},
        "paths": {"home": "/private", "temp": "/private"},
        "allowed_extractors": ["vk"],
        "max_filesize": 7,
        "proxy": "",
        "socket_timeout": 20,
        "retries": 3,
        "fragment_retries": 3,
        "extractor_retries": 1,
        "js_runtimes": {},
        "hls_prefer_native": True,
        "external_downloader": {"default": "native"},
        "ffmpeg_location": "/private/none",
        "fixup": "never",
        "playlist_items": "1",
        "cachedir": False,
        "updatetime": False,
        "noprogress": True,
        "quiet": True,
        "no_warnings": True,
        "match_filter": tell.extracted,
        "progress_hooks": [tell.hook],
        "compat_opts": {"no-certifi"},
        "usenetrc": False,
        "ignoreerrors": False,
    }
    assert options(JOB | {"proxy": "socks5://10.0.0.1"}, "video", "b", tell)["proxy"] == "socks5://10.0.0.1"
    assert options(JOB | {"proxy": None}, "video", "b", tell)["proxy"] == ""


def test_the_child_guards_itself_before_it_fetches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    guarded: list[list[tuple[str, int]]] = []

    def install(allowed: list[tuple[str, int]], refused: Callable[[str], None]) -> None:
        refused("10.0.0.1 is not a public address")
        guarded.append(allowed)

    def bring_after(job: dict[str, Any], tell: Teller) -> dict[str, Any]:
        return {"result": job["url"], "refused": tell.refusals, "guarded": len(guarded)}

    monkeypatch.setattr(connect_guard, "install", install)
    monkeypatch.setattr(fetch, "bring", bring_after)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(JOB | {"allowed": [["127.0.0.1", 80]]}) + "\n"))
    fetch.main()
    assert guarded == [[("127.0.0.1", 80)]]
    said = capsys.readouterr().out
    assert said.endswith("}\n")
    assert json.loads(said) == {"result": PAGE, "refused": ["10.0.0.1 is not a public address"], "guarded": 1}


def test_progress_is_told_twice_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell, now = Teller(), [100.0]
    monkeypatch.setattr(fetch.time, "monotonic", lambda: now[0])
    for at, state in (
        (100.0, {"total_bytes": 200, "downloaded_bytes": 50}),
        (100.5, {"total_bytes": 200, "downloaded_bytes": 60}),
        (100.6, {"total_bytes_estimate": 100, "downloaded_bytes": 300}),
        (101.0, {"total_bytes": 200, "downloaded_bytes": 70}),
        (109.0, {}),
        (109.0, {"total_bytes": 200, "downloaded_bytes": None}),
    ):
        now[0] = at
        tell.hook(state)
    assert [json.loads(line)["progress"] for line in capsys.readouterr().out.splitlines()] == [0.25, 1.0, 0.0]


def test_the_file_has_begun_when_the_page_is_read() -> None:
    tell = Teller()
    tell.extracted({}, incomplete=True)
    assert not tell.downloading
    tell.extracted({})
    assert tell.downloading
    tell.extracted({}, incomplete=True)
    assert tell.downloading


# --- what may be connected to ---


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((object(), ("127.0.0.1", 80)), True),
        ((object(), ("10.0.0.1", 443)), True),
        ((object(), ("fe80::1%eth0", 443, 0, 2)), True),
        ((object(), ("93.184.216.34", 443)), False),
        ((object(), ("127.0.0.1", 8080)), False),
        ((object(), "/run/docker.sock"), True),
        ((object(), None), True),
        ((object(), ("93.184.216.34",)), True),
        ((object(),), False),
    ],
)
def test_only_public_addresses_and_named_ones_can_be_connected_to(values: tuple[Any, ...], *, said: bool) -> None:
    assert bool(connect_guard._objection_to(values, frozenset({("127.0.0.1", 8080)}))) is said


def test_what_is_not_allowed_is_told_and_not_done(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[Callable[[str, tuple[Any, ...]], None]] = []
    monkeypatch.setattr(sys, "addaudithook", hooks.append)
    refused: list[str] = []
    connect_guard.install([("127.0.0.1", 8080)], refused.append)
    (watch,) = hooks
    there, here = (socket, ("8.8.8.8", 443)), (socket, ("127.0.0.1", 8080))
    for event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        for values in (there, here, (socket, ("2a00:bdc0::1%eth0", 443, 0, 0))):
            watch(event, values)
        with pytest.raises(connect_guard.ConnectRefused, match=r"^10\.0\.0\.1 is not a public address$"):
            watch(event, (socket, ("10.0.0.1", 80)))
    watch("socket.bind", (socket, ("10.0.0.1", 80)))
    watch("open", ("/private/video.mp4", "wb", 0))
    assert refused == ["10.0.0.1 is not a public address"] * 3
    for event in (
        *("subprocess.Popen", "os.exec", "os.system", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork"),
        *("os.forkpty", "pty.spawn"),
    ):
        with pytest.raises(connect_guard.ConnectRefused, match=f"^{event} is not allowed here$"):
            watch(event, ())
    assert len(refused) == 3


def test_names_that_may_be_reached_are_resolved_beforehand() -> None:
    assert connect_guard.resolved([("127.0.0.1", 80), ("no such name", 1)]) == {("127.0.0.1", 80)}


def test_a_file_is_taken_only_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import yt_dlp

    class Downloader:
        info: dict[str, Any] | None = None
        asked: ClassVar[list[tuple[str, str]]] = []

        def __init__(self, words: dict[str, Any]) -> None:
            self.asked.append((words["outtmpl"]["default"], words["format"]))

        def __enter__(self) -> Downloader:
            return self

        def __exit__(self, *_: object) -> None: ...

        def extract_info(self, url: str, *, download: bool) -> dict[str, Any] | None:
            assert (url, download) == (PAGE, True)
            return self.info

    monkeypatch.setattr(yt_dlp, "YoutubeDL", Downloader)
    job = {**JOB, "extractors": ["vk"]}
    missing = {"error": "too_large", "text": "no file was written"}
    assert fetch.download(job, Teller(), WHOLE) == {"error": "gone", "text": "the page shows no video"}
    Downloader.info = {"requested_downloads": [{"filepath": str(tmp_path / "none.mp4")}]}
    assert fetch.download(job, Teller(), WHOLE) == missing
    Downloader.info = {"title": "x"}
    assert fetch.download(job, Teller(), WHOLE) == missing
    (tmp_path / "video.mp4").touch()
    (tmp_path / "second.mp4").touch()
    done = {
        "requested_downloads": [{"filepath": str(tmp_path / name)} for name in ("video.mp4", "second.mp4")],
        "title": "а" * 600,
        "duration": 12,
    }
    Downloader.info = {"entries": [{**done, "channel": "Школа" * 200}, {"title": "another"}]}
    assert fetch.download(job, Teller(), WHOLE) == {
        "result": {"files": ["video.mp4"], "duration": 12, "title": "а" * 500, "uploader": ("Школа" * 200)[:500]}
    }
    Downloader.info = {**done, "title": None, "uploader": "Анна", "channel": "Школа"}
    both = {"files": ["video.mp4", "video.mp4"], "duration": 12, "title": "", "uploader": "Анна"}
    assert fetch.download(job, Teller(), APART) == {"result": both}
    assert Downloader.asked[-2:] == [
        ("picture.%(ext)s", "bv*[height<=1080]/bv*"),
        ("sound.%(ext)s", "ba"),
    ]
