from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from relay.almanac.film import shot_cache as module
from relay.almanac.film.shot_cache import ShotCache
from relay.errors import DiskFull
from relay.processes import lock_of


@pytest.fixture
def shots(tmp_path: Path) -> ShotCache:
    (tmp_path / "shots").mkdir()
    return ShotCache(tmp_path / "shots")


def lies(place: Path, size: int = 10, *, days: float = 0) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b"x" * size)
    then = time.time() - days * 86_400
    os.utime(place, (then, then))
    return place


def made(shots: ShotCache, text: str = "made") -> Path:
    with shots.bench() as folder:
        path = folder.with_suffix(".made")
        path.write_text(text)
    return path


def test_what_is_finished_gets_its_name(shots: ShotCache) -> None:
    shots.keep(made(shots), shots.shot("a"))
    assert shots.shot("a").read_text() == "made"
    assert shots.has(shots.shot("a"))
    assert not shots.has(shots.shot("b"))


@pytest.mark.parametrize("durable", [True, False])
def test_only_what_must_outlive_a_power_cut_is_flushed(
    shots: ShotCache, monkeypatch: pytest.MonkeyPatch, *, durable: bool
) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(module, "flush", lambda path: flushed.append(path.suffix))
    shots.keep(made(shots), shots.shot("a"), durable=durable)
    assert flushed == ([".made", ""] if durable else [])


def test_a_sound_counts_only_with_its_note_which_comes_last(shots: ShotCache) -> None:
    lies(shots.sound("a"))
    assert not shots.has(shots.sound("a"))
    shots.keep(made(shots), shots.sound("a"), note={"loudness": -20.0})
    assert shots.has(shots.sound("a"))
    assert shots.note(shots.sound("a")) == {"loudness": -20.0}
    shots.remove(shots.sound("a"))
    assert not shots.has(shots.sound("a"))
    assert list(shots.root.rglob("a.*")) == []
    shots.remove(shots.sound("a"))


