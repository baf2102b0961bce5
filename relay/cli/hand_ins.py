from __future__ import annotations

import typer

from relay.cli.terminal.show import AsJson, OnlySlug, as_json, table, worded

app = typer.Typer(help="What participants handed in on the public page.", no_args_is_help=True)


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """All hand-ins of a campaign: number, state, who, and the clips that came of them."""
    from relay.bootstrap import open_relay
    from relay.intake.hand_in import hand_ins

    rows = hand_ins.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["number", "state", "name", "town", "contact", "video", "clips", "reason"],
        (
            [
                row.number,
                worded(row.state, ours=True),
                row.participant.name,
                row.participant.town,
                row.contact,
                row.url or row.file_name,
                worded(row.clips),
                worded(row.reason, ours=True),
            ]
            for row in rows
        ),
        empty="Nothing was handed in yet.",
    )
