"""A plan's rows as a sheet, and back: read, and written by whoever still sees the newest state.

Each change is a PlanChange with what it takes to undo it. Chapters that come from the rules are set anew with each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from relay.almanac.plan import document, rules
from relay.almanac.plan.document import ClipRow, PlanDocument
from relay.almanac.plan.rules import Candidate
from relay.context import Relay
from relay.errors import NotFound, Stale
from relay.language.catalogue import translator
from relay.models import (
    Almanac,
    ByHand,
    Campaign,
    Card,
    CardKind,
    Event,
    EventKind,
    EventSubject,
    LeftOut,
    PlanChange,
    Segment,
    need_id,
)
from relay.records import add_event, find_campaign

OF_THE_RULES = "rule"
"""A chapter's word that tells it from one that a person wrote."""


@dataclass(eq=False)
class Draft:
    """A plan while somebody changes it: set `sheet`, and it is written when the draft is closed."""

    session: Session
    campaign: Campaign
    almanac: Almanac
    seen: PlanDocument
    sheet: PlanDocument
    now: datetime


@contextmanager
def changing(
    relay: Relay,
    slug: str,
    name: str,
    *,
    did: str,
    clip: int | None = None,
    undoes: Collection[int] = (),
    person: str = "",
    seen: str = "",
) -> Iterator[Draft]:
    """One unit of work on a plan. `seen`: the token of the state that the person looked at; empty: whatever it is now.
    `clip`: what it is done to, if to one. `undoes`: numbers of the changes that it takes back.

    Raises NotFound, and Stale when the plan is another one by now; then nothing is written.
    """
    with relay.transaction() as session:
        campaign, almanac = find_held(session, slug, name)
        before = load(session, almanac)
        if seen and seen != before.token:
            raise _stale(session, almanac, before)
        draft = Draft(session, campaign, almanac, before, before, relay.now())
        yield draft
        if draft.sheet != before:
            save(session, almanac, before, draft.sheet, relay=relay, person=person)
            change = _change(draft, relay.now(), person=person, did=did, clip=clip)
            if undoes:
                session.exec(update(PlanChange).where(col(PlanChange.id).in_(undoes)).values(undone=True))
            else:
                session.add(change)
            _note(session, change, undoes)


def load(session: Session, almanac: Almanac) -> PlanDocument:
    segments = session.exec(
        select(Segment).where(Segment.almanac_id == almanac.id).order_by(col(Segment.position), col(Segment.id))
    ).all()
    left_out = session.exec(select(LeftOut).where(LeftOut.almanac_id == almanac.id)).all()
    rows = tuple(row_of(one) for one in segments)
    return PlanDocument(rows, {one.clip_id: one.reason for one in left_out}, dict(almanac.rules))


def row_of(one: Segment) -> ClipRow:
    hand, pieces = frozenset(map(ByHand, one.by_hand)), document.pieces_of(one.pieces)
    return ClipRow(one.clip_id, one.first, one.last, one.name, one.town, hand, one.pinned, pieces)


def save(
    session: Session, almanac: Almanac, before: PlanDocument, after: PlanDocument, *, relay: Relay, person: str
) -> None:
    """Only rows that differ are touched, so that a segment keeps its number."""
    number = need_id(almanac)
    there = {one.clip_id: one for one in session.exec(select(Segment).where(Segment.almanac_id == number))}
    for clip in set(there) - set(after.order):
        session.delete(there.pop(clip))
    for position, row in enumerate(after.rows, 1):
        segment = there.get(row.clip) or Segment(almanac_id=number, clip_id=row.clip, position=position)
        segment.position = position
        segment.first, segment.last, segment.name, segment.town = row.first, row.last, row.name, row.town
        segment.by_hand, segment.pinned = sorted(row.by_hand), row.pinned
        segment.pieces = [piece.kept() for piece in row.pieces]
        session.add(segment)
    out = {one.clip_id: one for one in session.exec(select(LeftOut).where(LeftOut.almanac_id == number))}
    for clip in set(out) - set(after.left_out):
        session.delete(out[clip])
    for clip, reason in after.left_out.items():
        if clip not in out or out[clip].reason != reason:
            kept = out.get(clip) or LeftOut(almanac_id=number, clip_id=clip, person=person, at=relay.now())
            kept.reason, kept.person, kept.at = reason, person, relay.now()
            session.add(kept)
    if dict(before.rules) != dict(after.rules):
        almanac.rules = dict(after.rules)
        session.add(almanac)
    session.flush()


