from __future__ import annotations

from dataclasses import replace

import pytest

from relay.almanac.film.ffmpeg import (
    ORDINARY,
    TAGS,
    Composition,
    Hold,
    Overlay,
    ShotPart,
    Still,
    View,
    chunk_argv,
    encoder_words,
    fade_argv,
    fade_graph,
    fade_key,
    filled,
    fit_chains,
    fitted,
    join_argv,
    level,
    listening_argv,
    music_argv,
    music_key,
    part_key,
    rehearsal_argv,
    seek_seconds,
    sound_argv,
    sound_graph,
    sound_join_argv,
    sound_key,
    take_argv,
    take_graph,
)
from relay.almanac.film.footage import Footage, footage
from relay.almanac.film.timeline import Span
from relay.almanac.formats import House
from relay.media.filters import fitting, resampling

HOUSE = House()
PLAIN = Footage("a" * 64, 1920, 1080, 20.0, coded=(1920, 1080), container="mov", audio=1, matrix="bt709")
LAYER = Overlay("b" * 64, 88, 836, Span(12, 100), 10, 10)
LOOK = Composition(PLAIN, 500, 0, LAYER)
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


def test_what_hangs_on_missing_pictures_stays_away_from_the_decoder() -> None:
    technical = {"unkeyed": [[0, 49], [80, 90]], "late": 1.96}
    seen = footage("c" * 64, width=640, height=360, seconds=9.0, has_audio=False, technical=technical)
    assert (seen.unkeyed, seen.hidden) == (49, 1.96)
    look = Composition(seen, 200)
    argv = take_argv("ffmpeg", look, [ShotPart(Span(0, 50))], HOUSE, source="/v", pictures={})
    assert argv[argv.index("-bsf:0") + 1] == "noise=drop=lt(n\\,49)"
    assert argv.index("-bsf:0") < argv.index("-i")
    assert seek_seconds(look, [ShotPart(Span(50, 99))], HOUSE) == 0
    later = take_argv("ffmpeg", look, [ShotPart(Span(125, 150))], HOUSE, source="/v", pictures={})
    assert ("-bsf:0" in later, later[later.index("-ss") + 1]) == (False, "4")
    hole = footage("c" * 64, width=640, height=360, seconds=9.0, has_audio=False, technical={"unkeyed": [[80, 90]]})
    assert hole.unkeyed == 0
    key = part_key(look, ShotPart(Span(0, 50)), HOUSE, VERSION)
    assert key != part_key(replace(look, source=replace(seen, unkeyed=0)), ShotPart(Span(0, 50)), HOUSE, VERSION)


def test_a_foreign_file_may_be_nothing_but_what_it_was_seen_to_be() -> None:
    argv = take_argv("ffmpeg", LOOK, [ShotPart(Span(0, 50))], HOUSE, source="/v/a", pictures={"b" * 64: "/c/b.png"})
    before = argv[: argv.index("-i")]
    for flag, value in (("-f", "mov"), ("-format_whitelist", "mov"), ("-protocol_whitelist", "file")):
        assert before[before.index(flag) + 1] == value
    assert {"-nostdin", "-max_pixels"} <= set(before)


def test_a_take_reads_from_a_whole_second_well_before_it() -> None:
    assert seek_seconds(LOOK, [ShotPart(Span(0, 12))], HOUSE) == 0
    assert seek_seconds(LOOK, [ShotPart(Span(488, 500), raw=True), ShotPart(Span(250, 488))], HOUSE) == 9
    assert seek_seconds(replace(LOOK, first=30), [ShotPart(Span(250, 300))], HOUSE) == 10
    assert seek_seconds(replace(LOOK, source=replace(PLAIN, uneven=True)), [ShotPart(Span(250, 300))], HOUSE) == 8
    assert seek_seconds(replace(LOOK, source=replace(PLAIN, interlaced=True)), [ShotPart(Span(250, 300))], HOUSE) == 0
    assert seek_seconds(Composition(Still("d" * 64), 500), [ShotPart(Span(250, 300))], HOUSE) == 0


