"""Two moderators, a viewer and an organizer in real browsers, at the same clips and at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from sqlmodel import col, func, select

from relay.models import Certainty, Clip, ClipState, Decision, Event, Role, Verdict
from relay.moderation import claims, desk
from relay.moderation.people import accounts
from relay.moderation.review import opinions
from relay.web.live_hub import Hub
from relay.web.serve import Desk
from tests.recordings.test_cards import alike
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER
from tests.web.test_in_browser import footage, proxy

__all__ = ["footage", "proxy"]

pytestmark = IN_BROWSER
PEOPLE = {
    "anna": ("Анна", Role.moderator),
    "kira": ("Кира", Role.moderator),
    "pavel": ("Павел", Role.viewer),
    "olga": ("Ольга", Role.organizer),
}
QUEUE = "/campaigns/proryv80/queue"
VERDICTS = {
    "approved": ["KeyA"],
    "rejected": ["KeyR", "Digit2", "Enter"],
    "later": ["KeyL"],
}
"""What becomes of a clip → the keys that say so; the last one sends it."""
FORMS = """() => [...document.querySelectorAll("form[method=post]")].flatMap((form) => {
    const buttons = [...form.elements].filter((one) => one.type === "submit" && !one.disabled)
    return buttons.map((button) => [
        button.getAttribute("formaction") || form.getAttribute("action"),
        [...new FormData(form, button)].filter(([name]) => name !== "form_token"),
    ])
})"""
"""What a page can send, by each of its buttons: where to, and its fields."""
SENDS = """async ([[address, fields], more]) => {
    const token = document.querySelector("[name=form_token]").value
    const body = new URLSearchParams([...fields, ...more, ["form_token", token]])
    return (await fetch(address, { method: "POST", body, redirect: "manual" })).status
}"""
KEYS = "() => [...document.querySelectorAll('[data-key]')].flatMap((one) => one.dataset.key.split(' '))"


@pytest.fixture(name="desk")
def _desk(relay, town) -> Iterator[Desk]:
    for login, (name, role) in PEOPLE.items():
        accounts.create(relay, login, name, role, password=f"password of {login}", language="en")
    running = Desk(relay, "127.0.0.1", 0, watch=False)
    running._server._app.state.live = Hub(0.1)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def browser_of(relay, chromium, desk) -> Iterator[Callable[..., Any]]:
    """`browser_of("kira")`: a browser of her own, in which no script may fail unseen."""
    with browsers(relay, chromium, desk.url, viewport={"width": 1366, "height": 768}) as opened:
        yield opened


def shown(page: Any) -> set[int]:
    """The clips whose pages this browser shows from now on."""
    seen: set[int] = set()

    def note(frame: Any) -> None:
        number = frame.url.partition("/clips/")[2].partition("?")[0]
        if frame == page.main_frame and number:
            seen.add(int(number))

    page.on("framenavigated", note)
    return seen


def number(page: Any) -> int:
    return int(page.url.rpartition("/")[2])


def presses(page: Any, *codes: str) -> None:
    for code in codes:
        page.keyboard.press(code)
        if code == "KeyR":
            page.wait_for_selector("dialog#reject:modal")


def goes_on(page: Any, before: str) -> None:
    page.wait_for_url(lambda url: url != before)


def at_the_queue(browser_of) -> tuple[dict[str, Any], dict[str, set[int]]]:
    pages = {who: browser_of(who) for who in ("anna", "kira")}
    seen = {who: shown(page) for who, page in pages.items()}
    for page in pages.values():
        page.goto(QUEUE)
    return pages, seen


def assert_each_was_judged_by_one(town, clips, seen, wanted) -> None:
    assert seen["anna"] | seen["kira"] == set(clips)
    assert seen["anna"] & seen["kira"] == set(), "they met on a clip"
    assert {clip: town.clip(clip).state.value for clip in clips} == wanted
    assert [len(town.decisions(clip)) for clip in clips] == [1] * len(clips)
    by = Counter(decision.person for clip in clips for decision in town.decisions(clip))
    assert by == {"Анна": len(seen["anna"]), "Кира": len(seen["kira"])}


def test_sixty_clips_by_keys_in_turn_and_they_never_meet(town, browser_of):
    clips = [town.has_clip(name=f"Участник {each}") for each in range(60)]
    pages, seen = at_the_queue(browser_of)
    wanted: dict[int, str] = {}
    for who, verdict in zip(cycle(pages), [*VERDICTS] * 20, strict=False):
        page, before = pages[who], pages[who].url
        assert len({each.url for each in pages.values()}) == 2
        wanted[number(page)] = verdict
        presses(page, *VERDICTS[verdict])
        goes_on(page, before)
    assert_each_was_judged_by_one(town, clips, seen, wanted)
    assert len(seen["anna"]) == 30


def test_sixty_clips_by_keys_at_the_same_moment_and_they_never_meet(town, browser_of):
    clips = [town.has_clip(name=f"Участник {each}") for each in range(60)]
    pages, seen = at_the_queue(browser_of)
    wanted: dict[int, str] = {}
    for verdict in [*VERDICTS] * 10:
        before = {who: page.url for who, page in pages.items()}
        for page in pages.values():
            wanted[number(page)] = verdict
            presses(page, *VERDICTS[verdict][:-1])
        for page in pages.values():  # which waits for no answer
            page.keyboard.press(VERDICTS[verdict][-1])
        for who, page in pages.items():
            goes_on(page, before[who])
    assert_each_was_judged_by_one(town, clips, seen, wanted)
    assert all(page.url.endswith(f"{QUEUE}?state=awaiting") for page in pages.values())


def test_u_takes_back_ones_own_several_steps_and_nothing_of_the_other(town, browser_of):
    clips = [town.has_clip() for _ in range(7)]
    pages, _ = at_the_queue(browser_of)
    had: dict[str, list[int]] = {"anna": [], "kira": []}
    for who, verdict in zip(cycle(pages), [*VERDICTS] * 2, strict=False):
        page, before = pages[who], pages[who].url
        had[who].append(number(page))
        presses(page, *VERDICTS[verdict])
        goes_on(page, before)
    hers = {clip: town.clip(clip).state for clip in had["kira"]}
    for clip in reversed(had["anna"]):
        pages["anna"].keyboard.press("KeyU")
        pages["anna"].wait_for_url(f"**/clips/{clip}")
        assert town.clip(clip).state is ClipState.awaiting
    pages["anna"].keyboard.press("KeyU")  # there is nothing more of hers
    pages["anna"].wait_for_timeout(300)
    assert {clip: town.clip(clip).state for clip in had["kira"]} == hers
    assert len(clips) - len(hers) == sum(town.clip(clip).state is ClipState.awaiting for clip in clips)


def test_a_claim_runs_out_and_the_clip_is_another_ones(relay, town, clock, browser_of):
    clip, second = town.has_clip(), town.has_clip()
    anna, kira = browser_of("anna"), browser_of("kira")
    anna.goto(QUEUE)
    kira.goto(QUEUE)
    assert (number(anna), number(kira)) == (clip, second)
    clock.moves(minutes=claims.LASTS.total_seconds() / 60, seconds=1)
    kira.keyboard.press("KeyA")
    kira.wait_for_url(f"**/clips/{clip}")
    anna.wait_for_selector("text=Кира has this clip now.")
    anna.keyboard.press("KeyA")
    anna.wait_for_selector("text=Кира has this clip just now.")
    assert town.decisions(clip) == []
    kira.keyboard.press("KeyA")
    kira.wait_for_url("**/queue?state=awaiting")
    assert [decision.person for decision in town.decisions(clip)] == ["Кира"]


def test_both_correct_and_judge_one_clip_and_each_sees_what_the_other_did(relay, town, browser_of):
    clip = town.has_clip(name="Оля")
    anna, kira = browser_of("anna"), browser_of("kira")
    anna.goto(f"/clips/{clip}")
    anna.fill("[name=name]", "Ольга Смирнова")
    kira.goto(f"/clips/{clip}")
    kira.click("text=Take it over")
    kira.wait_for_selector(".verdict.approve")
    kira.fill("[name=name]", "Оленька")
    kira.locator("h1").click()
    kira.keyboard.press("KeyA")
    kira.wait_for_url("**/queue?state=awaiting")
    anna.wait_for_selector("text=Кира approved this clip meanwhile.")
    anna.locator("h1").click()
    anna.keyboard.press("KeyL")
    anna.wait_for_selector(".both")
    told = anna.locator(".both").inner_text()
    assert "Кира decided meanwhile" in told and "Оленька" in told and "Ольга Смирнова" in told
    assert (town.clip(clip).state, town.clip(clip).name) == (ClipState.approved, "Оленька")


@pytest.fixture
def pages(relay, town, proxy) -> list[str]:
    """Everywhere where a moderator finds something to press."""
    words = {"name": "Ольга", "text": "Читает Ольга Белова, 10 лет, Луга"}
    first = town.has_clip(**words, proxy=proxy(), duration=4.0)
    second, asked, judged = (town.has_clip(**words) for _ in range(3))
    alike(town, first, second, Certainty.possible)
    opinions.ask(relay, asked, text="Это мост?", person="Анна", of="Кира")
    desk.decide(relay, judged, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    numbers = (first, asked, judged)
    lists = [f"/campaigns/proryv80/{name}" for name in ("clips?q=Ольга", "questions", "returned", "near", "posts")]
    return [*(f"/clips/{clip}" for clip in numbers), f"/clips/{first}/beside/{second}", *lists]


def record(relay, town) -> Any:
    """How much has been done here, and to which clips."""
    with relay.reading() as session:
        rows = {table: session.exec(select(func.count()).select_from(table)).one() for table in (Decision, Event)}
        clips = session.exec(select(Clip.id, Clip.state, Clip.name).order_by(col(Clip.id))).all()
    return rows, clips, [claims.who_has(relay, clip) for clip, *_ in clips]


def what_can_be_sent(page: Any, paths: list[str]) -> list[Any]:
    found = []
    for path in paths:
        page.goto(path)
        found += page.evaluate(FORMS)
    return found


MORE = [["clip", "1:awaiting"], ["reason", "no_reading"], ["name", "Чужое имя"], ["tag", "чужое"], ["asked", "name"]]
"""What a person would fill in."""


def answers(page: Any, forms: list[Any], but: set[str]) -> dict[str, int]:
    """Sends each form from the page that stands open; where to → the status of the answer (0: leads elsewhere)."""
    return {each[0]: page.evaluate(SENDS, [each, MORE]) for each in forms if each[0] not in but}


def test_a_viewer_has_nothing_to_press_and_none_of_a_moderators_forms_is_taken(relay, town, browser_of, pages):
    kira, pavel = browser_of("kira"), browser_of("pavel")
    own = {address for address, _ in what_can_be_sent(pavel, pages)}
    assert own <= {"/language", "/sign-out", "/campaigns/proryv80/views"}
    forms = what_can_be_sent(kira, pages)
    kira.close()
    before = record(relay, town)
    told = answers(pavel, forms, but=own)
    for kind in (
        "/decide",
        "/edit",
        "/ask",
        "/return",
        "/undo",
        "/suggestions",
        "/clips/decide",
        "/clips/tag",
        "/beside/2",
    ):
        assert any(address.endswith(kind) for address in told), kind
    assert set(told.values()) == {403}, told
    assert record(relay, town) == before


def test_twin_the_same_forms_are_taken_from_a_moderator(relay, town, browser_of, pages):
    kira, anna = browser_of("kira"), browser_of("anna")
    forms = what_can_be_sent(kira, pages)
    kira.close(run_before_unload=True)
    before = record(relay, town)
    told = answers(anna, forms, but={"/language", "/sign-out"}) if anna.goto(pages[-1]) else {}
    assert 403 not in told.values(), told
    assert record(relay, town) != before


def test_a_viewer_presses_every_key_and_nothing_happens(relay, town, browser_of, pages):
    kira, pavel = browser_of("kira"), browser_of("pavel")
    keys: set[str] = set()
    for path in pages:
        kira.goto(path)
        keys |= set(kira.evaluate(KEYS))
    kira.close()
    assert keys >= {
        "KeyA",
        "KeyR",
        "KeyL",
        "KeyU",
        "KeyS",
        "KeyQ",
        "KeyB",
        "KeyT",
        "KeyE",
        "KeyI",
        "KeyO",
        "KeyV",
        "KeyD",
    }
    before = record(relay, town)
    for path in pages[:1] + pages[3:5]:
        for key in sorted(keys - {"Help"}):
            if not pavel.url.endswith(path):
                pavel.goto(path)
            for code in (key, "Digit1", "Enter"):
                pavel.keyboard.press(code)
        assert pavel.locator("dialog:modal").count() == 0
    pavel.wait_for_timeout(300)
    assert record(relay, town) == before


def test_whoever_is_shut_out_is_told_at_once_and_their_next_key_decides_nothing(town, browser_of):
    clip = town.has_clip()
    olga, kira = browser_of("olga"), browser_of("kira")
    kira.goto(QUEUE)
    kira.fill("[name=name]", "Ольга")
    olga.goto("/accounts")
    olga.get_by_role("link", name="Кира").first.click()
    olga.get_by_role("button", name="Shut out").click()
    olga.wait_for_selector(".notice.done[role=status]")
    kira.wait_for_selector("text=You are not signed in any more. What you typed still stands here.")
    kira.locator("h1").click()
    kira.keyboard.press("KeyA")
    kira.wait_for_selector("[name=password]")
    assert (town.clip(clip).state, town.clip(clip).name) == (ClipState.awaiting, "")
    assert claims.who_has(town.relay, clip) is None
