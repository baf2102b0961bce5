"""Brings one video with unmodified yt-dlp. A program of its own, started by relay/media/fetcher.py only.

stdin, one JSON line: {"url", "folder", "max_bytes", "proxy", "allowed": [[host, port]], "extractors": [name]}.
stdout, JSON lines: {"progress": 0…1}, then {"result": {…}} or {"error": kind, "text": what yt-dlp said}.
Kinds: `broken` `refused` `too_large` `elsewhere` `disk_full`, and those of sayings.py.

What yt-dlp's options do and don't was tried (docs/vk.md, section 5): `max_filesize` and a refused format raise
nothing, so a success is a file that is there. No token, cookie or header of ours ever comes in here, because yt-dlp
sends them on across redirects. Only its own downloader is used: no ffmpeg, no aria2c, no other program, and no
JavaScript runtime. Without one yt-dlp asks YouTube as the client `visionos` alone, which needs none and gets plain
addresses up to 1080 lines, but no videos "made for kids" (_video.py, 2026.10): those are *gone* for us.
"""

from __future__ import annotations

import errno
import json
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from relay.media import refusals
from relay.media.children import connect_guard
from relay.media.refusals import FetchVerdict

WHOLE = (("video", "b[ext=mp4][height<=1080][protocol^=http]/b[height<=1080][protocol^=http]/b[height<=1080]/b"),)
APART = (("picture", "bv*[height<=1080]/bv*"), ("sound", "ba"))
"""Some videos come only as two files; the parent joins them, because no program may be started in here."""
BETTER_APART = (("picture", "bv[vcodec^=avc1][height<=1080]/bv[height<=1080]"), ("sound", "ba[ext=m4a]/ba"))
"""YouTube's whole files are small (360 lines), the large ones come as two."""
SMALL_WHOLES = ("youtube.com", "youtu.be")
NO_SUCH_FORMAT = "Requested format is not available"
EXPIRED = (401, 403, 410)
GONE_STATUS = (404, 410, 451)
ELSEWHERE = ("No suitable extractor", "Unsupported URL")


def main() -> None:
    job = json.loads(sys.stdin.readline())
    tell = Teller()
    connect_guard.install([(host, port) for host, port in job["allowed"]], tell.refusals.append)
    tell(bring(job, tell))


