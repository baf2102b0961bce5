"""Lists of videos that only yt-dlp can read: it runs in a guarded child, like the fetcher's."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from relay.config import Settings
from relay.errors import Closed, Refused, SourceError, ToolFailed, TryLater
from relay.media.outgoing import clean, number_in, reach, trust
from relay.media.refusals import FINAL
from relay.media.toolbox import Limits, Toolbox
from relay.ports import ON_AIR, Author, Listed

LIMITS = Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=180.0, file_mb=16)
AGAIN_BY_ITSELF = "Relay tries again by itself; nothing was lost."


class YtDlpLister:
    """`Lister` for all networks. `extractors`: yt-dlp's names of the readers that may be used."""

    def __init__(self, settings: Settings, toolbox: Toolbox, extractors: Sequence[str]) -> None:
        self._settings, self._toolbox, self._extractors = settings, toolbox, extractors

    def entries(self, url: str, *, most: int) -> tuple[str, list[Listed]]:
        """See ports.Lister."""
        job = {"url": url, "most": most, "extractors": self._extractors, **reach(self._settings)}
        folder = Path(tempfile.mkdtemp(prefix="relay-list-"))
        try:
            done = self._toolbox.run(
                self._toolbox.python("relay.media.children.listing"),
                folder=folder,
                limits=LIMITS,
                network=True,
                env=trust(self._settings, folder),
                feed=[(json.dumps(job) + "\n").encode()],
            )
        except ToolFailed as error:
            raise TryLater("The list took too long.", hint=AGAIN_BY_ITSELF, requests=1) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return _parsed(done.stdout)


def _parsed(stdout: str) -> tuple[str, list[Listed]]:
    try:
        said = json.loads(stdout.strip().splitlines()[-1])
    except (ValueError, IndexError):
        raise TryLater("The lister ended without a word.", hint=AGAIN_BY_ITSELF, requests=1) from None
    if "error" in said:
        raise _error(said["error"], clean(said.get("text")))
    return clean(said.get("title")), [_listed(entry) for entry in said["entries"] if entry.get("id")]


def _error(kind: str, text: str) -> SourceError | Refused:
    words = " ".join(text.split())[:200]
    if kind in FINAL:
        return Closed("The list is not there, or not for us. It said: {words}", gone=True, requests=1, words=words)
    if kind == "elsewhere":
        return Refused("The link leads to no list that can be read.")
    if kind == "broken":
        hint = "Update yt-dlp. It said: {words}"
        return TryLater("yt-dlp no longer understands the network.", hint=hint, requests=1, words=words)
    return TryLater(
        "The network did not give the list. It said: {words}", hint=AGAIN_BY_ITSELF, requests=1, words=words
    )


def _listed(entry: dict[str, Any]) -> Listed:
    seconds = number_in(entry.get("timestamp"))
    live = entry.get("live_status") in ("is_live", "is_upcoming", "post_live")
    hidden = entry.get("availability") in ("private", "premium_only", "subscriber_only", "needs_auth")
    return Listed(
        id=clean(entry["id"]),
        title=clean(entry.get("title")),
        description=clean(entry.get("description")),
        at=datetime.fromtimestamp(seconds, UTC) if seconds and 0 < seconds < 2**33 else None,
        duration=number_in(entry.get("duration")),
        author=Author(clean(entry.get("author_id")), clean(entry.get("author"))),
        blocked=ON_AIR if live else "The video is not for everybody." if hidden else "",
    )
