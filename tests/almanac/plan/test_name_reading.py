from __future__ import annotations

import pytest

from relay.almanac.formats import House
from relay.almanac.plan.name_reading import UnreadName, unread

LONG = "Константин Константинович Константинопольский"


@pytest.mark.parametrize(
    ("name", "frames", "available", "found"),
    [
        ("Анна", 250, 250, None),
        ("", 5, 250, None),
        ("Анна", 50, 50, None),
        ("Анна", 49, 250, UnreadName(1.5, 1.48, 8.04)),
        ("Анна", 10, 10, UnreadName(1.5, 0.0, 0.0)),
        (LONG, 125, 125, None),
        (LONG, 100, 250, UnreadName(3.6, 3.52, 6.0)),
    ],
)
def test_a_clip_that_is_too_short_for_its_name_is_told(
    name: str, frames: int, available: int, found: UnreadName | None
) -> None:
    assert unread(name, "", frames, available, House()) == found


def test_what_to_do_about_it_is_said() -> None:
    assert UnreadName(3.6, 2.0, 6.0).sentence == (
        "The name can't be read here: that takes 3.6 s, and it stands for 2.0 s. "
        "Make the clip 1.7 s longer, or the name on its card shorter."
    )
    assert UnreadName(3.6, 2.0, 1.0).sentence == (
        "The name can't be read here: that takes 3.6 s, and it stands for 2.0 s. "
        "The clip has no more to show: make the name on its card shorter, or leave it off."
    )


def test_a_film_without_strips_has_no_name_to_read() -> None:
    assert unread(LONG, "", 10, 10, House(strip_seconds=0)) is None
