"""Listens to bare sound: where somebody speaks, and with a model which words. A program of its own, started by
relay/media/hearing/listening.py only.

argv[1], JSON: {"format": "s16le", "path", "model": folder or "", "language": "" or a code, "languages": those in
which words are wanted, "plan": {…} or null, "done": how many pieces are known already}. `path`: 16 kHz, mono, 16 bit.

stdout, JSON lines: {"plan": {"seconds", "loud": [first, last] or null, "voice": [[from, to], …], "pieces": …}} unless
it was given one; {"language", "probability", "segments": […]} for each piece that was not done, in order;
{"end": true}. Seconds count from the beginning of the file. A segment: {"words": [[text, from, to, probability], …],
"log_probability", "no_speech", "compression"}, words as the model writes them.

Somebody speaks: silero's detector, which faster-whisper carries. Two of its thresholds and the shortest pause are those
of its authors (https://github.com/snakers4/silero-vad); the third tells when that began, of which in noise it is sure
some 100 ms later only. A piece is no longer than one window of Whisper's (30 s), and ends in a pause where there is
one, so a long clip takes no more memory than a short one.
"""

from __future__ import annotations

import json
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE, WINDOW = 16_000, 512
BLOCK = 60 * RATE // WINDOW
"""Windows that the detector is given at once."""
WARM = 32
"""Windows before them, from which it learns what it was in the middle of."""
SPEAKS, SILENT = 0.5, 0.35
BEGINS, EARLIEST = 0.1, 0.3
"""From which chance on it may have begun, at most so many seconds before it is sure. Measured: scripts/bench speech."""
SHORTEST_SPEECH, SHORTEST_PAUSE, AIR = 0.25, 0.1, 0.2
LONGEST, EARLIEST_CUT = 28.0, 18.0
QUIETEST = 10 ** (-55 / 20)
"""Of full scale: what is quieter is nobody (aligning.py)."""

Span = tuple[float, float]


def main() -> None:
    listen(json.loads(sys.argv[1]))


def listen(job: dict[str, Any]) -> None:
    import numpy as np

    sound: NDArray[np.int16] = np.fromfile(job["path"], "<i2")
    plan = job["plan"]
    if plan is None:
        plan = planned(sound)
        tell({"plan": plan})
    if job["model"]:
        read(job, sound, plan["pieces"])
    tell({"end": True})


