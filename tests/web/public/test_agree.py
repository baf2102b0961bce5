from __future__ import annotations

import pytest

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.agreement import links
from relay.moderation.withdrawal import withdraw
from relay.permissions import views
from relay.permissions.rules import Lack
from relay.web.rate_limit import RateLimit


@pytest.fixture
def clip(town):
    return town.has_clip(name="<b>Olga</b>")


@pytest.fixture
def link(relay, clip):
    return links.ask(relay, clip, person="Анна", base_url="").link


@pytest.mark.slow
def test_the_author_ticks_what_may_be_done_and_reads_it_again(relay, vera, clip, link):
    page = vera.sees(link)
    assert "&lt;b&gt;Olga" in page and 'value="broadcast"' in page and " checked" not in page
    empty = vera.sends(link, name="Ольга Смирнова")
    assert (empty.status_code, "Tick what may be done" in empty.text) == (400, True)
    assert 'value="Ольга Смирнова"' in empty.text, "what was typed is not lost"
    sent = vera.sends(link, name="Ольга Смирнова", uses=["film", "abroad"], until="2030-01-31")
    assert sent.headers["location"] == f"{link}?done=yes"
    shown = vera.sees(f"{link}?done=yes")
    assert "your answer is here" in shown and "It may not be broadcast." in shown and shown.count(" checked") == 2
    found = views.of_clip(relay, clip)
    assert (found.scope, found.abroad, found.broadcast, found.until) == ("film", True, False, "2030-01-31")


def test_the_author_says_no_or_takes_it_back(relay, vera, clip, link):
    vera.sends(link, name="Ольга", answer="no", uses=["film"])
    assert views.of_clip(relay, clip).lacks == [Lack.refused]
    assert "I do not allow the video" in vera.sees(link)
    vera.sends(f"{link}/withdraw", words="<i>enough</i>")
    assert desk.show(relay, clip).state is ClipState.withdrawn
    assert "Taken back" in vera.sees(link)


@pytest.mark.slow
def test_a_child_s_page_asks_for_the_guardian(relay, vera, clip, link):
    desk.edit(relay, clip, person="Анна", age="9")
    assert "checked" in vera.sees(link).split('name="minor"')[1][:30]
    lacking = vera.sends(link, name="Оля", uses=["film"])
    assert (lacking.status_code, "a parent or guardian has to agree" in lacking.text) == (400, True)
    vera.sends(link, name="Оля", uses=["film"], guardian="Мария", guardian_agreed="yes")
    assert views.of_clip(relay, clip).guardian == "Мария"


@pytest.mark.slow
def test_opening_the_page_changes_nothing_and_nothing_keeps_it(relay, vera, clip, link):
    page = vera.get(link)
    assert (page.headers["cache-control"], page.headers["x-robots-tag"].split(",")[0]) == ("no-store", "noindex")
    assert vera.get(f"{link}/withdraw").status_code == 405
    assert (views.of_clip(relay, clip).scope, desk.show(relay, clip).state) == ("", ClipState.awaiting)


@pytest.mark.slow
def test_whoever_tries_many_links_has_to_wait_also_with_forms(vera, link):
    for number in range(20):
        path = f"/agree/{'x' * 31}{number:02d}"
        assert (vera.get(path) if number % 2 else vera.sends(path, name="Ольга")).status_code == 404
    assert vera.get("/agree/again").status_code == 429
    assert vera.sends(link, name="Ольга", answer="no").status_code == 429


@pytest.mark.slow
def test_twin_without_the_brake_they_try_on(vera, monkeypatch):
    monkeypatch.setattr(RateLimit, "is_reached", lambda *_words: False)
    assert {vera.get(f"/agree/{number}").status_code for number in range(30)} == {404}


def test_a_link_of_a_withdrawn_clip_takes_no_answer(relay, vera, clip, link):
    withdraw(relay, clip, reason="asked for", person="Ольга")
    assert vera.sends(link, name="Ольга", uses=["film"]).status_code == 400
    assert "Taken back" in vera.sees(link)
