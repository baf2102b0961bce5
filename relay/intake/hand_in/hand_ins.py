"""Hand-ins: videos that participants give on the public page. They begin, arrive, become clips, and are taken back.

`begun` (the file has not arrived whole) `→ waiting` (for the worker) `→ taken in` (there is a clip) `| refused`;
`→ withdrawn` from each of them, by whoever has the receipt's private link.

A file becomes a clip in the same way as every other file. Stages don't import one another, so the caller gives the two
functions of other stages that are needed here: AddPost for links, WithdrawClip for what is taken back.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay import clocks
from relay.chain import links
from relay.context import Relay
from relay.errors import (
    Closed,
    DiskFull,
    Interrupted,
    NotFound,
    Parked,
    Refused,
    Stale,
    ToolFailed,
    ToolMissing,
    TryLater,
)
from relay.intake import clips, kept_out
from relay.intake.due import BACKOFF_MINUTES, pause_after
from relay.intake.hand_in import mended, uploads
from relay.intake.hand_in.files import handed_video
from relay.intake.hand_in.form import MINORS, FormAnswers
from relay.intake.inspect import forget, inspect, original
from relay.language.sentence import filled, joined
from relay.media.files import file_sha256
from relay.media.toolbox import disk_full
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Consent,
    ConsentScope,
    ConsentWay,
    Doubt,
    Event,
    EventKind,
    EventSubject,
    Finding,
    HandIn,
    HandInState,
    Inspection,
    Match,
    MatchKind,
    Post,
    Quote,
    Sighting,
    Spotting,
    TextOrigin,
    Video,
    VideoState,
    need_id,
)
from relay.recordings import cards
from relay.records import add_event, find_campaign
from relay.store import add_new
from relay.tombstones import burial, file
from relay.tombstones.entrance import KeptOut, key_of
from relay.tombstones.stones import KEPT_OUT

CLOSED = "Nothing can be handed in here."
NEVER_CAME = "The file did not arrive whole in time."
NO_VIDEO = "There is no video at this link."
TOO_EARLY_OR_LATE = "The post was published outside the days of the campaign."
LOST = "The file is not here any more."
CHECK_FAILS = (
    "This file can't be checked; tries that failed: {times}. Save it as MP4 and hand it in once more, or ask the "
    "organizers."
)
DID_NOT_END = "The check did not end."
TAKEN_BACK = Doubt.hand_in
"""The doubt about a clip that was handed in, taken back, and also came another way (rules.DOUBTS)."""
FIELDS = ("name", "town", "district", "age", "quote", "origin", "text_author")
RETRIES_MINUTES = (1, 2, 5, 15, 30, 60)
"""Between two looks at a link, as long as its network tells nothing."""
MOST_TRIES = len(BACKOFF_MINUTES) + 1
"""Of the check of a file: after so many (nine hours) the failure is no passing trouble of this machine."""
MOST_SHOWN = 50
"""Hand-ins that were not taken, on the desk."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class AddPost(Protocol):
    """relay.collect.found.posts.add"""

    def __call__(self, relay: Relay, slug: str, url: str, /, *, person: str) -> int:
        """Adds the post behind a link to a campaign and returns its id. Raises Refused and SourceErrors."""
        ...


class WithdrawClip(Protocol):
    """relay.moderation.withdrawal.withdraw"""

    def __call__(self, relay: Relay, clip_id: int, /, *, reason: str, person: str) -> list[int]:
        """Withdraws a clip and returns the ids of all that were. Raises Stale when it changes at that moment."""
        ...


class TooManyHandIns(Refused):
    """One visitor hands in more than is allowed from one address."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: what was handed in, to which campaign, and the clips that came of it."""

    hand_in: HandIn
    campaign: Campaign
    clips: Sequence[Clip]


# The page


