"""Where a campaign's quotes, pictures, music and emblems are used: what a film needs is not thrown away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, SQLModel, col, select

from relay.context import Relay
from relay.errors import Refused
from relay.models import Almanac, Campaign, Card, Clip, CreditLine, ReadingProposal
from relay.records import find_campaign

NO_USES = "This is in these films: {films}."
OUT_FIRST = "Take it out of them first."


@dataclass(frozen=True, slots=True)
class FilmUse:
    """A film that something is used in."""

    name: str
    title: str


Uses = Mapping[int, Sequence[FilmUse]]


def of_pictures(session: Session, campaign: Campaign) -> Uses:
    """Picture → the films on whose cards it stands."""
    rows = session.exec(
        select(Card.picture_id, Almanac)
        .join(Almanac, col(Almanac.id) == Card.almanac_id)
        .where(Almanac.campaign_id == campaign.id, col(Card.picture_id).is_not(None))
        .order_by(col(Almanac.id))
    ).all()
    return _gathered((number, film) for number, film in rows if number is not None)


def of_music(session: Session, campaign: Campaign) -> Uses:
    """Piece of music → the films under which it lies."""
    films = _films(session, campaign)
    return _gathered((int(film.style["music"]), film) for film in films if film.style.get("music"))


def of_quotes(session: Session, campaign: Campaign) -> Mapping[str, Sequence[FilmUse]]:
    """Number of a quote → the films on whose cards it stands."""
    rows = session.exec(
        select(Card, Almanac)
        .join(Almanac, col(Almanac.id) == Card.almanac_id)
        .where(Almanac.campaign_id == campaign.id)
        .order_by(col(Almanac.id))
    ).all()
    found: dict[str, list[FilmUse]] = {}
    for card, film in rows:
        if number := card.words.get("number"):
            _note(found.setdefault(number, []), film)
    return found


def readers(session: Session, campaign: Campaign) -> Mapping[str, int]:
    """Number of a quote → how many clips read it: as a person said of a clip, or of one of several readings in it."""
    rows = session.exec(
        select(Clip.quote, func.count()).where(Clip.campaign_id == campaign.id, Clip.quote != "").group_by(Clip.quote)
    ).all()
    more = session.exec(
        select(ReadingProposal.said, func.count(func.distinct(Clip.id)))
        .join(Clip, col(Clip.id) == ReadingProposal.clip_id)
        .where(Clip.campaign_id == campaign.id, ReadingProposal.said != "", ReadingProposal.said != Clip.quote)
        .group_by(col(ReadingProposal.said))
    ).all()
    return Counter(dict(rows)) + Counter(dict(more))


def of_emblems(session: Session, campaign: Campaign) -> Uses:
    """Emblem → the films that have credits of their own with it. The campaign's own lines: see `in_campaign`."""
    films = _films(session, campaign)
    return _gathered(
        (int(line["emblem"]), film) for film in films for line in film.style.get("thanks", ()) if line.get("emblem")
    )


def in_campaign(session: Session, campaign: Campaign) -> set[int]:
    """Emblems of the campaign's own lines."""
    rows = session.exec(select(CreditLine.emblem_id).where(CreditLine.campaign_id == campaign.id)).all()
    return {number for number in rows if number is not None}


@dataclass(frozen=True, slots=True)
class MaterialUses:
    """Where all of a campaign's material is used; `readers`: how many clips read a quote, by its number."""

    pictures: Uses
    music: Uses
    quotes: Mapping[str, Sequence[FilmUse]]
    readers: Mapping[str, int]
    emblems: Uses
    in_campaign: Collection[int]


def of_campaign(relay: Relay, slug: str) -> MaterialUses:
    """Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        return MaterialUses(
            pictures=of_pictures(session, campaign),
            music=of_music(session, campaign),
            quotes=of_quotes(session, campaign),
            readers=readers(session, campaign),
            emblems=of_emblems(session, campaign),
            in_campaign=in_campaign(session, campaign),
        )


def check_unused(uses: Sequence[FilmUse]) -> None:
    """Raises Refused, naming the films."""
    if uses:
        raise Refused(NO_USES, hint=OUT_FIRST, films=", ".join(f"“{use.title}” ({use.name})" for use in uses))


def drop_file(relay: Relay, table: type[SQLModel], key: str, sha256: str) -> None:
    """Throws a file away that no row of any campaign names any more."""
    with relay.reading() as session:
        named = session.exec(select(table).where(table.sha256 == sha256)).first()  # type: ignore[attr-defined]
    if named is None:
        relay.media.delete(f"{key}/{sha256}")


def _films(session: Session, campaign: Campaign) -> Sequence[Almanac]:
    return session.exec(select(Almanac).where(Almanac.campaign_id == campaign.id).order_by(col(Almanac.id))).all()


def _gathered(found: Iterable[tuple[int, Almanac]]) -> Uses:
    uses: dict[int, list[FilmUse]] = {}
    for number, film in found:
        _note(uses.setdefault(number, []), film)
    return uses


def _note(uses: list[FilmUse], film: Almanac) -> None:
    use = FilmUse(film.name, film.title)
    if use not in uses:
        uses.append(use)
