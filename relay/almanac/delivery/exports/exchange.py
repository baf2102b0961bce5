"""The plan for other people's tools, with the original videos beside it.

    otio     OpenTimelineIO: Kdenlive from 25.04, Resolve and others read it by themselves or through a plug-in
    fcp7     the XML of Final Cut Pro 7: Premiere, Resolve
    edl      CMX 3600: pictures only; it says nothing of its rate, so that stands in the file's name
    mlt      MLT XML: melt and Shotcut; played as it is, it is as long as the film's clips, to the frame
    folder   the videos under the names of those who speak, and a table of them

The picture track and the sound track hold the same clips, cut in the middle of each dissolve, with the dissolves as
transitions: the length is the film's. What is not in the film stands in `left-out.csv`, with the reason.
"""

from __future__ import annotations

import csv
import os
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from sqlmodel import Session

from relay.almanac.assets import cards, styles
from relay.almanac.captions import store as captions
from relay.almanac.cards.themes import Transition
from relay.almanac.delivery.exports.carried import (
    OF_ORIGINALS,
    ORIGINALS_LACK,
    OTHER_TRACK,
    PICTURES_ONLY,
    FilmPart,
    Target,
    lacking,
)
from relay.almanac.film.timeline import JOINED, Item, ItemKind, Timeline, lay_out
from relay.almanac.formats import House
from relay.almanac.plan import queries, rules, store
from relay.almanac.plan.queries import Entry
from relay.almanac.plan.voices import NotYetRead
from relay.context import Relay
from relay.errors import DiskFull, Refused
from relay.media.toolbox import disk_full
from relay.models import Almanac, Campaign, Clip, ClipState, EventKind, EventSubject, need_id
from relay.recordings import origins
from relay.records import add_event

if TYPE_CHECKING:
    import opentimelineio as otio

__all__ = ["OTHER_TRACK", "PICTURES_ONLY", "Target"]
ENDINGS = {"matroska": "mkv", "mpeg": "mpg", "mpegts": "ts"}
LEFT_OUT = tuple(OF_ORIGINALS[part] for part in (FilmPart.ends, FilmPart.names, FilmPart.framing, FilmPart.loudness))
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a cell must not begin with, or a spreadsheet takes a stranger's text for a formula (OWASP, CSV injection)."""


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What is exported: the clips in order, how they lie in the film, and why others are not among them."""

    title: str
    entries: Sequence[Entry]
    laid: Timeline
    house: House
    absent: Sequence[tuple[Clip, str, str]]
    """Clip, reason as a sentence of ours or a person's own words, and that person (empty: the rules)."""
    held: frozenset[FilmPart] = frozenset()
    """What the film shows besides."""


@dataclass(frozen=True, slots=True)
class ExportedPlan:
    """Absolute paths of the plan and the videos beside it, its length, and what the file can't carry, as sentences."""

    timeline: str
    media: list[str]
    frames: int
    left_out: list[str]


def export(
    relay: Relay,
    slug: str,
    name: str,
    folder: Path,
    *,
    to: str = Target.otio,
    translate: Callable[[str], str] = str,
    person: str = "",
) -> ExportedPlan:
    """Writes the plan and `media/` into a new or empty folder. `translate` puts what is in tables into words.

    Raises NotFound, Refused (empty plan, folder in use, unknown format), DiskFull.
    """
    checked_target(to)
    reel, number = _reel(relay, slug, name)
    checked_folder(folder)
    try:
        files = _copy(relay, reel.entries, folder / "media", spoken=to == Target.folder)
        target = _write(Target(to), reel, folder, f"{slug}-{number}", files, translate)
        _write_absent(reel, folder / "left-out.csv", translate)
    except OSError as error:
        if disk_full(error):
            raise DiskFull("There is no room for the export.", hint="Choose another disk.") from error
        raise Refused("The folder {folder} can't be written.", hint="Choose another.", folder=folder) from error
    note(relay, number, person, to=to, clips=len(reel.entries), originals=True)
    return ExportedPlan(
        timeline=str(target.absolute()),
        media=[str(file.absolute()) for file in files],
        frames=reel.laid.frames,
        left_out=lacking(ORIGINALS_LACK[Target(to)], reel.held),
    )