def tell(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def planned(sound: NDArray[np.int16]) -> dict[str, Any]:
    chances = _chances(sound)
    voice = spans(chances, len(sound) / RATE)
    return {
        "seconds": round(len(sound) / RATE, 3),
        "loud": _loud(sound),
        "voice": voice,
        "pieces": pieces(voice, chances, len(sound) / RATE),
    }


def _loud(sound: NDArray[np.int16]) -> Span | None:
    """Seconds from the first to the last moment of 20 ms that is no silence."""
    import numpy as np

    hop = RATE // 50
    first = last = -1
    for at in range(0, len(sound) // hop, 3000):
        samples = sound[at * hop : (at + 3000) * hop].astype(np.float32) / 32768
        block = samples[: len(samples) // hop * hop].reshape(-1, hop)
        places = np.flatnonzero(np.sqrt((block**2).mean(axis=1)) > QUIETEST)
        if len(places):
            first = at + int(places[0]) if first < 0 else first
            last = at + int(places[-1]) + 1
    return None if first < 0 else (first / 50, last / 50)


def _chances(sound: NDArray[np.int16]) -> list[float]:
    """That somebody speaks, for each window."""
    import numpy as np
    import onnxruntime
    from faster_whisper.vad import get_vad_model

    onnxruntime.disable_telemetry_events()  # behind these walls they could reach nobody

    model = get_vad_model()
    found: list[float] = []
    count = -(-len(sound) // WINDOW)
    for first in range(0, count, BLOCK):
        warm = min(WARM, first)
        part = sound[(first - warm) * WINDOW : (first + BLOCK) * WINDOW].astype(np.float32) / 32768
        padded = np.pad(part, (0, -len(part) % WINDOW))
        found += [float(chance) for chance in model(padded).reshape(-1)[warm:]]
    return found


def spans(chances: list[float], seconds: float) -> list[Span]:
    """Where somebody speaks, without air. Pure: three thresholds; short pauses belong to it, short noises do not."""
    return [
        (round(_begun(start, before, chances), 3), round(end, 3)) for (start, end), before in _sure(chances, seconds)
    ]


def _begun(start: float, before: float, chances: list[float]) -> float:
    """When it may have begun; behind a pause after whoever spoke `before`."""
    earliest = max(start - EARLIEST, before + SHORTEST_PAUSE)
    while start - WINDOW / RATE >= earliest and chances[round(start * RATE / WINDOW) - 1] >= BEGINS:
        start -= WINDOW / RATE
    return start


def _sure(chances: list[float], seconds: float) -> list[tuple[Span, float]]:
    """With the second at which the one before ended."""
    found: list[Span] = []
    begun: int | None = None
    for number, chance in enumerate([*chances, 0.0]):
        if begun is None and chance >= SPEAKS:
            begun = number
        elif begun is not None and chance < SILENT:
            span = (begun * WINDOW / RATE, min(seconds, number * WINDOW / RATE))
            begun = None
            if found and span[0] - found[-1][1] < SHORTEST_PAUSE:
                span = (found.pop()[0], span[1])
            found.append(span)
    ends = [-SHORTEST_PAUSE, *(end for _, end in found)]
    return [(span, end) for span, end in zip(found, ends, strict=False) if span[1] - span[0] >= SHORTEST_SPEECH]


def pieces(voice: list[Span], chances: list[float], seconds: float) -> list[Span]:
    """What the model is given, piece by piece. Pure."""
    found: list[Span] = []
    for start, end in voice:
        if found and end - found[-1][0] <= LONGEST:
            found[-1] = (found[-1][0], end)
            continue
        parts = _cut(start, end, chances)
        found += parts
    aired = [(max(0.0, start - AIR), min(seconds, end + AIR)) for start, end in found]
    for number, (before, after) in enumerate(pairwise(aired)):
        if before[1] > after[0]:
            middle = (found[number][1] + found[number + 1][0]) / 2
            aired[number], aired[number + 1] = (aired[number][0], middle), (middle, aired[number + 1][1])
    return [(round(start, 3), round(end, 3)) for start, end in aired]


def _cut(start: float, end: float, chances: list[float]) -> list[Span]:
    """Somebody who speaks without a pause: cut where it is likeliest that nobody does."""
    found = []
    while end - start > LONGEST:
        first, last = (round((start + bound) * RATE / WINDOW) for bound in (EARLIEST_CUT, LONGEST))
        at = min(range(first, last), key=lambda number: chances[number])
        found.append((start, at * WINDOW / RATE))
        start = at * WINDOW / RATE
    return [*found, (start, end)]


def read(job: dict[str, Any], sound: NDArray[np.int16], planned: list[Span]) -> None:
    """Tells each piece as soon as it is known; the language is that of the first one."""
    if job["done"] >= len(planned):
        return
    import numpy as np
    from faster_whisper import WhisperModel

    model = WhisperModel(
        job["model"], device="cpu", compute_type="int8", cpu_threads=1, num_workers=1, local_files_only=True
    )
    language, probability = job["language"] or None, 1.0
    for start, end in planned[job["done"] :]:
        part = sound[round(start * RATE) : round(end * RATE)].astype(np.float32) / 32768
        segments, told = model.transcribe(
            part,
            language=language,
            beam_size=1,
            temperature=0.0,
            word_timestamps=True,
            condition_on_previous_text=False,
            vad_filter=False,
        )
        if language is None:
            language, probability = told.language, told.language_probability
        said = [_segment(segment, start) for segment in segments] if language in job["languages"] else []
        tell({"language": language, "probability": round(probability, 3), "segments": said})


def _segment(segment: Any, start: float) -> dict[str, Any]:
    words = [
        (word.word.strip(), round(start + word.start, 2), round(start + word.end, 2), round(word.probability, 3))
        for word in segment.words or ()
    ]
    return {
        "words": words,
        "log_probability": round(segment.avg_logprob, 3),
        "no_speech": round(segment.no_speech_prob, 3),
        "compression": round(segment.compression_ratio, 3),
    }
