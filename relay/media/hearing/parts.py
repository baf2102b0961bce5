"""Starts the child that puts the files of a model together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relay.media.toolbox import Limits, Toolbox

LIMITS = Limits(memory_mb=512, cpu_seconds=120, wall_seconds=600, file_mb=512, open_files=128)


@dataclass(frozen=True, slots=True)
class PutTogether:
    """Names of files: taken, there with other bytes, not there."""

    taken: Sequence[str]
    wrong: Sequence[str]
    missing: Sequence[str]


def put_together(
    toolbox: Toolbox, places: Sequence[Path], folder: Path, pins: Mapping[str, tuple[str, int]]
) -> PutTogether:  # fmt: skip
    """Into `folder`, of the files and wheels `places`. Raises ToolFailed, DiskFull, Interrupted."""
    job = {"format": "parts", "places": [str(place) for place in places], "pins": pins}
    argv = toolbox.python("relay.media.children.model_parts", json.dumps(job))
    done = toolbox.run(argv, folder=folder, reads=places, limits=LIMITS)
    told = json.loads(done.stdout)
    return PutTogether(told["taken"], told["wrong"], told["missing"])
