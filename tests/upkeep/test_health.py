from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from relay import jobs
from relay.alerts import open_alerts
from relay.context import Relay
from relay.models import (
    Campaign,
    CampaignState,
    Lease,
    Match,
    MatchKind,
    Parking,
    Post,
    Sighting,
    Source,
    Video,
    VideoState,
)
from relay.upkeep import health, tokens
from relay.upkeep.health import Queue, Resting, Vitals, troubles
from relay.upkeep.watchman import Watchman
from tests.fakes.channel import FakeChannel
from tests.fakes.clock import FakeClock

NOW = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
SOON, AGO = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)
LONG_AGO = NOW - timedelta(hours=2)

WELL = Vitals(now=NOW, bell_until=SOON, wanted_since=LONG_AGO, jobs={"crawl": SOON}, free=50.0, least=2.0)


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({}, []),
        # who is dead
        ({"bell_until": NOW - timedelta(minutes=3)}, ["bell"]),
        ({"bell_until": NOW - timedelta(minutes=1)}, []),  # a restart
        ({"bell_until": None}, ["bell"]),
        ({"bell_until": None, "wanted_since": AGO}, []),  # the campaign has only just begun
        ({"bell_until": None, "wanted_since": None}, []),  # there is nothing to do
        ({"bell_until": None, "jobs": {"once": SOON}}, []),  # somebody's own schedule
        ({"bell_until": None, "jobs": {"once": LONG_AGO}}, ["bell"]),
        # who is stuck
        ({"jobs": {"crawl": AGO, "fetch": SOON}}, ["job:crawl"]),
        ({"jobs": {"crawl": AGO, "once": AGO}}, ["job:crawl"]),
        ({"jobs": {"crawl": AGO}, "bell_until": NOW - timedelta(minutes=3)}, ["bell"]),
        # what waits
        ({"videos": Queue(9, LONG_AGO)}, ["queue:videos"]),
        ({"videos": Queue(9, LONG_AGO), "last_fetched": AGO}, []),
        ({"videos": Queue(9, LONG_AGO), "fetching": 1}, []),
        ({"videos": Queue(9, AGO)}, []),
        ({"videos": Queue(9, NOW - timedelta(hours=1))}, []),
        ({"videos": Queue(9, NOW - timedelta(hours=1, seconds=1))}, ["queue:videos"]),
        ({"videos": Queue(9, LONG_AGO), "last_fetched": NOW - timedelta(minutes=61)}, ["queue:videos"]),
        ({"sources": Queue(9, NOW - timedelta(hours=1))}, []),
        ({"sources": Queue(9, NOW - timedelta(hours=1, seconds=1))}, ["queue:sources"]),
        ({"sources": Queue(9, LONG_AGO), "bell_until": NOW - timedelta(minutes=1)}, []),
        ({"videos": Queue(9, LONG_AGO), "paused": (Resting("extractor", "vk", "", SOON, "broken"),)}, []),
        ({"videos": Queue(9, LONG_AGO), "bell_until": None}, ["bell"]),
        ({"sources": Queue(3, LONG_AGO)}, ["queue:sources"]),
        # what is used up
        ({"free": 1.9}, ["disk"]),
        ({"resting": (Resting("vk", "abc", "", SOON, "VK refuses the access token."),)}, ["vk:abc"]),
        ({"resting": (Resting("vk", "abc", "", AGO, "VK refuses the access token."),)}, []),
        ({"resting": (Resting("vk", "abc", "wall.get", SOON, "The quota is used up."),)}, []),
    ],
)
def test_what_needs_a_person(change: dict[str, object], keys: list[str]) -> None:
    assert [trouble.key for trouble in troubles(dataclasses.replace(WELL, **change))] == keys  # type: ignore[arg-type]


def test_a_trouble_says_what_and_since_when() -> None:
    (dead,) = troubles(dataclasses.replace(WELL, bell_until=NOW - timedelta(minutes=30)))
    assert dead.text == "Nothing is read and nothing is fetched: relay work has not run since 2023-01-12 08:30 UTC."
    (here,) = troubles(
        dataclasses.replace(WELL, bell_until=NOW - timedelta(minutes=30), zone=ZoneInfo("Europe/Moscow"))
    )
    assert here.text.endswith("relay work has not run since 2023-01-12 11:30 MSK.")
    (full,) = troubles(dataclasses.replace(WELL, free=1.5))
    assert full.text.startswith("Only 1.5 GB are free, Relay keeps 2.")


