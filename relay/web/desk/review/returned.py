"""Clips that are returned to their participants: return one, call it off, and all that wait; second looks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import Refused, Stale
from relay.models import ClipState, MendingState, Verdict
from relay.moderation import desk, one_form
from relay.moderation.review import mending
from relay.moderation.review.asks import ASKS
from relay.web.access import person_of, relay_of
from relay.web.beside import base_url
from relay.web.desk.judging import typed
from relay.web.desk.judging.clip import refused
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import render

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=2000)]
Queue = Annotated[ClipState, Form()]


@router.get("/campaigns/{slug}/returned", name="returned")
def returned(request: Request, slug: str) -> Response:
    relay = relay_of(request)
    rows = mending.listing(relay, slug, base_url(request))
    return render(
        request,
        "returned.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        waiting=[row for row in rows if row.state is MendingState.open],
        answered=[row for row in rows if row.state is MendingState.answered],
        asks=ASKS,
    )


@router.post("/clips/{clip_id}/return", name="send_back")
def send_back(
    request: Request,
    clip_id: ClipId,
    seen: Annotated[ClipState, Form()],
    asked: Annotated[list[str] | None, Form(max_length=20)] = None,
    note: Text = "",
) -> Response:
    """The clip's page again: it has the message to copy."""
    done = partial(
        mending.send_back, relay_of(request), clip_id, asked or [], person=person_of(request), seen=seen, note=note
    )
    return _changed(request, clip_id, done, f"/clips/{clip_id}#returned", dialog="send-back")


@router.post("/clips/{clip_id}/call-off", name="call_off")
def call_off(request: Request, clip_id: ClipId) -> Response:
    done = partial(mending.call_off, relay_of(request), clip_id, person=person_of(request))
    return _changed(request, clip_id, done, f"/clips/{clip_id}")


@router.post("/clips/{clip_id}/look", name="second_look")
def second_look(
    request: Request,
    clip_id: ClipId,
    verdict: Annotated[Literal["approve", "reject"], Form()],
    sent: typed.Posted,
    queue: Queue = ClipState.awaiting,
) -> Response:
    """The second look at a clip that a colleague has judged, and what was typed beside it; then the next clip."""
    relay = relay_of(request)
    slug = desk.slug_of(relay, clip_id)
    done = partial(one_form.look_again, relay, clip_id, sent.form, Verdict(verdict), person=person_of(request))
    there = f"/campaigns/{slug}/queue?state={queue.value}&after={clip_id}"
    return _changed(request, clip_id, done, there, sent=sent)


def _changed(
    request: Request,
    clip_id: int,
    change: Callable[[], object],
    there: str,
    *,
    dialog: str = "",
    sent: typed.PostedForm | None = None,
) -> Response:
    """What was done leads there; else the clip's page says why nothing was."""
    try:
        change()
    except Refused as error:
        again = "" if isinstance(error, Stale) else dialog
        return refused(request, clip_id, ClipState.awaiting, error, dialog=again, sent=sent)
    return RedirectResponse(there, status_code=303)
