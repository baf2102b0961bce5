from __future__ import annotations

import re

import pytest
from pyotp import TOTP

from relay.moderation.people import accounts, second_factor, sessions

pytestmark = pytest.mark.slow


def key_in(page: str) -> str:
    return re.search(r'class="secret">(\w+)<', page)[1]


def set_up(browser, relay, clock):
    browser.sends("/me/second-factor")
    app = TOTP(key_in(browser.sees("/me/second-factor")))
    page = browser.sends("/me/second-factor/confirm", code=app.at(relay.now())).text
    clock.moves(seconds=30)
    return app, re.findall(r"<code>([\w-]+)</code>", page)


def proof_in(page: str) -> str:
    return re.search(r'name="proof" value="([^"]+)"', page)[1]


def test_it_is_set_up_and_asked_for(relay, anna, vera, clock):
    app, codes = set_up(anna, relay, clock)
    assert len(codes) == 10
    assert codes[0] not in anna.sees("/me/second-factor")
    page = vera.sends("/sign-in", login="anna", password="password of anna", next="/me")
    assert (page.status_code, "relay" in vera.cookies) == (200, False)
    proof = proof_in(page.text)
    wrong = vera.sends("/sign-in/code", proof=proof, code="000000", next="/me")
    assert (wrong.status_code, "This code is wrong" in wrong.text) == (400, True)
    answer = vera.sends("/sign-in/code", proof=proof_in(wrong.text), code=app.at(relay.now()), next="/me")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert "Анна" in vera.sees("/me")


def test_without_the_password_a_code_is_nothing(relay, anna, vera, clock):
    app, _codes = set_up(anna, relay, clock)
    for proof in ("", "forged", anna.cookies["relay"]):
        answer = vera.sends("/sign-in/code", proof=proof, code=app.at(relay.now()))
        assert (answer.status_code, "Sign in again." in answer.text) == (400, True)
    assert "relay" not in vera.cookies


def test_a_wrong_code_and_a_second_beginning_are_told(relay, anna, clock):
    anna.sends("/me/second-factor")
    assert "This code is wrong" in anna.sends("/me/second-factor/confirm", code="000000").text
    app, _codes = set_up(anna, relay, clock)
    assert "set up already" in anna.sends("/me/second-factor").text
    for path in ("codes", "off"):
        assert "This code is wrong" in anna.sends(f"/me/second-factor/{path}", code="000000").text
    page = anna.sends("/me/second-factor/codes", code=app.at(relay.now())).text
    assert len(re.findall(r"<code>[\w-]+</code>", page)) == 10
    clock.moves(seconds=30)
    assert anna.sends("/me/second-factor/off", code=app.at(relay.now())).headers["location"] == "/me?done=off"
    assert sessions.sign_in(relay, "anna", "password of anna")


def test_where_it_is_demanded_nothing_else_is_open_before(relay, town, olga, anna, clock):
    clip = town.has_clip()
    olga.sends("/accounts/second-factor", demanded="true")
    for page in ("/", f"/clips/{clip}", "/me", "/health"):
        assert anna.get(page).headers["location"] == "/me/second-factor"
    answer = anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    assert (answer.status_code, "Set up your second factor first" in answer.text) == (403, True)
    assert olga.get("/accounts").headers["location"] == "/me/second-factor", "the organizer too"
    for person in (anna, olga):
        set_up(person, relay, clock)
        assert person.sees("/")
    assert "can't be turned off" in anna.sees("/me/second-factor")
    olga.sends("/accounts/second-factor", demanded="false")
    assert "can't be turned off" not in anna.sees("/me/second-factor")


def test_an_organizer_resets_it(relay, olga, anna, clock):
    set_up(anna, relay, clock)
    number = next(view.id for view in accounts.views(relay) if view.login == "anna")
    assert "Reset the second factor" in olga.sees(f"/accounts/{number}")
    olga.sends(f"/accounts/{number}/second-factor")
    with relay.reading() as session:
        assert second_factor.is_on(session, number) is False
    assert sessions.sign_in(relay, "anna", "password of anna")
