"""Mail against real servers on loopback (aiosmtpd, and sockets that misbehave), and word for word over no wire."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from relay.channels import mail as module
from relay.channels.mail import Mail
from relay.config import Settings
from relay.errors import NotSent, Refused
from relay.language.sentence import filled
from relay.upkeep import outbox
from relay.upkeep.outbox import CLAIM
from tests.channels.conftest import LETTER, NOON, RUSSIAN
from tests.fakes.clock import FakeClock

PASSWORD = "canary-p@ss"
MakeSettings = Callable[..., Settings]


class Office:
    """Takes mail, and answers what it was told to answer."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.to: list[list[str]] = []
        self.answer = "250 2.0.0 Ok: queued as A1"
        self.sender = "250 OK"
        self.refused: set[str] = set()
        self.tls: list[bool] = []

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's own name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.sender.startswith("250"):
            envelope.mail_from = address
        return self.sender

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if address in self.refused:
            return f"550 5.1.1 <{address}> unknown"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.taken.append(message)
            self.to.append(envelope.rcpt_tos)
            self.tls.append(session.ssl is not None)
        return self.answer


class Server(Controller):
    """A controller whose first look at its own server speaks no SMTP: that one may speak TLS from the beginning."""

    def _trigger_server(self) -> None:
        socket.create_connection((self.hostname, self.port)).close()


@contextlib.contextmanager
def serving(office: Office, **more: Any) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Server(office, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def certificate(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@contextlib.contextmanager
def a_socket_that(behaves: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that is none: one connection is given to `behaves`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                connection, _address = listener.accept()
                with connection:
                    behaves(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(5)


def channel(settings: Settings) -> Mail:
    return Mail(settings, FakeClock(), RUSSIAN)


@pytest.mark.slow
def test_a_letter_arrives_in_the_readers_language(office: Office, make_settings: MakeSettings) -> None:
    with serving(office) as port:
        answer = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}")).send(LETTER)
    assert answer == "250 2.0.0 Ok: queued as A1"
    (message,) = office.taken
    assert office.to == [["olga@library.example", "duty@library.example"]]
    assert message["Subject"].startswith("Relay · proryv80: ВКонтакте просит ввести капчу.")
    assert message["From"] == "Relay <relay@library.example>"
    assert message["Message-ID"] == "<0123456789abcdef@library.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    text = message.get_content()
    assert message.get_content_type() == "text/plain"
    for words in (
        "ВКонтакте просит ввести капчу.",
        "Посмотрите журнал relay work",
        "https://vk.com/captcha?sid=1",
        "https://relay.library.example/health",
        "2023-01-12 12:00 MSK",
        "ещё раз, когда всё будет позади",
    ):
        assert words in text
    assert "VK asks" not in text


def test_a_letter_to_one_person_goes_to_nobody_else(office: Office, make_settings: MakeSettings) -> None:
    with serving(office) as port:
        mail = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        mail.send_letter(" vera@museum.example ", "Приглашение", ["Здравствуйте!", "https://desk.test/sign-in/x"])
        for wrong in ("vera", "vera@museum.example, all@museum.example", "a@b.example\r\nBcc: c@d.example", ""):
            with pytest.raises(Refused, match="no mail address"):
                mail.send_letter(wrong, "Приглашение", [])
    (message,) = office.taken
    assert office.to == [["vera@museum.example"]]
    assert (message["To"], message["Subject"]) == ("vera@museum.example", "Приглашение")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().split() == ["Здравствуйте!", "https://desk.test/sign-in/x"]


@pytest.mark.slow
def test_the_end_of_a_trouble_answers_its_beginning(office: Office, make_settings: MakeSettings) -> None:
    over = replace(
        LETTER, id="ffff", state="over", text=filled("It is over: {line}", line=LETTER.text), after=LETTER.id, advice=""
    )
    with serving(office) as port:
        channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}")).send(over)
    (message,) = office.taken
    assert message["In-Reply-To"] == "<0123456789abcdef@library.example>"
    assert "Это уже позади: ВКонтакте просит ввести капчу." in message.get_content()
    assert "ещё раз" not in message.get_content()


def test_a_strangers_words_make_no_headers(office: Office, make_settings: MakeSettings) -> None:
    evil = replace(LETTER, text="Стена «x\r\nBcc: everybody@example.org\r\n\r\n<b>» is closed.", campaign="a\nb")
    with serving(office) as port:
        channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}")).send(evil)
    (message,) = office.taken
    assert message["Bcc"] is None
    assert office.to == [["olga@library.example", "duty@library.example"]]


@pytest.mark.slow
def test_a_451_is_told_and_tried_again(office: Office, make_settings: MakeSettings) -> None:
    office.answer = "451 4.7.1 Greylisted, come back later"
    with serving(office) as port:
        mail = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        with pytest.raises(NotSent, match="The mail server says: 451 4"):
            mail.send(LETTER)
        office.answer = "250 OK"
        assert mail.send(LETTER) == "250 OK"


@pytest.mark.slow
def test_one_wrong_address_keeps_the_mail_from_nobody_else(office: Office, make_settings: MakeSettings) -> None:
    office.refused = {"olga@library.example"}
    with serving(office) as port:
        mail = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        assert "olga@library.example: 550 5.1.1" in mail.send(LETTER)
        assert office.to == [["duty@library.example"]]
        office.refused.add("duty@library.example")
        with pytest.raises(NotSent, match="does not take mail for olga"):
            mail.send(LETTER)


@pytest.mark.slow
def test_a_server_that_hangs_is_left(make_settings: MakeSettings) -> None:
    ended = threading.Event()
    with a_socket_that(lambda _connection: ended.wait(30) and None) as port:
        mail = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        mail.read_seconds = 0.2
        with pytest.raises(NotSent, match="does not answer in time"):
            mail.send(LETTER)
        ended.set()


@pytest.mark.slow
def test_a_server_that_drips_meets_the_deadline(make_settings: MakeSettings) -> None:
    ended = threading.Event()

    def drips(connection: socket.socket) -> None:
        while not ended.wait(0.05):
            connection.sendall(b"2")

    with a_socket_that(drips) as port:
        mail = channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}"))
        mail.whole_seconds = 0.5
        try:
            with pytest.raises(NotSent, match="in time"):
                mail.send(LETTER)
        finally:
            ended.set()


