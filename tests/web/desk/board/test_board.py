from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest

from relay.models import CampaignState
from relay.web.desk.board import board
from tests.board.region import Region
from tests.board.test_text_grid import proposes
from tests.moderation.town import OPENS

PATH = "/campaigns/proryv80/board"


@pytest.fixture
def region(relay) -> Region:
    return Region(relay)


@pytest.fixture
def busy(region, clock) -> Region:
    clock.is_at(OPENS + timedelta(days=3))
    region.reads("vk:club1", district="Волховский")
    region.has_text("1", "Письмо с фронта")
    region.has_text("2", "Дневник")
    region.decided(region.has_reader(town="Луга", district="Лужский", age="70", quote="1"), "Анна", OPENS)
    region.has_reader(town="Кипуя", district="Лужский", age="9")
    return region


@pytest.mark.slow
def test_the_board_tells_figures_gaps_and_towns(busy, pavel_sees):
    page = pavel_sees(PATH)
    assert "5 days left" in page
    assert "Nobody from Волховский yet." in page
    assert "Nobody reads text No. 2 yet." in page
    assert re.search(r'<circle [^>]*class="town"', page)
    assert "Луга" in page
    assert "Кипуя" not in page  # where only a child lives


@pytest.fixture
def pavel_sees(visit):
    return visit("pavel").sees


@pytest.mark.slow
def test_only_organizers_see_the_pace_and_the_tables(busy, visit):
    for who in ("pavel", "anna", "boris"):
        page = visit(who).sees(PATH)
        assert "Pace of the moderators" not in page
        assert "Tables to take away" not in page
    page = visit("olga").sees(PATH)
    assert "Pace of the moderators" in page
    assert page.count(f'action="{PATH}/table"') == 5


@pytest.mark.slow
@pytest.mark.parametrize("path", [PATH, f"{PATH}/report"])
def test_the_pictures_have_names_that_are_theirs_alone(busy, pavel_sees, path):
    page = pavel_sees(path)
    names = re.findall(r'id="([^"]+)"', page)
    assert len(names) == len(set(names))
    for labels in re.findall(r'aria-labelledby="([^"]+)"', page):
        assert set(labels.split()) <= set(names)
    assert "style=" not in page


@pytest.mark.slow
@pytest.mark.parametrize("path", [PATH, f"{PATH}/report"])
@pytest.mark.parametrize("state", CampaignState)
@pytest.mark.parametrize("day", [-3, 0, 200])
def test_an_empty_campaign_has_a_board_at_any_time(region, visit, clock, path, state, day):
    region.lasts(OPENS, OPENS + timedelta(days=150), state)
    clock.is_at(OPENS + timedelta(days=day))
    visit("olga").sees(path)


@pytest.mark.slow
def test_one_text_of_one_district(busy, pavel_sees):
    whole = pavel_sees(PATH)
    one = pavel_sees(f"{PATH}?text=2&district=all")
    assert '<option value="2" selected>' in one
    assert _row(whole, "Лужский") != _row(one, "Лужский")
    assert pavel_sees(f"{PATH}?text=none&district=%3Cscript%3E").count("<script>alert") == 0


def test_the_report_says_where_its_numbers_come_from_and_when(busy, pavel_sees):
    page = pavel_sees(f"{PATH}/report")
    assert "As of 14 January 2023, 00:00 (Europe/Moscow)" in page
    assert "GeoNames" in page
    assert "Прорыв. Голоса памяти" in page


@pytest.mark.slow
def test_names_of_strangers_are_only_words(region, visit, clock):
    clock.is_at(OPENS + timedelta(days=1))
    region.has_reader(town="Волхов</text><script>alert(1)</script>", district="<b>x</b>", quote="<i>", age="44")
    for path in (PATH, f"{PATH}/report"):
        page = visit("olga").sees(path)
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page


@pytest.mark.slow
def test_no_such_campaign(region, visit):
    assert visit("olga").get("/campaigns/other/board").status_code == 404


def test_a_small_screen_gets_fewer_columns(busy, clock):
    clock.is_at(OPENS + timedelta(days=8))
    busy.lasts(OPENS - timedelta(days=16), OPENS + timedelta(days=9))
    shown = board.pictures(busy.board(), "en", board.SCREEN)
    assert len(shown.columns) == 25
    assert shown.small_chart.count('class="day"') < shown.chart.count('class="day"')


def _row(page: str, name: str) -> str:
    found = re.search(rf"<tr[^>]*><th scope=\"row\"><a [^>]*>{name}</a>.*?</tr>", page, re.DOTALL)
    assert found is not None
    return found[0]


@pytest.mark.slow
def test_which_text_was_read_in_which_district(busy, pavel_sees, visit):
    clip = busy.has_reader(town="Волхов", district="Волховский")
    proposes(busy, clip, "2")
    assert f'href="{PATH}/texts"' in pavel_sees(PATH)
    assert "Read: 1 of 4 pairs" in pavel_sees(f"{PATH}/report")
    page = pavel_sees(f"{PATH}/texts")
    assert "Nobody from Лужский has read text No. 2 yet." in page
    assert "heard, not confirmed" in page
    assert "Nobody from Волховский has read text No. 2 yet." not in page
    links = [html.unescape(found) for found in re.findall(r'href="(/campaigns/proryv80/clips\?district[^"]+)"', page)]
    assert len(links) == 2
    shown = [re.findall(r'data-clip="(\d+)"|/clips/(\d+)[?"]', visit("anna").sees(link)) for link in links]
    assert all(shown)
    assert [str(clip) in {one or other for one, other in found} for found in shown] == [False, True]
