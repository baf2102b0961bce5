"""Campaigns: their window, their tags, and when they run.

`draft → running → stopped`: at the set times by `tick`, or by hand. The window is given in the campaign's zone and
counts to its last second. A stop makes one last sweep due; what counts is then frozen by the window itself: a post
published inside it still counts when it is found later, one published after it never does. A campaign that was
stopped by hand before its time counts until that moment, and starts again only by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from relay import alerts, clocks, records
from relay.collect import hashtags
from relay.collect.dates import moment
from relay.collect.summaries import NEWEST_FIRST
from relay.context import Relay
from relay.errors import Refused, Stale
from relay.language.catalogue import is_spoken, languages
from relay.language.sentence import Sentence
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    EventKind,
    Match,
    MatchKind,
    MatchPlace,
    Post,
    Sighting,
    Source,
    SourceState,
    Sweep,
    Video,
)
from relay.permissions import campaign_rule
from relay.records import add_event, find_campaign
from relay.store import add_new

HANDED_IN = MatchPlace.handed_in
"""Where the tag stood when a person handed the post in and it carries none."""
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")


def new(
    relay: Relay,
    *,
    slug: str,
    title: str,
    hashtags: Sequence[str],
    aliases: Sequence[str] = (),
    opens: str | date,
    closes: str | date,
    tz: str,
    language: str = "",
    comments: bool = False,
    permission: str = "",
    gate: str = "",
) -> Campaign:
    """A draft. `opens`, `closes`: dates or times (see `dates`) in the zone `tz`; a date means the whole day.

    `language`: the installation's where none is given. `permission`, `gate`: what counts as permission to show a clip,
    and what becomes of one that lacks it (relay/permissions); empty: the usual ones. Raises Refused for what can't be a
    campaign, and for a slug that is taken.
    """
    opens_at, closes_at = window_of(opens, closes, zone_of(tz))
    language = language or relay.settings.language
    _refuse_nonsense(slug, title, hashtags, aliases, language)
    campaign = Campaign(
        slug=slug,
        title=title.strip(),
        hashtags=[_with_sign(tag) for tag in hashtags],
        aliases=[_with_sign(tag) for tag in aliases],
        opens_at=opens_at,
        closes_at=closes_at,
        tz=tz,
        language=language,
        comments=comments,
        permission=campaign_rule.rule_of(permission),
        gate=campaign_rule.gate_of(gate),
        created_at=relay.now(),
    )
    with relay.transaction() as session:
        if not add_new(session, campaign):
            raise Refused("There is already a campaign {slug}.", hint="Choose another short name.", slug=slug)
        campaign = find_campaign(session, slug)
        add_event(session, relay.now(), campaign, EventKind.created)
    return campaign


def get(relay: Relay, slug: str) -> Campaign:
    """Raises NotFound."""
    with relay.reading() as session:
        return find_campaign(session, slug)


def all_campaigns(relay: Relay) -> list[Campaign]:
    """Newest first."""
    with relay.reading() as session:
        return list(session.exec(NEWEST_FIRST))


def start(relay: Relay, slug: str, *, person: str) -> Campaign:
    """Starts by hand: before its time, or again after a stop. Raises Refused for one that runs or is archived."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is CampaignState.running:
            raise Refused("Campaign {slug} is running already.", slug=slug)
        if campaign.state is CampaignState.archived:
            raise Refused("Campaign {slug} is archived.", hint="Make a new one.", slug=slug)
        return _started(session, relay, campaign, person)


def stop(relay: Relay, slug: str, *, person: str) -> Campaign:
    """Stops by hand: one last sweep is due, then what counts is frozen. Raises Refused for one that doesn't run."""
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is not CampaignState.running:
            raise Refused(
                "Campaign {slug} is not running.", hint="It is {now}.", slug=slug, now=Sentence(campaign.state.value)
            )
        return _stopped(session, relay, campaign, person)


