"""A relay of weeks in minutes: real collector, real vk_api, real SQLite, the sandbox network, and a clock of our own.

Nothing listens and nobody sleeps: an adapter of `requests` asks the sandbox's API directly, and raises what a real
line raises. While Relay waits the clock moves, and the town goes on posting, editing, deleting, pinning.

What must be found is written down by the town, not by Relay: whatever carried the tag in public, before and after a
reading of its wall that is complete by the ledger and reached back to its date.

Meanwhile processes end in the middle of a request and new ones begin, summer time begins in the campaign's zone, and
the machine's clock is put forward and back.
"""

from __future__ import annotations

import gc
import io
import logging
import os
import random
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
import structlog
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import col, func, select
from urllib3 import HTTPResponse

from relay.collect import campaigns, crawl, sources
from relay.collect.ledger import coverage
from relay.config import Settings
from relay.context import Relay
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.models import Match, MatchKind, Post, Source, SourceState, Sweep, Video
from relay.ports import Clock
from relay.sandbox.faults import Faults
from relay.sandbox.vk import shapes
from relay.sandbox.vk.api import answer
from relay.sandbox.vk.gateway import ApiGateway
from relay.sandbox.vk.network import Vk
from relay.sandbox.vk.records import Key
from relay.sources.vk.errors import KINDS, Remedy
from relay.sources.vk.http import VENDOR, VkHttpAdapter
from relay.sources.vk.source import VkSource
from relay.store import Store, run
from tests.fakes.fetcher import FakeFetcher

SLUG = "proryv"
TAG = "#proryv80"
BEGIN = datetime(2023, 3, 24, 6, 0, tzinfo=UTC)
ZONE = "Europe/Riga"
"""Its clocks are put forward on 26 March."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PROMISED = DAY
"""So far back every sweep looks, whatever it says of itself."""
TALK = ("Ярмарка в субботу", "Отключат воду #город", "Ищем свидетелей", "С днём рождения!", "Расписание автобусов")


@dataclass(frozen=True)
class Job:
    """`faults`: share of the requests that meet trouble; `codes`: VK's errors that come once each, spread evenly;
    `deleted`: share of the posts that don't stay, but for `stay_hours` on average; `processes`: that read in turns;
    `wall_quota`: calls of wall.get that VK allows in 24 hours; `jumps`: by so many hours the machine's clock goes
    wrong, for six hours each time; `search`: whether the hashtag search is read too, which finds what a wall missed.
    """

    walls: int = 100
    days: int = 30
    posts: int = 200_000
    tagged: int = 5_000
    tokens: int = 1
    faults: float = 0.1
    codes: tuple[int, ...] = tuple(sorted(KINDS))
    deleted: float = 0.03
    stay_hours: float = 60.0
    restarts_a_day: int = 2
    processes: int = 1
    wall_quota: int = 5000
    jumps: tuple[float, ...] = (2.0, -2.0)
    search: bool = True
    seed: int = 1


ONE_OF_EACH_KIND = (*(next(code for code, kind in KINDS.items() if kind is each) for each in Remedy if each in
                      set(KINDS.values())), 77_777)  # fmt: skip
SMALL = Job(10, 2, 1_400, 110, codes=ONE_OF_EACH_KIND)


class Killed(BaseException):
    """The process ends in the middle of a request; no `except Exception` may notice."""


class NotingGateway(ApiGateway):
    """Notes what it refuses, and each call without its parameters."""

    def __init__(self, now: Clock, faults: Faults) -> None:
        super().__init__(now, faults)
        self.refusals: Counter[str] = Counter()
        self.history = deque()

    def arrives(self, method: str, params: dict[str, str], *, inner: bool = False) -> None:
        super().arrives(method, {}, inner=inner)

    def too_fast(self, token: str) -> bool:
        refused = super().too_fast(token)
        self.refusals["rate"] += refused
        return refused

    def over_quota(self, method: str, token: str) -> bool:
        refused = super().over_quota(method, token)
        self.refusals[f"quota of {method}"] += refused
        return refused


class Town(Vk):
    """The sandbox's VK, whose life goes on while its clock moves."""

    api: NotingGateway

    def __init__(self, job: Job) -> None:
        self.at = BEGIN
        super().__init__(lambda: self.at, seed=job.seed)
        self.api = NotingGateway(self.now, self.faults)
        self.api.steady = self.seconds
        self.api.rate(3)
        self.api.quota("wall.get", job.wall_quota)
        self.tagged: dict[Key, list[datetime]] = {}
        """When each post carried the tag in public: from, and up to when."""
        self._order = 0
        self._coming: list[tuple[datetime, int, Callable[[], None]]] = []

    def seconds(self) -> float:
        return (self.at - BEGIN).total_seconds()

    def moves(self, seconds: float) -> None:
        until = self.at + timedelta(seconds=seconds)
        while self._coming and self._coming[0][0] <= until:
            at, _, happens = heappop(self._coming)
            self.at = max(self.at, at)
            happens()
        self.at = until

    def at_time(self, at: datetime, happens: Callable[[], None]) -> None:
        self._order += 1
        heappush(self._coming, (at, self._order, happens))


