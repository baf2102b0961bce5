"""Who of a film's clips reads which sentences of its text, by what was heard in them; and the choice among them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from sqlmodel import Session, col, select

from relay.almanac.film.sentences import places_of
from relay.almanac.plan import many_voices, rules
from relay.almanac.plan.document import ClipPiece, ClipRow
from relay.almanac.plan.many_voices import ReadSentence, TextReader, VoicePiece, Voices
from relay.almanac.plan.rules import Candidate, Choice, Reason, Rules
from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.sentence_times import sentence_times
from relay.almanac.readings.tokens import QuoteWord, tokens
from relay.almanac.readings.which_quote import LONG, QuoteReading, readings
from relay.errors import Refused
from relay.media.hearing.heard import HeardWord, Hearing
from relay.models import Campaign, Clip, Quote, QuoteVerdict, ReadingAnswer, ReadingProposal
from relay.search import said


class NotYetRead(Refused):
    """Somebody has to read more of the text first."""


@dataclass(frozen=True, slots=True)
class VoicesChoice:
    """`pieces`: of the clips in the choice's order that read something."""

    choice: Choice
    pieces: Mapping[int, tuple[ClipPiece, ...]] = field(default_factory=dict)


def choose(
    session: Session,
    campaign: Campaign,
    pool: Sequence[Candidate],
    given: Rules,
    rows: Sequence[ClipRow],
    left_out: Collection[int],
    fps: int,
) -> VoicesChoice:
    """What a rule `voices` makes of the pool. Pieces of a clip that a person touched stay as they are.

    Raises Refused for a text that the selection doesn't have, and NotYetRead for sentences that nobody is sure to read,
    unless there is a rule `gaps`.
    """
    text = _text(session, campaign, given.voices)
    touched = {row.clip: row for row in rows if row.touched}
    left = {one.clip: Reason.by_hand for one in pool if one.clip in left_out and one.clip not in touched}
    against: dict[int, Reason] = {}
    for one in pool:
        reason = rules.unfit(one, given) if one.clip not in left else None
        if reason is not None:
            (against if one.clip in touched else left)[one.clip] = reason
    held = {clip: row for clip, row in touched.items() if row.pieces or not row.may_be_cut}
    able = [one for one in pool if one.clip not in left and one.clip not in held and one.clip not in against]
    readers = _readers(session, campaign, able, text, given.voices)
    there = {one.clip: one.recording for one in pool}
    locked = [
        VoicePiece(clip, *piece.kept())
        for clip, row in held.items()
        for piece in row.pieces
        if clip in there
        and _is_said(session, text, there[clip], (piece.at, piece.end), (piece.first / fps, piece.last / fps))
    ]
    found = _chosen(tuple(readers), len(places_of(text)), fps, tuple(locked))
    if found.missing and not given.gaps:
        raise NotYetRead(
            "Nobody is heard to read these sentences of text {number}: {sentences}.",
            hint="Listen to more clips, or leave the sentences out: rule gaps=yes.",
            number=given.voices,
            sentences=", ".join(str(number + 1) for number in found.missing),
        )
    return _told(pool, found, readers, held, left, against, fps)


def _told(
    pool: Sequence[Candidate],
    found: Voices,
    readers: Sequence[TextReader],
    held: Mapping[int, ClipRow],
    left: dict[int, Reason],
    against: dict[int, Reason],
    fps: int,
) -> VoicesChoice:
    pieces = {clip: list(row.pieces) for clip, row in held.items()}
    for piece in found.pieces:
        if piece.clip not in held:
            pieces.setdefault(piece.clip, []).append(ClipPiece(piece.at, piece.end, piece.first, piece.last))
    able = {one.clip for one in readers if any(True for _ in many_voices.pieces_of(one, fps))}
    staying = [one.clip for one in pool if one.clip in held or one.clip in against]
    order = sorted((clip for clip in pieces if pieces[clip]), key=lambda clip: (pieces[clip][0].at, clip))
    order += [clip for clip in staying if clip not in order]
    taken = set(order)
    for one in pool:
        if one.clip not in taken and one.clip not in left:
            left[one.clip] = Reason.other_voice if one.clip in able else Reason.unheard
    order = [clip for clip in order if clip in {one.clip for one in pool}]
    return VoicesChoice(Choice(tuple(order), left, against), {clip: tuple(some) for clip, some in pieces.items()})


@lru_cache(maxsize=64)
def _chosen(
    readers: tuple[TextReader, ...], count: int, fps: int, locked: tuple[VoicePiece, ...]
) -> Voices:  # fmt: skip
    """A page asks more than once for the same."""
    return many_voices.choose(readers, count, fps=fps, locked=locked)


def written(session: Session, campaign: Campaign, number: str) -> str:
    """A text of the selection; "" for one that is gone."""
    wanted = select(Quote.text).where(Quote.campaign_id == campaign.id, Quote.number == number)
    return session.exec(wanted).first() or ""


