"""What a process remembers of the ledger. Its rows are only ever added, so each of them is read once.

Of a month with a hundred walls the ledger has tens of thousands of rows, and the planner and the watch want to know
of all of them every few minutes. Nothing here is the truth: a new process reads the tables again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Executable, bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col

from relay.collect import planner
from relay.collect.ledger.intervals import Interval, interval, union
from relay.collect.planner import Bounds, PastSweep, Plan, PostRate
from relay.models import Sweep
from relay.store import Store, run

WATCHED = timedelta(hours=24)
"""How far back the ledger is read for the paces; older sweeps would hardly count."""
READ_TWICE = 100
"""Rows with smaller numbers may be committed later, on a server; so many are looked at again."""

_memories: WeakKeyDictionary[Store, LedgerCache] = WeakKeyDictionary()
_beginning = threading.Lock()


def of(store: Store) -> LedgerCache:
    """This process's memory of the ledger in that database."""
    with _beginning:
        if store not in _memories:
            _memories[store] = LedgerCache(0 if store.path is not None else READ_TWICE)
        return _memories[store]


class LedgerCache:
    """Give each question a session that reads: what is new is taken in first. For any thread."""

    def __init__(self, read_twice: int = READ_TWICE) -> None:
        self._lock = threading.Lock()
        self._watched, self._read = _Tail(read_twice), _Tail(read_twice)
        self._sweeps: dict[int, list[PastSweep]] = defaultdict(list)
        self._paces: dict[int, PostRate] = {}
        self._covered: dict[int, list[Interval]] = {}
        self._plans: dict[Hashable, tuple[datetime, Hashable, Plan]] = {}

    def plan(self, key: Hashable, facts: Hashable, now: datetime, rules: Bounds, make: Callable[[], Plan]) -> Plan:
        """A plan that was made a while ago is good while its facts are the same: paces change slowly."""
        made_at, known, plan = self._plans.get(key, (now, None, None))
        if plan is None or facts != known or not timedelta() <= now - made_at < rules.shortest:
            plan = make()
            self._plans[key] = (now, facts, plan)
        return plan

    def paces(self, session: Session, now: datetime) -> dict[int, PostRate]:
        """The pace of every source that was read completely within WATCHED, as of its latest sweep."""
        with self._lock:
            fresh = self._watched.fresh(session, _WATCHED, since=now - WATCHED)
            if fresh is None:
                self._sweeps.clear()
                self._paces.clear()
                fresh = self._watched.fresh(session, _WATCHED, since=now - WATCHED) or []
            for _, source_id, at, total, new in fresh:
                self._sweeps[source_id].append(PastSweep(at, total, new))
            for source_id in {row.source_id for row in fresh}:
                sweeps = (sweep for sweep in self._sweeps[source_id] if now - WATCHED <= sweep.at <= now)
                self._sweeps[source_id] = seen = sorted(sweeps, key=lambda sweep: sweep.at)
                self._paces[source_id] = planner.post_rate(seen, now)
            return dict(self._paces)

    def covered(self, session: Session) -> dict[int, list[Interval]]:
        """What complete sweeps have covered of each source, in order; more than one interval leave a hole."""
        with self._lock:
            fresh = self._read.fresh(session, _READ)
            if fresh is None:
                self._covered.clear()
                fresh = self._read.fresh(session, _READ) or []
            parts: dict[int, list[Interval]] = defaultdict(list)
            for _, source_id, start, end in fresh:
                if (part := interval(start, end)) is not None:
                    parts[source_id].append(part)
            for source_id, found in parts.items():
                self._covered[source_id] = union([*self._covered.get(source_id, ()), *found])
            return dict(self._covered)


class _Tail:
    """How far the ledger has been read."""

    def __init__(self, read_twice: int) -> None:
        self._last, self._twice = 0, 1 + read_twice
        self._recent: set[int] = set()

    def fresh(self, session: Session, statement: Executable, **values: object) -> list[Any] | None:
        """Rows that were not given out before. None where the one that came last is gone: begin again."""
        rows = run(session, statement, after=max(0, self._last - self._twice), **values).all()
        if self._last and all(row.id != self._last for row in rows):
            self._last, self._recent = 0, set()
            return None
        fresh = [row for row in rows if row.id not in self._recent]
        self._last = rows[-1].id if rows else 0
        self._recent = {row.id for row in rows if row.id > self._last - self._twice}
        return fresh


_AFTER = (col(Sweep.id) > bindparam("after"), col(Sweep.complete))
_READ = (
    columns(col(Sweep.id), col(Sweep.source_id), col(Sweep.covers_from), col(Sweep.covers_to))
    .where(*_AFTER)
    .order_by(col(Sweep.id))
)
_WATCHED = (
    columns(col(Sweep.id), col(Sweep.source_id), col(Sweep.started_at), col(Sweep.posts_total), col(Sweep.posts_new))
    .where(*_AFTER, col(Sweep.started_at) >= bindparam("since"), col(Sweep.posts_total).is_not(None))
    .order_by(col(Sweep.id))
)
