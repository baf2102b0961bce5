"""The still that stands for a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.almanac.editing import time_of
from relay.cli.almanac.films import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say

if TYPE_CHECKING:
    from relay.almanac.delivery.posters import PosterView


def poster(
    slug: Slug,
    name: Name,
    person: Person,
    at: Annotated[str | None, typer.Option(help="The moment: seconds (12.5) or minutes (1:02.5).")] = None,
    clip: Annotated[int, typer.Option(min=0, help="Of this clip of the film (default: of a version).")] = 0,
    version: Annotated[int, typer.Option(min=0, help="Which version of the film (default: the newest).")] = 0,
    usual: Annotated[bool, typer.Option("--usual", help="The title or the first face, as without a choice.")] = False,
    json: AsJson = False,
) -> None:
    """Choose the picture that stands for a film, in lists and for officials; without options, tell which it is."""
    from relay.almanac.delivery import posters
    from relay.bootstrap import open_relay

    relay, moment = open_relay(), time_of(at)
    if usual:
        found = posters.forget(relay, slug, name, person=person)
    elif moment is None:
        found = posters.told(relay, slug, name)
    elif clip:
        found = posters.choose_in_clip(relay, slug, name, clip, at=moment, person=person)
    else:
        found = posters.choose(relay, slug, name, at=moment, version=version, person=person)
    if json:
        as_json(found)
        return
    _say(found)


def _say(found: PosterView) -> None:
    if not found.by_hand:
        say("Nobody has chosen a picture: it is the title, or the first face.")
    elif found.lost:
        say("The clip with the chosen picture is not in the film any more, so the film stands for itself.")
    else:
        say("Chosen by hand: clip {clip}, {name}, at {clock}.",
            clip=found.clip, name=found.name or "—", clock=found.clock or "—")  # fmt: skip
