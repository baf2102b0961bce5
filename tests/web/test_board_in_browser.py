"""An organizer's walk through the board in a real browser: looking, choosing, taking a table, printing."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from relay.language.catalogue import languages
from relay.models import CampaignState, Role
from relay.moderation import audit
from relay.moderation.people import accounts
from relay.web.serve import Desk
from tests.board.region import Region
from tests.moderation.town import OPENS
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER
PATH = "/campaigns/proryv80/board"
TOWNS = {"Волховский": ("Волхов", "70"), "Лужский": ("Луга", "44"), "Тосненский": ("Тосно", "16"), "": ("", "")}
LONG = "Муниципальное образование Лодейнопольский городской и сельский округ Ленинградской области имени героев"
A4_POINTS = (594, 841)


@pytest.fixture
def region(relay, clock) -> Region:
    region = Region(relay)
    clock.is_at(OPENS + timedelta(days=3, hours=5))
    region.reads("vk:club1", district="Сланцевский")
    for number in range(1, 4):
        region.has_text(str(number), f"Письмо {number} с Волховского фронта")
    for number, (district, (town, age)) in enumerate([*TOWNS.items()] * 3):
        clip = region.has_reader(district=district, town=town, age=age, quote=str(number % 2 + 1), name="=Ольга")
        region.decided(clip, "Анна", OPENS + timedelta(hours=6 * number))
    return region


@pytest.fixture
def opened(relay, chromium, region) -> Iterator[Callable[..., Any]]:
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    desk = Desk(relay, "127.0.0.1", 0, watch=False)
    desk.start()
    with browsers(relay, chromium, desk.url, is_quiet=True) as opened:
        yield opened
    desk.stop()


def test_an_organizer_looks_chooses_and_takes_a_table_by_the_keyboard(relay, opened, tmp_path):
    page = opened("olga", viewport={"width": 1366, "height": 768})
    page.goto("/campaigns/proryv80/clips")
    page.get_by_role("link", name="Board").click()
    page.wait_for_url(f"**{PATH}")
    chart = page.get_by_role("img", name=re.compile("^Found, fetched and approved by day"))
    assert "Most were found on" in chart.first.locator("desc").text_content()
    assert page.get_by_role("img", name=re.compile("^Map of towns")).count() == 1
    assert page.get_by_text("Nobody from Сланцевский yet.").is_visible()

    page.locator("summary", has_text="The same as a table").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("row", name=re.compile("^11 January 2023")).is_visible()

    page.get_by_label("Districts: only readers of the text").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**?text=1&district=all**")
    assert page.get_by_role("row", name=re.compile("^Тосненский")).locator("td").nth(6).text_content() == "3"

    with page.expect_download() as waited:
        page.get_by_role("button", name="Clips, XLSX").press("Enter")
    file = tmp_path / waited.value.suggested_filename
    waited.value.save_as(file)
    with zipfile.ZipFile(file) as parts:
        assert "'=Ольга" in parts.read("xl/worksheets/sheet1.xml").decode()
    assert [deed.person for deed in audit.listing(relay, audit.DeedFilter(kind="table taken"))] == ["Ольга"]


def test_a_phone_shows_the_small_pictures_and_nothing_sticks_out(opened):
    page = opened("olga", viewport={"width": 390, "height": 844})
    page.goto(PATH)
    assert page.locator("#curve-small-title").locator("..").is_visible()
    assert not page.locator("#curve-title").locator("..").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.parametrize("language", languages())
def test_the_report_is_one_page_whatever_it_has_to_say(region, opened, language, tmp_path):
    region.lasts(
        OPENS, OPENS + timedelta(days=400), CampaignState.running, title=f"{LONG}. {LONG}", hashtags=["#" + "я" * 90]
    )
    for number in range(30):
        region.reads(f"vk:club{number + 10}", district=f"{number} {LONG}")
        region.has_reader(district=f"{LONG} {number}", town=f"Посёлок {LONG}", age="44")
    page = opened("olga", viewport={"width": 1366, "height": 768})
    page.goto(f"{PATH}/report?lang={language}")
    file = tmp_path / "report.pdf"
    page.pdf(path=str(file), prefer_css_page_size=True, print_background=True)
    assert _pages(file) == [A4_POINTS]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 696, "height": 1040})  # what A4 leaves between its margins
    for part in (".paper", ".halves"):
        assert page.locator(part).evaluate("node => node.scrollHeight - node.clientHeight") <= 0, part
    assert page.locator(".credit").is_visible()
    assert not page.locator(".top").is_visible()


def _pages(file: Path) -> list[tuple[int, int]]:
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", file.read_bytes())
    return [(int(float(wide)), int(float(tall))) for wide, tall in boxes]
