"""Sweeps: one reading of one source, from where we are sure back to, up to now.

The mark up to which a source is read is a time, and each sweep goes back behind it by the overlap: tags are added
by edits, indexes lag, posts return. Posts are stored page by page; the mark moves in the transaction of the last
page, so a sweep that is killed in between loses nothing and is made again. Numbers of VK: docs/vk.md, Reading walls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session, col, select

from relay import clocks, logs
from relay.collect import campaigns, comments, hashtags, ingest, planner, rows, schedule, sources
from relay.collect.ledger import coverage, silence, telling
from relay.context import Relay
from relay.errors import Closed, NotFound, Parked, Refused, SourceError
from relay.language.sentence import as_sentence, filled
from relay.models import (
    Campaign,
    CampaignState,
    EventKind,
    NoVideo,
    Source,
    SourceState,
    Sweep,
    need_id,
)
from relay.ports import BatchReads, Page, Place, ReadRequest, SeenPost
from relay.records import IS_SWEPT, add_event
from relay.store import add_row

LONGEST_BACKOFF = timedelta(hours=6)
CLOSED_AGAIN = timedelta(days=1)
MOST_FAULTS = 20
AT_ONCE = 500
"""Posts that may wait for the pages behind them before they are stored."""

log = logs.get_logger()


@dataclass(slots=True)
class _Reading:
    """One sweep while it lasts."""

    campaign: Campaign
    source: Source
    mark: datetime | None
    """Where the source's mark stood when the reading began; `asked_back`: how far it had to be read again."""
    asked_back: datetime | None
    wanted: hashtags.Wanted
    since: datetime
    until: datetime
    deep: bool
    interval: timedelta
    expected: int
    tally: coverage.Tally
    requests: int = 0
    seen: int = 0
    matched: int = 0
    new: int = 0
    total: int | None = None
    faults: list[str] = field(default_factory=list)
    comments: bool = False
    is_hiding: bool = False
    """People were told of posts that the network does not show: each one that it shows is looked at."""
    not_shown: list[str] = field(default_factory=list)
    """Links to posts of which the network's public page shows nothing."""
    shown: set[str] = field(default_factory=set)
    """Links to the others."""
    talked_about: list[SeenPost] = field(default_factory=list)
    """Posts whose comments may carry the tag."""

    @property
    def source_id(self) -> int:
        return need_id(self.source)

    @property
    def request(self) -> ReadRequest:
        wanted = None if self.is_hiding else hashtags.finder(self.wanted)
        return ReadRequest(self.place, self.since, self.expected, wanted)

    @property
    def place(self) -> Place:
        row = self.source
        return Place(row.network, row.address, row.owner_id, row.title, self.campaign.tz)


def crawl(
    relay: Relay,
    slug: str,
    *,
    deep: bool = False,
    comments: bool = False,
    on_begin: Callable[[int], None] | None = None,
    on_sweep: Callable[[Sweep], None] | None = None,
) -> list[Sweep]:
    """Sweeps every source of the campaign that isn't paused or gone, now. A source in trouble stops no other.

    `comments`: looks into comments even where the campaign doesn't. `on_begin`: told how many sweeps it will be;
    `on_sweep`: told of each.

    Raises Refused for a campaign that has not begun, and for one without sources.
    """
    campaigns.on_time(relay, slug)
    campaign = campaigns.get(relay, slug)
    if campaign.state is CampaignState.draft:
        raise Refused("Campaign {slug} has not begun.", hint="Start it first.", slug=slug)
    coverage.watch(relay)
    sweeps, reads = [], readings(relay, _readable(relay, campaign), deep=deep, comments=comments)
    if on_begin is not None:
        on_begin(len(reads))
    for read in reads:
        sweeps.append(read())
        if on_sweep is not None:
            on_sweep(sweeps[-1])
    return sweeps


