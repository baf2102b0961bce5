"""OK in memory: groups and their videos. What it looks like: web.py."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from relay.ports import Clock
from relay.sandbox.faults import Faults

SHOWN = 20


class OkVideoState(StrEnum):
    open = "open"
    private = "private"
    deleted = "deleted"


@dataclass(frozen=True, slots=True)
class OkVideo:
    id: int
    path: Path
    title: str
    group: int
    author: str
    at: datetime
    seconds: int = 5
    state: OkVideoState = OkVideoState.open


class Ok:
    """`groups`: titles by number; `closed`: those for members only. `scrolls`: lists give further pages."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self._lock = threading.RLock()
        self.groups: dict[int, str] = {}
        self.closed: set[int] = set()
        self.scrolls = True
        self._videos: dict[int, OkVideo] = {}

    def has_group(self, number: int, title: str) -> int:
        with self._lock:
            self.groups[number] = title
        return number

    def closes(self, group: int) -> None:
        with self._lock:
            self.closed.add(group)

    def leaves(self, group: int) -> None:
        with self._lock:
            del self.groups[group]

    def uploads(
        self, group: int, path: Path, title: str, *, author: str = "", seconds: int = 5, at: datetime | None = None
    ) -> int:
        """Returns the video's number."""
        with self._lock:
            number = 4_658_593_663_600 + 7 * len(self._videos)
            self._videos[number] = OkVideo(number, Path(path), title, group, author, at or self.now(), seconds)
            return number

    def deletes(self, video: int) -> None:
        with self._lock:
            self._videos[video] = replace(self._videos[video], state=OkVideoState.deleted)

    def hides(self, video: int) -> None:
        with self._lock:
            self._videos[video] = replace(self._videos[video], state=OkVideoState.private)

    def video(self, number: int) -> OkVideo | None:
        with self._lock:
            return self._videos.get(number)

    def newest(self, group: int, *, after: int = 0) -> list[OkVideo]:
        """A page of the group's list, newest first: the first one, or the one that follows a video."""
        with self._lock:
            found = [
                video
                for video in self._videos.values()
                if video.group == group and video.state is not OkVideoState.deleted and video.at <= self.now()
            ]
        found.sort(key=lambda video: (video.at, video.id), reverse=True)
        passed = next((at for at, video in enumerate(found, start=1) if video.id == after), len(found)) if after else 0
        return found[passed : passed + SHOWN]
