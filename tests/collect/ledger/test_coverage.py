from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select, update

from relay.collect import campaigns, crawl, ingest, sources
from relay.collect.hashtags import Hit
from relay.collect.ledger import coverage
from relay.collect.ledger.intervals import Interval
from relay.context import Relay
from relay.models import (
    Campaign,
    Event,
    Match,
    MatchKind,
    NoVideo,
    Post,
    Sighting,
    Source,
    SourceState,
    Sweep,
    Video,
    VideoState,
)
from relay.ports import Page, SeenPost
from relay.records import find_campaign
from relay.views import as_json
from tests.chain.record import forgets_events
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post, a_video


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return sources.add(relay, SLUG, "vk:club1").id or 0


def _source(relay: Relay, source_id: int) -> Source:
    with relay.reading() as session:
        return session.get_one(Source, source_id)


def _ledger(relay: Relay, source_id: int) -> coverage.SourceCoverage:
    return next(row for row in coverage.report(relay, SLUG).sources if row.id == source_id)


def _read(relay: Relay, source_id: int, since: datetime, until: datetime, *, complete: bool = True) -> None:
    """A row of the ledger, as a sweep would have written it."""
    with relay.transaction() as session:
        row = Sweep(source_id=source_id, started_at=until, finished_at=until, covers_from=since, covers_to=until,
                    complete=complete, fault="" if complete else "VK does not answer.")  # fmt: skip
        source = session.get_one(Source, source_id)
        if complete:
            source.high_water, source.covered_from = until, min(source.covered_from or since, since)
        session.add_all([row, source])


def _counts(relay: Relay) -> list[dict[str, Any]]:
    with relay.reading() as session:
        events = session.exec(select(Event).where(Event.what == "count").order_by(col(Event.id)))
        return [event.details for event in events]


# Holes


@pytest.mark.slow
def test_what_was_never_read_is_a_hole(relay: Relay, wall: int) -> None:
    ledger = _ledger(relay, wall)
    assert ledger.covered == 0
    assert [(hole.start, hole.end, hole.why) for hole in ledger.holes] == [
        ("2023-01-11T00:00:00+03:00", "2023-01-12T12:00:00+03:00", "first")
    ]


@pytest.mark.slow
def test_a_source_that_is_read_as_planned_has_no_hole(relay: Relay, clock: FakeClock, wall: int) -> None:
    crawl.sweep(relay, wall)
    clock.moves(minutes=5)
    ledger = _ledger(relay, wall)
    assert ledger.holes == []
    assert {day.holes for day in ledger.days} == {0}


@pytest.mark.slow
def test_an_outage_shows_as_a_hole_until_it_is_read(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    crawl.sweep(relay, wall)
    network.is_down()
    for _ in range(3):
        clock.moves(hours=2)
        crawl.sweep(relay, wall)
    ledger = _ledger(relay, wall)
    (hole,) = ledger.holes
    assert (hole.start, hole.end) == ("2023-01-12T12:00:00+03:00", "2023-01-12T18:00:00+03:00")
    assert (hole.why, hole.reason) == ("fault", "VK does not answer.")
    assert [day.holes for day in ledger.days] == [0, 1]
    assert not ledger.outages[0].read_later

    network.recovers()
    network.has(a_post("В тишине #proryv80", published_at=NOON + timedelta(hours=3)))
    crawl.sweep(relay, wall)
    ledger = _ledger(relay, wall)
    assert ledger.holes == []
    assert sum(day.matched for day in ledger.days) == 1
    (outage,) = ledger.outages
    assert (outage.start, outage.end) == (hole.start, hole.end)
    assert (outage.reason, outage.read_later) == ("VK does not answer.", True)


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "why"), [("pauses", "paused"), ("closes", "closed"), ("forgets", "late")])
def test_a_hole_says_why(relay: Relay, clock: FakeClock, wall: int, network: FakeSource, verb: str, why: str) -> None:
    crawl.sweep(relay, wall)
    if verb == "pauses":
        sources.pause(relay, SLUG, wall, person="olga")
    if verb == "closes":
        network.closes("vk:club1")
        crawl.sweep(relay, wall)
    clock.moves(hours=12)
    assert [hole.why for hole in _ledger(relay, wall).holes] == [why]


@pytest.mark.slow
def test_a_hole_between_two_readings_is_read_first(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    other = sources.add(relay, SLUG, "vk:club2").id or 0
    opens = campaigns.get(relay, SLUG).opens_at
    clock.is_at(datetime(2023, 1, 16, 9, tzinfo=UTC))
    _read(relay, other, opens, clock())
    _read(relay, wall, opens, opens + timedelta(hours=10))
    _read(relay, wall, opens + timedelta(hours=30), clock())
    (hole,) = _ledger(relay, wall).holes
    assert (hole.start, hole.end, hole.why) == ("2023-01-11T10:00:00+03:00", "2023-01-12T06:00:00+03:00", "gap")

    coverage.watch(relay)
    assert crawl.due(relay)[0] == wall
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] <= opens + timedelta(hours=10)
    assert _ledger(relay, wall).holes == []
    assert _source(relay, wall).reread_from is None


