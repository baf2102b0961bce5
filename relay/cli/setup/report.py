"""What the wizard says of a token, of a dry run, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from relay import views
from relay.cli.terminal.show import say, table, tongue, worded
from relay.language.catalogue import N_

if TYPE_CHECKING:
    from relay.collect.dry_run import DryRun
    from relay.context import Relay
    from relay.models import Campaign
    from relay.sources.vk.token_check import TokenVerdict


def say_verdict(verdict: TokenVerdict) -> None:
    say(verdict.line)
    if verdict.hint:
        say(verdict.hint)
    said = {True: "yes", False: "no", None: N_("can't be told now")}
    rows = {
        "wall.get": N_("Reads walls"),
        "newsfeed.search": N_("Searches by tags"),
        "execute": N_("Asks for 25 walls at once"),
    }
    for method, what in rows.items():
        if method in verdict.may:
            say("  {what}: {answer}", what=tongue()(what), answer=tongue()(said[verdict.may[method]]))


def say_dry_run(found: DryRun, campaign: Campaign) -> None:
    """What it would have been, and what it was not able to see."""
    told = found.as_json(campaign)
    if found.before:
        say("Your campaign opens later, so the last seven days were tried.")
    say(
        "From {since} to {until} we would have found {videos} videos by {people} people, in {posts} posts.",
        **{**told, "since": worded(told["since"]), "until": worded(told["until"])},
    )
    if found.shared:
        say("{shared} of them stand in several posts, and are one clip each.", shared=found.shared)
    say("Look-alike tags for a moderator: {near}. Posts read: {read}, requests: {requests}.", **told)
    if found.videos:
        say("Whether different videos show the same recording is told once they are fetched.")
    if found.cut:
        say(
            "Only the newest posts were read of: {places}. The first sweep reads all.", places=", ".join(found.cut[:20])
        )
    table(
        ["address", "reason"],
        ([address, tongue()(line)] for address, line in found.trouble),
        empty="Every place can be read.",
    )


def say_what_comes_next(relay: Relay, campaign: Campaign) -> None:
    """How often its places will be read, and the commands that a person needs now."""
    from relay.collect import schedule
    from relay.web.words.wording import QUOTAS

    for quota in schedule.show(relay, campaign.slug).quotas:
        say(
            "{network}, {kind}: each is read about every {interval_minutes} minutes, {calls_per_day} calls a day.",
            **{**views.as_json(quota), "kind": tongue()(QUOTAS[quota.kind])},
        )
    say()
    say("What comes next:")
    if campaign.opens_at > relay.now():
        say("  relay up    the desk and the schedule; the campaign begins by itself")
    else:
        say("  relay up    the desk and the schedule; collecting begins at once")
    say("  relay campaign status {slug}    how it stands", slug=campaign.slug)
    say("  relay doctor    whether all is well")
