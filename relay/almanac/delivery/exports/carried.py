"""What a film holds, and which of it a format's file lacks, with the sentence that says so. Pure; the one table.

What stands in neither table for a format is carried by it: a test opens each file and looks.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum

from relay.language.catalogue import N_


class Target(StrEnum):
    otio = "otio"
    fcp7 = "fcp7"
    edl = "edl"
    mlt = "mlt"
    folder = "folder"


class FilmPart(StrEnum):
    """What a film has besides its clips and their order; in this order it is told what is lacking."""

    ends = "ends"
    names = "names"
    framing = "framing"
    loudness = "loudness"
    cards = "cards"
    dissolves = "dissolves"
    dips = "dips"
    music = "music"
    captions = "captions"
    burned = "burned"
    chapters = "chapters"
    sound = "sound"
    stream = "stream"
    limiter = "limiter"
    places = "places"


OF_ORIGINALS: Mapping[FilmPart, str] = {
    FilmPart.ends: N_("opening card and credits"),
    FilmPart.names: N_("names and towns: they stand as markers at the beginning of each clip"),
    FilmPart.framing: N_(
        "blurred background, turning and colour of the phone's video: the originals are as they were filmed"
    ),
    FilmPart.loudness: N_("evened loudness"),
    FilmPart.cards: N_("cards between the clips: chapters, quotes, pictures"),
    FilmPart.dips: N_("hard cuts and colours between clips: all of them dissolve into each other"),
    FilmPart.music: "music",
    FilmPart.captions: N_("captions"),
    FilmPart.burned: N_("captions drawn into the picture"),
}
"""What any file of originals lacks. Where the film has no chapters of its own, its clips are, and those have marks."""
PICTURES_ONLY = N_("sound: an EDL carries the pictures only")
OTHER_TRACK = N_("which sound track is heard: choose it for the clips that have several")
SOUND_BESIDE = N_("sound: an EDL carries the pictures only; voices and music lie beside it")
LIMITER = N_("the limiter over the whole: where voices and music meet, peaks may be a little higher than in the film")
WITHOUT_TIME = N_("what goes over into what, and when: the files are numbered in the film's order")

ORIGINALS_LACK: Mapping[Target, Mapping[FilmPart, str]] = {
    Target.otio: OF_ORIGINALS,
    Target.fcp7: {**OF_ORIGINALS, FilmPart.stream: OTHER_TRACK},
    Target.edl: {**OF_ORIGINALS, FilmPart.sound: PICTURES_ONLY},
    Target.mlt: OF_ORIGINALS,
    Target.folder: OF_ORIGINALS,
}
FILM_LACKS: Mapping[Target, Mapping[FilmPart, str]] = {
    Target.otio: {FilmPart.limiter: LIMITER},
    Target.fcp7: {
        FilmPart.limiter: LIMITER,
        FilmPart.places: N_("where the files lie: the program asks for them once, show it the unpacked folder"),
    },
    Target.mlt: {
        FilmPart.captions: N_("captions: they lie beside it, as SubRip and as WebVTT"),
        FilmPart.limiter: LIMITER,
    },
    Target.edl: {
        FilmPart.names: N_("names and towns over the picture: they lie beside it, as pictures"),
        FilmPart.dips: N_("colours between clips: it cuts there"),
        FilmPart.captions: N_("captions: they lie beside it, as SubRip and as WebVTT"),
        FilmPart.burned: N_("captions drawn into the picture: they lie beside it, as pictures"),
        FilmPart.chapters: N_("chapters"),
        FilmPart.loudness: SOUND_BESIDE,
        FilmPart.music: SOUND_BESIDE,
        FilmPart.sound: SOUND_BESIDE,
    },
    Target.folder: {FilmPart.dissolves: WITHOUT_TIME, FilmPart.dips: WITHOUT_TIME, FilmPart.chapters: "chapters"},
}


def lacking(table: Mapping[FilmPart, str], held: Collection[FilmPart]) -> list[str]:
    """The sentences, each once."""
    return list(dict.fromkeys(table[part] for part in FilmPart if part in held and part in table))
