"""Ways into a private network: spellings of an address, clients, redirects, names whose answers change.

`python -m tests.media.children.ways_inside guarded|open` does all of them in a process of its own, and says in JSON
{case: why it got nowhere, or "" where it arrived}. What lies on loopback is really asked for, at servers of this
process; of any other address it is only seen that it would have been connected to, and nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import re
import socket
import ssl
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import quote, unquote

import httpx
import requests
import urllib3

from relay import addresses
from relay.channels.webhook import Webhook
from relay.config import Settings
from relay.media.children import connect_guard, fetch, plain
from relay.models import NotificationState
from relay.ports import Notification
from relay.sources.web import GuardedTransport

PUBLIC = "8.8.8.8"
"""Never connected to: the net below holds what would go there."""
LOOPBACK = (
    *("127.0.0.1", "127.1", "127.0.1", "127.8.9.10", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0X7F.0X1"),
    *(
        "017700000001",
        "0177.0.0.1",
        "0177.1",
        "00000177.0.0.01",
        "0.0.0.0",
        "0",
        "localhost",
        "LocalHost",
        "localhost.",
    ),
    *("127.0.0.1.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:FFFF:7F00:0001]", "[::1]", "[::]", "[::1%lo]"),
    *("１２７.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "8.8.8.8@127.0.0.1", "8.8.8.8:443@127.0.0.1"),
    *("inside.example", "127.0.0.1.example", "both.example", "mapped.example"),
)
"""Spellings of this machine as they stand in an address on the web."""
NUMERIC = tuple(one for one in LOOPBACK if one[0] == "[" or re.fullmatch("[0-9a-fxX.]*[0-9a-fA-F]", one))
"""Those that the C library reads without asking anybody."""
RANGES = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
    *("224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32"),
    *("::1/128", "::/128", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:2::/48", "2001:10::/28"),
    *("2001:db8::/32", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
)
"""IANA's registries of special-purpose addresses: what is not globally reachable, and multicast."""
WRAPPED = ("127.0.0.1", "10.0.0.1", "169.254.169.254", "172.31.255.255", "192.168.1.1", "100.64.0.1", "0.0.0.0")
NAMES = {
    "localhost": ["127.0.0.1"],
    "127.0.0.1": ["127.0.0.1"],
    "inside.example": ["127.0.0.1"],
    "127.0.0.1.example": ["127.0.0.1"],
    "both.example": [PUBLIC, "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
}
SECONDS = 5


def wrapped(inner: IPv4Address) -> Iterator[IPv6Address]:
    """An IPv4 address as NAT64, 6to4, IPv4-mapped, IPv4-compatible, translated (SIIT), Teredo and ISATAP write it."""
    number = int(inner)
    for whole in (
        *(0x64FF9B << 96 | number, 0x2002 << 112 | number << 80, 0xFFFF << 32 | number, number, 0xFFFF << 48 | number),
        *(0x2001 << 112 | number ^ 0xFFFFFFFF, 0x2A00_1450 << 96 | 0x5EFE << 32 | number),
        0x2A00_1450 << 96 | 0x0200_5EFE << 32 | number,
    ):
        yield IPv6Address(whole)


def special() -> list[str]:
    """The first, a middle and the last address of each range, and private ones in each wrapping."""
    found: list[IPv4Address | IPv6Address] = []
    for network in map(ip_network, RANGES):
        found += [network[0], network[network.num_addresses // 2], network[-1]]
    found += [each for inner in WRAPPED for each in wrapped(IPv4Address(inner))]
    return list(dict.fromkeys(str(address) for address in found))


class Inside(ThreadingHTTPServer):
    """On loopback, with both kinds of addresses. /to/STATUS/ADDRESS leads on; anything else is the secret."""

    address_family, daemon_threads = socket.AF_INET6, True

    def __init__(self) -> None:
        self.visits = 0
        super().__init__(("::", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, *_: object) -> None: ...  # whoever only knocked has gone already

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        moved = self.path.startswith("/to/")
        if moved:
            _, _, status, target = self.path.split("/", 3)
            self.send_response(int(status))
            self.send_header("Location", unquote(target))
        else:
            self.server.visits += 1  # type: ignore[attr-defined]
            self.send_response(200)
        self.send_header("Content-Length", "0" if moved else "6")
        self.end_headers()
        if not moved:
            self.wfile.write(b"secret")

    do_HEAD = do_POST = do_GET  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None: ...


class Net:
    """Under whatever guard there is: notes where a connection would go, and holds what would leave this machine."""

    def __init__(self, door: int) -> None:
        self.door, self.reached, self.sleeps = ("127.0.0.1", door), list[str](), False

    def __call__(self, event: str, values: tuple[Any, ...]) -> None:
        if self.sleeps or event not in connect_guard.SENDING or len(values) < 2 or not isinstance(values[1], tuple):
            return
        host, port = str(values[1][0]), int(values[1][1])
        if (host, port) == self.door:
            return
        if host != PUBLIC:
            self.reached.append(host)
        if not self._is_here(host):
            raise ConnectionRefusedError("nothing leaves this machine")

    @staticmethod
    def _is_here(host: str) -> bool:
        """An odd spelling goes on to the C library, which knows numbers and asks nobody."""
        try:
            address = ip_address(host)
        except ValueError:
            return host[:1].isdigit()
        plain_address = getattr(address, "ipv4_mapped", None) or address
        return bool(plain_address.is_loopback or plain_address.is_unspecified)


class Resolver:
    """Stands in for the name servers of the world: NAMES, and names whose second answer is another."""

    def __init__(self) -> None:
        self._real, self._asked = socket.getaddrinfo, 0
        socket.getaddrinfo = self

    def forgets(self) -> None:
        self._asked = 0

    def __call__(self, host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:
        text = host.decode("ascii") if isinstance(host, bytes) else str(host)
        name = text.rstrip(".").lower()
        found: list[Any] = []
        for address in self._addresses(name):
            with contextlib.suppress(socket.gaierror):
                found += self._real(address, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        return found or self._real(text, port, family, type, proto, flags | socket.AI_NUMERICHOST)

    def _addresses(self, name: str) -> Sequence[str]:
        if name.endswith("rebinds.example"):
            self._asked += 1
            return [PUBLIC] if self._asked == 1 else ["127.0.0.1"]
        return NAMES.get(name, [])


Get = Callable[[str], object]


def clients(*, guarded: bool, door: int) -> dict[str, Get]:
    """Whatever Relay reads the web with, and what its libraries might."""
    import yt_dlp

    settings = Settings(_env_file=None, allow_private=f"127.0.0.1:{door}")  # type: ignore[call-arg]
    trust = ssl.create_default_context()

    def wire(url: str) -> object:
        way = GuardedTransport(settings, trust, time.monotonic() + SECONDS, guarded=guarded)
        with httpx.Client(transport=way, follow_redirects=True, trust_env=False) as client:
            return client.get(url).content

    def webhook(url: str) -> object:
        own = Settings(_env_file=None, alert_webhook=url, allow_private=f"127.0.0.1:{door}")  # type: ignore[call-arg]
        now = datetime(2023, 1, 12, tzinfo=UTC)
        told = Notification("1", "disk", next(iter(NotificationState)), "Full.", "https://relay.example/", now)
        return Webhook(own, lambda: now, str, guarded=guarded).send(told)

    def bring(url: str) -> object:
        with tempfile.TemporaryDirectory() as folder:
            job = {"url": url, "folder": folder, "max_bytes": 1000, "proxy": "", "allowed": []}
            return plain.bring(job, fetch.Teller())

    def downloader(url: str) -> object:
        job = {"folder": "/nowhere", "max_bytes": 1000, "proxy": "", "extractors": ["generic"]}
        with yt_dlp.YoutubeDL(fetch.options(job, "video", "b", fetch.Teller())) as one:
            return one.urlopen(url).read()

    plain.FIRST_PAUSE = 0.0
    return {
        "wire": wire,
        "webhook": webhook,
        "plain": bring,
        "yt-dlp": downloader,
        "urllib": lambda url: urllib.request.urlopen(url, timeout=SECONDS).read(),
        "requests": lambda url: requests.get(url, timeout=SECONDS).content,
        "httpx": lambda url: httpx.get(url, timeout=SECONDS, verify=trust, follow_redirects=True).content,
        "urllib3": lambda url: urllib3.request("GET", url, timeout=SECONDS, retries=urllib3.Retry(3, connect=0)).data,
    }


def sockets(port: int) -> dict[str, Callable[[str], object]]:
    """Without a client: each call of the system that begins a connection or sends a packet."""

    def bare(kind: int, do: Callable[[socket.socket, tuple[str, int]], object]) -> Callable[[str], object]:
        def go(host: str) -> object:
            with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as one:
                one.settimeout(SECONDS)
                return do(one, (host, port))

        return go

    async def stream(host: str) -> None:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()

    request = b"GET / HTTP/1.0\r\n\r\n"
    return {
        "connect": bare(socket.SOCK_STREAM, lambda one, at: one.connect(at)),
        "connect_ex": bare(socket.SOCK_STREAM, lambda one, at: one.connect_ex(at)),
        "fast open": bare(socket.SOCK_STREAM, lambda one, at: one.sendto(request, socket.MSG_FASTOPEN, at)),
        "sendto": bare(socket.SOCK_DGRAM, lambda one, at: one.sendto(b"x", at)),
        "sendmsg": bare(socket.SOCK_DGRAM, lambda one, at: one.sendmsg([b"x"], [], 0, at)),
        "create_connection": lambda host: socket.create_connection((host, port), SECONDS).close(),
        "http.client": lambda host: http.client.HTTPConnection(host, port, timeout=SECONDS).request("GET", "/"),
        "asyncio": lambda host: asyncio.run(stream(host)),
    }


def cases(*, guarded: bool, door: int, house: int) -> Iterator[tuple[str, Callable[[], object]]]:
    ways = clients(guarded=guarded, door=door)
    for name, get in ways.items():
        for host in LOOPBACK:
            yield f"{name}: {host}", lambda get=get, host=host: get(_url(host, house))
        yield f"{name}: an answer that changes", lambda get=get: _twice(get, f"http://rebinds.example:{house}/")
        if name == "webhook":
            continue  # which follows none
        for status in (301, 302, 303, 307, 308):
            onward = f"http://127.0.0.1:{door}/to/{status}/{quote(_url('127.0.0.1', house), safe='')}"
            yield f"{name}: sent on by {status}", lambda get=get, url=onward: get(url)
            again = f"http://127.0.0.1:{door}/to/{status}/{quote(onward, safe='')}"
            yield f"{name}: sent on twice by {status}", lambda get=get, url=again: get(url)
        for host in ("rebinds.example", "inside.example", "[::1]", "0x7f.1", "[::ffff:7f00:1]", "8.8.8.8@127.0.0.1"):
            onward = f"http://127.0.0.1:{door}/to/302/{quote(_url(host, house), safe='')}"
            yield f"{name}: sent on to {host}", lambda get=get, url=onward: _twice(get, url)
    for name, go in sockets(house).items():
        for host in NUMERIC:
            yield f"{name}: {host}", lambda go=go, host=host: go(host.strip("[]"))
    for name, go in sockets(80).items():
        if name in ("connect", "create_connection", "sendto"):
            for host in special():
                yield f"{name}: {host}", lambda go=go, host=host: go(host)
    for host in special():
        url = f"http://[{host}]/" if ":" in host else f"http://{host}/"
        yield f"wire: {host}", lambda url=url: ways["wire"](url)


def _url(host: str, port: int) -> str:
    return f"http://{host}:{port}/secret"


def _twice(get: Get, url: str) -> None:
    """As a second try does: the first ended at the public address, which did not answer."""
    with contextlib.suppress(Exception):
        get(url)
    get(url)


def main(*, guarded: bool) -> dict[str, str]:
    door, house = Inside(), Inside()
    addresses.PORTS = (*addresses.PORTS, house.port)  # so that it is the address alone that anything is refused for
    net, resolver = Net(door.port), Resolver()
    found: dict[str, str] = {}
    todo = list(cases(guarded=guarded, door=door.port, house=house.port))
    own = [each for each in todo if each[0].startswith(("wire:", "webhook:"))]
    other = [each for each in todo if each not in own]

    def does(which: Iterable[tuple[str, Callable[[], object]]]) -> None:
        for name, do in which:
            resolver.forgets()
            net.reached.clear()
            why = "arrived, and nothing was seen of it"
            try:
                do()
            except Exception as error:  # noqa: BLE001 - whatever a client makes of it
                why = f"{type(error).__name__}: {error}"
            found[name] = "" if net.reached else why

    sys.addaudithook(net)
    does(own)  # which have a guard of their own
    if guarded:
        net.sleeps = True
        connect_guard.install([net.door], lambda _reason: None)
        net = Net(door.port)
        sys.addaudithook(net)  # behind the guard: hears what it lets through
    does(other)
    found["visits"] = str(house.visits)
    return found


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):  # where a download tells how far it is
        said = main(guarded=sys.argv[1] == "guarded")
    sys.stdout.write(json.dumps(said, ensure_ascii=False) + "\n")
