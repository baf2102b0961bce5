"""Files as phones, browsers, recorders and networks make them, through the whole chain, by numbers.

Looked at, shown at the desk, filmed, exported: the length is right within a frame, every beep comes with its flash in
everything that is made, and what is heard is the right track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from relay.almanac.cards.people import Person
from relay.almanac.film.cut import Subclip, Words, draw_up
from relay.almanac.film.encoder import make_film
from relay.almanac.plan import queries
from relay.context import Relay
from relay.intake import look
from relay.intake.inspect import inspect
from relay.media.filters import resampling
from relay.media.probe import Facts
from relay.models import Finding, Inspection
from tests.almanac.filming import SMALL, Camera
from tests.almanac.signals import FLASHES, SECONDS, TOGETHER, Recipe, Signals, film, listened, signals
from tests.intake.test_inspect import put

pytestmark = [pytest.mark.media, pytest.mark.slow]

HOUSE = replace(SMALL, title_seconds=0, end_seconds=0, strip_seconds=1)
FRAME = 1 / 30 + 0.001
SPARSE = "select='eq(n,0)+between(n,29,34)+between(n,74,79)'"
LOST = "noise=drop=between(n\\,20\\,22)+between(n\\,80\\,82)"
"""Three packets of sound, 64 ms, before each beep."""
OVERLAP = "setts=ts=TS-0.02/TB*(gte(N\\,10)+gte(N\\,20)+gte(N\\,30))"
WORDS = "1\n00:00:00,500 --> 00:00:02,000\nПомню.\n"

MADE: dict[str, tuple[Recipe, float]] = {
    "uneven with B-frames": (Recipe(filters="select='not(mod(n,6))+between(n,26,34)+between(n,73,81)'"), 3.833),
    "a screen that seldom changes": (Recipe(filters=SPARSE), 2.667),
    "a screen that seldom changes, in Matroska": (Recipe("a.mkv", filters=SPARSE), 2.667),
    "a stall": (Recipe(filters="select='not(between(n,36,70))'"), SECONDS),
    "a stall near the end": (Recipe(filters="select='not(between(n,90,112))'"), SECONDS),
    "a stall of uneven steps": (Recipe(filters="select='not(mod(n,2)*gt(n,80)+between(n,84,115))'"), 3.967),
    "fragmented": (Recipe(words=("-movflags", "frag_keyframe+empty_moov")), SECONDS),
    "fragmented late": (Recipe(words=("-movflags", "frag_keyframe+delay_moov")), SECONDS),
    "without an edit list": (Recipe(words=("-use_editlist", "0")), SECONDS),
    "of whole pictures only": (
        Recipe("a.mov", picture=("-c:v", "mjpeg", "-q:v", "3"), sound=("-c:a", "pcm_s16le")),
        SECONDS,
    ),
    "lost sound in MP4": (Recipe(again=("-bsf:a", LOST), name="a.mp4"), SECONDS),
    "lost sound in Matroska": (Recipe(again=("-bsf:a", LOST), name="a.mkv"), SECONDS),
    "lost sound in a transport stream": (Recipe(again=("-bsf:a", LOST), name="a.ts"), SECONDS),
    "sound that overlaps": (Recipe("a.mkv", late=0.06, again=("-bsf:a", OVERLAP)), SECONDS),
    "Opus": (Recipe("a.webm", picture=("-c:v", "libvpx", "-b:v", "500k"), sound=("-c:a", "libopus")), SECONDS),
    "sound that ends early": (Recipe(words=("-af", "atrim=end=3")), SECONDS),
    "sound of telephones": (Recipe("a.mkv", words=("-ar", "8000"), sound=("-c:a", "pcm_s16le")), SECONDS),
}


def looked_at(relay: Relay, path: Path) -> Inspection:
    found = inspect(relay, put(relay, path))
    assert found.finding is Finding.accepted, (found.reason, found.technical.get("said"))
    return found


def in_proxy(camera: Camera, relay: Relay, found: Inspection) -> Signals:
    return signals(camera, relay.media.local(found.proxy), look.rate(Facts.from_json(found.technical)))


def in_film(camera: Camera, found: Inspection, path: Path, folder: Path, *, first: int = 0) -> Signals:
    """What is seen and heard in a film of the clip from its frame `first` on, in seconds of the film."""
    cut = draw_up(
        [Subclip(queries.footage_of(found), path, Person("Вера", "Мга"), first)],
        Words(),
        HOUSE,
        folder / "cards",
        credits=False,
    )
    made = make_film(cut, toolbox=camera.toolbox, cache=folder / "shots", target=folder / f"film{first}.mp4")
    assert made.frames == len(camera.looks_at(made.path, size=(64, 36))) == cut.timeline.frames
    return signals(camera, made.path, HOUSE.fps, last=cut.timeline.items[0].frames)


def check(relay: Relay, camera: Camera, path: Path, folder: Path, *, seconds: float, count: int) -> Inspection:
    """The whole chain. `count`: of the flashes and beeps."""
    found = looked_at(relay, path)
    source = queries.footage_of(found)
    assert found.duration == pytest.approx(seconds, abs=FRAME)
    assert "damaged" not in found.flags
    proxy = in_proxy(camera, relay, found)
    assert (len(proxy.flashes), len(proxy.beeps)) == (count, count)
    assert proxy.apart <= TOGETHER, proxy
    shown = in_film(camera, found, path, folder)
    assert (len(shown.flashes), len(shown.beeps)) == (count, count)
    assert shown.apart <= TOGETHER, shown
    assert source.frames(HOUSE) <= (seconds + source.lead + FRAME) * HOUSE.fps
    assert listened(camera, source, path) == pytest.approx(proxy.beeps, abs=TOGETHER)
    return found


@pytest.mark.parametrize("kind", MADE)
def test_what_people_send_keeps_its_length_and_its_time(
    relay: Relay, camera: Camera, tmp_path: Path, kind: str
) -> None:
    recipe, seconds = MADE[kind]
    check(relay, camera, film(camera.toolbox, tmp_path, recipe), tmp_path, seconds=seconds, count=len(FLASHES))


def test_without_the_finer_limit_lost_sound_comes_early(
    relay: Relay, camera: Camera, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twin: with FFmpeg's own limit the beeps come where they don't belong."""
    path = film(camera.toolbox, tmp_path, MADE["lost sound in MP4"][0])
    monkeypatch.setattr(look, "in_time", lambda rate: resampling.in_time(rate).replace(":min_hard_comp=0.01", ""))
    assert in_proxy(camera, relay, looked_at(relay, path)).apart > TOGETHER


