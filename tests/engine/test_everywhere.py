"""Tasks of a real scheduler and real workers, all of this process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from relay.context import Relay
from relay.engine import cluster
from relay.engine.tasks import DOES, EngineTask, Room
from relay.erasure import elsewhere
from relay.intake import fetch

distributed = pytest.importorskip("distributed", reason="extra: cluster")
pytestmark = [pytest.mark.slow, pytest.mark.patience(120)]

WORKERS = 3


@pytest.fixture
def engine(relay: Relay) -> Iterator[cluster.Cluster]:
    cluster.set_up()
    with distributed.LocalCluster(
        n_workers=WORKERS, threads_per_worker=3, processes=False, protocol="tcp", host="127.0.0.1",
        dashboard_address=None, memory_limit=0, resources={"fetch": 1, "encode": 1, "hear": 1},
    ) as machines:  # fmt: skip
        cluster.joins(relay)
        made = cluster.Cluster(relay, machines.scheduler_address)
        try:
            yield made
        finally:
            made.close()
            cluster.joins(None)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Which worker erased how often."""
    found: Counter[str] = Counter()

    def catches_up(_relay: Relay) -> None:
        found[distributed.get_worker().address] += 1

    monkeypatch.setattr(elsewhere, "catch_up", catches_up)
    return found


def test_every_machine_erases_once_and_all_have_to_answer(engine: cluster.Cluster, asked: Counter[str]) -> None:
    assert engine.submit(EngineTask.erase, 7).result(30) is True
    assert list(asked.values()) == [1] * WORKERS
    assert engine.places(Room.encode) == cluster.QUEUED * WORKERS
    assert engine.is_reached()


def test_it_waits_for_no_place(engine: cluster.Cluster, asked: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while every place is taken for as long as a film takes."""
    goes_on, begun = threading.Event(), threading.Semaphore(0)

    def takes(*_words: Any) -> None:
        begun.release()
        goes_on.wait(60)

    monkeypatch.setattr(fetch, "download", takes)
    monkeypatch.setattr(fetch, "fetch_video", takes)
    busy = [engine.submit(task, number) for number in range(WORKERS) for task in (EngineTask.fetch, EngineTask.look)]
    try:
        for _ in busy:
            assert begun.acquire(timeout=30)
        assert engine.submit(EngineTask.erase, 7).result(30) is True
        assert list(asked.values()) == [1] * WORKERS
    finally:
        goes_on.set()
    assert [future.result(30) for future in busy] == [True] * len(busy)


def test_one_machine_that_fails_is_told(
    engine: cluster.Cluster, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_relay: Relay) -> None:
        asked["all"] += 1
        if asked["all"] == WORKERS:
            raise RuntimeError

    monkeypatch.setattr(elsewhere, "catch_up", fails)
    assert engine.submit(EngineTask.erase, 7).result(30) is False


def test_each_task_comes_to_a_worker_by_its_word(engine: cluster.Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[EngineTask] = []
    for task in EngineTask:
        monkeypatch.setitem(DOES, task, lambda _relay, _number, task=task: done.append(task))  # type: ignore[arg-type]
    for task in EngineTask:
        assert engine.submit(task, 7).result(30) is True
    assert set(done) == set(EngineTask)
