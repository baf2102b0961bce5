from __future__ import annotations

import re

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import desk


def field(page, name):
    return re.search(rf'<input form="judge" (?:type="hidden" )?name="{name}" value="([^"]*)"', page)[1]


@pytest.mark.slow
def test_a_rejection_without_a_script_asks_for_the_reason_and_keeps_the_text(town, anna):
    clip = town.has_clip(name="Оля")
    form = {"seen": "awaiting", "verdict": "reject", "name": "Ольга", "was_name": "Оля"}
    answer = anna.sends(f"/clips/{clip}/decide", **form)
    assert (answer.status_code, field(answer.text, "name")) == (200, "Ольга")
    carried = answer.text.partition("<noscript>")[2].partition("</noscript>")[0]
    assert 'name="name" value="Ольга"' in carried
    anna.sends(f"/clips/{clip}/decide", **form, reason="no_reading")
    assert (town.clip(clip).name, town.clip(clip).reason) == ("Ольга", "no_reading")


def test_a_refusal_keeps_what_was_typed_and_what_was_seen(relay, town, anna):
    clip = town.has_clip(name="Оля")
    form = {"name": "Ольга", "was_name": "Оля", "age": "сорок", "was_age": ""}
    answer = anna.sends(f"/clips/{clip}/edit", **form)
    assert answer.status_code == 400
    assert "сорок can&#39;t be read as an age." in answer.text
    assert (field(answer.text, "name"), field(answer.text, "was_name"), field(answer.text, "age")) == (
        "Ольга", "Оля", "сорок"
    )  # fmt: skip
    assert town.clip(clip).name == "Оля"


@pytest.mark.slow
@pytest.mark.parametrize(("pick", "name"), [("mine", "Ольга"), ("theirs", "Оленька")])
def test_both_versions_and_one_press_for_all(relay, town, anna, pick, name):
    clip = town.has_clip(name="Оля")
    desk.edit(relay, clip, person="Кира", name="Оленька")
    form = {"seen": "awaiting", "verdict": "approve", "name": "Ольга", "was_name": "Оля", "town": "Мга", "was_town": ""}
    answer = anna.sends(f"/clips/{clip}/decide", **form)
    assert answer.status_code == 409
    assert "Now, by Кира" in answer.text
    assert (field(answer.text, "name"), field(answer.text, "was_name"), field(answer.text, "town")) == (
        "Ольга", "Оленька", "Мга"
    )  # fmt: skip
    assert re.findall(r'name="both" value="(\w+)"', answer.text) == ["name"]
    form |= {"was_name": "Оленька", "both": "name"}  # a browser sends nothing of two buttons of which none is chosen
    assert anna.sends(f"/clips/{clip}/decide?pick={pick}", **form).status_code == 303
    row = town.clip(clip)
    assert (row.name, row.town, row.state) == (name, "Мга", ClipState.approved)


@pytest.mark.slow
def test_each_line_can_be_chosen_by_itself(relay, town, anna):
    clip = town.has_clip(name="Оленька")
    form = {"name": "Ольга", "was_name": "Оленька", "pick_name": "theirs", "town": "Мга", "was_town": ""}
    anna.sends(f"/clips/{clip}/edit", **form)
    assert (town.clip(clip).name, town.clip(clip).town) == ("Оленька", "Мга")


@pytest.mark.slow
def test_decided_meanwhile_the_page_says_who_and_keeps_the_text(relay, town, anna):
    clip = town.has_clip()
    desk.decide(relay, clip, Verdict.reject, person="Кира", seen=ClipState.awaiting, reason="offensive")
    form = {"seen": "awaiting", "verdict": "approve", "name": "Ольга", "was_name": ""}
    answer = anna.sends(f"/clips/{clip}/decide", **form)
    assert (answer.status_code, field(answer.text, "name")) == (409, "Ольга")
    assert "Кира decided meanwhile:" in answer.text
    assert "You pressed: <b>Approve</b>" in answer.text


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields", [{"name": "x" * 2001}, {"key": "short"}, {"was_town": "x" * 2001}, {"pick_name": "x" * 2001}]
)
def test_nonsense_in_the_fields_is_refused(town, anna, fields):
    assert anna.sends(f"/clips/{town.has_clip()}/edit", **fields).status_code == 400
