"""Where a request comes from, for limits and for people who look at their own sign-ins; and by which name it calls us.

`peer_of` is the only place that asks. What a proxy says (X-Forwarded-For) has been put in its place already where
the proxy is one of RELAY_TRUSTED_PROXIES (relay/web/app.py), and is nobody's word otherwise.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping, Set
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from fastapi import Request

from relay.addresses import INSIDE, is_public, unwrapped
from relay.errors import Refused
from relay.moderation.people.sessions import Seat
from relay.web.access import relay_of, split

HOME = 64
"""A home's whole IPv6 network is one visitor."""
COARSE = {4: 24, 6: 48}

BROWSERS: Mapping[str, str] = {
    "YaBrowser/": "Yandex",
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "Chrome/": "Chrome",
    "CriOS/": "Chrome",
    "Safari/": "Safari",
}
"""What a browser calls itself → its family. Most call themselves others too, so the order counts."""
SYSTEMS: Mapping[str, str] = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
LONGEST_NAME = 253
HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\])(?::[0-9]{1,5})?")
"""A name or an address, with or without a port (RFC 9110, 7.2). Whatever stands there is part of the links we make."""
NOWHERE = (*INSIDE, ".test")
"""Ends of names that no public name server answers for (RFC 6761, RFC 6762, RFC 8375)."""


class Misdirected(Refused):
    """The request calls us by a name that is not ours."""


async def own_name(request: Request) -> None:
    """Asked before every route: private links are made of this name, and a stranger's page may lead its own name to
    this machine to read along (DNS rebinding). Raises Misdirected.
    """
    settings = relay_of(request).settings
    said = request.headers.get("host", "")
    name = (split(f"//{said}").hostname or "") if HOST.fullmatch(said) else said
    here = str((request.scope.get("server") or ("",))[0])
    if HOST.fullmatch(said) and is_own_name(name, settings.own_hosts | {socket.gethostname().casefold()}, here):
        return
    public = settings.public_url.rstrip("/")
    hint = "Open {url}." if public else "Whoever runs it names it in RELAY_PUBLIC_URL or RELAY_HOSTS."
    raise Misdirected("This desk is not called “{name}”.", hint=hint, name=name[:LONGEST_NAME], url=public)


def is_own_name(name: str, ours: Set[str], here: str) -> bool:
    """Whether a desk of these names may answer to `name`, in small letters. Pure.

    Beside its own names these are the address that the request came to (`here`), addresses of this machine and of its
    own network, and names that nobody outside can have led here.
    """
    name = name.removesuffix(".")
    if (address := _parsed(name)) is not None:
        return name in {here, *ours} or not is_public(unwrapped(address))
    return bool(name) and (name in ours or "." not in name or name.endswith(NOWHERE))


def peer_of(request: Request) -> str:
    """The address itself; empty where it is not known."""
    return request.client.host if request.client else ""


def address_of(request: Request) -> str:
    """Who limits count: an IPv4 address, or the network of an IPv6 one; empty where it is not known."""
    host = peer_of(request)
    address = _parsed(host)
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, HOME), strict=False))
    return host


def seat_of(request: Request) -> Seat:
    return Seat(browser=browser(request.headers.get("user-agent", "")), address=coarse(address_of(request)))


def coarse(address: str) -> str:
    """The address without its last part: enough to know one's own again, and not whose telephone it was."""
    parsed = _parsed(address.partition("/")[0])
    if parsed is None:
        return ""
    return str(ip_network((parsed, COARSE[parsed.version]), strict=False))


def browser(user_agent: str) -> str:
    """`Firefox · Windows`, or what of it can be told."""
    known = (next((name for mark, name in marks.items() if mark in user_agent), "") for marks in (BROWSERS, SYSTEMS))
    return " · ".join(filter(None, known))


def _parsed(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None
