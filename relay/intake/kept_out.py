"""Recordings that were taken back are known again by what they look and sound like, however they were coded anew."""

from __future__ import annotations

from sqlalchemy import delete
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.intake import clips, fingerprints, kin, likeness
from relay.intake.inspect import original, poster, proxy, storyboard
from relay.intake.lookup import index
from relay.media import waveform
from relay.models import Campaign, Certainty, Inspection, RecordingPrint, Tombstone
from relay.tombstones import entrance, stones
from relay.tombstones.stones import Name, Recording


def let_in(relay: Relay, sha256: str) -> None:
    """Asked once the file was looked at. Raises KeptOut for a recording that was taken back; nothing of it is left."""
    standing = recognised(relay, sha256)
    if standing is not None:
        discard(relay, sha256)
        entrance.turn_away(relay, standing)


def let_bytes_in(relay: Relay, sha256: str) -> None:
    """Asked before a file is looked at. Raises KeptOut for bytes that were taken back; none of them are left."""
    if entrance.is_kept_out(relay, Name.of_bytes(sha256)):
        discard(relay, sha256)
        entrance.let_in(relay, Name.of_bytes(sha256))


def recognised(relay: Relay, sha256: str) -> Tombstone | None:
    """The tombstone of a recording that this file certainly shows; pieces that many recordings share count for nothing.

    Outside any transaction: comparing takes its time.
    """
    with relay.reading() as session:
        known = list(stones.recordings(session, entrance.key_of(relay)))
        if not known:
            return None
        mine = fingerprints.known(session, [sha256]).get(sha256)
        pieces = fingerprints.common(session, _campaigns(session))
    if mine is None:
        return None
    bared = kin.bared(mine, pieces)
    return next((stone for stone, other in known if _certain(bared, kin.bared(_print_of(other), pieces))), None)


def discard(relay: Relay, sha256: str) -> None:
    """All that was made of a file on its way in, unless a clip stands on it."""
    if clips.uses(relay, sha256):
        return
    for key in (original(sha256), poster(sha256), storyboard(sha256), proxy(sha256)):
        relay.media.delete(key)
    drawn = waveform.place(relay.folder("looks"), sha256)
    drawn.unlink(missing_ok=True)
    relay.shared.drop(drawn)
    index.forget(relay, sha256)
    with relay.transaction() as session:
        session.exec(delete(RecordingPrint).where(col(RecordingPrint.sha256) == sha256))
        session.exec(delete(Inspection).where(col(Inspection.sha256) == sha256))


def _certain(mine: likeness.Fingerprint, other: likeness.Fingerprint) -> bool:
    like = likeness.compare(mine, other)
    return like is not None and like.certainty is Certainty.certain


def _print_of(recording: Recording) -> likeness.Fingerprint:
    return fingerprints.fingerprint(None, recording.pictures, recording.sounds)


def _campaigns(session: Session) -> list[int]:
    return [number for number in session.exec(select(Campaign.id)) if number is not None]