def test_a_key_changes_with_all_that_shapes_a_shot_and_with_nothing_else() -> None:
    part = ShotPart(Span(12, 100))
    key = part_key(LOOK, part, HOUSE, VERSION)
    other_name = replace(LOOK, layer=replace(LAYER, sha256="e" * 64))
    different = [
        part_key(other_name, part, HOUSE, VERSION),
        part_key(replace(LOOK, first=1), part, HOUSE, VERSION),
        part_key(replace(LOOK, source=replace(PLAIN, sha256="f" * 64)), part, HOUSE, VERSION),
        part_key(LOOK, ShotPart(Span(12, 101)), HOUSE, VERSION),
        part_key(LOOK, replace(part, raw=True), HOUSE, VERSION),
        part_key(LOOK, part, replace(HOUSE, crf=22), VERSION),
        part_key(LOOK, part, replace(HOUSE, width=1280, height=720), VERSION),
        part_key(LOOK, part, HOUSE, "ffmpeg version 10"),
    ]
    assert len({key, *different}) == 1 + len(different)
    rest = ShotPart(Span(100, 350))
    assert part_key(LOOK, rest, HOUSE, VERSION) == part_key(other_name, rest, HOUSE, VERSION)
    assert key == part_key(replace(LOOK, frames=499), part, replace(HOUSE, loudness=-23.0, title_seconds=9), VERSION)


def test_a_dissolve_is_known_by_both_its_sides() -> None:
    keys = {fade_key(*sides, 12, HOUSE, VERSION) for sides in (("a", "b"), ("b", "a"), ("a", "c"))}
    assert len(keys) == 3


def test_what_stands_alone_is_encoded_finer() -> None:
    def crf(look: Composition, house: House) -> str:
        argv = take_argv("ffmpeg", look, [ShotPart(Span(0, 50))], house, source="/v/a", pictures={"d" * 64: "/c/d.png"})
        return argv[argv.index("-crf") + 1]

    still, clip = Composition(Still("d" * 64), 100), Composition(PLAIN, 100)
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


# What the words say, piece by piece: each of them is seen or heard in the film


def graph_of(look: Composition, *spans: Span, house: House = HOUSE) -> str:
    parts = [ShotPart(span) for span in spans]
    return take_graph(look, parts, house, seek=seek_seconds(look, parts, house))[0]


def test_the_films_frames_are_taken_from_where_reading_began() -> None:
    look = replace(LOOK, first=30)
    assert "[0:0]fps=25:start_time=0,tpad=stop=-1:stop_mode=clone,trim=start_frame=30:end_frame=130," in graph_of(
        look, Span(0, 12), Span(12, 100)
    )
    assert "trim=start_frame=45:end_frame=75,setpts=PTS-STARTPTS[t]" in graph_of(look, Span(90, 120))  # from 3 s on
    argv = take_argv("f", look, [ShotPart(Span(90, 120))], HOUSE, source="/v", pictures={"b" * 64: "/b.png"})
    assert (argv[argv.index("-ss") + 1], argv[argv.index("-t") + 1]) == ("3", "4.000")
    uneven = take_argv(
        "f", Composition(replace(PLAIN, uneven=True), 500), [ShotPart(Span(250, 300))], HOUSE, source="/v", pictures={}
    )
    assert uneven[uneven.index("-ss") - 1 : uneven.index("-ss") + 2] == ["-noaccurate_seek", "-ss", "8"]
    assert "-t" not in uneven[: uneven.index("-i")]
    fields = graph_of(Composition(replace(PLAIN, interlaced=True), 500), Span(250, 300))
    assert fields.startswith("[0:0]bwdif=mode=send_frame:parity=auto:deint=all,fps=25:start_time=0")
    assert "trim=start_frame=250:end_frame=300" in fields


def test_parts_of_a_take_are_cut_from_it() -> None:
    graph = graph_of(LOOK, Span(12, 100), Span(100, 250))
    assert f"{TAGS},split=2[s0][s1];[s0]trim=start_frame=0:end_frame=88,setpts=PTS-STARTPTS[p0]" in graph
    assert graph.endswith("[s1]trim=start_frame=88:end_frame=238,setpts=PTS-STARTPTS[p1]")
    assert graph_of(Composition(PLAIN, 500), Span(12, 100)).endswith(f"[c]{TAGS}[s0];[s0]null[p0]")


def test_a_name_comes_and_goes_where_it_should() -> None:
    comes = "fade=t=in:start_frame=12:nb_frames=10:alpha=1,fade=t=out:start_frame=90:nb_frames=10:alpha=1,"
    whole = graph_of(LOOK, Span(0, 120))
    assert f"{comes}trim=start_frame=0:end_frame=100,setpts=PTS-STARTPTS[l];" in whole
    assert "overlay=x=88:y=836:format=yuv420:eof_action=pass:enable='between(n,12,99)'[o]" in whole
    rest = graph_of(LOOK, Span(90, 120))
    assert f"{comes}trim=start_frame=90:end_frame=100,setpts=PTS-STARTPTS[l];" in rest
    assert "enable='between(n,-78,9)'" in rest
    assert "overlay" not in graph_of(LOOK, Span(100, 120))
    steady = graph_of(replace(LOOK, layer=replace(LAYER, fade_in=0, fade_out=0)), Span(0, 120))
    assert "fade=" not in steady


