from __future__ import annotations

import pytest

from relay.models import ClipState, Role
from relay.moderation import claims
from relay.moderation.people import accounts, sessions
from tests.web.conftest import Browser


@pytest.fixture
def kira(relay, app) -> Browser:
    """Moderates beside Anna."""
    accounts.create(relay, "kira", "Кира", Role.moderator, password="password of kira")
    browser = Browser(app)
    browser.remembers("relay-language", "en")
    browser.remembers("relay", sessions.sign_in(relay, "kira", "password of kira"))
    return browser


def given(browser) -> str:
    return browser.get("/campaigns/proryv80/queue").headers.get("location", "")


@pytest.mark.slow
def test_two_moderators_get_two_clips_and_a_third_page_waits(town, anna, kira, boris):
    first, second = town.has_clip(), town.has_clip()
    assert [given(anna), given(kira), given(anna)] == [f"/clips/{first}", f"/clips/{second}", f"/clips/{first}"]
    page = kira.sees(f"/clips/{first}")
    assert "Анна has this clip now, opened 1 second ago." in page
    assert f'action="/clips/{first}/take-over"' in page
    assert "/decide" not in page
    anna.sends(f"/clips/{first}/decide", verdict="approve", seen="awaiting")
    page = anna.sees("/campaigns/proryv80/queue")
    assert "Whatever waits is with somebody already." in page
    assert f'<b>Кира</b>: <a href="/clips/{second}">clip {second}</a>' in page
    assert 'data-free="0"' in page
    assert given(boris) == f"/clips/{second}", "who only looks sees everything"
    assert "take-over" not in boris.sees(f"/clips/{second}")


@pytest.mark.slow
def test_a_decision_waits_until_the_clip_was_taken_over(town, anna, kira):
    clip = town.has_clip()
    anna.sees(f"/clips/{clip}")
    answer = kira.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    assert answer.status_code == 409
    assert "Анна has this clip just now. Take it over, or go on to the next." in answer.text
    assert kira.sends(f"/clips/{clip}/take-over", seen="Анна").headers["location"] == f"/clips/{clip}"
    assert f'action="/clips/{clip}/decide"' in kira.sees(f"/clips/{clip}")
    page = anna.sees(f"/clips/{clip}")
    assert "Кира has this clip now" in page
    assert "took the clip over" in page
    assert anna.sends(f"/clips/{clip}/decide", verdict="reject", seen="awaiting", reason="offensive").status_code == 409
    assert kira.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting").status_code == 303
    assert [decision.person for decision in town.decisions(clip)] == ["Кира"]


@pytest.mark.slow
def test_who_takes_over_too_late_sees_who_has_it(town, anna, kira, olga):
    clip = town.has_clip()
    anna.sees(f"/clips/{clip}")
    kira.sends(f"/clips/{clip}/take-over", seen="Анна")
    answer = olga.sends(f"/clips/{clip}/take-over", seen="Анна", queue="later")
    assert answer.headers["location"] == f"/clips/{clip}?queue=later"
    assert "Кира has this clip now" in olga.sees(f"/clips/{clip}")


@pytest.mark.slow
def test_a_page_in_use_keeps_the_clip_and_a_page_that_is_left_gives_it_back(relay, town, anna, kira, clock):
    clip = town.has_clip()
    anna.sees(f"/clips/{clip}")
    clock.moves(minutes=9)
    assert anna.sends(f"/clips/{clip}/claim", page="hers").json() == {"person": "Анна"}
    clock.moves(minutes=9)
    assert kira.sends(f"/clips/{clip}/claim", page="other").json() == {"person": "Анна"}
    assert anna.sends(f"/clips/{clip}/release", page="an older one").status_code == 204
    assert claims.who_has(relay, clip).person == "Анна"
    anna.sends(f"/clips/{clip}/release", page="hers")
    assert given(kira) == f"/clips/{clip}"
    kira.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    assert anna.sends(f"/clips/{clip}/claim", page="hers").json() == {"person": ""}


@pytest.mark.slow
def test_signing_out_frees_the_clip(relay, town, anna):
    clip = town.has_clip()
    assert given(anna) == f"/clips/{clip}"
    anna.sends("/sign-out")
    assert claims.who_has(relay, clip) is None


@pytest.mark.slow
def test_u_never_takes_back_what_a_colleague_decided(town, anna, kira, olga):
    """After a conflict U once undid the colleague's decision, without asking."""
    first, second = town.has_clip(name="Ольга"), town.has_clip(name="Пётр")
    anna.sees(f"/clips/{second}")
    for person, clip in ((kira, first), (anna, second)):
        person.sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    hers, mine = town.decisions(first)[0].id, town.decisions(second)[0].id
    answer = anna.sends(f"/clips/{first}/decide", verdict="later", seen="awaiting")
    assert answer.status_code == 409
    assert f'action="/clips/{second}/undo"' in answer.text, "her own last one"
    assert f'action="/clips/{first}/undo"' not in answer.text
    refused = anna.sends(f"/clips/{first}/undo", decision=hers)
    assert refused.status_code == 403
    assert "Only an organizer can take back what somebody else decided." in refused.text
    assert town.clip(first).state is ClipState.approved
    page = olga.sees(f"/clips/{first}?dialog=overrule")
    assert "Take back the decision of Кира" in page
    assert '<dialog id="overrule" aria-labelledby="overrule-title" open data-open>' in page
    assert olga.sends(f"/clips/{first}/undo", decision=hers).status_code == 400, "not without being sure"
    assert olga.sends(f"/clips/{first}/undo", decision=hers, sure="true").status_code == 303
    assert anna.sends(f"/clips/{second}/undo", decision=mine).status_code == 303
    assert {town.clip(clip).state for clip in (first, second)} == {ClipState.awaiting}


def test_without_a_right_to_decide_nothing_is_claimed(relay, town, boris):
    clip = town.has_clip()
    boris.sees(f"/clips/{clip}")
    assert claims.who_has(relay, clip) is None
