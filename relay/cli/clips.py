from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relay import views
from relay.cli.terminal.show import (
    AsJson,
    OnlySlug,
    Person,
    Slug,
    as_json,
    as_json_list,
    facts,
    figure,
    say,
    table,
    tongue,
    worded,
)
from relay.language.catalogue import N_
from relay.language.sentence import prefixed

if TYPE_CHECKING:
    from relay.moderation.desk import HistoryEntry
    from relay.moderation.suggestions.evidence import Suggestion

app = typer.Typer(help="Judge and describe clips.", no_args_is_help=True)
Several = Annotated[list[str] | None, typer.Option(help="May be given several times; - is what is not known.")]
Ids = Annotated[list[int], typer.Argument(help="One or several clip numbers.")]
SHOWN = (
    "id", "campaign", "state", "reason", "title", "author", "url", "published_at", "duration", "width", "height",
    "flags", "finding", "finding_reason", "family", "quote", "origin", "text_author", "consent", "sha256",
)  # fmt: skip
"""Fields of a clip that a person reads; `--json` has them all."""
Reason = Annotated[str, typer.Option(help="Why, in a few words.")]


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
    slug: OnlySlug,
    state: Annotated[str, typer.Option(help="awaiting, approved, rejected, later or withdrawn.")] = "",
    search: Annotated[
        str, typer.Option(help="Words of names, towns, texts and of what is said; endings don't matter.")
    ] = "",
    district: Several = None,
    town: Several = None,
    network: Annotated[list[str] | None, typer.Option(help="vk, tg, ok … May be given several times.")] = None,
    source: Annotated[list[int] | None, typer.Option(help="A source's number.")] = None,
    tag: Several = None,
    flag: Annotated[list[str] | None, typer.Option(help="silent, vertical … as --json names them.")] = None,
    consent: Annotated[list[str] | None, typer.Option(help="archive, film, public, refused; - is unknown.")] = None,
    shape: Annotated[list[str] | None, typer.Option(help="upright, wide or square.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Who decided last.")] = None,
    quote: Annotated[list[str] | None, typer.Option(help="The number of the text; - is not known.")] = None,
    heard: Annotated[list[str] | None, typer.Option(help="A text that was heard, by its number.")] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="selection, family, relative, own or book; - is unknown."),
    ] = None,
    named: Annotated[bool | None, typer.Option("--named/--unnamed", help="Whether the name is known.")] = None,
    text: Annotated[bool | None, typer.Option("--text/--no-text", help="Whether the text is known.")] = None,
    double: Annotated[bool | None, typer.Option("--double/--single", help="Whether it was posted twice.")] = None,
    doubtful: Annotated[bool | None, typer.Option("--doubtful/--sure", help="Perhaps withdrawn.")] = None,
    came: Annotated[str, typer.Option(help="crawled or handed-in.")] = "",
    shortest: Annotated[float | None, typer.Option("--min", help="Seconds, at least.")] = None,
    longest: Annotated[float | None, typer.Option("--max", help="Seconds, at most.")] = None,
    since: Annotated[str, typer.Option(help="The day of publication, or a later one: 2023-01-11.")] = "",
    until: Annotated[str, typer.Option(help="The day of publication, or an earlier one.")] = "",
    sort: Annotated[str, typer.Option(help="oldest, newest, longest, shortest, name or decided.")] = "",
    json: AsJson = False,
) -> None:
    """The campaign's clips."""
    from relay.bootstrap import open_relay
    from relay.cli.terminal.show import fail
    from relay.models import ClipState
    from relay.moderation.finding import clips as finding
    from relay.moderation.finding.clip_filter import ClipFilter
    from relay.search import filters
    from relay.web.words.wording import flag as flag_words

    if state and state not in list(ClipState):
        fail("There is no state {wanted}. The states are: {states}.", wanted=state, states=", ".join(ClipState))
    several: dict[str, Any] = {"district": district, "town": town, "network": network, "source": source}
    several |= {
        "tag": tag,
        "flag": flag,
        "consent": consent,
        "shape": shape,
        "by": by,
        "quote": quote,
        "origin": origin,
        "heard": heard,
    }
    one: dict[str, Any] = {"state": state, "q": search, "came": came, "since": since, "until": until, "sort": sort}
    one |= {"named": named, "text": text, "double": double, "doubtful": doubtful, "min": shortest, "max": longest}
    pairs = [(name, str(value)) for name, values in several.items() for value in values or ()]
    pairs += [(name, str(value)) for name, value in one.items() if value is not None]
    rows = finding.streamed(open_relay(), slug, filters.parsed(ClipFilter, pairs))
    if json:
        as_json_list(rows)
        return
    table(
        ["id", "state", "name", "town", "seconds", "size", "flags", "reason", *([N_("said")] if search else [])],
        (
            [
                row.id,
                worded([row.state, *(["returned to the participant"] if row.returned else [])], ours=True),
                row.participant.name,
                row.participant.town,
                figure(row.duration),
                f"{row.width}×{row.height}",
                worded([flag_words(name)[1] for name in row.flags], ours=True),
                worded(row.reason, ours=True),
                *([f"{figure(row.said.at, 1)} s: {row.said.text}" if row.said is not None else ""] if search else []),
            ]
            for row in rows
        ),
        empty="No clips.",
    )


