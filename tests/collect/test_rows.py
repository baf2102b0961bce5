"""What a sweep asks of the tables, and the names that it has here."""

from __future__ import annotations

from datetime import timedelta

import pytest

from relay.collect import campaigns, hashtags, ingest, rows, sources
from relay.context import Relay
from relay.models import Alert, Campaign, MatchKind, Parking, Source, SourceState, Sweep, VideoState, need_id
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post, a_video

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
POST = a_post("#proryv80", "1", "-1", videos=(a_video("5", "-1"),))


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> Source:
    return sources.add(relay, SLUG, "vk:club1")


def is_kept(relay: Relay, campaign: Campaign, source: Source) -> None:
    hit = ingest.judge(campaign, POST, hashtags.wanted(campaign.hashtags, campaign.aliases))
    assert hit is not None
    with relay.transaction() as session:
        ingest.keep_all(session, campaign, [(POST, hit)], relay.now(), source_id=need_id(source))


def was_swept(relay: Relay, source: Source, *, total: int | None, hours: int = 0, complete: bool = True) -> None:
    at = relay.now() - hours * HOUR
    with relay.transaction() as session:
        session.add(
            Sweep(source_id=need_id(source), started_at=at, finished_at=at, covers_from=at - HOUR, covers_to=at,
                  complete=complete, posts_total=total)
        )  # fmt: skip


def test_what_is_known_of_a_post_has_names(relay: Relay, campaign: Campaign, wall: Source) -> None:
    is_kept(relay, campaign, wall)
    key, stranger = ("vk", "-1", "1"), ("vk", "-1", "2")
    with relay.reading() as session:
        known = rows.known_posts(session, campaign.id, need_id(wall), {key, stranger})
        assert list(known) == [key]
        assert (known[key].text, known[key].kind, known[key].spotted) == (POST.text, MatchKind.exact, True)
        (video,) = known[key].videos.values()
        assert (video.title, video.state, video.attempts) == (POST.videos[0].title, VideoState.found, 0)
        assert rows.post_ids(session, {key, stranger}) == {key: known[key].post_id}
        assert list(rows.video_ids(session, {("vk", "-1", "5"), key})) == [("vk", "-1", "5")]
        assert not rows.known_posts(session, campaign.id, need_id(wall) + 1, {key})[key].spotted
        assert rows.known_posts(session, need_id(campaign) + 1, need_id(wall), {key})[key].kind is None
        assert rows.known_posts(session, campaign.id, need_id(wall), set()) == {}


def test_a_source_is_due_when_its_time_has_come(relay: Relay, clock: FakeClock, wall: Source) -> None:
    def due(ahead: timedelta = HOUR) -> list[int]:
        with relay.reading() as session:
            return rows.due_sources(session, relay.now(), ahead=relay.now() + ahead)

    def is_put(**values: object) -> None:
        with relay.transaction() as session:
            row = session.get_one(Source, wall.id)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)

    assert due() == [wall.id], "never read"
    was_swept(relay, wall, total=None)
    is_put(next_sweep_at=relay.now() + HOUR)
    assert due() == []
    assert due(ahead=-HOUR) == [wall.id], "its last sweep lies ahead: the clock was put back"
    clock.moves(hours=1)
    assert due() == [wall.id]
    is_put(state=SourceState.paused)
    assert due() == []


def test_only_complete_sweeps_count_and_each_once(relay: Relay, wall: Source) -> None:
    was_swept(relay, wall, total=10, hours=30)
    was_swept(relay, wall, total=None, hours=2)
    was_swept(relay, wall, total=12, hours=1)
    was_swept(relay, wall, total=13, complete=False)
    with relay.reading() as session:
        assert [row.id for row in rows.covered_sweeps(session, after=0)] == [1, 2, 3]
        assert [row.id for row in rows.covered_sweeps(session, after=2)] == [3]
        counted = rows.counted_sweeps(session, after=0, since=relay.now() - 24 * HOUR)
        assert [(row.id, row.posts_total) for row in counted] == [(3, 12)]
        before = rows.sweep_before(session, wall, session.get_one(Sweep, 3))
        assert before == rows.SweepBefore(posts_total=10, lost=0)
        assert rows.sweep_before(session, wall, session.get_one(Sweep, 1)) is None


def test_an_alert_is_over_when_nothing_is_parked_for_it(relay: Relay) -> None:
    def over() -> list[str]:
        with relay.reading() as session:
            return sorted(rows.alerts_without_reason(session, beginning="vk:", whole="network:vk"))

    assert over() == []
    with relay.transaction() as session:
        for key in ("vk:captcha", "vk:token", "network:vk", "network:ok", "vkvideo"):
            session.add(Alert(key=key, text="x", first_at=relay.now(), last_at=relay.now()))
        session.add(Parking(key="vk:token", reason="x", until=relay.now()))
    assert over() == ["network:vk", "vk:captcha"]


def test_a_reading_sees_what_others_changed_since_it_began(relay: Relay, wall: Source) -> None:
    with relay.reading() as session:
        ((source, campaign),) = rows.sources_with_campaigns(session, [need_id(wall)])
    sources.pause(relay, SLUG, str(wall.id), person="Olga")
    campaigns.stop(relay, SLUG, person="Olga")
    with relay.transaction() as session:
        rows.refresh(session, source, campaign)
        source.failures = 3
        rows.write_mark(session, source)
    assert (source.state, campaign.stopped_at) == (SourceState.paused, relay.now())
    with relay.reading() as session:
        assert session.get_one(Source, wall.id).failures == 3
