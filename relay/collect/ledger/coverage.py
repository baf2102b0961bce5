"""The ledger: what of each source was read, what was not and why, and what has to be read again.

Three things send a sweep further back than usual (`Source.reread_from`): a hole between two readings, a wall whose
count says that it holds more than was seen, and the night, in which the last LOOK_BACK are read a second time (tags
are added by edits, posts return). The whole window is read once more at the close (crawl.py). Rules: docs/vk.md,
Reading walls.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cached_property, partial
from zoneinfo import ZoneInfo

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from relay.collect import campaigns, without_video
from relay.collect.ledger import day_counts, ledger_cache
from relay.collect.ledger.intervals import Interval, holes, interval, share
from relay.collect.ledger.missed import (
    MissedElsewhere,
    MissedEstimate,
    UntoldPosts,
    missed_elsewhere,
    missed_on_walls,
    untold_posts,
)
from relay.collect.rows import sweep_before
from relay.context import Relay
from relay.models import (
    Campaign,
    CampaignState,
    EventKind,
    HiddenPost,
    Match,
    NoVideo,
    Post,
    Source,
    SourceState,
    Sweep,
    need_id,
)
from relay.ports import Page, SeenPost
from relay.records import IS_SWEPT, add_event
from relay.search import captures, counting
from relay.store import add_rows
from relay.views import key

NIGHT_HOUR = 3
"""Of the campaign's zone: hardly anybody posts then."""
LOOK_BACK = timedelta(hours=72)
LATE = timedelta(minutes=15)
"""A reading that is due for so long is a hole: nobody works."""
SILENCE = timedelta(hours=9)
"""Nobody looked: one and a half times the longest pause that a wall is given."""
PAGE = 30
"""Sources of one page."""
CHUNK = 500
DAY_COUNTS = ("read", "matched", "near", "fetched", "waiting", "refused", "hidden", "without")


# While a source is read


@dataclass(slots=True)
class Tally:
    """Counts what a reading shows for the first time: posts newer than `mark`, the end of the reading before."""

    mark: datetime
    zone: ZoneInfo
    total: int | None = None
    _fresh: dict[str, float] = field(default_factory=dict)

    def count(self, page: Page) -> None:
        """Counts a page. The first page's total stands: what is published while we read is in no later page."""
        self.total = page.total if self.total is None else self.total
        mark = self.mark.timestamp()
        for post in page.posts:
            if (at := post.published_at.timestamp()) > mark:
                self._fresh[f"{post.owner_id}_{post.post_id}"] = at
        self._fresh |= {post: at for post, at in page.others.items() if at > mark}

    def overtaken(self, mark: datetime, until: datetime) -> None:
        """Another reading of the source has ended meanwhile, at `mark`: what it showed isn't counted twice, and where
        it went on for longer than this one, which ends at `until`, its total is the newer one.
        """
        self.mark = max(self.mark, mark)
        self.total = None if mark > until else self.total

    @property
    def days(self) -> dict[str, int]:
        mark = self.mark.timestamp()
        moments = sorted(at for at in self._fresh.values() if at > mark)
        days, counted = Counter[str](), 0
        while counted < len(moments):
            day = datetime.fromtimestamp(moments[counted], self.zone).date()
            ends = datetime.combine(day + timedelta(days=1), time(), self.zone).timestamp()
            upto = max(counted + 1, bisect_left(moments, ends, counted))  # a midnight may come twice
            days[day.isoformat()] += upto - counted
            counted = upto
        return dict(days)


def tally(campaign: Campaign, source: Source) -> Tally:
    begin = campaign.opens_at - timedelta(seconds=1)
    return Tally(max(begin, source.high_water or begin), ZoneInfo(campaign.tz))


def reach(campaign: Campaign, source: Source, since: datetime) -> datetime:
    """How far back a sweep reads that would have begun at `since`."""
    return since if source.reread_from is None else max(campaign.opens_at, min(since, source.reread_from))


