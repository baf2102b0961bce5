"""People who film: small videos of all shapes, whose frames can be told apart by their grey."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relay.almanac.cards.people import Person
from relay.almanac.film.cut import Cut, Subclip
from relay.almanac.film.footage import Footage, footage
from relay.almanac.film.sound.mix import Loudness, read_loudness
from relay.almanac.film.timeline import ItemKind
from relay.almanac.formats import House
from relay.media.probe import Facts, probe
from relay.media.toolbox import Toolbox

SMALL = House(width=320, height=180, preset="ultrafast", title_seconds=1, page_seconds=1, end_seconds=1)
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "8", "-pix_fmt", "yuv420p")


def grey(number: int, *, seed: int = 0) -> int:
    """The luma of a clip's frame `number`: neighbours differ much, and so do clips."""
    return 32 + (number * 37 + seed * 53) % 180


LANES, BITS, BLOCK = (8, 40), 12, 16
"""Two places for a frame's number, so that both can be read in a dissolve; blocks of 16 pixels."""


def numbered(lane: int, *, flashes: Collection[int] = ()) -> Callable[[int], NDArray[np.uint8]]:
    """Pictures of 320×180 that carry their number as a row of black and white blocks, behind a white and a black one.

    `flashes`: frames whose lower half is white.
    """

    def picture(number: int) -> NDArray[np.uint8]:
        luma = np.full((180, 320), 90, np.uint8)
        luma[: LANES[-1] + 2 * BLOCK] = 16
        for place, white in enumerate([True, False, *(bool(number >> bit & 1) for bit in range(BITS))]):
            left = BLOCK * (place + 1)
            luma[LANES[lane] : LANES[lane] + BLOCK, left : left + BLOCK] = 235 if white else 16
        if number in flashes:
            luma[90:] = 235
        return np.concatenate([luma, np.full((90, 320), 128, np.uint8)])

    return picture


def number_in(frame: NDArray[np.uint8], lane: int) -> int | None:
    """The number that a frame of the film carries in a lane; None where it can't be read."""
    top = LANES[lane] + 4
    blocks = [
        float(frame[top : top + 8, BLOCK * (place + 1) + 4 : BLOCK * (place + 2) - 4].mean())
        for place in range(BITS + 2)
    ]
    white, black, *bits = blocks
    if white - black < 10:
        return None
    return sum(1 << bit for bit, value in enumerate(bits) if value > (white + black) / 2)


