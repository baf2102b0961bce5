"""Whether the record is whole, for organizers; and its head, to be kept elsewhere."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from relay.almanac.delivery.reviewing import protocols
from relay.errors import NotFound
from relay.upkeep.record import days, looks
from relay.web.access import relay_of
from relay.web.page import render
from relay.web.words.record import FACTS, FAULTS

router = APIRouter()

MOST_SHOWN = 100


@router.get("/audit/whole", name="whole_record")
def whole_record(request: Request) -> Response:
    relay = relay_of(request)
    found = looks.verify(relay)
    return render(
        request,
        "record.html",
        found=found,
        faults=found.faults[:MOST_SHOWN],
        words=FAULTS,
        tables=FACTS,
        kept=len(days.kept(relay)[0]),
        key=protocols.public_key(relay),
    )


@router.get("/audit/head.json", name="record_head")
def record_head(request: Request) -> Response:
    """The head of now, as `relay audit verify --since-head` reads it."""
    found = looks.head(relay_of(request))
    if not found.position:
        raise NotFound("Nothing had been recorded by then.")
    name = f"head-{found.position}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(found.as_text(), media_type="application/json", headers=headers)
