from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relay.almanac.plan import many_voices
from relay.almanac.plan.many_voices import PAUSE, ReadSentence, TextReader, VoicePiece, choose, pieces_of

FPS = 25
FRAME = 1 / FPS


def reader(
    clip: int,
    *sentences: int,
    pause: float = 0.6,
    seconds: float = 3.0,
    runs: frozenset[int] = frozenset(),
    **more: object,
) -> TextReader:
    """Reads these sentences, `seconds` each; behind those in `runs` without a pause."""
    at, read, voice = 0.8, [], list[tuple[float, float]]()
    for number in sentences:
        read.append(ReadSentence(number, round(at, 3), round(at + seconds, 3)))
        if number - 1 in runs and voice:
            voice[-1] = (voice[-1][0], round(at + seconds, 3))
        else:
            voice.append((round(at, 3), round(at + seconds, 3)))
        at += seconds + (0.05 if number in runs else pause)
    return TextReader(clip, tuple(read), tuple(voice), frames=round(at * FPS) + 20, **more)  # type: ignore[arg-type]


def said(pieces: tuple[VoicePiece, ...]) -> list[tuple[int, int, int]]:
    return [(piece.clip, piece.at, piece.end) for piece in pieces]


def test_each_reads_a_sentence_in_turn() -> None:
    found = choose([reader(1, 0, 1, 2), reader(2, 0, 1, 2), reader(3, 0, 1, 2)], 3, fps=FPS)
    assert sorted(piece.clip for piece in found.pieces) == [1, 2, 3]
    assert [(piece.at, piece.end) for piece in found.pieces] == [(0, 1), (1, 2), (2, 3)]


def test_a_piece_has_air_and_no_foreign_word() -> None:
    one = reader(1, 0, 1, pause=0.4)
    piece = next(piece for piece, _ in pieces_of(one, FPS) if (piece.at, piece.end) == (1, 2))
    begin, end = one.voice[1]
    assert begin - piece.first / FPS >= PAUSE and piece.first / FPS >= one.voice[0][1]
    assert piece.last / FPS - end >= PAUSE


def test_what_is_run_together_stays_together() -> None:
    one = reader(1, 0, 1, 2, runs=frozenset({0}))
    assert {(piece.at, piece.end) for piece, _ in pieces_of(one, FPS)} == {(0, 2), (0, 3), (2, 3)}


@pytest.mark.parametrize("pause", [0.05, 0.11])
def test_a_breath_is_no_pause(pause: float) -> None:
    assert {(piece.at, piece.end) for piece, _ in pieces_of(reader(1, 0, 1, pause=pause), FPS)} == {(0, 2)}


def test_without_the_rule_of_pauses_a_word_would_be_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many_voices, "PAUSE", -1.0)
    assert (0, 1) in {(piece.at, piece.end) for piece, _ in pieces_of(reader(1, 0, 1, pause=0.02), FPS)}


@pytest.mark.parametrize("hidden", ["begins", "ends"])
def test_an_edge_that_was_not_heard_is_none(hidden: str) -> None:
    one = reader(1, 0, 1)
    edges = {"begins": (1, False, True), "ends": (0, True, False)}[hidden]
    changed = [
        ReadSentence(each.number, each.start, each.stop, 1.0, *edges[1:]) if each.number == edges[0] else each
        for each in one.sentences
    ]
    found = pieces_of(TextReader(1, tuple(changed), one.voice, one.frames), FPS)
    assert {(piece.at, piece.end) for piece, _ in found} == ({(0, 1), (0, 2)} if edges[0] == 1 else {(0, 2), (1, 2)})


def test_a_moderator_s_points_are_kept() -> None:
    one = reader(1, 0, 1, begin=40, seconds=2.0)
    assert {(piece.at, piece.end) for piece, _ in pieces_of(one, FPS)} == {(1, 2)}


def test_own_words_between_two_sentences_part_them() -> None:
    assert {(piece.at, piece.end) for piece, _ in pieces_of(reader(1, 0, 1, pause=4.0), FPS)} == {(0, 1), (1, 2)}


def test_a_sentence_that_nobody_reads_is_told() -> None:
    found = choose([reader(1, 0, 2), reader(2, 0, 2)], 3, fps=FPS)
    assert found.missing == (1,)
    assert [(piece.at, piece.end) for piece in found.pieces] == [(0, 1), (2, 3)]


def test_a_neighbour_goes_on_where_somebody_can_not_be_cut() -> None:
    whole = reader(1, 0, 1, 2, runs=frozenset({0, 1}))
    assert said(choose([whole, reader(2, 0), reader(3, 2)], 3, fps=FPS).pieces) == [(1, 0, 3)]


def test_one_reader_alone_is_not_cut() -> None:
    assert said(choose([reader(1, *range(6))], 6, fps=FPS).pieces) == [(1, 0, 6)]


def test_two_clips_of_one_person_count_as_one() -> None:
    same = frozenset({"vk:7"})
    found = choose([reader(1, 0, 1, people=same), reader(2, 0, 1, people=same), reader(3, 0, 1)], 2, fps=FPS)
    assert 3 in {piece.clip for piece in found.pieces}


