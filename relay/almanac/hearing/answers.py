"""What a person says of a reading that is proposed: it is this text, none of these, or: nothing was said after all.

A text that is confirmed becomes the clip's `quote`, and its exact words become captions in the campaign's language, in
the order of the clip where several are read. Captions that a person made stay, unless they are asked for in their
place. Whatever is done is in the record, and can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import Session, col, select

from relay.almanac.captions import store
from relay.almanac.film import cues
from relay.almanac.hearing import service
from relay.almanac.hearing.proposals import rows_of
from relay.almanac.hearing.reading_captions import ReadText, captions_of, spans
from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.sentence_times import SentenceTime
from relay.almanac.readings.which_quote import QuoteReading, readings
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.hearing.heard import HeardWord
from relay.models import (
    Campaign,
    Caption,
    CaptionOrigin,
    CaptionVersion,
    Clip,
    ClipState,
    EventKind,
    EventSubject,
    QuoteVerdict,
    ReadingAnswer,
    ReadingBasis,
    ReadingProposal,
    need_id,
)
from relay.records import add_event, correct_clip

BY_PEOPLE = frozenset({CaptionOrigin.hand, CaptionOrigin.file})
"""Origins of captions that are overwritten only when somebody asks for that."""


class CaptionsNow(StrEnum):
    """`made`: they stand as the text has them. `kept`: others stand, as before. `none`: none stand."""

    made = "made"
    kept = "kept"
    none = "none"


@dataclass(frozen=True, slots=True)
class ReadingAnswered:
    """What is so now: the clip's `quote`, and what became of its captions in `language`."""

    clip: int
    place: int
    answer: ReadingAnswer
    quote: str
    captions: CaptionsNow
    language: str


def confirm(
    relay: Relay, clip_id: int, place: int, *, person: str, quote: str = "", replace: bool = False
) -> ReadingAnswered:
    """The reading at this place is of the text `quote` (default: the likeliest). `replace`: captions that a person made
    give way. Confirming another of the texts that were proposed there changes the answer; repeating it changes nothing.

    Raises NotFound, and Refused for a text that is not proposed there (any more).
    """
    with relay.transaction() as session:
        clip, row = _found(session, clip_id, place)
        texts = service.texts_of(session, clip.campaign_id)
        number = quote or row.said or row.number
        if number not in {one for one, _ in row.best} or number not in texts:
            raise Refused("This is not proposed for the clip any more.", hint="Look at it again.")
        if (row.answer, row.said) != (ReadingAnswer.confirmed, number):
            standing = _confirmed(session, clip_id)
            row.before = dict(standing[0].before) if standing else {"quote": clip.quote}
            row.answer, row.said, row.person, row.at = ReadingAnswer.confirmed, number, person, relay.now()
            session.add(row)
            session.flush()
            told = {"number": number, "from": row.start, "to": row.end}
            add_event(session, relay.now(), (EventSubject.clip, clip_id), EventKind.reading_confirmed, person, **told)
        first = _confirmed(session, clip_id)[0].said
        if clip.quote != first:
            correct_clip(session, clip, {"quote": first}, {}, person=person, now=relay.now())
        captions = _captioned(relay, session, clip, person=person, replace=replace)
        return _answered(session, clip, row, captions)


def refuse(relay: Relay, clip_id: int, place: int, *, person: str, quote: str = "") -> ReadingAnswered:
    """None of the texts that are proposed at this place is read there. `quote`: the likeliest that the person saw.

    Raises NotFound, and Refused where that is not proposed there any more.
    """
    with relay.transaction() as session:
        clip, row = _found(session, clip_id, place)
        if quote and quote not in {one for one, _ in row.best}:
            raise Refused("This is not proposed for the clip any more.", hint="Look at it again.")
        return _set_back(relay, session, clip, row, ReadingAnswer.refused, person=person)


