"""What can be done away from the process that leads: by the number of a row, so that it can be done twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from enum import Enum, StrEnum
from functools import partial
from typing import Protocol

from relay.almanac.delivery import render
from relay.almanac.hearing import rounds
from relay.context import Relay
from relay.erasure import elsewhere
from relay.intake import fetch
from relay.moderation import clip_pictures
from relay.upkeep.run_task import run_task


class EngineTask(StrEnum):
    """By the id of a row. `fetch`: the bytes of a Video come, `look`: it is looked at (and fetched, where it has to
    be) and becomes clips; `preview`: what the desk shows of a Clip is drawn; `shots`: a Clip's are made ahead;
    `hear`: what is said in a Clip is listened to; `erase`: what a machine still has of what was erased elsewhere goes,
    by the Erasure.
    """

    fetch = "fetch"
    look = "look"
    preview = "preview"
    shots = "shots"
    hear = "hear"
    erase = "erase"


class Room(Enum):
    """What a machine has only so many places for: `fetch` waits for networks, `encode` keeps cores busy, `hear` one
    of them for long, at low priority; only a machine that has a speech model has a place for it.
    """

    fetch = "fetch"
    encode = "encode"
    hear = "hear"


ROOMS: Mapping[EngineTask, Room | None] = {
    EngineTask.fetch: Room.fetch,
    EngineTask.look: Room.encode,
    EngineTask.preview: Room.encode,
    EngineTask.shots: Room.encode,
    EngineTask.hear: Room.hear,
    EngineTask.erase: None,
}
"""None: it needs no place, since it takes no time, and every machine does it."""


def _fetch(relay: Relay, video_id: int) -> None:
    fetch.download(relay, video_id)


def _look(relay: Relay, video_id: int) -> None:
    fetch.fetch_video(relay, video_id)


def _preview(relay: Relay, clip_id: int) -> None:
    clip_pictures.draw(relay, clip_id)


def _shots(relay: Relay, clip_id: int) -> None:
    render.prepare_clip(relay, clip_id)


def _hear(relay: Relay, clip_id: int) -> None:
    rounds.attend(relay, clip_id)


def _erase(relay: Relay, _erasure_id: int) -> None:
    elsewhere.catch_up(relay)


DOES: Mapping[EngineTask, Callable[[Relay, int], None]] = {
    EngineTask.fetch: _fetch,
    EngineTask.look: _look,
    EngineTask.preview: _preview,
    EngineTask.shots: _shots,
    EngineTask.hear: _hear,
    EngineTask.erase: _erase,
}
"""Each asks the rows whether there is something to do, so that it may be killed at any time and done again."""


class Engine(Protocol):
    """Runs tasks. Whoever hands one in keeps its future until it is done: a forgotten one may never be begun.

    `is_elsewhere`: they run in other processes, which share nothing that is in memory.
    """

    is_elsewhere: bool

    def submit(self, task: EngineTask, number: int) -> Future[bool]:
        """The future tells whether the task went well, on every machine that it was for; it never raises. One that did
        not run at all has not.
        """
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


def went_well(future: Future[bool]) -> bool:
    """Of one that is done, whatever became of it."""
    return not future.cancelled() and future.exception() is None and future.result()
