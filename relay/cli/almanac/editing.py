"""The editor's hand on a plan: place, trim, retitle, leave out, pin, undo; what the next film costs; sign-offs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from relay import views
from relay.cli.almanac.films import Name, say_undrawn
from relay.cli.terminal.show import AsJson, Person, Slug, as_json, say, table, tongue

if TYPE_CHECKING:
    from relay.almanac.delivery.reviewing.mailing import OfficialLetter
    from relay.almanac.delivery.sign_off import SignOffView

Clip = Annotated[int, typer.Argument(help="The clip's number.")]


def place(
    slug: Slug,
    name: Name,
    clip: Clip,
    person: Person,
    before: Annotated[int | None, typer.Option(help="The clip that comes after it (default: put it last).")] = None,
) -> None:
    """Put a clip somewhere by hand; it keeps its place beside its neighbours."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.place(open_relay(), slug, name, clip, before=before, person=person)
    _say_done(slug, name)


def trim(
    slug: Slug,
    name: Name,
    clip: Clip,
    person: Person,
    first: Annotated[str | None, typer.Option("--in", help="Where it begins: seconds, or minutes:seconds.")] = None,
    last: Annotated[str | None, typer.Option("--out", help="Where it ends.")] = None,
    whole: Annotated[bool, typer.Option("--whole", help="The whole clip again.")] = False,
) -> None:
    """Set where a clip begins and ends in the film."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    if whole:
        edits.untrim(open_relay(), slug, name, clip, person=person)
    else:
        edits.trim(open_relay(), slug, name, clip, first=time_of(first), last=time_of(last), person=person)
    _say_done(slug, name)


def retitle(
    slug: Slug,
    name: Name,
    clip: Clip,
    person: Person,
    who: Annotated[str | None, typer.Option("--name", help="The name on the cards of this film.")] = None,
    town: Annotated[str | None, typer.Option(help="The town on the cards of this film.")] = None,
) -> None:
    """Change the card texts of this film only; without options the clip's own name and town again."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.retitle(open_relay(), slug, name, clip, who=who, town=town, person=person)
    _say_done(slug, name)


def leave_out(
    slug: Slug,
    name: Name,
    clip: Clip,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why; it stands in the list of what is left out.")] = "",
) -> None:
    """Take a clip out of the film; no rule brings it back."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.leave_out(open_relay(), slug, name, clip, reason=reason, person=person)
    _say_done(slug, name)


def bring_back(slug: Slug, name: Name, clip: Clip, person: Person) -> None:
    """Put a clip back that was left out."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.bring_back(open_relay(), slug, name, clip, person=person)
    _say_done(slug, name)


