from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import col, select

from relay.collect import campaigns, coverage, crawl, places
from relay.context import Relay
from relay.models import Campaign, Event, Post, Sighting, Source, Sweep
from tests.collect.conftest import SLUG
from tests.fakes.clock import FakeClock
from tests.fakes.source import NOON, FakeSource, a_post


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return places.add(relay, SLUG, "vk:club1").id or 0


def _source(relay: Relay, source_id: int) -> Source:
    with relay.reading() as session:
        return session.get_one(Source, source_id)


def _ledger(relay: Relay, source_id: int) -> dict[str, Any]:
    return next(row for row in coverage.report(relay, SLUG)["sources"] if row["id"] == source_id)


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
    assert ledger["covered"] == 0
    assert [(hole["from"], hole["to"], hole["why"]) for hole in ledger["holes"]] == [
        ("2023-01-11T00:00:00+03:00", "2023-01-12T12:00:00+03:00", "first")
    ]


def test_a_source_that_is_read_as_planned_has_no_hole(relay: Relay, clock: FakeClock, wall: int) -> None:
    crawl.sweep(relay, wall)
    clock.moves(minutes=5)
    ledger = _ledger(relay, wall)
    assert ledger["holes"] == []
    assert {day["holes"] for day in ledger["days"]} == {0}


