"""Where faces are in a clip, for cutting it to another shape. Needs the extra `faces` (OpenCV 4, whose wheel carries
its Haar cascades; version 5 carries none); without it nothing is found, and films show the whole picture.

Looked at is the desk's own copy of the clip, twice a second: each time the picture that stands at that moment
(`round=up`; left to itself, `fps` takes one up to a quarter of a second later). ffmpeg decodes it in one child, and
another one that can read nothing but bare grey pixels looks for faces.
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from relay.media.toolbox import Limits, Toolbox

FACES = 2
"""Part of the name under which faces are kept; raise it when they are looked for in another way."""
A_SECOND = 2
LONGEST = 480
DECODING = Limits(memory_mb=2048, cpu_seconds=300, wall_seconds=600, file_mb=512, open_files=64)
LOOKING = Limits(memory_mb=4096, cpu_seconds=600, wall_seconds=1200, file_mb=1, open_files=256)


def available() -> bool:
    return find_spec("cv2") is not None


def find(
    toolbox: Toolbox, path: Path, folder: Path, *, width: int, height: int, seconds: float, start: int = 0
) -> dict[str, Any]:
    """Faces in the video of our own making at `path`, in `seconds` of it from second `start` on.

    `width`, `height`: its shape; `folder` is the children's own. Gives
    {"moments": [seconds], "faces": [[seconds, x, y, width, height], …]}, boxes in shares of the picture.
    Raises ToolFailed, Interrupted.
    """
    scale = LONGEST / max(width, height)
    wide, high = (max(16, round(side * scale / 2) * 2) for side in (width, height))
    frames = folder / "faces.gray"
    argv = [
        *(toolbox.ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", "-f", "mov", "-format_whitelist", "mov"),
        *(
            "-protocol_whitelist",
            "file",
            *(["-ss", str(start)] if start else []),
            "-t",
            f"{seconds:.3f}",
            "-an",
            "-sn",
            "-dn",
            "-threads",
            "1",
            "-i",
            str(path),
        ),
        *("-vf", f"fps={A_SECOND}:start_time=0:round=up,scale={wide}:{high}:flags=area,format=gray"),
        *("-f", "rawvideo", "-y", frames.name),
    ]
    try:
        toolbox.run(argv, folder=folder, reads=[path], limits=DECODING)
        job = {"path": str(frames), "width": wide, "height": high, "a_second": A_SECOND}
        done = toolbox.run(
            toolbox.python("relay.media.children.faces", json.dumps(job)), folder=folder, reads=[frames], limits=LOOKING
        )
    finally:
        frames.unlink(missing_ok=True)
    told = dict(json.loads(done.stdout))
    return _later(told, start) if start else told


def _later(told: dict[str, Any], start: int) -> dict[str, Any]:
    """Times from the beginning of the file."""
    return {
        "moments": [at + start for at in told["moments"]],
        "faces": [[at + start, *box] for at, *box in told["faces"]],
    }
