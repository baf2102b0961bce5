"""Routes that change something leave a line in the record: which token did what."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from relay.moderation.people import api_tokens
from relay.web.access import SAFE, relay_of


class Noted(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        usual = super().get_route_handler()

        async def handler(request: Request) -> Response:
            response = await usual(request)
            program = getattr(request.state, "program", None)
            if request.method not in SAFE and response.status_code < 400 and program is not None:
                did = f"{request.method} {request.url.path}"
                await run_in_threadpool(api_tokens.note, relay_of(request), program, did[:500])
            return response

        return handler


def router(tag: str) -> APIRouter:
    return APIRouter(route_class=Noted, tags=[tag])
