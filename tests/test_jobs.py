from __future__ import annotations

import dataclasses
import os
import socket
import threading

import pytest

from relay.context import Relay
from relay.jobs import bell_rings, hold, let_go
from relay.models import Lease
from tests.fakes.clock import FakeClock


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
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    killed = dataclasses.replace(first, holder=f"{socket.gethostname()}-{child}")
    hold(killed, "bell", 20)
    assert hold(second, "bell", 20)


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
