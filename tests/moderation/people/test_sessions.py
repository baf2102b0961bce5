from __future__ import annotations

import stat
import threading

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused
from relay.models import Account, Event, Role, WebSession
from relay.moderation.people import accounts, keys, links, passwords, sessions, tries


@pytest.fixture
def anna(relay):
    account, password = accounts.create(relay, "Anna", "Анна Соколова", Role.moderator)
    return account.login, password


@pytest.mark.slow
def test_passwords_are_hashed_with_the_cost_that_is_recommended(relay, monkeypatch):
    monkeypatch.undo()
    account, _ = accounts.create(relay, "anna", "Анна", Role.moderator)
    assert account.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@pytest.mark.slow
def test_a_made_up_password_is_readable_and_works(relay, anna):
    login, password = anna
    assert login == "anna"
    assert len(password.split("-")) == 5
    assert sessions.whoami(relay, sessions.sign_in(relay, "ANNA ", password)).name == "Анна Соколова"


def test_made_up_passwords_differ():
    assert len({passwords.made_up_password() for _ in range(200)}) == 200


@pytest.mark.slow
def test_neither_passwords_nor_tokens_stand_in_the_database(relay, anna):
    login, password = anna
    token = sessions.sign_in(relay, login, password)
    everything = (relay.settings.data_dir / "relay.db").read_bytes()
    for file in relay.settings.data_dir.glob("relay.db-*"):
        everything += file.read_bytes()
    assert b"$argon2id$" in everything
    assert password.encode() not in everything
    assert token.encode() not in everything


@pytest.mark.parametrize("login", ["", "an na", "анна", "../x", "a" * 65, "-a"])
def test_odd_logins_are_refused(relay, login):
    with pytest.raises(Refused, match="login is made of"):
        accounts.create(relay, login, "Anna", Role.moderator)


def test_logins_and_names_are_unique(relay, anna):
    with pytest.raises(Refused, match="an account anna already"):
        accounts.create(relay, "anna", "Другая Анна", Role.viewer)
    with pytest.raises(Refused, match="with the name Анна Соколова already"):
        accounts.create(relay, "anna2", "Анна Соколова", Role.viewer)


def test_short_passwords_and_unknown_languages_are_refused(relay):
    with pytest.raises(Refused, match="at least 10"):
        accounts.create(relay, "anna", "Anna", Role.moderator, password="short")
    with pytest.raises(Refused, match="speaks en, ru"):
        accounts.create(relay, "anna", "Anna", Role.moderator, language="tlh")


def test_wrong_login_and_wrong_password_sound_the_same(relay, anna):
    lines = []
    for login, password in (("anna", "wrong"), ("nobody", "wrong")):
        with pytest.raises(Refused) as told:
            sessions.sign_in(relay, login, password)
        lines.append(told.value.line)
    assert lines[0] == lines[1]


@pytest.mark.slow
def test_after_five_wrong_passwords_even_the_right_one_waits(relay, anna, clock):
    login, password = anna
    for _ in range(tries.TRIES):
        with pytest.raises(Refused, match="is wrong"):
            sessions.sign_in(relay, login, "guess", address="10.0.0.1")
    with pytest.raises(Refused, match="Too many"):
        sessions.sign_in(relay, login, password, address="10.0.0.1")
    assert sessions.sign_in(relay, login, password, address="10.0.0.2")
    clock.moves(minutes=16)
    assert sessions.sign_in(relay, login, password, address="10.0.0.1")


@pytest.mark.slow
def test_of_a_hundred_guesses_ninety_five_are_not_even_looked_at(relay, anna):
    outcomes = []
    for number in range(100):
        with pytest.raises(Refused) as told:
            sessions.sign_in(relay, "anna", f"guess {number}")
        outcomes.append("Too many" in str(told.value))
    assert sum(outcomes) == 95


@pytest.mark.slow
def test_twin_without_the_limit_the_sixth_guess_gets_in(relay, anna, monkeypatch):
    login, password = anna
    monkeypatch.setattr(tries, "TRIES", 10**9)
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.sign_in(relay, login, "guess")
    assert sessions.sign_in(relay, login, password)


@pytest.mark.slow
def test_a_right_password_forgives_the_wrong_ones(relay, anna):
    login, password = anna
    for _ in range(3):
        for _ in range(tries.TRIES - 1):
            with pytest.raises(Refused, match="is wrong"):
                sessions.sign_in(relay, login, "guess")
        sessions.sign_in(relay, login, password)