def test_districts_take_turns() -> None:
    there = [reader(clip, 0, 1, district="Мга" if clip < 4 else "Кировск") for clip in range(1, 5)]
    assert 4 in {piece.clip for piece in choose(there, 2, fps=FPS).pieces}


def test_the_better_picture_comes_first() -> None:
    assert said(choose([reader(1, 0, score=60), reader(2, 0)], 1, fps=FPS).pieces) == [(2, 0, 1)]


def test_a_name_that_can_not_be_read_costs() -> None:
    assert said(choose([reader(1, 0, naming=5.0), reader(2, 0)], 1, fps=FPS).pieces) == [(2, 0, 1)]


def test_what_is_locked_stays() -> None:
    held = VoicePiece(9, 1, 2, 10, 60)
    found = choose([reader(1, 0, 1, 2), reader(2, 0, 1, 2)], 3, fps=FPS, locked=[held])
    assert held in found.pieces and found.missing == ()
    assert found.pieces[0].at == 0 and found.pieces[-1].end == 3


crowds = st.integers(1, 5).flatmap(
    lambda count: st.lists(
        st.builds(
            lambda clip, sentences, runs, score, district, pause: reader(
                clip, *sorted(sentences), runs=frozenset(runs), score=score, district=district, pause=pause
            ),
            st.integers(1, 10_000),
            st.sets(st.integers(0, count - 1), min_size=1),
            st.sets(st.integers(0, count - 1)),
            st.integers(40, 100),
            st.sampled_from("АБ"),
            st.sampled_from([0.1, 0.3, 0.6]),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one.clip,
    ).map(lambda readers: (readers, count))
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(crowds)
def test_each_sentence_once_in_order_and_no_word_cut(crowd: tuple[list[TextReader], int]) -> None:
    readers, count = crowd
    found = choose(readers, count, fps=FPS)
    numbers = [number for piece in found.pieces for number in range(piece.at, piece.end)]
    assert sorted([*numbers, *found.missing]) == list(range(count)) and numbers == sorted(numbers)
    by_clip = {one.clip: one for one in readers}
    for piece in found.pieces:
        one = by_clip[piece.clip]
        mine = {each.number: each for each in one.sentences}
        begin, end = mine[piece.at].start, mine[piece.end - 1].stop
        assert piece.first / FPS <= begin - PAUSE + 1e-6 and piece.last / FPS >= end + PAUSE - 1e-6
        outside = [span for span in one.voice if span[1] <= begin or span[0] >= end]
        assert not any(s < piece.last / FPS - 1e-6 and e > piece.first / FPS + 1e-6 for s, e in outside)
    assert choose(readers, count, fps=FPS) == found
    assert choose(readers[::-1], count, fps=FPS).cost == found.cost


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(crowds)
def test_no_other_way_is_cheaper(crowd: tuple[list[TextReader], int]) -> None:
    readers, count = crowd
    assert choose(readers, count, fps=FPS).cost == min(_costs(readers, count))


def _costs(readers: list[TextReader], count: int) -> list[int]:
    """Of every way there is, told anew from what the module says."""
    options = [
        (piece, many_voices._cost(piece, lacking, one, FPS), one)
        for one in readers
        for piece, lacking in pieces_of(one, FPS)
    ]
    found: list[int] = []

    def go(at: int, cost: int, people: Counter[int], districts: Counter[str], last: int, adjoins: bool) -> None:
        if at == count:
            found.append(cost)
            return
        go(at + 1, cost + many_voices.MISSING, people, districts, last, False)
        for piece, own, one in options:
            if piece.at == at:
                more = own + many_voices.REPEAT * people[one.clip] + many_voices.DISTRICT * districts[one.district]
                if last == one.clip:
                    more += many_voices.GOES_ON if adjoins else many_voices.IN_A_ROW
                counted = people + Counter([one.clip]), districts + Counter([one.district])
                go(piece.end, cost + more, *counted, one.clip, True)

    go(0, 0, Counter(), Counter(), -1, True)
    return found


def test_nobody_twice_in_a_row_where_that_can_be_had() -> None:
    found = choose([reader(1, *range(8)), reader(2, *range(8)), reader(3, *range(8))], 8, fps=FPS)
    assert all(left.clip != right.clip for left, right in pairwise(found.pieces))
    assert max(Counter(piece.clip for piece in found.pieces).values()) <= 3


def test_few_ways_at_once_are_mended_by_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = [reader(clip, *range(6), score=100 - 3 * clip, district=str(clip % 3)) for clip in range(8)]
    best = choose(crowd, 6, fps=FPS).cost
    monkeypatch.setattr(many_voices, "WIDTH", 3)
    assert choose(crowd, 6, fps=FPS).cost == best
    monkeypatch.setattr(many_voices, "_exchanges", lambda *_: iter(()))
    assert choose(crowd, 6, fps=FPS).cost >= best