@pytest.mark.parametrize("first", [20, 30, 55])
def test_a_clip_that_is_cut_in_later_keeps_its_time(relay: Relay, camera: Camera, tmp_path: Path, first: int) -> None:
    """Cut in before a stall, in it, and after it: what shows is what stood there, and the sound is that of there."""
    path = film(camera.toolbox, tmp_path, MADE["a stall"][0])
    found = looked_at(relay, path)
    shown = in_film(camera, found, path, tmp_path, first=first)
    assert shown.apart <= TOGETHER
    assert shown.flashes == pytest.approx([time - first / 25 for time in FLASHES if time > first / 25 + 0.1], abs=0.021)


def test_subtitles_are_no_damage(relay: Relay, camera: Camera, tmp_path: Path) -> None:
    (tmp_path / "s.srt").write_text(WORDS, "utf-8")
    words = ["-f", "srt", "-i", str(tmp_path / "s.srt")]
    for name, coder in (("a.mp4", "mov_text"), ("b.mkv", "srt"), ("c.mkv", "ass"), ("d.mkv", "webvtt")):
        path = film(camera.toolbox, tmp_path, Recipe(name, more=words, words=("-c:s", coder)))
        assert looked_at(relay, path).technical["decode_errors"] == 0


TONE = "sine=f=400:d=4"
SILENCE = "anullsrc=d=4"


@pytest.mark.parametrize(
    ("others", "dispositions", "flag", "stream"),
    [
        ([SILENCE, SILENCE], ["default", "0", "0"], "several_sounds", 1),
        ([SILENCE, SILENCE], ["0", "0", "default"], "other_sound", 1),
        ([TONE], ["default", "0"], "several_sounds", 1),
        ([TONE], ["0", "default"], "several_sounds", 2),
        ([], ["default"], None, 1),
    ],
)
def test_the_default_sound_is_heard_unless_it_is_silent(
    relay: Relay,
    camera: Camera,
    tmp_path: Path,
    others: Sequence[str],
    dispositions: Sequence[str],
    flag: str | None,
    stream: int,
) -> None:
    more = [word for other in others for word in ("-f", "lavfi", "-i", other)]
    maps = ["-map", "0", "-map", "1", *(word for number in range(len(others)) for word in ("-map", str(number + 2)))]
    marks = [word for number, said in enumerate(dispositions) for word in (f"-disposition:a:{number}", said)]
    path = film(camera.toolbox, tmp_path, Recipe("a.mkv", more=more, words=(*maps, *marks)))
    found = looked_at(relay, path)
    assert found.technical["audio_index"] == stream
    assert {"several_sounds", "other_sound"} & set(found.flags) == ({flag} if flag else set())
    assert "silent" not in found.flags
    if stream == 1:
        assert in_proxy(camera, relay, found).beeps == pytest.approx(FLASHES, abs=TOGETHER)
        assert in_film(camera, found, path, tmp_path).apart <= TOGETHER
    else:
        assert len(in_proxy(camera, relay, found).beeps) <= 1


