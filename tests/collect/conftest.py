from __future__ import annotations

import pytest

from relay.collect import campaigns
from relay.context import Relay
from relay.models import Campaign
from tests.fakes.source import FakeSource

SLUG = "proryv"


@pytest.fixture
def network(relay: Relay) -> FakeSource:
    source = relay.sources["vk"]
    assert isinstance(source, FakeSource)
    source.knows("gorod", "-1", "Город")
    source.knows("anna", "7", "Анна Иванова")
    return source


@pytest.fixture
def campaign(relay: Relay) -> Campaign:
    """Runs from 11 to 18 January 2023 in Moscow; the clock shows noon of the 12th there."""
    campaigns.new(
        relay,
        slug=SLUG,
        title="Прорыв",
        hashtags=["#proryv80"],
        aliases=["прорыв_80"],
        opens="2023-01-11",
        closes="2023-01-18",
        tz="Europe/Moscow",
    )
    return campaigns.start(relay, SLUG, person="olga")
