"""What stands between the clips of a film: chapters, quotes, archive pictures. Rows of Card, put there by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from relay.almanac.assets import pictures, quotes
from relay.almanac.cards.between import Between, TakesFrom
from relay.almanac.cards.kinds import KINDS
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.sentence import Sentence
from relay.models import Almanac, Card, CardKind, EventKind, Picture, Segment, need_id
from relay.records import add_event

MOST_SECONDS = 60.0


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
) -> Card:
    """Puts a card before a clip of the film, None after the last one; several at one place keep their order.

    `quote`: a number of the campaign's selection, whose words are taken. `picture`: one of the campaign's.
    Raises NotFound, and Refused for a card without what it needs, or a clip that is not in the film.
    """
    design = KINDS.get(kind)
    if design is None:
        raise Refused("There is no card {kind}.", hint="Cards: {kinds}.", kind=Sentence(kind), kinds=", ".join(KINDS))
    if not 0 <= seconds <= MOST_SECONDS:
        raise Refused("A card stands for up to {most:.0f} s.", most=MOST_SECONDS)
    with relay.transaction() as session:
        almanac = find(session, slug, name)
        _in_the_film(session, almanac, before)
        given = {part: " ".join(text.split()) for part, text in words.items() if part in design.words and text.strip()}
        if design.takes_from is TakesFrom.quotes and quote:
            row = quotes.find(session, almanac.campaign_id, quote)
            given = {"text": row.text, "author": row.author, "link": row.link, "number": row.number, **given}
        if design.takes_from is TakesFrom.pictures:
            if picture is None:
                raise Refused(design.refusal)
            given = {**_of_picture(session, almanac, picture), **given}
        if not given.get(design.needs):
            raise Refused(design.refusal)
        card = Card(
            almanac_id=need_id(almanac),
            before_clip_id=before,
            position=_next(session, almanac, before),
            kind=CardKind(kind),
            words={part: text for part, text in given.items() if text},
            picture_id=picture if design.takes_from is TakesFrom.pictures else None,
            seconds=seconds,
        )
        session.add(card)
        session.flush()
        add_event(session, relay.now(), almanac, EventKind.card_added, person, card=card.id, kind=kind)
        return card


def remove(relay: Relay, slug: str, name: str, number: int, *, person: str) -> None:
    """Raises NotFound."""
    with relay.transaction() as session:
        almanac = find(session, slug, name)
        card = session.get(Card, number)
        if card is None or card.almanac_id != almanac.id:
            raise NotFound("There is no card {number} in {name}.", number=number, name=name)
        session.delete(card)
        add_event(session, relay.now(), almanac, EventKind.card_removed, person, card=number, kind=card.kind)


@dataclass(frozen=True, slots=True)
class CardView:
    """A card; `before`: the clip that it stands before, None: after the last; `picture`: the number of one."""

    id: int
    kind: CardKind
    before: int | None
    words: Mapping[str, str]
    picture: int | None
    seconds: float


def listing(relay: Relay, slug: str, name: str) -> list[CardView]:
    """In the order of the film's rows. Raises NotFound."""
    with relay.reading() as session:
        rows = _rows(session, find(session, slug, name))
    return [
        CardView(
            id=need_id(row),
            kind=row.kind,
            before=row.before_clip_id,
            words={part: text for part, text in row.words.items() if part in KINDS[row.kind].words},
            picture=row.picture_id,
            seconds=row.seconds,
        )
        for row in rows
    ]


def of_film(relay: Relay, session: Session, almanac: Almanac) -> dict[int | None, tuple[Between, ...]]:
    """The film's cards by the clip that they stand before; None: after the last."""
    found: dict[int | None, tuple[Between, ...]] = {}
    for row in _rows(session, almanac):
        photo = None
        if KINDS[row.kind].takes_from is TakesFrom.pictures:
            picture = session.get(Picture, row.picture_id or 0)
            photo = None if picture is None else pictures.photo(relay, picture)
        between = Between(row.kind, row.words, row.seconds, photo)
        found[row.before_clip_id] = (*found.get(row.before_clip_id, ()), between)
    return found


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
