"""Which text is read: found among texts that share sentences, with words of one's own, in parts, and not at all."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.readings import which_quote
from relay.almanac.readings.bank import MOST, QuoteBank
from relay.almanac.readings.which_quote import QuoteReading, readings
from relay.models import QuoteVerdict

pytest.importorskip("rapidfuzz", reason="texts are recognised with an extra: pip install 'hashtag-relay[speech]'")

TEXTS = Path(__file__).parents[3] / "scripts" / "speech_texts.txt"
OWN = "Здравствуйте меня зовут Мария мне двенадцать лет и я из Вологды"
OTHER = "Поливайте фиалки тёплой водой не чаще двух раз в неделю и берегите листья от солнца"


@dataclass(frozen=True)
class Said:
    text: str
    start: float
    end: float


def paragraphs() -> list[list[str]]:
    bank = TEXTS.read_text("utf-8").partition("[bank]\n")[2].partition("[other]")[0]
    return [paragraph.strip().split("\n") for paragraph in bank.strip().split("\n\n")]


SENTENCES = paragraphs()


def texts() -> dict[str, str]:
    """The invented ones, and as many that are joined of their sentences."""
    dice = random.Random(4)
    mixed = [[dice.choice(text) for text in dice.sample(SENTENCES, 3)] for _ in SENTENCES]
    return {str(number): " ".join(lines) for number, lines in enumerate([*SENTENCES, *mixed], 1)}


BANK = QuoteBank(texts())


def said(text: str) -> list[Said]:
    """A word each half a second."""
    return [Said(word, number / 2, number / 2 + 0.4) for number, word in enumerate(text.split())]


def read(text: str, bank: QuoteBank = BANK) -> list[QuoteReading]:
    return readings(bank, said(text))


def misheard(text: str, share: float, seed: int) -> str:
    """Every word of this share with other letters, lost, or run into its neighbour."""
    dice, kept = random.Random(seed), list[str]()
    for word in text.split():
        if dice.random() >= share:
            kept.append(word)
        elif (way := dice.randrange(3)) == 0 and kept:
            kept[-1] += word
        elif way == 1:
            at = dice.randrange(len(word))
            kept.append(word[:at] + dice.choice("аоеинтсрвл") + word[at + 1 :])
    return " ".join(kept)


@pytest.mark.parametrize("number", ["1", "10", "24", "25", "40", "48"])
def test_a_text_is_known_among_texts_of_the_same_sentences(number: str) -> None:
    text = texts()[number]
    (found,) = read(text)
    assert (found.number, found.verdict, found.first, found.last) == (
        number,
        QuoteVerdict.read,
        0,
        len(text.rstrip(".")),
    )
    assert (found.evidence, found.covered) == (1.0, pytest.approx(1.0))
    assert (found.start, found.end) == (0.0, said(text)[-1].end)
    assert len(found.best) == 3
    assert found.margin > 0.2


@pytest.mark.parametrize("share", [0.2, 0.4])
def test_every_third_word_may_be_misheard(share: float) -> None:
    wrong = []
    for number, text in texts().items():
        found = read(misheard(text, share, int(number)))
        if [reading.number for reading in found] != [number]:
            wrong.append((number, [reading.number for reading in found]))
    assert wrong == []


def test_own_words_before_and_behind_do_not_belong_to_it() -> None:
    text = texts()["7"]
    (found,) = read(f"{OWN} {text} Спасибо за внимание")
    assert (found.number, found.first, found.last) == ("7", 0, len(text) - 1)
    assert found.start == len(OWN.split()) / 2
    assert found.end == pytest.approx((len(OWN.split()) + len(text.split())) / 2 - 0.1)


def test_a_part_is_told_from_which_word_to_which() -> None:
    part = SENTENCES[13][1]
    (found,) = read(f"{OWN} {part} {SENTENCES[13][2]}")
    text = texts()["14"]
    assert found.number == "14"
    assert text[found.first : found.last] == f"{part} {SENTENCES[13][2]}".rstrip(".")
    assert found.covered < 0.6


def test_a_sentence_that_two_texts_share_decides_for_none() -> None:
    bank = QuoteBank({"а": f"{SENTENCES[0][0]} {SENTENCES[1][0]}", "б": f"{SENTENCES[0][0]} {SENTENCES[2][0]}"})
    (found,) = read(SENTENCES[0][0], bank)
    assert found.verdict is QuoteVerdict.unsure
    assert found.margin == pytest.approx(0)
    assert [each.number for each in found.best] == ["а", "б"]


@pytest.mark.parametrize("numbers", [("3", "9"), ("9", "3"), ("2", "9"), ("1", "18"), ("30", "5"), ("7", "7")])
def test_two_texts_in_one_clip_are_no_rivals(numbers: tuple[str, str]) -> None:
    found = read(f"{texts()[numbers[0]]} {OWN} {texts()[numbers[1]]}")
    assert [(reading.number, reading.verdict) for reading in found] == [(number, "read") for number in numbers]
    assert min(reading.margin for reading in found) > 0.2
    assert found[0].end <= found[1].start


def test_a_text_that_is_gone_on_with_behind_own_words_is_read_once() -> None:
    first, *rest = SENTENCES[13]
    long = " ".join([OTHER, OWN] * 2)
    (found,) = read(f"{first} {long} {' '.join(rest)}")
    assert (found.number, found.first, found.covered) == ("14", 0, pytest.approx(1, abs=0.02))


@pytest.mark.parametrize("text", ["", "да", OWN, OTHER, f"{OWN} {OTHER}", "Сто двадцать пять рублей лежали на столе"])
def test_none_of_them_is_an_answer(text: str) -> None:
    assert read(text) == []


def test_twin_without_a_threshold_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(which_quote, "POSSIBLE", 0.0)
    assert read(OTHER)


def test_one_word_of_a_short_text_is_not_the_text() -> None:
    bank = QuoteBank({"1": "Никто не забыт", "2": "Была война"})
    assert read("Прабабушка рассказывала мне что была тогда осень и шла война", bank) == []
    (found,) = read("Никто не забыт", bank)
    assert found.number == "1"


def test_a_bank_without_texts_and_texts_without_words() -> None:
    assert read(OWN, QuoteBank({})) == []
    assert read(OWN, QuoteBank({"1": "", "2": "…"})) == []


WORDS = st.lists(st.sampled_from(" ".join(" ".join(text) for text in SENTENCES).split()), max_size=80)


@given(WORDS)
def test_readings_lie_in_the_clip_and_in_the_text_one_behind_the_other(words: Sequence[str]) -> None:
    heard = said(" ".join(words))
    found = readings(BANK, heard)
    assert found == readings(BANK, heard)
    ends = [-1.0]
    for reading in found:
        text = texts()[reading.number]
        assert 0 <= reading.first < reading.last <= len(text)
        assert 0 < reading.evidence <= 1
        assert 0 <= reading.margin <= 1
        assert 0 < reading.covered <= 1.0001
        assert ends[-1] <= reading.start < reading.end
        assert [word.at for word in reading.words] == sorted(word.at for word in reading.words)
        ends.append(reading.end)


@given(st.integers(0, len(SENTENCES) - 1), WORDS.map(lambda words: words[:6]))
def test_a_whole_text_is_found_whatever_stands_around(number: int, words: Sequence[str]) -> None:
    around = " ".join(words)
    found = read(f"{around} {texts()[str(number + 1)]} {around}")
    assert str(number + 1) in [reading.number for reading in found]


def test_few_texts_are_compared_word_by_word() -> None:
    assert len(BANK.candidates([word for text in texts().values() for word in text.split()])) == MOST
