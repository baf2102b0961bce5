"""Collecting: posts per second through parse, match and store, and requests per new post.

The town is a sandbox network on loopback. All engines read the same walls from the opening to the end:

relay         Relay's own way: batches, pages that overlap, parsing, matching, the ledger, SQLite with synchronous=FULL
vk_api_loop   what a script does: VkTools.get_all_iter over each wall, `if tag in text`, a commit for each hit
bare_insert   the database's own limit: all posts as ready-made rows, in one transaction of one INSERT of many rows
minimum       no engine: the requests that arithmetic allows (25 calls of 100 posts in each)

`requests` are HTTP requests, `calls` what the quota counts, `new_posts` the posts that were stored. Relay and the loop
must have stored the same number, else the run ends with 1.
The loop's own delay between requests is taken out, so that only its work is measured.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import count, takewhile
from pathlib import Path
from typing import Any

TAG = "#proryv80"
SLUG = "bench"
NOW = datetime(2023, 1, 30, 12, 0, tzinfo=UTC)
OPENS = NOW - timedelta(days=29)
PAGE, INSIDE = 100, 25


@dataclass(frozen=True)
class Result:
    posts_per_s: float
    requests: int
    new_posts: int
    seconds: float
    calls: int
    requests_per_new_post: float


def add_to(commands: Any) -> None:
    crawl = commands.add_parser("crawl", help="collecting, beside a naive loop and beside the bare database")
    crawl.add_argument("--walls", type=int, default=25)
    crawl.add_argument("--posts", type=int, default=400, help="posts on each wall")
    crawl.add_argument("--tagged", type=float, default=0.05, help="share of them with the tag")
    crawl.add_argument("--rounds", type=int, default=3, help="the best of so many runs counts")
    crawl.add_argument("--json", type=Path, default=None, help="also write the figures here")
    crawl.set_defaults(run=run)


def run(words: argparse.Namespace) -> int:
    from relay.sandbox.network import Network
    from relay.sandbox.server import Sandbox

    network = Network(lambda: NOW)
    network.quota("wall.get", 0)
    town(network, words.walls, words.posts, words.tagged)
    results: dict[str, Result] = {}
    with Sandbox(network) as sandbox:
        for name, engine in ENGINES.items():
            results[name] = min(
                (measured(engine, network, sandbox, words) for _ in range(words.rounds)),
                key=lambda result: result.seconds,
            )
            print(f"{name:<12} {results[name].posts_per_s:9.0f} posts/s", file=sys.stderr)
    results["minimum"] = minimum(words, results["relay"].new_posts)
    print(table(results))
    if words.json:
        words.json.write_text(json.dumps({name: asdict(result) for name, result in results.items()}, indent=2) + "\n")
    return 0 if results["relay"].new_posts == results["vk_api_loop"].new_posts else 1


def town(network: Any, walls: int, posts: int, tagged: float) -> None:
    dice = random.Random(1)
    for number in range(1, walls + 1):
        wall = network.has_group(f"public{number}", f"Посёлок {number}")
        people = [network.has_resident("Анна", f"Иванова {number} {each}") for each in range(5)]
        for at in sorted(OPENS + (NOW - OPENS) * dice.random() for _ in range(posts)):
            person = dice.choice(people)
            if dice.random() >= tagged:
                network.posts(wall, "Ярмарка в субботу на площади, приходите. #город", at=at.replace(microsecond=0))
                continue
            video = network.uploads(person, Path("film.mp4"), title="Читаю письмо деда", at=at)
            network.posts(
                wall, f"Читаю письмо деда. {TAG}", videos=[video], at=at.replace(microsecond=0), from_id=person
            )


def measured(engine: Callable[..., Work], network: Any, sandbox: Any, words: argparse.Namespace) -> Result:
    """Preparing takes no time here: engines return what is to be timed."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        work = engine(network, sandbox, Path(folder))
        requests, calls = network.requests, network.calls["wall.get"]
        started = time.perf_counter()
        new = work()
        seconds = time.perf_counter() - started
    requests = network.requests - requests
    posts = words.walls * words.posts if requests else new
    return Result(
        posts_per_s=round(posts / seconds, 1),
        requests=requests,
        new_posts=new,
        seconds=round(seconds, 3),
        calls=network.calls["wall.get"] - calls,
        requests_per_new_post=round(requests / max(1, new), 4),
    )


Work = Callable[[], int]


