"""What the commands share in speaking to people and to programs: tables, JSON, errors, the name for the record."""

from __future__ import annotations

import getpass
import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from relay import views
from relay.cli.terminal import complete
from relay.cli.terminal.complete import setting
from relay.cli.terminal.misuse import WRONG_USAGE
from relay.errors import RelayError
from relay.language.catalogue import N_
from relay.language.numbers import number
from relay.language.sentence import filled

NOBODY = frozenset({"", "root", "unknown"})
"""Users of the system who are no person: a protocol names people."""
COMMAND_LINE = N_("the command line")


def system_user() -> str:
    """Who is signed in to this machine; behind sudo, whoever called it. Empty where that is nobody."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = ""
    user = os.environ.get("SUDO_USER", "") if user in NOBODY else user
    return "" if user in NOBODY else user


def person_here() -> str:
    """Who works here, for the record: RELAY_PERSON, or the system's user. Root is asked for a name on a terminal;
    a script of root's is kept as the command line.
    """
    if complete.is_asked():
        return ""
    if known := setting("RELAY_PERSON") or system_user():
        return known
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return tongue()(COMMAND_LINE)
    return str(typer.prompt(tongue()("Who does this, for the record? Your name"), err=True)).strip()


def _named(person: str) -> str:
    """`--as` without a name, or as root, is the same as none."""
    return person_here() if person.strip() in NOBODY else person


def only_campaign() -> str:
    """The campaign that is meant where none is named: the only one. With none, or several, the command ends."""
    if complete.is_asked():
        return ""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    slugs = [campaign.slug for campaign in campaigns.all_campaigns(open_relay())]
    if not slugs:
        stop(RelayError("No campaigns yet. Make one: relay campaign new …"), code=WRONG_USAGE)
    if len(slugs) > 1:
        stop(RelayError("Which campaign? There are: {slugs}", slugs=", ".join(slugs)), code=WRONG_USAGE)
    return slugs[0]


HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "DEFAULT_STRING": "[default: {}]",
    "REQUIRED_LONG_STRING": "[required]",
}
"""What typer itself writes into a page of help, in typer.rich_utils."""
METAVARS = ("options_metavar", "subcommand_metavar")
USAGE = "Usage:"
TYPES = (
    N_("str"),
    N_("int"),
    N_("float"),
    N_("bool"),
    N_("path"),
    N_("file"),
    N_("directory"),
    N_("range"),
)
"""Words of which typer makes the types of options: `<int range>`, `<list[str]>`."""
FACTS: Mapping[str, str] = {
    **{name: name for name in (
        "id", "title", "subtitle", "name", "campaign", "state", "hashtags", "aliases", "opens", "closes", "sources",
        "posts", "videos", "clips", "reason", "network", "author", "url", "text", "match", "tag", "duration", "width",
        "height", "flags", "finding", "family", "quote", "consent", "sha256", "town", "district", "age", "relation",
        "comments",
    )},
    "slug": "short name",
    "origin": "text from",
    "text_author": "whose words",
    "in": "in",
    "out": "out",
    "turn": "turn",
    "poster_at": "poster at",
    "editor_note": "note to the editor",
    "person": "changed by",
    "tz": "time zone",
    "stopped": "stopped at",
    "last_sweep": "last sweep",
    "last_sweep_due": "last sweep due",
    "hand_in": "hand-in page open",
    "owner_id": "owner",
    "post_id": "post's number",
    "video_id": "video's number",
    "published_at": "published",
    "edited_at": "edited",
    "matched_in": "tag found",
    "author_id": "author's number",
    "unfetchable": "without a video because",
    "put_aside": "put aside by",
    "finding_reason": "finding's reason",
    "fps": "frames a second",
    **{name: name for name in ("theme", "loudness", "transition", "captions", "music", "framing", "credits")},
    **{name: name for name in ("origins", "names", "children", "accent", "ground", "letters")},
    "language": "language",
    "into": "ways into clips",
    "burn": "drawn captions",
    "under": "music heard",
}  # fmt: skip
"""Fields of JSON documents that `facts` shows → their names for people, which are message ids."""

OURS = frozenset(
    {"state", "match", "matched_in", "reason", "finding", "finding_reason", "flags", "kind", "unfetchable", "origin"}
)
"""Fields whose values are words of ours."""

_TIME = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d)?(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?$")


AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
Person = Annotated[
    str,
    typer.Option(
        "--as",
        help="Who does this, for the record.",
        default_factory=person_here,
        callback=_named,
        show_default=N_("who is signed in here"),
    ),
]
Slug = Annotated[str, typer.Argument(help="The campaign's short name.", autocompletion=complete.campaigns)]
OnlySlug = Annotated[
    str,
    typer.Argument(
        help="The campaign's short name.",
        autocompletion=complete.campaigns,
        default_factory=only_campaign,
        show_default=N_("the only campaign"),
    ),
]
"""Where nothing else stands on the line."""


def as_json(document: Any) -> None:
    sys.stdout.write(json.dumps(views.as_json(document), ensure_ascii=False, indent=2, default=str) + "\n")


def as_json_list(documents: Iterable[Any]) -> None:
    """What `as_json` writes of a list, to the letter, each document as soon as it comes."""
    begin = "[\n  "
    for document in documents:  # an error before the first leaves nothing written
        told = json.dumps(views.as_json(document), ensure_ascii=False, indent=2, default=str)
        sys.stdout.write(begin + told.replace("\n", "\n  "))
        begin = ",\n  "
    sys.stdout.write("[]\n" if begin.startswith("[") else "\n]\n")


@cache
def tongue() -> Callable[[str], str]:
    """Translates our own sentences, also filled ones that a row kept, into the language of RELAY_LANGUAGE."""
    from relay.language.catalogue import translator

    return translator(_language()).tell


def _language(env: Path = Path(".env")) -> str:
    return setting("RELAY_LANGUAGE", env) or "ru"


def say(sentence: str = "", **words: object) -> None:
    """A line on stdout: `sentence` is a message id of the catalogue, `words` fill it."""
    typer.echo(plain(tongue()(filled(sentence, **words))).rstrip() if sentence else "")


def fail(sentence: str, **words: object) -> NoReturn:
    """The one line on stderr, and exit code 1."""
    stop(RelayError(sentence, hint="", **words))


def stop(error: RelayError, *, code: int = 1) -> NoReturn:
    line = plain(tongue()(error.line))
    typer.secho(line, fg="red" if sys.stderr.isatty() else None, err=True)
    sys.exit(code)


def in_words(command: Any, translate: Callable[[str], str]) -> None:
    """Puts the help of a command and of all below it, and what typer writes around it, into another language."""
    from typer import rich_utils

    for name, heading in HEADINGS.items():
        setattr(rich_utils, name, translate(heading))
    _help_in_words(command, typer.Context(command, info_name=command.name, **command.context_settings), translate)


def _help_in_words(command: Any, context: typer.Context, translate: Callable[[str], str]) -> None:
    if command.help:
        command.help = translate(command.help)
    for name in METAVARS:
        if written := getattr(command, name, None):
            setattr(command, name, translate(written))
    # typer writes the word "Usage:" in the midst of a method, so it is exchanged in what the method gives
    command.get_usage = lambda context, usual=command.get_usage: usual(context).replace(USAGE, translate(USAGE), 1)
    for parameter in [*command.params, command.get_help_option(context)]:
        if getattr(parameter, "help", None):
            parameter.help = translate(parameter.help)
        if isinstance(getattr(parameter, "show_default", None), str):
            parameter.show_default = translate(parameter.show_default)
        if usual := getattr(parameter, "display_type_rich", None):
            parameter.display_type_rich = partial(_type_in_words, usual, translate)
    for below in getattr(command, "commands", {}).values():
        _help_in_words(below, typer.Context(below, info_name=below.name, parent=context), translate)


def _type_in_words(usual: Callable[..., str | None], translate: Callable[[str], str], **context: Any) -> str | None:
    """`<list[str]>` as `<text …>` in the words of a language. Values to choose from, `<on|off>`, stay as they are."""
    written = usual(**context)
    if not written or "|" in written:
        return written
    one = re.sub(r"list\[(.*?)\]", r"\1 …", written)
    return re.sub(r"[A-Za-z]+", lambda word: translate(word[0].lower()) if word[0].lower() in TYPES else word[0], one)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A plain table on the terminal; `empty` is said when there is nothing to list."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    listed = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    if not listed:
        say(empty)
        return
    drawn = Table(box=None, header_style="bold", pad_edge=False)
    for name in columns:
        drawn.add_column(tongue()(name) if name else "", overflow="fold")
    for row in listed:
        drawn.add_row(*(escape(plain(cell)) for cell in row))
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    console.print(drawn)


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Name and value of fields of a JSON document, one a line, the names in one column; empty ones are left out."""
    told = ((name, worded(value, ours=name in OURS)) for name, value in pairs)
    listed = [(tongue()(FACTS[name]), text) for name, text in told if text]
    width = max((len(name) for name, _ in listed), default=0)
    for name, value in listed:
        typer.echo(f"{name:<{width}}  {plain(value)}".rstrip())


def worded(value: Any, *, ours: bool = False) -> str:
    """A value of a JSON document for people: times to the minute, lists and counts in a row.

    `ours`: a state or sentence of Relay, to be translated; anything else may be a stranger's text.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return tongue()("yes") if value else tongue()("no")
    if isinstance(value, float):
        return figure(value, 2)
    if isinstance(value, Mapping):
        return ", ".join(f"{tongue()(str(name))} {worded(inner)}" for name, inner in value.items() if inner is not None)
    if isinstance(value, list):
        return ", ".join(worded(inner, ours=ours) for inner in value)
    text = tongue()(value) if ours and isinstance(value, str) else str(value)
    return _TIME.sub(r"\1 \2", text)


def figure(value: float | None, digits: int = 1) -> str:
    """A number as the reader's language writes it, with so many digits at the most."""
    return number(value, _language(), digits)


def plain(text: str) -> str:
    """One line without control signs: a stranger's text must not steer the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
