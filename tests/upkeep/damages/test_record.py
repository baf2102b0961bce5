from __future__ import annotations

import pytest
from sqlmodel import select

from relay.context import Relay
from relay.models import Almanac, Clip, ClipState, Decision, Event, EventKind, EventSubject, Render, Verdict
from relay.moderation import desk
from relay.records import add_event
from relay.upkeep.damages import record
from tests.moderation.town import Town
from tests.upkeep.damages.test_seeded import without_guards

pytestmark = pytest.mark.slow


@pytest.fixture
def town(relay: Relay) -> Town:
    """Three clips, of which two were judged, each with the event that says that it was made."""
    town = Town(relay)
    for _ in range(3):
        clip = town.has_clip()
        with relay.transaction() as session:
            add_event(session, relay.now(), (EventSubject.clip, clip), EventKind.made)
    for clip in (1, 2):
        desk.decide(relay, clip, Verdict.approve, person="Анна", seen=ClipState.awaiting)
    desk.decide(relay, 2, Verdict.later, person="Анна", seen=ClipState.approved)
    return town


def runs(town: Town, sql: str) -> None:
    with town.relay.store.engine.begin() as connection:
        for table in ("decision", "event"):
            without_guards(connection, table)
        connection.exec_driver_sql(sql)


def told(town: Town, of: object = record.decisions, *, fix: bool = False) -> list[tuple[str, bool, bool]]:
    found = list(of(town.relay, fix, True))  # type: ignore[operator]
    assert len({each.what for each in found}) == 1
    return [(each.text, each.wrong, each.fixed) for each in found]


def states(town: Town) -> list[ClipState]:
    with town.relay.reading() as session:
        return list(session.exec(select(Clip.state).order_by(Clip.id)).all())


def test_a_state_that_nobody_decided_is_told_and_goes_back_when_it_is_mended(town: Town) -> None:
    well = [("add up", False, False)]
    assert told(town, fix=True) == well
    runs(town, "UPDATE clip SET state = 'rejected' WHERE id <> 1")
    assert told(town) == [("clips in a state that nobody decided: 2, 3", True, False)]
    assert states(town) == [ClipState.approved, ClipState.rejected, ClipState.rejected]
    assert told(town, fix=True) == [("clips back in the state that was decided: 2, 3", False, True)]
    assert states(town) == [ClipState.approved, ClipState.later, ClipState.awaiting]
    assert told(town) == well


def test_decisions_that_do_not_follow_one_another_are_told_with_their_clips_and_left(town: Town) -> None:
    runs(town, "UPDATE decision SET verdict = 'reject' WHERE id = 3")
    wrong = "changed or deleted: missing 0, on clips that don't add up: 2. Compare with a backup"
    assert told(town, fix=True) == [(wrong, True, False)]
    runs(town, "UPDATE clip SET state = 'later' WHERE id = 1")
    both = [(wrong, True, False), ("clips in a state that nobody decided: 1", True, False)]
    assert told(town) == both
    assert told(town, fix=True)[1] == ("clips back in the state that was decided: 1", False, True)
    assert states(town)[0] is ClipState.approved


def test_where_a_decision_is_missing_nothing_goes_back(town: Town) -> None:
    runs(town, "DELETE FROM decision WHERE id = 2")
    runs(town, "UPDATE clip SET state = 'rejected' WHERE id = 3")
    if town.relay.store.path is None:
        return  # a server leaves numbers out by itself
    wrong = "changed or deleted: missing 1, on clips that don't add up: 2, 3. Compare with a backup"
    assert told(town, fix=True) == [(wrong, True, False)]
    assert states(town)[2] is ClipState.rejected


def test_a_row_of_decisions_that_lost_its_first_is_told_without_a_clip(town: Town) -> None:
    runs(town, "DELETE FROM decision WHERE clip_id = 1")
    runs(town, "UPDATE clip SET state = 'awaiting' WHERE id = 1")
    if town.relay.store.path is not None:
        missing = "changed or deleted: missing 1, on clips that don't add up: 0. Compare with a backup"
        assert told(town) == [(missing, True, False)]


def test_events_that_are_missing_and_clips_and_films_of_which_none_tells_are_counted(town: Town) -> None:
    relay = town.relay
    assert told(town, record.events) == [("none is missing", False, False)]
    words = {"sha256": "0", "frames": 1, "fps": 25, "shots_encoded": 0, "shots_reused": 0, "seconds": 1}
    with relay.transaction() as session:
        for name in ("film", "other"):
            session.add(Almanac(campaign_id=town.campaign_id, name=name, title=name, created_at=relay.now()))
        session.flush()
        for almanac, version in ((1, 1), (1, 2), (2, 1)):
            session.add(Render(almanac_id=almanac, version=version, file="f", manifest="m", at=relay.now(), **words))  # type: ignore[arg-type]
        add_event(session, relay.now(), (EventSubject.almanac, 1), EventKind.rendered)
        for _ in range(3):  # more than there are versions: they make up for no other film's
            add_event(session, relay.now(), (EventSubject.almanac, 2), EventKind.rendered)
            add_event(session, relay.now(), (EventSubject.clip, 1), EventKind.rendered)

    def missing(gaps: int, untold: int) -> list[tuple[str, bool, bool]]:
        text = f"deleted: missing in the row {gaps}, films and clips that nothing tells of {untold}. Compare with a"
        return [(f"{text} backup", True, False)]

    assert told(town, record.events, fix=True) == missing(0, 1)
    with relay.reading() as session:
        first = session.exec(select(Event.id).where(Event.what == EventKind.made).order_by(Event.id)).first()
    runs(town, f"DELETE FROM event WHERE id = {first}")
    assert told(town, record.events) == missing(0 if relay.store.path is None else 1, 2)


def test_an_installation_from_before_there_were_such_events_misses_none(town: Town) -> None:
    with town.relay.reading() as session:
        assert len(session.exec(select(Decision)).all()) == 3
    if town.relay.store.path is not None:
        runs(town, "UPDATE event SET what = 'seen' WHERE what = 'made'")
        assert told(town, record.events) == [("none is missing", False, False)]