def switch(relay: Relay, slug: str, *, is_open: bool, person: str) -> Campaign:
    """Opens or closes the campaign's hand-in page. Raises NotFound, and Refused for an archived campaign."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is CampaignState.archived and is_open:
            raise Refused("The campaign {slug} is archived; nothing can be added to it.", slug=slug)
        if campaign.hand_in != is_open:
            campaign.hand_in = is_open
            session.add(campaign)
            what = EventKind.hand_in_opened if is_open else EventKind.hand_in_closed
            add_event(session, relay.now(), campaign, what, person)
    return campaign


def open_campaign(relay: Relay, slug: str) -> Campaign:
    """The campaign whose page is open. Raises NotFound, in the same words for one that is closed or not there."""
    with relay.reading() as session:
        campaign = session.exec(select(Campaign).where(Campaign.slug == slug)).first()
    if campaign is None or not is_open(campaign):
        raise NotFound(CLOSED, hint="Ask the organizers, or look whether the link is whole.")
    return campaign


def is_open(campaign: Campaign) -> bool:
    """The page is open while the campaign runs, and only where somebody has opened it."""
    return campaign.hand_in and campaign.state is CampaignState.running


def is_over(campaign: Campaign) -> bool:
    """Whether the campaign has stopped, so that its page does not open by itself any more."""
    return campaign.state in (CampaignState.stopped, CampaignState.archived)


def numbers_of_texts(relay: Relay, campaign_id: int) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Quote.number).where(Quote.campaign_id == campaign_id).order_by(col(Quote.id))))


def is_known_link(relay: Relay, link: str) -> bool:
    """Whether some network that Relay reads has such links; no request is made."""
    return link.startswith(("https://", "http://")) and any(source.claims(link) for source in relay.sources.values())


# Beginning


def begin(
    relay: Relay, slug: str, answers: FormAnswers, *, consent: str, language: str, visitor: str
) -> tuple[HandIn, str]:
    """Makes a hand-in of tidied answers without faults; returns it and its private link's secret, which is not stored.

    `consent`: the sentences as they stood on the page. `visitor`: see HandIn. A link waits for the worker at once, a
    file has to arrive first. Raises NotFound for a page that is closed, TooManyHandIns.
    """
    campaign, secret = open_campaign(relay, slug), secrets.token_urlsafe(24)
    hand_in = HandIn(
        campaign_id=need_id(campaign),
        number="",
        link_hash=digest_of(secret),
        state=HandInState.waiting if answers.url else HandInState.begun,
        url=answers.url,
        **{name: getattr(answers, name) for name in (*FIELDS, "contact", "guardian")},
        consent=consent,
        language=language,
        visitor=visitor,
        created_at=relay.now(),
    )
    with relay.transaction() as session:
        _refuse_a_flood(session, relay, visitor)
        while True:
            number = secrets.randbelow(1_000_000)
            hand_in.number = f"{number // 1000:03d}-{number % 1000:03d}"
            if add_new(session, hand_in):
                break
        return _by_secret(session, secret), secret


def _refuse_a_flood(session: Session, relay: Relay, visitor: str) -> None:
    """Counted in the transaction that adds one more, so that many at once count too."""
    limits = ((HOUR, relay.settings.hand_ins_per_hour), (DAY, relay.settings.hand_ins_per_day))
    for span, most in limits:
        made = session.exec(
            select(func.count()).select_from(HandIn)
            .where(HandIn.visitor == visitor, clocks.within(col(HandIn.created_at), span, relay.now()))
        ).one()  # fmt: skip
        if most and made >= most:
            raise TooManyHandIns(
                "From this address {made} videos were handed in already.",
                hint="Try again in an hour, or tomorrow; or ask the organizers.",
                made=made,
            )


# The receipt


def receipt(relay: Relay, secret: str) -> Receipt:
    """What the private link shows. Raises NotFound."""
    with relay.reading() as session:
        hand_in = _by_secret(session, secret)
        made = mended.in_place_of(session, _clips_of(session, hand_in))
        return Receipt(hand_in, session.get_one(Campaign, hand_in.campaign_id), made)


def get(relay: Relay, hand_in_id: int) -> HandIn:
    """Raises NotFound."""
    with relay.reading() as session:
        hand_in = session.get(HandIn, hand_in_id)
    if hand_in is None:
        raise NotFound("There is no such upload.")
    return hand_in


def take_back(relay: Relay, secret: str, *, words: str, withdraw: WithdrawClip) -> HandIn:
    """The participant withdraws, in `words` of their own or none: films made from now on show nothing of it.

    A clip that also came another way (its post was found, somebody else handed it in) is put in doubt instead, because
    whoever hands in a stranger's video must not be able to remove it: it is out of the films until a person decides.
    Raises NotFound, Refused for what was never taken, Stale when it was being taken in at that moment.
    """
    with relay.reading() as session:
        hand_in = _by_secret(session, secret)
    if hand_in.state is HandInState.refused:
        raise Refused("This video was not taken, so there is nothing to take back.")
    return call_off(relay, need_id(hand_in), words=words, withdraw=withdraw)


def call_off(relay: Relay, hand_in_id: int, *, words: str, withdraw: WithdrawClip) -> HandIn:
    """As `take_back`, for whoever has no receipt; what was refused stays refused. No byte of a file that waits is left.

    Raises Stale when it was being taken in at that moment.
    """
    with relay.transaction() as session:
        hand_in = session.get_one(HandIn, hand_in_id)
        if hand_in.state in (HandInState.withdrawn, HandInState.refused):
            return hand_in
        sha256 = _tried_file(relay, hand_in)
        _move(session, hand_in, HandInState.withdrawn, reason=words, finished_at=None)
        burial.bury_receipt(session, key_of(relay), hand_in, relay.now())
        hand_in = session.get_one(HandIn, hand_in_id)
    uploads.remove(relay, hand_in_id)
    if sha256:
        kept_out.discard(relay, sha256)
    file.keep_up(relay, key_of(relay))
    with contextlib.suppress(Stale):  # a moderator decided at that very moment: `settle` does the rest
        _withdraw_clips(relay, hand_in, withdraw)
    return hand_in


def _tried_file(relay: Relay, hand_in: HandIn) -> str:
    """The hash of a file that waits and of which a try may have left something in the media store, else nothing."""
    path = uploads.arrived(relay, hand_in) if hand_in.state is HandInState.waiting and hand_in.tries else None
    with contextlib.suppress(FileNotFoundError):
        return file_sha256(path) if path is not None else ""
    return ""


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# The worker


def waiting(relay: Relay) -> list[int]:
    """Ids of hand-ins whose file or link is to be taken in now, oldest first."""
    with relay.reading() as session:
        found = session.exec(
            select(HandIn)
            .where(HandIn.state == HandInState.waiting, col(HandIn.post_id).is_(None))
            .order_by(col(HandIn.id))
        ).all()
        return [need_id(hand_in) for hand_in in found if _is_due(hand_in, relay.now())]


def process(relay: Relay, hand_in_id: int, *, add: AddPost) -> None:
    """Makes a clip of a file that has arrived, or a post of a link; its clip is made when the video is fetched.

    What can't be taken is refused, with the reason on the receipt; so is a file whose check failed MOST_TRIES times,
    also where each try took its process with it. Raises DiskFull, ToolMissing and Interrupted, after which it is due
    again, and the try does not count.
    """
    with relay.reading() as session:
        hand_in = session.get_one(HandIn, hand_in_id)
        slug = session.get_one(Campaign, hand_in.campaign_id).slug
    if hand_in.state is not HandInState.waiting:
        return
    if hand_in.url:
        _process_link(relay, hand_in, slug, add)
    else:
        process_file(relay, hand_in, slug)


def settle(relay: Relay, *, withdraw: WithdrawClip) -> None:
    """Links whose video has become a clip, or never will; and what was taken back before there was a clip."""
    with relay.reading() as session:
        linked = session.exec(
            select(HandIn).where(HandIn.state == HandInState.waiting, col(HandIn.post_id).is_not(None))
        ).all()
        taken_back = session.exec(
            select(HandIn).where(HandIn.state == HandInState.withdrawn, col(HandIn.finished_at).is_(None))
        ).all()
    for hand_in in linked:
        with relay.transaction() as session:
            _settle(session, hand_in, relay.now())
    for hand_in in taken_back:
        _withdraw_clips(relay, hand_in, withdraw)


def tidy(relay: Relay) -> int:
    """Removes uploads that were abandoned, and what was written with them; returns how many. Whole ones go on."""
    now, gone = relay.now(), 0
    with relay.reading() as session:
        begun = session.exec(select(HandIn).where(HandIn.state == HandInState.begun)).all()
    for hand_in in begun:
        if uploads.finish(relay, hand_in) or uploads.expires(relay, hand_in) > now:
            continue
        with relay.transaction() as session:
            # nobody needs the name of a person whose video never came
            blank = dict.fromkeys((*FIELDS, "contact", "guardian", "consent", "file_name"), "")
            gone += _try_move(session, hand_in, HandInState.refused, reason=NEVER_CAME, finished_at=now, **blank)
    _clear_away(relay)
    return gone


def _clear_away(relay: Relay) -> None:
    """Folders that a crash has left. They are listed first: what is begun meanwhile is not among them."""
    there = uploads.kept(relay)
    with relay.reading() as session:
        expecting = col(HandIn.state).in_([HandInState.begun, HandInState.waiting])
        alive = set(session.exec(select(HandIn.id).where(expecting)))
    for hand_in_id in there:
        if hand_in_id not in alive:
            uploads.remove(relay, hand_in_id)


# The desk


@dataclass(frozen=True, slots=True)
class HandInPerson:
    name: str
    town: str
    district: str
    age: str


@dataclass(frozen=True, slots=True)
class HandInView:
    """What a participant handed in, by which `way` (link or file), and the numbers of the clips that came of it."""

    number: str
    state: HandInState
    reason: str
    at: str
    way: str
    url: str
    file_name: str
    bytes: int
    bytes_here: int
    participant: HandInPerson
    origin: TextOrigin
    text_author: str
    quote: str
    contact: str
    consent: str
    guardian: str
    clips: list[int | None]


def of_clip(relay: Relay, clip_id: int) -> list[HandInView]:
    """The hand-ins that a clip came by, oldest first."""
    with relay.reading() as session:
        clip = session.get_one(Clip, clip_id)
        videos = select(ClipVideo.video_id).where(ClipVideo.clip_id == clip_id)
        campaign = session.get_one(Campaign, clip.campaign_id)
        found = session.exec(
            select(HandIn)
            .where(HandIn.campaign_id == clip.campaign_id, col(HandIn.video_id).in_(videos))
            .order_by(col(HandIn.id))
        ).all()
        return [_shown(campaign, hand_in, []) for hand_in in found]


def listing(relay: Relay, slug: str) -> list[HandInView]:
    """All hand-ins of a campaign, oldest first, as `of_clip` gives them, with the numbers of their clips."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = session.exec(
            select(HandIn).where(HandIn.campaign_id == campaign.id).order_by(col(HandIn.id))
        ).all()  # fmt: skip
        return [_shown(campaign, hand_in, _clips_of(session, hand_in)) for hand_in in found]


