"""Without a model: a few texts that might be meant are laid beside the sound, and what fits is never called certain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from relay.almanac.assets import quotes
from relay.almanac.captions import speech_timing, store
from relay.almanac.captions.aligning import Spoken
from relay.almanac.hearing import answers, by_sound, proposals
from relay.almanac.hearing.answers import CaptionsNow
from relay.context import Relay
from relay.errors import NotFound, ToolMissing
from relay.media import text_to_speech
from relay.models import ClipState, QuoteVerdict, ReadingAnswer, ReadingBasis
from tests.almanac.hearing.said import BREAD, RADIO, heard
from tests.moderation.town import Town

pytestmark = pytest.mark.slow
TWO = f"{BREAD} {RADIO}"


class Sounds:
    """What fits the sound of every clip: when each of a text's sentences is read, and how unlike."""

    def __init__(self) -> None:
        self.fits: dict[str, list[Spoken]] = {}
        self.asked: list[str] = []

    def reading(self, _relay: object, _sound: object, sentences: Sequence[str], _language: str) -> list[Spoken]:
        text = " ".join(sentences)
        self.asked.append(text)
        return self.fits.get(text, [])


@pytest.fixture
def sounds(monkeypatch: pytest.MonkeyPatch) -> Sounds:
    made = Sounds()
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(speech_timing, "reading", made.reading)
    monkeypatch.setattr(by_sound, "_sound", lambda _relay, _look: np.zeros(9, np.float32))
    return made


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    for number, text in (("7", TWO), ("8", RADIO), ("9", BREAD)):
        quotes.add(relay, town.slug, text, number=number)
    return town


def shown(relay: Relay, clip: int) -> list[tuple[Any, ...]]:
    return [
        (one.number, one.verdict, one.basis, one.answer, one.start, one.end, [each.number for each in one.best])
        for one in proposals.of_clip(relay, clip)
    ]


def test_what_fits_is_proposed_and_never_certain(town: Town, sounds: Sounds) -> None:
    relay, clip = town.relay, town.has_clip()
    sounds.fits = {TWO: [Spoken(2, 6, 0.3), Spoken(7, 10, 0.4)], RADIO: [Spoken(7, 10, 0.5)]}
    assert by_sound.propose(relay, clip, ["7", "404", "7", "8"])
    assert sounds.asked == [TWO, RADIO]
    assert shown(relay, clip) == [
        ("7", QuoteVerdict.unsure, ReadingBasis.aligned, ReadingAnswer.proposed, 2, 10, ["7", "8"])
    ]
    sounds.fits = {}
    by_sound.propose(relay, clip, ["7"])
    assert shown(relay, clip) == []


def test_no_more_than_a_few_texts_are_compared(town: Town, sounds: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_sound, "MOST", 2)
    by_sound.propose(town.relay, town.has_clip(), ["9", "8", "7"])
    assert sounds.asked == [BREAD, RADIO]


def test_confirmed_its_sentences_stand_where_they_were_found(town: Town, sounds: Sounds) -> None:
    relay, clip = town.relay, town.has_clip()
    sounds.fits = {TWO: [Spoken(2, 6, 0.3), Spoken(7, 10, 0.4)]}
    by_sound.propose(relay, clip, ["7"])
    assert answers.confirm(relay, clip, 0, person="anna").captions is CaptionsNow.made
    (view,) = store.listing(relay, clip)
    assert [(cue["from"], cue["text"].replace("\n", " ")) for cue in view.cues] == [(2, BREAD), (7, RADIO)]
    assert all("sure" in cue for cue in view.cues), "somebody has to look"
    assert town.clip(clip).quote == "7"


def test_confirmed_when_its_sound_is_gone_its_lines_are_marked(town: Town, sounds: Sounds) -> None:
    relay, clip = town.relay, town.has_clip()
    sounds.fits = {TWO: [Spoken(2, 6, 0.3), Spoken(7, 10, 0.4)]}
    by_sound.propose(relay, clip, ["7"])
    sounds.fits = {}
    answers.confirm(relay, clip, 0, person="anna")
    (view,) = store.listing(relay, clip)
    assert view.cues[0]["from"] == 2
    assert all("sure" in cue for cue in view.cues)


def test_words_that_were_recognised_know_better(town: Town, sounds: Sounds) -> None:
    relay, clip = town.relay, town.has_clip()
    sounds.fits = {RADIO: [Spoken(7, 10, 0.5)]}
    by_sound.propose(relay, clip, ["8"])
    heard(town, clip, TWO)
    proposals.renew(relay, clip)
    assert [row[:3] for row in shown(relay, clip)] == [("7", QuoteVerdict.read, ReadingBasis.heard)]
    assert not by_sound.propose(relay, clip, ["8"])
    assert shown(relay, clip)[0][0] == "7"


def test_what_a_person_said_stays(town: Town, sounds: Sounds) -> None:
    relay, clip = town.relay, town.has_clip()
    sounds.fits = {RADIO: [Spoken(7, 10, 0.5)]}
    by_sound.propose(relay, clip, ["8"])
    answers.refuse(relay, clip, 0, person="anna")
    by_sound.propose(relay, clip, ["8"])
    assert [row[3] for row in shown(relay, clip)] == [ReadingAnswer.refused]


def test_without_the_extra_or_the_clip_it_is_told(town: Town, sounds: Sounds, monkeypatch: pytest.MonkeyPatch) -> None:
    for clip in (99, town.has_clip(state=ClipState.withdrawn)):
        with pytest.raises(NotFound):
            by_sound.propose(town.relay, clip, ["7"])
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    with pytest.raises(ToolMissing):
        by_sound.propose(town.relay, town.has_clip(), ["7"])
    assert sounds.asked == []
