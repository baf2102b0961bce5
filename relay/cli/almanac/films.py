from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay import views
from relay.cli.consent import say_lacking
from relay.cli.terminal import complete
from relay.cli.terminal.show import (
    AsJson,
    OnlySlug,
    Person,
    Slug,
    as_json,
    facts,
    figure,
    say,
    system_user,
    table,
    tongue,
)
from relay.language.catalogue import N_

if TYPE_CHECKING:
    from relay.almanac.delivery.missing_glyphs import UndrawnText
    from relay.almanac.plan.queries import PlanView, ProposalView, SegmentView
    from relay.context import Relay

ExportedBy = Annotated[
    str, typer.Option("--as", help="Who does this, for the record.", show_default=N_("who is signed in here"))
]
app = typer.Typer(help="Plan and render films.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The almanac's name.", autocompletion=complete.films)]
Rule = Annotated[
    list[str] | None,
    typer.Option(
        help="name=value, again for each: order, district, quote, origin, youngest, oldest, shortest, longest, score, "
        "per-author, family, quotes-apart, unused, length, chapters, voices, gaps."
    ),
]


@app.command()
def new(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="The almanac's name.")],
    title: Annotated[str, typer.Option(help="What stands on the opening card (default: the campaign's title).")] = "",
    all_approved: Annotated[bool, typer.Option("--all-approved", help="Put every approved clip in.")] = False,
    rule: Rule = None,
    template: Annotated[str, typer.Option(help="A template to begin with; see relay almanac templates.")] = "",
) -> None:
    """Make an almanac: empty, of every approved clip, of what the rules choose, or from a template."""
    from relay.almanac.assets import new_film
    from relay.almanac.plan import queries
    from relay.almanac.plan.rules import written
    from relay.bootstrap import open_relay

    given = written(rule or ())
    relay = open_relay()
    if template:
        new_film.new(relay, slug, name, template=template, title=title, given=given, person="")
    else:
        queries.new(relay, slug, name, title=title, all_approved=all_approved, given=given)
    say(
        "Almanac {name}, clips: {segments}. Next: relay almanac render {slug} {name}",
        name=name,
        segments=len(queries.show(relay, slug, name).segments),
        slug=slug,
    )


@app.command()
def plan(
    slug: Slug,
    name: Name,
    person: Person,
    rule: Rule = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what the rules propose.")] = False,
    accept: Annotated[list[int] | None, typer.Option(help="Follow only what is proposed about this clip.")] = None,
    json: AsJson = False,
) -> None:
    """Follow the rules again with what is approved now; what was done by hand stays."""
    from relay.almanac.delivery import missing_glyphs
    from relay.almanac.plan import queries
    from relay.almanac.plan.rules import written
    from relay.bootstrap import open_relay

    given = written(rule or ())
    relay = open_relay()
    if dry_run:
        _proposals(queries.proposals(relay, slug, name, given=given), json=json)
        return
    queries.plan(relay, slug, name, given=given, only=accept, person=person)
    _show(queries.show(relay, slug, name), missing_glyphs.of_film(relay, slug, name), json=json)


def _proposals(found: list[ProposalView], *, json: bool) -> None:
    if json:
        as_json(found)
        return
    from relay.web.words.films import PROPOSALS

    words = tongue()
    table(
        ["what", "clip", "name", "after", "why"],
        ([words(PROPOSALS[one.kind]), one.clip, one.name, one.after, _why(one)] for one in found),
        empty="The plan is what the rules make of it; there is nothing to propose.",
    )


def _why(proposal: ProposalView) -> str:
    told = tongue()(proposal.sentence)
    return f"{told} {tongue()('Somebody worked on it by hand.')}" if proposal.hand else told


@app.command()
def show(slug: Slug, name: Name, json: AsJson = False) -> None:
    """Segments and finished versions of an almanac."""
    from relay.almanac.delivery import missing_glyphs
    from relay.almanac.plan import queries
    from relay.bootstrap import open_relay

    relay = open_relay()
    _show(queries.show(relay, slug, name), missing_glyphs.of_film(relay, slug, name), json=json)


@app.command("list")
def listing(slug: OnlySlug, json: AsJson = False) -> None:
    """The campaign's almanacs."""
    from relay.almanac.plan import queries
    from relay.bootstrap import open_relay

    rows = queries.listing(open_relay(), slug)
    if json:
        as_json(rows)
        return
    table(
        ["name", "clips", "versions"],
        ([row.name, len(row.segments), len(row.renders)] for row in rows),
        empty="No almanacs yet. Make one: relay almanac new CAMPAIGN NAME --all-approved",
    )


