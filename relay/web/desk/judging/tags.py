"""Words of the moderators' own on one clip; on many at once they are put in the list (lists/many.py)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.finding import bulk, clips
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID, clip_address

router = APIRouter()


def tags_of(request: Request, clip_id: int) -> list[str]:
    with relay_of(request).reading() as session:
        return clips.tags_of(session, [clip_id]).get(clip_id, [])


@router.post("/clips/{clip_id}/tags", name="tag_clip")
def tag_clip(
    request: Request,
    clip_id: Annotated[int, InPath(ge=1, le=LARGEST_ID)],
    tag: Annotated[str, Form(max_length=200)],
    do: Annotated[Literal["add", "remove"], Form()] = "add",
    queue: Annotated[ClipState, Form()] = ClipState.awaiting,
) -> Response:
    relay = relay_of(request)
    clip = desk.show(relay, clip_id)
    chosen = bulk.Selection({clip_id: clip.state}, relay.now())
    bulk.tag(relay, clip.campaign, chosen, tag, person=person_of(request), remove=do == "remove")
    return RedirectResponse(clip_address(clip_id, queue), status_code=303)
