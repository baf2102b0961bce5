"""Cards of a film as stills: those that stand in it, one that is only being written, and those of a theme."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from sqlmodel import Session, col, select

from relay.almanac import formats
from relay.almanac.assets import backers, cards, pictures, quotes, styles
from relay.almanac.cards.backgrounds import Pixels
from relay.almanac.cards.between import Between, TakesFrom
from relay.almanac.cards.kinds import KINDS
from relay.almanac.cards.kinds.thanks import Backer, ThanksSection
from relay.almanac.cards.kinds.title import TitleCard
from relay.almanac.cards.page import Drawable
from relay.almanac.cards.people import Cast, Person
from relay.almanac.cards.renderer import CARDS, CardImage, CardRenderer
from relay.almanac.cards.themes import Theme
from relay.almanac.formats import House
from relay.almanac.plan import queries
from relay.almanac.stills import kept
from relay.almanac.stills.kept import SIDES, array, composed, sheets
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import N_, translator
from relay.language.dates import window
from relay.media import pictures as decoding
from relay.models import Almanac, Campaign, Card, Inspection, Picture, need_id
from relay.records import find_campaign

MOST_SHEETS = 4
PEOPLE = 12
"""Of the film, on the still of its credits."""


class CardSample(StrEnum):
    """What a theme shows of itself."""

    opening = "title"
    chapter = "chapter"
    quote = "quote"
    place = "place"
    name = "strip"
    picture = "picture"
    credits = "credits"
    thanks = "thanks"


SAMPLES: Mapping[str, Mapping[str, str]] = {
    "chapter": {"title": N_("A chapter of the film"), "text": N_("A sentence about what follows.")},
    "quote": {"text": N_("Here a quote of the selection will stand, with its author below."), "author": N_("Author")},
    "place": {"place": N_("A place"), "date": N_("A day")},
    "picture": {"title": N_("What the picture shows"), "source": N_("Where it is from")},
}
"""Words for cards that a film doesn't have yet; message ids."""
SOMEBODY, SOMEWHERE = N_("Name of a participant"), N_("Town")


@dataclass(frozen=True, slots=True)
class _FilmCast:
    """A film as its cards see it."""

    relay: Relay
    session: Session
    campaign: Campaign
    almanac: Almanac
    theme: Theme
    house: House

    @property
    def language(self) -> str:
        return queries.language_of(self.campaign, self.almanac)

    def tell(self, text: str) -> str:
        return translator(self.language).gettext(text)


@dataclass(frozen=True, slots=True)
class _Still:
    """`words`: all that tells it from others. `paint` draws its layers, the lowest first.

    `sheets`: the first layer is the ground of all the others, which stand below each other as pages.
    """

    words: object
    paint: Callable[[CardRenderer], Sequence[CardImage | Pixels]]
    sheets: bool = False


def of_card(relay: Relay, slug: str, name: str, number: int, *, side: int = 360) -> Path:
    """A card of the film, as JPEG. Raises NotFound, Refused."""
    with _film(relay, slug, name, side) as film:
        row = film.session.get(Card, number)
        if row is None or row.almanac_id != film.almanac.id:
            raise NotFound("There is no card {number} in {name}.", number=number, name=name)
        still = _of_between(film, row.kind, cards.in_language(row.words, film.language), row.picture_id)
    return _kept(film, still)


def of_words(
    relay: Relay,
    slug: str,
    name: str,
    kind: str,
    words: Mapping[str, str],
    *,
    quote: str = "",
    picture: int | None = None,
    side: int = 540,
) -> Path:
    """A card that is only being written; words that it lacks stand for themselves. Raises NotFound, Refused."""
    with _film(relay, slug, name, side) as film:
        still = _title(film, words) if kind == CardSample.opening else _written(film, kind, words, quote, picture)
    return _kept(film, still)


def _written(film: _FilmCast, kind: str, words: Mapping[str, str], quote: str, picture: int | None) -> _Still:
    design = cards.design_of(kind)
    said = {part: text for part, text in words.items() if part in design.words and text.strip()}
    if design.takes_from is TakesFrom.quotes and quote and not said.get("text"):
        row = quotes.find(film.session, need_id(film.campaign), quote)
        said = {"text": row.text, "author": row.author, "link": row.link, **said}
    if design.takes_from is TakesFrom.pictures and picture is not None:
        lender = pictures.find(film.session, need_id(film.campaign), picture)
        said = {"title": lender.title, "source": lender.source, **said}
    return _of_between(film, kind, said or _sample(film, kind), picture)


