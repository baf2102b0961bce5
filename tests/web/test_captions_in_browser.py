"""Captions on a timeline in a real Chromium: dragged, snapped to a pause, divided, written, saved; a second editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.assets import styles
from relay.almanac.captions import editing, store
from relay.almanac.captions.editing import TypedCue
from relay.almanac.delivery import play
from relay.almanac.plan import queries
from relay.models import CaptionOrigin, ClipState
from relay.web.serve import Desk
from tests.web import test_films_in_browser as films
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
visit = films.visit
SIZE = {"width": 1366, "height": 768}
SPOKEN = [TypedCue("0.2", "2.2", "Мы ехали по льду."), TypedCue("3.1", "5.0", "Лёд трещал под колёсами машины.")]


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds of picture; a voice (a tone) speaks for 2.4 seconds and is silent for 0.6, four times."""
    from relay.media.toolbox import Toolbox

    toolbox, folder = Toolbox(), tmp_path_factory.mktemp("voice")
    picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=12"]
    tone = ["-f", "lavfi", "-i", "aevalsrc='0.4*sin(2*PI*300*t)*lt(mod(t,3),2.4)':s=16000:d=12"]
    codecs = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-movflags", "+faststart"]
    toolbox.run([toolbox.ffmpeg, "-v", "error", *picture, *tone, *codecs, "proxy.mp4"], folder=folder)
    return folder / "proxy.mp4"


@pytest.fixture
def clip(relay, town, voice, poster, tmp_path) -> int:
    copy = tmp_path / "voice.mp4"
    copy.write_bytes(voice.read_bytes())
    number = town.has_clip(
        name="Анна Петрова", town="Мга", proxy=copy, poster=poster(), state=ClipState.approved, duration=12
    )
    editing.save(relay, number, SPOKEN, language="ru", person="Ольга")
    return number


@pytest.fixture
def desk(relay, clip) -> Iterator[Desk]:
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


def opened(page: Any, clip: int, query: str = "?code=ru") -> None:
    page.goto(f"/clips/{clip}/captions{query}")
    page.wait_for_selector("#captions[data-heard]")
    page.click("[data-zoom='0']")


def saved(page: Any) -> None:
    page.wait_for_function("() => document.getElementById('kept').textContent.includes('Saved')")


def texts(relay: Any, clip: int, language: str = "ru") -> list[str]:
    track = editing.bench(relay, clip).track(language)
    return [] if track is None else [cue.text for cue in track.cues]


def times(relay: Any, clip: int, language: str = "ru") -> list[tuple[float, float]]:
    track = editing.bench(relay, clip).track(language)
    return [] if track is None else [(cue.start, cue.end) for cue in track.cues]


def drag(page: Any, number: int, part: str, by: float) -> None:
    """Drags a block by its edge (`first`, `last`) or its middle, by so many seconds."""
    box = page.locator(f".block[data-cue='{number}'] {part}").bounding_box()
    scale = page.evaluate("document.getElementById('inner').getBoundingClientRect().width / 12")
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + by * scale / 2, y, steps=3)
    page.mouse.move(x + by * scale, y, steps=3)
    page.mouse.up()


def test_captions_are_dragged_snapped_divided_written_and_saved(relay, clip, visit):
    with visit("boris", viewport=SIZE) as page:
        opened(page, clip)
        assert page.locator("#mine .block").count() == 2
        drag(page, 0, ".edge.last", 0.17)  # near 2.4, where the voice ends
        assert page.input_value("[name='to-1']") == "0:02.400"
        page.keyboard.press("KeyB")  # no snapping
        drag(page, 1, ".text", 0.5)
        assert page.input_value("[name='from-2']").startswith("0:03.6")
        page.evaluate("document.getElementById('player').currentTime = 4.5")
        page.wait_for_function("() => document.getElementById('clock').textContent === '0:04.500'")
        page.keyboard.press("KeyS")
        assert page.locator("#mine .block").count() == 3
        assert page.input_value("[name='text-2']") == "Лёд трещал под"
        page.fill("[name='text-3']", "колёсами машины.")
        page.keyboard.press("Control+KeyS")
        saved(page)
        assert texts(relay, clip) == ["Мы ехали по льду.", "Лёд трещал под", "колёсами машины."]
        assert times(relay, clip)[0] == (0.2, 2.4)
        page.reload()
        page.wait_for_selector("#captions[data-heard]")
        assert page.locator(".cue-row").count() == 3
        assert page.locator("#over").inner_text() == ""


