"""Watching a film with others in a real Chromium: marks, drawings, answers, the next version, two side by side."""

from __future__ import annotations

import pytest

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import edits, queries
from relay.models import ClipState, Remark
from tests.almanac.cinema import has_version
from tests.web import test_films_in_browser as films
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
footage = browser.footage
desk, visit = films.desk, films.visit
FILM = ("proryv80", "film")
PAGE = "/almanacs/proryv80/film"


@pytest.fixture
def clips(relay, town, footage, poster) -> list[int]:
    """Four clips of a second each, in the first version in their order."""
    names = ("Анна", "Глеб", "Дина", "Егор")
    found = [town.has_clip(name=name, poster=poster(), state=ClipState.approved, duration=4) for name in names]
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=footage.read_bytes(), each=25)
    return found


def stands_at(page, seconds: float) -> None:
    page.wait_for_function("at => !player.seeking && Math.abs(player.currentTime - at) < 0.05", arg=seconds)


def goes_to(page, seconds: float) -> None:
    page.wait_for_function("() => player.readyState >= 1")
    page.evaluate("at => { player.currentTime = at }", seconds)
    stands_at(page, seconds)


def drags(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Over the picture, in shares of its sides."""
    box = page.locator(".overlay").bounding_box()
    ways = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*ways[0])
    page.mouse.down()
    page.mouse.move(*[sum(pair) / 2 for pair in zip(*ways, strict=True)])
    page.mouse.move(*ways[1])
    page.mouse.up()


@pytest.mark.parametrize("layout", ["latin", "russian"])
def test_from_a_mark_to_the_signature(relay, clips, visit, footage, layout):
    russian = {"KeyD": "в", "KeyM": "ь", "KeyS": "ы", "BracketLeft": "х", "BracketRight": "ъ"}

    def press(page, code: str) -> None:
        if layout == "latin":
            page.keyboard.press(code)
        else:
            page.evaluate(browser.PRESS, [code, russian[code]])

    with visit("boris", viewport={"width": 1366, "height": 900}) as page:
        # a drawing over a frame, and a remark that knows its moment
        page.goto(PAGE)
        goes_to(page, 2.4)
        press(page, "KeyD")
        page.wait_for_selector(".overlay.open")
        page.click("[data-tool=rectangle]")
        drags(page, (0.25, 0.25), (0.75, 0.75))
        page.click("[data-tool=arrow]")
        drags(page, (0.1, 0.9), (0.2, 0.8))
        page.click("[data-rub]")
        assert page.input_value("[name=at]") == "0:02.4"
        page.fill("[data-says]", "Герб закрыт")
        page.keyboard.press("Enter")
        page.wait_for_selector("#remark-1 >> text=Герб закрыт")
        (one,) = remarks.listing(relay, *FILM)
        assert (one.seconds, len(one.drawing), one.who) == (2.4, 1, "Дина")
        assert one.drawing[0].endswith("Z"), "the rectangle; the arrow was taken away again"

        # it stands at its moment: mark, list and picture
        stands_at(page, 2.4)
        page.wait_for_selector(".overlay path", state="attached")
        goes_to(page, 0.5)
        page.wait_for_function("() => document.querySelector('.overlay').childElementCount === 0")
        page.hover(".mark")
        page.wait_for_selector(".bubble >> text=0:02 Boris: Герб закрыт")
        assert page.locator(".one.pointed").get_attribute("id") == "remark-1"
        page.click(".mark")
        stands_at(page, 2.4)
        page.wait_for_function("() => document.querySelectorAll('.overlay path').length === 2")
        assert page.locator(".one.chosen").get_attribute("id") == "remark-1"

        # a second one by the keyboard alone, and from one to the other
        goes_to(page, 1.0)
        press(page, "KeyM")
        page.keyboard.type("Тише")
        page.keyboard.press("Enter")
        page.wait_for_selector("#remark-2 >> text=Тише")
        goes_to(page, 0.1)
        press(page, "BracketRight")
        stands_at(page, 1.0)
        press(page, "BracketRight")
        stands_at(page, 2.4)
        press(page, "BracketLeft")
        stands_at(page, 1.0)

        # answered, and dealt with
        page.click("#remark-1 summary >> text=Answer")
        page.fill("#remark-1 [name=text]", "Подвинул подпись")
        page.click("#remark-1 >> text=Send the answer")
        page.wait_for_selector("#remark-1 .replies >> text=Подвинул подпись")
        page.click("#remark-2 button >> text=Done")
        page.wait_for_selector("#remark-2 >> text=Open again")
        page.click(".which >> text=Open")
        page.wait_for_selector("#remark-1")
        assert page.locator("#remark-2").count() == 0

        # in the next version it stands at the same face
        edits.place(relay, *FILM, clips[2], before=clips[0], person="Борис")
        edits.leave_out(relay, *FILM, clips[3], reason="", person="Борис")
        has_version(relay, number=2, content=footage.read_bytes(), each=25)
        page.goto(PAGE)
        page.wait_for_selector("#remark-1 >> text=made in version 1")
        page.click("#remark-1 .moment")
        stands_at(page, 0.4)
        page.wait_for_selector("text=What is new since version 1")
        page.wait_for_selector("text=Not in it any more: Егор.")

        # both side by side, in step
        page.click("text=Versions side by side")
        page.wait_for_function("() => left.readyState >= 2 && right.readyState >= 2")
        page.evaluate("left.currentTime = 2.5")
        page.wait_for_function("() => !right.seeking && Math.abs(right.currentTime - 0.5) < 0.07")
        page.evaluate("left.currentTime = 3.5")
        page.wait_for_selector("[data-absent=right]:not([hidden])")
        page.evaluate("left.currentTime = 0")
        page.wait_for_function("() => !right.seeking && Math.abs(right.currentTime - 1) < 0.07")
        assert page.evaluate("[left.muted, right.muted]") == [False, True]
        press(page, "KeyS")
        assert page.evaluate("[left.muted, right.muted]") == [True, False]
        page.click("#together")
        page.wait_for_function("() => left.currentTime > 0.4 && !right.paused")
        page.click("#together")
        page.wait_for_function("() => left.paused && right.paused")
        apart = page.evaluate("right.currentTime - left.currentTime")
        assert apart == pytest.approx(1.0, abs=0.15)
        page.select_option("#by", "moment")
        page.wait_for_function("() => !right.seeking && Math.abs(right.currentTime - left.currentTime) < 0.07")

        # an official agrees, and the list says so
        asked = sign_off.ask(relay, *FILM, to="К. А. Веденеев", position="глава", person="Борис")
        with visit() as official:
            official.goto(f"/sign-off/{asked.secret}")
            official.wait_for_selector("text=Not in it any more: Егор.")
            official.click("text=I agree with version 2")
            official.wait_for_selector(".stamp >> text=Agreed")
        page.goto("/almanacs")
        page.wait_for_selector(".film-card .badge >> text=signed off")
        page.wait_for_selector(".film-card >> text=К. А. Веденеев")


def test_without_script_a_remark_is_written_answered_and_found(relay, clips, visit):
    remarks.add(relay, *FILM, 1, "Тише", seconds=1.0, person="Ольга")
    with visit("boris", java_script_enabled=False) as page:
        page.goto(PAGE)
        assert page.locator("[data-draw]").is_hidden()
        page.fill("[name=at]", "0:02")
        page.fill("[name=until]", "0:03")
        page.fill(".says input", "Громче")
        page.click("text=Write it down")
        page.wait_for_selector("#remark-2 >> text=Громче")
        page.locator("#remark-1 summary").click()
        page.fill("#remark-1 .answer input[name=text]", "Сделано")
        page.click("#remark-1 >> text=Send the answer")
        page.wait_for_selector("#remark-1 .replies >> text=Сделано")
        page.click("#remark-1 button >> text=Done")
        page.click(".which >> text=Dealt with")
        page.wait_for_selector("#remark-1")
        assert page.locator(".mark").count() == 2
        page.locator(".mark").first.click()
        assert page.url.endswith("#remark-1")


def test_marks_are_one_stop_of_the_tab_key_and_arrows_go_between_them(relay, clips, visit):
    for number, seconds in enumerate((0.5, 1.5, 2.5)):
        remarks.add(relay, *FILM, 1, f"раз {number}", seconds=seconds, person="Ольга")
    with visit("boris") as page:
        page.goto(PAGE)
        marks = page.locator(".mark")
        marks.first.focus()
        page.wait_for_selector(".bubble >> text=раз 0")
        page.keyboard.press("ArrowRight")
        page.wait_for_selector(".bubble >> text=раз 1")
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        page.wait_for_selector(".bubble >> text=раз 2")
        page.keyboard.press("Enter")
        stands_at(page, 2.5)
        assert [mark.get_attribute("tabindex") for mark in marks.all()] == ["-1", "-1", "0"]


def test_an_official_draws_behind_the_link_on_a_phone(relay, clips, visit):
    asked = sign_off.ask(relay, *FILM, to="К. А. Веденеев", person="Ольга")
    with visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True) as page:
        page.goto(f"/sign-off/{asked.secret}")
        goes_to(page, 1.2)
        page.click("[data-draw]")
        page.wait_for_selector(".overlay.open")
        drags(page, (0.2, 0.2), (0.8, 0.5))
        page.fill("[data-says]", "Здесь")
        page.click("text=Write it down")
        page.wait_for_selector(".one >> text=Здесь")
        assert page.locator("form[action$='/replies']").count() == 0
    (one,) = remarks.listing(relay, *FILM)
    with relay.reading() as session:
        kept = session.get_one(Remark, one.id).drawing
    assert kept[0]["tool"] == "pen"
    assert kept[0]["points"][0] == pytest.approx([0.2, 0.2], abs=0.02)
    assert kept[0]["points"][-1] == pytest.approx([0.8, 0.5], abs=0.02)
