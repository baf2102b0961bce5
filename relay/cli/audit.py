from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, fail, say, table, tongue, worded

if TYPE_CHECKING:
    from relay.chain.verifying import ChainFault

app = typer.Typer(help="The record of what people did.", no_args_is_help=True)
Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="A day, as 2023-01-12.")]


@app.command("list")
def listing(
    campaign: Annotated[str, typer.Option(help="Only of this campaign.")] = "",
    person: Annotated[str, typer.Option(help="Only what this person did.")] = "",
    kind: Annotated[str, typer.Option(help="Only this: approve, reject, edited, rendered …")] = "",
    clip: Annotated[int | None, typer.Option(help="Only what was done to this clip.")] = None,
    since: Day = None,
    until: Day = None,
    after: Annotated[str, typer.Option(help="Go on behind this place (`place` of the last line before).")] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at the most.")] = 100,
    json: AsJson = False,
) -> None:
    """What people did, newest first: who, when, what, to what, why."""
    from relay.bootstrap import open_relay
    from relay.moderation import audit
    from relay.web.words.deeds import DEEDS, SUBJECTS

    first, last = (day.date() if day is not None else None for day in (since, until))
    wanted = audit.DeedFilter(campaign, person, kind, clip, first, last, after)
    rows = audit.listing(open_relay(), wanted, size=limit)
    if json:
        as_json(rows)
        return
    table(
        ["when", "person", "what", "to what", "before", "after", "why"],
        (
            [
                worded(row.at),
                worded(row.person, ours=True),
                tongue()(DEEDS.get(row.what, row.what)),
                f"{tongue()(SUBJECTS[row.subject])} {row.subject_id} {row.title}".strip(),
                worded(row.before, ours=True),
                worded(row.after, ours=True),
                worded(row.reason, ours=True),
            ]
            for row in rows
        ),
        empty="Nobody did anything like this.",
    )


@app.command()
def verify(
    since_head: Annotated[
        list[str] | None, typer.Option("--since-head", help="A head that was kept: a file, or its words from a letter.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Whether anybody has changed, removed or added what was recorded. Exit code 1 when somebody has."""
    from dataclasses import asdict

    from relay.bootstrap import open_relay
    from relay.chain.heads import head_of
    from relay.upkeep.record import looks

    found = looks.verify(open_relay(), [head_of(words) for words in since_head or []])
    words = {"links": found.links, "changed": found.changed, "removed": found.removed, "adopted": found.adopted}
    if json:
        as_json({"whole": found.is_whole, **asdict(found)})
    elif found.is_whole:
        say("The record is whole. Entries of the chain: {links}, changed lawfully: {changed}, removed lawfully: "
            "{removed}, from before the chain: {adopted}.", **words)  # fmt: skip
        say("Its head: {head}", head=found.head.words)
    else:
        _table_of(found.faults)
    if not found.is_whole:
        fail("The record was changed by somebody who is not Relay. Places: {count}.", count=found.found)


def _table_of(faults: Sequence[ChainFault]) -> None:
    from relay.web.words.record import FACTS, FAULTS

    tell = tongue()
    table(
        ["position", "to what", "number", "found", ""],
        (
            [one.position or "", tell(FACTS[one.fact]) if one.fact in FACTS else one.fact, one.row or "",
             tell(FAULTS[one.kind]), one.what]
            for one in faults
        ),
        empty="",
    )  # fmt: skip


@app.command()
def head(
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="As it stood at the end of this day (default: now).")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this file, which is to lie elsewhere.")] = None,
    json: AsJson = False,
) -> None:
    """The place and the seal of the record's last entry: kept elsewhere, it shows what somebody rewrites or removes."""
    from dataclasses import asdict

    from relay.bootstrap import open_relay
    from relay.errors import Refused
    from relay.language.sentence import as_sentence
    from relay.media.files import replace_file
    from relay.upkeep.record import looks

    found = looks.head(open_relay(), day.date() if day is not None else None)
    if not found.position:
        fail("Nothing had been recorded by then.")
    if out is not None:
        try:
            replace_file(out, found.as_text().encode())
        except OSError as error:
            raise Refused("{file} can't be written: {why}.", file=out, why=as_sentence(error.strerror)) from error
    if json:
        as_json(asdict(found))
    else:
        typer.echo(found.words)


@app.command()
def key(json: AsJson = False) -> None:
    """By what the record is sealed, and the public key by which protocols of sign-offs are compared."""
    from relay.almanac.delivery.reviewing import protocols
    from relay.bootstrap import open_relay
    from relay.upkeep.record import looks

    relay = open_relay()
    record, public = looks.keys_of(relay).fingerprint, protocols.public_key(relay)
    if json:
        as_json({"record": record, "protocols": public})
        return
    say("The record is sealed with key {name}.", name=record)
    say("Protocols of sign-offs are signed; whoever compares them needs this public key: {key}", key=public)
