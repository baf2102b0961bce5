"""Which readings that saw nothing are believed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select, update

from relay.collect import crawl, hashtags, sources
from relay.collect.ledger import silence
from relay.context import Relay
from relay.errors import TryLater
from relay.models import Campaign, Doubt, Match, Sighting, Source, SourceState
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video

pytestmark = pytest.mark.slow
WANTED = hashtags.wanted(["#proryv80"])


@pytest.fixture
def tag(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    """The search, which showed three posts with a video each."""
    network.has(*(_post(number) for number in range(3)))
    sources.add(relay, SLUG, "vk:club1")
    tag = sources.add(relay, SLUG, "vk:tag").id or 0
    crawl.sweep(relay, tag)
    return tag


def _post(number: int):  # type: ignore[no-untyped-def]
    return a_post(post_id=str(number), videos=(a_video(str(number)),), published_at=NOON - timedelta(hours=1 + number))


def _before(relay: Relay, source_id: int, hours: float = 24.0, *tags: str) -> int:
    with relay.reading() as session:
        source = session.exec(select(Source).where(Source.id == source_id)).one()
        wanted = hashtags.wanted(tags) if tags else WANTED
        return silence.shown_before(session, source, wanted, NOON - timedelta(hours=hours))


def test_a_search_must_show_what_it_has_shown_of_that_time(relay: Relay, tag: int) -> None:
    assert [_before(relay, tag, hours) for hours in (24, 2.5, 0.5)] == [3, 2, 0]
    assert _before(relay, tag, 24, "другой") == 0, "the campaign has another tag now"


@pytest.mark.parametrize(
    "changed",
    [
        update(Sighting).values(lost=Doubt.post),
        update(Match).values(turned_down="Анна"),
        update(Source).where(Source.owner_id == "-1").values(state=SourceState.gone),
    ],
)
def test_what_is_deleted_turned_down_or_on_a_closed_wall_it_need_not_show(relay: Relay, tag: int, changed) -> None:  # type: ignore[no-untyped-def]
    with relay.transaction() as session:
        session.exec(changed)
    assert _before(relay, tag) == 0


def test_a_wall_must_show_as_many_as_it_did_last(relay: Relay, tag: int) -> None:
    wall = tag - 1
    assert _before(relay, wall) == 0, "it was never read"
    crawl.sweep(relay, wall)
    assert _before(relay, wall, 0.5) == 3


@pytest.mark.parametrize(("shown", "is_told"), [(silence.FEWEST - 1, False), (silence.FEWEST, True)])
def test_two_posts_may_all_be_deleted_and_three_are_told(
    relay: Relay, campaign: Campaign, network: FakeSource, clock: FakeClock, shown: int, is_told: bool
) -> None:
    posts = [_post(number) for number in range(shown)]
    network.has(*posts)
    tag = sources.add(relay, SLUG, "vk:tag").id or 0
    crawl.sweep(relay, tag)
    network.loses(*posts)
    clock.moves(hours=1)
    row = crawl.sweep(relay, tag)
    assert row.complete is not is_told
    assert ("shows none of the posts" in row.fault) is is_told


def test_posts_that_nobody_understands_any_more_are_no_reading(
    relay: Relay, tag: int, network: FakeSource, clock: FakeClock
) -> None:
    network.loses(*(_post(number) for number in range(3)))
    network.shows_nonsense("no date")
    clock.moves(hours=1)
    row = crawl.sweep(relay, tag)
    assert (row.complete, "can be read any more. The first: no date" in row.fault) == (False, True)


def test_one_post_is_enough_to_be_believed(relay: Relay, tag: int) -> None:
    with relay.reading() as session:
        source = session.exec(select(Source).where(Source.id == tag)).one()
        silence.check(session, source, WANTED, NOON - timedelta(hours=24), 1, ())
        with pytest.raises(TryLater):
            silence.check(session, source, WANTED, NOON - timedelta(hours=24), 0, ())
