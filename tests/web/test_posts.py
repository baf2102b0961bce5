from __future__ import annotations

import pytest

from relay.models import MatchKind


@pytest.mark.slow
def test_near_misses_are_listed_for_a_person_to_see(town, anna, boris, vera):
    town.has_clip(text="Наша запись #proryv80")
    town.has_clip(text="Почти наша #прорыв80", match=MatchKind.near)
    for person in (anna, boris):
        page = person.sees("/campaigns/proryv80/posts?match=near")
        assert "#прорыв80" in page
        assert "Наша запись" not in page
        assert "With a tag that looks like ours" in page
    assert "Наша запись" in anna.sees("/campaigns/proryv80/posts")
    assert vera.get("/campaigns/proryv80/posts").status_code == 303
    assert anna.get("/campaigns/proryv80/posts?match=maybe").status_code == 400
    assert anna.get("/campaigns/nowhere/posts").status_code == 404
