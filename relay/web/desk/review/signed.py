"""Copies of a version that are made on the page of the film and taken along from there: one with content credentials,
one with the protocols of its sign-offs.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response

from relay.almanac.delivery import credentials, versions
from relay.almanac.delivery.reviewing import protocols
from relay.errors import DiskFull, NotFound, Refused, ToolMissing
from relay.web.access import person_of, relay_of
from relay.web.desk import films
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address

router = APIRouter()

Version = Annotated[int, InPath(ge=1, le=LARGEST_ID)]


@router.post("/almanacs/{slug}/{name}/{version:int}/sign", name="sign_film")
def sign_film(request: Request, slug: str, name: str, version: Version) -> Response:
    try:
        credentials.sign(relay_of(request), slug, name, version=version, person=person_of(request))
    except NotFound:
        raise
    except (Refused, ToolMissing) as error:
        return films.refused(request, slug, name, version, error)
    return RedirectResponse(f"{address(slug, name)}?version={version}", status_code=303)


@router.get("/almanacs/{slug}/{name}/{version:int}/signed.mp4", name="signed_film")
def signed_film(request: Request, slug: str, name: str, version: Version) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    path = versions.signed(relay, shown.row)
    return FileResponse(path, media_type="video/mp4", filename=f"{slug}-{name}-{version}-signed.mp4")


@router.post("/almanacs/{slug}/{name}/{version:int}/protocol", name="attach_protocol")
def attach_protocol(request: Request, slug: str, name: str, version: Version) -> Response:
    try:
        protocols.attach(relay_of(request), slug, name, version=version, person=person_of(request))
    except NotFound:
        raise
    except (Refused, DiskFull) as error:
        return films.refused(request, slug, name, version, error)
    return RedirectResponse(f"{address(slug, name)}?version={version}", status_code=303)


@router.get("/almanacs/{slug}/{name}/{version:int}/protocol.mp4", name="protocol_film")
def protocol_film(request: Request, slug: str, name: str, version: Version) -> Response:
    relay = relay_of(request)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
    path = versions.with_protocol(relay, shown.row)
    return FileResponse(path, media_type="video/mp4", filename=f"{slug}-{name}-{version}-protocol.mp4")
