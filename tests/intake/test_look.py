from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from relay.config import Settings
from relay.intake import look
from relay.intake.inspect import DAMAGED, HARDLY_SHOWN, TOO_LONG, TOO_SMALL, is_clean, missing, objection, opinion
from relay.media.filters import fitting
from relay.media.probe import DECODERS, Facts
from relay.models import Finding

PHONE = Facts(
    "mov", streams=2, declared=10.0, video_index=0, codec="h264", known_codec=True, coded_width=1920, coded_height=1080,
    fps=30.0, video_duration=10.0, video_declared=10.0, video_packets=300, audio_index=1, audio_codec="aac",
    channels=2, sample_rate=48000, audio_duration=10.0, audio_packets=470,
)  # fmt: skip
GOOD = look.Log(
    whole=True, complaints=0, packets=300, decoded=300, audio_decoded=470, frames=300, rate=30,
    loudness=-20.0, peak=-3.0,
)  # fmt: skip
LOG = """\
[info] Input #0, mov,mp4,m4a,3gp,3g2,mj2, from 'file:/x':
[info]     title           : I: -5.0 LUFS
[out#0/mp4 @ 0x55] [verbose]   Output stream #0:0 (video): 300 frames encoded; 300 packets muxed (81920 bytes);\x20
[out#0/mp4 @ 0x55] [verbose]   Output stream #0:1 (audio): 470 frames encoded (480000 samples); 471 packets muxed\x20
[Parsed_blackdetect_3 @ 0x1] [info] black_start:0 black_end:1.5 black_duration:1.5
[Parsed_freezedetect_4 @ 0x1] [info] lavfi.freezedetect.freeze_start: 2
[Parsed_freezedetect_4 @ 0x1] [info] lavfi.freezedetect.freeze_duration: 3
[Parsed_freezedetect_4 @ 0x1] [info] lavfi.freezedetect.freeze_end: 5
[Parsed_silencedetect_6 @ 0x1] [info] silence_start: -0.01
[Parsed_silencedetect_6 @ 0x1] [info] silence_end: 2.25 | silence_duration: 2.26
[Parsed_silencedetect_6 @ 0x1] [info] silence_start: 8
[Parsed_ebur128_5 @ 0x1] [info] Summary:

  Integrated loudness:
    I:         -23.4 LUFS
    Threshold: -33.6 LUFS

  True peak:
    Peak:       -1.2 dBFS
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x7] [verbose]   Input stream #0:0 (video): 301 packets read (70873 bytes); 299 frames decoded; 2 decode errors;\x20
[in#0/mov,mp4,m4a,3gp,3g2,mj2 @ 0x7] [verbose]   Input stream #0:1 (audio): 470 packets read (1 bytes); 469 frames decoded; 1 decode errors (1 samples);\x20
[h264 @ 0x5] [error] Invalid NAL unit size (-1 > 551).
[vist#0:0/h264 @ 0x5] [dec:h264 @ 0x9] [error] Error submitting packet to decoder
[h264 @ 0x5] [warning] not an error
"""  # noqa: E501


def test_reads_what_ffmpeg_said() -> None:
    assert look.read(LOG, PHONE) == look.Log(
        whole=True,
        complaints=2,
        packets=301,
        decoded=299,
        errors=2,
        audio_decoded=469,
        audio_errors=1,
        frames=300,
        rate=30,
        first=None,
        lead=0.0,
        loudness=-23.4,
        peak=-1.2,
        silence=((0.0, 2.25), (8.0, 10.0)),
        black=((0.0, 1.5),),
        frozen=((2.0, 5.0),),
        said=("Invalid NAL unit size (-1 > 551).", "Error submitting packet to decoder"),
    )
    assert look.read(LOG, PHONE).seconds == look.read(LOG, PHONE).end == 10.0
    mute = look.read(LOG, replace(PHONE, audio_index=None))
    assert (mute.audio_decoded, mute.audio_errors, mute.packets) == (0, 0, 301)
    other = look.read(LOG, replace(PHONE, video_index=7))
    assert (other.packets, other.decoded, other.errors, other.whole) == (0, 0, 0, True)
    assert look.read(LOG, replace(PHONE, video_index=None)).packets == 0


