"""Which columns of which tables are sealed, and a row as bytes: the same on SQLite and on PostgreSQL.

A row is read as whole numbers, UTF-8 bytes and None, in the order of its shape; what is sealed is Python's `repr` of
that tuple, in which no two rows look alike. A time is `2026-11-30 02:36:08.000000` in UTC, a day `2026-11-30`, a
document the text that the database keeps, a truth 0 or 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from sqlalchemy import JSON, Boolean, Connection, Date, DateTime, Integer, LargeBinary, TypeDecorator
from sqlmodel import SQLModel

from relay.models import ChainLink, Consent, Decision, Event, Fact, SignOff

Value = int | float | bytes | None
RawRow = tuple[Value, ...]

TABLES: Mapping[Fact, type[SQLModel]] = {
    Fact.decision: Decision,
    Fact.event: Event,
    Fact.sign_off: SignOff,
    Fact.consent: Consent,
}
FACTS: Mapping[type[SQLModel], Fact] = {table: fact for fact, table in TABLES.items()}
TIMES: Mapping[Fact, str] = {Fact.sign_off: "created_at"}
"""The column that tells when a row came to be, where it isn't `at`."""

SHAPES: Mapping[Fact, Sequence[tuple[str, ...]]] = {
    Fact.decision: (
        (
            "id", "clip_id", "verdict", "from_state", "to_state", "person", "reason", "previous_reason", "doubt",
            "undoes", "at",
        ),
    ),
    Fact.event: (("id", "at", "subject", "subject_id", "what", "person", "details"),),
    Fact.sign_off: (
        (
            "id", "render_id", "sha256", "link_hash", "person", "position", "invited_by", "created_at", "expires_at",
            "revoked_at", "verdict", "words", "decided_at", "evidence",
        ),
    ),
    Fact.consent: (
        (
            "id", "clip_id", "scope", "evidence", "person", "at", "archive", "broadcast", "abroad", "until", "minor",
            "guardian", "way", "words", "name", "language", "visitor",
        ),
    ),
}  # fmt: skip
"""Shapes by their number, the first 0. A column that a table is given later makes a new shape, behind the others; rows
that were sealed before keep theirs. `id` comes first.
"""
CHUNK = 500


def shape_of(fact: Fact) -> int:
    """The shape in which rows are sealed now."""
    return len(SHAPES[fact]) - 1


def time_of(fact: Fact) -> str:
    return TIMES.get(fact, "at")


def read(connection: Connection, fact: Fact, numbers: Iterable[int]) -> dict[int, RawRow]:
    """Rows in today's shape, by number; those that are not there are left out."""
    wanted, found = sorted(numbers), dict[int, RawRow]()
    words = f"SELECT {columns(connection, fact)} FROM {fact.value} AS r WHERE r.id IN "  # noqa: S608 - names of ours
    for start in range(0, len(wanted), CHUNK):
        inside = ",".join(map(str, wanted[start : start + CHUNK]))
        for row in connection.exec_driver_sql(f"{words}({inside})"):
            found[row[0]] = as_bytes(row)
    return found


def as_bytes(row: Iterable[object]) -> RawRow:
    """Texts in the form in which they are sealed."""
    return tuple(value.encode() if isinstance(value, str) else value for value in row)  # type: ignore[misc]


def columns(connection: Connection, fact: Fact, alias: str = "r") -> str:
    """What is selected of a table."""
    return _selected(TABLES[fact], SHAPES[fact][-1], alias, connection.dialect.name)


def link_columns(connection: Connection, names: Sequence[str], alias: str = "l") -> str:
    return _selected(ChainLink, tuple(names), alias, connection.dialect.name)


@lru_cache(maxsize=50)
def _selected(table: type[SQLModel], names: Sequence[str], alias: str, dialect: str) -> str:
    kept = {column.name: column.type for column in table.__table__.columns}  # type: ignore[attr-defined]
    return ", ".join(_column(f"{alias}.{name}", kept[name], dialect) for name in names)


def _column(name: str, kind: object, dialect: str) -> str:
    if dialect != "postgresql":
        return name
    kept = as_on_sqlite(name, kind)
    return kept if isinstance(_held(kind), Integer | LargeBinary | Boolean) else f"convert_to({kept}, 'UTF8')"


def as_on_sqlite(name: str, kind: object) -> str:
    """By which PostgreSQL gives of a column of that type what SQLite keeps in it."""
    held = _held(kind)
    if isinstance(held, Boolean):
        return f"{name}::int"
    if isinstance(held, DateTime):
        return f"to_char({name}, 'YYYY-MM-DD HH24:MI:SS.US')"
    if isinstance(held, Date):
        return f"to_char({name}, 'YYYY-MM-DD')"
    return f"{name}::text" if isinstance(held, JSON) else name


def _held(kind: object) -> object:
    return kind.impl_instance if isinstance(kind, TypeDecorator) else kind