def unaccounted(before: int, now: int, *, fresh: int, lost: int = 0) -> int:
    """Posts that a wall must hold by its own count, and that no reading showed: restored, unhidden, dated back.

    `fresh` were seen for the first time since, `lost` are known to be deleted. Others may have been deleted too, so
    a count that is too small says nothing.
    """
    return max(0, now - before + lost - fresh)


def settle(
    session: Session, relay: Relay, campaign: Campaign, source: Source, row: Sweep, *, answers: bool = True
) -> None:
    """What follows from a complete sweep, in its transaction: what it had to read again is read, and its count is
    audited. The caller stores the source.

    `answers`: nobody has asked for more since the sweep began, so what had to be read again is read.
    """
    if answers and source.reread_from is not None and row.covers_from <= source.reread_from:
        source.reread_from = None
    if source.owner_id:
        _audit(session, relay, campaign, source, row)


def came_back(session: Session, relay: Relay, source: Source) -> None:
    """A source answers after trouble: the others of its network that wait for their next try are due now."""
    if not source.failures:
        return
    session.exec(
        update(Source)
        .where(col(Source.network) == source.network, col(Source.id) != source.id, col(Source.failures) > 0)
        .where(col(Source.state) == SourceState.active, col(Source.next_sweep_at) > relay.now())
        .values(next_sweep_at=relay.now())
        .execution_options(synchronize_session=False)
    )


def _audit(session: Session, relay: Relay, campaign: Campaign, source: Source, row: Sweep) -> None:
    before = sweep_before(session, source, row)
    if before is None or row.posts_total is None:
        return
    lost = before.lost
    fresh = sum(row.fresh.values())
    missing = unaccounted(before.posts_total, row.posts_total, fresh=fresh, lost=lost)
    if not missing:
        return
    if row.covers_from > campaign.opens_at:
        source.reread_from = campaign.opens_at
    session.exec(update(Source).where(col(Source.id) == source.id).values(unseen=Source.unseen + missing))
    details = {"before": before.posts_total, "now": row.posts_total, "fresh": fresh, "lost": lost, "missing": missing}
    add_event(session, relay.now(), source, EventKind.recount, **details)


# What the network shows to nobody without an account


def not_shown(campaign: Campaign, posts: Sequence[SeenPost]) -> list[str]:
    """Links to the posts, published while the campaign is open, of which not even a text was shown: whether they carry
    the tag only a person can see.
    """
    opens, closes = campaigns.window(campaign)
    return [
        post.url
        for post in posts
        if post.no_video is NoVideo.hidden
        and not any(text for _, text in post.texts)
        and opens <= post.published_at <= closes
    ]


def tell_not_shown(session: Session, source: Source, links: Sequence[str], now: datetime) -> list[str]:
    """Notes those that nobody has been told of, once (Event), and returns them."""
    if not links:
        return []
    told = _told_not_shown(session, source)
    untold = [link for link in dict.fromkeys(links) if link not in told]
    if untold:
        add_rows(session, HiddenPost, [{"source_id": source.id, "url": link} for link in untold])
        details = {"posts": untold}
        add_event(session, now, source, EventKind.not_shown, **details)
    return untold


def tell_shown(session: Session, source: Source, links: Collection[str], now: datetime) -> None:
    """Notes that these posts are shown: those that somebody has been told of are hidden no more (Event)."""
    told = _told_not_shown(session, source)
    if found := [link for link in told if link in links]:
        others = select(Source.id).where(Source.campaign_id == source.campaign_id)
        hidden = update(HiddenPost).where(col(HiddenPost.source_id).in_(others), col(HiddenPost.url).in_(found))
        session.exec(hidden.values(shown=True).execution_options(synchronize_session=False))
        own = delete(HiddenPost).where(col(HiddenPost.source_id) == source.id, col(HiddenPost.url).in_(found))
        session.exec(own.execution_options(synchronize_session=False))
        details = {"posts": found}
        add_event(session, now, source, EventKind.shown, **details)


def _told_not_shown(session: Session, source: Source) -> Sequence[str]:
    told = select(HiddenPost.url).where(HiddenPost.source_id == source.id)
    return session.exec(told.order_by(col(HiddenPost.id))).all()


