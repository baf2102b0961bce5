from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from relay.cli.terminal.show import AsJson, Person, as_json, say, table, tongue, worded

app = typer.Typer(help="What is held of one person, and how it is erased.", no_args_is_help=True)
Who = Annotated[
    str,
    typer.Argument(metavar="WHO", help="A clip's or a receipt's number, a contact, a link, or an author like vk:101."),
]


@app.command()
def report(who: Who, json: AsJson = False) -> None:
    """What is held of a person, why, and until when."""
    from relay.bootstrap import open_relay
    from relay.erasure import people
    from relay.web.words.deeds import SUBJECTS
    from relay.web.words.record import FACTS

    found = people.report(open_relay(), who)
    if json:
        as_json(found)
        return
    kinds = {**SUBJECTS, **FACTS}
    table(
        ["what", "number", "campaign", "", "since", "why", "until"],
        (
            [
                tongue()(kinds[row.kind.value]).capitalize(),
                str(row.number),
                row.campaign,
                row.what,
                worded(row.at),
                tongue()(row.why),
                worded(row.until) or "–",
            ]
            for row in found.held
        ),
        empty="Nothing is held any more.",
    )


@app.command()
def export(
    who: Who,
    folder: Annotated[Path, typer.Argument(help="A new folder, for data.json and the videos.")],
    json: AsJson = False,
) -> None:
    """Write all that is held of a person into a folder, for them to take along."""
    from relay.bootstrap import open_relay
    from relay.erasure import people

    found = people.export(open_relay(), who, folder)
    if json:
        as_json(found)
        return
    say("{folder} holds the videos and data.json; entries: {count}.", folder=folder, count=len(found.held))


@app.command()
def erase(
    who: Who,
    reason: Annotated[str, typer.Option(help="Who asked for it, and how.")],
    person: Person,
    json: AsJson = False,
) -> None:
    """Erase a person's clips and all that was written of them, for good."""
    from relay.bootstrap import open_relay
    from relay.erasure import certificate, people

    relay = open_relay()
    found = people.erase(relay, who, reason=reason, person=person)
    made = certificate.of_clips(relay, found.clips)
    if json:
        as_json(made)
        return
    say("Erased clips: {clips}; hand-ins: {hand_ins}.", clips=len(found.clips), hand_ins=len(found.hand_ins))
    for one in made:
        say("Clip {clip}: certificate {number}.", clip=one.clip, number=one.number)


@app.command()
def certificate(
    number: Annotated[str, typer.Argument(metavar="CLIP|NUMBER", help="Clip number, or a certificate's.")],
    json: AsJson = False,
) -> None:
    """Show what was erased, where and when: the certificate for the participant."""
    from relay.bootstrap import open_relay
    from relay.erasure import certificate as certificates
    from relay.web.words.erasure import PLACES

    shown = certificates.named(open_relay(), number)
    if json:
        as_json(shown)
        return
    say(
        "Certificate {number}: clip {clip} of {campaign}", number=shown.number, clip=shown.clip, campaign=shown.campaign
    )
    say("Taken back: {at}", at=worded(shown.asked_at))
    if shown.done_at:
        say("Erased: {at}; nothing of it is left.", at=worded(shown.done_at))
    else:
        say("It is still being erased.")
    for place, count in shown.removed.items():
        say("  {place}: {count}", place=tongue()(PLACES.get(place, place)), count=count)
    for film in shown.films:
        say("  {title}, version {version}: closed", title=film.title, version=film.version)


@app.command()
def readmit(
    number: Annotated[str, typer.Argument(metavar="CLIP|NUMBER", help="Clip number, or a certificate's.")],
    person: Person,
    json: AsJson = False,
) -> None:
    """Let in again what was erased, because its participant brings it back."""
    from relay.bootstrap import open_relay
    from relay.erasure import readmitting

    shown = readmitting.readmit(open_relay(), number, person=person)
    if json:
        as_json(shown)
        return
    say("What was erased as {number} may come again.", number=shown.number)


@app.command()
def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what is due.")] = False,
    json: AsJson = False,
) -> None:
    """Remove what was kept long enough, by the RELAY_KEEP_… settings."""
    from relay.bootstrap import open_relay
    from relay.erasure import retention
    from relay.web.words.erasure import RULES

    found = retention.prune(open_relay(), dry_run=dry_run)
    if json:
        as_json(found)
        return
    table(
        ["what", "kept for days", "due", "removed"],
        (
            [tongue()(RULES[one.rule]), str(one.days) if one.days else "–", str(one.due), str(one.removed)]
            for one in found
        ),
        empty="",
    )
