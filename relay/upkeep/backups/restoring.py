"""Bringing a backup back into an empty data folder, and trying one without touching anything.

The database comes last: before it stands under its name a broken or stopped restore can simply be started again. Until
then it is put in order beside that name: brought to this version, and nobody who was signed in then is signed in now.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from sqlalchemy import delete, update
from sqlmodel import Session, col

from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused
from relay.installation_key import FILE, secret
from relay.media.files import file_sha256, flush, make_private
from relay.media.toolbox import disk_full
from relay.models import ApiToken, Restoration, WebSession
from relay.search import index
from relay.store import Store, told_plainly
from relay.tombstones.file import keep_up, note_place, read
from relay.tombstones.key import TombstoneKey
from relay.upkeep.backups import across, sealing, tar
from relay.upkeep.backups.contents import DATA, DATABASE, HELD_BACK, MEDIA, NAMED_BY_CONTENT, KeptEntry, share_all
from relay.upkeep.backups.files import Sum, pour, sum_of
from relay.upkeep.backups.folder import BackupFolder, FolderBackup
from relay.upkeep.backups.holding import Forget, HeldBack, find_tombstones, hold_back, nobody

SECRET_KEY = f"{DATA}{FILE}"
JOURNALS = ("", "-wal", "-shm", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """`damaged`: names of files that were left out, because they are not what the backup says of them.

    `held`: whom it does not bring back, or who waits.
    """

    files: int
    damaged: list[str]
    made_at: str
    held: HeldBack


@dataclass(frozen=True, slots=True)
class TriedBackup:
    """What a look at a backup found: how many files and bytes are whole, and which are not, or are missing."""

    files: int
    size: int
    damaged: list[str]
    made_at: str
    relay: str
    has_sums: bool


class OpenBackup(Protocol):
    """A backup of either form. `manifest` is there at the end at the latest, if the backup has one."""

    about: dict[str, Any]
    manifest: dict[str, KeptEntry] | None

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]: ...


def restore(
    relay: Relay,
    source: Path,
    *,
    at: datetime | None = None,
    identities: Sequence[Path] = (),
    tombstones: Path | None = None,
    forget: Forget = nobody,
) -> Restored:
    """Into an empty data folder only: nothing that is there is ever overwritten.

    `at`: of a folder of backups, the newest that is not later. `tombstones`: the file that says what was erased since;
    else the one beside the backup; where there is none, everything waits for a person. `forget`: see holding.py.
    Raises Refused, NotFound, DiskFull.
    """
    database = _place_of_database(relay)
    known = find_tombstones(source, tombstones)
    relay.folder()
    _refuse_without_room(relay, source)
    coming = database.with_name(f"{database.name}.restoring")
    _remove(coming)
    shutil.rmtree(relay.settings.data_dir.absolute() / HELD_BACK, ignore_errors=True)  # of a restore that was stopped
    with _told(), opened(source, at, identities) as backup:
        poured = dict(_poured(relay, backup, coming))
        damaged = _left_out(relay, poured, backup.manifest)
        if DATABASE in damaged:
            _remove(coming)
            raise Refused("The database in the backup is damaged.", hint="Take another backup.")
        made_at = str(backup.about.get("made_at", ""))
    if not coming.exists():
        raise NotFound("The backup holds no database.")
    held = _put_in_order(relay, coming, made_at, known, forget)
    if relay.store.path is None:
        across.bring(coming, relay.store, relay.now())
        _remove(coming)
    else:
        coming.replace(database)
        flush(database.parent)
    share_all(relay)
    if known is not None:  # else one would be written that knows less than the one that is missing
        note_place(relay, source if source.is_dir() else source.absolute().parent)
        keep_up(relay, TombstoneKey.of(secret(relay)))
    return Restored(len(poured) - 1 - len(damaged), damaged, made_at, held)


def try_out(source: Path, *, at: datetime | None = None, identities: Sequence[Path] = ()) -> TriedBackup:
    """Reads a backup from one end to the other, as a restore would, and writes nothing but a copy of its database that
    is looked through and removed; so is the file of tombstones beside it. Raises Refused, NotFound, DiskFull.
    """
    found: dict[str, Sum] = {}
    key = b""
    with _told(), tempfile.TemporaryDirectory(prefix="relay-backup-") as folder:
        copy = Path(folder) / DATABASE
        with opened(source, at, identities) as backup:
            for name, content in backup.files():
                if name == SECRET_KEY:
                    key = b"".join(content)
                    found[name] = sum_of(iter([key]))
                else:
                    found[name] = pour(content, copy) if name == DATABASE else sum_of(content)
        manifest = backup.manifest
        damaged = sorted(_unlike(found, manifest))
        if copy.exists() and DATABASE not in damaged and not _is_sound(copy):
            damaged.append(DATABASE)
    damaged += _damaged_tombstones(source, key)
    if DATABASE not in found:
        raise NotFound("The backup holds no database.")
    whole = [one for name, one in found.items() if name not in damaged and name != DATABASE]
    told = backup.about
    return TriedBackup(
        files=len(whole),
        size=sum(one.size for one in whole),
        damaged=damaged,
        made_at=str(told.get("made_at", "")),
        relay=str(told.get("relay", "")),
        has_sums=manifest is not None,
    )


def _damaged_tombstones(source: Path, key: bytes) -> list[str]:
    """A restore would stop at them."""
    path = find_tombstones(source, None)
    if path is None or not key:
        return []
    try:
        read(path, TombstoneKey.of(key))
    except Refused:
        return [path.name]
    return []


@contextmanager
def opened(source: Path, at: datetime | None, identities: Sequence[Path]) -> Iterator[OpenBackup]:
    """Raises Refused, NotFound, OSError."""
    keys = sealing.identities(identities)
    if not source.is_dir():
        with tar.opened(source, keys) as archive:
            yield archive
        return
    folder = BackupFolder(source)
    if not folder.exists:
        raise Refused("{source} is not a backup made by Relay.", source=source)
    yield FolderBackup(folder, folder.newest(at), keys)


def _place_of_database(relay: Relay) -> Path:
    """Where the file is to stand; of a database on a server, where it would. Raises Refused where something is."""
    path, root = relay.store.path, relay.settings.data_dir.absolute()
    if path is None:
        across.refuse_unless_empty(relay.store)
        return root / DATABASE
    for end in JOURNALS:
        if path.with_name(path.name + end).exists():
            raise Refused(
                "There is already a database in {root}.", hint="Set RELAY_DATA_DIR to an empty folder.", root=root
            )
    return path


def _refuse_without_room(relay: Relay, source: Path) -> None:
    if source.is_file() and shutil.disk_usage(relay.folder()).free < source.stat().st_size:
        raise DiskFull("There is no room for what is in the backup.", hint="Choose another disk.")


def _poured(relay: Relay, backup: OpenBackup, coming: Path) -> Iterator[tuple[str, Sum]]:
    root, part = relay.settings.data_dir.absolute(), relay.folder("work") / f"restore-{os.getpid()}"
    try:
        for name, content in backup.files():
            place, _, rest = name.partition("/")
            safe = bool(rest) and not PurePosixPath(rest).is_absolute() and ".." not in PurePosixPath(rest).parts
            if name == DATABASE:
                yield name, pour(content, coming)
            elif place == "media" and safe:
                poured = pour(content, part)
                if not _is_another(rest, poured):
                    relay.media.put(rest, part)
                yield name, poured
            elif place == "data" and safe:
                make_private((root / rest).parent)
                poured = pour(content, part)
                _refuse_another(root, rest, poured)
                part.replace(root / rest)
                flush((root / rest).parent)
                yield name, poured
    finally:
        part.unlink(missing_ok=True)


def _refuse_another(root: Path, name: str, poured: Sum) -> None:
    """What a stopped restore has brought is the same; anything else is somebody's: the key of another installation."""
    there = root / name
    if there.exists() and (not there.is_file() or file_sha256(there) != poured.sha256):
        raise Refused(
            "There is another {name} in {root} already.",
            hint="Set RELAY_DATA_DIR to an empty folder.",
            name=name,
            root=root,
        )


