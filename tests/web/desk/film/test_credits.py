from __future__ import annotations

import pytest

from relay.almanac.assets import backers, emblems, looks
from relay.almanac.assets.backers import CreditEntry
from relay.web.desk.film.credits import rearranged
from tests.almanac.assets.film import FILM, has_emblem, has_film
from tests.web.desk.film.sending import HERE, sends_file

PAGE, OF_FILM = "/campaigns/proryv80/credits", f"{HERE}/credits"
LINES = {"role": ["Организаторы", "Партнёры", "Партнёры"], "name": ["Библиотека", "Газета", ""]}
pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def saves(relay, person, do="save", **fields):
    seen = backers.of_campaign(relay, "proryv80").token
    return person.sends(PAGE, **{"seen": seen, "do": do, "emblem": ["", "", ""], **LINES, **fields})


def names(relay):
    return [line.name for line in backers.of_campaign(relay, "proryv80").lines]


def test_lines_are_saved_moved_and_taken_out_with_all_that_was_typed(relay, boris):
    emblem = has_emblem(relay)
    assert saves(relay, boris, emblem=["", str(emblem), ""]).headers["location"] == PAGE
    assert backers.of_campaign(relay, "proryv80").lines == (
        CreditEntry("Организаторы", "Библиотека"), CreditEntry("Партнёры", "Газета", emblem),
    )  # fmt: skip
    saves(relay, boris, "down-0", name=["Библиотека имени Ельцина", "Газета", "Музей"])
    assert names(relay) == ["Газета", "Библиотека имени Ельцина", "Музей"]
    saves(relay, boris, "drop-1", name=["Газета", "Библиотека", "Музей"])
    assert names(relay) == ["Газета", "Музей"]
    page = boris.sees(PAGE)
    assert 'value="up-0"' in page
    assert page.index('value="Газета"') < page.index('value="Музей"')


def test_a_line_without_its_heading_is_told_and_nothing_typed_is_lost(relay, boris):
    answer = saves(relay, boris, role=["", "Партнёры", ""])
    assert answer.status_code == 400
    assert "A line of the credits needs its heading: organizers, partners …" in answer.text
    assert 'value="Библиотека"' in answer.text
    assert names(relay) == []


def test_two_organizers_never_overwrite_each_other(relay, boris, olga):
    seen = backers.of_campaign(relay, "proryv80").token
    saves(relay, boris)
    answer = olga.sends(PAGE, seen=seen, do="save", role=["x"], name=["y"], emblem=[""])
    assert (answer.status_code, "Somebody changed these lines while you had them open." in answer.text) == (409, True)
    assert 'value="y"' in answer.text
    assert olga.sends(PAGE, do="save", role=["x"], name=["y"], emblem=[""]).status_code == 409
    assert names(relay) == ["Библиотека", "Газета"]


def test_a_film_takes_lines_of_its_own_and_gives_them_up(relay, boris):
    saves(relay, boris)

    def sends(do, **fields):
        return boris.sends(OF_FILM, seen=looks.token(relay, *FILM), do=do, **fields)

    assert "As in every film of the campaign" in boris.sees(OF_FILM)
    sends("own")
    assert [line.name for line in backers.of_film(relay, *FILM).lines] == ["Библиотека", "Газета"]
    assert "This film's own lines" in boris.sees(OF_FILM)
    sends("save", role=["Благодарим"], name=["Жителей Кобоны"], emblem=[""])
    assert backers.of_film(relay, *FILM).lines == (CreditEntry("Благодарим", "Жителей Кобоны"),)
    assert names(relay) == ["Библиотека", "Газета"]
    assert boris.sends(OF_FILM, do="shared").status_code == 409, "without the token nothing is done"
    sends("shared")
    assert backers.of_film(relay, *FILM).own is False


@pytest.mark.parametrize(
    ("do", "order"),
    [
        ("save", "abc"), ("up-0", "abc"), ("up-2", "acb"), ("down-0", "bac"), ("down-2", "abc"), ("drop-1", "ac"),
        ("drop-9", "abc"), ("up-x", "abc"), ("up--1", "abc"), ("up-99999", "abc"), ("burn-1", "abc"),
    ],
)  # fmt: skip
def test_what_a_button_does_to_the_lines(do, order):
    assert "".join(line.name for line in rearranged([CreditEntry("r", name) for name in "abc"], do)) == order


def test_an_emblem_that_stands_somewhere_stays(relay, boris):
    emblem = has_emblem(relay)
    saves(relay, boris, emblem=[str(emblem), "", ""])
    answer = boris.sends(f"{PAGE}/emblems/{emblem}/remove")
    assert (answer.status_code, "This emblem stands in the campaign&#39;s credits." in answer.text) == (400, True)
    saves(relay, boris)
    assert boris.sends(f"{PAGE}/emblems/{emblem}/remove").status_code == 303
    assert emblems.listing(relay, "proryv80") == []


@pytest.mark.parametrize("sign", ["9", "x", "-1", "9" * 30])
def test_an_emblem_that_is_not_there_is_no_emblem(relay, boris, sign):
    assert saves(relay, boris, emblem=[sign, "", ""]).status_code in (303, 404)
    assert {line.emblem for line in backers.of_campaign(relay, "proryv80").lines} <= {None}


@pytest.mark.media
def test_an_emblem_comes_with_its_line_and_is_seen_on_the_cards(relay, boris):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><circle cx="5" cy="5" r="5" fill="#a11"/></svg>'
    sent = sends_file(boris, f"{PAGE}/emblems", ("Герб.svg", svg), role="Организаторы", name="Район")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{PAGE}#emblems")
    assert backers.of_campaign(relay, "proryv80").lines == (CreditEntry("Организаторы", "Район", 1),)
    for address in (f"{PAGE}/emblems/1.jpg", f"{PAGE}/night.jpg"):
        still = boris.get(address)
        assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg"), address
    refused = sends_file(boris, f"{PAGE}/emblems", ("x.png", b"no"), role="Организаторы", name="Район")
    assert (refused.status_code, "x.png is not a picture that Relay can read." in refused.text) == (400, True)
    assert 'value="Район"' in refused.text
