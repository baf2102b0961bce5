"""Who gets in by a token, what it lets do, and when it works no more."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from relay.models import ApiToken, Event, EventKind
from relay.moderation.people import accounts, api_tokens, second_factor
from relay.web.api import bearer, rights
from relay.web.rate_limit import MOST, RateLimit
from tests.web.api.conftest import Program, fails


@pytest.mark.slow
def test_a_token_says_whose_it_is(town, program):
    told = program("anna", may_write=False).reads("/me")
    assert (told["login"], told["name"], told["role"], told["token"]) == ("anna", "Анна", "moderator", "script")
    assert told["may_write"] is False


@pytest.mark.slow
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer forged", "Basic YTpi", "Bearer " + "x" * 300])
def test_without_a_token_of_ours_nothing_is_said(town, app, header):
    response = Program(app, "").get("/campaigns", headers={"authorization": header} if header else {})
    assert "Authorization: Bearer" in fails(response, 401, "unauthorized")["hint"]
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.slow
def test_the_cookie_of_a_browser_opens_nothing(town, olga):
    assert olga.get("/campaigns/proryv80/clips").status_code == 200
    fails(olga.get("/api/v1/campaigns"), 401, "unauthorized")
    fails(olga.post("/api/v1/campaigns/proryv80/stop"), 401, "unauthorized")


@pytest.mark.slow
def test_a_token_opens_no_page_of_the_desk(town, program):
    assert program("olga").get("http://desk.test/accounts").status_code == 303


@pytest.mark.slow
def test_a_reading_token_changes_nothing(town, program):
    clip = town.has_clip()
    looks = program("anna", may_write=False)
    assert looks.reads(f"/clips/{clip}")["state"] == "awaiting"
    told = fails(
        looks.post(f"/clips/{clip}/decisions", json={"verdict": "approve", "seen": "awaiting"}), 403, "forbidden"
    )
    assert told["detail"] == "This token may only look."
    assert looks.reads(f"/clips/{clip}")["state"] == "awaiting"


@pytest.mark.slow
def test_a_token_may_what_its_owner_may(town, program):
    clip = town.has_clip()
    fails(program("pavel").patch(f"/clips/{clip}", json={"name": "Ольга"}), 403, "forbidden")
    fails(program("anna").post("/campaigns/proryv80/stop"), 403, "forbidden")
    fails(program("boris").get("/accounts"), 403, "forbidden")
    assert program("olga").does("POST", "/campaigns/proryv80/stop")["state"] == "stopped"


@pytest.mark.slow
def test_somebody_of_one_campaign_sees_that_one(relay, town, program):
    from tests.moderation.town import Town

    other = Town(relay, "spring")
    clip = other.has_clip()
    gleb = program("gleb", campaign="proryv80")
    assert [row["slug"] for row in gleb.reads("/campaigns")] == ["proryv80"]
    assert gleb.does("POST", "/campaigns/proryv80/stop")["state"] == "stopped"
    for path in ("/campaigns/spring", "/campaigns/spring/clips", f"/clips/{clip}", "/accounts"):
        fails(gleb.get(path), 403, "forbidden")
    fails(gleb.post("/campaigns", json={}), 403, "forbidden")


@pytest.mark.slow
def test_a_closed_account_has_no_token_any_more_and_gets_none_back(relay, town, program):
    anna = program("anna")
    assert anna.get("/me").status_code == 200
    accounts.close(relay, "anna")
    fails(anna.get("/me"), 401, "unauthorized")
    accounts.reopen(relay, "anna")
    fails(anna.get("/me"), 401, "unauthorized")


@pytest.mark.slow
def test_twin_a_close_that_forgets_the_tokens_lets_them_in_again(relay, town, program, monkeypatch):
    monkeypatch.setattr(api_tokens, "revoke_all", lambda *_: None)
    anna = program("anna")
    accounts.close(relay, "anna")
    fails(anna.get("/me"), 401, "unauthorized")
    accounts.reopen(relay, "anna")
    assert anna.get("/me").status_code == 200


@pytest.mark.slow
def test_a_token_ends_on_its_day(town, program, clock):
    anna = program("anna", days=3)
    clock.moves(minutes=3 * 24 * 60 - 1)
    assert anna.get("/me").status_code == 200
    clock.moves(minutes=2)
    fails(anna.get("/me"), 401, "unauthorized")


@pytest.mark.slow
def test_a_revoked_token_opens_nothing(relay, town, program):
    anna = program("anna")
    api_tokens.revoke(relay, "anna", 1)
    fails(anna.get("/me"), 401, "unauthorized")


@pytest.mark.slow
def test_who_lacks_a_demanded_second_factor_is_told_so(relay, town, program):
    anna = program("anna")
    second_factor.demand(relay, True, "Ольга")
    assert "second factor" in fails(anna.get("/me"), 403, "forbidden")["detail"]


@pytest.mark.slow
def test_what_a_program_changed_stands_in_the_record(relay, town, program):
    clip = town.has_clip()
    program("anna").does("POST", f"/clips/{clip}/decisions", 201, verdict="approve", seen="awaiting")
    with relay.reading() as session:
        event = session.exec(select(Event).where(Event.what == EventKind.by_token)).one()
    assert (event.person, event.details) == (
        "Анна", {"token": "script", "did": f"POST /api/v1/clips/{clip}/decisions"},
    )  # fmt: skip
    assert program("olga").reads(f"/clips/{clip}")["history"][-1]["person"] == "Анна"


@pytest.mark.slow
def test_what_was_refused_stands_nowhere(relay, town, program):
    fails(program("olga").post("/campaigns/proryv80/start"), 400, "refused")
    with relay.reading() as session:
        assert session.exec(select(Event).where(Event.what == EventKind.by_token)).all() == []


def test_when_a_token_was_used_last_is_told(relay, town, program, clock):
    anna = program("anna")
    clock.moves(minutes=5)
    anna.get("/me")
    (one,) = api_tokens.listing(relay, "anna")
    assert (one.last_used_at, one.last_address) == (relay.now(), "192.0.2.0/24")


@pytest.mark.slow
def test_only_the_digest_of_a_token_is_kept(relay, town, token):
    made = token("anna")
    with relay.reading() as session:
        row = session.exec(select(ApiToken)).one()
    assert made not in str(row.model_dump())
    assert made.removeprefix("relay_") not in str(row.model_dump())


@pytest.mark.slow
def test_whoever_guesses_is_turned_away_also_with_a_right_one_afterwards(town, app, program, clock):
    anna, guesser = program("anna"), Program(app, "relay_guessed")
    for _ in range(MOST):
        fails(guesser.get("/me"), 401, "unauthorized")
    response = anna.get("/me")
    fails(response, 429, "too-many")
    assert int(response.headers["retry-after"]) > 0
    clock.moves(minutes=11)
    assert anna.get("/me").status_code == 200


@pytest.mark.slow
def test_a_token_that_asks_without_end_has_to_wait(town, app, program, clock):
    app.state.api_calls = RateLimit(3, timedelta(minutes=1))
    anna = program("anna")
    assert [anna.get("/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    clock.moves(minutes=1.1)
    assert anna.get("/me").status_code == 200


@pytest.mark.slow
def test_a_route_without_a_right_is_closed(town, program, monkeypatch):
    monkeypatch.setattr(bearer, "RIGHTS", {name: right for name, right in rights.RIGHTS.items() if name != "themes"})
    fails(program("olga").get("/themes"), 403, "forbidden")


def test_only_what_can_be_a_token_is_looked_up(app, monkeypatch):
    asked = []
    monkeypatch.setattr(api_tokens, "present", lambda _relay, token, **_more: asked.append(token))
    longest = "x" * bearer.LONGEST_TOKEN
    for header in (
        f"Bearer {longest}", "bEARER  padded ", f"Bearer {longest}y", "Basic YTpi", "Bearer", "Bearer ", "padded",
    ):  # fmt: skip
        fails(Program(app, "").get("/me", headers={"authorization": header}), 401, "unauthorized")
    assert asked == [longest, "padded"]
    assert 100 < bearer.LONGEST_TOKEN < 1000, "none of ours is longer, and nobody makes us read a novel"
