"""Makes a film of a cut: missing shots are encoded, dissolves as soon as both sides are there, then all is joined.

What runs at the same time: several takes (one process with one thread each), dissolves, and, once every clip's
sound is there, the film's sound, reel by reel. Nothing waits for all of something.

The longest takes come last but one by one, so that the workers end together; before that the order is the film's,
so that raw frames for dissolves don't pile up: a film of 300 clips needs no more of them than one of 20.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from relay.almanac.film import ducking, ffmpeg, mix, mp4
from relay.almanac.film.chapters import ffmetadata
from relay.almanac.film.cut import Cut
from relay.almanac.film.ffmpeg import Composition, Footage, ShotPart, Still
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.soundtrack import Soundtrack
from relay.almanac.film.timeline import ItemKind, Shot, ShotKind, Span
from relay.almanac.formats import House
from relay.errors import ToolFailed
from relay.media.files import file_sha256
from relay.media.toolbox import Done, Limits, Toolbox

OnProgress = Callable[[int, int, str], None]
"""Frames done, frames to be done in this run (at least one), and what was done last."""

LONGEST_FIRST = 4
"""Takes for each worker at the end of a film that are done longest first."""


@dataclass(frozen=True, slots=True)
class Film:
    """`frames` as counted in the finished file. `loudness` in LUFS and `peak` in dBTP of the finished sound."""

    path: Path
    frames: int
    sha256: str
    loudness: float | None
    peak: float | None
    encoded: int
    reused: int
    seconds: float


def make_film(
    cut: Cut,
    *,
    toolbox: Toolbox,
    cache: Path,
    target: Path,
    workers: int = 2,
    nice: int = 0,
    on_progress: OnProgress | None = None,
) -> Film:
    """Writes the film to `target`, whole or not at all; `cache` keeps the shots for the next one.

    Raises ToolFailed, ToolMissing, DiskFull, Interrupted; what was encoded by then is kept and used next time.
    """
    started = time.monotonic()
    studio = FilmEncoder(cut, toolbox, ShotCache(cache), nice=nice)
    studio.shots.sweep_out()
    work = studio.missing(workers)
    studio.shots.use(studio.files())
    studio.trim_seams()
    run(work.tasks, workers, _Meter(work, on_progress).on_done, toolbox.close)
    with studio.shots.bench() as folder:
        made = studio.join(folder)
        digest = file_sha256(made)
        studio.shots.keep(made, target)
    loudness = studio.loudness
    studio.trim_seams()
    total = len(cut.timeline.shots)
    return Film(
        path=target,
        frames=cut.timeline.frames,
        sha256=digest,
        loudness=loudness.integrated,
        peak=loudness.peak,
        encoded=work.shots,
        reused=total - work.shots,
        seconds=time.monotonic() - started,
    )


def shoot_ahead(cut: Cut, *, toolbox: Toolbox, cache: Path, workers: int = 1, nice: int = 10) -> int:
    """Encodes a cut's clips without dissolves, cards and sound mix; the number of shots made."""
    studio = FilmEncoder(cut, toolbox, ShotCache(cache), nice=nice)
    work = studio.missing(workers, ahead=True)
    run(work.tasks, workers, lambda _task: None, toolbox.close)
    return work.shots


@dataclass(eq=False)
class Task:
    """`needs` and `gives` name what must be there before and what is there after. `rank`: smaller goes first."""

    what: str
    do: Callable[[], None]
    rank: tuple[int, float] = (0, 0.0)
    frames: int = 0
    needs: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()


@dataclass
class WorkPlan:
    tasks: list[Task] = field(default_factory=list)
    shots: int = 0

    @property
    def frames(self) -> int:
        return sum(task.frames for task in self.tasks)


