"""YouTube in memory: channels, videos, shorts, hashtags. Its pages: web.py; its player: player.py."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from relay.ports import Clock
from relay.sandbox.faults import Faults


class YoutubeVideoState(StrEnum):
    """`unavailable`: YouTube gives no reason."""

    open = "open"
    private = "private"
    unavailable = "unavailable"
    deleted = "deleted"


@dataclass(frozen=True, slots=True)
class YtVideo:
    """`path`: the small file with picture and sound; `apart`: the large one in two, picture and sound each."""

    id: str
    channel: str
    title: str
    at: datetime
    description: str = ""
    seconds: int = 5
    short: bool = False
    state: YoutubeVideoState = YoutubeVideoState.open
    path: Path | None = None
    apart: tuple[Path, Path] | None = None


class Youtube:
    """Verbs build it, from any thread. `channels`: titles by handle."""

    def __init__(self, now: Clock) -> None:
        self.now = now
        self.faults = Faults()
        self.visits: Counter[str] = Counter()
        self._lock = threading.RLock()
        self.channels: dict[str, str] = {}
        self._videos: list[YtVideo] = []

    def has_channel(self, handle: str, title: str) -> str:
        """`handle` begins with `@`."""
        with self._lock:
            self.channels[handle.casefold()] = title
        return handle

    def uploads(
        self,
        handle: str,
        title: str,
        *,
        description: str = "",
        seconds: int = 5,
        short: bool = False,
        at: datetime | None = None,
        path: Path | None = None,
        apart: tuple[Path, Path] | None = None,
    ) -> str:
        """Returns the video's id, eleven letters. A hashtag in the title or description puts it on the tag's list."""
        with self._lock:
            number = f"sandbox{len(self._videos):04d}"
            video = YtVideo(number, handle.casefold(), title, at or self.now(), description, seconds, short)
            self._videos.append(replace(video, path=path, apart=apart))
            return number

    def deletes(self, video: str) -> None:
        self._becomes(video, YoutubeVideoState.deleted)

    def hides(self, video: str) -> None:
        self._becomes(video, YoutubeVideoState.private)

    def withholds(self, video: str) -> None:
        """The page says "Video unavailable" and nothing else, as it does to visitors that YouTube distrusts."""
        self._becomes(video, YoutubeVideoState.unavailable)

    def video(self, number: str) -> YtVideo | None:
        with self._lock:
            return next((video for video in self._videos if video.id == number and video.at <= self.now()), None)

    def listed(self, *, handle: str = "", tag: str = "", short: bool = False) -> list[YtVideo]:
        """Newest first."""
        with self._lock:
            found = [
                video
                for video in self._videos
                if video.at <= self.now()
                and video.state is YoutubeVideoState.open
                and video.short is short
                and (video.channel == handle.casefold() or (tag and _carries(video, tag)))
            ]
        return sorted(found, key=lambda video: (video.at, video.id), reverse=True)

    def _becomes(self, number: str, state: YoutubeVideoState) -> None:
        with self._lock:
            self._videos = [replace(video, state=state) if video.id == number else video for video in self._videos]


def _carries(video: YtVideo, tag: str) -> bool:
    tags = re.findall(r"#(\w+)", f"{video.title} {video.description}".casefold())
    return tag.casefold() in tags
