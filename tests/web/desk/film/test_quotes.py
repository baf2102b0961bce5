from __future__ import annotations

import pytest

from relay.almanac.assets import cards, quotes
from relay.models import Clip
from tests.almanac.assets.film import FILM, has_film
from tests.web.desk.film.sending import sends_file

pytestmark = pytest.mark.slow
PAGE = "/campaigns/proryv80/quotes"


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def listed(relay):
    return [(one.number, one.text, one.author) for one in quotes.listing(relay, "proryv80")]


def test_a_text_is_added_changed_and_removed(relay, boris):
    assert boris.sends(PAGE, text="Мы выстоим.", author="Мария").headers["location"] == PAGE
    assert listed(relay) == [("1", "Мы выстоим.", "Мария")]
    assert "Мы выстоим." in boris.sees(f"{PAGE}?quote=1")
    boris.sends(f"{PAGE}/1", text="Выстоим.", number="7", author="")
    assert listed(relay) == [("7", "Выстоим.", "")]
    boris.sends(f"{PAGE}/1", do="remove")
    assert listed(relay) == []


def test_what_is_refused_keeps_what_was_typed(relay, boris):
    quotes.add(relay, "proryv80", "Первый", number="7")
    answer = boris.sends(PAGE, text="Второй <b>текст</b>", number="7", link="ftp://x")
    assert answer.status_code == 400
    assert "A quote&#39;s link begins with https://." in answer.text
    assert "Второй &lt;b&gt;текст&lt;/b&gt;</textarea>" in answer.text
    answer = boris.sends(f"{PAGE}/1", text=" ", number="7")
    assert (answer.status_code, "A quote has a text of up to 4000 letters." in answer.text) == (400, True)
    assert listed(relay) == [("7", "Первый", "")]


def test_where_a_text_is_used_is_shown_and_it_stays(relay, boris, film):
    quotes.add(relay, "proryv80", "Первый")
    cards.add(relay, *FILM, "quote", words={}, quote="1", person="b")
    with relay.transaction() as session:
        session.get_one(Clip, film[0]).quote = "1"
    page = boris.sees(PAGE)
    assert "read by 1 clip" in page
    assert 'href="/almanacs/proryv80/film/cards">Голоса памяти</a>' in page
    answer = boris.sends(f"{PAGE}/1", do="remove")
    assert (answer.status_code, "Clips that read the text 1: 1." in answer.text) == (400, True)


def test_a_table_that_is_none_is_told_with_its_name(relay, boris):
    answer = sends_file(boris, f"{PAGE}/table", ("тексты.csv", b"a;b\n1;2\n"))
    assert (answer.status_code, "тексты.csv is no table of quotes." in answer.text) == (400, True)
    assert listed(relay) == []


def test_a_quote_of_another_campaign_is_not_there(relay, boris):
    assert boris.sends(f"{PAGE}/9", do="remove").status_code == 404
    assert boris.sends(f"{PAGE}/9", text="x").status_code == 404


def test_who_only_looks_sees_no_forms(relay, visit):
    quotes.add(relay, "proryv80", "Первый")
    page = visit("pavel").sees(PAGE)
    assert "Первый" in page
    assert f'action="{PAGE}' not in page
