"""Captions of clips as rows: taken from files, or from the text of the quote that is read.

Whatever is kept is a CaptionVersion too; the newest one's number names the state that somebody saw.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from sqlmodel import Session, col, select

from relay.almanac.captions import speech_timing
from relay.almanac.captions.aligning import Samples, speech_bounds
from relay.almanac.captions.doubts import shown
from relay.almanac.film import cues
from relay.almanac.film.cues import Cue
from relay.almanac.film.sentences import sentences_of
from relay.almanac.plan import queries
from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.which_quote import readings
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale, ToolFailed
from relay.media.hearing.heard import Hearing
from relay.models import (
    Campaign,
    Caption,
    CaptionOrigin,
    CaptionVersion,
    Clip,
    EventKind,
    EventSubject,
    Inspection,
    Quote,
    need_id,
)
from relay.records import add_event, local
from relay.search import said

LANGUAGE = re.compile(r"[a-z]{2,3}")
"""Origin of captions whose times are those of the reading itself."""
DRAFTS = frozenset({CaptionOrigin.heard})
"""Origins of captions that no film shows, because nobody has looked at them."""
NOTHING: Samples = np.zeros(0, np.float32)
TELLING = 12
"""Words: of so many some are a text's own where it is read, also in noise (scripts/bench speech)."""
BREATH = 0.4
"""Seconds at both ends of a clip in which nobody speaks yet or any more."""


def from_file(relay: Relay, clip: int, file: Path, *, language: str, person: str, seen: int | None = None) -> Caption:
    """Takes an SRT or WebVTT file as a clip's captions in a language, in place of those it had.

    `seen`: as for `keep`. Raises NotFound, Refused, Stale.
    """
    checked_language(language)
    try:
        with file.open("rb") as opened:
            data = opened.read(cues.MOST_BYTES + 1)
    except OSError as error:
        raise Refused("The file {file} can't be read.", file=file) from error
    return keep(relay, clip, cues.parsed(data), language=language, origin=CaptionOrigin.file, person=person, seen=seen)


def from_quote(relay: Relay, clip: int, *, language: str, person: str, seen: int | None = None) -> Caption:
    """The text that the clip reads, each sentence when it is read (`origin` `reading`).

    Where that can't be told the text is spread over what is heard of a voice, by the length of its sentences
    (`origin` `quote`): without the extra `captions`, without the original, in noise.

    `seen`: as for `keep`. Raises NotFound, Stale, and Refused when the text is not known, or when other words than its
    own were heard.
    """
    checked_language(language)
    with relay.reading() as session:
        row = _clip(session, clip)
        look = session.get_one(Inspection, row.sha256)
        text = text_of(session, row)
    if not text:
        raise Refused(
            "Which quote clip {clip} reads is not known.", hint="Set it with: relay clip edit --quote.", clip=clip
        )
    sound = _heard(relay, row, look)
    sentences = sentences_of(text)
    if spoken := speech_timing.reading(relay, sound, sentences, language):
        timed = [Cue(each.start, each.end, sentence) for each, sentence in zip(spoken, sentences, strict=True)]
        given, origin = cues.readable_cues(timed), CaptionOrigin.reading
        return keep(relay, clip, given, language=language, origin=origin, person=person, seen=seen)
    if _says_something_else(relay, row.sha256, text):
        raise Refused(
            "In clip {clip} other words are heard than those of its text.",
            hint="Look which text is read there, or take a draft of what was heard.",
            clip=clip,
        )
    breath = min(BREATH, look.duration / 8)
    first, last = speech_bounds(sound) or (breath, look.duration - breath)
    spread = cues.spread(text, first, min(last, look.duration))
    return keep(relay, clip, spread, language=language, origin=CaptionOrigin.quote, person=person, seen=seen)


def _says_something_else(relay: Relay, sha256: str, text: str) -> bool:
    """Whether enough words were heard in a recording to tell, and none of the text are among them."""
    with relay.reading() as session:
        row = said.standing(session, [sha256]).get(sha256)
    words = Hearing.from_json(row.document).words if row is not None else ()
    return len(words) >= TELLING and find_spec("rapidfuzz") is not None and not readings(QuoteBank({"": text}), words)


def _heard(relay: Relay, clip: Clip, seen: Inspection) -> Samples:
    """The clip's sound; none where the original is not there."""
    try:
        return speech_timing.timed_speech(
            relay, queries.footage_of(seen), relay.media.local(f"originals/{clip.sha256}")
        )
    except (NotFound, ToolFailed):
        return NOTHING


def usual_language(relay: Relay, clip: int) -> str:
    """The campaign's, in which most of its people speak. Raises NotFound."""
    with relay.reading() as session:
        return session.get_one(Campaign, _clip(session, clip).campaign_id).language


def drop(relay: Relay, clip: int, *, language: str, person: str, seen: int | None = None) -> None:
    """`seen`: as for `keep`. Raises Stale, and NotFound when there are none."""
    with relay.transaction() as session:
        drop_in(relay, session, clip, language=language, person=person, seen=seen)


def drop_in(relay: Relay, session: Session, clip: int, *, language: str, person: str, seen: int | None = None) -> None:
    """As `drop`, inside a unit of work."""
    if session.get(Clip, clip) is not None:
        _held(session, clip, language, seen)
    row = session.exec(select(Caption).where(Caption.clip_id == clip, Caption.language == language)).first()
    if row is None:
        raise NotFound("Clip {clip} has no captions in {language}.", clip=clip, language=language)
    session.delete(row)
    _append(relay, session, clip, (), language=language, origin=row.origin, person=person)
    add_event(session, relay.now(), (EventSubject.clip, clip), EventKind.captions_removed, person, language=language)


