"""The plan as the browser plays it: what shows when, the cards' pictures, the music."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from relay.almanac.delivery import play
from relay.almanac.plan import queries
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.views import as_json
from relay.web.access import relay_of
from relay.web.headers import NOT_KEPT
from relay.web.page import language_of

router = APIRouter()

KEY = re.compile(r"[0-9a-f]{64}")
sketchbook = play.Sketchbook()


@router.get("/almanacs/{slug}/{name}/plan/played.json", name="played_plan")
def played_plan(request: Request, slug: str, name: str) -> Response:
    """See play.PlayedPlan; of a plan that no film can be made of `{refused}`, why."""
    try:
        plan = sketchbook.plan(relay_of(request), slug, name)
    except Refused as error:
        if isinstance(error, NotFound):
            raise
        return JSONResponse({"refused": translator(language_of(request)).tell(error.line)})
    return JSONResponse(as_json(plan), headers={"Cache-Control": "no-store"})


@router.get("/almanacs/{slug}/{name}/plan/cards/{key}", name="played_card")
def played_card(request: Request, slug: str, name: str, key: str) -> Response:
    """A card or a name as a picture of the whole frame."""
    if not KEY.fullmatch(key):
        raise NotFound("There is no such file.")
    relay = relay_of(request)
    card = sketchbook.card(relay, slug, name, key)
    with relay.reading() as session:
        house = queries.house_of(relay.settings, queries.find(session, slug, name))
    content, media_type = play.picture(card, house.width, house.height)
    return Response(content, media_type=media_type, headers=NOT_KEPT)


@router.get("/almanacs/{slug}/{name}/plan/music/{digest}", name="played_music")
def played_music(request: Request, slug: str, name: str, digest: str) -> Response:
    """The whole piece; answers ranges."""
    if not KEY.fullmatch(digest):
        raise NotFound("There is no such file.")
    path = play.music(relay_of(request), slug, name, digest)
    return FileResponse(path, media_type="application/octet-stream", headers={"Cache-Control": "private, max-age=3600"})
