from __future__ import annotations

from relay.almanac.cards.between import Between
from relay.almanac.cards.kinds.place import DESIGN, PlaceCard
from relay.almanac.formats import House
from tests.almanac.cards.sketching import Sketches, check


def test_a_place_is_the_largest_with_its_day_above_and_a_sentence_below(sketches: Sketches) -> None:
    whole = PlaceCard("Кобона, Ладожское озеро", "18 января 1943 года", "Отсюда уходили первые машины.")
    check(
        sketches,
        (
            lambda card: card.draw(whole),
            {
                "night 1920x1080": """
                    1920x1080 accent:435x44+743+367 plate_ink:1170x93+377+459 accent:520x18+700+591 soft:559x34+680+654
                """,
                "granite 1080x1920": """
                    1080x1920 accent:387x41+88+748 plate_ink:331x76+92+829 plate_ink:764x84+87+929
                    accent:100x10+86+1040 soft:512x32+86+1090
                """,
            },
        ),
        (
            lambda card: card.draw(PlaceCard("Кобона")),
            {"paper 1920x1080": "1920x1080 plate_ink:312x77+805+462 accent:150x3+885+596"},
        ),
    )


def test_it_stands_as_long_as_a_title() -> None:
    placed = DESIGN.place(Between("place", {"place": "Кобона", "date": "18 января"}), House(title_seconds=4.0))
    assert placed is not None
    assert (placed.text, placed.seconds, placed.photo) == (PlaceCard("Кобона", "18 января"), 4.0, None)
    assert (DESIGN.needs, DESIGN.divides) == ("place", False)
