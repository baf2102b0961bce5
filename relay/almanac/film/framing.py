"""Where a picture is cut when the frame has another shape: around faces, calmly. Pure.

A camera operator's way: the frame stands still as long as the face stays well inside it, and when it has to follow, it
does so in one eased move. A frame that hangs on every nod makes people seasick.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from relay.almanac.film.ffmpeg import Hold
from relay.almanac.film.footage import Footage
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House

SHARE = 0.25
"""Of the looks at a clip, in so many a face has to be found."""
SHAPES_ALIKE = 1.03
"""A frame whose shape differs by less shows nearly all of the picture anyway."""
SIDES_LOST, HEIGHT_LOST = 0.72, 0.30
"""Share of a picture that may be cut away at its sides, and of its height: an upright picture that is cut to a wide
frame is all face.
"""
ROOM = 0.62
"""Share of the frame that a face may take up; a larger one is shown within the whole picture."""
CALM = 0.22
"""Of the frame's length, the way that a face may go from the middle before the frame follows."""
WINDOW, LEAST_HOLD, EASE = 1.0, 1.6, 1.2
"""Seconds: over which a face's place is smoothed; between two moves; that a move takes."""
UPPER = 0.42
"""Where the eyes should stand in an upright frame, from its upper edge."""


@dataclass(frozen=True, slots=True)
class Face:
    """A face at a moment of a clip: seconds, and its box in shares of the picture as displayed."""

    at: float
    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class FacesSeen:
    """What looking at a clip found: at which moments it was looked at, and the faces."""

    moments: tuple[float, ...]
    faces: tuple[Face, ...]


NO_FACES = FacesSeen((), ())


def frame(looks: FacesSeen, source: Footage, span: Span, house: House) -> tuple[Hold, ...]:
    """The frame's way over the part `span` of a clip; empty: the whole picture is shown, on its own blurred ground."""
    if not differs(source, house):
        return ()
    across = source.width * house.height > source.height * house.width
    places = _places(looks, span, house, across=across)
    if not places or _size(looks, across=across) * _ratio(source, house) > ROOM:
        return ()
    return _holds(places, 1 / _ratio(source, house), span, house)


def differs(source: Footage, house: House) -> bool:
    """Whether the picture's shape is another than the frame's, and yet not too far from it to be cut."""
    ratio = _ratio(source, house)
    across = source.width * house.height > source.height * house.width
    return ratio >= SHAPES_ALIKE and 1 - 1 / ratio <= (SIDES_LOST if across else HEIGHT_LOST)


def _ratio(source: Footage, house: House) -> float:
    picture, wanted = source.width / source.height, house.width / house.height
    return max(picture / wanted, wanted / picture)


def _places(looks: FacesSeen, span: Span, house: House, *, across: bool) -> list[tuple[float, float]]:
    """Seconds of the part, and where the frame's middle should be; empty where too few looks found a face."""
    first, last = span.first / house.fps, span.last / house.fps
    moments = [at for at in looks.moments if first <= at < last]
    found = []
    for at in moments:
        faces = [face for face in looks.faces if face.at == at]
        if faces:
            found.append((at - first, _middle(faces, across=across)))
    return found if found and len(found) >= SHARE * len(moments) else []


def _size(looks: FacesSeen, *, across: bool) -> float:
    """A face's usual length in the direction in which the picture is cut, as a share of the picture."""
    return statistics.median(face.width if across else face.height for face in looks.faces)


def _middle(faces: Sequence[Face], *, across: bool) -> float:
    """The middle of what has to be seen: of all faces that are not much smaller than the largest."""
    largest = max(face.area for face in faces)
    counted = [face for face in faces if face.area >= 0.4 * largest]
    if across:
        return (min(face.x for face in counted) + max(face.x + face.width for face in counted)) / 2
    top = min(face.y for face in counted)
    high = max(face.y + face.height for face in counted) - top
    return top + high * (0.5 + (0.5 - UPPER))


def _holds(places: Sequence[tuple[float, float]], seen: float, span: Span, house: House) -> tuple[Hold, ...]:
    """`seen`: the share of the picture's length that the frame shows."""
    smooth = [(at, _inside(statistics.median(v for t, v in places if abs(t - at) <= WINDOW), seen)) for at, _ in places]
    start = _inside(statistics.median(value for at, value in smooth if at <= smooth[0][0] + 2 * LEAST_HOLD), seen)
    holds, last_move = [Hold(0, round(start, 4))], 0.0
    for at, value in smooth:
        if abs(value - holds[-1].at) <= CALM * seen or at - last_move < LEAST_HOLD:
            continue
        ahead = [v for t, v in smooth if at <= t <= at + 2 * LEAST_HOLD]
        aim = _inside(statistics.median(ahead), seen)
        if abs(aim - holds[-1].at) <= CALM * seen / 2:
            continue
        ease = round(EASE * house.fps)
        arrive = min(span.frames - 1, round(at * house.fps) + ease // 2)
        if arrive - ease < holds[-1].frame:
            continue
        holds.append(Hold(arrive, round(aim, 4), ease))
        last_move = arrive / house.fps
    return tuple(holds)


def _inside(middle: float, seen: float) -> float:
    """The frame stays within the picture."""
    return min(max(middle, seen / 2), 1 - seen / 2)