def run(
    tasks: Sequence[Task], workers: int, on_done: Callable[[Task], None], stop: Callable[[], None] = lambda: None
) -> None:
    """Runs tasks side by side, each once what it needs is there.

    After the first failure no task is started; those that run end by themselves and are kept. Only an interrupt from
    outside (Ctrl-C) calls `stop`, because children have a terminal session of their own and would go on.
    """
    waiting = sorted(tasks, key=lambda task: task.rank)
    missing = {name for task in tasks for name in task.gives}
    running: dict[Future[None], Task] = {}
    with ThreadPoolExecutor(max(1, workers), thread_name_prefix="shot") as pool, _interrupted(stop):
        while waiting or running:
            ready = [task for task in waiting if not task.needs & missing]
            for task in ready[: max(1, workers) - len(running)]:
                waiting.remove(task)
                running[pool.submit(task.do)] = task
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                task = running.pop(future)
                future.result()
                missing -= task.gives
                on_done(task)


@contextmanager
def _interrupted(stop: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        stop()
        raise


class _Meter:
    def __init__(self, work: WorkPlan, on_progress: OnProgress | None) -> None:
        self._done, self._total, self._on_progress = 0, max(1, work.frames), on_progress
        if on_progress is not None:
            on_progress(0, self._total, "")

    def on_done(self, task: Task) -> None:
        self._done += task.frames
        if self._on_progress is not None:
            self._on_progress(min(self._done, self._total), self._total, task.what)


class FilmEncoder:
    """Encodes a cut into a film: knows which shots the cache lacks, and how to make them."""

    def __init__(self, cut: Cut, toolbox: Toolbox, shots: ShotCache, *, nice: int = 0) -> None:
        self.cut, self.toolbox, self.shots, self.nice = cut, toolbox, shots, nice
        self._version = toolbox.ffmpeg_version
        self.keys = [self._key(shot) for shot in cut.timeline.shots]
        self._sounds = {
            number: ffmpeg.sound_key(
                composition.source,
                Span(composition.first, composition.first + composition.frames),
                cut.house,
                self._version,
            )
            for number, composition in enumerate(cut.compositions)
            if isinstance(composition.source, Footage) and composition.source.audio is not None
        }
        self._fades_left: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def house(self) -> House:
        return self.cut.house

    # --- what is missing ---

    def missing(self, workers: int, *, ahead: bool = False) -> WorkPlan:
        """What has to be made; `ahead`: only what any film with these clips will need."""
        work = WorkPlan()
        parts: dict[int, list[ShotPart]] = {}
        seen: set[str] = set()
        for shot, key in zip(self.cut.timeline.shots, self.keys, strict=True):
            if key in seen or self.shots.has(self.shots.shot(key)):
                continue
            if ahead and shot.kind not in (ShotKind.clip, ShotKind.lower_third):
                continue
            seen.add(key)
            work.shots += 1
            if shot.kind is ShotKind.fade:
                work.tasks.append(self._fade_task(shot, key, parts))
            else:
                parts.setdefault(shot.item, []).append(ShotPart(shot.span))
        work.tasks += self._take_tasks(parts, workers)
        sounds = self._sound_tasks()
        work.tasks += sounds
        if not ahead and not self.shots.has(self.shots.master(self.master_key)):
            needs = frozenset(name for task in sounds for name in task.gives)
            work.tasks.append(Task("sound", self._master, (2, 0), 0, needs))
        return work

    def files(self) -> set[Path]:
        """Every shot and sound that the film is made of, whether it is there or not."""
        sounds = [*self._sounds.values(), *([self._music_key] if self.cut.music is not None else [])]
        shots, master = self.shots, self.shots.master(self.master_key)
        reels = shots.note(master)["reels"] if shots.has(master) else []
        return {
            *(shots.shot(key) for key in self.keys),
            *(shots.sound(key) for key in sounds),
            *(shots.reel(name) for name in reels),
            master,
        }

    def _key(self, shot: Shot) -> str:
        if shot.out is None:
            return self._part_key(shot.item, ShotPart(shot.span))
        left, right = self._seams(shot)
        return ffmpeg.fade_key(left, right, shot.frames, self.house, self._version, self._dip(shot))

    def _dip(self, shot: Shot) -> str:
        return self.cut.timeline.items[shot.item - 1].dip

    def _part_key(self, item: int, part: ShotPart) -> str:
        return ffmpeg.part_key(self.cut.compositions[item], part, self.house, self._version)

    def _sides(self, shot: Shot) -> tuple[tuple[int, ShotPart], tuple[int, ShotPart]]:
        """The items that a dissolve leads from and to, and the raw frames that it takes of them."""
        assert shot.out is not None
        return (shot.item - 1, ShotPart(shot.out, raw=True)), (shot.item, ShotPart(shot.span, raw=True))

    def _seams(self, shot: Shot) -> tuple[str, str]:
        left, right = self._sides(shot)
        return self._part_key(*left), self._part_key(*right)

    def _fade_task(self, shot: Shot, key: str, parts: dict[int, list[ShotPart]]) -> Task:
        """And adds to `parts` the seams that it will need."""
        seams = self._seams(shot)
        for seam, (item, part) in zip(seams, self._sides(shot), strict=True):
            if seam not in self._fades_left and not self._has_seam(seam, part):
                parts.setdefault(item, []).append(part)
            self._fades_left[seam] = self._fades_left.get(seam, 0) + 1
        return Task("dissolve", lambda: self._fade(shot, key, seams), (0, shot.start), shot.frames, frozenset(seams))

    def _has_seam(self, seam: str, part: ShotPart) -> bool:
        """Seams are not flushed to the disk, so one that a power cut left may be short."""
        path = self.shots.seam(seam)
        return path.exists() and path.stat().st_size == self._raw_bytes(part)

    def _raw_bytes(self, part: ShotPart) -> int:
        return part.span.frames * self.house.width * self.house.height * 3 // 2

    def _take_tasks(self, parts: dict[int, list[ShotPart]], workers: int) -> list[Task]:
        takes = [(item, take) for item in sorted(parts) for take in self._takes(item, parts[item])]
        tasks = []
        for number, (item, take) in enumerate(in_order(takes, self.cut.compositions, workers)):
            gives = frozenset(self._part_key(item, part) for part in take if part.raw)
            what = self.cut.timeline.items[item].kind.value
            tasks.append(Task(what, self._take_task(item, take), (3, number), encoded(take), frozenset(), gives))
        return tasks

    def _takes(self, item: int, parts: list[ShotPart]) -> list[list[ShotPart]]:
        """A still has as many frames as are asked for: two parts at once would pile up all the frames between them."""
        if isinstance(self.cut.compositions[item].source, Still):
            return [[part] for part in parts]
        return grouped(parts, self.house)

    def _sound_tasks(self) -> list[Task]:
        tasks, seen = [], set()
        for item, key in self._sounds.items():
            if key not in seen and not self.shots.has(self.shots.sound(key)):
                seen.add(key)
                tasks.append(Task("sound", self._sound_task(item, key), (1, item), 0, frozenset(), frozenset((key,))))
        if self.cut.music is not None and not self.shots.has(self.shots.sound(self._music_key)):
            gives = frozenset((self._music_key,))
            tasks.append(Task("music", self._render_music, (1, -1), 0, frozenset(), gives))
        return tasks

    # --- how it is made ---

    def _take_task(self, item: int, parts: list[ShotPart]) -> Callable[[], None]:
        return lambda: self._take(item, parts)

    def _sound_task(self, item: int, key: str) -> Callable[[], None]:
        return lambda: self._render_sound(item, key)

    def _take(self, item: int, parts: list[ShotPart]) -> None:
        composition = self.cut.compositions[item]
        pictures = {sha256: str(path) for sha256, path in self.cut.files.items()}
        with self.shots.bench() as folder:
            argv = ffmpeg.take_argv(
                self.toolbox.ffmpeg,
                composition,
                parts,
                self.house,
                source=pictures[composition.source.sha256],
                pictures=pictures,
            )
            self._ffmpeg(argv, folder, self._files_of(composition), 300)
            for part in sorted(parts, key=lambda part: not part.raw):  # seams first: a shot without them costs again
                made, key = folder / part.file, self._part_key(item, part)
                if part.raw:
                    _expect(made, self._raw_bytes(part))
                    self.shots.keep(made, self.shots.seam(key), durable=False)
                else:
                    self._keep_shot(made, key, part.span.frames)

    def _fade(self, shot: Shot, key: str, seams: tuple[str, str]) -> None:
        with self.shots.bench() as folder:
            for name, seam, side in zip(("left", "right"), seams, self._sides(shot), strict=True):
                self._lay_out_seam(folder / name, seam, *side)
            argv = ffmpeg.fade_argv(
                self.toolbox.ffmpeg, "left", "right", shot.frames, self.house, "fade.mp4", self._dip(shot)
            )
            self._ffmpeg(argv, folder, [], 120)
            self._keep_shot(folder / "fade.mp4", key, shot.frames)
        with self._lock:
            for seam in seams:
                self._fades_left[seam] -= 1
            self.trim_seams()

    def trim_seams(self) -> None:
        """Drops what there is no room for of the raw frames that no dissolve to come needs."""
        self.shots.trim_seams({self.shots.seam(seam) for seam, left in self._fades_left.items() if left})

    def _lay_out_seam(self, place: Path, key: str, item: int, part: ShotPart) -> None:
        """A second name for it, on the bench: another render of the same film may drop the first, or put its own there.

        The walls around a child know files, not names, so one that is exchanged under its name can't be read.
        """
        seam = self.shots.seam(key)
        self.shots.use((seam,))
        try:
            os.link(seam, place)
        except FileNotFoundError:
            self._take(item, [part])
            os.link(seam, place)

    def _keep_shot(self, made: Path, key: str, frames: int) -> None:
        found = mp4.read(made).track("vide").samples
        if found != frames:
            raise ToolFailed(
                "A shot has {found} frames instead of {frames}; it was not kept.", found=found, frames=frames
            )
        self.shots.keep(made, self.shots.shot(key))

    def _render_sound(self, item: int, key: str) -> None:
        composition = self.cut.compositions[item]
        assert isinstance(composition.source, Footage)
        span = Span(composition.first, composition.first + composition.frames)
        path = self.cut.files[composition.source.sha256]
        with self.shots.bench() as folder:
            argv = ffmpeg.sound_argv(
                self.toolbox.ffmpeg, composition.source, span, self.house, path=str(path), target="part.f32"
            )
            log = self._ffmpeg(argv, folder, [path], 300)
            _expect(folder / "part.f32", composition.frames * self.house.samples * 8)
            note = {"loudness": mix.read_loudness(log).integrated}
            self.shots.keep(folder / "part.f32", self.shots.sound(key), note=note)

    @property
    def _music_key(self) -> str:
        music = self.cut.music
        assert music is not None
        return ffmpeg.music_key([music.sha256, music.container], self.house, self._version)

    def _render_music(self) -> None:
        music = self.cut.music
        assert music is not None
        path = self.cut.files[music.sha256]
        with self.shots.bench() as folder:
            argv = ffmpeg.music_argv(self.toolbox.ffmpeg, music.container, self.house, path=str(path), target="m.f32")
            log = self._ffmpeg(argv, folder, [path], 300)
            note = {"loudness": mix.read_loudness(log).integrated}
            self.shots.keep(folder / "m.f32", self.shots.sound(self._music_key), note=note)

    def _bed(self, tracks: Sequence[mix.MixTrack]) -> Callable[[float], ducking.Add | None]:
        """The music, given an extra gain in dB, as something to add to the mix of `tracks`."""
        music, timeline = self.cut.music, self.cut.timeline
        if music is None:
            return lambda _extra: None
        path = self.shots.sound(self._music_key)
        cards = [
            Span(start, start + item.frames)
            for start, item in zip(timeline.starts, timeline.items, strict=True)
            if item.kind is ItemKind.card
        ]
        levels = ducking.activity(mix.mix(tracks, timeline.frames, self.house), self.house)
        gains = ducking.curve(levels, self.house, cards if music.under == "cards" else None)
        samples, loudness = mix.samples_of(path), self.shots.note(path)["loudness"]
        return lambda extra: ducking.adding(samples, loudness, gains, timeline.frames, self.house, extra)

    @property
    def master_key(self) -> str:
        timeline, house = self.cut.timeline, self.house
        parts = [
            (key, timeline.starts[item], timeline.items[item].frames, timeline.head(item), timeline.tail(item))
            for item, key in self._sounds.items()
        ]
        words = [
            ffmpeg.reel_argv("", house, limit=house.peak, target=""),
            ffmpeg.sound_join_argv("", "", 2, timeline.frames, house, ""),
        ]
        music = [] if self.cut.music is None else [self.cut.music.words(), [item.kind for item in timeline.items]]
        return ffmpeg.digest("master", mix.MIX, self._version, parts, house.loudness, words, *music)

    def _master(self) -> None:
        tracks = [self._track(item, key) for item, key in self._sounds.items()]
        soundtrack = Soundtrack(
            tracks=tracks,
            music=self._bed(tracks),
            frames=self.cut.timeline.frames,
            house=self.house,
            shots=self.shots,
            ffmpeg=self.toolbox.ffmpeg,
            version=self._version,
            run=lambda argv, folder, feed: self._ran(argv, folder, [], 300, feed),
        )
        soundtrack.make(self.shots.master(self.master_key))

    def _track(self, item: int, key: str) -> mix.MixTrack:
        timeline, path = self.cut.timeline, self.shots.sound(key)
        return mix.MixTrack(
            path=path,
            start=timeline.starts[item],
            frames=timeline.items[item].frames,
            head=timeline.head(item),
            tail=timeline.tail(item),
            loudness=self.shots.note(path)["loudness"],
        )

    @property
    def loudness(self) -> mix.Loudness:
        note = self.shots.note(self.shots.master(self.master_key))
        return mix.Loudness(note["loudness"], note["peak"])

    # --- the join ---

    def join(self, folder: Path) -> Path:
        """Copies all shots and the sound into one file, and counts what came out."""
        paths = [self.shots.shot(key) for key in self.keys]
        self._same_setup(paths)
        pictures = folder / "pictures.mp4"
        mp4.join(paths, pictures)
        master, made = folder / "sound.m4a", folder / "film.mp4"
        os.link(self.shots.master(self.master_key), master)
        argv = ffmpeg.join_argv(
            self.toolbox.ffmpeg, pictures.name, master.name, self.cut.title, made.name, **self._beside(folder)
        )
        self._ffmpeg(argv, folder, [], 600 + self.cut.timeline.frames // self.house.fps)
        self._counted(made)
        return made

    def _beside(self, folder: Path) -> dict[str, Any]:
        """Chapters and captions, written into `folder`, as words for `join_argv`."""
        cut, chapters = self.cut, ""
        if cut.chapters:
            chapters = "chapters.txt"
            (folder / chapters).write_text(ffmetadata(cut.chapters, cut.timeline.frames, cut.house.fps), "utf-8")
        captions = {language: f"{language}.srt" for language, text in cut.captions.items() if text}
        for language, name in captions.items():
            (folder / name).write_text(cut.captions[language], "utf-8")
        return {"chapters": chapters, "captions": captions}

    def _same_setup(self, paths: Iterable[Path]) -> None:
        """All shots must have been encoded alike to the last bit of their headers, or players stumble at a join."""
        setups = {mp4.read(path).track("vide").setup for path in set(paths)}
        if len(setups) != 1:
            raise ToolFailed(
                "The shots of this film were not encoded alike.", hint="Empty the folder shots and render again."
            )

    def _counted(self, made: Path) -> None:
        movie = mp4.read(made)
        frames, heard = movie.track("vide"), movie.track("soun").seconds
        wanted = self.cut.timeline.frames
        seconds = wanted / self.house.fps
        if frames.samples != wanted or abs(frames.seconds * self.house.fps - wanted) > 0.5:
            raise ToolFailed(
                "The joined film has {found} frames instead of {wanted}.", found=frames.samples, wanted=wanted
            )
        if abs(heard - seconds) > 1 / self.house.fps:
            raise ToolFailed(
                "The film's sound lasts {heard:.3f} s instead of {wanted:.3f} s.", heard=heard, wanted=seconds
            )

    # --- small ---

    def _ffmpeg(self, argv: list[str], folder: Path, reads: Sequence[Path], seconds: float) -> str:
        return self._ran(argv, folder, reads, seconds).stderr

    def _ran(
        self, argv: list[str], folder: Path, reads: Sequence[Path], seconds: float, feed: Iterable[bytes] | None = None
    ) -> Done:
        limits = Limits(cpu_seconds=int(4 * seconds), wall_seconds=8 * seconds)
        return self.toolbox.run(argv, folder=folder, reads=reads, limits=limits, feed=feed, nice=self.nice)

    def _files_of(self, composition: Composition) -> list[Path]:
        names = [composition.source.sha256, *(layer.sha256 for layer in composition.layers)]
        return [self.cut.files[name] for name in names]


def grouped(parts: Sequence[ShotPart], house: House) -> list[list[ShotPart]]:
    """Parts of one item into takes: one shot in each, with the raw frames for dissolves that are beside it.

    A second encoder in a process would cost as much memory again (180 MB at 1080p), and keeps it to the end.
    """
    ordered = sorted(parts, key=lambda part: (part.span.first, part.span.last))
    takes = [[ordered[0]]]
    for before, part in pairwise(ordered):
        far = part.span.first - before.span.last > house.fps
        full = not part.raw and not all(other.raw for other in takes[-1])
        if far or full:
            takes.append([part])
        else:
            takes[-1].append(part)
    return takes


ItemParts = tuple[int, list[ShotPart]]
"""An item, and the parts of it that one take makes."""


def in_order(takes: Sequence[ItemParts], compositions: Sequence[Composition], workers: int) -> list[ItemParts]:
    """In the film's order, and the last of them longest first, so that the workers end together.

    Raw frames alone are soon made, and a dissolve waits for them: they come as soon as every worker has begun one of
    the long ones.
    """
    last = max(0, len(takes) - LONGEST_FIRST * workers)
    rest = sorted(takes[last:], key=lambda take: -effort(compositions[take[0]], take[1]))
    long = [take for take in rest if encoded(take[1])]
    quick = [take for take in rest if not encoded(take[1])]
    return [*takes[:last], *long[:workers], *quick, *long[workers:]]


def encoded(parts: Sequence[ShotPart]) -> int:
    """Frames of a take that are encoded."""
    return sum(part.span.frames for part in parts if not part.raw)


def effort(composition: Composition, parts: Sequence[ShotPart]) -> float:
    """What a take will cost, roughly, in encoded frames of a camera's picture."""
    if isinstance(composition.source, Still):
        return 0.2 * encoded(parts)
    read = max(part.span.last for part in parts) - min(part.span.first for part in parts)
    size = composition.source.coded[0] * composition.source.coded[1] / (1920 * 1080)
    return encoded(parts) + read * size * (1.5 if composition.source.hdr else 0.25)


def _expect(path: Path, size: int) -> None:
    found = path.stat().st_size if path.exists() else 0
    if found != size:
        raise ToolFailed("ffmpeg wrote {found} bytes instead of {size}; nothing was kept.", found=found, size=size)
