"""`relay work` is killed in the middle of things and started again: nothing is lost, nothing is there twice."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from relay.media.toolbox import Toolbox
from relay.sandbox.neighbourhood import populate
from relay.sandbox.network import Network
from relay.sandbox.server import Sandbox

pytestmark = [pytest.mark.media, pytest.mark.slow]
SLUG = "proryv80"
CLIPS = 5


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filmed(tmp_path_factory.mktemp("videos"))


def filmed(folder: Path) -> Path:
    """Small clips that differ in colour and tone."""
    toolbox = Toolbox()
    for number in range(CLIPS):
        toolbox.run(
            [
                *(toolbox.ffmpeg, "-v", "error"),
                *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25:d=3,hue=h={number * 60}"),
                *("-f", "lavfi", "-i", f"sine=f={300 + 90 * number}:d=3", "-pix_fmt", "yuv420p", "-shortest"),
                f"clip{number}.mp4",
            ],
            folder=folder,
        )
    return folder


@dataclass
class Place:
    """A Relay of its own in a folder, run as the processes that a user would run. `inside`: what starts them there."""

    folder: Path
    env: dict[str, str]
    inside: tuple[str, ...] = ()

    def relay(self, *words: str, check: bool = True) -> str:
        argv = [*self.inside, sys.executable, "-m", "relay", *words]
        done = subprocess.run(argv, env=self.env, capture_output=True, text=True, timeout=240, check=False)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def says(self, *words: str) -> Any:
        return json.loads(self.relay(*words, "--json"))

    def starts(self, *words: str) -> subprocess.Popen[str]:
        with (self.folder / "log").open("a") as log:
            return subprocess.Popen(
                [*self.inside, sys.executable, "-X", "faulthandler", "-m", "relay", *words],
                env=self.env,
                stdout=subprocess.DEVNULL,
                stderr=log,
                text=True,
            )

    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    def ends(self, process: subprocess.Popen[str], seconds: float) -> int:
        """Waits for its exit code. When it doesn't come in time, what every thread was doing is told."""
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGABRT)
            process.wait()
            pytest.fail(f"It has not ended after {seconds:g} s.\n{(self.folder / 'log').read_text('utf-8')[-20000:]}")


@dataclass
class World:
    place: Place
    network: Network


@pytest.fixture
def world(videos: Path, tmp_path: Path) -> Iterator[World]:
    with opened(videos, tmp_path) as world:
        yield world


@contextmanager
def opened(videos: Path, folder: Path, more: Mapping[str, str] = MappingProxyType({})) -> Iterator[World]:
    """A campaign that runs in an empty folder, and a network whose posts carry the videos. `more`: settings."""
    network = Network(clock=lambda: datetime.now(UTC))
    with Sandbox(network) as sandbox:
        env = {
            "PATH": os.environ["PATH"],
            "RELAY_DATA_DIR": str(folder / "data"),
            "RELAY_MIN_FREE_GB": "0",
            "RELAY_LANGUAGE": "en",
            **sandbox.settings(),
            **more,
        }
        place = Place(folder, env)
        now = datetime.now(UTC)
        addresses = populate(network, videos, opens=now - timedelta(days=3), closes=now)
        begins(place, now, addresses)
        yield World(place, network)


def begins(place: Place, now: datetime, addresses: Sequence[str]) -> None:
    """A campaign of these days in an empty folder, which these sources are read for."""
    place.relay("init")
    place.relay(
        *("campaign", "new", SLUG, "--title", "T", "--hashtag", "#proryv80", "--tz", "UTC"),
        *("--opens", f"{now - timedelta(days=3):%Y-%m-%dT%H:%M}"),
        *("--closes", f"{now + timedelta(days=1):%Y-%m-%d}"),
    )
    place.relay("source", "add", SLUG, *addresses)
    place.relay("campaign", "start", SLUG)


def killed_when(process: subprocess.Popen[str], moment: Callable[[], bool], seconds: float = 120) -> None:
    """kill -9 as soon as `moment` has come; the moment must come while the process lives."""
    ends = time.monotonic() + seconds
    while not moment():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < ends, "the moment never came"
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()


def exact(place: Place) -> list[dict[str, Any]]:
    return [post for post in place.says("post", "list", SLUG) if post["match"] == "exact"]