def pin(
    slug: Slug,
    name: Name,
    clip: Clip,
    person: Person,
    where: Annotated[str, typer.Argument(help="opening, closing, or free.")],
) -> None:
    """Make a clip the first or the last of the film, or give its place back to the rules."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.pin(open_relay(), slug, name, clip, "" if where == "free" else where, person=person)
    _say_done(slug, name)


def undo(slug: Slug, name: Name, person: Person) -> None:
    """Take the last change of the plan back."""
    from relay.almanac.plan import edits
    from relay.bootstrap import open_relay

    edits.undo(open_relay(), slug, name, person=person)
    _say_done(slug, name)


def diff(slug: Slug, name: Name, json: AsJson = False) -> None:
    """What has changed since the newest version, and what the next render will cost."""
    from relay.almanac.delivery import cost
    from relay.bootstrap import open_relay

    found = cost.diff(open_relay(), slug, name)
    if json:
        as_json(found)
        return
    for change in found.changes:
        say(cost.SENTENCES[change.what], **views.as_json(change))
    say_undrawn(found.undrawn)
    if found.refused:
        typer.echo(tongue()(found.refused))
        return
    say(cost.COST, **views.as_json(found.cost), changed=found.changed, clips=found.clips)
    if line := cost.credits_line(found.cost.credits):
        say(line)


def sign_off(
    slug: Slug,
    name: Name,
    person: Person,
    to: Annotated[str, typer.Option("--to", help="Who is asked to agree; without it the links are listed.")] = "",
    position: Annotated[str, typer.Option(help="Their position, as it stands in the protocol.")] = "",
    days: Annotated[int, typer.Option(min=1, max=90, help="How long the link works.")] = 7,
    version: Annotated[int, typer.Option(min=0, help="Which version of the film (default: the newest).")] = 0,
    revoke: Annotated[int, typer.Option(min=0, help="The number of a link that is to work no more.")] = 0,
    mail: Annotated[str, typer.Option(help="Their address: a letter brings them the link, and reminds them.")] = "",
    language: Annotated[str, typer.Option(help="Language of the letter (default: the campaign's).")] = "",
    letters: Annotated[bool, typer.Option("--letters", help="List the letters that were written.")] = False,
    again: Annotated[int, typer.Option(min=0, help="The number of a link that is to be mailed again.")] = 0,
    json: AsJson = False,
) -> None:
    """Ask an official to agree to one version of the film, by a link that needs no account."""
    from relay.almanac.delivery import sign_off
    from relay.almanac.delivery.reviewing import mailing
    from relay.bootstrap import open_relay

    relay = open_relay()
    if revoke:
        sign_off.revoke(relay, revoke, person=person)
        if json:
            as_json({"number": revoke, "works": False})
        else:
            say("Link {number} works no more.", number=revoke)
        return
    if letters:
        _mailed(mailing.listing(relay, slug, name), json=json)
        return
    if again:
        mailing.again(relay, again, mail=mail, person=person)
        if json:
            as_json({"number": again, "mailed": True})
        else:
            say("A letter brings link {number}.", number=again)
        return
    if not to:
        _signed(sign_off.listing(relay, slug, name), json=json)
        return
    wish = {"to": to, "position": position, "days": days, "mail": mail, "language": language}
    asked = sign_off.ask(relay, slug, name, version=version, person=person, **wish)  # type: ignore[arg-type]
    link = f"{relay.settings.desk_url}/sign-off/{asked.secret}"
    if json:
        as_json({"number": asked.number, "link": link, "version": asked.version, "expires_at": asked.expires_at})
        return
    typer.echo(link)
    say("Shown only now. Version {version}, for {to}, works until {until:%Y-%m-%d %H:%M}.",
        version=asked.version, to=to, until=asked.expires_at)  # fmt: skip


def sign(
    slug: Slug,
    name: Name,
    person: Person,
    version: Annotated[int, typer.Option(min=0, help="Which version of the film (default: the newest).")] = 0,
) -> None:
    """A copy of the film with content credentials (C2PA), signed by this installation; needs an extra."""
    from relay.almanac.delivery import credentials
    from relay.bootstrap import open_relay

    made = credentials.sign(open_relay(), slug, name, version=version, person=person)
    typer.echo(made.path)
    say("Signed and read back. Players call the signer “not trusted” until somebody vouches for its certificate.")


def remarks(
    slug: Slug,
    name: Name,
    person: Person,
    reply: Annotated[int | None, typer.Option(min=1, help="Answer the remark of this number, with --text.")] = None,
    text: Annotated[str, typer.Option(help="What you answer.")] = "",
    done: Annotated[int | None, typer.Option(min=1, help="The remark of this number is dealt with.")] = None,
    reopen: Annotated[int | None, typer.Option(min=1, help="The remark of this number is open again.")] = None,
    json: AsJson = False,
) -> None:
    """What people said about moments of the film's versions; answer it, tick it off."""
    from relay.almanac.delivery import remarks
    from relay.bootstrap import open_relay

    relay = open_relay()
    if reply is not None:
        remarks.reply(relay, slug, name, reply, text, person=person)
    for number, is_done in ((done, True), (reopen, False)):
        if number is not None:
            remarks.settle(relay, slug, name, number, done=is_done, person=person)
    rows = remarks.listing(relay, slug, name)
    if json:
        as_json(rows)
        return
    table(
        ["number", "version", "at", "person", "remark", "answers", "done"],
        ([row.id, row.version, row.clock, row.person, row.text, len(row.replies), row.done_by] for row in rows),
        empty="Nobody has remarked anything yet.",
    )


def _signed(rows: list[SignOffView], *, json: bool) -> None:
    if json:
        as_json(rows)
        return
    from relay.web.words.films import SIGN_OFFS

    words = tongue()
    table(
        ["number", "version", "person", "position", "state", "remarks"],
        ([row.number, row.version, row.person, row.position, words(SIGN_OFFS[row.state]), _count(row)] for row in rows),
        empty="Nobody has been asked to sign this film off.",
    )


def _mailed(found: Mapping[int, list[OfficialLetter]], *, json: bool) -> None:
    rows = [letter for letters in found.values() for letter in letters]
    if json:
        as_json(rows)
        return
    words = tongue()
    table(
        ["number", "kind", "address", "state", "at", "reason"],
        ([row.sign_off, row.kind, row.address, row.state, row.at, words(row.reason)] for row in rows),
        empty="No letter was written.",
    )


def _count(row: SignOffView) -> int:
    return len(row.remarks)


def time_of(text: str | None) -> float | None:
    from relay.almanac.plan.rules import seconds_of
    from relay.errors import Refused

    if text is None:
        return None
    try:
        return seconds_of(text)
    except ValueError as error:
        raise Refused("{time} is no time.", hint="Write seconds (12.5) or minutes (1:02.5).", time=text) from error


def _say_done(slug: str, name: str) -> None:
    say("Done. What it costs: relay almanac diff {slug} {name}", slug=slug, name=name)


COMMANDS = (place, trim, retitle, leave_out, bring_back, pin, undo, diff, sign_off, sign, remarks)