def checked_target(to: str) -> Target:
    """Raises Refused."""
    if to not in list(Target):
        raise Refused("There is no format {format}.", hint="Known are: {known}.", format=to, known=", ".join(Target))
    return Target(to)


def checked_folder(folder: Path) -> None:
    """Raises Refused for one that is in use."""
    if folder.exists() and any(folder.iterdir()):
        raise Refused("The folder {folder} is not empty.", hint="Name a new one.", folder=folder)


def note(relay: Relay, almanac: int, person: str, **details: object) -> None:
    """Records who took a film's videos out of Relay, and how."""
    with relay.transaction() as session:
        add_event(session, relay.now(), (EventSubject.almanac, almanac), EventKind.exported, person, **details)


def safe_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula; a reader that knows CSV sees one apostrophe more."""
    return f"'{text}" if text.startswith(FORMULA) else text


def _reel(relay: Relay, slug: str, name: str) -> tuple[ExportPlan, int]:
    with relay.reading() as session:
        almanac = queries.find(session, slug, name)
        house = queries.house_of(relay.settings, almanac)
        entries = [one for one in queries.played(session, almanac, house, now=relay.now()) if may_go_out(one)]
        if not entries:
            raise Refused("There are no clips in almanac {name}.", hint="Put approved clips into it first.", name=name)
        absent, held = _absent(relay, session, almanac), _held(relay, session, almanac, entries)
    laid = lay_out([_item(entry, house) for entry in entries], house)
    return ExportPlan(almanac.title or name, entries, laid, house, absent, held), need_id(almanac)


def may_go_out(entry: Entry) -> bool:
    """Whether its video may leave Relay as part of a film: approved still, and permitted."""
    return entry.free and entry.clip.state is ClipState.approved


def _held(relay: Relay, session: Session, almanac: Almanac, entries: Sequence[Entry]) -> frozenset[FilmPart]:
    """What the film has, by its rows: nothing is drawn or opened for it."""
    style = styles.of(almanac)
    said = captions.of_clips(session, [need_id(entry.clip) for entry in entries])
    ways = {style.transition or style.theme.clips, *style.into.values()}
    there = {
        FilmPart.cards: bool(cards.of_film(relay, session, almanac)),
        FilmPart.dips: ways != {Transition.dissolve},
        FilmPart.music: style.music is not None,
        FilmPart.captions: any(said.values()),
        FilmPart.burned: any(style.burn in languages for languages in said.values()),
        FilmPart.stream: any(sound_stream(entry) is not None for entry in entries),
    }
    always = {FilmPart.ends, FilmPart.names, FilmPart.framing, FilmPart.loudness, FilmPart.sound}
    return frozenset(always | {part for part, yes in there.items() if yes})


def _absent(relay: Relay, session: Session, almanac: Almanac) -> list[tuple[Clip, str, str]]:
    """Approved clips that are not in the film: taken out by a person, or not chosen by the rules."""
    campaign, sheet = session.get_one(Campaign, almanac.campaign_id), store.load(session, almanac)
    pool = queries.candidates(session, relay.settings, campaign, almanac, sheet, now=relay.now())
    left: Mapping[int, rules.Reason] = {}
    with suppress(NotYetRead):
        left = queries.chosen(session, relay.settings, campaign, almanac, sheet, pool).choice.left
    persons = store.who_left_out(session, almanac)
    found = []
    for one in pool:
        if one.clip in sheet.order:
            continue
        rule = rules.SENTENCES[left.get(one.clip, rules.Reason.not_taken)]
        reason = sheet.left_out.get(one.clip) or rule
        found.append((session.get_one(Clip, one.clip), reason, persons.get(one.clip, "")))
    return found


def _write(
    to: Target, reel: ExportPlan, folder: Path, base: str, files: Sequence[Path], translate: Callable[[str], str]
) -> Path:
    """The file that an editor opens."""
    import opentimelineio as otio

    if to is Target.folder:
        return _write_table(reel, folder / "clips.csv", files, translate)
    names = [f"media/{file.name}" for file in files]
    if to is Target.fcp7:  # it knows whole addresses only
        names = [file.absolute().as_uri() for file in files]
    timeline = _timeline(otio, reel, names)
    if to is Target.otio:
        target = folder / f"{base}.otio"
        otio.adapters.write_to_file(timeline, str(target))
    elif to is Target.fcp7:
        target = folder / f"{base}.xml"
        otio.adapters.write_to_file(timeline, str(target), adapter_name="fcp_xml")
    elif to is Target.edl:
        target = folder / f"{base}-{reel.house.fps}fps.edl"
        _only_pictures(timeline)
        otio.adapters.write_to_file(timeline, str(target), adapter_name="cmx_3600", rate=reel.house.fps)
    else:
        target = folder / f"{base}.mlt"
        _write_mlt(otio, _only_pictures(timeline), reel.house, target)
    return target


def _only_pictures(timeline: otio.schema.Timeline) -> otio.schema.Timeline:
    for track in timeline.audio_tracks():
        timeline.tracks.remove(track)
    return timeline


def _write_mlt(otio: Any, timeline: otio.schema.Timeline, house: House, target: Path) -> None:
    """What the adapter gives, with what it does not say: the picture's shape, and that sound dissolves too.

    Its producers are named after the clips, so that each clip gets a name of its own; a clip of MLT brings its sound
    along, which is why there is no track for it.
    """
    for number, clip in enumerate(timeline.find_clips(), 1):
        clip.name = f"{number:03d} {clip.name}"
    heard = {
        clip.media_reference.target_url: str(clip.metadata["relay"]["sound_stream"])
        for clip in timeline.find_clips()
        if "sound_stream" in clip.metadata["relay"]
    }
    root = ElementTree.fromstring(otio.adapters.write_to_string(timeline, "mlt_xml"))  # noqa: S314 - our own words
    profile = root.find("profile")
    assert profile is not None
    shape = {"width": house.width, "height": house.height, "progressive": 1, "colorspace": 709}
    shape |= {"sample_aspect_num": 1, "sample_aspect_den": 1}
    shape |= {"display_aspect_num": house.width, "display_aspect_den": house.height}
    profile.attrib.update({name: str(value) for name, value in shape.items()})
    for producer in root.findall("producer"):
        stream = heard.get(producer.findtext("property[@name='resource']", ""))
        if stream:
            ElementTree.SubElement(producer, "property", {"name": "audio_index"}).text = stream
    for tractor in root.findall("tractor"):
        fade = tractor.find("transition")
        if fade is not None:
            mixed = ElementTree.SubElement(tractor, "transition", {"out": fade.get("out", "0")})
            for name, value in (("a_track", 0), ("b_track", 1), ("mlt_service", "mix"), ("start", 0), ("end", 1)):
                ElementTree.SubElement(mixed, "property", {"name": name}).text = str(value)
    target.write_text(ElementTree.tostring(root, encoding="unicode"), "utf-8")


def _write_table(reel: ExportPlan, target: Path, files: Sequence[Path], translate: Callable[[str], str]) -> Path:
    heads = (
        "number",
        "file",
        "clip",
        "name",
        "town",
        "district",
        "quote",
        "text from",
        "whose words",
        "in",
        "out",
        "sha256",
    )
    rows = []
    for number, (entry, file) in enumerate(zip(reel.entries, files, strict=True), 1):
        first, last = (frame / reel.house.fps for frame in entry.bounds(reel.house))
        person = (entry.credited, entry.town, entry.clip.district)
        text = (entry.clip.quote, translate(origins.TOLD.get(entry.clip.origin, "")), entry.clip.text_author)
        rows.append(
            (number, file.name, entry.clip.id, *person, *text, f"{first:.3f}", f"{last:.3f}", entry.clip.sha256)
        )
    csv_file(target, [translate(head) for head in heads], rows)
    return target


def write_left_out(relay: Relay, slug: str, name: str, target: Path, translate: Callable[[str], str]) -> None:
    """The table of approved clips that are not in the film, with the reasons. Raises NotFound."""
    with relay.reading() as session:
        absent = _absent(relay, session, queries.find(session, slug, name))
    _absent_table(absent, target, translate)


def _write_absent(reel: ExportPlan, target: Path, translate: Callable[[str], str]) -> None:
    _absent_table(reel.absent, target, translate)


def _absent_table(absent: Sequence[tuple[Clip, str, str]], target: Path, translate: Callable[[str], str]) -> None:
    heads = ("clip", "name", "town", "district", "reason", "person")
    rows = [
        (clip.id, clip.name, clip.town, clip.district, translate(reason), person) for clip, reason, person in absent
    ]
    csv_file(target, [translate(head) for head in heads], rows)


def csv_file(target: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes a CSV file. With a byte order mark: without one Excel takes Cyrillic for something else."""
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(heads)
        writer.writerows([safe_cell("" if cell is None else str(cell)) for cell in row] for row in rows)