def sweep(relay: Relay, source_id: int, *, deep: bool = False) -> Sweep:
    """Reads one source and returns the row of the ledger. `deep` reads the campaign's whole window again.

    A network's faults end in the row (`complete` false) and in alerts; everything else is raised.
    """
    (read,) = readings(relay, [source_id], deep=deep)
    return read()


def readings(
    relay: Relay, source_ids: Sequence[int], *, deep: bool = False, comments: bool = False
) -> list[Callable[[], Sweep]]:
    """A sweep of each source, in this order, that is made when it is called; each by itself, as `sweep` says.

    Walls of a network that can be asked about several in one request are: the first call of such a sweep brings
    the first pages of them all. Raises NotFound for a source that isn't there.
    """
    begun = _begin(relay, source_ids, deep=deep)
    for reading in begun:
        reading.comments = bool(reading.source.owner_id) and (comments or reading.campaign.comments)
    pages: dict[int, Iterator[Page]] = {}
    for name, together in _by_network(begun).items():
        network = relay.sources.get(name)
        if isinstance(network, BatchReads):
            many = network.read_many([reading.request for reading in together])
            pages |= {reading.source_id: each for reading, each in zip(together, many, strict=True)}
    return [partial(_sweep, relay, reading, pages.get(reading.source_id)) for reading in begun]


def due(relay: Relay) -> list[int]:
    """Sources whose next sweep has come: of running campaigns, and of stopped ones whose last sweep is to be made.

    What a sweep has put off is put off from then: where the ledger's last line lies ahead, the clock has been put back
    since, and its source is due.
    """
    now = relay.now()
    with relay.reading() as session:
        return rows.due_sources(session, now, ahead=now + clocks.SKEW)


def since_when(campaign: Campaign, source: Source, now: datetime, overlap: timedelta, *, deep: bool) -> datetime:
    """How far back a sweep has to read. A mark that lies ahead was set by a clock that has been put back since."""
    if deep or source.high_water is None or _began_later(campaign, source):
        return campaign.opens_at
    return max(campaign.opens_at, min(source.high_water, now) - overlap)


# One sweep


def _begin(relay: Relay, source_ids: Sequence[int], *, deep: bool) -> list[_Reading]:
    now, overlap = relay.now(), timedelta(hours=relay.settings.overlap_hours)
    with relay.reading() as session:
        found = rows.sources_with_campaigns(session, source_ids)
        hiding = rows.sources_hiding(session, source_ids)
    known = {source.id: (source, campaign) for source, campaign in found}
    for source_id in source_ids:
        if source_id not in known:
            raise NotFound(
                "There is no source number {source_id}.", hint="See: relay source list CAMPAIGN", source_id=source_id
            )
    plans = {network: schedule.Round(relay, network) for network in {source.network for source, _ in known.values()}}
    wanted = {campaign.id: hashtags.wanted(campaign.hashtags, campaign.aliases) for _, campaign in found}
    begun = []
    for source, campaign in (known[source_id] for source_id in source_ids):
        deeply = deep or campaign.last_sweep_due
        since = since_when(campaign, source, now, overlap, deep=deeply)
        since = min(coverage.reach(campaign, source, since), now)
        plan = plans[source.network]
        begun.append(
            _Reading(
                campaign=campaign,
                source=source,
                mark=source.high_water,
                asked_back=source.reread_from,
                wanted=wanted[campaign.id],
                since=since,
                until=now,
                deep=deeply,
                interval=plan.interval(source, now),
                expected=planner.expected(plan.pace(source), since, now, holds=source.posts_total),
                tally=coverage.tally(campaign, source),
                is_hiding=source.id in hiding,
            )
        )
    return begun


def _by_network(begun: Sequence[_Reading]) -> dict[str, list[_Reading]]:
    """The walls among them; a search is always a request of its own."""
    walls = defaultdict(list)
    for reading in begun:
        if reading.source.owner_id:
            walls[reading.source.network].append(reading)
    return walls


