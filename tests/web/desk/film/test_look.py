from __future__ import annotations

import pytest

from relay.almanac.assets import looks, styles
from relay.almanac.assets.styles import Change
from tests.almanac.assets.film import FILM, has_film, has_music
from tests.web.desk.film.sending import HERE

PAGE = f"{HERE}/look"
AS_IT_IS = {
    "theme": "night", "accent": "#d6b270", "ground": "#09101e", "shape": "16:9", "size": "1080", "loudness": "-16",
    "transition": "none", "under": "film", "language": "ru", "names": "full", "children": "full", "framing": "faces",
    "credits": "all", "origins": "hidden",
}  # fmt: skip


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def saves(relay, person, **fields):
    return person.sends(PAGE, **{"seen": looks.token(relay, *FILM), **AS_IT_IS, **fields})


@pytest.mark.slow
def test_a_look_is_chosen_on_one_page(relay, boris):
    track = has_music(relay)
    answer = saves(
        relay, boris, theme="paper", own_accent="yes", accent="#155a92", letters="ice", shape="9:16", size="720",
        loudness="-23", transition="cut", music=str(track), under="cards", captions=["ru", "fr"], burn="ru",
        language="fr", names="initials", children="first", framing="whole", credits="film", origins="shown",
    )  # fmt: skip
    assert answer.headers["location"] == PAGE
    shown = styles.show(relay, *FILM)
    assert (shown.theme, shown.accent, shown.ground, shown.letters) == ("paper", "#155a92", "", "ice")
    assert (shown.width, shown.height, shown.loudness, shown.transition) == (720, 1280, -23.0, "cut")
    assert (shown.music, shown.under, shown.captions, shown.burn) == (track, "cards", ["ru", "fr"], "ru")
    assert (shown.language, shown.names, shown.children) == ("fr", "initials", "first")
    assert (shown.framing, shown.credits, shown.origins) == ("whole", "film", "shown")
    page = boris.sees(PAGE)
    for said in ('value="paper" checked', 'value="9:16" selected', 'value="-23" selected', 'value="initials" selected'):
        assert said in page


@pytest.mark.slow
def test_the_form_as_it_is_changes_nothing(relay, boris):
    before = looks.token(relay, *FILM)
    page = boris.sees(PAGE)
    assert all(f'name="{name}"' in page for name in AS_IT_IS)
    saves(relay, boris)
    assert styles.show(relay, *FILM).theme == "night"
    with relay.reading() as session:
        kept = looks.load(session, styles.find(session, *FILM)).style
    assert set(kept) <= {"theme", "under", "framing", "credits", "language", "names", "children", "origins"}
    saves(relay, boris)
    assert len({before, looks.token(relay, *FILM)}) <= 2


@pytest.mark.slow
def test_what_could_not_be_read_is_refused_and_what_was_chosen_stays_in_the_form(relay, boris):
    answer = saves(relay, boris, theme="paper", own_ground="yes", ground="#808080")
    assert answer.status_code == 400
    assert "Nothing could be read well on this ground." in answer.text
    assert 'value="paper" checked' in answer.text
    assert styles.show(relay, *FILM).theme == "night"


@pytest.mark.slow
def test_two_editors_and_undo(relay, boris, olga):
    seen = looks.token(relay, *FILM)
    saves(relay, boris, theme="granite")
    answer = olga.sends(PAGE, **{**AS_IT_IS, "theme": "ice", "seen": seen})
    assert (answer.status_code, "Борис changed the look of this film" in answer.text) == (409, True)
    assert olga.sends(PAGE, **AS_IT_IS).status_code == 409
    assert styles.show(relay, *FILM).theme == "granite"
    olga.sends(f"{PAGE}/undo", seen=looks.token(relay, *FILM))
    assert styles.show(relay, *FILM).theme == "night"
    assert olga.sends(f"{PAGE}/undo", seen=looks.token(relay, *FILM)).status_code == 400


@pytest.mark.slow
@pytest.mark.parametrize(
    "fields",
    [{"theme": "opera"}, {"shape": "7:1"}, {"size": "7"}, {"music": "9"}, {"language": "xx"}, {"names": "nick"}],
)
def test_what_there_is_not_is_refused(relay, boris, fields):
    before = looks.token(relay, *FILM)
    assert saves(relay, boris, **fields).status_code in (400, 404)
    assert looks.token(relay, *FILM) == before


def test_a_film_of_another_size_keeps_it(relay, boris):
    with relay.transaction() as session:
        almanac = styles.find(session, *FILM)
        almanac.style = {"width": 1000, "height": 700}
        session.add(almanac)
    assert 'value="" selected>of its own' in boris.sees(PAGE)
    saves(relay, boris, shape="", size="700")
    shown = styles.show(relay, *FILM)
    assert (shown.width, shown.height) == (1000, 700)


@pytest.mark.slow
def test_who_only_looks_can_save_nothing(relay, visit):
    page = visit("pavel").sees(PAGE)
    assert "inert" in page
    assert "Save the look" not in page


@pytest.mark.slow
@pytest.mark.media
def test_three_themes_stand_side_by_side(relay, boris):
    styles.change(relay, *FILM, Change(theme="ice"), person="b")
    page = boris.sees(PAGE)
    assert [f"{PAGE}/{name}/title.jpg" in page for name in ("ice", "night", "paper")] == [True] * 3
    still = boris.get(f"{PAGE}/ice/chapter.jpg?tried=1&accent=%23155a92")
    assert (still.status_code, still.headers["content-type"]) == (200, "image/jpeg")
    for wrong in ("ice/opera.jpg", "opera/title.jpg", "ice/title.jpg?tried=1&ground=red", "ice/title.jpg?tried=7"):
        assert boris.get(f"{PAGE}/{wrong}").status_code == 400, wrong