def _item(entry: Entry, house: House) -> Item:
    first, last = entry.bounds(house)
    return Item(ItemKind.clip, last - first, fade=JOINED if entry.part is not None else None)


def _copy(relay: Relay, entries: Sequence[Entry], folder: Path, *, spoken: bool) -> list[Path]:
    """The originals under names in the film's order; a link where the disk allows one, since nobody changes them.

    `spoken`: with the names of those who speak.
    """
    folder.mkdir(parents=True)
    files = []
    for number, entry in enumerate(entries, start=1):
        source = relay.media.local(f"originals/{entry.clip.sha256}")
        container = str(entry.inspection.technical.get("container") or "mp4")
        ending = ENDINGS.get(container, "mp4" if container == "mov" else container)
        person = file_words(", ".join(word for word in (entry.credited, entry.town) if word)) if spoken else ""
        target = folder / f"{number:03d}{' ' + person if person else f'-clip{entry.clip.id}'}.{ending}"
        try:
            os.link(source, target)
        except OSError:
            shutil.copyfile(source, target)
        files.append(target)
    return files


def sound_stream(entry: Entry) -> int | None:
    """The number of the stream that the film lets be heard, where the file has several sound tracks."""
    technical = entry.inspection.technical
    return technical.get("audio_index") if int(technical.get("sounds") or 0) > 1 else None


