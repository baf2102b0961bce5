from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from relay.almanac.delivery.exports import mlt
from relay.almanac.delivery.exports.edit import Edit, edit_of
from relay.almanac.delivery.exports.media import ExportMedia
from relay.almanac.film.chapters import Chapter
from tests.almanac.delivery.exports.test_edit import film


def media(edit: Edit, *, music: bool = True) -> ExportMedia:
    return ExportMedia(
        pictures={piece.item: f"pictures/{piece.item}.mp4" for piece in edit.pieces},
        overlays={one: f"overlays/{one.item}-{one.kind}.png" for lane in edit.lanes for one in lane},
        voices={piece.item: f"sound/{piece.item}.wav" for lane in edit.voices for piece in lane},
        music="sound/music.wav" if music else "",
    )


def root(edit: Edit, **more: object) -> Element:
    return ElementTree.fromstring(mlt.written(edit, media(edit, **more), {1: "Анна"}, [Chapter(38, "Анна")]))


def said(element: Element) -> dict[str, str]:
    return {str(one.get("name")): one.text or "" for one in element.findall("property")}


def row(found: Element, name: str) -> list[tuple[str, int]]:
    """What stands in a playlist, by its producer or as `-`, and for how many frames."""
    files = {one.get("id"): said(one)["resource"] for one in found.findall("producer")}
    told = []
    for one in found.find(f"playlist[@id='{name}']") or ():
        if one.tag == "blank":
            told.append(("-", int(str(one.get("length")))))
        elif one.tag == "entry":
            producer = str(one.get("producer"))
            told.append((files.get(producer, producer), int(str(one.get("out"))) - int(str(one.get("in"))) + 1))
    return told


def test_bodies_and_dissolves_follow_each_other_and_are_as_long_as_the_film() -> None:
    edit = edit_of(film())
    pictures = row(root(edit), "pictures")
    assert pictures == [
        ("pictures/0.mp4", 38), ("dissolve1", 12), ("pictures/1.mp4", 76), ("dissolve2", 12), ("pictures/2.mp4", 63),
    ]  # fmt: skip
    assert sum(frames for _name, frames in pictures) == edit.frames


def test_a_dip_is_no_dissolve_but_a_colour_that_comes_and_goes() -> None:
    edit = edit_of(film(dip="0x000000"))
    found = root(edit)
    assert [name for name, _frames in row(found, "pictures")] == [
        "pictures/0.mp4", "dissolve1", "pictures/1.mp4", "pictures/2.mp4",
    ]  # fmt: skip
    assert row(found, "overlays2") == [("-", 118), ("overlays/2-dip.png", 20)]
    entry = found.find("playlist[@id='overlays2']/entry/filter")
    assert entry is not None
    assert said(entry) == {"mlt_service": "brightness", "level": "1", "alpha": "0=0;10=1;20=0"}


def test_each_voice_and_the_music_are_on_tracks_that_add_up() -> None:
    edit = edit_of(film())
    found = root(edit)
    assert row(found, "voices1") == [("-", 38), ("sound/1.wav", 100)]
    assert row(found, "voices2") == [("-", 126), ("sound/2.wav", 75)]
    assert row(found, "music") == [("sound/music.wav", edit.frames)]
    mixes = [said(one) for one in found.findall("tractor[@id='film']/transition") if said(one)["mlt_service"] == "mix"]
    assert [(one["b_track"], one["sum"]) for one in mixes] == [("3", "1"), ("4", "1"), ("5", "1")]
    assert root(edit, music=False).find("playlist[@id='music']") is None


def test_shotcut_finds_its_tracks_and_the_chapters() -> None:
    found = root(edit_of(film()))
    names = [said(one).get("shotcut:name") for one in found.findall("playlist")]
    assert names == [None, None, "V1", "V2", "A1", "A2", "A3"]
    marks = found.find("tractor[@id='film']/properties/properties")
    assert marks is not None
    assert said(marks)["start"] == "00:00:01.520"
    profile = found.find("profile")
    assert profile is not None
    assert profile.attrib.items() >= {"width": "1280", "height": "720", "colorspace": "709"}.items()


def test_a_name_that_comes_at_once_has_no_fade() -> None:
    edit = edit_of(film())
    plain = replace(
        edit, lanes=tuple(tuple(replace(one, fade_in=0, fade_out=0) for one in lane) for lane in edit.lanes)
    )
    assert root(plain).find("playlist[@id='overlays1']/entry/filter") is None
