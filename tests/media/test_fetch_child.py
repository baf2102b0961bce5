"""What the downloading child makes of yt-dlp's errors, without a download and without a network."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UnsupportedError

from relay.media import fetch_child, guard
from relay.media.fetch_child import APART, BETTER_APART, NO_SUCH_FORMAT, PLAIN_FILE, WHOLE, Teller, bring, kind, options

PAGE = "https://vk.com/video1_2"


def error(cause: BaseException | None = None, text: str = "ERROR: it failed") -> DownloadError:
    return DownloadError(text, (type(cause), cause, None) if cause is not None else None)


def http(status: int) -> HTTPError:
    import io

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
    assert fetch_child._causes(one) == [one, two]


def test_what_is_said_is_short_and_without_yt_dlps_own_advice() -> None:
    said = error(None, "ERROR: [vk] 1_2: no video; please report this issue on …")
    assert fetch_child._words(said, []) == "[vk] 1_2: no video"
    assert fetch_child._words(said, ["a", "b", "c", "d"]) == "a; b; c; [vk] 1_2: no video"
    assert len(fetch_child._words(error(None, "x" * 900), [])) == 300


# --- once more ---


class Downloads:
    """In the place of _download: each call ends as the next of `ends` says."""

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
    monkeypatch.setattr(fetch_child, "_download", downloads)
    return bring({"url": url}, Teller())


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_link_that_ran_out_is_asked_for_anew_once(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    assert brought(monkeypatch, Downloads(error(http(status)), {"result": 1})) == {"result": 1}
    again = Downloads(error(http(status)), error(http(status)))
    assert brought(monkeypatch, again)["error"] == "not_yet"
    assert len(again.asked) == 2


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
    assert brought(monkeypatch, Downloads(OSError(number, "x")))["error"] == found


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

JOB = {"url": PAGE, "folder": "/private", "max_bytes": 7, "proxy": "", "allowed": [], "extractors": ["vk", PLAIN_FILE]}


def test_a_download_starts_no_program_writes_nowhere_else_and_keeps_no_secret() -> None:
    tell = Teller()
    words = options(JOB, "video", "b", tell)
    assert words["paths"] == {"home": "/private", "temp": "/private"}
    assert words["outtmpl"] == {"default": "video.%(ext)s"}
    assert (words["allowed_extractors"], words["max_filesize"], words["proxy"]) == (["vk", PLAIN_FILE], 7, "")
    assert (words["hls_prefer_native"], words["external_downloader"]) == (True, {"default": "native"})
    assert (words["ffmpeg_location"], words["fixup"], words["js_runtimes"]) == ("/private/none", "never", {})
    assert (words["cachedir"], words["usenetrc"], words["playlist_items"]) == (False, False, "1")
    assert words["ignoreerrors"] is False
    assert "cookiefile" not in words
    wait = words["retry_sleep_functions"]["http"]
    assert [wait(count) for count in (0, 1, 2, 3, 9)] == [0.5, 1.0, 2.0, 4.0, 4.0]


def test_progress_is_told_twice_a_second_at_most(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tell, now = Teller(), [100.0]
    monkeypatch.setattr(fetch_child.time, "monotonic", lambda: now[0])
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
    assert bool(guard._objection_to(values, frozenset({("127.0.0.1", 8080)}))) is said


def test_names_that_may_be_reached_are_resolved_beforehand() -> None:
    assert guard.resolved([("127.0.0.1", 80), ("no such name", 1)]) == {("127.0.0.1", 80)}


def test_a_file_is_taken_only_when_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import yt_dlp

    class Downloader:
        info: dict[str, Any] | None = None

        def __init__(self, words: dict[str, Any]) -> None:
            self.words = words
            self.added: list[object] = []

        def __enter__(self) -> Downloader:
            return self

        def __exit__(self, *_: object) -> None: ...

        def add_info_extractor(self, extractor: object) -> None:
            self.added.append(extractor)

        def extract_info(self, url: str, *, download: bool) -> dict[str, Any] | None:
            assert (url, download) == (PAGE, True)
            return self.info

    monkeypatch.setattr(yt_dlp, "YoutubeDL", Downloader)
    job = {**JOB, "extractors": ["vk"]}
    assert fetch_child._download(job, Teller(), WHOLE)["error"] == "gone"
    Downloader.info = {"requested_downloads": [{"filepath": str(tmp_path / "none.mp4")}]}
    assert fetch_child._download(job, Teller(), WHOLE)["error"] == "too_large"
    Downloader.info = {"title": "x"}
    assert fetch_child._download(job, Teller(), WHOLE)["error"] == "too_large"
    (tmp_path / "video.mp4").touch()
    done = {"requested_downloads": [{"filepath": str(tmp_path / "video.mp4")}], "title": "а" * 600, "duration": 12}
    Downloader.info = {"entries": [{**done, "channel": "Школа"}]}
    result = fetch_child._download(job, Teller(), WHOLE)["result"]
    assert (result["files"], result["duration"], result["uploader"]) == (["video.mp4"], 12, "Школа")
    assert len(result["title"]) == 500
    assert fetch_child._download(job, Teller(), APART)["result"]["files"] == ["video.mp4", "video.mp4"]
