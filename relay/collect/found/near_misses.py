"""Near misses: posts whose tag only looks like ours, for a person to judge.

An accepted post is ours, whatever its tag; the spelling may become an alias of the campaign, and then every post that
is spelled the same is ours too, those that are stored and those that come. What is turned down stays out of the list,
and comes back only as `exact`, when its author corrects the tag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import ColumnElement, bindparam, literal, tuple_, update
from sqlmodel import Session, col, func, select

from relay.collect import campaigns, comments, hashtags
from relay.collect.ledger import coverage
from relay.collect.recheck import ACCEPTED_BY
from relay.context import Relay
from relay.errors import NotFound, Refused, Stale
from relay.models import Campaign, EventKind, Match, MatchKind, Post, Sighting, Video, need_id
from relay.models.columns import UtcDateTime
from relay.records import add_event, find_campaign
from relay.search import counting


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A post whose tag only looks like ours; `titles` of its videos.

    `alike`: how many others wait with the same spelling; `alias`: the spelling, where it can be one; `comment`: the
    one that carries the tag, None where the post itself does. `turned_down`: who said that it is not ours.
    """

    id: int
    url: str
    author: str
    text: str
    titles: list[str]
    published_at: str | None
    tag: str
    matched_in: str
    comment: comments.FoundComment | None
    alias: str
    alike: int
    turned_down: str


@dataclass(frozen=True, slots=True)
class AcceptedPost:
    """A near miss that is ours now; `alias`, `alike`: as in NearMiss."""

    id: int
    campaign: str
    tag: str
    alias: str
    alike: int


@dataclass(frozen=True, slots=True)
class AliasProposal:
    """A spelling as an alias, and how many waiting posts have it."""

    alias: str
    alike: int


def listing(
    relay: Relay, slug: str, *, turned_down: bool = False, size: int = 100, after: int | None = None
) -> list[NearMiss]:
    """Posts that wait for a person, oldest first; `turned_down`: those that somebody has said are not ours. `after`:
    those behind this post, whether or not it is still among them.
    """
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        found = select(Post, Match).join(Match, col(Match.post_id) == Post.id)
        found = found.where(*_waiting(campaign, turned_down=turned_down))
        if after is not None and (last := session.get(Post, after)) is not None:
            place = tuple_(col(Post.published_at), col(Post.id))
            found = found.where(place > tuple_(literal(last.published_at, UtcDateTime), last.id))
        rows = session.exec(found.order_by(col(Post.published_at), col(Post.id)).limit(size)).all()
        find_spelled = partial(_spelled, session, campaign, turned_down=turned_down)
        spelled = counting.of_posts(session, need_id(campaign), f"spellings {turned_down}", find_spelled)
        known = hashtags.wanted(campaign.hashtags, campaign.aliases)
        titles = _titles(session, [match.post_id for _, match in rows])
        below = comments.below(session, [match.post_id for _, match in rows], campaign.slug)
        return [
            NearMiss(
                id=match.post_id,
                url=post.url,
                author=post.author,
                text=post.text,
                titles=titles.get(match.post_id, []),
                published_at=campaigns.local(campaign, post.published_at),
                tag=match.tag,
                matched_in=match.matched_in,
                comment=below.get(match.post_id),
                alias=(alias := _proposal(match.tag, known)),
                alike=max(0, spelled[alias] - 1) if alias else 0,
                turned_down=match.turned_down,
            )
            for post, match in rows
        ]


def counts(relay: Relay, slug: str) -> dict[str, int]:
    """`waiting` and `turned_down`."""
    campaign = campaigns.get(relay, slug)
    with relay.reading() as session:
        return counting.counted(session, _NUMBERS, campaign=need_id(campaign))


def accept(relay: Relay, post_id: int, *, person: str, slug: str | None = None) -> AcceptedPost:
    """A near miss is ours from now on; its videos are fetched.

    `slug`: the campaign, where several have the post. Raises NotFound, and Stale for one that is no near miss (any
    more).
    """
    with relay.transaction() as session:
        match, campaign = _found(session, post_id, slug)
        _update(
            session,
            match,
            kind=MatchKind.exact,
            matched_in=f"{ACCEPTED_BY}{person}",
            accepted_by=person or "?",
            turned_down="",
        )
        add_event(session, relay.now(), campaign, EventKind.accepted, person, post=post_id, tag=match.tag)
        alias = _proposal(match.tag, hashtags.wanted(campaign.hashtags, campaign.aliases))
        alike = _spelled(session, campaign)[alias] if alias else 0
    return AcceptedPost(post_id, campaign.slug, match.tag, alias, alike)


def turn_down(relay: Relay, post_id: int, *, person: str, slug: str | None = None) -> None:
    """A near miss is not ours. Raises what `accept` raises."""
    with relay.transaction() as session:
        match, campaign = _found(session, post_id, slug)
        if match.turned_down:
            raise Stale("Post {post} is turned down already.", state="turned down", post=post_id)
        _update(session, match, turned_down=person or "?")
        add_event(session, relay.now(), campaign, EventKind.turned_down, person, post=post_id, tag=match.tag)


