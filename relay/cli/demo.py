"""`relay demo`: the whole relay on one machine, from the residents' posts to the film."""

from __future__ import annotations

import itertools
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from relay.cli.almanac.films import film_bar
from relay.cli.terminal.show import fail, say

if TYPE_CHECKING:
    from relay.config import Settings
    from relay.context import Relay

SLUG = "proryv80"
ALMANAC = "film"
GUARDIAN, INVENTED = "мама", "придумано, как и все жители"
"""Who agreed for the invented children."""
MARK = ".relay-demo"
ZONE = "Europe/Moscow"


def demo(
    data: Annotated[
        Path | None, typer.Option(help="Folder of the demo, made anew (default: demo in the data folder).")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End with the film; don't open the desk.")] = False,
    port: Annotated[int, typer.Option(help="Port of the desk (0: any free one).")] = 8000,
) -> None:
    """Show everything at once: residents post videos, Relay collects them, you judge, and the film is made."""
    from relay.bootstrap import open_relay
    from relay.config import load_settings
    from relay.sandbox.network import Network
    from relay.sandbox.server import Sandbox

    folder = _fresh(data or load_settings().data_dir / "demo")
    tools = open_relay(load_settings(data_dir=folder), ready=False)
    with _steps("Residents record their clips") as told:
        _residents(tools, folder / "residents", told)
    network = Network(clock=tools.clock)
    with Sandbox(network) as sandbox:
        words = {name.removeprefix("RELAY_").lower(): value for name, value in sandbox.settings().items()}
        settings = load_settings(data_dir=folder, port=port, log_level="error", **words)
        relay = open_relay(settings, ready=False)
        film = _walk(relay, network, folder / "residents")
        say()
        say("The film: {film}", film=film)
        if not no_serve:
            _open_desk(relay, settings)


def _fresh(folder: Path) -> Path:
    """An empty folder of our own: an older demo in it is removed, anything else is left alone."""
    folder = folder.absolute()
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            fail("{folder} is not empty, and no demo made it. Choose another folder with --data.", folder=folder)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    return folder


def _residents(tools: Relay, folder: Path, told: Callable[[float], None]) -> None:
    from relay.demo import make_clips

    folder.mkdir()
    make_clips(tools.toolbox, folder, on_progress=told)


def _walk(relay: Relay, network: Any, residents: Path) -> Path:
    """Every step of the real thing, with nobody but the calendar left out."""
    from relay.collect import crawl

    _open_campaign(relay, network, residents)
    with _steps("Relay reads the walls and the tag") as told:
        sources = len(crawl.due(relay)) or 1
        seen = itertools.count(1)
        sweeps = crawl.crawl(relay, SLUG, on_sweep=lambda _sweep: told(next(seen) / sources))
    say(
        "  Posts read: {seen}; to do with the tag: {new}",
        seen=sum(sweep.posts_seen for sweep in sweeps),
        new=sum(sweep.posts_new for sweep in sweeps),
    )
    _fetch(relay)
    _moderate(relay, _homes(residents))
    return _render(relay)


def _open_campaign(relay: Relay, network: Any, residents: Path) -> None:
    from relay.collect import campaigns, sources
    from relay.models import Role
    from relay.moderation.people import accounts
    from relay.sandbox.neighbourhood import populate

    relay.store.upgrade(relay.now())
    accounts.create(relay, "demo", "Demo", Role.organizer)
    opens, closes = relay.now() - timedelta(days=6), relay.now() + timedelta(days=1)
    addresses = populate(network, residents, opens=opens, closes=relay.now())
    campaigns.new(
        relay,
        slug=SLUG,
        title="Прорыв. Голоса памяти",
        hashtags=["#proryv80"],
        opens=f"{opens.astimezone(ZoneInfo(ZONE)):%Y-%m-%dT%H:%M}",
        closes=f"{closes.astimezone(ZoneInfo(ZONE)):%Y-%m-%d}",
        tz=ZONE,
    )
    for address in dict.fromkeys([*addresses, "vk:tag"]):
        sources.add(relay, SLUG, address)
    campaigns.start(relay, SLUG, person="demo")


def _fetch(relay: Relay) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from relay.errors import RelayError
    from relay.intake import fetch

    def take_in(video: int) -> None:
        try:
            fetch.fetch_video(relay, video)
        except RelayError as error:
            say("  {line}", line=error.line)

    with _steps("Videos are fetched and looked at") as told, ThreadPoolExecutor(relay.settings.fetch_workers) as pool:
        waiting = fetch.waiting(relay)
        for done, _none in enumerate(pool.map(take_in, waiting), start=1):
            told(done / len(waiting))


def _homes(residents: Path) -> dict[str, dict[str, Any]]:
    """What a moderator would read in the posts: town, district and age by name."""
    from relay.demo import CAPTIONS

    told = json.loads((residents / CAPTIONS).read_text("utf-8")).values()
    return {who["name"]: {fact: str(who[fact]) for fact in ("town", "district", "age")} for who in told}


def _moderate(relay: Relay, homes: dict[str, dict[str, Any]]) -> None:
    """Approves all but the last two in the queue, which wait for whoever opens the desk."""
    from relay.models import ClipState, ConsentScope, Verdict
    from relay.moderation import consent, desk
    from relay.permissions.notes import ConsentTerms
    from relay.permissions.rules import is_minor

    clips = desk.listing(relay, SLUG, state=ClipState.awaiting)
    kept = clips[:-2] if len(clips) > 4 else clips
    with _steps("A moderator judges the clips") as told:
        for done, clip in enumerate(kept, start=1):
            home = homes.get(clip.participant.name, {})
            desk.edit(relay, clip.id, person="demo", **home)
            if is_minor(home.get("age", "")):
                terms = ConsentTerms(guardian=GUARDIAN)
                consent.note(relay, clip.id, ConsentScope.film, INVENTED, person="demo", terms=terms)
            desk.decide(relay, clip.id, Verdict.approve, person="demo", seen=ClipState.awaiting)
            told(done / len(kept))
    say(
        "  Approved: {approved}; waiting for you at the desk: {waiting}",
        approved=len(kept),
        waiting=len(clips) - len(kept),
    )


def _render(relay: Relay) -> Path:
    from relay.almanac.delivery import render
    from relay.almanac.plan import queries

    queries.new(relay, SLUG, ALMANAC, title="Прорыв. Голоса памяти", all_approved=True)
    say("The film is made")
    with film_bar() as told:
        made = render.render(relay, SLUG, ALMANAC, on_progress=told)
    say("  {length:.0f} s of film in {seconds:.0f} s", length=made.frames / made.fps, seconds=made.seconds)
    return relay.settings.data_dir.absolute() / made.file


def _open_desk(relay: Relay, settings: Settings) -> None:
    from relay.moderation.people import links
    from relay.web.serve import Desk

    desk = Desk(relay, settings.host, settings.port, watch=False)
    desk.start()
    say("The desk: {url}", url=links.sign_in_link(relay, "demo", desk.url))
    say("Ctrl-C ends the demo; the film stays.")
    desk.join()


@contextmanager
def _steps(what: str) -> Iterator[Callable[[float], None]]:
    """One line that grows a bar while it lasts and stays as a plain line afterwards."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    say(what)
    columns = (TextColumn("  "), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)
