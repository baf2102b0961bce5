"""A phone's network: it lies between the browser and the desk, and is cut when a test says so."""

from __future__ import annotations

import contextlib
import socket
import threading

BLOCK = 32 * 1024


class WeakNetwork:
    """Forwards loopback connections to `port`. `cuts_after(n)`: once n more bytes have gone up, all break at once.

    With `stays_away` new connections are refused until `is_back()`.
    """

    def __init__(self, port: int) -> None:
        self._to = port
        self._left: int | None = None
        self._away = self._stays_away = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.cut = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def cuts_after(self, count: int, *, stays_away: bool = False) -> None:
        with self._lock:
            self._left, self._stays_away = count, stays_away
            self.cut.clear()

    def is_back(self) -> None:
        self._away = False

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        self._listener.close()
        self._break()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._away:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._open |= {near, far}
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while some := source.recv(BLOCK):
                target.sendall(some)
                if up and self._is_over(len(some)):
                    self._break()
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            with self._lock:
                self._open.discard(end)
        source.close()  # the other direction closes its own

    def _is_over(self, count: int) -> bool:
        with self._lock:
            if self._left is None:
                return False
            self._left -= count
            if self._left > 0:
                return False
            self._left, self._away = None, self._stays_away
            self.cut.set()
            return True

    def _break(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
