"""Campaigns and sweeps in a line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import col, select

from relay.context import Relay
from relay.language.sentence import as_sentence, filled
from relay.models import Campaign, CampaignState

if TYPE_CHECKING:
    from relay.models import Sweep

NEWEST_FIRST = select(Campaign).order_by(col(Campaign.created_at).desc(), col(Campaign.id).desc())


@dataclass(frozen=True, slots=True)
class CampaignRow:
    slug: str
    title: str
    state: CampaignState
    hashtags: list[str]


class SweepCount:
    """Counts sweeps while they are made: `begin` and `sweep` are what `crawl.crawl` tells."""

    def __init__(self, told: Callable[[int, int, str], None]) -> None:
        self._told, self._done, self._total = told, 0, 0

    def begin(self, total: int) -> None:
        self._total = total

    def sweep(self, made: Sweep) -> None:
        self._done += 1
        self._told(self._done, self._total, swept(made))


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
    with relay.reading() as session:
        return [campaign_row(each) for each in session.exec(NEWEST_FIRST)]


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


def swept(sweep: Sweep) -> str:
    """A sweep in a line, while somebody waits."""
    if sweep.complete:
        return filled(
            "Source {source}: posts seen: {seen}, with the tag: {matched}, new: {new}.",
            source=sweep.source_id,
            seen=sweep.posts_seen,
            matched=sweep.posts_matched,
            new=sweep.posts_new,
        )
    return filled(
        "Source {source}: not read to the end. {fault}", source=sweep.source_id, fault=as_sentence(sweep.fault)
    )
