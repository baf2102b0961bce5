"""A real `relay work` whose wall clock is set while it runs (tests/shifted.py); the monotonic clock goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from relay.bootstrap import open_relay
from relay.collect import campaigns, sources
from relay.config import Settings
from relay.context import Relay
from relay.models import Alert, Sweep
from relay.upkeep import health

pytestmark = pytest.mark.slow
HOUR = 3600.0


@dataclass
class Desk:
    """A folder with a Relay in it, and a file that sets the wall clock of its processes."""

    folder: Path
    env: dict[str, str]
    relay: Relay
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def sets_the_clock(self, seconds: float) -> None:
        """To so much beside the right time."""
        new = self.folder / "offset.new"
        new.write_text(str(seconds), "utf-8")
        new.replace(self.folder / "offset")

    def argv(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "tests.shifted", str(self.folder / "offset"), *words]

    def works(self, *switches: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            self.started.append(
                subprocess.Popen(self.argv(*switches, "work"), env=self.env, stdout=log, stderr=log, cwd=self.folder)
            )
        return self.started[-1]

    def doctor(self) -> dict[str, str]:
        """What it says about the schedule and about alerts."""
        return {each["what"]: each["text"] for each in json.loads(self.runs("doctor", "--json", check=False))}

    def runs(self, *words: str, check: bool = True) -> bytes:
        """To its end; what it said."""
        argv = self.argv(*words)
        return subprocess.run(argv, check=check, env=self.env, capture_output=True, cwd=self.folder).stdout

    def sweeps(self) -> int:
        with self.relay.reading() as session:
            return len(session.exec(select(Sweep.id)).all())

    def alerts(self) -> dict[str, tuple[str, int, bool]]:
        """Text, times and whether it is over, by key."""
        with self.relay.reading() as session:
            rows = session.exec(select(Alert)).all()
        return {row.key: (row.text, row.times, row.resolved_at is not None) for row in rows}

    def until(self, holds: Callable[[], object], what: str, seconds: float = 40) -> float:
        begun = time.monotonic()
        while not holds():
            if time.monotonic() - begun > seconds:
                pytest.fail(f"It never came to this: {what}.\n{(self.folder / 'log').read_text('utf-8')[-5000:]}")
            time.sleep(0.1)
        return time.monotonic() - begun

    def reads(self, times: int = 2) -> float:
        """Waits for so many more sweeps; returns the seconds."""
        before = self.sweeps()
        return self.until(lambda: self.sweeps() >= before + times, "it reads")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = Settings(data_dir=tmp_path / "data", _env_file=None)  # type: ignore[call-arg]
    settings.data_dir.mkdir()
    relay = open_relay(settings, ready=False)
    relay.store.upgrade(relay.now())
    now = datetime.now(UTC)
    dates = {"opens": now - timedelta(days=3), "closes": now + timedelta(days=3)}
    campaigns.new(relay, slug="proryv", title="T", hashtags=["#proryv80"], tz="Europe/Moscow", **dates)
    campaigns.start(relay, "proryv", person="olga")
    (tmp_path / "films").mkdir()
    sources.add(relay, "proryv", f"folder:{tmp_path / 'films'}")
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "RELAY_DATA_DIR": str(settings.data_dir),
        "RELAY_MIN_FREE_GB": "0",
        "RELAY_LANGUAGE": "en",
        "RELAY_LEASE_SECONDS": "4",
        "RELAY_CRAWL_MINUTES": "0.02",
    }
    desk = Desk(tmp_path, env, relay)
    desk.sets_the_clock(0)
    yield desk
    for process in desk.started:
        if process.poll() is None:
            process.kill()
            process.wait()
    relay.store.close()


@pytest.mark.parametrize(
    ("seconds", "told"), [(-300.0, "5 min"), (-2 * HOUR, "2 h"), (-24 * HOUR, "24 h"), (2 * HOUR, "")]
)
def test_relay_work_goes_on_when_its_clock_is_set(desk: Desk, seconds: float, told: str) -> None:
    work = desk.works()
    desk.reads()
    desk.sets_the_clock(seconds)
    desk.reads(2 if told else 1)  # a wall on which nothing happened for two hours is read less often
    text = f"The clock of this machine was set back by {told}. Relay goes on."
    if told:
        desk.until(lambda: desk.alerts() == {"clock": (text, 1, False)}, "it is told, once")
    found = desk.doctor()
    assert found["relay work"] == "is running"
    assert found.get("alert", text) == text
    if seconds < -health.STEADY.total_seconds():
        desk.sets_the_clock(0)
        desk.until(lambda: desk.alerts() == {"clock": (text, 1, True)}, "it is over when the clock is right again")
    work.send_signal(signal.SIGTERM)
    assert work.wait(30) == 0


def test_when_nobody_sees_the_jump_it_stands_still_and_the_doctor_says_so(desk: Desk) -> None:
    desk.works("-blind")
    desk.reads()
    desk.sets_the_clock(-2 * HOUR)
    time.sleep(1)
    before = desk.sweeps()
    time.sleep(12)
    assert desk.sweeps() <= before + 1
    assert "has not succeeded in time" in desk.doctor()["relay work"]


def test_started_after_the_jump_it_takes_over_and_reads_at_once(desk: Desk) -> None:
    first = desk.works()
    desk.reads()
    first.kill()
    first.wait()
    desk.sets_the_clock(-2 * HOUR)
    assert desk.doctor()["relay work"].startswith("is not running")
    desk.works()
    desk.reads(3)
    assert desk.doctor()["relay work"] == "is running"
    text, times, _over = desk.alerts()["clock"]
    assert "was set back by 2 h" in text or "was set back by 1 h 59 min" in text
    assert times == 1


def test_work_once_reads_what_was_put_off_before_the_clock_was_set_back(desk: Desk) -> None:
    desk.env["RELAY_CRAWL_MINUTES"] = "15"
    for _ in range(2):
        desk.runs("work", "--once")
    assert desk.sweeps() == 1, "the next one is due in a quarter of an hour"
    desk.sets_the_clock(-2 * HOUR)
    desk.runs("work", "--once")
    assert desk.sweeps() == 2
    assert "was set back by" in desk.alerts()["clock"][0]
