from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response

from relay.almanac import formats
from relay.almanac.assets import cards, film_templates, looks, styles, theme_list
from relay.almanac.assets.cards import CardView
from relay.almanac.assets.film_templates import FilmTemplate
from relay.almanac.assets.looks import LastChange
from relay.almanac.assets.styles import StyleView
from relay.almanac.assets.theme_list import ThemeView
from relay.context import Relay
from relay.errors import NotFound
from relay.web.api import bodies
from relay.web.api.answers import answer, done, saw
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several

router = routes("What stands between the clips of a film.")


@router.get("/themes", name="themes", response_model=several(ThemeView), summary="The looks that a film can have.")
def themes(request: Request) -> Response:
    return answer(request, theme_list.listing())


@dataclass(frozen=True, slots=True)
class FilmLook:
    """A film's style, titles and cards as one. `version` names this state of it; `last`: what undo would take back."""

    version: str
    last: LastChange | None


@router.get(
    "/film-templates",
    name="film_templates",
    response_model=several(FilmTemplate),
    summary="What a new film may begin with.",
)
def templates(request: Request) -> Response:
    return answer(request, list(film_templates.templates()))


@router.get(
    FILM + "/look",
    name="look_state",
    response_model=model_of(FilmLook),
    summary="Which state the look of a film is in, and its last change.",
)
def look(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, _look(relay, slug, name))


@router.post(
    FILM + "/look/undo",
    name="api_undo_look",
    response_model=model_of(FilmLook),
    summary="Take the last change of the cards, the titles or the style back.",
)
def undo(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.LookSeen
) -> Response:
    """The look as it was seen is named by `seen`, or by the ETag of GET in If-Match."""
    saw(request, _look(relay, slug, name))
    looks.undo(relay, slug, name, person=who, seen=body.seen)
    return answer(request, _look(relay, slug, name))


@router.get(
    FILM + "/style", name="style", response_model=model_of(StyleView), summary="How an almanac looks and sounds."
)
def style(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, styles.show(relay, slug, name))


@router.patch(
    FILM + "/style",
    name="change_style",
    response_model=model_of(StyleView),
    summary="Set how an almanac looks and sounds; without options, show it.",
)
def change(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.StyleChange
) -> Response:
    saw(request, styles.show(relay, slug, name))
    given: dict[str, Any] = body.model_dump(exclude={"format", "size", "loudness", "captions", "seen"})
    shape, size, loudness = body.format, body.size, body.loudness
    wanted = styles.Change(
        format=formats.read(shape, size, 0, loudness) if shape or size or loudness is not None else None,
        captions=None if body.captions is None else tuple(body.captions),
        **given,
    )
    return answer(request, styles.change(relay, slug, name, wanted, person=who, seen=body.seen))


@router.get(FILM + "/cards", name="cards", response_model=several(CardView), summary="The cards of a film.")
def listing(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, cards.listing(relay, slug, name))


@router.post(
    FILM + "/cards",
    name="add_card",
    status_code=201,
    response_model=several(CardView),
    summary="Put a chapter, a quote, a place or a picture between clips.",
)
def add(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.NewCard
) -> Response:
    cards.add(
        relay, slug, name, body.kind, words=body.words, before=body.before, quote=body.quote, picture=body.picture,
        seconds=body.seconds, person=who, seen=body.seen,
    )  # fmt: skip
    return answer(request, cards.listing(relay, slug, name), status=201)


@router.patch(
    FILM + "/cards/{card}",
    name="edit_card",
    response_model=several(CardView),
    summary="Change words of a card; those that are not named stay, an empty text takes one away.",
)
def edit(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, card: bodies.Id,
    body: bodies.CardChange,
) -> Response:  # fmt: skip
    listed = cards.listing(relay, slug, name)
    saw(request, listed)
    there = next((one for one in listed if one.id == card), None)
    if there is None:
        raise NotFound("There is nothing of this name.")
    seconds = there.seconds if body.seconds is None else body.seconds
    cards.edit(
        relay, slug, name, card, words={**there.words, **body.words}, quote=body.quote, picture=body.picture,
        seconds=seconds, person=who, seen=body.seen,
    )  # fmt: skip
    return answer(request, cards.listing(relay, slug, name))


@router.post(
    FILM + "/cards/{card}/move",
    name="move_card",
    response_model=several(CardView),
    summary="Put a card somewhere else.",
)
def move(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, card: bodies.Id,
    body: bodies.CardPlace,
) -> Response:  # fmt: skip
    saw(request, cards.listing(relay, slug, name))
    cards.move(relay, slug, name, card, before=body.before, person=who, seen=body.seen)
    return answer(request, cards.listing(relay, slug, name))


@router.delete(FILM + "/cards/{card}", name="remove_card", status_code=204, summary="Take a card out.")
def remove(relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, card: bodies.Id) -> Response:
    cards.remove(relay, slug, name, card, person=who)
    return done()


def _look(relay: Relay, slug: str, name: str) -> FilmLook:
    return FilmLook(looks.token(relay, slug, name), looks.last(relay, slug, name))
