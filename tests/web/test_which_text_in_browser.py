"""Which text is read, said by one key in a real Chromium."""

from __future__ import annotations

import pytest

from relay.almanac.assets import quotes
from relay.almanac.captions import store
from relay.almanac.hearing import proposals
from tests.almanac.hearing.said import BREAD, RADIO, heard
from tests.web.test_in_browser import anna, desk, pytestmark

__all__ = ["anna", "desk", "pytestmark"]


@pytest.fixture
def clip(town, relay):
    quotes.add(relay, town.slug, BREAD, number="7")
    quotes.add(relay, town.slug, RADIO, number="8")
    number = town.has_clip()
    heard(town, number, f"Здравствуйте меня зовут Мария {RADIO} и ещё вот что {BREAD} спасибо")
    proposals.renew(relay, number)
    return number


def test_one_key_confirms_and_one_says_none_of_these(town, anna, relay, clip):
    page = anna()
    page.goto(f"/clips/{clip}")
    page.fill(".participant input[name=name]", "Мария")
    page.locator("h1").first.click()
    page.keyboard.press("KeyY")
    page.wait_for_selector(".reading.confirmed")
    assert (town.clip(clip).quote, town.clip(clip).name) == ("8", "Мария")
    assert [view.origin.value for view in store.listing(relay, clip)] == ["reading"]
    page.keyboard.press("KeyN")
    page.wait_for_selector(".reading.refused")
    assert page.locator(".reading.proposed").count() == 0
    page.locator(".reading.confirmed").get_by_role("button", name="Take it back").press("Enter")
    page.wait_for_selector(".reading.proposed")
    assert (town.clip(clip).quote, store.listing(relay, clip)) == ("", [])


def test_without_a_script_a_button_does_it(town, anna, clip):
    page = anna(java_script_enabled=False)
    page.goto(f"/clips/{clip}")
    page.locator(".reading").first.get_by_role("button", name="8").click()
    page.wait_for_load_state()
    assert town.clip(clip).quote == "8"
