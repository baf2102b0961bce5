"""What the one that leads hands out, to other machines and to threads of its own."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import update

from relay.almanac.delivery import render
from relay.almanac.hearing import rounds
from relay.almanac.hearing.rounds import HearingRounds
from relay.context import Relay
from relay.engine import queues
from relay.engine.cluster import Cluster, all_of
from relay.engine.queues import TaskQueues
from relay.engine.tasks import DOES, ROOMS, EngineTask, Room
from relay.engine.threads import Threads
from relay.erasure import elsewhere
from relay.errors import StoreError
from relay.intake import fetch
from relay.models import ClipReview, Erasure, ErasureCause, Video
from relay.moderation import clip_pictures
from tests.fakes.clock import FakeClock
from tests.fakes.engine import Machines
from tests.fakes.fetcher import FakeFetcher
from tests.intake.scene import Scene


def leads() -> bool:
    return True


@pytest.fixture
def scene(relay: Relay, tmp_path: Path) -> Scene:
    return Scene(relay, tmp_path)


@pytest.fixture
def machines() -> Machines:
    return Machines(encode=3, fetch=3)


@pytest.fixture
def work(machines: Machines) -> TaskQueues:
    return TaskQueues(machines)


@pytest.fixture
def _four_lack_shots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "to_prepare", lambda _relay, _slug, _ready: iter([1, 2, 1, 3, 4]))


def downloaded(relay: Relay, *videos: int) -> None:
    with relay.transaction() as session:
        session.exec(update(Video).where(Video.id.in_(videos)).values(sha256="5" * 64))  # type: ignore[union-attr]


@pytest.fixture
def due(scene: Scene) -> list[int]:
    """Five videos that a campaign waits for."""
    campaign, videos = scene.campaign(), [scene.video() for _ in range(5)]
    scene.post(campaign, *videos)
    return videos


# shots


@pytest.mark.usefixtures("_four_lack_shots")
def test_each_clip_s_shots_are_asked_for_once_and_no_more_than_there_are_places(
    relay: Relay, work: TaskQueues, machines: Machines
) -> None:
    assert work.shots(relay, ["a"], leads)
    futures = [future for _, _, future in machines.asked]
    assert machines.numbers() == [1, 2, 3]
    assert work.shots(relay, ["a"], leads)
    assert machines.numbers() == [], "no place is free"
    futures[1].set_result(True)
    assert work.shots(relay, ["a"], leads)
    assert machines.numbers() == [4], "2 has its shots, 1 and 3 are being made"


@pytest.mark.usefixtures("_four_lack_shots")
@pytest.mark.parametrize("end", ["it failed", "it broke", "it was dropped"])
def test_a_clip_whose_shots_nobody_made_is_asked_for_again(
    relay: Relay, work: TaskQueues, machines: Machines, end: str
) -> None:
    work.shots(relay, ["a"], leads)
    before, future = work._ready, machines.asked[0][2]
    ends = {"it failed": lambda: future.set_result(False), "it broke": lambda: future.set_exception(OSError())}
    ends.get(end, future.cancel)()
    machines.numbers()
    assert work.shots(relay, ["a"], leads)
    assert machines.numbers() == [1]
    assert work._ready is not before, "what was noted as made may not be"


@pytest.mark.usefixtures("_four_lack_shots")
def test_when_all_have_been_gone_through_an_edit_is_asked_for_again(
    relay: Relay, work: TaskQueues, machines: Machines
) -> None:
    machines.room = 9
    work.shots(relay, ["a"], leads)
    machines.do_all()
    assert machines.numbers() == [1, 2, 3, 4]
    work.shots(relay, ["a"], leads)
    assert machines.numbers() == []
    work.shots(relay, ["a"], leads)
    assert machines.numbers() == [1, 2, 3, 4]


def test_one_machine_makes_a_few_of_each_campaign_while_it_leads(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []

    def prepare(_relay: Relay, slug: str, *, limit: int, **_more: object) -> None:
        asked.append((slug, limit))
        if slug == "broken":
            raise StoreError("It is locked.")

    monkeypatch.setattr(render, "prepare", prepare)
    engine = Threads(relay)
    work = TaskQueues(engine)
    assert work.shots(relay, ["a", "broken"], leads)
    assert asked == [("a", 4), ("broken", 4)]
    assert not work.shots(relay, ["broken"], leads)
    assert work.shots(relay, ["broken"], lambda: False), "who leads no more prepares nothing"
    engine.close()


# fetches and looks


def test_what_has_come_is_handed_out_to_be_looked_at_and_the_others_to_be_fetched(
    relay: Relay, work: TaskQueues, machines: Machines, due: list[int]
) -> None:
    downloaded(relay, due[0], due[3])
    work.fetch(relay)
    assert machines.numbers(EngineTask.look) == [due[0], due[3]]
    assert machines.numbers(EngineTask.fetch) == [due[1], due[2], due[4]]


def test_a_look_takes_a_place_among_the_encoders(
    relay: Relay, work: TaskQueues, machines: Machines, due: list[int]
) -> None:
    machines.room, machines.fetch_room = 1, 0
    downloaded(relay, *due)
    work.fetch(relay)
    assert machines.numbers(EngineTask.look) == due[:1]
    assert work._hand_out(EngineTask.shots, [1]) is False


def test_what_was_handed_out_is_not_handed_out_again_until_it_is_done(
    relay: Relay, work: TaskQueues, machines: Machines, due: list[int]
) -> None:
    for _ in range(3):
        work.fetch(relay)
    assert work.running(EngineTask.fetch) == due[:3]
    machines.do_all()
    assert machines.numbers(EngineTask.fetch) == due[:3]
    work.fetch(relay)
    assert machines.numbers(EngineTask.fetch) == due[:3], "nobody has done anything, so all are due by their rows"


def test_twin_who_forgets_what_runs_hands_it_out_twice(
    relay: Relay, work: TaskQueues, machines: Machines, due: list[int]
) -> None:
    work.fetch(relay)
    work._running.clear()
    work.fetch(relay)
    assert machines.numbers(EngineTask.fetch) == [*due[:3], *due[:3]]


def test_one_machine_looks_at_once_at_what_it_has_fetched(
    relay: Relay, due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    monkeypatch.setattr(fetch, "fetch_video", lambda _relay, number: done.append(number))
    downloaded(relay, due[4])
    engine = Threads(relay)
    work = TaskQueues(engine)
    work.fetch(relay)
    engine._pools[Room.fetch].shutdown(wait=True)
    assert sorted(done) == sorted([due[4], *due[: relay.settings.fetch_workers - 1]])
    engine.close()


def test_several_threads_hand_out_at_once_and_none_of_it_twice(
    relay: Relay, work: TaskQueues, machines: Machines
) -> None:
    machines.room = 40
    all_at_once = threading.Barrier(4)

    def hands_out() -> None:
        all_at_once.wait()
        work._hand_out(EngineTask.shots, range(100))

    threads = [threading.Thread(target=hands_out) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(machines.numbers()) == list(range(40))


def test_a_scheduler_that_is_lost_meanwhile_is_asked_no_oftener_than_there_are_places(
    relay: Relay, work: TaskQueues, machines: Machines, due: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question takes seconds, and there may be thousands of videos."""
    asked: list[int] = []

    def is_lost(_task: EngineTask, number: int) -> Future[bool]:
        asked.append(number)
        told = Future[bool]()
        told.set_result(False)
        return told

    monkeypatch.setattr(machines, "submit", is_lost)
    work.fetch(relay)
    assert asked == due[:3]


