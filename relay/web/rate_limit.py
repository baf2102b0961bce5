"""How often an address may try links that lead nowhere. Counted in memory: a restart forgets, and that is harmless.

The links' secrets can't be guessed (256 bits); the limit keeps those who try from keeping the machine busy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

from relay import clocks
from relay.errors import Refused

WITHIN = timedelta(minutes=10)
MOST = 20
ADDRESSES = 10_000
"""So many are remembered; the least recent are forgotten first."""


class TooManyTries(Refused):
    pass


class RateLimit:
    """At most `most` failed tries `within` a time, by address. Thread-safe."""

    def __init__(self, most: int = MOST, within: timedelta = WITHIN) -> None:
        self.most, self.within = most, within
        self._lock = threading.Lock()
        self._wrong: OrderedDict[str, deque[datetime]] = OrderedDict()

    def is_reached(self, address: str, now: datetime) -> bool:
        """Whether the address has used up its tries."""
        with self._lock:
            times = self._wrong.get(address)
            while times and clocks.has_passed(self.within, times[0], now):
                times.popleft()
            return times is not None and len(times) >= self.most

    def count(self, address: str, now: datetime) -> None:
        """Counts one failed try."""
        with self._lock:
            self._wrong.setdefault(address, deque(maxlen=self.most)).append(now)
            self._wrong.move_to_end(address)
            while len(self._wrong) > ADDRESSES:
                self._wrong.popitem(last=False)
