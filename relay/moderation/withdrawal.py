"""A participant takes a clip back: it is shown nowhere any more, and no film made from now on carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, func, or_, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.sentence import Sentence
from relay.models import (
    Almanac,
    Campaign,
    Clip,
    ClipState,
    ClipVideo,
    Decision,
    Doubt,
    ErasureCause,
    EventKind,
    EventSubject,
    Post,
    Recall,
    Render,
    Segment,
    Sighting,
    Verdict,
    Video,
    need_id,
)
from relay.moderation.review import beside, mending
from relay.recordings import cards
from relay.records import add_event
from relay.sources import video_links
from relay.store import add_new
from relay.tombstones import burial
from relay.tombstones.entrance import key_of

POST_GONE = (Doubt.post, Doubt.video, Doubt.private)
"""Doubts that a network raised: whoever confirms one withdraws because the post is gone."""


@dataclass(frozen=True, slots=True)
class StaleFilm:
    """A film whose newest version shows `clips` that have been withdrawn since."""

    campaign: str
    name: str
    title: str
    version: int
    clips: list[int]


def withdraw(
    relay: Relay,
    clip_id_or_url: int | str,
    *,
    reason: str,
    person: str,
    doubt: str | None = None,
    cause: ErasureCause | None = None,
) -> list[int]:
    """Withdraws one clip (by its number), or all that the post or video behind a link carries, in every campaign.

    Returns the ids of the clips; what was withdrawn before is among them and stays as it was. A mended clip and the
    one whose place it took are withdrawn together, and so are clips of other campaigns on the same file. Each gets an
    Erasure, which relay/erasure carries out, and tombstones, so that it comes back nowhere. Films that have been made
    with one of them get a Recall, by which the desk says that they have to be made again. `doubt`: what the
    person confirms, and saw of it. Raises NotFound, Refused without a reason, Stale when the doubt is another now.
    """
    reason = reason if isinstance(reason, Sentence) else " ".join(reason.split())[:500]
    if not reason:
        raise Refused("A withdrawal needs a reason: who asked for it, and when.")
    key = key_of(relay)
    with relay.transaction() as session:
        named = _behind(session, str(clip_id_or_url).strip())
        for clip in named:
            if doubt is not None and clip.doubt != doubt:
                raise Stale("Clip {clip} is not in doubt any more.", state=clip.state.value, clip=clip.id)
        clips = _with_same_bytes(session, named)
        doubtful = {clip.id for clip in clips if clip.doubt in POST_GONE}
        for clip in clips:
            _withdraw(session, relay, clip, reason=reason, person=person)
        pair = mending.pair_of(session, [need_id(clip) for clip in clips]) - {clip.id for clip in clips}
        for clip in session.exec(select(Clip).where(col(Clip.id).in_(pair)).order_by(col(Clip.id))).all():
            _withdraw(session, relay, clip, reason=reason, person=person)
            clips.append(clip)
        for clip in clips:
            why = cause or (ErasureCause.post_gone if clip.id in doubtful else ErasureCause.withdrawn)
            burial.bury(session, key, clip, cause=why, person=person, now=relay.now())
        return [clip.id for clip in clips if clip.id is not None]


def films_to_remake(relay: Relay) -> list[StaleFilm]:
    """Films whose newest version shows a clip that has been withdrawn since."""
    with relay.reading() as session:
        newest = select(Render.almanac_id, func.max(Render.version).label("version"))
        newest_of = newest.where(col(Render.closed_at).is_(None)).group_by(col(Render.almanac_id)).subquery()
        rows = session.exec(
            select(Campaign.slug, Almanac.name, Almanac.title, Render.version, Recall.clip_id)  # type: ignore[call-overload]
            .join(Almanac, col(Almanac.campaign_id) == col(Campaign.id))
            .join(newest_of, newest_of.c.almanac_id == Almanac.id)
            .join(Render, (col(Render.almanac_id) == col(Almanac.id)) & (Render.version == newest_of.c.version))
            .join(Recall, col(Recall.render_id) == col(Render.id))
            .order_by(Campaign.slug, Almanac.name, Recall.id)
        ).all()
        still = set(session.exec(select(Clip.id).where(Clip.state == ClipState.withdrawn)))
    films: dict[tuple[str, str], StaleFilm] = {}
    for slug, name, title, version, clip in rows:
        if clip not in still:
            continue
        films.setdefault((slug, name), StaleFilm(slug, name, title, version, [])).clips.append(clip)
    return list(films.values())


def _behind(session: Session, named: str) -> list[Clip]:
    if named.isdecimal():
        clip = session.get(Clip, int(named)) if len(named) < 10 else None
        if clip is None:
            raise NotFound("There is no clip {clip}.", clip=named)
        return [clip]
    carrying = (
        select(ClipVideo.clip_id)
        .join(Video, col(Video.id) == col(ClipVideo.video_id))
        .outerjoin(Sighting, col(Sighting.video_id) == col(Video.id))
        .outerjoin(Post, col(Post.id) == col(Sighting.post_id))
        .where(or_(*_named_by(named)))
    )
    clips = session.exec(select(Clip).where(col(Clip.id).in_(carrying)).order_by(col(Clip.id))).all()
    if not clips:
        raise NotFound("No clip comes from {link}.", hint="Name the clip by its number.", link=named)
    return list(clips)


def _with_same_bytes(session: Session, clips: list[Clip]) -> list[Clip]:
    found = {need_id(one): one for clip in clips for one in (clip, *burial.same_bytes(session, clip))}
    return [found[number] for number in sorted(found)]


def _named_by(link: str) -> list[Any]:
    """The link as it is stored, or any other spelling of the same post or video (m.vk.com, ?z=video…, youtu.be)."""
    ways: list[Any] = [col(Video.url) == link, col(Post.url) == link]
    if (video := video_links.video_of(link)) is not None:
        key = (Video.network, video.network), (Video.owner_id, video.owner_id), (Video.video_id, video.video_id)
        ways.append(and_(*(col(column) == value for column, value in key)))
    for network, item in video_links.items_in(link):
        table: Any = Post if item.is_post else Video
        number = Post.post_id if item.is_post else Video.video_id
        ways.append(and_(table.network == network, table.owner_id == item.owner_id, col(number) == item.id))
    return ways


def _withdraw(session: Session, relay: Relay, clip: Clip, *, reason: str, person: str) -> None:
    """The participant's word beats every state; still a compare-and-set, so that the record says from which."""
    if clip.state is ClipState.withdrawn:
        return
    assert clip.id is not None
    before, before_reason = clip.state, clip.reason
    moved = session.exec(
        update(Clip)
        .where(col(Clip.id) == clip.id, col(Clip.state) == before)
        .values(state=ClipState.withdrawn, reason=reason, doubt=Doubt.none)
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:
        raise Stale("Clip {clip} was being decided just now.", state=before.value, hint="Try again.", clip=clip.id)
    decision = Decision(
        clip_id=clip.id,
        verdict=Verdict.withdraw,
        from_state=before,
        to_state=ClipState.withdrawn,
        person=person,
        reason=reason,
        previous_reason=before_reason,
        doubt=clip.doubt,
        at=relay.now(),
    )
    session.add(decision)
    beside.settled(session, decision)
    cards.stand_down(session, clip)
    for almanac in session.exec(_films_with(clip.id)).all():
        newest = select(Render).where(Render.almanac_id == almanac).order_by(col(Render.version).desc()).limit(1)
        add_new(session, Recall(render_id=need_id(session.exec(newest).one()), clip_id=clip.id, at=relay.now()))
        add_event(session, relay.now(), (EventSubject.almanac, almanac), EventKind.clip_withdrawn, person, clip=clip.id)


def _films_with(clip_id: int) -> Any:
    return (
        select(Almanac.id)
        .join(Segment, col(Segment.almanac_id) == col(Almanac.id))
        .where(Segment.clip_id == clip_id, col(Almanac.id).in_(select(Render.almanac_id)))
    )
