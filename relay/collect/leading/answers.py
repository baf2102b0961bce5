"""The questions of a new campaign: what counts as an answer, and what a good default for it is. Nothing is made here.

`relay setup` asks them on a terminal, the desk on pages (leading/drafts.py keeps what was answered there).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import TYPE_CHECKING

from relay.errors import Refused

if TYPE_CHECKING:
    from relay.context import Relay
    from relay.models import Campaign

ZONE = "Europe/Moscow"
LASTS = timedelta(days=7)
MOST_ADDRESSES = 2000


@dataclass(slots=True)
class SetupAnswers:
    """What the wizard wants to know, as people write it."""

    title: str = ""
    hashtags: list[str] = field(default_factory=list)
    aliases: list[str] | None = None
    slug: str = ""
    opens: str = ""
    closes: str = ""
    tz: str = ""
    sources: list[str] = field(default_factory=list)
    moderators: list[str] | None = None
    mail: str | None = None
    permission: str = ""
    gate: str = ""


def something(said: str) -> str:
    if not said.strip():
        raise Refused("The campaign needs a title.", hint="Give one.")
    return said.strip()


def tags_or_none(said: str) -> list[str]:
    from relay.collect import campaigns

    return [] if said.strip() in ("", "-") else campaigns.tags(said)


def zone(said: str) -> str:
    from relay.collect import campaigns

    return campaigns.zone_of(said.strip()).key


def day(said: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    dates.moment(said, campaigns.zone_of(tz))
    return said.strip()


def names(said: str) -> list[str]:
    names = [] if said.strip() == "-" else [" ".join(name.split()) for name in said.split(",")]
    return list(dict.fromkeys(name for name in names if name))


def mail(said: str) -> str:
    said = "" if said.strip() == "-" else said.strip()
    if any(part.strip().count("@") != 1 or not part.strip().isprintable() for part in said.split(",") if said):
        raise Refused("{said!r} is no mail address.", hint="Several are parted by commas.", said=said)
    return said


def permission(said: str) -> str:
    """What counts as permission to show a clip; empty: the usual. Raises Refused."""
    from relay.permissions import campaign_rule

    return campaign_rule.rule_of(said).value


def gate(said: str) -> str:
    """What becomes of a clip that lacks permission; empty: the usual. Raises Refused."""
    from relay.permissions import campaign_rule

    return campaign_rule.gate_of(said).value


def zone_here() -> str:
    """The machine's zone; a server's UTC is nobody's."""
    from tzlocal import get_localzone_name

    name = get_localzone_name()
    return name if name and "/" in name and not name.startswith("Etc/") else ZONE


def a_week_later(opens: str, tz: str) -> str:
    from relay.collect import campaigns, dates

    zone = campaigns.zone_of(tz)
    return (dates.moment(opens, zone).astimezone(zone).date() + LASTS).isoformat()


def addresses(relay: Relay, words: Sequence[str]) -> list[str]:
    """Each belongs to a network that Relay reads; whether it is there is asked once there is a token."""
    for address in words:
        if not any(source.claims(address) for source in relay.sources.values()):
            raise Refused(
                "{address} belongs to no network that Relay reads.",
                hint="Known are: {known}",
                address=address,
                known=", ".join(f"{name}:…" for name in relay.sources),
            )
    if not words:
        raise Refused("The campaign needs a place to look at.", hint="vk:tag is VK's search by the tag.")
    return list(dict.fromkeys(words))[:MOST_ADDRESSES]


def short_name(said: str, hashtags: Sequence[str], taken: Campaign | None) -> str:
    """`taken`: the campaign that has this name, if there is one; a break may have come after it was made."""
    from relay.collect import campaigns

    wanted = said.strip()
    if campaigns.SLUG.fullmatch(wanted) is None:
        raise Refused(
            "{slug!r} is no short name.", hint="Use small Latin letters, digits and dashes, up to 64.", slug=said
        )
    if taken is not None and taken.hashtags != list(hashtags):
        raise Refused("There is already a campaign {slug}.", hint="Choose another short name.", slug=wanted)
    return wanted


def written_day(said: str, tz: str, *, end: bool = False, day_first: bool = False) -> str:
    """A day or moment that was typed in any language's way, as ISO has it in the zone: `2023-01-18` for a whole day,
    else `2023-01-18T21:30`. Raises Refused.
    """
    from relay.collect import campaigns, dates

    zone = campaigns.zone_of(tz)
    at = dates.moment(said, zone, end=end, day_first=day_first).astimezone(zone).replace(tzinfo=None)
    whole = at.time() == (time(23, 59, 59) if end else time())
    return at.date().isoformat() if whole else at.isoformat(timespec="minutes")
