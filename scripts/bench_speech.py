"""Which text is heard: on a corpus that it makes itself, read by Debian's festvox-ru.

Needs `apt-get install festival festvox-ru`, the extra `speech` and a model (--model, a folder); without one, with
--by-sound, the extra `captions`. The voice is one man's,
cut and joined anew: nearer to people than espeak-ng, and no crowd of people. All texts are invented (speech_texts.txt);
of the bank's 200, all but the first are joined of the same sentences, confusable on purpose. Sentence starts are known
from the joining; those that are told as doubtful are counted, not compared.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import time
import wave
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from relay.almanac.captions import speech_timing
from relay.almanac.captions.aligning import Spoken
from relay.almanac.hearing.bank import QuoteBank
from relay.almanac.hearing.sentence_times import sentence_times
from relay.almanac.hearing.which_quote import QuoteReading, readings
from relay.media.hearing import listening, model
from relay.media.hearing.heard import Hearing
from relay.media.toolbox import Toolbox

RATE = 16_000
TEXTS = Path(__file__).with_name("speech_texts.txt")
QUOTES = 200
Samples = NDArray[np.float32]


@dataclass
class Take:
    """A clip of the corpus. `quote`: number in the bank, or "" for none of them; `starts`: seconds of its sentences."""

    name: str
    condition: str
    kind: str
    quote: str
    sound: Samples
    lines: list[str]
    starts: list[float] = field(default_factory=list)


def sections() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for paragraph in TEXTS.read_text("utf-8").split("\n\n"):
        lines = [line for line in paragraph.strip().split("\n") if not line.startswith("#")]
        if lines and lines[0].startswith("["):
            found[lines.pop(0).strip("[]")] = section = []
        if lines:
            section.append(lines)
    return found


def bank_of(texts: list[list[str]], count: int) -> dict[str, list[str]]:
    """By number: the texts, then such as are joined of three sentences of three of them."""
    dice = random.Random(16)
    bank = {str(number): text for number, text in enumerate(texts, 1)}
    while len(bank) < count:
        chosen = dice.sample(texts, 3)
        bank[str(len(bank) + 1)] = [dice.choice(text) for text in chosen]
    return bank


def spoken(lines: list[str], folder: Path) -> dict[str, Samples]:
    """Each sentence by festival, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {line: folder / f"{number:03}.wav" for number, line in enumerate(lines)}
    wanted = {line: path for line, path in files.items() if not path.exists()}
    if wanted:
        asks = [
            f'(utt.save.wave (utt.synth (Utterance Text "{line}")) "{path}" \'riff)' for line, path in wanted.items()
        ]
        script = folder / "all.scm"
        script.write_text("\n".join(["(voice_msu_ru_nsh_clunits)", *asks]), "utf-8")
        subprocess.run(["festival", "--batch", str(script)], check=True)
    return {line: _read(path) for line, path in files.items()}


def _read(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        assert file.getframerate() == RATE
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


def joined(parts: list[Samples], dice: np.random.Generator) -> tuple[Samples, list[float]]:
    """With pauses of 0.3 to 0.9 s; and when each begins: where it is first louder than a hundredth."""
    found: list[Samples] = [np.zeros(round(dice.uniform(0.4, 1.5) * RATE), np.float32)]
    starts = []
    for part in parts:
        before = sum(map(len, found))
        starts.append((before + int(np.argmax(np.abs(part) > 0.01))) / RATE)
        found += [part, np.zeros(round(dice.uniform(0.3, 0.9) * RATE), np.float32)]
    return np.concatenate(found), starts


def roomed(sound: Samples, decibels: float, dice: np.random.Generator) -> Samples:
    """In a room of half a second, with pink noise so far below the voice."""
    tail = dice.standard_normal(RATE // 2) * np.exp(-6.9 * np.arange(RATE // 2) / (RATE // 2))
    echo = np.fft.irfft(np.fft.rfft(sound, 2 * len(sound)) * np.fft.rfft(tail, 2 * len(sound)))[: len(sound)]
    wet = sound + 0.35 * echo * np.sqrt((sound**2).mean() / ((echo**2).mean() + 1e-12))
    spectrum = np.fft.rfft(dice.standard_normal(len(sound)))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 20.0), len(sound))
    loud = wet[np.abs(wet) > 0.01]
    noise *= np.sqrt((loud**2).mean() / (noise**2).mean()) * 10 ** (-decibels / 20)
    mixed = wet + noise
    return np.asarray(0.7 * mixed / np.abs(mixed).max(), np.float32)


