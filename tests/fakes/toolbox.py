from __future__ import annotations

import json
import marshal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import relay
from relay.media.toolbox import Done, Limits, Toolbox

PACKAGE = Path(relay.__file__).parent
USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Call:
    """What would have been started. `order`: what the wall around it was told (confine.py). `places`: the functions of
    Relay that led here, `relay/media/probe.py:probe`. `neighbours`: the names in `folder` at that moment.
    """

    argv: list[str]
    order: dict[str, Any]
    folder: Path
    reads: tuple[Path, ...]
    limits: Limits
    places: frozenset[str]
    neighbours: tuple[str, ...]

    def opens(self, path: Path) -> bool:
        return any(str(path) in word for word in self.argv[1:]) or path in self.reads


class RecordingToolbox(Toolbox):
    """Starts nothing, and answers what it was told to."""

    def __init__(self, *, ffmpeg: str = "/usr/bin/ffmpeg") -> None:
        super().__init__(walls="landlock")
        self._tool, self._answer = ffmpeg, "{}"
        self.calls: list[Call] = []

    # verbs for tests

    def answers(self, **values: Any) -> None:
        """Every child says these values, as one line of JSON."""
        self._answer = json.dumps(values)

    # as a toolbox

    @property
    def ffmpeg(self) -> str:  # type: ignore[override]
        return self._tool

    @property
    def ffmpeg_version(self) -> str:  # type: ignore[override]
        return "ffmpeg version 9"

    def run(
        self, argv: Sequence[str], *, folder: Path, reads: Sequence[Path] = (), limits: Limits = USUAL, **more: Any
    ) -> Done:
        command = self._walled(
            argv, folder, reads, limits, network=more.get("network", False), nice=more.get("nice", 0)
        )
        order = marshal.loads(bytes.fromhex(command[4]))
        neighbours = tuple(sorted(entry.name for entry in folder.iterdir()))
        self.calls.append(Call(list(argv), order, folder, tuple(reads), limits, _places(), neighbours))
        if more.get("on_line") is not None:
            more["on_line"](self._answer)
        return Done(self._answer, "", 0, 0.0)


def _places() -> frozenset[str]:
    """Frame by frame: `inspect.stack` also reads the source of each, which takes longer than most tests."""
    found: set[str] = set()
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        code, path = frame.f_code, Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            found.add(f"{path.relative_to(PACKAGE.parent)}:{code.co_name}")
        frame = frame.f_back
    return frozenset(found)
