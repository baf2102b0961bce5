"""A second pair of eyes in a real Chromium: a question and its answer; a clip returned, and mended."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from relay.collect.found import posts
from relay.intake.hand_in import hand_ins
from relay.models import Clip, ClipState, Finding, Inspection, Role
from relay.moderation import desk
from relay.moderation.people import accounts
from relay.moderation.withdrawal import withdraw
from relay.web.serve import Desk
from tests.web.browsers import browsers
from tests.web.chromium import IN_BROWSER

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
LAPTOP = {"viewport": {"width": 1366, "height": 768}}
PEOPLE = {"anna": "Анна", "kira": "Кира", "olga": "Ольга"}
FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"

pytestmark = IN_BROWSER


@pytest.fixture
def place(relay, town) -> Iterator[Desk]:
    for login, name in PEOPLE.items():
        role = Role.organizer if login == "olga" else Role.moderator
        accounts.create(relay, login, name, role, password=f"password of {login}", language="en")
    hand_ins.switch(relay, town.slug, is_open=True, person="Ольга")
    running = Desk(relay, "127.0.0.1", 0)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def opens(relay, chromium, place) -> Iterator[Callable[..., Any]]:
    """`opens("anna")`: a page on which Anna is signed in; `opens("")` is a stranger's. No script may fail unseen."""
    with browsers(relay, chromium, place.url, **LAPTOP) as opened:
        yield opened


def looked_at(relay, content: bytes) -> None:
    """The look at this file has been done already, so that no ffmpeg is needed."""
    with relay.transaction() as session:
        sha256 = hashlib.sha256(content).hexdigest()
        session.add(
            Inspection(
                sha256=sha256, bytes=len(content), finding=Finding.accepted, duration=20.0, width=1280, height=720,
                prints=b"\1" * 64, at=relay.now(),
            )
        )  # fmt: skip


def worker_comes(relay) -> None:
    for hand_in_id in hand_ins.waiting(relay):
        hand_ins.process(relay, hand_in_id, add=posts.add)
    hand_ins.settle(relay, withdraw=withdraw)


def clips_of(relay) -> list[Clip]:
    with relay.reading() as session:
        return list(session.exec(select(Clip).order_by(Clip.id)))


def test_a_colleague_answers_a_question_by_keys(relay, town, opens):
    first, second = town.has_clip(name="Ольга Смирнова"), town.has_clip(name="Пётр Орлов")
    anna, kira = opens("anna"), opens("kira")
    anna.goto("/campaigns/proryv80/queue")
    anna.keyboard.press("KeyQ")
    anna.wait_for_selector("dialog#ask:modal")
    anna.keyboard.type("Is this the text about the bridge?")
    anna.select_option("dialog#ask select", "Кира")
    anna.keyboard.press("Tab")
    anna.click("dialog#ask button.main")
    anna.wait_for_url(f"**/clips/{second}")

    kira.goto("/")
    assert "1 question or answer waits for you" in kira.inner_text("main")
    kira.goto("/campaigns/proryv80/queue")
    kira.wait_for_url(f"**/clips/{first}")
    assert "Анна asks: Is this the text about the bridge?" in " ".join(kira.inner_text(".question").split()).replace(
        "“", ""
    ).replace("”", "").replace('"', "")
    kira.fill(".question [name=words]", "Yes, the bridge at Kirovsk.")
    kira.keyboard.press("Enter")
    kira.wait_for_selector(".question.answered")

    anna.goto("/campaigns/proryv80/queue")
    assert anna.locator("nav.where a", has_text="Questions").locator(".count").inner_text() == "1"
    anna.click("nav.where a:has-text('Questions')")
    assert "Yes, the bridge at Kirovsk." in anna.inner_text("main")
    anna.click("button:has-text('I have read it')")
    anna.wait_for_url(f"**/clips/{first}")
    assert [entry.verdict for entry in desk.history(relay, first)] == ["opinion asked", "opinion given"]
    assert anna.evaluate(FITS) and kira.evaluate(FITS)


def test_a_question_that_could_not_be_sent_stands_there_again(relay, town, opens):
    clip, following = town.has_clip(), town.has_clip()
    anna = opens("anna")
    anna.goto(f"/clips/{clip}")
    anna.keyboard.press("KeyB")
    anna.keyboard.press("Digit2")
    anna.keyboard.press("Escape")
    anna.keyboard.press("KeyQ")
    anna.keyboard.type("Is this the bridge?")
    anna.reload()  # the connection was gone, or the browser was closed
    assert "is not saved yet" in anna.locator("#said").inner_text()
    anna.keyboard.press("KeyQ")
    assert anna.input_value("dialog#ask [name=text]") == "Is this the bridge?"
    anna.keyboard.press("Escape")
    anna.keyboard.press("KeyB")
    assert [box.is_checked() for box in anna.locator("dialog#send-back [name=asked]").all()][:3] == [False, True, False]
    anna.keyboard.press("Digit2")
    anna.keyboard.press("Escape")
    anna.keyboard.press("KeyQ")
    anna.keyboard.press("Enter")
    anna.wait_for_url(f"**/clips/{following}")
    anna.goto(f"/clips/{clip}")
    assert (anna.input_value("dialog#ask [name=text]") if anna.locator("dialog#ask").count() else "") == ""
    assert [entry.verdict for entry in desk.history(relay, clip)] == ["opinion asked"]