def populate(town: Town, job: Job, film: Path) -> list[int]:
    """Walls of very different pace, and all that will be posted, edited, deleted and pinned on them."""
    dice = random.Random(job.seed)
    walls = [town.has_group(f"public{number}", f"Посёлок {number}") for number in range(1, job.walls + 1)]
    people = [town.has_resident("Анна", f"Иванова {number}") for number in range(50)]
    shares = list(accumulate(1 / (rank + 4) for rank in range(job.walls)))
    end = BEGIN + job.days * DAY
    for number in range(job.posts):
        wall = dice.choices(walls, cum_weights=shares)[0]
        gone = job.stay_hours if dice.random() < job.deleted else None
        _plan_post(
            town,
            dice,
            wall,
            dice.choice(people),
            end,
            film,
            tagged=number < job.tagged,
            stays=gone,
        )
    return walls


def _plan_post(
    town: Town,
    dice: random.Random,
    wall: int,
    person: int,
    end: datetime,
    film: Path,
    *,
    tagged: bool,
    stays: float | None,
) -> None:
    at = _moment(dice, end)
    shown = at + (
        dice.random() * 20 * HOUR if dice.random() < (0.05 if tagged else 0.001) else timedelta()
    )  # dated back: it shows up late
    text = dice.choice(TALK)
    way = dice.random() if tagged else 1.0
    edited = shown + timedelta(hours=dice.expovariate(1 / 8)) if way < 0.15 else None
    gone = None if stays is None else shown + timedelta(hours=dice.expovariate(1 / stays))
    pinned = dice.random() < 0.003
    town.at_time(shown, _Coming(town, wall, person, at, film, text, tagged, way, edited, gone, pinned).appears)


