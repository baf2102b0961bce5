"""From an empty data folder to a signed film of twenty clips, in Chromium only: no command after `relay up`."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from relay.bootstrap import wall_clock
from tests.web.chromium import CHROMIUM
from tests.web.whole_walk import (
    EMBLEM,
    NAMES,
    SILENCE,
    Luggage,
    Started,
    facts_of,
    loudness,
    neighbourhood,
    packed,
    shows,
    started,
    waiting,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.media,
    pytest.mark.slow,
    pytest.mark.patience(570),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here: apt-get install chromium"),
]

PASSWORD = "a password of one's own"
TITLE = "Прорыв. Голоса памяти"
CUES = "1\n00:00:00,300 --> 00:00:01,700\n{text}\n"
MINUTES = 170_000
"""Milliseconds for what a busy machine works at."""


@pytest.fixture(scope="module")
def luggage(tmp_path_factory: pytest.TempPathFactory) -> Luggage:
    return packed(tmp_path_factory.mktemp("luggage") / "files")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    folder = tmp_path_factory.mktemp("walk")
    with started(neighbourhood(folder / "residents", len(NAMES)), folder / "relay") as running:
        yield running


@pytest.fixture
def people(installed: Started, chromium: Any) -> Iterator[Any]:
    """`people()`: somebody new at a browser of their own. No script of theirs fails unseen."""
    contexts, troubles = [], []

    def opened() -> Any:
        context = chromium.new_context(base_url=installed.url, locale="en-GB", accept_downloads=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def presses(page: Any, name: str, *, inside: str = "main") -> None:
    page.locator(inside).get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def follows(page: Any, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    page.wait_for_load_state()


def comes_in(page: Any, link: str) -> None:
    """By an invitation."""
    page.goto(link)
    page.fill("[name=password]", PASSWORD)
    page.fill("[name=again]", PASSWORD)
    page.click("button.main")
    page.wait_for_url("**/")


def organizer(page: Any, installed: Started) -> str:
    """Makes the campaign, invites a moderator and an editor. Returns the moderator's link."""
    page.goto("/")
    page.fill("[name=login]", "organizer")
    page.fill("[name=password]", installed.password)
    page.click("button.main")
    page.wait_for_url("**/")
    page.goto("/me")
    page.fill("form[action='/me/name'] [name=name]", "Ольга Организатор")
    presses(page, "Save", inside="form[action='/me/name']")
    follows(page, "Campaigns")
    follows(page, "New campaign")
    page.fill("[name=title]", TITLE)
    page.fill("[name=hashtags]", "#proryv80")
    page.select_option("main select[name=language]", "ru")
    presses(page, "Go on")
    presses(page, "Go on")
    page.fill("[name=opens]", f"{wall_clock() - timedelta(days=1):%Y-%m-%d}")
    page.fill("[name=closes]", f"{wall_clock() + timedelta(days=5):%Y-%m-%d}")
    presses(page, "Go on")
    page.fill("textarea", "https://vk.com/tosno, Тосненский\nvk:gatchina, Гатчинский\nvk:tag")
    presses(page, "Go on")
    page.fill("[name=token]", installed.token)
    presses(page, "Test it and keep it")
    presses(page, "Go on")
    page.fill("textarea", "Анна Модератор")
    presses(page, "Go on")
    presses(page, "Try it")
    page.get_by_role("heading", name="What would have been found").wait_for()
    presses(page, "Make the campaign")
    link = str(page.get_by_role("textbox", name="Анна Модератор").input_value())
    follows(page, "People")
    page.fill("[name=name]", "Борис Монтажёр")
    page.fill("[name=login]", "boris")
    page.select_option("select[name=role]", "editor")
    page.fill("[name=mail]", "boris@library.example")
    presses(page, "Invite")
    return link


def moderator(page: Any) -> None:
    """Takes what is suggested and approves, clip after clip, as they come in."""
    done = 0
    for _ in waiting():
        page.goto("/campaigns/proryv80/queue")
        while "/clips/" in page.url and done < len(NAMES):
            here = page.url
            page.keyboard.press("t")
            page.wait_for_function("document.querySelector('[name=town]').value !== ''")
            page.keyboard.press("a")
            page.wait_for_url(lambda url, here=here: url != here)
            done += 1
        if done == len(NAMES):
            return
    raise TimeoutError(done)


