"""How clips stand with their permission: read from the tables, judged by rules.py, as many as are asked for at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from relay.models import (
    Campaign,
    Clip,
    ClipVideo,
    Consent,
    ConsentScope,
    ConsentWay,
    Doubt,
    Match,
    MatchKind,
    MatchPlace,
    PermissionGate,
    PermissionOverride,
    PermissionRule,
    Post,
    Sighting,
    need_id,
)
from relay.permissions import rules
from relay.permissions.rules import FILM, AgreedTerms, Lack, Permission, PermissionFacts, Use
from relay.sources import networks
from relay.store import run

CHUNK = 500
"""Clips in one `IN (…)`, which every database takes."""


@dataclass(frozen=True, slots=True)
class ClipStanding:
    """The permission of a clip, with the consent that counts, and the newest override, which may count no more."""

    permission: Permission
    said: Consent | None
    taken: PermissionOverride | None


def of_clips(
    session: Session, clip_ids: Iterable[int], *, uses: Collection[Use] = FILM, now: datetime
) -> dict[int, Permission]:
    """By clip id; clips that are not there are not in it."""
    return {number: one.permission for number, one in whole(session, clip_ids, uses=uses, now=now).items()}


def whole(
    session: Session, clip_ids: Iterable[int], *, uses: Collection[Use] = FILM, now: datetime
) -> dict[int, ClipStanding]:
    """As `of_clips`, with the rows behind it."""
    found: dict[int, ClipStanding] = {}
    for chunk in _chunks(list(clip_ids)):
        found |= _judged(session, chunk, uses, now)
    return found


def of_clip(session: Session, clip_id: int, *, uses: Collection[Use] = FILM, now: datetime) -> Permission:
    """Raises KeyError for a clip that is not there."""
    return of_clips(session, [clip_id], uses=uses, now=now)[clip_id]


def newest(session: Session, clip_ids: Iterable[int]) -> dict[int, Consent]:
    """The consent that counts, by clip id; clips without one are not in it."""
    rows: dict[int, Consent] = {}
    for chunk in _chunks(list(clip_ids)):
        rows |= {row.clip_id: row for row in session.exec(_CONSENTS, params={"clips": chunk})}
    return rows


def today(campaign_zone: str, now: datetime) -> date:
    """The day that it is in a campaign."""
    return now.astimezone(ZoneInfo(campaign_zone)).date()


def _judged(session: Session, clip_ids: Sequence[int], uses: Collection[Use], now: datetime) -> dict[int, ClipStanding]:
    said = newest(session, clip_ids)
    taken = {row.clip_id: row for row in session.exec(_OVERRIDES, params={"clips": list(clip_ids)})}
    posted = _posted(session, [number for number in clip_ids if number not in said])
    found, on = {}, cache(partial(today, now=now))
    for number, age, rule, gate, zone in run(session, _CLIPS, clips=list(clip_ids)):
        facts = PermissionFacts(
            age=age,
            posted=number in posted,
            agreement=_agreement(said[number]) if number in said else None,
            overridden=_counting(taken.get(number), said.get(number)),
        )
        permission = rules.judge(facts, PermissionRule(rule), PermissionGate(gate), uses, on(zone))
        found[number] = ClipStanding(permission, said.get(number), taken.get(number))
    return found


def _agreement(row: Consent) -> AgreedTerms:
    in_writing = bool(row.evidence or row.words) or row.way in (ConsentWay.form, ConsentWay.link)
    return AgreedTerms(
        scope=ConsentScope(row.scope),
        in_writing=in_writing,
        archive=row.archive,
        broadcast=row.broadcast,
        abroad=row.abroad,
        until=row.until,
        minor=row.minor,
        guardian=row.guardian,
    )


def _counting(row: PermissionOverride | None, said: Consent | None) -> frozenset[Lack]:
    """What an override still stands for: with another consent than its person saw, for nothing."""
    if row is None or row.consent_id != (need_id(said) if said is not None else 0):
        return frozenset()
    return frozenset(Lack(one) for one in row.lacks)


def _posted(session: Session, clip_ids: Sequence[int]) -> set[int]:
    """Clips that a post with the tag shows, which is still there and stands on a network for everybody to see."""
    return {
        number
        for number, network in run(session, _POSTED, clips=list(clip_ids))
        if network != networks.HAND_IN and not networks.describe(network).on_this_machine
    }


def _chunks(clip_ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(clip_ids), CHUNK):
        yield clip_ids[start : start + CHUNK]


# Statements that stand ready: they are run for every page, and building them takes longer than running them

_IN: Any = bindparam("clips", expanding=True)
_CLIPS: Any = (
    select(Clip.id, Clip.age, Campaign.permission, Campaign.gate, Campaign.tz)  # type: ignore[call-overload]
    .join(Campaign, col(Campaign.id) == col(Clip.campaign_id))
    .where(col(Clip.id).in_(_IN))
)
_CONSENTS = select(Consent).where(col(Consent.clip_id).in_(_IN)).order_by(col(Consent.id))
_OVERRIDES = (
    select(PermissionOverride).where(col(PermissionOverride.clip_id).in_(_IN)).order_by(col(PermissionOverride.id))
)
_POSTED: Any = (
    select(ClipVideo.clip_id, Post.network)
    .join(Clip, col(Clip.id) == col(ClipVideo.clip_id))
    .join(Sighting, col(Sighting.video_id) == col(ClipVideo.video_id))
    .join(Post, col(Post.id) == col(Sighting.post_id))
    .join(Match, (col(Match.post_id) == col(Post.id)) & (col(Match.campaign_id) + 0 == col(Clip.campaign_id)))
    .where(
        col(ClipVideo.clip_id).in_(_IN),
        col(Sighting.lost) == Doubt.none,
        col(Match.kind) == MatchKind.exact,
        col(Match.matched_in) != MatchPlace.handed_in,
    )
    .distinct()
)
"""`+ 0` keeps SQLite from going through all posts of the campaign for each clip."""
