"""A campaign of real files, and a look through a data folder for one of its clips: bytes, hashes, frames."""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from relay.media.toolbox import Toolbox

SIDES = (32, 18)
ALIKE = 0.93
"""Correlation from which a frame is one of the clip's: cards and names over it leave it above 0.95."""
RAW = {160 * 90 * 3 // 2: (160, 90), 320 * 180 * 3 // 2: (320, 180)}

Gray = NDArray[np.uint8]


LENGTH = 150
"""Frames of that clip: six seconds, another picture in each."""


def mosaic(number: int) -> Gray:
    """A frame of the clip that is looked for: large blocks, like nothing that others show."""
    blocks = np.random.default_rng(80 + number // 25).integers(20, 220, (6, 8), np.uint8)
    luma = np.kron(blocks, np.ones((30, 40), np.uint8))
    return np.concatenate([luma.ravel(), np.full(180 * 320 // 2, 128, np.uint8)])


def waves(seed: int) -> Callable[[int], Gray]:
    y, x = np.mgrid[0:180, 0:320]

    def picture(number: int) -> Gray:
        luma = (
            115
            + 60 * np.sin((x + 3 * number) / (9 + seed % 17) + seed)
            + 40 * np.cos((y - 2 * number) / (7 + seed % 11))
        )
        return np.concatenate([luma.astype(np.uint8).ravel(), np.full(180 * 320 // 2, 128, np.uint8)])

    return picture


class Searcher:
    """`Searcher(original, toolbox).finds(folder)`: names of all files that hold anything of the clip, and how."""

    def __init__(self, original: Path, toolbox: Toolbox) -> None:
        self.content, self.toolbox = original.read_bytes(), toolbox
        self.sha256 = hashlib.sha256(self.content).hexdigest()
        shown = (mosaic(number)[: 180 * 320].reshape(180, 320) for number in range(0, LENGTH, 25))
        self.wanted = _normed(np.stack([_small(frame) for frame in shown]))

    def finds(self, folder: Path) -> list[str]:
        return sorted(
            f"{path.relative_to(folder)}: {how}"
            for path in folder.rglob("*")
            if path.is_file() and (how := self._tells(path.name, path.read_bytes()))
        )

    def _tells(self, name: str, content: bytes) -> str:
        if self.sha256 in name or self.sha256.encode() in content or bytes.fromhex(self.sha256) in content:
            return "hash"
        if self.content[1000:3000] in content:
            return "bytes"
        if zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as packed:
                inner = (self._tells(one, packed.read(one)) for one in packed.namelist())
                return next((f"{how} in zip" for how in inner if how), "")
        return "frame" if self._is_among(list(self._frames(name, content))) else ""

    def _is_among(self, frames: Sequence[NDArray[np.float64]]) -> bool:
        """Whole frames, and each of a storyboard's pictures."""
        if not frames:
            return False
        return bool((_normed(np.stack(frames)) @ self.wanted.T > ALIKE).any())

    def _frames(self, name: str, content: bytes) -> Iterator[NDArray[np.float64]]:
        if name.endswith(".yuv"):
            for size, (width, height) in RAW.items():
                for start in range(0, len(content) - size + 1, size):
                    yield _small(
                        np.frombuffer(content[start : start + width * height], np.uint8).reshape(height, width)
                    )
            return
        try:
            with Image.open(io.BytesIO(content)) as picture:
                gray = np.asarray(picture.convert("L"))
        except (UnidentifiedImageError, OSError):
            yield from self._of_video(name, content)
            return
        yield _small(gray)
        yield from (_small(part) for part in _tiles(gray))

    def _of_video(self, name: str, content: bytes) -> Iterator[NDArray[np.float64]]:
        if b"ftyp" not in content[:16] and not name.endswith((".mp4", ".part", ".mov", ".ts")):
            return
        argv = [
            self.toolbox.ffmpeg,
            "-v",
            "quiet",
            "-i",
            "pipe:0",
            "-vf",
            "scale=32:18,format=gray",
            "-f",
            "rawvideo",
            "-",
        ]
        told = subprocess.run(argv, input=content, capture_output=True, check=False).stdout
        size = SIDES[0] * SIDES[1]
        for start in range(0, len(told) - size + 1, size):
            yield np.frombuffer(told[start : start + size], np.uint8).reshape(SIDES[1], SIDES[0]).astype(float)


def _tiles(gray: Gray) -> Iterator[Gray]:
    """Of a storyboard, whatever the number of its pictures in a row."""
    height, width = gray.shape
    for across in range(2, 11):
        part = width // across
        down = max(1, round(height / max(1, part * 9 / 16)))
        tall = height // down
        for row in range(down):
            for column in range(across):
                tile = gray[row * tall : (row + 1) * tall, column * part : (column + 1) * part]
                if min(tile.shape) >= SIDES[1]:
                    yield tile


def _normed(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows whose products are correlations; a frame of one colour correlates with nothing."""
    rows = frames.reshape(len(frames), -1)
    rows = rows - rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), SIDES[0] * SIDES[1] ** 0.5)


def _small(gray: Gray) -> NDArray[np.float64]:
    return np.asarray(Image.fromarray(gray).resize(SIDES, Image.Resampling.BOX)).astype(float)
