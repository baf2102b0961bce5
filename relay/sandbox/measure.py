"""How large and how long a file of video is, as VK knows after an upload."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from relay.errors import Refused
from relay.media.probe import beginning, container
from relay.media.toolbox import Limits, Toolbox

LIMITS = Limits(cpu_seconds=20, wall_seconds=30.0, file_mb=1)


@dataclass(frozen=True, slots=True)
class Size:
    """Pixels as displayed, seconds. All 0: unknown, as for a broken file."""

    width: int = 0
    height: int = 0
    duration: float = 0.0


Measure = Callable[[Path], Size]


def measure_with(toolbox: Toolbox) -> Measure:
    """A Measure that asks ffmpeg to open the file, in a child process."""

    def measure(path: Path) -> Size:
        try:
            kind = container(beginning(path))
        except Refused:
            return Size()
        argv = [
            *(toolbox.ffmpeg, "-hide_banner", "-nostdin", "-f", kind, "-format_whitelist", kind),
            *("-protocol_whitelist", "file", "-i", f"file:{path.absolute()}"),
        ]
        with tempfile.TemporaryDirectory(prefix="relay-measure-") as folder:
            done = toolbox.run(argv, folder=Path(folder), reads=[path], limits=LIMITS, check=False)
        return read(done.stderr)

    return measure


def read(printed: str) -> Size:
    """Reads what ffmpeg prints about an input."""
    duration = re.search(r"Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)", printed)
    seconds = int(duration[1]) * 3600 + int(duration[2]) * 60 + float(duration[3]) if duration else 0.0
    picture = re.search(r"Video: .*? (\d{2,5})x(\d{2,5})", printed)
    if picture is None:
        return Size(duration=seconds)
    width, height = int(picture[1]), int(picture[2])
    turned = re.search(r"rotation of (-?\d+(?:\.\d+)?) degrees", printed)
    if turned is not None and round(float(turned[1])) % 180 == 90:
        width, height = height, width
    return Size(width, height, seconds)
