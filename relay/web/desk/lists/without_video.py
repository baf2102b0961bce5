"""Posts with our tag and no video that can be fetched: hand in a link to the video, or put the post aside."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse, Response

from relay.collect import without_video
from relay.errors import Refused, SourceError, Stale
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()

PAGE = 50
PostId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Link = Annotated[str, Form(max_length=2000)]
Which = Annotated[str, Form(max_length=16)]
FIRST = "likely"
LISTS = {FIRST: (False, False), "unlikely": (False, True), "aside": (True, None)}
"""Name of a list → whether its posts are put aside, and whether words and pictures are all they have."""


@router.get("/campaigns/{slug}/without-video", name="without_video")
def without_video_page(request: Request, slug: str, which: str = FIRST, page: int = 1) -> Response:
    return _page(request, slug, which=which, page=page)


@router.post("/campaigns/{slug}/without-video/{post_id}/link", name="hand_in_video")
def hand_in_video(request: Request, slug: str, post_id: PostId, url: Link = "", which: Which = FIRST) -> Response:
    return _done(request, slug, which, partial(without_video.hand_in, relay_of(request), post_id, url.strip()))


@router.post("/campaigns/{slug}/without-video/{post_id}/put-aside", name="put_aside")
def put_aside(request: Request, slug: str, post_id: PostId, which: Which = FIRST) -> Response:
    return _done(request, slug, which, partial(without_video.put_aside, relay_of(request), post_id))


@router.post("/campaigns/{slug}/without-video/{post_id}/take-up", name="take_up")
def take_up(request: Request, slug: str, post_id: PostId, which: Which = FIRST) -> Response:
    return _done(request, slug, which, partial(without_video.take_up, relay_of(request), post_id))


def _done(request: Request, slug: str, which: str, deed: Callable[..., object]) -> Response:
    """Back on the list where it was done; with a sentence above it where it is refused."""
    try:
        deed(person=person_of(request), slug=slug)
    except (Refused, Stale, SourceError) as error:
        line = translator(language_of(request)).tell(error.line)
        return _page(request, slug, which=which, notice=line, status=status_of(error))
    back = request.url_for("without_video", slug=slug).path
    return RedirectResponse(f"{back}?which={which}" if which in LISTS and which != FIRST else back, status_code=303)


def _page(
    request: Request, slug: str, *, which: str, page: int = 1, notice: str | None = None, status: int = 200
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    which = which if which in LISTS else FIRST
    put_aside, unlikely = LISTS[which]
    posts = without_video.listing(relay, slug, put_aside=put_aside, unlikely=unlikely)
    page = min(max(page, 1), max(1, -(-len(posts) // PAGE)))  # the last one, where posts have gone meanwhile
    return render(
        request,
        "without_video.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        posts=posts[(page - 1) * PAGE : page * PAGE],
        page=page,
        more=len(posts) > page * PAGE,
        numbers=without_video.counts(relay, slug),
        which=which,
        notice=notice,
    )
