from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relay import views
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, facts, figure, say, table, tongue, worded
from relay.language.catalogue import N_
from relay.language.sentence import prefixed

if TYPE_CHECKING:
    from relay.moderation.desk import HistoryEntry

app = typer.Typer(help="Judge and describe clips.", no_args_is_help=True)
Ids = Annotated[list[int], typer.Argument(help="One or several clip numbers.")]
SHOWN = (
    "id", "campaign", "state", "reason", "title", "author", "url", "published_at", "duration", "width", "height",
    "flags", "finding", "finding_reason", "family", "quote", "consent", "sha256",
)  # fmt: skip
"""Fields of a clip that a person reads; `--json` has them all."""
Reason = Annotated[str, typer.Option(help="Why, in a few words.")]
ESTIMATED = "When each sentence is read could not be told: the times are estimated. Look at them before the film."


@app.command()
def add(
    slug: Slug,
    file: Annotated[list[Path], typer.Argument(help="Video files handed in.", exists=True, dir_okay=False)],
    person: Person,
    name: Annotated[str, typer.Option(help="The participant's name.")] = "",
    town: Annotated[str, typer.Option(help="The participant's town.")] = "",
) -> None:
    """Take in video files that were handed in."""
    from relay.bootstrap import open_relay
    from relay.intake.hand_in import files

    for number in files.add_files(open_relay(), slug, file, person=person, name=name, town=town):
        say("Clip {number} is in.", number=number)


@app.command("list")
def listing(
    slug: Slug,
    state: Annotated[str, typer.Option(help="awaiting, approved, rejected, later or withdrawn.")] = "",
    json: AsJson = False,
) -> None:
    """The campaign's clips."""
    from relay.bootstrap import open_relay
    from relay.cli.terminal.show import fail
    from relay.models import ClipState
    from relay.moderation import desk
    from relay.web.wording import flag

    if state and state not in list(ClipState):
        fail("There is no state {wanted}. The states are: {states}.", wanted=state, states=", ".join(ClipState))
    rows = desk.listing(open_relay(), slug, state=ClipState(state) if state else None)
    if json:
        as_json(rows)
        return
    table(
        ["id", "state", "name", "town", "seconds", "size", "flags", "reason"],
        (
            [
                row.id,
                worded(row.state, ours=True),
                row.participant.name,
                row.participant.town,
                figure(row.duration),
                f"{row.width}×{row.height}",
                worded([flag(name)[1] for name in row.flags], ours=True),
                worded(row.reason, ours=True),
            ]
            for row in rows
        ),
        empty="No clips.",
    )


@app.command()
def show(clip: Annotated[int, typer.Argument(help="The clip's number.")], json: AsJson = False) -> None:
    """One clip: what it is, where it was posted, what was decided."""
    from relay.almanac.delivery import missing_glyphs
    from relay.bootstrap import open_relay
    from relay.cli.almanac.films import say_undrawn
    from relay.moderation import desk
    from relay.web.wording import VERDICTS, flag

    relay = open_relay()
    found = desk.show(relay, clip)
    person, language = found.participant, desk.campaign(relay, found.campaign).language
    lacking = list(missing_glyphs.of_person(clip, person.name, person.town, language))
    if json:
        as_json({**views.as_json(found), "undrawn": lacking})
        return
    told = {**views.as_json(found), "flags": [flag(name)[1] for name in found.flags]}
    facts([*((name, told[name]) for name in SHOWN), *told["participant"].items()])
    say_undrawn(lacking)
    for post in found.posts:
        say("posted {at}  {url}  {author}", at=worded(post.published_at), url=post.url, author=post.author)
    for decision in desk.history(relay, clip):
        say(
            "{at}  {person}: {verdict}  {reason}",
            at=worded(decision.at),
            person=decision.person or "Relay",
            verdict=tongue()(VERDICTS.get(decision.verdict, decision.verdict)),
            reason=" ".join(filter(None, _history_words(decision))),
        )


def _history_words(entry: HistoryEntry) -> Iterator[str]:
    """What was corrected, what was agreed, and why."""
    from relay.models import ConsentScope
    from relay.moderation.consent import SCOPES
    from relay.web.wording import FIELDS

    yield "; ".join(
        tongue()(prefixed(tongue()(FIELDS.get(field, field)), f"{before or '–'} → {after or '–'}"))
        for field, (before, after) in entry.changes.items()
    )
    yield tongue()(SCOPES[ConsentScope(entry.scope)]) if entry.scope else ""
    yield worded(entry.reason, ours=True)


