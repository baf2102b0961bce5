"""The cache of shots: files named by the hash of everything that shaped them. In its folder:

    <key>.mp4           shots (pictures only)
    sounds/<key>.f32    the sound of a clip's part, and <key>.json with its loudness
    sounds/<key>.m4a    a whole film's sound, and <key>.json
    reels/<key>.aac     a chunk of it, encoded, and <key>.json; <key>.heard (empty): what it sounded like before that
    seams/…-<key>.yuv   raw frames for a dissolve; once it is made they stay while there is room for them, because a
                        neighbour that is corrected needs them again
    cards/              see cards/renderer.py
    sums                what they were made as, a line for each
    work/<pid>-…        what is being made; a folder whose process is gone is swept out

What stands under its name is whole: it is written elsewhere, flushed to the disk and renamed. When a shot was used
last stands in its time of access (`used`), so that its time of change tells when it was made.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from relay import logs, processes
from relay.errors import DiskFull, StorageDown
from relay.media.files import file_sha256, flush, replace_file
from relay.media.toolbox import disk_full
from relay.ports import SharedFiles

log = logs.get_logger()

SEAM_DAYS = 1
SPARE_BYTES, SPARE_SHARE = 2_000_000_000, 0.05
"""So much of raw frames stays at the most, and of the disk's free space so much."""
CHUNKS = "reels"
SUMS, SUM_SIGNS = "sums", 64
"""The file of sums: a line for each file that was made, its sha256 and its name."""
CLAIM = "claim.json"


@dataclass(frozen=True, slots=True)
class CachedFile:
    """A shot, a sound or a seam. `size` in bytes; `used`: when it was made or used last, as a time stamp."""

    path: Path
    size: int
    used: float


@dataclass(frozen=True, slots=True)
class ShotClaim:
    """`paths` that a running render needs, `of` which contents it is made, `since` when (a time stamp)."""

    paths: frozenset[Path]
    of: frozenset[str]
    since: float


