"""The sandbox over real sockets, with the real vk_api and the real yt-dlp."""

from __future__ import annotations

import hashlib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import vk_api
from requests.adapters import HTTPAdapter

from relay.media.toolbox import Toolbox
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.records import Key
from tests.sandbox.toy import Toy, ToySite

FETCH = """
import json, sys, yt_dlp
proxy, url, folder = sys.argv[1:]
options = {
    "proxy": proxy, "compat_opts": ["no-certifi"], "cachedir": False, "quiet": True, "noprogress": True,
    "paths": {"home": folder, "temp": folder + "/parts"}, "outtmpl": "%(id)s.%(ext)s", "socket_timeout": 10,
}
with yt_dlp.YoutubeDL(options) as downloader:
    found = downloader.extract_info(url)
words = ("title", "uploader", "uploader_id", "duration", "height", "description")
print(json.dumps({"file": found["requested_downloads"][0]["filepath"], **{word: found.get(word) for word in words}}))
"""


class ToTheSandbox(HTTPAdapter):
    """Sends what vk_api addresses to VK's host to the sandbox instead."""

    def __init__(self, base: str) -> None:
        self._base = base
        super().__init__()

    def send(self, request: Any, *words: Any, **options: Any) -> requests.Response:
        parts = urlsplit(request.url)
        request.url = f"{self._base}{parts.path}{'?' + parts.query if parts.query else ''}"
        options["timeout"] = 5
        return super().send(request, *words, **options)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def sandbox(network: Network) -> Iterator[Sandbox]:
    with Sandbox(network) as sandbox:
        yield sandbox


@pytest.fixture
def vk(sandbox: Sandbox) -> Iterator[vk_api.VkApi]:
    with requests.Session() as session:
        session.trust_env = False
        session.mount("https://api.vk.ru/", ToTheSandbox(sandbox.api_url))
        vk = vk_api.VkApi(token=sandbox.token, api_version="5.199", session=session)
        vk.RPS_DELAY = 0  # the network sets no rate here
        yield vk


def get(url: str, **words: Any) -> requests.Response:
    """Without the proxies and certificates that the developer's own environment may name."""
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, timeout=30, **words)


@pytest.mark.slow
def test_it_starts_and_stops_and_leaves_nothing(network: Network) -> None:
    before = set(threading.enumerate())
    sandbox = Sandbox(network)
    for _ in range(2):
        began = time.monotonic()
        sandbox.start()
        assert get(f"{sandbox.api_url}/method/users.get").json()["error"]["error_code"] == 5
        bundle = sandbox.ca_bundle
        assert "BEGIN CERTIFICATE" in bundle.read_text()
        sandbox.stop()
        assert time.monotonic() - began < 15
        assert not bundle.exists()
        with pytest.raises(requests.ConnectionError):
            get(f"{sandbox.api_url}/method/users.get")
    assert set(threading.enumerate()) == before


