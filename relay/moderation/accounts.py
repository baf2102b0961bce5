"""Who signs in to the desk. Passwords are kept as argon2id, sessions as the hash of their token.

A session ends after `session_hours`, or when nobody used it for IDLE. Wrong passwords are counted per login and
address, in the database, so that a restart or a second process forgives nothing (reference: docs/security.md).
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, func, not_, or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import is_spoken, languages
from relay.language.text import one_line
from relay.media.files import write_new
from relay.models import Account, EventKind, EventSubject, Lease, Role, SignInTry, WebSession, need_id
from relay.records import add_event

if TYPE_CHECKING:
    from pwdlib import PasswordHash

IDLE = timedelta(hours=3)
SEEN_EVERY = timedelta(minutes=1)
TRIES = 5
TRIES_WITHIN = timedelta(minutes=15)
LINK_LASTS = timedelta(minutes=15)
SHORTEST_PASSWORD = 10
LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")

_LINK = "sign-in link "


def create(
    relay: Relay, login: str, name: str, role: Role, *, password: str | None = None, language: str = ""
) -> tuple[Account, str]:
    """A new account and its password, which is made up where none is given and is shown this once.

    Logins and names are unique: decisions are recorded under the name. `language`: the installation's where none is
    given. Raises Refused.
    """
    login, name = login.strip().casefold(), one_line(name)
    if not LOGIN.fullmatch(login):
        raise Refused("A login is made of latin letters, digits and . _ @ + -, and is at most 64 signs long.")
    language = language or relay.settings.language
    if not is_spoken(language):
        raise Refused("The desk speaks {languages}.", languages=", ".join(languages()))
    password = _acceptable(password)
    account = Account(
        login=login,
        name=name or login,
        role=role,
        password_hash=password_hasher().hash(password),
        language=language,
        created_at=relay.now(),
    )
    try:
        with relay.transaction() as session:
            if session.exec(select(Account.id).where(Account.name == account.name)).first() is not None:
                raise Refused("There is an account with the name {name} already.", name=account.name)
            session.add(account)
            session.flush()
            add_event(session, relay.now(), account, EventKind.created, role=role.value)
    except IntegrityError as error:
        raise Refused("There is an account {login} already.", login=login) from error
    return account, password


def listing(relay: Relay) -> list[Account]:
    with relay.reading() as session:
        return list(session.exec(select(Account).order_by(col(Account.login))))


def set_password(relay: Relay, login: str, password: str | None = None) -> str:
    """Gives a new password, and ends all sessions of the account. Returns the password."""
    password = _acceptable(password)
    hashed = password_hasher().hash(password)
    with relay.transaction() as session:
        account = _account(session, login)
        account.password_hash = hashed
        session.add(account)
        _end_sessions(session, account)
        add_event(session, relay.now(), account, EventKind.new_password)
    return password


def set_role(relay: Relay, login: str, role: Role) -> None:
    """Ends all sessions too, so that no page of the old role stays in use."""
    with relay.transaction() as session:
        account = _account(session, login)
        account.role = role
        session.add(account)
        _end_sessions(session, account)
        add_event(session, relay.now(), account, EventKind.new_role, role=role.value)


def close(relay: Relay, login: str) -> None:
    """The account can't sign in any more; what it decided stays on record."""
    with relay.transaction() as session:
        account = _account(session, login)
        account.active = False
        session.add(account)
        _end_sessions(session, account)
        add_event(session, relay.now(), account, EventKind.closed)


def sign_in(relay: Relay, login: str, password: str, *, address: str = "") -> str:
    """The token of a new session. Raises Refused in the same words for every wrong pair, and after TRIES of them."""
    login = login.strip().casefold()
    _count_try(relay, login, address)
    with relay.reading() as session:
        account = session.exec(select(Account).where(Account.login == login)).first()
    known = account.password_hash if account is not None else _nobody()
    right = password_hasher().verify(password[:1024], known)  # also for nobody, so that the time tells nothing
    if account is None or not right or not account.active:
        raise Refused("Login or password is wrong.", hint="After five wrong ones there is a pause of 15 minutes.")
    with relay.transaction() as session:
        key = _try_key(login, address)
        session.exec(delete(SignInTry).where(col(SignInTry.key) == key))
        add_event(session, relay.now(), account, EventKind.signed_in, key=key)
        return _new_session(session, relay, account)


def sign_in_link(relay: Relay, login: str, base_url: str) -> str:
    """A link that signs `login` in once, within 15 minutes. Raises NotFound."""
    with relay.reading() as session:
        account = _account(session, login)
    until = relay.now() + LINK_LASTS
    token = _signer(relay).dumps([account.login, int(until.timestamp()), secrets.token_urlsafe(12)])
    return f"{base_url.rstrip('/')}/sign-in/{token if isinstance(token, str) else token.decode()}"


def read_link(relay: Relay, token: str) -> str:
    """The login of a link that is still good. Raises Refused. Looking at a link does not use it up."""
    login, _, nonce = _opened(relay, token)
    with relay.reading() as session:
        if session.get(Lease, _LINK + nonce) is not None:
            raise _used()
    return login


