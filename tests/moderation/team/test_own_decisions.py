from __future__ import annotations

from datetime import date, timedelta

import pytest

from relay.errors import NotFound
from relay.models import ClipState, Verdict
from relay.moderation import desk
from relay.moderation.team import own_decisions
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


def approve(relay, clip, person="Анна"):
    return desk.decide(relay, clip, Verdict.approve, person=person, seen=ClipState.awaiting)


def test_the_last_decision_of_a_person(relay, town):
    first, second = town.has_clip(name="Ольга"), town.has_clip(name="Пётр")
    assert own_decisions.last(relay, "proryv80", "Анна") is None
    approve(relay, first)
    approve(relay, second, person="Кира")
    assert own_decisions.last(relay, "proryv80", "Анна").clip_id == first
    assert own_decisions.today(relay, "proryv80", "Анна") == 1
    desk.undo(relay, first, person="Кира")
    assert own_decisions.last(relay, "proryv80", "Анна") is None
    assert own_decisions.today(relay, "proryv80", "Анна") == 0


def test_today_begins_at_midnight_in_the_campaigns_zone(relay, town, clock):
    clip = town.has_clip()
    clock.is_at(clock.at.replace(hour=20, minute=59))
    approve(relay, clip)
    assert own_decisions.today(relay, "proryv80", "Анна") == 1
    clock.moves(minutes=1)
    assert own_decisions.today(relay, "proryv80", "Анна") == 0


def test_a_decision_that_somebody_has_overruled_is_not_offered_for_undoing(relay, town):
    clip = town.has_clip()
    approve(relay, clip, person="Анна")
    assert own_decisions.last(relay, "proryv80", "Анна").clip_id == clip
    desk.decide(relay, clip, Verdict.reject, person="Борис", seen=ClipState.approved, reason="offensive")
    assert own_decisions.last(relay, "proryv80", "Анна") is None
    told = own_decisions.last(relay, "proryv80", "Борис")
    assert (told.verdict, told.reason, told.at) == ("reject", "offensive", "2023-01-12T12:00:00+03:00")
    desk.undo(relay, clip, person="Борис")
    assert own_decisions.last(relay, "proryv80", "Анна").clip_id == clip, "hers stands again"


def test_the_newest_of_several_decisions_is_offered(relay, town):
    first, second = town.has_clip(name="Ольга"), town.has_clip(name="Пётр")
    for clip in (second, first):
        approve(relay, clip)
    assert own_decisions.last(relay, "proryv80", "Анна").name == "Ольга"


def test_taking_back_what_another_decided_is_no_decision_of_ones_own(relay, town):
    mine, hers = town.has_clip(), town.has_clip()
    approve(relay, mine)
    approve(relay, hers, person="Кира")
    desk.undo(relay, hers, person="Анна")
    assert own_decisions.last(relay, "proryv80", "Анна").clip_id == mine


def test_a_clip_that_was_decided_twice_today_counts_once(relay, town):
    first, second = town.has_clip(), town.has_clip()
    approve(relay, first)
    desk.decide(relay, first, Verdict.reject, person="Анна", seen=ClipState.approved, reason="offensive")
    assert own_decisions.today(relay, "proryv80", "Анна") == 1
    approve(relay, second)
    approve(relay, town.has_clip(), person="Кира")
    assert own_decisions.today(relay, "proryv80", "Анна") == 2
    desk.undo(relay, second, person="Кира")
    assert own_decisions.today(relay, "proryv80", "Анна") == 1
    assert own_decisions.today(relay, "proryv80", "Кира") == 1


def test_one_step_back_after_another(relay, town):
    clips = [town.has_clip() for _ in range(3)]
    for clip in clips:
        approve(relay, clip)
    undone = []
    while (last := own_decisions.last(relay, "proryv80", "Анна")) is not None:
        desk.undo(relay, last.clip_id, person="Анна", decision_id=last.id, own=True, at_desk=True)
        undone.append(last.clip_id)
    assert undone == clips[::-1]
    assert {town.clip(clip).state for clip in clips} == {ClipState.awaiting}


def test_what_a_colleague_overruled_is_stepped_over(relay, town):
    first, second = town.has_clip(), town.has_clip()
    approve(relay, first)
    approve(relay, second)
    desk.decide(relay, second, Verdict.reject, person="Кира", seen=ClipState.approved, reason="offensive")
    assert own_decisions.last(relay, "proryv80", "Анна").clip_id == first


def test_the_list_of_a_day(relay, town, clock):
    first, second, third = (town.has_clip(name=name) for name in ("Ольга", "Пётр", "Вера"))
    approve(relay, first)
    clock.moves(days=1)
    approve(relay, second)
    approve(relay, third)
    desk.undo(relay, second, person="Анна")
    desk.decide(relay, third, Verdict.reject, person="Кира", seen=ClipState.approved, reason="offensive")
    shown = own_decisions.of_day(relay, "proryv80", "Анна")
    assert (shown.day, shown.today, shown.clips, shown.more) == (date(2023, 1, 13), date(2023, 1, 13), 1, None)
    told = [(one.name, one.verdict, one.undone, one.stands, one.state) for one in shown.decisions]
    assert told == [
        ("Вера", "approve", False, False, "rejected"),
        ("Пётр", "approve", True, False, "awaiting"),
    ]
    (before,) = own_decisions.of_day(relay, "proryv80", "Анна", shown.day - timedelta(days=1)).decisions
    assert (before.clip_id, before.stands, before.at.isoformat()) == (first, True, "2023-01-12T12:00:00+03:00")
    assert own_decisions.of_day(relay, "proryv80", "Кира").clips == 1
    assert own_decisions.of_day(relay, "proryv80", "Глеб").decisions == []
    with pytest.raises(NotFound):
        own_decisions.of_day(relay, "nowhere", "Анна")


def test_a_long_day_comes_in_pages(relay, town, monkeypatch):
    monkeypatch.setattr(own_decisions, "PAGE", 2)
    clips = [town.has_clip() for _ in range(5)]
    for clip in clips:
        approve(relay, clip)
    pages, before = [], None
    for _ in range(3):
        shown = own_decisions.of_day(relay, "proryv80", "Анна", before=before)
        pages.append([one.clip_id for one in shown.decisions])
        before = shown.more
    assert pages == [clips[:2:-1], clips[2:0:-1], clips[:1]]
    assert before is None


def test_other_campaigns_have_lists_of_their_own(relay, town):
    approve(relay, Town(relay, "other").has_clip())
    assert own_decisions.today(relay, "proryv80", "Анна") == 0
    assert own_decisions.last(relay, "proryv80", "Анна") is None
    assert own_decisions.of_day(relay, "proryv80", "Анна").decisions == []