def _still_not_shown(session: Session, campaign: Campaign) -> dict[int, list[str]]:
    """By source; without those that a person has taken in by their links."""
    ours = select(Source.id).where(Source.campaign_id == campaign.id)
    hidden = select(HiddenPost.url, HiddenPost.source_id).where(col(HiddenPost.source_id).in_(ours))
    told = dict(session.exec(hidden.where(col(HiddenPost.shown).is_(False)).order_by(col(HiddenPost.id))).all())
    known = select(Post.url).join(Match, col(Match.post_id) == Post.id).where(Match.campaign_id == campaign.id)
    taken_in = set(session.exec(known.where(col(Post.url).in_(list(told))))) if told else set()
    found: dict[int, list[str]] = {}
    for link, source_id in told.items():
        if link not in taken_in:
            found.setdefault(source_id, []).append(link)
    return found


# What has to be read again


def watch(relay: Relay) -> int:
    """Looks through the ledgers of running campaigns; returns how many sources have to be read further back.

    Holes are read before anything else; what the night reads again rides on the next sweep that comes anyway.
    """
    asked = 0
    for campaign in campaigns.all_campaigns(relay):
        if campaign.state is not CampaignState.running:
            continue
        with relay.transaction() as session:
            for source_id, start in _gaps(session, relay, campaign):
                asked += _reread(session, [source_id], max(start, campaign.opens_at), now=relay.now())
            night = last_night(relay.now(), ZoneInfo(campaign.tz))
            back = max(campaign.opens_at, night - LOOK_BACK)
            asked += _reread(session, _unread_since(session, campaign, night, back, relay.now()), back)
    return asked


def read_again(session: Session, campaign: Campaign, now: datetime) -> None:
    """The whole window of every active source, now: what counts as ours has changed."""
    active = select(Source.id).where(Source.campaign_id == campaign.id, Source.state == SourceState.active)
    _reread(session, [source_id for source_id in session.exec(active) if source_id], campaign.opens_at, now=now)


def last_night(now: datetime, zone: ZoneInfo) -> datetime:
    """The latest NIGHT_HOUR of the zone that has begun."""
    night = now.astimezone(zone).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night <= now else night - timedelta(days=1)


def _gaps(session: Session, relay: Relay, campaign: Campaign) -> list[tuple[int, datetime]]:
    """Sources with a hole between two complete readings, and where the first one begins."""
    covered = ledger_cache.of(relay.store).covered(session)
    sources = session.exec(select(Source.id).where(Source.campaign_id == campaign.id, IS_SWEPT))
    read = ((source_id, covered.get(source_id or 0, ())) for source_id in sources)
    return [(source_id or 0, parts[0].end) for source_id, parts in read if len(parts) > 1]


def _unread_since(session: Session, campaign: Campaign, night: datetime, back: datetime, now: datetime) -> list[int]:
    """Sources that have been read before, but not once since the night as far `back` as it asks."""
    read = select(Sweep.source_id).where(
        col(Sweep.complete), col(Sweep.started_at).between(night, now), col(Sweep.covers_from) <= back
    )
    found = session.exec(
        select(Source.id).where(
            Source.campaign_id == campaign.id,
            IS_SWEPT,
            col(Source.high_water).is_not(None),
            col(Source.created_at) < night,
            col(Source.id).not_in(read),
        )
    )
    return [source_id for source_id in found if source_id is not None]


def _reread(session: Session, source_ids: Sequence[int], since: datetime, *, now: datetime | None = None) -> int:
    """With `now` at once, and before all that became due later than `since`."""
    if not source_ids:
        return 0
    asked = session.exec(
        update(Source)
        .where(col(Source.id).in_(source_ids), col(Source.reread_from).is_(None) | (col(Source.reread_from) > since))
        .values(reread_from=since, **({} if now is None else {"next_sweep_at": min(since, now)}))
        .execution_options(synchronize_session=False)
    )
    return asked.rowcount


# The report


@dataclass(frozen=True, slots=True)
class CoverageSpan:
    """A time of which a source was read."""

    start: str | None = field(metadata=key("from"))
    end: str | None = field(metadata=key("to"))


