"""A table of the campaign as a file. A form sends for it, because who takes it away goes on record."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, Response, StreamingResponse
from starlette.background import BackgroundTask

from relay.board import tables
from relay.board.tables import BoardTable, SheetFormat
from relay.context import Relay
from relay.web.access import person_of, relay_of
from relay.web.page import language_of
from relay.web.words.board import table_text

router = APIRouter()

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.post("/campaigns/{slug}/board/table", name="board_table")
def board_table(
    request: Request,
    slug: str,
    table: Annotated[BoardTable, Form()],
    kind: Annotated[SheetFormat, Form(alias="format")],
) -> Response:
    relay, language = relay_of(request), language_of(request)
    campaign = tables.note(relay, slug, table, kind, person=person_of(request))
    name = tables.file_name(campaign.slug, table, kind, relay.now())
    if kind is SheetFormat.xlsx:
        return _file(relay, campaign.slug, table, name, language)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    lines = tables.csv_lines(relay, campaign.slug, table, table_text(language))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def _file(relay: Relay, slug: str, table: BoardTable, name: str, language: str) -> Response:
    """Written whole before it is sent, and removed afterwards: a workbook's parts are known at its end only."""
    folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=relay.folder("work")))
    try:
        tables.write(relay, slug, table, folder / name, table_text(language), kind=SheetFormat.xlsx)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    gone = BackgroundTask(shutil.rmtree, folder, ignore_errors=True)
    return FileResponse(
        folder / name, media_type=XLSX, filename=name, headers={"Cache-Control": "no-store"}, background=gone
    )
