"""Files that are there whole or not at all, and what they are known by."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path


def file_sha256(path: Path) -> str:
    """The digest of the file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """To the disk itself: a file's content, or the names in a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_new(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Writes a file that is not there yet, down to the disk. `mode` is narrowed by the umask.

    Raises FileExistsError.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_folder(folder: Path) -> None:
    """mkdir -p whose every new step survives a power cut. Raises OSError."""
    if folder.is_dir():
        return
    if not folder.parent.exists():
        make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    flush(folder.parent)


def put_in_place(part: Path, path: Path) -> None:
    """fsync, rename, fsync: in this order a name never leads to half a file, and stays, also after a power cut."""
    flush(part)
    part.replace(path)
    flush(path.parent)


def replace_file(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Whoever opens `path` finds the old content or the new one, also after a power cut. Raises OSError."""
    part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        write_new(part, content, mode=mode)
        part.replace(path)
        flush(path.parent)
    finally:
        part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A name beside it for what isn't whole yet: another one for each writer, of other threads too."""
    return path.with_name(f"{path.stem}.{secrets.token_hex(6)}.part")
