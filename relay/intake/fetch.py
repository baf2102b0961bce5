"""From a video that was found to a clip that can be judged: claim, fetch, store, look, one transaction.

What a network does to us (away, deleted, not yet) becomes the video's state; what happens to this machine (disk full,
the program stops) is raised, and the video is back in the queue. Every step can be done again: a crash leaves at most
a lease that runs out, a half-filled folder that is gone on with, or a file that no row names.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, select

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
    ToolFailed,
    ToolMissing,
)
from relay.intake import families
from relay.intake.inspect import DAMAGED, inspect, original
from relay.media.probe import FAMILIAR, UNREADABLE
from relay.media.toolbox import disk_full
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipVideo,
    Event,
    Finding,
    Inspection,
    Match,
    MatchKind,
    Post,
    Sighting,
    Video,
    VideoState,
)
from relay.ports import Fetched, Progress

LEASE = timedelta(minutes=30)
LOOKING_LEASE = timedelta(hours=4)
"""The longest a look may take (see intake/look.py, cost): nothing can renew the lease meanwhile."""
RENEW = timedelta(seconds=60)
BACKOFF_MINUTES = (2, 5, 15, 45, 120, 360)
MUCH_LATER = timedelta(hours=24)
POISON_ATTEMPTS = 8
HAND_IN = "hand-in"
BLOCK = 1 << 20
NOT_WHAT_WAS_ASKED = frozenset({UNREADABLE, *(words for _, words in FAMILIAR)})
"""A network that serves a page, a text or half a file instead of the video may serve the video next time."""


def waiting(relay: Relay, *, campaign_id: int | None = None) -> list[int]:
    """Ids of the videos that are due to be fetched, oldest find first: ours by an exact match, and their time come."""
    ours = _ours() if campaign_id is None else and_(_ours(), col(Match.campaign_id) == campaign_id)
    with relay.reading() as session:
        rows = session.exec(
            select(Video.id).distinct()
            .join(Sighting, col(Sighting.video_id) == col(Video.id))
            .join(Match, col(Match.post_id) == col(Sighting.post_id))
            .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
            .where(_due(relay.now()), ours)
            .order_by(col(Video.id))
        )  # fmt: skip
        return [row for row in rows if row is not None]


def take_in(relay: Relay, video_id: int, *, progress: Progress | None = None) -> Video:
    """Fetches one video and makes its clips; returns the video in its new state, with the reason where it failed.

    A video that isn't due (somebody else has it, or it is done) is returned as it is. Raises DiskFull, Interrupted or
    ToolMissing, after which it is due again.
    """
    lease = _claim(relay, video_id)
    if lease is None:
        return _video(relay, video_id)
    folder = relay.folder("work", f"fetch-{video_id}")
    try:
        sha256, fetched = _bring(relay, lease, folder, progress)
        inspection = _looked_at(relay, lease, sha256, fetched)
    except (DiskFull, Interrupted, ToolMissing) as error:
        _put_back(relay, lease, error)
        raise
    except NotYet as error:
        _postpone(relay, lease, error.line)
    except ExtractorBroken as error:
        _postpone(relay, lease, str(error), alert=error.line)
    except ToolFailed as error:
        _postpone(relay, lease, f"The file could not be checked: {error}")
    except Gone as error:
        _end(relay, lease, VideoState.gone, str(error))
    except Refused as error:
        _end(relay, lease, VideoState.refused, str(error))
    else:
        _welcome(relay, lease, inspection, fetched)
    _clear_away(relay, video_id, folder)
    return _video(relay, video_id)


def adopt(relay: Relay) -> list[int]:
    """Makes the clips that fetched videos lack because a campaign matched them later; returns their ids."""
    with relay.reading() as session:
        lacking = session.exec(
            select(Video.id, Video.sha256, Match.campaign_id).distinct()
            .join(Sighting, col(Sighting.video_id) == col(Video.id))
            .join(Match, col(Match.post_id) == col(Sighting.post_id))
            .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
            .where(col(Video.state) == VideoState.fetched, _ours())
            .where(~select(ClipVideo.id)
                   .join(Clip, col(Clip.id) == col(ClipVideo.clip_id))
                   .where(col(ClipVideo.video_id) == col(Video.id), col(Clip.campaign_id) == col(Match.campaign_id))
                   .exists())
        ).all()  # fmt: skip
    made = []
    for video_id, sha256, campaign_id in lacking:
        assert video_id is not None and sha256 is not None
        kin = _kin(relay, sha256, [campaign_id])
        with relay.transaction() as session:
            made.append(_clip(session, relay.now(), campaign_id, session.get_one(Video, video_id), kin))
    return made


def add_files(
    relay: Relay, slug: str, files: Sequence[Path], *, person: str, name: str = "", town: str = ""
) -> list[int]:
    """Takes files of this machine into the campaign, as copies; returns the ids of their clips, in order.

    A file that is there already gives the same clip. Raises NotFound for the campaign, and Refused, once all files
    were tried, for those that are missing or no usable video.
    """
    campaign_id = _open_campaign(relay, slug)
    clips, refusals = [], []
    for path in files:
        try:
            clips.append(_hand_in(relay, campaign_id, slug, path, person=person, name=name, town=town))
        except Refused as error:
            refusals.append(f"{path.name}: {error}")
    if refusals:
        taken = f" ({len(clips)} of {len(files)} files were taken in.)" if len(files) > 1 else ""
        raise Refused("; ".join(refusals) + taken)
    return clips


def reclaim(relay: Relay) -> list[int]:
    """Puts videos back into the queue whose fetcher is dead or silent for too long; returns their ids."""
    now, freed = relay.now(), []
    with relay.reading() as session:
        held = session.exec(select(Video).where(col(Video.state) == VideoState.fetching)).all()
    for video in held:
        expired = video.lease_until is None or video.lease_until <= now
        if not expired and not is_dead(video.lease_holder, relay.holder):
            continue
        poison = video.attempts >= POISON_ATTEMPTS
        values = {
            "state": VideoState.unavailable if poison else VideoState.found,
            "reason": f"The fetch did not end, {video.attempts} times." if poison else video.reason,
            "next_try_at": now + MUCH_LATER if poison else None,
        }
        with relay.transaction() as session:
            if _release(session, video.id, video.lease_holder, **values):
                session.add(_event(now, video.id, "reclaimed", holder=video.lease_holder))
                freed.append(video.id or 0)
    return freed


def is_dead(holder: str, own: str) -> bool:
    """Whether a lease holder, `host-pid/attempt`, was a process of this host that is no more."""
    host, _, pid = holder.partition("/")[0].rpartition("-")
    if not pid.isdigit() or host != own.partition("/")[0].rpartition("-")[0] or int(pid) == os.getpid():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def next_try(attempts: int, now: datetime) -> datetime:
    """When a video that failed for the `attempts`th time is due again."""
    if attempts > len(BACKOFF_MINUTES):
        return now + MUCH_LATER
    return now + timedelta(minutes=BACKOFF_MINUTES[max(0, attempts - 1)])


def credit(authors: Iterable[tuple[str, str]]) -> str:
    """The name of the first author who is a person; a public's (its id is negative) only where nobody else is named.

    `authors`: (id, name), the likeliest first.
    """
    named = [(number, name.strip()) for number, name in authors if name.strip()]
    people = [name for number, name in named if not number.startswith("-")]
    return next(iter(people or [name for _, name in named]), "")


class _Lease:
    """The right to fetch one video; `holder` is new for each attempt, so that an old one can't end a newer."""

    def __init__(self, relay: Relay, video: Video, holder: str) -> None:
        assert video.id is not None
        self.video_id, self.url, self.network = video.id, video.url, video.network
        self.attempts, self.holder = video.attempts, holder
        self._relay, self._renewed = relay, relay.now()

    def renew(self, length: timedelta = LEASE, *, now: bool = True) -> None:
        """Without `now` at most once a minute. Raises Interrupted when somebody else took over."""
        moment = self._relay.now()
        if not now and moment - self._renewed < RENEW:
            return
        self._renewed = moment
        with self._relay.transaction() as session:
            kept = session.exec(
                update(Video).where(*_held(self.video_id, self.holder)).values(lease_until=moment + length)
            )
        if not kept.rowcount:
            raise Interrupted("Another process fetches this video now.")


