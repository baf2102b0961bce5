"""Who has an account at the desk: made, named, given a password, closed and opened again. Nothing is ever deleted:
what was decided stands under the account's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import is_spoken, languages
from relay.language.text import one_line
from relay.models import (
    Account,
    Campaign,
    CampaignRole,
    Decision,
    Event,
    EventKind,
    EventSubject,
    Role,
    SecondFactor,
    need_id,
)
from relay.moderation.people import api_tokens, passwords, sessions, tries
from relay.records import add_event, find_account
from relay.store import one_at_a_time

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account as organizers see it. `role`: the usual one, None where there is none; `roles`: by campaign's slug.

    `has_password` is false while an invitation waits. `last_sign_in`: when the newest sign-in began.
    """

    id: int
    login: str
    name: str
    role: Role | None
    roles: Mapping[str, Role]
    language: str
    active: bool
    has_password: bool
    has_second_factor: bool
    created_at: datetime
    last_sign_in: datetime | None


def create(
    relay: Relay,
    login: str,
    name: str,
    role: Role | None,
    *,
    password: str | None = None,
    language: str = "",
    person: str = "",
) -> tuple[Account, str]:
    """A new account and its password, which is made up where none is given and is shown this once.

    Logins and names are unique: decisions are recorded under the name. `language`: the installation's where none is
    given. Raises Refused.
    """
    password = passwords.acceptable(password)
    account = _new(relay, login, name, role, language)
    account.password_hash = passwords.hashed(password)
    return _added(relay, account, EventKind.created, person), password


def invite(relay: Relay, login: str, name: str, role: Role | None, *, language: str = "", person: str = "") -> Account:
    """A new account without a password: its owner chooses one by links.password_link. Raises Refused."""
    return _added(relay, _new(relay, login, name, role, language), EventKind.invited, person)


def listing(relay: Relay) -> list[Account]:
    with relay.reading() as session:
        return list(session.exec(select(Account).order_by(col(Account.login))))


def views(relay: Relay) -> list[AccountView]:
    """All accounts by their names, those that are closed last."""
    with relay.reading() as session:
        accounts = session.exec(select(Account)).all()
        roles = _roles(session)
        secured = set(session.exec(select(SecondFactor.account_id).where(col(SecondFactor.confirmed_at).is_not(None))))
        last = _last_sign_ins(session)
    found = [_view(account, roles, secured, last) for account in accounts]
    return sorted(found, key=lambda view: (not view.active, view.name.casefold()))


def view(relay: Relay, number: int) -> AccountView:
    """Raises NotFound."""
    found = next((each for each in views(relay) if each.id == number), None)
    if found is None:
        raise NotFound("There is no such account.")
    return found


def of_login(relay: Relay, login: str) -> Account:
    """Raises NotFound."""
    with relay.reading() as session:
        return find_account(session, login)


def set_password(relay: Relay, login: str, password: str | None = None, *, person: str = "") -> str:
    """Gives a new password, and ends all sessions of the account. Returns the password."""
    password = passwords.acceptable(password)
    hashed = passwords.hashed(password)
    with relay.transaction() as session:
        account = find_account(session, login)
        account.password_hash = hashed
        session.add(account)
        sessions.end_all(session, account)
        add_event(session, relay.now(), account, EventKind.new_password, person)
    return password


def change_password(relay: Relay, account: Account, old: str, new: str, *, address: str = "", token: str = "") -> None:
    """By its owner, who has to know the old one. All other sessions end. Raises Refused, Overloaded."""
    passwords.acceptable(new)
    counted = tries.count(relay, account.login, address)
    if not passwords.is_right(old, account.password_hash):
        raise Refused("The old password is wrong.")
    hashed = passwords.hashed(new)
    with relay.transaction() as session:
        tries.forgive(session, counted)
        row = find_account(session, account.login)
        row.password_hash = hashed
        session.add(row)
        sessions.end_all(session, row, but=token)
        add_event(session, relay.now(), row, EventKind.new_password, account.name)


def set_language(relay: Relay, login: str, language: str) -> None:
    """The language in which the desk speaks to this person. Raises Refused."""
    _speaks(language)
    with relay.transaction() as session:
        account = find_account(session, login)
        account.language = language
        session.add(account)


def rename(relay: Relay, login: str, name: str) -> None:
    """By its owner, as long as no decision is recorded under the name. Raises Refused."""
    name = one_line(name)
    with relay.transaction() as session:
        account = find_account(session, login)
        if name == account.name:
            return
        _refuse_name(session, account, name)
        add_event(session, relay.now(), account, EventKind.renamed, account.name, to=name)
        account.name = name
        session.add(account)


