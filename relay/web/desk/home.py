"""The first page: what is going on, what waits, what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from relay.alerts import open_alerts
from relay.board import waits
from relay.collect import campaigns, sources, without_video
from relay.collect.found import near_misses
from relay.context import Relay
from relay.models import Campaign, CampaignState
from relay.moderation import desk
from relay.moderation.rules import Right
from relay.moderation.team import presence
from relay.moderation.withdrawal import films_to_remake
from relay.web.access import relay_of, visitor_of
from relay.web.page import render
from relay.web.words import wording

router = APIRouter()


@router.get("/", name="home")
def home(request: Request) -> Response:
    relay = relay_of(request)
    seen = seen_campaigns(request)
    archived = [campaign for campaign in seen if campaign.state is CampaignState.archived]
    with relay.reading() as session:
        alerts = open_alerts(session) if visitor_of(request).may(Right.view) else []
    return render(
        request,
        "home.html",
        campaigns=[_campaign(relay, campaign) for campaign in seen if campaign not in archived],
        archived=archived,
        alerts=alerts,
        remake=[film for film in films_to_remake(relay) if film.campaign in {campaign.slug for campaign in seen}],
    )


def seen_campaigns(request: Request) -> list[Campaign]:
    """Those that the visitor may look at."""
    visitor = visitor_of(request)
    return [each for each in campaigns.all_campaigns(relay_of(request)) if visitor.may_in(each.id, Right.view)]


@dataclass(frozen=True, slots=True)
class CampaignCard:
    """A campaign on the first page; times in its zone, `near` and `without_video`: posts that wait for a person;
    `coming`: videos on their way.
    """

    row: Campaign
    counts: Mapping[str, int]
    doubtful: int
    near: int
    without_video: int
    opens: datetime
    closes: datetime
    health: Mapping[str, list[sources.SourceView]]
    last_sweep: str | None
    present: list[presence.PersonHere]
    coming: int


def _campaign(relay: Relay, campaign: Campaign) -> CampaignCard:
    rows = sources.listing(relay, campaign.slug)
    return CampaignCard(
        row=campaign,
        counts=desk.counts(relay, campaign.slug),
        doubtful=desk.doubtful(relay, campaign.slug),
        near=near_misses.counts(relay, campaign.slug)["waiting"],
        without_video=without_video.counts(relay, campaign.slug)["waiting"],
        opens=desk.local(campaign, campaign.opens_at),
        closes=desk.local(campaign, campaign.closes_at),
        health=wording.health(rows),
        last_sweep=max((source.last_sweep for source in rows if source.last_sweep), default=None),
        present=presence.here(relay, campaign.slug),
        coming=_coming(relay, campaign),
    )


def _coming(relay: Relay, campaign: Campaign) -> int:
    with relay.reading() as session:
        return waits.coming(session, campaign)[0]
