"""1,200 hosts that nobody has: a real scheduler and a real client, and hosts that sleep instead of working.

After OpenCue's stress suite (1,200 hosts, 500 bookings a second). Hosts are the other end of the scheduler's
connections, in this process: each has places to fetch or to encode, or both, and takes what it is sent, one after
another, while a place is free. As `relay work` does, twice as many tasks are handed out as there are places. In the
middle some hosts vanish. With each booking it is looked at that the host has such a place, and one that is free, and
that no task runs twice at once; all of them end. One that ended on a host that then vanishes may be asked for again, as
Dask keeps answers where they were given: of Relay's tasks the rows know better. `bookings_per_s`: in a second of CPU of
the scheduler and the hosts. Then what the signs of life of so many hosts cost.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import multiprocessing
import queue
import random
import sys
import tempfile
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

SLEEPS = (1.0, 3.0)
KINDS = (({"fetch": 2}, 600), ({"fetch": 1, "encode": 1}, 300), ({"encode": 2}, 300))
"""Places of a host, and how many there are of it among 1,200."""
LOST = 60
BEATS = 7.0
"""Seconds between two signs of life to the scheduler, as Dask has it for so many."""
METRICS: dict[str, Any] = {
    "bandwidth": {"total": 1e8, "workers": {}, "types": {}},
    "cpu": 0.0, "memory": 0, "time": 0.0, "event_loop_interval": 0.02, "managed_bytes": 0, "host_net_io": {},
    "spilled_bytes": {"memory": 0, "disk": 0}, "transfer": {"incoming_bytes": 0}, "num_fds": 0, "latency": 0.0,
    "task_counts": {}, "digests_total_since_heartbeat": {},
}  # fmt: skip


class Fleet:
    """All hosts, and what is seen of every task."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.running: dict[str, VirtualHost] = {}
        self.bookings, self.begun, self.ended = 0, Counter[str](), Counter[str]()
        self.slept = Counter[str]()
        self.faults: list[str] = []

    def ends(self, key: str) -> None:
        self.ended[key] += 1
        del self.running[key]


