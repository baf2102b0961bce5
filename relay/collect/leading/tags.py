"""The hashtags of a campaign and the spellings that count like them, as they change while it runs.

A tag that is added counts for the whole window: every source is read again. One that is taken away leaves what was
found by it where it is, because people have judged it; nothing new comes by it.
"""

from __future__ import annotations

from relay.collect import campaigns, hashtags
from relay.collect.found import near_misses
from relay.collect.leading.life import held, refuse_archived
from relay.collect.ledger import coverage
from relay.context import Relay
from relay.errors import NotFound, Refused
from relay.models import Campaign, EventKind
from relay.records import add_event


def add_hashtag(relay: Relay, slug: str, tag: str, *, person: str) -> int:
    """One more tag of the campaign. Returns how many posts that waited as look-alikes are ours by it.

    A spelling that counts already becomes a tag. Raises NotFound, Refused.
    """
    with relay.transaction() as session:
        campaign = held(session, slug)
        refuse_archived(campaign)
        (name,) = one_tag(tag)
        known = {_name(each) for each in campaign.hashtags}
        if _name(name) in known:
            raise Refused("{alias} counts already.", alias=name)
        campaign.hashtags = [*campaign.hashtags, name]
        campaign.aliases = [each for each in campaign.aliases if _name(each) != _name(name)]
        session.add(campaign)
        session.flush()
        taken = near_misses.take_in(session, campaign, name)
        coverage.read_again(session, campaign, relay.now())
        add_event(session, relay.now(), campaign, EventKind.hashtag_added, person, tag=name, posts=taken)
    return taken


def add_alias(relay: Relay, slug: str, alias: str, *, person: str) -> int:
    """As `near_misses.add_alias`, for a campaign that is not archived."""
    refuse_archived(campaigns.get(relay, slug))
    return near_misses.add_alias(relay, slug, one_tag(alias)[0], person=person)


def drop(relay: Relay, slug: str, tag: str, *, person: str) -> Campaign:
    """Takes a tag or a spelling away. Raises NotFound for one that it hasn't, Refused for its last tag."""
    with relay.transaction() as session:
        campaign = held(session, slug)
        refuse_archived(campaign)
        if tag not in (*campaign.hashtags, *campaign.aliases):
            raise NotFound("Campaign {slug} has no tag {tag}.", slug=slug, tag=tag)
        if campaign.hashtags == [tag]:
            raise Refused("{tag} is the campaign's only hashtag.", hint="Add another one first.", tag=tag)
        campaign.hashtags = [each for each in campaign.hashtags if each != tag]
        campaign.aliases = [each for each in campaign.aliases if each != tag]
        session.add(campaign)
        add_event(session, relay.now(), campaign, EventKind.tag_dropped, person, tag=tag)
    return campaign


def one_tag(written: str) -> list[str]:
    """Raises Refused for what is no tag, and for several."""
    found = campaigns.tags(written)
    if len(found) > 1:
        raise Refused("One tag at a time, please.")
    return found


def _name(tag: str) -> str:
    return hashtags.tag_name(tag)
