"""YouTube in memory: channels, videos, shorts, hashtags. What its lists look like: youtube_web.py."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import datetime

from relay.ports import Clock


@dataclass(frozen=True, slots=True)
class YtVideo:
    id: str
    channel: str
    title: str
    at: datetime
    description: str = ""
    seconds: int = 5
    short: bool = False


class Youtube:
    """Lists only: nothing can be watched here, because YouTube's player can't be doubled faithfully."""

    def __init__(self, now: Clock) -> None:
        self._now = now
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
    ) -> str:
        """Returns the video's id, eleven letters. A hashtag in the title or description puts it on the tag's list."""
        with self._lock:
            number = f"sandbox{len(self._videos):04d}"
            video = YtVideo(number, handle.casefold(), title, at or self._now(), description, seconds, short)
            self._videos.append(video)
            return number

    def listed(self, *, handle: str = "", tag: str = "", short: bool = False) -> list[YtVideo]:
        """Newest first."""
        with self._lock:
            found = [
                video
                for video in self._videos
                if video.at <= self._now()
                and video.short is short
                and (video.channel == handle.casefold() or (tag and _carries(video, tag)))
            ]
        return sorted(found, key=lambda video: (video.at, video.id), reverse=True)


def _carries(video: YtVideo, tag: str) -> bool:
    tags = re.findall(r"#(\w+)", f"{video.title} {video.description}".casefold())
    return tag.casefold() in tags
