"""Collecting: posts per second through parse, match and store, and requests per new post.

The town is a sandbox network on loopback, in a process of its own. All engines read the same walls, from the opening
to the end, over the wire into an SQLite file with synchronous=FULL, and end when what they found will survive a power
cut:

relay         Relay's own way: pages that overlap, 25 of them in a request, read into posts and videos with their
              authors; tags matched in texts, reposts and titles, as the network links them and as people slip them;
              posts, matches, videos, where each was seen, and the ledger, a transaction for some five hundred posts
vk_api_loop   what a script does: VkTools.get_all_iter over each wall (25 pages in a request), `if tag in text.lower()`,
              INSERT OR IGNORE of one row of JSON for each hit, with a commit
bare_insert   the database's own limit: every post a ready-made row, one statement, one transaction
minimum       no engine: the requests that arithmetic allows (pages of 100 posts, 25 of them in each)

`posts_per_s`: posts read; `cpu_s`: of the engine's process, by which the best round of each is chosen, since the clock
of a busy machine says nothing; `requests`: HTTP requests, `calls`: what the quota counts, `new_posts`: the posts that
were stored. Relay and the loop must have stored the same number, else the run ends with 1.
The loop's own delay between requests is taken out, so that only its work is measured; Relay's rate is set aside too.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import multiprocessing
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import orjson

TAG = "#proryv80"
SLUG = "bench"
NOW = datetime(2023, 1, 30, 12, 0, tzinfo=UTC)
OPENS = NOW - timedelta(days=29)
PAGE, INSIDE = 100, 25
UNTIL_GARBAGE = 20_000
"""As the command `relay` sets it (relay/cli): the same for all engines."""


@dataclass(frozen=True)
class Result:
    posts_per_s: float
    requests: int
    new_posts: int
    seconds: float
    cpu_s: float
    posts_per_cpu_s: float
    calls: int
    requests_per_new_post: float


def run(words: argparse.Namespace) -> int:
    gc.set_threshold(UNTIL_GARBAGE)
    best: dict[str, Result] = {}
    with town(words) as found:
        for _ in range(words.rounds):  # in turns, so that all meet the same weather
            for name, engine in ENGINES.items():
                result = measured(engine, found, words)
                best[name] = min(best.get(name, result), result, key=lambda each: each.cpu_s)
    results = {**best, "minimum": minimum(words, best["relay"].new_posts)}
    print(table(results))
    if words.json:
        words.json.write_text(json.dumps({name: asdict(result) for name, result in results.items()}, indent=2) + "\n")
    return 0 if results["relay"].new_posts == results["vk_api_loop"].new_posts else 1


# The town, in its own process


@dataclass(frozen=True)
class Town:
    """`shown`: all posts as VK's JSON has them."""

    api_url: str
    token: str
    walls: list[int]
    shown: list[dict[str, Any]]
    line: Connection

    def spent(self) -> tuple[int, int]:
        """Requests, and calls of wall.get, until now."""
        self.line.send("spent")
        spent: tuple[int, int] = self.line.recv()
        return spent


@contextmanager
def town(words: argparse.Namespace) -> Iterator[Town]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=plays, args=(theirs, words.walls, words.posts, words.tagged), daemon=True)
    process.start()
    try:
        yield Town(*ours.recv(), ours)
    finally:
        ours.send("end")
        process.join()


def plays(line: Connection, walls: int, posts: int, tagged: float) -> None:
    from relay.sandbox.network import Network
    from relay.sandbox.server import Sandbox
    from relay.sandbox.vk import shapes

    network = Network(lambda: NOW)
    network.vk.api.quota("wall.get", 0)
    owners = populate(network, walls, posts, tagged)
    with Sandbox(network) as sandbox:
        shown = [shapes.post(network.vk, post) for owner in owners for post in network.vk.wall(owner)]
        line.send((sandbox.api_url, sandbox.token, owners, shown))
        while line.recv() != "end":
            line.send((network.vk.api.requests, network.vk.api.calls["wall.get"]))


def populate(network: Any, walls: int, posts: int, tagged: float) -> list[int]:
    dice = random.Random(1)
    owners = [network.vk.has_group(f"public{number}", f"Посёлок {number}") for number in range(1, walls + 1)]
    for wall in owners:
        people = [network.vk.has_resident("Анна", f"Иванова {-wall} {each}") for each in range(5)]
        for moment in sorted(OPENS + (NOW - OPENS) * dice.random() for _ in range(posts)):
            at, person = moment.replace(microsecond=0), dice.choice(people)
            if dice.random() >= tagged:
                network.vk.posts(wall, "Ярмарка в субботу на площади, приходите. #город", at=at)
                continue
            video = network.vk.uploads(person, Path("film.mp4"), title="Читаю письмо деда", at=at)
            network.vk.posts(wall, f"Читаю письмо деда. {TAG}", videos=[video], at=at, from_id=person)
    return owners


# The engines