@dataclass(frozen=True, slots=True)
class CaptionView:
    """A clip's captions in one language; `cues`: {from, to, text}, times in seconds of the clip."""

    language: str
    origin: CaptionOrigin
    cues: Sequence[Mapping[str, Any]]
    person: str
    at: str


def listing(relay: Relay, clip: int) -> list[CaptionView]:
    """Raises NotFound."""
    with relay.reading() as session:
        campaign = session.get_one(Campaign, _clip(session, clip).campaign_id)
        rows = session.exec(select(Caption).where(Caption.clip_id == clip).order_by(col(Caption.language))).all()
    return [
        CaptionView(
            language=row.language,
            origin=row.origin,
            cues=row.cues,
            person=row.person,
            at=local(campaign, row.at),
        )
        for row in rows
    ]


def of_clips(session: Session, clips: Sequence[int]) -> dict[int, dict[str, tuple[Cue, ...]]]:
    """Captions by clip and language, as films show them: no drafts of what was heard, which nobody has looked at."""
    found: dict[int, dict[str, tuple[Cue, ...]]] = {}
    looked_at = col(Caption.origin).not_in(DRAFTS)
    for start in range(0, len(clips), 500):
        some = col(Caption.clip_id).in_(clips[start : start + 500])
        rows = session.exec(select(Caption).where(some, looked_at)).all()
        for row in rows:
            found.setdefault(row.clip_id, {})[row.language] = tuple(shown(cues.from_rows(row.cues)))
    return found


def text_of(session: Session, clip: Clip) -> str:
    """The text that a clip reads: the campaign's quote of that number, or what is written at the clip itself."""
    written = clip.quote.strip()
    if not written:
        return ""
    row = session.exec(select(Quote).where(Quote.campaign_id == clip.campaign_id, Quote.number == written)).first()
    if row is not None:
        return row.text
    return written if len(written) > 32 else ""


def checked_language(language: str) -> str:
    """ISO 639, in small letters. Raises Refused."""
    if not LANGUAGE.fullmatch(language):
        raise Refused(
            "{language} is no language.", hint="Write it in two letters, like ru or en.", language=repr(language)
        )
    return language


def keep(
    relay: Relay,
    clip: int,
    given: Sequence[Cue],
    *,
    language: str,
    origin: CaptionOrigin,
    person: str,
    seen: int | None = None,
) -> Caption:
    """In place of those that the clip had. `seen`: number of the CaptionVersion that the person saw, 0 for none; by
    default whatever stands now.

    Raises NotFound, and Stale where another version stands by now.
    """
    with relay.transaction() as session:
        return keep_in(relay, session, clip, given, language=language, origin=origin, person=person, seen=seen)


def keep_in(
    relay: Relay,
    session: Session,
    clip: int,
    given: Sequence[Cue],
    *,
    language: str,
    origin: CaptionOrigin,
    person: str,
    seen: int | None = None,
) -> Caption:
    """As `keep`, inside a unit of work."""
    _held(session, clip, language, seen)
    row = session.exec(select(Caption).where(Caption.clip_id == clip, Caption.language == language)).first()
    row = row or Caption(clip_id=clip, language=language, origin=origin, person=person, at=relay.now())
    row.cues, row.origin, row.person, row.at = cues.as_rows(given), origin, person, relay.now()
    session.add(row)
    _append(relay, session, clip, given, language=language, origin=origin, person=person)
    told = {"language": language, "origin": origin, "cues": len(given)}
    add_event(session, relay.now(), (EventSubject.clip, clip), EventKind.captioned, person, **told)
    session.flush()
    return row


def newest(session: Session, clip: int, language: str) -> CaptionVersion | None:
    """The version that stands; also of captions that were taken away."""
    of = (CaptionVersion.clip_id == clip, CaptionVersion.language == language)
    return session.exec(select(CaptionVersion).where(*of).order_by(col(CaptionVersion.id).desc()).limit(1)).first()


def _held(session: Session, clip: int, language: str, seen: int | None) -> None:
    """Nobody else changes the clip's captions until the unit of work ends. Raises NotFound, Stale."""
    if session.get(Clip, clip, with_for_update=True) is None:
        raise NotFound("There is no clip {clip}.", clip=clip)
    now = newest(session, clip, language)
    standing = need_id(now) if now is not None else 0
    if seen is not None and seen != standing:
        raise Stale(
            "{who} changed these captions while you had them open.",
            hint="Nothing of yours is lost: look at both, and keep one of them.",
            state=str(standing),
            who=(now.person if now is not None else "") or "Relay",
        )


def _append(
    relay: Relay,
    session: Session,
    clip: int,
    given: Sequence[Cue],
    *,
    language: str,
    origin: CaptionOrigin,
    person: str,
) -> None:
    rows, now = cues.as_rows(given), relay.now()
    session.add(CaptionVersion(clip_id=clip, language=language, cues=rows, origin=origin, person=person, at=now))


def _clip(session: Session, number: int) -> Clip:
    row = session.get(Clip, number)
    if row is None:
        raise NotFound("There is no clip {clip}.", clip=number)
    return row
