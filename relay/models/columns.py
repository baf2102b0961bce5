"""Types of columns that every table uses, and the names of constraints."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Protocol

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


class StoredRow(Protocol):
    """Whatever has a number once it is stored."""

    id: int | None


def need_id(row: StoredRow) -> int:
    """The number of a stored row. Raises LookupError for one that has none yet: a bug, and never the number 0."""
    if row.id is None:
        raise LookupError(f"{type(row).__name__} has not been stored yet")
    return row.id