def take_back(relay: Relay, clip_id: int, place: int, *, person: str, quote: str = "") -> ReadingAnswered:
    """What was said of the reading is unsaid: the quote and the captions are what they were before, as far as nobody
    has changed them since. `quote`: the text that the person saw there. Raises NotFound, and Refused where nothing was
    said, or another text stands there by now.
    """
    with relay.transaction() as session:
        clip, row = _found(session, clip_id, place)
        if quote and quote != (row.said or row.number):
            raise Refused("This is not proposed for the clip any more.", hint="Look at it again.")
        if row.answer is ReadingAnswer.proposed:
            raise Refused("Nothing was said of this reading that could be taken back.")
        return _set_back(relay, session, clip, row, ReadingAnswer.proposed, person=person)


def _set_back(
    relay: Relay, session: Session, clip: Clip, row: ReadingProposal, answer: ReadingAnswer, *, person: str
) -> ReadingAnswered:
    was, before, number = row.answer, dict(row.before), row.said
    mine = _confirmed(session, need_id(clip))
    if was is not answer:
        told = person if answer is not ReadingAnswer.proposed else ""
        row.answer, row.said, row.person, row.at, row.before = answer, "", told, relay.now(), {}
        session.add(row)
        session.flush()
        what = EventKind.reading_refused if answer is ReadingAnswer.refused else EventKind.reading_unsaid
        about = (EventSubject.clip, need_id(clip))
        add_event(session, relay.now(), about, what, person, number=number or row.number)
    stands = _standing(session, clip, _language(session, clip))
    captions = CaptionsNow.kept if stands is not None else CaptionsNow.none
    if was is ReadingAnswer.confirmed:
        left = _confirmed(session, need_id(clip))
        wanted = left[0].said if left else str(before.get("quote", ""))
        if clip.quote == (number if mine[0].id == row.id else mine[0].said) != wanted:
            correct_clip(session, clip, {"quote": wanted}, {}, person=person, now=relay.now())
        if _is_ours(session, clip, before):
            captions = (
                _captioned(relay, session, clip, person=person, replace=False)
                if left
                else _as_before(relay, session, clip, before, person=person)
            )
    return _answered(session, clip, row, captions)


def _captioned(relay: Relay, session: Session, clip: Clip, *, person: str, replace: bool) -> CaptionsNow:
    """The confirmed texts as captions, in place of what stands unless that is a person's own."""
    language = _language(session, clip)
    mine, stands = _confirmed(session, need_id(clip)), _standing(session, clip, language)
    if stands is not None and stands.origin in BY_PEOPLE and not replace:
        return CaptionsNow.kept
    made = _cues(relay, session, clip, mine)
    if not made:
        return CaptionsNow.none if stands is None else CaptionsNow.kept
    newest = store.newest(session, need_id(clip), language)
    if stands is not None and stands.origin is CaptionOrigin.reading and stands.cues == cues.as_rows(made):
        return CaptionsNow.made
    replaced = need_id(newest) if newest is not None else 0
    if mine[0].before.get("made") == replaced:
        replaced = int(mine[0].before["captions"])
    store.keep_in(relay, session, need_id(clip), made, language=language, origin=CaptionOrigin.reading, person=person)
    session.flush()
    version = store.newest(session, need_id(clip), language)
    for row in mine:
        row.before = {
            **row.before,
            "captions": replaced,
            "made": need_id(version) if version is not None else 0,
            "language": language,
        }
        session.add(row)
    session.flush()
    return CaptionsNow.made


def _as_before(relay: Relay, session: Session, clip: Clip, before: dict[str, object], *, person: str) -> CaptionsNow:
    """Captions that stood before the first text was confirmed."""
    language, number = str(before["language"]), need_id(clip)
    was = session.get(CaptionVersion, before["captions"]) if before["captions"] else None
    if was is None or not was.cues:
        store.drop_in(relay, session, number, language=language, person=person)
        return CaptionsNow.none
    given = cues.from_rows(was.cues)
    store.keep_in(relay, session, number, given, language=language, origin=was.origin, person=person)
    return CaptionsNow.kept


