from __future__ import annotations

import json

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import claims, desk

PATH = "/campaigns/proryv80/live?once=true"


def told(browser, query=""):
    answer = browser.get(PATH + query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("data: ")
    return json.loads(answer.text.removeprefix("data: "))


@pytest.mark.slow
def test_a_page_that_stands_open_is_told_the_truth(relay, town, anna, boris, vera):
    first, second = town.has_clip(), town.has_clip()
    anna.get("/campaigns/proryv80/queue")
    claims.open_clip(relay, second, "Кира", "page")
    news = told(anna, f"&clip={first}")
    assert news["counts"]["awaiting"] == 2
    assert (news["free"], news["waiting"]) == (1, "2 clips wait")
    assert news["here"] == [
        {"name": "Кира", "clip": second, "you": False},
        {"name": "Анна", "clip": first, "you": True},
    ]
    assert (news["clip"]["state"], news["clip"]["decision"], news["clip"]["holder"]) == ("awaiting", 0, "")
    made = desk.decide(relay, first, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    clip = told(anna, f"&clip={first}")["clip"]
    assert (clip["state"], clip["decision"]) == ("approved", made.id)
    assert clip["line"] == "Кира approved this clip meanwhile."
    clip = told(anna, f"&clip={second}")["clip"]
    assert (clip["holder"], clip["held"]) == ("Кира", "Кира has this clip now.")
    assert told(boris)["clip"] is None
    assert told(anna, "&clip=99")["clip"] is None
    assert anna.get("/campaigns/nowhere/live?once=true").status_code == 404
    assert vera.get(PATH).status_code == 303


@pytest.mark.slow
def test_what_became_of_the_clip_is_said_in_the_readers_language(relay, town, anna):
    clip = town.has_clip()
    seen = ClipState.awaiting
    for verdict, words in (
        (Verdict.later, "Тем временем клип отложен. Решение: Кира."),
        (Verdict.reject, "Тем временем клип отклонён. Решение: Кира."),
    ):
        seen = desk.decide(relay, clip, verdict, person="Кира", seen=seen, reason="offensive").to_state
        anna.remembers("relay-language", "ru")
        assert told(anna, f"&clip={clip}")["clip"]["line"] == words
    desk.undo(relay, clip, person="Кира")
    assert told(anna, f"&clip={clip}")["clip"]["line"] == "Тем временем решение по клипу отменено: Кира."
    desk.decide(relay, clip, Verdict.approve, person="Анна", seen=ClipState.later)
    assert told(anna, f"&clip={clip}")["clip"]["line"] == "По этому клипу вы приняли решение в другом окне."