@app.command()
def render(
    slug: Slug,
    name: Name,
    shape: Annotated[str, typer.Option("--format", help="16:9, 9:16, 1:1, 4:5 or 4:3 (default: the almanac's).")] = "",
    size: Annotated[str, typer.Option(help="The shorter side: 720, 1080, 1440, 2160 or 4k.")] = "",
    fps: Annotated[int | None, typer.Option(help="Pictures a second: 24, 25, 30, 50 or 60.")] = None,
    loudness: Annotated[float | None, typer.Option(help="LUFS: -16 for the web, -23 for broadcast.")] = None,
    captions: Annotated[str | None, typer.Option(help="Languages that this film carries as tracks: ru,en.")] = None,
    burn: Annotated[str | None, typer.Option(help="The language that is drawn into the picture.")] = None,
    json: AsJson = False,
) -> None:
    """Make the film. What is already made is used again; a stopped render goes on where it was."""
    from relay.almanac import formats
    from relay.almanac.delivery import missing_glyphs, render
    from relay.almanac.plan import queries
    from relay.bootstrap import open_relay

    request = formats.request(formats.read(shape, size, fps or 0, loudness), captions, burn)
    relay = open_relay()
    _recheck(relay, slug)
    undrawn, lacking = missing_glyphs.of_film(relay, slug, name), queries.show(relay, slug, name).lacking
    say_undrawn(undrawn)
    say_lacking(lacking)
    with film_bar() as told:
        render.render(relay, slug, name, on_progress=told, request=request)
    latest = queries.show(relay, slug, name).renders[-1]
    if json:
        as_json({**views.as_json(latest), "undrawn": undrawn, "lacking": lacking})
        return
    typer.echo(latest.file)
    say(
        "Version {version}: {duration:.1f} s, made in {seconds:.0f} s. Shots made: {made}, used again: {reused}.",
        version=latest.version,
        duration=latest.duration,
        made=latest.shots_encoded,
        reused=latest.shots_reused,
        seconds=latest.seconds,
    )


@app.command()
def preview(
    slug: Slug,
    name: Name,
    json: AsJson = False,
) -> None:
    """A small quick film of the plan, made from the desk's own copies."""
    from relay.almanac.delivery import missing_glyphs, render
    from relay.almanac.plan import queries
    from relay.bootstrap import open_relay

    relay = open_relay()
    say_undrawn(missing_glyphs.of_film(relay, slug, name))
    say_lacking(queries.show(relay, slug, name).lacking)
    with film_bar() as told:
        film = render.preview(relay, slug, name, on_progress=told)
    if json:
        as_json({"file": str(film)})
        return
    typer.echo(film)


@app.command()
def export(
    slug: Slug,
    name: Name,
    folder: Annotated[Path | None, typer.Argument(help="A new folder for the plan and its media.")] = None,
    to: Annotated[str, typer.Option(help="otio, fcp7, edl, mlt, or folder: only the videos and a table.")] = "otio",
    as_film: Annotated[
        bool, typer.Option("--as-film", help="As the film looks and sounds: cards, names, captions, music too.")
    ] = False,
    without_originals: Annotated[
        bool, typer.Option("--without-originals", help="With --as-film: leave the original videos away.")
    ] = False,
    packed: Annotated[Path | None, typer.Option("--zip", help="One file instead of a folder.")] = None,
    person: ExportedBy = "",
    json: AsJson = False,
) -> None:
    """The plan for an editing program, with the original videos beside it and a list of what is left out."""
    from relay.almanac.delivery.exports import packing
    from relay.bootstrap import open_relay

    relay = open_relay()
    wish = packing.Wish(to, as_film=as_film, originals=not without_originals)
    with film_bar() as told:
        made = packing.export(
            relay,
            slug,
            name,
            wish,
            folder=folder,
            packed=packed,
            person=person or system_user(),
            translate=tongue(),
            on_progress=told,
        )
    if json:
        as_json(made)
        return
    say("{timeline}  (videos: {media})", timeline=packed or made.timeline, media=len(made.media))
    for line in made.left_out:
        say("Left out: {line}", line=tongue()(line))


def _recheck(relay: Relay, slug: str) -> None:
    """What has been taken off the network within the hour must not be in the film."""
    from relay.collect import recheck

    for fault in recheck.recheck(relay, slug, within=recheck.HOURLY).faults:
        line = tongue()("Whether all posts are still there could not be asked: {fault}")
        typer.echo(line.format(fault=tongue()(fault)), err=True)


def say_undrawn(found: list[UndrawnText]) -> None:
    """On stderr, where it is read before a film is made, and in nobody's way who reads the film's name from stdout."""
    from relay.almanac.delivery import missing_glyphs

    for one in found:
        sentence, facts = missing_glyphs.line(one)
        typer.echo(tongue()(sentence).format(**facts), err=True)


@contextmanager
def film_bar() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr, in frames of the film, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:<12}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(tongue()("film"), total=None)

        def told(done: int, total: int, what: str) -> None:
            bar.update(task, completed=done, total=total, description=tongue()(what) if what else "")

        yield told


def _show(found: PlanView, undrawn: list[UndrawnText], *, json: bool) -> None:
    if json:
        as_json({**views.as_json(found), "undrawn": undrawn})
        return
    facts((name, getattr(found, name)) for name in ("name", "title", "subtitle", "campaign", "fps"))
    table(
        ["clip", "name", "in", "out", "by hand"],
        ([row.clip, row.name, figure(row.start, 2), figure(row.end, 2), _by_hand(row)] for row in found.segments),
        empty="No clips in the plan.",
    )
    for row in found.segments:
        if row.unread:
            say("Clip {clip}: {line}", clip=row.clip, line=row.unread)
    for out in found.left_out:
        say("Left out by {person}: clip {clip}. {reason}", person=out.person, clip=out.clip, reason=out.reason)
    table(
        ["version", "seconds", "file"],
        ([row.version, figure(row.duration, 2), row.file] for row in found.renders),
        empty="Not rendered yet.",
    )
    say_undrawn(undrawn)
    say_lacking(found.lacking)


def _by_hand(row: SegmentView) -> str:
    from relay.web.words.films import by_hand

    return ", ".join(tongue()(mark) for mark in by_hand(row.pinned, row.by_hand))
