from __future__ import annotations

import pytest
from sqlmodel import select, update

from relay.collect.ledger import coverage
from relay.models import Clip, Match, MatchKind, MatchPlace, Post, Sighting


@pytest.fixture
def found(region):
    """Fifteen posts on a listed wall, ten of which the wall showed, thirteen the search."""
    posts = [_post_of(region, region.has_clip()) for _ in range(15)]
    with region.relay.transaction() as session:
        session.exec(update(Post).values(owner_id="-1"))
    wall, search = region.reads("vk:club1", owner="-1"), region.reads("vk:tag")
    region.shows(wall, posts[:10])
    region.shows(search, posts[2:])
    return posts


@pytest.mark.slow
def test_what_both_missed_is_what_the_ledger_says(region, found):
    mine, theirs = region.board().missed, coverage.report(region.relay, region.slug).estimate
    assert theirs is not None
    assert (mine.found, mine.posts, mine.low, mine.high) == (15, theirs.missed, theirs.missed_low, theirs.missed_high)
    assert mine.low < mine.posts < mine.high


@pytest.mark.slow
def test_what_was_turned_down_and_what_stands_elsewhere_says_nothing(region, found):
    with region.relay.transaction() as session:
        session.exec(update(Match).where(Match.post_id == found[12]).values(turned_down="Анна"))
        session.exec(update(Match).where(Match.post_id == found[13]).values(kind=MatchKind.outside))
        session.exec(update(Post).where(Post.id == found[14]).values(owner_id="100"))
        session.exec(update(Match).where(Match.post_id == found[0]).values(matched_in=MatchPlace.handed_in))
    assert region.board().missed.found == 11


def test_without_anything_in_common_nobody_knows(region):
    assert region.board().missed is None


def _post_of(region, clip: int) -> int:  # type: ignore[no-untyped-def]
    wanted = select(Sighting.post_id).join(Clip, Clip.video_id == Sighting.video_id).where(Clip.id == clip)
    with region.relay.reading() as session:
        return session.exec(wanted).one()
