"""Who takes part: districts, texts and ages across each other, and whom nobody heard yet. Pure, but for one reading."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func
from sqlmodel import Session, col, select

from relay.board.curve import in_front
from relay.models import (
    Campaign,
    CampaignTexts,
    CardMember,
    Clip,
    ClipState,
    HandIn,
    Quote,
    Source,
    SourceState,
    need_id,
)

OLDEST = 120
COUNTED = (ClipState.approved, ClipState.awaiting, ClipState.later)
"""What is there, or may still come; the rejected and the withdrawn are nobody's part."""
_WHOLE = re.compile(r"\d+")
_SCHOOL = re.compile(
    r"класс|школьни|ученик|ученица|учащ|воспитанни|детск|сад\b|pupil|grade\b|school|kindergarten|"
    r"\bclass\b|élève|écol|collég|lycé",
    re.IGNORECASE,
)
_DISTRICT = re.compile(r"\b(?:муниципальный\s+)?(?:район|р-?н|округ|district)\b\.?", re.IGNORECASE)


class AgeGroup(StrEnum):
    """Years, as the hand-in page asks for them; `unknown`: nobody said."""

    child = "0–13"
    youth = "14–17"
    young = "18–35"
    grown = "36–59"
    old = "60+"
    unknown = "unknown"


LOWEST: Sequence[tuple[int, AgeGroup]] = (
    (60, AgeGroup.old),
    (36, AgeGroup.grown),
    (18, AgeGroup.young),
    (14, AgeGroup.youth),
    (0, AgeGroup.child),
)
MINORS = frozenset({AgeGroup.child, AgeGroup.youth})


class GapKind(StrEnum):
    """Whom nobody heard yet: of a district or town, a text that nobody reads, an age."""

    district = "district"
    town = "town"
    text = "text"
    age = "age"


@dataclass(frozen=True, slots=True)
class Participants:
    """Clips of one kind. `is_minor`: known or likely to be a child, whatever the age says."""

    district: str
    town: str
    text: str
    age: AgeGroup
    is_minor: bool
    state: ClipState
    clips: int


@dataclass(frozen=True, slots=True)
class CampaignText:
    """A text of the campaign's selection; `number` empty: one of their own, or not known."""

    number: str
    title: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """`name`: a district, or a text's number; empty where nobody said. `ages`: approved clips by age group, every
    one is in it; `waiting`: clips that may still be approved.
    """

    name: str
    title: str
    ages: Mapping[str, int]
    total: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Gap:
    """`waiting`: so many clips of them are there, and none is approved."""

    kind: GapKind
    name: str
    waiting: int


@dataclass(frozen=True, slots=True)
class ParticipantGrid:
    """`districts` of one text and `texts` of one district, where one was chosen; `gaps` are those of all."""

    districts: list[GridRow]
    texts: list[GridRow]
    ages: Mapping[str, int]
    gaps: list[Gap]


# Reading


def participants(session: Session, campaign: Campaign) -> list[Participants]:
    """Clips by all that tells them apart here, one for each card."""
    guarded = case((func.coalesce(HandIn.guardian, "") != "", 1), else_=0).label("guarded")
    told = (Clip.district, Clip.town, Clip.quote, Clip.age, Clip.relation, Clip.state)
    rows = session.execute(
        select(*told, guarded, func.count())  # type: ignore[call-overload]
        .select_from(Clip)
        .outerjoin(HandIn, col(HandIn.number) == Clip.handed_in)
        .outerjoin(CardMember, col(CardMember.clip_id) == Clip.id)
        .where(Clip.campaign_id == campaign.id, col(Clip.state).in_(COUNTED), in_front())
        .group_by(*told, "guarded")
    )
    return _merged(rows)


def texts(session: Session, campaign: Campaign) -> list[CampaignText]:
    """The campaign's selection, as it counts them."""
    rows = session.execute(select(Quote.number, Quote.text).where(Quote.campaign_id == campaign.id))
    found = [CampaignText(number, text) for number, text in rows]
    return sorted(found, key=lambda text: (_as_number(text.number), text.number))


def listed_districts(session: Session, campaign: Campaign) -> list[str]:
    """Those that the campaign wants to hear from, whose sources are read, or that people named with a hand-in."""
    texts = session.get(CampaignTexts, need_id(campaign))
    wanted = texts.districts if texts is not None else []
    of_sources = select(Source.district).where(
        Source.campaign_id == campaign.id, Source.district != "", Source.state != SourceState.gone
    )
    of_hand_ins = select(HandIn.district).where(HandIn.campaign_id == campaign.id, HandIn.district != "")
    return [*wanted, *session.scalars(of_sources.distinct()), *session.scalars(of_hand_ins.distinct())]


# Deciding


