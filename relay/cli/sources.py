from __future__ import annotations

from typing import Annotated, Any

import typer

from relay.cli.show import AsJson, Person, Slug, as_json, fail, say, table, tongue, worded

app = typer.Typer(help="The places where posts are looked for.", no_args_is_help=True)
Address = Annotated[str, typer.Argument(help="vk:club1, vk:tag, https://vk.com/name …")]


@app.command()
def add(
    slug: Slug,
    address: Annotated[list[str], typer.Argument(help="vk:club1, vk:tag, https://vk.com/name …")],
    person: Person,
    district: Annotated[str, typer.Option(help="The district that the place belongs to.")] = "",
) -> None:
    """Add one or several places to look at."""
    from relay.bootstrap import open_relay
    from relay.collect import places

    relay = open_relay()
    for each in address:
        source = places.add(relay, slug, each, district=district, person=person)
        say("{address}  {title}", address=source.address, title=source.title)


@app.command("list")
def listing(slug: Slug, json: AsJson = False) -> None:
    """The campaign's sources, their state and how far they are read."""
    from relay.bootstrap import open_relay
    from relay.collect import places

    _show(places.listing(open_relay(), slug), json=json)


@app.command()
def check(slug: Slug, json: AsJson = False) -> None:
    """Ask the networks now whether each source can be read."""
    from relay.bootstrap import open_relay
    from relay.collect import places

    _show(places.check(open_relay(), slug), json=json)


@app.command()
def pause(slug: Slug, address: Address, person: Person) -> None:
    """Leave a source out until it is resumed."""
    from relay.bootstrap import open_relay
    from relay.collect import places

    places.pause(open_relay(), slug, address, person=person)
    say("{address} is paused.", address=address)


@app.command()
def resume(slug: Slug, address: Address, person: Person) -> None:
    """Read a paused or closed source again."""
    from relay.bootstrap import open_relay
    from relay.collect import places

    places.resume(open_relay(), slug, address, person=person)
    say("{address} is active again.", address=address)


def crawl(
    slug: Slug,
    deep: Annotated[bool, typer.Option("--deep", help="Read the whole window again.")] = False,
    json: AsJson = False,
) -> None:
    """Sweep every active source now."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from relay.bootstrap import open_relay
    from relay.collect import crawl as crawling

    relay = open_relay()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(tongue()("sources"), total=None)
        sweeps = crawling.crawl(relay, slug, deep=deep, on_sweep=lambda _sweep: bar.advance(task))
    rows: list[dict[str, Any]] = [
        {
            "source": sweep.source_id,
            "complete": sweep.complete,
            "seen": sweep.posts_seen,
            "matched": sweep.posts_matched,
            "new": sweep.posts_new,
            "requests": sweep.requests,
            "fault": sweep.fault,
        }
        for sweep in sweeps
    ]
    if json:
        as_json(rows)
    else:
        say(
            "Sources read: {sources}. Posts seen: {seen}, with the tag: {matched}, new: {new}.",
            sources=len(rows),
            **{count: sum(row[count] for row in rows) for count in ("seen", "matched", "new")},
        )
    faults = [row["fault"] for row in rows if not row["complete"]]
    if faults:
        fail(
            "Sources that could not be read: {failed} of {all}. {fault}",
            failed=len(faults),
            all=len(rows),
            fault=faults[0],
        )


def _show(rows: list[dict[str, object]], *, json: bool) -> None:
    if json:
        as_json(rows)
        return
    table(
        ["id", "address", "title", "state", "last sweep", "reason"],
        (
            [
                row["id"],
                row["address"],
                row["title"],
                worded(row["state"], ours=True),
                worded(row["last_sweep"]),
                worded(row["reason"], ours=True),
            ]
            for row in rows
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
