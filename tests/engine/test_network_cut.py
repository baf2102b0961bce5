"""Two machines that share a database, an object store and a scheduler over a network that breaks: they make the film
that one machine makes.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import URL, create_engine, text

from relay.media.files import file_sha256
from relay.media.toolbox import Toolbox
from relay.models import EventKind
from relay.sandbox.neighbourhood import populate
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox
from tests import postgres, s3
from tests.engine import machines
from tests.test_kill import SLUG, Place, begins, keys, killed_when

pytest.importorskip("distributed", reason="extra: cluster")
pytest.importorskip("obstore", reason="extra: s3")
MANY = int(os.environ.get("TOWN_CLIPS", "0"))
"""How many clips the town has. It takes both cores for minutes, and nothing may run beside it."""
WHY_NOT = machines.why_not() if MANY else "asked for by TOWN_CLIPS=16 (5 minutes) or TOWN_CLIPS=60 (8)"
pytestmark = [
    pytest.mark.media,
    pytest.mark.slow,
    pytest.mark.skipif(not postgres.is_there(), reason="there is no PostgreSQL here"),
    pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "there are network namespaces"),
]
ENCODERS = 3
CUT = 60.0
"""Seconds for which a cable is pulled: twice as long as a host may be silent."""
CHEAP = {"RELAY_FILM_PRESET": "ultrafast", "RELAY_LANGUAGE": "en", "RELAY_MIN_FREE_GB": "0"}


def filmed(folder: Path, count: int) -> Path:
    """Two seconds each, in colours and a tone of its own."""
    folder.mkdir()
    toolbox = Toolbox()
    for number in range(count):
        colours = f"gradients=s=320x180:r=25:d=2:n=3:speed=0.05:seed={1 + number}"
        toolbox.run(
            [
                *(toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", colours),
                *("-f", "lavfi", "-i", f"sine=f={300 + 20 * number}:d=2", "-pix_fmt", "yuv420p"),
                *("-preset", "ultrafast", "-shortest", f"clip{number}.mp4"),
            ],
            folder=folder,
        )
    return folder


@dataclass
class Town:
    """`one` and `two` are hosts; `alone` is a third Relay, which shares nothing with them."""

    cables: machines.Cables
    one: Place
    two: Place
    alone: Place
    database: URL
    bucket: str
    scheduler: Place
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    def starts(self, name: str, place: Place, *words: str) -> subprocess.Popen[str]:
        self.running[name] = place.starts(*words)
        return self.running[name]

    def works(self, name: str, place: Place) -> None:
        self.starts(f"worker {name}", place, "worker", "--fetch", "2", "--encode", str(ENCODERS))

    def count(self, what: str) -> int:
        (row,) = self.rows(f"SELECT count(*) FROM {what}")
        return int(row[0])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        engine = create_engine(self.database)
        with engine.connect() as connection:
            rows = [tuple(row) for row in connection.execute(text(statement))]
        engine.dispose()
        return rows

    def objects(self, folder: str) -> set[str]:
        """Names of files that every host sees."""
        found, after = set[str](), ""
        while True:
            asked = {"list-type": "2", "prefix": f"town/{folder}/", "start-after": after}
            page = re.findall(r"<Key>([^<]+)</Key>", httpx.get(self.bucket, params=asked).raise_for_status().text)
            if not page:
                return {key.removeprefix(f"town/{folder}/") for key in found}
            found.update(page)
            after = page[-1]

    def shots(self) -> set[str]:
        return {name for name in self.objects("data/shots") if re.fullmatch(r"[0-9a-f]{64}\.mp4", name)}

    def waits_for(self, what: str, has_come: Any, seconds: float = 300) -> None:
        ends = time.monotonic() + seconds
        while not has_come():
            for name, process in self.running.items():
                assert process.poll() is None, f"{name} has ended\n{self.log()}"
            assert time.monotonic() < ends, f"{what}\n{self.log()}"
            time.sleep(0.5)

    def cut_off(self, cut: Callable[[str], None], mend: Callable[[str], None], host: str) -> tuple[float, float]:
        """When it was cut off, and when it was there again."""
        begun = time.time()
        cut(host)
        time.sleep(CUT)
        mend(host)
        return begun, time.time()

    def log(self) -> str:
        return "\n\n".join(f"{one.folder.name}\n{one.log()[-4000:]}" for one in (self.one, self.two, self.scheduler))

    def end(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGKILL)
        for process in self.running.values():
            process.wait()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with opened(tmp_path_factory.mktemp("town"), MANY) as town:
        yield town


@pytest.fixture(scope="module")
def fetched(town: Town) -> Town:
    """All is fetched; meanwhile the cable of the second host was out for a minute."""
    town.works("one", town.one)
    town.works("two", town.two)
    town.starts("work one", town.one, "work")
    town.waits_for("two fetches", lambda: town.count("clip") >= MANY // 8 and holds(town, "two"))
    town.cut_off(town.cables.pulls, town.cables.plugs_in, "two")
    town.waits_for("all are fetched", lambda: town.count("clip") == MANY)
    town.waits_for("nobody holds any", lambda: not town.count("video WHERE state = 'fetching'"))
    return town


@dataclass
class Encoded:
    """`away`, `back`: when the second host was cut off and there again. `film`: the version that was made."""

    town: Town
    away: float
    back: float
    film: dict[str, Any]


@pytest.fixture(scope="module")
def encoded(fetched: Town) -> Encoded:
    """All shots are there, and a film of them. The first leader was killed; the second was cut off for a minute by a
    network that swallows what it is given, and the first host led again.
    """
    town = fetched
    killed_when(town.running.pop("work one"), lambda: True)
    plans(town.one)
    town.starts("work two", town.two, "work")
    town.waits_for("two encodes", lambda: len(made_by(town.two)) >= MANY // 12)
    town.starts("work one", town.one, "work")
    away, back = town.cut_off(town.cables.swallows, town.cables.lets_through, "two")
    town.waits_for("all shots are there", lambda: len(town.shots()) >= MANY)
    return Encoded(town, away, back, filmed_by(town.one))


@contextmanager
def opened(folder: Path, clips: int) -> Iterator[Town]:
    network = Network(clock=lambda: datetime.now(UTC))
    with (
        machines.cables() as cables,
        machines.carrying(cables.address) as carrier,
        postgres.server() as server,
        s3.server() as store,
        Sandbox(network) as sandbox,
    ):
        now = datetime.now(UTC)
        videos = filmed(folder / "videos", clips)
        addresses = populate(network, videos, opens=now - timedelta(days=3), closes=now)
        path = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"} | CHEAP
        alone = _place(folder / "alone", path | sandbox.settings())
        begins(alone, now, addresses)

        reached = _seen_from(carrier, cables.address, server, store, sandbox)
        shared = path | reached | {"RELAY_CLUSTER_FOLDER": str(folder / "certificates")}
        bucket = s3.new_bucket(store)
        shared |= {"RELAY_MEDIA_URL": f"s3://{bucket}/town", "RELAY_MEDIA_REGION": "us-east-1"}
        shared |= {"RELAY_MEDIA_ACCESS_KEY": "key", "RELAY_MEDIA_SECRET_KEY": "secret"}
        shared |= {"RELAY_CLUSTER": f"tls://{cables.address}:{carrier.free_port()}"}
        one = _place(folder / "one", shared, cables.joins("one"))
        begins(one, now, addresses)
        one.relay("cluster", "init")
        two = _place(folder / "two", shared, cables.joins("two"))
        shutil.copy(one.folder / "data" / "secret.key", two.folder / "data" / "secret.key")
        made = Town(cables, one, two, alone, server, f"{store}/{bucket}", replace(_place(folder / "middle", shared)))
        try:
            made.starts("scheduler", made.scheduler, "cluster", "scheduler")
            yield made
        finally:
            made.end()


def _place(folder: Path, env: dict[str, str], inside: tuple[str, ...] = ()) -> Place:
    (folder / "data").mkdir(parents=True, mode=0o700)
    return Place(folder, env | {"RELAY_DATA_DIR": str(folder / "data")}, inside)


def _seen_from(carrier: machines.Carrier, address: str, server: URL, store: str, sandbox: Sandbox) -> dict[str, str]:
    """The settings of a host of the network, for what serves this machine alone."""

    def carried(url: str) -> int:
        parts = urlsplit(url)
        assert parts.hostname and parts.port
        return carrier.carries((parts.hostname, parts.port))

    socket = server.query.get("host")
    database = carrier.carries(f"{socket}/.s.PGSQL.5432" if socket else (server.host or "", server.port or 5432))
    proxy = carried(sandbox.proxy_url)
    return sandbox.settings() | {
        "RELAY_DATABASE_URL": server.set(host=address, port=database, query={}).render_as_string(hide_password=False),
        "RELAY_MEDIA_ENDPOINT": f"http://{address}:{carried(store)}",
        "RELAY_VK_API_URL": f"http://{address}:{carried(sandbox.api_url)}",
        "RELAY_PROXY": f"http://{address}:{proxy}",
        "RELAY_ALLOW_PRIVATE": f"{address}:{proxy}",
    }


def filmed_by(place: Place) -> dict[str, Any]:
    """The newest version of the film that this place makes of all that was approved."""
    place.relay("almanac", "render", SLUG, "film")
    return dict(place.says("almanac", "show", SLUG, "film")["renders"][-1])


def plans(place: Place) -> None:
    clips = place.says("clip", "list", SLUG)
    assert len(clips) == len(set(keys(clips, "sha256"))) == MANY
    place.relay("clip", "approve", *[str(clip["id"]) for clip in clips], "--as", "Anna")
    place.relay("almanac", "new", SLUG, "film", "--all-approved")
    place.relay("almanac", "style", SLUG, "film", "--size", "360", "--transition", "cut")


def pictures(film: str) -> str:
    """A hash of all pictures, as they are shown."""
    toolbox = Toolbox()
    argv = [toolbox.ffmpeg, "-v", "error", "-i", film, "-map", "0:v:0", "-f", "md5", "-"]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout.strip()


def made_by(place: Place) -> dict[str, float]:
    """Shots that this host has encoded itself, and when."""
    shots = place.folder / "data" / "shots"
    lines = (shots / "sums").read_text("utf-8").splitlines() if (shots / "sums").exists() else []
    names = {line.partition(" ")[2] for line in lines}
    return {one.name: one.stat().st_mtime for one in shots.glob("*.mp4") if one.name in names}


def test_what_a_cut_leaves_in_the_hands_of_a_host_is_fetched_once(fetched: Town) -> None:
    assert fetched.count(f"event WHERE what = '{EventKind.fetched}'") == MANY
    assert fetched.count("clip") == fetched.count("clipvideo") == MANY
    assert len(fetched.objects("media/originals")) == MANY


def test_a_shot_is_made_twice_only_where_a_host_was_cut_off_in_the_middle_of_it(encoded: Encoded) -> None:
    here, there = made_by(encoded.town.one), made_by(encoded.town.two)
    twice = {name: there[name] for name in here.keys() & there.keys()}
    assert all(encoded.away - 1 <= at <= encoded.back + 1 for at in twice.values())
    assert len(twice) <= ENCODERS
    assert encoded.film["shots_reused"] >= MANY
    assert encoded.town.count(f"event WHERE what = '{EventKind.shots_failed}'") == 0


def test_the_film_is_that_of_one_machine(encoded: Encoded) -> None:
    town = encoded.town
    town.alone.relay("work", "--once")
    plans(town.alone)
    same = filmed_by(town.alone)
    own, theirs = (
        {path.name: file_sha256(path) for path in (place.folder / "data" / "shots").glob("*.mp4")}
        for place in (town.alone, town.one)
    )
    assert theirs == own
    assert town.shots() == own.keys()
    assert pictures(encoded.film["file"]) == pictures(same["file"])


def holds(town: Town, host: str) -> bool:
    return bool(town.count(f"video WHERE state = 'fetching' AND lease_holder LIKE '{host}~%'"))
