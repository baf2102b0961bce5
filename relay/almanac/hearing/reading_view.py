"""What a clip's page shows of the texts that are read in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from relay.almanac.hearing import drafts, proposals, service
from relay.almanac.hearing.answers import BY_PEOPLE
from relay.almanac.hearing.proposals import ProposedReading
from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import Sentence
from relay.models import Campaign, Caption, Clip, Quote, ReadingAnswer


@dataclass(frozen=True, slots=True)
class ReadingsView:
    """`readings`: in the order of the clip. Without any `why_not` says what was heard instead. `others_captions`: a
    text was confirmed, and captions that a person made stand, not its words.
    """

    readings: Sequence[ProposedReading]
    why_not: Sentence | None
    others_captions: bool


def look(relay: Relay, clip_id: int, sha256: str) -> ReadingsView | None:
    """Of a clip that is there, and its recording. None where there is nothing to say: nobody has listened to it, or its
    campaign has no texts.
    """
    with relay.reading() as session:
        rows = proposals.shown(session, clip_id)
        if rows:
            sure = any(row.answer is ReadingAnswer.confirmed for row in rows)
            return ReadingsView(rows, None, sure and _origin(session, clip_id) in BY_PEOPLE)
        heard = service.hearing_of(relay, session, sha256)
        if heard is None or not _has_texts(session, clip_id):
            return None
    why_not = drafts.of_hearing(heard).why_not or Refused("None of the campaign's texts was recognised in it.")
    return ReadingsView([], why_not.line, others_captions=False)


def _origin(session: Session, clip_id: int) -> str | None:
    """Of the captions in the campaign's language."""
    rows = select(Caption.origin).join(Clip, col(Clip.id) == col(Caption.clip_id))
    rows = rows.join(Campaign, col(Campaign.id) == col(Clip.campaign_id))
    return session.exec(rows.where(Caption.clip_id == clip_id, Caption.language == Campaign.language)).first()


def _has_texts(session: Session, clip_id: int) -> bool:
    rows = select(Quote.id).join(Clip, col(Clip.campaign_id) == col(Quote.campaign_id)).where(Clip.id == clip_id)
    return session.exec(rows.limit(1)).first() is not None