def test_an_outage_shows_as_a_hole_until_it_is_read(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    crawl.sweep(relay, wall)
    network.is_down()
    for _ in range(3):
        clock.moves(hours=2)
        crawl.sweep(relay, wall)
    ledger = _ledger(relay, wall)
    (hole,) = ledger["holes"]
    assert (hole["from"], hole["to"]) == ("2023-01-12T12:00:00+03:00", "2023-01-12T18:00:00+03:00")
    assert (hole["why"], hole["reason"]) == ("fault", "VK does not answer.")
    assert [day["holes"] for day in ledger["days"]] == [0, 1]
    assert not ledger["outages"][0]["read_later"]

    network.recovers()
    network.has(a_post("В тишине #proryv80", published_at=NOON + timedelta(hours=3)))
    crawl.sweep(relay, wall)
    ledger = _ledger(relay, wall)
    assert ledger["holes"] == []
    assert sum(day["matched"] for day in ledger["days"]) == 1
    (outage,) = ledger["outages"]
    assert (outage["from"], outage["to"]) == (hole["from"], hole["to"])
    assert (outage["reason"], outage["read_later"]) == ("VK does not answer.", True)


@pytest.mark.slow
@pytest.mark.parametrize(("verb", "why"), [("pauses", "paused"), ("closes", "closed"), ("forgets", "late")])
def test_a_hole_says_why(relay: Relay, clock: FakeClock, wall: int, network: FakeSource, verb: str, why: str) -> None:
    crawl.sweep(relay, wall)
    if verb == "pauses":
        places.pause(relay, SLUG, wall, person="olga")
    if verb == "closes":
        network.closes("vk:club1")
        crawl.sweep(relay, wall)
    clock.moves(hours=12)
    assert [hole["why"] for hole in _ledger(relay, wall)["holes"]] == [why]


def test_a_hole_between_two_readings_is_read_first(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    other = places.add(relay, SLUG, "vk:club2").id or 0
    opens = campaigns.get(relay, SLUG).opens_at
    clock.is_at(datetime(2023, 1, 16, 9, tzinfo=UTC))
    _read(relay, other, opens, clock())
    _read(relay, wall, opens, opens + timedelta(hours=10))
    _read(relay, wall, opens + timedelta(hours=30), clock())
    (hole,) = _ledger(relay, wall)["holes"]
    assert (hole["from"], hole["to"], hole["why"]) == ("2023-01-11T10:00:00+03:00", "2023-01-12T06:00:00+03:00", "gap")

    coverage.watch(relay)
    assert crawl.due(relay)[0] == wall
    crawl.sweep(relay, wall)
    assert network.readings[-1][1] <= opens + timedelta(hours=10)
    assert _ledger(relay, wall)["holes"] == []
    assert _source(relay, wall).reread_from is None


@pytest.mark.slow
def test_twin_without_the_watch_the_hole_stays(relay: Relay, clock: FakeClock, wall: int, network: FakeSource) -> None:
    opens = campaigns.get(relay, SLUG).opens_at
    clock.is_at(datetime(2023, 1, 16, 9, tzinfo=UTC))
    _read(relay, wall, opens, opens + timedelta(hours=10))
    _read(relay, wall, opens + timedelta(hours=30), clock())
    crawl.sweep(relay, wall)
    assert [hole["why"] for hole in _ledger(relay, wall)["holes"]] == ["gap"]


@pytest.mark.slow
def test_when_a_network_is_back_all_its_walls_are_due(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    other = places.add(relay, SLUG, "vk:club2").id or 0
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
    assert _ledger(relay, wall)["covered"] == 0


# The night


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
    assert sum(day["matched"] for day in coverage.report(relay, SLUG)["days"]) == 0
    clock.is_at(datetime(2023, 1, 14, 1, tzinfo=UTC))
    coverage.watch(relay)
    crawl.sweep(relay, wall)
    assert sum(day["matched"] for day in coverage.report(relay, SLUG)["days"]) == 1


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
    assert coverage.report(relay, SLUG)["days"][0]["matched"] == 0
    crawl.sweep(relay, wall)
    assert coverage.report(relay, SLUG)["days"][0]["matched"] == 1
    crawl.sweep(relay, wall)
    assert len(_counts(relay)) == 1, "the same post is asked about again and again"
    assert _ledger(relay, wall)["unaccounted"] == 1


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
    assert sum(day["read"] for day in _ledger(relay, wall)["days"]) == 12


def test_a_search_is_not_counted(relay: Relay, clock: FakeClock, campaign: Campaign, network: FakeSource) -> None:
    tag = places.add(relay, SLUG, "vk:tag").id or 0
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
    days = {day.pop("day"): day for day in coverage.report(relay, SLUG)["days"]}
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
    days = [day for each in (report, *report["sources"]) for day in each["days"]]
    assert [day["near"] for day in days if day["day"] == "2023-01-12"] == [posts, posts]
    assert {type(value) for day in days for name, value in day.items() if name not in ("day", "covered")} == {int}


def test_a_post_that_two_sources_show_counts_once_for_all(relay: Relay, wall: int, network: FakeSource) -> None:
    places.add(relay, SLUG, "vk:tag")
    network.has(a_post())
    crawl.crawl(relay, SLUG)
    report = coverage.report(relay, SLUG)
    assert [sum(day["matched"] for day in source["days"]) for source in report["sources"]] == [1, 1]
    assert sum(day["matched"] for day in report["days"]) == 1


@pytest.mark.slow
def test_the_estimate_compares_walls_and_search_on_listed_walls_only(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource
) -> None:
    tag = places.add(relay, SLUG, "vk:tag").id or 0
    network.has(*(a_post(post_id=str(n), published_at=NOON - timedelta(hours=n)) for n in range(1, 9)))
    crawl.sweep(relay, tag)
    network.has(a_post("Без поиска #proryv80", "20", published_at=NOON - timedelta(hours=2)))
    network.has(a_post("Личная страница #proryv80", "30", "555", published_at=NOON - timedelta(hours=2)))
    assert coverage.report(relay, SLUG)["estimate"] is None
    crawl.sweep(relay, wall)
    found = coverage.report(relay, SLUG)["estimate"]
    assert (found["walls"], found["search"], found["both"], found["found"]) == (9, 8, 8, 9)
    assert found["missed"] == 0
    assert 0 < found["missed_high"] < 9


def test_before_the_campaign_opens_there_is_nothing_to_cover(relay: Relay, clock: FakeClock, wall: int) -> None:
    clock.is_at(datetime(2023, 1, 1, tzinfo=UTC))
    report = coverage.report(relay, SLUG)
    assert (report["days"], report["sources"][0]["holes"]) == ([], [])


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
    assert (ledger["covered"], ledger["holes"]) == (1.0, [])
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
