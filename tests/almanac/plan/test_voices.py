from __future__ import annotations

from itertools import pairwise

import pytest

from relay.almanac.assets import quotes
from relay.almanac.film.sentences import places_of, sentences_of
from relay.almanac.hearing import answers, proposals
from relay.almanac.plan import edits, panels, queries, voices
from relay.almanac.plan.rules import ProposalKind, Reason
from relay.almanac.plan.voices import sentences_read
from relay.context import Relay
from relay.errors import Refused
from relay.media.hearing.heard import HeardWord
from relay.models import Clip, ClipState
from tests.almanac.plan.reading_aloud import TEXT, Readers, has_text, hearing
from tests.moderation.town import Town

pytestmark = pytest.mark.slow
RULE = {"voices": "7"}


@pytest.fixture
def town(relay: Relay) -> Town:
    return Town(relay)


@pytest.fixture
def readers(relay: Relay, town: Town) -> Readers:
    has_text(relay)
    return Readers(relay, town)


def read_in(relay: Relay) -> list[tuple[int, int, int]]:
    """Clip and sentences of each piece, from 1 on."""
    return [(one.clip, *(one.sentences or ())) for one in queries.show(relay, "proryv80", "film").segments]  # type: ignore[misc]


def sentences_in(relay: Relay) -> list[int]:
    return [number for _, first, last in read_in(relay) for number in range(first, last + 1)]


def test_sentences_have_their_places_in_the_text() -> None:
    text = "  Раз.  Два\nтри! «Четыре» — пять."
    assert [text[at:end] for at, end in places_of(text)] == ["Раз.", "Два\nтри!", "«Четыре» — пять."]


def test_which_sentences_are_read_and_when() -> None:
    told = hearing(sentences_of(TEXT)[1:3])
    found = sentences_read(TEXT, tuple(told.words), tuple(told.voice))
    assert [(one.number, one.start, one.stop, one.sure) for one in found] == [(1, 0.8, 2.8, 1.0), (2, 3.4, 5.4, 1.0)]


def test_a_word_that_was_not_understood_makes_no_edge() -> None:
    told = hearing(sentences_of(TEXT), without={"Мы", "ночам."})
    found = sentences_read(TEXT, tuple(told.words), tuple(told.voice))
    assert [one.number for one in found if not one.begins] == [1]
    assert [one.number for one in found if not one.ends] == [2]


def test_talk_is_no_reading() -> None:
    told = hearing(["Здравствуйте, меня зовут Пётр, я живу в Кировске."])
    assert sentences_read(TEXT, tuple(told.words), tuple(told.voice)) == ()


