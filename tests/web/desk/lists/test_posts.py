from __future__ import annotations

import re

import pytest

from relay.models import MatchKind
from relay.web.desk.lists import posts


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


PATH = "/campaigns/proryv80/posts"


def told(page):
    return re.findall(r'<p class="text" dir="auto">(.*?)</p>', page)


@pytest.mark.slow
def test_the_list_is_shown_a_page_at_a_time(town, anna, monkeypatch):
    monkeypatch.setattr(posts, "PAGE", 2)
    for number in (1, 2, 3, 4):
        town.has_clip(text=f"ours {number}")
    town.has_clip(text="alike", match=MatchKind.near)
    first = anna.sees(PATH)
    more = re.search(r'href="(\?after=\d+)"', first)
    second = anna.sees(PATH + more[1])
    third = anna.sees(PATH + re.search(r'href="(\?after=\d+)"', second)[1])
    assert [told(page) for page in (first, second, third)] == [["ours 1", "ours 2"], ["ours 3", "ours 4"], ["alike"]]
    assert 'rel="next"' not in third
    assert "To the beginning" in third
    exact = anna.sees(f"{PATH}?match=exact")
    again = re.search(r'href="(\?match=exact&amp;after=\d+)"', exact) or re.search(
        r'href="(\?match=exact&after=\d+)"', exact
    )
    assert told(anna.sees(PATH + again[1].replace("&amp;", "&"))) == ["ours 3", "ours 4"]
    assert (told(anna.sees(f"{PATH}?match=near")), told(anna.sees(f"{PATH}?match=outside"))) == (["alike"], [])
    seen = {"": first, "?match=near": anna.sees(f"{PATH}?match=near")}
    for page in seen.values():
        counted = [int(number) for number in re.findall(r'<span class="count">(\d+)</span></a>', page)]
        assert counted[1:] == [5, 4, 1, 0, 0], "all, ours, look-alikes, outside, without a video"
    current = [re.findall(r'href="([^"]+)" aria-current="true"', seen[query]) for query in ("", "?match=near")]
    assert current == [[PATH], [f"{PATH}?match=near"]]
