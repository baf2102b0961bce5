"""What recordings are known by, as it is kept: made at the one look, and again where a file has none of this kind."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import uuid4

from sqlalchemy import or_
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, ToolFailed
from relay.intake import likeness, sound_prints, views
from relay.intake.families import BYTES, SIDE
from relay.media.toolbox import Limits
from relay.models import Clip, CommonPiece, Inspection, RecordingPrint

VERSION = 1
"""Of prints and views: files with older ones are printed again."""
AT_ONCE = 5
"""Files that one run of `renew` prints: it runs beside everything else, again and again."""
LIMITS = Limits(memory_mb=2048, cpu_seconds=120, wall_seconds=600.0, file_mb=64, open_files=64)
GRAY, PCM = "prints.gray", "sound.pcm"


def made(look: Inspection, frames: bytes, sound: bytes, now: datetime) -> RecordingPrint:
    """The prints of a file. `frames`: gray, 64x64 bytes, two a second; `sound`: as `sound_prints.RATE` says."""
    pictures = views.of(frames, look.width, look.height)
    return RecordingPrint(
        sha256=look.sha256, version=VERSION, pictures=views.packed(pictures), sounds=sound_prints.prints(sound),
        border="bare" in pictures, at=now,
    )  # fmt: skip


def known(session: Session, hashes: Iterable[str]) -> dict[str, likeness.Fingerprint]:
    """What these files are known by. One that was looked at before there were views has its whole frames at least."""
    wanted = sorted(set(hashes))
    kept: dict[str, tuple[bytes | None, bytes | None, bytes | None]] = {}
    for start in range(0, len(wanted), 500):
        rows = session.exec(
            select(Inspection.sha256, Inspection.prints, RecordingPrint.pictures, RecordingPrint.sounds)
            .outerjoin(RecordingPrint, col(RecordingPrint.sha256) == col(Inspection.sha256))
            .where(col(Inspection.sha256).in_(wanted[start : start + 500]))
        )
        kept |= {sha256: (old, pictures, sounds) for sha256, old, pictures, sounds in rows}
    return {sha256: fingerprint(*rows) for sha256, rows in kept.items()}


def common(session: Session, campaign_ids: Sequence[int]) -> list[tuple[likeness.Table, bytes]]:
    """Pieces that many use, as (pictures, sounds)."""
    rows = session.exec(
        select(CommonPiece.pictures, CommonPiece.sounds)
        .where(col(CommonPiece.campaign_id).in_(campaign_ids))
        .order_by(col(CommonPiece.id))
    )
    return [(views.as_rows(pictures), sounds) for pictures, sounds in rows]


def piece(print_: likeness.Fingerprint, start: float, end: float) -> tuple[bytes, bytes]:
    """The pictures and the sound of a part of a recording, from and to seconds, for a CommonPiece."""
    per_second = likeness.FRAMES_PER_SECOND
    rows = print_.views.get("whole", likeness.NOTHING)[round(start * per_second) : round(end * per_second)]
    words = slice(4 * round(start * sound_prints.PER_SECOND), 4 * round(end * sound_prints.PER_SECOND))
    return rows[rows.any(axis=1)].tobytes(), print_.sounds[words]


def outdated(relay: Relay, limit: int | None = None) -> list[str]:
    """Files of clips that have no prints of this version, the oldest first."""
    with relay.reading() as session:
        wanted = (
            select(Inspection.sha256)
            .join(Clip, col(Clip.sha256) == col(Inspection.sha256))
            .outerjoin(RecordingPrint, col(RecordingPrint.sha256) == col(Inspection.sha256))
            .where(or_(col(RecordingPrint.sha256).is_(None), col(RecordingPrint.version) < VERSION))
            .where(col(Inspection.proxy) != "")
            .group_by(col(Inspection.sha256), col(Inspection.at))
            .order_by(col(Inspection.at), col(Inspection.sha256))
        )
        return list(session.exec(wanted.limit(limit) if limit else wanted))


def print_again(relay: Relay, sha256: str) -> bool:
    """Prints a file anew, from its proxy, which is small and ours; whether there is something new to compare.

    Where that can't be, its whole frames stay what it is known by, and it is not tried again.
    """
    with relay.reading() as session:
        look = session.get_one(Inspection, sha256)
    try:
        row = _from_proxy(relay, look)
    except (ToolFailed, NotFound, OSError):
        whole: Mapping[str, bytes] = {"whole": look.prints or b""}
        row = RecordingPrint(
            sha256=sha256, version=VERSION, pictures=views.packed(whole), sounds=b"", at=relay.now()
        )  # fmt: skip
    with relay.transaction() as session:
        session.merge(row)
    return bool(row.sounds or len(row.pictures) > len(look.prints or b"") + BYTES)


def _from_proxy(relay: Relay, look: Inspection) -> RecordingPrint:
    path = relay.media.local(look.proxy).absolute()
    folder = relay.folder("work", uuid4().hex)
    sparse = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{1 / likeness.FRAMES_PER_SECOND}-0.001)'"
    sound = ["-map", "0:a:0", "-ac", "1", "-ar", str(sound_prints.RATE), "-f", "s16le", PCM]
    command = [
        *(relay.toolbox.ffmpeg, "-v", "error", "-nostdin", "-y", "-threads", "1", "-f", "mov"),
        *("-format_whitelist", "mov", "-protocol_whitelist", "file", "-i", f"file:{path}", "-map", "0:v:0"),
        *("-vf", f"{sparse},scale={SIDE}:{SIDE}:flags=area,format=gray", "-fps_mode", "passthrough"),
        *("-f", "rawvideo", GRAY, *(sound if look.has_audio else [])),
    ]
    try:
        relay.toolbox.run(command, folder=folder, reads=[path], limits=LIMITS, nice=15)
        heard = (folder / PCM).read_bytes() if look.has_audio else b""
        return made(look, (folder / GRAY).read_bytes(), heard, relay.now())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fingerprint(old: bytes | None, pictures: bytes | None, sounds: bytes | None) -> likeness.Fingerprint:
    if pictures is None:
        return likeness.Fingerprint.of({"whole": old or b""})
    return likeness.Fingerprint.of(views.unpacked(pictures), sounds or b"")
