from __future__ import annotations

import re

import pytest
from sqlmodel import select

from relay.models import Match, NoVideo, Post, Sighting, Video, VideoState
from relay.web.desk.lists import without_video

pytestmark = pytest.mark.slow

BASE = "/campaigns/proryv80/without-video"


@pytest.fixture
def lacking(town):
    """Three posts of ours without a video that can be fetched, and one with; the numbers of the three."""
    reasons = (NoVideo.playlist, NoVideo.text, NoVideo.blocked)
    for _ in (*reasons, None):
        town.has_clip(text="Читаю письмо #proryv80")
    with town.relay.transaction() as session:
        posts = session.exec(select(Post).order_by(Post.id)).all()[:3]
        for post, why in zip(posts, reasons, strict=True):
            sighting = session.exec(select(Sighting).where(Sighting.post_id == post.id)).one()
            if why is NoVideo.blocked:
                video = session.get_one(Video, sighting.video_id)
                video.state, video.reason = VideoState.refused, "The video is damaged."
                session.add(video)
            else:
                session.delete(sighting)
                post.no_video = why
                session.add(post)
        return [post.id for post in posts]


def shown(page):
    return [int(number) for number in re.findall(rf'action="{BASE}/(\d+)/(?:put-aside|take-up)"', page)]


def test_the_list_says_why_likeliest_first_and_keeps_words_and_pictures_apart(town, anna, lacking):
    page = anna.sees(BASE)
    assert shown(page) == [lacking[2], lacking[0]]
    assert "The video is damaged." in page
    assert "A list of videos: which of them is meant only a person can tell." in page
    assert page.count('data-key="KeyN"') == 1
    assert shown(anna.sees(f"{BASE}?which=unlikely")) == [lacking[1]]
    assert shown(anna.sees(f"{BASE}?which=nonsense")) == [lacking[2], lacking[0]]


def test_a_post_beyond_the_first_page_can_be_reached(anna, lacking, monkeypatch):
    monkeypatch.setattr(without_video, "PAGE", 1)
    first = anna.sees(BASE)
    assert shown(first) == [lacking[2]]
    assert 'href="?which=likely&amp;page=2"' in first
    second = anna.sees(f"{BASE}?which=likely&page=2")
    assert shown(second) == [lacking[0]]
    assert "page=3" not in second
    assert 'href="?which=likely&amp;page=1"' in second
    assert shown(anna.sees(f"{BASE}?page=9")) == [lacking[0]], "the last one, where others have gone"
    for before in ("-1", "0"):
        page = anna.sees(f"{BASE}?page={before}")
        assert (shown(page), re.findall(r'href="(\?[^"]*page=[^"]*)"', page)) == (
            [lacking[2]], ["?which=likely&amp;page=2"]
        )  # fmt: skip
    assert re.findall(r'href="(\?[^"]*page=[^"]*)"', second) == ["?which=likely&amp;page=1"]
    monkeypatch.setattr(without_video, "PAGE", 2)
    assert 'href="?' not in anna.sees(BASE), "two of two are one page"


def test_a_link_is_handed_in_and_the_post_is_off_the_list(town, anna, lacking):
    answer = anna.sends(f"{BASE}/{lacking[0]}/link", url=" https://school.example/film.mp4 ")
    assert (answer.status_code, answer.headers["location"]) == (303, BASE)
    assert shown(anna.sees(BASE)) == [lacking[2]]
    with town.relay.reading() as session:
        sighting = session.exec(select(Sighting).where(Sighting.post_id == lacking[0])).one()
        assert sighting.handed_in == "Анна"


def test_who_works_on_another_list_stays_on_it(anna, lacking):
    page = anna.sees(f"{BASE}?which=unlikely")
    assert page.count('<input type="hidden" name="which" value="unlikely">') == 2
    answer = anna.sends(f"{BASE}/{lacking[1]}/put-aside", which="unlikely")
    assert answer.headers["location"] == f"{BASE}?which=unlikely"
    refused = anna.sends(f"{BASE}/{lacking[1]}/put-aside", which="unlikely")
    assert refused.status_code == 409
    assert 'which=unlikely" aria-current="true"' in refused.text
    answer = anna.sends(f"{BASE}/{lacking[1]}/take-up", which="aside")
    assert answer.headers["location"] == f"{BASE}?which=aside"
    assert anna.sends(f"{BASE}/{lacking[0]}/put-aside", which="nonsense").headers["location"] == BASE


@pytest.mark.parametrize("url", ["", "nonsense", "https://example.org/page", "javascript:alert(1)"])
def test_a_link_to_no_video_is_told_in_place(town, anna, lacking, url):
    answer = anna.sends(f"{BASE}/{lacking[0]}/link", url=url)
    assert answer.status_code == 400
    assert "leads to no video that Relay can fetch" in answer.text
    assert shown(answer.text) == [lacking[2], lacking[0]]


