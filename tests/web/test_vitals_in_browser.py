"""The page about health in a real Chromium: on a desk and on a phone, in both languages."""

from __future__ import annotations

import pytest

from relay.alerts import raise_alert
from tests.web.chromium import IN_BROWSER
from tests.web.test_in_browser import anna, desk

__all__ = ["anna", "desk"]  # fixtures

pytestmark = IN_BROWSER


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_sticks_out_and_the_bell_leads_there(relay, town, anna, language, width):
    long = "Тихвин сегодня. Новости района (vk:tikhvin_segodnya_novosti): The community is closed."
    with relay.transaction() as session:
        raise_alert(session, "source:1", long, relay.now())
        raise_alert(session, "vk:abc", "VK asks for a captcha.", relay.now(), action_url="https://id.vk.com/captcha")
    page = anna(viewport={"width": width, "height": 844})
    page.goto(f"/almanacs?lang={language}")
    page.click(".alarm")
    page.wait_for_url("**/health")
    assert page.locator(".needs > li").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".needs a.button").get_attribute("rel") == "noopener noreferrer"
