"""Mail, as plain text, over the operator's own mail server (RELAY_SMTP_URL).

The Message-ID is made of the notification's id, so that mail programs drop a second copy (RFC 5322, 3.6.4). Messages
are marked as written by a machine, so that no absence notice answers (RFC 3834, 5). A password goes over TLS or not
at all, unless the server is on this machine.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from email.errors import MessageError
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from relay.alerts import local_time
from relay.config import SMTP_SCHEMES, Settings
from relay.errors import NotSent, Refused, RelayError
from relay.models import NotificationState
from relay.ports import Clock, Notification
from relay.sources.web import trusted

READ_SECONDS = 20.0
WHOLE_SECONDS = 60.0
"""A server that sends a byte now and then never meets the read limit; it meets this one."""
MOST_ANSWER = 200
LONGEST_SUBJECT = 120
LONGEST_ADDRESS = 254  # RFC 5321, 4.5.3.1.3, without its brackets
DONE = 250
THIS_MACHINE = ("localhost", "127.0.0.1", "::1")


def can_write(settings: Settings) -> bool:
    """Whether there is a mail server, and an address of ours to send letters from."""
    return bool(settings.smtp_url.get_secret_value() and (settings.alert_from or settings.alert_addresses))


def recipient_of(text: str) -> Address:
    """A mail address as a person types it. Raises Refused."""
    try:
        return Address(addr_spec=text.strip())
    except (ValueError, IndexError, MessageError) as error:
        raise Refused("“{address}” is no mail address.", address=text) from error


def checked_address(text: str) -> str:
    """The address of one person, as it is kept; empty for an empty one. Raises Refused."""
    text = text.strip()
    if not text:
        return ""
    parsed = recipient_of(text)
    if not (parsed.username and parsed.domain and text.isascii() and len(text) <= LONGEST_ADDRESS):
        raise Refused("“{address}” is no mail address.", address=text)
    return parsed.addr_spec


class _LetterPolicy(EmailPolicy):
    """Where CPython parts a long subject that isn't ASCII it loses the space (github.com/python/cpython/issues/92081);
    its older class doesn't.
    """

    def fold(self, name: str, value: Any) -> str:
        return _subject_line(value) if name.lower() == "subject" else super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return _subject_line(value).encode("ascii") if name.lower() == "subject" else super().fold_binary(name, value)


def _subject_line(value: object) -> str:
    charset = None if str(value).isascii() else "utf-8"
    return f"Subject: {Header(str(value), charset, header_name='Subject').encode(linesep=LINE)}{LINE}"


LINE = "\r\n"
LETTER = _LetterPolicy(linesep=LINE)


class Mail:
    """`read_seconds` and `whole_seconds` are there for tests."""

    name = "mail"

    def __init__(self, settings: Settings, clock: Clock, translate: Callable[[str], str]) -> None:
        self._settings, self._clock, self._translate = settings, clock, translate
        self._server = urlsplit(settings.smtp_url.get_secret_value())
        self.read_seconds, self.whole_seconds = READ_SECONDS, WHOLE_SECONDS

    def send(self, notification: Notification) -> str:
        """See ports.Channel. Sent when one of the addresses at least took it."""
        message = self.message(notification)
        with self._connected() as server:
            return self._handed_over(server, message, self._settings.alert_addresses)

    def send_letter(self, to: str, subject: str, lines: Sequence[str], *, id_: str = "") -> str:
        """One letter to one person. What the server said; raises Refused for what is no address, and NotSent.

        `id_`: its own, so that a second copy is known as one.
        """
        recipient = recipient_of(to)
        message = EmailMessage(policy=LETTER)
        message["Subject"] = subject
        message["From"] = Address("Relay", addr_spec=self._sender)
        message["To"] = recipient
        message["Date"] = format_datetime(self._clock())
        if id_:
            message["Message-ID"] = self._message_id(id_)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content("\n".join(lines) + "\n", cte="base64")
        with self._connected() as server:
            return self._handed_over(server, message, [recipient.addr_spec])

    def message(self, notification: Notification) -> EmailMessage:
        message = EmailMessage(policy=LETTER)
        message["Subject"] = self._subject(notification)
        message["From"] = Address("Relay", addr_spec=self._sender)
        message["To"] = [Address(addr_spec=address) for address in self._settings.alert_addresses]
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = self._message_id(notification.id)
        if notification.after:
            message["In-Reply-To"] = message["References"] = self._message_id(notification.after)
        message["Auto-Submitted"] = "auto-generated"
        message["X-Relay-Alert"] = notification.key
        message.set_content("\n".join(self._lines(notification)) + "\n", cte="base64")
        return message

    @property
    def _sender(self) -> str:
        return self._settings.alert_from or self._settings.alert_addresses[0]

    def _message_id(self, id_: str) -> str:
        return f"<{id_}@{self._sender.rpartition('@')[2]}>"

    def _subject(self, notification: Notification) -> str:
        begin = f"Relay · {notification.campaign}: " if notification.campaign else "Relay: "
        subject = " ".join((begin + self._translate(notification.text)).split())
        return subject if len(subject) <= LONGEST_SUBJECT else f"{subject[: LONGEST_SUBJECT - 1]}…"

    def _lines(self, notification: Notification) -> Iterator[str]:
        translate = self._translate
        yield translate(notification.text)
        if notification.advice:
            yield from ("", translate("What to do:"), translate(notification.advice))
        yield ""
        if notification.url:
            yield f"{translate('Put it right:')} {notification.url}"
        yield f"{translate('The desk:')} {self._settings.desk_url}/health"
        yield f"{translate('Time:')} {local_time(notification.at, ZoneInfo(notification.zone))}"
        if notification.state == NotificationState.open:
            yield from ("", translate("You are told of this once, and once more when it is over."))

    @contextlib.contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """A server that has taken our name and password. Whatever goes wrong until the end is NotSent."""
        server, late = self._plain(), threading.Event()

        def hang_up() -> None:
            late.set()
            with contextlib.suppress(OSError):
                if server.sock is not None:
                    server.sock.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.whole_seconds, hang_up)
        timer.daemon = True
        timer.start()
        try:
            self._reach(server)
            yield server
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            raise _too_late() if late.is_set() else _why_not(error) from error
        finally:
            timer.cancel()
            server.close()

    def _plain(self) -> smtplib.SMTP:
        own_name = self._sender.rpartition("@")[2]  # asking the network for our own name may take long
        if self._server.scheme == "smtps":
            context = trusted(self._settings)
            return smtplib.SMTP_SSL(local_hostname=own_name, timeout=self.read_seconds, context=context)
        return smtplib.SMTP(local_hostname=own_name, timeout=self.read_seconds)

    def _reach(self, server: smtplib.SMTP) -> None:
        host = self._server.hostname or ""
        server._host = host  # type: ignore[attr-defined]  # smtplib checks the certificate against what __init__ was given
        server.connect(host, self._server.port or SMTP_SCHEMES[self._server.scheme])
        server.ehlo_or_helo_if_needed()
        if self._server.scheme != "smtps":
            self._encrypt(server, host)
        if self._server.username:
            server.login(*_user_and_password(self._server))

    def _encrypt(self, server: smtplib.SMTP, host: str) -> None:
        if server.has_extn("starttls"):
            server.starttls(context=trusted(self._settings))
            server.ehlo()
        elif self._server.scheme == "smtp+starttls" or (self._server.username and host not in THIS_MACHINE):
            raise NotSent(
                "The mail server offers no encryption (STARTTLS), so nothing was sent to it.",
                hint="Use its smtps:// address in RELAY_SMTP_URL.",
            )

    def _handed_over(self, server: smtplib.SMTP, message: EmailMessage, recipients: Sequence[str]) -> str:
        code, said = server.mail(self._sender)
        if code != DONE:
            raise smtplib.SMTPSenderRefused(code, said, self._sender)
        refused = {}
        for address in recipients:
            code, said = server.rcpt(address)
            if code not in (DONE, DONE + 1):
                refused[address] = (code, said)
        if len(refused) == len(recipients):
            raise smtplib.SMTPRecipientsRefused(refused)
        code, said = server.data(message.as_bytes())
        if code != DONE:
            raise smtplib.SMTPDataError(code, said)
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()  # it has the message already, whatever it says to this
        answer = _in_words(code, said)
        return (
            f"{answer} ({', '.join(f'{who}: {_in_words(*why)}' for who, why in refused.items())})"
            if refused
            else answer
        )


def _user_and_password(server: SplitResult) -> tuple[str, str]:
    return unquote(server.username or ""), unquote(server.password or "")


def _too_late() -> RelayError:
    return NotSent("The mail server does not answer in time.")


def _cut_off() -> RelayError:
    return NotSent("The mail server's answer breaks off.")


def _refused_all(error: smtplib.SMTPRecipientsRefused) -> RelayError:
    address, (code, said) = next(iter(error.recipients.items()))
    words = {"address": address, "said": _in_words(code, said)}
    return NotSent("The mail server does not take mail for {address}: {said}", **words)


_WORDS: tuple[tuple[type[Exception], Callable[[Any], RelayError]], ...] = (
    (
        smtplib.SMTPAuthenticationError,
        lambda _error: NotSent("The mail server refuses name or password.", hint="Check RELAY_SMTP_URL."),
    ),
    (smtplib.SMTPRecipientsRefused, _refused_all),
    (
        smtplib.SMTPServerDisconnected,
        # smtplib says this too when it has waited in vain
        lambda error: _too_late() if isinstance(error.__context__, TimeoutError) else _cut_off(),
    ),
    (
        smtplib.SMTPResponseException,
        lambda error: NotSent("The mail server says: {said}", said=_in_words(error.smtp_code, error.smtp_error)),
    ),
    (
        smtplib.SMTPException,
        lambda error: NotSent("The mail server can't do what is asked: {said}", said=str(error)[:MOST_ANSWER]),
    ),
    (TimeoutError, lambda _error: _too_late()),
    (
        ssl.SSLCertVerificationError,
        lambda _error: NotSent(
            "The mail server's certificate is not trusted here.", hint="Set RELAY_CA_BUNDLE if it is your own."
        ),
    ),
    (ConnectionResetError, lambda _error: _cut_off()),
    (BrokenPipeError, lambda _error: _cut_off()),
)
"""In our words; a server's own are quoted, but never those with which it answers a password."""


def _why_not(error: Exception) -> RelayError:
    for kind, told in _WORDS:
        if isinstance(error, kind):
            return told(error)
    return NotSent("The mail server can't be reached.", hint="Check RELAY_SMTP_URL.")


def _in_words(code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(f"{code} {text}".split())[:MOST_ANSWER]
