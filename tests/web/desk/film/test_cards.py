from __future__ import annotations

import pytest

from relay.almanac.assets import cards, looks, quotes
from relay.almanac.plan import queries
from relay.web.desk.film.cards import rows_of
from tests.almanac.assets.film import FILM, has_film, has_picture
from tests.web.desk.film.sending import HERE, changes

PAGE = f"{HERE}/cards"


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def listed(relay):
    return [(one.kind.value, one.before, dict(one.words), one.seconds) for one in cards.listing(relay, *FILM)]


@pytest.mark.slow
def test_every_kind_of_card_is_written_on_the_page(relay, boris, film):
    quotes.add(relay, "proryv80", "Мы выстоим.", author="Мария", number="7")
    number = has_picture(relay)
    changes(relay, boris, "add", kind="chapter", title="Ладога", **{"title.fr": "Ladoga"}, before=film[0])
    changes(relay, boris, "add", kind="quote", quote="7", before=film[1], seconds="6,5")
    changes(relay, boris, "add", kind="place", place="Кобона", date="18 января", before=film[1])
    changes(relay, boris, "add", kind="picture", picture=number, before=0)
    assert listed(relay) == [
        ("chapter", film[0], {"title": "Ладога", "title.fr": "Ladoga"}, 0),
        ("quote", film[1], {"text": "Мы выстоим.", "author": "Мария"}, 6.5),
        ("picture", None, {"title": "Полуторка", "source": "ЦГАКФФД"}, 0),
        ("place", film[1], {"place": "Кобона", "date": "18 января"}, 0),
    ]
    page = boris.sees(PAGE)
    assert [f"{HERE}/cards/{number}.jpg" in page for number in (1, 2, 3, 4)] == [True] * 4
    assert "1 clip: Анна" in page


@pytest.mark.slow
def test_a_card_is_changed_moved_removed_and_brought_back(relay, boris, film):
    changes(relay, boris, "add", kind="chapter", title="Ладога", before=film[0])
    assert 'value="Ладога"' in boris.sees(f"{PAGE}?card=1")
    answer = changes(relay, boris, "edit", card=1, kind="chapter", title="Кобона")
    assert answer.headers["location"] == f"{PAGE}?card=1#card-1"
    changes(relay, boris, "move", card=1, before=film[2])
    changes(relay, boris, "up", card=1)
    changes(relay, boris, "down", card=1)
    changes(relay, boris, "up", card=1)
    assert listed(relay) == [("chapter", film[1], {"title": "Кобона"}, 0)]
    changes(relay, boris, "remove", card=1)
    assert listed(relay) == []
    assert "removed a card · Борис" in boris.sees(PAGE)
    changes(relay, boris, "undo")
    assert listed(relay) == [("chapter", film[1], {"title": "Кобона"}, 0)]


@pytest.mark.slow
def test_the_title_is_a_card_too_in_every_language(relay, boris):
    changes(relay, boris, "title", title="Прорыв", subtitle="Голоса", **{"title.fr": "La percée", "subtitle.fr": ""})
    shown = queries.show(relay, *FILM)
    assert (shown.title, shown.subtitle) == ("Прорыв", "Голоса")
    page = boris.sees(PAGE)
    assert 'name="title.fr" value="La percée"' in page
    changes(relay, boris, "undo")
    assert queries.show(relay, *FILM).title == "Голоса памяти"


@pytest.mark.slow
def test_the_second_editor_gets_a_sentence_and_keeps_what_was_typed(relay, boris, olga, film):
    seen = looks.token(relay, *FILM)
    changes(relay, boris, "add", kind="chapter", title="Ладога", before=film[0])
    answer = olga.sends(f"{PAGE}/add", seen=seen, kind="chapter", title="Моя глава", before=film[1])
    assert answer.status_code == 409
    assert "Борис changed the look of this film while you had it open." in answer.text
    assert 'value="Моя глава"' in answer.text
    assert len(listed(relay)) == 1
    assert olga.sends(f"{PAGE}/add", kind="chapter", title="x").status_code == 409, "without a token nothing is done"


@pytest.mark.slow
def test_a_card_is_shown_without_a_script_before_it_is_kept(relay, boris):
    answer = boris.sends(f"{PAGE}/show", kind="chapter", title="Ладога & лёд", text="x")
    assert answer.status_code == 200
    assert "card-draft.jpg?kind=chapter&amp;title=%D0%9B%D0%B0" in answer.text
    assert 'value="Ладога &amp; лёд"' in answer.text
    assert listed(relay) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("deed", "fields", "status", "said"),
    [
        ("add", {"kind": "chapter", "title": " "}, 400, "A chapter card needs a title."),
        ("add", {"kind": "map", "title": "x"}, 400, "There is no card map."),
        ("add", {"kind": "chapter", "title": "x", "seconds": "long"}, 400, "long is no time."),
        ("add", {"kind": "chapter", "title": "x", "seconds": "nan"}, 400, "A card stands for up to 60 s."),
        ("add", {"kind": "chapter", "title": "x", "before": "999"}, 400, "Clip 999 is not in film."),
        ("up", {"card": "7"}, 404, ""),
        ("remove", {"card": "-1"}, 404, ""),
        ("burn", {}, 404, ""),
        ("undo", {}, 400, "There is nothing to undo here."),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(relay, boris, deed, fields, status, said):
    answer = changes(relay, boris, deed, **fields)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert listed(relay) == []


@pytest.mark.slow
def test_a_card_whose_clip_is_out_of_the_film_is_shown_aside(relay, boris, film):
    cards.add(relay, *FILM, "chapter", words={"title": "Ладога"}, before=film[1], person="b")
    queries.plan(relay, *FILM, given={"district": "Nowhere"}, person="b")
    assert "Not shown: their clip is not in the film any more" in boris.sees(PAGE)
    changes(relay, boris, "move", card=1, before=0)
    assert "Not shown" not in boris.sees(PAGE)


def test_the_film_is_a_row_of_cards_with_the_clips_behind_each(relay, film):
    for title, before in (("1", film[1]), ("2", film[1]), ("3", None)):
        cards.add(relay, *FILM, "chapter", words={"title": title}, before=before, person="b")
    rows, astray = rows_of(queries.show(relay, *FILM), cards.listing(relay, *FILM))
    assert [(row.card.words["title"] if row.card else row.title, [one.clip for one in row.clips]) for row in rows] == [
        (True, [film[0]]),
        ("1", []),
        ("2", [film[1], film[2]]),
        ("3", []),
    ]
    assert astray == []


@pytest.mark.slow
@pytest.mark.media
def test_stills_are_pictures_and_cost_nothing_when_nothing_changed(relay, boris, film):
    changes(relay, boris, "add", kind="chapter", title="Ладога", before=film[0])
    still = boris.get(f"{PAGE}/1.jpg")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
    draft = boris.get(f"{HERE}/card-draft.jpg?kind=chapter&title=%D0%9B")
    assert (draft.status_code, draft.headers["content-type"]) == (200, "image/jpeg")
    kept = sorted(relay.folder("stills").iterdir())
    boris.get(f"{PAGE}/1.jpg")
    assert sorted(relay.folder("stills").iterdir()) == kept
    assert boris.get(f"{PAGE}/9.jpg").status_code == 404
