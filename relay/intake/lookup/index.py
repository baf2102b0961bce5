"""The files of tables, and which recordings stand in which: kept by rows, so that files can be lost and made again.

A new recording stands in no table and is compared with everything new. Thirty-two of them become a segment, sixteen
segments one of 512, eight of those one of 4 096: each recording is written three times, and at 100 000 some forty files
are asked. Which recordings a segment holds, the rows say (Inspection.print_segment); its file, `prints/ID-GENERATION`,
is made of them by whoever needs it and doesn't find it, on each host its own.

Who leaves a segment raises its generation in the same unit of work, so that no host asks an older file again; the files
that hold what is erased go at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.intake import fingerprints
from relay.intake.likeness import Fingerprint
from relay.intake.lookup import segment
from relay.intake.lookup.seeds import Printed, SeedQuery
from relay.intake.lookup.segment import Damaged, PrintTables
from relay.models import Erasure, Inspection, PrintSegment, need_id

FOLDER, ENDING = "prints", ".tables"
SIZES = (32, 512, 4096)
NOWHERE = 0
"""Number of no segment: files that are known by nothing, and those that are being erased."""
AT_ONCE = 500

_opened: dict[Path, PrintTables] = {}
_turn = threading.Lock()


@dataclass
class Nominees:
    """Hashes of recordings to compare a new one with. `new`: those that stand in no table yet."""

    alike: set[str] = field(default_factory=set)
    cards: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)

    @property
    def all(self) -> set[str]:
        return self.alike | self.cards | self.new


@dataclass(frozen=True, slots=True)
class Holdings:
    """`recordings` in tables, `new` in none. `wrong`: files that are not what they were made as, or not of these rows;
    `missing`: those that will be made when they are needed.
    """

    recordings: int
    new: int
    wrong: int
    missing: int


def nominees(relay: Relay, print_: Fingerprint) -> Nominees:
    """Outside any transaction. What it doesn't find of the tables it makes."""
    keep_up(relay)
    found = Nominees()
    wanted = SeedQuery.of(print_)
    for tables in _segments(relay):
        seeds = tables.seeds(wanted)
        found.alike |= {tables.names[number] for number in seeds.alike}
        found.cards |= {tables.names[number] for number in seeds.cards}
    with relay.reading() as session:
        found.new = set(_unplaced(session))
    return found


def keep_up(relay: Relay) -> None:
    """Puts into tables what is new, as soon as there is enough of it, and joins small ones."""
    with relay.reading() as session:
        new = _unplaced(session)
    if len(new) >= SIZES[0]:
        with relay.transaction() as session:
            for size in reversed(SIZES):
                while len(new) >= size:
                    _place(session, new[:size], size)
                    new = new[size:]
            _join(session)


def forget(relay: Relay, sha256: str) -> list[int]:
    """Nothing of this file is in any table from here on; returns the bytes of each file that went for it."""
    with relay.transaction() as session:
        leave(session, sha256, to=NOWHERE)
    gone = []
    for path in _files(relay):
        try:
            holds = sha256 in segment.names(path)
        except Damaged:
            holds = True
        except FileNotFoundError:
            continue
        if holds:
            gone.append(path.stat().st_size)
            _close(path)
    return gone


def drop_older(relay: Relay) -> int:
    """Files that the rows name no more: another host has made anew what was in them. Returns how many went."""
    with relay.reading() as session:
        named = {(row.id, row.generation) for row in session.exec(select(PrintSegment))}
    older = [path for path in _files(relay) if _named(path) not in named]
    for path in older:
        _close(path)
    return len(older)


def leave(session: Session, sha256: str, *, to: int | None = None) -> None:
    """What the file is known by changes, or goes: its segment is made anew without it."""
    number = session.exec(select(Inspection.print_segment).where(Inspection.sha256 == sha256)).first()
    if number:
        grown = update(PrintSegment).where(col(PrintSegment.id) == number)
        session.exec(grown.values(generation=PrintSegment.generation + 1))
    session.exec(update(Inspection).where(col(Inspection.sha256) == sha256).values(print_segment=to))


def look(relay: Relay, fix: bool) -> Holdings:
    """Every byte of every file, and whether each holds what the rows say. `fix` makes anew what isn't right."""
    with relay.reading() as session:
        rows = session.exec(select(PrintSegment)).all()
        held = {need_id(row): _members(session, need_id(row)) for row in rows}
        new = len(_unplaced(session))
    wrong = missing = 0
    for row in rows:
        path = _path(relay, row)
        try:
            whole = set(segment.read(path, wholly=True).names) == set(held[need_id(row)])
        except FileNotFoundError:
            missing += 1
            continue
        except Damaged:
            whole = False
        if not whole:
            wrong += 1
            if fix:
                _close(path)
    if fix:
        keep_up(relay)
        for _ in _segments(relay):
            pass
    return Holdings(sum(map(len, held.values())), new, wrong, 0 if fix else missing)


