"""Links that let one person in once: a sign-in link (15 minutes), and one that lets choose a password (7 days)."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from relay.channels.mail import Mail, can_write
from relay.context import Relay
from relay.errors import Refused
from relay.language.catalogue import translator
from relay.language.sentence import filled
from relay.models import Account, EventKind, Lease, Restoration
from relay.moderation.people import keys, passwords, second_factor, sessions
from relay.records import add_event, find_account

LINK_LASTS = timedelta(minutes=15)
INVITATION_LASTS = timedelta(days=7)

_LINK = "sign-in link "
_PURPOSE = "relay sign-in link"


class LinkKind(StrEnum):
    sign_in = "sign-in"
    password = "password"  # noqa: S105 - nobody's password


LASTS = {LinkKind.sign_in: LINK_LASTS, LinkKind.password: INVITATION_LASTS}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link says. `mark` changes with the password, so that no link outlives the password that it is to give."""

    kind: LinkKind
    login: str
    nonce: str
    mark: str
    until: datetime


def sign_in_link(relay: Relay, login: str, base_url: str) -> str:
    """A link that signs `login` in once, within 15 minutes. Raises NotFound."""
    return _made(relay, login, base_url, LinkKind.sign_in)


def password_link(relay: Relay, login: str, base_url: str) -> str:
    """A link by which `login` chooses a password, once, within 7 days, and is signed in. Raises NotFound, and Refused
    for an account that is closed.
    """
    return _made(relay, login, base_url, LinkKind.password)


def read_link(relay: Relay, token: str) -> Link:
    """A link that is still good. Raises Refused. Looking at a link does not use it up."""
    link = _opened(relay, token)
    with relay.reading() as session:
        _account(session, link)
        if session.exec(select(Restoration.id).where(col(Restoration.at) > link.until - LASTS[link.kind])).first():
            raise keys.foreign()  # a backup was brought back since: it may have been used already
        if session.get(Lease, _LINK + link.nonce) is not None:
            raise _used()
    return link


def sign_in_by_link(relay: Relay, token: str, *, password: str = "", seat: sessions.Seat | None = None) -> str:
    """The token of a new session; the link is used up. `password`: the chosen one, where the link is for that.

    Raises Refused; sessions.CodeNeeded where a code is still to come; Overloaded.
    """
    link = read_link(relay, token)
    hashed = passwords.hashed(passwords.acceptable(password)) if link.kind is LinkKind.password else ""
    try:
        with relay.transaction() as session:
            account = _account(session, link)
            _use_up(session, relay, link)
            if hashed:
                _new_password(session, relay, account, hashed)
            asks = second_factor.is_on(session, account.id or 0)
            if not asks:
                add_event(session, relay.now(), account, EventKind.signed_in, by="link")
                made = sessions.new_session(session, relay, account, seat)
    except IntegrityError as error:
        raise _used() from error
    if asks:
        raise sessions.code_needed(relay, account)
    return made


def can_send(relay: Relay) -> bool:
    """Whether there is a mail server, and an address of ours to send from."""
    return can_write(relay.settings)


def send(relay: Relay, to: str, link: str, *, name: str, language: str) -> None:
    """Sends a link that chooses a password. Raises Refused for what is no address, and NotSent."""
    translate = translator(language).tell
    Mail(relay.settings, relay.clock, translate).send_letter(
        to,
        translate("Your invitation to the desk of the video relay"),
        _letter(translate, name, link),
    )


def _letter(translate: Callable[[str], str], name: str, link: str) -> list[str]:
    return [
        translate(filled("Hello, {name}!", name=name)),
        "",
        translate("You have an account at the desk of the video relay. Choose your password here:"),
        link,
        "",
        translate("The link works once, within seven days. If you did not expect this letter, leave it alone."),
    ]


def _made(relay: Relay, login: str, base_url: str, kind: LinkKind) -> str:
    with relay.reading() as session:
        account = find_account(session, login)
    if not account.active:
        raise _closed()
    mark = sessions.digest(account.password_hash)[: sessions.SHOWN]
    said = (kind.value, account.login, secrets.token_urlsafe(12), mark)
    return f"{base_url.rstrip('/')}/sign-in/{keys.signed(relay, _PURPOSE, *said, until=relay.now() + LASTS[kind])}"


def _opened(relay: Relay, token: str) -> Link:
    found = keys.opened(relay, _PURPOSE, token, 4)
    if found is None:
        raise keys.foreign()
    until, (kind, login, nonce, mark) = found
    link = Link(LinkKind(kind), login, nonce, mark, until)
    if relay.now() >= until:
        raise _too_old(link.kind)
    return link


def _account(session: Session, link: Link) -> Account:
    account = find_account(session, link.login)
    if not account.active:
        raise _closed()
    if link.kind is LinkKind.password and sessions.digest(account.password_hash)[: sessions.SHOWN] != link.mark:
        raise _used()
    return account


def _use_up(session: Session, relay: Relay, link: Link) -> None:
    """The key's uniqueness makes it a link for one, also for two who click at once."""
    session.exec(delete(Lease).where(col(Lease.name).startswith(_LINK), col(Lease.until) < relay.now()))
    session.add(Lease(name=_LINK + link.nonce, holder=link.login, until=link.until))
    session.flush()


def _new_password(session: Session, relay: Relay, account: Account, hashed: str) -> None:
    account.password_hash = hashed
    session.add(account)
    sessions.end_all(session, account)
    add_event(session, relay.now(), account, EventKind.new_password, account.name, by="link")


def _too_old(kind: LinkKind) -> Refused:
    if kind is LinkKind.password:
        return Refused("This link is too old.", hint="Ask for a new one: it lasts seven days.")
    return Refused("This sign-in link is too old.", hint="Ask for a new one: it lasts 15 minutes.")


def _closed() -> Refused:
    return Refused("This account is closed.")


def _used() -> Refused:
    return Refused("This sign-in link has been used already.", hint="Ask for a new one.")
