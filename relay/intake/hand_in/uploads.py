"""Uploads of files from a browser: each in a folder of its own, in a file as long as what has arrived.

The length of the file is the offset of the upload, so that nothing has to be counted twice and a crash leaves at most
a part that can be resumed. After a power cut only what was synced counts, which is what the row says. Names are ours;
the browser's name of the file is only kept to be shown.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, update
from sqlmodel import col, select

from relay import kinds, processes
from relay.alerts import raise_alert
from relay.context import Relay
from relay.errors import DiskFull, NotFound, Refused, Stale, disk_told
from relay.kinds import Sort
from relay.language.text import one_line
from relay.media.files import flush
from relay.models import HandIn, HandInState, need_id

FOLDER = "handed-in"
PART = ".part"
NAME = re.compile(r"[0-9a-f]{32}")
OPEN_AT_ONCE = 3
"""Uploads that one visitor may have open; together they may be as large as two videos."""
LONGEST = timedelta(hours=48)
"""An upload that never ends is removed after so long."""
UNTOLD = ("", "application/octet-stream")
"""Media types by which a browser says that it does not know the type."""
GIGABYTE = 1 << 30


class TooLarge(Refused):
    """A file larger than is allowed."""


class TooMany(Refused):
    """One visitor has too many uploads open at once."""


class Expired(NotFound):
    """The upload existed, and has ended."""


class NotAVideo(Refused):
    """Its type and its name say that it is no video."""


@dataclass(frozen=True, slots=True)
class Upload:
    """`offset`: bytes that have arrived, of `length`. `done`: the file is whole and the worker's."""

    name: str
    offset: int
    length: int
    expires: datetime
    done: bool


def create(relay: Relay, hand_in_id: int, *, name: str, kind: str, length: int) -> str:
    """Makes room for a file of `length` bytes; returns the name of the upload. An earlier one of the hand-in ends.

    Raises NotFound, Stale for a hand-in that waits for no file, NotAVideo by the declared type and name, TooLarge,
    TooMany, DiskFull where it would not fit beside all others that are on their way.
    """
    _refuse_by_type(relay, name, kind, length)
    upload = uuid4().hex
    with relay.transaction() as session:
        hand_in = _begun(session.get(HandIn, hand_in_id))
        others = session.exec(
            select(func.count(), func.sum(HandIn.bytes_total))
            .where(HandIn.visitor == hand_in.visitor, HandIn.state == HandInState.begun)
            .where(col(HandIn.id) != hand_in_id, HandIn.bytes_total > 0)
        ).one()  # fmt: skip
        if others[0] >= OPEN_AT_ONCE or (others[1] or 0) + length > 2 * largest(relay):
            raise TooMany("Several files are on their way from this address already.", hint="Wait until one is done.")
        expected = session.exec(
            select(func.sum(HandIn.bytes_total - HandIn.bytes_here))
            .where(HandIn.state == HandInState.begun, col(HandIn.id) != hand_in_id)
        ).one()  # fmt: skip
        is_room = has_room(relay, length + (expected or 0))
        if is_room:
            values = {"file_name": one_line(name), "bytes_total": length, "bytes_here": 0}
            session.exec(update(HandIn).where(col(HandIn.id) == hand_in_id).values(**values))
        else:
            raise_alert(session, "disk", "There is no room for files that are handed in.", relay.now())
    if not is_room:
        raise DiskFull("There is no room for this file just now.", hint="The organizers know; try again tomorrow.")
    remove(relay, hand_in_id)
    _touch(relay, _folder(relay, hand_in_id) / f"{upload}{PART}")
    return upload


def find(relay: Relay, hand_in_id: int, upload: str) -> Upload:
    """How far an upload is. Raises NotFound, Expired."""
    with relay.reading() as session:
        hand_in = session.get(HandIn, hand_in_id)
    if hand_in is None or not NAME.fullmatch(upload):
        raise NotFound("There is no such upload.")
    if hand_in.state in (HandInState.waiting, HandInState.taken_in):
        return Upload(upload, hand_in.bytes_total, hand_in.bytes_total, expires(relay, hand_in), done=True)
    path = _part(relay, hand_in_id, upload)
    if hand_in.state is not HandInState.begun or path is None:
        raise Expired("This upload has ended.", hint="Begin it again.")
    return Upload(upload, _sound(path, hand_in), hand_in.bytes_total, expires(relay, hand_in), done=False)


def open_upload(relay: Relay, hand_in: HandIn) -> Upload | None:
    """The upload that a hand-in has open; None while no file was chosen."""
    parts = _parts(relay, need_id(hand_in))
    if hand_in.state is not HandInState.begun or not parts or not hand_in.bytes_total:
        return None
    return Upload(parts[0].stem, _sound(parts[0], hand_in), hand_in.bytes_total, expires(relay, hand_in), done=False)


