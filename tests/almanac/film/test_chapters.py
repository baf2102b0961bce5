from __future__ import annotations

from relay.almanac.film.chapters import Chapter, ffmetadata, in_order


def test_the_first_chapter_begins_with_the_film_and_none_is_empty() -> None:
    given = [Chapter(50, "два"), Chapter(10, "раз"), Chapter(50, "три"), Chapter(900, "мимо"), Chapter(60, "")]
    assert in_order(given, 100) == [Chapter(0, "раз"), Chapter(50, "три")]
    assert in_order([], 100) == []


def test_no_title_can_write_metadata_of_its_own() -> None:
    text = ffmetadata([Chapter(0, "a=b;c#d\\e\n[CHAPTER]\nSTART=7"), Chapter(25, "Ёлка")], 100, 25)
    assert text.splitlines() == [
        ";FFMETADATA1",
        "[CHAPTER]", "TIMEBASE=1/25", "START=0", "END=25", "title=a\\=b\\;c\\#d\\\\e [CHAPTER] START\\=7",
        "[CHAPTER]", "TIMEBASE=1/25", "START=25", "END=100", "title=Ёлка",
    ]  # fmt: skip


def test_a_chapter_that_would_begin_with_the_films_end_is_none() -> None:
    assert in_order([Chapter(0, "Анна"), Chapter(99, "Борис"), Chapter(100, "Вера")], 100) == [
        Chapter(0, "Анна"),
        Chapter(99, "Борис"),
    ]
