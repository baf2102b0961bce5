"""Which video a link means, on any network that the fetcher can bring from. Pure.

All spellings of one video's address give the same network, owner and number.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from relay import kinds
from relay.models import NoVideo
from relay.ports import Author, ItemKey, SeenVideo
from relay.sources import networks

FILE_MARK = "#file"
"""Ends the address of a bare file, so that the fetcher takes the bytes as they are."""
VIDEO_ENDINGS = kinds.ENDINGS
SORTS = {
    kinds.Sort.picture: NoVideo.pictures,
    kinds.Sort.animation: NoVideo.pictures,
    kinds.Sort.sound: NoVideo.sound,
    kinds.Sort.archive: NoVideo.document,
    kinds.Sort.video: NoVideo.document,
}
"""What a file may be to a person who looks for a video; a video here is one that Relay can't reach or read."""

LONGEST_LINK = 2000
"""Longer ones lead to no video, and would fill the memory of those that were read before."""
_WITH_VIDEOS = (
    r"dzen\.ru|zen\.yandex\.ru|yandex\.ru/(?:video|efir)|vimeo\.com|dailymotion\.com|dai\.ly|twitch\.tv|"
    r"my\.mail\.ru|smotrim\.ru|plvideo\.ru|nuum\.ru|yappy\.media|likee\.video|tiktok\.com|instagram\.com|"
    r"facebook\.com|fb\.watch|coub\.com|disk\.yandex\.\w{2,3}|yadi\.sk|cloud\.mail\.ru|drive\.google\.com|"
    r"photos\.app\.goo\.gl|photos\.google\.com|dropbox\.com|icloud\.com|wetransfer\.com|we\.tl|mega\.nz|"
    r"1drv\.ms|onedrive\.live\.com|dropmefiles\.com|cloud\.\w+\.ru"
)
_SHORTENERS = r"vk\.cc|clck\.ru|goo\.su|bit\.ly|tinyurl\.com|is\.gd|u\.to|ya\.cc|t\.co|qps\.ru"
_LINK = re.compile(r"https?://[^\s<>\"'\])}«»|]+")
_BARE = re.compile(r"(?:https?://|(?<![\w@./:-])(?:[\w-]+\.)+[a-z]{2,10}/)[^\s<>\"'\])}«»|]+", re.IGNORECASE)
_ELSEWHERE = re.compile(rf"(?:[\w-]+\.){{0,2}}(?:{_WITH_VIDEOS}|{_SHORTENERS})(?:[/?#:]|$)", re.IGNORECASE)
_PLACES = (
    (re.compile(r"/playlist/", re.ASCII), NoVideo.playlist),
    (re.compile(r"/topic/|/statuses/|/post/|/live/|/clips/|/video", re.ASCII), NoVideo.elsewhere),
)
"""Pages of the networks that Relay reads, by paths that several of them have: no single video that a link names."""


def unwrapped(link: str) -> str:
    """The link as it was meant: out of a page's source (`&amp;`), not by a network's page for links elsewhere."""
    link = link.strip().replace("&amp;", "&")
    for _, links in networks.links():
        link = links.unwrapped(link)
    return link


def video_of(link: str) -> SeenVideo | None:
    """The video that a link names; None for a link to anything else."""
    return _video_of(link) if len(link) <= LONGEST_LINK else None


@lru_cache(maxsize=4096)
def _video_of(link: str) -> SeenVideo | None:
    """Sweeps overlap, so the same links come again and again."""
    link = unwrapped(link)
    for _, links in networks.links():
        if (video := links.video_of(link)) is not None:
            return video
    return None


def items_in(text: str) -> list[tuple[str, ItemKey]]:
    """Posts and videos that a text names, with the names of their networks."""
    return [(name, item) for name, links in networks.links() for item in links.items_in(text)]


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
    return SeenVideo(networks.WEB, host, number, f"{plain}{FILE_MARK}", title=title, kind="file")


_RANK = {why: rank for rank, why in enumerate(NoVideo)}


def linked_from(links: Iterable[str], author: Author, *, own: Iterable[str] = ()) -> list[SeenVideo]:
    """The videos that a post's links name, with the credit of its author, each once; files of the web too.

    A link that can't tell whether it leads to a video (a message of Telegram) counts only where no other one does.
    `own`: links to the post itself.
    """
    found: dict[tuple[str, str, str], SeenVideo] = {}
    itself = {(video.network, video.owner_id, video.video_id) for video in map(video_of, own) if video is not None}
    for link in map(unwrapped, links):
        video = video_of(link) or (file_of(link) if _is_file(link) else None)
        if video is not None and (key := (video.network, video.owner_id, video.video_id)) not in itself:
            found.setdefault(key, replace(video, author=video.author if video.author.id else author, linked=True))
    unsure = {name for name, links in networks.links() if not links.tells_videos}
    return [video for video in found.values() if video.network not in unsure] or list(found.values())


def why_not(link: str) -> NoVideo | None:
    """What stands behind a link that names no video; None where no video is to be expected (a profile, a tag)."""
    return _why_not(link) if len(link) <= LONGEST_LINK else NoVideo.link


@lru_cache(maxsize=4096)
def _why_not(link: str) -> NoVideo | None:
    link = unwrapped(link)
    address = link.partition("://")[2] or link
    if _ELSEWHERE.match(address):
        return NoVideo.elsewhere
    links = next((links for _, links in networks.links() if links.claims(link)), None)
    if links is None:
        return NoVideo.link
    return links.no_video(link) or next((why for shape, why in _PLACES if shape.search(address)), None)


def kind_of_file(name: str) -> NoVideo:
    """What a file that is no video may be to a person who looks for one, by its name's ending."""
    kind = kinds.named(name)
    return SORTS.get(kind.sort, NoVideo.other) if kind is not None else NoVideo.other


def likeliest(reasons: Iterable[NoVideo | None]) -> NoVideo:
    """Of several reasons the one behind which a video most likely lies."""
    return min((why for why in reasons if why is not None), key=_RANK.__getitem__, default=NoVideo.text)


def is_video_file(name: str) -> bool:
    return name.casefold().endswith(VIDEO_ENDINGS)


def _is_file(link: str) -> bool:
    try:
        return is_video_file(urlsplit(link).path)
    except ValueError:
        return False


def links_in(text: str, *, bare: bool = False) -> list[str]:
    """The addresses in running text. `bare`: also those of known sites that networks link though they lack `https://`."""
    words = " ".join(word for word in text.split() if "/" in word)  # the patterns are slow, and most words no address
    found = [link.rstrip(".,;:!?…") for link in (_BARE if bare else _LINK).findall(words)]
    if not bare:
        return found
    site = _sites(tuple(host for _, links in networks.links() for host in links.hosts))
    return [link for link in found if "://" in link or site.match(link)]


@lru_cache(maxsize=4)
def _sites(hosts: Sequence[str]) -> re.Pattern[str]:
    """Addresses of networks with these hosts, of other sites that hold videos, and of those that shorten links."""
    ours = "|".join(map(re.escape, hosts))
    return re.compile(rf"(?:[\w-]+\.){{0,2}}(?:{ours}|{_WITH_VIDEOS}|{_SHORTENERS})(?:[/?#:]|$)", re.IGNORECASE)