@dataclass(slots=True, eq=False)
class _Coming:
    """What becomes of a post. Hundreds of thousands wait, so they are small. `way`: by which the tag gets into it."""

    town: Town
    wall: int
    person: int
    at: datetime
    film: Path
    text: str
    tagged: bool
    way: float
    edited: datetime | None
    gone: datetime | None
    pinned: bool
    key: Key | None = None

    def appears(self) -> None:
        town, way, videos = self.town, self.way, []
        if self.tagged:
            title = f"Читаю {TAG}" if 0.15 <= way < 0.25 else "Видео"
            videos = [town.uploads(self.person, self.film, title=title, at=self.at)]
        own = f"{self.text} {TAG}" if self.tagged and way >= 0.35 else self.text
        original = None
        if 0.25 <= way < 0.35:
            said = f"{self.text} {TAG}"
            original = town.posts(self.person, said, videos=videos, at=self.at, indexed=False)
            own, videos = "", []
        self.key = town.posts(
            *(self.wall, own),
            videos=videos,
            at=self.at,
            repost_of=original,
            pinned=self.pinned,
            indexed=self.tagged,
        )
        if self.tagged and self.edited is None:
            self._carries_the_tag()
        if self.edited is not None:
            town.at_time(self.edited, self.edits)
        if self.gone is not None:
            town.at_time(self.gone, self.deletes)

    def edits(self) -> None:
        assert self.key is not None
        post = self.town.post(self.key)
        if post is not None and not post.deleted:
            self.town.edits(self.key, f"{self.text} {TAG}", at=self.town.at)
            self._carries_the_tag()

    def deletes(self) -> None:
        assert self.key is not None
        self.town.deletes(self.key)
        if self.key in self.town.tagged:
            self.town.tagged[self.key][1] = self.town.at

    def _carries_the_tag(self) -> None:
        assert self.key is not None
        self.town.tagged[self.key] = [self.town.at, datetime.max.replace(tzinfo=UTC)]


def _moment(dice: random.Random, end: datetime) -> datetime:
    """Mostly by day (in Moscow), in whole seconds."""
    while True:
        at = BEGIN + (end - BEGIN) * dice.random()
        if (at.hour + 3) % 24 >= 7 or dice.random() < 0.1:
            return at.replace(microsecond=0)


# The line


class InProcess(HTTPAdapter):
    """Carries a request to the sandbox without a socket, or meets trouble on the way."""

    town: Town
    dice: random.Random
    faults: float
    kills: float
    met: Counter[str]

    def send(self, request: requests.PreparedRequest, **_more: Any) -> requests.Response:  # type: ignore[override]
        self.town.moves(0.05)
        self.town.api.requests += 1
        if self.dice.random() < self.kills:
            self.met["killed"] += 1
            raise Killed
        trouble = self.dice.choice(TROUBLES) if self.dice.random() < self.faults else None
        if trouble is None:
            return self.reply(self.body(request))
        self.met[trouble.__name__.removeprefix("_")] += 1
        return trouble(self, request)

    def body(self, request: requests.PreparedRequest) -> bytes:
        method = urlsplit(request.url or "").path.rpartition("/")[2]
        values = dict(parse_qsl(str(request.body), keep_blank_values=True))
        return shapes.encoded(answer(self.town, method, values))

    def reply(self, body: bytes | io.BytesIO, status: int = 200) -> requests.Response:
        response = requests.Response()
        response.status_code = status
        response.raw = HTTPResponse(io.BytesIO(body) if isinstance(body, bytes) else body, preload_content=False)
        response.encoding = "utf-8"
        return response


