"""Videos that participants hand in on the public page: begun, arrived, taken in, and taken back.

`begun` (the file has not arrived whole) `→ waiting` (for the worker) `→ taken in` (there is a clip) `| refused`;
`→ withdrawn` from each of them, by whoever has the receipt's private link.

A file becomes a clip on the same road as every other file. A link is looked up by the function that hands links in
(`add`), and a clip is withdrawn by the function that withdraws clips (`withdraw`): stages don't import one another, so
both are given by whoever calls.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay import clocks
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
from relay.intake import clips
from relay.intake.fetch import BACKOFF_MINUTES, pause_after
from relay.intake.hand_in import uploads
from relay.intake.hand_in.files import handed_video
from relay.intake.hand_in.form import FormAnswers
from relay.intake.inspect import forget, inspect, original
from relay.language.sentence import filled, joined
from relay.media.toolbox import disk_full
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    ClipVideo,
    Consent,
    Event,
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
    Video,
    VideoState,
)
from relay.store import add_new

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
TAKEN_BACK = "hand-in"
"""The doubt about a clip that was handed in, taken back, and also came another way (rules.DOUBTS)."""
HANDED_IN = "handed in"
PUT_OFF = "put off"
FIELDS = ("name", "town", "district", "age", "quote")
RETRIES_MINUTES = (1, 2, 5, 15, 30, 60)
"""Between two looks at a link, as long as its network tells nothing."""
MOST_TRIES = len(BACKOFF_MINUTES) + 1
"""Of the check of a file: after them (nine hours) its failing is no passing trouble of this machine."""
MOST_SHOWN = 50
"""Hand-ins that were not taken, on the desk."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Add = Callable[..., int]
"""relay.collect.posts.add"""
Withdraw = Callable[..., list[int]]
"""relay.moderation.withdrawal.withdraw"""


class TooManyHandIns(Refused):
    """One visitor hands in more than is let in from one address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A receipt: what was handed in, to which campaign, and the clips that came of it."""

    entry: HandIn
    campaign: Campaign
    clips: Sequence[Clip]


# The page


def switch(relay: Relay, slug: str, *, is_open: bool, person: str) -> Campaign:
    """Opens or closes the campaign's hand-in page. Raises NotFound, and Refused for an archived campaign."""
    with relay.transaction() as session:
        campaign = _campaign(session, slug)
        if campaign.state is CampaignState.archived and is_open:
            raise Refused("The campaign {slug} is archived; nothing can be added to it.", slug=slug)
        if campaign.hand_in != is_open:
            campaign.hand_in = is_open
            session.add(campaign)
            what = "hand-in opened" if is_open else "hand-in closed"
            session.add(Event(at=relay.now(), subject="campaign", subject_id=_id(campaign), what=what, person=person))
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


def numbers_of_texts(relay: Relay, campaign_id: int) -> list[str]:
    with relay.reading() as session:
        return list(session.exec(select(Quote.number).where(Quote.campaign_id == campaign_id).order_by(col(Quote.id))))


def is_known_link(relay: Relay, link: str) -> bool:
    """Whether some network that Relay reads has such links; nothing is asked for."""
    return link.startswith(("https://", "http://")) and any(source.claims(link) for source in relay.sources.values())


# Beginning


def begin(
    relay: Relay, slug: str, answers: FormAnswers, *, consent: str, language: str, visitor: str
) -> tuple[HandIn, str]:
    """The entry of tidied answers without faults, and the secret of its private link, which is kept nowhere.

    `consent`: the sentences as they stood on the page. `visitor`: see HandIn. A link waits for the worker at once, a
    file has to arrive first. Raises NotFound for a page that is closed, TooOften.
    """
    campaign, secret = open_campaign(relay, slug), secrets.token_urlsafe(24)
    entry = HandIn(
        campaign_id=_id(campaign),
        number="",
        link_hash=digest_of(secret),
        state=HandInState.waiting if answers.url else HandInState.begun,
        url=answers.url,
        **{name: getattr(answers, name) for name in (*FIELDS, "text_source", "contact", "guardian")},
        consent=consent,
        language=language,
        visitor=visitor,
        created_at=relay.now(),
    )
    with relay.transaction() as session:
        _refuse_a_flood(session, relay, visitor)
        while True:
            number = secrets.randbelow(1_000_000)
            entry.number = f"{number // 1000:03d}-{number % 1000:03d}"
            if add_new(session, entry):
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


