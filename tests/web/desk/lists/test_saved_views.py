from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.slow

CLIPS = "/campaigns/proryv80/clips"
VIEWS = "/campaigns/proryv80/views"


def kept(page):
    return re.findall(r'<span class="kept"><a href="([^"]+)"', page)


def test_a_view_is_kept_in_one_spelling_and_dropped(town, anna):
    assert "Keep this view" not in anna.sees(CLIPS)
    assert "Keep this view" in anna.sees(f"{CLIPS}?state=later")
    answer = anna.sends(VIEWS, of="clips", name="Мои", query="state=later&after=7&q=&sort=oldest")
    assert answer.headers["location"] == f"{CLIPS}?state=later"
    assert kept(anna.sees(CLIPS)) == [f"{CLIPS}?state=later"]
    assert anna.sends(f"{VIEWS}/1/drop").headers["location"] == CLIPS
    assert kept(anna.sees(CLIPS)) == []


def test_only_an_organizer_shares(town, anna, olga, boris):
    anna.sends(VIEWS, of="posts", name="Её", query="match=near", shared="true")
    olga.sends(VIEWS, of="posts", name="Общая", query="q=письмо", shared="true")
    posts = "/campaigns/proryv80/posts"
    shared = f"{posts}?q=%D0%BF%D0%B8%D1%81%D1%8C%D0%BC%D0%BE"
    assert kept(boris.sees(posts)) == [shared]
    assert kept(anna.sees(posts)) == [f"{posts}?match=near", shared]
    assert boris.sends(f"{VIEWS}/2/drop").status_code == 404
    assert olga.sends(f"{VIEWS}/2/drop").status_code == 303


def test_what_can_t_be_kept_is_refused(town, anna):
    assert anna.sends(VIEWS, of="clips", name=" ", query="state=later").status_code == 400
    assert anna.sends(VIEWS, of="clips", name="a", query="state=lost").status_code == 400
    assert anna.sends(VIEWS, of="films", name="a").status_code == 400
