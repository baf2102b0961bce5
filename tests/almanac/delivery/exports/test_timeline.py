from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from relay.almanac.delivery.exports.edit import edit_of
from relay.almanac.delivery.exports.timeline import GENERATOR, ClipFacts, timeline_of
from relay.almanac.film.chapters import Chapter
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Cut
from tests.almanac.delivery.exports.test_edit import film
from tests.almanac.delivery.exports.test_mlt import media

ANNA = ClipFacts(7, "a" * 64, "Анна", "Мга", "originals/anna.mp4", 12)
NOBODY = ClipFacts(9, "b" * 64, "", "")


def made(cut: Cut | None = None, **how: Any) -> Any:
    cut = cut or film()
    edit = how.pop("edit", None) or edit_of(cut)
    return timeline_of(cut, edit, media(edit, music=how.pop("music", True)), {1: ANNA, 2: NOBODY}, **how)


def rows(timeline: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Of each track what stands on it: a gap by its frames, a dissolve by those before and after, a clip by its name,
    its file, its first frame and its frames.
    """
    return {track.name: [_told(item) for item in track] for track in timeline.tracks}


def _told(item: Any) -> tuple[Any, ...]:
    match type(item).__name__:
        case "Gap":
            return ("-", round(item.duration().value))
        case "Transition":
            return ("~", round(item.in_offset.value), round(item.out_offset.value))
    span = item.source_range
    return (item.name, item.media_reference.target_url, round(span.start_time.value), round(span.duration.value))


def test_every_track_is_as_long_as_the_film_and_has_what_is_seen_and_heard_where_it_is() -> None:
    timeline = made()
    assert timeline.name == "Голоса"
    assert timeline.global_start_time.rate == 25
    assert rows(timeline) == {
        "pictures": [
            ("title", "pictures/0.mp4", 0, 44), ("~", 6, 6),
            ("Анна", "pictures/1.mp4", 6, 88), ("~", 6, 6),
            ("clip 9", "pictures/2.mp4", 6, 69),
        ],
        "name 1": [
            ("-", 50), ("~", 0, 10), ("Анна, Мга", "overlays/1-name.png", 0, 38), ("~", 10, 0),
            ("-", 50), ("~", 0, 10), ("name", "overlays/2-name.png", 0, 38), ("~", 10, 0), ("-", 0), ("-", 25),
        ],
        "voices 1": [("-", 38), ("Анна", "sound/1.wav", 0, 100), ("-", 63)],
        "voices 2": [("-", 126), ("clip 9", "sound/2.wav", 0, 75)],
        "music": [("music", "sound/music.wav", 0, 201)],
    }  # fmt: skip
    assert [(track.name, track.kind) for track in timeline.tracks] == [
        ("pictures", "Video"), ("name 1", "Video"), ("voices 1", "Audio"), ("voices 2", "Audio"), ("music", "Audio"),
    ]  # fmt: skip
    assert "music" not in rows(made(music=False))


def test_a_colour_between_two_clips_is_a_hard_cut_under_a_layer() -> None:
    told = rows(made(film(dip="0x000000")))
    assert [each[0] for each in told["pictures"]] == ["title", "~", "Анна", "clip 9"]
    assert told["dip 2"] == [
        ("-", 118), ("~", 0, 10), ("dip", "overlays/2-dip.png", 0, 20), ("~", 10, 0), ("-", 0), ("-", 55),
    ]  # fmt: skip


def test_two_layers_that_touch_have_a_moment_between_their_fades_and_those_without_a_fade_none() -> None:
    edit = edit_of(film())
    ((first, second),) = edit.lanes
    touching = replace(edit, lanes=((first, replace(second, start=first.end)),))
    assert [each[0] for each in rows(made(edit=touching))["name 1"]] == [
        "-", "~", "Анна, Мга", "~", "-", "~", "name", "~", "-", "-",
    ]  # fmt: skip
    plain = replace(edit, lanes=(tuple(replace(one, fade_in=0, fade_out=0) for one in (first, second)),))
    assert [each[0] for each in rows(made(edit=plain))["name 1"]] == ["-", "Анна, Мга", "-", "name", "-"]


def items(timeline: Any) -> list[Any]:
    return [item for item in timeline.tracks[0] if type(item).__name__ == "Clip"]


def test_where_the_original_lies_stands_with_the_clip_and_who_speaks_at_its_beginning() -> None:
    title, anna, nobody = items(made())
    assert dict(anna.metadata["relay"]) == {
        "clip": 7, "sha256": "a" * 64, "town": "Мга", "original": "originals/anna.mp4", "original_first": 12,
    }  # fmt: skip
    (marker,) = anna.markers
    assert (marker.name, marker.comment, dict(marker.metadata["relay"])) == ("Анна, Мга", "Анна, Мга", {"kind": "name"})
    assert (marker.marked_range.start_time.value, marker.marked_range.duration.value) == (6, 0)
    assert list(nobody.markers) == []
    assert [item.metadata["cmx_3600"]["reel"] for item in (title, anna, nobody)] == ["K0000001", "C0000007", "C0000009"]
    assert anna.media_reference.name == "1.mp4"
    assert anna.media_reference.available_range.duration.value == 100


def test_a_card_can_be_set_anew_by_its_words() -> None:
    timeline = made()
    title, *_ = items(timeline)
    generator = title.media_references()[GENERATOR]
    assert (generator.name, generator.generator_kind) == ("title", "relay.title")
    assert dict(generator.parameters) == {"title": "Голоса", "text": "Голоса"}
    assert generator.available_range == title.media_reference.available_range
    assert title.metadata["relay"]["card"] == "title"
    (lane,) = [track for track in timeline.tracks if track.name == "name 1"]
    anna, nobody = [item for item in lane if type(item).__name__ == "Clip"]
    assert dict(anna.media_references()[GENERATOR].parameters) == {"name": "Анна", "town": "Мга", "text": "Анна\nМга"}
    assert dict(nobody.media_references()[GENERATOR].parameters) == {"name": "", "town": "", "text": ""}


def test_chapters_and_captions_are_marks_of_the_whole_film() -> None:
    words = {"ru": (Cue(1.0, 2.5, "Мама"),), "fr": (Cue(3.0, 3.2, "Maman"),)}
    cut = replace(film(), chapters=(Chapter(38, "Анна"),), cues=words)
    told = [
        (mark.name, round(mark.marked_range.start_time.value), round(mark.marked_range.duration.value),
         dict(mark.metadata["relay"]))
        for mark in made(cut).tracks.markers
    ]  # fmt: skip
    assert told[0] == ("Анна", 38, 0, {"kind": "chapter"})
    assert sorted(told[1:], key=lambda each: each[1]) == [
        ("Мама", 25, 38, {"kind": "caption", "language": "ru"}),
        ("Maman", 75, 5, {"kind": "caption", "language": "fr"}),
    ]  # fmt: skip


@pytest.mark.parametrize(("facts", "words"), [(ANNA, "Анна, Мга"), (NOBODY, ""), (ClipFacts(1, "", "", "Мга"), "Мга")])
def test_who_speaks_in_words(facts: ClipFacts, words: str) -> None:
    assert facts.words == words


def test_files_are_called_as_the_program_wants_them() -> None:
    told = rows(made(place=lambda name: f"file:///films/{name}"))
    assert told["pictures"][0][1] == "file:///films/pictures/0.mp4"
    assert told["music"][0][1] == "file:///films/sound/music.wav"
