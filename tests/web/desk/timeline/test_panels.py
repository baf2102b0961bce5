from __future__ import annotations

import pytest

from relay.almanac.plan import edits, queries
from relay.models import ClipState

FILM = ("proryv80", "film")
PLAN = "/almanacs/proryv80/film/plan"

pytestmark = pytest.mark.slow


@pytest.fixture
def clips(relay, town):
    found = [town.has_clip(name=name, town="Мга", state=ClipState.approved) for name in ("Анна", "Глеб", "Дина")]
    queries.new(relay, *FILM, all_approved=True)
    return found


@pytest.mark.parametrize("panel", ["tray", "proposals", "left-out", "history"])
def test_a_panel_is_the_same_by_itself_and_on_the_page(relay, town, clips, boris, panel):
    town.has_clip(name="Егор <b>", town="Луга", state=ClipState.approved)
    edits.leave_out(relay, *FILM, clips[1], reason="шум", person="Борис")
    alone, page = boris.sees(f"{PLAN}/panel/{panel}"), boris.sees(f"{PLAN}?panel={panel}")
    assert "<html" not in alone
    assert f'data-shown="{panel}"' in alone
    assert f'data-shown="{panel}"' in page
    for word in {"tray": "Егор &lt;b&gt;", "proposals": "Егор", "left-out": "шум", "history": "Борис"}[panel].split():
        assert word in alone
        assert word in page


def test_who_only_looks_finds_no_buttons(relay, town, clips, anna):
    town.has_clip(name="Егор", state=ClipState.approved)
    for panel in ("tray", "proposals", "history"):
        page = anna.sees(f"{PLAN}/panel/{panel}")
        assert "data-plan" not in page
        assert "draggable" not in page


def test_the_tray_is_leafed_through_and_searched_without_script(relay, town, clips, boris):
    for number in range(35):
        town.has_clip(name=f"Житель {number}", town="Луга", state=ClipState.approved)
    page = boris.sees(f"{PLAN}?panel=tray&page=2&q=луга")
    assert page.count("data-clip-outside") == 5
    assert "2 of 2" in page
    assert "page=1&amp;q=%D0%BB%D1%83%D0%B3%D0%B0#panel" in page
    assert "Nothing was found." in boris.sees(f"{PLAN}?panel=tray&q=Псков")


def test_what_is_no_panel_is_refused(clips, boris):
    assert boris.get(f"{PLAN}/panel/cupboard").status_code == 400
    assert boris.get(f"{PLAN}/panel/tray?page=0").status_code == 400
    assert boris.get("/almanacs/proryv80/other/plan/panel/tray").status_code == 404
