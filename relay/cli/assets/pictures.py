from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, say, table

app = typer.Typer(help="Archive pictures for films.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]


@app.command("add")
def add(
    slug: Slug,
    file: File,
    person: Person,
    source: Annotated[str, typer.Option(help="The line that says where it is from; it stands in the film.")] = "",
    title: Annotated[str, typer.Option(help="What it shows.")] = "",
) -> None:
    """Take in an archive picture."""
    from relay.almanac.assets import pictures
    from relay.bootstrap import open_relay

    row = pictures.add(open_relay(), slug, file, source=source, title=title, person=person)
    say("Picture {number} is in: {width}×{height}.", number=row.id, width=row.width, height=row.height)


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """The campaign's archive pictures."""
    from relay.almanac.assets import pictures
    from relay.bootstrap import open_relay

    rows = pictures.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["id", "title", "source", "size"],
        ([row.id, row.title, row.source, f"{row.width}×{row.height}"] for row in rows),
        empty="No pictures yet. Take one in: relay picture add CAMPAIGN FILE --source …",
    )


@app.command("remove")
def remove(
    slug: Slug, number: Annotated[int, typer.Argument(help="The number of the picture.")], person: Person
) -> None:
    """Throw a picture away that is in no film."""
    from relay.almanac.assets import pictures
    from relay.bootstrap import open_relay

    pictures.remove(open_relay(), slug, number, person=person)
    say("Picture {number} is gone.", number=number)
