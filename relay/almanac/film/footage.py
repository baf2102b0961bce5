"""What of a clip's file shapes its shots. Pure: the facts of its inspection in, footage out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from relay.almanac.formats import House
from relay.media.filters import fitting
from relay.media.filters.resampling import waits

SLOW = 5
"""Frames a second: what is slower is read like a file with uneven timing."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What the one look found out about a file (models.Inspection). Sizes in pixels, times in seconds.

    `width`, `height`: as displayed. `turn`: degrees, clockwise, that the stored picture is turned for display, and
    after that `mirrored`. `lead`: how much later than the file the picture begins. `uneven`: frames of many lengths, or
    one that stands for long. `video`, `audio`: stream numbers; `audio` is None for a mute clip. `unkeyed`: packets of
    the picture before its first key frame; `hidden`: seconds until then. `reshapes`: the picture turns midway.
    `video_waits`, `audio_waits`: by how much each would be early if it were read alone
    (relay/media/filters/resampling.py).
    """

    sha256: str
    width: int
    height: int
    seconds: float
    coded: tuple[int, int] = (0, 0)
    container: str = ""
    video: int = 0
    audio: int | None = None
    pix_fmt: str = "yuv420p"
    matrix: str = ""
    full_range: bool = False
    hdr: str = ""
    interlaced: bool = False
    uneven: bool = False
    turn: int = 0
    mirrored: bool = False
    lead: float = 0.0
    unkeyed: int = 0
    hidden: float = 0.0
    reshapes: bool = False
    video_waits: float = 0.0
    audio_waits: float = 0.0

    def frames(self, house: House) -> int:
        """Whole frames that its picture lasts at the film's rate, at least one."""
        return whole_frames(house, self.seconds + self.lead)


def turned(source: Footage, degrees: int) -> Footage:
    """The same picture, turned by quarter turns clockwise as it is seen.

    A mirrored picture is mirrored after its own turn, so before that it goes the other way round.
    """
    turn = (source.turn + (-degrees if source.mirrored else degrees)) % 360
    upright = degrees % 180 == 0
    width, height = (source.width, source.height) if upright else (source.height, source.width)
    return replace(source, turn=turn, width=width, height=height)


def whole_frames(house: House, seconds: float) -> int:
    """At least one."""
    return max(1, int(seconds * house.fps + 1e-6))


def frames_of(house: House, seconds: float, *, has_audio: bool, technical: Mapping[str, Any]) -> int:
    """As `Footage.frames` of an Inspection row, without all the rest that is known of it."""
    audio = technical.get("audio_index")
    with_sound = has_audio and audio is not None and int(audio) >= 0
    return whole_frames(house, seconds + _lead(technical, with_sound=with_sound))


FULL_RANGE = ("pc", "full", "jpeg", "2")
"""Words of ffmpeg for samples that use all of their range."""


def footage(
    sha256: str, *, width: int, height: int, seconds: float, has_audio: bool, technical: Mapping[str, Any]
) -> Footage:
    """The facts of an Inspection row, as far as they shape the picture."""
    audio = technical.get("audio_index")
    with_sound = has_audio and audio is not None and int(audio) >= 0
    first, last = next(iter(technical.get("unkeyed") or []), (0, 0))
    return Footage(
        sha256=sha256,
        width=width,
        height=height,
        seconds=seconds,
        coded=(_number(technical, "coded_width"), _number(technical, "coded_height")),
        container=_word(technical, "container"),
        video=_number(technical, "video_index"),
        audio=int(audio) if with_sound and audio is not None else None,
        pix_fmt=_word(technical, "pix_fmt"),
        matrix=_word(technical, "matrix"),
        full_range=_word(technical, "range") in FULL_RANGE or _word(technical, "pix_fmt").startswith("yuvj"),
        hdr=_word(technical, "hdr"),
        interlaced=bool(technical.get("interlaced")),
        uneven=bool(technical.get("vfr")) or _slow(technical),
        turn=_number(technical, "rotation"),
        mirrored=bool(technical.get("mirrored")),
        lead=_lead(technical, with_sound=with_sound),
        unkeyed=int(last) if first == 0 else 0,
        hidden=float(technical.get("late") or 0.0),
        reshapes=fitting.differ(tuple(shape) for shape in technical.get("shapes") or ()),
        video_waits=_waits(technical, "video"),
        audio_waits=_waits(technical, "audio"),
    )


def _word(technical: Mapping[str, Any], name: str) -> str:
    return str(technical.get(name) or "")


def _number(technical: Mapping[str, Any], name: str) -> int:
    return int(technical.get(name) or 0)


def _waits(technical: Mapping[str, Any], kind: str) -> float:
    """Rows of before knew only the first packet of a track, which mostly is where it begins."""
    start, head = technical.get("start"), technical.get(f"{kind}_head", technical.get(f"{kind}_start"))
    return waits(_word(technical, "container"), float(start), [head]) if start is not None else 0.0


def _slow(technical: Mapping[str, Any]) -> bool:
    """Whether pictures stand for longer than a second's fifth, all of them or one."""
    return 0 < float(technical.get("fps") or 0) < SLOW or float(technical.get("longest_step") or 0) > 1 / SLOW


def _lead(technical: Mapping[str, Any], *, with_sound: bool) -> float:
    """Seconds from the file's beginning to the picture's. Rows of before knew only where picture and sound begin."""
    begin = technical.get("start", technical.get("audio_start") if with_sound else None)
    return max(0.0, float(technical.get("video_start") or 0.0) - float(begin or 0.0)) if begin is not None else 0.0
