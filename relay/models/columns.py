"""Types of columns that every table uses, the names of constraints, and rows as the driver takes them."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import repeat
from typing import Any, Protocol

import orjson
from sqlalchemy import JSON, ColumnElement, DateTime, Dialect, Insert, Integer, String, TypeDecorator, bindparam, insert
from sqlalchemy import Enum as SqlEnum
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import UserDefinedType
from sqlmodel import AutoString, SQLModel

from relay.language.sentence import from_json, recalled, stored, with_words

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Blob = bytes  # some tables have a column called `bytes`


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in Python, UTC in every database; a naive datetime is a bug and is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise TypeError(f"naive datetime {value!r} given to the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else value.replace(tzinfo=UTC)

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """SQLAlchemy's own takes five times as long on SQLite, and a sweep writes tens of thousands of moments."""
        return _sqlite_moment if dialect.name == "sqlite" else super().bind_processor(dialect)


def _sqlite_moment(value: datetime | None) -> str | None:
    """As SQLAlchemy's `DATETIME` writes them: `2023-01-30 12:00:00.000000`."""
    if value is None:
        return None
    if value.tzinfo is not UTC:
        if value.tzinfo is None:
            raise TypeError(f"naive datetime {value!r} given to the database")
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:26]


class NetworkJson(TypeDecorator[dict[str, Any]]):
    """What a network told, as it is. On SQLite by orjson: shorter (UTF-8), and quicker by far than `json`, which writes
    what orjson can't. Not for chained tables: the text of their documents is what their links are made of.
    """

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _as_json if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        return _from_json if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _as_json(value: object) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # half an emoji, a number of more than 64 bits
        return json.dumps(value)


