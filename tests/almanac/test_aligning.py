from __future__ import annotations

import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from relay.almanac import aligning
from relay.almanac.aligning import HOP, RATE, Samples, align, is_read, pace, speech_bounds
from relay.media.speech import Line, can_speak, speak
from relay.media.toolbox import Toolbox

SENTENCES = (
    "Мы жили в маленькой комнате на Васильевском острове.",
    "Хлеб делили на три части.",
    "Мама всегда отдавала мне свой кусок, и я помню этот запах до сих пор.",
)
OTHERS = ("В январе пришла весть о прорыве.", "Люди выходили на улицу и обнимали незнакомых.", "Никто не скрывал слёз.")
GREETING = "Здравствуйте, меня зовут Анна Петрова."
Speaker = Callable[..., list[Samples]]


@pytest.fixture
def spoken(toolbox: Toolbox, tmp_path: Path) -> Speaker:
    """`spoken(sentences, voice="ru+f3", rate=120)`: each sentence by itself, without silence around it."""
    if not can_speak():
        pytest.skip("there is no speech package (extra: captions)")

    def speaks(sentences: Sequence[str], voice: str = "ru", rate: int = 150, pitch: int = 50) -> list[Samples]:
        lines = [Line(text, voice, f"{number}.wav", rate, pitch) for number, text in enumerate(sentences)]
        return [bare(path) for path in speak(toolbox, lines, tmp_path)]

    return speaks


def bare(path: Path) -> Samples:
    with wave.open(str(path), "rb") as file:
        samples, rate = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768, file.getframerate()
    loud = np.flatnonzero(np.abs(samples) > 0.01)
    samples = samples[loud[0] : loud[-1] + 1]
    at = np.arange(int(len(samples) * RATE / rate)) * (rate / RATE)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


@dataclass
class Clip:
    sound: Samples
    truth: list[tuple[float, float]]


