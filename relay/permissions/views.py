"""How a clip stands with its permission, as the desk, programs and the command line show it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from relay.context import Relay
from relay.errors import NotFound
from relay.models import (
    Campaign,
    Clip,
    ClipState,
    Consent,
    ConsentScope,
    ConsentWay,
    PermissionGate,
    PermissionRule,
    need_id,
)
from relay.permissions import standing
from relay.permissions.rules import FILM, FOR_GOOD, Ground, Lack, Use
from relay.permissions.standing import ClipStanding
from relay.records import find_campaign


@dataclass(frozen=True, slots=True)
class ClipPermissionView:
    """`rule`, `gate`: the campaign's. `lacks`: all that is missing; `overridden`: what of it `overridden_by` took upon
    them, and why. `passes`: it may go out.

    `scope` … `way`: of the consent that counts, `scope` empty where there is none; `broadcast`, `abroad`: None where
    nobody asked. `until`: its last day, ISO, or empty.
    """

    clip: int
    name: str
    town: str
    state: ClipState
    rule: PermissionRule
    gate: PermissionGate
    ground: Ground
    lacks: list[Lack]
    overridden: list[Lack]
    overridden_by: str
    override_reason: str
    passes: bool
    scope: str
    broadcast: bool | None
    abroad: bool | None
    until: str
    guardian: str
    way: ConsentWay

    @property
    def closed(self) -> list[Lack]:
        """What only the participant can change."""
        return [one for one in self.lacks if one in FOR_GOOD]

    @property
    def open(self) -> list[Lack]:
        """What is missing and not overridden."""
        return [one for one in self.lacks if one not in self.overridden]


def of_clip(relay: Relay, clip_id: int, *, uses: Collection[Use] = FILM) -> ClipPermissionView:
    """Raises NotFound."""
    with relay.reading() as session:
        found = of_clips(session, [clip_id], uses=uses, now=relay.now())
    if not found:
        raise NotFound("There is no clip {clip}.", clip=clip_id)
    return found[0]


def listing(
    relay: Relay, slug: str, *, lacking: bool = False, uses: Collection[Use] = FILM
) -> list[ClipPermissionView]:
    """The campaign's clips that are neither rejected nor withdrawn, in the order of publication; `lacking`: only those
    of which something has to be told. Raises NotFound.
    """
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        wanted = (
            select(Clip.id)
            .where(Clip.campaign_id == campaign.id)
            .where(col(Clip.state).not_in([ClipState.rejected, ClipState.withdrawn]))
            .order_by(col(Clip.published_at), col(Clip.id))
        )
        clips = [number for number in session.exec(wanted) if number is not None]
        found = of_clips(session, clips, uses=uses, now=relay.now())
    return [one for one in found if one.lacks or not lacking]


def of_clips(
    session: Session, clip_ids: Iterable[int], *, uses: Collection[Use] = FILM, now: datetime
) -> list[ClipPermissionView]:
    """In the order of the numbers given."""
    numbers = list(clip_ids)
    return of_standings(session, numbers, standing.whole(session, numbers, uses=uses, now=now))


def of_standings(
    session: Session, numbers: Sequence[int], found: Mapping[int, ClipStanding]
) -> list[ClipPermissionView]:
    """As `of_clips`, for what has been read already."""
    rows = {need_id(clip): (clip, campaign) for clip, campaign in _rows(session, numbers)}
    return [_view(*rows[number], found[number]) for number in numbers if number in found]


def _rows(session: Session, numbers: Sequence[int]) -> Iterable[tuple[Clip, Campaign]]:
    for start in range(0, len(numbers), standing.CHUNK):
        some = col(Clip.id).in_(numbers[start : start + standing.CHUNK])
        joined = select(Clip, Campaign).join(Campaign, col(Campaign.id) == col(Clip.campaign_id))
        yield from session.exec(joined.where(some)).all()


def _view(clip: Clip, campaign: Campaign, now: ClipStanding) -> ClipPermissionView:
    found, said = now.permission, now.said
    override = now.taken if found.overridden else None
    known = said or Consent(clip_id=0, scope=ConsentScope.refused, person="", at=clip.created_at)
    return ClipPermissionView(
        clip=need_id(clip),
        name=clip.name,
        town=clip.town,
        state=clip.state,
        rule=campaign.permission,
        gate=campaign.gate,
        ground=found.ground,
        lacks=list(found.lacks),
        overridden=sorted(found.overridden),
        overridden_by=override.person if override is not None else "",
        override_reason=override.reason if override is not None else "",
        passes=found.passes,
        scope=said.scope.value if said is not None else "",
        broadcast=known.broadcast,
        abroad=known.abroad,
        until=known.until.isoformat() if known.until is not None else "",
        guardian=known.guardian,
        way=known.way,
    )
