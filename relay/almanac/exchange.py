"""The plan for other people's tools: OpenTimelineIO, with the original videos beside it.

Kdenlive, Resolve and Premiere read `.otio` themselves or through a plug-in. The picture track and the sound track hold
the same clips, cut in the middle of each dissolve, with the dissolves as transitions: the length is the film's.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from relay.almanac import plans
from relay.almanac.plans import Entry
from relay.almanac.timeline import House, Item, Kind, Timeline, lay_out
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.media.toolbox import disk_full

if TYPE_CHECKING:
    import opentimelineio as otio

ENDINGS = {"matroska": "mkv", "mpeg": "mpg", "mpegts": "ts"}
LEFT_OUT = (
    "opening card and credits",
    "names and towns: they stand as markers at the beginning of each clip",
    "blurred background, turning and colour of the phone's video: the originals are as they were filmed",
    "evened loudness",
)


def export(relay: Relay, slug: str, name: str, folder: Path) -> dict[str, Any]:
    """Writes `<name>.otio` and `media/` into a new or empty folder.

    Returns {"timeline": path, "media": [paths], "frames": int, "left_out": [what the file can't carry]}.
    Raises NotFound, Refused (empty plan, folder in use), DiskFull.
    """
    import opentimelineio as otio

    with relay.reading() as session:
        almanac = plans.find(session, slug, name)
        entries = [entry for entry in plans.entries(session, almanac) if entry.free]
    if not entries:
        raise Refused("There are no clips in almanac {name}.", hint="Fill it with: relay almanac plan", name=name)
    if folder.exists() and any(folder.iterdir()):
        raise Refused("The folder {folder} is not empty.", hint="Name a new one.", folder=folder)
    house = plans.house_of(relay.settings, almanac)
    laid = lay_out([_item(entry, house) for entry in entries], house)
    try:
        files = _copy(relay, entries, folder / "media")
        timeline = _timeline(otio, almanac.title or name, entries, laid, house, [file.name for file in files])
        target = folder / f"{slug}-{almanac.id}.otio"
        otio.adapters.write_to_file(timeline, str(target))
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for the export.", hint="Choose another disk.") from error
        raise Refused("The folder {folder} can't be written.", hint="Choose another.", folder=folder) from error
    return {
        "timeline": str(target.absolute()),
        "media": [str(file.absolute()) for file in files],
        "frames": laid.frames,
        "left_out": list(LEFT_OUT),
    }


def _item(entry: Entry, house: House) -> Item:
    first, last = entry.bounds(house)
    return Item(Kind.clip, last - first)


def _copy(relay: Relay, entries: Sequence[Entry], folder: Path) -> list[Path]:
    """The originals under names in the film's order; a link where the disk allows one, since nobody changes them."""
    folder.mkdir(parents=True)
    files = []
    for number, entry in enumerate(entries, start=1):
        source = relay.media.local(f"originals/{entry.clip.sha256}")
        container = str(entry.inspection.technical.get("container") or "mp4")
        ending = ENDINGS.get(container, "mp4" if container == "mov" else container)
        target = folder / f"{number:03d}-clip{entry.clip.id}.{ending}"
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        files.append(target)
    return files


def _timeline(
    otio: Any, title: str, entries: Sequence[Entry], laid: Timeline, house: House, files: Sequence[str]
) -> otio.schema.Timeline:
    timeline = otio.schema.Timeline(name=title, global_start_time=otio.opentime.RationalTime(0, house.fps))
    for kind in (otio.schema.TrackKind.Video, otio.schema.TrackKind.Audio):
        track = otio.schema.Track(name=kind, kind=kind)
        for index, entry in enumerate(entries):
            if kind == otio.schema.TrackKind.Video or entry.inspection.has_audio:
                track.append(_clip(otio, entry, laid, index, house, files[index]))
            else:
                track.append(otio.schema.Gap(duration=_range(otio, *_shown(laid, index, 0), house).duration))
            if index < len(laid.fades) and laid.fades[index] and _heard_on_both_sides(otio, kind, entries, index):
                track.append(_dissolve(otio, laid.fades[index], house))
        timeline.tracks.append(track)
    return timeline


def _heard_on_both_sides(otio: Any, kind: str, entries: Sequence[Entry], index: int) -> bool:
    left, right = list(pairwise(entries))[index]
    return bool(kind == otio.schema.TrackKind.Video or (left.inspection.has_audio and right.inspection.has_audio))


def _shown(laid: Timeline, index: int, first: int) -> tuple[int, int]:
    """The frames of an item up to the middle of the dissolves around it."""
    head, tail = laid.head(index) // 2, laid.tail(index) - laid.tail(index) // 2
    return first + head, first + laid.items[index].frames - tail


def _clip(otio: Any, entry: Entry, laid: Timeline, index: int, house: House, file: str) -> otio.schema.Clip:
    first, _last = entry.bounds(house)
    available = entry.footage.frames(house)
    clip = otio.schema.Clip(
        name=entry.name or f"clip {entry.clip.id}",
        media_reference=otio.schema.ExternalReference(
            target_url=f"media/{file}", available_range=_range(otio, 0, available, house)
        ),
        source_range=_range(otio, *_shown(laid, index, first), house),
        metadata={"relay": {"clip": entry.clip.id, "sha256": entry.clip.sha256, "town": entry.town}},
    )
    words = ", ".join(word for word in (entry.name, entry.town) if word)
    if words:
        clip.markers.append(
            otio.schema.Marker(name=words, marked_range=_range(otio, clip.source_range.start_time.value, None, house))
        )
    return clip


def _dissolve(otio: Any, frames: int, house: House) -> otio.schema.Transition:
    before = frames // 2
    return otio.schema.Transition(
        transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
        in_offset=otio.opentime.RationalTime(before, house.fps),
        out_offset=otio.opentime.RationalTime(frames - before, house.fps),
    )


def _range(otio: Any, first: float, last: float | None, house: House) -> otio.opentime.TimeRange:
    """[first, last) in frames of the film; without `last`, a moment."""
    length = 0 if last is None else last - first
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, house.fps), otio.opentime.RationalTime(length, house.fps)
    )
