"""Which processes of a cluster work, by what they say of themselves (relay/engine/hosts.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import func, select

from relay.context import Relay
from relay.models import Video, VideoState, WorkerProcess

SILENT = timedelta(seconds=30)
"""Without a sign for so long it is lost, or cut off."""


@dataclass(frozen=True, slots=True)
class HostView:
    """One process of a cluster. `fetching`: videos in its hands; `is_silent`: it is lost, or its network is."""

    host: str
    holder: str
    fetch: int
    encode: int
    since: datetime
    seen: datetime
    is_silent: bool
    fetching: int


def listing(relay: Relay) -> list[HostView]:
    """Those that live, then those that have been silent for less than a day; by name."""
    now, holder = relay.now(), func.substr(Video.lease_holder, 1, func.length(WorkerProcess.holder))
    mine = select(func.count()).select_from(Video).where(Video.state == VideoState.fetching)
    mine = mine.where(holder == WorkerProcess.holder).correlate(WorkerProcess)
    with relay.reading() as session:
        rows = session.exec(select(WorkerProcess, mine.scalar_subquery())).all()
    views = [
        HostView(
            row.host, row.holder, row.fetch, row.encode, row.since, row.until - SILENT, row.until <= now, int(fetching)
        )
        for row, fetching in rows
    ]
    return sorted(views, key=lambda view: (view.is_silent, view.host, view.since, view.holder))