@pytest.mark.slow
def test_a_server_that_breaks_off_and_one_that_is_not_there(make_settings: MakeSettings) -> None:
    greets = a_socket_that(lambda connection: connection.sendall(b"220 hi\r\n"))
    with greets as port, pytest.raises(NotSent, match="breaks off"):
        channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}")).send(LETTER)
    with pytest.raises(NotSent, match="can't be reached"):
        channel(make_settings(smtp_url="smtp://127.0.0.1:9")).send(LETTER)


@pytest.mark.slow
def test_a_server_that_wants_starttls_gets_it(
    office: Office, make_settings: MakeSettings, certificate: ssl.SSLContext, bundle: Path
) -> None:
    with serving(office, tls_context=certificate, require_starttls=True) as port:
        for scheme in ("smtp", "smtp+starttls"):
            channel(make_settings(smtp_url=f"{scheme}://localhost:{port}", ca_bundle=bundle)).send(LETTER)
    assert office.tls == [True, True]


@pytest.mark.slow
def test_tls_from_the_beginning(
    office: Office, make_settings: MakeSettings, certificate: ssl.SSLContext, bundle: Path
) -> None:
    with serving(office, ssl_context=certificate) as port:
        channel(make_settings(smtp_url=f"smtps://localhost:{port}", ca_bundle=bundle)).send(LETTER)
    assert len(office.taken) == 1


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
def test_a_certificate_that_nobody_trusts_gets_nothing(
    scheme: str, office: Office, make_settings: MakeSettings, certificate: ssl.SSLContext
) -> None:
    how = {"ssl_context": certificate} if scheme == "smtps" else {"tls_context": certificate}
    with serving(office, **how) as port, pytest.raises(NotSent, match="certificate is not trusted"):
        channel(make_settings(smtp_url=f"{scheme}://localhost:{port}")).send(LETTER)
    assert office.taken == []


