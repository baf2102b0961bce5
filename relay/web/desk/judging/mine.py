"""What I decided: a day's decisions, each with what takes it back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.moderation import desk
from relay.moderation.team import own_decisions
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.page import render

router = APIRouter()


@router.get("/campaigns/{slug}/mine", name="mine")
def mine(
    request: Request,
    slug: str,
    day: Annotated[date | None, Query(ge=date(2000, 1, 1), le=date(2999, 12, 30))] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """`day`: of the campaign's zone, today by default; `before`: the decision behind which the list goes on."""
    relay = relay_of(request)
    shown = own_decisions.of_day(relay, slug, person_of(request), day, before=before)
    return render(
        request,
        "mine.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        shown=shown,
        earlier=shown.day - timedelta(days=1),
        later=shown.day + timedelta(days=1) if shown.day < shown.today else None,
    )
