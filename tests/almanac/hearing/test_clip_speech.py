"""What a clip's page shows of its speech: which tracks, which cut, and that nobody speaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.hearing import clip_speech, drafts
from relay.almanac.hearing.clip_speech import ClipSpeech
from relay.context import Relay
from relay.errors import NotFound
from relay.media.hearing.heard import Hearing, SpeechMark
from relay.models import Clip, ClipState
from tests.heard_rows import hearing, keeps
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

SAYS = "Мы ехали по льду. Лёд трещал громко."


@pytest.fixture
def clip(relay: Relay) -> int:
    return Town(relay).has_clip(name="Анна")


def speech(relay: Relay, clip: int, seconds: float = 60.0) -> ClipSpeech:
    with relay.reading() as session:
        sha256 = session.get_one(Clip, clip).sha256
    return clip_speech.of_clip(relay, clip, sha256, seconds=seconds, language="ru")


def names(relay: Relay, clip: int) -> list[tuple[str, bool]]:
    return [(one.name, one.is_confirmed) for one in speech(relay, clip).tracks]


def test_captions_come_before_what_was_heard_and_what_is_confirmed_before_drafts(relay: Relay, clip: int) -> None:
    assert speech(relay, clip) == clip_speech.NO_SPEECH
    keeps(relay, clip, hearing(SAYS))
    assert names(relay, clip) == [("heard", False)]
    editing.save(relay, clip, [TypedCue("1", "3", "We drove.")], language="en", person="Борис")
    assert names(relay, clip) == [("en", True), ("heard", False)]
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    assert names(relay, clip) == [("en", True), ("ru", False)]
    track = editing.bench(relay, clip).track("ru")
    assert track is not None
    rows = [TypedCue(str(cue.start), str(cue.end), cue.text) for cue in track.cues]
    editing.save(relay, clip, rows, language="ru", person="Борис")
    assert names(relay, clip) == [("ru", True), ("en", True)]


def test_a_track_is_a_file_of_captions_and_gone_with_the_clip(relay: Relay, clip: int) -> None:
    for name in ("ru", "heard"):
        with pytest.raises(NotFound):
            clip_speech.track(relay, clip, name)
    keeps(relay, clip, hearing(SAYS))
    heard = clip_speech.track(relay, clip, "heard")
    assert heard.startswith("WEBVTT\nLanguage: ru")
    assert "00:00:01.000 --> 00:00:02.900\nМы ехали по льду." in heard
    editing.save(relay, clip, [TypedCue("1", "3", "Мы ехали.")], language="ru", person="Борис")
    assert "Мы ехали." in clip_speech.track(relay, clip, "ru")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.withdrawn
    for name in ("ru", "heard"):
        with pytest.raises(NotFound):
            clip_speech.track(relay, clip, name)


@pytest.mark.parametrize(
    ("voice", "seconds", "cut"),
    [
        ([(5.0, 9.0), (20.0, 41.0)], 60.0, (4.75, 41.25)),
        ([(0.2, 41.0)], 60.0, (0.0, 41.25)),
        ([(5.0, 59.9)], 60.0, (4.75, 60.0)),
        ([(0.1, 59.9)], 60.0, None),
        ([(5.0, 61.5)], 60.0, (4.75, 60.0)),
        ([(61.0, 61.5)], 60.0, None),
        ([], 60.0, None),
    ],
)
def test_in_and_out_stand_where_the_first_and_the_last_word_are(
    relay: Relay, clip: int, voice: list[tuple[float, float]], seconds: float, cut: tuple[float, float] | None
) -> None:
    for model in ("", "d01c3014881c"):
        keeps(relay, clip, replace(hearing(SAYS, model=model), seconds=62.0, voice=voice))
        assert speech(relay, clip, seconds).cut == cut


@pytest.mark.parametrize("mark", [SpeechMark.no_sound, SpeechMark.silence, SpeechMark.no_speech])
def test_that_nobody_speaks_is_told(relay: Relay, clip: int, mark: SpeechMark) -> None:
    assert not speech(relay, clip).silent, "nobody has listened"
    keeps(relay, clip, hearing(language="", marks=[mark]))
    found = speech(relay, clip)
    assert (found.silent, found.cut, found.tracks) == (True, None, ())


def test_twin_another_language_would_be_shown_if_nobody_asked_for_it(
    relay: Relay, clip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    german: Hearing = hearing("Wir fuhren leise über das Eis", language="de", marks=[SpeechMark.other_language])
    keeps(relay, clip, german)
    assert names(relay, clip) == []
    monkeypatch.setattr(drafts, "_why_not", lambda _heard: None)
    assert names(relay, clip) == [("heard", False)]