def test_while_no_place_is_free_nobody_looks_for_what_is_due(
    relay: Relay, work: TaskQueues, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To find a clip that lacks shots, a film is drawn."""
    machines.room = 0
    asked: list[str] = []

    def to_prepare(_relay: Relay, slug: str, _ready: object) -> Iterator[int]:
        asked.append(slug)
        yield 1

    monkeypatch.setattr(render, "to_prepare", to_prepare)
    assert work.shots(relay, ["a"], leads)
    assert asked == []


# pictures for the desk


def chosen(relay: Relay, clip: int, **words: object) -> int:
    with relay.transaction() as session:
        row = ClipReview(clip_id=clip, person="Anna", at=relay.now(), **words)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


@pytest.fixture
def clips(relay: Relay, scene: Scene, due: list[int]) -> list[int]:
    assert isinstance(relay.fetcher, FakeFetcher)
    for number, video in enumerate(due[:2]):
        relay.fetcher.has(scene.state(video).url, scene.film(f"film {number}"))
        fetch.fetch_video(relay, video)
    return [clip.id or 0 for clip in scene.clips()]


def test_a_chosen_poster_is_asked_for_once(
    relay: Relay, work: TaskQueues, machines: Machines, clips: list[int], clock: FakeClock
) -> None:
    chosen(relay, clips[0], begins=10)
    work.previews(relay)
    assert machines.numbers(EngineTask.preview) == [], "that changes no picture"
    chosen(relay, clips[0], poster_at=3000)
    chosen(relay, clips[1], turn=90)
    work.previews(relay)
    machines.do_all()
    assert machines.numbers(EngineTask.preview) == clips
    work.previews(relay)
    assert machines.numbers(EngineTask.preview) == []
    chosen(relay, clips[1], poster_at=10)
    clock.moves(minutes=10)
    work.previews(relay)
    assert machines.numbers(EngineTask.preview) == [], "whoever wanted to see it has asked for it long since"


def test_a_poster_for_which_there_is_no_place_waits(
    relay: Relay, work: TaskQueues, machines: Machines, clips: list[int]
) -> None:
    machines.room = 0
    chosen(relay, clips[0], poster_at=3000)
    work.previews(relay)
    assert machines.numbers(EngineTask.preview) == []
    machines.room = 1
    work.previews(relay)
    assert machines.numbers(EngineTask.preview) == clips[:1]


# what is heard


@pytest.fixture
def _three_are_to_be_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HearingRounds, "_part", lambda _self, _relay: ([1, 2, 3], [], 3))


@pytest.mark.usefixtures("_three_are_to_be_heard")
def test_a_clip_is_heard_where_there_is_a_place_and_once(relay: Relay, work: TaskQueues, machines: Machines) -> None:
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == [], "no machine has a model"
    machines.hear_room = 2
    work.hear(relay)
    futures = [future for _, _, future in machines.asked]
    assert machines.numbers(EngineTask.hear) == [1, 2]
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == []
    for future in futures:
        future.set_result(True)
    for _ in range(2):
        work.hear(relay)
    assert machines.numbers(EngineTask.hear) == [3]


@pytest.mark.usefixtures("_three_are_to_be_heard")
@pytest.mark.parametrize("task", [EngineTask.fetch, EngineTask.look, EngineTask.shots])
def test_hearing_waits_while_all_places_are_taken_by_what_people_wait_for(
    relay: Relay, work: TaskQueues, machines: Machines, task: EngineTask
) -> None:
    machines.hear_room, machines.room, machines.fetch_room = 1, 2, 2
    work._hand_out(task, [1, 2])
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == []
    machines.do_all()
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == [1]


@pytest.mark.usefixtures("_three_are_to_be_heard")
def test_hearing_waits_while_this_process_makes_shots(
    relay: Relay, work: TaskQueues, machines: Machines, monkeypatch: pytest.MonkeyPatch
) -> None:
    machines.hear_room, machines.is_elsewhere = 1, False
    monkeypatch.setattr(render, "prepare", lambda *_words, **_more: work.hear(relay))
    work.shots(relay, ["a"], leads)
    assert machines.numbers(EngineTask.hear) == []
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == [1]


@pytest.mark.usefixtures("_three_are_to_be_heard")
def test_after_a_machine_was_lost_hearing_rests_and_its_clip_comes_again(
    relay: Relay, work: TaskQueues, machines: Machines
) -> None:
    machines.hear_room = 1
    work.hear(relay)
    machines.do_all(well=False)
    machines.asked.clear()
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == []
    work._hearings._rests_until = 0.0
    work.hear(relay)
    assert machines.numbers(EngineTask.hear) == [1]


# what was erased


def erased(relay: Relay, clip: int, ago: float = 0.0) -> int:
    with relay.transaction() as session:
        at = relay.now() - timedelta(seconds=ago)
        row = Erasure(number=f"E-{clip}", clip_id=clip, cause=ErasureCause.withdrawn, asked_at=at, done_at=at)
        session.add(row)
        session.flush()
        assert row.id is not None
        return row.id


def test_every_machine_is_told_once_what_was_erased(
    relay: Relay, work: TaskQueues, machines: Machines, clips: list[int]
) -> None:
    machines.room = machines.fetch_room = 0
    erased(relay, clips[0], elsewhere.EVERY)
    fresh = erased(relay, clips[1])
    work.erase(relay)
    assert machines.numbers(EngineTask.erase) == [fresh], (
        "it needs no place; of the older one each has learnt by itself"
    )
    work.erase(relay)
    assert machines.numbers(EngineTask.erase) == []


def test_a_machine_that_does_not_answer_is_not_waited_for(
    relay: Relay, work: TaskQueues, machines: Machines, clips: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    erased(relay, clips[0])
    work.erase(relay)
    assert len(work.running(EngineTask.erase)) == 1
    monkeypatch.setattr(queues, "FORGETS", -1.0)
    work.erase(relay)
    assert work.running(EngineTask.erase) == []


def test_one_machine_has_nobody_to_tell(relay: Relay, clips: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    erased(relay, clips[0])
    engine = Threads(relay)
    monkeypatch.setattr(engine, "submit", None)
    TaskQueues(engine).erase(relay)
    engine.close()


# what an engine does


def test_every_task_says_what_it_does_and_where() -> None:
    assert set(DOES) == set(ROOMS) == set(EngineTask)


@pytest.mark.parametrize(
    ("task", "module", "name", "words"),
    [
        (EngineTask.fetch, fetch, "download", (7,)),
        (EngineTask.look, fetch, "fetch_video", (7,)),
        (EngineTask.preview, clip_pictures, "draw", (7,)),
        (EngineTask.shots, render, "prepare_clip", (7,)),
        (EngineTask.hear, rounds, "attend", (7,)),
        (EngineTask.erase, elsewhere, "catch_up", ()),
    ],
)
def test_a_task_is_done_by_what_it_is_called_for(
    relay: Relay, monkeypatch: pytest.MonkeyPatch, task: EngineTask, module: object, name: str, words: tuple[int, ...]
) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(module, name, lambda *given: asked.append(given))
    DOES[task](relay, 7)
    assert asked == [(relay, *words)]


@pytest.mark.parametrize(("answers", "well"), [([], True), ([True, True], True), ([True, False], False)])
def test_all_machines_have_to_say_that_it_went_well(answers: list[bool], well: bool) -> None:
    parts = [Future[bool]() for _ in answers]
    told = all_of(list(parts))
    for part, answer in zip(parts, answers, strict=True):
        assert not told.done()
        part.set_result(answer)
    assert told.result(0) is well


def test_a_machine_that_was_lost_has_not_done_it() -> None:
    part = Future[bool]()
    told = all_of([part])
    part.cancel()
    assert told.result(0) is False


def test_what_a_machine_was_asked_is_kept_until_it_answers() -> None:
    """A forgotten future is dropped by Dask before it is begun."""
    parts = [Future[bool](), Future[bool]()]
    held = weakref.ref(parts[0])
    told = all_of(parts)
    del parts
    gc.collect()
    assert held() is not None
    held().set_result(True)  # type: ignore[union-attr]
    assert not told.done()


def test_nothing_is_special_about_a_cluster_but_what_the_port_says(relay: Relay) -> None:
    engine = Threads(relay)
    assert (Cluster.is_elsewhere, engine.is_elsewhere) == (True, False)
    engine.close()
