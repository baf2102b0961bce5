from __future__ import annotations

import threading

import pytest

from relay.errors import Refused
from relay.models import ClipState, Role, Verdict
from relay.moderation import desk
from relay.moderation.people import accounts, passwords, sessions

pytestmark = pytest.mark.slow

NEW = {"new": "a new password", "again": "a new password"}


def test_she_changes_her_password_and_stays_here(relay, anna):
    elsewhere = sessions.sign_in(relay, "anna", "password of anna")
    answer = anna.sends("/me/password", old="password of anna", **NEW)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=password")
    assert "Your password is changed" in anna.sees("/me?done=password")
    assert sessions.whoami(relay, elsewhere) is None
    assert sessions.sign_in(relay, "anna", "a new password")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"old": "a guess", **NEW}, "The old password is wrong."),
        ({"old": "password of anna", "new": "short", "again": "short"}, "A password has at least 10 signs."),
        ({"old": "password of anna", "new": "a new password", "again": "another"}, "The two passwords differ."),
        ({}, "A password has at least 10 signs."),
    ],
)
def test_a_password_that_will_not_do_is_told(relay, anna, fields, told):
    answer = anna.sends("/me/password", **fields)
    assert (answer.status_code, told in answer.text) == (400, True)
    assert sessions.sign_in(relay, "anna", "password of anna")


def test_the_desk_speaks_her_language_whatever_this_browser_was_told(relay, anna):
    assert accounts.of_login(relay, "anna").language == "ru"
    assert "Your account" in anna.sees("/me")
    anna.sends("/me/language", language="ru")
    anna.cookies.delete("relay-language")
    assert "Ваш профиль" in anna.sees("/me")
    assert anna.sends("/me/language", language="tlh").status_code == 400


def test_she_sees_where_she_is_signed_in_and_ends_it(relay, anna):
    seat = sessions.Seat("Firefox · Windows", "198.51.100.0/24")
    elsewhere = sessions.sign_in(relay, "anna", "password of anna", seat=seat)
    page = anna.sees("/me")
    assert "Firefox · Windows" in page
    assert "198.51.100.0/24" in page
    assert elsewhere not in page
    anna.sends("/me/sign-ins", key=sessions.digest(elsewhere)[: sessions.SHOWN])
    assert sessions.whoami(relay, elsewhere) is None
    others = [sessions.sign_in(relay, "anna", "password of anna") for _ in range(2)]
    anna.sends("/me/sign-ins")
    assert [sessions.whoami(relay, token) for token in others] == [None, None]
    assert "Анна" in anna.sees("/me")


def test_nobody_ends_another_persons_sign_in(relay, anna, boris):
    key = sessions.digest(boris.cookies["relay"])[: sessions.SHOWN]
    anna.sends("/me/sign-ins", key=key)
    assert sessions.whoami(relay, boris.cookies["relay"]) is not None


def test_where_too_many_sign_in_at_once_the_next_is_told_to_come_again(relay, vera, anna, monkeypatch):
    monkeypatch.setattr(passwords, "TURNSTILE", passwords.Turnstile(at_once=1, most_waiting=0))
    with passwords.TURNSTILE.turn():
        for answer in (
            vera.sends("/sign-in", login="anna", password="password of anna"),
            anna.sends("/me/password", old="password of anna", **NEW),
        ):
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "Many people sign in right now." in answer.text
    assert vera.sends("/sign-in", login="anna", password="password of anna").status_code == 303


def test_twelve_sign_in_at_once_and_all_get_in(relay, visit):
    visit("anna")
    got, start = [], threading.Barrier(12)

    def enter(address: str) -> None:
        start.wait()
        got.append(sessions.sign_in(relay, "anna", "password of anna", address=address))

    people = [threading.Thread(target=enter, args=(str(number),)) for number in range(12)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert len(set(got)) == 12


def test_letters_about_films_are_chosen_on_ones_own_page(relay, anna, boris):
    assert "This installation has no mail server yet" in anna.sees("/me")
    answer = anna.sends("/me/letters", address="anna@library.example", pace="daily")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=letters#letters")
    page = anna.sees("/me?done=letters")
    assert "Letters come as you have chosen." in page
    assert 'value="anna@library.example"' in page
    assert '<option value="daily" selected>' in page
    assert "anna@library.example" not in boris.sees("/me")
    for fields in ({"address": "", "pace": "daily"}, {"address": "x", "pace": "daily"}, {"pace": "hourly"}):
        assert anna.sends("/me/letters", **fields).status_code == 400
    assert 'value="anna@library.example"' in anna.sees("/me")


def test_she_chooses_her_name_until_she_has_decided_something(relay, town, anna):
    answer = anna.sends("/me/name", name="  Анна   Соколова ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=name")
    assert "This is your name from now on." in anna.sees("/me?done=name")
    assert accounts.of_login(relay, "anna").name == "Анна Соколова"
    assert anna.sends("/me/name", name=" ").status_code == 400
    assert anna.sends("/me/name", name="Анна Соколова").status_code == 303, "the same once more"
    anna.sends(f"/clips/{town.has_clip()}/decide", verdict="approve", seen="awaiting")
    answer = anna.sends("/me/name", name="Анна Петрова")
    assert (answer.status_code, "Decisions are recorded under this name" in answer.text) == (400, True)
    accounts.create(relay, "kira", "Кира", Role.moderator)
    with pytest.raises(Refused, match="with the name Кира already"):
        accounts.rename(relay, "anna", "Кира")
    desk.decide(relay, town.has_clip(), Verdict.approve, person="Глеб", seen=ClipState.awaiting)
    with pytest.raises(Refused, match="Decisions are recorded"):
        accounts.rename(relay, "kira", "Глеб")
