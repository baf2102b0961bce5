"""What the words of a clip say, taken by a key in a real Chromium."""

from __future__ import annotations

import pytest

from tests.web.test_in_browser import anna, desk, pytestmark

__all__ = ["anna", "desk", "pytestmark"]

TEXT = "Эстафету продолжает Мария Журавлёва, 9 лет, Луга. #Волхов"


def fields(page):
    return [page.input_value(f".participant input[name={name}]") for name in ("name", "town", "age")]


def test_one_key_takes_all_and_saving_keeps_them(town, anna):
    clip = town.has_clip(text=TEXT)
    page = anna()
    page.goto(f"/clips/{clip}")
    assert page.get_by_role("button", name="Луга").get_attribute("aria-pressed") == "false"
    page.keyboard.press("KeyT")
    assert fields(page) == ["Мария Журавлёва", "Луга", "9"]
    assert page.get_by_role("button", name="Луга").get_attribute("aria-pressed") == "true"
    assert page.locator(".suggestions [role=status]").inner_text() == "It stands in the fields and is not saved yet."
    assert (town.clip(clip).name, town.clip(clip).town) == ("", "")
    page.locator(".participant").get_by_role("button", name="Save").click()
    page.wait_for_load_state()
    page.wait_for_function("() => !document.querySelector('.suggestions .chip')")
    assert (town.clip(clip).name, town.clip(clip).town, town.clip(clip).age) == ("Мария Журавлёва", "Луга", "9")


def test_approving_saves_what_was_taken(town, anna):
    """Where corrections and decision are one form."""
    clip = town.has_clip(text=TEXT)
    page = anna()
    page.goto(f"/clips/{clip}")
    if page.locator(".participant input[name=town]").get_attribute("form") is None:
        pytest.skip("the decision is a form of its own")
    page.keyboard.press("KeyT")
    page.keyboard.press("KeyA")
    page.wait_for_url("**/queue**")
    assert (town.clip(clip).state.value, town.clip(clip).town) == ("approved", "Луга")


def test_a_click_takes_one_and_what_is_typed_stays(town, anna):
    clip = town.has_clip(text=TEXT)
    page = anna()
    page.goto(f"/clips/{clip}")
    page.fill(".participant input[name=name]", "Маша Журавлёва")
    page.get_by_role("button", name="Луга").click()
    assert fields(page) == ["Маша Журавлёва", "Луга", ""]
    page.locator("h1").first.click()
    page.keyboard.press("KeyT")
    assert fields(page) == ["Маша Журавлёва", "Луга", "9"]
    page.locator(".participant input[name=age]").focus()
    page.keyboard.press("KeyT")
    assert fields(page)[2] == "9t" or fields(page)[2] == "9"


def test_without_a_script_the_button_saves(town, anna):
    clip = town.has_clip(text=TEXT)
    page = anna(java_script_enabled=False)
    page.goto(f"/clips/{clip}")
    page.get_by_role("button", name="Луга").click()
    page.wait_for_load_state()
    assert (town.clip(clip).name, town.clip(clip).town) == ("", "Луга")


def test_without_a_script_what_was_typed_goes_along(town, anna):
    clip = town.has_clip(text=TEXT)
    page = anna(java_script_enabled=False)
    page.goto(f"/clips/{clip}")
    page.fill(".participant input[name=name]", "Маша Журавлёва")
    page.fill(".participant input[name=town]", "Мга")
    page.get_by_role("button", name="Луга").click()
    page.wait_for_load_state()
    assert (town.clip(clip).name, town.clip(clip).town) == ("Маша Журавлёва", "Луга")
    page.fill(".participant input[name=quote]", "Письмо")
    page.get_by_role("button", name="Take all").click()
    page.wait_for_load_state()
    assert (town.clip(clip).quote, town.clip(clip).age) == ("Письмо", "9")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_nothing_hangs_over_the_edge(town, anna, size):
    clip = town.has_clip(text=f"{TEXT} Прочитано для всех, кто помнит и хранит. Читает Ольга Белова, 10 лет.")
    page = anna(viewport={"width": size[0], "height": size[1]})
    page.goto(f"/clips/{clip}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".suggestions").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= size[0]
