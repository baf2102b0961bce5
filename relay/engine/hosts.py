"""Which machines work: each process of a cluster says every few seconds that it lives.

A machine that was lost, or cut off from the database, says nothing more; after SILENT its work is another's
(`Relay.is_dead`). One that comes back finds its leases taken, and what it did meanwhile is not written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import delete, exists, update
from sqlmodel import Session, col, select

from relay import alerts, processes
from relay.almanac.delivery import pruning
from relay.context import Relay
from relay.engine.tasks import Room
from relay.erasure import elsewhere
from relay.intake import fetch
from relay.models import Video, VideoState, WorkerProcess
from relay.upkeep import doctor
from relay.upkeep.hosts import MACHINE, SILENT
from relay.upkeep.run_task import run_task

EVERY = 5.0
"""Seconds between two signs of life."""
FORGOTTEN = timedelta(days=1)
TIDIED = 3600.0
"""Seconds between two times that a worker's host is tidied up."""


def beat(relay: Relay, places: dict[Room, int]) -> None:
    """This process lives, and has so many places."""
    now, until = relay.now(), relay.now() + SILENT
    with relay.transaction() as session:
        row = session.get(WorkerProcess, relay.holder) or WorkerProcess(
            holder=relay.holder, host=_machine(relay.holder), since=now, until=until, fetch=0, encode=0
        )
        row.until, row.fetch, row.encode = until, places[Room.fetch], places[Room.encode]
        session.add(row)
        _replace(relay, session, row)
        _forget(session, now)


def _machine(holder: str) -> str:
    """See processes.own_name."""
    return holder.partition("~")[0]


def _replace(relay: Relay, session: Session, own: WorkerProcess) -> None:
    """What ended on this machine before this process began has no places any more: it need not come back."""
    others = select(WorkerProcess).where(WorkerProcess.host == own.host, col(WorkerProcess.holder) != own.holder)
    for other in session.exec(others.where(col(WorkerProcess.until) < own.since + SILENT)).all():
        if other.until <= relay.now() or processes.is_over(other.holder):
            other.fetch, other.encode, other.until = 0, 0, min(other.until, relay.now())
            session.add(other)


def _forget(session: Session, now: datetime) -> None:
    """Who has been silent for a day is gone for good; nobody is told that it is back."""
    old = col(WorkerProcess.until) < now - FORGOTTEN
    gone = session.exec(select(WorkerProcess.host).distinct().where(old)).all()
    if not gone:
        return
    session.exec(delete(WorkerProcess).where(old))
    there = set(session.exec(select(WorkerProcess.host).distinct()))
    for host in set(gone) - there:
        alerts.resolve(session, f"{MACHINE}{host}", now, quietly=True)


def leave(relay: Relay) -> None:
    """This process ends in order, and is forgotten; what it could not put back is another's from now on."""
    mine = col(WorkerProcess.holder) == relay.holder
    held = col(Video.lease_holder).startswith(f"{relay.holder}/", autoescape=True)
    with relay.transaction() as session:
        session.exec(update(WorkerProcess).where(mine).values(until=relay.now(), fetch=0, encode=0))
        left = exists().where(held, col(Video.state) == VideoState.fetching)
        session.exec(delete(WorkerProcess).where(mine, ~left))


def lives(relay: Relay, places: dict[Room, int]) -> None:
    """It says so, and lets go of what it is not at any more."""
    beat(relay, places)
    fetch.reclaim(relay, only_own=True)


@contextmanager
def living(relay: Relay, places: dict[Room, int]) -> Iterator[None]:
    """Says meanwhile that this process lives."""
    try:
        with _again_and_again("host", EVERY, partial(lives, relay, places)):
            yield
    finally:
        run_task("host", partial(leave, relay))


def forgetting(relay: Relay) -> AbstractContextManager[None]:
    """Meanwhile this host's copies go of what was erased on another."""
    return _again_and_again("erased elsewhere", elsewhere.EVERY, partial(elsewhere.catch_up, relay))


def tidying(relay: Relay) -> AbstractContextManager[None]:
    """Meanwhile nothing piles up on this host: whoever leads looks after the host that it stands on."""
    return _again_and_again("tidy", TIDIED, partial(_tidy, relay))


def _tidy(relay: Relay) -> None:
    doctor.clear_leftovers(relay)
    pruning.prune(relay)


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
