"""One database's rows in another kind of database: what backups of PostgreSQL are made of, and the way to a server.

A backup always holds an SQLite file, so that it is read, tried and put in order without a server, and comes back on
either kind: a town that outgrows one machine makes a backup and restores it on PostgreSQL. Both sides are of this
program's revision and made by the same migrations. Values are carried over as the databases keep them, not by way of
the models, so that documents and times stay the texts which the record is sealed over (relay/chain/facts.py).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, Table
from sqlmodel import SQLModel

from relay import models
from relay.chain.facts import as_on_sqlite
from relay.errors import Refused
from relay.models import SearchChange
from relay.store import Store, told_plainly

AT_A_TIME = 2000
"""Rows."""


def copy(store: Store, target: Path, now: datetime) -> None:
    """A consistent copy of the database as an SQLite file, taken while others write. Raises StoreError, DiskFull."""
    if store.path is not None:
        store.copy_to(target)
        return
    store.check()
    made = Store(f"sqlite:///{target}")
    try:
        made.upgrade(now)
        with store.reading() as look, made.engine.connect() as connection, told_plainly():
            into = connection.connection.driver_connection
            assert isinstance(into, sqlite3.Connection)
            into.execute("BEGIN IMMEDIATE")
            into.execute("PRAGMA defer_foreign_keys=ON")
            for table in _tables():
                _fill(into, table, _of_server(look.connection(), table))
            into.execute("COMMIT")
    finally:
        made.close()
    with closing(sqlite3.connect(target)) as whole:
        whole.execute("PRAGMA journal_mode=DELETE")  # all of it is in the one file


def refuse_unless_empty(store: Store) -> None:
    if store.revision() is not None:
        raise Refused("There are tables in the database already.", hint="Set RELAY_DATABASE_URL to an empty one.")


def bring(source: Path, store: Store, now: datetime) -> None:
    """Makes the tables of an empty database on a server, with all rows of an SQLite file. One unit of work: whoever is
    ended meanwhile has an empty database. Raises Refused where something is, StoreError.
    """
    refuse_unless_empty(store)
    with closing(sqlite3.connect(source)) as out:

        def fill(connection: Connection) -> None:
            for table in _tables():
                _pour(connection, table, out)

        store.upgrade(now, then=fill)


def _tables() -> list[Table]:
    """Those that others point to first. What is noted while texts are filled in is taken away by the last."""
    models.load_all()
    notes = SearchChange.__table__  # type: ignore[attr-defined]
    return [*(table for table in SQLModel.metadata.sorted_tables if table is not notes), notes]


def _of_server(connection: Connection, table: Table) -> Iterator[Sequence[tuple[Any, ...]]]:
    raw = connection.connection.driver_connection
    assert raw is not None
    columns = ", ".join(as_on_sqlite(f'"{column.name}"', column.type) for column in table.columns)
    with raw.cursor(name="copy") as rows:
        rows.itersize = AT_A_TIME
        rows.execute(f'SELECT {columns} FROM "{table.name}"')  # noqa: S608 - names of ours
        while some := rows.fetchmany(AT_A_TIME):
            yield some


def _fill(into: sqlite3.Connection, table: Table, rows: Iterator[Sequence[tuple[Any, ...]]]) -> None:
    names, places = ", ".join(f'"{column.name}"' for column in table.columns), ", ".join("?" * len(table.columns))
    _forget_notes(into.execute, table)
    for some in rows:
        into.executemany(f'INSERT INTO "{table.name}" ({names}) VALUES ({places})', some)  # noqa: S608 - names of ours


def _pour(connection: Connection, table: Table, out: sqlite3.Connection) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    with raw.cursor() as cursor:
        _forget_notes(cursor.execute, table)
        with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copying:
            for row in out.execute(f'SELECT {names} FROM "{table.name}"'):  # noqa: S608 - names of ours
                copying.write_row(row)
        number = table.columns.get("id")
        if number is not None and isinstance(number.type, Integer):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', 'id'), max(id)) FROM \"{table.name}\" "  # noqa: S608 - names of ours
                "HAVING max(id) IS NOT NULL"
            )


def _forget_notes(execute: Callable[[str], object], table: Table) -> None:
    """Triggers have noted the words of every row that came in; what was noted on the other side comes instead."""
    if table.name == SearchChange.__tablename__:
        execute(f"DELETE FROM {table.name}")  # noqa: S608 - a name of ours
