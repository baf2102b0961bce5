"""Moments that were written down before the clock was set back: all that is due goes on within one interval."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from relay import alerts
from relay.collect import crawl, recheck, sources
from relay.context import Relay
from relay.errors import Parked
from relay.intake.hand_in import hand_ins
from relay.jobs import work_once
from relay.models import (
    Alert,
    Campaign,
    Delivery,
    HandIn,
    HandInState,
    Lease,
    Parking,
    Sighting,
    Source,
    Spending,
)
from relay.sources.quotas import TokenQuotas
from relay.upkeep import health, outbox, tokens
from relay.upkeep.leader import acquire
from relay.web.rate_limit import RateLimit
from tests.collect.conftest import SLUG
from tests.fakes.channel import FakeChannel
from tests.fakes.clock import FakeClock
from tests.fakes.source import FakeSource, a_post

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BACK = [-5 * MINUTE, -2 * HOUR, -DAY, timedelta(days=-9000)]
INTERVAL = timedelta(minutes=12.5)
"""At the latest: sweeps begin at whole slots."""


@pytest.fixture
def wall(relay: Relay, campaign: Campaign, network: FakeSource) -> int:
    return sources.add(relay, SLUG, "vk:tag").id or 0


# Sweeps


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_a_source_is_read_within_its_interval(relay: Relay, clock: FakeClock, wall: int, jump: timedelta) -> None:
    crawl.sweep(relay, wall)
    clock.moves(minutes=1)
    assert crawl.due(relay) == []
    clock.at += jump
    assert crawl.due(relay) == [wall], "what was put off was put off by a clock that was wrong"
    crawl.sweep(relay, wall)
    assert crawl.due(relay) == [], "once"
    clock.at += INTERVAL
    assert crawl.due(relay) == [wall]


@pytest.mark.slow
def test_a_jump_that_is_smaller_than_the_time_since_the_sweep_puts_it_off_no_further_than_the_interval(
    relay: Relay, clock: FakeClock, wall: int
) -> None:
    crawl.sweep(relay, wall)
    clock.moves(minutes=9)
    clock.moves(minutes=-5)
    assert crawl.due(relay) == []
    clock.moves(minutes=6)
    assert crawl.due(relay) == [wall]


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_a_source_in_trouble_is_tried_again_within_its_pause(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, jump: timedelta
) -> None:
    """A day for one that is closed, hours for one that fails, until the next probe for one that rests."""
    network.closes("vk:tag")
    crawl.sweep(relay, wall)
    clock.at += jump
    assert crawl.due(relay) == [wall]
    network.recovers()
    network.is_down()
    for _ in range(5):
        crawl.sweep(relay, wall)
    assert crawl.due(relay) == []
    clock.at += jump
    assert crawl.due(relay) == [wall]


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_a_source_that_was_never_read_is_due(relay: Relay, clock: FakeClock, wall: int, jump: timedelta) -> None:
    clock.at += jump
    assert crawl.due(relay) == [wall]


@pytest.mark.slow
def test_a_machine_that_is_some_seconds_behind_reads_nothing_twice(relay: Relay, clock: FakeClock, wall: int) -> None:
    crawl.sweep(relay, wall)
    clock.moves(seconds=-50)
    assert crawl.due(relay) == []


@pytest.mark.slow
@pytest.mark.parametrize("ahead", [2 * HOUR, 7 * DAY])
def test_put_forward_it_is_read_once(relay: Relay, clock: FakeClock, wall: int, ahead: timedelta) -> None:
    crawl.sweep(relay, wall)
    clock.at += ahead - 2 * MINUTE
    if ahead < DAY:
        assert crawl.due(relay) == [wall]
        crawl.sweep(relay, wall)
        assert crawl.due(relay) == []


@pytest.mark.parametrize("jump", BACK[:3])
def test_posts_are_looked_up_again_though_the_last_look_lies_ahead(
    relay: Relay, clock: FakeClock, jump: timedelta
) -> None:
    last = clock() - jump
    sighting = Sighting(post_id=1, video_id=1, missing_since=last)
    assert recheck._next(sighting, "post", clock()) == (clock(), None, ""), "the wait begins anew"
    sighting.missing_since = clock() - recheck.AGAIN
    assert recheck._next(sighting, "post", clock()) == (clock() - recheck.AGAIN, clock(), "post")
    sighting.missing_since = clock() - recheck.AGAIN + MINUTE
    assert recheck._next(sighting, "post", clock()) == (sighting.missing_since, None, "")


# Leases and signs of life


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_a_lease_is_over_when_it_reaches_further_than_one_can(relay: Relay, clock: FakeClock, jump: timedelta) -> None:
    first, second = (dataclasses.replace(relay, holder=name) for name in ("host-1", "host-2"))
    assert acquire(first, "bell", 20)
    assert not acquire(second, "bell", 20)
    clock.at += jump
    assert acquire(second, "bell", 20) == 2
    assert not acquire(first, "bell", 20)


def test_a_machine_some_seconds_behind_takes_no_lease_away(relay: Relay, clock: FakeClock) -> None:
    first, second = (dataclasses.replace(relay, holder=name) for name in ("host-1", "host-2"))
    acquire(first, "bell", 20)
    clock.moves(seconds=-59)
    assert not acquire(second, "bell", 20)


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_nobody_is_called_running_by_a_promise_of_before(
    relay: Relay, campaign: Campaign, clock: FakeClock, jump: timedelta
) -> None:
    acquire(relay, health.LEADER, 20)
    health.Heartbeat(relay).begin([("crawl", timedelta(seconds=5))])
    assert health.read_vitals(relay).has_leader
    clock.at += jump
    signs = health.read_vitals(relay)
    assert not signs.has_leader
    acquire(relay, health.LEADER, 20)  # the heart goes on and the jobs stand still
    assert health.read_vitals(relay).overdue == ["crawl"]
    assert "bell" not in [trouble.key for trouble in health.troubles(health.read_vitals(relay))]


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-2 * HOUR, -DAY])
def test_the_watch_tells_of_the_jump_once_and_then_of_a_work_that_does_not_come_back(
    relay: Relay, campaign: Campaign, clock: FakeClock, jump: timedelta
) -> None:
    relay = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))
    clock.moves(days=2)
    acquire(relay, health.LEADER, 20)
    health.Heartbeat(relay).begin([("crawl", timedelta(seconds=5))])
    assert health.watch(relay) == []
    clock.at += jump
    assert health.watch(relay) == [health.CLOCK], "no word of a death that may be none"
    for _ in range(3):
        clock.moves(seconds=30)
        assert health.watch(relay) == []
    clock.moves(minutes=2)
    assert health.watch(relay) == [health.LEADER]
    acquire(relay, health.LEADER, 20)
    clock.moves(seconds=1)
    health.watch(relay)
    clock.moves(minutes=10)
    acquire(relay, health.LEADER, 20)
    health.watch(relay)
    with relay.reading() as session:
        assert health.CLOCK not in [alert.key for alert in alerts.open_alerts(session)]
        assert session.exec(select(Alert.times).where(Alert.key == health.CLOCK)).one() == 1


@pytest.mark.parametrize(
    ("back", "told"),
    [
        (timedelta(seconds=40), "40 s"),
        (MINUTE, "1 min"),
        (5 * MINUTE + timedelta(seconds=10), "5 min"),
        (59 * MINUTE, "59 min"),
        (HOUR, "1 h"),
        (2 * HOUR - timedelta(seconds=20), "2 h"),
        (2 * HOUR + 7 * MINUTE, "2 h 7 min"),
        (DAY, "24 h"),
    ],
)
def test_how_far_the_clock_was_set_back_is_told_in_words(back: timedelta, told: str) -> None:
    assert health.set_back_by(back) == f"The clock of this machine was set back by {told}. Relay goes on."


@pytest.mark.slow
def test_two_processes_that_see_the_same_jump_tell_of_it_once(relay: Relay, clock: FakeClock) -> None:
    health.clock_set_back(relay, 2 * HOUR)
    clock.moves(seconds=5)
    health.clock_set_back(relay, 2 * HOUR + timedelta(seconds=1))
    with relay.reading() as session:
        assert session.exec(select(Alert)).one().times == 1
    clock.moves(minutes=2)
    health.clock_set_back(relay, 2 * HOUR)
    with relay.reading() as session:
        assert session.exec(select(Alert)).one().times == 2


@pytest.mark.slow
def test_right_after_a_jump_nothing_has_waited_for_hours(relay: Relay, campaign: Campaign, clock: FakeClock) -> None:
    relay = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))
    with relay.transaction() as session:
        late = Source(campaign_id=campaign.id or 0, network="vk", address="vk:tag", created_at=clock())
        late.next_sweep_at = clock()
        session.add(late)
    clock.moves(hours=3)
    acquire(relay, health.LEADER, 20)
    health.begin_settling(relay)
    assert health.watch(relay) == []
    clock.moves(minutes=11)
    acquire(relay, health.LEADER, 20)
    assert health.watch(relay) == ["queue:sources"], "it is late indeed"


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-2 * HOUR, -DAY])
def test_work_once_goes_on_and_tells(
    relay: Relay, clock: FakeClock, wall: int, network: FakeSource, jump: timedelta
) -> None:
    network.has(a_post(videos=()))
    assert work_once(relay) == 0
    read = len(network.readings)
    assert work_once(relay) == 0
    assert len(network.readings) == read, "the next one is due in ten minutes"
    clock.at += jump
    assert work_once(relay) == 0
    assert len(network.readings) == read + 1
    with relay.reading() as session:
        assert session.exec(select(Alert.text).where(Alert.key == health.CLOCK)).one().startswith("The clock of this")


# Rests, quotas, messages, hand-ins


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_what_rests_is_tried_again_after_the_clock_was_set_back(
    relay: Relay, clock: FakeClock, jump: timedelta
) -> None:
    allowance = TokenQuotas(relay.store, clock, "vk", 3)
    allowance.rest("vk:abc", "VK refuses the access token.", clock() + HOUR)
    with pytest.raises(Parked):
        allowance.take("abc", "wall.get")
    clock.at += jump
    health.clock_set_back(relay, -jump)
    clock.moves(seconds=1)
    assert not allowance.rests("abc")
    assert allowance.take("abc", "wall.get") == 0.0
    allowance.went_well("abc", "wall.get")
    with relay.reading() as session:
        assert session.exec(select(Parking)).all() == []


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "rests"), [(0, False), (1, True), (25, True), (26, False), (24 * 365, False)])
def test_nothing_rests_longer_than_a_day_and_an_hour(relay: Relay, clock: FakeClock, hours: int, rests: bool) -> None:
    allowance = TokenQuotas(relay.store, clock, "vk", 3)
    allowance.rest("vk:abc", "VK refuses the access token.", clock() + hours * HOUR)
    assert allowance.rests("abc") is rests
    assert (allowance.left("abc", "wall.get", 5) == 0) is rests
    troubles = [trouble.key for trouble in health.troubles(health.read_vitals(relay))]
    assert ("vk:abc" in troubles) is rests
    assert tokens.listing(relay) == []


@pytest.mark.slow
def test_calls_of_hours_that_lie_ahead_count_for_a_day_and_no_longer(relay: Relay, clock: FakeClock) -> None:
    allowance = TokenQuotas(relay.store, clock, "vk", 3)
    for _ in range(5):
        clock.moves(seconds=allowance.take("abc", "wall.get", 5))
    clock.at -= DAY
    with pytest.raises(Parked) as refused:
        allowance.take("abc", "wall.get", 5)
    assert refused.value.until <= clock() + DAY + HOUR, "they were made, and nobody knows when"
    with relay.reading() as session:
        (row,) = session.exec(select(Spending)).all()
    assert (row.calls, row.hour <= clock()) == (5, True)
    clock.at += DAY + HOUR
    assert allowance.take("abc", "wall.get", 5) < 1


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK)
def test_a_message_goes_out_though_it_was_written_in_the_future(
    relay: Relay, clock: FakeClock, jump: timedelta
) -> None:
    mail = FakeChannel("mail")
    relay.store.channels = ("mail",)
    relay = dataclasses.replace(relay, channels={"mail": mail})
    with relay.transaction() as session:
        alerts.raise_alert(session, "disk", "Full.", clock())
    clock.at += jump
    assert outbox.send_due(relay) == 1


@pytest.mark.slow
@pytest.mark.parametrize("jump", BACK[1:])
def test_a_message_that_failed_is_tried_again_within_the_longest_pause(
    relay: Relay, clock: FakeClock, jump: timedelta
) -> None:
    mail = FakeChannel("mail")
    relay.store.channels = ("mail",)
    relay = dataclasses.replace(relay, channels={"mail": mail})
    with relay.transaction() as session:
        alerts.raise_alert(session, "disk", "Full.", clock())
    mail.is_down()
    assert outbox.send_due(relay) == 0
    mail.recovers()
    clock.at += jump
    clock.moves(minutes=1)
    assert outbox.send_due(relay) == 1
    with relay.reading() as session:
        assert session.exec(select(Delivery)).one().sent_at is not None


@pytest.mark.slow
@pytest.mark.parametrize(("moved", "due"), [(9, False), (10, True), (-5, True), (-120, True), (-24 * 60, True)])
def test_a_link_that_was_put_off_is_looked_up_again(
    relay: Relay, campaign: Campaign, clock: FakeClock, moved: int, due: bool
) -> None:
    entry = HandIn(
        campaign_id=campaign.id or 0, number="1", link_hash="s", state=HandInState.waiting, url="https://vk.com/video7_1",
        created_at=clock(), tries=1, tried_at=clock(),
    )  # fmt: skip
    with relay.transaction() as session:
        session.add(entry)
    assert hand_ins.waiting(relay) == []
    clock.moves(minutes=moved)
    first = timedelta(minutes=hand_ins.RETRIES_MINUTES[0])
    expected = due if moved < 0 else clock() - campaign.created_at >= first
    assert (hand_ins.waiting(relay) != []) is expected


def test_an_address_that_was_shut_out_before_the_clock_was_set_back_is_let_in(clock: FakeClock) -> None:
    limit = RateLimit(most=2, within=10 * MINUTE)
    for _ in range(2):
        limit.count("1.2.3.4", clock())
    assert limit.is_reached("1.2.3.4", clock())
    clock.moves(hours=-2)
    assert not limit.is_reached("1.2.3.4", clock())


def test_leases_that_are_no_signs_of_life_are_left_alone(relay: Relay, clock: FakeClock, tmp_path: Path) -> None:
    with relay.transaction() as session:
        session.add(Lease(name="sign-in link abc", holder="anna", until=clock() + DAY))
    assert health.put_right(relay) == timedelta()
    with relay.reading() as session:
        assert session.exec(select(Lease.until).where(col(Lease.name) == "sign-in link abc")).one() == clock() + DAY


def test_while_nobody_rings_no_single_job_is_overdue(clock: FakeClock) -> None:
    """That nobody leads is the trouble."""
    late = health.Vitals(now=clock(), jobs={"crawl": clock() - HOUR})
    assert late.overdue == []
    assert dataclasses.replace(late, leader_until=clock() + timedelta(seconds=9)).overdue == ["crawl"]
