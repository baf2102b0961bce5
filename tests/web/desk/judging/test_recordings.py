from __future__ import annotations

import pytest

from relay.models import Certainty, ClipState
from relay.moderation import desk
from tests.recordings.test_cards import alike, on_card

pytestmark = pytest.mark.slow

SIDE_BY_SIDE = "/clips/{}/beside/{}"


def test_two_are_said_to_be_the_same_and_parted_again(town, anna, boris):
    one, other = town.has_clip(name="Ольга"), town.has_clip(name="Публика")
    alike(town, one, other, Certainty.possible, seen=0.6, begins=2.5)
    path = SIDE_BY_SIDE.format(one, other)
    page = anna.sees(path)
    assert "Perhaps the same recording" in page
    assert "begins 2.5 s later" in page
    assert "60 %" in page
    anna.sends(path, said="same", seen="")
    assert on_card(town, one) == [one, other]
    assert "Анна said: the same recording." in anna.sees(path)
    assert "/front" not in boris.sees(path)
    anna.sends(f"/clips/{other}/front", beside=str(one))
    assert on_card(town, one)[0] == other
    assert anna.sends(path, said="other", seen="").status_code == 409
    anna.sends(path, said="other", seen="same")
    assert on_card(town, one) == []


def test_the_card_tells_where_it_was_posted_and_one_decision_counts_for_all(town, anna):
    one, other = town.has_clip(posts=3), town.has_clip(posts=2)
    alike(town, one, other)
    page = anna.sees(f"/clips/{one}")
    assert "In 2 publics" in page
    assert "one decision counts for all" in page
    assert 'title="2 clips of one recording"' in anna.sees("/campaigns/proryv80/clips")
    anna.sends(f"/clips/{one}/decide", verdict="approve", seen="awaiting")
    assert desk.show(town.relay, other).state is ClipState.approved


def test_another_clip_is_named_by_its_number(town, anna):
    one, other = town.has_clip(), town.has_clip()
    answer = anna.get(f"/clips/{one}/beside?with={other}")
    assert answer.headers["location"] == SIDE_BY_SIDE.format(one, other)
    assert "nothing that these two have in common" in anna.sees(SIDE_BY_SIDE.format(one, other))
    itself = anna.get(f"/clips/{one}/beside?with={one}")
    assert itself.status_code >= 400
    assert "compared with itself" in itself.text.replace("&#39;", "'")
    assert anna.get(f"/clips/{one}/beside?with=999").status_code == 404


def test_who_only_looks_says_nothing(town, boris):
    one, other = town.has_clip(), town.has_clip()
    alike(town, one, other, Certainty.possible)
    page = boris.sees(SIDE_BY_SIDE.format(one, other))
    assert f'action="{SIDE_BY_SIDE.format(one, other)}"' not in page
    assert boris.sends(SIDE_BY_SIDE.format(one, other), said="same").status_code == 403
    assert on_card(town, one) == []


def test_what_many_use_is_named_in_seconds(town, anna):
    one, other = town.has_clip(), town.has_clip()
    alike(town, one, other, Certainty.possible)
    answer = anna.sends(f"/clips/{one}/common", beside=str(other), start="3", end="1")
    assert answer.status_code >= 400
    assert "Nothing is seen or heard" in answer.text
