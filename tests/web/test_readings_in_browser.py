"""An organizer sees when sources are read, has them read at once, and takes in by hand what they don't show."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH

from relay.collect import sources
from relay.models import Role
from relay.moderation.people import accounts
from relay.web.serve import Desk
from tests.fakes.source import a_post, a_video
from tests.moderation.town import Town
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER

HERE = "/campaigns/proryv80"
SIZES = {"laptop": {"width": 1366, "height": 768}, "phone": {"width": 390, "height": 844}}
SHOTS = os.environ.get("SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look."""


@pytest.fixture
def opened(relay: Any, chromium: Any) -> Iterator[Callable[..., Any]]:
    Town(relay)
    network = relay.sources["vk"]
    network.knows("gorod", "-1", "Наш город")
    for address in ("vk:tag", "vk:gorod"):
        sources.add(relay, "proryv80", address)
    network.has(a_post("Мга #proryv80", "1"), a_post("Письмо деда", "77", videos=[a_video("9")]))
    accounts.create(relay, "olga", "Ольга", Role.organizer, password="password of olga", language="en")
    desk = Desk(relay, "127.0.0.1", 0, watch=False)
    desk.start()
    with browsers(relay, chromium, desk.url, is_quiet=True) as opened:
        yield opened
    desk.stop()


def is_for_everyone(page: Any, name: str) -> None:
    page.evaluate(Path(AXE_FILE_PATH).read_text("utf-8"))
    found = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_an_organizer_has_the_sources_read_and_takes_in_what_they_do_not_show(relay: Any, opened: Any) -> None:
    page = opened("olga", viewport=SIZES["laptop"])
    page.goto(f"{HERE}/sources")
    page.get_by_role("link", name="When sources are read").click()
    page.get_by_role("button", name="Read all sources now").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sources/plan#now")
    for _ in range(50):
        if page.get_by_text("Sources read: 2.").count():
            break
        page.reload()
    assert page.get_by_text("new: 1.").is_visible()
    assert page.get_by_role("row", name="Наш город").locator("td").nth(2).text_content()
    is_for_everyone(page, "plan")

    page.goto(f"{HERE}/posts")
    page.get_by_role("link", name="Take in by hand").click()
    page.get_by_role("textbox", name="Link").fill(a_post("", "77").url)
    page.get_by_role("button", name="Take it in").click()
    assert page.get_by_text("The post is taken in.").is_visible()
    assert page.get_by_text("Письмо деда").is_visible()
    is_for_everyone(page, "by-hand")


@pytest.mark.parametrize("language", ["ru", "fr"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_pages_are_for_everyone(opened: Any, language: str, size: str) -> None:
    page = opened("olga", viewport=SIZES[size], locale=language)
    for path in ("sources/plan", "by-hand"):
        page.goto(f"{HERE}/{path}?lang={language}")
        is_for_everyone(page, f"{path.replace('/', '-')}-{language}-{size}")
