"""An export as one file: a ZIP that any system unpacks, with names in UTF-8, and beyond 4 GB (ZIP64)."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Callable
from pathlib import Path

from relay.errors import DiskFull, Refused
from relay.media.files import put_in_place
from relay.media.toolbox import disk_full

BLOCK = 1 << 20
PACKED = {".mp4", ".mkv", ".mov", ".webm", ".png", ".jpg", ".mp3", ".m4a", ".avi", ".3gp", ".mpg", ".ts"}
"""Endings of what doesn't get smaller: it is only put in."""


def pack(folder: Path, target: Path, *, root: str, on_bytes: Callable[[int], None] = lambda _count: None) -> None:
    """Writes everything below `folder` under `root/` into `target`, whole or not at all; its folder is there.

    `on_bytes` is told how much of the folder is in, block by block, and may raise to end it. Raises DiskFull, Refused.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        with zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            for path in sorted(path for path in folder.rglob("*") if path.is_file()):
                _add(archive, path, f"{root}/{path.relative_to(folder).as_posix()}", on_bytes)
        put_in_place(part, target)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for the export.", hint="Choose another disk.") from error
        raise Refused("The file {file} can't be written.", hint="Choose another.", file=target) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def _add(archive: zipfile.ZipFile, path: Path, name: str, on_bytes: Callable[[int], None]) -> None:
    """Dated as the format begins: the same folder makes the same file."""
    kind = zipfile.ZIP_STORED if path.suffix.lower() in PACKED else zipfile.ZIP_DEFLATED
    info = zipfile.ZipInfo(name)
    info.compress_type, info.external_attr = kind, 0o644 << 16
    info.file_size = path.stat().st_size
    with path.open("rb") as source, archive.open(info, "w", force_zip64=info.file_size > 1 << 31) as sink:
        while block := source.read(BLOCK):
            sink.write(block)
            on_bytes(len(block))


def size_of(folder: Path) -> int:
    """Bytes of all files below it."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