def test_what_was_typed_as_a_login_is_not_kept(relay):
    with pytest.raises(Refused):
        sessions.sign_in(relay, "my-secret-password", "x")
    with relay.reading() as session:
        (event,) = session.exec(select(Event)).all()
    assert "my-secret" not in str(event.model_dump())


@pytest.mark.slow
def test_each_sign_in_is_a_new_session(relay, anna):
    first, second = (sessions.sign_in(relay, *anna) for _ in range(2))
    assert first != second
    sessions.sign_out(relay, first)
    assert sessions.whoami(relay, first) is None
    assert sessions.whoami(relay, second) is not None


@pytest.mark.slow
def test_a_session_ends_when_nobody_uses_it(relay, anna, clock):
    token = sessions.sign_in(relay, *anna)
    for _ in range(3):
        clock.moves(hours=2)
        assert sessions.whoami(relay, token) is not None
    clock.moves(hours=3)
    assert sessions.whoami(relay, token) is None


@pytest.mark.slow
def test_a_session_ends_after_its_hours_even_in_use(relay, anna, clock):
    token = sessions.sign_in(relay, *anna)
    for _ in range(11):
        clock.moves(hours=1)
        assert sessions.whoami(relay, token) is not None
    clock.moves(hours=1)
    assert sessions.whoami(relay, token) is None
    sessions.sign_in(relay, *anna)
    with relay.reading() as session:
        assert len(session.exec(select(WebSession)).all()) == 1


@pytest.mark.parametrize("token", ["", "x", "0" * 64])
def test_nobody_is_behind_a_made_up_token(relay, anna, token):
    assert sessions.whoami(relay, token) is None


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


def test_a_link_signs_in_once(relay, anna):
    url = links.sign_in_link(relay, "anna", "http://desk.test/")
    base, _, link = url.rpartition("/")
    assert base == "http://desk.test/sign-in"
    assert links.read_link(relay, link).login == links.read_link(relay, link).login == "anna"
    assert sessions.whoami(relay, links.sign_in_by_link(relay, link)).login == "anna"
    with pytest.raises(Refused, match="used already"):
        links.sign_in_by_link(relay, link)
    with pytest.raises(Refused, match="used already"):
        links.read_link(relay, link)


@pytest.mark.slow
def test_a_link_is_for_one_also_when_eight_click_at_once(relay, anna):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    start, outcomes = threading.Barrier(8), []

    def click() -> None:
        start.wait()
        try:
            outcomes.append(links.sign_in_by_link(relay, link))
        except Refused:
            outcomes.append("")

    threads = [threading.Thread(target=click) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(bool(token) for token in outcomes) == 1


def test_a_link_lasts_fifteen_minutes(relay, anna, clock):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    clock.moves(minutes=14)
    assert links.read_link(relay, link).login == "anna"
    clock.moves(minutes=1)
    with pytest.raises(Refused, match="too old"):
        links.sign_in_by_link(relay, link)


def test_a_link_can_not_be_made_without_the_key(relay, anna):
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    accounts.create(relay, "olga", "Ольга", Role.organizer)
    for forged in ("", "x.y", link[:-2] + ("BB" if link[-2] == "A" else "AA"), link.swapcase()):
        with pytest.raises(Refused, match="not one of ours"):
            links.sign_in_by_link(relay, forged)
    (relay.settings.data_dir / "secret.key").write_bytes(b"another")
    with pytest.raises(Refused, match="not one of ours"):
        links.sign_in_by_link(relay, link)


def test_links_are_for_accounts_that_are_there_and_open(relay, anna):
    with pytest.raises(NotFound):
        links.sign_in_link(relay, "nobody", "")
    link = links.sign_in_link(relay, "anna", "").rpartition("/")[2]
    accounts.close(relay, "anna")
    with pytest.raises(Refused, match="closed"):
        links.sign_in_by_link(relay, link)


def test_the_key_is_made_once_and_for_its_owner_only(relay):
    key = keys.secret(relay)
    path = relay.settings.data_dir / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.secret(relay) == key
    assert len(key) >= 32
    assert [p.name for p in relay.settings.data_dir.iterdir() if "secret" in p.name] == ["secret.key"]


def test_accounts_are_listed_by_login(relay, anna):
    accounts.create(relay, "abel", "Абель", Role.viewer)
    assert [account.login for account in accounts.listing(relay)] == ["abel", "anna"]
    assert all(isinstance(account, Account) for account in accounts.listing(relay))
