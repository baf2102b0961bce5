"""A new film: from a template or without one, by rules in plain words. It leads to the editing page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from relay.almanac.assets import film_templates, new_film, quotes
from relay.almanac.assets.film_templates import FilmTemplate
from relay.almanac.plan import rules
from relay.almanac.stills import card_stills
from relay.errors import NotFound, Refused
from relay.language.catalogue import translator
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.timeline.addresses import address
from relay.web.failures import status_of
from relay.web.page import language_of, render
from relay.web.words import film_looks, films

router = APIRouter()

EMPTY, BY_RULE = "empty", "rules"
LONGEST = 2000
STILL = {"Cache-Control": "private, max-age=3600"}

Typed = Mapping[str, str]


@router.get("/campaigns/{slug}/films/new", name="new_film_form")
def new_film_form(request: Request, slug: str, template: Annotated[str, Query(max_length=32)] = "") -> Response:
    """`template`: its name, `rules` for a film by rules, `empty`; without one it is asked for."""
    chosen = film_templates.template(template) if template not in ("", EMPTY, BY_RULE) else None
    return _page(request, slug, template, chosen, typed=dict(chosen.rules) if chosen else _usual(template))


@router.post("/campaigns/{slug}/films/new", name="new_film")
async def make_new_film(request: Request, slug: str) -> Response:
    form = await request.form()
    words: dict[str, str] = {}
    for part in form:
        words[part] = ", ".join(str(text)[:LONGEST] for text in form.getlist(part) if str(text).strip())
    return await run_in_threadpool(_make, request, slug, words)


def _make(request: Request, slug: str, form: Typed) -> Response:
    named = form.get("template", "")
    chosen = film_templates.template(named) if named not in ("", EMPTY, BY_RULE) else None
    given = {} if named == EMPTY else {rule: form.get(rule, "").strip() for rule in rules.NAMES}
    if named != EMPTY:
        given |= {switch: "yes" if form.get(switch) else "no" for switch in films.SWITCHES}
    try:
        film = new_film.new(
            relay_of(request),
            slug,
            form.get("name", ""),
            template=chosen.name if chosen else "",
            title=form.get("title", ""),
            subtitle=form.get("subtitle", ""),
            given=given,
            person=person_of(request),
        )
    except NotFound:
        raise
    except Refused as error:
        again = partial(_page, request, slug, named, chosen, typed=form)
        return again(notice=translator(language_of(request)).tell(films.refused(error)), status=status_of(error))
    return RedirectResponse(f"{address(slug, film.name)}/plan", status_code=303)


@router.get("/campaigns/{slug}/films/{template}.jpg", name="template_still")
def template_still(request: Request, slug: str, template: str) -> Response:
    """How a film of this template would begin."""
    style = film_templates.template(template).style
    still = card_stills.of_template(relay_of(request), slug, style.get("theme", ""), style.get("shape", ""))
    return FileResponse(still, media_type="image/jpeg", headers=STILL)


def _usual(template: str) -> dict[str, str]:
    """What a film by rules begins with."""
    return {"family": "yes", "quotes-apart": "yes"} if template == BY_RULE else {}


def _page(
    request: Request,
    slug: str,
    template: str,
    chosen: FilmTemplate | None,
    *,
    typed: Typed,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    campaign = desk.campaign(relay, slug)
    typed = {"family": "yes", "quotes-apart": "yes", **typed} if chosen and "form_token" not in typed else typed
    return render(
        request,
        "new_film.html",
        status=status,
        campaign=campaign,
        counts=desk.counts(relay, slug),
        templates=film_templates.templates(),
        named=template,
        chosen=chosen,
        typed=typed,
        districts=new_film.districts(relay, slug),
        texts=quotes.listing(relay, slug),
        told=films,
        asked=film_looks.ASKED,
        notice=notice,
    )
