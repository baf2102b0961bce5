"""The connect guard: what the downloader may connect to, decided at the moment it connects.

A Python audit hook sees the address that is really connected to, so redirects, rebinding names, odd spellings of
localhost and addresses inside playlists are all one check; it can't be taken off again. It also refuses to start
other programs. It does not see C code (docs/security.md, 0.5), so nothing of that kind runs in the fetching child.
Which addresses are refused is the business of relay/addresses.py.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

from relay.addresses import objection

FORBIDDEN = frozenset(
    {
        "subprocess.Popen", "os.exec", "os.system", "os.posix_spawn", "os.spawn", "os.startfile", "os.fork",
        "os.forkpty", "pty.spawn",
    }
)  # fmt: skip
SENDING = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})


class ConnectRefused(PermissionError):
    """The guard said no."""


def install(allowed: Iterable[tuple[str, int]], refused: Callable[[str], None]) -> None:
    """Puts the guard on this process, for good. Names among `allowed` are resolved now; `refused` hears why
    a connection was not made."""
    known = frozenset(resolved(allowed))

    def watch(event: str, values: tuple[Any, ...]) -> None:
        if event in FORBIDDEN:
            raise ConnectRefused(f"{event} is not allowed here")
        if event in SENDING:
            reason = _objection_to(values, known)
            if reason:
                refused(reason)
                raise ConnectRefused(reason)

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
