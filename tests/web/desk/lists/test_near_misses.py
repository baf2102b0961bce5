from __future__ import annotations

import re

import pytest
from sqlmodel import select

from relay.models import Campaign, Event, Match, MatchKind
from relay.web.desk.lists import clips, near_misses, posts, without_video

BASE = "/campaigns/proryv80/near"


@pytest.fixture
def waiting(town):
    """Three posts that look like ours, two of them spelled the same; the numbers of their posts."""
    for tag in ("#прорыв80", "#прорыв80", "#proryv 80"):
        town.has_clip(text=f"Читаю {tag} о прадеде", match=MatchKind.near)
    with town.relay.transaction() as session:
        matches = session.exec(select(Match).order_by(Match.id)).all()
        for match, tag in zip(matches, ("#прорыв80", "#прорыв80", "#proryv 80"), strict=True):
            match.tag = tag
            session.add(match)
        return [match.post_id for match in matches]


def kinds(town):
    with town.relay.reading() as session:
        return [match.kind.value for match in session.exec(select(Match).order_by(Match.id))]


def shown(page):
    return [int(number) for number in re.findall(rf'action="{BASE}/(\d+)/accept"', page)]


@pytest.mark.slow
def test_the_list_marks_the_tag_and_has_its_keys_on_the_first_post(town, anna, waiting):
    page = anna.sees(BASE)
    assert shown(page) == waiting
    assert "Читаю <mark>#прорыв80</mark> о прадеде" in page
    assert "1 more like this" in page
    assert page.count('data-key="KeyA"') == page.count('data-key="KeyN"') == 1


@pytest.mark.slow
def test_one_key_takes_a_post_in_and_proposes_its_spelling(town, anna, waiting):
    answer = anna.sends(f"{BASE}/{waiting[0]}/accept")
    assert answer.status_code == 303
    assert kinds(town) == ["exact", "near", "near"]
    page = anna.sees(answer.headers["location"])
    assert shown(page) == waiting[1:]
    assert "Should #прорыв80 count like the tag itself" in page
    assert "1 more post waits with this spelling." in page
    assert anna.sends("/campaigns/proryv80/aliases", alias="#прорыв80").status_code == 303
    assert kinds(town) == ["exact", "exact", "near"]
    with town.relay.reading() as session:
        assert session.exec(select(Campaign.aliases)).one() == ["#прорыв80"]


@pytest.mark.slow
def test_a_spelling_that_can_be_no_alias_is_not_proposed(town, anna, waiting):
    answer = anna.sends(f"{BASE}/{waiting[2]}/accept")
    assert "count like the tag itself" not in anna.sees(answer.headers["location"])
    for odd in ("#proryv 80", "<b>", "", "x" * 201):
        assert anna.sends("/campaigns/proryv80/aliases", alias=odd).status_code == 400
    assert "count like the tag itself" not in anna.sees(f"{BASE}?taken=%3Cscript%3E")


@pytest.mark.slow
def test_what_is_not_ours_moves_to_its_own_list_and_can_come_back(town, anna, waiting):
    assert anna.sends(f"{BASE}/{waiting[2]}/turn-down").status_code == 303
    assert shown(anna.sees(BASE)) == waiting[:2]
    page = anna.sees(f"{BASE}?turned_down=true")
    assert shown(page) == waiting[2:]
    assert "Turned down by Анна" in page
    anna.sends(f"{BASE}/{waiting[2]}/accept")
    assert kinds(town) == ["near", "near", "exact"]


@pytest.mark.slow
def test_the_slower_one_is_told(town, anna, olga, waiting):
    anna.sends(f"{BASE}/{waiting[0]}/accept")
    late = olga.sends(f"{BASE}/{waiting[0]}/turn-down")
    assert late.status_code == 409
    assert "is no near miss" in late.text
    assert anna.sends(f"{BASE}/999/accept").status_code == 404
    assert kinds(town)[0] == "exact"


@pytest.mark.slow
def test_an_editor_looks_and_a_stranger_does_not(town, boris, vera, waiting):
    assert shown(boris.sees(BASE)) == []
    assert "#прорыв80" in boris.sees(BASE)
    assert boris.sends(f"{BASE}/{waiting[0]}/accept").status_code == 403
    assert boris.sends("/campaigns/proryv80/aliases", alias="#прорыв80").status_code == 403
    assert vera.get(BASE).status_code == 303
    assert kinds(town) == ["near"] * 3


@pytest.mark.slow
def test_a_strangers_text_stays_text(town, anna):
    town.has_clip(text="<img src=x onerror=alert(1)> #прорыв80", author="<b>", match=MatchKind.near)
    page = anna.sees(BASE)
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


@pytest.mark.slow
def test_the_first_page_counts_them(town, anna, waiting):
    assert "3 posts with a look-alike tag" in anna.sees("/")


