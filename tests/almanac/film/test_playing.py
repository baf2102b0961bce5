from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.almanac.film import playing
from relay.almanac.film.cut import Cut
from relay.almanac.film.ffmpeg import Composition, Overlay, Still, View
from relay.almanac.film.playing import PlayedItem
from relay.almanac.film.timeline import Item, ItemKind, ShotKind, Span, lay_out
from relay.almanac.formats import House

HOUSE = House()
CARD, CLIP = ItemKind.card, ItemKind.clip


def cut(*items: Item) -> Cut:
    looks = tuple(Composition(Still(f"ground {number}"), item.frames) for number, item in enumerate(items))
    return Cut(HOUSE, lay_out(items, HOUSE), looks, {})


def shown(played: list[PlayedItem], frame: int) -> list[tuple[int, int, float]]:
    return [(one.item, one.frame, round(one.seen, 3)) for one in playing.at(played, frame)]


def agrees(film: Cut) -> None:
    """Every frame shows what the shot that is encoded for it shows."""
    played = playing.items(film)
    for shot in film.timeline.shots:
        for frame in range(shot.frames):
            own = {one.item: one.frame for one in playing.at(played, shot.start + frame)}
            if shot.kind is not ShotKind.fade:
                assert own == {shot.item: shot.span.first + frame}
                continue
            assert shot.out is not None
            both = {shot.item - 1: shot.out.first + frame, shot.item: frame}
            assert own.items() <= both.items()
            assert own


def test_a_dissolve_begins_with_all_of_the_old() -> None:
    played = playing.items(cut(Item(CARD, 75), Item(CLIP, 300, named=True), Item(CARD, 100)))
    assert [(one.start, one.frames, one.fade) for one in played] == [(0, 75, 12), (63, 300, 12), (351, 100, 0)]
    assert shown(played, 62) == [(0, 62, 1.0)]
    assert shown(played, 63) == [(0, 63, 1.0)]
    assert shown(played, 66) == [(0, 66, 1.0), (1, 3, 0.25)]
    assert shown(played, 75) == [(1, 12, 1.0)]
    assert shown(played, 450) == [(2, 99, 1.0)]
    assert shown(played, 451) == []


def test_a_dip_shows_one_and_then_the_other() -> None:
    played = playing.items(cut(Item(CLIP, 300, fade=20, dip="0x14100c"), Item(CARD, 100)))
    assert played[0].dip == "#14100c"
    assert [shown(played, frame) for frame in (280, 285, 289)] == [
        [(0, 280, 1.0)],
        [(0, 285, 0.5)],
        [(0, 289, 0.1)],
    ]
    assert shown(played, 295) == [(1, 15, 0.5)]
    assert shown(played, 300) == [(1, 20, 1.0)]


def test_a_cut_shares_no_frame() -> None:
    played = playing.items(cut(Item(CLIP, 50, cut=True), Item(CLIP, 50)))
    assert (shown(played, 49), shown(played, 50)) == ([(0, 49, 1.0)], [(1, 0, 1.0)])


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            Item,
            st.sampled_from([CARD, CLIP]),
            st.integers(1, 400),
            st.booleans(),
            st.booleans(),
            st.one_of(st.none(), st.integers(0, 40)),
            st.sampled_from(["", "", "0x000000"]),
        ),
        min_size=1,
        max_size=7,
    )
)
def test_what_is_played_is_what_is_encoded(items: list[Item]) -> None:
    agrees(cut(*items))


def test_twin_an_item_that_begins_a_frame_late_is_noticed() -> None:
    film = cut(Item(CARD, 75), Item(CLIP, 300), Item(CLIP, 90))
    agrees(film)
    late = replace(film.timeline, starts=(0, 64, 351))
    with pytest.raises(AssertionError):
        agrees(replace(film, timeline=late))


def test_cards_come_with_their_words_and_their_camera() -> None:
    layer = Overlay("words", 40, 60, Span(5, 80), 10, 4)
    look = Composition(Still("ground"), 90, 0, layer, 6, 7, motion=(View(0.5, 0.5, 1.0), View(0.4, 0.5, 1.1)))
    (item,) = playing.items(Cut(HOUSE, lay_out([Item(CARD, 90)], HOUSE), (look,), {}))
    assert (item.ground, item.sha256, item.rise, item.sink) == ("ground", "", 6, 7)
    assert item.motion == [[0.5, 0.5, 1.0], [0.4, 0.5, 1.1]]
    (told,) = item.layers
    assert (told.picture, told.first, told.last, told.fade_in, told.fade_out) == ("words", 5, 80, 10, 4)
