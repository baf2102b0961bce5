"""A part of what `scripts/faults` tries: kills, writes that fail, power cuts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from relay.media import files
from tests.faults import deeds, strace
from tests.faults.power import Disk, Loss
from tests.faults.strace import Call
from tests.faults.world import Fault, World, troubles

pytestmark = pytest.mark.skipif(bool(strace.why_not()), reason=strace.why_not() or "system calls can be traced")
SEED, TRIES, CUTS = 14, 12, 10


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def recorded(world: World) -> tuple[Path, list[Call]]:
    return world.recorded()


@pytest.mark.slow
def test_without_a_fault_all_is_well(recorded: tuple[Path, list[Call]]) -> None:
    place, calls = recorded
    assert {call.name for call in calls} >= {"pwrite64", "write", "fsync", "fdatasync", "rename", "mkdir", "unlink"}
    assert troubles(place, list(deeds.DEEDS)) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", Fault)
def test_a_fault_at_any_write_loses_nothing_and_is_told_plainly(
    world: World, recorded: tuple[Path, list[Call]], fault: Fault
) -> None:
    for call in world.points(recorded[1], fault, TRIES, random.Random(SEED)):
        place, said = world.injected(call, fault)
        assert [*said.broke, *troubles(place, said.done)] == [], call


@pytest.mark.slow
@pytest.mark.parametrize("loss", Loss)
def test_a_power_cut_at_any_moment_loses_nothing_that_was_confirmed(
    world: World, recorded: tuple[Path, list[Call]], loss: Loss
) -> None:
    place, calls = recorded
    chance = random.Random(SEED)
    for at in chance.sample(range(len(calls) + 1), CUTS):
        after, said = world.cut(place, calls, at, loss, chance)
        assert troubles(after, said.done, boots=True) == [], at


@pytest.mark.slow
def test_a_name_that_was_not_synced_is_lost_and_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the sync of the folder, settings that were confirmed are gone."""
    world = World(tmp_path, ["settings"])
    place, calls = world.recorded()
    folder = str(place / "data")
    unsynced = [call for call in calls if not (call.name == "fsync" and call.paths == (folder,))]
    assert len(unsynced) < len(calls), files.replace_file
    lost = [troubles(*_cut(world, place, some), ["settings"], boots=True) for some in (calls, unsynced)]
    assert lost == [[], ["settings was acknowledged and is lost"]]


def _cut(world: World, place: Path, calls: list[Call]) -> tuple[Path, list[str]]:
    after, said = world.cut(place, calls, len(calls), Loss.all, random.Random(SEED))
    return after, said.done


def test_a_file_keeps_what_was_synced_and_its_name_once_its_folder_was(tmp_path: Path) -> None:
    disk = Disk(tmp_path)
    path, folder = str(tmp_path / "a"), str(tmp_path)

    def image(loss: Loss) -> dict[str, bytes | None]:
        return {name: content for name, content in disk.image(loss, random.Random(1)).items() if content is not None}

    def happens(name: str, *paths: str, text: bytes = b"", flags: str = "", result: int = 0) -> None:
        disk.happens(Call(name, 1, 1, paths, 3 if name != "openat" else -1, text, (), flags, result))

    happens("openat", path, flags="O_WRONLY|O_CREAT", result=3)
    happens("write", path, text=b"one", result=3)
    assert (image(Loss.all), image(Loss.bytes)) == ({}, {path: b""})
    happens("fsync", path)
    assert (image(Loss.all), image(Loss.bytes)) == ({}, {path: b"one"})
    happens("fsync", folder)
    happens("write", path, text=b"two", result=3)
    assert (image(Loss.all), image(Loss.bytes)) == ({path: b"one"}, {path: b"one"})
    happens("rename", path, f"{path}2")
    assert (image(Loss.all), image(Loss.bytes)) == ({path: b"one"}, {f"{path}2": b"one"})
    happens("unlink", f"{path}2")
    assert (image(Loss.all), image(Loss.bytes)) == ({path: b"one"}, {})
