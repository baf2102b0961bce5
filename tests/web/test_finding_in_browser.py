"""The list of clips in a real Chromium: found by a word form, chosen by keys, mouse and range, and undone at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relay.models import ClipState
from tests.web.test_in_browser import PRESS, anna, desk, pytestmark

__all__ = ["anna", "desk", "pytestmark"]

LIST = "/campaigns/proryv80/clips"
CHOSEN = "() => [...document.querySelectorAll('[name=clip]:checked')].map((box) => Number(box.value.split(':')[0]))"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


@pytest.fixture
def page(town, anna) -> Iterator[Any]:
    opened = anna(viewport={"width": 1366, "height": 768})
    yield opened


def states(town, numbers) -> list[str]:
    return [town.clip(number).state.value for number in numbers]


def test_found_by_a_word_form_chosen_by_keys_rejected_and_undone(town, page):
    made = [town.has_clip(name="Мария Журавлёва", town="Волхов") for _ in range(6)]
    other = town.has_clip(name="Игорь", town="Тосно")
    page.goto(LIST)
    page.keyboard.press("Slash")
    page.keyboard.type("журавлевой в волхове")
    page.keyboard.press("Backspace")
    page.fill("[name=q]", "журавлевой волхове")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    assert page.locator(".found-clip").count() == 6
    page.locator(f'.found-clip a[href="/clips/{made[0]}"]').focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("KeyX")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")  # four stand in a row: the last one is as far as it goes
    assert page.evaluate(CHOSEN) == made[1:]
    assert page.locator(".how-many").inner_text() == "Chosen: 5"
    page.keyboard.press("KeyR")
    page.select_option("[name=reason]", "off_topic")
    page.click(".panel button.danger")
    page.wait_for_selector(".done")
    assert "Rejected: 5 clips" in page.locator(".done").inner_text()
    assert states(town, [*made, other]) == ["awaiting", *["rejected"] * 5, "awaiting"]
    page.keyboard.press("KeyU")
    page.wait_for_selector(".done s")
    assert states(town, made) == ["awaiting"] * 6
    assert "q=" in page.url, "the filter is still there"


def test_keys_go_by_their_place_and_escape_chooses_none(town, page):
    made = [town.has_clip() for _ in range(3)]
    page.goto(LIST)
    page.evaluate(PRESS, ["KeyA", "ф"])
    assert page.evaluate(CHOSEN) == made
    page.keyboard.press("Escape")
    assert page.evaluate(CHOSEN) == []
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert page.evaluate(CHOSEN) == made[:1]
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clips/{made[0]}")


def test_the_mouse_chooses_one_by_control_and_a_range_by_shift(town, page):
    made = [town.has_clip() for _ in range(6)]
    page.goto(LIST)
    links = page.locator(".found-clip a")
    links.nth(1).click(modifiers=["Control"])
    links.nth(4).click(modifiers=["Shift"])
    page.wait_for_function("() => document.querySelectorAll('[name=clip]:checked').length === 4")
    assert page.evaluate(CHOSEN) == made[1:5]
    page.locator(".tick").nth(2).click()
    assert page.evaluate(CHOSEN) == [made[1], *made[3:5]]
    page.locator(".tick").nth(5).click(modifiers=["Shift"])
    page.wait_for_function("() => document.querySelectorAll('[name=clip]:checked').length === 5")
    assert page.evaluate(CHOSEN) == made[1:6]
    links.nth(0).click()
    page.wait_for_url(f"**/clips/{made[0]}")


def test_enter_in_a_field_never_approves(town, page):
    made = [town.has_clip() for _ in range(2)]
    page.goto(LIST)
    page.keyboard.press("KeyA")
    page.keyboard.press("KeyT")
    page.keyboard.type("9 мая")
    page.keyboard.press("Enter")
    page.wait_for_selector(".done")
    assert page.locator(".tag").all_inner_texts() == ["#9 мая", "#9 мая"]
    assert states(town, made) == ["awaiting", "awaiting"]


def test_going_back_chooses_nothing_by_itself(town, page):
    """A browser ticks the boxes at the same places again: by then other clips stand there."""
    made = [town.has_clip() for _ in range(6)]
    page.goto(f"{LIST}?state=awaiting")
    page.locator(".tick").nth(0).click()
    page.locator(".tick").nth(1).click()
    page.locator(".many button.yes").click()
    page.wait_for_selector(".done")
    page.go_back()
    page.wait_for_function("() => document.querySelectorAll('.found-clip').length === 4")
    page.wait_for_timeout(300)
    assert page.evaluate(CHOSEN) == []
    assert page.locator(".how-many").inner_text() == "Nothing chosen"
    assert states(town, made) == ["approved"] * 2 + ["awaiting"] * 4


def test_many_are_rejected_without_a_reason_and_the_reason_is_asked_for(town, anna):
    made = [town.has_clip() for _ in range(2)]
    page = anna("400")
    page.goto(LIST)
    page.keyboard.press("KeyA")
    page.keyboard.press("KeyR")
    page.click(".panel button.danger")
    page.get_by_text("This verdict needs a reason.", exact=True).wait_for()
    assert page.evaluate(CHOSEN) == made
    page.select_option("[name=reason]", "off_topic")
    page.click(".panel button.danger")
    page.wait_for_selector(".done")
    assert states(town, made) == ["rejected"] * 2


def test_twin_without_the_script_enter_does_nothing_and_boxes_and_buttons_do_the_same(town, anna):
    made = [town.has_clip() for _ in range(3)]
    page = anna(java_script_enabled=False)
    page.goto(LIST)
    page.locator("[name=clip]").nth(1).check()
    page.locator("summary", has_text="Tag").click()
    page.fill(".panel [name=tag]", "9 мая")
    page.press(".panel [name=tag]", "Enter")
    assert states(town, made) == ["awaiting"] * 3
    page.click("text=Put it on")
    page.wait_for_selector(".done")
    assert page.locator(".tag").count() == 1
    page.locator("[name=clip]").nth(2).check()
    page.locator(".many button.yes").click()
    page.wait_for_selector("text=Approved: 1 clip")
    assert states(town, made) == ["awaiting", "awaiting", ClipState.approved]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_lists_fit_a_phone(town, anna: Callable[..., Any], language):
    for _ in range(5):
        town.has_clip(name="Мария Константинопольская-Преображенская", flags=("silent", "vertical"))
    page = anna(**PHONE)
    for path in (f"{LIST}?q=письмо&state=awaiting", "/campaigns/proryv80/posts?q=письмо&video=clip"):
        page.goto(f"{path}&lang={language}")
        page.locator(".more-filters > summary").click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(LIST)
    page.locator(".tick").first.tap()
    page.locator(".many summary").nth(1).tap()
    box = page.locator("#many").bounding_box()
    assert box["width"] <= 390
    assert box["height"] < 844