def test_layers_lie_one_over_the_other() -> None:
    above = replace(LAYER, sha256="e" * 64, x=1, y=2, span=Span(20, 40), fade_in=0)
    look = replace(LOOK, above=(above, replace(LAYER, sha256="f" * 64, span=Span(200, 240))))
    graph, pictures = take_graph(look, [ShotPart(Span(0, 100))], HOUSE, seek=0)
    assert pictures == ["b" * 64, "e" * 64]
    assert "[2:v]scale=out_color_matrix=bt709:out_range=tv,format=yuva420p,loop=loop=-1:size=1" in graph
    assert "fade=t=out:start_frame=30:nb_frames=10:alpha=1,trim=start_frame=0:end_frame=40" in graph
    assert "[o][l1]overlay=x=1:y=2:format=yuv420:eof_action=pass:enable='between(n,20,39)'[o1];[o1]sidedata" in graph
    argv = take_argv("f", look, [ShotPart(Span(0, 100))], HOUSE, source="/v", pictures={"b" * 64: "/b", "e" * 64: "/e"})
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "-i"] == ["/v", "/b", "/e"]


def test_a_card_rises_out_of_black_and_sinks_into_it() -> None:
    card = Composition(Still("d" * 64), 100, from_black=12, to_black=25)
    graph, pictures = take_graph(card, [ShotPart(Span(12, 100))], HOUSE, seek=0)
    assert pictures == ["d" * 64]
    assert graph.startswith("[0:v]scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,loop=loop=-1:size=1,")
    assert "fade=t=in:start_frame=0:nb_frames=12,fade=t=out:start_frame=75:nb_frames=25,trim=start_frame=12:" in graph
    assert "fade" not in graph_of(Composition(Still("d" * 64), 100), Span(0, 100))


def test_a_camera_moves_over_a_still_from_one_view_to_the_other() -> None:
    card = Composition(Still("d" * 64), 100, motion=(View(0.5, 0.5, 1), View(0.4, 0.6, 1.2)))
    so_far = "((in+12)/99)"
    half = f"(0.5/(1.000000+0.200000*{so_far}))"
    x, y = f"(0.500000+-0.100000*{so_far})", f"(0.500000+0.100000*{so_far})"
    left, right, top, bottom = f"W*({x}-{half})", f"W*({x}+{half})", f"H*({y}-{half})", f"H*({y}+{half})"
    corners = ((left, top), (right, top), (left, bottom), (right, bottom))
    words = ":".join(f"x{number}='{one}':y{number}='{other}'" for number, (one, other) in enumerate(corners))
    assert f"perspective={words}:interpolation=cubic:sense=source:eval=frame" in graph_of(card, Span(12, 100))


def test_a_filled_frame_follows_its_holds() -> None:
    upright = House(width=1080, height=1920)
    look = Composition(PLAIN, 100, framing=(Hold(0, 0.3), Hold(50, 0.7, 20)))
    assert filled(PLAIN, upright) == (3414, 1920)
    eased = "(st(0,clip((n+-20)/20,0,1))*0+ld(0)*ld(0)*(3-2*ld(0)))"
    graph = graph_of(look, Span(10, 100), house=upright)
    assert f"crop=w=1080:h=1920:x='clip((0.3000+0.4000*{eased})*iw-540,0,iw-1080)':y='0':exact=1[c]" in graph
    tall = Composition(replace(PLAIN, width=1080, height=1920), 100, framing=(Hold(0, 0.25),))
    assert "crop=w=1920:h=1080:x='0':y='clip((0.2500)*ih-540,0,ih-1080)':exact=1" in graph_of(tall, Span(0, 100))


def test_a_small_picture_stands_before_its_own_blur() -> None:
    words = fit(replace(PLAIN, width=1080, height=1920, coded=(1080, 1920)))
    assert "split[tfit][tfar];[tfar]scale=240:428:flags=area,crop=240:136,setsar=1,gblur=sigma=5," in words
    assert words.endswith("[tfar2][tfit]overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420[c]")


@pytest.mark.parametrize(("height", "matrix"), [(720, ""), (718, "smpte170m")])
def test_unknown_colours_are_those_of_high_definition_from_720_lines_up(height: int, matrix: str) -> None:
    words = fit(replace(PLAIN, width=1280, height=height, coded=(1280, height), matrix=""))
    assert ("colorspace" in words, f"ispace={matrix}:" in words) == (bool(matrix), bool(matrix))


