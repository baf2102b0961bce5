"""What was read of each source, what was not, and what that means for the film."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response

from relay.collect.ledger import coverage
from relay.language.dates import short_day
from relay.moderation import desk
from relay.web.access import relay_of
from relay.web.page import language_of, render

router = APIRouter()

SUMMED = ("read", "matched", "near", "fetched", "waiting", "refused", "hidden", "without")


@router.get("/campaigns/{slug}/coverage", name="coverage")
def coverage_page(request: Request, slug: str) -> Response:
    relay = relay_of(request)
    report, language = coverage.report(relay, slug), language_of(request)
    report.sources.sort(key=lambda source: (not source.holes, source.covered))
    return render(
        request,
        "coverage.html",
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        report=report,
        sums=_sums(report.days),
        sums_of=_sums,
        cover=_cover,
        day_name=lambda day: short_day(date.fromisoformat(day), language, relay.now().year),
    )


def _sums(days: list[coverage.CoverageDay]) -> dict[str, int]:
    return {name: sum(getattr(day, name) for day in days) for name in SUMMED}


def _cover(day: coverage.CoverageDay) -> str:
    """How a day is drawn: `full`, `part` or `none`; what only waits for its next reading is no hole."""
    if not day.holes:
        return "full"
    return "none" if day.covered == 0 else "part"
