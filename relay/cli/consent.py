from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from relay.cli.terminal import complete
from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, say, table, tongue, worded

if TYPE_CHECKING:
    from relay.permissions.rules import Use
    from relay.permissions.views import ClipPermissionView

app = typer.Typer(help="Who allowed what, and what a film may use.", no_args_is_help=True)
Clip = Annotated[int, typer.Argument(help="The clip's number.")]
Clips = Annotated[list[int], typer.Argument(help="One or several clip numbers.")]
Broadcast = Annotated[
    bool | None, typer.Option("--broadcast/--no-broadcast", help="To be broadcast, on television or on the internet.")
]
Abroad = Annotated[bool | None, typer.Option("--abroad/--no-abroad", help="To be shown abroad.")]


@app.command("list")
def listing(
    slug: OnlySlug,
    lacking: Annotated[bool, typer.Option("--lacking", help="Only clips that lack permission.")] = False,
    broadcast: Annotated[bool, typer.Option("--broadcast", help="To be broadcast, too.")] = False,
    abroad: Annotated[bool, typer.Option("--abroad", help="To be shown abroad, too.")] = False,
    json: AsJson = False,
) -> None:
    """How the campaign's clips stand with their permission."""
    from relay.bootstrap import open_relay
    from relay.permissions import views

    uses = _uses(broadcast=broadcast, abroad=abroad)
    rows = views.listing(open_relay(), slug, lacking=lacking, uses=uses)
    if json:
        as_json(rows)
        return
    table(
        ["id", "state", "name", "town", "passes", "permission", "lacks"],
        (
            [row.clip, worded(row.state, ours=True), row.name, row.town, worded(row.passes), _ground(row), _lacks(row)]
            for row in rows
        ),
        empty="No clip lacks permission." if lacking else "No clips.",
    )


@app.command()
def show(clip: Clip, json: AsJson = False) -> None:
    """How one clip stands, and whether its author was asked."""
    from relay.bootstrap import open_relay
    from relay.moderation.agreement import links
    from relay.permissions import views

    relay = open_relay()
    found, asked = views.of_clip(relay, clip), links.of_clip(relay, clip, relay.settings.desk_url)
    if json:
        as_json({"permission": found, "asked": asked})
        return
    say_standing(found)
    for one in asked:
        say(
            "asked by {person} at {at}: {state}  {link}",
            person=one.asked_by,
            at=worded(one.asked_at),
            state=tongue()(_ask_state(one.state)),
            link=one.link,
        )


@app.command()
def rule(
    slug: Slug,
    person: Person,
    permission: Annotated[
        str, typer.Option(help="What counts as permission to show a clip: public-post, asked or written.")
    ] = "",
    gate: Annotated[
        str,
        typer.Option(help="What becomes of a clip that lacks it: override (a name and a reason are needed) or tell."),
    ] = "",
    json: AsJson = False,
) -> None:
    """What the campaign takes for permission. With nothing, show it."""
    from relay.bootstrap import open_relay
    from relay.collect.leading import settings
    from relay.models import PermissionGate, PermissionRule
    from relay.permissions.rules import GATES, RULES

    relay = open_relay()
    typed = {name: text for name, text in (("permission", permission), ("gate", gate)) if text}
    if typed:
        settings.change(relay, slug, typed, settings.shown(relay, slug), person=person)
    now = settings.shown(relay, slug)
    if json:
        as_json({"permission": now["permission"], "gate": now["gate"]})
        return
    say("Permission: {rule}", rule=tongue()(RULES[PermissionRule(now["permission"])]))
    say("Without it: {gate}", gate=tongue()(GATES[PermissionGate(now["gate"])]))


@app.command()
def note(
    clip: Clip,
    person: Person,
    scope: Annotated[str | None, typer.Option(help="archive, film, public or refused.")] = None,
    evidence: Annotated[str, typer.Option(help="Where the consent is written.")] = "",
    until: Annotated[str, typer.Option(help="The last day on which it holds; - is no end.")] = "",
    guardian: Annotated[str | None, typer.Option(help="The parent or guardian who agreed for a child.")] = None,
    broadcast: Broadcast = None,
    abroad: Abroad = None,
    json: AsJson = False,
) -> None:
    """Note what its author allowed. What is not said anew stays as it was."""
    from relay.bootstrap import open_relay
    from relay.moderation import consent
    from relay.permissions import views
    from relay.permissions.notes import ConsentTerms, day_of

    relay = open_relay()
    terms = ConsentTerms(
        broadcast=broadcast, abroad=abroad, until=day_of(until), for_ever=until.strip() == "-", guardian=guardian
    )
    consent.note(relay, clip, scope, evidence, person=person, terms=terms)
    found = views.of_clip(relay, clip)
    if json:
        as_json(found)
        return
    say_standing(found)