class Doorman:
    """Lets in whoever has the password, and notes every password that it hears."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def __call__(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        assert isinstance(login, LoginPassword)
        self.heard.append(login.password.decode())
        return AuthResult(success=login.password.decode() == PASSWORD, handled=False)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if 127.0.0.1 were another machine."""
    monkeypatch.setattr(module, "THIS_MACHINE", ())


LOGIN = "relay:canary-p%40ss"


@pytest.mark.slow
def test_name_and_password_go_over_tls(
    office: Office, make_settings: MakeSettings, certificate: ssl.SSLContext, bundle: Path, elsewhere: None
) -> None:
    doorman = Doorman()
    with serving(office, tls_context=certificate, authenticator=doorman, auth_required=True) as port:
        channel(make_settings(smtp_url=f"smtp://{LOGIN}@localhost:{port}", ca_bundle=bundle)).send(LETTER)
        wrong = make_settings(smtp_url=f"smtp://relay:wrong-canary@localhost:{port}", ca_bundle=bundle)
        with pytest.raises(NotSent, match="refuses name or password") as told:
            channel(wrong).send(LETTER)
    assert doorman.heard[0] == PASSWORD
    assert "canary" not in told.value.line
    assert len(office.taken) == 1


@pytest.mark.slow
def test_a_password_is_not_sent_in_the_clear(office: Office, make_settings: MakeSettings, elsewhere: None) -> None:
    doorman = Doorman()
    open_door = serving(office, authenticator=doorman, auth_require_tls=False)
    with open_door as port, pytest.raises(NotSent, match="offers no encryption"):
        channel(make_settings(smtp_url=f"smtp://{LOGIN}@127.0.0.1:{port}")).send(LETTER)
    assert doorman.heard == []


def test_twin_without_that_rule_the_password_is_heard(office: Office, make_settings: MakeSettings) -> None:
    """Without `elsewhere` the server counts as this very machine, where the rule does not hold."""
    doorman = Doorman()
    with serving(office, authenticator=doorman, auth_require_tls=False) as port:
        channel(make_settings(smtp_url=f"smtp://{LOGIN}@127.0.0.1:{port}")).send(LETTER)
    assert doorman.heard == [PASSWORD]


@pytest.mark.slow
def test_without_encryption_starttls_sends_nothing(office: Office, make_settings: MakeSettings) -> None:
    with serving(office) as port, pytest.raises(NotSent, match="offers no encryption"):
        channel(make_settings(smtp_url=f"smtp+starttls://127.0.0.1:{port}")).send(LETTER)
    assert office.taken == []


@pytest.mark.slow
def test_from_the_alert_to_the_mailbox(relay: Any, office: Office, make_settings: MakeSettings) -> None:
    """The whole way: an alert, a server that is busy at first, one mail, and the word that it is over."""
    import dataclasses
    from datetime import timedelta

    from relay.alerts import CALM, raise_alert, resolve

    office.answer = "451 4.3.0 busy"
    with serving(office) as port:
        relay.store.channels = ("mail",)
        settings = make_settings(smtp_url=f"smtp://127.0.0.1:{port}")
        relay = dataclasses.replace(relay, channels={"mail": Mail(settings, relay.clock, RUSSIAN)})
        for _ in range(5):
            with relay.transaction() as session:
                raise_alert(session, "vk:abc", LETTER.text, relay.now())
            outbox.send_due(relay)
        assert office.taken == []
        office.answer = "250 OK"
        relay.clock.moves(minutes=1)
        outbox.send_due(relay)
        with relay.transaction() as session:
            resolve(session, "vk:abc", relay.now())
        relay.clock.moves(seconds=(CALM + timedelta(minutes=1)).total_seconds())
        outbox.send_due(relay)
    first, last = office.taken
    assert last["In-Reply-To"] == first["Message-ID"]
    assert NOON.strftime("%Y-%m-%d") in first.get_content()