def recorded(parts: Sequence[Samples], *, noise: float, before: Samples | None = None, seed: int = 1) -> Clip:
    """Read with pauses of a different length, in a room with noise so many dB below the voice."""
    dice, sound, truth = np.random.default_rng(seed), [np.zeros(RATE, np.float32)], []
    if before is not None:
        sound += [before, np.zeros(RATE // 2, np.float32)]
    for part in parts:
        begin = sum(map(len, sound)) / RATE
        truth.append((begin, begin + len(part) / RATE))
        sound += [part, np.zeros(int(dice.uniform(0.25, 0.9) * RATE), np.float32)]
    whole = np.concatenate(sound)
    level = np.sqrt((whole[np.abs(whole) > 0.01] ** 2).mean()) * 10 ** (-noise / 20)
    return Clip((whole + level * dice.standard_normal(len(whole))).astype(np.float32), truth)


@pytest.mark.media
@pytest.mark.parametrize("noise", [60, 15])
@pytest.mark.parametrize("greets", [False, True])
def test_sentences_are_found_in_another_voice(spoken: Speaker, noise: float, greets: bool) -> None:
    """Slower, higher, with pauses, in noise, and after a greeting that the text knows nothing of."""
    resident = {"voice": "ru+f3", "rate": 120, "pitch": 70}
    before = spoken([GREETING], **resident)[0] if greets else None
    clip = recorded(spoken(SENTENCES, **resident), noise=noise, before=before)
    text = spoken(SENTENCES, rate=125)
    found = align(clip.sound, text)
    errors = [
        abs(time - true)
        for each, (start, end) in zip(found, clip.truth, strict=True)
        for time, true in ((each.start, start), (each.end, end))
    ]
    assert max(errors) < 0.25
    assert is_read(clip.sound, text, found)


@pytest.mark.media
def test_another_text_is_told_from_the_one_that_is_read(spoken: Speaker) -> None:
    clip = recorded(spoken(OTHERS, voice="ru+f3", rate=120), noise=30)
    text = spoken(SENTENCES, rate=125)
    found = align(clip.sound, text)
    assert not found or not is_read(clip.sound, text, found)


@pytest.mark.media
def test_who_reads_slowly_is_told(spoken: Speaker) -> None:
    slow, quick = (recorded(spoken(SENTENCES, voice="ru+m2", rate=rate), noise=60) for rate in (90, 200))
    text = spoken(SENTENCES)
    assert pace(slow.sound, text) > 1.3
    assert pace(quick.sound, text) < 0.95


def buzz(seconds: float) -> Samples:
    return (0.2 * np.sign(np.sin(2 * np.pi * 140 * np.arange(int(seconds * RATE)) / RATE))).astype(np.float32)


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def test_a_voice_is_told_from_the_silence_around_it() -> None:
    bounds = speech_bounds(np.concatenate([silence(1), buzz(2), silence(0.5)]))
    assert bounds == (pytest.approx(1, abs=HOP), pytest.approx(3, abs=HOP))
    assert speech_bounds(silence(3)) is None
    assert speech_bounds(silence(0)) is None


@pytest.mark.parametrize(
    ("heard", "sentences"),
    [
        (silence(3), [buzz(1)]),
        (silence(0), [buzz(1)]),
        (buzz(1), [silence(1)]),
        (buzz(1), []),
        (buzz(0.5), [buzz(2)]),  # there is not time enough for it
        (buzz(0.01), [buzz(0.01)]),
    ],
)
def test_where_nothing_can_be_found_nothing_is_told(heard: Samples, sentences: list[Samples]) -> None:
    assert align(heard, sentences) == []
    assert pace(heard, sentences) > 0


def test_short_sentences_have_a_time_too() -> None:
    found = align(np.concatenate([silence(1), buzz(0.2), silence(1)]), [buzz(0.2)])
    assert [(each.start, each.end) for each in found] == [(pytest.approx(1, abs=0.1), pytest.approx(1.2, abs=0.1))]


# --- whether it is this text ---------------------------------------------------------------------------------------

SOUNDS = 24
Text = Sequence[Sequence[int]]


def voice(text: Text, seed: int, seconds: float = 0.14) -> list[Samples]:
    """Sentences of sounds, each with a spectrum of its own, as another breath says them each time."""
    spectra = np.random.default_rng(5).uniform(0, 1, (SOUNDS, 24)) ** 3
    dice, size = np.random.default_rng(seed), int(seconds * RATE)
    bins = np.linspace(0, 24, size // 2 + 1, endpoint=False).astype(int)

    def sound(number: int) -> Samples:
        noise = np.fft.rfft(dice.standard_normal(size)) * (spectra[number][bins] + 0.02)
        return (0.05 * np.fft.irfft(noise, size)).astype(np.float32)

    return [np.concatenate([sound(number) for number in sentence]) for sentence in text]


def words(seed: int, sentences: int = 3, sounds: int = 22) -> list[list[int]]:
    return np.random.default_rng(seed).integers(0, SOUNDS, (sentences, sounds)).tolist()


def believed(said: Text, expected: Text, *, said_in: float = 0.16) -> bool:
    clip = recorded(voice(said, 7, said_in), noise=30)
    text = voice(expected, 8)
    found = align(clip.sound, text)
    return bool(found) and is_read(clip.sound, text, found)


@pytest.mark.slow
def test_the_text_that_is_read_is_believed() -> None:
    assert all(believed(words(seed), words(seed)) for seed in (1, 2))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_no_other_text_is_believed(seed: int) -> None:
    text, other = words(seed), words(seed + 50)
    assert not believed(other, text)
    assert not believed(text[::-1], text), "in another order"
    assert not believed([text[0], other[1], text[2]], text), "one sentence is another"
    assert not believed([text[0], text[2]], text), "one sentence is missing"
    assert not believed([sentence[::-1] for sentence in text[::-1]], text), "backwards"


def test_without_comparing_with_strangers_a_text_in_another_order_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the tests above."""
    for name in ("NEARER", "EACH_NEARER", "SHARE"):
        monkeypatch.setattr(aligning, name, -10.0)
    text = words(1)
    assert believed([text[0], words(51)[1], text[2]], text)


@pytest.mark.media
def test_a_text_that_is_read_in_part_or_mixed_up_is_not_taken_for_it(spoken: Speaker) -> None:
    parts, others, text = (
        spoken(SENTENCES, voice="ru+f3", rate=120),
        spoken(OTHERS, voice="ru+f3", rate=120),
        spoken(SENTENCES, rate=125),
    )
    mixed_up = {
        "another order": parts[::-1],
        "half of it": [*parts[:1], *others[1:]],
        "without the longest": parts[:2],
        "backwards": [part[::-1] for part in parts[::-1]],
    }
    for name, said in mixed_up.items():
        clip = recorded(said, noise=30)
        found = align(clip.sound, text)
        assert not found or not is_read(clip.sound, text, found), name
