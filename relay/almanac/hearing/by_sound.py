"""Which of a few texts is read, where nobody can recognise words: the machine reads them too, and both are compared.

It needs the extra `captions`, no model, and to be told which texts might be meant: it is laid beside each of them. What
it finds is marked as such and never called certain (ReadingBasis.aligned); what was heard with a model takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlmodel import Session, col, select

from relay.almanac.captions import speech_timing
from relay.almanac.captions.aligning import Samples, Spoken
from relay.almanac.film.sentences import sentences_of
from relay.almanac.hearing import proposals, service
from relay.almanac.hearing.reading_captions import spans
from relay.almanac.hearing.sentence_times import SentenceTime
from relay.almanac.plan import queries
from relay.context import Relay
from relay.errors import NotFound, ToolMissing
from relay.media import text_to_speech
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    HeardRecording,
    Inspection,
    Quote,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
)

MOST = 3
"""Texts that are compared; each takes the machine a second."""


def propose(relay: Relay, clip_id: int, numbers: Iterable[str]) -> bool:
    """Proposes whichever of the texts of these `numbers` is read; what was proposed by sound before gives way. False,
    and nothing done, where words were recognised already: they know better.

    Raises NotFound for a clip that isn't there, was withdrawn, or whose original is gone; ToolMissing without the
    extra, ToolFailed, Interrupted.
    """
    if not text_to_speech.can_speak():
        raise ToolMissing("Comparing sounds needs an extra.", hint="Run: pip install 'hashtag-relay[captions]'")
    with relay.reading() as session:
        clip, language = _clip(session, clip_id)
        if _knows_words(session, clip.sha256):
            return False
        look = session.get_one(Inspection, clip.sha256)
        texts = service.texts_of(session, clip.campaign_id)
    sound = _sound(relay, look)
    wanted = [number for number in dict.fromkeys(numbers) if number in texts][:MOST]
    found = {number: speech_timing.reading(relay, sound, sentences_of(texts[number]), language) for number in wanted}
    rows = _rows(relay, clip_id, {number: spoken for number, spoken in found.items() if spoken}, texts)
    with relay.transaction() as session:
        clip, _ = _clip(session, clip_id, held=True)
        if _knows_words(session, clip.sha256):
            return False
        proposals.put(session, clip_id, rows)
    return True


def times(relay: Relay, clip_id: int, number: str) -> list[SentenceTime]:
    """When each sentence of a text is read in a clip, none of it sure; empty where it can't be told any more."""
    with relay.reading() as session:
        clip, language = _clip(session, clip_id)
        look = session.get_one(Inspection, clip.sha256)
        wanted = select(Quote.text).where(Quote.campaign_id == clip.campaign_id, Quote.number == number)
        text = session.exec(wanted).first() or ""
    try:
        found = speech_timing.reading(relay, _sound(relay, look), sentences_of(text), language)
    except NotFound:
        return []
    sentences = spans(text)
    if len(found) != len(sentences):
        return []
    return [
        SentenceTime(at, end, spoken.start, spoken.end, is_sure=False)
        for (at, end), spoken in zip(sentences, found, strict=True)
    ]


def _rows(relay: Relay, clip_id: int, found: dict[str, list[Spoken]], texts: dict[str, str]) -> list[ReadingProposal]:
    """One for each stretch of the clip, of the likeliest text; others that fit there too stand behind it."""
    made: list[ReadingProposal] = []
    for number, spoken in sorted(found.items(), key=lambda item: _unlike(item[1])):
        row = ReadingProposal(
            clip_id=clip_id,
            place=0,
            number=number,
            verdict=QuoteVerdict.unsure,
            evidence=round(max(0.0, 1 - _unlike(spoken)), 4),
            margin=0.0,
            covered=1.0,
            first=0,
            last=len(texts[number]),
            start=round(spoken[0].start, 3),
            end=round(spoken[-1].end, 3),
            best=[],
            basis=ReadingBasis.aligned,
            answer=ReadingAnswer.proposed,
            at=relay.now(),
        )
        there = next((other for other in made if proposals.is_one_stretch(row, other)), None)
        (there or row).best = [*(there or row).best, [number, row.evidence]]
        made += [row] if there is None else []
    return made


def _unlike(spoken: Sequence[Spoken]) -> float:
    return sum(each.unlike for each in spoken) / len(spoken)


def _sound(relay: Relay, look: Inspection) -> Samples:
    return speech_timing.timed_speech(relay, queries.footage_of(look), relay.media.local(f"originals/{look.sha256}"))


def _knows_words(session: Session, sha256: str) -> bool:
    rows = select(HeardRecording.model).where(HeardRecording.sha256 == sha256, col(HeardRecording.model) != "")
    return session.exec(rows.limit(1)).first() is not None


def _clip(session: Session, clip_id: int, *, held: bool = False) -> tuple[Clip, str]:
    """With its campaign's language. `held`: nobody else changes it until the unit of work ends."""
    clip = session.get(Clip, clip_id, with_for_update=held)
    if clip is None or clip.state is ClipState.withdrawn:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip, session.get_one(Campaign, clip.campaign_id).language