def test_of_what_is_said_against_a_file_five_lines_are_kept() -> None:
    said = "".join(
        f"[h264 @ 0x5] [{level}] {number} {'x' * 300}\n"
        for number, level in enumerate(["error"] * 4 + ["fatal", "panic"])
    )
    log = look.read(said, PHONE)
    assert (log.complaints, [line[0] for line in log.said], {len(line) for line in log.said}) == (
        6,
        list("01234"),
        {200},
    )
    assert not log.no_memory
    assert look.read("Cannot allocate memory", PHONE).no_memory


def test_a_log_that_breaks_off_is_not_whole() -> None:
    assert not look.read(LOG[: len(LOG) // 3], PHONE).whole
    assert not look.read("", PHONE).whole


def test_a_title_can_not_pretend_to_be_a_result() -> None:
    forged = "[info]     title : [in#0/x @ 0x1] [verbose]   Input stream #0:0 (video): 9 packets read (1 bytes); 9 frames decoded; 0 decode errors"  # noqa: E501

    assert look.read(forged, PHONE).packets == 0


def test_silence_has_no_loudness() -> None:
    quiet = LOG.replace("-23.4", "-70.0").replace("-1.2", "-inf")

    assert look.read(quiet, PHONE).loudness is None
    assert look.read(quiet, PHONE).peak is None


def test_every_open_of_a_foreign_file_is_locked() -> None:
    words = look.argv("ffmpeg", "/vault/x", PHONE, seconds=301, strict=True)
    before = words[: words.index("-i")]

    for option, value in {
        "-f": "mov", "-format_whitelist": "mov", "-protocol_whitelist": "file", "-max_pixels": str(look.MAX_PIXELS),
        "-err_detect": "explode",
    }.items():  # fmt: skip
        assert before[before.index(option) + 1] == value
    assert "-nostdin" in before
    assert "-xerror" in words
    assert words[words.index("-i") + 1] == "file:/vault/x"
    assert words.count("-map_metadata") == 3


def test_one_command_makes_everything_that_is_needed() -> None:
    assert " ".join(look.argv("ffmpeg", "/vault/x", PHONE, seconds=301, strict=True)) == (
        "ffmpeg -hide_banner -nostdin -nostats -y -loglevel level+verbose -filter_threads 2 -filter_complex_threads 2 "
        "-max_alloc 1073741824 -err_detect explode -xerror -f mov -format_whitelist mov -protocol_whitelist file "
        f"-codec_whitelist {','.join(DECODERS)} -max_pixels 36864000 -threads 1 -reinit_filter 0 -i file:/vault/x "
        f"-filter_complex {look.graph(PHONE)} -map [proxy] -map [sound] -c:a aac -b:a 96k "
        "-c:v libx264 -preset veryfast -crf 26 -profile:v high -threads 2 -g 60 -movflags +faststart "
        "-map_metadata -1 -map_chapters -1 -sn -dn -t 301.000 -fs 400M proxy.mp4 "
        "-map [stills] -fps_mode passthrough -q:v 3 -map_metadata -1 -map_chapters -1 -sn -dn -frames:v 12 -f image2 "
        "still-%02d.jpg "
        "-map [board] -fps_mode passthrough -q:v 4 -map_metadata -1 -map_chapters -1 -sn -dn -frames:v 1 -update 1 "
        "storyboard.jpg -map [prints] -fps_mode passthrough -frames:v 604 -f rawvideo prints.gray "
        "-map [heard] -t 301.000 -c:a pcm_s16le -f s16le sound.pcm"
    )
    words = look.argv("ffmpeg", "/x", PHONE, seconds=10.3, strict=False)
    assert words[words.index("[prints]") + 4] == "23"
    assert [look.still(number) for number in (0, 11)] == ["still-01.jpg", "still-12.jpg"]


def filtered(facts: Facts, first: str, box: tuple[int, int], *, pause: str, board: str, tone: str = "") -> str:
    wide, high = box
    sparse = f"select='isnan(prev_selected_t)+gte(t-prev_selected_t,{pause}-0.001)'"
    colours = "" if facts.hdr else ":out_range=tv:out_color_matrix=bt709"
    return (
        f"[0:{facts.video_index}]split[all][first];[first]select='eq(n,0)',showinfo=checksum=0,nullsink;"
        f"[all]{first},scale={fitting.sides(wide, high)}:flags=area{colours},pad={wide}:{high}:-1:-1:eval=frame,{tone}"
        "setsar=1,format=yuv420p,split=4[watch][s][b][p];"
        "[watch]blackdetect=d=0.1:pic_th=0.98:pix_th=0.10,freezedetect=n=-60dB:d=2[proxy];"
        f"[s]{sparse},scale=out_range=pc,format=yuvj420p[stills];"
        f"[b]{sparse},{board},scale=out_range=pc,format=yuvj420p[board];"
        "[p]select='isnan(prev_selected_t)+gte(t-prev_selected_t,0.5-0.001)',scale=64:64:flags=area,format=gray[prints]"
    )


def test_what_is_done_to_picture_and_sound() -> None:
    sound = (
        ";[0:1]aresample=48000:async=1:min_hard_comp=0.01:first_pts=0,ebur128=peak=true:framelog=quiet,"
        "silencedetect=noise=-50dB:d=1,asplit[loud][low];[loud]aformat=sample_rates=48000:channel_layouts=stereo[sound];"
        "[low]aresample=8000,aformat=sample_fmts=s16:channel_layouts=mono[heard]"
    )
    wide = {"pause": "0.833333", "board": "scale=284:160,tile=4x3"}
    assert look.graph(PHONE) == filtered(PHONE, "fps=30:start_time=0,trim=end_frame=300", (854, 480), **wide) + sound

    fields = replace(
        PHONE, interlaced=True, rotation=90, audio_index=None, coded_width=720, coded_height=576, sar="16:15", fps=25.0,
        video_index=3,
    )  # fmt: skip
    first = "scale=576:720:interl=-1,bwdif=mode=send_frame,fps=25:start_time=0,trim=end_frame=250"
    tall = {"pause": "0.833333", "board": "scale=160:214,tile=6x2"}
    assert look.graph(fields) == filtered(fields, first, (480, 640), **tall)
    assert "scale=720:576:interl" in look.graph(replace(fields, rotation=180))
    assert "scale=576:720:interl" in look.graph(replace(fields, rotation=270))

    nothing = replace(PHONE, hdr="hlg", range="pc", video_duration=0.0, audio_index=None)
    tone = "zscale=tin=709:pin=bt2020:min=bt2020nc:rin=full:t=709:p=709:m=709:r=limited,format=yuv420p,"
    wide = {"pause": "0.001000", "board": "scale=284:160,tile=4x3"}
    first = "fps=30:start_time=0,trim=end_frame=1"
    assert look.graph(nothing) == filtered(nothing, first, (854, 480), tone=tone, **wide)
    square = replace(PHONE, coded_width=400, coded_height=400)
    assert "scale=160:160,tile=4x3" in look.graph(square)
    flat = replace(PHONE, coded_width=1920, coded_height=4, audio_index=None)
    assert look.proxy_size(flat) == (1920, 4)


def test_a_track_that_is_not_looked_at_may_begin_earlier() -> None:
    late = replace(PHONE, container="mpegts", start=1.0, video_head=1.5, audio_head=1.25)
    words = look.argv("ffmpeg", "/x", late, seconds=9, strict=True)
    assert words[words.index("-itsoffset") + 1] == "0.250000"
    assert words.index("-itsoffset") < words.index("-i")
    words = look.argv("ffmpeg", "/x", replace(late, audio_index=None), seconds=9, strict=True)
    assert words[words.index("-itsoffset") + 1] == "0.500000"


def test_a_strict_look_decodes_with_one_thread_because_two_miss_a_corrupt_frame_by_chance() -> None:
    strict, lenient = (look.argv("ffmpeg", "/x", PHONE, seconds=301, strict=strict) for strict in (True, False))
    assert strict[strict.index("-threads") + 1] == "1"
    assert lenient[lenient.index("-threads") + 1] == "2"


def test_explode_never_comes_without_xerror() -> None:
    """Alone it made ffmpeg 9.0.2 try one broken packet for ever."""
    assert "-err_detect" not in look.argv("ffmpeg", "/x", PHONE, seconds=301, strict=False)
    assert "-xerror" not in look.argv("ffmpeg", "/x", PHONE, seconds=301, strict=False)


@pytest.mark.parametrize(
    "line",
    [
        "[mov_text @ 0x55] [error] Codec (mov_text) not on whitelist 'h264,aac'",
        "[ssa @ 0x55] [error] Codec (ssa) not on whitelist 'h264,aac'",
        "[error] Codec (wmav2) not on whitelist 'h264,aac'",
    ],
)
def test_our_own_closed_decoders_are_no_complaint_about_a_file(line: str) -> None:
    assert look.read(f"{line}\n{LOG}", PHONE).complaints == look.read(LOG, PHONE).complaints
    assert look.read(f"{line.replace('not on', 'is on')}\n{LOG}", PHONE).complaints == 3
    assert look.read(f"[h264 @ 0x5] [error] no frame! {line}\n{LOG}", PHONE).complaints == 3


SHOWN = (
    "[Parsed_showinfo_2 @ 0x7fa1e4002c80] [info] n:   0 pts:  25600 pts_time:2.04    duration:    512 "
    "duration_time:0.04    fmt:yuv420p cl:left sar:1/1 s:480x270 i:P iskey:1 type:I\n"
)


def test_the_first_picture_that_is_really_shown_is_timed() -> None:
    late = look.read(SHOWN + LOG, replace(PHONE, start=0.5, video_start=1.5))

    assert (late.first, late.lead) == (2.04, 1.0)
    assert late.late == pytest.approx(1.04)
    assert late.seconds == pytest.approx(9.0)
    assert look.read(LOG, PHONE).first is None
    assert look.read(LOG, PHONE).late == 0


def test_what_hangs_on_missing_pictures_can_be_left_out() -> None:
    facts = replace(PHONE, video_index=2, unkeyed=[[0, 49], [70, 71]])
    words = look.argv("ffmpeg", "/x", facts, seconds=301, strict=True, without_unkeyed=True)

    place = words.index("-bsf:2")
    assert words[place + 1] == "noise=drop=between(n\\,0\\,48)+between(n\\,70\\,70)"
    assert place < words.index("-i")
    assert look.dropped(0, [[number, number + 1] for number in range(25)])[1].count("between") == 20
    assert "-bsf:2" not in look.argv("ffmpeg", "/x", facts, seconds=301, strict=True)
    assert not [
        word for word in look.argv("f", "/x", PHONE, seconds=9, strict=True, without_unkeyed=True) if "bsf" in word
    ]


def test_what_is_said_before_they_are_left_out_is_said_of_them() -> None:
    said = "[vp9 @ 0x5] [error] Not all references are available\n" + LOG

    assert look.read(said, PHONE).complaints == 3
    assert look.read(said, PHONE, without_unkeyed=True).complaints == 2


def test_what_is_said_of_the_file_itself_counts_whenever_it_is_said() -> None:
    said = "[in#0 @ 0x5] [error] CRC mismatch!\n" + LOG

    assert look.read(said, PHONE, without_unkeyed=True).complaints == 3


@pytest.mark.parametrize(
    "line",
    [
        "[h264 @ 0x5] [error] mmco: unref short failure",
        "[libdav1d @ 0x5] [error] Failed to parse temporal unit.",
        "[vist#0:0/av1 @ 0x7] [libdav1d @ 0x5] [error] Invalid repeated frame header OBU.",
    ],
)
def test_what_is_said_of_pictures_that_were_left_out_is_no_complaint(line: str) -> None:
    first, rest = LOG.partition("\n[info] Input #0, ")[::2] if "\n[info] Input #0, " in LOG else ("", LOG)
    said = f"{first}\n[info] Input #0, mov\n{line}\n{rest}"

    left_out = look.read(said, PHONE, without_unkeyed=True)
    assert (left_out.complaints, left_out.of_missing) == (look.read(said, PHONE).complaints - 1, 1)
    assert look.read(said, PHONE).of_missing == 0


def test_the_proxy_ends_with_the_last_picture() -> None:
    assert "fps=30:start_time=0,trim=end_frame=300," in look.graph(PHONE)
    assert "trim=end_frame=315," in look.graph(replace(PHONE, start=1.0, video_start=1.5))


@pytest.mark.parametrize(
    ("fps", "vfr", "rate"),
    [(25.0, False, 25), (24.0, False, 25), (30.0, False, 30), (15.0, True, 30), (26.0, False, 25), (26.1, False, 30)],
)
def test_uneven_pictures_are_shown_as_finely_as_possible(fps: float, rate: int, *, vfr: bool) -> None:
    assert look.rate(replace(PHONE, fps=fps, vfr=vfr)) == rate


def test_sound_stays_where_the_file_puts_it() -> None:
    assert "aresample=48000:async=1:min_hard_comp=0.01:first_pts=0," in look.graph(PHONE)


def test_no_sound_no_sound_filters() -> None:
    mute = replace(PHONE, audio_index=None)

    assert "ebur128" not in look.graph(mute)
    assert "[sound]" not in look.argv("ffmpeg", "/x", mute, seconds=301, strict=True)


@pytest.mark.parametrize(
    ("width", "height", "rotation", "expected"),
    [
        (1920, 1080, 0, (854, 480)),
        (1920, 1080, 90, (480, 854)),
        (161, 121, 0, (160, 120)),
        (320, 180, 0, (320, 180)),
        (7680, 4320, 0, (854, 480)),
        (480, 908, 0, (480, 908)),
    ],
)
def test_the_proxy_is_small_and_even(width: int, height: int, rotation: int, expected: tuple[int, int]) -> None:
    facts = replace(PHONE, coded_width=width, coded_height=height, rotation=rotation)

    assert look.proxy_size(facts) == expected
    assert all(side % 2 == 0 for side in look.proxy_size(facts))


def test_hdr_becomes_ordinary_and_says_where_it_comes_from() -> None:
    hlg = replace(PHONE, hdr="hlg", transfer="arib-std-b67", primaries="bt2020", matrix="bt2020nc", range="tv")

    assert "tin=709:pin=bt2020:min=bt2020nc:rin=limited" in look.graph(hlg)
    assert "tin=smpte2084:pin=bt2020:min=bt2020nc:rin=full" in look.graph(replace(hlg, hdr="pq", range="pc"))
    assert "zscale" not in look.graph(PHONE)
    assert "min=bt2020nc" in look.tone(replace(hlg, matrix="", primaries=""))


def test_interlaced_pictures_are_deinterlaced_first() -> None:
    words = look.graph(replace(PHONE, interlaced=True))
    assert words.index("bwdif") < words.index("fps=")
    assert words.index("scale=1920:1080") < words.index("bwdif"), "fields of one size only"
    assert "bwdif" not in look.graph(PHONE)


@pytest.mark.parametrize(
    ("change", "log", "expected"),
    [
        ({}, {}, []),
        ({"coded_width": 1080, "coded_height": 1920}, {}, ["vertical"]),
        ({"rotation": 90}, {}, ["vertical"]),
        ({"coded_width": 320, "coded_height": 240}, {}, ["low_resolution"]),
        ({"audio_index": None}, {"loudness": None, "peak": None}, ["no_sound"]),
        ({"audio_index": None, "lost_sound": True}, {"loudness": None, "peak": None}, ["no_sound", "lost_sound"]),
        ({}, {"loudness": None, "peak": None}, ["silent"]),
        ({}, {"loudness": None, "peak": -55.0, "silence": ((0.0, 10.0),)}, ["silent"]),
        ({}, {"silence": ((0.0, 4.0), (5.0, 9.0), (10.0, 60.0))}, []),  # behind the picture nobody listens
        ({}, {"silence": ((0.0, 60.0),)}, ["silent"]),
        ({}, {"loudness": -40.0}, ["quiet"]),
        ({}, {"loudness": -6.0, "peak": 1.0}, ["loud", "clipped"]),
        ({}, {"black": ((0.0, 9.5),), "frozen": ((0.0, 9.5),)}, ["black"]),
        ({}, {"frozen": ((0.0, 9.5),)}, ["frozen"]),
        ({}, {"black": ((0.0, 2.0),)}, []),
        ({"hdr": "hlg", "vfr": True, "interlaced": True}, {}, ["hdr", "vfr", "interlaced"]),
        ({"video_duration": 0.5}, {"frames": 15}, ["short"]),
        ({"sounds": 2}, {}, ["several_sounds"]),
        ({"sounds": 2, "default_silent": True}, {}, ["other_sound"]),
        ({"spherical": True, "stereo": True, "dolby_only": True}, {}, ["spherical", "stereo", "dolby_vision"]),
    ],
)
def test_flags_tell_a_moderator_what_to_look_at(
    change: dict[str, object], log: dict[str, object], expected: list[str]
) -> None:
    assert look.flags(replace(PHONE, **change), replace(GOOD, **log)) == expected  # type: ignore[arg-type]


def test_a_long_heavy_film_may_cost_more_than_a_clip_but_not_everything() -> None:
    huge = replace(PHONE, coded_width=7680, coded_height=4320, fps=60.0, video_duration=300.0)

    assert 60 < look.cost(PHONE) < 200
    assert look.cost(PHONE) < look.cost(huge) <= 3600


def frames(*levels: int) -> bytes:
    noise = np.random.default_rng(1).integers(-40, 40, (64, 64))
    return b"".join(np.clip(level + noise * (level > 0), 0, 255).astype(np.uint8).tobytes() for level in levels)


def test_the_poster_is_neither_dark_nor_flat() -> None:
    assert look.best_still(frames(*[120] * 24), 12.0, 12) == 4
    assert look.best_still(frames(*[0] * 12, *[120] * 12), 12.0, 12) == 6
    assert look.best_still(frames(*[0] * 24), 12.0, 12) == 4
    assert look.best_still(b"", 0.1, 3) == 1
    assert look.best_still(frames(120), 12.0, 0) == 0
    assert look.best_still(frames(*[0] * 22, 120, 0), 12.0, 12) == 11
    assert look.best_still(frames(*[0] * 6, 120, *[0] * 17), 12.0, 12) == 3
    assert look.best_still(frames(*[120] * 24) + b"half", 12.0, 1) == 0


@pytest.mark.parametrize(
    ("low", "high", "good"), [(10, 50, False), (11, 51, True), (118, 138, False), (117, 139, True), (128, 128, False)]
)
def test_a_poster_is_brighter_than_30_and_spread_by_more_than_10(low: int, high: int, *, good: bool) -> None:
    frame = np.repeat(np.array([low, high], np.uint8), 32 * 64).tobytes()
    assert look.best_still(bytes(64 * 64) * 4 + frame + bytes(64 * 64), 3.0, 3) == (2 if good else 1)


def test_of_spans_only_what_is_shown_counts() -> None:
    assert look.within([(0.0, 3.0), (4.0, 9.0), (5.0, 6.0)], 5.0) == [(0.0, 3.0), (4.0, 5.0)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"streams": 64}, ""),
        ({"streams": 65}, "too many tracks"),
        ({"coded_width": 1600, "coded_height": 100}, ""),
        ({"coded_width": 1601, "coded_height": 100}, "too small"),
        ({"coded_width": 100, "coded_height": 100}, ""),
        ({"coded_width": 7680, "coded_height": 4800}, ""),
        ({"coded_width": 7680, "coded_height": 4801}, "too heavy"),
        ({"video_packets": 2}, ""),
        ({"encrypted": True, "video_index": None}, "encrypted"),
        ({"encrypted": True}, "encrypted"),
        ({"video_index": None}, "only sound"),
        ({"streams": 3000}, "too many tracks"),
        ({"known_codec": False}, "not supported"),
        ({"coded_width": 1, "coded_height": 1}, "too small"),
        ({"coded_width": 99}, "too small"),
        ({"coded_width": 30000, "coded_height": 30000}, "too heavy"),
        ({"coded_width": 20000, "coded_height": 110}, "too small"),
        ({"declared": 362.8}, "longer than"),
        ({"video_duration": 1e9}, "longer than"),
        ({"video_packets": 1}, "only one picture"),
        ({"video_duration": 300.0, "declared": 300.0}, ""),
        ({"video_duration": 300.001, "declared": 300.0}, "longer than"),
        ({"declared": 362.8, "reach": 362.8}, ""),  # of subtitles, say: they are no picture
    ],
)
def test_some_things_are_refused_before_anything_is_decoded(change: dict[str, object], words: str) -> None:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    reason = objection(replace(PHONE, **change), settings)  # type: ignore[arg-type]

    assert words in reason
    assert bool(words) == bool(reason)
    assert TOO_LONG != TOO_SMALL


