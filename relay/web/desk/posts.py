"""Posts of a campaign: those with our tag, and those that only look like it, for a person to judge."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from relay.collect import posts, without_video
from relay.intake.hand_in import hand_ins
from relay.models import MatchKind
from relay.moderation import desk
from relay.web.access import relay_of
from relay.web.page import render

router = APIRouter()

PAGE = 100


@router.get("/campaigns/{slug}/posts", name="posts")
def posts_page(request: Request, slug: str, match: MatchKind | None = None, page: int = 1) -> Response:
    relay = relay_of(request)
    everything = posts.listing(relay, slug)
    chosen = [post for post in everything if match is None or post["match"] == match.value]
    start = max(page - 1, 0) * PAGE
    return render(
        request,
        "posts.html",
        campaign=desk.campaign(relay, slug),
        posts=chosen[start : start + PAGE],
        counts=desk.counts(relay, slug),
        kinds={kind.value: sum(post["match"] == kind.value for post in everything) for kind in MatchKind},
        total=len(everything),
        without_video=without_video.counts(relay, slug)["waiting"],
        match=match.value if match else "",
        page=max(page, 1),
        more=len(chosen) > start + PAGE,
        not_taken=hand_ins.not_taken(relay, slug) if match is None and page <= 1 else [],
    )
