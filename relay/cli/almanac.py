from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.show import AsJson, Slug, as_json, facts, say, table, tongue

if TYPE_CHECKING:
    from relay.context import Relay

app = typer.Typer(help="Plan and render films.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The almanac's name.")]


@app.command()
def new(
    slug: Slug,
    name: Name,
    title: Annotated[str, typer.Option(help="What stands on the opening card (default: the campaign's title).")] = "",
    all_approved: Annotated[bool, typer.Option("--all-approved", help="Put every approved clip in.")] = False,
) -> None:
    """Make an almanac."""
    from relay.almanac import plans
    from relay.bootstrap import open_relay

    relay = open_relay()
    plans.new(relay, slug, name, title=title, all_approved=all_approved)
    say(
        "Almanac {name}, clips: {segments}. Next: relay almanac render {slug} {name}",
        name=name,
        segments=len(plans.show(relay, slug, name)["segments"]),
        slug=slug,
    )


@app.command()
def plan(slug: Slug, name: Name, json: AsJson = False) -> None:
    """Bring the plan up to date with what is approved now."""
    from relay.almanac import plans
    from relay.bootstrap import open_relay

    relay = open_relay()
    plans.plan(relay, slug, name)
    _show(plans.show(relay, slug, name), json=json)


@app.command()
def show(slug: Slug, name: Name, json: AsJson = False) -> None:
    """Segments and finished versions of an almanac."""
    from relay.almanac import plans
    from relay.bootstrap import open_relay

    _show(plans.show(open_relay(), slug, name), json=json)


@app.command("list")
def listing(slug: Slug, json: AsJson = False) -> None:
    """The campaign's almanacs."""
    from relay.almanac import plans
    from relay.bootstrap import open_relay

    rows = plans.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["name", "clips", "versions"],
        ([row["name"], len(row["segments"]), len(row["renders"])] for row in rows),
        empty="No almanacs yet. Make one: relay almanac new CAMPAIGN NAME --all-approved",
    )


@app.command()
def render(slug: Slug, name: Name, json: AsJson = False) -> None:
    """Make the film. What is already made is used again; a stopped render goes on where it was."""
    from relay.almanac import plans
    from relay.almanac import render as rendering
    from relay.bootstrap import open_relay

    relay = open_relay()
    _look_again(relay, slug)
    with film_bar() as told:
        rendering.render(relay, slug, name, on_progress=told)
    latest = plans.show(relay, slug, name)["renders"][-1]
    if json:
        as_json(latest)
        return
    typer.echo(latest["file"])
    say(
        "Version {version}: {duration:.1f} s, made in {seconds:.0f} s. Shots made: {made}, used again: {reused}.",
        version=latest["version"],
        duration=latest["duration"],
        made=latest["shots_encoded"],
        reused=latest["shots_reused"],
        seconds=latest["seconds"],
    )


@app.command()
def preview(
    slug: Slug,
    name: Name,
    json: AsJson = False,
) -> None:
    """A small quick film of the plan, made from the desk's own copies."""
    from relay.almanac import render as rendering
    from relay.bootstrap import open_relay

    with film_bar() as told:
        film = rendering.preview(open_relay(), slug, name, on_progress=told)
    if json:
        as_json({"file": str(film)})
        return
    typer.echo(film)


@app.command()
def export(
    slug: Slug,
    name: Name,
    folder: Annotated[Path, typer.Argument(help="A new folder for the plan and its media.")],
    json: AsJson = False,
) -> None:
    """The plan for an editing program: OpenTimelineIO with the original videos beside it."""
    from relay.almanac import exchange
    from relay.bootstrap import open_relay

    made = exchange.export(open_relay(), slug, name, folder)
    if json:
        as_json(made)
        return
    say("{timeline}  (videos: {media})", timeline=made["timeline"], media=len(made["media"]))
    for line in made["left_out"]:
        say("Left out: {line}", line=tongue()(line))


def _look_again(relay: Relay, slug: str) -> None:
    """What has been taken off the network within the hour must not be in the film."""
    from relay.collect import recheck

    for fault in recheck.recheck(relay, slug, within=recheck.HOURLY).faults:
        line = tongue()("Whether all posts are still there could not be asked: {fault}")
        typer.echo(line.format(fault=tongue()(fault)), err=True)


@contextmanager
def film_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, in frames of the film, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(tongue()("film"), total=None)

        def told(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=tongue()(what) if what else "")

        yield told


def _show(found: dict[str, object], *, json: bool) -> None:
    if json:
        as_json(found)
        return
    facts((name, value) for name, value in found.items() if name not in ("segments", "renders"))
    segments, renders = found["segments"], found["renders"]
    assert isinstance(segments, list)
    assert isinstance(renders, list)
    table(
        ["clip", "in", "out"],
        ([row["clip"], f"{row['in']:.2f}", f"{row['out']:.2f}"] for row in segments),
        empty="No clips in the plan.",
    )
    table(
        ["version", "seconds", "file"],
        ([row["version"], f"{row['duration']:.2f}", row["file"]] for row in renders),
        empty="Not rendered yet.",
    )
