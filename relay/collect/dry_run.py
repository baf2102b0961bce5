"""A dry run: the sources are read and judged as a sweep would, within a few requests, and nothing of it is stored.

What would be fetched isn't, so clips can't be told apart by their pictures: a video that many posts carry is one
video, and the same recording uploaded twice is two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import col, select

from relay.collect import campaigns, hashtags, ingest
from relay.context import Relay
from relay.errors import RelayError
from relay.models import Campaign, MatchKind, Source, SourceState
from relay.ports import BatchReads, Page, Place, ReadRequest, SeenPost, SeenVideo

TRIAL = timedelta(days=7)
"""Of the past, where the campaign has not opened yet."""
PAGES = 3
"""Of one source, and two more than it has tags to search for."""
REQUESTS = 60
EXPECTED = 100

Key = tuple[str, str, str]


@dataclass(slots=True)
class DryRun:
    """What would have been found between `since` and `until`. `before`: the campaign has not opened, so its window was
    not looked at. `cut`: sources that were not read back to `since`; `trouble`: those that could not be read, and why.
    """

    since: datetime
    until: datetime
    before: bool
    posts: int = 0
    near: int = 0
    read: int = 0
    requests: int = 0
    cut: list[str] = field(default_factory=list)
    trouble: list[tuple[str, str]] = field(default_factory=list)
    videos: dict[Key, int] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    seen: set[Key] = field(default_factory=set)

    @property
    def shared(self) -> int:
        """Videos that several posts carry."""
        return sum(times > 1 for times in self.videos.values())

    def as_json(self, campaign: Campaign) -> dict[str, object]:
        return {
            "since": campaigns.local(campaign, self.since),
            "until": campaigns.local(campaign, self.until),
            "before": self.before,
            "posts": self.posts,
            "videos": len(self.videos),
            "people": len(self.people),
            "shared": self.shared,
            "near": self.near,
            "read": self.read,
            "requests": self.requests,
            "cut": self.cut,
            "trouble": [{"address": address, "reason": line} for address, line in self.trouble],
        }


def dry_run(relay: Relay, slug: str) -> DryRun:
    """Reads the campaign's sources as they would be read now. Calls are counted, as they were made. Raises NotFound."""
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        where = (Source.campaign_id == campaign.id, Source.state == SourceState.active)
        sources = list(session.exec(select(Source).where(*where).order_by(col(Source.id))))
    return read_all(relay, campaign, sources)


def read_all(relay: Relay, campaign: Campaign, sources: Sequence[Source]) -> DryRun:
    """As `dry_run`, of a campaign and sources that need not stand in any table."""
    trial, found = _trial(campaign, relay.now())
    wanted = hashtags.wanted(campaign.hashtags, campaign.aliases)
    readings = _together(relay, sources, campaign.tz, found)
    for source in sources:
        pages = readings.get(source.address) or _alone(relay, source, trial, wanted, found)
        if pages is not None:
            _read(source, pages, trial, wanted, found)
    return found


def _trial(campaign: Campaign, now: datetime) -> tuple[Campaign, DryRun]:
    """The campaign as it is tried out, which is no row of any table."""
    opens, closes = campaigns.window(campaign)
    before = now < opens
    since, until = (now - TRIAL, now) if before else (opens, min(now, closes))
    trial = Campaign(**campaign.model_dump(exclude={"id"}))
    trial.opens_at, trial.closes_at, trial.held = since, until, False
    return trial, DryRun(since, until, before)


def _together(relay: Relay, sources: Sequence[Source], tz: str, found: DryRun) -> dict[str, Iterator[Page]]:
    """Walls that can be asked about several in one request, by their addresses."""
    readings: dict[str, Iterator[Page]] = {}
    for name in {source.network for source in sources}:
        walls = [source for source in sources if source.network == name and source.owner_id]
        network = relay.sources.get(name)
        if len(walls) > 1 and isinstance(network, BatchReads):
            requests = [ReadRequest(_place(wall, tz), found.since, EXPECTED) for wall in walls]
            many = network.read_many(requests)
            readings |= {wall.address: each for wall, each in zip(walls, many, strict=True)}
    return readings


def _alone(
    relay: Relay, source: Source, trial: Campaign, wanted: hashtags.Wanted, found: DryRun
) -> Iterator[Page] | None:
    network = relay.sources.get(source.network)
    if network is None:
        return None
    return network.read(_place(source, trial.tz), since=found.since, until=found.until, tags=list(wanted.names))


def _read(source: Source, pages: Iterator[Page], trial: Campaign, wanted: hashtags.Wanted, found: DryRun) -> None:
    most = PAGES if source.owner_id else len(wanted.names) + 2
    try:
        for number, page in enumerate(pages, start=1):
            found.requests += page.requests
            _count_page(page, trial, wanted, found)
            if page.reached is not None:
                return
            if number >= most or found.requests >= REQUESTS:
                found.cut.append(source.address)
                return
    except RelayError as error:
        found.requests += getattr(error, "requests", 0)
        found.trouble.append((source.address, error.line))


def _count_page(page: Page, trial: Campaign, wanted: hashtags.Wanted, found: DryRun) -> None:
    for post in page.posts:
        key = (post.network, post.owner_id, post.post_id)
        if key in found.seen:
            continue
        found.seen.add(key)
        found.read += 1
        hit = ingest.judge(trial, post, wanted)
        if hit is None or hit.kind is MatchKind.outside:
            continue
        if hit.kind is MatchKind.near:
            found.near += 1
            continue
        found.posts += 1
        for video in post.videos:
            _count(post, video, found)


def _count(post: SeenPost, video: SeenVideo, found: DryRun) -> None:
    key = (video.network, video.owner_id, video.video_id)
    found.videos[key] = found.videos.get(key, 0) + 1
    who = video.author.id or video.author.name or post.author.id or post.author.name
    found.people.add(f"{video.network} {who}" if who else " ".join(key))


def _place(source: Source, tz: str) -> Place:
    return Place(source.network, source.address, source.owner_id, source.title, tz)