def not_taken(relay: Relay, slug: str) -> list[HandInView]:
    """The last hand-ins that were refused, newest first, as `of_clip` gives them; without files that never came."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = session.exec(
            select(HandIn)
            .where(HandIn.campaign_id == campaign.id, HandIn.state == HandInState.refused, HandIn.reason != NEVER_CAME)
            .order_by(col(HandIn.id).desc())
            .limit(MOST_SHOWN)
        ).all()
        return [_shown(campaign, hand_in, []) for hand_in in found]


def _shown(campaign: Campaign, hand_in: HandIn, made: Sequence[Clip]) -> HandInView:
    return HandInView(
        number=hand_in.number,
        state=hand_in.state,
        reason=hand_in.reason,
        at=hand_in.created_at.astimezone(ZoneInfo(campaign.tz)).isoformat(timespec="seconds"),
        way="link" if hand_in.url else "file",
        url=hand_in.url,
        file_name=hand_in.file_name,
        bytes=hand_in.bytes_total,
        bytes_here=hand_in.bytes_here,
        participant=HandInPerson(hand_in.name, hand_in.town, hand_in.district, hand_in.age),
        origin=hand_in.origin,
        text_author=hand_in.text_author,
        quote=hand_in.quote,
        contact=hand_in.contact,
        consent=hand_in.consent,
        guardian=hand_in.guardian,
        clips=[clip.id for clip in made],
    )


# Taking in a file


def process_file(relay: Relay, hand_in: HandIn, slug: str) -> None:
    path = uploads.arrived(relay, hand_in)
    if path is None:
        _refuse(relay, hand_in, LOST)
        return
    if is_kept_out(relay, file_sha256(path)):
        _refuse(relay, hand_in, KEPT_OUT)
        uploads.remove(relay, need_id(hand_in))
        return
    sha256 = add_original(relay, path)
    if _give_up(relay, hand_in, sha256):  # the last try ended with its process
        return
    before = _tried(relay, hand_in)
    this_try = _put_off(relay, hand_in, DID_NOT_END)
    try:
        inspection = inspect(relay, sha256)
    except ToolFailed as error:
        with relay.transaction() as session, _rewriting(relay, session, this_try):
            session.get_one(Event, this_try).details = {"why": error.sentence}
        _give_up(relay, hand_in, sha256)
        return
    except (DiskFull, Interrupted, ToolMissing):
        _does_not_count(relay, hand_in, this_try, before)
        raise
    _does_not_count(relay, hand_in, this_try, before)
    if inspection.finding is Finding.refused:
        forget(relay, sha256)
        _refuse(relay, hand_in, inspection.reason)
    elif is_kept_out(relay, sha256, seen=True):
        _refuse(relay, hand_in, KEPT_OUT)
    elif not _make_clip(relay, hand_in, slug, inspection):
        kept_out.discard(relay, sha256)
    uploads.remove(relay, need_id(hand_in))


def is_kept_out(relay: Relay, sha256: str, *, seen: bool = False) -> bool:
    """Whether tombstones know the file: by its bytes or, once it was `seen`, by its looks."""
    try:
        (kept_out.let_in if seen else kept_out.let_bytes_in)(relay, sha256)
    except KeptOut:
        return True
    return False


def _give_up(relay: Relay, hand_in: HandIn, sha256: str) -> bool:
    """Refuses the hand-in once its check was tried often enough; returns whether it was."""
    times, _at = _tried(relay, hand_in)
    if times < MOST_TRIES:
        return False
    forget(relay, sha256)
    _refuse(relay, hand_in, filled(CHECK_FAILS, times=times))
    uploads.remove(relay, need_id(hand_in))
    return True


def _does_not_count(relay: Relay, hand_in: HandIn, this_try: int, before: tuple[int, datetime | None]) -> None:
    tries, at = before
    with contextlib.suppress(DiskFull), relay.transaction() as session:
        with _rewriting(relay, session, this_try):
            session.delete(session.get_one(Event, this_try))
        session.exec(update(HandIn).where(col(HandIn.id) == hand_in.id).values(tries=tries, tried_at=at))


def _rewriting(relay: Relay, session: Session, this_try: int) -> AbstractContextManager[None]:
    """What was noted when a try began is made true when it ends, or goes."""
    return links.rewriting(session, Event, [this_try], why="how a try ended", at=relay.now())


def add_original(relay: Relay, path: Path) -> str:
    """Puts the file into the media store under a second name, so that a crash before the clip is made loses nothing."""
    sha256 = file_sha256(path)
    twin = path.with_name(f"{uuid4().hex}.twin")
    try:
        twin.hardlink_to(path)
    except OSError:  # a file system without second names
        try:
            shutil.copyfile(path, twin)
        except OSError as error:
            twin.unlink(missing_ok=True)
            if disk_full(error):
                raise DiskFull("The disk is full.", hint="Free some space; nothing was lost.") from error
            raise
    try:
        relay.media.put(original(sha256), twin)
    finally:
        twin.unlink(missing_ok=True)
    return sha256


def _make_clip(relay: Relay, hand_in: HandIn, slug: str, inspection: Inspection) -> bool:
    """One transaction: the hand-in is taken in, and the campaign has its clip. False when it was taken back meanwhile,
    or another worker was first.
    """
    now, sha256 = relay.now(), inspection.sha256
    kin = clips.family_of(relay, sha256, [hand_in.campaign_id])
    with relay.transaction() as session:
        if not _try_move(session, hand_in, HandInState.taken_in, finished_at=now):
            return False
        video = handed_video(
            session, hand_in.campaign_id, slug, inspection, now, title=hand_in.file_name, author=hand_in.name
        )
        known = select(Clip.id).where(Clip.campaign_id == hand_in.campaign_id, Clip.sha256 == sha256)
        is_new = session.exec(known).first() is None
        clip_id = clips.make(session, now, hand_in.campaign_id, video, kin, since=hand_in.created_at)
        post_id = session.exec(
            select(Post.id).where(Post.network == video.network, Post.owner_id == slug, Post.post_id == sha256)
        ).one()
        session.exec(update(HandIn).where(col(HandIn.id) == hand_in.id).values(video_id=video.id, post_id=post_id))
        session.flush()
        mended.take_over(session, hand_in, session.get_one(Clip, clip_id), now, is_new=is_new)
        _credit(session, session.get_one(HandIn, hand_in.id), session.get_one(Clip, clip_id), now)
        cards.credit(session, clip_id, now)
    return True


# Taking in a link


def _process_link(relay: Relay, hand_in: HandIn, slug: str, add: AddPost) -> None:
    try:
        post_id = add(relay, slug, hand_in.url, person=person_of(hand_in))
    except (TryLater, Parked) as error:
        _put_off(relay, hand_in, error.sentence)
        return
    except (Refused, Closed) as error:
        _refuse(relay, hand_in, error.sentence)
        return
    with relay.transaction() as session:
        match = session.exec(
            select(Match).where(Match.campaign_id == hand_in.campaign_id, Match.post_id == post_id)
        ).one()  # fmt: skip
        reason = TOO_EARLY_OR_LATE if match.kind is not MatchKind.exact else ""
        reason = reason or ("" if _videos(session, post_id) else NO_VIDEO)
        if reason:
            _try_move(session, hand_in, HandInState.refused, reason=reason, finished_at=relay.now())
        else:
            session.exec(update(HandIn).where(col(HandIn.id) == hand_in.id).values(post_id=post_id))


def _settle(session: Session, hand_in: HandIn, now: datetime) -> None:
    made = _clips_of(session, hand_in)
    if made:
        clip = made[0]
        if _try_move(session, hand_in, HandInState.taken_in, finished_at=now, video_id=clip.video_id):
            session.flush()
            _credit(session, session.get_one(HandIn, hand_in.id), clip, now)
        return
    videos = _videos(session, hand_in.post_id)
    if videos and all(video.state in (VideoState.refused, VideoState.gone) for video in videos):
        _try_move(session, hand_in, HandInState.refused, reason=videos[0].reason, finished_at=now)


def _is_due(hand_in: HandIn, now: datetime) -> bool:
    """A link that could not be looked up is tried again after growing pauses, a file at the pace at which videos are
    fetched (due.pause_after).
    """
    if hand_in.tried_at is None:
        return True
    if not hand_in.url:
        return hand_in.tries >= MOST_TRIES or clocks.has_passed(pause_after(hand_in.tries), hand_in.tried_at, now)
    pause = RETRIES_MINUTES[min(hand_in.tries, len(RETRIES_MINUTES)) - 1]
    return clocks.has_passed(timedelta(minutes=pause), hand_in.tried_at, now)


def _tried(relay: Relay, hand_in: HandIn) -> tuple[int, datetime | None]:
    """How often it was put off by now, and when last."""
    with relay.reading() as session:
        row = session.get_one(HandIn, hand_in.id)
        return row.tries, row.tried_at


def _put_off(relay: Relay, hand_in: HandIn, reason: str) -> int:
    with relay.transaction() as session:
        now, number = relay.now(), need_id(hand_in)
        session.exec(update(HandIn).where(col(HandIn.id) == number).values(tries=HandIn.tries + 1, tried_at=now))
        event = add_event(session, now, hand_in, EventKind.put_off, why=reason)
        session.flush()
        return need_id(event)


def _refuse(relay: Relay, hand_in: HandIn, reason: str) -> None:
    with relay.transaction() as session:
        _try_move(session, hand_in, HandInState.refused, reason=reason, finished_at=relay.now())


# What goes onto the clip


def person_of(hand_in: HandIn) -> str:
    """How a hand-in is named in the record."""
    return f"№ {hand_in.number}"


def _credit(session: Session, hand_in: HandIn, clip: Clip, now: datetime) -> None:
    """What the participant wrote goes onto a clip that nobody has judged or corrected yet.

    A clip that also came another way takes only what it lacks: nobody renames another one's clip by handing it in.
    """
    assert clip.id is not None
    own = is_alone(session, hand_in, clip)
    if clip.state is ClipState.awaiting:
        for name in FIELDS:
            given = getattr(hand_in, name)
            if given and name not in clip.corrected and (own or not getattr(clip, name)):
                setattr(clip, name, given)
    if clip.handed_in is None:
        clip.handed_in = hand_in.number
    session.add(clip)
    _agree(session, hand_in, clip.id, now)
    details = {"hand_in": hand_in.number}
    add_event(session, now, (EventSubject.clip, clip.id), EventKind.handed_in, person_of(hand_in), **details)


def _agree(session: Session, hand_in: HandIn, clip_id: int, now: datetime) -> None:
    """The sentences of the page, word for word; a consent that is on record already is not replaced by them."""
    if session.exec(select(Consent.id).where(Consent.clip_id == clip_id)).first() is not None:
        return
    when = hand_in.created_at.isoformat(timespec="minutes")
    evidence = f"№ {hand_in.number}, {when}\n{hand_in.consent}"
    session.add(
        Consent(
            clip_id=clip_id,
            scope=ConsentScope.public,
            evidence=evidence,
            person=person_of(hand_in),
            at=now,
            minor=hand_in.age in MINORS,
            guardian=hand_in.guardian,
            way=ConsentWay.form,
            words=hand_in.consent,
            name=hand_in.name,
            language=hand_in.language,
            visitor=hand_in.visitor,
        )
    )


# Taking back


def _withdraw_clips(relay: Relay, hand_in: HandIn, withdraw: WithdrawClip) -> None:
    """Withdraws, or puts in doubt, what came of a hand-in that was taken back. Repeating it changes nothing."""
    with relay.reading() as session:
        found = [(need_id(clip), is_alone(session, hand_in, clip)) for clip in _clips_of(session, hand_in)]
    for clip_id, alone in found:
        if alone:
            withdraw(relay, clip_id, reason=_reason(hand_in), person=person_of(hand_in))
    with relay.transaction() as session:
        for clip_id, alone in found:
            if not alone:
                _doubt(session, hand_in, clip_id, relay.now())
        if not found and hand_in.post_id is not None and not _leave_alone(session, hand_in):
            return  # its video is on the way: there will be a clip to withdraw
        session.exec(update(HandIn).where(col(HandIn.id) == hand_in.id).values(finished_at=relay.now()))


def _reason(hand_in: HandIn) -> str:
    told = filled("The participant took it back on the receipt page, hand-in {number}.", number=hand_in.number)
    return joined(told, hand_in.reason)


def _doubt(session: Session, hand_in: HandIn, clip_id: int, now: datetime) -> None:
    turned = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip_id, col(Clip.state) != ClipState.withdrawn, col(Clip.doubt) == Doubt.none)
        .values(doubt=TAKEN_BACK)
        .execution_options(synchronize_session=False)
    )
    if turned.rowcount:
        details = {"why": TAKEN_BACK}
        add_event(session, now, (EventSubject.clip, clip_id), EventKind.in_doubt, person_of(hand_in), **details)


def _leave_alone(session: Session, hand_in: HandIn) -> bool:
    """A link without a clip yet: nothing is fetched for it any more, unless the campaign found the post by itself."""
    if any(video.state is VideoState.fetching for video in _videos(session, hand_in.post_id)):
        return False
    match = session.exec(
        select(Match).where(Match.campaign_id == hand_in.campaign_id, Match.post_id == hand_in.post_id)
    ).one()  # fmt: skip
    if not _is_of(session, hand_in, match):
        return False
    session.exec(
        update(Match)
        .where(col(Match.id) == match.id, col(Match.kind) == MatchKind.exact)
        .values(kind=MatchKind.near, turned_down=person_of(hand_in))
    )
    return True


def is_alone(session: Session, hand_in: HandIn, clip: Clip) -> bool:
    """Whether the clip exists because of this hand-in only."""
    matches = session.exec(
        select(Match).distinct()
        .join(Sighting, col(Sighting.post_id) == col(Match.post_id))
        .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
        .where(ClipVideo.clip_id == clip.id, Match.campaign_id == hand_in.campaign_id)
        .where(col(Match.kind) == MatchKind.exact)
    ).all()  # fmt: skip
    came_first = clip.handed_in in (None, hand_in.number)
    return came_first and all(_is_of(session, hand_in, match) for match in matches)


def _is_of(session: Session, hand_in: HandIn, match: Match) -> bool:
    if match.post_id != hand_in.post_id or match.at < hand_in.created_at:
        return False
    seen = select(Spotting.id).where(Spotting.post_id == match.post_id)
    return session.exec(seen).first() is None


# Rows


def _by_secret(session: Session, secret: str) -> HandIn:
    hand_in = session.exec(select(HandIn).where(HandIn.link_hash == digest_of(secret))).first()
    if hand_in is None:
        raise NotFound("There is no receipt at this link.", hint="Look whether the link is whole.")
    return hand_in


def _clips_of(session: Session, hand_in: HandIn) -> list[Clip]:
    """The campaign's clips that came of a hand-in: of the post's videos, where it was a link."""
    if hand_in.video_id is None and hand_in.post_id is None:
        return []
    videos = [hand_in.video_id] if hand_in.video_id else [video.id for video in _videos(session, hand_in.post_id)]
    made = select(ClipVideo.clip_id).where(col(ClipVideo.video_id).in_(videos))
    return list(
        session.exec(
            select(Clip).where(Clip.campaign_id == hand_in.campaign_id, col(Clip.id).in_(made)).order_by(col(Clip.id))
        )
    )


def _videos(session: Session, post_id: int | None) -> list[Video]:
    return list(
        session.exec(
            select(Video)
            .join(Sighting, col(Sighting.video_id) == col(Video.id))
            .where(Sighting.post_id == post_id)
            .order_by(col(Sighting.position), col(Sighting.id))
        )
    )


def _move(session: Session, hand_in: HandIn, to: HandInState, **values: object) -> None:
    if not _try_move(session, hand_in, to, **values):
        raise Stale("This video is being taken in just now.", state=hand_in.state, hint="Try again in a minute.")


def _try_move(session: Session, hand_in: HandIn, to: HandInState, **values: object) -> bool:
    moved = session.exec(
        update(HandIn)
        .where(col(HandIn.id) == hand_in.id, col(HandIn.state) == hand_in.state)
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount:
        session.expire_all()
    return bool(moved.rowcount)
