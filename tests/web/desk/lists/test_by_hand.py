"""Links and videos that a person takes in."""

from __future__ import annotations

import pytest

from relay.collect.found import posts
from relay.intake.hand_in import files
from relay.moderation import desk
from tests.fakes.source import a_post, a_video
from tests.web.desk.film.sending import sends_file

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80/by-hand"


def test_a_post_is_taken_in_by_its_link(relay, town, anna):
    post = a_post("Бабушка читает #proryv80", "7", videos=[a_video("9")])
    relay.sources["vk"].has(post)
    page = anna.sends(f"{HERE}/link", url=f" {post.url} ")
    assert (page.status_code, "The post is taken in." in page.text) == (200, True)
    assert "Бабушка читает" in page.text
    assert "waits in the queue" in page.text
    (row,) = posts.listing(relay, "proryv80")
    assert row.url == post.url
    assert 'by-hand"' in anna.sees("/campaigns/proryv80/posts")


def test_a_link_that_leads_nowhere_stays_in_the_field(town, anna):
    page = anna.sends(f"{HERE}/link", url="https://example.org/none")
    assert page.status_code == 400
    assert 'value="https://example.org/none"' in page.text
    assert "Write the link of the post." in anna.sends(f"{HERE}/link").text
    assert anna.sends("/campaigns/none/by-hand/link", url="https://vk.com/wall-1_2").status_code == 404


def test_a_video_that_came_by_mail_becomes_a_clip(relay, town, anna, monkeypatch):
    clip, taken = town.has_clip(), []

    def added(_relay, slug, paths, **words):
        taken.append((slug, paths[0].read_bytes(), words))
        return [clip]

    monkeypatch.setattr(files, "add_files", added)
    answer = sends_file(anna, f"{HERE}/file", ("бабушка.mp4", b"video"), name=" Ольга ", town="Мга")
    assert answer.headers["location"] == f"/clips/{clip}"
    assert taken == [
        ("proryv80", b"video", {"person": "Анна", "name": "Ольга", "town": "Мга", "called": "бабушка.mp4"})
    ]
    assert list(relay.folder("held").iterdir()) == []


def test_what_is_no_video_is_refused_and_the_words_stay(relay, town, anna):
    answer = sends_file(anna, f"{HERE}/file", ("x.mp4", b"no video at all"), name="Ольга")
    assert answer.status_code == 400
    assert 'value="Ольга"' in answer.text
    assert "x.mp4: This is a text, not a video." in answer.text
    assert desk.listing(relay, "proryv80") == []
    assert "Choose a file first." in sends_file(anna, f"{HERE}/file", None).text
    assert list(relay.folder("held").iterdir()) == []
    assert sends_file(anna, "/campaigns/none/by-hand/file", ("x.mp4", b"no")).status_code == 404


def test_whoever_only_looks_sees_no_form(town, visit):
    assert '<form method="post" action="/campaigns' not in visit("pavel").sees(HERE)
