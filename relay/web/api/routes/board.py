from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import Path as InPath
from fastapi import Query, Request, Response

from relay.board import figures, tables
from relay.board.figures import Board
from relay.board.tables import BoardTable, SheetFormat
from relay.web.api import bodies
from relay.web.api.answers import answer
from relay.web.api.bearer import Here, Who, visitor_of
from relay.web.api.noted import router as routes
from relay.web.api.problems import language_of
from relay.web.api.schemas import model_of
from relay.web.api.uploads import FOLDER
from relay.web.words.board import table_text

router = routes("Where a campaign stands.")
MEDIA: dict[SheetFormat, str] = {
    SheetFormat.csv: "text/csv",
    SheetFormat.xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SHEETS = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()},
        "description": "CSV, XLSX",
    }
}
Chosen = Annotated[str | None, Query(max_length=200), bodies.MaybePlain]
Table = Annotated[BoardTable, InPath()]


@router.get(
    "/campaigns/{slug}/board",
    name="api_board",
    response_model=model_of(Board),
    summary="The organizer's board: days, districts, texts, ages, towns, what waits, and whom nobody heard yet.",
)
def board(request: Request, relay: Here, slug: bodies.Slug, text: Chosen = None, district: Chosen = None) -> Response:
    """`text`, `district`: shares of one of them only. Moderators' work is for organizers."""
    everything = visitor_of(request).may("audit")
    return answer(request, figures.board(relay, slug, text=text, district=district, with_moderators=everything))


@router.post(
    "/campaigns/{slug}/tables/{table}",
    name="take_table",
    response_class=Response,
    responses=SHEETS,  # type: ignore[arg-type]
    summary="Write a table for a spreadsheet. It holds personal data, and who takes it goes on record.",
)
def take_table(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, table: Table, body: bodies.TableWish
) -> Response:
    """In the language that the request asks for."""
    with TemporaryDirectory(dir=relay.folder(FOLDER)) as folder:
        name = tables.file_name(slug, table, body.format, relay.now())
        path = Path(folder, f"table.{body.format.value}")
        tables.take(relay, slug, table, path, table_text(language_of(request)), kind=body.format, person=who)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[body.format], headers=headers)