@dataclass(frozen=True, slots=True)
class CoverageHole:
    """A time of which a source was not read; `why` is one of the words of `_why`, `reason` the network's fault."""

    start: str | None = field(metadata=key("from"))
    end: str | None = field(metadata=key("to"))
    why: str
    reason: str


@dataclass(frozen=True, slots=True)
class CoverageOutage:
    """A time in which nobody saw a source, and why; `read_later`: what was published then has been read since."""

    start: str | None = field(metadata=key("from"))
    end: str | None = field(metadata=key("to"))
    reason: str
    read_later: bool


@dataclass(frozen=True, slots=True)
class CoverageDay:
    """Posts by day of publication: `read`, with our tag and with a look-alike, their videos by what became of them.

    `covered`: the share of the day that was read, from 0 to 1; `holes`: sources that have one in it; `without`: posts
    without a video that can be fetched.
    """

    day: str
    covered: float
    holes: int
    read: int
    matched: int
    near: int
    fetched: int
    waiting: int
    refused: int
    hidden: int
    without: int


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """The ledger of one source. `covered`: the share of the campaign's time that was read, from 0 to 1.

    `holes` are not read, `outages` were not watched; `not_shown` are links to posts that the network's public page
    keeps to itself; `unaccounted`: posts that the wall counts and no reading has shown.
    """

    id: int
    address: str
    title: str
    district: str
    state: SourceState
    reason: str
    covered: float
    intervals: list[CoverageSpan]
    holes: list[CoverageHole]
    outages: list[CoverageOutage]
    unaccounted: int
    rereads_from: str | None
    last_sweep: str | None
    next_sweep: str | None
    sweeps: int
    faults: int
    requests: int
    days: list[CoverageDay]
    not_shown: list[str]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """What was read, source by source and day by day, from the campaign's opening until now or its close.

    `days`: of all sources together, each post of ours once (`read` adds up what walls and search showed).
    `without_video`: posts without one that wait for a person. `estimate`, `elsewhere`: None where it can't be told;
    `untold` says of which networks it can't, and why.
    """

    campaign: str
    start: str | None = field(metadata=key("from"))
    end: str | None = field(metadata=key("to"))
    sources: list[SourceCoverage]
    not_shown: int
    without_video: int
    days: list[CoverageDay]
    estimate: MissedEstimate | None
    elsewhere: MissedElsewhere | None
    untold: list[UntoldPosts]


@dataclass(frozen=True, slots=True)
class CoverageOverview:
    """A page of the report: `sources` of it, those with holes first, of which there are `numbers`; see
    CoverageReport. Of very many posts `days`, `without_video` and what was missed are as they were a moment ago.
    """

    report: CoverageReport
    total: int
    holed: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def report(relay: Relay, slug: str) -> CoverageReport:
    """What was read and what both channels missed; times in the campaign's zone. Raises NotFound."""
    with relay.store.one_look():
        look = _Look(relay, campaigns.get(relay, slug))
        return look.report(look.ledgers())


