"""An editor takes a film along, in a real Chromium; the packing itself is played by one who packs words."""

from __future__ import annotations

import threading
import zipfile
from pathlib import Path

import pytest

from relay.almanac.delivery.exports import film
from relay.almanac.delivery.exports.film import ExportedFilm, ExportWish
from tests.web import test_films_in_browser as editing

pytestmark = editing.pytestmark
footage, clips, desk, visit = editing.footage, editing.clips, editing.desk, editing.visit
PAGE = f"{editing.PAGE}/exports"


@pytest.fixture
def packer(monkeypatch):
    """Goes on when it may."""
    may_go_on = threading.Event()

    def written(_relay, _slug, _name, folder: Path, wish: ExportWish, **more) -> ExportedFilm:
        folder.mkdir()
        (folder / "film.mlt").write_text("film" * 1000)
        more["on_progress"](1, 2, "sound")
        may_go_on.wait(20)
        more["on_progress"](2, 2, "sound")
        left_out = ["chapters", "captions: they lie beside it, as SubRip and as WebVTT"]
        return ExportedFilm(str(folder / "film.mlt"), [], 1250, left_out, [1], f"Голоса памяти - film 1080p {wish.to}")

    monkeypatch.setattr(film, "export", written)
    yield may_go_on
    may_go_on.set()


def test_an_export_is_asked_for_watched_and_downloaded_by_keys(clips, visit, packer, tmp_path):
    with visit("boris", viewport={"width": 1366, "height": 768}) as page:
        page.goto(editing.PAGE)
        page.click("text=Export")
        page.wait_for_url(f"**{PAGE}")
        page.keyboard.press("KeyE")
        page.wait_for_selector("progress")
        page.wait_for_function("() => document.querySelector('progress').value === 40")
        assert page.locator("button:has-text('Make the export')").is_disabled()
        packer.set()
        page.wait_for_selector("text=The export is ready.")
        with page.expect_download() as coming:
            page.keyboard.press("KeyD")
        assert coming.value.suggested_filename.startswith("Голоса памяти - film 1080p mlt")
        coming.value.save_as(tmp_path / "film.zip")
        with zipfile.ZipFile(tmp_path / "film.zip") as made:
            assert made.namelist() == ["Голоса памяти - film 1080p mlt/film.mlt"]
        page.click("text=2 things are not in it")
        assert page.locator("text=captions: they lie beside it").is_visible()


def test_one_that_takes_too_long_is_stopped(clips, visit, packer):
    with visit("boris", viewport={"width": 390, "height": 844}) as page:
        page.goto(PAGE)
        page.click("text=OpenTimelineIO")
        page.click("button:has-text('Make the export')")
        page.wait_for_selector("progress")
        page.click("button:has-text('Stop it')")
        packer.set()
        page.wait_for_selector("text=The export was stopped.")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
