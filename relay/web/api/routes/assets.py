from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Query, Request, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import music, pictures, quotes
from relay.almanac.assets.music import MusicView
from relay.almanac.assets.pictures import PictureView
from relay.almanac.assets.quotes import ImportCount, QuoteView
from relay.collect import campaigns
from relay.errors import NotFound
from relay.web.api import bodies
from relay.web.api.answers import USUAL, AfterNumber, Limit, answer, done, page
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.schemas import model_of, several
from relay.web.api.uploads import FileName, received

router = routes("What a campaign has for its films: texts, pictures, music.")
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}
}
Told = Annotated[str, Query(max_length=500), bodies.Plain]


@router.get("/campaigns/{slug}/quotes", name="quotes", response_model=several(QuoteView), summary="The selection.")
def texts(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    return page(request, quotes.listing(relay, slug), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/quotes",
    name="add_quote",
    status_code=201,
    response_model=model_of(QuoteView),
    summary="Add a text to the selection.",
)
def add_text(request: Request, relay: Here, slug: bodies.Slug, body: bodies.QuoteText) -> Response:
    made = quotes.add(relay, slug, body.text, number=body.number, author=body.author, link=body.link)
    found = next(row for row in quotes.listing(relay, slug) if row.number == made.number)
    return answer(request, found, status=201)


@router.post(
    "/campaigns/{slug}/quotes/file",
    name="import_quotes",
    response_model=model_of(ImportCount),
    summary="Take in a table of texts: CSV (number, text, author, link) or JSON.",
    openapi_extra=BODY,
)
async def import_texts(request: Request, relay: Here, slug: bodies.Slug, file_name: FileName) -> Response:
    """The body is the table, as it is; the ending of its name says which kind it is."""
    campaigns.get(relay, slug)
    async with received(request, file_name) as path:
        told = await run_in_threadpool(quotes.import_table, relay, slug, path)
    return answer(request, told)


@router.get(
    "/campaigns/{slug}/pictures",
    name="pictures",
    response_model=several(PictureView),
    summary="The campaign's archive pictures.",
)
def of_archives(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    return page(request, pictures.listing(relay, slug), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/pictures/file",
    name="add_picture",
    status_code=201,
    response_model=model_of(PictureView),
    summary="Take in an archive picture.",
    openapi_extra=BODY,
)
async def add_picture(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, file_name: FileName = "", source: Told = "",
    title: Told = "",
) -> Response:  # fmt: skip
    """The body is the picture. `source`: the line that says where it is from; it stands in the film."""
    campaigns.get(relay, slug)
    async with received(request, file_name) as path:
        made = await run_in_threadpool(pictures.add, relay, slug, path, source=source, title=title, person=who)
    found = next(row for row in pictures.listing(relay, slug) if row.id == made.id)
    return answer(request, found, status=201)


@router.get(
    "/campaigns/{slug}/music", name="music", response_model=several(MusicView), summary="The campaign's cleared music."
)
def tracks(
    request: Request, relay: Here, slug: bodies.Slug, limit: Limit = USUAL, after: AfterNumber = None
) -> Response:
    return page(request, music.listing(relay, slug), lambda row: row.id, after=after, limit=limit)


@router.post(
    "/campaigns/{slug}/music/file",
    name="add_music",
    status_code=201,
    response_model=model_of(MusicView),
    summary="Take in a piece of music that may be used.",
    openapi_extra=BODY,
)
async def add_track(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, file_name: FileName = "", title: Told = "",
    author: Told = "", cleared: Told = "",
) -> Response:  # fmt: skip
    """The body is the sound file. `cleared`: the licence or agreement that allows it, word for word."""
    campaigns.get(relay, slug)
    words = {"title": title, "author": author, "cleared": cleared, "person": who}
    async with received(request, file_name) as path:
        made = await run_in_threadpool(lambda: music.add(relay, slug, path, **words))
    found = next(row for row in music.listing(relay, slug) if row.id == made.id)
    return answer(request, found, status=201)


@router.put(
    "/campaigns/{slug}/quotes/{quote}",
    name="edit_quote",
    response_model=model_of(QuoteView),
    summary="Other words for a text; cards that stand keep theirs.",
)
def edit_text(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, quote: bodies.Id, body: bodies.QuoteChange
) -> Response:
    """`quote`: its `id`."""
    quotes.edit(relay, slug, quote, body.text, number=body.number, author=body.author, link=body.link, person=who)
    return answer(request, _of_id(quotes.listing(relay, slug), quote))


@router.delete(
    "/campaigns/{slug}/quotes/{quote}",
    name="remove_quote",
    status_code=204,
    summary="Throw a text away that nobody reads and that is in no film.",
)
def remove_text(relay: Here, who: Who, slug: bodies.Slug, quote: bodies.Id) -> Response:
    """`quote`: its `id`."""
    quotes.remove(relay, slug, _of_id(quotes.listing(relay, slug), quote).number, person=who)
    return done()


@router.put(
    "/campaigns/{slug}/pictures/{picture}",
    name="edit_picture",
    response_model=model_of(PictureView),
    summary="Another line and title for a picture.",
)
def edit_picture(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, picture: bodies.Id, body: bodies.PictureWords
) -> Response:
    pictures.edit(relay, slug, picture, source=body.source, title=body.title, person=who)
    return answer(request, _of_id(pictures.listing(relay, slug), picture))


@router.delete(
    "/campaigns/{slug}/pictures/{picture}",
    name="remove_picture",
    status_code=204,
    summary="Throw a picture away that is in no film.",
)
def remove_picture(relay: Here, who: Who, slug: bodies.Slug, picture: bodies.Id) -> Response:
    pictures.remove(relay, slug, picture, person=who)
    return done()


@router.put(
    "/campaigns/{slug}/music/{track}",
    name="edit_music",
    response_model=model_of(MusicView),
    summary="Other words for a piece of music.",
)
def edit_track(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, track: bodies.Id, body: bodies.MusicWords
) -> Response:
    music.edit(relay, slug, track, title=body.title, author=body.author, cleared=body.cleared, person=who)
    return answer(request, _of_id(music.listing(relay, slug), track))


@router.delete(
    "/campaigns/{slug}/music/{track}",
    name="remove_music",
    status_code=204,
    summary="Throw a piece away that is in no film.",
)
def remove_track(relay: Here, who: Who, slug: bodies.Slug, track: bodies.Id) -> Response:
    music.remove(relay, slug, track, person=who)
    return done()


class _Row(Protocol):
    @property
    def id(self) -> int: ...


Row = TypeVar("Row", bound=_Row)


def _of_id(rows: Iterable[Row], number: int) -> Row:
    """Raises NotFound."""
    found = next((row for row in rows if row.id == number), None)
    if found is None:
        raise NotFound("There is nothing of this name.")
    return found
