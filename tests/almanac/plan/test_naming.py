from __future__ import annotations

import pytest

from relay.almanac.plan import queries
from relay.almanac.plan.naming import Naming, credited, shown
from relay.context import Relay
from relay.models import ClipState
from tests.moderation.town import Town

NAMES = {
    "Морозова Елена Анатольевна": ("Морозова Е. А.", "Елена"),
    "Елена Морозова": ("Е. Морозова", "Елена"),
    "Морозова Елена": ("Морозова Е.", "Елена"),
    "Ольга Петровна Берггольц": ("О. П. Берггольц", "Ольга"),
    "Елена Анатольевна": ("Елена Анатольевна", "Елена"),
    "Анна-Мария Кузьмина": ("А.-М. Кузьмина", "Анна-Мария"),
    "Jean-Pierre Martin": ("J.-P. Martin", "Jean-Pierre"),
    "Пётр": ("Пётр", "Пётр"),
    "": ("", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "wanted"), NAMES.items())
def test_a_name_is_shortened_as_people_shorten_it(name, wanted):
    assert (shown(name, Naming.initials), shown(name, Naming.first)) == wanted
    assert shown(name, Naming.full) == name


def test_children_are_named_by_their_own_rule_and_whose_age_nobody_knows_by_the_adults():
    def named(age: str) -> str:
        return credited("Елена Морозова", age, adults=Naming.initials, children=Naming.first)

    assert [named("9 лет"), named("17"), named("18"), named("")] == ["Елена", "Елена", "Е. Морозова", "Е. Морозова"]


@pytest.mark.slow
def test_what_an_editor_typed_for_this_film_stands_as_it_was_typed(relay: Relay):
    town = Town(relay)
    for name in ("Елена Морозова", "Глеб Орлов"):
        town.has_clip(name=name, state=ClipState.approved)
    film = queries.new(relay, "proryv80", "film", all_approved=True)
    with relay.transaction() as session:
        almanac = queries.find(session, "proryv80", film.name)
        almanac.style = {"names": "initials"}
        segment = queries.entries(session, almanac, now=relay.now())[1].segment
        segment.name = "Глеб Сергеевич Орлов, 7 лет"
        session.add_all([almanac, segment])
    with relay.reading() as session:
        entries = queries.entries(session, queries.find(session, "proryv80", "film"), now=relay.now())
    assert [entry.credited for entry in entries] == ["Е. Морозова", "Глеб Сергеевич Орлов, 7 лет"]
    assert [entry.name for entry in entries] == ["Елена Морозова", "Глеб Сергеевич Орлов, 7 лет"]