def standing(relay: Relay, secret: str) -> Standing:
    """What the private link shows. Raises NotFound."""
    with relay.reading() as session:
        entry = _by_secret(session, secret)
        return Standing(entry, session.get_one(Campaign, entry.campaign_id), _clips_of(session, entry))


def get(relay: Relay, entry_id: int) -> HandIn:
    """Raises NotFound."""
    with relay.reading() as session:
        entry = session.get(HandIn, entry_id)
    if entry is None:
        raise NotFound("There is no such upload.")
    return entry


def take_back(relay: Relay, secret: str, *, words: str, withdraw: Withdraw) -> HandIn:
    """The participant withdraws, in `words` of their own or none: what came of it is in no film made from now on.

    A clip that also came another way (its post was found, somebody else handed it in) is put in doubt instead, because
    whoever hands in a stranger's video must not be able to remove it: it is out of the films until a person decides.
    Raises NotFound, Refused for what was never taken, Stale when it was being taken in at that moment.
    """
    with relay.transaction() as session:
        entry = _by_secret(session, secret)
        if entry.state is HandInState.withdrawn:
            return entry
        if entry.state is HandInState.refused:
            raise Refused("This video was not taken, so there is nothing to take back.")
        _move(session, entry, HandInState.withdrawn, reason=words, finished_at=None)
        entry = _by_secret(session, secret)
    uploads.remove(relay, _id(entry))
    with contextlib.suppress(Stale):  # a moderator decided at that very moment: `settle` does the rest
        _follow(relay, entry, withdraw)
    return entry


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


# The worker


def waiting(relay: Relay) -> list[int]:
    """Ids of entries whose file or link is to be taken in now, oldest first."""
    with relay.reading() as session:
        found = session.exec(
            select(HandIn)
            .where(HandIn.state == HandInState.waiting, col(HandIn.post_id).is_(None))
            .order_by(col(HandIn.id))
        ).all()
        return [_id(entry) for entry in found if _is_due(session, entry, relay.now())]


def process(relay: Relay, entry_id: int, *, add: Add) -> None:
    """Makes a clip of a file that has arrived, or a post of a link; its clip is made when the video is fetched.

    What can't be taken is refused, with the reason on the receipt; so is a file whose check failed MOST_TRIES times,
    also where each try took its process with it. Raises DiskFull, ToolMissing and Interrupted, after which it is due
    again, and the try does not count.
    """
    with relay.reading() as session:
        entry = session.get_one(HandIn, entry_id)
        slug = session.get_one(Campaign, entry.campaign_id).slug
    if entry.state is not HandInState.waiting:
        return
    if entry.url:
        _look_up(relay, entry, slug, add)
    else:
        _take_file(relay, entry, slug)


def settle(relay: Relay, *, withdraw: Withdraw) -> None:
    """Links whose video has become a clip, or never will; and what was taken back before there was a clip."""
    with relay.reading() as session:
        linked = session.exec(
            select(HandIn).where(HandIn.state == HandInState.waiting, col(HandIn.post_id).is_not(None))
        ).all()
        taken_back = session.exec(
            select(HandIn).where(HandIn.state == HandInState.withdrawn, col(HandIn.finished_at).is_(None))
        ).all()
    for entry in linked:
        with relay.transaction() as session:
            _settle(session, entry, relay.now())
    for entry in taken_back:
        _follow(relay, entry, withdraw)


