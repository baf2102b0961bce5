from __future__ import annotations

from typing import Annotated

import typer

from relay.cli.terminal.show import Person, say


def withdraw(
    clip: Annotated[str, typer.Argument(metavar="CLIP|URL", help="Clip number, or link to the post or video.")],
    reason: Annotated[str, typer.Option(help="Who asked for it, and how.")],
    person: Person,
) -> None:
    """Take a clip out of everything and erase it, because its author wishes so."""
    from relay.bootstrap import open_relay
    from relay.erasure import certificate, taking_back

    relay = open_relay()
    for number in taking_back.withdraw(relay, clip, reason=reason, person=person):
        shown = certificate.of_clip(relay, number)
        line = "Clip {number} is withdrawn and erased; versions that showed it are closed: {films}. Certificate {of}."
        later = "Clip {number} is withdrawn; `relay work` erases what is still in use. Certificate {of}."
        say(line if shown.done_at else later, number=number, films=len(shown.films), of=shown.number)
