"""A cluster whose processes are killed again and again while it works, and what must be true after each kill.

All of it stands on this machine: PostgreSQL, moto's object store, a scheduler, two `relay work` of which one leads, two
workers with folders of their own, and a judge who approves what waits. Videos are published as the work runs out.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import httpx
from sqlalchemy import update
from sqlmodel import SQLModel, col, select

from relay.almanac.delivery import render
from relay.bootstrap import open_relay
from relay.config import Settings
from relay.context import Relay
from relay.intake import fetch
from relay.media.toolbox import Toolbox
from relay.models import Clip, ClipState, Event, EventKind, Lease, Verdict, Video, VideoState
from relay.moderation import desk
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from relay.sandbox.vk.records import Key
from relay.upkeep import doctor
from tests import postgres, s3
from tests.workers import Workers

SLUG = "proryv80"
Row = TypeVar("Row", bound=SQLModel)
LEASE = 2.0
BACKLOG = 4
"""Videos that wait while kills go on."""
AT_HAND = 8.0
"""Seconds that a kill waits for its moment; then any moment will do, and it is counted as idle."""
RECLAIMED = 5.0
"""Seconds between two looks for work in dead hands, as the leader has one every minute."""
SHOT = re.compile(r"<Key>town/data/shots/([0-9a-f]{64}\.mp4)</Key>.*?<ETag>(?:&#34;|&quot;|\")?([0-9a-f]+)", re.DOTALL)


class Kill(StrEnum):
    """`fetch`, `encode`: of a worker that is at it. `leader`: of the holder of the lease."""

    fetch = "fetch"
    encode = "encode"
    scheduler = "scheduler"
    leader = "leader"


HOSTS = ("north", "south")


@dataclass
class Fleet:
    folder: Path
    network: Network
    workers: Workers
    relay: Relay
    bucket: str
    settings: dict[str, str]
    videos: list[Path]
    group: int
    anna: int
    uploads: list[Key] = field(default_factory=list)
    pids: dict[str, int] = field(default_factory=dict)
    shots: dict[str, str] = field(default_factory=dict)
    """What each shot was when it was seen first."""
    reclaimed_at: float = 0.0

    def publishes(self) -> None:
        number = len(self.uploads)
        video = self.network.vk.uploads(self.anna, self.videos[number], title=f"Письмо {number}", duration=1)
        self.uploads.append(video)
        self.network.vk.posts(self.group, f"Читаем {number} #proryv80", videos=[video])

    def starts(self, name: str) -> None:
        data = f"RELAY_DATA_DIR={self.folder / name}" if name in HOSTS else f"RELAY_DATA_DIR={self.folder / 'middle'}"
        words = {
            "scheduler": ("cluster", "scheduler"),
            "judge": ("judge", str(self.folder / "paper")),
            **dict.fromkeys(HOSTS, ("worker", "--fetch", "1", "--encode", "1")),
        }
        self.pids[name] = self.workers.starts(data, *words.get(name, ("work",)))

    def kills(self, name: str) -> None:
        self.workers.kills(self.pids[name])
        self.starts(name)

    def rows(self, table: type[Row]) -> list[Row]:
        with self.relay.reading() as session:
            return list(session.exec(select(table)).all())

    def leader(self) -> str:
        """Which of the two it is; empty while nobody leads."""
        held = next((row for row in self.rows(Lease) if row.until > datetime.now(UTC)), None)
        leads = [name for name in ("first", "second") if held and f"-{self.pids[name]}-" in held.holder]
        return leads[0] if leads else ""

    def at(self, moment: Kill) -> str:
        """Whom to kill in that moment; empty while nobody is at it."""
        if moment is Kill.leader:
            return self.leader()
        works = {host: (any((self.folder / host / "work").glob("fetch-*/*")), self._encodes(host)) for host in HOSTS}
        if moment is Kill.scheduler:
            return "scheduler" if any(map(any, works.values())) else ""
        return next((host for host, at_it in works.items() if at_it[moment is Kill.encode]), "")

    def _encodes(self, host: str) -> bool:
        return any((self.folder / host / "shots" / "work").glob("*/*"))

    def goes_on(self) -> None:
        """Gives it work, and takes from dead hands what was in them."""
        waiting = len(self.uploads) - sum(row.state is VideoState.fetched for row in self.rows(Video))
        while waiting < BACKLOG and len(self.uploads) < len(self.videos):
            self.publishes()
            waiting += 1
        if time.monotonic() - self.reclaimed_at > RECLAIMED:
            self.reclaimed_at = time.monotonic()
            fetch.reclaim(self.relay)

    def keeps_its_word(self) -> None:
        """The invariants, by the database and the object store."""
        fetch.reclaim(self.relay)
        dead = [row.lease_holder for row in self.rows(Video) if row.state is VideoState.fetching]
        assert not [holder for holder in dead if self.relay.is_dead(holder)], "no work stays in dead hands"
        fetched = Counter(row.subject_id for row in self.rows(Event) if row.what == EventKind.fetched)
        assert all(times == 1 for times in fetched.values()), f"fetched twice: {fetched}"
        shas = [clip.sha256 for clip in self.rows(Clip)]
        assert len(shas) == len(set(shas)), "no clip is there twice"
        known = {hashlib.sha256(path.read_bytes()).hexdigest() for path in self.videos[: len(self.uploads)]}
        originals = {key.partition("/")[2] for key in self.relay.media.list("originals/")}
        assert set(shas) <= originals <= known, "what a clip names is there, and nothing but what was published"
        for name, made in self.seen_shots().items():
            assert self.shots.setdefault(name, made) == made, "a shot never becomes another"

    def seen_shots(self) -> dict[str, str]:
        """Those that every host sees, each with a hash."""
        found, after = dict[str, str](), ""
        while True:
            asked = {"list-type": "2", "prefix": "town/data/shots/", "start-after": after}
            page = httpx.get(self.bucket, params=asked).raise_for_status().text
            keys = re.findall(r"<Key>([^<]+)</Key>", page)
            if not keys:
                return found
            found.update(SHOT.findall(page))
            after = keys[-1]

    def until(self, holds: Callable[[], object], what: str, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < ends, f"It never came to this: {what}.\n{self.workers.last_words()}"
            self.goes_on()
            time.sleep(0.2)

    def is_done(self) -> bool:
        videos, clips = self.rows(Video), self.rows(Clip)
        fetched = sum(row.state is VideoState.fetched for row in videos)
        approved = sum(clip.state is ClipState.approved for clip in clips)
        return fetched == approved == len(self.uploads) <= len(self.seen_shots())

    def forgives_the_kills(self) -> int:
        """The day is over after which a video is tried again whose fetches ended in kills; how many there are."""
        with self.relay.transaction() as session:
            put_off = update(Video).where(col(Video.state) == VideoState.unavailable)
            return session.exec(put_off.values(next_try_at=None)).rowcount

    def left_over(self) -> list[str]:
        """What lies about on the hosts although nobody works."""
        places = [self.folder / host / "work" for host in HOSTS] + [self.folder / host / "shots/work" for host in HOSTS]
        found = [path for place in places for path in place.glob("*")]
        return [str(path.relative_to(self.folder)) for path in found if path.name != doctor.SCRATCH]


@contextmanager
def fleet(folder: Path, clips: int) -> Iterator[Fleet]:
    network = Network(clock=lambda: datetime.now(UTC))
    for method in ("wall.get", "newsfeed.search"):
        network.vk.api.quota(method, 10**6)
    with postgres.server() as server, s3.server() as store, Sandbox(network) as sandbox:
        bucket = s3.new_bucket(store)
        settings = {
            "RELAY_DATA_DIR": str(folder / "middle"), "RELAY_MIN_FREE_GB": "0", "RELAY_LANGUAGE": "en",
            "RELAY_LEASE_SECONDS": str(LEASE), "RELAY_CRAWL_MINUTES": "0.05", "RELAY_VK_RATE": "60",
            "RELAY_VK_WALL_QUOTA": "1000000000", "RELAY_VK_SEARCH_QUOTA": "1000000000",
            "RELAY_FILM_PRESET": "ultrafast", "RELAY_DATABASE_URL": server.render_as_string(hide_password=False),
            "RELAY_MEDIA_URL": f"s3://{bucket}/town", "RELAY_MEDIA_ENDPOINT": store, "RELAY_MEDIA_REGION": "us-east-1",
            "RELAY_MEDIA_ACCESS_KEY": "key", "RELAY_MEDIA_SECRET_KEY": "secret",
            "RELAY_CLUSTER": f"tls://127.0.0.1:{s3.free_port()}", "RELAY_CLUSTER_FOLDER": str(folder / "certificates"),
            **sandbox.settings(),
        }  # fmt: skip
        group, anna = network.vk.has_group("gorod", "Наш город"), network.vk.has_resident("Анна", "Иванова")
        with Workers({"PATH": os.environ["PATH"], **settings}, folder) as workers:
            _begins(workers)
            assert workers.ended(workers.starts("cluster", "init")) == 0
            for host in HOSTS:
                (folder / host).mkdir(mode=0o700)
                shutil.copy(folder / "middle" / "secret.key", folder / host / "secret.key")
            relay = open_relay(_settings(settings))
            made = Fleet(
                folder, network, workers, relay, f"{store}/{bucket}", settings, _filmed(folder, clips), group, anna
            )
            for name in ("scheduler", *HOSTS, "first", "second", "judge"):
                made.starts(name)
            yield made
            relay.store.close()


def _settings(named: dict[str, str]) -> Settings:
    given = {name.removeprefix("RELAY_").lower(): value for name, value in named.items()}
    return Settings(_env_file=None, **given)  # type: ignore[call-arg, arg-type]


def _begins(workers: Workers, *words: str) -> None:
    """`words`: settings of this Relay alone."""
    now = datetime.now(UTC)
    window = ("--opens", f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}", "--closes", f"{now + timedelta(days=2):%Y-%m-%d}")
    for command in (
        ("init",),
        ("campaign", "new", SLUG, "--title", "T", "--hashtag", "#proryv80", "--tz", "UTC", *window),
        ("source", "add", SLUG, "vk:gorod"),
        ("campaign", "start", SLUG),
    ):
        assert workers.ended(workers.starts(*words, *command)) == 0


def _filmed(folder: Path, count: int) -> list[Path]:
    """Clips of one second each, cut out of one long picture that never repeats."""
    place, toolbox = folder / "videos", Toolbox()
    place.mkdir()
    toolbox.run(
        [
            *(toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", f"testsrc2=s=160x120:r=10:d={count + 1}"),
            *("-f", "lavfi", "-i", f"sine=f=300:b=4:d={count + 1}", "-pix_fmt", "yuv420p", "-g", "10"),
            *("-f", "segment", "-segment_time", "1", "-reset_timestamps", "1", "clip%03d.mp4"),
        ],
        folder=place,
    )
    return sorted(place.glob("*.mp4"))[:count]


def kill_all_the_time(
    town: Fleet, kills: int, seed: int, told: Callable[[str], None] = lambda _line: None
) -> Counter[str]:
    """So many of each kind, in a random order; returns how many hit their moment, by kind, and `idle` the others."""
    dice, hit = random.Random(seed), Counter[str]()
    plan = [kind for kind in Kill for _ in range(kills)]
    dice.shuffle(plan)
    town.network.is_slow(0.5)
    town.until(lambda: town.rows(Clip), "the first clip is there", 120)
    for number, kind in enumerate(plan, 1):
        patience = time.monotonic() + AT_HAND
        while not (victim := town.at(kind)) and time.monotonic() < patience:
            town.goes_on()
            time.sleep(0.02)
        time.sleep(dice.uniform(0, 0.2))
        hit[kind.value if victim else "idle"] += 1
        town.kills(victim or {Kill.scheduler: "scheduler", Kill.leader: "first"}.get(kind, HOSTS[0]))
        town.keeps_its_word()
        told(f"{number}/{len(plan)} {kind.value} {dict(hit)} {len(town.uploads)} {len(town.shots)}")
    return hit


def comes_to_an_end(town: Fleet, seconds: float = 300) -> int:
    """Nobody kills any more: all that was published is fetched, approved and encoded. Returns how many videos had been
    put off for a day because their fetches ended in kills.
    """
    town.network.is_slow(0)
    while len(town.uploads) < len(town.videos):
        town.publishes()
    poisoned = town.forgives_the_kills()

    def is_done() -> bool:
        town.forgives_the_kills()  # a fetch whose server or store was too busy is put off by minutes
        return town.is_done()

    town.until(is_done, "everything is fetched, approved and encoded", seconds)
    town.keeps_its_word()
    for name in ("judge", "first", "second", *HOSTS, "scheduler"):
        town.workers.kills(town.pids.pop(name))
    for host in HOSTS:
        for path in (town.folder / host / "work").glob("**/*"):
            os.utime(path, (0, 0))  # hours later: until then it may belong to what is just being done
        town.workers.ended(town.workers.starts(f"RELAY_DATA_DIR={town.folder / host}", "doctor", "--fix"))
    return poisoned


def shots_of_one_machine(town: Fleet) -> dict[str, str]:
    """The shots, each with a hash as in `seen_shots`, that one machine makes of the same posts, with a folder alone."""
    alone = town.settings | dict.fromkeys(("RELAY_DATABASE_URL", "RELAY_MEDIA_URL", "RELAY_CLUSTER"), "")
    alone |= {"RELAY_DATA_DIR": str(town.folder / "alone")}
    words = [f"{name}={value}" for name, value in alone.items()]
    _begins(town.workers, *words)
    assert town.workers.ended(town.workers.starts(*words, "work", "--once")) == 0
    relay = open_relay(_settings(alone))
    with relay.reading() as session:
        clips = session.exec(select(Clip.id)).all()
    for number in clips:
        assert number is not None
        desk.decide(relay, number, Verdict.approve, person="Anna", seen=ClipState.awaiting)
    render.prepare(relay, SLUG)
    relay.store.close()
    shots = (town.folder / "alone" / "shots").glob("*.mp4")
    return {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in shots}