def _claim(relay: Relay, video_id: int) -> _Lease | None:
    now, holder = relay.now(), f"{relay.holder}/{uuid4().hex[:8]}"
    with relay.transaction() as session:
        claimed = session.exec(
            update(Video).where(col(Video.id) == video_id, _due(now)).values(
                state=VideoState.fetching, lease_holder=holder, lease_until=now + LEASE, attempts=Video.attempts + 1
            )
        )  # fmt: skip
        if not claimed.rowcount:
            return None
        return _Lease(relay, session.get_one(Video, video_id), holder)


def _bring(relay: Relay, lease: _Lease, folder: Path, progress: Progress | None) -> tuple[str, Fetched]:
    """The bytes are in the media store when this returns. `Fetched.path` is no longer there."""

    def told(share: float) -> None:
        lease.renew(now=False)
        if progress is not None:
            progress(share)

    fetched = relay.fetcher.fetch(lease.url, folder, progress=told)
    sha256 = digest(fetched.path)
    relay.media.put(original(sha256), fetched.path)
    return sha256, fetched


def _looked_at(relay: Relay, lease: _Lease, sha256: str, fetched: Fetched) -> Inspection:
    """Raises Refused for a file that is no use, NotYet when the network may do better next time."""
    lease.renew(LOOKING_LEASE)
    inspection = inspect(relay, sha256)
    if inspection.finding is not Finding.refused:
        return inspection
    _forget(relay, sha256)
    again = inspection.reason in NOT_WHAT_WAS_ASKED or (inspection.reason == DAMAGED and lease.attempts > 1)
    if again and lease.attempts <= 2:
        raise NotYet(f"{inspection.reason} It will be fetched once more.")
    raise Refused(inspection.reason)


