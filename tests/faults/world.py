"""After a fault: what was acknowledged is there, what was not can be done again, and nothing lies about."""

from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import zip_longest
from pathlib import Path
from unittest.mock import patch

from relay import processes
from relay.context import Relay
from relay.upkeep import doctor
from tests.faults import deeds, strace
from tests.faults.power import Disk, Loss, laid_out
from tests.faults.strace import Call

ROOT = Path(__file__).resolve().parents[2]
DATA, ARCHIVE, SAID = "data", "archive.tar", "acknowledged"
NOT_A_FAULT = ("alert", "disk", "relay work", "VK token")
"""What doctor says of any relay that stands still."""
DIGITS = re.compile(r"[0-9a-f]{8,}|\d+")
HOURS_AGO = 7200
"""Doctor takes a file without a row for work that is just being done while it is younger than an hour."""


class Fault(StrEnum):
    """What a system call meets, in strace's words."""

    killed = "signal=KILL"
    full = "error=ENOSPC"
    broken = "error=EIO"


CALLS: Mapping[Fault, Collection[str]] = {
    Fault.killed: (*strace.WRITES, *strace.SYNCS, *strace.NAMES),
    Fault.full: (*strace.WRITES, "mkdir", "rename"),
    Fault.broken: (*strace.WRITES, *strace.SYNCS, "rename", "unlink"),
}


@dataclass
class Said:
    """What a process that did deeds said before it ended, in order."""

    done: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> Said:
        found = cls()
        for line in text.splitlines():
            what, name, why = line.split("\t")
            getattr(found, what).append(name if what == "done" else f"{name}: {why}")
        return found


class World:
    """`World(folder)` makes a relay once, and `copy`s it for each fault."""

    def __init__(self, folder: Path, names: Collection[str] = ()) -> None:
        self.folder, self.names = folder, list(names)
        self.first = folder / "first"
        deeds.prepare(self.first / DATA)

    def copy(self, name: str) -> Path:
        place = self.folder / name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.first, place)
        return place

    def words(self, place: Path) -> list[str]:
        return ["-m", "tests.faults.deeds", str(place / DATA), str(place / SAID), *self.names]

    def recorded(self) -> tuple[Path, list[Call]]:
        """A run without a fault, and all that it wrote below its own folder."""
        place = self.copy("recorded")
        code, calls = strace.traced(self.words(place), root=ROOT)
        assert code == 0
        said = Said.read((place / SAID).read_text())
        assert not said.broke and not said.refused, said
        return place, [call for call in calls if any(path.startswith(str(place)) for path in call.paths)]

    def points(self, calls: Sequence[Call], fault: Fault, count: int, chance: random.Random) -> list[Call]:
        """`count` calls at which the fault may come, by chance, but each kind of call on each kind of file in turn."""
        able = [call for call in calls if call.name in CALLS[fault] and call.result >= 0 and SAID not in call.paths[0]]
        kinds: dict[tuple[str, str], list[Call]] = {}
        for call in chance.sample(able, len(able)):
            kinds.setdefault((call.name, DIGITS.sub("#", Path(call.paths[0]).name)), []).append(call)
        turns = zip_longest(*chance.sample(list(kinds.values()), len(kinds)))
        return [call for turn in turns for call in turn if call is not None][:count]

    def injected(self, call: Call, fault: Fault) -> tuple[Path, Said]:
        place = self.copy("injected")
        code = strace.injected(self.words(place), call.name, call.number, fault, root=ROOT)
        assert (code < 0) == (fault is Fault.killed), f"{call.name} {call.number} met no {fault}"
        said = place / SAID
        return place, Said.read(said.read_text() if said.exists() else "")

    def cut(self, place: Path, calls: Sequence[Call], at: int, loss: Loss, chance: random.Random) -> tuple[Path, Said]:
        """The power goes after `at` of the `calls` that were recorded in `place`."""
        disk = Disk(self.first)
        said = ""
        for call in (_moved(call, place, self.first) for call in calls[:at]):
            if call.paths[0] == str(self.first / SAID):
                said += call.text.decode() if call.name == "write" else ""
            else:
                disk.happens(call)
        after = self.folder / "after"
        shutil.rmtree(after, ignore_errors=True)
        laid_out(disk.image(loss, chance), self.first, after)
        return after, Said.read(said)


