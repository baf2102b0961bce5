from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

import bidi
import numpy as np
import pytest
from PIL import ImageFont

from relay.almanac.cards import typefaces
from relay.almanac.cards.themes import themes
from relay.almanac.cards.typefaces import own_file
from relay.almanac.cards.typography import (
    GLUE,
    TO_THE_LEFT,
    balanced,
    bound,
    clusters,
    covering,
    fit_lines,
    ink,
    missing,
    readable,
    runs,
    shortened,
    text_width,
    wrap,
)
from tests.almanac.fonts import only_ours

NAMES = {
    "Tatar": "Әсел Җәлилова",
    "Bashkir": "Ҡарасай Ғәлиәскәров-Ҙур",
    "Chuvash": "Ӑҫтахар Ӗлеккӳ",
    "Yakut": "Айыына Ҥокуоп",
    "Ossetian": "Сослан Ӕхсӕрты",
    "Chukchi": "Ӄэргынто Тынэӈэв Ԓыгъё",
    "Mansi": "Та̄рыг ма̄хум э̄лаӈ ю̄нт",
    "Nivkh": "Ӿоӻир Ӈызит Тʼымбай",
    "Altai": "Јыргал Ӱнӱшев Ӧчӧ",
    "Khanty": "Ӆуӆмаӆ Ԯор Ӊоӽ",
    "Kazakh": "Қайрат Әбілқасымұлы Һ",
    "Abkhaz": "Аҧсны Ҩҵара Ӷәыҟ Ԥ",
    "Kurdish Cyrillic": "Ԛадыр Ԝали",
    "before 1918": "Ѳеодоръ Дѣдовъ",
    "stressed": "Анна Щёголева́",
    "Ukrainian": "Ґудзь Їжак’ова",
    "Vietnamese": "Nguyễn Thị Ngọc Ánh",
    "Turkish": "Işıl İnönü Çağlayan",
    "Polish": "Łucja Gżegżółka",
    "Romanian": "Ștefan Țurcanu",
    "old Greek": "Ἀριστοτέλης Ῥᾴδιος",
    "Georgian": "გიორგი მელიქიშვილი",
    "Armenian": "Արմեն Խաչատրյան",
    "Hebrew": "דוד בן־גוריון שָׁלוֹם",
    "Arabic": "محمد عبد الله",
    "Persian": "علی می‌خواهم پژمان",
    "Urdu": "ڈاکٹر ٹیپو گھوڑے",
    "Devanagari": "मोहनदास करमचन्द गाँधी",
    "Bengali": "রবীন্দ্রনাথ",
    "Tamil": "சுப்பிரமணியன்",
    "mixed": "Имя — العربية, Казань",
}


def drawn_by(text: str, face: str) -> list[tuple[str, str]]:
    """What of a line is drawn by which file, from left to right."""
    return [(run.text, run.file.path.name.partition("[")[0]) for run in runs(text, face)]


@cache
def freetype(path: str) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, 32, layout_engine=ImageFont.Layout.BASIC)


@cache
def freetype_has(path: str, letter: str) -> bool:
    """Another reader's word: what a font lacks, FreeType draws as the same box."""
    font = freetype(path)
    box = bytes(font.getmask("\U0010fffe"))
    parts = unicodedata.normalize("NFD", letter)
    return bytes(font.getmask(letter)) != box or (
        len(parts) > 1 and all(bytes(font.getmask(part)) != box for part in parts)
    )