@pytest.mark.parametrize(
    ("job", "seconds", "minutes"),
    [
        ("fetch", 3, 5),
        ("fetch", 150, 5),
        ("fetch", 151, 5 + 2 / 60),
        ("ledger", 3, 20),
        ("ledger", 900, 30),
        ("crawl", 5, 20),
        ("recheck", 5, 30),
        ("prepare", 30, 120),
        ("prune", 30, 120),
    ],
)
def test_two_intervals_or_the_longest_healthy_run(job: str, seconds: int, minutes: int) -> None:
    assert health.allowed(job, timedelta(seconds=seconds)) == timedelta(seconds=round(minutes * 60))


# Out of the rows


@pytest.fixture
def campaign(relay: Relay) -> Campaign:
    with relay.transaction() as session:
        row = Campaign(
            slug="proryv80", title="Прорыв", opens_at=relay.now() - timedelta(hours=3), tz="Europe/Moscow",
            closes_at=relay.now() + timedelta(days=6), state=CampaignState.running,
            created_at=relay.now() - timedelta(days=1),
        )  # fmt: skip
        session.add(row)
    return row


@pytest.fixture
def plenty(relay: Relay) -> Relay:
    """A machine whose own disk does not matter."""
    return dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))


def keys(relay: Relay) -> list[str]:
    with relay.reading() as session:
        return sorted(alert.key for alert in open_alerts(session))


def rings(relay: Relay, seconds: float = 20) -> None:
    assert jobs.hold(relay, "bell", seconds)


def waits(relay: Relay, campaign: Campaign, *, kind: MatchKind = MatchKind.exact, number: str = "1") -> None:
    with relay.transaction() as session:
        now = relay.now()
        video = Video(network="vk", owner_id="7", video_id=number, url=f"u{number}", created_at=now)
        post = Post(network="vk", owner_id="-1", post_id=number, url="u", text="", published_at=now,
                    first_seen_at=now, last_seen_at=now)  # fmt: skip
        session.add_all([video, post])
        session.flush()
        session.add(Sighting(post_id=post.id, video_id=video.id))
        session.add(Match(campaign_id=campaign.id, post_id=post.id, kind=kind, at=now))


@pytest.mark.slow
def test_the_death_of_relay_work_is_told_once_and_when_it_is_over(
    plenty: Relay, campaign: Campaign, clock: FakeClock
) -> None:
    rings(plenty)
    assert health.watch(plenty) == []
    clock.moves(minutes=3)
    assert health.watch(plenty) == ["bell"]
    for _ in range(5):
        clock.moves(minutes=1)
        assert health.watch(plenty) == []
    with plenty.reading() as session:
        (alert,) = open_alerts(session)
    assert alert.times == 1
    rings(plenty)
    assert health.watch(plenty) == ["bell"]
    assert keys(plenty) == []


@pytest.mark.slow
def test_the_desk_tells_it_when_relay_work_can_not(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    mail = FakeChannel("mail")
    plenty.store.channels = ("mail",)
    desk = dataclasses.replace(plenty, channels={"mail": mail}, holder="desk")
    watchman = Watchman(desk)
    rings(plenty)
    clock.moves(minutes=10)  # kill -9
    for _ in range(5):
        watchman.round()
        clock.moves(seconds=15)
    assert [letter.key for letter in mail.letters] == ["bell"]


def test_twin_without_the_watchman_nobody_hears_of_it(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    rings(plenty)
    clock.moves(days=3)
    assert keys(plenty) == []


def test_the_watchman_ends_when_he_is_told(plenty: Relay) -> None:
    watchman = Watchman(plenty, every=0.001)
    watchman.start()
    watchman.stop()
    assert not watchman._thread.is_alive()


@pytest.mark.parametrize(
    ("state", "more", "wanted"),
    [
        (CampaignState.running, {}, True),
        (CampaignState.draft, {}, True),  # it should have begun three hours ago
        (CampaignState.draft, {"held": True}, False),
        (CampaignState.stopped, {}, False),
        (CampaignState.stopped, {"last_sweep_due": True}, True),
        (CampaignState.archived, {}, False),
    ],
)
def test_when_there_is_work(
    plenty: Relay, campaign: Campaign, state: CampaignState, more: dict[str, bool], wanted: bool
) -> None:
    with plenty.transaction() as session:
        row = session.get_one(Campaign, campaign.id)
        row.state = state
        for name, value in more.items():
            setattr(row, name, value)
        session.add(row)
    assert (health.look(plenty).wanted_since is not None) is wanted


def test_videos_that_wait_are_ours_and_due(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    waits(plenty, campaign, number="1")
    waits(plenty, campaign, kind=MatchKind.near, number="2")
    found = health.look(plenty).videos
    assert (found.count, found.oldest) == (1, clock())
    with plenty.transaction() as session:
        video = session.exec(select(Video).where(Video.video_id == "1")).one()
        video.state, video.next_try_at = VideoState.unavailable, clock() + timedelta(hours=1)
        session.add(video)
    assert health.look(plenty).videos.count == 0
    clock.moves(hours=2)
    assert health.look(plenty).videos.oldest == clock() - timedelta(hours=1)


def test_sources_that_are_due_and_late(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        session.add(Source(campaign_id=campaign.id, address="vk:club1", network="vk", owner_id="-1",
                           next_sweep_at=clock(), created_at=clock()))  # fmt: skip
    clock.moves(hours=2)
    rings(plenty)
    assert health.watch(plenty) == ["queue:sources"]


def test_a_full_disk_is_told_and_over_by_itself(relay: Relay) -> None:
    full = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 1e9}))
    assert health.watch(full) == ["disk"]
    empty = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))
    assert health.watch(empty) == ["disk"]
    assert keys(empty) == []


