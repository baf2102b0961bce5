"""What every page of the networks beside VK has in common: it is counted, and the weather gets at it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from relay.sandbox.vk.api import reset
from relay.sandbox.vk.network import Network

Answer = Callable[[Request], Awaitable[Response]]


class Watch(Protocol):
    def __call__(self, kind: str, answer: Answer, *, page: bool = True) -> Answer: ...


def watched_by(network: Network) -> Watch:
    """`watch(kind, answer)` is an endpoint that `network.visits` counts under `kind`; pages meet faults."""

    def watch(kind: str, answer: Answer, *, page: bool = True) -> Answer:
        async def endpoint(request: Request) -> Response:
            network.is_asked(api=False, kind=kind)
            if network.weather.seconds:
                await asyncio.sleep(network.weather.seconds)
            if network.weather.down:
                return await reset(request)
            if not page:
                return await answer(request)
            if status := network.page_status():
                return Response(status_code=status, headers={"retry-after": "3"} if status == 429 else None)
            if network.spoils("page_html"):
                return HTMLResponse("<html><body>Service is temporarily unavailable</body></html>")
            response = await answer(request)
            if network.spoils("page_halves"):
                half = bytes(response.body)[: len(response.body) // 2]
                return Response(half, response.status_code, media_type=response.media_type)
            return response

        return endpoint

    return watch