@pytest.mark.parametrize("layout", ["latin", "russian"])
def test_everything_is_done_by_keys(relay, clip, visit, layout):
    russian = {"KeyN": "т", "KeyM": "ь", "KeyX": "ч", "KeyU": "г", "KeyW": "ц", "BracketRight": "ъ", "KeyO": "щ"}
    with visit("boris", viewport=SIZE) as page:
        opened(page, clip)

        def press(code: str) -> None:
            if layout == "latin":
                page.keyboard.press(code)
            else:
                page.evaluate(browser.PRESS, [code, russian[code]])

        press("BracketRight")
        press("KeyW")
        assert page.input_value("[name='from-1']") == "0:00.300"
        page.keyboard.press("Shift+KeyW")
        assert page.input_value("[name='from-1']") == "0:00.340"
        page.evaluate("document.getElementById('player').currentTime = 8")
        page.wait_for_function("() => document.getElementById('clock').textContent === '0:08.000'")
        press("KeyN")
        page.keyboard.type("Утром")
        page.keyboard.press("Escape")
        assert page.input_value("[name='text-3']") == "Утром"
        page.evaluate("document.getElementById('player').currentTime = 9.5")
        page.wait_for_function("() => document.getElementById('clock').textContent === '0:09.500'")
        press("KeyO")
        assert page.input_value("[name='to-3']") == "0:09.500"
        press("KeyX")
        assert page.locator("#mine .block").count() == 2
        press("KeyU")
        assert page.locator("#mine .block").count() == 3
        press("BracketRight")
        page.keyboard.press("Control+KeyS")
        saved(page)
        assert texts(relay, clip)[2] == "Утром"


def test_two_editors_are_told_of_each_other_and_nothing_is_lost(relay, clip, visit):
    with visit("boris", viewport=SIZE) as page:
        opened(page, clip)
        page.fill("[name='text-1']", "Мы ехали молча.")
        others = [TypedCue("0.2", "2.2", "Мы шли по льду."), *SPOKEN[1:]]
        editing.save(relay, clip, others, language="ru", person="Ольга")
        page.keyboard.press("Control+KeyS")
        page.wait_for_selector("text=Ольга changed these captions while you had them open")
        assert page.locator("#clash td").all_inner_texts() == [
            "0:00.200 – 0:02.200 Мы шли по льду.",
            "0:00.200 – 0:02.200 Мы ехали молча.",
        ]
        assert texts(relay, clip)[0] == "Мы шли по льду."
        page.evaluate("window.onbeforeunload = null")
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()  # what was typed is kept in this browser, and told against what stands
        page.wait_for_selector("#clash:not([hidden])")
        assert page.input_value("[name='text-1']") == "Мы ехали молча."
        page.click("text=Keep mine")
        saved(page)
        assert texts(relay, clip)[0] == "Мы ехали молча."
        assert [one.begins for one in editing.versions(relay, clip, "ru")][1] == "Мы шли по льду."


def test_another_language_takes_the_times_and_is_written_beside(relay, clip, visit):
    with visit("boris", viewport=SIZE) as page:
        opened(page, clip, "?code=en")
        page.click("text=Times of another language")
        page.wait_for_selector(".cue-row >> nth=1")
        assert "Мы ехали по льду." in page.locator(".cue-row").first.inner_text()
        page.fill("[name='text-1']", "We drove over the ice.")
        assert page.locator("[data-lane='ru'] .block").count() == 2
        page.click("button:has-text('Save the captions')")
        saved(page)
    assert texts(relay, clip, "en") == ["We drove over the ice.", ""]
    with relay.reading() as session:
        assert [cue.text for cue in store.of_clips(session, [clip])[clip]["en"]] == ["We drove over the ice."]


