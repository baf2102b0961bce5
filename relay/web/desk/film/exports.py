"""A film for other programs: the export is made here, waited for, and taken along as one file."""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from relay.almanac.delivery.exports import shelf
from relay.almanac.delivery.exports.carried import Target
from relay.almanac.delivery.exports.film import ExportWish
from relay.almanac.plan import queries
from relay.errors import Refused
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.views import as_json
from relay.web.access import person_of, relay_of
from relay.web.background import export_jobs
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import language_of, render
from relay.web.words import exports

router = APIRouter()

Number = Annotated[int, InPath(ge=1, le=LARGEST_ID)]


@router.get("/almanacs/{slug}/{name}/exports", name="exports")
def exports_page(request: Request, slug: str, name: str) -> Response:
    return _page(request, slug, name)


@router.post("/almanacs/{slug}/{name}/exports", name="make_export")
def make_export(
    request: Request,
    slug: str,
    name: str,
    to: Annotated[Target, Form()] = Target.mlt,
    *,
    originals: Annotated[bool, Form()] = False,
) -> Response:
    relay, translate = relay_of(request), translator(language_of(request)).gettext
    queries.show(relay, slug, name)
    wish = ExportWish(to, originals=originals, packed=True)
    try:
        _jobs(request).start(relay, slug, name, wish, person=person_of(request), translate=translate)
    except Refused as error:
        return _page(request, slug, name, notice=translator(language_of(request)).tell(error.line), status=409)
    return RedirectResponse(f"{_address(slug, name)}#making", status_code=303)


@router.post("/almanacs/{slug}/{name}/exports/stop", name="stop_export")
def stop_export(request: Request, slug: str, name: str) -> Response:
    """Nothing happens where nothing is being made."""
    job = _jobs(request).job(slug, name)
    if job is not None and job.running:
        job.stop(person_of(request))
    return RedirectResponse(f"{_address(slug, name)}#making", status_code=303)


@router.get("/almanacs/{slug}/{name}/exporting", name="exporting")
def exporting(request: Request, slug: str, name: str) -> Response:
    return JSONResponse(as_json(export_jobs.view(_jobs(request).job(slug, name))))


@router.get("/almanacs/{slug}/{name}/exports/{number:int}.zip", name="export_file")
def export_file(request: Request, slug: str, name: str, number: Number) -> Response:
    """In parts too (Range), so that a download that broke off goes on."""
    ready, path = shelf.file(relay_of(request), slug, name, number)
    return FileResponse(
        path, media_type="application/zip", filename=ready.called, headers={"Cache-Control": "private, no-store"}
    )


@router.post("/almanacs/{slug}/{name}/exports/{number:int}/remove", name="remove_export")
def remove_export(request: Request, slug: str, name: str, number: Number) -> Response:
    shelf.remove(relay_of(request), slug, name, number)
    return RedirectResponse(_address(slug, name), status_code=303)


def _page(request: Request, slug: str, name: str, *, notice: str | None = None, status: int = 200) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    return render(
        request,
        "film_exports.html",
        status=status,
        campaign=campaign,
        in_zone=partial(desk.local, campaign),
        almanac=queries.show(relay, slug, name),
        here=f"/almanacs/{quote(slug)}/{quote(name)}",
        ready=shelf.listing(relay, slug, name),
        job=_jobs(request).job(slug, name),
        targets=exports.TARGETS,
        kept=shelf.KEPT,
        days=shelf.KEPT_DAYS,
        notice=notice,
    )


def _address(slug: str, name: str) -> str:
    return f"/almanacs/{quote(slug)}/{quote(name)}/exports"


def _jobs(request: Request) -> export_jobs.ExportJobs:
    found = request.app.state.export_jobs
    assert isinstance(found, export_jobs.ExportJobs)
    return found
