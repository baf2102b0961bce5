"""Setting tombstones, and asking them: is this video, post, file or recording kept out?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlmodel import Session, col, select

from relay.models import EventSubject, Tombstone, TombstoneKind
from relay.store import add_new
from relay.tombstones.key import TombstoneKey

KEPT_OUT = "Its participant has taken this video back; it is not taken in again."
"""What is said of whatever a tombstone keeps out, wherever it knocks."""


@dataclass(frozen=True, slots=True)
class Name:
    """What a tombstone can know again without looking: `Name.of_bytes(sha256)`, `Name.of_video("vk", "1", "2")`."""

    kind: TombstoneKind
    parts: tuple[str, ...]

    @classmethod
    def of_bytes(cls, sha256: str) -> Name:
        return cls(TombstoneKind.bytes, (sha256,))

    @classmethod
    def of_video(cls, network: str, owner_id: str, video_id: str) -> Name:
        return cls(TombstoneKind.video, (network, owner_id, video_id))

    @classmethod
    def of_post(cls, network: str, owner_id: str, post_id: str) -> Name:
        return cls(TombstoneKind.post, (network, owner_id, post_id))

    @classmethod
    def of_receipt(cls, link_hash: str) -> Name:
        """What was handed in, by its receipt: a video that was taken back before anybody had looked at it."""
        return cls(TombstoneKind.post, ("receipt", "", link_hash))

    @classmethod
    def of_forgotten(cls, subject: EventSubject, *known_by: str) -> Name:
        """Of a row in which a person was erased: it keeps nothing out, but what a backup says there is erased again."""
        return cls(TombstoneKind.post, ("forgotten", subject.value, *known_by))

    def digest(self, key: TombstoneKey) -> str:
        return key.digest(self.kind, *self.parts)


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording is known by (RecordingPrint): packed views of its pictures, of its sound, whether it has a
    border.
    """

    pictures: bytes
    sounds: bytes
    border: bool = False

    def packed(self) -> bytes:
        return orjson.dumps({"pictures": self.pictures.hex(), "sounds": self.sounds.hex(), "border": self.border})

    @classmethod
    def unpacked(cls, content: bytes) -> Recording:
        told = orjson.loads(content)
        return cls(bytes.fromhex(told["pictures"]), bytes.fromhex(told["sounds"]), bool(told["border"]))


def put(
    session: Session,
    key: TombstoneKey,
    names: Iterable[Name],
    recordings: Iterable[Recording] = (),
    *,
    erasure: str,
    at: datetime,
) -> int:
    """Sets what is not there yet; what was lifted keeps out again. Returns how many are new or set anew."""
    rows = [Tombstone(kind=one.kind, digest=one.digest(key), erasure=erasure, at=at) for one in names]
    for recording in recordings:
        content = recording.packed()
        digest = key.digest(TombstoneKind.recording, content.hex())
        sealed = key.seal(content)
        rows.append(Tombstone(kind=TombstoneKind.recording, digest=digest, sealed=sealed, erasure=erasure, at=at))
    return sum(_set(session, row) for row in rows)


def add(session: Session, rows: Iterable[Tombstone]) -> int:
    """Tombstones of another database of the same key, as a file brings them. Returns how many are new here.

    What was lifted there later than it was set here is lifted here, and what was set there again keeps out again.
    """
    return sum(_set(session, row) for row in rows)


def keeps_out(session: Session, key: TombstoneKey, names: Iterable[Name]) -> Tombstone | None:
    """The first tombstone that knows one of these; None lets in."""
    digests = [name.digest(key) for name in names]
    standing = select(Tombstone).where(col(Tombstone.digest).in_(digests), col(Tombstone.lifted_at).is_(None))
    return session.exec(standing.order_by(col(Tombstone.id)).limit(1)).first()


def kept_out(session: Session, key: TombstoneKey, names: Mapping[int, Iterable[Name]]) -> set[int]:
    """Of many, by number, those that a tombstone knows: one question for all of them."""
    standing = set(session.exec(select(Tombstone.digest).where(col(Tombstone.lifted_at).is_(None))))
    return {number for number, its in names.items() if standing and any(one.digest(key) in standing for one in its)}


def recordings(session: Session, key: TombstoneKey) -> Iterator[tuple[Tombstone, Recording]]:
    """Recordings that are kept out, for whoever compares what they look and sound like. Raises Refused (key.py)."""
    standing = select(Tombstone).where(Tombstone.kind == TombstoneKind.recording, col(Tombstone.lifted_at).is_(None))
    for row in session.exec(standing.order_by(col(Tombstone.id))):
        if row.sealed is not None:
            yield row, Recording.unpacked(key.unseal(row.sealed))


def lift(session: Session, erasure: str, *, person: str, at: datetime) -> int:
    """The participant brings back what was erased under this number. Returns how many tombstones keep out no more."""
    rows = session.exec(select(Tombstone).where(Tombstone.erasure == erasure, col(Tombstone.lifted_at).is_(None))).all()
    for row in rows:
        row.lifted_at, row.lifted_by = at, person
        session.add(row)
    return len(rows)


def _set(session: Session, row: Tombstone) -> bool:
    if add_new(session, row):
        return True
    there = session.exec(select(Tombstone).where(Tombstone.kind == row.kind, Tombstone.digest == row.digest)).one()
    if _last_said(row) <= _last_said(there) or (there.lifted_at is None) is (row.lifted_at is None):
        return False
    there.at, there.erasure, there.lifted_at, there.lifted_by = row.at, row.erasure, row.lifted_at, row.lifted_by
    there.sealed = row.sealed or there.sealed
    session.add(there)
    return there.lifted_at is None


def _last_said(row: Tombstone) -> datetime:
    return max(row.at, row.lifted_at or row.at)
