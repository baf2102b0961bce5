"""Two versions of a film side by side, played in step."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.almanac.delivery import previews
from relay.almanac.delivery.reviewing import comparing
from relay.almanac.delivery.reviewing.comparing import PREVIEW
from relay.almanac.plan import queries
from relay.errors import NotFound
from relay.moderation import desk
from relay.views import as_json
from relay.web.access import relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.page import render
from relay.web.words import films

router = APIRouter()

Version = Annotated[int, Query(ge=PREVIEW, le=LARGEST_ID)]


class InStep(StrEnum):
    """What both players show at once: the same moment of the film, or the same picture of a clip."""

    moment = "moment"
    segment = "segment"


@router.get("/almanacs/{slug}/{name}/compare", name="compare")
def compare(
    request: Request, slug: str, name: str, left: Version = 0, right: Version = 0, by: InStep = InStep.segment
) -> Response:
    """`left`, `right`: numbers of versions, -1 for the preview; 0: the newest on the right, the one before on the left.

    A film with one version is beside its preview.
    """
    relay = relay_of(request)
    numbers = [row.version for row in queries.show(relay, slug, name).renders]
    preview = previews.newest(relay, slug, name)
    sides = [*numbers, *([PREVIEW] if preview else [])]
    if len(sides) < 2:
        raise NotFound("There is nothing to compare yet: this film has one version.")
    usual = sorted(numbers)[-2:] if len(numbers) > 1 else sides[-2:]
    chosen = left or usual[0], right or usual[1]
    return render(
        request,
        "compare.html",
        campaign=desk.campaign(relay, slug),
        almanac=queries.show(relay, slug, name),
        here=address(slug, name),
        sides=sides,
        chosen=chosen,
        by=by,
        preview=preview,
        compared=(found := comparing.side_by_side(relay, slug, name, *chosen)),
        common=as_json(found.common),
        told=films,
    )
