"""Nothing typed is lost, and a clip is trimmed and turned: in a real Chromium."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from sqlmodel import select

from relay.models import ClipState, LookState, SecondLook, Verdict
from relay.moderation import clip_reviews, desk
from tests.web.chromium import IN_BROWSER
from tests.web.test_in_browser import anna, footage, proxy
from tests.web.test_in_browser import desk as running

__all__ = ["anna", "footage", "proxy", "running"]  # fixtures

pytestmark = IN_BROWSER


@pytest.fixture(name="desk")
def _desk(running):
    return running


def shot(page, name: str) -> None:
    """A picture for people to look at, where SHOTS names a folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def has_moving_clip(residents, proxy, **words):
    return residents.has_clip(proxy=proxy(), duration=4.0, size=(320, 180), **words)


def test_what_is_typed_is_kept_with_the_verdict(town, anna):
    one, two, three = (town.has_clip(name="Оля") for _ in range(3))
    page = anna(viewport={"width": 1366, "height": 768})
    page.goto(f"/clips/{one}")
    save = page.locator("button.save").bounding_box()
    assert save["y"] + save["height"] <= 768
    page.fill("[name=name]", "Ольга Смирнова")
    page.click("h1")
    page.keyboard.press("KeyA")
    page.wait_for_url(f"**/clips/{two}")
    assert (town.clip(one).name, town.clip(one).state) == ("Ольга Смирнова", ClipState.approved)
    assert page.locator("[role=status] .saved").inner_text().strip() == f"Clip {one}: saved."
    page.fill("[name=town]", "Мга")
    page.click("h1")
    page.keyboard.press("KeyR")
    page.keyboard.press("Digit2")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clips/{three}")
    assert (town.clip(two).town, town.clip(two).reason) == ("Мга", "no_reading")


def test_enter_in_a_field_saves_and_decides_nothing(town, anna):
    clip = town.has_clip()
    page = anna()
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.press("[name=name]", "Enter")
    page.wait_for_selector(".saved")
    assert (town.clip(clip).name, town.clip(clip).state) == ("Ольга", ClipState.awaiting)


@pytest.mark.parametrize("key", ["KeyJ", "KeyK", "KeyU"])
def test_whoever_goes_on_without_saving_has_saved(town, anna, key):
    one, two, three = (town.has_clip() for _ in range(3))
    page = anna()
    page.goto(f"/clips/{one}")
    page.keyboard.press("KeyL")
    page.wait_for_url(f"**/clips/{two}")
    page.fill("[name=name]", "Ольга")
    page.click("h1")
    page.keyboard.press(key)
    page.wait_for_url(f"**/clips/{ {'KeyJ': three, 'KeyK': three, 'KeyU': one}[key] }")
    assert town.clip(two).name == "Ольга"
    assert (town.clip(one).state is ClipState.awaiting) == (key == "KeyU")


def test_two_versions_stand_side_by_side(relay, town, anna):
    clip, following = town.has_clip(name="Оля", town="Кировск"), town.has_clip()
    page = anna("409", viewport={"width": 1366, "height": 768})
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга Смирнова")
    page.fill("[name=district]", "Кировский район")
    desk.edit(relay, clip, person="Кира", name="Оленька")
    page.click("h1")
    page.keyboard.press("KeyA")
    page.wait_for_selector(".both")
    shot(page, "conflict")
    told = page.locator(".both tbody").inner_text()
    assert "Оленька" in told
    assert "Ольга Смирнова" in told
    assert page.input_value("[name=district]") == "Кировский район"
    assert (town.clip(clip).name, town.clip(clip).state) == ("Оленька", ClipState.awaiting)
    page.get_by_role("button", name="All mine: Approve").click()
    page.wait_for_url(f"**/clips/{following}")
    row = town.clip(clip)
    assert (row.name, row.district, row.state) == ("Ольга Смирнова", "Кировский район", ClipState.approved)


