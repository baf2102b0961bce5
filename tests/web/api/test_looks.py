"""A film's cards, credits, look and still, by programs: all can be taken back, and nobody writes over another."""

from __future__ import annotations

import pytest

from tests.almanac.assets.film import has_emblem, has_film, has_music, has_picture
from tests.almanac.cinema import has_version
from tests.web.api.conftest import fails

pytestmark = pytest.mark.slow

HERE = "/campaigns/proryv80"
FILM = f"{HERE}/almanacs/film"


@pytest.fixture
def boris(program):
    return program("boris")


def test_a_card_is_written_moved_and_all_taken_back(relay, boris):
    first, second, _third = has_film(relay)
    (card,) = boris.does("POST", f"{FILM}/cards", 201, kind="chapter", before=first,
                         words={"title": "Мга", "above": "1943", "title.fr": "Mga"})  # fmt: skip
    (changed,) = boris.does("PATCH", f"{FILM}/cards/{card['id']}", words={"above": "", "text": "Январь"}, seconds=4)
    assert changed["words"] == {"title": "Мга", "title.fr": "Mga", "text": "Январь"}
    assert changed["seconds"] == 4
    (moved,) = boris.does("POST", f"{FILM}/cards/{card['id']}/move", before=second)
    assert moved["before"] == second
    for did in ("moved a card", "changed a card", "added a card"):
        assert boris.reads(f"{FILM}/look")["last"] == {"did": did, "person": "Борис"}
        boris.does("POST", f"{FILM}/look/undo")
    assert boris.reads(f"{FILM}/cards") == []
    fails(boris.patch(f"{FILM}/cards/99", json={}), 404, "not-found")


def test_a_place_card_says_when_and_where(relay, boris):
    has_film(relay)
    (card,) = boris.does("POST", f"{FILM}/cards", 201, kind="place", words={"date": "18 января 1943", "place": "Мга"})
    assert card["words"] == {"date": "18 января 1943", "place": "Мга"}


def test_a_look_that_changed_meanwhile_is_not_changed_blindly(relay, boris):
    has_film(relay)
    seen, old = boris.reads(f"{FILM}/look")["version"], boris.get(f"{FILM}/style").headers["etag"]
    boris.does("PATCH", f"{FILM}/style", theme="night", children="first", titles={"fr": {"title": "Voix"}}, seen=seen)
    fails(boris.patch(f"{FILM}/style", json={"theme": "paper", "seen": seen}), 409, "stale")
    fails(boris.patch(f"{FILM}/style", json={"theme": "paper"}, headers={"if-match": old}), 412, "changed")
    fails(boris.post(f"{FILM}/look/undo", json={"seen": seen}), 409, "stale")
    style = boris.reads(f"{FILM}/style")
    assert (style["theme"], style["children"]) == ("night", "first")


def test_organizers_and_partners_stand_in_order_with_emblems(relay, boris):
    has_film(relay)
    emblem = has_emblem(relay)
    assert [row["id"] for row in boris.reads(f"{HERE}/emblems")] == [emblem]
    boris.does("POST", f"{HERE}/credits", 201, role="Organizers", name="Волхов")
    told = boris.does("POST", f"{HERE}/credits", 201, role="Partners", emblem=emblem)
    assert [(one["role"], one["emblem"]) for one in told["lines"]] == [("Organizers", None), ("Partners", emblem)]
    moved = boris.does("POST", f"{HERE}/credits/2/move", to=1)
    assert [one["role"] for one in moved["lines"]] == ["Partners", "Organizers"]
    fails(boris.put(f"{HERE}/credits", json={"lines": [], "seen": told["token"]}), 409, "stale")
    fails(boris.delete(f"{HERE}/emblems/{emblem}"), 400, "refused")
    assert [one["role"] for one in boris.does("DELETE", f"{HERE}/credits/1")["lines"]] == ["Organizers"]
    boris.does("DELETE", f"{HERE}/emblems/{emblem}", 204)
    fails(boris.delete(f"{HERE}/credits/7"), 404, "not-found")


def test_a_film_has_lines_of_its_own_until_it_gives_them_up(relay, boris):
    has_film(relay)
    boris.does("POST", f"{HERE}/credits", 201, role="Organizers", name="Волхов")
    own = boris.does("POST", f"{FILM}/credits", 201, role="Partners", name="Мга")
    assert (own["own"], [one["name"] for one in own["lines"]]) == (True, ["Волхов", "Мга"])
    boris.does("POST", f"{FILM}/credits/2/move", to=1)
    assert [one["name"] for one in boris.does("DELETE", f"{FILM}/credits/2")["lines"]] == ["Мга"]
    assert boris.does("PUT", f"{FILM}/credits", lines=[])["lines"] == []
    assert boris.does("DELETE", f"{FILM}/credits")["own"] is False


def test_material_is_described_anew_and_thrown_away(relay, boris):
    has_film(relay)
    picture, track = has_picture(relay), has_music(relay)
    quote = boris.does("POST", f"{HERE}/quotes", 201, text="Мы выстоим!", author="Берггольц")
    told = boris.does("PUT", f"{HERE}/quotes/{quote['id']}", text="Мы победим!", number=quote["number"])
    assert (told["text"], told["author"]) == ("Мы победим!", "")
    assert boris.does("PUT", f"{HERE}/pictures/{picture}", source="Архив Волхова")["source"] == "Архив Волхова"
    assert boris.does("PUT", f"{HERE}/music/{track}", title="Вальс", cleared="CC BY")["title"] == "Вальс"
    for path in (f"quotes/{quote['id']}", f"pictures/{picture}", f"music/{track}"):
        boris.does("DELETE", f"{HERE}/{path}", 204)
        fails(boris.delete(f"{HERE}/{path}"), 404, "not-found")


def test_a_film_begins_from_a_template(relay, boris):
    has_film(relay)
    names = [one["name"] for one in boris.reads("/film-templates")]
    made = boris.does("POST", f"{HERE}/almanacs", 201, name="stories", template="stories")
    assert "stories" in names
    assert made["rules"]
    style = boris.reads(f"{HERE}/almanacs/stories/style")
    assert style["height"] > style["width"]
    fails(boris.post(f"{HERE}/almanacs", json={"name": "other", "template": "none"}), 400, "refused")


def test_the_still_of_a_film_is_chosen_and_given_up(relay, boris):
    first = has_film(relay)[0]
    has_version(relay)
    assert boris.reads(f"{FILM}/poster")["by_hand"] is False
    told = boris.does("PUT", f"{FILM}/poster", at=1.5, clip=first)
    assert (told["by_hand"], told["clip"]) == (True, first)
    assert boris.does("DELETE", f"{FILM}/poster")["by_hand"] is False
    still = boris.get(f"{FILM}/renders/1/poster.jpg")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
