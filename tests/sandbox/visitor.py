from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette


class Visitor:
    """Sends requests straight into an ASGI app, without a socket."""

    def __init__(self, app: Starlette, base_url: str) -> None:
        self._app = app
        self._base_url = base_url

    def get(self, url: str, **words: Any) -> httpx.Response:
        return asyncio.run(self._asks("GET", url, words))

    def post(self, url: str, **words: Any) -> httpx.Response:
        return asyncio.run(self._asks("POST", url, words))

    async def _asks(self, method: str, url: str, words: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url=self._base_url) as client:
            return await client.request(method, url, **words)


def waits_of(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how many seconds apps sleep that are visited from here; they don't. Servers of other threads sleep on."""
    waited: list[float] = []
    here, really = threading.current_thread(), asyncio.sleep

    async def sleep(seconds: float) -> None:
        if threading.current_thread() is here:
            waited.append(seconds)
        else:
            await really(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waited
