"""How films look and sound: themes, style, the cards between clips; quotes, pictures and music of a campaign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from relay.cli.almanac import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, facts, figure, say, table, tongue
from relay.models import CaptionOrigin

quote = typer.Typer(help="The campaign's selection of texts.", no_args_is_help=True)
picture = typer.Typer(help="Archive pictures for films.", no_args_is_help=True)
music = typer.Typer(help="Music that is cleared for films.", no_args_is_help=True)
card = typer.Typer(help="What stands between the clips of a film.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]
Optional = str | None


def themes(json: AsJson = False) -> None:
    """The looks that a film can have."""
    from relay.almanac.cards import themes as known
    from relay.config import load_settings

    rows = [
        {"name": one.name, "title": one.title, "about": one.about, "clips": one.clips, "chapters": one.chapters}
        for one in known.themes()
    ]
    if json:
        as_json(rows)
        return
    spoken = load_settings().language
    table(
        ["theme", "title", "about"],
        (
            [one.name, one.title.get(spoken, one.title["en"]), one.about.get(spoken, one.about["en"])]
            for one in known.themes()
        ),
        empty="There are no themes.",
    )


def style(
    slug: Slug,
    name: Name,
    person: Person,
    theme: Annotated[Optional, typer.Option(help="A theme; see relay almanac themes.")] = None,
    shape: Annotated[str, typer.Option("--format", help="16:9, 9:16, 1:1, 4:5 or 4:3.")] = "",
    size: Annotated[str, typer.Option(help="The shorter side: 720, 1080, 1440, 2160 or 4k.")] = "",
    loudness: Annotated[float | None, typer.Option(help="LUFS: -16 for the web, -23 for broadcast.")] = None,
    transition: Annotated[
        Optional, typer.Option(help="Between clips: dissolve, cut, dip, or none for the theme's.")
    ] = None,
    into: Annotated[list[str] | None, typer.Option(help="CLIP=dissolve|cut|dip: the way into one clip.")] = None,
    captions: Annotated[
        Optional, typer.Option(help="Languages that the film carries as tracks: ru,en; or none.")
    ] = None,
    burn: Annotated[Optional, typer.Option(help="The language that is drawn into the picture; or none.")] = None,
    track: Annotated[Optional, typer.Option("--music", help="The number of a cleared piece; or none.")] = None,
    under: Annotated[Optional, typer.Option(help="Where the music is heard: film or cards.")] = None,
    framing: Annotated[Optional, typer.Option(help="faces: cut to the frame around them; whole: never cut.")] = None,
    credits: Annotated[Optional, typer.Option(help="all: every accepted participant; film: those in it.")] = None,
    title: Annotated[Optional, typer.Option(help="What stands on the opening card.")] = None,
    subtitle: Annotated[Optional, typer.Option(help="What stands below the title.")] = None,
    json: AsJson = False,
) -> None:
    """Set how an almanac looks and sounds; without options, show it."""
    from relay.almanac import formats
    from relay.almanac.assets import styles
    from relay.bootstrap import open_relay

    relay = open_relay()
    wanted = styles.Change(
        theme=theme,
        format=formats.read(shape, size, 0, loudness) if shape or size or loudness is not None else None,
        transition=transition,
        into=_ways(into),
        captions=None if captions is None else _languages(captions),
        burn=burn,
        music=track,
        under=under,
        framing=framing,
        credits=credits,
        title=title,
        subtitle=subtitle,
    )
    if wanted == styles.Change():
        found = styles.show(relay, slug, name)
    else:
        found = styles.change(relay, slug, name, wanted, person=person)
    if json:
        as_json(found)
        return
    facts(found.items())


def _ways(into: list[str] | None) -> dict[int, str] | None:
    if not into:
        return None
    ways = {}
    for said in into:
        clip, _, way = said.partition("=")
        if not clip.strip().isdecimal() or not way:
            raise typer.BadParameter(tongue()("Write it as CLIP=dissolve, CLIP=cut or CLIP=dip."))
        ways[int(clip)] = way.strip()
    return ways


def _languages(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))


# --- cards ----------------------------------------------------------------------------------------------------------


@card.command("add")
def card_add(
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


@card.command("list")
def card_list(slug: Slug, name: Name, json: AsJson = False) -> None:
    """The cards of a film."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    rows = cards.listing(open_relay(), slug, name)
    if json:
        as_json(rows)
        return
    table(
        ["id", "what", "before", "words", "seconds"],
        ([row["id"], tongue()(row["kind"]), row["before"], _said(row["words"]), row["seconds"] or ""] for row in rows),
        empty="No cards. Put one in: relay almanac card add CAMPAIGN NAME chapter --title …",
    )


