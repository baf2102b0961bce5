from __future__ import annotations

import pytest

from relay.models import Role
from relay.moderation.people import accounts, links, sessions, tries
from relay.web.desk.sign_in import own_page
from tests.web.conftest import InProcess


@pytest.fixture
def account(relay):
    return accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")[0]


def enter(browser, password="password of anna", **fields):
    return browser.sends("/sign-in", login="anna", password=password, **fields)


@pytest.mark.slow
def test_anna_signs_in_and_out(relay, account, vera):
    answer = enter(vera)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Анна" in vera.sees("/")
    token = vera.cookies["relay"]
    vera.post("/sign-out", data={"form_token": form_token(vera)})
    assert sessions.whoami(relay, token) is None
    assert vera.get("/").headers["location"] == "/sign-in?next=/"


def form_token(browser):
    import re

    return re.search(r'name="form_token" value="(\w+)"', browser.get("/").text)[1]


@pytest.mark.slow
def test_a_wrong_password_leaves_her_outside(account, vera):
    answer = enter(vera, "wrong")
    assert answer.status_code == 400
    assert "Login or password is wrong." in answer.text
    assert "relay" not in vera.cookies
    assert 'value="anna"' in answer.text
    assert "wrong</" not in answer.text


@pytest.mark.slow
def test_guessing_is_stopped(account, vera):
    for _ in range(tries.TRIES):
        enter(vera, "guess")
    answer = enter(vera)
    assert answer.status_code == 400
    assert "Too many wrong passwords." in answer.text


@pytest.mark.slow
def test_a_session_brought_along_does_not_become_hers(relay, account, vera):
    vera.remembers("relay", "planted")
    enter(vera)
    assert vera.cookies.get("relay") != "planted"
    assert sessions.whoami(relay, "planted") is None


def test_signing_in_again_ends_the_session_before(relay, account, vera):
    enter(vera)
    before = vera.cookies["relay"]
    link = links.sign_in_link(relay, "anna", "")
    vera.post(link, data={"form_token": form_token(vera)})
    assert vera.cookies["relay"] != before
    assert sessions.whoami(relay, before) is None


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ("/clips/7?queue=later", "/clips/7?queue=later"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test/", "/"),
        ("/\tevil", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
        ("/a b", "/"),
        ("/clips//", "/clips//"),
        ("clips/", "/"),
        ("/" + "a" * 1999, "/" + "a" * 1999),
        ("/" + "a" * 2000, "/"),
    ],
)
def test_after_signing_in_she_stays_on_this_desk(wish, place):
    assert own_page(wish) == place


@pytest.mark.slow
def test_whoever_is_not_signed_in_comes_back_to_where_he_wanted(account, vera, town):
    clip = town.has_clip()
    asked = vera.get(f"/clips/{clip}?queue=later")
    assert asked.headers["location"] == f"/sign-in?next=/clips/{clip}%3Fqueue%3Dlater"
    page = vera.get(asked.headers["location"]).text
    assert f'name="next" value="/clips/{clip}?queue=later"' in page


@pytest.mark.slow
def test_a_link_that_is_only_looked_at_stays_good(relay, account, vera):
    link = links.sign_in_link(relay, "anna", "http://desk.test")
    for _ in range(3):
        assert "signs you in as anna" in vera.get(link).text
    assert vera.sends(link).headers["location"] == "/"
    assert "Анна" in vera.sees("/")


@pytest.mark.slow
def test_a_link_works_once(relay, account, visit):
    link = links.sign_in_link(relay, "anna", "http://desk.test")
    visit("vera").sends(link)
    second = visit("vera").sends(link)
    assert second.status_code == 400
    assert "used already" in second.text
    assert "used already" in visit("vera").get(link).text


@pytest.mark.slow
def test_another_site_can_not_sign_her_in_as_somebody_else(account, vera):
    token = vera.token()
    answer = vera.post(
        "/sign-in",
        data={"form_token": token, "login": "anna", "password": "password of anna"},
        headers={"origin": "https://evil.test"},
    )
    assert answer.status_code == 403
    assert "relay" not in vera.cookies


