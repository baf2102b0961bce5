"""The planner's facts, from the tables and the networks: paces out of the ledger, quotas out of the sources."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from statistics import median
from typing import Any, cast

from sqlmodel import Session, col, select

from relay.collect import campaigns, planner
from relay.collect.planner import Budget, Pace, Plan, Rules, Wall
from relay.context import Relay
from relay.models import Campaign, CampaignState, Source, SourceState, Sweep
from relay.ports import Rationed

WATCHED = timedelta(hours=24)
"""How far back the ledger is read for the paces; older sweeps would hardly count."""


class Round:
    """The plans of one network: of its walls, and of its searches, which have a quota of their own.

    All sources of all campaigns that run share them. Each is made when somebody asks for it.
    """

    def __init__(self, relay: Relay, network: str) -> None:
        self._relay, self._network, self._now = relay, network, relay.now()

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
        return plan.interval(source.id or 0, now) if source.id in plan.base else plan.rules.shortest

    def pace(self, source: Source) -> Pace:
        wall = self.walls.walls.get(source.id or 0) if source.owner_id else None
        return Pace() if wall is None else wall.pace

    def _plan(self, *, search: bool) -> Plan:
        relay, now = self._relay, self._now
        of_kind = (Source.owner_id == "") if search else (Source.owner_id != "")
        with relay.reading() as session:
            reads = {campaign.id: campaign for campaign in session.exec(select(Campaign).where(_is_read()))}
            rows = session.exec(
                select(Source.id, Source.campaign_id).where(
                    Source.network == self._network,
                    Source.state == SourceState.active,
                    of_kind,
                    col(Source.campaign_id).in_(list(reads)),
                )
            ).all()
            paces = {} if search else _paces(session, {source_id for source_id, _ in rows}, now)
        walls = [
            _wall(source_id or 0, reads[campaign_id], paces.get(source_id or 0, Pace()), search=search)
            for source_id, campaign_id in rows
        ]
        return planner.plan(walls, _budget(relay, self._network, search=search), rules(relay), now)


def rules(relay: Relay) -> Rules:
    settings = relay.settings
    return Rules(timedelta(minutes=settings.crawl_minutes), timedelta(hours=settings.overlap_hours))


def show(relay: Relay, slug: str) -> dict[str, Any]:
    """The plan as the command line shows it: each source's interval and calls, each quota, and what a further token
    or a further wall would change. Intervals in minutes, as an hour of the day and of the night has them.
    """
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        sources = session.exec(select(Source).where(Source.campaign_id == campaign.id).order_by(col(Source.id))).all()
    rows, quotas = [], []
    for network in dict.fromkeys(source.network for source in sources):
        round_ = Round(relay, network)
        mine = [source for source in sources if source.network == network]
        rows += [_shown_source(campaign, source, round_) for source in mine]
        quotas += [
            _shown_quota(network, kind, plan, relay.now())
            for kind, plan in (("walls", round_.walls), ("search", round_.search))
            if plan.base
        ]
    return {"sources": sorted(rows, key=lambda row: row["id"]), "quotas": quotas}


def _is_read() -> Any:
    return (col(Campaign.state) == CampaignState.running) | (
        (col(Campaign.state) == CampaignState.stopped) & col(Campaign.last_sweep_due)
    )


def _wall(source_id: int, campaign: Campaign, pace: Pace, *, search: bool) -> Wall:
    calls = max(1, len(campaign.hashtags) + len(campaign.aliases)) if search else 0
    closes = campaign.closes_at if campaign.state is CampaignState.running else None
    return Wall(source_id, pace, campaign.tz, closes, calls)


def _budget(relay: Relay, network: str, *, search: bool) -> Budget:
    port = relay.sources.get(network)
    if not hasattr(port, "quota"):
        return Budget(None)
    quota = cast(Rationed, port).quota(search=search)
    return Budget(quota.per_token, quota.tokens, quota.spent)


def _paces(session: Session, source_ids: Set[int | None], now: datetime) -> dict[int, Pace]:
    looks = defaultdict(list)
    rows = session.exec(
        select(Sweep.source_id, Sweep.started_at, Sweep.posts_total, Sweep.posts_new)
        .where(col(Sweep.started_at) >= now - WATCHED, col(Sweep.complete), col(Sweep.posts_total).is_not(None))
        .order_by(col(Sweep.started_at))
    )
    for source_id, at, total, new in rows:
        if source_id in source_ids:
            looks[source_id].append(planner.Look(at, total, new))
    return {source_id: planner.pace(seen, now) for source_id, seen in looks.items()}


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


def _shown_quota(network: str, kind: str, plan: Plan, now: datetime) -> dict[str, Any]:
    budget = plan.budget
    more_tokens = planner.plan(plan.walls.values(), replace(budget, tokens=budget.tokens + 1), plan.rules, now)
    typical = Wall(-1, _typical(plan), calls=min((wall.calls for wall in plan.walls.values()), default=0))
    more_walls = planner.plan([*plan.walls.values(), typical], budget, plan.rules, now)
    return {
        "network": network,
        "kind": kind,
        "sources": len(plan.base),
        "tokens": budget.tokens,
        "quota": None if budget.per_token is None else int(budget.whole),
        "planned_share": None if budget.per_token is None else int(budget.share),
        "spent": budget.spent,
        "calls_per_day": round(plan.daily, 1),
        "stretch": round(plan.stretch, 2),
        "interval_minutes": _minutes(_middle(plan)),
        "with_one_token_more": _minutes(_middle(more_tokens)),
        "with_one_source_more": _minutes(_middle(more_walls)),
    }


def _typical(plan: Plan) -> Pace:
    paces = [wall.pace.posts for wall in plan.walls.values() if wall.pace.posts is not None]
    return Pace(median(paces)) if paces else Pace()


def _middle(plan: Plan) -> timedelta:
    return timedelta(hours=median(base / timedelta(hours=1) for key, base in plan.base.items() if key >= 0))


def _minutes(time: timedelta | None) -> float | None:
    return None if time is None else round(time / timedelta(minutes=1), 1)
