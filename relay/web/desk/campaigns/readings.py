"""When each source is read and why so often, what that spends of the quotas; and reading all of them at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from relay.collect import campaigns, schedule
from relay.collect.leading import at_once
from relay.collect.schedule import ReadingPlan
from relay.context import Relay
from relay.errors import RelayError
from relay.language.catalogue import translator
from relay.language.numbers import number
from relay.moderation import desk
from relay.sources import networks
from relay.web.access import relay_of
from relay.web.background.errands import LOOKING_AGAIN, READING, Errands, ErrandView, Told
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words.campaigns import SOURCE_STATES
from relay.web.words.readings import quotas_told

router = APIRouter()


@router.get("/campaigns/{slug}/sources/plan", name="source_plan")
def plan_page(request: Request, slug: str) -> Response:
    return _page(request, slug)


@router.post("/campaigns/{slug}/sources/read", name="read_sources")
def read_sources(request: Request, slug: str) -> Response:
    """Takes minutes: it goes on while the page tells how far it is."""

    def work(relay: Relay, told: Told) -> object:
        return at_once.read(relay, slug, lambda done, total, _line: told(done, total))

    return _begin(request, slug, READING, work)


@router.post("/campaigns/{slug}/sources/look-again", name="look_again")
def look_again(request: Request, slug: str) -> Response:
    return _begin(request, slug, LOOKING_AGAIN, lambda relay, _told: at_once.look_again(relay, slug))


def _begin(request: Request, slug: str, what: str, work: Callable[[Relay, Told], object]) -> Response:
    relay = relay_of(request)
    campaigns.get(relay, slug)
    try:
        _errands(request).begin(relay, slug, what, partial(work, relay))
    except RelayError as error:
        return _page(request, slug, error=error)
    return RedirectResponse(f"/campaigns/{slug}/sources/plan#now", status_code=303)


def _page(request: Request, slug: str, *, error: RelayError | None = None) -> Response:
    relay, language = relay_of(request), language_of(request)
    told = translator(language).tell
    plan, campaign = schedule.show(relay, slug), desk.campaign(relay, slug)
    return render(
        request,
        "source_plan.html",
        status=200 if error is None else status_of(error),
        campaign=campaign,
        counts=desk.counts(relay, slug),
        plan=plan,
        quotas=_quotas(plan, language),
        states=SOURCE_STATES,
        figure=lambda value: number(value, language, 1),
        local=partial(desk.local, campaign),
        reading=_last(request, slug, READING),
        looking=_last(request, slug, LOOKING_AGAIN),
        notice=told(error.line) if error is not None else None,
    )


def _quotas(plan: ReadingPlan, language: str) -> list[str]:
    """A paragraph for each."""
    told = quotas_told(
        plan,
        translator(language).tell,
        lambda value: number(value, language),
        lambda name: networks.describe(name).title(language),
    )
    return [" ".join(lines) for lines in told]


def _last(request: Request, slug: str, what: str) -> ErrandView | None:
    return next((one for one in reversed(_errands(request).listing(slug)) if one.what == what), None)


def _errands(request: Request) -> Errands:
    found = request.app.state.errands
    assert isinstance(found, Errands)
    return found
