"""What waits for somebody, which sources are ill, and what the networks still let us ask."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from relay import clocks
from relay.context import Relay
from relay.models import (
    Campaign,
    CardMember,
    Claim,
    Clip,
    ClipState,
    HandIn,
    HandInState,
    LookState,
    Match,
    MatchKind,
    Mending,
    MendingState,
    Parking,
    Question,
    SecondLook,
    Sighting,
    Source,
    SourceState,
    Sweep,
    Video,
    VideoState,
)
from relay.ports import HasTokens
from relay.records import local
from relay.sources.quotas import LONGEST_REST

LONGEST_CLAIM = timedelta(days=1)
"""None is promised for so long; one that is was written by another clock."""


@dataclass(frozen=True, slots=True)
class BoardWaits:
    """Numbers. `awaiting` and `later`: clips, one for each card; `claimed`: of these, who somebody has before them now.
    `looks`: second looks, `returned` and `mended`: clips that wait for their participants, and came back. `doubtful`:
    clips that may have been withdrawn. `near`: posts with a look-alike tag. `coming`: videos on their way, `stuck`:
    those that have to be tried again. `hand_ins` wait to be looked at.
    """

    awaiting: int
    later: int
    claimed: int
    looks: int
    questions: int
    returned: int
    mended: int
    doubtful: int
    near: int
    coming: int
    stuck: int
    hand_ins: int


@dataclass(frozen=True, slots=True)
class IllSource:
    """`failures`: readings in a row that failed; `last_sweep`: the end of the last whole one."""

    id: int
    address: str
    network: str
    title: str
    district: str
    state: SourceState
    reason: str
    failures: int
    last_sweep: str | None


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """`states`: how many sources are in each; `ill`: those that are not simply read."""

    states: dict[str, int]
    ill: list[IllSource]


@dataclass(frozen=True, slots=True)
class BoardQuota:
    """Calls of a network's method in 24 hours, of all our tokens together; `allowed` None: it counts none.

    `until`: when a token or method that rests is tried again.
    """

    network: str
    method: str
    made: int
    allowed: int | None
    until: str | None


def waits(session: Session, campaign: Campaign, now: datetime) -> BoardWaits:
    clips = _by_state(session, campaign)
    on_their_way, stuck = coming(session, campaign)
    here = {name: query.scalar_subquery() for name, query in _queries(campaign, now).items()}
    row = session.execute(select(*(query.label(name) for name, query in here.items()))).one()._asdict()
    return BoardWaits(
        awaiting=clips[ClipState.awaiting],
        later=clips[ClipState.later],
        coming=on_their_way,
        stuck=stuck,
        **row,
    )


def coming(session: Session, campaign: Campaign) -> tuple[int, int]:
    """Videos that are on their way, and those that have to be tried again."""
    videos = _videos(session, campaign)
    return videos[VideoState.found] + videos[VideoState.fetching], videos[VideoState.unavailable]


def source_health(session: Session, campaign: Campaign) -> SourceHealth:
    ours = Source.campaign_id == campaign.id
    states = session.execute(select(Source.state, func.count()).where(ours).group_by(col(Source.state))).all()
    trouble = col(Source.state).in_([SourceState.attention, SourceState.gone]) | (col(Source.failures) > 0)
    told = (Source.id, Source.address, Source.network, Source.title, Source.district, Source.state, Source.reason)
    rows = session.execute(
        select(*told, Source.failures, func.max(Sweep.finished_at).label("last_sweep"))  # type: ignore[call-overload]
        .select_from(Source)
        .outerjoin(Sweep, (col(Sweep.source_id) == Source.id) & col(Sweep.complete))
        .where(ours, trouble | (Source.reason != ""))
        .group_by(*told, Source.failures)
        .order_by(col(Source.failures).desc(), Source.id)
    ).mappings()
    ill = [IllSource(**{**row, "last_sweep": _told(campaign, row["last_sweep"])}) for row in rows]
    return SourceHealth({state.value: number for state, number in sorted(states)}, ill)


def quotas(relay: Relay, session: Session, campaign: Campaign) -> list[BoardQuota]:
    """Of the networks that the campaign reads with tokens."""
    read = set(session.scalars(select(Source.network).where(Source.campaign_id == campaign.id).distinct()))
    rests = _rests(session, relay.now())
    found: list[BoardQuota] = []
    for name, source in relay.sources.items():
        if name in read and isinstance(source, HasTokens):
            found += _of_network(campaign, name, source, rests)
    return found


def _of_network(campaign: Campaign, name: str, source: HasTokens, rests: dict[str, datetime]) -> list[BoardQuota]:
    made: Counter[str] = Counter()
    allowed: dict[str, int | None] = {}
    until: dict[str, datetime] = {}
    for token in source.tokens():
        for method, (calls, most) in token.calls.items():
            made[method] += calls
            before = allowed.get(method, 0)
            allowed[method] = None if most is None or before is None else before + most
            for key in (f"{name}:{token.token}", f"{name}:{token.token}:{method}"):
                if key in rests:
                    until[method] = max(rests[key], until.get(method, rests[key]))
    return [
        BoardQuota(name, method, made[method], most, _told(campaign, until.get(method)))
        for method, most in allowed.items()
    ]


def _told(campaign: Campaign, moment: datetime | None) -> str | None:
    return local(campaign, moment) if moment is not None else None


def _rests(session: Session, now: datetime) -> dict[str, datetime]:
    stands = clocks.holding(col(Parking.until), now, LONGEST_REST)
    return dict(session.execute(select(Parking.key, Parking.until).where(stands)).all())


def _by_state(session: Session, campaign: Campaign) -> Counter[ClipState]:
    behind = select(CardMember.clip_id).where(col(CardMember.front).is_(False))
    ours = Clip.campaign_id == campaign.id, col(Clip.id).not_in(behind)
    counted = select(Clip.state, func.count()).where(*ours).group_by(col(Clip.state))
    return Counter(dict(session.execute(counted).all()))


def _videos(session: Session, campaign: Campaign) -> Counter[VideoState]:
    ours = (
        select(Sighting.video_id)
        .join(Match, col(Match.post_id) == Sighting.post_id)
        .where(Match.campaign_id == campaign.id, Match.kind == MatchKind.exact, Match.turned_down == "")
    )
    not_here = [VideoState.found, VideoState.fetching, VideoState.unavailable]
    wanted = col(Video.state).in_(not_here), col(Video.id).in_(ours)
    return Counter(
        dict(session.execute(select(Video.state, func.count()).where(*wanted).group_by(col(Video.state))).all())
    )


def _queries(campaign: Campaign, now: datetime) -> dict[str, Any]:
    def of_clips(table: Any, *where: ColumnElement[bool]) -> Any:
        joined = select(func.count()).select_from(table).join(Clip, col(Clip.id) == table.clip_id)
        return joined.where(Clip.campaign_id == campaign.id, *where)

    return {
        "claimed": of_clips(Claim, clocks.holding(col(Claim.until), now, LONGEST_CLAIM)),
        "looks": of_clips(SecondLook, col(SecondLook.state).in_([LookState.waiting, LookState.differs])),
        "questions": of_clips(Question, col(Question.answered_at).is_(None), col(Question.closed_at).is_(None)),
        "returned": of_clips(Mending, col(Mending.state) == MendingState.open),
        "mended": of_clips(Mending, col(Mending.state) == MendingState.answered, col(Mending.settled_by).is_(None)),
        "doubtful": select(func.count())
        .select_from(Clip)
        .where(Clip.campaign_id == campaign.id, col(Clip.doubt) != "", col(Clip.state) != ClipState.withdrawn),
        "near": select(func.count())
        .select_from(Match)
        .where(Match.campaign_id == campaign.id, Match.kind == MatchKind.near, Match.turned_down == ""),
        "hand_ins": select(func.count())
        .select_from(HandIn)
        .where(HandIn.campaign_id == campaign.id, HandIn.state == HandInState.waiting),
    }
