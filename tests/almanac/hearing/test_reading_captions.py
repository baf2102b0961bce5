from __future__ import annotations

import pytest

from relay.almanac.film.cues import Cue
from relay.almanac.film.sentences import sentences_of
from relay.almanac.hearing.reading_captions import ReadText, captions_of, spans
from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.which_quote import readings
from relay.media.hearing.heard import HeardWord

FIRST = "Хлеб мы делили ниткой, потому что от ножа оставались крошки."
SECOND = "Мама собирала их пальцем и ела последними."
THIRD = "Радио не выключали никогда."
TEXT = f"{FIRST} {SECOND}\n{THIRD}"
NOISE = "бу ба бо бы бе бя бю ба"


def words(*said: tuple[float, str]) -> list[HeardWord]:
    """Each from its second on, two words a second."""
    return [
        HeardWord(word, at + number / 2, at + number / 2 + 0.4, 0.9)
        for at, text in said
        for number, word in enumerate(text.split())
    ]


def captions(*said: tuple[float, str]) -> list[Cue]:
    heard = words(*said)
    (reading,) = readings(QuoteBank({"7": TEXT}), heard)
    voice = [(at, words((at, text))[-1].end) for at, text in said]
    return captions_of([ReadText(TEXT, reading.start, reading.end, reading)], voice)


def lines(cues: list[Cue]) -> list[tuple[float, str, bool]]:
    return [(round(cue.start, 1), cue.text.replace("\n", " "), bool(cue.sure)) for cue in cues]


def test_each_sentence_stands_when_it_is_read() -> None:
    assert lines(captions((2, FIRST), (10, SECOND), (16, THIRD))) == [
        (2.0, FIRST, False),
        (10.0, SECOND, False),
        (16.0, THIRD, False),
    ]


def test_a_sentence_that_was_misheard_stands_between_its_neighbours_and_is_marked() -> None:
    assert lines(captions((2, FIRST), (10, NOISE), (16, THIRD))) == [
        (2.0, FIRST, False),
        (10.0, SECOND, True),
        (16.0, THIRD, False),
    ]


def test_a_sentence_for_which_there_is_no_time_was_left_out_by_the_reader() -> None:
    assert lines(captions((2, FIRST), (7, THIRD))) == [(2.0, FIRST, False), (7.0, THIRD, False)]


def test_a_reader_who_begins_in_the_middle_has_captions_of_the_rest() -> None:
    assert lines(captions((2, SECOND), (7, THIRD))) == [(2.0, SECOND, False), (7.0, THIRD, False)]


def test_of_a_text_that_nobody_recognised_all_lines_are_marked() -> None:
    found = captions_of([ReadText(TEXT, 3.0, 16.0, None)], [])
    assert [(text, unsure) for _, text, unsure in lines(found)] == [(FIRST, True), (SECOND, True), (THIRD, True)]
    assert (found[0].start, found[-1].end) == (3.0, pytest.approx(16.0, abs=0.1))


@pytest.mark.parametrize("text", [TEXT, "Раз.  Два…\n\nТри", "", "Г. Тосно стоял. А. С. Пушкин."])
def test_the_letters_of_a_sentence_are_where_it_stands(text: str) -> None:
    assert [" ".join(text[at:end].split()) for at, end in spans(text)] == sentences_of(text)