def extend(relay: Relay, slug: str, closes: str | date, *, person: str, day_first: bool = False) -> Campaign:
    """Moves the closing time later; one that stopped by itself runs again when the new time lies ahead.

    Posts that were found outside the window and are inside the new one count from now on.
    """
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        zone = zone_of(campaign.tz)
        closes_at, before = moment(closes, zone, end=True, day_first=day_first), campaign.closes_at
        if campaign.state is CampaignState.archived:
            raise Refused("Campaign {slug} is archived.", hint="Make a new one.", slug=slug)
        if closes_at <= before:
            raise Refused(
                "{closes} is not later than {before}, when campaign {slug} closes.",
                hint="To end it sooner, stop the campaign.",
                closes=_shown(closes_at, zone),
                before=_shown(before, zone),
                slug=slug,
            )
        move(session, campaign, closes_at=closes_at)
        details = {"from": before.isoformat(), "to": closes_at.isoformat()}
        add_event(session, relay.now(), campaign, EventKind.extended, person, **details)
        stopped_by_time = campaign.state is CampaignState.stopped and not campaign.held
        if stopped_by_time and closes_at > relay.now():
            return _started(session, relay, find_campaign(session, slug), person)
        return reconsidered(session, find_campaign(session, slug))


def tick(relay: Relay) -> list[Campaign]:
    """Starts and stops the campaigns whose time has come, and ends last sweeps that are done. Returns what moved.

    A campaign whose whole window went by while nobody looked is started and stopped at once, so that it gets its
    one sweep too.
    """
    waiting = [found.slug for found in all_campaigns(relay) if _may_move(found, relay.now())]
    moved = [campaign for slug in waiting if (campaign := on_time(relay, slug)) is not None]
    return list({campaign.slug: campaign for campaign in moved}.values())


def on_time(relay: Relay, slug: str) -> Campaign | None:
    """`tick` for one campaign; None when nothing was due."""
    now, moved = relay.now(), None
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        if campaign.state is CampaignState.draft and campaign.opens_at <= now:
            campaign = moved = _started(session, relay, campaign, "")
        if campaign.state is CampaignState.running and campaign.closes_at <= now:
            campaign = moved = _stopped(session, relay, campaign, "")
        if _stopped_too_early(campaign, now):
            campaign = moved = _started(session, relay, campaign, "")
        elif _stopped_in_the_future(campaign, now):
            move(session, campaign, stopped_at=now)
            campaign = find_campaign(session, slug)
        freeze_when_done(session, relay, campaign)
    return moved


def _may_move(campaign: Campaign, now: datetime) -> bool:
    begins = campaign.state is CampaignState.draft and campaign.opens_at <= now
    ends = campaign.state is CampaignState.running and campaign.closes_at <= now
    return begins or ends or campaign.last_sweep_due or _stopped_too_early(campaign, now)


def _stopped_too_early(campaign: Campaign, now: datetime) -> bool:
    """A clock that ran ahead has closed it, and was put right: its last hours are still to come."""
    closed = campaign.state is CampaignState.stopped and not campaign.held
    return closed and campaign.closes_at > now + clocks.SKEW


def _stopped_in_the_future(campaign: Campaign, now: datetime) -> bool:
    """The clock was put back since: no sweep could be the last one before the old time comes again."""
    return campaign.last_sweep_due and campaign.stopped_at is not None and campaign.stopped_at > now + clocks.SKEW


def freeze_when_done(session: Session, relay: Relay, campaign: Campaign) -> bool:
    """Ends the last sweep once every active source was read to the end after the stop."""
    if not campaign.last_sweep_due or campaign.stopped_at is None:
        return False
    swept = select(Sweep.source_id).where(
        col(Sweep.complete), col(Sweep.deep), col(Sweep.started_at) >= campaign.stopped_at
    )
    missing = session.exec(
        select(func.count())
        .select_from(Source)
        .where(Source.campaign_id == campaign.id, Source.state == SourceState.active, col(Source.id).not_in(swept))
    ).one()
    if missing:
        return False
    done = session.exec(
        update(Campaign)
        .where(col(Campaign.id) == campaign.id, col(Campaign.last_sweep_due))
        .values(last_sweep_due=False)
    )
    if done.rowcount:
        add_event(session, relay.now(), campaign, EventKind.frozen)
    return bool(done.rowcount)


