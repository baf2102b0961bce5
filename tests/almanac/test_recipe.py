from __future__ import annotations

from dataclasses import replace

import pytest

from relay.almanac.recipe import (
    Footage,
    Layer,
    Look,
    Part,
    Still,
    encoder_words,
    fade_argv,
    fade_key,
    fit_chains,
    fitted,
    footage,
    join_argv,
    level,
    part_key,
    seek_seconds,
    sound_join_argv,
    take_argv,
)
from relay.almanac.timeline import House, Span

HOUSE = House()
PLAIN = Footage("a" * 64, 1920, 1080, 20.0, coded=(1920, 1080), container="mov", audio=1, matrix="bt709")
LAYER = Layer("b" * 64, 88, 836, Span(12, 100), 10, 10)
LOOK = Look(PLAIN, 500, 0, LAYER)
VERSION = "ffmpeg version 9"


def fit(source: Footage) -> str:
    return ";".join(fit_chains(source, HOUSE, "t", "c"))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), (1920, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((1918, 1078), (1920, 1080)),
        ((1080, 1920), (608, 1080)),
        ((480, 848), (612, 1080)),
        ((640, 480), (1440, 1080)),
        ((640, 272), (1920, 816)),
        ((1000, 1000), (1080, 1080)),
        ((4000, 100), (1920, 48)),
        ((100, 9000), (12, 1080)),
    ],
)
def test_pictures_are_as_large_as_fits(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert fitted(replace(PLAIN, width=size[0], height=size[1]), HOUSE) == wanted


def test_a_picture_that_is_right_already_is_only_held_to_its_size() -> None:
    """Its size may change midway, whatever the file's head says."""
    words = fit(PLAIN)
    assert words.startswith("[t]scale=1920:1080:")
    assert words.endswith("format=yuv420p[c]")


@pytest.mark.parametrize(
    ("change", "has", "lacks"),
    [
        ({"matrix": "bt470bg"}, ["colorspace", "ispace=bt470bg"], ["zscale"]),
        ({"matrix": ""}, [], ["colorspace"]),
        ({"matrix": "", "width": 640, "height": 480, "coded": (640, 480)}, ["ispace=smpte170m"], []),
        ({"matrix": "bt2020nc"}, ["iall=bt2020"], []),
        ({"full_range": True}, ["in_range=pc:out_range=tv"], ["colorspace"]),
        ({"pix_fmt": "yuv420p10le"}, ["format=yuv420p"], ["zscale"]),
        ({"pix_fmt": "yuv420p10le", "hdr": "hlg"}, ["tin=709:pin=2020:min=709"], ["colorspace", "smpte2084"]),
        (
            {"pix_fmt": "yuv420p10le", "hdr": "pq", "matrix": ""},
            ["tin=smpte2084:pin=2020:min=2020_ncl:", "t=arib-std-b67:", "tin=709:"],
            [],
        ),
        ({"pix_fmt": "gbrp", "matrix": "gbr"}, ["scale=", "out_color_matrix=bt709"], ["colorspace", "in_color_matrix"]),
        ({"coded": (1440, 1080)}, ["scale=1920:1080"], ["gblur"]),
        ({"turn": 180}, ["hflip,vflip"], ["transpose"]),
        ({"mirrored": True}, ["hflip"], ["vflip"]),
        ({"width": 1080, "height": 1920, "turn": 90}, ["scale=1080:608", "transpose=clock", "gblur"], []),
        ({"width": 1080, "height": 1920, "turn": 270}, ["scale=1080:608", "transpose=cclock"], []),
        ({"width": 1080, "height": 1920, "coded": (1080, 1920)}, ["scale=608:1080", "gblur"], ["transpose"]),
    ],
)
def test_what_each_kind_of_picture_needs(change: dict[str, object], has: list[str], lacks: list[str]) -> None:
    words = fit(replace(PLAIN, **change))  # type: ignore[arg-type]
    assert [part for part in has if part not in words] == []
    assert [part for part in lacks if part in words] == []


def test_facts_become_footage() -> None:
    technical = {
        "container": "mov", "video_index": 1, "audio_index": 0, "coded_width": 1920, "coded_height": 1080,
        "pix_fmt": "yuvj420p", "matrix": "bt470bg", "range": "", "hdr": "", "rotation": 90, "mirrored": True,
        "interlaced": True, "vfr": True, "video_start": 0.5, "audio_start": 0.1,
    }  # fmt: skip
    seen = footage("c" * 64, width=1080, height=1920, seconds=4.6, has_audio=True, technical=technical)
    assert (seen.video, seen.audio, seen.turn, seen.mirrored) == (1, 0, 90, True)
    assert (seen.full_range, seen.interlaced, seen.uneven) == (True, True, True)
    assert seen.lead == pytest.approx(0.4)
    assert seen.frames(HOUSE) == 125


@pytest.mark.parametrize(("facts", "uneven"), [({"fps": 0.5}, True), ({"fps": 25.0}, False), ({"vfr": True}, True)])
def test_slide_shows_count_as_uneven(facts: dict[str, object], *, uneven: bool) -> None:
    seen = footage("c" * 64, width=640, height=360, seconds=9.0, has_audio=False, technical=facts)
    assert seen.uneven is uneven


@pytest.mark.parametrize("technical", [{}, {"audio_index": None, "rotation": None, "range": None}])
def test_a_row_that_knows_little_is_enough(technical: dict[str, object]) -> None:
    seen = footage("c" * 64, width=640, height=360, seconds=1.0, has_audio=False, technical=technical)
    assert (seen.audio, seen.video, seen.frames(HOUSE)) == (None, 0, 25)


def test_a_foreign_file_may_be_nothing_but_what_it_was_seen_to_be() -> None:
    argv = take_argv("ffmpeg", LOOK, [Part(Span(0, 50))], HOUSE, source="/v/a", pictures={"b" * 64: "/c/b.png"})
    before = argv[: argv.index("-i")]
    for flag, value in (("-f", "mov"), ("-format_whitelist", "mov"), ("-protocol_whitelist", "file")):
        assert before[before.index(flag) + 1] == value
    assert {"-nostdin", "-max_pixels"} <= set(before)


def test_a_take_reads_from_a_whole_second_well_before_it() -> None:
    assert seek_seconds(LOOK, [Part(Span(0, 12))], HOUSE) == 0
    assert seek_seconds(LOOK, [Part(Span(488, 500), raw=True), Part(Span(250, 488))], HOUSE) == 9
    assert seek_seconds(replace(LOOK, first=30), [Part(Span(250, 300))], HOUSE) == 10
    assert seek_seconds(replace(LOOK, source=replace(PLAIN, uneven=True)), [Part(Span(250, 300))], HOUSE) == 8
    assert seek_seconds(replace(LOOK, source=replace(PLAIN, interlaced=True)), [Part(Span(250, 300))], HOUSE) == 0
    assert seek_seconds(Look(Still("d" * 64), 500), [Part(Span(250, 300))], HOUSE) == 0


def test_a_key_changes_with_all_that_shapes_a_shot_and_with_nothing_else() -> None:
    part = Part(Span(12, 100))
    key = part_key(LOOK, part, HOUSE, VERSION)
    other_name = replace(LOOK, layer=replace(LAYER, sha256="e" * 64))
    different = [
        part_key(other_name, part, HOUSE, VERSION),
        part_key(replace(LOOK, first=1), part, HOUSE, VERSION),
        part_key(replace(LOOK, source=replace(PLAIN, sha256="f" * 64)), part, HOUSE, VERSION),
        part_key(LOOK, Part(Span(12, 101)), HOUSE, VERSION),
        part_key(LOOK, replace(part, raw=True), HOUSE, VERSION),
        part_key(LOOK, part, replace(HOUSE, crf=22), VERSION),
        part_key(LOOK, part, replace(HOUSE, width=1280, height=720), VERSION),
        part_key(LOOK, part, HOUSE, "ffmpeg version 10"),
    ]
    assert len({key, *different}) == 1 + len(different)
    rest = Part(Span(100, 350))
    assert part_key(LOOK, rest, HOUSE, VERSION) == part_key(other_name, rest, HOUSE, VERSION)
    assert key == part_key(replace(LOOK, frames=499), part, replace(HOUSE, loudness=-23.0, title_seconds=9), VERSION)


def test_a_dissolve_is_known_by_both_its_sides() -> None:
    keys = {fade_key(*sides, 12, HOUSE, VERSION) for sides in (("a", "b"), ("b", "a"), ("a", "c"))}
    assert len(keys) == 3


def test_what_stands_alone_is_encoded_finer() -> None:
    def crf(look: Look, house: House) -> str:
        argv = take_argv("ffmpeg", look, [Part(Span(0, 50))], house, source="/v/a", pictures={"d" * 64: "/c/d.png"})
        return argv[argv.index("-crf") + 1]

    still, clip = Look(Still("d" * 64), 100), Look(PLAIN, 100)
    assert [crf(still, HOUSE), crf(clip, HOUSE), crf(still, replace(HOUSE, crf=0))] == ["16", "21", "0"]
    dissolve = fade_argv("ffmpeg", "left", "right", 12, HOUSE, "fade.mp4")
    assert dissolve[dissolve.index("-crf") + 1] == "19"


def test_lossless_has_a_profile_of_its_own() -> None:
    assert "high444" in encoder_words(replace(HOUSE, crf=0))
    assert "high" in encoder_words(HOUSE)


@pytest.mark.parametrize(
    ("house", "wanted"),
    [
        (House(), "4.1"),
        (House(fps=30), "4.1"),
        (House(fps=50), "4.2"),
        (House(width=3840, height=2160), "5.1"),
        (House(width=3840, height=2160, fps=50), "5.2"),
        (House(width=320, height=180), "4.1"),
    ],
)
def test_levels(house: House, wanted: str) -> None:
    assert level(house) == wanted


@pytest.mark.parametrize(
    "argv",
    [
        join_argv("ffmpeg", "pictures.mp4", "sound.m4a", "title", "film.mp4"),
        join_argv("ffmpeg", "pictures.mp4", "sound.m4a", "title", "film.mp4", captions={"ru": "ru.srt"}),
        sound_join_argv("ffmpeg", "whole.aac", 9, 4, HOUSE, "sound.m4a"),
    ],
)
def test_no_file_is_left_to_choose_its_own_unit_of_time(argv: list[str]) -> None:
    assert argv[argv.index("-movie_timescale") + 1] == "48000"
