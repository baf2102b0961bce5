"""The form of a folder: each content lies there once, whatever number of backups hold it.

    relay-backups.json      that it is one
    objects/ab/ab12…        contents, named by their sha256; sealed ones by a keyed digest and the sha256 of the sealed
    lists/<time>.json       a backup: what is in it, by name, with sums and pieces; sealed it ends with .age
    tombstones.jsonl        what was erased since (relay/tombstones/file.py)
    lists/<time>.objects    the objects that it needs, so that others can go without anybody opening anything

An object that stands under its name is whole: it is flushed to the disk, read back and renamed. A backup counts when
its list is there, which is written last. So a backup that is stopped anywhere costs nothing but time.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import io
import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from relay.errors import NotFound, Refused
from relay.media.files import flush, make_private, replace_file
from relay.tombstones.file import NAME as TOMBSTONES
from relay.upkeep.backups.contents import DATABASE, KeptEntry
from relay.upkeep.backups.files import CHUNK, Sum, SummedReader, SummedWriter, chunks, read_back, sum_of
from relay.upkeep.backups.sealing import Recipients, seal, unsealed

MARK = "relay-backups.json"
OBJECTS, LISTS, INCOMING = "objects", "lists", ".incoming"
STAMP = "%Y%m%dT%H%M%SZ"
LIST = re.compile(r"(\d{8}T\d{6}Z(?:-\d+)?)\.json(?:\.age)?")
FORM = 1
SUM = b"#sum "
PIECE = re.compile(r"[0-9a-f]{64}[0-9A-Za-z._-]*")


class BackupFolder:
    """`BackupFolder(root)`; `to` and `naming`: for sealed ones, who may read, and the key that objects are named by."""

    def __init__(self, root: Path, *, to: Recipients | None = None, naming: bytes = b"") -> None:
        self.root = root.absolute()
        self._to, self._naming = to or Recipients(), naming
        self._there: dict[str, str] | None = None

    @property
    def exists(self) -> bool:
        return (self.root / MARK).is_file()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """While it holds, nobody else writes here or takes away. Raises Refused, OSError."""
        with (self.root / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Refused(
                    "Another process works in {folder}.", hint="Try again later.", folder=self.root
                ) from error
            yield

    def make(self) -> None:
        """Raises Refused for a folder that holds something else, OSError."""
        if self.exists:
            return
        if self.root.is_dir() and not all(_is_ours(path.name) for path in self.root.iterdir()):
            raise Refused("{folder} holds something else than backups.", folder=self.root, hint="Name an empty folder.")
        for part in (OBJECTS, LISTS, INCOMING):
            make_private(self.root / part)
        replace_file(self.root / MARK, json.dumps({"relay_backups": FORM}).encode())

    def has(self, sha256: str) -> bool:
        return self._name(sha256) in self._objects()

    def add(self, source: BinaryIO, size: int | None = None) -> Sum:
        """Keeps what is read, at most `size` bytes, unless it is there. Raises OSError, and Refused where the disk does
        not give back what was written.
        """
        part = self.root / INCOMING / secrets.token_hex(8)
        plain = SummedReader(source, size)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400), "wb") as raw:
                written = SummedWriter(raw)
                if self._to:
                    seal(cast(BinaryIO, plain), cast(BinaryIO, written), self._to)
                else:
                    for chunk in chunks(plain):
                        written.write(chunk)
                raw.flush()
                os.fsync(raw.fileno())
            if not self.has(plain.sum.sha256):
                self._place(part, plain.sum.sha256, written.sum)
        finally:
            part.unlink(missing_ok=True)
        return plain.sum

    def object_of(self, sha256: str) -> str:
        """The name of a content's object, as lists have it."""
        return self._name(sha256)

    def write_list(self, made_at: datetime, told: dict[str, Any], entries: Sequence[KeptEntry]) -> str:
        """Writes down what a backup holds; from then on it counts. Returns its name. Raises OSError."""
        name = self._free_name(made_at)
        pieces = sorted({piece for entry in entries for piece in entry.pieces})
        replace_file(self.root / LISTS / f"{name}.objects", _summed("".join(f"{piece}\n" for piece in pieces).encode()))
        content = _summed(json.dumps({**told, "files": [entry.as_json() for entry in entries]}).encode() + b"\n")
        if self._to:
            sealed = io.BytesIO()
            seal(io.BytesIO(content), sealed, self._to)
            content = sealed.getvalue()
        flush(self.root / LISTS)
        replace_file(self.root / LISTS / f"{name}.json{'.age' if self._to else ''}", content)
        flush(self.root / LISTS)
        return name

    def names(self) -> list[str]:
        """Of all backups, oldest first."""
        found = (LIST.fullmatch(path.name) for path in (self.root / LISTS).iterdir())
        return sorted((match[1] for match in found if match is not None), key=_in_order)

    def newest(self, at: datetime | None = None) -> str:
        """The newest backup, or the newest that is not later than `at`. Raises NotFound."""
        fitting = [name for name in self.names() if at is None or made_at(name) <= at]
        if not fitting:
            raise NotFound("There is no such backup in {folder}.", folder=self.root, hint="See: relay backups list")
        return fitting[-1]

    def needed_by(self, name: str) -> list[str]:
        """The objects of a backup. Raises OSError, and Refused where it can't be told any more."""
        path = self.root / LISTS / f"{name}.objects"
        try:
            pieces = _unsummed(path.read_bytes()).decode("ascii").split()
        except ValueError as error:
            raise _unreadable(path) from error
        if not all(PIECE.fullmatch(piece) for piece in pieces):
            raise _unreadable(path)
        return pieces

    def list_of(self, name: str, keys: Sequence[Any]) -> dict[str, Any]:
        """What a backup says of itself and of what it holds. Raises Refused."""
        path = self.root / LISTS / f"{name}.json{'.age' if self.is_sealed(name) else ''}"
        try:
            with path.open("rb") as raw, unsealed(raw, keys) as plain:
                told = dict(json.loads(_unsummed(plain.read())))
            for row in told["files"]:
                KeptEntry(row["name"], row["size"], row["sha256"], tuple(row["pieces"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise _unreadable(path) from error
        return told

    def is_sealed(self, name: str) -> bool:
        return (self.root / LISTS / f"{name}.json.age").is_file()

    def path_of(self, piece: str) -> Path:
        """Raises NotFound."""
        stored = self._objects().get(piece)
        if stored is None:
            raise NotFound("The folder of backups has no {piece}.", piece=piece)
        return self.root / OBJECTS / stored[:2] / stored

    def is_whole(self, piece: str) -> bool:
        """Whether an object is there and is what its name says, sealed or not."""
        try:
            path = self.path_of(piece)
            return sum_of(_read(path)).sha256 == path.name.rpartition(".")[2]
        except (NotFound, OSError):
            return False

    def size_of(self, piece: str) -> int:
        return self.path_of(piece).stat().st_size

    def all_pieces(self) -> list[str]:
        return sorted(self._objects())

    def forget(self, name: str) -> None:
        """A backup counts no more; what only it needed goes with `sweep`. Raises OSError."""
        for path in sorted((self.root / LISTS).glob(f"{name}.*"), key=lambda path: path.suffix == ".objects"):
            path.unlink(missing_ok=True)  # the list first: without it, it is no backup
        flush(self.root / LISTS)

    def sweep(self) -> int:
        """Removes what no backup needs, and what stopped ones left. Returns bytes. To be asked for inside `alone`."""
        freed, needed = 0, {piece for name in self.names() for piece in self.needed_by(name)}
        for path in (self.root / INCOMING).glob("*"):
            path.unlink(missing_ok=True)
        names = self.names()
        for path in (self.root / LISTS).iterdir():
            if path.name.partition(".")[0] not in names:
                path.unlink(missing_ok=True)
        for piece in self.all_pieces():
            if piece not in needed:
                freed += self.drop(piece)
        return freed

    def drop(self, piece: str) -> int:
        """Takes an object away; returns its bytes."""
        path = self.path_of(piece)
        size = path.stat().st_size
        path.unlink()
        self._objects().pop(piece, None)
        return size

    def _place(self, part: Path, sha256: str, written: Sum) -> None:
        if read_back(part) != written:
            raise Refused(
                "The disk does not give back what was written to {file}.", file=part, hint="Choose another disk."
            )
        name = self._name(sha256)
        stored = f"{name}.{written.sha256}" if self._to else name
        target = self.root / OBJECTS / stored[:2] / stored
        make_private(target.parent)
        part.replace(target)
        flush(target.parent)
        self._objects()[name] = stored

    def _name(self, sha256: str) -> str:
        """A sealed content is not known by its plain sum: whoever sees the folder could ask for a video they know."""
        if not self._to:
            return sha256
        return hmac.new(self._naming, f"{self._to.digest}\n{sha256}".encode(), hashlib.sha256).hexdigest()

    def _objects(self) -> dict[str, str]:
        """By the name of the content → as stored."""
        if self._there is None:
            stored = (path.name for path in (self.root / OBJECTS).glob("[0-9a-f][0-9a-f]/*"))
            self._there = {name.partition(".")[0]: name for name in stored}
        return self._there

    def _free_name(self, at: datetime) -> str:
        name, number, taken = at.astimezone(UTC).strftime(STAMP), 1, set(self.names())
        free = name
        while free in taken:
            number += 1
            free = f"{name}-{number}"
        return free


class FolderBackup:
    """One backup of a folder that is being read."""

    def __init__(self, folder: BackupFolder, name: str, keys: Sequence[Any]) -> None:
        told = folder.list_of(name, keys)
        self._folder, self._keys = folder, keys
        self.about = {key: value for key, value in told.items() if key != "files"}
        rows = [KeptEntry(row["name"], row["size"], row["sha256"], tuple(row["pieces"])) for row in told["files"]]
        self.manifest: dict[str, KeptEntry] | None = {row.name: row for row in rows}

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each name with its content. A piece that is missing or damaged makes the content another than its sum."""
        for row in (self.manifest or {}).values():
            yield row.name, self._content(row)

    def _content(self, row: KeptEntry) -> Iterator[bytes]:
        for piece in row.pieces:
            try:
                with self._folder.path_of(piece).open("rb") as raw, unsealed(raw, self._keys) as plain:
                    yield from chunks(plain)
            except (NotFound, Refused, OSError):
                return


def _summed(content: bytes) -> bytes:
    """A list with its own sum behind it: what it names would be looked for nowhere else."""
    return content + SUM + hashlib.sha256(content).hexdigest().encode() + b"\n"


def _unsummed(content: bytes) -> bytes:
    """The list alone. One without a sum is of an older Relay. Raises ValueError where it is not what was written."""
    told, _, rest = content.rpartition(SUM)
    if not told:
        return content
    if rest != hashlib.sha256(told).hexdigest().encode() + b"\n":
        raise ValueError("not what was written")
    return told


def _unreadable(path: Path) -> Refused:
    return Refused("The list {file} can't be read.", file=path, hint="Take another backup.")


def pieces_of(database: Path) -> Iterator[bytes]:
    """Equal parts, so that what does not change between two backups is kept once."""
    with database.open("rb") as file:
        yield from chunks(file)


def keep_database(folder: BackupFolder, database: Path) -> KeptEntry:
    whole, pieces = hashlib.sha256(), []
    for piece in pieces_of(database):
        whole.update(piece)
        sha = hashlib.sha256(piece).hexdigest()
        if not folder.has(sha):
            folder.add(io.BytesIO(piece))
        pieces.append(folder.object_of(sha))
    return KeptEntry(DATABASE, database.stat().st_size, whole.hexdigest(), tuple(pieces))


def made_at(name: str) -> datetime:
    """When the backup of this name was made, in UTC."""
    return datetime.strptime(name.partition("-")[0], STAMP).replace(tzinfo=UTC)


def _is_ours(name: str) -> bool:
    """What a folder holds whose making was stopped."""
    return name in (OBJECTS, LISTS, INCOMING, TOMBSTONES) or name.startswith(f".{MARK}-")


def _in_order(name: str) -> tuple[str, int]:
    stamp, _, number = name.partition("-")
    return stamp, int(number or 1)


def _read(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while content := file.read(CHUNK):
            yield content
