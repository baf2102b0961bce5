"""The file of the database: a row that was changed must not be readable in a corner of it that SQLite has freed.

`secure_delete` (store.py) overwrites what is freed; the log of changes is emptied here, and where the hash is found all
the same (it was freed by an older version of the program), the file is written anew.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from relay.context import Relay
from relay.store import told_plainly

BLOCK = 1 << 20
PATIENCE = 3.0
"""Seconds."""


def seal(relay: Relay, sha256: str = "") -> bool:
    """Whether nothing of the hash is left in the files of an SQLite database. Without the hash, which a walk that was
    killed has forgotten, the file is written anew in any case. True on a server, whose files are its own affair.
    """
    path = relay.store.path
    if path is None:
        return True
    if not _empty_log(relay):
        return False
    if sha256 and not _holds(path, sha256):
        return True
    return _write_anew(relay) and _empty_log(relay) and not (sha256 and _holds(path, sha256))


def _empty_log(relay: Relay) -> bool:
    """False while somebody reads from it."""
    with _impatient(relay) as raw:
        return int(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) == 0


def _write_anew(relay: Relay) -> bool:
    """False while somebody writes."""
    with _impatient(relay) as raw:
        try:
            raw.execute("VACUUM")
        except sqlite3.OperationalError:
            return False
    return True


@contextmanager
def _impatient(relay: Relay) -> Iterator[sqlite3.Connection]:
    """A connection of its own outside any transaction, which waits for others for a moment only."""
    with told_plainly(), closing(sqlite3.connect(str(relay.store.path), timeout=PATIENCE, isolation_level=None)) as raw:
        raw.execute("PRAGMA secure_delete=ON")
        yield raw


def _holds(path: Path, sha256: str) -> bool:
    """In the file or beside it in the log, also across two blocks."""
    wanted, kept = sha256.encode(), b""
    for one in (path, path.with_name(f"{path.name}-wal")):
        if not one.is_file():
            continue
        with one.open("rb") as file:
            while block := file.read(BLOCK):
                if wanted in kept + block:
                    return True
                kept = block[-len(wanted) :]
    return False