def _moved(call: Call, old: Path, new: Path) -> Call:
    return replace(call, paths=tuple(path.replace(str(old), str(new), 1) for path in call.paths))


def troubles(
    place: Path, done: Sequence[str], names: Collection[str] = (), *, boots: bool = False
) -> list[str]:  # fmt: skip
    """What is wrong in `place` once a fault is over, though nobody did anything but start Relay again, or (`boots`) the
    machine.
    """
    relay = deeds.opened(place / DATA)
    booted = time.time() if boots else processes.booted_at()
    try:
        with patch.object(processes, "booted_at", lambda: booted):
            return [
                *_lost(relay, done),
                *_whole(relay),
                *_undone(relay, names or list(deeds.DEEDS)),
                *_told_by_doctor(relay, place),
                *_told_by_doctor(deeds.restored(relay), place),
                *_left_over(relay, place),
            ]
    finally:
        relay.store.close()


def _lost(relay: Relay, done: Sequence[str]) -> list[str]:
    return [f"{name} was acknowledged and is lost" for name in done if not _holds(relay, name)]


def _holds(relay: Relay, name: str) -> bool:
    try:
        return deeds.DEEDS[name].is_done(relay)
    except AssertionError:
        return False


def _whole(relay: Relay) -> list[str]:
    with sqlite3.connect(relay.settings.data_dir / "relay.db") as database:
        said = [row[0] for row in database.execute("PRAGMA integrity_check")]
        loose = database.execute("PRAGMA foreign_key_check").fetchall()
    database.close()
    return [*(f"the database: {line}" for line in said if line != "ok"), *(f"a loose row: {row}" for row in loose)]


def _undone(relay: Relay, names: Collection[str]) -> list[str]:
    """Whatever is not there can be asked for again, and is there then."""
    found = []
    for name in names:
        try:
            if not deeds.DEEDS[name].is_done(relay):
                deeds.DEEDS[name].do(relay)
            if not deeds.DEEDS[name].is_done(relay):
                found.append(f"{name} is not there though it was asked for again")
        except Exception as error:  # noqa: BLE001 - each is a finding
            found.append(f"{name} fails when it is asked for again: {type(error).__name__}: {error}")
    return found


def _told_by_doctor(relay: Relay, place: Path) -> list[str]:
    if not (relay.settings.data_dir / "relay.db").exists():
        return []
    then = time.time() - HOURS_AGO
    for path in place.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))
    doctor.check(relay, fix=True, deep=True)
    wrong = [found for found in doctor.check(relay, deep=True) if found.wrong]
    return [f"doctor: {found.what}: {found.text}" for found in wrong if found.what not in NOT_A_FAULT]


def _left_over(relay: Relay, place: Path) -> list[str]:
    """Files that no row and no person needs. `work` and `.incoming` are swept by doctor, which has been here."""
    found = []
    for path in place.rglob("*"):
        name = str(path.relative_to(place))
        is_known = any(name.startswith(begin) for begin in KNOWN)
        if path.is_file() and not is_known:
            found.append(f"left over: {name}")
    handed = [path.name for path in (place / DATA / "handed-in").rglob("*") if path.is_file()]
    if len(handed) > 1:
        found.append(f"left over: {len(handed)} files of one hand-in")
    return found


KNOWN = (
    *("data/shots/", "data/relay.db", "data/vault/originals/", "data/handed-in/", "data/settings", "data/secret.key"),
    *("restored/relay.db", "restored/vault/originals/", "restored/handed-in/", "restored/secret.key"),
    *("data/tombstones.jsonl", "data/heads/", "restored/tombstones.jsonl", "restored/heads/", "tombstones.jsonl"),
    *("data/tombstone-places.json", "restored/tombstone-places.json"),
    *("older/relay.db", "older/relay-before-upgrade-", ARCHIVE, SAID),
)
