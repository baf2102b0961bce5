"""Who stands behind a campaign and its films: organizers and partners, with role, name and emblem, in order.

The lines of a campaign hold for all its films. A film may have lines of its own instead (`thanks` in its style), which
are part of its look: they are undone, and seen by two editors, like everything there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, delete, select

from relay.almanac.assets import emblems, looks
from relay.almanac.cards.kinds.thanks import Backer, ThanksSection
from relay.almanac.plan.store import find
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.language.catalogue import N_
from relay.language.text import one_line
from relay.models import Almanac, Campaign, CreditLine, Emblem, EventKind, need_id
from relay.records import add_event, find_campaign

THANKED = N_("changed who stands in the credits")
LONGEST_ROLE, LONGEST_NAME, MOST_LINES = 120, 300, 60
ROLES = (
    N_("Organizers"),
    N_("With the support of"),
    N_("Partners"),
    N_("Media partners"),
    N_("With thanks to"),
)
"""What is proposed for a line's heading."""


@dataclass(frozen=True, slots=True)
class CreditEntry:
    """A line of the credits: `role` is the heading above it, `emblem` the number of one."""

    role: str
    name: str = ""
    emblem: int | None = None


@dataclass(frozen=True, slots=True)
class CreditsView:
    """`own`: whether the film has lines of its own. `token`: names this state of the lines."""

    lines: tuple[CreditEntry, ...]
    own: bool
    token: str


def of_campaign(relay: Relay, slug: str) -> CreditsView:
    """Raises NotFound."""
    with relay.reading() as session:
        lines = _lines(session, find_campaign(session, slug))
    return CreditsView(lines, own=False, token=_token(lines))


def of_film(relay: Relay, slug: str, name: str) -> CreditsView:
    """Its own lines, or the campaign's. `token` is the look's. Raises NotFound."""
    with relay.reading() as session:
        almanac = find(session, slug, name)
        lines = _of_almanac(session, find_campaign(session, slug), almanac)
        return CreditsView(lines, own="thanks" in almanac.style, token=looks.load(session, almanac).token)


def set_campaign(relay: Relay, slug: str, lines: Sequence[CreditEntry], *, person: str, seen: str = "") -> CreditsView:
    """All lines of a campaign anew. `seen`: the token of the state that the person looked at; empty: whatever it is.

    Raises NotFound, Stale, and Refused for a line without a heading, or with neither name nor emblem.
    """
    wanted = tuple(_checked(line) for line in lines)
    _check_number(wanted)
    with relay.transaction() as session:
        # an UPDATE that changes nothing holds the row against another organizer, on a server
        session.exec(update(Campaign).where(col(Campaign.slug) == slug).values(slug=slug))
        campaign = find_campaign(session, slug)
        there = _lines(session, campaign)
        if seen and seen != _token(there):
            raise Stale(
                "Somebody changed these lines while you had them open.",
                hint="Nothing of yours was saved: look at them as they are now, and do it again.",
                state=_token(there),
            )
        _check_emblems(session, campaign, wanted)
        if wanted != there:
            session.exec(delete(CreditLine).where(col(CreditLine.campaign_id) == campaign.id))
            for position, line in enumerate(wanted):
                session.add(_row(need_id(campaign), position, line))
            add_event(session, relay.now(), campaign, EventKind.credits_changed, person, lines=len(wanted))
    return CreditsView(wanted, own=False, token=_token(wanted))


def set_film(
    relay: Relay, slug: str, name: str, lines: Sequence[CreditEntry] | None, *, person: str, seen: str = ""
) -> CreditsView:
    """Lines of a film's own; None: those of its campaign again. Raises what `set_campaign` raises."""
    wanted = None if lines is None else tuple(_checked(line) for line in lines)
    _check_number(wanted or ())
    with looks.changing(relay, slug, name, did=THANKED, person=person, seen=seen) as draft:
        _check_emblems(draft.session, draft.campaign, wanted or ())
        style: dict[str, Any] = {key: value for key, value in draft.almanac.style.items() if key != "thanks"}
        if wanted is not None:
            style["thanks"] = [asdict(line) for line in wanted]
        draft.almanac.style = style
        draft.session.add(draft.almanac)
        own = len(wanted) if wanted is not None else None
        add_event(draft.session, relay.now(), draft.almanac, EventKind.credits_changed, person, lines=own)
    return of_film(relay, slug, name)