def test_a_port_that_is_taken_is_told(network: Network) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        sandbox = Sandbox(network, api_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            sandbox.start()


@pytest.mark.slow
def test_its_settings_lead_here(sandbox: Sandbox) -> None:
    settings = sandbox.settings()

    assert settings["RELAY_VK_API_URL"] == sandbox.api_url
    assert settings["RELAY_ALLOW_PRIVATE"] == urlsplit(sandbox.proxy_url).netloc
    assert set(settings) == {
        "RELAY_VK_API_URL", "RELAY_VK_TOKEN", "RELAY_PROXY", "RELAY_CA_BUNDLE", "RELAY_ALLOW_PRIVATE",
    }  # fmt: skip


# The real vk_api


@pytest.mark.slow
def test_vk_api_reads_walls_searches_and_executes(vk: vk_api.VkApi, network: Network) -> None:
    public = network.vk.has_group("tosno", "Подслушано в Тосно")
    post = network.vk.posts(public, "Читаю #proryv80")
    wall = vk.method("wall.get", {"domain": "tosno", "extended": 1})
    found = vk.method("newsfeed.search", {"q": "#proryv80"})
    packed = vk.method(
        "execute", {"code": f'return [API.wall.get({{"owner_id":{public}}}),API.wall.get({{}})];'}, raw=True
    )

    assert wall["items"][0]["text"] == "Читаю #proryv80"
    assert wall["groups"][0]["name"] == "Подслушано в Тосно"
    assert [item["id"] for item in found["items"]] == [post.id]
    assert packed["response"][1] is False
    assert packed["execute_errors"][0]["error_code"] == 100
    assert network.vk.api.calls == {"wall.get": 3, "newsfeed.search": 1, "execute": 1}
    assert network.vk.api.requests == 3


@pytest.mark.slow
def test_vk_api_meets_errors_and_bad_lines(vk: vk_api.VkApi, network: Network) -> None:
    network.vk.api.fails("users.get", 29)
    with pytest.raises(vk_api.ApiError) as limit:
        vk.method("users.get")
    assert limit.value.code == 29
    network.vk.api.fails("users.get", 14)
    with pytest.raises(vk_api.Captcha) as captcha:
        vk.method("users.get")
    assert captcha.value.sid == "100000000001"
    network.vk.api.answers_status(502)
    with pytest.raises(vk_api.ApiHttpError):
        vk.method("users.get")
    network.vk.api.answers_html()
    with pytest.raises(requests.exceptions.JSONDecodeError):
        vk.method("users.get")
    network.is_down()
    with pytest.raises(requests.ConnectionError):
        vk.method("users.get")
    network.heals()
    assert vk.method("users.get") == []


def test_broken_connections_break_for_the_client(vk: vk_api.VkApi, network: Network) -> None:
    network.vk.api.breaks_connections(1.0)
    with pytest.raises(requests.ConnectionError):
        vk.method("users.get")


@pytest.mark.slow
def test_a_slow_network_is_slow(sandbox: Sandbox, network: Network) -> None:
    network.is_slow(0.2)
    began = time.monotonic()
    get(f"{sandbox.api_url}/method/users.get")

    assert time.monotonic() - began >= 0.2


@pytest.mark.slow
def test_a_network_that_joins_is_reached_like_the_others(network: Network) -> None:
    server = Sandbox(network)
    toy = network.joins(ToySite(Toy()))
    toy.says("hello")
    with server as sandbox:
        words = {"proxies": {"https": sandbox.proxy_url}, "verify": str(sandbox.ca_bundle)}
        assert get("https://toy.example/words", **words).text == "hello"
        toy.faults.is_down()
        with pytest.raises(requests.ConnectionError):
            get("https://toy.example/words", **words)
        assert get("https://vk.com/x", **words).status_code == 404


@pytest.mark.slow
def test_one_server_shows_one_network_after_the_other(sandbox: Sandbox, network: Network) -> None:
    other = Network(token="other")
    sandbox.shows(other)
    get(f"{sandbox.api_url}/method/users.get")
    proxies = {"https": sandbox.proxy_url}
    assert get("https://vk.com/x", proxies=proxies, verify=str(sandbox.ca_bundle)).status_code == 404
    assert connect(sandbox, "CONNECT elsewhere.example:443 HTTP/1.1").startswith(b"HTTP/1.1 502 ")
    assert sandbox.token == "other"
    assert (other.vk.api.requests, other.visits, len(other.refused)) == (1, {"page": 1}, 1)
    assert (network.vk.api.requests, network.visits, network.refused) == (0, {}, [])


# The proxy


def connect(sandbox: Sandbox, line: str) -> bytes:
    parts = urlsplit(sandbox.proxy_url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as connection:
        connection.sendall(f"{line}\r\nHost: x\r\n\r\n".encode())
        return connection.recv(200)


STRANGERS = (
    "CONNECT example.org:443 HTTP/1.1",
    "CONNECT 127.0.0.1:443 HTTP/1.1",
    "CONNECT vk.com:80 HTTP/1.1",
    "CONNECT evil.vk.com:443 HTTP/1.1",
    "GET http://vk.com/ HTTP/1.1",
    "nonsense",
)


def test_nothing_leaves_the_network(sandbox: Sandbox, network: Network) -> None:
    for line in STRANGERS:
        assert connect(sandbox, line).startswith(b"HTTP/1.1 502 "), line
    assert len(network.refused) == len(STRANGERS)


def test_our_own_hosts_are_let_through(sandbox: Sandbox, network: Network) -> None:
    """The twin: the same question for a host of the network is answered."""
    assert connect(sandbox, "CONNECT vk.com:443 HTTP/1.1").startswith(b"HTTP/1.1 200 ")
    assert network.refused == []


@pytest.mark.slow
def test_the_certificate_is_needed_and_is_enough(sandbox: Sandbox) -> None:
    proxies = {"https": sandbox.proxy_url}

    assert get("https://vk.com/x", proxies=proxies, verify=str(sandbox.ca_bundle)).status_code == 404
    with pytest.raises(requests.exceptions.SSLError):
        get("https://vk.com/x", proxies=proxies)
    assert ssl.create_default_context(cafile=sandbox.ca_bundle).get_ca_certs()


# The real yt-dlp


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real film of 640×360, large enough to be cut in the middle."""
    folder = tmp_path_factory.mktemp("reading")
    toolbox = Toolbox()
    source = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=2", "-c:v", "libx264", "-preset", "ultrafast"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *source, str(folder / "reading.mp4")], folder=folder)
    return folder / "reading.mp4"


@pytest.fixture
def video(network: Network, reading: Path) -> Key:
    vera = network.vk.has_resident("Вера", "Белова")
    return network.vk.uploads(vera, reading, title="Читаю дневник", description="о войне", duration=2)


def fetch(sandbox: Sandbox, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", FETCH, sandbox.proxy_url, url, str(folder)],
        env={"SSL_CERT_FILE": str(sandbox.ca_bundle), "PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.slow
@pytest.mark.media
@pytest.mark.parametrize("page", ["https://vk.com/video", "https://vkvideo.ru/video", "https://vk.ru/clip"])
def test_yt_dlp_brings_the_file_home_byte_by_byte(
    sandbox: Sandbox, video: Key, reading: Path, tmp_path: Path, page: str
) -> None:
    done = fetch(sandbox, f"{page}{video}", tmp_path)

    assert done.returncode == 0, done.stderr
    assert digest(tmp_path / f"{video}.mp4") == digest(reading)
    for word in ('"height": 360', '"duration": 2', f'"uploader_id": "{video.owner_id}"'):
        assert word in done.stdout
    assert "Читаю дневник" in done.stdout.encode().decode("unicode_escape")


@pytest.mark.slow
@pytest.mark.media
def test_yt_dlp_goes_on_after_a_cut(
    sandbox: Sandbox, network: Network, video: Key, reading: Path, tmp_path: Path
) -> None:
    network.web_breaks()
    broken = fetch(sandbox, f"https://vk.com/video{video}", tmp_path)
    part = next((tmp_path / "parts").iterdir())
    half = part.stat().st_size

    assert broken.returncode != 0
    assert "more expected" in broken.stderr
    assert 0 < half <= reading.stat().st_size // 2
    assert fetch(sandbox, f"https://vk.com/video{video}", tmp_path).returncode == 0
    assert digest(tmp_path / f"{video}.mp4") == digest(reading)
    assert (network.visits["media"], network.visits["resumed"]) == (2, 1)


@pytest.mark.slow
@pytest.mark.media
def test_yt_dlp_solves_the_challenge(sandbox: Sandbox, network: Network, video: Key, tmp_path: Path) -> None:
    network.vk.faults.challenges()

    assert fetch(sandbox, f"https://vk.com/video{video}", tmp_path).returncode == 0
    assert network.visits == {"al_video": 2, "challenge": 2, "media": 1}


@pytest.mark.slow
@pytest.mark.media
def test_yt_dlp_finds_the_videos_of_a_post_and_of_an_embedded_player(
    sandbox: Sandbox, network: Network, video: Key, tmp_path: Path
) -> None:
    embedded = f"https://vk.com/video_ext.php?oid={video.owner_id}&id={video.id}"
    assert fetch(sandbox, embedded, tmp_path / "a").returncode == 0
    post = network.vk.posts(video.owner_id, "Слушайте", videos=[video])
    fetch(sandbox, f"https://vk.com/wall{post}", tmp_path / "b")

    assert (tmp_path / "b" / f"{video}.mp4").is_file()


@pytest.mark.slow
@pytest.mark.media
def test_yt_dlp_says_why_a_video_is_not_to_be_had(
    sandbox: Sandbox, network: Network, video: Key, tmp_path: Path
) -> None:
    def said() -> str:
        return fetch(sandbox, f"https://vk.com/video{video}", tmp_path).stderr

    network.vk.deletes_video(video)
    assert "has been deleted" in said()
    network.vk.hides_video(video)
    assert "only available for registered users" in said()
    network.vk.finishes_video(video)
    network.vk.faults.web_changes()
    assert "KeyError('params')" in said()
    network.web_refuses(status=403)
    assert "HTTP Error 403" in said()


@pytest.mark.slow
@pytest.mark.media
def test_without_the_certificate_yt_dlp_trusts_nobody(sandbox: Sandbox, video: Key, tmp_path: Path) -> None:
    """The twin of the byte-by-byte test: certificates really are checked there."""
    sandbox.ca_bundle = tmp_path / "none.pem"

    assert "CERTIFICATE_VERIFY_FAILED" in fetch(sandbox, f"https://vk.com/video{video}", tmp_path).stderr
