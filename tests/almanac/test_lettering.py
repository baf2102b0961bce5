from __future__ import annotations

import pytest

from relay.almanac.lettering import GLUE, balanced, bound, covering, fit_lines, readable, text_width, wrap
from relay.almanac.themes import themes


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("Анна Щёголева", "Анна Щёголева"),
        ("  Анна \n\t Щёголева ", "Анна Щёголева"),
        ("Анна 😀 Щёголева", "Анна Щёголева"),
        ("Нина\u202e Ярцева\u200b", "Нина Ярцева"),
        ("и\u0306од", "йод"),
        ("Ґудзь Їжак Ў № ₽ «ёлки» — 80", "Ґудзь Їжак Ў № ₽ «ёлки» — 80"),
        ("李雷", ""),
        ("محمد", ""),
        ("\x00\x1b[31m", "[31m"),
        ("", ""),
    ],
)
def test_what_the_font_can_draw_is_kept(given: str, drawn: str) -> None:
    assert readable(given) == drawn


def test_long_titles_are_broken_evenly_and_shrunk() -> None:
    title = "Голоса памяти: жители области читают воспоминания о прорыве блокады Ленинграда"
    size, lines = fit_lines(title, "Roboto-Medium", (104, 92, 80, 70), 1480, 3, 1.0)
    assert " ".join(lines) == title
    assert len(lines) == 3
    assert all(text_width(line, "Roboto-Medium", size) <= 1480 for line in lines)
    assert min(len(line) for line in lines) > 15


def test_what_fits_nowhere_is_cut_with_an_ellipsis() -> None:
    size, lines = fit_lines("Ы" * 400, "Roboto-Medium", (50, 30), 500, 2, 1.0)
    assert size == 30
    assert lines[0].endswith("…")
    assert all(text_width(line, "Roboto-Medium", size) <= 500 for line in lines)


def test_a_long_word_has_a_line_of_its_own() -> None:
    assert wrap("а длинноеслово б", "Roboto-Regular", 20, 40) == ["а", "длинноеслово", "б"]


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("шли по льду в Кобону", "шли по~льду в~Кобону"),
        ("и о том", "и~о~том"),
        ("война — это", "война~— это"),
        ("знал ли он", "знал~ли он"),
        ("зимой 1941 года", "зимой 1941~года"),
        ("№ 5", "№~5"),
        ("А. С. Пушкин", "А.~С.~Пушкин"),
        ("пос. Новоивановское", "пос.~Новоивановское"),
        ("Все слова", "Все слова"),
        ("«В лесу", "«В~лесу"),
        ("the end of a day", "the~end of~a~day"),
    ],
)
def test_short_words_are_held(text: str, held: str) -> None:
    assert bound(text).replace(GLUE, "~") == held


def test_no_line_ends_with_a_preposition() -> None:
    text = "Я помню, как мы с мамой шли по льду в Кобону, а за нами по следу ехали сани, и в них лежали дети"
    for width in range(300, 1400, 45):
        for line in wrap(bound(text), "Roboto-Medium", 60, width)[:-1]:
            assert line.rsplit(" ", 1)[-1] not in ("с", "по", "в", "а", "за", "и")


def test_a_name_is_parted_at_its_hyphen_only_when_nothing_else_helps() -> None:
    name = "Константинопольская-Преображенская Анастасия"
    assert wrap(name, "Roboto-Bold", 40, 2000) == [name]
    assert wrap(name, "Roboto-Bold", 40, 800) == ["Константинопольская-Преображенская", "Анастасия"]
    assert wrap(name, "Roboto-Bold", 40, 520) == ["Константинопольская-", "Преображенская", "Анастасия"]


def test_lines_are_even_and_end_where_the_sentence_pauses() -> None:
    lines = wrap("Прорыв. Голоса памяти наших земляков", "Roboto-Medium", 60, 900)
    assert balanced(lines, "Roboto-Medium", 60, 900) == ["Прорыв. Голоса памяти", "наших земляков"]
    lines = wrap("Голоса памяти: читают жители", "Roboto-Medium", 60, 600)
    assert balanced(lines, "Roboto-Medium", 60, 600) == ["Голоса памяти:", "читают жители"]


@pytest.mark.parametrize(
    "face",
    sorted(
        {
            face
            for look in themes()
            for face in (look.fonts.display, look.fonts.strong, look.fonts.text, look.fonts.light)
        }
    ),
)
def test_every_face_has_the_letters_of_names(face: str) -> None:
    letters = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя№«»—–…·ҐЇЄІЎ0123456789"
    assert covering(letters, face) == face


def test_what_a_face_lacks_is_drawn_in_another_not_left_out() -> None:
    assert covering("Қайрат", "font_manrope/Manrope-Bold.ttf") == "Roboto-Bold"
    assert readable("Қайрат") == "Қайрат"
