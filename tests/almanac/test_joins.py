"""No frame is missing or doubled at any join, and sound stays with the picture from the first minute to the last.

Each filmed frame carries its number; it is read back from every frame of the film, in dissolves from both clips.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from relay.almanac.cards.themes import Transition
from relay.almanac.film import audio_chunks, ffmpeg, mp4
from relay.almanac.film.cut import Cut, Subclip, Words, draw_up
from relay.almanac.film.encoder import Film, FilmEncoder, make_film
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.film.timeline import ShotKind
from relay.almanac.formats import House
from relay.errors import ToolFailed
from tests.almanac.filming import SMALL, X264, Camera, number_in, numbered

pytestmark = pytest.mark.media
RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")
LONG = 2820
"""Seconds: longer than 24 pictures a second can be counted in a unit that ffmpeg chooses."""
UNEVEN = "select='lt(n,30)+not(mod(n,4))'"
HOUSE = replace(SMALL, title_seconds=0, end_seconds=0, strip_seconds=1, crf=12)


def films(camera: Camera, name: str, rate: str, lane: int, *, seconds: int = 4, uneven: bool = False) -> Subclip:
    frames = round(seconds * Fraction(rate))
    words: dict[str, Any] = {}
    if uneven:
        words = {"filters": UNEVEN, "encode": (*X264, "-fps_mode", "vfr", "-bf", "0")}
    path = camera.films(name, frames=frames, fps=rate, picture=numbered(lane), sound=0, **words)
    return camera.take(path, name)


def of_all_rates(camera: Camera) -> list[Subclip]:
    """Dissolves and cuts in turn, one clip long enough for pieces, beginnings that are not the clips' own."""
    takes = [films(camera, f"rate{number}", rate, number % 2) for number, rate in enumerate(RATES)]
    takes.append(films(camera, "uneven", "30", 0, uneven=True))
    takes.append(films(camera, "long", "30", 1, seconds=16))
    return [
        replace(take, first=3 * number % 11, into=Transition.cut if number % 4 == 3 else Transition.dissolve)
        for number, take in enumerate(takes)
    ]


def filmed(camera: Camera, takes: Sequence[Subclip], house: House, folder: Path) -> tuple[Cut, Film]:
    cut = draw_up(takes, Words(), house, folder / "cards", credits=False)
    return cut, make_film(cut, toolbox=camera.toolbox, cache=folder / "shots", target=folder / "film.mp4")


def shown(rate: Fraction, at: int, fps: int, *, uneven: bool = False) -> int:
    """Which frame of a clip stands at frame `at` of a film: the last that has begun, to the nearest film frame."""
    frames = [n for n in range(2000) if not uneven or n < 30 or n % 4 == 0]
    begun = [n for n in frames if int(Fraction(n) / rate * fps + Fraction(1, 2)) <= at]
    return begun[-1]


def expected(cut: Cut, fps: int) -> list[dict[int, int]]:
    """For every frame of the film: the number that each lane must show."""
    rates = [Fraction(rate) for rate in (*RATES, "30", "30")]
    wanted: list[dict[int, int]] = [{} for _ in range(cut.timeline.frames)]
    for item, (rate, look) in enumerate(zip(rates, cut.compositions, strict=True)):
        for frame in range(look.frames):
            hidden = frame == 0 and cut.timeline.head(item)  # the first frame of a dissolve is all of the old
            if not hidden:
                number = shown(rate, look.first + frame, fps, uneven=item == 8)
                wanted[cut.timeline.starts[item] + frame][item % 2] = number
    return wanted


def wrong(seen: NDArray[np.uint8], wanted: Sequence[dict[int, int]]) -> list[tuple[int, int, int, int | None]]:
    """Frame, lane, the number that should be there and the one that is."""
    return [
        (at, lane, number, found)
        for at, lanes in enumerate(wanted)
        for lane, number in lanes.items()
        if (found := number_in(seen[at], lane)) != number
    ]