def test_without_a_sender_it_comes_from_the_first_of_those_who_are_told(
    office: Office, make_settings: MakeSettings
) -> None:
    with serving(office) as port:
        channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}", alert_from="")).send(LETTER)
    assert office.taken[0]["From"] == "Relay <olga@library.example>"


@pytest.mark.slow
def test_a_server_that_refuses_the_sender_is_told_in_its_own_words(office: Office, make_settings: MakeSettings) -> None:
    office.sender = "550 5.7.1 You are not from here"
    with (
        serving(office) as port,
        pytest.raises(NotSent, match=r"550 5\.7\.1 You are not from here"),
    ):
        channel(make_settings(smtp_url=f"smtp://127.0.0.1:{port}")).send(LETTER)
    assert office.taken == []


@pytest.mark.parametrize("signs", [119, 120, 121, 500])
def test_a_subject_is_no_longer_than_lists_of_mail_show(make_settings: MakeSettings, signs: int) -> None:
    text = "д" * (signs - len("Relay: "))
    mail = channel(make_settings(smtp_url="smtp://127.0.0.1:9"))
    subject = mail.message(replace(LETTER, text=text, campaign=""))["Subject"]
    assert subject == (f"Relay: {text}" if signs <= 120 else f"Relay: {text[:112]}…")


def test_a_letter_without_advice_and_page_has_neither_line(make_settings: MakeSettings) -> None:
    mail = channel(make_settings(smtp_url="smtp://127.0.0.1:9"))
    whole = mail.message(LETTER).get_content()
    bare = mail.message(replace(LETTER, advice="", url="")).get_content()
    assert ("Что делать:" in whole, "Что делать:" in bare) == (True, False)
    assert len(whole.splitlines()) - len(bare.splitlines()) == 4
    assert "https://relay.library.example/health" in bare


def test_it_gives_up_before_another_process_takes_the_message_over(make_settings: MakeSettings) -> None:
    mail = channel(make_settings(smtp_url="smtp://127.0.0.1:9"))
    assert 5 <= mail.read_seconds <= mail.whole_seconds <= CLAIM.total_seconds() / 2


# Word for word: smtplib's own programs, with a list in place of the wire


