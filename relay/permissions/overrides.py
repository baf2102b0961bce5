"""A named person takes it upon them that a clip lacks permission, with a reason, and can take that back.

It holds for what was lacking then and for the consent that they saw: what comes to lack later, or another consent,
asks for another override. What the participant said stays closed to everybody.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.language.text import one_line
from relay.models import Clip, EventKind, EventSubject, PermissionGate, PermissionOverride, need_id
from relay.permissions import standing
from relay.permissions.gate import NotPermitted
from relay.permissions.notes import LONGEST_NOTE
from relay.permissions.rules import FILM, FOR_GOOD, Lack, Permission, Use
from relay.records import add_event

EVERY_USE = frozenset(Use) - {Use.archive}


def take_upon(relay: Relay, clip_id: int, *, person: str, reason: str, uses: Collection[Use] = FILM) -> Permission:
    """Overrides what the clip lacks for these uses. Raises NotFound, Refused where it lacks nothing that a person may
    take upon them, NotPermitted where its participant has said no.
    """
    with relay.transaction() as session:
        found = _standing(session, clip_id, uses, relay.now())
        if found.closed:
            raise NotPermitted(clip_id, found.closed)
        if not found.open:
            raise Refused("Clip {clip} lacks nothing that has to be overridden.", clip=clip_id)
        take_upon_in(session, clip_id, found.open, person=person, reason=reason, now=relay.now())
        return standing.of_clip(session, clip_id, uses=uses, now=relay.now())


def take_back(relay: Relay, clip_id: int, *, person: str) -> Permission:
    """The clip lacks again what it lacks. Raises NotFound, Refused where nothing is overridden."""
    with relay.transaction() as session:
        found = _standing(session, clip_id, EVERY_USE, relay.now())
        if not found.overridden:
            raise Refused("Nothing is overridden for clip {clip}.", clip=clip_id)
        _append(session, clip_id, (), person=person, reason="", now=relay.now())
        add_event(session, relay.now(), (EventSubject.clip, clip_id), EventKind.override_taken_back, person)
        return standing.of_clip(session, clip_id, now=relay.now())


def approving(session: Session, clip_id: int, *, person: str, override: str, now: datetime) -> Permission:
    """Asked inside the unit of work that approves a clip. `override`: the reason, where the person takes it upon them.

    Raises NotPermitted where the campaign's gate is shut: for a clip that lacks something, unless there is a reason,
    and for one whose participant said no.
    """
    found = standing.of_clip(session, clip_id, now=now)
    if found.gate is PermissionGate.override and Lack.refused in found.closed:
        raise NotPermitted(clip_id, found.closed)
    if not found.open:
        return found
    if one_line(override):
        take_upon_in(session, clip_id, found.open, person=person, reason=override, now=now)
    elif found.gate is PermissionGate.override:
        raise NotPermitted(clip_id, found.open)
    return found


def take_upon_in(
    session: Session, clip_id: int, lacks: Collection[Lack], *, person: str, reason: str, now: datetime
) -> None:
    """Inside a unit of work; what was overridden before and still counts stays so. Raises Refused without a name or a
    reason.
    """
    reason = one_line(reason, LONGEST_NOTE)
    if not reason or not person.strip():
        raise Refused("Whoever lets a clip pass without permission gives their name and a reason.")
    before = standing.of_clip(session, clip_id, uses=EVERY_USE, now=now).overridden
    taken = sorted({*before, *(one for one in lacks if one not in FOR_GOOD)})
    _append(session, clip_id, taken, person=person, reason=reason, now=now)
    details = {"lacks": ", ".join(taken), "why": reason}
    add_event(session, now, (EventSubject.clip, clip_id), EventKind.permission_overridden, person, **details)


def _append(
    session: Session, clip_id: int, lacks: Collection[Lack], *, person: str, reason: str, now: datetime
) -> None:
    said = standing.newest(session, [clip_id]).get(clip_id)
    session.add(
        PermissionOverride(
            clip_id=clip_id,
            lacks=[one.value for one in lacks],
            consent_id=need_id(said) if said is not None else 0,
            person=person,
            reason=reason,
            at=now,
        )
    )
    session.flush()


def _standing(session: Session, clip_id: int, uses: Collection[Use], now: datetime) -> Permission:
    if session.get(Clip, clip_id) is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return standing.of_clip(session, clip_id, uses=uses, now=now)
