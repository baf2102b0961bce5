"""The right to fetch one video and to look at it: a lease in its row, taken by one compare-and-set."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.errors import Interrupted
from relay.intake import breaker
from relay.intake.due import is_due
from relay.intake.inspect import original
from relay.models import Video, VideoState
from relay.tombstones.stones import Name

LEASE = timedelta(minutes=30)
RENEW = timedelta(seconds=60)


class FetchLease:
    """The right to fetch one video; `holder` is new for each attempt, so that an old one can't end a newer.

    `known`: the bytes that the row names; `has_bytes`: they were in the media store, so the network is not asked.
    """

    def __init__(
        self, relay: Relay, video: Video, holder: str, *, unfinished: int = 0, has_bytes: bool = False
    ) -> None:
        """`unfinished`: attempts that ended with their process, so that nothing is known of the network by them."""
        assert video.id is not None
        self.video_id, self.url, self.network = video.id, video.url, video.network
        self.name = Name.of_video(video.network, video.owner_id, video.video_id)
        self.attempts, self.holder = video.attempts, holder
        self.known, self.has_bytes = video.sha256, has_bytes
        self.failed_checks = video.failed_checks
        self.tries = max(1, video.attempts - unfinished)
        self.folder = _folder(relay, video.id, holder)
        self._relay, self._renewed = relay, relay.now()

    def opens(self) -> Path:
        """The folder of this attempt alone, with what earlier ones left."""
        self._relay.folder("work")
        with contextlib.suppress(FileNotFoundError):
            _parking(self._relay, self.video_id).rename(self.folder)
        self.folder.mkdir(exist_ok=True)
        return self.folder

    def parks(self) -> None:
        """A later attempt goes on with what has come. In the transaction that ends the lease: before it the file may
        be needed, afterwards the place is another's.
        """
        park(self._relay, self.video_id, self.holder)

    def renew(self, length: timedelta = LEASE, *, now: bool = True) -> None:
        """Without `now` at most once a minute. Raises Interrupted when somebody else took over."""
        moment = self._relay.now()
        if not now and not clocks.has_passed(RENEW, self._renewed, moment):
            return
        self._renewed = moment
        with self._relay.transaction() as session:
            kept = session.exec(
                update(Video).where(*held(self.video_id, self.holder)).values(lease_until=moment + length)
            )
        if not kept.rowcount:
            raise Interrupted("Another process fetches this video now.")


_working: set[str] = set()
"""Attempts that this process is at. A lease of its own that is not among them was left by a fault."""


@contextlib.contextmanager
def attempt(relay: Relay, video_id: int) -> Iterator[FetchLease | None]:
    """The lease, where the video is due; whoever takes it ends it."""
    with at_work(f"{relay.holder}/{uuid4().hex[:8]}") as holder:
        yield _claim(relay, video_id, holder)


@contextlib.contextmanager
def at_work(holder: str) -> Iterator[str]:
    """Meanwhile the lease of this attempt is not one that was left."""
    _working.add(holder)
    try:
        yield holder
    finally:
        _working.discard(holder)


def is_at_work(holder: str) -> bool:
    return holder in _working


def _claim(relay: Relay, video_id: int, holder: str) -> FetchLease | None:
    here, now = bytes_here(relay, video_id), relay.now()
    with relay.transaction() as session:
        claimed = session.exec(
            update(Video).where(col(Video.id) == video_id, is_due(now)).values(
                state=VideoState.fetching, lease_holder=holder, lease_until=now + LEASE, attempts=Video.attempts + 1
            )
        )  # fmt: skip
        if not claimed.rowcount:
            return None
        video = session.get_one(Video, video_id)
        has_bytes = here is not None and here == video.sha256
        if not has_bytes and not breaker.claim(session, video.network, now, LEASE):
            session.rollback()
            return None
        unfinished = video.unfinished if video.attempts > 1 else 0
        return FetchLease(relay, video, holder, unfinished=unfinished, has_bytes=has_bytes)


def bytes_here(relay: Relay, video_id: int) -> str | None:
    """The bytes that the row names, where they are in the media store."""
    with relay.reading() as session:
        sha256 = session.exec(select(Video.sha256).where(Video.id == video_id)).first()
    return sha256 if sha256 and relay.media.has(original(sha256)) else None


def _folder(relay: Relay, video_id: int, holder: str) -> Path:
    """Of one attempt. Nobody else writes there, not even a process that slept through the end of its lease."""
    return _parking(relay, video_id).with_name(f"fetch-{video_id}-{holder.rpartition('/')[2]}")


def _parking(relay: Relay, video_id: int) -> Path:
    """Where the part lies between two attempts."""
    return relay.settings.data_dir.absolute() / "work" / f"fetch-{video_id}"


def park(relay: Relay, video_id: int, holder: str) -> None:
    folder, parking = _folder(relay, video_id, holder), _parking(relay, video_id)
    if folder.is_dir() and any(folder.iterdir()):
        shutil.rmtree(parking, ignore_errors=True)
        with contextlib.suppress(OSError):  # then the next attempt begins at the beginning
            folder.rename(parking)


def release(session: Session, video_id: int | None, holder: str, **values: object) -> bool:
    """Ends a lease by compare-and-set; False when it is no longer ours."""
    done = session.exec(
        update(Video).where(*held(video_id, holder)).values(lease_holder="", lease_until=None, **values)
    )
    return bool(done.rowcount)


def held(video_id: int | None, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Video.id) == video_id,
        col(Video.state) == VideoState.fetching,
        col(Video.lease_holder) == holder,
    )
