from __future__ import annotations

from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say

app = typer.Typer(help="Where videos, films and shots are kept.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A group, also with one command."""


@app.command()
def move(
    to: Annotated[
        str, typer.Argument(help="Where files shall be: s3://bucket/folder, or file:///folder.", show_default=False)
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            "--from",
            help="Afterwards: where files were; what is still there comes along, and the old place is emptied.",
        ),
    ] = "",
    json: AsJson = False,
) -> None:
    """Copies all files to another place and compares them there by their sums; goes on where it was stopped.

    Then set RELAY_MEDIA_URL to the new place, start Relay anew, and run it with --from and the old place.
    """
    from relay.bootstrap import open_files, open_relay
    from relay.cli.terminal.progress import steps
    from relay.config import check_place_of_media
    from relay.errors import Refused
    from relay.upkeep import moving

    if bool(to) is bool(source):
        raise Refused("Name either the new place, or with --from the old one.", hint="See: relay media move --help")
    other = to or source
    check_place_of_media(other)
    relay = open_relay()
    if other.rstrip("/") == relay.settings.place_of_media.rstrip("/"):
        raise Refused("Files are kept in {place} already.", place=other)
    here = moving.FilePlace(relay.media, relay.shared)
    there = moving.FilePlace(*open_files(relay.settings.model_copy(update={"media_url": other})))
    with steps("Files brought to the other place", quiet=json) as told:
        done = moving.move(relay, *((here, there) if to else (there, here)), empty=bool(source), told=told)
    if json:
        as_json(done)
    else:
        say("In {place}: files ({files}); brought now: {new} ({size:.0f} MB), removed from the old place: {removed}",
            place=to or relay.settings.place_of_media, files=done.files, new=done.new, size=done.bytes / 1e6,
            removed=done.removed)  # fmt: skip
        if to:
            say("Now set RELAY_MEDIA_URL={place}, start Relay anew, and run: relay media move --from {old}",
                place=to, old=relay.settings.place_of_media)  # fmt: skip
    if done.damaged:
        fail("Files that are not what their names say: {count} ({first} …). Run: relay doctor --deep",
             count=len(done.damaged), first=done.damaged[0])  # fmt: skip
