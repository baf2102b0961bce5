"""Tokens by which a person's programs use the API: with that person's rights, or to look only.

A token is shown once and kept as its digest. It ends on its day, when its owner or an organizer revokes it, and for
good when the account is closed.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Account, ApiToken, CampaignRole, EventKind, Role, need_id
from relay.moderation.people import second_factor
from relay.moderation.people.sessions import SEEN_EVERY, digest
from relay.records import add_event, find_account
from relay.store import run

PREFIX = "relay_"
"""Begins every token, so that whoever searches files for secrets that were left lying about finds it."""
LONGEST_NAME = 64
USUAL_DAYS, MOST_DAYS = 90, 730
MOST_TOKENS = 20

_PRESENT: Any = (
    select(ApiToken, Account, second_factor.is_lacking())
    .join(Account, col(Account.id) == col(ApiToken.account_id))
    .where(col(ApiToken.token_hash) == bindparam("hashed"))
)
_ROLES = select(CampaignRole.campaign_id, CampaignRole.role).where(col(CampaignRole.account_id) == bindparam("of"))


@dataclass(frozen=True, slots=True)
class ApiTokenView:
    """`state`: `works`, `expired` or `revoked`; `last_address`: without its last part."""

    id: int
    login: str
    name: str
    may_write: bool
    state: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_address: str


@dataclass(frozen=True, slots=True)
class NewApiToken:
    """`token` is shown this once."""

    id: int
    name: str
    token: str
    may_write: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Program:
    """Who is behind a token now. `roles`: by campaign's number, where it is not the usual one."""

    token: ApiToken
    account: Account
    roles: Mapping[int, Role] = field(default_factory=dict)
    lacks_second_factor: bool = False


def make(
    relay: Relay, login: str, name: str, *, days: int = USUAL_DAYS, may_write: bool = False, person: str = ""
) -> NewApiToken:
    """A new token of an account. Raises NotFound, and Refused without a name or with one that is there,
    for too many days or too many tokens."""
    name, token, now = one_line(name, LONGEST_NAME), PREFIX + secrets.token_urlsafe(32), relay.now()
    if not name:
        raise Refused("A token needs a name.", hint="Say which program it is for.")
    if not 1 <= days <= MOST_DAYS:
        raise Refused("A token works for {least} to {most} days.", least=1, most=MOST_DAYS)
    with relay.transaction() as session:
        account = find_account(session, login)
        _refuse_more(session, account, name, now)
        row = ApiToken(
            account_id=need_id(account), name=name, token_hash=digest(token), may_write=may_write,
            created_at=now, expires_at=now + timedelta(days=days),
        )  # fmt: skip
        session.add(row)
        session.flush()
        add_event(session, now, account, EventKind.token_made, person or account.name, token=name)
        return NewApiToken(need_id(row), name, token, may_write, row.expires_at)


def listing(relay: Relay, login: str = "") -> list[ApiTokenView]:
    """All tokens, or those of one account, the newest first. Raises NotFound."""
    wanted = select(ApiToken, Account.login).join(Account, col(Account.id) == col(ApiToken.account_id))
    with relay.reading() as session:
        if login:
            wanted = wanted.where(ApiToken.account_id == find_account(session, login).id)
        rows = session.exec(wanted.order_by(col(ApiToken.id).desc())).all()
    return [_view(row, of, relay.now()) for row, of in rows]


def revoke(relay: Relay, login: str, number: int, *, person: str = "") -> None:
    """Ends a token of the account for good. One that has ended stays as it is. Raises NotFound."""
    now = relay.now()
    with relay.transaction() as session:
        account = find_account(session, login)
        row = session.get(ApiToken, number)
        if row is None or row.account_id != account.id:
            raise NotFound("There is no token number {number}.", hint="See: relay account token list", number=number)
        if _ended(session, col(ApiToken.id) == number, now):
            add_event(session, now, account, EventKind.token_revoked, person or account.name, token=row.name)


def revoke_all(session: Session, account: Account, now: datetime) -> None:
    """Inside a unit of work: the account is closed."""
    _ended(session, col(ApiToken.account_id) == account.id, now)


def present(relay: Relay, token: str, *, address: str = "") -> Program | None:
    """Who is behind a token, fresh from the database; None for one that is none, or works no more."""
    now = relay.now()
    with relay.reading() as session:
        found = session.execute(_PRESENT, {"hashed": digest(token)}).first()
        if found is None:
            return None
        row, account, lacks = found
        if _state(row, now) != "works" or not account.active:
            return None
        roles = {each.campaign_id: each.role for each in run(session, _ROLES, of=account.id)}
    if row.last_used_at is None or now - row.last_used_at >= SEEN_EVERY:
        used = {"last_used_at": now, "last_address": address[:64]}
        with relay.transaction() as session:
            session.exec(update(ApiToken).where(col(ApiToken.id) == row.id).values(**used))
    return Program(row, account, roles, lacks)


def note(relay: Relay, program: Program, did: str) -> None:
    """The record says which program changed something, beside what the service says of it."""
    with relay.transaction() as session:
        of, person = program.account, program.account.name
        add_event(session, relay.now(), of, EventKind.by_token, person, token=program.token.name, did=did)


def _refuse_more(session: Session, account: Account, name: str, now: datetime) -> None:
    """A form that is sent once more makes no second token."""
    works = (col(ApiToken.revoked_at).is_(None), col(ApiToken.expires_at) > now)
    mine = session.exec(select(ApiToken.name).where(ApiToken.account_id == account.id, *works)).all()
    if name in mine:
        raise Refused(
            "This account has a token of that name.", hint="Give it another name, or revoke the other one first."
        )
    if len(mine) >= MOST_TOKENS:
        raise Refused("This account has {most} tokens.", hint="Revoke one of them first.", most=MOST_TOKENS)


def _ended(session: Session, which: Any, now: datetime) -> bool:
    done = session.exec(update(ApiToken).where(which, col(ApiToken.revoked_at).is_(None)).values(revoked_at=now))
    return bool(done.rowcount)


def _state(row: ApiToken, now: datetime) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if now >= row.expires_at else "works"


def _view(row: ApiToken, login: str, now: datetime) -> ApiTokenView:
    return ApiTokenView(
        id=need_id(row),
        login=login,
        name=row.name,
        may_write=row.may_write,
        state=_state(row, now),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        last_address=row.last_address,
    )
