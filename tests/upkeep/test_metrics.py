from __future__ import annotations

import dataclasses
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlmodel import update

from relay.alerts import GIVE_UP, raise_alert
from relay.context import Relay
from relay.models import (
    Clip,
    ClipState,
    Delivery,
    Lease,
    Parking,
    Source,
    SourceState,
    Sweep,
    Video,
    VideoState,
    WorkerProcess,
)
from relay.ports import TokenUsage
from relay.upkeep.metrics import exposition
from tests.fakes.channel import FakeChannel
from tests.fakes.source import FakeSource
from tests.moderation.town import Town

ROOT = Path(__file__).parents[2]


class WithTokens(FakeSource):
    def tokens(self) -> list[TokenUsage]:
        return [
            TokenUsage("aaaa1111", {"wall.get": (12, 5000)}),
            TokenUsage("bbbb2222", {"wall.get": (3, 5000), "x": (1, None)}),
        ]


@pytest.fixture
def relay(relay: Relay) -> Relay:
    return dataclasses.replace(relay, sources={"vk": WithTokens()}, channels={"mail": FakeChannel()})


def numbers(relay: Relay) -> dict[str, float]:
    """`name` or `name{label="value"}` → the number that Prometheus reads."""
    text, _type = exposition(relay)
    return {
        sample.name + ("" if not sample.labels else str(tuple(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def holds(found: dict[str, float], expected: dict[str, float]) -> None:
    assert {name: found.get(name) for name in expected} == expected


def test_with_nothing_to_do_everything_is_nought(relay):
    found = numbers(relay)
    quiet = ("work_ringing", "work_stalled", "videos_waiting", "clips_awaiting", "sources_due", "alerts_open")
    holds(found, {f"relay_{name}": 0 for name in quiet})
    holds(found, {"relay_clips_awaiting_oldest_age_seconds": 0, "relay_sources_due_oldest_age_seconds": 0})
    assert found["relay_disk_free_bytes"] > 1 << 20
    assert found["relay_disk_kept_free_bytes"] == relay.settings.min_free_gb * (1 << 30)


@pytest.mark.slow
def test_every_number_has_its_words_and_its_labels(relay):
    Town(relay).has_clip()
    with relay.transaction() as session:
        session.add(Lease(name="job:crawl", holder="work", until=relay.now()))
        session.add(Parking(key="extractor:vk", reason="broken", until=relay.now() + timedelta(hours=1)))
    text = exposition(relay)[0].decode()
    words = {line.split()[2]: line.split(maxsplit=3)[3] for line in text.splitlines() if line.startswith("# HELP")}
    assert words["relay_clips_awaiting"] == "Clips that await a decision"
    assert words["relay_clips_awaiting_oldest_age_seconds"] == "Clips that await a decision: the age of the oldest"
    assert len(words) == 26
    labels = {
        sample.name.removeprefix("relay_"): tuple(sample.labels)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.labels
    }
    assert labels == {
        "job_deadline_timestamp_seconds": ("job",),
        "job_overdue": ("job",),
        "fetching_paused": ("network",),
        "videos": ("network", "state"),
        "clips": ("state",),
        "tokens": ("network", "state"),
        "calls_last_day": ("method", "network"),
        "calls_quota": ("method", "network"),
    }


@pytest.mark.slow
def test_what_waits_is_counted_with_the_age_of_the_oldest(relay):
    now = relay.now()
    town = Town(relay)
    clips = {town.has_clip(): now - timedelta(seconds=seconds) for seconds in (30, 90)}
    with relay.transaction() as session:
        for clip_id, created_at in clips.items():
            session.exec(update(Clip).where(Clip.id == clip_id).values(created_at=created_at))
        session.exec(update(Video).values(state=VideoState.found, created_at=now - timedelta(seconds=7)))
        for number, seconds in ((1, 40), (2, 0), (3, -40)):
            words = {"campaign_id": town.campaign_id, "network": "vk", "address": f"vk:club{number}", "created_at": now}
            session.add(Source(owner_id=f"-{number}", next_sweep_at=now - timedelta(seconds=seconds), **words))
        for key, minutes in (("extractor:vk", 5), ("extractor:tg", 5)):
            session.add(Parking(key=key, reason="broken", until=now + timedelta(minutes=minutes)))
    found = numbers(relay)
    holds(
        found,
        {
            "relay_clips_awaiting": 2,
            "relay_clips_awaiting_oldest_age_seconds": 90,
            "relay_videos_waiting": 2,
            "relay_videos_waiting_oldest_age_seconds": 7,
            "relay_sources_due": 2,
            "relay_sources_due_oldest_age_seconds": 40,
            "relay_fetching_paused('vk',)": 1,
            "relay_fetching_paused('tg',)": 1,
        },
    )


@pytest.mark.slow
def test_clips_and_videos_are_counted_by_state(relay):
    town = Town(relay)
    for state in (ClipState.awaiting, ClipState.awaiting, ClipState.approved):
        town.has_clip(state=state)
    with relay.transaction() as session:
        words = {"network": "tg", "owner_id": "1", "url": "u", "created_at": relay.now() - timedelta(hours=1)}
        session.add(Video(video_id="1", state=VideoState.found, **words))
        session.add(Video(video_id="2", state=VideoState.gone, **words))
    found = numbers(relay)
    holds(
        found,
        {
            "relay_clips('awaiting',)": 2,
            "relay_clips('approved',)": 1,
            "relay_videos('vk', 'fetched')": 3,
            "relay_videos('tg', 'found')": 1,
            "relay_videos('tg', 'gone')": 1,
            "relay_clips_awaiting": 2,
        },
    )
    assert found["relay_clips_awaiting_oldest_age_seconds"] > 0


@pytest.mark.slow
def test_sources_and_the_last_whole_reading_of_each_network(relay):
    campaign, now = Town(relay).campaign_id, relay.now()
    with relay.transaction() as session:
        for number, state in enumerate((SourceState.active, SourceState.active, SourceState.paused)):
            words = {"campaign_id": campaign, "network": "vk", "address": f"vk:club{number}", "created_at": now}
            session.add(Source(owner_id=f"-{number}", state=state, **words))
        words |= {"network": "tg", "address": "tg:gorod"}
        session.add(Source(owner_id="gorod", state=SourceState.active, **words))  # never read
        session.flush()
        for hours, complete in ((5, True), (3, True), (1, False)):
            end = now - timedelta(hours=hours)
            read = {"covers_from": end, "covers_to": end, "started_at": end, "finished_at": end}
            session.add(Sweep(source_id=1, complete=complete, **read))
    holds(
        numbers(relay),
        {
            "relay_sources('vk', 'active')": 2,
            "relay_sources('vk', 'paused')": 1,
            "relay_last_sweep_timestamp_seconds('vk',)": (now - timedelta(hours=3)).timestamp(),
        },
    )
    assert "relay_last_sweep_timestamp_seconds('tg',)" not in numbers(relay)


@pytest.mark.slow
def test_the_bell_and_the_jobs(relay):
    now = relay.now()
    with relay.transaction() as session:
        session.add(Lease(name="bell", holder="work", until=now + timedelta(seconds=20)))
        session.add(Lease(name="job:crawl", holder="work", until=now - timedelta(seconds=1)))
        session.add(Lease(name="job:fetch", holder="work", until=now + timedelta(seconds=9)))
    holds(
        numbers(relay),
        {
            "relay_work_ringing": 1,
            "relay_work_stalled": 1,
            "relay_job_overdue('crawl',)": 1,
            "relay_job_overdue('fetch',)": 0,
            "relay_job_deadline_timestamp_seconds('fetch',)": (now + timedelta(seconds=9)).timestamp(),
        },
    )


def test_tokens_and_what_they_may_still_spend(relay):
    with relay.transaction() as session:
        session.add(Parking(key="vk:bbbb2222", reason="captcha", until=relay.now() + timedelta(minutes=5)))
    found = numbers(relay)
    holds(
        found,
        {
            "relay_tokens('vk', 'works')": 1,
            "relay_tokens('vk', 'rests')": 1,
            "relay_calls_last_day('wall.get', 'vk')": 15,
            "relay_calls_quota('wall.get', 'vk')": 10_000,
            "relay_calls_last_day('x', 'vk')": 1,
        },
    )
    assert "relay_calls_quota('x', 'vk')" not in found


@pytest.mark.slow
def test_alerts_and_messages_that_wait_or_were_given_up(relay, clock):
    relay.store.channels = ("mail",)
    with relay.transaction() as session:
        raise_alert(session, "a", "VK wants a captcha.", relay.now())
        raise_alert(session, "b", "The disk is full.", relay.now())
    holds(numbers(relay), {"relay_alerts_open": 2, "relay_messages_waiting('mail',)": 2})
    clock.moves(seconds=GIVE_UP.total_seconds() + 1)
    found = numbers(relay)
    holds(found, {"relay_messages_waiting('mail',)": 2, "relay_messages_given_up('mail',)": 0})
    with relay.transaction() as session:
        session.exec(update(Delivery).where(Delivery.id == 1).values(attempts=1))
    holds(numbers(relay), {"relay_messages_waiting('mail',)": 1, "relay_messages_given_up('mail',)": 1})


def test_the_type_is_the_one_that_prometheus_asks_for(relay):
    assert exposition(relay)[1].startswith("text/plain; version=")


def test_each_host_of_a_cluster_with_its_places_and_what_it_fetches(relay):
    now = relay.now()
    words = {"fetch": 2, "encode": 1, "since": now}
    Town(relay).has_clip()
    with relay.transaction() as session:
        for holder, host, until in (("a-1", "north", 30), ("a-2", "north", 0), ("b-1", "south", 0)):
            session.add(WorkerProcess(holder=holder, host=host, until=now + timedelta(seconds=until), **words))
        session.exec(update(Video).values(state=VideoState.fetching, lease_holder="a-1/7"))
    found = numbers(relay)
    holds(found, {"relay_host_workers('north',)": 1, "relay_host_workers('south',)": 0})
    holds(found, {"relay_host_places('north', 'encode')": 1, "relay_host_places('north', 'fetch')": 2})
    holds(found, {"relay_host_places('south', 'encode')": 0, "relay_host_places('south', 'fetch')": 0})
    holds(found, {"relay_host_fetching('north',)": 1, "relay_host_fetching('south',)": 0})


def test_grafanas_board_shows_what_there_is(relay):
    text = exposition(relay)[0].decode()
    there = {line.split()[2] for line in text.splitlines() if line.startswith("# HELP")}
    board = json.loads((ROOT / "docs/service/grafana.json").read_text("utf-8"))
    asked = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = {name for expr in asked for name in re.findall(r"relay_\w+", expr)}
    assert named <= there
    assert {"relay_work_stalled", "relay_videos_waiting", "relay_host_workers", "relay_calls_quota"} <= named
    spots = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]]
    assert len(set(spots)) == len(spots), "no panel lies on another"
