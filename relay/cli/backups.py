from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, as_json, fail, say, table, worded

if TYPE_CHECKING:
    from relay.upkeep.backups.holding import HeldBack

app = typer.Typer(help="Backups that lie in a folder.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The folder of backups.", exists=True, file_okay=False)]
At = Annotated[
    datetime | None,
    typer.Option(
        formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help="Of a folder of backups: the newest that is not later than this (UTC).",
    ),
]
Identities = Annotated[
    list[Path] | None,
    typer.Option("--identity", help="A file with a key that opens the backup (of age-keygen). Repeatable."),
]


def backup(
    target: Annotated[Path, typer.Argument(help="The archive to write (.tar), or a folder of backups.")],
    folder: Annotated[
        bool, typer.Option("--folder", help="Into a folder that keeps each content once; made where it is missing.")
    ] = False,
    to: Annotated[
        list[str] | None,
        typer.Option(help="Seal it for this recipient of age (age1…, ssh-…, or a file of them). Repeatable."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Everything that can't be made again, in one file or a folder; the desk and the schedule may go on meanwhile."""
    from relay.bootstrap import open_relay
    from relay.upkeep.backups import making

    relay = open_relay()
    done = making.backup(relay, target, folder=folder, to=to or relay.settings.backup_recipients.split())
    if json:
        as_json(done)
    else:
        say("{file}: the database and files ({files}), {size:.0f} MB", file=done.place, files=done.files,
            size=done.size / 1e6)  # fmt: skip
        if done.written != done.size:
            say("New in the folder: {size:.1f} MB", size=done.written / 1e6)
    if done.missing or done.damaged:
        wrong = [*done.missing, *done.damaged]
        fail(
            "Files that are missing or damaged, so that the backup lacks them: {count} ({first} …). Run: relay doctor "
            "--deep",
            count=len(wrong),
            first=wrong[0],
        )


def restore(
    source: Annotated[Path, typer.Argument(help="A backup to read, or a folder of them.", exists=True)],
    at: At = None,
    identity: Identities = None,
    tombstones: Annotated[
        Path | None, typer.Option(help="The file of what was erased since (default: the one beside the backup).")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read it and say whether it is whole.")] = False,
    json: AsJson = False,
) -> None:
    """Bring a backup back into an empty data folder."""
    from relay.bootstrap import open_relay
    from relay.erasure import people, walk
    from relay.upkeep.backups import restoring

    moment = None if at is None else at.replace(tzinfo=UTC)
    if check:
        _try(source, moment, identity or [], json=json)
        return
    relay = open_relay(ready=False)
    done = restoring.restore(
        relay, source, at=moment, identities=identity or [], tombstones=tombstones, forget=people.forget_again
    )
    walk.try_to(relay, walk.due(relay))
    if json:
        as_json(done)
    else:
        say("The database is back, and so are the files ({files}). Next: relay doctor", files=done.files)
        _say_who_is_held_back(done.held)
        say("Whoever was signed in signs in again; tokens of programs have to be made anew.")
    if done.damaged:
        fail("Files of the backup that are damaged and were left out: {count}. {names}", count=len(done.damaged),
             names=", ".join(done.damaged[:10]))  # fmt: skip


def _say_who_is_held_back(held: HeldBack) -> None:
    if held.tombstones:
        say("Erased since, and kept out by {file}: {count}.", file=held.tombstones, count=len(held.kept_out))
    elif held.waiting or held.films:
        say(
            "There is no file of tombstones, so nothing tells who has taken a video back since: clips ({clips}) and "
            "films ({films}) wait. Next: relay backups release --tombstones FILE, or look through them and: relay "
            "backups release",
            clips=held.waiting,
            films=held.films,
        )


def _try(source: Path, at: datetime | None, identity: list[Path], *, json: bool) -> None:
    from relay.upkeep.backups import restoring

    found = restoring.try_out(source, at=at, identities=identity)
    if json:
        as_json(found)
    else:
        say("Made {at} by Relay {version}: the database and files ({files}), {size:.0f} MB", at=found.made_at,
            version=found.relay, files=found.files, size=found.size / 1e6)  # fmt: skip
        if not found.has_sums:
            say("It is of an older Relay and has no sums: only originals, pictures and music could be compared.")
    if found.damaged:
        fail("Damaged or missing in the backup: {count}. {names}", count=len(found.damaged),
             names=", ".join(found.damaged[:10]))  # fmt: skip
    if not json:
        say("The backup is whole.")


@app.command("list")
def listing(folder: Folder, json: AsJson = False) -> None:
    """The backups in a folder, oldest first, and how much each takes."""
    from relay.upkeep.backups import keeping

    rows = keeping.listing(folder)
    if json:
        as_json(rows)
        return
    table(
        ["name", "made", "sealed", "MB", "MB of its own", "whole"],
        (
            [
                row.name,
                worded(row.made_at.isoformat()),
                worded(row.sealed),
                f"{row.size / 1e6:.1f}",
                f"{row.own / 1e6:.1f}",
                worded(row.whole),
            ]
            for row in rows
        ),
        empty="There is no backup yet.",
    )


@app.command()
def prune(
    folder: Folder,
    last: Annotated[int, typer.Option(min=0, help="Keep so many of the newest.")] = 7,
    daily: Annotated[int, typer.Option(min=0, help="Keep the newest of so many days.")] = 0,
    weekly: Annotated[int, typer.Option(min=0, help="Keep the newest of so many weeks.")] = 0,
    monthly: Annotated[int, typer.Option(min=0, help="Keep the newest of so many months.")] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    json: AsJson = False,
) -> None:
    """Take away older backups, and all that only they needed."""
    from relay.upkeep.backups import keeping

    done = keeping.prune(folder, keeping.KeepRule(last, daily, weekly, monthly), dry=dry_run)
    if json:
        as_json(done)
        return
    say("Kept: {kept}. Removed: {removed}, {size:.1f} MB.", kept=len(done.kept), removed=len(done.removed),
        size=done.freed / 1e6)  # fmt: skip
    for name in done.removed if dry_run else []:
        say("Would go: {name}", name=name)


@app.command()
def release(
    person: Person,
    tombstones: Annotated[Path | None, typer.Option(help="The file of what was erased since.")] = None,
    json: AsJson = False,
) -> None:
    """Show again what waits since a restore that found no tombstones: you say that nobody has taken it back."""
    from relay.bootstrap import open_relay
    from relay.erasure import people, walk
    from relay.upkeep.backups import holding

    relay = open_relay()
    done = holding.release(relay, person=person, tombstones=tombstones, forget=people.forget_again)
    walk.try_to(relay, walk.due(relay))
    if json:
        as_json(done)
        return
    say("Shown again: clips ({clips}), films ({films}). Kept out: {kept_out}.", clips=done.clips, films=done.films,
        kept_out=len(done.kept_out))  # fmt: skip
