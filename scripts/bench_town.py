"""A town's campaign: what each page and each tick costs as the clips become more, and what a small command does.

`scripts/town_rows.py` makes the rows. Each operation runs in a process of its own, in-process (no HTTP), after a run
that does not count; the median of the others does.

`adopt` is the tick that finds nothing new, after one that has gone through everything. `cpu_ms`: of the process, all
threads, user and system. `sql_ms`: in the database's driver, until its first row.
`statements`: what it was asked. None: it did not end within PATIENCE seconds of CPU.
`start`: CPU seconds of `relay campaign list` (`relay`) and of an interpreter that imports what every command needs
(`bare`). `--against COMMIT`: the same rows given to that older Relay, whose figures stand under `against`.
Ends with 1 where a page that a moderator waits for costs more than FLAT times as much at the most clips as at the
fewest.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path
from typing import Any

from scripts import town_rows

FLAT = 1.3
WAITED_FOR = ("queue", "clip", "decide", "listing")
OPERATIONS = (
    *("adopt", "kin", "queue", "clip", "decide", "listing", "posts", "near", "coverage", "plan", "home"),
    *("healthz", "metrics"),
)
ROUNDS, PATIENCE = 7, 150
ENOUGH = 3000.0
"""Milliseconds: what takes longer is measured once."""
BARE = "import sqlmodel, typer, pydantic_settings, rich"
LOGIN, PASSWORD = "olga", "a long password of olga"
ROOT = Path(__file__).resolve().parents[1]

Figures = dict[str, dict[str, float | None]]


def run(words: argparse.Namespace) -> int:
    numbers = [int(number) for number in words.clips.split(",")]
    result = _measured(ROOT, numbers, words.only)
    if words.against:
        with _checked_out(words.against) as root:
            result["against"] = {"commit": words.against, **_measured(root, numbers, words.only)}
    _print(result, numbers)
    if words.json:
        words.json.write_text(json.dumps(result, indent=2) + "\n")
    return 0 if _is_flat(result, numbers) else 1


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """Relay as it was then, in a folder that goes afterwards."""
    with tempfile.TemporaryDirectory() as name:
        packed = subprocess.run(["git", "archive", commit, "relay"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-x", "-C", name], input=packed.stdout, check=True)
        yield Path(name)


def _measured(root: Path, numbers: list[int], only: str) -> dict[str, Any]:
    """Of the Relay in `root`, which another interpreter imports."""
    result: dict[str, Any] = {}
    env = {name: value for name, value in os.environ.items() if not name.startswith("RELAY_")}
    env |= {"PYTHONPATH": f"{root}{os.pathsep}{ROOT}", "RELAY_LANGUAGE": "en"}
    for clips in numbers:
        with tempfile.TemporaryDirectory() as folder:
            told = Path(folder) / "figures.json"
            argv = [sys.executable, "-m", "scripts.bench_town", folder, str(clips), only, str(told)]
            subprocess.run(argv, cwd=root, env=env, check=True)
            result[str(clips)] = json.loads(told.read_text())
            if "start" not in result:
                result["start"] = _start({**env, "RELAY_DATA_DIR": folder}, root)
    return result


def _start(env: dict[str, str], root: Path) -> dict[str, float]:
    relay = [sys.executable, "-m", "relay", "campaign", "list"]
    return {"relay": _of_children(relay, env, root), "bare": _of_children([sys.executable, "-c", BARE], env, root)}


def _of_children(argv: list[str], env: dict[str, str], root: Path) -> float:
    took = []
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(argv, cwd=root, env=env, check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        took.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return round(statistics.median(took[1:]), 3)


def main(folder: str, clips: str, only: str, told: str) -> None:
    """In the interpreter that imports the Relay to be measured."""
    town = _Town(Path(folder), int(clips))
    wanted = [name for name in OPERATIONS if not only or name in only.split(",")]
    Path(told).write_text(json.dumps({name: _apart(town, name) for name in wanted}))


def _apart(town: _Town, operation: str) -> dict[str, float | None]:
    """In a process of its own, so that none finds what another has loaded, and one that takes too long can be ended."""
    with tempfile.NamedTemporaryFile() as file:
        child = multiprocessing.get_context("fork").Process(target=_one, args=(town, operation, file.name))
        child.start()
        child.join()
        text = Path(file.name).read_text()
    if not text and child.exitcode != -24:  # SIGXCPU: out of patience
        raise SystemExit(f"{operation} failed")
    return json.loads(text) if text else {"cpu_ms": None, "sql_ms": None, "statements": None}


def _one(town: _Town, operation: str, told: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (PATIENCE, PATIENCE + 10))
    Path(told).write_text(json.dumps(town.measured(operation)))


class _Town:
    """An opened Relay with the rows in it, and a browser of somebody who may do everything."""

    def __init__(self, folder: Path, clips: int) -> None:
        from relay import models
        from relay.bootstrap import open_relay
        from relay.config import Settings

        self._settings = Settings(_env_file=None, data_dir=folder, metrics=True)  # type: ignore[call-arg]
        self._opened, self.clips = open_relay, clips
        relay = open_relay(self._settings, ready=False)
        relay.store.upgrade(relay.now())
        _person(relay)
        with sqlite3.connect(folder / "relay.db") as database:
            town_rows.fill(database, models, clips, relay.now())
        database.close()
        if hasattr(relay.store, "renew_statistics"):  # as `relay serve` and `relay work` do when they start
            relay.store.renew_statistics()
        relay.store.close()
        asyncio.run(self._signs_in())

    def measured(self, operation: str) -> dict[str, float | None]:
        relay = self._opens()
        asked = _Asked(relay.store.engine)
        figures = [asked.during(does) for does in self._rounds(relay, operation)]
        counted = figures[1:] or figures
        return {
            "cpu_ms": round(statistics.median(one[0] for one in counted), 2),
            "sql_ms": round(statistics.median(one[1] for one in counted), 2),
            "statements": round(statistics.median(one[2] for one in counted)),
        }

    def _opens(self) -> Any:
        """As a process that starts does, so that what Relay does at its start is done."""
        return self._opened(self._settings)

    def _rounds(self, relay: Any, operation: str) -> Iterator[Callable[[], object]]:
        deeds = self._deeds(relay, operation)
        for _ in range(ROUNDS + 1):
            begun = time.process_time()
            yield next(deeds)
            if 1000 * (time.process_time() - begun) > ENOUGH:
                return

    def _deeds(self, relay: Any, operation: str) -> Iterator[Callable[[], object]]:
        from relay.intake import clips

        if operation == "adopt":
            again = clips.Adoption().tick if hasattr(clips, "Adoption") else clips.adopt
            return cycle([lambda: again(relay)])
        if operation == "kin":
            look = getattr(clips, "family_of", None) or clips.kin_of  # type: ignore[attr-defined]
            return cycle([lambda: look(relay, town_rows.NEW, [1])])
        browser = _Browser(relay, self._cookies)
        if operation == "decide":
            return browser.decisions(self._awaiting())
        return browser.looks(self._paths(operation))

    def _paths(self, operation: str) -> Iterator[str]:
        campaign, waiting = f"/campaigns/{town_rows.SLUG}", self._awaiting()
        if operation == "clip":
            return (f"/clips/{clip}" for clip in waiting)
        paths = {
            "queue": f"{campaign}/queue", "listing": f"{campaign}/clips", "posts": f"{campaign}/posts",
            "near": f"{campaign}/near", "coverage": f"{campaign}/coverage", "home": "/", "healthz": "/healthz",
            "metrics": "/metrics", "plan": f"/almanacs/{town_rows.SLUG}/{town_rows.FILM}/plan",
        }  # fmt: skip
        return cycle([paths[operation]])

    def _awaiting(self) -> Iterator[int]:
        """Clips that nobody has decided, none of them of a family or in doubt."""
        return iter([number for number in range(10, self.clips, 15) if number % 40 > 2 and number % 500 != 7])

    async def _signs_in(self) -> None:
        relay = self._opens()
        browser = _Browser(relay, {})
        async with browser.opened() as web:
            fields = _Form((await web.get("/sign-in")).text, "sign-in").fields
            answer = await web.post("/sign-in", data={**fields, "login": LOGIN, "password": PASSWORD})
            assert answer.status_code == 303, answer.text
            self._cookies = dict(web.cookies)
        relay.store.close()


def _person(relay: Any) -> None:
    from relay.models import Role

    try:
        from relay.moderation.people import accounts
    except ImportError:  # before there was a folder of people
        from relay.moderation import accounts  # type: ignore[attr-defined, no-redef]
    accounts.create(relay, LOGIN, "Ольга", Role.organizer, password=PASSWORD, language="en")


class _Browser:
    """Asks the desk in this very process; what it costs itself is counted too, a millisecond or two."""

    def __init__(self, relay: Any, cookies: dict[str, str]) -> None:
        from relay.web.app import create_app

        self._app, self._cookies = create_app(relay), cookies
        self._loop = asyncio.new_event_loop() if cookies else None

    def opened(self) -> Any:
        import httpx

        transport = httpx.ASGITransport(self._app)
        return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=self._cookies)

    def looks(self, paths: Iterator[str]) -> Iterator[Callable[[], object]]:
        for path in paths:
            yield lambda path=path: self._does(self._looks(path))  # type: ignore[misc]

    def decisions(self, clips: Iterator[int]) -> Iterator[Callable[[], object]]:
        for clip in clips:
            path = f"/clips/{clip}/decide"
            fields = {**_Form(self._does(self._looks(f"/clips/{clip}")), path).fields, "verdict": "approve"}
            yield lambda path=path, fields=fields: self._does(self._sends(path, fields))  # type: ignore[misc]

    def _does(self, asked: Any) -> str:
        assert self._loop is not None
        return str(self._loop.run_until_complete(asked))

    async def _looks(self, path: str) -> str:
        async with self.opened() as web:
            answer = await web.get(path)
        stalled = path == "/healthz" and answer.status_code == 503  # nobody works
        assert stalled or answer.status_code in (200, 303), (path, answer.status_code, answer.text[:2000])
        return str(answer.text)

    async def _sends(self, path: str, fields: dict[str, str]) -> str:
        async with self.opened() as web:
            answer = await web.post(path, data=fields)
        assert answer.status_code == 303, (path, answer.status_code, answer.text[:2000])
        return ""


class _Form(HTMLParser):
    """The fields of the form with that action; of one without, those of any form."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._action, self._inside, self._name = action, False, ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = has.get("action", self._action).endswith(self._action)
            self._name = has.get("id", "") if self._inside else self._name
        mine = self._inside or (self._name and has.get("form") == self._name)
        if tag == "input" and mine and has.get("name") and has.get("type") not in ("radio", "checkbox"):
            self.fields[has["name"]] = has.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "form"


