"""A campaign is made of the answers to its questions, or tried before it is made. What is there is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import select

from relay.collect import campaigns, dry_run
from relay.collect.leading import pasting
from relay.collect.leading.answers import SetupAnswers
from relay.collect.leading.pasting import PastedLine, PasteOutcome
from relay.context import Relay
from relay.models import Campaign, Source


@dataclass(frozen=True, slots=True)
class Tried:
    """A campaign that is not there yet, tried: each of its places, and what would have been found in them."""

    places: Sequence[PastedLine]
    found: dry_run.DryRun
    campaign: Campaign = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """`is_new`: it was not there before. `places`: what became of each address."""

    campaign: Campaign
    is_new: bool
    places: Sequence[PastedLine] = ()


def existing(relay: Relay, slug: str) -> Campaign | None:
    with relay.reading() as session:
        return session.exec(select(Campaign).where(Campaign.slug == slug)).first()


def campaign_of(relay: Relay, answers: SetupAnswers, *, language: str, comments: bool = False) -> Opened:
    """The campaign that the answers describe, made where it isn't there yet. Raises Refused."""
    if (found := existing(relay, answers.slug)) is not None and found.hashtags == answers.hashtags:
        return Opened(found, is_new=False)
    made = campaigns.new(
        relay,
        slug=answers.slug,
        title=answers.title,
        hashtags=answers.hashtags,
        aliases=answers.aliases or [],
        opens=answers.opens,
        closes=answers.closes,
        tz=answers.tz,
        language=language,
        comments=comments,
        permission=answers.permission,
        gate=answers.gate,
    )
    return Opened(made, is_new=True)


def open_campaign(
    relay: Relay, answers: SetupAnswers, *, language: str, person: str, here: bool, patience: float | None = None
) -> Opened:
    """The campaign with its sources; it begins at once where its first day has come. Repeating it makes nothing twice.

    `here`, `patience`: see `pasting.look_up`. Raises Refused, and then nothing is made.
    """
    opened = campaign_of(relay, answers, language=language)
    wanted = pasting.lines_of("\n".join(answers.sources), relay)
    places = list(pasting.add_all(relay, opened.campaign.slug, wanted, person=person, here=here, patience=patience))
    campaigns.on_time(relay, opened.campaign.slug)
    return Opened(campaigns.get(relay, opened.campaign.slug), opened.is_new, places)


def try_out(relay: Relay, answers: SetupAnswers, *, here: bool, patience: float | None = None) -> Tried:
    """Looks every place up and reads what can be read, within a few requests; nothing is kept. Raises Refused."""
    campaign = _imagined(answers, relay.now())
    wanted = pasting.lines_of("\n".join(answers.sources), relay)
    places, rows = [], []
    for line, place in pasting.look_up(relay, wanted, here=here, patience=patience):
        places.append(line)
        if place is not None and line.outcome is PasteOutcome.found:
            rows.append(
                Source(
                    campaign_id=0,
                    address=place.address,
                    network=place.network,
                    owner_id=place.owner_id,
                    title=place.title,
                    created_at=relay.now(),
                )
            )
    return Tried(places, dry_run.read_all(relay, campaign, rows), campaign)


def _imagined(answers: SetupAnswers, now: datetime) -> Campaign:
    opens_at, closes_at = campaigns.window_of(answers.opens, answers.closes, campaigns.zone_of(answers.tz))
    return Campaign(
        slug=answers.slug,
        title=answers.title,
        hashtags=answers.hashtags,
        aliases=answers.aliases or [],
        opens_at=opens_at,
        closes_at=closes_at,
        tz=answers.tz,
        created_at=now,
    )