def tidy(relay: Relay) -> int:
    """Removes uploads that nobody went on with, and what was written with them; returns how many."""
    now, gone = relay.now(), 0
    with relay.reading() as session:
        begun = session.exec(select(HandIn).where(HandIn.state == HandInState.begun)).all()
    for entry in begun:
        if uploads.expires(relay, entry) > now:
            continue
        with relay.transaction() as session:
            # nobody needs the name of a person whose video never came
            blank = dict.fromkeys((*FIELDS, "contact", "guardian", "consent", "file_name"), "")
            gone += _try_move(session, entry, HandInState.refused, reason=NEVER_CAME, finished_at=now, **blank)
    _clear_away(relay)
    return gone


def _clear_away(relay: Relay) -> None:
    """Folders that a crash has left. They are listed first: what is begun meanwhile is not among them."""
    there = uploads.kept(relay)
    with relay.reading() as session:
        expecting = col(HandIn.state).in_([HandInState.begun, HandInState.waiting])
        alive = set(session.exec(select(HandIn.id).where(expecting)))
    for entry_id in there:
        if entry_id not in alive:
            uploads.remove(relay, entry_id)


# The desk


def of_clip(relay: Relay, clip_id: int) -> list[dict[str, Any]]:
    """The hand-ins that a clip came by, oldest first: `number way url file_name text_source … contact consent`."""
    with relay.reading() as session:
        clip = session.get_one(Clip, clip_id)
        videos = select(ClipVideo.video_id).where(ClipVideo.clip_id == clip_id)
        campaign = session.get_one(Campaign, clip.campaign_id)
        found = session.exec(
            select(HandIn)
            .where(HandIn.campaign_id == clip.campaign_id, col(HandIn.video_id).in_(videos))
            .order_by(col(HandIn.id))
        ).all()
        return [_shown(campaign, entry, []) for entry in found]


def listing(relay: Relay, slug: str) -> list[dict[str, Any]]:
    """All hand-ins of a campaign, oldest first, as `of_clip` gives them, with the numbers of their clips."""
    with relay.reading() as session:
        campaign = _campaign(session, slug)
        found = session.exec(
            select(HandIn).where(HandIn.campaign_id == campaign.id).order_by(col(HandIn.id))
        ).all()  # fmt: skip
        return [_shown(campaign, entry, _clips_of(session, entry)) for entry in found]


def not_taken(relay: Relay, slug: str) -> list[dict[str, Any]]:
    """The last hand-ins that were refused, newest first, as `of_clip` gives them; without files that never came."""
    with relay.reading() as session:
        campaign = _campaign(session, slug)
        found = session.exec(
            select(HandIn)
            .where(HandIn.campaign_id == campaign.id, HandIn.state == HandInState.refused, HandIn.reason != NEVER_CAME)
            .order_by(col(HandIn.id).desc())
            .limit(MOST_SHOWN)
        ).all()
        return [_shown(campaign, entry, []) for entry in found]


def _shown(campaign: Campaign, entry: HandIn, made: Sequence[Clip]) -> dict[str, Any]:
    return {
        "number": entry.number,
        "state": entry.state.value,
        "reason": entry.reason,
        "at": entry.created_at.astimezone(ZoneInfo(campaign.tz)).isoformat(timespec="seconds"),
        "way": "link" if entry.url else "file",
        "url": entry.url,
        "file_name": entry.file_name,
        "bytes": entry.bytes_total,
        "bytes_here": entry.bytes_here,
        "participant": {name: getattr(entry, name) for name in ("name", "town", "district", "age")},
        "text_source": entry.text_source,
        "quote": entry.quote,
        "contact": entry.contact,
        "consent": entry.consent,
        "guardian": entry.guardian,
        "clips": [clip.id for clip in made],
    }


# Taking in a file