class Camera:
    """Films into `folder`: `camera.films("vera", frames=50)`."""

    def __init__(self, toolbox: Toolbox, folder: Path) -> None:
        self.toolbox, self.folder = toolbox, folder

    def films(
        self,
        name: str,
        *,
        frames: int = 50,
        size: tuple[int, int] = (320, 180),
        fps: str = "25",
        seed: int = 0,
        encode: Sequence[str] = X264,
        filters: str = "null",
        sound: float | None = None,
        loud: float = -12.0,
        picture: Callable[[int], NDArray[np.uint8]] | None = None,
        suffix: str = ".mp4",
        audio: Sequence[str] = ("-c:a", "aac"),
    ) -> Path:
        """`sound`: seconds of a tone, None for the picture's length, 0 for none at all; `loud`: dB.

        Never over a file that stands: the folder is the whole session's.
        """
        width, height = size
        path = self._free(name, suffix)
        seconds = float(frames / Fraction(fps)) if sound is None else sound
        tone = f"sine=frequency={330 + 70 * seed}:sample_rate=44100:duration={seconds},volume={loud}dB"

        def feed() -> Iterator[bytes]:
            for number in range(frames):
                if picture is not None:
                    yield picture(number).tobytes()
                else:
                    yield bytes([grey(number, seed=seed)]) * (width * height) + bytes([128]) * (width * height // 2)

        argv = [
            *(self.toolbox.ffmpeg, "-v", "error", "-f", "rawvideo", "-pix_fmt", "yuv420p"),
            *("-video_size", f"{width}x{height}", "-framerate", fps, "-i", "pipe:0"),
            *(["-f", "lavfi", "-i", tone] if seconds else []),
            *("-vf", filters, *encode, *(audio if seconds else []), "-y", str(path)),
        ]
        self.toolbox.run(argv, folder=self.folder, feed=feed())
        return path

    def _free(self, name: str, suffix: str) -> Path:
        names = (f"{name}{suffix}", *(f"{name}-{count}{suffix}" for count in range(2, 1000)))
        return next(path for path in map(self.folder.joinpath, names) if not path.exists())

    def turns(self, path: Path, degrees: int, *, mirrored: bool = False) -> Path:
        """The same file with a display matrix."""
        turned = path.with_name(f"{path.stem}-{degrees}{'-mirrored' if mirrored else ''}.mp4")
        words = ["-display_rotation", str(degrees), *(["-display_hflip"] if mirrored else [])]
        argv = [self.toolbox.ffmpeg, "-v", "error", *words, "-i", str(path), "-c", "copy", "-y", str(turned)]
        self.toolbox.run(argv, folder=self.folder)
        return turned

    def footage(self, path: Path) -> Footage:
        return seen(self.facts(path), hashlib.sha256(path.read_bytes()).hexdigest())

    def facts(self, path: Path) -> Facts:
        return probe(self.toolbox, path, self.folder, max_seconds=300)

    def take(self, path: Path, name: str = "Вера Павлова", *, first: int = 0, last: int | None = None) -> Subclip:
        return Subclip(self.footage(path), path, Person(name, "Мга"), first, last)

    def looks_at(self, film: Path, *, size: tuple[int, int] = (320, 180)) -> NDArray[np.uint8]:
        """Every frame's luma, decoded strictly: a damaged film fails here. Shape (frames, height, width)."""
        target = self.folder / "seen.gray"
        strict = ("-v", "error", "-xerror", "-err_detect", "+explode")
        argv = [
            *(self.toolbox.ffmpeg, *strict, "-i", str(film), "-map", "0:v", "-fps_mode", "passthrough"),
            *("-vf", f"scale={size[0]}:{size[1]},format=yuv420p,extractplanes=y", "-f", "rawvideo"),
        ]
        done = self.toolbox.run([*argv, "-y", str(target)], folder=self.folder, reads=[film])
        assert done.stderr == ""
        return np.fromfile(target, np.uint8).reshape(-1, size[1], size[0])

    def loudness(self, film: Path) -> Loudness:
        """Of the film's sound, as ffmpeg's ebur128 measures it."""
        argv = [self.toolbox.ffmpeg, "-nostats", "-i", str(film), "-af", "ebur128=peak=true:framelog=quiet"]
        done = self.toolbox.run([*argv, "-f", "null", "-"], folder=self.folder, reads=[film])
        return read_loudness(done.stderr)

    def hears(self, film: Path) -> NDArray[np.float32]:
        target = self.folder / "heard.f32"
        argv = [
            self.toolbox.ffmpeg,
            "-v",
            "error",
            "-xerror",
            "-i",
            str(film),
            "-map",
            "0:a",
            "-ac",
            "2",
            "-f",
            "f32le",
        ]
        done = self.toolbox.run([*argv, "-y", str(target)], folder=self.folder, reads=[film])
        assert done.stderr == ""
        return np.fromfile(target, np.float32).reshape(-1, 2)


def seen(facts: Facts, sha256: str) -> Footage:
    width, height = facts.shape
    return footage(
        sha256,
        width=width,
        height=height,
        seconds=facts.video_duration,
        has_audio=facts.audio_index is not None,
        technical=facts.to_json(),
    )


def expected_greys(cut: Cut, seeds: Sequence[int]) -> dict[int, float]:
    """What grey each frame of the film should have, for the frames of clips and of dissolves between two clips."""
    timeline, greys = cut.timeline, {}
    clips = [number for number, item in enumerate(timeline.items) if item.kind is ItemKind.clip]
    for item, seed in zip(clips, seeds, strict=True):
        head = timeline.head(item) if item - 1 in clips else 0
        for frame in range(timeline.items[item].frames):
            at, value = timeline.starts[item] + frame, grey(cut.compositions[item].first + frame, seed=seed)
            if frame < head:  # xfade: the first frame is all of the old, then one twelfth more of the new in each
                value = greys[at] * (1 - frame / head) + value * frame / head
            greys[at] = value
    for item in clips:
        if item - 1 not in clips:
            for frame in range(timeline.head(item)):
                del greys[timeline.starts[item] + frame]
        if item + 1 not in clips:
            for frame in range(timeline.tail(item)):
                del greys[timeline.starts[item] + timeline.items[item].frames - 1 - frame]
    return greys


def smaller(house: House = SMALL, **changes: object) -> House:
    return replace(house, **changes)  # type: ignore[arg-type]
