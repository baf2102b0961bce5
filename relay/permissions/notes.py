"""What somebody said may be done with a clip, noted with the evidence. Rows are appended; the newest counts.

What nobody says anew stays as it was: who noted a guardian does not lose them by correcting the scope. After a no
nothing of the yes before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from relay.errors import Refused
from relay.language.text import one_line
from relay.models import Consent, ConsentScope, ConsentWay
from relay.permissions import standing

LONGEST_NOTE = 500
KEPT = ("archive", "broadcast", "abroad", "until", "minor", "guardian")
"""What is carried over from the consent before."""


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """Beside the scope; None: as it was. `until`: the last day on which it holds, `for_ever` takes that day away."""

    archive: bool | None = None
    broadcast: bool | None = None
    abroad: bool | None = None
    until: date | None = None
    for_ever: bool = False
    guardian: str | None = None

    def said(self) -> dict[str, Any]:
        """What is said anew."""
        given = {"archive": self.archive, "broadcast": self.broadcast, "abroad": self.abroad, "until": self.until}
        told: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if self.for_ever:
            told["until"] = None
        if self.guardian is not None:
            told["guardian"] = one_line(self.guardian)
        return told


@dataclass(frozen=True, slots=True)
class ShownWords:
    """The sentences that somebody agreed to, as they read them, and who and from where (a digest) it was."""

    words: str = ""
    name: str = ""
    language: str = ""
    visitor: str = ""
    way: ConsentWay = field(default=ConsentWay.noted)


NOTED, NOTHING_MORE = ShownWords(), ConsentTerms()


def append(
    session: Session,
    clip_id: int,
    scope: ConsentScope,
    evidence: str,
    *,
    person: str,
    now: datetime,
    terms: ConsentTerms = NOTHING_MORE,
    shown: ShownWords = NOTED,
) -> Consent:
    """Inside the caller's unit of work."""
    row = Consent(
        clip_id=clip_id,
        scope=scope,
        evidence=one_line(evidence, LONGEST_NOTE),
        person=person,
        at=now,
        **_kept(session, clip_id),
    )
    for name, value in terms.said().items():
        setattr(row, name, value)
    row.words, row.name, row.language, row.visitor, row.way = (
        shown.words,
        shown.name,
        shown.language,
        shown.visitor,
        shown.way,
    )
    session.add(row)
    session.flush()
    return row


def scope_of(text: str) -> ConsentScope:
    """Raises Refused for a scope that nobody knows."""
    if text not in list(ConsentScope):
        raise Refused(
            "There is no consent scope {scope}.",
            hint="The scopes are: {scopes}.",
            scope=text,
            scopes=", ".join(ConsentScope),
        )
    return ConsentScope(text)


def _kept(session: Session, clip_id: int) -> dict[str, Any]:
    before = standing.newest(session, [clip_id]).get(clip_id)
    if before is None or before.scope is ConsentScope.refused:
        return {}
    return {name: getattr(before, name) for name in KEPT}


def day_of(text: str) -> date | None:
    """A day as ISO has it; none of an empty text or a dash. Raises Refused."""
    said = text.strip()
    if said in ("", "-"):
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Refused("{day} can't be read as a day.", hint="Write it like 2027-01-31.", day=text) from None