def file_words(text: str) -> str:
    """A person's name as part of a file's name on any system: letters, digits, spaces, commas and dashes."""
    text = unicodedata.normalize("NFC", text)
    kept = "".join(sign if sign.isalnum() or sign in " ,-" else " " for sign in text)
    return " ".join(kept.split())[:60].strip(" ,-")


def _timeline(otio: Any, reel: ExportPlan, files: Sequence[str]) -> otio.schema.Timeline:
    """`files`: where each clip's video is, as the timeline says it."""
    entries, laid, house = reel.entries, reel.laid, reel.house
    timeline = otio.schema.Timeline(name=reel.title, global_start_time=otio.opentime.RationalTime(0, house.fps))
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
        name=entry.credited or f"clip {entry.clip.id}",
        media_reference=otio.schema.ExternalReference(
            target_url=file, available_range=_range(otio, 0, available, house)
        ),
        source_range=_range(otio, *_shown(laid, index, first), house),
        metadata={
            "relay": {
                "clip": entry.clip.id,
                "sha256": entry.clip.sha256,
                "town": entry.town,
                **({"sound_stream": heard} if (heard := sound_stream(entry)) is not None else {}),
            },
            "cmx_3600": {"reel": f"C{entry.clip.id:07d}"},
        },
    )
    words = ", ".join(word for word in (entry.credited, entry.town) if word)
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