def test_decided_meanwhile_nothing_typed_is_gone(relay, town, anna):
    clip, following = town.has_clip(), town.has_clip()
    page = anna("409")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.awaiting, reason="offensive")
    page.click("h1")
    page.keyboard.press("KeyA")
    page.wait_for_selector(".both")
    assert "Кира decided meanwhile" in page.locator(".both").inner_text()
    assert page.input_value("[name=name]") == "Ольга"
    page.keyboard.press("KeyA")
    page.wait_for_url(f"**/clips/{following}")
    assert (town.clip(clip).name, town.clip(clip).state) == ("Ольга", ClipState.approved)


@pytest.mark.parametrize("script", [True, False])
def test_after_the_session_ended_the_text_is_there_again(town, anna, desk, script):
    clip = town.has_clip(name="Оля")
    page = anna("401", java_script_enabled=script)
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга Смирнова")
    page.select_option("[name=scope]", "film")
    page.fill("[name=evidence]", "письмо от 12 января")
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "relay-language", "value": "en", "url": desk.url}])
    page.click("button.approve")
    page.wait_for_selector("[name=password]")
    shot(page, f"expired-{script}")
    page.fill("[name=login]", "anna")
    page.fill("[name=password]", "password of anna")
    page.click("button.main")
    page.wait_for_url(f"**/clips/{clip}*")
    assert page.input_value("[name=name]") == "Ольга Смирнова"
    assert page.input_value("[name=evidence]") == "письмо от 12 января"
    assert page.input_value("[name=scope]") == "film"
    assert town.clip(clip).name == "Оля"
    page.click("button.approve")
    page.wait_for_url("**/queue?state=awaiting")
    assert (town.clip(clip).name, town.clip(clip).state) == ("Ольга Смирнова", ClipState.approved)


def test_a_decision_without_a_connection_arrives_and_counts_once(town, anna, desk):
    clip, following = town.has_clip(name="Оля"), town.has_clip()
    page = anna("RESET")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.click("h1")
    lost = {"answers": 2}

    def loses_the_answer(route):
        if lost["answers"] == 0:
            route.continue_()
            return
        lost["answers"] -= 1
        if lost["answers"] == 0:  # it arrives, and nobody hears of it
            route.fetch(max_redirects=0)
        route.abort("connectionreset")

    page.route("**/decide", loses_the_answer)
    page.keyboard.press("KeyA")
    page.wait_for_selector(".waiting-to-be-sent")
    shot(page, "offline")
    assert town.clip(clip).state is ClipState.awaiting
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_timeout(300)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url(f"**/clips/{following}")
    assert (town.clip(clip).name, town.clip(clip).state) == ("Ольга", ClipState.approved)
    assert [one.person for one in town.decisions(clip)] == ["Анна"]
    assert json.loads(page.evaluate("localStorage.getItem('relay-outbox')")) == []


def test_a_second_look_without_a_connection_arrives_with_what_was_typed(relay, town, anna, desk):
    clip = town.has_clip(name="Оля")
    decision = decided(relay, clip)
    with relay.transaction() as session:
        look = {"clip_id": clip, "decision_id": decision, "first_by": "Кира", "first": Verdict.approve}
        session.add(SecondLook(**look, at=relay.now()))
    page = anna("RESET")
    page.goto("/campaigns/proryv80/queue")
    page.wait_for_url(f"**/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.click("h1")
    page.route("**/look", lambda route: route.abort("connectionreset"))
    page.keyboard.press("KeyA")
    page.wait_for_selector(".waiting-to-be-sent")
    page.unroute("**/look")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url("**/queue?*")
    with relay.reading() as session:
        row = session.exec(select(SecondLook)).one()
    assert (row.second_by, row.second, row.state) == ("Анна", Verdict.approve, LookState.agreed)
    assert town.clip(clip).name == "Ольга"


def decided(relay, clip):
    return desk.decide(relay, clip, Verdict.approve, person="Кира", seen=ClipState.awaiting).id


def test_a_decision_without_a_connection_is_shown_as_a_conflict(relay, town, anna):
    clip = town.has_clip()
    page = anna("RESET|409")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.click("h1")
    page.route("**/decide", lambda route: route.abort("connectionreset"))
    page.keyboard.press("KeyA")
    page.wait_for_selector(".waiting-to-be-sent")
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.awaiting, reason="offensive")
    page.unroute("**/decide")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.get_by_role("button", name="Look at both versions").click()
    page.wait_for_selector(".both")
    assert page.input_value("[name=name]") == "Ольга"
    assert [one.person for one in town.decisions(clip)] == ["Кира"]