def _sweep(relay: Relay, reading: _Reading, pages: Iterator[Page] | None) -> Sweep:
    network = relay.sources.get(reading.source.network)
    if network is None:
        raise Refused(
            "Relay reads no network {network} (any more).", hint="Pause the source.", network=reading.source.network
        )
    tags = list(reading.wanted.names)
    try:
        row = read_pages(
            relay, reading, pages or network.read(reading.place, since=reading.since, until=reading.until, tags=tags)
        )
    except SourceError as error:
        log.warning("a sweep ended in a fault", source=reading.source.address, fault=error.line)
        return _failed(relay, reading, error)
    _look_into_comments(relay, reading)
    return row


def read_pages(relay: Relay, reading: _Reading, pages: Iterator[Page]) -> Sweep:
    for ready in _at_once(pages):
        with relay.transaction() as session:
            rows.refresh(session, reading.source, reading.campaign)  # others may have changed them since it began
            _keep(session, relay, reading, ready)
            if ready[-1].reached is not None:
                silence.check(
                    session, reading.source, reading.wanted, reading.since, reading.seen, tuple(reading.faults)
                )
                return _finish(session, relay, reading)
    raise AssertionError(f"{reading.source.network} ended a reading without saying how far it reached")


def _at_once(pages: Iterator[Page]) -> Iterator[list[Page]]:
    """Pages that nobody has to wait for, and a few more, go into one transaction: each costs as much as storing a dozen
    posts. Trouble with the next page spoils none before it; who is ended meanwhile makes the whole sweep again anyway.
    """
    ready: list[Page] = []
    try:
        for page in pages:
            ready.append(page)
            held = sum(len(each.posts) + len(each.others) for each in ready)
            if page.reached is not None or (not page.more and held >= AT_ONCE):
                yield ready
                ready = []
    except SourceError:
        if ready:
            yield ready
        raise


def _look_into_comments(relay: Relay, reading: _Reading) -> None:
    """After the sweep, which is complete without it: a fault here leaves no hole, the next sweep asks again."""
    asked = comments.read(relay, reading.source, reading.talked_about, reading.wanted)
    if asked.fault:
        log.warning("comments could not be read", source=reading.source.address, fault=asked.fault)
    elif asked.posts:
        told = {"posts": asked.posts, "found": asked.found, "left": asked.left, "requests": asked.requests}
        log.info("comments were read", source=reading.source.address, **told)


def _keep(session: Session, relay: Relay, reading: _Reading, pages: Sequence[Page]) -> None:
    """The campaign was looked up again: its window may have moved since the sweep began."""
    campaign = reading.campaign
    posts = pages[0].posts if len(pages) == 1 else _each_once(pages)
    hits = [(post, hit) for post in posts if (hit := ingest.judge(campaign, post, reading.wanted)) is not None]
    kept = ingest.keep_all(session, campaign, hits, relay.now(), source_id=reading.source_id)
    reading.matched += kept.matched
    reading.new += kept.new
    reading.not_shown += coverage.not_shown(campaign, posts)
    if reading.is_hiding:
        reading.shown |= {post.url for post in posts if post.no_video is not NoVideo.hidden}
    for page in pages:
        reading.requests += page.requests
        reading.seen += len(page.posts) + len(page.others)
        reading.total = page.total if page.total is not None else reading.total
        reading.faults += page.faults
        reading.tally.count(page)
    if reading.comments:
        reading.talked_about += comments.worth_asking(campaign, posts, reading.wanted)


def _each_once(pages: Sequence[Page]) -> Sequence[SeenPost]:
    """Pages overlap."""
    return list({(post.network, post.owner_id, post.post_id): post for page in pages for post in page.posts}.values())