def test_a_dissolve_and_a_dip() -> None:
    assert fade_graph(12) == (
        "[1:v]format=yuva420p,fade=t=in:start_frame=0:nb_frames=12:alpha=1[in];"
        f"[0:v][in]overlay=format=yuv420,{TAGS}[p0]"
    )
    assert fade_graph(13, "0x102030") == (
        "[0:v]trim=end_frame=6,fade=t=out:start_frame=0:nb_frames=6:color=0x102030[a];"
        "[1:v]trim=start_frame=6,setpts=PTS-STARTPTS,fade=t=in:start_frame=0:nb_frames=7:color=0x102030[b];"
        f"[a][b]concat=n=2:v=1:a=0,{TAGS}[p0]"
    )
    argv = fade_argv("f", "left", "right", 12, HOUSE, "t.mp4", "0x102030")
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "-i"] == ["left", "right"]
    assert fade_graph(12, "0x102030") in argv


def test_a_dissolve_is_known_by_its_length_and_its_dip() -> None:
    keys = {
        fade_key("a", "b", 12, HOUSE, VERSION),
        fade_key("a", "b", 13, HOUSE, VERSION),
        fade_key("a", "b", 12, HOUSE, VERSION, "0x000000"),
        fade_key("a", "b", 12, HOUSE, VERSION, "0xffffff"),
        fade_key("a", "b", 12, replace(HOUSE, crf=22), VERSION),
        fade_key("a", "b", 12, HOUSE, "ffmpeg version 10"),
    }
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("span", "seek", "length", "samples"),
    [
        (Span(0, 100), None, "5.000", (0, 192_000)),
        (Span(24, 100), None, "5.000", (46_080, 192_000)),
        (Span(75, 100), "2", "3.000", (48_000, 96_000)),
        (Span(260, 300), "9", "4.000", (67_200, 144_000)),
    ],
)
def test_a_clips_sound_is_cut_to_the_sample(
    span: Span, seek: str | None, length: str, samples: tuple[int, int]
) -> None:
    argv = sound_argv("f", PLAIN, span, HOUSE, path="/v", target="t")
    before = argv[: argv.index("-i")]
    assert (before[before.index("-ss") + 1] if "-ss" in before else None) == seek
    assert before[before.index("-t") + 1] == length
    assert argv[argv.index("-i") + 1] == "/v"
    assert sound_graph(PLAIN, span, HOUSE, seek=int(seek or 0)) in argv
    assert sound_graph(PLAIN, span, HOUSE, seek=int(seek or 0)) == (
        "[0:1]aresample=48000:async=1:min_hard_comp=0.01:first_pts=0,"
        "aformat=sample_fmts=flt:channel_layouts=stereo,apad,"
        f"atrim=start_sample={samples[0]}:end_sample={samples[1]},asetpts=N/SR/TB,ebur128=framelog=quiet[a]"
    )


def test_a_sounds_name_changes_with_the_track_that_is_heard() -> None:
    keys = {
        sound_key(PLAIN, Span(0, 50), HOUSE, VERSION),
        sound_key(replace(PLAIN, audio=2), Span(0, 50), HOUSE, VERSION),
        sound_key(replace(PLAIN, sha256="f" * 64), Span(0, 50), HOUSE, VERSION),
        sound_key(replace(PLAIN, container="matroska"), Span(0, 50), HOUSE, VERSION),
        sound_key(PLAIN, Span(1, 50), HOUSE, VERSION),
        sound_key(PLAIN, Span(0, 50), HOUSE, "ffmpeg version 10"),
    }
    assert len(keys) == 6


def test_captions_listen_to_the_same_track_at_the_same_time() -> None:
    argv = listening_argv("f", replace(PLAIN, audio=2), rate=16_000, path="/v", target="t")
    assert argv[argv.index("-map") + 1] == "0:2"
    heard = "aresample=16000:async=1:min_hard_comp=0.01:first_pts=0,aformat=sample_fmts=flt:channel_layouts=mono"
    assert argv[argv.index("-af") + 1] == heard
    before = argv[: argv.index("-i")]
    assert before[before.index("-format_whitelist") + 1] == "mov"


def test_music_is_heard_whole_and_measured() -> None:
    argv = music_argv("f", "mp3", HOUSE, path="/m", target="t")
    assert argv[argv.index("-af") + 1].endswith("ebur128=framelog=quiet")
    assert (argv[argv.index("-t") + 1], argv[argv.index("-map") + 1]) == ("900", "0:a:0")
    keys = {music_key(["a"], HOUSE, "9"), music_key(["b"], HOUSE, "9"), music_key(["a"], HOUSE, "10")}
    assert len(keys) == 3


