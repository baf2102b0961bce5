"""The queue has no page of its own: it leads to the next clip, or says that there is none."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.team import live, own_decisions, queue
from relay.web.access import person_of, relay_of, visitor_of
from relay.web.page import render

router = APIRouter()

LARGEST_ID = 2**31 - 1


@router.get("/campaigns/{slug}/queue", name="queue")
def page(
    request: Request,
    slug: str,
    state: ClipState = ClipState.awaiting,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    *,
    back: bool = False,
) -> Response:
    """Whoever may decide gets a clip of their own; whoever only looks, the first one."""
    relay, person = relay_of(request), person_of(request)
    if visitor_of(request).may("decide"):
        clip_id = queue.hand_out(relay, slug, person, state=state, after=after, backwards=back)
    else:
        clip_id = queue.first(relay, slug, state=state, after=after, backwards=back)
    if clip_id is not None:
        return RedirectResponse(clip_address(clip_id, state), status_code=303)
    seen = live.look(relay, slug)
    return render(
        request,
        "queue_empty.html",
        campaign=desk.campaign(relay, slug),
        counts=seen.counts,
        state=state.value,
        elsewhere=[claim for claim in seen.claims if claim.state is state and claim.person != person],
        free=seen.free(state, person),
        present=seen.here,
        last=own_decisions.last(relay, slug, person),
    )


def clip_address(clip_id: int, state: ClipState) -> str:
    return f"/clips/{clip_id}" + ("" if state is ClipState.awaiting else f"?queue={state.value}")


def next_address(request: Request, clip_id: int, state: ClipState) -> str:
    """Where a decision on that clip leads: to the next one, which is the person's own from then on."""
    relay = relay_of(request)
    slug = desk.slug_of(relay, clip_id)
    following = queue.hand_out(relay, slug, person_of(request), state=state, after=clip_id)
    return f"/campaigns/{slug}/queue?state={state.value}" if following is None else clip_address(following, state)
