from __future__ import annotations

import pytest
from sqlmodel import col, select

from relay.almanac.plan import queries
from relay.context import Relay
from relay.erasure import forgetting
from relay.models import BulkChange, BulkKind, BulkStep, ClipState, ClipTag, Decision, PlanChange, Question, Verdict
from tests.moderation.town import Town

STANDARD = "off_topic"


def decided(clip: int, verdict: Verdict, reason: str, previous: str = "", **more: object) -> Decision:
    words = {"from_state": ClipState.awaiting, "to_state": ClipState.rejected, "person": "Анна", **more}
    return Decision(clip_id=clip, verdict=verdict, reason=reason, previous_reason=previous, **words)


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for _ in range(2):
        town.has_clip()
    return town


@pytest.mark.slow
def test_what_was_written_of_a_person_at_the_desk_goes_and_of_others_stays(relay: Relay, town: Town) -> None:
    queries.new(relay, "proryv80", "film")
    at = {"at": relay.now()}
    with relay.transaction() as session:
        change = BulkChange(campaign_id=town.campaign_id, person="x", kind=BulkKind.tag, what="note", **at)
        session.add(change)
        session.flush()
        for clip in (1, 2):
            session.add(ClipTag(clip_id=clip, tag="тёща", person="x", **at))
            session.add(Question(clip_id=clip, asked_by="x", text="Кто это?", answer="Моя тёща", **at))
            session.add(BulkStep(change_id=change.id, clip_id=clip, before={"name": "А"}, after={"name": "Б"}))
            words = {"almanac_id": 1, "did": "out", "token": "t", **at}
            session.add(PlanChange(clip_id=clip, before={"left_out": {}}, **words))
            session.add(PlanChange(clip_id=None, before={"names": {str(clip): "Анна"}}, **words))
    with relay.transaction() as session:
        forgetting.forget(relay, session, [1])
    with relay.reading() as session:
        assert session.exec(select(ClipTag.clip_id)).all() == [2]
        assert session.exec(select(Question.text, Question.answer).order_by(col(Question.id))).all() == [
            ("", ""), ("Кто это?", "Моя тёща"),
        ]  # fmt: skip
        steps = session.exec(select(BulkStep).order_by(col(BulkStep.id))).all()
        changes = session.exec(select(PlanChange).order_by(col(PlanChange.id))).all()
    assert [(row.before, row.after, row.undone) for row in steps] == [
        ({}, {}, True), ({"name": "А"}, {"name": "Б"}, False),
    ]  # fmt: skip
    assert [(row.before, row.undone) for row in changes] == [
        ({}, True), ({}, True), ({"left_out": {}}, False), ({"names": {"2": "Анна"}}, False),
    ]  # fmt: skip


@pytest.mark.slow
def test_of_a_decision_the_standard_reason_stays_and_why_somebody_was_withdrawn_whole(relay: Relay, town: Town) -> None:
    from relay.moderation import rules

    code, other = list(rules.REASONS)[:2]
    note = "её тёща звонила"
    with relay.transaction() as session:
        session.add(decided(1, Verdict.reject, f"{code}: {note}", f"{other}: {note}", at=relay.now()))
        session.add(decided(1, Verdict.reject, note, "", at=relay.now()))
        session.add(decided(1, Verdict.withdraw, note, code, at=relay.now()))
        session.add(decided(2, Verdict.reject, f"{code}: {note}", "", at=relay.now()))
    with relay.transaction() as session:
        forgetting.forget(relay, session, [1])
    with relay.reading() as session:
        rows = session.exec(select(Decision).order_by(col(Decision.id))).all()
    assert [(row.reason, row.previous_reason) for row in rows] == [
        (code, other), ("", ""), (note, code), (f"{code}: {note}", ""),
    ]  # fmt: skip
