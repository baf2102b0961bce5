"""Two clips side by side: the same recording, or not?"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import NotFound, Refused
from relay.intake import kin
from relay.language.catalogue import translator
from relay.models import Said
from relay.moderation import desk, recordings
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
OtherId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Seconds = Annotated[float, Form(ge=0, le=100_000)]


@router.get("/clips/{clip_id}/beside", name="beside_any")
def beside_any(
    request: Request, clip_id: ClipId, other: Annotated[int, Query(alias="with", ge=1, le=LARGEST_ID)]
) -> Response:
    """Where a person types the number of the other clip."""
    try:
        recordings.pair(relay_of(request), clip_id, other)
    except NotFound:
        raise
    except Refused as error:
        line = translator(language_of(request)).tell(error.line)
        return _page(request, clip_id, _first_relative(request, clip_id), notice=line, status=status_of(error))
    return RedirectResponse(f"/clips/{clip_id}/beside/{other}", status_code=303)


@router.get("/clips/{clip_id}/beside/{other_id}", name="beside")
def beside(request: Request, clip_id: ClipId, other_id: OtherId) -> Response:
    return _page(request, clip_id, other_id)


@router.post("/clips/{clip_id}/beside/{other_id}", name="say_beside")
def say(
    request: Request,
    clip_id: ClipId,
    other_id: OtherId,
    said: Annotated[Said, Form()] = Said.nothing,
    seen: Annotated[Said, Form()] = Said.nothing,
) -> Response:
    say_so = partial(recordings.say, relay_of(request), clip_id, other_id, said, person=person_of(request), seen=seen)
    return _done(request, clip_id, other_id, say_so)


@router.post("/clips/{clip_id}/front", name="put_in_front")
def put_in_front(request: Request, clip_id: ClipId, beside: Annotated[int, Form(ge=1, le=LARGEST_ID)]) -> Response:
    """`beside`: the clip that it was compared with."""
    put = partial(recordings.put_in_front, relay_of(request), clip_id, person=person_of(request))
    return _done(request, clip_id, beside, put)


@router.post("/clips/{clip_id}/common", name="mark_common")
def mark_common(
    request: Request, clip_id: ClipId, beside: Annotated[int, Form(ge=1, le=LARGEST_ID)], start: Seconds, end: Seconds
) -> Response:
    mark = partial(kin.mark_common, relay_of(request), clip_id, start, end, person=person_of(request))
    return _done(request, clip_id, beside, mark)


def _done(request: Request, clip_id: int, other_id: int, change: Callable[[], None]) -> Response:
    try:
        change()
    except NotFound:
        raise
    except Refused as error:
        line = translator(language_of(request)).tell(error.line)
        return _page(request, clip_id, other_id, notice=line, status=status_of(error))
    return RedirectResponse(f"/clips/{clip_id}/beside/{other_id}", status_code=303)


def _first_relative(request: Request, clip_id: int) -> int:
    """Some clip to stand beside while a number was no use: a relative, or the clip itself."""
    known = recordings.relatives(relay_of(request), clip_id)
    return known[0].clip.id if known else clip_id


def _page(request: Request, clip_id: int, other_id: int, *, notice: str | None = None, status: int = 200) -> Response:
    relay = relay_of(request)
    shown = desk.show(relay, clip_id)
    alone = other_id == clip_id
    pair = None if alone else recordings.pair(relay, clip_id, other_id)
    return render(
        request,
        "beside.html",
        status=status,
        clip=shown,
        pair=pair,
        card=recordings.card_of(relay, clip_id),
        campaign=desk.campaign(relay, shown.campaign),
        counts=desk.counts(relay, shown.campaign),
        notice=notice,
    )
