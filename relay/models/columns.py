"""Types of columns that every table uses, the names of constraints, and rows as the driver takes them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

import orjson
from sqlalchemy import JSON, DateTime, Dialect, String, TypeDecorator
from sqlalchemy import Enum as SqlEnum
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

    def rows(self, columns: Mapping[str, Sequence[Any]]) -> list[Any]:
        """Of columns, each with the values of all rows."""
        made = [_made(columns[name], make) for name, make in self.makers]
        if not self.by_name:
            return list(zip(*made, strict=True))
        names = [name for name, _ in self.makers]
        return [dict(zip(names, row, strict=True)) for row in zip(*made, strict=True)]


def ready_insert(compiled: Any, table: type[SQLModel], names: Sequence[str]) -> ReadyInsert:
    """Of a statement that was compiled for these columns."""
    types = {column.name: column.type for column in table.__table__.columns}  # type: ignore[attr-defined]
    order = compiled.positiontup if compiled.positional else names
    to = compiled.dialect
    makers = tuple((name, types[name].dialect_impl(to).bind_processor(to)) for name in order)
    return ReadyInsert(compiled.string, makers, by_name=not compiled.positional)


def _made(values: Sequence[Any], make: Callable[[Any], Any] | None) -> Sequence[Any]:
    if make is None:
        return values
    if len(values) > 1 and len(set(map(id, values))) == 1:
        return [make(values[0])] * len(values)
    return [make(value) for value in values]


class StoredRow(Protocol):
    """Whatever has a number once it is stored."""

    id: int | None


def need_id(row: StoredRow) -> int:
    """The number of a stored row. Raises LookupError for one that has none yet: a bug, and never the number 0."""
    if row.id is None:
        raise LookupError(f"{type(row).__name__} has not been stored yet")
    return row.id