def age_group(age: str) -> AgeGroup:
    """By the first number of what somebody wrote: `12 лет`, `14–17`, `60+`. A year of birth tells nothing for sure."""
    found = _WHOLE.search(age)
    years = int(found[0][:4]) if found else OLDEST + 1
    if years > OLDEST:
        return AgeGroup.unknown
    return next(group for lowest, group in LOWEST if years >= lowest)


def is_minor(age: AgeGroup, relation: str, *, has_guardian: bool) -> bool:
    """Rather one too many: a town with its only child names the child."""
    return age in MINORS or has_guardian or (age is AgeGroup.unknown and _SCHOOL.search(relation) is not None)


def district_key(name: str) -> str:
    """`Тосненский район` and `Тосненский` are one."""
    return " ".join(_DISTRICT.sub(" ", name).casefold().replace("ё", "е").split())


def grid(
    found: Sequence[Participants],
    texts: Sequence[CampaignText],
    listed: Iterable[str],
    *,
    text: str | None = None,
    district: str | None = None,
) -> ParticipantGrid:
    """`text`, `district`: only of these; empty ones are what nobody said."""
    names = spelled(found, listed)
    named = [(names.get(district_key(each.district), ""), each) for each in found]
    districts = _rows(((name, each) for name, each in named if text in (None, each.text)), names.values())
    of_texts = ((each.text, each) for name, each in named if district in (None, name))
    titles = {each.number: each.title for each in texts}
    whole = _rows(((name, each) for name, each in named), names.values())
    ages = {group.value: sum(row.ages[group] for row in whole) for group in AgeGroup}
    return ParticipantGrid(districts, _rows(of_texts, titles, titles), ages, _gaps(found, whole, titles, ages))


def _gaps(
    found: Sequence[Participants], districts: Sequence[GridRow], titles: Mapping[str, str], ages: Mapping[str, int]
) -> list[Gap]:
    gaps = [Gap(GapKind.district, row.name, row.waiting) for row in districts if row.name and not row.total]
    gaps += _towns_without(found, {district_key(gap.name) for gap in gaps})
    of_texts = _rows(((each.text, each) for each in found), titles, titles)
    gaps += [Gap(GapKind.text, row.name, row.waiting) for row in of_texts if row.name in titles and not row.total]
    told = [group for group in AgeGroup if group is not AgeGroup.unknown]
    if any(ages[group] for group in told):
        gaps += [Gap(GapKind.age, group.value, 0) for group in told if not ages[group]]
    return gaps


def _towns_without(found: Sequence[Participants], told: Iterable[str]) -> list[Gap]:
    """Towns with clips of grown-ups none of which is approved; whose district has none is told already."""
    approved = {each.town.casefold() for each in found if each.state is ClipState.approved}
    waiting: Counter[str] = Counter()
    for each in found:
        is_new = each.town.casefold() not in approved and district_key(each.district) not in set(told) - {""}
        if each.town and is_new and not each.is_minor:
            waiting[each.town] += each.clips
    return [Gap(GapKind.town, name, clips) for name, clips in sorted(waiting.items())]


def _rows(
    named: Iterable[tuple[str, Participants]], listed: Iterable[str], titles: Mapping[str, str] | None = None
) -> list[GridRow]:
    """One for each name, what nobody said last; texts in the order of the selection, districts by their names."""
    approved: dict[str, Counter[AgeGroup]] = {name: Counter() for name in listed}
    waiting: Counter[str] = Counter()
    for name, each in named:
        approved.setdefault(name, Counter())
        if each.state is ClipState.approved:
            approved[name][each.age] += each.clips
        else:
            waiting[name] += each.clips
    order = sorted(approved, key=lambda name: (name == "", name.casefold()))
    if titles is not None:
        order = sorted(approved, key=lambda name: (name == "", _as_number(name), name))
    known = titles or {}
    return [
        GridRow(
            name,
            known.get(name, ""),
            {group.value: approved[name][group] for group in AgeGroup},
            approved[name].total(),
            waiting[name],
        )
        for name in order
    ]


def spelled(found: Iterable[Participants], listed: Iterable[str]) -> dict[str, str]:
    """By its key, the spelling that most clips have, which lists of clips find; or else the one that is listed."""
    used: Counter[str] = Counter({" ".join(name.split()): 0 for name in listed if name.strip()})
    for each in found:
        if each.district:
            used[each.district] += each.clips
    ranked = sorted(used, key=lambda name: (used[name], -len(name), name))
    return {district_key(name): name for name in ranked}


def _merged(rows: Iterable[Any]) -> list[Participants]:
    """What differs only in words that tell the same is one."""
    sums: Counter[tuple[str, str, str, AgeGroup, bool, ClipState]] = Counter()
    for district, town, quote, age, relation, state, guarded, clips in rows:
        group = age_group(age)
        minor = is_minor(group, relation, has_guardian=bool(guarded))
        sums[" ".join(district.split()), " ".join(town.split()), quote.strip(), group, minor, state] += clips
    return [Participants(*told, clips) for told, clips in sums.items()]


def _as_number(number: str) -> int:
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else 10**9