@card.command("remove")
def card_remove(
    slug: Slug, name: Name, number: Annotated[int, typer.Argument(help="The card's number.")], person: Person
) -> None:
    """Take a card out."""
    from relay.almanac.assets import cards
    from relay.bootstrap import open_relay

    cards.remove(open_relay(), slug, name, number, person=person)
    say("Card {number} is out of {name}.", number=number, name=name)


def _said(words: dict[str, str]) -> str:
    text = " · ".join(words.values())
    return text if len(text) <= 80 else f"{text[:79]}…"


# --- quotes ---------------------------------------------------------------------------------------------------------


@quote.command("add")
def quote_add(
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


@quote.command("import")
def quote_import(slug: Slug, file: File, json: AsJson = False) -> None:
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


@quote.command("list")
def quote_list(slug: Slug, json: AsJson = False) -> None:
    """The selection."""
    from relay.almanac.assets import quotes
    from relay.bootstrap import open_relay

    rows = quotes.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["number", "text", "author", "link"],
        ([row["number"], row["text"], row["author"], row["link"]] for row in rows),
        empty="No quotes yet. Take some in: relay quote import CAMPAIGN FILE",
    )


# --- pictures and music -----------------------------------------------------------------------------------------------


@picture.command("add")
def picture_add(
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


@picture.command("list")
def picture_list(slug: Slug, json: AsJson = False) -> None:
    """The campaign's archive pictures."""
    from relay.almanac.assets import pictures
    from relay.bootstrap import open_relay

    rows = pictures.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["id", "title", "source", "size"],
        ([row["id"], row["title"], row["source"], f"{row['width']}×{row['height']}"] for row in rows),
        empty="No pictures yet. Take one in: relay picture add CAMPAIGN FILE --source …",
    )


@music.command("add")
def music_add(
    slug: Slug,
    file: File,
    person: Person,
    title: Annotated[str, typer.Option(help="It stands in the credits.")] = "",
    author: Annotated[str, typer.Option(help="Composer, performers.")] = "",
    cleared: Annotated[str, typer.Option(help="The licence or agreement that allows it, word for word.")] = "",
) -> None:
    """Take in a piece of music that may be used."""
    from relay.almanac.assets import music as pieces
    from relay.bootstrap import open_relay

    row = pieces.add(open_relay(), slug, file, title=title, author=author, cleared=cleared, person=person)
    say("Music {number} is in: {seconds:.0f} s.", number=row.id, seconds=row.seconds)


@music.command("list")
def music_list(slug: Slug, json: AsJson = False) -> None:
    """The campaign's cleared music."""
    from relay.almanac.assets import music as pieces
    from relay.bootstrap import open_relay

    rows: list[dict[str, Any]] = pieces.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["id", "title", "author", "seconds", "cleared"],
        ([row["id"], row["title"], row["author"], figure(row["seconds"], 0), row["cleared"]] for row in rows),
        empty="No music yet. Take some in: relay music add CAMPAIGN FILE --title … --cleared …",
    )


# --- captions -------------------------------------------------------------------------------------------------------


ESTIMATED = "When each sentence is read could not be told: the times are estimated. Look at them before the film."


def caption(
    clip: Annotated[int, typer.Argument(help="The clip's number.")],
    person: Person,
    file: Annotated[Path | None, typer.Argument(help="An SRT or WebVTT file.", exists=True, dir_okay=False)] = None,
    language: Annotated[str, typer.Option(help="In two letters: ru, en.")] = "ru",
    from_quote: Annotated[
        bool, typer.Option("--from-quote", help="The text of the quote, each sentence when it is read.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take them away.")] = False,
    json: AsJson = False,
) -> None:
    """Give a clip captions; with nothing but its number, show those it has."""
    from relay.almanac.assets import captions
    from relay.bootstrap import open_relay

    relay = open_relay()
    if file is not None:
        captions.from_file(relay, clip, file, language=language, person=person)
    elif from_quote:
        made = captions.from_quote(relay, clip, language=language, person=person)
        if made.origin != CaptionOrigin.reading:
            typer.echo(tongue()(ESTIMATED), err=True)
    elif remove:
        captions.drop(relay, clip, language=language, person=person)
    rows = captions.listing(relay, clip)
    if json:
        as_json(rows)
        return
    table(
        ["language", "from", "to", "text"],
        (
            [row["language"], figure(cue["from"], 2), figure(cue["to"], 2), cue["text"].replace("\n", " / ")]
            for row in rows
            for cue in row["cues"]
        ),
        empty="This clip has no captions.",
    )