@pytest.mark.slow
def test_a_tag_below_the_post_is_shown_with_who_wrote_it(town, anna):
    for own, author in ((True, "Ольга"), (False, "<b>Пётр")):
        town.has_clip(text="Читаю о прадеде", match=MatchKind.near)
        with town.relay.transaction() as session:
            match = session.exec(select(Match).order_by(Match.id.desc())).first()
            match.tag, match.matched_in = "#proryv80", "comment"
            comment = {
                "text": "Забыла: #proryv80 <i>",
                "author": author,
                "url": "https://vk.com/wall1_2?reply=3",
                "tag": "#proryv80",
                "own": own,
            }
            details = {"campaign": "proryv80", "comment": comment}
            session.add(match)
            session.add(
                Event(at=match.at, subject="post", subject_id=match.post_id, what="tag in a comment", details=details)
            )
    page = anna.sees(BASE)
    assert "in a comment below the post" in page
    assert page.count("Забыла: <mark>#proryv80</mark> &lt;i&gt;") == 2
    assert "The author added below the post:" in page
    assert "Somebody else wrote below the post:" in page
    assert "&lt;b&gt;Пётр" in page
    assert page.count('href="https://vk.com/wall1_2?reply=3"') == 2
    assert anna.sends(f"{BASE}/{shown(page)[0]}/accept").status_code == 303
    assert kinds(town) == ["exact", "near"]


@pytest.mark.slow
def test_each_key_leads_back_to_the_list_and_says_who_was_faster(town, anna, waiting):
    answer = anna.sends(f"{BASE}/{waiting[2]}/turn-down")
    assert (answer.status_code, answer.headers["location"]) == (303, BASE)
    answer = anna.sends(f"{BASE}/{waiting[2]}/turn-down")
    assert answer.status_code == 409
    assert f'<p class="notice" role="alert">Post {waiting[2]} is turned down already.</p>' in answer.text
    assert shown(answer.text) == waiting[:2]
    assert 'To look at <span class="count">2</span>' in answer.text
    assert "count like the tag itself" not in answer.text
    page = anna.sees(f"{BASE}?turned_down=true")
    assert shown(page) == waiting[2:]
    assert f'<a href="{BASE}?turned_down=true" aria-current="true">Not ours <span class="count">1</span></a>' in page
    answer = anna.sends("/campaigns/proryv80/aliases", alias="<b>")
    assert answer.status_code == 400
    assert "can&#39;t be an alias." in answer.text
    assert anna.sends("/campaigns/proryv80/aliases", alias="x" * 201).status_code == 400
    answer = anna.sends("/campaigns/proryv80/aliases", alias="#прорыв80")
    assert (answer.status_code, answer.headers["location"]) == (303, BASE)
    assert kinds(town) == ["exact", "exact", "near"]
    answer = anna.sends(f"{BASE}/{waiting[0]}/accept")
    assert (answer.status_code, "is no near miss" in answer.text) == (409, True)
    for deed in ("accept", "turn-down"):
        statuses = [anna.sends(f"{BASE}/{number}/{deed}").status_code for number in (0, 999, 2**31 - 1, 2**31)]
        assert statuses == [400, 404, 404, 400]


@pytest.mark.slow
def test_the_list_is_as_long_as_a_page(anna, waiting, monkeypatch):
    monkeypatch.setattr(near_misses, "PAGE", 2)
    page = anna.sees(BASE)
    assert shown(page) == waiting[:2]
    assert 'To look at <span class="count">3</span>' in page


@pytest.mark.slow
def test_what_does_not_fit_on_a_page_stands_on_the_next_one(anna, waiting, monkeypatch):
    monkeypatch.setattr(near_misses, "PAGE", 2)
    first = anna.sees(BASE)
    assert shown(first) == waiting[:2]
    assert f'href="?after={waiting[1]}" rel="next"' in first
    second = anna.sees(f"{BASE}?after={waiting[1]}")
    assert shown(second) == waiting[2:]
    assert 'rel="next"' not in second
    assert f'<a class="button quiet" href="{BASE}"' in second
    anna.sends(f"{BASE}/{waiting[1]}/turn-down")
    assert shown(anna.sees(f"{BASE}?after={waiting[1]}")) == waiting[2:], "the post itself is judged meanwhile"
    anna.sends(f"{BASE}/{waiting[0]}/turn-down")
    anna.sends(f"{BASE}/{waiting[2]}/turn-down")
    turned_down = anna.sees(f"{BASE}?turned_down=true")
    assert f'href="?turned_down=true&amp;after={waiting[1]}" rel="next"' in turned_down
    assert shown(anna.sees(f"{BASE}?turned_down=true&after={waiting[1]}")) == waiting[2:]


def test_the_tag_is_marked_where_it_stands():
    assert near_misses._pieces("Читаю #a о #a", "#a") == ("Читаю ", "#a", " о #a")
    assert near_misses._pieces("Читаю", "#a") == ("Читаю", "", "")
    assert near_misses._pieces("Читаю", "") == ("Читаю", "", "")


def test_lists_have_pages_of_a_size_that_can_be_looked_through():
    assert (clips.PAGE, posts.PAGE, near_misses.PAGE, without_video.PAGE) == (48, 100, 50, 50)


@pytest.mark.slow
def test_the_letter_that_differs_is_marked_with_its_alphabet(town, anna):
    town.has_clip(text="Читаю #рroryv80", match=MatchKind.near)
    with town.relay.transaction() as session:
        match = session.exec(select(Match)).one()
        match.tag = "#рroryv80"
        session.add(match)
    page = anna.sees(BASE)
    assert '<span class="tag">#<b>р</b>roryv80</span>' in page
    assert "<span>р — Cyrillic</span>" in page
