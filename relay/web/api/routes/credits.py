from __future__ import annotations

from collections.abc import Callable, Sequence

from fastapi import Request, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import backers, emblems
from relay.almanac.assets.backers import CreditEntry, CreditsView
from relay.almanac.assets.emblems import EmblemView
from relay.collect import campaigns
from relay.context import Relay
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page, saw
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.assets import BODY, Told
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several
from relay.web.api.uploads import FileName, received

router = routes("Organizers and partners in the credits of a campaign's films.")
CREDITS = "/campaigns/{slug}/credits"
OF_FILM = FILM + "/credits"
Rearrange = Callable[[list[CreditEntry]], Sequence[CreditEntry] | None]


@router.get(
    CREDITS, name="api_credits", response_model=model_of(CreditsView), summary="Who stands in the credits, in order."
)
def listing(request: Request, relay: Here, slug: bodies.Slug) -> Response:
    return answer(request, backers.of_campaign(relay, slug))


@router.put(CREDITS, name="put_credits", response_model=model_of(CreditsView), summary="All lines of the credits anew.")
def put(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.CreditLines) -> Response:
    """The lines as they were seen are named by `seen` (their `token`), or by the ETag of GET in If-Match."""
    return _campaign(request, relay, slug, lambda _lines: _entries(body.lines), who, body.seen)


@router.post(
    CREDITS,
    name="add_credit",
    status_code=201,
    response_model=model_of(CreditsView),
    summary="Put a line at the end.",
)
def add(request: Request, relay: Here, who: Who, slug: bodies.Slug, body: bodies.ThanksLine) -> Response:
    return _campaign(request, relay, slug, lambda lines: [*lines, *_entries([body])], who, status=201)


@router.post(
    CREDITS + "/{line}/move",
    name="move_credit",
    response_model=model_of(CreditsView),
    summary="Put a line somewhere else.",
)
def move(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, line: bodies.Id, body: bodies.LinePlace
) -> Response:
    return _campaign(request, relay, slug, lambda lines: backers.moved(lines, line - 1, body.to - 1), who)


@router.delete(
    CREDITS + "/{line}", name="remove_credit", response_model=model_of(CreditsView), summary="Take a line out."
)
def remove(request: Request, relay: Here, who: Who, slug: bodies.Slug, line: bodies.Id) -> Response:
    return _campaign(request, relay, slug, lambda lines: backers.without(lines, line - 1), who)


@router.get(
    OF_FILM,
    name="api_film_credits",
    response_model=model_of(CreditsView),
    summary="The film's own lines, or those of its campaign.",
)
def of_film(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, backers.of_film(relay, slug, name))


@router.put(
    OF_FILM,
    name="put_film_credits",
    response_model=model_of(CreditsView),
    summary="All lines of the film's own anew; from then on it has lines of its own.",
)
def put_film(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.CreditLines
) -> Response:
    return _film(request, relay, slug, name, lambda _lines: _entries(body.lines), who, body.seen)


@router.post(
    OF_FILM,
    name="add_film_credit",
    status_code=201,
    response_model=model_of(CreditsView),
    summary="Put a line at the end; from then on the film has lines of its own.",
)
def add_to_film(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.ThanksLine
) -> Response:
    return _film(request, relay, slug, name, lambda lines: [*lines, *_entries([body])], who, status=201)


@router.post(
    OF_FILM + "/{line}/move",
    name="move_film_credit",
    response_model=model_of(CreditsView),
    summary="Put a line somewhere else.",
)
def move_in_film(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, line: bodies.Id,
    body: bodies.LinePlace,
) -> Response:  # fmt: skip
    return _film(request, relay, slug, name, lambda lines: backers.moved(lines, line - 1, body.to - 1), who)


@router.delete(
    OF_FILM + "/{line}",
    name="remove_film_credit",
    response_model=model_of(CreditsView),
    summary="Take a line out.",
)
def remove_from_film(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, line: bodies.Id
) -> Response:
    return _film(request, relay, slug, name, lambda lines: backers.without(lines, line - 1), who)


@router.delete(
    OF_FILM,
    name="reset_film_credits",
    response_model=model_of(CreditsView),
    summary="Give the film's own lines up: it has those of its campaign again.",
)
def reset(request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return _film(request, relay, slug, name, lambda _lines: None, who)


@router.get(
    "/campaigns/{slug}/emblems",
    name="emblems",
    response_model=several(EmblemView),
    summary="The campaign's emblems.",
)
def all_emblems(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    return page(request, emblems.listing(relay, slug), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/emblems/file",
    name="add_emblem",
    status_code=201,
    response_model=model_of(EmblemView),
    summary="Take in an emblem: PNG with a transparent ground, SVG, WebP or JPEG.",
    openapi_extra=BODY,
)
async def add_emblem(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, file_name: FileName = "", title: Told = ""
) -> Response:
    """The body is the picture. `title`: whose it is."""
    campaigns.get(relay, slug)
    async with received(request, file_name) as path:
        made = await run_in_threadpool(emblems.add, relay, slug, path, title=title, person=who)
    found = next(row for row in emblems.listing(relay, slug) if row.id == made.id)
    return answer(request, found, status=201)


@router.delete(
    "/campaigns/{slug}/emblems/{emblem}",
    name="remove_emblem",
    status_code=204,
    summary="Throw an emblem away that stands nowhere.",
)
def remove_emblem(relay: Here, who: Who, slug: bodies.Slug, emblem: bodies.Id) -> Response:
    emblems.remove(relay, slug, emblem, person=who)
    return done()


def _campaign(
    request: Request, relay: Relay, slug: str, rearrange: Rearrange, who: str, seen: str = "", *, status: int = 200
) -> Response:
    there = backers.of_campaign(relay, slug)
    saw(request, there)
    made = backers.set_campaign(relay, slug, rearrange(list(there.lines)) or [], person=who, seen=seen or there.token)
    return answer(request, made, status=status)


def _film(
    request: Request, relay: Relay, slug: str, name: str, rearrange: Rearrange, who: str, seen: str = "", *,
    status: int = 200,
) -> Response:  # fmt: skip
    there = backers.of_film(relay, slug, name)
    saw(request, there)
    made = backers.set_film(relay, slug, name, rearrange(list(there.lines)), person=who, seen=seen or there.token)
    return answer(request, made, status=status)


def _entries(lines: Sequence[bodies.ThanksLine]) -> list[CreditEntry]:
    return [CreditEntry(line.role, line.name, line.emblem) for line in lines]
