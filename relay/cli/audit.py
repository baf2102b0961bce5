from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, as_json, table, tongue, worded

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
