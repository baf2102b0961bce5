from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.film.timeline import Item, ItemKind, Shot, ShotKind, Span, Timeline, lay_out
from relay.almanac.formats import House
from relay.errors import Refused

HOUSE = House()
CARD, CLIP = ItemKind.card, ItemKind.clip


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
    with pytest.raises(Refused, match=r"^There is nothing to put into the film\.$"):
        lay_out([], HOUSE)
    for row in ([Item(CLIP, 0)], [Item(CLIP, 9), Item(CLIP, 0)], [Item(CLIP, -1), Item(CLIP, 9)]):
        with pytest.raises(Refused, match=r"^An item of the film has no frames\.$"):
            lay_out(row, HOUSE)
    assert lay_out([Item(CLIP, 1)], HOUSE).frames == 1


RATE = "A film can't have {} pictures a second: take 24, 25, 30, 50 or 60."
SHAPE = "A film can't be {}: both sides are even, from 64 up."
LENGTH = "A film's fades and strips can't have a negative length."


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"width": 321}, SHAPE.format("321×1080")),
        ({"height": 181}, SHAPE.format("1920×181")),
        ({"height": 62}, SHAPE.format("1920×62")),
        ({"width": 62}, SHAPE.format("62×1080")),
        ({"fps": 0}, RATE.format(0)),
        ({"fps": 7}, RATE.format(7)),
        ({"fps": 125}, RATE.format(125)),
        ({"fps": -25}, RATE.format(-25)),
        ({"fade": -1}, LENGTH),
        ({"strip_seconds": -0.1}, LENGTH),
    ],
)
def test_a_house_that_can_not_be_is_refused(wrong: dict[str, int], said: str) -> None:
    with pytest.raises(Refused) as refused:
        House(**wrong)  # type: ignore[arg-type]
    assert refused.value.line == said


@pytest.mark.parametrize(
    "good", [{"width": 64, "height": 64}, {"fps": 1}, {"fps": 120}, {"fade": 0, "strip_seconds": 0}]
)
def test_the_least_and_the_most_that_a_house_can_be(good: dict[str, int]) -> None:
    assert House(**good)  # type: ignore[arg-type]


def test_what_follows_from_the_rate() -> None:
    house = House(fps=30, sample_rate=44_100)
    assert (house.gop, house.piece, house.samples, house.tick) == (60, 300, 1470, 512)
    assert (HOUSE.gop, HOUSE.piece, HOUSE.samples) == (50, 250, 1920)
    assert HOUSE.samples * HOUSE.fps == 48_000, "whole samples in a frame"


def test_a_film_of_no_wishes_is_full_hd_for_the_web() -> None:
    """docs/almanac.md and EBU R 128 s2: −16 LUFS, −1 dBTP; names and titles stand for four seconds."""
    assert (HOUSE.width, HOUSE.height, HOUSE.fps, HOUSE.crf, HOUSE.preset) == (1920, 1080, 25, 21, "veryfast")
    assert (HOUSE.loudness, HOUSE.peak, HOUSE.audio_kbps) == (-16.0, -1.0, 160)
    assert (HOUSE.strip_seconds, HOUSE.title_seconds, HOUSE.page_seconds, HOUSE.end_seconds) == (4.0, 4.0, 5.0, 4.0)
    assert (HOUSE.fade, HOUSE.strip_in_fades) == (12, False)


def test_an_item_has_its_own_way_into_the_next() -> None:
    """`fade` 0 is a cut too; a colour to dip into changes no length."""
    wishes: list[dict[str, Any]] = [
        {"fade": 20}, {"fade": 0}, {"dip": "0x000000"}, {"cut": True, "fade": 9}, {"fade": 2}, {"fade": 1}, {},
    ]  # fmt: skip
    row = [Item(CLIP, 90, **wish) for wish in wishes]
    timeline = lay_out(row, HOUSE)
    assert timeline.fades == (20, 0, 12, 0, 2, 0)
    assert [timeline.head(at) for at in range(7)] == [0, 20, 0, 12, 0, 2, 0]
    assert [timeline.tail(at) for at in range(7)] == [20, 0, 12, 0, 2, 0, 0]
    assert timeline.starts == (0, 70, 160, 238, 328, 416, 506)
    assert timeline.frames == 596
    assert timeline.items == tuple(row)


def test_a_name_is_carried_by_those_who_have_one_and_while_there_is_room() -> None:
    row = [Item(CLIP, 30, named=True), Item(CLIP, 90), Item(CLIP, 36, named=True), Item(CLIP, 2, named=True)]
    assert lay_out(row, HOUSE).strips == (Span(0, 20), None, Span(12, 36), Span(0, 2))
    nothing = House(strip_seconds=0)
    assert lay_out([Item(CLIP, 30, named=True)], nothing).strips == (None,)
    one = House(strip_seconds=0.04)
    assert lay_out([Item(CLIP, 30, named=True)], one).strips == (Span(0, 1),)
    assert lay_out([Item(CLIP, 90)] * 2, House(strip_seconds=0.5)).strips == (None, None)
    late = [Item(CLIP, 90), Item(CLIP, 90, named=True)]
    assert lay_out(late, House(strip_seconds=0.48)).strips == (None, None), (
        "the dissolve is all that there was time for"
    )
    assert lay_out(late, House(strip_seconds=0.52)).strips == (None, Span(12, 13))


def test_spans_meet_where_they_share_a_frame() -> None:
    span = Span(10, 20)
    assert [span.meets(Span(*other)) for other in ((0, 10), (0, 11), (19, 30), (20, 30), (12, 13), (15, 15))] == [
        False, True, True, False, True, False,
    ]  # fmt: skip


items = st.lists(
    st.builds(
        Item,
        kind=st.sampled_from(ItemKind),
        frames=st.one_of(st.integers(1, 40), st.integers(1, 2000)),
        named=st.booleans(),
        cut=st.booleans(),
    ),
    min_size=1,
    max_size=12,
)
houses = st.builds(House, fps=st.sampled_from([25, 30, 50]), fade=st.integers(0, 60), strip_in_fades=st.booleans())


@pytest.mark.slow
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


@pytest.mark.slow
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


def test_a_long_name_stands_until_it_has_been_read() -> None:
    def strips(frames: int, reading: int, **house: object) -> Span | None:
        row = [Item(CLIP, 250), Item(CLIP, frames, named=True, reading=reading), Item(CLIP, 250)]
        return lay_out(row, House(**house)).strips[1]  # type: ignore[arg-type]

    assert strips(250, 60) == Span(12, 100), "four seconds, as ever"
    assert strips(250, 120) == Span(12, 132)
    assert strips(130, 110) == Span(0, 122), "between the dissolves it could not be read, so it is in them too"
    assert strips(60, 60) == Span(0, 60)
    assert strips(60, 36) == Span(12, 48)
    assert strips(60, 37) == Span(0, 60)
    assert strips(250, 120, strip_seconds=0) is None
