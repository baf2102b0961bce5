"""Databases for tests, quickly."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event

from relay.search import counting
from relay.store import Store

SECRET = b"the key of the tests"
"""Under it the records of tests are chained."""


def forget_counts(engine: Engine) -> None:
    """What was counted in the database before, and by whose cap and clock."""
    counting._memories.pop(engine, None)


class Databases:
    """One engine for the databases of all tests, one after another, so that each statement is compiled only once.

    They need not outlive a power cut, so nothing waits for the disk. Tests of the database itself open a `Store` of
    their own, with all its guards.
    """

    def __init__(self, empty: Path) -> None:
        self._empty = empty
        self._open: Path | None = None
        self._engine = Store(f"sqlite:///{empty}").engine
        event.listen(self._engine, "do_connect", self._lead_to_the_test)
        event.listen(self._engine, "connect", _hurry)

    @contextmanager
    def opens(self, path: Path) -> Iterator[Store]:
        """An empty database at `path`, until the test is over. One at a time."""
        assert self._open is None, f"{self._open} is still open: give the test a Store of its own"
        shutil.copyfile(self._empty, path)
        self._open = path
        store = Store(f"sqlite:///{path}", secret=lambda: SECRET)
        store.engine = self._engine
        forget_counts(self._engine)
        try:
            yield store
        finally:
            store.close()
            self._open = None

    def keeps(self) -> None:
        """Whatever stands in the open database now can be put back."""
        assert self._open is not None
        with sqlite3.connect(f"{self._open}-kept") as copy, sqlite3.connect(self._open) as original:
            original.backup(copy)

    def puts_back(self) -> None:
        assert self._open is not None
        self._engine.dispose()
        forget_counts(self._engine)
        fresh = Path(f"{self._open}-fresh")
        shutil.copyfile(f"{self._open}-kept", fresh)
        fresh.replace(self._open)  # a file of its own: SQLite may have the old one open in a thread that is not done
        for end in ("-wal", "-shm"):
            Path(f"{self._open}{end}").unlink(missing_ok=True)

    def _lead_to_the_test(self, _dialect: object, _record: object, words: list[str], _named: object) -> None:
        assert self._open is not None, "the test that this database belonged to is over"
        words[0] = str(self._open)


def _hurry(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous=OFF")
