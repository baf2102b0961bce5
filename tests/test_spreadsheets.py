from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from relay import spreadsheets
from relay.spreadsheets import FORMULA, SheetColumn

MOSCOW = ZoneInfo("Europe/Moscow")
AT = datetime(2023, 1, 12, 9, 5, 59, tzinfo=UTC).astimezone(MOSCOW)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read(lines, separator: str = ",") -> list[list[str]]:  # type: ignore[no-untyped-def]
    text = "".join(lines)
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:]), delimiter=separator))


@pytest.mark.parametrize("sign", FORMULA)
@pytest.mark.parametrize("before", ["", " ", "\u00a0"])
def test_no_cell_begins_as_a_formula_does(sign, before):
    cell = f"{before}{sign}1+1"
    ((told,),) = read(spreadsheets.as_csv(["a"], [[cell]]))[1:]
    assert told == f"'{cell}"
    assert not told.startswith(FORMULA)


def test_neither_does_a_heading():
    assert read(spreadsheets.as_csv(["=1+1"], []))[0] == ["'=1+1"]


def test_twin_without_it_the_cell_is_one(monkeypatch):
    monkeypatch.setattr(spreadsheets, "harmless", lambda cell: cell)
    assert read(spreadsheets.as_csv(["a"], [["=1+1"]]))[1] == ["=1+1"]


def test_numbers_are_numbers_also_below_nothing():
    assert read(spreadsheets.as_csv(["a", "b"], [[-5, 1.5]]))[1] == ["-5", "1.5"]


def test_times_stand_in_their_zone_and_nothing_is_empty():
    assert read(spreadsheets.as_csv(["a", "b", "c"], [[AT, date(2023, 1, 2), None]]))[1] == [
        "2023-01-12 12:05:59",
        "2023-01-02",
        "",
    ]


def test_rows_of_several_lines_and_quotes_come_back_as_they_were():
    told = 'Он сказал: "да";\r\nи ушёл, домой'
    for separator in (",", ";"):
        lines = spreadsheets.as_csv(["a", "b"], [["x", told]], separator=separator)
        assert read(lines, separator)[1] == ["x", told]


def test_russian_and_french_excel_part_columns_by_a_semicolon():
    assert [spreadsheets.delimiter(language) for language in ("ru", "fr", "en", "de")] == [";", ";", ",", ","]


def test_rows_are_written_as_they_come():
    taken = []

    def rows():  # type: ignore[no-untyped-def]
        for number in range(3):
            taken.append(number)
            yield [number]

    lines = spreadsheets.as_csv(["a"], rows())
    next(lines)
    next(lines)
    assert taken == [0]


def book(path, columns, rows) -> dict[str, ET.Element]:  # type: ignore[no-untyped-def]
    spreadsheets.as_xlsx(path, "Клипы: [все]/*?", columns, rows)
    with zipfile.ZipFile(path) as parts:
        return {name: ET.fromstring(parts.read(name)) for name in parts.namelist() if name.endswith(".xml")}


COLUMNS = [SheetColumn("№", 8), SheetColumn("Имя", 28), SheetColumn("Когда", 17)]


@pytest.mark.slow
def test_a_workbook_has_real_dates_widths_and_a_heading_that_stays(tmp_path):
    parts = book(tmp_path / "a.xlsx", COLUMNS, [[1, "Ольга", AT], [2, "", None]])
    sheet = parts["xl/worksheets/sheet1.xml"]
    pane = sheet.find(f".//{SHEET}pane")
    assert (pane.get("state"), pane.get("ySplit"), pane.get("topLeftCell")) == ("frozen", "1", "A2")
    widths = [float(col.get("width")) for col in sheet.iter(f"{SHEET}col")]
    assert [round(width) for width in widths] == [9, 29, 18]
    cell = next(cell for cell in sheet.iter(f"{SHEET}c") if cell.get("r") == "C2")
    assert cell.get("t") is None  # a number
    assert float(cell.findtext(f"{SHEET}v")) == pytest.approx(44938.50416, abs=1e-3)
    assert any("yyyy" in each.get("formatCode") for each in parts["xl/styles.xml"].iter(f"{SHEET}numFmt"))
    assert sheet.find(f"{SHEET}autoFilter").get("ref") == "A1:C3"


@pytest.mark.slow
@pytest.mark.parametrize("sign", FORMULA)
def test_a_workbook_holds_no_formula(tmp_path, sign):
    sheet = book(tmp_path / "a.xlsx", COLUMNS, [[1, f"{sign}1+1", None]])["xl/worksheets/sheet1.xml"]
    assert not list(sheet.iter(f"{SHEET}f"))
    (text,) = [each.text for each in sheet.iter(f"{SHEET}t") if each.text and "1+1" in each.text]
    assert text.startswith("'")


def test_links_stay_words_and_long_texts_are_cut(tmp_path):
    rows = [[1, "https://vk.com/wall1_1", None], [2, "я" * 40_000, None], [3, "a\0b\x0b", None]]
    parts = book(tmp_path / "a.xlsx", COLUMNS, rows)
    texts = [each.text or "" for each in parts["xl/worksheets/sheet1.xml"].iter(f"{SHEET}t")]
    assert max(map(len, texts)) == spreadsheets.LONGEST_CELL
    assert not [name for name in parts if "rels" in name and "hyperlink" in name]


def test_an_empty_table_is_a_workbook_too(tmp_path):
    sheet = book(tmp_path / "a.xlsx", COLUMNS, [])["xl/worksheets/sheet1.xml"]
    assert len(list(sheet.iter(f"{SHEET}row"))) == 1
