"""Which texts seem to be read in a clip, kept until a person says so.

They are made when a clip was heard, and anew when the campaign's texts have changed. What a person said of one stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from relay.almanac.hearing import service
from relay.almanac.readings.which_quote import POSSIBLE, QuoteCandidate, QuoteReading
from relay.context import Relay
from relay.errors import NotFound
from relay.models import (
    Clip,
    ClipState,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
    ReadingSearch,
)

COMMON = 0.5
"""Share of the shorter one that two readings have in common, from which on they are one stretch of the clip."""


@dataclass(frozen=True, slots=True)
class ProposedReading:
    """A ReadingProposal with the texts that it names, which may have been taken out of the selection since.

    `number`: what is proposed, or what the person has confirmed; `excerpt`: what of that text was heard.
    """

    clip: int
    place: int
    number: str
    excerpt: str
    verdict: QuoteVerdict
    evidence: float
    margin: float
    covered: float
    start: float
    end: float
    best: tuple[QuoteCandidate, ...]
    texts: Mapping[str, str]
    basis: ReadingBasis
    answer: ReadingAnswer
    person: str
    at: datetime


def hear(relay: Relay, clip_id: int, *, language: str = "") -> None:
    """Listens to a clip (service.hear, whose errors it raises), and proposes which texts are read in it."""
    service.hear(relay, clip_id, language=language)
    with relay.reading() as session:
        twins = select(Clip.id).where(Clip.sha256 == session.get_one(Clip, clip_id).sha256)
        clips = [clip for clip in session.exec(twins.where(Clip.state != ClipState.withdrawn)) if clip is not None]
    for clip in clips:
        renew(relay, clip)


def renew(relay: Relay, clip_id: int) -> None:
    """Lays what was heard in a clip beside its campaign's texts, as both are now. One that was taken back, or that
    nobody has listened to with a model, is nothing.
    """
    try:
        found = service.of_clips(relay, [clip_id])
    except NotFound:
        return
    for heard in (each for each in found if each.hearing.model):
        with relay.transaction() as session:
            clip = session.get(Clip, clip_id, with_for_update=True)
            if clip is None or clip.state is ClipState.withdrawn:
                return
            texts = digest_of(service.texts_of(session, clip.campaign_id))
            if heard.hearing.words or not _is_aligned(session, clip_id):
                put(session, clip_id, [_row(relay, clip_id, each, heard.hearing.model) for each in heard.readings])
            session.merge(ReadingSearch(clip_id=clip_id, texts=texts, model=heard.hearing.model, at=relay.now()))


def of_clip(relay: Relay, clip_id: int) -> list[ProposedReading]:
    """In the order of the clip. Raises NotFound, also for a clip that was taken back."""
    with relay.reading() as session:
        clip = session.get(Clip, clip_id)
        if clip is None or clip.state is ClipState.withdrawn:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        return shown(session, clip_id)


def shown(session: Session, clip_id: int) -> list[ProposedReading]:
    """Of a clip that is there."""
    rows = rows_of(session, clip_id)
    texts = service.texts_of(session, session.get_one(Clip, clip_id).campaign_id) if rows else {}
    return [_shown(row, texts) for row in rows]


def rows_of(session: Session, clip_id: int) -> Sequence[ReadingProposal]:
    wanted = select(ReadingProposal).where(ReadingProposal.clip_id == clip_id)
    return session.exec(wanted.order_by(col(ReadingProposal.place))).all()


def _is_aligned(session: Session, clip_id: int) -> bool:
    """Whether its sound was compared with texts: who has heard no words knows no better."""
    return any(row.basis is ReadingBasis.aligned for row in rows_of(session, clip_id))


def digest_of(texts: Mapping[str, str]) -> str:
    """Another one as soon as a text or a number changes, comes or goes."""
    return hashlib.sha256(json.dumps([*texts.items()], ensure_ascii=False).encode()).hexdigest()[:16]


def put(session: Session, clip_id: int, fresh: Sequence[ReadingProposal]) -> None:
    """These, in any order, and what a person said of earlier ones."""
    answered = [row for row in rows_of(session, clip_id) if row.answer is not ReadingAnswer.proposed]
    kept = sorted(merged(fresh, answered), key=lambda row: (row.start, row.end))
    whole = [row.model_dump(exclude={"id", "place"}) for row in kept]
    session.exec(delete(ReadingProposal).where(col(ReadingProposal.clip_id) == clip_id))
    session.flush()
    session.add_all(ReadingProposal(place=place, **values) for place, values in enumerate(whole))
    session.flush()


def merged(fresh: Sequence[ReadingProposal], answered: Sequence[ReadingProposal]) -> list[ReadingProposal]:
    """What a person said stands: where a text was confirmed nothing else is proposed, nor once more what was refused.
    Another text than those that were refused is proposed in their place.
    """
    kept = [row for row in fresh if not any(_is_settled(row, answer) for answer in answered)]
    standing = [
        answer
        for answer in answered
        if answer.answer is ReadingAnswer.confirmed or not any(_is_one_stretch(answer, row) for row in kept)
    ]
    return [*kept, *standing]


def _is_settled(row: ReadingProposal, answer: ReadingProposal) -> bool:
    if not _is_one_stretch(row, answer):
        return False
    return answer.answer is ReadingAnswer.confirmed or row.number in {number for number, _ in answer.best}


def _is_one_stretch(one: ReadingProposal, other: ReadingProposal) -> bool:
    shorter = min(one.end - one.start, other.end - other.start)
    return min(one.end, other.end) - max(one.start, other.start) >= COMMON * shorter


def _row(relay: Relay, clip_id: int, reading: QuoteReading, model: str) -> ReadingProposal:
    return ReadingProposal(
        clip_id=clip_id,
        place=0,
        number=reading.number,
        verdict=reading.verdict,
        evidence=round(reading.evidence, 4),
        margin=round(reading.margin, 4),
        covered=round(min(1.0, reading.covered), 4),
        first=reading.first,
        last=reading.last,
        start=round(reading.start, 3),
        end=round(reading.end, 3),
        best=[[one.number, round(one.evidence, 4)] for one in reading.best if one.evidence >= POSSIBLE],
        basis=ReadingBasis.heard,
        model=model,
        answer=ReadingAnswer.proposed,
        at=relay.now(),
    )


def _shown(row: ReadingProposal, texts: Mapping[str, str]) -> ProposedReading:
    best = tuple(QuoteCandidate(str(number), float(evidence)) for number, evidence in row.best)
    named = {one.number for one in best} | {row.said}
    number = row.said or row.number
    return ProposedReading(
        clip=row.clip_id,
        place=row.place,
        number=number,
        excerpt=texts.get(row.number, "")[row.first : row.last] if number == row.number else "",
        verdict=row.verdict,
        evidence=row.evidence,
        margin=row.margin,
        covered=row.covered,
        start=row.start,
        end=row.end,
        best=best,
        texts={each: text for each, text in texts.items() if each in named},
        basis=row.basis,
        answer=row.answer,
        person=row.person,
        at=row.at,
    )
