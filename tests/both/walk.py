"""The same walk over two relays, one on SQLite and one on PostgreSQL, and where they part."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from relay.config import Settings
from relay.context import Relay
from relay.errors import RelayError
from relay.media.toolbox import Toolbox
from relay.media.vault import Vault
from relay.store import Store
from tests.both import dump
from tests.both.deeds import DEEDS, Deed, World
from tests.databases import Databases
from tests.fakes.clock import FakeClock
from tests.fakes.fetcher import FakeFetcher
from tests.fakes.source import FakeSource
from tests.postgres import PostgresDatabases

STEPS = 40
FAULT = "a fault of the program"
BETWEEN = 20
"""After so many steps all rows are compared."""


@dataclass
class Walked:
    """`parted`: where the two are not the same; `did`: how often each deed gave something, or was refused."""

    parted: list[str] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)


class Pair:
    """Two kinds of databases, and a folder for the files of the relays."""

    def __init__(self, sqlite: Databases, postgres: PostgresDatabases, folder: Path) -> None:
        self.sqlite, self.postgres, self.folder, self._count = sqlite, postgres, folder, 0

    @contextmanager
    def worlds(self, seed: int) -> Iterator[tuple[World, World]]:
        self._count += 1
        with ExitStack() as opened:
            places = [self.folder / f"{self._count}-{name}" for name in ("sqlite", "postgres")]
            for place in places:
                place.mkdir()
            stores = (
                opened.enter_context(self.sqlite.opens(places[0] / "relay.db")),
                opened.enter_context(self.postgres.opens()),
            )
            first, second = (
                _with_dice(seed, lambda place=place, store=store: _world(place, store))
                for place, store in zip(places, stores, strict=True)
            )
            yield first, second

    def walk(self, seed: int, *, steps: int = STEPS, deeds: Mapping[Deed, int] = DEEDS) -> Walked:
        """A walk ends where the two part."""
        walked, chance = Walked(), Random(seed)
        with self.worlds(seed) as (first, second):
            for step in range(1, steps + 1):
                deed = chance.choices(list(deeds), list(deeds.values()))[0]
                draw = chance.getrandbits(64)
                here, there = _does(first, deed, draw), _does(second, deed, draw)
                where = f"seed {seed}, step {step}, {deed.__name__}"
                walked.did[f"{deed.__name__}{_how(here)}"] += 1
                if here != there:
                    walked.parted.append(f"{where}: {_short(here, there)}")
                elif step % BETWEEN == 0 or step == steps:
                    walked.parted += [f"{where}: {each}" for each in apart(first.relay, second.relay)]
                if walked.parted:
                    return walked
        return walked


def _how(outcome: Any) -> str:
    if not (isinstance(outcome, dict) and "error" in outcome):
        return ""
    return f": {outcome['error']}" if outcome["line"] == FAULT else ", refused"


def apart(here: Relay, there: Relay) -> list[str]:
    """Tables whose rows differ, with the first that does, and what is wrong with either record."""
    ours, theirs = dump.rows(here.store), dump.rows(there.store)
    found = [f"{name}: {_short(ours[name], theirs[name])}" for name in ours if ours[name] != theirs[name]]
    return found + dump.chain(here) + dump.chain(there)


def _does(world: World, deed: Deed, draw: int) -> Any:
    with world.relay.store.engine.connect() as connection, connection.begin():
        dump.numbers_as_sqlite(connection)
    try:
        found = dump.outcome(_with_dice(draw, lambda: deed(world, Random(draw))))
        return json.loads(json.dumps(found).replace(str(world.relay.settings.data_dir), "DATA"))
    except RelayError as error:
        return dump.outcome(error)
    except Exception as error:  # noqa: BLE001 - a fault of ours, which is to be the same on both
        return {"error": type(error).__name__, "line": FAULT, "of": type(error).__module__.partition(".")[0]}


def _with_dice(seed: int, do: Any) -> Any:
    """Secrets, numbers and nonces are the same on both."""
    dice = Random(seed)
    before = secrets._sysrand, secrets.choice  # type: ignore[attr-defined]
    secrets._sysrand, secrets.choice = dice, dice.choice  # type: ignore[attr-defined, assignment]
    try:
        return do()
    finally:
        secrets._sysrand, secrets.choice = before  # type: ignore[attr-defined]


def _world(folder: Path, store: Store) -> World:
    clock, network = FakeClock(), FakeSource()
    relay = Relay(
        settings=Settings(_env_file=None, data_dir=folder, min_free_gb=0, language="en"),  # type: ignore[call-arg]
        store=store, sources={"vk": network}, fetcher=FakeFetcher(), media=Vault(folder / "vault"),
        toolbox=Toolbox(), clock=clock, holder="walk",
    )  # fmt: skip
    return World(relay, clock, network)


def _short(here: Any, there: Any) -> str:
    """The first place at which two outcomes differ."""
    if isinstance(here, list) and isinstance(there, list) and len(here) == len(there):
        return next(_short(one, other) for one, other in zip(here, there, strict=True) if one != other)
    if isinstance(here, dict) and isinstance(there, dict) and here.keys() == there.keys():
        name = next(name for name in here if here[name] != there[name])
        return f"{name}: {_short(here[name], there[name])}"
    if isinstance(here, list) and isinstance(there, list):
        return f"{len(here)} on SQLite, {len(there)} on PostgreSQL: {str([*here, *there])[:300]}"
    return f"{str(here)[:400]!r} on SQLite, {str(there)[:400]!r} on PostgreSQL"
