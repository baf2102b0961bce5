"""What takes longer than a request: begun by one, looked at by others. In memory: a restart of the desk forgets it.

What was done until then is kept in the database, and the same errand goes on from there.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from relay import logs, views
from relay.context import Relay
from relay.errors import NotFound, Refused, RelayError
from relay.language.catalogue import N_
from relay.web.failures import BROKEN

KEPT = 200
AT_ONCE = 4
Told = Callable[[int, int], None]
ErrandWork = Callable[[Told], object]
ErrandState = Literal["running", "done", "failed"]
READING, LOOKING_AGAIN = "crawl", "recheck"
"""Errands that the desk and programs both begin, and see of each other."""
BUSY = N_("This is being done already.")


@dataclass
class Errand:
    id: int
    campaign: str
    what: str
    begun_at: datetime
    done: int = 0
    total: int = 0
    state: ErrandState = "running"
    ended_at: datetime | None = None
    result: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class ErrandView:
    """`done` of `total` steps, `total` 0: nobody knows how many. `result`: what the command would have written."""

    id: int
    campaign: str
    what: str
    state: ErrandState
    done: int
    total: int
    begun_at: datetime
    ended_at: datetime | None
    result: Any
    error: str = field(default="")


class Errands:
    """One of a kind in a campaign at a time, and AT_ONCE in all. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[int, Errand] = OrderedDict()
        self._threads: dict[int, threading.Thread] = {}
        self._last = 0

    def begin(self, relay: Relay, campaign: str, what: str, work: ErrandWork) -> ErrandView:
        """Raises Refused while the same is being done, or too much else."""
        with self._lock:
            running = [one for one in self._known.values() if one.state == "running"]
            if any((one.campaign, one.what) == (campaign, what) for one in running):
                raise Refused(BUSY, hint="Look how far it is, and wait until it is done.")
            if len(running) >= AT_ONCE:
                raise Refused("Too much is being done at once.", hint="Wait until something is done.")
            self._last += 1
            errand = self._known[self._last] = Errand(self._last, campaign, what, relay.now())
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
            thread = threading.Thread(target=_do, args=(relay, errand, work), name=what, daemon=True)
            self._threads = {number: each for number, each in self._threads.items() if each.is_alive()}
            self._threads[errand.id] = thread
            thread.start()
        return view(errand)

    def listing(self, campaign: str) -> list[ErrandView]:
        with self._lock:
            return [view(one) for one in self._known.values() if one.campaign == campaign]

    def get(self, campaign: str, number: int) -> ErrandView:
        """Raises NotFound, also for one of another campaign."""
        errand = self._known.get(number)
        if errand is None or errand.campaign != campaign:
            raise NotFound("There is no such errand.", hint="A restart of the desk forgets them.")
        return view(errand)

    def wait(self) -> None:
        for thread in list(self._threads.values()):
            thread.join()


def view(errand: Errand) -> ErrandView:
    return ErrandView(
        errand.id, errand.campaign, errand.what, errand.state, errand.done, errand.total,
        errand.begun_at, errand.ended_at, errand.result, errand.error,
    )  # fmt: skip


def _do(relay: Relay, errand: Errand, work: ErrandWork) -> None:
    def told(done: int, total: int) -> None:
        errand.done, errand.total = done, total

    state: ErrandState = "failed"
    try:
        errand.result = views.as_json(work(told))
        state = "done"
    except RelayError as error:
        errand.error = error.line
    finally:
        if state == "failed" and not errand.error:
            errand.error = BROKEN  # the traceback is in the log: the exception goes on
        errand.ended_at = relay.now()
        errand.state = state
        logs.get_logger().info("errand ended", what=errand.what, campaign=errand.campaign, state=state)
