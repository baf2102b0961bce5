"""Making a backup: the database as it was at one moment, then the files that its rows name.

The database is copied while others write (by SQLite's own backup call, or from a look at a server), and the files that
this copy names after it, so that no row points to a file that the backup lacks, but for what was erased meanwhile. What
was written is read back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relay import __version__
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.installation_key import secret
from relay.language.sentence import as_sentence
from relay.media.files import flush
from relay.media.toolbox import disk_full
from relay.store import Store
from relay.tombstones.file import NAME, keep_up, note_place
from relay.tombstones.key import TombstoneKey
from relay.upkeep.backups import across, contents, tar
from relay.upkeep.backups.contents import DATABASE, KeptEntry, ToKeep
from relay.upkeep.backups.folder import BackupFolder, keep_database
from relay.upkeep.backups.holding import waits
from relay.upkeep.backups.sealing import Recipients, recipients
from relay.upkeep.backups.seen import SeenFiles, naming_key


@dataclass(frozen=True, slots=True)
class Backup:
    """`files` beside the database; `size`: bytes in it, `written`: bytes that were not there yet.

    `missing`: names of files that rows name and that are not there; `damaged`: those that are not what their name says.
    """

    place: Path
    files: int
    size: int
    written: int
    missing: list[str]
    damaged: list[str]
    sealed: bool


def backup(relay: Relay, target: Path, *, folder: bool = False, to: Sequence[str] = ()) -> Backup:
    """One file, or a new backup in a folder of them (`folder`, or where `target` is one). `to`: who may read it.

    A file is written beside its name first and moved there when whole. Raises Refused, DiskFull.
    """
    readers = recipients(to)
    in_folder = folder or target.is_dir()
    if target.exists() and not in_folder:
        raise Refused("{target} is already there.", hint="Choose another name.", target=target)
    copy = relay.folder("work") / f"backup-{os.getpid()}.db"
    try:
        with _told():
            secret(relay)  # what the tombstones are made with belongs in the backup
            across.copy(relay.store, copy, relay.now())
            files, missing = _listed(relay, copy)
            if in_folder:
                return _into_folder(relay, target, copy, files, missing, readers)
            return _into_file(relay, target, copy, files, missing, readers)
    finally:
        for path in copy.parent.glob(f"{copy.name}*"):
            path.unlink(missing_ok=True)


def _keep_tombstones(relay: Relay, folder: Path) -> None:
    """They lie beside the backups from now on, so that an older one revives nobody. Raises Refused.

    Not while all waits after a restore without tombstones: a file that knows less would be taken for the one that is
    missing.
    """
    if waits(relay):
        return
    note_place(relay, folder)
    if folder.absolute() / NAME in keep_up(relay, TombstoneKey.of(secret(relay))):
        raise Refused(
            "The file of tombstones in {folder} can't be written.", hint="Choose another place.", folder=folder
        )


def _listed(relay: Relay, copy: Path) -> tuple[list[ToKeep], list[str]]:
    store = Store(f"sqlite:///{copy}")
    try:
        with store.reading() as session:
            return contents.listed(relay, session)
    finally:
        store.close()


def _about(relay: Relay) -> dict[str, Any]:
    return {
        "relay": __version__,
        "made_at": relay.now().isoformat(),
        "revision": relay.store.revision(),
        "form": tar.FORM,
    }


def _into_file(
    relay: Relay, target: Path, copy: Path, files: Sequence[ToKeep], missing: list[str], to: Recipients
) -> Backup:
    part = target.with_name(target.name + ".part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)
        kept = tar.write(part, _about(relay), [ToKeep(DATABASE, contents.reading(copy)), *files], to)
        size = part.stat().st_size
        _keep_tombstones(relay, target.absolute().parent)
        part.replace(target)
        flush(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return Backup(target, len(kept) - 1, size, size, missing, _damaged(files, kept), bool(to))


def _into_folder(
    relay: Relay, target: Path, copy: Path, files: Sequence[ToKeep], missing: list[str], to: Recipients
) -> Backup:
    place = BackupFolder(target, to=to, naming=naming_key(relay) if to else b"")
    place.make()
    with place.alone():
        before = set(place.all_pieces())
        seen = SeenFiles(relay)
        kept = [keep_database(place, copy)]
        kept += [entry for file in files if (entry := _keep(place, file, seen)) is not None]
        _keep_tombstones(relay, place.root)
        name = place.write_list(relay.now(), _about(relay), kept)
        seen.save()
        pieces = {piece for entry in kept for piece in entry.pieces}
        written = sum(place.size_of(piece) for piece in pieces - before)
    size = sum(entry.size for entry in kept)
    return Backup(place.root / name, len(kept) - 1, size, written, missing, _damaged(files, kept), bool(to))


def _keep(place: BackupFolder, file: ToKeep, seen: SeenFiles) -> KeptEntry | None:
    try:
        source = file.open()
    except FileNotFoundError:  # it was erased, or became a clip, while the backup ran
        return None
    with source:
        is_as = os.fstat(source.fileno())
        known = seen.sha256(file, is_as)
        if known and place.has(known):
            return KeptEntry(file.name, is_as.st_size, known, (place.object_of(known),))
        made = place.add(source, is_as.st_size)
        seen.note(file, is_as, made.sha256)
    return KeptEntry(file.name, made.size, made.sha256, (place.object_of(made.sha256),))


def _damaged(files: Sequence[ToKeep], kept: Sequence[KeptEntry]) -> list[str]:
    sums = {entry.name: entry.sha256 for entry in kept}
    return [file.name for file in files if file.sha256 and sums.get(file.name, file.sha256) != file.sha256]


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for the backup.", hint="Choose another disk.") from error
        raise Refused(
            "The backup can't be written: {strerror}.",
            hint="Choose another place.",
            strerror=as_sentence(error.strerror or str(error)),
        ) from error
