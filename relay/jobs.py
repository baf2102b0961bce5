"""When things run. APScheduler only rings the bell: what is due stands in the rows, and every task is idempotent.

One process rings; the others stand by until its lease ends (Lease row `bell`). The job store is memory: the
schedule is made anew from the Campaign rows, so a restart forgets nothing. Settings of the scheduler and their
reasons: docs/operation.md.

The scheduler sleeps towards times of the wall clock, which somebody may set back. So the lease is not one of its jobs:
a thread of its own, the heart, beats by the monotonic clock, and rings everything anew when the wall clock has jumped.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType

import structlog
from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlmodel import col, select

from relay import clocks, leader
from relay.almanac.delivery import pruning, render
from relay.collect import campaigns, crawl, posts, recheck
from relay.collect.ledger import coverage
from relay.context import Fence, Relay
from relay.errors import RelayError
from relay.intake import clips, fetch
from relay.intake.hand_in import hand_ins
from relay.models import Campaign, CampaignState
from relay.moderation import withdrawal
from relay.upkeep import health, outbox
from relay.upkeep.run_task import run_task

BELL = health.LEADER
RENEWALS = 4
"""Times that the lease is renewed before it would end."""
STOP_SECONDS = 25.0
TICK = 1.0
"""Seconds between two beats of the heart, at most."""
ALWAYS = ("watch", "outbox")
"""Jobs of every process, also of one that stands by."""

log = structlog.get_logger()


def work_once(relay: Relay, *, told: Callable[[str], None] = lambda _line: None) -> int:
    """Does all that is due and returns the number of things that failed (each of them is logged)."""
    failed = 0
    failed += not run_task("clock", partial(health.put_right, relay), told)
    health.Heartbeat(relay).beat(health.ONCE, timedelta(minutes=relay.settings.crawl_minutes))
    fetch.reclaim(relay)
    campaigns.tick(relay)
    failed += not run_task("ledger", partial(coverage.watch, relay), told)
    for read in crawl.readings(relay, crawl.due(relay)):
        failed += not run_task("sweep", read, told)
    campaigns.tick(relay)
    failed += not run_task("recheck", partial(recheck.recheck, relay), told)
    failed += not run_task("hand-ins", partial(hand_ins.tidy, relay), told)
    failed += process_hand_ins(relay, told)
    clips.adopt(relay)
    with ThreadPoolExecutor(relay.settings.fetch_workers) as pool:
        tries = [
            pool.submit(run_task, "fetch", partial(fetch.fetch_video, relay, video_id), told)
            for video_id in fetch.waiting(relay)
        ]
        failed += sum(not future.result() for future in tries)
    failed += not run_task("hand-ins", partial(hand_ins.settle, relay, withdraw=withdrawal.withdraw), told)
    for slug in _slugs(relay):
        failed += not run_task("prepare", partial(render.prepare, relay, slug), told)
    failed += not run_task("prune", partial(pruning.prune, relay), told)
    failed += not run_task("watch", partial(health.watch, relay), told)
    failed += not run_task("outbox", partial(outbox.send_due, relay), told)
    return failed


def process_hand_ins(relay: Relay, told: Callable[[str], None] = lambda _line: None) -> int:
    """Files and links of the public page; returns how many failed and are due again."""
    tries = [
        run_task("hand-in", partial(hand_ins.process, relay, entry_id, add=posts.add), told)
        for entry_id in hand_ins.waiting(relay)
    ]
    return tries.count(False)


class Scheduler:
    """`relay work`: rings until it is told to stop. `run()` returns once everything has ended."""

    def __init__(self, relay: Relay, wall_clock: clocks.WallClock | None = None) -> None:
        self._relay = relay
        self._wall_clock = wall_clock or clocks.WallClock(relay.now)
        self._set_back = timedelta()
        """What nobody has been told of yet."""
        self._next_renewal = 0.0
        self._pulse = health.Heartbeat(relay)
        self._promised: list[tuple[str, timedelta]] = []
        self._heart = threading.Thread(target=self._beats, name="heart", daemon=True)
        self._stopping = threading.Event()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._rung: Relay | None = None
        self._fetching: dict[int, Future[bool]] = {}
        self._taking_in: Future[int] | None = None
        self._fetchers = ThreadPoolExecutor(relay.settings.fetch_workers, thread_name_prefix="fetch")
        self._ringers = {"default": _Workers(8), "pulse": _Workers(len(ALWAYS))}  # a busy pool stops no heart
        self._bell = BackgroundScheduler(
            timezone=UTC,
            executors=dict(self._ringers),
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._asked_to_stop)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for key, task, seconds in (
            ("watch", self._watch, 15.0),
            ("outbox", partial(run_task, "outbox", partial(outbox.send_due, self._relay)), 10.0),
        ):
            self._bell.add_job(task, _Every(seconds), id=key, executor="pulse", next_run_time=self._relay.now())
        self._bell.start()
        self._heart.start()
        log.info("work started", holder=self._relay.holder)
        os.read(self._woken, 1)
        self._end()
        signal.set_wakeup_fd(-1)

    def stop(self) -> None:
        with contextlib.suppress(BlockingIOError):  # then it is full of wishes to stop
            os.write(self._wake, b"!")

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """The main thread sleeps on a pipe, and Python has written to it by now, in whichever thread the signal was
        taken; this runs when it has woken up.
        """

    def _watch(self) -> None:
        """Not before the heart has seen a jump: by the clock as it is then everything seems to have been missed."""
        if not self._wall_clock.has_jumped():
            run_task("watch", partial(health.watch, self._relay))

    def _beats(self) -> None:
        every = min(TICK, self._relay.settings.lease_seconds / RENEWALS)
        run_task("heart", self.beat)
        while not self._stopping.wait(every):
            run_task("heart", self.beat)

    def beat(self) -> None:
        """Renews the lease when it is time, by a clock that nobody sets; all at once when the wall clock has jumped."""
        jump = self._wall_clock.look()
        if jump is not None:
            self._takes(jump)
        if self._set_back and run_task("clock", partial(health.clock_set_back, self._relay, self._set_back)):
            self._set_back = timedelta()
        now, every = self._wall_clock.running(), self._relay.settings.lease_seconds / RENEWALS
        if jump is not None:  # who stands by leaves it to the other to come first
            self._next_renewal = now if self._rung is not None else now + every
        if now >= self._next_renewal:
            self._next_renewal = now + every
            run_task("lease", self._renew)
        if jump is not None:
            self._rings_anew()

    def _takes(self, jump: clocks.Jump) -> None:
        """Promises of this process were made for times of the clock as it was. They come before the lease, so that
        nobody sees a schedule that runs and has missed them.
        """
        log.warning("the clock has jumped", set_by=str(jump.set_by), slept=str(jump.slept))
        self._set_back += jump.back
        run_task("leases", partial(fetch.stays, self._relay))
        run_task("settling", partial(health.settles, self._relay))
        if self._rung is not None:
            run_task("pulse", partial(self._pulse.begin, self._promised))

    def _rings_anew(self) -> None:
        """Whatever comes every so many seconds comes now, and wakes the scheduler."""
        for job in self._bell.get_jobs():
            if isinstance(job.trigger, _Every):
                with contextlib.suppress(JobLookupError):
                    job.modify(next_run_time=self._relay.now())

    def _renew(self) -> None:
        """Whoever begins, or takes over, asks first whether the clock was set back while nobody looked."""
        if self._rung is None:
            run_task("clock", partial(health.put_right, self._relay))
        fence = _fence_or_none(self._relay)
        if fence == (self._rung.fence if self._rung else None):
            return
        if self._rung is not None:
            log.warning("another process rings; standing by" if fence is None else "another process has rung meanwhile")
            self._stop_ringing()
        if fence is not None and not self._stopping.is_set():
            log.info("this process rings")
            self._start_ringing(fence)

    def _start_ringing(self, fence: Fence) -> None:
        self._rung = replace(self._relay, fence=fence)
        tasks = self._tasks()
        self._promised = [(_name(task), timedelta(seconds=each)) for task, each in tasks]
        run_task("pulse", partial(self._pulse.begin, self._promised))
        for task, seconds in tasks:
            self._bell.add_job(
                self._ring,
                _Every(seconds),
                args=[task, seconds],
                id=task.__name__,
                next_run_time=self._relay.now(),
                replace_existing=True,
            )

    def _tasks(self) -> tuple[tuple[Callable[[Relay], bool], float], ...]:
        """What is done while this process rings, and every how many seconds."""
        return (
            (self._campaigns, 15.0),
            (self._crawl, 5.0),
            (self._fetch, 3.0),
            (self._hand_ins, 5.0),
            (self._reclaim, 60.0),
            (self._prepare, 30.0),
            (self._prune, 3600.0),
            (self._ledger, 300.0),
            (self._recheck, 300.0),
        )

    def _stop_ringing(self) -> None:
        self._rung = None
        for job in self._bell.get_jobs():
            if job.id not in ALWAYS:
                with contextlib.suppress(JobLookupError):  # a moment that comes just now goes by itself
                    job.remove()

    def _ring(self, task: Callable[[Relay], bool], seconds: float = 0.0) -> None:
        """Tasks are given a Relay behind the fence of the lease: who slept through its end writes nothing more.

        They say whether they went well; a task that comes every so many seconds then gives a sign of life.
        """
        relay = self._rung
        if relay is not None and self._rings(relay) and task(relay) and seconds:
            self._lives(task, seconds)

    def _lives(self, task: Callable[[Relay], bool], seconds: float = 0.0) -> None:
        run_task("pulse", partial(self._pulse.beat, _name(task), timedelta(seconds=seconds)))

    def _rings(self, relay: Relay) -> bool:
        """Whether a task that was begun with this Relay shall go on to its next step."""
        return not self._stopping.is_set() and self._rung is relay and _stands(relay)

    def _campaigns(self, relay: Relay) -> bool:
        """Starts and stops what is due, and sets the bell for the exact moments that come."""
        well = run_task("campaigns", partial(campaigns.tick, relay))
        for slug, moment in _moments(relay):
            name = f"campaign {slug} {moment:%s}"
            self._bell.add_job(
                self._ring, "date", args=[self._campaigns], run_date=moment, id=name, replace_existing=True
            )
        return well

    def _crawl(self, relay: Relay) -> bool:
        went_well = []
        for read in crawl.readings(relay, crawl.due(relay)):
            if not self._rings(relay):
                return False
            went_well.append(run_task("sweep", read))
            if went_well[-1]:
                self._lives(self._crawl)
        return not went_well or any(went_well)

    def _ledger(self, relay: Relay) -> bool:
        """Holes, and what the night reads again, ride on the sweeps that come."""
        return run_task("ledger", partial(coverage.watch, relay))

    def _recheck(self, relay: Relay) -> bool:
        return run_task("recheck", partial(recheck.recheck, relay))

    def _fetch(self, relay: Relay) -> bool:
        """Each fetch has a lease of its own, so it ends what it began, whoever rings by then."""
        well = run_task("adopt", partial(clips.adopt, relay))
        self._fetching = {key: future for key, future in self._fetching.items() if not future.done()}
        free = relay.settings.fetch_workers - len(self._fetching)
        for video_id in [key for key in fetch.waiting(relay) if key not in self._fetching][: max(0, free)]:
            self._fetching[video_id] = self._fetchers.submit(
                run_task, "fetch", partial(fetch.fetch_video, self._relay, video_id)
            )
        return well

    def _hand_ins(self, relay: Relay) -> bool:
        """Looking at a file takes its time, so that is done among the fetchers, one file after another."""
        well = run_task("hand-ins", partial(hand_ins.tidy, relay))
        well &= run_task("hand-ins", partial(hand_ins.settle, relay, withdraw=withdrawal.withdraw))
        if (self._taking_in is None or self._taking_in.done()) and hand_ins.waiting(relay):
            self._taking_in = self._fetchers.submit(process_hand_ins, relay)
        return well

    def _reclaim(self, relay: Relay) -> bool:
        return run_task("reclaim", partial(fetch.reclaim, relay))

    def _prepare(self, relay: Relay) -> bool:
        went_well = []
        for slug in _slugs(relay):
            if self._rings(relay):
                went_well.append(run_task("prepare", partial(render.prepare, relay, slug, limit=4)))
        return not went_well or any(went_well)

    def _prune(self, relay: Relay) -> bool:
        return run_task("prune", partial(pruning.prune, relay))

    def _end(self) -> None:
        """Children are stopped at once; what their threads write afterwards is at most a state, in one transaction."""
        last = threading.Timer(STOP_SECONDS, _break_off)
        last.daemon = True
        last.start()
        self._stopping.set()
        log.info("stopping")
        self._relay.toolbox.close()
        self._stop_ringing()
        self._bell.shutdown(wait=False)
        self._heart.join()
        for ringers in self._ringers.values():
            ringers.end()
        self._fetchers.shutdown(wait=True, cancel_futures=True)
        leader.release(self._relay, BELL)
        last.cancel()
        log.info("work ended")


def _break_off() -> None:
    """Ends the process though a thread still holds on, and leaves behind where each of them stands."""
    log.error("work did not end in time", seconds=STOP_SECONDS)
    faulthandler.dump_traceback()
    os._exit(0)


class _Every(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds from now on. Unlike an interval of APScheduler it doesn't reckon through all the times
    that went by: those of a clock that is put forward by years would be millions.
    """

    def __init__(self, seconds: float) -> None:
        self._step = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """On the beat that was begun, where the clock has gone on steadily; both are given in the scheduler's zone."""
        if previous_fire_time is None or not timedelta() <= now - previous_fire_time < self._step:
            return now + self._step
        return previous_fire_time + self._step


class _Workers(BasePoolExecutor):  # type: ignore[misc]
    """Threads that the scheduler doesn't wait for: it would hold the lock that a task needs to set a bell."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        super().__init__(self._threads)

    def shutdown(self, wait: bool = True) -> None:  # noqa: ARG002 - `end` waits
        self._threads.shutdown(wait=False)

    def end(self) -> None:
        self._threads.shutdown(wait=True)


def _name(task: Callable[[Relay], bool]) -> str:
    """What the task is called among the signs of life."""
    return task.__name__.removeprefix("_")


def _fence_or_none(relay: Relay) -> Fence | None:
    try:
        number = leader.acquire(relay, BELL, relay.settings.lease_seconds)
    except RelayError as error:
        log.warning("the lease could not be renewed", error=error.line)
        return None
    return Fence(BELL, number) if number else None


def _stands(relay: Relay) -> bool:
    try:
        return relay.stands()
    except RelayError as error:
        log.warning("nobody can tell who rings", error=error.line)
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
