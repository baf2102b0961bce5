from __future__ import annotations

import pytest
from sqlmodel import select

from relay.almanac.captions import editing, store
from relay.almanac.captions.editing import TypedCue, at_times, clock, laid, seconds
from relay.almanac.film.cues import Cue
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import CaptionOrigin, CaptionVersion, Clip, ClipState
from tests.moderation.town import Town

ROWS = [TypedCue("0:01", "2,5", "Мы ехали."), TypedCue("3", "4.5", "Лёд трещал.")]


@pytest.mark.parametrize(
    ("text", "moment"), [("5", 5.0), ("5,25", 5.25), ("1:02.5", 62.5), (" 0:00 ", 0.0), ("1:00:01", 3601.0)]
)
def test_times_are_read_as_people_write_them(text: str, moment: float) -> None:
    assert seconds(text, 1) == moment


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:-5", "nan", "inf", "1:2:3:4", "100000"])
def test_what_is_no_time_is_refused_with_the_number_of_its_caption(text: str) -> None:
    with pytest.raises(Refused, match=r"^Caption 7: .* is no time"):
        seconds(text, 7)


@pytest.mark.parametrize("moment", [0.0, 0.04, 59.999, 60.0, 3599.5])
def test_a_clock_is_read_as_it_was_written(moment: float) -> None:
    assert seconds(clock(moment), 1) == moment


def test_lines_stay_as_they_were_typed_where_they_fit() -> None:
    assert laid("Мы\nехали") == "Мы\nехали"
    assert laid("Мы ехали по льду, и лёд трещал под колёсами нашей машины") == (
        "Мы ехали по льду, и лёд трещал\nпод колёсами нашей машины"
    )


def test_texts_go_to_the_time_that_is_next_to_them() -> None:
    times = [Cue(0, 2, "One."), Cue(2, 4, "Two."), Cue(8, 9, "Three.")]
    written = [Cue(0, 1, "Раз."), Cue(2.2, 3, "Два"), Cue(3, 4, "с половиной."), Cue(20, 21, "Три.")]
    assert at_times(times, written) == [Cue(0, 2, "Раз."), Cue(2, 4, "Два с половиной."), Cue(8, 9, "Три.")]


@pytest.mark.slow
def test_rows_are_kept_in_the_order_of_their_times(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    version = editing.save(relay, clip, [*reversed(ROWS), TypedCue("", "", " ")], language="ru", person="Борис", seen=0)
    track = editing.bench(relay, clip).track("ru")
    assert track is not None
    assert [(cue.start, cue.end, cue.text) for cue in track.cues] == [(1, 2.5, "Мы ехали."), (3, 4.5, "Лёд трещал.")]
    assert (track.version, track.origin, track.person) == (version, CaptionOrigin.hand, "Борис")
    assert editing.bench(relay, clip).track("en") is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("row", "said"),
    [
        (TypedCue("3", "3", "Лёд."), "Caption 1 ends before it begins."),
        (TypedCue("3", "", "Лёд."), "Caption 1: — is no time."),
        (TypedCue("1", "2", "а" * 401), "Caption 1 has more than 400 letters."),
    ],
)
def test_what_can_be_no_caption_is_refused_and_nothing_changes(relay: Relay, row: TypedCue, said: str) -> None:
    clip = Town(relay).has_clip()
    editing.save(relay, clip, ROWS, language="ru", person="Борис")
    with pytest.raises(Refused, match=said):
        editing.save(relay, clip, [row], language="ru", person="Борис")
    with pytest.raises(Refused, match="More than 1000 captions"):
        editing.save(relay, clip, [TypedCue("1", "2", "Да.")] * 1001, language="ru", person="Борис")
    assert len(editing.versions(relay, clip, "ru")) == 1


