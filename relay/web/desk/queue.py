"""The queue has no page of its own: it leads to the next clip, or says that there is none."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import desk
from relay.web.access import person_of, relay_of, visitor_of
from relay.web.page import render

router = APIRouter()

LARGEST_ID = 2**31 - 1


@router.get("/campaigns/{slug}/queue", name="queue")
def queue(
    request: Request,
    slug: str,
    state: ClipState = ClipState.awaiting,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    *,
    back: bool = False,
) -> Response:
    relay = relay_of(request)
    person = person_of(request)
    following = desk.queue(relay, slug, state=state, after=after, backwards=back, person=person)
    if following is not None:
        return RedirectResponse(clip_address(following.id, state), status_code=303)
    account = visitor_of(request).account
    return render(
        request,
        "queue_empty.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        state=state.value,
        last=desk.last_decision(relay, slug, account.name) if account else None,
    )


def clip_address(clip_id: int, state: ClipState) -> str:
    return f"/clips/{clip_id}" + ("" if state is ClipState.awaiting else f"?queue={state.value}")
