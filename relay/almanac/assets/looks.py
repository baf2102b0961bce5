"""The look of a film as data: its titles, its style and the cards between its clips, and how people change it.

`Look.token` names exactly this state: whoever changes it says which state was seen, so that two editors never
overwrite each other. Each change is a LookChange with what it takes to undo it. The plan (plan/store.py) has the same
for clips.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from relay.almanac.plan.store import find, find_held
from relay.context import Relay
from relay.errors import Refused, Stale
from relay.models import Almanac, Campaign, Card, CardKind, EventKind, LookChange, Picture, need_id
from relay.records import add_event


@dataclass(frozen=True, slots=True)
class Look:
    """`cards`: each as `[number, before, position, kind, words, picture, seconds]`, in the order of their numbers."""

    title: str
    subtitle: str
    style: Mapping[str, Any]
    cards: Sequence[Sequence[Any]]

    @property
    def token(self) -> str:
        words = json.dumps([self.title, self.subtitle, self.style, self.cards], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(words.encode()).hexdigest()[:20]

    def differing(self, other: Look) -> dict[str, Any]:
        """What of this look is not in the other one."""
        mine, theirs = self._parts(), other._parts()
        return {name: value for name, value in mine.items() if value != theirs[name]}

    def _parts(self) -> dict[str, Any]:
        return {
            "title": self.title,
            "subtitle": self.subtitle,
            "style": dict(self.style),
            "cards": [list(card) for card in self.cards],
        }


@dataclass(eq=False)
class LookDraft:
    """A film whose look somebody changes: set the fields of its row, add and change its cards."""

    session: Session
    campaign: Campaign
    almanac: Almanac
    seen: Look


@contextmanager
def changing(
    relay: Relay, slug: str, name: str, *, did: str, person: str = "", seen: str = "", undoes: int | None = None
) -> Iterator[LookDraft]:
    """One unit of work on a look. `seen`: the token that the person looked at; empty: whatever it is now.

    Raises NotFound, and Stale when the look is another one by now; then nothing is written.
    """
    with relay.transaction() as session:
        campaign, almanac = find_held(session, slug, name)
        before = load(session, almanac)
        if seen and seen != before.token:
            raise _stale(session, almanac, before)
        yield LookDraft(session, campaign, almanac, before)
        session.flush()
        after = load(session, almanac)
        if after.token == before.token:
            return
        if undoes is not None:
            session.exec(update(LookChange).where(col(LookChange.id) == undoes).values(undone=True))
            return
        session.add(
            LookChange(
                almanac_id=need_id(almanac),
                at=relay.now(),
                person=person,
                did=did,
                before=before.differing(after),
                token=after.token,
            )
        )


def load(session: Session, almanac: Almanac) -> Look:
    rows = session.exec(select(Card).where(Card.almanac_id == almanac.id).order_by(col(Card.id))).all()
    cards = [
        [need_id(row), row.before_clip_id, row.position, row.kind.value, row.words, row.picture_id, row.seconds]
        for row in rows
    ]
    return Look(almanac.title, almanac.subtitle, dict(almanac.style), cards)


def token(relay: Relay, slug: str, name: str) -> str:
    """Names the look as it is now. Raises NotFound."""
    with relay.reading() as session:
        return load(session, find(session, slug, name)).token


def last_change(session: Session, almanac: Almanac) -> LookChange | None:
    """The newest change that has not been taken back."""
    standing = select(LookChange).where(LookChange.almanac_id == almanac.id, col(LookChange.undone).is_(False))
    return session.exec(standing.order_by(col(LookChange.id).desc()).limit(1)).first()


@dataclass(frozen=True, slots=True)
class LastChange:
    """What `undo` would take back now: what was done, and by whom."""

    did: str
    person: str


def last(relay: Relay, slug: str, name: str) -> LastChange | None:
    """None where there is nothing to undo, or it can't be undone any more. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        change = last_change(session, almanac)
        if change is None or change.token != load(session, almanac).token:
            return None
    return LastChange(change.did, change.person)


def undo(relay: Relay, slug: str, name: str, *, person: str, seen: str = "") -> str:
    """Takes the last change back, and with each call the one before it; returns what was done then.

    Raises NotFound, Stale, and Refused where there is none, or the look was changed in another way since.
    """
    with relay.reading() as session:
        almanac = find(session, slug, name)
        change, now = last_change(session, almanac), load(session, almanac)
    if change is None:
        raise Refused("There is nothing to undo here.")
    if change.token != now.token:
        raise Refused("The film has been changed in another way since; that can't be undone.")
    with changing(relay, slug, name, did="undone", person=person, seen=seen or now.token, undoes=change.id) as draft:
        _put_back(draft, change.before)
        add_event(draft.session, relay.now(), draft.almanac, EventKind.look_undone, person, did=change.did)
    return change.did


def _put_back(draft: LookDraft, before: Mapping[str, Any]) -> None:
    almanac = draft.almanac
    almanac.title, almanac.subtitle = before.get("title", almanac.title), before.get("subtitle", almanac.subtitle)
    almanac.style = before.get("style", almanac.style)
    draft.session.add(almanac)
    if "cards" in before:
        _put_cards_back(draft.session, need_id(almanac), before["cards"])


def _put_cards_back(session: Session, almanac: int, cards: Sequence[Sequence[Any]]) -> None:
    there = {need_id(row): row for row in session.exec(select(Card).where(Card.almanac_id == almanac))}
    for gone in set(there) - {card[0] for card in cards}:
        session.delete(there[gone])
    for number, before, position, kind, words, picture, seconds in cards:
        if picture is not None and session.get(Picture, picture) is None:
            raise Refused("Picture {number} is not there any more, so its card can't come back.", number=picture)
        row = there.get(number) or Card(id=number, almanac_id=almanac, kind=CardKind(kind))
        row.before_clip_id, row.position, row.words = before, position, words
        row.picture_id, row.seconds = picture, seconds
        session.add(row)


def _stale(session: Session, almanac: Almanac, now: Look) -> Stale:
    change = last_change(session, almanac)
    return Stale(
        "{who} changed the look of this film while you had it open.",
        hint="Nothing of yours was saved: look at it as it is now, and do it again.",
        state=now.token,
        who=(change.person if change is not None else "") or "Relay",
    )
