from __future__ import annotations

from pathlib import Path

import pytest

from relay.almanac.cards.renderer import CardRenderer
from relay.almanac.cards.themes import theme
from relay.almanac.cards.words import WORDS, card_words, counted, quoted
from relay.almanac.formats import House


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [("ru", 0, "0 участников"), ("ru", 4, "4 участника"), ("ru", 12, "12 участников"), ("ru", 13, "13 участников"),
     ("ru", 14, "14 участников"), ("ru", 22, "22 участника"), ("ru", 23, "23 участника"), ("ru", 25, "25 участников"),
     ("ru", 101, "101 участник"), ("ru", 111, "111 участников"), ("ru", 112, "112 участников"),
     ("ru", 114, "114 участников"), ("ru", 122, "122 участника"), ("ru", 3, "3 участника"),
     ("en", 1, "1 participant"), ("en", 2, "2 participants"), ("en", 21, "21 participants"),
     ("eo", 1, "1 participant")],
)  # fmt: skip
def test_people_are_counted_in_the_language_of_the_film(language: str, count: int, said: str) -> None:
    assert counted(count, language) == said


def test_a_film_in_another_language_has_english_words() -> None:
    assert CardRenderer(Path(), House(), "eo").words == CardRenderer(Path(), House(), "en").words == WORDS
    assert CardRenderer(Path(), House()).words == card_words("ru")
    assert CardRenderer(Path(), House()).page.theme == theme()
    assert card_words("ru").keys() == card_words("en").keys()


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [("  Мы ехали ", "ru", "«Мы ехали»"), ("", "ru", ""), (" ", "en", ""), ("Мы ехали..", "ru", "«Мы ехали..»"),
     ("“We drove”", "en", "“We drove”"), ("„Wir fuhren“", "ru", "„Wir fuhren“"), ('"Ехали"', "ru", '"Ехали"'),
     ("'Ехали'", "ru", "'Ехали'"), ("– Ехали", "ru", "– Ехали"), ("«Ехали».", "ru", "«Ехали».")],
)  # fmt: skip
def test_a_quote_that_brings_its_own_marks_gets_no_others(text: str, language: str, said: str) -> None:
    assert quoted(text, language) == said


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Мы ехали.", "ru", "«Мы ехали»."),
        ("Мы ехали…", "ru", "«Мы ехали…»"),
        ("Мы ехали!", "ru", "«Мы ехали!»"),
        ("«Мы ехали»", "ru", "«Мы ехали»"),
        ("— Мы ехали.", "ru", "— Мы ехали."),
        ("We drove.", "en", "“We drove.”"),
    ],
)
def test_a_quote_stands_in_its_language_s_marks(text: str, language: str, said: str) -> None:
    assert quoted(text, language) == said


@pytest.mark.parametrize(
    ("text", "language", "said"),
    [
        ("Он сказал: «Едем»", "ru", "«Он сказал: „Едем“»"),
        ("Кто-то крикнул: «Прорвали!».", "ru", "«Кто-то крикнул: „Прорвали!“»."),
        ("«Едем!» — сказал он. «Скорее»", "ru", "«„Едем!“ — сказал он. „Скорее“»"),
        ('Газета "Ладога" вышла', "ru", "«Газета „Ладога“ вышла»"),
        ("Он сказал: „Едем“", "ru", "«Он сказал: „Едем“»"),
        ("She said “we go”.", "en", "“She said ‘we go’.”"),
        ("Il a dit « on part »", "fr", "«\u202fIl a dit “on part”\u202f»"),
        ("Мы ехали » и ехали", "ru", "«Мы ехали » и ехали»"),
    ],
)
def test_who_is_quoted_inside_a_quote_has_marks_of_the_second_level(text: str, language: str, said: str) -> None:
    assert quoted(text, language) == said
