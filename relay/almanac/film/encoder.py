"""Makes a film of a cut: missing shots are encoded, dissolves as soon as both sides are there, then all is joined.

What runs at the same time: several takes (one process with one thread each), dissolves, and, once every clip's
sound is there, the film's sound, reel by reel. Nothing waits for all of something. What is missing, and in which order
it is made, is decided in needs.py.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from relay.almanac.film import ffmpeg, mp4
from relay.almanac.film.chapters import ffmetadata
from relay.almanac.film.cut import Cut
from relay.almanac.film.ffmpeg import Composition, ShotPart
from relay.almanac.film.footage import Footage
from relay.almanac.film.needs import DissolveJob, FilmJob, FilmNeeds, MasterJob, MusicJob, SoundJob, TakeJob, WorkPlan
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import ducking, mix
from relay.almanac.film.sound.soundtrack import Soundtrack
from relay.almanac.film.timeline import ItemKind, Shot, Span
from relay.almanac.film.work import Task, run
from relay.almanac.formats import House
from relay.errors import ToolFailed
from relay.media.files import file_sha256
from relay.media.toolbox import Done, Limits, Toolbox
from relay.ports import SharedFiles

OnProgress = Callable[[int, int, str], None]
"""Frames done, frames to be done in this run (at least one), and what was done last."""


OnBegin = Callable[["FilmEncoder"], None]


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
    on_begin: OnBegin | None = None,
    shared: SharedFiles | None = None,
) -> Film:
    """Writes the film to `target`, whole or not at all; `cache` keeps the shots for the next one.

    `shared`: shots come from other hosts, and go to them. `on_begin` is given the encoder before anything is made, so
    that the film may be watched meanwhile.
    Raises ToolFailed, ToolMissing, DiskFull, Interrupted; what was encoded by then is kept and used next time.
    """
    started = time.monotonic()
    encoder = FilmEncoder(cut, toolbox, ShotCache(cache, shared), nice=nice)
    encoder.shots.sweep_out()
    encoder.shots.arrive(encoder.needs.files())
    work = encoder.needs.missing(workers)
    encoder.shots.use(encoder.needs.files())
    if on_begin is not None:
        on_begin(encoder)
    encoder.expect(work)
    with encoder.claim():
        run(work.tasks, workers, encoder.make, _Progress(work, on_progress).on_done, toolbox.close)
        with encoder.shots.bench() as folder:
            made = encoder.join(folder)
            digest = file_sha256(made)
            encoder.shots.keep(made, target)
    loudness = encoder.loudness
    encoder.trim_seams()
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


def shoot_ahead(
    cut: Cut,
    *,
    toolbox: Toolbox,
    cache: Path,
    workers: int = 1,
    nice: int = 10,
    shared: SharedFiles | None = None,
) -> int:
    """Encodes a cut's clips without dissolves, cards and sound mix; the number of shots made."""
    encoder = FilmEncoder(cut, toolbox, ShotCache(cache, shared), nice=nice)
    encoder.shots.arrive(encoder.needs.files())
    work = encoder.needs.missing(workers, ahead=True)
    with encoder.claim():
        run(work.tasks, workers, encoder.make, lambda _task: None, toolbox.close)
    return work.shots


class _Progress:
    def __init__(self, work: WorkPlan, on_progress: OnProgress | None) -> None:
        self._done, self._total, self._on_progress = 0, max(1, work.frames), on_progress
        if on_progress is not None:
            on_progress(0, self._total, "")

    def on_done(self, task: Task[FilmJob]) -> None:
        self._done += task.frames
        if self._on_progress is not None:
            self._on_progress(min(self._done, self._total), self._total, task.what)


