from __future__ import annotations

from relay.almanac.delivery.exports.carried import FILM_LACKS, ORIGINALS_LACK, FilmPart, Target, lacking
from relay.almanac.delivery.exports.edit import Edit, Layer, LayerKind, apart, edit_of, held
from relay.almanac.film.cut import CardText, Cut
from relay.almanac.film.ffmpeg import Composition, Overlay, Still
from relay.almanac.film.footage import Footage
from relay.almanac.film.timeline import Item, ItemKind, Span, lay_out
from relay.almanac.formats import House

HOUSE = House(width=1280, height=720, fade=12, strip_seconds=2.0)
ANNA, BORIS = (Footage(str(n) * 64, 640, 360, 10, audio=1) for n in (1, 2))


def film(house: House = HOUSE, *, dip: str = "", burned: bool = False) -> Cut:
    """A title, Anna, Boris: Anna dissolves into Boris, or sinks into a colour before him."""
    items = [
        Item(ItemKind.card, 50),
        Item(ItemKind.clip, 100, named=True, dip=dip, fade=20 if dip else None),
        Item(ItemKind.clip, 75, named=True),
    ]
    laid = lay_out(items, house)
    looks = [Composition(Still("title"), 50)]
    for number, source in ((1, ANNA), (2, BORIS)):
        span = laid.strips[number]
        assert span is not None
        strip = Overlay(f"strip{number}", 10, 600, span, 10, 10)
        above = (Overlay("said", 0, 500, Span(30, 40)),) if burned and number == 1 else ()
        looks.append(Composition(source, items[number].frames, 0, strip, above=above))
    return Cut(house, laid, tuple(looks), {}, "Голоса", (1, 2), cards={0: CardText("title", {"title": "Голоса"})})


def lanes(edit: Edit) -> list[list[tuple[str, int, int, int, int]]]:
    return [[(one.kind.value, one.start, one.frames, one.fade_in, one.fade_out) for one in lane] for lane in edit.lanes]


def test_items_are_cut_in_the_middle_of_their_dissolves_and_their_lengths_add_up_to_the_film() -> None:
    edit = edit_of(film())
    assert [piece.shown for piece in edit.pieces] == [(0, 44), (6, 94), (6, 75)]
    assert sum(last - first for first, last in (piece.shown for piece in edit.pieces)) == edit.frames
    assert [(piece.clip, piece.voiced) for piece in edit.pieces] == [(None, False), (0, True), (1, True)]


def test_names_come_when_they_come_in_the_film() -> None:
    assert lanes(edit_of(film())) == [[("name", 50, 38, 10, 10), ("name", 138, 38, 10, 10)]]


def test_a_name_that_stands_in_the_dissolve_comes_and_goes_with_its_picture() -> None:
    """Two of them at once lie in two lanes."""
    cut = film(House(width=1280, height=720, fade=12, strip_seconds=9.0, strip_in_fades=True))
    looks = [
        look if look.layer is None else Composition(look.source, look.frames, 0, Overlay("s", 0, 0, look.layer.span))
        for look in cut.compositions
    ]
    edit = edit_of(Cut(cut.house, cut.timeline, tuple(looks), {}, clips=(1, 2)))
    assert lanes(edit) == [[("name", 38, 100, 12, 12)], [("name", 126, 75, 12, 0)]]


def test_a_dip_is_a_colour_over_a_hard_cut_above_all_else() -> None:
    edit = edit_of(film(dip="0x102030", burned=True))
    assert [piece.dip for piece in edit.pieces] == ["", "", "0x102030"]
    assert lanes(edit)[-1] == [("dip", 118, 20, 10, 10)]
    assert [lane[0].kind.value for lane in edit.lanes] == ["name", "caption", "dip"]
    assert edit.lanes[-1][0].colour == "0x102030"


def test_neighbours_voices_lie_in_two_lanes_because_they_overlap() -> None:
    assert [[piece.item for piece in lane] for lane in edit_of(film()).voices] == [[1], [2]]


def test_layers_share_a_lane_as_long_as_they_do_not_meet() -> None:
    one, two, three = (Layer(LayerKind.words, 0, start, 10) for start in (0, 5, 10))
    assert apart([three, one, two]) == [(one, three), (two,)]


def test_what_a_film_holds_is_known_by_looking_at_it() -> None:
    bare = film()
    assert held(bare, edit_of(bare)) == {
        FilmPart.ends, FilmPart.names, FilmPart.framing, FilmPart.loudness, FilmPart.dissolves, FilmPart.sound,
        FilmPart.limiter,
    }  # fmt: skip
    more = film(dip="0x000000", burned=True)
    assert held(more, edit_of(more)) >= {FilmPart.dips, FilmPart.burned}
    quoted = Cut(**{name: getattr(bare, name) for name in bare.__slots__} | {"cards": {0: CardText("quote", {})}})
    assert held(quoted, edit_of(quoted)) & {FilmPart.cards, FilmPart.ends} == {FilmPart.cards}


def test_each_lack_is_said_once_and_nothing_is_said_that_the_film_has_not() -> None:
    assert lacking(FILM_LACKS[Target.edl], {FilmPart.music, FilmPart.sound, FilmPart.loudness}) == [
        FILM_LACKS[Target.edl][FilmPart.sound]
    ]
    assert lacking(FILM_LACKS[Target.edl], {FilmPart.framing}) == []
    assert lacking(ORIGINALS_LACK[Target.otio], {FilmPart.music, FilmPart.cards}) == [
        "cards between the clips: chapters, quotes, pictures", "music",
    ]  # fmt: skip
