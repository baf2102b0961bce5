from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from relay.almanac.delivery import sidecars
from relay.almanac.film import cut
from relay.almanac.film.chapters import Chapter
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Cut, Words
from relay.almanac.film.sound.ducking import MusicBed
from relay.errors import ToolFailed
from relay.media.toolbox import Done, Limits
from tests.almanac.film.test_cut import HOUSE, film, take
from tests.almanac.painting import Painter
from tests.fakes.toolbox import RecordingToolbox


class Photographer(RecordingToolbox):
    """Writes the picture that it is asked for."""

    def run(self, argv: Sequence[str], *, folder: Path, **more: Any) -> Done:
        (folder / argv[-1]).write_bytes(b"poster")
        return super().run(argv, folder=folder, **more)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Cut:
    monkeypatch.setattr(cut, "CardRenderer", Painter)
    return film(take("anna"))


def test_beside_a_film_lie_its_poster_and_its_captions_in_each_language(tmp_path: Path, made: Cut) -> None:
    cues = {"ru": (Cue(1, 2, "Да."),), "en": (Cue(1, 2, "Yes."), Cue(3, 4, "No.")), "de": ()}
    toolbox, film = Photographer(), tmp_path / "film-v1.mp4"
    found = sidecars.files(toolbox, film, replace(made, cues=cues))
    names = [".jpg", ".ru.srt", ".ru.vtt", ".en.srt", ".en.vtt"]
    assert found == [tmp_path / f"film-v1{name}" for name in names]
    assert sorted(tmp_path.iterdir()) == sorted(found)
    assert [path.read_text("utf-8") for path in found] == [
        "poster",
        "1\n00:00:01,000 --> 00:00:02,000\nДа.\n",
        "WEBVTT\nLanguage: ru\n\n00:00:01.000 --> 00:00:02.000\nДа.\n",
        "1\n00:00:01,000 --> 00:00:02,000\nYes.\n\n2\n00:00:03,000 --> 00:00:04,000\nNo.\n",
        "WEBVTT\nLanguage: en\n\n00:00:01.000 --> 00:00:02.000\nYes.\n\n00:00:03.000 --> 00:00:04.000\nNo.\n",
    ]


def test_the_poster_is_one_frame_of_the_film_without_its_metadata(tmp_path: Path, made: Cut) -> None:
    toolbox, film = Photographer(ffmpeg="/usr/bin/ffmpeg"), tmp_path / "film-v1.mp4"
    sidecars.files(toolbox, film, made)
    (call,) = toolbox.calls
    assert call.argv == [
        *("/usr/bin/ffmpeg", "-hide_banner", "-nostdin", "-loglevel", "error"),
        *("-ss", "2.400000", "-threads", "1", "-i", str(film)),
        *("-map", "0:v", "-frames:v", "1", "-q:v", "3", "-map_metadata", "-1", "-update", "1", "-y", "film-v1.jpg"),
    ]
    assert (call.reads, call.limits) == ((film,), Limits(cpu_seconds=60, wall_seconds=300, file_mb=64))
    assert call.folder.parent == tmp_path
    assert call.folder.name.startswith(".")
    assert not call.folder.exists()


def test_without_a_poster_nothing_is_left_behind(tmp_path: Path, made: Cut) -> None:
    class Failing(RecordingToolbox):
        def run(self, argv: Sequence[str], **more: Any) -> Done:
            raise ToolFailed("no")

    with pytest.raises(ToolFailed):
        sidecars.files(Failing(), tmp_path / "film.mp4", replace(made, cues={"ru": (Cue(1, 2, "Да."),)}))
    assert list(tmp_path.iterdir()) == []


def test_the_frame_that_stands_for_a_film_is_its_title_or_a_second_of_its_first_face(
    made: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sidecars.poster_frame(made) == 60
    assert sidecars.poster_frame(film(take("anna", 10), words=Words(), credits=False)) == 25
    assert sidecars.poster_frame(film(take("anna", 2.04), words=Words(), credits=False)) == 25
    assert sidecars.poster_frame(film(take("anna", 1.96), words=Words(), credits=False)) == 24
    house = replace(HOUSE, fps=30)
    assert sidecars.poster_frame(film(take("anna", 9), words=Words(), credits=False, house=house)) == 30


def test_the_manifest_tells_of_chapters_captions_and_music(made: Cut) -> None:
    assert sidecars.told(made) == {"chapters": [], "captions": {}, "captions_said": {}, "music": None}
    music = MusicBed("ab", "mov", "Время", "Свиридов", "cards", "Договор 7")
    whole = replace(
        made,
        chapters=(Chapter(0, "Прорыв"), Chapter(110, "Анна")),
        cues={"ru": (Cue(1, 2, "Да."), Cue(3, 4, "Нет.")), "en": ()},
        music=music,
        house=replace(HOUSE, fps=30),
    )
    said = sidecars.told(whole)["captions_said"]
    assert sidecars.told(whole) == {
        "chapters": [
            {"from": 0, "from_seconds": 0.0, "title": "Прорыв"},
            {"from": 110, "from_seconds": 3.666667, "title": "Анна"},
        ],
        "captions": {"ru": 2},
        "captions_said": {"ru": said["ru"]},
        "music": {
            "title": "Время", "author": "Свиридов", "cleared": "Договор 7", "sha256": "ab", "under": "cards",
        },
    }  # fmt: skip


def test_words_of_captions_are_told_apart_and_their_places_are_not(made: Cut) -> None:
    def said(*cues: Cue) -> object:
        return sidecars.told(replace(made, cues={"ru": cues}))["captions_said"]

    there = said(Cue(1, 2, "Да."), Cue(3, 4, "Нет."))
    assert said(Cue(5, 6, "Нет."), Cue(8, 9, "Да.")) == there
    assert said(Cue(1, 2, "Да."), Cue(3, 4, "Нет!")) != there
