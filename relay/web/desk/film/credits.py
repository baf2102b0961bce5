"""Who stands behind the films, in order, with emblems: of a campaign, and of one film instead.

All lines are one form, so that nothing is lost when one of them is moved: each button sends them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from fastapi.responses import FileResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from relay.almanac.assets import backers, emblems, held_files, looks, usage
from relay.almanac.assets.backers import CreditEntry, CreditsView
from relay.almanac.cards.themes import themes
from relay.almanac.plan import queries
from relay.almanac.stills import card_stills, materials
from relay.errors import NotFound, Refused, RelayError
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered, line
from relay.web.desk.film.received import ReceivedForm, receive
from relay.web.desk.judging.queue import LARGEST_ID
from relay.web.desk.timeline.addresses import address
from relay.web.failures import status_of
from relay.web.page import render

router = APIRouter()

EmblemId = Annotated[int, InPath(ge=1, le=LARGEST_ID)]
LONGEST = 2000
STILL = {"Cache-Control": "private, max-age=86400"}
FRESH = {"Cache-Control": "private, no-cache"}


@router.get("/campaigns/{slug}/credits", name="credits")
def credits_page(request: Request, slug: str) -> Response:
    return _page(request, slug)


@router.post("/campaigns/{slug}/credits", name="set_credits")
async def set_credits(request: Request, slug: str) -> Response:
    return await run_in_threadpool(_set, request, slug, await request.form())


def _set(request: Request, slug: str, form: FormData) -> Response:
    relay, person, lines = relay_of(request), person_of(request), lines_of(form)
    seen = _text(form, "seen") or "-"
    return answered(
        request,
        lambda: backers.set_campaign(relay, slug, rearranged(lines, _text(form, "do")), person=person, seen=seen),
        back=request.url_for("credits", slug=slug).path,
        again=partial(_page, request, slug, typed=lines),
    )


@router.post("/campaigns/{slug}/credits/emblems", name="add_emblem")
async def add_emblem(request: Request, slug: str) -> Response:
    form = await receive(request, relay_of(request), most_mb=emblems.MOST_MB)
    return await run_in_threadpool(_add_emblem, request, slug, form)


def _add_emblem(request: Request, slug: str, form: ReceivedForm) -> Response:
    """An emblem for whom a role is given comes with its line at the end."""
    relay, held, person = relay_of(request), form.file, person_of(request)
    role, name = form.word("role").strip(), form.word("name").strip()
    try:
        if held is None:
            raise Refused("Choose a file first.")
        row = emblems.add(relay, slug, held.path, title=name, person=person, called=held.name)
        if role:
            there = backers.of_campaign(relay, slug)
            added = [*there.lines, CreditEntry(role, name, row.id)]
            backers.set_campaign(relay, slug, added, person=person, seen=there.token)
    except NotFound:
        raise
    except RelayError as error:
        given = {"role": role, "name": name}
        return _page(request, slug, given=given, notice=line(request, error), status=status_of(error))
    finally:
        held_files.drop(held)
    return RedirectResponse(request.url_for("credits", slug=slug).path + "#emblems", status_code=303)


@router.post("/campaigns/{slug}/credits/emblems/{emblem}/remove", name="remove_emblem")
def remove_emblem(request: Request, slug: str, emblem: EmblemId) -> Response:
    return answered(
        request,
        lambda: emblems.remove(relay_of(request), slug, emblem, person=person_of(request)),
        back=request.url_for("credits", slug=slug).path + "#emblems",
        again=partial(_page, request, slug),
    )


@router.get("/campaigns/{slug}/credits/emblems/{emblem}.jpg", name="emblem_still")
def emblem_still(request: Request, slug: str, emblem: EmblemId) -> Response:
    return FileResponse(materials.of_emblem(relay_of(request), slug, emblem), media_type="image/jpeg", headers=STILL)


@router.get("/campaigns/{slug}/credits/{theme}.jpg", name="credits_still")
def credits_still(request: Request, slug: str, theme: str) -> Response:
    return FileResponse(card_stills.of_thanks(relay_of(request), slug, theme), media_type="image/jpeg", headers=FRESH)


@router.get("/almanacs/{slug}/{name}/credits", name="film_credits")
def film_credits(request: Request, slug: str, name: str) -> Response:
    return _film_page(request, slug, name)


@router.post("/almanacs/{slug}/{name}/credits", name="set_film_credits")
async def set_film_credits(request: Request, slug: str, name: str) -> Response:
    return await run_in_threadpool(_set_film, request, slug, name, await request.form())


def _set_film(request: Request, slug: str, name: str, form: FormData) -> Response:
    """`do`: `own` takes the campaign's lines as the film's own, `shared` gives them up again."""
    relay, person, do = relay_of(request), person_of(request), _text(form, "do")
    seen, lines = _text(form, "seen") or "-", lines_of(form)

    def deed() -> None:
        wanted: Sequence[CreditEntry] | None = rearranged(lines, do)
        if do == "shared":
            wanted = None
        elif do == "own":
            wanted = backers.of_campaign(relay, slug).lines
        backers.set_film(relay, slug, name, wanted, person=person, seen=seen)

    here = f"{address(slug, name)}/credits"
    return answered(request, deed, back=here, again=partial(_film_page, request, slug, name, typed=lines))


def lines_of(form: FormData) -> list[CreditEntry]:
    """The lines of the form, those that are wholly empty left out."""
    roles, names, signs = ([str(text)[:LONGEST] for text in form.getlist(part)] for part in ("role", "name", "emblem"))
    found = []
    for role, name, sign in zip(roles, names, signs, strict=False):
        emblem = int(sign) if sign.isascii() and sign.isdecimal() and int(sign[:11]) <= LARGEST_ID else 0
        if name.strip() or emblem:
            found.append(CreditEntry(role, name, emblem or None))
    return found


def rearranged(lines: Sequence[CreditEntry], do: str) -> list[CreditEntry]:
    """`up-2`, `down-2`, `drop-2`: what a button does to the line of that place, counted from 0."""
    deed, _, place = do.partition("-")
    if deed not in ("up", "down", "drop") or not (place.isascii() and place.isdecimal() and len(place) < 4):
        return list(lines)
    at = int(place)
    if deed == "drop":
        return [one for number, one in enumerate(lines) if number != at]
    return backers.moved(lines, at, at - 1 if deed == "up" else at + 1)


def _text(form: FormData, name: str) -> str:
    return str(form.get(name, ""))[:64]


def _shown(view: CreditsView, typed: Sequence[CreditEntry] | None) -> CreditsView:
    return view if typed is None else replace(view, lines=tuple(typed))


def _page(
    request: Request,
    slug: str,
    *,
    typed: Sequence[CreditEntry] | None = None,
    given: dict[str, str] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "material_credits.html",
        status=status,
        campaign=desk.campaign(relay, slug),
        counts=desk.counts(relay, slug),
        credits=_shown(backers.of_campaign(relay, slug), typed),
        given=given or {},
        uses=usage.of_campaign(relay, slug),
        notice=notice,
        **_choices(request, slug),
    )


def _film_page(
    request: Request,
    slug: str,
    name: str,
    *,
    typed: Sequence[CreditEntry] | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    return render(
        request,
        "film_credits.html",
        status=status,
        campaign=desk.campaign(relay, slug),
        almanac=queries.show(relay, slug, name),
        here=address(slug, name),
        credits=_shown(backers.of_film(relay, slug, name), typed),
        token=looks.token(relay, slug, name),
        undo=looks.last(relay, slug, name),
        notice=notice,
        **_choices(request, slug),
    )


def _choices(request: Request, slug: str) -> dict[str, Any]:
    """What both pages let one choose from."""
    return {
        "emblems": emblems.listing(relay_of(request), slug),
        "roles": backers.ROLES,
        "themes": [one.name for one in themes()][:3],
        "most_mb": emblems.MOST_MB,
    }
