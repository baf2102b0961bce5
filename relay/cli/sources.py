from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from relay.cli.terminal.show import AsJson, Person, Slug, as_json, fail, figure, say, table, tongue, worded
from relay.language.sentence import as_sentence

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
    from relay.collect import sources

    relay = open_relay()
    for each in address:
        source = sources.add(relay, slug, each, district=district, person=person)
        say("{address}  {title}", address=source.address, title=source.title)


@app.command("list")
def listing(slug: Slug, json: AsJson = False) -> None:
    """The campaign's sources, their state and how far they are read."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    _show(sources.listing(open_relay(), slug), json=json)


@app.command()
def check(slug: Slug, json: AsJson = False) -> None:
    """Ask the networks now whether each source can be read."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    _show(sources.check(open_relay(), slug), json=json)


@app.command()
def pause(slug: Slug, address: Address, person: Person) -> None:
    """Leave a source out until it is resumed."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    sources.pause(open_relay(), slug, address, person=person)
    say("{address} is paused.", address=address)


@app.command()
def resume(slug: Slug, address: Address, person: Person) -> None:
    """Read a paused or closed source again."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    sources.resume(open_relay(), slug, address, person=person)
    say("{address} is active again.", address=address)


@app.command()
def plan(slug: Slug, json: AsJson = False) -> None:
    """How often each source is read, what that spends of the daily quotas, and what more tokens would change."""
    from relay.bootstrap import open_relay
    from relay.collect import schedule
    from relay.web.wording import source_title

    shown = schedule.show(open_relay(), slug)
    if json:
        as_json(shown)
        return
    table(
        ["id", "address", "title", "posts an hour", "minutes by day", "minutes by night", "calls a day"],
        (
            [row["id"], row["address"], source_title(row, tongue())]
            + [figure(row[name]) for name in ("posts_per_hour", "interval_minutes", "night_minutes", "calls_per_day")]
            for row in shown["sources"]
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
    for quota in shown["quotas"]:
        _say_quota(quota)
    for budget in shown["comments"]:
        say()
        say("{network}, comments: {spent} calls in the last 24 hours, of {planned_share} a day at most.", **budget)


def crawl(
    slug: Slug,
    deep: Annotated[bool, typer.Option("--deep", help="Read the whole window again.")] = False,
    comments: Annotated[
        bool, typer.Option("--comments", help="Look into comments too, where the campaign doesn't do so anyway.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Sweep every active source now."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from relay.bootstrap import open_relay
    from relay.collect import crawl as crawling

    relay = open_relay()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(tongue()("sources"), total=None)
        sweeps = crawling.crawl(relay, slug, deep=deep, comments=comments, on_sweep=lambda _sweep: bar.advance(task))
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
            fault=as_sentence(faults[0]),
        )


def coverage(slug: Slug, json: AsJson = False) -> None:
    """What was read of each source, where holes are, and how much both channels missed."""
    from relay.bootstrap import open_relay
    from relay.collect.ledger import coverage as ledger
    from relay.web.wording import HOLES, source_title

    found = ledger.report(open_relay(), slug)
    if json:
        as_json(found)
        return
    table(
        ["id", "address", "covered", "read", "with the tag", "fetched", "refused", "hidden", "holes"],
        (
            [
                row["id"],
                row["address"],
                f"{figure(100 * row['covered'])} %",
                *(
                    sum(day[name] for day in row["days"])
                    for name in ("read", "matched", "fetched", "refused", "hidden")
                ),
                len(row["holes"]),
            ]
            for row in found["sources"]
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
    for row in found["sources"]:
        for hole in row["holes"]:
            say(
                "{source}: not read from {begin} to {end}. {why} {reason}",
                source=source_title(row, tongue()),
                begin=worded(hole["from"]),
                end=worded(hole["to"]),
                why=tongue()(HOLES[hole["why"]]),
                reason=worded(hole["reason"], ours=True),
            )
    for row in found["sources"]:
        if row["not_shown"]:
            say(
                "{source}: posts that the public page does not show: {count}. Open them, and hand in those that are "
                "ours with relay post add: {links}",
                source=source_title(row, tongue()),
                count=len(row["not_shown"]),
                links=" ".join(row["not_shown"][:5]),
            )
    if found["without_video"]:
        say(
            "Posts with the tag and no video that can be fetched: {count}. See: relay post list {slug} --without-video",
            count=found["without_video"],
            slug=slug,
        )
    estimate = found["estimate"]
    if estimate is None:
        say("How much both channels missed can't be told: nothing was found by the walls and by the search as well.")
        return
    say(
        "On the listed walls {found} posts were found; about {missed:.0f} were missed by walls and search alike "
        "(95 % sure: {missed_low:.0f} to {missed_high:.0f}), if one channel does not depend on the other.",
        **estimate,
    )


def recheck(slug: Slug, json: AsJson = False) -> None:
    """Look now whether the posts of all clips are still there."""
    from dataclasses import asdict
    from datetime import timedelta

    from relay.bootstrap import open_relay
    from relay.collect import campaigns
    from relay.collect import recheck as checking

    relay = open_relay()
    campaigns.get(relay, slug)
    done = checking.recheck(relay, slug, within=timedelta())
    if json:
        as_json(asdict(done))
    else:
        say(
            "Posts looked up: {posts}. Gone: {lost}. Clips that may have been withdrawn: {doubted}.",
            posts=done.posts,
            lost=done.lost,
            doubted=done.doubted,
        )
    if done.faults:
        fail("Not every post could be looked up. {fault}", fault=as_sentence(done.faults[0]))


def _say_quota(row: dict[str, Any]) -> None:
    from relay.web.wording import QUOTAS

    numbers = ("calls_per_day", "interval_minutes", "with_one_token_more", "with_one_source_more")
    quota = row | {name: figure(row[name]) for name in numbers} | {"kind": tongue()(QUOTAS[row["kind"]])}
    say()
    if quota["quota"] is None:
        say("{network}, {kind}: {calls_per_day} calls a day; this network counts none.", **quota)
        return
    if quota["ours"]:
        say(
            "{network}, {kind}: {calls_per_day} calls a day planned of {planned_share} that Relay allows itself.",
            **quota,
        )
        say("{spent} were made in the last 24 hours. The typical interval is {interval_minutes} minutes:", **quota)
        say("with one source more {with_one_source_more}.", **quota)
        return
    say("{network}, {kind}: {calls_per_day} calls a day planned of {planned_share}, out of {quota} allowed.", **quota)
    say("{spent} were made in the last 24 hours. The typical interval is {interval_minutes} minutes:", **quota)
    say("with one token more {with_one_token_more}, with one source more {with_one_source_more}.", **quota)


def _show(rows: list[dict[str, object]], *, json: bool) -> None:
    from relay.web.wording import source_title

    if json:
        as_json(rows)
        return
    table(
        ["id", "address", "title", "state", "last sweep", "reason"],
        (
            [
                row["id"],
                row["address"],
                source_title(row, tongue()) if row["title"] else "",
                worded(row["state"], ours=True),
                worded(row["last_sweep"]),
                worded(row["reason"], ours=True),
            ]
            for row in rows
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