def keys(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def test_killed_in_crawl_fetch_and_render_nothing_is_lost_or_doubled(world: World) -> None:
    place, network = world.place, world.network
    data = place.folder / "data"

    network.is_slow(0.3)
    before = sum(network.vk.api.calls.values())
    killed_when(place.starts("work"), lambda: sum(network.vk.api.calls.values()) >= before + 2)
    network.is_slow(0)

    killed_when(place.starts("work"), lambda: any((data / "work").glob("fetch-*/*")))

    place.relay("work", "--once")
    posts = exact(place)
    identities = keys(posts, "network", "owner_id", "post_id")
    assert len(identities) == len(set(identities))
    clips = place.says("clip", "list", SLUG)
    shas = [clip["sha256"] for clip in clips]
    assert len(shas) == CLIPS
    assert len(set(shas)) == CLIPS

    place.relay("clip", "approve", *[str(clip["id"]) for clip in clips], "--as", "Anna")
    place.relay("almanac", "new", SLUG, "film", "--all-approved")
    made = lambda: len(list((data / "shots").glob("*.mp4")))  # noqa: E731
    killed_when(place.starts("work"), lambda: made() >= 1)
    killed_when(place.starts("almanac", "render", SLUG, "film"), lambda: made() >= 4)
    kept = made()

    place.relay("almanac", "render", SLUG, "film")
    film = place.says("almanac", "show", SLUG, "film")
    assert len(film["segments"]) == CLIPS
    (render,) = film["renders"]
    assert render["shots_reused"] >= kept - 1
    sweeps_again = place.says("crawl", SLUG)
    assert sum(sweep["new"] for sweep in sweeps_again) == 0
    wrong = [each["what"] for each in place_findings(place) if each["wrong"]]
    assert wrong == []


def place_findings(place: Place) -> Any:
    return json.loads(place.relay("doctor", "--fix", "--deep", "--json", check=False))


def descendants(pid: int) -> set[int]:
    """Processes that this one has started, and those that they have started."""
    found, parents = set(), {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    while more := {child for child, parent in parents.items() if parent in {pid, *found}} - found:
        found |= more
    return found


def living(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


WITHOUT_ENDING = (
    "import contextlib, sys; from relay import cli, processes\n"
    "processes.Ending.awaited = lambda _self: contextlib.nullcontext()\n"
    "sys.argv[0] = 'relay'; cli.main()"
)


def test_sigterm_ends_a_render_well_and_it_goes_on(world: World) -> None:
    """The twin, without the guard, dies of the signal and leaves its working folders behind."""
    place, data = world.place, world.place.folder / "data"
    place.relay("work", "--once")
    clips = place.says("clip", "list", SLUG)
    place.relay("clip", "approve", *[str(clip["id"]) for clip in clips], "--as", "Anna")
    place.relay("almanac", "new", SLUG, "film", "--all-approved")
    made = lambda: len(list((data / "shots").glob("*.mp4")))  # noqa: E731
    kept: list[int] = []
    for wanted in (0, 2, 5):
        process = place.starts("almanac", "render", SLUG, "film")
        children = told_when(process, lambda least=wanted: made() >= least)
        assert place.ends(process, 30) == 143
        assert living(children) == set()
        assert "Stopped. What was done is kept; the same command goes on from there." in place.log()
        assert [*(data / "work").glob("*"), *(data / "shots" / "work").glob("*")] == []
        kept.append(made())
    argv = [sys.executable, "-c", WITHOUT_ENDING, "almanac", "render", SLUG, "film"]
    with subprocess.Popen(argv, env=place.env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as twin:
        told_when(twin, lambda: made() >= kept[-1])
        assert twin.wait(30) == -signal.SIGTERM
    place.relay("almanac", "render", SLUG, "film")
    (render,) = place.says("almanac", "show", SLUG, "film")["renders"]
    assert render["shots_reused"] >= kept[-1]


def told_when(process: subprocess.Popen[Any], moment: Callable[[], bool], seconds: float = 120) -> set[int]:
    """SIGTERM as soon as `moment` has come and a child works; what was started until then."""
    ends = time.monotonic() + seconds
    while not (moment() and (children := descendants(process.pid))):
        assert process.poll() is None, "it ended before it could be told"
        assert time.monotonic() < ends, "the moment never came"
        time.sleep(0.01)
    process.terminate()
    return children


def test_sigterm_ends_the_work_within_thirty_seconds_and_cleanly(world: World) -> None:
    place = world.place
    process = place.starts("work")
    while not any((place.folder / "data" / "work").glob("fetch-*")):
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    assert place.ends(process, 30) == 0
    place.relay("work", "--once")
    assert len(place.says("clip", "list", SLUG)) == CLIPS