@app.command()
def ask(
    clip: Clips,
    person: Person,
    days: Annotated[int, typer.Option(help="For so many days the link works.")] = 30,
    language: Annotated[str, typer.Option(help="Of the message: ru, en, fr; else the campaign's.")] = "",
    json: AsJson = False,
) -> None:
    """Make a link by which the author answers, and show the message to send them."""
    from relay.bootstrap import open_relay
    from relay.moderation.agreement import links

    relay = open_relay()
    made = [links.ask(relay, one, person=person, base_url=relay.settings.desk_url, days=days) for one in clip]
    if json:
        as_json(made)
        return
    for one in made:
        say("Send this to the author of clip {number}:", number=one.clip)
        typer.echo(one.messages.get(language) or next(iter(one.messages.values())))


@app.command("end-link")
def end_link(clip: Clips, person: Person) -> None:
    """Let the link shown to an author work no more; what they answered stays."""
    from relay.bootstrap import open_relay
    from relay.moderation.agreement import links

    relay = open_relay()
    for number in clip:
        links.end(relay, number, person=person)
        say("The link of clip {number} works no more.", number=number)


@app.command()
def override(
    clip: Clips,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why these clips pass without permission.")] = "",
    broadcast: Annotated[bool, typer.Option("--broadcast", help="To be broadcast, too.")] = False,
    abroad: Annotated[bool, typer.Option("--abroad", help="To be shown abroad, too.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Take it upon you no more.")] = False,
    json: AsJson = False,
) -> None:
    """Take it upon you, by name, that clips lack permission. What an author has said stays."""
    from relay.bootstrap import open_relay
    from relay.permissions import overrides, views

    relay, uses = open_relay(), _uses(broadcast=broadcast, abroad=abroad)
    for number in clip:
        if take_back:
            overrides.take_back(relay, number, person=person)
        else:
            overrides.take_upon(relay, number, person=person, reason=reason, uses=uses)
    found = [views.of_clip(relay, number, uses=uses) for number in clip]
    if json:
        as_json(found)
        return
    for one in found:
        say_standing(one)


@app.command()
def film(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="The almanac's name.", autocompletion=complete.films)],
    person: Person,
    broadcast: Broadcast = None,
    abroad: Abroad = None,
    json: AsJson = False,
) -> None:
    """Say where a film goes, and see who in it has not agreed to that."""
    from relay.almanac.plan import queries, reaches
    from relay.bootstrap import open_relay
    from relay.models import FilmReach
    from relay.web.words.wording import REACHES

    relay = open_relay()
    wanted = {FilmReach.broadcast: broadcast, FilmReach.abroad: abroad}
    if any(said is not None for said in wanted.values()):
        now = set(reaches.of_film(relay, slug, name))
        asked = {one for one, said in wanted.items() if (one in now if said is None else said)}
        reaches.set_for(relay, slug, name, asked, person=person)
    found = queries.show(relay, slug, name)
    if json:
        as_json({"uses": found.uses, "lacking": found.lacking})
        return
    for one in found.uses:
        typer.echo(tongue()(REACHES[one]))
    say_lacking(found.lacking, err=False)


def say_standing(found: ClipPermissionView) -> None:
    """What the permission stands on, and what is lacking."""
    from relay.permissions.rules import GROUNDS, LACKS

    say("Clip {clip}: {ground}", clip=found.clip, ground=tongue()(GROUNDS[found.ground]))
    if found.until:
        say("  It holds until {day}.", day=found.until)
    if found.guardian:
        say("  Agreed for a child by {guardian}", guardian=found.guardian)
    for one in found.lacks:
        if one in found.overridden:
            why = {"person": found.overridden_by, "reason": found.override_reason}
            say("  {line} {person} takes it upon them: {reason}", line=tongue()(LACKS[one]), **why)
        else:
            say("  {line}", line=tongue()(LACKS[one]))


def say_lacking(found: Sequence[ClipPermissionView], *, err: bool = True) -> None:
    """On stderr, where it is read before a film is made, and in nobody's way who reads the film's name from stdout."""
    words = tongue()
    for one in found:
        if one.open:
            line = words("Clip {clip} ({who}): {lacks}").format(clip=one.clip, who=one.name or "?", lacks=_lacks(one))
            typer.echo(line, err=err)
    if any(one.open for one in found):
        hint = words("Ask their authors: relay consent ask CLIP. Or take it upon you: relay consent override CLIP")
        typer.echo(hint, err=err)


def _uses(*, broadcast: bool, abroad: bool) -> frozenset[Use]:
    from relay.models import FilmReach
    from relay.permissions.rules import uses_of

    return uses_of(one for one, said in ((FilmReach.broadcast, broadcast), (FilmReach.abroad, abroad)) if said)


def _ground(row: ClipPermissionView) -> str:
    from relay.permissions.rules import GROUNDS

    return tongue()(GROUNDS[row.ground])


def _lacks(row: ClipPermissionView) -> str:
    from relay.permissions.rules import LACKS

    return " ".join(tongue()(LACKS[one]) for one in row.open)


def _ask_state(state: str) -> str:
    from relay.web.words.wording import ASK_STATES

    return ASK_STATES[state]