def material(page: Any, luggage: Luggage) -> None:
    page.goto("/campaigns/proryv80/pictures")
    page.fill("[name=source]", "ЦГАКФФД, Ар 145112")
    page.fill("[name=title]", "Ладога, январь 1943")
    page.set_input_files("[name=file]", luggage.picture)
    presses(page, "Add the picture")
    page.goto("/campaigns/proryv80/music")
    page.fill("[name=title]", "Тихая мелодия")
    page.fill("[name=cleared]", "CC0 1.0, creativecommons.org/publicdomain/zero/1.0")
    page.set_input_files("[name=file]", luggage.music)
    presses(page, "Add the music")
    page.goto("/campaigns/proryv80/credits")
    emblem = page.locator("form[action$='/emblems']").last
    emblem.locator("[name=name]").fill("Комитет по культуре")
    emblem.locator("[name=role]").fill("Организаторы")
    emblem.locator("[name=file]").set_input_files(luggage.emblem)
    presses(page, "Add the emblem")


def new_film(page: Any) -> str:
    """From a template, with a chapter for each district. Returns its address."""
    page.goto("/")
    follows(page, "New film")
    follows(page, "Three-minute almanac")
    page.fill("[name=title]", TITLE)
    page.fill("[name=subtitle]", "Ленинградская область")
    page.fill("[name=name]", "film")
    page.select_option("[name=order]", "district")
    page.select_option("[name=chapters]", "district")
    page.fill("[name=score]", "")
    presses(page, "Create the film")
    page.wait_for_url("**/plan")
    assert page.locator("[data-clip]").count() == len(NAMES)
    return str(page.url).removesuffix("/plan")


def cards(page: Any, film: str) -> None:
    page.goto(f"{film}/cards?kind=place")
    page.fill("[name=date]", "18 января 1943 года")
    page.fill("[name=place]", "Ленинград")
    presses(page, "Add the card")
    page.goto(f"{film}/cards?kind=quote")
    page.fill("[name=text]", "Мы знали, что нас не забыли.")
    page.fill("[name=author]", "Из дневника")
    presses(page, "Add the card")
    page.goto(f"{film}/cards?kind=picture")
    page.select_option("[name=picture]", index=0)
    presses(page, "Add the card")


def look(page: Any, film: str) -> None:
    page.goto(f"{film}/look")
    page.check("[name=theme][value=paper]", force=True)
    page.select_option("[name=size]", "720")
    page.select_option("[name=transition]", "dissolve")
    page.select_option("[name=music]", index=1)
    for language in ("ru", "en"):
        page.check(f"[name=captions][value={language}]")
    presses(page, "Save the look")


def captions(page: Any, film: str) -> None:
    """In two languages for the first clip: a file in one, typed in the other."""
    page.goto(f"{film}/plan")
    clip = page.locator("[data-clip]").first.get_attribute("data-clip")
    page.goto(f"/clips/{clip}/captions?code=ru")
    file = {"name": "ru.srt", "mimeType": "text/plain", "buffer": CUES.format(text="Мы ехали по льду.").encode()}
    page.set_input_files(".upload-captions [name=file]", file)
    presses(page, "Take it in", inside=".upload-captions")
    page.locator("textarea[name='text-0'], textarea[name='text-1']").first.wait_for()
    page.goto(f"/clips/{clip}/captions?code=en")
    page.get_by_role("button", name="Times of another language").first.click()
    page.wait_for_load_state()
    page.locator("#rows textarea").first.fill("We drove over the ice.")
    page.get_by_role("button", name="Save the captions").click()
    page.wait_for_load_state("networkidle")


def made(page: Any, film: str) -> None:
    """A preview, then the film; a poster for it."""
    page.goto(f"{film}/plan")
    presses(page, "Preview")
    page.get_by_text("The preview is ready").first.wait_for(timeout=MINUTES)
    presses(page, "Make the film")
    page.get_by_text("Version 1 is ready.").wait_for(timeout=MINUTES)
    page.goto(film)
    page.fill("#poster [name=at]", "0:01.50")
    presses(page, "Take it as the poster")
    page.fill("#remarks [name=at]", "0:02")
    page.fill("#remarks [name=text]", "Музыка чуть тише")
    presses(page, "Write it down", inside="#remarks")


