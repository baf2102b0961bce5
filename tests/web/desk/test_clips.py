from __future__ import annotations

import re

import pytest

from relay.models import Clip, ClipState
from relay.web.desk import clips


def numbers(page):
    return [int(number) for number in re.findall(r'<a href="/clips/(\d+)', page)]


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


def test_the_lists_by_state_and_the_way_back(relay, town, anna):
    first = town.has_clip()
    rejected = town.has_clip(state=ClipState.rejected)
    doubtful = town.has_clip(state=ClipState.approved)
    with relay.transaction() as session:
        row = session.get_one(Clip, doubtful)
        row.doubt = "post"
        session.add(row)
    pages = {
        query: anna.sees(f"/campaigns/proryv80/clips{query}")
        for query in ("", "?state=rejected", "?doubtful=true", f"?after={rejected}")
    }
    assert [numbers(page) for page in pages.values()] == [
        [first, rejected, doubtful], [rejected], [doubtful], [doubtful]
    ]  # fmt: skip
    assert ["To the beginning" in page for page in pages.values()] == [False, False, False, True]
    current = [re.findall(r'href="([^"]+)" aria-current="true"', page) for page in pages.values()]
    base = "/campaigns/proryv80/clips"
    assert current == [[base], [f"{base}?state=rejected"], [f"{base}?doubtful=true"], [base]]
    for page in pages.values():
        assert 'Withdrawn? <span class="count">1</span>' in page
        assert "More clips" not in page


@pytest.mark.slow
def test_a_full_page_is_the_last_one_where_nothing_follows(town, anna, monkeypatch):
    monkeypatch.setattr(clips, "PAGE", 2)
    first, second = town.has_clip(), town.has_clip()
    page = anna.sees("/campaigns/proryv80/clips")
    assert numbers(page) == [first, second]
    assert "More clips" not in page
    assert anna.get("/campaigns/proryv80/clips?after=0").status_code == 400
    assert anna.get(f"/campaigns/proryv80/clips?after={2**31}").status_code == 400