class ShotCache:
    """With `shared`, shots and sounds that one host has made are there for the others; seams are each host's own."""

    def __init__(self, root: Path, shared: SharedFiles | None = None) -> None:
        self.root, self._shared = root.absolute(), shared

    def shot(self, key: str) -> Path:
        return self.root / f"{key}.mp4"

    def seam(self, key: str) -> Path:
        """Seams are not flushed to the disk, so those from before the machine's last start count as not there."""
        return self.root / "seams" / f"{last_boot()}-{key}.yuv"

    def trim_seams(self, needed: Collection[Path]) -> None:
        """Drops the seams that are more than there is room for, those used longest ago first, but none `needed`."""
        spare = [seam for seam in self._seams() if seam.path not in needed]
        if not spare:
            return
        over = sum(seam.size for seam in spare) - min(SPARE_BYTES, SPARE_SHARE * shutil.disk_usage(self.root).free)
        for seam in sorted(spare, key=lambda seam: seam.used):
            if over <= 0:
                return
            seam.path.unlink(missing_ok=True)
            over -= seam.size

    def drop_old_seams(self) -> None:
        """Those that nobody came for within a day."""
        oldest = time.time() - SEAM_DAYS * 86_400
        for seam in self._seams():
            if seam.used < oldest:
                seam.path.unlink(missing_ok=True)

    def _seams(self) -> list[CachedFile]:
        return list(_found((self.root / "seams").glob("*.yuv")))

    def sound(self, key: str) -> Path:
        return self.root / "sounds" / f"{key}.f32"

    def chunk(self, name: str) -> Path:
        return self.root / CHUNKS / name

    def master(self, key: str) -> Path:
        return self.root / "sounds" / f"{key}.m4a"

    @property
    def cards(self) -> Path:
        return self.root / "cards"

    def has(self, path: Path) -> bool:
        """A sound counts only with its note, which is written last."""
        return path.exists() and (not _has_note(path) or self._note(path).exists())

    def note(self, path: Path) -> dict[str, Any]:
        return dict(json.loads(self._note(path).read_text()))

    def keep(self, made: Path, place: Path, *, note: dict[str, Any] | None = None, durable: bool = True) -> None:
        """Moves a finished file to its name. Raises DiskFull."""
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            told = file_sha256(made) if durable else ""
            if note is not None:
                half = made.with_name(f"{made.name}.note")
                half.write_text(json.dumps(note))
            if durable:
                flush(made)
                self._show(made, place)
                if note is not None:
                    self._show(half, self._note(place))
            made.replace(place)
            if note is not None:
                half.replace(self._note(place))
            if durable:
                flush(place.parent)
                self._note_sum(place, told)
        except OSError as error:
            if disk_full(error):
                raise DiskFull("The disk is full.", hint="Free some space and run it again.") from error
            raise

    def arrive(self, paths: Iterable[Path]) -> None:
        """Brings those that other hosts have made and this one lacks. Raises StorageDown, DiskFull."""
        lacking = [path for path in paths if not self.has(path)]
        if self._shared is None or not lacking:
            return
        there = set(self._shared.names(self.root))
        for path in lacking:
            files = [path, self._note(path)] if _has_note(path) else [path]
            if there.issuperset(files):
                for one in files:
                    self._shared.bring(one)

    def _show(self, made: Path, place: Path) -> None:
        """Before it has its name here: who is killed in between makes nothing that only this host has. A shot that
        can't be shown to the others is made once more by them: no reason to stop a film.
        """
        if self._shared is None or place.parent not in (self.root, self.root / "sounds", self.root / CHUNKS):
            return
        try:
            self._shared.share_as(made, place)
        except StorageDown as error:
            log.warning("shot not shared", file=place.name, why=error.line)

    def use(self, paths: Iterable[Path]) -> None:
        """They are needed now, so they are not the ones to go."""
        for path in paths:
            with contextlib.suppress(FileNotFoundError):
                os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))

    def kept(self) -> list[CachedFile]:
        """All shots and sounds; seams and cards are not counted."""
        places = (
            self.root.glob("*.mp4"),
            (self.root / "sounds").glob("*.f32"),
            (self.root / "sounds").glob("*.m4a"),
            (self.root / CHUNKS).glob("*.aac"),
            (self.root / CHUNKS).glob("*.heard"),
        )
        return [kept for paths in places for kept in _found(paths)]

    def changed(self) -> list[Path]:
        """Files that are not what they were made as. Reads all of them whose sum was noted."""
        return [path for name, told in self._sums().items() if _is_another(path := self.root / name, told)]

    def _sums(self) -> dict[str, str]:
        """By name below the folder; the last that was noted counts."""
        try:
            lines = (self.root / SUMS).read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return {}
        parts = (line.partition(" ") for line in lines)
        return {name: told for told, _, name in parts if len(told) == SUM_SIGNS and name}

    def _note_sum(self, place: Path, told: str) -> None:
        """A line at the end, so that several renders can do so at once. Without it a file is not looked at, no more."""
        if not place.is_relative_to(self.root):
            return
        line = f"{told} {place.relative_to(self.root)}\n".encode()
        handle = os.open(self.root / SUMS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)

    def trim_sums(self) -> None:
        """Forgets the sums of files that are gone."""
        kept = {name: told for name, told in self._sums().items() if (self.root / name).exists()}
        replace_file(self.root / SUMS, "".join(f"{told} {name}\n" for name, told in kept.items()).encode())

    def remove(self, path: Path) -> None:
        """The note goes first: a sound counts only with it."""
        if _has_note(path):
            self._note(path).unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def bench(self) -> Iterator[Path]:
        """A folder to work in, gone afterwards."""
        with processes.bench(self.root / "work") as folder:
            yield folder

    @contextlib.contextmanager
    def claim(self, paths: Iterable[Path], of: Collection[str]) -> Iterator[None]:
        """While something is made of files in the cache: these `paths` are needed, and `of` these contents (hashes).

        It stands in a folder to work in, so that a claim whose process is gone counts no more.
        """
        with self.bench() as folder:
            told = {"paths": sorted(str(path) for path in paths), "of": sorted(of)}
            half = folder / f"{CLAIM}.part"
            half.write_text(json.dumps(told))
            half.replace(folder / CLAIM)
            yield

    def claims(self) -> list[ShotClaim]:
        """What is being made of the cache just now, by whichever living process."""
        found = []
        for path in (self.root / "work").glob(f"*/{CLAIM}"):
            if not processes.is_held(path.parent):
                continue
            with contextlib.suppress(FileNotFoundError, ValueError):
                told, since = json.loads(path.read_text()), path.stat().st_mtime
                found.append(ShotClaim(frozenset(map(Path, told["paths"])), frozenset(told["of"]), since))
        return found

    def everything(self) -> list[CachedFile]:
        """Shots, sounds, chunks with what is noted of them, and raw frames; no cards, nothing that is being made."""
        folders = (self.root, self.root / "sounds", self.root / CHUNKS, self.root / "seams")
        return list(_found(path for folder in folders for path in folder.glob("*.*") if path.is_file()))

    def abandoned(self) -> list[Path]:
        """Benches of killed processes."""
        return processes.abandoned(self.root / "work")

    def sweep_out(self) -> None:
        """Removes what killed renders left: their work folders, and seams that nobody came for."""
        processes.sweep(self.root / "work")
        self.drop_old_seams()

    def _note(self, path: Path) -> Path:
        return path.with_suffix(".json")


def _is_another(path: Path, told: str) -> bool:
    try:
        return file_sha256(path) != told
    except FileNotFoundError:
        return False


def _found(paths: Iterable[Path]) -> Iterator[CachedFile]:
    """Those of them that are still there."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            seen = path.stat()
            yield CachedFile(path, seen.st_size, max(seen.st_atime, seen.st_mtime))


@cache
def last_boot() -> str:
    """Of the machine's last start; where the system doesn't tell, of this process."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8]
    except OSError:
        return uuid4().hex[:8]


def _has_note(path: Path) -> bool:
    return path.parent.name in ("sounds", CHUNKS)
