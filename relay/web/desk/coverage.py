"""What was read of each source, what was not, and what that means for the film."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.collect.ledger import coverage
from relay.estimate import LEAST_SHARED
from relay.language.dates import short_day
from relay.moderation import desk
from relay.web.access import relay_of
from relay.web.page import language_of, render

router = APIRouter()

MOST_PAGES = 10_000
SUMMED = ("read", "matched", "near", "fetched", "waiting", "refused", "hidden", "without")


@router.get("/campaigns/{slug}/coverage", name="coverage")
def coverage_page(request: Request, slug: str, page: Annotated[int, Query(ge=1, le=MOST_PAGES)] = 1) -> Response:
    relay = relay_of(request)
    found, language = coverage.overview(relay, slug, page), language_of(request)
    return render(
        request,
        "coverage.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        found=found,
        report=found.report,
        sums=_sums(found.report.days),
        sums_of=_sums,
        cover=_cover,
        least_shared=LEAST_SHARED,
        day_name=lambda day: short_day(date.fromisoformat(day), language, relay.now().year),
    )


def _sums(days: list[coverage.CoverageDay]) -> dict[str, int]:
    return {name: sum(getattr(day, name) for day in days) for name in SUMMED}


def _cover(day: coverage.CoverageDay) -> str:
    """How a day is drawn: `full`, `part` or `none`; what only waits for its next reading is no hole."""
    if not day.holes:
        return "full"
    return "none" if day.covered == 0 else "part"
