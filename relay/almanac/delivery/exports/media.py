"""The files of an export: every item as it stands in the film but without names, overlays, voices, music, captions.

Pictures are joined of shots, as the film is; what no name lies over is in the film's own cache already, so that an
export encodes no more than the seconds with names and those that dissolve. Voices go through the film's evening and its
limiter one by one, and come and go as in the film: added up they are the film's sound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from relay.almanac.delivery.exports.edit import Edit, Layer, LayerKind, PicturePiece
from relay.almanac.delivery.exports.naming import numbered
from relay.almanac.film import ffmpeg, mp4
from relay.almanac.film.cues import srt, vtt
from relay.almanac.film.cut import Cut
from relay.almanac.film.encoder import FilmEncoder, OnProgress
from relay.almanac.film.needs import FilmJob
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.sound import mix
from relay.almanac.film.timeline import ItemKind, Shot, ShotKind, Span, Timeline
from relay.almanac.film.work import Task, run
from relay.language.catalogue import N_
from relay.media.toolbox import Limits, Toolbox

PICTURES, OVERLAYS, SOUND, CAPTIONS = "pictures", "overlays", "sound", "captions"
LIMITS = Limits(cpu_seconds=1200, wall_seconds=2400, file_mb=16_384)


@dataclass
class ExportMedia:
    """Names of files below the export's folder: by item, by layer, by language (SubRip and WebVTT)."""

    pictures: dict[int, str] = field(default_factory=dict)
    overlays: dict[Layer, str] = field(default_factory=dict)
    voices: dict[int, str] = field(default_factory=dict)
    music: str = ""
    captions: dict[str, tuple[str, str]] = field(default_factory=dict)

    def files(self) -> list[str]:
        """Each once."""
        beside = [name for names in self.captions.values() for name in names]
        music = [self.music] if self.music else []
        overlays = dict.fromkeys(self.overlays.values())
        return [*self.pictures.values(), *overlays, *self.voices.values(), *music, *beside]


def bare(cut: Cut) -> Cut:
    """The cut whose shots are each item by itself, whole and without what lies over clips; its sound is the film's."""
    looks = tuple(
        replace(look, layer=None, above=()) if number in cut.clips else look
        for number, look in enumerate(cut.compositions)
    )
    return replace(cut, compositions=looks, timeline=replace(cut.timeline, shots=tuple(_shots(cut.timeline))))


def _shots(timeline: Timeline) -> Iterator[Shot]:
    """The film's own shots, and instead of dissolves what each side gives to them.

    What carries a name has to be made anew without it, in one go with the dissolve beside it: each take costs a start.
    """
    own: dict[int, list[Shot]] = {}
    for shot in timeline.shots:
        if shot.kind is not ShotKind.fade:
            own.setdefault(shot.item, []).append(shot)
    for number, (start, item) in enumerate(zip(timeline.starts, timeline.items, strict=True)):
        kind = ShotKind.card if item.kind is ItemKind.card else ShotKind.clip
        for span in _spans(own.get(number, []), item.frames, timeline.head(number), timeline.tail(number)):
            yield Shot(kind, start + span.first, number, span)


def _spans(own: Sequence[Shot], frames: int, head: int, tail: int) -> list[Span]:
    """All frames of an item, in the parts in which they are encoded."""
    spans, named = [shot.span for shot in own], [shot.kind is ShotKind.lower_third for shot in own]
    if head and named and named[0]:
        spans[0] = Span(0, spans[0].last)
    elif head:
        spans.insert(0, Span(0, head))
        named.insert(0, False)
    if tail and named and named[-1]:
        spans[-1] = Span(spans[-1].first, frames)
    elif tail:
        spans.append(Span(frames - tail, frames))
    return spans


