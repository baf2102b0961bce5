"""Clips of which no words are known, laid beside their campaign's texts by the sound alone (aligned.py): as rows."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session, col, select

from relay.almanac.captions import speech_timing
from relay.almanac.hearing import aligned, service
from relay.almanac.hearing.aligned import AlignedReading
from relay.almanac.hearing.proposals import digest_of, put
from relay.almanac.hearing.reading_captions import spans
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, ToolMissing
from relay.media import text_to_speech
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    Inspection,
    Quote,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
    ReadingSearch,
)


def align(relay: Relay, clip_id: int, *, named: Sequence[str] = ()) -> None:
    """Proposes which texts are read in a clip of which no words are known; with words it is nothing.

    `named`: numbers of the texts that the clip or its post speaks of.

    Raises NotFound for a clip that isn't there, was withdrawn (also meanwhile), or whose original is gone; ToolMissing
    without the extra `captions`; ToolFailed, DiskFull, Interrupted.
    """
    if not text_to_speech.can_speak():
        raise ToolMissing("Comparing sounds needs an extra.", hint="Run: pip install 'hashtag-relay[captions]'")
    with relay.reading() as session:
        clip = _found(session, clip_id)
        seen = session.get_one(Inspection, clip.sha256)
        language = session.get_one(Campaign, clip.campaign_id).language
        texts = service.texts_of(session, clip.campaign_id)
        heard = service.hearing_of(relay, session, clip.sha256)
    if heard is not None and heard.words:
        return
    if not relay.media.has(f"originals/{seen.sha256}"):
        raise NotFound("There is no such file.")
    path = relay.media.local(f"originals/{seen.sha256}")
    sound = speech_timing.timed_speech(relay, queries.footage_of(seen), path)
    found = aligned.which(relay, sound, texts, language, named=named)
    with relay.transaction() as session:
        if _found(session, clip_id, writes=True).sha256 != seen.sha256:
            return
        put(session, clip_id, [_row(relay, clip_id, reading, texts[reading.number]) for reading in found])
        session.merge(ReadingSearch(clip_id=clip_id, texts=digest_of(texts), model="", at=relay.now()))


def due(relay: Relay) -> list[int]:
    """Clips that were not laid beside their campaign's texts as they are now, by number."""
    with relay.reading() as session:
        campaigns = session.exec(select(Quote.campaign_id).distinct()).all()
        digests = {campaign: digest_of(service.texts_of(session, campaign)) for campaign in campaigns}
        rows = session.exec(
            select(Clip.id, Clip.campaign_id, ReadingSearch.texts)
            .outerjoin(ReadingSearch, col(ReadingSearch.clip_id) == col(Clip.id))
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(Clip.state != ClipState.withdrawn, col(Clip.campaign_id).in_(digests), col(Inspection.has_audio))
            .order_by(col(Clip.id))
        ).all()
    return [clip for clip, campaign, texts in rows if clip is not None and texts != digests[campaign]]


def _found(session: Session, clip_id: int, *, writes: bool = False) -> Clip:
    clip = session.get(Clip, clip_id, with_for_update=writes)
    if clip is None or clip.state is ClipState.withdrawn:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip


def _row(relay: Relay, clip_id: int, reading: AlignedReading, text: str) -> ReadingProposal:
    places = spans(text)
    times = [(round(each.start, 3), round(each.end, 3)) for each in reading.spoken]
    return ReadingProposal(
        clip_id=clip_id,
        place=0,
        number=reading.number,
        verdict=QuoteVerdict.unsure,
        evidence=round(reading.evidence, 4),
        margin=0.0,
        covered=1.0,
        first=0,
        last=len(text),
        start=times[0][0],
        end=times[-1][1],
        best=[[reading.number, round(reading.evidence, 4)]],
        sentences=[[*place, *time] for place, time in zip(places, times, strict=True)],
        basis=ReadingBasis.aligned,
        answer=ReadingAnswer.proposed,
        at=relay.now(),
    )
