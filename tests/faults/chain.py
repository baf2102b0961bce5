"""The whole walk, from the crawl to the restored backup, by commands that are killed at random moments and repeated."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.test_kill import CLIPS, SLUG, Place

FILM = "film"
SHORTEST = 0.05
FIRST_GUESS = 5.0
"""Seconds that a command takes, until it is known."""
UNEXPECTED = ("Traceback", "Fatal Python error")


@dataclass
class Walk:
    """`Walk(place, kills=200)`: `kills` SIGKILLs, shared out over the steps; `run` gives what was wrong."""

    place: Place
    kills: int
    seed: int
    on_kill: Callable[[int], None] = lambda _count: None
    killed: Counter[str] = field(default_factory=Counter)
    lengths: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def run(self) -> list[str]:
        self.chance = random.Random(self.seed)
        steps: list[Callable[[], None]] = [self._collect, self._judge, self._render, self._withdraw, self._keep]
        each, more = divmod(self.kills, len(steps))
        for number, step in enumerate(steps):
            self.left = each + (number < more)
            step()
        self._ends()
        return self.wrong

    # steps

    def _collect(self) -> None:
        self._through("work", "--once")
        if self._a_day_passes():
            self.place.relay("work", "--once")
        clips = self.place.says("clip", "list", SLUG)
        shas = {clip["sha256"] for clip in clips}
        self._expect(len(clips) == len(shas) == CLIPS, f"{len(clips)} clips, {len(shas)} files of {CLIPS}")
        posts = [post for post in self.place.says("post", "list", SLUG) if post["match"] == "exact"]
        names = [(post["network"], post["owner_id"], post["post_id"]) for post in posts]
        self._expect(len(names) == len(set(names)), "a post is there twice")
        self.clips = [clip["id"] for clip in clips]

    def _judge(self) -> None:
        kills = self.left
        for number, clip in enumerate(self.clips):
            self.left = kills // CLIPS + (number < kills % CLIPS)
            self._through("clip", "approve", str(clip), "--as", "Anna")
            shown = self.place.says("clip", "show", str(clip))
            given = [entry for entry in shown["history"] if entry["verdict"] == "approve"]
            self._expect(
                shown["state"] == "approved" and len(given) == 1, f"clip {clip} was approved {len(given)} times"
            )

    def _render(self) -> None:
        self.place.relay("almanac", "new", SLUG, FILM, "--all-approved")
        self._through("almanac", "render", SLUG, FILM)
        self._films(shows=len(self.clips))

    def _withdraw(self) -> None:
        self.gone = self.clips[0]
        self._through("withdraw", str(self.gone), "--reason", "asked by letter", "--as", "Anna")
        self._expect(self.place.says("clip", "show", str(self.gone))["state"] == "withdrawn", "it is not withdrawn")
        self.place.relay("almanac", "render", SLUG, FILM)
        self._films(shows=len(self.clips) - 1)

    def _keep(self) -> None:
        kills, archive = self.left, self.place.folder / "archive.tar"
        self.left = kills // 2
        self._through("backup", str(archive), until=archive.exists, undo=archive.unlink)
        data, self.left = self.place.env["RELAY_DATA_DIR"], kills - kills // 2
        restored = self.place.folder / "restored"
        self.place.env["RELAY_DATA_DIR"] = str(restored)
        is_back, undo = (restored / "relay.db").exists, partial(shutil.rmtree, restored)
        self._through("restore", str(archive), until=is_back, undo=undo)
        self._expect(len(self.place.says("clip", "list", SLUG)) == CLIPS, "the backup has not all clips")
        self.place.env["RELAY_DATA_DIR"] = data

    def _ends(self) -> None:
        """Nothing is left over, in files or in processes, and doctor has nothing to say."""
        data = Path(self.place.env["RELAY_DATA_DIR"])
        old = time.time() - 7200
        for path in data.rglob("*"):
            with contextlib.suppress(OSError):
                os.utime(path, (old, old))
        self.place.relay("doctor", "--fix", "--deep", check=False)
        found = json.loads(self.place.relay("doctor", "--deep", "--json", check=False))
        wrong = [each for each in found if each["wrong"] and each["what"] not in ("alert", "relay work")]
        self._expect(not wrong, f"doctor says {wrong}")
        left = [str(path.relative_to(data)) for path in (data / "work").rglob("*") if path.is_file()]
        self._expect(not left, f"left in work: {left}")
        kept = {path.name for path in (data / "vault" / "originals").rglob("*") if path.is_file()}
        for name in kept:
            (path,) = (data / "vault" / "originals").rglob(name)
            self._expect(hashlib.sha256(path.read_bytes()).hexdigest() == name, f"{name} is not what it was")
        self._expect(not _children(data), f"processes that nobody waits for: {_children(data)}")
        log = (self.place.folder / "log").read_text("utf-8", "replace")
        self._expect(not any(word in log for word in UNEXPECTED), f"a fault of ours: {log[-2000:]}")

    def _films(self, *, shows: int) -> None:
        data, film = Path(self.place.env["RELAY_DATA_DIR"]), self.place.says("almanac", "show", SLUG, FILM)
        self._expect(len(film["segments"]) == shows, f"the film has {len(film['segments'])} clips of {shows}")
        for render in film["renders"]:
            whole = (data / render["file"]).is_file() and (data / render["manifest"]).is_file()
            self._expect(whole, f"version {render['version']} has no file")
        known = {Path(render["file"]).name for render in film["renders"]}
        here = {path.name for path in (data / "almanacs").glob("*.mp4") if path.stat().st_size}
        self._expect(here <= known, f"films that no version names: {here - known}")

    def _a_day_passes(self) -> bool:
        """For videos whose fetching was killed so often that they rest. Whether there are any."""
        database = Path(self.place.env["RELAY_DATA_DIR"]) / "relay.db"
        with contextlib.closing(sqlite3.connect(database)) as opened, opened:
            rest = "state = 'unavailable' AND reason LIKE '%Fetches that did not end%'"
            return opened.execute(f"UPDATE video SET next_try_at = created_at WHERE {rest}").rowcount > 0

    # commands

    def _through(
        self, *words: str, until: Callable[[], bool] = lambda: False, undo: Callable[[], None] = lambda: None
    ) -> None:
        """Gives the command again and again, killed at random moments, and at last lets it end. Where it was quicker
        than its kills and can't be given twice, `until` says so, and `undo` clears the place for another time.
        """
        name = words[0] if words[0] != "almanac" else words[1]
        tries = 0
        most = 4 * self.left + 8
        while self.left > 0 and tries < most:
            if until():
                undo()
            tries += 1
            process, begun = self.place.starts(*words), time.monotonic()
            try:
                process.wait(self.chance.uniform(SHORTEST, self.lengths.get(name, FIRST_GUESS)))
                self.lengths[name] = max(SHORTEST * 2, time.monotonic() - begun)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                self.left -= 1
                self.killed[name] += 1
                self.on_kill(sum(self.killed.values()))
        if not until():
            self.place.relay(*words, check=False)

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)


def _children(data: Path) -> list[str]:
    """Processes of this machine that name the data folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            if str(data) in words:
                found.append(words)
    return found