@pytest.mark.slow
def test_who_is_signed_in_needs_no_form(anna, boris):
    for person in (anna, boris):
        assert person.get("/sign-in").headers["location"] == "/"


@pytest.mark.slow
def test_the_page_speaks_the_browsers_language(vera):
    vera.cookies.clear()
    assert "Войти" in vera.get("/sign-in", headers={"accept-language": "ru-RU,ru;q=0.9"}).text
    assert "Sign in" in vera.get("/sign-in", headers={"accept-language": "en-GB"}).text
    assert "Se connecter" in vera.get("/sign-in", headers={"accept-language": "fr"}).text
    assert "Войти" in vera.get("/sign-in", headers={"accept-language": "pl"}).text


@pytest.mark.slow
@pytest.mark.parametrize("tls", [False, True])
def test_a_session_is_a_cookie_for_this_host_until_she_signs_out(relay, account, vera, tls):
    relay.settings.secure_cookies, relay.settings.session_hours = tls, 10
    name, secure = ("__Host-relay", "; Secure") if tls else ("relay", "")
    vera.base_url = f"http{'s' if tls else ''}://desk.test"
    answer = enter(vera, next="/clips/7")
    assert (answer.status_code, answer.headers["location"]) == (303, "/clips/7")
    token = vera.cookies[name]
    attributes = f"HttpOnly; Max-Age=36000; Path=/; SameSite=lax{secure}"
    assert answer.headers["set-cookie"] == f"{name}={token}; {attributes}"
    again = enter(vera)
    assert (again.headers["location"], vera.cookies[name] == token) == ("/", False)
    assert sessions.whoami(relay, token) is None, "the session before has ended"
    token = vera.cookies[name]
    for wish, place in (("/clips/7", "/clips/7"), ("//evil.test", "/")):
        asked = vera.get("/sign-in", params={"next": wish})
        assert (asked.status_code, asked.headers["location"]) == (303, place), "she needs no form"
    answer = vera.post("/sign-out", data={"form_token": form_token(vera)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert sessions.whoami(relay, token) is None
    assert answer.headers["set-cookie"].startswith(f'{name}=""; ')
    assert answer.headers["set-cookie"].endswith(f"; HttpOnly; Max-Age=0; Path=/; SameSite=lax{secure}")
    assert name not in vera.cookies


@pytest.mark.slow
def test_the_form_comes_back_with_what_was_typed_and_where_she_wanted(account, vera):
    page = vera.sees("/sign-in?next=//evil.test")
    assert 'name="next" value="/"' in page
    assert 'name="login" value=""' in page
    assert 'role="alert"' not in page
    answer = enter(vera, "wrong", next="/clips/7")
    assert answer.status_code == 400
    assert 'name="next" value="/clips/7"' in answer.text
    assert '<p class="notice" role="alert">Login or password is wrong.' in answer.text
    answer = enter(vera, "wrong", next="https://evil.test")
    assert 'name="next" value="/"' in answer.text


@pytest.mark.slow
def test_guesses_count_against_the_address_they_come_from(relay, app, account, visit):
    """Whoever guesses at one account from one place does not lock its owner out at another."""
    thief, owner = visit("vera"), visit("vera")
    other = InProcess(app, raises=True)
    other.inner.client = ("198.51.100.7", 1)
    thief._transport = other
    for _ in range(tries.TRIES):
        enter(thief, "guess")
    assert "Too many wrong passwords." in enter(thief).text
    assert enter(owner).status_code == 303


@pytest.mark.slow
def test_whoever_came_by_an_endless_address_can_still_sign_in(vera):
    answer = vera.get("/clips/1", params={"queue": "é" * 1000})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    short = vera.get("/clips/1", params={"queue": "later"})
    assert short.headers["location"] == "/sign-in?next=/clips/1%3Fqueue%3Dlater"