def measured(engine: Callable[[Town, Path], Work], town: Town, words: argparse.Namespace) -> Result:
    """Preparing takes no time here: engines return what is to be timed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = engine(town, Path(folder))
        requests, calls = town.spent()
        started, busy = time.perf_counter(), time.process_time()
        new = work()
        seconds, cpu = time.perf_counter() - started, time.process_time() - busy
    now_requests, now_calls = town.spent()
    return Result(
        posts_per_s=round(words.walls * words.posts / seconds, 1),
        requests=now_requests - requests,
        new_posts=new,
        seconds=round(seconds, 3),
        cpu_s=round(cpu, 3),
        posts_per_cpu_s=round(words.walls * words.posts / cpu, 1),
        calls=now_calls - calls,
        requests_per_new_post=round((now_requests - requests) / max(1, new), 4),
    )


Work = Callable[[], int]


def relay(town: Town, folder: Path) -> Work:
    from relay.collect import campaigns, crawl, sources

    made = opened(town, folder)
    campaigns.new(made, slug=SLUG, title="T", hashtags=[TAG], opens=OPENS.isoformat(), closes="2023-02-10", tz="UTC")
    campaigns.start(made, SLUG, person="bench")
    for owner in town.walls:
        sources.add(made, SLUG, f"vk:club{-owner}")

    def work() -> int:
        new = sum(sweep.posts_new for sweep in crawl.crawl(made, SLUG))
        made.store.close()
        return new

    return work


def opened(town: Town, folder: Path) -> Any:
    """A Relay whose clock stands still and whose rate is not the bottleneck."""
    import structlog
    from pydantic import SecretStr

    from relay.config import Settings
    from relay.context import Relay
    from relay.media.fetcher import YtDlpFetcher
    from relay.media.toolbox import Toolbox
    from relay.media.vault import Vault
    from relay.sources import networks
    from relay.sources.vk.source import VkSource
    from relay.store import Store

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        vk_token=SecretStr(town.token),
        vk_api_url=town.api_url,
        vk_wall_quota=1_000_000,
    )
    store, toolbox = Store(settings.db_url), Toolbox()
    store.upgrade(NOW)
    vk = VkSource(settings, store, lambda: NOW, lambda _seconds: None)
    fetcher = YtDlpFetcher(settings, toolbox, networks.extractors())
    return Relay(settings, store, {"vk": vk}, fetcher, Vault(folder / "vault"), toolbox, lambda: NOW, "bench")


def vk_api_loop(town: Town, folder: Path) -> Work:
    from vk_api import VkApi, VkTools

    from relay.config import Settings
    from relay.sources.vk.http import VENDOR, VkAnswer, VkHttpAdapter, open_session

    class WholeAnswers(VkHttpAdapter):
        """Reads each answer at once and whole, as vk_api's tools want it, with the quickest reader there is."""

        def answer(self, body: bytes, *, together: bool) -> VkAnswer:  # noqa: ARG002
            gc.disable()  # of a hundred thousand new objects none is garbage: looking through them takes longer
            try:
                return VkAnswer(orjson.loads(body))
            finally:
                gc.enable()

    settings = Settings(_env_file=None, vk_api_url=town.api_url)  # type: ignore[call-arg]
    session = open_session(settings)
    session.mount(VENDOR, WholeAnswers(settings))
    api = VkApi(token=town.token, api_version="5.199", session=session)
    api.RPS_DELAY = 0
    tools = VkTools(api)
    connection = database(folder)

    def work() -> int:
        for owner in town.walls:
            for post in tools.get_all_iter("wall.get", PAGE, {"owner_id": owner}):
                if TAG in post["text"].lower():
                    connection.execute("INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?, ?)", row_of(post))
                    connection.commit()
        new = connection.execute("SELECT count(*) FROM post").fetchone()[0]
        connection.close()
        return int(new)

    return work


def bare_insert(town: Town, folder: Path) -> Work:
    rows = [row_of(post) for post in town.shown]
    connection = database(folder)

    def work() -> int:
        with connection:
            connection.executemany("INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?, ?)", rows)
        connection.close()
        return len(rows)

    return work


def database(folder: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / "posts.db")
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE post (owner_id, id, date, text, raw, UNIQUE (owner_id, id))")
    return connection


def row_of(post: dict[str, Any]) -> tuple[Any, ...]:
    return post["owner_id"], post["id"], post["date"], post["text"], json.dumps(post)


def minimum(words: argparse.Namespace, new: int) -> Result:
    calls = words.walls * math.ceil(words.posts / PAGE)
    requests = math.ceil(calls / INSIDE)
    return Result(0.0, requests, new, 0.0, 0.0, 0.0, calls, round(requests / max(1, new), 4))


ENGINES: dict[str, Callable[[Town, Path], Work]] = {
    "relay": relay,
    "vk_api_loop": vk_api_loop,
    "bare_insert": bare_insert,
}


def table(results: dict[str, Result]) -> str:
    lines = [
        f"{'engine':<12}{'posts/s':>10}{'seconds':>9}{'CPU s':>8}{'posts/CPU s':>13}{'requests':>10}{'calls':>7}"
        f"{'new':>7}{'requests/new':>14}"
    ]
    lines += [
        f"{name:<12}{found.posts_per_s:>10.0f}{found.seconds:>9.2f}{found.cpu_s:>8.2f}{found.posts_per_cpu_s:>13.0f}"
        f"{found.requests:>10}{found.calls:>7}{found.new_posts:>7}{found.requests_per_new_post:>14.4f}"
        for name, found in results.items()
    ]
    return "\n".join(lines)