def window(campaign: Campaign) -> tuple[datetime, datetime]:
    """First and last moment that count, both inclusive."""
    if campaign.held and campaign.stopped_at is not None:
        return campaign.opens_at, min(campaign.closes_at, campaign.stopped_at)
    return campaign.opens_at, campaign.closes_at


def local(campaign: Campaign, moment: datetime | None) -> str | None:
    """As `records.local`; None for no moment."""
    return None if moment is None else records.local(campaign, moment)


@dataclass(frozen=True, slots=True)
class OpenAlertView:
    text: str
    action_url: str
    times: int


@dataclass(frozen=True, slots=True)
class CampaignStatus:
    """A campaign at a glance. `sources` … `clips`: how many are in each state, by its name; posts by their match."""

    slug: str
    title: str
    state: CampaignState
    hashtags: list[str]
    aliases: list[str]
    opens: str | None
    closes: str | None
    tz: str
    stopped: str | None
    last_sweep_due: bool
    hand_in: bool
    comments: bool
    sources: Mapping[str, int]
    posts: Mapping[str, int]
    videos: Mapping[str, int]
    clips: Mapping[str, int]
    last_sweep: str | None
    alerts: list[OpenAlertView]


def status(relay: Relay, slug: str) -> CampaignStatus:
    """What an organizer wants to know at a glance, ready for JSON; times in the campaign's zone."""
    with relay.reading() as session:
        campaign = find_campaign(session, slug)
        last_sweep = session.exec(
            select(func.max(Sweep.finished_at)).join(Source).where(Source.campaign_id == campaign.id)
        ).one()
        return CampaignStatus(
            slug=campaign.slug,
            title=campaign.title,
            state=campaign.state,
            hashtags=campaign.hashtags,
            aliases=campaign.aliases,
            opens=local(campaign, campaign.opens_at),
            closes=local(campaign, campaign.closes_at),
            tz=campaign.tz,
            stopped=local(campaign, campaign.stopped_at),
            last_sweep_due=campaign.last_sweep_due,
            hand_in=campaign.hand_in,
            comments=campaign.comments,
            sources=_counted(session, Source.state, Source.campaign_id == campaign.id),
            posts=_counted(session, Match.kind, Match.campaign_id == campaign.id),
            videos=_videos_by_state(session, campaign),
            clips=_counted(session, Clip.state, Clip.campaign_id == campaign.id),
            last_sweep=local(campaign, last_sweep),
            alerts=[OpenAlertView(alert.text, alert.action_url, alert.times) for alert in alerts.open_alerts(session)],
        )


def window_of(
    opens: str | date, closes: str | date, zone: ZoneInfo, *, day_first: bool = False
) -> tuple[datetime, datetime]:
    """First and last moment, in UTC, of what was typed. Raises Refused, and tells how both were understood."""
    opens_at = moment(opens, zone, day_first=day_first)
    closes_at = moment(closes, zone, end=True, day_first=day_first)
    if closes_at <= opens_at:
        raise Refused(
            "The campaign would close ({closes}) before it opens ({opens}).",
            hint="Check both dates.",
            closes=_shown(closes_at, zone),
            opens=_shown(opens_at, zone),
        )
    return opens_at, closes_at


