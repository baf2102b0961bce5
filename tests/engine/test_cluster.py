"""A cluster of real processes: scheduler, workers and the one that leads."""

from __future__ import annotations

import contextlib
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_kill import CLIPS, SLUG, Place, World, filmed, keys, killed_when, opened

pytest.importorskip("distributed", reason="extra: cluster")
pytestmark = [pytest.mark.media, pytest.mark.slow]


class Machines:
    """Processes of one cluster, each ended by its pid."""

    def __init__(self, place: Place) -> None:
        self.place, self._started = place, dict[str, subprocess.Popen[str]]()

    def starts(self, name: str, *words: str) -> subprocess.Popen[str]:
        self._started[name] = self.place.starts(*words)
        return self._started[name]

    def kills(self, name: str) -> None:
        self._started[name].send_signal(signal.SIGKILL)
        self._started[name].wait()

    def end(self) -> None:
        for process in reversed(self._started.values()):
            process.terminate()
        for process in self._started.values():
            self.place.ends(process, 60)

    def hosts(self) -> list[dict[str, object]]:
        return list(self.place.says("cluster", "hosts"))

    def found(self, table: str) -> int:
        """Rows; asked for every half a second, so by no command."""
        place = self.place.folder / "data" / "relay.db"
        with contextlib.closing(sqlite3.connect(f"file:{place}?mode=ro", uri=True)) as database:
            return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def clips(self) -> list[dict[str, object]]:
        return list(self.place.says("clip", "list", SLUG))

    def waits_for(self, has_come: Callable[[], bool], seconds: float = 150) -> None:
        ends = time.monotonic() + seconds
        while not has_come():
            assert time.monotonic() < ends, self.place.log()[-8000:]
            time.sleep(0.5)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def machines(videos: Path, tmp_path: Path) -> Iterator[tuple[World, Machines]]:
    with opened(videos, tmp_path) as world:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        world.place.env["RELAY_CLUSTER"] = f"tcp://127.0.0.1:{port}"
        made = Machines(world.place)
        try:
            yield world, made
        finally:
            made.end()


def works(process: subprocess.Popen[str], place: Place) -> Callable[[], bool]:
    return lambda: any((place.folder / "data" / "work").glob("fetch-*/*"))


def test_workers_fetch_and_what_a_killed_one_held_is_anothers(machines: tuple[World, Machines]) -> None:
    world, cluster = machines
    world.network.is_slow(0.3)
    cluster.starts("scheduler", "cluster", "scheduler")
    cluster.starts("work", "work")
    cluster.waits_for(lambda: cluster.found("match") >= CLIPS)
    time.sleep(6)
    assert cluster.found("clip") == 0, "the one that leads fetches nothing itself"
    first = cluster.starts("first", "worker", "--fetch", "1")
    killed_when(first, works(first, world.place))
    cluster.starts("second", "worker", "--fetch", "2")
    world.network.is_slow(0)
    cluster.waits_for(lambda: cluster.found("clip") == CLIPS)
    found = cluster.clips()
    assert len(set(keys(found, "sha256"))) == CLIPS
    assert {one["fetch"]: one["is_silent"] for one in cluster.hosts()}[2] is False


def test_a_scheduler_that_is_lost_takes_nothing_along(machines: tuple[World, Machines]) -> None:
    world, cluster = machines
    world.network.is_slow(0.2)
    cluster.starts("scheduler", "cluster", "scheduler")
    worker = cluster.starts("worker", "worker", "--fetch", "1")
    cluster.starts("work", "work")
    cluster.waits_for(works(worker, world.place))
    cluster.kills("scheduler")
    time.sleep(2)
    cluster.starts("scheduler", "cluster", "scheduler")
    world.network.is_slow(0)
    cluster.waits_for(lambda: cluster.found("clip") == CLIPS)
    assert len(set(keys(cluster.clips(), "sha256"))) == CLIPS
    assert worker.poll() is None, "it has joined the new one"
