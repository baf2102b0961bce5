from __future__ import annotations

import pytest

from relay.errors import Closed, Refused
from relay.ports import Place
from relay.sources.vk.addresses import group_place, name_in, owner_in, person_place


@pytest.mark.parametrize(
    ("address", "name", "owner"),
    [
        ("vk:club1", "club1", -1),
        ("vk:public1", "public1", -1),
        ("vk:event1", "event1", -1),
        ("vk:id7", "id7", 7),
        ("vk:-1", "-1", -1),
        (" vk:@gorod ", "gorod", None),
        ("https://vk.com/wall-1?own=1", "wall-1", -1),
        ("vk:https://m.vk.com/gorod", "gorod", None),
        ("vk.ru/Club1", "Club1", -1),
        ("vk:tag", "tag", None),
    ],
)
def test_who_an_address_means(address: str, name: str, owner: int | None) -> None:
    assert (name_in(address), owner_in(name)) == (name, owner)


@pytest.mark.parametrize("address", ["vk:", "vk:wall-1_2", "https://vk.com/feed", "vk:город", "vk:club0"])
def test_what_is_no_place_is_refused(address: str) -> None:
    with pytest.raises(Refused):
        owner_in(name_in(address))


def test_what_vk_says_of_an_owner_makes_a_place_or_closes_it() -> None:
    assert group_place(1, {"name": "Город"}) == Place("vk", "vk:club1", "-1", "Город")
    assert person_place(7, {"first_name": "Анна", "last_name": "Иванова"}) == Place("vk", "vk:id7", "7", "Анна Иванова")
    for place, closed in ((group_place, {"name": "Город", "is_closed": 1}), (person_place, {"is_closed": True})):
        with pytest.raises(Closed):
            place(1, closed)
        with pytest.raises(Closed) as told:
            place(1, {"deactivated": "deleted"})
        assert told.value.gone
        with pytest.raises(Refused):
            place(1, None)