def takes(voices: dict[str, Samples], bank: dict[str, list[str]], texts: dict[str, list[list[str]]]) -> list[Take]:
    """Whole readings, partial ones and ones with own words around them, other texts and talk; clean and in a room."""
    dice = np.random.default_rng(16)
    found = []
    talk = [lines[0] for lines in texts["talk"]]

    def add(kind: str, quote: str, lines: list[str], *, before: int = 0, condition: str) -> None:
        sound, starts = joined([voices[line] for line in lines], dice)
        sound = roomed(sound, 10.0, dice) if condition == "10 dB, room" else sound
        name = f"{len(found):03}"
        count = len(bank[quote]) if quote and kind != "part" else 0
        found.append(Take(name, condition, kind, quote, sound, lines, starts[before : before + count]))

    # the texts themselves, and some of those that are joined of their sentences
    numbers = [*list(bank)[: len(texts["bank"])], *random.Random(7).sample(list(bank)[len(texts["bank"]) :], 16)]
    for condition in ("clean", "10 dB, room"):
        for number in numbers:
            add("whole", number, bank[number], condition=condition)
        for number in numbers[:12]:
            add("own words around", number, [talk[int(dice.integers(3))], *bank[number], talk[3]], before=1,
                condition=condition)  # fmt: skip
        for lines in texts["other"]:
            add("other text", "", lines, condition=condition)
        for _ in range(10):
            chosen = dice.permutation(len(talk))[:3]
            add("talk", "", [talk[int(at)] for at in chosen], condition=condition)
    return found


def heard(take: Take, folder: Path, speaks: model.SpeechModel) -> tuple[Hearing, float]:
    """What was heard, and CPU seconds; kept in `folder`."""
    folder.mkdir(exist_ok=True)
    kept = folder / f"{take.name}.json"
    if kept.exists():
        told = json.loads(kept.read_text("utf-8"))
        return Hearing.from_json(told["heard"]), told["cpu"]
    sound = folder / "sound.pcm"
    (np.clip(take.sound, -1, 1) * 32767).astype("<i2").tofile(sound)
    before = _cpu()
    found = listening.listen(Toolbox(), sound, folder, model=speaks, language="ru")
    cpu = _cpu() - before
    kept.write_text(json.dumps({"heard": found.as_json(), "cpu": cpu}, ensure_ascii=False), "utf-8")
    return found, cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass
class Row:
    """What came of one take."""

    take: Take
    seconds: float
    cpu: float
    matching: float
    words: float
    found: list[QuoteReading]
    late: list[float]


def measured(take: Take, hearing: Hearing, cpu: float, bank: QuoteBank, texts: dict[str, list[str]]) -> Row:
    before = time.process_time()
    found = readings(bank, hearing.words)
    matching = time.process_time() - before
    mine = next((reading for reading in found if reading.number == take.quote), None)
    late = _late(mine, take, texts[take.quote], hearing) if mine is not None and take.starts else []
    said = " ".join(take.lines)
    return Row(take, len(take.sound) / RATE, cpu, matching, _word_errors(said, hearing), found, late)


def _late(reading: QuoteReading, take: Take, lines: list[str], hearing: Hearing) -> list[float]:
    """Seconds between where a sentence begins and where it is said to, where that is not called doubtful."""
    ends = list(accumulate(len(line) + 1 for line in lines))
    places = [(end - len(line) - 1, end - 1) for end, line in zip(ends, lines, strict=True)]
    times = {time.at: time for time in sentence_times(places, reading, hearing.voice)}
    begun = [(times.get(at), start) for (at, _), start in zip(places, take.starts, strict=True)]
    return [abs(time.start - start) for time, start in begun if time is not None and time.is_sure]


def _word_errors(said: str, hearing: Hearing) -> float:
    wanted, heard = (
        [word.strip(".,!?…«»—").casefold().replace("ё", "е") for word in text.split()]
        for text in (said, " ".join(word.text for word in hearing.words))
    )
    return Levenshtein.distance(wanted, heard) / len(wanted)


