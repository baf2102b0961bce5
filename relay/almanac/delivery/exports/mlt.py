"""An edit as MLT XML: melt plays it as the film, Shotcut and Kdenlive open it with its tracks.

Only services that every build of MLT has: `luma` and `mix`, `composite` and `brightness`. Kinds of tracks from below to
above: black, pictures, overlays, voices, music; Shotcut knows its own by the properties named after it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from relay.almanac.delivery.exports.edit import Edit, Layer, PicturePiece
from relay.almanac.delivery.exports.media import ExportMedia
from relay.almanac.film.chapters import Chapter


def written(edit: Edit, media: ExportMedia, titles: Mapping[int, str], chapters: Sequence[Chapter] = ()) -> str:
    """The file's text. `titles[i]`: what item i is called in the timeline. `chapters` become Shotcut's markers."""
    return _MltWriter(edit, media, titles, chapters).text()


class _MltWriter:
    def __init__(self, edit: Edit, media: ExportMedia, titles: Mapping[int, str], chapters: Sequence[Chapter]) -> None:
        self.edit, self.media, self.titles, self.chapters = edit, media, titles, chapters
        self.root = Element("mlt", {"LC_NUMERIC": "C", "version": "7.12.0", "producer": "film", "title": edit.title})
        self._producers: dict[str, str] = {}

    def text(self) -> str:
        self._profile()
        SubElement(self.root, "playlist", {"id": "main_bin"})
        black = SubElement(self.root, "producer", {"id": "black", "in": "0", "out": _last(self.edit.frames)})
        _say(black, resource="0", mlt_service="color", length=self.edit.frames)
        background = SubElement(self.root, "playlist", {"id": "background"})
        SubElement(background, "entry", {"producer": "black", "in": "0", "out": _last(self.edit.frames)})
        tracks = [("background", "")]
        tracks.append((self._pictures(), "audio"))
        tracks += [(self._lane(number, lane), "audio") for number, lane in enumerate(self.edit.lanes, 1)]
        seen = len(tracks)
        tracks += [(self._voices(number, lane), "video") for number, lane in enumerate(self.edit.voices, 1)]
        if self.media.music:
            tracks.append((self._music(), "video"))
        self._film(tracks, seen)
        ElementTree.indent(self.root, " ")
        return ElementTree.tostring(self.root, encoding="unicode", xml_declaration=True)

    def _profile(self) -> None:
        edit = self.edit
        shape = {"description": f"{edit.width}x{edit.height} {edit.fps} fps", "width": edit.width}
        shape |= {"height": edit.height, "progressive": 1, "colorspace": 709}
        shape |= {"frame_rate_num": edit.fps, "frame_rate_den": 1, "sample_aspect_num": 1, "sample_aspect_den": 1}
        shape |= {"display_aspect_num": edit.width, "display_aspect_den": edit.height}
        SubElement(self.root, "profile", {name: str(value) for name, value in shape.items()})

    def _producer(self, name: str, frames: int, caption: str, **more: object) -> str:
        """A file; the same one twice is the same producer."""
        if name not in self._producers:
            called = f"file{len(self._producers)}"
            one = SubElement(self.root, "producer", {"id": called, "in": "0", "out": _last(frames)})
            _say(one, resource=name, length=frames, **{"shotcut:caption": caption}, **more)
            self._producers[name] = called
        return self._producers[name]

    # --- pictures ---

    def _pictures(self) -> str:
        entries: list[tuple[str, int, int]] = []
        for piece, after in zip(self.edit.pieces, (*self.edit.pieces[1:], None), strict=True):
            producer = self._picture(piece)
            first, last = piece.shown
            if piece.head and not piece.dip:
                first = piece.head
            if after is not None and after.head and not after.dip:
                last = piece.frames - piece.tail
            entries.append((producer, first, last))
            if after is not None and after.head and not after.dip:
                entries.append((self._dissolve(piece, after), 0, after.head))
        playlist = self._playlist("pictures", "V1", video=True)
        for producer, first, last in entries:
            SubElement(playlist, "entry", {"producer": producer, "in": str(first), "out": _last(last)})
        return "pictures"

    def _picture(self, piece: PicturePiece) -> str:
        name = self.media.pictures[piece.item]
        return self._producer(name, piece.frames, self.titles.get(piece.item, ""), audio_index=-1)

    def _dissolve(self, left: PicturePiece, right: PicturePiece) -> str:
        ends = ((left, left.frames - left.tail, left.frames), (right, 0, right.head))
        producers = [(self._picture(piece), first, last) for piece, first, last in ends]
        tractor = Element("tractor", {"id": f"dissolve{right.item}", "in": "0", "out": _last(right.head)})
        _say(tractor, **{"shotcut:transition": "lumaMix"})
        for producer, first, last in producers:
            SubElement(tractor, "track", {"producer": producer, "in": str(first), "out": _last(last)})
        luma = SubElement(tractor, "transition", {"id": f"luma{right.item}", "out": _last(right.head)})
        _say(luma, a_track=0, b_track=1, mlt_service="luma", progressive=1, alpha_over=1)
        self.root.append(tractor)
        return f"dissolve{right.item}"

    # --- what lies over them ---

    def _lane(self, number: int, lane: Sequence[Layer]) -> str:
        producers = [self._overlay(layer) for layer in lane]
        playlist, at = self._playlist(f"overlays{number}", f"V{number + 1}", video=True), 0
        for layer, producer in zip(lane, producers, strict=True):
            if layer.start > at:
                SubElement(playlist, "blank", {"length": str(layer.start - at)})
            entry = SubElement(playlist, "entry", {"producer": producer, "in": "0", "out": _last(layer.frames)})
            if layer.fade_in or layer.fade_out:
                fade = SubElement(entry, "filter", {"in": "0", "out": _last(layer.frames)})
                _say(fade, mlt_service="brightness", level=1, alpha=_comes_and_goes(layer))
            at = layer.end
        return f"overlays{number}"

    def _overlay(self, layer: Layer) -> str:
        name = self.media.overlays[layer]
        return self._producer(name, layer.frames, self.titles.get(layer.item, ""), ttl=1)

    # --- sound ---

    def _voices(self, number: int, lane: Sequence[PicturePiece]) -> str:
        producers = [self._producer(self.media.voices[one.item], one.frames, "") for one in lane]
        playlist, at = self._playlist(f"voices{number}", f"A{number}", video=False), 0
        for piece, producer in zip(lane, producers, strict=True):
            if piece.start > at:
                SubElement(playlist, "blank", {"length": str(piece.start - at)})
            SubElement(playlist, "entry", {"producer": producer, "in": "0", "out": _last(piece.frames)})
            at = piece.start + piece.frames
        return f"voices{number}"

    def _music(self) -> str:
        producer = self._producer(self.media.music, self.edit.frames, "music")
        playlist = self._playlist("music", f"A{len(self.edit.voices) + 1}", video=False)
        SubElement(playlist, "entry", {"producer": producer, "in": "0", "out": _last(self.edit.frames)})
        return "music"

    # --- all together ---

    def _playlist(self, called: str, shown: str, *, video: bool) -> Element:
        playlist = SubElement(self.root, "playlist", {"id": called})
        _say(playlist, **{"shotcut:video" if video else "shotcut:audio": 1, "shotcut:name": shown})
        return playlist

    def _film(self, tracks: Sequence[tuple[str, str]], seen: int) -> None:
        last = _last(self.edit.frames)
        film = SubElement(self.root, "tractor", {"id": "film", "title": "Shotcut version", "in": "0", "out": last})
        _say(film, shotcut=1)
        if self.chapters:
            marks = SubElement(film, "properties", {"name": "shotcut:markers"})
            for number, chapter in enumerate(self.chapters):
                at, mark = self._clock(chapter.start), SubElement(marks, "properties", {"name": str(number)})
                _say(mark, text=chapter.title, start=at, end=at, color="#008000")
        for producer, hidden in tracks:
            SubElement(film, "track", {"producer": producer, **({"hide": hidden} if hidden else {})})
        for number in range(2, seen):
            over = SubElement(film, "transition", {"in": "0", "out": last})
            geometry = "0/0:100%x100%:100"
            _say(over, a_track=1, b_track=number, mlt_service="composite", geometry=geometry, progressive=1, fill=1)
        for number in range(seen, len(tracks)):
            mix = SubElement(film, "transition", {})
            _say(mix, a_track=0, b_track=number, mlt_service="mix", always_active=1, sum=1)

    def _clock(self, frame: int) -> str:
        """As MLT writes moments: hours, minutes, seconds and thousandths."""
        thousandths = round(frame * 1000 / self.edit.fps)
        minutes, rest = divmod(thousandths, 60_000)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _comes_and_goes(layer: Layer) -> str:
    """Frames and how much is seen, as the film's own fades count them: nothing in the first, all after `fade_in`."""
    keys: dict[int, int] = {}
    if layer.fade_in:
        keys |= {0: 0, layer.fade_in: 1}
    if layer.fade_out:
        keys |= {layer.frames - layer.fade_out: 1, layer.frames: 0}
    return ";".join(f"{frame}={value}" for frame, value in sorted(keys.items()))


def _say(element: Element, **words: object) -> None:
    for name, value in words.items():
        SubElement(element, "property", {"name": name}).text = str(value)


def _last(frames: int) -> str:
    return str(frames - 1)
