"""Two moderators in two real browsers: what each sees of the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relay.models import ClipState, Role, Verdict
from relay.moderation import claims
from relay.moderation import desk as decisions
from relay.moderation.people import accounts
from relay.web.live_hub import Hub
from relay.web.serve import Desk
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER

pytestmark = IN_BROWSER
PEOPLE = {"anna": "Анна", "kira": "Кира"}
HIDDEN = """(hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def desk(relay, town) -> Iterator[Desk]:
    for login, name in PEOPLE.items():
        accounts.create(relay, login, name, Role.moderator, password=f"password of {login}", language="en")
    running = Desk(relay, "127.0.0.1", 0, watch=False)
    running._server._app.state.live = Hub(0.1)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def browser_of(relay, chromium, desk) -> Iterator[Callable[..., Any]]:
    """`browser_of("kira")`: a browser of her own, in which nothing may go wrong unseen."""
    with browsers(relay, chromium, desk.url, is_quiet=True) as opened:
        yield opened


def test_what_one_decided_today_is_listed_without_the_others_and_taken_back(town, browser_of):
    """Sixty clips by both: test_two_moderators_in_browser.py."""
    for _ in range(4):
        town.has_clip()
    pages = {who: browser_of(who) for who in PEOPLE}
    for page in pages.values():
        page.goto("/campaigns/proryv80/queue")
    for page in [*pages.values()] * 2:
        before = page.url
        page.keyboard.press("KeyA")
        page.wait_for_url(lambda url, before=before: url != before)
    pages["anna"].goto("/campaigns/proryv80/mine")
    assert pages["anna"].locator("ol.mine > li").count() == 2
    pages["anna"].locator("ol.mine button").first.click()
    pages["anna"].wait_for_selector("text=taken back")


def test_u_goes_back_step_by_step(town, browser_of):
    clips = [town.has_clip() for _ in range(4)]
    page = browser_of("anna")
    page.goto("/campaigns/proryv80/queue")
    for clip in clips[:3]:
        page.wait_for_url(f"**/clips/{clip}")
        page.keyboard.press("KeyA")
    page.wait_for_url(f"**/clips/{clips[3]}")
    for clip in clips[2::-1]:
        page.keyboard.press("KeyU")
        page.wait_for_url(f"**/clips/{clip}")
        assert town.clip(clip).state is ClipState.awaiting


def test_a_page_that_stands_open_is_told_and_keeps_what_was_typed(relay, town, browser_of):
    clip, second = town.has_clip(), town.has_clip()
    page = browser_of("anna")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Елена Моро")
    decisions.decide(relay, clip, Verdict.approve, person="vera", seen=ClipState.awaiting)
    page.wait_for_selector("#meanwhile:not([hidden])")
    assert page.locator("[data-said]").inner_text() == "vera approved this clip meanwhile."
    assert page.input_value("[name=name]") == "Елена Моро"
    page.locator("nav [data-count] .count").get_by_text("1", exact=True).wait_for()
    page.click("text=Go to the next")
    page.wait_for_url(f"**/clips/{second}")


def test_a_page_that_was_hidden_comes_back_to_the_truth(relay, town, browser_of):
    clip, _second = town.has_clip(), town.has_clip()
    page = browser_of("anna")
    page.goto(f"/clips/{clip}")
    page.evaluate(HIDDEN, True)
    claims.take_over(relay, clip, "Кира", seen="Анна")
    page.wait_for_timeout(400)
    assert page.locator("#meanwhile").is_hidden(), "a hidden page listens to nothing"
    page.evaluate(HIDDEN, False)
    page.wait_for_selector("#meanwhile:not([hidden])")
    assert page.locator("[data-said]").inner_text() == "Кира has this clip now."


def test_what_a_colleague_leaves_comes_by_itself(relay, town, browser_of):
    clip = town.has_clip()
    anna, kira = browser_of("anna"), browser_of("kira")
    anna.goto("/campaigns/proryv80/queue")
    anna.wait_for_url(f"**/clips/{clip}")
    kira.goto("/campaigns/proryv80/queue")
    kira.wait_for_selector("text=Whatever waits is with somebody already.")
    assert "Анна (clip 1)" in kira.locator(".here").inner_text()
    anna.close(run_before_unload=True)
    kira.wait_for_url(f"**/clips/{clip}")
    assert claims.who_has(relay, clip).person == "Кира"


def test_a_clip_is_taken_over_with_one_button(town, browser_of):
    clip = town.has_clip()
    anna, kira = browser_of("anna"), browser_of("kira")
    anna.goto(f"/clips/{clip}")
    kira.goto(f"/clips/{clip}")
    kira.click("text=Take it over")
    kira.wait_for_selector(".verdict.approve")
    anna.wait_for_selector("text=Кира has this clip now.")
    kira.keyboard.press("KeyA")
    anna.wait_for_selector("text=Кира approved this clip meanwhile.")
    assert [decision.person for decision in town.decisions(clip)] == ["Кира"]


def test_whoever_was_signed_out_elsewhere_is_told_and_keeps_what_was_typed(relay, town, browser_of):
    clip = town.has_clip()
    page = browser_of("anna")
    page.goto(f"/clips/{clip}")
    page.fill("[name=name]", "Елена Моро")
    accounts.set_password(relay, "anna")
    page.wait_for_selector("text=You are not signed in any more. What you typed still stands here.")
    assert page.input_value("[name=name]") == "Елена Моро"