def _is_another(key: str, poured: Sum) -> bool:
    """Whether the name of a key tells that this is not its content."""
    return key.startswith(NAMED_BY_CONTENT) and poured.sha256 != key.partition("/")[2]


def _unlike(found: dict[str, Sum], manifest: dict[str, KeptEntry] | None) -> Iterator[str]:
    """Names of what is not what the backup says of it, and of what it lacks."""
    for name, one in found.items():
        row = manifest.get(name) if manifest is not None else None
        is_as_told = row is None or (row.size, row.sha256) == (one.size, one.sha256)
        if not is_as_told or _is_another(name.removeprefix(MEDIA), one):
            yield name
    yield from (name for name in manifest or {} if name not in found)


def _left_out(relay: Relay, poured: dict[str, Sum], manifest: dict[str, KeptEntry] | None) -> list[str]:
    """Takes away again what turned out to be damaged; returns the names."""
    damaged = sorted(_unlike(poured, manifest))
    root = relay.settings.data_dir.absolute()
    for name in damaged:
        place, _, rest = name.partition("/")
        if place == "media" and name in poured:
            relay.media.delete(rest)
        elif place == "data" and name in poured:
            (root / rest).unlink(missing_ok=True)
    return damaged


def _put_in_order(relay: Relay, coming: Path, made_at: str, tombstones: Path | None, forget: Forget) -> HeldBack:
    """Of the database that is coming: of this version, with nobody signed in, and nobody in it who was erased since.

    Raises StoreError, Refused.
    """
    if not _is_sound(coming):
        raise Refused("The database in the backup is damaged.", hint="Take another backup.")
    store = Store(f"sqlite:///{coming}", secret=lambda: secret(relay))
    try:
        if store.revision() is None:
            raise Refused("The database in the backup is damaged.", hint="Take another backup.")
        store.upgrade(relay.now(), copied=False)
        index.catch_up(store)
        there = replace(relay, store=store)
        held = hold_back(there, tombstones, forget)
        with there.transaction() as session:
            end_sign_ins(session, relay.now())
            session.add(
                Restoration(
                    at=relay.now(),
                    made_at=made_at,
                    held_back=held.waiting,
                    kept_out=len(held.kept_out),
                    released_at=relay.now() if held.tombstones else None,
                )
            )
    finally:
        store.close()
    with told_plainly(), closing(sqlite3.connect(coming)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")  # all of it is in the one file that gets the name
    flush(coming)
    return held


def end_sign_ins(session: Session, now: datetime) -> None:
    """Sessions and tokens that were ended since the backup would be good again, so all of them end."""
    session.exec(delete(WebSession))
    session.exec(update(ApiToken).where(col(ApiToken.revoked_at).is_(None)).values(revoked_at=now))


def _is_sound(database: Path) -> bool:
    try:
        with told_plainly(), closing(sqlite3.connect(database)) as connection:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def _remove(database: Path) -> None:
    for end in JOURNALS:
        database.with_name(database.name + end).unlink(missing_ok=True)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for what is in the backup.", hint="Choose another disk.") from error
        raise