def moved(lines: Sequence[CreditEntry], at: int, to: int) -> list[CreditEntry]:
    """The lines with one of them, counted from 0, at another place. Raises NotFound."""
    if not 0 <= at < len(lines):
        raise NotFound("There is no line {number}.", number=at + 1)
    row = list(lines)
    row.insert(max(0, min(to, len(row) - 1)), row.pop(at))
    return row


def without(lines: Sequence[CreditEntry], at: int) -> list[CreditEntry]:
    """The lines but for one of them, counted from 0. Raises NotFound."""
    row = moved(lines, at, at)
    del row[at]
    return row


def sections(relay: Relay, session: Session, campaign: Campaign, almanac: Almanac) -> tuple[ThanksSection, ...]:
    """What a film's cards show: lines that follow each other under one heading stand together."""
    return shown(relay, session, campaign, _of_almanac(session, campaign, almanac))


def shown(
    relay: Relay, session: Session, campaign: Campaign, lines: Sequence[CreditEntry]
) -> tuple[ThanksSection, ...]:
    """Raises Refused where the file of an emblem is gone."""

    def backer(line: CreditEntry) -> Backer:
        row = session.get(Emblem, line.emblem) if line.emblem is not None else None
        there = row is not None and row.campaign_id == campaign.id
        return Backer(line.name, emblems.picture(relay, row) if row is not None and there else None)

    return tuple(
        ThanksSection(role, tuple(backer(line) for line in together))
        for role, together in groupby(lines, key=lambda line: line.role)
    )


def words(session: Session, campaign: Campaign, almanac: Almanac) -> list[str]:
    """All that is written there."""
    lines = _of_almanac(session, campaign, almanac)
    return [text for line in lines for text in (line.role, line.name) if text]


def _of_almanac(session: Session, campaign: Campaign, almanac: Almanac) -> tuple[CreditEntry, ...]:
    own: Sequence[Mapping[str, Any]] | None = almanac.style.get("thanks")
    if own is None:
        return _lines(session, campaign)
    return tuple(CreditEntry(line["role"], line["name"], line.get("emblem")) for line in own)


def _lines(session: Session, campaign: Campaign) -> tuple[CreditEntry, ...]:
    rows = session.exec(
        select(CreditLine).where(CreditLine.campaign_id == campaign.id).order_by(col(CreditLine.position))
    ).all()
    return tuple(CreditEntry(row.role, row.name, row.emblem_id) for row in rows)


def _row(campaign: int, position: int, line: CreditEntry) -> CreditLine:
    return CreditLine(campaign_id=campaign, position=position, role=line.role, name=line.name, emblem_id=line.emblem)


def _checked(line: CreditEntry) -> CreditEntry:
    role, name = one_line(line.role, LONGEST_ROLE), one_line(line.name, LONGEST_NAME)
    if not role:
        raise Refused(
            "A line of the credits needs its heading: organizers, partners …", hint="Write it before the name."
        )
    if not name and line.emblem is None:
        raise Refused("A line of the credits needs a name or an emblem.")
    return CreditEntry(role, name, line.emblem)


def _check_number(lines: Sequence[CreditEntry]) -> None:
    if len(lines) > MOST_LINES:
        raise Refused("The credits take up to {most} lines.", most=MOST_LINES)


def _check_emblems(session: Session, campaign: Campaign, lines: Sequence[CreditEntry]) -> None:
    for line in lines:
        if line.emblem is not None:
            emblems.find(session, need_id(campaign), line.emblem)


def _token(lines: Sequence[CreditEntry]) -> str:
    words = json.dumps([asdict(line) for line in lines], ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()[:20]
