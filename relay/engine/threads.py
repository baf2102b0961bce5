"""One machine: each room is a pool of threads."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor

from relay.almanac.hearing import service
from relay.context import Relay
from relay.engine.tasks import ROOMS, EngineTask, Room, run_here

AT_ONCE: Mapping[EngineTask, EngineTask] = {EngineTask.fetch: EngineTask.look}
"""The thread that has fetched a file looks at it: on one machine nobody else has more room for that."""


class Threads:
    """An Engine (`tasks.py`) of this process alone."""

    is_elsewhere = False

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._places = {Room.fetch: relay.settings.fetch_workers, Room.encode: 1, Room.hear: 1}
        self._pools = {
            room: ThreadPoolExecutor(places, thread_name_prefix=room.value) for room, places in self._places.items()
        }

    def submit(self, task: EngineTask, number: int) -> Future[bool]:
        pool = self._pools[ROOMS[task] or Room.encode]
        return pool.submit(run_here, self._relay, AT_ONCE.get(task, task), number)

    def is_reached(self) -> bool:
        return True

    def places(self, room: Room) -> int:
        return 0 if room is Room.hear and not service.listens(self._relay) else self._places[room]

    def close(self) -> None:
        for pool in self._pools.values():
            pool.shutdown(wait=True, cancel_futures=True)