class VirtualHost:
    """A worker's end of its connection to the scheduler."""

    def __init__(self, fleet: Fleet, number: int, places: dict[str, int]) -> None:
        self.fleet, self.number, self.places = fleet, number, places
        self.address = f"tcp://10.{1 + number // 250}.{number % 250}.1:7000"
        self.peer_address = self.local_address = self.address
        self.name = self.address
        self.free = dict(places)
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()
        self._waiting: dict[str, deque[dict[str, Any]]] = {room: deque() for room in ("fetch", "encode")}
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._is_lost = False

    async def joins(self, scheduler: Any, versions: Any) -> None:
        await scheduler.add_worker(
            self, address=self.address, status="running", server_id=f"host-{self.number}",
            nthreads=sum(self.places.values()), name=f"host-{self.number}", resolve_address=False, now=time.time(),
            resources=self.places, memory_limit=0, metrics=METRICS, services={}, local_directory="", versions=versions,
            nanny="", extra={}, stimulus_id=f"joins-{self.number}",
        )  # fmt: skip

    async def read(self, **_words: Any) -> Any:
        from distributed.comm import CommClosedError

        message = await self._inbox.get()
        if self._is_lost:
            raise CommClosedError("lost")
        return message

    async def write(self, payload: Any, **_words: Any) -> int:
        from distributed.comm import CommClosedError

        if self._is_lost:
            raise CommClosedError("lost")
        for message in payload if isinstance(payload, list | tuple) else ():
            self._takes(message)
        return 1

    async def close(self) -> None:
        self.abort()

    def abort(self) -> None:
        self._is_lost = True
        self._inbox.put_nowait(None)

    def closed(self) -> bool:
        return self._is_lost

    def vanishes(self) -> None:
        for key, timer in self._timers.items():
            timer.cancel()
            del self.fleet.running[key]
        self.abort()

    def _takes(self, message: dict[str, Any]) -> None:
        if message["op"] == "compute-task":
            self.fleet.bookings += 1
            (room,) = message["resource_restrictions"]
            if room not in self.places:
                self.fleet.faults.append(f"{message['key']} needs {room}, and host {self.number} has none")
                return
            self._waiting[room].append(message)
            self._goes_on(room)
        elif message["op"] == "free-keys":
            self._drops(set(message["keys"]))
        elif message["op"] == "steal-request":
            state = "executing" if message["key"] in self._timers else "ready"
            if state == "ready" and not self._drops({message["key"]}):
                state = None
            answer = {"op": "steal-response", "key": message["key"], "state": state}
            self._inbox.put_nowait([answer | {"stimulus_id": message["stimulus_id"]}])

    def _drops(self, keys: set[str]) -> bool:
        was = sum(map(len, self._waiting.values()))
        for room, waiting in self._waiting.items():
            self._waiting[room] = deque(each for each in waiting if each["key"] not in keys)
        return sum(map(len, self._waiting.values())) < was

    def _goes_on(self, room: str) -> None:
        while self.free[room] > 0 and self._waiting[room]:
            self.begins(self._waiting[room].popleft(), room)

    def begins(self, message: dict[str, Any], room: str) -> None:
        key, fleet = message["key"], self.fleet
        self.free[room] -= 1
        if self.free[room] < 0:
            fleet.faults.append(f"host {self.number} has more tasks than places to {room}")
        if key in fleet.running:
            fleet.faults.append(f"{key} runs twice at once")
        fleet.running[key] = self
        fleet.begun[key] += 1
        seconds = fleet.dice.uniform(*SLEEPS)
        fleet.slept[room] += seconds  # type: ignore[assignment]
        later = asyncio.get_running_loop().call_later
        self._timers[key] = later(seconds, self._ends, message, room, time.time())

    def _ends(self, message: dict[str, Any], room: str, since: float) -> None:
        key = message["key"]
        del self._timers[key]
        self.free[room] += 1
        self.fleet.ends(key)
        told = {
            "op": "task-finished", "status": "OK", "key": key, "nbytes": 28, "type": None, "typename": "bool",
            "run_id": message["run_id"], "stimulus_id": f"ends-{key}", "metadata": {}, "thread": 1,
            "startstops": ({"action": "compute", "start": since, "stop": time.time()},),
        }  # fmt: skip
        self._inbox.put_nowait([told])
        self._goes_on(room)


def run(words: argparse.Namespace) -> int:
    result = asyncio.run(_booked(words.hosts, words.tasks)) | _signs_of_life(words.hosts)
    print(json.dumps(result, indent=2))
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if not result["faults"] and result["bookings_per_s"] >= words.least else 1


