from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from relay.almanac.delivery.exports import files
from relay.almanac.delivery.exports.carried import FILM_LACKS, FilmPart, Target
from relay.almanac.delivery.exports.edit import edit_of
from relay.almanac.delivery.exports.files import ExportSet
from relay.almanac.delivery.exports.timeline import ClipFacts
from relay.almanac.film.chapters import Chapter
from relay.almanac.film.cues import Cue
from tests.almanac.delivery.exports.test_edit import film
from tests.almanac.delivery.exports.test_mlt import media

ANNA = ClipFacts(7, "a" * 64, "Анна", "Мга", "originals/anna.mp4", 12)
NOBODY = ClipFacts(9, "b" * 64, "", "", "", 50)


@pytest.fixture
def all_(tmp_path: Path) -> ExportSet:
    cut = replace(film(), chapters=(Chapter(38, "Анна"),))
    edit = edit_of(cut)
    return ExportSet(cut, edit, media(edit), {1: ANNA, 2: NOBODY}, tmp_path)


ENDINGS: Mapping[Target, str] = {
    Target.otio: "Голоса.otio", Target.fcp7: "Голоса.xml", Target.edl: "Голоса 25fps.edl", Target.mlt: "Голоса.mlt",
    Target.folder: "Голоса.csv",
}  # fmt: skip


@pytest.mark.parametrize("to", [Target.mlt, Target.folder, Target.otio])
def test_a_file_is_called_as_the_film_with_the_ending_of_its_format(all_: ExportSet, to: Target) -> None:
    path = files.write(to, all_, "Голоса", str)
    assert path == all_.folder / ENDINGS[to]
    assert path.stat().st_size > 200


def test_the_list_tells_of_each_item_its_files_and_where_it_stands(all_: ExportSet) -> None:
    path = files.write(Target.folder, all_, "film", lambda head: f"<{head}>")
    head, *rows = csv.reader(
        path.read_text("utf-8-sig").splitlines(), delimiter=";" if ";" in path.read_text() else ","
    )
    assert head[0:3] == ["<number>", "<file>", "<clip>"]
    assert rows == [
        ["1", "pictures/0.mp4", "", "", "", "Голоса", "", "", "", "", "0.000", "2.000"],
        ["2", "pictures/1.mp4", "7", "Анна", "Мга", "", "overlays/1-name.png", "sound/1.wav", "originals/anna.mp4",
         "0.480", "1.520", "5.520"],
        ["3", "pictures/2.mp4", "9", "", "", "", "overlays/2-name.png", "sound/2.wav", "", "2.000", "5.040", "8.040"],
    ]  # fmt: skip


def test_items_are_called_by_who_speaks_or_by_their_number_or_by_what_card_they_are(all_: ExportSet) -> None:
    assert files.titles(all_) == {0: "title", 1: "Анна, Мга", 2: "clip 9"}


def test_final_cut_gets_whole_addresses_the_pictures_size_and_the_chapters(all_: ExportSet) -> None:
    path = files.write(Target.fcp7, all_, "Голоса", str)
    assert path.name == ENDINGS[Target.fcp7]
    here = all_.folder.absolute().as_uri()
    assert f"{here}/pictures/1.mp4" in path.read_text("utf-8")
    root = ElementTree.fromstring(path.read_text("utf-8"))
    shape = root.find(".//sequence/media/video/format/samplecharacteristics")
    assert shape is not None
    assert [(one.tag, one.text) for one in shape][-2:] == [("width", "1280"), ("height", "720")]
    marks = [{one.tag: one.text for one in mark} for mark in root.findall(".//sequence/marker")]
    assert marks == [{"name": "Анна", "comment": "Анна", "in": "38", "out": "-1"}], "each mark once"

    files.made_portable(path, all_.folder, "Голоса Прорыва")
    text = path.read_text("utf-8")
    assert here not in text
    assert "file://localhost/%D0%93%D0%BE%D0%BB%D0%BE%D1%81%D0%B0%20" in text


def test_what_is_no_xml_is_portable_already(all_: ExportSet) -> None:
    path = all_.folder / "film.otio"
    path.write_text(all_.folder.absolute().as_uri())
    files.made_portable(path, all_.folder, "x")
    assert path.read_text() == all_.folder.absolute().as_uri()


def test_a_mark_that_lasts_ends_where_it_ends(all_: ExportSet) -> None:
    from opentimelineio import opentime, schema

    span = opentime.TimeRange(opentime.RationalTime(10, 25), opentime.RationalTime(5, 25))
    made = files._fcp7_marker(schema.Marker(name="Мама", marked_range=span, comment="слова"))
    assert {one.tag: one.text for one in made} == {"name": "Мама", "comment": "слова", "in": "10", "out": "15"}


def test_an_edl_has_one_row_of_pictures(all_: ExportSet) -> None:
    path = files.write(Target.edl, all_, "Голоса", str)
    assert path.name == ENDINGS[Target.edl]
    text = path.read_text("utf-8")
    assert "C0000007" in text
    assert "overlays" not in text
    assert "sound" not in text


def bare(all_: ExportSet) -> ExportSet:
    """Without what a film may hold beside its pictures: no names, captions, music, voices, or chapters."""
    edit = replace(all_.edit, lanes=(), voices=())
    return replace(all_, cut=replace(all_.cut, chapters=(), cues={}), edit=edit, media=media(edit, music=False))


HELD: Mapping[FilmPart, Callable[[ExportSet], ExportSet]] = {
    FilmPart.names: lambda one: replace(one, edit=replace(one.edit, lanes=edit_of(film()).lanes)),
    FilmPart.burned: lambda one: replace(one, edit=replace(one.edit, lanes=edit_of(film(burned=True)).lanes[1:])),
    FilmPart.captions: lambda one: replace(one, cut=replace(one.cut, cues={"ru": (Cue(1.0, 2.5, "Мама"),)})),
    FilmPart.chapters: lambda one: replace(one, cut=replace(one.cut, chapters=(Chapter(38, "Анна"),))),
    FilmPart.music: lambda one: replace(one, media=replace(one.media, music="sound/music.wav")),
    FilmPart.sound: lambda one: replace(one, edit=replace(one.edit, voices=edit_of(film()).voices)),
}


@pytest.mark.parametrize("part", HELD)
@pytest.mark.parametrize("to", [Target.otio, Target.fcp7, Target.edl, Target.mlt])
def test_what_a_format_is_said_to_lack_is_not_in_its_file_and_everything_else_is(
    all_: ExportSet, to: Target, part: FilmPart
) -> None:
    """The film's own file with and without it, which is what people are told before they take it."""
    without = bare(all_)
    with_it = HELD[part](without)
    overlays = {one: f"overlays/{one.item}.png" for lane in with_it.edit.lanes for one in lane}
    voices = {piece.item: f"sound/{piece.item}.wav" for lane in with_it.edit.voices for piece in lane}
    with_it = replace(with_it, media=replace(with_it.media, overlays=overlays, voices=voices))
    written = [files.write(to, one, "film", str).read_text("utf-8") for one in (without, with_it)]
    assert (written[0] == written[1]) is (part in FILM_LACKS[to])
