"""The planner's facts, from the tables and the networks: paces out of the ledger, quotas out of the sources."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from statistics import median
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from relay.collect import campaigns, planner
from relay.collect.ledger import ledger_cache
from relay.collect.planner import Bounds, Budget, Plan, PostRate, Wall
from relay.collect.rows import active_sources, campaigns_read
from relay.context import Relay
from relay.models import Campaign, CampaignState, Source, Sweep, need_id
from relay.ports import HasPollingPolicy, HasQuota, PollingPolicy, ReadsComments

DAY = timedelta(hours=24)


class Round:
    """The plans of one network: of its walls, and of its searches, which have a quota of their own.

    All sources of all campaigns that run share them. Each is made when somebody asks for it.
    """

    def __init__(self, relay: Relay, network: str, *, besides: str = "") -> None:
        """`besides`: a campaign that counts as if it ran, though it may not have begun."""
        self._relay, self._network, self._now, self._besides = relay, network, relay.now(), besides

    @cached_property
    def walls(self) -> Plan:
        return self._plan(search=False)

    @cached_property
    def search(self) -> Plan:
        return self._plan(search=True)

    def plan_of(self, source: Source) -> Plan:
        return self.walls if source.owner_id else self.search

    def interval(self, source: Source, now: datetime) -> timedelta:
        """Until the next sweep of a source that is read now; one that has no plan is asked as often as may be."""
        plan = self.plan_of(source)
        return plan.interval(need_id(source), now) if source.id in plan.base else plan.rules.shortest

    def pace(self, source: Source) -> PostRate:
        wall = self.walls.walls.get(need_id(source)) if source.owner_id else None
        return PostRate() if wall is None else wall.pace

    def _plan(self, *, search: bool) -> Plan:
        relay, now = self._relay, self._now
        with relay.reading() as session:
            reads = {campaign.id: campaign for campaign in campaigns_read(session, besides=self._besides)}
            active = active_sources(session, self._network, reads)
        asking = [(source.id, source.campaign_id) for source in active if search is not bool(source.owner_id)]
        budget, limits = _budget(relay, self._network, search=search), rules(relay, self._network)
        make = partial(self._made, asking, reads, budget, limits, search=search)
        if _manners(relay, self._network):
            return make()
        asked = [(c.id, len(c.hashtags) + len(c.aliases), c.tz, c.state, c.closes_at) for c in reads.values()]
        facts = (tuple(asking), tuple(asked), budget.per_token, budget.tokens, limits)
        plan = ledger_cache.of(relay.store).plan((self._network, search, self._besides), facts, now, limits, make)
        return replace(plan, budget=budget)

    def _made(
        self,
        rows: Sequence[tuple[int, int]],
        reads: Mapping[int | None, Campaign],
        budget: Budget,
        limits: Bounds,
        *,
        search: bool,
    ) -> Plan:
        relay, now = self._relay, self._now
        with relay.reading() as session:
            paces = {} if search else ledger_cache.of(relay.store).paces(session, now)
            spent = _spent(session, self._network, now) if _manners(relay, self._network) else {}
        walls = [
            _wall(source_id, reads[campaign_id], paces.get(source_id, PostRate()), spent.get(source_id), search=search)
            for source_id, campaign_id in rows
        ]
        return planner.plan(walls, budget, limits, now)


def rules(relay: Relay, network: str) -> Bounds:
    """Nobody is read more often than the settings say, and than the network's polling allow."""
    settings, polling = relay.settings, _manners(relay, network)
    shortest = timedelta(minutes=settings.crawl_minutes)
    return Bounds(max(shortest, polling.shortest) if polling else shortest, timedelta(hours=settings.overlap_hours))


def show(relay: Relay, slug: str) -> dict[str, Any]:
    """The plan as the command line shows it: each source's interval and calls, each quota, and what a further token
    or a further wall would change. Intervals in minutes, as an hour of the day and of the night has them.
    """
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        sources = session.exec(select(Source).where(Source.campaign_id == campaign.id).order_by(col(Source.id))).all()
    rows, quotas = [], []
    for network in dict.fromkeys(source.network for source in sources):
        round_ = Round(relay, network, besides=slug if campaign.state is CampaignState.draft else "")
        mine = [source for source in sources if source.network == network]
        rows += [_shown_source(campaign, source, round_) for source in mine]
        quotas += [
            _shown_quota(network, kind, plan, relay.now(), ours=_manners(relay, network) is not None)
            for kind, plan in (("walls", round_.walls), ("search", round_.search))
            if plan.base
        ]
    comments = [_shown_comments(relay, network) for network in dict.fromkeys(source.network for source in sources)]
    return {
        "sources": sorted(rows, key=lambda row: row["id"]),
        "quotas": quotas,
        "comments": [row for row in comments if row is not None and campaign.comments],
    }


