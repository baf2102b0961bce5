"""What the editor's page shows of a plan when it is asked for, a page at a time: what the rules propose, what was left
out, the tray of clips that are not in the film, and the history of the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlmodel import Session, col, func, select

from relay.almanac.plan import queries, rules, store, voices
from relay.almanac.plan.document import PlanDocument
from relay.almanac.plan.editor_view import ACTIONS, TableClip, known, table_clip
from relay.context import Relay
from relay.errors import Refused
from relay.language.sentence import Sentence
from relay.models import (
    Almanac,
    Campaign,
    Clip,
    ClipState,
    Doubt,
    Inspection,
    LeftOut,
    PlanChange,
    Segment,
    need_id,
)
from relay.permissions import gate
from relay.permissions.rules import uses_of
from relay.recordings import cards
from relay.records import local
from relay.search import index
from relay.views import widened

PAGE = 30
"""Entries of one page."""

WAIT_CHUNKS = 8
"""Of words that are not written yet: whoever searches waits for no more of them."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class PanelPage(Generic[Shown]):
    """Entries `first` … of `total`; `page` counts from 1."""

    shown: Sequence[Shown]
    total: int
    page: int

    @property
    def first(self) -> int:
        return PAGE * (self.page - 1) + 1

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class TableProposal(TableClip):
    """What the rules propose about a clip, and the clip that it would stand behind. See queries.ProposalView."""

    kind: rules.ProposalKind
    behind: TableClip | None
    sentence: str
    hand: bool
    must: bool


@dataclass(frozen=True, slots=True)
class TableLeftOut(TableClip):
    """A clip that a person took out."""

    reason: str
    person: str


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One change of the plan: who did what, to which clip. `at`: ISO 8601. `undone`: it has been taken back."""

    step: int
    at: str
    person: str
    did: str
    clip: int | None
    name: str
    undone: bool


@dataclass(frozen=True, slots=True)
class ProposalsPage(PanelPage[TableProposal]):
    """`may_follow`: some of them undo nobody's work, so all of those can be followed at once. `lacking`: what has to
    happen before the rules can propose anything; else empty.
    """

    may_follow: bool = False
    lacking: Sentence | str = ""


def proposals(relay: Relay, slug: str, name: str, page: int = 1) -> ProposalsPage:
    """None for a plan that was made by hand only, or while no clip is approved. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign, sheet = session.get_one(Campaign, almanac.campaign_id), store.load(session, almanac)
        try:
            found = _proposed(relay, session, campaign, almanac, sheet) if sheet.rules else []
            lacking: Sentence | str = ""
        except voices.NotYetRead as error:
            found, lacking = [], error.line
        except Refused:
            found, lacking = [], ""
        at = _at(page, len(found))
        wanted = found[PAGE * (at - 1) : PAGE * at]
        clips = known(session, [number for one in wanted for number in (one.clip, one.after) if number])
    shown = [
        widened(
            TableProposal,
            clips[one.clip],
            kind=one.kind,
            behind=clips[one.after] if one.after is not None else None,
            sentence=rules.SENTENCES[one.reason],
            hand=one.hand,
            must=one.must,
        )
        for one in wanted
    ]
    return ProposalsPage(shown, len(found), at, any(not one.hand for one in found), lacking)


def _proposed(
    relay: Relay, session: Session, campaign: Campaign, almanac: Almanac, sheet: PlanDocument
) -> list[rules.Proposal]:
    return list(queries.proposed(session, relay.settings, campaign, almanac, sheet, now=relay.now()).found)


def left_out(relay: Relay, slug: str, name: str, page: int = 1) -> PanelPage[TableLeftOut]:
    """The newest first. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        mine = select(LeftOut).where(LeftOut.almanac_id == almanac.id)
        rows, total, at = _paged(session, mine, page, col(LeftOut.id).desc())
        clips = known(session, [row.clip_id for row in rows])
    shown = [widened(TableLeftOut, clips[row.clip_id], reason=row.reason, person=row.person) for row in rows]
    return PanelPage(shown, total, at)


def tray(relay: Relay, slug: str, name: str, page: int = 1, sought: str = "") -> PanelPage[TableClip]:
    """Clips that may come into the film and are not in it, in the order of publication. `sought`: words of the clip,
    of its posts and its video, or its number. Raises NotFound.
    """
    if sought:
        index.catch_up(relay.store, chunks=WAIT_CHUNKS)
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        outside = _outside(almanac, sought).where(col(Clip.id).not_in(_stopped(session, almanac, relay.now())))
        rows, total, at = _paged(session, outside, page, col(Clip.published_at), col(Clip.id))
        shown = [table_clip(clip, look) for clip, look in rows]
    return PanelPage(shown, total, at)


def history(relay: Relay, slug: str, name: str, page: int = 1) -> PanelPage[PlanStep]:
    """The newest change first. Raises NotFound."""
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        campaign = session.get_one(Campaign, almanac.campaign_id)
        mine = select(PlanChange).where(PlanChange.almanac_id == almanac.id)
        rows, total, at = _paged(session, mine, page, col(PlanChange.id).desc())
        clips = known(session, [row.clip_id for row in rows if row.clip_id is not None])
    return PanelPage([_step(row, campaign, clips.get(row.clip_id or 0)) for row in rows], total, at)


def _step(row: PlanChange, campaign: Campaign, clip: TableClip | None) -> PlanStep:
    return PlanStep(
        step=need_id(row),
        at=local(campaign, row.at),
        person=row.person,
        did=ACTIONS.get(row.did, row.did),
        clip=row.clip_id,
        name=clip.name if clip is not None else "",
        undone=row.undone,
    )


def _stopped(session: Session, almanac: Almanac, now: datetime) -> list[int]:
    """Approved clips that may not go out with this film."""
    there = select(Clip.id).where(Clip.campaign_id == almanac.campaign_id, Clip.state == ClipState.approved)
    clips = [number for number in session.exec(there) if number is not None]
    return list(gate.stopped(session, clips, uses=uses_of(almanac.uses), now=now))


def _outside(almanac: Almanac, sought: str) -> Any:
    """Of clips that share a card only the one in front."""
    inside = select(Segment.clip_id).where(Segment.almanac_id == almanac.id)
    found = (
        select(Clip, Inspection)
        .join(Inspection, col(Inspection.sha256) == col(Clip.sha256))
        .where(
            Clip.campaign_id == almanac.campaign_id,
            Clip.state == ClipState.approved,
            Clip.doubt == Doubt.none,
            ~cards.behind(),
            col(Clip.id).not_in(inside),
        )
    )
    number = sought.strip().lstrip("№# ")
    if number.isascii() and number.isdecimal() and len(number) < 10:
        return found.where(Clip.id == int(number))
    return found.where(*index.clips_with(sought)) if sought.strip() else found


def _paged(session: Session, wanted: Any, page: int, *order: Any) -> tuple[list[Any], int, int]:
    """Rows of a page, how many there are on all, and which page it is: the last one, where there are fewer."""
    total = session.scalar(wanted.with_only_columns(func.count())) or 0
    at = _at(page, total)
    return list(session.exec(wanted.order_by(*order).limit(PAGE).offset(PAGE * (at - 1)))), total, at


def _at(page: int, total: int) -> int:
    return min(max(1, page), max(1, -(-total // PAGE)))
