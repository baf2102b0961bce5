"""Which internet addresses a foreign link may lead to, and to which host one leads. Pure.

Python's `is_global` calls some private addresses global (64:ff9b::7f00:1, 2002:7f00:1::, 192.0.0.8, 224.0.0.1, and of
the registries of special-purpose addresses what is younger than the Python): what is wrapped is unwrapped first, and
multicast and reserved ranges are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Set
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

PORTS = (80, 443)
NAT64 = ip_network("64:ff9b::/96")
ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""RFC 5214: what stands before an IPv4 address at the end of an IPv6 one, whatever network that is in."""
SPECIAL = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("64:ff9b:1::/48", "100::/63", "3fff::/20", "5f00::/16", "fec0::/10"),
    )
)
INSIDE = ("localhost", ".localhost", ".local", ".internal", ".lan", ".home.arpa")


def leads_to(url: str, hosts: Set[str]) -> bool:
    """Whether a web address, with or without its scheme, is on one of these hosts."""
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        return parts.scheme in ("http", "https") and (parts.hostname or "") in hosts
    except ValueError:
        return False


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
        return f"port {port} is not one that pages come from"
    return ""


def objection_to_name(host: str, port: int, allowed: frozenset[tuple[str, int]] = frozenset()) -> str:
    """The same for a host that somebody else resolves (a proxy): a name passes unless it can only lead inside."""
    if (host, port) in allowed:
        return ""
    if _is_plain(host):
        return objection(host, port, allowed)
    name = host.rstrip(".").casefold()
    if name.endswith(INSIDE) or "." not in name or _is_number(name.rpartition(".")[2]):
        return f"{host[:60]} is not a public host"
    return "" if port in PORTS else f"port {port} is not one that pages come from"


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
    if address.version == 6 and (int(address) >> 32) & 0xFFFFFFFF in ISATAP:
        special = special or not is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not (special or address.is_multicast or address.is_reserved or address.is_unspecified)


def _is_number(label: str) -> bool:
    """What ends like this is an address in one of its odd spellings (WHATWG URL, "ends in a number")."""
    return label.isdigit() or re.fullmatch("0x[0-9a-f]*", label) is not None


def is_loopback(host: str) -> bool:
    """Whether it is a plain address that only this machine reaches; False for every name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _is_plain(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
