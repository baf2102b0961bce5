"""The desk in a real Chromium: what only a browser can say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from relay.models import ClipState, Role
from relay.moderation.people import accounts, sessions
from relay.web.serve import Desk
from tests.web.chromium import IN_BROWSER

RUSSIAN = {"KeyA": "ф", "KeyR": "к", "KeyL": "д", "KeyU": "г", "KeyJ": "о", "KeyK": "л"}
PRESS = "([code, key]) => document.body.dispatchEvent(new KeyboardEvent('keydown', {code, key, bubbles: true}))"

pytestmark = IN_BROWSER


@pytest.fixture
def desk(relay, town) -> Iterator[Desk]:
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna", language="en")
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def anna(relay, chromium, desk) -> Iterator[Callable[..., Any]]:
    """`anna()` opens a page on which she is signed in; nothing may go wrong in it unseen but answers that `expects`."""
    contexts, troubles = [], []

    def page(expects: str = "", **options: Any) -> Any:
        context = chromium.new_context(base_url=desk.url, locale="en-GB", **options)
        contexts.append(context)
        token = sessions.sign_in(relay, "anna", "password of anna")
        context.add_cookies([{"name": "relay", "value": token, "url": desk.url}])
        opened = context.new_page()
        opened.on("pageerror", lambda error: troubles.append(str(error)))
        opened.on("console", partial(_note, troubles, expects))
        return opened

    yield page
    for context in contexts:
        context.close()
    assert troubles == []


def _note(troubles: list[str], expects: str, message: Any) -> None:
    expected = expects and message.text.startswith("Failed to load resource:") and re.search(expects, message.text)
    if message.type == "error" and not expected:
        troubles.append(message.text)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of moving picture with a tone, as the desk's proxies are made."""
    from relay.media.toolbox import Toolbox

    toolbox, folder = Toolbox(), tmp_path_factory.mktemp("footage")
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4"]
    tone = ["-f", "lavfi", "-i", "sine=frequency=300:duration=4"]
    codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *picture, *tone, *codecs, "proxy.mp4"], folder=folder)
    return folder / "proxy.mp4"


@pytest.fixture
def proxy(footage: Path, tmp_path: Path) -> Callable[[], Path]:
    return lambda: Path(shutil.copy(footage, tmp_path / "proxy.mp4"))


def state(town, clip) -> str:
    return town.clip(clip).state.value


def test_signing_in_with_the_form(chromium, desk, town):
    context = chromium.new_context(base_url=desk.url, locale="ru-RU")
    page = context.new_page()
    page.goto("/")
    page.fill("[name=login]", "anna")
    page.fill("[name=password]", "password of anna")
    page.click("button.main")
    page.wait_for_url(f"{desk.url}/")
    assert page.locator(".me").inner_text() == "Анна"
    context.close()


def test_the_clip_really_plays(town, anna, proxy):
    clip = town.has_clip(proxy=proxy())
    page = anna()
    page.goto("/campaigns/proryv80/queue")
    page.wait_for_url(f"**/clips/{clip}")
    page.wait_for_function("() => player.currentTime > 0.5")
    assert page.evaluate("player.videoWidth") == 320
    page.keyboard.press("Space")
    page.wait_for_function("() => player.paused")
    page.keyboard.press("Space")
    page.wait_for_function("() => !player.paused")


@pytest.mark.parametrize("layout", ["latin", "russian"])
def test_keys_judge(town, anna, layout):
    first, second, third = (town.has_clip() for _ in range(3))
    page = anna()

    def press(code: str) -> None:
        if layout == "latin":
            page.keyboard.press(code)
        else:
            page.evaluate(PRESS, [code, RUSSIAN[code]])

    page.goto("/campaigns/proryv80/queue")
    press("KeyA")
    page.wait_for_url(f"**/clips/{second}")
    assert state(town, first) == "approved"
    press("KeyU")
    page.wait_for_url(f"**/clips/{first}")
    assert state(town, first) == "awaiting"
    press("KeyL")
    page.wait_for_url(f"**/clips/{second}")
    assert state(town, first) == "later"
    press("KeyJ")
    page.wait_for_url(f"**/clips/{third}")
    press("KeyK")
    page.wait_for_url(f"**/clips/{second}")
    press("KeyR")
    page.wait_for_selector("dialog#reject:modal")
    page.keyboard.press("Digit2")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/clips/{third}")
    assert (state(town, second), town.clip(second).reason) == ("rejected", "no_reading")


def test_a_reason_in_ones_own_words_has_to_be_written(town, anna):
    clip = town.has_clip()
    page = anna()
    page.goto(f"/clips/{clip}")
    page.keyboard.press("KeyR")
    page.keyboard.press("Digit7")
    page.keyboard.press("Enter")
    assert page.locator("dialog#reject").is_visible()
    page.keyboard.type("all 2 of them read")
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue?state=awaiting")
    assert town.clip(clip).reason == "all 2 of them read"


