"""The chained record: how long a look over all of it takes, and what a link costs the unit of work that makes it.

Events are invented as edits of clips, and linked as Relay links them. `verify_s`: wall, `verify_cpu_s`: CPU of one
look over links and rows, in a process of its own; `peak_mb`: its memory. `link_us`: CPU that chaining adds to a unit
of work that notes one event. Then bytes are changed at random places of the database, one at a time: `missed` of
`flips`. Ends with 1 when a look takes more than MARK seconds, or a changed byte was missed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

MARK = 20.0
CHUNK = 20_000
SECRET = b"the key of the bench"
INSERT = "INSERT INTO event (at, subject, subject_id, what, person, details) VALUES (?, 'clip', ?, 'edited', ?, ?)"
GUARDS = "SELECT name FROM sqlite_master WHERE name LIKE 'chain_%' AND type = 'trigger'"
LOOK = """
import json, pathlib, sys
from scripts.bench_record import look
print(json.dumps(look(pathlib.Path(sys.argv[1]))))
"""
NOW = datetime(2023, 1, 12, 9, tzinfo=UTC)


def run(words: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "relay.db"
        _fill(path, words.rows)
        result = {"rows": words.rows, **_in_a_process(path), **_cost(Path(name)), **_flipped(path, words.flips)}
    print(json.dumps(result, indent=2))
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["verify_s"] <= MARK and not result["missed"] else 1


def look(path: Path) -> dict[str, Any]:
    """One look over the record, with what it took of this process."""
    from relay.chain import verifying

    store = _store(path)
    assert store.chain_keys is not None
    wall, cpu = time.monotonic(), time.process_time()
    with store.reading() as session:
        found = verifying.verify(session.connection(), store.chain_keys)
    store.close()
    return {
        "verify_s": round(time.monotonic() - wall, 2),
        "verify_cpu_s": round(time.process_time() - cpu, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "links": found.links,
        "faults": found.found,
    }


def _store(path: Path, *, chained: bool = True) -> Any:
    from relay.store import Store

    return Store(f"sqlite:///{path}", secret=(lambda: SECRET) if chained else None)


def _fill(path: Path, rows: int) -> None:
    """Inserted plainly and adopted in one go, which makes the same links and takes minutes less."""
    from relay.chain import links

    store = _store(path)
    store.upgrade(NOW)
    names = ("Анна Петровна", "Борис", "Вера Ильина")
    with store.engine.begin() as connection:
        for start in range(0, rows, CHUNK):
            connection.exec_driver_sql(
                INSERT,
                [
                    (
                        f"{NOW + timedelta(seconds=number):%Y-%m-%d %H:%M:%S.%f}",
                        number % 5000,
                        names[number % 3],
                        json.dumps({"name": ["Иван", f"Иван Сергеевич {number}"], "town": ["", "Вологда"]}),
                    )
                    for number in range(start, min(rows, start + CHUNK))
                ],
            )
        links.adopt(connection, store.chain_keys)
    store.close()


def _in_a_process(path: Path) -> dict[str, Any]:
    words = [sys.executable, "-c", LOOK, str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=_home())
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _home() -> Path:
    return Path(__file__).resolve().parents[1]


def _cost(folder: Path, times: int = 300) -> dict[str, float]:
    """CPU of a unit of work that notes one event, with the chain and without, by turns."""
    stores = {chained: _store(folder / f"cost-{chained}.db", chained=chained) for chained in (False, True)}
    spent = dict.fromkeys(stores, 0.0)
    for store in stores.values():
        store.upgrade(NOW)
        _note(store)
    for _ in range(times):
        for chained, store in stores.items():
            before = time.process_time()
            _note(store)
            spent[chained] += time.process_time() - before
    for store in stores.values():
        store.close()
    plain, linked = (spent[chained] / times * 1e6 for chained in (False, True))
    return {"plain_us": round(plain), "link_us": round(linked - plain)}


def _note(store: Any) -> None:
    from relay.models import Event, EventKind, EventSubject

    with store.transaction() as session:
        session.add(Event(at=NOW, subject=EventSubject.clip, subject_id=1, what=EventKind.edited, person="Анна"))


def _flipped(path: Path, flips: int) -> dict[str, int]:
    """Of a part of the record, else each flip would take a whole look."""
    small, missed = path.with_name("small.db"), 0
    _fill(small, 500)
    rolls = random.Random(14)
    with sqlite3.connect(small) as connection:
        for (name,) in connection.execute(GUARDS).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.commit()
        guards = look(small)["faults"]
        for _ in range(flips):
            table, column, place = rolls.choice(_places())
            number = rolls.randint(1, 500)
            (kept,) = connection.execute(f"SELECT {column} FROM {table} WHERE {place} = ?", (number,)).fetchone()
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {place} = ?", (_other(kept, rolls), number))
            connection.commit()
            missed += look(small)["faults"] <= guards
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {place} = ?", (kept, number))
            connection.commit()
        assert look(small)["faults"] == guards, "all was put back"
    return {"flips": flips, "missed": missed}


def _places() -> list[tuple[str, str, str]]:
    events = [("event", name, "id") for name in ("at", "subject", "subject_id", "what", "person", "details")]
    links = ("fact", "row_id", "deed", "shape", "why", "at", "content", "digest")
    return events + [("chainlink", name, "position") for name in links]


def _other(value: Any, rolls: random.Random) -> Any:
    """One bit of it is another."""
    if isinstance(value, int):
        return value ^ (1 << rolls.randrange(8))
    content = bytearray(value if isinstance(value, bytes) else value.encode())
    if not content:
        return "x"
    content[rolls.randrange(len(content))] ^= 1
    return bytes(content) if isinstance(value, bytes) else content.decode("utf-8", "replace")