def set_chapters(session: Session, almanac: Almanac, after: PlanDocument, pool: Sequence[Candidate]) -> None:
    """The chapters of the rules, before the clips that they begin with; those that a person wrote are not touched."""
    kind = rules.read(after.rules).chapters
    known = {one.clip: one for one in pool}
    begun = rules.chapters(after.order, known, kind, kept=after.placed)
    wanted = {clip: title or _of_the_others(session, almanac) for clip, title in begun}
    cards = session.exec(select(Card).where(Card.almanac_id == almanac.id, Card.kind == CardKind.chapter)).all()
    for card in cards:
        if OF_THE_RULES not in card.words:
            wanted.pop(card.before_clip_id or 0, None)
        elif wanted.get(card.before_clip_id or 0) == card.words.get("title"):
            del wanted[card.before_clip_id or 0]
        else:
            session.delete(card)
    for clip, title in wanted.items():
        words = {"title": title, OF_THE_RULES: kind.value}
        session.add(Card(almanac_id=need_id(almanac), before_clip_id=clip, kind=CardKind.chapter, words=words))
    session.flush()


def _of_the_others(session: Session, almanac: Almanac) -> str:
    """The title of the chapter of those who belong to none, in the film's language."""
    campaign = session.get_one(Campaign, almanac.campaign_id)
    return translator(str(almanac.style.get("language") or campaign.language)).gettext("Other voices")


def who_left_out(session: Session, almanac: Almanac) -> dict[int, str]:
    """Clip → the person who took it out."""
    rows = session.exec(select(LeftOut).where(LeftOut.almanac_id == almanac.id))
    return {row.clip_id: row.person for row in rows}


def last_change(session: Session, almanac: Almanac) -> PlanChange | None:
    """The newest change that has not been taken back; what was changed otherwise since can't be undone."""
    return session.exec(_standing(almanac).limit(1)).first()


def standing(session: Session, almanac: Almanac) -> list[PlanChange]:
    """All that have not been taken back, the newest first."""
    return list(session.exec(_standing(almanac)))


def _standing(almanac: Almanac) -> SelectOfScalar[PlanChange]:
    there = select(PlanChange).where(PlanChange.almanac_id == almanac.id, col(PlanChange.undone).is_(False))
    return there.order_by(col(PlanChange.id).desc())


def mark(session: Session, almanac: Almanac) -> str:
    """Another one after each change, undo and marker, for much less than the plan's token costs."""
    mine = (Event.subject == EventSubject.almanac, Event.subject_id == almanac.id)
    changed = Event.what == EventKind.plan_changed
    return str(session.exec(select(func.max(Event.id)).where(*mine, changed)).one() or 0)


def find(session: Session, slug: str, name: str) -> Almanac:
    """Raises NotFound, also for a campaign that is not there."""
    campaign = find_campaign(session, slug)
    almanac = session.exec(select(Almanac).where(Almanac.campaign_id == campaign.id, Almanac.name == name)).first()
    if almanac is None:
        raise NotFound("There is no almanac {name} in {slug}.", name=name, slug=slug)
    return almanac


def find_held(session: Session, slug: str, name: str) -> tuple[Campaign, Almanac]:
    """A film that no other transaction changes until this one ends. Raises NotFound."""
    campaign = find_campaign(session, slug)
    # an UPDATE that changes nothing: on a server it holds the row against the other editor (SQLite is held anyway)
    mine = (col(Almanac.campaign_id) == campaign.id, col(Almanac.name) == name)
    session.exec(update(Almanac).where(*mine).values(name=name))
    return campaign, find(session, slug, name)


def _change(draft: Draft, at: datetime, *, person: str, did: str, clip: int | None) -> PlanChange:
    """What it takes to undo what was done to the draft."""
    return PlanChange(
        almanac_id=need_id(draft.almanac),
        at=at,
        person=person,
        did=did,
        clip_id=clip,
        before=document.difference(draft.seen, draft.sheet),
        token=draft.sheet.token,
    )


def _note(session: Session, change: PlanChange, undoes: Collection[int]) -> None:
    said = {"did": change.did, "clip": change.clip_id, "undoes": min(undoes) if undoes else None}
    known = {name: value for name, value in said.items() if value is not None}
    almanac = (EventSubject.almanac, change.almanac_id)
    add_event(session, change.at, almanac, EventKind.plan_changed, change.person, **known)


def _stale(session: Session, almanac: Almanac, now: PlanDocument) -> Stale:
    change = last_change(session, almanac)
    return Stale(
        "{who} changed this plan while you had it open.",
        hint="Nothing of yours was saved: look at it as it is now, and do it again.",
        state=now.token,
        who=(change.person if change is not None else "") or "Relay",
    )