class FilmEncoder:
    """Makes what a cut needs, with ffmpeg, and keeps it in the cache."""

    def __init__(self, cut: Cut, toolbox: Toolbox, shots: ShotCache, *, nice: int = 0) -> None:
        self.cut, self.toolbox, self.shots, self.nice = cut, toolbox, shots, nice
        self.needs = FilmNeeds(cut, shots, toolbox.ffmpeg_version)
        self._dissolves_left: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def house(self) -> House:
        return self.cut.house

    def claim(self) -> AbstractContextManager[None]:
        """While it makes its film, nobody takes away what that is made of (ShotCache.claim)."""
        return self.shots.claim(self.needs.files(), [name.removeprefix("proxy-") for name in self.cut.files])

    def expect(self, work: WorkPlan) -> None:
        """Keeps the seams that its dissolves will take."""
        self._dissolves_left = dict(work.seams)
        self.trim_seams()

    def make(self, job: FilmJob) -> None:
        """Raises ToolFailed, DiskFull."""
        match job:
            case TakeJob():
                self._take(job.item, job.parts)
            case DissolveJob():
                self._fade(job.shot, job.key)
            case SoundJob():
                self._render_sound(job.item, job.key)
            case MusicJob():
                self._render_music(job.key)
            case MasterJob():
                self._master()

    # --- takes and dissolves ---

    def _take(self, item: int, parts: Sequence[ShotPart]) -> None:
        composition = self.cut.compositions[item]
        files = self._files_of(composition)
        pictures = {sha256: str(path) for sha256, path in files.items()}
        with self.shots.bench() as folder:
            argv = ffmpeg.take_argv(
                self.toolbox.ffmpeg,
                composition,
                parts,
                self.house,
                source=pictures[composition.source.sha256],
                pictures=pictures,
            )
            self._ffmpeg(argv, folder, list(files.values()), 300)
            for part in sorted(parts, key=lambda part: not part.raw):  # seams first: a shot without them costs again
                made, key = folder / part.file, self.needs.part_key(item, part)
                if part.raw:
                    _check_size(made, self.needs.raw_bytes(part))
                    self.shots.keep(made, self.shots.seam(key), durable=False)
                else:
                    self._keep_shot(made, key, part.span.frames)

    def _fade(self, shot: Shot, key: str) -> None:
        seams = self.needs.seams(shot)
        with self.shots.bench() as folder:
            for name, seam, side in zip(("left", "right"), seams, self.needs.sides(shot), strict=True):
                self._lay_out_seam(folder / name, seam, *side)
            argv = ffmpeg.fade_argv(
                self.toolbox.ffmpeg, "left", "right", shot.frames, self.house, "fade.mp4", self.needs.dip(shot)
            )
            self._ffmpeg(argv, folder, [], 120)
            self._keep_shot(folder / "fade.mp4", key, shot.frames)
        with self._lock:
            for seam in seams:
                self._dissolves_left[seam] -= 1
            self.trim_seams()

    def trim_seams(self) -> None:
        """Drops what there is no room for of the raw frames that no dissolve to come needs."""
        self.shots.trim_seams({self.shots.seam(seam) for seam, left in self._dissolves_left.items() if left})

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
        path = self.cut.file(composition.source.sha256)
        with self.shots.bench() as folder:
            argv = ffmpeg.sound_argv(
                self.toolbox.ffmpeg, composition.source, span, self.house, path=str(path), target="part.f32"
            )
            log = self._ffmpeg(argv, folder, [path], 300)
            _check_size(folder / "part.f32", composition.frames * self.house.samples * 8)
            note = {"loudness": mix.read_loudness(log).integrated}
            self.shots.keep(folder / "part.f32", self.shots.sound(key), note=note)

    def _render_music(self, key: str) -> None:
        music = self.cut.music
        assert music is not None
        path = self.cut.file(music.sha256)
        with self.shots.bench() as folder:
            argv = ffmpeg.music_argv(self.toolbox.ffmpeg, music.container, self.house, path=str(path), target="m.f32")
            log = self._ffmpeg(argv, folder, [path], 300)
            note = {"loudness": mix.read_loudness(log).integrated}
            self.shots.keep(folder / "m.f32", self.shots.sound(key), note=note)

    def bed(
        self, tracks: Sequence[mix.MixTrack], levels: mix.Samples | None = None
    ) -> Callable[[float], ducking.Add | None]:
        """The music, given an extra gain in dB, as something to add to the mix of `tracks`.

        `levels`: of the voices, as ducking.activity tells them; without them the mix is gone through for them.
        """
        music, timeline = self.cut.music, self.cut.timeline
        if music is None:
            return lambda _extra: None
        path = self.shots.sound(self.needs.music_key)
        cards = [
            Span(start, start + item.frames)
            for start, item in zip(timeline.starts, timeline.items, strict=True)
            if item.kind is ItemKind.card
        ]
        if levels is None:
            levels = ducking.activity(mix.mix(tracks, timeline.frames, self.house), self.house)
        gains = ducking.curve(levels, self.house, cards if music.under == "cards" else None)
        samples, loudness = mix.samples_of(path), self.shots.note(path)["loudness"]
        return lambda extra: ducking.adding(samples, loudness, gains, timeline.frames, self.house, extra)

    def _master(self) -> None:
        tracks = [self.track(item, key) for item, key in self.needs.sounds.items()]
        soundtrack = Soundtrack(
            tracks=tracks,
            music=self.bed(tracks),
            frames=self.cut.timeline.frames,
            house=self.house,
            shots=self.shots,
            ffmpeg=self.toolbox.ffmpeg,
            version=self.needs.version,
            run=lambda argv, folder, feed: self._ran(argv, folder, [], 300, feed),
        )
        soundtrack.make(self.shots.master(self.needs.master_key))

    def encode_mix(self, argv: list[str], folder: Path, feed: Iterable[bytes]) -> None:
        """Runs ffmpeg on samples of a part of the film. Raises ToolFailed, DiskFull."""
        self._ran(argv, folder, [], 60, feed)

    def track(self, item: int, key: str) -> mix.MixTrack:
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
        note = self.shots.note(self.shots.master(self.needs.master_key))
        return mix.Loudness(note["loudness"], note["peak"])

    # --- the join ---

    def join(self, folder: Path) -> Path:
        """Copies all shots and the sound into one file, and counts what came out."""
        paths = [self.shots.shot(key) for key in self.needs.keys]
        self._check_setups(paths)
        pictures = folder / "pictures.mp4"
        mp4.join(paths, pictures)
        master, made = folder / "sound.m4a", folder / "film.mp4"
        os.link(self.shots.master(self.needs.master_key), master)
        argv = ffmpeg.join_argv(
            self.toolbox.ffmpeg, pictures.name, master.name, self.cut.title, made.name, **self._text_tracks(folder)
        )
        self._ffmpeg(argv, folder, [], 600 + self.cut.timeline.frames // self.house.fps)
        self._check_length(made)
        return made

    def _text_tracks(self, folder: Path) -> dict[str, Any]:
        """Chapters and captions, written into `folder`, as words for `join_argv`."""
        cut, chapters = self.cut, ""
        if cut.chapters:
            chapters = "chapters.txt"
            (folder / chapters).write_text(ffmetadata(cut.chapters, cut.timeline.frames, cut.house.fps), "utf-8")
        captions = {language: f"{language}.srt" for language, text in cut.captions.items() if text}
        for language, name in captions.items():
            (folder / name).write_text(cut.captions[language], "utf-8")
        return {"chapters": chapters, "captions": captions}

    def _check_setups(self, paths: Iterable[Path]) -> None:
        """All shots must have been encoded alike to the last bit of their headers, or players stumble at a join."""
        setups = {mp4.read(path).track("vide").setup for path in set(paths)}
        if len(setups) != 1:
            raise ToolFailed(
                "The shots of this film were not encoded alike.", hint="Empty the folder shots and render again."
            )

    def _check_length(self, made: Path) -> None:
        movie = mp4.read(made)
        frames, sound = movie.track("vide"), movie.track("soun").seconds
        wanted = self.cut.timeline.frames
        seconds = wanted / self.house.fps
        if frames.samples != wanted or abs(frames.seconds * self.house.fps - wanted) > 0.5:
            raise ToolFailed(
                "The joined film has {found} frames instead of {wanted}.", found=frames.samples, wanted=wanted
            )
        if abs(sound - seconds) > 1 / self.house.fps:
            raise ToolFailed(
                "The film's sound lasts {heard:.3f} s instead of {wanted:.3f} s.", heard=sound, wanted=seconds
            )

    # --- small ---

    def _ffmpeg(self, argv: list[str], folder: Path, reads: Sequence[Path], seconds: float) -> str:
        return self._ran(argv, folder, reads, seconds).stderr

    def _ran(
        self, argv: list[str], folder: Path, reads: Sequence[Path], seconds: float, feed: Iterable[bytes] | None = None
    ) -> Done:
        limits = Limits(cpu_seconds=int(4 * seconds), wall_seconds=8 * seconds)
        return self.toolbox.run(argv, folder=folder, reads=reads, limits=limits, feed=feed, nice=self.nice)

    def _files_of(self, composition: Composition) -> dict[str, Path]:
        names = [composition.source.sha256, *(layer.sha256 for layer in composition.layers)]
        return {name: self.cut.file(name) for name in names}


def _check_size(path: Path, size: int) -> None:
    found = path.stat().st_size if path.exists() else 0
    if found != size:
        raise ToolFailed("ffmpeg wrote {found} bytes instead of {size}; nothing was kept.", found=found, size=size)
