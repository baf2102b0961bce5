"""Machines of a network of their own, as Linux network namespaces: each reaches this one and the others by a cable that
can be pulled, and nothing else. Names of hosts differ, so nobody can judge another's processes by their numbers.

What serves only this machine (`127.0.0.1`, a socket) is carried to the network's address by `Carrier`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

NAMED = 'hostname "$1" && shift && exec "$@"'


def why_not() -> str:
    """Why there can be no such network here; empty where there can."""
    if os.geteuid() != 0:
        return "network namespaces are made by root only"
    if not all(map(shutil.which, ("ip", "nsenter", "unshare", "hostname"))):
        return "iproute2 or util-linux is not installed"
    name = f"try{os.getpid()}"
    made = _ip("netns", "add", name, check=False)
    if not made:
        _ip("netns", "del", name)
    return made


class Cables:
    """Hosts on one bridge. `address`: of this machine there."""

    def __init__(self) -> None:
        self._mark = f"{os.getpid() % 100_000:x}"
        self._bridge = f"relay{self._mark}"
        self._net = f"10.{213 + os.getpid() % 40}.{os.getpid() // 40 % 250}"
        self.address = f"{self._net}.1"
        self._hosts: list[str] = []

    def lays(self) -> None:
        _ip("link", "add", "name", self._bridge, "type", "bridge")
        _ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
        _ip("link", "set", self._bridge, "up")

    def joins(self, host: str) -> tuple[str, ...]:
        """A new host; returns the words by which a process is started on it."""
        self._hosts.append(host)
        space, here, there = self._space(host), self._end(host), f"rb{self._mark}{len(self._hosts)}"
        _ip("netns", "add", space)
        _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", space)
        _ip("link", "set", here, "master", self._bridge, "up")
        _ip("-n", space, "addr", "add", f"{self._net}.{1 + len(self._hosts)}/24", "dev", there)
        _ip("-n", space, "link", "set", there, "up")
        _ip("-n", space, "link", "set", "lo", "up")
        return ("nsenter", f"--net=/run/netns/{space}", "unshare", "--uts", "sh", "-c", NAMED, "sh", host)

    def pulls(self, host: str) -> None:
        _ip("link", "set", self._end(host), "down")

    def swallows(self, host: str) -> None:
        """Nothing arrives any more, and nobody is told: the cable looks well at both ends."""
        self._forwards(host, is_on=False)

    def lets_through(self, host: str) -> None:
        self._forwards(host, is_on=True)

    def plugs_in(self, host: str) -> None:
        _ip("link", "set", self._end(host), "up")

    def goes(self) -> None:
        for host in self._hosts:
            _ip("netns", "del", self._space(host), check=False)
        _ip("link", "del", self._bridge, check=False)

    def _forwards(self, host: str, *, is_on: bool) -> None:
        done = subprocess.run(
            ["bridge", "link", "set", "dev", self._end(host), "state", "3" if is_on else "0"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def _space(self, host: str) -> str:
        return f"relay{self._mark}-{host}"

    def _end(self, host: str) -> str:
        return f"ra{self._mark}{1 + self._hosts.index(host)}"


@contextmanager
def cables() -> Iterator[Cables]:
    made = Cables()
    try:
        made.lays()
        yield made
    finally:
        made.goes()


@contextmanager
def carrying(address: str) -> Iterator[Carrier]:
    made = Carrier(address)
    try:
        yield made
    finally:
        made.ends()


class Carrier:
    """Carries connections to an address of the network on to what listens for this machine alone."""

    def __init__(self, address: str) -> None:
        self._address, self._loop, self._servers = address, asyncio.new_event_loop(), list[asyncio.Server]()
        self._thread = threading.Thread(target=self._loop.run_forever, name="carrier", daemon=True)
        self._thread.start()

    def carries(self, to: str | tuple[str, int]) -> int:
        """`to`: a socket's path, or host and port. Returns the port on which it is carried on."""
        return asyncio.run_coroutine_threadsafe(self._listens(to), self._loop).result()

    def free_port(self) -> int:
        with socket.create_server((self._address, 0)) as free:
            return int(free.getsockname()[1])

    def ends(self) -> None:
        asyncio.run_coroutine_threadsafe(self._stops(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stops(self) -> None:
        for server in self._servers:
            server.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def _listens(self, to: str | tuple[str, int]) -> int:
        async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.closing(writer):
                is_path = isinstance(to, str)
                there = await (asyncio.open_unix_connection(to) if is_path else asyncio.open_connection(*to))
                with contextlib.closing(there[1]):
                    await asyncio.gather(_pour(reader, there[1]), _pour(there[0], writer))

        server = await asyncio.start_server(carry, self._address, 0)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(65536):
            target.write(chunk)
            await target.drain()
    with contextlib.suppress(OSError):
        target.close()


def _ip(*words: str, check: bool = True) -> str:
    """What went wrong; with `check` that is raised."""
    done = subprocess.run(["ip", *words], capture_output=True, text=True, check=False)
    assert not (check and done.returncode), f"ip {' '.join(words)}: {done.stderr}"
    return done.stderr.strip() if done.returncode else ""