@pytest.mark.slow
def test_who_saves_over_a_version_that_they_have_not_seen_is_told(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    first = editing.save(relay, clip, ROWS, language="ru", person="Борис", seen=0)
    second = editing.save(relay, clip, ROWS[:1], language="ru", person="Ольга", seen=first)
    with pytest.raises(Stale, match="Ольга changed these captions") as told:
        editing.save(relay, clip, ROWS, language="ru", person="Борис", seen=first)
    assert told.value.state == str(second)
    with pytest.raises(Stale):
        store.from_quote(with_quote(relay, clip), clip, language="ru", person="Борис", seen=first)
    with pytest.raises(Stale):
        store.drop(relay, clip, language="ru", person="Борис", seen=first)
    editing.save(relay, clip, ROWS, language="en", person="Борис", seen=0)  # another language is another thing
    assert [one.person for one in editing.versions(relay, clip, "ru")] == ["Ольга", "Борис"]


def test_twin_without_the_version_that_was_seen_a_colleagues_work_is_written_over(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    editing.save(relay, clip, ROWS, language="ru", person="Ольга")
    editing.save(relay, clip, ROWS[:1], language="ru", person="Борис", seen=None)
    track = editing.bench(relay, clip).track("ru")
    assert track is not None
    assert len(track.cues) == 1


def with_quote(relay: Relay, clip: int) -> Relay:
    with relay.transaction() as session:
        session.get_one(Clip, clip).quote = "Лёд трещал под колёсами. Мы ехали молча и смотрели назад."
    return relay


def test_what_stands_already_is_no_new_version_and_nothing_is_nothing(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    assert editing.save(relay, clip, [], language="ru", person="Борис", seen=0) == 0
    first = editing.save(relay, clip, ROWS, language="ru", person="Борис", seen=0)
    assert editing.save(relay, clip, ROWS, language="ru", person="Ольга", seen=0) == first
    assert [one.person for one in editing.versions(relay, clip, "ru")] == ["Борис"]


@pytest.mark.slow
def test_every_earlier_version_can_stand_again(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    first = editing.save(relay, clip, ROWS, language="ru", person="Борис")
    editing.save(relay, clip, [], language="ru", person="Ольга")  # nothing is left: they are taken away
    assert editing.bench(relay, clip).tracks == []
    seen = editing.version(relay, clip, "ru")
    editing.bring_back(relay, clip, language="ru", wanted=first, person="Борис", seen=seen)
    found = editing.versions(relay, clip, "ru")
    assert [(one.cues, one.person, one.begins, one.standing) for one in found] == [
        (2, "Борис", "Мы ехали.", True),
        (0, "Ольга", "", False),
        (2, "Борис", "Мы ехали.", False),
    ]
    for wanted, language in ((99, "ru"), (first, "en")):
        with pytest.raises(NotFound):
            editing.bring_back(relay, clip, language=language, wanted=wanted, person="Борис")
    editing.bring_back(relay, clip, language="ru", wanted=found[1].version, person="Борис")
    assert editing.bench(relay, clip).track("ru") is None


def test_another_languages_times_are_taken_and_what_is_empty_is_shown_to_nobody(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    with pytest.raises(NotFound, match="no captions in ru"):
        editing.take_times(relay, clip, language="en", of="ru", person="Борис")
    editing.save(relay, clip, ROWS, language="ru", person="Борис")
    editing.take_times(relay, clip, language="en", of="ru", person="Борис", seen=0)
    track = editing.bench(relay, clip).track("en")
    assert track is not None
    assert [(cue.start, cue.end, cue.text) for cue in track.cues] == [(1, 2.5, ""), (3, 4.5, "")]
    assert track.doubtful == 2
    with pytest.raises(NotFound):
        editing.file(relay, clip, "en", "srt")
    with relay.reading() as session:
        assert store.of_clips(session, [clip])[clip]["en"] == ()


@pytest.mark.slow
def test_captions_are_taken_along_as_files(relay: Relay) -> None:
    clip = Town(relay).has_clip()
    editing.save(relay, clip, ROWS, language="ru", person="Борис")
    assert editing.file(relay, clip, "ru", "srt").startswith("1\n00:00:01,000 --> 00:00:02,500\nМы ехали.\n")
    assert editing.file(relay, clip, "ru", "vtt").startswith("WEBVTT\nLanguage: ru\n\n00:00:01.000 -->")


@pytest.mark.slow
def test_the_page_of_a_clip_knows_what_it_needs(relay: Relay) -> None:
    town = Town(relay)
    clip = town.has_clip(name="Анна", town="Мга", duration=12, state=ClipState.withdrawn)
    bench = editing.bench(with_quote(relay, clip), clip)
    assert (bench.name, bench.seconds, bench.fps, bench.withdrawn, bench.proxy) == ("Анна", 12, 25, True, False)
    assert bench.reads.startswith("Лёд трещал")
    for missing in (lambda: editing.bench(relay, 99), lambda: editing.versions(relay, 99, "ru")):
        with pytest.raises(NotFound, match="There is no clip 99"):
            missing()
    with pytest.raises(NotFound):
        editing.save(relay, 99, ROWS, language="ru", person="Борис")
    with relay.reading() as session:
        assert session.exec(select(CaptionVersion)).all() == []
