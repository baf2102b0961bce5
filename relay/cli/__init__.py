"""The command line: parse, call one service, print. A module for each group of commands, named like the group."""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import Any

import typer

from relay import __version__
from relay.cli import (
    accounts,
    alerts,
    almanac,
    audit,
    backups,
    board,
    campaign,
    clips,
    cluster,
    consent,
    crawl,
    demo,
    hand_ins,
    posts,
    privacy,
    sandbox,
    setup,
    sources,
    system,
    tokens,
    withdraw,
)
from relay.cli.assets import captions, credits, emblems, media, music, pictures, quotes, speech
from relay.cli.terminal import complete, misuse
from relay.cli.terminal.narrowed import narrowed
from relay.cli.terminal.show import in_words, stop, tongue
from relay.errors import RelayError, from_disk
from relay.media.files import FOR_OTHERS
from relay.processes import Ending

HELP = ("-h", "--help")
INTERRUPTED = 130
"""What typer makes of Ctrl-C."""
TERMINATED = 128 + signal.SIGTERM
"""As a shell tells of a program that SIGTERM has ended."""

UNTIL_GARBAGE = 20_000
"""So many new objects before Python looks for garbage among them. Loading makes hundreds of thousands that all stay;
with the usual 700 a seventh of a listing is spent on looking.
"""

app = typer.Typer(
    name="relay",
    help="Runs a hashtag video relay: collects the posts, lets people judge the clips, makes the film.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": list(HELP)},
)
app.add_typer(campaign.app, name="campaign")
app.add_typer(sources.app, name="source")
app.add_typer(posts.app, name="post")
app.add_typer(clips.app, name="clip")
app.add_typer(consent.app, name="consent")
app.add_typer(hand_ins.app, name="hand-in")
app.add_typer(almanac.app, name="almanac")
app.add_typer(accounts.app, name="account")
app.add_typer(alerts.app, name="alert")
app.add_typer(audit.app, name="audit")
app.add_typer(backups.app, name="backups")
app.add_typer(tokens.app, name="token")
app.add_typer(cluster.app, name="cluster")
app.add_typer(privacy.app, name="privacy")
app.add_typer(quotes.app, name="quote")
app.add_typer(pictures.app, name="picture")
app.add_typer(music.app, name="music")
app.add_typer(emblems.app, name="emblem")
app.add_typer(media.app, name="media")
app.add_typer(speech.app, name="speech")
clips.app.command("caption")(captions.caption)
campaign.app.add_typer(credits.campaign, name="credit")
almanac.app.add_typer(credits.film, name="credit")
for command in (
    setup.setup,
    system.init,
    crawl.crawl,
    crawl.coverage,
    board.board,
    crawl.recheck,
    system.work,
    cluster.worker,
    system.serve,
    system.up,
    sandbox.sandbox,
    demo.demo,
    withdraw.withdraw,
    system.doctor,
    backups.backup,
    backups.restore,
    system.upgrade,
):
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"relay {__version__}")
        raise typer.Exit


@app.callback()
def relay(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    pass


def _shows_help(command: Any) -> bool:
    """Asked for, or because a group of commands is named and nothing of it."""
    words = sys.argv[1:]
    if set(HELP) & set(words):
        return True
    for word in words:
        command = getattr(command, "commands", {}).get(word)
    return hasattr(command, "commands")


def main() -> None:
    """Exit codes: 0 done, 1 refused, failed or stopped by Ctrl-C with one clear line on stderr, 2 wrong usage, 143 when
    SIGTERM came before it was done. What runs until it is told to end (work, serve, up) has then done its work: 0.
    """
    os.umask(FOR_OTHERS)
    gc.set_threshold(UNTIL_GARBAGE)
    ending = Ending()
    with ending.awaited():
        code = _run()
        if code == INTERRUPTED:
            line = RelayError("Stopped. What was done is kept; the same command goes on from there.")
            stop(line, code=TERMINATED if ending.came else 1)
    sys.exit(code if isinstance(code, int) else 0)


def _run() -> object:
    """The exit code, or what the command returns."""
    is_whole = complete.is_asked() or bool(set(HELP) & set(sys.argv[1:]))
    command = typer.main.get_command(app if is_whole else narrowed(app, sys.argv[1:]))
    if not complete.is_asked() and _shows_help(command):
        in_words(command, tongue())
    try:
        return command(prog_name="relay", standalone_mode=False)
    except misuse.Misuse as error:
        if (told := misuse.told(error)) is not None:
            stop(told, code=misuse.WRONG_USAGE)
        return misuse.WRONG_USAGE
    except RelayError as error:
        stop(error)
    except BrokenPipeError:
        # The reader of our stdout has gone (`relay clip list | head`): no fault of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if (of_disk := from_disk(error)) is None:
            raise
        stop(of_disk)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
