"""Where on a clip the strip with a name can stand, and where it covers nobody's mouth. Pure.

Of the places in their order that one is taken which covers no mouth, then no eyes, at any look while the name stands;
without faces it is the first. So a name stays where names usually stand, unless somebody speaks there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StripPlace:
    """`upper`: at the upper edge; `right`: at the right one. `measure`: of a usual line's length. `small`: letters."""

    upper: bool = False
    right: bool = False
    measure: float = 1.0
    small: bool = False


NARROW = 0.55
"""Of a usual line: a name of two words then stands in two lines, and beside a face in the middle."""
USUAL = StripPlace()
PLACES = tuple(
    StripPlace(upper=upper, right=right, measure=measure, small=small)
    for upper in (False, True)
    for right in (False, True)
    for measure, small in ((1.0, False), (NARROW, False), (NARROW, True))
)
"""In the order in which they are tried: names belong to the lower left, where eyes look for them."""


@dataclass(frozen=True, slots=True)
class Box:
    """Pixels of the film's frame: left upper corner and size."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        up = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return across > 0 and up > 0


@dataclass(frozen=True, slots=True)
class MouthsSeen:
    """Mouths and eyes of one moment, as they lie in the frame."""

    mouths: tuple[Box, ...]
    eyes: tuple[Box, ...]


def choose(looks: Sequence[MouthsSeen], box: Callable[[StripPlace], Box | None]) -> StripPlace:
    """The best of PLACES. `box`: what a strip there covers, None where the name would not stand whole."""
    if not looks:
        return USUAL
    boxes = {place: found for place in PLACES if (found := box(place)) is not None}
    if not boxes:
        return USUAL
    return min(boxes, key=lambda place: (*_covered(looks, boxes[place]), PLACES.index(place)))


def _covered(looks: Sequence[MouthsSeen], strip: Box) -> tuple[int, int]:
    """In how many looks a mouth is touched, and in how many eyes are."""
    return touched([look.mouths for look in looks], strip), touched([look.eyes for look in looks], strip)


def touched(looks: Sequence[Sequence[Box]], strip: Box) -> int:
    return sum(any(strip.meets(part) for part in parts) for parts in looks)
