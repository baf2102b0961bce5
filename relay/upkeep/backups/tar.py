"""The form of one file: a tar archive whose last entry tells the sums of all that is in it, so that a cut is seen.

about.json, relay.db, media/…, data/…, manifest.json. It is written and read from one end to the other, so that it can
be sealed on the way. Archives of Relay before 0.4 have no manifest.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from relay.errors import Refused
from relay.upkeep.backups.contents import ABOUT, MANIFEST, KeptEntry, ToKeep
from relay.upkeep.backups.files import SummedReader, SummedWriter, chunks, read_back
from relay.upkeep.backups.sealing import Recipients, sealed_into, unsealed

FORM = 2


def write(part: Path, about: dict[str, Any], files: Iterable[ToKeep], to: Recipients) -> list[KeptEntry]:
    """Writes the archive down to the disk and reads it back. Returns what is in it, without files that went meanwhile.

    Raises OSError, and Refused where the disk gives back something else than was written.
    """
    kept: list[KeptEntry] = []
    with part.open("wb") as raw:
        summed = SummedWriter(raw)
        with (
            sealed_into(cast(BinaryIO, summed), to) as plain,
            tarfile.open(fileobj=plain, mode="w|") as archive,
        ):
            _add(archive, ABOUT, json.dumps(about).encode())
            kept += [entry for file in files if (entry := _keep(archive, file)) is not None]
            _add(archive, MANIFEST, json.dumps([entry.as_json() for entry in kept]).encode())
        raw.flush()
        os.fsync(raw.fileno())
    if read_back(part) != summed.sum:
        raise Refused("The disk does not give back what was written to {file}.", file=part, hint="Choose another disk.")
    return kept


class TarBackup:
    """An archive that is being read. `manifest`: by name, once all is read; None where the archive has none."""

    def __init__(self, archive: tarfile.TarFile, source: Path) -> None:
        self._archive, self._source = archive, source
        self.manifest: dict[str, KeptEntry] | None = None
        self.about = self._first()

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Each name with its content, in order, read to its end before the next. Raises Refused for a cut archive."""
        while (entry := self._archive.next()) is not None:
            stream = self._archive.extractfile(entry) if entry.isreg() else None
            if stream is None:
                continue
            if entry.name == MANIFEST:
                self.manifest = _manifest(stream.read())
                return
            yield entry.name, chunks(cast(BinaryIO, stream))
        if self.about.get("form", 1) >= FORM:
            raise Refused("{source} ends too early: it is not whole.", source=self._source, hint="Take another backup.")

    def _first(self) -> dict[str, Any]:
        entry = self._archive.next()
        stream = self._archive.extractfile(entry) if entry is not None and entry.name == ABOUT else None
        if stream is None:
            raise Refused("{source} is not a backup made by Relay.", source=self._source)
        try:
            return dict(json.loads(stream.read() or b"{}"))
        except (ValueError, TypeError) as error:
            raise Refused("{source} is not a backup made by Relay.", source=self._source) from error


@contextmanager
def opened(source: Path, keys: Sequence[Any]) -> Iterator[TarBackup]:
    """Raises Refused for what is no backup, is sealed for others, or is damaged."""
    try:
        with source.open("rb") as raw, unsealed(raw, keys) as plain, tarfile.open(fileobj=plain, mode="r|") as archive:
            yield TarBackup(archive, source)
    except (tarfile.TarError, EOFError) as error:
        raise Refused("{source} can't be read as a backup: {error}.", source=source, error=error) from error


def _manifest(content: bytes) -> dict[str, KeptEntry]:
    try:
        rows = json.loads(content)
        return {row["name"]: KeptEntry(row["name"], row["size"], row["sha256"]) for row in rows}
    except (ValueError, TypeError, KeyError) as error:
        raise Refused("The list of what is in the backup can't be read.", hint="Take another backup.") from error


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o600
    archive.addfile(entry, io.BytesIO(content))


def _keep(archive: tarfile.TarFile, file: ToKeep) -> KeptEntry | None:
    try:
        source = file.open()
    except FileNotFoundError:  # it was erased, or became a clip, while the backup ran
        return None
    with source:
        entry = archive.gettarinfo(arcname=file.name, fileobj=source)
        entry.mode, entry.uname, entry.gname, entry.uid, entry.gid = 0o600, "", "", 0, 0
        summed = SummedReader(source, entry.size)
        archive.addfile(entry, cast(BinaryIO, summed))
    return KeptEntry(file.name, summed.sum.size, summed.sum.sha256)
