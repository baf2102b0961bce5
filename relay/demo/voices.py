"""What is heard in a clip: speech by espeak-ng where `espeakng_loader` is installed, a hummed tune where it is not.

Samples are numpy arrays of floats from -1 to 1, mono, `SAMPLE_RATE` a second.
"""

from __future__ import annotations

import re
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from relay import logs
from relay.demo.cast import Resident
from relay.errors import ToolFailed
from relay.media.text_to_speech import SpokenLine, can_speak, speak
from relay.media.toolbox import Toolbox

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

SAMPLE_RATE = 22050
LEAD, TAIL = 0.45, 0.6
SHORTEST, LONGEST = 4.0, 7.0
OPENINGS = (0.10, 0.30, 0.62)
"""From which part of the usual loudness on a mouth stands a little, half and wide open."""

log = logs.get_logger()


def voices(toolbox: Toolbox, residents: Sequence[Resident], folder: Path, *, aloud: bool = True) -> dict[str, Samples]:
    """Every resident's words as samples, by the resident's file name. Leaves WAV files in `folder`.

    Without the speech package, and without `aloud`, they hum.
    """
    if not (aloud and can_speak()):
        return {one.file: hum(one) for one in residents}
    try:
        return _spoken(toolbox, residents, folder)
    except ToolFailed as error:
        log.warning("no speech in the demo's clips", reason=error.line)
        return {one.file: hum(one) for one in residents}


def _spoken(toolbox: Toolbox, residents: Sequence[Resident], folder: Path) -> dict[str, Samples]:
    lines = [
        SpokenLine(one.says, one.voice.kind, f"{one.file}.wav", one.voice.rate, one.voice.pitch, one.voice.range)
        for one in residents
    ]
    files = speak(toolbox, lines, folder)
    return {one.file: trimmed(read_wav(path)) for one, path in zip(residents, files, strict=True)}


def hum(resident: Resident) -> Samples:
    """A quiet tune on a warm tone, another one for everybody, about as long as the words would be."""
    import numpy as np

    dice = np.random.default_rng(list(resident.file.encode()))
    base = 98.0 * 2 ** (resident.voice.pitch / 60)
    steps, step = (0, 3, 5, 7, 10, 12), int(dice.integers(0, 4))
    notes = []
    for _ in range(8):
        step = int(np.clip(step + dice.integers(-2, 3), 0, len(steps) - 1))
        notes.append(_note(base * 2 ** (steps[step] / 12), float(dice.uniform(0.42, 0.62))))
    return np.concatenate(notes)


def _note(frequency: float, seconds: float) -> Samples:
    import numpy as np

    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * frequency * t + 0.25 * np.sin(2 * np.pi * 5.2 * t) * np.minimum(1, t / 0.3)
    tone: Samples = sum((np.sin(k * phase) / k**1.8 for k in range(1, 7)), np.zeros_like(t))
    swell: Samples = np.minimum(1, t / 0.08) * np.minimum(1, (seconds - t) / 0.16)
    return np.asarray(0.2 * tone * swell)


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and after."""
    import numpy as np

    loud = np.flatnonzero(np.abs(samples) > 0.01)
    return samples[loud[0] : loud[-1] + 1] if loud.size else samples


def frames_for(samples: Samples, rate: int) -> int:
    """How many frames a clip with these words has."""
    seconds = min(LONGEST, max(SHORTEST, LEAD + len(samples) / SAMPLE_RATE + TAIL))
    return round(seconds * rate)


def placed(samples: Samples, seconds: float, seed: str) -> Samples:
    """The words in a room: begun after LEAD, with its first echoes and a breath of noise, `seconds` long."""
    import numpy as np

    dice = np.random.default_rng(list(seed.encode()))
    room = np.zeros(round(seconds * SAMPLE_RATE))
    peak = float(np.max(np.abs(samples), initial=1e-6))
    for delay, gain in ((0.0, 0.5), (0.019, 0.09), (0.037, 0.06), (0.061, 0.035)):
        start = round((LEAD + delay) * SAMPLE_RATE)
        part = samples[: max(0, len(room) - start)]
        room[start : start + len(part)] += part / peak * gain
    breath = np.convolve(dice.standard_normal(len(room)), np.ones(24) / 24, mode="same")
    return room + 0.0012 * breath


def mouths(samples: Samples, frames: int, rate: int) -> list[int]:
    """How wide the mouth is open in each frame (0…3), from how loud the words are there.

    No mouth moves more than about fifteen times a second, however many frames there are.
    """
    import numpy as np

    hold = max(1, round(rate / 15))
    length = SAMPLE_RATE * hold / rate
    starts = np.arange(0, len(samples), length).round().astype(int)[: -(-frames // hold)]
    if not starts.size:
        return [0] * frames
    levels = np.sqrt([np.mean(np.square(samples[at : at + round(length)])) for at in starts])
    usual = float(np.percentile(levels, 90)) or 1.0
    wide = np.digitize(levels / usual, OPENINGS)
    return [int(wide[i // hold]) if i // hold < len(wide) else 0 for i in range(frames)]


def levelled(samples: Samples, measured: float, wanted: float) -> Samples:
    """Brought from `measured` to `wanted` LUFS; what would clip is rounded off, as in a loud telephone."""
    import numpy as np

    louder = samples * 10 ** ((wanted - measured) / 20)
    knee = 0.7
    over = np.abs(louder) > knee
    rounded = np.sign(louder) * (knee + (0.98 - knee) * np.tanh((np.abs(louder) - knee) / (0.98 - knee)))
    return np.where(over, rounded, louder)


def loudness(toolbox: Toolbox, wav: Path) -> float:
    """Integrated loudness in LUFS (EBU R128), by ffmpeg; -70 for silence."""
    argv = [toolbox.ffmpeg, "-hide_banner", "-nostats", "-i", wav.name, "-af", "ebur128", "-f", "null", "-"]
    done = toolbox.run(argv, folder=wav.parent)
    heard = re.findall(r"I:\s+(-?[\d.]+) LUFS", done.stderr)
    return float(heard[-1]) if heard else -70.0


def read_wav(path: Path) -> Samples:
    import numpy as np

    with wave.open(str(path), "rb") as file:
        if file.getframerate() != SAMPLE_RATE:
            raise ToolFailed(
                "espeak-ng spoke {rate} samples a second where {wanted} were expected.",
                rate=file.getframerate(),
                wanted=SAMPLE_RATE,
            )
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768.0


def write_wav(path: Path, samples: Samples) -> None:
    import numpy as np

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