def _timeout(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    line.town.moves(30)
    raise requests.ReadTimeout("read timed out")


def _reset(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    raise requests.ConnectionError("connection reset by peer")


def _truncated(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    whole = line.body(request)
    return line.reply(whole[: len(whole) // 2])


def _html(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    return line.reply(b"<!DOCTYPE html><html><body>VK</body></html>")


def _drip(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    """A byte a second: every read succeeds."""

    class Drip(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            line.town.moves(1)
            return super().read(1)

        read1 = read

    return line.reply(Drip(line.body(request)))


def _gateway(line: InProcess, request: requests.PreparedRequest) -> requests.Response:
    return line.reply(b"<html>502</html>", 502)


TROUBLES = (_timeout, _reset, _truncated, _html, _drip, _gateway)


class SimulatedWire(VkHttpAdapter, InProcess):
    """Relay's own wire, with all its checks, over a line without sockets."""


# The run


@dataclass
class Figures:
    """What a run showed. `missed`: posts that had to be found and were not."""

    job: dict[str, Any]
    seconds: float = 0.0
    posts: int = 0
    due_to_be_found: int = 0
    found: int = 0
    missed: int = 0
    doubled: int = 0
    public_at_the_end: int = 0
    requests: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    sweeps: int = 0
    failed_sweeps: int = 0
    most_calls_in_24h: dict[str, int] = field(default_factory=dict)
    most_requests_in_a_second: int = 0
    refusals: dict[str, int] = field(default_factory=dict)
    codes: int = 0
    met: dict[str, int] = field(default_factory=dict)
    frozen: bool = False
    memory_mb: list[float] = field(default_factory=list)
    """Of the whole process, town and all, at the end of each day."""
    open_files: list[int] = field(default_factory=list)


class Simulation:
    """`Simulation(job, folder, empty_database).run()`. `kind` is the VkSource to use: twins switch a guard off."""

    def __init__(
        self,
        job: Job,
        folder: Path,
        *,
        kind: type[VkSource] = VkSource,
        overlap_hours: float = 24.0,
        wall_quota: int | None = None,
    ) -> None:
        """`wall_quota`: what Relay is told, where that isn't the truth."""
        self.job, self.kind = job, kind
        self.town = Town(job)
        self.wrong, self.right_since = timedelta(), BEGIN
        for number in range(1, job.tokens):
            self.town.api.also_takes(f"token{number}")
        self.dice = random.Random(job.seed + 1)
        self.met: Counter[str] = Counter()
        self.settings = Settings(
            _env_file=None,  # type: ignore[call-arg]
            data_dir=folder,
            vk_token=SecretStr(",".join([self.town.api.token, *(f"token{number}" for number in range(1, job.tokens))])),
            overlap_hours=overlap_hours,
            vk_wall_quota=wall_quota or job.wall_quota,
        )
        self.film = folder / "film.mp4"
        self.film.write_bytes(b"film")
        self.store = Store(self.settings.db_url)
        self.store.upgrade(BEGIN)
        self.begin()
        self.codes = list(job.codes if job.faults else ())
        self.must: set[Key] = set()
        self.noted = 0
        self.memory: list[float] = []
        self.files: list[int] = []
        self.by_wall: dict[int, list[Key]] = defaultdict(list)

    def clock(self) -> datetime:
        """The machine's, which isn't always right."""
        return self.town.at + self.wrong

    def begin(self) -> None:
        """New processes: nothing of what the ones before kept in memory is there."""
        self.store.close()
        self.store = Store(self.settings.db_url)
        self.relays = [self._process(number) for number in range(self.job.processes)]
        self.relay = self.relays[0]

    def _process(self, number: int) -> Relay:
        return Relay(
            settings=self.settings,
            store=self.store,
            sources={"vk": self.kind(self.settings, self.store, self.clock, self.town.moves, session=self._session)},
            fetcher=FakeFetcher(),
            media=Vault(self.settings.data_dir / "vault"),
            toolbox=Toolbox(),
            clock=self.clock,
            holder=f"simulation-{number}",
        )

    def _session(self, settings: Settings) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.adapters.clear()
        wire = SimulatedWire(settings)
        wire.steady = self.town.api.steady
        wire.town, wire.dice, wire.met = self.town, self.dice, self.met
        wire.faults, wire.kills = self.job.faults, self.job.faults / 100
        session.mount(VENDOR, wire)
        return session

    def run(self) -> Figures:
        _quietly()
        started, job = time.monotonic(), self.job
        walls = populate(self.town, job, self.film)
        closes = BEGIN + job.days * DAY
        campaigns.new(
            self.relay,
            slug=SLUG,
            title="Прорыв",
            hashtags=[TAG],
            opens=BEGIN.isoformat(),
            closes=closes.isoformat(),
            tz=ZONE,
        )
        campaigns.start(self.relay, SLUG, person="olga")
        self._adds([f"vk:club{-wall}" for wall in walls] + ["vk:tag"] * job.search)
        self._orders_codes(closes)
        self._orders_jumps(closes)
        gc.freeze()  # the town is big, and stays: nobody need walk through it again and again
        thresholds = gc.get_threshold()
        gc.set_threshold(200_000, 50, 1000)  # each day ends with a walk
        self._works(closes)
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        figures = self._figures(walls, closes)
        figures.seconds = round(time.monotonic() - started, 1)
        self.store.close()
        return figures

    def _adds(self, addresses: list[str]) -> None:
        from relay.errors import SourceError

        for address in addresses:
            while True:
                try:
                    sources.add(self.relay, SLUG, address)
                    break
                except (SourceError, Killed):
                    self.town.moves(60)

    def _orders_codes(self, closes: datetime) -> None:
        """Each of VK's errors once, on one of the methods in turn; the last ones a day before the end."""
        methods = ("wall.get", "newsfeed.search", "execute")
        step = (closes - DAY - BEGIN) / max(1, len(self.codes))
        for number, code in enumerate(self.codes):
            method = methods[number % len(methods)]
            self.town.at_time(
                BEGIN + HOUR + number * step, lambda code=code, method=method: self.town.api.fails(method, code)
            )

    def _orders_jumps(self, closes: datetime) -> None:
        step = (closes - DAY - BEGIN) / (len(self.job.jumps) + 1)
        for number, hours in enumerate(self.job.jumps, start=1):
            at = BEGIN + number * step
            self.town.at_time(at, lambda hours=hours: self._goes_wrong(hours))
            self.town.at_time(at + 6 * HOUR, lambda: self._goes_wrong(0))

    def _goes_wrong(self, hours: float) -> None:
        self.wrong, self.right_since = timedelta(hours=hours), self.town.at

    def _works(self, closes: datetime) -> None:
        """`relay work` in small: every minute what is due; restarts, and each morning somebody looks."""
        restart = DAY / max(1, self.job.restarts_a_day)
        begun = checked = self.town.at
        watched = self.town.at - HOUR
        while self.town.at < closes + 3 * DAY:
            if self.town.at >= BEGIN + (len(self.memory) + 1) * DAY:
                self._weighs()
            if self.town.at - begun >= restart:
                self.begin()
                begun = self.town.at
            try:
                campaigns.tick(self.relay)
                if self.town.at - watched >= HOUR / 4:
                    coverage.watch(self.relay)
                    watched = self.town.at
                if self.town.at - checked >= DAY / 2 and self._is_in_trouble():
                    sources.check(self.relay, SLUG)
                    checked = self.town.at
                self._reads()
            except Killed:
                self.begin()
                begun = self.town.at
            if self.town.at >= closes and self._is_frozen():
                return
            self._waits()

    def _reads(self) -> None:
        """What is due, shared by the processes in turns. Notes what must have been seen, also when one is killed."""
        due, parts = crawl.due(self.relay), len(self.relays)
        readings = [crawl.readings(relay, due[number::parts]) for number, relay in enumerate(self.relays)]
        begun = self.town.at
        for turn in zip_longest(*readings):
            for read in filter(None, turn):
                try:
                    read()
                finally:
                    self._notes(begun)

    def _weighs(self) -> None:
        gc.collect()
        gc.freeze()  # the town grows
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        self.memory.append(round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1))
        self.files.append(len(list(Path("/proc/self/fd").iterdir())))

    def _is_in_trouble(self) -> bool:
        with self.relay.reading() as session:
            return session.exec(select(Source).where(Source.state != SourceState.active)).first() is not None

    def _is_frozen(self) -> bool:
        campaign = campaigns.get(self.relay, SLUG)
        return campaign.stopped_at is not None and not campaign.last_sweep_due

    def _waits(self) -> None:
        with self.relay.reading() as session:
            soonest = run(session, _SOONEST).scalar()
        soonest = soonest.replace(tzinfo=UTC) if soonest and soonest.tzinfo is None else soonest
        wait = (soonest - self.clock()).total_seconds() if soonest else 60.0
        self.town.moves(min(max(wait, 60.0), 900.0))

    def _notes(self, begun: datetime) -> None:
        """What complete readings of the ledger must have seen, by the town's own word."""
        with self.relay.reading() as session:
            rows = run(session, _COMPLETE, noted=self.noted).all()
        for row in rows:
            self.noted = row.id
            if row.source_id <= self.job.walls:
                self._note(row, begun)

    def _note(self, row: Any, begun: datetime) -> None:
        """While the clock is wrong, and for a while after, only what the ledger says is a promise."""
        is_right = not self.wrong and begun - self.right_since > 2 * PROMISED
        back = min(row.covers_from, begun - PROMISED) if is_right or not self.job.jumps else row.covers_from
        for key in self._tagged_on(self._wall_of(row.source_id)):
            since, until = self.town.tagged[key]
            if since <= begun and self.town.at < until and key not in self.must:
                post = self.town.post(key)
                if post is not None and back <= post.at <= begun:
                    self.must.add(key)

    def _wall_of(self, source_id: int) -> int:
        if not hasattr(self, "_walls"):
            with self.relay.reading() as session:
                self._walls = {row.id or 0: int(row.owner_id or 0) for row in session.exec(select(Source))}
        return self._walls[source_id]

    def _tagged_on(self, wall: int) -> list[Key]:
        """Those of the wall that nothing is known about yet."""
        if len(self.town.tagged) != sum(map(len, self.by_wall.values())):
            self.by_wall.clear()
            for key in self.town.tagged:
                self.by_wall[key.owner_id].append(key)
        return self.by_wall[wall]

    def _figures(self, walls: list[int], closes: datetime) -> Figures:
        with self.relay.reading() as session:
            ours = session.exec(
                select(Post.owner_id, Post.post_id).join(Match).where(Match.kind == MatchKind.exact)
            ).all()
            sweeps = session.exec(select(func.count()).select_from(Sweep)).one()
            failed = session.exec(select(func.count()).select_from(Sweep).where(col(Sweep.complete).is_(False))).one()
            videos = session.exec(select(Video.owner_id, Video.video_id)).all()
        found = {Key(int(owner), int(number)) for owner, number in ours}
        last = {
            key
            for key, (_, until) in self.town.tagged.items()
            if until > self.town.at and key.owner_id < 0 and self.town.post(key).at <= closes  # type: ignore[union-attr]
        }
        must = self.must | last
        return Figures(
            job=asdict(self.job) | {"codes": len(self.job.codes)},
            posts=len(self.town.all_posts()),
            due_to_be_found=len(must),
            found=len(found),
            missed=len(must - found),
            doubled=len(ours) - len(found) + len(videos) - len(set(videos)),
            public_at_the_end=len(last),
            requests=self.town.api.requests,
            calls=dict(self.town.api.calls),
            sweeps=sweeps,
            failed_sweeps=failed,
            most_calls_in_24h={
                method: most_within([call.at for call in self.town.api.history if call.method == method], 86_400.0)
                for method in ("wall.get", "newsfeed.search")
            },
            most_requests_in_a_second=most_within(
                [call.at for call in self.town.api.history if not call.inner], 0.999_999
            ),
            refusals=dict(self.town.api.refusals),
            codes=len(self.codes),
            met=dict(self.met),
            frozen=self._is_frozen(),
            memory_mb=self.memory,
            open_files=self.files,
        )


_SOONEST = columns(func.min(col(Source.next_sweep_at))).where(Source.state != SourceState.gone)
_COMPLETE = (
    columns(col(Sweep.id), col(Sweep.source_id), col(Sweep.covers_from))
    .where(col(Sweep.id) > bindparam("noted"), col(Sweep.complete))
    .order_by(col(Sweep.id))
)


def most_within(moments: list[float], seconds: float) -> int:
    """The most of them that lie in any stretch of so many seconds."""
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def _quietly() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    logging.getLogger("vk_api").setLevel(logging.CRITICAL)