def sign_in_by_link(relay: Relay, token: str) -> str:
    """The token of a new session; the link is used up. Raises Refused."""
    login, until, nonce = _opened(relay, token)
    try:
        with relay.transaction() as session:
            account = _account(session, login)
            if not account.active:
                raise Refused("This account is closed.")
            session.exec(delete(Lease).where(col(Lease.name).startswith(_LINK), col(Lease.until) < relay.now()))
            # the key's uniqueness makes it a link for one, also for two who click at once
            session.add(Lease(name=_LINK + nonce, holder=login, until=until))
            session.flush()
            add_event(session, relay.now(), account, EventKind.signed_in, by="link")
            return _new_session(session, relay, account)
    except IntegrityError as error:
        raise _used() from error


def whoami(relay: Relay, token: str, *, noted: bool = True) -> Account | None:
    """The account behind a session's token, fresh from the database; None when the session has ended.

    `noted`: the session counts as being used just now.
    """
    if not token:
        return None
    now = relay.now()
    with relay.reading() as session:
        row = session.get(WebSession, _digest(token))
        if row is None or _ended(relay, row, now):
            return None
        account = session.get(Account, row.account_id)
    if account is None or not account.active:
        return None
    if noted and now - row.seen_at >= SEEN_EVERY:
        with relay.transaction() as session:
            session.exec(update(WebSession).where(col(WebSession.token_hash) == row.token_hash).values(seen_at=now))
    return account


def sign_out(relay: Relay, token: str) -> None:
    with relay.transaction() as session:
        session.exec(delete(WebSession).where(col(WebSession.token_hash) == _digest(token)))


def secret(relay: Relay) -> bytes:
    """The key that links and forms are signed with: `secret.key` in the data folder, for its owner's eyes only."""
    path = relay.folder() / "secret.key"
    if not path.exists():
        part = path.with_name(f".secret-{secrets.token_hex(8)}")
        write_new(part, secrets.token_hex(32).encode(), mode=0o600)
        try:
            path.hardlink_to(part)  # whoever comes second keeps the first one's key
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()


def made_up_password() -> str:
    """Five easy groups, 63 bits: it can be read out on the telephone."""
    consonants, vowels = "bdfgklmnprstvz", "aeiou"
    group = [consonants, vowels, consonants, vowels]
    return "-".join("".join(secrets.choice(letters) for letters in group) for _ in range(5))


@cache
def password_hasher() -> PasswordHash:
    from pwdlib import PasswordHash

    return PasswordHash.recommended()


@cache
def _nobody() -> str:
    return password_hasher().hash(secrets.token_hex(16))


def _acceptable(password: str | None) -> str:
    if password is None:
        return made_up_password()
    if not SHORTEST_PASSWORD <= len(password) <= 1024:
        raise Refused("A password has at least {least} signs.", least=SHORTEST_PASSWORD)
    return password


def _account(session: Session, login: str) -> Account:
    account = session.exec(select(Account).where(Account.login == login.strip().casefold())).first()
    if account is None:
        raise NotFound("There is no account {login}.", login=login)
    return account


def _count_try(relay: Relay, login: str, address: str) -> None:
    """Counts the try before the password is looked at, so that many tries at once count too."""
    key, now = _try_key(login, address), relay.now()
    with relay.transaction() as session:
        recent = clocks.within(col(SignInTry.at), TRIES_WITHIN, now)
        if session.exec(select(func.count()).where(col(SignInTry.key) == key, recent)).one() >= TRIES:
            raise Refused("Too many wrong passwords.", hint="Try again in 15 minutes, or ask for a sign-in link.")
        session.exec(delete(SignInTry).where(not_(recent)))
        session.add(SignInTry(key=key, at=now))
        account = session.exec(select(Account.id).where(Account.login == login)).first()
        add_event(session, now, (EventSubject.account, account or 0), EventKind.sign_in_tried, key=key)


def _try_key(login: str, address: str) -> str:
    """A digest, because people type passwords into the login field."""
    return hashlib.sha256(f"{login}\n{address}".encode()).hexdigest()[:24]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _new_session(session: Session, relay: Relay, account: Account) -> str:
    now, token = relay.now(), secrets.token_urlsafe(32)
    too_old = now - timedelta(hours=relay.settings.session_hours)
    session.exec(
        delete(WebSession).where(or_(col(WebSession.created_at) <= too_old, col(WebSession.seen_at) <= now - IDLE))
    )
    session.add(WebSession(token_hash=_digest(token), account_id=need_id(account), created_at=now, seen_at=now))
    return token


def _ended(relay: Relay, row: WebSession, now: datetime) -> bool:
    return now >= row.created_at + timedelta(hours=relay.settings.session_hours) or now >= row.seen_at + IDLE


def _end_sessions(session: Session, account: Account) -> None:
    session.exec(delete(WebSession).where(col(WebSession.account_id) == account.id))


def _signer(relay: Relay) -> URLSafeSerializer:
    return URLSafeSerializer(secret(relay), salt="relay sign-in link")


def _opened(relay: Relay, token: str) -> tuple[str, datetime, str]:
    """Login, end, nonce of a link. The time is the Relay's own, which is why itsdangerous' timer isn't used."""
    try:
        login, until, nonce = _signer(relay).loads(token)
    except (BadData, ValueError, TypeError) as error:
        raise Refused("This sign-in link is not one of ours.", hint="Ask for a new one.") from error
    end = datetime.fromtimestamp(until, relay.now().tzinfo)
    if relay.now() >= end:
        raise Refused("This sign-in link is too old.", hint="Ask for a new one: it lasts 15 minutes.")
    return login, end, nonce


def _used() -> Refused:
    return Refused("This sign-in link has been used already.", hint="Ask for a new one.")
