from __future__ import annotations

from typing import Annotated

import typer

from relay.cli.show import AsJson, Person, Slug, as_json, facts, fail, say, table, worded

app = typer.Typer(help="The posts that were found.", no_args_is_help=True)


@app.command("list")
def listing(
    slug: Slug,
    match: Annotated[str, typer.Option(help="Only exact, near or outside.")] = "",
    json: AsJson = False,
) -> None:
    """Posts of the campaign: ours, look-alikes, and those outside the window."""
    from relay.bootstrap import open_relay
    from relay.collect import posts
    from relay.models import MatchKind

    if match and match not in list(MatchKind):
        fail("There is no match {wanted}. There are: {known}.", wanted=match, known=", ".join(MatchKind))
    rows = [row for row in posts.listing(open_relay(), slug) if match in ("", row["match"])]
    if json:
        as_json(rows)
        return
    table(
        ["id", "match", "published", "author", "text", "url"],
        (
            [
                row["id"],
                worded(row["match"], ours=True),
                worded(row["published_at"]),
                row["author"],
                str(row["text"])[:60],
                row["url"],
            ]
            for row in rows
        ),
        empty="No posts yet. Look for some: relay crawl CAMPAIGN",
    )


@app.command()
def show(post: Annotated[int, typer.Argument(help="The post's number.")], json: AsJson = False) -> None:
    """One post with its videos, also those that never became a clip, and why."""
    from relay.bootstrap import open_relay
    from relay.collect import posts

    found = posts.show(open_relay(), post)
    if json:
        as_json(found)
        return
    facts((name, value) for name, value in found.items() if name != "videos")
    for video in found["videos"]:
        say(
            "video {url}: {state}  {reason}",
            url=video["url"],
            state=worded(video["state"], ours=True),
            reason=worded(video["reason"], ours=True),
        )


@app.command()
def add(
    slug: Slug,
    url: Annotated[str, typer.Argument(help="Link to a post or a video.")],
    person: Person,
) -> None:
    """Hand in a link that the crawl can't find."""
    from relay.bootstrap import open_relay
    from relay.collect import posts

    number = posts.add(open_relay(), slug, url, person=person)
    say("Post {number} is in. `relay work` fetches its video.", number=number)


@app.command()
def accept(
    post: Annotated[list[int], typer.Argument(help="One or several post numbers.")],
    person: Person,
    alias: Annotated[bool, typer.Option("--alias", help="Count this spelling from now on, in every post.")] = False,
) -> None:
    """Take in posts whose tag only looks like ours."""
    from relay.bootstrap import open_relay
    from relay.collect import near

    relay = open_relay()
    for number in post:
        taken = near.accept(relay, number, person=person)
        say("Post {number} is ours. `relay work` fetches its video.", number=number)
        if not taken["alias"]:
            continue
        if alias:
            alike = near.add_alias(relay, taken["campaign"], taken["alias"], person=person)
            say(
                "{alias} counts like the tag itself now. Other posts taken in: {posts}.",
                alias=taken["alias"],
                posts=alike,
            )
        elif taken["alike"]:
            say(
                "Posts with the same spelling {alias}: {posts}. Take them in with --alias.",
                alias=taken["alias"],
                posts=taken["alike"],
            )


@app.command("turn-down")
def turn_down(
    post: Annotated[list[int], typer.Argument(help="One or several post numbers.")],
    person: Person,
) -> None:
    """Say of posts whose tag looks like ours that they are not."""
    from relay.bootstrap import open_relay
    from relay.collect import near

    relay = open_relay()
    for number in post:
        near.turn_down(relay, number, person=person)
        say("Post {number} is not ours.", number=number)