def figures(rows: list[Row]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for condition in dict.fromkeys(row.take.condition for row in rows):
        here = [row for row in rows if row.take.condition == condition]
        read, others = ([row for row in here if bool(row.take.quote) == is_read] for is_read in (True, False))
        late = sorted(error for row in read for error in row.late)
        sure = [row for row in read if [r.number for r in row.found if r.verdict == "read"] == [row.take.quote]]
        told[condition] = {
            "readings": len(read),
            "word error rate": round(float(np.mean([row.words for row in here])), 3),
            "top-1": round(sum([r.number for r in row.found] == [row.take.quote] for row in read) / len(read), 3),
            "top-1 and called read": round(len(sure) / len(read), 3),
            "smallest margin": round(min(r.margin for row in sure for r in row.found), 3),
            "others": len(others),
            "false accept": round(sum(bool(row.found) for row in others) / len(others), 3),
            "start error, median": round(float(np.median(late)), 3),
            "start error, p90": round(float(np.quantile(late, 0.9)), 3),
            "starts": f"{len(late)} of {sum(len(row.take.starts) for row in read)}",
            "cpu a second of clip": round(sum(row.cpu for row in here) / sum(row.seconds for row in here), 3),
            "ms to match": round(1000 * float(np.mean([row.matching for row in here])), 1),
        }
    return told


def compared(relay: Any, takes: list[Take], bank: dict[str, list[str]]) -> dict[str, str]:
    """Without a model: how often the machine's own reading of a text is found in the sound (hearing/by_sound.py)."""
    dice = random.Random(5)
    counts: dict[str, list[bool]] = {}
    late: dict[str, list[float]] = {}
    for number, take in enumerate(takes):
        if not take.quote:
            taken = [bool(_compared(relay, take, bank[one])) for one in dice.sample(list(bank), 3)]
            counts.setdefault("something else, of three texts", []).append(any(taken))
        elif number % 3 == 0:
            spoken = _compared(relay, take, bank[take.quote])
            counts.setdefault(f"its own text, {take.condition}", []).append(bool(spoken))
            starts = [abs(one.start - start) for one, start in zip(spoken, take.starts, strict=False)]
            late.setdefault(f"beginning of a sentence, {take.condition}", []).extend(starts)
            alike = [one for one in bank if one != take.quote and set(bank[one]) & set(bank[take.quote])]
            if alike:
                taken = [bool(_compared(relay, take, bank[dice.choice(alike)]))]
                counts.setdefault("a text with a sentence in common", []).extend(taken)
    told = {name: f"{sum(found)} of {len(found)}" for name, found in sorted(counts.items())}
    for name, errors in sorted(late.items()):
        half, most = np.quantile(errors, [0.5, 0.9]) if errors else (np.nan, np.nan)
        told[name] = f"half within {half * 1000:.0f} ms, nine of ten within {most * 1000:.0f} ms"
    return told


def _compared(relay: Any, take: Take, sentences: list[str]) -> list[Spoken]:
    return speech_timing.reading(relay, take.sound, sentences, "ru")


def run(words: argparse.Namespace) -> int:
    if shutil.which("festival") is None:
        print("festival is missing: apt-get install festival festvox-ru")
        return 1
    texts = sections()
    lines = [line for section in texts.values() for text in section for line in text]
    bank = bank_of(texts["bank"], QUOTES)
    words.work.mkdir(parents=True, exist_ok=True)
    voices = spoken(lines, words.work / "sentences")
    if words.model is None:
        relay = SimpleNamespace(folder=lambda _name: words.work, toolbox=Toolbox())
        print(
            *(f"{name}: {value}" for name, value in compared(relay, takes(voices, bank, texts), bank).items()), sep="\n"
        )
        return 0
    speaks = model.found(words.model, words.model)
    assert speaks is not None
    kept = QuoteBank({number: " ".join(text) for number, text in bank.items()})
    rows = []
    for take in takes(voices, bank, texts):
        hearing, cpu = heard(take, words.work / "takes", speaks)
        rows.append(measured(take, hearing, cpu, kept, bank))
    told = figures(rows)
    for condition, values in told.items():
        print(condition, *(f"  {name}: {value}" for name, value in values.items()), sep="\n")
    if words.json is not None:
        words.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    return 0
