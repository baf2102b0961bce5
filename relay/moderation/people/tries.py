"""How often passwords and codes may be guessed: counted in the database, so that a restart or a second process
forgives nothing (reference: docs/security.md).

Three counts stand side by side. Few tries at one account from one address, so that whoever guesses there does not lock
its owner out elsewhere; more at one account from everywhere; and more from one address at whatever account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, func, not_
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.errors import Refused
from relay.models import Account, EventKind, EventSubject, SignInTry, need_id
from relay.records import add_event
from relay.store import one_at_a_time

TRIES = 5
OF_ACCOUNT = 30
OF_ADDRESS = 60
WITHIN = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Counted:
    """One try: its rows, and the count that a right password sets back."""

    rows: tuple[int, ...]
    key: str


def count(relay: Relay, login: str, address: str) -> Counted:
    """Counts the try before the password is looked at, so that many tries at once count too. Raises Refused."""
    now, own = relay.now(), _key(login, address)
    with relay.transaction() as session:
        one_at_a_time(session, SignInTry)
        session.exec(delete(SignInTry).where(not_(clocks.within(col(SignInTry.at), WITHIN, now))))
        limits = _limits(login, address)
        if any(_made(session, key) >= most for key, most in limits.items()):
            raise Refused("Too many wrong passwords.", hint="Try again in 15 minutes, or ask for a sign-in link.")
        rows = [SignInTry(key=key, at=now) for key in limits]
        session.add_all(rows)
        session.flush()
        account = session.exec(select(Account.id).where(Account.login == login)).first()
        add_event(session, now, (EventSubject.account, account or 0), EventKind.sign_in_tried, key=own)
        return Counted(tuple(need_id(row) for row in rows), own)


def count_code(relay: Relay, account_id: int) -> Counted:
    """The same for a code of the second factor, whose account is known. Raises Refused."""
    key, now = _digest(f"code\n{account_id}"), relay.now()
    with relay.transaction() as session:
        one_at_a_time(session, SignInTry)
        session.exec(delete(SignInTry).where(not_(clocks.within(col(SignInTry.at), WITHIN, now))))
        if _made(session, key) >= TRIES:
            raise Refused("Too many wrong codes.", hint="Try again in 15 minutes.")
        row = SignInTry(key=key, at=now)
        session.add(row)
        session.flush()
        return Counted((need_id(row),), key)


def forgive(session: Session, counted: Counted) -> None:
    """It was right: all tries at this account from this address are forgotten, and of the wider counts this one only.
    Otherwise whoever has an account of their own could set the count of an address back.
    """
    session.exec(delete(SignInTry).where(col(SignInTry.key) == counted.key))
    take_back(session, counted)


def take_back(session: Session, counted: Counted) -> None:
    """It was not looked at."""
    session.exec(delete(SignInTry).where(col(SignInTry.id).in_(counted.rows)))


def _limits(login: str, address: str) -> Mapping[str, int]:
    wide = {_digest(f"account\n{login}"): OF_ACCOUNT}
    if address:
        wide[_digest(f"address\n{address}")] = OF_ADDRESS
    return {_key(login, address): TRIES, **wide}


def _made(session: Session, key: str) -> int:
    return session.exec(select(func.count()).where(col(SignInTry.key) == key)).one()


def _key(login: str, address: str) -> str:
    """A digest, because people type passwords into the login field."""
    return _digest(f"{login}\n{address}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
