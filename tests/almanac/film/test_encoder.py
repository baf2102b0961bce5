from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from relay.almanac.cards.people import Person
from relay.almanac.film import mp4, shot_cache
from relay.almanac.film.cut import Cut, Subclip, Words, draw_up
from relay.almanac.film.encoder import Film, FilmEncoder, make_film
from relay.almanac.film.shot_cache import ShotCache
from relay.almanac.formats import House
from relay.errors import Interrupted, ToolFailed
from relay.media.toolbox import Toolbox
from relay.processes import bench, lock_of
from tests.almanac.filming import SMALL, Camera, expected_greys, grey, smaller

pytestmark = pytest.mark.media
WORDS = Words("Прорыв", "январь", "#proryv80", "11–18 января 2023")
Make = Callable[..., tuple[Cut, Film]]


@pytest.fixture
def make(toolbox: Toolbox, tmp_path: Path) -> Make:
    def made(
        takes: Sequence[Subclip], house: House = SMALL, *, cache: str = "shots", **more: object
    ) -> tuple[Cut, Film]:
        cut = draw_up(takes, WORDS, house, tmp_path / cache / "cards")
        more = {"toolbox": toolbox, **more}
        film = make_film(cut, cache=tmp_path / cache, target=tmp_path / f"{cache}.mp4", **more)  # type: ignore[arg-type]
        return cut, film

    return made


def takes_of(camera: Camera, paths: Sequence[Path]) -> list[Subclip]:
    return [camera.take(path, name) for path, name in zip(paths, ("Анна", "Борис Йотов", "Вера"), strict=True)]


def test_every_frame_of_every_clip_is_there_once_and_in_its_place(
    make: Make, camera: Camera, reading: list[Path]
) -> None:
    cut, film = make(takes_of(camera, reading))
    seen = camera.looks_at(film.path)
    assert len(seen) == cut.timeline.frames == film.frames == 25 + 50 + 150 + 38 + 25 + 25 - 8 - 12 - 12 - 8
    greys = expected_greys(cut, (1, 2, 3))
    upper = seen[:, 20:80, 40:280].mean(axis=(1, 2))
    wrong = {
        at: (round(want, 1), round(float(upper[at]), 1)) for at, want in greys.items() if abs(upper[at] - want) > 2
    }
    assert wrong == {}


