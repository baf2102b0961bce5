from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select, update

from relay import alerts, processes
from relay.alerts import advice, open_alerts
from relay.context import Relay
from relay.engine import hosts
from relay.engine.tasks import Room
from relay.intake import fetch
from relay.models import Delivery, Video, VideoState, WorkerProcess
from relay.upkeep import health
from relay.upkeep.hosts import SILENT, SilentMachine, listing, silent_of
from tests.fakes.clock import FakeClock

PLACES = {Room.fetch: 2, Room.encode: 1}
NOBODYS_PID = 4_194_304
"""Linux gives none as high (proc(5), pid_max)."""
NOW = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def watched(relay: Relay) -> Relay:
    """A cluster's desk whose own disk does not matter; people are told by mail."""
    relay.store.channels = ("mail",)
    return dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))


def of_machine(relay: Relay, name: str, number: int = 7) -> Relay:
    """A process of a machine that nobody here can judge."""
    return dataclasses.replace(relay, holder=f"{name}~1-{number}-70")


def alarms(relay: Relay) -> list[str]:
    """Keys of the alerts that are open once somebody has watched."""
    health.watch(relay)
    with relay.reading() as session:
        return [alert.key for alert in open_alerts(session)]


def mails(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Delivery.text).order_by(Delivery.id)))


def all_mails_are_sent(relay: Relay) -> None:
    with relay.transaction() as session:
        for row in session.exec(select(Delivery)):
            row.sent_at, row.attempts = relay.now(), 1
            session.add(row)


def process(host: str, since: int, until: int, *, has_left: bool = False) -> WorkerProcess:
    """Times in seconds from NOW."""
    places = 0 if has_left else 1
    words = {"since": NOW + timedelta(seconds=since), "until": NOW + timedelta(seconds=until)}
    return WorkerProcess(holder=f"{host}~1-{since}-1", host=host, fetch=places, encode=places, **words)


@pytest.mark.parametrize(
    ("rows", "silent"),
    [
        ([], {}),
        ([process("north", -900, 1)], {}),
        ([process("north", -900, 0)], {"north": -30}),
        ([process("north", -900, 0, has_left=True)], {}),
        # another of the same machine
        ([process("north", -900, -60), process("north", -90, 1)], {"north": -90}),
        ([process("north", -900, -60), process("north", -89, 1)], {}),
        ([process("north", -900, -60), process("south", -89, 1)], {"north": -90}),
        ([process("north", -900, -60), process("north", -800, -9)], {"north": -90}),
        ([process("south", -900, -60), process("north", -900, 0)], {"north": -30, "south": -90}),
    ],
)
def test_which_machines_are_silent(rows: list[WorkerProcess], silent: dict[str, int]) -> None:
    found = tuple(SilentMachine(host, NOW + timedelta(seconds=at)) for host, at in silent.items())
    assert silent_of(rows, NOW) == found


def test_a_silent_machine_is_told_once_by_name_and_when_it_is_back(watched: Relay, clock: FakeClock) -> None:
    north, south = of_machine(watched, "north"), of_machine(watched, "south")
    hosts.beat(north, PLACES)
    hosts.beat(south, PLACES)
    clock.moves(seconds=29)
    hosts.beat(south, PLACES)
    assert alarms(watched) == []
    clock.moves(seconds=1)
    assert alarms(watched) == ["machine:north"]
    assert alarms(watched) == ["machine:north"]
    (told,) = mails(watched)
    assert told == "The machine north of the cluster has given no sign of life since 2023-01-12 09:00 UTC."
    assert advice("machine:north").startswith("Look whether the machine runs")
    all_mails_are_sent(watched)
    hosts.beat(north, PLACES)
    assert alarms(watched) == []
    assert mails(watched) == [told, f"It is over: {told}"]


