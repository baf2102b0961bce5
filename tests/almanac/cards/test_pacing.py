from __future__ import annotations

import pytest

from relay.almanac.cards.pacing import (
    LYING,
    UPRIGHT,
    credits_seconds,
    page_lengths,
    reading_seconds,
    stands_long_enough,
)


@pytest.mark.parametrize(
    ("people", "seconds"), [(0, 0), (12, 5), (60, 25), (120, 32), (300, 52), (1000, 129), (3000, 352)]
)
def test_few_are_read_and_many_are_searched(people: int, seconds: int) -> None:
    assert round(credits_seconds(people, 5.0)) == seconds
    assert credits_seconds(people, 2.5) == credits_seconds(people, 5.0) / 2


def test_all_pages_of_a_film_have_one_pace_and_none_flies_by() -> None:
    assert page_lengths([3], 5.0) == [5.0], "a single page stands as long as the house says"
    assert page_lengths([15, 15], 5.0) == [6.25, 6.25]
    assert [round(length, 2) for length in page_lengths([20, 20, 20, 1], 5.0)] == [8.23, 8.23, 8.23, 4.0]
    assert page_lengths([20, 5], 5.0) == [pytest.approx(8.33, abs=0.01), 5.0]
    assert page_lengths([], 5.0) == []


def test_pages_are_fuller_where_each_would_stand_too_shortly() -> None:
    assert stands_long_enough(1, 3, 5.0)
    assert stands_long_enough(13, 300, 5.0) is False
    assert stands_long_enough(12, 300, 5.0)


def test_letters_are_never_smaller_than_is_read_fluently() -> None:
    assert min(min(close.sizes) for close in LYING) == 26
    assert min(close.town for close in LYING) == 24
    assert min(close.town for close in UPRIGHT) == 26


@pytest.mark.parametrize(
    ("texts", "seconds"),
    [(("", " "), 0.0), (("Ян", ""), 1.5), (("Анна Щёголева", ""), 1.5), (("Елена Морозова", "Лодейное Поле"), 2.4),
     (("Константин Константинович Константинопольский", "Санкт-Петербург"), 4.6)],
)  # fmt: skip
def test_a_longer_name_takes_longer_to_read(texts: tuple[str, ...], seconds: float) -> None:
    assert round(reading_seconds(*texts), 2) == seconds