def terminate(relay: Relay, hand_in_id: int, upload: str) -> None:
    """Ends an upload; the hand-in waits for another file. Raises NotFound, Expired, Stale for a file that is whole."""
    if find(relay, hand_in_id, upload).done:
        raise Stale("The file has arrived whole.", state=HandInState.waiting.value, hint="Take the video back instead.")
    values = {"file_name": "", "bytes_total": 0, "bytes_here": 0}
    with relay.transaction() as session:
        session.exec(
            update(HandIn)
            .where(col(HandIn.id) == hand_in_id, col(HandIn.state) == HandInState.begun)
            .values(**values)
        )  # fmt: skip
    remove(relay, hand_in_id)


class OpenUpload:
    """An upload that a request writes to: `write` what comes, then `close`. One at a time, by a lock on the file.

    Raises NotFound, Expired, Busy while another request writes, Stale when `offset` is not where the file ends.
    """

    def __init__(self, relay: Relay, hand_in_id: int, upload: str, offset: int) -> None:
        self._relay, self.hand_in_id = relay, hand_in_id
        found = find(relay, hand_in_id, upload)
        path = _part(relay, hand_in_id, upload)
        if path is None or found.done:
            raise _elsewhere(found.offset)
        self.path, self.length = path, found.length
        self._file = path.open("r+b")
        try:
            self.lock(hand_in_id, offset)
        except BaseException:
            self._file.close()
            raise
        self.offset = offset

    def lock(self, hand_in_id: int, offset: int) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy("Another request is sending this file.", hint="Try again in a moment.") from error
        with self._relay.reading() as session:
            hand_in = _begun(session.get(HandIn, hand_in_id))  # whoever had the lock before may have finished
        size = _sound(self.path, hand_in)
        if offset != size:
            raise _elsewhere(size)
        self._file.truncate(size)
        self._file.seek(offset)

    def write(self, block: bytes) -> None:
        """Raises TooLarge beyond the declared length, DiskFull before the disk is full."""
        if self.offset + len(block) > self.length:
            raise TooLarge("More bytes came than the file has.")
        if not has_room(self._relay, len(block)):
            raise DiskFull("There is no room for this file just now.", hint="The organizers know; try again tomorrow.")
        with disk_told():
            self._file.write(block)
        self.offset += len(block)

    def ends_here(self) -> None:
        """What has arrived is the whole file; its length was only an estimate."""
        self.length = self.offset

    def close(self) -> None:
        """Keeps what has arrived, even without the rest. A whole file then waits for the worker."""
        with disk_told():
            self._keep()

    def _keep(self) -> None:
        values: dict[str, object] = {"bytes_here": self.offset, "bytes_total": self.length}
        try:
            self._file.flush()
            if not self.path.exists():
                return  # another file was begun instead, or the hand-in was taken back
            os.fsync(self._file.fileno())
            _touch(self._relay, self.path)
            if self.offset == self.length:
                values |= {"state": HandInState.waiting}
                flush(self.path.parent)
                self._relay.shared.share(self.path)  # whoever looks at it may be another host
            with self._relay.transaction() as session:
                session.exec(
                    update(HandIn)
                    .where(col(HandIn.id) == self.hand_in_id, col(HandIn.state) == HandInState.begun)
                    .values(**values)
                )
        finally:
            self._file.close()


class Busy(Refused):
    """Another request holds the upload's file."""


def finish(relay: Relay, hand_in: HandIn) -> bool:
    """Hands a whole file to the worker when whoever wrote its last byte was killed before that; whether it did."""
    found = open_upload(relay, hand_in)
    if found is None or found.offset != found.length:
        return False
    try:
        OpenUpload(relay, need_id(hand_in), found.name, found.offset).close()
    except (Busy, NotFound, Stale):
        return False  # somebody is still at it
    return True


def arrived(relay: Relay, hand_in: HandIn) -> Path | None:
    """The whole file of a hand-in that waits."""
    folder = relay.folder(FOLDER) / str(need_id(hand_in))
    if not _parts(relay, need_id(hand_in)):
        for path in relay.shared.names(folder):
            relay.shared.bring(path)
    whole = (path for path in _parts(relay, need_id(hand_in)) if path.stat().st_size == hand_in.bytes_total)
    return next(whole, None)


def expires(relay: Relay, hand_in: HandIn) -> datetime:
    """When an upload is removed if nothing more arrives."""
    if relay.settings.in_bucket and not _parts(relay, need_id(hand_in)):
        return hand_in.created_at + max(
            LONGEST, timedelta(hours=relay.settings.hand_in_hours)
        )  # it comes to another host
    touched = [datetime.fromtimestamp(path.stat().st_mtime, UTC) for path in _parts(relay, need_id(hand_in))]
    quiet = timedelta(hours=relay.settings.hand_in_hours)
    return min(max([hand_in.created_at, *touched]) + quiet, hand_in.created_at + max(LONGEST, quiet))


