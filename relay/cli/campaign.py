from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import typer

from relay import views
from relay.cli.board import take_table
from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, facts, say, table, tongue, worded

COMMENTS = "Look for the tag in comments below posts too; each look costs a call."

PERMISSION = "What counts as permission to show a clip: public-post, asked or written."
GATE = "What becomes of a clip that lacks it: override (a name and a reason are needed) or tell."

app = typer.Typer(help="Open, close and watch campaigns.", no_args_is_help=True)


app.command("table")(take_table)


class Switch(StrEnum):
    on = "on"
    off = "off"


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Short name: small Latin letters, digits, dashes.")],
    title: Annotated[str, typer.Option(help="The title, as it stands on the film.")],
    hashtag: Annotated[list[str], typer.Option(help="The tag to look for; may be given several times.")],
    opens: Annotated[str, typer.Option(help="First day or moment that counts, e.g. 2023-01-11 or 11.01.2023.")],
    closes: Annotated[str, typer.Option(help="Last day or moment that counts, e.g. 2023-01-18 or 18.01.2023 23:59.")],
    tz: Annotated[str, typer.Option(help="The campaign's time zone.")] = "Europe/Moscow",
    alias: Annotated[list[str] | None, typer.Option(help="A spelling that counts like the tag.")] = None,
    language: Annotated[
        str, typer.Option(help="The language of cards and credits, by its code.", show_default="RELAY_LANGUAGE")
    ] = "",
    comments: Annotated[bool, typer.Option("--comments", help=COMMENTS)] = False,
    permission: Annotated[str, typer.Option("--permission", help=PERMISSION)] = "",
    gate: Annotated[str, typer.Option("--gate", help=GATE)] = "",
) -> None:
    """Create a campaign. It starts by itself when it opens, or with `relay campaign start`."""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    campaign = campaigns.new(
        open_relay(),
        slug=slug,
        title=title,
        hashtags=hashtag,
        aliases=alias or [],
        opens=opens,
        closes=closes,
        tz=tz,
        language=language,
        comments=comments,
        permission=permission,
        gate=gate,
    )
    say("Campaign {slug} is made. Next: relay source add {slug} vk:tag", slug=campaign.slug)


@app.command()
def start(slug: OnlySlug, person: Person) -> None:
    """Start collecting now."""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    campaigns.start(open_relay(), slug, person=person)
    say("Campaign {slug} is running.", slug=slug)


@app.command()
def stop(slug: OnlySlug, person: Person) -> None:
    """Stop collecting: one last sweep is made, then what counts is frozen."""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    campaigns.stop(open_relay(), slug, person=person)
    say("Campaign {slug} is stopped; `relay work` makes the last sweep.", slug=slug)


@app.command()
def extend(
    slug: Slug,
    closes: Annotated[str, typer.Argument(help="The new last day or moment, e.g. 2023-01-25.")],
    person: Person,
) -> None:
    """Move the closing time."""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    campaign = campaigns.extend(open_relay(), slug, closes, person=person)
    closes_at = worded(campaigns.local(campaign, campaign.closes_at))
    say("Campaign {slug} now closes at {closes}.", slug=slug, closes=closes_at)


@app.command()
def archive(slug: Slug, person: Person) -> None:
    """Put a campaign that is over aside: it stays to be seen, and nothing is read for it any more."""
    from relay.bootstrap import open_relay
    from relay.collect.leading import life

    life.archive(open_relay(), slug, person=person)
    say("Campaign {slug} is archived. Take it out again: relay campaign bring-back {slug}", slug=slug)


@app.command("bring-back")
def bring_back(slug: Slug, person: Person) -> None:
    """Take a campaign out of the archive. It is stopped, and starts again only by hand."""
    from relay.bootstrap import open_relay
    from relay.collect.leading import life

    life.bring_back(open_relay(), slug, person=person)
    say("Campaign {slug} is out of the archive, and stopped.", slug=slug)


@app.command()
def comments(slug: Slug, switch: Annotated[Switch, typer.Argument(help="on or off.")], person: Person) -> None:
    """Look for the tag in comments below posts, or leave them aside."""
    from relay.bootstrap import open_relay
    from relay.collect import comments

    on = switch is Switch.on
    comments.set_for(open_relay(), slug, on=on, person=person)
    if on:
        say("Comments are searched for the tag; what is found waits among the near misses.")
    else:
        say("Comments are left aside.")


@app.command("hand-in")
def hand_in(
    slug: Slug,
    page: Annotated[Literal["open", "close"], typer.Argument(help="open or close.")],
    person: Person,
) -> None:
    """Open or close the public page on which participants hand videos in. It is closed until it is opened."""
    from relay.bootstrap import open_relay
    from relay.intake.hand_in import hand_ins

    relay = open_relay()
    campaign = hand_ins.switch(relay, slug, is_open=page == "open", person=person)
    if not campaign.hand_in:
        say("The hand-in page of {slug} is closed; receipts go on working.", slug=slug)
    elif hand_ins.is_over(campaign):
        say("The hand-in page of {slug} stays closed: the campaign is over. Extend or start it first.", slug=slug)
    elif hand_ins.is_open(campaign):
        say("The hand-in page is open: {address}", address=f"{relay.settings.desk_url}/take-part/{slug}")
    else:
        say("The hand-in page opens when {slug} runs: {address}", slug=slug,
            address=f"{relay.settings.desk_url}/take-part/{slug}")  # fmt: skip


@app.command()
def status(slug: OnlySlug, json: AsJson = False) -> None:
    """How the campaign stands: sources, posts, videos, clips, alerts."""
    from relay.bootstrap import open_relay
    from relay.collect import campaigns

    found = campaigns.status(open_relay(), slug)
    if json:
        as_json(found)
        return
    facts((name, value) for name, value in views.as_json(found).items() if name != "alerts")
    for alert in found.alerts:
        say("! {line}", line=tongue()(alert.text))


@app.command("list")
def listing(json: AsJson = False) -> None:
    """All campaigns."""
    from relay.bootstrap import open_relay
    from relay.collect import summaries

    rows = summaries.campaign_rows(open_relay())
    if json:
        as_json(rows)
        return
    table(
        ["campaign", "state", "title", "hashtags"],
        ([row.slug, worded(row.state, ours=True), row.title, " ".join(row.hashtags)] for row in rows),
        empty="No campaigns yet. Make one: relay campaign new …",
    )
