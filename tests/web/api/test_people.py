"""People and their tokens, and how the installation stands, by programs."""

from __future__ import annotations

import pytest

from relay.moderation.people import api_tokens, sessions
from tests.web.api.conftest import fails

pytestmark = pytest.mark.slow


def test_a_token_of_somebody_is_seen_and_ended(relay, town, program):
    anna, olga = program("anna"), program("olga")
    (row,) = olga.reads("/accounts/tokens", login="anna")
    assert (row["name"], row["state"]) == ("script", "works")
    account = next(one["id"] for one in olga.reads("/accounts") if one["login"] == "anna")
    olga.does("DELETE", f"/accounts/{account}/tokens/{row['id']}", 204)
    fails(anna.get("/me"), 401, "unauthorized")
    assert [one.state for one in api_tokens.listing(relay, "anna")] == ["revoked"]
    assert len(olga.reads("/accounts/tokens")) == 2


def test_a_new_password_is_told_once_and_works(relay, town, program):
    program("anna")
    olga = program("olga")
    account = next(one["id"] for one in olga.reads("/accounts") if one["login"] == "anna")
    told = olga.does("POST", f"/accounts/{account}/password")
    assert sessions.sign_in(relay, "anna", told["password"])


def test_the_installation_is_looked_over_for_whoever_leads_all_of_it(town, program):
    assert {"what", "text", "wrong", "fixed"} == set(program("olga").reads("/doctor")[0])
    fails(program("gleb", campaign="proryv80").get("/doctor"), 403, "forbidden")
    told = program("pavel").reads("/health")
    assert (told["works"], told["clips"]["count"]) == (False, 0)
