"""From a video that was found to a clip that can be judged: claim, fetch, store, look, one transaction.

What a network does to us (away, deleted, not yet) becomes the video's state; what happens to this machine (disk full,
the program stops) is raised, and the video is back in the queue. Every step can be done again: a crash leaves at most
a lease that runs out, a half-filled folder that is gone on with, or a file that no row names.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.alerts import raise_alert, resolve
from relay.context import Relay
from relay.errors import (
    DiskFull,
    ExtractorBroken,
    Gone,
    Interrupted,
    MediaError,
    NotFound,
    NotYet,
    Refused,
    StorageDown,
    ToolFailed,
    ToolMissing,
)
from relay.intake import breaker, clips, kept_out
from relay.intake.inspect import DAMAGED, forget, inspect, original
from relay.language.sentence import as_sentence, filled
from relay.media.files import file_sha256
from relay.media.probe import EMPTY, WEB_PAGE
from relay.models import (
    Campaign,
    CampaignState,
    EventKind,
    EventSubject,
    Finding,
    Inspection,
    Match,
    Sighting,
    Video,
    VideoState,
    need_id,
)
from relay.ports import Fetched, Progress
from relay.records import add_event
from relay.tombstones import entrance
from relay.tombstones.stones import Name

LEASE = timedelta(minutes=30)
LOOKING_LEASE = timedelta(hours=4)
"""The longest a look may take (see intake/look.py, cost): nothing can renew the lease meanwhile."""
RENEW = timedelta(seconds=60)
BACKOFF_MINUTES = (2, 5, 15, 45, 120, 360)
MUCH_LATER = timedelta(hours=24)
BLOCKED = timedelta(hours=1)
"""The longest until a video is due that nobody has tried: the network showed it blocked (collect/findings.py)."""
POISON_ATTEMPTS = 8
MOST_CHECKS = len(BACKOFF_MINUTES) + 1
"""That may fail by themselves; then their failing is no passing trouble of this machine."""
NEVER_CHECKED = "The file could not be checked; tries that failed: {times}."
MAY_BE_CUT = "The site does not say how long the file is, and what came is not whole. It will be fetched once more."
NOT_WHAT_WAS_ASKED = (WEB_PAGE, EMPTY)
"""A network that serves a page or nothing instead of the video, as for a link that ran out, may serve it next time."""

_working: set[str] = set()
"""Attempts that this process is at. A lease of its own that is not among them was left by a fault."""

log = logs.get_logger()


def waiting(relay: Relay, *, campaign_id: int | None = None) -> list[int]:
    """Ids of the videos that are due to be fetched, oldest find first: ours by an exact match, and their time come.

    Nothing is fetched for a campaign in the archive. A network whose downloader is broken is left in peace
    (breaker.py).
    """
    ours = and_(clips.ours(), col(Campaign.state) != CampaignState.archived)
    if campaign_id is not None:
        ours = and_(ours, col(Match.campaign_id) == campaign_id)
    theirs = (
        select(Sighting.id)
        .join(Match, col(Match.post_id) == col(Sighting.post_id))
        .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
        .where(col(Sighting.video_id) == col(Video.id), ours)
    )
    with relay.reading() as session:
        due = select(Video.id, Video.network).where(_due(relay.now()), theirs.exists())
        found = [(number, network) for number, network in session.exec(due) if number is not None]
        return breaker.let_through(session, sorted(found), relay.now())  # by SQLite it means to go through all videos


def fetch_video(relay: Relay, video_id: int, *, progress: Progress | None = None) -> Video:
    """Fetches one video and makes its clips; returns the video in its new state, with the reason where it failed.

    A video that isn't due (somebody else has it, or it is done) is returned as it is. Raises DiskFull, Interrupted,
    StorageDown or ToolMissing, after which it is due again.
    """
    holder = f"{relay.holder}/{uuid4().hex[:8]}"
    with at_work(holder):
        lease = _claim(relay, video_id, holder)
        if lease is not None:
            _fetch(relay, lease, progress)
    return _video(relay, video_id)


def _fetch(relay: Relay, lease: _Lease, progress: Progress | None) -> None:
    try:
        entrance.let_in(relay, lease.name)
        sha256, fetched = _fetch_bytes(relay, lease, progress)
        inspection = _looked_at(relay, lease, sha256, measured=fetched.measured)
    except (DiskFull, Interrupted, ToolMissing) as error:
        _put_back(relay, lease, error)
        raise
    except StorageDown as error:
        _put_back(relay, lease, error, until=relay.now() + pause_after(1))
        raise
    except NotYet as error:
        _postpone(relay, lease, error.line, unchecked=isinstance(error, NotChecked))
    except ExtractorBroken as error:
        log.warning("the downloader no longer understands a network", network=lease.network, said=error.hint)
        _postpone(relay, lease, error.sentence, broken=True)
    except ToolFailed as error:
        _postpone(relay, lease, _unchecked(error.sentence), unchecked=True)
    except Gone as error:
        _end(relay, lease, VideoState.gone, error.sentence)
    except Refused as error:
        _end(relay, lease, VideoState.refused, error.sentence)
    else:
        _make_clips(relay, lease, inspection, fetched)
    finally:
        shutil.rmtree(lease.folder, ignore_errors=True)


@contextlib.contextmanager
def at_work(holder: str) -> Iterator[None]:
    """While this process is at one attempt, its lease is not one that was left."""
    _working.add(holder)
    try:
        yield
    finally:
        _working.discard(holder)


def reclaim(relay: Relay, *, only_own: bool = False) -> list[int]:
    """Puts videos back into the queue whose fetcher is dead or silent for too long; returns their ids. `only_own`: of
    this process, which has let go of them, as when the database went away in the middle.
    """
    now, freed, ours = relay.now(), [], f"{relay.holder}/"
    theirs = select(Video).where(col(Video.state) == VideoState.fetching)
    if only_own:
        theirs = theirs.where(col(Video.lease_holder).startswith(ours, autoescape=True))
    with relay.reading() as session:
        held = session.exec(theirs).all()
    for video in held:
        expired = not clocks.holds(video.lease_until, now, LOOKING_LEASE)
        left = video.lease_holder.startswith(ours) and video.lease_holder not in _working
        dead = left or relay.is_dead(video.lease_holder)
        if not expired and not dead:
            continue
        poison = video.attempts >= POISON_ATTEMPTS
        values = {
            "state": VideoState.unavailable if poison else VideoState.found,
            "reason": filled("Fetches that did not end: {times}.", times=video.attempts) if poison else video.reason,
            "next_try_at": now + MUCH_LATER if poison else None,
        }
        with relay.transaction() as session:
            unfinished = Video.unfinished + 1
            if release(session, video.id, video.lease_holder, unfinished=unfinished, **values):
                if dead:  # else it may be asleep with its hand on the file
                    _park(relay, need_id(video), video.lease_holder)
                add_event(session, now, video, EventKind.reclaimed, holder=video.lease_holder)
                freed.append(need_id(video))
    return freed


def reset_lease_ends(relay: Relay) -> int:
    """Sets the ends of this process's leases right after the clock has jumped: it lives, and goes on fetching.

    Returns how many did not fit the clock any more.
    """
    now = relay.now()
    ours = col(Video.lease_holder).startswith(f"{relay.holder}/", autoescape=True)
    with relay.transaction() as session:
        wrong = update(Video).where(col(Video.state) == VideoState.fetching, ours)
        wrong = wrong.where(clocks.run_out(col(Video.lease_until), now, LOOKING_LEASE))
        return session.exec(wrong.values(lease_until=now + LOOKING_LEASE)).rowcount


def next_try(attempts: int, now: datetime) -> datetime:
    """When a video that failed for the `attempts`th time is due again."""
    return now + pause_after(attempts)


def pause_after(attempts: int) -> timedelta:
    if attempts > len(BACKOFF_MINUTES):
        return MUCH_LATER
    return timedelta(minutes=BACKOFF_MINUTES[max(0, attempts - 1)])


class NotChecked(NotYet):
    """The file came and could not be checked; that is counted, because it may be the file's fault after all."""


