"""The webhook against a real HTTP server on loopback, and the guard in front of it."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from relay.channels.webhook import Webhook
from relay.config import Settings
from relay.errors import NotSent
from relay.upkeep.outbox import CLAIM
from tests.channels.conftest import LETTER, RUSSIAN
from tests.fakes.clock import FakeClock

MakeSettings = Callable[..., Settings]


class Chat(BaseHTTPRequestHandler):
    """Takes what is posted; paths ask for trouble."""

    got: list[tuple[dict[str, str], dict[str, Any]]] = []  # noqa: RUF012 - emptied by the fixture
    waits = threading.Event()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        if self.path == "/hangs":
            self.waits.wait(20)
            return
        status = int(self.path[1:]) if self.path[1:].isdigit() else 200
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/inside")
        self.end_headers()
        self.wfile.write("принято\n".encode() * (100_000 if self.path == "/endless" else 1))

    def log_message(self, *words: object) -> None: ...

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Chat)
    server.daemon_threads = True
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        Chat.waits.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def chat() -> Iterator[int]:
    Chat.got.clear()
    Chat.waits.clear()
    with serving() as port:
        yield port


def webhook(settings: Settings, **more: Any) -> Webhook:
    return Webhook(settings, FakeClock(), RUSSIAN, **more)


@pytest.mark.slow
def test_the_document(chat: int, make_settings: MakeSettings) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/", allow_private=f"127.0.0.1:{chat}")
    assert webhook(settings).send(LETTER) == "HTTP 200 принято"
    ((headers, document),) = Chat.got
    assert headers["idempotency-key"] == document["id"] == "0123456789abcdef"
    assert headers["content-type"] == "application/json"
    assert {name: document[name] for name in ("key", "state", "url", "campaign", "at")} == {
        "key": "vk:abc",
        "state": "open",
        "url": "https://vk.com/captcha?sid=1",
        "campaign": "proryv80",
        "at": "2023-01-12T09:00:00+00:00",
    }
    assert document["text"].startswith("ВКонтакте просит ввести капчу.")
    assert document["advice"].startswith("Посмотрите журнал")


@pytest.mark.slow
def test_without_a_page_of_its_own_it_leads_to_the_desk(chat: int, make_settings: MakeSettings) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/", allow_private=f"127.0.0.1:{chat}")
    webhook(settings).send(replace(LETTER, url="", campaign="", advice=""))
    ((_headers, document),) = Chat.got
    assert document["url"] == "https://relay.library.example/health"
    assert not {"campaign", "advice"} & set(document)


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_what_lies_inside_is_not_reached(chat: int, make_settings: MakeSettings, host: str) -> None:
    with pytest.raises(NotSent, match="must not be reached"):
        webhook(make_settings(alert_webhook=f"http://{host}:{chat}/")).send(LETTER)
    assert Chat.got == []


@pytest.mark.slow
def test_twin_without_the_guard_it_would_be(chat: int, make_settings: MakeSettings) -> None:
    webhook(make_settings(alert_webhook=f"http://localhost:{chat}/"), guarded=False).send(LETTER)
    assert len(Chat.got) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", [302, 404, 410, 429, 500, 503])
def test_any_answer_but_a_receipt_is_tried_again(chat: int, make_settings: MakeSettings, status: int) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/{status}", allow_private=f"127.0.0.1:{chat}")
    with pytest.raises(NotSent, match=f"answers with: HTTP {status}"):
        webhook(settings).send(LETTER)
    assert len(Chat.got) == 1, "a redirect is not followed"


@pytest.mark.slow
def test_a_receiver_that_hangs_is_left(chat: int, make_settings: MakeSettings) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/hangs", allow_private=f"127.0.0.1:{chat}")
    hook = webhook(settings)
    hook.read_seconds = 0.2
    with pytest.raises(NotSent, match="does not answer in time"):
        hook.send(LETTER)


@pytest.mark.slow
def test_a_long_answer_is_not_waited_for(chat: int, make_settings: MakeSettings) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/endless", allow_private=f"127.0.0.1:{chat}")
    assert len(webhook(settings).send(LETTER)) < 250


@pytest.mark.slow
def test_its_address_is_told_nowhere(make_settings: MakeSettings) -> None:
    for address in ("http://127.0.0.1:9/canary", "http://canary.invalid/", "http://user:canary@127.0.0.1:9/"):
        hook = webhook(make_settings(alert_webhook=address, allow_private="127.0.0.1:9"))
        with pytest.raises(NotSent) as told:
            hook.send(LETTER)
        assert "canary" not in told.value.line
        assert told.value.__cause__ is None


@pytest.mark.slow
def test_certificates_are_checked_and_the_bundle_counts(
    chat: int, make_settings: MakeSettings, authority: trustme.CA, bundle: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with serving(context) as port:
        words = {"alert_webhook": f"https://localhost:{port}/", "allow_private": f"localhost:{port}"}
        with pytest.raises(NotSent, match="certificate is not trusted"):
            webhook(make_settings(**words)).send(LETTER)
        assert webhook(make_settings(**words, ca_bundle=bundle)).send(LETTER) == "HTTP 200 принято"


@pytest.mark.slow
def test_it_goes_through_the_proxy(chat: int, make_settings: MakeSettings) -> None:
    """The proxy is asked for the whole address, and it is the proxy that knows the way."""
    settings = make_settings(
        alert_webhook="http://chat.library.example/hook", proxy=f"http://127.0.0.1:{chat}", allow_private=""
    )
    assert webhook(settings).send(LETTER) == "HTTP 200 принято"
    assert Chat.got[0][0]["host"] == "chat.library.example"
    inside = make_settings(alert_webhook="http://printer.local/hook", proxy=f"http://127.0.0.1:{chat}")
    with pytest.raises(NotSent, match="must not be reached"):
        webhook(inside).send(LETTER)
    assert len(Chat.got) == 1


@pytest.mark.slow
@pytest.mark.parametrize("status", [200, 201, 202, 299])
def test_every_answer_of_success_is_a_receipt(chat: int, make_settings: MakeSettings, status: int) -> None:
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/{status}", allow_private=f"127.0.0.1:{chat}")
    assert webhook(settings).send(LETTER) == f"HTTP {status} принято"


def test_the_surroundings_send_it_no_other_way(
    chat: int, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only RELAY_PROXY does: an old HTTP_PROXY of the machine must not see what is said."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    settings = make_settings(alert_webhook=f"http://127.0.0.1:{chat}/", allow_private=f"127.0.0.1:{chat}")
    assert webhook(settings).send(LETTER) == "HTTP 200 принято"


@pytest.mark.slow
def test_a_port_where_nobody_listens_is_not_taken_for_a_wrong_certificate(make_settings: MakeSettings) -> None:
    for scheme in ("http", "https"):
        hook = webhook(make_settings(alert_webhook=f"{scheme}://127.0.0.1:9/", allow_private="127.0.0.1:9"))
        with pytest.raises(NotSent, match="can't be reached"):
            hook.send(LETTER)


def test_it_gives_up_before_another_process_takes_the_message_over(make_settings: MakeSettings) -> None:
    hook = webhook(make_settings(alert_webhook="http://127.0.0.1:9/"))
    assert 5 <= hook.read_seconds <= hook.whole_seconds <= CLAIM.total_seconds() / 2
