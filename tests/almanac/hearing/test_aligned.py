"""Which text is read, by laying the machine's reading of each beside the clip."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from relay.almanac.captions import speech_timing
from relay.almanac.captions.aligning import RATE, Samples
from relay.almanac.hearing import aligned
from relay.context import Relay
from relay.errors import ToolFailed
from relay.media import text_to_speech

TEXTS = {
    "1": "В тот год зима пришла рано, и уже в октябре замёрзла река. Мы с братом возили воду на санках от проруби.",
    "2": "Отец ушёл на фронт в июне, и больше мы его не видели. От него пришло семь писем без обратного адреса.",
    "3": "Хлеб мы делили ниткой, потому что от ножа оставались крошки. Сестра всегда оставляла корочку на вечер.",
    "4": "Весной во дворе разбили огород прямо на клумбе. Первый редис был вкуснее всех конфет на свете.",
}
OTHER = ["Новый торговый центр откроется на окраине города.", "Жители соседних домов опасаются шума и пыли."]
PAUSE = np.zeros(RATE // 2, np.float32)


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    aligned._kept_bank.cache_clear()
    yield
    aligned._kept_bank.cache_clear()


needs_a_voice = pytest.mark.skipif(not text_to_speech.can_speak(), reason="the extra `captions` is missing")


def read(relay: Relay, *sentences: str) -> Samples:
    """Aloud by another voice than the machine's own, faster, with pauses."""
    spoken = speech_timing.spoken_lines(relay, sentences, "ru+f2", 165)
    return np.concatenate([PAUSE, *(part for line in spoken for part in (line, PAUSE))])


def numbers(relay: Relay, sound: Samples, language: str = "ru") -> list[str]:
    return [reading.number for reading in aligned.which(relay, sound, TEXTS, language)]


@needs_a_voice
@pytest.mark.slow
def test_the_text_that_is_read_is_found_behind_words_of_ones_own(relay: Relay) -> None:
    sound = read(relay, "Здравствуйте, меня зовут Мария.", TEXTS["3"], "Спасибо за внимание.")
    (reading,) = aligned.which(relay, sound, TEXTS, "ru")
    assert (reading.number, len(reading.sentences)) == ("3", 2)
    assert 2 < reading.spoken[0].start < reading.spoken[-1].end < len(sound) / RATE - 1.5
    assert 0 < reading.evidence < 1


@needs_a_voice
@pytest.mark.slow
def test_two_texts_are_found_in_the_order_of_the_clip(relay: Relay) -> None:
    assert numbers(relay, read(relay, TEXTS["4"], TEXTS["1"])) == ["4", "1"]


@needs_a_voice
@pytest.mark.slow
@pytest.mark.parametrize("said", [OTHER, [TEXTS["1"].split(". ")[0]], [*OTHER, TEXTS["2"].split(". ")[1]]])
def test_another_text_or_half_of_one_is_none(relay: Relay, said: list[str]) -> None:
    assert numbers(relay, read(relay, *said)) == []


@needs_a_voice
@pytest.mark.slow
def test_what_is_not_looked_at_closely_would_be_taken_for_a_text(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Red twin of the close look."""
    monkeypatch.setattr("relay.almanac.captions.aligning.is_read", lambda *_words, **_more: True)
    assert numbers(relay, read(relay, *OTHER))


@pytest.mark.parametrize("sound", [np.zeros(0, np.float32), np.zeros(5 * RATE, np.float32)])
def test_in_silence_nothing_is_read(relay: Relay, monkeypatch: pytest.MonkeyPatch, sound: Samples) -> None:
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(speech_timing, "spoken_lines", _noise)
    assert numbers(relay, sound) == []


def test_without_the_extra_or_a_voice_or_with_too_many_texts_nothing_is_said(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = _noise(relay, ["а"])[0]
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    assert numbers(relay, sound) == []
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(text_to_speech, "speak", _fails)
    assert numbers(relay, sound, "qq") == []
    assert aligned.which(relay, sound, {str(n): "Раз." for n in range(aligned.MOST_TEXTS + 1)}, "ru") == []
    assert aligned.which(relay, sound, {}, "ru") == []


def test_texts_are_spoken_once_for_many_clips(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(speech_timing, "reading", lambda *_words, **_more: [])
    monkeypatch.setattr(speech_timing, "spoken_lines", lambda *words: asked.append(len(words[1])) or _noise(*words))
    sound = _noise(relay, ["а"])[0]
    for language in ("ru", "ru", "fr"):
        numbers(relay, sound, language)
    assert asked == [8, 8]


def _noise(_relay: object, lines: object, *_words: object) -> list[Samples]:
    count = len(list(lines))  # type: ignore[call-overload]
    dice = np.random.default_rng(count)
    return [dice.standard_normal(2 * RATE).astype(np.float32) * 0.1 for _ in range(count)]


def _fails(_toolbox: object, _lines: object, _folder: Path) -> list[Path]:
    raise ToolFailed("no such voice")
