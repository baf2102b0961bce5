"""What the schedule does anyhow, done when a person asks for it: every source is read, posts of clips are looked up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from relay.collect import crawl, recheck, summaries
from relay.collect.recheck import Rechecked
from relay.collect.summaries import SweepView
from relay.context import Relay

Told = Callable[[int, int, str], None]
"""How far it is: `done` of `total`, and a line about the last one."""


def read(relay: Relay, slug: str, told: Told, *, deep: bool = False, comments: bool = False) -> list[SweepView]:
    """Every active source of the campaign. Raises what `crawl.crawl` raises."""
    count = summaries.SweepCount(told)
    found = crawl.crawl(relay, slug, deep=deep, comments=comments, on_begin=count.begin, on_sweep=count.sweep)
    return [summaries.sweep_view(sweep) for sweep in found]


def look_again(relay: Relay, slug: str) -> Rechecked:
    """The posts of all clips of the campaign, whenever they were looked up last."""
    return recheck.recheck(relay, slug, within=timedelta())
