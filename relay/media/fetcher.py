"""Fetches videos: in a guarded child, a private folder for each, no token anywhere near. Files that lie on the web by
themselves are brought by our own loop (children/plain.py), all others by yt-dlp (children/fetch.py).

The child connects to public addresses on ports 80 and 443 only, and besides to RELAY_PROXY, which the operator
named, and to the pairs in RELAY_ALLOW_PRIVATE. Behind a proxy it is the proxy that decides what can be reached.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from relay.config import Settings
from relay.errors import DiskFull, ExtractorBroken, Gone, NotYet, Refused, RelayError, ToolFailed
from relay.language.sentence import filled, joined
from relay.media.outgoing import clean, number_in, reach, trust
from relay.media.probe import beginning, container
from relay.media.toolbox import Limits, Toolbox
from relay.ports import Fetched, Progress

SLOWEST = 250_000
"""Bytes a second: a video that comes slower than this on the whole is given up for now (its part is kept)."""

ERRORS: dict[str, Callable[[str], RelayError]] = {
    "gone": lambda text: Gone("The video was deleted or is private.", hint=_quoted(text)),
    "for_some": lambda text: Gone(
        "Not everybody may see the video: its author shows it to friends, members or subscribers only.",
        hint=_quoted(text),
    ),
    "signed_in": lambda text: Gone("The network shows the video only to those who have signed in.", hint=_quoted(text)),
    "age": lambda text: Gone("The network shows the video only to adults who have signed in.", hint=_quoted(text)),
    "country": lambda text: Gone("The network does not show the video in this country.", hint=_quoted(text)),
    "rights": lambda text: Gone("The video was taken down at the request of a rights holder.", hint=_quoted(text)),
    "locked": lambda text: Refused("The video is locked against copying.", hint=_quoted(text)),
    "not_yet": lambda text: NotYet("The network did not give the video; it will be tried again.", hint=_quoted(text)),
    "broken": lambda text: ExtractorBroken(
        "The downloader no longer understands the network.", hint=joined("Update yt-dlp.", _quoted(text))
    ),
    "refused": lambda text: Refused("The link leads to an address that must not be reached.", hint=_quoted(text)),
    "elsewhere": lambda _text: Refused("The video lies on a site that Relay does not fetch from."),
    "too_large": lambda _text: Refused("The video is larger than allowed."),
    "disk_full": lambda _text: DiskFull("The disk is full.", hint="Free some space; nothing was lost."),
}


PLAIN_FILE = "plain:file"
"""In the place of a reader of yt-dlp's: addresses of plain files may be fetched."""
PLAIN = re.compile(r"https?://[^#]+#file")
"""Feeds, attached documents and links in posts give such addresses."""


class YtDlpFetcher:
    """`Fetcher` for all networks. `extractors`: yt-dlp's names of the readers that may be used."""

    def __init__(self, settings: Settings, toolbox: Toolbox, extractors: Sequence[str]) -> None:
        self._settings, self._toolbox, self._extractors = settings, toolbox, extractors

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        """See ports.Fetcher. What lies in `folder` from an earlier try is gone on with."""
        folder = folder.absolute()
        self._check_room(folder)
        told = _Answer(progress)
        try:
            self._toolbox.run(
                self._toolbox.python(f"relay.media.children.{'plain' if self._is_plain(url) else 'fetch'}"),
                folder=folder,
                limits=self._limits(),
                network=True,
                env=trust(self._settings, folder),
                feed=[(json.dumps(self._job(url, folder)) + "\n").encode()],
                on_line=told.line,
            )
        except ToolFailed as error:
            raise NotYet("The download took too long or too much; it will be tried again.") from error
        result = told.result()
        path = self._whole(folder, [folder / name for name in result["files"]])
        return Fetched(
            path,
            path.stat().st_size,
            title=clean(result.get("title")),
            author=clean(result.get("uploader")),
            duration=number_in(result.get("duration")),
            measured=bool(result.get("measured", True)),
        )

    def _is_plain(self, url: str) -> bool:
        return PLAIN_FILE in self._extractors and PLAIN.fullmatch(url) is not None

    def _job(self, url: str, folder: Path) -> dict[str, object]:
        return {
            "url": url,
            "folder": str(folder),
            "max_bytes": self._settings.max_video_mb << 20,
            **reach(self._settings),
            "extractors": [name for name in self._extractors if name != PLAIN_FILE],
        }

    def _limits(self) -> Limits:
        megabytes = self._settings.max_video_mb
        return Limits(
            memory_mb=2048,
            cpu_seconds=900,
            wall_seconds=300 + megabytes * (1 << 20) / SLOWEST,
            file_mb=megabytes,
            open_files=256,
        )

    def _check_room(self, folder: Path) -> None:
        free = shutil.disk_usage(folder).free / (1 << 30)
        if free < self._settings.min_free_gb:
            raise DiskFull(
                "Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.",
                hint="Free some space, or lower RELAY_MIN_FREE_GB.",
                free=free,
                min_free_gb=self._settings.min_free_gb,
            )

    def _whole(self, folder: Path, files: list[Path]) -> Path:
        """One file as it is; picture and sound that came apart are joined without re-encoding."""
        if len(files) == 1:
            return files[0]
        target = folder / "joined.mkv"
        inputs = [word for path in files for word in _input(path)]
        self._toolbox.run(
            [
                *(self._toolbox.ffmpeg, "-nostdin", "-y", "-v", "error", *inputs),
                *("-map", "0:v:0", "-map", "1:a:0", "-c", "copy", "-f", "matroska", str(target)),
            ],
            folder=folder,
            limits=Limits(memory_mb=2048, cpu_seconds=300, wall_seconds=600, file_mb=self._settings.max_video_mb),
        )
        return target


class _Answer:
    """What the child says, line by line."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._last: dict[str, Any] = {}

    def line(self, text: str) -> None:
        said = json.loads(text)
        if "progress" in said:
            if self._progress is not None:
                self._progress(float(said["progress"]))
            return
        self._last = said

    def result(self) -> dict[str, Any]:
        if "error" in self._last:
            raise ERRORS[self._last["error"]](clean(self._last.get("text")))
        if "result" not in self._last:
            raise NotYet("The downloader ended without a word; it will be tried again.")
        result: dict[str, Any] = self._last["result"]
        return result


def _input(path: Path) -> tuple[str, ...]:
    kind = container(beginning(path))
    return ("-f", kind, "-format_whitelist", kind, "-protocol_whitelist", "file", "-i", f"file:{path}")


def _quoted(text: str) -> str:
    return filled("It said: {words}", words=" ".join(text.split())[:200]) if text else ""
