"""The certificate of an erasure, for the desk to print or to send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from relay.erasure import certificate
from relay.web.access import relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import render
from relay.web.words.erasure import PLACES

router = APIRouter()


@router.get("/clips/{clip_id}/certificate", name="certificate")
def page(request: Request, clip_id: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    shown = [certificate.of_clip(relay_of(request), clip_id)]
    return render(request, "certificate.html", shown=shown, places=PLACES, back=f"/clips/{clip_id}")