@pytest.mark.slow
def test_twin_without_the_watch_the_hole_stays(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    opens = campaigns.get(relay, SLUG).opens_at
    clock.is_at(datetime(2023, 1, 16, 9, tzinfo=UTC))
    _read(relay, wall, opens, opens + timedelta(hours=10))
    _read(relay, wall, opens + timedelta(hours=30), clock())
    crawl.sweep(relay, wall)
    assert [hole.why for hole in _ledger(relay, wall).holes] == ["gap"]


@pytest.mark.slow
def test_when_a_network_is_back_all_its_walls_are_due(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    other = sources.add(relay, SLUG, "vk:club2").id or 0
    network.is_down()
    for source_id in (wall, other) * 4:
        crawl.sweep(relay, source_id)
    network.recovers()
    clock.moves(minutes=5)
    assert crawl.due(relay) == []
    crawl.sweep(relay, wall)
    assert crawl.due(relay) == [other]


def test_a_reading_that_broke_off_covers_nothing(relay: Relay, wall: int, network: FakeSource) -> None:
    network.is_down()
    crawl.sweep(relay, wall)
    assert _ledger(relay, wall).covered == 0


# The night


@pytest.mark.slow
def test_the_night_reads_the_last_three_days_again(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    clock.is_at(datetime(2023, 1, 16, 20, tzinfo=UTC))
    crawl.sweep(relay, wall)
    assert coverage.watch(relay) == 0
    clock.is_at(datetime(2023, 1, 17, 0, 30, tzinfo=UTC))  # 3:30 in Moscow
    before = _source(relay, wall).next_sweep_at
    assert coverage.watch(relay) == 1
    assert coverage.watch(relay) == 0, "asked for twice"
    assert _source(relay, wall).next_sweep_at == before, "it rides on the next sweep"
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] == datetime(2023, 1, 14, 0, 0, tzinfo=UTC)
    clock.moves(hours=2)
    assert coverage.watch(relay) == 0, "once a night"
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] == clock() - timedelta(hours=24 + 2)


@pytest.mark.slow
def test_a_tag_that_comes_with_a_late_edit_is_found_at_night(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    network.has(a_post("Письмо деда", published_at=NOON))
    network.has(*(a_post("Ярмарка", f"5{n}", published_at=NOON + timedelta(hours=n)) for n in range(1, 5)))
    clock.moves(hours=6)
    crawl.sweep(relay, wall)
    clock.moves(hours=24)
    crawl.sweep(relay, wall)
    network.has(a_post("Письмо деда #proryv80", published_at=NOON, edited_at=clock()))
    clock.moves(hours=1)
    crawl.sweep(relay, wall)
    assert sum(day.matched for day in coverage.report(relay, SLUG).days) == 0
    clock.is_at(datetime(2023, 1, 14, 1, tzinfo=UTC))
    coverage.watch(relay)
    crawl.sweep(relay, wall)
    assert sum(day.matched for day in coverage.report(relay, SLUG).days) == 1


# The count


@pytest.mark.parametrize(
    ("before", "now", "fresh", "lost", "missing"),
    [
        (10, 10, 0, 0, 0),
        (10, 13, 3, 0, 0),
        (10, 14, 3, 0, 1),
        (10, 8, 0, 0, 0),
        (10, 10, 1, 0, 0),
        (10, 10, 0, 1, 1),
        (10, 12, 3, 1, 0),
    ],
)
def test_what_a_count_says(before: int, now: int, fresh: int, lost: int, missing: int) -> None:
    assert coverage.unaccounted(before, now, fresh=fresh, lost=lost) == missing


@pytest.mark.slow
def test_a_restored_post_makes_the_count_wrong_and_the_whole_window_is_read(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    clock.is_at(datetime(2023, 1, 16, 9, tzinfo=UTC))
    network.has(*(a_post("Ярмарка", str(n), published_at=clock() - timedelta(hours=n)) for n in range(1, 50)))
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    network.has(a_post("Вернулась #proryv80", "900", published_at=NOON - timedelta(hours=20)))
    crawl.sweep(relay, wall)
    assert _counts(relay) == [{"before": 49, "now": 50, "fresh": 0, "lost": 0, "missing": 1}]
    assert coverage.report(relay, SLUG).days[0].matched == 0
    crawl.sweep(relay, wall)
    assert coverage.report(relay, SLUG).days[0].matched == 1
    crawl.sweep(relay, wall)
    assert len(_counts(relay)) == 1, "the same post is asked about again and again"
    assert _ledger(relay, wall).unaccounted == 1


@pytest.mark.slow
def test_new_posts_and_deleted_ones_make_no_count_wrong(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    posts = [a_post("Ярмарка", str(n), published_at=clock() - timedelta(hours=n)) for n in range(1, 12)]
    network.has(*posts)
    crawl.sweep(relay, wall)
    clock.moves(hours=1)
    network.loses(posts[3], posts[4])
    network.has(a_post("Новая", "99", published_at=clock() - timedelta(minutes=5)))
    crawl.sweep(relay, wall)
    assert _counts(relay) == []
    assert sum(day.read for day in _ledger(relay, wall).days) == 12


@pytest.mark.slow
def test_a_search_is_not_counted(relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource) -> None:
    tag = sources.add(relay, SLUG, "vk:tag").id or 0
    crawl.sweep(relay, tag)
    clock.moves(hours=30)
    network.has(*(a_post(post_id=str(n), published_at=NOON - timedelta(hours=1)) for n in range(9)))
    crawl.sweep(relay, tag)
    assert _counts(relay) == []


# The report


@pytest.mark.slow
def test_days_tell_what_became_of_the_posts(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    clock.is_at(datetime(2023, 1, 13, 9, tzinfo=UTC))
    network.has(
        a_post("Моё #proryv80", "1"),
        a_post("Моё #proryv80", "2", published_at=NOON + timedelta(days=1, hours=-3)),
        a_post("Похоже #прорыв80", "3"),
        a_post("Ярмарка", "4"),
    )
    crawl.sweep(relay, wall)
    with relay.transaction() as session:
        sighting = session.exec(select(Sighting).join(Post).where(Post.post_id == "1")).one()
        sighting.lost = "post"
        session.add(sighting)
    days = {day["day"]: day for day in as_json(coverage.report(relay, SLUG).days)}
    names = ("read", "matched", "near", "fetched", "waiting", "refused", "hidden")
    assert list(days) == ["2023-01-11", "2023-01-12", "2023-01-13"]
    assert [days["2023-01-12"][name] for name in names] == [3, 1, 1, 0, 0, 0, 1]
    assert [days["2023-01-13"][name] for name in names] == [1, 1, 0, 0, 1, 0, 0]


@pytest.mark.slow
@pytest.mark.parametrize("posts", [0, 1, 2])
def test_look_alikes_are_counted_not_told_as_true(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, posts: int
) -> None:
    clock.is_at(datetime(2023, 1, 13, 9, tzinfo=UTC))
    network.has(a_post("Моё #proryv80", "1"), *(a_post("Похоже #прорыв80", str(n)) for n in range(2, 2 + posts)))
    crawl.sweep(relay, wall)
    report = coverage.report(relay, SLUG)
    days = [as_json(day) for each in (report, *report.sources) for day in each.days]
    assert [day["near"] for day in days if day["day"] == "2023-01-12"] == [posts, posts]
    assert {type(value) for day in days for name, value in day.items() if name not in ("day", "covered")} == {int}


@pytest.mark.slow
def test_a_post_that_two_sources_show_counts_once_for_all(relay: Relay, wall: int, network: FakeSource) -> None:
    sources.add(relay, SLUG, "vk:tag")
    network.has(a_post())
    crawl.crawl(relay, SLUG)
    report = coverage.report(relay, SLUG)
    assert [sum(day.matched for day in source.days) for source in report.sources] == [1, 1]
    assert sum(day.matched for day in report.days) == 1


@pytest.mark.slow
def test_the_estimate_compares_walls_and_search_on_listed_walls_only(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    tag = sources.add(relay, SLUG, "vk:tag").id or 0
    network.has(*(a_post(post_id=str(n), published_at=NOON - timedelta(hours=n)) for n in range(1, 9)))
    crawl.sweep(relay, tag)
    network.has(a_post("Без поиска #proryv80", "20", published_at=NOON - timedelta(hours=2)))
    network.has(a_post("Личная страница #proryv80", "30", "555", published_at=NOON - timedelta(hours=2)))
    assert coverage.report(relay, SLUG).estimate is None
    crawl.sweep(relay, wall)
    found = coverage.report(relay, SLUG).estimate
    assert (found.walls, found.search, found.both, found.found) == (9, 8, 8, 9)
    assert found.missed == 0
    assert 0 < found.missed_high < 9


@pytest.mark.slow
def test_before_the_campaign_opens_there_is_nothing_to_cover(relay: Relay, clock: FakeClock, wall: int) -> None:
    clock.is_at(datetime(2023, 1, 1, tzinfo=UTC))
    report = coverage.report(relay, SLUG)
    assert (report.days, report.sources[0].holes) == ([], [])


@pytest.mark.slow
def test_after_the_close_the_whole_window_was_read_once_more(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    crawl.sweep(relay, wall)
    clock.is_at(datetime(2023, 1, 18, 21, 30, tzinfo=UTC))
    campaigns.tick(relay)
    for source_id in crawl.due(relay):
        crawl.sweep(relay, source_id)
    clock.moves(days=3)
    ledger = _ledger(relay, wall)
    assert (ledger.covered, ledger.holes) == (1.0, [])
    assert network.readings[-1][1] == campaigns.get(relay, SLUG).opens_at


# Every bound, one by one


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2023-01-11T23:59:59", "2023-01-11T00:00:00"),  # a second to three in Moscow
        ("2023-01-12T00:00:00", "2023-01-12T00:00:00"),
        ("2023-01-12T23:00:00", "2023-01-12T00:00:00"),
    ],
)
def test_the_night_begins_at_its_hour_in_the_campaigns_zone(now: str, night: str) -> None:
    at, begun = (datetime.fromisoformat(moment).replace(tzinfo=UTC) for moment in (now, night))
    assert coverage.NIGHT_HOUR == 3
    assert coverage.last_night(at, ZoneInfo("Europe/Moscow")) == begun


@pytest.mark.slow
def test_what_was_to_be_read_again_is_read_only_by_a_reading_that_reached_it(
    relay: Relay, clock: FakeClock, wall: int
) -> None:
    crawl.sweep(relay, wall)
    far, near = clock() - timedelta(days=1), clock() - timedelta(hours=2)
    for back, left in ((far, near), (near, far), (near, near)):
        source = _source(relay, wall)
        source.reread_from = left
        campaign = campaigns.get(relay, SLUG)
        row = Sweep(source_id=wall, started_at=clock(), finished_at=clock(), covers_from=back, covers_to=clock(),
                    complete=True)  # fmt: skip
        with relay.transaction() as session:
            coverage.settle(session, relay, campaign, source, row)
            assert source.reread_from == (left if back > left else None)
            source.reread_from = left
            coverage.settle(session, relay, campaign, source, row, answers=False)
            assert source.reread_from == left, "somebody has asked for more since"


@pytest.mark.slow
def test_a_count_that_is_wrong_after_the_whole_window_was_read_asks_for_nothing_more(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    """There is nothing further back to read."""
    network.has(a_post(published_at=NOON - timedelta(days=90)))
    crawl.sweep(relay, wall)
    network.has(*(a_post(post_id=f"9{number}", published_at=NOON - timedelta(days=80)) for number in range(5)))
    clock.moves(hours=1)
    crawl.sweep(relay, wall, deep=True)
    assert [count["missing"] for count in _counts(relay)] == [5]
    assert _source(relay, wall).reread_from is None


@pytest.mark.slow
def test_sweeps_that_lie_ahead_have_read_nothing_tonight(relay: Relay, clock: FakeClock, wall: int) -> None:
    """They were made before the clock was put back: whether that was tonight nobody knows."""
    opens = campaigns.get(relay, SLUG).opens_at
    with relay.transaction() as session:
        source = session.get_one(Source, wall)
        source.created_at = opens
        session.add(source)
    clock.is_at(datetime(2023, 1, 15, 9, tzinfo=UTC))
    _read(relay, wall, opens, clock())
    assert coverage.watch(relay) == 0, "read since the night began"
    clock.is_at(datetime(2023, 1, 14, 9, tzinfo=UTC))
    assert coverage.watch(relay) == 1
    assert _source(relay, wall).reread_from == datetime(2023, 1, 11, tzinfo=UTC), "three days before the night"


# Over rows that are written at once

HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
OPENS, CLOSES = datetime(2023, 1, 10, 21, tzinfo=UTC), datetime(2023, 1, 18, 20, 59, 59, tzinfo=UTC)


def _change(relay: Relay, source_id: int, **values: Any) -> None:
    with relay.transaction() as session:
        session.exec(update(Source).where(col(Source.id) == source_id).values(**values))


def _told(at: datetime) -> str:
    return at.astimezone(ZoneInfo("Europe/Moscow")).isoformat()


def _events(relay: Relay) -> list[tuple[Any, ...]]:
    with relay.reading() as session:
        found = select(Event).where(Event.subject == "source", Event.what != "added")
        rows = session.exec(found.order_by(col(Event.id)))
        return [(row.at, row.subject_id, row.what, row.details) for row in rows]


def test_posts_are_fresh_once_by_the_day_of_the_campaigns_zone() -> None:
    tally = coverage.Tally(NOON, ZoneInfo("Europe/Moscow"))
    old, first = a_post(post_id="1", published_at=NOON), a_post(post_id="2", published_at=NOON + SECOND)
    late = a_post(post_id="3", published_at=NOON + 12 * HOUR)
    tally.count(Page((old, first), total=7))
    tally.count(Page((first, late, a_post(post_id="3", owner_id="9", published_at=NOON + 12 * HOUR)), total=9))
    assert (tally.days, tally.total) == ({"2023-01-12": 1, "2023-01-13": 2}, 7)
    tally.overtaken(NOON + SECOND, NOON + SECOND)
    assert (tally.days, tally.total) == ({"2023-01-13": 2}, 7)
    tally.overtaken(NOON - HOUR, NOON)
    assert tally.mark == NOON + SECOND
    tally.overtaken(NOON + HOUR, NOON)
    assert tally.total is None


@pytest.mark.slow
def test_what_counts_as_fresh_and_how_far_a_sweep_reaches(campaign: Campaign) -> None:
    source = Source(campaign_id=1, address="vk:club1", network="vk", created_at=NOON)
    assert coverage.tally(campaign, source).mark == OPENS - SECOND
    for mark, expected in ((OPENS - HOUR, OPENS - SECOND), (OPENS, OPENS), (NOON, NOON)):
        source.high_water = mark
        assert coverage.tally(campaign, source).mark == expected
    assert coverage.reach(campaign, source, NOON) == NOON
    for asked, expected in ((NOON + HOUR, NOON), (NOON - HOUR, NOON - HOUR), (OPENS - HOUR, OPENS)):
        source.reread_from = asked
        assert coverage.reach(campaign, source, NOON) == expected


@pytest.mark.slow
def test_only_those_that_wait_after_trouble_are_due_when_their_network_is_back(relay: Relay, wall: int) -> None:
    later = relay.now() + HOUR
    rows: list[tuple[dict[str, Any], bool]] = [
        ({}, True),
        ({"failures": 0}, False),
        ({"network": "tg"}, False),
        ({"state": SourceState.paused}, False),
        ({"next_sweep_at": relay.now() - HOUR}, False),
    ]
    with relay.transaction() as session:
        session.exec(update(Source).values(failures=1, next_sweep_at=later))
        for number, (more, _) in enumerate(rows):
            words = {"campaign_id": 1, "network": "vk", "failures": 1, "next_sweep_at": later, "created_at": NOON}
            session.add(Source(**{**words, "address": f"x:{number}"} | more))
    for failures in (0, 1):
        _change(relay, wall, failures=failures)
        with relay.transaction() as session:
            coverage.came_back(session, relay, session.get_one(Source, wall))
        with relay.reading() as session:
            found = session.exec(select(Source.next_sweep_at).order_by(col(Source.id))).all()
        assert found[0] == later
        assert [at == relay.now() for at in found[1:]] == [bool(failures) and due for _, due in rows]


@pytest.mark.slow
def test_a_count_is_compared_with_the_last_whole_sweep_and_what_was_deleted_since(
    relay: Relay, campaign: Campaign, network: FakeSource
) -> None:
    wall = sources.add(relay, SLUG, "vk:club1").id or 0
    other = sources.add(relay, SLUG, "vk:anna").id or 0
    words = {"covers_from": OPENS, "covers_to": NOON, "finished_at": NOON, "complete": True}
    with relay.transaction() as session:
        for source_id, hours, more in (
            (wall, -9, {"posts_total": 5}),
            (wall, -5, {"posts_total": 100}),
            (wall, -4, {"posts_total": None}),
            (wall, -3, {"posts_total": 7, "complete": False}),
            (other, -2, {"posts_total": 8}),
        ):
            session.add(Sweep(**{**words, "source_id": source_id, "started_at": NOON + hours * HOUR} | more))
        session.add(Video(network="vk", owner_id="7", video_id="1", url="u", created_at=NOON))
        session.flush()
        gone = [
            ("-1", "post", NOON - 5 * HOUR + SECOND),
            ("-1", "post", NOON),
            ("-1", "post", NOON - 5 * HOUR),
            ("-1", "post", NOON + SECOND),
            ("-1", "video", NOON),
            ("7", "post", NOON),
        ]
        for number, (owner, lost, since) in enumerate(gone):
            post = Post(network="vk", owner_id=owner, post_id=str(number), url="u", text="", published_at=NOON,
                        first_seen_at=NOON, last_seen_at=NOON)  # fmt: skip
            session.add(post)
            session.flush()
            session.add(Sighting(post_id=post.id or 0, video_id=1, lost=lost, missing_since=since))
    for total, covers_from, reread, missing in (
        (101, OPENS + SECOND, None, None),
        (102, OPENS + SECOND, OPENS, 1),
        (104, OPENS, None, 3),
        (None, OPENS + SECOND, None, None),
    ):
        with relay.transaction() as session:
            forgets_events(session)
            source = session.get_one(Source, wall)
            source.reread_from = None
            row = Sweep(**{**words, "source_id": wall, "started_at": NOON, "covers_from": covers_from, "id": 99},
                        posts_total=total, fresh={"2023-01-11": 1, "2023-01-12": 2})  # fmt: skip
            coverage.settle(session, relay, find_campaign(session, SLUG), source, row)
            assert source.reread_from == reread, total
        details = {"before": 100, "now": total, "fresh": 3, "lost": 2, "missing": missing}
        assert _events(relay) == ([] if missing is None else [(NOON, wall, "count", details)])


@pytest.mark.slow
def test_posts_that_a_page_hides_are_told_once_until_they_are_shown(
    relay: Relay, campaign: Campaign, wall: int
) -> None:
    def hidden(number: str, **more: Any) -> SeenPost:
        return a_post("", number, videos=(), **{"no_video": NoVideo.hidden} | more)

    seen = [
        hidden("1", published_at=OPENS), hidden("2", published_at=CLOSES), hidden("3", published_at=OPENS - SECOND),
        hidden("4", published_at=CLOSES + SECOND), hidden("5", no_video=NoVideo.text),
        hidden("6", texts=(("text", ""), ("original", "слово"))),
    ]  # fmt: skip
    one, two = "https://vk.com/wall-1_1", "https://vk.com/wall-1_2"
    assert coverage.not_shown(campaign, seen) == [one, two]
    other = sources.add(relay, SLUG, "vk:anna").id or 0
    with relay.transaction() as session:
        first, second = session.get_one(Source, wall), session.get_one(Source, other)
        assert coverage.tell_not_shown(session, first, [], NOON) == []
        assert coverage.tell_not_shown(session, first, [one, one], NOON) == [one]
        assert coverage.tell_not_shown(session, first, [one, two], NOON) == [two]
        assert coverage.tell_not_shown(session, second, [one], NOON) == [one]
        coverage.tell_shown(session, first, {"https://vk.com/wall-1_9"}, NOON)
        coverage.tell_shown(session, first, {one, "https://vk.com/wall-1_9"}, NOON)
        coverage.tell_shown(session, first, {one}, NOON)
        assert coverage.tell_not_shown(session, first, [one, two], NOON) == [one]
    assert [event[1:] for event in _events(relay)] == [
        (wall, "not shown", {"posts": [one]}),
        (wall, "not shown", {"posts": [two]}),
        (other, "not shown", {"posts": [one]}),
        (wall, "shown after all", {"posts": [one]}),
        (wall, "not shown", {"posts": [one]}),
    ]
    with relay.transaction() as session:
        post = Post(network="vk", owner_id="-1", post_id="2", url=two, text="", published_at=NOON, first_seen_at=NOON,
                    last_seen_at=NOON)  # fmt: skip
        session.add(post)
        session.flush()
        session.add(Match(campaign_id=campaign.id or 0, post_id=post.id or 0, kind=MatchKind.near, at=NOON))
    report = coverage.report(relay, SLUG)
    assert [source.not_shown for source in report.sources] == [[one], []], "each link where it was told last"
    assert report.not_shown == 1


def _asked_back(relay: Relay) -> list[tuple[datetime | None, datetime | None]]:
    with relay.reading() as session:
        return list(session.exec(select(Source.reread_from, Source.next_sweep_at).order_by(col(Source.id))))


@pytest.mark.slow
def test_the_watch_asks_for_holes_at_once_and_for_the_night_with_the_next_sweep(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    names = ["club1", "club2", "club3", "club4", "club5", "club6", "club7"]
    holed, whole, fresh, paused, early, tonight, unread = (
        sources.add(relay, SLUG, f"vk:{name}").id or 0 for name in names
    )
    clock.is_at(NOON + 48 * HOUR)
    now, night, back = clock(), datetime(2023, 1, 14, 0, tzinfo=UTC), datetime(2023, 1, 11, 0, tzinfo=UTC)
    later = now + HOUR
    for source_id in (holed, paused):
        _read(relay, source_id, OPENS, NOON)
        _read(relay, source_id, NOON + HOUR, now)
    _read(relay, whole, OPENS, now)
    _read(relay, early, OPENS, night - SECOND)
    _read(relay, tonight, back, night)
    _read(relay, unread, back + SECOND, night)
    _change(relay, paused, state=SourceState.paused)
    for source_id in (holed, whole, fresh, paused, early, tonight, unread):
        _change(relay, source_id, next_sweep_at=later)
    assert coverage.watch(relay) == 4, "the one with a hole for both"
    none = (None, later)
    assert _asked_back(relay) == [(back, NOON), none, none, none, (back, later), none, (back, later)]
    assert coverage.watch(relay) == 0, "it is asked for once"
    _change(relay, early, reread_from=back + SECOND)
    _change(relay, unread, reread_from=back - SECOND)
    assert coverage.watch(relay) == 1
    assert [at for at, _ in _asked_back(relay)][4:] == [back, None, back - SECOND]
    _change(relay, early, reread_from=None, created_at=night)
    assert coverage.watch(relay) == 0, "what was added tonight needs no second look"
    campaigns.stop(relay, SLUG, person="olga")
    _change(relay, early, created_at=NOON)
    assert coverage.watch(relay) == 0


@pytest.mark.slow
def test_all_is_read_again_of_active_sources_that_do_not_go_back_so_far_yet(
    relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource
) -> None:
    for name in ("club1", "club2", "club3"):
        sources.add(relay, SLUG, f"vk:{name}")
    later = clock() + HOUR
    with relay.transaction() as session:
        session.exec(update(Source).values(next_sweep_at=later))
    _change(relay, 2, reread_from=OPENS - SECOND)
    _change(relay, 3, state=SourceState.attention)
    with relay.transaction() as session:
        coverage.read_again(session, campaign, clock())
    assert _asked_back(relay) == [(OPENS, OPENS), (OPENS - SECOND, later), (None, later)]


@pytest.mark.slow
def test_the_ledger_of_a_source_is_told_whole(relay: Relay, clock: FakeClock, campaign: Campaign, wall: int) -> None:
    clock.is_at(NOON + 24 * HOUR)
    _read(relay, wall, OPENS, NOON - 6 * HOUR)
    _read(relay, wall, NOON - 9 * HOUR, NOON, complete=False)
    _read(relay, wall, NOON - 3 * HOUR, NOON + 3 * HOUR)
    _read(relay, wall, NOON + 3 * HOUR, NOON + 12 * HOUR)
    _read(relay, wall, NOON + 12 * HOUR, NOON + 21 * HOUR + SECOND)
    _change(relay, wall, next_sweep_at=clock() - 15 * MINUTE, reread_from=NOON, district="Север", reason="r")
    with relay.transaction() as session:
        session.exec(update(Source).where(col(Source.id) == wall).values(unseen=7))
        session.exec(update(Sweep).where(col(Sweep.id) == 3).values(requests=2, fresh={"2023-01-12": 5}))
        session.exec(update(Sweep).where(col(Sweep.id) == 2).values(requests=1, fresh={"2023-01-12": 9}))
    found = as_json(_ledger(relay, wall))
    days = found.pop("days")
    hole, last = (NOON - 6 * HOUR, NOON - 3 * HOUR), (NOON + 21 * HOUR + SECOND, NOON + 24 * HOUR)
    assert found == {
        "id": wall, "address": "vk:club1", "title": "club1", "district": "Север", "state": "active", "reason": "r",
        "covered": round(1 - (6 * HOUR - SECOND) / (60 * HOUR), 4),
        "intervals": [
            {"from": _told(OPENS), "to": _told(NOON - 6 * HOUR)},
            {"from": _told(NOON - 3 * HOUR), "to": _told(NOON + 21 * HOUR + SECOND)},
        ],
        "holes": [
            {"from": _told(hole[0]), "to": _told(hole[1]), "why": "gap", "reason": ""},
            {"from": _told(last[0]), "to": _told(last[1]), "why": "late", "reason": ""},
        ],
        "outages": [
            {"from": _told(NOON - 6 * HOUR), "to": _told(NOON + 3 * HOUR), "reason": "VK does not answer.",
             "read_later": False},
            {"from": _told(NOON + 12 * HOUR), "to": _told(NOON + 21 * HOUR + SECOND), "reason": "",
             "read_later": True},
        ],
        "unaccounted": 7, "rereads_from": _told(NOON), "last_sweep": _told(NOON + 21 * HOUR + SECOND),
        "next_sweep": _told(clock() - 15 * MINUTE), "sweeps": 5, "faults": 1, "requests": 3, "not_shown": [],
    }  # fmt: skip
    nothing = {"matched": 0, "near": 0, "fetched": 0, "waiting": 0, "refused": 0, "hidden": 0, "without": 0}
    assert days == [
        {"day": "2023-01-11", "covered": 1.0, "holes": 0, "read": 0, **nothing},
        {"day": "2023-01-12", "covered": round(21 / 24, 4), "holes": 1, "read": 5, **nothing},
        {"day": "2023-01-13", "covered": round((9 * HOUR + SECOND) / (12 * HOUR), 4), "holes": 1, "read": 0, **nothing},
    ]
    _change(relay, wall, next_sweep_at=clock() - 15 * MINUTE + SECOND)
    assert [each.why for each in _ledger(relay, wall).holes] == ["gap"], "the next reading is on time"
    for values in ({"failures": 1}, {"state": SourceState.attention}, {"next_sweep_at": None}):
        _change(relay, wall, **{"failures": 0, "state": SourceState.active} | values)
        assert len(_ledger(relay, wall).holes) == 2
    _change(relay, wall, state=SourceState.active, next_sweep_at=clock())
    campaigns.stop(relay, SLUG, person="olga")
    assert len(_ledger(relay, wall).holes) == 2


@pytest.mark.slow
def test_why_a_hole_is_one(relay: Relay, clock: FakeClock, wall: int) -> None:
    def why() -> list[tuple[str, str]]:
        return [(hole.why, hole.reason) for hole in _ledger(relay, wall).holes]

    assert why() == [("first", "")]
    _read(relay, wall, OPENS, OPENS, complete=False)
    _change(relay, wall, failures=1)
    assert why() == [("fault", "VK does not answer.")]
    for state, reason, expected in (
        (SourceState.paused, "x", ("paused", "")),
        (SourceState.attention, "It is closed.", ("closed", "It is closed.")),
        (SourceState.gone, "It is deleted.", ("closed", "It is deleted.")),
    ):
        _change(relay, wall, state=state, reason=reason)
        assert why() == [expected]
    _change(relay, wall, state=SourceState.active, failures=0)
    assert why() == [("first", "")]
    _read(relay, wall, OPENS + HOUR, NOON)
    _change(relay, wall, failures=1)
    assert why() == [("fault", "VK does not answer.")]
    with relay.transaction() as session:
        session.exec(update(Sweep).where(col(Sweep.id) == 1).values(started_at=OPENS - SECOND))
    assert why() == [("gap", "")], "a fault before it says nothing"


@pytest.mark.slow
def test_an_outage_lasts_from_the_first_fault_until_somebody_reads_again(
    relay: Relay, clock: FakeClock, wall: int
) -> None:
    _read(relay, wall, OPENS, OPENS + HOUR, complete=False)
    with relay.transaction() as session:
        session.exec(update(Sweep).values(fault="The first."))
    _read(relay, wall, OPENS, OPENS + 2 * HOUR, complete=False)
    clock.is_at(OPENS + HOUR)
    assert _ledger(relay, wall).outages == []
    clock.is_at(NOON)
    outage = {"from": _told(OPENS + HOUR), "to": _told(NOON), "reason": "The first.", "read_later": False}
    assert as_json(_ledger(relay, wall).outages) == [outage]
    _read(relay, wall, OPENS, NOON)
    assert as_json(_ledger(relay, wall).outages) == [{**outage, "read_later": True}]
    _read(relay, wall, NOON, NOON + 9 * HOUR)
    clock.is_at(NOON + 9 * HOUR)
    assert len(_ledger(relay, wall).outages) == 1, "nine hours are no silence yet"


@pytest.mark.slow
def test_what_became_of_the_posts_is_told_by_day(relay: Relay, campaign: Campaign, wall: int, clock: FakeClock) -> None:
    clock.is_at(NOON + 24 * HOUR)
    states = [("fetched", ""), ("refused", ""), ("found", ""), ("fetching", ""), ("gone", ""), ("unavailable", ""),
              ("fetched", "post")]  # fmt: skip
    hit = Hit(MatchKind.exact, "text", "#proryv80")
    with relay.transaction() as session:
        videos = tuple(a_video(str(number)) for number in range(len(states)))
        for number, (at, kind, source_id, shown, down) in enumerate(
            [
                (NOON, MatchKind.exact, wall, videos, ""),
                (NOON, MatchKind.exact, wall, (), ""),
                (NOON, MatchKind.near, wall, (), ""),
                (NOON, MatchKind.near, wall, (), "Анна"),
                (NOON, MatchKind.outside, wall, (), ""),
                (NOON, MatchKind.exact, None, (), ""),
                (NOON + 12 * HOUR, MatchKind.exact, wall, (a_video("99"),), ""),
            ]
        ):
            post = a_post(post_id=str(number), videos=shown, published_at=at)
            kept = ingest.keep(session, campaign, post, replace(hit, kind=kind), clock(), source_id=source_id)
            session.exec(update(Match).where(col(Match.post_id) == kept.post_id).values(turned_down=down))
        for number, (state, lost) in enumerate(states):
            video = session.exec(select(Video).where(Video.video_id == str(number))).one()
            session.exec(update(Video).where(col(Video.id) == video.id).values(state=VideoState(state)))
            session.exec(update(Sighting).where(col(Sighting.video_id) == video.id).values(lost=lost))
    nothing = {"covered": 0.0, "holes": 1, "read": 0, "matched": 0, "near": 0, "fetched": 0, "waiting": 0, "refused": 0,
               "hidden": 0, "without": 0}  # fmt: skip
    report = coverage.report(relay, SLUG)
    assert as_json(report.days) == [
        {"day": "2023-01-11", **nothing},
        {"day": "2023-01-12", **nothing, "matched": 2, "near": 1, "fetched": 1, "waiting": 2, "refused": 1,
         "hidden": 3, "without": 1},
        {"day": "2023-01-13", **nothing, "matched": 1, "waiting": 1},
    ]  # fmt: skip
    assert report.sources[0].days == report.days
    assert (report.campaign, report.start, report.end) == (SLUG, _told(OPENS), _told(clock()))
    assert (report.without_video, report.estimate) == (2, None)


def test_days_are_those_of_the_zone_also_when_its_clock_is_changed() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2023, 10, 28, 12, tzinfo=UTC)
    days = coverage._by_day(Interval(start, start + 48 * HOUR), berlin)
    assert [(day, part.length / HOUR) for day, part in days] == [
        ("2023-10-28", 10), ("2023-10-29", 25), ("2023-10-30", 13),
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Riga", "America/Havana", "Asia/Beirut", "Asia/Kathmandu"])
@pytest.mark.parametrize("since", [datetime(2023, 3, 10, tzinfo=UTC), datetime(2023, 10, 25, tzinfo=UTC)])
def test_fresh_posts_are_counted_by_the_days_of_the_zone(zone: str, since: datetime) -> None:
    """Clocks are put back and forward at midnight in Havana and Beirut: a day ends twice, or begins at one."""
    moments = {f"-1_{n}": (since + n * timedelta(minutes=17)).timestamp() for n in range(2000)}
    tally = coverage.Tally(since + timedelta(days=1), ZoneInfo(zone))
    tally.count(Page((), others=moments))
    fresh = [datetime.fromtimestamp(at, ZoneInfo(zone)) for at in moments.values() if at > tally.mark.timestamp()]
    assert tally.days == Counter(at.date().isoformat() for at in fresh)
