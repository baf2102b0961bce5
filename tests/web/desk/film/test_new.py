from __future__ import annotations

import pytest

from relay.almanac.assets import styles
from relay.almanac.film.sentences import sentences_of
from relay.almanac.plan import queries
from relay.models import Clip, Inspection
from tests.almanac.assets.film import has_film
from tests.almanac.plan.reading_aloud import TEXT, has_text, hearing
from tests.heard_rows import keeps

PAGE = "/campaigns/proryv80/films/new"
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def film(relay):
    clips = has_film(relay)
    with relay.transaction() as session:
        for clip, district in zip(clips, ("Волховский район", "Лужский район", "Лужский район"), strict=True):
            session.get_one(Clip, clip).district = district
    return clips


def order(relay, name):
    return [one.clip for one in queries.show(relay, "proryv80", name).segments]


def test_templates_are_told_in_plain_words(boris):
    page = boris.sees(PAGE)
    for said in ("Three-minute almanac", "A district&#39;s portrait", "Children&#39;s voices", "Vertical, for stories",
                 "By rules of your own", "Empty"):  # fmt: skip
        assert said in page


def test_a_template_leads_to_the_editing_page_with_its_film(relay, boris, film):
    page = boris.sees(f"{PAGE}?template=portrait")
    assert "Which district is it about?" in page
    assert page.count('type="radio" name="district"') == 2
    answer = boris.sends(PAGE, template="portrait", title="Луга", district="Лужский район", order="age", family="yes")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/almanacs/proryv80/%D0%9B%D1%83%D0%B3%D0%B0/plan"
    assert order(relay, "Луга") == film[1:]
    assert styles.show(relay, "proryv80", "Луга").theme == "paper"
    assert boris.get(answer.headers["location"]).status_code == 200


def test_one_text_by_many_voices_asks_for_its_text_and_waits_for_its_readers(relay, boris):
    has_text(relay)
    page = boris.sees(f"{PAGE}?template=many_voices")
    assert "Which text do they read together?" in page and "7 · Снег лежал до самого апреля." in page
    refused = boris.sends(PAGE, template="many_voices", title="Хор")
    assert (refused.status_code, "This template asks for a text." in refused.text) == (400, True)
    assert boris.sends(PAGE, template="many_voices", title="Хор", name="choir", voices="7").status_code == 303
    assert order(relay, "choir") == []
    waiting = boris.sees("/almanacs/proryv80/choir/plan?panel=proposals")
    assert "Nobody is heard to read these sentences of text 7: 1, 2, 3, 4, 5." in waiting
    assert '<option value="7" selected>' in waiting


def test_the_table_tells_which_sentences_somebody_reads(relay, boris, film):
    has_text(relay)
    for clip in film[:2]:
        keeps(relay, clip, hearing(sentences_of(TEXT), word=0.6))
    with relay.transaction() as session:
        for clip in film[:2]:
            session.get_one(Inspection, session.get_one(Clip, clip).sha256).duration = 20
    boris.sends(PAGE, template="many_voices", title="Хор", name="choir", voices="7")
    shown = queries.show(relay, "proryv80", "choir").segments
    assert sorted({one.clip for one in shown}) == film[:2] and len(shown) > 2
    assert "Reads sentence" in boris.sees("/almanacs/proryv80/choir/plan")


def test_rules_are_given_in_plain_words_and_several_districts_at_once(relay, boris, film):
    boris.sends(PAGE, template="rules", title="Все", name="all", district=["Волховский район", "Лужский район"],
                order="length", **{"per-author": "1"})  # fmt: skip
    rules = queries.show(relay, "proryv80", "all").rules
    assert (rules["district"], rules["per-author"], rules["family"]) == ("Волховский район, Лужский район", "1", "no")
    assert sorted(order(relay, "all")) == film


def test_an_empty_film_is_empty(relay, boris):
    assert boris.sends(PAGE, template="empty", title="Вечер", subtitle="18 января").status_code == 303
    shown = queries.show(relay, "proryv80", "Вечер")
    assert (shown.segments, shown.rules, shown.subtitle) == ([], {}, "18 января")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"template": "portrait", "title": "Луга"}, "This template asks for a district."),
        ({"template": "rules", "title": "Луга", "longest": "soon"}, "“A clip lasts at most” can&#39;t be “soon”."),
        ({"template": "empty", "title": "Луга", "name": "film"}, "There is already an almanac film in proryv80."),
        ({"template": "empty", "title": "Луга", "name": "a/b"}, "An almanac can&#39;t be called"),
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_stays(relay, boris, fields, said):
    answer = boris.sends(PAGE, **fields)
    assert (answer.status_code, said in answer.text, 'value="Луга"' in answer.text) == (400, True, True)
    assert [one.name for one in queries.listing(relay, "proryv80")] == ["film"]


def test_a_template_that_is_not_there(boris):
    assert boris.get(f"{PAGE}?template=opera").status_code == 400
    assert boris.get("/campaigns/proryv80/films/opera.jpg").status_code == 400
    assert boris.get("/campaigns/other/films/new").status_code == 404


def test_films_are_begun_from_their_list(boris, visit):
    assert f'href="{PAGE}"' in boris.sees("/almanacs")
    assert f'href="{PAGE}"' not in visit("pavel").sees("/almanacs")


@pytest.mark.media
def test_a_template_shows_how_its_film_would_begin(boris):
    still = boris.get("/campaigns/proryv80/films/stories.jpg")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
