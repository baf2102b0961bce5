"""Which text is heard: on a corpus that it makes itself, read by Debian's festvox-ru.

Needs `apt-get install festival festvox-ru`, the extra `speech` and a model (--model, a folder). The voice is one man's,
cut and joined anew: nearer to people than espeak-ng, and no crowd of people; played faster and slower it stands for
other throats. All texts are invented (speech_texts.txt); of the bank's 200, all but the first are joined of the same
sentences, confusable on purpose. Clips read a text, two sentences of one, two texts, or none; with own words around
them; clean, in a noisy room, over music, among other voices. Sentence starts are known from the joining; those that are
told as doubtful are counted, not compared.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import resource
import shutil
import subprocess
import time
import wave
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.sentence_times import sentence_times
from relay.almanac.readings.which_quote import QuoteReading, readings
from relay.media.hearing import listening, model
from relay.media.hearing.heard import Hearing
from relay.media.toolbox import Toolbox
from relay.models import QuoteVerdict

RATE = 16_000
TEXTS = Path(__file__).with_name("speech_texts.txt")
QUOTES = 200
Samples = NDArray[np.float32]


class Kind(StrEnum):
    whole = "whole"
    around = "own words around"
    part = "two sentences of a text"
    two = "two texts"
    other = "other text"
    talk = "talk"
    nobody = "nobody speaks"


class Condition(StrEnum):
    clean = "clean"
    room = "10 dB, room"
    music = "music, 10 dB"
    crowd = "other voices, 10 dB"
    high = "higher voice"
    low = "lower voice"


PITCH = {Condition.high: 1.22, Condition.low: 0.86}


@dataclass(frozen=True)
class Begun:
    """A sentence (its place in a text of the bank) and the second at which it begins."""

    quote: str
    place: int
    second: float


@dataclass
class Take:
    """A clip of the corpus. `quotes`: numbers in the bank, in order, none for another text."""

    condition: Condition
    kind: Kind
    quotes: list[str]
    sound: Samples
    lines: list[str]
    starts: list[Begun] = field(default_factory=list)

    @property
    def name(self) -> str:
        return hashlib.sha256(self.sound.tobytes()).hexdigest()[:16]


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


def roomed(sound: Samples, dice: np.random.Generator, decibels: float = 10.0) -> Samples:
    """In a room of half a second, with pink noise so far below the voice."""
    tail = dice.standard_normal(RATE // 2) * np.exp(-6.9 * np.arange(RATE // 2) / (RATE // 2))
    echo = np.fft.irfft(np.fft.rfft(sound, 2 * len(sound)) * np.fft.rfft(tail, 2 * len(sound)))[: len(sound)]
    wet = sound + 0.35 * echo * np.sqrt((sound**2).mean() / ((echo**2).mean() + 1e-12))
    return below(wet, pink(len(sound), dice), decibels)


def pink(count: int, dice: np.random.Generator) -> Samples:
    spectrum = np.fft.rfft(dice.standard_normal(count))
    return np.asarray(np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 20.0), count), np.float32)


def music(count: int, dice: np.random.Generator) -> Samples:
    """Plucked chords of three notes over a bass, changing twice a second."""
    found = np.zeros(count, np.float32)
    step = RATE // 2
    for first in range(0, count, step):
        time_ = np.arange(min(2 * step, count - first)) / RATE
        root = 110 * 2 ** (int(dice.choice([0, 3, 5, 7])) / 12)
        for ratio in (0.5, 1, 1.26, 1.5):
            for harmonic in range(1, 6):
                tone = np.sin(2 * np.pi * root * ratio * harmonic * time_) / harmonic
                found[first : first + len(time_)] += (tone * np.exp(-2.5 * time_)).astype(np.float32)
    return found


def below(voice: Samples, other: Samples, decibels: float = 10.0) -> Samples:
    """The two mixed: `other` so far below the moments in which the voice is heard."""
    loud = voice[np.abs(voice) > 0.01]
    other = other * np.sqrt((loud**2).mean() / (other**2).mean()) * 10 ** (-decibels / 20)
    return at_level(voice + other)


def at_level(sound: Samples) -> Samples:
    return np.asarray(0.7 * sound / np.abs(sound).max(), np.float32)


def pitched(sound: Samples, times: float) -> Samples:
    """Played so much faster: higher and sooner over."""
    places = np.arange(0, len(sound) - 1, times)
    return np.interp(places, np.arange(len(sound)), sound).astype(np.float32)


class Corpus:
    def __init__(
        self, voices: dict[str, Samples], bank: dict[str, list[str]], texts: dict[str, list[list[str]]]
    ) -> None:
        self._voices, self._bank, self._texts = voices, bank, texts
        self._talk = [lines[0] for lines in texts["talk"]]
        self._dice = np.random.default_rng(16)
        self.takes: list[Take] = []

    def made(self) -> list[Take]:
        """The texts themselves and some that are joined of their sentences, whole and in parts; other texts; talk."""
        own = list(self._bank)[: len(self._texts["bank"])]
        numbers = [*own, *random.Random(7).sample(list(self._bank)[len(own) :], 16)]
        for condition in Condition:
            is_main = condition in (Condition.clean, Condition.room)
            for number in numbers if is_main else numbers[::3]:
                self._reading(condition, Kind.whole, self._sentences(number))
            for number in numbers[:12] if is_main else []:
                before, after = self._talk[int(self._dice.integers(3))], self._talk[3]
                self._reading(condition, Kind.around, [before, *self._sentences(number), after])
            for number in own[:12] if is_main else own[:3]:
                first = int(self._dice.integers(len(self._bank[number]) - 1))
                self._reading(condition, Kind.part, self._sentences(number)[first : first + 2])
            for one, other in zip(own[:6], own[6:12], strict=True) if is_main else []:
                said = [*self._sentences(one), self._talk[1], *self._sentences(other)]
                self._reading(condition, Kind.two, said)
            for lines in self._texts["other"]:
                self._reading(condition, Kind.other, list(lines))
            for _ in range(20 if is_main else 4):
                chosen = self._dice.permutation(len(self._talk))[:3]
                self._reading(condition, Kind.talk, [self._talk[int(at)] for at in chosen])
        self._nobody()
        for condition in (Condition.clean, Condition.room):
            self._joined(condition, Kind.other, [line for text in self._texts["other"] for line in text], 35)
            self._joined(
                condition, Kind.talk, [*self._talk, *(line for text in self._texts["other"] for line in text)], 35
            )
        return self.takes

    def _joined(self, condition: Condition, kind: Kind, lines: Sequence[str], count: int) -> None:
        """Clips of three such sentences in any order."""
        for _ in range(count):
            self._reading(condition, kind, [lines[int(at)] for at in self._dice.permutation(len(lines))[:3]])

    def _sentences(self, number: str) -> list[tuple[str, int]]:
        return [(number, place) for place in range(len(self._bank[number]))]

    def _reading(self, condition: Condition, kind: Kind, said: Sequence[str | tuple[str, int]]) -> None:
        """`said`: sentences of texts, and others word for word."""
        lines = [one if isinstance(one, str) else self._bank[one[0]][one[1]] for one in said]
        parts = [self._voices[line] for line in lines]
        if times := PITCH.get(condition):
            parts = [pitched(part, times) for part in parts]
        sound, seconds = joined(parts, self._dice)
        begun = [Begun(*one, second) for one, second in zip(said, seconds, strict=True) if not isinstance(one, str)]
        quotes = list(dict.fromkeys(one.quote for one in begun))
        self.takes.append(Take(condition, kind, quotes, self._in(condition, sound), lines, begun))

    def _in(self, condition: Condition, sound: Samples) -> Samples:
        if condition is Condition.room:
            return roomed(sound, self._dice)
        if condition is Condition.music:
            return below(sound, music(len(sound), self._dice))
        if condition is Condition.crowd:
            return below(sound, self._crowd(len(sound)))
        return sound

    def _crowd(self, count: int) -> Samples:
        """Four who talk at once, in throats of their own."""
        found = np.zeros(count, np.float32)
        for times in (0.85, 0.95, 1.1, 1.2):
            order = self._dice.permutation(len(self._talk))
            voice = np.concatenate([pitched(self._voices[self._talk[int(at)]], times) for at in order])
            found += np.resize(np.roll(voice, int(self._dice.integers(len(voice)))), count)
        return found

    def _nobody(self) -> None:
        count = 20 * RATE
        hum = np.sin(2 * np.pi * 50 * np.arange(count) / RATE).astype(np.float32) * 0.1
        silent = np.zeros(count, np.float32)
        for sound in (silent, hum, *(at_level(make(count, self._dice)) for make in (pink, music) for _ in range(3))):
            self.takes.append(Take(Condition.clean, Kind.nobody, [], sound, []))


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
    hearing: Hearing
    found: list[QuoteReading]
    late: list[float]

    @property
    def numbers(self) -> list[str]:
        return [reading.number for reading in self.found]

    @property
    def is_right(self) -> bool:
        return self.numbers == self.take.quotes

    @property
    def is_sure(self) -> bool:
        return self.is_right and all(reading.verdict is QuoteVerdict.read for reading in self.found)

    @property
    def is_among_three(self) -> bool:
        named = [{one.number for one in reading.best} for reading in self.found]
        return len(named) == len(self.take.quotes) and all(
            quote in numbers for quote, numbers in zip(self.take.quotes, named, strict=True)
        )


def measured(take: Take, hearing: Hearing, cpu: float, bank: QuoteBank, texts: dict[str, list[str]]) -> Row:
    before = time.process_time()
    found = readings(bank, hearing.words)
    matching = time.process_time() - before
    late = [late for reading in found for late in _late(reading, take, texts[reading.number], hearing)]
    errors = _word_errors(" ".join(take.lines), hearing) if take.lines else 0.0
    return Row(take, len(take.sound) / RATE, cpu, matching, errors, hearing, found, late)


def _late(reading: QuoteReading, take: Take, lines: list[str], hearing: Hearing) -> list[float]:
    """Seconds between where a sentence begins and where it is said to, where that is not called doubtful."""
    ends = list(accumulate(len(line) + 1 for line in lines))
    places = [(end - len(line) - 1, end - 1) for end, line in zip(ends, lines, strict=True)]
    times = {time.at: time for time in sentence_times(places, reading, hearing.voice) if time.is_sure}
    begun = [(times.get(places[one.place][0]), one) for one in take.starts if one.quote == reading.number]
    return [abs(time.start - one.second) for time, one in begun if time is not None]


def _word_errors(said: str, hearing: Hearing) -> float:
    wanted, heard = (
        [word.strip(".,!?…«»—").casefold().replace("ё", "е") for word in text.split()]
        for text in (said, " ".join(word.text for word in hearing.words))
    )
    return Levenshtein.distance(wanted, heard) / len(wanted)


def figures(rows: list[Row]) -> dict[str, Any]:
    told: dict[str, Any] = {condition: _of_condition(rows, condition) for condition in Condition}
    nobody = [row for row in rows if row.take.kind is Kind.nobody]
    told["nobody speaks"] = {
        "clips": len(nobody),
        "with words": sum(bool(row.hearing.words) for row in nobody),
        "speech share, largest": round(max(row.hearing.speech_share for row in nobody), 3),
    }
    return told


def _of_condition(rows: list[Row], condition: Condition) -> dict[str, Any]:
    here = [row for row in rows if row.take.condition is condition and row.take.lines]
    read = [row for row in here if row.take.quotes]
    others = [row for row in here if not row.take.quotes]
    late = sorted(error for row in read for error in row.late)
    kinds = [kind for kind in Kind if any(row.take.kind is kind for row in read)]
    return {
        "word error rate": _mean(row.words for row in here),
        "readings": len(read),
        "top-1": _mean(row.is_right for row in read),
        "top-3": _mean(row.is_among_three for row in read),
        "called read, and right": _mean(row.is_sure for row in read),
        **{f"top-1, {kind}": _share(row.is_right for row in read if row.take.kind is kind) for kind in kinds},
        "called read, and wrong": sum(
            reading.verdict is QuoteVerdict.read and reading.number not in row.take.quotes
            for row in here
            for reading in row.found
        ),
        "false accept": _share(bool(row.found) for row in others),
        "start error, median": round(float(np.median(late)), 3),
        "start error, p90": round(float(np.quantile(late, 0.9)), 3),
        "starts": f"{len(late)} of {sum(len(row.take.starts) for row in read)}",
        "cpu a second of clip": round(sum(row.cpu for row in here) / sum(row.seconds for row in here), 3),
        "ms to match": round(1000 * float(np.mean([row.matching for row in here])), 1),
    }


def _mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 3)


def _share(values: Iterable[bool]) -> str:
    kept = list(values)
    return f"{sum(kept)} of {len(kept)}"


def without_words(takes: list[Take], bank: dict[str, list[str]], folder: Path) -> dict[str, Any]:
    """By alignment alone (relay.almanac.hearing.aligned): clips that read a text, and the same without that text."""
    from relay.almanac.hearing import aligned
    from relay.bootstrap import open_relay
    from relay.config import Settings

    relay = open_relay(Settings(data_dir=folder), ready=False)
    whole = {number: " ".join(text) for number, text in bank.items()}
    told: dict[str, Any] = {}
    for condition in (Condition.clean, Condition.room):
        here = [take for take in takes if take.condition is condition and take.kind is not Kind.nobody]
        before = time.process_time()
        found = [[one.number for one in aligned.which(relay, take.sound, whole, "ru")] for take in here]
        cpu = time.process_time() - before
        read = [
            (take, numbers)
            for take, numbers in zip(here, found, strict=True)
            if take.kind in (Kind.whole, Kind.around, Kind.two)
        ]
        others = [numbers for take, numbers in zip(here, found, strict=True) if not take.quotes]
        parts = [numbers for take, numbers in zip(here, found, strict=True) if take.kind is Kind.part]
        without = [
            aligned.which(relay, take.sound, {n: text for n, text in whole.items() if n not in take.quotes}, "ru")
            for take, _ in read[:20]
        ]
        told[condition] = {
            "texts found": _share(numbers == take.quotes for take, numbers in read),
            "wrong among them": sum(bool(set(numbers) - set(take.quotes)) for take, numbers in read),
            "taken for a text: other texts and talk": _share(map(bool, others)),
            "taken for another text: not in the bank": _share(map(bool, without)),
            "taken for the whole: two sentences": _share(map(bool, parts)),
            "cpu a second of clip": round(cpu / sum(len(take.sound) / RATE for take in here), 3),
        }
    return told


def with_words(
    takes: list[Take], bank: dict[str, list[str]], speaks: model.SpeechModel, folder: Path
) -> dict[str, Any]:
    kept = QuoteBank({number: " ".join(text) for number, text in bank.items()})
    rows = []
    for take in takes:
        hearing, cpu = heard(take, folder, speaks)
        rows.append(measured(take, hearing, cpu, kept, bank))
    return figures(rows)


def run(words: argparse.Namespace) -> int:
    if shutil.which("festival") is None:
        print("festival is missing: apt-get install festival festvox-ru")
        return 1
    texts = sections()
    lines = [line for section in texts.values() for text in section for line in text]
    bank = bank_of(texts["bank"], QUOTES)
    words.work.mkdir(parents=True, exist_ok=True)
    takes = Corpus(spoken(lines, words.work / "sentences"), bank, texts).made()
    if words.model is None:
        told = without_words(takes, bank, words.work / "aligned")
    else:
        speaks = model.found(words.model, words.model)
        assert speaks is not None
        told = with_words(takes, bank, speaks, words.work / "takes")
    for condition, values in told.items():
        print(condition, *(f"  {name}: {value}" for name, value in values.items()), sep="\n")
    if words.json is not None:
        words.json.write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    return 0