def test_what_a_player_needs(make: Make, camera: Camera, reading: list[Path]) -> None:
    """Times that only grow by whole frames, one set-up for all shots, the index first, sound as long as the picture."""
    cut, film = make(takes_of(camera, reading))
    with av.open(str(film.path)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        packets = [packet for packet in container.demux(video) if packet.pts is not None]
        assert (video.codec_context.name, audio.codec_context.name) == ("h264", "aac")
        assert container.metadata["title"] == "Прорыв"
    times = sorted(packet.pts for packet in packets)
    assert {later - earlier for earlier, later in pairwise(times)} == {512}
    stamps = [packet.dts for packet in packets]
    assert stamps == sorted(set(stamps))
    assert all(packet.pts >= packet.dts for packet in packets)
    assert mp4.read(film.path).streams_well
    heard = camera.hears(film.path)
    assert abs(len(heard) / 48_000 - cut.timeline.frames / 25) <= 1 / 25


def test_loudness_and_peaks_are_what_the_house_wants(make: Make, camera: Camera, reading: list[Path]) -> None:
    """One clip at −30 dB, one at −6, one without sound."""
    _, film = make(takes_of(camera, reading))
    loud = camera.loudness(film.path)
    assert loud.integrated == pytest.approx(-16.0, abs=0.5)
    assert loud.peak is not None
    assert loud.peak <= -1.0
    assert film.loudness == pytest.approx(loud.integrated, abs=0.11)


def test_picture_and_sound_stay_together(make: Make, camera: Camera) -> None:
    """A clap (one loud moment at the clip's frame 100) is heard when frame 100 is seen, also behind other clips."""
    clap = camera.films("clap", frames=150, seed=5, sound=0)
    clapped = camera.folder / "clapped.mp4"
    pulse = "aevalsrc='if(between(t,4.0,4.04),0.5*sin(2*PI*1000*t),0)':sample_rate=48000:duration=6"
    argv = [camera.toolbox.ffmpeg, "-v", "error", "-i", str(clap), "-f", "lavfi", "-i", pulse, "-c:v", "copy"]
    camera.toolbox.run([*argv, "-c:a", "aac", "-y", str(clapped)], folder=camera.folder)
    before = camera.films("before", frames=90, seed=1, sound=0)
    cut, film = make([camera.take(before), camera.take(before, "Анна"), camera.take(clapped)])
    at = cut.timeline.starts[3] + 100
    loud = np.abs(camera.hears(film.path)).max(axis=1)
    first = int(np.argmax(loud > loud.max() * 0.3))
    assert abs(first / 1920 - at) < 0.5


def test_a_film_without_any_sound_is_silent_and_whole(make: Make, camera: Camera, reading: list[Path]) -> None:
    cut, film = make([camera.take(reading[2])])
    assert film.loudness is None
    assert not camera.hears(film.path).any()
    assert abs(len(camera.hears(film.path)) / 1920 - cut.timeline.frames) <= 1


def test_the_same_again_encodes_nothing_and_is_the_same_film(make: Make, camera: Camera, reading: list[Path]) -> None:
    _, first = make(takes_of(camera, reading))
    cut, second = make(takes_of(camera, reading))
    assert (second.encoded, second.reused) == (0, len(cut.timeline.shots))
    assert second.sha256 == first.sha256


def test_a_corrected_name_encodes_its_seconds_and_the_credits(make: Make, camera: Camera, reading: list[Path]) -> None:
    takes = takes_of(camera, reading)
    make(takes)
    takes[1] = replace(takes[1], person=Person("Борис Ётов", "Мга"))
    cut, film = make(takes)
    assert (film.encoded, film.reused) == (2, len(cut.timeline.shots) - 2)


@pytest.mark.parametrize("fps", ["25", "30", "60", "24000/1001"])
def test_a_changed_film_is_the_film_that_a_cold_start_makes(make: Make, camera: Camera, fps: str) -> None:
    """Frames that are read again for a dissolve, from the middle of a clip, are the very frames that were there."""
    paths = [camera.films(f"n{number}-{fps[:2]}", frames=400, fps=fps, seed=number) for number in (1, 2, 3)]
    house = smaller(strip_in_fades=True)
    takes = takes_of(camera, paths)
    make(takes, house)
    takes[1] = replace(takes[1], person=Person("Борис Ётов", "Мга"), first=7)
    _, changed = make(takes, house)
    _, cold = make(takes, house, cache="cold")
    assert 0 < changed.encoded < cold.encoded
    assert changed.sha256 == cold.sha256


def test_a_long_clip_in_pieces_has_every_frame(make: Make, camera: Camera) -> None:
    long = camera.films("long", frames=700, seed=4)
    cut, film = make([camera.take(long, first=10)])
    assert len([shot for shot in cut.timeline.shots if shot.kind == "clip"]) > 1
    upper = camera.looks_at(film.path)[:, 20:80, 40:280].mean(axis=(1, 2))
    greys = expected_greys(cut, (4,))
    assert [at for at, want in greys.items() if abs(upper[at] - want) > 2] == []


def test_a_stopped_render_goes_on_where_it_was(make: Make, camera: Camera, reading: list[Path], tmp_path: Path) -> None:
    _, whole = make(takes_of(camera, reading), cache="whole")
    stopped, made = Toolbox(), 0

    def stop(done: int, total: int, what: str) -> None:
        if done > total / 3:
            stopped.close()

    with pytest.raises(Interrupted):
        make(takes_of(camera, reading), toolbox=stopped, on_progress=stop)
    made = len(list((tmp_path / "shots").glob("*.mp4")))
    assert made > 0
    assert not (tmp_path / "shots.mp4").exists()
    assert list((tmp_path / "shots" / "work").iterdir()) == []
    cut, film = make(takes_of(camera, reading))
    assert film.encoded + made == len(cut.timeline.shots)
    assert film.sha256 == whole.sha256


def to_be_taken(camera: Camera, cut: Cut, folder: Path) -> list[str]:
    tasks = FilmEncoder(cut, camera.toolbox, ShotCache(folder)).needs.missing(1).tasks
    return [task.what for task in tasks if task.what == "clip"]


def test_a_changed_clip_needs_nothing_from_its_neighbours(
    make: Make, camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    """While their raw frames are there; a start of the machine in between, and they don't count."""
    takes = takes_of(camera, reading)
    make(takes)
    changed = [takes[0], replace(takes[1], first=5, last=140), *takes[2:]]
    cut = draw_up(changed, WORDS, SMALL, tmp_path / "cards")
    assert len(to_be_taken(camera, cut, tmp_path / "shots")) == 1
    for seam in (tmp_path / "shots" / "seams").iterdir():
        seam.rename(seam.with_name(f"00000000-{seam.name.partition('-')[2]}"))
    assert len(to_be_taken(camera, cut, tmp_path / "shots")) == 3


def test_seams_stay_within_bounds(
    make: Make, camera: Camera, reading: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = SMALL.width * SMALL.height * 3 // 2
    monkeypatch.setattr(shot_cache, "SPARE_BYTES", 2 * 12 * frame)
    make(takes_of(camera, reading))
    assert 0 < sum(seam.stat().st_size for seam in (tmp_path / "shots" / "seams").iterdir()) <= 2 * 12 * frame
    monkeypatch.setattr(shot_cache, "SPARE_BYTES", 0)
    make(takes_of(camera, reading))
    assert list((tmp_path / "shots" / "seams").iterdir()) == []


def test_a_shot_that_was_encoded_otherwise_is_found_out(
    make: Make, camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    """Without the check the film would be joined, and some players would stumble."""
    make(takes_of(camera, reading))
    other = next(iter((tmp_path / "shots").glob("*.mp4")))
    frames = mp4.read(other).track("vide").samples
    shutil.copy(camera.films("alien", frames=frames, sound=0), other)
    with pytest.raises(ToolFailed, match="not encoded alike"):
        make(takes_of(camera, reading))


def test_a_clip_that_goes_on_in_another_shares_its_raw_frames(make: Make, camera: Camera, reading: list[Path]) -> None:
    """The last frames of the first part are the first of the second, so one file serves two dissolves."""
    takes = [camera.take(reading[1], first=first, last=first + 50) for first in (0, 38, 76)]
    for workers in (1, 2):
        cut, film = make(takes, cache=f"shared{workers}", workers=workers)
        assert film.frames == cut.timeline.frames == len(camera.looks_at(film.path))


def test_two_renders_of_one_film_at_the_same_time(
    make: Make, camera: Camera, reading: list[Path], tmp_path: Path
) -> None:
    """Each drops raw frames that the other may be about to read."""
    cut, alone = make(takes_of(camera, reading))

    def again(number: int) -> str:
        target = tmp_path / f"both{number}.mp4"
        return make_film(cut, toolbox=camera.toolbox, cache=tmp_path / "both", target=target).sha256

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(again, range(3))) == {alone.sha256}


def test_work_of_a_killed_process_is_swept_out(make: Make, camera: Camera, reading: list[Path], tmp_path: Path) -> None:
    left = tmp_path / "shots" / "work" / "left"
    left.mkdir(parents=True)
    lock_of(left).touch()
    with bench(left.parent) as mine:
        make(takes_of(camera, reading))
        assert (left.exists(), mine.exists()) == (False, True)


@pytest.mark.parametrize(
    ("name", "frames", "fps", "want"),
    [
        ("fast", 120, "60", lambda at: round(at * 60 / 25)),
        ("film", 48, "24", None),
        ("slow", 25, "12.5", lambda at: at // 2),
    ],
)
def test_other_rates_last_as_long(
    make: Make, camera: Camera, name: str, frames: int, fps: str, want: Callable[[int], int] | None
) -> None:
    cut, film = make([camera.take(camera.films(name, frames=frames, fps=fps, seed=6))])
    assert cut.timeline.items[1].frames == 50
    upper = camera.looks_at(film.path)[:, 20:80, 40:280].mean(axis=(1, 2))
    start = cut.timeline.starts[1]
    if want is not None:
        off = [at for at in range(12, 38) if min(abs(upper[start + at] - grey(n, seed=6)) for n in near(want(at))) > 2]
        assert off == []


def near(number: int) -> tuple[int, int, int]:
    return number - 1, number, number + 1


def test_a_short_seam_is_not_used(make: Make, camera: Camera, reading: list[Path], tmp_path: Path) -> None:
    """A power cut may leave one; a dissolve made of it would show grey."""
    stopped = Toolbox()
    takes = takes_of(camera, reading)
    with pytest.raises(Interrupted):
        make(
            takes, toolbox=stopped, on_progress=lambda *told: stopped.close() if told[2] == "clip" else None, workers=1
        )
    seams = list((tmp_path / "shots" / "seams").iterdir())
    assert seams
    for seam in seams:
        seam.write_bytes(seam.read_bytes()[:1000])
    _, film = make(takes)
    _, whole = make(takes, cache="whole")
    assert film.sha256 == whole.sha256