def _from_json(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


class SentenceText(TypeDecorator[str]):
    """A sentence of ours with its words, or somebody's text, which is a sentence without words. See
    relay/language/sentence.py for how it is stored.
    """

    impl = AutoString
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else stored(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else recalled(value)


class Details(TypeDecorator[dict[str, Any]]):
    """A document whose values may be sentences of ours."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return with_words(value)

    def process_result_value(self, value: dict[str, Any] | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return from_json(value)


def enum_type(kind: type[StrEnum]) -> SqlEnum:
    """A column that stores the *values* of a StrEnum as text."""
    return SqlEnum(kind, values_callable=lambda members: [m.value for m in members], native_enum=False, length=32)


class TextEnum(TypeDecorator[StrEnum]):
    """As `enum_type`, for a text column whose type is to stay what it is. A value that the enum lacks is refused."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum], length: int | None = None) -> None:
        super().__init__(length)
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        return None if value is None else self.kind(value)


@dataclass(frozen=True, slots=True)
class ReadyInsert:
    """An INSERT as the driver takes it: SQLAlchemy's way from a dict to the driver's tuple takes longer than SQLite
    needs for the row. `makers`: what a column's type makes of its values, in the driver's order.
    """

    sql: str
    makers: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    by_name: bool

    def rows(self, columns: Mapping[str, Sequence[Any]], same: Mapping[str, object]) -> list[Any]:
        """Of columns, each with the values of all rows, and of what all rows have in the others."""
        made = [
            _made(columns[name], make) if name in columns else repeat(same[name] if make is None else make(same[name]))
            for name, make in self.makers
        ]
        if not self.by_name:
            return list(zip(*made))  # noqa: B905 - what is repeated has no end
        names = [name for name, _ in self.makers]
        return [dict(zip(names, row, strict=True)) for row in zip(*made)]  # noqa: B905 - what is repeated has no end

    def row(self, values: Mapping[str, object]) -> Any:
        """Of one row."""
        return self.rows({name: (value,) for name, value in values.items()}, {})[0]


_INSERTS: dict[tuple[type[SQLModel], tuple[str, ...], str, str, bool], ReadyInsert] = {}


def ready_insert(table: type[SQLModel], names: tuple[str, ...], to: Dialect, *, numbered: bool = False) -> ReadyInsert:
    """Of these columns; rows that are there already stay as they are. `numbered`: for one new row, whose number it
    returns.
    """
    of = (table, names, to.name, to.driver, numbered)
    if (found := _INSERTS.get(of)) is None:
        statement = insert(table).returning(table.__table__.c.id) if numbered else insert_new(table, to.name)  # type: ignore[attr-defined]
        compiled: Any = statement.compile(dialect=to, column_keys=list(names))
        types = {column.name: column.type for column in table.__table__.columns}  # type: ignore[attr-defined]
        order = compiled.positiontup if compiled.positional else names
        makers = tuple((name, types[name].dialect_impl(to).bind_processor(to)) for name in order)
        found = _INSERTS[of] = ReadyInsert(compiled.string, makers, by_name=not compiled.positional)
    return found


@lru_cache(maxsize=200)
def insert_new(table: type[SQLModel], dialect: str) -> Insert:
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql

        statement: Any = postgresql.insert(table)
    else:
        from sqlalchemy.dialects import sqlite

        statement = sqlite.insert(table)
    # without the first, RETURNING is added on PostgreSQL, whose rows nobody reads; without the other nobody counts
    made: Insert = statement.on_conflict_do_nothing().inline().execution_options(preserve_rowcount=True)
    return made


@dataclass(frozen=True, slots=True)
class ReadyStatement:
    """A statement as the driver takes it, with what the types of its values and of its columns make of them."""

    sql: str
    values: tuple[tuple[str, Any, Callable[[Any], Any] | None], ...]
    """In the driver's order: each one's name, what it is where nobody gives it, and what its type makes of it."""
    columns: tuple[Callable[[Any], Any] | None, ...]
    by_name: bool

    def filled(self, given: Mapping[str, object]) -> Any:
        made = [
            fixed if name not in given else given[name] if make is None else make(given[name])
            for name, fixed, make in self.values
        ]
        return dict(zip([name for name, _, _ in self.values], made, strict=True)) if self.by_name else tuple(made)

    def rows(self, found: Iterable[Sequence[Any]]) -> list[tuple[Any, ...]]:
        """What the driver found, in Python's types."""
        if not any(self.columns):
            return [tuple(row) for row in found]
        return [
            tuple(value if make is None else make(value) for value, make in zip(row, self.columns, strict=True))
            for row in found
        ]


_STATEMENTS: dict[tuple[Any, str, str], ReadyStatement] = {}


def ready_statement(statement: Any, to: Dialect) -> ReadyStatement:
    """Of a statement that stands in a module."""
    of = (statement, to.name, to.driver)
    if (found := _STATEMENTS.get(of)) is None:
        found = _STATEMENTS[of] = _compiled(statement.compile(dialect=to), to)
    return found


def _compiled(compiled: Any, to: Dialect) -> ReadyStatement:
    """Raises TypeError for a statement that has an `IN (…)` with values: its text changes with their number."""
    if compiled.post_compile_params:
        raise TypeError("a statement that stands ready asks with `among`, not with `in_`")
    values = []
    for name in compiled.positiontup if compiled.positional else compiled.binds:
        bound = compiled.binds[name]
        make = bound.type.dialect_impl(to).bind_processor(to)
        fixed = None if bound.required else bound.value
        values.append((name, fixed if make is None or fixed is None else make(fixed), make))
    entries = compiled._result_columns
    columns = tuple(entry.type.dialect_impl(to).result_processor(to, None) for entry in entries)
    return ReadyStatement(compiled.string, tuple(values), columns, by_name=not compiled.positional)


class Several(UserDefinedType[Sequence[Any]]):
    """The list of values for an `among`."""

    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        return _as_json if dialect.name == "sqlite" else None


class _EachOf(FunctionElement[Any]):
    """One of several values, whose number the statement does not depend on, so that it stands ready for any."""

    inherit_cache = True


@compiles(_EachOf)
def _each_of(element: _EachOf, compiler: Any, **more: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **more)}))"  # noqa: S608 - a placeholder


@compiles(_EachOf, "postgresql")
def _each_on_server(element: _EachOf, compiler: Any, **more: Any) -> str:
    kind = "BIGINT[]" if isinstance(element.type, Integer) else "TEXT[]"
    return f"(SELECT unnest(CAST({compiler.process(element.clauses, **more)} AS {kind})))"


def among(column: Any, name: str) -> ColumnElement[bool]:
    """As `column IN (…)`, for a list that is given by this name; `in_` writes each value into the statement."""
    each = _EachOf(bindparam(name, type_=Several()))
    each.type = column.type
    asked: ColumnElement[bool] = column.op("IN", is_comparison=True)(each)
    return asked


def _made(values: Sequence[Any], make: Callable[[Any], Any] | None) -> Sequence[Any]:
    return values if make is None else [make(value) for value in values]


class StoredRow(Protocol):
    """Whatever has a number once it is stored."""

    id: int | None


def need_id(row: StoredRow) -> int:
    """The number of a stored row. Raises LookupError for one that has none yet: a bug, and never the number 0."""
    if row.id is None:
        raise LookupError(f"{type(row).__name__} has not been stored yet")
    return row.id