def _refuse_name(session: Session, account: Account, name: str) -> None:
    if not name:
        raise Refused("A name is needed.", hint="Write it as it is to stand beside what you do.")
    one_at_a_time(session, Account)
    if session.exec(select(Account.id).where(Account.name == name)).first() is not None:
        raise Refused("There is an account with the name {name} already.", name=name)
    recorded = select(Decision.id).where(col(Decision.person).in_([account.name, name]))
    if session.exec(recorded).first() is not None:
        raise Refused("Decisions are recorded under this name, so it stays.")


def set_role(relay: Relay, login: str, role: Role | None, *, person: str = "") -> None:
    """The usual role; None: only those of campaigns. Ends all sessions, so that no page of the old role stays in use.

    Raises Refused for the last organizer.
    """
    with relay.transaction() as session:
        account = find_account(session, login)
        if role is not Role.organizer:
            _needs_another_organizer(session, account)
        account.role = role
        session.add(account)
        sessions.end_all(session, account)
        add_event(session, relay.now(), account, EventKind.new_role, person, role=role.value if role else "")


def close(relay: Relay, login: str, *, person: str = "") -> None:
    """The account can't sign in any more, and its tokens are revoked; what it decided stays on record. Raises Refused
    for the last organizer.
    """
    with relay.transaction() as session:
        account = find_account(session, login)
        _needs_another_organizer(session, account)
        account.active = False
        session.add(account)
        sessions.end_all(session, account)
        api_tokens.revoke_all(session, account, relay.now())
        add_event(session, relay.now(), account, EventKind.closed, person)


def reopen(relay: Relay, login: str, *, person: str = "") -> None:
    """Takes `close` back; the old password counts again."""
    with relay.transaction() as session:
        account = find_account(session, login)
        account.active = True
        session.add(account)
        add_event(session, relay.now(), account, EventKind.reopened, person)


def _new(relay: Relay, login: str, name: str, role: Role | None, language: str) -> Account:
    login, name = login.strip().casefold(), one_line(name)
    if not LOGIN.fullmatch(login):
        raise Refused("A login is made of latin letters, digits and . _ @ + -, and is at most 64 signs long.")
    language = language or relay.settings.language
    _speaks(language)
    return Account(
        login=login, name=name or login, role=role, password_hash="", language=language, created_at=relay.now()
    )


def _added(relay: Relay, account: Account, what: EventKind, person: str) -> Account:
    try:
        with relay.transaction() as session:
            one_at_a_time(session, Account)
            if session.exec(select(Account.id).where(Account.name == account.name)).first() is not None:
                raise Refused("There is an account with the name {name} already.", name=account.name)
            session.add(account)
            session.flush()
            add_event(session, relay.now(), account, what, person, role=account.role.value if account.role else "")
    except IntegrityError as error:
        raise Refused("There is an account {login} already.", login=account.login) from error
    return account


def _speaks(language: str) -> None:
    if not is_spoken(language):
        raise Refused("The desk speaks {languages}.", languages=", ".join(languages()))


def _needs_another_organizer(session: Session, account: Account) -> None:
    """Locks the organizers' rows, so that two of them can't take each other's role at the same time."""
    organizers = session.exec(select(Account).where(Account.role == Role.organizer).with_for_update()).all()
    if (
        account.role is Role.organizer
        and account.active
        and not any(each.active for each in organizers if each.id != account.id)
    ):
        raise Refused("This is the last organizer: make somebody else one first.")


def _roles(session: Session) -> Mapping[int, Mapping[str, Role]]:
    found: dict[int, dict[str, Role]] = {}
    rows = session.exec(
        select(CampaignRole, Campaign.slug).where(col(Campaign.id) == CampaignRole.campaign_id).order_by(Campaign.slug)
    )
    for row, slug in rows:
        found.setdefault(row.account_id, {})[slug] = row.role
    return found


def _last_sign_ins(session: Session) -> Mapping[int, datetime]:
    signed_in = (Event.subject == EventSubject.account, Event.what == EventKind.signed_in)
    rows = session.exec(select(Event.subject_id, func.max(Event.at)).where(*signed_in).group_by(col(Event.subject_id)))
    return dict(rows.all())


def _view(
    account: Account, roles: Mapping[int, Mapping[str, Role]], secured: set[int], last: Mapping[int, datetime]
) -> AccountView:
    number = need_id(account)
    return AccountView(
        id=number,
        login=account.login,
        name=account.name,
        role=account.role,
        roles=roles.get(number, {}),
        language=account.language,
        active=account.active,
        has_password=bool(account.password_hash),
        has_second_factor=number in secured,
        created_at=account.created_at,
        last_sign_in=last.get(number),
    )
