"""A film made in a real Chromium: from a template, with cards, a picture, a quote, music, a look and an emblem."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from relay.almanac.assets import backers, cards, music, pictures, quotes, styles
from relay.almanac.plan import queries
from relay.media.toolbox import Toolbox
from tests.web import test_films_in_browser as films
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
footage, clips, desk, visit = browser.footage, films.clips, films.desk, films.visit
SLUG = "proryv80"


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """What an editor has on the computer: a photograph, a piece of music, an emblem."""
    Image.new("RGB", (1600, 1000), (120, 110, 100)).save(tmp_path / "Полуторка.jpg")
    emblem = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    ImageDraw.Draw(emblem).ellipse((30, 30, 270, 270), fill=(190, 30, 40, 255))
    emblem.save(tmp_path / "emblem.png")
    toolbox = Toolbox()
    toolbox.run([toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=duration=8", "tune.mp3"], folder=tmp_path)
    return tmp_path


def seen(page, selector: str) -> None:
    """Until that picture is really there."""
    page.wait_for_function(
        "which => { const one = document.querySelector(which); return one && one.complete && one.naturalWidth > 100 }",
        arg=selector,
    )


def test_a_film_from_a_template_to_its_render_without_one_command(relay, clips, visit, given):
    with visit("boris", viewport={"width": 1366, "height": 768}) as page:
        page.goto(f"/campaigns/{SLUG}/quotes")
        page.fill("aside textarea[name=text]", "Мы выстоим.")
        page.fill("aside input[name=author]", "Мария")
        page.click("text=Add the text")
        page.wait_for_selector(".asset >> text=Мы выстоим.")

        page.click("text=Archive pictures")
        page.fill("input[name=source]", "ЦГАКФФД, Ар 34125")
        page.set_input_files("input[name=file]", given / "Полуторка.jpg")
        page.click("text=Add the picture")
        seen(page, ".asset img")

        page.click("nav >> text=Music")
        page.fill("input[name=title]", "Ладога")
        page.fill("textarea[name=cleared]", "Договор 14")
        page.set_input_files("input[name=file]", given / "tune.mp3")
        page.click("text=Add the music")
        page.wait_for_selector(".asset audio")

        page.click("nav >> text=Organizers and partners")
        page.fill("aside input[name=name]", "Областной архив")
        page.fill("aside input[name=role]", "Организаторы")
        page.set_input_files("input[name=file]", given / "emblem.png")
        page.click("text=Add the emblem")
        page.wait_for_url("**/credits#emblems")
        seen(page, ".stills img")

        page.click("text=New film")
        page.click("text=Three-minute almanac")
        page.fill("input[name=title]", "Вечер 18 января")
        page.click("text=Create the film")
        page.wait_for_url(re.compile(r"/plan$"))
        here = page.url.removesuffix("/plan")
        assert page.locator(".timeline li[data-clip]").count() == len(clips)

        page.goto(f"{here}/cards?kind=place")
        draft = page.locator("img.still").get_attribute("src")
        page.fill("input[name=place]", "Кобона")
        follows = "before => document.querySelector('img.still').getAttribute('src') !== before"
        page.wait_for_function(follows, arg=draft)
        seen(page, "img.still")
        page.click("text=Add the card")
        page.wait_for_selector(".card-row >> text=Кобона")
        page.goto(f"{here}/cards?kind=picture")
        page.click("text=Add the card")
        page.wait_for_selector(".card-row >> text=ЦГАКФФД")

        page.click(".film-tabs >> text=Look and sound")
        page.click("label.theme:has(input[value=paper])")
        seen(page, "img[data-what=thanks][src*='/paper/']")
        page.select_option("select[name=music]", label="Ладога · 0:08")
        page.select_option("select[name=names]", "initials")
        page.click("text=Save the look")
        page.wait_for_selector("input[value=paper]:checked", state="attached")

        page.click(".film-tabs >> text=Editing")
        page.click("text=Make the film")
        page.wait_for_url("**/plan#making")
        assert page.locator("#making").is_visible(), "it is being made, or says why not"
    name = "Вечер 18 января"
    look = styles.show(relay, SLUG, name)
    assert (look.theme, look.music, look.names) == ("paper", music.listing(relay, SLUG)[0].id, "initials")
    kinds = [one.kind.value for one in cards.listing(relay, SLUG, name)]
    assert sorted(kinds) == ["picture", "place", "quote"]
    assert [one.text for one in quotes.listing(relay, SLUG)] == ["Мы выстоим."]
    assert [one.source for one in pictures.listing(relay, SLUG)] == ["ЦГАКФФД, Ар 34125"]
    line = backers.of_film(relay, SLUG, name).lines[0]
    assert (line.role, line.name, line.emblem) == ("Организаторы", "Областной архив", 1)
    assert queries.show(relay, SLUG, name).rules["length"] == "3:00"


def test_lines_of_the_credits_are_dragged_and_moved_by_keys(relay, clips, visit):
    entries = [backers.CreditEntry("Партнёры", name) for name in ("Архив", "Газета", "Музей")]
    backers.set_campaign(relay, SLUG, entries, person="olga")
    with visit("boris", viewport={"width": 1366, "height": 900}) as page:
        page.goto(f"/campaigns/{SLUG}/credits")
        with page.expect_navigation():
            page.drag_and_drop(".line:nth-child(3) .grip", ".line:nth-child(1) .grip")
        page.wait_for_function("document.querySelector('.line input[name=name]').value === 'Музей'")
        assert [one.name for one in backers.of_campaign(relay, SLUG).lines] == ["Музей", "Архив", "Газета"]
        page.focus(".line:nth-child(1) button[value='down-0']")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.line input[name=name]').value === 'Архив'")
        page.fill(".line:nth-child(2) input[name=name]", "Музей обороны")
        with page.expect_navigation():
            page.keyboard.press("Enter")  # saves, and moves nothing
        page.wait_for_function("document.querySelectorAll('.line input[name=name]')[1].value === 'Музей обороны'")
        assert [one.name for one in backers.of_campaign(relay, SLUG).lines] == ["Архив", "Музей обороны", "Газета"]


def test_a_file_that_is_too_large_is_told_before_it_is_sent(relay, clips, visit, given):
    with visit("boris") as page:
        page.goto(f"/campaigns/{SLUG}/pictures")
        page.evaluate("document.querySelector('input[type=file]').dataset.most = '0'")
        page.set_input_files("input[name=file]", given / "Полуторка.jpg")
        assert page.evaluate("document.querySelector('input[type=file]').validationMessage") == (
            "This file is larger than 256 MB."
        )


def test_without_a_script_cards_are_written_shown_and_moved(relay, clips, visit):
    with visit("boris", java_script_enabled=False) as page:
        page.goto("/almanacs/proryv80/film/cards?kind=chapter")
        page.fill("input[name=title]", "Ладога")
        page.click("text=Show it")
        assert "title=" in (page.locator("img.still").get_attribute("src") or "")
        assert page.locator("input[name=title]").input_value() == "Ладога"
        page.click("text=Add the card")
        page.click(".card-row:has-text('Ладога') button[title=Later]")
        assert [(one.words["title"], one.before) for one in cards.listing(relay, SLUG, "film")] == [
            ("Ладога", clips[1])
        ]
