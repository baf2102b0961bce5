from __future__ import annotations

import json

import pytest

from relay.almanac.plan import edits, queries
from relay.models import ClipState

FILM = ("proryv80", "film")
LIVE = "/almanacs/proryv80/film/plan/live?once=true"

pytestmark = pytest.mark.slow


def told(person):
    return json.loads(person.sees(LIVE).removeprefix("data: "))


def test_editors_are_told_who_changed_the_plan(relay, town, boris, olga):
    one, two = (town.has_clip(state=ClipState.approved) for _ in range(2))
    queries.new(relay, *FILM, all_approved=True)
    before = told(boris)
    assert (before["you"], before["line"]) == (False, "")
    edits.place(relay, *FILM, two, before=one, person="Борис")
    assert told(boris)["mark"] != before["mark"]
    assert (told(boris)["you"], told(olga)["you"]) == (True, False)
    assert told(olga)["line"] == "Борис: A clip was moved"
    assert f'data-newest="{told(olga)["mark"]}"' in olga.sees("/almanacs/proryv80/film/plan")


def test_nobody_listens_to_a_film_that_is_not_there(town, boris):
    assert boris.get("/almanacs/proryv80/other/plan/live?once=true").status_code == 404
