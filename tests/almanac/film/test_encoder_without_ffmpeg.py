"""Films made without ffmpeg: an encoder whose ffmpeg writes what it was asked for."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.film import cut, encoder, mp4
from relay.almanac.film.cut import Cut
from relay.almanac.film.encoder import FilmEncoder, make_film, shoot_ahead
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.timeline import ShotKind
from relay.almanac.film.work import run
from relay.errors import ToolFailed
from relay.media.toolbox import Done
from tests.almanac.film.test_needs import HOUSE, drawn, scored, take, whats
from tests.almanac.painting import Painter


class Pretending:
    """In the place of a toolbox: writes files of the right size, and notes what it was asked for."""

    ffmpeg, ffmpeg_version = "/usr/bin/ffmpeg", "ffmpeg version 9"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.reads: list[set[Path]] = []
        self.nice: set[int] = set()
        self.short = 0
        self.closed = False

    def run(
        self, argv: Sequence[str], *, folder: Path, reads: Sequence[Path] = (), nice: int = 0, **_more: Any
    ) -> Done:
        self.asked.append(list(argv))
        self.reads.append(set(reads))
        self.nice.add(nice)
        for word in argv:
            name = word.rpartition("/")[2]
            if name.endswith(".yuv"):
                first, _, last = name.removesuffix(".yuv").partition("-")
                (folder / name).write_bytes(bytes((int(last) - int(first)) * 64 * 64 * 3 // 2 - self.short))
            elif word == "fade.mp4":
                (folder / name).write_text(f"0-{(folder / 'left').stat().st_size // (64 * 64 * 3 // 2)}.mp4")
            elif word.endswith(".mp4") and not (folder / name).exists():
                (folder / name).write_text(name)
        if "part.f32" in argv:
            (folder / "part.f32").write_bytes(bytes(250 * 1920 * 8 - self.short))
        if "m.f32" in argv:
            np.full((48_000, 2), 0.1, np.float32).tofile(folder / "m.f32")
        return Done("", "Summary: I: -20.0 LUFS", 0, 0.0)

    def close(self) -> None:
        self.closed = True


@dataclass
class Read:
    """In the place of mp4.read: a shot has the frames that its name says, the joined film those of `frames`."""

    frames: int = 0
    heard: float = 0.0
    setups: dict[str, bytes] = field(default_factory=dict)
    wrong: int = 0

    def __call__(self, path: Path) -> Any:
        read = self

        @dataclass
        class Track:
            samples: int
            seconds: float
            setup: bytes

        class Movie:
            def track(self, kind: str) -> Track:
                told = path.read_text()
                if told == "film.mp4":
                    return Track(read.frames, read.frames / 25 if kind == "vide" else read.heard, b"")
                first, _, last = told.removesuffix(".mp4").partition("-")
                return Track(int(last) - int(first) - read.wrong, 0, read.setups.get(told, b"same"))

        return Movie()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Read:
    found = Read()
    monkeypatch.setattr(cut, "CardRenderer", Painter)
    monkeypatch.setattr(mp4, "read", found)
    monkeypatch.setattr(mp4, "join", lambda paths, target: target.write_text(" ".join(path.name for path in paths)))
    return found


@pytest.fixture
def toolbox() -> Pretending:
    return Pretending()


def studio(toolbox: Pretending, made: Cut, folder: Path) -> FilmEncoder:
    return FilmEncoder(made, toolbox, ShotCache(folder / "shots"))  # type: ignore[arg-type]


def test_ahead_of_a_film_only_clips_are_shot_and_heard(reads: Read, toolbox: Pretending, tmp_path: Path) -> None:
    made = cut.alone(take("anna", tmp_path), HOUSE, tmp_path / "cards")
    shots = [shot for shot in made.timeline.shots if shot.kind in (ShotKind.clip, ShotKind.lower_third)]
    assert shoot_ahead(made, toolbox=toolbox, cache=tmp_path / "shots") == len(shots)  # type: ignore[arg-type]
    assert toolbox.nice == {10}
    made_files = [path for path in (tmp_path / "shots").rglob("*") if path.is_file() and path.name != "sums"]
    assert {path.suffix for path in made_files} == {".mp4", ".f32", ".json"}
    assert shoot_ahead(made, toolbox=toolbox, cache=tmp_path / "shots") == 0  # type: ignore[arg-type]


def filmed(made: Cut, toolbox: Pretending, reads: Read, folder: Path, **more: Any) -> encoder.Film:
    reads.frames, reads.heard = made.timeline.frames, made.timeline.frames / 25
    return make_film(made, toolbox=toolbox, cache=folder / "shots", target=folder / "film.mp4", **more)  # type: ignore[arg-type]


@pytest.fixture
def mixed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Soundtracks that were asked for; nothing is mixed."""
    asked: list[Any] = []

    class Mixed:
        def __init__(self, **words: Any) -> None:
            self.words = words
            asked.append(words)

        def make(self, place: Path) -> None:
            shots = self.words["shots"]
            with shots.bench() as folder:
                (folder / "made").write_text("sound")
                note = {"loudness": -16.2, "peak": -1.5, "reels": ["one.aac"]}
                shots.keep(folder / "made", place, note=note)

    monkeypatch.setattr(encoder, "Soundtrack", Mixed)
    return asked


