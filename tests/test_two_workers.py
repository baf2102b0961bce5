"""Two `relay work` on one database: one leads, the other stands by, and either may stop, sleep or be killed at any
moment. Nothing is lost, nothing is there twice (promises R1, R11, R12 of docs/security.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from relay.media.toolbox import Toolbox
from relay.media.vault import INCOMING, Vault
from relay.models import Clip, ClipState, ClipVideo, Decision, Event, Lease, Post, Source, Sweep, Video, VideoState
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.records import Key
from relay.store import Store
from tests.test_kill import Place
from tests.workers import Workers

pytestmark = [pytest.mark.media, pytest.mark.slow]
SLUG = "proryv80"
CLIPS = 24
KILLS = 100
SEED = int(os.environ.get("KILL_SEED", "80"))
LEASE = 2.0
ANSWER = 15.0
"""Seconds that a call waits whose caller is to fall asleep: longer than that takes, and less than it would wait."""
Row = TypeVar("Row", bound=SQLModel)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Clips of one second each, cut out of one long picture that never repeats."""
    folder, toolbox = tmp_path_factory.mktemp("videos"), Toolbox()
    toolbox.run(
        [
            *(toolbox.ffmpeg, "-v", "error"),
            *("-f", "lavfi", "-i", f"testsrc2=s=160x120:r=10:d={CLIPS + 1}"),
            *("-f", "lavfi", "-i", f"sine=f=300:b=4:d={CLIPS + 1}", "-pix_fmt", "yuv420p", "-g", "10"),
            *("-f", "segment", "-segment_time", "1", "-reset_timestamps", "1", "clip%02d.mp4"),
        ],
        folder=folder,
    )
    return sorted(folder.glob("*.mp4"))[:CLIPS]


@dataclass
class Town:
    """A sandbox network with one public and its residents, a Relay over it, and the forge of its processes."""

    place: Place
    network: Network
    workers: Workers
    store: Store
    videos: list[Path]
    group: int
    anna: int
    published: list[Key] = field(default_factory=list)
    uploads: list[Key] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.place.folder / "data"

    def publishes(self, count: int = 1) -> None:
        """Anna posts the next videos, and the town's public reposts every second one."""
        for _ in range(count):
            number = len(self.uploads)
            video = self.network.vk.uploads(self.anna, self.videos[number], title=f"Письмо {number}", duration=1)
            self.uploads.append(video)
            self.published.append(self.network.vk.posts(self.group, f"Читаем {number} #proryv80", videos=[video]))
            if number % 2:
                self.published.append(self.network.vk.posts(self.group, f"Ещё раз {number} #proryv80", videos=[video]))

    def rows(self, table: type[Row]) -> list[Row]:
        with self.store.reading() as session:
            return list(session.exec(select(table)).all())

    def leads(self, pid: int) -> bool:
        leases = self.rows(Lease)
        return bool(leases) and f"-{pid}-" in leases[0].holder and leases[0].until > datetime.now(UTC)

    def until(self, holds: Callable[[], object], what: str, seconds: float = 120) -> None:
        ends = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > ends:
                pytest.fail(f"It never came to this: {what}.\n{self.workers.last_words()}")
            time.sleep(0.02)

    def count(self, table: type[Row], **values: object) -> int:
        return sum(all(getattr(row, name) == value for name, value in values.items()) for row in self.rows(table))