def test_typing_decides_nothing(town, anna):
    clip = town.has_clip()
    page = anna()
    page.goto(f"/clips/{clip}")
    page.click("[name=name]")
    page.keyboard.type("alruj Ада")
    assert page.locator("[name=name]").input_value() == "alruj Ада"
    page.click("h1")
    for chord in ("Control+KeyA", "Alt+KeyA", "Shift+KeyA"):
        page.keyboard.press(chord)
    page.wait_for_timeout(200)
    assert page.url.endswith(f"/clips/{clip}")
    assert state(town, clip) == "awaiting"


def test_a_held_key_decides_once(town, anna):
    clips = [town.has_clip() for _ in range(4)]
    page = anna()
    page.goto(f"/clips/{clips[0]}")
    page.evaluate("for (const n of [1, 2, 3]) (" + PRESS + ")(['KeyA', 'a'])")
    page.wait_for_url(f"**/clips/{clips[1]}")
    page.wait_for_timeout(200)
    assert [state(town, clip) for clip in clips] == ["approved", "awaiting", "awaiting", "awaiting"]


def test_keys_count_at_once_when_a_dialog_was_closed(town, anna):
    page = anna()
    page.goto(f"/clips/{town.has_clip()}")
    for _ in range(3):
        for key, dialog in (("KeyQ", "ask"), ("KeyB", "send-back")):
            page.keyboard.press(key)
            assert page.locator("dialog:modal").get_attribute("id") == dialog
            page.keyboard.press("Escape")


def test_help_opens_with_a_question_mark(town, anna):
    page = anna()
    page.goto(f"/clips/{town.has_clip()}")
    page.keyboard.press("?")
    assert page.locator("dialog#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog#help").is_visible()


def test_everything_works_without_script(town, anna):
    first, second = town.has_clip(), town.has_clip()
    page = anna(java_script_enabled=False)
    page.goto("/campaigns/proryv80/queue")
    page.click("button.approve")
    assert page.url.endswith(f"/clips/{second}")
    page.click(".strip button")
    assert page.url.endswith(f"/clips/{first}")
    page.click("button.reject")
    page.check("[value=bad_quality]")
    page.click("dialog#reject button.danger")
    assert (state(town, first), town.clip(first).reason) == ("rejected", "bad_quality")
    page.fill("[name=town]", "Кировск")
    page.click("button.save-here")
    assert town.clip(second).town == "Кировск"


def test_a_strangers_script_does_not_run(town, anna):
    clip = town.has_clip(text="<script>document.title = 'stolen'</script>", name="<img src=x onerror=alert(1)>")
    page = anna()
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    page.goto(f"/clips/{clip}")
    page.wait_for_timeout(200)
    assert "stolen" not in page.title()


@pytest.mark.parametrize("guarded", [True, False])
def test_if_escaping_failed_the_policy_would_still_stop_the_script(town, chromium, relay, monkeypatch, guarded):
    """Without escaping the script is in the page: with the headers it does not run, without them (the twin) it does."""
    from relay.web import headers
    from relay.web.page import environment

    if not guarded:
        monkeypatch.setattr(headers, "SECURITY", {})
    clip = town.has_clip(text="<script>document.title = 'stolen'</script>")
    accounts.create(relay, "anna", "Анна", Role.moderator, password="password of anna")
    environment.cache_clear()
    monkeypatch.setattr(environment("en"), "autoescape", False)
    desk = Desk(relay, "127.0.0.1", 0)
    desk.start()
    try:
        context = chromium.new_context(base_url=desk.url)
        token = sessions.sign_in(relay, "anna", "password of anna")
        context.add_cookies([{"name": "relay", "value": token, "url": desk.url}])
        page = context.new_page()
        page.goto(f"/clips/{clip}?lang=en")
        page.wait_for_timeout(200)
        assert ("stolen" in page.title()) == (not guarded)
        context.close()
    finally:
        desk.stop()
        environment.cache_clear()


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)], ids=["desktop", "phone"])
def test_nothing_hangs_over_the_edge_and_the_verdicts_are_in_sight(town, anna, size):
    clip = town.has_clip(
        name="Анатолий Викторович Белозерский-Константинопольский" * 2,
        text="слово" * 300,
        flags=("no_sound", "vertical", "low_resolution", "damaged"),
        size=(480, 854),
        state=ClipState.awaiting,
    )
    endless = town.has_clip(name="Иванов" * 30, town="Ижора" * 30, author="Иванов" * 30, title="Иванов" * 30, posts=2)
    page = anna(viewport={"width": size[0], "height": size[1]}, has_touch=size[0] < 500)
    pages = [f"/campaigns/proryv80/{name}" for name in ("clips", "posts", "mine", "queue?state=later")]
    for path in (f"/clips/{clip}", f"/clips/{endless}", f"/clips/{clip}/beside/{endless}", "/", *pages):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"/clips/{clip}")
    for button in (".approve", ".reject", ".later"):
        box = page.locator(f".verdict{button}").bounding_box()
        assert box["y"] + box["height"] <= size[1]
        assert box["height"] >= 44
