from __future__ import annotations

from typing import Annotated

import typer

from relay import views
from relay.cli.terminal.show import AsJson, OnlySlug, Person, Slug, as_json, facts, fail, say, table, worded

app = typer.Typer(help="The posts that were found.", no_args_is_help=True)


@app.command("list")
def listing(
    slug: OnlySlug,
    match: Annotated[str, typer.Option(help="Only exact, near or outside.")] = "",
    without_video: Annotated[
        bool, typer.Option("--without-video", help="Only those with the tag and no video that can be fetched, and why.")
    ] = False,
    put_aside: Annotated[
        bool, typer.Option("--put-aside", help="With --without-video: those that somebody has put aside.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Posts of the campaign: ours, look-alikes, and those outside the window."""
    if without_video or put_aside:
        _without_video(slug, put_aside=put_aside, json=json)
        return
    from relay.bootstrap import open_relay
    from relay.collect.found import posts
    from relay.models import MatchKind

    if match and match not in list(MatchKind):
        fail("There is no match {wanted}. There are: {known}.", wanted=match, known=", ".join(MatchKind))
    rows = [row for row in posts.listing(open_relay(), slug) if match in ("", row.match)]
    if json:
        as_json(rows)
        return
    table(
        ["id", "match", "published", "author", "text", "url"],
        (
            [
                row.id,
                worded(row.match, ours=True),
                worded(row.published_at),
                row.author,
                str(row.text)[:60],
                row.url,
            ]
            for row in rows
        ),
        empty="No posts yet. Look for some: relay crawl CAMPAIGN",
    )


def _without_video(slug: str, *, put_aside: bool, json: bool) -> None:
    from relay.bootstrap import open_relay
    from relay.collect import without_video
    from relay.collect.found import posts
    from relay.web.words.wording import NO_VIDEO

    relay = open_relay()
    everything = {row.id: row for row in posts.listing(relay, slug)}
    rows = [everything[row.id] for row in without_video.listing(relay, slug, put_aside=put_aside)]
    if json:
        as_json(rows)
        return
    table(
        ["id", "published", "author", "without a video because", "text", "url"],
        (
            [
                row.id,
                worded(row.published_at),
                row.author,
                f"{worded(NO_VIDEO[row.unfetchable], ours=True)} {worded(row.reason, ours=True)}".strip(),
                str(row.text)[:60],
                row.url,
            ]
            for row in rows
        ),
        empty="Every post with the tag has a video that can be fetched.",
    )


@app.command()
def show(post: Annotated[int, typer.Argument(help="The post's number.")], json: AsJson = False) -> None:
    """One post with its videos, also those that never became a clip, and why."""
    from relay.bootstrap import open_relay
    from relay.collect.found import posts
    from relay.web.words.wording import NO_VIDEO

    found = posts.show(open_relay(), post)
    if json:
        as_json(found)
        return
    told = views.as_json(found) | {"unfetchable": NO_VIDEO.get(found.unfetchable, "")}
    facts((name, value) for name, value in told.items() if name != "videos")
    for video in found.videos:
        say(
            "video {url}: {state}  {reason}",
            url=video.url,
            state=worded(video.state, ours=True),
            reason=worded(video.reason, ours=True),
        )


@app.command()
def add(
    slug: Slug,
    url: Annotated[str, typer.Argument(help="Link to a post or a video.")],
    person: Person,
) -> None:
    """Hand in a link that the crawl can't find."""
    from relay.bootstrap import open_relay
    from relay.collect.found import posts

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
    from relay.collect.found import near_misses

    relay = open_relay()
    for number in post:
        taken = near_misses.accept(relay, number, person=person)
        say("Post {number} is ours. `relay work` fetches its video.", number=number)
        if not taken.alias:
            continue
        if alias:
            alike = near_misses.add_alias(relay, taken.campaign, taken.alias, person=person)
            say(
                "{alias} counts like the tag itself now. Other posts taken in: {posts}.",
                alias=taken.alias,
                posts=alike,
            )
        elif taken.alike:
            say(
                "Posts with the same spelling {alias}: {posts}. Take them in with --alias.",
                alias=taken.alias,
                posts=taken.alike,
            )


@app.command("turn-down")
def turn_down(
    post: Annotated[list[int], typer.Argument(help="One or several post numbers.")],
    person: Person,
) -> None:
    """Say of posts whose tag looks like ours that they are not."""
    from relay.bootstrap import open_relay
    from relay.collect.found import near_misses

    relay = open_relay()
    for number in post:
        near_misses.turn_down(relay, number, person=person)
        say("Post {number} is not ours.", number=number)


@app.command("link")
def link(
    post: Annotated[int, typer.Argument(help="The post's number.")],
    url: Annotated[str, typer.Argument(help="Link to its video.")],
    person: Person,
) -> None:
    """Say where the video of a post can be fetched that shows none."""
    from relay.bootstrap import open_relay
    from relay.collect import without_video

    taken = without_video.hand_in(open_relay(), post, url, person=person)
    say("The video of post {number} is {url}. `relay work` fetches it.", number=post, url=taken.url)


@app.command("put-aside")
def put_aside(
    post: Annotated[list[int], typer.Argument(help="One or several post numbers.")],
    person: Person,
    undo: Annotated[bool, typer.Option("--undo", help="Let them wait again.")] = False,
) -> None:
    """Say of posts with the tag that no video is to be had for them."""
    from relay.bootstrap import open_relay
    from relay.collect import without_video

    relay = open_relay()
    for number in post:
        if undo:
            without_video.take_up(relay, number, person=person)
            say("Post {number} waits again.", number=number)
        else:
            without_video.put_aside(relay, number, person=person)
            say("Post {number} is put aside.", number=number)
