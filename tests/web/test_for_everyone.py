"""Every page in every language, on a laptop and on a phone, for everyone: axe finds nothing, nothing sticks out."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest

from relay.language.catalogue import languages
from relay.models import Role
from relay.moderation.people import accounts, sessions
from relay.web.serve import Desk
from tests.web import test_in_browser as browser
from tests.web.every_page import furnished

pytestmark = browser.pytestmark
footage = browser.footage
SIZES: dict[str, dict[str, Any]] = {
    "laptop": {"viewport": {"width": 1366, "height": 768}},
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
}
PARTS = 3
"""Of the pages: one test of them all takes longer than a browser is waited for."""
AXE = """
async () => {
    const rules = {"label-content-name-mismatch": {enabled: true}, "target-size": {enabled: true}}
    const told = await axe.run(document, {rules, resultTypes: ["violations"], iframes: false})
    return told.violations.flatMap(
        (rule) => rule.nodes.map((node) => `${rule.id}: ${node.target} ${node.html.slice(0, 160)}`))
}
"""
STICKS_OUT = """
() => {
    const width = document.documentElement.clientWidth
    const scrolls = (node) => node && (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(node).overflowX)
        || scrolls(node.parentElement))
    const cut = (node) => node.matches("button, .button, .verdict, .badge, .filters a")
        && node.scrollWidth > node.clientWidth + 1
    return [...document.querySelectorAll("body *")]
        .filter((node) => node.getClientRects().length && getComputedStyle(node).visibility !== "hidden")
        .filter((node) => (node.getBoundingClientRect().right > width + 1 && !scrolls(node.parentElement)) || cut(node))
        .map((node) => `sticks out: ${node.tagName} ${node.className} ${node.textContent.trim().slice(0, 60)}`)
}
"""
MOVES = """
() => [...document.querySelectorAll("body *")]
    .filter((node) => ["transitionDuration", "animationDuration"].some((name) =>
        getComputedStyle(node)[name].split(",").some((each) => parseFloat(each) > 0)))
    .map((node) => `moves: ${node.tagName} ${node.className}`)
"""
NAMELESS = re.compile(r"^\s*- (?:button|link|textbox|combobox|checkbox|radio|img)(?: \[[^\]]*\])*:?$", re.MULTILINE)
"""Lines of the accessibility tree: what can be used or seen, and has no name."""
SMALL = """
() => [...document.querySelectorAll(".verdict, .steps a, .steps button")]
    .filter((node) => node.getClientRects().length && Math.min(node.offsetHeight, node.offsetWidth) < 44)
    .map((node) => `${node.textContent.trim()} ${node.offsetWidth}×${node.offsetHeight}`)
