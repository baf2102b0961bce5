"""What somebody had typed when their session ended, in a form other than a clip's, ready to be sent after all."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from relay.errors import NotFound
from relay.web import drafts
from relay.web.page import render

router = APIRouter()


@router.get("/kept/{token}", name="kept")
def kept(request: Request, token: str) -> Response:
    form = drafts.kept(request, token)
    if form is None:
        raise NotFound("There is no such page.")
    return render(request, "kept.html", form=form)