@pytest.mark.parametrize(
    ("change", "clean"),
    [
        ({}, True),
        ({"complaints": 1}, False),
        ({"errors": 1}, False),
        ({"audio_errors": 1}, False),
        ({"audio_decoded": 0}, False),
        ({"whole": False}, False),
        ({"decoded": 1}, False),
        ({"decoded": 2}, True),
        ({"frames": 285}, True),
        ({"frames": 284}, False),
        ({"frames": 290}, True),
        ({"frames": 240}, False),
    ],
)
def test_clean_means_that_nothing_at_all_was_wrong(change: dict[str, object], clean: bool) -> None:
    assert is_clean(PHONE, replace(GOOD, **change), 0) is clean  # type: ignore[arg-type]
    assert not is_clean(PHONE, GOOD, 1)
    assert is_clean(replace(PHONE, audio_index=None), replace(GOOD, audio_decoded=0), 0)


def test_a_file_that_was_cut_off_misses_what_it_declared() -> None:
    cut = replace(PHONE, declared=20.0)

    assert missing(cut, GOOD) == pytest.approx(0.475)
    assert missing(PHONE, GOOD) == 0
    assert missing(replace(PHONE, declared=10.4), GOOD) == 0
    assert missing(replace(PHONE, declared=20.0, reach=20.0), GOOD) == 0  # another track lasts as long as it says
    assert missing(replace(PHONE, start=5.0, video_start=9.0), replace(GOOD, lead=4.0, frames=420)) == 0


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"complaints": 2}, Finding.review),
        ({"errors": 3}, Finding.review),
        ({"errors": 4}, Finding.refused),
        ({"complaints": 60}, Finding.review),
        ({"complaints": 61}, Finding.refused),
        ({"packets": 0, "complaints": 1}, Finding.refused),
        ({"packets": 0}, Finding.review),
        ({"decoded": 1}, Finding.refused),
        ({"decoded": 2}, Finding.review),
        ({"frames": 255}, Finding.review),
        ({"frames": 254}, Finding.refused),
        ({"decoded": 0}, Finding.refused),
        ({"whole": False}, Finding.refused),
        ({"frames": 270}, Finding.review),
        ({"frames": 200}, Finding.refused),
    ],
)
def test_a_little_damage_is_for_a_person_and_much_is_refused(change: dict[str, object], finding: Finding) -> None:
    said = opinion(PHONE, replace(GOOD, **change), clean=False)  # type: ignore[arg-type]

    assert said.finding is finding
    assert (said.reason == DAMAGED) == (finding is Finding.refused)
    assert ("damaged" in said.flags) == (finding is Finding.review)


