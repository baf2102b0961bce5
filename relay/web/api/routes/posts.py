from __future__ import annotations

from fastapi import Request, Response

from relay.collect import without_video
from relay.collect.found import near_misses, post_filter, posts
from relay.collect.found.near_misses import AcceptedPost
from relay.collect.found.post_filter import PostFilter, PostWithClips
from relay.collect.found.posts import PostDetails
from relay.collect.without_video import PostWithoutVideo
from relay.search import filters
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page, part
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, parameters_of, several

router = routes("The posts that were found.")


@router.get(
    "/campaigns/{slug}/posts",
    name="api_posts",
    response_model=several(PostWithClips),
    summary="Posts of the campaign: ours, look-alikes, and those outside the window.",
    openapi_extra=parameters_of(PostFilter),
)
def listing(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    """The filters of the desk; those that are lists may stand several times."""
    chosen = filters.parsed(PostFilter, request.query_params.multi_items())
    found = post_filter.page(relay, slug, chosen, after=after, size=limit)
    return part(request, found.posts, found.more)


@router.get(
    "/campaigns/{slug}/posts-without-video",
    name="posts_without_video",
    response_model=several(PostWithoutVideo),
    summary="Posts with the tag and no video that can be fetched, and why.",
)
def lacking(
    request: Request,
    relay: Here,
    slug: bodies.Slug,
    put_aside: bool = False,
    limit: Limit = USUAL,
    after: AfterNumber = None,
) -> Response:
    rows = without_video.listing(relay, slug, put_aside=put_aside)
    return page(request, rows, lambda row: row.id, after=after, limit=limit)


@router.get(
    "/campaigns/{slug}/posts/{post_id}",
    name="post",
    response_model=model_of(PostDetails),
    summary="One post with its videos, also those that never became a clip, and why.",
)
def show(request: Request, relay: Here, slug: bodies.Slug, post_id: bodies.Id) -> Response:
    return answer(request, posts.show(relay, post_id, slug=slug))


@router.post(
    "/campaigns/{slug}/posts",
    name="add_post",
    status_code=201,
    response_model=model_of(PostDetails),
    summary="Hand in a link that the crawl can't find.",
)
def add(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.PostLink) -> Response:
    number = posts.add(relay, slug, body.url, person=who)
    return answer(request, posts.show(relay, number, slug=slug), status=201)


@router.post(
    "/campaigns/{slug}/posts/{post_id}/accept",
    name="accept_post",
    response_model=model_of(AcceptedPost),
    summary="Take in posts whose tag only looks like ours.",
)
def accept(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, post_id: bodies.Id, body: bodies.Acceptance
) -> Response:
    """`alias`: count this spelling from now on, in every post."""
    taken = near_misses.accept(relay, post_id, person=who, slug=slug)
    if body.alias and taken.alias:
        near_misses.add_alias(relay, slug, taken.alias, person=who)
    return answer(request, taken)


@router.post(
    "/campaigns/{slug}/posts/{post_id}/turn-down",
    name="turn_post_down",
    status_code=204,
    summary="Say of posts whose tag looks like ours that they are not.",
)
def turn_down(relay: Here, who: Who, slug: bodies.Slug, post_id: bodies.Id) -> Response:
    near_misses.turn_down(relay, post_id, person=who, slug=slug)
    return done()


@router.post(
    "/campaigns/{slug}/posts/{post_id}/link",
    name="link_post",
    response_model=model_of(PostDetails),
    summary="Say where the video of a post can be fetched that shows none.",
)
def link(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, post_id: bodies.Id, body: bodies.PostLink
) -> Response:
    without_video.hand_in(relay, post_id, body.url, person=who, slug=slug)
    return answer(request, posts.show(relay, post_id, slug=slug))


@router.post(
    "/campaigns/{slug}/posts/{post_id}/put-aside",
    name="put_post_aside",
    status_code=204,
    summary="Say of posts with the tag that no video is to be had for them.",
)
def put_aside(relay: Here, who: Who, slug: bodies.Slug, post_id: bodies.Id) -> Response:
    without_video.put_aside(relay, post_id, person=who, slug=slug)
    return done()


@router.post(
    "/campaigns/{slug}/posts/{post_id}/take-up",
    name="take_post_up",
    status_code=204,
    summary="Let them wait again.",
)
def take_up(relay: Here, who: Who, slug: bodies.Slug, post_id: bodies.Id) -> Response:
    without_video.take_up(relay, post_id, person=who, slug=slug)
    return done()
