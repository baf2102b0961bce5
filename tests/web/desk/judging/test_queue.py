from __future__ import annotations

import pytest

from relay.models import ClipState
from relay.web.desk.judging.queue import LARGEST_ID, clip_address


def place(browser, query=""):
    return browser.get(f"/campaigns/proryv80/queue{query}").headers.get("location")


@pytest.mark.slow
def test_the_queue_leads_to_the_next_clip(town, anna, boris, vera):
    first, second = town.has_clip(), town.has_clip()
    assert place(anna) == place(boris) == f"/clips/{first}"
    assert place(vera) == "/sign-in?next=/campaigns/proryv80/queue"
    assert place(anna, f"?after={first}") == f"/clips/{second}"
    assert place(anna, f"?after={first}&back=true") == f"/clips/{second}"


@pytest.mark.slow
def test_what_was_put_aside_is_a_queue_too(town, anna):
    clip, other = town.has_clip(state=ClipState.later), town.has_clip(state=ClipState.later)
    assert place(anna, "?state=later") == f"/clips/{clip}?queue=later"
    answer = anna.sends(f"/clips/{clip}/decide", verdict="approve", seen="later", queue="later")
    assert answer.headers["location"] == f"/clips/{other}?queue=later"


@pytest.mark.slow
def test_an_empty_queue_says_so_and_offers_to_take_back(town, anna, boris):
    clip = town.has_clip(name="Ольга")
    anna.sends(f"/clips/{clip}/decide", verdict="later", seen="awaiting")
    page = anna.sees("/campaigns/proryv80/queue")
    assert "Everything here has been looked at." in page
    assert "1 clip was put aside" in page
    assert f'action="/clips/{clip}/undo"' in page
    assert "/undo" not in boris.sees("/campaigns/proryv80/queue")


@pytest.mark.slow
def test_an_unknown_campaign(town, anna):
    assert anna.get("/campaigns/nowhere/queue").status_code == 404


@pytest.mark.slow
def test_the_queue_goes_on_back_and_round(town, anna):
    first, second, third = (town.has_clip() for _ in range(3))
    aside = town.has_clip(state=ClipState.later)
    asked = {
        "": f"/clips/{first}",
        f"?after={first}": f"/clips/{second}",
        f"?after={first}&back=true": f"/clips/{third}",
        f"?after={third}&back=true": f"/clips/{second}",
        f"?after={third}": f"/clips/{first}",
        "?state=later": f"/clips/{aside}?queue=later",
        f"?after={LARGEST_ID}": f"/clips/{first}",
    }
    assert {query: place(anna, query) for query in asked} == asked
    answer = anna.get("/campaigns/proryv80/queue")
    assert answer.status_code == 303
    assert [place(anna, f"?after={number}") for number in (0, 2**31)] == [None, None]
    statuses = [anna.get(f"/campaigns/proryv80/queue?after={number}").status_code for number in (0, 2**31)]
    assert statuses == [400, 400]
    page = anna.sees("/campaigns/proryv80/queue?state=rejected")
    assert "Everything here has been looked at." in page
    assert 'Queue <span class="count">3</span>' in page
    assert "/undo" not in page


def test_the_address_of_a_clip_names_its_queue_unless_it_is_the_first_one():
    assert clip_address(7, ClipState.awaiting) == "/clips/7"
    assert clip_address(7, ClipState.later) == "/clips/7?queue=later"
    assert clip_address(7, ClipState.approved) == "/clips/7?queue=approved"
    assert LARGEST_ID == 2_147_483_647