def test_twin_without_the_question_for_silent_machines_nobody_is_told(
    watched: Relay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts.beat(of_machine(watched, "north"), PLACES)
    clock.moves(seconds=60)
    monkeypatch.setattr(health.hosts, "silent_machines", lambda _session, _now: ())
    assert alarms(watched) == []


@pytest.mark.parametrize("holds", [False, True])
def test_a_machine_that_is_stopped_properly_needs_nobody(watched: Relay, clock: FakeClock, holds: bool) -> None:
    """Also when it could not put back what it held, which is told until it is another's."""
    north = of_machine(watched, "north")
    hosts.beat(north, PLACES)
    with watched.transaction() as session:
        held = {"state": VideoState.fetching, "lease_holder": f"{north.holder}/1", "lease_until": clock()}
        words = {"network": "vk", "owner_id": "-1", "video_id": "1", "url": "u", "created_at": clock()}
        session.add(Video(**words, **(held if holds else {})))
    hosts.leave(north)
    assert [view.fetching for view in listing(watched)] == [1] * holds
    clock.moves(seconds=60)
    assert alarms(watched) == []
    fetch.reclaim(watched)
    assert listing(watched) == []


def test_twin_who_leaves_and_keeps_its_places_counts_as_silent(watched: Relay, clock: FakeClock) -> None:
    """As it was when only the time of its last sign told of it."""
    hosts.beat(of_machine(watched, "north"), PLACES)
    with watched.transaction() as session:
        session.exec(update(WorkerProcess).values(until=clock()))
    assert alarms(watched) == ["machine:north"]


def test_who_begins_on_the_machine_stands_for_the_one_that_ended_there(watched: Relay, clock: FakeClock) -> None:
    """Also when it is stopped properly later: the one before need not come back."""
    hosts.beat(of_machine(watched, "north"), PLACES)
    clock.moves(seconds=90)
    assert alarms(watched) == ["machine:north"]
    again = of_machine(watched, "north", 8)
    hosts.beat(again, PLACES)
    assert alarms(watched) == []
    clock.moves(seconds=5)
    hosts.leave(again)
    assert alarms(watched) == []
    assert listing(watched) == []


def test_one_of_two_workers_of_a_machine_is_missed_though_the_other_works(watched: Relay, clock: FakeClock) -> None:
    first, second = (of_machine(watched, "north", number) for number in (7, 8))
    for one in (first, second, first):
        hosts.beat(one, PLACES)
        clock.moves(seconds=20)
    assert alarms(watched) == ["machine:north"]
    hosts.beat(first, PLACES)
    assert alarms(watched) == ["machine:north"]
    hosts.beat(second, PLACES)
    assert alarms(watched) == []


def test_a_worker_that_is_started_again_at_once_was_never_silent(watched: Relay, clock: FakeClock) -> None:
    """It was killed, which only its own machine can tell before half a minute has passed."""
    before = dataclasses.replace(watched, holder=f"{processes._place()}-{NOBODYS_PID}-1")
    hosts.beat(before, PLACES)
    clock.moves(seconds=3)
    now = dataclasses.replace(watched, holder=processes.own_name())
    hosts.beat(now, PLACES)
    assert [view.holder for view in listing(watched)] == [now.holder]
    clock.moves(seconds=28)
    hosts.beat(now, PLACES)
    assert alarms(watched) == []


def test_after_a_day_a_machine_is_forgotten_and_not_said_to_be_back(watched: Relay, clock: FakeClock) -> None:
    hosts.beat(of_machine(watched, "north"), PLACES)
    clock.moves(seconds=60)
    assert alarms(watched) == ["machine:north"]
    all_mails_are_sent(watched)
    clock.moves(seconds=hosts.FORGOTTEN.total_seconds())
    hosts.beat(of_machine(watched, "south"), PLACES)
    assert alarms(watched) == []
    assert len(mails(watched)) == 1


def test_twin_an_end_that_is_not_quiet_says_that_it_is_over(watched: Relay, clock: FakeClock) -> None:
    hosts.beat(of_machine(watched, "north"), PLACES)
    clock.moves(seconds=60)
    assert alarms(watched) == ["machine:north"]
    all_mails_are_sent(watched)
    with watched.transaction() as session:
        assert alerts.resolve(session, "machine:north", clock())
    assert len(mails(watched)) == 2


def test_right_after_the_clock_has_jumped_nobody_counts_as_silent(watched: Relay, clock: FakeClock) -> None:
    hosts.beat(of_machine(watched, "north"), PLACES)
    clock.moves(hours=8)
    health.begin_settling(watched)
    assert alarms(watched) == []
    clock.moves(seconds=health.SETTLES_WITHIN.total_seconds() + 1)
    assert alarms(watched) == ["machine:north"]


def test_who_was_taken_for_ended_and_is_back_has_its_places_again(watched: Relay, clock: FakeClock) -> None:
    first, second = (of_machine(watched, "north", number) for number in (7, 8))
    hosts.beat(first, PLACES)
    clock.moves(seconds=SILENT.total_seconds() + 1)
    hosts.beat(second, PLACES)
    assert [view.fetch for view in listing(watched)] == [2]
    hosts.beat(first, PLACES)
    assert [view.fetch for view in listing(watched)] == [2, 2]
