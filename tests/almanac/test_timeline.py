from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.timeline import House, Item, Kind, Shot, ShotKind, Span, Timeline, lay_out
from relay.errors import Refused

HOUSE = House()
CARD, CLIP = Kind.card, Kind.clip


def shown(timeline: Timeline) -> list[tuple[str, int, int, int, int]]:
    return [(shot.kind.value, shot.start, shot.item, shot.span.first, shot.span.last) for shot in timeline.shots]


def test_a_film_of_a_title_one_clip_and_credits() -> None:
    timeline = lay_out([Item(CARD, 75), Item(CLIP, 300, named=True), Item(CARD, 100)], HOUSE)
    assert shown(timeline) == [
        ("card", 0, 0, 0, 63),
        ("fade", 63, 1, 0, 12),
        ("lower third", 75, 1, 12, 100),
        ("clip", 163, 1, 100, 288),
        ("fade", 351, 2, 0, 12),
        ("card", 363, 2, 12, 100),
    ]
    assert timeline.frames == 75 + 300 + 100 - 24
    assert timeline.shots[1].out == Span(63, 75)


@pytest.mark.parametrize(
    ("clips", "frames"),
    [(6, 666), (20, 1898)],
)
def test_the_film_jobs_of_the_benchmark(clips: int, frames: int) -> None:
    """shared/corpus/film/README.md: 3 s title, 4 s clips, 3 s credits, 12-frame dissolves."""
    items = [Item(CARD, 75), *[Item(CLIP, 100, named=True)] * clips, Item(CARD, 75)]
    assert lay_out(items, House(strip_in_fades=True)).frames == frames


@pytest.mark.parametrize(
    ("lengths", "fades"),
    [
        ((100, 100), (12,)),
        ((100, 36, 100), (12, 12)),
        ((100, 30, 100), (10, 10)),
        ((100, 6, 100), (2, 2)),
        ((100, 5, 100), (0, 0)),
        ((1, 1), (0,)),
        ((9, 100), (3,)),
    ],
)
def test_short_clips_get_shorter_dissolves_or_none(lengths: tuple[int, ...], fades: tuple[int, ...]) -> None:
    assert lay_out([Item(CLIP, frames) for frames in lengths], HOUSE).fades == fades


def test_a_cut_has_no_dissolve() -> None:
    assert lay_out([Item(CARD, 100, cut=True), Item(CARD, 100)], HOUSE).fades == (0,)


def test_a_corrected_name_touches_its_own_shots_only() -> None:
    """The name lies between the dissolves, so they stay as they are."""
    timeline = lay_out([Item(CLIP, 200, named=True)] * 3, HOUSE)
    assert timeline.strips[1] == Span(12, 100)
    strip = timeline.strips[1]
    assert strip is not None
    touched = [shot.kind for shot in timeline.shots if shot.item == 1 and strip.meets(shot.span)]
    assert touched == [ShotKind.lower_third]


def test_names_may_stand_in_the_dissolves_too() -> None:
    timeline = lay_out([Item(CLIP, 90, named=True)] * 3, House(strip_in_fades=True))
    assert timeline.strips == (Span(0, 90), Span(0, 90), Span(0, 90))


@pytest.mark.parametrize(("frames", "wanted"), [(149, [149]), (150, [100, 50])])
def test_a_rest_of_under_two_seconds_stays_with_the_name(frames: int, wanted: list[int]) -> None:
    timeline = lay_out([Item(CLIP, frames, named=True)], HOUSE)
    assert [shot.frames for shot in timeline.shots] == wanted


def test_a_name_that_stands_for_long_comes_in_pieces() -> None:
    timeline = lay_out([Item(CLIP, 600, named=True)], House(strip_seconds=60))
    assert [(shot.kind, shot.frames) for shot in timeline.shots] == [("lower third", 200)] * 3


def test_long_clips_come_in_pieces_that_end_at_key_frames() -> None:
    timeline = lay_out([Item(CLIP, 100 + 250 * 2 + 290, named=True)], HOUSE)
    pieces = [shot.span for shot in timeline.shots if shot.kind is ShotKind.clip]
    assert pieces == [Span(100, 350), Span(350, 600), Span(600, 890)]
    assert all(piece.frames % HOUSE.gop == 0 for piece in pieces[:-1])


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(Refused, match="nothing to put"):
        lay_out([], HOUSE)
    with pytest.raises(Refused, match="no frames"):
        lay_out([Item(CLIP, 0)], HOUSE)


@pytest.mark.parametrize("wrong", [{"width": 321}, {"height": 2}, {"fps": 0}, {"fps": 7}, {"fade": -1}])
def test_a_house_that_can_not_be_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(Refused):
        House(**wrong)  # type: ignore[arg-type]


items = st.lists(
    st.builds(
        Item,
        kind=st.sampled_from(Kind),
        frames=st.one_of(st.integers(1, 40), st.integers(1, 2000)),
        named=st.booleans(),
        cut=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
houses = st.builds(House, fps=st.sampled_from([25, 30, 50]), fade=st.integers(0, 60), strip_in_fades=st.booleans())


@given(items, houses)
def test_every_frame_is_shown_once_and_shared_only_in_dissolves(row: list[Item], house: House) -> None:
    timeline = lay_out(row, house)
    at = 0
    shown_of: list[list[int]] = [[0] * item.frames for item in row]
    for shot in timeline.shots:
        assert shot.frames > 0
        assert shot.start == at
        at += shot.frames
        mark(shown_of[shot.item], shot.span)
        if shot.out is not None:
            assert shot.out.frames == shot.frames
            mark(shown_of[shot.item - 1], shot.out)
    assert at == timeline.frames == sum(item.frames for item in row) - sum(timeline.fades)
    assert all(count == 1 for counts in shown_of for count in counts)


@given(items, houses)
def test_an_item_begins_where_the_timeline_says(row: list[Item], house: House) -> None:
    timeline = lay_out(row, house)
    for shot in timeline.shots:
        assert shot.start == timeline.starts[shot.item] + shot.span.first
    for number, item in enumerate(row):
        assert timeline.head(number) + timeline.tail(number) <= item.frames


def mark(counts: list[int], span: Span) -> None:
    for frame in range(span.first, span.last):
        counts[frame] += 1


def test_shots_know_their_length() -> None:
    assert Shot(ShotKind.card, 0, 0, Span(3, 10)).frames == 7


@pytest.mark.parametrize(("count", "wanted"), [(0, []), (1, [(3, 13)]), (3, [(3, 6), (6, 9), (9, 13)])])
def test_a_span_in_parts(count: int, wanted: list[tuple[int, int]]) -> None:
    span = Span(3, 13) if count else Span(3, 3)
    assert [(part.first, part.last) for part in span.parts(count)] == wanted


@pytest.mark.parametrize(
    ("seconds", "frames"), [(0.99, 25), (1.0, 25), (1.01, 25), (1.019, 25), (1.021, 26), (1.99, 50), (0.0, 0)]
)
def test_seconds_become_the_nearest_frames(seconds: float, frames: int) -> None:
    assert HOUSE.frames(seconds) == frames


@pytest.mark.parametrize(("rest", "pieces"), [(299, [299]), (300, [300]), (301, [250, 51]), (550, [250, 300])])
def test_a_rest_of_up_to_a_piece_and_a_key_frames_way_is_one_shot(rest: int, pieces: list[int]) -> None:
    timeline = lay_out([Item(CLIP, 100 + rest, named=True)], HOUSE)
    assert [shot.frames for shot in timeline.shots if shot.kind is ShotKind.clip] == pieces
