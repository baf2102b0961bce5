"""Who stands behind the films of a campaign, or behind one film: lines with heading, name and emblem, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say, table

if TYPE_CHECKING:
    from relay.almanac.assets.backers import CreditEntry, CreditsView

campaign = typer.Typer(help="Organizers and partners in the credits of a campaign's films.", no_args_is_help=True)
film = typer.Typer(help="Organizers and partners in the credits of one film.", no_args_is_help=True)

FilmName = Annotated[str, typer.Argument(help="The almanac's name.")]
Role = Annotated[str, typer.Option(help="The heading above it: organizers, partners, with the support of …")]
Name = Annotated[str, typer.Option(help="The name; may be left out where there is an emblem.")]
Emblem = Annotated[int | None, typer.Option(help="The number of an emblem; see relay emblem list.")]
Line = Annotated[int, typer.Argument(help="The line's place, counted from 1.")]
To = Annotated[int, typer.Option("--to", help="The place that it gets, counted from 1.")]


@campaign.command("list")
def listing(slug: Slug, json: AsJson = False) -> None:
    """The lines, in order."""
    from relay.almanac.assets import backers
    from relay.bootstrap import open_relay

    _show(backers.of_campaign(open_relay(), slug), json=json)


@campaign.command("add")
def add(slug: Slug, role: Role, person: Person, name: Name = "", emblem: Emblem = None) -> None:
    """Put a line at the end."""
    _change_campaign(slug, person, lambda lines: [*lines, _entry(role, name, emblem)])


@campaign.command("move")
def move(slug: Slug, line: Line, to: To, person: Person) -> None:
    """Put a line somewhere else."""
    from relay.almanac.assets import backers

    _change_campaign(slug, person, lambda lines: backers.moved(lines, line - 1, to - 1))


@campaign.command("remove")
def remove(slug: Slug, line: Line, person: Person) -> None:
    """Take a line out."""
    from relay.almanac.assets import backers

    _change_campaign(slug, person, lambda lines: backers.without(lines, line - 1))


@film.command("list")
def film_listing(slug: Slug, film_name: FilmName, json: AsJson = False) -> None:
    """The film's own lines, or those of its campaign."""
    from relay.almanac.assets import backers
    from relay.bootstrap import open_relay

    _show(backers.of_film(open_relay(), slug, film_name), json=json)


@film.command("add")
def film_add(
    slug: Slug, film_name: FilmName, role: Role, person: Person, name: Name = "", emblem: Emblem = None
) -> None:
    """Put a line at the end; from then on the film has lines of its own."""
    _change_film(slug, film_name, person, lambda lines: [*lines, _entry(role, name, emblem)])


@film.command("move")
def film_move(slug: Slug, film_name: FilmName, line: Line, to: To, person: Person) -> None:
    """Put a line somewhere else."""
    from relay.almanac.assets import backers

    _change_film(slug, film_name, person, lambda lines: backers.moved(lines, line - 1, to - 1))


@film.command("remove")
def film_remove(slug: Slug, film_name: FilmName, line: Line, person: Person) -> None:
    """Take a line out."""
    from relay.almanac.assets import backers

    _change_film(slug, film_name, person, lambda lines: backers.without(lines, line - 1))


@film.command("reset")
def film_reset(slug: Slug, film_name: FilmName, person: Person) -> None:
    """Give the film's own lines up: it has those of its campaign again."""
    from relay.almanac.assets import backers
    from relay.bootstrap import open_relay

    backers.set_film(open_relay(), slug, film_name, None, person=person)
    say("{name} has the lines of its campaign again.", name=film_name)


Rearrange = Callable[[list["CreditEntry"]], list["CreditEntry"]]


def _change_campaign(slug: str, person: str, rearrange: Rearrange) -> None:
    from relay.almanac.assets import backers
    from relay.bootstrap import open_relay

    relay = open_relay()
    there = backers.of_campaign(relay, slug)
    _show(backers.set_campaign(relay, slug, rearrange(list(there.lines)), person=person, seen=there.token))


def _change_film(slug: str, name: str, person: str, rearrange: Rearrange) -> None:
    from relay.almanac.assets import backers
    from relay.bootstrap import open_relay

    relay = open_relay()
    there = backers.of_film(relay, slug, name)
    _show(backers.set_film(relay, slug, name, rearrange(list(there.lines)), person=person, seen=there.token))


def _entry(role: str, name: str, emblem: int | None) -> CreditEntry:
    from relay.almanac.assets.backers import CreditEntry

    return CreditEntry(role, name, emblem)


def _show(found: CreditsView, *, json: bool = False) -> None:
    if json:
        as_json({"own": found.own, "lines": found.lines})
        return
    table(
        ["line", "role", "name", "emblem"],
        ([number, line.role, line.name, line.emblem or ""] for number, line in enumerate(found.lines, 1)),
        empty="Nobody stands there yet.",
    )
