"""Files that come with a form: to whom they are handed, and when they go. What reads them is there in name only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.assets import held_files, music, pictures
from relay.almanac.stills import card_stills
from relay.errors import Refused
from tests.almanac.assets.film import has_film
from tests.moderation.town import Town
from tests.web.desk.film.sending import HERE, sends_file

pytestmark = pytest.mark.slow

CAMPAIGN = "/campaigns/proryv80"
WORDS = {
    "pictures": {"source": "Архив", "title": "Лёд"},
    "music": {"title": "Ладога", "author": "Хор", "cleared": "Договор 14"},
}


class Shelf:
    """In the place of `add`: what it was given; `refuses` what comes next."""

    def __init__(self) -> None:
        self.given: list[tuple[bytes, dict[str, Any]]] = []
        self.refuses = False

    def add(self, _relay: object, slug: str, path: Path, **words: Any) -> None:
        assert slug == "proryv80"
        if self.refuses:
            raise Refused("It can't be read.")
        self.given.append((path.read_bytes(), words))


@pytest.fixture
def shelf(relay, monkeypatch) -> Shelf:
    Town(relay)
    found = Shelf()
    for module in (pictures, music):
        monkeypatch.setattr(module, "add", found.add)
    return found


def held(relay) -> list[str]:
    return [each.name for each in relay.folder("incoming", "held").iterdir()]


@pytest.mark.parametrize(("kind", "lacking"), [("pictures", "source"), ("music", "title"), ("music", "cleared")])
def test_a_file_waits_for_the_words_that_it_lacks_and_then_goes(relay, boris, shelf, kind, lacking):
    page, words = f"{CAMPAIGN}/{kind}", WORDS[kind]
    if kind == "music":
        shelf.refuses = True  # as it does where a word is missing
    answer = sends_file(boris, page, ("Лёд.bin", b"content"), **{**words, lacking: "  "})
    assert (answer.status_code, shelf.given) == (400, [])
    assert "“Лёд.bin” is here already; it need not be sent again." in answer.text
    (name,) = held(relay)
    assert held_files.find(relay, name) is not None
    shelf.refuses = False
    answer = sends_file(boris, page, None, **words, held=name)
    assert (answer.status_code, answer.headers["location"], held(relay)) == (303, page, [])
    assert shelf.given == [(b"content", {**words, "person": "Борис", "called": "Лёд.bin"})]


@pytest.mark.parametrize("kind", ["pictures", "music"])
def test_what_can_not_be_read_goes_and_what_was_typed_stays(relay, boris, shelf, kind):
    page, words = f"{CAMPAIGN}/{kind}", WORDS[kind]
    shelf.refuses = True
    answer = sends_file(boris, page, ("Лёд.bin", b"content"), **words)
    assert (answer.status_code, held(relay), "It can&#39;t be read." in answer.text) == (400, [], True)
    assert all(text in answer.text for text in words.values())
    shelf.refuses = False
    answer = sends_file(boris, page, None, **words)
    assert (answer.status_code, "Choose a file first." in answer.text, shelf.given) == (400, True, [])


def test_a_table_of_texts_goes_whatever_it_was(relay, boris, shelf):
    for content, status in ((b"number;text\n7;\xd0\x9c\n", 200), (b"a;b\n1;2\n", 400)):
        assert sends_file(boris, f"{CAMPAIGN}/quotes/table", ("a.csv", content)).status_code == status
        assert held(relay) == []


def test_what_is_proposed_for_a_new_film_is_not_proposed_again_to_whom_took_it_back(relay, boris, shelf):
    page = f"{CAMPAIGN}/films/new"
    proposed = re.compile(r'name="(family|quotes-apart)"[^>]*checked')
    assert sorted(proposed.findall(boris.sees(f"{page}?template=portrait"))) == ["family", "quotes-apart"]
    answer = boris.sends(page, template="portrait", title="Луга", **{"quotes-apart": "yes"})
    assert (answer.status_code, proposed.findall(answer.text)) == (400, ["quotes-apart"])


def test_the_look_as_it_is_and_as_it_would_be(relay, boris, monkeypatch, tmp_path):
    has_film(relay)
    assert 'value="1080" selected' in boris.sees(f"{HERE}/look"), "the shorter side"
    (still := tmp_path / "still.jpg").write_bytes(b"a still")
    asked: list[Any] = []
    monkeypatch.setattr(card_stills, "of_theme", lambda _relay, *words, tried: asked.append((*words, tried)) or still)
    assert boris.get(f"{HERE}/look/ice/title.jpg?accent=%23FFAA00").content == b"a still"
    answer = boris.get(f"{HERE}/look/ice/title.jpg?tried=1&accent=%23FFAA00&letters=ice")
    assert answer.headers["content-type"] == "image/jpeg"
    assert [each[-1] for each in asked] == [None, {"accent": "#ffaa00", "ground": "", "letters": "ice"}]
    assert asked[0][:3] == ("proryv80", "film", "ice")
    assert boris.get(f"{HERE}/look/ice/title.jpg?tried=1&accent=red").status_code == 400
