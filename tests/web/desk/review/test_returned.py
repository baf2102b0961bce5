from __future__ import annotations

import dataclasses

import pytest

from relay.models import ClipState, Verdict
from relay.moderation import desk
from relay.moderation.review import mending

pytestmark = pytest.mark.slow

LIST = "/campaigns/proryv80/returned"


def test_a_clip_is_returned_listed_and_called_off(relay, town, visit, clock):
    anna = visit("anna")
    clip = town.has_clip(name="Ольга")
    response = anna.sends(f"/clips/{clip}/return", seen="awaiting", asked=["name", "sound"], note="Louder!")
    assert response.headers["location"] == f"/clips/{clip}#returned"
    page = anna.sees(f"/clips/{clip}")
    assert "Returned today" in page and "— Louder!" in page and "http://desk.test/answer/" in page
    assert f'href="/clips/{clip}"' in anna.sees(LIST)
    assert 'Returned <span class="count">1</span>' in anna.sees("/campaigns/proryv80/clips")
    assert "Returned 12 January" in anna.sees("/campaigns/proryv80/clips")
    clock.moves(days=8)
    anna = visit("anna")
    assert "Returned 8 days ago" in anna.sees(LIST)
    assert "1 returned clip waits too long" in anna.sees("/")
    assert anna.sends(f"/clips/{clip}/call-off").status_code == 303
    assert "No clip waits for its participant." in anna.sees(LIST)


def test_what_is_refused_opens_the_dialog_again(town, visit):
    anna = visit("anna")
    clip = town.has_clip()
    nothing = anna.sends(f"/clips/{clip}/return", seen="awaiting")
    assert nothing.status_code == 400
    assert 'id="send-back" aria-labelledby="send-back-title" open' in nothing.text
    stale = anna.sends(f"/clips/{clip}/return", seen="approved", asked="name")
    assert stale.status_code == 409
    assert town.decisions(clip) == []


def test_the_message_is_for_those_who_judge(relay, town, visit):
    clip = town.has_clip()
    mending.send_back(relay, clip, ["name"], person="Анна")
    for page in (LIST, f"/clips/{clip}"):
        assert "/answer/" in visit("anna").sees(page)
        assert "/answer/" not in visit("pavel").sees(page)


def test_a_second_look_is_taken_without_the_first_ones_verdict(relay, town, app, visit):
    settings = relay.settings.model_copy(update={"second_looks": True})
    careful = dataclasses.replace(relay, settings=settings)
    app.state.relay = careful
    clip = town.has_clip(name="Ольга")
    desk.decide(careful, clip, Verdict.approve, person="Кира", seen=ClipState.awaiting)
    anna = visit("anna")
    assert anna.get("/campaigns/proryv80/queue").headers["location"] == f"/clips/{clip}"
    page = anna.sees(f"/clips/{clip}")
    assert "A second look, please" in page
    assert 'class="badge state-approved"' not in page and "Кира" not in page
    typed = {"verdict": "reject", "name": "Ольга Смирнова", "was_name": "Ольга"}
    assert anna.sends(f"/clips/{clip}/look", **typed | {"was_name": "Оля"}).status_code == 409, "both versions"
    for _ in range(2):  # the second time because the answer was lost
        assert anna.sends(f"/clips/{clip}/look", **typed).status_code == 303
    assert town.clip(clip).name == "Ольга Смирнова"
    assert anna.sends(f"/clips/{clip}/look", verdict="approve").status_code == 409
    assert "your verdict decides" in visit("olga").sees(f"/clips/{clip}")