def _welcome(relay: Relay, lease: _Lease, inspection: Inspection, fetched: Fetched) -> None:
    """One transaction: the video is fetched, and every campaign that it belongs to has its clip."""
    now = relay.now()
    campaigns = _campaigns_of(relay, lease.video_id)
    kin = _kin(relay, inspection.sha256, campaigns)
    with relay.transaction() as session:
        kept = _release(
            session, lease.video_id, lease.holder,
            state=VideoState.fetched, sha256=inspection.sha256, bytes=inspection.bytes, fetched_at=now,
            reason="", next_try_at=None,
        )  # fmt: skip
        if not kept:
            return  # whoever took over does the same
        video = session.get_one(Video, lease.video_id)
        video.title, video.author = video.title or fetched.title, video.author or fetched.author
        session.add(_event(now, video.id, "fetched", sha256=inspection.sha256, bytes=inspection.bytes))
        for campaign_id in campaigns:
            _clip(session, now, campaign_id, video, kin)
        resolve(session, f"extractor:{lease.network}", now)
        resolve(session, "disk", now)


def _clip(session: Session, now: datetime, campaign_id: int, video: Video, kin: set[int]) -> int:
    """The clip with these bytes in this campaign, made if it isn't there, with this video on its list."""
    assert video.id is not None and video.sha256 is not None
    posts = _posts(session, campaign_id, video.id)
    published = min((post.published_at for post in posts), default=now)
    clip = session.exec(select(Clip).where(Clip.campaign_id == campaign_id, Clip.sha256 == video.sha256)).first()
    if clip is None:
        authors = [(video.author_id, video.author), *((post.author_id, post.author) for post in posts)]
        clip = Clip(
            campaign_id=campaign_id, sha256=video.sha256, video_id=video.id, name=credit(authors),
            created_at=now, published_at=published,
        )  # fmt: skip
        session.add(clip)
        session.flush()
        session.add(Event(at=now, subject="clip", subject_id=clip.id or 0, what="made", details={"video": video.id}))
        _join_family(session, clip, kin)
    elif published < clip.published_at:
        clip.published_at = published
    assert clip.id is not None
    pair = ClipVideo.clip_id == clip.id, ClipVideo.video_id == video.id
    if session.exec(select(ClipVideo).where(*pair)).first() is None:
        session.add(ClipVideo(clip_id=clip.id, video_id=video.id))
    session.add(clip)
    return clip.id


