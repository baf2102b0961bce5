from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from relay.almanac.plan import queries, reaches
from relay.models import FilmReach
from relay.moderation import consent
from relay.moderation.agreement import links
from relay.moderation.agreement.links import AskView
from relay.permissions import overrides, views
from relay.permissions.notes import ConsentTerms, day_of
from relay.permissions.rules import uses_of
from relay.permissions.views import ClipPermissionView
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several

router = routes("Who allowed what, and what a film may use.")
Uses = Annotated[list[FilmReach] | None, Query(max_length=5, description="Where the film goes besides.")]


@dataclass(frozen=True, slots=True)
class ClipAsked:
    """`asked`: the links by which the author was asked, the oldest first."""

    permission: ClipPermissionView
    asked: list[AskView]


@dataclass(frozen=True, slots=True)
class FilmPermissions:
    """`uses`: where the film goes besides being shown. `lacking`: clips that lack permission for it."""

    uses: list[str]
    lacking: list[ClipPermissionView]


@router.get(
    "/campaigns/{slug}/permissions",
    name="permissions",
    response_model=several(ClipPermissionView),
    summary="How the campaign's clips stand with their permission.",
)
def listing(
    request: Request,
    relay: Here,
    slug: bodies.Slug,
    limit: Limit = USUAL,
    after: AfterNumber = None,
    *,
    lacking: bool = False,
    uses: Uses = None,
) -> Response:
    rows = views.listing(relay, slug, lacking=lacking, uses=uses_of(uses or ()))
    return page(request, rows, lambda row: row.clip, after=after, limit=limit)


@router.get(
    "/clips/{clip_id}/permission",
    name="clip_permission",
    response_model=model_of(ClipAsked),
    summary="How one clip stands, and whether its author was asked.",
)
def show(request: Request, relay: Here, clip_id: bodies.Id) -> Response:
    return answer(
        request, ClipAsked(views.of_clip(relay, clip_id), links.of_clip(relay, clip_id, relay.settings.desk_url))
    )


@router.post(
    "/clips/{clip_id}/consents",
    name="note_consent",
    status_code=201,
    response_model=model_of(ClipPermissionView),
    summary="Note what its author allowed. What is not said anew stays as it was.",
)
def note(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.ConsentNote) -> Response:
    terms = ConsentTerms(
        broadcast=body.broadcast,
        abroad=body.abroad,
        until=day_of(body.until or ""),
        for_ever=body.until is not None and day_of(body.until) is None,
        guardian=body.guardian,
    )
    consent.note(relay, clip_id, body.scope, body.evidence, person=who, terms=terms)
    return answer(request, views.of_clip(relay, clip_id), status=201)


@router.post(
    "/clips/{clip_id}/consent-link",
    name="ask_author",
    status_code=201,
    response_model=model_of(AskView),
    summary="Make a link by which the author answers, and show the message to send them.",
)
def ask(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.AskingAuthor) -> Response:
    made = links.ask(relay, clip_id, person=who, base_url=relay.settings.desk_url, days=body.days)
    return answer(request, made, status=201)


@router.delete(
    "/clips/{clip_id}/consent-link",
    name="end_author_link",
    status_code=204,
    summary="Let the link shown to an author work no more; what they answered stays.",
)
def end_link(relay: Here, who: Who, clip_id: bodies.Id) -> Response:
    links.end(relay, clip_id, person=who)
    return done()


@router.put(
    "/clips/{clip_id}/override",
    name="take_upon",
    response_model=model_of(ClipPermissionView),
    summary="Take it upon you, by name, that clips lack permission. What an author has said stays.",
)
def take_upon(request: Request, relay: Here, who: Who, clip_id: bodies.Id, body: bodies.TakingUpon) -> Response:
    uses = uses_of(body.uses)
    overrides.take_upon(relay, clip_id, person=who, reason=body.reason, uses=uses)
    return answer(request, views.of_clip(relay, clip_id, uses=uses))


@router.delete(
    "/clips/{clip_id}/override",
    name="take_override_back",
    response_model=model_of(ClipPermissionView),
    summary="Take it upon you no more.",
)
def take_back(request: Request, relay: Here, who: Who, clip_id: bodies.Id) -> Response:
    overrides.take_back(relay, clip_id, person=who)
    return answer(request, views.of_clip(relay, clip_id))


@router.get(
    FILM + "/permissions",
    name="film_permissions",
    response_model=model_of(FilmPermissions),
    summary="Where a film goes, and who in it has not agreed to that.",
)
def of_film(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, _film(relay, slug, name))


@router.put(
    FILM + "/permissions",
    name="set_film_reaches",
    response_model=model_of(FilmPermissions),
    summary="Say where a film goes, and see who in it has not agreed to that.",
)
def set_reaches(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.FilmReaches
) -> Response:
    reaches.set_for(relay, slug, name, body.uses, person=who)
    return answer(request, _film(relay, slug, name))


def _film(relay: Here, slug: str, name: str) -> FilmPermissions:
    found = queries.show(relay, slug, name)
    return FilmPermissions(found.uses, found.lacking)
