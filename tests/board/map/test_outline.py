from __future__ import annotations

import pytest

from relay.board.map import outline


@pytest.mark.slow
def test_around_the_ladoga_there_is_land_a_lake_and_its_shore():
    shapes = list(outline.within(29, 59, 33, 61))
    assert {"land", "lake", "coast"} <= {shape.kind for shape in shapes}
    points = [point for shape in shapes if shape.kind == "lake" for line in shape.lines for point in line]
    assert any(31 < east < 32 and 60 < north < 61 for east, north in points)


def test_shapes_lie_in_their_tiles():
    for shape in outline.within(29, 57, 29, 57):
        for east, north in (point for line in shape.lines for point in line):
            assert 27.9 < east < 32.1
            assert 55.9 < north < 60.1


def test_in_the_midst_of_the_ocean_there_is_nothing():
    assert list(outline.within(-30.5, 20, -30, 20.5)) == []


def test_beyond_the_end_of_the_world_there_is_nothing():
    assert list(outline.within(400, 95, 401, 96)) == []
