from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from relay.almanac.delivery.exports import media
from relay.almanac.delivery.exports.edit import LayerKind, edit_of
from relay.almanac.delivery.exports.media import ExportMedia, MediaMaker
from relay.almanac.film.cues import Cue
from relay.almanac.film.cut import Cut
from relay.almanac.film.sound.mix import MixTrack
from relay.almanac.film.timeline import ShotKind, Span
from relay.media.toolbox import Toolbox
from tests.almanac.delivery.exports.test_edit import film


def test_every_frame_of_an_item_is_made_once_and_what_no_name_lies_over_is_the_film_s_own() -> None:
    cut = film()
    bare = media.bare(cut)
    spans = {
        item: [shot.span for shot in bare.timeline.shots if shot.item == item] for item in range(len(cut.compositions))
    }
    for item, parts in spans.items():
        edges = [0, *(part.last for part in parts)]
        assert [part.first for part in parts] == edges[:-1]
        assert edges[-1] == cut.timeline.items[item].frames
    assert spans[0] == [Span(0, 38), Span(38, 50)]
    assert all(shot.kind is not ShotKind.fade for shot in bare.timeline.shots)
    own = {(shot.item, shot.span) for shot in cut.timeline.shots if shot.kind is ShotKind.card}
    assert own <= {(shot.item, shot.span) for shot in bare.timeline.shots}


def test_names_are_off_the_clips_and_words_stay_on_the_cards() -> None:
    bare = media.bare(film(burned=True))
    assert [look.layers for look in bare.compositions[1:]] == [(), ()]
    assert bare.timeline.frames == film().timeline.frames


def maker(cut: Cut, folder: Path) -> MediaMaker:
    return MediaMaker(cut, edit_of(cut), folder, Toolbox(), folder / "cache", {0: "title", 1: "Анна, Мга"})


def drawn(path: Path, size: tuple[int, int]) -> str:
    Image.new("RGBA", size, (200, 10, 10, 255)).save(path, format="PNG")
    return str(path)


@pytest.mark.slow
def test_what_lies_over_the_film_is_as_large_as_it_and_lies_where_it_lies_there(tmp_path: Path) -> None:
    cut = film(dip="0x102030", burned=True)
    names = {layer.sha256 for look in cut.compositions for layer in look.layers}
    made = maker(replace(cut, files={name: Path(drawn(tmp_path / name, (30, 20))) for name in names}), tmp_path)
    made._overlays()
    assert sorted(made.made.overlays.values()) == [
        "overlays/002 Анна, Мга caption 2.png", "overlays/002 Анна, Мга name 1.png",
        "overlays/003 dip 2.png", "overlays/003 name 1.png",
    ]  # fmt: skip
    for layer, name in made.made.overlays.items():
        with Image.open(tmp_path / name) as image:
            assert (image.size, image.mode) == ((1280, 720), "RGBA")
            if layer.kind is LayerKind.dip:
                assert image.getextrema() == ((16, 16), (32, 32), (48, 48), (255, 255))
            else:
                assert image.getbbox() == (layer.x, layer.y, layer.x + 30, layer.y + 20)


def test_captions_are_written_in_two_forms_in_each_language_that_has_any(tmp_path: Path) -> None:
    made = maker(replace(film(), cues={"fr": (), "ru": (Cue(1, 2, "Мама"),)}), tmp_path)
    made._captions()
    assert made.made.captions == {"ru": ("captions/ru.srt", "captions/ru.vtt")}
    assert sorted(path.name for path in (tmp_path / "captions").iterdir()) == ["ru.srt", "ru.vtt"]
    assert (tmp_path / "captions/ru.srt").read_text("utf-8").startswith("1\n00:00:01,000 --> 00:00:02,000\nМама")
    assert (tmp_path / "captions/ru.vtt").read_text("utf-8").startswith("WEBVTT")


def test_every_file_is_named_once() -> None:
    edit = edit_of(film())
    (first, second), *_ = edit.lanes
    made = ExportMedia(
        {0: "pictures/0.mp4"}, {first: "overlays/a.png", second: "overlays/a.png"}, {1: "sound/1.wav"}, "sound/m.wav",
        {"ru": ("captions/ru.srt", "captions/ru.vtt")},
    )  # fmt: skip
    assert made.files() == [
        "pictures/0.mp4", "overlays/a.png", "sound/1.wav", "sound/m.wav", "captions/ru.srt", "captions/ru.vtt",
    ]  # fmt: skip
    assert ExportMedia().files() == []


def test_progress_only_grows_and_ends_with_all() -> None:
    seen: list[tuple[int, int, str]] = []
    told = media._Told(10, 2, lambda done, total, what: seen.append((done, total, what)))
    told._tell(8, "shots")
    told.step("export")
    told._tell(9, "sound")
    assert seen == [(0, 12, ""), (8, 12, "shots"), (9, 12, "export"), (12, 12, "sound")]


def test_a_clips_sound_begins_with_itself() -> None:
    seen: list[Any] = []
    track = MixTrack(*("x" if field.type == "str" else 0 for field in fields(MixTrack)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(media.mix, "mix", lambda tracks, frames, house, **more: seen.append((tracks, frames, more)) or ())
        media.voice(replace(track, start=77, frames=30), film(), 1.5)
    (((one,), frames, more),) = seen
    assert (one.start, frames, more) == (0, 30, {"extra": 1.5})
