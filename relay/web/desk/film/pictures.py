"""Archive pictures by upload, each with the line that says where it is from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import held_files, pictures, usage
from relay.almanac.assets.held_files import HeldFile
from relay.almanac.stills import materials
from relay.errors import Refused
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered, line
from relay.web.desk.film.received import ReceivedForm, receive
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import render

router = APIRouter()

PictureId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=2000)]
MOST_MB = 256
STILL = {"Cache-Control": "private, max-age=86400"}


@router.get("/campaigns/{slug}/pictures", name="pictures")
def pictures_page(request: Request, slug: str, picture: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0) -> Response:
    """`picture`: the one that is being changed."""
    return _page(request, slug, chosen=picture)


@router.post("/campaigns/{slug}/pictures", name="add_picture")
async def add_picture(request: Request, slug: str) -> Response:
    form = await receive(request, relay_of(request), most_mb=MOST_MB)
    return await run_in_threadpool(_add, request, slug, form)


def _add(request: Request, slug: str, form: ReceivedForm) -> Response:
    """What lacks only its line keeps its file until the line is there."""
    relay, source, title = relay_of(request), form.word("source"), form.word("title")
    held = form.file
    try:
        if held is None:
            raise Refused("Choose a file first.")
        if source.strip():
            pictures.add(
                relay, slug, held.path, source=source, title=title, person=person_of(request), called=held.name
            )
    except Refused as error:
        held_files.drop(held)
        typed = {"source": source, "title": title}
        return _page(request, slug, typed=typed, notice=line(request, error), status=status_of(error))
    if not source.strip():
        notice = line(request, Refused(pictures.NO_SOURCE))
        return _page(request, slug, typed={"source": source, "title": title}, held=held, notice=notice, status=400)
    held_files.drop(held)
    return RedirectResponse(request.url_for("pictures", slug=slug).path, status_code=303)


@router.post("/campaigns/{slug}/pictures/{picture}", name="change_picture")
def change_picture(
    request: Request, slug: str, picture: PictureId, do: Text = "", source: Text = "", title: Text = ""
) -> Response:
    """`do`: `remove`, or nothing to change its words."""
    relay, person = relay_of(request), person_of(request)
    if do == "remove":
        return _answered(request, slug, lambda: pictures.remove(relay, slug, picture, person=person))
    typed = {"source": source, "title": title}
    return _answered(
        request,
        slug,
        lambda: pictures.edit(relay, slug, picture, source=source, title=title, person=person),
        chosen=picture,
        typed=typed,
    )


@router.get("/campaigns/{slug}/pictures/{picture}.jpg", name="picture_still")
def picture_still(request: Request, slug: str, picture: PictureId) -> Response:
    return FileResponse(materials.of_picture(relay_of(request), slug, picture), media_type="image/jpeg", headers=STILL)


def _answered(request: Request, slug: str, deed: Callable[[], object], **again: Any) -> Response:
    back = request.url_for("pictures", slug=slug).path
    return answered(request, deed, back=back, again=partial(_page, request, slug, **again))


def _page(
    request: Request,
    slug: str,
    *,
    chosen: int = 0,
    typed: Mapping[str, str] | None = None,
    held: HeldFile | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    return render(
        request,
        "material_pictures.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        pictures=pictures.listing(relay, slug)[::-1],
        uses=usage.of_campaign(relay, slug),
        chosen=chosen,
        typed=typed,
        held=held,
        most_mb=MOST_MB,
        notice=notice,
    )