def test_every_sentence_is_read_once_by_somebody_else(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера", "Глеб", "Дина"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    assert sentences_in(relay) == [1, 2, 3, 4, 5]
    assert sorted(clip for clip, *_ in read_in(relay)) == [1, 2, 3, 4, 5]


def test_one_clip_stands_in_the_film_in_several_pieces(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    readers.reads("Борис")
    queries.new(relay, "proryv80", "film", given=RULE)
    assert sentences_in(relay) == [1, 2, 3, 4, 5]
    clips = [clip for clip, *_ in read_in(relay)]
    assert len(clips) > 2 and all(left != right for left, right in pairwise(clips))


def test_the_name_stands_once_where_there_is_time_for_it(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    readers.reads("Борис")
    queries.new(relay, "proryv80", "film", given=RULE)
    with relay.reading() as session:
        almanac = queries.find(session, "proryv80", "film")
        shown = queries.played(session, almanac, queries.house_of(relay.settings, almanac), now=relay.now())
    assert sorted(one.clip.name for one in shown if one.named) == ["Анна", "Борис"]


def test_a_piece_has_the_words_that_are_said_in_it_or_none(relay: Relay, readers: Readers) -> None:
    clip, said = readers.reads("Анна"), sentences_of(TEXT)
    queries.new(relay, "proryv80", "film", given=RULE)
    anew = f"Дедушка о войне не рассказывал. {TEXT}"
    with relay.reading() as session:
        recording = session.get_one(Clip, clip).sha256
        one = next(one for one in sentences_read(TEXT, *heard_of(said)) if one.number == 1)
        seconds = one.start - 0.2, one.stop + 0.2
        assert voices.said_in(session, TEXT, recording, (1, 2), seconds) == said[1]
        assert voices.said_in(session, anew, recording, (1, 2), seconds) == "", "it is the second now"
        assert voices.said_in(session, anew, recording, (2, 3), seconds) == said[1]
        assert voices.said_in(session, said[0], recording, (1, 2), seconds) == ""
        assert voices.said_in(session, anew, "nobody listened", (1, 2), seconds) == said[0]


def test_a_piece_of_a_text_that_was_written_anew_stands_for_no_sentence_of_it(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера", "Глеб", "Дина"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    held = queries.show(relay, "proryv80", "film").segments[-1]
    edits.trim(relay, "proryv80", "film", held.clip, first=held.start - 0.08, person="olga")
    anew = f"Дедушка о войне не рассказывал. {TEXT}"
    (text,) = (one.id for one in quotes.listing(relay, "proryv80") if one.number == "7")
    quotes.edit(relay, "proryv80", text, anew, number="7", person="olga")
    queries.plan(relay, "proryv80", "film", given={**RULE, "gaps": "yes"})
    others = [one for one in read_in(relay) if one[0] != held.clip]
    assert {number for _, first, last in others for number in range(first, last + 1)} == {2, 3, 4, 5, 6}


def heard_of(said: list[str]) -> tuple[tuple[HeardWord, ...], tuple[tuple[float, float], ...]]:
    told = hearing(said)
    return tuple(told.words), tuple(told.voice)


def test_who_does_not_read_it_as_a_person_said_is_no_reader(relay: Relay, readers: Readers) -> None:
    clips = [readers.reads(name) for name in ("Анна", "Борис", "Вера")]
    proposals.renew(relay, clips[0])
    answers.refuse(relay, clips[0], 0, person="olga")
    queries.new(relay, "proryv80", "film", given=RULE)
    assert {clip for clip, *_ in read_in(relay)} == set(clips[1:])
    answers.confirm(relay, clips[0], 0, person="olga")
    assert clips[0] in {one.clip for one in panels.proposals(relay, "proryv80", "film").shown}


def test_sentences_that_nobody_reads_are_told(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна", (0, 1, 3, 4))
    with pytest.raises(Refused, match="Nobody is heard to read these sentences of text 7: 3"):
        queries.new(relay, "proryv80", "film", given=RULE)
    queries.new(relay, "proryv80", "film", given={**RULE, "gaps": "yes"})
    assert sentences_in(relay) == [1, 2, 4, 5]


def test_a_film_waits_until_the_text_is_read(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна", (0, 1, 2))
    queries.new(relay, "proryv80", "film", given=RULE, may_wait=True)
    page = panels.proposals(relay, "proryv80", "film")
    assert read_in(relay) == [] and "4, 5" in str(getattr(page.lacking, "words", page.lacking))
    readers.reads("Борис", (3, 4))
    assert [one.kind for one in panels.proposals(relay, "proryv80", "film").shown] == [ProposalKind.add] * 2


def test_a_new_reader_is_proposed_and_comes_in_alone(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    readers.reads("Борис")
    queries.new(relay, "proryv80", "film", given=RULE)
    before = read_in(relay)
    third, fourth = readers.reads("Вера"), readers.reads("Глеб")
    proposed = queries.proposals(relay, "proryv80", "film")
    assert {(one.kind, one.clip) for one in proposed if one.kind is ProposalKind.add} == {
        (ProposalKind.add, third),
        (ProposalKind.add, fourth),
    }
    assert any(one.kind is ProposalKind.recut and one.reason is Reason.sentences for one in proposed)
    assert read_in(relay) == before
    queries.plan(relay, "proryv80", "film", only=[third])
    assert sentences_in(relay) == [1, 2, 3, 4, 5]
    assert {clip for clip, *_ in read_in(relay)} == {1, 2, third}


def test_what_a_person_trimmed_stays_cut_as_it_is(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    clip, first, last = read_in(relay)[0]
    held = queries.show(relay, "proryv80", "film").segments[0]
    edits.trim(relay, "proryv80", "film", clip, first=held.start - 0.08, person="anna")
    for name in ("Глеб", "Дина"):
        readers.reads(name)
    queries.plan(relay, "proryv80", "film")
    shown = queries.show(relay, "proryv80", "film").segments[0]
    assert (shown.clip, shown.sentences, shown.in_frame) == (clip, (first, last), held.in_frame - 2)
    assert sentences_in(relay) == [1, 2, 3, 4, 5]


def test_whoever_is_left_out_is_replaced(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    edits.leave_out(relay, "proryv80", "film", 1, person="anna")
    queries.plan(relay, "proryv80", "film")
    assert sentences_in(relay) == [1, 2, 3, 4, 5] and 1 not in {clip for clip, *_ in read_in(relay)}


def test_undo_brings_the_pieces_back(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    before = read_in(relay)
    queries.plan(relay, "proryv80", "film", given={"voices": ""})
    assert [one.sentences for one in queries.show(relay, "proryv80", "film").segments] == [None] * 3
    edits.undo(relay, "proryv80", "film", person="anna")
    assert read_in(relay) == before


def test_a_text_that_is_not_there(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    with pytest.raises(Refused, match="There is no text 99"):
        queries.new(relay, "proryv80", "film", given={"voices": "99"})


def test_no_chapters_part_one_text(relay: Relay, readers: Readers) -> None:
    with pytest.raises(Refused, match="has no chapters"):
        queries.new(relay, "proryv80", "film", given={**RULE, "chapters": "district"})


def test_whoever_reads_another_text_is_not_asked(relay: Relay, readers: Readers) -> None:
    has_text(relay, "Совсем другое.", "8")
    clip = readers.reads("Анна")
    readers.reads("Борис")
    with relay.transaction() as session:
        session.get_one(Clip, clip).quote = "8"
    queries.new(relay, "proryv80", "film", given=RULE)
    assert {number for number, *_ in read_in(relay)} == {2}


def test_whole_clip_is_the_whole_of_it(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    clip = read_in(relay)[0][0]
    edits.untrim(relay, "proryv80", "film", clip, person="anna")
    (one,) = [one for one in queries.show(relay, "proryv80", "film").segments if one.clip == clip]
    assert (one.sentences, one.in_frame) == (None, 0)
    queries.plan(relay, "proryv80", "film")
    shown = queries.show(relay, "proryv80", "film").segments
    assert [one.sentences for one in shown if one.clip == clip] == [None]
    assert [number for one in shown if one.sentences for number in range(one.sentences[0], one.sentences[1] + 1)] == [
        1, 2, 3, 4, 5,
    ]  # fmt: skip


def test_points_by_hand_leave_something_of_the_pieces(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    readers.reads("Борис")
    queries.new(relay, "proryv80", "film", given=RULE)
    mine = [one for one in queries.show(relay, "proryv80", "film").segments if one.clip == 1]
    with pytest.raises(Refused, match="Nothing would be left"):
        edits.trim(relay, "proryv80", "film", 1, first=mine[-1].end + 0.2, person="anna")
    edits.trim(relay, "proryv80", "film", 1, first=mine[-1].start, person="anna")
    assert len([one for one in queries.show(relay, "proryv80", "film").segments if one.clip == 1]) == 1


def test_who_is_brought_back_comes_in_though_a_sentence_is_missing(relay: Relay, readers: Readers) -> None:
    readers.reads("Анна")
    readers.reads("Борис", (0, 1))
    queries.new(relay, "proryv80", "film", given=RULE)
    edits.leave_out(relay, "proryv80", "film", 1, person="anna")
    edits.leave_out(relay, "proryv80", "film", 2, person="anna")
    edits.bring_back(relay, "proryv80", "film", 2, person="anna")
    assert [one.clip for one in queries.show(relay, "proryv80", "film").segments] == [2]


def test_a_clip_that_goes_is_read_by_others(relay: Relay, readers: Readers) -> None:
    for name in ("Анна", "Борис", "Вера"):
        readers.reads(name)
    queries.new(relay, "proryv80", "film", given=RULE)
    with relay.transaction() as session:
        session.get_one(Clip, 1).state = ClipState.withdrawn
    assert 1 not in {clip for clip, *_ in read_in(relay)} and sentences_in(relay) != [1, 2, 3, 4, 5]
    queries.plan(relay, "proryv80", "film")
    assert sentences_in(relay) == [1, 2, 3, 4, 5]
