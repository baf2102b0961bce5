"""Telegram's addresses. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from relay.models import NoVideo
from relay.ports import NetworkLinks, SeenVideo

NETWORK = "tg"
HOSTS = frozenset({"t.me", "www.t.me", "telegram.me", "www.telegram.me", "telegram.dog"})
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}", re.ASCII)
NOT_A_CHANNEL = frozenset(
    {"joinchat", "addstickers", "addemoji", "addlist", "share", "proxy", "socks", "iv", "login", "setlanguage", "bg"}
)


@dataclass(frozen=True, slots=True)
class PostKey:
    """What names a message: channel names are told apart without regard to letter case."""

    channel: str
    id: int

    @property
    def url(self) -> str:
        return f"https://t.me/{self.channel}/{self.id}"


def on_telegram(url: str) -> bool:
    """Whether the address is one of Telegram's public pages, with or without `https://`."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme == "tg" or (parts.scheme in ("http", "https") and (host in HOSTS or bool(_subdomain(host))))


def _subdomain(host: str | None) -> str:
    """The channel in `channel.t.me`."""
    name, _, rest = (host or "").partition(".")
    return name if rest == "t.me" and name != "www" else ""


def channel_in(url: str) -> str:
    """The channel's name in a link to it or to one of its messages; empty when there is none."""
    if not on_telegram(url):
        return ""
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme == "tg":
        name = parse_qs(parts.query).get("domain", [""])[0]
    else:
        words = [word for word in parts.path.split("/") if word]
        first = words[1:2] if words[:1] == ["s"] else words[:1]
        name = _subdomain(parts.hostname) or "".join(first).lstrip("@")
    return name if NAME.fullmatch(name) and name.casefold() not in NOT_A_CHANNEL else ""


def post_key(url: str) -> PostKey | None:
    """The message behind `t.me/channel/5`, `t.me/s/channel/5`, `t.me/channel/5?single`, `tg://resolve?domain=&post=`."""
    channel = channel_in(url)
    if not channel:
        return None
    parts = urlsplit(url if "://" in url else f"https://{url}")
    if parts.scheme == "tg":
        number = parse_qs(parts.query).get("post", [""])[0]
    else:
        words = [word for word in parts.path.split("/") if word]
        own_host = bool(_subdomain(parts.hostname))
        rest = words if own_host else words[2:] if words[:1] == ["s"] else words[1:]
        story = rest[:1] == ["s"] and not own_host  # t.me/channel/s/5
        number = "" if story else "".join(rest[-1:])
    if not re.fullmatch(r"[1-9]\d{0,11}", number, re.ASCII):
        return None
    return PostKey(channel, int(number))


def is_story(url: str) -> bool:
    """Whether the link leads to a story: `t.me/channel/s/5`."""
    words = [word for word in urlsplit(url if "://" in url else f"https://{url}").path.split("/") if word]
    return bool(channel_in(url)) and words[1:2] == ["s"] and len(words) > 2


def video_of(url: str) -> SeenVideo | None:
    """The video that a link names, as far as the link alone says."""
    key = post_key(url)
    return None if key is None else SeenVideo(NETWORK, key.channel.casefold(), str(key.id), f"{key.url}?single")


def no_video(url: str) -> NoVideo | None:
    return NoVideo.story if is_story(url) else None


LINKS = NetworkLinks(
    hosts=("t.me", "telegram.me"),
    claims=on_telegram,
    video_of=video_of,
    no_video=no_video,
    tells_videos=False,
)
