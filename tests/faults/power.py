"""A disk whose power is cut: recorded writes are replayed, and what was never synced is lost.

The rules are POSIX's, not those of one file system: a file's bytes are kept once the file was synced, its name once its
folder was. What real disks keep beyond that is up to them, so each cut is tried in three ways (see `Loss`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.faults.strace import Call

PAGE = 4096
GONE = "(deleted)"


class Loss(StrEnum):
    """What a cut takes: `all` that was never synced; `bytes` only, while names are where they were last; `some` pages
    and some names, by chance.
    """

    all = "all"
    bytes = "bytes"
    some = "some"


@dataclass
class _File:
    now: bytearray = field(default_factory=bytearray)
    kept: bytes = b""


class Disk:
    """`Disk(folder)` begins with what lies in `folder`; then `happens` call by call, and `image` at any moment."""

    def __init__(self, *folders: Path) -> None:
        self.roots = [str(folder) for folder in folders]
        self.files: dict[str, _File] = {}
        self.folders: set[str] = set(self.roots)
        for folder in folders:
            for path in sorted(folder.rglob("*")):
                if path.is_dir():
                    self.folders.add(str(path))
                else:
                    content = path.read_bytes()
                    self.files[str(path)] = _File(bytearray(content), content)
        self.kept_files = dict(self.files)
        self.kept_folders = set(self.folders)
        self._open: dict[tuple[int, int], int] = {}

    def happens(self, call: Call) -> None:
        if call.result < 0 or not any(map(self._inside, call.paths)):
            return
        getattr(self, f"_{call.name}")(call)

    def image(self, loss: Loss, chance: random.Random) -> dict[str, bytes | None]:
        """What a machine finds that starts again: path → bytes, None for a folder."""
        names_stay = loss is Loss.bytes or (loss is Loss.some and chance.random() < 0.5)
        files, folders = (self.files, self.folders) if names_stay else (self.kept_files, self.kept_folders)
        found: dict[str, bytes | None] = {path: None for path in folders if self._reached(path, folders)}
        for path, file in files.items():
            if str(Path(path).parent) in found:
                found[path] = _torn(file, chance) if loss is Loss.some else file.kept
        return found

    def _reached(self, path: str, folders: Iterable[str]) -> bool:
        return path in self.roots or (
            str(Path(path).parent) in folders and self._reached(str(Path(path).parent), folders)
        )

    def _inside(self, path: str) -> bool:
        return any(path == root or path.startswith(f"{root}/") for root in self.roots)

    # calls

    def _openat(self, call: Call) -> None:
        path = call.paths[0]
        if path in self.folders:
            return
        is_new = "O_CREAT" in call.flags and path not in self.files
        if is_new:
            self.files[path] = _File()
        if "O_TRUNC" in call.flags and not is_new:
            self.files[path].now.clear()
        self._open[call.pid, call.result] = -1 if "O_APPEND" in call.flags else 0

    def _write(self, call: Call) -> None:
        key = (call.pid, call.descriptor)
        file = self.files.get(call.paths[0])
        if file is None:
            return  # its name is gone already
        at = self._open.get(key, 0)
        at = len(file.now) if at < 0 else at
        assert len(call.text) >= call.result, "more was written than was written down"
        _put(file, at, call.text[: call.result])
        if self._open.get(key, 0) >= 0:
            self._open[key] = at + call.result

    def _lseek(self, call: Call) -> None:
        if self._open.get((call.pid, call.descriptor), 0) >= 0:
            self._open[call.pid, call.descriptor] = call.result

    def _pwrite64(self, call: Call) -> None:
        if (file := self.files.get(call.paths[0])) is not None:
            _put(file, call.numbers[-1], call.text[: call.result])

    def _sendfile(self, call: Call) -> None:
        to, source = call.paths
        start = int(re.findall(r"\[(\d+)\]", call.flags)[0])
        content = bytes(self.files[source].now) if source in self.files else Path(source).read_bytes()
        key = (call.pid, call.descriptor)
        _put(self.files[to], self._open[key], content[start : start + call.result])
        self._open[key] += call.result

    def _ftruncate(self, call: Call) -> None:
        if (file := self.files.get(call.paths[0])) is None:
            return
        length = call.numbers[-1]
        del file.now[length:]
        file.now.extend(bytes(length - len(file.now)))

    def _fsync(self, call: Call) -> None:
        path = call.paths[0]
        if path not in self.folders:
            if (file := self.files.get(path)) is not None:
                file.kept = bytes(file.now)
            return

        def here(each: str) -> bool:
            return str(Path(each).parent) == path

        self.kept_files = {one: file for one, file in self.kept_files.items() if not here(one)}
        self.kept_files |= {one: file for one, file in self.files.items() if here(one)}
        self.kept_folders = {one for one in self.kept_folders if not here(one) or one in self.roots}
        self.kept_folders |= {one for one in self.folders if here(one)}

    _fdatasync = _fsync

    def _rename(self, call: Call) -> None:
        old, new = call.paths
        if old in self.folders:

            def inside(each: str) -> bool:
                return each == old or each.startswith(f"{old}/")

            moved = {f"{new}{each[len(old) :]}" for each in self.folders if inside(each)}
            self.folders = {each for each in self.folders if not inside(each)} | moved
            self.files = {(new + each[len(old) :] if inside(each) else each): file for each, file in self.files.items()}
        else:
            self.files[new] = self.files.pop(old)

    def _unlink(self, call: Call) -> None:
        self.files.pop(call.paths[0], None)

    def _unlinkat(self, call: Call) -> None:
        self.files.pop(call.paths[0], None)
        self.folders.discard(call.paths[0])

    def _mkdir(self, call: Call) -> None:
        self.folders.add(call.paths[0])

    def _rmdir(self, call: Call) -> None:
        self.folders.discard(call.paths[0])


def _put(file: _File, at: int, content: bytes) -> None:
    if at > len(file.now):
        file.now.extend(bytes(at - len(file.now)))
    file.now[at : at + len(content)] = content


def _torn(file: _File, chance: random.Random) -> bytes:
    """Each page as it was synced, or as it was written since; so too the length."""
    if bytes(file.now) == file.kept:
        return file.kept
    length = chance.choice([len(file.now), len(file.kept)])
    found = bytearray()
    for at in range(0, length, PAGE):
        content = chance.choice([bytes(file.now), file.kept])
        found += content[at : at + PAGE].ljust(PAGE, b"\0")
    return bytes(found[:length])


def laid_out(image: dict[str, bytes | None], old: Path, new: Path) -> None:
    """Writes the image of a disk that lay in `old` into `new`, which is not there yet. `-shm` is not on a disk."""
    new.mkdir(parents=True)
    for path in sorted(image):
        content, target = image[path], new / Path(path).relative_to(old)
        if content is None:
            target.mkdir(parents=True, exist_ok=True)
        elif not path.endswith("-shm"):
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
