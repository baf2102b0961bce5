"""What can be done away from the process that leads: by the number of a row, so that it can be done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from enum import Enum, StrEnum
from functools import partial
from typing import Protocol

from relay.almanac.delivery import render
from relay.context import Relay
from relay.intake import fetch
from relay.upkeep.run_task import run_task


class EngineTask(StrEnum):
    """By the id of a row. `fetch`: a Video is fetched, looked at, becomes clips; `shots`: a Clip's are made ahead."""

    fetch = "fetch"
    shots = "shots"


class Room(Enum):
    """What a machine has only so many places for: `fetch` waits for networks, `encode` keeps cores busy."""

    fetch = "fetch"
    encode = "encode"


ROOMS: Mapping[EngineTask, Room] = {EngineTask.fetch: Room.fetch, EngineTask.shots: Room.encode}


def _shots(relay: Relay, clip_id: int) -> None:
    render.prepare_clip(relay, clip_id)


def _fetch(relay: Relay, video_id: int) -> None:
    fetch.fetch_video(relay, video_id)


DOES: Mapping[EngineTask, Callable[[Relay, int], None]] = {EngineTask.fetch: _fetch, EngineTask.shots: _shots}


class Engine(Protocol):
    """Runs tasks. Whoever hands one in keeps its future until it is done: a forgotten one may never be begun."""

    def submit(self, task: EngineTask, number: int) -> Future[bool]:
        """The future tells whether the task went well; it never raises. One that did not run at all has not."""
        ...

    def is_reached(self) -> bool:
        """Whether what hands tasks out can be reached."""
        ...

    def places(self, room: Room) -> int:
        """How many tasks that need it can run at once, on all machines; 0 while there is none."""
        ...

    def close(self) -> None:
        """Ends when nothing of this process runs any more; what has not been begun is dropped."""
        ...


def run_here(relay: Relay, task: EngineTask, number: int) -> bool:
    """Whether it went well; what went wrong is logged."""
    return run_task(task.value, partial(DOES[task], relay, number))
