"""Listens to a clip: one child decodes its sound, another one that can read nothing but bare samples listens.

Either may be stopped at any moment. What was heard until then stands in a file of notes, and the next time goes on
behind it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from relay.errors import Refused, ToolMissing
from relay.media.hearing import heard
from relay.media.hearing.heard import LANGUAGES, Hearing
from relay.media.hearing.model import SpeechModel, can_listen
from relay.media.toolbox import Limits, Toolbox

RATE = 16_000
LONGEST = 3600
"""Seconds of a clip that are listened to: so much fits into the memory of the child, beside its model."""
DECODING = Limits(memory_mb=2048, cpu_seconds=600, wall_seconds=1200, file_mb=512, open_files=64)
LISTENING = Limits(memory_mb=1200, cpu_seconds=3600, wall_seconds=3 * 3600, file_mb=1, open_files=128)
"""1200 MB also bound what is resident; it was 370 with the model `base`."""
ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
NICE = 10


def hear(
    toolbox: Toolbox,
    path: Path,
    folder: Path,
    *,
    model: SpeechModel | None,
    language: str = "",
    notes: Path | None = None,
) -> Hearing:
    """What is heard in the video of our own making at `path`, which has sound.

    `folder` is the children's own. `language`: in which is spoken; "" lets the model tell. `notes`: a file that keeps
    what is known so far, until the caller throws it away. Without a model only where somebody speaks. Raises
    Refused where another process writes these notes, ToolMissing without the extra, ToolFailed, DiskFull, Interrupted.
    """
    if not can_listen():
        raise ToolMissing("Listening needs an extra.", hint="Run: pip install 'hashtag-relay[speech]'")
    if language and language not in LANGUAGES:
        raise Refused("Words are heard in Russian, English and French.")
    sound = folder / "heard.pcm"
    argv = [
        *(toolbox.ffmpeg, "-v", "error", "-nostdin", "-f", "mov", "-format_whitelist", "mov"),
        *("-protocol_whitelist", "file", "-t", str(LONGEST), "-i", f"file:{path}", "-map", "0:a:0"),
        *("-af", "aresample=async=1:first_pts=0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-y", sound.name),
    ]
    try:
        toolbox.run(argv, folder=folder, reads=[path], limits=DECODING, nice=NICE)
        return listen(toolbox, sound, folder, model=model, language=language, notes=notes)
    finally:
        sound.unlink(missing_ok=True)


def listen(
    toolbox: Toolbox,
    sound: Path,
    folder: Path,
    *,
    model: SpeechModel | None,
    language: str = "",
    notes: Path | None = None,
) -> Hearing:
    """The same of bare samples: 16 kHz, mono, 16 bit."""
    key = model.key if model is not None else ""
    with _Notes(notes, {"model": key, "language": language}) as known:
        if not known.is_whole:
            _run(toolbox, sound, folder, model, language, known)
        return heard.of_lines(known.plan or {}, known.pieces, told=language, model=key)


def _run(
    toolbox: Toolbox, sound: Path, folder: Path, model: SpeechModel | None, language: str, known: _Notes
) -> None:  # fmt: skip
    spoken = language or (known.pieces[0]["language"] if known.pieces else "")
    job = {
        "format": "s16le",
        "path": str(sound),
        "model": str(model.folder) if model is not None else "",
        "language": spoken,
        "languages": sorted(LANGUAGES),
        "plan": known.plan,
        "done": len(known.pieces),
    }
    reads = [sound, *([model.folder] if model is not None else [])]
    argv = toolbox.python("relay.media.children.hearing", json.dumps(job))
    toolbox.run(argv, folder=folder, reads=reads, limits=LISTENING, env=ALONE, on_line=known.add, nice=NICE)


class _Notes:
    """Lines of the child, kept as they come. A file of another model or language, or a torn last line, is no use."""

    def __init__(self, path: Path | None, head: Mapping[str, str]) -> None:
        self._path, self._head = path, dict(head)
        self._file: IO[bytes] | None = None
        self.plan: dict[str, Any] | None = None
        self.pieces: list[dict[str, Any]] = []
        self.is_whole = False

    def __enter__(self) -> _Notes:
        if self._path is not None:
            self._file = self._path.open("a+b")
            self._hold(self._file)
            kept = self._read(self._path)
            self._file.truncate(kept)
            if not kept:
                self._write(json.dumps(self._head))
        return self

    def _hold(self, file: IO[bytes]) -> None:
        """The file is this process's own until it ends. Raises Refused."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.close()
            self._file = None
            raise Refused("Somebody else listens to this clip just now.") from error

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, line: str) -> None:
        self._take(json.loads(line))
        self._write(line)

    def _take(self, told: dict[str, Any]) -> None:
        if "plan" in told:
            self.plan = told["plan"]
        elif "segments" in told:
            self.pieces.append(told)
        else:
            self.is_whole = bool(told["end"])

    def _write(self, line: str) -> None:
        if self._file is not None:
            self._file.write(line.encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())

    def _read(self, path: Path) -> int:
        """Takes what is kept; how many bytes of the file are of use."""
        kept = 0
        for line in path.read_bytes().splitlines(keepends=True):
            told = _whole(line)
            if told is None or (not kept and told != self._head):
                break
            if kept:
                self._take(told)
            kept += len(line)
        return kept


def _whole(line: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(line) if line.endswith(b"\n") else None
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
