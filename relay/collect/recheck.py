"""What changes after a post was found: edited, deleted, made private.

Every post that carries a clip which is judged or waits to be is looked up again: daily, and hourly when its clip is
planned into a film. What the network says is gone twice, AGAIN apart, is lost, and puts the clip in doubt
(*withdrawn?*): out of every film at once, until a person has said what it means. No answer is never an answer: an
outage puts nothing in doubt, neither does a page that nobody understands, nor an answer in which most of the town is
gone at once. Only networks that can tell a loss from trouble are asked (ports.Rechecks).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay import alerts, clocks, logs
from relay.collect import hashtags, ingest
from relay.collect.campaigns import HANDED_IN
from relay.context import Relay
from relay.errors import ConfigError, Parked, SourceError
from relay.language.sentence import as_sentence, filled
from relay.models import (
    Almanac,
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Doubt,
    EventKind,
    EventSubject,
    Match,
    MatchKind,
    Post,
    Segment,
    Sighting,
    Video,
    need_id,
)
from relay.ports import PostRef, RecheckResult, Rechecks, SeenPost, SeenVideo
from relay.records import add_event
from relay.sources import networks

DAILY = timedelta(days=1)
HOURLY = timedelta(hours=1)
AGAIN = timedelta(minutes=20)
"""How long after the first answer without a post the second one is asked for."""
AT_ONCE = 100
FEW_OWNERS = 5
"""Up to so many owners may vanish together without being taken for a fault of the network."""

UNCLEAR = 3
"""So many answers, and none of them clear: the network has changed its pages, and a person is told."""
FOR_PEOPLE = (Doubt.hand_in, Doubt.restored)
"""Doubts that no post can settle: whoever handed the clip in has taken it back (relay/intake/hand_in/hand_ins.py), or
a backup was brought back (relay/upkeep/backups/restoring.py).
"""
ACCEPTED_BY = "accepted by "
"""`matched_in` of a near miss that a person has accepted, followed by the name."""

_JUDGED = (ClipState.awaiting, ClipState.approved, ClipState.later)

log = logs.get_logger()


@dataclass(frozen=True, slots=True)
class Rechecked:
    """Posts looked up, those lost for good among them, and clips newly in doubt. `faults`: one line per network."""

    posts: int = 0
    lost: int = 0
    doubted: int = 0
    requests: int = 0
    faults: tuple[str, ...] = ()

    def __add__(self, other: Rechecked) -> Rechecked:
        return Rechecked(
            self.posts + other.posts,
            self.lost + other.lost,
            self.doubted + other.doubted,
            self.requests + other.requests,
            self.faults + other.faults,
        )


@dataclass(frozen=True, slots=True)
class Carried:
    """A post that carries a clip. `own`: it stands on the resident's own page. `lost`: see Sighting."""

    own: bool
    lost: Doubt


def recheck(relay: Relay, slug: str | None = None, *, within: timedelta | None = None) -> Rechecked:
    """Looks up what is due: daily, hourly for clips that are planned into a film, AGAIN after a first miss.

    `within` makes all due that was not looked up for so long. A network's faults end in the answer, and change nothing.
    """
    done = Rechecked()
    for network, posts in _by_network(_due(relay, slug, within)).items():
        source = relay.sources.get(network)
        if not isinstance(source, Rechecks):
            continue
        for at in range(0, len(posts), AT_ONCE):
            asked = posts[at : at + AT_ONCE]
            answers, error = _asked(relay, source, asked)
            if answers:
                done += _store(relay, network, asked, answers)
            if error is not None:
                log.warning("posts could not be looked up again", network=network, fault=error.line)
                done += Rechecked(requests=getattr(error, "requests", 0), faults=(error.line,))
                if isinstance(error, Parked):
                    _tell_parked(relay, error)
                break
    return done


