"""How a film looks and sounds: theme, colours and letters, format, transitions, music, captions, names, with stills."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, Field

from relay.almanac import formats
from relay.almanac.assets import looks, music, styles
from relay.almanac.assets.styles import OFF, StyleView
from relay.almanac.cards.themes import Theme, hexadecimal, theme, themes
from relay.almanac.formats import House
from relay.almanac.plan import queries
from relay.almanac.stills import card_stills
from relay.almanac.stills.card_stills import CardSample
from relay.context import Relay
from relay.language.catalogue import names
from relay.moderation import desk
from relay.web.access import person_of, relay_of
from relay.web.desk.film.answers import answered
from relay.web.desk.timeline.addresses import address
from relay.web.headers import NOT_KEPT
from relay.web.page import render
from relay.web.words import film_looks

router = APIRouter()

COLUMNS = 3
Word = Annotated[str, Field(max_length=64)]


class LookForm(BaseModel):
    """All of a film's look. A colour counts where its box is ticked: a field of colours is never empty."""

    seen: Word = ""
    theme: Word = ""
    own_accent: Word = ""
    accent: Word = ""
    own_ground: Word = ""
    ground: Word = ""
    letters: Word = ""
    shape: Word = ""
    size: Word = ""
    loudness: Word = ""
    transition: Word = ""
    music: Word = ""
    under: Word = ""
    captions: list[Word] = []
    burn: Word = ""
    language: Word = ""
    names: Word = ""
    children: Word = ""
    framing: Word = ""
    credits: Word = ""
    origins: Word = ""


@router.get("/almanacs/{slug}/{name}/look", name="look")
def look_page(request: Request, slug: str, name: str) -> Response:
    return _page(request, slug, name)


@router.post("/almanacs/{slug}/{name}/look", name="set_look")
def set_look(request: Request, slug: str, name: str, form: Annotated[LookForm, Form()]) -> Response:
    relay, person = relay_of(request), person_of(request)
    return answered(
        request,
        lambda: styles.change(
            relay, slug, name, _wanted(relay, slug, name, form), person=person, seen=form.seen or "-"
        ),
        back=f"{address(slug, name)}/look",
        again=partial(_page, request, slug, name, typed=form),
    )


@router.post("/almanacs/{slug}/{name}/look/undo", name="undo_look")
def undo_look(request: Request, slug: str, name: str, seen: Annotated[str, Form(max_length=64)] = "") -> Response:
    return answered(
        request,
        lambda: looks.undo(relay_of(request), slug, name, person=person_of(request), seen=seen or "-"),
        back=f"{address(slug, name)}/look",
        again=partial(_page, request, slug, name),
    )


@router.get("/almanacs/{slug}/{name}/look/{theme}/{what}.jpg", name="look_still")
def look_still(
    request: Request,
    slug: str,
    name: str,
    theme: str,
    what: CardSample,
    accent: Annotated[str, Query(max_length=7)] = "",
    ground: Annotated[str, Query(max_length=7)] = "",
    letters: Annotated[str, Query(max_length=32)] = "",
    tried: Literal["", "1"] = "",
) -> Response:
    """With `tried` colours and letters are those of the address, whatever the film has."""
    given = {"accent": accent, "ground": ground, "letters": letters} if tried else None
    checked = _checked_colours(given)
    still = card_stills.of_theme(relay_of(request), slug, name, theme, what, tried=checked)
    return FileResponse(still, media_type="image/jpeg", headers=NOT_KEPT)


def _checked_colours(given: Mapping[str, str] | None) -> dict[str, str] | None:
    """Raises Refused for what is no colour."""
    if given is None:
        return None
    return {part: hexadecimal(text) if text and part != "letters" else text for part, text in given.items()}


def _wanted(relay: Relay, slug: str, name: str, form: LookForm) -> styles.Change:
    """Raises Refused. What is as it was in the format is not said again: a house format may change below the film."""
    now = styles.show(relay, slug, name)
    return styles.Change(
        theme=form.theme or None,
        format=_format(form, now),
        transition=form.transition or OFF,
        captions=[one for one in form.captions if one] or [OFF],
        burn=form.burn or OFF,
        music=form.music or OFF,
        under=form.under or None,
        framing=form.framing or None,
        credits=form.credits or None,
        origins=form.origins or None,
        language=form.language or OFF,
        names=form.names or None,
        children=form.children or None,
        accent=form.accent if form.own_accent else OFF,
        ground=form.ground if form.own_ground else OFF,
        letters=form.letters or OFF,
    )


def _format(form: LookForm, now: StyleView) -> formats.Format | None:
    shape = form.shape if form.shape != shape_of(now) else ""
    size = form.size if form.size != str(min(now.width, now.height)) else ""
    loudness = _loudness(form.loudness)
    loudness = None if loudness == now.loudness else loudness
    if not shape and not size and loudness is None:
        return None
    return formats.read(shape, size, 0, loudness)


def _loudness(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def shape_of(view: StyleView) -> str:
    """The nearest of the shapes that films have; empty for a house format of its own."""
    for shape, (across, up) in formats.SHAPES.items():
        if formats.sides(across, up, min(view.width, view.height)) == (view.width, view.height):
            return shape
    return ""


def _columns(chosen: str) -> list[Theme]:
    """The film's theme and the next two."""
    rest = [one for one in themes() if one.name != chosen]
    return [theme(chosen), *rest][:COLUMNS]


def _page(
    request: Request,
    slug: str,
    name: str,
    *,
    typed: LookForm | None = None,
    notice: str | None = None,
    status: int = 200,
) -> Response:
    relay = relay_of(request)
    view = styles.show(relay, slug, name)
    return render(
        request,
        "film_look.html",
        status=status,
        campaign=desk.campaign(relay, slug),
        almanac=queries.show(relay, slug, name),
        here=address(slug, name),
        form=typed or form_of(view),
        themes=themes(),
        columns=_columns(view.theme),
        shown=list(CardSample),
        told=film_looks,
        tracks=music.listing(relay, slug),
        languages_of_cards=names(),
        house=House(),
        token=looks.token(relay, slug, name),
        undo=looks.last(relay, slug, name),
        notice=notice,
    )


def form_of(view: StyleView) -> LookForm:
    """The form as the film is now."""
    colours = theme(view.theme).colours
    return LookForm(
        theme=view.theme,
        own_accent="yes" if view.accent else "",
        accent=view.accent or "#{:02x}{:02x}{:02x}".format(*colours.accent),
        own_ground="yes" if view.ground else "",
        ground=view.ground or "#{:02x}{:02x}{:02x}".format(*colours.ground),
        letters=view.letters,
        shape=shape_of(view),
        size=str(min(view.width, view.height)),
        loudness=f"{view.loudness:g}",
        transition=view.transition if view.transition != theme(view.theme).clips else "none",
        music=str(view.music or ""),
        under=view.under,
        captions=list(view.captions),
        burn=view.burn,
        language=view.language,
        names=view.names,
        children=view.children,
        framing=view.framing,
        credits=view.credits,
        origins=view.origins,
    )
