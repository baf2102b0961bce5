"""Is the chain whole, and is each row still what its last link seals? Two passes over streams of raw rows.

The first goes along the links, the second along the rows of each table with their links. Nothing is held but what is
wrong, and of that at most MOST_FAULTS; a million rows take some ten seconds (scripts/bench record).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from relay.chain import facts, guards, heads, links
from relay.chain.facts import RawRow
from relay.chain.heads import ChainHead
from relay.chain.seals import ChainKeys
from relay.models import Fact, LinkDeed

MOST_FAULTS = 1000
LINK = ("position", "fact", "row_id", "deed", "shape", "why", "at", "content", "digest")
STRANGE = 100
"""So many links from the beginning, and not one of them right: then it is the key that is another."""
FEW = 3
"""In a shorter chain all links may be wrong under the right key, too."""
_ADDED = (LinkDeed.added.value.encode(), LinkDeed.adopted.value.encode())
_ADOPTED = LinkDeed.adopted.value.encode()
_CHANGED = LinkDeed.changed.value.encode()
_REMOVED = LinkDeed.removed.value.encode()


class FaultKind(StrEnum):
    """`link_broken`: it, or its place behind the one before, is not what was sealed. `row_unlinked`: nobody of Relay
    wrote that row. `head_lost`: the chain does not hold what a head says that it held.
    """

    link_broken = "link broken"
    link_missing = "link missing"
    row_changed = "row changed"
    row_missing = "row missing"
    row_back = "row back"
    row_unlinked = "row unlinked"
    head_lost = "head lost"
    guard_missing = "guard missing"
    permit_open = "permit open"
    other_key = "other key"


@dataclass(frozen=True, slots=True)
class ChainFault:
    """`row`: of the table `fact`; `position`: of the link; 0 where the fault is about none."""

    kind: FaultKind
    fact: str = ""
    row: int = 0
    position: int = 0
    what: str = ""


@dataclass
class ChainReport:
    """`facts`: rows with a link, by table. `adopted`: those that were there before the chain; `changed`, `removed`:
    links that say so. `found`: how many faults there are, of which `faults` are the first.
    """

    links: int = 0
    facts: dict[str, int] = field(default_factory=dict)
    adopted: int = 0
    changed: int = 0
    removed: int = 0
    found: int = 0
    faults: list[ChainFault] = field(default_factory=list)
    head: ChainHead = field(default_factory=lambda: ChainHead(0, "", "", ""))

    @property
    def is_whole(self) -> bool:
        return not self.found

    def add(self, fault: ChainFault) -> None:
        self.found += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(fault)


def verify(connection: Connection, keys: ChainKeys, known: Sequence[ChainHead] = ()) -> ChainReport:
    """Looks at all there is, in the look that `connection` has taken. `known`: heads that were kept elsewhere."""
    report = ChainReport(head=heads.head(connection, keys))
    for name in guards.missing(connection):
        report.add(ChainFault(FaultKind.guard_missing, what=name))
    if guards.open_permits(connection):
        report.add(ChainFault(FaultKind.permit_open))
    with _bytes(connection):
        live = _along_the_links(connection, keys, report, known)
        if any(fault.kind is FaultKind.other_key for fault in report.faults):
            return report
        for fact in Fact:
            _along_the_rows(connection, keys, report, fact, live[fact.value.encode()])
    return report


def _along_the_links(
    connection: Connection, keys: ChainKeys, report: ChainReport, known: Sequence[ChainHead]
) -> Counter[object]:
    """Returns how many rows of each table have to be there."""
    wanted: dict[int, set[str]] = {}
    for head in known:
        wanted.setdefault(head.position, set()).add(head.digest)
    wanted.pop(0, None)
    live, deeds = Counter[object](), Counter[object]()
    inner, outer = keys.links.inner, keys.links.outer
    expected, before, wrong = 1, links.GENESIS, 0
    words = f"SELECT {facts.link_columns(connection, LINK)} FROM chainlink AS l ORDER BY position"  # noqa: S608 - ours
    for row in _rows(connection, words):
        position, digest = _number(row[0]), row[8] if isinstance(row[8], bytes) else b""
        if position != expected:
            report.add(ChainFault(FaultKind.link_missing, position=expected))
        first, second = inner.copy(), outer.copy()
        first.update(before)
        first.update(repr(row[:8]).encode())
        second.update(first.digest())
        if second.digest() != digest:
            wrong += 1
            report.add(ChainFault(FaultKind.link_broken, _name(row[1]), _number(row[2]), position))
            if wrong == STRANGE == report.links + 1:
                break
        deed = row[3]
        if deed in _ADDED:
            live[row[1]] += 1
        elif deed == _REMOVED:
            live[row[1]] -= 1
        deeds[deed] += 1
        if position in wanted and wanted.pop(position) != {digest.hex()}:
            report.add(ChainFault(FaultKind.head_lost, position=position))
        before, expected = digest, position + 1
        report.links += 1
    if wrong >= report.links >= FEW:
        report.add(ChainFault(FaultKind.other_key))
    report.adopted, report.changed, report.removed = deeds[_ADOPTED], deeds[_CHANGED], deeds[_REMOVED]
    for position in wanted:  # which the chain does not reach
        report.add(ChainFault(FaultKind.head_lost, position=position))
    return live


def _along_the_rows(connection: Connection, keys: ChainKeys, report: ChainReport, fact: Fact, live: int) -> None:
    width, shape = len(facts.SHAPES[fact][-1]), facts.shape_of(fact)
    prefix = b"%s %d " % (fact.value.encode(), shape)
    inner, outer = keys.rows.inner, keys.rows.outer
    chained = 0
    for row in _last_links(_joined(connection, fact)):
        deed, sealed = row[width], row[width + 1]
        if deed is None:
            report.add(ChainFault(FaultKind.row_unlinked, fact.value, _number(row[0])))
            continue
        if deed == _REMOVED:
            report.add(ChainFault(FaultKind.row_back, fact.value, _number(row[0]), _number(row[width + 3])))
            continue
        chained += 1
        if row[width + 2] == shape:
            first, second = inner.copy(), outer.copy()
            first.update(prefix + repr(row[:width]).encode())
            second.update(first.digest())
            same = second.digest() == sealed
        else:
            same = _same_in_old_shape(keys, fact, row[:width], row[width + 2], sealed)
        if not same:
            report.add(ChainFault(FaultKind.row_changed, fact.value, _number(row[0]), _number(row[width + 3])))
    report.facts[fact.value] = chained
    if chained != live:
        for number, position in _missing(connection, fact):
            report.add(ChainFault(FaultKind.row_missing, fact.value, number, position))


def _same_in_old_shape(keys: ChainKeys, fact: Fact, row: RawRow, shape: object, sealed: object) -> bool:
    number = _number(shape)
    if not 0 <= number < len(facts.SHAPES[fact]):
        return False
    today = facts.SHAPES[fact][-1]
    seen = tuple(row[today.index(name)] for name in facts.SHAPES[fact][number])
    return links.content(keys, fact, number, seen) == sealed


def _last_links(rows: Iterable[RawRow]) -> Iterator[RawRow]:
    """Of each row only what stands with its last link: they come in that order."""
    waiting: RawRow | None = None
    for row in rows:
        if waiting is not None and waiting[0] != row[0]:
            yield waiting
        waiting = row
    if waiting is not None:
        yield waiting


def _joined(connection: Connection, fact: Fact) -> Iterator[RawRow]:
    link = facts.link_columns(connection, ("deed", "content", "shape", "position"))
    return _rows(
        connection,
        f"SELECT {facts.columns(connection, fact)}, {link} FROM {fact.value} AS r "  # noqa: S608 - names of ours
        f"LEFT JOIN chainlink AS l ON l.fact = '{fact.value}' AND l.row_id = r.id ORDER BY r.id, l.position",
    )


def _missing(connection: Connection, fact: Fact) -> list[tuple[int, int]]:
    """Rows that are not there although their last link doesn't say so: number, and place of that link."""
    row = f"SELECT 1 FROM {fact.value} AS r WHERE r.id = l.row_id"  # noqa: S608 - names of ours
    later = "SELECT 1 FROM chainlink AS m WHERE m.fact = l.fact AND m.row_id = l.row_id AND m.position > l.position"
    words = (
        f"SELECT l.row_id, l.position FROM chainlink AS l "  # noqa: S608 - names of ours
        f"WHERE l.fact = '{fact.value}' AND l.deed <> 'removed' "
        f"AND NOT EXISTS ({row}) AND NOT EXISTS ({later}) ORDER BY l.position"
    )
    return [(found[0], found[1]) for found in connection.exec_driver_sql(words)]


def _rows(connection: Connection, words: str) -> Iterator[RawRow]:
    """A stream of raw rows, none of them held."""
    raw = connection.connection.dbapi_connection
    if isinstance(raw, sqlite3.Connection):
        yield from raw.execute(words)
        return
    server: Any = raw
    with server.cursor(name="record") as cursor:
        cursor.itersize = 5000
        cursor.execute(words)
        yield from cursor


@contextmanager
def _bytes(connection: Connection) -> Iterator[None]:
    """SQLite gives texts as the bytes that they are, so that one that is no UTF-8 any more can be told of."""
    raw = connection.connection.dbapi_connection
    if not isinstance(raw, sqlite3.Connection):
        yield
        return
    before, raw.text_factory = raw.text_factory, bytes
    try:
        yield
    finally:
        raw.text_factory = before


def _number(value: object) -> int:
    """Numbers come as numbers, unless somebody has put something else there."""
    return value if isinstance(value, int) else 0


def _name(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
