"""What one erasure is about, and what has been removed for it so far."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from sqlmodel import Session, col, select

from relay.context import Relay
from relay.models import Clip, ClipVideo, Erasure, HandIn, need_id


@dataclass(frozen=True, slots=True)
class ErasureTarget:
    """`sha256`: of the bytes, empty once its rows are done. `clips`: all that stand on them, of every campaign."""

    number: str
    erasure_id: int
    sha256: str
    digest: str
    clips: frozenset[int]
    videos: frozenset[int]
    hand_ins: frozenset[int]


@dataclass
class Removed:
    """Files by place, and bytes together."""

    files: Counter[str] = field(default_factory=Counter)
    bytes: int = 0

    def file(self, place: str, path: Path) -> None:
        """Removes a file, which may be gone already, and counts it."""
        try:
            size = path.stat().st_size
            path.unlink()
        except FileNotFoundError:
            return
        self.files[place] += 1
        self.bytes += size

    def shared(self, relay: Relay, place: str, path: Path) -> None:
        """As `file`, also where all hosts see it; a file that only they hold counts too."""
        before = self.files[place]
        self.file(place, path)
        if relay.shared.drop(path) and self.files[place] == before:
            self.files[place] += 1

    def folder(self, place: str, folder: Path) -> None:
        """Removes a folder with all that is in it, and counts its files."""
        for path in folder.rglob("*"):
            if path.is_file():
                self.file(place, path)
        shutil.rmtree(folder, ignore_errors=True)


def load(session: Session, erasure: Erasure) -> ErasureTarget:
    named = [erasure.digest, *([erasure.sha256] if erasure.sha256 else [])]
    clips = frozenset(session.exec(select(Clip.id).where(col(Clip.sha256).in_(named)))) | {erasure.clip_id}
    videos = frozenset(session.exec(select(ClipVideo.video_id).where(col(ClipVideo.clip_id).in_(clips))))
    given = frozenset(session.exec(select(HandIn.id).where(col(HandIn.video_id).in_(videos))))
    return ErasureTarget(
        number=erasure.number,
        erasure_id=need_id(erasure),
        sha256=erasure.sha256,
        digest=erasure.digest,
        clips=frozenset(one for one in clips if one is not None),
        videos=videos,
        hand_ins=frozenset(one for one in given if one is not None),
    )


def note(relay: Relay, target: ErasureTarget, removed: Removed) -> None:
    """Adds what was removed to the erasure's row, which the certificate tells."""
    if not removed.files:
        return
    with relay.transaction() as session:
        row = session.get_one(Erasure, target.erasure_id)
        row.removed = dict(Counter(row.removed) + removed.files)
        row.bytes += removed.bytes
        session.add(row)
