"""The connect guard: the rule as a table, and real connections in children, with the guard and without."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from relay.config import Settings
from relay.errors import NotYet, Refused
from relay.media.children import connect_guard
from relay.media.fetcher import YtDlpFetcher
from relay.media.toolbox import Toolbox


@pytest.mark.parametrize("host", ["87.240.132.72", "2a00:bdc0::1", "::ffff:87.240.132.72", "64:ff9b::57f0:8448"])
@pytest.mark.parametrize("port", [80, 443])
def test_public_addresses_are_let_through(host: str, port: int) -> None:
    assert connect_guard.objection(host, port) == ""


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "127.8.8.8", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
        *("169.254.169.254", "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255"),
        *(
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
        ),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:c0a8:101::1"),
        *("2001:db8::1", "240.0.0.1", "192.0.2.1"),
    ],
)
def test_private_special_and_wrapped_addresses_are_refused(host: str) -> None:
    assert "not a public address" in connect_guard.objection(host, 443)


@pytest.mark.parametrize("host", ["localhost", "127.1", "0", "2130706433", "0x7f.1", "vk.com", "", "1.2.3.4.5"])
def test_only_plain_addresses_are_judged(host: str) -> None:
    """A name given to connect() is resolved behind the guard's back, so names are refused."""
    assert "no plain address" in connect_guard.objection(host, 443)


@pytest.mark.parametrize("port", [22, 25, 3306, 6379, 8080, 0, 65535])
def test_other_ports_are_refused(port: int) -> None:
    assert "port" in connect_guard.objection("87.240.132.72", port)


def test_pairs_that_were_allowed_are_let_through_as_they_are() -> None:
    allowed = frozenset({("127.0.0.1", 3128)})

    assert connect_guard.objection("127.0.0.1", 3128, allowed) == ""
    assert connect_guard.objection("127.0.0.1", 3129, allowed)
    assert connect_guard.objection("127.0.0.2", 3128, allowed)


def test_names_among_the_allowed_are_resolved() -> None:
    assert ("127.0.0.1", 3128) in connect_guard.resolved([("localhost", 3128)])
    assert connect_guard.resolved([("127.0.0.1", 80), ("no-such-name.invalid", 80)]) == {("127.0.0.1", 80)}


class Private:
    """A server on loopback that counts who came; `/go` sends the visitor on to `target`."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        self.target = ""
        outer = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.visits.append(self.path)
                moved = self.path.startswith("/go") and outer.target
                self.send_response(302 if moved else 200)
                self.send_header("Location", outer.target) if moved else None
                self.send_header("Content-Type", "video/mp4")
                self.send_header("Content-Length", "0" if moved else "4000")
                self.end_headers()
                if not moved:
                    self.wfile.write(bytes(4000))

            do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def private() -> Iterator[Private]:
    server = Private()
    yield server
    server.close()


@pytest.fixture
def other() -> Iterator[Private]:
    server = Private()
    yield server
    server.close()


CLIENTS = """
import json, socket, sys, urllib.request
from relay.media.children import connect_guard as guard
guarded, port = sys.argv[1] == "on", int(sys.argv[2])
refused = []
if guarded:
    guard.install([], refused.append)
import requests
GET = b"GET / HTTP/1.0\\r\\n\\r\\n"
hosts = ["127.0.0.1", "localhost", "127.1", "0", "2130706433", "0x7f000001", "017700000001", "[::ffff:127.0.0.1]"]
ways = {
    "urllib": lambda url, host: urllib.request.urlopen(url, timeout=5).read(1),
    "requests": lambda url, host: requests.get(url, timeout=5).content,
    "socket": lambda url, host: socket.create_connection((host.strip("[]"), port), 5).sendall(GET),
    "bare": lambda url, host: bare(host),
}
def bare(host):
    with socket.socket() as s:
        s.settimeout(5); s.connect((host, port)); s.sendall(GET); s.recv(1)
reached = []
for name, way in ways.items():
    for host in hosts:
        try:
            way(f"http://{host}:{port}/{name}", host); reached.append(f"{name} {host}")
        except (OSError, ValueError, requests.RequestException):
            pass
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
try:
    udp.sendto(b"x", ("127.0.0.1", port)); reached.append("udp")
except PermissionError:
    pass
print(json.dumps({"reached": reached, "refused": len(refused)}))
"""


def clients(port: int, *, guarded: bool) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", CLIENTS, "on" if guarded else "off", str(port)],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    result: dict[str, object] = json.loads(done.stdout)
    return result


@pytest.mark.slow
def test_no_spelling_and_no_client_gets_through(private: Private) -> None:
    said = clients(private.port, guarded=True)

    assert said["reached"] == []
    assert private.visits == []


@pytest.mark.slow
def test_without_the_guard_they_do(private: Private) -> None:
    said = clients(private.port, guarded=False)

    assert isinstance(said["reached"], list)
    assert len(said["reached"]) > 20
    assert private.visits


PROGRAMS = """
import os, subprocess, sys
from relay.media.children import connect_guard as guard
if sys.argv[1] == "on":
    guard.install([], lambda reason: None)
started = []
for name, start in {
    "Popen": lambda: subprocess.run(["/bin/true"]),
    "system": lambda: os.system("true"),
    "posix_spawn": lambda: os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0),
    "fork": lambda: os.waitpid(os.fork() or os._exit(0), 0),
}.items():
    try:
        start(); started.append(name)
    except PermissionError:
        pass
print(",".join(started))
"""


@pytest.mark.slow
@pytest.mark.parametrize(("guarded", "started"), [("on", ""), ("off", "Popen,system,posix_spawn,fork")])
def test_no_program_is_started(guarded: str, started: str) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAMS, guarded], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == started


def fetch(folder: Path, url: str, *allowed: int) -> None:
    """The real downloader, with the one reader that fetches anything, because that is what an attack would use."""
    pairs = ",".join(f"127.0.0.1:{port}" for port in allowed)
    settings = Settings(_env_file=None, allow_private=pairs)  # type: ignore[call-arg]
    folder.mkdir()
    YtDlpFetcher(settings, Toolbox(), extractors=("generic",)).fetch(url, folder)


@pytest.mark.media
def test_the_downloader_follows_no_redirect_into_a_private_network(
    private: Private, other: Private, tmp_path: Path
) -> None:
    private.target = f"http://127.0.0.1:{other.port}/secret.mp4"
    with pytest.raises((Refused, NotYet)):
        fetch(tmp_path / "guarded", f"http://127.0.0.1:{private.port}/go.mp4", private.port)
    assert private.visits
    assert other.visits == []

    fetch(tmp_path / "let-through", f"http://127.0.0.1:{private.port}/go.mp4", private.port, other.port)
    assert other.visits


@pytest.mark.media
def test_the_downloader_reads_no_local_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(bytes(1000))

    with pytest.raises((Refused, NotYet)):
        fetch(tmp_path / "folder", secret.as_uri())
    assert not list((tmp_path / "folder").glob("video*"))
