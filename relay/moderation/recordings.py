"""What people say of two clips: the same recording, or not; which copy stands in front; what belongs to everybody.

The program proposes (relay/intake/kin.py). What a person said it never says otherwise again, until it is taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import (
    CardMember,
    Certainty,
    Clip,
    ClipState,
    ClipVideo,
    EventKind,
    Kinship,
    Post,
    Said,
    Sighting,
)
from relay.moderation import desk
from relay.recordings import cards, kinships
from relay.records import add_event
from relay.store import add_new

TWO_CAMPAIGNS = "The two clips belong to two campaigns."
ITSELF = "A clip can't be compared with itself."
APART = "Of two clips on these cards somebody has said that they are not the same recording."


@dataclass(frozen=True, slots=True)
class SharedCard:
    """The clips of one recording: the one in `front`, the `original`, whose participant is credited, and all of them.

    `places`: posts that carry one of them; `publics`: communities among those who posted it.
    """

    front: int
    original: int
    members: list[int]
    chosen_by: str
    places: int
    publics: int


@dataclass(frozen=True, slots=True)
class RelativeView:
    """Another clip that may show the recording. `begins`: where it begins in this one, in seconds."""

    clip: desk.ClipView
    certainty: Certainty
    said: Said
    person: str
    begins: float
    seen: float
    heard: float | None
    here: bool
    """Whether it stands on the same card."""


def card_of(relay: Relay, clip_id: int) -> SharedCard | None:
    """None where the clip has its card to itself."""
    with relay.reading() as session:
        rows = cards.members(session, clip_id)
        if not rows:
            return None
        places, publics = _posted(session, [row.clip_id for row in rows])
    return SharedCard(
        front=next(row.clip_id for row in rows if row.front),
        original=next((row.clip_id for row in rows if row.original), rows[0].clip_id),
        members=[row.clip_id for row in rows],
        chosen_by=next((row.chosen_by for row in rows if row.chosen_by), ""),
        places=places,
        publics=publics,
    )


def relatives(relay: Relay, clip_id: int) -> list[RelativeView]:
    """Clips that share the card, and those that may show the same recording, the likeliest first."""
    with relay.reading() as session:
        family = _family(session, _clip(session, clip_id))
        here = {row.clip_id for row in cards.members(session, clip_id)} - {clip_id}
        rows = {_other(row, clip_id): row for row in kinships.of(session, [clip_id])}
    found = [_relative(relay, clip_id, one, rows.get(one), here=one in here) for one in {*here, *rows, *family}]
    return sorted(found, key=lambda one: (not one.here, one.said is Said.other, -one.seen, one.clip.id))


def pair(relay: Relay, clip_id: int, other_id: int) -> RelativeView:
    """How the other clip is like this one. Raises NotFound, Refused for two that nobody may compare."""
    with relay.reading() as session:
        _two(session, clip_id, other_id)
        row = kinships.between(session, clip_id, other_id)
        here = other_id in {one.clip_id for one in cards.members(session, clip_id)}
    return _relative(relay, clip_id, other_id, row, here=here)


def copies(relay: Relay, clip_ids: Iterable[int]) -> Mapping[int, int]:
    """Of clips in front, how many stand on the card."""
    wanted = list(clip_ids)
    with relay.reading() as session:
        card_numbers = dict(
            session.exec(select(CardMember.clip_id, CardMember.card).where(col(CardMember.clip_id).in_(wanted))).all()
        )
        counted = dict(
            session.exec(
                select(CardMember.card, func.count())
                .where(col(CardMember.card).in_(set(card_numbers.values())))
                .group_by(col(CardMember.card))
            ).all()
        )
    return {one: counted[card] for one, card in card_numbers.items()}


def say(relay: Relay, clip_id: int, other_id: int, said: Said, *, person: str, seen: Said = Said.nothing) -> None:
    """Says that two clips are the same recording, or not; `Said.nothing` takes back what was said.

    Cards, verdicts and credits follow in the same unit of work. Raises Stale when what was said is not `seen` any more,
    Refused where a card would hold two clips that are not the same, NotFound.
    """
    now = relay.now()
    with relay.transaction() as session:
        one, other = _two(session, clip_id, other_id)
        a, b = sorted((clip_id, other_id))
        add_new(session, Kinship(a_id=a, b_id=b, certainty=Certainty.none, at=now))
        values = {"said": said, "person": person, "said_at": now}
        changed = session.exec(
            update(Kinship)
            .where(col(Kinship.a_id) == a, col(Kinship.b_id) == b, col(Kinship.said) == seen)
            .values(**values)
        )
        if changed.rowcount != 1:
            raise Stale("Somebody else has said something else of these two meanwhile.", state=one.state.value)
        kinds = {Said.same: EventKind.said_same, Said.other: EventKind.said_other, Said.nothing: EventKind.unsaid}
        for clip, named in ((one, other_id), (other, clip_id)):
            add_event(session, now, clip, kinds[said], person, clip=f"№ {named}")
        _drop_empty(session, a, b)
        kinships.renumber(session, [a, b])
        cards.regroup(session, [a, b], now, person)
        if said is Said.same and other_id not in {row.clip_id for row in cards.members(session, clip_id)}:
            raise Refused(APART, hint="Take that back first.")


def put_in_front(relay: Relay, clip_id: int, *, person: str) -> None:
    """Shows this copy of its recording. Raises NotFound, Refused when it has its card to itself or is withdrawn."""
    with relay.transaction() as session:
        clip = _clip(session, clip_id)
        if not cards.members(session, clip_id) or clip.state is ClipState.withdrawn:
            raise Refused("Only a clip that shares its card with others can be put in front.")
        add_event(session, relay.now(), clip, EventKind.put_in_front, person)
        cards.put_in_front(session, clip_id, relay.now(), person)


def _relative(relay: Relay, clip_id: int, other_id: int, row: Kinship | None, *, here: bool) -> RelativeView:
    begins = 0.0 if row is None else row.begins if row.a_id == clip_id else -row.begins
    return RelativeView(
        clip=desk.show(relay, other_id),
        certainty=row.certainty if row is not None else Certainty.none,
        said=row.said if row is not None else Said.nothing,
        person=row.person if row is not None else "",
        begins=begins,
        seen=row.seen if row is not None else 0.0,
        heard=row.heard if row is not None else None,
        here=here,
    )


def _posted(session: Session, clip_ids: Iterable[int]) -> tuple[int, int]:
    rows = session.exec(
        select(Post.id, Post.network, Post.owner_id)
        .join(Sighting, col(Sighting.post_id) == col(Post.id))
        .join(ClipVideo, col(ClipVideo.video_id) == col(Sighting.video_id))
        .where(col(ClipVideo.clip_id).in_(list(clip_ids)))
        .distinct()
    ).all()
    publics = {(network, owner) for _, network, owner in rows if owner.startswith("-")}
    return len(rows), len(publics)


def _family(session: Session, clip: Clip) -> set[int]:
    """Those that hang together with it by others only, too."""
    if clip.family is None:
        return set()
    wanted = select(Clip.id).where(Clip.campaign_id == clip.campaign_id, Clip.family == clip.family, Clip.id != clip.id)
    return {one for one in session.exec(wanted) if one is not None}


def _drop_empty(session: Session, a: int, b: int) -> None:
    """Nothing was found and nothing is said: nothing is known."""
    row = kinships.between(session, a, b)
    if row is not None:
        session.refresh(row)
        if row.said is Said.nothing and row.certainty is Certainty.none:
            session.delete(row)
            session.flush()


def _two(session: Session, clip_id: int, other_id: int) -> tuple[Clip, Clip]:
    one, other = _clip(session, clip_id), _clip(session, other_id)
    if one is other:
        raise Refused(ITSELF)
    if one.campaign_id != other.campaign_id:
        raise Refused(TWO_CAMPAIGNS)
    return one, other


def _clip(session: Session, clip_id: int) -> Clip:
    clip = session.get(Clip, clip_id)
    if clip is None:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return clip


def _other(row: Kinship, clip_id: int) -> int:
    return row.b_id if row.a_id == clip_id else row.a_id
