"""What a film needs, what of it is there already, and in which order the rest is made; without ffmpeg."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from relay.almanac.cards.people import Person
from relay.almanac.film import cut, encoder, mp4
from relay.almanac.film.cut import Cut, Script, Subclip, Words, draw_up
from relay.almanac.film.encoder import (
    LONGEST_FIRST,
    FilmEncoder,
    Task,
    effort,
    encoded,
    grouped,
    in_order,
    make_film,
    run,
    shoot_ahead,
)
from relay.almanac.film.ffmpeg import Composition, Footage, ShotPart, Still
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound.ducking import MusicBed
from relay.almanac.film.timeline import ShotKind, Span
from relay.almanac.formats import House
from relay.errors import ToolFailed
from relay.media.toolbox import Done
from tests.almanac.painting import Painter

HOUSE = House(width=64, height=64, title_seconds=1, page_seconds=1, end_seconds=1)


def test_a_take_has_one_shot_and_the_raw_frames_beside_it() -> None:
    head, name, rest, tail = (
        ShotPart(Span(0, 12), raw=True),
        ShotPart(Span(12, 100)),
        ShotPart(Span(100, 288)),
        ShotPart(Span(288, 300), raw=True),
    )
    assert grouped([rest, head, tail, name], House()) == [[head, name], [rest, tail]]
    assert grouped([head, tail], House()) == [[head], [tail]]
    assert grouped([head, name, ShotPart(Span(100, 112), raw=True)], House())[0][1:] == [
        name,
        ShotPart(Span(100, 112), raw=True),
    ]


HEAD, TAIL = ShotPart(Span(0, 12), raw=True), ShotPart(Span(88, 100), raw=True)


def with_head(frames: int) -> list[ShotPart]:
    return [HEAD, ShotPart(Span(12, 12 + frames))]


def test_one_changed_clip_is_begun_at_once_and_its_neighbours_beside_it() -> None:
    """It takes longest, and both dissolves wait for it."""
    looks = [Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100)] * 3
    before, changed, after = (0, [TAIL]), (1, with_head(76)), (2, [HEAD])
    assert in_order([before, changed, after], looks, 2) == [changed, before, after]


def test_a_film_is_made_in_order_and_the_longest_of_its_last_takes_first() -> None:
    looks = [Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100)] * 20
    takes = [(number, with_head(20 + number)) for number in range(19)] + [(19, [HEAD])]
    first = 20 - 2 * LONGEST_FIRST
    assert in_order(takes, looks, 2) == [*takes[:first], takes[18], takes[17], takes[19], *takes[16 : first - 1 : -1]]


def test_tasks_run_when_what_they_need_is_there() -> None:
    done: list[str] = []
    tasks = [
        Task("fade", lambda: done.append("fade"), (0, 0), needs=frozenset({"a", "b"})),
        Task("a", lambda: done.append("a"), (3, 0), gives=frozenset({"a"})),
        Task("c", lambda: done.append("c"), (3, 2)),
        Task("b", lambda: done.append("b"), (3, 1), gives=frozenset({"b"})),
    ]
    run(tasks, 1, lambda _task: None)
    assert done == ["a", "b", "fade", "c"]


def test_the_first_failure_stops_the_rest() -> None:
    done: list[str] = []

    def fail() -> None:
        raise ToolFailed("no")

    tasks = [Task("bad", fail, (0, 0)), Task("later", lambda: done.append("later"), (1, 0))]
    with pytest.raises(ToolFailed):
        run(tasks, 1, lambda _task: None)
    assert done == []


def test_ctrl_c_stops_the_children_at_once() -> None:
    """Without it the program would wait for every running ffmpeg to end by itself."""
    stopped: list[bool] = []
    tasks = [Task("clip", lambda: None)]

    def interrupted(_task: Task) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tasks, 1, interrupted, lambda: stopped.append(True))
    assert stopped == [True]


@pytest.mark.parametrize(
    ("look", "parts", "cost"),
    [
        (Composition(Still("a"), 100), [ShotPart(Span(0, 100)), ShotPart(Span(88, 100), raw=True)], 20),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100), [ShotPart(Span(0, 100))], 125),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080), hdr="hlg"), 100), [ShotPart(Span(0, 100))], 250),
        (
            Composition(Footage("a", 960, 540, 10, coded=(960, 540)), 100),
            [HEAD, ShotPart(Span(12, 100))],
            88 + 100 / 16,
        ),
        (Composition(Footage("a", 1920, 1080, 10, coded=(1920, 1080)), 100), [HEAD], 3),
    ],
)
def test_what_a_take_costs(look: Composition, parts: list[ShotPart], cost: float) -> None:
    assert effort(look, parts) == pytest.approx(cost)


def test_raw_frames_are_not_encoded() -> None:
    assert encoded([HEAD, ShotPart(Span(12, 50)), TAIL]) == 38


def test_no_more_run_at_once_than_there_are_workers() -> None:
    running: list[int] = []
    most: list[int] = []
    lock, both = threading.Lock(), threading.Barrier(2)

    def work() -> None:
        with lock:
            running.append(1)
            most.append(len(running))
        both.wait(5)
        with lock:
            running.pop()

    run([Task(str(number), work) for number in range(4)], 2, lambda _task: None)
    assert max(most) == 2


# --- a studio whose ffmpeg writes what it was asked for ---


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


def footage(name: str, *, silent: bool = False) -> Footage:
    return Footage(name, 64, 64, 10, coded=(64, 64), container="mov", audio=None if silent else 1)


def take(name: str, folder: Path, *, silent: bool = False) -> Subclip:
    return Subclip(footage(name, silent=silent), folder / f"{name}.mp4", Person(name, "Мга"))


def drawn(folder: Path, *names: str, words: Words | None = None, **script: Any) -> Cut:
    takes = [take(name, folder) for name in names]
    return draw_up(takes, words or Words("Прорыв"), HOUSE, folder / "cards", script=Script(**script))


def studio(toolbox: Pretending, made: Cut, folder: Path) -> FilmEncoder:
    return FilmEncoder(made, toolbox, ShotCache(folder / "shots"))  # type: ignore[arg-type]


def whats(tasks: Sequence[Task]) -> list[str]:
    return [task.what for task in sorted(tasks, key=lambda task: task.rank)]


def test_all_is_missing_from_an_empty_cache(reads: Read, toolbox: Pretending, tmp_path: Path) -> None:
    made = drawn(tmp_path, "anna", "boris")
    work = studio(toolbox, made, tmp_path).missing(2)
    assert work.shots == len(made.timeline.shots)
    assert whats(work.tasks)[:3] == ["dissolve"] * 3
    assert whats(work.tasks)[3:6] == ["sound", "sound", "sound"]
    assert work.frames == made.timeline.frames
    (mixing,) = [task for task in work.tasks if task.what == "sound" and task.needs]
    listening = [task for task in work.tasks if task.what == "sound" and not task.needs]
    assert mixing.needs == frozenset().union(*(task.gives for task in listening))
    gives = frozenset().union(*(task.gives for task in work.tasks))
    assert all(task.needs <= gives for task in work.tasks)


def test_ahead_of_a_film_only_clips_are_shot_and_heard(reads: Read, toolbox: Pretending, tmp_path: Path) -> None:
    made = cut.alone(take("anna", tmp_path), HOUSE, tmp_path / "cards")
    shots = [shot for shot in made.timeline.shots if shot.kind in (ShotKind.clip, ShotKind.lower_third)]
    assert shoot_ahead(made, toolbox=toolbox, cache=tmp_path / "shots") == len(shots)  # type: ignore[arg-type]
    assert toolbox.nice == {10}
    assert {path.suffix for path in (tmp_path / "shots").rglob("*") if path.is_file()} == {".mp4", ".f32", ".json"}
    assert shoot_ahead(made, toolbox=toolbox, cache=tmp_path / "shots") == 0  # type: ignore[arg-type]


def test_a_clip_that_is_shown_twice_is_shot_once(reads: Read, toolbox: Pretending, tmp_path: Path) -> None:
    once = studio(toolbox, drawn(tmp_path, "anna", "boris"), tmp_path).missing(2)
    twice = studio(toolbox, drawn(tmp_path, "anna", "boris", "anna", "boris"), tmp_path).missing(2)
    assert twice.shots - once.shots == 3, "the dissolve back, and what lies beside it of both clips"
    assert sum(task.what == "sound" for task in twice.tasks) == 3


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
    assert joined == [[crew.shots.shot(key) for key in crew.keys]]
    assert {*joined[0], crew.shots.master(crew.master_key)} <= crew.files()
    assert crew.shots.reel("one.aac") in crew.files()


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


@pytest.mark.slow
def test_raw_frames_that_are_whole_are_used_again(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    crew = studio(toolbox, made, tmp_path)
    fade = next(key for key, shot in zip(crew.keys, made.timeline.shots, strict=True) if shot.kind is ShotKind.fade)
    crew.shots.shot(fade).unlink()
    assert whats(studio(toolbox, made, tmp_path).missing(2).tasks) == ["dissolve"]
    for seam in (tmp_path / "shots" / "seams").iterdir():
        seam.write_bytes(seam.read_bytes()[:-1])
    assert sorted(whats(studio(toolbox, made, tmp_path).missing(2).tasks)) == ["card", "clip", "dissolve"]


@pytest.mark.slow
def test_raw_frames_that_another_render_dropped_are_made_again(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    made = drawn(tmp_path, "anna", "boris")
    filmed(made, toolbox, reads, tmp_path)
    crew = studio(toolbox, made, tmp_path)
    for key, shot in zip(crew.keys, made.timeline.shots, strict=True):
        if shot.kind is ShotKind.fade:
            crew.shots.shot(key).unlink()
    work = crew.missing(1)
    for seam in (tmp_path / "shots" / "seams").iterdir():
        seam.unlink()
    run(work.tasks, 1, lambda _task: None)
    assert all(crew.shots.has(crew.shots.shot(key)) for key in crew.keys)


# --- music ---


def scored(folder: Path, under: str = "film") -> Cut:
    music = MusicBed("m", "mov", "Время", under=under)
    return drawn(folder, "anna", music=music, music_path=folder / "m.m4a")


@pytest.mark.slow
def test_music_is_heard_before_the_film_is_mixed(
    reads: Read, toolbox: Pretending, mixed: list[Any], tmp_path: Path
) -> None:
    work = studio(toolbox, scored(tmp_path), tmp_path).missing(2)
    (hearing,) = [task for task in work.tasks if task.what == "music"]
    (mixing,) = [task for task in work.tasks if task.what == "sound" and task.needs]
    assert hearing.gives < mixing.needs
    filmed(scored(tmp_path), toolbox, reads, tmp_path)
    assert "music" not in whats(studio(toolbox, scored(tmp_path), tmp_path).missing(2).tasks)


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
    keys = [studio(toolbox, one, tmp_path).master_key for one in others]
    assert len(set(keys)) == 5
    assert studio(toolbox, dataclasses.replace(made, title="Другой"), tmp_path).master_key == keys[-1]
