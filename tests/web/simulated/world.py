"""Simulated time, the server that may be killed in the middle of a request, and lines on which requests are lost.

Requests run for real, in the threads of the application, and take no simulated time; whoever is awake in the same
quarter of a second sends theirs at the same time.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
import random
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx
from sqlalchemy import event

from relay.context import Relay
from relay.store import Store

QUANTUM = 0.25
TOO_LONG = 15.0
"""outbox.js gives up a request after so many seconds; a page that is loaded waits as long here."""
RESTARTS_IN = 4.0


class World:
    """`await world.sleep(3)`: three seconds of everybody's time. `wrong`: by so much the server's clock is ahead."""

    def __init__(self, begin: datetime) -> None:
        self.begin, self.seconds, self.wrong = begin, 0.0, timedelta()
        self.jumps = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._number, self._awake = count(), 0
        self._all_asleep = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._broken: list[BaseException] = []

    def clock(self) -> datetime:
        """The server's."""
        return self.begin + timedelta(seconds=self.seconds) + self.wrong

    def is_set(self, ahead: timedelta) -> None:
        self.wrong, self.jumps = ahead, self.jumps + 1

    async def sleep(self, seconds: float) -> None:
        wakes = asyncio.get_running_loop().create_future()
        at = math.ceil((self.seconds + max(QUANTUM, seconds)) / QUANTUM) * QUANTUM
        heapq.heappush(self._sleepers, (at, next(self._number), wakes))
        self._falls_asleep()
        await wakes

    def starts(self, life: Coroutine[Any, Any, None]) -> None:
        self._awake += 1
        task = asyncio.ensure_future(self._lives(life))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _lives(self, life: Coroutine[Any, Any, None]) -> None:
        try:
            await life
        except Exception as error:  # noqa: BLE001 - it is raised where the world is run
            self._broken.append(error)
        self._falls_asleep()

    def _falls_asleep(self) -> None:
        self._awake -= 1
        if self._awake == 0:
            self._all_asleep.set()

    async def passes(self, until: Callable[[], bool]) -> None:
        """Until everybody has gone, or it is time to end: then the rest is sent away."""
        while True:
            await self._all_asleep.wait()
            if self._broken:
                raise self._broken[0]
            if not self._sleepers or until():
                break
            self._all_asleep.clear()
            self.seconds = self._sleepers[0][0]
            while self._sleepers and self._sleepers[0][0] <= self.seconds:
                self._awake += 1
                heapq.heappop(self._sleepers)[2].set_result(None)
        for task in [*self._tasks]:
            task.cancel()


class Killed(BaseException):
    """The process ends here: what was not committed never was."""


class Server:
    """The desk's process. `dies_after(n)`: killed when it wants to commit for the n-th time from now, or before."""

    def __init__(self, world: World, relay: Relay, make_app: Callable[[Relay], Any]) -> None:
        self.world, self.relay, self._make_app = world, relay, make_app
        self.restarts = self.requests = 0
        self.errors: list[str] = []
        self._left: int | None = None
        self._begins()

    def _begins(self) -> None:
        store = Store(str(self.relay.store.url))
        event.listen(store.engine, "commit", self._commits)
        self.relay = Relay(**{**vars(self.relay), "store": store})
        self.app = self._make_app(self.relay)
        self._inner = httpx.ASGITransport(self.app, client=("192.0.2.1", 50000))
        self.is_up, self._left, self._inside = True, None, 0

    def dies_after(self, commits: int) -> None:
        self._left = commits

    def _commits(self, connection: Any) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left < 0:
                self.is_up = False
        if not self.is_up:
            connection.connection.rollback()  # its locks end with the process
            raise Killed

    async def answers(self, request: httpx.Request) -> httpx.Response:
        """Raises ConnectError where there is nobody, and for everything that was under way when the process ended."""
        if not self.is_up:
            raise httpx.ConnectError("connection refused")
        self.requests += 1
        self._inside += 1
        try:
            answer = await self._inner.handle_async_request(request)
            body = await answer.aread()
        except Killed:
            self.is_up = False
        except Exception as error:  # noqa: BLE001 - a bug of the desk is counted, and its people see what they would
            if self.is_up:
                self.errors.append(f"{request.method} {request.url.path}: {error!r}")
            answer, body = httpx.Response(500), b""
        finally:
            self._inside -= 1
        if self.is_up:
            return httpx.Response(answer.status_code, headers=answer.headers, content=body)
        if not self._inside:
            self.world.starts(self._comes_back())
        raise httpx.ReadError("the server has gone away")

    async def _comes_back(self) -> None:
        await self.world.sleep(RESTARTS_IN)
        if not self.is_up and not self._inside:
            self.relay.store.close()
            self.restarts += 1
            self._begins()


class Line(httpx.AsyncBaseTransport):
    """One person's connection. `is_cut`: nothing goes through. Else a share `faults` of requests goes wrong in one of
    the ways of TROUBLES.
    """

    def __init__(self, world: World, server: Server, dice: random.Random, faults: float) -> None:
        self.world, self.server, self.dice, self.faults = world, server, dice, faults
        self.is_cut = False
        self.met: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_cut:
            self.met["cut"] += 1
            raise httpx.ConnectError("no connection")
        if self.dice.random() >= self.faults:
            return await self.server.answers(request)
        trouble = self.dice.choice(TROUBLES)
        self.met[trouble] += 1
        return await getattr(self, f"_{trouble}")(request)  # type: ignore[no-any-return]

    async def _lost(self, request: httpx.Request) -> httpx.Response:
        """It never arrives."""
        raise httpx.ConnectError("connection reset by peer")

    async def _answer_lost(self, request: httpx.Request) -> httpx.Response:
        """The server does it, and nobody hears of it."""
        await self.server.answers(request)
        raise httpx.ReadError("connection reset by peer")

    async def _too_late(self, request: httpx.Request) -> httpx.Response:
        """The browser has given up long before it arrives."""
        late = httpx.Request(request.method, request.url, headers=request.headers, content=request.read())
        self.world.starts(self._arrives(late, TOO_LONG + self.dice.uniform(1, 60)))
        await self.world.sleep(TOO_LONG)
        raise httpx.ReadTimeout("timed out")

    async def _arrives(self, request: httpx.Request, seconds: float) -> None:
        await self.world.sleep(seconds)
        with contextlib.suppress(httpx.TransportError):
            await self.server.answers(request)

    async def _killed(self, request: httpx.Request) -> httpx.Response:
        """The server's process ends at one of the next commits, perhaps this request's."""
        if not self.server.restarts or self.dice.random() < 0.1:  # a server that is killed all day is no desk
            self.server.dies_after(self.dice.randrange(4))
        return await self.server.answers(request)


TROUBLES = ("lost", "answer_lost", "too_late", "killed")
