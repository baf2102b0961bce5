"""What the crawl can't find, taken in by a person: the link of a post, or a video that came another way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import held_files
from relay.collect import campaigns
from relay.collect.found import posts
from relay.collect.found.posts import PostDetails
from relay.errors import NotFound, Refused, RelayError
from relay.intake.hand_in import files
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.received import ReceivedForm, receive
from relay.web.failures import status_of
from relay.web.page import language_of, render

router = APIRouter()


@router.get("/campaigns/{slug}/by-hand", name="by_hand")
def by_hand(request: Request, slug: str) -> Response:
    return _page(request, slug)


@router.post("/campaigns/{slug}/by-hand/link", name="add_link")
def add_link(request: Request, slug: str, url: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """The page that answers says what is known of the post."""
    relay = relay_of(request)
    try:
        if not url.strip():
            raise Refused("Write the link of the post.")
        number = posts.add(relay, slug, url.strip(), person=person_of(request))
    except NotFound:
        campaigns.get(relay, slug)
        raise
    except RelayError as error:
        campaigns.get(relay, slug)
        return _page(request, slug, error=error, typed={"url": url})
    return _page(request, slug, taken=posts.show(relay, number, slug=slug))


@router.post("/campaigns/{slug}/by-hand/file", name="add_file")
async def add_file(request: Request, slug: str) -> Response:
    relay = relay_of(request)
    try:
        form = await receive(request, relay, most_mb=relay.settings.max_video_mb)
    except RelayError as error:
        return await run_in_threadpool(_page, request, slug, error=error)
    return await run_in_threadpool(_take, request, slug, form)


def _take(request: Request, slug: str, form: ReceivedForm) -> Response:
    """The clip that came of it is the page that follows."""
    relay, held = relay_of(request), form.file
    typed = {"name": form.word("name").strip()[:200], "town": form.word("town").strip()[:200]}
    try:
        if held is None:
            raise Refused("Choose a file first.")
        made = files.add_files(relay, slug, [held.path], person=person_of(request), called=held.name, **typed)
    except NotFound:
        raise
    except RelayError as error:
        campaigns.get(relay, slug)
        return _page(request, slug, error=error, typed=typed)
    finally:
        held_files.drop(held)
    return RedirectResponse(f"/clips/{made[0]}", status_code=303)


def _page(
    request: Request,
    slug: str,
    *,
    error: RelayError | None = None,
    typed: Mapping[str, str] | None = None,
    taken: PostDetails | None = None,
) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "by_hand.html",
        status=200 if error is None else status_of(error),
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        typed={"url": "", "name": "", "town": "", **(typed or {})},
        taken=taken,
        most_mb=relay.settings.max_video_mb,
        notice=translator(language_of(request)).tell(error.line) if error is not None else None,
    )