class Teller:
    """Says JSON lines on stdout; progress at most twice a second."""

    def __init__(self) -> None:
        self.refusals: list[str] = []
        self.downloading = False
        self._told = 0.0

    def __call__(self, said: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    def extracted(self, _info: dict[str, Any], *, incomplete: bool = False) -> None:
        """yt-dlp asks here whether it shall go on: from now on it is about the file, no longer about the page."""
        self.downloading = self.downloading or not incomplete

    def hook(self, state: dict[str, Any]) -> None:
        total = state.get("total_bytes") or state.get("total_bytes_estimate")
        if total and time.monotonic() - self._told > 0.5:
            self._told = time.monotonic()
            self({"progress": min(1.0, float(state.get("downloaded_bytes") or 0) / total)})


def bring(job: dict[str, Any], tell: Teller) -> dict[str, object]:
    """Tries once more with a fresh link when the first one has run out."""
    import yt_dlp

    for last in (False, True):
        try:
            return _whole_or_apart(job, tell)
        except yt_dlp.utils.DownloadError as error:
            if not last and tell.downloading and _status(error) in EXPIRED:
                continue
            return {"error": kind(error, tell), "text": _words(error, tell.refusals)}
        except OSError as error:
            return {"error": _of_disk(error) or "not_yet", "text": str(error)[:300]}
    raise AssertionError("the second try returns")


def _whole_or_apart(job: dict[str, Any], tell: Teller) -> dict[str, object]:
    import yt_dlp

    host = urlsplit(job["url"]).hostname or ""
    first, second = (BETTER_APART, WHOLE) if host.endswith(SMALL_WHOLES) else (WHOLE, APART)
    try:
        return download(job, tell, first)
    except yt_dlp.utils.DownloadError as error:
        if NO_SUCH_FORMAT not in str(error):
            raise
    return download(job, tell, second)


def download(job: dict[str, Any], tell: Teller, pieces: tuple[tuple[str, str], ...]) -> dict[str, object]:
    import yt_dlp

    files: list[str] = []
    info: dict[str, Any] = {}
    for name, choice in pieces:
        with yt_dlp.YoutubeDL(options(job, name, choice, tell)) as downloader:
            info = downloader.extract_info(job["url"], download=True) or {}
        if not info:
            return {"error": "gone", "text": "the page shows no video"}
        info = (info.get("entries") or [info])[0]
        done = (info.get("requested_downloads") or [{}])[0]
        path = Path(done.get("filepath") or "/nowhere")
        if not path.is_file():
            return {"error": "too_large", "text": "no file was written"}
        files.append(path.name)
    words = {
        "title": str(info.get("title") or "")[:500],
        "uploader": str(info.get("uploader") or info.get("channel") or "")[:500],
    }
    return {"result": {"files": files, "duration": info.get("duration"), **words}}


def options(job: dict[str, Any], name: str, choice: str, tell: Teller) -> dict[str, object]:
    return {
        "format": choice,
        "format_sort": ["res:1080", "proto"],
        "outtmpl": {"default": f"{name}.%(ext)s"},
        "paths": {"home": job["folder"], "temp": job["folder"]},
        "allowed_extractors": job["extractors"],
        "max_filesize": job["max_bytes"],
        "proxy": job["proxy"] or "",
        "socket_timeout": 20,
        "retries": 3,
        "fragment_retries": 3,
        "extractor_retries": 1,
        "retry_sleep_functions": {"http": lambda n: min(4.0, 0.5 * 2**n)},
        "js_runtimes": {},
        "hls_prefer_native": True,
        "external_downloader": {"default": "native"},
        "ffmpeg_location": str(Path(job["folder"]) / "none"),
        "fixup": "never",
        "playlist_items": "1",
        "cachedir": False,
        "updatetime": False,
        "noprogress": True,
        "quiet": True,
        "no_warnings": True,
        "logger": _Silent(),
        "match_filter": tell.extracted,
        "progress_hooks": [tell.hook],
        "compat_opts": {"no-certifi"},
        "usenetrc": False,
        "ignoreerrors": False,
    }


def kind(error: Exception, tell: Teller) -> str:
    """What became of a DownloadError: see the list above."""
    from yt_dlp.networking.exceptions import HTTPError, TransportError
    from yt_dlp.utils import ExtractorError, GeoRestrictedError, UnsupportedError

    text, causes = str(error), _causes(error)
    disk = next((_of_disk(cause) for cause in causes if isinstance(cause, OSError)), "") or _disk_words(text)
    no_page = not tell.downloading and _status(error) in GONE_STATUS
    checks = (
        (bool(tell.refusals), "refused" if tell.downloading else "not_yet"),
        (bool(disk), disk),
        (_any(causes, UnsupportedError) or any(words in text for words in ELSEWHERE), "elsewhere"),
        (_any(causes, HTTPError), "gone" if no_page else "not_yet"),
        (_any(causes, TransportError), "not_yet"),
        (_any(causes, GeoRestrictedError), FetchVerdict.country),
        (_any(causes, ExtractorError), _of_extractor(causes, text)),
        (tell.downloading, "not_yet"),
    )
    return next((found for holds, found in checks if holds), "broken")


def _of_extractor(causes: list[BaseException], text: str) -> str:
    """yt-dlp marks what the network said as expected; anything else means that it no longer understands it."""
    return refusals.verdict(text) if next((c.expected for c in causes if hasattr(c, "expected")), False) else "broken"


def _causes(error: BaseException | None) -> list[BaseException]:
    """The error and everything it came from, outermost first."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if one is None or one in found:
            continue
        found.append(one)
        behind = getattr(one, "exc_info", None) or (None, None, None)
        waiting += [behind[1], getattr(one, "cause", None), one.__cause__, one.__context__]
    return found


def _any(causes: list[BaseException], wanted: type[BaseException]) -> bool:
    return any(isinstance(cause, wanted) for cause in causes)


def _status(error: BaseException) -> int:
    told = (getattr(cause, "status", None) for cause in _causes(error))
    return next((status for status in told if isinstance(status, int)), 0)


def _of_disk(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "disk_full"
    return "too_large" if error.errno == errno.EFBIG else ""


def _disk_words(text: str) -> str:
    if "[Errno 28]" in text or "No space left" in text:
        return "disk_full"
    return "too_large" if "[Errno 27]" in text else ""


def _words(error: Exception, refusals: list[str]) -> str:
    said = str(error).removeprefix("ERROR: ").partition("; please report")[0]
    return "; ".join([*refusals[:3], said])[:300]


class _Silent:
    """yt-dlp's messages go nowhere: what matters comes as an exception."""

    def debug(self, message: str) -> None: ...

    def info(self, message: str) -> None: ...

    def warning(self, message: str) -> None: ...

    def error(self, message: str) -> None: ...
