"""Reading now, and what was read: crawl, coverage, recheck."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from relay import views
from relay.cli.terminal.show import AsJson, OnlySlug, as_json, fail, figure, say, table, tongue, worded
from relay.language.sentence import as_sentence

if TYPE_CHECKING:
    from relay.collect.ledger.coverage import CoverageReport


def crawl(
    slug: OnlySlug,
    deep: Annotated[bool, typer.Option("--deep", help="Read the whole window again.")] = False,
    comments: Annotated[
        bool, typer.Option("--comments", help="Look into comments too, where the campaign doesn't do so anyway.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Sweep every active source now."""
    from relay.bootstrap import open_relay
    from relay.cli.terminal.progress import steps
    from relay.collect.leading import at_once

    relay = open_relay()
    with steps("sources", quiet=json) as told:
        rows = at_once.read(relay, slug, told, deep=deep, comments=comments)
    if json:
        as_json(rows)
    else:
        say(
            "Sources read: {sources}. Posts seen: {seen}, with the tag: {matched}, new: {new}.",
            sources=len(rows),
            seen=sum(row.seen for row in rows),
            matched=sum(row.matched for row in rows),
            new=sum(row.new for row in rows),
        )
    faults = [row.fault for row in rows if not row.complete]
    if faults:
        fail(
            "Sources that could not be read: {failed} of {all}. {fault}",
            failed=len(faults),
            all=len(rows),
            fault=as_sentence(faults[0]),
        )


def coverage(slug: OnlySlug, json: AsJson = False) -> None:
    """What was read of each source, where holes are, and how much both channels missed."""
    from relay.bootstrap import open_relay
    from relay.collect.ledger import coverage
    from relay.web.words.wording import HOLES, source_title

    found = coverage.report(open_relay(), slug)
    if json:
        as_json(found)
        return
    table(
        ["id", "address", "covered", "read", "with the tag", "fetched", "refused", "hidden", "holes"],
        (
            [
                row.id,
                row.address,
                f"{figure(100 * row.covered)} %",
                *(
                    sum(getattr(day, name) for day in row.days)
                    for name in ("read", "matched", "fetched", "refused", "hidden")
                ),
                len(row.holes),
            ]
            for row in found.sources
        ),
        empty="No sources yet. Add one: relay source add CAMPAIGN vk:tag",
    )
    for row in found.sources:
        for hole in row.holes:
            say(
                "{source}: not read from {begin} to {end}. {why} {reason}",
                source=source_title(row, tongue()),
                begin=worded(hole.start),
                end=worded(hole.end),
                why=tongue()(HOLES[hole.why]),
                reason=worded(hole.reason, ours=True),
            )
    for row in found.sources:
        if row.not_shown:
            say(
                "{source}: posts that the public page does not show: {count}. Open them, and hand in those that are "
                "ours with relay post add: {links}",
                source=source_title(row, tongue()),
                count=len(row.not_shown),
                links=" ".join(row.not_shown[:5]),
            )
    if found.without_video:
        say(
            "Posts with the tag and no video that can be fetched: {count}. See: relay post list {slug} --without-video",
            count=found.without_video,
            slug=slug,
        )
    _say_what_was_missed(found)


def _say_what_was_missed(found: CoverageReport) -> None:
    from relay.web.words.wording import UNTOLD

    if found.estimate is not None:
        say(
            "On the listed walls {found} posts were found; about {missed:.0f} were missed by walls, search and people "
            "alike (95 % sure: {missed_low:.0f} to {missed_high:.0f}).",
            **views.as_json(found.estimate),
        )
    else:
        say("How much was missed on the listed walls can't be told: too few posts were found in two ways.")
    if found.elsewhere is not None:
        say(
            "Elsewhere {found} posts were found; about {missed:.0f} were missed by search and people alike (95 % sure: "
            "{missed_low:.0f} to {missed_high:.0f}).",
            **views.as_json(found.elsewhere),
        )
    for one in found.untold:
        words = {"network": one.network, "found": one.found, "why": tongue()(UNTOLD[one.why])}
        if one.on_walls:
            say("{network}, posts found on listed walls: {found}. {why}", **words)
        else:
            say("{network}, posts found elsewhere: {found}. {why}", **words)


def recheck(slug: OnlySlug, json: AsJson = False) -> None:
    """Look now whether the posts of all clips are still there."""
    from dataclasses import asdict

    from relay.bootstrap import open_relay
    from relay.collect import campaigns
    from relay.collect.leading import at_once

    relay = open_relay()
    campaigns.get(relay, slug)
    done = at_once.look_again(relay, slug)
    if json:
        as_json(asdict(done))
    else:
        say(
            "Posts looked up: {posts}. Gone: {lost}. Clips that may have been withdrawn: {doubted}.",
            posts=done.posts,
            lost=done.lost,
            doubted=done.doubted,
        )
    if done.faults:
        fail("Not every post could be looked up. {fault}", fault=as_sentence(done.faults[0]))
