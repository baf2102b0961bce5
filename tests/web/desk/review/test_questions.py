from __future__ import annotations

import pytest

from relay.models import ClipState
from relay.moderation import desk
from relay.moderation.review import opinions

pytestmark = pytest.mark.slow

PAGE = "/campaigns/proryv80/questions"


def test_asking_leads_on_and_the_question_stands_on_the_clip_and_in_the_list(relay, town, visit):
    anna, olga = visit("anna"), visit("olga")
    clip, following = town.has_clip(name="Ольга"), town.has_clip()
    response = anna.sends(f"/clips/{clip}/ask", text="<b>Hers?</b>", of="")
    assert response.headers["location"] == f"/campaigns/proryv80/queue?state=awaiting&after={clip}"
    assert anna.get(response.headers["location"]).headers["location"] == f"/clips/{following}"
    page = olga.sees(f"/clips/{clip}")
    assert "Анна asks" in page and "&lt;b&gt;Hers?&lt;/b&gt;" in page
    assert 'Questions <span class="count">1</span>' in olga.sees(PAGE)
    answered = olga.sends("/questions/1/answer", words="Yes, hers.")
    assert answered.headers["location"] == f"/clips/{clip}"
    assert "Yes, hers." in anna.sees(PAGE)
    assert anna.sends("/questions/1/close").status_code == 303
    assert opinions.listing(relay, "proryv80")[0].closed


def test_what_is_refused_is_said_and_changes_nothing(relay, town, visit):
    anna = visit("anna")
    clip = town.has_clip()
    anna.sends(f"/clips/{clip}/ask")
    again = anna.sends(f"/clips/{clip}/ask")
    assert (again.status_code, "has asked about this clip already" in again.text) == (400, True)
    own = anna.sends("/questions/1/answer", words="yes")
    assert (own.status_code, "your own question" in own.text) == (400, True)
    assert anna.sends("/questions/77/answer", words="yes").status_code == 404
    assert town.clip(clip).state is ClipState.awaiting


def test_who_only_looks_sees_questions_and_no_field(town, visit, relay):
    clip = town.has_clip()
    opinions.ask(relay, clip, person="Анна", text="Hers?")
    pavel = visit("pavel")
    assert "Hers?" in pavel.sees(PAGE)
    assert 'name="words"' not in pavel.sees(PAGE) + pavel.sees(f"/clips/{clip}")


def test_the_number_beside_the_queue_is_what_waits_for_the_visitor(relay, town, visit):
    anna, olga = visit("anna"), visit("olga")
    for _ in range(3):
        clip = town.has_clip()
    opinions.ask(relay, clip, person="Анна")
    assert 'Queue <span class="count">2</span>' in anna.sees(PAGE)
    assert 'Queue <span class="count">3</span>' in olga.sees(PAGE)
    assert "Look at 2 clips" in anna.sees("/")
    assert desk.counts(relay, "proryv80")["awaiting"] == 3
