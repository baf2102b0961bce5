"""How often an address may try links that lead nowhere. Counted in memory: a restart forgets, and that is harmless.

The links' secrets can't be guessed (256 bits); the limit keeps those who try from keeping the machine busy.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from fastapi import Request

from relay import clocks
from relay.errors import NotFound, Refused
from relay.web.access import relay_of
from relay.web.client import address_of

WITHIN = timedelta(minutes=10)
MOST = 20
ADDRESSES = 10_000
"""So many are remembered; the least recent are forgotten first."""


class TooManyTries(Refused):
    pass


@contextmanager
def braked(request: Request, wrong: type[Refused] = NotFound) -> Iterator[None]:
    """Around whatever opens what a private link or ticket leads to. `wrong`: what is raised for one that leads nowhere.

    Raises TooManyTries for an address that has tried too many of those, whatever it tries now.
    """
    limit, now, address = request.app.state.rate_limit, relay_of(request).now(), address_of(request)
    if limit.is_reached(address, now):
        raise TooManyTries("Too many links that do not work.", hint="Try again in ten minutes.")
    try:
        yield
    except wrong:
        limit.count(address, now)
        raise


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
