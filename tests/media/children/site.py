"""A web server on loopback that serves one file as good, odd and broken servers do."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Site:
    """`with Site(content) as site`. `cuts`: after how many bytes of the body the next answers break off. `sent`: bytes
    of bodies so far. `asked`: headers of each request. `answers`: what it says instead of the file, one by one.

    `believes`: whether If-Range is looked at; a server that does not goes on with whatever it has.
    """

    content: bytes
    etag: str = '"one"'
    changed: str = ""
    length: bool = True
    chunked: bool = False
    believes: bool = True
    more: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    before: Callable[[int], None] = lambda _number: None
    sent: int = 0
    asked: list[dict[str, str]] = field(default_factory=list)

    def __enter__(self) -> Site:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}/film.mp4#file"
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self._answer(connection)

    def _answer(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            some = connection.recv(65536)
            if not some:
                return
            request += some
        lines = request.decode("latin-1").split("\r\n")[1:]
        told = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines if line)}
        self.asked.append(told)
        self.before(len(self.asked))
        status, headers, body = self.answers.pop(0) if self.answers else self._file(told)
        said = "".join(f"{name}: {text}\r\n" for name, text in {**headers, "Connection": "close"}.items())
        connection.sendall(f"HTTP/1.1 {status} X\r\n{said}\r\n".encode("latin-1"))
        for part in self._cut(body):
            connection.sendall(part)
            self.sent += len(part)

    def _cut(self, body: bytes) -> list[bytes]:
        most = self.cuts.pop(0) if self.cuts else len(body)
        if not self.chunked:
            return [body[:most]]
        whole = b"%x\r\n%s\r\n" % (len(body[:most]), body[:most]) if body[:most] else b""
        return [whole, b"0\r\n\r\n"] if most >= len(body) else [whole]

    def _file(self, told: Mapping[str, str]) -> Answer:
        named = {"ETag": self.etag, "Last-Modified": self.changed}
        headers = {name: text for name, text in named.items() if text}
        headers |= {"Date": "Thu, 12 Jan 2023 09:00:00 GMT", **self.more}
        wanted = re.fullmatch(r"bytes=(\d+)-", told.get("range", ""))
        same = not self.believes or told.get("if-range") in (self.etag, self.changed)
        status, body = 200, self.content
        if wanted is not None and same:
            first, whole = int(wanted[1]), len(self.content)
            if first >= whole:
                return 416, {**headers, "Content-Range": f"bytes */{whole}", "Content-Length": "0"}, b""
            status, body = 206, self.content[first:]
            headers["Content-Range"] = f"bytes {first}-{whole - 1}/{whole}"
        if self.chunked:
            headers["Transfer-Encoding"] = "chunked"
        elif self.length:
            headers["Content-Length"] = str(len(body))
        return status, headers, body
