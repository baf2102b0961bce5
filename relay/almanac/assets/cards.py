"""What stands between the clips of a film: chapters, quotes, places, archive pictures. Rows of Card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, select

from relay.almanac.assets import looks, pictures, quotes
from relay.almanac.cards.between import Between, CardDesign, TakesFrom
from relay.almanac.cards.kinds import KINDS
from relay.almanac.plan import queries
from relay.almanac.plan.store import OF_THE_RULES, find
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.catalogue import N_
from relay.language.sentence import Sentence
from relay.language.text import one_line
from relay.models import Almanac, Campaign, Card, CardKind, EventKind, Picture, Segment, need_id
from relay.records import add_event

MOST_SECONDS = 60.0
MOST_LETTERS = 4000
ADDED, CHANGED, MOVED, REMOVED = (
    N_("added a card"),
    N_("changed a card"),
    N_("moved a card"),
    N_("removed a card"),
)


def add(
    relay: Relay,
    slug: str,
    name: str,
    kind: str,
    *,
    words: Mapping[str, str],
    before: int | None = None,
    quote: str = "",
    picture: int | None = None,
    seconds: float = 0.0,
    person: str,
    seen: str = "",
) -> Card:
    """Puts a card before a clip of the film, None after the last one; several at one place keep their order.

    `quote`: a number of the campaign's selection, whose words are taken. `picture`: one of the campaign's. `words`:
    by the names of the kind's words; `title.fr` is the title where the film's cards are French. `seen`: see
    looks.changing. Raises NotFound, Stale, and Refused for a card without what it needs, or a clip that is not in
    the film.
    """
    design = design_of(kind)
    _check_seconds(seconds)
    with looks.changing(relay, slug, name, did=ADDED, person=person, seen=seen) as draft:
        session, almanac = draft.session, draft.almanac
        _in_the_film(session, almanac, before)
        card = Card(
            almanac_id=need_id(almanac),
            before_clip_id=before,
            position=_next(session, almanac, before),
            kind=CardKind(kind),
            words=_said(session, almanac, design, words, quote, picture),
            picture_id=picture if design.takes_from is TakesFrom.pictures else None,
            seconds=seconds,
        )
        session.add(card)
        session.flush()
        add_event(session, relay.now(), almanac, EventKind.card_added, person, card=card.id, kind=kind)
        return card


def edit(
    relay: Relay,
    slug: str,
    name: str,
    number: int,
    *,
    words: Mapping[str, str],
    quote: str = "",
    picture: int | None = None,
    seconds: float = 0.0,
    person: str,
    seen: str = "",
) -> Card:
    """Other words on a card, all of them; another picture or quote where one is given. A chapter that the rules made is
    a person's from then on. Raises what `add` raises.
    """
    _check_seconds(seconds)
    with looks.changing(relay, slug, name, did=CHANGED, person=person, seen=seen) as draft:
        card = _found(draft.session, draft.almanac, number)
        design = KINDS[card.kind]
        if design.takes_from is TakesFrom.pictures:
            picture = card.picture_id if picture is None else picture
            card.picture_id = picture
        numbered = card.words.get("number", "")
        quoted = card.words.get("text")
        card.words = _said(draft.session, draft.almanac, design, words, quote, picture)
        if numbered and quoted == card.words.get("text"):  # still the selection's own text
            card.words = {**card.words, "number": numbered}
        card.seconds = seconds
        draft.session.add(card)
        add_event(draft.session, relay.now(), draft.almanac, EventKind.card_changed, person, card=number)
        return card


def move(relay: Relay, slug: str, name: str, number: int, *, before: int | None, person: str, seen: str = "") -> None:
    """Puts a card before a clip of the film, behind those that are there; None: at the end. Raises what `add` does."""
    with looks.changing(relay, slug, name, did=MOVED, person=person, seen=seen) as draft:
        card = _found(draft.session, draft.almanac, number)
        _in_the_film(draft.session, draft.almanac, before)
        if card.before_clip_id != before:
            card.position = _next(draft.session, draft.almanac, before)
            card.before_clip_id = before
            _by_hand(draft.session, card)
            add_event(draft.session, relay.now(), draft.almanac, EventKind.card_changed, person, card=number)


def step(relay: Relay, slug: str, name: str, number: int, *, back: bool, person: str, seen: str = "") -> None:
    """One step towards the film's beginning, or its end: past the card that is there, else past a clip."""
    with looks.changing(relay, slug, name, did=MOVED, person=person, seen=seen) as draft:
        session, almanac = draft.session, draft.almanac
        card = _found(session, almanac, number)
        beside = [row for row in _rows(session, almanac) if row.before_clip_id == card.before_clip_id]
        at = [row.id for row in beside].index(card.id)
        other = at - 1 if back else at + 1
        if 0 <= other < len(beside):
            beside[at], beside[other] = beside[other], beside[at]
            _in_order(session, beside)
        else:
            _past_a_clip(session, almanac, card, back=back)
        _by_hand(session, card)
        add_event(session, relay.now(), almanac, EventKind.card_changed, person, card=number)


