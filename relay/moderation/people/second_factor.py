"""The second factor: codes that an app on the telephone shows (TOTP, RFC 6238), and recovery codes on paper.

A code counts once: the half minute that it belongs to is kept, and none of it or before is taken again (RFC 6238,
5.2). One half minute to either side is taken too, for telephones whose clock is a little wrong. The secret is made
of a salt in the database and of the key in the data folder: whoever reads the database alone can make no code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, exists, func, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import Refused
from relay.models import Account, DeskPolicy, EventKind, EventSubject, RecoveryCode, SecondFactor, need_id
from relay.moderation.people import keys, tries
from relay.records import add_event, find_account

STEP_SECONDS = 30
CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""Signs of recovery codes: none that look alike. Sixteen of them are 79 bits."""
_POLICY = 1


@dataclass(frozen=True, slots=True)
class SetUp:
    """What the app is told: `secret` typed by hand, or `uri` in a QR code."""

    secret: str
    uri: str


def is_on(session: Session, account_id: int) -> bool:
    row = session.get(SecondFactor, account_id)
    return row is not None and row.confirmed_at is not None


def is_demanded(session: Session) -> bool:
    row = session.get(DeskPolicy, _POLICY)
    return row is not None and row.second_factor


def is_lacking() -> ColumnElement[bool]:
    """The condition, over Account, that a second factor is demanded of it and not set up."""
    demanded = exists().where(col(DeskPolicy.id) == _POLICY, col(DeskPolicy.second_factor))
    set_up = exists().where(
        col(SecondFactor.account_id) == col(Account.id), col(SecondFactor.confirmed_at).is_not(None)
    )
    return demanded & ~set_up


def demand(relay: Relay, demanded: bool, person: str) -> None:
    """From now on everybody is asked for a second factor; whoever has none is led to set it up."""
    with relay.transaction() as session:
        row = session.get(DeskPolicy, _POLICY) or DeskPolicy(id=_POLICY)
        row.second_factor = demanded
        session.add(row)
        what = EventKind.second_factor_demanded if demanded else EventKind.second_factor_optional
        add_event(session, relay.now(), (EventSubject.account, 0), what, person)


def begin(relay: Relay, account: Account) -> None:
    """Makes a new secret, which counts once a code of it has been typed. Raises Refused where one counts already."""
    with relay.transaction() as session:
        if is_on(session, need_id(account)):
            raise Refused("The second factor is set up already.")
        session.exec(delete(SecondFactor).where(col(SecondFactor.account_id) == account.id))
        session.add(SecondFactor(account_id=need_id(account), salt=secrets.token_hex(16), begun_at=relay.now()))


def begun(relay: Relay, account: Account) -> SetUp | None:
    """What was begun and not confirmed yet; the secret is shown no more afterwards."""
    with relay.reading() as session:
        row = session.get(SecondFactor, account.id)
    if row is None or row.confirmed_at is not None:
        return None
    from pyotp import TOTP

    secret = _secret(relay, row)
    return SetUp(secret, TOTP(secret).provisioning_uri(name=account.login, issuer_name="Relay"))


def confirm(relay: Relay, account: Account, code: str) -> tuple[str, ...]:
    """Turns it on with a first code of the app. The recovery codes are told this once. Raises Refused."""
    tried = tries.count_code(relay, need_id(account))
    with relay.transaction() as session:
        row = session.get(SecondFactor, account.id)
        if row is None or row.confirmed_at is not None:
            raise Refused("Begin with setting up the second factor.")
        if not _take(session, relay, row, code):
            raise _wrong()
        tries.forgive(session, tried)
        session.exec(update(SecondFactor).where(_of(account)).values(confirmed_at=relay.now()))
        add_event(session, relay.now(), account, EventKind.second_factor_on, account.name)
        return _new_codes(session, account)


def new_codes(relay: Relay, account: Account, code: str) -> tuple[str, ...]:
    """New recovery codes; the old ones count no more. Raises Refused for a wrong code."""
    tried = tries.count_code(relay, need_id(account))
    with relay.transaction() as session:
        if not takes(session, relay, need_id(account), code):
            raise _wrong()
        tries.forgive(session, tried)
        return _new_codes(session, account)


def turn_off(relay: Relay, account: Account, code: str) -> None:
    """By its owner, with a code. Raises Refused for a wrong one, and where an organizer demands it."""
    tried = tries.count_code(relay, need_id(account))
    with relay.transaction() as session:
        if is_demanded(session):
            raise Refused("A second factor is demanded of everybody here.")
        if not takes(session, relay, need_id(account), code):
            raise _wrong()
        tries.forgive(session, tried)
        _remove(session, relay, account, account.name)


def reset(relay: Relay, login: str, person: str) -> None:
    """By an organizer, for whoever has lost the telephone and the paper: password alone, until it is set up anew."""
    with relay.transaction() as session:
        _remove(session, relay, find_account(session, login), person)


def codes_left(relay: Relay, account: Account) -> int:
    with relay.reading() as session:
        unused = col(RecoveryCode.used_at).is_(None)
        return session.exec(select(func.count()).where(RecoveryCode.account_id == account.id, unused)).one()


def takes(session: Session, relay: Relay, account_id: int, code: str) -> bool:
    """Whether it is a code of the app that was not used yet, or a recovery code; either counts once."""
    row = session.get(SecondFactor, account_id)
    if row is None or row.confirmed_at is None:
        return False
    return _take(session, relay, row, code) or _take_recovery(session, relay, account_id, code)


def _take(session: Session, relay: Relay, row: SecondFactor, code: str) -> bool:
    from pyotp import TOTP

    app, typed = TOTP(_secret(relay, row)), "".join(code.split()).encode()
    now = int(relay.now().timestamp()) // STEP_SECONDS
    steps = (now, now - 1, now + 1)
    step = next((each for each in steps if hmac.compare_digest(app.generate_otp(each).encode(), typed)), None)
    if step is None:
        return False
    mine = (col(SecondFactor.account_id) == row.account_id, col(SecondFactor.last_step) < step)
    return session.exec(update(SecondFactor).where(*mine).values(last_step=step)).rowcount == 1


def _take_recovery(session: Session, relay: Relay, account_id: int, code: str) -> bool:
    mine = (
        col(RecoveryCode.account_id) == account_id,
        col(RecoveryCode.code_hash) == _code_hash(code),
        col(RecoveryCode.used_at).is_(None),
    )
    return session.exec(update(RecoveryCode).where(*mine).values(used_at=relay.now())).rowcount == 1


def _new_codes(session: Session, account: Account) -> tuple[str, ...]:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    made = tuple("-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4)) for _ in range(CODES))
    session.add_all(RecoveryCode(account_id=need_id(account), code_hash=_code_hash(code)) for code in made)
    return made


def _remove(session: Session, relay: Relay, account: Account, person: str) -> None:
    session.exec(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account.id))
    session.exec(delete(SecondFactor).where(_of(account)))
    add_event(session, relay.now(), account, EventKind.second_factor_off, person)


def _code_hash(code: str) -> str:
    return hashlib.sha256("".join(sign for sign in code.casefold() if sign.isalnum()).encode()).hexdigest()


def _secret(relay: Relay, row: SecondFactor) -> str:
    return base64.b32encode(keys.derived(relay, "relay second factor", row.salt)).decode()


def _of(account: Account) -> ColumnElement[bool]:
    return col(SecondFactor.account_id) == account.id


def _wrong() -> Refused:
    return Refused("This code is wrong, or it was used already.", hint="Wait for the next one that the app shows.")
