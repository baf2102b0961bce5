"""What a film may use of whom. Pure: data in, data out.

A clip lacks something for good (its participant said so, and only they can change that), or it lacks something that a
named person may take upon them: nobody has asked, or no guardian has agreed for a child.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from relay.language.catalogue import N_
from relay.models import ConsentScope, FilmReach, PermissionGate, PermissionRule

GROWN_UP = 18
"""Years from which on nobody else has to agree."""
_NUMBER = re.compile(r"\d+")


class Use(StrEnum):
    """What somebody wants to do with a clip."""

    archive = "archive"
    film = "film"
    broadcast = "broadcast"
    abroad = "abroad"


FILM = frozenset({Use.film})
"""What every film does."""


class Ground(StrEnum):
    """What the permission stands on: nothing, the author's public post with the tag, a yes, a yes in writing."""

    nothing = "nothing"
    post = "post"
    asked = "asked"
    written = "written"


class Lack(StrEnum):
    """What is missing before a clip may be used: the first six for good, the others until somebody asks or answers."""

    refused = "refused"
    ended = "ended"
    not_in_films = "not in films"
    not_kept = "not kept"
    not_broadcast = "not broadcast"
    not_abroad = "not abroad"
    unknown = "unknown"
    guardian = "guardian"
    broadcast = "broadcast"
    abroad = "abroad"


FOR_GOOD = frozenset({Lack.refused, Lack.ended, Lack.not_in_films, Lack.not_kept, Lack.not_broadcast, Lack.not_abroad})
"""What the participant has said: no override counts."""

GROUNDS: Mapping[Ground, str] = {
    Ground.nothing: N_("Nobody has agreed, and no public post with the tag shows it."),
    Ground.post: N_("The author's public post with the tag; nobody has asked."),
    Ground.asked: N_("Somebody noted a yes."),
    Ground.written: N_("A yes in writing."),
}
LACKS: Mapping[Lack, str] = {
    Lack.refused: N_("The participant said no."),
    Lack.ended: N_("The time for which the participant agreed is over."),
    Lack.not_in_films: N_("The participant agreed to the archive only, not to a film."),
    Lack.not_kept: N_("The participant does not want it to be kept in the archive."),
    Lack.not_broadcast: N_("The participant does not want it to be broadcast."),
    Lack.not_abroad: N_("The participant does not want it to be shown abroad."),
    Lack.unknown: N_("The permission that the campaign asks for is not there."),
    Lack.guardian: N_("The participant is under 18, and no parent or guardian has agreed."),
    Lack.broadcast: N_("Nobody has asked whether it may be broadcast."),
    Lack.abroad: N_("Nobody has asked whether it may be shown abroad."),
}
"""What a person reads of it."""

RULES: Mapping[PermissionRule, str] = {
    PermissionRule.public_post: N_("The public post with the tag is enough"),
    PermissionRule.asked: N_("Its author was asked and said yes"),
    PermissionRule.written: N_("Its author said yes in writing"),
}
GATES: Mapping[PermissionGate, str] = {
    PermissionGate.tell: N_("People are told, and it goes on"),
    PermissionGate.override: N_("Somebody has to take it upon them by name, with a reason"),
}
SUFFICES: Mapping[PermissionRule, frozenset[Ground]] = {
    PermissionRule.public_post: frozenset({Ground.post, Ground.asked, Ground.written}),
    PermissionRule.asked: frozenset({Ground.asked, Ground.written}),
    PermissionRule.written: frozenset({Ground.written}),
}
"""Rule → the grounds that it takes."""

_NEEDS_FILM = frozenset({Use.film, Use.broadcast, Use.abroad})


@dataclass(frozen=True, slots=True)
class AgreedTerms:
    """The consent that counts. `in_writing`: there is something to read. None: nobody was asked about it."""

    scope: ConsentScope
    in_writing: bool = False
    archive: bool | None = None
    broadcast: bool | None = None
    abroad: bool | None = None
    until: date | None = None
    minor: bool = False
    guardian: str = ""


