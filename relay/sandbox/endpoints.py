"""Endpoints of one network: each request is counted, and meets the faults that were ordered."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from relay.sandbox.faults import Faults, SpoiledAnswer

Endpoint = Callable[[Request], Awaitable[Response]]


class Visited(Protocol):
    """What every network of the sandbox has: its faults, and its HTTP requests by kind."""

    faults: Faults
    visits: Counter[str]


class Endpoints:
    """`page(kind, answer)` and `plain(kind, answer)` wrap what answers; `visits` counts requests under `kind`."""

    def __init__(self, network: Visited) -> None:
        self._network = network

    def plain(self, kind: str, answer: Endpoint) -> Endpoint:
        """An endpoint whose line may be slow or down."""

        async def endpoint(request: Request) -> Response:
            faults = self._network.faults
            self._network.visits[kind] += 1
            if faults.delay:
                await asyncio.sleep(faults.delay)
            if faults.down:
                return await reset(request)
            return await answer(request)

        return endpoint

    def page(self, kind: str, answer: Endpoint) -> Endpoint:
        """An endpoint whose page may be refused, an apology or broken off besides."""
        return self.plain(kind, self._spoiled(answer))

    def _spoiled(self, answer: Endpoint) -> Endpoint:
        async def endpoint(request: Request) -> Response:
            faults = self._network.faults
            if status := faults.page_status():
                return Response(status_code=status, headers={"retry-after": "3"} if status == 429 else None)
            if faults.meets(SpoiledAnswer.apology):
                return HTMLResponse("<html><body>Service is temporarily unavailable</body></html>")
            response = await answer(request)
            if faults.meets(SpoiledAnswer.half):
                half = bytes(response.body)[: len(response.body) // 2]
                return Response(half, response.status_code, media_type=response.media_type)
            return response

        return endpoint


async def reset(request: Request) -> Response:
    """Drops the connection without an answer (where there is one: a test that calls the app directly sees 503)."""
    transport = getattr(request.state, "transport", None)
    if transport is not None:
        transport.abort()
        await asyncio.sleep(0.01)  # until the server has seen the loss, and doesn't answer into it
    return Response(status_code=503)
