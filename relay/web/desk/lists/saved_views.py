"""Views that a person keeps: a filter of clips or posts under a name."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.collect.found.post_filter import PostFilter
from relay.models import Account, Role, SavedList
from relay.moderation.finding import saved
from relay.moderation.finding.clip_filter import ClipFilter
from relay.search import filters
from relay.web.access import SignInNeeded, relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID

router = APIRouter()

FILTERS = {SavedList.clips: ClipFilter, SavedList.posts: PostFilter}


@router.post("/campaigns/{slug}/views", name="keep_view")
def keep_view(
    request: Request,
    slug: str,
    of: Annotated[SavedList, Form()],
    name: Annotated[str, Form(max_length=200)] = "",
    query: Annotated[str, Form(max_length=4000)] = "",
    shared: Annotated[bool, Form()] = False,
) -> Response:
    """Only organizers share."""
    account = _account(request)
    kept = filters.query(filters.parsed(FILTERS[of], parse_qsl(query)))
    share = shared and account.role is Role.organizer
    saved.keep(relay_of(request), slug, account, of, name=name, query=kept, shared=share)
    return _back(slug, of, kept)


@router.post("/campaigns/{slug}/views/{view}/drop", name="drop_view")
def drop_view(request: Request, slug: str, view: Annotated[int, InPath(ge=1, le=LARGEST_ID)]) -> Response:
    account = _account(request)
    of = saved.drop(relay_of(request), slug, account, view, any_shared=account.role is Role.organizer)
    return _back(slug, of, "")


def _account(request: Request) -> Account:
    account = visitor_of(request).account
    if account is None:
        raise SignInNeeded
    return account


def _back(slug: str, of: SavedList, query: str) -> Response:
    return RedirectResponse(f"/campaigns/{slug}/{of.value}" + (f"?{query}" if query else ""), status_code=303)
