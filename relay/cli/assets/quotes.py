from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, say, table

app = typer.Typer(help="The campaign's selection of texts.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]


@app.command("add")
def add(
    slug: Slug,
    text: Annotated[str, typer.Argument(help="The text.")],
    number: Annotated[str, typer.Option(help="As the selection counts it (default: the next one).")] = "",
    author: Annotated[str, typer.Option(help="Whose words they are.")] = "",
    link: Annotated[str, typer.Option(help="The collection's page of the text.")] = "",
) -> None:
    """Add a text to the selection."""
    from relay.almanac.assets import quotes
    from relay.bootstrap import open_relay

    row = quotes.add(open_relay(), slug, text, number=number, author=author, link=link)
    say("Quote {number} is in.", number=row.number)


@app.command("import")
def import_table(slug: Slug, file: File, json: AsJson = False) -> None:
    """Take in a table of texts: CSV (number, text, author, link) or JSON."""
    from relay.almanac.assets import quotes
    from relay.bootstrap import open_relay

    told = quotes.import_table(open_relay(), slug, file)
    if json:
        as_json({"added": told.added, "changed": told.changed, "same": told.same})
        return
    say(
        "Quotes added: {added}, changed: {changed}, as they were: {same}.",
        added=told.added,
        changed=told.changed,
        same=told.same,
    )


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """The selection."""
    from relay.almanac.assets import quotes
    from relay.bootstrap import open_relay

    rows = quotes.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["number", "text", "author", "link"],
        ([row.number, row.text, row.author, row.link] for row in rows),
        empty="No quotes yet. Take some in: relay quote import CAMPAIGN FILE",
    )


@app.command("remove")
def remove(
    slug: Slug, number: Annotated[str, typer.Argument(help="As the selection counts it.")], person: Person
) -> None:
    """Throw a text away that nobody reads and that is in no film."""
    from relay.almanac.assets import quotes
    from relay.bootstrap import open_relay

    quotes.remove(open_relay(), slug, number, person=person)
    say("Quote {number} is gone.", number=number)
