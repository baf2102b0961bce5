"""Tables for spreadsheets, written as their rows come: CSV that Excel opens with the right letters and columns, and
XLSX with real dates, a heading that stays and columns as wide as they need to be.

No cell is ever a formula. What strangers wrote may begin like one, and a spreadsheet that runs it sends whatever stands
beside it to wherever it likes (OWASP, "CSV Injection"); so an apostrophe stands before it, in XLSX too, which people
save as CSV.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would run; the last four are wide forms, which some take for the others."""
LONGEST_CELL = 32_767
"""Signs, of a cell in XLSX."""
WIDEST = 60
SEMICOLON = frozenset({"ru", "fr"})
"""Languages whose Excel takes the comma for a decimal sign, and opens a table with commas as one column."""
BOM = "\ufeff"

Cell = str | int | float | bool | datetime | date | None


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """`width` in letters."""

    title: str
    width: int = 14


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(FORMULA) else cell


def delimiter(language: str) -> str:
    return ";" if language in SEMICOLON else ","


def as_csv(columns: Sequence[str], rows: Iterable[Sequence[Cell]], *, separator: str = ",") -> Iterator[str]:
    """The lines of the table: UTF-8 with its mark, times as `2023-01-12 14:05:00` in the zone that they carry."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(map(harmless, columns))
    yield BOM + _taken(out)
    for row in rows:
        writer.writerow(map(_as_text, row))
        yield _taken(out)


def as_xlsx(path: Path, title: str, columns: Sequence[SheetColumn], rows: Iterable[Sequence[Cell]]) -> None:
    """Writes the file; in memory is one row at a time. Times stand in the zone that they carry: sheets know none."""
    from xlsxwriter import Workbook

    options = {"constant_memory": True, "tmpdir": str(path.parent)}
    with Workbook(str(path), options) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        formats: Mapping[type, Any] = {
            datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            date: book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.set_column(place, place, min(WIDEST, column.width))
            sheet.write_string(0, place, harmless(column.title), head)
        last = 0
        for last, row in enumerate(rows, start=1):
            for place, cell in enumerate(row):
                _write(sheet, last, place, cell, formats)
        sheet.autofilter(0, 0, last, len(columns) - 1)


def _write(sheet: Any, row: int, place: int, cell: Cell, formats: Mapping[type, Any]) -> None:
    if isinstance(cell, datetime):
        sheet.write_datetime(row, place, cell.replace(tzinfo=None), formats[datetime])
    elif isinstance(cell, date):
        sheet.write_datetime(row, place, datetime(cell.year, cell.month, cell.day), formats[date])  # noqa: DTZ001 - a day
    elif isinstance(cell, bool) or cell is None or isinstance(cell, str):
        sheet.write_string(row, place, _as_text(cell)[:LONGEST_CELL])
    else:
        sheet.write_number(row, place, cell)


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None).isoformat(" ", "seconds")
    if isinstance(cell, str):
        return harmless(cell.replace("\0", "\ufffd"))
    return str(cell)


def _sheet_name(title: str) -> str:
    """31 signs, none of those that a sheet's name may not have."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)[:31].strip() or "Relay"


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
