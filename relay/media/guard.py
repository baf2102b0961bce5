"""The connect guard: what the downloader may connect to, decided at the moment it connects.

A Python audit hook sees the address that is really connected to, so redirects, rebinding names, odd spellings of
localhost and addresses inside playlists are all one check; it can't be taken off again. It also refuses to start
other programs. It does not see C code (docs/security.md, 0.5), so nothing of that kind runs in the fetching child.

Python's `is_global` calls some private addresses global (64:ff9b::7f00:1, 2002:7f00:1::, 192.0.0.8, 224.0.0.1):
what is wrapped is unwrapped first, and multicast and reserved ranges are refused by name.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

PORTS = (80, 443)
NAT64 = ip_network("64:ff9b::/96")
SPECIAL = tuple(
    ip_network(text) for text in ("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "64:ff9b:1::/48")
)
FORBIDDEN = frozenset(
    {
        "subprocess.Popen", "os.exec", "os.system", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork",
        "os.forkpty", "pty.spawn",
    }
)  # fmt: skip
SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class Walled(PermissionError):
    """The guard said no."""


def objection(host: str, port: int, allowed: frozenset[tuple[str, int]] = frozenset()) -> str:
    """Why a connection to this address is refused; empty when it may be made. `host` must be a plain address."""
    if (host, port) in allowed:
        return ""
    try:
        address = unwrapped(ip_address(host))
    except ValueError:
        return f"{host[:60]!r} is no plain address"
    if not is_public(address):
        return f"{host} is not a public address"
    if port not in PORTS:
        return f"port {port} is not one that videos come from"
    return ""


def unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside an IPv6 one (mapped, 6to4, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and address in NAT64:
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address


def is_public(address: IPv4Address | IPv6Address) -> bool:
    special = any(address in network for network in SPECIAL if network.version == address.version)
    return address.is_global and not (special or address.is_multicast or address.is_reserved or address.is_unspecified)


def install(allowed: Iterable[tuple[str, int]], refused: Callable[[str], None]) -> None:
    """Puts the guard on this process, for good. Names among `allowed` are resolved now; `refused` hears why
    a connection was not made."""
    known = frozenset(resolved(allowed))

    def watch(event: str, values: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            raise Walled(f"{event} is not allowed here")
        if event in SENDING:
            reason = _objection_to(values, known)
            if reason:
                refused(reason)
                raise Walled(reason)

    sys.addaudithook(watch)


def resolved(pairs: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """The pairs with every name replaced by its addresses; a name that leads nowhere is left out."""
    found: set[tuple[str, int]] = set()
    for host, port in pairs:
        try:
            found |= {(str(entry[4][0]), port) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError:
            continue
    return found


def _objection_to(values: tuple[Any, ...], allowed: frozenset[tuple[str, int]]) -> str:
    address = values[1] if len(values) > 1 else None
    if address is None and len(values) == 1:
        return ""
    if not isinstance(address, tuple) or len(address) < 2:
        return "only internet addresses can be connected to"
    return objection(str(address[0]).partition("%")[0], int(address[1]), allowed)
