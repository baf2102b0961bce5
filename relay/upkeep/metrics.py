"""What Prometheus reads: numbers of now, out of the rows, under its naming rules (prometheus.io/docs/practices/naming).

Labels are networks, states, jobs, channels, methods and hosts, of which there are few; never people or posts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlmodel import col, func, select

from relay import alerts
from relay.context import Relay
from relay.models import Clip, Source, Sweep, Video
from relay.upkeep import health, hosts, outbox, tokens

if TYPE_CHECKING:
    from prometheus_client.core import Metric

GIGABYTE = 1 << 30


def exposition(relay: Relay) -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type."""
    from prometheus_client import CollectorRegistry
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    registry = CollectorRegistry()
    registry.register(_Numbers(relay))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Numbers:
    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def describe(self) -> list[Metric]:
        """Nothing beforehand: the registry would look everything up twice."""
        return []

    def collect(self) -> Iterator[Metric]:
        vitals = health.read_vitals(self._relay)
        yield from _of_work(vitals)
        yield from _of_queues(vitals)
        yield from _of_rows(self._relay)
        yield from _of_tokens(self._relay)
        yield from _of_messages(self._relay)
        yield from _of_hosts(self._relay)


def _of_work(vitals: health.Vitals) -> Iterator[Metric]:
    yield _one("relay_work_ringing", "1 while a relay work process leads", vitals.has_leader)
    yield _one(
        "relay_work_stalled", "1 while there is work and nobody does it, or a job is overdue.", vitals.is_stalled
    )
    jobs = {(name,): until.timestamp() for name, until in vitals.jobs.items()}
    words = "By when each job has to succeed again, in seconds since 1970"
    yield _many("relay_job_deadline_timestamp_seconds", words, ("job",), jobs)
    late = {(name,): float(name in vitals.overdue) for name in vitals.jobs}
    yield _many("relay_job_overdue", "1 for a job that has not succeeded in time", ("job",), late)


def _of_queues(vitals: health.Vitals) -> Iterator[Metric]:
    for name, what, queue in (
        ("relay_videos_waiting", "Videos that are due to be fetched", vitals.videos),
        ("relay_clips_awaiting", "Clips that await a decision", vitals.clips),
        ("relay_sources_due", "Sources whose next reading is due", vitals.sources),
    ):
        yield _one(name, what, queue.count)
        yield _one(f"{name}_oldest_age_seconds", f"{what}: the age of the oldest", _age(queue.oldest, vitals.now))
    yield _one("relay_disk_free_bytes", "Free on the fullest disk that Relay writes to", vitals.free * GIGABYTE)
    yield _one("relay_disk_kept_free_bytes", "Below this nothing is fetched", vitals.least * GIGABYTE)
    paused = {(rest.token,): 1.0 for rest in vitals.paused}
    yield _many("relay_fetching_paused", "1 for a network whose fetching rests", ("network",), paused)


def _of_rows(relay: Relay) -> Iterator[Metric]:
    with relay.reading() as session:
        videos = session.exec(
            select(Video.network, Video.state, func.count()).group_by(Video.network, col(Video.state))
        )
        yield _many("relay_videos", "Videos", ("network", "state"), {(n, str(s)): float(c) for n, s, c in videos})
        clips = session.exec(select(Clip.state, func.count()).group_by(col(Clip.state)))
        yield _many("relay_clips", "Clips", ("state",), {(str(state),): float(count) for state, count in clips})
        rows = session.exec(
            select(Source.network, Source.state, func.count()).group_by(Source.network, col(Source.state))
        )
        yield _many("relay_sources", "Sources", ("network", "state"), {(n, str(s)): float(c) for n, s, c in rows})
        last = session.exec(
            select(Source.network, func.max(Sweep.finished_at))
            .join(Source, col(Source.id) == col(Sweep.source_id))
            .where(col(Sweep.complete))
            .group_by(Source.network)
        )
        words = "The end of the last complete reading, in seconds since 1970"
        moments = {(network,): moment.timestamp() for network, moment in last}
        yield _many("relay_last_sweep_timestamp_seconds", words, ("network",), moments)
        yield _one("relay_alerts_open", "Alerts that need a person", len(alerts.open_alerts(session)))


def _of_tokens(relay: Relay) -> Iterator[Metric]:
    made: dict[tuple[str, ...], float] = {}
    quota: dict[tuple[str, ...], float] = {}
    states: dict[tuple[str, ...], float] = {}
    for token in tokens.listing(relay):
        states[token.network, token.state] = states.get((token.network, token.state), 0.0) + 1
        for call in token.calls:
            labels = (token.network, call.method)
            made[labels] = made.get(labels, 0.0) + call.made
            if call.allowed is not None:
                quota[labels] = quota.get(labels, 0.0) + call.allowed
    yield _many("relay_tokens", "Access tokens", ("network", "state"), states)
    yield _many("relay_calls_last_day", "Calls made in the last 24 hours, all tokens", ("network", "method"), made)
    yield _many("relay_calls_quota", "Calls that a day allows, all tokens", ("network", "method"), quota)


def _of_messages(relay: Relay) -> Iterator[Metric]:
    channels = outbox.channel_states(relay)
    waiting = {(state.channel,): float(state.waiting) for state in channels}
    yield _many("relay_messages_waiting", "Messages about alerts that are still to be sent", ("channel",), waiting)
    lost = {(state.channel,): float(state.given_up) for state in channels}
    yield _many("relay_messages_given_up", "Messages given up since the last that was sent", ("channel",), lost)


def _of_hosts(relay: Relay) -> Iterator[Metric]:
    """Empty on one machine alone."""
    views = hosts.listing(relay)
    works, fetches = ({(view.host,): 0.0 for view in views} for _ in range(2))
    places: dict[tuple[str, ...], float] = {}
    for view in views:
        works[view.host,] += not view.is_silent
        fetches[view.host,] += view.fetching
        for room, count in (("fetch", view.fetch), ("encode", view.encode)):
            places[view.host, room] = places.get((view.host, room), 0.0) + (0 if view.is_silent else count)
    yield _many("relay_host_workers", "Worker processes of each host that are not silent", ("host",), works)
    yield _many("relay_host_places", "Tasks that they can run at once", ("host", "room"), places)
    yield _many("relay_host_fetching", "Videos in the hands of each host", ("host",), fetches)


def _one(name: str, words: str, value: float) -> Metric:
    return _many(name, words, (), {(): float(value)})


def _many(name: str, words: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> Metric:
    from prometheus_client.core import GaugeMetricFamily

    family: Any = GaugeMetricFamily(name, words, labels=labels)
    for label_values, value in sorted(values.items()):
        family.add_metric(label_values, value)
    gauge: Metric = family
    return gauge


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment is not None else 0.0