def test_what_is_written_while_the_line_is_down_stays(relay, clip, visit):
    with visit("boris", viewport=SIZE) as page:
        opened(page, clip)
        page.route("**/captions", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
        page.fill("[name='text-1']", "Мы ехали молча.")
        page.keyboard.press("Control+KeyS")
        page.wait_for_selector("text=The connection is lost.")
        page.unroute("**/captions")
        page.keyboard.press("Control+KeyS")
        saved(page)
    assert texts(relay, clip)[0] == "Мы ехали молча."


def test_without_a_script_it_is_a_form_of_rows(relay, clip, visit):
    with visit("boris", viewport={"width": 390, "height": 844}, java_script_enabled=False) as page:
        page.goto(f"/clips/{clip}/captions?code=ru")
        page.fill("[name='from-3']", "6")
        page.fill("[name='to-3']", "8,5")
        page.fill("[name='text-3']", "Утром был берег.")
        page.check("[name='drop-1']")
        page.click("button:has-text('Save the captions')")
        assert page.locator("text=Saved.").is_visible()
        assert page.input_value("[name='text-2']") == "Утром был берег."
    assert times(relay, clip) == [(3.1, 5.0), (6.0, 8.5)]
    assert editing.bench(relay, clip).track("ru").origin is CaptionOrigin.hand


def test_the_films_table_of_captions_scrolls_by_itself_on_a_phone(relay, clip, visit):
    queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    styles.change(relay, "proryv80", "film", styles.Change(captions=["ru", "en", "fr"]), person="Борис")
    with visit("boris", viewport={"width": 390, "height": 844}) as page:
        page.goto("/almanacs/proryv80/film/captions")
        assert page.evaluate("document.querySelector('.table-scroll').scrollWidth") > 390
        assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_played_plan_shows_captions_as_they_stand(relay, clip, visit):
    queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    styles.change(relay, "proryv80", "film", styles.Change(captions=["ru"]), person="Борис")
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"/almanacs/proryv80/film/plan?clip={clip}")
        cue = play.Sketchbook().plan(relay, "proryv80", "film").captions["ru"][1]
        page.evaluate("(at) => relayFilm.seek(at)", cue.first + 5)
        page.wait_for_selector(".film-caption:has-text('Лёд трещал под колёсами машины.')")
        page.select_option("#film-captions", "")
        assert page.locator(".film-caption").is_hidden()
        page.click("aside >> text=Captions")
        page.wait_for_selector("#captions[data-heard]")
        page.click("text=Captions of the film")
        page.wait_for_selector("text=1 of 1 clips")


def test_doubts_are_the_same_with_a_script_and_without(relay, clip, visit):
    rows = [
        ("0.1", "1.1", "Да."),
        ("1", "1.9", "Нет, и ещё раз нет, и снова нет."),
        ("2", "4", ""),
        ("4", "9", "слово " * 20),
        ("9", "11", "один\nдва\nтри"),
        ("11", "12.2", "Конец."),
    ]
    editing.save(relay, clip, [TypedCue(*row) for row in rows], language="ru", person="Ольга")
    told = []
    for scripted in (True, False):
        with visit("boris", viewport=SIZE, java_script_enabled=scripted) as page:
            page.goto(f"/clips/{clip}/captions?code=ru")
            if scripted:
                page.wait_for_selector("#captions.live")
            found = page.locator(".cue-row:not(.blank) .faults").all()
            told.append([one.locator("b").all_inner_texts() for one in found])
    assert told[0] == told[1]
    assert [len(faults) for faults in told[0]] == [0, 3, 1, 2, 0, 1]
