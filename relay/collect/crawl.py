"""Sweeps: one reading of one source, from where we are sure back to, up to now.

The mark up to which a source is read is a time, and each sweep goes back behind it by the overlap: tags are added
by edits, indexes lag, posts return. Posts are stored page by page; the mark moves in the transaction of the last
page, so a sweep that is killed in between loses nothing and is made again. Numbers of VK: its reference, section 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from relay import alerts
from relay.collect import campaigns, findings, hashtags, places
from relay.context import Relay
from relay.errors import Closed, NotFound, Parked, Refused, SourceError
from relay.models import Alert, Campaign, CampaignState, Event, MatchKind, Parking, Source, SourceState, Sweep
from relay.ports import Page, Place

QUOTA_SHARE = 0.8
"""The rest of the daily quota is left for deep sweeps, further pages, and looking posts up."""
LONGEST_BACKOFF = timedelta(hours=6)
CLOSED_AGAIN = timedelta(days=1)
TELL_AFTER = 3
"""Failures in a row of one source after which a person is told; a network that comes back tells nobody."""
MOST_FAULTS = 20

log = structlog.get_logger()


@dataclass(slots=True)
class _Reading:
    """One sweep while it lasts."""

    campaign: Campaign
    source: Source
    wanted: hashtags.Wanted
    since: datetime
    until: datetime
    deep: bool
    requests: int = 0
    seen: int = 0
    matched: int = 0
    new: int = 0
    total: int | None = None
    faults: list[str] = field(default_factory=list)

    @property
    def source_id(self) -> int:
        assert self.source.id is not None
        return self.source.id

    @property
    def place(self) -> Place:
        return Place(self.source.network, self.source.address, self.source.owner_id, self.source.title)


def crawl(
    relay: Relay, slug: str, *, deep: bool = False, on_sweep: Callable[[Sweep], None] | None = None
) -> list[Sweep]:
    """Sweeps every source of the campaign that isn't paused or gone, now. A source in trouble stops no other.

    Raises Refused for a campaign that has not begun, and for one without sources.
    """
    campaigns.on_time(relay, slug)
    campaign = campaigns.get(relay, slug)
    if campaign.state is CampaignState.draft:
        raise Refused("Campaign {slug} has not begun.", hint="Begin it with: relay campaign start {slug}", slug=slug)
    sweeps = []
    for source_id in _readable(relay, campaign):
        sweeps.append(sweep(relay, source_id, deep=deep))
        if on_sweep is not None:
            on_sweep(sweeps[-1])
    return sweeps


def sweep(relay: Relay, source_id: int, *, deep: bool = False) -> Sweep:
    """Reads one source and returns the row of the ledger. `deep` reads the campaign's whole window again.

    A network's faults end in the row (`complete` false) and in alerts; everything else is raised.
    """
    reading = _begin(relay, source_id, deep=deep)
    network = relay.sources.get(reading.source.network)
    if network is None:
        raise Refused(
            "Relay reads no network {network} (any more).", hint="Pause the source.", network=reading.source.network
        )
    try:
        pages = network.read(reading.place, since=reading.since, until=reading.until, tags=list(reading.wanted.names))
        return _read(relay, reading, pages)
    except SourceError as error:
        log.warning("a sweep ended in a fault", source=reading.source.address, fault=error.line)
        return _failed(relay, reading, error)


def due(relay: Relay) -> list[int]:
    """Sources whose next sweep has come: of running campaigns, and of stopped ones whose last sweep is to be made."""
    live = (col(Campaign.state) == CampaignState.running) | (
        (col(Campaign.state) == CampaignState.stopped) & col(Campaign.last_sweep_due)
    )
    with relay.reading() as session:
        found = session.exec(
            select(Source.id)
            .join(Campaign)
            .where(live, _not_left_out(), col(Source.next_sweep_at) <= relay.now())
            .order_by(col(Source.next_sweep_at), col(Source.id))
        )
        return [source_id for source_id in found if source_id is not None]


def since_when(campaign: Campaign, source: Source, now: datetime, overlap: timedelta, *, deep: bool) -> datetime:
    """How far back a sweep has to read. A mark that lies ahead was set by a clock that has been put back since."""
    if deep or source.high_water is None or _began_later(campaign, source):
        return campaign.opens_at
    return max(campaign.opens_at, min(source.high_water, now) - overlap)


def interval(wanted_minutes: float, quota: int, calls: int) -> timedelta:
    """The time between two sweeps of a source, when all sources together make `calls` calls of a quota in a round."""
    return max(timedelta(minutes=wanted_minutes), timedelta(days=1) * calls / (quota * QUOTA_SHARE))


# One sweep


def _begin(relay: Relay, source_id: int, *, deep: bool) -> _Reading:
    now = relay.now()
    with relay.reading() as session:
        source = session.get(Source, source_id)
        if source is None:
            raise NotFound(
                "There is no source number {source_id}.", hint="See: relay source list CAMPAIGN", source_id=source_id
            )
        campaign = session.get_one(Campaign, source.campaign_id)
    deep = deep or campaign.last_sweep_due
    since = since_when(campaign, source, now, timedelta(hours=relay.settings.overlap_hours), deep=deep)
    wanted = hashtags.wanted(campaign.hashtags, campaign.aliases)
    return _Reading(campaign, source, wanted, min(since, now), now, deep)


def _read(relay: Relay, reading: _Reading, pages: Iterator[Page]) -> Sweep:
    for page in pages:
        with relay.transaction() as session:
            _keep(session, relay, reading, page)
            if page.reached is not None:
                return _finish(session, relay, reading)
    raise AssertionError(f"{reading.source.network} ended a reading without saying how far it reached")


def _keep(session: Session, relay: Relay, reading: _Reading, page: Page) -> None:
    """The campaign is looked up again: its window may have moved since the sweep began."""
    campaign = session.get_one(Campaign, reading.campaign.id)
    for post in page.posts:
        hit = findings.judge(campaign, post, reading.wanted)
        if hit is not None:
            kept = findings.keep(session, campaign, post, hit, relay.now(), source_id=reading.source_id)
            reading.matched += kept.kind is MatchKind.exact
            reading.new += kept.new
    reading.requests += page.requests
    reading.seen += len(page.posts)
    reading.total = page.total if page.total is not None else reading.total
    reading.faults += page.faults


def _finish(session: Session, relay: Relay, reading: _Reading) -> Sweep:
    """The mark, the row of the ledger, and what follows from a source that answers, in the last page's transaction."""
    source = session.get_one(Source, reading.source_id)
    now = relay.now()
    stale = source.high_water is None or source.high_water < reading.until or source.high_water > now
    source.high_water = reading.until if stale else source.high_water
    source.covered_from = min(source.covered_from or reading.since, reading.since)
    source.failures = 0
    source.posts_total = reading.total if source.owner_id else None
    source.next_sweep_at = now + _interval(session, relay, source)
    session.add(source)
    row = _row(relay, reading, complete=True)
    if reading.faults:
        row.fault = f"Posts that could not be read: {len(reading.faults)}; the first: {reading.faults[0]}."
        _tell(session, relay, reading, "unreadable", posts=reading.faults[:MOST_FAULTS])
    session.add(row)
    session.flush()
    places.opened(session, relay, source)
    _resolve_network_alerts(session, relay, source.network)
    campaigns.freeze_when_done(session, relay, session.get_one(Campaign, source.campaign_id))
    return row


