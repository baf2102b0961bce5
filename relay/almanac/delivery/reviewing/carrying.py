"""Where a moment of one version of a film is in another one: at the same picture of the same clip. Pure.

Versions are given by their manifests. A moment on a clip goes with that clip, wherever it stands by now, as long as
that very picture is still used. A moment on a card has no picture of a clip: it goes with the clip behind it, or else
with the clip before it, as far as there still is a card at that distance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Manifest = Mapping[str, Any]
NOTHING = 1e-6
"""Seconds that rounding may take or add."""


@dataclass(frozen=True, slots=True)
class PlacedClip:
    """A clip in a version: seconds of the film from `start` to `end`, of which the first shows second `source`."""

    clip: int
    start: float
    end: float
    source: float
    name: str = ""
    town: str = ""

    @property
    def source_end(self) -> float:
        return self.source + self.end - self.start


@dataclass(frozen=True, slots=True)
class CommonStretch:
    """The same pictures in two versions: `seconds` long, from `left` in the one and from `right` in the other."""

    clip: int
    left: float
    right: float
    seconds: float


def placed(manifest: Manifest) -> list[PlacedClip]:
    """The clips of a version in the order of the film; none where the manifest is lost or has none."""
    fps = rate(manifest)
    return [
        PlacedClip(
            clip=int(one["clip"]),
            start=one["film"]["from"] / fps,
            end=one["film"]["to"] / fps,
            source=one.get("source", {}).get("from", 0) / fps,
            name=str(one.get("name", "")),
            town=str(one.get("town", "")),
        )
        for one in manifest.get("clips", [])
    ]


def rate(manifest: Manifest) -> float:
    """Pictures a second. Manifests of long ago don't say it of themselves, and were all of 25."""
    return float(manifest.get("fps") or 25.0)


def carried(seconds: float, made_in: Manifest, shown: Manifest, lasts: float) -> float | None:
    """The same moment in the version that is shown, which `lasts` so many seconds; None where it is not in it any more.

    Where one of the manifests is lost nobody can tell, and the moment stays what it is.
    """
    before, now = placed(made_in), placed(shown)
    if not before or not now:
        return seconds if seconds < lasts else None
    clip = _standing(before, seconds)
    if clip is not None:
        return _with_clip(seconds, clip, now)
    moments = (_beside(seconds, clip, now) for clip in _neighbours(seconds, before))
    return next((at for at in moments if at is not None and 0 <= at < lasts and _standing(now, at) is None), None)


def common(left: Manifest, right: Manifest) -> list[CommonStretch]:
    """What both versions show, in the order of the left one: pictures of clips that both use."""
    found, there = [], placed(right)
    for one in placed(left):
        for other in (each for each in there if each.clip == one.clip):
            first, last = max(one.source, other.source), min(one.source_end, other.source_end)
            if last > first:
                at = one.start + first - one.source, other.start + first - other.source
                found.append(CommonStretch(one.clip, round(at[0], 3), round(at[1], 3), round(last - first, 3)))
    return found


def _standing(clips: Sequence[PlacedClip], seconds: float) -> PlacedClip | None:
    """The clip on screen; in a dissolve the one that comes in."""
    shown = [one for one in clips if one.start - NOTHING <= seconds < one.end - NOTHING]
    return shown[-1] if shown else None


def _with_clip(seconds: float, clip: PlacedClip, now: Sequence[PlacedClip]) -> float | None:
    picture = clip.source + seconds - clip.start
    for one in now:
        if one.clip == clip.clip and one.source - NOTHING <= picture < one.source_end - NOTHING:
            return one.start + picture - one.source
    return None


def _neighbours(seconds: float, clips: Sequence[PlacedClip]) -> list[PlacedClip]:
    """Of a card: the clip behind it, which it mostly belongs to, then the one before it."""
    behind = [one for one in clips if one.start > seconds][:1]
    return behind + [one for one in clips if one.end <= seconds + NOTHING][-1:]


def _beside(seconds: float, clip: PlacedClip, now: Sequence[PlacedClip]) -> float | None:
    """As far from where the clip begins, or ends, as it was."""
    here = next((one for one in now if one.clip == clip.clip), None)
    if here is None:
        return None
    return here.start - (clip.start - seconds) if clip.start > seconds else here.end + seconds - clip.end
