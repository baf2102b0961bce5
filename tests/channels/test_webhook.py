"""The webhook against a real HTTP server on loopback, and the guard in front of it."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from relay import __version__
from relay.channels import webhook as module
from relay.channels.webhook import Webhook
from relay.config import Settings
from relay.errors import NotSent
from relay.sources.web import AddressRefused
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


@pytest.mark.slow
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


# Without a server: what is sent, and what is made of the answers


class Receiver(httpx.BaseTransport):
    """In the place of the wire: answers with what was laid there, and keeps what it was made with and sent."""

    def __init__(self) -> None:
        self.made: list[tuple[Settings, object, float, bool]] = []
        self.sent: list[httpx.Request] = []
        self.answer: httpx.Response | Exception = httpx.Response(200)

    def wire(self, settings: Settings, trust: object, deadline: float, *, guarded: bool) -> Receiver:
        self.made.append((settings, trust, deadline - time.monotonic(), guarded))
        return self

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.sent.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Receiver:
    made = Receiver()
    monkeypatch.setattr(module, "GuardedTransport", made.wire)
    monkeypatch.setattr(module, "trusted", lambda settings: ("trusted", settings))
    return made


HOOK = "https://chat.example/hook?key=canary"


def test_a_letter_is_posted_as_one_document_to_the_guarded_address(
    receiver: Receiver, make_settings: MakeSettings
) -> None:
    settings = make_settings(alert_webhook=HOOK)
    hook = Webhook(settings, FakeClock(), lambda text: text.upper())
    hook.read_seconds = 7.0
    assert hook.send(LETTER) == "HTTP 200"
    ((made_with, trust, seconds, guarded),) = receiver.made
    assert (made_with, trust, guarded) == (settings, ("trusted", settings), True)
    assert 25 < seconds <= 30
    (request,) = receiver.sent
    assert (request.method, str(request.url)) == ("POST", HOOK)
    assert request.extensions["timeout"] == {"connect": 8.0, "read": 7.0, "write": 7.0, "pool": 7.0}
    assert request.headers["user-agent"] == f"Relay/{__version__}"
    assert request.headers["idempotency-key"] == LETTER.id
    assert json.loads(request.content) == {
        "id": "0123456789abcdef",
        "key": "vk:abc",
        "state": "open",
        "text": LETTER.text.upper(),
        "advice": LETTER.advice.upper(),
        "url": "https://vk.com/captcha?sid=1",
        "campaign": "proryv80",
        "at": "2023-01-12T09:00:00+00:00",
    }


def test_what_a_letter_lacks_its_document_lacks_and_its_page_is_the_desk(make_settings: MakeSettings) -> None:
    bare = replace(LETTER, url="", campaign="", advice="")
    assert Webhook(make_settings(), FakeClock(), lambda text: text).document(bare) == {
        "id": "0123456789abcdef",
        "key": "vk:abc",
        "state": "open",
        "text": LETTER.text,
        "url": "https://relay.library.example/health",
        "at": "2023-01-12T09:00:00+00:00",
    }


def test_it_is_guarded_unless_somebody_says_otherwise(receiver: Receiver, make_settings: MakeSettings) -> None:
    settings = make_settings(alert_webhook=HOOK)
    webhook(settings, guarded=False).send(LETTER)
    webhook(settings).send(LETTER)
    assert [guarded for *_, guarded in receiver.made] == [False, True]


class Breaking(httpx.SyncByteStream):
    def __iter__(self) -> Iterator[bytes]:
        raise httpx.ReadError("breaks off")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(200, content="  принято\n\tспасибо\x07 !".encode()), "HTTP 200 принято спасибо !"),
        (httpx.Response(299, content=b"x" * 201), f"HTTP 299 {'x' * 200}"),
        (httpx.Response(201, content=b" " * 799 + b"yz"), "HTTP 201 y"),
        (httpx.Response(204), "HTTP 204"),
        (httpx.Response(202, content=b"\xff."), "HTTP 202 \ufffd."),
        (httpx.Response(200, stream=Breaking()), "HTTP 200"),
    ],
)
def test_the_first_words_of_an_answer_are_the_receipt(
    receiver: Receiver, make_settings: MakeSettings, answer: httpx.Response, said: str
) -> None:
    receiver.answer = answer
    assert webhook(make_settings(alert_webhook=HOOK)).send(LETTER) == said


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (httpx.Response(199, content=b"hm"), "The webhook answers with: HTTP 199 hm"),
        (httpx.Response(302, headers={"Location": "/inside"}), "The webhook answers with: HTTP 302"),
        (httpx.Response(500, content=b"oops"), "The webhook answers with: HTTP 500 oops"),
        (
            AddressRefused("canary"),
            "The webhook leads to an address that must not be reached. "
            "If it is your own, put host:port into RELAY_ALLOW_PRIVATE.",
        ),
        (httpx.ReadTimeout("canary"), "The webhook does not answer in time."),
        (
            httpx.ConnectError("canary: CERTIFICATE_VERIFY_FAILED"),
            "The webhook's certificate is not trusted here. Set RELAY_CA_BUNDLE if it is your own.",
        ),
        (
            httpx.ConnectError("canary"),
            "The webhook can't be reached. Check RELAY_ALERT_WEBHOOK and RELAY_PROXY.",
        ),
        (
            httpx.ProxyError("canary, no certificate"),
            "The webhook can't be reached. Check RELAY_ALERT_WEBHOOK and RELAY_PROXY.",
        ),
        (httpx.ReadError("canary, no certificate"), "The webhook's answer breaks off."),
        (httpx.InvalidURL("canary"), "The webhook's answer breaks off."),
    ],
)
def test_whatever_is_no_receipt_is_told_in_our_words(
    receiver: Receiver, make_settings: MakeSettings, answer: httpx.Response | Exception, line: str
) -> None:
    receiver.answer = answer
    with pytest.raises(NotSent) as told:
        webhook(make_settings(alert_webhook=HOOK)).send(LETTER)
    assert told.value.line == line
    assert told.value.__cause__ is None
    assert len(receiver.sent) == 1, "neither followed nor tried again"


def test_the_channels_that_are_set_up_are_opened_by_name(make_settings: MakeSettings) -> None:
    from relay.channels import CHANNELS, open_channels
    from relay.channels.mail import Mail

    clock = FakeClock()
    assert open_channels(make_settings(alert_mail=""), clock, str) == {}
    mail = open_channels(make_settings(smtp_url="smtp://mail.example"), clock, str)
    assert {name: type(channel) for name, channel in mail.items()} == {"mail": Mail}
    both = open_channels(make_settings(smtp_url="smtp://mail.example", alert_webhook=HOOK), clock, str)
    assert {name: type(channel) for name, channel in both.items()} == {"mail": Mail, "webhook": Webhook}
    assert [channel.name for channel in both.values()] == list(CHANNELS)
