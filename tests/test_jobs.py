from __future__ import annotations

import dataclasses
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

import pytest

from relay import processes
from relay.context import Fence, Relay
from relay.errors import Interrupted
from relay.jobs import Work, bell_rings, hold, let_go
from relay.models import Lease
from tests.fakes.clock import FakeClock
from tests.test_processes import a_child


@pytest.fixture
def first(relay: Relay) -> Relay:
    return dataclasses.replace(relay, holder="host-1")


@pytest.fixture
def second(relay: Relay) -> Relay:
    return dataclasses.replace(relay, holder="host-2")


def fence(relay: Relay) -> int:
    with relay.reading() as session:
        return session.get_one(Lease, "bell").fence


def test_one_rings_and_the_other_stands_by(first: Relay, second: Relay) -> None:
    assert hold(first, "bell", 20)
    assert not hold(second, "bell", 20)
    assert hold(first, "bell", 20)
    assert bell_rings(second)


def test_the_other_takes_over_when_the_lease_has_run_out(first: Relay, second: Relay, clock: FakeClock) -> None:
    hold(first, "bell", 20)
    clock.moves(seconds=21)
    assert not bell_rings(first)
    assert hold(second, "bell", 20)
    assert not hold(first, "bell", 20)
    assert fence(first) == 2


def test_the_other_takes_over_at_once_when_the_first_let_go(first: Relay, second: Relay) -> None:
    hold(first, "bell", 20)
    let_go(second, "bell")
    assert not hold(second, "bell", 20)
    let_go(first, "bell")
    assert hold(second, "bell", 20)


def test_a_process_that_was_killed_is_not_waited_for(first: Relay, second: Relay) -> None:
    with a_child() as child:
        killed = dataclasses.replace(first, holder=processes.name_of(child.pid))
        hold(killed, "bell", 20)
        assert not hold(second, "bell", 20)
    assert hold(second, "bell", 20)


def test_a_fence_never_comes_twice(first: Relay, second: Relay, clock: FakeClock) -> None:
    fences = []
    for holder in (first, second, first, first):
        fences.append(hold(holder, "bell", 20))
        let_go(holder, "bell")
    assert fences == sorted(set(fences))
    assert 0 not in fences
    old = dataclasses.replace(first, fence=Fence("bell", fences[0]))
    assert not old.stands()
    with pytest.raises(Interrupted, match="Another process"), old.transaction():
        pass


def test_of_many_that_want_it_at_once_one_gets_it(relay: Relay) -> None:
    got: list[str] = []

    def wants(holder: str) -> None:
        if hold(dataclasses.replace(relay, holder=holder), "bell", 20):
            got.append(holder)

    threads = [threading.Thread(target=wants, args=(f"host-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


def _loudly(_code: int, end: Callable[[int], NoReturn] = os._exit) -> NoReturn:
    end(70)


def test_work_ends_in_order_though_a_task_still_sets_a_bell(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """APScheduler's own `shutdown(wait=True)` waits for tasks under the lock that such a task waits for."""
    relay = dataclasses.replace(relay, clock=lambda: datetime.now(UTC))
    work, begun = Work(relay), threading.Event()

    def sets_a_bell(_relay: Relay) -> bool:
        begun.set()
        while not work._stopping.is_set():
            time.sleep(0.01)
        time.sleep(0.3)
        work._bell.add_job(print, "interval", seconds=60)
        return True

    monkeypatch.setattr(work, "_campaigns", sets_a_bell)
    sets_a_bell.__name__ = "_campaigns"
    monkeypatch.setattr(os, "_exit", _loudly)
    monkeypatch.setattr("relay.jobs.STOP_SECONDS", 15.0)
    threading.Thread(target=lambda: (begun.wait(20), work.stop())).start()
    work.run()
    assert begun.is_set()
    assert not bell_rings(relay)