class _Lease:
    """The right to fetch one video; `holder` is new for each attempt, so that an old one can't end a newer."""

    def __init__(self, relay: Relay, video: Video, holder: str, *, unfinished: int = 0) -> None:
        """`unfinished`: attempts that ended with their process, so that nothing is known of the network by them."""
        assert video.id is not None
        self.video_id, self.url, self.network = video.id, video.url, video.network
        self.name = Name.of_video(video.network, video.owner_id, video.video_id)
        self.attempts, self.holder = video.attempts, holder
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
        _park(self._relay, self.video_id, self.holder)

    def renew(self, length: timedelta = LEASE, *, now: bool = True) -> None:
        """Without `now` at most once a minute. Raises Interrupted when somebody else took over."""
        moment = self._relay.now()
        if not now and not clocks.has_passed(RENEW, self._renewed, moment):
            return
        self._renewed = moment
        with self._relay.transaction() as session:
            kept = session.exec(
                update(Video).where(*_held(self.video_id, self.holder)).values(lease_until=moment + length)
            )
        if not kept.rowcount:
            raise Interrupted("Another process fetches this video now.")


def _claim(relay: Relay, video_id: int, holder: str) -> _Lease | None:
    now = relay.now()
    with relay.transaction() as session:
        claimed = session.exec(
            update(Video).where(col(Video.id) == video_id, _due(now)).values(
                state=VideoState.fetching, lease_holder=holder, lease_until=now + LEASE, attempts=Video.attempts + 1
            )
        )  # fmt: skip
        if not claimed.rowcount:
            return None
        video = session.get_one(Video, video_id)
        if not breaker.claim(session, video.network, now, LEASE):
            session.rollback()
            return None
        return _Lease(relay, video, holder, unfinished=video.unfinished if video.attempts > 1 else 0)


