"""Nothing is written down that nobody said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from relay.media.hearing import heard
from relay.media.hearing.heard import Hearing, SpeechMark

SPOKEN = {"seconds": 10.0, "loud": [0.1, 9.0], "voice": [[1.0, 3.0], [4.0, 6.0]], "pieces": [[0.8, 6.2]]}


def segment(
    *words: tuple[str, float, float], sure: float = -0.4, no_speech: float = 0.01, compression: float = 1.2
) -> Any:
    said = [[text, start, end, 0.9] for text, start, end in words]
    return {"words": said, "log_probability": sure, "no_speech": no_speech, "compression": compression}


def piece(*segments: Any, language: str = "ru", probability: float = 0.98) -> dict[str, Any]:
    return {"language": language, "probability": probability, "segments": list(segments)}


def of(*segments: Any, plan: dict[str, Any] = SPOKEN, told: str = "ru", model: str = "a model") -> Hearing:
    return heard.of_lines(plan, [piece(*segments)] if model else [], told=told, model=model)


def test_words_come_with_their_times_and_the_voice_with_its_share() -> None:
    found = of(segment(("В", 1.0, 1.1), ("тот", 1.2, 1.5)), segment(("год.", 4.1, 4.6)))

    assert [word.text for word in found.words] == ["В", "тот", "год."]
    assert [len(part) for part in found.segments] == [2, 1]
    assert (found.speech_share, found.bounds, found.cut) == (0.4, (1.0, 6.0), (0.75, 6.25))
    assert found.marks == set()


@pytest.mark.parametrize(
    "unsure",
    [
        {"compression": 2.5},
        {"sure": -1.7},
        {"sure": -1.1, "no_speech": 0.7},
    ],
)
def test_what_the_model_itself_doubts_is_left_out(unsure: dict[str, float]) -> None:
    found = of(segment(("В", 1.0, 1.1), **unsure), segment(("год.", 4.1, 4.6)))

    assert [word.text for word in found.words] == ["год."]
    assert found.marks == {SpeechMark.dropped}


@pytest.mark.parametrize(
    "told", [{"compression": 2.4}, {"sure": -1.6}, {"sure": -1.1, "no_speech": 0.6}, {"no_speech": 0.9}]
)
def test_twin_what_is_sure_enough_stays(told: dict[str, float]) -> None:
    assert of(segment(("В", 1.0, 1.1), **told)).words


def test_words_where_nobody_speaks_are_made_up() -> None:
    found = of(segment(("да", 3.0, 3.2), ("нет", 3.4, 3.6), ("вот", 8.0, 8.5)))

    assert [word.text for word in found.words] == ["да"]
    assert found.marks == {SpeechMark.dropped}


@pytest.mark.parametrize(
    "phantom",
    [
        "Субтитры сделал DimaTorzok",
        "Редактор субтитров А.Семкин",
        "Продолжение следует...",
        "Sous-titres réalisés par X",
    ],
)
def test_lines_of_subtitle_makers_are_nobodys_words(phantom: str) -> None:
    found = of(segment(*((word, 1.0 + number / 10, 1.1) for number, word in enumerate(phantom.split()))))
    assert found.words == []
    assert found.marks == {SpeechMark.dropped, SpeechMark.no_words}


@pytest.mark.parametrize(
    ("plan", "marks"),
    [
        ({"loud": None, "voice": []}, {SpeechMark.silence}),
        ({"loud": [0.0, 10.0], "voice": []}, {SpeechMark.no_speech}),
        ({"loud": [3.0, 10.0], "voice": []}, {SpeechMark.late_sound, SpeechMark.no_speech}),
        ({"loud": [3.0, 10.0], "voice": [[3.5, 6.0]]}, {SpeechMark.late_sound, SpeechMark.no_words}),
    ],
)
def test_clips_in_which_nothing_is_said_are_told_apart(plan: dict[str, Any], marks: set[SpeechMark]) -> None:
    found = of(plan={**SPOKEN, **plan})
    assert found.marks == marks
    assert found.words == []


def test_without_a_model_only_the_voice_is_known() -> None:
    found = of(model="")
    assert (found.marks, found.bounds, found.words) == ({SpeechMark.no_model}, (1.0, 6.0), [])


def test_another_language_is_named_and_a_guess_is_called_one() -> None:
    other = heard.of_lines(SPOKEN, [piece(language="tt", probability=0.9)], told="", model="m")
    assert (other.language, other.language_probability, other.marks) == ("tt", 0.9, {SpeechMark.other_language})
    unsure = heard.of_lines(SPOKEN, [piece(segment(("oui", 1, 2)), language="fr", probability=0.3)], told="", model="m")
    assert (unsure.language, unsure.marks) == ("fr", {SpeechMark.language_unsure})
    told = of(segment(("да", 1, 2)))
    assert (told.language, told.language_probability) == ("ru", 1.0)


def test_a_clip_without_sound() -> None:
    found = heard.without_sound("m")
    assert (found.marks, found.speech_share, found.bounds, found.cut) == ({SpeechMark.no_sound}, 0.0, None, None)


@pytest.mark.parametrize("found", [of(segment(("В", 1.0, 1.1)), segment(("год", 4.0, 5.0))), heard.without_sound("")])
def test_it_is_kept_as_a_document(found: Hearing) -> None:
    assert Hearing.from_json(json.loads(json.dumps(found.as_json()))) == found
