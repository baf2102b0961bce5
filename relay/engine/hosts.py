"""Which machines work: each process of a cluster says every few seconds that it lives.

A machine that was lost, or cut off from the database, says nothing more; after SILENT its work is another's
(`Relay.is_dead`). One that comes back finds its leases taken, and what it did meanwhile is not written.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, exists, update
from sqlmodel import col, func, select

from relay.context import Relay
from relay.engine.tasks import Room
from relay.erasure import elsewhere
from relay.models import Video, VideoState, WorkerProcess
from relay.store import add_new
from relay.upkeep.run_task import run_task

EVERY = 5.0
"""Seconds between two signs of life."""
SILENT = timedelta(seconds=30)
FORGETS_EVERY = 30.0
FORGOTTEN = timedelta(days=1)


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


def beat(relay: Relay, places: dict[Room, int]) -> None:
    """This process lives, and has so many places."""
    now, until = relay.now(), relay.now() + SILENT
    with relay.transaction() as session:
        mine = update(WorkerProcess).where(col(WorkerProcess.holder) == relay.holder)
        if not session.exec(mine.values(until=until)).rowcount:
            row = WorkerProcess(
                holder=relay.holder, host=socket.gethostname(), since=now, until=until,
                fetch=places[Room.fetch], encode=places[Room.encode],
            )  # fmt: skip
            add_new(session, row)
        session.exec(delete(WorkerProcess).where(col(WorkerProcess.until) < now - FORGOTTEN))


def leave(relay: Relay) -> None:
    """This process ends in order, and is forgotten; what it could not put back is another's from now on."""
    mine = col(WorkerProcess.holder) == relay.holder
    held = col(Video.lease_holder).startswith(f"{relay.holder}/", autoescape=True)
    with relay.transaction() as session:
        session.exec(update(WorkerProcess).where(mine).values(until=relay.now()))
        left = exists().where(held, col(Video.state) == VideoState.fetching)
        session.exec(delete(WorkerProcess).where(mine, ~left))


@contextmanager
def living(relay: Relay, places: dict[Room, int]) -> Iterator[None]:
    """Says meanwhile that this process lives."""
    try:
        with _again_and_again("host", EVERY, partial(beat, relay, places)):
            yield
    finally:
        run_task("host", partial(leave, relay))


def forgetting(relay: Relay) -> AbstractContextManager[None]:
    """Meanwhile this host's copies go of what was erased on another."""
    return _again_and_again("erased elsewhere", FORGETS_EVERY, partial(elsewhere.catch_up, relay))


@contextmanager
def _again_and_again(what: str, seconds: float, does: Callable[[], object]) -> Iterator[None]:
    """In a thread of its own: the tasks of this process may take hours."""
    ends = threading.Event()

    def goes_on() -> None:
        run_task(what, does)
        while not ends.wait(seconds):
            run_task(what, does)

    thread = threading.Thread(target=goes_on, name=what, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


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
