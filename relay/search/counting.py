"""How many rows there are, for pages: counted anew while they are few, remembered for a moment while they are many.

Of a hundred thousand clips the count takes longer than the page on which it stands, and nobody sees whether it is
twenty seconds old. Nothing here is the truth: each process counts for itself, and counts again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, bindparam, func, select
from sqlmodel import Session, col

from relay.models import Clip, Match
from relay.store import run

CAP = 10_000
"""Up to so many rows a count is exact."""
GOOD_FOR = 20.0
"""Seconds for which the number of more rows is shown again."""
ALL = 2**62
"""More rows than there can be."""

Found = TypeVar("Found")


def _limit(name: str) -> str:
    return f"most_{name}"


class Tallies:
    """A statement that stands ready and counts several kinds of rows at once, each up to a limit of its own.

    `rows`: by name, a query for a column of these rows, which may have `bindparam`s; none may begin with `most_`.
    """

    def __init__(self, rows: Mapping[str, Select[Any]]) -> None:
        self.names = tuple(rows)
        limited = {name: query.limit(bindparam(_limit(name))) for name, query in rows.items()}
        self._statement = select(
            *(select(func.count()).select_from(query.subquery()).scalar_subquery() for query in limited.values())
        )

    def up_to(self, session: Session, limits: Mapping[str, int], values: Mapping[str, object]) -> dict[str, int]:
        """How many rows, those that have no limit left out."""
        most = {_limit(name): limits.get(name, 0) for name in self.names}
        found = run(session, self._statement, **values, **most).one()
        return {name: number for name, number in zip(self.names, found, strict=True) if name in limits}


@dataclass
class CountMemory:
    """What one process remembers of one database. `clock`: seconds that only rise. For any thread."""

    cap: int = CAP
    good_for: float = GOOD_FOR
    clock: Callable[[], float] = time.monotonic
    _known: dict[Hashable, tuple[float, Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def counted(self, session: Session, tallies: Tallies, **values: object) -> dict[str, int]:
        """How many rows of each name: exact up to `cap`, and for `good_for` seconds the same where there are more."""
        keys = {name: (tallies, name, *sorted(values.items())) for name in tallies.names}
        found = {name: number for name, key in keys.items() if (number := self._fresh(key)) is not None}
        if unknown := [name for name in tallies.names if name not in found]:
            found |= tallies.up_to(session, dict.fromkeys(unknown, self.cap + 1), values)
        if many := [name for name in unknown if found[name] > self.cap]:
            whole = tallies.up_to(session, dict.fromkeys(many, ALL), values)
            self._keep({keys[name]: number for name, number in whole.items()})
            found |= whole
        return {name: found[name] for name in tallies.names}

    def once(self, key: Hashable, make: Callable[[], Found], *, of: int) -> Found:
        """What `make` finds in so many rows: asked each time while they are few, else once for `good_for` seconds."""
        if of <= self.cap:
            return make()
        known = self._fresh(key)
        if known is None:
            known = make()
            self._keep({key: known})
        return cast("Found", known)

    def _fresh(self, key: Hashable) -> Any:
        with self._lock:
            at, found = self._known.get(key, (0.0, None))
        return found if found is not None and self.clock() - at < self.good_for else None

    def _keep(self, found: Mapping[Hashable, Any]) -> None:
        now = self.clock()
        with self._lock:
            old = [key for key, (at, _found) in self._known.items() if now - at >= self.good_for]
            for key in old:
                del self._known[key]
            self._known |= {key: (now, number) for key, number in found.items()}


_memories: WeakKeyDictionary[Engine, CountMemory] = WeakKeyDictionary()
_beginning = threading.Lock()


def memory(session: Session) -> CountMemory:
    """What this process remembers of the session's database."""
    engine = session.get_bind().engine
    with _beginning:
        if engine not in _memories:
            _memories[engine] = CountMemory()
        return _memories[engine]


def remember(session: Session, kept: CountMemory) -> None:
    """Another memory, with another cap or clock, for this database."""
    with _beginning:
        _memories[session.get_bind().engine] = kept


def counted(session: Session, tallies: Tallies, **values: object) -> dict[str, int]:
    """See CountMemory. Inside a unit of work."""
    return memory(session).counted(session, tallies, **values)


def of_clips(session: Session, campaign_id: int, what: str, make: Callable[[], Found]) -> Found:
    """`what` there is among all clips of a campaign, looked through each time only while they are few."""
    return _once(session, _CLIPS, campaign_id, what, make)


def of_posts(session: Session, campaign_id: int, what: str, make: Callable[[], Found]) -> Found:
    """As `of_clips`, among all its posts."""
    return _once(session, _POSTS, campaign_id, what, make)


def _once(session: Session, all_of_it: Tallies, campaign_id: int, what: str, make: Callable[[], Found]) -> Found:
    known = memory(session)
    number = known.counted(session, all_of_it, campaign=campaign_id)["rows"]
    return known.once((what, campaign_id), make, of=number)


_CLIPS = Tallies({"rows": select(col(Clip.id)).where(col(Clip.campaign_id) == bindparam("campaign"))})
_POSTS = Tallies({"rows": select(col(Match.id)).where(col(Match.campaign_id) == bindparam("campaign"))})
