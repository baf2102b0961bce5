"""What a clip's words say, beside the form: a script puts it into the fields; without one this page saves it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.suggestions import service
from relay.moderation.suggestions.evidence import Suggestion
from relay.web.access import person_of, relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()

ClipId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Chosen = Annotated[list[str], Form(max_length=12)]


def suggested(request: Request, clip: desk.ClipDetails) -> list[Suggestion]:
    """The proposals for whoever may take them; none for a clip that is withdrawn."""
    if clip.state is ClipState.withdrawn or not visitor_of(request).may("edit"):
        return []
    return service.of_clip(relay_of(request), clip.id)


@router.post("/clips/{clip_id}/suggestions", name="take_suggestions")
def take(
    request: Request, clip_id: ClipId, take: Chosen, queue: Annotated[ClipState, Form()] = ClipState.awaiting
) -> Response:
    """`take`: `field:value` of each proposal, or `all`. Saves at once; a script only fills the fields."""
    service.take(relay_of(request), clip_id, take, person=person_of(request))
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)
