"""YouTube's addresses. Pure."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urljoin, urlsplit

from relay.addresses import leads_to
from relay.models import NoVideo
from relay.ports import NetworkLinks, SeenVideo

NETWORK = "yt"
HOSTS = frozenset(
    {
        *("youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be", "www.youtu.be"),
        *("youtube-nocookie.com", "www.youtube-nocookie.com"),
    }
)

_ID = re.compile(r"[\w-]{11}", re.ASCII)
_PATH = re.compile(r"/(?:shorts|embed|live|watch|v|e)/([\w-]{11})(?:/|$)", re.ASCII)


def on_youtube(url: str) -> bool:
    return leads_to(url, HOSTS)


def video_of(url: str) -> SeenVideo | None:
    """The video behind `watch?v=`, `youtu.be/`, `/shorts/`, `/embed/`, `/live/`, `attribution_link?u=`."""
    if not on_youtube(url):
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.path == "/attribution_link":
        target = urljoin("https://www.youtube.com", parse_qs(parts.query).get("u", [""])[0])
        return None if "/attribution_link" in target else video_of(target)
    if (parts.hostname or "").endswith("youtu.be"):
        number = parts.path.strip("/").partition("/")[0]
    else:
        found = _PATH.match(parts.path)
        number = found[1] if found else parse_qs(parts.query).get("v", [""])[0]
    if not _ID.fullmatch(number):
        return None
    return SeenVideo(NETWORK, "", number, f"https://www.youtube.com/watch?v={number}")


def no_video(url: str) -> NoVideo | None:
    return NoVideo.playlist if "?list=PL" in url or "&list=PL" in url else None


LINKS = NetworkLinks(hosts=("youtube.com", "youtu.be"), claims=on_youtube, video_of=video_of, no_video=no_video)
