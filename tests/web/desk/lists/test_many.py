from __future__ import annotations

import re

import pytest

from relay.models import ClipState
from relay.web.desk.lists import clips

BASE = "/campaigns/proryv80/clips"


def states(town, *numbers):
    return [town.clip(number).state.value for number in numbers]


@pytest.fixture
def now(relay):
    return relay.now().isoformat()


@pytest.mark.slow
def test_ticked_clips_are_rejected_and_all_of_it_undone(town, anna, now):
    one, other, third = (town.has_clip() for _ in range(3))
    page = anna.sees(BASE)
    assert re.findall(r'name="clip" value="([^"]+)"', page) == [f"{n}:awaiting" for n in (one, other, third)]
    picked = [f"{one}:awaiting", f"{third}:awaiting"]
    where = {"query": "sort=newest", "after": third}
    answer = anna.sends(f"{BASE}/decide", clip=picked, verdict="reject", reason="off_topic", seen_at=now, **where)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BASE}?sort=newest&after={third}")
    assert states(town, one, other, third) == ["rejected", "awaiting", "rejected"]
    page = anna.sees(BASE)
    assert "Rejected: 2 clips" in page
    back = anna.sends(re.search(rf'action="({BASE}/undo/\d+)"', page)[1], query="q=a")
    assert (back.headers["location"], states(town, one, third)) == (f"{BASE}?q=a", ["awaiting", "awaiting"])
    assert "taken back" in anna.sees(BASE)


@pytest.mark.slow
def test_all_that_the_filter_finds(town, anna, now, monkeypatch):
    monkeypatch.setattr(clips, "PAGE", 2)
    made = [town.has_clip(town="Мга") for _ in range(5)]
    elsewhere = town.has_clip(town="Тосно")
    assert "all 5 that the filter finds" in anna.sees(f"{BASE}?town=Мга")
    anna.sends(f"{BASE}/decide", everything="true", query="town=Мга", verdict="approve", seen_at=now)
    assert states(town, *made, elsewhere) == ["approved"] * 5 + ["awaiting"]


@pytest.mark.slow
def test_what_was_ticked_and_typed_stands_there_again_after_a_refusal(town, anna, now):
    clip = town.has_clip()
    answer = anna.sends(f"{BASE}/decide", clip=f"{clip}:awaiting", verdict="reject", note="", seen_at=now, query="q=")
    assert answer.status_code == 400
    assert "This verdict needs a reason" in answer.text
    assert re.search(rf'value="{clip}:awaiting" checked', answer.text)
    answer = anna.sends(f"{BASE}/edit", town="Мга", seen_at=now)
    assert "Choose clips first." in answer.text
    assert '<input name="town" maxlength="200" autocomplete="off" value="Мга"' in answer.text
    assert anna.sends(f"{BASE}/tag", clip=f"{clip}:awaiting", tag=" ", seen_at=now).status_code == 400


@pytest.mark.slow
def test_fields_and_tags_are_written_into_many(town, anna, now):
    one, other = town.has_clip(), town.has_clip(name="Игорь")
    picked = [f"{one}:awaiting", f"{other}:awaiting"]
    anna.sends(f"{BASE}/edit", clip=picked, district="Кировский", scope="film", seen_at=now)
    anna.sends(f"{BASE}/tag", clip=picked, tag="9 мая", seen_at=now)
    assert [town.clip(number).district for number in (one, other)] == ["Кировский", "Кировский"]
    assert town.clip(other).name == "Игорь"
    assert anna.sees(f"{BASE}?tag=9+мая&district=Кировский&consent=film").count('<span class="tag">') == 2
    anna.sends(f"{BASE}/tag", clip=picked[:1], tag="9 мая", do="remove", seen_at=now)
    assert anna.sees(BASE).count('<span class="tag">') == 1


@pytest.mark.slow
def test_a_clip_that_a_colleague_decided_is_told_of(town, anna, visit, now):
    one, other = town.has_clip(), town.has_clip()
    olga = visit("olga")
    olga.sends(f"/clips/{other}/decide", verdict="approve", seen="awaiting")
    olga.sends("/sign-out")  # else the next one is hers
    anna.sends(f"{BASE}/decide", clip=[f"{one}:awaiting", f"{other}:awaiting"], verdict="later", seen_at=now)
    page = anna.sees(BASE)
    assert "1 clip was left as it is" in page
    assert f'<a href="/clips/{other}">Clip {other}</a>' in page
    assert states(town, one, other) == ["later", "approved"]


@pytest.mark.slow
def test_nobody_takes_back_what_somebody_else_did_to_many(town, anna, olga, now):
    clip = town.has_clip()
    anna.sends(f"{BASE}/decide", clip=f"{clip}:awaiting", verdict="later", seen_at=now)
    assert olga.sends(f"{BASE}/undo/1").status_code == 400
    assert states(town, clip) == ["later"]


@pytest.mark.parametrize(
    "clip", ["1", "1:lost", "x:awaiting", "²:awaiting", f"{2**31}:awaiting", "9" * 40 + ":awaiting"]
)
@pytest.mark.slow
def test_a_form_that_was_made_up_is_refused(town, anna, now, clip):
    town.has_clip()
    assert anna.sends(f"{BASE}/decide", clip=clip, verdict="later", seen_at=now).status_code == 400


@pytest.mark.slow
def test_who_may_not_decide_sees_nothing_to_tick(town, boris, visit):
    clip = town.has_clip(state=ClipState.approved)
    for page in (boris.sees(BASE), visit("pavel").sees(BASE)):
        assert f"/clips/{clip}" in page
        assert "checkbox" not in page
        assert 'id="many"' not in page