def test_without_a_connection_the_last_word_counts_and_is_told_once(town, anna):
    clip, following = town.has_clip(), town.has_clip()
    page = anna("RESET")
    page.goto(f"/clips/{clip}")
    page.route("**/decide", lambda route: route.abort("connectionreset"))
    for key in ("KeyA", "KeyA", "KeyL"):
        with page.expect_event("requestfailed"):
            page.keyboard.press(key)
        page.wait_for_timeout(200)
    assert page.locator(".waiting-to-be-sent").count() == 1
    page.unroute("**/decide")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url(f"**/clips/{following}")
    assert (town.clip(clip).state, len(town.decisions(clip))) == (ClipState.later, 1)


def test_a_page_that_back_brings_as_it_was_left_decides_again(town, anna):
    """A browser may keep a page whole, in the middle of what it was about to send."""
    clip, following = town.has_clip(), town.has_clip()
    page = anna()
    page.goto(f"/clips/{clip}")
    asked: list[str] = []

    def never_answers_the_first(route):
        asked.append(route.request.post_data or "")
        if len(asked) > 1:
            route.continue_()

    page.route("**/decide", never_answers_the_first)
    with page.expect_request("**/decide"):
        page.keyboard.press("KeyA")
    page.keyboard.press("KeyL")
    page.wait_for_timeout(300)
    assert len(asked) == 1, "the first one is still on its way"
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    page.keyboard.press("KeyL")
    page.wait_for_url(f"**/clips/{following}")
    assert town.clip(clip).state is ClipState.later


def test_a_clip_is_trimmed_by_keys(relay, town, anna, proxy):
    clip, following = has_moving_clip(town, proxy), town.has_clip()
    page = anna(viewport={"width": 1366, "height": 768})
    page.goto(f"/clips/{clip}")
    page.wait_for_function("() => player.readyState >= 2")
    page.keyboard.press("Space")
    page.evaluate("player.pause(); player.currentTime = 1")
    page.wait_for_function("() => !player.seeking")
    page.keyboard.press("KeyI")
    page.keyboard.press("Period")
    assert round(page.evaluate("player.currentTime"), 3) == 1.04
    page.evaluate("player.currentTime = 3")
    page.keyboard.press("KeyO")
    page.keyboard.press("KeyV")
    assert page.evaluate("player.className") == "turn-90"
    page.fill("[name=editor_note]", "Ребёнок начинает читать на второй секунде")
    page.click("h1")
    shot(page, "trim")
    box = page.locator("#player").bounding_box()
    screen = page.locator(".screen").bounding_box()
    assert abs(box["height"] - screen["height"]) < 1
    assert abs(box["width"] - screen["width"]) < 1
    page.keyboard.press("Equal")
    assert page.evaluate("player.playbackRate") == 1.25
    page.keyboard.press("KeyA")
    page.wait_for_url(f"**/clips/{following}")
    found = clip_reviews.show(relay, clip)
    assert (found.begins, found.ends, found.turn) == (1.0, 3.0, 90)
    assert found.editor_note.startswith("Ребёнок")
    page.goto(f"/clips/{clip}")
    page.wait_for_function("() => player.readyState >= 2 && !player.seeking")
    assert page.evaluate("player.playbackRate") == 1.25
    assert page.evaluate("player.currentTime") >= 1.0
    page.get_by_role("button", name="Take the trim back").click()
    page.wait_for_selector(".saved")
    assert clip_reviews.show(relay, clip).begins is None


