from __future__ import annotations

import re
from io import BytesIO

import pytest
from PIL import Image

from relay.almanac.assets import cards, pictures
from tests.almanac.assets.film import FILM, has_film, has_picture
from tests.web.desk.film.sending import sends_file

PAGE = "/campaigns/proryv80/pictures"


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def jpeg(size=(320, 180)) -> bytes:
    content = BytesIO()
    Image.new("RGB", size, (90, 80, 70)).save(content, "JPEG")
    return content.getvalue()


def listed(relay):
    return [(one.title, one.source, one.width, one.person) for one in pictures.listing(relay, "proryv80")]


@pytest.mark.media
def test_a_picture_comes_with_its_line_and_is_seen_on_the_page(relay, boris):
    answer = sends_file(boris, PAGE, ("Лёд.jpg", jpeg()), source="ЦГАКФФД", title="Лёд")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert listed(relay) == [("Лёд", "ЦГАКФФД", 320, "Борис")]
    assert f'src="{PAGE}/1.jpg"' in boris.sees(PAGE)
    still = boris.get(f"{PAGE}/1.jpg")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")


@pytest.mark.media
def test_a_picture_without_its_line_need_not_be_sent_again(relay, boris):
    answer = sends_file(boris, PAGE, ("Лёд.jpg", jpeg()), source=" ", title="Лёд")
    assert answer.status_code == 400
    assert "A picture needs the line that says where it is from." in answer.text
    assert "“Лёд.jpg” is here already; it need not be sent again." in answer.text
    held = re.search(r'name="held" value="([\w-]+)"', answer.text)
    assert held is not None
    assert sends_file(boris, PAGE, None, source="ЦГАКФФД", title="Лёд", held=held[1]).status_code == 303
    assert listed(relay) == [("Лёд", "ЦГАКФФД", 320, "Борис")]
    assert list(relay.folder("incoming", "held").iterdir()) == []


@pytest.mark.media
def test_what_is_no_picture_is_told_by_its_name_and_nothing_is_left(relay, boris):
    answer = sends_file(boris, PAGE, ("Лёд.jpg", b"<html>"), source="ЦГАКФФД")
    assert (answer.status_code, "Лёд.jpg is not a picture that Relay can read." in answer.text) == (400, True)
    assert 'value="ЦГАКФФД"' in answer.text
    assert (listed(relay), list(relay.folder("incoming", "held").iterdir())) == ([], [])
    sends_file(boris, PAGE, ("Лёд.jpg", jpeg()), source="ЦГАКФФД")
    again = sends_file(boris, PAGE, ("Снова.jpg", jpeg()), source="x")
    assert (again.status_code, "This picture is there already: number 1." in again.text) == (400, True)


@pytest.mark.slow
def test_a_pictures_words_are_changed_and_it_goes_only_where_no_film_needs_it(relay, boris):
    number = has_picture(relay)
    boris.sends(f"{PAGE}/{number}", source="РГАКФД", title="")
    assert listed(relay)[0][:2] == ("", "РГАКФД")
    assert boris.sends(f"{PAGE}/{number}", source=" ", title="Лёд").status_code == 400
    card = cards.add(relay, *FILM, "picture", words={}, picture=number, person="b")
    answer = boris.sends(f"{PAGE}/{number}", do="remove")
    assert (answer.status_code, "This is in these films: “Голоса памяти” (film)." in answer.text) == (400, True)
    cards.remove(relay, *FILM, card.id, person="b")
    assert boris.sends(f"{PAGE}/{number}", do="remove").status_code == 303
    assert listed(relay) == []
    assert boris.sends(f"{PAGE}/{number}", do="remove").status_code == 404
