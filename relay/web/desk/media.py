"""Posters, storyboards and proxies, never originals. Each request is authorised; the types are ours, not the file's."""

from __future__ import annotations

import re
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.errors import NotFound
from relay.moderation import desk
from relay.web.access import relay_of

router = APIRouter()

Kind = Literal["poster", "storyboard", "proxy"]
KINDS = {
    "poster": ("posters/{}.jpg", "image/jpeg"),
    "storyboard": ("storyboards/{}.jpg", "image/jpeg"),
    "proxy": ("proxies/{}.mp4", "video/mp4"),
}
SHA256 = re.compile(r"[0-9a-f]{64}")


@router.get("/media/{kind}/{sha256}", name="media")
def media(request: Request, kind: Kind, sha256: str) -> Response:
    """Answers ranges. What its participant has withdrawn is not there any more."""
    relay = relay_of(request)
    if not SHA256.fullmatch(sha256) or not desk.visible(relay, sha256):
        raise NotFound("There is no such file.")
    pattern, media_type = KINDS[kind]
    key = pattern.format(sha256)
    caching = {"Cache-Control": "private, max-age=3600"}
    if (elsewhere := relay.media.url(key)) is not None:
        return RedirectResponse(elsewhere, status_code=307, headers=caching)
    file = relay.media.local(key)
    whole = FileResponse(file, media_type=media_type, headers=caching, stat_result=file.stat())
    if _is_known(request.headers.get("if-none-match", ""), whole.headers["etag"]):
        return Response(status_code=304, headers={**caching, "ETag": whole.headers["etag"]})
    return whole


def _is_known(held: str, etag: str) -> bool:
    """Whether a browser holds the file already (RFC 9110, 13.1.2); starlette's FileResponse never asks."""
    return held.strip() == "*" or etag in [each.strip().removeprefix("W/") for each in held.split(",")]