def said_in(
    session: Session, text: str, recording: str, piece: tuple[int, int], seconds: tuple[float, float]
) -> str:  # fmt: skip
    """The sentences of the text from … up to and without, as they are written; "" where others are heard between these
    seconds, because the text is not the one any more of which the piece was cut.
    """
    if not _is_said(session, text, recording, piece, seconds):
        return ""
    said = [text[first:last] for first, last in places_of(text)]
    return " ".join(said[slice(*piece)])


def _is_said(
    session: Session, text: str, recording: str, piece: tuple[int, int], seconds: tuple[float, float]
) -> bool:  # fmt: skip
    """Or nobody knows: it is of a text that is not there any more, where its first or last sentence is not heard."""
    hearing = _heard(session, [recording]).get(recording)
    if hearing is None:
        return True
    read = {one.number: one for one in sentences_read(text, tuple(hearing.words), tuple(hearing.voice))}
    edges = [read.get(number) for number in (piece[0], piece[1] - 1)]
    return all(one is not None and seconds[0] < one.stop and one.start < seconds[1] for one in edges)


def _text(session: Session, campaign: Campaign, number: str) -> str:
    row = session.exec(select(Quote).where(Quote.campaign_id == campaign.id, Quote.number == number)).first()
    if row is None:
        raise Refused("There is no text {number} in the selection.", hint="See: relay quote list", number=number)
    return row.text


def _readers(
    session: Session, campaign: Campaign, able: Sequence[Candidate], text: str, number: str
) -> list[TextReader]:  # fmt: skip
    others = set(session.exec(select(Quote.number).where(Quote.campaign_id == campaign.id))) - {number}
    denied = _denied(session, campaign, number)
    wanted = [one for one in able if one.quote not in others and one.clip not in denied]
    known = _heard(session, [one.recording for one in wanted])
    return [_reader(one, known[one.recording], text) for one in wanted if one.recording in known]


def _denied(session: Session, campaign: Campaign, number: str) -> set[int]:
    """Clips of which a person has said that this text is not read there, and nowhere that it is."""
    answered = (
        select(ReadingProposal)
        .join(Clip, col(Clip.id) == ReadingProposal.clip_id)
        .where(Clip.campaign_id == campaign.id, ReadingProposal.answer != ReadingAnswer.proposed)
    )
    rows = session.exec(answered).all()
    refused = [row for row in rows if row.answer is ReadingAnswer.refused]
    denied = {row.clip_id for row in refused if number in {str(one) for one, _ in row.best}}
    return denied - {row.clip_id for row in rows if row.said == number}


def _reader(one: Candidate, hearing: Hearing, text: str) -> TextReader:
    voice = tuple(hearing.voice)
    family = {f"family {one.family}"} if one.family is not None else set()
    return TextReader(
        clip=one.clip,
        sentences=sentences_read(text, tuple(hearing.words), voice),
        voice=voice,
        begin=one.usable[0],
        frames=one.usable[1],
        score=one.score,
        district=one.district,
        people=one.authors | family,
        naming=one.naming,
    )


def _heard(session: Session, recordings: Sequence[str]) -> dict[str, Hearing]:
    """The newest hearing with words of each recording."""
    found = said.standing(session, recordings)
    return {sha256: Hearing.from_json(row.document) for sha256, row in found.items() if row.model != ""}


@lru_cache(maxsize=4096)
def sentences_read(
    text: str, words: tuple[HeardWord, ...], voice: tuple[tuple[float, float], ...]
) -> tuple[ReadSentence, ...]:  # fmt: skip
    """Which sentences of a text are read by somebody who said these words. Of a text that is read more than once the
    reading that has most of it.
    """
    found = [one for one in readings(QuoteBank({"": text}), words) if one.verdict is QuoteVerdict.read]
    if not found:
        return ()
    reading = max(found, key=lambda one: one.covered)
    places, known = places_of(text), tokens(text)
    inside = [[word for word in known if at <= word.at < end] for at, end in places]
    spoken = [(some[0].at, end) if some else (at, at) for some, (at, end) in zip(inside, places, strict=True)]
    times = {each.at: each for each in sentence_times(spoken, reading, voice)}
    timed = [times.get(at) for at, _ in spoken]
    told = [
        ReadSentence(number, each.start, each.stop, *_sureness(some, reading))
        for number, (some, each) in enumerate(zip(inside, timed, strict=True))
        if each is not None and some
    ]
    return tuple(_in_order(told))


def _sureness(words: Sequence[QuoteWord], reading: QuoteReading) -> tuple[float, bool, bool]:
    """How much of a sentence was heard, by the length of its words, and whether its first and last word were."""
    heard = {word.at for word in reading.words}
    weights = [(min(len(word.text), LONG), word.at in heard) for word in words]
    share = sum(weight for weight, is_heard in weights if is_heard) / sum(weight for weight, _ in weights)
    return round(share, 3), words[0].at in heard, words[-1].at in heard


def _in_order(told: Sequence[ReadSentence]) -> list[ReadSentence]:
    """Without those that take no time, since their edge was laid to another one's."""
    backwards = {after.number for before, after in pairwise(told) if after.start < before.stop}
    return [one for one in told if one.start < one.stop and one.number not in backwards]
