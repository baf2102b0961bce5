from __future__ import annotations

from fastapi import Request, Response

from relay.collect import campaigns, schedule, sources
from relay.collect.leading import pasting
from relay.collect.schedule import ReadingPlan
from relay.collect.sources import SourceView
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, page
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.campaigns import begun, errands_of
from relay.web.api.schemas import model_of, several
from relay.web.background.errands import ErrandView

router = routes("The places where posts are looked for.")


@router.get(
    "/campaigns/{slug}/sources",
    name="sources",
    response_model=several(SourceView),
    summary="The campaign's sources, their state and how far they are read.",
)
def listing(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    return page(request, sources.listing(relay, slug), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/sources",
    name="add_source",
    status_code=201,
    response_model=model_of(SourceView),
    summary="Add one or several places to look at.",
)
def add(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.NewSource) -> Response:
    if pasting.is_on_this_machine(body.address):
        raise Refused("Files of this machine are added on the command line only.")
    made = sources.add(relay, slug, body.address, district=body.district, person=who)
    return answer(request, _shown(relay, slug, made.id), status=201)


@router.get(
    "/campaigns/{slug}/sources/plan",
    name="reading_plan",
    response_model=model_of(ReadingPlan),
    summary="How often each source is read, what that spends of the daily quotas, and what more tokens would change.",
)
def plan(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    return answer(request, schedule.show(relay, slug))


@router.post(
    "/campaigns/{slug}/sources/check",
    name="check_sources",
    status_code=202,
    response_model=model_of(ErrandView),
    summary="Ask the networks now whether each source can be read.",
)
def check(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    """An errand: its `result` is the list of sources."""
    campaigns.get(relay, slug)
    return begun(
        request, errands_of(request).begin(relay, slug, "check sources", lambda _told: sources.check(relay, slug))
    )


@router.post(
    "/campaigns/{slug}/sources/{source}/pause",
    name="pause_source",
    response_model=model_of(SourceView),
    summary="Leave a source out until it is resumed.",
)
def pause(request: Request, relay: Here, who: Who, slug: bodies.Slug, source: bodies.Id) -> Response:
    sources.pause(relay, slug, source, person=who)
    return answer(request, _shown(relay, slug, source))


@router.post(
    "/campaigns/{slug}/sources/{source}/resume",
    name="resume_source",
    response_model=model_of(SourceView),
    summary="Read a paused or closed source again.",
)
def resume(request: Request, relay: Here, who: Who, slug: bodies.Slug, source: bodies.Id) -> Response:
    sources.resume(relay, slug, source, person=who)
    return answer(request, _shown(relay, slug, source))


@router.put(
    "/campaigns/{slug}/sources/{source}/district",
    name="set_district",
    response_model=model_of(SourceView),
    summary="Say which district a source stands for.",
)
def set_district(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, source: bodies.Id, body: bodies.SourceDistrict
) -> Response:
    before = _shown(relay, slug, source).district if body.seen is None else body.seen
    late = sources.set_districts(relay, slug, {source: (before, body.district)}, person=who)
    if late:
        raise Stale("Somebody else has set this district meanwhile.", state=late[0].district)
    return answer(request, _shown(relay, slug, source))


def _shown(relay: Relay, slug: str, number: int | None) -> SourceView:
    found = next((row for row in sources.listing(relay, slug) if row.id == number), None)
    if found is None:
        raise NotFound("There is nothing of this name.")
    return found
