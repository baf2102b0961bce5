from __future__ import annotations

import re

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import desk

pytestmark = pytest.mark.slow

PATH = "/campaigns/proryv80/mine"


def test_what_i_decided_today_and_what_takes_it_back(relay, town, anna, boris, vera, poster):
    first, second = town.has_clip(name="Ольга", town="Мга", poster=poster()), town.has_clip(name="Пётр")
    assert "You decided nothing on this day." in anna.sees(PATH)
    anna.sends(f"/clips/{first}/decide", verdict="reject", seen="awaiting", reason="offensive")
    anna.sends(f"/clips/{second}/decide", verdict="approve", seen="awaiting")
    assert f'href="{PATH}"' in anna.sees(f"/clips/{first}")
    page = anna.sees(PATH)
    assert "12 January 2023 · 2 clips decided" in page
    assert page.index("Пётр") < page.index("Ольга"), "the newest first"
    assert "rejected</span> <q>Offensive</q>" in page
    assert ">12:00</time>" in page
    assert f'src="/media/poster/{town.sha256(first)}"' in page
    decision = town.decisions(first)[0].id
    answer = anna.sends(f"/clips/{first}/undo", decision=decision, day="2023-01-12")
    assert answer.headers["location"] == f"{PATH}?day=2023-01-12"
    assert town.clip(first).state is ClipState.awaiting
    page = anna.sees(answer.headers["location"])
    assert "1 clip decided" in page
    assert f'action="/clips/{first}/undo"' not in page
    assert "taken back" in page
    desk.decide(relay, second, Verdict.reject, person="Кира", seen=ClipState.approved, reason="offensive")
    page = anna.sees(PATH)
    assert "decided anew since:" in page
    assert "/undo" not in page
    assert (boris.get(PATH).status_code, vera.get(PATH).status_code) == (403, 303)


def test_days_are_turned_like_pages(town, visit, clock):
    clip = town.has_clip(name="Ольга")
    visit("anna").sends(f"/clips/{clip}/decide", verdict="approve", seen="awaiting")
    clock.moves(days=1)
    anna = visit("anna")
    page = anna.sees(PATH)
    assert "You decided nothing on this day." in page
    assert re.findall(r'href="[^"]*\?day=([\d-]+)"', page) == ["2023-01-12"]
    page = anna.sees(f"{PATH}?day=2023-01-12")
    assert "Ольга" in page
    assert re.findall(r'href="[^"]*\?day=([\d-]+)"', page) == ["2023-01-11", "2023-01-13"]
    assert anna.get(f"{PATH}?day=tomorrow").status_code == 400
    assert anna.get(f"{PATH}?day=9999-12-31").status_code == 400
    assert anna.get("/campaigns/nowhere/mine").status_code == 404
