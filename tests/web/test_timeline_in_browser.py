"""The editing page in a real Chromium: the plan played, the timeline worked on, a second editor beside."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from relay.almanac.delivery import play
from relay.almanac.film import playing
from relay.almanac.plan import edits, markers, panels, queries
from relay.models import ClipState
from relay.web.desk.timeline import live as plan_live
from tests.web import test_films_in_browser as films
from tests.web import test_in_browser as browser

pytestmark = browser.pytestmark
footage, clips, visit = browser.footage, films.clips, films.visit
FILM, PAGE = films.FILM, films.PAGE
SIZE = {"width": 1366, "height": 768}
VISIBLE = """() => {
  const stage = document.getElementById("film-stage");
  const decks = [...stage.querySelectorAll(".deck")].filter((one) => !one.hidden && one.style.opacity >= 0.5);
  const deck = decks.sort((one, other) => other.style.zIndex - one.style.zIndex)[0];
  const video = deck && deck.querySelector("video:not([hidden])");
  return { ...stage.dataset, src: video ? video.getAttribute("src") : "", at: video ? video.currentTime : 0,
    layers: deck ? [...deck.querySelectorAll(":scope > div img")].filter((one) => one.style.opacity > 0)
      .map((one) => one.src) : [] };
}"""


@pytest.fixture
def desk(relay, clips):
    running = films.Desk(relay, "127.0.0.1", 0)
    running._server._app.state.plan_live = plan_live.hub(0.1)
    running.start()
    yield running
    running.stop()


def settled(page: Any) -> None:
    page.wait_for_function("() => [...document.querySelectorAll('.deck video')].every((one) => !one.seeking)")


def test_the_browser_shows_what_the_timeline_says(relay, clips, visit):
    edits.trim(relay, *FILM, clips[1], first=1.0, last=3.2, person="Boris")
    plan = play.Sketchbook().plan(relay, *FILM)
    who = {one.item: one for one in plan.clips}
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan")
        for moment in range(20):
            at = (2 * moment + 1) * plan.frames // 40
            page.evaluate("(at) => relayFilm.seek(at)", at)
            settled(page)
            told, seen = page.evaluate(VISIBLE), playing.at(plan.items, at)
            assert [(one["item"], one["frame"]) for one in page.evaluate("(at) => relayFilm.shown(at)", at)] == [
                (one.item, one.frame) for one in seen
            ]
            front = seen[-1] if seen[-1].seen >= 0.5 else seen[0]
            item = plan.items[front.item]
            assert told["item"] == str(front.item)
            if item.sha256:
                assert told["clip"] == str(who[front.item].clip)
                assert told["src"] == f"/media/proxy/{item.sha256}"
                assert abs(told["at"] * plan.fps - (item.first + front.frame + 0.5)) <= 1, at
            names = [layer.picture for layer in item.layers if layer.first < front.frame < layer.last]
            assert [one.rpartition("/")[2] for one in told["layers"]] == names


def test_the_plan_plays_over_its_cuts_without_being_rendered(relay, clips, visit):
    plan = play.Sketchbook().plan(relay, *FILM)
    cut = plan.items[2].start
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan")
        page.evaluate("(at) => relayFilm.seek(at)", cut - 25)
        page.keyboard.press("Space")
        page.wait_for_function(
            "(clip) => document.getElementById('film-stage').dataset.clip === clip", arg=str(clips[1])
        )
        page.wait_for_function("(at) => relayFilm.state().frame > at", arg=cut + 30)
        playing_now = page.evaluate("[...document.querySelectorAll('.deck video')].map((one) => !one.paused)")
        assert playing_now.count(True) == 1, "the clip before is silent"
        assert page.locator(f"[data-clip='{clips[1]}'] .playhead").count() == 1
        page.keyboard.press("KeyK")
        state = page.evaluate("relayFilm.state()")
        assert state["rate"] == 0
        page.keyboard.press("KeyJ")
        page.wait_for_function("(at) => relayFilm.state().frame < at", arg=state["frame"] - 10)
        page.keyboard.press("KeyK")
        page.evaluate("(at) => relayFilm.seek(at)", plan.items[1].start + 50)
        page.keyboard.press("Period")
        assert page.evaluate("relayFilm.state().frame") == plan.items[1].start + 51
        page.keyboard.press("KeyM")
        page.wait_for_selector(f"[data-clip='{clips[0]}'] .flag")
        assert [(one.clip, one.seconds) for one in markers.listing(relay, *FILM)] == [(clips[0], 2.04)]
        page.keyboard.press("KeyI")
        page.wait_for_selector(".timeline .on .length >> text=0:02")
        assert queries.show(relay, *FILM).segments[0].in_frame == 51


def test_a_clip_is_trimmed_by_its_edges(relay, clips, visit):
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan?clip={clips[1]}")
        box = page.locator(".edge.last").bounding_box()
        width = page.locator(".timeline .on").bounding_box()["width"]
        page.mouse.move(box["x"] + 4, box["y"] + 20)
        page.mouse.down()
        page.mouse.move(box["x"] + 4 - width / 4, box["y"] + 20, steps=4)
        page.mouse.up()
        page.wait_for_selector(".timeline .on .length >> text=0:03")
        segment = queries.show(relay, *FILM).segments[1]
        assert 70 <= segment.out_frame <= 80
        page.focus(".edge.first")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        page.wait_for_selector(".timeline .on .length >> text=0:02")
        segment = queries.show(relay, *FILM).segments[1]
        assert segment.in_frame == 26
        assert f"clip={clips[1]}" in page.url, "arrows on an edge lead to no other clip"
        page.wait_for_function("() => document.activeElement.dataset.edge === 'first'")


def test_a_clip_is_dragged_from_the_tray_and_the_history_leads_back(relay, town, clips, visit):
    wanted = [town.has_clip(name=name, town="Луга", state=ClipState.approved, duration=4) for name in ("Инна", "Лев")]
    with visit("boris", viewport={"width": 1366, "height": 1500}) as page:
        page.goto(f"{PAGE}/plan")
        page.click("[data-panel=tray]")
        page.wait_for_selector(f"[data-clip-outside='{wanted[0]}']")
        page.fill("#panel [type=search]", "лев")
        page.wait_for_selector(f"[data-clip-outside='{wanted[0]}']", state="detached")
        assert page.evaluate("document.activeElement.value") == "лев"
        page.drag_and_drop(
            f"[data-clip-outside='{wanted[1]}']", f"[data-clip='{clips[1]}']", target_position={"x": 8, "y": 30}
        )
        films.settled(page, [clips[0], wanted[1], *clips[1:]])
        page.keyboard.press("KeyX")
        films.settled(page, clips)
        page.click("[data-panel=history]")
        page.wait_for_selector(".panel.history li >> nth=1")
        page.click(".panel.history li:last-child button")
        page.wait_for_selector(".panel.history .taken-back >> nth=1")
        films.settled(page, clips)
        assert [one.undone for one in panels.history(relay, *FILM).shown] == [True, True]


def test_a_second_editor_sees_the_change_and_keeps_what_was_typed(relay, clips, visit):
    one, two, *rest = clips
    with visit("boris", viewport=SIZE) as boris, visit("olga", viewport=SIZE) as olga:
        for page in (boris, olga):
            page.goto(f"{PAGE}/plan?clip={two}")
        olga.click("[name=who]")
        olga.keyboard.press("End")
        olga.keyboard.type(" Иванов")
        boris.keyboard.press("BracketLeft")
        films.settled(olga, [two, one, *rest])
        olga.wait_for_selector("#said >> text=Boris: A clip was moved")
        assert olga.input_value("[name=who]") == "Глеб Иванов"
        assert olga.evaluate("document.activeElement.name") == "who"
        olga.keyboard.press("Enter")
        olga.wait_for_selector(".timeline b >> text=Глеб Иванов")
        boris.wait_for_selector(".timeline b >> text=Глеб Иванов")
        assert [one.person for one in panels.history(relay, *FILM).shown] == ["Olga", "Boris"]


LONG_TASKS = """() => {
  window.longest = [];
  new PerformanceObserver((list) => window.longest.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask", buffered: false });
}"""


def test_what_was_typed_is_announced_once(relay, clips, visit):
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan")
        for field in ("[action$='/plan/retitle'] [name=who]", "[action$='/plan/leave-out'] [name=reason]"):
            page.fill(field, "Анна С.")
        page.on("dialog", lambda dialog: dialog.accept())
        page.reload()
        page.wait_for_selector("#said .waiting-to-be-sent")
        assert page.input_value("[action$='/plan/leave-out'] [name=reason]") == "Анна С."
        assert page.locator("#said .waiting-to-be-sent").count() == 1


def test_three_hundred_clips_scroll_and_zoom(relay, town, clips, visit):
    number = count(1)
    more = [town.has_clip(name=f"Житель {next(number)}", state=ClipState.approved, duration=12) for _ in range(295)]
    queries.plan(relay, *FILM, person="Boris")
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan")
        assert page.locator(".timeline [data-clip]").count() == len(clips) + len(more)
        page.wait_for_timeout(500)
        page.evaluate(LONG_TASKS)
        page.evaluate("""async () => {
          const row = document.querySelector(".timeline");
          for (let at = 0; at < row.scrollWidth; at += 400) {
            row.scrollLeft = at;
            await new Promise(requestAnimationFrame);
          }
        }""")
        for key in ("Equal", "Equal", "Minus", "Minus", "Minus", "Minus"):
            page.keyboard.press(key)
            page.wait_for_timeout(50)
        page.click("[data-zoom='0']")
        page.wait_for_function(
            "() => { const row = document.querySelector('.timeline'); return row.scrollWidth < 3.2 * row.clientWidth; }"
        )
        longest = page.evaluate("window.longest")
        assert sum(longest) < 3000, longest


def test_a_desk_that_does_not_answer_leaves_the_page_as_it_is(relay, clips, visit):
    with visit("boris", viewport=SIZE) as page:
        page.goto(f"{PAGE}/plan")
        page.fill("[action$='/plan/leave-out'] [name=reason]", "повтор")
        page.route("**/plan/**", lambda route: route.abort())
        page.click("[action$='/plan/leave-out'] button")
        page.wait_for_selector("text=The desk does not answer.")
        assert page.input_value("[action$='/plan/leave-out'] [name=reason]") == "повтор"
        assert len(queries.show(relay, *FILM).segments) == len(clips)
        page.unroute("**/plan/**")
        page.click("[action$='/plan/leave-out'] button")
        page.wait_for_function(f"() => document.querySelectorAll('.timeline [data-clip]').length === {len(clips) - 1}")
        assert not page.locator("#plan-away").is_visible()
        page.route("**/plan/**", lambda route: route.abort())  # and once more, on the page that was exchanged
        page.click("[action$='/plan/leave-out'] button")
        page.wait_for_selector("text=The desk does not answer.")