@app.command()
def approve(clip: Ids, person: Person, reason: Reason = "") -> None:
    """Take clips into the campaign."""
    _decide(clip, "approve", person, reason)


@app.command()
def reject(clip: Ids, person: Person, reason: Reason = "") -> None:
    """Leave clips out; a reason is needed."""
    _decide(clip, "reject", person, reason)


@app.command()
def later(clip: Ids, person: Person, reason: Reason = "") -> None:
    """Put clips aside for a second look."""
    _decide(clip, "later", person, reason)


@app.command()
def undo(clip: Ids, person: Person) -> None:
    """Take back the last decision on each clip."""
    from relay.bootstrap import open_relay
    from relay.moderation import desk

    relay = open_relay()
    for number in clip:
        decision = desk.undo(relay, number, person=person)
        say("Clip {number} again: {state}", number=number, state=worded(decision.to_state.value, ours=True))


@app.command()
def keep(clip: Ids, person: Person) -> None:
    """Keep clips whose posts are gone: they may be in films again. (To confirm: relay withdraw.)"""
    from relay.bootstrap import open_relay
    from relay.errors import Refused
    from relay.moderation import desk

    relay = open_relay()
    for number in clip:
        doubt = desk.show(relay, number).doubt
        if not doubt:
            raise Refused("Clip {clip} is not in doubt.", clip=number)
        desk.keep(relay, number, person=person, seen=doubt)
        say("Clip {number} is kept.", number=number)


@app.command()
def edit(
    clip: Annotated[int, typer.Argument(help="The clip's number.")],
    person: Person,
    name: Annotated[str | None, typer.Option(help="The participant's name, as credited.")] = None,
    town: Annotated[str | None, typer.Option(help="The town, as credited.")] = None,
    district: Annotated[str | None, typer.Option(help="The district.")] = None,
    age: Annotated[str | None, typer.Option(help="Age or age group.")] = None,
    quote: Annotated[str | None, typer.Option(help="Which text is read.")] = None,
    consent: Annotated[str | None, typer.Option(help="archive, film, public or refused.")] = None,
    evidence: Annotated[str, typer.Option(help="Where the consent is written.")] = "",
) -> None:
    """Correct what is known of the participant."""
    from relay.bootstrap import open_relay
    from relay.moderation import desk

    desk.edit(
        open_relay(),
        clip,
        person=person,
        name=name,
        town=town,
        district=district,
        age=age,
        quote=quote,
        consent=consent,
        evidence=evidence,
    )
    say("Clip {clip} is corrected.", clip=clip)


@app.command()
def caption(
    clip: Annotated[int, typer.Argument(help="The clip's number.")],
    person: Person,
    file: Annotated[Path | None, typer.Argument(help="An SRT or WebVTT file.", exists=True, dir_okay=False)] = None,
    language: Annotated[
        str, typer.Option(help="In two letters: ru, en, fr.", show_default=N_("the campaign's language"))
    ] = "",
    from_quote: Annotated[
        bool, typer.Option("--from-quote", help="The text of the quote, each sentence when it is read.")
    ] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Take them away.")] = False,
    json: AsJson = False,
) -> None:
    """Give a clip captions; with nothing but its number, show those it has."""
    from relay.almanac.assets import captions
    from relay.bootstrap import open_relay
    from relay.models import CaptionOrigin

    relay = open_relay()
    if file is not None or from_quote or remove:
        language = language or captions.usual_language(relay, clip)
    if file is not None:
        captions.from_file(relay, clip, file, language=language, person=person)
    elif from_quote:
        made = captions.from_quote(relay, clip, language=language, person=person)
        if made.origin != CaptionOrigin.reading:
            typer.echo(tongue()(ESTIMATED), err=True)
    elif remove:
        captions.drop(relay, clip, language=language, person=person)
    rows = captions.listing(relay, clip)
    if json:
        as_json(rows)
        return
    table(
        ["language", "from", "to", "text"],
        (
            [row.language, figure(cue["from"], 2), figure(cue["to"], 2), cue["text"].replace("\n", " / ")]
            for row in rows
            for cue in row.cues
        ),
        empty="This clip has no captions.",
    )


def _decide(clips: list[int], verdict: str, person: str, reason: str) -> None:
    """The command line sees the state as it is now; whoever is faster still wins."""
    from relay.bootstrap import open_relay
    from relay.models import Verdict
    from relay.moderation import desk

    relay = open_relay()
    for number in clips:
        seen = desk.show(relay, number).state
        decision = desk.decide(relay, number, Verdict(verdict), person=person, seen=seen, reason=reason)
        say("Clip {number}: {state}", number=number, state=worded(decision.to_state.value, ours=True))
