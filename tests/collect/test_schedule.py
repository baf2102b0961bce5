from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from relay.collect import crawl, schedule, sources
from relay.context import Relay
from relay.models import Campaign
from relay.ports import PollingPolicy, Quota
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post


class Counted(FakeSource):
    """A network that counts calls as VK does."""

    tokens = 1

    def quota(self, *, search: bool) -> Quota:
        return Quota(1000 if search else 5000, self.tokens, spent=0)


def _with_walls(relay: Relay, count: int) -> tuple[Relay, Counted]:
    network = Counted()
    counted = replace(relay, sources={"vk": network})
    for number in range(1, count + 1):
        sources.add(counted, SLUG, f"vk:club{number}")
    sources.add(counted, SLUG, "vk:tag")
    return counted, network


@pytest.mark.slow
def test_the_plan_tells_intervals_and_what_a_token_or_wall_would_change(relay: Relay, campaign: Campaign) -> None:
    counted, _ = _with_walls(relay, 120)
    shown = schedule.show(counted, SLUG)
    assert len(shown.sources) == 121
    walls, search = shown.quotas
    assert (walls.kind, walls.sources, walls.quota, walls.planned_share) == ("walls", 120, 5000, 4000)
    assert walls.calls_per_day <= 4000
    assert walls.with_one_token_more < walls.interval_minutes < walls.with_one_source_more
    assert (search.kind, search.sources, search.quota) == ("search", 1, 1000)
    first = shown.sources[0]
    assert (first.address, first.posts_per_hour) == ("vk:club1", None)
    assert first.interval_minutes < first.night_minutes


@pytest.mark.slow
def test_a_second_token_halves_the_intervals(relay: Relay, campaign: Campaign) -> None:
    counted, network = _with_walls(relay, 120)
    before = schedule.Round(counted, "vk").walls
    network.tokens = 2
    assert schedule.Round(counted, "vk").walls.base[1] / before.base[1] < 0.51


@pytest.mark.slow
def test_the_pace_comes_from_the_ledger(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    counted, network = _with_walls(relay, 2)
    for hour in range(12):
        for number in range(12):
            network.has(a_post("Ярмарка", f"{hour * 12 + number + 1}", "-1", published_at=clock()))
        for read in crawl.readings(counted, [1, 2]):
            read()
        clock.moves(hours=1)
    clock.moves(hours=12)
    plan = schedule.Round(counted, "vk").walls
    assert (plan.walls[1].pace.posts, plan.walls[2].pace.posts) == (12.0, 0.0)
    assert plan.interval(1, clock()) < timedelta(minutes=20) < plan.interval(2, clock())


@pytest.mark.slow
def test_sources_of_a_campaign_that_does_not_run_cost_nothing(relay: Relay, campaign: Campaign) -> None:
    counted, _ = _with_walls(relay, 3)
    sources.pause(counted, SLUG, "vk:club1", person="olga")
    assert set(schedule.Round(counted, "vk").walls.base) == {2, 3}
    shown = schedule.show(counted, SLUG).sources[0]
    assert (shown.state, shown.interval_minutes, shown.calls_per_day) == ("paused", None, 0.0)


class Shy(FakeSource):
    """A network that counts no calls, and is asked politely all the same."""

    polling = PollingPolicy(timedelta(minutes=30), 120)


def test_a_network_without_a_quota_is_asked_politely(relay: Relay, clock: FakeClock, campaign: Campaign) -> None:
    network = Shy(page_size=1)
    shy = replace(relay, sources={"vk": network})
    network.has(*(a_post("Ярмарка", str(number), "-1") for number in range(4)))
    sources.add(shy, SLUG, "vk:club1")
    plan = schedule.Round(shy, "vk").walls
    assert plan.interval(1, clock()) >= timedelta(minutes=30), "never more often than its polling allow"
    assert crawl.sweep(shy, 1).requests == 4
    shown = schedule.show(shy, SLUG)
    (source,), (quota,) = shown.sources, shown.quotas
    assert 95 < source.calls_per_day <= 96, "each sweep costs four requests, and 0.8 of 120 may be spent"
    assert source.interval_minutes > 45
    assert (quota.quota, quota.planned_share, quota.spent, quota.ours) == (120, 96, 4, True)
    assert quota.with_one_token_more is None
    assert quota.with_one_source_more > quota.interval_minutes


@pytest.mark.slow
def test_without_manners_it_is_asked_as_often_as_the_settings_say(
    relay: Relay, clock: FakeClock, campaign: Campaign
) -> None:
    sources.add(relay, SLUG, "vk:club1")
    assert schedule.Round(relay, "vk").walls.interval(1, clock()) < timedelta(minutes=30)
