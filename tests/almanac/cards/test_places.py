from __future__ import annotations

from collections.abc import Sequence

import pytest

from relay.almanac.cards.places import NARROW, PLACES, USUAL, Box, MouthsSeen, StripPlace, choose, touched

WIDE, HIGH = 160, 90
"""Of a frame."""


def strip(place: StripPlace) -> Box:
    """80×20 where the name is in one line, 50×30 in two, 44×24 in small letters; 5 from the edges."""
    width, height = (44, 24) if place.small else (80, 20) if place.measure == 1 else (50, 30)
    return Box(WIDE - 5 - width if place.right else 5, 5 if place.upper else HIGH - 5 - height, width, height)


def mouth(x: float, y: float) -> MouthsSeen:
    """20×10 around this point, with eyes twenty above it."""
    return MouthsSeen((Box(x - 10, y - 5, 20, 10),), (Box(x - 15, y - 30, 30, 10),))


@pytest.mark.parametrize(
    ("looks", "place"),
    [
        ([], USUAL),
        ([mouth(80, 40)], USUAL),
        ([mouth(130, 75)], USUAL),
        ([mouth(80, 70)], StripPlace(measure=NARROW)),
        ([mouth(62, 70)], StripPlace(measure=NARROW, small=True)),
        ([mouth(40, 75)], StripPlace(right=True, measure=1.0)),
        ([mouth(60, 75), mouth(45, 75)], StripPlace(right=True)),
        ([mouth(40, 75), mouth(90, 75)], StripPlace(right=True, measure=NARROW)),
        ([mouth(40, 75), mouth(98, 75)], StripPlace(right=True, measure=NARROW, small=True)),
        ([mouth(40, 75), mouth(120, 75)], StripPlace(upper=True)),
        ([mouth(40, 75), mouth(120, 75), mouth(50, 20)], StripPlace(upper=True, right=True)),
        ([MouthsSeen((), (Box(10, 60, 40, 20),))], StripPlace(right=True)),
    ],
    ids=["nobody", "above it", "beside it", "in two lines", "in small letters", "a face on the left",
         "one that moves", "two faces", "closer faces", "all along the lower edge", "one above too", "eyes alone"],
)  # fmt: skip
def test_a_name_gives_way_to_mouths(looks: Sequence[MouthsSeen], place: StripPlace) -> None:
    assert choose(looks, strip) == place
    assert touched([look.mouths for look in looks], strip(place)) == 0


def test_twin_a_name_that_gives_way_to_nobody_lies_over_a_mouth() -> None:
    assert touched([mouth(40, 75).mouths], strip(USUAL)) == 1


def test_where_every_place_covers_a_mouth_it_is_the_one_that_covers_it_least_often() -> None:
    everywhere = MouthsSeen((Box(0, 0, WIDE, HIGH),), ())
    assert choose([everywhere], strip) == USUAL
    assert choose([everywhere, mouth(40, 75)], strip) == StripPlace(right=True)


def test_mouths_count_more_than_eyes() -> None:
    """Of two faces below and above, the name lies over the eyes of the upper one."""
    looks = [mouth(40, 75), mouth(120, 75), MouthsSeen((), (Box(0, 0, WIDE, 30),))]
    assert choose(looks, strip).upper


def test_a_place_where_the_name_would_be_cut_is_none() -> None:
    def only_wide(place: StripPlace) -> Box | None:
        return strip(place) if place.measure == 1 else None

    assert choose([mouth(80, 70)], only_wide) == StripPlace(upper=True)
    assert choose([mouth(80, 70)], lambda _place: None) == USUAL


def test_boxes_that_only_touch_do_not_meet() -> None:
    assert not Box(0, 0, 10, 10).meets(Box(10, 0, 10, 10))
    assert not Box(0, 0, 10, 10).meets(Box(0, 10, 10, 10))
    assert Box(0, 0, 10, 10).meets(Box(9, 9, 10, 10))
    assert PLACES[0] == USUAL
    assert len(set(PLACES)) == len(PLACES) == 12