@pytest.fixture
def town(videos: list[Path], tmp_path: Path) -> Iterator[Town]:
    network = Network(clock=lambda: datetime.now(UTC))
    network.vk.api.quota("wall.get", 10**6)
    network.vk.api.quota("newsfeed.search", 10**6)
    with Sandbox(network) as sandbox:
        env = {
            "PATH": os.environ["PATH"],
            "RELAY_DATA_DIR": str(tmp_path / "data"),
            "RELAY_MIN_FREE_GB": "0",
            "RELAY_LANGUAGE": "en",
            "RELAY_LEASE_SECONDS": str(LEASE),
            "RELAY_CRAWL_MINUTES": "0.005",
            "RELAY_VK_RATE": "60",
            "RELAY_VK_WALL_QUOTA": "1000000000",
            "RELAY_VK_SEARCH_QUOTA": "1000000000",
            "RELAY_FILM_PRESET": "ultrafast",
            **sandbox.settings(),
        }
        place = Place(tmp_path, env)
        group, anna = network.vk.has_group("gorod", "Наш город"), network.vk.has_resident("Анна", "Иванова")
        now = datetime.now(UTC)
        window = (
            "--opens",
            f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}",
            "--closes",
            f"{now + timedelta(days=1):%Y-%m-%d}",
        )
        store = Store(f"sqlite:///{tmp_path / 'data' / 'relay.db'}")
        with Workers(env, tmp_path) as workers:
            for words in (
                ("init",),
                ("campaign", "new", SLUG, "--title", "T", "--hashtag", "#proryv80", "--tz", "UTC", *window),
                ("source", "add", SLUG, "vk:gorod", "vk:tag"),
                ("campaign", "start", SLUG),
            ):
                assert workers.ended(workers.starts(*words)) == 0
            yield Town(place, network, workers, store, videos, group, anna)
        store.close()


def doubled_sweeps(town: Town) -> list[tuple[Sweep, Sweep]]:
    """Pairs of sweeps of one source of which the later in the ledger had begun before the other one ended."""
    by_source: dict[int, list[Sweep]] = {}
    for row in town.rows(Sweep):
        by_source.setdefault(row.source_id, []).append(row)
    rows = [pair for of_source in by_source.values() for pair in pairwise(of_source)]
    return [(one, other) for one, other in rows if other.started_at < one.finished_at]


def falls_asleep(town: Town, pid: int) -> None:
    """SIGSTOP, but not in the middle of a commit: nobody else could write to SQLite before it wakes up again.

    A thread that the kernel is doing something for stops only when that is done; until then it may take a lock.
    """
    while True:
        os.kill(pid, signal.SIGSTOP)
        town.until(lambda: sleeps(pid), "all its threads sleep")
        try:
            with sqlite3.connect(town.data / "relay.db", timeout=1, isolation_level=None) as connection:
                connection.execute("BEGIN IMMEDIATE").execute("ROLLBACK")
        except sqlite3.OperationalError:
            os.kill(pid, signal.SIGCONT)
            time.sleep(0.3)
        else:
            return


def sleeps(pid: int) -> bool:
    """Whether all threads of a process are stopped (proc_pid_stat(5): the field after the name in brackets)."""
    stats = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


def one_sleeps_through_its_lease(town: Town, *switches: str) -> tuple[int, int]:
    """The first falls asleep while it reads a wall, the second takes over and reads on, and the first wakes up.

    A call that has arrived waits for its answer, and whoever made it falls asleep before that comes: so it is in the
    middle of a reading, however busy the machine is.
    """
    workers, network = town.workers, town.network
    first = workers.starts(*switches, "work")
    town.until(lambda: town.leads(first), "the first leads")
    second = workers.starts(*switches, "work")
    town.until(lambda: "work started" in workers.log_of(second), "the second is there")
    network.is_slow(ANSWER)
    town.publishes(3)
    asked = network.vk.api.requests
    town.until(lambda: network.vk.api.requests > asked, "the first asks the network")
    network.is_slow(0)
    falls_asleep(town, first)
    assert "this process leads" not in workers.log_of(second), "one leads, the other stands by"
    town.until(lambda: town.leads(second), "the second takes over")
    town.publishes(3)
    read = len(town.rows(Sweep))
    town.until(lambda: len(town.rows(Sweep)) >= read + 4, "the second reads")
    os.kill(first, signal.SIGCONT)
    return first, second


def test_who_sleeps_through_its_lease_stands_by_and_doubles_nothing(town: Town) -> None:
    first, second = one_sleeps_through_its_lease(town)
    town.until(lambda: "standing by" in town.workers.log_of(first), "the first notices")
    read = len(town.rows(Sweep))
    town.until(lambda: len(town.rows(Sweep)) >= read + 4, "the second reads on")
    town.until(lambda: town.count(Video, state=VideoState.fetched) == 6, "everything is fetched")
    assert town.leads(second)
    assert not town.leads(first)
    for pid in (first, second):
        assert "broke" not in town.workers.log_of(pid)
        assert town.workers.kills(pid, signal.SIGTERM) == 0
    assert doubled_sweeps(town) == []
    nothing_is_lost_or_doubled(town)