@app.command()
def show(clip: Annotated[int, typer.Argument(help="The clip's number.")], json: AsJson = False) -> None:
    """One clip: what it is, where it was posted, what was decided."""
    from relay.bootstrap import open_relay
    from relay.cli.almanac.films import say_undrawn
    from relay.cli.consent import say_standing
    from relay.moderation import desk
    from relay.web import shown
    from relay.web.words.wording import ORIGINS, VERDICTS, flag

    relay = open_relay()
    found = shown.clip(relay, clip)
    if json:
        as_json(found)
        return
    told = {**views.as_json(found), "flags": [flag(name)[1] for name in found.flags]}
    told["origin"] = ORIGINS.get(found.origin, "")
    facts([*((name, told[name]) for name in SHOWN), *told["participant"].items()])
    say_standing(found.permission)
    say_undrawn(found.undrawn)
    _say_suggestions(found.suggestions)
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


@app.command()
def suggest(
    clip: Ids,
    json: AsJson = False,
) -> None:
    """What the posts say of clips: names, towns, districts, ages, texts, each with its words. Nothing is written."""
    from relay.bootstrap import open_relay
    from relay.moderation.suggestions import service

    relay = open_relay()
    proposed = {number: service.of_clip(relay, number) for number in clip}
    if json:
        as_json([{"clip": number, "suggestions": views.as_json(found)} for number, found in proposed.items()])
        return
    for number, found in proposed.items():
        if found:
            say("Clip {number}, suggested:", number=number)
        else:
            say("Clip {number}: nothing is suggested.", number=number)
        _say_suggestions(found)


def _say_suggestions(proposed: Sequence[Suggestion]) -> None:
    """`  Town: Волхов  (from the post: …из Волхова…)`"""
    from relay.web.words.wording import FIELDS, SAID_WHERE

    for one in proposed:
        told = {
            "field": tongue()(FIELDS[one.field]),
            "value": _value_told(one.field, one.value),
            "where": tongue()(SAID_WHERE[one.evidence.where]),
            "words": f"{one.evidence.before}{one.evidence.words}{one.evidence.after}".strip(),
        }
        if one.sure:
            say("  {field}: {value}  ({where}: {words})", **told)
        else:
            say("  {field}: perhaps {value}  ({where}: {words})", **told)


def _history_words(entry: HistoryEntry) -> Iterator[str]:
    """What was corrected, what was agreed, and why."""
    from relay.models import ConsentScope
    from relay.moderation.consent import SCOPES
    from relay.web.words.wording import FIELDS

    yield "; ".join(
        tongue()(
            prefixed(tongue()(FIELDS.get(field, field)), " → ".join(_value_told(field, value) for value in change))
        )
        for field, change in entry.changes.items()
    )
    yield tongue()(SCOPES[ConsentScope(entry.scope)]) if entry.scope else ""
    yield worded(entry.reason, ours=True)


def _value_told(field: str, value: str) -> str:
    from relay.web.words.wording import ORIGINS

    return (tongue()(ORIGINS[value]) if field == "origin" and value else value) or "–"


@app.command()
def approve(
    clip: Ids,
    person: Person,
    reason: Reason = "",
    override: Annotated[str, typer.Option(help="Why clips that lack permission are taken all the same.")] = "",
) -> None:
    """Take clips into the campaign. One that lacks permission needs an override, in the name of --as."""
    _decide(clip, "approve", person, reason, override)


@app.command()
def reject(clip: Ids, person: Person, reason: Reason = "") -> None:
    """Leave clips out; a reason is needed."""
    _decide(clip, "reject", person, reason)


@app.command()
def later(clip: Ids, person: Person, reason: Reason = "") -> None:
    """Put clips aside for a second look."""
    _decide(clip, "later", person, reason)


