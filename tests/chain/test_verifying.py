"""Whatever somebody changes behind Relay's back shows, wherever it stands."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from relay.chain import facts, verifying
from relay.chain.verifying import ChainFault, FaultKind
from relay.models import Fact
from tests.chain.record import AT, RecordOfTests


@pytest.mark.slow
def test_a_record_that_nobody_touched_is_whole(record: RecordOfTests) -> None:
    record.of_every_kind()
    found = record.verified()
    assert found.is_whole
    assert found.faults == []
    assert found.facts == {"decision": 4, "event": 2, "signoff": 2, "consent": 2}
    assert (found.links, found.head.position, found.changed, found.removed, found.adopted) == (10, 10, 0, 0, 0)


@pytest.mark.slow
def test_an_empty_record_is_whole(record: RecordOfTests) -> None:
    found = record.verified()
    assert found.is_whole
    assert found.head.position == 0


def _flipped(value: object) -> object:
    """Another value for a cell, one bit away."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int | None):
        return (value or 0) ^ 1
    said = str(value)
    return chr(ord(said[0]) ^ 1) + said[1:] if said else "x"


@pytest.mark.slow
@pytest.mark.parametrize("table", [*(fact.value for fact in Fact), "chainlink"])
def test_each_changed_byte_of_each_column_is_found(record: RecordOfTests, table: str) -> None:
    if record.store.path is None:
        pytest.skip("by SQLite's own interface; a database on a server is read by the same two passes")
    record.of_every_kind()
    missed, key = [], "position" if table == "chainlink" else "id"
    with closing(sqlite3.connect(record.store.path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            if name.startswith("chain_"):
                connection.execute(f"DROP TRIGGER {name}")
        connection.row_factory = sqlite3.Row
        rows = connection.execute(f"SELECT rowid AS n, * FROM {table}").fetchall()
        for row in rows:
            for name in row.keys()[1:]:
                place = row["n"] ^ 1 if name == key else row["n"]
                if place != row["n"] and any(other["n"] == place for other in rows):
                    place = 1000
                changed = place if place != row["n"] else _flipped(row[name])
                connection.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (changed, row["n"]))
                connection.commit()
                if not _finds_more_than_guards(record):
                    missed.append((row["n"], name))
                connection.execute(f"UPDATE {table} SET {name} = ? WHERE rowid = ?", (row[name], place))
                connection.commit()
    assert len(rows) >= 2
    assert missed == []
    assert not _finds_more_than_guards(record), "all was put back"


def _finds_more_than_guards(record: RecordOfTests) -> bool:
    return any(kind is not FaultKind.guard_missing for kind in record.kinds())


@pytest.mark.slow
def test_a_twin_that_compares_no_contents_finds_no_changed_row(
    record: RecordOfTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.of_every_kind()
    record.tampers("UPDATE event SET person = 'Вера' WHERE id = 1")
    assert [(fault.kind, fault.fact, fault.row) for fault in record.faults()] == [(FaultKind.row_changed, "event", 1)]
    monkeypatch.setattr(verifying, "_along_the_rows", lambda *_: None)
    assert record.verified().is_whole


@pytest.mark.slow
def test_a_row_that_is_gone_is_found(record: RecordOfTests) -> None:
    record.of_every_kind()
    record.tampers("DELETE FROM event WHERE id = 1")
    (fault,) = record.faults()
    assert (fault.kind, fault.fact, fault.row) == (FaultKind.row_missing, "event", 1)


@pytest.mark.slow
def test_a_row_that_somebody_put_in_is_found(record: RecordOfTests) -> None:
    record.of_every_kind()
    columns = ", ".join(facts.SHAPES[Fact.event][-1][1:])
    record.tampers(f"INSERT INTO event (id, {columns}) SELECT 99, {columns} FROM event WHERE id = 1")
    assert record.faults() == [ChainFault(FaultKind.row_unlinked, "event", 99)]


@pytest.mark.slow
def test_a_link_that_is_gone_is_found_where_it_was(record: RecordOfTests) -> None:
    record.of_every_kind()
    record.tampers("DELETE FROM chainlink WHERE position = 4")
    kinds = record.kinds()
    assert FaultKind.link_missing in kinds
    assert FaultKind.link_broken in kinds
    assert FaultKind.row_unlinked in kinds


@pytest.mark.slow
def test_links_in_another_order_are_found(record: RecordOfTests) -> None:
    record.of_every_kind()
    record.tampers(
        "UPDATE chainlink SET position = 100 WHERE position = 3",
        "UPDATE chainlink SET position = 3 WHERE position = 4",
        "UPDATE chainlink SET position = 4 WHERE position = 100",
    )
    assert record.kinds().count(FaultKind.link_broken) == 3


@pytest.mark.slow
def test_two_rows_that_change_places_are_found(record: RecordOfTests) -> None:
    record.of_every_kind()
    record.tampers(
        "UPDATE event SET id = 100 WHERE id = 1",
        "UPDATE event SET id = 1 WHERE id = 2",
        "UPDATE event SET id = 2 WHERE id = 100",
    )
    assert record.kinds() == [FaultKind.row_changed, FaultKind.row_changed]


@pytest.mark.slow
def test_what_is_taken_off_the_end_shows_by_a_head_that_was_kept(record: RecordOfTests) -> None:
    record.goes_on(5)
    kept = record.head()
    record.tampers("DELETE FROM event WHERE id = 5", "DELETE FROM chainlink WHERE position = 5")
    assert record.verified().is_whole, "the twin: without the head nobody sees it"
    assert record.faults([kept]) == [ChainFault(FaultKind.head_lost, position=5)]
    with record.relay.transaction() as session:
        record.happens(session, AT + timedelta(days=1))
    assert record.faults([kept]) == [ChainFault(FaultKind.head_lost, position=5)], "nor does it come back"


@pytest.mark.slow
def test_one_head_that_holds_hides_no_other_of_the_same_place(record: RecordOfTests) -> None:
    record.goes_on(2)
    kept = record.head()
    other = replace(kept, digest="ab" * 32)
    for known in ([kept, other], [other, kept]):
        assert record.faults(known) == [ChainFault(FaultKind.head_lost, position=2)]


@pytest.mark.slow
def test_a_head_of_a_place_that_is_gone_is_told(record: RecordOfTests) -> None:
    record.goes_on(3)
    kept = record.head(before=None)
    record.goes_on(2)
    record.tampers("DELETE FROM chainlink WHERE position = 3", "DELETE FROM event WHERE id = 3")
    assert record.kinds([kept]) == [FaultKind.link_missing, FaultKind.link_broken, FaultKind.head_lost]


@pytest.mark.slow
def test_a_record_that_went_on_still_holds_an_old_head(record: RecordOfTests) -> None:
    record.goes_on(2)
    kept = record.head()
    record.goes_on(3)
    assert record.verified([kept, record.head()]).is_whole


@pytest.mark.slow
def test_another_key_is_named_and_not_every_row(record: RecordOfTests) -> None:
    record.goes_on(150)
    found = record.verified(secret=b"another")
    assert found.faults[-1].kind is FaultKind.other_key
    assert found.found == 101


@pytest.mark.slow
def test_a_text_that_is_no_text_any_more_is_told_of(record: RecordOfTests) -> None:
    if record.store.path is None:
        pytest.skip("PostgreSQL keeps no such text")
    record.goes_on()
    record.tampers("UPDATE event SET person = CAST(X'C328' AS TEXT) WHERE id = 1")
    assert record.kinds() == [FaultKind.row_changed]


@pytest.mark.slow
def test_a_verdict_that_is_set_back_to_what_it_was_is_found(record: RecordOfTests) -> None:
    """Its first link would fit again: the last one counts."""
    from relay.chain import links
    from relay.models import SignOff

    record.of_every_kind()
    with (
        record.relay.transaction() as session,
        links.rewriting(session, SignOff, [1], why="the verdict", at=record.relay.now()),
    ):
        session.get_one(SignOff, 1).words = "Согласен."
    assert record.verified().is_whole
    record.tampers("UPDATE signoff SET words = 'Заменить титр.' WHERE id = 1")
    assert record.kinds() == [FaultKind.row_changed]


@pytest.mark.slow
def test_no_more_faults_are_held_than_somebody_reads(record: RecordOfTests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifying, "MOST_FAULTS", 2)
    record.goes_on(5)
    record.tampers("UPDATE event SET person = 'Вера'")
    found = record.verified()
    assert (found.found, len(found.faults)) == (5, 2)


def test_all_columns_of_the_tables_are_sealed() -> None:
    """A column that a table is given needs a new shape, behind the others."""
    for fact, table in facts.TABLES.items():
        names = {column.name for column in table.__table__.columns}  # type: ignore[attr-defined]
        assert names == set(facts.SHAPES[fact][-1]), fact
        assert all(shape[0] == "id" for shape in facts.SHAPES[fact])


@pytest.mark.slow
def test_a_row_that_was_sealed_in_an_older_shape_is_still_compared(
    record: RecordOfTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    record.goes_on(2)
    before = facts.SHAPES[Fact.event][0]
    newer = ("id", "at", "subject", "subject_id", "what", "details", "person")
    monkeypatch.setattr(facts, "SHAPES", {**facts.SHAPES, Fact.event: (before, newer)})
    record.goes_on()
    assert record.verified().is_whole
    record.tampers("UPDATE event SET person = 'Вера' WHERE id IN (1, 3)")
    assert [fault.row for fault in record.faults()] == [1, 3]


@pytest.mark.slow
def test_the_guards_are_looked_for(record: RecordOfTests) -> None:
    record.goes_on()
    of = " ON event" if record.store.path is None else ""
    name = "chain_event_changed" if of else "chain_event_update"
    with record.store.engine.connect() as connection:
        connection.execute(text(f"DROP TRIGGER {name}{of}"))
        connection.commit()
    assert record.faults() == [ChainFault(FaultKind.guard_missing, what=name)]


@pytest.mark.slow
def test_a_guard_of_the_same_name_that_guards_nothing_is_no_guard(record: RecordOfTests) -> None:
    record.goes_on()
    if record.store.path is None:
        name, made = "chain_event_changed", (
            "DROP TRIGGER chain_event_changed ON event",
            "CREATE TRIGGER chain_event_changed BEFORE UPDATE OR DELETE ON event FOR EACH ROW WHEN (false) "
            "EXECUTE FUNCTION chain_guarded()",
        )  # fmt: skip
    else:
        name, made = "chain_event_update", (
            "DROP TRIGGER chain_event_update",
            "CREATE TRIGGER chain_event_update BEFORE UPDATE ON event WHEN 0 BEGIN SELECT RAISE(ABORT, 'no'); END",
        )  # fmt: skip
    with record.store.engine.connect() as connection:
        for words in made:
            connection.execute(text(words))
        connection.commit()
    assert record.faults() == [ChainFault(FaultKind.guard_missing, what=name)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "strange", ["at = 'no time'", "at = 5", "at = x'00'", "digest = 'abc'", "digest = 12345678901"]
)
def test_a_last_link_of_nonsense_is_told_and_stops_nobody(record: RecordOfTests, strange: str) -> None:
    if record.store.path is None:
        pytest.skip("a server keeps to the types of its columns")
    record.goes_on(3)
    record.tampers(f"UPDATE chainlink SET {strange} WHERE position = 3")
    report = record.verified()
    assert [(fault.kind, fault.position) for fault in report.faults] == [(FaultKind.link_broken, 3)]
    assert report.head.position == 3


@pytest.mark.parametrize(("links", "named"), [(2, False), (3, True)])
def test_another_key_is_named_from_three_links_on(record: RecordOfTests, links: int, named: bool) -> None:
    """Of fewer it could as well be that somebody has changed them."""
    record.goes_on(links)
    kinds = [fault.kind for fault in record.verified(secret=b"another").faults]
    assert (FaultKind.other_key in kinds) is named
    assert kinds.count(FaultKind.link_broken) == links
    assert (FaultKind.row_changed in kinds) is not named


@pytest.mark.parametrize("shape", [-1, 99])
def test_a_row_that_claims_a_shape_that_nobody_knows_is_no_sealed_row(record: RecordOfTests, shape: int) -> None:
    record.goes_on(2)
    record.tampers(f"UPDATE chainlink SET shape = {shape} WHERE position = 1")
    assert sorted(fault.kind for fault in record.faults()) == sorted([FaultKind.link_broken, FaultKind.row_changed])