def test_the_limiter_works_between_the_samples_too() -> None:
    limiter = "alimiter=limit=0.79433:attack=5:release=80:level=0:latency=1"
    argv = chunk_argv("f", HOUSE, limit=-2, target="t")
    assert f"[0:a]aresample=192000,{limiter},aresample=48000[a]" in argv
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "-map"] == ["[a]", "[m]"]
    assert {"-aac_coder", "160k", "adts", "+bitexact"} <= set(argv)
    assert rehearsal_argv("f", HOUSE, limit=-2)[-4].startswith(f"{limiter},ebur128=framelog=quiet:metadata=1")


def test_the_last_packet_of_sound_is_cut_to_the_films_end() -> None:
    """9 packets of 1024 samples; the first lies before the film, 7 are whole, and of the last 512 are left of 7680."""
    argv = sound_join_argv("f", "whole.aac", 9, 4, HOUSE, "sound.m4a")
    assert argv[argv.index("-itsoffset") + 1] == "-0.021333333"
    assert argv[argv.index("-bsf:a") + 1] == "setts=duration='if(eq(N,8),512/(48000*TB),DURATION)'"


@pytest.mark.parametrize(
    ("more", "inputs", "maps"),
    [
        ({}, ["p", "s"], ["0:v", "1:a"]),
        ({"chapters": "c"}, ["p", "s", "c"], ["0:v", "1:a"]),
        ({"captions": {"ru": "r", "tlh": "k"}}, ["p", "s", "r", "k"], ["0:v", "1:a", "2:s", "3:s"]),
        (
            {"chapters": "c", "captions": {"ru": "r", "tlh": "k"}},
            ["p", "s", "c", "r", "k"],
            ["0:v", "1:a", "3:s", "4:s"],
        ),
    ],
)
def test_what_goes_into_a_film_is_taken_from_where_it_is(
    more: dict[str, object], inputs: list[str], maps: list[str]
) -> None:
    argv = join_argv("f", "p", "s", "Title", "film.mp4", **more)  # type: ignore[arg-type]
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "-i"] == inputs
    assert [argv[place + 1] for place, word in enumerate(argv) if word == "-map"] == maps
    assert ("-map_chapters" in argv) == ("chapters" in more)
    if "chapters" in more:
        assert argv[argv.index("-map_chapters") + 1] == "2"
    bare = "-map_metadata:g" if "chapters" in more else "-map_metadata"
    assert argv[argv.index(bare) + 1] == "-1"
    if "captions" in more:
        named = [argv[argv.index(f"-metadata:s:s:{number}") + 1] for number in range(2)]
        assert named == ["language=rus", "language=und"]
        assert argv[argv.index("-c:s") + 1] == "mov_text"
    assert argv[argv.index("-metadata") + 1] == "title=Title"


def test_shots_can_be_joined_as_they_are() -> None:
    words = encoder_words(HOUSE)
    for flag, value in (
        ("-g", "50"), ("-x264-params", "open-gop=0:stitchable=1"), ("-video_track_timescale", "12800"),
        ("-bsf:v", "filter_units=remove_types=6"), ("-colorspace", "bt709"), ("-color_range", "tv"), ("-crf", "21"),
        ("-map_metadata", "-1"), ("-fps_mode", "passthrough"), ("-threads", "1"),
    ):  # fmt: skip
        assert words[words.index(flag) + 1] == value
    assert "-an" in words


# Whole lists of words: one that is missing or moved changes what comes out


def words(text: str) -> list[str]:
    return text.split()


def test_every_word_of_a_take() -> None:
    look = Composition(replace(PLAIN, container="", video=2, video_waits=0.0), 500, 100)
    argv = take_argv(
        "f", look, [ShotPart(Span(0, 50)), ShotPart(Span(50, 60), raw=True)], HOUSE, source="/v", pictures={}
    )
    quiet = words("-hide_banner -nostdin -loglevel warning -filter_threads 1 -filter_complex_threads 1")
    graph, _ = take_graph(look, [ShotPart(Span(0, 50)), ShotPart(Span(50, 60), raw=True)], HOUSE, seek=3)
    assert argv == [
        "f", *quiet, "-format_whitelist", ORDINARY, "-protocol_whitelist", "file", "-max_pixels", "36864000",
        "-noautorotate", "-reinit_filter", "0", "-ss", "3", "-t", "4.400", "-an", "-sn", "-dn", "-threads", "1",
        "-i", "/v", "-filter_complex", graph,
        "-map", "[p0]", *encoder_words(HOUSE), "-y", "0-50.mp4",
        "-map", "[p1]", "-f", "rawvideo", "-pix_fmt", "yuv420p", "-fps_mode", "passthrough", "-y", "50-60.yuv",
    ]  # fmt: skip
    still = take_argv(
        "f", Composition(Still("d" * 64), 60), [ShotPart(Span(0, 50))], HOUSE, source="", pictures={"d" * 64: "/d"}
    )
    assert still[: still.index("-filter_complex")] == [
        "f", *quiet, "-framerate", "25", "-f", "png_pipe", "-threads", "1", "-i", "/d",
    ]  # fmt: skip


