"""Whether Relay does what it is there for, and where it does not: no silent stall.

`read_vitals` reads the state of the work from the rows, `troubles` decides what of it needs a person (pure), `watch`
turns that into alerts. Both the schedule and the desk watch, so that each reports the death of the other.

A job's heartbeat is a Lease row `job:NAME` whose end is the time by which it must have succeeded again: after two of
its intervals, or after the longest that a healthy run of it may take.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, update
from sqlmodel import Session, col, select

from relay import alerts, clocks
from relay.alerts import local_time
from relay.context import Relay
from relay.errors import DiskFull
from relay.language.sentence import as_sentence, filled
from relay.models import (
    Campaign,
    CampaignState,
    Clip,
    ClipState,
    Lease,
    Match,
    MatchKind,
    Parking,
    Sighting,
    Source,
    Video,
    VideoState,
)
from relay.records import IS_SWEPT
from relay.sources.quotas import LONGEST_REST
from relay.store import add_new
from relay.upkeep import hosts
from relay.upkeep.zone import zone_of

LEADER = "bell"
"""Name of the lease that the leading `relay work` holds, and key of the alert when nobody does. Both are stored."""
CLOCK = "clock"
"""Key of the alert that the clock was set back."""
SETTLING = "settling"
"""Lease that says that the clock has jumped: what waits may seem to have waited for as long as the jump."""
SETTLES_WITHIN = timedelta(minutes=10)
JOB = "job:"
ONCE = "once"
"""The job of a `relay work --once`, which somebody's own schedule starts."""
JOBS: Mapping[str, str] = {
    "campaigns": filled("starting and closing campaigns"),
    "crawl": filled("reading the sources"),
    "fetch": filled("fetching videos"),
    "hand_ins": filled("taking in what was handed in"),
    "erase": filled("erasing what was taken back"),
    "films_instead": filled("making films anew without what was taken back"),
    "reclaim": filled("taking over from processes that died"),
    "prepare": filled("making the film's shots ahead"),
    "previews": filled("drawing pictures for the desk"),
    "hear": filled("hearing which text is read"),
    "prune": filled("keeping the shots within their bounds"),
    "heads": filled("keeping the head of the record"),
    "ledger": filled("looking for holes"),
    "recheck": filled("looking posts up again"),
    "scheduler": filled("reaching the scheduler of the cluster"),
}
"""What the jobs are called: message ids."""
SILENT = timedelta(minutes=2)
"""A restart takes less; after so long without a heartbeat of `relay work` there is an alert."""
LEAST = timedelta(minutes=5)
LONGEST: Mapping[str, timedelta] = {
    "crawl": timedelta(minutes=20),
    "films_instead": timedelta(hours=4),
    "ledger": timedelta(minutes=20),
    "recheck": timedelta(minutes=30),
    "prepare": timedelta(hours=2),
    "prune": timedelta(hours=2),
    "heads": timedelta(minutes=20),
    "scheduler": timedelta(minutes=1),
}
"""What a healthy run of a job may take, between two heartbeats, or two of its intervals; LEAST for all others."""
LONGEST_LEASE = timedelta(hours=4)
"""Of a fetch (LOOKING_LEASE in intake/fetch.py)."""
STEADY = timedelta(minutes=10)
"""When the clock has not been set back again for so long, that trouble is over."""
TOLD_ALREADY = timedelta(minutes=1)
"""Within this, several processes of one machine report the same jump."""
STUCK = timedelta(hours=1)
"""Videos that wait for so long while none is fetched, or sources that are overdue for so long, are a stall."""
WRITTEN_SHARE = 8
"""A heartbeat is written when an eighth of the time that it is good for has passed, not every few seconds."""

_OURS = (LEADER, JOB, "queue:", "disk", hosts.MACHINE)
"""Beginnings of the keys of alerts that end when the trouble does."""


