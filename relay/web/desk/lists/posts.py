"""Posts of a campaign: those with our tag, and those that only look like it, searched and filtered."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from relay.collect import without_video
from relay.collect.found import post_filter
from relay.collect.found.post_filter import PostFilter
from relay.intake.hand_in import hand_ins
from relay.language.catalogue import translator
from relay.models import SavedList
from relay.moderation import desk
from relay.moderation.finding import saved
from relay.moderation.finding.clips import SourceChoice
from relay.search import filters
from relay.web.access import relay_of, visitor_of
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.lists.clips import extra_values, form_values, link
from relay.web.page import language_of, render
from relay.web.words import finding
from relay.web.words.wording import source_title

router = APIRouter()

PAGE = 100


@router.get("/campaigns/{slug}/posts", name="posts")
def posts_page(
    request: Request, slug: str, after: Annotated[int | None, Query(ge=1, le=LARGEST_ID)] = None
) -> Response:
    """The filter stands in the address: see PostFilter."""
    relay, language, account = relay_of(request), language_of(request), visitor_of(request).account
    chosen = filters.parsed(PostFilter, request.query_params.multi_items())
    found = post_filter.page(relay, slug, chosen, after=after, size=PAGE)
    choices, tell = post_filter.choices(relay, slug), translator(language).tell
    titles = {
        str(number): source_title(SourceChoice(number, title, address), tell)
        for number, title, address in choices.sources
    }
    plain = chosen == PostFilter() and after is None
    return render(
        request,
        "posts.html",
        campaign=desk.campaign(relay, slug),
        found=found,
        chosen=chosen,
        query=filters.query(chosen),
        with_query=lambda **changed: link(filters.query(chosen, **changed)),
        values=form_values(chosen),
        extra=extra_values(chosen),
        chips=finding.chips(chosen, language, titles),
        networks=choices.networks,
        titles=titles,
        finding=finding,
        after=after,
        counts=desk.counts(relay, slug),
        without_video=without_video.counts(relay, slug)["waiting"],
        saved_views=saved.listing(relay, slug, account, SavedList.posts) if account is not None else [],
        not_taken=hand_ins.not_taken(relay, slug) if plain else [],
    )