def test_a_participant_mends_her_video_by_the_receipt(relay, town, opens, tmp_path):
    looked_at(relay, b"too quiet" * 1000)
    looked_at(relay, b"loud and clear" * 1000)
    quiet, loud = tmp_path / "quiet.mp4", tmp_path / "loud.mp4"
    quiet.write_bytes(b"too quiet" * 1000)
    loud.write_bytes(b"loud and clear" * 1000)

    vera = opens("", **PHONE)
    vera.goto("/take-part/proryv80")
    vera.check("[name=way][value=file]")
    for field, text in (("name", "Вера"), ("town", "Кировск")):
        vera.fill(f"[name={field}]", text)
    vera.check("[name=age][value='60+']")
    vera.check("[name=origin][value=family]")
    vera.check("[name=agreed]")
    vera.click("button.main")
    vera.wait_for_url("**/receipt/*")
    receipt = vera.url
    vera.set_input_files("#file", quiet)
    vera.wait_for_selector("h1:has-text('Thank you')")
    worker_comes(relay)
    (old,) = clips_of(relay)

    anna = opens("anna")
    anna.goto("/campaigns/proryv80/queue")
    anna.keyboard.press("KeyB")
    anna.wait_for_selector("dialog#send-back:modal")
    for digit in ("Digit1", "Digit2"):
        anna.keyboard.press(digit)
    anna.fill("dialog#send-back [name=note]", "Closer to the phone, please.")
    anna.click("dialog#send-back button.main")
    anna.wait_for_selector("#returned")
    assert "Returned today" in anna.inner_text("#returned")
    anna.goto("/campaigns/proryv80/queue")
    assert "Everything here has been looked at." in anna.inner_text("main")

    vera.goto(receipt)
    assert "Closer to the phone, please." in vera.inner_text("main")
    assert vera.evaluate(FITS)
    vera.fill("[name=name]", "Вера Павлова")
    vera.click("button:has-text('Send'):not(:has-text('video'))")
    vera.wait_for_url("**/answer/*")
    assert "what you wrote is here" in vera.inner_text("main")
    vera.check("form[action$='/video'] [name=agreed]")
    vera.click("button:has-text('Send a new video')")
    vera.wait_for_url("**/receipt/*")
    vera.set_input_files("#file", loud)
    vera.wait_for_selector("h1:has-text('Thank you')")
    worker_comes(relay)
    _old, new = clips_of(relay)

    anna.goto("/campaigns/proryv80/queue")
    anna.wait_for_url(f"**/clips/{new.id}")
    assert "Mended: a name, a new video" in anna.inner_text(".mended h2")
    assert anna.inner_text("h1") == "Вера Павлова"
    anna.keyboard.press("KeyA")
    anna.wait_for_url("**/queue?state=awaiting")
    states = [clip.state for clip in clips_of(relay)]
    assert states == [ClipState.rejected, ClipState.approved]
    vera.goto(receipt)
    assert vera.inner_text("h1") == "Accepted"
    anna.goto(f"/clips/{old.id}")
    assert f"clip {new.id} has taken its place" in anna.inner_text(".facts")


def test_without_script_an_author_answers_by_the_link(relay, town, opens):
    clip = town.has_clip(name="Olga S.")
    anna = opens("anna", java_script_enabled=False)
    anna.goto(f"/clips/{clip}")
    anna.click("a:has-text('Return to the participant')")
    anna.check("dialog#send-back [value=name]")
    anna.click("dialog#send-back button.main")
    link = anna.inner_text("#message").split()[-1]
    author = opens("", java_script_enabled=False)
    author.goto(link)
    author.fill("[name=name]", "Ольга Смирнова")
    author.click("button:has-text('Send'):not(:has-text('video'))")
    assert "your answer is here" in author.inner_text("main")
    assert town.clip(clip).name == "Ольга Смирнова"


def test_an_organizer_reads_the_record(relay, town, opens):
    for number in range(3):
        clip = town.has_clip(name=f"Ольга {number}")
        desk.decide(relay, clip, "approve", person="Анна", seen=ClipState.awaiting)
    olga = opens("olga")
    olga.goto("/")
    olga.click("nav.where a:has-text('Record')")
    olga.select_option("[name=person]", "Анна")
    olga.click("button:has-text('Show')")
    assert olga.locator(".record tbody tr").count() == 3
    with olga.expect_download() as table:
        olga.click("a:has-text('CSV')")
    assert Path(table.value.path()).read_bytes().startswith(b"\xef\xbb\xbf")
    olga.goto("/audit/pace")
    assert "Анна" in olga.inner_text("table")
    assert opens("anna").goto("/audit").status == 403