def test_without_the_fence_the_sleeper_goes_on_where_it_was(town: Town) -> None:
    first, _ = one_sleeps_through_its_lease(town, "-fence")
    town.until(lambda: "standing by" in town.workers.log_of(first), "the first notices")
    town.until(lambda: doubled_sweeps(town), "a sweep is doubled")


def test_without_the_lease_both_lead(town: Town) -> None:
    town.network.is_slow(0.3)
    for _ in range(2):
        town.workers.starts("-lease", "work")
    town.until(lambda: doubled_sweeps(town), "a sweep is doubled")


MOMENTS = {"crawl": 25, "fetch": 15, "inspect": 15, "prepare": 20, "decide": 25}
PATIENCE = {"crawl": 1.5, "fetch": 1.5, "inspect": 3.0, "prepare": 4.0, "decide": 1.5}
"""Seconds that a kill waits for its moment; when there is nothing to do, any moment will do."""


def in_the_middle_of(town: Town, moment: str, paper: Path) -> Callable[[], bool]:
    """Whether it is happening since now."""
    work, shots = town.data / "work", town.data / "shots" / "work"
    asked, decided = sum(town.network.vk.api.calls.values()), paper.stat().st_size if paper.exists() else 0
    happens: dict[str, Callable[[], bool]] = {
        "crawl": lambda: sum(town.network.vk.api.calls.values()) > asked,
        "fetch": lambda: any(work.glob("fetch-*/*")),
        "inspect": lambda: any(path.name.isalnum() for path in work.glob("*")),
        "prepare": lambda: any(shots.glob("*/*")),
        "decide": lambda: paper.exists() and paper.stat().st_size > decided,
    }
    return happens[moment]


def test_killed_a_hundred_times_nothing_is_lost_or_doubled(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    dice, workers, paper = random.Random(SEED), town.workers, town.place.folder / "paper"
    plan = [moment for moment, times in MOMENTS.items() for _ in range(times)]
    dice.shuffle(plan)
    assert len(plan) == KILLS
    town.publishes(4)
    at_work = [workers.starts("work"), workers.starts("work")]
    judge = workers.starts("judge", str(paper))
    town.until(lambda: town.count(Clip) == 4, "the first clips are there")
    hit: Counter[str] = Counter()
    ready: list[float] = []
    for number, moment in enumerate(plan):
        if number % 4 == 0 and len(town.uploads) < CLIPS:
            town.publishes()
        happens, patience = in_the_middle_of(town, moment, paper), time.monotonic() + PATIENCE[moment]
        while not (came := happens()) and time.monotonic() < patience:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.3))
        hit[moment if came else "idle"] += 1
        if moment == "decide":
            workers.kills(judge)
            judge = workers.starts("judge", str(paper))
            continue
        workers.kills(at_work[number % 2])
        killed = time.monotonic()
        at_work[number % 2] = workers.starts("work")
        town.until(lambda: any(town.leads(pid) for pid in at_work), "somebody leads again")
        ready.append(time.monotonic() - killed)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {SEED}: killed in {dict(hit)}; a leader again after {max(ready):.1f} s at most\n")
    assert max(ready) < 10 * max(1.0, os.getloadavg()[0])
    town.publishes(CLIPS - len(town.uploads))
    for pid in (*at_work, judge):
        workers.kills(pid)
    assert workers.ended(workers.starts("work", "--once")) == 0  # takes back what the last kills ended
    poisoned = forgives_the_kills(town)
    for _ in range(2):
        assert workers.ended(workers.starts("work", "--once")) == 0
    with capsys.disabled():
        sys.stdout.write(f"videos put off for a day because their fetches ended in a kill: {poisoned}\n")

    assert doubled_sweeps(town) == []
    nothing_is_lost_or_doubled(town)
    no_verdict_is_lost_or_doubled(town, paper)


