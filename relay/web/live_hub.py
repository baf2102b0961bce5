"""Pages that stand open are told what changes: one look at the database for each campaign, however many watch it.

The looks are taken in a worker thread by one task for each campaign, which ends with its last listener. A listener is
told only what is new, and every few looks whether it is still let in is asked anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from anyio import to_thread

from relay.context import Relay
from relay.errors import NotFound, StoreError
from relay.moderation.team import live

EVERY = 2.5
"""Seconds between two looks."""
KEEP_ALIVE = 15.0
"""Seconds after which something is sent though nothing has changed, so that nobody between takes the line for dead."""
MOST = 8
"""Open pages of one account in one process; the oldest ends when there are more. A hidden page keeps none open."""


@dataclass(eq=False)
class Listener:
    """One page that stands open. `tell`: what it is told after a look; `is_let_in`: asked in the worker thread."""

    account: int
    person: str
    clip: int | None
    tell: Callable[[Any], str]
    is_let_in: Callable[[], bool]
    _told: str = ""
    _ended: str = ""
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def hears(self, message: str) -> None:
        if message != self._told:
            self._told = message
            self._news.set()

    def ends(self, why: str) -> None:
        """`out`: not let in any more; `full`: the account has too many; `over`: the desk ends."""
        self._ended = self._ended or why
        self._news.set()

    async def messages(self) -> AsyncIterator[str]:
        """In the form of an event stream (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
        yield "retry: 3000\n\n"
        while not self._ended:
            try:
                await asyncio.wait_for(self._news.wait(), KEEP_ALIVE)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            self._news.clear()
            if not self._ended:
                yield f"data: {self._told}\n\n"
        yield f"event: end\ndata: {self._ended}\n\n"


Look = Callable[[Relay, str, list[Listener], asyncio.AbstractEventLoop], None]
"""Is given a room and who listens in it, in the worker thread."""


class Hub:
    """All listeners of this process. Everything but the looks happens in the server's event loop."""

    def __init__(self, every: float = EVERY, look: Look | None = None) -> None:
        """`look`: at a campaign's queue where nothing else is given; what it sees, each listener's `tell` tells."""
        self._every, self._look = every, look or _look
        self._rooms: dict[str, list[Listener]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @contextmanager
    def listening(self, relay: Relay, slug: str, listener: Listener) -> Iterator[None]:
        self._make_room(listener.account)
        self._rooms.setdefault(slug, []).append(listener)
        if slug not in self._tasks:
            self._tasks[slug] = asyncio.create_task(self._watch(relay, slug))
        try:
            yield
        finally:
            self._rooms[slug].remove(listener)

    def close(self) -> None:
        """Ends every stream at once, so that the server need not wait for them."""
        for listener in self._all():
            listener.ends("over")
        for task in self._tasks.values():
            task.cancel()

    def _all(self) -> list[Listener]:
        return [listener for room in self._rooms.values() for listener in room]

    def _make_room(self, account: int) -> None:
        own = [listener for listener in self._all() if listener.account == account]
        for listener in own[: len(own) - MOST + 1] if len(own) >= MOST else ():
            listener.ends("full")

    async def _watch(self, relay: Relay, slug: str) -> None:
        """Looks until nobody listens. Whatever ends it, listeners are let go, and come back by themselves."""
        room = self._rooms[slug]
        try:
            while room:
                await to_thread.run_sync(partial(self._look, relay, slug, list(room), asyncio.get_running_loop()))
                await asyncio.sleep(self._every)
        finally:
            del self._tasks[slug]
            for listener in room:
                listener.ends("over")


def _look(relay: Relay, slug: str, listeners: list[Listener], loop: asyncio.AbstractEventLoop) -> None:
    """In the worker thread. What the database can't tell just now, the next look will."""
    there = let_in(listeners, loop)
    clips = {listener.clip for listener in there if listener.clip is not None}
    try:
        seen = live.look(relay, slug, clips=clips, people={listener.person for listener in there})
    except NotFound:
        for listener in there:
            loop.call_soon_threadsafe(listener.ends, "out")
    except StoreError:
        return
    else:
        for listener in there:
            loop.call_soon_threadsafe(listener.hears, listener.tell(seen))


def let_in(listeners: list[Listener], loop: asyncio.AbstractEventLoop) -> list[Listener]:
    """Those who still are; the others are sent away."""
    return [listener for listener in listeners if _is_let_in(listener, loop)]


def _is_let_in(listener: Listener, loop: asyncio.AbstractEventLoop) -> bool:
    is_in = listener.is_let_in()
    if not is_in:
        loop.call_soon_threadsafe(listener.ends, "out")
    return is_in