def test_every_word_of_the_encoder() -> None:
    assert encoder_words(House(fps=30, preset="slow", crf=4), 5) == words(
        "-c:v libx264 -preset slow -crf 1 -profile:v high -level 4.1 -pix_fmt yuv420p -g 60 -bf 3 -threads 1 "
        "-x264-params open-gop=0:stitchable=1 "
        "-color_primaries bt709 -color_trc bt709 -colorspace bt709 -color_range tv "
        "-video_track_timescale 15360 -bsf:v filter_units=remove_types=6 "
        "-fps_mode passthrough -an -map_metadata -1 -f mp4"
    )
    assert encoder_words(replace(HOUSE, crf=0), 5)[5] == "0"
    assert encoder_words(replace(HOUSE, crf=1))[5] == "1"


def test_every_word_of_a_dissolve() -> None:
    raw = words("-f rawvideo -pix_fmt yuv420p -video_size 1920x1080 -framerate 25")
    quiet = words("-hide_banner -nostdin -loglevel warning -filter_threads 1 -filter_complex_threads 1")
    assert fade_argv("f", "a", "b", 12, HOUSE, "t") == [
        "f", *quiet, *raw, "-i", "a", *raw, "-i", "b", "-filter_complex", fade_graph(12), "-map", "[p0]",
        *encoder_words(HOUSE, 2), "-y", "t",
    ]  # fmt: skip


def test_every_word_about_sound() -> None:
    foreign = words(
        "-f mov -format_whitelist mov -protocol_whitelist file -max_pixels 36864000 -noautorotate -reinit_filter 0"
    )
    floats = words("-f f32le -c:a pcm_f32le -y t")
    assert sound_argv("f", PLAIN, Span(75, 100), HOUSE, path="/v", target="t") == [
        *words("f -hide_banner -nostdin -loglevel info -nostats"), *foreign, "-ss", "2",
        *words("-t 3.000 -vn -sn -dn -threads 1 -i /v -filter_complex"),
        sound_graph(PLAIN, Span(75, 100), HOUSE, seek=2), "-map", "[a]", *floats,
    ]  # fmt: skip
    assert sound_argv("f", PLAIN, Span(25, 50), HOUSE, path="/v", target="t").count("-ss") == 0
    assert sound_argv("f", PLAIN, Span(50, 75), HOUSE, path="/v", target="t").count("-ss") == 1
    heard = "aresample=16000:async=1:min_hard_comp=0.01:first_pts=0,aformat=sample_fmts=flt:channel_layouts=mono"
    assert listening_argv("f", PLAIN, rate=16_000, path="/v", target="t") == [
        *words("f -hide_banner -nostdin -loglevel warning"), *foreign,
        *words("-vn -sn -dn -threads 1 -i /v -map 0:1 -af"), heard, *floats,
    ]  # fmt: skip
    assert music_argv("f", "mp3", HOUSE, path="/m", target="t") == [
        *words("f -hide_banner -nostdin -loglevel info -nostats -f mp3 -format_whitelist mp3"),
        *words("-protocol_whitelist file -vn -sn -dn -threads 1 -i /m -t 900 -map 0:a:0 -af"),
        "aresample=48000,aformat=sample_fmts=flt:channel_layouts=stereo,ebur128=framelog=quiet", *floats,
    ]  # fmt: skip
    mix = words("-f f32le -ar 48000 -ac 2 -i pipe:0")
    limiter = "alimiter=limit=0.50119:attack=5:release=80:level=0:latency=1"
    told = "metadata=1,ametadata=mode=print:key=lavfi.r128.M:file=-"
    assert rehearsal_argv("f", HOUSE, limit=-6) == [
        "f", "-hide_banner", "-nostats", *mix, "-af", f"{limiter},ebur128=framelog=quiet:{told}", "-f", "null", "-",
    ]  # fmt: skip
    assert chunk_argv("f", HOUSE, limit=-6, target="t") == [
        "f", "-hide_banner", "-nostats", *mix,
        "-filter_complex", f"[0:a]aresample=192000,{limiter},aresample=48000[a]", "-map", "[a]",
        *words("-c:a aac -aac_coder fast -b:a 160k -flags:a +bitexact -f adts -y t -dec 0:0"),
        "-filter_complex", f"[dec:0]ebur128=framelog=quiet:peak=true:{told}[m]", "-map", "[m]", "-f", "null", "-",
    ]  # fmt: skip
    assert sound_join_argv("f", "w", 9, 4, HOUSE, "t") == [
        *words("f -hide_banner -nostdin -loglevel warning -itsoffset -0.021333333 -f aac -i w -c copy -bsf:a"),
        "setts=duration='if(eq(N,8),512/(48000*TB),DURATION)'",
        *words("-map_metadata -1 -movie_timescale 48000 -f mp4 -y t"),
    ]  # fmt: skip


