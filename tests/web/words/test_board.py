"""What the board says of its pictures and its gaps."""

from __future__ import annotations

from datetime import date

import pytest

from relay.board.days import ChartColumn, ColumnUnit, DayCounts
from relay.board.grid import Gap, GapKind
from relay.board.towns import BoardTown
from relay.language.sentence import as_sentence
from relay.web.words import board

JANUARY = [date(2023, 1, day) for day in (11, 12, 13)]


def days(*found: int) -> list[DayCounts]:
    return [DayCounts(day, count, 2 * count, 3 * count) for day, count in zip(JANUARY, found, strict=True)]


def column(first: date, last: date) -> ChartColumn:
    return ChartColumn(first, last, 1, 1, 1)


def test_the_curve_in_a_sentence():
    columns = [column(JANUARY[0], JANUARY[0])]
    told = board.chart_words(days(1, 5, 2), ColumnUnit.day, columns, "en")
    assert told.title == "Found, fetched and approved by day"
    assert told.description.startswith("Found 8, fetched 16, approved 24. Most were found on 12 January 2023: 5.")
    assert told.labels == ["11 Jan"]
    for nothing in (days(0, 0, 0), []):
        assert board.chart_words(nothing, ColumnUnit.week, [], "en").description == "Nothing was found yet."
    fetched = [DayCounts(JANUARY[0], 0, 1, 0)]
    assert board.chart_words(fetched, ColumnUnit.month, [], "en").description.startswith("Found 0, fetched 1")


@pytest.mark.parametrize(
    ("unit", "said"), [(ColumnUnit.day, "11 Jan"), (ColumnUnit.week, "11 Jan"), (ColumnUnit.month, "01.2023")]
)
def test_below_a_column(unit, said):
    assert board.label(column(JANUARY[0], JANUARY[2]), unit, "en") == said
    assert board.span(column(JANUARY[0], JANUARY[2]), "en") == "11–13 January 2023"


def test_the_map_names_the_five_towns_with_the_most_clips():
    towns = [BoardTown(f"Город {number}", 9 - number, 0, 31.0, 60.0) for number in range(7)]
    told = board.map_words([*towns, BoardTown("Пустой", 0, 1, None, None)], "en")
    assert told.description.startswith("Most clips come from: Город 0 9, Город 1 8,")
    assert "Город 4 5. All towns" in told.description
    assert "Город 5" not in told.description
    assert board.map_words([BoardTown("Пустой", 0, 1, None, None)], "en").description == "No clip is approved yet."


def test_whom_nobody_heard_yet():
    said = {kind: str(as_sentence(board.gap_told(Gap(kind, "7", 0)))) for kind in GapKind}
    assert said[GapKind.text] == "Nobody reads text No. 7 yet."
    assert said[GapKind.age] == "Nobody aged 7 yet."
    assert said[GapKind.town] == said[GapKind.district] == "Nobody from 7 yet."
    for letters, shown in ((200, "я" * 200), (201, "я" * 199 + "…")):
        assert board.gap_told(Gap(GapKind.town, "я" * letters, 0)) == f"Nobody from {shown} yet."


def test_cells_of_tables():
    told = board.table_text("en")
    assert told.separator == ","
    assert board.table_text("ru").separator == ";"
    assert told.word("") == ""
    assert told.word("approved").lower() == "approved"
    assert told.word("unknown") == "unknown"
    assert told.word("слово") == "слово", "what a person wrote stays as it is"
    standard = board.table_text("ru").word("off_topic: не о том")
    assert standard.endswith(": не о том")
    assert not standard.startswith("off_topic")
    assert "off_topic" not in board.table_text("ru").word("off_topic")
