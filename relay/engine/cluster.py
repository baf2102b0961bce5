"""Many machines: tasks go to a Dask scheduler, which queues and places them and starts them again elsewhere when a
machine is lost. Nothing is true there: a scheduler that dies takes no more than its queue along, and the rows say what
is handed in again.

What Dask distributed 2026.8 was seen to do (docs/scale.md): a task whose future nobody holds is dropped before it is
begun, so its client's executor holds them; work handed in twice runs twice, so rows decide; the memory limit of a
worker counts no children, so the toolbox limits them; a silent worker is missed after five minutes, here after half of
one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, Any, TypeVar

from relay import logs
from relay.context import Relay
from relay.engine import certificates
from relay.engine.tasks import ROOMS, Engine, EngineTask, Room, run_here, went_well
from relay.engine.threads import Threads

if TYPE_CHECKING:
    from distributed import Client

CONNECTS = 5.0
"""Seconds to find the scheduler."""
QUEUED = 2
"""Tasks handed out for each place: the next one lies ready when one ends, and the others stay with their rows."""
CONFIG: Mapping[str, object] = {
    "distributed.scheduler.allowed-failures": 3,
    "distributed.scheduler.worker-ttl": "30 s",
    "distributed.comm.timeouts.connect": f"{CONNECTS:g} s",
    "distributed.comm.timeouts.tcp": "30 s",
    "distributed.client.heartbeat": "5 s",
    "distributed.worker.memory.terminate": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
}

Answer = TypeVar("Answer")

log = logs.get_logger()


def open_engine(relay: Relay) -> Engine:
    """The one that the settings name. Raises ConfigError where it can't be had."""
    return Cluster(relay) if relay.settings.cluster else Threads(relay)


class Cluster:
    """An Engine (`tasks.py`) of all machines that have joined. It connects when it is needed first, and again when the
    scheduler was lost.
    """

    is_elsewhere = True

    def __init__(self, relay: Relay, address: str = "") -> None:
        """Raises ConfigError for settings by which no cluster can be reached."""
        self._address = address or relay.settings.cluster
        self._security = certificates.security(relay.settings, self._address)
        self._lock, self._is_told = threading.Lock(), False
        self._client: Client | None = None
        self._executors: dict[Room, Executor] = {}

    def submit(self, task: EngineTask, number: int) -> Future[bool]:
        room = ROOMS[task]
        if room is None:
            return self._asked(lambda: self._everywhere(task, number), _not_run())
        return self._asked(lambda: self._executor(room).submit(run_on_worker, task.value, number), _not_run())

    def _everywhere(self, task: EngineTask, number: int) -> Future[bool]:
        client: Any = self._connected()
        return all_of(
            [
                client.get_executor(workers=[address], allow_other_workers=False, pure=False).submit(
                    run_on_worker, task.value, number
                )
                for address in client.scheduler_info()["workers"]
            ]
        )

    def is_reached(self) -> bool:
        return self._asked(lambda: bool(self._connected().scheduler_info()), False)

    def places(self, room: Room) -> int:
        def counted() -> int:
            workers = self._connected().scheduler_info()["workers"].values()
            return QUEUED * int(sum(each["resources"].get(room.value, 0) for each in workers))

        return self._asked(counted, 0)

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close(timeout=CONNECTS)  # type: ignore[no-untyped-call]

    def _asked(self, ask: Callable[[], Answer], otherwise: Answer) -> Answer:
        try:
            answer = ask()
        except OSError as error:
            if not self._is_told:
                log.warning("the cluster's scheduler can't be reached", cluster=self._address, error=str(error))
            self._is_told = True
            return otherwise
        self._is_told = False
        return answer

    def _executor(self, room: Room) -> Any:
        client = self._connected()
        with self._lock:
            if room not in self._executors:
                self._executors[room] = client.get_executor(  # type: ignore[no-untyped-call]
                    resources={room.value: 1}, pure=False
                )
            return self._executors[room]

    def _connected(self) -> Client:
        """Raises OSError, which a time-out is too."""
        with self._lock:
            if self._client is None or self._client.status != "running":
                self._executors.clear()
                self._client = connect(self._address, self._security)
            return self._client


def connect(address: str, security: Any) -> Client:
    set_up()
    from distributed import Client

    return Client(  # type: ignore[no-untyped-call]
        address, timeout=CONNECTS, security=security, set_as_default=False
    )


def set_up() -> None:
    """Dask as Relay needs it; it says only what is wrong, and of a lost scheduler Relay says it."""
    import dask

    dask.config.set(CONFIG)
    import distributed  # noqa: F401 - sets up its logs when it is loaded first

    logging.getLogger("distributed").setLevel(logging.WARNING)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)


def all_of(parts: list[Future[bool]]) -> Future[bool]:
    """Whether all of them went well, when the last is done. It keeps them until then."""
    told: Future[bool] = Future()
    answers: list[bool] = []
    lock = threading.Lock()

    def on_done(part: Future[bool]) -> None:
        with lock:
            answers.append(went_well(part))
            is_last = len(answers) == count
        if is_last:
            told.set_result(all(answers))

    if not (count := len(parts)):
        told.set_result(True)
    told.add_done_callback(lambda _told: parts.clear())
    for part in list(parts):
        part.add_done_callback(on_done)
    return told


def _not_run() -> Future[bool]:
    told: Future[bool] = Future()
    told.set_result(False)
    return told


_here: Relay | None = None
"""Of the process that has joined a cluster."""


def joins(relay: Relay | None) -> None:
    """Tasks that come to this process from now on are done with this Relay."""
    global _here  # noqa: PLW0603 - Dask calls functions, which know only the module that they stand in
    _here = relay


def run_on_worker(task: str, number: int) -> bool:
    """What the scheduler sends to a worker: a word and the number of a row, so that both may be of another version."""
    if _here is None or task not in set(EngineTask):
        return False
    return run_here(_here, EngineTask(task), number)
