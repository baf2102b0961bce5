from __future__ import annotations

import pytest

from relay.almanac import plans
from relay.models import ClipState, Render
from relay.publish.withdraw import withdraw

FILM = b"film" * 1000


@pytest.fixture
def film(relay, town, poster):
    """A film of one clip that was rendered once."""
    clip = town.has_clip(name="Ольга", poster=poster(), state=ClipState.approved)
    almanac = plans.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    path = relay.folder("almanacs") / "film-1.mp4"
    path.write_bytes(FILM)
    with relay.transaction() as session:
        session.add(
            Render(
                almanac_id=almanac.id,
                version=1,
                file="almanacs/film-1.mp4",
                manifest="almanacs/film-1.json",
                sha256="0" * 64,
                frames=250,
                fps=25,
                shots_encoded=1,
                shots_reused=0,
                seconds=1,
                at=relay.now(),
            )
        )
    return clip


@pytest.mark.slow
def test_films_are_listed_and_shown(film, anna, boris, vera):
    for person in (anna, boris):
        assert "Голоса памяти" in person.sees("/almanacs")
        page = person.sees("/almanacs/proryv80/film")
        assert 'src="/almanacs/proryv80/film/1"' in page
        assert "Ольга" in page
    for path in ("/almanacs", "/almanacs/proryv80/film", "/almanacs/proryv80/film/1"):
        assert vera.get(path).status_code == 303


@pytest.mark.slow
def test_a_film_plays_in_ranges_and_can_be_taken_along(film, boris):
    answer = boris.get("/almanacs/proryv80/film/1", headers={"range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, FILM[4:8])
    assert answer.headers["content-type"] == "video/mp4"
    answer = boris.get("/almanacs/proryv80/film/1?download=true")
    assert answer.content == FILM
    assert 'filename="proryv80-film-1.mp4"' in answer.headers["content-disposition"]


@pytest.mark.slow
def test_versions_and_files_that_are_not_there(relay, film, boris):
    assert boris.get("/almanacs/proryv80/film/2").status_code == 404
    assert boris.get("/almanacs/proryv80/nothing").status_code == 404
    (relay.folder("almanacs") / "film-1.mp4").unlink()
    assert boris.get("/almanacs/proryv80/film/1").status_code == 404


@pytest.mark.slow
def test_a_film_outside_the_data_folder_is_not_handed_out(relay, film, boris):
    from sqlmodel import select

    (relay.settings.data_dir.parent / "outside.mp4").write_bytes(b"secret")
    with relay.transaction() as session:
        row = session.exec(select(Render)).one()
        row.file = "../outside.mp4"
        session.add(row)
    assert boris.get("/almanacs/proryv80/film/1").status_code == 404


def test_a_film_with_a_withdrawn_clip_says_so(relay, clock, film, boris):
    clock.moves(hours=1)
    withdraw(relay, film, reason="asked in a message", person="Ольга")
    for path in ("/", "/almanacs", "/almanacs/proryv80/film"):
        assert "withdrawn since" in boris.sees(path)
