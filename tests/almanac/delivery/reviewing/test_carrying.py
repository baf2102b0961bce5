from __future__ import annotations

from typing import Any

import pytest

from relay.almanac.delivery.reviewing import carrying
from relay.almanac.delivery.reviewing.carrying import CommonStretch, PlacedClip


def film(*clips: tuple[int, float, float, float], title: float = 2.0, fps: float = 25) -> dict[str, Any]:
    """Clips one behind the other after a title of two seconds: (number, first second of its own, seconds, a card before
    it of so many seconds).
    """
    at, told = title, []
    for number, first, seconds, card in clips:
        at += card
        stretch = {"from": round(at * fps), "to": round((at + seconds) * fps)}
        source = {"from": round(first * fps), "to": round((first + seconds) * fps)}
        told.append({"clip": number, "name": f"n{number}", "town": "", "film": stretch, "source": source})
        at += seconds
    return {"fps": fps, "frames": round((at + 3) * fps), "clips": told}


BEFORE = film((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 10, 1))
LASTS = 60.0


@pytest.mark.parametrize(
    ("what", "after", "moment", "expected"),
    [
        ("nothing changed", BEFORE, 5.0, 5.0),
        ("a clip moved to the front", film((3, 0, 10, 0), (1, 0, 10, 0), (2, 0, 10, 0)), 5.0, 15.0),
        ("the last one moved to the front", film((3, 0, 10, 0), (1, 0, 10, 0)), 25.0, 4.0),
        ("a clip before it went out", film((2, 0, 10, 0), (3, 0, 10, 1)), 15.0, 5.0),
        ("its clip went out", film((1, 0, 10, 0), (3, 0, 10, 1)), 15.0, None),
        ("its beginning was cut off, the moment stays", film((1, 2, 8, 0)), 5.0, 3.0),
        ("the moment itself was cut off", film((1, 4, 6, 0)), 5.0, None),
        ("the moment behind a new end", film((1, 0, 3, 0)), 5.0, None),
        ("the film has another rate", film((2, 0, 10, 0), (1, 0, 10, 0), fps=50), 5.0, 15.0),
        ("the title's clip opens the film no more", film((3, 0, 10, 0), (1, 0, 10, 0)), 1.0, None),
        ("a card goes with the clip behind it", film((3, 0, 10, 1), (1, 0, 10, 0)), 22.5, 2.5),
        ("the credits go with the last clip", film((1, 0, 10, 0), (2, 0, 10, 0), (3, 0, 5, 1)), 34.0, 29.0),
    ],
)
def test_a_moment_goes_with_its_picture(
    what: str, after: dict[str, Any], moment: float, expected: float | None
) -> None:
    at = carrying.carried(moment, BEFORE, after, LASTS)
    assert at == (None if expected is None else pytest.approx(expected))


def test_a_moment_of_the_title_stays_when_its_clip_still_opens_the_film() -> None:
    assert carrying.carried(1.0, BEFORE, film((1, 2, 8, 0), title=3.0), LASTS) == pytest.approx(2.0)


def test_nobody_can_tell_without_manifests() -> None:
    assert carrying.carried(5.0, {}, BEFORE, LASTS) == 5.0
    assert carrying.carried(5.0, BEFORE, {}, 4.0) is None
    assert carrying.carried(5.0, {}, {}, 5.1) == 5.0


def test_in_a_dissolve_the_clip_that_comes_in_is_meant() -> None:
    before = {"clips": [
        {"clip": 1, "film": {"from": 0, "to": 100}, "source": {"from": 0}},
        {"clip": 2, "film": {"from": 88, "to": 200}, "source": {"from": 0}},
    ]}  # fmt: skip
    alone = {"clips": [{"clip": 2, "film": {"from": 50, "to": 162}, "source": {"from": 0}}]}
    assert carrying.carried(90 / 25, before, alone, LASTS) == pytest.approx(52 / 25)


def test_twin_by_the_clock_alone_a_remark_stands_on_another_face() -> None:
    """What the mapping is for: at the same second of the new version somebody else is on screen."""
    after = film((3, 0, 10, 0), (1, 0, 10, 0), (2, 0, 10, 0))
    there = [one.clip for one in carrying.placed(after) if one.start <= 5.0 < one.end]
    assert there == [3]
    at = carrying.carried(5.0, BEFORE, after, LASTS) or 0.0
    assert [one.clip for one in carrying.placed(after) if one.start <= at < one.end] == [1]


def test_common_stretches_are_what_both_show() -> None:
    after = film((3, 0, 10, 0), (1, 2, 4, 0), (4, 0, 5, 0))
    assert carrying.common(BEFORE, after) == [
        CommonStretch(1, left=4.0, right=12.0, seconds=4.0),
        CommonStretch(3, left=23.0, right=2.0, seconds=10.0),
    ]
    assert carrying.common(BEFORE, {}) == []
    assert carrying.common(film((1, 0, 2, 0)), film((1, 3, 2, 0))) == [], "no picture of it is in both"


def test_a_manifest_of_long_ago_says_no_rate() -> None:
    old = {"clips": [{"clip": 7, "film": {"from": 25, "to": 50}}]}
    assert carrying.placed(old) == [PlacedClip(7, 1.0, 2.0, 0.0)]
