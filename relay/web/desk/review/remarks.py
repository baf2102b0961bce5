"""Remarks on a film: written at a moment, perhaps with a drawing, answered, ticked off and opened again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.almanac.delivery import remarks
from relay.almanac.delivery.reviewing import drawing
from relay.errors import Refused
from relay.web.access import person_of, relay_of
from relay.web.desk.films import refused
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.plan import seconds_or_none
from relay.web.desk.timeline.addresses import address
from relay.web.desk.watching import WhichRemarks

router = APIRouter()

Version = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Number = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Seen = Annotated[int, Form(ge=0, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=4000)]
Drawing = Annotated[str, Form(max_length=drawing.LONGEST)]


@router.post("/almanacs/{slug}/{name}/{version:int}/remarks", name="remark")
def remark(
    request: Request,
    slug: str,
    name: str,
    version: Version,
    text: Text = "",
    at: Text = "",
    until: Text = "",
    strokes: Drawing = "",
) -> Response:
    try:
        number = remarks.add(
            relay_of(request),
            slug,
            name,
            version,
            text,
            seconds=seconds_or_none(at),
            until=seconds_or_none(until),
            strokes=drawing.read(strokes),
            person=person_of(request),
        )
    except Refused as error:
        return refused(request, slug, name, version, error)
    return RedirectResponse(f"{address(slug, name)}?version={version}#remark-{number}", status_code=303)


@router.get("/almanacs/{slug}/{name}/remarks/{number}/still.jpg", name="remark_still")
def remark_still(request: Request, slug: str, name: str, number: Number) -> Response:
    """The frame that its drawing is over."""
    path = remarks.still(relay_of(request), slug, name, number)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.post("/almanacs/{slug}/{name}/remarks/{number}", name="settle_remark")
def settle_remark(
    request: Request,
    slug: str,
    name: str,
    number: Number,
    *,
    done: Annotated[bool, Form()] = False,
    version: Seen = 0,
    which: Annotated[WhichRemarks, Form()] = WhichRemarks.all,
) -> Response:
    remarks.settle(relay_of(request), slug, name, number, done=done, person=person_of(request))
    return _back(slug, name, version, which, number)


@router.post("/almanacs/{slug}/{name}/remarks/{number}/replies", name="reply_remark")
def reply_remark(
    request: Request,
    slug: str,
    name: str,
    number: Number,
    text: Text = "",
    version: Seen = 0,
    which: Annotated[WhichRemarks, Form()] = WhichRemarks.all,
) -> Response:
    try:
        remarks.reply(relay_of(request), slug, name, number, text, person=person_of(request))
    except Refused as error:
        return refused(request, slug, name, version, error)
    return _back(slug, name, version, which, number)


def _back(slug: str, name: str, version: int, which: WhichRemarks, number: int) -> Response:
    """To the list as it was seen, at the remark where it still stands in it."""
    chosen = "" if which is WhichRemarks.all else f"&remarks={which}"
    return RedirectResponse(f"{address(slug, name)}?version={version}{chosen}#remark-{number}", status_code=303)
