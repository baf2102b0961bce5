from __future__ import annotations

from fastapi import Request, Response

from relay.almanac import formats
from relay.almanac.assets import cards, styles, theme_list
from relay.almanac.assets.cards import CardView
from relay.almanac.assets.styles import StyleView
from relay.almanac.assets.theme_list import ThemeView
from relay.web.api import bodies
from relay.web.api.answers import answer, done
from relay.web.api.bearer import Here, Who
from relay.web.api.noted import router as routes
from relay.web.api.routes.films import FILM
from relay.web.api.schemas import model_of, several

router = routes("What stands between the clips of a film.")


@router.get("/themes", name="themes", response_model=several(ThemeView), summary="The looks that a film can have.")
def themes(request: Request) -> Response:
    return answer(request, theme_list.listing())


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
    given = body.model_dump(exclude={"format", "size", "loudness", "captions"})
    shape, size, loudness = body.format, body.size, body.loudness
    wanted = styles.Change(
        format=formats.read(shape, size, 0, loudness) if shape or size or loudness is not None else None,
        captions=None if body.captions is None else tuple(body.captions),
        **given,
    )
    return answer(request, styles.change(relay, slug, name, wanted, person=who))


@router.get(FILM + "/cards", name="cards", response_model=several(CardView), summary="The cards of a film.")
def listing(request: Request, relay: Here, slug: bodies.Slug, name: bodies.FilmName) -> Response:
    return answer(request, cards.listing(relay, slug, name))


@router.post(
    FILM + "/cards",
    name="add_card",
    status_code=201,
    response_model=several(CardView),
    summary="Put a chapter, a quote or a picture between clips.",
)
def add(
    request: Request, relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, body: bodies.NewCard
) -> Response:
    words = {each: body.words.get(each, "") for each in ("title", "text", "above", "author", "link", "source")}
    cards.add(
        relay, slug, name, body.kind, words=words, before=body.before, quote=body.quote, picture=body.picture,
        seconds=body.seconds, person=who,
    )  # fmt: skip
    return answer(request, cards.listing(relay, slug, name), status=201)


@router.delete(FILM + "/cards/{card}", name="remove_card", status_code=204, summary="Take a card out.")
def remove(relay: Here, who: Who, slug: bodies.Slug, name: bodies.FilmName, card: bodies.Id) -> Response:
    cards.remove(relay, slug, name, card, person=who)
    return done()
