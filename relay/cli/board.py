from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, Slug, as_json, figure, say, table, tongue, worded

if TYPE_CHECKING:
    from relay.board.text_grid import TextCell


def board(slug: Slug, json: AsJson = False) -> None:
    """The organizer's board: days, districts, texts, ages, towns, what waits, and whom nobody heard yet."""
    from relay.board import figures
    from relay.bootstrap import open_relay
    from relay.web.words.board import gap_told

    found = figures.board(open_relay(), slug, with_moderators=True)
    if json:
        as_json(found)
        return
    sums, time = found.sums, found.time
    say("{title}: from {opens} to {closes}; days left: {left}", title=found.title, opens=worded(time.opens),
        closes=worded(time.closes), left=max(0, time.days_left))  # fmt: skip
    say("Posts {posts}, videos found {found}, fetched {fetched}; clips approved {approved}, minutes {minutes}.",
        posts=sums.posts, found=sums.found, fetched=sums.fetched, approved=sums.approved,
        minutes=figure(sums.minutes, 0))  # fmt: skip
    table(
        ["day", "found", "fetched", "approved"],
        ([day.day.isoformat(), day.found, day.fetched, day.approved] for day in found.days),
        empty="The campaign has not opened yet.",
    )
    table(
        ["text", *(name or "district not known" for name in found.texts.districts)],
        ([text.number, *map(_read, cells)] for text, cells in found.texts.rows()),
        empty="The campaign has no selection of texts.",
    )
    for gap in found.grid.gaps:
        say("! {line}", line=tongue()(gap_told(gap)))


def _read(cell: TextCell) -> str:
    """`3 +1 2?`: approved, may still be approved, heard and not confirmed."""
    more = f" +{cell.waiting}" if cell.waiting else ""
    return f"{cell.approved}{more}" + (f" {cell.proposed}?" if cell.proposed else "")


def take_table(
    slug: Slug,
    what: Annotated[str, typer.Argument(help="posts, clips, participants, consents or readings.")],
    file: Annotated[Path, typer.Argument(help="A new file, whose name ends in .csv or .xlsx.")],
    person: Person,
) -> None:
    """Write a table for a spreadsheet. It holds personal data, and who takes it goes on record."""
    from relay.board import tables
    from relay.bootstrap import open_relay
    from relay.web.words.board import table_text

    relay = open_relay()
    chosen, kind = tables.asked_for(what, file.suffix)
    tables.take(relay, slug, chosen, file, table_text(relay.settings.language), kind=kind, person=person)
    say("{file} is written.", file=file)
