"""What lies between a request to VK's API and its answer: tokens, quotas, the rate, and errors on order."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from relay.ports import Clock
from relay.sandbox.faults import Countdown, Faults, SpoiledAnswer, Statuses

TOKEN = "sandbox-service-token"  # noqa: S105 - opens nothing but this network
WALL_GET_PER_DAY = 5000
SEARCH_PER_DAY = 1000
QUOTA_WINDOW = timedelta(days=1)
KEPT_CALLS = 100_000


class ApiTokenKind(StrEnum):
    """What a token was given to; VK lets each kind use other methods."""

    service = "service"
    user = "user"
    group = "group"


@dataclass(frozen=True, slots=True)
class Call:
    """One use of an API method. `at`: seconds of a steady clock. `inner`: made inside `execute`."""

    method: str
    params: dict[str, str]
    at: float
    inner: bool


@dataclass(slots=True)
class InjectedFault:
    """`left`: how many more calls it spoils; None: all of them."""

    code: int
    message: str
    extra: dict[str, Any]
    left: int | None


class ApiGateway:
    """`faults`: those of the whole network, whose lines are the API's too.

    `calls` counts API methods (those inside `execute` too), `requests` the HTTP requests, `history` has the last
    calls one by one.
    """

    def __init__(self, now: Clock, faults: Faults, *, token: str = TOKEN) -> None:
        self.token = token
        self.calls: Counter[str] = Counter()
        self.requests = 0
        self.history: deque[Call] = deque(maxlen=KEPT_CALLS)
        self.steady: Callable[[], float] = time.monotonic
        self._now = now
        self._line = faults
        self._lock = threading.RLock()
        self._tokens = {token: ApiTokenKind.service}
        self._errors: dict[str, list[InjectedFault]] = {}
        self._empty: set[str] = set()
        self._share = 0.0
        self._dice = random.Random(0)  # noqa: S311 - no secret
        self._spoiled = Countdown()
        self._statuses = Statuses()
        self._quotas: dict[str, int] = {"wall.get": WALL_GET_PER_DAY, "newsfeed.search": SEARCH_PER_DAY}
        self._spent: dict[tuple[str, str], deque[datetime]] = {}
        self._rate = 0.0
        self._recent: dict[str, deque[float]] = {}

    # What goes wrong

    def fails(self, method: str, code: int, times: int = 1, *, message: str = "", **extra: Any) -> None:
        """The next `times` calls of `method` (`*`: of any) answer with this error; `extra` fields come with it."""
        with self._lock:
            self._errors.setdefault(method, []).append(InjectedFault(code, message, extra, times))

    def fails_always(self, method: str, code: int, *, message: str = "", **extra: Any) -> None:
        with self._lock:
            self._errors.setdefault(method, []).append(InjectedFault(code, message, extra, None))

    def breaks_connections(self, share: float, seed: int = 0) -> None:
        """That share of the connections is reset before the answer."""
        with self._lock:
            self._share = share
            self._dice = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def answers_html(self, times: int = 1) -> None:
        """A page for people comes instead of the answer, status 200."""
        self._spoiled.orders(SpoiledAnswer.apology, times)

    def truncates_json(self, times: int = 1) -> None:
        """The answer ends in the middle of its JSON."""
        self._spoiled.orders(SpoiledAnswer.half, times)

    def answers_status(self, status: int, times: int = 1) -> None:
        """The answer has that HTTP status and no JSON."""
        self._statuses.orders(status, times)

    def shows_nothing(self, method: str) -> None:
        """Every answer of `method` comes as usual, and no post is in it."""
        with self._lock:
            self._empty.add(method)

    def is_empty(self, method: str) -> bool:
        with self._lock:
            return method in self._empty

    def heals(self, method: str = "") -> None:
        """Ends the errors of one method, or everything that is wrong with the API alone."""
        with self._lock:
            if method:
                self._errors.pop(method, None)
                self._empty.discard(method)
                return
            self._errors.clear()
            self._empty.clear()
            self._share = 0.0
        self._spoiled.clear()
        self._statuses.clear()

    # Whom it lets in, and how often

    def also_takes(self, token: str, *, kind: ApiTokenKind | str = ApiTokenKind.service) -> None:
        """A further token, with quotas and a rate of its own."""
        with self._lock:
            self._tokens[token] = ApiTokenKind(kind)

    def revokes(self, token: str) -> None:
        """Error 5 for requests with this token."""
        with self._lock:
            self._tokens.pop(token, None)

    def quota(self, method: str, per_day: int) -> None:
        """Error 29 after so many calls with one token in 24 hours of the network's clock; 0: no limit.

        Calls inside `execute` count (python273/vk_api#411, #143). That the day rolls is not established.
        """
        with self._lock:
            self._quotas[method] = per_day

    def rate(self, per_second: float) -> None:
        """Error 6 for more requests of one token than this in any second of real time; 0 (at first): no limit."""
        with self._lock:
            self._rate = per_second

    # What the API asks

    def arrives(self, method: str, params: dict[str, str], *, inner: bool = False) -> None:
        """An API method was called."""
        with self._lock:
            self.calls[method] += 1
            self.history.append(Call(method, params, self.steady(), inner))

    def kind_of(self, token: str) -> ApiTokenKind | None:
        """None for a token that opens nothing."""
        with self._lock:
            return self._tokens.get(token)

    def too_fast(self, token: str) -> bool:
        """Whether this request is one too many for the second that ends now."""
        with self._lock:
            now, recent = self.steady(), self._recent.setdefault(token, deque())
            while recent and recent[0] <= now - 1.0:
                recent.popleft()
            if self._rate and len(recent) >= self._rate:
                return True
            recent.append(now)
            return False

    def over_quota(self, method: str, token: str) -> bool:
        """Counts the call, unless the token's calls of the day are used up."""
        with self._lock:
            limit = self._quotas.get(method, 0)
            if not limit:
                return False
            now, spent = self._now(), self._spent.setdefault((method, token), deque())
            while spent and spent[0] <= now - QUOTA_WINDOW:
                spent.popleft()
            if len(spent) >= limit:
                return True
            spent.append(now)
            return False

    def fault_of(self, method: str) -> InjectedFault | None:
        """The error that this call gets, if one was ordered."""
        with self._lock:
            for name in (method, "*"):
                faults = self._errors.get(name, [])
                if not faults:
                    continue
                fault = faults[0]
                if fault.left is not None:
                    fault.left -= 1
                    if fault.left <= 0:
                        faults.pop(0)
                return fault
        return None

    def resets(self) -> bool:
        """Whether this connection is to be reset."""
        with self._lock:
            return self._line.down or (self._share > 0 and self._dice.random() < self._share)

    def status_instead(self) -> int:
        """The HTTP status to answer with instead, 0 for none."""
        return self._statuses.next()

    def meets(self, what: SpoiledAnswer) -> bool:
        """Whether this answer is spoiled in that way; each one that is uses up one of those ordered."""
        return self._spoiled.meets(what)
