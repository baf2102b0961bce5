from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, as_json, figure, table, tongue
from relay.language.catalogue import N_

ESTIMATED = "When each sentence is read could not be told: the times are estimated. Look at them before the film."
DRAFTED = "This is a draft of what was heard: no film shows it before somebody has saved it at the desk."


def caption(
    clip: Annotated[int, typer.Argument(help="The clip's number.")],
    person: Person,
    file: Annotated[Path | None, typer.Argument(help="An SRT or WebVTT file.", exists=True, dir_okay=False)] = None,
    language: Annotated[
        str, typer.Option(help="In two letters: ru, en, fr.", show_default=N_("the campaign's language"))
    ] = "",
    from_quote: Annotated[
        bool, typer.Option("--from-quote", help="The text of the quote, each sentence when it is read.")
    ] = False,
    from_heard: Annotated[
        bool, typer.Option("--from-heard", help="A draft of what was heard, for somebody to correct at the desk.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take them away.")] = False,
    json: AsJson = False,
) -> None:
    """Give a clip captions; with nothing but its number, show those it has."""
    from relay.almanac.captions import store as captions
    from relay.bootstrap import open_relay
    from relay.models import CaptionOrigin

    relay = open_relay()
    if file is not None or from_quote or remove:  # a draft is in the language that is spoken
        language = language or captions.usual_language(relay, clip)
    if file is not None:
        captions.from_file(relay, clip, file, language=language, person=person)
    elif from_quote:
        made = captions.from_quote(relay, clip, language=language, person=person)
        if made.origin != CaptionOrigin.reading:
            typer.echo(tongue()(ESTIMATED), err=True)
    elif from_heard:
        from relay.almanac.hearing import drafts

        drafts.from_heard(relay, clip, language=language, person=person)
        typer.echo(tongue()(DRAFTED), err=True)
    elif remove:
        captions.drop(relay, clip, language=language, person=person)
    rows = captions.listing(relay, clip)
    if json:
        as_json(rows)
        return
    table(
        ["language", "from", "to", "text"],
        (
            [row.language, figure(cue["from"], 2), figure(cue["to"], 2), cue["text"].replace("\n", " / ")]
            for row in rows
            for cue in row.cues
        ),
        empty="This clip has no captions.",
    )