def test_a_clean_pass_is_accepted() -> None:
    assert opinion(PHONE, GOOD, clean=True).finding is Finding.accepted


@pytest.mark.parametrize(
    ("change", "first", "finding", "flags", "reason"),
    [
        ({}, 0.1, Finding.accepted, [], ""),
        ({"fps": 10.0}, 0.24, Finding.accepted, [], ""),
        ({}, 0.2, Finding.review, ["late_picture"], "The first 0.2 s of the picture can't be shown: "),
        ({}, 4.9, Finding.review, ["late_picture"], "The first 4.9 s of the picture can't be shown: "),
        ({}, 0.12, Finding.accepted, [], ""),
        ({}, 0.121, Finding.review, ["late_picture"], "The first 0.1 s of the picture can't be shown: "),
        ({"fps": 10.0}, 0.25, Finding.accepted, [], ""),
        ({"fps": 10.0}, 0.26, Finding.review, ["late_picture"], "The first 0.3 s of the picture can't be shown: "),
        ({"fps": 0.0}, 0.13, Finding.review, ["late_picture"], "The first 0.1 s of the picture can't be shown: "),
        ({}, 5.0, Finding.review, ["late_picture"], "The first 5.0 s of the picture can't be shown: "),
        ({}, 5.1, Finding.refused, [], "Most of the picture can't be shown: "),
        ({"holes": [[59.9, 5.0, "lost"]]}, 0.0, Finding.review, ["gap"], "Pictures are missing for 5.0 s at 0:59."),
        ({"holes": [[1.0, 3.0, "lost"]]}, 2.1, Finding.refused, [], "Most of the picture can't be shown: "),
        ({"start": 1.0, "video_start": 4.0}, 3.0, Finding.accepted, [], ""),
        ({"holes": [[61.3, 1.2, "lost"]]}, 0.0, Finding.review, ["gap"], "Pictures are missing for 1.2 s at 1:01."),
        ({"holes": [[0.8, 1.0, "silent"]]}, 0.0, Finding.review, ["gap"], "Pictures are missing for 1.0 s at 0:00."),
        ({"holes": [[0.8, 1.0, "keyed"]]}, 0.0, Finding.accepted, ["gap"], "Pictures are missing for 1.0 s at 0:00."),
        ({"holes": [[0.8, 1.0, "hanging"]]}, 0.0, Finding.accepted, [], ""),
        ({"holes": [[0.8, 3.0, "lost"], [5.0, 3.0, "lost"]]}, 0.0, Finding.refused, [], "Most of the picture"),
    ],
)
def test_what_can_not_be_shown_is_told_with_its_time(
    change: dict[str, object], first: float, finding: Finding, flags: list[str], reason: str
) -> None:
    facts = replace(PHONE, **change)  # type: ignore[arg-type]
    said = opinion(facts, replace(GOOD, first=first, lead=facts.lead), clean=True)

    assert (said.finding, said.flags) == (finding, flags)
    assert said.reason.startswith(reason)
    assert bool(said.reason) == bool(reason)