def _segments(relay: Relay) -> Iterator[PrintTables]:
    with relay.reading() as session:
        rows = session.exec(select(PrintSegment).order_by(col(PrintSegment.id))).all()
    paths = {_path(relay, row): row for row in rows}
    newest = {need_id(row): row.generation for row in rows}
    for path in _files(relay):
        number, generation = _named(path)
        if generation < newest.get(number, generation + 1):
            _close(path)
    for path, row in paths.items():
        yield _open(relay, path, row)


def _open(relay: Relay, path: Path, row: PrintSegment) -> PrintTables:
    with _turn:
        known = _opened.get(path)
        if known is not None and path.exists():
            return known
        try:
            tables = segment.read(path)
        except (FileNotFoundError, Damaged):
            path.unlink(missing_ok=True)
            tables = _made(relay, path, row)
        _opened[path] = tables
        return tables


def _made(relay: Relay, path: Path, row: PrintSegment) -> PrintTables:
    """Of the rows as they are now; not left lying if somebody left the segment meanwhile."""
    with relay.reading() as session:
        prints = fingerprints.known(session, _members(session, need_id(row)))
    tables = PrintTables.of([Printed.of(name, print_) for name, print_ in prints.items()])
    segment.write(tables, path)
    with relay.reading() as session:
        now = session.exec(select(PrintSegment.generation).where(PrintSegment.id == row.id)).first()
    if now != row.generation:
        path.unlink(missing_ok=True)
    return tables


def _close(path: Path) -> None:
    with _turn:
        _opened.pop(path, None)
        path.unlink(missing_ok=True)


def _unplaced(session: Session) -> list[str]:
    """Hashes of what stands in no table yet, the oldest first."""
    wanted = select(Inspection.sha256).where(col(Inspection.print_segment).is_(None))
    return list(session.exec(wanted.order_by(col(Inspection.at), col(Inspection.sha256))))


def _members(session: Session, number: int) -> list[str]:
    """What is about to be erased is no member, whatever its row says."""
    going = select(Erasure.sha256).where(col(Erasure.done_at).is_(None), Erasure.sha256 != "")
    wanted = select(Inspection.sha256).where(Inspection.print_segment == number)
    return list(session.exec(wanted.where(col(Inspection.sha256).not_in(going)).order_by(col(Inspection.sha256))))


def _place(session: Session, names: Sequence[str], size: int) -> None:
    """Two processes at once place different ones: who comes second finds that they stand somewhere."""
    row = PrintSegment(size=size)
    session.add(row)
    session.flush()
    for some in _parts(names):
        free = col(Inspection.sha256).in_(some), col(Inspection.print_segment).is_(None)
        session.exec(update(Inspection).where(*free).values(print_segment=need_id(row)))


def _join(session: Session) -> None:
    """Small segments become one of the next size, when there are enough of them to fill it."""
    for size, larger in pairwise(SIZES):
        small = [
            number
            for number in session.exec(
                select(PrintSegment.id).where(PrintSegment.size == size).order_by(col(PrintSegment.id))
            )
            if number is not None
        ]
        count = larger // size
        while len(small) >= count:
            some, small = small[:count], small[count:]
            row = PrintSegment(size=larger)
            session.add(row)
            session.flush()
            held = col(Inspection.print_segment).in_(some)
            session.exec(update(Inspection).where(held).values(print_segment=need_id(row)))
            session.exec(delete(PrintSegment).where(col(PrintSegment.id).in_(some)))


def _parts(names: Sequence[str]) -> Iterable[Sequence[str]]:
    return (names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE))


def _path(relay: Relay, row: PrintSegment) -> Path:
    return relay.folder(FOLDER) / f"{row.id}-{row.generation}{ENDING}"


def _files(relay: Relay) -> list[Path]:
    return sorted(relay.folder(FOLDER).glob(f"*{ENDING}"))


def _named(path: Path) -> tuple[int, int]:
    """Number and generation; (-1, -1) for a file that is none of ours."""
    number, _, generation = path.name.removesuffix(ENDING).partition("-")
    return (int(number), int(generation)) if number.isdigit() and generation.isdigit() else (-1, -1)