def test_every_word_of_a_join() -> None:
    head = words("f -hide_banner -nostdin -loglevel warning -f mov -i p -f mov -i s")
    tail = words("-movie_timescale 48000 -movflags +faststart -f mp4 -y film")
    assert join_argv("f", "p", "s", "Да", "film") == [
        *head, *words("-map 0:v -map 1:a -c copy -map_metadata -1 -metadata title=Да"), *tail,
    ]  # fmt: skip
    assert join_argv("f", "p", "s", "Да", "film", chapters="c", captions={"ru": "r", "en": "e"}) == [
        *head, *words("-f ffmetadata -i c -f srt -i r -f srt -i e"),
        *words("-map 0:v -map 1:a -c copy -map_metadata:g -1 -metadata title=Да -map_chapters 2"),
        *words("-map 3:s -metadata:s:s:0 language=rus -map 4:s -metadata:s:s:1 language=eng -c:s mov_text"), *tail,
    ]  # fmt: skip


TURNS = replace(PLAIN, coded=(1280, 720), reshapes=True)


def test_a_picture_that_turns_midway_is_fitted_frame_by_frame() -> None:
    upright = ";".join(fit_chains(replace(TURNS, turn=90), HOUSE, "t", "c"))
    plain = ";".join(fit_chains(TURNS, HOUSE, "t", "c"))
    whole = "in_color_matrix=bt709:out_color_matrix=bt709:in_range=tv:out_range=tv:reset_sar=1,format=yuv420p"
    assert plain == (
        "[t]split[tnear][tfar];"
        f"[tfar]scale=240:136:flags=area:{whole},setsar=1,gblur=sigma=5,eq=brightness=-0.06:saturation=0.9,"
        "scale=1920:1080:flags=bilinear[tfar2];"
        f"[tnear]scale={fitting.sides(1920, 1080)}:flags=bicubic:{whole.removesuffix(',format=yuv420p')},"
        "format=yuva420p,setsar=1[tfit];"
        "[tfar2][tfit]overlay=x=(W-w)/2:y=(H-h)/2:format=yuv420,null[c]"
    )
    assert "scale=136:240:flags=area" in upright
    assert "scale=1080:1920:flags=bilinear" in upright
    assert upright.endswith("format=yuv420,transpose=clock[c]")
    for turn, across in ((0, True), (90, False), (180, True), (270, False)):
        graph = ";".join(fit_chains(replace(TURNS, turn=turn), HOUSE, "t", "c"))
        assert ("scale=1920:1080:flags=bilinear" in graph) is across
    (hdr,) = fit_chains(replace(TURNS, hdr="hlg", pix_fmt="yuv420p10le"), HOUSE, "t", "c")
    assert ",format=yuv420p10le,pad=1920:1080:-1:-1:eval=frame,setsar=1," in hdr
    assert "gblur" not in hdr
    graph = graph_of(Composition(replace(TURNS, interlaced=True), 100, framing=(Hold(0, 0.5),)), Span(0, 50))
    assert "[0:0]scale=1280:720:interl=-1,bwdif=mode=send_frame" in graph
    assert "crop=w=" not in graph, "there is no place in it that stays"


def test_every_fact_becomes_a_part_of_the_footage() -> None:
    technical = {
        "container": "matroska", "video_index": 2, "audio_index": 3, "coded_width": 1440, "coded_height": 1080,
        "pix_fmt": "yuv420p10le", "matrix": "bt2020nc", "range": "pc", "hdr": "pq", "rotation": 270, "late": 0.5,
        "start": 1.0, "video_start": 1.25, "unkeyed": [[0, 7]], "shapes": [[640, 480, "1:1"], [480, 640, "1:1"]],
    }  # fmt: skip
    seen = footage("c" * 64, width=10, height=20, seconds=4.5, has_audio=True, technical=technical)
    assert seen == Footage(
        "c" * 64, 10, 20, 4.5, coded=(1440, 1080), container="matroska", video=2, audio=3, pix_fmt="yuv420p10le",
        matrix="bt2020nc", full_range=True, hdr="pq", turn=270, lead=0.25, unkeyed=7, hidden=0.5, reshapes=True,
        video_waits=seen.video_waits, audio_waits=seen.audio_waits,
    )  # fmt: skip
    assert footage("c", width=1, height=2, seconds=3, has_audio=False, technical={}) == Footage(
        "c", 1, 2, 3, pix_fmt="", audio=None
    )
    for audio, heard in ((None, None), (-1, None), (0, 0), (1, 1)):
        assert footage(
            "c", width=1, height=2, seconds=3, has_audio=True, technical={"audio_index": audio}
        ).audio == heard  # fmt: skip
    assert footage("c", width=1, height=2, seconds=3, has_audio=False, technical={"audio_index": 1}).audio is None


