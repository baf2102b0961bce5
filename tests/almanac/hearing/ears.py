"""A toolbox whose children hear what a test says, without ffmpeg and without a model."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from relay.errors import ToolFailed
from relay.media.toolbox import Done
from tests.fakes.toolbox import RecordingToolbox


class Ears(RecordingToolbox):
    """`says`: the words of every clip, half a second each. `meanwhile`: what happens while it listens."""

    def __init__(self, says: str = "") -> None:
        super().__init__()
        self.says, self.fails = says, False
        self.meanwhile: Callable[[], object] = lambda: None

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:  # type: ignore[override]
        on_line = more.pop("on_line", None)
        done = super().run(argv, folder=folder, **more)
        if argv[0] != sys.executable:
            (folder / "heard.pcm").touch()
            return done
        if self.fails:
            raise ToolFailed("It can't be heard.")
        words = [(word, 1 + at / 2, 1.4 + at / 2, 0.9) for at, word in enumerate(self.says.split())]
        voice = [(words[0][1], words[-1][2])] if words else []
        plan = {"seconds": 60.0, "loud": [0.0, 60.0], "voice": voice, "pieces": voice}
        segment = {"words": words, "log_probability": -0.3, "no_speech": 0.0, "compression": 1.0}
        heard = {"language": "ru", "probability": 0.9, "segments": [segment]}
        lines = [{"plan": plan}, *([heard] if words and json.loads(argv[-1])["model"] else []), {"end": True}]
        for line in lines:
            on_line(json.dumps(line))
        self.meanwhile()
        return done