def of_theme(
    relay: Relay,
    slug: str,
    name: str,
    theme: str,
    what: CardSample,
    *,
    tried: Mapping[str, str] | None = None,
    side: int = 360,
) -> Path:
    """What of the film in a theme, with the film's own words where it has some.

    `tried`: accent, ground, letters that are not the film's yet. Raises NotFound, Refused.
    """
    with _film(relay, slug, name, side, theme, tried) as film:
        still = _DRAWN[what](film)
    return _kept(film, still)


def of_template(relay: Relay, slug: str, theme: str, shape: str, *, side: int = 270) -> Path:
    """The campaign's title as a film of this theme and shape would begin. Raises NotFound, Refused."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        almanac = Almanac(campaign_id=need_id(campaign), name="", title=campaign.title, created_at=relay.now())
        house = _house(formats.applied(queries.house_of(relay.settings), formats.read(shape)), side)
        film = _FilmCast(relay, session, campaign, almanac, styles.look_of({}, theme), house)
        still = _title(film, {})
    return _kept(film, still)


@contextmanager
def _film(
    relay: Relay, slug: str, name: str, side: int, theme: str = "", tried: Mapping[str, str] | None = None
) -> Iterator[_FilmCast]:
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        house = _house(queries.house_of(relay.settings, almanac), side)
        yield _FilmCast(
            relay, session, campaign, almanac, styles.look_of({**almanac.style, **(tried or {})}, theme), house
        )


def _house(usual: House, side: int) -> House:
    width, height = formats.sides(usual.width, usual.height, side if side in SIDES else SIDES[1])
    return replace(usual, width=width, height=height)


# --- what is drawn ---


def _title(film: _FilmCast, words: Mapping[str, str]) -> _Still:
    title, subtitle = styles.title_of(film.almanac, film.language)
    title = words.get("title", title) or film.campaign.title
    subtitle = words.get("subtitle", subtitle)
    tags = film.campaign.hashtags
    card = TitleCard(title, subtitle, tags[0] if tags else "")
    return _plain(card, [title, subtitle, card.above])


def _plain(card: Drawable, words: object) -> _Still:
    return _Still([type(card).__name__, words], lambda cards: [cards.ground, cards.draw(card)])


def _of_between(film: _FilmCast, kind: str, words: Mapping[str, str], picture: int | None) -> _Still:
    row = film.session.get(Picture, picture) if picture is not None else None
    photo = None
    if row is not None and row.campaign_id == film.campaign.id:
        photo = pictures.photo(film.relay, row, longest=2 * max(film.house.width, film.house.height))
    placed = KINDS[kind].place(Between(kind, words, 0.0, photo), film.house)
    said = [kind, dict(words), photo.sha256 if photo else ""]
    if placed is None:  # a picture that is not there: its legend on the theme's ground
        return _plain(_legend(words), said)
    layers = [placed.picture] if placed.picture is not None else []
    drawn = [*layers, *([placed.text] if placed.text is not None else [])]
    return _Still(said, lambda cards: [*([] if layers else [cards.ground]), *(cards.draw(one) for one in drawn)])


def _legend(words: Mapping[str, str]) -> Drawable:
    from relay.almanac.cards.kinds.picture import LegendCard

    return LegendCard(words.get("title", ""), words.get("source", ""), (4, 3))


def _sample(film: _FilmCast, kind: str) -> dict[str, str]:
    return {part: film.tell(text) for part, text in SAMPLES[kind].items()}


def _first_card(film: _FilmCast, kind: str) -> _Still:
    """The film's first card of a kind; else what the campaign would lend one, else a sample."""
    mine = (Card.almanac_id == film.almanac.id, Card.kind == kind)
    row = film.session.exec(select(Card).where(*mine).order_by(col(Card.id)).limit(1)).first()
    if row is not None:
        return _of_between(film, kind, cards.in_language(row.words, film.language), row.picture_id)
    words, picture = _sample(film, kind), None
    if kind == CardSample.quote and (texts := quotes.listing(film.relay, film.campaign.slug)):
        words = {"text": texts[0].text, "author": texts[0].author, "link": texts[0].link}
    if kind == CardSample.picture and (there := pictures.listing(film.relay, film.campaign.slug)):
        picture, words = there[0].id, {"title": there[0].title, "source": there[0].source}
    if kind == CardSample.place:
        words["date"] = _dates(film)
    return _of_between(film, kind, words, picture)