@pytest.mark.slow
def test_a_film_is_made_once_and_the_next_time_nothing_is_encoded(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris", chapters=True)
    told: list[tuple[int, int, str]] = []
    first = filmed(made, toolbox, reads, tmp_path, on_progress=lambda *news: told.append(news))
    total = len(made.timeline.shots)
    assert (first.encoded, first.reused, first.frames) == (total, 0, made.timeline.frames)
    assert (first.loudness, first.peak) == (-16.2, -1.5)
    assert told[0] == (0, made.timeline.frames, "")
    assert told[-1][:2] == (made.timeline.frames, made.timeline.frames)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    (words,) = mixed
    assert [(track.start, track.frames, track.head, track.tail, track.loudness) for track in words["tracks"]] == [
        (17, 250, 8, 12, -20.0),
        (255, 250, 12, 8, -20.0),
    ]
    toolbox.asked.clear()
    again = filmed(made, toolbox, reads, tmp_path)
    assert (again.encoded, again.reused, again.sha256) == (0, total, first.sha256)
    assert len(toolbox.asked) == 1, "only the join"
    assert list((tmp_path / "shots" / "work").iterdir()) == []


@pytest.mark.slow
def test_the_shots_of_the_join_are_in_the_films_order(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    joined: list[list[Path]] = []
    monkeypatch.setattr(mp4, "join", lambda paths, target: (joined.append(list(paths)), target.touch()))
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    crew = studio(toolbox, made, tmp_path)
    assert joined == [[crew.shots.shot(key) for key in crew.needs.keys]]
    assert {*joined[0], crew.shots.master(crew.needs.master_key)} <= crew.needs.files()
    assert crew.shots.chunk("one.aac") in crew.needs.files()


@pytest.mark.slow
def test_a_take_may_read_its_clip_and_what_lies_over_it_and_nothing_else(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    by_clip = [paths for paths in toolbox.reads if tmp_path / "anna.mp4" in paths]
    assert by_clip
    for paths in by_clip:
        assert paths <= {tmp_path / "anna.mp4", *(path for path in made.files.values() if path.suffix == ".png")}
        assert tmp_path / "boris.mp4" not in paths


def test_a_shot_of_too_few_frames_is_not_kept(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    reads.wrong = 1
    with pytest.raises(ToolFailed, match="it was not kept"):
        filmed(drawn(tmp_path, "anna"), toolbox, reads, tmp_path, workers=1)
    assert list((tmp_path / "shots").glob("*.mp4")) == []
    assert not (tmp_path / "film.mp4").exists()


def test_raw_frames_and_sound_of_another_size_are_not_kept(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    toolbox.short = 1
    with pytest.raises(ToolFailed, match="nothing was kept"):
        filmed(drawn(tmp_path, "anna"), toolbox, reads, tmp_path, workers=1)
    assert list((tmp_path / "shots").rglob("*.yuv")) == []
    assert list((tmp_path / "shots").rglob("*.f32")) == []


@pytest.mark.slow
def test_shots_that_were_encoded_otherwise_make_no_film(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    reads.setups["0-17.mp4"] = b"other"
    with pytest.raises(ToolFailed, match="not encoded alike") as failed:
        filmed(drawn(tmp_path, "anna"), toolbox, reads, tmp_path)
    assert failed.value.hint == "Empty the folder shots and render again."


@pytest.mark.slow
@pytest.mark.parametrize(
    ("frames", "heard", "said"),
    [(0, 0.03, ""), (0, -0.03, ""), (0, 0.05, "sound lasts"), (0, -0.05, "sound lasts"), (1, 0, "frames instead of"),
     (-1, 0, "frames instead of")],
)  # fmt: skip
def test_what_was_joined_is_counted(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path, frames: int, heard: float, said: str
) -> None:
    made = drawn(tmp_path, "anna")
    reads.frames, reads.heard = made.timeline.frames + frames, made.timeline.frames / 25 + heard
    words = {"toolbox": toolbox, "cache": tmp_path / "shots", "target": tmp_path / "film.mp4"}
    if said:
        with pytest.raises(ToolFailed, match=said):
            make_film(made, **words)  # type: ignore[arg-type]
        assert not (tmp_path / "film.mp4").exists()
    else:
        assert make_film(made, **words).frames == made.timeline.frames  # type: ignore[arg-type]


def test_raw_frames_that_are_whole_are_used_again(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    crew = studio(toolbox, made, tmp_path)
    fade = next(
        key for key, shot in zip(crew.needs.keys, made.timeline.shots, strict=True) if shot.kind is ShotKind.fade
    )
    crew.shots.shot(fade).unlink()
    assert whats(studio(toolbox, made, tmp_path).needs.missing(2).tasks) == ["dissolve"]
    for seam in (tmp_path / "shots" / "seams").iterdir():
        seam.write_bytes(seam.read_bytes()[:-1])
    assert sorted(whats(studio(toolbox, made, tmp_path).needs.missing(2).tasks)) == ["card", "clip", "dissolve"]


@pytest.mark.slow
def test_raw_frames_that_another_render_dropped_are_made_again(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    crew = studio(toolbox, made, tmp_path)
    for key, shot in zip(crew.needs.keys, made.timeline.shots, strict=True):
        if shot.kind is ShotKind.fade:
            crew.shots.shot(key).unlink()
    work = crew.needs.missing(1)
    crew.expect(work)
    for seam in (tmp_path / "shots" / "seams").iterdir():
        seam.unlink()
    run(work.tasks, 1, crew.make, lambda _task: None)
    assert all(crew.shots.has(crew.shots.shot(key)) for key in crew.needs.keys)


# --- music ---


def test_music_is_heard_before_the_film_is_mixed(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    work = studio(toolbox, scored(tmp_path), tmp_path).needs.missing(2)
    (hearing,) = [task for task in work.tasks if task.what == "music"]
    (mixing,) = [task for task in work.tasks if task.what == "sound" and task.needs]
    assert hearing.gives < mixing.needs
    filmed(scored(tmp_path), toolbox, reads, tmp_path)
    assert "music" not in whats(studio(toolbox, scored(tmp_path), tmp_path).needs.missing(2).tasks)


@pytest.mark.slow
@pytest.mark.parametrize(("under", "in_the_clip"), [("film", True), ("cards", False)])
def test_music_for_the_cards_is_silent_in_clips(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path, under: str, *, in_the_clip: bool
) -> None:
    made = scored(tmp_path, under)
    filmed(made, toolbox, reads, tmp_path)
    add = mixed[0]["music"](0.0)

    def loud(frame: int) -> float:
        out = np.zeros((1920, 2), np.float32)
        add(out, frame * 1920)
        return float(np.abs(out).max())

    assert (loud(200) > 0) is in_the_clip
    assert loud(10) > 0


def test_a_film_without_music_has_no_bed(reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path) -> None:
    filmed(drawn(tmp_path, "anna"), toolbox, reads, tmp_path)
    assert mixed[0]["music"](0.0) is None


def test_other_sound_is_another_master(reads: Read, toolbox: Pretending, tmp_path: Path) -> None:
    made = drawn(tmp_path, "anna", "boris")
    others = [
        drawn(tmp_path, "boris", "anna"),
        dataclasses.replace(made, house=dataclasses.replace(HOUSE, loudness=-23)),
        scored(tmp_path),
        scored(tmp_path, "cards"),
        made,
    ]
    keys = [studio(toolbox, one, tmp_path).needs.master_key for one in others]
    assert len(set(keys)) == 5
    assert studio(toolbox, dataclasses.replace(made, title="Другой"), tmp_path).needs.master_key == keys[-1]
