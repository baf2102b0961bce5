"""Every row gets its link with the unit of work that writes it, and is not changed afterwards but by the lawful way."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from relay.chain import links
from relay.chain.verifying import FaultKind
from relay.context import Relay
from relay.models import ChainLink, ChainPermit, Event, EventKind, EventSubject, LinkDeed
from relay.store import Store, add_row, add_rows
from tests.chain.record import AT, RecordOfTests


def deeds(relay: Relay) -> list[tuple[int, str, int, LinkDeed, str]]:
    with relay.reading() as session:
        rows = session.exec(select(ChainLink).order_by("position"))
        return [(row.position, row.fact.value, row.row_id, row.deed, row.why) for row in rows]


@pytest.mark.slow
def test_rows_are_linked_in_the_order_in_which_they_were_written(record: RecordOfTests) -> None:
    record.goes_on(2)
    assert deeds(record.relay) == [(1, "event", 1, "added", ""), (2, "event", 2, "added", "")]


@pytest.mark.slow
@pytest.mark.parametrize("words", ["UPDATE event SET person = 'Вера'", "DELETE FROM event"])
def test_the_database_refuses_to_change_what_is_linked(record: RecordOfTests, words: str) -> None:
    record.goes_on()
    with pytest.raises(IntegrityError, match="the record is only added to"), record.relay.transaction() as session:
        session.connection().execute(text(words))
    assert record.verified().is_whole


@pytest.mark.slow
@pytest.mark.parametrize("words", ["UPDATE chainlink SET why = 'x'", "DELETE FROM chainlink"])
def test_the_database_refuses_to_change_a_link(record: RecordOfTests, words: str) -> None:
    record.goes_on()
    with pytest.raises(IntegrityError, match="the record is only added to"), record.relay.transaction() as session:
        session.connection().execute(text(words))


@pytest.mark.slow
def test_the_twin_without_triggers_changes_them(record: RecordOfTests) -> None:
    record.goes_on()
    record.tampers("UPDATE event SET person = 'Вера'")
    assert record.kinds() == [FaultKind.row_changed]


@pytest.mark.slow
def test_what_has_to_be_forgotten_is_rewritten_and_a_link_says_why(record: RecordOfTests) -> None:
    record.goes_on(3)
    with (
        record.relay.transaction() as session,
        links.rewriting(session, Event, [2], why="erased for a person", at=record.relay.now()),
    ):
        row = session.get_one(Event, 2)
        row.person, row.details = "", {}
        session.add(row)
    assert record.verified().is_whole
    assert deeds(record.relay)[3] == (4, "event", 2, "changed", "erased for a person")
    with record.relay.reading() as session:
        assert session.exec(select(ChainPermit)).all() == []
        assert session.get_one(Event, 2).details == {}


def test_a_permit_is_for_the_rows_that_it_names_and_for_no_later_unit_of_work(record: RecordOfTests) -> None:
    record.goes_on(2)
    with (
        pytest.raises(IntegrityError),
        record.relay.transaction() as session,
        links.rewriting(session, Event, [1], why="erased", at=AT),
    ):
        session.connection().execute(text("UPDATE event SET person = ''"))
    with record.relay.transaction() as session, links.rewriting(session, Event, [1], why="erased", at=AT):
        session.connection().execute(text("UPDATE event SET person = '' WHERE id = 1"))
    with pytest.raises(IntegrityError), record.relay.transaction() as session:
        session.connection().execute(text("UPDATE event SET person = 'Вера' WHERE id = 1"))
    assert record.verified().is_whole


@pytest.mark.slow
def test_a_permit_that_somebody_left_open_is_told_of(record: RecordOfTests) -> None:
    record.goes_on()
    record.tampers("INSERT INTO chainpermit (fact, row_id) VALUES ('event', 1)")
    assert record.kinds() == [FaultKind.permit_open]


@pytest.mark.slow
def test_a_row_that_is_taken_away_lawfully_may_not_come_back(record: RecordOfTests) -> None:
    record.goes_on(2)
    with record.relay.transaction() as session, links.rewriting(session, Event, [2], why="a slip", at=AT):
        session.delete(session.get_one(Event, 2))
    assert record.verified().is_whole
    assert deeds(record.relay)[2] == (3, "event", 2, "removed", "a slip")
    record.tampers(
        "INSERT INTO event (id, at, subject, subject_id, what, person, details) "
        "SELECT 2, at, subject, subject_id, what, person, details FROM event WHERE id = 1"
    )
    assert record.kinds() == [FaultKind.row_back]


@pytest.mark.slow
def test_a_number_that_is_used_again_has_its_own_link(record: RecordOfTests) -> None:
    """SQLite gives the highest number anew once its row is gone."""
    record.goes_on(2)
    with record.relay.transaction() as session, links.rewriting(session, Event, [2], why="a slip", at=AT):
        session.delete(session.get_one(Event, 2))
    record.goes_on()
    found = record.verified()
    assert found.is_whole
    assert (found.facts["event"], found.removed) == (2, 1)


@pytest.mark.slow
def test_what_a_savepoint_takes_back_gets_no_link(record: RecordOfTests) -> None:
    with record.relay.transaction() as session:
        with pytest.raises(RuntimeError), session.begin_nested():
            record.happens(session)
            session.flush()
            raise RuntimeError("in the middle")
        record.happens(session)
    assert [deed[3] for deed in deeds(record.relay)] == [LinkDeed.added]
    assert record.verified().is_whole


def test_a_unit_of_work_that_fails_leaves_no_link(record: RecordOfTests) -> None:
    with pytest.raises(RuntimeError), record.relay.transaction() as session:
        record.happens(session)
        session.flush()
        raise RuntimeError("in the middle")
    assert deeds(record.relay) == []


def test_rows_that_are_inserted_at_once_are_linked_too(record: RecordOfTests) -> None:
    row = Event(at=AT, subject=EventSubject.post, subject_id=1, what=EventKind.found)
    words = {"at": AT, "subject": "post", "subject_id": 1, "what": "found"}
    with record.relay.transaction() as session:
        add_row(session, row)
        assert add_rows(session, Event, [words, words]) == 2
    found = record.verified()
    assert found.is_whole
    assert found.facts["event"] == 3


@pytest.mark.slow
def test_a_store_without_a_key_links_nothing_and_it_shows(record: RecordOfTests) -> None:
    plain = Store(str(record.store.url.render_as_string(hide_password=False)))
    with plain.transaction() as session:
        record.happens(session)
    plain.close()
    assert record.kinds() == [FaultKind.row_unlinked]


@pytest.mark.slow
def test_writers_side_by_side_make_one_chain(record: RecordOfTests) -> None:
    threads = [threading.Thread(target=record.goes_on, args=(10,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = record.verified()
    assert found.is_whole
    assert found.links == 40


@pytest.mark.slow
def test_the_head_of_a_day_is_the_last_link_before_its_end(record: RecordOfTests) -> None:
    for day in (0, 0, 1, 2):
        with record.relay.transaction() as session:
            record.happens(session, AT + timedelta(days=day))
    assert record.head(before=AT + timedelta(hours=12)).position == 2
    assert record.head(before=AT - timedelta(days=1)).position == 0
    assert record.head().position == 4
    assert record.head(before=AT + timedelta(hours=12)).at == "2023-01-12T09:30:15+00:00"
