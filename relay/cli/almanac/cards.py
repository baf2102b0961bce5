"""Cards between the clips of a film."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from relay.cli.almanac.films import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say, table, tongue

app = typer.Typer(help="What stands between the clips of a film.", no_args_is_help=True)
Number = Annotated[int, typer.Argument(help="The card's number.")]


@app.command("add")
def add(
    slug: Slug,
    name: Name,
    kind: Annotated[str, typer.Argument(help="chapter, quote, place or picture.")],
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
    date: Annotated[str, typer.Option(help="When: of a card with a place.")] = "",
    where: Annotated[str, typer.Option("--place", help="Where: of a card with a place.")] = "",
    seconds: Annotated[float, typer.Option(help="How long it stands (default: as long as it takes to read).")] = 0.0,
) -> None:
    """Put a chapter, a quote, a place or a picture between clips."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    words = {"title": title, "text": text, "above": above, "author": author, "link": link, "source": source,
             "date": date, "place": where}  # fmt: skip
    made = cards.add(
        open_relay(), slug, name, kind,
        words=words, before=before, quote=number, picture=image, seconds=seconds, person=person,
    )  # fmt: skip
    say("Card {number} is in {name}.", number=made.id, name=name)


@app.command("edit")
def edit(
    slug: Slug,
    name: Name,
    number: Number,
    person: Person,
    word: Annotated[
        list[str] | None,
        typer.Option(
            help="name=text, again for each: title, text, above, author, link, date, place, source, title.fr …"
        ),
    ] = None,
    seconds: Annotated[float | None, typer.Option(help="How long it stands; 0: as long as it takes to read.")] = None,
) -> None:
    """Change words of a card; those that are not named stay, an empty text takes one away."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    relay = open_relay()
    there = next((one for one in cards.listing(relay, slug, name) if one.id == number), None)
    words = {**(there.words if there is not None else {}), **_words(word)}
    lasts = seconds if seconds is not None else there.seconds if there is not None else 0.0
    cards.edit(relay, slug, name, number, words=words, seconds=lasts, person=person)
    say("Card {number} is changed.", number=number)


@app.command("move")
def move(
    slug: Slug,
    name: Name,
    number: Number,
    person: Person,
    before: Annotated[
        int | None, typer.Option(help="The clip that it comes to stand before (default: the end).")
    ] = None,
) -> None:
    """Put a card somewhere else."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    cards.move(open_relay(), slug, name, number, before=before, person=person)
    say("Card {number} is moved.", number=number)


@app.command("undo")
def undo(slug: Slug, name: Name, person: Person) -> None:
    """Take the last change of the cards, the titles or the style back."""
    from relay.almanac.assets import looks
    from relay.bootstrap import open_relay

    did = looks.undo(open_relay(), slug, name, person=person)
    say("Taken back: {did}", did=tongue()(did))


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
def remove(slug: Slug, name: Name, number: Number, person: Person) -> None:
    """Take a card out."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    cards.remove(open_relay(), slug, name, number, person=person)
    say("Card {number} is out of {name}.", number=number, name=name)


def _words(given: list[str] | None) -> dict[str, str]:
    words = {}
    for said in given or ():
        part, equals, text = said.partition("=")
        if not equals:
            raise typer.BadParameter(tongue()("Write it as name=text."))
        words[part.strip()] = text
    return words


def _said(words: Mapping[str, str]) -> str:
    text = " · ".join(words.values())
    return text if len(text) <= 80 else f"{text[:79]}…"