def overview(relay: Relay, slug: str, page: int = 1) -> CoverageOverview:
    """PAGE sources of the report; the last page, where there are fewer. Raises NotFound."""
    with relay.store.one_look():
        look = _Look(relay, campaigns.get(relay, slug))
        ledgers = sorted(look.ledgers(), key=lambda one: (not one.holes, one.share))
        at = min(max(1, page), max(1, -(-len(ledgers) // PAGE)))
        shown = ledgers[PAGE * (at - 1) : PAGE * at]
        return CoverageOverview(look.report(shown), len(ledgers), sum(bool(one.holes) for one in ledgers), at)


class _Look:
    """One look at a campaign's ledger."""

    def __init__(self, relay: Relay, campaign: Campaign) -> None:
        self._relay, self._campaign, self._now = relay, campaign, relay.now()
        self._opens, closes = campaigns.window(campaign)
        self._window = interval(self._opens, min(closes, self._now))
        self._parts = list(_by_day(self._window, ZoneInfo(campaign.tz))) if self._window else []
        self._days = [day for day, _part in self._parts]

    def ledgers(self) -> list[_Ledger]:
        with self._relay.reading() as session:
            ours = select(Source).where(Source.campaign_id == self._campaign.id)
            sources = session.exec(ours.order_by(col(Source.id))).all()
            covered = ledger_cache.of(self._relay.store).covered(session)
        return [
            _Ledger(self._campaign, source, covered.get(need_id(source), []), self._window, self._now)
            for source in sources
        ]

    def report(self, shown: Sequence[_Ledger]) -> CoverageReport:
        """With these of its sources."""
        ids = [ledger.id for ledger in shown]
        with self._relay.reading() as session:
            sums = counting.of_posts(session, need_id(self._campaign), "coverage", partial(self._sums, session))
            found = day_counts.of_sources(session, self._campaign, self._days, self._now, ids)
            sweeps, unseen = _sweeps(session, ids), _unseen(session, self._campaign)
            kept_back = _still_not_shown(session, self._campaign)
        return CoverageReport(
            campaign=self._campaign.slug,
            start=campaigns.local(self._campaign, self._opens),
            end=campaigns.local(self._campaign, self._window.end if self._window else self._opens),
            sources=[
                ledger.shown(
                    sweeps.get(ledger.id, []),
                    self._by_day(_with_read(found.get(ledger.id, {}), sweeps.get(ledger.id, [])), [ledger]),
                    unseen.get(ledger.id, 0),
                    kept_back.get(ledger.id, []),
                )
                for ledger in shown
            ],
            not_shown=sum(len(links) for links in kept_back.values()),
            without_video=without_video.counts(self._relay, self._campaign.slug)["waiting"],
            days=sums.days,
            estimate=missed_on_walls(sums.missed),
            elsewhere=missed_elsewhere(sums.missed),
            untold=untold_posts(sums.missed),
        )

    def _sums(self, session: Session) -> _Sums:
        counts = day_counts.of_all(session, self._campaign, self._days, self._now)
        return _Sums(self._by_day(counts, self.ledgers()), captures.missed(session, self._campaign))

    def _by_day(self, counts: Mapping[str, Counter[str]], ledgers: Sequence[_Ledger]) -> list[CoverageDay]:
        """One row for each day of the window. `covered`: of all sources on average; `holes`: sources that have one."""
        return [
            CoverageDay(
                day=day,
                covered=round(sum(share(part, ledger.covered) for ledger in ledgers) / max(1, len(ledgers)), 4),
                holes=sum(any(hole.within(part) for hole in ledger.holes) for ledger in ledgers),
                **{name: counts.get(day, Counter())[name] for name in DAY_COUNTS},
            )
            for day, part in self._parts
        ]


@dataclass(frozen=True, slots=True)
class _Sums:
    """Of all sources together."""

    days: list[CoverageDay]
    missed: captures.Missed


def _with_read(counts: Mapping[str, Counter[str]], sweeps: Sequence[Sweep]) -> Mapping[str, Counter[str]]:
    found = {day: Counter(number) for day, number in counts.items()}
    for row in (row for row in sweeps if row.complete):
        for day, number in row.fresh.items():
            found.setdefault(day, Counter())["read"] += number
    return found


@dataclass(frozen=True)
class _Ledger:
    campaign: Campaign
    source: Source
    covered: Sequence[Interval]
    window: Interval | None
    now: datetime

    @property
    def id(self) -> int:
        return need_id(self.source)

    @cached_property
    def share(self) -> float:
        """How much of the window is covered, to four places."""
        return round(share(self.window, self.covered), 4) if self.window else 1.0

    @cached_property
    def holes(self) -> list[Interval]:
        """What the next reading brings is no hole while it is on time."""
        if self.window is None:
            return []
        found = holes(self.window, self.covered)
        if found and found[-1].end == self.window.end and self._is_on_time() and self.covered:
            return found[:-1]
        return found

    def shown(
        self, sweeps: Sequence[Sweep], days: list[CoverageDay], unseen: int, not_shown: list[str]
    ) -> SourceCoverage:
        source = self.source
        return SourceCoverage(
            id=self.id,
            address=source.address,
            title=source.title,
            district=source.district,
            state=source.state,
            reason=source.reason,
            covered=self.share,
            intervals=[CoverageSpan(*self._times(each)) for each in self.covered],
            holes=[CoverageHole(*self._times(each), *self._why(each, sweeps)) for each in self.holes],
            outages=list(self._outages(sweeps)),
            unaccounted=unseen,
            rereads_from=campaigns.local(self.campaign, source.reread_from),
            last_sweep=campaigns.local(self.campaign, sweeps[-1].finished_at) if sweeps else None,
            next_sweep=campaigns.local(self.campaign, source.next_sweep_at),
            sweeps=len(sweeps),
            faults=sum(not row.complete for row in sweeps),
            requests=sum(row.requests for row in sweeps),
            days=days,
            not_shown=not_shown,
        )

    def _is_on_time(self) -> bool:
        due = self.source.next_sweep_at
        fine = self.source.state is SourceState.active and self.source.failures == 0
        return fine and due is not None and self.now < due + LATE and self.campaign.state is CampaignState.running

    def _why(self, hole: Interval, sweeps: Sequence[Sweep]) -> tuple[str, str]:
        """`paused`, `closed`, `fault`, `first` (not read yet), `gap` (between two readings), `late`, with the fault."""
        faults = [row.fault for row in sweeps if not row.complete and row.started_at >= hole.start]
        if self.source.state is SourceState.paused:
            return "paused", ""
        if self.source.state in (SourceState.attention, SourceState.gone):
            return "closed", self.source.reason
        if self.source.failures and faults:
            return "fault", faults[-1]
        if not self.covered:
            return "first", ""
        return ("late", "") if self.window and hole.end == self.window.end else ("gap", "")

    def _outages(self, sweeps: Sequence[Sweep]) -> Iterable[CoverageOutage]:
        """Times in which nobody saw the source: what was published and deleted meanwhile can't be known any more."""
        last, fault = None, ""
        for row in sweeps:
            if row.complete:
                if last is not None and (fault or row.started_at - last > SILENCE):
                    yield self._outage(Interval(last, row.started_at), fault)
                last, fault = row.started_at, ""
            else:
                last, fault = last or row.started_at, fault or row.fault
        if last is not None and fault and last < self.now:
            yield self._outage(Interval(last, self.now), fault)

    def _outage(self, outage: Interval, fault: str) -> CoverageOutage:
        inside = outage.within(self.window) if self.window else None
        later = inside is None or not holes(inside, self.covered)
        return CoverageOutage(*self._times(outage), fault, later)

    def _times(self, each: Interval) -> tuple[str | None, str | None]:
        return campaigns.local(self.campaign, each.start), campaigns.local(self.campaign, each.end)


def _by_day(window: Interval, zone: ZoneInfo) -> Iterable[tuple[str, Interval]]:
    at = window.start
    while at < window.end:
        local = at.astimezone(zone)
        midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        end = min(midnight.astimezone(UTC), window.end)  # within one zone Python reckons as if no clock were changed
        yield local.date().isoformat(), Interval(at, end)
        at = end


# Reading the tables


def _sweeps(session: Session, source_ids: Sequence[int]) -> dict[int, list[Sweep]]:
    found: dict[int, list[Sweep]] = {}
    for start in range(0, len(source_ids), CHUNK):
        ours = select(Sweep).where(col(Sweep.source_id).in_(source_ids[start : start + CHUNK]))
        for row in session.exec(ours.order_by(col(Sweep.started_at), col(Sweep.id))):
            found.setdefault(row.source_id, []).append(row)
    return found


def _unseen(session: Session, campaign: Campaign) -> dict[int, int]:
    """Posts that the counts of each wall tell of and no reading has shown."""
    rows = session.exec(
        select(Source.id, Source.unseen).where(Source.campaign_id == campaign.id, Source.unseen > 0)
    )  # fmt: skip
    return {number: unseen for number, unseen in rows if number is not None}
