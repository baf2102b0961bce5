from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select, update

from relay import jobs
from relay.alerts import open_alerts, raise_alert
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
    SourceState,
    Video,
    VideoState,
)
from relay.upkeep import health, leader, tokens
from relay.upkeep.health import Queue, Resting, Vitals, troubles
from relay.upkeep.monitor import Monitor
from tests.fakes.channel import FakeChannel
from tests.fakes.clock import FakeClock

NOW = datetime(2023, 1, 12, 9, 0, tzinfo=UTC)
SOON, AGO = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)
LONG_AGO = NOW - timedelta(hours=2)

WELL = Vitals(now=NOW, leader_until=SOON, wanted_since=LONG_AGO, jobs={"crawl": SOON}, free=50.0, least=2.0)


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({}, []),
        # who is dead
        ({"leader_until": NOW - timedelta(minutes=3)}, ["bell"]),
        ({"leader_until": NOW - timedelta(minutes=1)}, []),  # a restart
        ({"leader_until": None}, ["bell"]),
        ({"leader_until": None, "wanted_since": AGO}, []),  # the campaign has only just begun
        ({"leader_until": None, "wanted_since": None}, []),  # there is nothing to do
        ({"leader_until": None, "jobs": {"once": SOON}}, []),  # somebody's own schedule
        ({"leader_until": None, "jobs": {"once": LONG_AGO}}, ["bell"]),
        # who is stuck
        ({"jobs": {"crawl": AGO, "fetch": SOON}}, ["job:crawl"]),
        ({"jobs": {"crawl": AGO, "once": AGO}}, ["job:crawl"]),
        ({"jobs": {"crawl": AGO}, "leader_until": NOW - timedelta(minutes=3)}, ["bell"]),
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
        ({"sources": Queue(9, LONG_AGO), "leader_until": NOW - timedelta(minutes=1)}, []),
        ({"videos": Queue(9, LONG_AGO), "paused": (Resting("extractor", "vk", "", SOON, "broken"),)}, []),
        ({"videos": Queue(9, LONG_AGO), "leader_until": None}, ["bell"]),
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
    (dead,) = troubles(dataclasses.replace(WELL, leader_until=NOW - timedelta(minutes=30)))
    assert dead.text == "Nothing is read and nothing is fetched: relay work has not run since 2023-01-12 08:30 UTC."
    (here,) = troubles(
        dataclasses.replace(WELL, leader_until=NOW - timedelta(minutes=30), zone=ZoneInfo("Europe/Moscow"))
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


def leads(relay: Relay, seconds: float = 20) -> None:
    assert leader.acquire(relay, "bell", seconds)


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
    leads(plenty)
    assert health.watch(plenty) == []
    clock.moves(minutes=3)
    assert health.watch(plenty) == ["bell"]
    for _ in range(5):
        clock.moves(minutes=1)
        assert health.watch(plenty) == []
    with plenty.reading() as session:
        (alert,) = open_alerts(session)
    assert alert.times == 1
    leads(plenty)
    assert health.watch(plenty) == ["bell"]
    assert keys(plenty) == []


@pytest.mark.slow
def test_the_desk_tells_it_when_relay_work_can_not(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    mail = FakeChannel("mail")
    plenty.store.channels = ("mail",)
    desk = dataclasses.replace(plenty, channels={"mail": mail}, holder="desk")
    monitor = Monitor(desk)
    leads(plenty)
    clock.moves(minutes=10)  # kill -9
    for _ in range(5):
        monitor.round()
        clock.moves(seconds=15)
    assert [letter.key for letter in mail.sent] == ["bell"]


@pytest.mark.slow
def test_twin_without_the_watchman_nobody_hears_of_it(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    leads(plenty)
    clock.moves(days=3)
    assert keys(plenty) == []


def test_the_watchman_ends_when_he_is_told(plenty: Relay) -> None:
    monitor = Monitor(plenty, every=0.001)
    monitor.start()
    monitor.stop()
    assert not monitor._thread.is_alive()


@pytest.mark.slow
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
    assert (health.read_vitals(plenty).wanted_since is not None) is wanted


@pytest.mark.slow
def test_videos_that_wait_are_ours_and_due(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    waits(plenty, campaign, number="1")
    waits(plenty, campaign, kind=MatchKind.near, number="2")
    found = health.read_vitals(plenty).videos
    assert (found.count, found.oldest) == (1, clock())
    with plenty.transaction() as session:
        video = session.exec(select(Video).where(Video.video_id == "1")).one()
        video.state, video.next_try_at = VideoState.unavailable, clock() + timedelta(hours=1)
        session.add(video)
    assert health.read_vitals(plenty).videos.count == 0
    clock.moves(hours=2)
    assert health.read_vitals(plenty).videos.oldest == clock() - timedelta(hours=1)


@pytest.mark.slow
def test_sources_that_are_due_and_late(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        session.add(Source(campaign_id=campaign.id, address="vk:club1", network="vk", owner_id="-1",
                           next_sweep_at=clock(), created_at=clock()))  # fmt: skip
    clock.moves(hours=2)
    leads(plenty)
    assert health.watch(plenty) == ["queue:sources"]


@pytest.mark.slow
def test_a_full_disk_is_told_and_over_by_itself(relay: Relay) -> None:
    full = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 1e9}))
    assert health.watch(full) == ["disk"]
    empty = dataclasses.replace(relay, settings=relay.settings.model_copy(update={"min_free_gb": 0.0}))
    assert health.watch(empty) == ["disk"]
    assert keys(empty) == []


@pytest.mark.slow
def test_a_refused_token_is_told_though_another_does_the_work(plenty: Relay, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        session.add(Parking(key="vk:abc", reason="VK refuses the access token.", until=clock() + timedelta(hours=1)))
        session.add(Parking(key="vk:def:wall.get", reason="quota", until=clock() + timedelta(hours=1)))
        session.add(Parking(key="extractor:vk", reason="broken", until=clock() + timedelta(hours=1)))
    assert health.watch(plenty) == ["vk:abc"]


# Signs of life


@pytest.fixture
def heartbeat(plenty: Relay) -> health.Heartbeat:
    made = health.Heartbeat(plenty)
    made.begin([("crawl", timedelta(seconds=5)), ("fetch", timedelta(seconds=3))])
    return made


@pytest.mark.slow
def test_a_job_that_does_not_succeed_is_told(
    plenty: Relay, heartbeat: health.Heartbeat, campaign: Campaign, clock: FakeClock
) -> None:
    for _ in range(10):
        clock.moves(minutes=1)
        leads(plenty)
        heartbeat.beat("crawl", timedelta(seconds=5))
    assert health.watch(plenty) == ["job:fetch"]
    heartbeat.beat("fetch", timedelta(seconds=3))
    assert health.watch(plenty) == ["job:fetch"]
    assert keys(plenty) == []


@pytest.mark.slow
def test_signs_are_not_written_every_few_seconds(plenty: Relay, heartbeat: health.Heartbeat, clock: FakeClock) -> None:
    def until() -> datetime:
        with plenty.reading() as session:
            return session.get_one(Lease, "job:fetch").until

    first = until()
    for _ in range(10):
        clock.moves(seconds=3)
        heartbeat.beat("fetch", timedelta(seconds=3))
    assert until() == first
    clock.moves(seconds=10)
    heartbeat.beat("fetch", timedelta(seconds=3))
    assert until() > first


@pytest.mark.slow
def test_a_job_of_an_older_version_is_forgotten(plenty: Relay, heartbeat: health.Heartbeat) -> None:
    heartbeat.begin([("crawl", timedelta(seconds=5))])
    assert set(health.read_vitals(plenty).jobs) == {"crawl"}


@pytest.mark.slow
def test_after_a_long_night_the_first_minutes_are_no_alarm(
    plenty: Relay, heartbeat: health.Heartbeat, campaign: Campaign, clock: FakeClock
) -> None:
    clock.moves(hours=9)
    leads(plenty)
    health.Heartbeat(plenty).begin([("crawl", timedelta(seconds=5)), ("fetch", timedelta(seconds=3))])
    assert health.watch(plenty) == []


# In the schedule


class Schedule:
    """A scheduler without threads: a test runs its tasks."""

    def __init__(self, relay: Relay) -> None:
        self.work = jobs.Scheduler(relay)
        number = leader.acquire(relay, "bell", 10**6)
        self.work._leading = dataclasses.replace(relay, fence=jobs.Fence("bell", number))

    def runs(self, name: str, seconds: float = 5.0) -> None:
        self.work._run_task(getattr(self.work, name), seconds)


@pytest.fixture
def schedule(plenty: Relay) -> Iterator[Schedule]:
    made = Schedule(plenty)
    yield made
    made.work._engine.close()


def test_a_job_that_goes_well_gives_a_sign(plenty: Relay, schedule: Schedule, clock: FakeClock) -> None:
    for name in ("_campaigns", "_crawl", "_fetch", "_reclaim", "_ledger", "_recheck", "_prepare"):
        schedule.runs(name)
    assert set(health.read_vitals(plenty).jobs) == {
        *("campaigns", "crawl", "fetch", "reclaim", "ledger", "recheck", "prepare")
    }  # fmt: skip


@pytest.mark.slow
def test_a_job_that_fails_gives_none(plenty: Relay, schedule: Schedule, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_relay: Relay) -> None:
        raise ValueError("a bug")

    monkeypatch.setattr(jobs.coverage, "watch", broken)
    schedule.runs("_ledger")
    assert "ledger" not in health.read_vitals(plenty).jobs


def test_working_once_by_ones_own_schedule_counts(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    jobs.work_once(plenty)
    clock.moves(minutes=15)
    assert not health.read_vitals(plenty).is_silent
    clock.moves(minutes=30)
    assert health.read_vitals(plenty).is_silent


@pytest.mark.slow
def test_tokens_that_nobody_has(relay: Relay) -> None:
    assert tokens.listing(relay) == []


# Every bound, and whole answers

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SILENT_SINCE = NOW - 2 * MINUTE


@pytest.mark.parametrize(
    ("change", "silent"),
    [
        ({"leader_until": SILENT_SINCE}, False),
        ({"leader_until": SILENT_SINCE - SECOND}, True),
        ({"leader_until": None, "wanted_since": SILENT_SINCE}, False),
        ({"leader_until": None, "wanted_since": SILENT_SINCE - SECOND}, True),
        ({"leader_until": LONG_AGO, "wanted_since": SILENT_SINCE}, False),
        # what is promised further ahead than it can be was promised by a wrong clock
        ({"leader_until": NOW + 80 * SECOND}, False),
        ({"leader_until": NOW + 81 * SECOND}, True),
        ({"leader_until": None, "jobs": {"once": NOW + 6 * MINUTE}}, False),
        ({"leader_until": None, "jobs": {"once": NOW + 6 * MINUTE + SECOND}}, True),
        ({"leader_until": None, "jobs": {"crawl": NOW}}, True),
        ({"leader_until": LONG_AGO, "jobs": {"once": NOW}}, False),
    ],
)
def test_silence_begins_two_minutes_after_the_last_sign(change: dict[str, object], silent: bool) -> None:
    vitals = dataclasses.replace(WELL, **change)  # type: ignore[arg-type]
    assert (vitals.is_silent, vitals.is_stalled) == (silent, silent)


@pytest.mark.parametrize(
    ("until", "leads"),
    [(None, False), (NOW, False), (NOW + SECOND, True), (NOW + 80 * SECOND, True), (NOW + 81 * SECOND, False)],
)
def test_there_is_a_leader_while_the_lease_lasts(until: datetime | None, leads: bool) -> None:
    assert dataclasses.replace(WELL, leader_until=until).has_leader is leads


@pytest.mark.parametrize(
    ("job", "minutes"), [("fetch", 5), ("crawl", 20), ("ledger", 20), ("recheck", 30), ("prepare", 120), ("prune", 120)]
)
def test_a_job_is_overdue_at_its_time_or_when_it_promises_too_much(job: str, minutes: int) -> None:
    most = NOW + minutes * MINUTE + MINUTE
    for until, late in ((NOW, True), (NOW + SECOND, False), (most, False), (most + SECOND, True)):
        vitals = dataclasses.replace(WELL, jobs={"once": LONG_AGO, job: until})
        assert (vitals.overdue, vitals.is_stalled) == (([job], True) if late else ([], False))
    several = dataclasses.replace(WELL, jobs={"fetch": AGO, "campaigns": AGO, "crawl": SOON})
    assert several.overdue == ["campaigns", "fetch"]
    assert dataclasses.replace(several, leader_until=None).overdue == []


def test_every_trouble_is_told_in_its_order_and_its_words() -> None:
    found = troubles(
        dataclasses.replace(
            WELL,
            jobs={"crawl": AGO, "other": AGO},
            videos=Queue(9, LONG_AGO),
            sources=Queue(4, LONG_AGO),
            free=1.25,
            resting=(Resting("vk", "abc", "", SOON, "VK asks."), Resting("vk", "def", "", NOW, "It is over.")),
            zone=ZoneInfo("Europe/Moscow"),
        )
    )
    late = "One of relay work's tasks should have succeeded by 2023-01-12 11:59 MSK and has not: "
    assert [(trouble.key, trouble.text) for trouble in found] == [
        ("job:crawl", f"{late}reading the sources."),
        ("job:other", f"{late}other."),
        ("queue:videos", "Videos wait to be fetched, but for an hour none has come in. They are 9."),
        ("queue:sources", "Sources are read late, some by more than an hour. They are 4."),
        ("disk", "Only 1.2 GB are free, Relay keeps 2. Free some space, or lower RELAY_MIN_FREE_GB."),
        ("vk:abc", "VK asks."),
    ]


def test_silence_is_told_since_there_was_work_where_that_came_later() -> None:
    (dead,) = troubles(dataclasses.replace(WELL, leader_until=LONG_AGO, wanted_since=NOW - 10 * MINUTE))
    assert dead.text.endswith("has not run since 2023-01-12 08:50 UTC.")
    (never,) = troubles(dataclasses.replace(WELL, leader_until=None, wanted_since=NOW - 10 * MINUTE))
    assert never.text == dead.text


@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ({"free": 2.0}, []),
        ({"free": 1.99}, ["disk"]),
        ({"settling_until": NOW}, ["queue:sources"]),
        ({"settling_until": NOW + SECOND}, []),
        ({"settling_until": NOW + 11 * MINUTE}, []),
        ({"settling_until": NOW + 11 * MINUTE + SECOND}, ["queue:sources"]),
        ({"resting": (Resting("vk", "a", "", NOW + 25 * HOUR + MINUTE, "r"),), "sources": Queue()}, ["vk:a"]),
        ({"resting": (Resting("vk", "a", "", NOW + 25 * HOUR + MINUTE + SECOND, "r"),), "sources": Queue()}, []),
        ({"sources": Queue(), "videos": Queue(1, LONG_AGO), "last_fetched": NOW - HOUR}, ["queue:videos"]),
        ({"sources": Queue(), "videos": Queue(1, LONG_AGO), "last_fetched": NOW - HOUR + SECOND}, []),
    ],
)
def test_when_a_trouble_begins_and_ends(change: dict[str, object], keys: list[str]) -> None:
    base = dataclasses.replace(WELL, sources=Queue(1, LONG_AGO))
    expected = ["queue:sources", *keys] if change.get("free") else keys
    assert [trouble.key for trouble in troubles(dataclasses.replace(base, **change))] == expected  # type: ignore[arg-type]


def test_a_token_or_one_of_its_methods_is_named_by_its_parts() -> None:
    assert Resting("vk", "abc", "wall.get", SOON, "r").key == "vk:abc:wall.get"
    assert Resting("extractor", "vk", "", SOON, "r").key == "extractor:vk"


@pytest.mark.slow
def test_all_signs_of_life_are_read_out_of_the_rows(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    now = clock()
    words = {"network": "vk", "owner_id": "7", "url": "u", "created_at": now - 3 * HOUR}
    with plenty.transaction() as session:
        for name, seconds in (("bell", 9), ("job:crawl", 8), ("job:once", 7), ("settling", 6), ("other", 5)):
            session.add(Lease(name=name, holder="work", until=now + seconds * SECOND))
        busy = {"state": VideoState.fetching, "lease_holder": "w"}
        for number, more in enumerate(
            (
                {**busy, "lease_until": now + SECOND},
                {**busy, "lease_until": now + 4 * HOUR + MINUTE},
                {**busy, "lease_until": now},
                {**busy, "lease_until": now + 4 * HOUR + MINUTE + SECOND},
                {"lease_until": now + SECOND},
                {"state": VideoState.fetched, "fetched_at": now - 2 * HOUR},
                {"state": VideoState.fetched, "fetched_at": now - HOUR},
            )
        ):
            session.add(Video(video_id=f"a{number}", **words | more))
        for key in ("vk:abc:wall.get", "vk:abc", "extractor:tg"):
            session.add(Parking(key=key, reason=f"{key} rests", until=now + HOUR))
    found = health.read_vitals(plenty)
    assert found == Vitals(
        now=now,
        leader_until=now + 9 * SECOND,
        wanted_since=campaign.opens_at,
        jobs={"crawl": now + 8 * SECOND, "once": now + 7 * SECOND},
        free=found.free,
        least=0.0,
        videos=Queue(0, None),
        fetching=2,
        last_fetched=now - HOUR,
        clips=Queue(0, None),
        sources=Queue(0, None),
        resting=(
            Resting("vk", "abc", "", now + HOUR, "vk:abc rests"),
            Resting("vk", "abc", "wall.get", now + HOUR, "vk:abc:wall.get rests"),
        ),
        paused=(Resting("extractor", "tg", "", now + HOUR, "extractor:tg rests"),),
        zone=ZoneInfo("Europe/Moscow"),
        settling_until=now + 6 * SECOND,
        lease=timedelta(seconds=20),
        once=timedelta(minutes=20),
    )
    gigabytes = shutil.disk_usage(plenty.settings.data_dir).free / 2**30
    assert found.free == pytest.approx(gigabytes, rel=0.2)


@pytest.mark.slow
def test_since_when_there_is_work(plenty: Relay, campaign: Campaign) -> None:
    usual = campaign.model_dump(exclude={"id"})
    cases: list[tuple[dict[str, Any], timedelta | None]] = [
        ({}, -3 * HOUR),
        ({"created_at": NOW - HOUR}, -HOUR),
        ({"created_at": NOW + HOUR}, -3 * HOUR),  # the clock was set back since
        ({"opens_at": NOW}, timedelta()),
        ({"opens_at": NOW + SECOND}, None),
        ({"state": CampaignState.draft, "closes_at": NOW}, None),
        ({"state": CampaignState.draft, "closes_at": NOW + SECOND}, -3 * HOUR),
        ({"state": CampaignState.draft, "last_sweep_due": True, "held": True}, -3 * HOUR),
        ({"state": CampaignState.stopped, "last_sweep_due": True, "stopped_at": NOW - MINUTE}, -MINUTE),
        ({"state": CampaignState.stopped, "last_sweep_due": True, "stopped_at": NOW + MINUTE}, timedelta()),
        ({"state": CampaignState.archived, "last_sweep_due": True, "stopped_at": NOW - MINUTE}, None),
    ]
    for more, since in cases:
        with plenty.transaction() as session:
            session.exec(update(Campaign).values(**usual | more))
        assert health.read_vitals(plenty).wanted_since == (None if since is None else NOW + since), more


@pytest.mark.slow
def test_of_several_campaigns_the_one_that_has_waited_longest_counts(plenty: Relay, campaign: Campaign) -> None:
    with plenty.transaction() as session:
        words = campaign.model_dump(exclude={"id", "slug", "created_at"})
        for hours in (2, 1, -1):
            session.add(Campaign(**words, slug=f"c{hours}", created_at=NOW - hours * HOUR))
        session.exec(update(Campaign).where(Campaign.id == campaign.id).values(state=CampaignState.stopped))
    assert health.read_vitals(plenty).wanted_since == NOW - 3 * HOUR
    with plenty.transaction() as session:
        session.exec(update(Campaign).where(Campaign.slug == "c-1").values(opens_at=NOW - HOUR / 2))
    assert health.read_vitals(plenty).wanted_since == NOW - 2 * HOUR


@pytest.mark.slow
def test_which_videos_wait_to_be_fetched(plenty: Relay, campaign: Campaign, clock: FakeClock) -> None:
    for number, kind in enumerate((*[MatchKind.exact] * 5, MatchKind.near, MatchKind.outside)):
        waits(plenty, campaign, kind=kind, number=str(number))
    changes: list[dict[str, Any]] = [
        {"next_try_at": NOW - 5 * MINUTE},
        {"state": VideoState.unavailable, "next_try_at": NOW},
        {"state": VideoState.unavailable, "next_try_at": NOW + SECOND},
        {"state": VideoState.refused, "next_try_at": NOW - HOUR},
        {"state": VideoState.fetching, "next_try_at": NOW - HOUR},
        {"next_try_at": NOW - HOUR},
        {"next_try_at": NOW - HOUR},
    ]
    with plenty.transaction() as session:
        for number, change in enumerate(changes):
            session.exec(update(Video).where(Video.video_id == str(number)).values(**change))
    assert health.read_vitals(plenty).videos == Queue(2, NOW - 5 * MINUTE)
    with plenty.transaction() as session:
        session.exec(update(Campaign).values(state=CampaignState.draft))
    assert health.read_vitals(plenty).videos == Queue(0, None)


@pytest.mark.slow
def test_which_sources_are_due(plenty: Relay, campaign: Campaign) -> None:
    cases: list[tuple[dict[str, Any], SourceState, timedelta, bool]] = [
        ({}, SourceState.active, timedelta(), True),
        ({}, SourceState.active, SECOND, False),
        ({}, SourceState.attention, timedelta(), True),
        ({}, SourceState.paused, timedelta(), False),
        ({}, SourceState.gone, timedelta(), False),
        ({"state": CampaignState.stopped}, SourceState.active, timedelta(), False),
        ({"state": CampaignState.stopped, "last_sweep_due": True}, SourceState.active, timedelta(), True),
        ({"state": CampaignState.draft}, SourceState.active, timedelta(), False),
    ]
    words = {"network": "vk", "owner_id": "-1", "created_at": NOW, "address": "vk:club1"}
    with plenty.transaction() as session:
        session.add(Source(campaign_id=campaign.id or 0, **words))
    for campaign_is, state, due_in, counts in cases:
        usual = {"state": CampaignState.running, "last_sweep_due": False}
        with plenty.transaction() as session:
            session.exec(update(Campaign).values(**usual | campaign_is))
            session.exec(update(Source).values(state=state, next_sweep_at=NOW + due_in))
        expected = Queue(1, NOW + due_in) if counts else Queue()
        assert health.read_vitals(plenty).sources == expected, (campaign_is, state, due_in)


@pytest.mark.slow
def test_only_what_changes_is_told_and_only_our_own_alerts_end_by_themselves(plenty: Relay, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        for key in ("bell", "job:crawl", "queue:videos", "disk", "source:1", "vk:abc", "clock"):
            raise_alert(session, key, key, clock())
        session.add(Parking(key="tg:new", reason="It rests.", until=clock() + HOUR))
        session.add(Parking(key="vk:abc", reason="It rests.", until=clock() + HOUR))
    told = health.watch(plenty)
    assert (told[0], sorted(told[1:])) == ("tg:new", ["bell", "disk", "job:crawl", "queue:videos"])
    assert keys(plenty) == ["clock", "source:1", "tg:new", "vk:abc"]
    clock.moves(minutes=9, seconds=59)
    assert health.watch(plenty) == []
    clock.moves(seconds=1)
    assert health.watch(plenty) == ["clock"]
    assert keys(plenty) == ["source:1", "tg:new", "vk:abc"]


# A clock that was set back


def leases(relay: Relay) -> dict[str, tuple[str, timedelta]]:
    """Holder, and how far ahead of NOW each ends."""
    with relay.reading() as session:
        return {lease.name: (lease.holder, lease.until - NOW) for lease in session.exec(select(Lease))}


@pytest.mark.slow
def test_what_is_promised_too_far_ahead_is_put_right(plenty: Relay) -> None:
    most = {"bell": 20 * SECOND, "job:crawl": 20 * MINUTE, "job:fetch": 5 * MINUTE, "job:once": 20 * MINUTE}
    ahead = {**{name: longest + MINUTE for name, longest in most.items()}, "other": 9 * HOUR}
    with plenty.transaction() as session:
        session.add_all(Lease(name=name, holder="w", until=NOW + time) for name, time in ahead.items())
    assert health.put_right(plenty) == timedelta()
    assert leases(plenty) == {name: ("w", time) for name, time in ahead.items()}
    assert keys(plenty) == []
    with plenty.transaction() as session:
        for name, seconds in (("bell", 1), ("job:crawl", 3), ("job:once", 2)):
            session.exec(update(Lease).where(Lease.name == name).values(until=NOW + ahead[name] + seconds * SECOND))
    assert health.put_right(plenty) == MINUTE + 3 * SECOND
    assert leases(plenty) == {
        **{name: ("w", most[name]) for name in ("bell", "job:crawl", "job:once")},
        "job:fetch": ("w", ahead["job:fetch"]),
        "other": ("w", 9 * HOUR),
    }
    with plenty.reading() as session:
        assert [alert.text for alert in open_alerts(session)] == [
            "The clock of this machine was set back by 1 min. Relay goes on."
        ]


@pytest.mark.slow
def test_a_watch_that_finds_the_clock_set_back_says_so_first(plenty: Relay) -> None:
    with plenty.transaction() as session:
        session.add(Lease(name="bell", holder="w", until=NOW + HOUR))
    assert health.watch(plenty) == ["clock"]


def test_after_a_jump_it_settles_for_ten_minutes_from_the_latest(plenty: Relay, clock: FakeClock) -> None:
    health.begin_settling(plenty)
    assert leases(plenty) == {"settling": ("test", 10 * MINUTE)}
    clock.moves(minutes=3)
    with plenty.transaction() as session:
        session.add(Lease(name="bell", holder="w", until=NOW))
    health.begin_settling(dataclasses.replace(plenty, holder="other"))
    assert leases(plenty) == {"settling": ("other", 13 * MINUTE), "bell": ("w", timedelta())}


@pytest.mark.slow
def test_the_same_jump_is_told_again_after_a_minute_and_another_at_once(plenty: Relay, clock: FakeClock) -> None:
    def times() -> int:
        with plenty.reading() as session:
            (alert,) = open_alerts(session)
            return alert.times

    told = []
    for seconds, back in ((0, 2 * HOUR), (59, 2 * HOUR), (1, 2 * HOUR), (0, HOUR)):
        clock.moves(seconds=seconds)
        health.clock_set_back(plenty, back)
        told.append(times())
    assert told == [1, 1, 2, 3]


def test_what_rests_beyond_now_is_tried_at_once_and_what_is_over_stays(plenty: Relay, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        session.add(Parking(key="vk:a", reason="r", until=NOW + HOUR))
        session.add(Parking(key="vk:b", reason="r", until=NOW - HOUR))
    health.clock_set_back(plenty, HOUR)
    with plenty.reading() as session:
        assert {row.key: row.until for row in session.exec(select(Parking))} == {"vk:a": NOW, "vk:b": NOW - HOUR}


# Signs of life, written


@pytest.mark.slow
def test_a_beginning_promises_each_job_its_time_and_forgets_only_other_jobs(plenty: Relay, clock: FakeClock) -> None:
    with plenty.transaction() as session:
        for name in ("bell", "job:old", "job:crawl", "other"):
            session.add(Lease(name=name, holder="w", until=NOW, fence=3))
    heartbeat = health.Heartbeat(plenty)
    heartbeat.begin([("crawl", 5 * SECOND), ("fetch", 10 * MINUTE)])
    first = {"bell": ("w", timedelta()), "other": ("w", timedelta())}
    assert leases(plenty) == {**first, "job:crawl": ("test", 20 * MINUTE), "job:fetch": ("test", 20 * MINUTE)}
    clock.moves(seconds=1)
    heartbeat.begin([("crawl", 5 * SECOND)])
    assert leases(plenty) == {**first, "job:crawl": ("test", 20 * MINUTE + SECOND)}


def test_a_sign_is_written_when_an_eighth_of_its_time_has_passed_or_the_clock_was_set_back(
    plenty: Relay, clock: FakeClock
) -> None:
    heartbeat, eighth = health.Heartbeat(plenty), 150 * SECOND
    written = []
    for moment in (NOW, NOW + eighth - SECOND, NOW + eighth, NOW + eighth, NOW + eighth - SECOND):
        clock.is_at(moment)
        heartbeat.beat("crawl", 5 * SECOND)
        written.append(leases(plenty)["job:crawl"][1] - 20 * MINUTE)
    assert written == [timedelta(), timedelta(), eighth, eighth, eighth - SECOND]
