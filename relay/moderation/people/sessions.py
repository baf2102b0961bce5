"""Sign-ins: by password, then a code where there is a second factor; kept as the hash of their token.

A session ends after `session_hours`, when nobody used it for IDLE, or when its owner or an organizer ends it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import Overloaded, Refused
from relay.models import Account, CampaignRole, EventKind, Role, WebSession, need_id
from relay.moderation import claims
from relay.moderation.people import keys, passwords, second_factor, tries
from relay.records import add_event
from relay.store import run

IDLE = timedelta(hours=3)
SEEN_EVERY = timedelta(minutes=1)
CODE_WITHIN = timedelta(minutes=5)
SHOWN = 16
"""So much of a session's digest names it on its owner's page: enough to tell two apart, and no way to its token."""
_PROOF = "relay password was right"

# Statements that stand ready: they are run for every request, and building them takes longer than running them
_PRESENT: Any = (
    select(WebSession, Account, second_factor.is_lacking())
    .join(Account, col(Account.id) == col(WebSession.account_id))
    .where(col(WebSession.token_hash) == bindparam("hashed"))
)
_ROLES = select(CampaignRole.campaign_id, CampaignRole.role).where(col(CampaignRole.account_id) == bindparam("of"))


class CodeNeeded(Refused):
    """The password was right, and there is a second factor. `proof` says the former, and comes back with the code."""

    def __init__(self, proof: str) -> None:
        super().__init__("Now the code of your second factor.")
        self.proof = proof


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a sign-in comes from: `browser` by its family, `address` without its last part."""

    browser: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """Who is behind a session now. `roles`: by campaign's number, where it is not the usual one."""

    account: Account
    roles: Mapping[int, Role] = field(default_factory=dict)
    lacks_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """A session as its owner sees it. `key` names it in a form."""

    key: str
    created_at: datetime
    seen_at: datetime
    browser: str
    address: str
    is_this: bool


def sign_in(relay: Relay, login: str, password: str, *, address: str = "", seat: Seat | None = None) -> str:
    """The token of a new session. Raises Refused in the same words for every wrong pair, and after too many of them;
    CodeNeeded where a code is still to come; Overloaded.
    """
    login = login.strip().casefold()
    counted = tries.count(relay, login, address)
    with relay.reading() as session:
        account = session.exec(select(Account).where(Account.login == login)).first()
    if not _knows(relay, counted, password, account) or account is None or not account.active:
        raise Refused("Login or password is wrong.", hint="After five wrong ones there is a pause of 15 minutes.")
    with relay.transaction() as session:
        tries.forgive(session, counted)
        if second_factor.is_on(session, need_id(account)):
            token = ""
        else:
            add_event(session, relay.now(), account, EventKind.signed_in, key=counted.key)
            token = new_session(session, relay, account, seat)
    if not token:
        raise code_needed(relay, account)
    return token


def sign_in_by_code(relay: Relay, proof: str, code: str, *, seat: Seat | None = None) -> str:
    """The token of a new session. Raises Refused for a wrong code, and for a proof that is none or too old."""
    account = proven(relay, proof)
    counted = tries.count_code(relay, need_id(account))
    with relay.transaction() as session:
        if not second_factor.takes(session, relay, need_id(account), code):
            raise Refused(
                "This code is wrong, or it was used already.", hint="Wait for the next one that the app shows."
            )
        tries.forgive(session, counted)
        add_event(session, relay.now(), account, EventKind.signed_in, by="second factor")
        return new_session(session, relay, account, seat)


def code_needed(relay: Relay, account: Account) -> CodeNeeded:
    until = relay.now() + CODE_WITHIN
    return CodeNeeded(keys.signed(relay, _PROOF, need_id(account), _mark(account), until=until))


def proven(relay: Relay, proof: str) -> Account:
    """Whose password was right a moment ago, and is the same still. Raises Refused."""
    found = keys.opened(relay, _PROOF, proof, 2)
    with relay.reading() as session:
        account = session.get(Account, found[1][0]) if found is not None else None
    if found is None or account is None or not account.active or found[1][1] != _mark(account):
        raise Refused("Sign in again.")
    if relay.now() >= found[0]:
        raise Refused("That took too long. Sign in again.")
    return account


