"""When things run. APScheduler only rings the bell: what is due stands in the rows, and every task is idempotent.

One process rings; the others stand by until its lease ends (Lease row `bell`). The job store is memory: the
schedule is made anew from the Campaign rows, so a restart forgets nothing. Settings of the scheduler and their
reasons: docs/operation.md.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as BellThreads
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import delete
from sqlmodel import col, select

from relay.almanac import render
from relay.collect import campaigns, coverage, crawl, recheck
from relay.context import Relay
from relay.errors import Interrupted, RelayError, filled
from relay.intake import fetch
from relay.models import Campaign, CampaignState, Lease

BELL = "bell"
LEASE_SECONDS = 20.0
RENEW_SECONDS = 5.0
STOP_SECONDS = 25.0

log = structlog.get_logger()


def hold(relay: Relay, name: str, seconds: float) -> bool:
    """Takes or keeps a lease; False while another process holds it."""
    now, until = relay.now(), relay.now() + timedelta(seconds=seconds)
    with relay.transaction() as session:
        lease = session.get(Lease, name)
        if lease is None:
            session.add(Lease(name=name, holder=relay.holder, until=until))
            return True
        if lease.holder != relay.holder and lease.until > now and not relay.is_dead(lease.holder):
            return False
        lease.fence += lease.holder != relay.holder
        lease.holder, lease.until = relay.holder, until
        session.add(lease)
        return True


def let_go(relay: Relay, name: str) -> None:
    with relay.transaction() as session:
        session.exec(delete(Lease).where(col(Lease.name) == name, col(Lease.holder) == relay.holder))


def work_once(relay: Relay, *, told: Callable[[str], None] = lambda _line: None) -> int:
    """Does all that is due and returns the number of things that failed (each of them is logged)."""
    failed = 0
    fetch.reclaim(relay)
    campaigns.tick(relay)
    failed += not _tried("ledger", partial(coverage.watch, relay), told)
    for read in crawl.readings(relay, crawl.due(relay)):
        failed += not _tried("sweep", read, told)
    campaigns.tick(relay)
    failed += not _tried("recheck", partial(recheck.recheck, relay), told)
    fetch.adopt(relay)
    with ThreadPoolExecutor(relay.settings.fetch_workers) as pool:
        tries = [
            pool.submit(_tried, "fetch", partial(fetch.take_in, relay, video_id), told)
            for video_id in fetch.waiting(relay)
        ]
        failed += sum(not future.result() for future in tries)
    for slug in _slugs(relay):
        failed += not _tried("prepare", partial(render.prepare, relay, slug), told)
    return failed


class Work:
    """`relay work`: rings until it is told to stop. `run()` returns once everything has ended."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._stopping = threading.Event()
        self._ringing = False
        self._fetching: dict[int, Future[bool]] = {}
        self._fetchers = ThreadPoolExecutor(relay.settings.fetch_workers, thread_name_prefix="fetch")
        self._bell = BackgroundScheduler(
            timezone=UTC,
            executors={"default": BellThreads(8)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._asked_to_stop)
        self._bell.add_job(self._renew, "interval", seconds=RENEW_SECONDS, id="lease", next_run_time=self._relay.now())
        self._bell.start()
        log.info("work started", holder=self._relay.holder)
        self._stopping.wait()
        self._end()

    def stop(self) -> None:
        self._stopping.set()

    def _asked_to_stop(self, number: int, _frame: FrameType | None) -> None:
        log.info("stopping", signal=signal.Signals(number).name)
        self.stop()

    def _renew(self) -> None:
        held = _lease_or_false(self._relay)
        if held and not self._ringing:
            log.info("this process rings")
            self._start_ringing()
        elif not held and self._ringing:
            log.warning("another process rings; standing by")
            self._stop_ringing()

    def _start_ringing(self) -> None:
        self._ringing = True
        for task, seconds in (
            (self._campaigns, 15.0),
            (self._crawl, 5.0),
            (self._fetch, 3.0),
            (self._reclaim, 60.0),
            (self._prepare, 30.0),
            (self._ledger, 300.0),
            (self._recheck, 300.0),
        ):
            self._bell.add_job(task, "interval", seconds=seconds, id=task.__name__, next_run_time=self._relay.now())

    def _stop_ringing(self) -> None:
        self._ringing = False
        for job in self._bell.get_jobs():
            if job.id != "lease":
                job.remove()

    def _campaigns(self) -> None:
        """Starts and stops what is due, and sets the bell for the exact moments that come."""
        _tried("campaigns", partial(campaigns.tick, self._relay))
        for slug, moment in _moments(self._relay):
            self._bell.add_job(
                self._campaigns, "date", run_date=moment, id=f"campaign {slug} {moment:%s}", replace_existing=True
            )

    def _crawl(self) -> None:
        for read in crawl.readings(self._relay, crawl.due(self._relay)):
            if self._stopping.is_set() or not self._ringing:
                return
            _tried("sweep", read)

    def _ledger(self) -> None:
        """Holes, and what the night reads again, ride on the sweeps that come."""
        _tried("ledger", partial(coverage.watch, self._relay))

    def _recheck(self) -> None:
        _tried("recheck", partial(recheck.recheck, self._relay))

    def _fetch(self) -> None:
        _tried("adopt", partial(fetch.adopt, self._relay))
        self._fetching = {key: future for key, future in self._fetching.items() if not future.done()}
        free = self._relay.settings.fetch_workers - len(self._fetching)
        for video_id in [key for key in fetch.waiting(self._relay) if key not in self._fetching][: max(0, free)]:
            self._fetching[video_id] = self._fetchers.submit(
                _tried, "fetch", partial(fetch.take_in, self._relay, video_id)
            )

    def _reclaim(self) -> None:
        _tried("reclaim", partial(fetch.reclaim, self._relay))

    def _prepare(self) -> None:
        for slug in _slugs(self._relay):
            if not self._stopping.is_set():
                _tried("prepare", partial(render.prepare, self._relay, slug, limit=4))

    def _end(self) -> None:
        """Children are stopped at once; what their threads write afterwards is at most a state, in one transaction."""
        self._stop_ringing()
        last = threading.Timer(STOP_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()
        self._relay.toolbox.close()
        self._bell.shutdown(wait=True)
        self._fetchers.shutdown(wait=True, cancel_futures=True)
        let_go(self._relay, BELL)
        last.cancel()
        log.info("work ended")


def _tried(what: str, task: Callable[[], object], told: Callable[[str], None] = lambda _line: None) -> bool:
    """Runs one task of the schedule; nothing that goes wrong in it may stop the others."""
    try:
        task()
    except Interrupted:
        return True
    except RelayError as error:
        log.warning(f"{what} failed", error=error.line)
        told(error.line)
        return False
    except Exception:
        log.exception(f"{what} broke")
        told(filled("A fault in Relay itself ({what}): see the log.", what=what))
        return False
    return True


def _lease_or_false(relay: Relay) -> bool:
    try:
        return hold(relay, BELL, LEASE_SECONDS)
    except RelayError as error:
        log.warning("the lease could not be renewed", error=error.line)
        return False


def _slugs(relay: Relay) -> list[str]:
    """Campaigns whose approved clips are worth preparing."""
    with relay.reading() as session:
        return list(
            session.exec(
                select(Campaign.slug).where(col(Campaign.state).in_([CampaignState.running, CampaignState.stopped]))
            )
        )


def _moments(relay: Relay) -> list[tuple[str, datetime]]:
    """The opening and closing times that lie ahead."""
    now = relay.now()
    with relay.reading() as session:
        rows = session.exec(
            select(Campaign).where(col(Campaign.state).in_([CampaignState.draft, CampaignState.running]))
        )
        return [(row.slug, moment) for row in rows for moment in (row.opens_at, row.closes_at) if moment > now]


def bell_rings(relay: Relay) -> bool:
    """Whether some process holds the bell now (for /healthz and doctor)."""
    with relay.reading() as session:
        lease = session.get(Lease, BELL)
        return lease is not None and lease.until > relay.now()
