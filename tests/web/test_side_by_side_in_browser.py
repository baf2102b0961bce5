"""Two copies of a recording, played in step in a real Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from relay.models import Certainty
from tests.recordings.test_cards import alike, on_card
from tests.web.chromium import IN_BROWSER
from tests.web.test_in_browser import anna, desk, footage  # noqa: F401 - fixtures

pytestmark = IN_BROWSER
APART = "() => { const [a, b] = document.querySelectorAll('.beside video'); return a.currentTime - b.currentTime; }"
PLAYED = (
    "() => { const [a, b] = document.querySelectorAll('.beside video');"
    " return a.currentTime > 1.6 && b.currentTime > 0.5; }"
)


def copy(film: Path, folder: Path) -> Path:
    """The media store takes what it is given."""
    return Path(shutil.copy(film, folder / "proxy.mp4"))


def test_copies_run_in_step_and_are_joined_and_parted_by_keys(town, anna, footage, tmp_path):  # noqa: F811
    one, other = town.has_clip(proxy=copy(footage, tmp_path)), town.has_clip(proxy=copy(footage, tmp_path))
    alike(town, one, other, Certainty.possible, begins=0.5)
    page = anna(viewport={"width": 1366, "height": 768})
    page.goto(f"/clips/{one}/beside/{other}")
    page.keyboard.press("Space")
    page.wait_for_function(PLAYED)
    assert page.evaluate(APART) == pytest.approx(0.5, abs=0.2)
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('.beside video').paused")
    page.keyboard.press("s")
    page.get_by_text("Анна said: the same recording.").wait_for()
    assert set(on_card(town, one)) == {one, other}
    page.keyboard.press("d")
    page.get_by_text("Анна said: another recording.").wait_for()
    page.keyboard.press("u")
    page.get_by_text("Perhaps the same recording").wait_for()
    assert on_card(town, one) == []


@pytest.mark.parametrize("width", [1366, 390])
def test_nothing_sticks_out_on_a_phone(town, anna, footage, tmp_path, width):  # noqa: F811
    one, other = town.has_clip(proxy=copy(footage, tmp_path), posts=3), town.has_clip(proxy=copy(footage, tmp_path))
    alike(town, one, other)
    page = anna(viewport={"width": width, "height": 844})
    for path in (f"/clips/{one}/beside/{other}", f"/clips/{one}?lang=ru"):
        page.goto(path)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
