from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from msgspec import Raw

from relay.config import Settings
from relay.sources.vk.http import NoAnswer, VkHttpAdapter, open_session
from relay.sources.vk.pages import read_whole

URL = "https://api.vk.ru/method/wall.get"
GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n{"response":1}'


class Listener:
    """Answers every connection on loopback with the bytes that `answer` sends, and keeps what it was sent."""

    def __init__(self, answer: Callable[[socket.socket], None]) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.received: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._socket.accept()
                with connection, contextlib.suppress(OSError):
                    self.received.append(_request(connection))
                    self._answer(connection)

    def close(self) -> None:
        self._socket.close()


def _request(connection: socket.socket) -> bytes:
    """Head and body, however the wire cuts them."""
    received = connection.recv(65536)
    while b"\r\n\r\n" in received:
        head, body = received.split(b"\r\n\r\n", 1)
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if length is None or len(body) >= int(length[1]):
            break
        received += connection.recv(65536)
    return received


@pytest.fixture
def listens() -> Iterator[Callable[[Callable[[socket.socket], None]], Listener]]:
    listeners: list[Listener] = []

    def start(answer: Callable[[socket.socket], None]) -> Listener:
        listeners.append(Listener(answer))
        return listeners[-1]

    yield start
    for listener in listeners:
        listener.close()


Listens = Callable[[Callable[[socket.socket], None]], Listener]


def _session(url: str, tmp_path: Path, **seconds: float) -> requests.Session:
    session = open_session(Settings(_env_file=None, data_dir=tmp_path, vk_api_url=url))  # type: ignore[call-arg]
    wire = session.get_adapter(URL)
    assert isinstance(wire, VkHttpAdapter)
    for name, value in seconds.items():
        setattr(wire, name, value)
    return session


def _http(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.mark.slow
def test_calls_go_to_the_address_that_stands_in(listens: Listens, tmp_path: Path) -> None:
    for ending in ("", "/", "/method", "/method/"):
        server = listens(lambda connection: connection.sendall(GOOD))
        with _session(server.url + ending, tmp_path) as session:
            assert session.post(URL, {"access_token": "t"}).json() == {"response": Raw(b"1")}
        assert server.received[0].startswith(b"POST /method/wall.get HTTP/1.1\r\n")


def test_half_an_emoji_is_read_as_a_sign_that_any_database_takes(listens: Listens, tmp_path: Path) -> None:
    body = rb'{"response": {"text": "\ud83c\udf39 \ud83c", "count": 10639516.0}}'
    server = listens(lambda connection: connection.sendall(_http("200 OK", body=body)))
    with _session(server.url, tmp_path) as session:
        shown = read_whole(session.post(URL, {"access_token": "t"}).json()["response"])
    assert shown == {"text": "🌹 \ufffd", "count": 10639516.0}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (_http("200 OK", body=b"<html>captcha</html>"), "no JSON"),
        (_http("200 OK", body=b'{"response": [1, 2'), "no JSON"),
        (_http("200 OK", body=b"\xff\xfe\xfa"), "no JSON"),
        (_http("200 OK", body=b"[" * 200_000), "no answer"),
        (_http("200 OK", body=b'{"response": ' + b"[" * 200_000), "no JSON"),
        (_http("200 OK", body=b""), "no JSON"),
        (_http("200 OK", body=b"null"), "no answer"),
        (_http("200 OK", body=b"[]"), "no answer"),
        (_http("200 OK", body=b"{}"), "no answer"),
        (_http("200 OK", body=b'{"error": "x"}'), "no answer"),
        (_http("200 OK", body=b'{"error": {"error_msg": "x"}}'), "no answer"),
        (_http("200 OK", body=b'{"error": {"error_code": "5", "error_msg": "x"}}'), "no answer"),
        (_http("503 Busy", body=b"x"), "HTTP 503"),
        (_http("404 Not Found", body=b'{"response": 1}'), "HTTP 404"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "breaks off"),
        (b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"re', "breaks off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "breaks off"),
        (_http("200 OK", "Content-Encoding: gzip", body=b"no gzip"), "breaks off"),
    ],
)
def test_what_is_no_answer_is_told(listens: Listens, tmp_path: Path, answer: bytes, told: str) -> None:
    server = listens(lambda connection: connection.sendall(answer))
    with _session(server.url, tmp_path) as session, pytest.raises(NoAnswer, match=told):
        session.post(URL, {})


@pytest.mark.slow
def test_the_server_may_say_when_to_come_back(listens: Listens, tmp_path: Path) -> None:
    server = listens(lambda connection: connection.sendall(_http("429 Slow", "Retry-After: 7")))
    with _session(server.url, tmp_path) as session, pytest.raises(NoAnswer) as told:
        session.post(URL, {})
    assert told.value.retry_after == 7


def test_no_redirect_carries_the_token_away(listens: Listens, tmp_path: Path) -> None:
    thief, server = _redirecting(listens)
    with _session(server.url, tmp_path) as session, pytest.raises(requests.RequestException):
        session.post(URL, {"access_token": "secret"})
    assert thief.received == []


def test_a_plain_session_would_carry_the_token_away(listens: Listens, tmp_path: Path) -> None:
    """The twin: requests as it comes."""
    thief, server = _redirecting(listens)
    with requests.Session() as session:
        session.trust_env = False
        session.post(server.url, {"access_token": "secret"})
    assert b"access_token=secret" in thief.received[0]


def _redirecting(listens: Listens) -> tuple[Listener, Listener]:
    thief = listens(lambda connection: connection.sendall(GOOD))
    server = listens(
        lambda connection: connection.sendall(_http("307 Elsewhere", f"Location: {thief.url}/method/wall.get"))
    )
    return thief, server


def test_nothing_else_can_be_reached(tmp_path: Path) -> None:
    with _session("http://127.0.0.1:9", tmp_path) as session:
        for url in ("http://127.0.0.1:9/", "https://example.org/", "file:///etc/passwd"):
            with pytest.raises(requests.exceptions.InvalidSchema):
                session.get(url)


@pytest.mark.slow
def test_a_server_that_is_silent_is_left(listens: Listens, tmp_path: Path) -> None:
    over = threading.Event()
    server = listens(lambda _connection: over.wait(20))
    started = time.monotonic()
    with _session(server.url, tmp_path, read_seconds=0.1) as session, pytest.raises(requests.Timeout):
        session.post(URL, {})
    over.set()
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_server_that_drips_is_left(listens: Listens, tmp_path: Path) -> None:
    server = listens(lambda connection: _drip(connection, seconds=20))
    started = time.monotonic()
    session = _session(server.url, tmp_path, read_seconds=5, whole_seconds=0.3)
    with session, pytest.raises(NoAnswer, match="too slowly"):
        session.post(URL, {})
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_without_the_whole_limit_the_drip_goes_on(listens: Listens, tmp_path: Path) -> None:
    """The twin: the read limit alone is never met."""
    server = listens(lambda connection: _drip(connection, seconds=1.2))
    started = time.monotonic()
    with _session(server.url, tmp_path, read_seconds=5, whole_seconds=60) as session, pytest.raises(NoAnswer):
        session.post(URL, {})
    assert time.monotonic() - started > 1.0


def _drip(connection: socket.socket, *, seconds: float) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(round(seconds * 10)):
        connection.sendall(b"x")
        time.sleep(0.1)
