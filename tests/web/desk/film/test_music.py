from __future__ import annotations

import re

import pytest

from relay.almanac.assets import music, styles
from relay.almanac.assets.styles import Change
from relay.media.toolbox import Toolbox
from tests.almanac.assets.film import FILM, has_film, has_music
from tests.web.desk.film.sending import sends_file

PAGE = "/campaigns/proryv80/music"
WORDS = {"title": "Ладога", "author": "Оркестр", "cleared": "Договор 14"}


@pytest.fixture(autouse=True)
def film(relay):
    return has_film(relay)


@pytest.fixture(scope="module")
def tune(tmp_path_factory) -> bytes:
    toolbox, folder = Toolbox(), tmp_path_factory.mktemp("tune")
    toolbox.run([toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "sine=duration=5", "a.mp3"], folder=folder)
    return (folder / "a.mp3").read_bytes()


def listed(relay):
    return [(one.title, one.author, one.cleared, round(one.seconds)) for one in music.listing(relay, "proryv80")]


@pytest.mark.media
def test_a_piece_comes_with_what_allows_it_and_is_heard_on_the_page(relay, boris, tune):
    assert sends_file(boris, PAGE, ("a.mp3", tune), **WORDS).headers["location"] == PAGE
    assert listed(relay) == [("Ладога", "Оркестр", "Договор 14", 5)]
    assert f'src="{PAGE}/1/sound"' in boris.sees(PAGE)
    sound = boris.get(f"{PAGE}/1/sound", headers={"Range": "bytes=0-99"})
    assert (sound.status_code, sound.headers["content-type"], len(sound.content)) == (206, "audio/mpeg", 100)
    assert sound.headers["x-content-type-options"] == "nosniff"


@pytest.mark.media
def test_music_without_its_clearance_need_not_be_sent_again(relay, boris, tune):
    answer = sends_file(boris, PAGE, ("a.mp3", tune), title="Ладога", author="", cleared=" ")
    assert answer.status_code == 400
    assert "Music is taken only with the licence or agreement that allows it." in answer.text
    held = re.search(r'name="held" value="([\w-]+)"', answer.text)
    assert held is not None
    assert sends_file(boris, PAGE, None, **WORDS, held=held[1]).status_code == 303
    assert len(listed(relay)) == 1
    broken = sends_file(boris, PAGE, ("b.mp3", b"no music"), **WORDS)
    assert (broken.status_code, "b.mp3 is not a sound file that Relay can read." in broken.text) == (400, True)
    assert list(relay.folder("incoming", "held").iterdir()) == []


@pytest.mark.slow
def test_a_pieces_words_are_changed_and_it_goes_only_where_no_film_needs_it(relay, boris):
    number = has_music(relay)
    boris.sends(f"{PAGE}/{number}", **WORDS)
    assert listed(relay)[0][:3] == ("Ладога", "Оркестр", "Договор 14")
    assert boris.sends(f"{PAGE}/{number}", title="", author="", cleared="x").status_code == 400
    styles.change(relay, *FILM, Change(music=str(number)), person="b")
    answer = boris.sends(f"{PAGE}/{number}", do="remove")
    assert (answer.status_code, "This is in these films:" in answer.text) == (400, True)
    styles.change(relay, *FILM, Change(music="none"), person="b")
    assert boris.sends(f"{PAGE}/{number}", do="remove").status_code == 303
    assert boris.get(f"{PAGE}/{number}/sound").status_code == 404