def test_what_is_put_aside_has_its_own_list_and_can_come_back(town, anna, lacking):
    assert anna.sends(f"{BASE}/{lacking[0]}/put-aside").status_code == 303
    assert shown(anna.sees(BASE)) == [lacking[2]]
    page = anna.sees(f"{BASE}?which=aside")
    assert shown(page) == [lacking[0]]
    assert "Put aside by Анна" in page
    assert anna.sends(f"{BASE}/{lacking[0]}/take-up").status_code == 303
    assert shown(anna.sees(BASE)) == [lacking[2], lacking[0]]


def test_the_slower_one_is_told(town, anna, olga, lacking):
    anna.sends(f"{BASE}/{lacking[0]}/put-aside")
    late = olga.sends(f"{BASE}/{lacking[0]}/put-aside")
    assert late.status_code == 409
    assert "Somebody else has just decided" in late.text
    assert olga.sends(f"{BASE}/{lacking[2]}/take-up").status_code == 409
    assert anna.sends(f"{BASE}/999/put-aside").status_code == 404


def test_an_editor_looks_and_a_stranger_does_not(town, boris, vera, lacking):
    page = boris.sees(BASE)
    assert shown(page) == []
    assert "The video is damaged." in page
    for act in ("link", "put-aside", "take-up"):
        assert boris.sends(f"{BASE}/{lacking[0]}/{act}", url="https://school.example/film.mp4").status_code == 403
    assert vera.get(BASE).status_code == 303
    with town.relay.reading() as session:
        assert {match.put_aside for match in session.exec(select(Match))} == {""}


def test_the_first_page_and_coverage_count_them(town, anna, lacking):
    line = "2 posts with our tag and no video that can be fetched"
    assert line in anna.sees("/")
    assert line in anna.sees("/campaigns/proryv80/coverage")
    for number in (lacking[0], lacking[2]):
        anna.sends(f"{BASE}/{number}/put-aside")
    assert "no video that can be fetched" not in anna.sees("/")
    assert "No post waits for you here." in anna.sees(BASE)


def test_the_list_of_posts_says_it_too(town, anna, lacking):
    page = anna.sees("/campaigns/proryv80/posts")
    assert "Only a text." in page
    assert "The video is damaged." in page
    assert f'<a href="{BASE}">Without a video <span class="count">2</span></a>' in page


def test_a_strangers_text_stays_text(town, anna, lacking):
    with town.relay.transaction() as session:
        post = session.get_one(Post, lacking[0])
        post.text, post.author, post.url = "<img src=x onerror=alert(1)>", "<b>", "javascript:alert(1)"
        session.add(post)
    page = anna.sees(BASE)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "javascript:" not in page


def test_each_deed_leads_back_to_the_list_where_it_was_done(town, anna, lacking):
    def done(number, deed, **fields):
        answer = anna.sends(f"{BASE}/{number}/{deed}", **fields)
        return answer.status_code, answer.headers.get("location")

    def listed():
        return [shown(anna.sees(f"{BASE}?which={which}")) for which in ("likely", "unlikely", "aside", "nonsense")]

    assert listed() == [[lacking[2], lacking[0]], [lacking[1]], [], [lacking[2], lacking[0]]]
    assert done(lacking[1], "put-aside", which="unlikely") == (303, f"{BASE}?which=unlikely")
    assert done(lacking[0], "put-aside", which="nonsense") == (303, BASE)
    assert done(lacking[2], "put-aside", which="likely") == (303, BASE)
    assert [sorted(numbers) for numbers in listed()] == [[], [], sorted(lacking), []]
    with town.relay.reading() as session:
        asides = session.exec(select(Match.put_aside).order_by(Match.id)).all()
    assert asides == ["Анна", "Анна", "Анна", ""]
    assert done(lacking[0], "take-up", which="aside") == (303, f"{BASE}?which=aside")
    assert done(lacking[2], "take-up") == (303, BASE)
    assert listed()[0] == [lacking[2], lacking[0]]
    answer = anna.sends(f"{BASE}/{lacking[1]}/put-aside", which="unlikely")
    assert answer.status_code == 409
    assert '<p class="notice" role="alert">Somebody else has just decided' in answer.text
    assert f'<a href="{BASE}?which=unlikely" aria-current="true">' in answer.text
    answer = anna.sends(f"{BASE}/{lacking[0]}/link", url="  ")
    assert answer.status_code == 400
    assert "leads to no video that Relay can fetch" in answer.text
    assert f'<a href="{BASE}" aria-current="true">' in answer.text
    for deed in ("link", "put-aside", "take-up"):
        url = "https://school.example/film.mp4"
        found = [done(number, deed, url=url)[0] for number in (0, 999, 2**31 - 1, 2**31)]
        assert found == [400, 404, 404, 400]


def test_an_empty_list_has_one_page(town, anna):
    page = anna.sees(f"{BASE}?page=3")
    assert "No post waits for you here." in page
    assert 'href="?' not in page
