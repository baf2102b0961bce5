"""When things run. APScheduler only starts tasks: what is due stands in the rows, and every task is idempotent.

One process leads and runs the tasks; the others stand by until its lease ends (relay/leader.py). The job store is
memory: the schedule is rebuilt from the Campaign rows, so a restart forgets nothing. Settings of the scheduler and
their reasons: docs/operation.md.

The scheduler sleeps towards times of the wall clock, which somebody may set back. So renewing the lease is not one of
its jobs: a thread of its own does it by the monotonic clock, and reschedules everything when the wall clock has jumped.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import FrameType

from apscheduler.executors.pool import BasePoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from sqlmodel import col, func, select

from relay import clocks, logs
from relay.almanac.delivery import pruning, render
from relay.collect import campaigns, crawl, recheck, summaries
from relay.collect.found import posts
from relay.collect.ledger import coverage
from relay.context import Fence, Relay
from relay.engine import cluster
from relay.engine.queues import PREPARED_ONCE, TaskQueues
from relay.erasure import elsewhere, retention, taking_back
from relay.errors import RelayError
from relay.intake import clips, fetch, kin
from relay.intake.hand_in import hand_ins
from relay.language.sentence import filled
from relay.models import Campaign, CampaignState, Clip, Sweep
from relay.upkeep import health, leader, letters, official_letters, outbox
from relay.upkeep.record import looks
from relay.upkeep.run_task import run_task

RENEWALS = 4
"""Times that the lease is renewed before it would end."""
STOP_SECONDS = 25.0
TICK = 1.0
"""Seconds between two ticks of the leadership thread, at most."""
ALWAYS = ("watch", "outbox", "letters", "official_letters", "elsewhere")
"""Jobs of every process, including one that stands by."""

log = logs.get_logger()

Told = Callable[[int, int, str], None]


def _nobody(_done: int, _total: int, _line: str) -> None:
    pass


@dataclass
class WorkDone:
    """What one round of `relay work --once` did. `failed`: tasks; `prepared`: clips whose shots were made ahead."""

    failed: int = 0
    sweeps: int = 0
    posts: int = 0
    tried: int = 0
    hand_ins: int = 0
    clips: int = 0
    prepared: int = 0
    more_to_prepare: bool = False


def work_once(relay: Relay, *, report: Callable[[str], None] = lambda _line: None) -> int:
    """One round of all that is due; returns the number of tasks that failed."""
    return work_through(relay, report=report).failed


def work_through(relay: Relay, *, report: Callable[[str], None] = lambda _line: None, told: Told = _nobody) -> WorkDone:
    """Does all that is due. Each task that fails is logged, and reported in one line.

    Shots are made ahead of at most PREPARED_ONCE clips; what is left, a film or the next round makes. `told`: how many
    steps of how many are done, and what was done just now.
    """
    done, before = WorkDone(), _clips(relay)
    one_round = _Round(relay, done, report, told)
    one_round.collect()
    one_round.fetch()
    one_round.prepare()
    one_round.tidy()
    done.clips = _clips(relay) - before
    return done


class _Round:
    """One round, part by part."""

    def __init__(self, relay: Relay, done: WorkDone, report: Callable[[str], None], told: Told) -> None:
        self._relay, self._done, self._report, self._told = relay, done, report, told

    def collect(self) -> None:
        relay = self._relay
        self._run("clock", partial(health.put_right, relay))
        health.Heartbeat(relay).beat(health.ONCE, timedelta(minutes=relay.settings.crawl_minutes))
        fetch.reclaim(relay)
        campaigns.tick(relay)
        self._run("ledger", partial(coverage.watch, relay))
        reads = crawl.readings(relay, crawl.due(relay))
        for number, read in enumerate(reads, 1):
            self._run("sweep", partial(self._sweep, read, number, len(reads)))
        campaigns.tick(relay)
        self._run("recheck", partial(recheck.recheck, relay))

    def fetch(self) -> None:
        relay = self._relay
        self._run("hand-ins", partial(hand_ins.tidy, relay))
        self._done.hand_ins = len(hand_ins.waiting(relay))
        self._done.failed += process_hand_ins(relay, self._report)
        clips.adopt(relay)
        waiting = fetch.to_finish(relay)
        self._done.tried = len(waiting)
        with ThreadPoolExecutor(relay.settings.fetch_workers) as pool:
            tries = [
                pool.submit(run_task, "fetch", partial(fetch.fetch_video, relay, video_id), self._report)
                for video_id in waiting
            ]
            for number, one in enumerate(as_completed(tries), 1):
                self._done.failed += not one.result()
                self._told(number, len(tries), filled("Videos fetched and looked at: {number}.", number=number))
        self._run("hand-ins", partial(hand_ins.settle, relay, withdraw=taking_back.withdraw))

    def prepare(self) -> None:
        """As many as one ring of the bell makes: whoever waits for the command waits for what is due, not for films."""
        for slug in _slugs(self._relay):
            left = PREPARED_ONCE - self._done.prepared
            if left > 0:
                self._run("prepare", partial(render.prepare, self._relay, slug, limit=left, on_clip=self._prepared))
        self._done.more_to_prepare = self._done.prepared >= PREPARED_ONCE

    def tidy(self) -> None:
        relay = self._relay
        self._run("erase", partial(taking_back.tend, relay))
        self._run("erased elsewhere", partial(elsewhere.catch_up, relay))
        self._run("films instead", partial(taking_back.make_films, relay))
        self._run("recordings", partial(kin.renew, relay))
        self._run("statistics", relay.store.renew_statistics)
        self._run("retention", partial(retention.prune, relay))
        self._run("prune", partial(pruning.prune, relay))
        self._run("heads", partial(looks.daily, relay))
        self._run("watch", partial(health.watch, relay))
        self._run("outbox", partial(outbox.send_due, relay))
        self._run("letters", partial(letters.send_due, relay))
        self._run("official_letters", partial(official_letters.send_due, relay))

    def _sweep(self, read: Callable[[], Sweep], number: int, total: int) -> None:
        made = read()
        self._done.sweeps += 1
        self._done.posts += made.posts_new
        self._told(number, total, summaries.swept(made))

    def _prepared(self) -> None:
        self._done.prepared += 1
        line = filled("Clips prepared for films: {number}.", number=self._done.prepared)
        self._told(self._done.prepared, PREPARED_ONCE, line)

    def _run(self, what: str, task: Callable[[], object]) -> None:
        self._done.failed += not run_task(what, task, self._report)


def _clips(relay: Relay) -> int:
    with relay.reading() as session:
        return session.exec(select(func.count()).select_from(Clip)).one()


def process_hand_ins(relay: Relay, report: Callable[[str], None] = lambda _line: None) -> int:
    """Files and links of the public page; returns how many failed and are due again."""
    tries = [
        run_task("hand-in", partial(hand_ins.process, relay, hand_in_id, add=posts.add), report)
        for hand_in_id in hand_ins.waiting(relay)
    ]
    return tries.count(False)


class Scheduler:
    """`relay work`: runs the tasks while it leads. `run()` returns once everything has ended, after `stop()`."""

    def __init__(self, relay: Relay, wall_clock: clocks.WallClock | None = None) -> None:
        self._relay = relay
        self._wall_clock = wall_clock or clocks.WallClock(relay.now)
        self._set_back = timedelta()
        """By how much the clock was set back, as far as no alert says so yet."""
        self._next_renewal = 0.0
        self._heartbeat = health.Heartbeat(relay)
        self._expected: list[tuple[str, timedelta]] = []
        self._leadership = threading.Thread(target=self._keep_leadership, name="leadership", daemon=True)
        self._stopping = threading.Event()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._leading: Relay | None = None
        """With the fence of the lease; None while this process stands by."""
        self._adoption = clips.Adoption()
        self._processing_hand_ins: Future[int] | None = None
        self._engine = cluster.open_engine(relay)
        self._queues = TaskQueues(self._engine)
        self._hand_in_checker = ThreadPoolExecutor(1, thread_name_prefix="hand-in")
        self._workers = {"default": _Workers(8), "always": _Workers(len(ALWAYS))}  # ALWAYS waits for no other task
        self._schedule = BackgroundScheduler(
            timezone=UTC,
            executors=dict(self._workers),
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def run(self) -> None:
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._asked_to_stop)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for key, task, seconds in (
            ("watch", self._watch, 15.0),
            ("outbox", partial(run_task, "outbox", partial(outbox.send_due, self._relay)), 10.0),
            ("letters", partial(run_task, "letters", partial(letters.send_due, self._relay)), 20.0),
            (
                "official_letters",
                partial(run_task, "official_letters", partial(official_letters.send_due, self._relay)),
                10.0,
            ),
            (
                "elsewhere",
                partial(run_task, "erased elsewhere", partial(elsewhere.catch_up, self._relay)),
                elsewhere.EVERY,
            ),
        ):
            self._schedule.add_job(task, _Every(seconds), id=key, executor="always", next_run_time=self._relay.now())
        self._schedule.start()
        self._leadership.start()
        log.info("work started", holder=self._relay.holder)
        os.read(self._woken, 1)
        self._end()
        signal.set_wakeup_fd(-1)

    def stop(self) -> None:
        with contextlib.suppress(BlockingIOError):  # the pipe is full: it has been told already
            os.write(self._wake, b"!")

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """The main thread sleeps on a pipe. Python has written to it already, in whichever thread took the signal;
        this runs once the main thread is awake.
        """

    def _watch(self) -> None:
        """Waits until the leadership thread has seen a jump: before that, everything seems to be overdue."""
        if not self._wall_clock.has_jumped():
            run_task("watch", partial(health.watch, self._relay))

    def _keep_leadership(self) -> None:
        every = min(TICK, self._relay.settings.lease_seconds / RENEWALS)
        run_task("leadership", self.tick)
        while not self._stopping.wait(every):
            run_task("leadership", self.tick)

    def tick(self) -> None:
        """Renews the lease when it is time, by a clock that nobody sets, and at once when the wall clock has jumped."""
        jump = self._wall_clock.check()
        if jump is not None:
            self._handle(jump)
        if self._set_back and run_task("clock", partial(health.clock_set_back, self._relay, self._set_back)):
            self._set_back = timedelta()
        now, every = self._wall_clock.running(), self._relay.settings.lease_seconds / RENEWALS
        if jump is not None:  # a process that stands by lets the leader renew first
            self._next_renewal = now if self._leading is not None else now + every
        if now >= self._next_renewal:
            self._next_renewal = now + every
            run_task("lease", self._renew)
        if jump is not None:
            self._reschedule()

    def _handle(self, jump: clocks.Jump) -> None:
        """Writes the deadlines of this process anew: they were times of the clock as it was. This comes before the
        lease, so that nobody sees a schedule that runs and has missed them.
        """
        log.warning("the clock has jumped", set_by=str(jump.set_by), slept=str(jump.slept))
        self._set_back += jump.back
        run_task("leases", partial(fetch.reset_lease_ends, self._relay))
        run_task("settling", partial(health.begin_settling, self._relay))
        if self._leading is not None:
            run_task("heartbeat", partial(self._heartbeat.begin, self._expected))

    def _reschedule(self) -> None:
        """Every job that repeats runs now, which also wakes the scheduler."""
        for job in self._schedule.get_jobs():
            if isinstance(job.trigger, _Every):
                with contextlib.suppress(JobLookupError):
                    job.modify(next_run_time=self._relay.now())

    def _renew(self) -> None:
        """A process that starts, or takes over, first asks whether the clock was set back while no process ran."""
        if self._leading is None:
            run_task("clock", partial(health.put_right, self._relay))
        fence = _fence_or_none(self._relay)
        if fence == (self._leading.fence if self._leading else None):
            return
        if self._leading is not None:
            log.warning("another process leads; standing by" if fence is None else "another process has led meanwhile")
            self._stop_leading()
        if fence is not None and not self._stopping.is_set():
            log.info("this process leads")
            self._start_leading(fence)

    def _start_leading(self, fence: Fence) -> None:
        self._leading = replace(self._relay, fence=fence)
        tasks = self._tasks()
        self._expected = [(_name(task), timedelta(seconds=each)) for task, each in tasks]
        run_task("heartbeat", partial(self._heartbeat.begin, self._expected))
        for task, seconds in tasks:
            self._schedule.add_job(
                self._run_task,
                _Every(seconds),
                args=[task, seconds],
                id=task.__name__,
                next_run_time=self._relay.now(),
                replace_existing=True,
            )

    def _tasks(self) -> tuple[tuple[Callable[[Relay], bool], float], ...]:
        """What is done while this process leads, and every how many seconds."""
        return (
            (self._campaigns, 15.0),
            (self._crawl, 5.0),
            (self._fetch, 3.0),
            (self._hand_ins, 5.0),
            (self._erase, 5.0),
            (self._films_instead, 30.0),
            (self._reclaim, 60.0),
            (self._prepare, 5.0 if self._engine.is_elsewhere else 30.0),  # other machines wait for the next ones
            (self._previews, 5.0),
            (self._recordings, 20.0),
            (self._hear, 5.0),
            (self._prune, 3600.0),
            (self._heads, 600.0),
            (self._ledger, 300.0),
            (self._recheck, 300.0),
            *([(self._scheduler, 10.0)] if self._relay.settings.cluster else []),
        )

    def _stop_leading(self) -> None:
        self._leading = None
        for job in self._schedule.get_jobs():
            if job.id not in ALWAYS:
                with contextlib.suppress(JobLookupError):  # a single job that runs just now removes itself
                    job.remove()

    def _run_task(self, task: Callable[[Relay], bool], seconds: float = 0.0) -> None:
        """Runs a task with a Relay behind the fence of the lease: once the lease has ended it can write nothing more.

        A task returns whether it went well; one that repeats every `seconds` then leaves a heartbeat.
        """
        relay = self._leading
        if relay is not None and self._leads(relay) and task(relay) and seconds:
            self.beat(task, seconds)

    def beat(self, task: Callable[[Relay], bool], seconds: float = 0.0) -> None:
        run_task("heartbeat", partial(self._heartbeat.beat, _name(task), timedelta(seconds=seconds)))

    def _leads(self, relay: Relay) -> bool:
        """Whether a task that was started with this Relay may go on to its next step."""
        return not self._stopping.is_set() and self._leading is relay and _holds_fence(relay)

    def _campaigns(self, relay: Relay) -> bool:
        """Starts and stops what is due, and schedules itself for the exact moments that lie ahead."""
        well = run_task("campaigns", partial(campaigns.tick, relay))
        for slug, moment in _moments(relay):
            name = f"campaign {slug} {moment:%s}"
            self._schedule.add_job(
                self._run_task, "date", args=[self._campaigns], run_date=moment, id=name, replace_existing=True
            )
        return well

    def _crawl(self, relay: Relay) -> bool:
        went_well = []
        for read in crawl.readings(relay, crawl.due(relay)):
            if not self._leads(relay):
                return False
            went_well.append(run_task("sweep", read))
            if went_well[-1]:
                self.beat(self._crawl)
        return not went_well or any(went_well)

    def _ledger(self, relay: Relay) -> bool:
        """Finds holes, and what is to be read again at night; the next sweeps read it."""
        return run_task("ledger", partial(coverage.watch, relay))

    def _recheck(self, relay: Relay) -> bool:
        return run_task("recheck", partial(recheck.recheck, relay))

    def _fetch(self, relay: Relay) -> bool:
        well = run_task("adopt", partial(self._adoption.tick, relay))
        return run_task("fetch", partial(self._queues.fetch, relay)) and well

    def _hand_ins(self, relay: Relay) -> bool:
        """Checking a file takes time, so a thread of its own does it, one file after another."""
        well = run_task("hand-ins", partial(hand_ins.tidy, relay))
        well &= run_task("hand-ins", partial(hand_ins.settle, relay, withdraw=taking_back.withdraw))
        if (self._processing_hand_ins is None or self._processing_hand_ins.done()) and hand_ins.waiting(relay):
            self._processing_hand_ins = self._hand_in_checker.submit(process_hand_ins, relay)
        return well

    def _erase(self, relay: Relay) -> bool:
        well = run_task("erase", partial(taking_back.tend, relay))
        return run_task("erase elsewhere", partial(self._queues.erase, relay)) and well

    def _films_instead(self, relay: Relay) -> bool:
        return run_task("films instead", partial(taking_back.make_films, relay))

    def _scheduler(self, _relay: Relay) -> bool:
        return self._engine.is_reached()

    def _reclaim(self, relay: Relay) -> bool:
        return run_task("reclaim", partial(fetch.reclaim, relay))

    def _prepare(self, relay: Relay) -> bool:
        return self._queues.shots(relay, _slugs(relay), partial(self._leads, relay))

    def _previews(self, relay: Relay) -> bool:
        return run_task("previews", partial(self._queues.previews, relay))

    def _hear(self, relay: Relay) -> bool:
        return run_task("hear", partial(self._queues.hear, relay))

    def _recordings(self, relay: Relay) -> bool:
        return run_task("recordings", partial(kin.renew, relay))

    def _prune(self, relay: Relay) -> bool:
        run_task("statistics", relay.store.renew_statistics)
        well = run_task("retention", partial(retention.prune, relay))
        return run_task("prune", partial(pruning.prune, relay)) and well

    def _heads(self, relay: Relay) -> bool:
        return run_task("heads", partial(looks.daily, relay))

    def _end(self) -> None:
        """Children are stopped at once; their threads then write at most a state, in one transaction."""
        last = threading.Timer(STOP_SECONDS, _break_off)
        last.daemon = True
        last.start()
        self._stopping.set()
        log.info("stopping")
        self._relay.toolbox.close()
        self._stop_leading()
        self._schedule.shutdown(wait=False)
        self._leadership.join()
        for workers in self._workers.values():
            workers.end()
        self._hand_in_checker.shutdown(wait=True, cancel_futures=True)
        self._engine.close()
        leader.release(self._relay, health.LEADER)
        last.cancel()
        log.info("work ended")


def _break_off() -> None:
    """Ends the process although a thread still runs, and leaves the stacks of all threads in the log."""
    log.error("work did not end in time", seconds=STOP_SECONDS)
    faulthandler.dump_traceback()
    os._exit(0)


class _Every(BaseTrigger):  # type: ignore[misc]
    """Every so many seconds from now on. Unlike an interval of APScheduler it doesn't compute all the times that have
    passed: after a clock is put forward by years they would be millions.
    """

    def __init__(self, seconds: float) -> None:
        self._step = timedelta(seconds=seconds)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """One step after the previous time, where the clock has gone on steadily; both are in the scheduler's zone."""
        if previous_fire_time is None or not timedelta() <= now - previous_fire_time < self._step:
            return now + self._step
        return previous_fire_time + self._step


class _Workers(BasePoolExecutor):  # type: ignore[misc]
    """Threads that the scheduler doesn't wait for: it would hold the lock that a task needs to add a job."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count)
        super().__init__(self._threads)

    def shutdown(self, wait: bool = True) -> None:  # noqa: ARG002 - `end` waits
        self._threads.shutdown(wait=False)

    def end(self) -> None:
        self._threads.shutdown(wait=True)


def _name(task: Callable[[Relay], bool]) -> str:
    """What the task is called among the heartbeats."""
    return task.__name__.removeprefix("_")


def _fence_or_none(relay: Relay) -> Fence | None:
    try:
        number = leader.acquire(relay, health.LEADER, relay.settings.lease_seconds)
    except RelayError as error:
        log.warning("the lease could not be renewed", error=error.line)
        return None
    return Fence(health.LEADER, number) if number else None


def _holds_fence(relay: Relay) -> bool:
    try:
        return relay.holds_fence()
    except RelayError as error:
        log.warning("nobody can tell who leads", error=error.line)
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
