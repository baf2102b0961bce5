"""A draft is made when somebody asks for it, of words that were heard, and takes nobody's captions away."""

from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.captions import editing, films, store
from relay.almanac.captions.editing import TypedCue
from relay.almanac.captions.sureness import unsure_words
from relay.almanac.hearing import drafts
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.media.hearing.heard import SpeechMark
from relay.models import CaptionOrigin, Clip, ClipState, Event
from tests.heard_rows import hearing, keeps
from tests.moderation.town import Town

pytestmark = pytest.mark.slow

SAYS = "Мы ехали по ~люду. Лёд трещал громко."


@pytest.fixture
def clip(relay: Relay) -> int:
    return Town(relay).has_clip(name="Анна", state=ClipState.approved)


def track(relay: Relay, clip: int) -> editing.CaptionTrack:
    found = editing.bench(relay, clip).track("ru")
    assert found is not None
    return found


def in_films(relay: Relay, clip: int) -> list[str]:
    with relay.reading() as session:
        return [cue.text for cue in store.of_clips(session, [clip]).get(clip, {}).get("ru", ())]


def typed(found: editing.CaptionTrack, **changed: str) -> list[TypedCue]:
    return [TypedCue(str(cue.start), str(cue.end), changed.get(cue.text, cue.text)) for cue in found.cues]


def test_a_draft_has_the_words_with_their_doubts_and_stands_in_no_film(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    made = drafts.from_heard(relay, clip, language="", person="Борис", seen=0)
    assert (made.language, made.origin) == ("ru", CaptionOrigin.heard)
    found = track(relay, clip)
    assert [cue.text for cue in found.cues] == ["Мы ехали по люду.", "Лёд трещал громко."]
    assert [unsure_words(cue) for cue in found.cues] == [["люду."], []]
    assert in_films(relay, clip) == []
    with relay.reading() as session:
        told = session.exec(select(Event).where(Event.what == "captioned")).one()
        assert told.details["origin"] == "heard"


def test_twin_a_film_that_asked_for_everything_would_show_the_draft(
    relay: Relay, clip: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    monkeypatch.setattr(store, "DRAFTS", frozenset())
    assert in_films(relay, clip) == ["Мы ехали по люду.", "Лёд трещал громко."]


def test_whoever_saves_a_draft_has_looked_at_it_also_when_nothing_was_wrong(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    before = track(relay, clip)
    editing.save(relay, clip, typed(before), language="ru", person="Ольга", seen=before.version)
    after = track(relay, clip)
    assert (after.origin, after.person) == (CaptionOrigin.hand, "Ольга")
    assert in_films(relay, clip) == ["Мы ехали по люду.", "Лёд трещал громко."]
    assert [unsure_words(cue) for cue in after.cues] == [["люду."], []], "nobody has said that it is right"
    assert editing.save(relay, clip, typed(after), language="ru", person="Ольга") == after.version


def test_a_word_that_was_corrected_or_said_to_be_right_is_not_doubted_any_more(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing("Мы ехали по ~люду. ~Лёд трещал громко."))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    first, second = track(relay, clip).cues
    rows = [
        TypedCue(str(first.start), str(first.end), "Мы ехали по льду."),
        TypedCue(str(second.start), str(second.end), second.text, right=True),
    ]
    editing.save(relay, clip, rows, language="ru", person="Борис")
    assert [unsure_words(cue) for cue in track(relay, clip).cues] == [[], []]


def test_a_draft_never_takes_the_place_of_what_a_person_made(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    version = editing.save(relay, clip, [TypedCue("1", "2", "Моё.")], language="ru", person="Ольга")
    for seen in (None, version):
        with pytest.raises(Refused, match="has captions in ru already"):
            drafts.from_heard(relay, clip, language="ru", person="Борис", seen=seen)
    assert in_films(relay, clip) == ["Моё."]


def test_a_draft_takes_the_place_of_a_draft_and_nobody_is_written_over_unseen(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    keeps(relay, clip, hearing("Мы ехали по льду.", model="another"))
    with pytest.raises(Stale):
        drafts.from_heard(relay, clip, language="ru", person="Борис", seen=0)
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    assert [cue.text for cue in track(relay, clip).cues] == ["Мы ехали по льду."]


@pytest.mark.parametrize(
    ("found", "line"),
    [
        (hearing(language="", marks=[SpeechMark.no_sound]), "This clip has no sound"),
        (hearing(language="", marks=[SpeechMark.silence]), "Nothing is heard"),
        (hearing(language="", marks=[SpeechMark.no_speech]), "Nobody speaks"),
        (hearing(SAYS, marks=[SpeechMark.no_model], model=""), "no speech model"),
        (hearing(SAYS, marks=[SpeechMark.language_unsure]), "is not sure"),
        (hearing(marks=[SpeechMark.no_words]), "no word of it is sure"),
        (
            hearing(language="de", marks=[SpeechMark.other_language]),
            "is spoken: German. What is said is written down in: English, French",
        ),
        (hearing("Ну да"), "Too little"),
        (hearing("~ля ~ля ~ля ~ля"), "Too little"),
    ],
)
def test_silence_music_and_other_languages_are_told_in_a_line(relay: Relay, clip: int, found, line: str) -> None:
    keeps(relay, clip, found)
    with pytest.raises(Refused, match=line):
        drafts.from_heard(relay, clip, language="", person="Борис")
    assert editing.bench(relay, clip).tracks == []
    assert drafts.look(relay, clip).cues == ()


def test_nobody_listened_another_language_and_no_clip(relay: Relay, clip: int) -> None:
    with pytest.raises(Refused, match="Nobody has listened"):
        drafts.from_heard(relay, clip, language="", person="Борис")
    assert drafts.look(relay, clip) == drafts.NOT_HEARD
    keeps(relay, clip, hearing(SAYS))
    with pytest.raises(Refused, match="is spoken: Russian"):
        drafts.from_heard(relay, clip, language="en", person="Борис")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.withdrawn
    for gone in (clip, 99):
        with pytest.raises(NotFound):
            drafts.from_heard(relay, gone, language="", person="Борис")


def test_times_of_another_language_leave_a_draft_a_draft(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    editing.save(relay, clip, [TypedCue("1", "3", "We drove."), TypedCue("3", "5", "Ice.")], language="en", person="Б")
    editing.take_times(relay, clip, language="ru", of="en", person="Борис")
    found = track(relay, clip)
    assert (found.origin, [unsure_words(cue) for cue in found.cues]) == (CaptionOrigin.heard, [["люду."], []])


def test_a_film_counts_drafts_by_themselves(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    queries.new(relay, "proryv80", "film", all_approved=True)
    (russian,) = films.of_film(relay, "proryv80", "film").languages
    assert (russian.clips, russian.drafts, russian.doubtful) == (0, 1, 0)


def test_the_draft_can_be_taken_along_as_a_file(relay: Relay, clip: int) -> None:
    keeps(relay, clip, hearing(SAYS))
    drafts.from_heard(relay, clip, language="ru", person="Борис")
    assert "Лёд трещал громко." in editing.file(relay, clip, "ru", "vtt")