def _finish(session: Session, relay: Relay, reading: _Reading) -> Sweep:
    """The mark, the row of the ledger, and what follows from a source that answers, in the last page's transaction."""
    source, campaign, now = reading.source, reading.campaign, relay.now()
    in_trouble = source.failures > 0 or bool(source.reason) or source.state is not SourceState.active
    if source.high_water is not None and source.high_water != reading.mark:
        reading.tally.overtaken(source.high_water, reading.until)
    if source.high_water is None or not reading.until < source.high_water <= now:
        source.high_water = reading.until
        source.posts_total = reading.total if source.owner_id else None
    source.covered_from = min(source.covered_from or reading.since, reading.since)
    coverage.came_back(session, relay, source)
    source.failures = 0
    answers = _answers(reading)
    longest = schedule.rules(relay, source.network).longest
    at_once = source.reread_from is not None and not answers
    source.next_sweep_at = now if at_once else planner.aligned(now, reading.interval, longest)
    row = _row(relay, reading, complete=True)
    if reading.faults:
        row.fault = filled(
            "Posts that could not be read: {count}; the first: {item}.",
            count=len(reading.faults),
            item=as_sentence(reading.faults[0]),
        )
        add_event(session, relay.now(), reading.source, EventKind.unreadable, posts=reading.faults[:MOST_FAULTS])
    if reading.is_hiding:
        coverage.tell_shown(session, source, reading.shown, relay.now())
    if untold := coverage.tell_not_shown(session, source, reading.not_shown, relay.now()):
        row.fault = row.fault or filled(
            "Posts that the public page does not show: {count}; the first: {item}.",
            count=len(untold),
            item=as_sentence(untold[0]),
        )
    row.id = add_row(session, row)
    coverage.settle(session, relay, campaign, source, row, answers=answers)
    rows.write_mark(session, source)
    if in_trouble:
        sources.opened(session, relay, source)
    telling.resolve_network(session, relay, source)
    campaigns.freeze_when_done(session, relay, campaign)
    return row


def _answers(reading: _Reading) -> bool:
    """Nobody has asked for more since this reading began: neither further back, nor after another spelling."""
    wanted = hashtags.wanted(reading.campaign.hashtags, reading.campaign.aliases)
    return reading.source.reread_from == reading.asked_back and wanted == reading.wanted


def _failed(relay: Relay, reading: _Reading, error: SourceError) -> Sweep:
    reading.requests += error.requests
    with relay.transaction() as session:
        source = session.get_one(Source, reading.source_id)
        row = _row(relay, reading, complete=False, fault=error.line)
        session.add(row)
        source.failures += 1
        shortest = schedule.rules(relay, source.network).shortest
        source.next_sweep_at = relay.now() + _pause_after(error, shortest, source.failures)
        if isinstance(error, Parked) and rows.is_one_in_trouble_before(session, source):
            source.next_sweep_at = max(source.next_sweep_at, min(error.until, relay.now() + LONGEST_BACKOFF))
        session.add(source)
        session.flush()
        telling.tell(session, relay, source, error)
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
        posts_total=reading.tally.total,
        fresh=reading.tally.days,
        fault=fault,
    )


def _pause_after(error: SourceError, usual: timedelta, failures: int) -> timedelta:
    """Trouble of the token costs no call while it lasts, so it is asked about as usual and goes on at once. One source
    asks for all: when it is answered, the others are due (coverage.came_back).
    """
    if isinstance(error, Closed):
        return CLOSED_AGAIN
    if isinstance(error, Parked):
        return usual
    return min(LONGEST_BACKOFF, usual * (1 << min(failures - 1, 10)))


def _readable(relay: Relay, campaign: Campaign) -> list[int]:
    with relay.reading() as session:
        where = (Source.campaign_id == campaign.id, IS_SWEPT)
        found = session.exec(select(Source.id).where(*where).order_by(col(Source.id))).all()
    if not found:
        raise Refused(
            "Campaign {slug} has no source to read.",
            hint="Add one; vk:tag is VK's search by the tag.",
            slug=campaign.slug,
        )
    return [source_id for source_id in found if source_id is not None]


def _began_later(campaign: Campaign, source: Source) -> bool:
    """The campaign opens earlier than what the source was ever read back to."""
    return source.covered_from is None or source.covered_from > campaign.opens_at
