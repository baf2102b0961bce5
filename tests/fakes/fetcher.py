from __future__ import annotations

import shutil
from pathlib import Path

from relay.errors import DiskFull, ExtractorBroken, Gone, NotYet, Refused, RelayError
from relay.ports import Fetched, Progress


class FakeFetcher:
    """Brings what it was told a link leads to; an unknown link is gone. Trouble is asked for by verbs."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._files: dict[str, tuple[Path, str, str]] = {}
        self._unmeasured: set[str] = set()
        self._troubles: dict[str, list[RelayError]] = {}
        self._everywhere: RelayError | None = None

    # verbs for tests

    def has(self, url: str, path: Path, *, title: str = "", author: str = "") -> None:
        """From now on `url` leads to a copy of the file at `path`."""
        self._files[url] = (path, title, author)

    def tells_no_length(self, url: str) -> None:
        """Nobody knows whether what comes is all of it."""
        self._unmeasured.add(url)

    def loses(self, url: str, message: str = "The video was deleted or is private.") -> None:
        self._files.pop(url, None)
        self._troubles[url] = [Gone(message)] * 1000

    def fails_once(self, url: str, error: RelayError | None = None, *, times: int = 1) -> None:
        """The next `times` tries end with `error` (NotYet when none is given), then it works."""
        self._troubles[url] = [error or NotYet("The network does not answer.")] * times

    def refuses(self, url: str, message: str = "The video is larger than 2048 MB.") -> None:
        self._troubles[url] = [Refused(message)] * 1000

    def is_down(self, message: str = "The network does not answer.") -> None:
        self._everywhere = NotYet(message)

    def breaks(self, message: str = "The downloader no longer understands VK.") -> None:
        self._everywhere = ExtractorBroken(message)

    def has_no_room(self) -> None:
        self._everywhere = DiskFull("The disk is full.", hint="Free some space.")

    def recovers(self) -> None:
        self._everywhere = None
        self._troubles.clear()

    # the port

    def fetch(self, url: str, folder: Path, *, progress: Progress | None = None) -> Fetched:
        self.asked.append(url)
        if self._everywhere is not None:
            raise self._everywhere
        if self._troubles.get(url):
            raise self._troubles[url].pop()
        if url not in self._files:
            raise Gone("The video was deleted or is private.")
        source, title, author = self._files[url]
        path = folder / "video.mp4"
        shutil.copyfile(source, path)
        for share in (0.5, 1.0):
            if progress is not None:
                progress(share)
        return Fetched(path, path.stat().st_size, title=title, author=author, measured=url not in self._unmeasured)
