from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal import complete
from relay.cli.terminal.asking import tell
from relay.cli.terminal.show import (
    AsJson,
    OnlySlug,
    Person,
    Slug,
    as_json,
    fail,
    figure,
    plain,
    say,
    table,
    tongue,
    worded,
)
from relay.errors import Refused, RelayError
from relay.language.sentence import prefixed

if TYPE_CHECKING:
    from relay.collect.leading.pasting import PastedLine
    from relay.collect.sources import SourceView
    from relay.context import Relay

app = typer.Typer(help="The places where posts are looked for.", no_args_is_help=True)
Address = Annotated[
    str, typer.Argument(help="vk:club1, vk:tag, https://vk.com/name …", autocompletion=complete.sources)
]


@app.command()
def add(
    slug: Slug,
    address: Annotated[list[str], typer.Argument(help="vk:club1, vk:tag, https://vk.com/name …")],
    person: Person,
    district: Annotated[str, typer.Option(help="The district that the place belongs to.")] = "",
) -> None:
    """Add one or several places to look at. One that can't be added stops none of the others; repeating it is safe."""
    from relay.bootstrap import open_relay
    from relay.collect.leading import pasting

    relay = open_relay()
    wanted = [pasting.Pasted(each.strip()) for each in address]
    failed = [
        line.written
        for line in pasting.add_all(relay, slug, wanted, person=person, here=True, district=district)
        if not _told(line, relay)
    ]
    if len(failed) > 1:
        fail("Not added: {places}", places=", ".join(failed))
    if failed:
        sys.exit(1)


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """The campaign's sources, their state and how far they are read."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    _show(sources.listing(open_relay(), slug), json=json)


@app.command()
def check(slug: OnlySlug, json: AsJson = False) -> None:
    """Ask the networks now whether each source can be read."""
    from relay.bootstrap import open_relay
    from relay.collect import sources

    found = sources.look_over(open_relay(), slug)
    _show(found.sources, json=json)
    if found.unread:
        fail("Sources that can't be read now: {addresses}", addresses=", ".join(found.unread))


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
def plan(slug: OnlySlug, json: AsJson = False) -> None:
    """How often each source is read, what that spends of the daily quotas, and what more tokens would change."""
    from relay.bootstrap import open_relay
    from relay.collect import schedule
    from relay.web.words import readings
    from relay.web.words.wording import source_title

    shown = schedule.show(open_relay(), slug)
    if json:
        as_json(shown)
        return
    table(
        ["id", "address", "title", "posts an hour", "minutes by day", "minutes by night", "calls a day"],
        (
            [row.id, row.address, source_title(row, tongue())]
            + [
                figure(getattr(row, name))
                for name in ("posts_per_hour", "interval_minutes", "night_minutes", "calls_per_day")
            ]
            for row in shown.sources
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
    for lines in readings.quotas_told(shown, tongue(), figure):
        say()
        for line in lines:
            typer.echo(plain(line))


def _told(line: PastedLine, relay: Relay) -> bool:
    """What became of one address, a bad one on stderr; whether all is well with it."""
    from relay.collect.leading.pasting import PasteOutcome
    from relay.web.words.campaigns import PASTED

    if line.is_fine:
        words = {"address": line.address, "title": tongue()(line.title)}
        if line.outcome is PasteOutcome.found:
            say("{address}  {title}", **words)
        else:
            say("{address}  {title}  (it was there already)", **words)
        return True
    if line.why:
        tell(RelayError(line.why))
    elif line.outcome is PasteOutcome.unknown:
        known = ", ".join(f"{name}:…" for name in relay.sources)
        words = {"address": line.written, "known": known}
        tell(Refused("{address} belongs to no network that Relay reads.", hint="Known are: {known}", **words))
    else:
        tell(RelayError(prefixed(line.written, PASTED[line.outcome])))
    return False


def _show(rows: list[SourceView], *, json: bool) -> None:
    from relay.web.words.wording import source_title

    if json:
        as_json(rows)
        return
    table(
        ["id", "address", "title", "state", "last sweep", "reason"],
        (
            [
                row.id,
                row.address,
                source_title(row, tongue()) if row.title else "",
                worded(row.state, ours=True),
                worded(row.last_sweep),
                worded(row.reason, ours=True),
            ]
            for row in rows
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
