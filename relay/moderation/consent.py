"""What may be done with a clip, and where that is written. Rows are appended; the newest counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from relay.errors import Refused
from relay.language.text import one_line
from relay.models import Consent, ConsentScope
from relay.moderation.rules import LONGEST_REASON

SCOPES: Mapping[ConsentScope, str] = {
    ConsentScope.archive: "May be kept in the archive",
    ConsentScope.film: "May be shown in the film",
    ConsentScope.public: "May be shown in public",
    ConsentScope.refused: "The participant said no",
}
"""Scope → English text (the message id of its translation)."""


def record(session: Session, clip_id: int, scope: str, evidence: str, *, person: str, now: datetime) -> Consent:
    """Appends a consent inside the caller's unit of work. Raises Refused for a scope that nobody knows."""
    if scope not in SCOPES:
        raise Refused(
            "There is no consent scope {scope}.",
            hint="The scopes are: {scopes}.",
            scope=scope,
            scopes=", ".join(SCOPES),
        )
    row = Consent(
        clip_id=clip_id, scope=ConsentScope(scope), evidence=one_line(evidence, LONGEST_REASON), person=person, at=now
    )
    session.add(row)
    return row


def current(session: Session, clip_ids: Iterable[int]) -> dict[int, Consent]:
    """The consent that counts, by clip id; clips without one are not in it."""
    rows = session.exec(_OF_CLIPS, params={"clips": list(clip_ids)})
    return {row.clip_id: row for row in rows}


_OF_CLIPS = (
    select(Consent).where(col(Consent.clip_id).in_(bindparam("clips", expanding=True))).order_by(col(Consent.id))
)
