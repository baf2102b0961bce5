"""VK's addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

NETWORK = "vk"
HOSTS = re.compile(r"(?:[\w-]+\.)*(?:vk\.com|vk\.ru|vkvideo\.ru)", re.ASCII)

_VIDEO = re.compile(r"(video|clip)(-?\d+)_(\d+)", re.ASCII)
_WALL = re.compile(r"wall(-?\d+)_(\d+)", re.ASCII)
_ACCESS_KEY = re.compile(r"[0-9a-f]{6,64}|ln-[0-9A-Za-z]{1,64}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class VideoKey:
    """What names a video on every address of VK. `kind`: `video` or `clip`."""

    owner_id: int
    id: int
    kind: str = "video"
    access_key: str = ""

    @property
    def url(self) -> str:
        """A page that yt-dlp's VK extractor understands; it takes the access key as `list`."""
        tail = f"?list={self.access_key}" if self.access_key else ""
        return f"https://vk.com/{self.kind}{self.owner_id}_{self.id}{tail}"


def video_key(url: str) -> VideoKey | None:
    """The video behind any of VK's addresses: `/video-1_2`, `/clip-1_2`, `?z=video-1_2`, `video_ext.php?oid=&id=`."""
    if not on_vk(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    query = parse_qs(parts.query)
    key = access_key(_first(query, "list"))
    if parts.path.endswith("video_ext.php"):
        owner, number = _whole(_first(query, "oid")), _whole(_first(query, "id"))
        return VideoKey(owner, number, "video", key) if owner and number else None
    for place in (_first(query, "z"), parts.path):
        if found := _VIDEO.search(unquote(place)):
            return VideoKey(int(found[2]), int(found[3]), found[1], key)
    return None


def post_key(url: str) -> tuple[int, int] | None:
    """Owner and number of the post behind `/wall-1_2` or `?w=wall-1_2`."""
    if not on_vk(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    for place in (_first(parse_qs(parts.query), "w"), parts.path):
        if found := _WALL.search(unquote(place)):
            return int(found[1]), int(found[2])
    return None


def on_vk(url: str) -> bool:
    """Whether the address is one of VK's pages, whichever of its hosts it names, with or without `https://`."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return parts.scheme in ("http", "https") and HOSTS.fullmatch(parts.hostname or "") is not None
    except ValueError:
        return False


def access_key(value: str) -> str:
    """A key that belongs to the address of a hidden video, "" for anything else."""
    return value if _ACCESS_KEY.fullmatch(value) else ""


def _whole(value: str) -> int | None:
    return int(value) if _WHOLE.fullmatch(value) else None


def _first(query: Mapping[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]
