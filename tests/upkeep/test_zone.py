from __future__ import annotations

from datetime import timedelta

import pytest

from relay.context import Relay
from relay.models import Campaign, CampaignState
from relay.upkeep.zone import zone_of

pytestmark = pytest.mark.slow


def _opens(relay: Relay, slug: str, tz: str, state: CampaignState, *, days_ago: int) -> None:
    now = relay.now()
    times = {"opens_at": now, "closes_at": now, "created_at": now - timedelta(days=days_ago)}
    with relay.transaction() as session:
        session.add(Campaign(slug=slug, title=slug, tz=tz, state=state, **times))


def _zone(relay: Relay) -> str:
    with relay.reading() as session:
        return zone_of(session).key


def test_people_are_told_times_of_the_campaign_that_runs(relay: Relay) -> None:
    assert _zone(relay) == "UTC"
    _opens(relay, "old", "Asia/Omsk", CampaignState.archived, days_ago=9)
    _opens(relay, "stopped", "Asia/Tomsk", CampaignState.stopped, days_ago=1)
    assert _zone(relay) == "Asia/Tomsk"
    _opens(relay, "runs", "Europe/Moscow", CampaignState.running, days_ago=5)
    assert _zone(relay) == "Europe/Moscow"


def test_of_several_alike_the_newest_counts_and_of_one_moment_the_one_that_was_made_last(relay: Relay) -> None:
    _opens(relay, "new", "Asia/Omsk", CampaignState.running, days_ago=1)
    _opens(relay, "old", "Asia/Tomsk", CampaignState.running, days_ago=2)
    assert _zone(relay) == "Asia/Omsk"
    _opens(relay, "too", "Europe/Moscow", CampaignState.running, days_ago=1)
    assert _zone(relay) == "Europe/Moscow"
    _opens(relay, "draft", "Europe/Berlin", CampaignState.draft, days_ago=0)
    assert _zone(relay) == "Europe/Moscow"
