"""What the worker hears by itself: each clip once, a part at a time; what fails rests, and new texts are laid anew."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from relay.almanac.assets import quotes
from relay.almanac.hearing import proposals, rounds, service
from relay.almanac.hearing.rounds import HearingRounds, attend
from relay.context import Relay
from relay.errors import DiskFull
from relay.media.hearing import listening, model
from relay.media.hearing.model import SpeechModel
from relay.models import ClipState, HeardRecording, HearingTry, ReadingProposal
from relay.moderation.withdrawal import withdraw
from tests.almanac.hearing.ears import Ears
from tests.almanac.hearing.said import BREAD, MODEL, heard
from tests.fakes.clock import FakeClock
from tests.moderation.town import Town

pytestmark = pytest.mark.slow


@pytest.fixture
def ears(monkeypatch: pytest.MonkeyPatch) -> Ears:
    for module in (listening, model):
        monkeypatch.setattr(module, "can_listen", lambda: True)
    return Ears(BREAD)


@pytest.fixture
def town(relay: Relay, ears: Ears, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Town:
    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, MODEL))
    town = Town(dataclasses.replace(relay, toolbox=ears))
    quotes.add(relay, town.slug, BREAD, number="7")
    return town


def spoken(town: Town, **more: Any) -> int:
    """A clip whose copy is there."""
    path = town.relay.folder("work") / "copy"
    path.write_bytes(b"copy")
    return town.has_clip(proxy=path, **more)


def proposed(relay: Relay) -> list[tuple[int, str]]:
    with relay.reading() as session:
        return [(row.clip_id, row.number) for row in session.exec(select(ReadingProposal)).all()]


def tries(relay: Relay) -> list[tuple[int, bool]]:
    with relay.reading() as session:
        return [(row.tries, row.next_at is None) for row in session.exec(select(HearingTry)).all()]


def test_what_is_due_is_heard_and_its_text_is_proposed(town: Town) -> None:
    relay, clip, mute = town.relay, spoken(town), town.has_clip(flags=("no_sound",))
    spoken(town, state=ClipState.withdrawn)
    town.has_clip()
    work = HearingRounds()
    assert work.step(relay, hears=True) == [clip, mute]
    for each in (clip, mute):
        attend(relay, each)
    assert proposed(relay) == [(clip, "7")]
    assert work.step(relay, hears=True) == []


def test_a_clip_is_handed_out_once_in_a_round_and_again_when_the_hour_is_over(town: Town, clock: FakeClock) -> None:
    relay, clip = town.relay, spoken(town)
    work = HearingRounds()
    assert work.step(relay, hears=True) == [clip]
    work.asked(clip)
    assert work.step(relay, hears=True) == []
    later = spoken(town)
    assert work.step(relay, hears=True) == [later]
    clock.moves(hours=1)
    assert work.step(relay, hears=True) == [clip, later], "nobody knows what became of it"


def test_all_clips_are_gone_through_part_by_part(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "GONE_THROUGH", 2)
    monkeypatch.setattr(rounds, "_PART", rounds._PART.limit(2))
    relay, clips = town.relay, [spoken(town) for _ in range(5)]
    for clip in clips[:4]:
        heard(town, clip, BREAD)
        proposals.renew(relay, clip)
    work = HearingRounds()
    assert [work.step(relay, hears=True) for _ in range(4)] == [[], [], [clips[4]], [clips[4]]]


def test_where_nobody_hears_new_texts_are_still_laid_beside_what_was_heard(town: Town) -> None:
    relay = town.relay
    clips = [spoken(town) for _ in range(2)]
    heard(town, clips[1], BREAD)
    work = HearingRounds()
    assert work.step(relay, hears=False) == []
    assert proposed(relay) == [(clips[1], "7")]
    quotes.remove(relay, town.slug, "7", person="anna")
    work.step(relay, hears=False)
    assert proposed(relay) == []
    quotes.add(relay, town.slug, BREAD, number="70")
    work.step(relay, hears=False)
    assert proposed(relay) == [(clips[1], "70")]


def test_what_is_as_it_was_is_not_laid_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    relay, clip = town.relay, spoken(town)
    heard(town, clip, BREAD)
    HearingRounds().step(relay, hears=True)
    monkeypatch.setattr(proposals, "renew", None)
    HearingRounds().step(relay, hears=True)


def test_a_broken_clip_rests_ever_longer_and_in_the_end_for_good(town: Town, ears: Ears, clock: FakeClock) -> None:
    relay, clip = town.relay, spoken(town)
    ears.fails = True
    for number, pause in enumerate((*rounds.PAUSES, timedelta(days=365)), start=1):
        assert HearingRounds().step(relay, hears=True) == [clip]
        attend(relay, clip)
        assert tries(relay) == [(number, number > len(rounds.PAUSES))]
        assert HearingRounds().step(relay, hears=True) == []
        attend(relay, clip)
        assert tries(relay)[0][0] == number, "who is asked too early does nothing"
        clock.moves(seconds=pause.total_seconds())
    assert HearingRounds().step(relay, hears=True) == []
    ears.fails = False
    proposals.hear(relay, clip)
    assert tries(relay) == [], "who asks for this clip gets it"


def test_twin_without_its_rest_a_broken_clip_is_heard_at_every_turn(
    town: Town, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_failed", lambda *_words: None)
    relay, clip = town.relay, spoken(town)
    ears.fails = True
    for _ in range(3):
        attend(relay, clip)
        assert HearingRounds().step(relay, hears=True) == [clip]


def test_another_model_tries_once_more(town: Town, ears: Ears, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    relay, clip = town.relay, spoken(town)
    ears.fails = True
    attend(relay, clip)
    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, "another"))
    work = HearingRounds()
    assert work.step(relay, hears=True) == [clip]
    attend(relay, clip)
    assert tries(relay) == [(1, False)]


def test_a_clip_that_is_taken_back_meanwhile_is_nothing(town: Town, ears: Ears) -> None:
    relay, clip = town.relay, spoken(town)
    ears.meanwhile = lambda: withdraw(relay, clip, person="anna", reason="Просила")
    attend(relay, clip)
    attend(relay, clip)
    attend(relay, 99)
    assert proposed(relay) == []
    with relay.reading() as session:
        assert session.exec(select(HeardRecording)).all() == []
    assert HearingRounds().step(relay, hears=True) == []


def test_a_host_without_a_model_or_without_the_extra_does_nothing(
    town: Town, ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, clip = town.relay, spoken(town)
    with monkeypatch.context() as bare:
        bare.setattr(model, "can_listen", lambda: False)
        attend(relay, clip)
    monkeypatch.setattr(service, "speech_model", lambda _relay: None)
    attend(relay, clip)
    assert (ears.calls, tries(relay)) == ([], [])


def test_who_leads_without_a_model_takes_any_host_s_words(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = town.relay
    clips = [spoken(town) for _ in range(3)]
    heard(town, clips[0], BREAD, model="another")
    heard(town, clips[1], "", model="")
    monkeypatch.setattr(service, "speech_model", lambda _relay: None)
    assert HearingRounds().step(relay, hears=True) == clips[1:]


def test_after_a_failure_that_is_no_clip_s_hearing_rests(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    relay, clip = town.relay, spoken(town)

    def is_full(*_words: object, **_more: object) -> None:
        raise DiskFull("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(listening, "hear", is_full)
        with pytest.raises(DiskFull):
            attend(relay, clip)
    assert tries(relay) == []
    work = HearingRounds()
    work.asked(clip)
    work.failed(clip)
    assert work.step(relay, hears=True) == []
    monkeypatch.setattr(work, "_rests_until", 0.0)
    assert work.step(relay, hears=True) == [clip]
