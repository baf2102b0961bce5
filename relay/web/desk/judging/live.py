"""What changes while a page stands open: numbers, who is here, and what colleagues do with the clip that it shows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from relay.language.catalogue import translator
from relay.language.sentence import filled
from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.team import live, presence
from relay.web.access import Forbidden, SecondFactorNeeded, SignInNeeded, allowed, look_up, relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.live_hub import Hub, Listener
from relay.web.page import language_of
from relay.web.words.wording import MEANWHILE

router = APIRouter()

STREAM = {"X-Accel-Buffering": "no"}
"""Nginx passes it on as it comes."""


def watched(request: Request, slug: str) -> str:
    """The language in which a page is told. Raises NotFound for a campaign that isn't there."""
    desk.campaign(relay_of(request), slug)
    return language_of(request)


@router.get("/campaigns/{slug}/live", name="live")
async def stream(
    request: Request,
    slug: str,
    language: Annotated[str, Depends(watched)],
    state: ClipState = ClipState.awaiting,
    clip: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
    *,
    once: bool = False,
) -> StreamingResponse:
    """An event stream: each message is the whole truth, as JSON (`_told`). `once`: the first message alone."""
    account = visitor_of(request).account
    assert account is not None  # the policy
    tell = partial(_told, language=language, person=account.name, clip_id=clip, state=state)
    listener = Listener(account.id or 0, account.name, clip, tell, partial(is_let_in, request))
    messages = _one(request, slug, listener) if once else _all(request, slug, listener)
    return StreamingResponse(messages, media_type="text/event-stream", headers=STREAM)


async def _one(request: Request, slug: str, listener: Listener) -> AsyncIterator[str]:
    clips = [listener.clip] if listener.clip is not None else []
    seen = await to_thread.run_sync(partial(live.look, relay_of(request), slug, clips=clips))
    yield f"data: {listener.tell(seen)}\n\n"


async def _all(request: Request, slug: str, listener: Listener) -> AsyncIterator[str]:
    hub = request.app.state.live
    assert isinstance(hub, Hub)
    with hub.listening(relay_of(request), slug, listener):
        async for message in listener.messages():
            yield message


def is_let_in(request: Request) -> bool:
    """The policy once more, for whoever asked then; a stream that stays open is no sign that somebody is there."""
    look_up(request, noted=False)
    try:
        allowed(request)
    except (SignInNeeded, SecondFactorNeeded, Forbidden):
        return False
    return True


def _told(seen: live.LiveView, *, language: str, person: str, clip_id: int | None, state: ClipState) -> str:
    tongue = translator(language)
    waiting = seen.waiting(ClipState.awaiting, person)
    return json.dumps(
        {
            "counts": {**seen.counts, "queue": waiting},
            "free": seen.free(state, person),
            "waiting": tongue.ngettext("%(num)s clip waits", "%(num)s clips wait", waiting) % {"num": waiting},
            "here": here(seen.here, person),
            "clip": _clip(seen, clip_id, language, person),
        },
        ensure_ascii=False,
    )


def here(people: list[presence.PersonHere], person: str) -> list[dict[str, Any]]:
    """As the pages show it: whoever reads comes last."""
    told = [{"name": each.name, "clip": each.clip, "you": each.name == person} for each in people]
    return sorted(told, key=lambda each: bool(each["you"]))


def _clip(seen: live.LiveView, clip_id: int | None, language: str, person: str) -> dict[str, Any] | None:
    """What became of the clip, in words, and who has it now when it is a colleague."""
    now = seen.clips.get(clip_id or 0)
    if clip_id is None or now is None:
        return None
    tell = translator(language).tell
    who = "" if now.person == person else now.person
    said = MEANWHILE["you" if not who else now.verdict.value if now.verdict else ""]
    holder = seen.holder(clip_id)
    other = holder if holder != person else ""
    return {
        "state": now.state.value,
        "decision": now.decision,
        "line": tell(filled(said, person=now.person)),
        "holder": other,
        "held": tell(filled(MEANWHILE["holds"], person=other)) if other else tell(MEANWHILE["free"]),
    }