@app.command("return")
def send_back(
    clip: Ids,
    person: Person,
    ask: Annotated[
        list[str], typer.Option(help="name, sound, upright, cut_off, guardian or own_words; several times, too.")
    ],
    note: Annotated[str, typer.Option(help="In your own words: the participant reads this.")] = "",
    json: AsJson = False,
) -> None:
    """Return clips to their participants, and show the message with the link to answer by."""
    from relay.bootstrap import open_relay
    from relay.moderation.review import mending

    relay = open_relay()
    for number in clip:
        mending.send_back(relay, number, ask, person=person, note=note)
    shown = [mending.of_clip(relay, number, relay.settings.desk_url)[-1] for number in clip]
    if json:
        as_json(shown)
        return
    for one in shown:
        say("Clip {number} waits for its participant. Send them this:", number=one.clip_id)
        typer.echo(one.message)


@app.command()
def returned(slug: OnlySlug, json: AsJson = False) -> None:
    """The campaign's clips that wait for their participants, and the answers that nobody has judged yet."""
    from relay.bootstrap import open_relay
    from relay.moderation.review import mending
    from relay.moderation.review.asks import ASKS
    from relay.web.words.wording import BROUGHT

    relay = open_relay()
    rows = mending.listing(relay, slug, relay.settings.desk_url)
    if json:
        as_json(rows)
        return
    table(
        ["id", "name", "days", "asked for", "here already", "link"],
        (
            [
                row.new_clip_id or row.clip_id,
                row.name or row.author,
                row.days,
                worded([*(ASKS[code].label for code in row.asks), *filter(None, [row.note])], ours=True),
                worded([BROUGHT[code] for code in row.brought], ours=True),
                row.link,
            ]
            for row in rows
        ),
        empty="No clip waits for its participant.",
    )


@app.command("call-off")
def call_off(clip: Ids, person: Person) -> None:
    """Take returned clips back into the queue as they are."""
    from relay.bootstrap import open_relay
    from relay.moderation.review import mending

    relay = open_relay()
    for number in clip:
        mending.call_off(relay, number, person=person)
        say("Clip {number} is in the queue again.", number=number)


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
    relation: Annotated[str | None, typer.Option(help="Who reads: pupil of class 5, granddaughter.")] = None,
    quote: Annotated[str | None, typer.Option(help="Which text is read.")] = None,
    origin: Annotated[
        str | None,
        typer.Option(help="Where the text is from: selection, family, relative, own or book; empty: not known."),
    ] = None,
    text_author: Annotated[str | None, typer.Option(help="Whose words the text is.")] = None,
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
        relation=relation,
        quote=quote,
        origin=origin,
        text_author=text_author,
        consent=consent,
        evidence=evidence,
    )
    say("Clip {clip} is corrected.", clip=clip)


@app.command()
def trim(
    clip: Annotated[int, typer.Argument(help="The clip's number.")],
    person: Person,
    begins: Annotated[str | None, typer.Option("--in", help="Where it begins: 1.2 or 0:01.2; empty for all.")] = None,
    ends: Annotated[str | None, typer.Option("--out", help="Where it ends; empty for its end.")] = None,
    turn: Annotated[str | None, typer.Option(help="Degrees clockwise: 0, 90, 180 or 270.")] = None,
    note: Annotated[str | None, typer.Option(help="A note to whoever makes the film.")] = None,
    poster_at: Annotated[str | None, typer.Option(help="The moment whose picture is its poster.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take the last change back.")] = False,
    json: AsJson = False,
) -> None:
    """Propose in and out points, a turn and a poster; every film takes them over. With nothing, show them."""
    from relay.bootstrap import open_relay
    from relay.moderation import clip_reviews

    relay = open_relay()
    given = {"begins": begins, "ends": ends, "turn": turn, "editor_note": note, "poster_at": poster_at}
    typed = {name: text for name, text in given.items() if text is not None}
    if undo:
        clip_reviews.undo(relay, clip, person=person)
    elif typed:
        clip_reviews.trim(relay, clip, typed, person=person)
    found = clip_reviews.show(relay, clip)
    if json:
        as_json(found)
        return
    told = {"id": found.clip, "in": found.begins, "out": found.ends, "turn": found.turn, "poster_at": found.poster_at}
    facts({**told, "editor_note": found.editor_note, "person": found.person}.items())


def _decide(clips: list[int], verdict: str, person: str, reason: str, override: str = "") -> None:
    """The command line sees the state as it is now; whoever is faster still wins."""
    from relay.bootstrap import open_relay
    from relay.cli.consent import say_lacking
    from relay.models import Verdict
    from relay.moderation import desk
    from relay.permissions.views import of_clip

    relay = open_relay()
    for number in clips:
        seen = desk.show(relay, number).state
        decision = desk.decide(
            relay, number, Verdict(verdict), person=person, seen=seen, reason=reason, override=override
        )
        say("Clip {number}: {state}", number=number, state=worded(decision.to_state.value, ours=True))
        if verdict == "approve":
            say_lacking([of_clip(relay, number)])
