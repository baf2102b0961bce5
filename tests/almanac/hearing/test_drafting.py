from __future__ import annotations

import pytest

from relay.almanac.captions.doubts import CaptionFault, doubts
from relay.almanac.captions.sureness import unsure_words
from relay.almanac.film.cues import LINE_LETTERS, LINES
from relay.almanac.hearing import drafting
from relay.almanac.hearing.drafting import drafted
from tests.heard_rows import words

LONG = (
    "когда мы ехали по льду под колёсами нашей машины трещал лёд и никто из нас не говорил ни слова потому что боялись"
)


def test_captions_end_where_sentences_and_pauses_do() -> None:
    made = drafted([words("Мы ехали молча. Потом трещал лёд | и было очень тихо.")])
    assert [(cue.start, cue.end, cue.text) for cue in made] == [
        (1.0, 2.4, "Мы ехали молча."),
        (2.5, 3.9, "Потом трещал лёд"),
        (5.0, 6.9, "и было очень тихо."),
    ]


def test_what_is_too_long_is_parted_at_the_times_of_its_words() -> None:
    said = words(LONG)
    made = drafted([said])
    assert len(made) > 1
    assert " ".join(cue.text for cue in made).split() == LONG.split()
    assert all(len(line) <= LINE_LETTERS for cue in made for line in cue.text.split("\n"))
    assert all(cue.text.count("\n") < LINES for cue in made)
    starts = {word.text: word.start for word in said}
    assert [cue.start for cue in made] == [starts[cue.text.split()[0]] for cue in made]
    assert not [one for one in doubts(made, 60) if one.fault in (CaptionFault.overlaps, CaptionFault.long)]


def test_each_word_keeps_how_sure_it_is() -> None:
    made = drafted([words("Мы ехали по ~люду. Лёд трещал.")])
    assert [unsure_words(cue) for cue in made] == [["люду."], []]


@pytest.mark.parametrize(
    "said", [words(""), words("Ну да"), words("ля ля ля ля ля", sure=0.3)], ids=["silence", "two words", "a song"]
)
def test_too_little_is_no_caption(said: list[drafting.SureWord]) -> None:
    assert drafted([said]) == []


def test_twin_without_the_limits_a_song_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafting, "LEAST_SURE", 0.0)
    assert drafted([words("ля ля ля ля ля", sure=0.3)])


def test_words_at_one_time_and_words_of_a_hundred_letters_are_laid_out_all_the_same() -> None:
    said = words("раз. два. три. четыре. " + "о" * 100)
    squeezed = [type(word)(word.text, 1.0, 1.0, word.probability) for word in said]
    made = drafted([squeezed])
    assert "".join("".join(cue.text.split()) for cue in made).replace("–", "") == "раз.два.три.четыре." + "о" * 100
    assert all(cue.start < cue.end for cue in made)