async def _booked(hosts: int, tasks: int) -> dict[str, Any]:
    from relay.engine import cluster

    cluster.set_up()
    import logging

    logging.getLogger("distributed").setLevel(logging.ERROR)
    from distributed import Scheduler
    from distributed.versions import get_versions

    fleet = Fleet(80)
    kinds = [places for places, of in KINDS for _ in range(of * hosts // 1200)]
    fleet.dice.shuffle(kinds)
    machines = [VirtualHost(fleet, number, places) for number, places in enumerate(kinds)]
    rooms = {room: sum(each.places.get(room, 0) for each in machines) for room in ("fetch", "encode")}
    scheduler = await Scheduler(protocol="tcp://", host="127.0.0.1", dashboard=False, dashboard_address="127.0.0.1:0")
    versions = get_versions()
    joined = [asyncio.ensure_future(each.joins(scheduler, versions)) for each in machines]
    while len(scheduler.workers) < len(machines):
        await asyncio.sleep(0.01)
    beats = asyncio.ensure_future(_live(scheduler, machines))
    backlog = {room: tasks * count // sum(rooms.values()) for room, count in rooms.items()}
    leading = multiprocessing.get_context("spawn").Process(target=_leads, args=(scheduler.address, rooms, backlog))
    leading.start()
    while not fleet.bookings:
        await asyncio.sleep(0.01)
    cpu, begun = time.process_time(), time.monotonic()
    shares, is_lost = list[dict[str, float]](), False
    while len(fleet.ended) < sum(backlog.values()):
        await asyncio.sleep(0.25)
        if sum(rooms.values()) < len(fleet.ended) < tasks - cluster.QUEUED * sum(rooms.values()):
            shares.append({room: 1 - _free(machines, room) / rooms[room] for room in rooms})
        if not is_lost and len(fleet.ended) > tasks / 3:
            is_lost = True
            for machine in fleet.dice.sample(machines, LOST * hosts // 1200):
                machine.vanishes()
    took, spent = time.monotonic() - begun, time.process_time() - cpu
    while leading.is_alive():
        await asyncio.sleep(0.1)
    beats.cancel()
    lost = [each for each in machines if each.closed()]
    again = sum(times - 1 for times in fleet.begun.values())
    for machine in machines:
        machine.abort()
    await asyncio.gather(*joined, return_exceptions=True)
    await scheduler.close()
    return {
        "hosts": hosts, "places": rooms, "tasks": sum(backlog.values()), "lost_hosts": len(lost), "begun_again": again,
        "bookings": fleet.bookings, "bookings_per_s": round(fleet.bookings / spent), "cpu_s": round(spent, 1),
        "wall_s": round(took, 1), "led": leading.exitcode == 0,
        "busy": {room: round(sum(share[room] for share in shares) / max(1, len(shares)), 2) for room in rooms},
        "faults": fleet.faults[:10],
    }  # fmt: skip


def _leads(address: str, rooms: dict[str, int], backlog: dict[str, int]) -> None:
    """What `relay work` does, in a process of its own: holds twice as many futures as there are places."""
    from relay.engine import cluster

    cluster.set_up()
    from distributed import Client

    handed = Counter[str]()
    ended: queue.Queue[tuple[str, Any]] = queue.Queue()
    held = set[Any]()
    with Client(address, set_as_default=False) as client:

        def hands_out(room: str) -> None:
            if handed[room] < backlog[room]:
                handed[room] += 1
                future = client.submit(cluster.run_on_worker, room, handed[room], resources={room: 1}, pure=False)
                held.add(future)
                future.add_done_callback(lambda done: ended.put((room, done)))

        for room, count in rooms.items():
            for _ in range(cluster.QUEUED * count):
                hands_out(room)
        while held:
            room, done = ended.get()
            held.discard(done)
            hands_out(room)


def _free(machines: list[VirtualHost], room: str) -> int:
    return sum(each.places.get(room, 0) if each.closed() else each.free.get(room, 0) for each in machines)


async def _live(scheduler: Any, machines: list[VirtualHost]) -> None:
    while True:
        for number, machine in enumerate(machines):
            if not machine.closed():
                scheduler.heartbeat_worker(
                    address=machine.address, resolve_address=False, now=time.time(), metrics=METRICS, executing={}
                )
            if number % 20 == 0:
                await asyncio.sleep(BEATS * 20 / len(machines))


def _signs_of_life(hosts: int) -> dict[str, Any]:
    """Of as many processes in the database, by SQLite and by PostgreSQL where it is there."""
    from tests import postgres

    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        found["beat_cpu_ms"] = _beats(f"sqlite:///{folder}/relay.db", hosts)
    if postgres.is_there():
        with postgres.server() as url:
            found["beat_cpu_ms_postgres"] = _beats(url.render_as_string(hide_password=False), hosts)
    return found


def _beats(url: str, count: int) -> float:
    from relay.engine import hosts
    from relay.engine.tasks import Room
    from relay.upkeep.hosts import listing

    with _opened(url) as relay:
        named = [dataclasses.replace(relay, holder=f"host{number}~1-1-1") for number in range(count)]
        for each in named:
            hosts.beat(each, {Room.fetch: 1, Room.encode: 1})
        begun = time.process_time()
        for each in named:
            hosts.beat(each, {Room.fetch: 1, Room.encode: 1})
        spent = time.process_time() - begun
        views = listing(relay)
        assert len(views) == count
        assert not any(view.is_silent for view in views)
    return round(1000 * spent / count, 2)


@contextmanager
def _opened(url: str) -> Iterator[Any]:
    from relay.bootstrap import open_relay
    from relay.config import Settings

    with tempfile.TemporaryDirectory(prefix="stress-") as folder:
        settings = Settings(_env_file=None, data_dir=Path(folder), database_url=url)  # type: ignore[call-arg]
        relay = open_relay(settings, ready=False)
        relay.store.upgrade(datetime.now(UTC))
        yield relay
        relay.store.close()
    sys.stdout.flush()
