"""Formats of exports in the words of those who open them. All are message ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from relay.language.catalogue import N_


@dataclass(frozen=True, slots=True)
class TargetWords:
    """What a format is called, and which programs open it and how."""

    title: str
    about: str


TARGETS: Mapping[str, TargetWords] = {
    "mlt": TargetWords(
        N_("MLT: melt, Shotcut, Kdenlive"),
        N_("Opens as the film looks: pictures, names, fades, voices and music, each on a track of its own."),
    ),
    "otio": TargetWords(
        N_("OpenTimelineIO: Kdenlive, DaVinci Resolve"),
        N_("Cards and names also as generators with their words, captions and chapters as markers."),
    ),
    "fcp7": TargetWords(
        N_("XML of Final Cut Pro 7: Premiere Pro, DaVinci Resolve"),
        N_("The program asks once where the files are: show it the unpacked folder."),
    ),
    "edl": TargetWords(
        N_("EDL (CMX 3600): any editing program"),
        N_("The pictures and their dissolves only; names, voices and music lie beside as files."),
    ),
    "folder": TargetWords(
        N_("A folder of files with a table"),
        N_("No program needed: clips, cards, names, voices and music by number, and a table of them."),
    ),
}
"""Format → words, the most useful first."""
