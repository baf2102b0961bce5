"""Campaigns and sweeps in a line each."""

from __future__ import annotations

from dataclasses import dataclass

from relay.collect import campaigns
from relay.context import Relay
from relay.models import Campaign, CampaignState, Sweep


@dataclass(frozen=True, slots=True)
class CampaignRow:
    slug: str
    title: str
    state: CampaignState
    hashtags: list[str]


@dataclass(frozen=True, slots=True)
class SweepView:
    """What one reading of a source brought. `fault`: why it ended before its end, "" where it did not."""

    source: int
    complete: bool
    seen: int
    matched: int
    new: int
    requests: int
    fault: str


def campaign_row(campaign: Campaign) -> CampaignRow:
    return CampaignRow(campaign.slug, campaign.title, campaign.state, campaign.hashtags)


def campaign_rows(relay: Relay) -> list[CampaignRow]:
    """All campaigns, the newest first."""
    return [campaign_row(each) for each in campaigns.all_campaigns(relay)]


def sweep_view(sweep: Sweep) -> SweepView:
    return SweepView(
        source=sweep.source_id,
        complete=sweep.complete,
        seen=sweep.posts_seen,
        matched=sweep.posts_matched,
        new=sweep.posts_new,
        requests=sweep.requests,
        fault=sweep.fault,
    )