@dataclass(frozen=True, slots=True)
class PermissionFacts:
    """What is known of a clip. `posted`: a public post with the tag shows it. `overridden`: what a person took upon
    them, as long as the consent is the one that they saw.
    """

    age: str = ""
    posted: bool = False
    agreement: AgreedTerms | None = None
    overridden: frozenset[Lack] = frozenset()


@dataclass(frozen=True, slots=True)
class Permission:
    """`lacks`: all that is missing, as the campaign's `gate` treats it; `overridden`: what of it is taken upon."""

    ground: Ground
    lacks: tuple[Lack, ...] = ()
    overridden: frozenset[Lack] = field(default_factory=frozenset)
    gate: PermissionGate = PermissionGate.tell

    @property
    def closed(self) -> tuple[Lack, ...]:
        """What only the participant can change."""
        return tuple(one for one in self.lacks if one in FOR_GOOD)

    @property
    def open(self) -> tuple[Lack, ...]:
        """What somebody has to ask for, or take upon them."""
        return tuple(one for one in self.lacks if one not in FOR_GOOD and one not in self.overridden)

    @property
    def stops(self) -> tuple[Lack, ...]:
        """What keeps the clip from going out."""
        return self.closed or (self.open if self.gate is PermissionGate.override else ())

    @property
    def passes(self) -> bool:
        return not self.stops


def judge(
    facts: PermissionFacts, rule: PermissionRule, gate: PermissionGate, uses: Collection[Use], today: date
) -> Permission:
    """Whether a clip may be used in these ways. `today`: in the campaign's zone."""
    ground = _ground(facts)
    lacks = tuple(_for_good(facts.agreement, uses, today)) or tuple(_to_be_asked(facts, ground, rule, uses))
    return Permission(ground, lacks, facts.overridden & set(lacks), gate)


def is_minor(age: str) -> bool:
    """By the first number of an age as people write it: `12`, `14–17`, `60+`. An age that nobody knows is none."""
    numbers = _NUMBER.findall(age)
    return bool(numbers) and int(numbers[0]) < GROWN_UP


def uses_of(reaches: Iterable[str]) -> frozenset[Use]:
    """What a film does that goes there (values of FilmReach)."""
    return FILM | {Use(FilmReach(one)) for one in reaches}


def _ground(facts: PermissionFacts) -> Ground:
    said = facts.agreement
    if said is not None and said.scope is not ConsentScope.refused:
        return Ground.written if said.in_writing else Ground.asked
    return Ground.post if facts.posted else Ground.nothing


def _for_good(said: AgreedTerms | None, uses: Collection[Use], today: date) -> Iterable[Lack]:
    if said is None:
        return
    if said.scope is ConsentScope.refused:
        yield Lack.refused
        return
    if said.until is not None and said.until < today:
        yield Lack.ended
    if said.scope is ConsentScope.archive and _NEEDS_FILM & set(uses):
        yield Lack.not_in_films
    if said.archive is False and Use.archive in uses:
        yield Lack.not_kept
    if said.broadcast is False and Use.broadcast in uses:
        yield Lack.not_broadcast
    if said.abroad is False and Use.abroad in uses:
        yield Lack.not_abroad


def _to_be_asked(facts: PermissionFacts, ground: Ground, rule: PermissionRule, uses: Collection[Use]) -> Iterable[Lack]:
    said = facts.agreement
    if ground not in SUFFICES[rule]:
        yield Lack.unknown
    if (is_minor(facts.age) or (said is not None and said.minor)) and not (said is not None and said.guardian):
        yield Lack.guardian
    if Use.broadcast in uses and (said is None or said.broadcast is None):
        yield Lack.broadcast
    if Use.abroad in uses and (said is None or said.abroad is None):
        yield Lack.abroad
