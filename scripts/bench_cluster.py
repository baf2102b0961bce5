"""What handing out work costs, and how busy it keeps those who do it.

A scheduler, workers and whoever hands in stand in one process and speak by loopback, so `cpu_ms` counts all three.
First so many tasks that do nothing are handed in at once and waited for; then tasks that sleep for SLEEPS seconds, as
many as keep every worker busy for ROUNDS rounds: `busy` is how many slept at a time, from the first to the last.
"""

from __future__ import annotations

import argparse
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SLEEPS, ROUNDS = 2.0, 6


def run(words: argparse.Namespace) -> int:
    from relay.engine import tasks
    from relay.engine.tasks import EngineTask

    slept: list[tuple[float, float]] = []
    asleep = threading.Lock()

    def does(_relay: Any, number: int) -> None:
        begun = time.monotonic()
        if number < 0:
            time.sleep(SLEEPS)
        with asleep:
            slept.append((begun, time.monotonic()))

    tasks.DOES = {EngineTask.fetch: does}
    with joined(words.workers) as engine:
        cpu, begun = time.process_time(), time.monotonic()
        futures = [engine.submit(EngineTask.fetch, number) for number in range(words.tasks)]
        handed = time.monotonic()
        assert all(future.result() for future in futures)
        ended, spent = time.monotonic(), time.process_time() - cpu
        slept.clear()
        sleepers = [engine.submit(EngineTask.fetch, -1) for _ in range(ROUNDS * words.workers)]
        assert all(future.result() for future in sleepers)
    took = max(end for _, end in slept) - min(begin for begin, _ in slept)
    result = {
        "tasks": words.tasks,
        "hand_in_ms": round(1000 * (handed - begun) / words.tasks, 2),
        "wall_ms": round(1000 * (ended - begun) / words.tasks, 2),
        "cpu_ms": round(1000 * spent / words.tasks, 2),
        "workers": words.workers,
        "busy": round(sum(end - begin for begin, end in slept) / took, 1),
    }
    print(json.dumps(result, indent=2))
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if result["cpu_ms"] <= words.most_ms and result["busy"] >= words.workers * 14 / 16 else 1


@contextmanager
def joined(workers: int) -> Iterator[Any]:
    from types import SimpleNamespace

    from relay.engine import cluster

    cluster.set_up()
    from distributed import LocalCluster

    relay: Any = SimpleNamespace(settings=SimpleNamespace(cluster=""))
    words = {"resources": {"fetch": 1}, "memory_limit": 0, "dashboard_address": None, "host": "127.0.0.1"}
    with LocalCluster(n_workers=workers, threads_per_worker=1, processes=False, protocol="tcp://", **words) as machines:
        cluster.joins(relay)
        engine = cluster.Cluster(relay, machines.scheduler_address)
        yield engine
        engine.close()
        cluster.joins(None)