@pytest.mark.parametrize(("number", "error"), [(28, DiskFull), (5, OSError)])
def test_a_full_disk_is_told_from_a_broken_one(
    shots: ShotCache, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def breaks(_path: Path) -> None:
        raise OSError(number, "x")

    monkeypatch.setattr(module, "flush", breaks)
    with pytest.raises(error) as raised:
        shots.keep(made(shots), shots.shot("a"))
    assert isinstance(raised.value, DiskFull) == (error is DiskFull)
    assert not shots.has(shots.shot("a"))


def test_what_is_used_is_younger_and_was_made_when_it_was_made(shots: ShotCache) -> None:
    path = lies(shots.shot("a"), days=9)
    before = path.stat().st_mtime
    shots.use([path, shots.shot("none")])
    assert path.stat().st_mtime == before
    (kept,) = shots.kept()
    assert time.time() - kept.used < 60
    assert kept.size == 10


def test_all_shots_and_sounds_are_counted_and_nothing_else(shots: ShotCache) -> None:
    counted = {
        lies(shots.shot("a")),
        lies(shots.sound("b")),
        lies(shots.master("c")),
        lies(shots.chunk("d.aac")),
        lies(shots.chunk("e.heard")),
    }
    for other in (shots.seam("f"), shots.cards / "g.png", shots.root / "work" / "1-x" / "h.mp4", shots.chunk("d.json")):
        lies(other)
    assert {kept.path for kept in shots.kept()} == counted


def test_seams_go_by_age_when_there_is_no_room_but_none_that_is_needed(
    shots: ShotCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, older, needed, new = (
        lies(shots.seam(name), days=days) for name, days in zip("abcd", (2, 3, 9, 0), strict=True)
    )
    monkeypatch.setattr(module, "SPARE_BYTES", 20)
    shots.trim_seams({needed})
    assert [path.exists() for path in (old, older, needed, new)] == [True, False, True, True]
    shots.trim_seams({needed})
    assert old.exists()
    monkeypatch.setattr(module, "SPARE_BYTES", 0)
    shots.trim_seams({needed})
    assert [path.exists() for path in (old, older, needed, new)] == [False, False, True, False]


def test_little_room_on_the_disk_leaves_little_for_seams(shots: ShotCache, monkeypatch: pytest.MonkeyPatch) -> None:
    seams = [lies(shots.seam(name), days=days) for name, days in zip("ab", (2, 1), strict=True)]
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _path: SimpleNamespace(free=200))
    shots.trim_seams(set())
    assert [path.exists() for path in seams] == [False, True]


def test_what_killed_renders_left_is_swept_out(shots: ShotCache) -> None:
    work = shots.root / "work"
    dead, odd = work / "dead", work / "x-y"
    for folder in (dead, odd):
        folder.mkdir(parents=True)
    lock_of(dead).touch()
    young, old = lies(shots.seam("young"), days=0.9), lies(shots.seam("old"), days=1.1)
    with shots.bench() as mine:
        shots.sweep_out()
        assert [folder.exists() for folder in (dead, mine, odd)] == [False, True, True]
    assert [path.exists() for path in (young, old)] == [True, False]


def test_seams_of_before_the_machines_last_start_are_not_there(
    shots: ShotCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shots.seam("a")
    monkeypatch.setattr(module, "last_boot", lambda: "another1")
    assert shots.seam("a") != before


def test_a_bench_is_gone_afterwards(shots: ShotCache) -> None:
    with pytest.raises(RuntimeError), shots.bench() as folder:
        (folder / "x").touch()
        raise RuntimeError
    assert not folder.exists()


def test_so_much_of_raw_frames_stays_and_no_more(shots: ShotCache, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (module.SPARE_BYTES, module.SPARE_SHARE, module.SEAM_DAYS) == (2_000_000_000, 0.05, 1)
    monkeypatch.setattr(module, "SPARE_BYTES", 20)
    fits = [lies(shots.seam(name)) for name in "ab"]
    shots.trim_seams(())
    assert all(path.exists() for path in fits), "what just fits stays"
    more = lies(shots.seam("c"), 1, days=0.5)
    shots.trim_seams({more})
    shots.trim_seams([])
    assert [path.exists() for path in (*fits, more)] == [True, True, False]


def test_without_raw_frames_the_disk_is_not_asked(shots: ShotCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_path: Path) -> None:
        raise AssertionError

    monkeypatch.setattr(module.shutil, "disk_usage", refuses)
    shots.trim_seams(())
    needed = lies(shots.seam("a"))
    shots.trim_seams({needed})


def test_what_another_render_removed_meanwhile_is_no_error(shots: ShotCache, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = shots.seam("gone")
    lies(gone, days=3)
    real = Path.stat

    def races(path: Path, **more: Any) -> os.stat_result:
        found = real(path, **more)
        if path.name == gone.name:
            os.unlink(path)  # noqa: PTH108 -- Path.unlink asks nobody
        return found

    monkeypatch.setattr(Path, "stat", races)
    shots.drop_old_seams()
    monkeypatch.undo()
    lies(gone, days=3)
    monkeypatch.setattr(Path, "stat", races)
    monkeypatch.setattr(module, "SPARE_BYTES", 0)
    shots.trim_seams(())
    monkeypatch.undo()
    shots.remove(shots.shot("never"))
    shots.remove(shots.sound("never"))
    assert shots.kept() == []


def test_a_note_stands_beside_what_it_is_about(shots: ShotCache) -> None:
    shots.keep(made(shots), shots.chunk("a.aac"), note={"peak": None, "levels": [-20.5]})
    assert [path.name for path in sorted((shots.root / "reels").iterdir())] == ["a.aac", "a.json"]
    assert shots.note(shots.chunk("a.aac")) == {"peak": None, "levels": [-20.5]}
    shots.keep(made(shots), shots.shot("b"))
    assert shots.has(shots.shot("b")), "pictures have no note"
    (shots.root / "reels" / "a.json").unlink()
    assert not shots.has(shots.chunk("a.aac"))
    assert shots.master("c") == shots.root / "sounds" / "c.m4a"
    assert shots.cards == shots.root / "cards"
    assert list((shots.root / "work").iterdir()) == []


def test_a_store_makes_its_folders_where_there_are_none(tmp_path: Path) -> None:
    shots = ShotCache(tmp_path / "a" / "b")
    with shots.bench() as folder, shots.bench() as other:
        assert folder.parent == other.parent == tmp_path / "a" / "b" / "work"
        assert folder != other
        (folder / "made").touch()
        shots.keep(folder / "made", shots.chunk("x.heard"), note={})
    shots.sweep_out()
    assert [kept.path for kept in shots.kept()] == [tmp_path / "a" / "b" / "reels" / "x.heard"]


def test_a_bench_that_was_taken_away_is_no_error(shots: ShotCache) -> None:
    with shots.bench() as folder:
        shutil.rmtree(folder)
    assert not folder.exists()


def test_seams_are_named_by_the_machines_last_start(shots: ShotCache) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id")
    start, _, key = shots.seam("key").name.partition("-")
    assert (key, len(start)) == ("key.yuv", 8)
    if boot.exists():
        assert boot.read_text().startswith(start)
    assert shots.seam("key").parent == shots.root / "seams"
    assert shots.seam("key") == shots.seam("key")


def test_a_flush_reaches_the_disk_and_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda handle: flushed.append(str(Path(f"/proc/self/fd/{handle}").readlink())))
    path = lies(tmp_path / "a")
    before = len(list(Path("/proc/self/fd").iterdir()))
    module.flush(path)
    module.flush(tmp_path)
    assert flushed == [str(path), str(tmp_path)]
    assert len(list(Path("/proc/self/fd").iterdir())) == before