def _kin(relay: Relay, sha256: str, campaign_ids: Sequence[int]) -> set[int]:
    """Clips of these campaigns that show the same recording. Outside any transaction: comparing takes its time."""
    with relay.reading() as session:
        own = session.get(Inspection, sha256)
        others = session.exec(
            select(Clip.id, Inspection.prints)
            .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
            .where(col(Clip.campaign_id).in_(campaign_ids), col(Clip.sha256) != sha256)
        ).all()
    mine = (own.prints if own else None) or b""
    return {clip_id for clip_id, prints in others if clip_id and families.same_recording(mine, prints or b"")}


def _join_family(session: Session, clip: Clip, kin: set[int]) -> None:
    """One number for all of them, the smallest clip id; families that the new clip connects become one.

    A clip that was made while we compared is compared here; there is rarely one.
    """
    assert clip.id is not None
    own = session.get(Inspection, clip.sha256)
    later = session.exec(
        select(Clip, Inspection.prints)
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(col(Clip.campaign_id) == clip.campaign_id, col(Clip.id) != clip.id)
        .where(or_(col(Clip.id).in_(kin), col(Clip.created_at) >= clip.created_at - timedelta(seconds=60)))
    ).all()
    mine = (own.prints if own else None) or b""
    relatives = [c for c, prints in later if c.id in kin or families.same_recording(mine, prints or b"")]
    if not relatives:
        return
    numbers = {c.family for c in relatives if c.family is not None}
    smallest = min([clip.id, *numbers, *(c.id for c in relatives if c.id is not None)])
    members = or_(col(Clip.id).in_([clip.id, *(c.id for c in relatives)]), col(Clip.family).in_(numbers))
    session.flush()
    session.exec(update(Clip).where(members, col(Clip.campaign_id) == clip.campaign_id).values(family=smallest))
    session.refresh(clip)


def _hand_in(
    relay: Relay, campaign_id: int, slug: str, path: Path, *, person: str, name: str, town: str
) -> int:  # fmt: skip
    if not path.is_file():
        raise Refused("there is no such file.")
    sha256 = _copied_in(relay, path)
    inspection = inspect(relay, sha256)
    if inspection.finding is Finding.refused:
        _forget(relay, sha256)
        raise Refused(inspection.reason)
    kin, now = _kin(relay, sha256, [campaign_id]), relay.now()
    with relay.transaction() as session:
        video = _handed_video(session, campaign_id, slug, inspection, now, title=path.name, author=name)
        known = session.exec(select(Clip.id).where(Clip.campaign_id == campaign_id, Clip.sha256 == sha256)).first()
        clip_id = _clip(session, now, campaign_id, video, kin)
        if known is None:
            clip = session.get_one(Clip, clip_id)
            clip.name, clip.town = name or clip.name, town
            session.add(
                Event(at=now, subject="clip", subject_id=clip_id, what="handed in", person=person,
                      details={"file": path.name[:200]})
            )  # fmt: skip
        return clip_id


def _handed_video(
    session: Session, campaign_id: int, slug: str, inspection: Inspection, now: datetime, *, title: str, author: str
) -> Video:
    """A file that was handed in walks the same way as a network's video: Post, Match, Video, Sighting."""
    sha256 = inspection.sha256
    where = (col(Video.network) == HAND_IN, col(Video.owner_id) == slug, col(Video.video_id) == sha256)
    known = session.exec(select(Video).where(*where)).first()
    if known is not None:
        return known
    url = f"{HAND_IN}:{sha256}"
    post = Post(
        network=HAND_IN, owner_id=slug, post_id=sha256, url=url, text="", author=author,
        published_at=now, first_seen_at=now, last_seen_at=now,
    )  # fmt: skip
    video = Video(
        network=HAND_IN, owner_id=slug, video_id=sha256, url=url, title=title[:200], author=author,
        duration=inspection.duration, state=VideoState.fetched, sha256=sha256, bytes=inspection.bytes,
        created_at=now, fetched_at=now,
    )  # fmt: skip
    session.add_all([post, video])
    session.flush()
    assert post.id is not None and video.id is not None
    session.add(Match(campaign_id=campaign_id, post_id=post.id, kind=MatchKind.exact, matched_in="handed in", at=now))
    session.add(Sighting(post_id=post.id, video_id=video.id))
    session.flush()
    return video