def present(relay: Relay, token: str, *, noted: bool = True) -> Present | None:
    """Who is behind a session's token, fresh from the database; None when the session has ended.

    `noted`: the session counts as being used just now.
    """
    if not token:
        return None
    now = relay.now()
    with relay.reading() as session:
        found = session.execute(_PRESENT, {"hashed": digest(token)}).first()
        if found is None:
            return None
        row, account, lacks = found
        if _ended(relay, row, now) or not account.active:
            return None
        roles = {each.campaign_id: each.role for each in run(session, _ROLES, of=account.id)}
    if noted and now - row.seen_at >= SEEN_EVERY:
        with relay.transaction() as session:
            session.exec(update(WebSession).where(col(WebSession.token_hash) == row.token_hash).values(seen_at=now))
    return Present(account, roles, lacks)


def whoami(relay: Relay, token: str) -> Account | None:
    """The account behind a session's token; None when the session has ended."""
    found = present(relay, token)
    return found.account if found is not None else None


def sign_out(relay: Relay, token: str) -> None:
    with relay.transaction() as session:
        session.exec(delete(WebSession).where(col(WebSession.token_hash) == digest(token)))


def sign_ins(relay: Relay, account: Account, token: str = "") -> list[SignIn]:
    """The account's sessions that have not ended, the newest first. `token`: of the one that asks."""
    now, own = relay.now(), digest(token)
    with relay.reading() as session:
        rows = session.exec(select(WebSession).where(WebSession.account_id == account.id)).all()
    open_ = [row for row in rows if not _ended(relay, row, now)]
    return [
        SignIn(row.token_hash[:SHOWN], row.created_at, row.seen_at, row.browser, row.address, row.token_hash == own)
        for row in sorted(open_, key=lambda row: row.created_at, reverse=True)
    ]


def end(relay: Relay, account: Account, key: str, person: str) -> None:
    """Ends one of the account's own sessions, by `SignIn.key`. One that has ended already is no error."""
    with relay.transaction() as session:
        one = col(WebSession.token_hash).startswith(key, autoescape=True)
        mine = (col(WebSession.account_id) == account.id, one)
        if len(key) == SHOWN and session.exec(delete(WebSession).where(*mine)).rowcount:
            add_event(session, relay.now(), account, EventKind.sign_ins_ended, person)


def end_others(relay: Relay, account: Account, token: str, person: str) -> None:
    """Ends all of the account's sessions but the one that asks; all of them where none is named."""
    with relay.transaction() as session:
        end_all(session, account, but=token)
        add_event(session, relay.now(), account, EventKind.sign_ins_ended, person)


def end_all(session: Session, account: Account, *, but: str = "") -> None:
    """`but`: the token of a session that stays. Without one the person is out, and what they held is free at once."""
    mine = (col(WebSession.account_id) == account.id, col(WebSession.token_hash) != digest(but))
    session.exec(delete(WebSession).where(*mine))
    if not but:
        claims.leave(session, account.name)


def new_session(session: Session, relay: Relay, account: Account, seat: Seat | None = None) -> str:
    now, token, seat = relay.now(), secrets.token_urlsafe(32), seat or Seat()
    too_old = now - timedelta(hours=relay.settings.session_hours)
    session.exec(
        delete(WebSession).where(or_(col(WebSession.created_at) <= too_old, col(WebSession.seen_at) <= now - IDLE))
    )
    row = WebSession(token_hash=digest(token), account_id=need_id(account), created_at=now, seen_at=now)
    row.browser, row.address = seat.browser[:64], seat.address[:64]
    session.add(row)
    return token


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _knows(relay: Relay, counted: tries.Counted, password: str, account: Account | None) -> bool:
    """Asked also for nobody, so that the time tells nothing. A try that was not looked at is none."""
    try:
        return passwords.is_right(password, account.password_hash if account is not None else "")
    except Overloaded:
        with relay.transaction() as session:
            tries.take_back(session, counted)
        raise


def _mark(account: Account) -> str:
    """Changes with the password."""
    return digest(account.password_hash)[:SHOWN]


def _ended(relay: Relay, row: WebSession, now: datetime) -> bool:
    return now >= row.created_at + timedelta(hours=relay.settings.session_hours) or now >= row.seen_at + IDLE
