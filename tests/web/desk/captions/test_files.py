from __future__ import annotations

import pytest

from relay.almanac.captions import editing
from relay.almanac.captions.editing import TypedCue
from tests.web.desk.film.sending import sends_file

pytestmark = pytest.mark.slow
SRT = "1\n00:00:01,000 --> 00:00:03,000\nМы ехали.\n".encode()


@pytest.fixture
def clip(town):
    return town.has_clip(name="Анна")


def said(relay, clip):
    return [cue.text for track in editing.bench(relay, clip).tracks for cue in track.cues]


def test_a_file_is_taken_in_and_taken_along_again(relay, boris, clip):
    here = f"/clips/{clip}/captions"
    answer = sends_file(boris, f"{here}/file", ("a.srt", SRT), code="ru", seen="0", film="film")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{here}?code=ru&film=film")
    file = boris.get(f"{here}/ru.srt")
    assert file.content == SRT
    assert file.headers["content-disposition"] == f'attachment; filename="clip-{clip}.ru.srt"'
    assert boris.get(f"{here}/ru.vtt").text.startswith("WEBVTT")
    assert [boris.get(f"{here}/{name}").status_code for name in ("en.srt", "ru.doc", "RU.srt")] == [404, 400, 400]


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (None, "Choose a file first."),
        (("a.srt", b"nothing"), "There are no captions in this file."),
        (("a.srt", b"x" * ((1 << 20) + 1)), "larger than 1 MB"),
    ],
)
def test_what_is_no_file_of_captions_is_told(relay, boris, clip, file, told):
    answer = sends_file(boris, f"/clips/{clip}/captions/file", file, code="ru", seen="0")
    assert answer.status_code == 400
    assert told in answer.text
    assert said(relay, clip) == []


def test_a_file_does_not_take_the_place_of_what_nobody_has_seen(relay, boris, clip):
    editing.save(relay, clip, [TypedCue("1", "2", "Мы шли.")], language="ru", person="Ольга")
    late = sends_file(boris, f"/clips/{clip}/captions/file", ("a.srt", SRT), code="ru", seen="0")
    assert late.status_code == 409
    assert said(relay, clip) == ["Мы шли."]


def test_a_file_with_the_wrong_token_or_language_is_refused(relay, boris, clip):
    forged = boris.post(f"/clips/{clip}/captions/file", files={"form_token": (None, b"no"), "file": ("a.srt", SRT)})
    assert forged.status_code == 403
    assert sends_file(boris, f"/clips/{clip}/captions/file", ("a.srt", SRT), code="Russian").status_code == 400
    assert said(relay, clip) == []


def test_the_sound_of_a_mute_clip_is_empty(boris, town):
    answer = boris.get(f"/clips/{town.has_clip(flags=('no_sound',))}/captions/sound.json")
    assert answer.json() == {"hop": 0.02, "levels": [], "pauses": []}
    assert boris.get(f"/clips/{town.has_clip()}/captions/sound.json").status_code == 404
