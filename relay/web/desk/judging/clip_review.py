"""Taking back what was proposed for a clip's picture; changing it is part of the clip's one form (clip.py)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import clip_reviews
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()


@router.post("/clips/{clip_id}/review/undo", name="undo_review")
def undo_review(
    request: Request,
    clip_id: Annotated[int, InPath(ge=1, le=LARGEST_ID)],
    seen: Annotated[int, Form(ge=1, le=LARGEST_ID)],
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    clip_reviews.undo(relay_of(request), clip_id, person=person_of(request), seen=seen)
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)