def _folder(relay: Relay, video_id: int, holder: str) -> Path:
    """Of one attempt. Nobody else writes there, not even a process that slept through the end of its lease."""
    return _parking(relay, video_id).with_name(f"fetch-{video_id}-{holder.rpartition('/')[2]}")


def _parking(relay: Relay, video_id: int) -> Path:
    """Where the part lies between two attempts."""
    return relay.settings.data_dir.absolute() / "work" / f"fetch-{video_id}"


def _park(relay: Relay, video_id: int, holder: str) -> None:
    folder, parking = _folder(relay, video_id, holder), _parking(relay, video_id)
    if folder.is_dir() and any(folder.iterdir()):
        shutil.rmtree(parking, ignore_errors=True)
        with contextlib.suppress(OSError):  # then the next attempt begins at the beginning
            folder.rename(parking)


def _fetch_bytes(relay: Relay, lease: _Lease, progress: Progress | None) -> tuple[str, Fetched]:
    """The bytes are in the media store when this returns. `Fetched.path` is no longer there."""

    def told(share: float) -> None:
        lease.renew(now=False)
        if progress is not None:
            progress(share)

    fetched = relay.fetcher.fetch(lease.url, lease.opens(), progress=told)
    lease.renew()
    sha256 = file_sha256(fetched.path)
    kept_out.let_bytes_in(relay, sha256)
    relay.media.put(original(sha256), fetched.path)
    return sha256, fetched


def _looked_at(relay: Relay, lease: _Lease, sha256: str, *, measured: bool) -> Inspection:
    """Raises Refused for a file that is no use, NotYet when the network may do better next time.

    A file of which nobody said how long it is (not `measured`) is whole only when a strict look finds nothing; else it
    is fetched once more before it is judged.
    """
    lease.renew(LOOKING_LEASE)
    try:
        inspection = inspect(relay, sha256)
    except ToolFailed as error:
        times = lease.failed_checks + 1
        if times < MOST_CHECKS:
            raise NotChecked(_unchecked(error.sentence)) from error
        forget(relay, sha256)
        raise Refused(NEVER_CHECKED, times=times) from error
    if inspection.finding is Finding.accepted:
        kept_out.let_in(relay, sha256)
        return inspection
    early = lease.tries <= 2
    if early and not measured:
        forget(relay, sha256)
        raise NotYet(MAY_BE_CUT)
    if inspection.finding is Finding.review:
        kept_out.let_in(relay, sha256)
        return inspection
    lease.renew()
    forget(relay, sha256)
    again = inspection.reason in NOT_WHAT_WAS_ASKED or (inspection.reason == DAMAGED and lease.attempts > 1)
    if again and early:
        raise NotYet("{reason} It will be fetched once more.", reason=as_sentence(inspection.reason))
    raise Refused(inspection.reason)


def _unchecked(line: str) -> str:
    return filled("The file could not be checked. {line}", line=as_sentence(line))


