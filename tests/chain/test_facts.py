"""A row is the same bytes on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, MetaData, String, Table, insert

from relay.chain import facts
from relay.context import Relay
from relay.models import TextEnum, UtcDateTime, Verdict
from tests.chain.record import RecordOfTests

SEALED = "1778737ddc941fb1f753cb81e536a867b4d00cc39a92e133c30aa61ff85bdf4e"
KINDS = {
    "id": (Integer(), 1, 1),
    "at": (UtcDateTime(), datetime(2023, 1, 12, 9, 30, 15, 250, tzinfo=UTC), b"2023-01-12 09:30:15.000250"),
    "day": (Date(), date(2023, 1, 12), b"2023-01-12"),
    "yes": (Boolean(), True, 1),
    "untrue": (Boolean(), False, 0),
    "words": (String(), "ё'\\\"\n", "ё'\\\"\n".encode()),
    "kind": (TextEnum(Verdict), Verdict.undo, b"undo"),
    "told": (JSON(), {"a": ["ё", None, 1]}, b'{"a": ["\\u0451", null, 1]}'),
    "content": (LargeBinary(), b"\x00\xff", b"\x00\xff"),
    "no_text": (String(), None, None),
    "no_day": (Date(), None, None),
    "no_truth": (Boolean(), None, None),
}


def test_each_kind_of_column_is_read_as_the_same_bytes(relay: Relay) -> None:
    table = Table("kinds", MetaData(), *(Column(name, kind) for name, (kind, _, _) in KINDS.items()))
    with relay.transaction() as session:
        connection = session.connection()
        table.create(connection)
        connection.execute(insert(table), {name: value for name, (_, value, _) in KINDS.items()})
        dialect = connection.dialect.name
        wanted = ", ".join(facts._column(f"r.{name}", kind, dialect) for name, (kind, _, _) in KINDS.items())
        row = facts.as_bytes(connection.exec_driver_sql(f"SELECT {wanted} FROM kinds AS r").one())
    assert dict(zip(KINDS, row, strict=True)) == {name: seen for name, (_, _, seen) in KINDS.items()}


def test_a_record_has_the_same_seals_on_both(record: RecordOfTests) -> None:
    """So a database that is carried over keeps its chain. The digest was made on SQLite."""
    record.happens_at(datetime(2023, 1, 12, 9, 30, 15, 250, tzinfo=UTC))
    assert record.head().digest == SEALED


@pytest.mark.parametrize("fact", list(facts.TABLES))
def test_every_table_has_its_shape_and_its_time(fact: facts.Fact) -> None:
    assert facts.time_of(fact) in facts.SHAPES[fact][-1]
    assert facts.shape_of(fact) == len(facts.SHAPES[fact]) - 1
