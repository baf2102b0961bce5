from __future__ import annotations

import html
import json
import re

import pytest

from relay.almanac.plan import edits, queries
from relay.models import ClipState
from tests.almanac.cinema import has_preview, has_version

pytestmark = pytest.mark.slow

FILM = ("proryv80", "film")
HERE = "/almanacs/proryv80/film/compare"


@pytest.fixture
def film(relay, town):
    for name in ("Анна", "Глеб"):
        town.has_clip(name=name, state=ClipState.approved, duration=10)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay)


def sources(page: str) -> list[str]:
    return re.findall(r'<video id="\w+"[^>]* src="([^"?]+)', page)


def test_one_version_is_beside_nothing_and_then_beside_its_preview(relay, film, boris):
    answer = boris.get(HERE)
    assert answer.status_code == 404
    assert "There is nothing to compare yet" in answer.text
    has_preview(relay)
    assert sources(boris.sees(HERE)) == ["/almanacs/proryv80/film/1", "/almanacs/proryv80/film/preview.mp4"]


def test_the_newest_two_stand_beside_each_other_unless_others_are_asked_for(relay, film, boris):
    edits.place(relay, *FILM, 2, before=1, person="Борис")
    has_version(relay, number=2)
    has_version(relay, number=3)
    assert sources(boris.sees(HERE)) == ["/almanacs/proryv80/film/2", "/almanacs/proryv80/film/3"]
    page = boris.sees(f"{HERE}?left=1&right=2&by=moment")
    assert sources(page) == ["/almanacs/proryv80/film/1", "/almanacs/proryv80/film/2"]
    assert '<option value="moment" selected>' in page
    assert "In another place: " in page
    found = re.search(r'data-common="([^"]+)"', page)
    assert found is not None
    assert json.loads(html.unescape(found[1])) == [
        {"clip": 1, "left": 0.0, "right": 10.0, "seconds": 10.0},
        {"clip": 2, "left": 10.0, "right": 0.0, "seconds": 10.0},
    ]
    for wrong, status in (("left=9", 404), ("right=-1", 404), ("left=-2", 400), ("by=chance", 400)):
        assert boris.get(f"{HERE}?{wrong}").status_code == status, wrong


def test_viewers_may_compare_and_strangers_may_not(relay, film, visit, vera):
    has_version(relay, number=2)
    assert "Versions side by side" in visit("pavel").sees("/almanacs/proryv80/film")
    assert len(sources(visit("pavel").sees(HERE))) == 2
    assert vera.get(HERE).status_code == 303
