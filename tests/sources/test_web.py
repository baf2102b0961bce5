from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpcore
import httpx
import pytest
import trustme

from relay import __version__, addresses
from relay.config import Settings
from relay.errors import Refused, TryLater
from relay.sources import web as module
from relay.sources.web import Web
from relay.store import Store
from tests.fakes.clock import FakeClock


class House(BaseHTTPRequestHandler):
    """A server inside the walls, which no foreign link may reach."""

    asked: list[str] = []  # noqa: RUF012 - emptied by the fixture

    def do_GET(self) -> None:
        self.asked.append(self.path)
        answer = {
            "/slow": self._slow,
            "/slower": self._slower,
            "/endless": self._endless,
            "/bomb": self._bomb,
            "/cut": self._cut,
        }
        answer.get(self.path, self._plain)()

    def _begin(self, *headers: tuple[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def _plain(self) -> None:
        if self.path.startswith("/to/"):
            self._begin(("Location", self.path.removeprefix("/to/")), ("Content-Length", "0"), status=302)
            return
        self._begin(("Content-Length", "6"))
        self.wfile.write(b"secret")

    def _slow(self, times: int = 10) -> None:
        self._begin(("Content-Length", "100000"))
        for _ in range(times):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.03)

    def _slower(self) -> None:
        self._slow(1000)

    def _endless(self) -> None:
        self._begin()
        for _ in range(100):
            self.wfile.write(b"x" * 10_000)

    def _bomb(self) -> None:
        body = gzip.compress(b"0" * 3_000_000)
        self._begin(("Content-Encoding", "gzip"), ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _cut(self) -> None:
        self._begin(("Content-Length", "1000"))
        self.wfile.write(b"half")

    def log_message(self, *words: object) -> None: ...

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            return


@pytest.fixture
def house() -> Iterator[int]:
    """The port, the same on 127.0.0.1 and 127.0.0.2."""
    House.asked.clear()
    with contextlib.ExitStack() as servers:
        port = servers.enter_context(_serving("127.0.0.1", 0))
        servers.enter_context(_serving("127.0.0.2", port))
        yield port


@contextlib.contextmanager
def _serving(host: str, port: int) -> Iterator[int]:
    server = ThreadingHTTPServer((host, port), House)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


Make = Callable[..., Web]


@pytest.fixture
def make(store: Store, clock: FakeClock) -> Make:
    def made(*, guarded: bool = True, **settings: object) -> Web:
        own = Settings(_env_file=None, **settings)  # type: ignore[call-arg, arg-type]
        return Web(own, store, clock, lambda s: clock.moves(seconds=s), network="rss", name="The site", guarded=guarded)

    return made


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"])
def test_what_lies_inside_is_not_reached(make: Make, house: int, host: str) -> None:
    with pytest.raises(Refused, match="must not be reached"):
        make().get(f"http://{host}:{house}/")
    assert House.asked == []


@pytest.mark.slow
def test_without_the_guard_it_would_be(make: Make, house: int) -> None:
    assert make(guarded=False).get(f"http://localhost:{house}/").text == "secret"


@pytest.mark.slow
def test_what_the_operator_allows_is_reached(make: Make, house: int) -> None:
    assert make(allow_private=f"127.0.0.1:{house}").get(f"http://127.0.0.1:{house}/").text == "secret"


@pytest.mark.slow
def test_a_redirect_inside_is_not_followed(make: Make, house: int) -> None:
    """The guard looks at each step; the twin below follows the same redirect without it."""
    target = f"http://127.0.0.2:{house}/inside"
    with pytest.raises(Refused, match="must not be reached"):
        make(allow_private=f"127.0.0.1:{house}").get(f"http://127.0.0.1:{house}/to/{target}", redirects=3)
    assert "/inside" not in House.asked
    reply = make(guarded=False).get(f"http://127.0.0.1:{house}/to/{target}", redirects=3)
    assert (reply.text, reply.requests) == ("secret", 2)


@pytest.mark.slow
def test_a_redirect_to_a_foreign_host_is_not_followed(make: Make, house: int) -> None:
    web = make(allow_private=f"127.0.0.1:{house}")
    reply = web.get(f"http://127.0.0.1:{house}/to/http://evil.example/", redirects=3, hosts=["127.0.0.1"])
    assert (reply.status, reply.location) == (302, "http://evil.example/")


@pytest.mark.slow
@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/x"])
def test_other_kinds_of_address_are_refused(make: Make, url: str) -> None:
    with pytest.raises(Refused, match="must not be reached"):
        make().get(url)


@pytest.mark.slow
def test_a_byte_now_and_then_ends_at_the_deadline(make: Make, house: int) -> None:
    web = make(allow_private=f"127.0.0.1:{house}")
    web.whole_seconds = 0.2
    started = time.monotonic()
    with pytest.raises(TryLater, match="too slowly"):
        web.get(f"http://127.0.0.1:{house}/slower")
    assert time.monotonic() - started < 15
    web.whole_seconds = 60.0
    web.read_seconds = 5.0
    with pytest.raises(TryLater, match="breaks off"):  # the twin: without the deadline all of it is waited for
        web.get(f"http://127.0.0.1:{house}/slow")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/endless", pytest.param("/bomb", marks=pytest.mark.slow)])
def test_what_does_not_end_is_left(make: Make, house: int, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    web = make(allow_private=f"127.0.0.1:{house}")
    assert len(web.get(f"http://127.0.0.1:{house}{path}").body) >= 1_000_000  # the twin: below the limit it is read
    monkeypatch.setattr(module, "MOST_BYTES", 100_000)
    with pytest.raises(TryLater, match="without end"):
        web.get(f"http://127.0.0.1:{house}{path}")


@pytest.mark.slow
def test_half_an_answer_is_no_answer(make: Make, house: int) -> None:
    with pytest.raises(TryLater, match="breaks off") as caught:
        make(allow_private=f"127.0.0.1:{house}").get(f"http://127.0.0.1:{house}/cut")
    assert caught.value.requests == 3


def test_nobody_there_is_said_so(make: Make) -> None:
    with pytest.raises(TryLater, match="can't be reached"):
        make(allow_private="127.0.0.1:9").get("http://127.0.0.1:9/")


@pytest.mark.parametrize(
    ("host", "port", "fine"),
    [
        ("8.8.8.8", 443, True),
        ("8.8.8.8", 22, False),
        ("10.0.0.1", 443, False),
        ("169.254.169.254", 80, False),
        ("100.64.1.1", 443, False),
        ("224.0.0.1", 443, False),
        ("64:ff9b::7f00:1", 443, False),
        ("2002:7f00:1::", 443, False),
        ("::1", 443, False),
        ("2a00:1450:4001::1", 443, True),
        ("name", 443, False),
    ],
)
def test_addresses(host: str, port: int, fine: bool) -> None:
    assert (addresses.objection(host, port) == "") is fine


@pytest.mark.parametrize(
    ("host", "fine"),
    [("example.org", True), ("localhost", False), ("a.localhost.", False), ("db", False), ("printer.local", False),
     ("127.0.0.1", False), ("8.8.8.8", True), ("0x7f.1", False), ("metadata.google.internal", False)],
)  # fmt: skip
def test_names_that_a_proxy_would_resolve(host: str, fine: bool) -> None:
    assert (addresses.objection_to_name(host, 443) == "") is fine


# Without a server: what is sent, and what is made of each answer


class Script(httpx.BaseTransport):
    """In the place of the wire: gives the answers in their order, and keeps what was sent and with what limits."""

    def __init__(self) -> None:
        self.answers: list[httpx.Response | Exception] = []
        self.sent: list[httpx.Request] = []
        self.made: list[tuple[float, bool]] = []

    def wire(self, _settings: Settings, trust: object, deadline: float, *, guarded: bool) -> Script:
        assert trust == "trusted"
        self.made.append((deadline - time.monotonic(), guarded))
        return self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def urls(self) -> list[str]:
        return [str(request.url) for request in self.sent]


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    made = Script()
    monkeypatch.setattr(module, "GuardedTransport", made.wire)
    monkeypatch.setattr(module, "trusted", lambda _settings: "trusted")
    return made


PAGE = "https://site.example/a"


def _moved(to: str, status: int = 302) -> httpx.Response:
    return httpx.Response(status, headers={"Location": to})


@pytest.mark.slow
def test_a_request_says_who_asks_and_has_its_limits(make: Make, script: Script) -> None:
    web = make()
    web.read_seconds = 7.0
    script.answers = [httpx.Response(404, headers={"X-Name": "Value"}, content="да\xff".encode("cp1251", "replace"))]
    reply = web.get(PAGE, accept="text/plain")
    assert (reply.status, reply.url, reply.requests) == (404, PAGE, 1)
    assert reply.headers["x-name"] == "Value"
    assert reply.text == "\ufffd\ufffd?"
    (request,) = script.sent
    assert (request.method, str(request.url), request.content) == ("GET", PAGE, b"")
    assert {name: request.headers[name] for name in ("user-agent", "accept", "accept-language")} == {
        "user-agent": f"Relay/{__version__}",
        "accept": "text/plain",
        "accept-language": "en",
    }
    assert request.extensions["timeout"] == {"connect": 8.0, "read": 7.0, "write": 7.0, "pool": 7.0}
    ((seconds, guarded),) = script.made
    assert 55 < seconds <= 60
    assert guarded


def test_a_form_is_posted_and_the_guard_can_be_left_out_for_tests(make: Make, script: Script) -> None:
    script.answers = [httpx.Response(200)]
    make(guarded=False).get(PAGE, form={"st.page": "2", "a": "я"})
    (request,) = script.sent
    assert (request.method, request.content) == ("POST", b"st.page=2&a=%D1%8F")
    assert [guarded for _, guarded in script.made] == [False]
    assert request.headers["accept"] == "*/*"
    assert request.extensions["timeout"]["read"] == 20.0


def test_a_film_is_not_fetched_where_only_its_headers_are_wanted(make: Make, script: Script) -> None:
    script.answers = [httpx.Response(200, content=b"film"), httpx.Response(200, content=b"film")]
    assert make().get(PAGE, headers_only=True).body == b""
    assert make().get(PAGE).body == b"film"


@pytest.mark.slow
@pytest.mark.parametrize(("length", "fine"), [(9, True), (10, True), (11, False)])
def test_a_body_may_be_as_long_as_the_limit(
    make: Make, script: Script, monkeypatch: pytest.MonkeyPatch, length: int, *, fine: bool
) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    script.answers = [httpx.Response(200, content=b"x" * length) for _ in range(3)]
    if fine:
        assert make().get(PAGE).body == b"x" * length
        return
    with pytest.raises(TryLater) as told:
        make().get(PAGE)
    assert (told.value.line, told.value.requests) == (
        "The site sends without end. Relay tries again by itself; nothing was lost.",
        3,
    )


def test_eight_megabytes_are_read_of_a_page() -> None:
    assert module.MOST_BYTES == 8 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_as_often_as_was_said(make: Make, script: Script, status: int) -> None:
    script.answers = [_moved("/b", status), _moved("https://other.example/c", status), httpx.Response(200)]
    reply = make().get(PAGE, redirects=2)
    assert (reply.status, reply.url, reply.requests) == (200, "https://other.example/c", 3)
    assert script.urls == [PAGE, "https://site.example/b", "https://other.example/c"]
    script.answers = [_moved("/b", status), _moved("/c", status)]
    reply = make().get(PAGE, redirects=1)
    assert (reply.status, reply.url, reply.location, reply.requests) == (
        status,
        "https://site.example/b",
        "https://site.example/c",
        2,
    )


@pytest.mark.slow
def test_without_leave_and_for_other_answers_nothing_is_followed(make: Make, script: Script) -> None:
    script.answers = [_moved("/b"), _moved("/b", 304), _moved("/b", 201)]
    assert [make().get(PAGE, redirects=number).status for number in (0, 3, 3)] == [302, 304, 201]
    assert script.urls == [PAGE] * 3


@pytest.mark.slow
def test_only_the_hosts_that_were_named_are_followed(make: Make, script: Script) -> None:
    script.answers = [_moved("https://t.me/b"), _moved("http://[broken"), httpx.Response(200)]
    reply = make().get(PAGE, redirects=3, hosts=["t.me"])
    assert (reply.status, reply.url, reply.location, reply.requests) == (302, "https://t.me/b", "", 2)


@pytest.mark.slow
def test_passing_faults_are_tried_three_times_and_the_pauses_grow(make: Make, script: Script, clock: FakeClock) -> None:
    script.answers = [httpx.Response(500), httpx.ReadError("x"), httpx.Response(499)]
    began = clock()
    reply = make().get(PAGE)
    assert (reply.status, reply.requests) == (499, 3)
    assert 1.5 <= (clock() - began).total_seconds() <= 4.5
    script.answers = [_moved("/b"), httpx.Response(503), _moved("/b"), httpx.Response(503), httpx.Response(503)]
    with pytest.raises(TryLater) as told:
        make().get(PAGE, redirects=1)
    assert (told.value.line, told.value.requests) == (
        "The site answers with HTTP 503. Relay tries again by itself; nothing was lost.",
        5,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("status", "after", "seconds"), [(503, "20", 40), (503, "90", 120), (503, "soon", 3), (429, "20", 40), (429, "", 3)]
)
def test_a_site_may_say_when_to_come_back(
    make: Make, script: Script, clock: FakeClock, status: int, after: str, seconds: float
) -> None:
    """Two pauses; the last try is not waited after."""
    script.answers = [httpx.Response(status, headers={"Retry-After": after}) for _ in range(3)]
    began = clock()
    with pytest.raises(TryLater):
        make().get(PAGE)
    waited = (clock() - began).total_seconds()
    assert (waited == pytest.approx(seconds, abs=0.01)) if seconds > 3 else (1.5 <= waited <= 4.6)


@pytest.mark.slow
def test_a_network_that_asks_us_to_come_less_often_is_left_alone_by_everybody(
    make: Make, script: Script, clock: FakeClock
) -> None:
    script.answers = [httpx.Response(429, headers={"Retry-After": "30"})] * 3
    with pytest.raises(TryLater, match="The site asks us to come less often"):
        make().get(PAGE)
    script.answers = [httpx.Response(200)]
    began = clock()
    make().get(PAGE)
    assert (clock() - began).total_seconds() == pytest.approx(30, abs=0.01)


@pytest.mark.slow
def test_pages_are_asked_for_at_the_pace_of_their_network(make: Make, script: Script, clock: FakeClock) -> None:
    script.answers = [httpx.Response(200)] * 3
    web, began = make(), clock()
    for _ in range(3):
        web.get(PAGE)
    assert (clock() - began).total_seconds() == pytest.approx(2.04)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("error", "line"),
    [
        (httpx.ReadTimeout("x"), "The site does not answer in time."),
        (module.TooMuch("{name} sends too slowly."), "The site sends too slowly."),
        (
            httpx.ConnectError("CERTIFICATE_VERIFY_FAILED"),
            "The site's certificate is not trusted here (behind a TLS inspection, set RELAY_CA_BUNDLE).",
        ),
        (httpx.ConnectError("x"), "The site can't be reached. Is this machine on the internet?"),
        (httpx.ProxyError("a certificate"), "The site can't be reached. Is this machine on the internet?"),
        (httpx.ReadError("a certificate"), "The site's answer breaks off."),
    ],
)
def test_every_trouble_of_the_wire_has_its_words(make: Make, script: Script, error: Exception, line: str) -> None:
    script.answers = [error] * 3
    with pytest.raises(TryLater) as told:
        make().get(PAGE)
    assert told.value.line == f"{line} Relay tries again by itself; nothing was lost."
    assert told.value.requests == 3


@pytest.mark.slow
def test_what_must_not_be_reached_is_not_tried_again(make: Make, script: Script) -> None:
    script.answers = [module.AddressRefused("10.0.0.1 is not a public address")] * 2
    with pytest.raises(Refused) as told:
        make().get(PAGE)
    assert told.value.line == "site.example must not be reached: 10.0.0.1 is not a public address."
    with pytest.raises(Refused, match=r"^It must not be reached"):
        make().get("file:///etc")
    with pytest.raises(Refused, match=r"^'https://x{72}' is no address\.$"):
        make().get(f"https://{'x' * 99}\x01")
    assert len(script.sent) == 2


@pytest.mark.slow
def test_json_is_asked_for_as_json_and_a_page_for_people_is_none(make: Make, script: Script) -> None:
    script.answers = [_moved("/b"), httpx.Response(200, content=b'{"a": [1]}')]
    found, reply = make().json(PAGE, hosts=["site.example"])
    assert (found, reply.url, reply.requests) == ({"a": [1]}, "https://site.example/b", 2)
    assert script.sent[0].headers["accept"] == "application/json"
    script.answers = [_moved("https://other.example/b")]
    assert make().json(PAGE, hosts=["site.example"])[1].status == 302
    script.answers = [httpx.Response(404, content=b"<html>"), httpx.Response(404, content=b"[1]")]
    assert [make().json(PAGE)[0] for _ in range(2)] == [None, [1]]
    script.answers = [httpx.Response(200, content=b"[" * 100_000)]
    with pytest.raises(TryLater) as told:
        make().json(PAGE)
    assert (told.value.line, told.value.requests) == (
        "The site answers with something that is no list. Relay tries again by itself; nothing was lost.",
        1,
    )


# The guard and the deadline


class Line(httpcore.NetworkStream):
    """A connection without a network: what is written is kept, `answer` is read."""

    def __init__(self, answer: bytes = b"") -> None:
        self.answer = [answer] if answer else []
        self.written = b""
        self.timeouts: list[float | None] = []
        self.closed = False
        self.trouble: Exception | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.timeouts.append(timeout)
        if self.answer:
            return self.answer.pop(0)
        if self.trouble is not None:
            raise self.trouble
        return b""

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.timeouts.append(timeout)
        self.written += buffer

    def close(self) -> None:
        self.closed = True

    def start_tls(self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None) -> Line:
        self.timeouts.append(timeout)
        self.tls = (ssl_context, server_hostname)
        return self

    def get_extra_info(self, info: str) -> Any:
        return "a socket" if info == "socket" else None


class Lines(httpcore.SyncBackend):
    """In the place of the system's connections."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.asked: list[tuple[str, int, float | None]] = []
        self.refusing: set[str] = set()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *_more: object) -> Line:  # type: ignore[override]
        self.asked.append((host, port, timeout))
        if host in self.refusing:
            raise httpcore.ConnectError(f"{host} refuses")
        return self.line


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Line:
    """Every connection is this one, and names are found without asking anybody."""
    made = Line(b"HTTP/1.1 203 Fine\r\nX-Name: Value\r\nContent-Length: 4\r\n\r\nfilm")
    lines = Lines(made)
    made.lines = lines  # type: ignore[attr-defined]
    monkeypatch.setattr(httpcore, "SyncBackend", lambda: lines)
    names = {"site.example": ["8.8.8.8", "8.8.8.8", "1.1.1.1"], "mixed.example": ["8.8.8.8", "10.0.0.1"]}

    def found(host: str, port: int, **more: object) -> list[tuple[object, ...]]:
        assert more == {"type": socket.SOCK_STREAM}
        if host == "nobody.example":
            raise OSError("no such name")
        return [(0, 0, 0, "", (address, port)) for address in names.get(host, [host])]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    return made


def _wire(*, guarded: bool = True, seconds: float = 60.0, **settings: object) -> module.GuardedTransport:
    own = Settings(_env_file=None, **settings)  # type: ignore[call-arg, arg-type]
    return module.GuardedTransport(
        own, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), time.monotonic() + seconds, guarded=guarded
    )


def _asks(wire: module.GuardedTransport, url: str) -> httpx.Response:
    with httpx.Client(transport=wire, timeout=5, trust_env=False) as client:
        return client.post(url, content=b"form", headers={"X-Own": "1"})


def test_a_request_goes_out_as_it_is_and_its_answer_comes_back(line: Line) -> None:
    response = _asks(_wire(), "http://site.example/a?b=c")
    assert (response.status_code, response.headers["x-name"], response.content) == (203, "Value", b"film")
    head, _, body = line.written.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert b"\r\nHost: site.example\r\n" in head
    assert b"\r\nX-Own: 1" in head
    assert body == b"form"
    assert line.lines.asked == [("8.8.8.8", 80, 5)]  # type: ignore[attr-defined]
    assert line.closed
    assert all(timeout is not None and timeout <= 5 for timeout in line.timeouts)


@pytest.mark.slow
def test_the_next_address_is_tried_where_the_first_refuses(line: Line) -> None:
    lines: Lines = line.lines  # type: ignore[attr-defined]
    lines.refusing = {"8.8.8.8"}
    assert _asks(_wire(), "http://site.example/").status_code == 203
    assert [host for host, *_ in lines.asked] == ["8.8.8.8", "1.1.1.1"]
    lines.refusing.add("1.1.1.1")
    with pytest.raises(httpx.ConnectError, match=r"1\.1\.1\.1 refuses"):
        _asks(_wire(), "http://site.example/")


@pytest.mark.parametrize(
    ("url", "settings", "reached"),
    [
        ("http://mixed.example/", {}, []),
        ("http://10.0.0.1/", {}, []),
        ("http://8.8.8.8:22/", {}, []),
        ("http://10.0.0.1:8080/", {"allow_private": "10.0.0.1:8080"}, ["10.0.0.1"]),
        ("http://mixed.example:8080/", {"allow_private": "mixed.example:8080"}, ["8.8.8.8"]),
        ("http://10.0.0.1:8081/", {"allow_private": "10.0.0.1:8080"}, []),
        ("http://10.0.0.1/", {"guarded": False}, ["10.0.0.1"]),
    ],
)
def test_only_what_the_guard_lets_through_is_connected_to(
    line: Line, url: str, settings: dict[str, Any], reached: list[str]
) -> None:
    wire = _wire(**settings)
    if reached:
        assert _asks(wire, url).status_code == 203
    else:
        with pytest.raises(module.AddressRefused):
            _asks(wire, url)
    assert [host for host, *_ in line.lines.asked] == reached  # type: ignore[attr-defined]


def test_a_name_that_nobody_knows_can_not_be_reached(line: Line) -> None:
    with pytest.raises(httpx.ConnectError, match=r"nobody\.example can't be found"):
        _asks(_wire(), "http://nobody.example/")


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:3128", "127.0.0.1:3128"])
def test_a_proxy_is_reached_wherever_it_lies_and_finds_the_names(line: Line, proxy: str) -> None:
    assert _asks(_wire(proxy=proxy), "http://nobody.example/a").status_code == 203
    assert line.written.startswith(b"POST http://nobody.example/a HTTP/1.1\r\n")
    assert [(host, port) for host, port, _ in line.lines.asked] == [("127.0.0.1", 3128)]  # type: ignore[attr-defined]


def test_a_proxy_that_names_no_port_is_at_the_usual_one(line: Line) -> None:
    assert _asks(_wire(proxy="http://10.0.0.9"), "http://nobody.example/a").status_code == 203
    assert [(host, port) for host, port, _ in line.lines.asked] == [("10.0.0.9", 80)]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://printer.local/", "printer.local is not a public host"),
        ("http://site.example:22/", "port 22 is not one that pages come from"),
        ("ftp://site.example/", "'ftp' is no kind of address that is read"),
        (f"{'x' * 30}://site.example/", f"'{'x' * 20}' is no kind of address that is read"),
    ],
)
def test_a_proxy_is_not_asked_for_what_lies_inside(line: Line, url: str, words: str) -> None:
    with pytest.raises(module.AddressRefused) as told:
        _asks(_wire(proxy="http://127.0.0.1:3128"), url)
    assert str(told.value) == words
    assert line.written == b""


def test_without_the_guard_a_proxy_is_asked_for_anything(line: Line) -> None:
    assert _asks(_wire(proxy="http://127.0.0.1:3128", guarded=False), "http://printer.local/").status_code == 203


def test_nothing_is_sent_or_read_after_the_deadline(line: Line) -> None:
    with pytest.raises(httpx.ReadTimeout, match="no answer in time"):
        _asks(_wire(seconds=-1), "http://site.example/")
    assert line.written == b""


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (httpcore.ReadTimeout("slow"), module.TooMuch),
        (httpcore.ReadError("cut"), httpx.ReadError),
        (OSError("cut"), httpx.ReadError),
    ],
)
def test_a_body_that_breaks_off_is_told_apart_from_one_that_comes_too_slowly(
    line: Line, trouble: Exception, raised: type[Exception]
) -> None:
    line.answer = [b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi"]
    line.trouble = trouble
    with pytest.raises(raised) as told:
        _asks(_wire(), "http://site.example/")
    assert type(told.value) is raised
    assert str(told.value) == ("{name} sends too slowly." if raised is module.TooMuch else "breaks off")


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (httpcore.ReadTimeout("x"), httpx.ReadTimeout),
        (httpcore.ConnectError("x"), httpx.ConnectError),
        (httpcore.ReadError("x"), httpx.ReadError),
        (httpcore.ProxyError("x"), httpx.ProxyError),
        (httpcore.RemoteProtocolError("x"), httpx.ReadError),
        (OSError("x"), httpx.ReadError),
    ],
)
def test_trouble_before_the_first_byte_comes_out_as_httpxs_own(
    line: Line, trouble: Exception, raised: type[Exception]
) -> None:
    line.answer = []
    line.trouble = trouble
    with pytest.raises(httpx.TransportError) as told:
        _asks(_wire(), "http://site.example/")
    assert type(told.value) is raised


def test_a_connection_has_as_long_as_is_left_and_no_longer_than_was_said(line: Line) -> None:
    stream = module._Stream(line, time.monotonic() + 50)
    stream.read(5, 7.0)
    stream.read(5)
    stream.write(b"a", 60.0)
    covered = stream.start_tls(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "site.example", 9.0)
    covered.write(b"b")
    first, second, third, fourth, fifth = (timeout or 0 for timeout in line.timeouts)
    assert (first, fourth) == (7.0, 9.0)
    assert all(49 < each <= 50 for each in (second, third, fifth))
    assert (line.tls[1], stream.get_extra_info("socket")) == ("site.example", "a socket")
    covered.close()
    assert (line.closed, line.written) == (True, b"ab")


@pytest.mark.slow
def test_the_bundle_is_trusted_besides_the_usual_certificates(tmp_path: Path) -> None:
    authority, path = trustme.CA(organization_name="Our inspection"), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    usual = len(module.trusted(Settings(_env_file=None)).get_ca_certs())  # type: ignore[call-arg]
    ours = module.trusted(Settings(_env_file=None, ca_bundle=path)).get_ca_certs()  # type: ignore[call-arg]
    assert usual > 50
    assert len(ours) == usual + 1
    assert any("Our inspection" in str(each["subject"]) for each in ours)