@pytest.mark.parametrize("face", ["Roboto 700", "Manrope 700", "Source Serif 4 600"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_letter_of_a_name_is_lost_whatever_the_theme(name: str, face: str) -> None:
    assert missing(name) == ()
    assert sorted(readable(name)) == sorted("".join(run.text for run in runs(readable(name), face)))
    for run in runs(readable(name), covering(name, face)):
        assert [
            letter for letter in run.text if letter.isalpha() and not freetype_has(str(run.file.path), letter)
        ] == []


@pytest.mark.parametrize("name", [NAMES["Georgian"], NAMES["Hebrew"], NAMES["Khanty"], NAMES["old Greek"]])
def test_twin_a_face_alone_has_not_all_letters(name: str) -> None:
    assert not all(freetype_has(str(own_file("Manrope 700").path), letter) for letter in name if letter.isalpha())


@pytest.mark.parametrize(
    ("given", "drawn"),
    [
        ("Анна Щёголева", "Анна Щёголева"),
        ("  Анна \n\t Щёголева ", "Анна Щёголева"),
        ("Анна 😀 Щёголева", "Анна Щёголева"),
        ("Нина\u202e Ярцева\u200b", "Нина Ярцева"),
        ("и\u0306од", "йод"),
        ("Ґудзь Їжак Ў № ₽ «ёлки» — 80", "Ґудзь Їжак Ў № ₽ «ёлки» — 80"),
        ("\u200fИван\u200e Петров\u200f", "Иван Петров"),
        ("Иван\u200fПетров", "Иван Петров"),
        ("Иван\u202a\u200eПетров\u202c из\u200bТосно", "Иван Петров из Тосно"),
        ("Мак\u200eдональд, ЛЕН\u200bТОСНО", "Макдональд, ЛЕНТОСНО"),
        ("Иван\u00a0Петров", "Иван Петров"),
        ("Ан\u00adна\ufeff", "Анна"),
        ("علی می\u200cخواهم\u200c", "علی می\u200cخواهم"),
        ("Оля ❤️\u200d🔥 Ъ 👨\u200d👩\u200d👧 🇷🇺 👍🏽 \U0001fae8", "Оля Ъ"),
        ("Школа №1️⃣", "Школа №1"),
        ("\u3164\u115f\u2800", ""),
        ("а\u0304\u0301", "а\u0304\u0301"),
        ("\x00\x1b[31m", "[31m"),
        ("", ""),
    ],
)
def test_what_the_font_can_draw_is_kept(given: str, drawn: str) -> None:
    assert readable(given) == drawn


def test_long_titles_are_broken_evenly_and_shrunk() -> None:
    title = "Голоса памяти: жители области читают воспоминания о прорыве блокады Ленинграда"
    size, lines = fit_lines(title, "Roboto 500", (104, 92, 80, 70), 1480, 3, 1.0)
    assert " ".join(lines) == title
    assert len(lines) == 3
    assert all(text_width(line, "Roboto 500", size) <= 1480 for line in lines)
    assert min(len(line) for line in lines) > 15


@pytest.mark.slow
def test_what_fits_nowhere_is_cut_with_an_ellipsis() -> None:
    size, lines = fit_lines("Ы" * 400, "Roboto 500", (50, 30), 500, 2, 1.0)
    assert size == 30
    assert lines[0].endswith("…")
    assert all(text_width(line, "Roboto 500", size) <= 500 for line in lines)


def test_a_long_word_has_a_line_of_its_own() -> None:
    assert wrap("а длинноеслово б", "Roboto 400", 20, 40) == ["а", "длинноеслово", "б"]


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
        ("Les voix de la ville : où ?", "Les~voix de~la~ville~: où~?"),
        ("dit « Où ? » encore", "dit «~Où~?~» encore"),
    ],
)
def test_short_words_are_held(text: str, held: str) -> None:
    assert bound(text).replace(GLUE, "~") == held


def test_no_line_ends_with_a_preposition() -> None:
    text = "Я помню, как мы с мамой шли по льду в Кобону, а за нами по следу ехали сани, и в них лежали дети"
    for width in range(300, 1400, 45):
        for line in wrap(bound(text), "Roboto 500", 60, width)[:-1]:
            assert line.rsplit(" ", 1)[-1] not in ("с", "по", "в", "а", "за", "и")


def test_a_name_is_parted_at_its_hyphen_only_when_nothing_else_helps() -> None:
    name = "Константинопольская-Преображенская Анастасия"
    assert wrap(name, "Roboto 700", 40, 2000) == [name]
    assert wrap(name, "Roboto 700", 40, 800) == ["Константинопольская-Преображенская", "Анастасия"]
    assert wrap(name, "Roboto 700", 40, 520) == ["Константинопольская-", "Преображенская", "Анастасия"]


def test_lines_are_even_and_end_where_the_sentence_pauses() -> None:
    lines = wrap("Прорыв. Голоса памяти наших земляков", "Roboto 500", 60, 900)
    assert balanced(lines, "Roboto 500", 60, 900) == ["Прорыв. Голоса памяти", "наших земляков"]
    lines = wrap("Голоса памяти: читают жители", "Roboto 500", 60, 600)
    assert balanced(lines, "Roboto 500", 60, 600) == ["Голоса памяти:", "читают жители"]


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


def test_a_name_is_of_one_face_as_large_and_as_dark_as_the_theme_s() -> None:
    """Of «Қайрат» Manrope lacks one letter; six letters of one face and one of another would be a patch."""
    assert covering("Қайрат", "Manrope 700") == "Noto Sans 560 101%"
    assert covering("Кайрат", "Manrope 700") == "Manrope 700"
    assert covering("Ӄэргынто", "Source Serif 4 600") == "Noto Serif 540 91%"
    assert covering("Кайрат 李雷 გიორგი", "Manrope 700") == "Manrope 700"
    for face in ("Manrope 700", "Roboto 300", "Source Serif 4 400"):
        own, other = (ink("нимпрот", one, 44.0).alpha for one in (face, typefaces.companion(face)))
        assert other.sum() == pytest.approx(own.sum(), rel=0.12)
        assert abs(other.shape[0] - own.shape[0]) <= 3