@dataclass
class MediaMaker:
    """`names[i]`: who is to be seen in item i, as part of a file's name."""

    cut: Cut
    edit: Edit
    folder: Path
    toolbox: Toolbox
    cache: Path
    names: Mapping[int, str]
    workers: int = 2
    on_progress: OnProgress = lambda _done, _total, _what: None
    made: ExportMedia = field(default_factory=ExportMedia)

    def make(self) -> ExportMedia:
        """Raises ToolFailed, ToolMissing, DiskFull, Interrupted, and what `on_progress` raises."""
        encoder = FilmEncoder(bare(self.cut), self.toolbox, ShotCache(self.cache))
        encoder.shots.sweep_out()
        work = encoder.needs.missing(self.workers)
        encoder.shots.use(encoder.needs.files())
        steps = len(self.edit.pieces) + len(self.cut.compositions)
        told = _Told(work.frames, steps, self.on_progress)
        encoder.expect(work)
        run(work.tasks, self.workers, encoder.make, told.on_task, self.toolbox.close)
        self._pictures(encoder, told)
        self._overlays()
        self._sound(encoder, told)
        self._captions()
        return self.made

    def _pictures(self, encoder: FilmEncoder, told: _Told) -> None:
        by_item: dict[int, list[Path]] = {}
        for shot, key in zip(encoder.cut.timeline.shots, encoder.needs.keys, strict=True):
            by_item.setdefault(shot.item, []).append(encoder.shots.shot(key))
        for piece in self.edit.pieces:
            name = f"{PICTURES}/{self._called(piece)}.mp4"
            mp4.join(by_item[piece.item], self._place(name))
            self.made.pictures[piece.item] = name
            told.step(N_("export"))

    def _called(self, piece: PicturePiece) -> str:
        return numbered(piece.item + 1, self.names.get(piece.item, ""))

    # --- overlays ---

    def _overlays(self) -> None:
        """As large as the film, so that they lie right without being told where."""
        counts: dict[int, int] = {}
        for lane in self.edit.lanes:
            for layer in lane:
                counts[layer.item] = counts.get(layer.item, 0) + 1
                piece = self.edit.pieces[layer.item]
                called = f"{self._called(piece)} {layer.kind.value} {counts[layer.item]}".strip()
                name = f"{OVERLAYS}/{called}.png"
                self._draw(layer, self._place(name))
                self.made.overlays[layer] = name

    def _draw(self, layer: Layer, target: Path) -> None:
        from PIL import Image

        size = (self.edit.width, self.edit.height)
        if layer.kind is LayerKind.dip:
            Image.new("RGBA", size, f"#{layer.colour.removeprefix('0x')}ff").save(target, format="PNG")
            return
        canvas = Image.new("RGBA", size, (0, 0, 0, 0))
        with Image.open(self.cut.file(layer.sha256)) as drawn:
            canvas.paste(drawn.convert("RGBA"), (layer.x, layer.y))
        canvas.save(target, format="PNG", compress_level=1)

    # --- sound ---

    def _sound(self, encoder: FilmEncoder, told: _Told) -> None:
        note = encoder.shots.note(encoder.shots.master(encoder.needs.master_key))
        extra, limit = float(note["extra"]), float(note["limit"])
        tracks = {item: encoder.track(item, key) for item, key in encoder.needs.sounds.items()}
        for item, track in tracks.items():
            name = f"{SOUND}/{self._called(self.edit.pieces[item])}.wav"
            self._write_sound(voice(track, self.cut, extra), track.frames, limit, name)
            self.made.voices[item] = name
            told.step("sound")
        bed = encoder.bed(list(tracks.values()))(extra)
        if bed is not None:
            frames = self.cut.timeline.frames
            self.made.music = f"{SOUND}/music.wav"
            self._write_sound(mix.mix([], frames, self.cut.house, bed=bed), frames, limit, self.made.music)

    def _write_sound(self, blocks: Iterator[bytes], frames: int, limit: float, name: str) -> None:
        place, house = self._place(name), self.cut.house
        argv = ffmpeg.stem_argv(self.toolbox.ffmpeg, house, limit=limit, frames=frames, target=place.name)
        self.toolbox.run(argv, folder=place.parent, limits=LIMITS, feed=blocks)

    # --- captions ---

    def _captions(self) -> None:
        for language, cues in self.cut.cues.items():
            if not cues:
                continue
            names = (f"{CAPTIONS}/{language}.srt", f"{CAPTIONS}/{language}.vtt")
            for name, text in zip(names, (srt(cues), vtt(cues, language)), strict=True):
                self._place(name).write_text(text, "utf-8")
            self.made.captions[language] = names

    def _place(self, name: str) -> Path:
        place = self.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def voice(track: mix.MixTrack, cut: Cut, extra: float) -> Iterator[bytes]:
    """A clip's sound as it goes into the film's mix, alone and from its own beginning."""
    return mix.mix([replace(track, start=0)], track.frames, cut.house, extra=extra)


class _Told:
    """Progress in frames, then in files, as one number that only grows."""

    def __init__(self, frames: int, steps: int, on_progress: OnProgress) -> None:
        self._done, self._total, self._on_progress = 0, max(1, frames + steps), on_progress
        on_progress(0, self._total, "")

    def on_task(self, task: Task[FilmJob]) -> None:
        self._tell(task.frames, task.what)

    def step(self, what: str) -> None:
        self._tell(1, what)

    def _tell(self, done: int, what: str) -> None:
        self._done = min(self._total, self._done + done)
        self._on_progress(self._done, self._total, what)
