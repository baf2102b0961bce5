"""What a process remembers of the ledger. Its rows are only ever added, so each of them is read once.

Of a month with a hundred walls the ledger has tens of thousands of rows, and the planner and the watch want to know
of all of them every few minutes. Nothing here is the truth: a new process reads the tables again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlmodel import Session

from relay.collect import planner, rows
from relay.collect.ledger.intervals import Interval, interval, union
from relay.collect.planner import Bounds, PastSweep, Plan, PostRate
from relay.collect.rows import CountedSweep, CoveredSweep
from relay.store import Store

WATCHED = timedelta(hours=24)
"""How far back the ledger is read for the paces; older sweeps would hardly count."""
READ_TWICE = 100
"""Rows with smaller numbers may be committed later, on a server; so many are looked at again."""

AnySweep = TypeVar("AnySweep", CoveredSweep, CountedSweep)

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
            query = partial(rows.counted_sweeps, session, since=now - WATCHED)
            fresh = self._watched.fresh(query)
            if fresh is None:
                self._sweeps.clear()
                self._paces.clear()
                fresh = self._watched.fresh(query) or []
            for row in fresh:
                self._sweeps[row.source_id].append(PastSweep(row.started_at, row.posts_total, row.posts_new))
            for source_id in {row.source_id for row in fresh}:
                sweeps = (sweep for sweep in self._sweeps[source_id] if now - WATCHED <= sweep.at <= now)
                self._sweeps[source_id] = seen = sorted(sweeps, key=lambda sweep: sweep.at)
                self._paces[source_id] = planner.post_rate(seen, now)
            return dict(self._paces)

    def covered(self, session: Session) -> dict[int, list[Interval]]:
        """What complete sweeps have covered of each source, in order; more than one interval leave a hole."""
        with self._lock:
            query = partial(rows.covered_sweeps, session)
            fresh = self._read.fresh(query)
            if fresh is None:
                self._covered.clear()
                fresh = self._read.fresh(query) or []
            parts: dict[int, list[Interval]] = defaultdict(list)
            for row in fresh:
                if (part := interval(row.covers_from, row.covers_to)) is not None:
                    parts[row.source_id].append(part)
            for source_id, found in parts.items():
                self._covered[source_id] = union([*self._covered.get(source_id, ()), *found])
            return dict(self._covered)


class _Tail:
    """How far the ledger has been read."""

    def __init__(self, read_twice: int) -> None:
        self._last, self._twice = 0, 1 + read_twice
        self._recent: set[int] = set()

    def fresh(self, query: Callable[..., list[AnySweep]]) -> list[AnySweep] | None:
        """Of what `query(after=number)` finds, rows not given out before. None where the one that came last is
        gone: begin again.
        """
        found = query(after=max(0, self._last - self._twice))
        if self._last and all(row.id != self._last for row in found):
            self._last, self._recent = 0, set()
            return None
        fresh = [row for row in found if row.id not in self._recent]
        self._last = found[-1].id if found else 0
        self._recent = {row.id for row in found if row.id > self._last - self._twice}
        return fresh