def _take_file(relay: Relay, entry: HandIn, slug: str) -> None:
    path = uploads.arrived(relay, entry)
    if path is None:
        _refuse(relay, entry, LOST)
        return
    sha256 = _kept(relay, path)
    if _give_up(relay, entry, sha256):  # the last try ended with its process
        return
    this_try = _put_off(relay, entry, DID_NOT_END)
    try:
        inspection = inspect(relay, sha256)
    except ToolFailed as error:
        with relay.transaction() as session:
            session.get_one(Event, this_try).details = {"why": error.sentence}
        _give_up(relay, entry, sha256)
        return
    except (DiskFull, Interrupted, ToolMissing):
        _does_not_count(relay, this_try)
        raise
    _does_not_count(relay, this_try)
    if inspection.finding is Finding.refused:
        forget(relay, sha256)
        _refuse(relay, entry, inspection.reason)
    else:
        _make_clip(relay, entry, slug, inspection)
    uploads.remove(relay, _id(entry))


def _give_up(relay: Relay, entry: HandIn, sha256: str) -> bool:
    """Once it was tried often enough; whether it was."""
    with relay.reading() as session:
        times = len(_tries(session, entry))
    if times < MOST_TRIES:
        return False
    forget(relay, sha256)
    _refuse(relay, entry, filled(CHECK_FAILS, times=times))
    uploads.remove(relay, _id(entry))
    return True


def _does_not_count(relay: Relay, this_try: int) -> None:
    with contextlib.suppress(DiskFull), relay.transaction() as session:
        session.delete(session.get_one(Event, this_try))


