"""All clips of a campaign as posters, by state, a page at a time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.models import ClipState
from relay.moderation import desk, recordings
from relay.web.access import relay_of
from relay.web.desk.queue import LARGEST_ID
from relay.web.page import render

router = APIRouter()

PAGE = 48


@router.get("/campaigns/{slug}/clips", name="clips")
def clips(
    request: Request,
    slug: str,
    state: ClipState | None = None,
    doubtful: bool = False,
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    relay = relay_of(request)
    found = desk.page(relay, slug, state=state, after=after, size=PAGE + 1, doubtful=doubtful)
    return render(
        request,
        "clips.html",
        copies=recordings.copies(relay, [clip.id for clip in found[:PAGE]]),
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        state=state.value if state else "",
        doubtful=doubtful,
        in_doubt=desk.doubtful(relay, slug),
        clips=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        first=after is None,
    )
