from __future__ import annotations

import pytest

from relay.errors import Refused
from relay.moderation import ages, desk


@pytest.mark.parametrize("age", ["", "7", "12 лет", "12 years", "0–13", "14-17", "60+", "100 лет", "45 ans"])
def test_an_age_that_films_can_choose_by_is_taken(age):
    assert ages.checked(age) == age


@pytest.mark.parametrize(
    "age", ["сорок", "5 класс", "5б кл.", "1934", "1934 г.р.", "121", "8 мес", "лет 12 и 13", "12 13"]
)
def test_what_can_not_be_read_as_an_age_is_told_at_once(age):
    with pytest.raises(Refused, match="can't be read as an age"):
        ages.checked(age)


@pytest.mark.slow
def test_the_command_line_is_told_too(relay, town):
    clip = town.has_clip()
    with pytest.raises(Refused, match="сорок"):
        desk.edit(relay, clip, person="Анна", name="Ольга", age="сорок")
    assert town.clip(clip).name == ""
