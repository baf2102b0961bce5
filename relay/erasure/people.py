"""One person's whole data: what is held of them, why, and until when; taken along, or erased."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import delete, or_, update
from sqlmodel import Session, col, select

from relay.chain import links
from relay.context import Relay
from relay.erasure import forgetting, walk
from relay.erasure.rows import FORGOTTEN
from relay.errors import NotFound, Refused
from relay.intake.hand_in import hand_ins, uploads
from relay.intake.inspect import original
from relay.language.catalogue import N_
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Consent,
    Erasure,
    ErasureCause,
    Event,
    EventKind,
    EventSubject,
    HandIn,
    HandInState,
    Match,
    PermissionOverride,
    Post,
    SearchSubject,
    SearchWord,
    Sighting,
    Video,
    need_id,
)
from relay.moderation import withdrawal
from relay.records import add_event, is_forgotten, local
from relay.sources import video_links
from relay.tombstones import file, stones
from relay.tombstones.entrance import key_of
from relay.tombstones.key import TombstoneKey
from relay.tombstones.stones import Name
from relay.views import as_json

NAMED = ("name", "town", "district", "age", "relation", "quote", "origin", "text_author")
GIVEN = (
    *("name", "town", "district", "age", "quote", "origin", "text_author", "contact", "guardian", "visitor"),
    *("file_name", "consent"),
)
SHORTEST_NUMBER = 5
"""Digits of a telephone number."""
AGREED = ("evidence", "words", "name", "guardian", "visitor")


class HeldKind(StrEnum):
    """What is held of a person."""

    clip = "clip"
    post = "post"
    video = "video"
    hand_in = "hand-in"
    consent = "consent"


WHY = {
    HeldKind.clip: N_("for the campaign's films and its archive, by the participant's consent"),
    HeldKind.post: N_("published with the campaign's hashtag"),
    HeldKind.video: N_("carried by a post of the campaign, or handed in"),
    HeldKind.hand_in: N_("given on the hand-in page, to credit and to reach the participant"),
    HeldKind.consent: N_("to prove what the participant has agreed to"),
}
"""Why each is held; message ids."""


@dataclass(frozen=True, slots=True)
class HeldItem:
    """`until`: when a retention rule ends it, empty: until the participant takes it back."""

    kind: HeldKind
    number: int
    campaign: str
    what: str
    at: str
    why: str
    until: str


@dataclass(frozen=True, slots=True)
class PersonReport:
    """All that is held of one person, found from `who`: each row once, in the order of the tables."""

    who: str
    clips: list[int]
    hand_ins: list[str]
    held: list[HeldItem]


@dataclass(frozen=True, slots=True)
class Found:
    clips: list[Clip]
    videos: list[Video]
    posts: list[Post]
    hand_ins: list[HandIn]


def report(relay: Relay, who: str) -> PersonReport:
    """`who`: a clip's number, a receipt's number, a contact as it was given, a link to a post or video, or an author as
    `vk:101`. Raises NotFound.
    """
    with relay.reading() as session:
        found = _found(session, who)
        return PersonReport(
            who=who,
            clips=[need_id(clip) for clip in found.clips],
            hand_ins=[row.number for row in found.hand_ins],
            held=_held(relay, session, found),
        )


def export(relay: Relay, who: str, folder: Path) -> PersonReport:
    """Writes all of it into a new folder: `data.json` and the videos. Raises NotFound, Refused for a folder that is
    there.
    """
    told = report(relay, who)
    if folder.exists():
        raise Refused("{target} is already there.", hint="Choose another name.", target=folder)
    part = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True, mode=0o700)
    with relay.reading() as session:
        found = _found(session, who)
        rows = {
            "clips": found.clips,
            "videos": found.videos,
            "posts": found.posts,
            "hand_ins": found.hand_ins,
            "consents": _consents(session, found),
        }
        whole = {name: [_plain(row.model_dump()) for row in some] for name, some in rows.items()}  # type: ignore[attr-defined]
    text = json.dumps({"report": as_json(told), **whole}, ensure_ascii=False, indent=2, default=str)
    (part / "data.json").write_text(f"{text}\n", "utf-8")
    for clip in found.clips:
        if relay.media.has(original(clip.sha256)):
            shutil.copyfile(relay.media.local(original(clip.sha256)), part / f"clip-{clip.id}")
    for hand_in in found.hand_ins:
        if hand_in.state is HandInState.waiting and (waits := uploads.arrived(relay, hand_in)) is not None:
            shutil.copyfile(waits, part / f"hand-in-{hand_in.number}")
    part.rename(folder)
    return told


def erase(relay: Relay, who: str, *, reason: str, person: str) -> PersonReport:
    """Withdraws and erases all clips, and blanks what was written of the person. What is left is the record that there
    was something, who decided it and when. Can be repeated, and goes on where it was. Raises NotFound, Refused.
    """
    told = report(relay, who)
    for clip in told.clips:
        withdrawal.withdraw(relay, clip, reason=reason, person=person, cause=ErasureCause.person)
    with relay.reading() as session:
        found = _found(session, who)
    for hand_in in found.hand_ins:
        if hand_in.state in (HandInState.begun, HandInState.waiting):
            hand_ins.call_off(relay, need_id(hand_in), words="", withdraw=withdrawal.withdraw)
    walk.carry_out(relay, walk.of_clips(relay, told.clips))
    with relay.transaction() as session:
        _blank(relay, session, found)
        _set_stones(relay, session, found)
    file.keep_up(relay, key_of(relay))
    return told


def forget_again(relay: Relay) -> int:
    """Blanks what a backup that is older than an erasure has brought back of a person. Returns the number of rows.
    Repeating it changes nothing.
    """
    with relay.transaction() as session:
        found = _forgotten(session, key_of(relay))
        _blank(relay, session, found)
    return len(found.videos) + len(found.posts) + len(found.hand_ins)


def _set_stones(relay: Relay, session: Session, found: Found) -> None:
    """By the number of the erasure with which the person may let them in again, where there is one."""
    of_clip = {row.clip_id: row.number for row in session.exec(select(Erasure))}
    carried = select(ClipVideo.video_id, ClipVideo.clip_id).where(
        col(ClipVideo.video_id).in_([row.id for row in found.videos])
    )
    of_video = {video: of_clip.get(clip, "") for video, clip in session.exec(carried)}
    seen = select(Sighting.post_id, Sighting.video_id).where(col(Sighting.post_id).in_([row.id for row in found.posts]))
    of_post = {post: of_video.get(video, "") for post, video in session.exec(seen)}
    named = [(of_video.get(need_id(row), ""), _video_name(row)) for row in found.videos]
    named += [(of_post.get(need_id(row), ""), _post_name(row)) for row in found.posts]
    named += [(of_video.get(row.video_id or 0, ""), _hand_in_name(row)) for row in found.hand_ins]
    key = key_of(relay)
    for number, name in named:
        stones.put(session, key, [name], erasure=number, at=relay.now())


def _forgotten(session: Session, key: TombstoneKey) -> Found:
    """What the tombstones know of all that is here."""

    def known(table: Any, name: Callable[[Any], Name]) -> list[Any]:
        names = {need_id(row): [name(row)] for row in session.exec(select(table))}
        return _rows(session, table, stones.kept_out(session, key, names))

    videos, posts, given = known(Video, _video_name), known(Post, _post_name), known(HandIn, _hand_in_name)
    clips = select(ClipVideo.clip_id).where(col(ClipVideo.video_id).in_([row.id for row in videos]))
    return Found(clips=_rows(session, Clip, _ids(session, clips)), videos=videos, posts=posts, hand_ins=given)


def _video_name(row: Video) -> Name:
    return Name.of_forgotten(EventSubject.video, row.network, row.owner_id, row.video_id)


def _post_name(row: Post) -> Name:
    return Name.of_forgotten(EventSubject.post, row.network, row.owner_id, row.post_id)


def _hand_in_name(row: HandIn) -> Name:
    return Name.of_forgotten(EventSubject.hand_in, row.link_hash)


def _found(session: Session, who: str) -> Found:
    """Whatever is connected with one of the rows that `who` names, through clips, videos and hand-ins."""
    who = who.strip()
    clips = _ids(session, select(Clip.id).where(Clip.id == int(who))) if who.isdecimal() and len(who) < 10 else set()
    given = session.exec(select(HandIn).where(or_(col(HandIn.number) == who.lstrip("№ "), col(HandIn.contact) != "")))
    hand_ins = {need_id(row): row for row in given if row.number == who.lstrip("№ ") or _same(row.contact, who)}
    videos = {row.video_id for row in hand_ins.values() if row.video_id} | _of_author(session, who)
    posts = {row.post_id for row in hand_ins.values() if row.post_id}
    written = _written_by(session, who)
    videos |= _ids(session, select(Sighting.video_id).where(col(Sighting.post_id).in_(posts)))
    videos |= _ids(session, select(ClipVideo.video_id).where(col(ClipVideo.clip_id).in_(clips)))
    clips |= _ids(session, select(ClipVideo.clip_id).where(col(ClipVideo.video_id).in_(videos)))
    videos |= _ids(session, select(ClipVideo.video_id).where(col(ClipVideo.clip_id).in_(clips)))
    more = session.exec(select(HandIn).where(col(HandIn.video_id).in_(videos))).all()
    hand_ins |= {need_id(row): row for row in more}
    others = select(Sighting.post_id).where(col(Sighting.video_id).not_in(videos))
    mine = select(Sighting.post_id).where(col(Sighting.video_id).in_(videos), col(Sighting.post_id).not_in(others))
    posts |= _ids(session, mine) | written
    if not (clips or videos or hand_ins or written):
        raise NotFound(
            "Nothing is held of {who}.",
            hint="Give a clip's or a receipt's number, a contact, a link, or an author like vk:101.",
            who=who,
        )
    return Found(
        clips=_rows(session, Clip, clips),
        videos=_rows(session, Video, videos),
        posts=_rows(session, Post, posts),
        hand_ins=[hand_ins[number] for number in sorted(hand_ins)],
    )


def _same(contact: str, who: str) -> bool:
    """An address in other letters, a telephone number in other groups."""
    if contact.strip().casefold() == who.casefold():
        return True
    first, second = (re.sub(r"[\s().+-]", "", words) for words in (contact, who))
    return first == second and first.isdecimal() and len(first) >= SHORTEST_NUMBER


def _written_by(session: Session, who: str) -> set[int]:
    """Posts of an author, also those without a video; behind a link only one that carries none."""
    network, _, author = who.partition(":")
    ways: list[Any] = []
    if author and "/" not in who:
        own = (Post.author_id == author) | ((Post.author_id == "") & (Post.owner_id == author))
        ways.append((col(Post.network) == network) & own)
    carrying = select(Sighting.post_id)
    for name, item in video_links.items_in(who):
        if item.is_post:
            here = (col(Post.network) == name) & (Post.owner_id == item.owner_id) & (Post.post_id == item.id)
            ways.append(here & col(Post.id).not_in(carrying))
    return _ids(session, select(Post.id).where(or_(*ways))) if ways else set()


def _of_author(session: Session, who: str) -> set[int]:
    """Videos of an author (`vk:101`), or behind a link."""
    network, _, author = who.partition(":")
    ways: list[Any] = [col(Video.url) == who]
    if author and "/" not in who:
        ways.append((col(Video.network) == network) & ((Video.author_id == author) | (Video.owner_id == author)))
    for name, item in video_links.items_in(who):
        table: Any = Post if item.is_post else Video
        number = Post.post_id if item.is_post else Video.video_id
        here = (table.network == name) & (table.owner_id == item.owner_id) & (col(number) == item.id)
        if item.is_post:
            carried = select(Sighting.video_id).join(Post, col(Post.id) == col(Sighting.post_id)).where(here)
            ways.append(col(Video.id).in_(carried))
        else:
            ways.append(here)
    return _ids(session, select(Video.id).where(or_(*ways)))


def _ids(session: Session, wanted: Any) -> set[int]:
    return {number for number in session.exec(wanted) if number is not None}


def _rows(session: Session, table: Any, numbers: set[int]) -> list[Any]:
    return list(session.exec(select(table).where(table.id.in_(numbers)).order_by(table.id)))


def _consents(session: Session, found: Found) -> list[Consent]:
    clips = [clip.id for clip in found.clips]
    return list(session.exec(select(Consent).where(col(Consent.clip_id).in_(clips)).order_by(col(Consent.id))))


def _held(relay: Relay, session: Session, found: Found) -> list[HeldItem]:
    campaigns = {need_id(row): row for row in session.exec(select(Campaign).order_by(col(Campaign.id)))}
    usual = next(iter(campaigns))
    of_post, of_video = _campaigns_of(session, found)
    contacts = relay.settings.keep_contacts_days

    def item(kind: HeldKind, row: Any, what: str, at: datetime, campaign: Campaign, days: int = 0) -> HeldItem:
        until = local(campaign, campaign.closes_at + timedelta(days=days)) if days else ""
        return HeldItem(kind, need_id(row), campaign.slug, what, local(campaign, at), WHY[kind], until)

    held = [
        item(HeldKind.clip, row, _told(row), row.created_at, campaigns[row.campaign_id])
        for row in found.clips
        if row.state is not ClipState.withdrawn or any(getattr(row, name) for name in NAMED)
    ]
    held += [
        item(HeldKind.video, row, row.url, row.created_at, campaigns[of_video.get(need_id(row), usual)])
        for row in found.videos
        if row.author or row.title
    ]
    held += [
        item(HeldKind.post, row, row.url, row.first_seen_at, campaigns[of_post.get(need_id(row), usual)])
        for row in found.posts
        if row.text or row.author
    ]
    held += [
        item(HeldKind.hand_in, row, f"№ {row.number}", row.created_at, campaigns[row.campaign_id], contacts)
        for row in found.hand_ins
        if any(getattr(row, name) for name in GIVEN)
    ]
    of_clip = {need_id(clip): campaigns[clip.campaign_id] for clip in found.clips}
    return held + [
        item(HeldKind.consent, row, row.scope.value, row.at, of_clip[row.clip_id])
        for row in _consents(session, found)
        if any(getattr(row, name) for name in AGREED)
    ]


def _campaigns_of(session: Session, found: Found) -> tuple[dict[int, int], dict[int, int]]:
    """The first campaign that each post, and each video, is of."""
    posts = select(Match.post_id, Match.campaign_id).where(col(Match.post_id).in_([row.id for row in found.posts]))
    videos = (
        select(Sighting.video_id, Match.campaign_id)
        .join(Match, col(Match.post_id) == col(Sighting.post_id))
        .where(col(Sighting.video_id).in_([row.id for row in found.videos]))
    )
    newest_first = (sorted(session.exec(wanted).all(), key=lambda row: -row[1]) for wanted in (posts, videos))
    of_post, of_video = (dict(rows) for rows in newest_first)
    return of_post, of_video


def _told(clip: Clip) -> str:
    return ", ".join(part for part in (clip.name, clip.town) if part) or clip.state.value


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("link_hash", "visitor", "lease_holder")}


def _blank(relay: Relay, session: Session, found: Found) -> None:
    clips, videos = [need_id(row) for row in found.clips], [need_id(row) for row in found.videos]
    posts, hand_ins = [need_id(row) for row in found.posts], [need_id(row) for row in found.hand_ins]
    session.exec(update(Clip).where(col(Clip.id).in_(clips)).values(**dict.fromkeys(NAMED, "")))
    blank = dict.fromkeys(("title", "description", "author", "author_id", "access_key"), "")
    session.exec(update(Video).where(col(Video.id).in_(videos)).values(**blank))
    session.exec(update(Post).where(col(Post.id).in_(posts)).values(text="", author="", author_id="", raw={}))
    session.exec(update(HandIn).where(col(HandIn.id).in_(hand_ins)).values(**dict.fromkeys(GIVEN, "")))
    agreed = [need_id(row) for row in _consents(session, found) if any(getattr(row, name) for name in AGREED)]
    with links.rewriting(session, Consent, agreed, why=FORGOTTEN, at=relay.now()):
        session.exec(update(Consent).where(col(Consent.id).in_(agreed)).values(**dict.fromkeys(AGREED, "")))
    forgetting.forget(relay, session, clips)
    _mark(session, relay.now(), {EventSubject.video: videos, EventSubject.post: posts})
    session.exec(update(PermissionOverride).where(col(PermissionOverride.clip_id).in_(clips)).values(reason=""))
    for subject, numbers in (
        (EventSubject.clip, clips),
        (EventSubject.video, videos),
        (EventSubject.post, posts),
        (EventSubject.hand_in, hand_ins),
    ):
        rewrite_events(relay, session, subject, numbers)
        known = {one.value: one for one in SearchSubject}
        if subject.value in known:
            words = col(SearchWord.subject) == known[subject.value], col(SearchWord.number).in_(numbers)
            session.exec(delete(SearchWord).where(*words))


def _mark(session: Session, now: datetime, numbers: dict[EventSubject, list[int]]) -> None:
    """So that the next look at the network does not write it down again."""
    for subject, rows in numbers.items():
        for number in rows:
            if not is_forgotten(session, subject, number):
                add_event(session, now, (subject, number), EventKind.erased)


def rewrite_events(relay: Relay, session: Session, subject: EventSubject, numbers: list[int]) -> list[int]:
    """Texts in details of events give way to empty ones, which the record tells; returns the ids of those events."""
    about = Event.subject == subject, col(Event.subject_id).in_(numbers)
    found = [row for row in session.exec(select(Event).where(*about)).all() if row.details]
    rewritten = [need_id(row) for row in found]
    with links.rewriting(session, Event, rewritten, why=FORGOTTEN, at=relay.now()):
        for row in found:
            row.details = _without_texts(row.details)
            session.add(row)
    return rewritten


def _without_texts(told: Any) -> Any:
    """The same document with empty texts, however deep they lie."""
    if isinstance(told, dict):
        return {name: _without_texts(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_without_texts(value) for value in told]
    return "" if isinstance(told, str) else told
