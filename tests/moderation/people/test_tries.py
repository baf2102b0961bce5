from __future__ import annotations

import pytest
from sqlmodel import select

from relay.errors import Overloaded, Refused
from relay.models import Event
from relay.moderation.people import passwords, sessions, tries

pytestmark = pytest.mark.slow


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


def test_of_a_hundred_guesses_ninety_five_are_not_even_looked_at(relay, anna):
    outcomes = []
    for number in range(100):
        with pytest.raises(Refused) as told:
            sessions.sign_in(relay, "anna", f"guess {number}")
        outcomes.append("Too many" in str(told.value))
    assert sum(outcomes) == 95


def test_twin_without_the_limit_the_sixth_guess_gets_in(relay, anna, monkeypatch):
    login, password = anna
    monkeypatch.setattr(tries, "TRIES", 10**9)
    for _ in range(5):
        with pytest.raises(Refused):
            sessions.sign_in(relay, login, "guess")
    assert sessions.sign_in(relay, login, password)


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


def test_one_account_is_not_guessed_at_from_many_addresses(relay, anna, clock):
    told = []
    for number in range(tries.OF_ACCOUNT + 1):
        with pytest.raises(Refused) as refused:
            sessions.sign_in(relay, "anna", "guess", address=f"192.0.2.{number}")
        told.append("Too many" in str(refused.value))
    assert told == [False] * tries.OF_ACCOUNT + [True]
    clock.moves(minutes=16)
    assert sessions.sign_in(relay, *anna, address="192.0.2.1")


def test_one_address_does_not_guess_at_many_accounts(relay, anna):
    told = []
    for number in range(tries.OF_ADDRESS + 1):
        with pytest.raises(Refused) as refused:
            sessions.sign_in(relay, f"somebody{number}", "guess", address="192.0.2.1")
        told.append("Too many" in str(refused.value))
    assert told == [False] * tries.OF_ADDRESS + [True]
    with pytest.raises(Refused, match="Too many"):
        sessions.sign_in(relay, *anna, address="192.0.2.1")
    assert sessions.sign_in(relay, *anna, address="192.0.2.2")


@pytest.mark.parametrize("limit", ["OF_ACCOUNT", "OF_ADDRESS"])
def test_twin_without_a_wide_limit_guessing_goes_on(relay, anna, monkeypatch, limit):
    monkeypatch.setattr(tries, limit, 10**9)
    for number in range(max(30, 60) + 1):
        login, address = ("anna", f"192.0.2.{number}") if limit == "OF_ACCOUNT" else (f"somebody{number}", "192.0.2.1")
        with pytest.raises(Refused, match="is wrong"):
            sessions.sign_in(relay, login, "guess", address=address)


def test_whoever_has_an_account_does_not_set_the_count_of_the_address_back(relay, anna):
    for number in range(tries.OF_ADDRESS):
        with pytest.raises(Refused, match="is wrong"):
            sessions.sign_in(relay, f"somebody{number}", "guess", address="192.0.2.1")
        if number % 20 == 0:
            assert sessions.sign_in(relay, *anna, address="192.0.2.1")
    with pytest.raises(Refused, match="Too many"):
        sessions.sign_in(relay, "another", "guess", address="192.0.2.1")


def test_a_try_that_was_not_looked_at_counts_for_nothing(relay, anna, monkeypatch):
    monkeypatch.setattr(passwords, "TURNSTILE", passwords.Turnstile(at_once=1, most_waiting=0))
    with passwords.TURNSTILE.turn():
        for _ in range(tries.TRIES + 1):
            with pytest.raises(Overloaded):
                sessions.sign_in(relay, *anna)
    assert sessions.sign_in(relay, *anna)
