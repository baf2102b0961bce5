from __future__ import annotations

import contextlib
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from relay import addresses
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
