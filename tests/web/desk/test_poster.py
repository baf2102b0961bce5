from __future__ import annotations

import pytest

from relay.almanac.plan import queries
from relay.models import ClipState
from tests.almanac.cinema import PICTURE, has_version

HERE = "/almanacs/proryv80/film"


@pytest.fixture
def clip(relay, town):
    """A film of one clip of ten seconds, made once."""
    made = town.has_clip(name="Ольга", state=ClipState.approved)
    queries.new(relay, "proryv80", "film", title="Голоса памяти", all_approved=True)
    has_version(relay)
    return made


def style(relay):
    with relay.reading() as session:
        return queries.find(session, "proryv80", "film").style


@pytest.mark.slow
def test_an_editor_takes_a_moment_and_lets_the_film_stand_for_itself_again(relay, clip, boris):
    page = boris.sees(HERE)
    assert "Nobody has chosen a picture" in page
    assert f'action="{HERE}/1/poster"' in page
    answer = boris.sends(f"{HERE}/1/poster", at="0:02,5")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HERE}?version=1#poster")
    assert style(relay) == {"poster": {"clip": clip, "at": 2.48}}
    page = " ".join(boris.sees(HERE).split())
    assert 'Chosen by hand: <a class="moment" href="#player" data-seek="2.48">0:02</a> Ольга' in page
    assert boris.sends(f"{HERE}/1/poster", usual="true").status_code == 303
    assert style(relay) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("at", "said"), [("", "At which moment?"), ("later", "later is no time."), ("0:10", "The film has no moment 0:10.")]
)
def test_a_moment_that_is_none_is_said_on_the_films_page(relay, clip, boris, at, said):
    answer = boris.sends(f"{HERE}/1/poster", at=at)
    assert answer.status_code == 400
    assert said in answer.text
    assert style(relay) == {}


@pytest.mark.slow
def test_who_only_looks_sees_it_without_the_form(relay, clip, anna, boris):
    page = anna.sees(HERE)
    assert "Nobody has chosen a picture" in page
    assert f'action="{HERE}/1/poster"' not in page
    assert boris.sends(f"{HERE}/9/poster", at="1").status_code == 404


@pytest.mark.slow
def test_a_browser_keeps_the_picture_and_asks_for_a_newer_one(relay, clip, boris):
    answer = boris.get(f"{HERE}/1/poster.jpg")
    assert (answer.content, answer.headers["cache-control"]) == (PICTURE, "private, no-store")
    again = boris.get(f"{HERE}/1/poster.jpg", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    (relay.folder("almanacs") / "proryv80_film-v1.jpg").write_bytes(b"another picture")
    newer = boris.get(f"{HERE}/1/poster.jpg", headers={"if-none-match": answer.headers["etag"]})
    assert (newer.status_code, newer.content) == (200, b"another picture")