@dataclass(frozen=True, slots=True)
class Resting:
    """A token, or one of its methods, that is not used before `until`. `token`: its digest."""

    network: str
    token: str
    method: str
    until: datetime
    reason: str

    @property
    def key(self) -> str:
        return ":".join(part for part in (self.network, self.token, self.method) if part)


@dataclass(frozen=True, slots=True)
class Queue:
    """Things that wait: how many, and since when the oldest of them."""

    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """The state of the work at `now`. `wanted_since`: since when there is work for `relay work`, None without any.

    `leader_until`: end of the leader's lease. `jobs`: by when each has to succeed again. `free` and `least`: gigabytes.
    `machines`: of a cluster, those that are silent. `last_fetched`: of any video. `paused`: networks whose fetching
    rests, until when and why. `zone`: the one in which people are told times. `lease` and `once`: how far ahead the
    ends of the leader's lease, and of the heartbeat of a `relay work --once`, may lie at most.
    """

    now: datetime
    leader_until: datetime | None = None
    wanted_since: datetime | None = None
    jobs: Mapping[str, datetime] = field(default_factory=dict)
    free: float = 0.0
    least: float = 0.0
    videos: Queue = Queue()
    fetching: int = 0
    last_fetched: datetime | None = None
    clips: Queue = Queue()
    sources: Queue = Queue()
    resting: tuple[Resting, ...] = ()
    paused: tuple[Resting, ...] = ()
    machines: tuple[hosts.SilentMachine, ...] = ()
    zone: tzinfo = UTC
    settling_until: datetime | None = None
    lease: timedelta = timedelta(seconds=20)
    once: timedelta = LEAST

    @property
    def has_leader(self) -> bool:
        return clocks.holds(self.leader_until, self.now, self.lease)

    @property
    def last_sign(self) -> datetime | None:
        """The latest end of a lease or heartbeat of `relay work`; one too far ahead (a wrong clock) doesn't count."""
        promised = ((self.leader_until, self.lease), (self.jobs.get(ONCE), self.once))
        believed = (until for until, longest in promised if until and until <= self.now + longest + clocks.SKEW)
        return max(believed, default=None)

    @property
    def is_silent(self) -> bool:
        """There is work, and no process has done any of it for SILENT."""
        if self.wanted_since is None:
            return False
        return max(self.last_sign or self.wanted_since, self.wanted_since) + SILENT < self.now

    @property
    def overdue(self) -> list[str]:
        """Jobs that have not succeeded in time, while some process leads."""
        late = [
            name
            for name, until in self.jobs.items()
            if name != ONCE and not clocks.holds(until, self.now, LONGEST.get(name, LEAST))
        ]
        return sorted(late) if self.has_leader else []

    @property
    def is_stalled(self) -> bool:
        return self.is_silent or bool(self.overdue)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What needs a person, as an alert has it."""

    key: str
    text: str


def troubles(vitals: Vitals) -> list[Trouble]:
    found = [*_work_troubles(vitals), *_queue_troubles(vitals), *_machine_troubles(vitals)]
    if vitals.free < vitals.least:
        full = DiskFull(
            "Only {free:.1f} GB are free, Relay keeps {min_free_gb:g}.",
            hint="Free some space, or lower RELAY_MIN_FREE_GB.",
            free=vitals.free,
            min_free_gb=vitals.least,
        )
        found.append(Trouble("disk", full.line))
    whole = (resting for resting in vitals.resting if not resting.method)
    rest = (resting for resting in whole if clocks.holds(resting.until, vitals.now, LONGEST_REST))
    return found + [Trouble(resting.key, resting.reason) for resting in rest]


def allowed(job: str, interval: timedelta) -> timedelta:
    """How long a job that runs every `interval` may be without success."""
    return max(2 * interval, LONGEST.get(job, LEAST))


def read_vitals(relay: Relay) -> Vitals:
    now = relay.now()
    with relay.reading() as session:
        leases = {lease.name: lease.until for lease in session.exec(select(Lease))}
        last_fetched = session.exec(select(func.max(Video.fetched_at))).one()
        resting = [_resting(row) for row in session.exec(select(Parking).order_by(col(Parking.key)))]
        return Vitals(
            now=now,
            leader_until=leases.get(LEADER),
            wanted_since=_wanted_since(session, now),
            jobs={name.removeprefix(JOB): until for name, until in leases.items() if name.startswith(JOB)},
            free=_free(relay),
            least=relay.settings.min_free_gb,
            videos=_videos_waiting(session, now),
            fetching=_fetching(session, now),
            last_fetched=last_fetched,
            clips=_queue(session, Clip.created_at, Clip.id, Clip.state == ClipState.awaiting),
            sources=_sources_due(session, now),
            resting=tuple(row for row in resting if row.network != EXTRACTOR),
            paused=tuple(row for row in resting if row.network == EXTRACTOR),
            machines=hosts.silent_machines(session, now),
            zone=zone_of(session),
            settling_until=leases.get(SETTLING),
            lease=timedelta(seconds=relay.settings.lease_seconds),
            once=_allowed_once(relay),
        )


EXTRACTOR = "extractor"
"""First part of the key under which the fetching of a network rests (see intake/fetch.py)."""


def watch(relay: Relay) -> list[str]:
    """Raises what is new and resolves what is over; returns the keys of the alerts that changed.

    What lasts is not counted again: every few seconds, that would only count the calls.
    """
    changed = [CLOCK] if put_right(relay) else []
    found = {trouble.key: trouble.text for trouble in troubles(read_vitals(relay))}
    with relay.reading() as session:
        known = {alert.key: alert.last_at for alert in alerts.open_alerts(session)}
    news = [key for key in found if key not in known]
    past = [key for key in known if key.startswith(_OURS) and key not in found]
    if CLOCK in known and clocks.has_passed(STEADY, known[CLOCK], relay.now()):
        past.append(CLOCK)
    if not news and not past:
        return changed
    with relay.transaction() as session:
        for key in news:
            alerts.raise_alert(session, key, found[key], relay.now())
        for key in past:
            alerts.resolve(session, key, relay.now())
    return [*changed, *news, *past]


def put_right(relay: Relay) -> timedelta:
    """Finds out from the heartbeats whether the clock was set back while no process ran, and raises an alert.

    One that ends further ahead than it can gets the longest time from now, so that it is missed in time.
    Returns by how much the clock was set back at least; nothing where it was not.
    """
    now = relay.now()
    with relay.reading() as session:
        signs = (col(Lease.name) == LEADER) | col(Lease.name).startswith(JOB)
        leases = {lease.name: lease.until for lease in session.exec(select(Lease).where(signs))}
    longest = {name: _longest(relay, name) for name in leases}
    wrong = {name: until for name, until in leases.items() if until > now + longest[name] + clocks.SKEW}
    if not wrong:
        return timedelta()
    back = max(until - longest[name] - now for name, until in wrong.items())
    clock_set_back(relay, back)
    with relay.transaction() as session:
        for name, until in wrong.items():
            sign = update(Lease).where(col(Lease.name) == name, col(Lease.until) == until)
            session.exec(sign.values(until=now + longest[name]))
    return back


def begin_settling(relay: Relay) -> None:
    """The clock has jumped: for a while (SETTLES_WITHIN) nothing counts as having waited for too long."""
    until = relay.now() + SETTLES_WITHIN
    with relay.transaction() as session:
        if not add_new(session, Lease(name=SETTLING, holder=relay.holder, until=until)):
            session.exec(update(Lease).where(col(Lease.name) == SETTLING).values(holder=relay.holder, until=until))


def clock_set_back(relay: Relay, back: timedelta) -> None:
    """Raises one alert for all processes, and ends all rests: nobody knows how long they have lasted."""
    now, text = relay.now(), set_back_by(back)
    with relay.transaction() as session:
        known = next((alert for alert in alerts.open_alerts(session) if alert.key == CLOCK), None)
        if known is None or known.text != text or clocks.has_passed(TOLD_ALREADY, known.last_at, now):
            alerts.raise_alert(session, CLOCK, text, now)
        session.exec(update(Parking).where(col(Parking.until) > now).values(until=now))


def set_back_by(back: timedelta) -> str:
    """The alert's sentence, in English."""
    hours, minutes = divmod(round(back / timedelta(minutes=1)), 60)
    if back < timedelta(minutes=1):
        seconds = round(back.total_seconds())
        return filled("The clock of this machine was set back by {seconds} s. Relay goes on.", seconds=seconds)
    if not hours:
        return filled("The clock of this machine was set back by {minutes} min. Relay goes on.", minutes=minutes)
    if not minutes:
        return filled("The clock of this machine was set back by {hours} h. Relay goes on.", hours=hours)
    return filled(
        "The clock of this machine was set back by {hours} h {minutes} min. Relay goes on.",
        hours=hours,
        minutes=minutes,
    )


