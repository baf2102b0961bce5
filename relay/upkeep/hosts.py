"""Which processes of a cluster work, by what they say of themselves (relay/engine/hosts.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, func, select

from relay.context import Relay
from relay.models import Video, VideoState, WorkerProcess

SILENT = timedelta(seconds=30)
"""Without a sign for so long it is lost, or cut off."""
MACHINE = "machine:"
"""Beginning of the key of the alert that a machine is silent; its name follows."""


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


@dataclass(frozen=True, slots=True)
class SilentMachine:
    """One whose worker ended without a word, or can't be heard; `seen`: its last sign."""

    host: str
    seen: datetime


def silent_machines(session: Session, now: datetime) -> tuple[SilentMachine, ...]:
    return silent_of(session.exec(select(WorkerProcess)).all(), now)


def silent_of(rows: Sequence[WorkerProcess], now: datetime) -> tuple[SilentMachine, ...]:
    """Machines with a process that is silent, has not left (then it has no places), and that none has begun after."""
    begun: dict[str, datetime] = {}
    for row in rows:
        if row.until > now:
            begun[row.host] = max(row.since, begun.get(row.host, row.since))
    found: dict[str, datetime] = {}
    for row in rows:
        seen = row.until - SILENT
        if row.until > now or not row.fetch + row.encode or begun.get(row.host, seen) > seen:
            continue
        found[row.host] = min(seen, found.get(row.host, seen))
    return tuple(SilentMachine(host, seen) for host, seen in sorted(found.items()))


def listing(relay: Relay) -> list[HostView]:
    """Those that live, then those that have been silent for less than a day; by name. Who has left holds something
    still, or is not told of.
    """
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
        if row.until > now or fetching or row.fetch + row.encode
    ]
    return sorted(views, key=lambda view: (view.is_silent, view.host, view.since, view.holder))
