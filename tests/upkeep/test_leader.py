from __future__ import annotations

import dataclasses
import threading
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import object_session
from sqlmodel import select

from relay import clocks, processes
from relay.context import Fence, Relay
from relay.errors import Interrupted
from relay.models import Lease
from relay.upkeep.health import LEADER
from relay.upkeep.leader import acquire, release
from tests.fakes.clock import FakeClock
from tests.test_processes import a_child


def is_led(relay: Relay) -> bool:
    """Whether some process leads now."""
    with relay.reading() as session:
        lease = session.get(Lease, LEADER)
        return lease is not None and clocks.holds(
            lease.until, relay.now(), timedelta(seconds=relay.settings.lease_seconds)
        )


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
    assert acquire(first, "bell", 20)
    assert not acquire(second, "bell", 20)
    assert acquire(first, "bell", 20)
    assert is_led(second)


@pytest.mark.slow
def test_the_other_takes_over_when_the_lease_has_run_out(first: Relay, second: Relay, clock: FakeClock) -> None:
    acquire(first, "bell", 20)
    clock.moves(seconds=21)
    assert not is_led(first)
    assert acquire(second, "bell", 20)
    assert not acquire(first, "bell", 20)
    assert fence(first) == 2


@pytest.mark.slow
def test_the_other_takes_over_at_once_when_the_first_let_go(first: Relay, second: Relay) -> None:
    acquire(first, "bell", 20)
    release(second, "bell")
    assert not acquire(second, "bell", 20)
    release(first, "bell")
    assert acquire(second, "bell", 20)


@pytest.mark.slow
def test_a_process_that_was_killed_is_not_waited_for(first: Relay, second: Relay) -> None:
    with a_child() as child:
        killed = dataclasses.replace(first, holder=processes.name_of(child.pid))
        acquire(killed, "bell", 20)
        assert not acquire(second, "bell", 20)
    assert acquire(second, "bell", 20)


@pytest.mark.slow
def test_a_fence_never_comes_twice(first: Relay, second: Relay, clock: FakeClock) -> None:
    fences = []
    for holder in (first, second, first, first):
        fences.append(acquire(holder, "bell", 20))
        release(holder, "bell")
    assert fences == sorted(set(fences))
    assert 0 not in fences
    old = dataclasses.replace(first, fence=Fence("bell", fences[0]))
    assert not old.holds_fence()
    with pytest.raises(Interrupted, match="Another process"), old.transaction():
        pass


@pytest.mark.slow
def test_of_many_that_want_it_at_once_one_gets_it(relay: Relay) -> None:
    got: list[str] = []

    def wants(holder: str) -> None:
        if acquire(dataclasses.replace(relay, holder=holder), "bell", 20):
            got.append(holder)

    threads = [threading.Thread(target=wants, args=(f"host-{number}",)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1


@pytest.mark.slow
def test_a_fence_grows_with_each_holder_and_not_with_each_renewal(
    first: Relay, second: Relay, clock: FakeClock
) -> None:
    assert [acquire(first, "bell", 20) for _ in range(3)] == [1, 1, 1]
    clock.moves(seconds=20)
    assert [acquire(second, "bell", 20) for _ in range(2)] == [2, 2]
    assert acquire(first, "bell", 20) == 0


@pytest.mark.slow
def test_a_lease_ends_at_its_second(first: Relay, second: Relay, clock: FakeClock) -> None:
    acquire(first, "bell", 20)
    clock.moves(seconds=19.9)
    assert not acquire(second, "bell", 20)
    assert is_led(first)
    clock.moves(seconds=0.1)
    assert not is_led(first)
    assert acquire(second, "bell", 20)


@pytest.mark.slow
def test_who_let_go_of_a_lease_of_another_changes_nothing(first: Relay, second: Relay) -> None:
    assert acquire(first, "bell", 20) == 1
    release(second, "bell")
    assert (fence(first), acquire(first, "bell", 20)) == (1, 1)
    release(first, "bell")
    assert fence(first) == 2


@pytest.mark.slow
def test_of_two_that_take_a_lease_over_at_once_the_slower_gets_none(
    first: Relay, second: Relay, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(first, "bell", 20)
    clock.moves(seconds=21)
    stolen = []

    def is_kept(relay: Relay, lease: Lease, *_words: object) -> bool:
        with_lease = object_session(lease)
        assert with_lease is not None
        faster = update(Lease).values(holder="host-3", fence=7).execution_options(synchronize_session=False)
        with_lease.execute(faster)
        stolen.append(relay.holder)
        return False

    monkeypatch.setattr("relay.upkeep.leader.is_kept", is_kept)
    assert acquire(second, "bell", 20) == 0
    assert stolen == ["host-2"]
    assert fence(first) == 7


@pytest.mark.slow
def test_a_lease_is_written_whole(first: Relay, second: Relay, clock: FakeClock) -> None:
    begun = clock()
    acquire(second, "other", 60)
    acquire(first, "bell", 20)
    clock.moves(seconds=5)
    acquire(first, "bell", 30)
    release(first, "other")
    with first.reading() as session:
        rows = {lease.name: (lease.holder, lease.until, lease.fence) for lease in session.exec(select(Lease))}
    assert rows == {
        "other": ("host-2", begun + timedelta(seconds=60), 1),
        "bell": ("host-1", clock() + timedelta(seconds=30), 1),
    }
    release(first, "bell")
    with first.reading() as session:
        assert session.get_one(Lease, "bell").until == clock()


@pytest.mark.slow
def test_a_lease_that_promises_too_much_is_nobodys(first: Relay, second: Relay, clock: FakeClock) -> None:
    acquire(first, "bell", 20)
    clock.moves(minutes=-1)
    assert is_led(first)
    assert acquire(second, "bell", 20) == 0
    clock.moves(seconds=-1)
    assert not is_led(first)
    assert acquire(second, "bell", 20) == 2
