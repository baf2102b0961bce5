from __future__ import annotations

from typing import Annotated

import typer

from relay.cli.terminal.show import Person, say


def withdraw(
    clip: Annotated[str, typer.Argument(metavar="CLIP|URL", help="Clip number, or link to the post or video.")],
    reason: Annotated[str, typer.Option(help="Who asked for it, and how.")],
    person: Person,
) -> None:
    """Take a clip out of everything, because its author wishes so."""
    from relay.bootstrap import open_relay
    from relay.moderation import withdrawal

    for number in withdrawal.withdraw(open_relay(), clip, reason=reason, person=person):
        say("Clip {number} is withdrawn; films that used it leave it out when they are rendered next.", number=number)