@pytest.mark.parametrize(
    ("facts", "full"),
    [({"range": "pc"}, True), ({"range": "full"}, True), ({"range": "jpeg"}, True), ({"range": "2"}, True),
     ({"range": "tv"}, False), ({"pix_fmt": "yuvj422p"}, True), ({"pix_fmt": "xyuvj"}, False), ({}, False)],
)  # fmt: skip
def test_the_range_of_the_colours_is_known_by_name_or_by_format(facts: dict[str, object], *, full: bool) -> None:
    assert footage("c", width=1, height=2, seconds=3, has_audio=False, technical=facts).full_range is full


@pytest.mark.parametrize(
    ("facts", "uneven"),
    [({"fps": 4.99}, True), ({"fps": 5.0}, False), ({"fps": 0}, False), ({"longest_step": 0.21}, True), ({}, False)],
)
def test_what_is_slower_than_five_a_second_is_slow(facts: dict[str, object], *, uneven: bool) -> None:
    assert footage("c", width=1, height=2, seconds=3, has_audio=False, technical=facts).uneven is uneven


@pytest.mark.parametrize("container", ["mov", "matroska", ""])
def test_how_late_picture_and_sound_begin_by_their_first_packets(container: str) -> None:
    technical = {"container": container, "start": 1.0, "video_head": 1.25, "audio_start": 1.75, "audio_index": 1}
    seen = footage("c", width=1, height=2, seconds=3, has_audio=True, technical=technical)
    other = footage("c", width=1, height=2, seconds=3, has_audio=True, technical={**technical, "start": None})
    assert (other.video_waits, other.audio_waits) == (0.0, 0.0)
    assert (seen.video_waits, seen.audio_waits) == (
        resampling.waits(container, 1.0, [1.25]),
        resampling.waits(container, 1.0, [1.75]),
    )


@pytest.mark.parametrize(
    ("seconds", "lead", "frames"),
    [(0.0, 0.0, 1), (0.04, 0.0, 1), (0.079, 0.0, 1), (0.08, 0.0, 2), (1.0, 0.5, 37), (2 / 3, 0.0, 16)],
)
def test_whole_frames_of_a_clip(seconds: float, lead: float, frames: int) -> None:
    assert replace(PLAIN, seconds=seconds, lead=lead).frames(HOUSE) == frames


@pytest.mark.parametrize(
    ("width", "height", "fps", "wanted"),
    [
        (2048, 1024, 30, "4.1"), (2048, 1026, 30, "4.2"), (2048, 1024, 32, "4.2"), (2048, 1088, 60, "4.2"),
        (2048, 1090, 60, "5.1"), (4096, 2304, 25, "5.1"), (4096, 2304, 30, "5.2"), (4096, 2306, 24, "5.2"),
        (1906, 1080, 30, "4.1"), (1922, 1080, 30, "4.2"), (1920, 1080, 32, "4.2"),
    ],
)  # fmt: skip
def test_levels_by_the_standards_table(width: int, height: int, fps: int, wanted: str) -> None:
    """Rec. H.264, table A-1: MaxFS 8192, 8704, 36 864 and MaxMBPS 245 760, 522 240, 983 040."""
    assert level(House(width=width, height=height, fps=fps)) == wanted


def test_reading_begins_where_the_picture_is_there_already() -> None:
    part = [ShotPart(Span(125, 150))]
    for lead, hidden, seek in ((0.0, 0.0, 4), (2.0, 1.9, 4), (2.0, 2.0, 0), (4.0, 0.0, 0), (3.9, 0.0, 4)):
        look = Composition(replace(PLAIN, lead=lead, hidden=hidden), 500)
        assert seek_seconds(look, part, HOUSE) == seek
    assert [seek_seconds(Composition(PLAIN, 500), [ShotPart(Span(at, 200))], HOUSE) for at in (24, 49, 50, 74, 75)] == [
        0,
        0,
        1,
        1,
        2,
    ]
    assert seek_seconds(Composition(replace(PLAIN, uneven=True), 500), [ShotPart(Span(75, 99))], HOUSE) == 1


def test_a_part_is_named_by_its_frames() -> None:
    assert [ShotPart(Span(3, 9)).file, ShotPart(Span(3, 9), raw=True).file] == ["3-9.mp4", "3-9.yuv"]
