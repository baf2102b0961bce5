"""The ffmpeg that imageio-ffmpeg carries, found by its files: the package itself runs it, to see whether it works, with
the whole environment of its caller, tokens and all.
"""

from __future__ import annotations

import os
import shutil
from importlib.resources import files
from pathlib import Path

NAMED = "IMAGEIO_FFMPEG_EXE"
"""Where it is, for imageio-ffmpeg, which then runs nothing."""


def ffmpeg() -> str:
    """Its path, or the system's where none is carried; empty where there is none at all."""
    if named := os.environ.get(NAMED):
        return named
    try:
        carried = sorted(Path(str(files("imageio_ffmpeg.binaries"))).glob("ffmpeg-*"))
    except ModuleNotFoundError:
        carried = []
    return str(carried[0]) if carried else shutil.which("ffmpeg") or ""
