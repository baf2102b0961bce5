"""Whether the record is whole, its head to take along, and a film with its protocols."""

from __future__ import annotations

import pytest

from relay.almanac.delivery import sign_off
from relay.almanac.delivery.reviewing import protocols, sealed_films
from tests.almanac.assets.film import has_film
from tests.almanac.cinema import has_version
from tests.almanac.delivery.reviewing.test_protocols import BOXES
from tests.chain.record import RecordOfTests

pytestmark = pytest.mark.slow

FILM = "/almanacs/proryv80/film"


def test_an_organizer_sees_that_nobody_has_changed_anything(olga, relay):
    page = olga.sees("/audit/whole")
    assert "Nobody has changed what was recorded." in page
    assert protocols.public_key(relay) in page
    assert 'href="/audit/whole"' in olga.sees("/audit")
    head = olga.get("/audit/head.json")
    assert head.headers["content-disposition"].startswith('attachment; filename="head-')
    assert head.json()["relay"] == "head of the record"


def test_an_organizer_sees_what_somebody_changed(olga, relay):
    record = RecordOfTests(relay)
    record.goes_on()
    record.tampers("UPDATE event SET person = 'Вера' WHERE id = 1")
    page = olga.sees("/audit/whole")
    assert "1 place was changed by somebody who is not Relay" in page
    assert "What is recorded was changed later." in page
    assert "event 1" in page


def test_an_editor_attaches_the_protocols_and_everybody_takes_the_film_along(relay, boris, visit, tmp_path):
    has_film(relay)
    has_version(relay, content=BOXES)
    pavel = visit("pavel")
    assert "The film with its protocols" not in boris.sees(FILM), "nobody has said anything yet"
    assert "Nobody has given a verdict on version 1 yet." in boris.sends(f"{FILM}/1/protocol").text
    link = sign_off.ask(relay, "proryv80", "film", to="К. А. Веденеев", person="Ольга")
    sign_off.decide(relay, link.secret, "agreed")
    assert "Attach the protocols to version 1" in boris.sees(FILM)
    assert "The film with its protocols" not in pavel.sees(FILM)
    assert pavel.get(f"{FILM}/1/protocol.mp4").status_code == 404
    assert boris.sends(f"{FILM}/1/protocol").headers["location"] == f"{FILM}?version=1"
    assert f'href="{FILM}/1/protocol.mp4"' in pavel.sees(FILM)
    assert "Make it anew" in boris.sees(FILM)
    taken = tmp_path / "film.mp4"
    taken.write_bytes(pavel.get(f"{FILM}/1/protocol.mp4").content)
    (said,) = sealed_films.compare(taken, protocols.public_key(relay))
    assert said.holds
    assert boris.sends(f"{FILM}/9/protocol").status_code == 404
