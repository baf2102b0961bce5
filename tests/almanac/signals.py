"""Videos in which a white flash and a beep come together, and when both are seen and heard in what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from relay.almanac.film.ffmpeg import listening_argv
from relay.almanac.film.footage import Footage
from relay.media.toolbox import Toolbox
from tests.almanac.filming import Camera

RATE = 48_000
FLASHES = (1.0, 2.5)
SECONDS = 4.0
TOGETHER = 0.022
"""Half a frame of 25 a second, to which a flash is moved, and 2 ms for the measuring."""


@dataclass(frozen=True)
class Recipe:
    """How a video with signals is made: what happens to the picture and the sound, and how both are put into a file.

    `late`: by how much later the beeps lie in the sound than they come. `more`: further inputs.
    `again`: words of a second run, which copies.
    """

    name: str = "a.mp4"
    filters: str = "null"
    late: float = 0.0
    words: Sequence[str] = ()
    more: Sequence[str] = ()
    again: Sequence[str] = ()
    before_again: Sequence[str] = ()
    picture: Sequence[str] = ("-c:v", "libx264", "-preset", "veryfast", "-bf", "3", "-g", "250")
    sound: Sequence[str] = ("-c:a", "aac")


def beeps(times: Sequence[float], seconds: float = SECONDS) -> str:
    heard = "+".join(f"between(t,{time},{time + 0.1})" for time in times)
    return f"aevalsrc='0.4*sin(2*PI*1000*t)*({heard})+0.0008*random(0)':s={RATE}:d={seconds}"


def film(toolbox: Toolbox, folder: Path, recipe: Recipe) -> Path:
    """30 pictures a second, 4 seconds, a flash and a beep of a tenth of a second each at 1.0 and 2.5 s."""
    seen = "+".join(f"between(n,{round(30 * time)},{round(30 * time) + 2})" for time in FLASHES)
    picture = f"testsrc2=s=480x360:r=30:d={SECONDS},drawbox=t=fill:c=white:enable='{seen}',{recipe.filters}"
    sound = beeps([time + recipe.late for time in FLASHES])
    first = folder / (f"first-{recipe.name}" if recipe.again else recipe.name)
    inputs = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, *recipe.more]
    encode = [*recipe.picture, "-fps_mode", "vfr", *recipe.sound]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *inputs, *encode, *recipe.words, str(first)], folder=folder)
    if not recipe.again:
        return first
    path = folder / recipe.name
    argv = [toolbox.ffmpeg, "-v", "error", *recipe.before_again, "-i", str(first), "-c", "copy", *recipe.again]
    toolbox.run([*argv, str(path)], folder=folder, reads=[first])
    return path


@dataclass(frozen=True)
class Signals:
    """When each flash and each beep begins, in seconds."""

    flashes: list[float] = field(default_factory=list)
    beeps: list[float] = field(default_factory=list)

    @property
    def apart(self) -> float:
        """The furthest that a beep is from its flash; infinite where one is alone."""
        if len(self.flashes) != len(self.beeps):
            return float("inf")
        return max((abs(one - other) for one, other in zip(self.flashes, self.beeps, strict=True)), default=0.0)


def signals(camera: Camera, path: Path, fps: float, *, first: int = 0, last: int | None = None) -> Signals:
    """What is seen and heard in a file of even timing, between two of its frames.

    The middle of the picture is looked at: an upright one has black or blurred sides.
    """
    light = camera.looks_at(path, size=(64, 36))[first:last, 6:30, 28:36].mean(axis=(1, 2))
    sound = camera.hears(path)[round(first / fps * RATE) : None if last is None else round(last / fps * RATE), 0]
    return Signals([frame / fps for frame in flashes(light)], beginnings(sound))


def flashes(light: NDArray[np.float64]) -> list[int]:
    return _rising(light > (light.max() + np.median(light)) / 2)


def beginnings(sound: NDArray[np.float32]) -> list[float]:
    """Seconds at which something begins to be heard after a fifth of a second of none."""
    if not len(sound):
        return []
    level = np.convolve(np.abs(sound), np.ones(48) / 48, "same")
    found = [sample / RATE for sample in _rising(level > level.max() / 4)]
    return [time for number, time in enumerate(found) if not number or time - found[number - 1] > 0.2]


def _rising(high: NDArray[np.bool_]) -> list[int]:
    return [int(place) + 1 for place in np.flatnonzero(high[1:] & ~high[:-1])]


def listened(camera: Camera, source: Footage, path: Path) -> list[float]:
    """When the beeps begin for what listens to a clip: captions, search for the beginning and end of speech."""
    target = camera.folder / "listened.f32"
    argv = listening_argv(camera.toolbox.ffmpeg, source, rate=RATE, path=str(path), target=str(target))
    camera.toolbox.run(argv, folder=camera.folder, reads=[path])
    return beginnings(np.fromfile(target, np.float32))
