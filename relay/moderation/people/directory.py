"""Signing in with a museum's directory (OpenID Connect; the extra `oidc`).

An account belongs to the first person of the directory who came in by its login, and to nobody else afterwards: a name
that the directory gives to somebody else later opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from relay.config import Settings
from relay.context import Relay
from relay.errors import Refused
from relay.models import Account, DirectoryIdentity, EventKind, Role, need_id
from relay.moderation.people import accounts, keys, second_factor, sessions
from relay.moderation.people.oidc import Asking, Provider
from relay.records import add_event

ASKING_LASTS = timedelta(minutes=10)
_PURPOSE = "relay directory"


def is_set_up(settings: Settings) -> bool:
    return bool(settings.oidc_issuer and settings.oidc_client_id)


def begin(relay: Relay, redirect_uri: str, target: str) -> tuple[str, str]:
    """Where the browser goes, and what it brings back (in a cookie) to show that it set out here. Raises RelayError.

    `target`: the page of the desk that was wanted.
    """
    _needs_setting_up(relay)
    asking = Asking(*(secrets.token_urlsafe(32) for _ in range(3)))
    said = (asking.state, asking.nonce, asking.verifier, target)
    kept = keys.signed(relay, _PURPOSE, *said, until=relay.now() + ASKING_LASTS)
    return Provider(relay.settings, redirect_uri).address(asking), kept


def sign_in(
    relay: Relay, kept: str, state: str, code: str, redirect_uri: str, *, seat: sessions.Seat | None = None
) -> tuple[str, str]:
    """The token of a new session, and the page that was wanted. Raises RelayError; sessions.CodeNeeded."""
    _needs_setting_up(relay)
    found = keys.opened(relay, _PURPOSE, kept, 4)
    if found is None or relay.now() >= found[0] or not hmac.compare_digest(str(found[1][0]).encode(), state.encode()):
        raise Refused("This sign-in did not begin here, or took too long.", hint="Sign in again.")
    _state, nonce, verifier, target = (str(each) for each in found[1])
    now = int(relay.now().timestamp())
    claims = Provider(relay.settings, redirect_uri).claims(Asking(state, nonce, verifier), code, now)
    account = _account(relay, claims)
    with relay.transaction() as session:
        asks = second_factor.is_on(session, need_id(account))
        if not asks:
            add_event(session, relay.now(), account, EventKind.signed_in, by="directory")
            token = sessions.new_session(session, relay, account, seat)
    if asks:
        raise sessions.code_needed(relay, account)
    return token, target


def _account(relay: Relay, claims: dict[str, Any]) -> Account:
    """This person's account: the one of before, or the one with their login, or a new one where that is allowed."""
    try:
        return _found(relay, claims, str(claims["sub"])[:255])
    except IntegrityError as error:  # the same person came in twice at once, for the first time
        raise Refused("Sign in again.") from error


def _found(relay: Relay, claims: dict[str, Any], subject: str) -> Account:
    with relay.transaction() as session:
        account = _of_subject(session, relay.settings.oidc_issuer, subject)
        if account is None:
            account = _of_login(session, login_of(relay.settings, claims))
            if account is not None:
                _bind(session, relay, account, subject)
    if account is None:
        account = _made(relay, claims)
        with relay.transaction() as session:
            _bind(session, relay, account, subject)
    if not account.active:
        raise Refused("This account is closed.")
    return account


def login_of(settings: Settings, claims: dict[str, Any]) -> str:
    """What the directory calls the person. Raises Refused for an address of mail that nobody has confirmed."""
    name = settings.oidc_claim
    login = claims.get(name)
    if not isinstance(login, str) or not login.strip():
        raise Refused("The directory does not tell who you are: {claim} is missing.", claim=name)
    if name == "email" and claims.get("email_verified") is False:
        raise Refused("The directory has not confirmed your mail address.")
    return login.strip().casefold()


def _made(relay: Relay, claims: dict[str, Any]) -> Account:
    role = relay.settings.oidc_role
    if not role:
        raise Refused("You have no account here.", hint="Ask an organizer to invite you.")
    login, name = login_of(relay.settings, claims), claims.get("name")
    words = name if isinstance(name, str) else login
    return accounts.invite(relay, login, words, Role(role), language=relay.settings.language, person="directory")


def _bind(session: Session, relay: Relay, account: Account, subject: str) -> None:
    issuer = relay.settings.oidc_issuer
    mine = (DirectoryIdentity.account_id == account.id, DirectoryIdentity.issuer == issuer)
    if session.exec(select(DirectoryIdentity.id).where(*mine)).first() is not None:
        raise Refused("This account belongs to somebody else of the directory.", hint="Ask an organizer.")
    session.add(DirectoryIdentity(account_id=need_id(account), issuer=issuer, subject=subject, since=relay.now()))


def _of_subject(session: Session, issuer: str, subject: str) -> Account | None:
    mine = (DirectoryIdentity.issuer == issuer, DirectoryIdentity.subject == subject)
    number = session.exec(select(DirectoryIdentity.account_id).where(*mine)).first()
    return session.get(Account, number) if number is not None else None


def _of_login(session: Session, login: str) -> Account | None:
    return session.exec(select(Account).where(Account.login == login)).first()


def _needs_setting_up(relay: Relay) -> None:
    if not is_set_up(relay.settings):
        raise Refused("Signing in with a directory is not set up here.")
    if find_spec("authlib") is None:
        raise Refused("Signing in with a directory needs the extra: pip install 'hashtag-relay[oidc]'.")
