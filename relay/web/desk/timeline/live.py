"""Editors who have the same plan open are told of each other's changes, over one open line each (web/live_hub.py)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from relay.almanac.plan import news
from relay.almanac.plan.news import PlanNews
from relay.context import Relay
from relay.errors import NotFound, StoreError
from relay.language.catalogue import translator
from relay.language.sentence import prefixed
from relay.web.access import relay_of, visitor_of
from relay.web.desk.judging.live import STREAM, is_let_in
from relay.web.live_hub import EVERY, Hub, Listener, let_in
from relay.web.page import language_of

router = APIRouter()


def hub(every: float = EVERY) -> Hub:
    """A room is a plan: `SLUG/NAME`."""
    return Hub(every, look)


def watched(request: Request, slug: str, name: str) -> str:
    """The language in which a page is told. Raises NotFound."""
    news.newest(relay_of(request), slug, name)
    return language_of(request)


@router.get("/almanacs/{slug}/{name}/plan/live", name="plan_live")
async def stream(
    request: Request, slug: str, name: str, language: Annotated[str, Depends(watched)], *, once: bool = False
) -> StreamingResponse:
    """An event stream: each message is `_told`. `once`: the first message alone."""
    account = visitor_of(request).account
    assert account is not None  # the policy
    tell = partial(_told, language=language, person=account.name)
    listener = Listener(account.id or 0, account.name, None, tell, partial(is_let_in, request))
    messages = _one(request, slug, name, listener) if once else _all(request, slug, name, listener)
    return StreamingResponse(messages, media_type="text/event-stream", headers=STREAM)


async def _one(request: Request, slug: str, name: str, listener: Listener) -> AsyncIterator[str]:
    seen = await to_thread.run_sync(partial(news.newest, relay_of(request), slug, name))
    yield f"data: {listener.tell(seen)}\n\n"


async def _all(request: Request, slug: str, name: str, listener: Listener) -> AsyncIterator[str]:
    watching = request.app.state.plan_live
    assert isinstance(watching, Hub)
    with watching.listening(relay_of(request), f"{slug}/{name}", listener):
        async for message in listener.messages():
            yield message


def look(relay: Relay, room: str, listeners: list[Listener], loop: asyncio.AbstractEventLoop) -> None:
    """In the worker thread. What the database can't tell just now, the next look will."""
    there = let_in(listeners, loop)
    try:
        seen = news.newest(relay, *room.split("/", 1))
    except NotFound:
        for listener in there:
            loop.call_soon_threadsafe(listener.ends, "out")
    except StoreError:
        return
    else:
        for listener in there:
            loop.call_soon_threadsafe(listener.hears, listener.tell(seen))


def _told(seen: PlanNews, *, language: str, person: str) -> str:
    tell = translator(language).tell
    line = tell(prefixed(seen.person or "Relay", seen.did)) if seen.did else ""
    return json.dumps({"mark": seen.mark, "you": seen.person == person, "line": line}, ensure_ascii=False)
