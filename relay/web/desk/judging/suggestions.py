"""What a clip's words say, beside the form: a script puts it into the fields; without one this page saves it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import NotFound, Refused
from relay.models import ClipState
from relay.moderation import one_form
from relay.moderation.suggestions import service
from relay.web.access import person_of, relay_of
from relay.web.desk.judging import typed
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Chosen = Annotated[list[str], Form(max_length=12)]


@router.post("/clips/{clip_id}/suggestions", name="take_suggestions")
def take(
    request: Request,
    clip_id: ClipId,
    take: Chosen,
    sent: typed.Posted,
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    """`take`: `field:value` of each proposal, or `all`. Saves at once, with what was typed in the other fields; a
    script only fills the fields.
    """
    relay, person = relay_of(request), person_of(request)
    others = replace(sent, form=_without(sent.form, {each.partition(":")[0] for each in take}))
    try:
        one_form.submit(relay, clip_id, others.form, person=person)
        service.take(relay, clip_id, take, person=person)
    except NotFound:
        raise
    except Refused as error:
        return refused(request, clip_id, queue, error, sent=others)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)


def _without(form: one_form.TypedForm, fields: set[str]) -> one_form.TypedForm:
    """What was typed in the fields that are not taken from the words."""
    return replace(form, typed={name: text for name, text in form.typed.items() if name not in fields})
