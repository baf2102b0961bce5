"""What the page of a film shows around its player: remarks as marks below the picture, clips, what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlmodel import col, select

from relay.almanac.delivery import previews, remarks, versions
from relay.almanac.delivery.previews import PreviewView
from relay.almanac.delivery.remarks import RemarkView
from relay.almanac.delivery.reviewing import carrying, comparing
from relay.almanac.delivery.reviewing.comparing import SinceLast
from relay.almanac.delivery.versions import Version
from relay.context import Relay
from relay.models import Clip, ClipState, Inspection
from relay.moderation import desk


class WhichRemarks(StrEnum):
    """Which remarks a list shows."""

    all = "all"
    open = "open"
    done = "done"


@dataclass(frozen=True, slots=True)
class Mark:
    """A remark on the bar below a picture: `at` and `wide` in hundredths of the film."""

    remark: RemarkView
    at: float
    wide: float


@dataclass(frozen=True, slots=True)
class FilmClip:
    """A clip as this version has it: from `start` of the film, `seconds` long; `at` in hundredths of the film."""

    clip: int
    name: str
    town: str
    start: float
    seconds: float
    at: float


@dataclass(frozen=True, slots=True)
class Watched:
    """A version with all that is told around its player. `clips` is empty where its manifest is lost."""

    seconds: float
    remarks: list[RemarkView]
    marks: list[Mark]
    clips: list[FilmClip]
    since: SinceLast


@dataclass(frozen=True, slots=True)
class PreviewShown:
    """The newest preview, with the remarks that are still open where they are in it."""

    view: PreviewView
    marks: list[Mark]
    clips: list[FilmClip]


def watching(relay: Relay, slug: str, name: str, version: int) -> Watched:
    """Raises NotFound."""
    said = remarks.in_version(relay, slug, name, version)
    with relay.reading() as session:
        shown = versions.version(relay, session, slug, name, version)
        since = comparing.since_last(relay, session, shown)
    return Watched(shown.seconds, said, marks(said, shown.seconds), film_clips(shown), since)


def pictures_of(relay: Relay, planned: Sequence[int], shown: Sequence[FilmClip]) -> dict[int, str]:
    """Clip → the sum under which its poster is given out, of the clips in the plan and in the version."""
    wanted = sorted({*planned, *(clip.clip for clip in shown)})
    is_shown = col(Clip.state) != ClipState.withdrawn, col(Inspection.poster) != ""
    asked = select(Clip.id, Clip.sha256).join(Inspection, col(Inspection.sha256) == col(Clip.sha256)).where(*is_shown)
    with relay.reading() as session:
        return {
            number: sha256
            for start in range(0, len(wanted), desk.CHUNK)
            for number, sha256 in session.exec(asked.where(col(Clip.id).in_(wanted[start : start + desk.CHUNK])))
            if number is not None
        }


def previewed(relay: Relay, slug: str, name: str) -> PreviewShown | None:
    """None where there is no preview. Raises NotFound."""
    found = previews.newest(relay, slug, name)
    if found is None:
        return None
    version = previews.as_version(relay, slug, name)
    said = remarks.for_preview(relay, slug, name, version)
    return PreviewShown(found, marks(said, version.seconds), film_clips(version))


def marks(said: Sequence[RemarkView], seconds: float) -> list[Mark]:
    """Of those that are of a moment of this film."""
    if not seconds:
        return []
    return [
        Mark(one, _share(one.seconds, seconds), _share(min(one.until or one.seconds, seconds) - one.seconds, seconds))
        for one in said
        if one.here and one.seconds is not None
    ]


def film_clips(version: Version) -> list[FilmClip]:
    seconds = version.seconds
    return [
        FilmClip(one.clip, one.name, one.town, one.start, one.end - one.start, _share(one.start, seconds))
        for one in carrying.placed(version.manifest)
        if seconds
    ]


def _share(part: float, whole: float) -> float:
    return round(min(100.0, 100 * part / whole), 3)