def remove(relay: Relay, slug: str, name: str, number: int, *, person: str, seen: str = "") -> None:
    """Raises NotFound, Stale."""
    with looks.changing(relay, slug, name, did=REMOVED, person=person, seen=seen) as draft:
        card = _found(draft.session, draft.almanac, number)
        draft.session.delete(card)
        add_event(
            draft.session, relay.now(), draft.almanac, EventKind.card_removed, person, card=number, kind=card.kind
        )


@dataclass(frozen=True, slots=True)
class CardView:
    """A card; `before`: the clip that it stands before, None: after the last; `picture`: the number of one."""

    id: int
    kind: CardKind
    before: int | None
    words: Mapping[str, str]
    picture: int | None
    seconds: float


def out_of_sight(relay: Relay, slug: str, name: str) -> int:
    """How many the film does not show, because the clip before which they stand is not in it. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        there = select(Segment.clip_id).where(Segment.almanac_id == almanac.id)
        lost = (col(Card.before_clip_id).is_not(None), col(Card.before_clip_id).not_in(there))
        return session.exec(select(func.count()).select_from(Card).where(Card.almanac_id == almanac.id, *lost)).one()


def listing(relay: Relay, slug: str, name: str) -> list[CardView]:
    """In the order of the film's rows. Raises NotFound."""
    with relay.reading() as session:
        rows = _rows(session, find(session, slug, name))
    return [
        CardView(
            id=need_id(row),
            kind=row.kind,
            before=row.before_clip_id,
            words={part: text for part, text in row.words.items() if part.split(".")[0] in KINDS[row.kind].words},
            picture=row.picture_id,
            seconds=row.seconds,
        )
        for row in rows
    ]


def of_film(relay: Relay, session: Session, almanac: Almanac) -> dict[int | None, tuple[Between, ...]]:
    """The film's cards by the clip that they stand before; None: after the last."""
    language = queries.language_of(session.get_one(Campaign, almanac.campaign_id), almanac)
    found: dict[int | None, tuple[Between, ...]] = {}
    for row in _rows(session, almanac):
        shown = between(relay, session, row, language)
        found[row.before_clip_id] = (*found.get(row.before_clip_id, ()), shown)
    return found


def between(relay: Relay, session: Session, row: Card, language: str) -> Between:
    """A card as a film in that language shows it."""
    photo = None
    if KINDS[row.kind].takes_from is TakesFrom.pictures:
        picture = session.get(Picture, row.picture_id or 0)
        photo = None if picture is None else pictures.photo(relay, picture)
    return Between(row.kind, in_language(row.words, language), row.seconds, photo)


def in_language(words: Mapping[str, str], language: str) -> dict[str, str]:
    """`{"title": "Кобона", "title.fr": "Kobona"}` → what is said in that language."""
    plain = {part: text for part, text in words.items() if "." not in part}
    ending = f".{language}"
    return plain | {part.removesuffix(ending): text for part, text in words.items() if part.endswith(ending) and text}


