"""The still that stands for a film, chosen by an editor."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.delivery import posters
from relay.errors import NotFound, Refused
from relay.web.access import person_of, relay_of
from relay.web.desk import films
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.plan import seconds_or_none
from relay.web.desk.timeline.addresses import address

router = APIRouter()


@router.post("/almanacs/{slug}/{name}/{version:int}/poster", name="choose_poster")
def choose_poster(
    request: Request,
    slug: str,
    name: str,
    version: Annotated[int, InPath(ge=1, le=LARGEST_ID)],
    *,
    at: Annotated[str, Form(max_length=16)] = "",
    usual: Annotated[bool, Form()] = False,
) -> Response:
    """`at`: a moment of that version, as people write it. `usual`: none is chosen any more."""
    relay, person = relay_of(request), person_of(request)
    try:
        if usual:
            posters.forget(relay, slug, name, person=person)
        else:
            posters.choose(relay, slug, name, at=_moment(at), version=version, person=person)
    except Refused as error:
        if isinstance(error, NotFound):
            raise
        return films.refused(request, slug, name, version, error)
    return RedirectResponse(f"{address(slug, name)}?version={version}#poster", status_code=303)


def _moment(text: str) -> float:
    seconds = seconds_or_none(text)
    if seconds is None:
        raise Refused("At which moment?", hint="Write seconds (12.5) or minutes (1:02.5).")
    return seconds