def relay(network: Any, sandbox: Any, folder: Path) -> Work:
    from relay.collect import campaigns, crawl, places

    made = opened(sandbox, folder)
    campaigns.new(made, slug=SLUG, title="T", hashtags=[TAG], opens=OPENS.isoformat(), closes="2023-02-10", tz="UTC")
    campaigns.start(made, SLUG, person="bench")
    for owner in walls_of(network):
        places.add(made, SLUG, f"vk:club{-owner}")

    def work() -> int:
        new = sum(sweep.posts_new for sweep in crawl.crawl(made, SLUG))
        made.store.close()
        return new

    return work


def opened(sandbox: Any, folder: Path) -> Any:
    """A Relay whose clock stands still and whose rate is not the bottleneck."""
    import structlog
    from pydantic import SecretStr

    from relay.config import Settings
    from relay.context import Relay
    from relay.media.fetcher import YtDlpFetcher
    from relay.media.toolbox import Toolbox
    from relay.media.vault import Vault
    from relay.sources.vk import VkSource
    from relay.store import Store

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=folder,
        vk_token=SecretStr(sandbox.token),
        vk_api_url=sandbox.api_url,
        vk_wall_quota=1_000_000,
    )
    store, toolbox = Store(settings.db_url), Toolbox()
    store.upgrade(NOW)
    vk = VkSource(settings, store, lambda: NOW, lambda _seconds: None)
    fetcher = YtDlpFetcher(settings, toolbox)
    return Relay(settings, store, {"vk": vk}, fetcher, Vault(folder / "vault"), toolbox, lambda: NOW, "bench")


def vk_api_loop(network: Any, sandbox: Any, folder: Path) -> Work:
    from vk_api import VkApi, VkTools

    from relay.config import Settings
    from relay.sources.vk_wire import open_session

    settings = Settings(_env_file=None, vk_api_url=sandbox.api_url)  # type: ignore[call-arg]
    api = VkApi(token=sandbox.token, api_version="5.199", session=open_session(settings))
    api.RPS_DELAY = 0
    tools = VkTools(api)
    connection = sqlite3.connect(folder / "loop.db")
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE post (owner_id, id, date, text, raw, UNIQUE (owner_id, id))")

    def work() -> int:
        for owner in walls_of(network):
            for post in tools.get_all_iter("wall.get", PAGE, {"owner_id": owner}):
                if TAG in post["text"]:
                    row = (post["owner_id"], post["id"], post["date"], post["text"], json.dumps(post))
                    connection.execute("INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?, ?)", row)
                    connection.commit()
        new = connection.execute("SELECT count(*) FROM post").fetchone()[0]
        connection.close()
        return int(new)

    return work


def bare_insert(network: Any, _sandbox: Any, folder: Path) -> Work:
    from relay.sandbox import shapes

    shown = [shapes.post(network, post) for owner in walls_of(network) for post in network.wall(owner)]
    rows = [(post["owner_id"], post["id"], post["date"], post["text"], json.dumps(post)) for post in shown]
    connection = sqlite3.connect(folder / "bare.db")
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE post (owner_id, id, date, text, raw, UNIQUE (owner_id, id))")

    def work() -> int:
        with connection:
            connection.executemany("INSERT OR IGNORE INTO post VALUES (?, ?, ?, ?, ?)", rows)
        connection.close()
        return len(rows)

    return work


def minimum(words: argparse.Namespace, new: int) -> Result:
    calls = words.walls * math.ceil(words.posts / PAGE)
    requests = math.ceil(calls / INSIDE)
    return Result(0.0, requests, new, 0.0, calls, round(requests / max(1, new), 4))


def walls_of(network: Any) -> list[int]:
    names = (f"public{number}" for number in count(1))
    return [owner.id for owner in takewhile(lambda owner: owner is not None, map(network.owner_named, names))]


ENGINES: dict[str, Callable[..., Work]] = {"relay": relay, "vk_api_loop": vk_api_loop, "bare_insert": bare_insert}


def table(results: dict[str, Result]) -> str:
    lines = [f"{'engine':<12}{'posts/s':>10}{'seconds':>9}{'requests':>10}{'calls':>7}{'new':>7}{'requests/new':>14}"]
    lines += [
        f"{name:<12}{found.posts_per_s:>10.0f}{found.seconds:>9.2f}{found.requests:>10}{found.calls:>7}"
        f"{found.new_posts:>7}{found.requests_per_new_post:>14.4f}"
        for name, found in results.items()
    ]
    return "\n".join(lines)