def no_verdict_is_lost_or_doubled(town: Town, paper: Path) -> None:
    """What was acknowledged is there, each verdict follows from the one before, and the clip's state from the last."""
    told = [tuple(map(int, line.split())) for line in paper.read_text().splitlines() if line.count(" ") == 1]
    made = sorted(town.rows(Decision), key=lambda row: row.id or 0)
    assert set(told) <= {(row.clip_id, row.id) for row in made}
    for clip in town.rows(Clip):
        steps = [row for row in made if row.clip_id == clip.id]
        assert [row.from_state for row in steps] == [ClipState.awaiting, *(row.to_state for row in steps)][: len(steps)]
        assert clip.state == (steps[-1].to_state if steps else ClipState.awaiting)


def forgives_the_kills(town: Town) -> int:
    """The day is over after which a video is tried again whose fetches did not end."""
    with town.store.transaction() as session:
        put_off = update(Video).where(col(Video.state) == VideoState.unavailable)
        return session.exec(put_off.values(next_try_at=None)).rowcount


def nothing_is_lost_or_doubled(town: Town) -> None:
    posts = [(row.owner_id, int(row.post_id)) for row in town.rows(Post)]
    assert sorted(posts) == sorted((str(key.owner_id), key.id) for key in town.published)
    videos = town.rows(Video)
    assert {(row.owner_id, row.video_id) for row in videos} == {(str(v.owner_id), str(v.id)) for v in town.uploads}
    assert [(row.state, row.reason) for row in videos if row.state is not VideoState.fetched] == []
    assert len(videos) == len(town.uploads)
    files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in town.videos[: len(videos)]}
    assert {row.sha256 for row in videos} == files
    clips = town.rows(Clip)
    assert sorted(row.sha256 for row in clips) == sorted(files)
    assert sorted(row.video_id for row in town.rows(ClipVideo)) == sorted(row.id or 0 for row in videos)
    events = Counter((row.subject, row.subject_id, row.what) for row in town.rows(Event))
    assert [events["video", row.id or 0, "fetched"] for row in videos] == [1] * len(videos)
    assert [events["clip", row.id or 0, "made"] for row in clips] == [1] * len(clips)
    sweeps = town.rows(Sweep)
    for source in town.rows(Source):
        assert source.high_water == max(row.covers_to for row in sweeps if row.source_id == source.id and row.complete)
    everything_is_in_order(town)


def everything_is_in_order(town: Town) -> None:
    """An hour later, because until then a file without a row may belong to what is just being done."""
    hour = time.time() - 2 * 3600
    for path in [*(town.data / "work").glob("**/*"), *(town.data / "vault").glob("**/*")]:
        os.utime(path, (hour, hour))
    town.workers.ended(town.workers.starts("doctor", "--fix", "--deep"))
    findings = json.loads(town.place.relay("doctor", "--deep", "--json", check=False))
    assert [each for each in findings if each["wrong"]] == []
    assert list((town.data / "work").iterdir()) == []
    vault = Vault(town.data / "vault")
    for key in vault.list("originals/"):
        assert hashlib.sha256(vault.local(key).read_bytes()).hexdigest() == key.rpartition("/")[2]
    assert len(list(vault.list("originals/"))) == len(town.uploads)
    assert list((vault.root / INCOMING).glob("*")) == []


# The end


def descendants(pid: int) -> set[int]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found, more = set(), {pid}
    while more:
        found |= more
        more = {child for child, parent in parents.items() if parent in more} - found
    return found - {pid}


def test_sigterm_ends_everything_that_was_started(town: Town) -> None:
    town.publishes(4)
    pid = town.workers.starts("work")
    town.until(lambda: descendants(pid), "a child fetches")
    children = descendants(pid)
    begun = time.monotonic()
    assert town.workers.kills(pid, signal.SIGTERM) == 0
    assert time.monotonic() - begun < 30
    town.until(lambda: all(is_over(child) for child in children), "the children are gone", seconds=5)
    assert not town.leads(pid)
    assert town.count(Video, state=VideoState.fetching) == 0


def is_over(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