def digest(path: Path) -> str:
    """sha256 of the file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copied_in(relay: Relay, path: Path) -> str:
    folder = relay.folder("work", uuid4().hex)
    copy, found = folder / "handed-in", hashlib.sha256()
    try:
        with path.open("rb") as source, copy.open("wb") as target:
            while block := source.read(BLOCK):
                found.update(block)
                target.write(block)
        relay.media.put(original(found.hexdigest()), copy)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
        raise Refused(f"the file can't be read ({error.strerror}).") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return found.hexdigest()


def _put_back(relay: Relay, lease: _Lease, error: DiskFull | Interrupted | ToolMissing) -> None:
    """The attempt does not count: it was this machine's trouble. On a full disk the database may not be writable."""
    now = relay.now()
    with contextlib.suppress(DiskFull), relay.transaction() as session:
        _release(session, lease.video_id, lease.holder, state=VideoState.found, attempts=lease.attempts - 1)
        if isinstance(error, DiskFull):
            raise_alert(session, "disk", error.line, now)


def _postpone(relay: Relay, lease: _Lease, reason: str, *, alert: str = "") -> None:
    now = relay.now()
    due = next_try(lease.attempts, now)
    with relay.transaction() as session:
        kept = _release(
            session, lease.video_id, lease.holder, state=VideoState.unavailable, reason=reason, next_try_at=due
        )
        if kept:
            session.add(_event(now, lease.video_id, "unavailable", reason=reason))
        if alert:
            raise_alert(session, f"extractor:{lease.network}", alert, now)


def _end(relay: Relay, lease: _Lease, state: VideoState, reason: str) -> None:
    now = relay.now()
    with relay.transaction() as session:
        if _release(session, lease.video_id, lease.holder, state=state, reason=reason, next_try_at=None):
            session.add(_event(now, lease.video_id, state.value, reason=reason))


def _forget(relay: Relay, sha256: str) -> None:
    """The bytes of a refused file go; the reason stays in its Inspection."""
    relay.media.delete(original(sha256))


def _clear_away(relay: Relay, video_id: int, folder: Path) -> None:
    """The folder stays only while a part in it may be gone on with."""
    if _video(relay, video_id).state is not VideoState.unavailable:
        shutil.rmtree(folder, ignore_errors=True)


def _release(session: Session, video_id: int | None, holder: str, **values: object) -> bool:
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
        and_(col(Video.state) == VideoState.unavailable, or_(later.is_(None), later <= now)),
    )


def _ours() -> ColumnElement[bool]:
    return and_(col(Match.kind) == MatchKind.exact, col(Campaign.state) != CampaignState.draft)


def _campaigns_of(relay: Relay, video_id: int) -> list[int]:
    with relay.reading() as session:
        return list(
            session.exec(
                select(Match.campaign_id).distinct()
                .join(Sighting, col(Sighting.post_id) == col(Match.post_id))
                .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
                .where(Sighting.video_id == video_id, _ours())
            )
        )  # fmt: skip


def _posts(session: Session, campaign_id: int, video_id: int) -> list[Post]:
    """The campaign's own posts that carry the video, earliest first."""
    return list(
        session.exec(
            select(Post)
            .join(Match, col(Match.post_id) == col(Post.id))
            .join(Sighting, col(Sighting.post_id) == col(Post.id))
            .where(Match.campaign_id == campaign_id, Match.kind == MatchKind.exact, Sighting.video_id == video_id)
            .order_by(col(Post.published_at), col(Post.id))
        )
    )


def _open_campaign(relay: Relay, slug: str) -> int:
    with relay.reading() as session:
        campaign = session.exec(select(Campaign).where(Campaign.slug == slug)).first()
    if campaign is None or campaign.id is None:
        raise NotFound(f"There is no campaign {slug}.", hint="See: relay campaign status")
    if campaign.state is CampaignState.archived:
        raise Refused(f"The campaign {slug} is archived; nothing can be added to it.")
    return campaign.id


def _video(relay: Relay, video_id: int) -> Video:
    with relay.reading() as session:
        video = session.get(Video, video_id)
    if video is None:
        raise NotFound(f"There is no video {video_id}.")
    return video


def _event(now: datetime, video_id: int | None, what: str, **details: object) -> Event:
    return Event(at=now, subject="video", subject_id=video_id or 0, what=what, details=details)