def test_a_hole_that_the_decoder_noticed_is_told_though_the_rest_is_in_order() -> None:
    facts = replace(PHONE, holes=[[0.8, 1.0, "hanging"], [3.0, 2.0, "lost"]])
    said = opinion(facts, GOOD, clean=True, retried=True)

    assert (said.finding, said.flags) == (Finding.review, ["gap"])
    assert said.reason == "Pictures are missing for 1.0 s at 0:00. Pictures are missing for 2.0 s at 0:03."
    damaged = opinion(facts, replace(GOOD, errors=1), clean=False)
    assert (damaged.finding, damaged.flags, damaged.reason) == (Finding.review, ["gap", "damaged"], said.reason)


def test_what_is_missing_is_told_up_to_three_times() -> None:
    facts = replace(PHONE, holes=[[60.0 * number, 0.5, "lost"] for number in range(4)])
    said = opinion(facts, replace(GOOD, first=1.0), clean=True)
    assert said.reason == " ".join(
        [
            "The first 1.0 s of the picture can't be shown: the file doesn't begin with a key frame.",
            *(f"Pictures are missing for 0.5 s at {minute}:00." for minute in range(3)),
        ]
    )
    assert said.flags == ["late_picture", "gap"]


def test_a_picture_of_which_nothing_was_decoded_is_damaged_and_not_hidden() -> None:
    for decoded, reason in ((1, DAMAGED), (2, HARDLY_SHOWN)):
        said = opinion(PHONE, replace(GOOD, first=6.0, decoded=decoded, complaints=1), clean=False)
        assert (said.finding, said.reason, said.flags) == (Finding.refused, reason, [])


