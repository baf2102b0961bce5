from __future__ import annotations

from datetime import date

import pytest
from sqlmodel import delete, select

from relay.collect.found import post_filter
from relay.collect.found.post_filter import CarriedVideo, PostFilter, PostOrder
from relay.models import Clip, ClipState, ClipVideo, MatchKind, Post, Sighting
from tests.moderation.town import Town


@pytest.fixture
def town(relay) -> Town:
    return Town(relay)


@pytest.fixture
def finds(relay):
    return lambda **wanted: [post.id for post in post_filter.page(relay, "proryv80", PostFilter(**wanted)).posts]


@pytest.mark.slow
def test_each_filter_parts_the_posts(relay, town, finds):
    town.has_clip(text="Письма прадеда", state=ClipState.approved)
    town.has_clip(text="Стихи", match=MatchKind.near)
    town.has_clip(text="Без видео")
    town.has_clip(text="Ещё не скачано")
    with relay.transaction() as session:
        session.exec(delete(Sighting).where(Sighting.post_id == 3))
        session.exec(delete(ClipVideo).where(ClipVideo.clip_id == 4))
        session.exec(delete(Clip).where(Clip.id == 4))
    assert finds() == [1, 2, 3, 4]
    assert finds(sort=PostOrder.newest) == [4, 3, 2, 1]
    assert finds(q="письмо прадед") == [1]
    assert finds(match=MatchKind.near) == [2]
    assert finds(video=CarriedVideo.none) == [3]
    assert finds(video=CarriedVideo.some) == [1, 2, 4]
    assert finds(video=CarriedVideo.clip) == [1, 2]
    assert finds(video=CarriedVideo.waiting) == [4]
    assert finds(state=(ClipState.approved,)) == [1]
    assert finds(network=("tg",)) == finds(source=(7,)) == finds(until=date(2023, 1, 10)) == []
    assert finds(since=date(2023, 1, 11), network=("vk",)) == [1, 2, 3, 4]


@pytest.mark.slow
def test_page_after_page_with_counts_of_every_match(relay, town):
    for number in range(5):
        town.has_clip(match=MatchKind.near if number == 4 else MatchKind.exact)
    after, seen = None, []
    while True:
        page = post_filter.page(relay, town.slug, PostFilter(match=MatchKind.exact), after=after, size=3)
        seen += [post.id for post in page.posts]
        if (after := page.more) is None:
            break
    assert (seen, page.total, page.kinds) == ([1, 2, 3, 4], 4, {"exact": 4, "near": 1, "outside": 0})


def test_a_post_shows_its_clips_and_never_a_picture_that_was_withdrawn(relay, town, tmp_path):
    for state in (ClipState.awaiting, ClipState.withdrawn):
        poster = tmp_path / state
        poster.write_bytes(b"picture")
        town.has_clip(state=state, poster=poster)
    shown = post_filter.page(relay, town.slug, PostFilter()).posts
    assert [[(clip.state, bool(clip.poster)) for clip in post.clips] for post in shown] == [
        [(ClipState.awaiting, True)], [(ClipState.withdrawn, False)]
    ]  # fmt: skip
    with relay.reading() as session:
        assert len(session.exec(select(Post)).all()) == 2
