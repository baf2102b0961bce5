"""Clips are listened to, and what was heard is laid beside the campaign's texts. Nothing is applied: people do that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import case, delete
from sqlmodel import Session, col, select

from relay.almanac.readings.bank import QuoteBank
from relay.almanac.readings.which_quote import QuoteReading, readings
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.media.hearing import heard, listening, model
from relay.media.hearing.heard import Hearing
from relay.media.hearing.model import SpeechModel
from relay.models import Clip, ClipState, HeardRecording, HearingTry, Inspection, Quote


@dataclass(frozen=True, slots=True)
class HeardClip:
    """What was heard in a clip, and which texts of its campaign were read there."""

    clip: int
    hearing: Hearing
    readings: tuple[QuoteReading, ...]
    texts: Mapping[str, str]
    """The texts of `readings`, by their numbers."""


def speech_model(relay: Relay) -> SpeechModel | None:
    """Raises NotFound for a folder of the settings that holds none."""
    return model.found(relay.settings.speech_folder, relay.settings.data_dir.absolute() / "speech")


def listens(relay: Relay) -> bool:
    """Whether this host knows words: it has the extra and a model."""
    try:
        return model.can_listen() and speech_model(relay) is not None
    except NotFound:
        return False


def due(relay: Relay) -> list[int]:
    """Clips whose recording has not been heard with the model that is there: one of each recording, by number."""
    speaks = speech_model(relay)
    known = select(HeardRecording.sha256).where(HeardRecording.model == (speaks.key if speaks is not None else ""))
    with relay.reading() as session:
        rows = session.exec(
            select(Clip.id, Clip.sha256)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(Clip.state != ClipState.withdrawn, Inspection.proxy != "", col(Clip.sha256).not_in(known))
            .order_by(col(Clip.id).desc())
        ).all()
    return sorted(number for number in {sha256: number for number, sha256 in rows}.values() if number is not None)


def hear(relay: Relay, clip_id: int, *, language: str = "") -> None:
    """Listens to a clip, at low priority; stopped at any time, it goes on from there the next time.

    Raises NotFound for a clip that isn't there, was withdrawn (also meanwhile), or whose copy is gone; Refused while
    another process listens to it; ToolMissing, ToolFailed, DiskFull, Interrupted.
    """
    speaks = speech_model(relay)
    key = speaks.key if speaks is not None else ""
    with relay.reading() as session:
        seen = _seen(session, clip_id)
    if not seen.has_audio:
        _keep(relay, clip_id, seen.sha256, heard.without_sound(key))
        return
    if not seen.proxy or not relay.media.has(seen.proxy):
        raise NotFound("There is no such file.")
    notes = relay.folder("looks") / f"{seen.sha256}-heard-{key or 'voice'}.jsonl"
    with tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=relay.folder("work")) as folder:
        path = relay.media.local(seen.proxy)
        found = listening.hear(relay.toolbox, path, Path(folder), model=speaks, language=language, notes=notes)
    try:
        _keep(relay, clip_id, seen.sha256, found)
    finally:
        notes.unlink(missing_ok=True)


def _seen(session: Session, clip_id: int) -> Inspection:
    clip = session.get(Clip, clip_id)
    if clip is None or clip.state is ClipState.withdrawn:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return session.get_one(Inspection, clip.sha256)


def _keep(relay: Relay, clip_id: int, sha256: str, found: Hearing) -> None:
    """Not of a clip that was taken back while it was listened to."""
    with relay.transaction() as session:
        if _seen(session, clip_id).sha256 != sha256:
            raise NotFound("There is no clip {clip}.", clip=clip_id)
        row = HeardRecording(
            sha256=sha256,
            model=found.model,
            language=found.language,
            speech_share=round(found.speech_share, 4),
            document=found.as_json(),
            at=relay.now(),
        )
        session.merge(row)
        session.exec(delete(HearingTry).where(col(HearingTry.sha256) == sha256))


def of_clips(relay: Relay, clips: Iterable[int]) -> list[HeardClip]:
    """What was heard in those of them that have been listened to: with this host's model, else with another host's,
    else without one.
    """
    found = []
    with relay.reading() as session:
        for number in clips:
            clip = session.get(Clip, number)
            if clip is None or clip.state is ClipState.withdrawn:
                raise NotFound("There is no clip {clip}.", clip=number)
            hearing = hearing_of(relay, session, clip.sha256)
            if hearing is not None:
                texts = texts_of(session, clip.campaign_id)
                found.append(_laid_beside(number, hearing, bank_of(texts), texts))
    return found


def hearing_of(relay: Relay, session: Session, sha256: str) -> Hearing | None:
    """What was heard in a recording, with this host's model, else another host's, else without one; None: nothing. A
    setting that names no model takes nothing from what was heard before.
    """
    key = _own_key(relay)
    is_own = case((col(HeardRecording.model) == "", 0), (col(HeardRecording.model) == key, 2), else_=1)
    rows = select(HeardRecording).where(HeardRecording.sha256 == sha256)
    row = session.exec(rows.order_by(is_own.desc(), col(HeardRecording.at).desc()).limit(1)).first()
    return Hearing.from_json(row.document) if row is not None else None


def _own_key(relay: Relay) -> str:
    try:
        speaks = speech_model(relay)
    except NotFound:
        return ""
    return speaks.key if speaks is not None else ""


def of_clip(relay: Relay, clip_id: int) -> HeardClip:
    """Raises NotFound, and Refused for a clip that nobody has listened to yet."""
    found = of_clips(relay, [clip_id])
    if not found:
        raise Refused("Nobody has listened to this clip yet.", hint="Run: relay speech hear")
    return found[0]


def _laid_beside(clip: int, hearing: Hearing, bank: QuoteBank, texts: Mapping[str, str]) -> HeardClip:
    read = tuple(readings(bank, hearing.words)) if hearing.words else ()
    return HeardClip(clip, hearing, read, {each.number: texts[each.number] for each in read})


def texts_of(session: Session, campaign: int) -> dict[str, str]:
    """The campaign's texts by their numbers."""
    rows = session.exec(select(Quote.number, Quote.text).where(Quote.campaign_id == campaign).order_by(col(Quote.id)))
    return dict(rows.all())


def bank_of(texts: Mapping[str, str]) -> QuoteBank:
    """Ready to be asked; those of two campaigns are kept."""
    return _bank(tuple(texts.items()))


@lru_cache(maxsize=2)
def _bank(texts: tuple[tuple[str, str], ...]) -> QuoteBank:
    return QuoteBank(dict(texts))