def signed(page: Any, official: Any, installed: Started, film: str) -> None:
    page.goto(film)
    ask = page.locator("form.ask")
    ask.locator("[name=to]").fill("К. А. Веденеев")
    ask.locator("[name=position]").fill("глава района")
    ask.locator("[name=mail]").fill("vedeneev@district.example")
    ask.locator("button").click()
    page.get_by_role("heading", name="The link for the sign-off").wait_for()
    assert ask.locator("[name=to]").input_value() == "", "what was asked is not asked once more"

    official.goto(installed.link_to("vedeneev@district.example"))
    assert official.locator("video track").count() == 2
    official.fill("[name=text]", "Название деревни")
    official.get_by_role("button", name="Write it down").click()
    official.get_by_role("button", name="I agree with version 1").click()
    official.get_by_text("Agreed").first.wait_for()
    page.goto(film)
    section = page.locator("#sign-offs").inner_text()
    assert "agreed" in section
    assert "Letter to vedeneev@district.example: sent on" in section
    assert "Reminder" not in section, "who has answered is not reminded"
    page.goto("/almanacs")
    assert "signed" in page.locator("main").inner_text().casefold()


def taken_along(page: Any, film: str, folder: Path) -> tuple[Path, Path, dict[str, str]]:
    """The film, an export of it, and its captions by language."""
    page.goto(film)
    with page.expect_download() as waited:
        page.locator(".facts-line").get_by_role("link", name="Download").click()
    video = folder / "film.mp4"
    waited.value.save_as(video)
    files = page.locator(".facts-line a[href$='.srt']")
    beside = {}
    for number in range(files.count()):
        address = files.nth(number).get_attribute("href")
        beside[address.split(".")[-2]] = page.request.get(address).text()
    page.goto(f"{film}/exports")
    page.check("[name=to][value=folder]")
    page.uncheck("[name=originals]")
    page.get_by_role("button", name="Make the export").click()
    link = page.locator("a[href$='.zip']").first
    link.wait_for(timeout=MINUTES)
    with page.expect_download() as waited:
        link.click()
    export = folder / "export.zip"
    waited.value.save_as(export)
    return video, export, beside


def is_published_quality(video: Path, manifest: dict[str, Any], folder: Path) -> None:
    assert [clip["name"] for clip in manifest["clips"]] != []
    assert {clip["name"] for clip in manifest["clips"]} == set(NAMES)
    assert {person["name"] for person in manifest["credits"]} == set(NAMES)
    facts = facts_of(video)
    chapters = re.findall(r"Chapter #0:\d+:.*?title\s+: (.*?)\n", facts, re.DOTALL)
    assert [chapter.strip() for chapter in chapters[:3]] == [TITLE, "Гатчинский", "Тосненский"]
    assert re.findall(r"\((rus|eng)\): Subtitle", facts) in (["rus", "eng"], ["eng", "rus"])
    spoken = sorted((clip["film"]["from_seconds"], clip["film"]["to_seconds"]) for clip in manifest["clips"])
    assert loudness(video, 1.0, spoken[0][0] - 1.5) > SILENCE, "music under the first cards"
    gaps = [(end, start) for (_, end), (start, _) in pairwise(spoken) if start - end > 2]
    assert gaps, "cards stand between clips"
    assert all(loudness(video, end + 0.5, start - end - 1) > SILENCE for end, start in gaps), "and between them"
    assert -18 < manifest["loudness"] < -14
    assert shows(video, EMBLEM, spoken[-1][1], folder / "credits"), "the organizers' emblem"


def test_from_an_empty_folder_to_a_signed_film(
    installed: Started, people: Any, luggage: Luggage, tmp_path: Path
) -> None:
    olga, anna, boris, official = people(), people(), people(), people()
    link = organizer(olga, installed)
    comes_in(anna, link)
    moderator(anna)
    comes_in(boris, installed.link_to("boris@library.example"))
    material(boris, luggage)
    film = new_film(boris)
    cards(boris, film)
    look(boris, film)
    captions(boris, film)
    made(boris, film)
    signed(boris, official, installed, film)
    video, export, beside = taken_along(boris, film, tmp_path)

    (written,) = installed.folder.glob("almanacs/*-v1.json")
    is_published_quality(video, json.loads(written.read_text("utf-8")), tmp_path)
    assert "Мы ехали по льду." in beside["ru"]
    assert "We drove over the ice." in beside["en"]
    with zipfile.ZipFile(export) as packed_up:
        assert packed_up.testzip() is None
        assert len(packed_up.namelist()) > len(NAMES)
