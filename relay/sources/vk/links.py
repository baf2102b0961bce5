"""VK's addresses. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from relay.models import NoVideo
from relay.ports import Author, ItemKey, NetworkLinks, SeenVideo

NETWORK = "vk"
HOSTS = ("vk.com", "vk.ru", "vkvideo.ru")

_HOST = re.compile(rf"(?:[\w-]+\.)*(?:{'|'.join(map(re.escape, HOSTS))})", re.ASCII)

_VIDEO = re.compile(r"(video|clip)(-?\d+)_(\d+)", re.ASCII)
_WALL = re.compile(r"wall(-?\d+)_(\d+)", re.ASCII)
_ACCESS_KEY = re.compile(r"[0-9a-f]{6,64}|ln-[0-9A-Za-z]{1,64}", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_ITEM = re.compile(r"(wall|video|clip)(-?\d+)_(\d+)")
_PLACES = (
    (re.compile(r"/story-?\d", re.ASCII), NoVideo.story),
    (re.compile(r"/(?:video/)?playlist/|/videos-?\d", re.ASCII), NoVideo.playlist),
    (re.compile(r"/doc-?\d", re.ASCII), NoVideo.document),
    (re.compile(r"^(?:https?://)?(?:m\.)?vk\.(?:com|ru)/@[\w.]+-", re.ASCII), NoVideo.article),
    (re.compile(r"/podcast-?\d|/audio", re.ASCII), NoVideo.sound),
    (re.compile(r"[/=]wall-?\d", re.ASCII), NoVideo.elsewhere),
)
"""Pages of VK, by their paths: what they hold is no single video that a link names."""


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

    def seen(self) -> SeenVideo:
        author = Author(str(self.owner_id)) if self.owner_id > 0 else Author()
        owner, number = str(self.owner_id), str(self.id)
        return SeenVideo(NETWORK, owner, number, self.url, kind=self.kind, access_key=self.access_key, author=author)


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
        return parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") is not None
    except ValueError:
        return False


def access_key(value: str) -> str:
    """A key that belongs to the address of a hidden video, "" for anything else."""
    return value if _ACCESS_KEY.fullmatch(value) else ""


def video_of(url: str) -> SeenVideo | None:
    """The video that a link names, as far as the link alone says: a person's videos are that person's."""
    key = video_key(url)
    return None if key is None else key.seen()


def no_video(url: str) -> NoVideo | None:
    return next((why for shape, why in _PLACES if shape.search(url)), None)


def unwrapped(url: str) -> str:
    """What lies behind `/away.php?to=`, VK's page for links elsewhere."""
    parts = urlsplit(url if "://" in url else f"https://{url}") if on_vk(url) else None
    if parts is None or parts.path != "/away.php":
        return url
    return _first(parse_qs(parts.query), "to") or url


def items_in(text: str) -> list[ItemKey]:
    """All `wall-1_2`, `video-1_2`, `clip-1_2` in a text, on whichever page of VK or on none."""
    return [ItemKey(found[2], found[3], is_post=found[1] == "wall") for found in _ITEM.finditer(text)]


def _whole(value: str) -> int | None:
    return int(value) if _WHOLE.fullmatch(value) else None


def _first(query: Mapping[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0]


LINKS = NetworkLinks(
    hosts=HOSTS,
    claims=on_vk,
    video_of=video_of,
    no_video=no_video,
    unwrapped=unwrapped,
    items_in=items_in,
)
