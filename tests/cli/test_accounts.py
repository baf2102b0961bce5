from __future__ import annotations

import json

import pytest

from relay.errors import NotFound, Refused
from relay.models import Role
from relay.moderation.people import accounts, links, passwords, second_factor, sessions
from tests.cli.test_in_process import say, town  # noqa: F401 - fixtures
from tests.moderation.town import cheap_hasher


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch):
    monkeypatch.setattr(passwords, "password_hasher", cheap_hasher)


@pytest.fixture
def olga(relay):
    return accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga")[0]


def listed(say):  # noqa: F811
    return {row["login"]: row for row in json.loads(say("account", "list", "--json"))}


@pytest.mark.slow
def test_a_person_gets_an_account_and_its_password_once(relay, say):  # noqa: F811
    told = say("account", "add", "Anna", "--name", "Анна", "--as", "root")
    password = told.split()[-1]
    assert told == f"Анна signs in as anna with {password}\n"
    assert sessions.sign_in(relay, "anna", password)
    assert listed(say)["anna"]["role"] == "moderator"
    with pytest.raises(Refused, match="There is an account anna already"):
        say("account", "add", "anna")


@pytest.mark.slow
def test_an_invitation_to_one_campaign(relay, town, say):  # noqa: F811
    words = ("account", "add", "boris", "--name", "Борис", "--role", "editor", "--campaign", "proryv80", "--invite")
    told = json.loads(say(*words, "--json"))
    link = links.read_link(relay, told["link"].rpartition("/")[2])
    assert (told["password"], link.login, link.kind) == ("", "boris", links.LinkKind.password)
    row = listed(say)["boris"]
    assert (row["role"], row["roles"], row["has_password"]) == (None, {"proryv80": "editor"}, False)
    assert "proryv80: Editor" in say("account", "list")


@pytest.mark.slow
def test_a_role_is_changed_and_the_last_organizer_keeps_hers(relay, town, olga, say):  # noqa: F811
    say("account", "add", "anna")
    say("account", "role", "anna", "viewer", "--as", "Ольга")
    say("account", "role", "anna", "editor", "--campaign", "proryv80")
    row = listed(say)["anna"]
    assert (row["role"], row["roles"]) == ("viewer", {"proryv80": "editor"})
    say("account", "role", "anna", "none")
    say("account", "role", "anna", "none", "--campaign", "proryv80")
    assert (listed(say)["anna"]["role"], listed(say)["anna"]["roles"]) == (None, {})
    for words in (("role", "olga", "viewer"), ("close", "olga")):
        with pytest.raises(Refused, match="last organizer"):
            say("account", *words)
    with pytest.raises(Refused, match="There is no role king"):
        say("account", "role", "anna", "king")


@pytest.mark.slow
def test_who_forgot_the_password_gets_a_new_one_or_a_link(relay, olga, say):  # noqa: F811
    password = say("account", "password", "olga").split()[-1]
    assert sessions.sign_in(relay, "olga", password)
    for words, kind in (((), links.LinkKind.sign_in), (("--choose-password",), links.LinkKind.password)):
        link = say("account", "link", "olga", *words).split()[-1]
        assert links.read_link(relay, link.rpartition("/")[2]).kind is kind
    with pytest.raises(NotFound, match="There is no account nobody"):
        say("account", "link", "nobody")


def test_a_leaver_is_shut_out_and_let_in_again(relay, olga, say):  # noqa: F811
    say("account", "add", "anna")
    assert say("account", "close", "anna") == "anna is shut out.\n"
    assert "shut out" in say("account", "list")
    assert say("account", "reopen", "anna") == "anna can sign in again.\n"
    assert listed(say)["anna"]["active"] is True


def test_a_lost_second_factor_is_reset(relay, olga, say):  # noqa: F811
    second_factor.begin(relay, olga)
    from pyotp import TOTP

    second_factor.confirm(relay, olga, TOTP(second_factor.begun(relay, olga).secret).at(relay.now()))
    assert listed(say)["olga"]["has_second_factor"] is True
    assert "password alone" in say("account", "reset-second-factor", "olga")
    assert sessions.sign_in(relay, "olga", "password of olga")


@pytest.mark.slow
def test_without_accounts_it_says_how_to_make_the_first(relay, say):  # noqa: F811
    assert say("account", "list") == "There is no account. Make the first one: relay init\n"
