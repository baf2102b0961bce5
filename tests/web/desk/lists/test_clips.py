from __future__ import annotations

import re

import pytest

from relay.models import Clip, ClipState
from relay.web.desk.lists import clips
from tests.heard_rows import hearing, keeps


def numbers(page):
    return [int(number) for number in re.findall(r'<a href="/clips/(\d+)', page)]


@pytest.mark.slow
def test_posters_by_state(town, anna, boris, vera):
    first = town.has_clip(name="Ольга", flags=("quiet",))
    second = town.has_clip(state=ClipState.rejected)
    for person in (anna, boris):
        page = person.sees("/campaigns/proryv80/clips")
        assert numbers(page) == [first, second]
        assert 'title="Quiet"' in page
        assert numbers(person.sees("/campaigns/proryv80/clips?state=rejected")) == [second]
    assert vera.get("/campaigns/proryv80/clips").status_code == 303
    assert anna.get("/campaigns/proryv80/clips?state=lost").status_code == 400


@pytest.mark.slow
def test_page_after_page(town, anna, monkeypatch):
    monkeypatch.setattr(clips, "PAGE", 2)
    made = [town.has_clip() for _ in range(5)]
    seen, path = [], "/campaigns/proryv80/clips"
    for _ in range(3):
        page = anna.sees(path)
        seen += numbers(page)
        more = re.search(r'href="(\?[^"]*after=\d+)"', page)
        path = "/campaigns/proryv80/clips" + more[1].replace("&amp;", "&") if more else ""
    assert seen == made
    assert path == ""


@pytest.mark.slow
def test_the_lists_by_state_and_the_way_back(relay, town, anna):
    first = town.has_clip()
    rejected = town.has_clip(state=ClipState.rejected)
    doubtful = town.has_clip(state=ClipState.approved)
    with relay.transaction() as session:
        row = session.get_one(Clip, doubtful)
        row.doubt = "post"
        session.add(row)
    pages = {
        query: anna.sees(f"/campaigns/proryv80/clips{query}")
        for query in ("", "?state=rejected", "?doubtful=true", f"?after={rejected}")
    }
    assert [numbers(page) for page in pages.values()] == [
        [first, rejected, doubtful], [rejected], [doubtful], [doubtful]
    ]  # fmt: skip
    assert ["To the beginning" in page for page in pages.values()] == [False, False, False, True]
    current = [re.findall(r'href="([^"]+)" aria-current="true"', page) for page in pages.values()]
    base = "/campaigns/proryv80/clips"
    assert current == [[base], [f"{base}?state=rejected"], [f"{base}?doubtful=true"], [base]]
    for page in pages.values():
        assert 'Withdrawn? <span class="count">1</span>' in page
        assert "More clips" not in page


def test_a_full_page_is_the_last_one_where_nothing_follows(town, anna, monkeypatch):
    monkeypatch.setattr(clips, "PAGE", 2)
    first, second = town.has_clip(), town.has_clip()
    page = anna.sees("/campaigns/proryv80/clips")
    assert numbers(page) == [first, second]
    assert "More clips" not in page
    assert anna.get("/campaigns/proryv80/clips?after=0").status_code == 400
    assert anna.get(f"/campaigns/proryv80/clips?after={2**31}").status_code == 400


@pytest.mark.slow
def test_words_filters_and_their_chips_stand_in_the_address(town, anna):
    one = town.has_clip(name="Мария Журавлёва", town="Мга", text="Письма с фронта")
    town.has_clip(name="Мария", town="Тосно", text="Письма")
    address = "/campaigns/proryv80/clips?q=письмом+журавлевой&town=Мга&sort=newest"
    page = anna.sees(address)
    assert numbers(page) == [one]
    assert "1 clip found" in page
    chips = re.findall(r'<li><a href="([^"]+)"><span class="soft">(\w+):</span> <b>([^<]+)</b>', page)
    assert [(field, text) for _href, field, text in chips] == [("Words", "письмом журавлевой"), ("Town", "Мга")]
    assert "town=" not in chips[1][0]
    assert "q=" in chips[1][0]
    assert '<option value="Мга" selected>' in page
    page = anna.sees("/campaigns/proryv80/clips?town=Мга&town=Луга&q=стихи")
    assert numbers(page) == []
    assert "No clip is like that." in page
    assert '<input type="hidden" name="town" value="Мга">' in page


@pytest.mark.slow
@pytest.mark.parametrize("query", ["min=x", "since=11.01.2023", "source=0", "consent=maybe", "sort=best", "named=2"])
def test_a_filter_that_nobody_knows_is_told(town, anna, query):
    answer = anna.get(f"/campaigns/proryv80/clips?{query}")
    assert answer.status_code == 400
    assert "The filter can&#39;t be understood" in answer.text


@pytest.mark.slow
def test_every_value_of_every_field_has_its_words_and_works(town, anna):
    from relay.web.words.finding import VALUES

    town.has_clip()
    for field, values in VALUES.items():
        of = "posts" if field in ("match", "video") else "clips"
        for value in values:
            page = anna.sees(f"/campaigns/proryv80/{of}?{field}={value}")
            assert "Remove this filter" in page, (field, value)


@pytest.mark.slow
def test_what_is_said_is_found_shown_with_its_second_and_played_from_there(relay, town, anna, boris):
    clip, other = town.has_clip(name="Анна"), town.has_clip(town="Ладожское озеро")
    keeps(relay, clip, hearing("Нас везли по льду Ладожского озера <b>ночью</b>"))
    for person in (anna, boris):
        page = person.sees("/campaigns/proryv80/clips?q=ладожском+озере")
        assert sorted(numbers(page)) == [clip, other]
        assert "heard at 3 s: <q>Нас везли по льду Ладожского озера &lt;b&gt;ночью&lt;/b&gt;</q>" in page
        assert page.count("heard at") == 1, "what was found in a town's name was not heard"
        assert f'href="/clips/{clip}?at=3"' in page
        assert f'href="/clips/{other}"' in page
    assert "heard at" not in anna.sees("/campaigns/proryv80/clips")
    with relay.transaction() as session:
        session.get_one(Clip, clip).state = ClipState.withdrawn
    page = anna.sees("/campaigns/proryv80/clips?q=ладожском+озере")
    assert (numbers(page), "heard at" in page) == ([other], False)
