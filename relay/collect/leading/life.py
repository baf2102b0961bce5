"""Turns in a campaign's life that only a person makes: other days before it begins, into the archive and out again."""

from __future__ import annotations

from datetime import date

from sqlmodel import Session, select

from relay.collect import campaigns
from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import Sentence
from relay.models import Campaign, CampaignState, EventKind
from relay.records import add_event, find_campaign


def reschedule(
    relay: Relay, slug: str, opens: str | date, closes: str | date, *, person: str, day_first: bool = False
) -> Campaign:
    """Other days for a campaign that has not started yet. Raises NotFound, Refused for one that has.

    Both as in `campaigns.new`; `day_first`: see `dates.moment`.
    """
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is not CampaignState.draft:
            raise Refused("Campaign {slug} has started: its end can be moved, its beginning can't.", slug=slug)
        zone = campaigns.zone_of(campaign.tz)
        opens_at, closes_at = campaigns.window_of(opens, closes, zone, day_first=day_first)
        before = {"from": campaign.opens_at.isoformat(), "to": campaign.closes_at.isoformat()}
        campaigns.move(session, campaign, opens_at=opens_at, closes_at=closes_at)
        campaign = find_campaign(session, slug)
        add_event(session, relay.now(), campaign, EventKind.window_moved, person, **before)
        return campaigns.reconsidered(session, campaign)


def archive(relay: Relay, slug: str, *, person: str) -> Campaign:
    """Puts a campaign aside: nothing is read or fetched for it any more, its hand-in page is closed, all stays to be
    seen. Raises NotFound, and Refused for one that runs or is archived.
    """
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        refuse_archived(campaign)
        if campaign.state is CampaignState.running:
            raise Refused("Campaign {slug} runs. Stop it first.", slug=slug)
        campaigns.move(session, campaign, state=CampaignState.archived, last_sweep_due=False, hand_in=False, held=True)
        campaign = find_campaign(session, slug)
        add_event(session, relay.now(), campaign, EventKind.archived, person)
        return campaign


def bring_back(relay: Relay, slug: str, *, person: str) -> Campaign:
    """Out of the archive: it is stopped, as if by hand, and starts again only by hand. Raises NotFound, Refused."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is not CampaignState.archived:
            raise Refused("Campaign {slug} is not archived.", hint="It is {now}.", slug=slug,
                          now=Sentence(campaign.state.value))  # fmt: skip
        stopped_at = campaign.stopped_at or relay.now()
        campaigns.move(session, campaign, state=CampaignState.stopped, stopped_at=stopped_at)
        campaign = find_campaign(session, slug)
        add_event(session, relay.now(), campaign, EventKind.brought_back, person)
        return campaign


def refuse_archived(campaign: Campaign) -> None:
    """Raises Refused."""
    if campaign.state is CampaignState.archived:
        raise Refused("Campaign {slug} is archived.", hint="Take it out of the archive first.", slug=campaign.slug)


def held(session: Session, slug: str) -> Campaign:
    """The campaign, which nobody else changes until this unit of work ends. Raises NotFound."""
    wanted = select(Campaign).where(Campaign.slug == slug).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    return found or find_campaign(session, slug)
