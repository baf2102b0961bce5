"""Listening, on the command line."""

from __future__ import annotations

import numpy as np
import pytest

from relay import bootstrap
from relay.almanac.assets import quotes
from relay.almanac.captions import speech_timing
from relay.almanac.captions.aligning import Spoken
from relay.almanac.hearing import aligned, proposals, service
from relay.almanac.hearing.aligned import AlignedReading
from relay.almanac.hearing.answers import CaptionsNow
from relay.cli.assets import speech
from relay.media import text_to_speech
from relay.media.hearing import listening, model
from relay.media.hearing.heard import SpeechMark
from relay.media.hearing.model import SpeechModel
from relay.models import ReadingAnswer
from relay.moderation import desk
from tests.almanac.hearing.ears import Ears
from tests.almanac.hearing.said import heard
from tests.cli.test_commands import home, relay_at, run, town  # noqa: F401 - fixtures
from tests.media.hearing.wheels import PINS, files

pytestmark = pytest.mark.slow  # whole commands
TEXT = "Хлеб мы делили ниткой, потому что от ножа оставались крошки."


@pytest.fixture
def ears(monkeypatch, tmp_path):
    """Every toolbox hears the text, with a model."""
    ears = Ears(TEXT)
    monkeypatch.setattr(listening, "can_listen", lambda: True)
    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, "d01c3014881c"))
    monkeypatch.setattr(bootstrap, "Toolbox", lambda *_words, **_more: ears)
    return ears


@pytest.fixture
def copy(tmp_path):
    path = tmp_path / "copy"
    path.write_bytes(b"copy")
    return path


def test_what_is_due_is_heard_and_proposed_and_then_nothing_is_due(run, town, ears, copy):  # noqa: F811
    quotes.add(town.relay, town.slug, TEXT, number="7")
    clip = town.has_clip(proxy=copy)
    document = run("speech", "hear", "--json").document
    (heard,) = document["heard"]
    (reading,) = heard["readings"]
    assert (heard["clip"], heard["language"], heard["marks"]) == (clip, "ru", [])
    assert heard["segments"][0][0] == ["Хлеб", 1.0, 1.4, 0.9]
    assert (reading["number"], reading["verdict"], reading["text"]) == ("7", "read", TEXT.rstrip("."))
    assert [each["number"] for each in reading["best"]] == ["7"]
    assert document["failed"] == {}
    assert run("speech", "hear", "--json").document == {"heard": [], "failed": {}}
    assert "There is nothing to hear." in run("speech", "hear").out

    again = run("speech", "hear", "--clip", clip)
    assert again.code == 0
    assert "is read" in again.out


def test_one_that_fails_does_not_keep_the_others_from_being_heard(run, town, ears, copy):  # noqa: F811
    town.has_clip(proxy=copy)
    copy.write_bytes(b"another")
    town.has_clip(proxy=copy)
    ears.fails = True
    told = run("speech", "hear")
    assert told.code == 1
    assert "Clips that could not be heard: 2. Clip 1: It can't be heard." in told.err
    assert len(told.err.strip().splitlines()) == 1


def test_a_model_is_brought_and_the_lacking_extra_told(run, home, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setitem(model.fetch.__kwdefaults__, "pins", PINS)
    monkeypatch.setattr(model, "can_listen", lambda: False)
    stick = files(tmp_path / "stick")
    told = run("speech", "fetch", "--from", stick)
    assert told.code == 0
    assert "The speech model is in" in told.out
    assert "pip install 'hashtag-relay[speech]'" in told.out
    assert "was there already" in run("speech", "fetch").out


@pytest.fixture
def clip(town):  # noqa: F811
    quotes.add(town.relay, town.slug, TEXT, number="7")
    number = town.has_clip()
    heard(town, number, TEXT)
    proposals.renew(town.relay, number)
    return number


def test_which_text_is_read_is_shown_confirmed_refused_and_unsaid(run, town, clip):  # noqa: F811
    line = run("speech", "readings", clip).out
    assert "0:01–0:05" in line
    assert "Recognised clearly." in line
    assert "nobody has said yet" in line
    told = run("speech", "confirm", clip, "--as", "anna").out
    assert told.splitlines() == [
        f"Clip {clip}: a text was confirmed.",
        "The clip's text is 7.",
        "The text's own words stand as captions (ru).",
    ]
    assert "a text was confirmed  anna" in run("speech", "readings", clip).out
    assert run("speech", "unsay", clip, "--as", "anna").out == f"Clip {clip}: nobody has said yet.\n"
    assert run("speech", "refuse", clip, "--as", "anna").out == f"Clip {clip}: none of these texts.\n"
    assert run("speech", "confirm", clip, "--as", "anna", "--place", "3").code == 1
    assert run("speech", "confirm", clip, "--as", "anna", "--text", "8").code == 1


def test_where_nobody_has_listened_there_are_no_readings(run, town):  # noqa: F811
    assert "nobody has listened to it" in run("speech", "readings", town.has_clip()).out


def test_every_answer_has_words():
    assert set(speech.ANSWERS) == set(ReadingAnswer)
    assert set(speech.CAPTIONS) == set(CaptionsNow)


def test_every_mark_has_words():
    assert set(speech.MARKS) == {mark.value for mark in SpeechMark}


def test_without_a_model_the_sound_is_compared_with_the_texts(run, town, monkeypatch):  # noqa: F811
    quotes.add(town.relay, town.slug, TEXT, number="7")
    quotes.add(town.relay, town.slug, "Радио не выключали никогда.", number="8")
    clip, gone = town.has_clip(text="Читаю отрывок № 8. #proryv80"), town.has_clip()
    copy = town.relay.folder("incoming") / "clip.mp4"
    copy.write_bytes(b"sound")
    town.relay.media.put(f"originals/{town.sha256(clip)}", copy)
    desk.edit(town.relay, clip, person="anna", quote="7")
    asked = []
    reading = AlignedReading("7", (TEXT,), (Spoken(2.0, 6.5, 0.4),))

    def which(_relay, _sound, _texts, _language, *, named):
        asked.append(named)
        return [reading] if "7" in named else []

    monkeypatch.setattr(text_to_speech, "can_speak", lambda: True)
    monkeypatch.setattr(speech_timing, "timed_speech", lambda *_words: np.ones(16_000, np.float32))
    monkeypatch.setattr(aligned, "which", which)
    told = run("speech", "compare", "--json")
    assert told.code == 1
    assert [(each["clip"], len(each["readings"])) for each in told.document["compared"]] == [(clip, 1)]
    assert [*told.document["failed"]] == [str(gone)]
    assert told.document["compared"][0]["readings"][0]["basis"] == "aligned"
    assert run("speech", "compare", clip).out == f"Clip {clip}: perhaps text 7.\n"
    desk.edit(town.relay, clip, person="anna", quote="")
    assert "none of the texts was found" in run("speech", "compare", clip).out
    none = run("speech", "compare", 0)
    assert (none.code, none.out) == (1, "")
    assert "There is no clip 0." in none.err
    assert asked == [["7"], ["7"], ["8"]], "what the clip names, and else its post"
    monkeypatch.setattr(text_to_speech, "can_speak", lambda: False)
    refused = run("speech", "compare", clip)
    assert (refused.code, "hashtag-relay[captions]" in refused.err) == (1, True)