class Counter:
    """A mail server that answers with what it was told to, in the place of a socket; all that is said to it is kept."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.reached: list[tuple[str, int, float]] = []
        self.extensions = ""
        self.answers: dict[str, tuple[int, bytes] | Exception] = {}
        self.wrapped_for: list[str] = []
        self.shut = threading.Event()
        self.shut_how: list[int] = []
        self.closed = False
        self.hangs_at = ""
        self.timers: list[threading.Timer] = []
        self._before = set(threading.enumerate())

    def hears(self, words: bytes | str) -> None:
        self.said.append(words.decode() if isinstance(words, bytes) else words)
        begun = set(threading.enumerate()) - self._before
        self.timers = [each for each in begun if isinstance(each, threading.Timer)]

    def answer(self) -> tuple[int, bytes]:
        if not self.said:
            return 220, b"hi"
        line = self.said[-1].strip()
        verb = line.partition(" ")[0].casefold()
        if self.hangs_at == verb:
            self.shut.wait(5)
            raise smtplib.SMTPServerDisconnected("cut off")
        told = self.answers.get(line) or self.answers.get(verb)
        if isinstance(told, Exception):
            raise told
        usual = {"ehlo": f"counter\n{self.extensions}".encode(), "data": b"go on", "starttls": b"go on"}
        return told or ({"data": 354, "starttls": 220, "quit": 221}.get(verb, 250), usual.get(verb, b"ok"))

    # as a socket

    def shutdown(self, how: int) -> None:
        self.shut_how.append(how)
        self.shut.set()

    def close(self) -> None:
        self.closed = True

    # as a TLS context

    def wrap_socket(self, sock: Any, server_hostname: str = "") -> Any:
        self.wrapped_for.append(server_hostname)
        return sock


@pytest.fixture
def counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    made = Counter()

    class Plain(smtplib.SMTP):
        def _get_socket(self, host: str, port: int, timeout: float) -> Any:
            made.reached.append((host, port, timeout))
            return made

        def send(self, words: bytes | str) -> None:  # type: ignore[override]
            made.hears(words)

        def getreply(self) -> tuple[int, bytes]:
            return made.answer()

    class Covered(Plain):
        def __init__(self, *, context: Any, **more: Any) -> None:
            super().__init__(**more)
            self.context = context

        def _get_socket(self, host: str, port: int, timeout: float) -> Any:
            return self.context.wrap_socket(super()._get_socket(host, port, timeout), server_hostname=self._host)  # type: ignore[attr-defined]

    monkeypatch.setattr(smtplib, "SMTP", Plain)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Covered)
    monkeypatch.setattr(module, "trusted", lambda _settings: made)
    return made


ENVELOPE = [
    "mail FROM:<relay@library.example>\r\n",
    "rcpt TO:<olga@library.example>\r\n",
    "rcpt TO:<duty@library.example>\r\n",
    "data\r\n",
]
HELLO = "ehlo library.example\r\n"


def test_the_whole_talk_with_a_mail_server(counter: Counter, make_settings: MakeSettings) -> None:
    counter.answers["data"] = (354, b"go on")
    mail = channel(make_settings(smtp_url="smtp://mail.example"))
    mail.read_seconds = 7.0
    assert mail.send(LETTER) == "250 ok"
    said = [line for line in counter.said if not line.startswith("Subject:")]
    (body,) = [line for line in counter.said if line.startswith("Subject:")]
    assert said == [HELLO, *(line.replace("> ", ">") for line in ENVELOPE), "quit\r\n"]
    assert body.endswith("\r\n.\r\n")
    assert counter.said.index(body) == len(counter.said) - 2
    assert counter.reached == [("mail.example", 25, 7.0)]
    assert (counter.wrapped_for, counter.closed, counter.shut_how) == ([], True, [])


def test_no_watch_outlives_the_mail_and_none_keeps_the_program_from_ending(
    counter: Counter, make_settings: MakeSettings
) -> None:
    channel(make_settings(smtp_url="smtp://mail.example")).send(LETTER)
    (timer,) = counter.timers
    assert timer.daemon
    assert timer.interval == 60.0
    assert timer.finished.is_set(), "it was called off"


def test_a_talk_that_takes_too_long_is_cut_off(counter: Counter, make_settings: MakeSettings) -> None:
    counter.hangs_at = "mail"
    mail = channel(make_settings(smtp_url="smtp://mail.example"))
    mail.whole_seconds = 0.01
    with pytest.raises(NotSent) as told:
        mail.send(LETTER)
    assert told.value.line == "The mail server does not answer in time."
    assert (counter.shut_how, counter.closed) == ([socket.SHUT_RDWR], True)


@pytest.mark.parametrize(
    ("url", "reached", "wrapped_for"),
    [
        ("smtp://mail.example:2525", ("mail.example", 2525, 20.0), ["mail.example"]),
        ("smtp+starttls://mail.example", ("mail.example", 587, 20.0), ["mail.example"]),
        ("smtps://mail.example", ("mail.example", 465, 20.0), ["mail.example"]),
        ("smtps://mail.example:466", ("mail.example", 466, 20.0), ["mail.example"]),
    ],
)
def test_every_way_to_reach_a_server_has_its_port_and_its_name_is_checked(
    counter: Counter, make_settings: MakeSettings, url: str, reached: tuple[str, int, float], wrapped_for: list[str]
) -> None:
    counter.extensions = "STARTTLS"
    channel(make_settings(smtp_url=url)).send(LETTER)
    assert (counter.reached, counter.wrapped_for) == ([reached], wrapped_for)
    covered = url.startswith("smtps")
    assert counter.said.count("STARTTLS\r\n") == (0 if covered else 1)
    begin = [HELLO] if covered else [HELLO, "STARTTLS\r\n", HELLO]
    assert counter.said[: len(begin) + 1] == [*begin, "mail FROM:<relay@library.example>\r\n"]


@pytest.mark.parametrize(
    ("host", "fine"), [("localhost", True), ("127.0.0.1", True), ("[::1]", True), ("a.example", False)]
)
def test_a_password_goes_without_encryption_to_this_machine_only(
    counter: Counter, make_settings: MakeSettings, host: str, *, fine: bool
) -> None:
    counter.extensions = "AUTH PLAIN"
    counter.answers["auth"] = (235, b"welcome")
    mail = channel(make_settings(smtp_url=f"smtp://relay%40x:canary-p%40ss@{host}"))
    if fine:
        assert mail.send(LETTER) == "250 ok"
        assert counter.said[1] == "AUTH PLAIN AHJlbGF5QHgAY2FuYXJ5LXBAc3M=\r\n", "both as they were before quoting"
        return
    with pytest.raises(NotSent) as told:
        mail.send(LETTER)
    assert told.value.line == (
        "The mail server offers no encryption (STARTTLS), so nothing was sent to it. "
        "Use its smtps:// address in RELAY_SMTP_URL."
    )
    assert counter.said == [HELLO]
    assert counter.closed


def test_a_wrong_password_is_told_without_the_servers_words(counter: Counter, make_settings: MakeSettings) -> None:
    counter.extensions = "AUTH PLAIN"
    counter.answers["auth"] = (535, b"canary is wrong")
    with pytest.raises(NotSent) as told:
        channel(make_settings(smtp_url="smtp://relay:canary@localhost")).send(LETTER)
    assert told.value.line == "The mail server refuses name or password. Check RELAY_SMTP_URL."


RCPT_OLGA, RCPT_DUTY = "rcpt TO:<olga@library.example>", "rcpt TO:<duty@library.example>"


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"mail": (251, b"hm")}, "The mail server says: 251 hm"),
        ({"mail": (550, b"no")}, "The mail server says: 550 no"),
        ({"rcpt": (252, b"perhaps")}, "The mail server does not take mail for olga@library.example: 252 perhaps"),
        ({"rcpt": (550, b"who?")}, "The mail server does not take mail for olga@library.example: 550 who?"),
        ({"data": (451, b"busy")}, "The mail server says: 451 busy"),
        ({".": (451, b"busy")}, "The mail server says: 451 busy"),
        ({".": (251, b"busy")}, "The mail server says: 251 busy"),
        ({"mail": ConnectionResetError()}, "The mail server's answer breaks off."),
        ({"mail": TimeoutError()}, "The mail server does not answer in time."),
        ({"ehlo": OSError()}, "The mail server can't be reached. Check RELAY_SMTP_URL."),
        ({"mail": UnicodeError()}, "The mail server can't be reached. Check RELAY_SMTP_URL."),
    ],
)
def test_what_a_server_answers_is_told_and_nothing_counts_as_sent(
    counter: Counter, make_settings: MakeSettings, answers: dict[str, Any], line: str
) -> None:
    counter.answers |= answers
    if "." in answers:
        counter.answers["subject:"] = answers["."]
    with pytest.raises(NotSent) as told:
        channel(make_settings(smtp_url="smtp://mail.example")).send(LETTER)
    assert told.value.line == line
    assert counter.closed


@pytest.mark.parametrize("olga", [250, 251])
def test_a_receiver_that_is_taken_or_passed_on_is_no_refused_one(
    counter: Counter, make_settings: MakeSettings, olga: int
) -> None:
    counter.answers |= {RCPT_OLGA: (olga, b"ok"), RCPT_DUTY: (553, b"not\nhere")}
    counter.answers["quit"] = smtplib.SMTPServerDisconnected("bye")
    assert channel(make_settings(smtp_url="smtp://mail.example")).send(LETTER) == (
        "250 ok (duty@library.example: 553 not here)"
    )


def _disconnected(while_waiting: bool) -> Exception:
    error = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
    error.__context__ = TimeoutError() if while_waiting else ValueError()
    return error


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (_disconnected(while_waiting=True), "The mail server does not answer in time."),
        (_disconnected(while_waiting=False), "The mail server's answer breaks off."),
        (smtplib.SMTPNotSupportedError("x" * 300), f"The mail server can't do what is asked: {'x' * 200}"),
        (BrokenPipeError(), "The mail server's answer breaks off."),
        (
            ssl.SSLCertVerificationError(),
            "The mail server's certificate is not trusted here. Set RELAY_CA_BUNDLE if it is your own.",
        ),
        (smtplib.SMTPDataError(554, "я".encode() * 300), f"The mail server says: 554 {'я' * 196}"),
        (smtplib.SMTPDataError(554, b"\xff no\r\n way"), "The mail server says: 554 \ufffd no way"),
    ],
)
def test_every_trouble_has_words_of_ours(
    counter: Counter, make_settings: MakeSettings, error: Exception, line: str
) -> None:
    counter.answers["mail"] = error
    with pytest.raises(NotSent) as told:
        channel(make_settings(smtp_url="smtp://mail.example")).send(LETTER)
    assert told.value.line == line


def test_a_letter_is_whole(make_settings: MakeSettings) -> None:
    mail = Mail(make_settings(smtp_url="smtp://mail.example"), FakeClock(), lambda text: text)
    letter = replace(LETTER, text="VK asks  for\na captcha.", advice="Look.")
    message = mail.message(letter)
    assert {name: str(value) for name, value in message.items()} == {
        "Subject": "Relay · proryv80: VK asks for a captcha.",
        "From": "Relay <relay@library.example>",
        "To": "olga@library.example, duty@library.example",
        "Date": "Thu, 12 Jan 2023 09:00:00 +0000",
        "Message-ID": "<0123456789abcdef@library.example>",
        "Auto-Submitted": "auto-generated",
        "X-Relay-Alert": "vk:abc",
        "Content-Type": 'text/plain; charset="utf-8"',
        "Content-Transfer-Encoding": "base64",
        "MIME-Version": "1.0",
    }
    assert message.get_content().replace("\r\n", "\n") == (
        "VK asks  for\na captcha.\n\nWhat to do:\nLook.\n\n"
        "Put it right: https://vk.com/captcha?sid=1\nThe desk: https://relay.library.example/health\n"
        "Time: 2023-01-12 12:00 MSK\n\nYou are told of this once, and once more when it is over.\n"
    )
    after = mail.message(replace(letter, after="ffff", state="over", advice="", url=""))
    assert after["In-Reply-To"] == after["References"] == "<ffff@library.example>"
    assert after.get_content().replace("\r\n", "\n") == (
        "VK asks  for\na captcha.\n\nThe desk: https://relay.library.example/health\nTime: 2023-01-12 12:00 MSK\n"
    )


def test_a_long_subject_keeps_its_spaces() -> None:
    """CPython loses the one at which it folds a subject that isn't ASCII."""
    said = "Приглашение на рабочее место видеоэстафеты «Прорыв. Голоса памяти»"
    message = EmailMessage(policy=module.LETTER)
    message["Subject"] = said
    for raw in (message.as_bytes(), message.as_string().encode()):
        line = raw.split(b"\r\n\r\n")[0]
        assert max(len(part) for part in line.split(b"\r\n")) <= 78
        assert str(make_header(decode_header(line.removeprefix(b"Subject: ").decode().strip()))) == said


def test_twin_by_its_own_rules_the_space_is_lost() -> None:
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "Приглашение на рабочее место видеоэстафеты"
    told = message_from_bytes(message.as_bytes(), policy=SMTP)["Subject"]
    assert told in ("Приглашение на рабочееместо видеоэстафеты", message["Subject"]), "newer ones have mended it"
