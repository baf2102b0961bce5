"""All rows and the whole shape of a database, written so that SQLite's and PostgreSQL's can be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from relay.chain import verifying
from relay.context import Relay
from relay.errors import RelayError
from relay.store import Store
from relay.views import as_json

SALTED = {("account", "password_hash")}
"""Columns that no two databases have alike, on purpose."""

Rows = Mapping[str, list[str]]


def rows(store: Store) -> Rows:
    """By table, each row as JSON, with numbers: a row that is another one's is different here."""
    with store.reading() as session:
        connection = session.connection()
        return {
            table.name: sorted(
                json.dumps({name: _told(table.name, name, value) for name, value in row.items()}, ensure_ascii=False)
                for row in connection.execute(table.select()).mappings()
            )
            for table in SQLModel.metadata.sorted_tables
        }


def _told(table: str, column: str, value: Any) -> Any:
    return bool(value) if (table, column) in SALTED else plain(value)


def plain(value: Any) -> Any:
    """What JSON takes, of rows and of views; rows as all that stands in them."""
    if isinstance(value, SQLModel):
        return {name: _told(type(value).__name__.lower(), name, each) for name, each in value.model_dump().items()}
    value = as_json(value)
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return _simple(value)


def _simple(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def outcome(result: object) -> Any:
    """Of a deed: what it gave, or what was told."""
    if isinstance(result, RelayError):
        return {"error": type(result).__name__, "line": str(result.line), "hint": str(result.hint)}
    return plain(result)


def chain(relay: Relay) -> list[str]:
    """What is wrong with the record."""
    keys = relay.store.chain_keys
    assert keys is not None
    with relay.reading() as session:
        found = verifying.verify(session.connection(), keys)
    return [str(fault) for fault in found.faults]


def numbers_as_sqlite(connection: Connection) -> None:
    """PostgreSQL's next number of each table is one more than the largest: a number that nobody got is none."""
    if connection.dialect.name != "postgresql":
        return
    counted = [each.name for each in SQLModel.metadata.sorted_tables if "id" in each.c and each.c.id.primary_key]
    words = " UNION ALL ".join(
        f"SELECT setval(pg_get_serial_sequence('\"{name}\"', 'id'), coalesce(max(id), 0) + 1, false) FROM \"{name}\""
        for name in counted
    )
    connection.execute(text(words))