def _shown(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%Y-%m-%d %H:%M")


# Moving


def _started(session: Session, relay: Relay, campaign: Campaign, person: str) -> Campaign:
    move(session, campaign, state=CampaignState.running, held=False, last_sweep_due=False, stopped_at=None)
    _due_now(session, relay, campaign)
    add_event(session, relay.now(), campaign, EventKind.started, person)
    return reconsidered(session, find_campaign(session, campaign.slug))


def _stopped(session: Session, relay: Relay, campaign: Campaign, person: str) -> Campaign:
    now = relay.now()
    early = bool(person) and now < campaign.closes_at
    move(
        session,
        campaign,
        state=CampaignState.stopped,
        held=early,
        last_sweep_due=True,
        stopped_at=now,
    )
    _due_now(session, relay, campaign)
    add_event(session, relay.now(), campaign, EventKind.stopped, person)
    freeze_when_done(session, relay, find_campaign(session, campaign.slug))
    session.expire_all()
    return reconsidered(session, find_campaign(session, campaign.slug))


def move(session: Session, campaign: Campaign, **values: object) -> None:
    """The state moves only from what was seen."""
    moved = session.exec(
        update(Campaign)
        .where(col(Campaign.id) == campaign.id, col(Campaign.state) == campaign.state)
        .where(col(Campaign.closes_at) == campaign.closes_at)
        .values(**values)
    )
    if not moved.rowcount:
        now = session.exec(select(Campaign.state).where(col(Campaign.id) == campaign.id)).one()
        raise Stale("Campaign {slug} was changed just now.", state=str(now), hint="Try again.", slug=campaign.slug)
    session.expire_all()


def _due_now(session: Session, relay: Relay, campaign: Campaign) -> None:
    session.exec(
        update(Source)
        .where(col(Source.campaign_id) == campaign.id, col(Source.state) == SourceState.active)
        .values(next_sweep_at=relay.now())
    )


def reconsidered(session: Session, campaign: Campaign) -> Campaign:
    """The window moved: found posts with the right tag go in or out with it."""
    opens, closes = window(campaign)
    inside = select(Post.id).where(col(Post.published_at).between(opens, closes))
    ours = update(Match).where(col(Match.campaign_id) == campaign.id)
    counted = col(Match.matched_in) != HANDED_IN
    session.exec(
        ours.where(col(Match.kind) == MatchKind.outside, col(Match.post_id).in_(inside)).values(kind=MatchKind.exact)
    )
    session.exec(
        ours.where(col(Match.kind) == MatchKind.exact, counted, col(Match.post_id).not_in(inside)).values(
            kind=MatchKind.outside
        )
    )
    return campaign


# Looking


def _counted(session: Session, column: Any, *where: Any) -> dict[str, int]:
    rows = session.exec(select(column, func.count()).where(*where).group_by(column)).all()
    return {kind.value: count for kind, count in sorted(rows, key=lambda row: row[0].value)}


def _videos_by_state(session: Session, campaign: Campaign) -> dict[str, int]:
    ours = (
        select(Sighting.video_id)
        .join(Match, col(Match.post_id) == Sighting.post_id)
        .where(Match.campaign_id == campaign.id, Match.kind == MatchKind.exact)
    )
    return _counted(session, Video.state, col(Video.id).in_(ours))


# Refusing


def _refuse_nonsense(slug: str, title: str, tags: Sequence[str], aliases: Sequence[str], language: str) -> None:
    if SLUG.fullmatch(slug) is None:
        raise Refused(
            "{slug!r} is no short name.", hint="Use small Latin letters, digits and dashes, up to 64.", slug=slug
        )
    if not title.strip():
        raise Refused("The campaign needs a title.", hint="Give one.")
    if not tags:
        raise Refused("The campaign needs a hashtag.", hint="Give one.")
    if not is_spoken(language):
        raise Refused(
            "{language!r} is no language that Relay's cards speak.",
            hint="Choose one of these: {known}.",
            language=language,
            known=", ".join(languages()),
        )
    _refuse_no_tags([*tags, *aliases])


def _refuse_no_tags(tags: Sequence[str]) -> None:
    for tag in tags:
        try:
            hashtags.wanted([tag])
        except ValueError:
            raise Refused(
                "{tag!r} is no hashtag: letters, digits and _ only, and at least one letter.",
                hint="Spellings with spaces or dashes are found as near misses.",
                tag=tag,
            ) from None


def tags(written: str) -> list[str]:
    """Tags that somebody wrote down, parted by spaces or commas, with `#` each. Raises Refused for what is no tag."""
    words = [_with_sign(word) for word in written.replace(",", " ").split()]
    if not words:
        raise Refused("The campaign needs a hashtag.", hint="Give one.")
    _refuse_no_tags(words)
    return list(dict.fromkeys(words))


def zone_of(tz: str) -> ZoneInfo:
    """Raises Refused for what is no time zone."""
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused("{tz!r} is no time zone.", hint="Write it like Europe/Moscow.", tz=tz) from None


def _with_sign(tag: str) -> str:
    return f"#{tag.strip().lstrip('#')}"