def _longest(relay: Relay, name: str) -> timedelta:
    """How far ahead the end of the leader's lease, or of a heartbeat, may lie at most."""
    if name == LEADER:
        return timedelta(seconds=relay.settings.lease_seconds)
    return _allowed_once(relay) if name == JOB + ONCE else LONGEST.get(name.removeprefix(JOB), LEAST)


def _allowed_once(relay: Relay) -> timedelta:
    return allowed(ONCE, timedelta(minutes=relay.settings.crawl_minutes))


class Heartbeat:
    """The heartbeats of one process's jobs."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._written: dict[str, datetime] = {}

    def begin(self, jobs: Iterable[tuple[str, timedelta]]) -> None:
        """Gives every job the time of a first run, and forgets what is no job any more."""
        intervals = dict(jobs)
        kept = [JOB + name for name in intervals]
        with self._relay.transaction() as session:
            session.exec(delete(Lease).where(col(Lease.name).startswith(JOB), col(Lease.name).not_in(kept)))
        self._written.clear()
        for name, interval in intervals.items():
            self.beat(name, interval)

    def beat(self, job: str, interval: timedelta) -> None:
        """The job has just succeeded."""
        now, time = self._relay.now(), allowed(job, interval)
        last = self._written.get(job)
        if last is not None and timedelta() <= now - last < time / WRITTEN_SHARE:  # else the clock was set back
            return
        name, holder, until = JOB + job, self._relay.holder, now + time
        with self._relay.transaction() as session:
            kept = session.exec(update(Lease).where(col(Lease.name) == name).values(holder=holder, until=until))
            if not kept.rowcount:
                add_new(session, Lease(name=name, holder=holder, until=until))
        self._written[job] = now


def _work_troubles(vitals: Vitals) -> list[Trouble]:
    if vitals.is_silent:
        since = max(vitals.last_sign or vitals.wanted_since or vitals.now, vitals.wanted_since or vitals.now)
        text = filled(
            "Nothing is read and nothing is fetched: relay work has not run since {moment}.",
            moment=local_time(since, vitals.zone),
        )
        return [Trouble(LEADER, text)]
    return [
        Trouble(
            JOB + name,
            filled(
                "One of relay work's tasks should have succeeded by {moment} and has not: {line}.",
                moment=local_time(vitals.jobs[name], vitals.zone),
                line=as_sentence(JOBS.get(name, name)),
            ),
        )
        for name in vitals.overdue
    ]


def _queue_troubles(vitals: Vitals) -> list[Trouble]:
    """None while no process leads (that is the trouble then), nor right after the clock has jumped."""
    found: list[Trouble] = []
    long_ago = vitals.now - STUCK
    if clocks.holds(vitals.settling_until, vitals.now, SETTLES_WITHIN):
        return found
    if _has_nothing_come(vitals, long_ago):
        text = filled(
            "Videos wait to be fetched, but for an hour none has come in. They are {count}.", count=vitals.videos.count
        )
        found.append(Trouble("queue:videos", text))
    if vitals.has_leader and vitals.sources.oldest is not None and vitals.sources.oldest < long_ago:
        text = filled("Sources are read late, some by more than an hour. They are {count}.", count=vitals.sources.count)
        found.append(Trouble("queue:sources", text))
    return found


def _machine_troubles(vitals: Vitals) -> list[Trouble]:
    """None right after the clock has jumped: each has to give a sign by the clock as it is now."""
    if clocks.holds(vitals.settling_until, vitals.now, SETTLES_WITHIN):
        return []
    return [
        Trouble(
            f"{hosts.MACHINE}{machine.host}",
            filled(
                "The machine {host} of the cluster has given no sign of life since {moment}.",
                host=machine.host,
                moment=local_time(machine.seen, vitals.zone),
            ),
        )
        for machine in vitals.machines
    ]


def _has_nothing_come(vitals: Vitals, long_ago: datetime) -> bool:
    """Videos wait since then, none has come in since then, and nothing explains it."""
    waits = vitals.videos.oldest is not None and vitals.videos.oldest < long_ago
    came = vitals.last_fetched is not None and vitals.last_fetched > long_ago
    return vitals.has_leader and waits and not came and not vitals.fetching and not vitals.paused


def _resting(row: Parking) -> Resting:
    network, token, method = (*row.key.split(":", 2), "", "")[:3]
    return Resting(network, token, method, row.until, row.reason)


def _wanted_since(session: Session, now: datetime) -> datetime | None:
    """Since when a campaign runs, should have begun, or has its last sweep before it."""
    since = []
    for campaign in session.exec(select(Campaign).where(col(Campaign.state) != CampaignState.archived)):
        begun = max(campaign.opens_at, campaign.created_at if campaign.created_at <= now else campaign.opens_at)
        begins = campaign.state is CampaignState.draft and not campaign.held and campaign.closes_at > now
        if begins or campaign.state is CampaignState.running:
            since.append(begun)
        elif campaign.last_sweep_due:
            since.append(min(campaign.stopped_at or begun, now))
    return min((moment for moment in since if moment <= now), default=None)


def _videos_waiting(session: Session, now: datetime) -> Queue:
    ours = (
        select(Sighting.id)
        .join(Match, col(Match.post_id) == col(Sighting.post_id))
        .join(Campaign, col(Campaign.id) == col(Match.campaign_id))
        .where(col(Match.kind) == MatchKind.exact, col(Campaign.state) != CampaignState.draft)
        .where(col(Sighting.video_id) == col(Video.id))
    )
    later = col(Video.next_try_at)
    due = (col(Video.state) == VideoState.found) | ((col(Video.state) == VideoState.unavailable) & (later <= now))
    return _queue(session, func.coalesce(later, Video.created_at), Video.id, due, ours.exists())


def _fetching(session: Session, now: datetime) -> int:
    busy = select(func.count()).where(
        Video.state == VideoState.fetching, clocks.holding(col(Video.lease_until), now, LONGEST_LEASE)
    )
    return int(session.exec(busy.select_from(Video)).one())


def _sources_due(session: Session, now: datetime) -> Queue:
    live = (col(Campaign.state) == CampaignState.running) | col(Campaign.last_sweep_due)
    mine = col(Source.campaign_id).in_(select(Campaign.id).where(live))
    return _queue(session, Source.next_sweep_at, Source.id, mine, IS_SWEPT, col(Source.next_sweep_at) <= now)


def _queue(session: Session, since: Any, what: Any, *where: ColumnElement[bool] | bool) -> Queue:
    count, oldest = session.exec(select(func.count(what), func.min(since)).where(*where)).one()
    return Queue(count, oldest)


def _free(relay: Relay) -> float:
    """Of the fullest disk that Relay writes to."""
    roots = (relay.settings.data_dir.absolute(), relay.settings.media_folder)
    return min(shutil.disk_usage(_there(root)).free for root in roots) / (1 << 30)


def _there(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())
