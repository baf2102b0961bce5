"""What was heard, on the page of a clip: captions for its player, and in and out points at the first and last word."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.almanac.hearing import clip_speech
from relay.errors import NotFound, Refused
from relay.models import ClipState
from relay.moderation import one_form
from relay.web.access import person_of, relay_of
from relay.web.desk.judging import typed
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID, clip_address
from relay.web.headers import NOT_KEPT

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]


@router.get("/clips/{clip_id}/tracks/{name}.vtt", name="clip_track")
def clip_track(
    request: Request, clip_id: ClipId, name: Annotated[str, InPath(pattern=r"^(?:[a-z]{2,3}|heard)$")]
) -> Response:
    """`name`: a language, or `heard` for what a model heard and nobody has looked at."""
    return Response(clip_speech.track(relay_of(request), clip_id, name), media_type="text/vtt", headers=NOT_KEPT)


@router.post("/clips/{clip_id}/speech-cut", name="take_speech_cut")
def take_speech_cut(
    request: Request,
    clip_id: ClipId,
    cut: Annotated[str, Form(pattern=r"^\d{0,5}(?:\.\d{1,3})?-\d{0,5}(?:\.\d{1,3})?$")],
    sent: typed.Posted,
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """`cut`: in and out point as they were shown. Saves at once, with what was typed in the other fields; a script only
    fills the fields.
    """
    begins, _, ends = cut.partition("-")
    with_cut = replace(sent, form=replace(sent.form, typed={**sent.form.typed, "begins": begins, "ends": ends}))
    try:
        one_form.submit(relay_of(request), clip_id, with_cut.form, person=person_of(request))
    except NotFound:
        raise
    except Refused as error:
        return refused(request, clip_id, queue, error, sent=with_cut)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)
