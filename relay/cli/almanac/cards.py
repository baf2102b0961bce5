"""Cards between the clips of a film."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from relay.cli.almanac.films import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say, table, tongue

app = typer.Typer(help="What stands between the clips of a film.", no_args_is_help=True)


@app.command("add")
def add(
    slug: Slug,
    name: Name,
    kind: Annotated[str, typer.Argument(help="chapter, quote or picture.")],
    person: Person,
    before: Annotated[
        int | None, typer.Option(help="The clip that it stands before (default: after the last).")
    ] = None,
    title: Annotated[str, typer.Option(help="Of a chapter, or what a picture shows.")] = "",
    text: Annotated[str, typer.Option(help="Of a quote, or a line under a chapter's title.")] = "",
    above: Annotated[str, typer.Option(help="A short line over a chapter's title.")] = "",
    author: Annotated[str, typer.Option(help="Of a quote.")] = "",
    link: Annotated[str, typer.Option(help="Of a quote; it becomes a code to scan.")] = "",
    number: Annotated[str, typer.Option("--quote", help="A quote of the campaign, by its number.")] = "",
    image: Annotated[int | None, typer.Option("--picture", help="A picture of the campaign, by its number.")] = None,
    source: Annotated[str, typer.Option(help="Where a picture is from, if other than its own line.")] = "",
    seconds: Annotated[float, typer.Option(help="How long it stands (default: as long as it takes to read).")] = 0.0,
) -> None:
    """Put a chapter, a quote or a picture between clips."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    words = {"title": title, "text": text, "above": above, "author": author, "link": link, "source": source}
    made = cards.add(
        open_relay(), slug, name, kind,
        words=words, before=before, quote=number, picture=image, seconds=seconds, person=person,
    )  # fmt: skip
    say("Card {number} is in {name}.", number=made.id, name=name)


@app.command("list")
def listing(slug: Slug, name: Name, json: AsJson = False) -> None:
    """The cards of a film."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    rows = cards.listing(open_relay(), slug, name)
    if json:
        as_json(rows)
        return
    table(
        ["id", "what", "before", "words", "seconds"],
        ([row.id, tongue()(row.kind), row.before, _said(row.words), row.seconds or ""] for row in rows),
        empty="No cards. Put one in: relay almanac card add CAMPAIGN NAME chapter --title …",
    )


@app.command("remove")
def remove(
    slug: Slug, name: Name, number: Annotated[int, typer.Argument(help="The card's number.")], person: Person
) -> None:
    """Take a card out."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    cards.remove(open_relay(), slug, name, number, person=person)
    say("Card {number} is out of {name}.", number=number, name=name)


def _said(words: Mapping[str, str]) -> str:
    text = " · ".join(words.values())
    return text if len(text) <= 80 else f"{text[:79]}…"
