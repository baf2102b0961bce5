from __future__ import annotations

import re

import pytest

from relay.models import ClipState
from relay.web import clips


def numbers(page):
    return [int(number) for number in re.findall(r'<li><a href="/clips/(\d+)', page)]


@pytest.mark.slow
def test_posters_by_state(town, anna, boris, vera):
    first = town.has_clip(name="Ольга", flags=("quiet",))
    second = town.has_clip(state=ClipState.rejected)
    for person in (anna, boris):
        page = person.sees("/campaigns/proryv80/clips")
        assert numbers(page) == [first, second]
        assert 'title="Quiet"' in page
        assert numbers(person.sees("/campaigns/proryv80/clips?state=rejected")) == [second]
    assert vera.get("/campaigns/proryv80/clips").status_code == 303
    assert anna.get("/campaigns/proryv80/clips?state=lost").status_code == 400


def test_page_after_page(town, anna, monkeypatch):
    monkeypatch.setattr(clips, "PAGE", 2)
    made = [town.has_clip() for _ in range(5)]
    seen, path = [], "/campaigns/proryv80/clips"
    for _ in range(3):
        page = anna.sees(path)
        seen += numbers(page)
        more = re.search(r'href="(\?[^"]*after=\d+)"', page)
        path = "/campaigns/proryv80/clips" + more[1].replace("&amp;", "&") if more else ""
    assert seen == made
    assert path == ""
