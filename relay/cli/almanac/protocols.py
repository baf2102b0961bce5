from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.almanac.films import Name
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, fail, plain, say, table, tongue, worded

if TYPE_CHECKING:
    from relay.almanac.delivery.reviewing.sealed_films import ComparedProtocol


def protocol(
    slug: Slug,
    name: Name,
    person: Person,
    version: Annotated[int, typer.Option(min=0, help="Which version of the film (default: the newest).")] = 0,
) -> None:
    """A copy of the film that brings the protocols of its sign-offs along; it plays like the film."""
    from relay.almanac.delivery.reviewing import protocols
    from relay.bootstrap import open_relay

    relay = open_relay()
    typer.echo(protocols.attach(relay, slug, name, version=version, person=person))
    say("Whoever has this file compares it by: relay almanac verify FILE --key {key}", key=protocols.public_key(relay))


def verify(
    file: Annotated[Path, typer.Argument(help="A film with protocols.", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="The public key of who is to have made them (relay audit key).")] = "",
    json: AsJson = False,
) -> None:
    """Who agreed to this very film, out of its file alone: no database is needed. Exit code 1 when it does not hold."""
    from dataclasses import asdict

    from relay.almanac.delivery.reviewing import sealed_films

    found = sealed_films.compare(file, key)
    if json:
        as_json([{**asdict(one), "holds": one.holds} for one in found])
    else:
        _told(found)
    if not all(one.is_of_film for one in found):
        fail("The film in this file is not the one that was agreed to.")
    if not all(one.is_right for one in found):
        fail("A protocol in this file was changed, or not signed by the key that it names.")
    if not all(one.holds for one in found):
        fail("The protocols are signed by another key than the one that you named.")
    if json:
        return
    if key:
        say("The film is the one that was agreed to, and the protocols are signed by the key that you named.")
    else:
        say("The film is the one that was agreed to, and the protocols are signed. By whom, the key tells: compare it.")


def _told(found: Sequence[ComparedProtocol]) -> None:
    from relay.web.words.films import SIGN_OFFS

    tell = tongue()
    told = (one.protocol for one in found)
    rows = (
        [
            *(said.get(name, "") for name in ("almanac", "version", "person", "position")),
            tell(SIGN_OFFS.get(str(said.get("verdict")), "")),
            worded(said.get("at")),
            said.get("words", ""),
        ]
        for said in told
    )
    table(["name", "version", "person", "position", "state", "at", "remark"], rows, empty="")
    for one in found:
        for remark in one.protocol.get("remarks") or []:
            typer.echo(plain(f"{remark.get('at', '')} {remark.get('text', '')}".strip()))
    for key in dict.fromkeys(one.key for one in found):
        say("Key: {key}", key=key)


COMMANDS = (protocol, verify)
