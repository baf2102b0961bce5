"""What the board says: titles and descriptions of its pictures, and words for what its tables hold. Message ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from relay.board.days import ChartColumn, ColumnUnit, DayCounts
from relay.board.drawing.chart import ChartWords
from relay.board.drawing.town_map import MapWords
from relay.board.grid import Gap, GapKind
from relay.board.tables import UNKNOWN, TableText
from relay.board.text_grid import TextCell
from relay.board.towns import BoardTown
from relay.language.catalogue import N_, translator
from relay.language.dates import short_day, window
from relay.language.sentence import Sentence, filled, prefixed
from relay.moderation.consent import SCOPES
from relay.moderation.rules import dissect
from relay.spreadsheets import delimiter
from relay.web.words.wording import MATCHES, ORIGINS, STATES

UNITS: Mapping[ColumnUnit, str] = {
    ColumnUnit.day: N_("Found, fetched and approved by day"),
    ColumnUnit.week: N_("Found, fetched and approved by week"),
    ColumnUnit.month: N_("Found, fetched and approved by month"),
}
TABLES: Mapping[str, str] = {
    "posts": N_("Posts"),
    "clips": N_("Clips"),
    "participants": N_("Participants"),
    "consents": N_("Consents"),
    "readings": N_("Texts by district"),
}
CELLS: Mapping[str, str] = {
    **STATES,
    **MATCHES,
    **{scope.value: told for scope, told in SCOPES.items()},
    **ORIGINS,
    **TABLES,
    UNKNOWN: N_("unknown"),
}
"""What stands in a cell as a word of the program → what it says."""
GAPS: Mapping[GapKind, str] = {
    GapKind.district: N_("Nobody from {name} yet."),
    GapKind.town: N_("Nobody from {name} yet."),
    GapKind.text: N_("Nobody reads text No. {name} yet."),
    GapKind.age: N_("Nobody aged {name} yet."),
}
UNREAD = N_("Nobody from {district} has read text No. {number} yet.")
MAP = N_("Map of towns with approved clips")
MOST_TOWNS = 5


def chart_words(
    days: Sequence[DayCounts], unit: ColumnUnit, columns: Sequence[ChartColumn], language: str
) -> ChartWords:
    tell = translator(language).tell
    labels = [label(each, unit, language) for each in columns]
    return ChartWords(tell(UNITS[unit]), tell(_curve_told(days, language)), labels)


def label(column: ChartColumn, unit: ColumnUnit, language: str) -> str:
    """Below a column: short, and without the year."""
    return (
        short_day(column.first, language, column.first.year) if unit is not ColumnUnit.month else _month(column.first)
    )


def span(column: ChartColumn, language: str) -> str:
    """As a table's row says it: from day to day."""
    return window(column.first, column.last, language)


def map_words(towns: Sequence[BoardTown], language: str) -> MapWords:
    """The towns with the most clips; all of them stand in the table."""
    tell = translator(language).tell
    most = [town for town in towns if town.approved][:MOST_TOWNS]
    names = ", ".join(f"{town.name} {town.approved}" for town in most)
    said = filled("Most clips come from: {names}. All towns stand in the table.", names=names)
    return MapWords(tell(MAP), tell(said) if most else tell("No clip is approved yet."))


def table_text(language: str) -> TableText:
    """How tables for spreadsheets are told to whoever reads this language."""
    tell = translator(language).tell
    return TableText(tell, lambda value: _word(value, tell), delimiter(language))


def unread(cell: TextCell) -> Sentence:
    return filled(UNREAD, district=cell.district or N_("district not known"), number=cell.text)


def gap_told(gap: Gap, longest: int = 200) -> Sentence:
    """Whom nobody heard yet; a name of more letters than `longest` is cut."""
    name = gap.name if len(gap.name) <= longest else f"{gap.name[: longest - 1]}…"
    return filled(GAPS[gap.kind], name=name)


def _word(value: str, tell: Callable[[str], str]) -> str:
    """A state, a match, a scope; or the reason of a decision, whose standard part is ours."""
    if not value:
        return ""
    if value in CELLS:
        return tell(CELLS[value])
    standard, note = dissect(value)
    return tell(prefixed(tell(standard), note)) if standard and note else tell(standard or value)


def _curve_told(days: Sequence[DayCounts], language: str) -> str:
    if not any(day.found or day.fetched or day.approved for day in days):
        return filled("Nothing was found yet.")
    best = max(days, key=lambda day: day.found)
    return filled(
        "Found {found}, fetched {fetched}, approved {approved}. Most were found on {day}: {most}. "
        "All numbers stand in the table.",
        found=sum(day.found for day in days),
        fetched=sum(day.fetched for day in days),
        approved=sum(day.approved for day in days),
        day=window(best.day, best.day, language),
        most=best.found,
    )


def _month(day: date) -> str:
    return f"{day:%m.%Y}"
