"""Tags of the team on one clip's page."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


def test_a_word_is_put_on_and_taken_off_and_leads_to_the_list(town, anna):
    clip = town.has_clip()
    assert anna.sends(f"/clips/{clip}/tags", tag="#Победа").headers["location"] == f"/clips/{clip}"
    assert "/campaigns/proryv80/clips?tag=%D0%BF%D0%BE%D0%B1%D0%B5%D0%B4%D0%B0" in anna.sees(f"/clips/{clip}")
    anna.sends(f"/clips/{clip}/tags", tag="победа", do="remove")
    assert "#победа" not in anna.sees(f"/clips/{clip}")


def test_who_only_looks_sees_the_words_and_no_way_to_change_them(town, anna, boris):
    clip = town.has_clip()
    anna.sends(f"/clips/{clip}/tags", tag="победа")
    page = boris.sees(f"/clips/{clip}")
    assert "#победа" in page
    assert f"/clips/{clip}/tags" not in page
    assert boris.sends(f"/clips/{clip}/tags", tag="мир").status_code == 403


def test_a_tag_without_a_letter_is_refused_in_words(town, anna):
    answer = anna.sends(f"/clips/{town.has_clip()}/tags", tag="# ")
    assert answer.status_code == 400
    assert "Write the tag" in answer.text
