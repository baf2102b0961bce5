"""What was heard, in a real Chromium: captions over the clip and the cut by keys, doubts while somebody writes."""

from __future__ import annotations

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from relay.almanac.captions.sureness import unsure_words
from relay.almanac.hearing import drafts
from relay.models import CaptionOrigin, Role
from relay.moderation import clip_reviews
from relay.moderation.people import accounts
from tests.heard_rows import hearing, keeps
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
desk = browser.desk
anna = browser.anna
footage = browser.footage
proxy = browser.proxy
MODES = "[...document.getElementById('player').textTracks].map((track) => track.mode)"


@pytest.fixture
def clip(relay, town, proxy) -> int:
    number = town.has_clip(name="Анна", proxy=proxy(), duration=4)
    keeps(relay, number, hearing("Мы ехали ~молча.", seconds=4))
    return number


def modes(page, wanted: list[str]) -> None:
    page.wait_for_function(f"wanted => {MODES}.join() === wanted", arg=",".join(wanted))


def test_captions_are_switched_by_their_key_and_stay_as_they_were_left(relay, anna, clip):
    editing.save(relay, clip, [TypedCue("0", "3.5", "We drove.")], language="en", person="Boris")
    page = anna()
    page.goto(f"/clips/{clip}?at=1.5")
    modes(page, ["showing", "disabled"])
    page.wait_for_function("() => document.getElementById('player').textTracks[0].activeCues.length === 1")
    assert page.evaluate("document.getElementById('player').currentTime") >= 1.5
    button = page.locator("[data-captions]")
    page.evaluate(browser.PRESS, ["KeyC", "с"])  # as a Russian layout has it
    modes(page, ["disabled", "disabled"])
    assert button.get_attribute("aria-pressed") == "false"
    page.reload()
    modes(page, ["disabled", "disabled"])
    page.select_option("#track", label="Russian: heard, not confirmed")
    modes(page, ["disabled", "showing"])
    page.keyboard.press("KeyV")  # turned: drawn upright above the picture
    modes(page, ["disabled", "hidden"])
    page.evaluate("document.getElementById('player').currentTime = 1.2")
    page.wait_for_selector("#over:has-text('Мы ехали молча.')")
    page.keyboard.press("KeyC")
    modes(page, ["disabled", "disabled"])
    assert page.locator("#over").is_hidden()


def test_the_cut_is_taken_by_its_key_and_kept_with_the_form(relay, anna, clip):
    page = anna()
    page.goto(f"/clips/{clip}")
    page.wait_for_selector("[data-cut]")
    page.keyboard.press("KeyH")
    assert (page.input_value("[name=begins]"), page.input_value("[name=ends]")) == ("0.75", "2.65")
    assert clip_reviews.show(relay, clip).begins is None, "nothing is kept before the form is sent"
    with page.expect_navigation():
        page.keyboard.press("KeyS")
    found = clip_reviews.show(relay, clip)
    assert (found.begins, found.ends) == (0.75, 2.65)


def test_doubtful_words_of_a_draft_are_marked_until_they_are_changed_or_right(relay, anna, clip):
    accounts.set_role(relay, "anna", Role.organizer, person="test")
    drafts.from_heard(relay, clip, language="ru", person="Boris")
    page = anna()
    page.goto(f"/clips/{clip}/captions?code=ru")
    page.wait_for_selector("#captions.live")
    assert page.locator(".faults >> text=perhaps misheard: молча.").is_visible()
    page.fill("[name='text-1']", "Мы ехали молча. Тихо.")
    page.check("[name='right-1']")
    assert page.locator(".faults >> text=perhaps misheard").count() == 0
    page.keyboard.press("Control+KeyS")
    page.wait_for_function("() => document.getElementById('kept').textContent.includes('Saved')")
    assert page.locator("#draft").is_hidden()
    track = editing.bench(relay, clip).track("ru")
    assert (track.origin, [unsure_words(cue) for cue in track.cues]) == (CaptionOrigin.hand, [[]])