def test_other_scripts_stand_beside_in_their_own_faces() -> None:
    assert drawn_by("Гия გიორგი", "Manrope 700") == [("Гия ", "Manrope"), ("გიორგი", "NotoSansGeorgian")]
    assert [name for _, name in drawn_by("David דוד", "Roboto 700")] == ["Roboto", "NotoSansHebrew"]


def in_sight(text: str) -> str:
    """The letters of a line from left to right."""
    seen = ""
    for run in runs(text, "Roboto 400"):
        parts = clusters(run.text)
        seen += "".join(parts[::-1] if run.level % 2 else parts)
    return seen


@pytest.mark.parametrize(
    "text",
    [
        "Имя — العربية, Казань",
        "محمد علي 1943",
        "محمد (Казань) علي",
        "שלום (Казань), 1943 г.",
        "Казань (محمد) Али (علي) ва",
        "a (محمد) علي b",
        "دوستی (a) b [c {محمد} d]",
        "Али (محمد",
        "№ 5 محمد № 7",
        "12.5% עולם 3-4",
        "Анна, Мга",
    ],
)
def test_a_line_of_two_directions_is_in_the_order_of_the_bidirectional_algorithm(text: str) -> None:
    """Judge: the unicode-bidi crate, which orders whole strings; brackets it mirrors, we leave to HarfBuzz."""
    mirrored = str.maketrans("()[]{}", ")(][}{")
    assert in_sight(text).translate(mirrored) == bidi.get_display(text).translate(mirrored)


def test_an_arabic_name_is_joined_and_begins_on_the_right() -> None:
    joined, apart = (ink(text, "Roboto 400", 40.0).alpha for text in ("محمد", "\u200c".join("محمد")))
    gaps = [int((~one.any(axis=0)).sum()) for one in (joined, apart)]
    assert gaps[0] == 0 < gaps[1]
    alef_first, alef_last = (ink(text, "Roboto 400", 40.0).alpha for text in ("אב", "בא"))
    alef = ink("א", "Roboto 400", 40.0).alpha
    assert np.array_equal(alef_last[-alef.shape[0] :, : alef.shape[1] // 2], alef[:, : alef.shape[1] // 2])
    assert not np.array_equal(alef_first[-alef.shape[0] :, : alef.shape[1] // 2], alef[:, : alef.shape[1] // 2])


def test_a_line_that_begins_with_another_word_runs_to_the_left_with_its_text() -> None:
    _, lines = fit_lines(
        "محمد علي Казань محمود", "Roboto 400", [40], text_width("Казань محمود", "Roboto 400", 40) + 2, 4, 1
    )
    assert [line.startswith(TO_THE_LEFT) for line in lines] == [False, True]
    assert in_sight(lines[1]).endswith(" Казань")


def test_marks_stand_on_their_letters() -> None:
    """А macron is neither beside its letter nor left out."""
    for theme_face in ("Roboto 700", "Manrope 700", "Source Serif 4 600"):
        face = covering("а̄", theme_face)
        assert text_width("а̄", face, 40.0) == pytest.approx(text_width("а", face, 40.0), abs=0.5)
        bare, marked = ink("а", face, 40.0), ink("а̄", face, 40.0)
        assert marked.top < bare.top - 3
        middle = [np.nonzero(one.alpha[:3].any(axis=0))[0].mean() + one.left for one in (marked, bare)]
        assert abs(middle[0] - middle[1]) < 5


def test_a_cut_name_keeps_its_marks() -> None:
    width = text_width("а̄а̄а̄…", "Roboto 700", 40.0) + 1
    assert shortened("а̄" * 8, "Roboto 700", 40.0, width) == "а̄а̄а̄…"


@pytest.fixture
def our_fonts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with only_ours(monkeypatch):
        yield


@pytest.mark.parametrize(
    ("name", "letters", "left"),
    [
        ("李雷", ("李", "雷"), ""),
        ("Анна 李雷", ("李", "雷"), "Анна"),
        ("ᠮᠣᠩᠭᠣᠯ", ("ᠮ", "ᠣ", "ᠩ", "ᠭ", "ᠯ"), ""),
        ("བོད", ("བོ", "ད"), ""),
        ("Анна 😀 ★", (), "Анна"),
        ("Анна \u0378", ("\u0378",), "Анна"),
    ],
)
def test_letters_that_no_font_has_are_told(our_fonts: None, name: str, letters: tuple[str, ...], left: str) -> None:
    assert missing(name) == letters
    assert readable(name).rstrip(" ★") == left
