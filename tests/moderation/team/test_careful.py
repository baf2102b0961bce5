from __future__ import annotations

import dataclasses

import pytest

from relay.models import Clip, ClipState, Decision, LookState, SecondLook, Verdict, need_id
from relay.moderation import claims, desk
from relay.moderation.review.looks import LookRecord
from relay.moderation.team import careful, presence, queue
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def known(relay, town):
    """Анна was right in all of 30 looks, Борис in two of three, Вера in half of them; a look of Дарья's waits."""
    clip = town.has_clip()
    with relay.transaction() as session:
        decision = _decided(session, clip, relay.now())
        for number in range(30):
            session.add(_look(clip, decision, relay.now(), "Анна", "Борис", differs=number % 3 == 0))
            session.add(_look(clip, decision, relay.now(), "Анна", "Вера", differs=number % 2 == 0))
        waits = {"clip_id": clip, "decision_id": decision, "first_by": "Дарья", "first": Verdict.approve}
        session.add(SecondLook(**waits, at=relay.now()))
    settings = relay.settings.model_copy(update={"second_looks": True})
    return dataclasses.replace(relay, settings=settings), clip


def _decided(session, clip, now):
    row = Decision(
        clip_id=clip, verdict=Verdict.approve, from_state=ClipState.awaiting, to_state=ClipState.approved,
        person="Дарья", at=now,
    )  # fmt: skip
    session.add(row)
    session.get_one(Clip, clip).state = ClipState.approved
    session.flush()
    return need_id(row)


def _look(clip, decision, now, first, second, *, differs):
    """The first one was right."""
    row = SecondLook(clip_id=clip, decision_id=decision, first_by=first, first=Verdict.approve, at=now)
    row.second_by, row.second = second, Verdict.reject if differs else Verdict.approve
    row.third, row.state = (Verdict.approve, LookState.settled) if differs else (None, LookState.agreed)
    return row


def test_what_is_known_of_people(known, town):
    relay, _ = known
    with relay.reading() as session:
        found = careful.records(session, town.campaign_id)
        assert found == {"Анна": LookRecord(60, 60), "Борис": LookRecord(20, 30), "Вера": LookRecord(15, 30)}
        assert careful.is_asked_first(session, town.campaign_id, "Анна", ["Борис", "Вера"])
        assert not careful.is_asked_first(session, town.campaign_id, "Борис", ["Анна", "Вера"])
        assert careful.is_asked_first(session, town.campaign_id, "Борис", ["Вера"]), "who has gone home is not asked"


def test_others_are_asked_when_their_own_clips_are_done(known, town):
    relay, looked = known
    fresh = town.has_clip()
    with relay.transaction() as session:
        presence.note(session, town.campaign_id, ["Анна", "Борис", "Вера"], relay.now())
    assert [_next(relay, town, person) for person in ("Анна", "Борис", "Вера")] == [looked, fresh, fresh]
    desk.decide(relay, fresh, Verdict.approve, person="Дарья", seen=ClipState.awaiting)
    assert _next(relay, town, "Вера") == looked, "nothing else is left for her"


def _next(relay, town, person):
    """Nobody keeps it."""
    clip = queue.hand_out(relay, town.slug, person)
    claims.release(relay, clip, person)
    return clip


def test_looks_of_another_campaign_and_those_that_wait_tell_nothing(known, town):
    relay, _ = known
    other = Town(relay, "other")
    other.number = 50  # videos of its own
    with relay.transaction() as session:
        clip = other.has_clip()
        decision = _decided(session, clip, relay.now())
        session.add(_look(clip, decision, relay.now(), "Дарья", "Анна", differs=False))
    with relay.reading() as session:
        assert careful.records(session, other.campaign_id) == {"Дарья": LookRecord(1, 1), "Анна": LookRecord(1, 1)}
        assert "Дарья" not in careful.records(session, town.campaign_id)
        assert careful.is_asked_first(session, town.campaign_id, "Дарья", []), "nobody else is there to be asked"
