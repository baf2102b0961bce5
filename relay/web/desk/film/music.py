"""Cleared music by upload: what it is, by whom, and the words that allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import held_files, music, usage
from relay.almanac.assets.held_files import HeldFile
from relay.errors import Refused
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered, line
from relay.web.desk.film.received import ReceivedForm, receive
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import render

router = APIRouter()

TrackId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=2000)]
MOST_MB = 512
SOUND = {"Cache-Control": "private, max-age=3600"}


@router.get("/campaigns/{slug}/music", name="music")
def music_page(request: Request, slug: str, track: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0) -> Response:
    """`track`: the one that is being changed."""
    return _page(request, slug, chosen=track)


@router.post("/campaigns/{slug}/music", name="add_music")
async def add_music(request: Request, slug: str) -> Response:
    form = await receive(request, relay_of(request), most_mb=MOST_MB)
    return await run_in_threadpool(_add, request, slug, form)


def _add(request: Request, slug: str, form: ReceivedForm) -> Response:
    """What lacks only words keeps its file until they are there."""
    relay, held = relay_of(request), form.file
    typed = {name: form.word(name) for name in ("title", "author", "cleared")}
    lacks = not (typed["title"].strip() and typed["cleared"].strip())
    try:
        if held is None:
            raise Refused("Choose a file first.")
        music.add(relay, slug, held.path, **typed, person=person_of(request), called=held.name)
    except Refused as error:
        if not lacks:
            held_files.drop(held)
        kept = held if lacks else None
        return _page(request, slug, typed=typed, held=kept, notice=line(request, error), status=status_of(error))
    held_files.drop(held)
    return RedirectResponse(request.url_for("music", slug=slug).path, status_code=303)


@router.post("/campaigns/{slug}/music/{track}", name="change_music")
def change_music(
    request: Request, slug: str, track: TrackId, do: Text = "", title: Text = "", author: Text = "", cleared: Text = ""
) -> Response:
    """`do`: `remove`, or nothing to change its words."""
    relay, person = relay_of(request), person_of(request)
    if do == "remove":
        return _answered(request, slug, lambda: music.remove(relay, slug, track, person=person))
    typed = {"title": title, "author": author, "cleared": cleared}
    return _answered(
        request, slug, lambda: music.edit(relay, slug, track, **typed, person=person), chosen=track, typed=typed
    )


@router.get("/campaigns/{slug}/music/{track}/sound", name="music_sound")
def music_sound(request: Request, slug: str, track: TrackId) -> Response:
    """The file as it was given, by the type that its first bytes say."""
    path, kind = music.file(relay_of(request), slug, track)
    return FileResponse(path, media_type=kind, headers=SOUND)


def _answered(request: Request, slug: str, deed: Callable[[], object], **again: Any) -> Response:
    back = request.url_for("music", slug=slug).path
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
        "material_music.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        tracks=music.listing(relay, slug)[::-1],
        uses=usage.of_campaign(relay, slug),
        chosen=chosen,
        typed=typed,
        held=held,
        most_mb=MOST_MB,
        notice=notice,
    )