@pytest.mark.parametrize("fps", [25, 30, 50])
def test_no_frame_is_missing_or_doubled_at_any_join(camera: Camera, tmp_path: Path, fps: int) -> None:
    cut, film = filmed(camera, of_all_rates(camera), replace(HOUSE, fps=fps), tmp_path)
    kinds = {shot.kind for shot in cut.timeline.shots}
    assert kinds == {ShotKind.fade, ShotKind.lower_third, ShotKind.clip}
    seen = camera.looks_at(film.path)
    assert len(seen) == cut.timeline.frames == film.frames
    assert wrong(seen, expected(cut, fps)) == []
    with av.open(str(film.path)) as container:
        packets = list(container.demux(container.streams.video[0]))
    decoded = [packet.dts for packet in packets if packet.dts is not None]
    shown_at = sorted(packet.pts for packet in packets if packet.pts is not None)
    assert decoded == sorted(set(decoded))
    assert {later - earlier for earlier, later in pairwise(shown_at)} == {512}


@pytest.mark.parametrize("every", [4, 45, 250])
def test_pieces_of_a_clip_with_uneven_timing_fit_together(camera: Camera, tmp_path: Path, every: int) -> None:
    """Its later pieces are not read from its beginning; a picture that stands for eight seconds is in all of them."""
    uneven = f"select='lt(n,30)+not(mod(n,{every}))'"
    encode = (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        "8",
        "-pix_fmt",
        "yuv420p",
        "-bf",
        "3",
        "-fps_mode",
        "vfr",
    )
    path = camera.films(
        f"long{every}", frames=1000, fps="30", picture=numbered(0), sound=0, filters=uneven, encode=encode
    )
    take = camera.take(path)
    assert take.footage.uneven
    cut, film = filmed(camera, [replace(take, first=3)], HOUSE, tmp_path)
    assert len(cut.timeline.shots) > 2
    begun = [n for n in range(1000) if n < 30 or n % every == 0]
    moments = [(int(Fraction(n * 25, 30) + Fraction(1, 2)), n) for n in begun]
    wanted = [{0: [n for moment, n in moments if moment <= at + 3][-1]} for at in range(film.frames)]
    assert wrong(camera.looks_at(film.path), wanted) == []


def test_a_shot_in_a_wrong_place_would_be_seen(camera: Camera, tmp_path: Path) -> None:
    """The twin: the numbers tell when two shots of the same length have changed places."""
    cut, _ = filmed(camera, of_all_rates(camera), HOUSE, tmp_path)
    studio = FilmEncoder(cut, camera.toolbox, ShotCache(tmp_path / "shots"))
    paths = [studio.shots.shot(key) for key in studio.keys]
    fades = [number for number, shot in enumerate(cut.timeline.shots) if shot.kind is ShotKind.fade]
    one, other = fades[0], fades[1]
    paths[one], paths[other] = paths[other], paths[one]
    mp4.join(paths, tmp_path / "mixed-up.mp4")
    found = wrong(camera.looks_at(tmp_path / "mixed-up.mp4"), expected(cut, 25))
    places = {cut.timeline.shots[one].start, cut.timeline.shots[other].start}
    assert {at for at, *_ in found} >= {place + 1 for place in places}


def test_joining_copies_every_packet(camera: Camera, tmp_path: Path) -> None:
    """Also what ffmpeg's own `concat` makes of the same shots decodes to the same frames."""
    cut, film = filmed(camera, of_all_rates(camera), HOUSE, tmp_path)
    studio = FilmEncoder(cut, camera.toolbox, ShotCache(tmp_path / "shots"))
    paths = [studio.shots.shot(key) for key in studio.keys]
    listing = tmp_path / "shots.txt"
    listing.write_text("".join(f"file '{path.relative_to(tmp_path)}'\n" for path in paths))
    theirs = camera.folder / "theirs.mp4"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-f", "concat", "-i", str(listing), "-c", "copy"]
    camera.toolbox.run([*argv, "-y", str(theirs)], folder=camera.folder, reads=[tmp_path])
    assert np.array_equal(camera.looks_at(film.path), camera.looks_at(theirs))


