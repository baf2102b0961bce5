from __future__ import annotations

import dataclasses
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

import pytest
import structlog
from sqlalchemy import update
from sqlmodel import select

from relay.alerts import advice
from relay.almanac.delivery import pruning, render
from relay.collect import campaigns, crawl, recheck
from relay.collect.ledger import coverage
from relay.context import Fence, Relay
from relay.engine.queues import TaskQueues
from relay.engine.tasks import EngineTask
from relay.errors import StoreError
from relay.intake import clips, fetch, kin, leases
from relay.intake.hand_in import hand_ins
from relay.jobs import Scheduler, _break_off, _Every, _moments, _name, process_hand_ins, work_once
from relay.models import Campaign, CampaignState, Lease, Video, VideoState
from relay.upkeep import health, outbox
from relay.upkeep.leader import acquire, release
from relay.upkeep.record import looks
from tests.fakes.clock import FakeClock
from tests.fakes.engine import Machines
from tests.fakes.machine import FakeMachine
from tests.upkeep.test_leader import fence, is_led


def _loudly(_code: int, end: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    end(70)


@pytest.mark.slow
def test_work_ends_in_order_though_a_task_still_adds_a_job(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler's own `shutdown(wait=True)` waits for tasks under the lock that such a task waits for."""
    relay = dataclasses.replace(relay, clock=lambda: datetime.now(UTC))
    work, begun = Scheduler(relay), threading.Event()

    def adds_a_job(_relay: Relay) -> None:
        begun.set()
        while not work._stopping.is_set():
            time.sleep(0.01)
        time.sleep(0.3)
        work._schedule.add_job(print, "interval", seconds=60)

    monkeypatch.setattr(campaigns, "tick", adds_a_job)
    monkeypatch.setattr(os, "_exit", _loudly)
    monkeypatch.setattr("relay.jobs.STOP_SECONDS", 15.0)
    threading.Thread(target=lambda: (begun.wait(20), work.stop())).start()
    work.run()
    assert begun.is_set()
    assert not is_led(relay)


# What else a lease, a task and the end of the work may do


class Manual:
    """A scheduler that a test ticks; nothing is started."""

    def __init__(self, relay: Relay) -> None:
        self.machine = FakeMachine()
        self.relay = dataclasses.replace(relay, clock=self.machine.now)
        self.scheduler = Scheduler(self.relay, self.machine.wall_clock())

    def jobs(self) -> set[str]:
        return {job.id for job in self.scheduler._schedule.get_jobs()}

    def next_runs(self) -> set[datetime]:
        return {job.next_run_time for job in self.scheduler._schedule.get_jobs()}


@pytest.fixture
def manual(relay: Relay) -> Manual:
    return Manual(relay)


TASKS = {
    *("_campaigns", "_crawl", "_fetch", "_hand_ins", "_erase", "_films_instead", "_reclaim"),
    *("_prepare", "_previews", "_recordings", "_hear", "_prune", "_heads", "_ledger"),
    "_recheck",
}


def test_who_gets_the_lease_leads_and_who_loses_it_stops(manual: Manual) -> None:
    other = dataclasses.replace(manual.relay, holder="other")
    assert acquire(other, "bell", 20)
    manual.scheduler.tick()
    assert manual.jobs() == set()
    release(other, "bell")
    manual.machine.runs(1)
    manual.scheduler.tick()
    assert manual.jobs() == set(), "it asks again after a quarter of the lease"
    manual.machine.runs(4)
    manual.scheduler.tick()
    assert manual.jobs() == TASKS
    manual.machine.runs(21)
    assert acquire(other, "bell", 20)
    manual.scheduler.tick()
    assert manual.jobs() == set()


@pytest.mark.slow
def test_a_task_of_a_process_that_leads_no_more_does_nothing(manual: Manual) -> None:
    manual.scheduler.tick()
    done: list[Relay] = []

    def task(relay: Relay) -> bool:
        done.append(relay)
        return True

    manual.scheduler._run_task(task)
    assert len(done) == 1
    manual.machine.runs(21)
    acquire(dataclasses.replace(manual.relay, holder="other"), "bell", 20)
    manual.scheduler._run_task(task)
    assert len(done) == 1, "its fence has fallen, and it has not noticed yet"
    manual.scheduler._stopping.set()
    manual.scheduler._run_task(task)
    assert len(done) == 1


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [-300, -7200, -86400, 7200])
def test_a_clock_that_is_set_schedules_everything_anew(manual: Manual, seconds: float) -> None:
    manual.scheduler.tick()
    before = manual.next_runs()
    manual.machine.runs(1)
    manual.machine.is_set(seconds=seconds)
    manual.scheduler.tick()
    assert manual.next_runs() == {manual.machine.at}
    assert before != manual.next_runs()
    with manual.relay.reading() as session:
        assert session.get_one(Lease, "bell").until == manual.machine.at + timedelta(seconds=20)
        (crawl,) = session.exec(select(Lease.until).where(Lease.name == "job:crawl"))
        assert crawl == manual.machine.at + timedelta(minutes=20)


@pytest.mark.slow
def test_while_the_clocks_go_on_alike_nothing_is_scheduled_anew(manual: Manual) -> None:
    manual.scheduler.tick()
    before = manual.next_runs()
    for _ in range(30):
        manual.machine.runs(1)
        manual.scheduler.tick()
    assert manual.next_runs() == before


def test_who_stands_by_leaves_the_lease_to_its_holder_after_a_jump(manual: Manual) -> None:
    holder = dataclasses.replace(manual.relay, holder="other")
    acquire(holder, "bell", 20)
    manual.scheduler.tick()
    manual.machine.runs(4.9)
    manual.machine.is_set(hours=-2)
    manual.scheduler.tick()
    assert manual.jobs() == set()
    acquire(holder, "bell", 20)  # the other has seen the jump, too
    manual.machine.runs(5)
    manual.scheduler.tick()
    assert manual.jobs() == set()


@pytest.mark.slow
def test_who_stands_by_takes_over_after_a_jump_when_nobody_holds_the_lease(manual: Manual) -> None:
    acquire(dataclasses.replace(manual.relay, holder="gone"), "bell", 20)
    manual.scheduler.tick()
    manual.machine.is_set(hours=-2)
    for _ in range(30):
        manual.machine.runs(1)
        manual.scheduler.tick()
    assert manual.jobs() == TASKS


@pytest.mark.slow
def test_a_jump_that_could_not_be_told_is_told_later(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.scheduler.tick()
    told: list[timedelta] = []

    def fails(_relay: Relay, back: timedelta) -> None:
        told.append(back)
        if len(told) == 1:
            raise StoreError("The database is locked.")

    monkeypatch.setattr(health, "clock_set_back", fails)
    manual.machine.is_set(hours=-2)
    for _ in range(3):
        manual.scheduler.tick()
    assert told == [timedelta(hours=2)] * 2


@pytest.mark.slow
def test_the_watch_waits_for_the_leadership_thread(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Relay] = []
    monkeypatch.setattr(health, "watch", looks.append)
    manual.scheduler._watch()
    manual.machine.sleeps(hours=8)
    manual.scheduler._watch()
    assert len(looks) == 1
    manual.scheduler.tick()
    manual.scheduler._watch()
    assert len(looks) == 2


@pytest.mark.parametrize(
    ("ago", "ahead"), [(None, 5.0), (0.0, 5.0), (2.0, 3.0), (4.9, 0.1), (5.0, 5.0), (1e9, 5.0), (-7200.0, 5.0)]
)
def test_what_comes_every_five_seconds_comes_in_five_at_most(ago: float | None, ahead: float) -> None:
    now = datetime(2023, 1, 12, tzinfo=UTC)
    before = None if ago is None else now - timedelta(seconds=ago)
    assert _Every(5.0).get_next_fire_time(before, now) == now + timedelta(seconds=ahead)


@pytest.mark.slow
def test_only_moments_that_lie_ahead_add_a_job(relay: Relay, clock: FakeClock) -> None:
    dates = {"opens": "2023-01-11", "closes": "2023-01-18", "tz": "UTC"}
    campaigns.new(relay, slug="proryv", title="T", hashtags=["#proryv80"], **dates)
    assert [moment.day for _, moment in _moments(relay)] == [18]
    clock.is_at(datetime(2023, 1, 10, tzinfo=UTC))
    assert [moment.day for _, moment in _moments(relay)] == [11, 18]
    clock.is_at(datetime(2023, 1, 11, tzinfo=UTC))
    assert [moment.day for _, moment in _moments(relay)] == [18]
    clock.is_at(datetime(2023, 1, 19, tzinfo=UTC))
    assert _moments(relay) == []


def test_how_many_failed_is_counted(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_ins, "waiting", lambda _relay: [1, 2, 3])

    def takes(_relay: Relay, hand_in_id: int, **_more: object) -> None:
        if hand_in_id == 2:
            raise StoreError("The disk is full.")

    monkeypatch.setattr(hand_ins, "process", takes)
    lines: list[str] = []
    assert process_hand_ins(relay, lines.append) == 1
    assert lines == ["The disk is full."]


@pytest.mark.slow
def test_working_once_counts_what_failed(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    assert work_once(relay) == 0
    monkeypatch.setattr(fetch, "waiting", lambda _relay: [1, 2, 3])

    def takes(_relay: Relay, video_id: int) -> None:
        if video_id != 2:
            raise StoreError("The disk is full.")

    monkeypatch.setattr(fetch, "fetch_video", takes)
    assert work_once(relay) == 2


@pytest.mark.slow
def test_no_more_are_fetched_at_once_than_there_are_workers(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go_of = threading.Event()
    begun: list[int] = []

    def takes(_relay: Relay, video_id: int) -> None:
        begun.append(video_id)
        let_go_of.wait(10)

    monkeypatch.setattr(fetch, "waiting", lambda _relay: list(range(100)))
    monkeypatch.setattr(fetch, "fetch_video", takes)
    workers = manual.relay.settings.fetch_workers
    try:
        for _ in range(3):
            assert manual.scheduler._fetch(manual.relay)
        assert sorted(manual.scheduler._queues.running(EngineTask.fetch)) == list(range(workers))
    finally:
        let_go_of.set()
        manual.scheduler._engine.close()
    assert sorted(begun) == list(range(workers))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outcomes", "well", "signs"),
    [([], True, 0), ([True, True], True, 2), ([False, True], True, 1), ([False, False], False, 0)],
)
def test_reading_goes_well_while_any_source_can_be_read(
    manual: Manual, monkeypatch: pytest.MonkeyPatch, outcomes: list[bool], well: bool, signs: int
) -> None:
    manual.scheduler.tick()
    assert manual.scheduler._leading is not None
    beats: list[object] = []

    def reads(good: bool) -> Callable[[], None]:
        def read() -> None:
            if not good:
                raise StoreError("It is locked.")

        return read

    monkeypatch.setattr(crawl, "readings", lambda _relay, _due: [reads(good) for good in outcomes])
    monkeypatch.setattr(manual.scheduler, "beat", beats.append)
    assert manual.scheduler._crawl(manual.scheduler._leading) is well
    assert len(beats) == signs


@pytest.mark.slow
@pytest.mark.parametrize("jump", [{"hours": -2}, {"hours": 9}])
def test_a_jump_takes_no_video_from_the_process_that_fetches_it(manual: Manual, jump: dict[str, float]) -> None:
    """Before anything is scheduled anew: the next look for dead fetchers comes at once."""
    manual.scheduler.tick()
    until = manual.machine.at + timedelta(hours=4)
    with leases.at_work(f"{manual.relay.holder}/ab") as holder:
        with manual.relay.transaction() as session:
            held = {"state": VideoState.fetching, "lease_holder": holder, "lease_until": until}
            session.add(Video(network="vk", owner_id="7", video_id="1", url="u", created_at=manual.machine.at, **held))
        manual.machine.is_set(**jump)
        manual.scheduler.tick()
        assert fetch.reclaim(manual.relay) == []


# What is scheduled, and how often


@pytest.mark.slow
def test_what_is_done_how_often_and_that_all_begins_at_once(manual: Manual) -> None:
    manual.scheduler.tick()
    now, schedule = manual.machine.at, manual.scheduler._schedule
    schedule.start(paused=True)
    tasks = [job for job in schedule.get_jobs() if job.id.startswith("_")]
    schedule.shutdown(wait=False)
    planned = {job.id: (job.trigger.get_next_fire_time(None, now) - now).total_seconds() for job in tasks}
    assert planned == {
        "_campaigns": 15, "_crawl": 5, "_fetch": 3, "_hand_ins": 5, "_erase": 5, "_films_instead": 30,
        "_reclaim": 60, "_prepare": 30, "_previews": 5, "_recordings": 20, "_hear": 5,
        "_prune": 3600,
        "_heads": 600,
        "_ledger": 300, "_recheck": 300,
    }  # fmt: skip
    assert {(job.next_run_time, job.coalesce, job.max_instances, job.misfire_grace_time) for job in tasks} == {
        (now, True, 1, None)
    }
    assert {job.id: (job.args[0], job.args[1]) for job in tasks} == {
        name: (getattr(manual.scheduler, name), seconds) for name, seconds in planned.items()
    }


@pytest.mark.slow
def test_who_leads_promises_a_sign_of_each_task_and_renews_the_lease_each_quarter(manual: Manual) -> None:
    ends = []
    for seconds in (0, 4.9, 0.1, 5, 5):
        manual.machine.runs(seconds)
        manual.scheduler.tick()
        with manual.relay.reading() as session:
            ends.append((session.get_one(Lease, "bell").until - manual.machine.at).total_seconds())
    assert ends == [20, 15.1, 20, 20, 20]
    assert set(health.read_vitals(manual.relay).jobs) == {name.removeprefix("_") for name in TASKS}
    assert fence(manual.relay) == 1


@pytest.mark.slow
def test_a_lease_that_can_not_be_renewed_is_one_that_is_lost(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.scheduler.tick()
    assert manual.jobs() == TASKS

    def fails(*_words: object) -> int:
        raise StoreError("The database is busy.")

    monkeypatch.setattr("relay.upkeep.leader.acquire", fails)
    manual.machine.runs(5)
    manual.scheduler.tick()
    assert manual.jobs() == set()


@pytest.mark.slow
def test_whoever_led_meanwhile_leaves_a_new_fence(manual: Manual) -> None:
    manual.scheduler.tick()
    other = dataclasses.replace(manual.relay, holder="other")
    manual.machine.runs(20)
    assert acquire(other, "bell", 20) == 2
    release(other, "bell")
    manual.scheduler.tick()
    assert manual.scheduler._leading is not None
    assert manual.scheduler._leading.fence == Fence("bell", 4)
    assert manual.jobs() == TASKS


@pytest.mark.slow
def test_a_task_that_went_well_gives_a_sign_where_it_comes_again_by_itself(
    manual: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    manual.scheduler.tick()
    beats: list[float] = []
    monkeypatch.setattr(manual.scheduler, "beat", lambda _task, seconds: beats.append(seconds))
    for well, seconds, signs in ((True, 5.0, [5.0]), (False, 5.0, []), (True, 0.0, [])):
        beats.clear()
        manual.scheduler._run_task(lambda _relay, well=well: well, seconds)
        assert beats == signs


@pytest.mark.slow
def test_a_sign_of_life_is_written_under_the_tasks_name_for_its_time(manual: Manual) -> None:
    manual.scheduler.beat(manual.scheduler._fetch, 600.0)
    with manual.relay.reading() as session:
        assert session.exec(select(Lease.name, Lease.until)).all() == [
            ("job:fetch", manual.machine.at + timedelta(minutes=20))
        ]


@pytest.mark.slow
def test_a_task_says_whether_it_went_well(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_relay: Relay, **_more: object) -> None:
        raise StoreError("It is locked.")

    done: list[Relay] = []
    for task, module, name in [
        ("_ledger", coverage, "watch"),
        ("_recheck", recheck, "recheck"),
        ("_reclaim", fetch, "reclaim"),
        ("_recordings", kin, "renew"),
        ("_prune", pruning, "prune"),
        ("_heads", looks, "daily"),
        ("_fetch", clips, "adopt"),
        ("_campaigns", campaigns, "tick"),
        ("_hand_ins", hand_ins, "tidy"),
        ("_hand_ins", hand_ins, "settle"),
    ]:
        with monkeypatch.context() as noted:
            noted.setattr(module, name, lambda relay, **_more: done.append(relay))
            done.clear()
            assert getattr(manual.scheduler, task)(manual.relay) is True
            assert done == [manual.relay]
        with monkeypatch.context() as broken:
            broken.setattr(module, name, fails)
            assert getattr(manual.scheduler, task)(manual.relay) is False, (task, name)


@pytest.mark.slow
def test_preparing_goes_well_while_any_campaign_can_be_prepared(
    manual: Manual, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = manual.machine.at
    with manual.relay.transaction() as session:
        for slug, state in zip("abcd", ("running", "stopped", "draft", "archived"), strict=True):
            words = {"opens_at": now, "closes_at": now, "created_at": now, "tz": "UTC", "title": "x"}
            session.add(Campaign(slug=slug, state=CampaignState(state), **words))
    asked: list[tuple[str, int]] = []
    broken = set[str]()

    def prepare(_relay: Relay, slug: str, *, limit: int, **_more: object) -> None:
        asked.append((slug, limit))
        if slug in broken:
            raise StoreError("It is locked.")

    monkeypatch.setattr(render, "prepare", prepare)
    manual.scheduler.tick()
    assert manual.scheduler._leading is not None
    for now_broken, well in (("", True), ("a", True), ("ab", False)):
        broken |= set(now_broken)
        asked.clear()
        assert manual.scheduler._prepare(manual.scheduler._leading) is well
        assert asked == [("a", 4), ("b", 4)]
    manual.scheduler._stopping.set()
    assert manual.scheduler._prepare(manual.scheduler._leading)
    assert len(asked) == 2, "who stops prepares nothing"


@pytest.fixture
def in_cluster(relay: Relay) -> Manual:
    """The one that leads a cluster whose scheduler nobody has started."""
    pytest.importorskip("distributed", reason="extra: cluster")
    more = {"cluster": "tcp://127.0.0.1:9", "min_free_gb": 0.0, "lease_seconds": 900.0}
    made = Manual(dataclasses.replace(relay, settings=relay.settings.model_copy(update=more)))
    made.scheduler._engine = Machines(1)
    made.scheduler._queues = TaskQueues(made.scheduler._engine)
    return made


def test_a_scheduler_that_can_not_be_reached_for_a_minute_is_told_once(in_cluster: Manual) -> None:
    work, machines = in_cluster.scheduler, in_cluster.scheduler._engine
    work.tick()
    assert in_cluster.jobs() == {*TASKS, "_scheduler"}
    asks, keys = partial(work._run_task, work._scheduler, 10.0), list[list[str]]()
    for is_there in (True, False, False, True):
        machines.is_there = is_there
        in_cluster.machine.runs(61)
        asks()
        keys.append([key for key in health.watch(in_cluster.relay) if key == "job:scheduler"])
    assert keys == [[], ["job:scheduler"], [], ["job:scheduler"]], "raised, then closed"
    assert advice("job:scheduler").startswith("Start relay cluster scheduler")


def test_on_one_machine_nobody_waits_for_a_scheduler(manual: Manual) -> None:
    manual.scheduler.tick()
    assert "_scheduler" not in manual.jobs()


def test_who_stops_reads_no_further_source(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    manual.scheduler.tick()
    read: list[int] = []
    readings = [lambda: (read.append(1), manual.scheduler._stopping.set()), lambda: read.append(2)]
    monkeypatch.setattr(crawl, "readings", lambda _relay, _due: readings)
    assert manual.scheduler._leading is not None
    assert manual.scheduler._crawl(manual.scheduler._leading) is False
    assert read == [1]


@pytest.mark.slow
def test_the_exact_moments_that_come_add_a_job_each(manual: Manual) -> None:
    dates = {"opens": "2023-01-13", "closes": "2023-01-18", "tz": "UTC"}
    campaigns.new(manual.relay, slug="proryv", title="T", hashtags=["#proryv80"], **dates)
    campaigns.new(manual.relay, slug="over", title="T", hashtags=["#proryv80"], **dates)
    with manual.relay.transaction() as session:
        session.exec(update(Campaign).where(Campaign.slug == "over").values(state=CampaignState.stopped, held=True))  # type: ignore[arg-type]
    assert manual.scheduler._campaigns(manual.relay)
    opens, closes = datetime(2023, 1, 13, tzinfo=UTC), datetime(2023, 1, 18, 23, 59, 59, tzinfo=UTC)
    jobs = [job for job in manual.scheduler._schedule.get_jobs() if job.id.startswith("campaign ")]
    assert [(job.id.rsplit(" ", 1)[0], job.trigger.run_date, job.args) for job in jobs] == [
        ("campaign proryv", moment, (manual.scheduler._campaigns,)) for moment in (opens, closes)
    ]


@pytest.mark.slow
def test_what_was_handed_in_is_taken_in_one_after_another(manual: Manual, monkeypatch: pytest.MonkeyPatch) -> None:
    let_go_of, begun = threading.Event(), []

    def takes(_relay: Relay, hand_in_id: int, **_more: object) -> None:
        begun.append(hand_in_id)
        let_go_of.wait(10)

    monkeypatch.setattr(hand_ins, "waiting", lambda _relay: [])
    assert manual.scheduler._hand_ins(manual.relay)
    assert manual.scheduler._processing_hand_ins is None, "there is nothing to take in"
    monkeypatch.setattr(hand_ins, "waiting", lambda _relay: [7])
    monkeypatch.setattr(hand_ins, "process", takes)
    try:
        assert manual.scheduler._hand_ins(manual.relay)
        first = manual.scheduler._processing_hand_ins
        assert manual.scheduler._hand_ins(manual.relay)
        assert manual.scheduler._processing_hand_ins is first
    finally:
        let_go_of.set()
    assert first is not None
    assert first.result(10) == 0
    assert manual.scheduler._hand_ins(manual.relay)
    assert manual.scheduler._processing_hand_ins is not first
    manual.scheduler._hand_in_checker.shutdown(wait=True)
    assert begun == [7, 7]


def test_working_once_goes_through_everything_whatever_fails(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    now = relay.now()
    with relay.transaction() as session:
        words = {"opens_at": now, "closes_at": now + timedelta(days=1), "created_at": now, "tz": "UTC", "title": "x"}
        session.add(Campaign(slug="runs", state=CampaignState.running, **words))
        session.add(Campaign(slug="draft", **words | {"opens_at": now + timedelta(hours=1)}))

    def fails(name: str) -> Callable[..., None]:
        def task(*_words: object, **_more: object) -> None:
            raise StoreError(name)

        return task

    for module, name in (
        *((health, "put_right"), (coverage, "watch"), (recheck, "recheck"), (hand_ins, "tidy"), (hand_ins, "process")),
        *((fetch, "fetch_video"), (hand_ins, "settle"), (render, "prepare"), (kin, "renew"), (pruning, "prune")),
        *((looks, "daily"), (health, "watch"), (outbox, "send_due")),
    ):
        monkeypatch.setattr(module, name, fails(f"{module.__name__.rpartition('.')[2]} {name}"))
    monkeypatch.setattr(crawl, "readings", lambda _relay, _due: [fails("first"), fails("second")])
    monkeypatch.setattr(hand_ins, "waiting", lambda _relay: [1])
    monkeypatch.setattr(fetch, "waiting", lambda _relay: [1])
    lines: list[str] = []
    assert work_once(relay, report=lines.append) == 15
    assert lines == [
        *("health put_right", "coverage watch", "first", "second", "recheck recheck", "hand_ins tidy"),
        *(
            "hand_ins process",
            "fetch fetch_video",
            "hand_ins settle",
            "render prepare",
            "kin renew",
            "pruning prune",
            "looks daily",
            "health watch",
        ),
        "outbox send_due",
    ]
    with relay.reading() as session:
        assert session.get_one(Lease, "job:once").until == now + timedelta(minutes=20)


def test_work_that_is_told_to_stop_lets_everything_go(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("relay.jobs.STOP_SECONDS", 3600.0)  # who holds on is told by pytest, with its stack
    relay = dataclasses.replace(relay, clock=lambda: datetime.now(UTC))
    work = Scheduler(relay)
    usual = [signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)]
    try:
        work.stop()
        work.run()
    finally:
        for name, handler in zip((signal.SIGTERM, signal.SIGINT), usual, strict=True):
            signal.signal(name, handler)
    assert not is_led(relay)
    assert not work._leadership.is_alive()
    with pytest.raises(RuntimeError):
        work._engine.submit(EngineTask.fetch, 1)


def test_work_that_does_not_end_in_time_leaves_behind_who_held_on(monkeypatch: pytest.MonkeyPatch) -> None:
    did: list[object] = []
    monkeypatch.setattr(faulthandler, "dump_traceback", lambda: did.append("stacks"))
    monkeypatch.setattr(os, "_exit", did.append)
    with structlog.testing.capture_logs() as logs:
        _break_off()
    assert did == ["stacks", 0]
    assert logs == [{"event": "work did not end in time", "seconds": 25.0, "log_level": "error"}]


def test_no_job_promises_a_sign_of_life_that_looks_as_if_the_clock_was_set_back(manual: Manual) -> None:
    for task, seconds in manual.scheduler._tasks():
        assert 2 * timedelta(seconds=seconds) <= health.LONGEST.get(_name(task), health.LEAST), _name(task)
