"""Links are made at the end of a unit of work, of all rows that it added: one writer at a time, so that none is lost.

The database forbids to change or delete a row that has a link. What must be changed all the same (a verdict on a
sign-off, a name that has to be forgotten) is changed inside `rewriting`, and a new link says so and why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, event, insert, text
from sqlalchemy.orm import object_session
from sqlmodel import Session, SQLModel

from relay.chain import facts
from relay.chain.facts import RawRow
from relay.chain.seals import ChainKeys
from relay.models import ChainLink, ChainPermit, Fact, LinkDeed

GENESIS = bytes(32)
"""What stands before the first link."""
_WAITING = "rows without a link"
_PERMITTED = "chained rows may be changed"


@dataclass(frozen=True, slots=True)
class _Note:
    deed: LinkDeed
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChainEnd:
    position: int
    digest: bytes


def noted(session: Session, fact: Fact, number: int, at: datetime) -> None:
    """A row that was inserted gets its link when the unit of work ends."""
    session.info.setdefault(_WAITING, {})[fact, number] = _Note(LinkDeed.added, at)


def noted_values(session: Session, table: type[SQLModel], number: int, values: Mapping[str, Any]) -> None:
    """As `noted`, of whatever table by the names of its columns; one that is not chained is left alone."""
    if (fact := facts.FACTS.get(table)) is not None:
        noted(session, fact, number, values[facts.time_of(fact)])


def _inserted(fact: Fact, _mapper: object, _connection: object, row: Any) -> None:
    session = object_session(row)
    if isinstance(session, Session):
        noted(session, fact, row.id, getattr(row, facts.time_of(fact)))


for _fact, _table in facts.TABLES.items():
    event.listen(_table, "after_insert", partial(_inserted, _fact))


@contextmanager
def rewriting(
    session: Session, table: type[SQLModel], numbers: Iterable[int], *, why: str, at: datetime
) -> Iterator[None]:
    """Inside it these rows may be changed or deleted. New links say that they were, when, and why (words of ours, no
    names: what stands there is never forgotten).
    """
    fact, wanted = facts.FACTS[table], sorted(set(numbers))
    session.flush()
    if wanted:
        session.info[_PERMITTED] = True
        permits = [{"fact": fact, "row_id": number} for number in wanted]
        session.connection().execute(insert(ChainPermit), permits)
    yield
    session.flush()
    _withdraw_permits(session.connection())
    waiting = session.info.setdefault(_WAITING, {})
    for number in wanted:
        waiting.setdefault((fact, number), _Note(LinkDeed.changed, at, why))


def append(session: Session, keys: ChainKeys) -> int:
    """Links for all that waits; the last thing before a commit. Returns how many were made."""
    session.flush()
    waiting: dict[tuple[Fact, int], _Note] = session.info.pop(_WAITING, {})
    if not waiting:
        return 0
    connection = session.connection()
    if session.info.pop(_PERMITTED, False):
        _withdraw_permits(connection)
    _one_at_a_time(connection)
    numbers: dict[Fact, list[int]] = {}
    for fact, number in waiting:
        numbers.setdefault(fact, []).append(number)
    found = {fact: facts.read(connection, fact, wanted) for fact, wanted in numbers.items()}
    known = [(fact, number, note, found[fact].get(number)) for (fact, number), note in waiting.items()]
    made = _links(connection, keys, [row for row in known if _is_told(connection, *row)])
    if made:
        connection.execute(_INSERT, made)
    return len(made)


def adopt(connection: Connection, keys: ChainKeys) -> int:
    """Links for all rows that are there, where there is no chain yet. Part of the upgrade that brings the chain."""
    if end(connection).position:
        return 0
    count = 0
    for fact in Fact:
        last = 0
        while rows := _behind(connection, fact, last):
            at = facts.SHAPES[fact][-1].index(facts.time_of(fact))
            known = sorted(rows.items())
            notes = [(fact, number, _Note(LinkDeed.adopted, _moment(row[at])), row) for number, row in known]
            connection.execute(_INSERT, _links(connection, keys, notes))
            count, last = count + len(rows), max(rows)
    return count


def end(connection: Connection) -> ChainEnd:
    """The last link; position 0 where there is none."""
    found = connection.execute(_LAST).first()
    return ChainEnd(0, GENESIS) if found is None else ChainEnd(found[0], bytes(found[1]))


def content(keys: ChainKeys, fact: Fact, shape: int, row: RawRow) -> bytes:
    """The seal of a row."""
    return keys.rows.of(b"%s %d %s" % (fact.value.encode(), shape, repr(row).encode()))


def message(link: Sequence[object]) -> bytes:
    """What a link's digest seals beside the digest before it: position, fact, row, deed, shape, why, time, content."""
    return repr(tuple(link)).encode()


def _is_told(connection: Connection, fact: Fact, number: int, note: _Note, row: RawRow | None) -> bool:
    """Not a row that was added and taken back, in a savepoint or by itself, before anybody saw it."""
    if row is not None:
        return True
    return (
        note.deed is LinkDeed.changed
        and connection.execute(_KNOWN, {"fact": fact.value, "row": number}).first() is not None
    )


def _links(
    connection: Connection, keys: ChainKeys, rows: Sequence[tuple[Fact, int, _Note, RawRow | None]]
) -> list[dict[str, object]]:
    last, made = end(connection), []
    position, digest = last.position, last.digest
    for fact, number, note, row in rows:
        position, shape = position + 1, facts.shape_of(fact)
        deed = LinkDeed.removed if row is None else note.deed
        sealed = b"" if row is None else content(keys, fact, shape, row)
        at = note.at.astimezone(UTC)
        words = [position, fact.value, number, deed.value, shape, note.why, f"{at:%Y-%m-%d %H:%M:%S.%f}", sealed]
        digest = keys.links.of(digest + message(facts.as_bytes(words)))
        made.append(
            {
                "position": position, "fact": fact, "row_id": number, "deed": deed, "shape": shape, "why": note.why,
                "at": at, "content": sealed, "digest": digest,
            }
        )  # fmt: skip
    return made


def _behind(connection: Connection, fact: Fact, last: int) -> dict[int, RawRow]:
    words = f"SELECT id FROM {fact.value} WHERE id > :last ORDER BY id LIMIT {facts.CHUNK}"  # noqa: S608 - names of ours
    return facts.read(connection, fact, connection.execute(text(words), {"last": last}).scalars().all())


def _moment(value: object) -> datetime:
    assert isinstance(value, bytes)
    return datetime.fromisoformat(value.decode()).replace(tzinfo=UTC)


def _one_at_a_time(connection: Connection) -> None:
    """SQLite has one writer anyway. Asked for last of all, so that nobody waits in a circle."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE chainlink IN SHARE ROW EXCLUSIVE MODE")


def _withdraw_permits(connection: Connection) -> None:
    connection.exec_driver_sql("DELETE FROM chainpermit")


_LAST = text("SELECT position, digest FROM chainlink ORDER BY position DESC LIMIT 1")
_INSERT = insert(ChainLink)
_KNOWN = text("SELECT 1 FROM chainlink WHERE fact = :fact AND row_id = :row LIMIT 1")
