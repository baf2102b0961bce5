"""Files that an organizer gives for films (pictures, music) on their way into the media store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.media.files import file_sha256
from relay.media.toolbox import disk_full

MOST_MB = 512


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A copy of a given file, in a folder of its own where a child may work. `kind`: what it is kept as."""

    relay: Relay
    path: Path
    sha256: str
    kind: str

    def keep(self) -> None:
        """Moves it into the media store as `<kind>/<sha256>`. Raises DiskFull."""
        self.relay.media.put(f"{self.kind}/{self.sha256}", self.path)


@contextmanager
def import_file(relay: Relay, file: Path, kind: str, *, called: str = "", most_mb: int = 0) -> Iterator[ImportedFile]:
    """Copies `file` in; what is not kept by then is gone afterwards. `called`: its name for people, if another one.

    Raises Refused, DiskFull.
    """
    name, most = called or file.name, most_mb or MOST_MB
    if not file.is_file():
        raise Refused("There is no file {file}.", file=file)
    if file.stat().st_size > most << 20:
        raise Refused("{file} is larger than {most} MB.", file=name, most=most)
    folder = Path(tempfile.mkdtemp(dir=relay.folder("incoming")))
    try:
        copy = folder / f"given{_ending(name)}"
        try:
            shutil.copyfile(file, copy)
        except OSError as error:
            if disk_full(error):
                raise DiskFull("The disk is full.", hint="Free some space and run it again.") from error
            raise Refused("The file {file} can't be read.", file=file) from error
        yield ImportedFile(relay, copy, file_sha256(copy), kind)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ending(name: str) -> str:
    """Of letters and digits only: a child is told the path."""
    ending = Path(name).suffix.lower()[:6]
    return ending if ending[1:].isascii() and ending[1:].isalnum() else ""
