"""Where the campaign stands, as a page and as a report of one printed sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from relay.board import days, figures
from relay.board.days import ChartColumn, ColumnUnit
from relay.board.drawing.chart import chart
from relay.board.drawing.town_map import MapTown, near_and_far, town_map
from relay.board.figures import Board
from relay.board.grid import AgeGroup
from relay.board.tables import BoardTable, SheetFormat
from relay.board.towns import BoardTown
from relay.estimate import LEAST_SHARED
from relay.moderation import desk
from relay.search.filters import UNKNOWN
from relay.web.access import relay_of, visitor_of
from relay.web.page import language_of, render
from relay.web.words import board as told

router = APIRouter()

WIDE, NARROW = 31, 16
"""So many columns a chart has room for, on a laptop and on a phone."""
MOST_GAPS = 60
"""Told in words below the grid of texts; the rest stands in its cells."""
PHONE = 340
"""Width of the pictures there; letters keep their size."""
Choice = Annotated[str | None, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class PictureSizes:
    """Of the wide pictures, in points of theirs: `chart` by `tall`, `map` by up to `tallest`."""

    chart: int
    tall: int
    map: int
    tallest: int


SCREEN = PictureSizes(chart=760, tall=260, map=760, tallest=520)
SHEET = PictureSizes(chart=680, tall=220, map=420, tallest=300)


@dataclass(frozen=True, slots=True)
class BoardPictures:
    """SVG, for wide and for narrow screens; `columns`: what the wide chart shows, `far`: towns beyond the map."""

    unit: ColumnUnit
    columns: list[ChartColumn]
    chart: Markup
    small_chart: Markup
    map: Markup
    small_map: Markup
    far: list[str]


@router.get("/campaigns/{slug}/board", name="board")
def board(request: Request, slug: str, text: Choice = None, district: Choice = None) -> Response:
    relay = relay_of(request)
    is_organizer = visitor_of(request).may("audit")
    found = figures.board(relay, slug, text=_chosen(text), district=_chosen(district), with_moderators=is_organizer)
    return _page(request, "board.html", slug, found, tables=list(BoardTable), formats=list(SheetFormat),
                 text=text, district=district, least_shared=LEAST_SHARED)  # fmt: skip


@router.get("/campaigns/{slug}/board/report", name="board_report")
def report(request: Request, slug: str) -> Response:
    found = figures.board(relay_of(request), slug)
    return _page(request, "board_report.html", slug, found, sizes=SHEET)


@router.get("/campaigns/{slug}/board/texts", name="board_texts")
def board_texts(request: Request, slug: str) -> Response:
    """Which text was read in which district; a cell leads to its clips."""
    relay = relay_of(request)
    made, spelt = figures.texts(relay, slug)
    gaps = [
        cell
        for _, row in made.rows()
        for cell in row
        if cell.district and not (cell.approved or cell.waiting or cell.proposed)
    ]
    return render(
        request,
        "board_texts.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        grid=made,
        spelt=lambda district: [("district", name or UNKNOWN) for name in spelt.get(district, [district])],
        nobody=told.unread,
        gaps=[told.unread(cell) for cell in gaps[:MOST_GAPS]],
        more=max(0, len(gaps) - MOST_GAPS),
    )


def _page(
    request: Request, template: str, slug: str, found: Board, *, sizes: PictureSizes = SCREEN, **more: Any
) -> Response:
    relay, language = relay_of(request), language_of(request)
    return render(
        request,
        template,
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        board=found,
        pictures=pictures(found, language, sizes),
        ages=list(AgeGroup),
        span=lambda column: told.span(column, language),
        table_names=told.TABLES,
        gap_told=told.gap_told,
        text_titles={row.name: row.title for row in found.grid.texts},
        **more,
    )


def pictures(found: Board, language: str, sizes: PictureSizes) -> BoardPictures:
    """Charts and maps in the words of a language."""
    unit, columns = days.columns(found.days, WIDE)
    short_unit, fewer = days.columns(found.days, NARROW)
    near, far = near_and_far([_on_map(town) for town in found.map.towns if town.east is not None])
    words, short = (told.chart_words(found.days, *each, language) for each in ((unit, columns), (short_unit, fewer)))
    places = told.map_words(found.map.towns, language)
    return BoardPictures(
        unit=unit,
        columns=columns,
        chart=Markup(chart("curve", columns, words, width=sizes.chart, height=sizes.tall)),  # noqa: S704 - svg.py escapes every word of it
        small_chart=Markup(chart("curve-small", fewer, short, width=PHONE, height=220)),  # noqa: S704 - as above
        map=Markup(town_map("map", near, places, width=sizes.map, tallest=sizes.tallest)),  # noqa: S704 - as above
        small_map=Markup(town_map("map-small", near, places, width=PHONE, tallest=400)),  # noqa: S704 - as above
        far=[town.name for town in far],
    )


def _on_map(town: BoardTown) -> MapTown:
    assert town.east is not None
    assert town.north is not None
    return MapTown(town.name, town.east, town.north, town.approved)


def _chosen(choice: str | None) -> str | None:
    """`all` in the form; an empty one means what nobody said."""
    return None if choice in (None, "all") else choice