def is_believable(owners: Iterable[str], missing: Iterable[str]) -> bool:
    """Whether an answer may be true in which posts of the owners `missing` are left out, of all that were asked for.

    One wall that closes takes all its posts along; most of a town does not leave within an hour.
    """
    gone, asked = set(missing), set(owners)
    return len(gone) <= max(FEW_OWNERS, len(asked) // 2)


def doubt(carried: Sequence[Carried]) -> Doubt:
    """Why a clip may have been withdrawn, if it may. What the resident's own page shows counts; without one, all posts.

    A public that takes its repost down withdraws nothing.
    """
    telling = [each for each in carried if each.own] or list(carried)
    if not telling or any(not each.lost for each in telling):
        return Doubt.none
    return telling[0].lost


# What is due


def _due(relay: Relay, slug: str | None, within: timedelta | None) -> list[Post]:
    """Those that were missed once first, then those that were not looked up for longest."""
    now = relay.now()
    with relay.reading() as session:
        planned = select(Segment.clip_id).join(Almanac, col(Almanac.id) == Segment.almanac_id)
        rows = session.execute(
            select(Post, Sighting.missing_since, Sighting.lost, col(Clip.id).in_(planned))
            .join(Sighting, col(Sighting.post_id) == Post.id)
            .join(ClipVideo, col(ClipVideo.video_id) == Sighting.video_id)
            .join(Clip, col(Clip.id) == ClipVideo.clip_id)
            .join(Campaign, col(Campaign.id) == Clip.campaign_id)
            .join(Match, (col(Match.post_id) == Post.id) & (col(Match.campaign_id) == Campaign.id))
            .where(
                col(Match.kind) == MatchKind.exact,
                col(Clip.state).in_(_JUDGED),
                col(Campaign.state) != CampaignState.archived,
                *([] if slug is None else [Campaign.slug == slug]),
            )
        ).all()
    due: dict[int, tuple[bool, datetime, Post]] = {}
    for post, missing_since, lost, is_planned in rows:
        last = max(post.checked_at or post.last_seen_at, post.last_seen_at)
        usual = within if within is not None else HOURLY if is_planned else DAILY
        missed_once = missing_since is not None and not lost
        if clocks.has_passed(min(AGAIN, usual) if missed_once else usual, last, now):
            before = due.get(need_id(post))
            due[need_id(post)] = (not missed_once and (before is None or before[0]), last, post)
    return [post for _, _, post in sorted(due.values(), key=lambda entry: entry[:2])]


def _by_network(posts: Sequence[Post]) -> dict[str, list[Post]]:
    found: dict[str, list[Post]] = {}
    for post in posts:
        found.setdefault(post.network, []).append(post)
    return found


# What an answer means


def _asked(
    relay: Relay, source: Rechecks, posts: Sequence[Post]
) -> tuple[dict[tuple[str, str], RecheckResult], SourceError | ConfigError | None]:
    """What the network said, by post, as far as it went, and the trouble that ended it."""
    refs = _refs(relay, posts)
    answers: dict[tuple[str, str], RecheckResult] = {}
    try:
        for result in source.recheck(refs):
            answers[result.ref.owner_id, result.ref.post_id] = result
    except (SourceError, ConfigError) as error:
        return answers, error
    return answers, None


def _refs(relay: Relay, posts: Sequence[Post]) -> list[PostRef]:
    carried: dict[int, list[str]] = {}
    with relay.reading() as session:
        rows = session.exec(
            select(Sighting.post_id, Video.url)
            .join(Video, col(Video.id) == Sighting.video_id)
            .where(col(Sighting.post_id).in_([post.id for post in posts]))
            .order_by(col(Sighting.position))
        )
        for post_id, url in rows:
            carried.setdefault(post_id, []).append(url)
    return [PostRef(post.owner_id, post.post_id, post.url, tuple(carried.get(need_id(post), ()))) for post in posts]


def _store(
    relay: Relay, network: str, asked: Sequence[Post], answers: dict[tuple[str, str], RecheckResult]
) -> Rechecked:
    told = [(post, answers[_key(post)]) for post in asked if _key(post) in answers]
    requests = sum(again.requests for _, again in told)
    if fault := _why_not_believed(told):
        with relay.transaction() as session:
            alerts.raise_alert(session, f"recheck:{network}", fault, relay.now())
            if requests >= len(told):  # page by page: not again in five minutes
                looked_at = col(Post.id).in_([post.id for post, _ in told])
                session.exec(update(Post).where(looked_at).values(checked_at=relay.now()))
        return Rechecked(requests=requests, faults=(fault,))
    lost, doubted = 0, 0
    with relay.transaction() as session:
        if any(not again.unclear for _, again in told):
            alerts.resolve(session, f"recheck:{network}", relay.now())
        for post, again in told:
            newly = _compared(session, relay, post, again)
            lost += any(newly.values())
            for clip in _clips_of(session, newly):
                doubted += _reconsidered(session, relay, clip, newly_lost=any(newly.values()))
    return Rechecked(posts=len(told), lost=lost, doubted=doubted, requests=requests)


def _why_not_believed(told: Sequence[tuple[Post, RecheckResult]]) -> str:
    """What is wrong with the answers as a whole; empty where they may be true."""
    gone = [_owner(post) for post, again in told if again.lost]
    if not is_believable((_owner(post) for post, _ in told), gone):
        return filled("Most of the posts that were looked up again seem to be gone at once. Nothing was put in doubt.")
    if len(told) >= UNCLEAR and all(again.unclear for _, again in told):
        return filled(
            "Whether posts are still there can't be told: no page is understood. Nothing was put in doubt. {first}",
            first=as_sentence(told[0][1].unclear),
        )
    return ""


def _owner(post: Post) -> str:
    """Who may take several posts away at once: the wall, else the author; a post of nobody stands for itself."""
    return (post.owner_id if networks.describe(post.network).owners.is_page else post.author_id) or post.post_id


def _key(post: Post) -> tuple[str, str]:
    return post.owner_id, post.post_id


def _video_key(video: Video | SeenVideo) -> tuple[str, str, str]:
    return video.network, video.owner_id, video.video_id


def _compared(session: Session, relay: Relay, post: Post, again: RecheckResult) -> dict[int, bool]:
    """Marks what is there and what isn't. Returns the videos whose sighting moved: True lost now, False back again."""
    assert post.id is not None
    now, moved, found = relay.now(), {}, again.post
    session.exec(update(Post).where(col(Post.id) == post.id).values(checked_at=now))
    if again.unclear:
        return {}
    if found is not None:
        _note_changes(session, post.id, found, now)
    shown = None if found is None else {_video_key(video): video.blocked for video in found.videos}
    for sighting, video in session.exec(
        select(Sighting, Video).join(Video, col(Video.id) == Sighting.video_id).where(Sighting.post_id == post.id)
    ).all():
        gone = Doubt(again.lost)
        if not gone and shown is not None and not sighting.handed_in:  # its post never showed it
            gone = _what_is_gone(shown.get(_video_key(video)))
        before = sighting.lost
        sighting.missing_since, sighting.lost_at, sighting.lost = _next(sighting, gone, now)
        session.add(sighting)
        if bool(before) != bool(sighting.lost):
            moved[sighting.video_id] = bool(sighting.lost)
    session.flush()
    return moved


def _what_is_gone(blocked: str | None) -> Doubt:
    """`blocked`: why the post's video can't be seen; None when the post carries it no more."""
    if blocked is None:
        return Doubt.video
    return Doubt.private if blocked else Doubt.none


def _next(sighting: Sighting, gone: Doubt, now: datetime) -> tuple[datetime | None, datetime | None, Doubt]:
    """`missing_since`, `lost_at` and `lost` after an answer: lost is what a second answer, AGAIN later, confirms."""
    if not gone:
        return None, None, Doubt.none
    if sighting.lost:
        return sighting.missing_since, sighting.lost_at, sighting.lost
    since = min(sighting.missing_since or now, now)  # a clock that was put back since begins to wait anew
    return (since, now, gone) if now - since >= AGAIN else (since, None, Doubt.none)


def _note_changes(session: Session, post_id: int, found: SeenPost, now: datetime) -> None:
    """The new text is kept, with a note of the old one; another note says when the tag is not in it any more."""
    edited = session.get_one(Post, post_id).text != found.text
    ingest.keep_post(session, found, now)
    if not edited:
        return
    for match, campaign in session.exec(
        select(Match, Campaign).join(Campaign).where(Match.post_id == post_id, Match.kind == MatchKind.exact)
    ):
        vouched = match.matched_in == HANDED_IN or match.accepted_by
        hit = ingest.judge(campaign, found, hashtags.wanted(campaign.hashtags, campaign.aliases))
        if not vouched and (hit is None or hit.kind is MatchKind.near):
            details = {"campaign": campaign.slug, "tag": match.tag}
            add_event(session, now, (EventSubject.post, post_id), EventKind.tag_removed, **details)


# What follows for the clips


def _clips_of(session: Session, moved: dict[int, bool]) -> list[Clip]:
    if not moved:
        return []
    carried = select(ClipVideo.clip_id).where(col(ClipVideo.video_id).in_(list(moved)))
    return list(session.exec(select(Clip).where(col(Clip.id).in_(carried))))


def _reconsidered(session: Session, relay: Relay, clip: Clip, *, newly_lost: bool) -> bool:
    """Puts a clip in doubt, or takes the doubt back when its post has returned. True for a clip newly in doubt.

    What a person has kept stays kept: only something newly lost raises the doubt again.
    """
    why = doubt(_carried(session, clip))
    if bool(why) == bool(clip.doubt) or (why and not newly_lost) or clip.doubt in FOR_PEOPLE:
        return False
    turned = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip.id, col(Clip.doubt) == clip.doubt, col(Clip.state).in_(_JUDGED))
        .values(doubt=why)
        .execution_options(synchronize_session=False)
    )
    if not turned.rowcount:
        return False
    what = EventKind.in_doubt if why else EventKind.seen_again
    add_event(session, relay.now(), clip, what, why=why)
    return bool(why)


def _carried(session: Session, clip: Clip) -> list[Carried]:
    rows = session.exec(
        select(Post, Video, Sighting)
        .join(Sighting, col(Sighting.post_id) == Post.id)
        .join(Video, col(Video.id) == Sighting.video_id)
        .join(ClipVideo, col(ClipVideo.video_id) == Video.id)
        .join(Match, col(Match.post_id) == Post.id)
        .where(ClipVideo.clip_id == clip.id, Match.campaign_id == clip.campaign_id, col(Match.kind) == MatchKind.exact)
        .order_by(col(Sighting.lost_at), col(Sighting.id))
    ).all()
    return [Carried(post.owner_id in (video.owner_id, post.author_id), seen.lost) for post, video, seen in rows]


def _tell_parked(relay: Relay, error: Parked) -> None:
    with relay.transaction() as session:
        alerts.raise_alert(session, error.key, error.line, relay.now(), action_url=error.action_url)
