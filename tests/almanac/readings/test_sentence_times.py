"""When each sentence is read: at the voice that begins nearest to its first word."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.readings.sentence_times import SentenceTime, sentence_times
from relay.almanac.readings.which_quote import QuoteReading, WordTime
from relay.models import QuoteVerdict

TWO = [(0, 12), (13, 25)]
VOICE = [(1.0, 3.0), (4.0, 6.0)]


def reading(*words: tuple[int, float, float]) -> QuoteReading:
    times = tuple(WordTime(at, at + 4, start, stop, 1.0) for at, start, stop in words)
    bounds = (times[0].start, times[-1].stop) if times else (0.0, 0.0)
    return QuoteReading("1", QuoteVerdict.read, 1.0, 1.0, 1.0, 0, 25, *bounds, times, ())


def test_sentences_begin_and_end_with_the_voice() -> None:
    found = sentence_times(TWO, reading((0, 0.8, 1.2), (5, 2.0, 3.2), (13, 3.7, 4.4), (18, 5.0, 6.1)), VOICE)
    assert found == [SentenceTime(0, 12, 1.0, 3.0, True), SentenceTime(13, 25, 4.0, 6.0, True)]


def test_without_a_voice_nearby_the_words_themselves_count() -> None:
    found = sentence_times(TWO, reading((0, 1.5, 2.0), (13, 5.0, 5.4)), VOICE)
    assert [(time.start, time.stop) for time in found] == [(1.5, 2.0), (5.0, 5.4)]


def test_a_sentence_whose_first_word_was_not_recognised_is_doubtful_and_begins_with_its_voice() -> None:
    (found,) = sentence_times(TWO, reading((18, 4.9, 5.2)), VOICE)
    assert (found.at, found.start, found.is_sure) == (13, 4.0, False)


def test_a_sentence_that_was_not_heard_has_no_time() -> None:
    assert sentence_times(TWO, reading(), VOICE) == []


MOMENTS = st.floats(0, 60, allow_nan=False)


@given(st.lists(MOMENTS, min_size=2, max_size=12).map(sorted), st.lists(MOMENTS, max_size=12).map(sorted))
def test_times_never_overlap(words: list[float], edges: list[float]) -> None:
    read = reading(*((4 * number, start, start + 0.1) for number, start in enumerate(words)))
    sentences = [(first, first + 8) for first in range(0, 4 * len(words), 8)]
    found = sentence_times(sentences, read, list(pairwise(edges))[::2])
    assert all(time.start <= time.stop for time in found)
    assert all(before.stop <= after.start for before, after in pairwise(found))
    assert [time.at for time in found] == pytest.approx([at for at, _ in sentences])
