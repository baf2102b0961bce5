"""How films look and sound: themes, and the style of one."""

from __future__ import annotations

from typing import Annotated

import typer

from relay import views
from relay.cli.almanac.films import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, facts, table, tongue

Optional = str | None


def themes(json: AsJson = False) -> None:
    """The looks that a film can have."""
    from relay.almanac.assets import theme_list
    from relay.config import load_settings

    rows = theme_list.listing()
    if json:
        as_json(rows)
        return
    spoken = load_settings().language
    table(
        ["theme", "title", "about"],
        ([one.name, one.title.get(spoken, one.title["en"]), one.about.get(spoken, one.about["en"])] for one in rows),
        empty="There are no themes.",
    )


def templates(json: AsJson = False) -> None:
    """What a new film may begin with: relay almanac new CAMPAIGN NAME --template …"""
    from relay.almanac.assets import film_templates
    from relay.config import load_settings

    known = film_templates.templates()
    if json:
        as_json(
            [
                {"name": one.name, "title": one.title, "about": one.about, "asks": one.asks, "rules": one.rules,
                 "style": one.style}
                for one in known
            ]
        )  # fmt: skip
        return
    spoken = load_settings().language
    table(
        ["template", "title", "about"],
        ([one.name, one.title.get(spoken, one.title["en"]), one.about.get(spoken, one.about["en"])] for one in known),
        empty="There are no templates.",
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
    origins: Annotated[Optional, typer.Option(help="shown: where texts are from stands with the name; hidden.")] = None,
    language: Annotated[Optional, typer.Option(help="The language of the cards; or none for the campaign's.")] = None,
    names: Annotated[Optional, typer.Option(help="How adults are named: full, initials or first.")] = None,
    children: Annotated[Optional, typer.Option(help="How children are named: full, initials or first.")] = None,
    accent: Annotated[Optional, typer.Option(help="A colour like #d6b270 instead of the theme's; or none.")] = None,
    ground: Annotated[Optional, typer.Option(help="The ground of the cards, like #09101e; or none.")] = None,
    letters: Annotated[Optional, typer.Option(help="The theme whose letters the cards have; or none.")] = None,
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
        origins=origins,
        language=language,
        names=names,
        children=children,
        accent=accent,
        ground=ground,
        letters=letters,
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
    facts(views.as_json(found).items())


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