"""


@pytest.fixture(scope="module")
def axe() -> str:
    package = pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    return files(package.__name__).joinpath("axe.min.js").read_text("utf-8")


@pytest.fixture
def pages(relay, town, footage, poster) -> dict[str, str]:
    return furnished(relay, town, footage, poster)


@pytest.fixture
def desk(relay, pages) -> Iterator[Desk]:
    accounts.create(relay, "olga", "Ольга Николаевна", Role.organizer, password="password of olga")
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def visitor(relay, chromium, desk):
    """`visitor(language, **options)` is a page at which Olga is signed in."""
    contexts = []

    def opened(language: str, **options: Any) -> Any:
        context = chromium.new_context(base_url=desk.url, reduced_motion="reduce", **options)
        contexts.append(context)
        token = sessions.sign_in(relay, "olga", "password of olga")
        cookies = {"relay": token, "relay-language": language}
        context.add_cookies([{"name": name, "value": value, "url": desk.url} for name, value in cookies.items()])
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def shown(page: Any, path: str) -> bool:
    """Opens it; whether it is a page, and not a file."""
    answer = page.goto(path)
    return answer is not None and "text/html" in answer.headers.get("content-type", "")


def faults(page: Any, axe: str) -> list[str]:
    page.evaluate(axe)
    nameless = [f"has no name: {line.strip()}" for line in NAMELESS.findall(page.locator("body").aria_snapshot())]
    return [*page.evaluate(AXE), *page.evaluate(STICKS_OUT), *page.evaluate(MOVES), *nameless]


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", languages())
def test_every_page_is_for_everyone(pages, visitor, axe, language, size, part):
    page, found = visitor(language, **SIZES[size]), []
    for name, path in list(pages.items())[part::PARTS]:
        if shown(page, path):
            found += [f"{name}: {fault}" for fault in faults(page, axe)]
    assert not found, "\n".join(found)


ROWS = """
() => {
    const seen = (node) => node.getClientRects().length && getComputedStyle(node).position !== "absolute"
    const parts = [...document.querySelectorAll(".brand, .who, .where")].filter(seen)
    return new Set(parts.map((node) => Math.round((node.offsetTop + node.offsetHeight / 2) / 12))).size
}
"""


@pytest.mark.parametrize("language", languages())
def test_the_top_of_the_page_takes_no_more_than_it_needs(pages, visitor, language):
    """In the longest language too: one row on a laptop, on a phone one for the sections."""
    page = visitor(language, **SIZES["laptop"])
    shown(page, pages["clip"])
    assert page.locator(".top").bounding_box()["height"] < 64
    page = visitor(language, **SIZES["phone"])
    shown(page, pages["clip"])
    assert page.evaluate(ROWS) == 2


SPOILS = """
() => {
    const style = new CSSStyleSheet()
    style.replaceSync("* { color: #999 } .verdict { width: 60rem; transition: all 1s }")
    document.adoptedStyleSheets = [style]
    const main = document.querySelector("main")
    main.insertAdjacentHTML("beforeend", "<button></button><button aria-label='Forwards'>+1</button>")
}
"""


def test_twin_what_hinders_people_is_found(pages, visitor, axe):
    page = visitor("fr", **SIZES["laptop"])
    shown(page, pages["clip"])
    page.evaluate(SPOILS)
    told = " ".join(faults(page, axe))
    for kind in ("color-contrast", "button-name", "label-content-name-mismatch", "sticks out", "moves", "has no name"):
        assert f"{kind}:" in told


STEP = """
() => {
    const here = document.activeElement, before = window.passed ?? []
    if (here === document.body || here.matches("video")) return null  // whose own buttons are the browser's
    window.passed = [...before, here]
    const last = before.at(-1)
    return {
        first: before.length === 0 && here.className,
        ahead: !last || !(last.compareDocumentPosition(here) & Node.DOCUMENT_POSITION_PRECEDING),
        seen: here.matches(":focus-visible") && getComputedStyle(here).outlineStyle !== "none",
    }
}
"""


def test_focus_goes_through_the_page_in_its_order_and_is_seen(pages, visitor):
    page = visitor("fr", **SIZES["laptop"])
    shown(page, pages["clip from a family"])
    steps = []
    for _ in range(30):
        page.keyboard.press("Tab")
        steps.append(page.evaluate(STEP))
    passed = [step for step in steps if step]
    assert passed[0]["first"] == "skip"
    assert len(passed) > 15
    assert all(step["ahead"] and step["seen"] for step in passed)


def test_a_reader_of_the_screen_hears_what_buttons_do(pages, visitor):
    page = visitor("fr", **SIZES["laptop"])
    shown(page, pages["clip"])
    tree = page.locator("body").aria_snapshot()
    for name in ("Approuver A", "Refuser R", "Plus tard L", "Précédent K", "Suivant J"):
        assert f'"{name}"' in tree
    assert 'link "1 alerte"' in tree
    shown(page, pages["plan with a clip chosen"])
    assert re.search(r'button "−1 Une image en arrière', page.locator("body").aria_snapshot())


def test_on_a_phone_a_thumb_reaches_what_decides(pages, visitor):
    page = visitor("fr", **SIZES["phone"])
    shown(page, pages["clip"])
    assert page.evaluate(SMALL) == []
    for verdict in page.locator(".verdict").all():
        box = verdict.bounding_box()
        assert 844 * 0.75 < box["y"] < box["y"] + box["height"] <= 844
    shown(page, pages["clips rejected"])
    assert page.locator(".marks .said").first.is_visible(), "what a flag means is written where no mouse can ask"


def stroke(page: Any, start: tuple[int, int], end: tuple[int, int], seconds: float = 0.1) -> None:
    """As quick as it says, however long this machine takes to send it."""
    session, begun = page.context.new_cdp_session(page), time.time()
    for share, kind, points in ((0, "touchStart", [start]), (0.5, "touchMove", [end]), (1, "touchEnd", [])):
        told = [{"x": x, "y": y} for x, y in points]
        stroke = {"type": kind, "touchPoints": told, "timestamp": begun + share * seconds}
        session.send("Input.dispatchTouchEvent", stroke)


def asked(page: Any) -> list[str]:
    return page.evaluate("() => window.went")


@pytest.mark.parametrize(
    ("start", "end", "link"),
    [
        ((300, 400), (100, 410), "next"),
        ((100, 400), (300, 390), "prev"),
        ((200, 300), (210, 420), None),
        ((10, 400), (250, 400), None),
        ((300, 400), (250, 400), None),
        ((300, 810), (100, 810), None),
    ],
    ids=["to the left", "to the right", "downwards", "from the edge", "too short", "over the verdicts"],
)
def test_a_stroke_turns_the_page_and_decides_nothing(relay, pages, visitor, start, end, link):
    page = visitor("fr", **SIZES["phone"])
    shown(page, pages["clip"])
    page.evaluate("""() => { window.went = []; document.addEventListener("click", (event) => {
        went.push(event.target.closest("a, button")?.rel ?? "something else"); event.preventDefault() }) }""")
    stroke(page, start, end)
    if link:
        page.wait_for_function("() => window.went.length")
    assert asked(page) == ([link] if link else [])


def test_who_looks_around_slowly_turns_no_page(pages, visitor):
    page = visitor("fr", **SIZES["phone"])
    shown(page, pages["clip"])
    page.evaluate("() => { window.went = []; document.addEventListener('click', () => went.push('click')) }")
    stroke(page, (300, 400), (100, 410), seconds=0.8)
    assert asked(page) == []


def test_a_stroke_leaves_no_page_on_which_something_was_typed(pages, visitor):
    page = visitor("fr", **SIZES["phone"])
    shown(page, pages["clip"])
    page.fill("[name=town]", "Тосно")
    page.evaluate(
        "() => { scrollTo(0, 0); document.activeElement.blur(); window.went = [];"
        " document.addEventListener('click', () => went.push('click')) }"
    )
    stroke(page, (300, 400), (100, 400))
    assert asked(page) == []
