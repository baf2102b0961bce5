"""The button of the museum's directory, and the way there and back."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from relay.models import Role
from relay.moderation.people import accounts
from tests.fakes.directory import CLIENT, SECRET, FakeDirectory

pytestmark = pytest.mark.slow


@pytest.fixture
def museum(relay, clock):
    fake = FakeDirectory(lambda: clock().timestamp())
    relay.settings.oidc_issuer, relay.settings.oidc_client_id = fake.issuer, CLIENT
    relay.settings.oidc_client_secret, relay.settings.oidc_name = SecretStr(SECRET), "Музей <Невы>"
    fake.knows(sub="77", preferred_username="anna")
    yield fake
    fake.closes()


def test_she_goes_there_and_comes_back_to_the_page_that_she_wanted(relay, museum, vera, town):
    accounts.create(relay, "anna", "Анна", Role.moderator)
    clip = town.has_clip()
    page = vera.sees(f"/sign-in?next=/clips/{clip}")
    assert "Sign in with Музей &lt;Невы&gt;" in page
    assert f'href="/sign-in/directory?next=/clips/{clip}"' in page
    away = vera.get(f"/sign-in/directory?next=/clips/{clip}")
    assert away.status_code == 303
    assert "HttpOnly" in away.headers["set-cookie"]
    back = vera.get(museum.lets_in(away.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, f"/clips/{clip}")
    assert "relay-directory" not in vera.cookies
    assert "Анна" in vera.sees("/")


def test_whoever_is_sent_here_by_another_page_does_not_come_in_as_somebody_else(relay, museum, visit):
    """The thief signs in and gives his own way back to her: her browser did not set out."""
    accounts.create(relay, "anna", "Анна", Role.moderator)
    thief, victim = visit("vera"), visit("vera")
    way = museum.lets_in(thief.get("/sign-in/directory").headers["location"])
    answer = victim.get(way)
    assert (answer.status_code, "did not begin here" in answer.text) == (400, True)
    assert "relay" not in victim.cookies


def test_what_goes_wrong_is_told_on_the_page_of_the_door(museum, vera):
    answer = vera.get(museum.lets_in(vera.get("/sign-in/directory").headers["location"]))
    assert (answer.status_code, "You have no account here." in answer.text) == (400, True)
    assert 'name="password"' in answer.text
    museum.is_down = True
    answer = vera.get("/sign-in/directory")
    assert (answer.status_code, "The directory does not answer." in answer.text) == (503, True)


def test_without_a_directory_there_is_no_button(vera):
    assert "/sign-in/directory" not in vera.sees("/sign-in")
    assert vera.get("/sign-in/directory").status_code == 400
