"""The board of a campaign: where it stands, whom it reached and what is in its way, in a dozen grouped statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import Session, col, select

from relay.board import curve, grid, missed, text_grid, towns, waits, work
from relay.board.days import DayCounts
from relay.board.grid import ParticipantGrid
from relay.board.missed import MissedPosts
from relay.board.text_grid import TextGrid
from relay.board.towns import TownMap
from relay.board.waits import BoardQuota, BoardWaits, SourceHealth
from relay.board.work import ModeratorWork
from relay.context import Relay
from relay.models import Campaign, CampaignState, CardMember, Clip, ClipState, Inspection, Match, MatchKind
from relay.records import find_campaign, local
from relay.views import key


@dataclass(frozen=True, slots=True)
class BoardTime:
    """`days_left`: whole days from today to the last one, 0 on it, negative behind it; `days_until` it opens, likewise.

    `closes`: when it really does, also where somebody stopped it.
    """

    now: str
    opens: str
    closes: str
    days_until: int
    days_left: int


@dataclass(frozen=True, slots=True)
class BoardSums:
    """`posts` with our tag in the window; `minutes` of approved video; `districts` and `towns` of approved clips."""

    posts: int
    found: int
    fetched: int
    approved: int
    minutes: float
    districts: int
    towns: int


@dataclass(frozen=True, slots=True)
class Board:
    """All of the board; shares of a text or a district are told by the grid only. `moderators` None: not asked for."""

    campaign: str
    title: str
    state: CampaignState
    time: BoardTime
    sums: BoardSums
    days: list[DayCounts]
    grid: ParticipantGrid
    texts: TextGrid
    map: TownMap
    sources: SourceHealth
    quotas: list[BoardQuota]
    waits: BoardWaits
    missed: MissedPosts | None
    moderators: list[ModeratorWork] | None = field(metadata=key(optional=True))


def board(
    relay: Relay,
    slug: str,
    *,
    text: str | None = None,
    district: str | None = None,
    with_moderators: bool = False,
) -> Board:
    """See Board. Times in the campaign's zone. Raises NotFound."""
    now = relay.now()
    with relay.one_look(), relay.reading() as session:
        campaign = find_campaign(session, slug)
        found = grid.participants(session, campaign)
        selection, listed = grid.texts(session, campaign), grid.listed_districts(session, campaign)
        parts = grid.grid(found, selection, listed, text=text, district=district)
        lived = towns.town_map(found)
        days = curve.curve(session, campaign, now)
        return Board(
            campaign=campaign.slug,
            title=campaign.title,
            state=campaign.state,
            time=board_time(campaign, now),
            sums=_sums(session, campaign, days, found, lived),
            days=days,
            grid=parts,
            texts=text_grid.text_grid(found, text_grid.heard(session, campaign), selection, listed),
            map=lived,
            sources=waits.source_health(session, campaign),
            quotas=waits.quotas(relay, session, campaign),
            waits=waits.waits(session, campaign, now),
            missed=missed.missed(session, campaign),
            moderators=_moderators(session, campaign, now) if with_moderators else None,
        )


def texts(relay: Relay, slug: str) -> tuple[TextGrid, Mapping[str, list[str]]]:
    """The grid of texts and districts alone, and the spellings of each district. Raises NotFound."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        return text_grid.read(session, campaign), text_grid.spellings(grid.participants(session, campaign))


def board_time(campaign: Campaign, now: datetime) -> BoardTime:
    zone, closes = ZoneInfo(campaign.tz), curve.closes_at(campaign)
    today, first, last = (at.astimezone(zone).date() for at in (now, campaign.opens_at, closes))
    return BoardTime(
        now=local(campaign, now),
        opens=local(campaign, campaign.opens_at),
        closes=local(campaign, closes),
        days_until=(first - today).days,
        days_left=(last - today).days,
    )


def _moderators(session: Session, campaign: Campaign, now: datetime) -> list[ModeratorWork]:
    return work.work(session, campaign, now.astimezone(ZoneInfo(campaign.tz)).date())


def _sums(
    session: Session, campaign: Campaign, days: list[DayCounts], found: list[grid.Participants], lived: TownMap
) -> BoardSums:
    exact = Match.campaign_id == campaign.id, Match.kind == MatchKind.exact, Match.turned_down == ""
    posts = session.execute(select(func.count()).select_from(Match).where(*exact)).scalar_one()
    seconds = session.execute(
        select(func.sum(Inspection.duration))
        .select_from(Clip)
        .join(Inspection, col(Inspection.sha256) == Clip.sha256)
        .outerjoin(CardMember, col(CardMember.clip_id) == Clip.id)
        .where(Clip.campaign_id == campaign.id, Clip.state == ClipState.approved, curve.in_front())
    ).scalar_one()
    approved = [each for each in found if each.state is ClipState.approved]
    return BoardSums(
        posts=posts,
        found=sum(day.found for day in days),
        fetched=sum(day.fetched for day in days),
        approved=sum(each.clips for each in approved),
        minutes=round((seconds or 0) / 60, 1),
        districts=len({grid.district_key(each.district) for each in approved if each.district}),
        towns=sum(town.approved > 0 for town in lived.towns),
    )
