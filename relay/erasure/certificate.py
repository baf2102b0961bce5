"""The certificate of an erasure: what was removed, where and when, and what keeps it out. For the participant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from relay.context import Relay
from relay.errors import NotFound
from relay.models import Almanac, Campaign, Clip, Erasure, ErasureCause, Tombstone
from relay.records import local


@dataclass(frozen=True, slots=True)
class ErasedFromFilm:
    """A version that is closed, and the one that was made instead; 0 while there is none."""

    title: str
    version: int
    instead: int


@dataclass(frozen=True, slots=True)
class ErasureCertificate:
    """`removed`: files by place (erasure/places.py). `done_at` empty: it is still under way. `kept_out`: whether
    tombstones keep it out, so that it comes back nowhere; they hold hashes only.
    """

    number: str
    clip: int
    campaign: str
    title: str
    cause: ErasureCause
    asked_at: str
    done_at: str
    removed: dict[str, int]
    files: int
    bytes: int
    films: list[ErasedFromFilm]
    kept_out: bool


def of_clip(relay: Relay, clip_id: int) -> ErasureCertificate:
    """Raises NotFound for a clip that nobody has taken back."""
    with relay.reading() as session:
        row = session.exec(select(Erasure).where(Erasure.clip_id == clip_id)).first()
        return _shown(session, row)


def of_number(relay: Relay, number: str) -> ErasureCertificate:
    """Raises NotFound."""
    with relay.reading() as session:
        row = session.exec(select(Erasure).where(Erasure.number == number.strip().upper())).first()
        return _shown(session, row)


def named(relay: Relay, name: str) -> ErasureCertificate:
    """By its own number, or by its clip's. Raises NotFound."""
    name = name.strip()
    return of_clip(relay, int(name)) if name.isdecimal() and len(name) < 10 else of_number(relay, name)


def of_clips(relay: Relay, clip_ids: Sequence[int]) -> list[ErasureCertificate]:
    """Those of these clips that are erased, or being erased."""
    with relay.reading() as session:
        rows = session.exec(select(Erasure).where(col(Erasure.clip_id).in_(clip_ids)).order_by(col(Erasure.id)))
        return [_shown(session, row) for row in rows.all()]


def _shown(session: Session, row: Erasure | None) -> ErasureCertificate:
    if row is None:
        raise NotFound("Nothing was erased under this number.")
    clip = session.get_one(Clip, row.clip_id)
    campaign = session.get_one(Campaign, clip.campaign_id)
    standing = select(func.count()).select_from(Tombstone).where(col(Tombstone.lifted_at).is_(None))
    digests = standing.where((Tombstone.erasure == row.number) | (Tombstone.digest == row.digest))
    return ErasureCertificate(
        number=row.number,
        clip=row.clip_id,
        campaign=campaign.slug,
        title=campaign.title,
        cause=row.cause,
        asked_at=_at(campaign, row.asked_at),
        done_at=_at(campaign, row.done_at),
        removed=dict(sorted(row.removed.items())),
        files=sum(row.removed.values()),
        bytes=row.bytes,
        films=[_film(session, film["almanac"], film["version"], film["made"]) for film in row.films],
        kept_out=session.exec(digests).one() > 0,
    )


def _film(session: Session, almanac_id: int, version: int, made: int) -> ErasedFromFilm:
    almanac = session.get_one(Almanac, almanac_id)
    return ErasedFromFilm(almanac.title or almanac.name, version, made)


def _at(campaign: Campaign, moment: datetime | None) -> str:
    return local(campaign, moment) if moment is not None else ""
