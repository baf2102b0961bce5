from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from relay.context import Relay
from relay.erasure import database

HASH = "ab" * 32


def test_a_hash_is_found_in_the_file_or_in_the_log_beside_it_also_across_two_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, log = tmp_path / "relay.db", tmp_path / "relay.db-wal"
    path.write_bytes(b"x" * 1000)
    assert not database._holds(path, HASH)
    monkeypatch.setattr(database, "BLOCK", 100)
    for before in (0, 36, 60, 99, 100, 936):
        path.write_bytes((b"x" * before + HASH.encode()).ljust(1000, b"x"))
        assert database._holds(path, HASH), before
    path.write_bytes(b"x" * 1000)
    log.write_bytes(b"y" * 150 + HASH.encode())
    assert database._holds(path, HASH)
    path.write_bytes(b"x" * 90 + HASH.encode()[:30])
    log.write_bytes(HASH.encode()[30:])
    path.unlink()
    assert not database._holds(path, HASH)


def test_what_was_freed_by_an_older_program_is_written_over(relay: Relay) -> None:
    path = relay.store.path
    if path is None:
        assert database.seal(relay, HASH), "a server's files are its own affair"
        return
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA secure_delete=OFF")
        raw.execute("CREATE TABLE old (word TEXT)")
        raw.execute("INSERT INTO old VALUES (?)", (HASH,))
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA secure_delete=OFF")
        raw.execute("DELETE FROM old")
    raw.close()
    assert database.seal(relay, HASH)
    assert HASH.encode() not in path.read_bytes()
    assert database.seal(relay)


@pytest.mark.slow
def test_as_long_as_somebody_reads_or_writes_it_is_not_sealed(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    if relay.store.path is None:
        pytest.skip("a server's files are its own affair")
    monkeypatch.setattr(database, "PATIENCE", 0.05)
    with sqlite3.connect(relay.store.path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("CREATE TABLE mine (word TEXT)")
        assert not database.seal(relay)
        other.execute("ROLLBACK")
    other.close()
    assert database.seal(relay)
