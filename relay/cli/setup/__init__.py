"""`relay setup`: from nothing to a campaign that is ready to run, by five questions.

Every answer is also an option, so that it can be scripted. What was answered is kept in the data folder until the end
(the token in `.env` only), and every step finds what is done already: after a break the same command goes on.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from relay.cli.setup.answers import Secrets, listed
from relay.cli.setup.wizard import Wizard
from relay.cli.terminal.asking import Terminal
from relay.cli.terminal.show import fail


def setup(
    title: Annotated[str | None, typer.Option(help="The campaign's title, as it stands on the film.")] = None,
    hashtag: Annotated[list[str] | None, typer.Option(help="The tag to look for; may be given several times.")] = None,
    alias: Annotated[list[str] | None, typer.Option(help="A spelling that counts like the tag.")] = None,
    slug: Annotated[str | None, typer.Option(help="Short name: small Latin letters, digits, dashes.")] = None,
    opens: Annotated[
        str | None, typer.Option(help="First day or moment that counts, e.g. 2023-01-11 or 11.01.2023.")
    ] = None,
    closes: Annotated[
        str | None, typer.Option(help="Last day or moment that counts, e.g. 2023-01-18 or 18.01.2023 23:59.")
    ] = None,
    tz: Annotated[str | None, typer.Option(help="The campaign's time zone.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Where people post; may be given several times.")] = None,
    sources_file: Annotated[
        Path | None, typer.Option(help="The same, one a line.", exists=True, dir_okay=False)
    ] = None,
    vk_token_file: Annotated[
        Path | None, typer.Option(help="A file with VK's service token; - reads it from stdin.", allow_dash=True)
    ] = None,
    no_vk_token: Annotated[bool, typer.Option("--no-vk-token", help="Go on without a token of VK.")] = False,
    moderator: Annotated[
        list[str] | None, typer.Option(help="Name of somebody who moderates; may be given several times.")
    ] = None,
    alert_mail: Annotated[str | None, typer.Option(help="Where alerts go by mail.")] = None,
    smtp_url_file: Annotated[
        Path | None,
        typer.Option(
            help="A file with the mail server, as RELAY_SMTP_URL has it; - reads it from stdin.", allow_dash=True
        ),
    ] = None,
    permission: Annotated[
        str | None, typer.Option(help="What counts as permission to show a clip: public-post, asked or written.")
    ] = None,
    gate: Annotated[
        str | None,
        typer.Option(help="What becomes of a clip that lacks it: override (a name and a reason are needed) or tell."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Take the default of every question left.")] = False,
) -> None:
    """Set everything up by five questions, test it, and say what would be found. Killed midway, it goes on."""
    given = {
        "title": title,
        "hashtags": hashtag,
        "aliases": alias,
        "slug": slug,
        "opens": opens,
        "closes": closes,
        "tz": tz,
        "sources": listed(source, sources_file),
        "moderators": moderator,
        "mail": alert_mail,
        "permission": permission,
        "gate": gate,
    }
    terminal = Terminal(yes=yes, asks=sys.stdin.isatty() and sys.stdout.isatty())
    secrets = Secrets(vk_token_file, smtp_url_file, without_token=no_vk_token)
    try:
        Wizard(terminal, {name: value for name, value in given.items() if value is not None}, secrets).walk()
    except (typer.Abort, EOFError):
        fail("Stopped. What you answered is kept: run relay setup again to go on.")
