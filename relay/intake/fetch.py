"""From a video that was found to a clip that can be judged: claim, fetch, store, look, one transaction.

What a network does to us (away, deleted, not yet) becomes the video's state; what happens to this machine (disk full,
the program stops) is raised, and the video is back in the queue. Every step can be done again: a crash leaves at most
a lease that runs out, a half-filled folder that is gone on with, or a file that no row names.

A row that is due and names bytes (`sha256`) that are in the media store is one whose file only has to be looked at,
by whoever comes first; the network is not asked again.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, update
from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.alerts import raise_alert, resolve
from relay.context import Relay
from relay.errors import (
    DiskFull,
    ExtractorBroken,
    Gone,
    Interrupted,
    NotFound,
    NotYet,
    Refused,
    StorageDown,
    ToolFailed,
    ToolMissing,
)
from relay.intake import breaker, clips, kept_out
from relay.intake.due import BACKOFF_MINUTES, MUCH_LATER, is_due, next_try
from relay.intake.inspect import DAMAGED, forget, inspect, original
from relay.intake.leases import LEASE, FetchLease, attempt, bytes_here, held, is_at_work, park, release
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
from relay.ports import Progress
from relay.records import add_event
from relay.tombstones import entrance

LOOKING_LEASE = timedelta(hours=4)
"""The longest a look may take (see intake/look.py, cost): nothing can renew the lease meanwhile."""
POISON_ATTEMPTS = 8
MOST_CHECKS = len(BACKOFF_MINUTES) + 1
"""That may fail by themselves; then their failing is no passing trouble of this machine."""
NEVER_CHECKED = "The file could not be checked; tries that failed: {times}."
MAY_BE_CUT = "The site does not say how long the file is, and what came is not whole. It will be fetched once more."
NOT_WHAT_WAS_ASKED = (WEB_PAGE, EMPTY)
"""A network that serves a page or nothing instead of the video, as for a link that ran out, may serve it next time."""

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
        due = select(Video.id, Video.network).where(is_due(relay.now()), theirs.exists())
        found = [(number, network) for number, network in session.exec(due) if number is not None]
        return breaker.let_through(session, sorted(found), relay.now())  # by SQLite it means to go through all videos


def to_look(relay: Relay) -> list[int]:
    """Ids of the videos that are due and whose bytes have come, as far as their rows say; also of campaigns that have
    gone into the archive meanwhile.
    """
    with relay.reading() as session:
        due = select(Video.id).where(is_due(relay.now()), col(Video.sha256).is_not(None))
        return sorted(number for number in session.exec(due) if number is not None)


def to_finish(relay: Relay) -> list[int]:
    """Ids of all that is due: what has come and is to be looked at, then what is to be fetched before."""
    return list(dict.fromkeys([*to_look(relay), *waiting(relay)]))


def fetch_video(relay: Relay, video_id: int, *, progress: Progress | None = None) -> Video:
    """Fetches one video, unless its bytes have come already, looks at it and makes its clips; returns the video in its
    new state, with the reason where it failed.

    A video that isn't due (somebody else has it, or it is done) is returned as it is. Raises DiskFull, Interrupted or
    ToolMissing, after which it is due again.
    """
    return _tried(relay, video_id, progress, looks=True)


def download(relay: Relay, video_id: int, *, progress: Progress | None = None) -> Video:
    """As `fetch_video`, up to the look, for which it is due then. A file that only a look can tell to be whole is
    looked at here and now. Nothing is done where the bytes have come already.
    """
    return _video(relay, video_id) if bytes_here(relay, video_id) else _tried(relay, video_id, progress, looks=False)


def _tried(relay: Relay, video_id: int, progress: Progress | None, *, looks: bool) -> Video:
    with attempt(relay, video_id) as lease:
        if lease is not None:
            _fetch(relay, lease, progress, looks=looks)
    return _video(relay, video_id)


def _fetch(relay: Relay, lease: FetchLease, progress: Progress | None, *, looks: bool) -> None:
    try:
        entrance.let_in(relay, lease.name)
        arrived = _arrived(relay, lease, progress)
        goes_on = looks or lease.known != arrived.sha256
        inspection = _looked_at(relay, lease, arrived.sha256, measured=arrived.measured) if goes_on else None
    except (DiskFull, Interrupted, ToolMissing) as error:
        _put_back(relay, lease, error)
        raise
    except NotYet as error:
        _postpone(relay, lease, error.line, unchecked=isinstance(error, NotChecked))
    except (NotFound, StorageDown) as error:  # the media store has lost it, or is away
        _postpone(relay, lease, error.line)
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
        if inspection is None:
            _hand_over(relay, lease)
        else:
            _make_clips(relay, lease, inspection, arrived)
    finally:
        shutil.rmtree(lease.folder, ignore_errors=True)


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
        left = video.lease_holder.startswith(ours) and not is_at_work(video.lease_holder)
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
                    park(relay, need_id(video), video.lease_holder)
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


class NotChecked(NotYet):
    """The file came and could not be checked; that is counted, because it may be the file's fault after all."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes in the media store. `measured`: see Fetched."""

    sha256: str
    measured: bool = True
    title: str = ""
    author: str = ""