def _wall(source_id: int, campaign: Campaign, pace: PostRate, spent: _Spent | None, *, search: bool) -> Wall:
    calls = max(1, len(campaign.hashtags) + len(campaign.aliases)) if search else 0
    if spent is not None:
        calls = max(1, math.ceil(spent.a_sweep))
    closes = None if campaign.state is CampaignState.stopped else campaign.closes_at
    return Wall(source_id, pace, campaign.tz, closes, calls)


def _budget(relay: Relay, network: str, *, search: bool) -> Budget:
    port = relay.sources.get(network)
    if polling := _manners(relay, network):
        with relay.reading() as session:
            spent = _spent(session, network, relay.now())
        return Budget(polling.a_day, spent=sum(each.requests for each in spent.values()))
    if not isinstance(port, HasQuota):
        return Budget(None)
    quota = port.quota(search=search)
    return Budget(quota.per_token, quota.tokens, quota.spent)


@dataclass(frozen=True, slots=True)
class _Spent:
    """Requests for a source within 24 hours, and how many a usual sweep of it costs."""

    requests: int
    a_sweep: float


def _manners(relay: Relay, network: str) -> PollingPolicy | None:
    port = relay.sources.get(network)
    return port.polling if isinstance(port, HasPollingPolicy) else None


def _spent(session: Session, network: str, now: datetime) -> dict[int | None, _Spent]:
    """By source, out of the ledger. Deep sweeps are spent too, but they are not usual."""
    usual = case((col(Sweep.deep), None), else_=col(Sweep.requests))
    rows = session.exec(
        select(Sweep.source_id, func.sum(Sweep.requests), func.avg(usual))
        .join(Source)
        .where(Source.network == network, col(Sweep.started_at) >= now - DAY)
        .group_by(col(Sweep.source_id))
    )
    return {source_id: _Spent(int(requests), float(usual or 1)) for source_id, requests, usual in rows}


def _shown_source(campaign: Campaign, source: Source, round_: Round) -> dict[str, Any]:
    assert source.id is not None
    plan = round_.plan_of(source)
    in_plan = source.id in plan.base
    pace = round_.pace(source)
    day, night = plan.day_and_night(source.id) if in_plan else (None, None)
    return {
        "id": source.id,
        "address": source.address,
        "title": source.title,
        "state": source.state.value,
        "posts_per_hour": None if pace.posts is None else round(pace.posts, 2),
        "matched_per_hour": round(pace.matched, 2),
        "interval_minutes": _minutes(day),
        "night_minutes": _minutes(night),
        "calls_per_day": round(plan.calls[source.id], 1) if in_plan else 0.0,
        "next_sweep": campaigns.local(campaign, source.next_sweep_at),
    }


def _shown_quota(network: str, kind: str, plan: Plan, now: datetime, *, ours: bool) -> dict[str, Any]:
    """`ours`: we set the limit, so no token would change it."""
    budget = plan.budget
    more_tokens = planner.plan(plan.walls.values(), replace(budget, tokens=budget.tokens + 1), plan.rules, now)
    typical = Wall(-1, _typical(plan), calls=min((wall.calls for wall in plan.walls.values()), default=0))
    more_walls = planner.plan([*plan.walls.values(), typical], budget, plan.rules, now)
    return {
        "network": network,
        "kind": kind,
        "sources": len(plan.base),
        "tokens": 0 if ours else budget.tokens,
        "ours": ours,
        "quota": None if budget.per_token is None else int(budget.whole),
        "planned_share": None if budget.per_token is None else int(budget.share),
        "spent": budget.spent,
        "calls_per_day": round(plan.daily, 1),
        "stretch": round(plan.stretch, 2),
        "interval_minutes": _minutes(_middle(plan)),
        "with_one_token_more": None if ours else _minutes(_middle(more_tokens)),
        "with_one_source_more": _minutes(_middle(more_walls)),
    }


def _shown_comments(relay: Relay, network: str) -> dict[str, Any] | None:
    """The day's budget for comments, where a network can read them."""
    port = relay.sources.get(network)
    if not isinstance(port, ReadsComments):
        return None
    quota = port.comments_quota()
    budget = Budget(quota.per_token, quota.tokens, quota.spent)
    return {
        "network": network,
        "tokens": quota.tokens,
        "quota": int(budget.whole),
        "planned_share": int(budget.share),
        "spent": quota.spent,
    }


def _typical(plan: Plan) -> PostRate:
    paces = [wall.pace.posts for wall in plan.walls.values() if wall.pace.posts is not None]
    return PostRate(median(paces)) if paces else PostRate()


def _middle(plan: Plan) -> timedelta:
    return timedelta(hours=median(base / timedelta(hours=1) for key, base in plan.base.items() if key >= 0))


def _minutes(time: timedelta | None) -> float | None:
    return None if time is None else round(time / timedelta(minutes=1), 1)
