"""Days in the fields of a form: as people of each language write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fastapi import Request

from relay.collect import campaigns
from relay.language import dates
from relay.models import Campaign
from relay.web.page import language_of

PATTERNS: Mapping[str, str] = {"ru": "dd.MM.y", "fr": "dd/MM/y", "en": "d MMMM y"}
"""Language → how a day is written in a field (CLDR)."""
USUAL = "y-MM-dd"
DAY_FIRST = frozenset({"fr"})
"""Languages in which `11/01/2023` can mean one day only."""
END_OF_DAY = "23:59"


def day_first(request: Request) -> bool:
    return language_of(request) in DAY_FIRST


def in_field(iso: str, language: str) -> str:
    """`2023-01-18` as the language writes it, `2023-01-18T21:30` with its time; what is no such day stays as it is."""
    try:
        at = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    day = dates.when(at, language, PATTERNS.get(language, USUAL))
    return f"{day} {at:%H:%M}" if "T" in iso else day


def of_campaign(campaign: Campaign, language: str) -> tuple[str, str]:
    """First and last day or moment of a campaign, for two fields."""
    zone = campaigns.zone_of(campaign.tz)
    opens, closes = (at.astimezone(zone) for at in (campaign.opens_at, campaign.closes_at))
    first = f"{opens:%Y-%m-%d}" if f"{opens:%H:%M}" == "00:00" else f"{opens:%Y-%m-%dT%H:%M}"
    last = f"{closes:%Y-%m-%d}" if f"{closes:%H:%M}" == END_OF_DAY else f"{closes:%Y-%m-%dT%H:%M}"
    return in_field(first, language), in_field(last, language)
