"""What is done to many clips at once, from the list, and taken back at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.errors import Refused
from relay.language.catalogue import translator
from relay.models import ClipState, Verdict
from relay.moderation import rules
from relay.moderation.finding import bulk
from relay.moderation.finding.clip_filter import ClipFilter
from relay.search import filters
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.lists.clips import clips_page
from relay.web.failures import status_of
from relay.web.page import language_of

router = APIRouter()

Text = Annotated[str, Form(max_length=2000)]
Number = Annotated[int, InPath(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True, slots=True)
class Ticked:
    """The clips that a form names: each with its state on the page, or all that the filter finds."""

    slug: str
    clips: tuple[str, ...]
    everything: bool
    query: str
    after: int | None
    seen_at: datetime

    @property
    def filter(self) -> ClipFilter:
        return filters.parsed(ClipFilter, parse_qsl(self.query))

    @property
    def address(self) -> str:
        query = filters.query(self.filter)
        place = f"after={self.after}" if self.after is not None else ""
        return (
            f"/campaigns/{self.slug}/clips" + ("?" if query or place else "") + "&".join(filter(None, (query, place)))
        )


def ticked(
    slug: str,
    seen_at: Annotated[datetime, Form()],
    clip: Annotated[list[str], Form(max_length=500)] = [],  # noqa: B006 - FastAPI copies it
    everything: Annotated[bool, Form()] = False,
    query: Text = "",
    after: Annotated[int | None, Form(ge=1, le=LARGEST_ID)] = None,
) -> Ticked:
    if seen_at.tzinfo is None:
        raise Refused("This page was open for too long. Load it again.")
    return Ticked(slug, tuple(clip), everything, query, after, seen_at)


Chosen = Annotated[Ticked, Depends(ticked)]


@router.post("/campaigns/{slug}/clips/decide", name="decide_many")
def decide_many(
    request: Request,
    chosen: Chosen,
    verdict: Annotated[Literal["approve", "reject", "later"], Form()],
    reason: Text = "",
    note: Text = "",
) -> Response:
    why = rules.compose(reason, note) if verdict == "reject" else ""
    if verdict == "reject" and not why:
        return _again(request, chosen, "This verdict needs a reason.", typed={"panel": "reject"})
    act = partial(bulk.decide, verdict=Verdict(verdict), person=person_of(request), reason=why)
    return _done(request, chosen, act, typed={"reason": reason, "note": note})


@router.post("/campaigns/{slug}/clips/edit", name="edit_many")
def edit_many(
    request: Request,
    chosen: Chosen,
    name: Text = "",
    town: Text = "",
    district: Text = "",
    age: Text = "",
    relation: Text = "",
    quote: Text = "",
    origin: Text = "",
    text_author: Text = "",
    scope: Annotated[str, Form(max_length=32)] = "",
    evidence: Text = "",
) -> Response:
    """Only fields that are filled in are written."""
    fields = {
        "name": name, "town": town, "district": district, "age": age, "relation": relation, "quote": quote,
        "origin": origin, "text_author": text_author,
    }  # fmt: skip
    act = partial(bulk.edit, fields=fields, person=person_of(request), consent=scope, evidence=evidence)
    return _done(request, chosen, act, typed={**fields, "scope": scope, "evidence": evidence})


@router.post("/campaigns/{slug}/clips/tag", name="tag_many")
def tag_many(
    request: Request, chosen: Chosen, tag: Text = "", do: Annotated[Literal["add", "remove"], Form()] = "add"
) -> Response:
    act = partial(bulk.tag, name=tag, person=person_of(request), remove=do == "remove")
    return _done(request, chosen, act, typed={"tag": tag})


@router.post("/campaigns/{slug}/clips/undo/{change}", name="undo_many")
def undo_many(request: Request, slug: str, change: Number, query: Text = "") -> Response:
    """Whatever the change was; one's own only."""
    bulk.undo(relay_of(request), slug, change, person=person_of(request))
    kept = filters.query(filters.parsed(ClipFilter, parse_qsl(query)))
    return RedirectResponse(f"/campaigns/{slug}/clips" + (f"?{kept}" if kept else ""), status_code=303)


def _done(request: Request, chosen: Ticked, act: Callable[..., bulk.BulkView], *, typed: dict[str, str]) -> Response:
    """The list with what was done, or with why nothing was, and all that was ticked and typed."""
    relay, picked = relay_of(request), _picked(chosen)
    try:
        if chosen.everything:
            selection = bulk.everything(relay, chosen.slug, chosen.filter, seen_at=chosen.seen_at)
        else:
            selection = bulk.Selection(picked, chosen.seen_at)
        act(relay, chosen.slug, selection)
    except Refused as error:
        return _again(request, chosen, error.line, typed=typed, status=status_of(error))
    return RedirectResponse(chosen.address, status_code=303)


def _again(request: Request, chosen: Ticked, line: str, *, typed: dict[str, str], status: int = 400) -> Response:
    """The list as it was sent, with why nothing was done."""
    return clips_page(
        request,
        chosen.slug,
        chosen.filter,
        after=chosen.after,
        status=status,
        notice=translator(language_of(request)).tell(line),
        ticked=_picked(chosen),
        typed={**typed, "everything": "1" if chosen.everything else ""},
    )


def _picked(chosen: Ticked) -> dict[int, ClipState]:
    """`17:awaiting` for each clip. Raises Refused for anything else."""
    found = {}
    for value in chosen.clips:
        number, _, state = value.partition(":")
        if not (number.isascii() and number.isdigit() and int(number[:12]) <= LARGEST_ID and state in set(ClipState)):
            raise Refused("This page was open for too long. Load it again.")
        found[int(number[:12])] = ClipState(state)
    return found
