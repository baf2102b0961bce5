"""What pages that stand open have to know: one look at a campaign, whoever and however many watch it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from relay.context import Relay
from relay.models import Clip, ClipState, Decision, Verdict, need_id
from relay.moderation import claims, desk
from relay.moderation.review import turns
from relay.moderation.team import presence
from relay.records import find_campaign


@dataclass(frozen=True, slots=True)
class ClipNow:
    """A clip's state, and the newest row of its decisions (also an undo): its number, 0 where there is none."""

    state: ClipState
    decision: int
    verdict: Verdict | None
    person: str


@dataclass(frozen=True, slots=True)
class LiveView:
    """`counts`: clips by state; `claims`: who has which; `here`: who is at the desk; `clips`: those asked for.

    `apart`: clips that are not in everybody's queue.
    """

    counts: Mapping[str, int]
    claims: list[claims.ClaimView]
    here: list[presence.PersonHere]
    clips: Mapping[int, ClipNow]
    apart: list[turns.Apart]

    def holder(self, clip_id: int) -> str:
        return next((claim.person for claim in self.claims if claim.clip_id == clip_id), "")

    def waiting(self, state: ClipState, person: str) -> int:
        """How many clips of a state are in the person's queue."""
        return self.counts[state.value] - len(self._of_others(state, person))

    def free(self, state: ClipState, person: str) -> int:
        """How many of these no colleague has."""
        taken = {claim.clip_id for claim in self.claims if claim.state is state and claim.person != person}
        return self.counts[state.value] - len(taken | self._of_others(state, person))

    def _of_others(self, state: ClipState, person: str) -> set[int]:
        return {each.clip_id for each in self.apart if each.state is state and not each.is_open_to(person)}


def look(relay: Relay, slug: str, *, clips: Collection[int] = (), people: Collection[str] = ()) -> LiveView:
    """`clips`: numbers of clips that stand open somewhere; `people`: who has a page open, and so is here."""
    now = relay.now()
    with relay.reading() as session:
        campaign_id = need_id(find_campaign(session, slug))
        unnoted = presence.unnoted(session, campaign_id, people, now)
    if unnoted:
        with relay.transaction() as session:
            presence.note(session, campaign_id, unnoted, now)
    with relay.reading() as session:
        held = claims.held(session, campaign_id, now)
        return LiveView(
            counts=desk.counted(session, campaign_id),
            claims=held,
            here=presence.people(session, campaign_id, held, now),
            clips=_clips(session, campaign_id, clips),
            apart=turns.apart(session, campaign_id),
        )


def _clips(session: Session, campaign_id: int, clips: Collection[int]) -> dict[int, ClipNow]:
    if not clips:
        return {}
    newest = select(func.max(Decision.id)).where(col(Decision.clip_id).in_(clips)).group_by(col(Decision.clip_id))
    decisions = session.exec(select(Decision).where(col(Decision.id).in_(newest)))
    last = {decision.clip_id: decision for decision in decisions}
    rows = session.exec(select(Clip.id, Clip.state).where(Clip.campaign_id == campaign_id, col(Clip.id).in_(clips)))
    return {clip_id: _now(ClipState(state), last.get(clip_id)) for clip_id, state in rows if clip_id is not None}


def _now(state: ClipState, last: Decision | None) -> ClipNow:
    return ClipNow(state, need_id(last), last.verdict, last.person) if last else ClipNow(state, 0, None, "")
