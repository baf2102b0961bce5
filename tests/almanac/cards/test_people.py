from __future__ import annotations

import pytest

from relay.almanac.cards.people import by_town


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 участник"), (2, "2 участника"), (5, "5 участников"), (11, "11 участников"), (21, "21 участник")],
)
def test_those_without_a_name_are_counted_by_town(count: int, said: str) -> None:
    assert by_town(["Мга"] * count, "ru") == [("Мга", said)]
    assert by_town([""] * count, "ru") == [(said, "")]