def test_a_clip_is_trimmed_by_dragging(relay, town, anna, proxy):
    clip = has_moving_clip(town, proxy)
    page = anna(viewport={"width": 1366, "height": 768})
    page.goto(f"/clips/{clip}")
    page.wait_for_function("() => player.readyState >= 2")
    strip = page.locator("#strip").bounding_box()
    for name, share in (("begins", 0.25), ("ends", 0.75)):
        handle = page.locator(f"[data-handle={name}]").bounding_box()
        page.mouse.move(handle["x"] + handle["width"] / 2, handle["y"] + 10)
        page.mouse.down()
        page.mouse.move(strip["x"] + strip["width"] * share, strip["y"] + 10, steps=5)
        page.mouse.up()
    assert [page.input_value(f"[name={name}]") for name in ("begins", "ends")] == ["1", "3"]
    page.keyboard.press("ArrowLeft")
    assert page.input_value("[name=ends]") == "2.96"
    shot(page, "dragged")
    page.click("button.save")
    page.wait_for_selector(".saved")
    found = clip_reviews.show(relay, clip)
    assert (found.begins, found.ends) == (1.0, 2.96)
    page.evaluate("player.play()")
    page.wait_for_function("() => player.paused && player.currentTime > 2.9")


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["laptop", "phone"])
@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_on_laptop_and_phone(town, anna, proxy, size, language, desk):
    clip = has_moving_clip(town, proxy, name="Ольга Смирнова", town="Мга")
    page = anna(viewport={"width": size[0], "height": size[1]})
    page.goto(f"/clips/{clip}?lang={language}")
    page.wait_for_function("() => player.readyState >= 2")
    shot(page, f"clip-{size[0]}-{language}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for button in (".approve", ".reject", ".later"):
        box = page.locator(f".verdict{button}").bounding_box()
        assert box["y"] + box["height"] <= size[1]
    save = page.locator("button.save").bounding_box()
    assert save["y"] + save["height"] <= size[1]


def test_what_was_typed_survives_a_reload_and_is_forgotten_when_it_is_saved(town, anna):
    clip, other = town.has_clip(name="Оля"), town.has_clip()
    page = anna()
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.reload()
    assert page.input_value("[name=name]") == "Ольга"
    assert "is not saved yet" in page.locator("#said").inner_text()
    page.goto(f"/clips/{other}")
    assert page.input_value("[name=name]") == ""
    page.goto(f"/clips/{clip}")
    page.keyboard.press("KeyS")
    page.wait_for_selector(".saved")
    assert town.clip(clip).name == "Ольга"
    page.fill("[name=name]", "Ольга")
    page.reload()
    assert page.locator("#said").inner_text().strip() == ""


def test_one_press_takes_all_of_theirs(relay, town, anna):
    clip = town.has_clip(name="Оля")
    page = anna("409")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    page.fill("[name=town]", "Мга")
    desk.edit(relay, clip, person="Кира", name="Оленька")
    page.click("button.save")
    page.get_by_role("button", name="All theirs").click()
    page.wait_for_selector(".saved")
    assert (town.clip(clip).name, town.clip(clip).town) == ("Оленька", "Мга")


def test_two_versions_are_not_left_by_a_link_without_a_choice(relay, town, anna):
    clip, following = town.has_clip(name="Оля"), town.has_clip()
    page = anna("409")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Ольга")
    desk.edit(relay, clip, person="Кира", name="Оленька")
    page.click("button.save")
    page.wait_for_selector(".both")
    page.keyboard.press("KeyJ")
    page.wait_for_timeout(300)
    assert page.locator(".both").is_visible()
    assert town.clip(clip).name == "Оленька"
    page.check("[name=pick_name][value=theirs]")
    page.click("h1")
    page.keyboard.press("KeyJ")
    page.wait_for_url(f"**/clips/{following}")
    assert town.clip(clip).name == "Оленька"
