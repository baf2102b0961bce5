"""What the commands share in speaking to people and to programs: tables, JSON, errors, the name for the record."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Annotated, Any, NoReturn

import typer

from relay.errors import RelayError


def system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
Person = Annotated[str, typer.Option("--as", help="Who does this, for the record.", default_factory=system_user)]
Slug = Annotated[str, typer.Argument(help="The campaign's short name.")]


def as_json(document: Any) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, default=str) + "\n")


@cache
def tongue() -> Callable[[str], str]:
    """Translates our own sentences into the language of RELAY_LANGUAGE."""
    from relay.config import load_settings
    from relay.web.texts import translator

    try:
        language = load_settings().language
    except RelayError:
        language = "en"
    return translator(language).gettext


def say(sentence: str = "", **words: object) -> None:
    """A line on stdout: `sentence` is a message id of the catalogue, `words` fill it."""
    typer.echo(tongue()(sentence).format(**words).rstrip() if sentence else "")


def fail(sentence: str, **words: object) -> NoReturn:
    """The one line on stderr, and exit code 1."""
    stop(RelayError(sentence, hint="", **words))


def stop(error: RelayError) -> NoReturn:
    typer.secho(error.line_in(tongue()), fg="red" if sys.stderr.isatty() else None, err=True)
    sys.exit(1)


def in_words(command: Any, translate: Callable[[str], str]) -> None:
    """Puts the help of a command and of all below it into another language."""
    if command.help:
        command.help = translate(command.help)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translate(parameter.help)
    for below in getattr(command, "commands", {}).values():
        in_words(below, translate)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A plain table on the terminal; `empty` is said when there is nothing to list."""
    from rich.console import Console
    from rich.table import Table

    listed = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not listed:
        say(empty)
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        drawn.add_column(tongue()(name), overflow="fold")
    for row in listed:
        drawn.add_row(*_plain(row))
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(drawn)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Name and value, one pair a line, the names in one column."""
    listed = [(tongue()(name), "" if value is None else str(value)) for name, value in pairs]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        typer.echo(f"{name:<{width}}  {value}".rstrip())


def _plain(cells: Sequence[str]) -> list[str]:
    """A stranger's text must not be read as markup, nor steer the terminal."""
    from rich.markup import escape

    return [escape("".join(sign if sign.isprintable() else " " for sign in cell)) for cell in cells]
