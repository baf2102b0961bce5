"""Posts whose tag only looks like ours: one key takes a post in, another one turns it down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.collect.found import lookalikes, near_misses
from relay.errors import Refused
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

PAGE = 50
PostId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Alias = Annotated[str, Form(max_length=200)]


@router.get("/campaigns/{slug}/near", name="near")
def near(
    request: Request,
    slug: str,
    turned_down: bool = False,
    taken: str = "",
    after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None,
) -> Response:
    """`taken`: a spelling that was accepted just now, and is proposed as an alias. `after`: the post on whose page this
    one follows.
    """
    return _page(request, slug, turned_down=turned_down, taken=taken, after=after)


@router.post("/campaigns/{slug}/near/{post_id}/accept", name="accept")
def accept(request: Request, slug: str, post_id: PostId) -> Response:
    try:
        taken = near_misses.accept(relay_of(request), post_id, person=person_of(request), slug=slug)
    except Refused as error:
        return _refused(request, slug, error)
    return RedirectResponse(request.url_for("near", slug=slug).include_query_params(taken=taken.alias), 303)


@router.post("/campaigns/{slug}/near/{post_id}/turn-down", name="turn_down")
def turn_down(request: Request, slug: str, post_id: PostId) -> Response:
    try:
        near_misses.turn_down(relay_of(request), post_id, person=person_of(request), slug=slug)
    except Refused as error:
        return _refused(request, slug, error)
    return RedirectResponse(request.url_for("near", slug=slug).path, status_code=303)


@router.post("/campaigns/{slug}/aliases", name="alias")
def alias(request: Request, slug: str, alias: Alias = "") -> Response:
    try:
        near_misses.add_alias(relay_of(request), slug, alias, person=person_of(request))
    except Refused as error:
        return _refused(request, slug, error)
    return RedirectResponse(request.url_for("near", slug=slug).path, status_code=303)


def _refused(request: Request, slug: str, error: Refused) -> Response:
    line = translator(language_of(request)).tell(error.line)
    return _page(request, slug, notice=line, status=status_of(error))


def _page(
    request: Request,
    slug: str,
    *,
    turned_down: bool = False,
    taken: str = "",
    after: int | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    found = near_misses.listing(relay, slug, turned_down=turned_down, size=PAGE + 1, after=after)
    return render(
        request,
        "near.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        posts=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        after=after,
        numbers=near_misses.counts(relay, slug),
        turned_down=turned_down,
        proposal=near_misses.proposal(relay, slug, taken) if taken else None,
        pieces=_pieces,
        look_alike=lambda tag: lookalikes.compare(tag, [*campaign.hashtags, *campaign.aliases]),
        notice=notice,
    )


def _pieces(text: str, tag: str) -> tuple[str, str, str]:
    """The text before the tag, the tag, and the text behind it; without the tag all of it comes first."""
    before, found, after = text.partition(tag) if tag else (text, "", "")
    return before, found, after
