"""An edit as OpenTimelineIO, from which its adapters also write the XML of Final Cut Pro 7 and EDLs.

Cards and names are there twice: as rendered media, and as generators with their words (`media_references` of a clip,
key `generator`), for those who want to set them anew. Where the originals lie, and which of their frames are used,
stands in `metadata["relay"]`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from relay.almanac.delivery.exports.edit import Edit, Layer, LayerKind, PicturePiece
from relay.almanac.delivery.exports.media import ExportMedia
from relay.almanac.film.cut import Cut

if TYPE_CHECKING:
    import opentimelineio as otio

GENERATOR = "generator"


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """Of a clip in the film: who speaks, and its original (below the export's folder, empty: not among the files)."""

    clip: int
    sha256: str
    name: str
    town: str
    original: str = ""
    first: int = 0

    @property
    def words(self) -> str:
        return ", ".join(word for word in (self.name, self.town) if word)


Place = Callable[[str], str]
"""Turns the name of a file below the folder into what the timeline says of it."""


def timeline_of(
    cut: Cut, edit: Edit, media: ExportMedia, clips: Mapping[int, ClipFacts], *, place: Place = str
) -> otio.schema.Timeline:
    """`clips`: by item."""
    import opentimelineio as otio

    return _TimelineWriter(otio, cut, edit, media, clips, place).timeline()


class _TimelineWriter:
    def __init__(
        self,
        otio: Any,
        cut: Cut,
        edit: Edit,
        media: ExportMedia,
        clips: Mapping[int, ClipFacts],
        place: Place,
    ) -> None:
        self.otio, self.cut, self.edit, self.media = otio, cut, edit, media
        self.clips, self.place = clips, place

    def timeline(self) -> otio.schema.Timeline:
        schema = self.otio.schema
        timeline = schema.Timeline(name=self.edit.title, global_start_time=self._time(0))
        tracks = [self._track("pictures", schema.TrackKind.Video, self._pictures())]
        for number, lane in enumerate(self.edit.lanes, 1):
            tracks.append(self._track(f"{lane[0].kind} {number}", schema.TrackKind.Video, self._lane(lane)))
        for number, voices in enumerate(self.edit.voices, 1):
            tracks.append(self._track(f"voices {number}", schema.TrackKind.Audio, self._voices(voices)))
        if self.media.music:
            music = self._clip("music", self.media.music, 0, self.edit.frames, self.edit.frames)
            tracks.append(self._track("music", schema.TrackKind.Audio, [music]))
        timeline.tracks.extend(tracks)
        timeline.tracks.markers.extend([*self._chapters(), *self._captions()])
        return timeline

    def _track(self, name: str, kind: str, items: Sequence[Any]) -> otio.schema.Track:
        track = self.otio.schema.Track(name=name, kind=kind)
        track.extend(items)
        return track

    # --- pictures ---

    def _pictures(self) -> list[Any]:
        items: list[Any] = []
        for piece in self.edit.pieces:
            if piece.head and not piece.dip:
                items.append(self._dissolve(piece.head // 2, piece.head - piece.head // 2))
            items.append(self._picture(piece))
        return items

    def _picture(self, piece: PicturePiece) -> otio.schema.Clip:
        first, last = piece.shown
        facts, file = self.clips.get(piece.item), self.media.pictures[piece.item]
        if facts is None:
            kind, words = (piece.card.kind, piece.card.words) if piece.card else ("card", {})
            card = self._with_words(self._clip(kind, file, first, last, piece.frames), kind, words)
            card.metadata["cmx_3600"] = {"reel": f"K{piece.item + 1:07d}"}  # the file's name as a reel: no EDL is read
            return card
        clip = self._clip(facts.name or f"clip {facts.clip}", file, first, last, piece.frames)
        clip.metadata["relay"] = {
            "clip": facts.clip,
            "sha256": facts.sha256,
            "town": facts.town,
            "original": facts.original,
            "original_first": facts.first,
        }
        clip.metadata["cmx_3600"] = {"reel": f"C{facts.clip:07d}"}
        if facts.words:
            clip.markers.append(self._marker(facts.words, first, 0, kind="name"))
        return clip

    def _clip(self, name: str, file: str, first: int, last: int, available: int) -> otio.schema.Clip:
        reference = self.otio.schema.ExternalReference(
            target_url=self.place(file), available_range=self._range(0, available)
        )
        reference.name = file.rpartition("/")[2]
        return self.otio.schema.Clip(
            name=name, media_reference=reference, source_range=self._range(first, last - first)
        )

    def _with_words(self, clip: otio.schema.Clip, kind: str, words: Mapping[str, str]) -> otio.schema.Clip:
        text = "\n".join(word for word in words.values() if word)
        generator = self.otio.schema.GeneratorReference(
            name=kind,
            generator_kind=f"relay.{kind}",
            available_range=clip.media_reference.available_range,
            parameters={**words, "text": text},  # all that is written on it, also where a word is called so
        )
        clip.set_media_references(
            {clip.DEFAULT_MEDIA_KEY: clip.media_reference, GENERATOR: generator}, clip.DEFAULT_MEDIA_KEY
        )
        clip.metadata["relay"] = {"card": kind, "words": dict(words)}
        return clip

    # --- over them ---

    def _lane(self, lane: Sequence[Layer]) -> list[Any]:
        items: list[Any] = []
        for before, layer in pairwise([None, *lane]):
            assert layer is not None
            at = before.end if before is not None else 0
            if layer.start > at:
                items.append(self._gap(layer.start - at))
            if layer.fade_in:
                items.append(self._dissolve(0, layer.fade_in))
            items.append(self._overlay(layer))
            if layer.fade_out:
                items.append(self._dissolve(layer.fade_out, 0))
                if layer is lane[-1] or lane[lane.index(layer) + 1].start == layer.end:
                    items.append(self._gap(0))
        rest = self.edit.frames - lane[-1].end
        if rest:
            items.append(self._gap(rest))
        return items

    def _overlay(self, layer: Layer) -> otio.schema.Clip:
        facts = self.clips.get(layer.item)
        words = {"name": facts.name, "town": facts.town} if facts and layer.kind is LayerKind.words else {}
        name = ", ".join(word for word in words.values() if word) or layer.kind.value
        clip = self._clip(name, self.media.overlays[layer], 0, layer.frames, layer.frames)
        return self._with_words(clip, layer.kind.value, words)

    # --- sound ---

    def _voices(self, lane: Sequence[PicturePiece]) -> list[Any]:
        items, at = [], 0
        for piece in lane:
            if piece.start > at:
                items.append(self._gap(piece.start - at))
            facts = self.clips.get(piece.item)
            name = (facts.name if facts else "") or f"clip {facts.clip if facts else piece.item}"
            items.append(self._clip(name, self.media.voices[piece.item], 0, piece.frames, piece.frames))
            at = piece.start + piece.frames
        return [*items, *([self._gap(self.edit.frames - at)] if at < self.edit.frames else [])]

    # --- marks ---

    def _chapters(self) -> list[Any]:
        return [self._marker(chapter.title, chapter.start, 0, kind="chapter") for chapter in self.cut.chapters]

    def _captions(self) -> list[Any]:
        fps = self.edit.fps
        return [
            self._marker(
                cue.text, round(cue.start * fps), round((cue.end - cue.start) * fps), kind="caption", language=language
            )
            for language, cues in self.cut.cues.items()
            for cue in cues
        ]

    def _marker(self, text: str, first: int, frames: int, **facts: str) -> otio.schema.Marker:
        return self.otio.schema.Marker(
            name=text, marked_range=self._range(first, frames), metadata={"relay": facts}, comment=text
        )

    # --- time ---

    def _gap(self, frames: int) -> otio.schema.Gap:
        return self.otio.schema.Gap(duration=self._time(frames))

    def _dissolve(self, before: int, after: int) -> otio.schema.Transition:
        return self.otio.schema.Transition(
            transition_type=self.otio.schema.TransitionTypes.SMPTE_Dissolve,
            in_offset=self._time(before),
            out_offset=self._time(after),
        )

    def _time(self, frames: int) -> otio.opentime.RationalTime:
        return self.otio.opentime.RationalTime(frames, self.edit.fps)

    def _range(self, first: int, frames: int) -> otio.opentime.TimeRange:
        return self.otio.opentime.TimeRange(self._time(first), self._time(frames))
