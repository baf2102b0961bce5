"""What may be done with a clip, and where that is written. Rows are appended; the newest counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session

from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Clip, Consent, ConsentScope, EventKind, EventSubject
from relay.permissions import notes, standing
from relay.permissions.notes import NOTHING_MORE, ConsentTerms
from relay.records import add_event

SCOPES: Mapping[ConsentScope, str] = {
    ConsentScope.archive: "May be kept in the archive",
    ConsentScope.film: "May be shown in the film",
    ConsentScope.public: "May be shown in public",
    ConsentScope.refused: "The participant said no",
}
"""Scope → English text (the message id of its translation)."""


def record(
    session: Session,
    clip_id: int,
    scope: str,
    evidence: str,
    *,
    person: str,
    now: datetime,
    terms: ConsentTerms = NOTHING_MORE,
) -> Consent:
    """Appends a consent inside the caller's unit of work. Raises Refused for a scope that nobody knows."""
    return notes.append(session, clip_id, notes.scope_of(scope), evidence, person=person, now=now, terms=terms)


def note(
    relay: Relay,
    clip_id: int,
    scope: str | None = None,
    evidence: str = "",
    *,
    person: str,
    terms: ConsentTerms = NOTHING_MORE,
) -> Consent:
    """Notes what may be done with a clip. Without a `scope` the one that is known stays. Raises NotFound, Refused."""
    with relay.transaction() as session:
        if session.get(Clip, clip_id) is None:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        return note_in(relay, session, clip_id, scope, evidence, person=person, terms=terms)


def note_in(
    relay: Relay,
    session: Session,
    clip_id: int,
    scope: str | None,
    evidence: str,
    *,
    person: str,
    terms: ConsentTerms = NOTHING_MORE,
) -> Consent:
    """As `note`, inside a unit of work."""
    known = current(session, [clip_id]).get(clip_id)
    if scope is None and known is None:
        raise Refused("Evidence needs a consent that it is evidence of.", hint="Choose one.")
    wanted = scope if scope is not None or known is None else known.scope.value
    row = record(session, clip_id, wanted or "", evidence, person=person, now=relay.now(), terms=terms)
    details = {"scope": row.scope, "evidence": row.evidence}
    add_event(session, relay.now(), (EventSubject.clip, clip_id), EventKind.consent, person, **details)
    return row


def current(session: Session, clip_ids: Iterable[int]) -> dict[int, Consent]:
    """The consent that counts, by clip id; clips without one are not in it."""
    return standing.newest(session, clip_ids)
