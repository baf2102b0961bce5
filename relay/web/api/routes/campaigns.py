from __future__ import annotations

from fastapi import Request, Response

from relay.collect import campaigns, comments, summaries
from relay.collect.campaigns import CampaignStatus
from relay.collect.leading import at_once
from relay.collect.ledger import coverage
from relay.collect.ledger.coverage import CoverageReport
from relay.collect.summaries import CampaignRow
from relay.intake.hand_in import hand_ins
from relay.intake.hand_in.hand_ins import HandInView
from relay.models import need_id
from relay.web.api import bodies
from relay.web.api.answers import USUAL, After, Limit, answer, page
from relay.web.api.bearer import Here, Who, visitor_of
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several
from relay.web.background.errands import LOOKING_AGAIN, READING, Errands, ErrandView, Told

router = routes("Open, close and watch campaigns.")


@router.get("/campaigns", name="campaigns", summary="All campaigns.", response_model=several(CampaignRow))
def listing(request: Request, relay: Here, limit: Limit = USUAL, after: After = "") -> Response:
    """Those that the token's owner may see, in the order of their short names."""
    seen = visitor_of(request)
    rows = [
        summaries.campaign_row(each) for each in campaigns.all_campaigns(relay) if seen.may_in(need_id(each), "view")
    ]
    return page(request, rows, lambda row: row.slug, after=after, limit=limit)


@router.post(
    "/campaigns",
    name="new_campaign",
    status_code=201,
    response_model=model_of(CampaignStatus),
    summary="Create a campaign. It starts by itself when it opens, or with `relay campaign start`.",
)
def new(request: Request, relay: Here, body: bodies.NewCampaign) -> Response:
    made = campaigns.new(relay, **body.model_dump())
    place = {"Location": f"/api/v1/campaigns/{made.slug}"}
    return answer(request, campaigns.status(relay, made.slug), status=201, headers=place)


@router.get(
    "/campaigns/{slug}",
    name="campaign",
    response_model=model_of(CampaignStatus),
    summary="How the campaign stands: sources, posts, videos, clips, alerts.",
)
def status(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    return answer(request, campaigns.status(relay, slug))


@router.post(
    "/campaigns/{slug}/start",
    name="start_campaign",
    response_model=model_of(CampaignStatus),
    summary="Start collecting now.",
)
def start(request: Request, relay: Here, who: Who, slug: bodies.Slug) -> Response:
    campaigns.start(relay, slug, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.post(
    "/campaigns/{slug}/stop",
    name="stop_campaign",
    response_model=model_of(CampaignStatus),
    summary="Stop collecting: one last sweep is made, then what counts is frozen.",
)
def stop(request: Request, relay: Here, who: Who, slug: bodies.Slug) -> Response:
    campaigns.stop(relay, slug, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.post(
    "/campaigns/{slug}/extend",
    name="extend_campaign",
    response_model=model_of(CampaignStatus),
    summary="Move the closing time.",
)
def extend(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.Closing) -> Response:
    campaigns.extend(relay, slug, body.closes, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.put(
    "/campaigns/{slug}/comments",
    name="switch_comments",
    response_model=model_of(CampaignStatus),
    summary="Look for the tag in comments below posts, or leave them aside.",
)
def switch_comments(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.Switched) -> Response:
    comments.set_for(relay, slug, on=body.on, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.put(
    "/campaigns/{slug}/hand-in",
    name="switch_hand_in",
    response_model=model_of(CampaignStatus),
    summary="Open or close the public page on which participants hand videos in. It is closed until it is opened.",
)
def switch_hand_in(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.HandInPage) -> Response:
    hand_ins.switch(relay, slug, is_open=body.open, person=who)
    return answer(request, campaigns.status(relay, slug))


@router.get(
    "/campaigns/{slug}/hand-ins",
    name="hand_ins",
    response_model=several(HandInView),
    summary="All hand-ins of a campaign: number, state, who, and the clips that came of them.",
)
def of_participants(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: After = ""
) -> Response:
    return page(request, hand_ins.listing(relay, slug), lambda row: row.number, after=after, limit=limit)


@router.get(
    "/campaigns/{slug}/coverage",
    name="api_coverage",
    response_model=model_of(CoverageReport),
    summary="What was read of each source, where holes are, and how much both channels missed.",
)
def covered(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    return answer(request, coverage.report(relay, slug))


@router.post(
    "/campaigns/{slug}/crawl",
    name="crawl",
    status_code=202,
    response_model=model_of(ErrandView),
    summary="Sweep every active source now.",
)
def read_now(request: Request, relay: Here, slug: bodies.Slug, body: bodies.Crawling) -> Response:
    """An errand: its `result` is a list of sweeps."""
    campaigns.get(relay, slug)

    def work(told: Told) -> object:
        return at_once.read(
            relay, slug, lambda done, total, _line: told(done, total), deep=body.deep, comments=body.comments
        )

    return begun(request, errands_of(request).begin(relay, slug, READING, work))


@router.post(
    "/campaigns/{slug}/recheck",
    name="recheck",
    status_code=202,
    response_model=model_of(ErrandView),
    summary="Look now whether the posts of all clips are still there.",
)
def look_again(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    """An errand: its `result` says how many posts were looked up, are gone, and put clips in doubt."""
    campaigns.get(relay, slug)
    return begun(
        request, errands_of(request).begin(relay, slug, LOOKING_AGAIN, lambda _told: at_once.look_again(relay, slug))
    )


@router.get(
    "/campaigns/{slug}/errands",
    name="errands",
    response_model=several(ErrandView),
    summary="What was begun and takes longer than a request.",
)
def all_errands(request: Request, slug: bodies.Slug) -> Response:
    return answer(request, errands_of(request).listing(slug))


@router.get(
    "/campaigns/{slug}/errands/{errand}",
    name="errand",
    response_model=model_of(ErrandView),
    summary="How far an errand is, and what came of it.",
)
def one_errand(request: Request, slug: bodies.Slug, errand: bodies.Id) -> Response:
    return answer(request, errands_of(request).get(slug, errand))


def errands_of(request: Request) -> Errands:
    found = request.app.state.errands
    assert isinstance(found, Errands)
    return found


def begun(request: Request, errand: ErrandView) -> Response:
    place = {"Location": f"/api/v1/campaigns/{errand.campaign}/errands/{errand.id}"}
    return answer(request, errand, status=202, headers=place)