def test_all_flags_at_once_stand_in_their_order() -> None:
    facts = replace(
        PHONE, coded_width=200, coded_height=300, hdr="pq", vfr=True, interlaced=True, sounds=2, default_silent=True,
        spherical=True, stereo=True, dolby_only=True, lost_sound=True, video_duration=0.5,
    )  # fmt: skip
    log = replace(
        GOOD, loudness=-8.0, peak=0.6, black=((0.0, 10.0),), frozen=((0.0, 10.0),),
        shapes=((64, 48, "1:1"), (48, 64, "1:1")),
    )  # fmt: skip
    assert look.flags(facts, log) == [
        *("short", "lost_sound", "loud", "clipped", "black", "low_resolution", "vertical", "hdr", "vfr", "interlaced"),
        *("other_sound", "spherical", "stereo", "dolby_vision", "changes_size"),
    ]
    assert look.flags(PHONE, replace(GOOD, frozen=((0.0, 2.1),), frames=61)) == ["frozen"]
    assert look.flags(PHONE, replace(GOOD, loudness=None)) == []
    assert look.flags(replace(PHONE, audio_index=None), replace(GOOD, peak=None, loudness=-40.0)) == [
        "no_sound", "quiet",
    ]  # fmt: skip


def test_levels_that_are_no_numbers_are_none() -> None:
    for level in ("nan", "inf", "-69.0"):
        assert look.read(LOG.replace("-23.4", level).replace("-1.2 dBFS", f"{level} dBFS"), PHONE).loudness is None
    assert look.read(LOG.replace("-23.4", "-68.9"), PHONE).loudness == -68.9