def _dates(film: _FilmCast) -> str:
    return window(film.campaign.opens_at.date(), film.campaign.closes_at.date(), film.language)


def _people(film: _FilmCast) -> list[queries.Entry]:
    return queries.entries(film.session, film.almanac, now=film.relay.now())[:PEOPLE]


def _strip(film: _FilmCast) -> _Still:
    """A name over the film's first clip that has one."""
    entry = next((one for one in _people(film) if one.credited), None)
    name = entry.credited if entry else film.tell(SOMEBODY)
    town = entry.town if entry else film.tell(SOMEWHERE)
    seen = entry.inspection if entry else None
    poster = seen.poster if seen is not None and seen.poster and film.relay.media.has(seen.poster) else ""

    def paint(cards: CardRenderer) -> Sequence[CardImage | Pixels]:
        strip = cards.strip(Person(name, town))
        under = [_frame(film, seen, cards) if poster and seen is not None else cards.ground]
        return [*under, *([strip] if strip is not None else [])]

    return _Still(["strip", name, town, poster], paint)


def _frame(film: _FilmCast, seen: Inspection, cards: CardRenderer) -> CardImage | Pixels:
    """A clip's poster, cut to the film's shape; the ground where it can't be read."""
    from PIL import Image, ImageOps

    house = film.house
    try:
        with tempfile.TemporaryDirectory(dir=film.relay.folder("incoming")) as folder:
            path = film.relay.media.local(seen.poster)
            found = decoding.decode(film.relay.toolbox, path, Path(folder), longest=1280)
    except Refused:
        return cards.ground
    fitted = ImageOps.fit(Image.fromarray(found.pixels), (house.width, house.height))
    return array(fitted)


def _credits(film: _FilmCast) -> _Still:
    people = [Person(one.credited, one.town) for one in _people(film)]
    people = people or [Person(film.tell(SOMEBODY), film.tell(SOMEWHERE))]
    words = ["credits", [[one.name, one.town] for one in people]]
    return _Still(words, lambda cards: [cards.ground, *(page.picture for page in cards.credits(Cast(people))[:1])])


def _thanks(film: _FilmCast) -> _Still:
    found = backers.sections(film.relay, film.session, film.campaign, film.almanac)
    if not found:
        found = (ThanksSection(film.tell(backers.ROLES[0]), (Backer(film.campaign.title),)),)
    return thanks_still(found)


def thanks_still(found: Sequence[ThanksSection]) -> _Still:
    words = [[one.role, [[b.name, b.emblem.sha256 if b.emblem else ""] for b in one.backers]] for one in found]
    return _Still(
        ["thanks", words],
        lambda cards: [cards.ground, *(page.picture for page in cards.thanks(found)[:MOST_SHEETS])],
        sheets=True,
    )


def of_thanks(relay: Relay, slug: str, theme: str, *, side: int = 360) -> Path:
    """The campaign's own lines in a theme. Raises NotFound, Refused."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        almanac = Almanac(campaign_id=need_id(campaign), name="", title=campaign.title, created_at=relay.now())
        house = _house(queries.house_of(relay.settings), side)
        film = _FilmCast(relay, session, campaign, almanac, styles.look_of({}, theme), house)
        still = _thanks(film)
    return _kept(film, still)


_DRAWN: Mapping[CardSample, Callable[[_FilmCast], _Still]] = {
    CardSample.opening: lambda film: _title(film, {}),
    CardSample.chapter: lambda film: _first_card(film, "chapter"),
    CardSample.quote: lambda film: _first_card(film, "quote"),
    CardSample.place: lambda film: _first_card(film, "place"),
    CardSample.name: _strip,
    CardSample.picture: lambda film: _first_card(film, "picture"),
    CardSample.credits: _credits,
    CardSample.thanks: _thanks,
}


def _kept(film: _FilmCast, still: _Still) -> Path:
    house = film.house
    words = [CARDS, still.words, film.theme.digest, house.width, house.height, film.language]

    def pixels() -> Pixels:
        with tempfile.TemporaryDirectory(dir=film.relay.folder("incoming")) as folder:
            cards = CardRenderer(Path(folder), house, film.language, film.theme)
            layers = still.paint(cards)
            return sheets(layers[0], layers[1:], house) if still.sheets else composed(layers, house)

    return kept.still(film.relay, words, pixels)
