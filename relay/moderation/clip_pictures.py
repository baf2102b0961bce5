"""Small pictures that the desk makes of a clip when they are asked for first, and keeps: the poster that was chosen or
turned, and how loud the clip is from moment to moment.

They are made of the desk's own copy, lie in the data folder's `looks`, which hosts share, and can be thrown away at any
time.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import bindparam
from sqlmodel import col, select

from relay import clocks
from relay.context import Relay
from relay.errors import NotFound, StorageDown, ToolFailed
from relay.media import waveform as waves
from relay.media.files import replace_file
from relay.media.toolbox import Limits
from relay.models import Clip, ClipReview, ClipState, Inspection, need_id
from relay.moderation.clip_reviews import ReviewProposal, of_row

LIMITS = Limits(memory_mb=2048, cpu_seconds=60, wall_seconds=60.0, file_mb=32)
TURNED = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}
LATELY = timedelta(minutes=10)
MOST = 100
"""Newest rows that are gone through; what is not drawn ahead is drawn when it is asked for."""
_at_work = threading.BoundedSemaphore(2)
"""A page full of turned clips asks for all of them at once."""


def poster(relay: Relay, sha256: str) -> Path | None:
    """The poster that a moderator chose or turned; None where the file's own is to be shown."""
    proposed, seen = _proposed(relay, sha256)
    if seen is None or (proposed.poster_at is None and not proposed.turn):
        return None
    if proposed.poster_at is None:
        return _still(relay, sha256, seen.poster, proposed)
    last = max(0, round(seen.duration * 1000) - 100)
    return _still(relay, sha256, seen.proxy, replace(proposed, poster_at=min(proposed.poster_at, last)))


def waveform(relay: Relay, sha256: str) -> Path:
    """How loud a clip is, as a PNG with transparent ground: as it was drawn when the file came in, or drawn now, for a
    file of an older version. Raises NotFound for a mute clip.
    """
    place = waves.place(relay.folder("looks"), sha256)
    if _is_here(relay, place):
        return place
    with relay.reading() as session:
        seen = session.get(Inspection, sha256)
    if seen is None or not seen.has_audio or not seen.proxy or not relay.media.has(seen.proxy):
        raise NotFound("There is no such file.")
    source = relay.media.local(seen.proxy)
    drawn = f"showwavespic=s={waves.WIDTH}x{waves.HEIGHT}:colors=0x{bytes(waves.COLOUR).hex()}:scale=sqrt"
    words = ["-filter_complex", f"[0:a:0]aformat=channel_layouts=mono,{drawn}[w]", "-map", "[w]", "-frames:v", "1"]
    return _made(relay, place.name, source, ["-i", f"file:{source}", *words])


def to_draw(relay: Relay, after: int) -> list[tuple[int, int]]:
    """Lately a poster was chosen or turned: by which ClipReview beyond `after`, and of which clip, oldest first."""
    newest = select(ClipReview).where(col(ClipReview.id) > after).order_by(col(ClipReview.id).desc()).limit(MOST)
    with relay.reading() as session:
        rows = session.exec(newest).all()
    return [
        (need_id(row), row.clip_id)
        for row in reversed(rows)
        if (row.poster_at is not None or row.turn) and not clocks.has_passed(LATELY, row.at, relay.now())
    ]


def draw(relay: Relay, clip_id: int) -> None:
    """Whatever the desk shows of the clip and nobody has drawn yet. One that is not there lacks nothing."""
    with relay.reading() as session:
        sha256 = session.exec(
            select(Clip.sha256).where(Clip.id == clip_id, col(Clip.state) != ClipState.withdrawn)
        ).first()
    if sha256 is not None:
        for drawn in (poster, waveform):
            with contextlib.suppress(NotFound):
                drawn(relay, sha256)


def _still(relay: Relay, sha256: str, key: str, proposed: ReviewProposal) -> Path | None:
    if not key or not relay.media.has(key):
        return None
    source, at = relay.media.local(key), proposed.poster_at
    sought = [] if at is None else ["-ss", f"{at / 1000:.3f}"]
    turned = f"{TURNED[proposed.turn]},scale=out_range=pc,format=yuvj420p"
    words = ["-an", "-i", f"file:{source}", "-vf", turned, "-frames:v", "1", "-q:v", "3", "-map_metadata", "-1"]
    return _made(relay, f"{sha256}-{'own' if at is None else at}-{proposed.turn}.jpg", source, [*sought, *words])


def _made(relay: Relay, name: str, source: Path, words: Sequence[str]) -> Path:
    kept = relay.folder("looks") / name
    if _is_here(relay, kept):
        return kept
    container = "mov" if source.suffix == ".mp4" else "jpeg_pipe"
    with _at_work, tempfile.TemporaryDirectory(prefix=f"{os.getpid()}-", dir=relay.folder("work")) as folder:
        if not kept.exists():
            argv = [
                *(relay.toolbox.ffmpeg, "-v", "error", "-nostdin", "-f", container, "-format_whitelist", container),
                *("-protocol_whitelist", "file", *words, "-y", name),
            ]
            try:
                relay.toolbox.run(argv, folder=Path(folder), reads=[source], limits=LIMITS, nice=5)
            except ToolFailed as error:  # the desk's copy is broken; the doctor tells of that
                raise NotFound("There is no such file.") from error
            replace_file(kept, (Path(folder) / name).read_bytes())
            with contextlib.suppress(StorageDown):  # then another host draws it once more
                relay.shared.share(kept)
    return kept


def _is_here(relay: Relay, kept: Path) -> bool:
    """Also when another host has drawn it; a store that is away is no reason not to draw it here."""
    if not kept.exists():
        with contextlib.suppress(StorageDown):
            relay.shared.bring(kept)
    return kept.exists()


def _proposed(relay: Relay, sha256: str) -> tuple[ReviewProposal, Inspection | None]:
    """The newest proposal for a file that somebody may look at (it may be a clip of several campaigns)."""
    with relay.reading() as session:
        row = session.exec(_NEWEST, params={"sha256": sha256}).first()
        return of_row(row), session.get(Inspection, sha256) if row is not None else None


_NEWEST = (
    select(ClipReview)
    .join(Clip, col(Clip.id) == col(ClipReview.clip_id))
    .where(col(Clip.sha256) == bindparam("sha256"), col(Clip.state) != ClipState.withdrawn)
    .order_by(col(ClipReview.id).desc())
    .limit(1)
)
