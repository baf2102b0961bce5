from __future__ import annotations

import re

import pytest
from pydantic import SecretStr

from relay.models import Role
from relay.moderation.people import accounts, roles, sessions
from relay.sources.vk import token_check
from relay.sources.vk.source import VkSource
from relay.sources.vk.token_check import TokenKind, TokenVerdict
from relay.web import drafts

pytestmark = pytest.mark.slow

SECRET = "good-token-that-nobody-may-see"


@pytest.fixture
def vk(relay, monkeypatch):
    relay.settings.vk_token = SecretStr("first")
    relay.sources["vk"] = VkSource(relay.settings, relay.store, relay.clock)
    monkeypatch.setattr(
        token_check,
        "probe",
        lambda _settings, token, _clock, **_more: (
            TokenVerdict(TokenKind.service, "The token works: it is a service token.")
            if token.startswith("good")
            else TokenVerdict(TokenKind.wrong, "VK does not accept the access token.")
        ),
    )


def told(page: str) -> list[str]:
    return re.findall(r'name="told" value="([^"]+)"', page)


def test_a_token_is_entered_tested_used_at_once_and_never_shown(relay, vk, olga, tmp_path):
    (first,) = told(olga.sees("/tokens"))
    answer = olga.sends("/tokens", token=SECRET)
    assert (answer.status_code, "The token works" in answer.text) == (200, True)
    both = told(olga.sees("/tokens"))
    assert (len(both), both[0]) == (2, first), "the running desk reads with it from now on"
    assert SECRET not in answer.text + olga.sees("/tokens") + olga.sees("/health")
    assert "first" not in olga.sees("/tokens")
    assert olga.sends("/tokens/drop", told=first).headers["location"] == "/tokens?done=dropped"
    assert told(olga.sees("/tokens")) == both[1:]
    assert olga.sends("/tokens/drop", told=first).status_code == 404


def test_one_that_does_not_work_is_told_and_not_kept(vk, olga, tmp_path):
    answer = olga.sends("/tokens", token="bad")
    assert (answer.status_code, "VK does not accept" in answer.text) == (400, True)
    assert not (tmp_path / ".env").exists()
    assert olga.sends("/tokens", token="two words").status_code in (400, 200)
    assert olga.sends("/tokens", token="").status_code == 400


def test_where_the_environment_has_the_tokens_nothing_can_be_entered(vk, olga, monkeypatch):
    monkeypatch.setenv("RELAY_VK_TOKEN", "outside")
    page = olga.sees("/tokens")
    assert "stand in the environment" in page
    assert 'name="token"' not in page
    assert olga.sends("/tokens", token=SECRET).status_code == 503


def test_an_organizer_of_one_campaign_sees_and_changes_no_token(relay, town, vk, visit, tmp_path):
    visit("anna")
    roles.set_role_in(relay, "anna", "proryv80", Role.organizer, person="Ольга")
    anna = visit("anna")
    assert anna.get("/tokens").status_code == 403
    assert anna.sends("/tokens", token=SECRET).status_code == 403
    assert anna.sends("/tokens/drop", told="…").status_code == 403
    assert not (tmp_path / ".env").exists()


def carried(relay, olga) -> bool:
    """Whether the sign-in page that comes after a session has ended holds a token."""
    token = olga.token()
    with relay.transaction() as session:
        sessions.end_all(session, accounts.of_login(relay, "olga"))
    answer = olga.post("/tokens", data={"form_token": token, "token": SECRET})
    assert answer.status_code == 401
    sealed = re.search(r'name="carried" value="([^"]*)"', answer.text)
    return sealed is not None and SECRET in str(drafts.json.loads(drafts.zlib.decompress(
        drafts.base64.urlsafe_b64decode(sealed[1].rpartition(".")[0]))))  # fmt: skip


def test_a_token_that_was_sent_after_the_session_ended_is_carried_nowhere(relay, vk, olga):
    assert not carried(relay, olga)


def test_twin_another_field_would_be(relay, vk, olga, monkeypatch):
    monkeypatch.setattr(drafts, "NOT_CARRIED", drafts.NOT_CARRIED - {"token"})
    assert carried(relay, olga)
