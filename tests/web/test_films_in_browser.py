"""Editing and signing off a film in a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from relay.almanac.delivery import remarks, sign_off
from relay.almanac.plan import queries
from relay.models import ClipState, Role
from relay.moderation.people import accounts, sessions
from relay.views import as_json
from relay.web.serve import Desk
from tests.almanac.cinema import has_version
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
footage = browser.footage
FILM = ("proryv80", "film")
PAGE = "/almanacs/proryv80/film"
NAMES = ("Анна", "Глеб", "Дина", "Егор", "Жанна")


@pytest.fixture
def clips(relay, town, footage, poster, tmp_path) -> list[int]:
    found = []
    for number, name in enumerate(NAMES):
        proxy = shutil.copy(footage, tmp_path / f"proxy{number}.mp4")
        clip = town.has_clip(
            name=name, town="Мга", proxy=tmp_path / proxy, poster=poster(), state=ClipState.approved, duration=4
        )
        found.append(clip)
    queries.new(relay, *FILM, title="Голоса памяти", all_approved=True)
    has_version(relay, content=footage.read_bytes())
    return found


@pytest.fixture
def desk(relay, clips) -> Iterator[Desk]:
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def visit(relay, chromium, desk):
    """`with visit("boris") as page:` — Boris edits; without a name a stranger comes. Nothing goes wrong unseen."""

    @contextmanager
    def visiting(who: str = "", **options: Any) -> Iterator[Any]:
        context = chromium.new_context(base_url=desk.url, locale="en-GB", **options)
        if who:
            if who not in {account.login for account in accounts.listing(relay)}:
                accounts.create(relay, who, who.title(), Role.editor, password=f"password of {who}", language="en")
            token = sessions.sign_in(relay, who, f"password of {who}")
            context.add_cookies([{"name": "relay", "value": token, "url": desk.url}])
        page, troubles = context.new_page(), []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        try:
            yield page
            assert troubles == []
        finally:
            context.close()

    return visiting


def order(relay) -> list[int]:
    return [segment.clip for segment in queries.show(relay, *FILM).segments]


def settled(page: Any, clips: list[int]) -> None:
    """Until the page shows the clips in that order."""
    page.wait_for_function(
        "wanted => [...document.querySelectorAll('[data-clip]')].map(one => +one.dataset.clip).join() === wanted",
        arg=",".join(map(str, clips)),
    )


def test_a_clip_is_dragged_to_its_place(relay, clips, visit):
    with visit("boris", viewport={"width": 1280, "height": 900}) as page:
        page.goto(f"{PAGE}/plan")
        one, two, three, four, five = clips
        page.drag_and_drop(f"[data-clip='{four}']", f"[data-clip='{two}']", target_position={"x": 10, "y": 40})
        settled(page, [one, four, two, three, five])
        page.drag_and_drop(f"[data-clip='{one}']", f"[data-clip='{three}']", target_position={"x": 130, "y": 40})
        settled(page, [four, two, three, one, five])
        assert order(relay) == [four, two, three, one, five]
        assert page.locator(".timeline .mark").count() == 2


@pytest.mark.parametrize("layout", ["latin", "russian"])
def test_keys_edit(relay, clips, visit, layout):
    russian = {"KeyI": "ш", "KeyO": "щ", "KeyU": "г", "KeyX": "ч", "BracketRight": "ъ"}
    one, two, three, four, five = clips
    with visit("boris", viewport={"width": 1280, "height": 900}) as page:

        def press(code: str) -> None:
            if layout == "latin" or code not in russian:
                page.keyboard.press(code)
            else:
                page.evaluate(browser.PRESS, [code, russian[code]])

        page.goto(f"{PAGE}/plan")
        press("ArrowRight")
        page.wait_for_url(f"**/plan?clip={two}")
        page.wait_for_selector(f"[data-clip='{two}'].on")
        press("BracketRight")
        settled(page, [one, three, two, four, five])
        page.evaluate("reel.currentTime = 1")
        page.wait_for_function("() => !reel.seeking && reel.currentTime === 1")
        press("KeyI")
        page.wait_for_selector(f"[data-clip='{two}'] .length >> text=0:03")
        page.evaluate("reel.currentTime = 3")
        page.wait_for_function("() => !reel.seeking && reel.currentTime === 3")
        press("KeyO")
        page.wait_for_selector(f"[data-clip='{two}'] .length >> text=0:02")
        segment = queries.show(relay, *FILM).segments[2]
        assert (segment.clip, segment.start, segment.end) == (two, 1.0, 3.0)
        press("KeyX")
        settled(page, [one, three, four, five])
        press("KeyU")
        settled(page, [one, three, two, four, five])
        for _ in range(3):
            press("KeyU")
            page.wait_for_function("() => !document.body.classList.contains('busy')")
        settled(page, clips)
        assert order(relay) == clips


def test_typing_a_name_edits_nothing_else(relay, clips, visit):
    with visit("boris") as page:
        page.goto(f"{PAGE}/plan")
        page.fill("[name=who]", "")
        page.click("[name=who]")
        page.keyboard.type("Xioux [Анна] ,.")
        page.keyboard.press("Enter")
        page.wait_for_selector(".timeline b >> text=Xioux [Анна] ,.")
        assert order(relay) == clips
        assert queries.show(relay, *FILM).segments[0].name == "Xioux [Анна] ,."


def test_the_second_editor_is_told_and_sees_the_plan_as_it_is(relay, clips, visit):
    one, two, *rest = clips
    with visit("boris") as boris, visit("olga") as olga:
        boris.goto(f"{PAGE}/plan")
        olga.goto(f"{PAGE}/plan")
        boris.keyboard.press("BracketRight")
        settled(boris, [two, one, *rest])
        olga.keyboard.press("KeyX")
        olga.wait_for_selector(".notice >> text=Boris changed this plan while you had it open.")
        settled(olga, [two, one, *rest])
        assert order(relay) == [two, one, *rest]


def leads_on(page: Any, what: str) -> None:
    """Presses it and waits for the page that answers: a click alone does not."""
    with page.expect_navigation():
        page.click(what)


def test_the_plan_can_be_edited_without_script(relay, clips, visit):
    one, two, *rest = clips
    with visit("boris", java_script_enabled=False) as page:
        page.goto(f"{PAGE}/plan?clip={two}")
        leads_on(page, "text=Earlier")
        page.fill("[name=first]", "1")
        leads_on(page, "button >> text=Trim")
        page.fill("[name=reason]", "too quiet")
        leads_on(page, "text=Leave out")
        leads_on(page, "text=Left out by hand")
        leads_on(page, "text=Bring back")
        leads_on(page, "text=Undo")
        shown = queries.show(relay, *FILM)
        assert order(relay) == [one, *rest]
        assert as_json(shown.left_out) == [{"clip": two, "reason": "too quiet", "person": "Boris"}]
        page.click("summary >> text=Rules of this film")
        page.fill("[name=longest]", "2")
        leads_on(page, "text=Set the rules")
        page.wait_for_selector(".proposals li")
        assert page.locator(".proposals li").count() == 4
        leads_on(page, "text=Follow them all")
        assert order(relay) == []


def test_a_remark_knows_its_moment(relay, clips, visit):
    with visit("boris") as page:
        page.goto(PAGE)
        page.wait_for_function("() => player.readyState >= 1")
        page.evaluate("player.currentTime = 2.4")
        page.wait_for_function("() => !player.seeking")
        page.click("[name=text]")
        assert page.input_value("[name=at]") == "0:02.4"
        page.keyboard.type("Louder")
        page.keyboard.press("Enter")
        page.wait_for_selector(".remarks li >> text=Louder")
        page.evaluate("player.currentTime = 0")
        page.click("[data-seek]")
        page.wait_for_function("() => player.currentTime === 2.4")
        page.click("text=Done")
        page.wait_for_selector("text=Open again")
    (said,) = remarks.listing(relay, *FILM)
    assert (said.seconds, said.text, said.done_by) == (2.4, "Louder", "Boris")


@pytest.mark.parametrize("script", [True, False])
def test_an_official_signs_off_behind_the_link(relay, clips, visit, script):
    asked = sign_off.ask(relay, *FILM, to="К. А. Веденеев", position="глава", person="Ольга")
    with visit(java_script_enabled=script) as page:
        page.goto(f"/sign-off/{asked.secret}")
        if script:
            page.evaluate("player.muted = true, player.play()")
            page.wait_for_function("() => player.currentTime > 0.3")
        page.fill("[name=at]", "0:02")
        page.fill("[name=text]", "The name of the village")
        page.click("text=Write it down")
        page.wait_for_selector(".remarks li >> text=The name of the village")
        page.click("text=I agree with version 1")
        page.wait_for_selector(".stamp >> text=Agreed")
        assert page.locator("form[action$='/verdict']").count() == 0
        page.emulate_media(media="print")
        assert not page.locator("video").is_visible()
        assert page.locator(".signature").is_visible()
    assert sign_off.listing(relay, *FILM)[0].state == "agreed"


@pytest.mark.parametrize("size", [(1280, 900), (390, 844)], ids=["desktop", "phone"])
def test_nothing_hangs_over_the_edge(relay, town, clips, visit, size):
    from relay.almanac.plan import edits

    long = "Анатолий Викторович Белозерский-Константинопольский" * 2
    edits.retitle(relay, *FILM, clips[0], who=long, town=long, person="Борис")
    edits.leave_out(relay, *FILM, clips[1], reason="слово" * 60, person="Борис")
    queries.set_rules(relay, *FILM, {"longest": "2"})
    remarks.add(relay, *FILM, 1, "слово" * 60, seconds=1.0, person=long)
    asked = sign_off.ask(relay, *FILM, to=long, position=long, person="Ольга")
    with visit("boris", viewport={"width": size[0], "height": size[1]}) as page:
        for path in (f"{PAGE}/plan", PAGE, f"/sign-off/{asked.secret}", "/sign-offs/1"):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("width", [1366, 390])
def test_the_poster_is_taken_where_the_film_stands(relay, clips, visit, width):
    with visit("boris", viewport={"width": width, "height": 844}) as page:
        page.goto(PAGE)
        page.wait_for_function("() => player.readyState >= 1")
        page.evaluate("player.currentTime = 1.5")
        page.wait_for_function("() => !player.seeking")
        page.get_by_role("button", name="Where the film stands now").click()
        assert page.get_by_label("Moment of this version").input_value() == "0:01.50"
        page.get_by_role("button", name="Take it as the poster").click()
        page.wait_for_selector("#poster >> text=Chosen by hand:")
        assert page.locator("#poster img").evaluate("one => one.complete && one.naturalWidth > 100")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("button", name="Let the film stand for itself").click()
        page.wait_for_selector("#poster >> text=Nobody has chosen a picture")