def add_alias(relay: Relay, slug: str, alias: str, *, person: str) -> int:
    """Makes a spelling count like the tag itself. Returns how many posts that waited are ours by it.

    What was turned down stays so. Every source is read again, because the search never asked for this spelling.
    Raises Refused for what is no tag, or counts already.
    """
    with relay.transaction() as session:
        campaign = find_campaign(session, slug)
        name = spelling(alias)
        if not name:
            raise Refused(
                "{alias} can't be an alias.", hint="An alias is one tag: letters, digits and _ only.", alias=repr(alias)
            )
        if hashtags.tag_name(name) in hashtags.wanted(campaign.hashtags, campaign.aliases).names:
            raise Refused("{alias} counts already.", alias=name)
        campaign.aliases = [*campaign.aliases, name]
        session.add(campaign)
        session.flush()
        alike = take_in(session, campaign, name)
        coverage.read_again(session, campaign, relay.now())
        add_event(session, relay.now(), campaign, EventKind.alias, person, alias=name, posts=alike)
    return alike


def take_in(session: Session, campaign: Campaign, name: str) -> int:
    """Posts that wait with this spelling are ours from now on, inside a unit of work. Returns how many."""
    alike = [match for match in _same(session, campaign) if spelling(match.tag) == spelling(name)]
    for match in alike:
        _update(session, match, kind=MatchKind.exact)
    return len(alike)


def proposal(relay: Relay, slug: str, tag: str) -> AliasProposal | None:
    """None where the spelling of a tag can't be an alias."""
    campaign = campaigns.get(relay, slug)
    alias = _proposal(tag, hashtags.wanted(campaign.hashtags, campaign.aliases))
    if not alias:
        return None
    with relay.reading() as session:
        return AliasProposal(alias, _spelled(session, campaign)[alias])


def spelling(tag: str) -> str:
    """A tag as an alias, `#` and its folded name; "" for what the network would not link (`#proryv 80`)."""
    try:
        return f"#{hashtags.tag_name(tag)}"
    except ValueError:
        return ""


def _proposal(tag: str, counting: hashtags.Wanted) -> str:
    """The spelling that could become an alias; "" where it can't, or counts already (a tag glued to a word)."""
    alias = spelling(tag)
    return alias if alias and hashtags.tag_name(alias) not in counting.names else ""


def _waiting(campaign: Campaign, *, turned_down: bool) -> tuple[ColumnElement[bool], ...]:
    said = col(Match.turned_down) != "" if turned_down else col(Match.turned_down) == ""
    return col(Match.campaign_id) == campaign.id, col(Match.kind) == MatchKind.near, said


def _found(session: Session, post_id: int, slug: str | None) -> tuple[Match, Campaign]:
    wanted = select(Match, Campaign).join(Campaign).where(Match.post_id == post_id)
    if slug is not None:
        wanted = wanted.where(Campaign.slug == slug)
    rows = session.exec(wanted.order_by(col(Match.id))).all()
    if not rows:
        raise NotFound("There is no post number {post}.", hint="See: relay post list CAMPAIGN", post=post_id)
    near = [(match, campaign) for match, campaign in rows if match.kind is MatchKind.near]
    if not near:
        raise Stale("Post {post} is no near miss.", state=rows[0][0].kind.value, post=post_id)
    return near[0]


def _update(session: Session, match: Match, **values: object) -> None:
    turned = session.exec(
        update(Match)
        .where(col(Match.id) == match.id, col(Match.kind) == match.kind, col(Match.turned_down) == match.turned_down)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not turned.rowcount:
        raise Stale("Somebody else has just decided about post {post}.", state="changed", post=match.post_id)


def _same(session: Session, campaign: Campaign) -> Sequence[Match]:
    """All that wait; where the tag stands below a post, a person looks at each, and no alias takes it in."""
    waiting = (*_waiting(campaign, turned_down=False), col(Match.matched_in) != comments.COMMENT)
    return session.exec(select(Match).where(*waiting)).all()


def _spelled(session: Session, campaign: Campaign, *, turned_down: bool = False) -> Counter[str]:
    """How many posts there are with each spelling; as in `_same`, without those where it stands below the post."""
    alone = col(Match.matched_in) != comments.COMMENT
    tags = select(Match.tag, func.count()).where(*_waiting(campaign, turned_down=turned_down), alone)
    found: Counter[str] = Counter()
    for tag, number in session.exec(tags.group_by(col(Match.tag))):
        found[spelling(tag)] += number
    return found


_NEAR = select(col(Match.id)).where(col(Match.campaign_id) == bindparam("campaign"), col(Match.kind) == MatchKind.near)
_NUMBERS = counting.Tallies(
    {
        "waiting": _NEAR.where(col(Match.turned_down) == ""),
        "turned_down": _NEAR.where(col(Match.turned_down) != ""),
    }
)


def _titles(session: Session, post_ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = session.exec(
        select(Sighting.post_id, Video.title)
        .join(Video, col(Video.id) == Sighting.video_id)
        .where(col(Sighting.post_id).in_(post_ids), Video.title != "")
        .order_by(col(Sighting.position))
    )
    for post_id, title in rows:
        found.setdefault(post_id, []).append(title)
    return found