def joined_long(camera: Camera, folder: Path, *, without: Collection[str] = ()) -> Path:
    """`LONG` seconds of pictures in the units of 24 a second, and of silence, as the join puts them together."""
    lavfi = [camera.toolbox.ffmpeg, "-v", "error", "-f", "lavfi", "-i"]
    pictures = [*lavfi, f"color=size=64x64:rate=1:duration={LONG}", "-video_track_timescale", "12288"]
    silence = [*lavfi, "anullsrc=r=48000:cl=stereo,atrim=duration=1", "-c:a", "aac", "-f", "adts"]
    camera.toolbox.run([*pictures, "pictures.mp4"], folder=folder)
    camera.toolbox.run([*silence, "silence.aac"], folder=folder)
    count, house = audio_chunks.packets_of(LONG * 48_000), replace(HOUSE, fps=24)
    (folder / "whole.aac").write_bytes(audio_chunks.packets((folder / "silence.aac").read_bytes())[-1] * count)
    for argv in (
        ffmpeg.sound_join_argv(camera.toolbox.ffmpeg, "whole.aac", count, 24 * LONG, house, "sound.m4a"),
        ffmpeg.join_argv(camera.toolbox.ffmpeg, "pictures.mp4", "sound.m4a", "", "film.mp4"),
    ):
        camera.toolbox.run([word for word in argv if word not in without], folder=folder)
    return folder / "film.mp4"


def version(film: Path) -> int:
    """Of the film's head: 1 where its length takes more than 32 bits, which is not what `mp4.read` reads."""
    moov = dict(mp4._boxes(film.read_bytes()))[b"moov"]
    return mp4._first(moov, b"mvhd")[0]


def test_a_film_of_47_minutes_without_chapters_tells_its_length(camera: Camera, tmp_path: Path) -> None:
    film = joined_long(camera, tmp_path)
    assert version(film) == version(tmp_path / "sound.m4a") == 0
    assert {track.seconds for track in mp4.read(film).tracks} == {LONG}


def test_in_units_of_its_own_choice_its_length_would_not_be_read(camera: Camera, tmp_path: Path) -> None:
    film = joined_long(camera, tmp_path, without=ffmpeg.CLOCK)
    assert version(film) == version(tmp_path / "sound.m4a") == 1


# --- guards, and what happens without them ---


class Careless(FilmEncoder):
    """A studio that looks at nothing."""

    def _same_setup(self, paths: object) -> None:
        pass

    def _counted(self, made: Path) -> None:
        pass


def a_folder(within: Path) -> Path:
    """Where one film is joined, as every film has its own."""
    return Path(tempfile.mkdtemp(dir=within))


def a_shot_is_exchanged(camera: Camera, cut: Cut, folder: Path, by: Callable[[Path, int], Path]) -> None:
    studio = FilmEncoder(cut, camera.toolbox, ShotCache(folder / "shots"))
    place = studio.shots.shot(studio.keys[2])
    shutil.copy(by(place, mp4.read(place).track("vide").samples), place)


def otherwise_encoded(camera: Camera) -> Callable[[Path, int], Path]:
    words = ("-c:v", "libx264", "-profile:v", "baseline", "-x264-params", "keyint=10:stitchable=1", "-crf", "8")

    def made(_old: Path, frames: int) -> Path:
        return camera.films("alien", frames=frames, sound=0, encode=(*words, "-pix_fmt", "yuv420p", "-an"))

    return made


def one_frame_short(camera: Camera) -> Callable[[Path, int], Path]:
    def made(old: Path, frames: int) -> Path:
        new = camera.folder / "short.mp4"
        argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(old), "-frames:v", str(frames - 1), "-c", "copy"]
        words = ["-video_track_timescale", "12800", "-y", str(new)]
        camera.toolbox.run([*argv, *words], folder=camera.folder, reads=[old])
        return new

    return made


@pytest.fixture
def two(camera: Camera, tmp_path: Path) -> Cut:
    takes = [films(camera, "first", "25", 0), films(camera, "second", "25", 1)]
    return filmed(camera, takes, HOUSE, tmp_path)[0]


def test_a_shot_that_was_encoded_otherwise_is_not_joined(camera: Camera, two: Cut, tmp_path: Path) -> None:
    a_shot_is_exchanged(camera, two, tmp_path, otherwise_encoded(camera))
    with pytest.raises(ToolFailed, match="not encoded alike"):
        FilmEncoder(two, camera.toolbox, ShotCache(tmp_path / "shots")).join(a_folder(tmp_path))


