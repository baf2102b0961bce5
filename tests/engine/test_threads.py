from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest

from relay.almanac.hearing import service
from relay.context import Relay
from relay.engine import cluster
from relay.engine.tasks import ROOMS, EngineTask, Room
from relay.engine.threads import Threads
from relay.errors import Gone
from relay.intake import fetch
from relay.media.hearing import model
from relay.media.hearing.model import SpeechModel


def test_tasks_run_in_as_many_threads_as_the_settings_say(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(relay.settings.fetch_workers)
    monkeypatch.setattr(fetch, "fetch_video", lambda _relay, _number: together.wait(10))
    engine = Threads(relay)
    futures = [engine.submit(EngineTask.fetch, number) for number in range(engine.places(Room.fetch))]
    assert [future.result(10) for future in futures] == [True] * relay.settings.fetch_workers
    engine.close()


def test_a_task_that_fails_is_told_and_raises_nothing(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_relay: Relay, number: int) -> None:
        raise Gone("It is gone.") if number else RuntimeError

    monkeypatch.setattr(fetch, "fetch_video", fails)
    engine = Threads(relay)
    assert [engine.submit(EngineTask.fetch, number).result(10) for number in (0, 1)] == [False, False]
    engine.close()


@pytest.mark.slow
def test_what_has_not_begun_when_it_closes_is_dropped(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    goes_on = threading.Event()

    def takes(_relay: Relay, number: int) -> None:
        begun.append(number)
        goes_on.wait(10)

    monkeypatch.setattr(fetch, "fetch_video", takes)
    engine = Threads(relay)
    futures = [engine.submit(EngineTask.fetch, number) for number in range(9)]
    threading.Timer(0.2, goes_on.set).start()
    engine.close()
    assert sorted(begun) == list(range(relay.settings.fetch_workers))
    assert [future.cancelled() for future in futures].count(True) == 9 - relay.settings.fetch_workers


def test_one_machine_hears_one_clip_at_a_time_and_only_with_a_model(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = Threads(relay)
    monkeypatch.setattr(model, "can_listen", lambda: True)
    assert engine.places(Room.hear) == 0
    monkeypatch.setattr(service, "speech_model", lambda _relay: SpeechModel(tmp_path, "d01c3014881c"))
    assert engine.places(Room.hear) == 1
    monkeypatch.setattr(model, "can_listen", lambda: False)
    assert engine.places(Room.hear) == 0
    engine.close()


def test_a_folder_of_the_settings_without_a_model_has_no_place(relay: Relay, tmp_path: Path) -> None:
    settings = relay.settings.model_copy(update={"speech_folder": tmp_path})
    engine = Threads(dataclasses.replace(relay, settings=settings))
    assert engine.places(Room.hear) == 0
    engine.close()


def test_every_task_has_its_room() -> None:
    assert set(ROOMS) == set(EngineTask)


def test_a_cluster_is_an_engine_only_where_the_settings_name_one(relay: Relay) -> None:
    engine = cluster.open_engine(relay)
    assert isinstance(engine, Threads)
    engine.close()


@pytest.mark.slow
def test_while_no_scheduler_is_there_nothing_runs_and_nothing_fails(
    relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed", reason="extra: cluster")
    monkeypatch.setattr(cluster, "CONNECTS", 0.2)
    engine = cluster.Cluster(relay, "tcp://127.0.0.1:9")
    assert engine.places(Room.fetch) == 0
    assert engine.submit(EngineTask.fetch, 1).result() is False
    engine.close()


def test_a_process_that_has_not_joined_does_nothing(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Relay, int]] = []
    monkeypatch.setattr(fetch, "fetch_video", lambda *words: asked.append(words))
    assert cluster.run_on_worker("look", 7) is False
    cluster.joins(relay)
    assert cluster.run_on_worker("look", 7) is True
    assert cluster.run_on_worker("a task of a later version", 7) is False
    cluster.joins(None)
    assert asked == [(relay, 7)]
