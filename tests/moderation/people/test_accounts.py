from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused
from relay.models import Account, Event, Role
from relay.moderation.people import accounts, sessions, tries


@pytest.mark.parametrize("login", ["", "an na", "анна", "../x", "a" * 65, "-a"])
def test_odd_logins_are_refused(relay, login):
    with pytest.raises(Refused, match="login is made of"):
        accounts.create(relay, login, "Anna", Role.moderator)


@pytest.mark.slow
def test_logins_and_names_are_unique(relay, anna):
    with pytest.raises(Refused, match="an account anna already"):
        accounts.create(relay, "anna", "Другая Анна", Role.viewer)
    with pytest.raises(Refused, match="with the name Анна Соколова already"):
        accounts.create(relay, "anna2", "Анна Соколова", Role.viewer)


def test_short_passwords_and_unknown_languages_are_refused(relay):
    with pytest.raises(Refused, match="at least 10"):
        accounts.create(relay, "anna", "Anna", Role.moderator, password="short")
    with pytest.raises(Refused, match="speaks en, fr, ru"):
        accounts.create(relay, "anna", "Anna", Role.moderator, language="tlh")


@pytest.mark.slow
def test_a_new_password_a_new_role_and_closing_end_all_sessions(relay, anna):
    login, password = anna
    for change in (
        lambda: accounts.set_password(relay, login, password),
        lambda: accounts.set_role(relay, login, Role.editor),
        lambda: accounts.close(relay, login),
    ):
        token = sessions.sign_in(relay, login, password)
        change()
        assert sessions.whoami(relay, token) is None
    with pytest.raises(Refused, match="is wrong"):
        sessions.sign_in(relay, login, password)


@pytest.mark.slow
def test_accounts_are_listed_by_login(relay, anna):
    accounts.create(relay, "abel", "Абель", Role.viewer)
    assert [account.login for account in accounts.listing(relay)] == ["abel", "anna"]
    assert all(isinstance(account, Account) for account in accounts.listing(relay))


@pytest.mark.slow
def test_the_last_organizer_can_not_be_closed_or_demoted(relay):
    accounts.create(relay, "olga", "Ольга", Role.organizer)
    accounts.create(relay, "gone", "Глеб", Role.organizer)
    accounts.close(relay, "gone")
    for change in (
        lambda: accounts.close(relay, "olga"),
        lambda: accounts.set_role(relay, "olga", Role.viewer),
        lambda: accounts.set_role(relay, "olga", None),
    ):
        with pytest.raises(Refused, match="last organizer"):
            change()
    accounts.reopen(relay, "gone")
    accounts.set_role(relay, "olga", None)
    assert {view.login: (view.role, view.active) for view in accounts.views(relay)} == {
        "olga": (None, True),
        "gone": (Role.organizer, True),
    }


@pytest.mark.slow
def test_twin_without_the_guard_nobody_organizes_any_more(relay, monkeypatch):
    accounts.create(relay, "olga", "Ольга", Role.organizer)
    monkeypatch.setattr(accounts, "_needs_another_organizer", lambda _session, _account: None)
    accounts.close(relay, "olga")
    assert not any(view.active for view in accounts.views(relay))


def test_what_an_organizer_does_to_an_account_is_on_record_with_her_name(relay, anna):
    accounts.set_role(relay, "anna", Role.editor, person="Ольга")
    accounts.close(relay, "anna", person="Ольга")
    accounts.reopen(relay, "anna", person="Ольга")
    with relay.reading() as session:
        events = session.exec(select(Event).where(Event.person == "Ольга")).all()
    assert [(event.what.value, event.details) for event in events] == [
        ("role changed", {"role": "editor"}),
        ("closed", {}),
        ("opened again", {}),
    ]


@pytest.mark.slow
def test_an_own_password_is_changed_by_who_knows_the_old_one_and_ends_the_other_sessions(relay, anna):
    login, password = anna
    here, elsewhere = (sessions.sign_in(relay, login, password) for _ in range(2))
    account = accounts.of_login(relay, login)
    with pytest.raises(Refused, match="old password is wrong"):
        accounts.change_password(relay, account, "a guess", "a new password", token=here)
    with pytest.raises(Refused, match="at least 10"):
        accounts.change_password(relay, account, password, "short", token=here)
    accounts.change_password(relay, account, password, "a new password", token=here)
    assert sessions.whoami(relay, here) is not None
    assert sessions.whoami(relay, elsewhere) is None
    assert sessions.sign_in(relay, login, "a new password")


@pytest.mark.slow
def test_the_old_password_can_not_be_guessed_from_a_page_left_open(relay, anna):
    account = accounts.of_login(relay, "anna")
    told = set()
    for number in range(tries.TRIES + 1):
        with pytest.raises(Refused) as refused:
            accounts.change_password(relay, account, f"guess {number}", "a new password")
        told.add(refused.value.message)
    assert told == {"The old password is wrong.", "Too many wrong passwords."}


@pytest.mark.slow
def test_a_person_who_was_invited_has_no_password_and_nobody_gets_in(relay):
    accounts.invite(relay, "boris", "Борис", Role.editor, person="Ольга")
    (view,) = accounts.views(relay)
    assert (view.has_password, view.last_sign_in) == (False, None)
    for password in ("", "x" * 20):
        with pytest.raises(Refused, match="is wrong"):
            sessions.sign_in(relay, "boris", password)


@pytest.mark.slow
def test_the_list_tells_the_last_sign_in(relay, anna, clock):
    sessions.sign_in(relay, *anna)
    clock.moves(days=2)
    last = clock()
    sessions.sign_in(relay, *anna)
    (view,) = accounts.views(relay)
    assert (view.last_sign_in, view.name) == (last, "Анна Соколова")
    assert accounts.view(relay, view.id) == view
    with pytest.raises(NotFound):
        accounts.view(relay, 99)


@pytest.mark.slow
def test_the_language_is_one_that_the_desk_speaks(relay, anna):
    accounts.set_language(relay, "anna", "en")
    assert accounts.of_login(relay, "anna").language == "en"
    with pytest.raises(Refused, match="speaks en"):
        accounts.set_language(relay, "anna", "tlh")