def test_without_the_look_at_set_ups_a_damaged_film_would_be_made(camera: Camera, two: Cut, tmp_path: Path) -> None:
    a_shot_is_exchanged(camera, two, tmp_path, otherwise_encoded(camera))
    film = Careless(two, camera.toolbox, ShotCache(tmp_path / "shots")).join(a_folder(tmp_path))
    with pytest.raises((ToolFailed, AssertionError)):
        camera.looks_at(film)


def test_a_film_with_a_frame_too_few_is_not_given_out(camera: Camera, two: Cut, tmp_path: Path) -> None:
    a_shot_is_exchanged(camera, two, tmp_path, one_frame_short(camera))
    with pytest.raises(ToolFailed, match="frames instead of"):
        FilmEncoder(two, camera.toolbox, ShotCache(tmp_path / "shots")).join(a_folder(tmp_path))


def test_without_counting_the_film_would_lack_a_frame(camera: Camera, two: Cut, tmp_path: Path) -> None:
    a_shot_is_exchanged(camera, two, tmp_path, one_frame_short(camera))
    film = Careless(two, camera.toolbox, ShotCache(tmp_path / "shots")).join(a_folder(tmp_path))
    assert mp4.read(film).track("vide").samples == two.timeline.frames - 1


# --- sound and picture ---


@pytest.mark.parametrize("fps", [25, 30, 50])
def test_sound_is_within_a_frame_of_the_picture_from_start_to_end(camera: Camera, tmp_path: Path, fps: int) -> None:
    """In every clip two flashes, and a click with each; clips of all rates, their sound at three rates."""
    takes = [claps(camera, f"clap{number}", rate, (44100, 48000, 16000)[number % 3], number % 2)
             for number, rate in enumerate((*RATES, *RATES))]  # fmt: skip
    _, film = filmed(camera, takes, replace(HOUSE, fps=fps), tmp_path)
    bright = camera.looks_at(film.path)[:, 100:130, 40:280].mean(axis=(1, 2)) > 190
    flashes = [at for at in np.flatnonzero(bright) if not bright[at - 1]]
    loud = np.abs(camera.hears(film.path)).max(axis=1)
    clicks = onsets(loud > loud.max() * 0.2, 48_000 // 2)
    assert len(flashes) == len(clicks) == 2 * len(takes)
    late = [click / 48_000 - flash / fps for flash, click in zip(flashes, clicks, strict=True)]
    assert max(abs(seconds) for seconds in late) <= 1 / fps + 1e-3
    assert abs(float(np.mean(late[:4])) - float(np.mean(late[-4:]))) < 0.5 / fps


def claps(camera: Camera, name: str, rate: str, samples: int, lane: int) -> Subclip:
    """A flash and a click a second after the beginning and a second before the end of four seconds."""
    moments = [round(second * Fraction(rate)) for second in (1, 3)]
    path = camera.films(
        f"{name}-silent", frames=round(4 * Fraction(rate)), fps=rate, sound=0,
        picture=numbered(lane, flashes=[at + more for at in moments for more in (0, 1, 2)]),
    )  # fmt: skip
    clapped = camera.folder / f"{name}.mp4"
    times = [float(at / Fraction(rate)) for at in moments]
    during = "+".join(f"between(t,{time:.6f},{time + 0.03:.6f})" for time in times)
    pulse = f"aevalsrc='if({during},0.5*sin(2*PI*1000*t),0)':sample_rate={samples}:duration=4"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(path), "-f", "lavfi", "-i", pulse, "-c:v", "copy"]
    camera.toolbox.run([*argv, "-c:a", "aac", "-y", str(clapped)], folder=camera.folder)
    return camera.take(clapped, name)


def onsets(loud: NDArray[np.bool_], apart: int) -> list[int]:
    """Where it becomes loud, at least `apart` samples after the one before."""
    found: list[int] = []
    for at in np.flatnonzero(loud):
        if not found or at - found[-1] > apart:
            found.append(int(at))
    return found
