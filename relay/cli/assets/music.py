from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, figure, say, table

app = typer.Typer(help="Music that is cleared for films.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]


@app.command("add")
def add(
    slug: Slug,
    file: File,
    person: Person,
    title: Annotated[str, typer.Option(help="It stands in the credits.")] = "",
    author: Annotated[str, typer.Option(help="Composer, performers.")] = "",
    cleared: Annotated[str, typer.Option(help="The licence or agreement that allows it, word for word.")] = "",
) -> None:
    """Take in a piece of music that may be used."""
    from relay.almanac.assets import music
    from relay.bootstrap import open_relay

    row = music.add(open_relay(), slug, file, title=title, author=author, cleared=cleared, person=person)
    say("Music {number} is in: {seconds:.0f} s.", number=row.id, seconds=row.seconds)


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """The campaign's cleared music."""
    from relay.almanac.assets import music
    from relay.bootstrap import open_relay

    rows = music.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["id", "title", "author", "seconds", "cleared"],
        ([row.id, row.title, row.author, figure(row.seconds, 0), row.cleared] for row in rows),
        empty="No music yet. Take some in: relay music add CAMPAIGN FILE --title … --cleared …",
    )


@app.command("remove")
def remove(slug: Slug, number: Annotated[int, typer.Argument(help="The number of the piece.")], person: Person) -> None:
    """Throw a piece away that is in no film."""
    from relay.almanac.assets import music
    from relay.bootstrap import open_relay

    music.remove(open_relay(), slug, number, person=person)
    say("Music {number} is gone.", number=number)