def test_a_refused_token_is_told_though_another_does_the_work(plenty: Relay, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        session.add(Parking(key="vk:abc", reason="VK refuses the access token.", until=clock() + timedelta(hours=1)))
        session.add(Parking(key="vk:def:wall.get", reason="quota", until=clock() + timedelta(hours=1)))
        session.add(Parking(key="extractor:vk", reason="broken", until=clock() + timedelta(hours=1)))
    assert health.watch(plenty) == ["vk:abc"]


# Signs of life


@pytest.fixture
def pulse(plenty: Relay) -> health.Pulse:
    made = health.Pulse(plenty)
    made.begin([("crawl", timedelta(seconds=5)), ("fetch", timedelta(seconds=3))])
    return made


@pytest.mark.slow
def test_a_job_that_does_not_succeed_is_told(
    plenty: Relay, pulse: health.Pulse, campaign: Campaign, clock: FakeClock
) -> None:
    for _ in range(10):
        clock.moves(minutes=1)
        rings(plenty)
        pulse.beat("crawl", timedelta(seconds=5))
    assert health.watch(plenty) == ["job:fetch"]
    pulse.beat("fetch", timedelta(seconds=3))
    assert health.watch(plenty) == ["job:fetch"]
    assert keys(plenty) == []


def test_signs_are_not_written_every_few_seconds(plenty: Relay, pulse: health.Pulse, clock: FakeClock) -> None:
    def until() -> datetime:
        with plenty.reading() as session:
            return session.get_one(Lease, "job:fetch").until

    first = until()
    for _ in range(10):
        clock.moves(seconds=3)
        pulse.beat("fetch", timedelta(seconds=3))
    assert until() == first
    clock.moves(seconds=10)
    pulse.beat("fetch", timedelta(seconds=3))
    assert until() > first


def test_a_job_of_an_older_version_is_forgotten(plenty: Relay, pulse: health.Pulse) -> None:
    pulse.begin([("crawl", timedelta(seconds=5))])
    assert set(health.look(plenty).jobs) == {"crawl"}


def test_after_a_long_night_the_first_minutes_are_no_alarm(
    plenty: Relay, pulse: health.Pulse, campaign: Campaign, clock: FakeClock
) -> None:
    clock.moves(hours=9)
    rings(plenty)
    health.Pulse(plenty).begin([("crawl", timedelta(seconds=5)), ("fetch", timedelta(seconds=3))])
    assert health.watch(plenty) == []


# In the schedule


class Bell:
    """Work without threads: a task is rung as the bell would."""

    def __init__(self, relay: Relay) -> None:
        self.work = jobs.Work(relay)
        number = jobs.hold(relay, "bell", 10**6)
        self.work._rung = dataclasses.replace(relay, fence=jobs.Fence("bell", number))

    def rings(self, name: str, seconds: float = 5.0) -> None:
        self.work._ring(getattr(self.work, name), seconds)


@pytest.fixture
def bell(plenty: Relay) -> Iterator[Bell]:
    made = Bell(plenty)
    yield made
    made.work._fetchers.shutdown()


def test_a_job_that_goes_well_gives_a_sign(plenty: Relay, bell: Bell, clock: FakeClock) -> None:
    for name in ("_campaigns", "_crawl", "_fetch", "_reclaim", "_ledger", "_recheck", "_prepare"):
        bell.rings(name)
    assert set(health.look(plenty).jobs) == {
        *("campaigns", "crawl", "fetch", "reclaim", "ledger", "recheck", "prepare")
    }  # fmt: skip


@pytest.mark.slow
def test_a_job_that_fails_gives_none(plenty: Relay, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_relay: Relay) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(jobs.coverage, "watch", broken)
    bell.rings("_ledger")
    assert "ledger" not in health.look(plenty).jobs


def test_working_once_by_ones_own_schedule_counts(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    jobs.work_once(plenty)
    clock.moves(minutes=15)
    assert not health.look(plenty).is_silent
    clock.moves(minutes=30)
    assert health.look(plenty).is_silent


def test_tokens_that_nobody_has(relay: Relay) -> None:
    assert tokens.listing(relay) == []