def _is_ours(session: Session, clip: Clip, before: dict[str, object]) -> bool:
    """Whether the captions that were made of the texts still stand."""
    if not before.get("made"):
        return False
    newest = store.newest(session, need_id(clip), str(before["language"]))
    return newest is not None and newest.id == before["made"]


def _cues(relay: Relay, session: Session, clip: Clip, mine: Sequence[ReadingProposal]) -> list[cues.Cue]:
    """Nothing of a text that was written anew since it was recognised: its words were never said."""
    hearing = service.hearing_of(relay, session, clip.sha256)
    texts, rows = service.texts_of(session, clip.campaign_id), rows_of(session, need_id(clip))
    words = hearing.words if hearing is not None else []
    read = []
    for row in (row for row in mine if row.said in texts):
        text = texts[row.said]
        laid, aligned = _laid(row, rows, words, text), _aligned(row, text)
        if laid is not None or aligned or not _was_sure(row, words):
            read.append(ReadText(text, row.start, row.end, laid, aligned))
    return captions_of(read, hearing.voice if hearing is not None else ())


def _was_sure(row: ReadingProposal, words: Sequence[HeardWord]) -> bool:
    """Whether the text would be found there once more, were it still the same."""
    if row.said != row.number:
        return False
    return row.basis is ReadingBasis.aligned or (row.verdict is QuoteVerdict.read and bool(words))


def _aligned(row: ReadingProposal, text: str) -> tuple[SentenceTime, ...]:
    """Empty where the text has other sentences now."""
    if row.said != row.number or [(at, end) for at, end, *_ in row.sentences] != spans(text):
        return ()
    return tuple(SentenceTime(int(at), int(end), start, stop, is_sure=False) for at, end, start, stop in row.sentences)


def _laid(
    row: ReadingProposal, rows: Sequence[ReadingProposal], words: Sequence[HeardWord], text: str
) -> QuoteReading | None:
    """The words of the clip beside this text alone, from the text that is read before to the one behind."""
    others = [other for other in rows if other.answer is not ReadingAnswer.refused]
    begin = max((other.end for other in others if other.place < row.place), default=0.0)
    end = min((other.start for other in others if other.place > row.place), default=float("inf"))
    mine = [word for word in words if begin <= (word.start + word.end) / 2 <= end]
    found = readings(QuoteBank({row.said: text}), mine)
    return max(found, key=lambda each: min(each.end, row.end) - max(each.start, row.start), default=None)


def _confirmed(session: Session, clip_id: int) -> list[ReadingProposal]:
    """In the order of the clip."""
    return [row for row in rows_of(session, clip_id) if row.answer is ReadingAnswer.confirmed]


def _found(session: Session, clip_id: int, place: int) -> tuple[Clip, ReadingProposal]:
    """Nobody else changes the clip until the unit of work ends. Raises NotFound."""
    clip = session.get(Clip, clip_id, with_for_update=True)
    if clip is None or clip.state is ClipState.withdrawn:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    row = next((row for row in rows_of(session, clip_id) if row.place == place), None)
    if row is None:
        raise NotFound("There is no such reading in clip {clip}.", clip=clip_id)
    return clip, row


def _language(session: Session, clip: Clip) -> str:
    return session.get_one(Campaign, clip.campaign_id).language


def _standing(session: Session, clip: Clip, language: str) -> Caption | None:
    of = (col(Caption.clip_id) == clip.id, Caption.language == language)
    return session.exec(select(Caption).where(*of)).first()


def _answered(session: Session, clip: Clip, row: ReadingProposal, captions: CaptionsNow) -> ReadingAnswered:
    session.flush()
    session.refresh(clip, ["quote"])
    return ReadingAnswered(need_id(clip), row.place, row.answer, clip.quote, captions, _language(session, clip))