class _Asked:
    """What the database is asked, and how long it takes."""

    def __init__(self, engine: Any) -> None:
        from sqlalchemy import event

        self._count, self._seconds = 0, 0.0
        event.listen(engine, "before_cursor_execute", self._begins)
        event.listen(engine, "after_cursor_execute", self._ends)

    def during(self, does: Callable[[], object]) -> tuple[float, float, int]:
        """Milliseconds of CPU, those of them in the database, and the number of statements."""
        self._count, self._seconds = 0, 0.0
        begun = time.process_time()
        does()
        return 1000 * (time.process_time() - begun), 1000 * self._seconds, self._count

    def _begins(self, _connection: Any, _cursor: Any, _words: Any, _values: Any, context: Any, _many: Any) -> None:
        context.began = time.thread_time()

    def _ends(self, _connection: Any, _cursor: Any, _words: Any, _values: Any, context: Any, _many: Any) -> None:
        self._count += 1
        self._seconds += time.thread_time() - context.began


def _print(result: dict[str, Any], numbers: list[int]) -> None:
    sides = [("now", result), *([("then", result["against"])] if "against" in result else [])]
    titles = [f"{clips} {name}" for clips in numbers for name, _ in sides]
    print(f"{'CPU ms/SQL ms/statements':26}" + "".join(f"{title:>24}" for title in titles))
    for operation in OPERATIONS:
        figures = [side[str(clips)].get(operation) for clips in numbers for _, side in sides]
        print(f"{operation:26}" + "".join(f"{_told(one):>24}" for one in figures))
    for name, side in sides:
        print(f"{name}: relay campaign list {side['start']['relay']} s, bare {side['start']['bare']} s of CPU")


def _told(figures: dict[str, float | None] | None) -> str:
    if figures is None:
        return "–"
    return "not ended" if figures["cpu_ms"] is None else "/".join(str(figures[name]) for name in figures)


def _is_flat(result: dict[str, Any], numbers: list[int]) -> bool:
    least, most = result[str(min(numbers))], result[str(max(numbers))]
    grown = {name: (most[name]["cpu_ms"] or 1e9) / least[name]["cpu_ms"] for name in WAITED_FOR if name in most}
    for name, factor in grown.items():
        print(f"{name}: {factor:.2f} times at {max(numbers)} clips what it is at {min(numbers)}")
    return all(factor <= FLAT for factor in grown.values())


if __name__ == "__main__":
    main(*sys.argv[1:])
