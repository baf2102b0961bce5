"""The file that an editing program opens, of each format, and the lists beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree

from relay.almanac.delivery.exports import mlt
from relay.almanac.delivery.exports.carried import Target
from relay.almanac.delivery.exports.edit import Edit
from relay.almanac.delivery.exports.exchange import csv_file
from relay.almanac.delivery.exports.media import ExportMedia
from relay.almanac.delivery.exports.timeline import ClipFacts, timeline_of
from relay.almanac.film.cut import Cut
from relay.language.catalogue import N_

if TYPE_CHECKING:
    import opentimelineio as otio

Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ExportSet:
    """All that is written of: the film, how it lies, its files below `folder`, and who speaks in item i."""

    cut: Cut
    edit: Edit
    media: ExportMedia
    clips: Mapping[int, ClipFacts]
    folder: Path


def write(to: Target, what: ExportSet, name: str, translate: Translate) -> Path:
    """Writes the format's file, called `name` with its ending, and returns it."""
    writers: Mapping[Target, Callable[[ExportSet, Path], None]] = {
        Target.otio: _otio,
        Target.fcp7: _fcp7,
        Target.edl: _edl,
        Target.mlt: _mlt,
        Target.folder: lambda all_, path: _list(all_, path, translate),
    }
    endings = {Target.fcp7: ".xml", Target.edl: f" {what.edit.fps}fps.edl", Target.folder: ".csv"}
    path = what.folder / f"{name}{endings.get(to, f'.{to}')}"
    writers[to](what, path)
    return path


def _otio(what: ExportSet, path: Path) -> None:
    import opentimelineio as otio

    otio.adapters.write_to_file(timeline_of(what.cut, what.edit, what.media, what.clips), str(path))


def _mlt(what: ExportSet, path: Path) -> None:
    path.write_text(mlt.written(what.edit, what.media, titles(what), what.cut.chapters), "utf-8")


def titles(what: ExportSet) -> dict[int, str]:
    """What each item is called in a program's timeline."""
    found = {}
    for piece in what.edit.pieces:
        facts = what.clips.get(piece.item)
        card = piece.card.kind if piece.card else ""
        found[piece.item] = (facts.words or f"clip {facts.clip}") if facts else card
    return found


def _edl(what: ExportSet, path: Path) -> None:
    """CMX 3600 has one row of pictures, and says nothing of its rate."""
    import opentimelineio as otio

    timeline = timeline_of(what.cut, what.edit, what.media, what.clips)
    for track in list(timeline.tracks)[1:]:
        timeline.tracks.remove(track)
    otio.adapters.write_to_file(timeline, str(path), adapter_name="cmx_3600", rate=what.edit.fps)


def _fcp7(what: ExportSet, path: Path) -> None:
    """What the adapter writes, with what it leaves away: the picture's size, and the words of the whole film's marks.

    The format knows whole addresses only.
    """
    import opentimelineio as otio

    folder = what.folder.absolute()
    timeline = timeline_of(what.cut, what.edit, what.media, what.clips, place=lambda name: (folder / name).as_uri())
    root = ElementTree.fromstring(otio.adapters.write_to_string(timeline, "fcp_xml"))  # noqa: S314 - our own words
    sequence = root.find(".//sequence")
    assert sequence is not None
    form = sequence.find("media/video/format")
    if form is not None:
        shape = ElementTree.SubElement(form, "samplecharacteristics")
        for name, value in (("width", what.edit.width), ("height", what.edit.height)):
            ElementTree.SubElement(shape, name).text = str(value)
    for bare in sequence.findall("marker"):  # the adapter's, without their words
        sequence.remove(bare)
    sequence.extend(_fcp7_marker(marker) for marker in timeline.tracks.markers)
    text = ElementTree.tostring(root, encoding="unicode")
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{text}\n', "utf-8")


def made_portable(path: Path, folder: Path, root: str) -> None:
    """Takes the folder in which it was made out of the addresses in it: where it will be unpacked, nobody knows."""
    if path.suffix == ".xml":
        text, here = path.read_text("utf-8"), folder.absolute().as_uri()
        path.write_text(text.replace(here, f"file://localhost/{quote(root)}"), "utf-8")


def _fcp7_marker(marker: otio.schema.Marker) -> Any:
    made, at = ElementTree.Element("marker"), marker.marked_range
    first, length = at.start_time.to_frames(), at.duration.to_frames()
    end = first + length if length else -1  # a moment has no end
    words = (("name", marker.name), ("comment", marker.comment), ("in", first), ("out", end))
    for name, value in words:
        ElementTree.SubElement(made, name).text = str(value)
    return made


def _list(what: ExportSet, path: Path, translate: Translate) -> None:
    """A row for each item: its file, what lies over it and is heard of it, and where it stands in the film."""
    heads = ("number", "file", "clip", "name", "town", "words", N_("over it"), "sound", "original", "from", "in", "out")
    fps, rows = what.edit.fps, []
    over: dict[int, list[str]] = {}
    for layer, name in what.media.overlays.items():
        over.setdefault(layer.item, []).append(name)
    for piece in what.edit.pieces:
        facts = what.clips.get(piece.item)
        words = " / ".join(word for word in piece.card.words.values() if word) if piece.card else ""
        who = (facts.clip, facts.name, facts.town) if facts else ("", "", "")
        files = (" ".join(over.get(piece.item, ())), what.media.voices.get(piece.item, ""))
        source = (facts.original, f"{facts.first / fps:.3f}") if facts else ("", "")
        times = (f"{piece.start / fps:.3f}", f"{(piece.start + piece.frames) / fps:.3f}")
        rows.append((piece.item + 1, what.media.pictures[piece.item], *who, words, *files, *source, *times))
    csv_file(path, [translate(head) for head in heads], rows)
