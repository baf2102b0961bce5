"""The campaign's selection of texts: added one by one, taken from a table, changed, and who reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi import Path as InPath
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import held_files, quotes, usage
from relay.errors import NotFound, Refused
from relay.language.sentence import Sentence, filled
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered, line
from relay.web.desk.film.received import receive
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.failures import status_of
from relay.web.page import render

router = APIRouter()

QuoteId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
Text = Annotated[str, Form(max_length=8000)]
MOST_MB = quotes.MOST_BYTES >> 20


@router.get("/campaigns/{slug}/quotes", name="quotes")
def quotes_page(request: Request, slug: str, quote: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0) -> Response:
    """`quote`: the one that is being changed."""
    return _page(request, slug, chosen=quote)


@router.post("/campaigns/{slug}/quotes", name="add_quote")
def add_quote(
    request: Request, slug: str, text: Text = "", number: Text = "", author: Text = "", link: Text = ""
) -> Response:
    typed = {"text": text, "number": number, "author": author, "link": link}
    return _answered(request, slug, lambda: quotes.add(relay_of(request), slug, **typed), typed=typed)


@router.post("/campaigns/{slug}/quotes/table", name="import_quotes")
async def import_quotes(request: Request, slug: str) -> Response:
    form = await receive(request, relay_of(request), most_mb=MOST_MB)
    return await run_in_threadpool(_import, request, slug, form.file)


def _import(request: Request, slug: str, file: held_files.HeldFile | None) -> Response:
    relay = relay_of(request)
    try:
        if file is None:
            raise Refused("Choose a file first.")
        count = quotes.import_bytes(relay, slug, file.path.read_bytes(), file.name)
    except Refused as error:
        return _page(request, slug, notice=line(request, error), status=status_of(error))
    finally:
        held_files.drop(file)
    words = {"added": count.added, "changed": count.changed, "same": count.same}
    return _page(request, slug, said=filled("Texts added: {added}, changed: {changed}, as they were: {same}.", **words))


@router.post("/campaigns/{slug}/quotes/{quote}", name="change_quote")
def change_quote(
    request: Request,
    slug: str,
    quote: QuoteId,
    do: Text = "",
    text: Text = "",
    number: Text = "",
    author: Text = "",
    link: Text = "",
) -> Response:
    """`do`: `remove`, or nothing to change it."""
    relay, person = relay_of(request), person_of(request)
    if do == "remove":
        return _answered(
            request, slug, lambda: quotes.remove(relay, slug, _number(request, slug, quote), person=person)
        )
    typed = {"text": text, "number": number, "author": author, "link": link}
    return _answered(
        request, slug, lambda: quotes.edit(relay, slug, quote, **typed, person=person), chosen=quote, typed=typed
    )


def _number(request: Request, slug: str, quote: int) -> str:
    found = next((one.number for one in quotes.listing(relay_of(request), slug) if one.id == quote), None)
    if found is None:
        raise NotFound("There is no quote {number} in this campaign.", number=quote)
    return found


def _answered(request: Request, slug: str, deed: Callable[[], object], **again: Any) -> Response:
    back = request.url_for("quotes", slug=slug).path
    return answered(request, deed, back=back, again=partial(_page, request, slug, **again))


def _page(
    request: Request,
    slug: str,
    *,
    chosen: int = 0,
    typed: Mapping[str, str] | None = None,
    said: Sentence | str = "",
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    return render(
        request,
        "material_quotes.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        quotes=quotes.listing(relay, slug),
        uses=usage.of_campaign(relay, slug),
        chosen=chosen,
        typed=typed,
        said=said,
        most_mb=MOST_MB,
        notice=notice,
    )
