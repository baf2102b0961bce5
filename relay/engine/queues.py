"""What is due by its rows, handed to an engine while there are places, and held until it is done."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial

from relay.almanac.delivery import render
from relay.almanac.hearing.rounds import HearingRounds
from relay.context import Relay
from relay.engine.tasks import ROOMS, Engine, EngineTask, Room, went_well
from relay.erasure import elsewhere
from relay.intake import fetch
from relay.moderation import clip_pictures
from relay.upkeep.run_task import run_task

PREPARED_ONCE = 4
"""Clips whose shots this process makes ahead in one go: others wait meanwhile."""
FORGETS = 60.0
"""Seconds after which nobody waits any more for a machine that was to erase something: it may be gone, and looks for
itself (elsewhere.EVERY).
"""


class TaskQueues:
    """Of the process that leads. It may be asked for several kinds of tasks at once; a task that was lost with its
    machine, or with this process, is due by its row again.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._running: dict[tuple[EngineTask, int], tuple[Future[bool], float]] = {}
        self._ready = render.ReadyShots()
        self._shot: set[int] = set()
        """Clips that other machines have made the shots of, until all have been gone through."""
        self._erased: set[int] = set()
        self._drawn = 0
        """The last ClipReview whose poster was asked for."""
        self._hearings = HearingRounds()
        self._makes_shots = False

    def fetch(self, relay: Relay) -> None:
        """Each task has a lease of its own, so it finishes even when another process leads by then."""
        if not self._engine.is_elsewhere:
            self._hand_out(EngineTask.fetch, fetch.to_finish(relay))
            return
        here = dict.fromkeys(fetch.to_look(relay))
        self._hand_out(EngineTask.look, here)
        self._hand_out(EngineTask.fetch, [video for video in fetch.waiting(relay) if video not in here])

    def previews(self, relay: Relay) -> None:
        """Each once: what was not drawn ahead is drawn when somebody asks for it."""
        for review, clip in clip_pictures.to_draw(relay, self._drawn):
            if not self._hand_out(EngineTask.preview, [clip]):
                return
            self._drawn = review

    def erase(self, relay: Relay) -> None:
        """Every machine is told at once, and finds by itself what it was not told."""
        if not self._engine.is_elsewhere:
            return
        fresh = elsewhere.fresh(relay)
        self._hand_out(EngineTask.erase, [erasure for erasure in fresh if erasure not in self._erased])
        self._erased = set(fresh)

    def shots(self, relay: Relay, slugs: Sequence[str], leads: Callable[[], bool]) -> bool:
        """Of these campaigns. This process makes them itself, where others don't, a few of each campaign: so a film is
        drawn once for all of its clips. Whether that went well with any of the campaigns.
        """
        if self._engine.is_elsewhere:
            return run_task("prepare", partial(self._hand_out_shots, relay, slugs))
        well = []
        self._makes_shots = True
        try:
            for slug in slugs:
                if leads():
                    prepare = partial(render.prepare, relay, slug, limit=PREPARED_ONCE, ready=self._ready)
                    well.append(run_task("prepare", prepare))
        finally:
            self._makes_shots = False
        return not well or any(well)

    def hear(self, relay: Relay) -> None:
        """A clip or two, while nothing waits that people wait for."""
        for clip, went in self._ended(EngineTask.hear):
            if not went:
                self._hearings.failed(clip)
        for clip in self._hearings.step(relay, hears=self._engine.places(Room.hear) > 0):
            if self._is_busy() or not self._hand_out(EngineTask.hear, [clip]):
                return
            self._hearings.asked(clip)

    def _is_busy(self) -> bool:
        """Whether fetches, looks or shots fill their places."""
        rooms = [ROOMS[kind] for (kind, _), (future, _) in [*self._running.items()] if not future.done()]
        return self._makes_shots or any(
            0 < self._engine.places(room) <= rooms.count(room) for room in (Room.fetch, Room.encode)
        )

    def running(self, task: EngineTask) -> list[int]:
        """What has been handed out and is not known to be done."""
        with self._lock:
            return [number for kind, number in self._running if kind is task]

    def _hand_out_shots(self, relay: Relay, slugs: Sequence[str]) -> None:
        """Of whom it can't be said whether their shots were made, they are asked for again."""
        for clip, is_made in self._ended(EngineTask.shots):
            if is_made:
                self._shot.add(clip)
            else:
                self._ready = render.ReadyShots()
        clips = (clip for slug in slugs for clip in render.to_prepare(relay, slug, self._ready))
        went_through = self._hand_out(EngineTask.shots, (clip for clip in clips if clip not in self._shot))
        if went_through and not self.running(EngineTask.shots):
            self._shot.clear()

    def _hand_out(self, task: EngineTask, numbers: Iterable[int]) -> bool:
        """As many as there are places; whether that was all. Whoever asks for shots has to take all that it asks for:
        what was gone past counts as made.
        """
        self._ended(task)
        room = ROOMS[task]
        places = None if room is None else self._engine.places(room)
        if places is not None and self._taken(task) >= places:
            return False
        for number in numbers:
            with self._lock:
                if (task, number) in self._running:
                    continue
                if places is not None and self._taken(task) >= places:
                    return False
                self._running[task, number] = self._engine.submit(task, number), time.monotonic()
        return True

    def _taken(self, task: EngineTask) -> int:
        """Places of its room. One that ended at once counts: it may be that nobody can be reached, which takes time."""
        room = ROOMS[task]
        return sum(
            ROOMS[kind] is room and (kind is task or not future.done())
            for (kind, _), (future, _) in [*self._running.items()]
        )

    def _ended(self, task: EngineTask) -> list[tuple[int, bool]]:
        """Those that are done, and whether they went well; they are forgotten. As is what nobody waits for any more."""
        ended = []
        with self._lock:
            for (kind, number), (future, since) in [*self._running.items()]:
                if kind is task and future.done():
                    ended.append((number, went_well(future)))
                    del self._running[kind, number]
                elif kind is task and ROOMS[kind] is None and time.monotonic() - since > FORGETS:
                    del self._running[kind, number]
        return ended