def _make_clips(relay: Relay, lease: _Lease, inspection: Inspection, fetched: Fetched) -> None:
    """One transaction: the video is fetched, and every campaign that it belongs to has its clip."""
    now = relay.now()
    campaigns = clips.campaigns_of(relay, lease.video_id)
    kin = clips.family_of(relay, inspection.sha256, campaigns)
    with relay.transaction() as session:
        kept = release(
            session, lease.video_id, lease.holder,
            state=VideoState.fetched, sha256=inspection.sha256, bytes=inspection.bytes, fetched_at=now,
            reason="", next_try_at=None,
        )  # fmt: skip
        if not kept:  # whoever took over does the same; or it was taken back meanwhile
            session.rollback()
            kept_out.let_bytes_in(relay, inspection.sha256)
            return
        video = session.get_one(Video, lease.video_id)
        video.title, video.author = video.title or fetched.title, video.author or fetched.author
        add_event(session, now, video, EventKind.fetched, sha256=inspection.sha256, bytes=inspection.bytes)
        for campaign_id in campaigns:
            clips.make(session, now, campaign_id, video, kin)
        breaker.works(session, lease.network, now)
        resolve(session, "disk", now)


def _put_back(relay: Relay, lease: _Lease, error: MediaError, until: datetime | None = None) -> None:
    """The attempt does not count: it was this machine's trouble, or its store's. On a full disk the database may not be
    writable.
    """
    now, values = relay.now(), {"state": VideoState.found, "attempts": lease.attempts - 1}
    if until is not None:
        values |= {"state": VideoState.unavailable, "reason": error.line, "next_try_at": until}
    with contextlib.suppress(DiskFull), relay.transaction() as session:
        if release(session, lease.video_id, lease.holder, **values):
            lease.parks()
        breaker.inconclusive(session, lease.network, now)
        if isinstance(error, DiskFull):
            raise_alert(session, "disk", error.line, now)


def _postpone(relay: Relay, lease: _Lease, reason: str, *, broken: bool = False, unchecked: bool = False) -> None:
    now = relay.now()
    counted = {"failures": Video.failures + 1, "failed_checks": Video.failed_checks + int(unchecked)}
    due = next_try(lease.tries, now)
    with relay.transaction() as session:
        kept = release(
            session, lease.video_id, lease.holder,
            state=VideoState.unavailable, reason=reason, next_try_at=due, **counted,
        )  # fmt: skip
        if kept:
            lease.parks()
            add_event(session, now, (EventSubject.video, lease.video_id), EventKind.unavailable, reason=reason)
        if broken and kept:
            session.flush()
            breaker.failed(session, session.get_one(Video, lease.video_id), reason, now)
        elif not broken:
            breaker.inconclusive(session, lease.network, now)


def _end(relay: Relay, lease: _Lease, state: VideoState, reason: str) -> None:
    now = relay.now()
    with relay.transaction() as session:
        if release(session, lease.video_id, lease.holder, state=state, reason=reason, next_try_at=None):
            add_event(session, now, (EventSubject.video, lease.video_id), EventKind(state.value), reason=reason)
        breaker.inconclusive(session, lease.network, now)


def release(session: Session, video_id: int | None, holder: str, **values: object) -> bool:
    """Ends a lease by compare-and-set; False when it is no longer ours."""
    done = session.exec(
        update(Video).where(*_held(video_id, holder)).values(lease_holder="", lease_until=None, **values)
    )
    return bool(done.rowcount)


def _held(video_id: int | None, holder: str) -> tuple[ColumnElement[bool], ...]:
    return (
        col(Video.id) == video_id,
        col(Video.state) == VideoState.fetching,
        col(Video.lease_holder) == holder,
    )


def _due(now: datetime) -> ColumnElement[bool]:
    later = col(Video.next_try_at)
    return or_(
        col(Video.state) == VideoState.found,
        and_(col(Video.state) == VideoState.unavailable, or_(later.is_(None), _has_come(later, now))),
    )


def _has_come(later: Any, now: datetime) -> ColumnElement[bool]:
    """A try that lies further ahead than the pause after so many tries was put off by a clock that was wrong."""
    tries, most = col(Video.attempts), len(BACKOFF_MINUTES)
    pauses = [(tries == 0, BLOCKED), (tries > most, MUCH_LATER)]
    pauses += [(tries == n, timedelta(minutes=minutes)) for n, minutes in enumerate(BACKOFF_MINUTES, start=1)]
    return or_(*(and_(which, clocks.run_out(later, now, pause)) for which, pause in pauses))


def _video(relay: Relay, video_id: int) -> Video:
    with relay.reading() as session:
        video = session.get(Video, video_id)
    if video is None:
        raise NotFound("There is no video {video_id}.", video_id=video_id)
    return video
