"""Two versions of a film beside each other: what is different, and where in the one is what stands in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from relay.almanac.delivery import previews, versions
from relay.almanac.delivery.reviewing import carrying, changes
from relay.almanac.delivery.reviewing.carrying import CommonStretch, PlacedClip
from relay.almanac.delivery.reviewing.changes import VersionChange
from relay.almanac.delivery.versions import Version
from relay.context import Relay

PREVIEW = -1
"""The number by which the newest preview is asked for beside a version."""


@dataclass(frozen=True, slots=True)
class SinceLast:
    """What a version has that version `before` had not; None where it is the first, or a manifest is lost."""

    before: int | None
    changes: list[VersionChange]


@dataclass(frozen=True, slots=True)
class ComparedSide:
    """`version` 0: the preview. `seconds` long."""

    version: int
    seconds: float
    format: str
    has_poster: bool


@dataclass(frozen=True, slots=True)
class ComparedClip:
    """Where a clip begins in each, in seconds; None where it is not in it."""

    clip: int
    name: str
    left: float | None
    right: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`common`: what both show, by the left one's time. `clips`: of both, in the left one's order, then the rest."""

    left: ComparedSide
    right: ComparedSide
    common: list[CommonStretch]
    clips: list[ComparedClip]
    changes: list[VersionChange]


def since_last(relay: Relay, session: Session, shown: Version) -> SinceLast:
    older = versions.before(session, shown.row)
    if older is None:
        return SinceLast(None, [])
    manifest = versions.manifest(relay, older)
    if not manifest or not shown.manifest:
        return SinceLast(None, [])
    return SinceLast(older.version, _between(session, manifest, shown.manifest))


def side_by_side(relay: Relay, slug: str, name: str, left: int, right: int) -> Comparison:
    """`left`, `right`: numbers of versions, PREVIEW for the newest preview. Raises NotFound."""
    with relay.reading() as session:
        one, other = (_version(relay, session, slug, name, number) for number in (left, right))
        different = _between(session, one.manifest, other.manifest)
    return Comparison(
        left=_side(one),
        right=_side(other),
        common=carrying.common(one.manifest, other.manifest),
        clips=_clips(carrying.placed(one.manifest), carrying.placed(other.manifest)),
        changes=different,
    )


def _version(relay: Relay, session: Session, slug: str, name: str, number: int) -> Version:
    if number == PREVIEW:
        return previews.as_version(relay, slug, name)
    return versions.version(relay, session, slug, name, number)


def _between(session: Session, before: carrying.Manifest, after: carrying.Manifest) -> list[VersionChange]:
    clips = [one.clip for manifest in (before, after) for one in carrying.placed(manifest)]
    return changes.between(before, after, versions.withdrawn_from(session, clips))


def _side(version: Version) -> ComparedSide:
    return ComparedSide(
        version=version.row.version,
        seconds=round(version.seconds, 3),
        format=version.row.format,
        has_poster=bool(version.row.poster),
    )


def _clips(left: Sequence[PlacedClip], right: Sequence[PlacedClip]) -> list[ComparedClip]:
    here, there = ({one.clip: one for one in side} for side in (left, right))
    return [
        ComparedClip(
            clip=clip,
            name=changes.person(there.get(clip) or here[clip]),
            left=here[clip].start if clip in here else None,
            right=there[clip].start if clip in there else None,
        )
        for clip in dict.fromkeys([*here, *there])
    ]
