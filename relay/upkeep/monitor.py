"""The desk's own watch over the schedule: it raises the alert that `relay work` is dead when `relay work` is dead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial

from relay.clocks import WallClock
from relay.context import Relay
from relay.upkeep import health, letters, outbox
from relay.upkeep.run_task import run_task

EVERY_SECONDS = 15.0
LAST_ROUND_SECONDS = 5.0


class Monitor:
    """A thread that checks every few seconds, and sends the messages that are due, until `stop()`.

    `besides`: what else each host has to do for itself, by name.
    """

    def __init__(
        self, relay: Relay, every: float = EVERY_SECONDS, besides: Mapping[str, Callable[[], object]] | None = None
    ) -> None:
        self._relay, self._every, self._besides = relay, every, besides or {}
        self._wall_clock = WallClock(relay.now)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="monitor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns when the current round is over, but doesn't wait for a mail server that hangs."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(LAST_ROUND_SECONDS)

    def round(self) -> None:
        run_task("watch", partial(health.watch, self._relay))
        run_task("outbox", partial(outbox.send_due, self._relay))
        run_task("letters", partial(letters.send_due, self._relay))
        for name, task in self._besides.items():
            run_task(name, task)

    def _loop(self) -> None:
        while not self._stopping.wait(self._every):
            if self._wall_clock.check() is None:  # else `relay work` goes first: it has just seen the clock jump, too
                self.round()
