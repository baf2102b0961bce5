"""Readings that are proposed by the sound alone: rows, until words are known or a person has spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from relay.almanac.assets import quotes
from relay.almanac.captions import speech_timing, store
from relay.almanac.captions.aligning import RATE, Samples, Spoken
from relay.almanac.film.sentences import sentences_of
from relay.almanac.hearing import aligned, alignment, answers, proposals
from relay.almanac.hearing.aligned import AlignedReading
from relay.context import Relay
from relay.errors import NotFound, ToolMissing
from relay.media import text_to_speech
from relay.models import CaptionOrigin, ClipState, QuoteVerdict, ReadingBasis
from relay.moderation import withdrawal
from tests.almanac.hearing.said import RADIO, heard
from tests.moderation.town import Town

TEXT = "Хлеб мы делили ниткой, потому что от ножа оставались крошки. Крошки мы собирали пальцем и ели последними."


@dataclass
class Sound:
    """What is read in every clip, in the place of the alignment: numbers of texts; and which texts it was asked of."""

    reads: list[str] = field(default_factory=lambda: ["7"])
    asked: list[dict[str, str]] = field(default_factory=list)

    def which(
        self, _relay: Relay, sound: Samples, texts: Mapping[str, str], language: str, *, named: Sequence[str]
    ) -> list[AlignedReading]:
        assert (len(sound), language) == (RATE, "ru")
        self.asked.append(dict(texts))
        return [self._reading(number, texts[number]) for number in self.reads if number in texts]

    def _reading(self, number: str, text: str) -> AlignedReading:
        sentences = tuple(sentences_of(text))
        spoken = tuple(Spoken(2.0 + 4 * place, 5.5 + 4 * place, 0.4) for place in range(len(sentences)))
        return AlignedReading(number, sentences, spoken)


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> Sound:
    found = Sound()
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(speech_timing, "timed_speech", lambda *_words: np.ones(RATE, np.float32))
    monkeypatch.setattr(aligned, "which", found.which)
    return found


@pytest.fixture
def town(relay: Relay) -> Town:
    town = Town(relay)
    quotes.add(relay, town.slug, TEXT, number="7")
    quotes.add(relay, town.slug, RADIO, number="8")
    return town


@pytest.fixture
def clip(town: Town) -> int:
    number = town.has_clip()
    _film(town, number)
    return number


def _film(town: Town, clip: int) -> None:
    copy = town.relay.folder("incoming") / f"{clip}.mp4"
    copy.write_bytes(b"sound")
    town.relay.media.put(f"originals/{town.sha256(clip)}", copy)


def test_what_is_found_is_proposed_and_never_called_certain(relay: Relay, clip: int, sound: Sound) -> None:
    alignment.align(relay, clip)
    (reading,) = proposals.of_clip(relay, clip)
    assert (reading.number, reading.basis, reading.verdict) == ("7", ReadingBasis.aligned, QuoteVerdict.unsure)
    assert (reading.start, reading.end, reading.excerpt) == (2.0, 9.5, TEXT)
    assert sound.asked == [{"7": TEXT, "8": RADIO}]


def test_each_clip_is_due_once_and_again_when_the_texts_change(
    relay: Relay, town: Town, clip: int, sound: Sound
) -> None:
    other = town.has_clip()
    town.has_clip(state=ClipState.withdrawn)
    _film(town, other)
    assert alignment.due(relay) == [clip, other]
    sound.reads = []
    alignment.align(relay, other)
    assert alignment.due(relay) == [clip]
    quotes.add(relay, town.slug, "Ещё один текст.", number="9")
    assert alignment.due(relay) == [clip, other]


def test_confirmed_it_is_captions_at_the_times_of_the_sound(relay: Relay, clip: int, sound: Sound) -> None:
    alignment.align(relay, clip)
    told = answers.confirm(relay, clip, 0, person="olga")
    assert told.quote == "7"
    (view,) = store.listing(relay, clip)
    assert view.origin is CaptionOrigin.reading
    first, last = view.cues[0], view.cues[-1]
    assert (first["from"], last["to"]) == (2.0, 9.5)
    assert any(cue["from"] == 6.0 for cue in view.cues)
    alignment.align(relay, clip)
    assert [each.person for each in proposals.of_clip(relay, clip)] == ["olga"]


def test_where_words_are_known_the_sound_alone_says_nothing(relay: Relay, town: Town, clip: int, sound: Sound) -> None:
    alignment.align(relay, clip)
    heard(town, clip, RADIO)
    proposals.renew(relay, clip)
    assert [(each.number, each.basis) for each in proposals.of_clip(relay, clip)] == [("8", ReadingBasis.heard)]
    alignment.align(relay, clip)
    assert len(sound.asked) == 1
    assert [each.number for each in proposals.of_clip(relay, clip)] == ["8"]


def test_who_only_knows_that_somebody_speaks_leaves_it_as_it_is(
    relay: Relay, town: Town, clip: int, sound: Sound
) -> None:
    alignment.align(relay, clip)
    heard(town, clip, "", model="")
    proposals.renew(relay, clip)
    assert [each.number for each in proposals.of_clip(relay, clip)] == ["7"]


def test_a_clip_that_is_taken_back_meanwhile_is_nothing(
    relay: Relay, town: Town, clip: int, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken_back(*words: object, **more: object) -> list[AlignedReading]:
        withdrawal.withdraw(relay, clip, person="anna", reason="asked")
        return sound.which(*words, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(aligned, "which", taken_back)
    with pytest.raises(NotFound):
        alignment.align(relay, clip)
    with pytest.raises(NotFound):
        alignment.align(relay, clip)
    assert alignment.due(relay) == []


def test_without_the_extra_or_the_original_it_is_said(
    relay: Relay, town: Town, clip: int, sound: Sound, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="no such file"):
        alignment.align(relay, town.has_clip())
    with pytest.raises(NotFound, match="no clip 99"):
        alignment.align(relay, 99)
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    with pytest.raises(ToolMissing):
        alignment.align(relay, clip)