def _failed(relay: Relay, reading: _Reading, error: SourceError) -> Sweep:
    reading.requests += error.requests
    with relay.transaction() as session:
        source = session.get_one(Source, reading.source_id)
        row = _row(relay, reading, complete=False, fault=error.line)
        session.add(row)
        source.failures += 1
        source.next_sweep_at = relay.now() + _pause_after(error, _interval(session, relay, source), source.failures)
        session.add(source)
        session.flush()
        _alert(session, relay, source, error)
        campaigns.freeze_when_done(session, relay, session.get_one(Campaign, source.campaign_id))
        return row


def _row(relay: Relay, reading: _Reading, *, complete: bool, fault: str = "") -> Sweep:
    return Sweep(
        source_id=reading.source_id,
        started_at=reading.until,
        finished_at=relay.now(),
        covers_from=reading.since,
        covers_to=reading.until,
        complete=complete,
        deep=reading.deep,
        posts_seen=reading.seen,
        posts_matched=reading.matched,
        posts_new=reading.new,
        requests=reading.requests,
        posts_total=reading.total,
        fault=fault,
    )


def _alert(session: Session, relay: Relay, source: Source, error: SourceError) -> None:
    if isinstance(error, Closed):
        places.closed(session, relay, source, error)
    elif isinstance(error, Parked):
        known = session.exec(select(Alert).where(Alert.key == error.key, col(Alert.resolved_at).is_(None))).first()
        url = error.action_url or (known.action_url if known else "")
        alerts.raise_alert(session, error.key, error.line, relay.now(), action_url=url)
    elif source.failures >= TELL_AFTER:
        text = f"{source.title or source.address} could not be read {source.failures} times: {error.line}"
        alerts.raise_alert(session, places.trouble_key(source.id or 0), text, relay.now())