def _arrived(relay: Relay, lease: FetchLease, progress: Progress | None) -> Arrival:
    """The bytes are in the media store when this returns, and the row names them (`lease.known`), if no look is needed
    to tell whether they are whole and it names no others.
    """
    if lease.has_bytes and lease.known is not None:
        kept_out.let_bytes_in(relay, lease.known)
        return Arrival(lease.known)

    def told(share: float) -> None:
        lease.renew(now=False)
        if progress is not None:
            progress(share)

    fetched = relay.fetcher.fetch(lease.url, lease.opens(), progress=told)
    lease.renew()
    sha256 = file_sha256(fetched.path)
    kept_out.let_bytes_in(relay, sha256)
    relay.media.put(original(sha256), fetched.path)
    arrived = Arrival(sha256, fetched.measured, fetched.title, fetched.author)
    if arrived.measured and lease.known is None and _name_bytes(relay, lease, arrived):
        lease.known = sha256
    return arrived


def _name_bytes(relay: Relay, lease: FetchLease, arrived: Arrival) -> bool:
    """In the row, so that nobody has to fetch them again. False where the lease is another's."""
    with relay.transaction() as session:
        video = session.exec(select(Video).where(*held(lease.video_id, lease.holder))).first()
        if video is None:
            return False
        video.sha256 = arrived.sha256
        video.title, video.author = video.title or arrived.title, video.author or arrived.author
        session.add(video)
        return True


def _hand_over(relay: Relay, lease: FetchLease) -> None:
    """Whoever has room for it looks at the bytes; that is still the same attempt."""
    now = relay.now()
    with relay.transaction() as session:
        if release(session, lease.video_id, lease.holder, state=VideoState.found, attempts=lease.attempts - 1):
            breaker.works(session, lease.network, now)
            resolve(session, "disk", now)


def _looked_at(relay: Relay, lease: FetchLease, sha256: str, *, measured: bool) -> Inspection:
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
    lease.renew(LEASE)
    forget(relay, sha256)
    again = inspection.reason in NOT_WHAT_WAS_ASKED or (inspection.reason == DAMAGED and lease.attempts > 1)
    if again and early:
        raise NotYet("{reason} It will be fetched once more.", reason=as_sentence(inspection.reason))
    raise Refused(inspection.reason)


def _unchecked(line: str) -> str:
    return filled("The file could not be checked. {line}", line=as_sentence(line))


def _make_clips(relay: Relay, lease: FetchLease, inspection: Inspection, arrived: Arrival) -> None:
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
        video.title, video.author = video.title or arrived.title, video.author or arrived.author
        add_event(session, now, video, EventKind.fetched, sha256=inspection.sha256, bytes=inspection.bytes)
        for campaign_id in campaigns:
            clips.make(session, now, campaign_id, video, kin)
        if not lease.has_bytes:
            breaker.works(session, lease.network, now)
        resolve(session, "disk", now)


def _put_back(relay: Relay, lease: FetchLease, error: DiskFull | Interrupted | ToolMissing) -> None:
    """The attempt does not count: it was this machine's trouble. On a full disk the database may not be writable."""
    now = relay.now()
    with contextlib.suppress(DiskFull), relay.transaction() as session:
        if release(session, lease.video_id, lease.holder, state=VideoState.found, attempts=lease.attempts - 1):
            lease.parks()
        _tell_breaker(session, lease, now)
        if isinstance(error, DiskFull):
            raise_alert(session, "disk", error.line, now)


def _postpone(relay: Relay, lease: FetchLease, reason: str, *, broken: bool = False, unchecked: bool = False) -> None:
    now = relay.now()
    counted = {"failures": Video.failures + 1, "failed_checks": Video.failed_checks + int(unchecked)}
    due, named = next_try(lease.tries, now), _named(relay, lease)
    with relay.transaction() as session:
        kept = release(
            session, lease.video_id, lease.holder,
            state=VideoState.unavailable, reason=reason, next_try_at=due, sha256=named, **counted,
        )  # fmt: skip
        if kept:
            lease.parks()
            add_event(session, now, (EventSubject.video, lease.video_id), EventKind.unavailable, reason=reason)
        if broken and kept:
            session.flush()
            breaker.failed(session, session.get_one(Video, lease.video_id), reason, now)
        elif not broken:
            _tell_breaker(session, lease, now)


def _end(relay: Relay, lease: FetchLease, state: VideoState, reason: str) -> None:
    now = relay.now()
    if lease.known is not None:
        forget(relay, lease.known)
    ended = {"state": state, "reason": reason, "next_try_at": None, "sha256": _named(relay, lease)}
    with relay.transaction() as session:
        if release(session, lease.video_id, lease.holder, **ended):
            add_event(session, now, (EventSubject.video, lease.video_id), EventKind(state.value), reason=reason)
        _tell_breaker(session, lease, now)


def _tell_breaker(session: Session, lease: FetchLease, now: datetime) -> None:
    """That the try said nothing of the network; one that did not ask it says not even that."""
    if not lease.has_bytes:
        breaker.inconclusive(session, lease.network, now)


def _named(relay: Relay, lease: FetchLease) -> str | None:
    """What the row goes on to name: bytes that are there, or on which a clip stands."""
    if lease.known is None or clips.uses(relay, lease.known):
        return lease.known
    with contextlib.suppress(StorageDown):
        return lease.known if relay.media.has(original(lease.known)) else None
    return lease.known


def _video(relay: Relay, video_id: int) -> Video:
    with relay.reading() as session:
        video = session.get(Video, video_id)
    if video is None:
        raise NotFound("There is no video {video_id}.", video_id=video_id)
    return video