def _kept(relay: Relay, path: Path) -> str:
    """Puts a second name of the file into the media store, so that a crash before the clip is made loses nothing."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
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


def _make_clip(relay: Relay, entry: HandIn, slug: str, inspection: Inspection) -> None:
    """One transaction: the entry is taken in, and the campaign has its clip."""
    now, sha256 = relay.now(), inspection.sha256
    kin = clips.family_of(relay, sha256, [entry.campaign_id])
    with relay.transaction() as session:
        if not _try_move(session, entry, HandInState.taken_in, finished_at=now):
            return  # taken back meanwhile, or another worker was first
        video = handed_video(
            session, entry.campaign_id, slug, inspection, now, title=entry.file_name, author=entry.name
        )
        clip_id = clips.make(session, now, entry.campaign_id, video, kin)
        post_id = session.exec(
            select(Post.id).where(Post.network == video.network, Post.owner_id == slug, Post.post_id == sha256)
        ).one()
        session.exec(update(HandIn).where(col(HandIn.id) == entry.id).values(video_id=video.id, post_id=post_id))
        session.flush()
        _credit(session, session.get_one(HandIn, entry.id), session.get_one(Clip, clip_id), now)


# Taking in a link


def _look_up(relay: Relay, entry: HandIn, slug: str, add: Add) -> None:
    try:
        post_id = add(relay, slug, entry.url, person=person_of(entry))
    except (TryLater, Parked) as error:
        _put_off(relay, entry, error.sentence)
        return
    except (Refused, Closed) as error:
        _refuse(relay, entry, error.sentence)
        return
    with relay.transaction() as session:
        match = session.exec(
            select(Match).where(Match.campaign_id == entry.campaign_id, Match.post_id == post_id)
        ).one()  # fmt: skip
        reason = TOO_EARLY_OR_LATE if match.kind is not MatchKind.exact else ""
        reason = reason or ("" if _videos(session, post_id) else NO_VIDEO)
        if reason:
            _try_move(session, entry, HandInState.refused, reason=reason, finished_at=relay.now())
        else:
            session.exec(update(HandIn).where(col(HandIn.id) == entry.id).values(post_id=post_id))


def _settle(session: Session, entry: HandIn, now: datetime) -> None:
    made = _clips_of(session, entry)
    if made:
        clip = made[0]
        if _try_move(session, entry, HandInState.taken_in, finished_at=now, video_id=clip.video_id):
            session.flush()
            _credit(session, session.get_one(HandIn, entry.id), clip, now)
        return
    videos = _videos(session, entry.post_id)
    if videos and all(video.state in (VideoState.refused, VideoState.gone) for video in videos):
        _try_move(session, entry, HandInState.refused, reason=videos[0].reason, finished_at=now)


def _is_due(session: Session, entry: HandIn, now: datetime) -> bool:
    """What could not be told is asked again after a while, and then after a longer one. A file is checked at the pace
    at which videos are fetched (fetch.pause_after).
    """
    tries = _tries(session, entry)
    if not tries:
        return True
    if not entry.url:
        return len(tries) >= MOST_TRIES or clocks.has_passed(pause_after(len(tries)), tries[0], now)
    pause = RETRIES_MINUTES[min(len(tries), len(RETRIES_MINUTES)) - 1]
    return clocks.has_passed(timedelta(minutes=pause), tries[0], now)


def _tries(session: Session, entry: HandIn) -> Sequence[datetime]:
    """When it was put off, the last time first."""
    return session.exec(
        select(Event.at)
        .where(Event.subject == "hand-in", Event.subject_id == entry.id, Event.what == PUT_OFF)
        .order_by(col(Event.id).desc())
    ).all()


def _put_off(relay: Relay, entry: HandIn, reason: str) -> int:
    with relay.transaction() as session:
        event = Event(at=relay.now(), subject="hand-in", subject_id=_id(entry), what=PUT_OFF, details={"why": reason})
        session.add(event)
        session.flush()
        assert event.id is not None
        return event.id


def _refuse(relay: Relay, entry: HandIn, reason: str) -> None:
    with relay.transaction() as session:
        _try_move(session, entry, HandInState.refused, reason=reason, finished_at=relay.now())


# What goes onto the clip


def person_of(entry: HandIn) -> str:
    """How an entry is named in the record."""
    return f"№ {entry.number}"


def _credit(session: Session, entry: HandIn, clip: Clip, now: datetime) -> None:
    """What the participant wrote goes onto a clip that nobody has judged or corrected yet.

    A clip that also came another way takes only what it lacks: nobody renames another one's clip by handing it in.
    """
    assert clip.id is not None
    own = _is_alone(session, entry, clip)
    corrected = {
        name
        for event in session.exec(
            select(Event).where(Event.subject == "clip", Event.subject_id == clip.id, Event.what == "edited")
        )
        for name in event.details
    }
    if clip.state is ClipState.awaiting:
        for name in FIELDS:
            said = getattr(entry, name)
            if said and name not in corrected and (own or not getattr(clip, name)):
                setattr(clip, name, said)
        session.add(clip)
    _agree(session, entry, clip.id, now)
    details = {"hand_in": entry.number}
    session.add(
        Event(at=now, subject="clip", subject_id=clip.id, what=HANDED_IN, person=person_of(entry), details=details)
    )


def _agree(session: Session, entry: HandIn, clip_id: int, now: datetime) -> None:
    """The sentences of the page, word for word; a consent that is on record already is not replaced by them."""
    if session.exec(select(Consent.id).where(Consent.clip_id == clip_id)).first() is not None:
        return
    when = entry.created_at.isoformat(timespec="minutes")
    evidence = f"№ {entry.number}, {when}\n{entry.consent}"
    session.add(Consent(clip_id=clip_id, scope="public", evidence=evidence, person=person_of(entry), at=now))


# Taking back


def _follow(relay: Relay, entry: HandIn, withdraw: Withdraw) -> None:
    """What a withdrawal means for the clips and the post; done again, it changes nothing."""
    with relay.reading() as session:
        found = [(clip.id, _is_alone(session, entry, clip)) for clip in _clips_of(session, entry)]
    for clip_id, alone in found:
        if alone:
            withdraw(relay, clip_id, reason=_reason(entry), person=person_of(entry))
    with relay.transaction() as session:
        for clip_id, alone in found:
            if not alone:
                _doubt(session, entry, clip_id, relay.now())
        if not found and entry.post_id is not None and not _leave_alone(session, entry):
            return  # its video is on the way: there will be a clip to withdraw
        session.exec(update(HandIn).where(col(HandIn.id) == entry.id).values(finished_at=relay.now()))


def _reason(entry: HandIn) -> str:
    told = filled("The participant took it back on the receipt page, hand-in {number}.", number=entry.number)
    return joined(told, entry.reason)


def _doubt(session: Session, entry: HandIn, clip_id: int | None, now: datetime) -> None:
    turned = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip_id, col(Clip.state) != ClipState.withdrawn, col(Clip.doubt) == "")
        .values(doubt=TAKEN_BACK)
        .execution_options(synchronize_session=False)
    )
    if turned.rowcount:
        details = {"why": TAKEN_BACK}
        session.add(
            Event(at=now, subject="clip", subject_id=clip_id or 0, what="in doubt", person=person_of(entry),
                  details=details)
        )  # fmt: skip


def _leave_alone(session: Session, entry: HandIn) -> bool:
    """A link without a clip yet: nothing is fetched for it any more, unless the campaign found the post by itself."""
    if any(video.state is VideoState.fetching for video in _videos(session, entry.post_id)):
        return False
    match = session.exec(
        select(Match).where(Match.campaign_id == entry.campaign_id, Match.post_id == entry.post_id)
    ).one()  # fmt: skip
    if not _is_of(session, entry, match):
        return False
    session.exec(
        update(Match)
        .where(col(Match.id) == match.id, col(Match.kind) == MatchKind.exact)
        .values(kind=MatchKind.near, turned_down=person_of(entry))
    )
    return True


def _is_alone(session: Session, entry: HandIn, clip: Clip) -> bool:
    """Whether the clip is there by this entry only, and would not be without it."""
    matches = session.exec(
        select(Match).distinct()
        .join(Sighting, col(Sighting.post_id) == col(Match.post_id))
        .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
        .where(ClipVideo.clip_id == clip.id, Match.campaign_id == entry.campaign_id)
        .where(col(Match.kind) == MatchKind.exact)
    ).all()  # fmt: skip
    first = session.exec(
        select(Event)
        .where(Event.subject == "clip", Event.subject_id == clip.id, Event.what == HANDED_IN)
        .order_by(col(Event.id))
    ).first()
    came_first = first is None or first.details.get("hand_in") == entry.number
    return came_first and all(_is_of(session, entry, match) for match in matches)


def _is_of(session: Session, entry: HandIn, match: Match) -> bool:
    if match.post_id != entry.post_id or match.at < entry.created_at:
        return False
    seen = select(Spotting.id).where(Spotting.post_id == match.post_id)
    return session.exec(seen).first() is None


# Rows


def _by_secret(session: Session, secret: str) -> HandIn:
    entry = session.exec(select(HandIn).where(HandIn.link_hash == digest_of(secret))).first()
    if entry is None:
        raise NotFound("There is no receipt at this link.", hint="Look whether the link is whole.")
    return entry


def _clips_of(session: Session, entry: HandIn) -> list[Clip]:
    """The campaign's clips that came of an entry: of the post's videos, where it was a link."""
    if entry.video_id is None and entry.post_id is None:
        return []
    videos = [entry.video_id] if entry.video_id else [video.id for video in _videos(session, entry.post_id)]
    made = select(ClipVideo.clip_id).where(col(ClipVideo.video_id).in_(videos))
    return list(
        session.exec(
            select(Clip).where(Clip.campaign_id == entry.campaign_id, col(Clip.id).in_(made)).order_by(col(Clip.id))
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


def _move(session: Session, entry: HandIn, to: HandInState, **values: object) -> None:
    if not _try_move(session, entry, to, **values):
        raise Stale("This video is being taken in just now.", state=entry.state.value, hint="Try again in a minute.")


def _try_move(session: Session, entry: HandIn, to: HandInState, **values: object) -> bool:
    moved = session.exec(
        update(HandIn)
        .where(col(HandIn.id) == entry.id, col(HandIn.state) == entry.state)
        .values(state=to, **values)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount:
        session.expire_all()
    return bool(moved.rowcount)


def _campaign(session: Session, slug: str) -> Campaign:
    campaign = session.exec(select(Campaign).where(Campaign.slug == slug)).first()
    if campaign is None:
        raise NotFound("There is no campaign {slug}.", hint="See: relay campaign status", slug=slug)
    return campaign


def _id(row: Campaign | HandIn) -> int:
    assert row.id is not None
    return row.id
