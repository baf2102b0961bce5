from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.readings.tokens import spelled, tokens


def compared(text: str) -> list[str]:
    return [word.text for word in tokens(text)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Моя сестра везла жёлтый грузовик", "моей сестре везли ЖЕЛТЫЕ ГРУЗОВИКИ"),
        ("ещё о\u0301зеро", "еще озеро"),
        ("125 граммов", "сто двадцать пять грамм"),
        ("в 1943 году", "в тысяча девятьсот сорок третьем году"),
        ("23 июня", "двадцать третьего июня"),
        ("9-го мая", "девятое мая"),
        ("45000 солдат", "сорок пять тысяч солдат"),
        ("кто-то", "кто то"),
        ("L’hiver", "l’HIVER"),
    ],
)
def test_alike_however_it_is_written(one: str, other: str) -> None:
    assert compared(one) == compared(other)


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, ("0",)), (5, ("5",)), (12, ("12",)), (20, ("20",)), (125, ("100", "20", "5")), (300, ("300",)),
        (1000, ("1000",)), (1941, ("1000", "900", "40", "1")), (2000, ("2", "1000")),
        (3_000_007, ("3", "1000000", "7")), (10**11, ("100000000000",)),
    ],
)  # fmt: skip
def test_a_number_is_spelled_by_values(number: int, words: tuple[str, ...]) -> None:
    assert spelled(number) == words


def test_letters_are_those_of_the_text() -> None:
    text = "Было  125 граммов."
    assert [(word.text, text[word.at : word.end]) for word in tokens(text)] == [
        ("быть", "Было"), ("100", "125"), ("20", "125"), ("5", "125"), ("грамм", "граммов"),
    ]  # fmt: skip


@given(st.text())
def test_any_text_has_words_in_its_order(text: str) -> None:
    found = tokens(text)
    assert all(0 <= word.at < word.end <= len(text) and word.text for word in found)
    assert [word.at for word in found] == sorted(word.at for word in found)
