from __future__ import annotations

import pytest

from relay.moderation.suggestions import reading
from relay.moderation.suggestions.reading import WordKind


def words(text: str) -> list[list[str]]:
    return [[token.text for token in sentence] for sentence in reading.sentences(text)]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Читает Аня. Луга!", [["Читает", "Аня"], ["Луга"]]),
        ("Аня, 5 лет\nЛуга", [["Аня", ",", "5", "лет"], ["Луга"]]),
        ("г. Луга", [["г", "Луга"]]),
        ("Живём в г.\nЛуга", [["Живём", "в", "г"], ["Луга"]]),
        ("Белова А. С. читает", [["Белова", "А", "С", "читает"]]),
        ("Аня, 7-А. Луга", [["Аня", ",", "7", "-", "А"], ["Луга"]]),
        ("Аня :) Луга", [["Аня"], ["Луга"]]),
        ("См. https://x.ru/a.b и vk.com", [["См"], ["и"]]),
        ("🎤 Полина", [["Полина"]]),
        ("Анна-Мария", [["Анна-Мария"]]),
        ("#читаем вслух", [["#читаем", "вслух"]]),
        ("…", []),
        ("", []),
    ],
)
def test_words_stand_in_sentences(text: str, sentences: list[list[str]]) -> None:
    assert words(text) == sentences


def test_every_word_knows_where_it_stands_and_what_it_is() -> None:
    text = "Читает Аня из г. Луга, 5 лет #дед"
    (sentence,) = reading.sentences(text)
    for token in sentence:
        assert text[token.start : token.end].rstrip(".") == token.text
    kinds = {token.text: token.kind for token in sentence}
    assert (kinds["Аня"], kinds[","], kinds["5"], kinds["#дед"]) == (
        WordKind.word, WordKind.mark, WordKind.number, WordKind.tag,
    )  # fmt: skip
    short = next(token for token in sentence if token.text == "г")
    assert (short.short, text[short.start : short.end]) == (True, "г.")
    assert [token.text for token in sentence if token.is_capital] == ["Читает", "Аня", "Луга"]


def test_an_address_is_left_out() -> None:
    assert words("Читает Аня https://x.ru Белова") == [["Читает", "Аня", "Белова"]]
    assert words("пишите на anna@mail.example") == [["пишите", "на"]]


def test_a_very_long_text_is_read_up_to_four_thousand_letters() -> None:
    assert words("а " * 1999 + "Аня Белова")[0][-1] == "Ан"


def test_what_stands_between_marks_is_a_piece_and_tags_are_none_of_it() -> None:
    (sentence,) = reading.sentences("Белова «Аня», 5 лет (Луга) — #тег читает: всё")
    assert [[token.text for token in piece] for piece in reading.segments(sentence)] == [
        ["Белова", "«", "Аня", "»"], ["5", "лет"], ["Луга"], ["читает"], ["всё"],
    ]  # fmt: skip