def _pause_after(error: SourceError, usual: timedelta, failures: int) -> timedelta:
    """Trouble of the token costs no call while it lasts, so it is asked about as usual and goes on at once."""
    if isinstance(error, Closed):
        return CLOSED_AGAIN
    if isinstance(error, Parked):
        return usual
    return min(LONGEST_BACKOFF, usual * (1 << min(failures - 1, 10)))


def _interval(session: Session, relay: Relay, source: Source) -> timedelta:
    """A round of all walls costs a call each; a round of searches one for every tag."""
    settings = relay.settings
    rows = session.exec(
        select(Source, Campaign)
        .join(Campaign)
        .where(
            Source.network == source.network,
            Source.state == SourceState.active,
            Campaign.state == CampaignState.running,
        )
    ).all()
    if source.owner_id:
        return interval(settings.crawl_minutes, settings.vk_wall_quota, sum(1 for row, _ in rows if row.owner_id))
    calls = sum(len(campaign.hashtags) + len(campaign.aliases) for row, campaign in rows if not row.owner_id)
    return interval(settings.crawl_minutes, settings.vk_search_quota, calls)


def _resolve_network_alerts(session: Session, relay: Relay, network: str) -> None:
    """Whatever of this network was parked and isn't any more has been put right."""
    still = select(Parking.key)
    session.exec(
        update(Alert)
        .where(col(Alert.key).startswith(f"{network}:"), col(Alert.resolved_at).is_(None), col(Alert.key).not_in(still))
        .values(resolved_at=relay.now())
    )


def _readable(relay: Relay, campaign: Campaign) -> list[int]:
    with relay.reading() as session:
        where = (Source.campaign_id == campaign.id, _not_left_out())
        found = session.exec(select(Source.id).where(*where).order_by(col(Source.id))).all()
    if not found:
        raise Refused(
            "Campaign {slug} has no source to read.", hint="Add one: relay source add {slug} vk:tag", slug=campaign.slug
        )
    return [source_id for source_id in found if source_id is not None]


def _not_left_out() -> ColumnElement[bool]:
    return col(Source.state).in_([SourceState.active, SourceState.attention])


def _began_later(campaign: Campaign, source: Source) -> bool:
    """The campaign opens earlier than what the source was ever read back to."""
    return source.covered_from is None or source.covered_from > campaign.opens_at


def _tell(session: Session, relay: Relay, reading: _Reading, what: str, **details: object) -> None:
    session.add(Event(at=relay.now(), subject="source", subject_id=reading.source_id, what=what, details=details))
