"""Which clip somebody has: the page that shows it says so while it is in use, and gives it back when it is left."""

from __future__ import annotations

import contextlib
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import JSONResponse, RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import claims
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Page = Annotated[str, Form(max_length=32)]


@router.post("/clips/{clip_id}/claim", name="claim")
def claim(request: Request, clip_id: ClipId, page: Page = "") -> Response:
    """The page is in use: whoever has the clip keeps it. Answers with the name of who has it; empty for nobody."""
    held = claims.open_clip(relay_of(request), clip_id, person_of(request), page)
    return JSONResponse({"person": held.person if held else ""})


@router.post("/clips/{clip_id}/release", name="release")
def release(request: Request, clip_id: ClipId, page: Page = "") -> Response:
    """The page is left (`navigator.sendBeacon`)."""
    claims.release(relay_of(request), clip_id, person_of(request), page=page)
    return Response(status_code=204)


@router.post("/clips/{clip_id}/take-over", name="take_over")
def take_over(
    request: Request,
    clip_id: ClipId,
    seen: Annotated[str, Form(max_length=200)] = "",
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """`seen`: from whom. The page tells who has it when it is somebody else by now."""
    with contextlib.suppress(claims.Claimed):
        claims.take_over(relay_of(request), clip_id, person_of(request), seen=seen)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)
