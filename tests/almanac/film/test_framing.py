from __future__ import annotations

import pytest

from relay.almanac.film.ffmpeg import Hold
from relay.almanac.film.footage import Footage
from relay.almanac.film.framing import Face, FacesSeen, differs, frame
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House

UPRIGHT = House(width=1080, height=1920)
SQUARE = House(width=1080, height=1080)
WIDE = House()


def clip(width: int = 1920, height: int = 1080) -> Footage:
    return Footage("f" * 64, width, height, 20.0)


def looks(*middles: float | None, width: float = 0.1) -> FacesSeen:
    """A face, or none, twice a second."""
    moments = tuple(number / 2 for number in range(len(middles)))
    faces = tuple(
        Face(at, middle - width / 2, 0.2, width, 0.3)
        for at, middle in zip(moments, middles, strict=True)
        if middle is not None
    )
    return FacesSeen(moments, faces)


def test_the_frame_stands_on_a_face_that_stands() -> None:
    assert frame(looks(*[0.7] * 40), clip(), Span(0, 500), UPRIGHT) == (Hold(0, 0.7),)


def test_the_frame_stays_within_the_picture() -> None:
    (hold,) = frame(looks(*[0.05] * 40), clip(), Span(0, 500), UPRIGHT)
    assert hold.at == pytest.approx(0.5 * (1080 / 1920) ** 2, abs=1e-3)


def test_nods_do_not_move_it_and_a_single_false_face_neither() -> None:
    nodding = [0.5 + 0.03 * (-1) ** number for number in range(40)]
    nodding[20] = 0.95
    holds = frame(looks(*nodding), clip(), Span(0, 500), UPRIGHT)
    assert len(holds) == 1
    assert holds[0].at == pytest.approx(0.5, abs=0.04)


def test_it_follows_who_walks_over_in_one_eased_move() -> None:
    holds = frame(looks(*[0.3] * 20, *[0.7] * 20), clip(), Span(0, 500), UPRIGHT)
    assert [hold.at for hold in holds] == [0.3, 0.7]
    assert holds[1].ease == 30
    assert 225 <= holds[1].frame <= 290


@pytest.mark.parametrize(
    ("seen", "source", "house"),
    [
        (looks(*[None] * 40), clip(), UPRIGHT),
        (looks(0.5, *[None] * 39), clip(), UPRIGHT),
        (looks(*[0.5] * 40, width=0.3), clip(), UPRIGHT),
        (looks(*[0.5] * 40), clip(1080, 1920), WIDE),
        (looks(*[0.5] * 40), clip(1920, 1080), WIDE),
        (FacesSeen((), ()), clip(), UPRIGHT),
    ],
    ids=["nobody", "hardly ever", "too close", "upright in a wide frame", "same shape", "not looked at"],
)
def test_otherwise_the_whole_picture_is_shown(seen: FacesSeen, source: Footage, house: House) -> None:
    assert frame(seen, source, Span(0, 500), house) == ()


def test_only_the_used_part_counts() -> None:
    seen = looks(*[0.2] * 20, *[0.8] * 20)
    assert frame(seen, clip(), Span(250, 500), SQUARE)[0].at == pytest.approx(1 - 0.5 * 1080 / 1920, abs=1e-3)


def test_two_people_are_both_kept() -> None:
    faces = [Face(n / 2, x, 0.2, 0.06, 0.1) for n in range(40) for x in (0.4, 0.6)]
    faces += [Face(n / 2, 0.95, 0.2, 0.01, 0.02) for n in range(40)]
    (hold,) = frame(FacesSeen(tuple(n / 2 for n in range(40)), tuple(faces)), clip(), Span(0, 500), SQUARE)
    assert hold.at == pytest.approx(0.53)


def test_shapes_that_are_alike_are_left_alone() -> None:
    assert not differs(clip(1918, 1078), WIDE)
    assert differs(clip(1440, 1080), WIDE)
