"""RuTube in memory: channels, tags, videos. What it looks like: web.py."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from relay.ports import Clock
from relay.sandbox.faults import Faults


class RutubeVideoState(StrEnum):
    """`hidden`: listed, and not played."""

    open = "open"
    hidden = "hidden"
    deleted = "deleted"


@dataclass(frozen=True, slots=True)
class RtVideo:
    id: str
    number: int
    path: Path
    title: str
    channel: int
    at: datetime
    description: str = ""
    tags: tuple[int, ...] = ()
    seconds: int = 5
    state: RutubeVideoState = RutubeVideoState.open


class Rutube:
    """Verbs build it, from any thread. `channels`, `tags`: names by number."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self._lock = threading.RLock()
        self.channels: dict[int, str] = {}
        self.tags: dict[int, str] = {}
        self._videos: dict[str, RtVideo] = {}

    def has_channel(self, number: int, name: str) -> int:
        with self._lock:
            self.channels[number] = name
        return number

    def has_tag(self, number: int, name: str) -> int:
        with self._lock:
            self.tags[number] = name
        return number

    def uploads(
        self,
        channel: int,
        path: Path,
        title: str,
        *,
        description: str = "",
        tags: Sequence[int] = (),
        seconds: int = 5,
        at: datetime | None = None,
    ) -> str:
        """Returns the video's id: 32 hexadecimal digits."""
        with self._lock:
            number = len(self._videos) + 1
            name = hashlib.md5(f"{channel} {number}".encode(), usedforsecurity=False).hexdigest()
            when = at or self.now()
            self._videos[name] = RtVideo(
                name, number, Path(path), title, channel, when, description, tuple(tags), seconds
            )
            return name

    def hides(self, video: str) -> None:
        self._becomes(video, RutubeVideoState.hidden)

    def deletes(self, video: str) -> None:
        self._becomes(video, RutubeVideoState.deleted)

    def leaves(self, channel: int) -> None:
        with self._lock:
            del self.channels[channel]

    def video(self, name: str) -> RtVideo | None:
        with self._lock:
            return self._videos.get(name)

    def listed(self, *, channel: int = 0, tag: int = 0) -> list[RtVideo]:
        """Newest first."""
        with self._lock:
            found = [
                video
                for video in self._videos.values()
                if video.state is not RutubeVideoState.deleted
                and video.at <= self.now()
                and (video.channel == channel or tag in video.tags)
            ]
        return sorted(found, key=lambda video: (video.at, video.number), reverse=True)

    def _becomes(self, video: str, state: RutubeVideoState) -> None:
        with self._lock:
            self._videos[video] = replace(self._videos[video], state=state)
