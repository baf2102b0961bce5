from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say, table

app = typer.Typer(help="Emblems of organizers and partners.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]
Number = Annotated[int, typer.Argument(help="The emblem's number.")]


@app.command("add")
def add(slug: Slug, file: File, person: Person, title: Annotated[str, typer.Option(help="Whose it is.")] = "") -> None:
    """Take in an emblem: PNG with a transparent ground, SVG, WebP or JPEG."""
    from relay.almanac.assets import emblems
    from relay.bootstrap import open_relay

    row = emblems.add(open_relay(), slug, file, title=title, person=person)
    say("Emblem {number} is in: {width}×{height}.", number=row.id, width=row.width, height=row.height)


@app.command("list")
def listing(slug: Slug, json: AsJson = False) -> None:
    """The campaign's emblems."""
    from relay.almanac.assets import emblems
    from relay.bootstrap import open_relay

    rows = emblems.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["id", "title", "size"],
        ([row.id, row.title, f"{row.width}×{row.height}"] for row in rows),
        empty="No emblems yet. Take one in: relay emblem add CAMPAIGN FILE",
    )


@app.command("remove")
def remove(slug: Slug, number: Number, person: Person) -> None:
    """Throw an emblem away that stands nowhere."""
    from relay.almanac.assets import emblems
    from relay.bootstrap import open_relay

    emblems.remove(open_relay(), slug, number, person=person)
    say("Emblem {number} is gone.", number=number)
