"""Which video a link means, on any network that the fetcher can bring from. Pure.

All spellings of one video's address give the same network, owner and number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import parse_qs, urlsplit, urlunsplit

from relay.ports import Author, SeenVideo
from relay.sources import ok, rutube, telegram_parse, vk_parse, youtube_links

FILE_NETWORK = "web"
FILE_MARK = "#file"
"""Ends the address of a bare file, so that the fetcher takes the bytes as they are."""
VIDEO_ENDINGS = telegram_parse.VIDEO_FILES
_LINK = re.compile(r"https?://[^\s<>\"'\])}«»]+")


def unwrapped(link: str) -> str:
    """The link as it was meant: out of a page's source (`&amp;`), and not by way of VK's page for links elsewhere."""
    link = link.strip().replace("&amp;", "&")
    parts = urlsplit(link if "://" in link else f"https://{link}") if vk_parse.on_vk(link) else None
    if parts is None or parts.path != "/away.php":
        return link
    return parse_qs(parts.query).get("to", [""])[0] or link


def video_of(link: str) -> SeenVideo | None:
    """The video that a link names; None for a link to anything else."""
    link = unwrapped(link)
    key = vk_parse.video_key(link)
    if key is not None:
        author = Author(str(key.owner_id)) if key.owner_id > 0 else Author()
        return SeenVideo(
            vk_parse.NETWORK,
            str(key.owner_id),
            str(key.id),
            key.url,
            kind=key.kind,
            access_key=key.access_key,
            author=author,
        )
    for read in (telegram_parse.video_of, rutube.video_of, ok.video_of, youtube_links.video_of):
        if (video := read(link)) is not None:
            return video
    return None


def videos_of(links: Iterable[str]) -> list[SeenVideo]:
    """The videos that links name, each once, in order."""
    found: dict[tuple[str, str, str], SeenVideo] = {}
    for link in links:
        if (video := video_of(link)) is not None:
            found.setdefault((video.network, video.owner_id, video.video_id), video)
    return list(found.values())


def file_of(link: str, *, title: str = "") -> SeenVideo | None:
    """A video file that lies on the web by itself. Its host is its owner, its number a digest of the address."""
    try:
        parts = urlsplit(link.strip())
        plain = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path, parts.query, ""))
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        return None
    number = hashlib.sha256(plain.encode()).hexdigest()[:32]
    return SeenVideo(FILE_NETWORK, host, number, f"{plain}{FILE_MARK}", title=title, kind="file")


def links_in(text: str) -> list[str]:
    return [found.rstrip(".,;:!?…") for found in _LINK.findall(text)]
