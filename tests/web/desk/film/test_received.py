from __future__ import annotations

import pytest

from relay.almanac.assets import held_files, quotes
from relay.web.desk.film import quotes as quotes_page
from relay.web.desk.film import received
from tests.almanac.assets.film import has_film
from tests.web.desk.film.sending import sends_file

TABLE = "/campaigns/proryv80/quotes/table"
BROKEN_OFF = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nab'
CSV = ("тексты.csv", "номер;текст;автор\n7;Мы выстоим.;Мария\n8;Лёд трещал.;\n".encode())


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


def texts(relay):
    return [one.text for one in quotes.listing(relay, "proryv80")]


def nothing_is_left(relay):
    return list((relay.folder("incoming", "held")).iterdir()) == []


@pytest.mark.slow
def test_a_file_comes_with_its_form_and_leaves_nothing_behind(relay, boris):
    answer = sends_file(boris, TABLE, CSV)
    assert answer.status_code == 200
    assert "Texts added: 2, changed: 0, as they were: 0." in answer.text
    assert texts(relay) == ["Мы выстоим.", "Лёд трещал."]
    assert nothing_is_left(relay)


@pytest.mark.slow
@pytest.mark.parametrize("token", ["", "forged"])
def test_without_the_forms_token_not_a_byte_is_kept(relay, boris, token):
    boris.sees("/campaigns/proryv80/quotes")
    answer = boris.post(TABLE, files={"form_token": (None, token.encode()), "file": CSV})
    assert (answer.status_code, texts(relay), nothing_is_left(relay)) == (403, [], True)


@pytest.mark.slow
def test_the_token_comes_before_the_file(relay, boris):
    boris.sends("/language", language="en")
    token = boris.tokens[str(sorted(boris.cookies.items()))]
    answer = boris.post(TABLE, files=[("file", CSV), ("form_token", (None, token.encode()))])
    assert (answer.status_code, nothing_is_left(relay)) == (403, True)


@pytest.mark.slow
def test_a_form_without_a_file_asks_for_one(relay, boris):
    for file in (None, ("empty.csv", b"")):
        answer = sends_file(boris, TABLE, file)
        assert (answer.status_code, "Choose a file first." in answer.text) == (400, True)
    assert boris.sends(TABLE).status_code == 400
    assert nothing_is_left(relay)


@pytest.mark.slow
def test_what_is_too_large_is_told_in_megabytes(relay, boris, monkeypatch):
    monkeypatch.setattr(quotes_page, "MOST_MB", 0)
    monkeypatch.setattr(received, "AROUND", 100)
    answer = sends_file(boris, TABLE, ("large.csv", b"x" * 2000))
    assert (answer.status_code, "The file is larger than 0 MB." in answer.text) == (400, True)
    assert nothing_is_left(relay)


@pytest.mark.slow
def test_twin_a_length_that_lies_stops_in_the_middle(relay, boris, monkeypatch):
    monkeypatch.setattr(quotes_page, "MOST_MB", 0)  # the length says that it is small enough: AROUND is
    answer = sends_file(boris, TABLE, ("large.csv", b"x" * 2000))
    assert (answer.status_code, nothing_is_left(relay)) == (400, True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"no part"),
        ("multipart/form-data; boundary=x", BROKEN_OFF),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n"),
    ],
)
def test_what_is_no_form_is_refused(relay, boris, kind, body):
    boris.sees("/campaigns/proryv80/quotes")
    answer = boris.post(TABLE, content=body, headers={"content-type": kind})
    assert answer.status_code in (400, 403)
    assert (texts(relay), nothing_is_left(relay)) == ([], True)


def test_words_come_whole_in_every_script(relay, boris):
    answer = sends_file(boris, "/campaigns/proryv80/pictures", ("x.jpg", b"no picture"), source="", title="Лёд “₽” 🕊")
    assert 'value="Лёд “₽” 🕊"' in answer.text
    held = next((relay.folder("incoming", "held")).iterdir())
    assert held_files.find(relay, held.name) is not None, "only its line is missing"
