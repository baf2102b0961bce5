"""Texts read aloud by espeak-ng, which the package `espeakng-loader` carries (extras `demo` and `captions`).

The library runs in a child (speech_child.py). It leaves a WAV file for each line: mono, 16 bit, its own rate.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from relay.media.toolbox import Limits, Toolbox

SPEECH_LIMITS = Limits(memory_mb=1024, cpu_seconds=60, wall_seconds=90.0, file_mb=64)


@dataclass(frozen=True, slots=True)
class SpokenLine:
    """`voice`: espeak-ng's name for it, a language or a language with a variant; `rate`: words a minute, 80 to 450.

    `pitch`, `range`: 0 to 99. `file`: name of the WAV file.
    """

    text: str
    voice: str
    file: str
    rate: int = 150
    pitch: int = 50
    range: int = 50


def can_speak() -> bool:
    """Whether the speech package (`pip install 'hashtag-relay[captions]'`) is there."""
    return find_spec("espeakng_loader") is not None


def speak(toolbox: Toolbox, lines: Sequence[SpokenLine], folder: Path) -> list[Path]:
    """The WAV files of all lines, in `folder`. Raises ToolFailed, also for a voice that isn't there; Interrupted."""
    import espeakng_loader

    library, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    order = json.dumps({"library": library, "data": data, "lines": [asdict(line) for line in lines]})
    argv = toolbox.python("relay.media.children.speech", order)
    toolbox.run(argv, folder=folder, reads=[Path(library), Path(data)], limits=SPEECH_LIMITS)
    return [folder / line.file for line in lines]
