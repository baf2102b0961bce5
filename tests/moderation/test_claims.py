from __future__ import annotations

from functools import partial

import pytest
from sqlmodel import select

from relay.errors import NotFound, Refused
from relay.models import Claim, ClipState, Role, Verdict
from relay.moderation import claims, desk
from relay.moderation.people import accounts, sessions
from relay.moderation.team import presence, queue

MINUTES = claims.LASTS.total_seconds() / 60


def decide(relay, clip, person, *, at_desk=True):
    return desk.decide(relay, clip, Verdict.approve, person=person, seen=ClipState.awaiting, at_desk=at_desk)


def holder(relay, clip):
    held = claims.who_has(relay, clip)
    return held and held.person


@pytest.mark.slow
def test_whoever_opens_a_clip_has_it_until_it_is_decided(relay, town, clock):
    clip, opened = town.has_clip(), clock.at
    held = claims.open_clip(relay, clip, "Анна", "page")
    assert (held.person, held.since, held.state) == ("Анна", opened, ClipState.awaiting)
    clock.moves(minutes=3)
    held = claims.open_clip(relay, clip, "Борис", "his page")
    assert (held.person, held.since) == ("Анна", opened), "looking takes nothing away"
    assert claims.open_clip(relay, clip, "Анна", "page").since == opened
    with pytest.raises(claims.Claimed, match="Анна has this clip just now"):
        decide(relay, clip, "Борис")
    assert town.clip(clip).state is ClipState.awaiting
    decide(relay, clip, "Анна")
    assert claims.open_clip(relay, clip, "Борис", "his page") is None, "what is decided is nobody's"
    with pytest.raises(NotFound):
        claims.open_clip(relay, 77, "Анна", "page")


@pytest.mark.slow
def test_the_command_line_is_not_bound_and_frees_the_clip(relay, town):
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    decide(relay, clip, "vera", at_desk=False)
    assert holder(relay, clip) is None
    desk.undo(relay, clip, person="vera")
    assert holder(relay, clip) is None


@pytest.mark.slow
def test_a_claim_runs_out_and_a_page_in_use_renews_it(relay, town, clock):
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    clock.moves(minutes=MINUTES - 1)
    claims.open_clip(relay, clip, "Анна", "page")
    clock.moves(minutes=MINUTES - 1)
    assert holder(relay, clip) == "Анна"
    clock.moves(minutes=1)
    assert holder(relay, clip) is None
    assert queue.hand_out(relay, "proryv80", "Борис") == clip
    assert claims.open_clip(relay, clip, "Анна", "page").person == "Борис"


@pytest.mark.slow
@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_was_set_keeps_no_clip_for_long(relay, town, clock, hours):
    """What was promised for ten minutes holds no longer by any clock."""
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    clock.moves(hours=hours)
    assert holder(relay, clip) is None
    assert queue.hand_out(relay, "proryv80", "Борис") == clip
    decide(relay, clip, "Борис")


@pytest.mark.slow
def test_only_the_page_that_opened_it_last_gives_a_clip_back(relay, town):
    """A page that is loaded again takes its leave after the new one has come."""
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "first")
    claims.open_clip(relay, clip, "Анна", "loaded again")
    claims.release(relay, clip, "Анна", page="first")
    assert holder(relay, clip) == "Анна"
    claims.release(relay, clip, "Борис", page="loaded again")
    assert holder(relay, clip) == "Анна"
    claims.release(relay, clip, "Анна", page="loaded again")
    assert holder(relay, clip) is None


@pytest.mark.slow
def test_taking_over_is_on_record(relay, town):
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    claims.take_over(relay, clip, "Борис", seen="Анна")
    (told,) = desk.history(relay, clip)
    assert (told.person, told.verdict, told.reason) == ("Борис", "taken over", "Анна")
    with pytest.raises(claims.Claimed, match="Борис has"):
        decide(relay, clip, "Анна")
    with pytest.raises(claims.Claimed) as other:
        claims.take_over(relay, clip, "Вера", seen="Анна")
    assert other.value.person == "Борис"
    claims.take_over(relay, clip, "Борис", seen="Анна")
    decide(relay, clip, "Борис")
    assert len(desk.history(relay, clip)) == 2


@pytest.mark.slow
def test_a_free_clip_is_taken_without_a_word(relay, town):
    clip = town.has_clip()
    claims.take_over(relay, clip, "Борис", seen="Анна")
    assert (holder(relay, clip), desk.history(relay, clip)) == ("Борис", [])


def test_whoever_signs_out_leaves_clips_and_room(relay, town):
    clip = town.has_clip()
    queue.hand_out(relay, "proryv80", "Анна")
    queue.hand_out(relay, "proryv80", "Борис")
    claims.sign_off(relay, "Анна")
    assert holder(relay, clip) is None
    assert [person.name for person in presence.here(relay, "proryv80")] == ["Борис"]


@pytest.mark.slow
@pytest.mark.parametrize("ends", [accounts.close, partial(accounts.set_role, role=Role.viewer), accounts.set_password])
def test_whoever_is_shut_out_holds_nothing(relay, town, ends):
    """A clip that a closed account had was nobody else's for ten minutes."""
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    ends(relay, "anna")
    assert claims.who_has(relay, clip) is None
    assert presence.here(relay, town.slug) == []


@pytest.mark.slow
def test_twin_whoever_changes_their_own_password_keeps_their_clip(relay, town):
    account, _ = accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    clip, token = town.has_clip(), sessions.sign_in(relay, "anna", "password of anna")
    claims.open_clip(relay, clip, "Анна", "page")
    accounts.change_password(relay, account, "password of anna", "another password of anna", token=token)
    assert claims.who_has(relay, clip).person == "Анна"


def test_at_the_desk_nobody_takes_back_what_a_colleague_decided(relay, town):
    """Nor what is before a colleague just now; the command line may."""
    clip = town.has_clip()
    made = desk.decide(relay, clip, Verdict.later, person="Анна", seen=ClipState.awaiting)
    with pytest.raises(Refused, match="Анна decided this; only an organizer can take it back"):
        desk.undo(relay, clip, person="Борис", decision_id=made.id, own=True)
    claims.open_clip(relay, clip, "Борис", "page")
    with pytest.raises(claims.Claimed):
        desk.undo(relay, clip, person="Анна", decision_id=made.id, own=True, at_desk=True)
    desk.undo(relay, clip, person="vera")
    assert town.clip(clip).state is ClipState.awaiting


@pytest.mark.slow
def test_twin_without_respect_for_claims_two_judge_the_same_clip(relay, town, monkeypatch):
    clip = town.has_clip()
    claims.open_clip(relay, clip, "Анна", "page")
    monkeypatch.setattr(claims, "respect", lambda *_: None)
    assert decide(relay, clip, "Борис").person == "Борис"
    with relay.reading() as session:
        assert session.exec(select(Claim)).all() == []
