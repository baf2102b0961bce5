from __future__ import annotations

import pytest

from relay.almanac.cards.places import Box
from relay.almanac.film.ffmpeg import Hold
from relay.almanac.film.footage import Footage
from relay.almanac.film.framing import Face, FacesSeen
from relay.almanac.film.mouths import BESIDE, EYES, MOUTH, looks_of, middle_at
from relay.almanac.formats import House

HOUSE = House(width=1920, height=1080)
SAME, UPRIGHT = Footage("a", 1280, 720, 10), Footage("b", 720, 1280, 10)


def seen(*faces: Face) -> FacesSeen:
    return FacesSeen(tuple(number / 2 for number in range(20)), faces)


def face(at: float = 1.0) -> Face:
    return Face(at, 0.25, 0.5, 0.25, 0.5)


def whole(box: Box, part: tuple[float, float, float, float]) -> tuple[int, ...]:
    """The face's box that a part of it was taken of: left, top, width, height."""
    wide, high = box.width / (part[2] - part[0]), box.height / (part[3] - part[1])
    return tuple(round(n) for n in (box.x - part[0] * wide, box.y - part[1] * high, wide, high))


@pytest.mark.parametrize(
    ("source", "framing", "where"),
    [
        (SAME, (), (480, 540, 480, 540)),
        (UPRIGHT, (), (656 + 152, 540, 152, 540)),
        (UPRIGHT, (Hold(0, 0.5),), (480, 1706 - 1166, 480, 1707)),
    ],
    ids=["as large as the frame", "upright within it", "cut to it"],
)  # fmt: skip
def test_a_face_lies_in_the_frame_as_its_picture_does(
    source: Footage, framing: tuple[Hold, ...], where: tuple[int, ...]
) -> None:
    (look,) = looks_of(seen(face()), source, framing, 0, 100, HOUSE)
    for parts, part in ((look.mouths, MOUTH), (look.eyes, EYES)):
        assert whole(parts[0], part) == pytest.approx(where, abs=2)


def test_only_looks_while_the_name_stands_count_and_half_a_second_around() -> None:
    faces = [face(at) for at in (0.0, 1.5, 2.0, 5.5, 6.0, 6.5)]
    found = looks_of(seen(*faces, face(6.0)), SAME, (), 50, 75, HOUSE)
    assert len(found) == 3
    assert [len(look.mouths) for look in looks_of(seen(*faces, face(6.0)), SAME, (), 50, 100, HOUSE)] == [1, 1, 1, 2, 1]
    assert BESIDE == 0.5
    assert looks_of(seen(), SAME, (), 0, 100, HOUSE) == []


def test_the_frame_goes_the_way_that_ffmpeg_makes_it_go() -> None:
    way = (Hold(0, 0.2), Hold(50, 0.6, 20), Hold(100, 0.4, 0))
    found = [round(middle_at(way, frame), 3) for frame in (0, 30, 40, 50, 99, 101)]
    assert found == [0.2, 0.2, 0.4, 0.6, 0.6, 0.4]


def test_a_frame_that_follows_takes_the_mouth_along() -> None:
    wide = Footage("c", 3840, 1080, 10)
    holds = (Hold(0, 0.25), Hold(50, 0.75, 20))
    first, later = looks_of(
        seen(Face(0.0, 0.2, 0.4, 0.1, 0.2), Face(3.0, 0.7, 0.4, 0.1, 0.2)), wide, holds, 0, 100, HOUSE
    )
    assert (first.mouths[0].x, first.mouths[0].width) == pytest.approx((later.mouths[0].x, later.mouths[0].width))