LATE: dict[str, tuple[str, ...]] = {
    "a.mkv": (),
    "a.ts": (),
    "a.mpg": ("-c:v", "mpeg2video", "-b:v", "4M", "-c:a", "mp2"),
    "a.ogv": ("-c:v", "libtheora", "-q:v", "6", "-c:a", "libvorbis"),
    "a.flv": ("-c:v", "flv", "-q:v", "4", "-c:a", "libmp3lame"),
    "a.wmv": ("-c:v", "wmv2", "-q:v", "4", "-c:a", "wmav2"),
}
"""Containers, and what is coded anew because they can't hold it. In some, ffmpeg begins to count at what it reads."""


@pytest.mark.parametrize("name", LATE)
@pytest.mark.parametrize("delays", [(0.0, 0.6), (0.6, 0.0)], ids=["sound", "picture"])
def test_sound_and_picture_that_begin_late_are_told_apart(
    relay: Relay, camera: Camera, tmp_path: Path, delays: tuple[float, float], name: str
) -> None:
    found, path = late(relay, camera, tmp_path, delays, name)
    assert found.duration == pytest.approx(SECONDS, abs=FRAME)
    proxy = in_proxy(camera, relay, found)
    picture, sound = delays
    for seen, beeps in (
        (proxy, proxy.beeps),
        (in_film(camera, found, path, tmp_path), listened(camera, queries.footage_of(found), path)),
        (in_film(camera, found, path, tmp_path / "late", first=10), [time - 10 / 25 for time in proxy.beeps]),
    ):
        assert seen.flashes[1] - seen.beeps[1] == pytest.approx(picture - sound, abs=2 * TOGETHER)
        assert seen.beeps == pytest.approx(beeps, abs=TOGETHER)


def late(relay: Relay, camera: Camera, folder: Path, delays: tuple[float, float], name: str) -> tuple[Inspection, Path]:
    base, path = film(camera.toolbox, folder, Recipe("base.mkv")), folder / name
    inputs = [word for delay in delays for word in ("-itsoffset", str(delay), "-i", str(base))]
    again = ("-fps_mode", "vfr", "-ar", "44100", *LATE[name]) if LATE[name] else ("-c", "copy")
    words = ["-map", "0:v", "-map", "1:a", *again]
    camera.toolbox.run([camera.toolbox.ffmpeg, "-v", "error", *inputs, *words, str(path)], folder=folder, reads=[base])
    return looked_at(relay, path), path


@pytest.mark.parametrize("delays", [(0.0, 0.6), (0.6, 0.0)], ids=["sound", "picture"])
def test_without_waiting_what_begins_late_comes_early(
    relay: Relay, camera: Camera, tmp_path: Path, delays: tuple[float, float]
) -> None:
    """Twin: a film reads picture and sound one by one, and ffmpeg would let both begin at once."""
    found, path = late(relay, camera, tmp_path, delays, "a.ts")
    found.technical = {**found.technical, "video_head": None, "audio_head": None}
    shown = in_film(camera, found, path, tmp_path)
    assert abs(shown.flashes[1] - shown.beeps[1]) < 0.1


CORPUS: dict[str, tuple[float, int]] = {
    "08_vfr.mp4": (4.0, 2),
    "09_sparse.mp4": (2.667, 2),
    "23_three_tracks.mp4": (4.0, 2),
    "28_turns_midway.ts": (3.933, 2),
    "30_windows.wmv": (4.0, 2),
    "34_fragmented.mp4": (4.0, 2),
    "40_no_editlist.mp4": (4.0, 2),
    "55_stall.mp4": (6.0, 2),
    "58_uuid_first.mp4": (4.0, 2),
    "70_lost_sound.ts": (10.0, 4),
}
"""File → seconds of picture, flashes."""


@pytest.mark.parametrize("name", CORPUS)
def test_the_given_files_keep_their_length_and_their_time(
    shared: Path, relay: Relay, camera: Camera, tmp_path: Path, name: str
) -> None:
    seconds, count = CORPUS[name]
    found = check(relay, camera, shared / "corpus" / "faults" / name, tmp_path, seconds=seconds, count=count)
    if name == "23_three_tracks.mp4":
        assert found.technical["audio_index"] == 2
        assert "several_sounds" in found.flags


@pytest.mark.parametrize(
    ("name", "finding", "seconds", "flags"),
    [
        ("mjpeg_with_exif.avi", Finding.accepted, 1.0, set()),
        ("with_subtitles.mp4", Finding.accepted, 4.0, set()),
        ("starts_between_keys.mp4", Finding.review, 3.96, {"late_picture"}),
        ("14_ts_torn_begin.ts", Finding.review, 5.567, {"late_picture"}),
    ],
)
def test_the_given_files_are_judged_by_what_is_in_them(
    shared: Path, relay: Relay, name: str, finding: Finding, seconds: float, flags: set[str]
) -> None:
    found = inspect(relay, put(relay, shared / "corpus" / "faults" / name))
    assert found.finding is finding
    assert found.duration == pytest.approx(seconds, abs=0.001)
    assert {"late_picture", "gap", "damaged"} & set(found.flags) == flags