def remove(relay: Relay, hand_in_id: int) -> None:
    for path in list(relay.shared.names(relay.folder(FOLDER) / str(hand_in_id))):
        relay.shared.drop(path)
    shutil.rmtree(relay.folder(FOLDER) / str(hand_in_id), ignore_errors=True)


def tend_host(relay: Relay) -> None:
    """What each host does for itself where several share an object store: files that are whole and could not be shown
    to the others are shown now, and those go here that another host has taken in.
    """
    here = [int(folder.name) for folder in relay.folder(FOLDER).iterdir() if folder.name.isdecimal()]
    with relay.reading() as session:
        rows = {need_id(row): row for row in session.exec(select(HandIn).where(col(HandIn.id).in_(here)))}
    for number in here:
        row = rows.get(number)
        if row is not None and row.state is HandInState.begun:
            finish(relay, row)
        elif row is None or row.state is not HandInState.waiting:
            shutil.rmtree(relay.folder(FOLDER) / str(number), ignore_errors=True)


def kept(relay: Relay) -> list[int]:
    """Ids of the hand-ins that have a folder, on this host or for all of them."""
    here = {folder.name for folder in relay.folder(FOLDER).iterdir()}
    here |= {path.parent.name for path in relay.shared.names(relay.folder(FOLDER))}
    return sorted(int(name) for name in here if name.isdecimal())


def largest(relay: Relay) -> int:
    """Bytes of the largest file that is allowed."""
    return relay.settings.max_video_mb << 20


def has_room(relay: Relay, length: int) -> bool:
    """Whether so many bytes more leave free what is to be kept free."""
    free = shutil.disk_usage(relay.folder(FOLDER)).free
    return free - length >= relay.settings.min_free_gb * GIGABYTE


def _refuse_by_type(relay: Relay, name: str, kind: str, length: int) -> None:
    by_name, by_type = kinds.named(name), kinds.typed(kind)
    is_video = kind.startswith("video/") or (by_type is not None and by_type.sort is Sort.video)
    found = by_name if by_name is not None and (by_name.sort is Sort.video or not is_video) else by_type
    if found is not None and not found.demuxer:
        hint = "" if found.sort is Sort.video else "Choose a video from the phone's gallery."
        raise NotAVideo(kinds.refusal(found), hint=hint, kind=found.name)
    if not (is_video or (found is not None and kind in UNTOLD)):
        raise NotAVideo("This is not a video file.", hint="Choose a video from the phone's gallery.")
    if length <= 0:
        raise NotAVideo("This file is empty.", hint="Choose another one.")
    if length > largest(relay):
        raise TooLarge(
            "The file is larger than {most} megabytes.", hint="Ask the organizers how else to send it.",
            most=relay.settings.max_video_mb,
        )  # fmt: skip


def _begun(hand_in: HandIn | None) -> HandIn:
    if hand_in is None:
        raise NotFound("There is no such upload.")
    if hand_in.state is not HandInState.begun:
        raise Stale("No file is expected here any more.", state=hand_in.state.value)
    return hand_in


def _elsewhere(offset: int) -> Stale:
    return Stale("The file ends at another place: {offset}.", state=str(offset), offset=offset)


def _sound(path: Path, hand_in: HandIn) -> int:
    """Bytes of an upload that are surely here: all of the file, unless it was last written before the machine started,
    and its end may be of zeros.
    """
    found = path.stat()
    torn = found.st_ctime < processes.booted_at()
    return min(found.st_size, hand_in.bytes_here) if torn else found.st_size


def _part(relay: Relay, hand_in_id: int, upload: str) -> Path | None:
    path = relay.folder(FOLDER) / str(hand_in_id) / f"{upload}{PART}"
    return path if NAME.fullmatch(upload) and path.is_file() else None


def _parts(relay: Relay, hand_in_id: int) -> list[Path]:
    return sorted((relay.folder(FOLDER) / str(hand_in_id)).glob(f"*{PART}"))


def _folder(relay: Relay, hand_in_id: int) -> Path:
    """Readable by this process's user only."""
    folder = relay.folder(FOLDER, str(hand_in_id))
    folder.chmod(0o700)
    return folder


def _touch(relay: Relay, path: Path) -> None:
    """Sets the file's time, which says when something last arrived, by Relay's clock."""
    moment = relay.now().timestamp()
    path.touch(mode=0o600)
    os.utime(path, (moment, moment))