def design_of(kind: str) -> CardDesign:
    """Raises Refused."""
    design = KINDS.get(kind)
    if design is None:
        raise Refused("There is no card {kind}.", hint="Cards: {kinds}.", kind=Sentence(kind), kinds=", ".join(KINDS))
    return design


def _check_seconds(seconds: float) -> None:
    if not 0 <= seconds <= MOST_SECONDS:
        raise Refused("A card stands for up to {most:.0f} s.", most=MOST_SECONDS)


def _said(
    session: Session,
    almanac: Almanac,
    design: CardDesign,
    words: Mapping[str, str],
    quote: str,
    picture: int | None,
) -> dict[str, str]:
    """The words of a card, those that are given before those that its quote or picture lends. Raises Refused."""
    given = {
        part: one_line(text, MOST_LETTERS)
        for part, text in words.items()
        if part.split(".")[0] in design.words and text.strip()
    }
    if design.takes_from is TakesFrom.quotes and quote:
        row = quotes.find(session, almanac.campaign_id, quote)
        given = {"text": row.text, "author": row.author, "link": row.link, "number": row.number, **given}
    if design.takes_from is TakesFrom.pictures:
        if picture is None:
            raise Refused(design.refusal)
        given = {**_of_picture(session, almanac, picture), **given}
    if not given.get(design.needs):
        raise Refused(design.refusal)
    return {part: text for part, text in given.items() if text}


def _found(session: Session, almanac: Almanac, number: int) -> Card:
    card = session.get(Card, number)
    if card is None or card.almanac_id != almanac.id:
        raise NotFound("There is no card {number} in {name}.", number=number, name=almanac.name)
    return card


def _by_hand(session: Session, card: Card) -> None:
    """The rules leave it where it is from now on."""
    card.words = {part: text for part, text in card.words.items() if part != OF_THE_RULES}
    session.add(card)


def _in_order(session: Session, cards: Sequence[Card]) -> None:
    for position, card in enumerate(cards):
        card.position = position
        session.add(card)


def _past_a_clip(session: Session, almanac: Almanac, card: Card, *, back: bool) -> None:
    """Raises Refused at the film's end and beginning."""
    order = select(Segment.clip_id).where(Segment.almanac_id == almanac.id).order_by(col(Segment.position))
    places: list[int | None] = [*session.exec(order), None]
    at = places.index(card.before_clip_id) if card.before_clip_id in places else len(places) - 1
    to = at - 1 if back else at + 1
    if to < 0:
        raise Refused("The card stands at the beginning already.")
    if to == len(places):
        raise Refused("The card stands at the end already.")
    there = [row for row in _rows(session, almanac) if row.before_clip_id == places[to] and row.id != card.id]
    card.before_clip_id = places[to]
    _in_order(session, [*there, card] if back else [card, *there])


def _rows(session: Session, almanac: Almanac) -> list[Card]:
    wanted = select(Card).where(Card.almanac_id == almanac.id).order_by(col(Card.position), col(Card.id))
    return list(session.exec(wanted).all())


def _in_the_film(session: Session, almanac: Almanac, clip: int | None) -> None:
    if clip is None:
        return
    there = session.exec(select(Segment).where(Segment.almanac_id == almanac.id, Segment.clip_id == clip)).first()
    if there is None:
        raise Refused("Clip {clip} is not in {name}.", clip=clip, name=almanac.name)


def _of_picture(session: Session, almanac: Almanac, number: int) -> dict[str, str]:
    row = pictures.find(session, almanac.campaign_id, number)
    return {"title": row.title, "source": row.source}


def _next(session: Session, almanac: Almanac, before: int | None) -> int:
    rows = session.exec(
        select(Card.position).where(Card.almanac_id == almanac.id, col(Card.before_clip_id).is_(None))
        if before is None
        else select(Card.position).where(Card.almanac_id == almanac.id, Card.before_clip_id == before)
    ).all()
    return 1 + max(rows, default=-1)
