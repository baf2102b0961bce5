"""How loud a clip is from moment to moment, and where nobody speaks: what captions are set by.

Measured from the desk's own copy when it is asked for first; kept in the data folder's `looks`, and can be thrown away.
"""

from __future__ import annotations

import json
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from relay.almanac.captions import aligning
from relay.almanac.captions.aligning import HOP, RATE, Samples
from relay.context import Relay
from relay.errors import NotFound, ToolFailed
from relay.media.files import replace_file
from relay.media.toolbox import Limits
from relay.models import Clip, ClipState, Inspection

_at_work = threading.BoundedSemaphore(2)
"""Several people may open long clips at once."""
LIMITS = Limits(memory_mb=2048, cpu_seconds=60, wall_seconds=60.0, file_mb=512)


@dataclass(frozen=True, slots=True)
class ClipSound:
    """`levels`: 0 to 100, one every `hop` seconds. `pauses`: from … to, in seconds. Both empty for a mute clip."""

    hop: float
    levels: Sequence[int]
    pauses: Sequence[Sequence[float]]


def of_clip(relay: Relay, clip_id: int) -> ClipSound:
    """Raises NotFound for a clip that isn't there or was withdrawn, and where its copy is gone."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None or clip.state is ClipState.withdrawn:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        seen = session.get_one(Inspection, clip.sha256)
    if not seen.has_audio:
        return ClipSound(HOP, (), ())
    place = relay.folder("looks") / f"{clip.sha256}-sound.json"
    if not place.exists():
        if not seen.proxy or not relay.media.has(seen.proxy):
            raise NotFound("There is no such file.")
        measured = of_samples(heard(relay, relay.media.local(seen.proxy)))
        replace_file(place, json.dumps(asdict(measured), separators=(",", ":")).encode())
    return ClipSound(**json.loads(place.read_bytes()))


def of_samples(heard: Samples) -> ClipSound:
    """Pure. A low voice is seen too: the root of the loudness."""
    loud = np.sqrt(np.minimum(1.0, 10 ** (aligning.levels(heard) / 20) * 2.5))
    pauses = [(round(begin, 2), round(end, 2)) for begin, end in aligning.pauses(heard)]
    return ClipSound(HOP, [int(level) for level in np.rint(100 * loud)], pauses)


def heard(relay: Relay, copy: Path) -> Samples:
    """What is heard in the desk's copy of a clip, at RATE. Raises NotFound for a broken one."""
    with _at_work, tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=relay.folder("work")) as folder:
        argv = [
            *(relay.toolbox.ffmpeg, "-v", "error", "-nostdin", "-f", "mov", "-format_whitelist", "mov"),
            *("-protocol_whitelist", "file", "-i", f"file:{copy}", "-map", "0:a:0"),
            *("-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-y", "heard.f32"),
        ]
        try:
            relay.toolbox.run(argv, folder=Path(folder), reads=[copy], limits=LIMITS, nice=5)
        except ToolFailed as error:  # the desk's copy is broken; the doctor tells of that
            raise NotFound("There is no such file.") from error
        return np.fromfile(Path(folder) / "heard.f32", np.float32)
